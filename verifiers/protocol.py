"""What every verifier offers: judge the claims of one kind in a text."""

from __future__ import annotations

from typing import Protocol

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
