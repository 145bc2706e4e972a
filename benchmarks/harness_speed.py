"""Questions a second beside lm-evaluation-harness, in one run: a strategy as it is, and the harness's class `hf`.

Both have the same files, type, threads, prompts and limits; the prompts are those that the strategy really sent. The
harness is tried at several batch sizes on a part of the questions, and its two best ones on all of them. The sides take
turns, each begins cold, and the ratio is that of the best of its two.

Batch size `auto` is not tried: without a GPU the harness finds it by running out of memory, which ends the process.

    python -m slowthink.benchmarks.harness_speed --data ../shared/data --limit 200 --threads 2
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slowthink.errors import InputError, SlowThinkError

if TYPE_CHECKING:
    from slowthink.benchmarks.beside import Call
    from slowthink.benchmarks.ways import Way
    from slowthink.models.local import LocalModel
    from slowthink.types import Problem

STRATEGY = "chain_of_thought"
SIZES = "1,8,16,32,64"
FINALISTS = 2
LEAST_TRIED = 16
"""Questions on which a batch size is tried, at least; a larger size is tried on one full batch."""


@dataclass(frozen=True)
class Timed:
    """One side's run over some questions; `tokens` are those that it wrote.

    `cpu_seconds` is the time of all threads of this process: beside other work it says more than the clock.
    """

    side: str
    items: int
    seconds: float
    cpu_seconds: float
    tokens: int

    @property
    def rate(self) -> float:
        """Questions a second."""
        return self.items / self.seconds

    def line(self) -> str:
        """The run in words."""
        done = f"{self.side:24} {self.items:4} items in {self.seconds:7.1f} s ({self.cpu_seconds:.1f} s of CPU)"
        return f"{done}: {self.rate:6.3f} items/s, {self.tokens / self.seconds:6.1f} tokens/s"


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; 2 for bad input or where something is missing."""
    options = _parser().parse_args(arguments)
    os.environ["OMP_NUM_THREADS"] = str(options.threads)  # before torch is imported: its threads are made once
    try:
        runs, tried = _measured(options)
    except (SlowThinkError, OSError) as error:
        print(f"harness_speed: {error}", file=sys.stderr)
        return 2
    ours = _whole([run for run in runs if run.side == options.strategy])
    sides = dict.fromkeys(run.side for run in runs if run.side != options.strategy)
    theirs = max((_whole([run for run in runs if run.side == side]) for side in sides), key=lambda run: run.rate)
    cpu = (theirs.cpu_seconds / theirs.items) / (ours.cpu_seconds / ours.items)
    print(
        f"{options.strategy} over the harness at its best ({theirs.side}): {ours.rate / theirs.rate:.2f} times as many "
        f"items a second ({cpu:.2f} times by CPU time)"
    )
    if options.out:
        from slowthink.benchmarks.environment import hardware

        about = {**hardware(), "ratio": ours.rate / theirs.rate, "best": theirs.side}
        about |= {"runs": [asdict(run) for run in runs], "tried": [asdict(run) for run in tried]}
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="harness_speed", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, help="the folder with GSM8K (default: as slowthink bench)")
    parser.add_argument("--limit", type=int, default=200, help="the first so many questions (default: 200)")
    parser.add_argument("--model", default="smollm2")
    parser.add_argument("--dtype", help="default: what suits the machine")
    parser.add_argument("--strategy", default=STRATEGY, help="as for slowthink bench, senses off and all")
    parser.add_argument("--threads", type=int, default=2, help="of torch, for both (default: 2)")
    parser.add_argument("--sizes", default=SIZES, metavar="N,N", help=f"batch sizes of the harness (default: {SIZES})")
    parser.add_argument("--rounds", type=int, default=2, help="runs of each side, in turn (default: 2)")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write all numbers as JSON")
    return parser


def _measured(options: argparse.Namespace) -> tuple[list[Timed], list[Timed]]:
    """The runs over all questions, and the trials of batch sizes before them. Raises InputError, ModelUnavailable."""
    from slowthink.benchmarks.beside import harness_model
    from slowthink.benchmarks.ways import ways_of
    from slowthink.models import load_model
    from slowthink.models.local import LocalModel

    sizes = _sizes(options.sizes)
    (way, *more) = ways_of(options.strategy)
    problems = _problems(options)
    model = load_model(options.model, dtype=options.dtype)
    if more or not isinstance(model, LocalModel):
        raise InputError(f"expected one strategy and a model in this process, got {options.strategy}, {options.model}")
    theirs = harness_model(options.model, model, 1)
    _say_conditions(model)
    _ours(way, problems[:2], model)  # what is set up at the first use is not measured
    first, calls = _ours(way, problems, model)
    if len(calls) != len(problems):
        raise InputError(f"expected a strategy that asks its model once a question, such as {STRATEGY}; got {way.name}")
    print(first.line(), flush=True)
    _theirs(theirs, calls[:2], 2, model)
    tried = [_tried(theirs, calls, size, model) for size in sizes]
    best = sorted(zip(sizes, tried, strict=True), key=lambda pair: -pair[1].rate)[:FINALISTS]
    runs = [first]
    for turn in range(options.rounds):
        if turn:
            runs.append(_ours(way, problems, model)[0])
            print(runs[-1].line(), flush=True)
        for size, _ in best:
            runs.append(_theirs(theirs, calls, size, model))
            print(runs[-1].line(), flush=True)
    model.close()
    return runs, tried


def _sizes(text: str) -> list[int]:
    try:
        sizes = [int(size) for size in text.split(",")]
    except ValueError:
        sizes = []
    if not sizes or min(sizes) < 1:
        raise InputError(f"expected with --sizes batch sizes such as {SIZES}, got {text!r}; auto is not tried")
    return sizes


def _problems(options: argparse.Namespace) -> list[Problem]:
    from slowthink.benchmarks.readers import items_of
    from slowthink.benchmarks.task import chosen, task_named
    from slowthink.types import Problem

    items = chosen(items_of(task_named("gsm8k"), options.data)[0], options.limit, None, 0)
    return [Problem.of(item.question).model_copy(update={"answer_kind": item.kind}) for item in items]


def _say_conditions(model: LocalModel) -> None:
    from slowthink.benchmarks.environment import hardware

    about = hardware()
    print(f"{about['processor']}, {about['threads']} threads, {model.engine.model.dtype}", flush=True)


def _ours(way: Way, problems: Sequence[Problem], model: LocalModel) -> tuple[Timed, list[Call]]:
    """The strategy on all problems, as many at once as slowthink asks by itself; nothing is remembered before."""
    from slowthink import facade
    from slowthink.benchmarks.beside import overheard
    from slowthink.controller import AT_ONCE

    async def run() -> list[list[Call]]:
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(problem: Problem) -> list[Call]:
            async with gate:
                return (await overheard(model, problem, way.strategy(), way.off))[1]

        return await asyncio.gather(*map(one, problems))

    model.forget()
    begin, cpu = time.perf_counter(), time.process_time()
    found = facade.run(run())
    seconds, cpu = time.perf_counter() - begin, time.process_time() - cpu
    calls = [call for calls in found for call in calls]
    return Timed(way.name, len(problems), seconds, cpu, sum(call.reply.generated_tokens for call in calls)), calls


def _theirs(theirs: Any, calls: Sequence[Call], size: int, model: LocalModel) -> Timed:
    """The harness's class on the same prompts, with a batch size."""
    from slowthink.benchmarks.beside import instances

    theirs.batch_size_per_gpu = size
    asked = instances(calls)
    begin, cpu = time.perf_counter(), time.process_time()
    texts = theirs.generate_until(asked, disable_tqdm=True)
    seconds, cpu = time.perf_counter() - begin, time.process_time() - cpu
    tokens = sum(len(model.codec.encode(text, False)) for text in texts)
    return Timed(f"hf, batch size {size}", len(calls), seconds, cpu, tokens)


def _tried(theirs: Any, calls: Sequence[Call], size: int, model: LocalModel) -> Timed:
    found = _theirs(theirs, calls[: max(size, LEAST_TRIED)], size, model)
    print(f"trial: {found.line()}", flush=True)
    return found


def _whole(runs: Sequence[Timed]) -> Timed:
    """All runs of one side as one."""
    seconds, cpu = sum(run.seconds for run in runs), sum(run.cpu_seconds for run in runs)
    return Timed(runs[0].side, sum(run.items for run in runs), seconds, cpu, sum(run.tokens for run in runs))


if __name__ == "__main__":
    sys.exit(main())
