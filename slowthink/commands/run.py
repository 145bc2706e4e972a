"""`slowthink run`: what programs come to, each in a sandbox. No model is needed.

Rows are `{"id", "code", "result"}`. `code` is Python, or a list of blocks that share their names; `result` is a
variable or a call such as `solver()`. Without it the result is `solution()`, else `ans` or `answer`, else the last
expression, else what was printed. `status` is ok, error, timeout, memory, forbidden or unavailable; `value` is JSON and
`type` what it was (int, fraction, float, expression, str, list[int], ...). Names of sympy, `math` and
`solve_it(equations, unknowns)` are there without an import. `tier` is 1 (an interpreter without files, net and
processes), 2 (a process that the kernel confines; Linux) or, only with --unsafe and where neither can run it, "unsafe".
Rows with the same program as one shortly before share its run.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import deque
from collections.abc import Iterator
from typing import Any

from slowthink.commands import lines
from slowthink.errors import InputError

HELP = "run programs in a sandbox (JSON lines)"


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
    from slowthink.verifiers import program

    given: deque[dict[str, Any]] = deque()
    with lines.output(args.out) as write:
        try:
            programs = _programs(lines.read_lines(args.source), given)
            for done in program.run_programs(programs, jobs=args.jobs, timeout=args.timeout, unsafe=args.unsafe):
                row = given.popleft()
                write(lines.dump(row if "error" in row else {**row, **done.model_dump()}))
        finally:
            program.close()
    return 0


def _programs(rows: Iterator[bytes], given: deque[dict[str, Any]]) -> Iterator[tuple[str | list[str], str | None]]:
    """The program of each row, an empty one for a bad row; what its output begins with goes into `given`."""
    for line in rows:
        row: dict[str, Any] = {}
        try:
            row = lines.parse(line)
            program = _program(row)
        except InputError as error:
            given.append({"id": row.get("id"), "error": str(error)})
            yield "", None
        else:
            given.append({"id": row.get("id")})
            yield program


def _program(row: dict[str, Any]) -> tuple[str | list[str], str | None]:
    code, result = row.get("code"), row.get("result")
    is_code = isinstance(code, str) or (isinstance(code, list) and all(isinstance(block, str) for block in code))
    if code is None or not is_code:
        given = ", ".join(map(repr, list(row)[:8])) or "nothing"
        raise InputError(f"expected a row with 'code', a program or a list of its blocks, got {given}")
    if not isinstance(result, str | None):
        raise InputError(f"expected 'result' to be a variable or a call such as 'solver()', got {result!r:.60}")
    return code, result or None
