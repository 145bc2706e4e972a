"""Monte Carlo tree search over lines of work: what turned out well is looked at again, what was never tried at times.

The value of a new line stands for a playout (compare Hao et al., arXiv:2305.14992): no tokens are spent on lines that
will be thrown away.
"""

from __future__ import annotations

from dataclasses import dataclass

from slowthink.mind import Mind
from slowthink.strategies.orders import monte_carlo
from slowthink.strategies.protocol import Outcome
from slowthink.strategies.search import grown
from slowthink.strategies.steps import Steps
from slowthink.strategies.template import prompt_from
from slowthink.types import Problem


@dataclass(frozen=True)
class MonteCarlo:
    """`rounds` nodes are asked for `actions` ways on each."""

    rounds: int = 12
    actions: int = 3
    depth: int = 8
    judges: tuple[str, ...] = ("verifier", "judgement")
    name = "mcts"

    async def solve(self, problem: Problem, mind: Mind) -> Outcome:
        """The best line of work that came to an end."""
        space = Steps(problem, mind, prompt_from("work", problem), self.actions, self.judges)
        async with grown(space, mind) as tree:
            await monte_carlo(tree, self.rounds, self.depth)
            return space.outcome(tree, tree.best_last())
