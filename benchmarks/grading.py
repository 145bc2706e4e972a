"""Grading on real answers: pairs of a well-known grader's tests, and answers that other graders have judged.

    python -m slowthink.benchmarks.grading --data ../shared/data

Reads `mathverify_pairs.jsonl` (what math-verify's own tests expect), `qwen_math_sc8.jsonl` (judged by Qwen's grader)
and `zeroeval_mathl5_answers.jsonl.gz` (compared with equality of the texts). Every disagreement is printed; an UNKNOWN
is not counted as agreement.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from slowthink.types import Status, Verdict
from slowthink.verifiers.equivalence import grade
from slowthink.verifiers.grader import Grader

EXPECTED = {True: Status.PROVED, False: Status.REFUTED}


def main(arguments: list[str] | None = None) -> int:
    """Print agreement and disagreements; 2 when the data is not there."""
    parser = argparse.ArgumentParser(prog="grading")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    options = parser.parse_args(arguments)
    with Grader() as grader:
        try:
            for name, pairs in (("pairs", _pairs), ("qwen", _qwen), ("math-l5", _level5)):
                _report(name, list(pairs(options.data)), grader)
        except OSError as error:
            print(f"grading: expected the data in {options.data}: {error}", file=sys.stderr)
            return 2
        for answer in ("10^{10^{10}}", "100000000!", "9^9^9^9", r"\\sum_{k=1}^{10^9} \\frac{1}{k}"):
            begin = time.perf_counter()
            verdict = grade("4", answer, grader)
            print(f"{answer}: {verdict.status.value} in {time.perf_counter() - begin:.2f} s ({verdict.reason})")
    _speed()
    return 0


def _pairs(data: Path) -> Iterator[tuple[str, str, bool]]:
    for line in (data / "mathverify_pairs.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        yield row["gold"], row["pred"], bool(row.get("expected", row.get("result")))


def _qwen(data: Path) -> Iterator[tuple[str, str, bool]]:
    for line in (data / "qwen_math_sc8.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        for pred, score in zip(row["pred"], row["score"], strict=True):
            yield row["gold"], pred, bool(score)


def _level5(data: Path) -> Iterator[tuple[str, str, bool]]:
    with gzip.open(data / "zeroeval_mathl5_answers.jsonl.gz", "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            for pred in row["preds"].values():
                yield row["gold"], pred or "", (pred or "").strip() == row["gold"].strip()


def _report(name: str, rows: list[tuple[str, str, bool]], grader: Grader) -> None:
    known: dict[tuple[str, str], Verdict] = {}
    agreed, statuses = 0, Counter[str]()
    disagreed: Counter[str] = Counter()
    begin = time.perf_counter()
    for gold, pred, is_right in rows:
        if (gold, pred) not in known:
            known[gold, pred] = grade(gold, pred, grader)
        verdict = known[gold, pred]
        statuses[f"{'right' if is_right else 'wrong'} {verdict.status.value}"] += 1
        if verdict.status is EXPECTED[is_right]:
            agreed += 1
        else:
            short = f"{gold[-60:]!r} and {pred[-60:]!r}"
            disagreed[
                f"{'right' if is_right else 'wrong'} there, {verdict.status.value} here ({verdict.reason}): {short}"
            ] += 1
    seconds = time.perf_counter() - begin
    print(
        f"{name}: as expected {agreed} of {len(rows)} ({agreed / len(rows):.2%}), "
        f"{len(known)} different in {seconds:.1f} s"
    )
    print("  " + ", ".join(f"{status} {count}" for status, count in sorted(statuses.items())))
    for line, count in sorted(disagreed.items()):
        print(f"  {count} x {line}")


def _speed() -> None:
    draw = random.Random(0)
    golds = [str(draw.randint(-999, 99999)) for _ in range(20_000)]
    begin = time.process_time()
    for gold in golds:
        grade(gold, gold if draw.random() < 0.5 else f"${draw.random() * 100:.2f}")
    print(f"plain numeric grades: {len(golds) / (time.process_time() - begin):,.0f} a second of one processor")


if __name__ == "__main__":
    sys.exit(main())
