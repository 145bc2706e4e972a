"""Rows without forward passes: a speaker tells each row its next token.

It drives the same rows as the engine does, so that scripted, recorded and random models are supervised, stopped
and counted as real ones are. There is no cache: every row reads its whole prompt.
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from typing import Protocol

from slowthink.errors import ModelUnavailable
from slowthink.models.base import RowModel
from slowthink.models.pieces import END, first_piece, number
from slowthink.models.protocol import Sampling
from slowthink.models.rows import Choices, Job, Row


class Speaker(Protocol):
    """Says what comes next in one row."""

    def next(self, row: Row) -> Choices:
        """What may come next, now that `row` is as it is."""
        ...


class Only:
    """One possible next token, with certainty; none once that one is banned."""

    def __init__(self, token: int | None) -> None:
        self.token = token

    def best(self, sampling: Sampling, noise: float) -> int | None:
        """The token."""
        return self.token

    def without(self, token: int) -> Only:
        """Nothing is left."""
        return Only(None)

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
        while any(row.finish is None for row, _ in told):
            for row, speaker in told:
                if row.finish is None:
                    _step(row, speaker)
            await asyncio.sleep(0)
        return [row for row, _ in told]

    def close(self) -> None:
        """There is nothing to give back; later calls are refused as a real model refuses them."""
        self._closed = True


def _step(row: Row, speaker: Speaker) -> None:
    """Tell one token. What a supervisor raises reaches whoever asked for the rows."""
    row.take(speaker.next(row))
    if row.error is not None:
        raise row.error
    if row.finish is None:
        row.pushed(row.pending if row.job.score_from is None else 1)
