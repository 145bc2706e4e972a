"""The best of several replies: refuted claims speak against one, an answer that a proved sum comes to speaks for it.

All replies are written in one batch, and each is a node of a tree of one level, so that a trace shows what was
ranked. Of equals the first one wins; a verifier that finds nothing leaves the choice to that.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from slowthink.errors import BudgetExhausted
from slowthink.mind import Mind
from slowthink.strategies.protocol import Outcome
from slowthink.strategies.samples import Sample, sampled
from slowthink.strategies.search import UNKNOWN, Node, Step, grown
from slowthink.types import Problem


class Replies:
    """A `Space` of one level: whole replies, ranked by what the verifiers found."""

    def __init__(self, problem: Problem, mind: Mind, n: int, is_watched: bool = True) -> None:
        self.problem, self.mind, self.n, self.is_watched = problem, mind, n, is_watched

    def root(self) -> Sample | None:
        """Nothing was written."""
        return None

    def key(self, state: Sample | None) -> Hashable:
        """Every reply is looked at."""
        return None

    def release(self, state: Sample | None) -> None:
        """A finished reply holds nothing."""

    async def propose(self, nodes: Sequence[Node[Sample | None]]) -> list[list[Step[Sample | None]]]:
        """All replies at once, or fewer where the budget does not reach for all."""
        n = self.n
        while True:
            try:
                samples = await sampled(self.problem, self.mind, n, 0, self.is_watched)
                break
            except BudgetExhausted:
                if n == 1:
                    raise
                n //= 2
        return [[Step(one.text, one, UNKNOWN, one.judged, True, rank(one)) for one in samples] for _ in nodes]

    async def value(self, nodes: Sequence[Node[Sample | None]]) -> list[float] | None:
        """The rank is the value."""
        return None


def rank(sample: Sample) -> float:
    """From 0 to 1: no answer, refuted claims, nothing known, proved claims, an answer that a proved sum comes to."""
    if sample.answer is None:
        return 0.0
    if sample.refuted:
        return 0.25 / sample.refuted
    return 1.0 if sample.follows else 0.75 if sample.proved else 0.5


@dataclass(frozen=True)
class BestOfN:
    """`n` supervised replies, ranked by the verifiers."""

    n: int = 8
    is_watched: bool = True
    name = "best_of_n"

    async def solve(self, problem: Problem, mind: Mind) -> Outcome:
        """The reply of the highest rank."""
        async with grown(Replies(problem, mind, self.n, self.is_watched), mind) as tree:
            await tree.expand([0])
            best = tree.best_last()
            if best is None:
                return Outcome(None, reason=tree.spent or "no reply was written")
            node = tree.choose(best, f"the best of {len(tree.nodes) - 1}")
            return Outcome(None) if node.state is None else node.state.outcome()
