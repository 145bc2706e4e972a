"""What all models that write token by token share: prompts become rows, rows become completions, and branches.

A model brings a `Codec` and says in `_run` how rows get their tokens: from an engine's forward passes, a script,
a record or a dice. Supervision, stop strings, counting and branches are the same code for all of them.
"""

from __future__ import annotations

import asyncio
import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from slowthink.errors import InputError
from slowthink.models.jobs import Job
from slowthink.models.protocol import Branch, Completion, OnText, Prompt, Request, Sampling, Score
from slowthink.models.rows import Row
from slowthink.models.text import Codec, Writing
from slowthink.supervision import Supervisor
from slowthink.types import Constraint

if TYPE_CHECKING:
    from slowthink.models.constraints import Grammar, Grammars

NO_BOUND = 1 << 30


class RowModel(ABC):
    """Implements `LanguageModel` over something that runs rows."""

    def __init__(self, name: str, codec: Codec, context: int = NO_BOUND) -> None:
        self.name = name
        self.codec = codec
        self.context = context
        """The most tokens that the model reads and writes in one row."""
        self._grammars: Grammars | None = None

    @abstractmethod
    async def _run(self, jobs: list[Job]) -> list[Row]:
        """Write or score all rows; a caller that is cancelled takes its rows with it."""

    @abstractmethod
    def close(self) -> None:
        """Give back what the model holds; safe to call twice."""

    @property
    def chat(self) -> bool:
        """Whether messages go through a chat template."""
        return self.codec.chat

    def count(self, prompt: Prompt) -> int:
        """Number of tokens of the rendered prompt."""
        return len(self._read(prompt).ids)

    async def generate(self, requests: Sequence[Request]) -> list[Completion]:
        """One completion for each request.

        Raises InputError for one that does not fit the model's context, or whose constraint cannot be used.
        """
        jobs = [Job(request, self._fitting(self._read(request.prompt), request.sampling)) for request in requests]
        for job in jobs:
            job.grammar = await self._grammar(job)
        return [row.completion() for row in await self._run(jobs)]

    async def score(self, prompt: Prompt, continuations: Sequence[str]) -> list[Score]:
        """Log-probability of each continuation; tokens that it shares with the prompt's encoding are not counted."""
        return await self._score_after(self._read(prompt), continuations)

    def branch(self, prompt: Prompt) -> Branch:
        """A branch behind `prompt`; nothing is computed before it is needed."""
        return RowBranch(self, prompt, self._read(prompt), "")

    async def _score_after(self, begin: Writing, continuations: Sequence[str]) -> list[Score]:
        jobs, counts = [], []
        for text in continuations:
            self._encoded(text, False)
            whole = begin.behind()
            start = max(1, whole.rewrite(text))
            self._bounded(len(whole.ids), 0)
            counts.append(max(0, len(whole.ids) - start))
            whole.begin = start
            jobs.append(Job(Request(Prompt()), whole, score_from=start))
        rows = iter(await self._run([job for job, n in zip(jobs, counts, strict=True) if n]))
        return [score_of(next(rows)) if n else Score(0.0, 0, is_greedy=True) for n in counts]

    async def _grammar(self, job: Job) -> Grammar | None:
        """What holds a job's row to its constraint; reading a large vocabulary does not block the event loop."""
        constraint, begun, held = job.request.constraint, job.request.begun, job.writing.held
        if constraint is None:
            return None
        if self._grammars is None:  # imported where it is used
            from slowthink.models.constraints import Grammars

            self._grammars = Grammars(self.codec)
        if self._grammars.is_quick:
            return self._grammars.start(constraint, begun, held)
        return await asyncio.to_thread(self._grammars.start, constraint, begun, held)

    def _read(self, prompt: Prompt) -> Writing:
        """The writing of a row behind `prompt`; an empty prompt is read as an empty line."""
        text, marks = self.codec.render(prompt)
        if not (ids := self._encoded(text, marks)):
            text = "\n"
            ids = self._encoded(text, marks)
        return Writing(self.codec, text, marks, ids)

    def _encoded(self, text: str, marks: bool) -> list[int]:
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise InputError(
                f"expected text that can be written in UTF-8, but character {error.start} is half of a surrogate pair"
            ) from error
        return self.codec.encode(text, marks)

    def _fitting(self, writing: Writing, sampling: Sampling) -> Writing:
        if sampling.max_tokens < 1:
            raise InputError(f"expected max_tokens of at least 1, got {sampling.max_tokens}")
        if not 0 <= sampling.temperature < math.inf:
            raise InputError(f"expected a temperature of 0 or more, got {sampling.temperature}")
        if not 0 <= sampling.top_p <= 1:
            raise InputError(f"expected top_p between 0 and 1, got {sampling.top_p}")
        self._bounded(len(writing.ids), sampling.max_tokens)
        return writing

    def _bounded(self, read: int, more: int) -> None:
        if read + more > self.context:
            raise InputError(
                f"the prompt has {read} tokens and {more} more are asked for, but {self.name} reads at most "
                f"{self.context}. Shorten the prompt or lower max_tokens."
            )


class RowBranch:
    """A place in the tree of tokens. Its tokens are its whole state; an engine remembers their cache."""

    def __init__(self, model: RowModel, prompt: Prompt, writing: Writing, path: str) -> None:
        self._model = model
        self._prompt = prompt
        self._writing: Writing | None = writing
        self._path = path
        self._forks = 0
        self._is_writing = False

    @property
    def _live(self) -> Writing:
        if self._writing is None:
            raise InputError("this branch was released; fork or create another one")
        return self._writing

    @property
    def _idle(self) -> Writing:
        if self._is_writing:
            raise InputError("this branch is being written by another call; wait for it, or fork the branch first")
        return self._live

    @property
    def text(self) -> str:
        """All that was appended or generated here."""
        return self._live.text

    @property
    def token_ids(self) -> tuple[int, ...]:
        """Prompt and branch as the model reads them."""
        return tuple(self._live.ids)

    def mark(self) -> int:
        """A place to come back to."""
        return len(self.text)

    async def append(self, text: str) -> None:
        """Write `text` here; the whole is encoded anew, and what is common stays in the cache."""
        live = self._idle
        self._model._encoded(text, False)
        if text:
            live.rewrite(live.text + text)

    async def generate(
        self,
        sampling: Sampling,
        supervisors: tuple[Supervisor, ...] = (),
        on_text: OnText | None = None,
        constraint: Constraint | None = None,
        since: int | None = None,
    ) -> Completion:
        """Let the model write on; stop strings see only what is new, supervisors the whole reply.

        The constrained text begins at the mark `since`, or else here. The branch's own place among its siblings
        joins the path of the noise, so that forks that are sampled alike do not write alike.
        """
        live = self._idle
        writing = self._model._fitting(live.behind(), sampling)
        reply = self._prompt.continued(live.text)
        begun = "" if since is None else live.text[self._marked(since) :]
        own = replace(sampling, path=sampling.path + self._path)
        request = Request(reply, own, supervisors, on_text, constraint, begun)
        job = Job(request, writing, written=len(live.ids) - live.begin)
        self._is_writing = True
        try:
            job.grammar = await self._model._grammar(job)
            (row,) = await self._model._run([job])
        finally:
            self._is_writing = False
        live.extend(row.writing)
        return row.completion()

    async def score(self, continuations: Sequence[str]) -> list[Score]:
        """Log-probability of each continuation from here."""
        return await self._model._score_after(self._live, continuations)

    def fork(self, k: int) -> Sequence[Branch]:
        """`k` branches that start as this one is."""
        if k < 0:
            raise InputError(f"expected a number of forks of 0 or more, got {k}")
        first, self._forks = self._forks, self._forks + k
        return [RowBranch(self._model, self._prompt, self._live.copy(), f"{self._path}.{first + i}") for i in range(k)]

    def rewind(self, mark: int) -> None:
        """Forget everything after `mark`."""
        self._idle.rewrite(self.text[: self._marked(mark)])

    def _marked(self, mark: int) -> int:
        if not 0 <= mark <= len(self.text):
            raise InputError(f"expected a mark between 0 and {len(self.text)}, got {mark}")
        return mark

    def release(self) -> None:
        """Forget the branch; its memory goes when it is the least recently used."""
        self._writing = None


def score_of(row: Row) -> Score:
    """What a row came to that was to be scored."""
    values = tuple(value for value in row.logprobs if value is not None)
    pushed = row.prompt_pushed + row.own_pushed + row.again_pushed
    return Score(sum(values), len(values), pushed, values, row.is_greedy)
