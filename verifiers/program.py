"""Runs model-written programs: in one of two sandboxes, never without one, and says what they came to.

`run_program` is the whole of it. Small plain programs run in an interpreter without files, net and processes
(`interpreter.py`, everywhere); all others in a process that the kernel confines (`sandbox.py`, Linux). What neither
can run safely raises SandboxUnavailable with what to do; a program runs unconfined only when the caller says
`unsafe=True`. Guaranteed: it returns within about the time limit, whatever the program does; the program sees nothing
of this process, of other programs, of files other than libraries, or of the network. Not guaranteed: that the value is
right. It is what the program says, and is compared outside.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from slowthink.errors import InputError, SandboxUnavailable
from slowthink.verifiers.interpreter import Interpreter
from slowthink.verifiers.program_result import ProgramResult
from slowthink.verifiers.program_routes import MAX_SOURCE, route

SECONDS: Final = 5.0
MEMORY_BYTES: Final = 512 << 20
_FIRST_SECONDS: Final = 0.5
"""The first tier has no more than this where there is a second one, which computes faster."""
_INTERPRETER: Final = Interpreter()


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
    SandboxUnavailable where no sandbox can run it here.
    """
    blocks = _blocks(code, result, timeout)
    way = route(blocks, result)
    if way.blocks is None:
        raise SandboxUnavailable("the second tier is not here yet")
    return _INTERPRETER.run(way, timeout)


def close() -> None:
    """End the worker processes; the next program starts others."""
    _INTERPRETER.close()


def _blocks(code: str | Sequence[str], result: str | None, timeout: float) -> tuple[str, ...]:
    blocks = (code,) if isinstance(code, str) else tuple(code)
    if not all(isinstance(block, str) for block in (*blocks, result or "")):
        raise InputError("expected a program as a text or a list of texts, and `result` as a text")
    if not timeout > 0:
        raise InputError(f"expected a time limit of more than 0 seconds, got {timeout}")
    if sum(map(len, (*blocks, result or ""))) > MAX_SOURCE:
        raise InputError(f"expected a program of at most {MAX_SOURCE} characters")
    return blocks or ("",)
