"""Noun phrases of worded arithmetic: `the sum of A and B`, `twice A`, lists, and which of their readings are parallel.

The idea: a list is read with every possible extent of its items. English settles some of the choices, by rules that
ask only for the shape of the parts: two products around `and` are two parts (`3 times 4 and 5 times 6`), two noun
phrases around `plus` are two terms (`the product of 3 and 4 plus the product of 5 and 6`), and `two hundred and ten
and four` are two numbers. Where the parts are not of one shape (`3 and 4 times 5`) every reading is kept.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from typing import Final, NamedTuple

from slowthink.verifiers.expressions import Expression, Negation, Number, Operator, evaluate
from slowthink.verifiers.numerals import NUMBER_WORDS, cardinal
from slowthink.verifiers.references import References, is_called
from slowthink.verifiers.rules import compiled, matches
from slowthink.verifiers.wordings import (
    AS_BIG_AS,
    MULTIPLES,
    NOUNS,
    ON_RESULT,
    POSTFIX,
    PUT_TOGETHER,
    UNARY,
    Ambiguous,
    Ends,
    Values,
    combine,
    constant,
    merge,
    merge_all,
)

MAX_ITEMS: Final = 12
MAX_LISTS: Final = 200
_MORE = "(more|greater|larger|bigger|higher)"
# Whether A and B are subtracted, or A alone is what is described.
_THE_FOLLOWING: Final = compiled(
    "((the|these|those|all|all the|all these)? (following)? (two|three|four|five)? (whole)? (numbers|values|figures"
    "|integers)"
    " (together)? (:|,)?|(the following|these|the following together|these together|the following all together) :)"
)
_DESCRIPTIONS: Final = tuple(
    (compiled(line), is_difference)
    for line, is_difference in (
        ("(the)? (amount|number|quantity) by which <A> (exceeds|exceed|surpasses)  <B>", True),
        (f"(the)? (amount|number|quantity) by which <A> (is|are) {_MORE} than <B>", True),
        ("(the)? (amount|number|quantity) by which <B> (is|are) (less|smaller|lower|fewer) than <A>", True),
        ("(the)? (amount|number|quantity) by which <B> falls short of <A>", True),
        ("what (you|i|we) (get|obtain|have) (when|if|by|from|after|on|upon) <A:process>", False),
        ("(the)? (result|answer|outcome|value|number|total|figure) (of|from|when|if|by|after|you get when|you get if"
         "|you get by|you get from|we get when|i get when|obtained by|obtained when|obtained from|obtained after"
         "|that you get when|that results from|that results when) <A:process>", False),
    )
)  # fmt: skip
_BEGIN_DESCRIPTIONS: Final = frozenset(
    [
        "the",
        "amount",
        "number",
        "quantity",
        "expression",
        "sum",
        "difference",
        "product",
        "what",
        "result",
        "answer",
        "outcome",
        "value",
        "total",
        "figure",
        "quotient",
        "gap",
        "distance",
        "ratio",
    ]
)
_MADE_BY: Final = compiled(
    "(of|from|when|if|by|after|you get when|you get if|you get by|obtained by|obtained when|you get from|we get when"
    "|obtained after) <A:process>"
)
_CALLED: Final = {**NOUNS, "total": "+"}


class Item(NamedTuple):
    """One part of a list: where it stands, and its values."""

    start: int
    end: int
    values: Values


Lists = dict[int, list[list[Item]]]


class NounPhrases(References):
    """Adds the phrases that name a value by a noun."""

    def noun_phrase(self, at: int) -> Ends:
        """`the sum of A and B`, `twice A`, `the square of A`, `the average of A, B and C`."""
        ends = self.described(at)
        merge_all(ends, self.theirs(at))
        at = self.follows(at, ("the",)) or at
        for adjective in ("combined", "overall", "grand", "exact", "simple"):
            at = self.follows(at, (adjective,)) or at
        if self.word(at) in ("positive", "absolute") and self.word(at + 1) == "difference":
            for joint in ("of", "between"):
                if (after := self.follows(at + 2, (joint,))) is not None:
                    merge_all(ends, self.distances(self.lists(after)))
        word = self.words[at] if at < len(self.words) else ""
        if word in NOUNS:
            merge_all(ends, self.named(at, word))
        if word in ("average", "mean") and (after := self.follows(at + 1, ("of",))) is not None:
            merge_all(ends, self.averages(after))
        if word in ("square", "cube", "double", "triple") and (after := self.follows(at + 1, ("of",))) is not None:
            operator, number = ON_RESULT[word]
            for end, values in self.argument(after, UNARY[word]).items():
                merge(ends, end, combine(operator, values, constant(Fraction(number))))
        if word in MULTIPLES:
            start = at + 1
            for words in AS_BIG_AS:
                start = self.follows(start, words) or start
            for end, values in self.argument(start, "multiple").items():
                merge(ends, end, combine("*", constant(Fraction(MULTIPLES[word])), values))
        return ends

    @abstractmethod
    def slot(self, kind: str, at: int) -> Ends:
        """What a slot of a rule can hold."""

    def described(self, at: int) -> Ends:
        """`the amount by which A exceeds B`, `the quantity A`, `the result of dividing A by B`."""
        ends: Ends = {}
        clausal: Ends = {}
        if self.word(at) not in _BEGIN_DESCRIPTIONS:
            return ends
        for parts, operation in _DESCRIPTIONS:
            for end, found in matches(parts, self.words, at, self.slot):
                if operation:
                    differences = combine("-", found["A"], found["B"])
                    merge(ends, end, {value: part for value, part in differences.items() if value >= 0})
                else:
                    merge(clausal, end, found["A"])
        noun = self.follows(at, ("the",)) or at
        if self.word(noun) == "quantity":
            for end, values in self.sum(noun + 1).items():
                merge(ends, end, {value: part for value, part in values.items() if not isinstance(part, Number)})
        if self.word(noun) in NOUNS:
            for end, found in matches(_MADE_BY, self.words, noun + 1, self.slot):
                called = {
                    value: part
                    for value, part in found["A"].items()
                    if is_called(part, _CALLED[self.word(noun)])
                    and (self.word(noun) != "quotient" or value.denominator == 1)
                }
                merge(clausal, end, called)
        for end, values in clausal.items():
            # A clause goes on over `times`: `the result of adding 3 times 4 to 5 times 6`.
            if end == max(clausal) or not any(operator in "*/^" for operator, _ in self.infix(end)):
                merge(ends, end, values)
        return ends

    def theirs(self, at: int) -> Ends:
        """`their sum`, `the sum of the two`: what is made of several results."""
        ends: Ends = {}
        if self.word(at) == "their" and self.word(at + 1) in (*NOUNS, "average", "mean"):
            lists = {at + 2: [[Item(at, at + 2, _value(part)) for part in self.meant(at)]]} if self.meant(at) else {}
            noun = self.word(at + 1)
            if noun in NOUNS:
                operator = NOUNS[noun]
                merge_all(ends, self.folded(lists, operator) if operator in "+*" else self.differences(lists, operator))
            else:
                merge_all(ends, self.averages_of(lists))
        return ends

    def named(self, at: int, noun: str) -> Ends:
        """What follows `sum`, `product`, `difference` and so on."""
        ends: Ends = {}
        operator = NOUNS[noun]
        for joint in ("of", "between"):
            after = self.follows(at + 1, (joint,))
            if after is not None:
                lists = self.lists(after, noun)
                if noun in ("gap", "distance"):
                    merge_all(ends, self.distances(lists))
                    continue
                merge_all(ends, self.folded(lists, operator) if operator in "+*" else self.differences(lists, operator))
        return ends

    def differences(self, lists: Lists, operator: Operator) -> Ends:
        """`... of A and B`: of a difference that would be negative nobody knows which way it is meant."""
        ends: Ends = {}
        for end, several in lists.items():
            for items in several:
                if len(items) == 2:
                    told = combine(operator, items[0].values, items[1].values)
                    if operator == "/" and any(value.denominator != 1 for value in told):
                        # `the quotient of 17 and 5` may be 3, `the ratio` 17:5
                        raise Ambiguous
                    merge(ends, end, told)
        for values in ends.values():
            for value, expression in list(values.items()):
                if operator == "-" and value < 0:
                    values[-value] = Negation(expression)
        return ends

    def distances(self, lists: Lists) -> Ends:
        """How far two numbers are from each other, whichever is larger."""
        ends: Ends = {}
        for end, values in self.differences(lists, "-").items():
            merge(ends, end, {value: part for value, part in values.items() if value >= 0})
        return ends

    def lists(self, at: int, noun: str = "") -> Lists:
        """Lists of two or more (`A and B`, `A, B and C`, `A, B, and C`), by where they end; `noun` governs them."""
        found: Lists = {}
        named: Lists = {}
        for end, meant in self.plural(at):
            named.setdefault(end, []).append([Item(at, end, _value(part)) for part in meant])
        for end, several in self.powers(at).items():
            named.setdefault(end, []).extend(several)
        at = self.follows(at, ("both",)) or at
        for begin, _ in matches(_THE_FOLLOWING, self.words, at, self.slot):
            for end, items in self.comma_list(begin):
                named.setdefault(end, []).append(items)
            for end, several in self.lists(begin).items():
                named.setdefault(end, []).extend(several)
        open_lists = [[Item(at, end, values)] for end, values in self.argument(at).items()]
        for _ in range(MAX_ITEMS):
            following: list[list[Item]] = []
            for items in open_lists:
                for separator in ((",",), ("and",), (",", "and")):
                    after = self.follows(items[-1].end, separator)
                    if after is None:
                        continue
                    for beyond, values in self.argument(after).items():
                        longer = [*items, Item(after, beyond, values)]
                        following.append(longer)
                        if "and" in separator:
                            found.setdefault(beyond, []).append(longer)
            if len(following) > MAX_LISTS:
                raise Ambiguous
            open_lists = following
        for end, several in self.settled(found, noun).items():
            if any(self.is_oddly_grouped(items) for items in several):
                # `100,200 and 300` may be three numbers
                raise Ambiguous
            named.setdefault(end, []).extend(several)
        return named

    def is_oddly_grouped(self, items: list[Item]) -> bool:
        """Whether some numbers of a list have a comma within, and others none."""
        numbers = [self.given[item.start].name for item in items if self._is(item.start, "num")]
        return len({"," in number for number in numbers}) > 1

    def comma_list(self, at: int) -> Iterator[tuple[int, list[Item]]]:
        """`50, 178, 158, 113`, where it was said that numbers come."""
        items: list[Item] = []
        end = self._after_number(at)
        while end is not None:
            items.append(Item(at, end, self.operand(at)[end]))
            if len(items) > 1:
                yield end, list(items)
            at = end + 1
            end = self._after_number(at) if self.word(end) == "," else None

    def powers(self, at: int) -> Lists:
        """`the squares of A and B`."""
        at = self.follows(at, ("the",)) or at
        word = self.word(at)
        after = self.follows(at + 1, ("of",)) if word in ("squares", "cubes", "halves", "doubles") else None
        if after is None:
            return {}
        operator, number = ON_RESULT["halve" if word == "halves" else word[:-1]]
        powers = constant(Fraction(number))
        return {
            end: [[Item(at, end, combine(operator, item.values, powers)) for item in items] for items in several]
            for end, several in self.lists(after).items()
        }

    def settled(self, found: Lists, noun: str) -> Lists:
        """The lists, without the readings that their shape rules out."""
        cut_short = set()
        for several in found.values():
            for items in several:
                if self.is_parallel(items):
                    cut_short.add(tuple(item.start for item in items))
        kept: Lists = {}
        for end, several in found.items():
            fewest = min(self._split_numbers(items) for items in several)
            for items in several:
                starts = tuple(item.start for item in items)
                is_cut = starts in cut_short and self._is_cut(items)
                if not is_cut and self._split_numbers(items) == fewest and not self._runs_over_noun(items, noun):
                    kept.setdefault(end, []).append(items)
        return kept

    def is_parallel(self, items: list[Item]) -> bool:
        """Whether all items are products or quotients of as many numbers: `3 times 4 and 5 times 6`."""
        shapes = {self.shape(item.start, item.end) for item in items}
        shape = shapes.pop()
        return not shapes and len(shape) > 1 and not {"a", "?"} & set(shape)

    def is_even(self, items: list[Item]) -> bool:
        """Whether all items are numbers, or all of one shape, or named together."""
        if len({item.start for item in items}) < len(items):
            return True
        return all(self.shape(item.start, item.end) == "n" for item in items) or self.is_parallel(items)

    def _is_cut(self, items: list[Item]) -> bool:
        """`2 times 3 and 4` before `times 5`: the last part is a beginning of what has the shape of the first."""
        first, last = (self.shape(item.start, item.end) for item in (items[0], items[-1]))
        return first != last and first.startswith(last)

    def _split_numbers(self, items: list[Item]) -> int:
        """How many `and` of the list could as well stand inside a number: `two hundred and ten`."""
        count = 0
        for item, following in pairwise(items):
            words = [part for word in self.words[item.start : following.end] for part in word.split("-")]
            count += all(word in NUMBER_WORDS for word in words) and cardinal(words) is not None
        return count

    def _runs_over_noun(self, items: list[Item], noun: str) -> bool:
        """`product of 3 and [4 plus the product of 5 and 6]`, where the noun phrases are the terms."""
        last = items[-1]
        after_number = self._after_number(last.start)
        begins_with = self.words[self.follows(last.start, ("the",)) or last.start : last.end]
        if noun and len(items) > 2 and begins_with[:1] == [noun]:
            # `the product of 3 and 4 and the product of 5 and 6` are two products
            return True
        if not noun or any(self.shape(item.start, item.end) != "n" for item in items[:-1]) or after_number is None:
            return False
        for operator, after in self.infix(after_number):
            word = self.words[self.follows(after, ("the",)) or after] if after + 1 < last.end else ""
            if word not in NOUNS:
                continue
            if operator in "+-":
                return NOUNS[noun] in "*/" or NOUNS[word] == NOUNS[noun]
            return operator in "*/" and self.words[after_number] != "times" and NOUNS[word] == NOUNS[noun]
        return False

    def shape(self, start: int, end: int) -> str:
        """`n` for a number, `nmn` for a product or quotient of two, `a` for plus and minus; `?` for all else."""
        shape, at = "", start
        while at < end:
            after = self._after_number(at)
            if after is None or after > end:
                return "?"
            shape += "n"
            if after < end and self.word(after) in POSTFIX:
                shape += POSTFIX[self.word(after)][0]
                after += 1
            if after == end:
                return shape
            operators = [(beyond, operator) for operator, beyond in self.infix(after)]
            if not operators:
                return "?"
            at, operator = max(operators)
            shape += "m" if operator in "*/" else "a"
        return "?"

    def folded(self, lists: Lists, operator: Operator) -> Ends:
        """The lists, added up or multiplied."""
        ends: Ends = {}
        for end, several in lists.items():
            for items in several:
                merge(ends, end, fold([item.values for item in items], operator))
        return ends

    def put_together(self, at: int) -> Ends:
        """`A and B altogether`, `A, B and C add up to`, `A and B multiplied together`."""
        ends: Ends = {}
        for stop, several in self.lists(at).items():
            for items in several:
                if not self.is_even(items):
                    continue
                values = [item.values for item in items]
                end = stop + (self.words[stop : stop + 1] in (["are"], ["is"]))
                for words in PUT_TOGETHER:
                    if (after := self.follows(end, words)) is not None:
                        merge(ends, after, fold(values, "+"))
                if (after := self.follows(end, ("multiplied", "together"))) is not None:
                    merge(ends, after, fold(values, "*"))
        return ends

    def averages(self, at: int) -> Ends:
        """`average of A, B and C`."""
        return self.averages_of(self.lists(at))

    def averages_of(self, lists: Lists) -> Ends:
        """The lists, each added up and divided by how many parts it has."""
        ends: Ends = {}
        for end, several in lists.items():
            for items in several:
                total = fold([item.values for item in items], "+")
                merge(ends, end, combine("/", total, constant(Fraction(len(items)))))
        return ends


def _value(expression: Expression) -> Values:
    value = evaluate(expression)
    if value is None:
        raise Ambiguous
    return {value: expression}


def fold(several: list[Values], operator: Operator) -> Values:
    """All of them joined by one operation, from the left."""
    total = several[0]
    for values in several[1:]:
        total = combine(operator, total, values)
    return total
