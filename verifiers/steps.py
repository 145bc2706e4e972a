"""Steps on the result so far: `multiply it by 3`, `then take away 4`, `14 is added`, `comes to once it is halved`.

The idea: a step takes the values that stand before it, under a name or silently, and gives new ones. What may belong to
the step or be the next one (`divide it by 4 plus 1`) is kept both ways.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Final, NamedTuple

from slowthink.verifiers.expressions import Expression, Operation, Operator
from slowthink.verifiers.noun_phrases import NounPhrases
from slowthink.verifiers.references import is_called
from slowthink.verifiers.wordings import (
    ADVERBS,
    CHANGES,
    COMES_TO,
    FILLERS,
    GERUNDS,
    ON_RESULT,
    PARTICLES,
    PAST,
    POSTFIX,
    TIMES_OVER,
    VERBS,
    Ends,
    Values,
    combine,
    constant,
    merge,
    merge_all,
)

MAX_STEPS: Final = 8
_BY: Final[dict[str, Operator]] = {"multiply": "*", "divide": "/", "increase": "+", "decrease": "-"}
_AWAY: Final = (("subtracted",), ("taken", "away"), ("taken", "off"), ("taken",), ("deducted",), ("removed",))
_OFF: Final = (("from",), ("off",), ("off", "of"), ("away", "from"), ("out", "of"))
_ONTO: Final = (("to",), ("onto",), ("on", "to"), ("on", "top", "of"))


class Joint(NamedTuple):
    """What stands between two steps: the position after it, its stop, and whether it says `and` or `then`."""

    after: int
    stop: str
    has_and: bool
    has_then: bool


class Steps(NounPhrases):
    """Adds the steps."""

    def _verb(self, at: int) -> str:
        return VERBS.get(self.word(at), "")

    def _after_particle(self, at: int, verb: str) -> int:
        return at + 1 if self.word(at) in PARTICLES.get(verb, ()) else at

    def hung_on(self, ends: Ends, is_multiplicative: bool, start: int | None = None) -> Ends:
        """`divide 20 by 4 plus 1` may end the command before `plus`: that reading is kept beside the other."""
        at = min(ends, default=0) if start is None else start
        found = self.chain(at, ends, self.signed, ("*", "/")) if is_multiplicative else ends
        found = self.chain(at, found, self.product, ("+", "-"))
        for end, values in ends.items():
            if self.word(end) in POSTFIX and (start is None or self.word(end) not in self.words[start:end]):
                operator, number = POSTFIX[self.word(end)]
                merge(found, end + 1, combine(operator, values, constant(number)))
            merge_all(found, self.by_itself(end, values))
        return found

    def joints(self, at: int, is_sentence: bool = False) -> Iterator[Joint]:
        """`, and then`, `. Now`, `; finally,`, `and you`: what can stand before the next step."""
        stops = (",", ".", ";", ":") if is_sentence else (",", ".", ";")
        for words in FILLERS:
            at = self.follows(at, words) or at
        stop = self.word(at) if self.word(at) in stops else ""
        after = at + bool(stop)
        has_and = self.word(after) == "and" or (self.word(after) == "but" and self.word(after + 1) == "then")
        after += has_and
        has_then = False
        for adverb in ADVERBS:
            if (beyond := self.follows(after, adverb)) is not None:
                after, has_then = self.follows(beyond, (",",)) or beyond, True
                break
        if after > at:
            yield Joint(after, stop, has_and, has_then)
            if self.word(after) in ("you", "i", "we"):
                yield Joint(after + 1, stop, has_and, has_then)

    def steps(self, starts: Ends, is_infix: bool) -> Ends:
        """One operation or more on what stands first. After an infix chain it must be said that all of it is meant."""
        ends: Ends = {}
        frontier = [(end, values, is_infix) for end, values in starts.items()]
        for _ in range(MAX_STEPS):
            whole: Ends = {}
            chains: Ends = {}
            for end, values, is_chain in frontier:
                merge_all(whole, self.clause(end, values))
                for joint in self.joints(end):
                    merge_all(whole, self.imperative(joint.after, values))
                    merge_all(whole, self.passive_step(joint.after, values, joint.has_and or joint.has_then))
                    if joint.stop == "," and not joint.has_then:
                        merge_all(chains, self.infix_step(joint.after, values, "+-"))
                        if not is_chain and not joint.has_and:
                            merge_all(whole, self.infix_step(joint.after, values, "*/"))
                    elif joint.has_then and joint.stop in ("", ","):
                        merge_all(whole, self.infix_step(joint.after, values, "+-*/"))
            if not whole and not chains:
                break
            merge_all(ends, whole)
            merge_all(ends, chains)
            frontier = [(end, values, False) for end, values in whole.items()]
            frontier += [(end, values, True) for end, values in chains.items()]
        return ends

    def infix_step(self, at: int, values: Values, operators: str) -> Ends:
        """`plus 4`, `multiplied by 7`, after a comma or `then`."""
        added: Ends = {}
        ends: Ends = {}
        for operator, after in self.infix(at):
            if self.given[at].kind == "word" and operator in operators:
                for end, others in self.sum(after).items():
                    merge(added if operator in "+-" else ends, end, combine(operator, values, others))
        ends = self.hung_on(ends, True)
        merge_all(ends, self.hung_on(added, False))
        return ends

    def pronouns(self, at: int, values: Values, least: int = 0) -> Iterator[tuple[int, Values]]:
        """The names of the result that stand at `at`, each with the values that can be called so."""
        if least == 0:
            yield at, values
        for after, operators in self.singular(at):
            called = {value: expression for value, expression in values.items() if is_called(expression, operators)}
            if called:
                yield after, called

    def imperative(self, at: int, values: Values) -> Ends:
        """`multiply it by 3`, `add 4`, `subtract it from 100`, `double the result`."""
        added: Ends = {}
        ends: Ends = {}
        verb = "multiply" if self.word(at) == "times" else self._verb(at)
        is_told = not verb and self.word(at) in PAST
        verb = PAST[self.word(at)] if is_told else verb
        if self.word(at) == "took" and not {"away", "off", "from"} & set(self.words[at + 1 : at + 8]):
            verb = ""  # `I had 10 and took 3` may be 13
        if verb in ("add", "subtract", "take"):
            merge_all(added, self.added(at, values, verb))
        if verb in _BY:
            for middle, called in self.pronouns(at + 1, values, least=int(is_told)):
                for joint in ("by", "with") if verb == "multiply" else ("by",):
                    if (after := self.follows(middle, (joint,))) is not None:
                        for end, others in self.sum(after).items():
                            merge(added if _BY[verb] in "+-" else ends, end, combine(_BY[verb], called, others))
        if verb in ("divide", "multiply"):
            for middle, others in self.sum(at + 1).items():
                if (after := self.follows(middle, ("by",))) is not None:
                    for end, called in self.pronouns(after, values, least=1):
                        merge(ends, end, combine(_BY[verb], others, called))
        merge_all(added, self.changed(at, values))
        merge_all(ends, self.again_by(at, values))
        if self.word(at) in ON_RESULT:
            operator, number = ON_RESULT[self.word(at)]
            for end, called in self.pronouns(at + 1, values):
                merge(ends, end, combine(operator, called, constant(Fraction(number))))
        if (after := self.follows(at, ("take", "half", "of"))) is not None:
            for end, called in self.pronouns(after, values, least=1):
                merge(ends, end, combine("/", called, constant(Fraction(2))))
        ends = self.hung_on(ends, True)
        merge_all(ends, self.hung_on(added, self.may_go_on(self._after_particle(at + 1, verb))))
        return ends

    def may_go_on(self, at: int) -> bool:
        """Whether `divided by 2` stands behind a number, where it may be the next step: `add 4 divided by 2`."""
        number = self._after_number(at)
        if number is None or self.word(number) in ("", "times", "lots", "groups", "sets", "rows", "x"):
            return False
        return any(operator in "*/^" for operator, _ in self.infix(number))

    def again_by(self, at: int, values: Values) -> Ends:
        """`multiply 36 by 2 and then by 3`."""
        ends: Ends = {}
        if self.word(at) == "by" and self.word(at - 1) in ("then", "finally", "again", "next"):
            for operator in ("*", "/"):
                sign: Operator = "*" if operator == "*" else "/"
                called = {value: part for value, part in values.items() if _is_of(part, operator)}
                for end, others in self.sum(at + 1).items() if called else ():
                    merge(ends, end, combine(sign, called, others))
        return ends

    def changed(self, at: int, values: Values) -> Ends:
        """`goes up by 4`, `count back 3`, `counting up by 15 exactly 19 times`."""
        ends: Ends = {}
        goes_on = False
        for words, operator in CHANGES:
            if (after := self.follows(at, words)) is None:
                continue
            goes_on = goes_on or self.may_go_on(after)
            for end, others in self.sum(after).items():
                merge(ends, end, combine(operator, values, others))
                often = self.follows(end, ("exactly",)) or end
                for beyond, count in self.operand(often).items():
                    if (stop := self.follows(beyond, ("times",))) is not None and self._after_number(stop) is None:
                        merge(ends, stop, combine(operator, values, combine("*", others, count)))
        return self.hung_on(ends, goes_on, at) if ends else ends

    def added(self, at: int, values: Values, verb: str) -> Ends:
        """`add 4`, `add 4 to it`, `take away 3`, `subtract it from 100`."""
        ends: Ends = {}
        operator: Operator = "+" if verb == "add" else "-"
        joints = _ONTO if verb == "add" else _OFF
        for end, others in self.sum(self._after_particle(at + 1, verb)).items():
            self.repeated(ends, self.after_away(end), operator, values, others)
            for joint in joints:
                if (name := self.follows(end, joint)) is not None:
                    for beyond, called in self.pronouns(name, values, least=1):
                        self.repeated(ends, beyond, operator, called, others)
        for middle, called in self.pronouns(at + 1, values, least=int(verb != "subtract")):
            for joint in joints:
                if (after := self.follows(middle, joint)) is not None:
                    for end, others in self.sum(after).items():
                        merge(ends, end, combine(operator, others, called))
        return ends

    def after_away(self, at: int) -> int:
        """`take 3 away`, `add 4 on top`."""
        for words in (("away",), ("off",), ("on",), ("on", "top"), ("on", "top", "of", "that"), ("to", "the", "mix")):
            after = self.follows(at, words)
            if after is not None and self.word(after) not in ("from", "of", "to", "top", "the"):
                return after
        return at

    def repeated(self, ends: Ends, at: int, operator: Operator, values: Values, others: Values) -> None:
        """`take 14 away from it three times`; once where nothing is said."""
        merge(ends, at, combine(operator, values, others))
        for words, count in TIMES_OVER:
            if (after := self.follows(at, words)) is not None and self._after_number(after) is None:
                merge(ends, after, combine(operator, values, combine("*", constant(Fraction(count)), others)))

    def passive_step(self, at: int, values: Values, has_joint: bool) -> Ends:
        """`14 is added`, `the result is divided by 3`, `it is doubled`; the copula may be left out."""
        ends: Ends = {}
        for end, others in self.sum(at).items():
            for middle in (end, *self.copulas(end)):
                merge_all(ends, self.put(middle, values, others))
        for words in (("all",), ("all", "of", "it"), ("the", "whole", "thing"), ("the", "lot"), ("all", "of", "that")):
            if (after := self.follows(at, words)) is not None:
                merge_all(ends, self.infix_step(after, values, "+-*/"))
        for middle, called in self.pronouns(at, values):
            # Without a name for the result or an `is` or `all`, `multiplied by 3` may belong to the last number.
            for after in self.copulas(middle):
                merge_all(ends, self.infix_step(after, called, "+-*/"))
                if self.word(after) in POSTFIX and has_joint:
                    operator, number = POSTFIX[self.word(after)]
                    merge(ends, after + 1, combine(operator, called, constant(number)))
        return ends

    def put(self, at: int, values: Values, others: Values) -> Ends:
        """`... added to it`, `... subtracted`, `... taken away from the result`, of a number before it."""
        ends: Ends = {}
        at = self.follows(at, ("then",)) or at
        forms: list[tuple[tuple[str, ...], Operator, str]] = [(("added",), "+", "to"), (("added", "on"), "+", "to")]
        forms += [
            (("on", "top"), "+", "of"),
            (("put", "on", "top"), "+", "of"),
            (("put", "on"), "+", "to"),
            (("added", "on", "top"), "+", "of"),
            (("more",), "+", "than"),
        ]
        forms += [(words, "-", "from") for words in _AWAY]
        for words, operator, joint in forms:
            if (after := self.follows(at, words)) is not None:
                merge(ends, after, combine(operator, values, others))
                if (beyond := self.follows(after, (joint,))) is not None:
                    for end, called in self.pronouns(beyond, values, least=1):
                        merge(ends, end, combine(operator, called, others))
        return ends

    def clause(self, at: int, values: Values) -> Ends:
        """`comes to once 14 is subtracted`, `after adding 14`, `, with 6 taken away`: a step told after the whole."""
        ends: Ends = {}
        for words in COMES_TO:
            if (start := self.follows(at, words)) is None:
                continue
            for joint in (("once",), ("after",), ("when",), ("as", "soon", "as"), (",", "with"), ("with",)):
                after = self.follows(start, joint)
                if after is None or (joint == ("with",) and not words):
                    continue
                for end, others in self.sum(after).items():
                    for middle in (end, *self.copulas(end)):
                        merge_all(ends, self.put(middle, values, others))
                if joint[-1] != "with":
                    merge_all(ends, self.passive_step(after, values, True))
                if self.word(after) in GERUNDS:
                    merge_all(ends, self.added(after, values, self._verb(after)))
                if self.word(after) in ("you", "i", "we") and self._verb(after + 1) in ("add", "subtract", "take"):
                    merge_all(ends, self.added(after + 1, values, self._verb(after + 1)))
        return ends


def _is_of(expression: Expression, operator: str) -> bool:
    return isinstance(expression, Operation) and expression.operator == operator
