"""A tree of thoughts: several ways on from each line of work, judged, with a way back (Yao et al., arXiv:2305.10601).

Breadth first keeps the best few of each level; depth first follows the best one and goes back to the node that was
left last, where a step is refuted or none stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from slowthink.mind import Mind
from slowthink.strategies.orders import depth_first, level_by_level
from slowthink.strategies.protocol import Outcome
from slowthink.strategies.search import grown
from slowthink.strategies.steps import Steps
from slowthink.strategies.template import prompt_from
from slowthink.types import Problem


@dataclass(frozen=True)
class TreeOfThought:
    """`order` says breadth or depth first; depth first stops at the first line of work that comes to an end."""

    order: Literal["breadth", "depth"] = "breadth"
    width: int = 3
    actions: int = 3
    depth: int = 8
    judges: tuple[str, ...] = ("verifier", "judgement")
    name = "tree_of_thought"

    async def solve(self, problem: Problem, mind: Mind) -> Outcome:
        """The best line of work that came to an end."""
        space = Steps(problem, mind, prompt_from("work", problem), self.actions, self.judges)
        async with grown(space, mind) as tree:
            if self.order == "depth":
                await depth_first(tree, self.depth)
            else:
                await level_by_level(tree, self.width, self.depth)
            return space.outcome(tree, tree.best_last())
