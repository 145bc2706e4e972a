"""The one synchronous door to the async core: an event loop in a thread of its own.

It works inside notebooks and other running loops, because it never touches theirs. A forked process has none of its
parent's threads and gets a loop of its own.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

from slowthink.errors import InputError

T = TypeVar("T")
THREAD = "slowthink-loop"
_lock = threading.Lock()
_loop: asyncio.AbstractEventLoop | None = None


def run(work: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine; an interrupt cancels it. Raises InputError from within such a coroutine."""
    if _loop is not None and threading.current_thread().name == THREAD:
        work.close()
        raise InputError(
            "expected to be called from outside of a run, but was called from a listener or a strategy: it would wait "
            "for itself. Use the async form (asolve) there, or another thread."
        )
    future = asyncio.run_coroutine_threadsafe(work, _running_loop())
    try:
        return future.result()
    except BaseException:
        future.cancel()
        raise


def _running_loop() -> asyncio.AbstractEventLoop:
    global _loop
    with _lock:
        if _loop is None:
            _loop = asyncio.new_event_loop()
            threading.Thread(target=_loop.run_forever, name=THREAD, daemon=True).start()
        return _loop


def _forget() -> None:
    global _lock, _loop
    _lock, _loop = threading.Lock(), None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
