"""How a supervisor speaks to a model that is writing: the protocol between verifiers and decoding.

A supervisor sees the text of a row as it grows, synchronously, after every token, and answers with an
action or with None for "go on". It reads only the model's reply, never the prompt, and spends time in
proportion to the new characters. When several act, the one with the earliest mark wins, then the order in
which they were given. What a strategy put in front of the reply is seen, and never changed. The model applies
the action: it re-encodes the text, rewinds its cache to the last common token and goes on from there.

What takes long is not decided in `watch`: a supervisor hands it to a worker and answers with a wait. The row is
parked, the others go on, and what the worker then says is done as if the supervisor had said it at once.
"""

from __future__ import annotations

from concurrent.futures import Future
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
    """Go back to character `start` and write anew; the refuted text that stood there may not come again.

    What may not come again is the text, however it is cut into tokens, and only at `start`: each part of it may
    stand there, and longer texts that begin with it may not. Where the row had ended behind it, longer texts may.
    """

    start: int
    why: str


@dataclass(frozen=True, slots=True)
class Stop:
    """End the row; `end` is how many characters of its text are kept (None: all)."""

    why: str
    end: int | None = None


Action = Replace | Rewind | Stop


@dataclass(frozen=True, slots=True)
class Wait:
    """Park the row until `decision` has a result: an action, or None for "go on".

    Nothing before `start` is in question, so an action with an earlier mark does not wait for it; one with a later
    mark does. A worker that fails, is cancelled, says anything else or takes longer than `seconds` decides nothing:
    the row goes on, and its trace says so. The decision is cancelled when nobody waits for it any more. It comes
    from any thread: an executor's `submit`, or `asyncio.run_coroutine_threadsafe`.
    """

    start: int
    decision: Future[Action | None]
    why: str
    seconds: float = 10.0


Answer = Action | Wait


class Supervisor(Protocol):
    """Watches one kind of mistake in any number of rows; it keeps no state of a row."""

    @property
    def name(self) -> str:
        """What the trace calls it."""
        ...

    def watch(self, text: str, seen: int, ended: bool) -> Answer | None:
        """Judge `text`, what the model wrote so far, of which the first `seen` characters were seen before.

        `ended` says that the row stops here, so that a number at the end of the text is complete.
        """
        ...
