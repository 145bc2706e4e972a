"""lm-evaluation-harness beside slowthink: its own model class on the same files, asked what slowthink asks its model.

What is compared is heard, not made again: `Overheard` notes each prompt as the model reads it, its limits, and what
the model wrote, while a strategy runs as it always does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from slowthink.controller import SlowThinker
from slowthink.errors import ModelUnavailable
from slowthink.models import files_of
from slowthink.models.local import LocalModel
from slowthink.models.protocol import Branch, Completion, Prompt, Request, Sampling, Score
from slowthink.types import Problem, Solution

NEEDED = "lm-evaluation-harness is not installed. Install it with: pip install 'slowthink[harness]'"


@dataclass(frozen=True, slots=True)
class Call:
    """One row that a strategy asked for: the whole text that the model read, its limits, and what came back."""

    prompt: str
    sampling: Sampling
    reply: Completion

    def written(self, model: LocalModel) -> str:
        """The reply as the harness shows one: with the bytes of a character in which it was cut off."""
        return model.codec.decode(self.reply.token_ids) if self.reply.finish == "length" else self.reply.text


class Overheard:
    """A model whose rows are noted, for one question."""

    def __init__(self, model: LocalModel) -> None:
        self.model = model
        self.calls: list[Call] = []

    @property
    def name(self) -> str:
        """The model's name."""
        return self.model.name

    @property
    def chat(self) -> bool:
        """Whether messages go through a chat template."""
        return self.model.chat

    async def generate(self, requests: Sequence[Request]) -> list[Completion]:
        """The model's completions, noted."""
        replies = await self.model.generate(requests)
        for request, reply in zip(requests, replies, strict=True):
            self.calls.append(Call(self.model.codec.render(request.prompt)[0], request.sampling, reply))
        return replies

    async def score(self, prompt: Prompt, continuations: Sequence[str]) -> list[Score]:
        """The model's scores."""
        return await self.model.score(prompt, continuations)

    def branch(self, prompt: Prompt) -> Branch:
        """A branch of the model, which is not noted."""
        return self.model.branch(prompt)

    def count(self, prompt: Prompt) -> int:
        """The number of tokens of a prompt."""
        return self.model.count(prompt)

    def close(self) -> None:
        """Nothing: the model is somebody else's."""


async def overheard(
    model: LocalModel, problem: Problem, strategy: Any, off: tuple[str, ...], seed: int = 0
) -> tuple[Solution, list[Call]]:
    """What a strategy comes to on a problem, and what it asked the model for."""
    heard = Overheard(model)
    solution = await SlowThinker(heard, strategy=strategy, off=off, seed=seed).asolve(problem)
    return solution, heard.calls


def harness_model(spec: str, like: LocalModel, batch_size: int) -> Any:
    """The harness's own class (`hf`) over the files of a model, in the same type and place as ours.

    Raises ModelUnavailable where the harness is not installed.
    """
    if find_spec("lm_eval") is None:
        raise ModelUnavailable(NEEDED)
    from lm_eval.models.huggingface import HFLM

    own = like.engine.model
    return HFLM(
        pretrained=str(files_of(spec)),
        dtype=str(own.dtype).removeprefix("torch."),
        device=str(own.device),
        batch_size=batch_size,
    )


def instances(calls: Sequence[Call]) -> list[Any]:
    """The calls as requests of the harness: the same text, stops and limit, greedily."""
    from lm_eval.api.instance import Instance

    return [
        Instance(
            request_type="generate_until",
            doc={},
            arguments=(
                call.prompt,
                {"until": list(call.sampling.stop), "max_gen_toks": call.sampling.max_tokens, "do_sample": False},
            ),
            idx=place,
        )
        for place, call in enumerate(calls)
    ]
