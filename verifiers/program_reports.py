"""The report of a confined program, read as what it is: capped data from someone who may lie.

The program could have written the report itself. So nothing in it decides how the run ended, how long it took or in
which tier it was; a report that is not exactly one of the expected form is no report.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

from slowthink.verifiers.program_result import ProgramResult, RunStatus

MAX_REPORT: Final = 4_000_000
"""Bytes."""
MAX_PRINTED: Final = 64_000
_SAID: Final[dict[str, RunStatus]] = {"ok": "ok", "error": "error", "memory": "memory", "forbidden": "forbidden"}
_KIND: Final = re.compile(r"[a-z_]+(\[[a-z_|\[\]]*\])?")


def outcome(report: bytes, ended: dict[str, Any] | None, limit: float, taken: float) -> ProgramResult:
    """The result of a run in the second tier: how it ended is known, the report is what the program says."""
    seconds = round(taken, 6)
    if ended is None or ended["late"]:
        return ProgramResult(status="timeout", error=f"not done within {limit:.3g} s", seconds=seconds, tier=2)
    said = parsed(report) if ended["status"] == 0 else None
    if said is not None:
        return said.model_copy(update={"seconds": seconds})
    status, error = _end_without_report(ended, limit, len(report))
    return ProgramResult(status=status, error=error, seconds=seconds, tier=2)


def _end_without_report(ended: dict[str, Any], limit: float, length: int) -> tuple[RunStatus, str]:
    code = ended["status"]
    if code == -24 or (code == -9 and ended["cpu"] >= limit):
        return "timeout", f"not done within {limit:.3g} s"
    if code == -9:
        return "memory", "killed by the system, as happens when there is no memory left"
    if code == -31:
        return "forbidden", "made a system call that no program may make"
    if length > MAX_REPORT:
        return "error", "its report is too long"
    if code < 0:
        return "error", f"crashed (signal {-code}), as too deep a recursion may do"
    return "error", f"ended without a report (exit code {code})"


def parsed(report: bytes) -> ProgramResult | None:
    """The report, if it is one."""
    try:
        said = json.loads(report, parse_constant=_refuse)
        value, kind = said.get("value"), said.get("type")
        status, printed, error = _SAID[said["status"]], said["stdout"], said.get("error")
        if not isinstance(printed, str) or not isinstance(error, str | None) or len(printed) > MAX_PRINTED:
            return None
        if kind is not None and (not isinstance(kind, str) or len(kind) > 500 or not _KIND.fullmatch(kind)):
            return None
        return ProgramResult(status=status, value=value, type=kind, stdout=printed, error=error, tier=2)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _refuse(constant: str) -> Any:
    raise ValueError(constant)
