"""A saved run, from which a mind takes what the model, the sandbox and the solver said then."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from slowthink.errors import ReplayMismatch
from slowthink.trace import Began, Called, Decided, Ended, Event, Planned, Ran, Refused, Scored
from slowthink.types import Plan

_Call = TypeVar("_Call", Called, Scored)


class Replay:
    """A saved run, looked up by key."""

    keeps_refusals = True
    """Whether what the budget did not reach for then is out of reach now; a run that is resumed may have more."""

    def __init__(self, events: Iterable[Event]) -> None:
        self.began: Began | None = None
        self.ended: Ended | None = None
        self._calls: dict[str, Called | Scored] = {}
        self._ran: dict[str, Ran] = {}
        self._refused: dict[str, Refused] = {}
        self._decided: dict[str, Decided] = {}
        self._plans: dict[str, Plan] = {}
        for event in events:
            if isinstance(event, Began):
                self.began = event
            elif isinstance(event, Ended):
                self.ended = event
            elif isinstance(event, Called | Scored):
                self._calls[event.key] = event
            elif isinstance(event, Ran):
                self._ran[event.key] = event
            elif isinstance(event, Refused):
                self._refused[event.key] = event
            elif isinstance(event, Decided):
                self._decided[event.key] = event
            elif isinstance(event, Planned):
                self._plans[event.key] = event.plan

    def refusal(self, key: str) -> Refused | None:
        """That the step was not taken in the saved run, and why; None if it was."""
        return self._refused.get(key)

    def plan(self, key: str) -> Plan | None:
        """The plan that was carried out in the saved run; None if there was none with this key."""
        return self._plans.get(key)

    def has(self, key: str) -> bool:
        """Whether the saved run came as far as this call's result, or its refusal where refusals still hold."""
        known = key in self._calls or key in self._ran or key in self._decided
        return known or (self.keeps_refusals and key in self._refused)

    def called(self, key: str, prompt_hash: str, rows: int) -> Called:
        """The saved call with this key. Raises ReplayMismatch when there is none with this prompt and so many rows."""
        found = self._found(Called, key, prompt_hash)
        if len(found.rows) != rows:
            raise ReplayMismatch(f"the saved run's step {key!r} has {len(found.rows)} rows, and {rows} are asked for")
        return found

    def scored(self, key: str, prompt_hash: str, texts: int) -> Scored:
        """The saved scores with this key. Raises ReplayMismatch as `called` does."""
        found = self._found(Scored, key, prompt_hash)
        if not len(found.logprobs) == len(found.tokens) == texts:
            raise ReplayMismatch(f"the saved run's step {key!r} does not have the {texts} scores that are asked for")
        return found

    def ran(self, key: str, blocks: tuple[str, ...], wanted: str | None) -> Ran:
        """The saved run of a program with this key. Raises ReplayMismatch when there is none of this program."""
        event = self._ran.get(key)
        if event is None or (event.blocks, event.wanted) != (blocks, wanted):
            raise ReplayMismatch(
                f"the saved run has no step {key!r} with this program. It was saved by other code, or for another "
                "question; run it again with the model."
            )
        return event

    def decided(self, key: str, theory: str) -> dict[str, Any]:
        """The saved decision with this key. Raises ReplayMismatch when there is none of this theory."""
        event = self._decided.get(key)
        if event is None or event.theory != theory:
            raise ReplayMismatch(f"the saved run has no decision {key!r} of this theory; run it again with the model.")
        return event.decision

    def _found(self, kind: type[_Call], key: str, prompt_hash: str) -> _Call:
        event = self._calls.get(key)
        if not isinstance(event, kind) or event.prompt_hash != prompt_hash:
            raise ReplayMismatch(
                f"the saved run has no step {key!r} with this prompt. It was saved by other code, or for another "
                "question; run it again with the model."
            )
        return event
