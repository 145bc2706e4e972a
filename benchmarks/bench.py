"""`slowthink bench` without the command line: a task, some strategies, a folder; results, a summary and a report."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from slowthink import facade
from slowthink.benchmarks.cluster import Plan, check_share, joined, replicas
from slowthink.benchmarks.environment import digest, environment, model_hash, version_of
from slowthink.benchmarks.markdown import tables
from slowthink.benchmarks.pool import Here, Pool, Thinker, Worker
from slowthink.benchmarks.progress import shown
from slowthink.benchmarks.readers import items_of
from slowthink.benchmarks.record import SUMMARY, Record, opened
from slowthink.benchmarks.recordings import COUNTED as RECORDED
from slowthink.benchmarks.recordings import Recording, read_recording, strategies_of
from slowthink.benchmarks.replica import RANDOM, loaded
from slowthink.benchmarks.report import write_report
from slowthink.benchmarks.runner import Runner, jobs_of
from slowthink.benchmarks.servers import Server, checked, is_server
from slowthink.benchmarks.shots import examples
from slowthink.benchmarks.summary import summary_of
from slowthink.benchmarks.task import Item, Task, chosen, task_named
from slowthink.benchmarks.ways import Way, ways_of
from slowthink.controller import SlowThinker
from slowthink.errors import InputError
from slowthink.models import LanguageModel, load_model
from slowthink.types import Budget, Message

MARKDOWN = "summary.md"
Json = dict[str, Any]


@dataclass(frozen=True)
class Options:
    """What is to be run, and how; `task` is a name or a user's own file. Budgets bound each question.

    `jobs` are questions at once for each worker: this process, each of several `servers` (then `model` is one of them),
    or, on the Ray cluster at `ray`, as many replicas as `workers` says, each with `worker_cpus` cores and `worker_gpus`
    of a card.
    """

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
    servers: tuple[str, ...] = ()
    ray: str | None = None
    workers: int | None = None
    worker_cpus: int = 1
    worker_gpus: float = 0.0


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
    options: Options,
    remark: Callable[[str], None],
    loader: Callable[[str], LanguageModel] | None = None,
    kind: type[Pool] = Pool,
) -> Json:
    """Run a benchmark to its end, and return its summary. `loader` loads the model (default: by its spec), and `kind`
    is a pool that watches, for measurements.

    Raises InputError for bad options, data and folders, ModelUnavailable, and OSError where results cannot be saved.
    What was saved stays in any case.
    """
    check(options)
    questions = _questions(options)
    ways = _ways(options, questions)
    with ExitStack() as stack:
        pool = stack.enter_context(_pool(options, questions, ways, remark, loader, kind))
        settings = _settings(options, questions, ways, pool)
        record = stack.enter_context(opened(options.out, settings, _environment(pool), options.is_resumed))
        jobs = jobs_of(questions.items, [way.name for way in ways], record, options.is_retried)
        total = len(questions.items) * len(ways)
        if len(jobs) < total:
            remark(f"{total - len(jobs)} of {total} results are there; {len(jobs)} to go")
        with shown(total, total - len(jobs)) as told:
            Runner(record, pool, questions.shots, options.keeps_traces, told).run(jobs)
        record.ended(pool.account())
        return _concluded(questions, ways, record, remark)


def check(options: Options) -> None:
    """Raises InputError for options that do not go together, before anything is read or loaded."""
    if options.jobs < 1:
        raise InputError(f"expected 1 or more questions at once with --jobs, got {options.jobs}")
    if options.servers:
        checked((options.model, *options.servers))
    if options.ray is None:
        if (options.workers, options.worker_cpus, options.worker_gpus) != (None, 1, 0.0):
            raise InputError("expected --workers, --worker-cpus and --worker-gpus only together with --ray ADDRESS")
        return
    check_share(options.workers, options.worker_cpus, options.worker_gpus)
    if options.recorded is not None:
        raise InputError("expected no --ray with --recorded: there is nothing to compute")
    if is_server(options.model):
        raise InputError("expected no --ray with servers: they are workers without it; give each with --model")


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


@contextmanager
def _pool(
    options: Options,
    questions: Questions,
    ways: Sequence[Way],
    remark: Callable[[str], None],
    loader: Callable[[str], LanguageModel] | None,
    kind: type[Pool],
) -> Iterator[Pool]:
    """Those who answer, the first of them ready; they are released when the block ends."""
    with ExitStack() as stack:
        workers: Sequence[Worker]
        if options.ray is not None:
            plan = Plan(
                model=str(Path(options.model).resolve()) if Path(options.model).exists() else options.model,
                strategies=",".join(way.name for way in ways),
                off=_off(options),
                budget=options.budget.model_dump(mode="json"),
                seed=options.seed,
                traces=options.keeps_traces,
                version=version_of("slowthink"),
                cpus=options.worker_cpus,
                gpus=options.worker_gpus,
            )
            ray = stack.enter_context(joined(options.ray))
            workers = replicas(ray, plan, options.workers, options.jobs, remark)
        elif questions.recording is None and is_server(options.model):
            specs = (options.model, *options.servers)
            workers = [
                Server(spec, options.jobs, lambda model: _thinkers(options, questions, ways, model)) for spec in specs
            ]
        else:
            model = _model(options, questions, loader)
            workers = [Here(model, _thinkers(options, questions, ways, model))]
        pool = kind(workers, options.jobs, remark)
        stack.callback(pool.close)
        facade.run(pool.start())
        yield pool


def _model(options: Options, questions: Questions, loader: Callable[[str], LanguageModel] | None) -> LanguageModel:
    if questions.recording is not None:
        return questions.recording.model(questions.items)
    return loaded(RANDOM) if options.model == RANDOM else (loader or load_model)(options.model)


def _off(options: Options) -> tuple[str, ...]:
    return tuple(sorted(name.strip() for name in options.off.split(",") if name.strip()))


def _thinkers(options: Options, questions: Questions, ways: Sequence[Way], model: LanguageModel) -> dict[str, Thinker]:
    return {way.name: _thinker(way, options, questions, model) for way in ways}


def _thinker(way: Way, options: Options, questions: Questions, model: LanguageModel) -> Thinker:
    """One thinker for all items; of recorded samples one for each number of them."""
    off = {*way.off, *_off(options)}
    recording = questions.recording
    if recording is None:
        one = SlowThinker(model, strategy=way.strategy(), budget=options.budget, seed=options.seed, off=off)
        return lambda item: one
    make = strategies_of(recording, questions.items)[way.base]

    @cache
    def made(whose: tuple[str, ...]) -> SlowThinker:
        return SlowThinker(model, strategy=make(whose), seed=options.seed, off=off)

    return lambda item: made(tuple(member for member, _ in recording.samples[item.id][: way.replies]))


def _settings(options: Options, questions: Questions, ways: Sequence[Way], pool: Pool) -> Json:
    """All that results depend on: a run is resumed only where it is the same. Who answers, and how many, is no part."""
    parts = [text for item in questions.items for text in (item.id, item.question, item.gold, item.marking)]
    recording = questions.recording
    found: Json = {
        "task": questions.task.name,
        "data": questions.places,
        "questions": len(questions.items),
        "questions_sha256": digest(parts),
        "strategies": [way.name for way in ways],
        "model": pool.first.binds.get("model", options.model) if recording is None else f"recorded:{recording.name}",
        "model_hash": _hash(options, recording, pool),
        "seed": options.seed,
        "shots": options.shots,
        "shots_sha256": digest(turn.content for turn in questions.shots) if questions.shots else None,
        "limit": options.limit,
        "sample": options.sample,
        "budget": options.budget.model_dump(mode="json"),
        "off": list(_off(options)),
        "traces": options.keeps_traces,
        "version": version_of("slowthink"),
    }
    if recording is not None:
        found |= {"members": list(options.members), "unrecorded": questions.unrecorded}
    return found


def _hash(options: Options, recording: Recording | None, pool: Pool) -> str | None:
    if recording is not None:
        parts = (
            part for item, samples in sorted(recording.samples.items()) for one in samples for part in (item, *one)
        )
        return f"sha256:{digest(parts)}"
    if "model files" in pool.first.binds:
        found: str | None = pool.first.binds["model files"]
        return found
    return None if options.model == RANDOM else model_hash(options.model)


def _environment(pool: Pool) -> Json:
    """Of this process; and where others answer, of the first of them."""
    worker = pool.posts[0].worker
    if isinstance(worker, Here):
        return environment(worker.model)
    return environment() | {"dtype": pool.first.environment.get("dtype"), "worker": pool.first.environment}


def _concluded(questions: Questions, ways: Sequence[Way], record: Record, remark: Callable[[str], None]) -> Json:
    """The summary, written with its tables and the report."""
    names = [way.name for way in ways]
    summary = {**summary_of(questions.task, questions.items, names, list(record.results.values())), **record.about}
    text = json.dumps(summary, indent=1, ensure_ascii=False, allow_nan=False)
    record.write(SUMMARY, text.encode("utf-8", "backslashreplace") + b"\n")
    record.write(MARKDOWN, tables(summary).encode("utf-8", "backslashreplace"))
    remark(f"report: {write_report(record.folder)}")
    return summary
