"""The texts of 42 chat models on GSM8K, with the gold answers: what several measurements here read."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Output:
    """What a model wrote for a question, and the question's gold answer."""

    index: int
    model: str
    text: str
    gold: str


def outputs(data: Path) -> list[Output]:
    """All rows, in the order of the file. Raises OSError where the data is not there."""
    gold = gold_answers(data)
    with gzip.open(data / "zeroeval_gsm.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [Output(row["idx"], row["model"], row["output"], gold[row["idx"]]) for row in rows]


def gold_answers(data: Path) -> dict[int, str]:
    """The answers behind `####`, without separators of thousands."""
    lines = (data / "gsm8k_test.jsonl").read_text(encoding="utf-8").splitlines()
    return {row["idx"]: row["answer"].rsplit("####", 1)[1].strip() for row in map(json.loads, lines)}
