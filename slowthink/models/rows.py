"""One row of the batch: its tokens, when it stops, and what its supervisors do to it.

A row is pure bookkeeping: it never touches the model, and it does not mind whether its next token comes from
logits, from a script or from a dice. `ids` is the truth; `cached` says how many of them the cache holds; a
rewind is a smaller `cached`. Whatever supervisors do, a row pushes at most its prompt and `max_tokens`.
"""

from __future__ import annotations

import hashlib
import time
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

from slowthink.models.protocol import Completion, Intervention, Request, Sampling
from slowthink.models.text import Writing
from slowthink.supervision import Action, Replace, Rewind, Stop

if TYPE_CHECKING:
    from slowthink.models.prefixes import Node

REPAIRS_PER_SPAN = 3
"""After so many interventions at one place the row is left to itself there."""
CHOICES_PER_TOKEN = 16
"""How many banned continuations are tried before the row gives up."""

Finish = Literal["stop", "eos", "length", "supervisor", "cancelled"]


class Choices(Protocol):
    """What may come next in a row."""

    def best(self, sampling: Sampling, noise: float) -> int | None:
        """The token that is chosen with `noise` in [0, 1); None when nothing is left to choose."""
        ...

    def without(self, token: int) -> Choices:
        """The same without one token."""
        ...

    def logprob(self, token: int) -> float | None:
        """Natural logarithm of a token's probability; None where nobody knows it."""
        ...


@dataclass
class Job:
    """What was asked of the engine, and where the result goes."""

    request: Request
    writing: Writing
    done: Future[Row] = field(default_factory=Future)
    keep: bool = False
    """Remember what is written for later branches."""
    score_from: int | None = None
    """For scoring: the log-probabilities of `writing.ids` from here on are wanted, nothing is sampled."""
    written: int = 0
    """Tokens that the branch wrote before this row, so that its noise goes on and does not start anew."""

    @property
    def cancelled(self) -> bool:
        """The caller no longer waits; the row leaves at the next step."""
        return self.done.cancelled()

    def resolve(self, result: Row | Exception) -> None:
        """Hand over the row or the error, if anybody still waits for it."""
        if self.done.done() or not self.done.set_running_or_notify_cancel():
            return
        if isinstance(result, Exception):
            self.done.set_exception(result)
        else:
            self.done.set_result(result)


@dataclass(eq=False)
class Row:
    """The state of one row while it decodes, and its result afterwards."""

    job: Job
    eos: frozenset[int]
    origin: Node | None = None
    """The remembered beginning that the row shares, whether it attends to it in place or has a copy."""
    prefix: Node | None = None
    prefix_tokens: int = 0
    length: int = 0
    """Tokens in the row's own slot, behind the prefix."""
    seen: int = 0
    finish: Finish | None = None
    error: Exception | None = None
    """What a supervisor or listener of this row raised; it ends this row and no other."""
    logprobs: list[float | None] = field(default_factory=list)
    interventions: list[Intervention] = field(default_factory=list)
    bans: list[tuple[int, str]] = field(default_factory=list)
    prompt_pushed: int = 0
    own_pushed: int = 0
    discarded: int = 0
    supervising: float = 0.0
    estimated: int = 0
    """Tokens, among those that were pushed, whose number is an estimate."""
    _prompt_read: int = 0
    """How far into the prompt the row has pushed; what it pushes there again counts as its own."""
    _at_span: dict[int, int] = field(default_factory=dict)

    @property
    def writing(self) -> Writing:
        """The row's text and ids."""
        return self.job.writing

    @property
    def cached(self) -> int:
        """How many of the ids the cache holds."""
        return self.prefix_tokens + self.length

    @property
    def pending(self) -> int:
        """How many ids must be pushed before the next token can be chosen; at least one."""
        return len(self.writing.ids) - self.cached

    @property
    def spent(self) -> int:
        """Tokens beyond the prompt's that have passed through the model or are about to."""
        return self.own_pushed + self.pending - self._new_prompt(len(self.writing.ids))

    def _new_prompt(self, end: int) -> int:
        """How many ids from `cached` to `end` belong to the prompt and were not pushed before."""
        return max(0, min(end, self.writing.begin) - max(self.cached, self._prompt_read))

    def pushed(self, count: int) -> None:
        """`count` more ids went through the model."""
        end = self.cached + count
        prompt = self._new_prompt(end)
        self.prompt_pushed += prompt
        self.own_pushed += count - prompt
        self.length += count
        self._prompt_read = max(self._prompt_read, min(end, self.writing.begin))

    def take(self, choices: Choices) -> None:
        """What may come next is known: record, choose, watch. An error of a supervisor becomes the row's own."""
        try:
            if self.job.score_from is not None:
                self._score(choices, self.job.score_from)
            elif self.pending == 0:
                self._write(choices)
        except Exception as error:  # a supervisor's or listener's: whoever asked for the row hears of it
            self.error = error

    def end(self, finish: Finish) -> None:
        """The row ends here for a reason of the model's; its supervisors may still object."""
        try:
            events = len(self.interventions)
            self._end(finish)
            if len(self.interventions) == events:
                self._show(None)
        except Exception as error:  # as in `take`
            self.error = error

    def _score(self, choices: Choices, start: int) -> None:
        at = self.cached
        if start <= at < len(self.writing.ids):
            self.logprobs.append(choices.logprob(self.writing.ids[at]))
        if at >= len(self.writing.ids) - 1:
            self.finish = "stop"

    def _write(self, choices: Choices) -> None:
        sampling, writing, events = self.job.request.sampling, self.writing, len(self.interventions)
        token = self._choose(choices)
        if token is None or token in self.eos:
            self._end("supervisor" if token is None else "eos")
        else:
            if sampling.logprobs:
                self.logprobs.append(choices.logprob(token))
            writing.push(token)
            stop = self._stop_at(self.seen)
            if stop is not None:
                self._edit(writing.text[:stop])
                self._end("stop")
            elif self.spent >= sampling.max_tokens:
                self._end("length")
            else:
                self._watch(ended=False)
        if len(self.interventions) == events:
            self._show(None)

    def _choose(self, choices: Choices) -> int | None:
        sampling = self.job.request.sampling
        position = len(self.writing.ids) - self.writing.begin + self.job.written
        noise = uniform(sampling.seed, f"{sampling.path}#{len(self.interventions)}", position)
        for _ in range(CHOICES_PER_TOKEN):
            token = choices.best(sampling, noise)
            if token is None or not self.bans or not self.banned(token):
                return token
            choices = choices.without(token)
        return None

    def banned(self, token: int) -> bool:
        """Whether `token` would bring back a text that was refuted at its place."""
        if token in self.eos:
            text = self.writing.text
            return any(text[at:] and banned.rstrip() == text[at:].rstrip() for at, banned in self.bans)
        text = self.writing.with_pushed(token)
        return any(text.startswith(banned, at) for at, banned in self.bans)

    def _stop_at(self, seen: int) -> int | None:
        """Where the earliest stop string begins that the text from `seen` on completes."""
        stops = [stop for stop in self.job.request.sampling.stop if stop]
        if not stops:
            return None
        text = self.writing.text
        start = max(0, seen - max(map(len, stops)))
        return min((at for at in (text.find(s, start) for s in stops) if at >= 0), default=None)

    def _edit(self, text: str) -> None:
        """Make `text` the row's own; the cache is good for what is common, the last id is pushed for its logits."""
        same = self.writing.rewrite(text)
        kept = min(same, len(self.writing.ids) - 1, self.cached)
        self.discarded += self.cached - kept
        self.length = max(0, kept - self.prefix_tokens)
        self.prefix_tokens = min(self.prefix_tokens, kept)
        if self.job.request.sampling.logprobs:
            own = len(self.writing.ids) - self.writing.begin
            del self.logprobs[max(0, same - self.writing.begin) :]
            self.logprobs.extend([None] * (own - len(self.logprobs)))
        self.seen = min(self.seen, len(text))

    def _end(self, finish: Finish) -> None:
        self.writing.flush()
        self.finish = finish
        self._watch(ended=True)

    def _watch(self, ended: bool) -> None:
        """Let the supervisors see what is new; the earliest mark wins, then their order.

        They read the reply from its beginning, what was put in front of the row included, but nothing before
        the row's own text is changed.
        """
        text, seen = self.writing.text, self.seen
        self.seen = len(text)
        supervisors = self.job.request.supervisors
        if not supervisors or (seen == len(text) and not ended):
            return
        begin = time.perf_counter()
        before = self.job.request.prompt.prefill
        reply, offset = before + text, len(before)
        found = []
        for supervisor in supervisors:
            action = supervisor.watch(reply, offset + seen, ended)
            if action is not None:
                start = _mark(action, len(reply)) - offset
                if start >= 0 and self._at_span.get(start, 0) < REPAIRS_PER_SPAN:
                    found.append((min(start, len(text)), supervisor.name, action))
                elif start < 0 and isinstance(action, Stop):
                    found.append((0, supervisor.name, action))
        self.supervising += time.perf_counter() - begin
        if found:
            self._act(*min(found, key=lambda one: one[0]))

    def _act(self, start: int, name: str, action: Action) -> None:
        text, discarded = self.writing.text, self.discarded
        self._at_span[start] = self._at_span.get(start, 0) + 1
        after = action.text if isinstance(action, Replace) else ""
        self._edit(text[:start] + after)
        self.bans = [(at, banned) for at, banned in self.bans if at <= start]
        if isinstance(action, Rewind) and text[start:]:
            self.bans.append((start, text[start:]))
        stop = self._stop_at(start)
        if isinstance(action, Stop):
            self.finish = "supervisor"
        elif stop is not None:
            self._edit(self.writing.text[:stop])
            self.finish = "stop"
        else:
            spent = self.finish == "length" or self.spent >= self.job.request.sampling.max_tokens
            self.finish = "length" if spent else None
        self.seen = len(self.writing.text)
        kind = _KINDS[type(action)]
        event = Intervention(name, kind, start, text[start:], after, action.why, self.discarded - discarded)
        self.interventions.append(event)
        self._show(event)

    def _show(self, event: Intervention | None) -> None:
        if self.job.request.on_text is not None:
            self.job.request.on_text(self.writing.text, event)

    def completion(self) -> Completion:
        """The row's result in the words of the protocol."""
        return Completion(
            text=self.writing.text,
            finish=self.finish or "cancelled",
            token_ids=tuple(self.writing.ids[self.writing.begin :]),
            logprobs=tuple(self.logprobs) if self.job.request.sampling.logprobs else None,
            prompt_tokens=self.prompt_pushed,
            generated_tokens=self.own_pushed,
            discarded_tokens=self.discarded,
            interventions=tuple(self.interventions),
            estimated_tokens=self.estimated,
        )


_KINDS: dict[type[Action], Literal["replace", "rewind", "stop"]] = {Replace: "replace", Rewind: "rewind", Stop: "stop"}


def _mark(action: Action, end: int) -> int:
    if isinstance(action, Stop):
        return end if action.end is None else action.end
    return action.start


def uniform(seed: int, path: str, position: int) -> float:
    """A number in [0, 1) that depends on its arguments only (53 bits of BLAKE2b).

    It is the noise of a draw: so what a row samples depends neither on what else is in the batch nor on any
    global generator.
    """
    key = f"{seed}\x00{path}\x00{position}".encode()
    return (int.from_bytes(hashlib.blake2b(key, digest_size=8).digest(), "big") >> 11) / 2**53
