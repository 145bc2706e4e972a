"""Whole replies that were sampled: written under watch, judged when finished, put right, and read for their answer.

A number counts only where the model wrote it, or where it is the correction of one that it wrote; sums that a reply
left undone are worked out for nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from slowthink.mind import Mind
from slowthink.models.protocol import Completion
from slowthink.strategies.direct import wants_number
from slowthink.strategies.protocol import Outcome, evidence_of
from slowthink.strategies.template import prompt_from
from slowthink.types import AnsweredBy, Claim, Judgement, Problem, Status
from slowthink.verifiers.answer_values import read
from slowthink.verifiers.answers import stated_number, value_of
from slowthink.verifiers.puzzles import Puzzle
from slowthink.verifiers.repair import repair
from slowthink.verifiers.voting import Given, answer_of

TEMPERATURE = 0.7
NUMBER_TOKENS, TEXT_TOKENS = 200, 320


@dataclass(frozen=True)
class Sample:
    """A reply put right, what was judged of it as it was written, and its answer."""

    text: str
    answer: str | None
    answered_by: AnsweredBy | None
    judged: tuple[Judgement, ...]
    follows: bool
    """Whether the answer is the result of a sum of the reply that was proved."""

    @property
    def proved(self) -> int:
        """How many claims were proved."""
        return sum(j.verdict.status is Status.PROVED for j in self.judged)

    @property
    def refuted(self) -> int:
        """How many claims are refuted as they were written."""
        return sum(j.verdict.status is Status.REFUTED for j in self.judged)

    def given(self) -> Given | None:
        """The answer as votes are counted; proved sums speak for it, refuted ones against it."""
        if self.answer is None:
            return None
        return Given(self.answer, read(self.answer), self.follows - bool(self.refuted))

    def outcome(self) -> Outcome:
        """The sample as a strategy's outcome."""
        if self.answer is None:
            return Outcome(None, text=self.text, reason="the reply has no answer in it")
        holds = self.follows and not self.refuted
        return Outcome(self.answer, self.answered_by, self.text, steps_hold=holds, evidence=evidence_of(self.judged))


async def sampled(problem: Problem, mind: Mind, n: int, first: int = 0, is_watched: bool = True) -> list[Sample]:
    """`n` replies in one batch, as `written`, each judged, put right and read. Raises BudgetExhausted."""
    return [sample_of(problem, row, mind) for row in await written(problem, mind, n, first, is_watched)]


async def written(problem: Problem, mind: Mind, n: int, first: int = 0, is_watched: bool = True) -> list[Completion]:
    """`n` replies in one batch, of which the first one has the number `first` among all samples.

    Recorded replies end where a supervisor changes them; let them be written unwatched, they are put right afterwards.
    Raises BudgetExhausted where the budget does not reach for one of them.
    """
    number = wants_number(problem)
    prompt = prompt_from("work" if number else "chain_of_thought", problem)
    most, stop = (NUMBER_TOKENS, ("\n\n",)) if number else (TEXT_TOKENS, ())
    return await mind.generate(
        prompt,
        max_tokens=most,
        temperature=TEMPERATURE,
        stop=stop,
        n=n,
        first=first,
        supervised=is_watched,
        question=problem.question,
    )


def sample_of(problem: Problem, row: Completion, mind: Mind) -> Sample:
    """A reply judged, put right and read."""
    if (puzzle := mind.read_puzzle(problem)) is not None:
        return _played(row, puzzle)
    judged = tuple(mind.verify(row.text, problem.question))
    text = repair(row.text, judged)
    answer = stated_number(text) if wants_number(problem) else _words(text)
    changed = bool(row.interventions) or (answer is not None and text != row.text)
    by: AnsweredBy | None = None if answer is None else "repair" if changed else "model"
    return Sample(text, answer, by, judged, is_result(answer, judged))


def _played(row: Completion, puzzle: Puzzle) -> Sample:
    """A reply to a puzzle: the solution in it is played, and the whole reply is the answer."""
    verdict, text = puzzle.check(row.text), row.text.strip()
    shown = str((verdict.certificate or {}).get("claim", text))
    judgement = Judgement(claim=Claim(kind="puzzle", text=shown, start=0, end=len(row.text)), verdict=verdict)
    by: AnsweredBy | None = None if not text else "repair" if row.interventions else "model"
    return Sample(row.text, text or None, by, (judgement,), verdict.status is Status.PROVED)


def _words(text: str) -> str | None:
    found = answer_of(text)
    return None if found is None else found[0]


def is_result(answer: str | None, judged: Sequence[Judgement]) -> bool:
    """Whether an answer is what a proved sum comes to."""
    value = value_of(answer)
    proved = [j.claim.text for j in judged if j.verdict.status is Status.PROVED]
    return value is not None and any(value_of(stated_number(claim)) == value for claim in proved)
