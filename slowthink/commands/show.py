"""What people see: one look for answers, repairs and verdicts, in colour where there is colour.

Without colour a repair is written `[-wrong-]{+right+}`, so that nothing is said by colour alone. Control characters
in the words of a model or a user never reach the terminal.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from slowthink.types import Judgement, Solution
from slowthink.verifiers.repair import repairs_of

WRONG, RIGHT, QUIET = "bold red strike", "bold green", "dim"
MARKS = {"PROVED": ("✓", "green"), "REFUTED": ("✗", "red"), "UNKNOWN": ("?", "yellow")}
TRUST = {"proved": "bold green", "supported": "green", "unverified": "yellow", "abstained": "magenta"}
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: str) -> str:
    """The text with a dot for each character that would act on the terminal; lengths stay as they are."""
    return _CONTROL.sub("·", text.replace("\t", " "))


def repair_shown(before: str, after: str, is_coloured: bool) -> Text:
    """What was wrong, struck, and what stands in its place."""
    struck = printable(before.rstrip()).replace("\n", " ")
    wrong, right = struck.lstrip(), printable(after.strip("\n"))
    shown = Text(struck[: len(struck) - len(wrong)])
    if not is_coloured:
        return shown.append(f"[-{wrong}-]" + (f"{{+{right.strip()}+}}" if right.strip() else ""))
    return shown.append(wrong, WRONG).append(" " if right and not right[0].isspace() else "").append(right, RIGHT)


def verdict_shown(status: str, claim: str, reason: str = "") -> Text:
    """One judged claim in a line."""
    mark, style = MARKS.get(status, ("?", "yellow"))
    line = Text.assemble((f"{mark} ", style), (printable(" ".join(claim.split())), style))
    return line.append(f"  {printable(reason)}", QUIET) if reason and status != "PROVED" else line


def show_solution(solution: Solution, console: Console) -> None:
    """The answer first, then how far it can be trusted and why."""
    answer = "no answer" if solution.answer is None else printable(solution.answer)
    console.print(Text(answer, "bold"), soft_wrap=True)
    table = Table.grid(padding=(0, 2))
    for name, fact in _facts(solution):
        table.add_row(Text(name, QUIET), fact)
    console.print(table)


def _facts(solution: Solution) -> Iterable[tuple[str, Text]]:
    by = f", answered by {solution.answered_by}" if solution.answered_by else ""
    yield "status", Text.assemble((solution.status, TRUST[solution.status]), by)
    if solution.reason:
        yield "because", Text(printable(solution.reason))
    yield "confidence", Text("not calibrated" if solution.confidence is None else f"{solution.confidence:.2f}")
    yield "fast answer", Text("none" if solution.fast_answer is None else printable(solution.fast_answer))
    for item in solution.evidence:
        yield "evidence", verdict_shown(item.status.value, item.claim)
    for event in solution.trace:
        if event["event"] in ("repair", "rewind"):
            why = f"  {printable(event['why'])}"
            yield event["event"], repair_shown(event["before"], event["after"], False).append(why, QUIET)
    usage = solution.usage
    yield "usage", Text(f"{usage.tokens} tokens through the model, {usage.seconds:.1f} s, strategy {solution.strategy}")


def checked_shown(text: str, judged: Sequence[Judgement], is_coloured: bool) -> Text:
    """A text with its refuted values struck and the right ones beside them, then every verdict in a line."""
    shown, at = Text(), 0
    for edit in repairs_of(text, judged):
        shown.append(printable(text[at : edit.start]))
        shown.append_text(repair_shown(text[edit.start : edit.end], edit.text, is_coloured))
        at = edit.end
    shown.append(printable(text[at:]))
    for j in judged:
        shown.append("\n  ").append_text(verdict_shown(j.verdict.status.value, j.claim.text, j.verdict.reason))
    return shown


def show_models(rows: list[dict[str, Any]]) -> None:
    """The models that are ready, as a table."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    for name in ("model", "size", "where", "from"):
        table.add_column(name, overflow="fold")
    for row in rows:
        named = Text(row["name"]).append(" (default)" if row["default"] else "", QUIET)
        size = f"{row['bytes'] / 1e6:,.0f} MB" if row["bytes"] else "-"
        table.add_row(named, size, Text(row["path"] or "-"), Text(row["source"]))
    Console().print(table)
