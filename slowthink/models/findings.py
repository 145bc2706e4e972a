"""What supervisors found in one row and has yet to be done: the earliest mark first, a wait once it is decided.

Answers are about one state of the text. So they stand until one of them changes it; then the others are void, and
workers that nobody waits for any more are cancelled. A worker's failure is never an answer: it is noted, and the
row goes on.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import CancelledError
from dataclasses import dataclass, field

from slowthink.models.protocol import Waited
from slowthink.supervision import Action, Answer, Replace, Rewind, Stop, Wait


@dataclass(frozen=True)
class Finding:
    """What one supervisor answered, and from which character of the row's own text on it counts."""

    start: int
    supervisor: str
    answer: Answer
    asked: float = field(default_factory=time.monotonic)


class Findings:
    """The answers to one state of a row's text, in the order of the supervisors."""

    def __init__(self) -> None:
        self.waits: list[Waited] = []
        """All waits of the row that have come to their end."""
        self._open: list[Finding] = []

    @property
    def are_open(self) -> bool:
        """Whether a wait has yet to be decided before anything may happen."""
        return bool(self._open)

    def put(self, found: list[Finding]) -> None:
        """New answers, to the text as it is now."""
        self._open = found

    def next(self, place: Callable[[Action], int | None]) -> Finding | None:
        """What is to be done now: the earliest action, unless an earlier wait is undecided; the rest is void then.

        `place` says where a decided action counts, or None when it is not to be done.
        """
        while self._open:
            at = self._first()
            found = self._open[at]
            if not isinstance(found.answer, Wait):
                del self._open[at]
                self.drop()
                return found
            if not self.is_decided:
                return None
            action = self._decided(found, found.answer)
            start = None if action is None else place(action)
            self._open[at : at + 1] = [] if start is None else [Finding(start, found.supervisor, action)]  # type: ignore[arg-type]
        return None

    @property
    def is_decided(self) -> bool:
        """Whether the wait that stands first has a result, or has taken its time."""
        wait = self._wait()
        return wait is None or wait.decision.done() or time.monotonic() >= self.deadline

    @property
    def deadline(self) -> float:
        """When the first wait has taken its time, by the monotonic clock."""
        wait = self._wait()
        return float("inf") if wait is None else self._open[self._first()].asked + wait.seconds

    def when_decided(self, callback: Callable[[], None]) -> None:
        """Call back, from whatever thread, once the first wait has a result."""
        wait = self._wait()
        if wait is not None:
            wait.decision.add_done_callback(lambda _: callback())

    def drop(self) -> None:
        """Nobody waits any more."""
        for found in self._open:
            if isinstance(found.answer, Wait):
                found.answer.decision.cancel()
        self._open = []

    def _first(self) -> int:
        return min(range(len(self._open)), key=lambda at: self._open[at].start)

    def _wait(self) -> Wait | None:
        answer = self._open[self._first()].answer if self._open else None
        return answer if isinstance(answer, Wait) else None

    def _decided(self, found: Finding, wait: Wait) -> Action | None:
        """The action, with a note of how it came about."""
        action, note = None, ""
        if not wait.decision.done():
            wait.decision.cancel()
            note = f"no decision within {wait.seconds} seconds"
        else:
            try:
                action = wait.decision.result()
            except CancelledError:
                note = "the worker was cancelled"
            except Exception as error:  # a worker boundary: whatever went wrong there decides nothing here
                note = f"the worker failed: {type(error).__name__}: {error}"
        if not isinstance(action, Replace | Rewind | Stop | None):
            note = f"expected the worker to say an action or None, got {type(action).__name__}"
            action = None
        seconds = time.monotonic() - found.asked
        self.waits.append(Waited(found.supervisor, found.start, wait.why, not note, note, seconds))
        return action
