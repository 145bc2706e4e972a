"""One row of the batch: its tokens, when it stops, and what its supervisors do to it.

A row is pure bookkeeping: it never touches the model, and it does not mind whether its next token comes from
logits, from a script or from a dice. `ids` is the truth; `cached` says how many of them the cache holds; a
rewind is a smaller `cached`. Whatever supervisors do, a row pushes at most its prompt and `max_tokens`. While a
supervisor's worker decides, the row is parked: it takes no tokens until it is resumed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from slowthink.models.bans import Bans
from slowthink.models.findings import Finding, Findings
from slowthink.models.jobs import Choices, uniform
from slowthink.models.protocol import Completion, Finish, Intervention, Sampling
from slowthink.models.tally import Tally
from slowthink.supervision import Action, Replace, Rewind, Stop, Wait

if TYPE_CHECKING:
    from slowthink.models.constraints import Grammar

GREEDY = Sampling()
REPAIRS_PER_SPAN = 3
"""After so many interventions at one place the row is left to itself there."""
CHOICES_PER_TOKEN = 16
"""How many banned continuations are tried before all of them are looked for, and again before the row gives up."""


@dataclass(eq=False)
class Row(Tally):
    """The state of one row while it decodes, and its result afterwards."""

    eos: frozenset[int]
    seen: int = 0
    finish: Finish | None = None
    error: Exception | None = None
    """What a supervisor or listener of this row raised; it ends this row and no other."""
    interventions: list[Intervention] = field(default_factory=list)
    bans: Bans = field(default_factory=Bans)
    supervising: float = 0.0
    estimated: int = 0
    """Tokens, among those that were pushed, whose number is an estimate."""
    constraining: float = 0.0
    """Seconds spent on choosing under the row's constraint."""
    is_greedy: bool = True
    """Whether all tokens that a score is about, as far as they were heard, are the likeliest at their places."""
    _at_span: dict[int, int] = field(default_factory=dict)
    _findings: Findings = field(default_factory=Findings)

    @property
    def grammar(self) -> Grammar | None:
        """What its constraint allows next."""
        return self.job.grammar

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
            token = self.writing.ids[at]
            self.logprobs.append(choices.logprob(token))
            self.is_greedy = self.is_greedy and choices.best(GREEDY, 0.0) == token
        if at >= len(self.writing.ids) - 1:
            self.finish = "stop"

    @property
    def is_parked(self) -> bool:
        """Whether a supervisor's worker has yet to decide; then the row neither goes on nor leaves."""
        return self._findings.are_open and self.error is None

    @property
    def is_decided(self) -> bool:
        """Whether a parked row can be resumed."""
        return self._findings.is_decided or self.job.cancelled

    @property
    def deadline(self) -> float:
        """When a parked row is resumed in any case, by the monotonic clock."""
        return self._findings.deadline

    def when_decided(self, callback: Callable[[], None]) -> None:
        """Call back, from whatever thread, once a parked row can be resumed or is cancelled."""
        self._findings.when_decided(callback)
        self.job.done.add_done_callback(lambda _: callback())

    def resume(self) -> None:
        """A parked row was decided: do what was decided, or go on."""
        try:
            self._settle()
        except Exception as error:  # a listener's: whoever asked for the row hears of it
            self.error = error

    def let_go(self) -> None:
        """The row has come to its end: workers that still decide about it are cancelled."""
        self._findings.drop()

    def _write(self, choices: Choices) -> None:
        sampling, writing, events = self.job.request.sampling, self.writing, len(self.interventions)
        token = self._choose(choices)
        if token is None and self._backs_out(choices):
            pass
        elif token is None or token in self.eos:
            self._end("eos" if token is not None else self._why_none(choices))
        else:
            if sampling.logprobs:
                self.logprobs.append(choices.logprob(token))
            writing.push(token)
            if self.grammar is not None:
                begin = time.perf_counter()
                self.grammar.push(token)
                self.constraining += time.perf_counter() - begin
            stop = self._stop_in(writing.text, self.seen)
            if stop is not None:
                self._edit(writing.text[:stop])
                self._end("stop")
            elif self.grammar is not None and self.grammar.is_complete:
                self._end("complete")
            elif self.spent >= sampling.max_tokens:
                self._end("length")
            else:
                self._watch(ended=False)
        if len(self.interventions) == events:
            self._show(None)

    def _choose(self, choices: Choices) -> int | None:
        """What comes next, by noise; None when all that may come is banned or not allowed."""
        sampling = self.job.request.sampling
        position = len(self.writing.ids) - self.writing.begin + self.job.written
        noise = uniform(sampling.seed, f"{sampling.path}#{len(self.interventions)}", position)
        if self.grammar is None:
            return self._unbanned(choices, sampling, noise)
        begin = time.perf_counter()
        token = self._unbanned(choices.within(self.grammar, self.eos), sampling, noise)
        self.constraining += time.perf_counter() - begin
        return token

    def _unbanned(self, choices: Choices, sampling: Sampling, noise: float) -> int | None:
        for _ in range(2):
            for _ in range(CHOICES_PER_TOKEN):
                token = choices.best(sampling, noise)
                if token is None or not self.bans or not self.banned(token):
                    return token
                choices = choices.without([token])
            choices = choices.without(self._completing())
        return None

    def _backs_out(self, choices: Choices) -> bool:
        """Leave a dead end: where a constraint allows only what is banned, the part that leads there is banned too."""
        part = self.bans.part(self.writing.text)
        if self.grammar is None or part is None or not choices.is_free:
            return False
        at, text = part
        self._edit(self.writing.text[:at])
        self.bans.cut(at)
        self.bans.add(at, text, was_end=False)
        if self.spent >= self.job.request.sampling.max_tokens:
            self._end("length")
        return True

    def _completing(self) -> list[int]:
        """All tokens that would complete a banned text at once."""
        if self.writing.held:  # inside a character no token says what it says elsewhere
            return []
        rests = self.bans.completions(self.writing.text)
        return [token for rest in rests for token in self.writing.codec.beginning_with(rest)]

    def _why_none(self, choices: Choices) -> Finish:
        """Why there is nothing to choose."""
        if self.grammar is None or self.bans or choices.best(self.job.request.sampling, 0.0) is None:
            return "supervisor"
        return "complete" if self.grammar.is_satisfied else "constraint"

    def banned(self, token: int) -> bool:
        """Whether `token` would bring back a text that was refuted at its place."""
        if token in self.eos:
            return self.bans.forbid_end(self.writing.text)
        text = self.writing.with_pushed(token)
        last = self._last_text(token, text)
        return self.bans.forbid(text) or (last is not None and self.bans.forbid_end(last))

    def _last_text(self, token: int, text: str) -> str | None:
        """The row's text if it ends with this token, which makes it `text`; None if it goes on."""
        stop = self._stop_in(text, self.seen)
        if stop is not None:
            return text[:stop]
        is_last = self.spent + 1 >= self.job.request.sampling.max_tokens
        return text if is_last or (self.grammar is not None and self.grammar.completes(token)) else None

    def _stop_in(self, text: str, seen: int) -> int | None:
        """Where the earliest stop string begins that the text from `seen` on completes."""
        stops = [stop for stop in self.job.request.sampling.stop if stop]
        if not stops:
            return None
        start = max(0, seen - max(map(len, stops)))
        return min((at for at in (text.find(s, start) for s in stops) if at >= 0), default=None)

    def _edit(self, text: str) -> bool:
        """Make `text` the row's own; the cache is good for what is common.

        False when the row's constraint does not allow it.
        """
        same = self.writing.rewrite(text)
        self.cut(same)
        if self.job.request.sampling.logprobs:
            own = len(self.writing.ids) - self.writing.begin
            del self.logprobs[max(0, same - self.writing.begin) :]
            self.logprobs.extend([None] * (own - len(self.logprobs)))
        self.seen = min(self.seen, len(text))
        return self.grammar is None or self.grammar.rewrite(text)

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
            answer = supervisor.watch(reply, offset + seen, ended)
            start = None if answer is None else self._place(answer)
            if answer is not None and start is not None:
                found.append(Finding(start, supervisor.name, answer))
        self.supervising += time.perf_counter() - begin
        self._findings.put(found)
        self._settle()

    def _place(self, answer: Action | Wait) -> int | None:
        """From where on in the row's own text an answer counts; None when it is not to be done."""
        offset, end = len(self.job.request.prompt.prefill), len(self.writing.text)
        mark = answer.end if isinstance(answer, Stop) else answer.start
        start = end if mark is None else mark - offset
        if start < 0:
            return None if isinstance(answer, Replace | Rewind) else 0
        is_spent = not isinstance(answer, Wait) and self._at_span.get(start, 0) >= REPAIRS_PER_SPAN
        return None if is_spent else min(start, end)

    def _settle(self) -> None:
        """Do what supervisors answered, as far as it is decided."""
        found = self._findings.next(self._place)
        if found is not None and not isinstance(found.answer, Wait):
            self._act(found.start, found.supervisor, found.answer)

    def _act(self, start: int, name: str, action: Action) -> None:
        text, discarded = self.writing.text, self.discarded
        self._at_span[start] = self._at_span.get(start, 0) + 1
        after = action.text if isinstance(action, Replace) else ""
        kind, why = _KINDS[type(action)], action.why
        is_allowed = self._edit(text[:start] + after)
        if not is_allowed:
            self._edit(text[:start])
            kind, why, after = "stop", f"{why}; but the row's constraint does not allow {after!r}", ""
        self.bans.cut(start)
        if isinstance(action, Rewind):
            self.bans.add(start, text[start:], self.finish not in (None, "length"))
        stop = self._stop_in(self.writing.text, start)
        if not is_allowed or isinstance(action, Stop):
            self.finish = "supervisor" if is_allowed else "constraint"
        elif stop is not None:
            self._edit(self.writing.text[:stop])
            self.finish = "stop"
        elif self.grammar is not None and self.grammar.is_complete:
            self.finish = "complete"
        else:
            spent = self.finish == "length" or self.spent >= self.job.request.sampling.max_tokens
            self.finish = "length" if spent else None
        self.seen = len(self.writing.text)
        event = Intervention(name, kind, start, text[start:], after, why, self.discarded - discarded)
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
            found_tokens=self.own_found,
            reread_tokens=self.again_pushed,
            discarded_tokens=self.discarded,
            interventions=tuple(self.interventions),
            waits=tuple(self._findings.waits),
            estimated_tokens=self.estimated,
        )


_KINDS: dict[type[Action], Literal["replace", "rewind", "stop"]] = {Replace: "replace", Rewind: "rewind", Stop: "stop"}
