"""`slowthink bench` without the command line: a task, some strategies, a folder; results, a summary and a report."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from slowthink.benchmarks.environment import digest, environment, model_hash, version_of
from slowthink.benchmarks.markdown import tables
from slowthink.benchmarks.progress import shown
from slowthink.benchmarks.readers import items_of
from slowthink.benchmarks.record import SUMMARY, Record, opened
from slowthink.benchmarks.recordings import COUNTED as RECORDED
from slowthink.benchmarks.recordings import Recording, read_recording, strategies_of
from slowthink.benchmarks.report import write_report
from slowthink.benchmarks.runner import Runner, Thinker, jobs_of
from slowthink.benchmarks.shots import examples
from slowthink.benchmarks.summary import summary_of
from slowthink.benchmarks.task import Item, Task, chosen, task_named
from slowthink.benchmarks.ways import Way, ways_of
from slowthink.controller import SlowThinker
from slowthink.errors import InputError
from slowthink.models import LanguageModel, load_model
from slowthink.types import Budget, Message

RANDOM = "random"
"""The model that knows nothing: random tokens."""
MARKDOWN = "summary.md"
Json = dict[str, Any]


@dataclass(frozen=True)
class Options:
    """What is to be run, and how; `task` is a name or a user's own file. Budgets bound each question."""

    task: str
    out: Path
    model: str = "smollm2"
    strategies: str = "direct,auto"
    data: Path | None = None
    limit: int | None = None
    sample: int | None = None
    shots: int = 0
    seed: int = 0
    jobs: int = 16
    budget: Budget = field(default_factory=Budget)
    off: str = ""
    is_resumed: bool = False
    is_retried: bool = False
    keeps_traces: bool = False
    recorded: str | None = None
    members: tuple[str, ...] = ()


@dataclass(frozen=True)
class Questions:
    """What is asked: items, the places they came from, the examples before them, and what was recorded of them."""

    task: Task
    items: list[Item]
    places: list[str]
    shots: tuple[Message, ...]
    recording: Recording | None
    unrecorded: int = 0


def bench(
    options: Options, remark: Callable[[str], None], loader: Callable[[str], LanguageModel] | None = None
) -> Json:
    """Run a benchmark to its end, and return its summary. `loader` loads the model (default: by its spec).

    Raises InputError for bad options, data and folders, ModelUnavailable, and OSError where results cannot be saved.
    What was saved stays in any case.
    """
    if options.jobs < 1:
        raise InputError(f"expected 1 or more questions at once with --jobs, got {options.jobs}")
    questions = _questions(options)
    ways = _ways(options, questions)
    with ExitStack() as stack:
        model = _model(options, questions, loader)
        stack.callback(model.close)
        settings = _settings(options, questions, ways)
        record = stack.enter_context(opened(options.out, settings, environment(model), options.is_resumed))
        named = [(way.name, _thinker(way, options, questions, model)) for way in ways]
        jobs = jobs_of(questions.items, named, record, options.is_retried)
        total = len(questions.items) * len(ways)
        if len(jobs) < total:
            remark(f"{total - len(jobs)} of {total} results are there; {len(jobs)} to go")
        with shown(total, total - len(jobs)) as told:
            Runner(record, questions.shots, options.keeps_traces, told).run(jobs, options.jobs, model)
        record.ended()
        return _concluded(questions, ways, record, remark)


def _questions(options: Options) -> Questions:
    task = task_named(options.task)
    every, places = items_of(task, options.data)
    recording, missing = None, 0
    if options.recorded is not None:
        recording = read_recording(options.recorded, every, options.data).of(options.members)
        missing = sum(item.id not in recording.samples for item in every)
        every = [item for item in every if item.id in recording.samples]
    elif options.members:
        raise InputError("expected --members only together with --recorded FILE, whose members they are")
    items = chosen(every, options.limit, options.sample, options.seed)
    shots = examples(task, items, options.shots, options.data, options.seed)
    return Questions(task, items, places, shots, recording, missing)


def _ways(options: Options, questions: Questions) -> list[Way]:
    if questions.recording is None:
        return ways_of(options.strategies)
    known = strategies_of(questions.recording, questions.items)

    def is_known(name: str) -> None:
        if name not in known:
            raise InputError(
                f"expected with --recorded strategies that need no new samples, of {', '.join(known)}; got {name!r}"
            )

    if options.budget != Budget() or options.shots:
        raise InputError("expected no budget and no --shots with --recorded: what was written is read as it is")
    return ways_of(options.strategies, is_known, RECORDED)


def _model(options: Options, questions: Questions, loader: Callable[[str], LanguageModel] | None) -> LanguageModel:
    if questions.recording is not None:
        return questions.recording.model(questions.items)
    if options.model == RANDOM:
        from slowthink.models.random_tokens import RandomTokenModel

        return RandomTokenModel()
    return (loader or load_model)(options.model)


def _thinker(way: Way, options: Options, questions: Questions, model: LanguageModel) -> Thinker:
    """One thinker for all items; of recorded samples one for each number of them."""
    off = {*way.off, *(name.strip() for name in options.off.split(",") if name.strip())}
    recording = questions.recording
    if recording is None:
        one = SlowThinker(model, strategy=way.strategy(), budget=options.budget, seed=options.seed, off=off)
        return lambda item: one
    make = strategies_of(recording, questions.items)[way.base]

    @cache
    def made(whose: tuple[str, ...]) -> SlowThinker:
        return SlowThinker(model, strategy=make(whose), seed=options.seed, off=off)

    return lambda item: made(tuple(member for member, _ in recording.samples[item.id][: way.replies]))


def _settings(options: Options, questions: Questions, ways: Sequence[Way]) -> Json:
    """All that results depend on: a run is resumed only where it is the same."""
    parts = [text for item in questions.items for text in (item.id, item.question, item.gold, item.marking)]
    recording = questions.recording
    found: Json = {
        "task": questions.task.name,
        "data": questions.places,
        "questions": len(questions.items),
        "questions_sha256": digest(parts),
        "strategies": [way.name for way in ways],
        "model": options.model if recording is None else f"recorded:{recording.name}",
        "model_hash": _hash(options, recording),
        "seed": options.seed,
        "shots": options.shots,
        "shots_sha256": digest(turn.content for turn in questions.shots) if questions.shots else None,
        "limit": options.limit,
        "sample": options.sample,
        "budget": options.budget.model_dump(mode="json"),
        "off": sorted(name.strip() for name in options.off.split(",") if name.strip()),
        "traces": options.keeps_traces,
        "version": version_of("slowthink"),
    }
    if recording is not None:
        found |= {"members": list(options.members), "unrecorded": questions.unrecorded}
    return found


def _hash(options: Options, recording: Recording | None) -> str | None:
    if recording is not None:
        parts = (
            part for item, samples in sorted(recording.samples.items()) for one in samples for part in (item, *one)
        )
        return f"sha256:{digest(parts)}"
    return None if options.model == RANDOM else model_hash(options.model)


def _concluded(questions: Questions, ways: Sequence[Way], record: Record, remark: Callable[[str], None]) -> Json:
    """The summary, written with its tables and the report."""
    names = [way.name for way in ways]
    summary = {**summary_of(questions.task, questions.items, names, list(record.results.values())), **record.about}
    text = json.dumps(summary, indent=1, ensure_ascii=False, allow_nan=False)
    record.write(SUMMARY, text.encode("utf-8", "backslashreplace") + b"\n")
    record.write(MARKDOWN, tables(summary).encode("utf-8", "backslashreplace"))
    remark(f"report: {write_report(record.folder)}")
    return summary
