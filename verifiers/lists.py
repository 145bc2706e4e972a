"""Lists of numbers in words, and which of their readings are parallel.

The idea: a list is read with every possible extent of its items. English settles some of the choices, by rules that
ask only for the shape of the parts: two products around `and` are two parts (`3 times 4 and 5 times 6`), and `two
hundred and ten and four` are two numbers. Where the parts are not of one shape (`3 and 4 times 5`) every reading is
kept. A name for several results (`the two products`) is a list too.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from typing import Final, NamedTuple

from slowthink.verifiers.expressions import Expression, evaluate
from slowthink.verifiers.numerals import NUMBER_WORDS, cardinal
from slowthink.verifiers.references import References
from slowthink.verifiers.rules import compiled, matches
from slowthink.verifiers.wordings import (
    MULTIPLES,
    NOUNS,
    ON_RESULT,
    POSTFIX,
    Ambiguous,
    Ends,
    Values,
    combine,
    constant,
)

MAX_ITEMS: Final = 12
MAX_LISTS: Final = 200
_THE_FOLLOWING: Final = compiled(
    "((the|these|those|all|all the|all these)? (following)? (two|three|four|five|six)? (whole|separate)?"
    " (numbers|values|figures"
    "|integers)"
    " (together)? (:|,)? (namely|that is)? (:|,)?|(namely|specifically) (:|,)?|(the following|these|the following"
    " together|these together|the following all together) :)"
)
_THINGS: Final = compiled(
    "(together)? (these|the following|the|following)? (two|three)?"
    " (things|numbers|values|quantities|amounts|items|terms"
    "|expressions|results|parts) (together)? (:|,)?"
)
_AND: Final = "(;|,|.)? (and)?"
_FIRST_SECOND: Final = compiled(
    f"(first|firstly|one|the first (is|being)) (,|:)? <A> {_AND} (second|secondly|two|the second (is|being)) (,|:)? <B>"
    f" ({_AND} (third|thirdly|three|the third (is|being)) (,|:)? <C>)?"
)


class Item(NamedTuple):
    """One part of a list: where it stands, and its values."""

    start: int
    end: int
    values: Values


Lists = dict[int, list[list[Item]]]


class PartLists(References):
    """Adds the lists."""

    @abstractmethod
    def slot(self, kind: str, at: int) -> Ends:
        """What a slot of a rule can hold."""

    def lists(self, at: int, noun: str = "") -> Lists:
        """Lists of two or more (`A and B`, `A, B and C`, `A, B, and C`), by where they end; `noun` governs them."""
        found: Lists = {}
        named: Lists = {}
        for end, meant in self.plural(at):
            named.setdefault(end, []).append([Item(at, end, value_of(part)) for part in meant])
        for end, several in self.powers(at).items():
            named.setdefault(end, []).extend(several)
        at = self.follows(at, ("both",)) or at
        for begin, _ in matches(_THE_FOLLOWING, self.words, at, self.slot):
            for end, items in self.comma_list(begin):
                named.setdefault(end, []).append(items)
            for end, several in self.lists(begin).items():
                named.setdefault(end, []).extend(several)
        for end, items in self.enumerated(at):
            named.setdefault(end, []).append(items)
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

    def enumerated(self, at: int) -> Iterator[tuple[int, list[Item]]]:
        """`these two things: first, A; second, B`."""
        for begin, _ in matches(_THINGS, self.words, at, self.slot):
            for end, found in matches(_FIRST_SECOND, self.words, begin, self.slot):
                items = [Item(begin, end, found[name]) for name in ("A", "B", "C") if name in found]
                if ("three" if len(items) == 2 else "two") not in self.words[at:begin]:
                    yield end, items

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

    def is_oddly_grouped(self, items: list[Item]) -> bool:
        """Whether some numbers of a list have a comma within, and others none."""
        numbers = [self.given[item.start].name for item in items if self._is(item.start, "num")]
        return len({"," in number for number in numbers}) > 1

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
            if fewest:
                continue  # `the average of one hundred and fifty`
            for items in several:
                starts = tuple(item.start for item in items)
                is_cut = starts in cut_short and self._is_cut(items)
                if not is_cut and not self._split_numbers(items) and not self._runs_over_noun(items, noun):
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
            if self.word(at) in MULTIPLES:
                shape, at = shape + "nm", at + 1
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


def value_of(expression: Expression) -> Values:
    """The value of an expression that has one, with it."""
    value = evaluate(expression)
    if value is None:
        raise Ambiguous
    return {value: expression}
