"""The grammar of worded arithmetic: which values a stretch of tokens can have, over all its parses.

The idea: noun phrases (`the sum of 3 and 4`, `half of 12`), infix words and symbols, and commands (`add 3 to 4`,
`subtract 8 from 20, then double it`) are parsed by memoised descent that keeps, for every start, every possible
end with every possible value. Phrases take whole expressions as operands and are operands themselves, so that
English that can be read in two ways comes out with two values; the reader then declines.

Guaranteed: tokens are bounded by the caller, values by `evaluate`'s bounds; where a stretch has too many values
the parse fails as a whole (`Ambiguous`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Final

from slowthink.verifiers.expressions import Negation, Operation, Operator
from slowthink.verifiers.numerals import NUMBER_WORDS, cardinal
from slowthink.verifiers.tokens import Token
from slowthink.verifiers.wordings import (
    COMMANDS,
    COMPARISONS,
    INFIX,
    MULTIPLES,
    NOUNS,
    ON_RESULT,
    POSTFIX,
    PRONOUNS,
    SEPARATORS,
    SHARES,
    SYMBOLS,
    VERBS,
    Ambiguous,
    Ends,
    Values,
    combine,
    constant,
    merge,
    merge_all,
    negated,
)

MAX_DEPTH: Final = 40


class Grammar:
    """The parser of one token sequence; `phrase` gives all that can stand from a token on."""

    def __init__(self, given: Sequence[Token]) -> None:
        self.given = given
        self.words = [token.name if token.kind in ("word", "stop") else "" for token in given]
        self.memo: dict[tuple[str, int], Ends] = {}
        self.depth = 0

    def _memoised(self, name: str, at: int, parse: Callable[[int], Ends]) -> Ends:
        key = (name, at)
        if key not in self.memo:
            if self.depth > MAX_DEPTH:
                raise Ambiguous
            self.depth += 1
            self.memo[key] = parse(at)
            self.depth -= 1
        return self.memo[key]

    def follows(self, at: int, words: Iterable[str]) -> int | None:
        """The position after `words`, where they stand at `at`."""
        for word in words:
            if at >= len(self.words) or self.words[at] != word:
                return None
            at += 1
        return at

    def _is(self, at: int, kind: str) -> bool:
        return at < len(self.given) and self.given[at].kind == kind

    # The top: commands, sequences of commands, comparisons such as "5 less than 12".

    def phrase(self, at: int) -> Ends:
        """All readings of what is asked for, from token `at` on."""
        starts: Ends = {}
        for end, values in self.command(at).items():
            merge(starts, end, values)
        for end, values in self.operand(at).items():
            merge(starts, end, values)
        merge_all(starts, self.from_first(at))
        ends: Ends = {}
        merge_all(ends, self.sequence(starts, is_infix=False))
        merge_all(ends, self.sequence(self.sum(at), is_infix=True))
        return ends

    def from_first(self, at: int) -> Ends:
        """`from 100, subtract 37`."""
        ends: Ends = {}
        if (first := self.follows(at, ("from",))) is not None:
            for middle, values in self.sum(first).items():
                after = self.follows(middle, (",",)) or middle
                if after < len(self.words) and VERBS.get(self.words[after]) in ("subtract", "take"):
                    for end, others in self.sum(self.follows(after + 1, ("away",)) or after + 1).items():
                        merge(ends, end, combine("-", values, others))
        return ends

    def command(self, at: int) -> Ends:
        """`add A to B`, `add A, B and C`, `square A`, with what may be hung on: `divide A by B plus C`."""
        verb = VERBS.get(self.words[at]) if at < len(self.words) else None
        if verb is None:
            return {}
        ends: Ends = {}
        after = at + 2 if verb in ("add",) and self.follows(at + 1, ("up",)) else at + 1
        after = at + 2 if self.follows(at + 1, ("together",)) else after
        if verb in ("add", "multiply"):
            lists = self.folded(self.lists(after), "+" if verb == "add" else "*")
            merge_all(ends, self.hung_on(lists, True))
        for name, joint, operator, is_swapped in COMMANDS:
            if name == verb:
                merge_all(ends, self.joined(after, joint, operator, is_swapped))
        if verb in ("square", "cube", "halve"):
            operator, number = ON_RESULT[verb]
            for end, values in self.sum(after).items():
                merge(ends, end, combine(operator, values, constant(Fraction(number))))
        for end in list(ends):
            if (beyond := self.follows(end, ("together",))) is not None:
                merge(ends, beyond, ends[end])
        return self.hung_on(ends, verb in ("multiply", "divide", "raise", "square", "cube", "halve"))

    def hung_on(self, ends: Ends, is_multiplicative: bool) -> Ends:
        """`divide 20 by 4 plus 1` may end the command before `plus`: that reading is kept beside the other."""
        found: Ends = {}
        merge_all(found, ends)
        for end, values in ends.items():
            for operator, after in self.infix(end):
                if operator in "+-" or is_multiplicative:
                    for beyond, others in self.sum(after).items():
                        merge(found, beyond, combine(operator, values, others))
            word = self.words[end] if end < len(self.words) else ""
            if word in POSTFIX:
                operator, number = POSTFIX[word]
                merge(found, end + 1, combine(operator, values, constant(number)))
        return found

    def joined(self, at: int, joint: tuple[str, ...], operator: Operator, is_swapped: bool) -> Ends:
        """Two operands with the words of a command between them."""
        ends: Ends = {}
        for middle, first in self.sum(at).items():
            after = self.follows(middle, joint)
            if after is None:
                after = self.follows(middle, (",", *joint))
            if after is None:
                continue
            for end, second in self.sum(after).items():
                pair = (second, first) if is_swapped else (first, second)
                merge(ends, end, combine(operator, *pair))
        if joint == ("from",):
            # "take 3 from 10 away"
            for end in list(ends):
                if (beyond := self.follows(end, ("away",))) is not None:
                    merge(ends, beyond, ends[end])
        return ends

    def sequence(self, starts: Ends, is_infix: bool) -> Ends:
        """What stands first, and then one operation after the other on its result."""
        ends: Ends = {}
        merge_all(ends, starts)
        frontier = starts
        for _ in range(8):
            following: Ends = {}
            for end, values in frontier.items():
                for separator in SEPARATORS:
                    after = self.follows(end, separator)
                    # After an infix chain only `then` says that the whole chain is meant.
                    if after is None:
                        continue
                    # `9 times 8, minus 5` is the same both ways
                    is_additive = any(operator in "+-" for operator, _ in self.infix(after))
                    if not is_infix or is_additive or "then" in separator or "now" in separator:
                        merge_all(following, self.continued(after, values, separator))
            if not following:
                break
            merge_all(ends, following)
            frontier, is_infix = following, False
        return ends

    def continued(self, at: int, values: Values, separator: tuple[str, ...]) -> Ends:
        """An operation on the result so far: `multiply it by 3`, `add 4`, `multiplied by 7`, `double it`."""
        added: Ends = {}
        ends: Ends = {}
        word = self.words[at] if at < len(self.words) else ""
        verb = VERBS.get(word)
        if verb in ("add", "subtract", "take"):
            operator: Operator = "+" if verb == "add" else "-"
            tails: tuple[tuple[str, ...], ...]
            tails = ("to", "it"), ("to", "that"), ("to", "the", "result"), ("from", "it"), ("from", "that")
            tails += ("from", "the", "result"), ("away",), ()
            for end, others in self.sum(at + 1).items():
                for tail in tails:
                    if (after := self.follows(end, tail)) is not None and ("from" in tail) <= (operator == "-"):
                        merge(added, after, combine(operator, values, others))
        by: dict[str, Operator] = {"multiply": "*", "divide": "/", "increase": "+", "decrease": "-"}
        if verb in by:
            for pronoun in PRONOUNS:
                if (after := self.follows(at + 1, (*pronoun, "by"))) is not None:
                    for end, others in self.sum(after).items():
                        merge(added if by[verb] in "+-" else ends, end, combine(by[verb], values, others))
        if word in ("double", "triple", "halve", "square", "cube"):
            operator, number = ON_RESULT[word]
            for pronoun in PRONOUNS:
                if (after := self.follows(at + 1, pronoun)) is not None:
                    merge(ends, after, combine(operator, values, constant(Fraction(number))))
        if separator[0] in (",", "and", "then") and "and" not in separator[:1]:
            for operator, after in self.infix(at):
                if self.given[at].kind == "word" and operator != "^":
                    for end, others in self.sum(after).items():
                        merge(added if operator in "+-" else ends, end, combine(operator, values, others))
        ends = self.hung_on(ends, True)
        merge_all(ends, self.hung_on(added, False))
        return ends

    # Infix chains with ordinary precedence.

    def infix(self, at: int) -> Iterator[tuple[Operator, int]]:
        """The operators that stand at `at`, each with the position after it."""
        if self._is(at, "op"):
            symbol = SYMBOLS.get(self.given[at].name)
            if symbol is not None:
                yield symbol, at + 1
            return
        for words, operator in INFIX:
            if (after := self.follows(at, words)) is not None:
                yield operator, after

    def sum(self, at: int) -> Ends:
        """Sums and differences; also what is `squared` or compared as a whole."""
        return self._memoised("sum", at, self._sum)

    def _sum(self, at: int) -> Ends:
        ends = self.chain(self.product(at), self.product, ("+", "-"))
        merge_all(ends, self.compared(self.operand(at)))
        for end, values in list(ends.items()):
            word = self.words[end] if end < len(self.words) else ""
            if word in POSTFIX:
                operator, number = POSTFIX[word]
                merge(ends, end + 1, combine(operator, values, constant(number)))
        return ends

    def product(self, at: int) -> Ends:
        """Products and quotients, in symbols or words."""
        return self._memoised("product", at, lambda start: self.chain(self.signed(start), self.signed, ("*", "/")))

    def chain(self, first: Ends, operand: Callable[[int], Ends], operators: tuple[str, ...]) -> Ends:
        """Operands joined by operators of one level, from the left."""
        ends: Ends = {}
        merge_all(ends, first)
        waiting = sorted(ends)
        while waiting:
            end = waiting.pop(0)
            for operator, after in self.infix(end):
                if operator in operators:
                    for beyond, others in operand(after).items():
                        if beyond not in ends:
                            waiting.append(beyond)
                        merge(ends, beyond, combine(operator, ends[end], others))
            if "*" in operators and self._is(end, "(") and self.given[end - 1].kind in ("num", ")"):
                # 2(3 + 4), but not 6 / 2(1 + 2)
                if any(isinstance(e, Operation) and e.operator == "/" for e in ends[end].values()):
                    continue
                for beyond, others in operand(end).items():
                    if beyond not in ends:
                        waiting.append(beyond)
                    merge(ends, beyond, combine("*", ends[end], others))
            waiting.sort()
        return ends

    def signed(self, at: int) -> Ends:
        """A power, or an operand with a minus before it."""
        return self._memoised("signed", at, self._signed)

    def _signed(self, at: int) -> Ends:
        is_minus = self._is(at, "op") and self.given[at].name == "-"
        if is_minus or (at < len(self.words) and self.words[at] in ("minus", "negative")):
            inner = self.operand(at + 1)
            return {end: negated(values) for end, values in inner.items() if not self._is_power(end)}
        return self.power(at)

    def _is_power(self, at: int) -> bool:
        is_postfix = at < len(self.words) and self.words[at] in POSTFIX
        return is_postfix or any(operator == "^" for operator, _ in self.infix(at))

    def power(self, at: int) -> Ends:
        """An operand, raised to a power or not."""
        ends: Ends = {}
        bases = self.operand(at)
        merge_all(ends, bases)
        for end, values in bases.items():
            for operator, after in self.infix(end):
                if operator == "^":
                    for beyond, others in self.signed(after).items():
                        merge(ends, beyond, combine("^", values, others))
        return ends

    # Operands: numbers, brackets, noun phrases.

    def operand(self, at: int) -> Ends:
        """A number, something in brackets, or a noun phrase that names a value."""
        return self._memoised("operand", at, self._operand)

    def _operand(self, at: int) -> Ends:
        ends: Ends = {}
        if at >= len(self.given):
            return ends
        if self._is(at, "num"):
            value = self.given[at].value
            if value is not None:
                merge(ends, at + 1, constant(value))
                merge_all(ends, self.percentage(at + 1, value))
        elif self._is(at, "("):
            for end, values in self.phrase(at + 1).items():
                if self._is(end, ")"):
                    merge(ends, end + 1, values)
        elif self._is(at, "frac"):
            merge_all(ends, self.fraction(at))
        else:
            merge_all(ends, self.number_words(at))
            merge_all(ends, self.noun_phrase(at))
        merge_all(ends, self.share(at, ends))
        return self.postfixed(ends)

    def postfixed(self, ends: Ends) -> Ends:
        """With `squared`, `doubled`, `halved` after it."""
        found: Ends = {}
        merge_all(found, ends)
        for end, values in ends.items():
            word = self.words[end] if end < len(self.words) else ""
            if word in POSTFIX:
                operator, number = POSTFIX[word]
                merge(found, end + 1, combine(operator, values, constant(number)))
        return found

    def fraction(self, at: int) -> Ends:
        r"""`\frac{A}{B}`."""
        ends: Ends = {}
        if not self._is(at + 1, "{"):
            return ends
        for middle, top in self.sum(at + 2).items():
            if self._is(middle, "}") and self._is(middle + 1, "{"):
                for end, bottom in self.sum(middle + 2).items():
                    if self._is(end, "}"):
                        merge(ends, end + 1, combine("/", top, bottom))
        return ends

    def percentage(self, at: int, value: Fraction) -> Ends:
        """`20% of A`, `20 percent of A`."""
        after = at + 1 if self._is(at, "%") else self.follows(at, ("percent",)) or self.follows(at, ("per", "cent"))
        after = self.follows(after, ("of",)) if after is not None else None
        ends: Ends = {}
        if after is not None:
            for end, others in self.sum(after).items():
                merge(ends, end, combine("*", constant(value / 100), others))
        return ends

    def number_words(self, at: int) -> Ends:
        """A number in words; every beginning that is a number too."""
        ends: Ends = {}
        words: list[str] = []
        for end in range(at, min(at + 16, len(self.words))):
            parts = self.words[end].split("-")
            if not all(part in NUMBER_WORDS for part in parts):
                break
            words += parts
            value = cardinal(words)
            if value is not None and words != ["a"]:
                merge(ends, end + 1, constant(Fraction(value)))
        return ends

    def compared(self, ends: Ends) -> Ends:
        """`5 less than A`, `5 more than A`; the number before is a single operand."""
        found: Ends = {}
        for end, values in ends.items():
            for words, operator in COMPARISONS:
                if (after := self.follows(end, words)) is not None:
                    for beyond, others in self.sum(after).items():
                        merge(found, beyond, combine(operator, others, values))
        return found

    def share(self, at: int, ends: Ends) -> Ends:
        """`two thirds of A`, `3/4 of A`, `half of A`, `a quarter of A`, `half A`."""
        found: Ends = {}
        for end, part in self.parts(at, ends):
            for joint in (("of",), ()):
                after = self.follows(end, joint)
                if after is None or (not joint and part != Fraction(1, 2)):
                    continue
                for beyond, others in self.sum(after).items():
                    merge(found, beyond, combine("*", constant(part), others))
        return found

    def parts(self, at: int, ends: Ends) -> Iterator[tuple[int, Fraction]]:
        """The fractions that can begin at `at`, each with the position after it."""
        at_word = at + (self.words[at] in ("a", "an", "one"))
        for start, word_at in {(at, at), (at, at_word)}:
            word = self.words[word_at] if word_at < len(self.words) else ""
            if word.removeprefix("one-") in SHARES and (start != word_at or word.startswith("one-") or word == "half"):
                yield word_at + 1, SHARES[word.removeprefix("one-")]
        for end, values in list(ends.items()):
            word = self.words[end] if end < len(self.words) else ""
            if word.endswith("s") and word[:-1] in SHARES and len(values) == 1:
                yield end + 1, next(iter(values)) * SHARES[word[:-1]]
        if "-" in self.words[at]:
            count, _, name = self.words[at].partition("-")
            number = cardinal([count])
            if number is not None and name.removesuffix("s") in SHARES and name.endswith("s"):
                yield at + 1, number * SHARES[name.removesuffix("s")]
        if (
            self._is(at, "num")
            and self._is(at + 2, "num")
            and self._is(at + 1, "op")
            and self.given[at + 1].name == "/"
        ):
            top, bottom = self.given[at].value, self.given[at + 2].value
            if top is not None and bottom:
                yield at + 3, top / bottom

    def noun_phrase(self, at: int) -> Ends:
        """`the sum of A and B`, `twice A`, `the square of A`, `the average of A, B and C`."""
        ends: Ends = {}
        at = self.follows(at, ("the",)) or at
        word = self.words[at] if at < len(self.words) else ""
        if word in NOUNS:
            for joint in ("of", "between"):
                after = self.follows(at + 1, (joint,))
                if after is None:
                    continue
                operator = NOUNS[word]
                if operator in "+*":
                    merge_all(ends, self.folded(self.lists(after), operator))
                else:
                    merge_all(ends, self.differences(after, operator))
        if word in ("average", "mean") and (after := self.follows(at + 1, ("of",))) is not None:
            merge_all(ends, self.averages(after))
        if word in ("square", "cube", "double", "triple") and (after := self.follows(at + 1, ("of",))) is not None:
            operator, number = ON_RESULT[word]
            for end, values in self.sum(after).items():
                merge(ends, end, combine(operator, values, constant(Fraction(number))))
        if word in MULTIPLES:
            for end, values in self.sum(at + 1).items():
                merge(ends, end, combine("*", constant(Fraction(MULTIPLES[word])), values))
        return ends

    def differences(self, at: int, operator: Operator) -> Ends:
        """`... of A and B`: of a difference that would be negative nobody knows which way it is meant."""
        ends: Ends = {}
        for joint in (("and",), (",", "and")):
            merge_all(ends, self.joined(at, joint, operator, False))
        for values in ends.values():
            for value, expression in list(values.items()):
                if operator == "-" and value < 0:
                    values[-value] = Negation(expression)
        return ends

    def lists(self, at: int) -> dict[int, list[list[Values]]]:
        """Lists of two or more (`A and B`, `A, B and C`, `A, B, and C`), by where they end."""
        found: dict[int, list[list[Values]]] = {}
        open_lists: list[tuple[int, list[Values]]] = [(end, [values]) for end, values in self.sum(at).items()]
        for _ in range(12):
            following: list[tuple[int, list[Values]]] = []
            for end, items in open_lists:
                for separator in ((",",), ("and",), (",", "and")):
                    after = self.follows(end, separator)
                    if after is None:
                        continue
                    for beyond, values in self.sum(after).items():
                        longer = [*items, values]
                        following.append((beyond, longer))
                        if "and" in separator:
                            found.setdefault(beyond, []).append(longer)
            if len(following) > 200:
                raise Ambiguous
            open_lists = following
        return found

    def folded(self, lists: dict[int, list[list[Values]]], operator: Operator) -> Ends:
        """The lists, added up or multiplied."""
        ends: Ends = {}
        for end, several in lists.items():
            for items in several:
                total = items[0]
                for values in items[1:]:
                    total = combine(operator, total, values)
                merge(ends, end, total)
        return ends

    def averages(self, at: int) -> Ends:
        """`average of A, B and C`."""
        ends: Ends = {}
        for end, several in self.lists(at).items():
            for items in several:
                total = items[0]
                for values in items[1:]:
                    total = combine("+", total, values)
                merge(ends, end, combine("/", total, constant(Fraction(len(items)))))
        return ends
