"""One command, several results: `add A to both B and C`, `double 3 and 4`, `multiply A and B by C and D respectively`.

The idea: what is done to each part of a list gives a list of results, which the sentences behind it put together. A
list without a word for `each` is spread only where nothing else could be meant.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Final

from slowthink.verifiers.expressions import Expression, Operator, evaluate
from slowthink.verifiers.lists import Item
from slowthink.verifiers.verbs import COMMANDS, Verb
from slowthink.verifiers.worded import Grammar
from slowthink.verifiers.wordings import ON_RESULT, Values, combine, constant

_EACH: Final = tuple(
    tuple(words.split())
    for words in ("both", "each of", "all of", "both of", "each", "each one of", "each of the numbers",
        "both of the numbers",
                  "all of the numbers", "all the numbers", "both numbers", "both the numbers", "each of these numbers")
)  # fmt: skip
_BY: Final[dict[str, Operator]] = {"multiply": "*", "divide": "/", "increase": "+", "decrease": "-"}
_TO: Final[dict[str, tuple[Operator, tuple[tuple[str, ...], ...]]]] = {
    "add": ("+", (("to",), ("on", "to"), ("onto",))),
    "subtract": ("-", (("from",), ("away", "from"))),
    "take": ("-", (("from",), ("away", "from"), ("off",), ("off", "of"))),
}


class SeveralResults(Grammar):
    """Adds the commands that have several results."""

    def several(self, at: int) -> Iterator[tuple[int, list[Values]]]:
        """Where a command with several results ends, and the results."""
        names = {self.word(at)}
        for verb in self.verbs(at):
            yield from self.several_by(verb)
            names.add(verb.does)
        for name in names & ON_RESULT.keys():
            operator, number = ON_RESULT[name]
            for end, others in self.each(at + 1, is_said=False):
                yield end, [combine(operator, other, constant(Fraction(number))) for other in others]

    def several_by(self, told: Verb) -> Iterator[tuple[int, list[Values]]]:
        """The same, of one meaning of the verb."""
        verb = told.does
        if verb in _TO:
            operator, joints = _TO[verb]
            for middle, values in self.sum(told.after).items():
                for joint in joints:
                    if (after := self.follows(middle, joint)) is not None:
                        for end, others in self.each(after, is_said=True):
                            yield end, [combine(operator, other, values) for other in others]
        if verb in _BY:
            for middle, others in self.each(told.after, is_said=True):
                if (after := self.follows(middle, (*told.particle, "by"))) is not None:
                    for end, values in self.sum(after).items():
                        yield end, [combine(_BY[verb], other, values) for other in others]
            yield from self.respectively(told)
        yield from self.shared_verb(told)

    def each(self, at: int, is_said: bool) -> Iterator[tuple[int, list[Values]]]:
        """A list, every part of which is meant."""
        starts = [after for words in _EACH if (after := self.follows(at, words)) is not None]
        for start in starts or ([] if is_said else [at]):
            for end, several in self.lists(start).items():
                yield from ((end, _values(items)) for items in several if self.is_even(items))
        for end, meant in self.plural(at):
            if is_said or end > at:
                yield end, [_value(part) for part in meant]

    def respectively(self, verb: Verb) -> Iterator[tuple[int, list[Values]]]:
        """`multiply A and B by C and D respectively`."""
        operator = _BY[verb.does]
        for middle, firsts in self.lists(verb.after).items():
            after = self.follows(middle, (*verb.particle, "by"))
            for end, seconds in self.lists(after).items() if after is not None else ():
                for stop in (end, self.follows(end, (",",)) or end):
                    if (beyond := self.follows(stop, ("respectively",))) is None:
                        continue
                    for first in firsts:
                        for second in seconds:
                            if len(first) == len(second) and self.is_even(first) and self.is_even(second):
                                pairs = zip(_values(first), _values(second), strict=True)
                                yield beyond, [combine(operator, *pair) for pair in pairs]
                    break

    def shared_verb(self, verb: Verb) -> Iterator[tuple[int, list[Values]]]:
        """`multiply A by B and C by D`, `subtract A from B, and C from D`."""
        for name, joining, operator, is_swapped in COMMANDS if verb.does != "share" else ():
            words = (*verb.particle, *joining)
            told = self.joined(verb.after, words, operator, is_swapped) if name == verb.does else {}
            for middle, first in told.items():
                for joint in self.joints(middle):
                    for end, second in self.joined(joint.after, words, operator, is_swapped).items():
                        yield end, [first, second]


def _value(expression: Expression) -> Values:
    value = evaluate(expression)
    return {} if value is None else {value: expression}


def _values(items: list[Item]) -> list[Values]:
    return [item.values for item in items]
