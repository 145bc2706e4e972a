"""How a supervisor speaks to a model that is writing: the protocol between verifiers and decoding.

A supervisor sees the text of a row as it grows, synchronously, after every token, and answers with an
action or with None for "go on". It reads only the model's reply, never the prompt, and spends time in
proportion to the new characters. When several act, the one with the earliest mark wins, then the order in
which they were given. What a strategy put in front of the reply is seen, and never changed. The model applies
the action: it re-encodes the text, rewinds its cache to the last common token and goes on from there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Replace:
    """Put `text` in place of everything from character `start` on, and go on writing after it."""

    start: int
    text: str
    why: str


@dataclass(frozen=True, slots=True)
class Rewind:
    """Go back to character `start` and write anew; the refuted text that stood there may not come again."""

    start: int
    why: str


@dataclass(frozen=True, slots=True)
class Stop:
    """End the row; `end` is how many characters of its text are kept (None: all)."""

    why: str
    end: int | None = None


Action = Replace | Rewind | Stop


class Supervisor(Protocol):
    """Watches one kind of mistake in any number of rows; it keeps no state of a row."""

    @property
    def name(self) -> str:
        """What the trace calls it."""
        ...

    def watch(self, text: str, seen: int, ended: bool) -> Action | None:
        """Judge `text`, what the model wrote so far, of which the first `seen` characters were seen before.

        `ended` says that the row stops here, so that a number at the end of the text is complete.
        """
        ...
