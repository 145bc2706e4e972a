"""What is asked of whoever writes a row, what it may choose from, and the noise that chooses.

This is all that an engine, a script, a dice and a server share with a row (`rows.py`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from slowthink.models.protocol import Request, Sampling
from slowthink.models.text import Writing

if TYPE_CHECKING:
    from slowthink.models.constraints import Grammar
    from slowthink.models.rows import Row


class Choices(Protocol):
    """What may come next in a row."""

    @property
    def is_free(self) -> bool:
        """Whether another token could come instead of a banned one."""
        ...

    def best(self, sampling: Sampling, noise: float) -> int | None:
        """The token that is chosen with `noise` in [0, 1); None when nothing is left to choose."""
        ...

    def without(self, tokens: Iterable[int]) -> Choices:
        """The same without some tokens."""
        ...

    def within(self, grammar: Grammar, ends: Collection[int]) -> Choices:
        """The same without what the grammar does not allow."""
        ...

    def logprob(self, token: int) -> float | None:
        """Natural logarithm of a token's probability under the model's own distribution; None where nobody knows it."""
        ...


@dataclass
class Job:
    """What was asked of the engine, and where the result goes."""

    request: Request
    writing: Writing
    done: Future[Row] = field(default_factory=Future)
    score_from: int | None = None
    """For scoring: the log-probabilities of `writing.ids` from here on are wanted, nothing is sampled."""
    grammar: Grammar | None = None
    """Where the row stands in its constraint."""
    written: int = 0
    """Tokens that the branch wrote before this row, so that its noise goes on and does not start anew."""

    @property
    def cancelled(self) -> bool:
        """The caller no longer waits; the row leaves at the next step."""
        return self.done.cancelled()

    def resolve(self, result: Row | Exception) -> None:
        """Hand over the row or the error, if anybody still waits for it."""
        if self.done.done() or not self.done.set_running_or_notify_cancel():
            return
        if isinstance(result, StopIteration):  # no future of an event loop can hold one: its caller would wait for ever
            self.done.set_exception(RuntimeError(f"a supervisor or listener raised StopIteration: {result}"))
        elif isinstance(result, Exception):
            self.done.set_exception(result)
        else:
            self.done.set_result(result)


def uniform(seed: int, path: str, position: int) -> float:
    """A number in [0, 1) that depends on its arguments only (53 bits of BLAKE2b).

    It is the noise of a draw: so what a row samples depends neither on what else is in the batch nor on any
    global generator.
    """
    key = f"{seed}\x00{path}\x00{position}".encode()
    return (int.from_bytes(hashlib.blake2b(key, digest_size=8).digest(), "big") >> 11) / 2**53
