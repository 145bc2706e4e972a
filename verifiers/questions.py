"""Whole questions: several sentences, each read under the results that stand before it, and a last one that asks.

The idea: a state is where the reading has come to and which results it has. Each sentence makes one of them, from the
numbers in it and from the results that it names or silently goes on with; a sentence may also only give numbers. A
question is read when everything that was computed or given has been used and one result is left.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, product
from typing import Final, NamedTuple

from slowthink.verifiers.comparisons import Comparisons
from slowthink.verifiers.expressions import Expression, Negation, Number, Operation
from slowthink.verifiers.frames import starts
from slowthink.verifiers.lists import Lists
from slowthink.verifiers.references import COMPUTED, GIVEN, PART, Result
from slowthink.verifiers.rules import compiled, matches
from slowthink.verifiers.steps import Joint
from slowthink.verifiers.tokens import Token
from slowthink.verifiers.wordings import Ambiguous, Ends, Values, combine, merge, merge_all

MAX_STATES: Final = 80
MAX_RESULTS: Final = 8
_NUMBERS = "((whole)? numbers|values|figures|integers)"
_HAVE = (
    "(here are|here're|consider|take|given|pick|choose|suppose (you have)?|i have|you have|we have|imagine|there are"
    "|you are given|i am given|start with|starting with|begin with|think of|with|let's take|say (you have)?|i've got"
    "|you've got|we are given)"
)
_INTRODUCES: Final = compiled(
    f"({_HAVE} (the|these|two|three|four|the two|these two|the three|these three|a couple of|my two|this pair of)?"
    f" {_NUMBERS}? (in (this|that)? order)? (:|,)?"
    f"|the (two|three)? {_NUMBERS} (are)? (:)?|two {_NUMBERS} (are)? (:|,)?|{_HAVE} (a|the) (pair|pair of numbers)"
    f" (:|,)?)"
)
_IN_ORDER: Final = compiled("(,)? in (that|this) order")
_ONE_IS: Final = compiled(
    "(if|suppose|say|let|where|given that)? (one|a|another|the other|the first|the second|the third|my first|my second"
    "|first|second) (number|value|one|figure)? (is|be|was|equals) <A>"
)
_STARTS_WITH: Final = compiled(
    "(i|you|we|let's|let us)? ((start|begin|starting|beginning|start off|start out|started|began) (with|from|at)"
    "|take|taking|think of|pick|choose|imagine|have|had|i've got|you've got) (the number)? <A>"
)
_EACH_PART: Final = compiled(
    "(and)? (how (big|large|much|many|long) (is|are|will be|would be)? (there)? (in)?|what is (in)?|what's in|(what|how"
    " much|how many) (does|do|will|would|can|should)|find|give|state|what would)?"
)
_EQUAL: Final = "(equal|equal-sized|equally sized|even|identical|equally large|same-sized)"
_PARTS: Final = (
    "(parts|groups|pieces|shares|portions|piles|sections|bundles|lots|chunks|slices|batches|stacks|sets|segments)"
)
_PEOPLE: Final = (
    "(people|persons|children|friends|kids|players|students|pupils|siblings|workers|members|guests|boys|girls|teams"
    "|winners|colleagues|of them|of us|groups|parts)"
)
_EVENLY: Final = "(evenly|equally|fairly)"
_SPLIT_IT: Final = (
    "(split|divide|share|cut|break|separate|carve|chop|slice|partition|splitting|dividing|sharing|cutting|breaking)"
)
_IS_SPLIT: Final = (
    "(is|are|gets|was|were|has been) (then|now)?"
    " (split|divided|shared|cut|broken|separated|carved|chopped|sliced|partitioned)"
)
_SPLIT: Final = compiled(
    f"(if|when|suppose|once|imagine)? (you|i|we)? (now)? ({_SPLIT_IT} <A> (up)? {_EVENLY}? (up)? (into|in) <B>"
    f" {_EQUAL} {_PARTS}"
    f"|{_SPLIT_IT} <A> (up)? {_EVENLY} (up)? (into|in) <B> {_PARTS}"
    f"|<A> {_IS_SPLIT} (up)? {_EVENLY}? (into|in) <B> {_EQUAL} {_PARTS}|<A> {_IS_SPLIT} (up)? {_EVENLY} (into|in)"
    f" <B> {_PARTS}"
    f"|(split|divide|share) <A> (out|up)? {_EVENLY}? <B> ways|<A> (is|are|gets) (split|divided|shared) (out|up)?"
    f" {_EVENLY}? <B> ways)"
)
_SHARED_OUT: Final = compiled(
    "(if|when|suppose|once|imagine)? (you|i|we)? ((split|divide|share|distribute|hand out|deal|dividing|sharing)"
    " (out|up)? <A> (out|up)?"
    f" {_EVENLY} (out|up)? (between|among|amongst) <B> {_PEOPLE}"
    f"|<A> (is|are|gets|was|were|has been|to be|be) (then|now)? (split|divided|shared|distributed) (out|up)?"
    f" {_EVENLY} (out|up)? (between|among"
    f"|amongst) <B> {_PEOPLE})"
)


_LET: Final = compiled(
    "(let|say|suppose|if|call|where|with)? (a|b|c|d|m|p|q|r|s|t|u|v|w|x|y|z|k) (be|is|equals|equal|stand for|stands for"
    "|represent|represents|denote|denotes|mean|=) <A>"
)
_THE_SAME: Final = compiled("(do|repeat) (exactly)? (the same|that|this) (thing|again)? (with|for|to) (the numbers)?")
_SOME_NUMBER: Final = compiled(
    "(first|(equals|is|gives|makes|gives you|comes to) (some|a|one|another) (number|result|value|total)"
    "|(equals|is|gives|makes) something)"
)


# What begins a clause that may belong to the step before it, and what ends a sentence.
_HANGING: Final = {"once", "after", "when", "if", "before", "until", "having", "unless"}
_ENDS: Final = (".", ";", ":")


class State(NamedTuple):
    """How far the question has been read, and with which results."""

    end: int
    results: tuple[Result, ...]
    is_last: bool = False

    @property
    def has_made(self) -> bool:
        """Whether anything was computed yet."""
        return any(result.kind != GIVEN for result in self.results)


class Questions(Comparisons):
    """The grammar of questions; `question` gives all readings that begin at a token."""

    def __init__(self, text: str, given: list[Token]) -> None:
        super().__init__(given)
        self.text = text
        self.at_offset = {token.start: at for at, token in enumerate(given)}

    def question(self, at: int) -> Ends:
        """A phrase, a comparison, or several sentences."""
        ends: Ends = {}
        for part in (self.phrase(at), self.compared_question(at), self.discourse(at)):
            merge_all(ends, part)
        return ends

    def discourse(self, at: int) -> Ends:
        """Several sentences, the last of which leaves one result."""
        ends: Ends = {}
        waiting = list(self.sentences(at, State(at, ()), None))
        seen: set[State] = set()
        while waiting:
            state = waiting.pop()
            if state in seen:
                continue
            seen.add(state)
            if len(seen) > MAX_STATES:
                raise Ambiguous
            if _is_complete(state):
                merge(ends, state.end, {state.results[-1].value: state.results[-1].expression})
            if len(state.results) < MAX_RESULTS and not state.is_last:
                waiting += self.successors(state)
        self.under(())
        return ends

    def successors(self, state: State) -> Iterator[State]:
        """Every state after one more sentence."""
        self.under(state.results)
        current = _current(state)
        if current:
            yield from self._computed(state, self.clause(state.end, current))
        for joint in self.joints(state.end, is_sentence=True):
            for position in self.positions(joint.after):
                hangs = set(self.words[joint.after : position]) & _HANGING
                if hangs and joint.stop not in _ENDS and not joint.has_and and not joint.has_then and state.has_made:
                    continue  # `halve 10, once 4 is taken away`
                self.under(state.results)
                yield from self.sentences(position, state, joint)

    def positions(self, at: int) -> Iterator[int]:
        """Where a sentence may begin: here, or behind what only introduces it."""
        if at < len(self.given):
            for offset in sorted(starts(self.text, self.given[at].start)):
                if offset in self.at_offset:
                    yield self.at_offset[offset]

    def sentences(self, at: int, state: State, joint: Joint | None) -> Iterator[State]:
        """The sentences that can stand at `at`, by the states that they lead to."""
        self.under(state.results)
        current = _current(state)
        if joint is not None and current:
            yield from self._computed(state, self.imperative(at, current))
            yield from self._computed(state, self.passive_step(at, current, True))
            if joint.has_then and joint.stop in ("", ","):
                yield from self._computed(state, self.infix_step(at, current, "+-*/"))
        for part in (self.command(at), self.sum(at), self.product(at), self.from_first(at), self.put_together(at),
                     self.passive(at), self.comparison(at)):  # fmt: skip
            for after in self._computed(state, part):
                if not (self.adds_a_list(at) and joint is not None and _goes_on(state) and after.results[0].is_pending):
                    yield after
        for last in self._computed(state, self.unknown(at)):
            yield last._replace(is_last=True)
        if self.word(at) == "both":
            for end, lists in self.lists(at).items():
                for items in lists:
                    if self.is_parallel(items):
                        yield from _after(state, end, [item.values for item in items], COMPUTED)
        for end, several in self.several(at):
            yield from _after(state, end, several, COMPUTED)
        yield from self.given_numbers(at, state)
        yield from self.parts_of(at, state)
        yield from self.the_same(at, state)

    def adds_a_list(self, at: int) -> bool:
        """`start with 12, add 3 and 4` adds both to the 12, and is no sum of its own."""
        return any(verb.does == "add" and self.lists(verb.after) for verb in self.verbs(at))

    def _computed(self, state: State, ends: Ends) -> Iterator[State]:
        for end, values in ends.items():
            kept: Values = {value: part for value, part in values.items() if not isinstance(part, Number)}
            yield from _after(state, self.after_first(end), [kept] if kept else [], COMPUTED)

    def after_first(self, at: int) -> int:
        """`Work out 3 times 4 first. Then ...`, `72 plus 62 equals some number. That number ...`."""
        return next((end for end, _ in matches(_SOME_NUMBER, self.words, at, self.slot)), at)

    def given_numbers(self, at: int, state: State) -> Iterator[State]:
        """`consider the numbers A and B`, `one number is A`, `start with A`, and a list alone before a colon."""
        begins = {at} | {end for end, _ in matches(_INTRODUCES, self.words, at, self.slot)}
        for begin in begins:
            lists = self.lists(begin)
            if begin > at:
                for end, items in self.comma_list(begin):
                    lists.setdefault(end, []).append(items)
            for end, several in lists.items():
                beyond = next((after for after, _ in matches(_IN_ORDER, self.words, end, self.slot)), end)
                if begin == at and self.word(end) != ":":
                    continue
                for items in several:
                    yield from _after(state, beyond, [item.values for item in items], GIVEN)
        for end, found in matches(_LET, self.words, at, self.slot):
            name = self.words[at] if len(self.words[at]) == 1 else self.words[at + 1]
            if len(name) == 1 and all(result.name != name for result in state.results):
                for after in _after(state, end, [found["A"]], GIVEN):
                    yield after._replace(results=(*after.results[:-1], after.results[-1]._replace(name=name)))
        for rule in (_ONE_IS, _STARTS_WITH):
            for end, found in matches(rule, self.words, at, self.slot):
                yield from _after(state, end, [found["A"]], GIVEN)

    def the_same(self, at: int, state: State) -> Iterator[State]:
        """`do the same with A and B`, after a sum or a product of two."""
        last = state.results[-1].expression if state.results else None
        if not isinstance(last, Operation) or last.operator not in "+*" or state.results[-1].kind != COMPUTED:
            return
        for begin, _ in matches(_THE_SAME, self.words, at, self.slot):
            if isinstance(last.left, Number) and isinstance(last.right, Number):
                yield from self._computed(state, self.folded(self.pairs(begin), last.operator))

    def pairs(self, at: int) -> Lists:
        """The lists of two that stand at `at`."""
        lists = {end: [items for items in several if len(items) == 2] for end, several in self.lists(at).items()}
        return {end: several for end, several in lists.items() if several}

    def parts_of(self, at: int, state: State) -> Iterator[State]:
        """`A is split into B equal parts`; what is asked is the size of one part, and that must be said."""
        for end, found in matches(_SPLIT, self.words, at, self.slot):
            yield from _after(state, end, [combine("/", found["A"], found["B"])], PART)
        for end, found in matches(_SHARED_OUT, self.words, at, self.slot):
            shared = combine("/", found["A"], found["B"])
            if any(value.denominator != 1 for value in shared):
                # What people do with a remainder is anyone's guess.
                raise Ambiguous
            yield from _after(state, end, [shared], PART)
        last = state.results[-1] if state.results else None
        if last is not None and last.kind == PART:
            for begin, _ in matches(_EACH_PART, self.words, at, self.slot):
                for end in self.part_names(begin):
                    verbs = ("get", "contain", "receive", "have", "be", "hold", "take", "end up with", "come to")
                    stop = next((stop for verb in verbs if (stop := self.follows(end, verb.split()))), end)
                    yield State(stop, (*state.results[:-1], last._replace(kind=COMPUTED)))


def _current(state: State) -> Values:
    """The result with which a step goes on silently: the last one, unless several numbers were only given."""
    if not state.results:
        return {}
    last = state.results[-1]
    is_one_of_several = last.kind == GIVEN and sum(result.kind == GIVEN for result in state.results) > 1
    return {} if last.kind == PART or is_one_of_several else {last.value: last.expression}


def _goes_on(state: State) -> bool:
    """Whether there is one number to begin with, which has no name."""
    return len(state.results) == 1 and state.results[0].kind == GIVEN and not state.results[0].name


def _after(state: State, end: int, several: list[Values], kind: str) -> Iterator[State]:
    """The states with new results; the results that these were made from are no longer pending."""
    for chosen in islice(product(*(values.items() for values in several)), MAX_STATES):
        if not chosen:
            continue
        within = {id(part) for _, expression in chosen for part in _parts(expression)}
        before = tuple(
            result._replace(is_pending=False) if id(result.expression) in within else result for result in state.results
        )
        results = (*before, *(Result(value, expression, kind) for value, expression in chosen))
        yield State(end, results)


def _parts(expression: Expression) -> Iterator[Expression]:
    yield expression
    if isinstance(expression, Negation):
        yield from _parts(expression.operand)
    elif isinstance(expression, Operation):
        yield from _parts(expression.left)
        yield from _parts(expression.right)


def _is_complete(state: State) -> bool:
    """Whether all is used and one computed result is left."""
    *before, last = state.results
    is_one = last.kind == COMPUTED and last.is_pending and not any(result.is_pending for result in before)
    return (is_one and len(before) > 0) or (is_one and isinstance(last.expression, Operation) and len(before) == 0)
