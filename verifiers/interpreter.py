"""The first tier: small programs run in an interpreter written apart from CPython, without files, net or processes.

`pydantic-monty` keeps worker processes; a run takes one, is given a session that nothing was run in before, and has
bounds on time, memory, recursion and output there. What the interpreter does otherwise than CPython is mended here
(`round`) or kept away by the router. A worker that dies is replaced; a run that fails is no verdict on the program,
since the interpreter has gaps: `program.py` asks the second tier where there is one. Not covered: the interpreter's
own faults, which are bounded by its worker process only.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Final

from slowthink.errors import SandboxUnavailable
from slowthink.verifiers.program_result import ProgramResult, RunStatus
from slowthink.verifiers.program_routes import Route
from slowthink.verifiers.program_values import NotData, encode

if TYPE_CHECKING:
    from pydantic_monty import Monty, MontySession

MEMORY_BYTES: Final = 64 << 20
RECURSION: Final = 900
MAX_PRINTED: Final = 64_000
WORKERS: Final = 2
"""Workers kept: one is ready while the other is cleared, also where only one core may be used."""
_ROUND: Final = """
def round(number, ndigits=None, _round=round):
    if ndigits is None or not isinstance(number, float):
        return _round(number) if ndigits is None else _round(number, ndigits)
    if 0 <= ndigits <= 100 and abs(number) < 1e300:
        return float(f"{number:.{ndigits}f}")
    raise NotImplementedError("round")
"""


class _Printed:
    """What a program prints, up to a bound; the rest is dropped, and `is_cut` says so."""

    def __init__(self) -> None:
        self.text = ""
        self.is_cut = False

    def write(self, _: str, text: str) -> None:
        """Keep the text as far as there is room."""
        room = MAX_PRINTED - len(self.text)
        self.is_cut = self.is_cut or len(text) > room
        self.text += text[:room]


class Interpreter:
    """Runs programs that the router found plain; usable from many threads at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sessions: _Sessions | None = None

    def close(self) -> None:
        """End the worker processes; the next run starts others."""
        with self._lock:
            if self._sessions is not None:
                self._sessions.close()
                self._sessions = None

    @staticmethod
    def version() -> str | None:
        """The version of the interpreter; None where it is not installed."""
        try:
            from pydantic_monty import __version__
        except ImportError:
            return None
        return str(__version__)

    def run(self, way: Route, seconds: float) -> ProgramResult:
        """What the blocks of a route come to, one after the other, and the value of its first result that is there.

        Raises SandboxUnavailable where the interpreter is not installed.
        """
        sessions, blocks = self._started(), way.blocks or ()
        if way.is_sure and blocks:  # one exchange with the worker instead of two
            blocks = (*blocks[:-1], f"{blocks[-1]}\n{way.results[0].strip()}")
        import pydantic_monty as monty

        printed = _Printed()
        begun = time.perf_counter()
        try:
            with sessions.one(seconds) as session:
                if any("round" in block for block in blocks):
                    session.feed_run(_ROUND)
                last = None
                for block in blocks:
                    last = session.feed_run(block, print_callback=printed.write)
                value = last if way.is_sure else _asked(session, way, last, printed)
        except monty.MontyError as error:
            return _failed(error, printed.text, time.perf_counter() - begun)
        except (ValueError, RuntimeError, RecursionError, MemoryError, OverflowError) as error:  # of the conversion
            return _ended("error", begun, printed.text, error=f"{type(error).__name__}: {error}")
        return _with_value(value, printed, begun)

    def _started(self) -> _Sessions:
        with self._lock:
            if self._sessions is None:
                try:
                    from pydantic_monty import Monty
                except ImportError as error:
                    raise SandboxUnavailable(MISSING) from error
                most = max(WORKERS, os.cpu_count() or 1)
                self._sessions = _Sessions(Monty(request_timeout=60.0, min_processes=WORKERS, max_processes=most))
            return self._sessions


class _Sessions:
    """A pool of workers, whose sessions are ended by a thread of its own: a run need not wait for that.

    Two workers are kept, so that one is ready while the other is cleared.
    """

    _WAITING: Final = 2
    """Sessions that wait to be ended; one more is ended by whoever had it."""

    def __init__(self, pool: Monty) -> None:
        self._pool = pool
        self._pool.__enter__()
        self._done: SimpleQueue[MontySession | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._end_all, name="slowthink-sessions", daemon=True)
        self._thread.start()

    @contextmanager
    def one(self, seconds: float) -> Iterator[MontySession]:
        """A session in which nothing was run before, with its bounds."""
        session = self._pool.checkout(
            limits={
                "max_feed_duration_secs": seconds,
                "max_memory": MEMORY_BYTES,
                "max_recursion_depth": RECURSION,
                "max_suspensions": 20,
            },
            os_policy={"random_start": {"seed": 0}, "sleep": "zero"},
        )
        session.__enter__()
        try:
            yield session
        finally:
            if self._done.qsize() < self._WAITING:
                self._done.put(session)
            else:
                session.__exit__(None, None, None)

    def close(self) -> None:
        """End what waits, and the workers."""
        self._done.put(None)
        self._thread.join()
        self._pool.__exit__(None, None, None)

    def _end_all(self) -> None:
        import pydantic_monty as monty

        while (session := self._done.get()) is not None:
            with suppress(monty.MontyError, RuntimeError):  # its worker has died, and is replaced
                session.__exit__(None, None, None)


MISSING: Final = "running programs needs the package pydantic-monty: pip install pydantic-monty"
_NOTHING: Final = object()


def _asked(session: Any, way: Route, last: Any, printed: Any) -> Any:
    """The value of the first result that is there, else of the last statement, else what was printed."""
    import pydantic_monty as monty

    for result in way.results:
        try:
            return session.feed_run(result, print_callback=printed.write)
        except monty.MontyRuntimeError as error:
            if way.is_asked or f"name '{result}' is not defined" not in str(error):
                raise
    return _NOTHING if last is None else last


def _with_value(value: Any, printed: _Printed, begun: float) -> ProgramResult:
    stdout = printed.text
    if value is _NOTHING and printed.is_cut:
        return _ended("error", begun, stdout, error=f"printed more than {MAX_PRINTED} characters")
    if value is _NOTHING:
        text = stdout.strip()
        return _ended("ok", begun, stdout, *((text, "str") if text else (None, None)))
    if isinstance(value, str) and value.startswith(("<function ", "<built-in ", "<bound ")):
        return _ended("error", begun, stdout, error="the result is no data but a function")
    try:
        return _ended("ok", begun, stdout, *encode(value))
    except NotData as error:
        return _ended("error", begun, stdout, error=str(error))


def _failed(error: Any, stdout: str, seconds: float) -> ProgramResult:
    text = str(error)
    status: RunStatus = "error"
    if getattr(error, "timed_out", False) or text.startswith("TimeoutError: "):
        status, text = "timeout", f"not done within {seconds:.3g} s"
    elif text.startswith("MemoryError"):
        status, text = "memory", "more memory or output than is allowed"
    return ProgramResult(status=status, stdout=stdout, error=text[:2000], seconds=round(seconds, 6), tier=1)


def _ended(
    status: RunStatus,
    begun: float,
    stdout: str,
    value: Any = None,
    kind: str | None = None,
    *,
    error: str | None = None,
) -> ProgramResult:
    return ProgramResult(
        status=status,
        value=value,
        type=kind,
        stdout=stdout,
        error=error,
        seconds=round(time.perf_counter() - begun, 6),
        tier=1,
    )
