"""The model reads a counting question as a plan: many small choices, each by the likelihood that it gives to wordings.

The grammar of plans (`counting_plans.spaces`) is finite for a question, so a whole field is chosen at once instead of
token by token: the model scores every wording that the grammar allows, behind a few-shot prompt, against what it gives
them without the question (contextual calibration, Zhao et al., arXiv:2102.09690). Its best few choices are held against
the question's words in its order, and the first without an objection stands; where none of them does, the reading is
"none of these". A choice that the question did not make likelier is none of the model's: with random tokens nothing
is ever read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from slowthink.mind import Mind
from slowthink.strategies.plan_wordings import THEN_CODE, THEN_WORDS, heads_in_code, heads_in_words, in_code, in_words
from slowthink.strategies.template import prompt_from
from slowthink.types import Problem
from slowthink.verifiers.counting_plans import (
    MAX_FIGURES,
    OPERATIONS,
    WORDINGS,
    Bounds,
    Figure,
    Operation,
    Plan,
    Wording,
    figures,
    joint_spaces,
    loose_spaces,
    spaces,
    with_ends,
)
from slowthink.verifiers.number_kinds import Kind
from slowthink.verifiers.plan_objections import kind_objection, objection, unknown_word
from slowthink.verifiers.plan_words import normal

NO_QUESTION: Final = "Here is a question."
WEIGHT: Final = 0.5
"""How much of what the model gives a wording without the question is taken off what it gives with it."""
MARGIN: Final = 1.0
"""In nats: so much likelier than without the question a choice must be."""
CALIBRATED: Final = 10
GROUP_KEPT: Final = 4
FEW_GROUPS: Final = 4
"""Of plans with the same bounds so many are worded to their end, and one less where there are more such groups."""
KINDS_TRIED: Final = 4
ENDS_TRIED: Final = 3
THENS_TRIED: Final = 5
ATOMS_JOINED: Final = 4


@dataclass(frozen=True)
class Choice:
    """One wording: its place among the options, the model's score, and the gain over that without the question."""

    option: int
    score: float
    gain: float


@dataclass
class Read:
    """What a reading came to: the plan, or None; and what was refuted on the way."""

    plan: Plan | None = None
    refuted: list[str] = field(default_factory=list)
    top: Plan | None = None
    """The model's first choice, whatever speaks against it."""


@dataclass(frozen=True)
class Dialect:
    """How plans are written for the model: a template, and the wordings of each field."""

    template: str
    plans: Callable[[Plan, tuple[Wording, ...]], list[str]]
    heads: Callable[[Plan], list[str]]
    then: dict[Operation, tuple[str, ...]]
    then_first: bool
    open: str
    """What stands between the field that comes first and the other one."""
    close: str


WORDS: Final = Dialect("plan_words", in_words, heads_in_words, THEN_WORDS, False, '", "wanted": "', '"}')
CODE: Final = Dialect(
    "plan_code", in_code, heads_in_code, {then: (word,) for then, word in THEN_CODE.items()}, True, "(", ")"
)
_FIRST: Final = {wording.form: wording for wording in reversed(WORDINGS)}


class PlanReader:
    """One way of having the model read a question as a plan."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect

    async def read(self, problem: Problem, mind: Mind) -> Read:
        """The plan that the model reads in the question, if the question's words have nothing against it."""
        found = figures(problem.question)
        if not found or len(found) > MAX_FIGURES:
            return Read(refuted=["no numbers that a plan could use, or too many"])
        unknown = unknown_word(normal(problem.question, found)) if mind.senses.question else None
        if unknown is not None:
            return Read(refuted=[f"none of these: no plan has a place for the word {unknown!r}"])
        reading = _Reading(self.dialect, problem, mind, found)
        return await reading.read()


class _Reading:
    """One question being read."""

    def __init__(self, dialect: Dialect, problem: Problem, mind: Mind, found: Sequence[Figure]) -> None:
        self.dialect, self.mind, self.found = dialect, mind, found
        self.asked = prompt_from(dialect.template, problem)
        self.unasked = prompt_from(dialect.template, Problem.of(NO_QUESTION))
        self.words = normal(problem.question, found)
        self.checks = mind.senses.question
        self.result = Read()

    async def read(self) -> Read:
        """First what is listed, by one property and then by two; then its ends, and what is done with the list."""
        singles = spaces(self.found)
        if not singles:
            return self.result
        thens: list[Operation] = []
        begun = ""
        if self.dialect.then_first and singles[0].then == "nth":
            begun = f"nth({singles[0].nth}, "
        elif self.dialect.then_first:
            thens = await self._thens("")
            begun = self.dialect.then[thens[0]][0] + self.dialect.open
        ranked = await self._plans(singles, begun)
        self.result.top = ranked[0][0] if ranked else None
        if await self._stands(ranked, thens, begun):
            return self.result
        atoms = await self._likely_atoms(begun) if len(self.found) > 2 else _atoms([plan for plan, _ in ranked])
        joints = joint_spaces(self.found, atoms)
        if joints:
            await self._stands(await self._plans(joints, begun), thens, begun)
        return self.result

    async def _plans(self, plans: Sequence[Plan], begun: str) -> list[tuple[Plan, Choice]]:
        """Plans, the likeliest first. Of those with the same bounds only the likeliest are worded to their end."""
        groups: dict[tuple[object, ...], list[int]] = {}
        for i, plan in enumerate(plans):
            places = tuple(use if "." not in use else "" for use in plan.uses)
            groups.setdefault((plan.bounds, places), []).append(i)
        heads = [(i, begun + text) for i, plan in enumerate(plans) for text in self.dialect.heads(plan)]
        scores = await self.mind.score(self.asked, [text for _, text in heads])
        best: dict[int, float] = {}
        for (i, _), score in zip(heads, scores, strict=True):
            best[i] = max(score.logprob, best.get(i, score.logprob))
        kept = GROUP_KEPT if len(groups) <= FEW_GROUPS else GROUP_KEPT - 1
        likely = [i for group in groups.values() for i in sorted(group, key=lambda i: -best[i])[:kept]]
        worded = [
            (i, begun + text) for i in likely for text in self.dialect.plans(plans[i], (_FIRST[plans[i].bounds.form],))
        ]
        return [(plans[choice.option], choice) for choice in await self._chosen(worded, self._end(begun))]

    async def _likely_atoms(self, begun: str) -> list[Kind]:
        """The likeliest properties where a plan with one of them could not use every number."""
        plans = loose_spaces(self.found)
        heads = [(i, begun + text) for i, plan in enumerate(plans) for text in self.dialect.heads(plan)]
        scores = await self.mind.score(self.asked, [text for _, text in heads])
        ranked = sorted(zip(heads, scores, strict=True), key=lambda pair: -pair[1].logprob)
        return _atoms([plans[i] for (i, _), _ in ranked])

    def _end(self, begun: str) -> str:
        return self.dialect.close if begun else '"'

    async def _stands(self, ranked: list[tuple[Plan, Choice]], thens: list[Operation], begun: str) -> bool:
        """Whether one of the likeliest plans stands against the question's words, ends and all."""
        for plan, choice in ranked[:KINDS_TRIED]:
            if choice.gain < MARGIN:
                continue
            against = kind_objection(plan, self.words) if self.checks else None
            if against:
                self._refuted(f"{self.dialect.plans(plan, (_FIRST[plan.bounds.form],))[0]}: {against}")
                continue
            if await self._completed(plan, thens, begun):
                return True
        return False

    async def _completed(self, plan: Plan, thens: list[Operation], begun: str) -> bool:
        """Let the model say which ends count and what is wanted; whether a whole plan stands."""
        ended = with_ends(plan)
        worded = [(i, begun + text) for i, (w, one) in enumerate(ended) for text in self.dialect.plans(one, (w,))]
        choices = await self._chosen(worded, self._end(begun), weight=0.0)
        for choice in _one_of_each(choices, [one.bounds for _, one in ended])[:ENDS_TRIED]:
            wording, one = ended[choice.option]
            text = self.dialect.plans(one, (wording,))[0]
            ways: list[Operation] = (
                [one.then] if one.then == "nth" else thens or await self._thens(text + self.dialect.open)
            )
            for then in ways[:THENS_TRIED]:
                whole = Plan(one.kind, one.bounds, then, one.nth, one.uses, one.places)
                against = objection(whole, self.words) if self.checks else None
                if against is None:
                    self.result.plan = whole
                    return True
                self._refuted(f"{then}: {text}: {against}")
        return False

    async def _thens(self, begun: str) -> list[Operation]:
        """What may be done with the list, the likeliest first; a place in it is not among them."""
        ways = [then for then in OPERATIONS if then in self.dialect.then]
        worded = [(i, begun + text) for i, then in enumerate(ways) for text in self.dialect.then[then]]
        choices = await self._chosen(worded, self.dialect.open if self.dialect.then_first else self.dialect.close)
        return [ways[choice.option] for choice in choices][:THENS_TRIED]

    def _refuted(self, why: str) -> None:
        self.result.refuted.append(why)
        self.mind.remark(f"not {why}")

    async def _chosen(self, worded: Sequence[tuple[int, str]], end: str, weight: float = WEIGHT) -> list[Choice]:
        """The options, each by its best wording, the likeliest first; without weight they are not calibrated."""
        texts = [text + end for _, text in worded]
        given = [score.logprob for score in await self.mind.score(self.asked, texts)]
        likely = sorted(range(len(texts)), key=lambda i: -given[i])[: CALIBRATED if weight else None]
        plain = dict.fromkeys(likely, 0.0)
        if weight:
            without = await self.mind.score(self.unasked, [texts[i] for i in likely])
            plain = {i: score.logprob for i, score in zip(likely, without, strict=True)}
        best: dict[int, Choice] = {}
        for i in likely:
            choice = Choice(worded[i][0], given[i] - weight * plain[i], given[i] - plain[i])
            known = best.get(choice.option)
            if known is None or choice.score > known.score:
                best[choice.option] = choice
        return sorted(best.values(), key=lambda choice: -choice.score)


def _one_of_each(choices: Sequence[Choice], meanings: Sequence[Bounds]) -> list[Choice]:
    """The choices without those that mean the same as a likelier one."""
    found: dict[Bounds, Choice] = {}
    for choice in choices:
        found.setdefault(meanings[choice.option], choice)
    return list(found.values())


def _atoms(ranked: Sequence[Plan]) -> list[Kind]:
    """The likeliest properties, those with numbers and those without counted apart."""
    seen: dict[Kind, None] = {}
    for plan in ranked:
        for atom in plan.kind.atoms():
            if atom.name != "whole":
                seen.setdefault(atom)
    with_numbers = [atom for atom in seen if atom.numbers][:ATOMS_JOINED]
    without = [atom for atom in seen if not atom.numbers][:ATOMS_JOINED]
    return without + with_numbers
