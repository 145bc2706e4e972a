"""Rows of models whose cache cannot be rewound, each with a cache object of its own.

Recurrent layers keep a state instead of keys and values: it cannot be made shorter, and it is not made of parts that
other rows could share. So a row that is rewound, and a fork, is read again from its beginning. Rows go one at a
time. That is slow and right. What a model gives back as its cache is never looked into, only handed back.

Guarantee: all states together hold at most `limit` bytes, beyond one pass of one row. When that is too little the
youngest rows wait without a state and are read again later.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from slowthink.errors import InputError
from slowthink.models.passes import CACHE_NAMES
from slowthink.models.probe import SHARED, differs, probe_ids
from slowthink.models.rows import Row
from slowthink.models.sampling import Batch, Logits

if TYPE_CHECKING:
    from slowthink.models.engine import EngineStats


@dataclass
class State:
    """What a model keeps of the first `count` ids of a row."""

    name: str = ""
    """What the model calls it; empty before the first pass."""
    cache: Any = None
    count: int = 0

    @property
    def nbytes(self) -> int:
        """Bytes of all tensors in the cache object."""
        return _bytes_in(self.cache, set())


def follow(model: Any, state: State, ids: torch.Tensor) -> torch.Tensor:
    """Logits `[tokens, vocabulary]` in float32 behind each of `ids`, which come next.

    Behind an empty state all are read at once, else one by one: some recurrent layers forget their state when they
    are given more than one token.
    """
    parts = ids[:, None] if state.name else ids[None]
    logits = []
    for part in parts:
        out = model(input_ids=part[None], use_cache=True, **({state.name: state.cache} if state.name else {}))
        state.name = next((name for name in CACHE_NAMES if out.get(name) is not None), "")
        if not state.name:
            raise TypeError("it gives back no cache")
        state.cache, state.count = out[state.name], state.count + len(part)
        logits.append(out.logits[0].float())
    return torch.cat(logits)


def cannot_follow(model: Any) -> str | None:
    """None when a model gives its own logits through its own cache, else the reason why it is not trusted."""
    ids, state = probe_ids(model), State()
    try:
        with torch.inference_mode():
            plain = model(input_ids=ids[None], use_cache=False).logits[0].float()
            got = torch.cat([follow(model, state, ids[:SHARED]), follow(model, state, ids[SHARED:])])
    except Exception as error:  # whatever such a model does
        return f"its forward pass fails ({type(error).__name__}: {error})"
    error_size = differs(got, plain, model.dtype)
    return None if error_size is None else f"its logits through its own cache differ from those without ({error_size})"


class States:
    """The same service as `Seats`. Not thread safe: it belongs to the engine's thread."""

    def __init__(self, model: Any, stats: EngineStats, limit: int) -> None:
        self.model = model
        self.stats = stats
        self.limit = limit
        self._states: dict[Row, State] = {}
        """The rows that run, the oldest first."""
        self._waiting: list[Row] = []

    @property
    def nbytes(self) -> int:
        """Bytes of memory held."""
        return sum(state.nbytes for state in self._states.values())

    def admit(self, row: Row) -> None:
        """Take a new row in."""
        self._states[row] = State()

    def leave(self, row: Row) -> None:
        """A row goes, and those that wait for memory may try again."""
        self._states.pop(row, None)
        if row in self._waiting:
            self._waiting.remove(row)
        self._states.update((one, State()) for one in self._waiting)
        self._waiting.clear()

    def settle(self) -> None:
        """Let the youngest rows wait when there is too little memory; a row that is too long alone ends."""
        nbytes = self.nbytes
        while nbytes > self.limit:
            row, state = next(reversed(self._states.items()))
            if len(self._states) == 1:
                row.error = InputError(
                    f"a row of {len(row.writing.ids)} tokens does not fit into the cache, which may hold {self.limit} "
                    "bytes. Shorten the prompt, lower max_tokens or raise cache_bytes."
                )
                return
            nbytes -= state.nbytes
            del self._states[row]
            self._waiting.insert(0, row)

    def clear(self) -> None:
        """Forget all rows."""
        self._states.clear()
        self._waiting.clear()

    def forget(self) -> None:
        """Nothing is remembered of rows that are gone."""

    def close(self) -> None:
        """Forget all rows; nothing was changed about the model."""
        self.clear()

    def known(self) -> Iterator[tuple[Row, Logits]]:
        """Nothing is known without a pass."""
        return iter(())

    def push(self) -> Iterator[tuple[Row, Logits]]:
        """One step of each row; then the logits behind its new tokens, one after the other."""
        for row in list(self._states):
            if row.finish is None and row.error is None:
                yield from self._step(row)

    def _step(self, row: Row) -> Iterator[tuple[Row, Logits]]:
        state = self._states[row]
        if state.count != row.cached or row.cached == row.needed:
            self._states[row] = state = State()
        row.length = state.count
        end = row.cached + 1 if state.name else row.needed
        ids = torch.tensor(row.writing.ids[row.cached : end], device=self.model.device)
        begin = time.perf_counter()
        logits = follow(self.model, state, ids)
        self.stats.forward_seconds += time.perf_counter() - begin
        self.stats.steps += 1
        self.stats.row_steps += 1
        self.stats.tokens += len(ids)
        first = end - len(ids)
        ends = range(row.wanted, end + 1)
        wanted = Batch(logits[[at - first - 1 for at in ends]], [row.temperature] * len(ends))
        for at, values in zip(ends, wanted, strict=True):
            row.pushed(at - row.cached)
            yield row, values
        if not ends:
            row.pushed(end - row.cached)


def _bytes_in(thing: Any, seen: set[int]) -> int:
    """Bytes of the tensors in an object, its attributes and its items."""
    if id(thing) in seen:
        return 0
    seen.add(id(thing))
    if isinstance(thing, torch.Tensor):
        return thing.nbytes
    if isinstance(thing, dict):
        return sum(_bytes_in(value, seen) for value in thing.values())
    if isinstance(thing, list | tuple):
        return sum(_bytes_in(value, seen) for value in thing)
    return _bytes_in(vars(thing), seen) if hasattr(thing, "__dict__") and not isinstance(thing, type) else 0
