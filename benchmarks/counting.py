"""Counting and listing questions on one model: fast, each route alone, and both: accuracy and coverage by status.

Asks the task `primes` of sparks_tasks.jsonl (The Sparks of AGI: how many primes lie between two numbers), or
JSON lines {"question", "answer"} where an answer is a number, a list of numbers, or null where none can be expected.
Each row is saved as it ends.

    python -m slowthink.benchmarks.counting --data ../shared/data [--questions FILE] [--limit 20] [--out FILE]
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import IO, Any

from slowthink import facade
from slowthink.benchmarks.statistics import wilson
from slowthink.controller import SlowThinker
from slowthink.models import load_model
from slowthink.models.protocol import LanguageModel, Prompt, Score
from slowthink.types import Solution

STATUSES = ("proved", "supported", "unverified", "abstained")
Values = tuple[Fraction, ...]


@dataclass(frozen=True)
class Item:
    """A question with its gold values; None where no answer can be expected."""

    question: str
    gold: Values | None


def values_of(answer: Any) -> Values | None:
    """An answer as a tuple of numbers; None where it is none."""
    parts = answer if isinstance(answer, list) else str(answer).strip("[] .").split(", ")
    try:
        return tuple(Fraction(str(part).replace(",", "").strip()) for part in parts)
    except (ValueError, ZeroDivisionError):
        return None


def is_right(item: Item, answer: str | None) -> bool:
    """Whether an answer has the gold values; where none is expected, no answer is the right one."""
    if item.gold is None or answer is None:
        return item.gold is None and answer is None
    return values_of(answer) == item.gold


def items_from(options: argparse.Namespace) -> list[Item]:
    """The questions that are asked, evenly spread where there is a limit. Raises OSError."""
    path = options.questions or options.data / "sparks_tasks.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    if not options.questions:
        rows = [{"question": r["prompt"], "answer": r["gold"]} for r in rows if r["task"] == "primes"]
    items = [Item(row["question"], None if row["answer"] is None else values_of(row["answer"])) for row in rows]
    if options.limit is None or options.limit >= len(items):
        return items
    return [items[i * len(items) // options.limit] for i in range(options.limit)]


async def answered(thinker: SlowThinker, items: list[Item], way: str, out: IO[str] | None) -> list[Solution]:
    """A solution for each item; each is saved and shown as it ends."""
    solutions: list[Solution] = []
    async for solution in thinker.asolve_many([item.question for item in items]):
        item = items[len(solutions)]
        solutions.append(solution)
        row = {"way": way, "right": is_right(item, solution.answer), "gold": item.gold and [str(v) for v in item.gold]}
        row |= solution.model_dump(mode="json", exclude={"trace", "evidence"})
        if out:
            out.write(json.dumps(row) + "\n")
            out.flush()
        print(f"{way} {len(solutions)}/{len(items)} {row['right']} {solution.status}", file=sys.stderr)
    return solutions


def report(way: str, items: list[Item], solutions: list[Solution]) -> str:
    """Right of all, and of what each status covers, with 95 % intervals, and what a question cost."""
    right = [is_right(item, solution.answer) for item, solution in zip(items, solutions, strict=True)]
    lines = [f"{way}: right {_share(right)}"]
    for status in STATUSES:
        own = [ok for ok, solution in zip(right, solutions, strict=True) if solution.status == status]
        if own:
            lines.append(
                f"  {status}: {len(own)} of {len(items)} questions, right {_share(own)}, wrong {own.count(False)}"
            )
    tokens = sum(solution.usage.tokens for solution in solutions) / max(1, len(items))
    lines.append(f"  tokens through the model a question: {tokens:.0f}")
    fast = [is_right(item, solution.fast_answer) for item, solution in zip(items, solutions, strict=True)]
    if way == "auto":
        lines.append(f"  the fast answer alone: right {_share(fast)}")
    return "\n".join(lines)


def _share(right: list[bool]) -> str:
    low, high = wilson(sum(right), len(right))
    share = 100 * sum(right) / max(1, len(right))
    return f"{sum(right)} of {len(right)} = {share:.1f} % [{100 * low:.1f}, {100 * high:.1f}]"


def main(arguments: list[str] | None = None) -> int:
    """Run what the arguments ask for."""
    parser = argparse.ArgumentParser(prog="counting", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder with sparks_tasks.jsonl")
    parser.add_argument("--questions", type=Path, help='instead: JSON lines {"question", "answer"}')
    parser.add_argument("--limit", type=int, help="at most so many questions, evenly spread")
    parser.add_argument("--model", default="smollm2", help="a model, 'random' tokens, or 'noise' for scores")
    parser.add_argument("--ways", default="auto", help="comma-separated strategies")
    parser.add_argument("--out", type=Path, help="write every row as JSON lines, as it ends")
    options = parser.parse_args(arguments)
    items = items_from(options)
    model = _control(options.model) if options.model in ("random", "noise") else load_model(options.model)
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
    out = options.out.open("w", encoding="utf-8") if options.out else None
    try:
        for way in options.ways.split(","):
            thinker = SlowThinker(model, strategy=way)
            print(report(way, items, facade.run(answered(thinker, items, way, out))), flush=True)
    finally:
        if out:
            out.close()
    return 0


def _control(name: str) -> LanguageModel:
    """A model that knows nothing: what is right with it was chosen by the checks and by chance.

    To `random` all tokens are equally likely, so nothing is likelier with the question than without it. The scores of
    `noise` differ for every prompt and text, about as much as a real model's do.
    """
    from slowthink.models.random_tokens import RandomTokenModel

    class Noise(RandomTokenModel):
        async def score(self, prompt: Prompt, continuations: Sequence[str]) -> list[Score]:
            return [self._noisy(prompt, text) for text in continuations]

        def _noisy(self, prompt: Prompt, text: str) -> Score:
            draw, tokens = random.Random(f"{prompt!r}\x00{text}"), max(1, len(text) // 4)
            return Score(sum(draw.gauss(-6.0, 3.0) for _ in range(tokens)), tokens)

    return RandomTokenModel() if name == "random" else Noise()


if __name__ == "__main__":
    sys.exit(main())
