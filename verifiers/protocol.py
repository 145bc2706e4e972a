"""What every verifier offers: judge the claims of one kind in a text."""

from __future__ import annotations

import re
from typing import Protocol, Self

from slowthink.types import Judgement


class Verifier(Protocol):
    """Finds the claims of its kind in any text and judges each; it never raises and is never slow."""

    @property
    def kind(self) -> str:
        """The kind of claim that it knows."""
        ...

    def check(self, text: str) -> list[Judgement]:
        """One judgement for each claim, in the order of the text."""
        ...


class SentenceVerifier(Verifier, Protocol):
    """A verifier of claims that are whole by the end of their sentence."""

    @property
    def anchor(self) -> re.Pattern[str]:
        """What a sentence with such a claim has in it."""
        ...

    def about(self, question: str) -> Self:
        """The same for replies to a question, where what was asked says what a bare yes or no claims."""
        ...
