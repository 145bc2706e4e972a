"""One row of the batch: its tokens, when it stops, and what its supervisors do to it.

A row is pure bookkeeping: it never touches the model. `ids` is the truth; `cached` says how many of them the
cache holds; a rewind is a smaller `cached`.
"""

from __future__ import annotations

import time
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Literal

import torch

from slowthink.models.prefixes import Node
from slowthink.models.protocol import Completion, Intervention, Request
from slowthink.models.sampling import choose, uniform
from slowthink.models.text import Writing
from slowthink.supervision import Action, Replace, Rewind, Stop

REPAIRS_PER_SPAN = 3
"""After so many interventions at one place the row is left to itself there."""
CHOICES_PER_TOKEN = 16
"""How many banned continuations are tried before the row gives up."""

Finish = Literal["stop", "eos", "length", "supervisor", "cancelled"]


@dataclass
class Job:
    """What was asked of the engine, and where the result goes."""

    request: Request
    writing: Writing
    done: Future[Row]
    keep: bool = False
    """Remember what is written for later branches."""
    score_from: int | None = None
    """For scoring: the log-probabilities of `writing.ids` from here on are wanted, nothing is sampled."""
    cancelled: bool = False
    """Set by the caller that no longer waits; the row leaves at the next step."""


@dataclass(eq=False)
class Row:
    """The state of one row while it decodes, and its result afterwards."""

    job: Job
    eos: frozenset[int]
    prefix: Node | None = None
    prefix_tokens: int = 0
    length: int = 0
    """Tokens in the row's own slot, behind the prefix."""
    seen: int = 0
    finish: Finish | None = None
    logprobs: list[float | None] = field(default_factory=list)
    interventions: list[Intervention] = field(default_factory=list)
    bans: list[tuple[int, str]] = field(default_factory=list)
    prompt_pushed: int = 0
    own_pushed: int = 0
    discarded: int = 0
    supervising: float = 0.0
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

    def pushed(self, count: int) -> None:
        """`count` more ids went through the model."""
        prompt = max(0, min(count, self.writing.begin - self.cached))
        self.prompt_pushed += prompt
        self.own_pushed += count - prompt
        self.length += count

    def roll_back(self, kept: int) -> None:
        """The cache is good for the first `kept` ids only; the last id is always pushed again for its logits."""
        kept = min(kept, len(self.writing.ids) - 1, self.cached)
        self.discarded += max(0, self.cached - max(kept, self.writing.begin))
        self.length = max(0, kept - self.prefix_tokens)
        self.prefix_tokens = min(self.prefix_tokens, kept)

    def take(self, logits: torch.Tensor) -> None:
        """The model's `logits` `[vocabulary]` for the next token: record, choose, watch."""
        if self.job.score_from is not None:
            self._score(logits)
        elif self.pending == 0:
            self._write(logits)

    def _score(self, logits: torch.Tensor) -> None:
        at = self.cached
        if self.job.score_from is not None and self.job.score_from <= at < len(self.writing.ids):
            self.logprobs.append(float(torch.log_softmax(logits.float(), dim=-1)[self.writing.ids[at]]))
        if at >= len(self.writing.ids) - 1:
            self.finish = "stop"

    def _write(self, logits: torch.Tensor) -> None:
        sampling, writing = self.job.request.sampling, self.writing
        token = self._choose(logits)
        if token is None:
            self._end("supervisor")
            return
        if token in self.eos:
            self._end("eos")
            return
        if sampling.logprobs:
            self._note(float(torch.log_softmax(logits.float(), dim=-1)[token]))
        writing.push(token)
        stop = self._stop_at(self.seen)
        if stop is not None:
            self._cut(stop)
            self._end("stop")
        elif self.spent >= sampling.max_tokens:
            self._end("length")
        else:
            self._watch(ended=False)
        self._show(None)

    @property
    def spent(self) -> int:
        """Tokens after the prompt that have passed through the model or are about to."""
        return self.own_pushed + max(0, len(self.writing.ids) - max(self.cached, self.writing.begin))

    def _choose(self, logits: torch.Tensor) -> int | None:
        sampling = self.job.request.sampling
        position = len(self.writing.ids) - self.writing.begin
        noise = uniform(sampling.seed, f"{sampling.path}#{len(self.interventions)}", position)
        for _ in range(CHOICES_PER_TOKEN):
            token = choose(logits, sampling.temperature, sampling.top_p, noise)
            if not self.bans or not self._banned(token):
                return token
            logits = logits.clone()
            logits[token] = float("-inf")
        return None

    def _banned(self, token: int) -> bool:
        if token in self.eos:
            text = self.writing.text
            return any(text[at:] and banned.rstrip() == text[at:].rstrip() for at, banned in self.bans)
        text = self.writing.with_pushed(token)
        return any(text.startswith(banned, at) for at, banned in self.bans)

    def _stop_at(self, seen: int) -> int | None:
        """Where the earliest stop string begins that the text from `seen` on completes."""
        stops = self.job.request.sampling.stop
        if not stops:
            return None
        text = self.writing.text
        start = max(0, seen - max(map(len, stops)))
        return min((at for at in (text.find(s, start) for s in stops) if at >= 0), default=None)

    def _cut(self, end: int) -> None:
        """Keep the text before `end`; what was generated beyond it never counts."""
        self.roll_back(self.writing.rewrite(self.writing.text[:end]))
        self._align()
        self.seen = min(self.seen, end)

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
                start = (len(reply) if (mark := _mark(action)) is None else mark) - offset
                if start >= 0 and self._at_span.get(start, 0) < REPAIRS_PER_SPAN:
                    found.append((start, supervisor.name, action))
        self.supervising += time.perf_counter() - begin
        self.seen = len(text)
        if found:
            self._act(*min(found, key=lambda one: one[0]))

    def _act(self, start: int, name: str, action: Action) -> None:
        text, discarded = self.writing.text, self.discarded
        self._at_span[start] = self._at_span.get(start, 0) + 1
        kind: Literal["replace", "rewind", "stop"]
        if isinstance(action, Stop):
            kind, after = "stop", ""
            self._cut(start)
            self.finish = "supervisor"
        else:
            kind, after = ("replace", action.text) if isinstance(action, Replace) else ("rewind", "")
            self.roll_back(self.writing.rewrite(text[:start] + after))
            self.bans = [(at, banned) for at, banned in self.bans if at <= start]
            if isinstance(action, Rewind):
                self.bans.append((start, text[start:]))
            self._align()
            stop = self._stop_at(start)
            if stop is not None:
                self._cut(stop)
                self.finish = "stop"
            elif self.finish != "length" and self.spent < self.job.request.sampling.max_tokens:
                self.finish = None
            else:
                self.finish = "length"
        self.seen = len(self.writing.text)
        event = Intervention(name, kind, start, text[start:], after, action.why, self.discarded - discarded)
        self.interventions.append(event)
        self._show(event)

    def _note(self, logprob: float) -> None:
        self._align()
        self.logprobs.append(logprob)

    def _align(self) -> None:
        """One log-probability for each own token; None for what was put in."""
        own = len(self.writing.ids) - self.writing.begin
        del self.logprobs[own:]
        self.logprobs.extend([None] * (own - len(self.logprobs)))

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
        )


def _mark(action: Action) -> int | None:
    return action.end if isinstance(action, Stop) else action.start
