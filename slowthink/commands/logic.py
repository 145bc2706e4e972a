"""`slowthink logic`: what follows from statements, decided by z3. No model is needed.

Rows are `{"id", "program", "options", "context", "question"}`. A program is in the language of slowthink
(docs/logic.md) or in one of the published ones: facts and rules (`Kind(Anne, True)`), premises and a conclusion in
first-order logic, constraints over positions, `EnumSort` and `is_sat`. `options` are such as `["A) True", "B) False"]`;
where a program names its own, they may be left out, and `question` says which way round a query is meant.
Where a sentence of `context` is what the query asks, as its remark says, and no fact of the program, it is a premise.
`answer` is the option's letter (True, False or Unknown without options, or the value that was asked for), or null.
`verdict` is entailed, contradicted, undetermined, chosen, value, consistent, inconsistent or unknown. What could not be
read or decided is unknown, never a guess; `reason` says why, with line and column, and what was tolerated in reading.

A chain of deductions is checked step by step: a program with lines `step ...`, a program of sentences (`A. A implies B.
So B.`, `since A and A implies B, B`), or a row with `premises` and `steps`, lists of texts, whose names a `program` may
declare. Such a row also has `steps`, each with `name`, `verdict` (follows, does not follow or unknown) and `reason`,
and `first_refuted_step`, the place of the first step that does not follow, from 0, or null. Its `verdict` is that of
all steps together and its `answer` null, unless the program asks something besides.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from slowthink.commands import lines
from slowthink.errors import InputError

if TYPE_CHECKING:
    from slowthink.verifiers.deductions import Chain

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
    from slowthink.verifiers import deductions
    from slowthink.verifiers.logic_programs import answer, is_published

    program = row.get("program", "" if "steps" in row else None)
    if not isinstance(program, str):
        given = ", ".join(map(repr, list(row)[:8])) or "nothing"
        raise InputError(f"expected a row with 'program', a text, or with 'premises' and 'steps'; got {given}")
    options = _texts(row, "options", "A) True")
    question = row.get("question") or ""
    context = row.get("context") or ""
    for field, text in (("question", question), ("context", context)):
        if not isinstance(text, str):
            raise InputError(f"expected {field!r} to be a text, got {type(text).__name__}")
    if "steps" in row or (not is_published(program) and deductions.has_steps(program)):
        premises, steps = _texts(row, "premises", "A implies B"), _texts(row, "steps", "so B")
        if not steps and not deductions.has_steps(program):
            raise InputError("expected at least one step in 'steps', a list of texts such as 'so B'")
        return _stepwise(lambda: deductions.check_listed(premises, steps, program), options)
    if not is_published(program) and deductions.is_argument(program):
        return _stepwise(lambda: deductions.check_argument(program), options)
    found = answer(program, options, question, context)
    return {"answer": found.answer, "verdict": found.verdict, "reason": found.reason}


def _texts(row: dict[str, Any], field: str, example: str) -> list[str]:
    texts = row.get(field) or []
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise InputError(f"expected {field!r} to be a list of texts such as {example!r}")
    return texts


def _stepwise(check: Callable[[], Chain], options: list[str]) -> dict[str, Any]:
    """The row of output for a chain of deductions."""
    from slowthink.verifiers.logic_programs import answer_theory

    try:
        chain = check()
    except InputError as error:
        reason = f"not read: {error}"
        return {"answer": None, "verdict": "unknown", "reason": reason, "steps": [], "first_refuted_step": None}
    steps = [{"name": step.name, "verdict": step.found, "reason": step.reason} for step in chain.steps]
    worst = next((step for step in chain.steps if step.found == chain.found), None)
    reason = "every step follows" if chain.found == "follows" or worst is None else f"{worst.name}: {worst.reason}"
    row = {"answer": None, "verdict": chain.found, "reason": reason}
    if chain.question is not None:
        found = answer_theory(chain.question, options)
        row = {"answer": found.answer, "verdict": found.verdict, "reason": found.reason}
        for other in chain.other_questions:
            if (again := answer_theory(other, options)).answer != found.answer or again.verdict != found.verdict:
                reason = "the premises can be grouped in several ways, with different answers: put brackets"
                row = {"answer": None, "verdict": "unknown", "reason": reason}
                break
    return {**row, "steps": steps, "first_refuted_step": chain.first_wrong_at}
