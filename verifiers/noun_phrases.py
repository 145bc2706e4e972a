"""Noun phrases of worded arithmetic: `the sum of A and B`, `twice A`, `the result of dividing A by B`, `their product`.

The idea: a phrase that names a value by a noun is an operand like any other. A difference or quotient of which nobody
knows which way round it is meant has both values; one that does not come out whole has none.
"""

from __future__ import annotations

from abc import abstractmethod
from fractions import Fraction
from typing import Final

from slowthink.verifiers.expressions import Negation, Number, Operator
from slowthink.verifiers.lists import Item, Lists, PartLists, value_of
from slowthink.verifiers.references import is_called
from slowthink.verifiers.rules import Found, compiled, matches
from slowthink.verifiers.wordings import (
    AS_BIG_AS,
    MULTIPLES,
    NOUNS,
    ON_RESULT,
    ORDINALS,
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
_WHEN: Final = "(when|if|by|from|after|on|upon|once|of)"
_GET: Final = "(get|obtain|have|arrive at|end up with)"
_LEFT: Final = "(remains|is left|is left over|is remaining|would remain|would be left|will be left|will remain|'s left)"
_PROCESS: Final = "of a process"
_LEAVING: Final = "of what is left"
_DISTANCE: Final = "of a distance"
# What is described, and how it comes from A and B.
_DESCRIPTIONS: Final = tuple(
    (compiled(line), operation)
    for line, operation in (
        ("(the)? (amount|number|quantity|margin) by which <A> (exceeds|exceed|surpasses|beats)  <B>", _DISTANCE),
        (f"(the)? (amount|number|quantity|margin) by which <A> (is|are) {_MORE} than <B>", _DISTANCE),
        ("(the)? (amount|number|quantity) by which <B> (is|are) (less|smaller|lower|fewer) than <A>", _DISTANCE),
        ("(the)? (amount|number|quantity) by which <B> falls short of <A>", _DISTANCE),
        ("(the)? (excess|surplus) of <A> over <B>", _DISTANCE),
        ("(the)? shortfall of <B> (from|below|against) <A>", _DISTANCE),
        ("(the)? (gap|distance|jump) from <A> (up)? to <B>", "gap up"),
        ("(the)? (gap|distance|jump) from <A> down to <B>", _DISTANCE),
        ("(the)? (product|multiplication) of <A> (with|by) <B>", "A*B"),
        ("(the)? (sum|addition|total) of <A> with <B>", "A+B"),
        ("(the)? addition of <A> to <B>", "A+B"),
        ("(the)? subtraction of <B> from <A>", "A-B"),
        ("(the)? (division|quotient) of <A> by <B>", "A/B"),
        (f"what (you|i|we|one|you'd|you would|you'll) {_GET} {_WHEN} <A:process>", _PROCESS),
        ("(the)? (result|answer|outcome|value|number|total|figure) (of|from|when|if|by|after|you get when|you get if"
         "|you get by|you get from|we get when|i get when|obtained by|obtained when|obtained from|obtained after"
         "|that you get when|that results from|that results when|you get from|once|on|upon|reached by|found by)"
         " <A:process>",
         _PROCESS),
        ("(the|that) (number|value|figure|integer) (that|which) (is|lies) <A>", "A"),
        (f"(what|whatever) {_LEFT} {_WHEN} <A:process>", _LEAVING),
        ("(the)? (remainder|rest|balance|leftover|amount left|number left|amount remaining|amount left over|number"
         f" remaining|value that remains|number that remains|amount that remains|value left) {_WHEN} <A:process>",
             _LEAVING),
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
        "excess",
        "surplus",
        "shortfall",
        "jump",
        "addition",
        "subtraction",
        "division",
        "multiplication",
        "remainder",
        "rest",
        "balance",
        "leftover",
        "whatever",
        "margin",
    ]
)
_MADE_BY: Final = compiled(
    "(of|from|when|if|by|after|you get when|you get if|you get by|obtained by|obtained when|you get from|we get when"
    "|obtained after|you get on|once|that you get when|you get after|you get upon|on|upon) <A:process>"
)
_CALLED: Final = {**NOUNS, "total": "+"}


class NounPhrases(PartLists):
    """Adds the phrases that name a value by a noun."""

    def noun_phrase(self, at: int) -> Ends:
        """`the sum of A and B`, `twice A`, `the square of A`, `the average of A, B and C`."""
        ends = self.described(at)
        merge_all(ends, self.theirs(at))
        at = self.follows(at, ("the",)) or at
        for adjective in ("combined", "overall", "grand", "exact", "simple", "full", "final", "whole", "running"):
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
        if (
            word in ("square", "cube", "double", "triple", "treble", "quadruple")
            and (after := self.follows(at + 1, ("of",))) is not None
        ):
            operator, number = ON_RESULT[word]
            for end, values in self.argument(after, UNARY[word]).items():
                merge(ends, end, combine(operator, values, constant(Fraction(number))))
        if word in ORDINALS and (after := self.follows(at + 1, ("power", "of"))) is not None:
            for end, values in self.operand(after).items():
                merge(ends, end, combine("^", values, constant(Fraction(ORDINALS[word]))))
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
                if operation in (_PROCESS, _LEAVING):
                    is_meant = "-" if operation == _LEAVING else ""
                    named = {value: part for value, part in found["A"].items() if is_called(part, is_meant)}
                    merge(clausal, end, named)
                else:
                    merge(ends, end, made_of(operation, found))
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
            lists = {at + 2: [[Item(at, at + 2, value_of(part)) for part in self.meant(at)]]} if self.meant(at) else {}
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
                after_comma = self.follows(stop, (",",)) or stop
                end = after_comma + (self.word(after_comma) in ("are", "is"))
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


def made_of(operation: str, found: Found) -> Values:
    """The value of `A-B` and its like; of a distance none below zero."""
    if operation == "A":
        return {value: part for value, part in found["A"].items() if not isinstance(part, Number)}
    told = "B-A" if operation == "gap up" else operation if len(operation) == 3 else "A-B"
    first, sign, second = told[0], told[1], told[2]
    outcome = combine(sign, found[first], found[second])  # type: ignore[arg-type]
    if sign == "/" and any(value.denominator != 1 for value in outcome):
        raise Ambiguous
    return {value: part for value, part in outcome.items() if value >= 0 or len(operation) == 3}


def fold(several: list[Values], operator: Operator) -> Values:
    """All of them joined by one operation, from the left."""
    total = several[0]
    for values in several[1:]:
        total = combine(operator, total, values)
    return total
