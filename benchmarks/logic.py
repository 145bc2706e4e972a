"""Logic programs that models wrote, decided: correct answers for each dialect and model, and the cascade of models.

    python -m slowthink.benchmarks.logic ../shared/data/logiclm_programs.jsonl.gz [--only FOLIO]

An undecided row counts as wrong. `chosen` is how often there was an answer, `precision` how often that was right. In
the cascade the first model counts whose program is decided.
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

MODELS = ("gpt-4", "gpt-3.5-turbo", "text-davinci-003")


def rows_of(path: Path, only: str = "") -> Iterator[dict[str, Any]]:
    """The rows of the file, of one dataset if it is named."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            if only in ("", row["dataset"]):
                yield row


def decided(row: dict[str, Any]) -> list[dict[str, Any]]:
    """What each model's program for a row comes to, and how long that took."""
    from slowthink.verifiers.logic_programs import answer

    found = []
    for model, program in row["programs"].items():
        began = time.perf_counter()
        result = answer(program, row.get("options") or (), row.get("question") or "", row.get("context") or "")
        found.append(
            {
                "dataset": row["dataset"],
                "id": row["id"],
                "model": model,
                "answer": result.answer,
                "verdict": result.verdict,
                "reason": result.reason,
                "right": result.answer == row["answer"],
                "gold": row["answer"],
                "seconds": time.perf_counter() - began,
            }
        )
    return found


def main() -> None:
    """Decide the programs and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--only", default="", metavar="DATASET")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path, help="write a line for each program")
    args = parser.parse_args()
    began = time.perf_counter()
    with ProcessPoolExecutor(args.jobs) as pool:
        found = list(pool.map(decided, rows_of(args.data, args.only), chunksize=8))
    everything = [one for row in found for one in row]
    if args.out is not None:
        args.out.write_text("".join(json.dumps(one) + "\n" for one in everything), encoding="utf-8")
    print_table(found)
    slowest = max(everything, key=lambda one: one["seconds"])
    print(f"{time.perf_counter() - began:.1f} s in all; slowest {slowest['seconds']:.2f} s ({slowest['id']})")


def print_table(found: list[list[dict[str, Any]]]) -> None:
    """Correct, answered and precision for each dataset and model; and the cascade."""
    by: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    cascade: dict[str, Counter[str]] = defaultdict(Counter)
    for row in found:
        for one in row:
            by[one["dataset"], one["model"]].append(one)
        ordered = sorted(row, key=lambda one: MODELS.index(one["model"]))
        first = next((one for one in ordered if one["answer"] is not None), None)
        cascade[row[0]["dataset"]].update(["all", *(["right"] if first is not None and first["right"] else [])])
    print(f"{'dataset':18}{'model':18}{'rows':>5}{'right %':>9}{'chosen %':>10}{'precision %':>13}  verdicts")
    for (dataset, model), ones in sorted(by.items()):
        print(_line(dataset, model, ones))
    for dataset, counts in sorted(cascade.items()):
        print(f"{dataset:18}{'cascade':18}{counts['all']:>5}{100 * counts['right'] / counts['all']:>9.1f}")


def _line(dataset: str, model: str, ones: list[dict[str, Any]]) -> str:
    right = sum(one["right"] for one in ones)
    chosen = sum(one["answer"] is not None for one in ones)
    verdicts = ", ".join(f"{name} {count}" for name, count in Counter(one["verdict"] for one in ones).most_common())
    precision = 100 * right / chosen if chosen else 0.0
    share = f"{100 * right / len(ones):>9.1f}{100 * chosen / len(ones):>10.1f}{precision:>13.1f}"
    return f"{dataset:18}{model:18}{len(ones):>5}{share}  {verdicts}"


if __name__ == "__main__":
    main()
