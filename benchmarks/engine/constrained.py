"""What constraints cost: rows that are free beside rows of which half or all are held to one.

All rows write the same number of tokens (none may end early), and the three mixtures take turns, so that a machine
that others use at the same time slows all of them alike. Two figures: the share of decoding time that is spent on
constraints, summed (which noise hardly touches), and the median over the rounds of each mixture's time divided by
that of the free rows in the same round.

Measured on 2 cores of a Xeon (`--tokens 40 --rounds 6`), for half and for all of 16 rows: JSON +2.8 and +2.1 % time, a
regular expression of counted words +3.3 and +4.9 %, a grammar +3.8 and +4.9 %. Before masks were only worked out when a
free draw is not allowed, the regular expression took +6.2 to +8.1 and +10.7 to +12.9 %.

    python -m slowthink.benchmarks.engine.constrained
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import statistics
import sys
import time
from dataclasses import replace

from slowthink.benchmarks.engine.overhead import SETTLED
from slowthink.errors import SlowThinkError
from slowthink.models import load_model
from slowthink.models.local import LocalModel
from slowthink.models.protocol import Prompt, Request, Sampling
from slowthink.types import Constraint

ITEM = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 30},
        "kind": {"enum": ["animal", "plant", "stone", "tool"]},
        "legs": {"type": "integer", "minimum": 0, "maximum": 1000},
        "colours": {"type": "array", "items": {"type": "string", "maxLength": 12}, "minItems": 1, "maxItems": 4},
    },
    "required": ["name", "kind", "legs", "colours"],
    "additionalProperties": False,
}
CONSTRAINTS = {
    "json": Constraint(json_schema={"type": "array", "items": ITEM, "minItems": 50}),
    "regex": Constraint(regex=r"([A-Za-z]{1,12}( [a-z]{1,12}){2,9}[.!?] ){50,}"),
    "grammar": Constraint(
        grammar='start: (expr "\\n"){50,200}\nexpr: term (" " ("+"|"-") " " term)*\nterm: factor (" * " factor)*\n'
        'factor: /[0-9]{1,4}/ | "(" expr ")"'
    ),
}
NUMBERS = itertools.count(1)
PROMPT = "List {}. Write things, one after the other, as data:\n"


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; 2 when there is no model in this process to measure."""
    parser = argparse.ArgumentParser(prog="constrained")
    parser.add_argument("--model", default="smollm2")
    parser.add_argument("--rows", type=int, default=16)
    parser.add_argument("--tokens", type=int, default=24)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--temperature", type=float, default=1.0)
    options = parser.parse_args(arguments)
    try:
        model = load_model(options.model)
    except SlowThinkError as error:
        print(f"constrained: {error}", file=sys.stderr)
        return 2
    if not isinstance(model, LocalModel):
        print("constrained: expected a model that runs in this process", file=sys.stderr)
        return 2
    model.engine.eos = frozenset()  # rows end by length only, so that all mixtures do the same work
    sampling = Sampling(options.tokens, options.temperature)
    asyncio.run(_measure(model, options.rows, options.rounds, sampling))
    model.close()
    return 0


async def _measure(model: LocalModel, rows: int, rounds: int, sampling: Sampling) -> None:
    for kind, constraint in CONSTRAINTS.items():
        slower: dict[int, list[float]] = {rows // 2: [], rows: []}
        shares: dict[int, list[float]] = {rows // 2: [], rows: []}
        stats = model.engine.stats
        for round_ in range(-1, rounds):  # the first round warms up
            free = await _run(model, rows, 0, sampling, constraint)
            for held, ratios in slower.items():
                await asyncio.sleep(SETTLED)
                before = replace(stats)
                seconds = await _run(model, rows, held, sampling, constraint)
                await asyncio.sleep(SETTLED)
                if round_ >= 0:
                    ratios.append(seconds / free)
                    decoding = stats.decode_seconds - before.decode_seconds
                    shares[held].append((stats.constraint_seconds - before.constraint_seconds) / decoding)
        for held, ratios in slower.items():
            print(
                f"{kind:8} {held:3} of {rows} rows constrained: {100 * statistics.median(shares[held]):.1f} % of "
                f"decoding time; {100 * (statistics.median(ratios) - 1):+5.1f} % time beside free rows "
                f"({100 * (min(ratios) - 1):+.1f} to {100 * (max(ratios) - 1):+.1f} over {rounds} rounds)"
            )


async def _run(model: LocalModel, rows: int, held: int, sampling: Sampling, constraint: Constraint) -> float:
    """Seconds that the rows take, of which the first `held` are constrained. Raises where one ends early.

    Each has a prompt of its own, which is read before the clock starts, in this run or another one: what rows know
    from each other costs no pass of its own, but they wait for it, be they constrained or not.
    """
    prompts = [Prompt(text=PROMPT.format(next(NUMBERS))) for _ in range(rows)]
    await model.generate([Request(prompt, replace(sampling, max_tokens=1)) for prompt in prompts])
    begin = time.perf_counter()
    done = await model.generate(
        [
            Request(prompt, replace(sampling, seed=row + 1), constraint=constraint if row < held else None)
            for row, prompt in enumerate(prompts)
        ]
    )
    seconds = time.perf_counter() - begin
    short = [row for row in done if len(row.token_ids) < sampling.max_tokens]
    if short:
        raise RuntimeError(f"expected rows of {sampling.max_tokens} tokens, but one ended: {short[0]}")
    return seconds


if __name__ == "__main__":
    sys.exit(main())
