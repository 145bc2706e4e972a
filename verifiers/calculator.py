"""The calculator: watches a sum being written and puts the right value in the place of a wrong one.

The idea: it is the arithmetic verifier on the sentence that is being written, asked at the moment at which the
number after a relation can no longer grow into another number or into a longer expression. What it would say
of the finished text it says then, since it looks only at claims whose surroundings are already complete.

Guaranteed: no state; each claim is judged when the new characters complete it; a window of bounded size, so
that the time depends on the new characters only. Where the reply spoke of another arithmetic before (`modulo`,
`binary`, `clock`), nothing is repaired. Not covered: claims that begin before the window, a word that takes the claim
back only in a later sentence, and another arithmetic of which the prompt alone speaks, since the prompt is never seen.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from slowthink.supervision import Replace
from slowthink.types import Status
from slowthink.verifiers.arithmetic import judged
from slowthink.verifiers.claims import BOUNDARY
from slowthink.verifiers.sum_contexts import is_of_another_kind

WINDOW: Final = 400
# How far after a relation the number and the words that decide about it may reach.
REACH: Final = 160

_RELATION: Final = re.compile(r"[=≈]|\\approx|\b(?:is|equals?|to)\s(?=[-−$€£\d])")
# The claim of a relation is settled once a sentence ends after its number, or four words have followed it.
_SETTLED: Final = re.compile(
    r"[^\d\n=]{0,12}\d[^\s=]*(?:[^=\n]{0,60}?[.;?!,]\s|[^=\n]{0,60}?\n\s*[^\s=≈&\\]|(?:\s+[^\W\d]{2,}){5})"
)
# Tokens that may still grow: words and numbers, and runs of operators or marks.
_GROWING: Final = re.compile(r"[^\W_]|[.,'’$€£%\\{}_]")
_CLOSED: Final = frozenset("\n)];")


@dataclass(frozen=True, slots=True)
class Calculator:
    """The supervisor of arithmetic; `Replace` drops what was written after the wrong value."""

    name: str = "calculator"

    def watch(self, text: str, seen: int, ended: bool) -> Replace | None:
        """The first claim that the new characters complete and that is refuted with a correction."""
        before = _complete(text, seen)
        stop = len(text) if ended else _complete(text, len(text))
        if stop <= before and not ended:
            return None
        at = max(0, before - REACH)
        while (relation := _RELATION.search(text, at, stop)) is not None:
            at = relation.end()
            if _SETTLED.match(text, at, before) or not (_STARTED.match(text, at, stop) or ended):
                continue
            start = _window_start(text, relation.start())
            if start is not None and _DIGIT.search(text, start, relation.start()):
                return _first_repair(text, start, before, stop, ended)
        return None


_DIGIT: Final = re.compile(r"\d")
# A number, and something after it, or an expression.
_STARTED: Final = re.compile(r"[^\d\n]{0,40}\d[\d.,]*\s*[^\s\d]|[^\d\n]{0,40}\d[^\n]{0,20}\n|\s*\n\s*\S*\d[\d.,]*\s*\S")


def _complete(text: str, end: int) -> int:
    """Up to where the tokens of `text[:end]` are complete: the last one may still grow, unless it is closed."""
    if end == 0 or text[end - 1] in _CLOSED or text[end - 1].isspace():
        return end
    at, low = end - 1, max(0, end - 60)
    if _GROWING.match(text, at):
        while at > low and _GROWING.match(text, at - 1):
            at -= 1
        # A full stop or a comma before a word ends what stands before it.
        return at
    while at > low and not text[at - 1].isalnum() and not text[at - 1].isspace() and text[at - 1] not in _CLOSED:
        at -= 1
    return at


def _first_repair(text: str, start: int, before: int, stop: int, ended: bool) -> Replace | None:
    window = text[start:stop]
    for judgement, decided in judged(window):
        edit = judgement.verdict.edit
        if judgement.verdict.status is not Status.REFUTED or edit is None:
            continue
        # What was decided before these characters was answered then.
        is_new = (decided <= len(window) and start + decided > before) or (ended and decided > len(window))
        if is_new and not is_of_another_kind(text, start + judgement.claim.start):
            return Replace(start=start + edit.start, text=edit.text, why=judgement.verdict.reason)
    return None


def _window_start(text: str, relation: int) -> int | None:
    """Where the sentence of the relation begins; None where that is further back than the window."""
    low = max(0, relation - WINDOW)
    start = 0 if low == 0 else None
    # The relation itself must be seen: a line break before it is no boundary.
    for boundary in BOUNDARY.finditer(text, low, relation + 8):
        if boundary.end() > relation:
            break
        start = boundary.end()
    return start
