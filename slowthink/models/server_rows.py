"""One row that a server writes: its stream is read under supervision, and resumed from the text as it then stands.

The idea: the pieces that arrive are told to the same `Row` that the engine fills, so stop strings, supervisors and
bounds mean the same. When a supervisor changes the text, the stream is cancelled, and a new one is asked for behind
the edited text; the same is done after a lost connection. The server enforces the token limit; a row that it never
ends is ended here.

Not covered: the cache of the server. What it reads again after an intervention is not counted as the row's, it is
summed in `Tally.repeated`.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Collection, Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from slowthink.errors import ModelUnavailable
from slowthink.models.jobs import Job, uniform
from slowthink.models.pieces import END, PieceTokenizer, number, piece
from slowthink.models.protocol import Sampling
from slowthink.models.rows import Row
from slowthink.models.server_chunks import Chunk, Counts, Token, alternatives, chunk_of, split, whole
from slowthink.models.server_http import Cut, Http
from slowthink.models.server_probe import CHAT
from slowthink.models.text import Codec, Writing

if TYPE_CHECKING:
    from slowthink.models.constraints import Grammar

GRACE_SECONDS = 5.0
"""How long a row that has ended waits for the server's own count."""
TOP = 5
"""Alternatives that are asked for where a text may not come again."""
THROWS = 6
"""Samples that are drawn for the same end where the server names no alternatives."""


class CountingCodec(Codec):
    """Cuts text that is put in into pieces, as many as `measure` says that it has tokens."""

    def __init__(self, measure: Callable[[str], int]) -> None:
        super().__init__(PieceTokenizer())
        self.measure = measure

    def encode(self, text: str, marks: bool) -> list[int]:
        """The numbers of the pieces; where there are more tokens than pieces, empty ones stand in front."""
        return [number(token.text) for token in split(Chunk(text), self.measure(text))]


class StreamedWriting(Writing):
    """The text of a row in the pieces in which it came; an edit keeps those that it leaves as they are."""

    def rewrite(self, text: str) -> int:
        """Make `text` the row's own; what a server streamed is not cut up anew. Returns how many ids stayed."""
        kept, at = min(self.begin, len(self.ids)), 0
        while kept < len(self.ids):
            own = piece(self.ids[kept])
            if not text.startswith(own, at):
                break
            kept, at = kept + 1, at + len(own)
        self.ids = [*self.ids[:kept], *self.codec.encode(text[at:], False)]
        self.text = text
        self._begin_window()
        return kept

    def flush(self) -> None:
        """At the end of a row all that came is shown: a server takes nothing back."""
        if rest := self._grown(self.ids):
            self._show(rest)


@dataclass(frozen=True, slots=True)
class Way:
    """How the requests of a row are made."""

    path: str
    model: str
    extra: tuple[tuple[str, Any], ...] = ()
    """Added where a reply is gone on with."""
    continues: bool = True

    def body(self, row: Row, left: int) -> dict[str, Any]:
        """The request that lets the server write on from the row's text."""
        request, sampling = row.job.request, row.job.request.sampling
        body: dict[str, Any] = {"model": self.model, "max_tokens": left, "temperature": sampling.temperature}
        if sampling.top_p < 1:
            body["top_p"] = sampling.top_p
        if sampling.temperature > 0:
            body["seed"] = _seed(row)
        if self.path != CHAT:
            body["prompt"] = row.writing.prompt_text + row.writing.text
        else:
            body["messages"] = [{"role": m.role, "content": m.content} for m in request.prompt.messages]
            if reply := request.prompt.prefill + row.writing.text:
                body["messages"].append({"role": "assistant", "content": reply})
                body |= dict(self.extra)
        return body

    def logprobs(self, top: int) -> dict[str, Any]:
        """What asks for the log-probabilities of the likeliest tokens at each place."""
        return {"logprobs": True, "top_logprobs": top} if self.path == CHAT else {"logprobs": top}


@dataclass
class Tally:
    """What a server was made to do besides the rows' own tokens."""

    repeated: int = 0
    """Prompt tokens that were sent again and not reported as cached, and tokens that a lost connection took along."""
    requests: int = 0
    cancelled: int = 0


@dataclass
class Reading:
    """One stream while it is read."""

    events: int
    pushed: int
    fresh: bool
    """Nothing of the row's own was sent, so the server's count of the prompt is the row's."""
    told: int = 0
    finish: str | None = None
    counts: Counts | None = None
    refuted: bool = False
    choices: bool = False
    certain: bool = True
    """Whether each piece came with its number of tokens."""
    last: float = field(default_factory=time.monotonic)
    held: str = ""
    """Half of a character, until the other half comes."""

    def mended(self, text: str) -> str:
        """`text` in whole characters."""
        text, self.held = self.held + text, ""
        if text and "\ud800" <= text[-1] <= "\udbff":
            text, self.held = text[:-1], text[-1]
        return text if text.isascii() else whole(text)


class ServerRow:
    """Drives one row to its end."""

    def __init__(self, http: Http, way: Way, job: Job, tally: Tally, is_counted: bool) -> None:
        self.http = http
        self.way = way
        self.job = job
        self.tally = tally
        self.is_counted = is_counted
        """The prompt's tokens are known without the server."""
        self._blank = job.writing.copy()
        self._begin()

    def _begin(self) -> None:
        self.job.writing = self._blank.copy()
        self.row = Row(self.job, frozenset({END}))
        self.row.pushed(self.row.pending)
        self._prompt_counted = False

    async def run(self) -> Row:
        """Write until the row ends. Raises ModelUnavailable when the server fails for good."""
        failures, since = 0, 0.0
        while self.row.finish is None:
            try:
                await self._read()
            except Cut as error:
                failures, since = failures + 1, since or time.monotonic()
                await self.http.pause(failures, since, str(error))
                if not self.way.continues and self.row.writing.text:
                    self.tally.repeated += self.row.own_pushed
                    self._begin()
        if not self._prompt_counted and not self.is_counted:
            self.row.estimated += self.row.prompt_pushed
        return self.row

    async def _read(self) -> None:
        """One request, until its stream ends or the row's text is no longer the stream's."""
        row, sampling = self.row, self.job.request.sampling
        body = self.way.body(row, max(1, sampling.max_tokens - row.spent))
        if sampling.logprobs:
            body |= self.way.logprobs(1)
        body |= {"stream": True, "stream_options": {"include_usage": True, "continuous_usage_stats": True}}
        reading = Reading(len(row.interventions), row.own_pushed, not row.writing.text)
        self.tally.requests += 1
        try:
            async with self.http.stream(self.way.path, body) as stream:
                try:
                    async for event in stream:
                        if await self._take(chunk_of(event), reading):
                            break
                    if row.finish == "length" and reading.finish is None:
                        await self._wait_for_counts(stream, reading)
                except Cut:
                    if reading.finish is None:
                        raise
                self.tally.cancelled += reading.finish is None
        finally:
            self._settle(reading)
        if reading.refuted:
            await self._write_otherwise()
        elif row.finish is None and len(row.interventions) == reading.events:
            self._end(reading)
        await self._decided()

    async def _take(self, chunk: Chunk, reading: Reading) -> bool:
        """Tell the row what came; True when the rest of the stream is not wanted."""
        row = self.row
        reading.choices |= bool(chunk.text or chunk.finish or chunk.thought)
        reading.counts, reading.finish = chunk.counts or reading.counts, reading.finish or chunk.finish
        ended = chunk.finish == "stop" or (reading.finish == "stop" and not chunk.text)
        count = None if chunk.counts is None else chunk.counts.written - reading.told - ended
        if count is None and chunk.thought and not chunk.text:
            count = 1
        reading.certain &= chunk.counts is not None or chunk.tokens is not None or not chunk.text
        now = time.monotonic()
        if chunk.text or chunk.thought:
            reading.last = now
        elif now - reading.last > self.http.timeout:
            raise Cut(f"it sent no text for {self.http.timeout:.0f} seconds")
        for token in split(replace(chunk, text=reading.mended(chunk.text)), count):
            if row.banned(number(token.text)):
                reading.refuted = True
                return True
            self._tell(token)
            reading.told += 1
            await self._decided()
            if row.finish is not None or len(row.interventions) != reading.events:
                return True
        return False

    async def _decided(self) -> None:
        """Wait for the supervisor's worker while the row is parked; the stream stays, and is read on afterwards."""
        loop = asyncio.get_running_loop()
        while self.row.is_parked:
            woken = asyncio.Event()
            self.row.when_decided(partial(_wake, loop, woken))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(woken.wait(), max(0.0, self.row.deadline - time.monotonic()))
            if self.row.is_decided:
                self.row.resume()
                self._after()

    def _tell(self, token: Token) -> None:
        if self.job.request.sampling.logprobs and token.text and token.logprob is None:
            raise ModelUnavailable(
                f"log-probabilities are asked for, and the server at {self.http.url} gives none. Ask without them."
            )
        self._choose([token])

    def _choose(self, tokens: list[Token]) -> None:
        self.row.take(OneOf(tokens))
        self._after()

    def _after(self) -> None:
        if self.row.error is not None:
            raise self.row.error
        if self.row.finish is None:
            self.row.pushed(self.row.pending)

    def _settle(self, reading: Reading) -> None:
        """Book what the stream cost."""
        counts = reading.counts
        if counts is None:
            self.row.estimated += 0 if reading.certain else self.row.own_pushed - reading.pushed
        elif reading.fresh and not self._prompt_counted:
            self._prompt_counted = True
            self.row.prompt_pushed = counts.prompt - counts.cached
        else:
            self.tally.repeated += counts.prompt - counts.cached

    def _end(self, reading: Reading) -> None:
        """The server has ended its stream: by the limit, or because the reply is complete."""
        if not reading.choices:
            raise Cut("its answer had no choices")
        if reading.finish == "content_filter":
            raise ModelUnavailable(f"the server at {self.http.url} withheld the rest of the reply (content_filter)")
        if reading.finish == "length":
            self.row.end("length")
        else:
            self.row.take(OneOf([Token("")], END))
        self._after()

    async def _wait_for_counts(self, stream: AsyncIterator[dict[str, Any]], reading: Reading) -> None:
        """The row has reached its limit, so the server has too: its end comes at once, or is not waited for."""
        try:
            async with asyncio.timeout(GRACE_SECONDS):
                async for event in stream:
                    chunk = chunk_of(event)
                    if chunk.text:
                        return
                    reading.counts, reading.finish = chunk.counts or reading.counts, reading.finish or chunk.finish
        except (TimeoutError, Cut):
            return

    async def _write_otherwise(self) -> None:
        """What the server would write next is refuted: take its best alternative, else draw until another comes."""
        row = self.row
        body = self.way.body(row, 1)
        self.tally.requests += 1
        found = alternatives(await self.http.ask(self.way.path, {**body, **self.way.logprobs(TOP)}))
        for throw in range(0 if found else THROWS):
            hot = max(1.0, row.job.request.sampling.temperature) + throw / 4
            thrown = {**body, "temperature": hot, "seed": _seed(row) + throw}
            chunk = chunk_of(await self.http.ask(self.way.path, thrown))
            self.tally.requests += 1
            self.tally.repeated += 1
            text = whole(chunk.text)
            if text and not row.banned(number(text)):
                found = [Token(text)]
                break
        self._choose(found)


def _wake(loop: asyncio.AbstractEventLoop, woken: asyncio.Event) -> None:
    """From whatever thread; a loop that has ended waits for nothing."""
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(woken.set)


class OneOf:
    """Some tokens that may come next, best first."""

    def __init__(self, tokens: list[Token], end: int | None = None) -> None:
        self.tokens = {number(token.text) if end is None else end: token.logprob for token in tokens}

    def best(self, sampling: Sampling, noise: float) -> int | None:
        """The first one."""
        return next(iter(self.tokens), None)

    @property
    def is_free(self) -> bool:
        """A server's choice is its own."""
        return False

    def without(self, tokens: Iterable[int]) -> OneOf:
        """The same without some."""
        rest, banned = OneOf([]), set(tokens)
        rest.tokens = {key: value for key, value in self.tokens.items() if key not in banned}
        return rest

    def within(self, grammar: Grammar, ends: Collection[int]) -> OneOf:
        """Only what the grammar allows."""
        return self.without([token for token in self.tokens if not grammar.admits(token, ends)])

    def logprob(self, token: int) -> float | None:
        """As the server told it."""
        return self.tokens.get(token)


def _seed(row: Row) -> int:
    """The row's own noise as a number that servers take (31 bits)."""
    sampling = row.job.request.sampling
    position = len(row.writing.ids) - row.writing.begin + row.job.written
    return int(uniform(sampling.seed, f"{sampling.path}#{len(row.interventions)}", position) * 2**31)
