"""The arithmetic verifier on real texts of real models: false alarms, alarms, answers that repair wins and loses.

Reads from `--data`: `zeroeval_gsm.jsonl.gz` (texts of 42 chat models on GSM8K) with `gsm8k_test.jsonl` (gold), where a
text counts as right when its answer, as extracted here, has the gold value; `bbmistake.jsonl.gz` (traces of PaLM 2 with
the first mistake marked by people); and `bbh_code_davinci_002.jsonl.gz` (chains of code-davinci-002).
`wild_sums.md` lists the false alarms that are left, each with its reason.

    python -m slowthink.benchmarks.wild_sums --data ../shared/data
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slowthink.benchmarks.zeroeval import outputs
from slowthink.commands.check import check
from slowthink.verifiers.answers import value_of


@dataclass(frozen=True, slots=True)
class Row:
    """One text: whether its answer was right and is right after repair, its verdicts, its refuted claims."""

    was_right: bool
    is_right: bool
    verdicts: Counter[str]
    refuted: list[str]


def main(arguments: list[str] | None = None) -> int:
    """Check every text and print the counts; 2 when the data is not there."""
    parser = argparse.ArgumentParser(prog="wild_sums")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--show", type=int, default=0, help="print so many false alarms")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args(arguments)
    try:
        work = [(row.text, row.gold) for row in outputs(options.data)]
    except OSError as error:
        print(f"wild_sums: expected the data in {options.data}: {error}", file=sys.stderr)
        return 2
    begin = time.perf_counter()
    with ProcessPoolExecutor(options.jobs) as pool:
        found = list(pool.map(_judged, work, chunksize=200))
    seconds = time.perf_counter() - begin
    _report(found, seconds, options.show)
    _report_mistakes(_rows(options.data / "bbmistake.jsonl.gz"))
    _report_chains(_rows(options.data / "bbh_code_davinci_002.jsonl.gz"))
    return 0


def _rows(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _judged(work: tuple[str, str]) -> Row:
    text, gold = work
    row = check([text])
    right = value_of(gold)
    verdicts = Counter(claim["verdict"] for claim in row["claims"])
    refuted = [f"{claim['text']!r}: {claim['reason']}" for claim in row["claims"] if claim["verdict"] == "REFUTED"]
    return Row(value_of(row["answer"]) == right, value_of(row["repaired_answer"]) == right, verdicts, refuted)


def _report(found: list[Row], seconds: float, show: int) -> None:
    for name, is_right in (("right", True), ("wrong", False)):
        texts = [row for row in found if row.was_right is is_right]
        alarmed = [row for row in texts if row.refuted]
        print(f"{name} texts: {len(texts)}, with a refuted claim: {len(alarmed)} ({len(alarmed) / len(texts):.2%})")
        if is_right:
            for row in alarmed[:show]:
                print("   ", row.refuted[0])
    won = sum(row.is_right and not row.was_right for row in found)
    lost = sum(row.was_right and not row.is_right for row in found)
    print(f"repair: {won} answers won, {lost} lost")
    totals: Counter[str] = sum((row.verdicts for row in found), Counter())
    print("claims: " + ", ".join(f"{status} {count}" for status, count in totals.most_common()))
    print(f"{len(found)} texts checked and repaired in {seconds:.1f} s")


def _report_mistakes(rows: list[dict[str, Any]]) -> None:
    """Where the first refuted step is, beside the first mistake that people marked (None: no mistake)."""
    for task in sorted({row["task"] for row in rows}):
        places: Counter[str] = Counter()
        for row in (row for row in rows if row["task"] == task):
            said, marked = check(row["steps"], True)["first_refuted_step"], row["mistake_index"]
            if marked is None:
                places["false alarm" if said is not None else "rightly silent"] += 1
            else:
                places["missed" if said is None else "exact" if said == marked else "another step"] += 1
        print(f"mistakes in {task}: " + ", ".join(f"{place} {count}" for place, count in places.most_common()))


def _report_chains(rows: list[dict[str, Any]]) -> None:
    """Chains over nested expressions: right as written, and right once checked and repaired."""
    chains = [row for row in rows if row["task"] == "multistep_arithmetic_two"]
    checked = [(check([row["cot"]]), value_of(row["target"])) for row in chains]
    before, after = (sum(value_of(row[key]) == gold for row, gold in checked) for key in ("answer", "repaired_answer"))
    print(f"multistep arithmetic: {len(chains)} chains, right as written {before}, repaired {after}")


if __name__ == "__main__":
    sys.exit(main())
