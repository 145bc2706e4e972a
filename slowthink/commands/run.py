"""`slowthink run`: what programs come to, each in a sandbox. No model is needed.

Rows are `{"id", "code", "result"}`. `code` is Python, or a list of blocks that share their names; `result` is a
variable or a call such as `solver()`. Without it the result is `solution()`, else `ans` or `answer`, else the last
expression, else what was printed. `status` is ok, error, timeout, memory, forbidden or unavailable; `value` is JSON and
`type` what it was (int, fraction, float, expression, str, list[int], ...). Names of sympy, `math` and
`solve_it(equations, unknowns)` are there without an import. `tier` is 1 (an interpreter without files, net and
processes), 2 (a process that the kernel confines; Linux) or, only with --unsafe and where neither can run it, "unsafe".
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any

from slowthink.commands import lines
from slowthink.errors import InputError, SandboxUnavailable

HELP = "run programs in a sandbox (JSON lines)"
AHEAD = 8
"""So many rows a thread are read ahead of what was written."""


def add(commands: Any) -> None:
    """Declare the command."""
    parser = commands.add_parser("run", help=HELP, description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "source", nargs="?", default="-", metavar="FILE", help="JSON lines (also .gz); '-' (default): input"
    )
    parser.add_argument("--out", metavar="FILE", help="write here instead of to standard output; whole or not at all")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="at once (default: CPUs)")
    parser.add_argument("--timeout", type=float, default=5.0, metavar="SECONDS", help="of each program (default: 5)")
    parser.add_argument("--unsafe", action="store_true", help="without a sandbox, programs may do whatever you may do")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run every row. Raises InputError for a missing file, an output that cannot be written, or limits of no use."""
    if args.source == "-" and sys.stdin.isatty():
        raise InputError('expected a file or standard input with rows such as {"id": 1, "code": "ans = 6 * 7"}')
    if args.jobs < 1:
        raise InputError(f"expected --jobs of at least 1, got {args.jobs}")
    if not 0 < args.timeout < 1e6:
        raise InputError(f"expected --timeout in seconds, more than 0, got {args.timeout}")
    with lines.output(args.out) as write:
        for row in _in_order(lines.read_lines(args.source), args):
            write(lines.dump(row))
    return 0


def _in_order(rows: Iterator[bytes], args: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """The output rows in the order of the input; programs run elsewhere, so threads are enough here."""
    work = partial(run_line, timeout=args.timeout, unsafe=args.unsafe)
    waiting: deque[Future[dict[str, Any]]] = deque()
    pool = ThreadPoolExecutor(args.jobs)
    try:
        for line in rows:
            waiting.append(pool.submit(work, line))
            if len(waiting) >= AHEAD * args.jobs:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        from slowthink.verifiers import program

        program.close()


def run_line(line: bytes, timeout: float = 5.0, unsafe: bool = False) -> dict[str, Any]:
    """The row of output for a line of input; a bad line becomes a row with its id, if any, and `error`."""
    row: dict[str, Any] = {}
    try:
        row = lines.parse(line)
        return {"id": row.get("id"), **_ran(row, timeout, unsafe)}
    except InputError as error:
        return {"id": row.get("id"), "error": str(error)}
    except Exception as error:  # a row is a boundary: whatever is in it, the others are run
        return {"id": row.get("id"), "error": f"{type(error).__name__} while running: {error}"}


def _ran(row: dict[str, Any], timeout: float, unsafe: bool) -> dict[str, Any]:
    from slowthink.verifiers.program import run_program
    from slowthink.verifiers.program_result import ProgramResult

    code, result = row.get("code"), row.get("result")
    is_code = isinstance(code, str) or (isinstance(code, list) and all(isinstance(block, str) for block in code))
    if not is_code:
        given = ", ".join(map(repr, list(row)[:8])) or "nothing"
        raise InputError(f"expected a row with 'code', a program or a list of its blocks, got {given}")
    if not isinstance(result, str | None):
        raise InputError(f"expected 'result' to be a variable or a call such as 'solver()', got {result!r:.60}")
    try:
        done = run_program(code, result or None, timeout=timeout, unsafe=unsafe)  # type: ignore[arg-type]
    except SandboxUnavailable as error:
        done = ProgramResult(status="unavailable", error=str(error))
    return done.model_dump()
