"""Beam search over lines of work: the likeliest ones are kept, a refuted one never."""

from __future__ import annotations

from dataclasses import dataclass

from slowthink.mind import Mind
from slowthink.strategies.orders import level_by_level
from slowthink.strategies.protocol import Outcome
from slowthink.strategies.search import grown
from slowthink.strategies.steps import Steps
from slowthink.strategies.template import prompt_from
from slowthink.types import Problem


@dataclass(frozen=True)
class Beam:
    """`width` lines of work at a time, each gone on with in `actions` ways; the judges are those of `steps.py`."""

    width: int = 2
    actions: int = 3
    depth: int = 8
    judges: tuple[str, ...] = ("verifier", "likelihood")
    name = "beam"

    async def solve(self, problem: Problem, mind: Mind) -> Outcome:
        """The best line of work that came to an end, of all that were kept."""
        space = Steps(problem, mind, prompt_from("work", problem), self.actions, self.judges)
        async with grown(space, mind) as tree:
            await level_by_level(tree, self.width, self.depth)
            return space.outcome(tree, tree.best_last())
