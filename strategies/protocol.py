"""What a strategy is: a way of answering a problem with nothing but a mind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from slowthink.mind import Mind
from slowthink.types import AnsweredBy, Evidence, Judgement, Problem, Status


@dataclass(frozen=True)
class Outcome:
    """What a strategy came to. `answer` None: it gives none, and `reason` says why.

    `text` is the reply that the answer stands in; `steps_hold` says that every claim in it was checked and
    none is left refuted. `agreement` names the kind of question on which two routes that read it separately came to
    this answer; what that is worth is measured (`calibration.py`). `support` is the share of votes that the answer got.
    """

    answer: str | None
    answered_by: AnsweredBy | None = None
    text: str = ""
    reason: str = ""
    fast_answer: str | None = None
    steps_hold: bool = False
    evidence: tuple[Evidence, ...] = ()
    agreement: str | None = None
    support: float | None = None


def evidence_of(judged: Sequence[Judgement]) -> tuple[Evidence, ...]:
    """The claims that were proved, as evidence: the verdict's certificate, or the text, which can be judged again."""
    return tuple(
        Evidence(
            kind=j.claim.kind,
            claim=j.claim.text,
            status=j.verdict.status,
            certificate=j.verdict.certificate or {"text": j.claim.text},
        )
        for j in judged
        if j.verdict.status is Status.PROVED
    )


class Strategy(Protocol):
    """Answers a problem. It raises BudgetExhausted only when it has no answer at all."""

    @property
    def name(self) -> str:
        """What the command line calls it."""
        ...

    async def solve(self, problem: Problem, mind: Mind) -> Outcome:
        """Think about the problem with the given mind."""
        ...
