"""Asks every item by every strategy, many at once, and saves each result as it ends.

Strategies come one after the other, and between them the model forgets what it remembers: else each would find in the
cache what those before it have paid for.
What one item fails with is that item's error, and wrong; it never ends the run. Marking and saving are done in one
thread beside the event loop, in the order in which answers come.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby

from slowthink import facade
from slowthink.benchmarks.marking import mark
from slowthink.benchmarks.record import TRACES, Record
from slowthink.benchmarks.result import Result, result_of
from slowthink.benchmarks.task import Item
from slowthink.commands.lines import dump
from slowthink.controller import SlowThinker
from slowthink.models import LanguageModel
from slowthink.types import Message, Problem, Solution, Status, Verdict
from slowthink.verifiers.grader import Grader

Thinker = Callable[[Item], SlowThinker]
"""Who answers an item; the thinker may be the same for all."""


@dataclass(frozen=True)
class Job:
    """One item to be asked by one strategy; `place` is the item's in the run."""

    place: int
    item: Item
    strategy: str
    thinker: Thinker


def jobs_of(items: Sequence[Item], ways: Iterable[tuple[str, Thinker]], record: Record, again: bool) -> list[Job]:
    """What is left to be asked, strategy by strategy; `again`: also what ended in an error."""
    left = []
    for name, thinker in ways:
        for place, item in enumerate(items):
            known = record.results.get((name, item.id))
            if known is None or (again and known.error is not None):
                left.append(Job(place, item, name, thinker))
    return left


class Runner:
    """Asks, marks, saves. `told` hears of every result, from the thread that saves."""

    def __init__(
        self,
        record: Record,
        shots: tuple[Message, ...] = (),
        keeps_traces: bool = False,
        told: Callable[[Result], None] | None = None,
    ) -> None:
        self.record, self.shots, self.keeps_traces, self.told = record, shots, keeps_traces, told

    def run(self, jobs: Iterable[Job], at_once: int, model: LanguageModel) -> None:
        """Ask all of them, `at_once` at a time. Raises OSError where results cannot be saved."""
        forget = getattr(model, "forget", None)  # only a model that remembers can forget
        with Grader() as grader, ThreadPoolExecutor(1, "slowthink-bench") as saver:
            for _, own in groupby(jobs, lambda job: job.strategy):
                if forget is not None:
                    forget()
                facade.run(self._all(own, at_once, grader, saver))

    async def _all(self, jobs: Iterator[Job], at_once: int, grader: Grader, saver: ThreadPoolExecutor) -> None:
        workers = [asyncio.ensure_future(self._some(jobs, grader, saver)) for _ in range(at_once)]
        try:
            await asyncio.gather(*workers)
        finally:
            for worker in workers:
                worker.cancel()

    async def _some(self, jobs: Iterator[Job], grader: Grader, saver: ThreadPoolExecutor) -> None:
        loop = asyncio.get_running_loop()
        for job in jobs:
            solution, error = await self._asked(job)
            await loop.run_in_executor(saver, self._end, job, solution, error, grader)

    async def _asked(self, job: Job) -> tuple[Solution | None, str | None]:
        if job.item.error is not None:
            return None, job.item.error
        try:
            return await job.thinker(job.item).asolve(problem_of(job.item, self.shots)), None
        except Exception as error:  # an item is a boundary: whatever happens in it, the others are asked
            return None, f"{type(error).__name__}: {error}"

    def _end(self, job: Job, solution: Solution | None, error: str | None, grader: Grader) -> None:
        try:
            verdict = mark(job.item, None if solution is None else solution.answer, grader)
        except Exception as failure:  # as above: the answer is kept, and nobody could tell
            error = f"{type(failure).__name__} while marking: {failure}"
            verdict = Verdict(status=Status.UNKNOWN, reason=error)
        item = job.item
        about = (item.id, item.group, item.level, item.question, item.gold)
        trace = self._traced(job, solution) if self.keeps_traces and solution is not None else None
        result = result_of(about, job.strategy, solution, verdict, error, trace)
        self.record.add(result)
        if self.told is not None:
            self.told(result)

    def _traced(self, job: Job, solution: Solution) -> str:
        name = f"{TRACES}/{job.strategy.replace(':', '_')}/{job.place:06}.jsonl"
        self.record.write(name, b"".join(dump(event) for event in solution.trace))
        return name


def problem_of(item: Item, shots: tuple[Message, ...] = ()) -> Problem:
    """An item as it is asked: behind the examples, and as a number or a text where the task says so."""
    asked = (
        Problem.of(item.question) if not shots else Problem.of([*shots, Message(role="user", content=item.question)])
    )
    return asked.model_copy(update={"answer_kind": item.kind})
