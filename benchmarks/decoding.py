"""What decoding and supervision cost on one model: ratios taken in one run.

Tokens a second with 1, 16 and 64 rows; the share of decoding time that is spent inside the supervisors; tokens
thrown away for each repair. The questions are arithmetic in words and signs, which the calculator has most to
do with.

    python -m slowthink.benchmarks.decoding
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from dataclasses import replace

from slowthink.benchmarks.engine.overhead import SETTLED
from slowthink.benchmarks.symbolic import questions
from slowthink.controller import senses_without
from slowthink.errors import SlowThinkError
from slowthink.models import load_model
from slowthink.models.local import LocalModel
from slowthink.models.protocol import Request, Sampling
from slowthink.strategies.template import prompt_from
from slowthink.types import Problem

TOKENS = 64


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; 2 when there is no model in this process to measure."""
    parser = argparse.ArgumentParser(prog="decoding")
    parser.add_argument("--model", default="smollm2")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each size, in turn; the best is taken")
    options = parser.parse_args(arguments)
    try:
        model = load_model(options.model)
    except SlowThinkError as error:
        print(f"decoding: {error}", file=sys.stderr)
        return 2
    if not isinstance(model, LocalModel):
        print("decoding: expected a model that runs in this process", file=sys.stderr)
        return 2
    asyncio.run(_measure(model, options.repeats))
    model.close()
    return 0


async def _measure(model: LocalModel, repeats: int) -> None:
    await _run(model, 2, seed=0, supervised=False)
    speeds: dict[int, float] = {}
    for repeat in range(repeats):
        for rows in (1, 16, 64):
            tokens, seconds = await _run(model, rows, seed=100 * repeat + rows, supervised=False)
            speeds[rows] = max(speeds.get(rows, 0.0), tokens / seconds)
    for rows, speed in speeds.items():
        print(f"{rows:3} rows: {speed:7.1f} tokens/s, {speed / speeds[1]:.1f} times one row alone")
    await _run(model, 2, seed=1, supervised=True)  # what the supervisors set up at their first use is not decoding
    for rows in (1, 16):
        await asyncio.sleep(SETTLED)
        before = replace(model.engine.stats)
        await _run(model, rows, seed=-rows, supervised=True)
        await asyncio.sleep(SETTLED)
        stats = model.engine.stats
        watching = stats.supervisor_seconds - before.supervisor_seconds
        decoding = stats.decode_seconds - before.decode_seconds
        repairs = stats.interventions - before.interventions
        lost = stats.discarded_tokens - before.discarded_tokens
        print(
            f"{rows:3} rows supervised: {100 * watching / decoding:.2f} % of decoding time inside supervisors, "
            f"{repairs} repairs, {lost / max(1, repairs):.1f} tokens thrown away a repair"
        )


async def _run(model: LocalModel, rows: int, seed: int, supervised: bool) -> tuple[int, float]:
    """Tokens decoded and seconds, prompts included in the time.

    Each run has a seed of its own: questions that were asked before would be found in the engine's memory.
    """
    watching = senses_without(()).supervisors if supervised else ()
    asked = [Problem.of(row["prompt"]) for row in questions(rows, seed=seed)]
    requests = [Request(prompt_from("chain_of_thought", p), Sampling(TOKENS), watching) for p in asked]
    begin = time.perf_counter()
    done = await model.generate(requests)
    return sum(row.generated_tokens for row in done), time.perf_counter() - begin


if __name__ == "__main__":
    sys.exit(main())
