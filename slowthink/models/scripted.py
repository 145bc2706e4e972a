"""A model that says what a test wants it to say, under the same supervision as a real one.

A script is a list of replies that are given in order, or a function. A reply is a text, or several: the first
one, and what is written after each intervention of a supervisor. A function is asked for what comes after the
prompt, and again, with what then stands there, after each intervention.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

from slowthink.errors import InputError
from slowthink.models.jobs import Job
from slowthink.models.pieces import piece_codec
from slowthink.models.protocol import Request, Score
from slowthink.models.rows import Row
from slowthink.models.text import Writing
from slowthink.models.told import Only, Speaker, ToldModel, next_of

Reply = str | Sequence[str]
Script = Iterable[Reply] | Callable[[str, Request], str]
Scorer = Callable[[str, str], float]
"""Log-probability of a continuation (second) behind a text (first)."""


class ScriptedModel(ToldModel):
    """Answers from a script. `prompts` holds what it was asked, in order.

    A plain text goes on after a replacement with what was not yet said; after a rewind it says the same again,
    which is banned, so the row ends (`supervisor`). Rows of one call take replies in their order, calls in the
    order in which they come. Raises InputError when the script has come to its end.
    """

    def __init__(self, script: Script, *, name: str = "scripted", chat: bool = False, scorer: Scorer | None = None):
        super().__init__(name, piece_codec(chat))
        self.prompts: list[str] = []
        self._function = script if callable(script) else None
        self._replies = [] if callable(script) else [[r] if isinstance(r, str) else list(r) for r in script]
        self._scorer = scorer

    def _speakers(self, jobs: list[Job]) -> list[Speaker]:
        return [self._speaker(job) for job in jobs]

    def _speaker(self, job: Job) -> Speaker:
        asked = len(self.prompts)
        self.prompts.append(job.writing.prompt_text)
        if self._function is not None:
            return _Asked(self._function)
        if asked >= len(self._replies):
            raise InputError(
                f"the script has {len(self._replies)} replies, and one more is asked for behind "
                f"{job.writing.prompt_text[-200:]!r}. Add a reply, or give a function."
            )
        return _Told(self._replies[asked])

    async def _score_after(self, begin: Writing, continuations: Sequence[str]) -> list[Score]:
        """By the scorer; without one every token has the probability 1/2."""
        scores = []
        before = begin.prompt_text + begin.text
        for text in continuations:
            count = len(self.codec.encode(text, False))
            each = math.log(0.5) if self._scorer is None else self._scorer(before, text) / max(1, count)
            scores.append(Score(each * count, count, len(begin.ids) + count, (each,) * count))
        return scores


class _Told:
    """Says a reply, and after each intervention the next part of it, or else the rest."""

    def __init__(self, parts: list[str]) -> None:
        self.rest, *self.parts = parts or [""]
        self.events = 0

    def next(self, row: Row) -> Only:
        for event in row.interventions[self.events :]:
            if self.parts:
                self.rest = self.parts.pop(0)
            elif event.action == "rewind":
                self.rest = event.before + self.rest
        self.events = len(row.interventions)
        told = next_of(self.rest)
        self.rest = self.rest[len(row.writing.codec.decode([told.token or 0])) :]
        return told


class _Asked:
    """Asks the function at the start and after each intervention."""

    def __init__(self, function: Callable[[str, Request], str]) -> None:
        self.function = function
        self.told = _Told([""])
        self.events = -1

    def next(self, row: Row) -> Only:
        if self.events != len(row.interventions):
            self.events = len(row.interventions)
            standing = row.writing.prompt_text + row.writing.text
            self.told = _Told([self.function(standing, row.job.request)])
            self.told.events = self.events
        return self.told.next(row)
