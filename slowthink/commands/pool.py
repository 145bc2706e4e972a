"""Several processes over a stream of work, results in the order of the work.

A little work is done in this process: starting another takes longer. No more than a few pieces are read ahead, so
that memory does not grow with the input. Workers leave Ctrl-C to their parent, and end when it is gone.
"""

from __future__ import annotations

import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import chain, islice
from multiprocessing import active_children, get_context, parent_process
from multiprocessing.connection import wait
from typing import TypeVar

from slowthink.errors import SlowThinkError

Work = TypeVar("Work")
Result = TypeVar("Result")
AT_HOME = 8
"""So many pieces are done here before other processes are started."""


def in_order(function: Callable[[Work], Result], pieces: Iterable[Work], jobs: int) -> Iterator[Result]:
    """`function` of each piece, by up to `jobs` processes. Raises SlowThinkError when a process dies."""
    source = iter(pieces)
    for piece in islice(source, AT_HOME):
        yield function(piece)
    first = next(source, None)
    if first is None:
        return
    strangers = set(active_children())
    pool = ProcessPoolExecutor(jobs, get_context("spawn"), _prepare)
    waiting: deque[Future[Result]] = deque()
    try:
        for piece in chain([first], source):
            with _unheard_interrupts():
                waiting.append(pool.submit(function, piece))
            if len(waiting) >= 4 * jobs:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenProcessPool as error:
        raise SlowThinkError("a process of this run ended unexpectedly (out of memory?); try --jobs 1") from error
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        if waiting:  # nobody wants the rest: do not let the end of this process wait for it
            for worker in set(active_children()) - strangers:
                worker.terminate()


@contextmanager
def _unheard_interrupts() -> Iterator[None]:
    """Processes that are started inside ignore Ctrl-C from their first instruction on."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _prepare() -> None:
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)
