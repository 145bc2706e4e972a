"""`slowthink grade`: whether answers are the gold answers, however they are written. No model is needed.

Rows are `{"id", "gold", "pred"}`; `pred` may be an answer or a text that ends in one, and is null where none was given.
`PROVED` is the same answer, `REFUTED` another one, with both values; what cannot be told is `UNKNOWN` with its reason.
What plain exact reading does not decide goes to math-verify, in a process that is killed when it takes too long; that
needs the extra `grade` (pip install 'slowthink[grade]'). `--exact` leaves it out.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from slowthink.commands import lines
from slowthink.errors import InputError

if TYPE_CHECKING:
    from slowthink.verifiers.grader import Grader

CHUNK_ROWS = 64
"""What a process is given at a time."""
_grader: Grader | None = None
HELP = "compare answers with gold answers (JSON lines)"


def add(commands: Any) -> None:
    """Declare the command."""
    parser = commands.add_parser("grade", help=HELP, description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "source", nargs="?", default="-", metavar="FILE", help="JSON lines (also .gz); '-' (default): input"
    )
    parser.add_argument("--out", metavar="FILE", help="write here instead of to standard output; whole or not at all")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="processes (default: CPUs)")
    parser.add_argument("--exact", action="store_true", help="only what is decided exactly, without math-verify")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Grade every row. Raises InputError for a missing file or an output that cannot be written."""
    if args.source == "-" and sys.stdin.isatty():
        raise InputError('expected a file or standard input with rows such as {"id": 1, "gold": "1/2", "pred": "0.5"}')
    if args.jobs < 1:
        raise InputError(f"expected --jobs of at least 1, got {args.jobs}")
    from slowthink.commands.pool import in_order

    rows = lines.read_lines(args.source)
    with lines.output(args.out) as write:
        try:
            if args.jobs == 1:
                for line in rows:
                    write(grade_chunk([line], args.exact))
            else:
                for chunk in in_order(partial(grade_chunk, is_exact=args.exact), _chunks(rows), args.jobs):
                    write(chunk)
        finally:
            if _grader is not None:
                _grader.close()
    return 0


def _chunks(rows: Iterator[bytes]) -> Iterator[list[bytes]]:
    while chunk := list(islice(rows, CHUNK_ROWS)):
        yield chunk


def grade_chunk(chunk: list[bytes], is_exact: bool = False) -> bytes:
    """The output for some lines of input (the work of one process, which has one grader)."""
    global _grader
    if _grader is None and not is_exact:
        from slowthink.verifiers.grader import Grader

        _grader = Grader()
    return b"".join(lines.dump(grade_line(line, None if is_exact else _grader)) for line in chunk)


def grade_line(line: bytes, grader: Grader | None = None) -> dict[str, Any]:
    """The row of output for a line of input; a bad line becomes a row with its id, if any, and `error`."""
    row: dict[str, Any] = {}
    try:
        row = lines.parse(line)
        return {"id": row.get("id"), **_graded(row, grader)}
    except InputError as error:
        return {"id": row.get("id"), "error": str(error)}
    except Exception as error:  # a row is a boundary: whatever is in it, the others are graded
        return {"id": row.get("id"), "error": f"{type(error).__name__} while grading: {error}"}


def _graded(row: dict[str, Any], grader: Grader | None) -> dict[str, Any]:
    from slowthink.verifiers.equivalence import grade

    verdict = grade(_answer(row, "gold"), _answer(row, "pred"), grader)
    reason = verdict.reason + (f": {verdict.witness}" if verdict.witness else "")
    return {"verdict": verdict.status.value, "reason": reason}


def _answer(row: dict[str, Any], name: str) -> str:
    if name not in row:
        given = ", ".join(map(repr, list(row)[:8])) or "nothing"
        raise InputError(f"expected a row with 'gold' and 'pred', got {given}")
    value = row[name]
    if isinstance(value, bool) or not isinstance(value, str | int | float | None):
        raise InputError(f"expected {name!r} to be a text, a number or null, got {type(value).__name__}")
    return "" if value is None else str(value)
