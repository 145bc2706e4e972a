"""Steps on the result so far: `multiply it by 3`, `then take away 4`, `14 is added`, `comes to once it is halved`.

The idea: a step takes the values that stand before it, under a name or silently, and gives new ones. What may belong to
the step or be the next one (`divide it by 4 plus 1`) is kept both ways.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Final, NamedTuple

from slowthink.verifiers.expressions import Expression, Number, Operation, Operator
from slowthink.verifiers.noun_phrases import NounPhrases, fold
from slowthink.verifiers.references import is_called
from slowthink.verifiers.verbs import COMMANDS, PUT_ON, TAKEN_AWAY, Verb
from slowthink.verifiers.wordings import (
    ADVERBS,
    AS_LARGE,
    CHANGES,
    COMES_TO,
    FILLERS,
    MULTIPLES,
    ON_RESULT,
    POSTFIX,
    SUBJECTS,
    TIMES_OVER,
    Ambiguous,
    Ends,
    Values,
    combine,
    constant,
    merge,
    merge_all,
)

MAX_STEPS: Final = 8
_SIGNS: Final[tuple[Operator, ...]] = ("*", "/", "+", "-")
# What is done to one operand by another, the first of which may be a result.
_ONE_BY_ANOTHER: Final = ("multiply", "divide", "share", "scale", "increase", "decrease", "sum")
# What may stand behind a number that is added or taken away; with what may follow before the name of a result.
_PUT_FORMS: Final[tuple[tuple[tuple[str, ...], Operator, str], ...]] = (
    *((words, "+", "of" if words[-1] == "top" else "to") for words in PUT_ON), (("more",), "+", "than"),
    *((words, "-", "from") for words in TAKEN_AWAY),
)  # fmt: skip
_PUT: Final = {
    first: tuple(form for form in _PUT_FORMS if form[0][0] == first) for first in {form[0][0] for form in _PUT_FORMS}
}


# What may say that a step comes before the one that it stands behind.
_ORDER_WORDS: Final = ("once", "after", "when", "if", "as")


class Joint(NamedTuple):
    """What stands between two steps: the position after it, its stop, and whether it says `and` or `then`."""

    after: int
    stop: str
    has_and: bool
    has_then: bool


class Steps(NounPhrases):
    """Adds the steps."""

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
            if self.word(after) in SUBJECTS:
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
        found: Ends = {}
        ends: Ends = {}
        goes_on = False
        for verb in self.verbs(at):
            if self.word(at) == "took" and not {"away", "off", "from"} & set(self.words[at + 1 : at + 8]):
                continue  # `I had 10 and took 3` may be 13
            goes_on = goes_on or self.may_go_on(verb.after)
            merge_all(found, self.told(at, values, verb))
        added: Ends = {}
        merge_all(added, self.changed(at, values))
        merge_all(ends, self.again_by(at, values))
        if self.word(at) in ON_RESULT:
            operator, number = ON_RESULT[self.word(at)]
            for end, called in self.pronouns(at + 1, values):
                merge(ends, end, combine(operator, called, constant(Fraction(number))))
        if (after := self.follows(at, ("take", "half", "of"))) is not None:
            for end, called in self.pronouns(after, values, least=1):
                merge(ends, end, combine("/", called, constant(Fraction(2))))
        if self.word(at) in ("make", "making", "made"):
            for middle, called in self.pronouns(at + 1, values, least=1):
                merge_all(ends, self.as_large(middle, called))
        ends = self.hung_on(ends, True)
        merge_all(ends, self.hung_on(added, goes_on or self.may_go_on(at + 1)))
        merge_all(ends, found)
        return ends

    def told(self, at: int, values: Values, verb: Verb) -> Ends:
        """The step, of one meaning of its verb; told as done it needs its object."""
        added: Ends = {}
        ends: Ends = {}
        if verb.does in ("add", "subtract", "take") and not (verb.is_past and at + 1 == len(self.words)):
            merge_all(added, self.added(values, verb))
        for middle, called in self.pronouns(verb.after, values, least=int(verb.is_past)):
            for does, joining, operator, _ in COMMANDS:
                if does == verb.does and does in _ONE_BY_ANOTHER:
                    after = self.follows(middle, (*verb.particle, *joining))
                    if after is None:
                        continue
                    for end, others in self.sum(after).items():
                        outcome = combine(operator, called, others)
                        self.check_even(joining, outcome)
                        merge(added if operator in "+-" else ends, end, outcome)
            if verb.does == "put":
                self.put_together_with(added, middle, called)
        if verb.does in ("divide", "multiply"):
            for middle, others in self.sum(verb.after).items():
                if (after := self.follows(middle, ("by",))) is not None:
                    for end, called in self.pronouns(after, values, least=1):
                        operator = "*" if verb.does == "multiply" else "/"
                        merge(ends, end, combine(operator, others, called))
        ends = self.hung_on(ends, True)
        merge_all(ends, self.hung_on(added, self.may_go_on(verb.after)))
        return ends

    def put_together_with(self, ends: Ends, at: int, values: Values) -> None:
        """`put it together with B`."""
        if (after := self.follows(at, ("together", "with"))) is not None:
            for end, others in self.sum(after).items():
                merge(ends, end, combine("+", values, others))

    def check_even(self, joining: tuple[str, ...], outcome: Values) -> None:
        """What is shared out equally comes out whole, or nobody knows what is meant."""
        if {"equally", "evenly", "fairly"} & set(joining) and any(value.denominator != 1 for value in outcome):
            raise Ambiguous

    def as_large(self, at: int, values: Values) -> Ends:
        """`3 times as large`, `twice as big`, `half as large`, said of what stands before."""
        ends: Ends = {}
        factors: list[tuple[int, Values]] = []
        word = self.word(at)
        if word in MULTIPLES:
            factors.append((at + 1, constant(Fraction(MULTIPLES[word]))))
        factors += [(end, constant(share)) for end, share in self.parts(at, {})] if at < len(self.words) else []
        factors += [(end + 1, found) for end, found in self.operand(at).items() if self.word(end) == "times"]
        for end, factor in factors:
            for words in AS_LARGE:
                if (after := self.follows(end, words)) is not None:
                    merge(ends, after, combine("*", values, factor))
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
        if self.word(at) == "by" and self.word(at - 1) in ("then", "finally", "again", "next", "that"):
            # Sums only where `by` stood before the last number: `cut by 44 and after that by 18`.
            before = max((by for by in range(at) if self.word(by) == "by"), default=at)
            number = self._after_number(before + 1)
            is_by = number is not None and not set(self.words[number:at]) - {
                ",",
                "and",
                "then",
                "after",
                "that",
                "finally",
            }
            for sign in _SIGNS if is_by else _SIGNS[:2]:
                operator = sign
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

    def added(self, values: Values, verb: Verb) -> Ends:
        """`add 4`, `add 4 to it`, `take away 3`, `throw 4 in`, `subtract it from 100`."""
        ends: Ends = {}
        operator: Operator = "+" if verb.does == "add" else "-"
        joints = [joint for does, joint, _, _ in COMMANDS if does == verb.does]
        for end, others in self.sum(verb.after).items():
            closing = self.follows(end, verb.particle)
            if closing is not None:
                self.repeated(ends, closing if verb.particle else self.after_away(end), operator, values, others)
            for joint in joints:
                if (name := self.follows(end, joint)) is not None:
                    for beyond, called in self.pronouns(name, values, least=1):
                        self.repeated(ends, beyond, operator, called, others)
        for middle, called in self.pronouns(verb.after, values, least=int(verb.does != "subtract")):
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
                if self.word(after) == "made":
                    merge_all(ends, self.as_large(after + 1, called))
                merge_all(ends, self.infix_step(after, called, "+-*/"))
                if self.word(after) in POSTFIX and has_joint:
                    operator, number = POSTFIX[self.word(after)]
                    merge(ends, after + 1, combine(operator, called, constant(number)))
        return ends

    def put(self, at: int, values: Values, others: Values) -> Ends:
        """`... added to it`, `... subtracted`, `... taken away from the result`, of a number before it."""
        ends: Ends = {}
        at = self.follows(at, ("then",)) or at
        for words, operator, joint in _PUT.get(self.word(at), ()):
            if (after := self.follows(at, words)) is not None:
                merge(ends, after, combine(operator, values, others))
                if (beyond := self.follows(after, (joint,))) is not None:
                    for end, called in self.pronouns(beyond, values, least=1):
                        merge(ends, end, combine(operator, called, others))
        return ends

    def all_of(self, at: int) -> Ends:
        """An expression, or a list of numbers all of which are meant: `both 17 and 32`."""
        ends: Ends = {}
        merge_all(ends, self.sum(at))
        for end, several in self.lists(at).items():
            for items in several:
                if self.is_even(items):
                    merge(ends, end, fold([item.values for item in items], "+"))
        return ends

    def clause(self, at: int, values: Values) -> Ends:
        """`comes to once 14 is subtracted`, `after adding 14`, `, with 6 taken away`: a step told after the whole."""
        ends: Ends = {}
        for words in COMES_TO:
            start = self.follows(at, words)
            told = {} if start is None else self.clause_after(start, bool(words), values)
            if told and not words and self.word(at) in _ORDER_WORDS and not _are_numbers(values):
                raise Ambiguous  # `double 5 after adding 3` is 16 to most
            merge_all(ends, told)
        return ends

    def clause_after(self, start: int, has_verb: bool, values: Values) -> Ends:
        """The step, from its `once` or `after` on."""
        ends: Ends = {}
        for joint in (("once",), ("after",), ("when",), ("if",), ("as", "soon", "as"), (",", "with"), ("with",)):
            after = self.follows(start, joint)
            if after is None or (joint == ("with",) and not has_verb):
                continue
            for end, others in self.all_of(after).items():
                for middle in (end, *self.copulas(end)):
                    merge_all(ends, self.put(middle, values, others))
            if joint[-1] != "with":
                merge_all(ends, self.passive_step(after, values, True))
            someone = self.word(after) in SUBJECTS
            for verb in self.verbs(after + someone):
                if verb.does in ("add", "subtract", "take") and (someone or verb.is_gerund):
                    merge_all(ends, self.added(values, verb))
                elif someone and joint[-1] != "with":
                    merge_all(ends, self.told(after + someone, values, verb))
        return ends


def _are_numbers(values: Values) -> bool:
    return all(isinstance(expression, Number) for expression in values.values())


def _is_of(expression: Expression, operator: str) -> bool:
    return isinstance(expression, Operation) and expression.operator == operator
