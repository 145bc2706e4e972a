"""`slowthink logic`: what follows from statements, decided by z3. No model is needed.

Rows are `{"id", "program", "options", "context", "question"}`. A program is in the language of slowthink
(docs/logic.md) or in one of the published ones: facts and rules (`Kind(Anne, True)`), premises and a conclusion in
first-order logic, constraints over positions, `EnumSort` and `is_sat`. `options` are such as `["A) True", "B) False"]`;
where a program names its own, they may be left out, and `question` says which way round a query is meant.
`answer` is the option's letter (True, False or Unknown without options, or the value that was asked for), or null.
`verdict` is entailed, contradicted, undetermined, chosen, value, consistent, inconsistent or unknown. What could not be
read or decided is unknown, never a guess; `reason` says why, with line and column, and what was tolerated in reading.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from itertools import islice
from typing import Any

from slowthink.commands import lines
from slowthink.errors import InputError

CHUNK_ROWS = 8
"""What a process is given at a time."""
HELP = "decide logic programs: what follows, and which option (JSON lines)"


def add(commands: Any) -> None:
    """Declare the command."""
    parser = commands.add_parser("logic", help=HELP, description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "source", nargs="?", default="-", metavar="FILE", help="JSON lines (also .gz); '-' (default): input"
    )
    parser.add_argument("--out", metavar="FILE", help="write here instead of to standard output; whole or not at all")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="processes (default: CPUs)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Decide every row. Raises InputError for a missing file or an output that cannot be written."""
    if args.source == "-" and sys.stdin.isatty():
        raise InputError('expected a file or standard input with rows such as {"id": 1, "program": "fact ..."}')
    if args.jobs < 1:
        raise InputError(f"expected --jobs of at least 1, got {args.jobs}")
    from importlib.util import find_spec

    if find_spec("z3") is None:
        raise ImportError("z3 is not installed")
    from slowthink.commands.pool import in_order
    from slowthink.verifiers import logic

    rows = lines.read_lines(args.source)
    with lines.output(args.out) as write:
        try:
            if args.jobs == 1:
                for line in rows:
                    write(decide_chunk([line]))
            else:
                for chunk in in_order(decide_chunk, _chunks(rows), args.jobs):
                    write(chunk)
        finally:
            logic.close()
    return 0


def _chunks(rows: Iterator[bytes]) -> Iterator[list[bytes]]:
    while chunk := list(islice(rows, CHUNK_ROWS)):
        yield chunk


def decide_chunk(chunk: list[bytes]) -> bytes:
    """The output for some lines of input (the work of one process, which has one worker with a solver)."""
    return b"".join(lines.dump(decide_line(line)) for line in chunk)


def decide_line(line: bytes) -> dict[str, Any]:
    """The row of output for a line of input; a bad line becomes a row with its id, if any, and `error`."""
    row: dict[str, Any] = {}
    try:
        row = lines.parse(line)
        return {"id": row.get("id"), **_decided(row)}
    except InputError as error:
        return {"id": row.get("id"), "error": str(error)}
    except Exception as error:  # a row is a boundary: whatever is in it, the others are decided
        return {"id": row.get("id"), "error": f"{type(error).__name__} while deciding: {error}"}


def _decided(row: dict[str, Any]) -> dict[str, Any]:
    from slowthink.verifiers.logic_programs import answer

    program = row.get("program")
    if not isinstance(program, str):
        given = ", ".join(map(repr, list(row)[:8])) or "nothing"
        raise InputError(f"expected a row with 'program', a text; got {given}")
    options = row.get("options") or []
    if not isinstance(options, list) or not all(isinstance(option, str) for option in options):
        raise InputError("expected 'options' to be a list of texts such as 'A) True'")
    question = row.get("question") or ""
    if not isinstance(question, str):
        raise InputError(f"expected 'question' to be a text, got {type(question).__name__}")
    found = answer(program, options, question)
    return {"answer": found.answer, "verdict": found.verdict, "reason": found.reason}
