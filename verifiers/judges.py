"""All judges of finished text, one list for whoever checks: the controller, the commands, the contracts."""

from __future__ import annotations

from typing import Final

from slowthink.types import Judgement
from slowthink.verifiers.algebra import AlgebraVerifier
from slowthink.verifiers.arithmetic import ArithmeticVerifier
from slowthink.verifiers.brackets import BracketVerifier
from slowthink.verifiers.number_theory import NumberTheoryVerifier
from slowthink.verifiers.protocol import Verifier
from slowthink.verifiers.sorting import SortingVerifier
from slowthink.verifiers.swaps import SwapVerifier
from slowthink.verifiers.text import TextVerifier

JUDGES: Final[tuple[Verifier, ...]] = (
    ArithmeticVerifier(),
    NumberTheoryVerifier(),
    AlgebraVerifier(),
    TextVerifier(),
    BracketVerifier(),
    SortingVerifier(),
    SwapVerifier(),
)


def judge_text(text: str) -> list[Judgement]:
    """The judgements of all of them, in the order of the text."""
    judged = [judgement for judge in JUDGES for judgement in judge.check(text)]
    return sorted(judged, key=lambda judgement: (judgement.claim.start, judgement.claim.end))
