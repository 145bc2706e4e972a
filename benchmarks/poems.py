"""Poems under constraints: the reversed poem over many subjects and wordings, acrostics, given lines, given words.

Each poem is checked by code of its own (exact reversal, number of lines, no content word twice, no pair twice, the
subject present), and by the constraint verifier. With `--sheet` a sheet for a blind judge is written: first and last
lines among ordinary sentences, sentences of a person that read both ways, and ordinary sentences backwards, shuffled;
which is which stands in a file beside it. `--judged` reads the sheet's marks and reports them.

    python -m slowthink.benchmarks.poems [--count 100] [--others 20] [--wordings FILE] [--out out/poems.jsonl]
        [--sheet out/sheet.jsonl] [--report out/poems.md]
    python -m slowthink.benchmarks.poems --judged MARKS --sheet out/sheet.jsonl
"""

from __future__ import annotations

import argparse
import json
import random
import re
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from slowthink.benchmarks.poem_requests import BOTH_WAYS, ORDINARY, other_requests, turned_requests
from slowthink.benchmarks.statistics import wilson
from slowthink.controller import SlowThinker
from slowthink.models import load_model
from slowthink.strategies.subjects import topic_of
from slowthink.strategies.word_classes import SMALL, plural_of
from slowthink.types import Solution, Status
from slowthink.verifiers.constraints import judge_all, read_constraints

CHECKS = ("reversed", "lines", "no word twice", "not its own reverse", "subject", "word order")


def checked(row: dict[str, Any], solution: Solution) -> dict[str, Any]:
    """What of a request a solution keeps, by code that the strategy does not use."""
    poem = [line.strip() for line in (solution.answer or "").split("\n") if line.strip()]
    found: dict[str, Any] = {"answered": bool(poem)}
    if "lines" in row:
        found["lines"] = len(poem) == row["lines"]
    if row["kind"] != "reversed":
        constraints = read_constraints(row["constraints"])
        found["constraints"] = judge_all(constraints, solution.answer or "").status is Status.PROVED
        return found
    if not poem:
        return found | dict.fromkeys(CHECKS, False)
    first, last = (re.findall(r"\w+", line.lower()) for line in (poem[0], poem[-1]))
    content = [word for word in first if word not in SMALL]
    head = topic_of(row["subject"]).head.lower()
    stem = head[:-1] if len(head) > 3 and head[-1] in "sy" else head
    remarks = [event["text"] for event in solution.trace if event["event"] == "remark"]
    return found | {
        "reversed": first == last[::-1],
        "no word twice": len(content) == len(set(content)),
        "not its own reverse": first != first[::-1],
        "words": len(first),
        "subject": any(
            word.startswith(stem) or word == plural_of(head)
            for word in re.findall(r"\w+", (solution.answer or "").lower())
        ),
        "word order": any("behind the others" in remark for remark in remarks),
    }


def sheet_of(rows: Sequence[dict[str, Any]], seed: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The sheet for a judge, and its key: `{"id", "text"}` and `{"id", "kind", "pair"}`."""
    items: list[tuple[str, str, int | None]] = []
    for number, row in enumerate(rows):
        poem = [line for line in (row["poem"] or "").split("\n") if line.strip()]
        if row["kind"] == "reversed" and len(poem) > 1:
            items += [(poem[0], "first", number), (poem[-1], "last", number)]
    items += [(text, "ordinary", None) for text in ORDINARY]
    items += [(turned, "both ways", None) for text in BOTH_WAYS for turned in (text, _backwards(text))]
    items += [(_backwards(text), "backwards", None) for text in ORDINARY]
    random.Random(seed).shuffle(items)
    sheet = [{"id": number, "text": text} for number, (text, _, _) in enumerate(items)]
    return sheet, [{"id": number, "kind": kind, "pair": pair} for number, (_, kind, pair) in enumerate(items)]


def _backwards(text: str) -> str:
    turned = " ".join(word.lower() for word in re.findall(r"[\w']+", text)[::-1])
    return turned[:1].upper() + turned[1:] + "."


def judged(marks: dict[int, bool], key: Sequence[dict[str, Any]]) -> dict[str, tuple[int, int]]:
    """Accepted of all for each kind of sentence; a pair is accepted where both of its lines are."""
    found: dict[str, list[bool]] = {}
    pairs: dict[int, list[bool]] = {}
    for item in key:
        is_good = marks[item["id"]]
        found.setdefault(item["kind"], []).append(is_good)
        if item["pair"] is not None:
            pairs.setdefault(item["pair"], []).append(is_good)
    found["pairs"] = [all(both) for both in pairs.values()]
    return {kind: (sum(goods), len(goods)) for kind, goods in found.items()}


def report(rows: Sequence[dict[str, Any]]) -> str:
    """Counts first, then every poem."""
    lines = ["# Poems", ""]
    for kind in dict.fromkeys(row["kind"] for row in rows):
        some = [row for row in rows if row["kind"] == kind]
        lines.append(
            f"- {kind}: {len(some)} asked, median {statistics.median(r['seconds'] for r in some):.1f} s a poem"
        )
        names = [name for name in some[0]["checks"] if name != "words"]
        for name in names:
            good = sum(bool(row["checks"].get(name)) for row in some)
            low, high = wilson(good, len(some))
            lines.append(f"  - {name}: {good} of {len(some)} ({low:.0%} to {high:.0%})")
        if kind == "reversed":
            firsts = [frozenset(re.findall(r"\w+", row["poem"].lower().split("\n")[0])) for row in some if row["poem"]]
            lines.append(f"  - pairs with four words or more: {sum(r['checks'].get('words', 0) >= 4 for r in some)}")
            lines.append(f"  - different pairs: {len(set(firsts))} of {len(firsts)}")
    for number, row in enumerate(rows, 1):
        lines += ["", f"## {number}. {row['prompt']}", "", *(f"> {line}  " for line in (row["poem"] or "").split("\n"))]
        lines += ["", f"{row['status']}; {row['seconds']:.1f} s; {row['reason']}"]
    return "\n".join(lines) + "\n"


def main(argv: Sequence[str] | None = None) -> int:
    """Write the poems, or read a judge's marks."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--others", type=int, default=20)
    parser.add_argument("--wordings", type=Path, help="one a line, with {n} and {s} in it")
    parser.add_argument("--model", default="smollm2")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("out/poems.jsonl"))
    parser.add_argument("--sheet", type=Path)
    parser.add_argument("--report", type=Path)
    parser.add_argument("--judged", type=Path, help='JSON lines such as {"id": 0, "sentence": true}')
    args = parser.parse_args(argv)
    if args.judged:
        return _read_marks(args.judged, args.sheet)
    wordings = (
        [line for line in args.wordings.read_text("utf-8").splitlines() if line.strip()] if args.wordings else None
    )
    requests = turned_requests(args.count, args.seed, wordings) + other_requests(args.others, args.seed)
    rows = []
    args.out.parent.mkdir(parents=True, exist_ok=True)
    with SlowThinker(load_model(args.model), seed=args.seed) as thinker, args.out.open("w", encoding="utf-8") as out:
        for request in requests:
            began = time.monotonic()
            solution = thinker.solve(request["prompt"])
            row = {**request, "poem": solution.answer, "status": solution.status, "reason": solution.reason,
                   "tokens": solution.usage.tokens, "seconds": time.monotonic() - began,
                   "checks": checked(request, solution)}  # fmt: skip
            rows.append(row)
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
            out.flush()
    if args.sheet:
        for path, items in zip((args.sheet, _key(args.sheet)), sheet_of(rows, args.seed), strict=True):
            path.write_text("".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items), encoding="utf-8")
    text = report(rows)
    if args.report:
        args.report.write_text(text, encoding="utf-8")
    print(text.split("\n## ", maxsplit=1)[0])
    return 0


def _key(sheet: Path) -> Path:
    return sheet.with_suffix(".key.jsonl")


def _read_marks(path: Path, sheet: Path) -> int:
    marks = {row["id"]: bool(row["sentence"]) for row in map(json.loads, path.read_text("utf-8").splitlines())}
    key = [json.loads(line) for line in _key(sheet).read_text("utf-8").splitlines()]
    for kind, (good, count) in judged(marks, key).items():
        low, high = wilson(good, count)
        print(f"{kind}: {good} of {count} accepted ({low:.0%} to {high:.0%})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
