"""Several thinkers, one answer: the replies of all members are put right, equal answers are one, and weights decide.

Members are further models (or recorded samples of models that are not here); without any, the members are the one
model under several ways of asking. A member's weight counts for each of its replies. Where a text and not an answer
is asked for, the replies are compared in pairs by the mind's own model, both ways round, since it may prefer whichever
stands first; the one that wins most pairs is the outcome, and a refuted claim loses every pair. Texts are not fused.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations

from slowthink.errors import BudgetExhausted, ModelUnavailable
from slowthink.mind import Mind
from slowthink.models.protocol import LanguageModel
from slowthink.strategies.direct import wants_number
from slowthink.strategies.protocol import Outcome
from slowthink.strategies.samples import Sample, sampled
from slowthink.strategies.self_consistency import elected
from slowthink.strategies.template import prompt_from
from slowthink.types import AnsweredBy, Problem
from slowthink.verifiers.voting import count

FIRST, SECOND = " A", " B"
MOST_SHOWN = 1500
"""A reply that is compared is shown up to so many characters."""


@dataclass(frozen=True)
class Member:
    """A further model, how many replies it gives, and what each weighs."""

    model: LanguageModel
    replies: int = 1
    weight: float = 1.0
    is_watched: bool = True
    """Not for recorded replies: those end where they are changed, and are put right when they are whole."""


@dataclass(frozen=True)
class Ensemble:
    """Members that answer together; `replies` is how many the mind's own model gives (0: none)."""

    members: Sequence[Member] = field(default_factory=tuple)
    replies: int = 4
    name = "ensemble"

    async def solve(self, problem: Problem, mind: Mind) -> Outcome:
        """The weighted vote on an answer, or the text that wins most comparisons."""
        samples, weights = await self._asked(problem, mind)
        if not samples:
            return Outcome(None, reason="no member gave a reply")
        if wants_number(problem) or all(len((one.answer or "").split()) <= 3 for one in samples):
            ballots = count([one.given() for one in samples], weights)
            return elected(samples, ballots)
        return await self._compared(problem, mind.child("compare"), samples)

    async def _asked(self, problem: Problem, mind: Mind) -> tuple[list[Sample], list[float]]:
        """All members at once; one that the budget does not reach for is left out, and the trace says so."""
        own = [(mind.child("own"), self.replies, 1.0, True)] if self.replies else []
        strands = own + [
            (mind.child(f"member {i}", m.model), m.replies, m.weight, m.is_watched) for i, m in enumerate(self.members)
        ]
        work = [sampled(problem, strand, n, 0, watched) for strand, n, _, watched in strands]
        results = await asyncio.gather(*work, return_exceptions=True)
        samples: list[Sample] = []
        weights: list[float] = []
        for (strand, _, weight, _), result in zip(strands, results, strict=True):
            if isinstance(result, BudgetExhausted):
                strand.remark(f"left out: {result}")
            elif isinstance(result, BaseException):
                raise result
            else:
                samples += result
                weights += [weight] * len(result)
        return samples, weights

    async def _compared(self, problem: Problem, mind: Mind, samples: list[Sample]) -> Outcome:
        """The text that wins most pairs; of equals the first."""
        least = min(one.refuted for one in samples)
        standing = [one for one in samples if one.refuted == least and one.text.strip()]
        if not standing:
            return Outcome(None, reason="no reply has a text")
        wins = [0.0] * len(standing)
        try:
            for i, j in combinations(range(len(standing)), 2):
                share = await _preferred(problem, mind.child(f"{i} or {j}"), standing[i].text, standing[j].text)
                wins[i], wins[j] = wins[i] + share, wins[j] + 1 - share
        except (BudgetExhausted, ModelUnavailable) as error:
            mind.remark(f"not compared to the end: {error}")
        best = standing[max(range(len(standing)), key=lambda one: (wins[one], -one))]
        by: AnsweredBy = "repair" if best.answered_by == "repair" else "model"
        return Outcome(best.text.strip(), by, best.text, reason=f"preferred among {len(standing)} texts")


async def _preferred(problem: Problem, mind: Mind, left: str, right: str) -> float:
    """1 where the model prefers the left text in both orders, 0 the right one, a half where the order decides."""
    share = 0.0
    for number, (first, second) in enumerate(((left, right), (right, left))):
        prompt = prompt_from("compare", problem, first=first[:MOST_SHOWN], second=second[:MOST_SHOWN])
        one, two = await mind.score(prompt, [FIRST, SECOND])
        share += 0.5 * ((one.logprob > two.logprob) is (number == 0))
    return share
