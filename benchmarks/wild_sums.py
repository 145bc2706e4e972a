"""The arithmetic verifier on real texts of real models: false alarms on right texts, alarms on wrong ones.

Reads `zeroeval_gsm.jsonl.gz` (texts of 42 chat models on GSM8K) and `gsm8k_test.jsonl` (gold) from `--data`. A
text counts as right when its answer, as extracted here, has the gold value.

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
from pathlib import Path

from slowthink.types import Status
from slowthink.verifiers.answers import extract_number, value_of
from slowthink.verifiers.arithmetic import ArithmeticVerifier


def main(arguments: list[str] | None = None) -> int:
    """Check every text and print the counts; 2 when the data is not there."""
    parser = argparse.ArgumentParser(prog="wild_sums")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--show", type=int, default=0, help="print so many false alarms")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args(arguments)
    try:
        gold = _gold(options.data / "gsm8k_test.jsonl")
        with gzip.open(options.data / "zeroeval_gsm.jsonl.gz", "rt", encoding="utf-8") as lines:
            rows = [json.loads(line) for line in lines]
    except OSError as error:
        print(f"wild_sums: expected the data in {options.data}: {error}", file=sys.stderr)
        return 2
    work = [(row["output"], gold[row["idx"]]) for row in rows]
    begin = time.perf_counter()
    with ProcessPoolExecutor(options.jobs) as pool:
        found = list(pool.map(_judged, work, chunksize=200))
    seconds = time.perf_counter() - begin
    _report(found, seconds, options.show)
    return 0


def _gold(path: Path) -> dict[int, str]:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return {row["idx"]: row["answer"].rsplit("####", 1)[1].strip() for row in rows}


def _judged(work: tuple[str, str]) -> tuple[bool, Counter[str], list[str]]:
    """Whether the text's answer is right, how many verdicts of each kind, and the refuted claims."""
    text, gold = work
    judged = ArithmeticVerifier().check(text)
    statuses = Counter(j.verdict.status.value for j in judged)
    refuted = [f"{j.claim.text!r}: {j.verdict.reason}" for j in judged if j.verdict.status is Status.REFUTED]
    return value_of(extract_number(text)) == value_of(gold), statuses, refuted


def _report(found: list[tuple[bool, Counter[str], list[str]]], seconds: float, show: int) -> None:
    for name, is_right in (("right", True), ("wrong", False)):
        texts = [row for row in found if row[0] is is_right]
        alarmed = [row for row in texts if row[2]]
        print(f"{name} texts: {len(texts)}, with a refuted claim: {len(alarmed)} ({len(alarmed) / len(texts):.2%})")
        if is_right:
            for row in alarmed[:show]:
                print("   ", row[2][0])
    totals: Counter[str] = sum((row[1] for row in found), Counter())
    print("claims: " + ", ".join(f"{status} {count}" for status, count in totals.most_common()))
    print(f"{len(found)} texts in {seconds:.1f} s")


if __name__ == "__main__":
    sys.exit(main())
