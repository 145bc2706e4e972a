"""Rows without forward passes: a speaker tells each row its next token.

It drives the same rows as the engine does, so that scripted, recorded and random models are supervised, stopped
and counted as real ones are. There is no cache: every row reads its whole prompt.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from abc import abstractmethod
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Protocol

from slowthink.errors import ModelUnavailable
from slowthink.models.base import RowModel
from slowthink.models.jobs import Choices, Job
from slowthink.models.pieces import END, first_piece, number
from slowthink.models.protocol import Sampling
from slowthink.models.rows import Row

if TYPE_CHECKING:
    from slowthink.models.constraints import Grammar


class Speaker(Protocol):
    """Says what comes next in one row."""

    def next(self, row: Row) -> Choices:
        """What may come next, now that `row` is as it is."""
        ...


class Only:
    """One possible next token, with certainty; none once that one is banned."""

    def __init__(self, token: int | None) -> None:
        self.token = token

    @property
    def is_free(self) -> bool:
        """What is told is told."""
        return False

    def best(self, sampling: Sampling, noise: float) -> int | None:
        """The token."""
        return self.token

    def without(self, tokens: Iterable[int]) -> Only:
        """Nothing is left, if it is among them."""
        return Only(None if self.token in set(tokens) else self.token)

    def within(self, grammar: Grammar, ends: Collection[int]) -> Only:
        """The same token if the grammar allows it: what is told cannot be chosen otherwise."""
        return Only(self.token if self.token is not None and grammar.admits(self.token, ends) else None)

    def logprob(self, token: int) -> float:
        """It was certain."""
        return 0.0 if token == self.token else float("-inf")


def next_of(text: str) -> Only:
    """The first piece of what is still to be said; the end when nothing is."""
    return Only(number(first_piece(text)) if text else END)


class ToldModel(RowModel):
    """A model whose rows are told their tokens by a speaker each."""

    _closed = False
    _ends = frozenset({END})

    @abstractmethod
    def _speakers(self, jobs: list[Job]) -> list[Speaker]:
        """One speaker for each row, in their order."""

    async def _run(self, jobs: list[Job]) -> list[Row]:
        if self._closed:
            raise ModelUnavailable("this model was closed; make it again")
        told = [(Row(job, self._ends), speaker) for job, speaker in zip(jobs, self._speakers(jobs), strict=True)]
        for row, _ in told:
            row.pushed(row.pending if row.job.score_from is None else row.job.score_from)
        try:
            await _until_told(told)
        finally:
            for row, _ in told:
                row.let_go()
        return [row for row, _ in told]

    def close(self) -> None:
        """There is nothing to give back; later calls are refused as a real model refuses them."""
        self._closed = True


async def _until_told(told: list[tuple[Row, Speaker]]) -> None:
    """A token for every row in turn; sleeps while all that are not at their end are parked."""
    woken, loop = asyncio.Event(), asyncio.get_running_loop()
    while left := [(row, speaker) for row, speaker in told if row.is_parked or row.finish is None]:
        woken.clear()
        moving = False
        for row, speaker in left:
            if not row.is_parked:
                _step(row, speaker)
            elif row.is_decided:
                row.resume()
            moving |= not row.is_parked
            _raise(row)
        if moving:
            await asyncio.sleep(0)
            continue
        for row, _ in left:
            row.when_decided(lambda: _wake(loop, woken))
        patience = min(row.deadline for row, _ in left) - time.monotonic()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(woken.wait(), max(0.0, patience))


def _wake(loop: asyncio.AbstractEventLoop, woken: asyncio.Event) -> None:
    """From whatever thread; a loop that has ended waits for nothing."""
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(woken.set)


def _step(row: Row, speaker: Speaker) -> None:
    """Tell one token."""
    row.take(speaker.next(row))
    if row.finish is None and row.error is None:
        row.pushed(row.pending if row.job.score_from is None else 1)


def _raise(row: Row) -> None:
    """What a supervisor raises reaches whoever asked for the rows."""
    if row.error is not None:
        raise row.error
