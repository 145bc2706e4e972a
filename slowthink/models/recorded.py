"""A model that answers with recorded samples: also those of models that are not here.

A record is `{"prompt" or "question" or "id": ..., "samples": [text, ...]}`. A `prompt` is met by the prompt whose
text, last message or whole rendered form is the same; an `id` likewise; a `question` also by a prompt in
which it stands (the last recorded question of the prompt is the one that is asked, so that worked examples in
front of it do no harm).

Recorded text cannot react. Supervisors see it grow as usual, and may stop it, replace a part or rewind it; but what
follows in the record was written behind the refuted text, so it is dropped and the row ends there (`supervisor`).
For the same reason a branch goes on only where what stands there begins a recorded sample.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from slowthink.errors import InputError, ModelUnavailable
from slowthink.models.jobs import Job
from slowthink.models.pieces import piece_codec
from slowthink.models.protocol import Completion, Prompt, Request, Score
from slowthink.models.rows import Row
from slowthink.models.text import Writing
from slowthink.models.told import Only, Speaker, ToldModel, next_of

KEYS = ("prompt", "question", "id")
WHOLE = 1 << 20
"""More tokens than any recorded sample has."""


class RecordedModel(ToldModel):
    """Answers from records, or from a file of JSON lines.

    At temperature 0 it gives a prompt's first sample. Above, the number at the end of the row's path says which
    (so that rows 0 to n - 1 of a call are the n recorded samples), turned by the seed. Raises InputError for a
    prompt that was never recorded, for more samples than there are, and for a file that holds something else.
    With `is_whole` samples are given to their end: limits and stop strings are for writing, and these were written.
    """

    def __init__(
        self,
        records: str | Path | Iterable[Mapping[str, Any]],
        *,
        name: str = "recorded",
        chat: bool = False,
        is_whole: bool = False,
    ) -> None:
        super().__init__(name, piece_codec(chat))
        self._is_whole = is_whole
        self._samples: dict[str, list[str]] = {}
        self._questions: list[str] = []
        for where, record in _read(records) if isinstance(records, str | Path) else enumerate(records, 1):
            self._add(where, record)

    def _add(self, where: int, record: Mapping[str, Any]) -> None:
        key = next((key for key in KEYS if isinstance(record.get(key), str | int)), None)
        samples = record.get("samples")
        texts = samples if isinstance(samples, list) else []
        if key is None or not texts or not all(isinstance(text, str) for text in texts):
            raise InputError(
                f"record {where}: expected 'prompt', 'question' or 'id', and 'samples' as a list of texts, got "
                f"{str(dict(record))[:120]}"
            )
        self._samples.setdefault(str(record[key]), []).extend(texts)
        if key == "question":
            self._questions.append(str(record[key]))

    async def generate(self, requests: Sequence[Request]) -> list[Completion]:
        """The samples of the requests, in their order."""
        if self._is_whole:
            requests = [replace(one, sampling=replace(one.sampling, max_tokens=WHOLE, stop=())) for one in requests]
        return await super().generate(requests)

    def samples(self, prompt: Prompt) -> list[str]:
        """All recorded samples of a prompt. Raises InputError when it was never recorded."""
        bare = Prompt(prompt.messages, prompt.text)
        asked = prompt.messages[-1].content if prompt.messages else prompt.text
        rendered = self.codec.render(bare)[0]
        for form in (asked, rendered):
            if form in self._samples:
                return self._samples[form]
        standing = [(rendered.rfind(question) + len(question), question) for question in self._questions]
        found = max((one for one in standing if one[0] >= len(one[1])), default=None, key=lambda o: (o[0], len(o[1])))
        if found is None:
            raise InputError(
                f"no sample was recorded for {asked[-200:]!r}. {self.name} knows {len(self._samples)} prompts; record "
                "this one too, or ask what was recorded."
            )
        return self._samples[found[1]]

    def _speakers(self, jobs: list[Job]) -> list[Speaker]:
        return [_Record(self._rest(job.request)) for job in jobs]

    def _rest(self, request: Request) -> str:
        """What is left to say of the sample that this row is to be."""
        samples, begun, sampling = self.samples(request.prompt), request.prompt.prefill, request.sampling
        fitting = [text[len(begun) :] for text in samples if text.startswith(begun)]
        if not fitting:
            raise InputError(
                f"no recorded sample of this prompt begins with {begun[-200:]!r}, and recorded text cannot go on from "
                "anything else"
            )
        if sampling.temperature <= 0:
            return fitting[0]
        last = re.search(r"(\d+)$", sampling.path)
        index = int(last.group(1)) if last else 0
        if index >= len(fitting) and not begun:
            raise InputError(
                f"sample number {index + 1} of {request.prompt.text[-80:]!r} is asked for, and {len(fitting)} were "
                "recorded"
            )
        return fitting[(index + sampling.seed) % len(fitting)]

    async def _score_after(self, begin: Writing, continuations: Sequence[str]) -> list[Score]:
        raise ModelUnavailable("recorded samples have no probabilities; score with a model that runs")


class _Record:
    """Says the sample until a supervisor intervenes."""

    def __init__(self, rest: str) -> None:
        self.rest = rest

    def next(self, row: Row) -> Only:
        if row.interventions:
            return Only(None)
        told = next_of(self.rest)
        self.rest = self.rest[len(row.writing.codec.decode([told.token or 0])) :]
        return told


def _read(path: str | Path) -> list[tuple[int, Mapping[str, Any]]]:
    try:
        lines = Path(path).read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"expected a file of recorded samples, but {path} cannot be read: {error}") from error
    records: list[tuple[int, Mapping[str, Any]]] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except ValueError as error:
            raise InputError(f"{path}, line {number}: expected a JSON object, got {line[:80]!r}") from error
        if not isinstance(record, dict):
            raise InputError(f"{path}, line {number}: expected a JSON object, got {line[:80]!r}")
        records.append((number, record))
    return records
