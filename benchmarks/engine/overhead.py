"""The engine's own time in a decode step: all that is not the model's forward pass.

16 rows on the embedded model (or another), greedy and sampled, behind prompts that are known already, so that every
pass is a decode step.

    python -m slowthink.benchmarks.engine.overhead
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from dataclasses import replace
from typing import Any

import torch

from slowthink.errors import SlowThinkError
from slowthink.models import load_model
from slowthink.models.local import LocalModel
from slowthink.models.protocol import Prompt, Request, Sampling

SETTLED = 0.05
"""Seconds after which the engine has counted the turn in which its rows ended."""


async def measure(model: LocalModel, rows: int, tokens: int, temperature: float, turn: int) -> dict[str, float]:
    """Shares of the time of decode steps, prompts not included; each turn writes what was not written before."""
    words = enumerate(_words(rows))
    prompts = [Prompt(text=f"Story {turn}, {temperature}, part {i}, about a {word}. Once") for i, word in words]
    model.engine.eos = frozenset()
    await model.generate([Request(prompt, Sampling(1)) for prompt in prompts])
    await asyncio.sleep(SETTLED)
    before = replace(model.engine.stats)
    sampling = [Sampling(tokens, temperature, seed=i) for i in range(rows)]
    await model.generate([Request(p, s) for p, s in zip(prompts, sampling, strict=True)])
    await asyncio.sleep(SETTLED)
    stats = model.engine.stats
    whole = stats.decode_seconds - before.decode_seconds
    steps = stats.steps - before.steps
    return {
        "rows": rows,
        "temperature": temperature,
        "milliseconds_a_step": 1000 * whole / steps,
        "overhead": 1 - (stats.forward_seconds - before.forward_seconds) / whole,
    }


def _words(number: int) -> list[str]:
    words = ["fox", "river", "king", "boat", "tree", "house", "bird", "stone", "road", "lamp", "storm", "child"]
    return [words[i % len(words)] for i in range(number)]


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; 2 when there is no model in this process to measure."""
    parser = argparse.ArgumentParser(prog="overhead")
    parser.add_argument("--model", default="smollm2")
    parser.add_argument("--rows", type=int, default=16)
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--repeats", type=int, default=3, help="runs of each kind, in turn; the best is taken")
    parser.add_argument("--threads", type=int, default=0, help="0: as torch chooses")
    options = parser.parse_args(arguments)
    if options.threads:
        torch.set_num_threads(options.threads)
    try:
        model = load_model(options.model)
    except SlowThinkError as error:
        print(f"overhead: {error}", file=sys.stderr)
        return 2
    if not isinstance(model, LocalModel):
        print("overhead: expected a model that runs in this process", file=sys.stderr)
        return 2
    best: dict[float, dict[str, Any]] = {}
    for turn in range(options.repeats):
        for temperature in (0.0, 1.0):
            one = asyncio.run(measure(model, options.rows, options.tokens, temperature, turn))
            if temperature not in best or one["overhead"] < best[temperature]["overhead"]:
                best[temperature] = one
    model.close()
    print(json.dumps(list(best.values()), indent=1))
    for one in best.values():
        what = "greedy" if one["temperature"] == 0 else "sampled"
        share = 100 * one["overhead"]
        print(f"{what}: {one['milliseconds_a_step']:.1f} ms a step, {share:.1f} % of it not the model (bar 5 %)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
