"""Extraction of answers from real texts of 42 models: how many have the gold value; and a sample of the rest.

    python -m slowthink.benchmarks.extraction --data ../shared/data --misses 100 --out misses.jsonl

A miss is mostly a model's mistake. To tell faults of the extraction from these, `--misses` writes a seeded sample with
the text and what was extracted, without the gold answer and the model's name, to be labelled by someone who sees
neither; `--key` writes these apart.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter
from pathlib import Path

from slowthink.benchmarks.statistics import wilson
from slowthink.benchmarks.zeroeval import outputs
from slowthink.verifiers.answers import extract_number, value_of


def main(arguments: list[str] | None = None) -> int:
    """Print the share of right answers, in all and by model; 2 when the data is not there."""
    parser = argparse.ArgumentParser(prog="extraction")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--misses", type=int, default=0, metavar="N", help="write so many misses")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("misses.jsonl"), help="where to write them, without gold")
    parser.add_argument("--key", type=Path, help="where to write model and gold of the same rows")
    options = parser.parse_args(arguments)
    try:
        rows = outputs(options.data)
    except OSError as error:
        print(f"extraction: expected the data in {options.data}: {error}", file=sys.stderr)
        return 2
    begin = time.perf_counter()
    found = [extract_number(row.text) for row in rows]
    seconds = time.perf_counter() - begin
    hits = [
        answer is not None and value_of(answer) == value_of(row.gold) for row, answer in zip(rows, found, strict=True)
    ]
    low, high = wilson(sum(hits), len(hits))
    print(
        f"right by GSM8K's gold: {sum(hits)} of {len(hits)} = {sum(hits) / len(hits):.3%} "
        f"(95 %: {low:.2%} to {high:.2%})"
    )
    print(f"no answer found: {sum(answer is None for answer in found)}; {seconds / len(rows) * 1e6:.0f} us a text")
    asked, right = (
        Counter(row.model for row in rows),
        Counter(row.model for row, hit in zip(rows, hits, strict=True) if hit),
    )
    for model in sorted(asked, key=lambda name: right[name] / asked[name]):
        print(f"  {right[model]:4} of {asked[model]}  {model}")
    if options.misses:
        missed = [at for at, hit in enumerate(hits) if not hit]
        chosen = sorted(random.Random(options.seed).sample(missed, min(options.misses, len(missed))))
        with options.out.open("w", encoding="utf-8") as file:
            for number, at in enumerate(chosen):
                print(json.dumps({"n": number, "text": rows[at].text, "extracted": found[at]}), file=file)
        if options.key:
            with options.key.open("w", encoding="utf-8") as file:
                for number, at in enumerate(chosen):
                    print(json.dumps({"n": number, "model": rows[at].model, "gold": rows[at].gold}), file=file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
