"""Judges traces that read a sequence of brackets with a stack: `[ ; stack: < [`, `The final stack is "< [".`

The idea: each line says which bracket is read and what the stack is then; that follows from the stack of the line
before it, as it is written there, so that a line which only inherits a wrong stack is not wrong itself. The final
stack, what is popped and the closing brackets of the answer are held against the last stack in the same way.

Guaranteed: one pass, in time linear in the text; a bracket that is passed over settles nothing. Not covered: whether
the lines read the right sequence; stacks in other words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from slowthink.types import Claim, Judgement, Status, Verdict

_CLOSING: Final = {"(": ")", "[": "]", "{": "}", "<": ">"}
_BRACKET: Final = r"[\[\](){}<>]"
_RUN: Final = rf"{_BRACKET}(?:[ ]?{_BRACKET}){{0,400}}"
_LINE = re.compile(
    rf"^[ ]*(?:\d{{1,4}}:[ ]*)?(?:(?P<read>{_BRACKET})[ ]*;[ ]*)?"
    rf"(?:stack:[ ]*(?P<stack>empty|{_RUN})|empty[ ]stack)[ ]*$"
    rf"|(?P<final>\bfinal stack is (?:\"(?P<last>[ ]*{_RUN}[ ]*)\"|empty\b))"
    rf"|\bpop out (?P<popped>\"{_BRACKET}\"(?:(?:[ ]?,?[ ]and[ ]|[ ]?,[ ]?)\"{_BRACKET}\"){{0,400}})"
    r",?(?=[ ]one by one|[ ]in that order|\.)"
    rf"|\banswer is:?[ ]*(?P<answer>{_RUN})[ ]*\.?[ ]*$",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class BracketVerifier:
    """The verifier of bracket sequences that are read with a stack."""

    kind: str = "brackets"

    def check(self, text: str) -> list[Judgement]:
        """One judgement for each stack that is claimed, and for the answer that closes it."""
        return list(_judged(text)) if "stack" in text else []


def _judged(text: str) -> Iterator[Judgement]:
    stack: str | None = None
    for match in _LINE.finditer(text):
        verdict = None
        if match["final"]:
            verdict = None if stack is None else _compare(stack, _brackets(match["last"] or ""))
        elif match["popped"]:
            verdict = None if stack is None else _compare_popped(stack, _brackets(match["popped"]))
        elif match["answer"]:
            verdict = None if stack is None else _compare(_closed(stack), _brackets(match["answer"]))
        else:
            claimed = _brackets((match["stack"] or "").replace("empty", ""))
            if match["read"] and stack is not None:
                verdict = _step(stack, match["read"], claimed)
            stack = claimed
        if verdict is not None:
            claim = Claim(kind="brackets", text=match[0], start=match.start(), end=match.end())
            yield Judgement(claim=claim, verdict=verdict)


def _brackets(text: str) -> str:
    return "".join(re.findall(_BRACKET, text))


def _closed(stack: str) -> str:
    return "".join(_CLOSING.get(bracket, "") for bracket in reversed(stack))


def _shown(stack: str) -> str:
    return " ".join(stack) or "empty"


def _step(before: str, read: str, claimed: str) -> Verdict:
    """Whether reading a bracket makes the stack before it the one that is claimed."""
    if read in _CLOSING:
        return _compare(before + read, claimed)
    if before == claimed:
        return Verdict(status=Status.UNKNOWN, reason=f"{read} may be passed over")
    if not before or _CLOSING.get(before[-1]) != read:
        reason = f"{read} does not close {before[-1]}" if before else f"{read} closes nothing"
        return Verdict(status=Status.REFUTED, reason=reason, witness=f"the stack before it is {_shown(before)}")
    return _compare(before[:-1], claimed)


def _compare(expected: str, claimed: str) -> Verdict:
    if expected == claimed:
        return Verdict(status=Status.PROVED, reason=f"it is {_shown(expected)}")
    reason = f"it is {_shown(expected)}, not {_shown(claimed)}"
    return Verdict(status=Status.REFUTED, reason=reason, witness=f"it is {_shown(expected)}")


def _compare_popped(stack: str, popped: str) -> Verdict:
    """What is popped is the stack backwards; that of several like brackets one is named is common."""
    if popped != stack[::-1] and set(popped) == set(stack):
        return Verdict(status=Status.UNKNOWN, reason="how often each is popped is not said")
    return _compare(stack[::-1], popped)
