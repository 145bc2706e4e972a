"""What happened in a run, as typed events in JSON lines.

Every call of the model has a key: its path in the tree of the run, never an order of arrival. A replay
(`replay.py`) looks each call up by its key and checks that the prompt is the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from slowthink.errors import InputError
from slowthink.types import Budget, Constraint, Edit, Frozen, Plan, Problem, Status, Usage
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
    found_tokens: int = 0
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


class Grown(Frozen):
    """A node was put into a tree of thoughts; `tree` names the tree, and a root has no parent.

    `facts` are the claims of its text that were proved or refuted, each with its mark.
    """

    event: Literal["node"] = "node"
    tree: str
    id: int
    parent: int | None
    depth: int
    text: str
    status: Status = Status.UNKNOWN
    reason: str = ""
    is_last: bool = False
    score: float | None = None
    facts: tuple[str, ...] = ()
    source: str = ""
    """The key of the call that wrote it, where a call did."""


class Valued(Frozen):
    """A node was given its score."""

    event: Literal["valued"] = "valued"
    tree: str
    id: int
    score: float


class Expanded(Frozen):
    """The ways on from a node were asked for."""

    event: Literal["expanded"] = "expanded"
    tree: str
    id: int


class Pruned(Frozen):
    """Nothing more will grow from a node; `resume` is the node from which the search goes on, None where it ends."""

    event: Literal["pruned"] = "pruned"
    tree: str
    id: int
    reason: str
    resume: int | None = None


class Chosen(Frozen):
    """The node that a search came to."""

    event: Literal["chosen"] = "chosen"
    tree: str
    id: int
    reason: str = ""


class Planned(Frozen):
    """A plan as it will be carried out, after whoever may edit it has seen it."""

    event: Literal["plan"] = "plan"
    key: str
    plan: Plan
    is_edited: bool = False


class Ended(Frozen):
    """The answer."""

    event: Literal["ended"] = "ended"
    answer: str | None
    answered_by: str | None
    status: str
    usage: Usage


TreeEvent = Grown | Valued | Expanded | Pruned | Chosen
Event = (
    Began
    | Asked
    | Called
    | Scored
    | Refused
    | Repaired
    | Paused
    | Judged
    | Ran
    | Decided
    | Noted
    | Remarked
    | Grown
    | Valued
    | Expanded
    | Pruned
    | Chosen
    | Planned
    | Ended
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


def read_event(data: dict[str, Any]) -> Event:
    """An event from its plain data. Raises InputError."""
    try:
        return _ADAPTER.validate_python(data)
    except ValidationError as error:
        raise InputError(f"expected an event of a trace, got {str(data)[:80]!r}") from error


def read_trace(path: Path | str) -> list[Event]:
    """The events of a saved run. Raises InputError naming the first line that is not one."""
    return list(_parsed(path))


def _parsed(path: Path | str) -> Iterator[Event]:
    try:
        text = Path(path).read_bytes().decode("utf-8", "replace")
        lines = [line for line in text.split("\n") if line]
    except OSError as error:
        raise InputError(f"expected a trace as written by --trace, but {path} cannot be read: {error}") from error
    for number, line in enumerate(lines, 1):  # only line feeds end a line: JSON may hold other separators
        try:
            yield _ADAPTER.validate_json(line)
        except ValidationError as error:
            if number == len(lines) > 1 and not text.endswith("\n"):
                return  # the run was killed while it wrote its last line
            raise InputError(f"{path}, line {number}: expected an event of a trace, got {line[:80]!r}") from error
