"""`slowthink vote`: one answer from many samples, whose sums are put right first. No model is needed.

Rows are `{"id", "samples": [...]}`, a sample being a text or `{"text", "weight", "model"}`. Equal answers are counted
together, however they are written; a sample without an answer is not counted. `support` is the share of the weight that
was counted. `confidence` is null: a share of votes is no probability.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from slowthink.commands import lines
from slowthink.errors import InputError

if TYPE_CHECKING:
    from slowthink.verifiers.grader import Grader
    from slowthink.verifiers.voting import Sample

HEAVIEST = 1e100
"""Weights beyond this could add up to more than a number holds."""
HELP = "one answer from many samples (JSON lines)"


def add(commands: Any) -> None:
    """Declare the command."""
    parser = commands.add_parser("vote", help=HELP, description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "source", nargs="?", default="-", metavar="FILE", help="JSON lines (also .gz); '-' (default): input"
    )
    parser.add_argument("--out", metavar="FILE", help="write here instead of to standard output; whole or not at all")
    parser.add_argument("--exact", action="store_true", help="compare answers exactly only, without math-verify")
    parser.add_argument("--unrepaired", action="store_true", help="take the samples as they are")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Count every row. Raises InputError for a missing file or an output that cannot be written."""
    if args.source == "-" and sys.stdin.isatty():
        raise InputError('expected a file or standard input with rows such as {"id": 1, "samples": ["... = 4", "4"]}')
    from slowthink.verifiers.grader import Grader

    with lines.output(args.out) as write, Grader() as grader:
        for line in lines.read_lines(args.source):
            write(lines.dump(vote_line(line, None if args.exact else grader, not args.unrepaired)))
    return 0


def vote_line(line: bytes, grader: Grader | None = None, is_repaired: bool = True) -> dict[str, Any]:
    """The row of output for a line of input; a bad line becomes a row with its id, if any, and `error`."""
    row: dict[str, Any] = {}
    try:
        row = lines.parse(line)
        from slowthink.verifiers.voting import vote

        outcome = vote(_samples(row), grader, is_repaired)
        support = None if outcome.answer is None else round(outcome.support, 6)
        return {"id": row.get("id"), "answer": outcome.answer, "confidence": None, "support": support}
    except InputError as error:
        return {"id": row.get("id"), "error": str(error)}
    except Exception as error:  # a row is a boundary: whatever is in it, the others are counted
        return {"id": row.get("id"), "error": f"{type(error).__name__} while voting: {error}"}


def _samples(row: dict[str, Any]) -> list[Sample]:
    samples = row.get("samples")
    if not isinstance(samples, list):
        given = ", ".join(map(repr, list(row)[:8])) or "nothing"
        raise InputError(f"expected a row with 'samples', a list of texts, got {given}")
    return [_sample(sample, at) for at, sample in enumerate(samples)]


def _sample(given: object, at: int) -> Sample:
    from slowthink.verifiers.voting import Sample

    text, weight = (given.get("text"), given.get("weight", 1.0)) if isinstance(given, dict) else (given, 1.0)
    if not isinstance(text, str):
        raise InputError(f"expected sample {at} to be a text, or an object with 'text', got {type(text).__name__}")
    if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 <= weight <= HEAVIEST:
        raise InputError(f"expected the weight of sample {at} to be a number from 0 to {HEAVIEST:g}, got {weight!r}")
    return Sample(text, float(weight))
