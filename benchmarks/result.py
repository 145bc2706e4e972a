"""One row of `results.jsonl`: an item, what one strategy came to on it, and what that cost."""

from __future__ import annotations

from slowthink.types import AnsweredBy, Frozen, Solution, Status, Trust, Usage, Verdict


class Result(Frozen):
    """What a strategy came to on an item.

    `right` is True only where `verdict` is PROVED; UNKNOWN is counted as wrong, and told apart. `error` says why there
    is no answer where something failed. `support` is a share of votes, which is no probability; `trace` is a path
    relative to the folder of the run.
    """

    item: str
    group: str | None
    level: str | None = None
    question: str
    gold: str
    strategy: str
    answer: str | None
    right: bool
    verdict: Status
    verdict_reason: str = ""
    status: Trust
    confidence: float | None = None
    support: float | None = None
    answered_by: AnsweredBy | None = None
    reason: str = ""
    fast_answer: str | None = None
    usage: Usage = Usage()
    error: str | None = None
    trace: str | None = None

    @property
    def key(self) -> tuple[str, str]:
        """What a run has once: a strategy's result on an item."""
        return self.strategy, self.item


def result_of(
    item: tuple[str, str | None, str | None, str, str],
    strategy: str,
    solution: Solution | None,
    verdict: Verdict,
    error: str | None,
    trace: str | None,
) -> Result:
    """The row for an item (id, group, level, question, gold); without a solution it is an abstention with its error."""
    name, group, level, question, gold = item
    base = Result(
        item=name,
        group=group,
        level=level,
        question=question,
        gold=gold,
        strategy=strategy,
        answer=None,
        right=False,
        verdict=verdict.status,
        verdict_reason=verdict.reason,
        status="abstained",
        error=error,
        trace=trace,
    )
    if solution is None:
        return base
    return base.model_copy(
        update={
            "answer": solution.answer,
            "right": verdict.status is Status.PROVED,
            "status": solution.status,
            "confidence": solution.confidence,
            "support": solution.support,
            "answered_by": solution.answered_by,
            "reason": solution.reason,
            "fast_answer": solution.fast_answer,
            "usage": solution.usage,
        }
    )
