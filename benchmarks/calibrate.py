"""Makes `slowthink/calibration.json`: how often two separate readings that agree are right, by kind of question.

The questions are made from a seed (`counting_questions.py`). What counts is every answer on which both routes agree and
that no convention changes; the lower 95 % bound of the share that is right is what `supported` rests on.
Rows are saved as they end, and `--resume` goes on with a run that was broken off.

    python -m slowthink.benchmarks.calibrate --count 240 --rows out/calibration.jsonl [--write]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

from slowthink import facade
from slowthink.benchmarks.counting import values_of
from slowthink.benchmarks.counting_questions import Made, made
from slowthink.budget import Ledger
from slowthink.calibration import TABLE, family_of, lower_bound
from slowthink.controller import senses_without
from slowthink.mind import Mind
from slowthink.models import LanguageModel, load_model
from slowthink.strategies.protocol import Outcome
from slowthink.strategies.two_routes import TwoRoutes
from slowthink.trace import Trace
from slowthink.types import Budget, Problem

AT_ONCE = 4
Row = dict[str, Any]


def is_right(question: Made, answer: str | None) -> bool:
    """Whether an answer is one of the gold answers."""
    values = values_of(answer) if answer else None
    return question.gold is not None and values is not None and values in question.gold


async def _one(model: LanguageModel, question: Made, gate: asyncio.Semaphore) -> Row:
    async with gate:
        ledger = Ledger(Budget())
        mind = Mind(model, ledger, Trace(), senses_without(("reader",)))
        outcome: Outcome = await TwoRoutes().solve(Problem.of(question.question), mind)
    return {
        "question": question.question,
        "then": question.then,
        "answer": outcome.answer,
        "agreement": outcome.agreement,
        "right": is_right(question, outcome.answer),
        "expected": question.gold is not None,
        "reason": outcome.reason[:300],
        "tokens": ledger.usage.tokens,
    }


async def _run(model: LanguageModel, questions: list[Made], out: IO[str]) -> list[Row]:
    gate = asyncio.Semaphore(AT_ONCE)
    tasks = [asyncio.ensure_future(_one(model, question, gate)) for question in questions]
    rows = []
    for task in asyncio.as_completed(tasks):
        rows.append(await task)
        out.write(json.dumps(rows[-1]) + "\n")
        out.flush()
        print(f"{len(rows)}/{len(questions)}", file=sys.stderr)
    return rows


def table_of(rows: Iterable[Row]) -> dict[str, dict[str, int]]:
    """For each kind of agreement how many there were and how many were right."""
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        if row["agreement"]:
            entry = found.setdefault(row["agreement"], {"agreed": 0, "right": 0})
            entry["agreed"] += 1
            entry["right"] += row["right"]
    return dict(sorted(found.items()))


def main(arguments: list[str] | None = None) -> int:
    """Run what the arguments ask for."""
    parser = argparse.ArgumentParser(prog="calibrate", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", default="smollm2")
    parser.add_argument("--count", type=int, default=240, help="how many questions")
    parser.add_argument("--seed", type=int, default=2024)
    parser.add_argument("--rows", type=Path, required=True, help="where every row is saved as it ends")
    parser.add_argument("--resume", action="store_true", help="leave out what --rows has already")
    parser.add_argument("--write", action="store_true", help="put the result into the library's table")
    options = parser.parse_args(arguments)
    options.rows.parent.mkdir(parents=True, exist_ok=True)
    rows: list[Row] = []
    if options.resume and options.rows.exists():
        rows = [json.loads(line) for line in options.rows.read_text(encoding="utf-8").splitlines()]
    done = {row["question"] for row in rows}
    left = [question for question in made(options.count, options.seed) if question.question not in done]
    model = load_model(options.model)
    with options.rows.open("a" if options.resume else "w", encoding="utf-8") as out:
        rows += facade.run(_run(model, left, out))
    model.close()
    table = table_of(rows)
    for kind, entry in table.items():
        bound = lower_bound(entry["right"], entry["agreed"])
        print(f"{kind}: right {entry['right']} of {entry['agreed']} agreed, lower bound {bound:.3f}")
    strange = [row for row in rows if not row["expected"]]
    print(
        f"kinds without a place in any plan: {sum(r['answer'] is not None for r in strange)} of {len(strange)} answered"
    )
    answered = [row for row in rows if row["answer"] is not None]
    print(f"answered {len(answered)} of {len(rows)}, wrong {sum(not row['right'] for row in answered)}")
    if options.write:
        whole = json.loads(TABLE.read_text(encoding="utf-8")) if TABLE.exists() else {}
        whole[family_of(options.model)] = table
        TABLE.write_text(json.dumps(whole, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
