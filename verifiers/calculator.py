"""The calculator: watches a sum being written and puts the right value in the place of a wrong one.

The idea: it is the arithmetic verifier on the line that is being written, asked at the moment at which the
number after a relation can no longer grow into another number or into a longer expression. What it would say
of the finished text it says then, since it looks only at claims whose surroundings are already complete.

Guaranteed: no state; each claim is judged once, in the call in which it is completed; a window of bounded
size, so that the time depends on the new characters only. Not covered: claims that begin before the window.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from slowthink.supervision import Replace
from slowthink.types import Status
from slowthink.verifiers.arithmetic import judged

WINDOW: Final = 400
# How far after a relation the number and the words that decide about it may reach.
REACH: Final = 160

_RELATION: Final = re.compile(r"[=≈]|\\approx|\b(?:is|equals?)\s")
# Characters that complete themselves: nothing that follows changes what they are.
_CLOSED: Final = frozenset("\n)];")
_UNFINISHED: Final = re.compile(r"(?:[^\W_]|[.,'’$€£%\\{}])+\Z|[^\s\w)\];]+\Z")


@dataclass(frozen=True, slots=True)
class Calculator:
    """The supervisor of arithmetic; `Replace` drops what was written after the wrong value."""

    name: str = "calculator"

    def watch(self, text: str, seen: int, ended: bool) -> Replace | None:
        """The first claim that the new characters complete and that is refuted with a correction."""
        if len(text) == seen and not ended:
            return None
        low = max(0, min(seen, len(text) - 1) - REACH)
        relation = _RELATION.search(text, low)
        if relation is None or (not ended and not _completes(text, relation.end(), seen)):
            return None
        start = _window_start(text, relation.start())
        stop = len(text) if ended else _finished(text, low)
        return _first_repair(text[start:stop], start, seen, ended)


def _completes(text: str, after: int, seen: int) -> bool:
    """Whether the new characters can complete a claim: a digit stands after the relation, and something ends."""
    last = text[-1]
    if len(text) - seen == 1 and last.isalnum() and text[-2:-1].isalnum():
        return False
    return any(map(str.isdigit, text[after:]))


def _finished(text: str, low: int) -> int:
    """Where the last token that may still grow begins."""
    if text[-1] in _CLOSED or not text:
        return len(text)
    match = _UNFINISHED.search(text, max(low, len(text) - 60))
    return match.start() if match else len(text)


def _window_start(text: str, relation: int) -> int:
    """The beginning of the line of the relation, or of the window where the line is longer than that."""
    low = max(0, relation - WINDOW)
    line = text.rfind("\n", low, relation)
    # A line that begins with the relation goes on from the line before it.
    if line >= 0 and not text[line:relation].strip():
        line = text.rfind("\n", low, line)
    return line + 1 if line >= 0 else low


def _first_repair(window: str, start: int, seen: int, ended: bool) -> Replace | None:
    for judgement, decided in judged(window):
        edit = judgement.verdict.edit
        if judgement.verdict.status is not Status.REFUTED or edit is None:
            continue
        is_decided = decided <= len(window) or ended
        # What was decided before these characters was answered then.
        if is_decided and start + min(decided, len(window)) > seen:
            return Replace(start=start + edit.start, text=edit.text, why=judgement.verdict.reason)
    return None
