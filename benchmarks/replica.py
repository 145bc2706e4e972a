"""What runs on a node of a cluster: one model with its thinkers, a process of its own that answers many items at once.

It is told all that it needs as JSON, and answers in JSON: results are read by the same version only, but nothing that
comes back is code. Threads and graphics card are those that it was given, nothing more.
"""

from __future__ import annotations

import asyncio
import json
import os
import platform
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from slowthink.models import LanguageModel

RANDOM = "random"
"""The model that knows nothing: random tokens."""
Json = dict[str, Any]


class Replica:
    """Made an actor by `cluster.py`. `plan` is what `Plan.dump` there says. Nothing heavy happens before `load`."""

    def __init__(self, plan: str) -> None:
        self.plan: Json = json.loads(plan)
        self._model: LanguageModel | None = None
        self._thinkers: dict[str, Any] = {}

    async def where(self) -> str:
        """The node's name, as soon as there is room for this replica."""
        return platform.node()

    async def load(self) -> str:
        """Load the model; what this replica is, or under `refused` why it cannot be."""
        from slowthink.errors import SlowThinkError

        try:
            return json.dumps(await asyncio.to_thread(self._load))
        except (SlowThinkError, ImportError) as error:
            return json.dumps({"refused": str(error)})

    async def answer(self, strategy: str, problem: str) -> str:
        """A solution, or the error in its place."""
        from slowthink.types import Problem

        try:
            solution = await self._thinkers[strategy].asolve(Problem.model_validate_json(problem))
        except Exception as error:  # as in `pool.answered`: an item is a boundary
            return json.dumps({"error": f"{type(error).__name__}: {error}"})
        if not self.plan["traces"]:
            solution = solution.model_copy(update={"trace": ()})
        return json.dumps({"solution": solution.model_dump(mode="json")})

    async def forget(self) -> None:
        """Forget what is remembered of earlier items."""
        forget = getattr(self._model, "forget", None)
        if forget is not None:
            forget()

    def _load(self) -> Json:
        if not self.plan["gpus"]:
            os.environ["CUDA_VISIBLE_DEVICES"] = ""  # read when CUDA is first used: a card that was not asked for
        from slowthink.benchmarks.environment import environment, model_hash, version_of
        from slowthink.benchmarks.ways import ways_of
        from slowthink.controller import SlowThinker
        from slowthink.errors import ModelUnavailable
        from slowthink.types import Budget

        if (mine := version_of("slowthink")) != self.plan["version"]:
            raise ModelUnavailable(
                f"this node has slowthink {mine}, and the run is of {self.plan['version']}; install the same version"
            )
        self._model = model = loaded(self.plan["model"])
        if self.plan["gpus"] and not _has_card():
            raise ModelUnavailable("a graphics card was given, but torch sees none here; install torch for CUDA")
        import torch

        torch.set_num_threads(self.plan["cpus"])
        off, budget = set(self.plan["off"]), Budget.model_validate(self.plan["budget"])
        for way in ways_of(self.plan["strategies"]):
            self._thinkers[way.name] = SlowThinker(
                model, strategy=way.strategy(), budget=budget, seed=self.plan["seed"], off={*way.off, *off}
            )
        found = None if self.plan["model"] == RANDOM else model_hash(self.plan["model"])
        return {"model_hash": found, "environment": environment(model), "pid": os.getpid()}


def loaded(spec: str) -> LanguageModel:
    """The model that a spec names, or the one that knows nothing."""
    if spec == RANDOM:
        from slowthink.models.random_tokens import RandomTokenModel

        return RandomTokenModel()
    from slowthink.commands.quick import quick_start
    from slowthink.models import load_model

    with quick_start(spec):
        return load_model(spec)


def _has_card() -> bool:
    import torch

    return torch.cuda.is_available()
