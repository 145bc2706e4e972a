"""Story problems (GSM8K, SVAMP) on one model: direct, chain of thought, scratchpad and program, as they are.

Prints accuracy with its 95 % interval and the tokens through the model for each way; every row is saved as it ends, and
`--resume` goes on with a run that was broken off.

    python -m slowthink.benchmarks.story --data ../shared/data --task gsm8k [--limit 200] [--out out/gsm8k.jsonl]
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import IO, Any

from slowthink import facade
from slowthink.benchmarks.statistics import wilson
from slowthink.controller import SlowThinker
from slowthink.models import LanguageModel, load_model
from slowthink.types import Problem
from slowthink.verifiers.answers import value_of

FILES = {"gsm8k": "gsm8k_test.jsonl", "svamp": "svamp_test.jsonl"}
WAYS = ("direct", "chain_of_thought", "scratchpad", "program")
Row = dict[str, Any]


def questions(data: Path, task: str, limit: int | None) -> list[tuple[str, Fraction]]:
    """The first `limit` questions of a task with their gold values. Raises OSError."""
    lines = (data / FILES[task]).read_text(encoding="utf-8").splitlines()[:limit]
    rows = [json.loads(line) for line in lines if line.strip()]
    return [(row["question"], _gold(row["answer"])) for row in rows]


def _gold(answer: Any) -> Fraction:
    return Fraction(str(answer).rpartition("####")[2].strip().replace(",", ""))


def _saved(path: Path | None) -> Iterator[Row]:
    """The rows of an earlier run; a last line that was cut off is left out."""
    if path is None or not path.exists():
        return
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            yield json.loads(line)
        except ValueError:
            continue


async def _asked(
    model: LanguageModel, way: str, items: list[tuple[int, str, Fraction]], out: IO[str] | None
) -> list[Row]:
    rows: list[Row] = []
    thinker = SlowThinker(model, strategy=way)
    problems = [Problem.of(question).model_copy(update={"answer_kind": "number"}) for _, question, _ in items]
    async for solution in thinker.asolve_many(problems):
        place, _, gold = items[len(rows)]
        row = {
            "way": way,
            "place": place,
            "gold": str(gold),
            "answer": solution.answer,
            "right": value_of(solution.answer) == gold,
            "status": solution.status,
            "tokens": solution.usage.tokens,
        }
        rows.append(row)
        if out:
            out.write(json.dumps(row) + "\n")
            out.flush()
        print(f"{way} {len(rows)}/{len(items)}", file=sys.stderr)
    return rows


def line_of(way: str, rows: list[Row]) -> str:
    """One way's accuracy, its interval, how many have an answer, and what a question cost."""
    right, of = sum(row["right"] for row in rows), len(rows)
    low, high = wilson(right, of)
    answered = sum(row["answer"] is not None for row in rows)
    tokens = sum(row["tokens"] for row in rows) / max(1, of)
    share = 100 * right / max(1, of)
    return (
        f"{way}: right {right} of {of} = {share:.1f} % [{100 * low:.1f}, {100 * high:.1f}], "
        f"answered {answered}, {tokens:.0f} tokens a question"
    )


def main(arguments: list[str] | None = None) -> int:
    """Run what the arguments ask for."""
    parser = argparse.ArgumentParser(prog="story", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder with the questions")
    parser.add_argument("--task", choices=sorted(FILES), default="gsm8k")
    parser.add_argument("--limit", type=int, default=200, help="the first so many questions")
    parser.add_argument("--model", default="smollm2")
    parser.add_argument("--ways", default=",".join(WAYS), help="comma-separated strategies")
    parser.add_argument("--out", type=Path, help="write every row as JSON lines, as it ends")
    parser.add_argument("--resume", action="store_true", help="leave out what --out has already")
    options = parser.parse_args(arguments)
    items = [(i, *item) for i, item in enumerate(questions(options.data, options.task, options.limit))]
    saved = list(_saved(options.out)) if options.resume else []
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
    out = options.out.open("a" if options.resume else "w", encoding="utf-8") if options.out else None
    model = load_model(options.model)
    try:
        for way in options.ways.split(","):
            done = {row["place"]: row for row in saved if row["way"] == way}
            left = [item for item in items if item[0] not in done]
            rows = [done[item[0]] for item in items if item[0] in done]
            rows += facade.run(_asked(model, way, left, out))
            print(f"{options.task}, {line_of(way, rows)}", flush=True)
    finally:
        if out:
            out.close()
        model.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
