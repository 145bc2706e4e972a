"""Continuous batching: the one thread in which forward passes run.

Whatever rows of whatever problems are waiting are decoded together; rows join and leave between passes. Prompts are
read in the same passes in which other rows write, and text that is put in costs no pass of its own. Guarantees:
after any sequence of repairs and rewinds the next logits are those of a fresh prefill; each row's noise is its own.
Not promised: equal greedy output in bfloat16 whatever else is in the batch (in float32 it is).
"""

from __future__ import annotations

import os
import threading
import time
import warnings
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import torch

from slowthink.errors import InputError, ModelUnavailable
from slowthink.models.jobs import Job
from slowthink.models.passes import Passes
from slowthink.models.probe import Fit, use_slots
from slowthink.models.rows import Row
from slowthink.models.seats import Seats
from slowthink.models.states import States, cannot_follow

Result = TypeVar("Result")


def apart(work: Callable[[], Result]) -> Result:
    """Do work of torch's in a thread that ends, so that the engine's thread stays the only one with helpers.

    Each thread that computes keeps helpers of its own. Where there are more of them in a process than processors,
    torch's threads (libgomp) no longer wait for each other awake but asleep, which made decode steps 1.6 times as long.
    """
    with ThreadPoolExecutor(1) as once:
        return once.submit(work).result()


@dataclass
class EngineStats:
    """What the engine did since it started. Times in seconds; `tokens` counts real tokens, not padding."""

    steps: int = 0
    tokens: int = 0
    row_steps: int = 0
    forward_seconds: float = 0.0
    decode_seconds: float = 0.0
    supervisor_seconds: float = 0.0
    constraint_seconds: float = 0.0
    discarded_tokens: int = 0
    interventions: int = 0


class Engine:
    """Decodes rows in a thread of its own, started with the first job."""

    def __init__(
        self, model: Any, eos: frozenset[int], max_rows: int, cache_bytes: int, is_known: bool = False
    ) -> None:
        if max_rows < 1:
            raise InputError(f"expected room for at least one row, got max_rows={max_rows}")
        self.model = model.eval()
        self.eos = eos
        self.max_rows = max_rows
        self.context = int(getattr(model.config.get_text_config(), "max_position_embeddings", 0) or 1 << 30)
        self.stats = EngineStats()
        self.seats = self._seats(apart(lambda: use_slots(model, is_known)), cache_bytes)
        self._rows: list[Row] = []
        self._parked: list[Row] = []
        """Rows whose supervisors wait for a worker: without a slot, but they keep their place in `max_rows`."""
        self._waiting: deque[Job] = deque()
        self._wake = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._forgets = False
        self._process = os.getpid()

    def _seats(self, fit: Fit | str, cache_bytes: int) -> Seats | States:
        """Slots for a model that fits them, else a state for each row; ModelUnavailable where neither is right."""
        if isinstance(fit, Fit):
            layers = self.model.config.get_text_config().num_hidden_layers
            return Seats(Passes(self.model, self.stats, fit.attention), fit, layers, self.max_rows, cache_bytes)
        if (reason := apart(lambda: cannot_follow(self.model))) is not None:
            raise ModelUnavailable(f"the engine cannot run this model: {fit}, and {reason}. Choose another model.")
        warnings.warn(
            f"the cache of this model cannot be rewound or shared ({fit}): its rows run one at a time, and what is "
            "forked or rewound is read again. Answers are right, only slower.",
            RuntimeWarning,
            stacklevel=2,
        )
        return States(self.model, self.stats, cache_bytes)

    def submit(self, jobs: list[Job]) -> None:
        """Queue rows; their futures are resolved from the engine's thread."""
        if os.getpid() != self._process:
            raise ModelUnavailable("this model was loaded before the process was forked; load one in the new process")
        with self._wake:
            if self._closed:
                raise ModelUnavailable("this model was closed; load it again")
            self._waiting.extend(jobs)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="slowthink-engine", daemon=True)
                self._thread.start()
            self._wake.notify()

    def forget(self) -> None:
        """Forget what is remembered of earlier rows as soon as none is running; answers stay the same, only dearer."""
        with self._wake:
            self._forgets = True

    def close(self) -> None:
        """Stop the thread after the present step; rows that are unfinished fail with ModelUnavailable."""
        with self._wake:
            self._closed = True
            self._wake.notify()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()
        self.seats.close()

    def _run(self) -> None:
        with torch.inference_mode():
            while (new := self._next_jobs()) is not None:
                try:
                    self._turn(new)
                except BaseException as error:  # a worker boundary: the rows of this batch fail, the engine lives on
                    self._fail(new, _ordinary(error))
        for row in self._parked:
            row.let_go()
        left = [*self._waiting, *(row.job for row in self._parked)]
        self._parked.clear()
        self._fail(left, ModelUnavailable("this model was closed before the row was finished"))

    def _next_jobs(self) -> list[Job] | None:
        """Wait until there is something to do: the jobs that join now, perhaps none; None when closed."""
        with self._wake:
            while not (self._closed or self._rows or self._has_news()):
                deadline = min((row.deadline for row in self._parked), default=None)
                self._wake.wait(None if deadline is None else max(0.0, deadline - time.monotonic()))
            if self._closed:
                return None
            return [self._waiting.popleft() for _ in range(min(self._room(), len(self._waiting)))]

    def _room(self) -> int:
        return self.max_rows - len(self._rows) - len(self._parked)

    def _has_news(self) -> bool:
        """Whether a row can join, or come back."""
        return (bool(self._waiting) and self._room() > 0) or any(row.is_decided for row in self._parked)

    def _look_up(self) -> None:
        """Something was decided or cancelled, in whatever thread."""
        with self._wake:
            self._wake.notify()

    def _fail(self, new: list[Job], error: Exception) -> None:
        """All rows of the batch and `new` end with `error`; what was remembered stays, the slots start anew."""
        for job in [*new, *(row.job for row in self._rows)]:
            job.resolve(error)
        self._rows.clear()
        self.seats.clear()

    def _turn(self, new: list[Job]) -> None:
        """Let new rows join, choose where what comes next is known, do one pass, let finished rows leave."""
        if self._forgets and not self._rows and not self._parked:
            self._forgets = False
            self.seats.forget()
        self._take_back()
        for job in new:
            if not job.cancelled:
                self._rows.append(Row(job, self.eos))
                self.seats.admit(self._rows[-1])
        self._leave()
        begin = time.perf_counter()
        for choices in (self.seats.known, self.seats.push):
            before = sum(row.supervising for row in self._rows)
            for row, logits in choices():
                _safely(row, partial(row.take, logits))
            self.stats.supervisor_seconds += sum(row.supervising for row in self._rows) - before
            self._leave()
        self.stats.decode_seconds += time.perf_counter() - begin
        self.seats.settle()

    def _leave(self) -> None:
        """Finished, cancelled and parked rows go; who waits for them is told last, since he may want the processor."""
        ended: list[Row] = []
        try:
            for row in list(self._rows):
                is_parked = row.is_parked and not row.job.cancelled
                if not is_parked and row.finish is None and row.error is None and not row.job.cancelled:
                    continue
                self._rows.remove(row)
                (self._parked if is_parked else ended).append(row)
                self.seats.leave(row)
                if is_parked:
                    row.when_decided(self._look_up)
        finally:
            for row in ended:
                self._end(row)

    def _end(self, row: Row) -> None:
        row.let_go()
        self.stats.constraint_seconds += row.constraining
        self.stats.discarded_tokens += row.discarded
        self.stats.interventions += len(row.interventions)
        row.job.resolve(row.error or row)

    def _take_back(self) -> None:
        """Parked rows that were decided do what was decided and join again, or leave if that was their end."""
        for row in [row for row in self._parked if row.is_decided]:
            self._parked.remove(row)
            _safely(row, row.resume)
            self._rows.append(row)
            self.seats.admit(row)
        self._leave()


def _safely(row: Row, act: Callable[[], None]) -> None:
    """Let a row act; a supervisor's wish to end the program ends its row, since this thread serves others."""
    try:
        act()
    except BaseException as error:
        row.error = _ordinary(error)


def _ordinary(error: BaseException) -> Exception:
    """The error itself, or one in its place that ends no more than the call that hears of it."""
    if isinstance(error, Exception):
        return error
    return RuntimeError(f"a supervisor or listener raised {type(error).__name__}: {error}")
