"""Operands and chains of worded arithmetic: brackets, powers, infix words and their precedence.

The idea: memoised descent that keeps, for every start, every possible end with every possible value, so that what
can be read in two ways comes out with two values. Noun phrases and whole phrases are given by the subclasses.

Guaranteed: tokens are bounded by the caller, values by `evaluate`'s bounds; where a stretch has too many values
the parse fails as a whole (`Ambiguous`).
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from fractions import Fraction
from functools import cached_property
from typing import Final

from slowthink.verifiers.amounts import COPULAS_BY_WORD, PARTICIPLES_BY_WORD, Amounts
from slowthink.verifiers.expressions import Operation, Operator, evaluate
from slowthink.verifiers.verbs import TAKEN_FROM
from slowthink.verifiers.wordings import (
    COMPARISONS,
    FURTHER,
    NOUNS,
    ORDINALS,
    PLAIN,
    POSTFIX,
    UNARY,
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
_MORE_AFTER: Final = (
    "plus",
    "add",
    "adding",
    "adds",
    "added",
    "once",
    "after",
    "when",
    "if",
    "in",
    "on",
    "with",
    "tack",
)


class Operands(Amounts):
    """The parser of one token sequence, as far as values are put together without sentences."""

    @abstractmethod
    def phrase(self, at: int) -> Ends:
        """What may stand in brackets."""

    @abstractmethod
    def noun_phrase(self, at: int) -> Ends:
        """`the sum of A and B` and its like."""

    # Infix chains with ordinary precedence.

    def sum(self, at: int) -> Ends:
        """Sums and differences; also what is `squared` or compared as a whole."""
        return self._memoised("sum", at, self._sum)

    def _sum(self, at: int) -> Ends:
        first: Ends = {}
        merge_all(first, self.product(at))
        merge_all(first, self.in_steps(at))
        ends = self.chain(at, first, self.product, ("+", "-"))
        compared = self.compared(self.operand(at))
        merge_all(ends, compared)
        merge_all(ends, self.taken_from(compared))
        merge_all(ends, self.taken_from(self.product(at)))
        for end, values in list(ends.items()):
            word = self.words[end] if end < len(self.words) else ""
            if word in POSTFIX and word not in self.words[at:end]:
                operator, number = POSTFIX[word]
                merge(ends, end + 1, combine(operator, values, constant(number)))
            merge_all(ends, self.by_itself(end, values))
        return ends

    def in_steps(self, at: int) -> Ends:
        """`3 added to 4 times 2` may be meant as two steps, unlike `3 plus 4 times 2` and `3 more than 4 times 2`."""
        ends: Ends = {}
        number = self._after_number(at)
        if number is None or number >= len(self.given) or self.given[number].kind != "word":
            return ends
        left = self.operand(at)[number]
        joints = [(operator, after, False) for operator, after in self.infix(number) if self.word(number) not in PLAIN]
        for start in (number, *self.copulas(number)):
            joints += [("-", after, True) for words in TAKEN_FROM if (after := self.follows(start, words)) is not None]
        compared = [
            (operator, after) for words, operator in COMPARISONS if (after := self.follows(number, words)) is not None
        ]
        joints += [(operator, after, True) for operator, after in compared]
        for operator, after, is_swapped in joints:
            middle = self._after_number(after)
            if operator not in "+-" or middle is None:
                continue
            right = self.operand(after)[middle]
            both = combine(operator, *((right, left) if is_swapped else (left, right)))
            is_idiom = bool(compared) and self.word(middle) in ("times", "lots", "groups", "sets")
            for sign, beyond in self.infix(middle) if not is_idiom else ():
                for end, others in self.signed(beyond).items() if sign in "*/^" else ():
                    merge(ends, end, combine(sign, both, others))
        return ends

    def product(self, at: int) -> Ends:
        """Products and quotients, in symbols or words."""
        return self._memoised("product", at, self._product)

    def _product(self, at: int) -> Ends:
        return self.chain(at, self.signed(at), self.signed, ("*", "/"))

    def chain(self, at: int, first: Ends, operand: Callable[[int], Ends], operators: tuple[str, ...]) -> Ends:
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
                        if self.words[after] and self._has_loose_and(after, beyond):
                            raise Ambiguous  # `three times the sum of 3 and 4 and 5`
                        merge(ends, beyond, combine(operator, ends[end], others))
                        merge(ends, beyond, self.under_the_line(at, end, operator, ends[end], others))
                        word = self.word(beyond)
                        if word in POSTFIX and word not in self.words[at:end] and self.given[end].kind == "word":
                            # `3 plus 4 squared` goes on, whichever part is squared
                            power, number = POSTFIX[word]
                            whole = combine(power, combine(operator, ends[end], others), constant(number))
                            merge(ends, beyond + 1, whole)
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

    def under_the_line(self, start: int, at: int, operator: Operator, values: Values, others: Values) -> Values:
        """`24 divided by 4 times 2`, said in words, may also be 24 over the product."""
        found: Values = {}
        is_said = self.given[at].kind == "word" and {"by", "over"} & set(self.words[start:at])
        for expression in values.values() if operator in "*/" and is_said else ():
            if isinstance(expression, Operation) and expression.operator == "/":
                top, bottom = evaluate(expression.left), evaluate(expression.right)
                if top is not None and bottom is not None:
                    below = combine(operator, {bottom: expression.right}, others)
                    found |= combine("/", {top: expression.left}, below)
        return found

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
            for words in (("to", "the"), ("raised", "to", "the")):
                if (after := self.follows(end, words)) is not None and self.word(after) in ORDINALS:
                    exponent = constant(Fraction(ORDINALS[self.word(after)]))
                    if self.word(after + 1) == "power":
                        merge(ends, after + 2, combine("^", values, exponent))
            for operator, after in self.infix(end):
                if operator == "^":
                    for beyond, others in self.signed(after).items():
                        # `2^3^2` is 64 on some calculators and 512 on others.
                        is_tower = any(operator == "^" for operator, _ in self.infix(beyond))
                        is_tower = is_tower or any(
                            isinstance(e, Operation) and e.operator == "^" for e in others.values()
                        )
                        if not is_tower or self._is(after, "("):
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
            if self.follows(at, ("a", "dozen")) is not None:
                merge(ends, at + 2, constant(Fraction(12)))
            merge_all(ends, self.noun_phrase(at))
            merge_all(ends, self.reference(at))
            for words in FURTHER:
                if (after := self.follows(at, words)) is not None and self._after_number(after) is not None:
                    merge_all(ends, self.operand(after))
        if self.words[at - 1 : at] and self.words[at - 1] in _MORE_AFTER:
            # `add 5 more`, `once 5 more has been added`
            for end, values in list(ends.items()):
                if (
                    self.word(end) in ("more", "extra")
                    and self.word(end + 1) != "than"
                    and not any(self.infix(end + 1))
                ):
                    merge(ends, end + 1, values)
        merge_all(ends, self.lots(at, ends))
        merge_all(ends, self.share(at, ends))
        return self.postfixed(at, ends)

    def postfixed(self, at: int, ends: Ends) -> Ends:
        """With `squared`, `doubled`, `halved` after it; what has a `squared` within is not squared as a whole."""
        found: Ends = {}
        merge_all(found, ends)
        for end, values in ends.items():
            word = self.words[end] if end < len(self.words) else ""
            if word in POSTFIX and word not in self.words[at:end]:
                operator, number = POSTFIX[word]
                merge(found, end + 1, combine(operator, values, constant(number)))
            merge_all(found, self.by_itself(end, values))
        return found

    def argument(self, at: int, head: str = "") -> Ends:
        """What a noun or `half of` can be said of: an expression, as far as no new clause begins in it."""
        ends = {
            end: values
            for end, values in self.sum(at).items()
            if not self._is_clause(at, end) and not self._begins_anew(at, end, head)
        }
        if head and any(self._has_loose_and(at, end) for end in ends):
            raise Ambiguous  # `twice the sum of 3 and 4 and 5`
        return ends

    def _has_loose_and(self, start: int, end: int) -> bool:
        """Whether more is joined by `and`, without commas, than there are nouns to join it."""
        ands, nouns = self._joints
        return ands[end] - ands[start] > max(1, nouns[end] - nouns[start])

    @cached_property
    def _joints(self) -> tuple[list[int], list[int]]:
        """How many `and` outside numbers, and how many nouns that take them, stand before each token."""
        ands, nouns, number_end = [0], [0], 0
        for at, word in enumerate(self.words):
            if at >= number_end:
                number_end = self._after_number(at) or at
            ands.append(ands[-1] + (word == "and" and at >= number_end))
            nouns.append(nouns[-1] + (word in NOUNS or word in ("average", "mean")))
        return ands, nouns

    def _is_clause(self, start: int, end: int) -> bool:
        """`103 is divided by 35`: its subject is all that stands before, unless a `when` makes it a part."""
        for at in range(start, end):
            if self.words[at] in ("when", "if", "after", "once"):
                return False
            for after in self.copulas(at) if self.words[at] in COPULAS_BY_WORD else ():
                if self.word(after) in PARTICIPLES_BY_WORD or self.word(after) in POSTFIX:
                    return True
        return False

    def _begins_anew(self, start: int, end: int, kind: str) -> bool:
        """`twice [9 plus three times 4]`: what follows a plus or minus is a phrase of the same kind as that before."""
        if not kind:
            return False
        for at in range(start + 1, end):
            for operator, after in self.infix(at):
                if operator in "+-" and after < end:
                    head = after + (self.word(after) in ("the", "a", "an", "one"))
                    number = self._after_number(head) if head < end else None
                    if self.word(head) in UNARY and kind in (UNARY[self.word(head)], "part"):
                        return True
                    if number is not None and kind == "multiple":
                        is_adverb = self.word(number) == "times" and not self._is(head, "num")
                        if is_adverb:
                            return True
                    if (
                        number is not None
                        and kind == "percent"
                        and (self._is(number, "%") or self.word(number) == "percent")
                    ):
                        return True
        return False

    def compared(self, ends: Ends) -> Ends:
        """`5 less than A`, `5 more than A`; the number before is a single operand."""
        found: Ends = {}
        for end, values in ends.items():
            for words, operator in COMPARISONS:
                if (after := self.follows(end, words)) is not None:
                    for beyond, others in self.argument(after).items():
                        merge(found, beyond, combine(operator, others, values))
        return found

    def taken_from(self, ends: Ends) -> Ends:
        """`8 times 7 taken from 100`."""
        found: Ends = {}
        for end, values in ends.items():
            for start, words in ((start, words) for start in (end, *self.copulas(end)) for words in TAKEN_FROM):
                if (after := self.follows(start, words)) is not None:
                    for beyond, others in self.sum(after).items():
                        merge(found, beyond, combine("-", others, values))
        return found
