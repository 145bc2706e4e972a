"""`slowthink recheck`: evidence is verified again, without the model and by other code than made it.

Rows are pieces of evidence (`{"kind", "claim", "status", "certificate"}`) or whole solutions as `ask --json` prints
them. The verdict is on the evidence: PROVED where it shows its claim, REFUTED where it does not, UNKNOWN where that
cannot be checked. A solution's verdict is that of all its evidence; one that says `proved` must also answer what was
proved, and its question must still be read as the sum that is proved.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any, TypeVar

from slowthink.commands import lines
from slowthink.errors import InputError

if TYPE_CHECKING:
    from slowthink.types import Evidence, Frozen, Solution, Verdict

    Model = TypeVar("Model", bound=Frozen)

HELP = "verify evidence or saved solutions again, without the model (JSON lines)"


def add(commands: Any) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "recheck", help=HELP, description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("source", nargs="?", default="-", metavar="FILE", help="JSON lines (also .gz); '-': input")
    parser.add_argument("--out", metavar="FILE", help="write here instead of to standard output; whole or not at all")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Verify every row. Raises InputError for a missing file or an output that cannot be written."""
    if args.source == "-" and sys.stdin.isatty():
        raise InputError("expected a file of evidence or solutions, or '-', got nothing; see slowthink recheck --help")
    with lines.output(args.out) as write:
        for line in lines.read_lines(args.source):
            write(lines.dump(recheck_line(line)))
    return 0


def recheck_line(line: bytes) -> dict[str, Any]:
    """The row of output for a line of input; a bad line becomes a row with its id, if any, and `error`."""
    row: dict[str, Any] = {}
    try:
        row = lines.parse(line)
        return {"id": row.get("id"), **_rechecked({name: value for name, value in row.items() if name != "id"})}
    except InputError as error:
        return {"id": row.get("id"), "error": str(error)}
    except Exception as error:  # a row is a boundary: whatever is in it, the others are judged
        return {"id": row.get("id"), "error": f"{type(error).__name__} while checking: {error}"}


def _rechecked(row: dict[str, Any]) -> dict[str, Any]:
    from slowthink.types import Evidence, Solution
    from slowthink.verifiers.certificates import recheck

    if "certificate" in row or "claim" in row:
        evidence = _valid(Evidence, row)
        return _shown(evidence, recheck(evidence))
    if "evidence" not in row or "question" not in row:
        raise InputError(
            "expected evidence (kind, claim, status, certificate) or a solution (as 'ask --json' prints it), got "
            f"{', '.join(map(repr, list(row)[:8])) or 'nothing'}"
        )
    solution = _valid(Solution, row)
    verdicts = [recheck(one) for one in solution.evidence]
    verdict, reason = _of_solution(solution, verdicts)
    shown = [_shown(one, found) for one, found in zip(solution.evidence, verdicts, strict=True)]
    return {"verdict": verdict, "reason": reason, "evidence": shown}


def _valid(model: type[Model], row: dict[str, Any]) -> Model:
    from pydantic import ValidationError

    try:
        return model.model_validate(row)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the row"
        raise InputError(f"expected {model.__name__.lower()}; of {where} it must be said: {first['msg']}") from error


def _shown(evidence: Evidence, verdict: Verdict) -> dict[str, Any]:
    return {
        "kind": evidence.kind,
        "claim": evidence.claim,
        "status": evidence.status.value,
        "verdict": verdict.status.value,
        "reason": verdict.reason,
    }


def _of_solution(solution: Solution, verdicts: list[Verdict]) -> tuple[str, str]:
    from slowthink.types import Status
    from slowthink.verifiers.answers import same_answer

    refused = [verdict for verdict in verdicts if verdict.status is Status.REFUTED]
    if refused:
        return "REFUTED", refused[0].reason
    if solution.status == "proved":
        certificate = solution.evidence[-1].certificate if solution.evidence else {}
        if not same_answer(solution.answer, str(certificate.get("value"))):
            return "REFUTED", "the answer is not what the evidence shows"
        if not _reads_as(solution.question, certificate):
            return "REFUTED", "the question is not read as the expression that is proved"
    if not verdicts:
        return "UNKNOWN", "there is no evidence"
    unknown = next((verdict for verdict in verdicts if verdict.status is Status.UNKNOWN), None)
    if unknown is not None:
        return "UNKNOWN", unknown.reason
    if solution.status != "proved":
        return "PROVED", "its evidence holds; whether the answer follows from it is not checked"
    return "PROVED", "the evidence shows the answer"


def _reads_as(question: str, certificate: dict[str, Any]) -> bool:
    from slowthink.verifiers.expressions import write
    from slowthink.verifiers.reader import read

    reading = read(question)
    if reading is None or write(reading.expression) != certificate.get("expression"):
        return False
    return bool(certificate.get("read", reading.text) == reading.text)
