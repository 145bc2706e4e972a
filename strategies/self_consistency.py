"""Many replies, one vote (Wang et al., arXiv:2203.11171): each is put right first, and equal answers are one.

Replies are written a few at a time, and the strategy stops as soon as those that are still missing cannot change the
vote; the answer is then the one that all of them would have given together. The trace has the count after each batch.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from slowthink.errors import BudgetExhausted
from slowthink.mind import Mind
from slowthink.strategies.protocol import Outcome
from slowthink.strategies.samples import Sample, sampled
from slowthink.types import Problem
from slowthink.verifiers.voting import Ballot, count


@dataclass(frozen=True)
class SelfConsistency:
    """At most `most` replies, `batch` at a time."""

    most: int = 16
    batch: int = 4
    is_watched: bool = True
    name = "self_consistency"

    async def solve(self, problem: Problem, mind: Mind) -> Outcome:
        """The answer with the most votes; the one whose sums are better, then the first, where votes are equal."""
        samples: list[Sample] = []
        ballots: list[Ballot] = []
        while len(samples) < self.most:
            more = min(self.batch, self.most - len(samples))
            try:
                samples += await sampled(problem, mind, more, len(samples), self.is_watched)
            except BudgetExhausted as error:
                if not samples:
                    return await self._once(problem, mind, error)
                mind.remark(f"{len(samples)} of {self.most} replies: {error}")
                break
            ballots = count([one.given() for one in samples], [1.0] * len(samples))
            shown = ", ".join(f"{one.answer} x {one.weight:g}" for one in ballots) or "no answer"
            mind.remark(f"{len(samples)} replies: {shown}")
            if is_decided(ballots, self.most - len(samples)):
                break
        return elected(samples, ballots)

    async def _once(self, problem: Problem, mind: Mind, error: BudgetExhausted) -> Outcome:
        """The budget does not reach for a batch: one reply, or none."""
        if self.batch == 1:
            raise error
        (only,) = await sampled(problem, mind.child("once"), 1, 0, self.is_watched)
        return only.outcome()


def is_decided(ballots: list[Ballot], missing: int) -> bool:
    """Whether no vote that is still missing can change who wins; a draw could be changed by what its sums say."""
    weights = sorted((one.weight for one in ballots), reverse=True)
    if not weights:
        return missing == 0
    second = weights[1] if len(weights) > 1 else 0.0
    return missing == 0 or weights[0] > second + missing


def elected(samples: list[Sample], ballots: list[Ballot]) -> Outcome:
    """The outcome of the winning ballot: that of its first sample, best checked first."""
    if not ballots:
        return Outcome(None, reason="no reply has an answer in it")
    best = max(ballots, key=lambda one: (one.weight, one.sums))  # the first of several
    voters = [samples[i] for i in best.samples]
    first = max(voters, key=lambda one: (one.follows, one.answered_by == "model"))
    total = sum(one.weight for one in ballots)
    reason = f"{best.weight:g} of {total:g} answers are {best.answer}"
    return replace(first.outcome(), reason=reason, support=best.weight / total if total > 0 else None)
