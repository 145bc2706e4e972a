"""What more workers are worth: the rate of one Ray worker with one core, of two, and of two threads in one process.

All in one run, in turn, on the same questions, each in a process of its own. "One core" is made true: Ray does not hold
its workers to theirs, so each is pinned to one of this machine's, with as many threads as cores. The process that deals
the items and keeps the record runs where it may, as it would in use.

The steady rate leaves out the start and the end: it counts from when every worker has answered as many items as it has
seats, until the last item was handed out. Beside it stands the rate of the whole run, from the first item handed out to
the last answer. Also told: how many results this process could mark and save a second.

    python -m slowthink.benchmarks.scale --data ../shared/data --limit N
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from slowthink.benchmarks.bench import Options, bench
from slowthink.benchmarks.pool import Answer, Asked, Pool, Post
from slowthink.benchmarks.replica import loaded
from slowthink.errors import InputError, ModelUnavailable, SlowThinkError

CASES = {
    "one worker, one core": (1, True),
    "two workers, one core each": (2, True),
    "one process, two threads": (2, False),
}
"""Each with its cores, and whether Ray's workers have them."""
AIM_ONE, AIM_PROCESS = 1.7, 0.9
Json = dict[str, Any]


@dataclass(frozen=True)
class Moment:
    """An item was handed out or came back, by which worker, when."""

    is_answer: bool
    worker: int
    at: float


class Watched(Pool):
    """Waits for all its workers, pins them, and notes when items go and come."""

    made: ClassVar[list[Watched]] = []

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.moments: list[Moment] = []
        self.made.append(self)

    async def start(self) -> None:
        """Each worker that is another process to a core of its own. Raises ModelUnavailable where one is missing."""
        await super().start()
        while not all(post.is_up for post in self.posts):
            if any(post.given_up for post in self.posts):
                raise ModelUnavailable("expected all workers to be ready, or there is nothing to compare")
            await self._changed.wait()
        pids = [post.about.pid for post in self.posts if post.about.pid is not None]
        for pid, core in zip(pids, sorted(os.sched_getaffinity(0)), strict=False):
            pin(pid, core)

    async def _by(self, post: Post, asked: Asked) -> Answer:
        worker = self.posts.index(post)
        self.moments.append(Moment(False, worker, time.perf_counter()))
        answer = await super()._by(post, asked)
        self.moments.append(Moment(True, worker, time.perf_counter()))
        return answer


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; 2 where this machine has too few cores, 4 without Ray or the model."""
    parser = argparse.ArgumentParser(prog="scale")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--task", default="gsm8k")
    parser.add_argument("--model", default="smollm2")
    parser.add_argument("--strategy", default="chain_of_thought")
    parser.add_argument("--limit", type=int, default=200, help="questions for each measurement")
    parser.add_argument("--jobs", type=int, default=16, help="questions at once for each core")
    parser.add_argument("--repeats", type=int, default=3, help="rounds, in turn; the median is taken")
    parser.add_argument("--out", type=Path, help="a file for all that was measured, as JSON lines")
    parser.add_argument("--case", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    try:
        if options.case is not None:
            print(json.dumps(_measured(options)))
            return 0
        return _all(options)
    except SlowThinkError as error:
        print(f"scale: {error}", file=sys.stderr)
        return 2 if isinstance(error, InputError) else 4


def _all(options: argparse.Namespace) -> int:
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        raise InputError(f"expected two cores to measure with, got {len(cores)}")
    rows: dict[str, list[Json]] = {name: [] for name in CASES}
    for number in range(options.repeats):
        for name in CASES:
            row = {"round": number, "case": name, **_in_a_process(options, name)}
            rows[name].append(row)
            print(
                f"round {number + 1}: {name:27} {row['steady']:6.3f} items/s steady ({row['counted']} items), "
                f"{row['whole']:.3f} whole, {row['tokens']:.0f} tokens/s written",
                flush=True,
            )
            if options.out is not None:
                with options.out.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(row) + "\n")
    _told(rows)
    print(f"marking and saving alone: {_saving(options):.0f} results/s in the process that keeps the record")
    return 0


def _told(rows: dict[str, list[Json]]) -> None:
    for kind in ("steady", "whole"):
        one, two, process = (statistics.median(row[kind] for row in rows[name]) for name in CASES)
        print(
            f"{kind}, medians: two workers reach {two / one:.2f} times one of them (aim: {AIM_ONE}), "
            f"and {two / process:.2f} of one process with two threads (aim: {AIM_PROCESS})"
        )


def _in_a_process(options: argparse.Namespace, name: str) -> Json:
    same = ("data", "task", "model", "strategy", "limit", "jobs")
    given = [part for key in same for part in (f"--{key}", str(getattr(options, key)))]
    command = [sys.executable, "-m", "slowthink.benchmarks.scale", *given, "--case", name]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, env=_environment(CASES[name]))
    if done.returncode:
        raise SlowThinkError(f"the measurement of {name} failed, with what stands above")
    found: Json = json.loads(done.stdout.splitlines()[-1])
    return found


def _environment(case: tuple[int, bool]) -> dict[str, str]:
    """Torch's threads: Ray sets them for its workers, and a process by itself has as many as cores."""
    kept = {name: value for name, value in os.environ.items() if name not in ("OMP_NUM_THREADS", "MKL_NUM_THREADS")}
    return kept | {"OMP_NUM_THREADS": "1" if case[1] else str(case[0])}


def _measured(options: argparse.Namespace) -> Json:
    """One case, in this process: its rates."""
    if options.case not in CASES:
        raise InputError(f"expected one of {', '.join(CASES)}, got {options.case!r}")
    cores, is_ray = CASES[options.case]
    with tempfile.TemporaryDirectory() as folder:
        run = Options(
            task=options.task,
            out=Path(folder) / "out",
            model=options.model,
            strategies=options.strategy,
            data=options.data,
            limit=options.limit,
            jobs=options.jobs if is_ray else options.jobs * cores,
            ray="local" if is_ray else None,
            workers=cores if is_ray else None,
        )
        summary = bench(run, lambda text: None, loaded, Watched)
    (row,) = summary["strategies"].values()
    if row["errors"]:
        raise SlowThinkError(f"expected answers to measure, got {row['errors']} errors among {row['n']} items")
    (pool,) = Watched.made
    counted, seconds = steady(pool.moments, run.jobs)
    whole = pool.moments[-1].at - pool.moments[0].at
    return {
        "steady": counted / seconds,
        "counted": counted,
        "whole": row["n"] / whole,
        "tokens": row["generated_tokens"] * row["n"] / whole,
        "right": row["right"],
    }


def pin(pid: int, core: int) -> None:
    """Hold every thread of a process to one core; threads that it begins later inherit that."""
    for thread in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(thread.name), {core})


def steady(moments: list[Moment], seats: int) -> tuple[int, float]:
    """Answers and seconds between the ramp and the drain. Raises InputError where too few items leave nothing between.

    The ramp ends when every worker has answered as many items as it has seats; the drain begins with the last item that
    is handed out.
    """
    drained = max(one.at for one in moments if not one.is_answer)
    answers = [one for one in moments if one.is_answer]
    firsts = []
    for worker in {one.worker for one in moments}:
        own = [one.at for one in answers if one.worker == worker]
        firsts.append(own[seats - 1] if len(own) >= seats else drained)
    ramped = max(firsts)
    counted = sum(ramped < one.at <= drained for one in answers)
    if counted < 1 or drained <= ramped:
        raise InputError(
            f"expected more questions than that: with {seats} at once for each worker, {len(answers)} leave nothing "
            "between the beginning and the end. Give --limit 200 or more, or fewer --jobs"
        )
    return counted, drained - ramped


def _saving(options: argparse.Namespace, seconds: float = 3.0) -> float:
    """Results a second that one process marks and saves, when answers come as fast as it takes them."""
    from slowthink.benchmarks.marking import mark
    from slowthink.benchmarks.readers import items_of
    from slowthink.benchmarks.record import opened
    from slowthink.benchmarks.result import result_of
    from slowthink.benchmarks.task import task_named
    from slowthink.types import Solution

    items, _ = items_of(task_named(options.task), options.data)
    with tempfile.TemporaryDirectory(dir=".") as folder, opened(Path(folder) / "out", {}, {}, False) as record:
        begin, done = time.perf_counter(), 0
        for done, item in enumerate(_endless(items), 1):
            answer = json.dumps(
                Solution(question=item.question, answer="42", answered_by="model", status="unverified", strategy="x")
                .model_dump(mode="json")
            )  # fmt: skip
            solution = Solution.model_validate(json.loads(answer))
            about = (f"{item.id} {done}", item.group, item.level, item.question, item.gold)
            record.add(result_of(about, "x", solution, mark(item, solution.answer), None, None))
            if time.perf_counter() - begin > seconds:
                break
        return done / (time.perf_counter() - begin)


def _endless(items: list[Any]) -> Iterator[Any]:
    while True:
        yield from items


if __name__ == "__main__":
    sys.exit(main())
