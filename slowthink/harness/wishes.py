"""What a task of the harness asks of generation, and a model that keeps to it whatever strategy uses it.

A wish bounds each reply of the model, not the whole thinking: that has a budget. Known are the names that the harness's
own models know; a setting that would change the text and cannot be kept is refused, never left out in silence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from slowthink.errors import InputError
from slowthink.models.protocol import Branch, Completion, LanguageModel, OnText, Prompt, Request, Sampling, Score
from slowthink.supervision import Supervisor
from slowthink.types import Constraint

DEFAULT_TOKENS = 256
"""What the harness's own models write at most where a task names no bound."""
_BOUNDS = ("max_gen_toks", "max_new_tokens", "max_tokens", "max_completion_tokens")
_NEUTRAL: dict[str, tuple[Any, ...]] = {
    "top_k": (None, 0, -1),
    "num_beams": (None, 1),
    "repetition_penalty": (None, 1),
    "frequency_penalty": (None, 0),
    "presence_penalty": (None, 0),
    "min_p": (None, 0),
}
"""Settings that slowthink does not have, with the values at which they change nothing."""
_OF_DRAWING = ("top_k", "min_p", "typical_p", "top_p")
"""Settings that mean nothing where nothing is drawn."""


@dataclass(frozen=True)
class Wish:
    """How a reply is to be written: `until` ends it and is no part of it; `max_tokens` None: the task names none."""

    until: tuple[str, ...] = ()
    max_tokens: int | None = None
    temperature: float = 0.0
    top_p: float = 1.0

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Wish:
        """The wish that a task's `generation_kwargs` say. Raises InputError for what cannot be kept."""
        left = dict(settings)
        until = left.pop("until", None) or []
        until = [until] if isinstance(until, str) else until
        if not isinstance(until, list | tuple) or not all(isinstance(stop, str) for stop in until):
            raise InputError(f"expected as 'until' a text or a list of texts, got {until!r:.80}")
        bounds = [bound for name in _BOUNDS if (bound := left.pop(name, None)) is not None]
        does_sample = left.pop("do_sample", None)
        temperature = _number("temperature", left.pop("temperature", None), 1.0 if does_sample else 0.0)
        temperature = 0.0 if does_sample is False else temperature
        top_p = _number("top_p", left.pop("top_p", None), 1.0) if temperature else 1.0
        for name, value in left.items():
            if value not in _NEUTRAL.get(name, (None,)) and (temperature or name not in _OF_DRAWING):
                raise InputError(
                    "expected of a task's generation_kwargs until, max_gen_toks, do_sample, temperature and top_p; got "
                    f"{name}={value!r}, which slowthink cannot keep. Change it with --gen_kwargs, or use --model hf"
                )
        return cls(tuple(filter(None, until)), _bound(bounds[0]) if bounds else None, temperature, top_p)

    def sampling(self, path: str, seed: int) -> Sampling:
        """The same for a reply of the model alone."""
        most = self.max_tokens or DEFAULT_TOKENS
        return Sampling(most, self.temperature, self.top_p, self.until, seed, path)

    def cut(self, text: str) -> str:
        """The text up to the first of the stops in it."""
        return text[: min((at for at in map(text.find, self.until) if at >= 0), default=len(text))]


class Wished:
    """A model whose replies are no longer than a wish, and drawn at its temperature where they would be greedy.

    What a strategy draws by itself (`self_consistency`) keeps its own temperature.
    """

    def __init__(self, model: LanguageModel, wish: Wish) -> None:
        self._model = model
        self._wish = wish

    @property
    def name(self) -> str:
        """The model's name."""
        return self._model.name

    @property
    def chat(self) -> bool:
        """Whether messages go through a chat template."""
        return self._model.chat

    async def generate(self, requests: Sequence[Request]) -> list[Completion]:
        """One completion for each request, as wished."""
        return await self._model.generate(
            [replace(one, sampling=_wished(one.sampling, self._wish)) for one in requests]
        )

    async def score(self, prompt: Prompt, continuations: Sequence[str]) -> list[Score]:
        """The model's scores."""
        return await self._model.score(prompt, continuations)

    def branch(self, prompt: Prompt) -> Branch:
        """A branch that writes as wished."""
        return _WishedBranch(self._model.branch(prompt), self._wish)

    def count(self, prompt: Prompt) -> int:
        """The number of tokens of a prompt."""
        return self._model.count(prompt)

    def close(self) -> None:
        """Nothing: the model is somebody else's."""


class _WishedBranch:
    """A branch that writes as wished."""

    def __init__(self, branch: Branch, wish: Wish) -> None:
        self._branch = branch
        self._wish = wish

    @property
    def text(self) -> str:
        return self._branch.text

    def mark(self) -> int:
        return self._branch.mark()

    async def append(self, text: str) -> None:
        await self._branch.append(text)

    async def generate(
        self,
        sampling: Sampling,
        supervisors: tuple[Supervisor, ...] = (),
        on_text: OnText | None = None,
        constraint: Constraint | None = None,
        since: int | None = None,
    ) -> Completion:
        return await self._branch.generate(_wished(sampling, self._wish), supervisors, on_text, constraint, since)

    async def score(self, continuations: Sequence[str]) -> list[Score]:
        return await self._branch.score(continuations)

    def fork(self, k: int) -> Sequence[Branch]:
        return [_WishedBranch(one, self._wish) for one in self._branch.fork(k)]

    def rewind(self, mark: int) -> None:
        self._branch.rewind(mark)

    def release(self) -> None:
        self._branch.release()


def _wished(sampling: Sampling, wish: Wish) -> Sampling:
    most = sampling.max_tokens if wish.max_tokens is None else min(sampling.max_tokens, wish.max_tokens)
    if sampling.temperature or not wish.temperature:
        return replace(sampling, max_tokens=most)
    return replace(sampling, max_tokens=most, temperature=wish.temperature, top_p=wish.top_p)


def _bound(value: Any) -> int:
    try:
        bound = int(value)
    except (TypeError, ValueError):
        bound = 0
    if bound < 1:
        raise InputError(f"expected as max_gen_toks a whole number of at least 1, got {value!r}")
    return bound


def _number(name: str, value: Any, default: float) -> float:
    try:
        return default if value is None else float(value)
    except (TypeError, ValueError) as error:
        raise InputError(f"expected as {name} a number, got {value!r}") from error
