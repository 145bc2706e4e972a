"""`slowthink check`: what finished texts claim, which of it is wrong, and the texts put right. No model is needed.

Rows are `{"id", "text"}` or `{"id", "steps": [...]}`; steps are joined by line ends, and offsets count characters of
the joined text. Many rows are judged in several processes and come out in their order; with `--jobs 1` each row comes
out as soon as it came in.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slowthink.commands import lines
from slowthink.errors import InputError

if TYPE_CHECKING:
    from slowthink.types import Judgement

HELP = "judge the sums in texts: claims, verdicts, corrections (JSON lines)"
CHUNK_ROWS, CHUNK_BYTES = 64, 1 << 16
"""What a process is given at a time."""
_SURROGATE = re.compile("[\ud800-\udfff]")
_CLAIMING = re.compile(r"[\s=<>≈≠≤≥]")


def add(commands: Any) -> None:
    """Declare the command."""
    parser = commands.add_parser("check", help=HELP, description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "source",
        nargs="*",
        metavar="FILE|TEXT",
        help="a file of JSON lines (also .gz), '-' for standard input (the default), or a text such as '7 * 8 = 54'",
    )
    parser.add_argument("--out", metavar="FILE", help="write here instead of to standard output; whole or not at all")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="processes (default: CPUs)")
    parser.add_argument(
        "--pretty", action="store_true", help="for people: wrong values struck, corrections beside them"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Judge every row. Raises InputError for a missing file or an output that cannot be written."""
    if args.jobs < 1:
        raise InputError(f"expected --jobs of at least 1, got {args.jobs}")
    if not args.source and sys.stdin.isatty():
        raise InputError("expected a file, '-' or a text to check, got nothing; try: slowthink check '7 * 8 = 54'")
    rows = _rows(args.source or ["-"])
    with lines.output(args.out) as write:
        if args.pretty:
            for line in rows:
                write(_pretty(line, args.out is None))
        elif args.jobs == 1:
            for line in rows:
                write(lines.dump(check_line(line)))
        else:
            from slowthink.commands.pool import in_order

            for chunk in in_order(check_chunk, _chunks(rows), args.jobs):
                write(chunk)
    return 0


def _rows(sources: list[str]) -> Iterator[bytes]:
    for number, source in enumerate(sources):
        if source == "-" or _is_file(source):
            yield from lines.read_lines(source)
        elif _CLAIMING.search(source):
            yield lines.dump({"id": number, "text": source})
        else:
            raise InputError(
                f"there is no file {source!r}, and it is no text with a claim in it; expected a file of JSON lines, "
                "'-' for standard input, or a text such as '7 * 8 = 54'"
            )


def _is_file(source: str) -> bool:
    try:
        return Path(source).exists()
    except (OSError, ValueError):
        return False


def _chunks(rows: Iterator[bytes]) -> Iterator[list[bytes]]:
    chunk: list[bytes] = []
    size = 0
    for row in rows:
        chunk.append(row)
        size += len(row)
        if len(chunk) == CHUNK_ROWS or size >= CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def check_chunk(chunk: list[bytes]) -> bytes:
    """The output for some lines of input (the work of one process)."""
    return b"".join(lines.dump(check_line(line)) for line in chunk)


def check_line(line: bytes) -> dict[str, Any]:
    """The row of output for a line of input; a bad line becomes a row with its id, if any, and `error`."""
    row: dict[str, Any] = {}
    try:
        row = lines.parse(line)
        return {"id": row.get("id"), **check(_steps(row), "steps" in row)}
    except InputError as error:
        return {"id": row.get("id"), "error": str(error)}
    except Exception as error:  # a row is a boundary: whatever is in it, the others are judged
        return {"id": row.get("id"), "error": f"{type(error).__name__} while checking: {error}"}


def check(steps: list[str], is_stepwise: bool = False) -> dict[str, Any]:
    """Claims, verdicts and repairs of a text in steps; a claim belongs to the step in which it ends."""
    from slowthink.types import Status
    from slowthink.verifiers.answers import extract_number, plain
    from slowthink.verifiers.assignments import unfinished_value
    from slowthink.verifiers.repair import repair

    text = "\n".join(steps)
    judged = _judged(text)
    repaired = repair(text, judged)
    unfinished = unfinished_value(repaired)
    answer = extract_number(text)
    repaired_answer = answer if repaired == text else extract_number(repaired)
    refuted_ends = [j.claim.end for j in judged if j.verdict.status is Status.REFUTED]
    step_ends = accumulate(len(step) + 1 for step in steps)
    first = next((i for i, end in enumerate(step_ends) if refuted_ends and min(refuted_ends) < end), None)
    return {
        "claims": [_claim(j) for j in judged],
        "repaired": repaired,
        "answer": answer,
        "repaired_answer": repaired_answer if unfinished is None else plain(unfinished),
        "first_refuted_step": first if is_stepwise else None,
    }


def _judged(text: str) -> list[Judgement]:
    from slowthink.verifiers.arithmetic import ArithmeticVerifier
    from slowthink.verifiers.brackets import BracketVerifier
    from slowthink.verifiers.sorting import SortingVerifier
    from slowthink.verifiers.swaps import SwapVerifier

    plain = text if text.isascii() else _SURROGATE.sub("\ufffd", text)
    found = ArithmeticVerifier().check(plain)
    others = [judgement for v in (BracketVerifier(), SortingVerifier(), SwapVerifier()) for judgement in v.check(plain)]
    return sorted([*found, *others], key=lambda judgement: judgement.claim.start) if others else found


def _claim(judgement: Judgement) -> dict[str, Any]:
    claim, verdict = judgement.claim, judgement.verdict
    return {
        "start": claim.start,
        "end": claim.end,
        "text": claim.text,
        "kind": claim.kind,
        "verdict": verdict.status.value,
        "reason": verdict.reason,
        "correction": verdict.correction,
    }


def _steps(row: dict[str, Any]) -> list[str]:
    if ("text" in row) == ("steps" in row):
        given = "both" if "text" in row else f"neither, but {', '.join(map(repr, list(row)[:8])) or 'nothing'}"
        raise InputError(f"expected a row with 'text' or with 'steps', got {given}")
    steps = [row["text"]] if "text" in row else row["steps"]
    if not isinstance(steps, list) or not all(isinstance(step, str) for step in steps):
        raise InputError("expected 'text' to be a text, or 'steps' to be a list of texts, got another type")
    return steps


def _pretty(line: bytes, is_screen: bool) -> bytes:
    """The text of a line for people, in colour where standard output is a terminal that has colours."""
    from rich.console import Console

    from slowthink.commands.show import checked_shown

    console = Console(highlight=False) if is_screen else Console(highlight=False, force_terminal=False)
    with console.capture() as captured:
        try:
            text = "\n".join(_steps(lines.parse(line)))
        except InputError as error:
            console.print(f"error: {error}", style="red", markup=False, soft_wrap=True)
        else:
            is_coloured = console.is_terminal and not console.no_color
            console.print(checked_shown(text, _judged(text), is_coloured), soft_wrap=True)
    return captured.get().encode("utf-8", "replace")
