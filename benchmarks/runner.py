"""Asks every item by every strategy, many at once, and saves each result as it ends, once.

Strategies come one after the other, and between them the workers forget what they remember: else each would find in
the cache what those before it have paid for.
What one item fails with is that item's error, and wrong; it never ends the run. Marking and saving are done in one
thread beside the event loop, in the order in which answers come. Who answers is the pool's affair.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby

from slowthink import facade
from slowthink.benchmarks.marking import mark
from slowthink.benchmarks.pool import Answer, Asked, Pool
from slowthink.benchmarks.record import TRACES, Record
from slowthink.benchmarks.result import Result, result_of
from slowthink.benchmarks.task import Item
from slowthink.commands.lines import dump
from slowthink.types import Message, Problem, Solution, Status, Verdict
from slowthink.verifiers.grader import Grader


@dataclass(frozen=True)
class Job:
    """One item to be asked by one strategy; `place` is the item's in the run."""

    place: int
    item: Item
    strategy: str


def jobs_of(items: Sequence[Item], strategies: Iterable[str], record: Record, again: bool) -> list[Job]:
    """What is left to be asked, strategy by strategy; `again`: also what ended in an error."""
    left = []
    for name in strategies:
        for place, item in enumerate(items):
            known = record.results.get((name, item.id))
            if known is None or (again and known.error is not None):
                left.append(Job(place, item, name))
    return left


class Runner:
    """Asks, marks, saves. `told` hears of every result, from the thread that saves."""

    def __init__(
        self,
        record: Record,
        pool: Pool,
        shots: tuple[Message, ...] = (),
        keeps_traces: bool = False,
        told: Callable[[Result], None] | None = None,
    ) -> None:
        self.record, self.pool, self.shots, self.keeps_traces, self.told = record, pool, shots, keeps_traces, told
        self._saved: set[tuple[str, str]] = set()

    def run(self, jobs: Iterable[Job]) -> None:
        """Ask all of them. Raises OSError where results cannot be saved, ModelUnavailable when no worker is left."""
        with Grader() as grader, ThreadPoolExecutor(1, "slowthink-bench") as saver:
            for _, own in groupby(jobs, lambda job: job.strategy):
                facade.run(self._all(own, grader, saver))

    async def _all(self, jobs: Iterator[Job], grader: Grader, saver: ThreadPoolExecutor) -> None:
        await self.pool.forget()
        askers = [asyncio.ensure_future(self._some(jobs, grader, saver)) for _ in range(self.pool.seats)]
        try:
            await asyncio.gather(*askers)
        finally:
            for asker in askers:
                asker.cancel()

    async def _some(self, jobs: Iterator[Job], grader: Grader, saver: ThreadPoolExecutor) -> None:
        loop = asyncio.get_running_loop()
        for job in jobs:
            answer = await self._asked(job)
            await loop.run_in_executor(saver, self._end, job, answer, grader)

    async def _asked(self, job: Job) -> Answer:
        if job.item.error is not None:
            return Answer(None, job.item.error)
        try:
            problem = problem_of(job.item, self.shots)
        except ValueError as error:
            return Answer(None, f"{type(error).__name__}: {error}")
        return await self.pool.answer(Asked(job.strategy, job.item, problem))

    def _end(self, job: Job, answer: Answer, grader: Grader) -> None:
        item, solution, error = job.item, answer.solution, answer.error
        if (job.strategy, item.id) in self._saved:  # whoever else says it: an item has one result
            return
        try:
            verdict = mark(item, None if solution is None else solution.answer, grader)
        except Exception as failure:  # an item is a boundary: the answer is kept, and nobody could tell
            error = f"{type(failure).__name__} while marking: {failure}"
            verdict = Verdict(status=Status.UNKNOWN, reason=error)
        about = (item.id, item.group, item.level, item.question, item.gold)
        trace = self._traced(job, solution) if self.keeps_traces and solution is not None else None
        result = result_of(about, job.strategy, solution, verdict, error, trace)
        self.record.add(result)
        self._saved.add(result.key)
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
