"""Texts that may not come again at their place in a row: what a supervisor refuted and rewound.

A ban is a matter of text, never of tokens: whatever way it is cut, each part of a banned text may come, and only
what would complete it may not. So "12" is banned as the token "12", as "1" and "2", and as the beginning of "123".
A text that was refuted because the row ended behind it ("12", that might have become "12.5") may go on this time;
it may only not end there again.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ban:
    """`text` may not come at character `at`; `was_end` when the row had ended behind it."""

    at: int
    text: str
    was_end: bool


class Bans:
    """The bans of one row."""

    def __init__(self) -> None:
        self._bans: list[Ban] = []

    def __bool__(self) -> bool:
        return bool(self._bans)

    def add(self, at: int, text: str, was_end: bool) -> None:
        """Ban a text at a place; nothing is not a text."""
        if text:
            self._bans.append(Ban(at, text, was_end))

    def cut(self, start: int) -> None:
        """The row was changed from `start` on: what is banned behind that is about a text that is gone."""
        self._bans = [ban for ban in self._bans if ban.at <= start]

    def forbid(self, text: str) -> bool:
        """Whether a row that goes on may not have this text."""
        return any(not ban.was_end and text.startswith(ban.text, ban.at) for ban in self._bans)

    def forbid_end(self, text: str) -> bool:
        """Whether a row may not end with this text; blanks at its end make no difference."""
        return any(text[ban.at :] and text[ban.at :].rstrip() == ban.text.rstrip() for ban in self._bans)

    def part(self, text: str) -> tuple[int, str] | None:
        """Where the shortest part of a banned text begins that stands at the end of `text`, and the part itself."""
        parts = [(ban.at, text[ban.at :]) for ban in self._bans if ban.text.startswith(text[ban.at :])]
        return max((one for one in parts if one[1]), default=None)

    def completions(self, text: str) -> list[str]:
        """What would complete a banned text of which a part stands at the end of `text`."""
        begun = [(ban.text, text[ban.at :]) for ban in self._bans if not ban.was_end and ban.at <= len(text)]
        return [whole[len(part) :] for whole, part in begun if whole.startswith(part)]
