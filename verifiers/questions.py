"""Whole questions that are no single phrase: comparisons, lists put together at the end, sums of named results.

The idea: `by how much does A exceed B` and `what do A and B come to` have their operation in the frame of the question;
`multiply A by B, multiply C by D, and add the two results` computes several values and then names them together. Each
form takes the phrases of the grammar as its parts, and is one more parse beside theirs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from slowthink.verifiers.expressions import Number, Operation, Operator
from slowthink.verifiers.noun_phrases import fold
from slowthink.verifiers.worded import Grammar
from slowthink.verifiers.wordings import NAMES_OF_RESULTS, NOUNS, Ends, Values, combine, merge, merge_all

MAX_RESULTS: Final = 4
MAX_WAYS: Final = 60
_GREATER: Final = ("more", "greater", "larger", "bigger", "higher")
_LESS: Final = ("less", "smaller", "lower", "fewer")
# What may stand between the results and the verb or noun that puts them together; it says nothing of its own.
_NEUTRAL: Final = frozenset(("what", "what's", "is", "do", "does", "would", "will", "you", "i", "we", "get")) | {
    "have",
    "when", "if", "by", "after", "find", "compute", "calculate", "give", "tell", "me",
    "work", "out", "determine", "please",
    "and", "then", "now", "finally", "lastly", ",", ".",
}  # fmt: skip
_COUNTS: Final = {"two": 2, "both": 2, "three": 3, "four": 4}


class Questions(Grammar):
    """The grammar of questions; `question` gives all readings that begin at a token."""

    def question(self, at: int) -> Ends:
        """A phrase, or one of the forms of this module."""
        ends: Ends = {}
        for part in (self.phrase(at), self.compared_question(at), self.of_results(at)):
            merge_all(ends, part)
        return ends

    # One operation, said by the frame.

    def compared_question(self, at: int) -> Ends:
        """`by how much does A exceed B`, `how much greater is A than B`, `what must be added to A to make B`."""
        ends: Ends = {}
        for opening, between, operator, is_swapped in _FRAMES:
            first = self.follows(at, opening)
            if first is None:
                continue
            for middle, values in self.sum(first).items():
                after = self.follows(middle, between)
                if after is None:
                    continue
                for end, others in self.sum(after).items():
                    pair = (others, values) if is_swapped else (values, others)
                    told = _without_doubt(combine(operator, *pair), operator)
                    # `how many times does 5 go into 12` may be answered 2
                    merge(ends, end, {v: e for v, e in told.items() if operator == "-" or v.denominator == 1})
        return ends

    # Several values, named together.

    def of_results(self, at: int) -> Ends:
        """`multiply A by B, then C by D, and add the two results`."""
        ends: Ends = {}
        waiting: list[tuple[int, list[Values]]] = [(end, [values]) for end, values in self.result(at, False).items()]
        waiting += self.shared_verb(at)
        ways = 0
        while waiting and ways < MAX_WAYS:
            ways += 1
            end, results = waiting.pop()
            if len(results) > 1:
                merge_all(ends, self.combined(end, results))
            if len(results) < MAX_RESULTS:
                for joint in self.joints(end):
                    for beyond, values in self.result(joint.after, True).items():
                        waiting.append((beyond, [*results, values]))
        return {} if waiting else ends

    def result(self, at: int, is_later: bool) -> Ends:
        """A value that is computed and put aside: a command or an expression, never a number alone."""
        ends: Ends = {}
        if is_later:
            for words in (("compute",), ("calculate",), ("find",), ("work", "out"), ("evaluate",), ("determine",)):
                at = self.follows(at, words) or at
        for part in (self.command(at), self.sum(at)):
            for end, values in part.items():
                kept: Values = {
                    value: expression for value, expression in values.items() if not isinstance(expression, Number)
                }
                if kept:
                    merge(ends, end, kept)
        return ends

    def shared_verb(self, at: int) -> Iterator[tuple[int, list[Values]]]:
        """`multiply A by B and C by D`."""
        operators: dict[str, Operator] = {"multiply": "*", "divide": "/"}
        operator = operators.get(self._verb(at))
        if operator is not None:
            for middle, first in self.joined(at + 1, ("by",), operator, False).items():
                for joint in self.joints(middle):
                    for end, second in self.joined(joint.after, ("by",), operator, False).items():
                        yield end, [first, second]

    def combined(self, at: int, results: list[Values]) -> Ends:
        """`and add them`, `. What is the difference between the two results?`."""
        ends: Ends = {}
        for begin in self._after_neutral(at):
            operator = {"add": "+", "sum": "+", "multiply": "*"}.get(self._verb(begin))
            if operator is not None:
                names = self._after_particle(begin + 1, self._verb(begin))
                for end in self.named_results(names, results):
                    beyond = self.follows(end, ("together",)) or self.follows(end, ("up",)) or end
                    merge(ends, beyond, fold(results, "+" if operator == "+" else "*"))
            start = self.follows(begin, ("the",)) or begin
            noun = self._word(start)
            for joint in ("of", "between"):
                if noun in NOUNS and (after := self.follows(start + 1, (joint,))) is not None:
                    for end in self.named_results(after, results):
                        if NOUNS[noun] in "+*":
                            merge(ends, end, fold(results, NOUNS[noun]))
                        elif len(results) == 2:
                            merge(ends, end, _without_doubt(fold(results, NOUNS[noun]), NOUNS[noun]))
            merge_all(ends, self.first_and_second(begin, results))
        return ends

    def _after_neutral(self, at: int) -> Iterator[int]:
        while at < len(self.words) and self.words[at] in _NEUTRAL:
            at += 1
            yield at

    def named_results(self, at: int, results: list[Values]) -> Iterator[int]:
        """The positions after a name for all the results: `them`, `both`, `the two products`, `these results`."""
        for name in ("them", "both", "these", "both of them", "these two", "the two"):
            after = self.follows(at, name.split())
            if after is not None and (len(results) == 2 or name in ("them", "these")):
                yield after
        after = next((at + 1 for word in ("the", "these", "those", "your") if self._word(at) == word), at)
        count = _COUNTS.get(self._word(after))
        after = after + 1 if count is not None else after
        operators = NAMES_OF_RESULTS.get(self._word(after))
        is_named = operators is not None and count in (None, len(results)) and after > at
        if operators is not None and is_named and all(_come_from(values, operators) for values in results):
            yield after + 1

    def first_and_second(self, at: int, results: list[Values]) -> Ends:
        """`subtract the second result from the first`."""
        ends: Ends = {}
        verb = self._verb(at)
        if len(results) != 2 or verb not in ("subtract", "take", "divide"):
            return ends
        numbers = {"first": 0, "second": 1}
        for one in self._ordinal(at + 1):
            joint = "by" if verb == "divide" else "from"
            for other in self._ordinal(one[0] + 1) if self._word(one[0]) == joint else ():
                pair = results[numbers[one[1]]], results[numbers[other[1]]]
                if one[1] != other[1]:
                    merge(ends, other[0], combine("/", *pair) if verb == "divide" else combine("-", pair[1], pair[0]))
        return ends

    def _ordinal(self, at: int) -> Iterator[tuple[int, str]]:
        for word in ("first", "second"):
            after = self.follows(at, ("the", word))
            if after is not None:
                is_named = self._word(after).rstrip("s") + "s" in NAMES_OF_RESULTS or self._word(after) == "one"
                yield after + is_named, word


def _come_from(values: Values, operators: str) -> bool:
    """Whether the values can be called `products`, `sums` and so on."""
    return not operators or all(
        isinstance(expression, Operation) and expression.operator == operators for expression in values.values()
    )


def _without_doubt(values: Values, operator: Operator) -> Values:
    """Nothing, where the question has its sides the wrong way round: what is meant then is a guess."""
    return {value: expression for value, expression in values.items() if value >= 0 or operator != "-"}


def _frames() -> Iterator[tuple[tuple[str, ...], tuple[str, ...], Operator, bool]]:
    """The openings, what stands between the operands, the operation, and whether they change places."""
    for verb in ("does", "do"):
        yield ("by", "how", "much", verb), ("exceed",), "-", False
        yield ("how", "much", verb), ("exceed",), "-", False
        for word in ("go", "fit"):
            yield ("how", "many", "times", verb), (word, "into"), "/", True
    for much in ("much", "many"):
        for words, is_swapped in ((_GREATER, False), (_LESS, True)):
            for word in words:
                yield ("how", much, word, "is"), ("than",), "-", is_swapped
                yield ("by", "how", much, "is"), (word, "than"), "-", is_swapped
    for subject in (("must", "be", "added"), ("should", "be", "added"), ("must", "i", "add"), ("should", "i", "add"),
                    ("do", "i", "add"), ("do", "you", "add"), ("should", "you", "add"), ("needs", "to", "be", "added"),
                    ("do", "i", "need", "to", "add")):  # fmt: skip
        for opening in (("what",), ("what", "number"), ("which", "number"), ("how", "much")):
            for verb in ("get", "make", "reach", "give", "obtain"):
                yield (*opening, *subject, "to"), ("to", verb), "-", True


_FRAMES: Final = tuple(_frames())
