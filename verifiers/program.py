"""Runs model-written programs: in one of two sandboxes, never without one, and says what they came to.

`run_program` is the whole of it. Small plain programs run in an interpreter without files, net and processes
(`interpreter.py`, everywhere); all others in a process that the kernel confines (`sandbox.py`, Linux). What neither
can run safely raises SandboxUnavailable with what to do; a program runs unconfined only when the caller says
`unsafe=True`. Guaranteed: it returns within about the time limit, whatever the program does; the program sees nothing
of this process, of other programs, of files other than libraries, or of the network. Not guaranteed: that the value is
right. It is what the program says, and is compared outside. The same program gives the same value each time, random
numbers included, unless it reads the clock.
"""

from __future__ import annotations

import atexit
from collections import OrderedDict, deque
from collections.abc import Hashable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from slowthink.errors import InputError, SandboxUnavailable
from slowthink.types import Frozen
from slowthink.verifiers.interpreter import Interpreter
from slowthink.verifiers.program_result import ProgramResult
from slowthink.verifiers.program_routes import MAX_SOURCE, Route, route
from slowthink.verifiers.sandbox import Sandbox
from slowthink.verifiers.unconfined import run_unconfined

SECONDS: Final = 5.0
MEMORY_BYTES: Final = 512 << 20
_FIRST_SECONDS: Final = 0.3
"""The first tier has no more than this where there is a second one, which computes faster."""
_REMEMBERED: Final = 256
_AHEAD: Final = 64
"""So many programs a job at most are taken before the first is given back; one that takes long holds none up."""
_INTERPRETER: Final = Interpreter()
_PLAIN: Final = Sandbox(algebra=False)
_ALGEBRA: Final = Sandbox(algebra=True)


def run_program(
    code: str | Sequence[str],
    result: str | None = None,
    *,
    timeout: float = SECONDS,
    memory_bytes: int = MEMORY_BYTES,
    unsafe: bool = False,
) -> ProgramResult:
    """Run a program, or several blocks of one that share their names, and return what it came to.

    `result` is a variable or an expression such as `solver()`. Without it the result is `solution()` where that is
    defined, else `ans` or `answer`, else the last expression, else what was printed. `timeout` is in seconds.
    Blocks the calling thread; threads may run programs at once. Raises InputError for what is no program, and
    SandboxUnavailable where no sandbox can run it here. With `unsafe` such a program, which may then do whatever this
    process may, is run in a process of its own without walls.
    """
    blocks = _blocks(code, result, timeout)
    way = route(blocks, result)
    first = None if way.blocks is None else _first(way, timeout)
    if first is not None and first.status == "ok":
        return first
    try:
        return _second(way).run(blocks, result, timeout, memory_bytes)
    except SandboxUnavailable:
        if first is not None:
            return first
        if unsafe:
            return run_unconfined(blocks, result, timeout)
        raise


def run_programs(
    programs: Iterable[tuple[str | Sequence[str], str | None]],
    *,
    jobs: int = 1,
    timeout: float = SECONDS,
    unsafe: bool = False,
) -> Iterator[ProgramResult]:
    """What programs (each with its `result`) come to, in their order, up to `jobs` at once.

    Programs that are the same, as samples of a model often are, are run once while they are near each other. Nothing is
    raised for a program: what no sandbox can run here is `unavailable`, what is no program an `error`.
    """
    known: OrderedDict[Hashable, Future[ProgramResult]] = OrderedDict()
    waiting: deque[Future[ProgramResult]] = deque()
    pool = ThreadPoolExecutor(jobs)
    try:
        for code, result in programs:
            key = (code if isinstance(code, str) else tuple(code), result)
            if key not in known:
                known[key] = pool.submit(_tried, code, result, timeout, unsafe)
                if len(known) > _REMEMBERED:
                    known.popitem(last=False)
            waiting.append(known[key])
            while waiting and (waiting[0].done() or len(waiting) >= _AHEAD * jobs):
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _tried(code: str | Sequence[str], result: str | None, timeout: float, unsafe: bool) -> ProgramResult:
    try:
        return run_program(code, result, timeout=timeout, unsafe=unsafe)
    except SandboxUnavailable as error:
        return ProgramResult(status="unavailable", error=str(error))
    except InputError as error:
        return ProgramResult(status="error", error=str(error))


def _second(way: Route) -> Sandbox:
    return _ALGEBRA if way.algebra else _PLAIN


def _first(way: Route, timeout: float) -> ProgramResult | None:
    """What the first tier makes of it. What fails there may be a gap of the interpreter, and is tried in the second."""
    has_second = _PLAIN.is_possible()
    try:
        return _INTERPRETER.run(way, min(timeout, _FIRST_SECONDS) if has_second else timeout)
    except SandboxUnavailable:
        if has_second:
            return None
        raise


class SandboxReport(Frozen):
    """Which walls stand on this system.

    `interpreter` is the first tier's version, None where it is missing. `confined`: the second tier is there;
    `layers` says what each of its walls is, `missing` names those that the system does not have (it does without
    namespaces, and refuses to run without Landlock and the filter of system calls); `reason` is why it is not there.
    """

    interpreter: str | None
    confined: bool
    layers: dict[str, str]
    missing: tuple[str, ...]
    reason: str | None = None


LAYERS: Final = ("namespaces", "root", "rights", "landlock", "seccomp")


def sandbox_report() -> SandboxReport:
    """Start the second tier, if it is not running, and say which of its walls stand."""
    reason = None
    try:
        _PLAIN.start()
    except SandboxUnavailable as error:
        reason = str(error)
    stands = {name: what for name, what in _PLAIN.layers.items() if what and not what.startswith("missing")}
    return SandboxReport(
        interpreter=_INTERPRETER.version(),
        confined=reason is None,
        layers={**stands, "limits": "time, memory, output, files, processes"} if reason is None else stands,
        missing=tuple(name for name in LAYERS if name not in stands),
        reason=reason,
    )


@atexit.register
def close() -> None:
    """End the worker processes; the next program starts others."""
    for worker in (_INTERPRETER, _PLAIN, _ALGEBRA):
        worker.close()


def _blocks(code: str | Sequence[str], result: str | None, timeout: float) -> tuple[str, ...]:
    is_code = isinstance(code, str | Sequence)
    blocks = (code,) if isinstance(code, str) else tuple(code) if is_code else ()
    if not is_code or not all(isinstance(block, str) for block in (*blocks, result or "")):
        raise InputError("expected a program as a text or a list of texts, and `result` as a text")
    if not timeout > 0:
        raise InputError(f"expected a time limit of more than 0 seconds, got {timeout}")
    if sum(map(len, (*blocks, result or ""))) > MAX_SOURCE:
        raise InputError(f"expected a program of at most {MAX_SOURCE} characters")
    return blocks or ("",)
