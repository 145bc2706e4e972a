"""Judges traces of things that change hands: `Alice and Bob swap books: Alice: Emma, Bob: Ulysses, Claire: Lolita.`

The idea: each line names a swap and then who has what. That follows from the line before it, as it is written there,
so that a line which only inherits a wrong state is not wrong itself.

Guaranteed: refuted is only a line that names the same people as the line before it and a swap between two of them. Not
covered: whether the swaps are those that were asked for; states that are told in other words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from slowthink.types import Claim, Judgement, Status, Verdict

_NAME: Final = r"[A-Z][a-z]{0,20}"
_STATE = re.compile(
    rf"^[ ]*(?:\(\d{{1,3}}\)[ ]*)?(?P<head>[^:\n]{{1,80}}):[ ]*"
    rf"(?P<state>{_NAME}: [^:,\n]{{1,60}}(?:, {_NAME}: [^:,\n]{{1,60}}){{1,20}})$",
    re.MULTILINE,
)
_SWAP = re.compile(rf"({_NAME}) and ({_NAME}) (?:swap|switch|trade|exchange)(?:s|es|ed|ped)?\b")
_WORDS: Final = ("swap", "switch", "trade", "exchange")
_ENTRY = re.compile(rf"({_NAME}): ([^:,\n]{{1,60}})")


@dataclass(frozen=True, slots=True)
class SwapVerifier:
    """The verifier of states after swaps."""

    kind: str = "swaps"

    def check(self, text: str) -> list[Judgement]:
        """One judgement for each line that names a swap and the state after it."""
        return list(_judged(text)) if any(word in text for word in _WORDS) else []


def _judged(text: str) -> Iterator[Judgement]:
    state: dict[str, str] = {}
    for match in _STATE.finditer(text):
        claimed = {name: thing.split(". ")[0].strip(" .").lower() for name, thing in _ENTRY.findall(match["state"])}
        swap = _SWAP.search(match["head"])
        if swap is not None and state and set(swap.groups()) <= set(state) == set(claimed):
            expected = state | {swap[1]: state[swap[2]], swap[2]: state[swap[1]]}
            claim = Claim(kind="swaps", text=match[0], start=match.start(), end=match.end())
            yield Judgement(claim=claim, verdict=_verdict(expected, claimed))
        state = claimed


def _verdict(expected: dict[str, str], claimed: dict[str, str]) -> Verdict:
    if expected == claimed:
        return Verdict(status=Status.PROVED, reason="it follows from the line before")
    name = next(name for name, thing in expected.items() if claimed[name] != thing)
    witness = ", ".join(f"{name}: {thing}" for name, thing in expected.items())
    reason = f"{name} has {expected[name]} then, not {claimed[name]}"
    return Verdict(status=Status.REFUTED, reason=reason, witness=witness)
