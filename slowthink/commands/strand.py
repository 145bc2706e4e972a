"""One side of the demo: what a thinker wrote, what was struck and put in, and the verdicts, as they come.

A strand is told the events of a run and the text of the row that is being written, from other threads than the one
that draws it. A call that has ended shows what the trace says of it; that is the truth, the stream only comes sooner.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from rich.text import Text

from slowthink.commands.show import QUIET, TRUST, printable, repair_shown, verdict_shown
from slowthink.models.protocol import Intervention
from slowthink.trace import Asked, Called, Ended, Event, Judged, Refused, Remarked


@dataclass
class Reply:
    """One row: its text, and the repairs that are still visible in it."""

    text: str = ""
    repairs: list[Intervention] = field(default_factory=list)

    def repaired(self, event: Intervention) -> None:
        """Add a repair; what stood after it was thrown away, older repairs with it."""
        kept = [old for old in self.repairs if old.start < event.start or old.action == "rewind" == event.action]
        self.repairs = [old for old in kept if old.start <= event.start] + [event]

    def shown(self, is_coloured: bool) -> Text:
        """The text with its repairs."""
        shown, at = Text(), 0
        for i, event in enumerate(self.repairs):
            following = self.repairs[i + 1].start if i + 1 < len(self.repairs) else len(self.text)
            end = max(at, min(event.start + len(event.after), following))
            shown.append(printable(self.text[at : event.start]))
            shown.append_text(repair_shown(event.before, self.text[event.start : end], is_coloured))
            at = end
        return shown.append(printable(self.text[at:]))


@dataclass
class Call:
    """One call of the model: one reply that is streamed, or several at once."""

    key: str
    prefill: str
    rows: int
    replies: list[Reply]
    is_open: bool = True

    @property
    def rung(self) -> str:
        """Where in the run the call is made, in words; what is done for the first time goes without a number."""
        first, *rest = self.key.split("/")[:-1] or [""]
        parts = [_counted(part) for part in rest]
        return ", ".join([first.replace("_", " "), *(part for part in parts if part)])

    def shown(self, is_coloured: bool) -> Text:
        """Each reply behind what it began with."""
        if self.is_open and self.rows > 1:
            return Text(f"writing {self.rows} at once ...", QUIET)
        begun = Text(printable(self.prefill.strip("\n")), QUIET)
        shown = [Text.assemble(begun, reply.shown(is_coloured)) for reply in self.replies]
        if self.rows > 1:
            shown = [Text.assemble(("- ", QUIET), " ".join(printable(reply.text).split())) for reply in self.replies]
        return Text("\n").join(shown)


class Strand:
    """Everything that one side shows."""

    def __init__(self) -> None:
        self._items: list[Call | Text] = []
        self._said: set[str] = set()
        self._lock = threading.Lock()

    def hear(self, event: Event) -> None:
        """Take in an event of the run (the `listener`)."""
        with self._lock:
            if isinstance(event, Asked):
                replies = [Reply()] if event.rows == 1 else []
                self._items.append(Call(event.key, event.prefill, event.rows, replies))
            elif isinstance(event, Called):
                self._ended(event)
            elif (line := _line(event)) is not None and (line.plain not in self._said or isinstance(event, Ended)):
                self._said.add(line.plain)
                self._items.append(line)

    def see(self, text: str, event: Intervention | None) -> None:
        """Take in the text so far of the row that is being written (the `on_text`)."""
        with self._lock:
            for call in reversed(self._calls()):
                if call.is_open and call.rows == 1:
                    call.replies[0].text = text
                    if event is not None:
                        call.replies[0].repaired(event)
                    return

    def shown(self, is_coloured: bool) -> Text:
        """All of it, with a heading for each rung."""
        with self._lock:
            parts: list[Text] = []
            rung, number = "", 0
            for item in _gathered(self._items):
                if isinstance(item, Call) and item.rung != rung:
                    number += _strategy(item.rung) != _strategy(rung)
                    rung = item.rung
                    parts.append(Text(f"rung {number}: {rung}", "bold cyan"))
                parts.append(item.shown(is_coloured) if isinstance(item, Call) else item)
            return Text("\n").join(part for part in parts if part.plain.strip())

    def _calls(self) -> Sequence[Call]:
        return [item for item in self._items if isinstance(item, Call)]

    def _ended(self, event: Called) -> None:
        for call in self._calls():
            if call.key == event.key:
                call.replies, call.is_open = [], False
                for row in event.rows:
                    reply = Reply(row.text)
                    for intervention in row.interventions:
                        reply.repaired(Intervention(**intervention))
                    call.replies.append(reply)


_OBJECTION = "not "
"""What a remark begins with that speaks against something the model wrote."""
SHOWN = 2
"""So many objections in a row are shown; the others are counted."""


def _gathered(items: list[Call | Text]) -> Iterator[Call | Text]:
    """The items, with long runs of objections made short."""
    for is_objection, run in groupby(items, lambda item: isinstance(item, Text) and item.plain.startswith(_OBJECTION)):
        found = list(run)
        if not is_objection or len(found) <= SHOWN + 1:
            yield from found
        else:
            yield from found[:SHOWN]
            yield Text(f"... nor {len(found) - SHOWN} others", QUIET)


def _counted(part: str) -> str:
    """`working 0` is `working`, `working 1` is `working 2`; `round 0` is nothing."""
    name, _, number = part.rpartition(" ")
    if not number.isdecimal():
        return part
    return f"{name} {int(number) + 1}".strip() if int(number) else name.replace("round", "").strip()


def _strategy(rung: str) -> str:
    return rung.partition(",")[0]


def _line(event: Event) -> Text | None:
    """The line that an event makes; None for those that make none."""
    if isinstance(event, Judged):
        return verdict_shown(event.status.value, event.claim, event.reason)
    if isinstance(event, Remarked):
        return Text(printable(event.text), QUIET)
    if isinstance(event, Refused):
        return Text(printable(f"not done: {event.reason}"), QUIET)
    if isinstance(event, Ended):
        by = f", answered by {event.answered_by}" if event.answered_by else ""
        answer = "no answer" if event.answer is None else printable(" ".join(event.answer.split())[:200])
        style = TRUST.get(event.status, "")
        return Text.assemble(("=> ", QUIET), (answer, "bold"), "  ", (event.status, style), (by, QUIET))
    return None
