"""What happened in a run, as typed events in JSON lines; a saved run replays without the model.

Every call of the model has a key: its path in the tree of the run, never an order of arrival. A replay looks
each call up by its key and checks that the prompt is the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field, TypeAdapter, ValidationError

from slowthink.errors import InputError, ReplayMismatch
from slowthink.types import Budget, Constraint, Edit, Frozen, Problem, Status, Usage
from slowthink.verifiers.program_result import ProgramResult


class Began(Frozen):
    """The run: all that is needed to run it again."""

    event: Literal["began"] = "began"
    version: str
    model: str
    strategy: str
    problem: Problem
    budget: Budget
    seed: int
    off: tuple[str, ...] = ()


class Row(Frozen):
    """One completion of a call."""

    text: str
    finish: str
    prompt_tokens: int = 0
    generated_tokens: int = 0
    discarded_tokens: int = 0
    estimated_tokens: int = 0
    interventions: tuple[dict[str, Any], ...] = ()
    waits: tuple[dict[str, Any], ...] = ()
    logprob: float | None = None
    """Sum over the tokens that the model itself chose."""


class Asked(Frozen):
    """The model is about to write `rows` replies, each of which `prefill` begins."""

    event: Literal["asked"] = "asked"
    key: str
    rows: int
    prefill: str = ""


class Called(Frozen):
    """The model was called: what it read and what it wrote."""

    event: Literal["called"] = "called"
    key: str
    prompt: str
    prompt_hash: str
    max_tokens: int
    temperature: float
    constraint: Constraint | None = None
    rows: tuple[Row, ...]


class Scored(Frozen):
    """The model was asked how likely some continuations are."""

    event: Literal["scored"] = "scored"
    key: str
    prompt_hash: str
    continuations: tuple[str, ...]
    logprobs: tuple[float, ...]
    tokens: tuple[int, ...]
    through_model: int


class Refused(Frozen):
    """A step was not taken: the budget did not reach, or the model cannot do it."""

    event: Literal["refused"] = "refused"
    key: str
    reason: str
    by: Literal["budget", "model"] = "budget"


class Repaired(Frozen):
    """A supervisor changed what the model was writing."""

    event: Literal["repair", "rewind", "stop"]
    key: str
    row: int
    supervisor: str
    start: int
    before: str
    after: str
    why: str
    discarded_tokens: int


class Paused(Frozen):
    """A row was parked for a supervisor's worker; if nothing was decided the note says why, and the row went on."""

    event: Literal["wait"] = "wait"
    key: str
    row: int
    supervisor: str
    start: int
    why: str
    decided: bool
    note: str
    seconds: float


class Judged(Frozen):
    """A claim was judged."""

    event: Literal["verdict"] = "verdict"
    key: str
    kind: str
    claim: str
    status: Status
    reason: str = ""
    correction: str | None = None
    edit: Edit | None = None
    witness: str | None = None


class Ran(Frozen):
    """A program was run: its blocks, the result that was asked for, and what it came to."""

    event: Literal["program"] = "program"
    key: str
    blocks: tuple[str, ...]
    wanted: str | None = None
    outcome: ProgramResult


class Decided(Frozen):
    """A solver decided what a theory asks, which is printed as it was given."""

    event: Literal["decided"] = "decided"
    key: str
    theory: str
    decision: dict[str, Any]


class Noted(Frozen):
    """A fact went onto the scratchpad."""

    event: Literal["noted"] = "noted"
    key: str
    text: str
    status: Status


class Remarked(Frozen):
    """A decision of a strategy, in words."""

    event: Literal["remark"] = "remark"
    key: str
    text: str


class Ended(Frozen):
    """The answer."""

    event: Literal["ended"] = "ended"
    answer: str | None
    answered_by: str | None
    status: str
    usage: Usage


Event = (
    Began | Asked | Called | Scored | Refused | Repaired | Paused | Judged | Ran | Decided | Noted | Remarked | Ended
)
_ADAPTER: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="event")])


class Trace:
    """The events of one run, in the order in which they were told; `listener` is told each at once."""

    def __init__(self, listener: Callable[[Event], None] | None = None) -> None:
        self.events: list[Event] = []
        self._listener = listener

    def tell(self, event: Event) -> None:
        """Add an event."""
        self.events.append(event)
        if self._listener is not None:
            self._listener(event)

    def dump(self) -> tuple[dict[str, Any], ...]:
        """The events as plain data."""
        return tuple(event.model_dump(mode="json") for event in self.events)

    def save(self, path: Path | str) -> None:
        """Write JSON lines."""
        lines = (json.dumps(event, ensure_ascii=False) for event in self.dump())
        Path(path).write_text("".join(line + "\n" for line in lines), encoding="utf-8")


def read_trace(path: Path | str) -> list[Event]:
    """The events of a saved run. Raises InputError naming the first line that is not one."""
    return list(_parsed(path))


def _parsed(path: Path | str) -> Iterator[Event]:
    try:
        lines = Path(path).read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"expected a trace as written by --trace, but {path} cannot be read: {error}") from error
    for number, line in enumerate(lines, 1):  # only line feeds end a line: JSON may hold other separators
        if not line.strip():
            continue
        try:
            yield _ADAPTER.validate_json(line)
        except ValidationError as error:
            raise InputError(f"{path}, line {number}: expected an event of a trace, got {line[:80]!r}") from error


_Call = TypeVar("_Call", Called, Scored)


class Replay:
    """A saved run, looked up by key."""

    def __init__(self, events: Iterable[Event]) -> None:
        self.began: Began | None = None
        self.ended: Ended | None = None
        self._calls: dict[str, Called | Scored] = {}
        self._ran: dict[str, Ran] = {}
        self._refused: dict[str, Refused] = {}
        self._decided: dict[str, Decided] = {}
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

    def refusal(self, key: str) -> Refused | None:
        """That the step was not taken in the saved run, and why; None if it was."""
        return self._refused.get(key)

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
