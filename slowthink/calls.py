"""Calls of the model between the mind and its trace: as events when they come back, and back again from saved ones."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from slowthink.models.protocol import Completion, Intervention, Prompt, Waited
from slowthink.trace import Called, Event, Paused, Repaired, Row
from slowthink.types import Constraint, Usage


@dataclass(frozen=True)
class AskedCall:
    """A call of the model, as its trace tells it."""

    key: str
    prompt: Prompt
    max_tokens: int
    temperature: float
    constraint: Constraint | None


def told(call: AskedCall, rows: Sequence[Completion]) -> Iterator[Event]:
    """The events of a call that has come back: the call, and what supervisors did in its rows."""
    yield Called(
        key=call.key,
        prompt=_shown(call.prompt),
        prompt_hash=hash_of(call.prompt),
        max_tokens=call.max_tokens,
        temperature=call.temperature,
        constraint=call.constraint,
        rows=tuple(_row(row) for row in rows),
    )
    for number, row in enumerate(rows):
        for wait in row.waits:
            yield Paused(key=call.key, row=number, **asdict(wait))
        for event in row.interventions:
            yield Repaired(
                event={"replace": "repair", "rewind": "rewind", "stop": "stop"}[event.action],  # type: ignore[arg-type]
                key=call.key,
                row=number,
                supervisor=event.supervisor,
                start=event.start,
                before=event.before,
                after=event.after,
                why=event.why,
                discarded_tokens=event.discarded,
            )


def completion_of(row: Row) -> Completion:
    """A row of a saved call as the model gave it."""
    return Completion(
        text=row.text,
        finish=row.finish,  # type: ignore[arg-type]
        prompt_tokens=row.prompt_tokens,
        generated_tokens=row.generated_tokens,
        found_tokens=row.found_tokens,
        discarded_tokens=row.discarded_tokens,
        estimated_tokens=row.estimated_tokens,
        interventions=tuple(Intervention(**event) for event in row.interventions),
        waits=tuple(Waited(**event) for event in row.waits),
    )


def _row(row: Completion) -> Row:
    return Row(
        text=row.text,
        finish=row.finish,
        prompt_tokens=row.prompt_tokens,
        generated_tokens=row.generated_tokens,
        found_tokens=row.found_tokens,
        discarded_tokens=row.discarded_tokens,
        estimated_tokens=row.estimated_tokens,
        interventions=tuple(asdict(event) for event in row.interventions),
        waits=tuple(asdict(event) for event in row.waits),
        logprob=None if row.logprobs is None else sum(value for value in row.logprobs if value is not None),
    )


def usage_of(rows: Sequence[Completion]) -> Usage:
    """What the rows cost."""
    return Usage(
        tokens=sum(row.tokens for row in rows),
        generated_tokens=sum(row.generated_tokens for row in rows),
        discarded_tokens=sum(row.discarded_tokens for row in rows),
        estimated_tokens=sum(row.estimated_tokens for row in rows),
        repairs=sum(event.action == "replace" for row in rows for event in row.interventions),
        rewinds=sum(event.action == "rewind" for row in rows for event in row.interventions),
    )


def _shown(prompt: Prompt) -> str:
    turns = [f"{message.role}: {message.content}" for message in prompt.messages]
    return "\n".join([*turns, prompt.text, prompt.prefill]).strip("\n")


def hash_of(prompt: Prompt) -> str:
    """By which a saved call is known to be one of this prompt."""
    parts = [f"{m.role}\x00{m.content}" for m in prompt.messages]
    return hashlib.sha256("\x01".join([*parts, prompt.text, prompt.prefill]).encode()).hexdigest()[:16]
