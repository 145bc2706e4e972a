"""The paper's arithmetic (Sparks of AGI, section 8.2) on one model: fast, supervised, and the whole ladder.

Prints, for each range, accuracy beside GPT-4's published figures, who answered, what each status was worth,
tokens through the model and seconds a question. `--symbolic` and `--questions` ask other questions instead.

    python -m slowthink.benchmarks.sparks_arith --data ../shared/data [--limit 20] [--out out/sparks.json]
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from slowthink.benchmarks.statistics import paired_gain, sign_test, wilson
from slowthink.benchmarks.symbolic import questions as symbolic_questions
from slowthink.controller import SlowThinker
from slowthink.errors import SlowThinkError
from slowthink.models import LanguageModel, load_model
from slowthink.types import Problem, Solution, Usage
from slowthink.verifiers.answers import value_of

WAYS: dict[str, tuple[str, tuple[str, ...]]] = {
    "fast": ("direct", ("reader",)),
    "chain": ("scratchpad", ("reader",)),
    "chain-unchecked": ("scratchpad", ("reader", "question")),
    "ladder": ("auto", ()),
}
"""Strategies and the senses that are off; in `chain-unchecked` the copy is not held against the question."""
STATUSES = ("proved", "supported", "unverified", "abstained")


@dataclass(frozen=True)
class Item:
    """A question with its gold value and the group that it is counted in."""

    group: str
    prompt: str
    gold: Fraction


@dataclass(frozen=True)
class Result:
    """What one way came to on one item."""

    item: Item
    solution: Solution
    seconds: float

    @property
    def right(self) -> bool:
        """Whether the answer has the gold value; no answer is wrong."""
        return value_of(self.solution.answer) == self.item.gold


def main(arguments: list[str] | None = None) -> int:
    """Run what the arguments ask for; 2 when the data is not there."""
    options = _parser().parse_args(arguments)
    console = Console(width=options.width)
    try:
        items = _items(options)
        model = load_model(options.model) if options.model != "random" else _random_model()
        results = _results(model, options.ways, items)
    except (SlowThinkError, OSError, KeyError) as error:
        print(f"sparks_arith: {error}", file=sys.stderr)
        return 2
    report(console, results, _gpt4(options.data))
    if options.out:
        path = Path(options.out)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(row) + "\n" for row in _rows(results)), encoding="utf-8")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sparks_arith", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder with sparks_tasks.jsonl")
    parser.add_argument("--task", default="arith", help="a task of that file: arith, expand, distinct")
    parser.add_argument("--symbolic", type=int, help="instead: so many symbolic questions of many shapes")
    parser.add_argument("--seed", type=int, default=8, help="seed of the symbolic questions")
    parser.add_argument("--questions", type=Path, help='instead: JSON lines {"prompt", "gold", "group"?}')
    parser.add_argument("--limit", type=int, help="at most so many questions of each group, evenly spread")
    parser.add_argument("--model", default="smollm2", help="a model, or 'random' for random tokens")
    parser.add_argument("--ways", type=ways_of, default=list(WAYS), help="comma-separated, of: " + ", ".join(WAYS))
    parser.add_argument("--out", help="write every item as JSON lines")
    parser.add_argument("--width", type=int, default=120, help="columns of the tables")
    return parser


def ways_of(text: str) -> list[str]:
    """The ways of a list with commas. Raises argparse.ArgumentTypeError for one that there is not."""
    ways = text.split(",")
    if unknown := [way for way in ways if way not in WAYS]:
        raise argparse.ArgumentTypeError(f"expected ways of {', '.join(WAYS)}; got {', '.join(map(repr, unknown))}")
    return ways


def _items(options: argparse.Namespace) -> list[Item]:
    if options.symbolic:
        rows: Iterable[dict[str, Any]] = symbolic_questions(options.symbolic, options.seed)
    elif options.questions:
        rows = [json.loads(line) for line in options.questions.read_text(encoding="utf-8").splitlines() if line]
    else:
        path = options.data / "sparks_tasks.jsonl"
        if not path.exists():
            raise FileNotFoundError(f"expected {path}; name the folder that holds sparks_tasks.jsonl with --data")
        tasks = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        rows = [row for row in tasks if row["task"] == options.task]
    groups: dict[str, list[Item]] = {}
    for row in rows:
        group = str(row.get("range") or row.get("shape") or row.get("group") or row.get("L") or "all")
        groups.setdefault(group, []).append(Item(group, row["prompt"], Fraction(str(row["gold"]))))
    return [item for members in groups.values() for item in _spread(members, options.limit)]


def _spread(items: list[Item], limit: int | None) -> list[Item]:
    if limit is None or limit >= len(items):
        return items
    return [items[i * len(items) // limit] for i in range(limit)]


def _random_model() -> LanguageModel:
    from slowthink.models.random_tokens import RandomTokenModel

    return RandomTokenModel()


def _results(model: LanguageModel, ways: list[str], items: list[Item]) -> dict[str, list[Result]]:
    """Each way over all items. The ladder's first rung is the fast way itself, so that is not run twice."""
    found = {way: _answer(model, way, items) for way in ways if way != "fast" or "ladder" not in ways}
    if "fast" in ways and "ladder" in found:
        found["fast"] = [_first_rung(result) for result in found["ladder"]]
    return {way: found[way] for way in ways}


def _first_rung(result: Result) -> Result:
    """What the ladder's first rung alone would have come to, and its own tokens."""
    fast = result.solution.fast_answer
    calls = (event for event in result.solution.trace if event["event"] == "called")
    rows = [row for event in calls if event["key"].startswith("direct/") for row in event["rows"]]
    usage = Usage(
        tokens=sum(row["prompt_tokens"] + row["generated_tokens"] for row in rows),
        generated_tokens=sum(row["generated_tokens"] for row in rows),
    )
    solution = Solution(
        question=result.solution.question,
        answer=fast,
        answered_by=None if fast is None else "model",
        status="abstained" if fast is None else "unverified",
        fast_answer=fast,
        strategy="direct",
        usage=usage,
    )
    return Result(result.item, solution, 0.0)


def _answer(model: LanguageModel, way: str, items: list[Item]) -> list[Result]:
    """One way over all items, many at once; the seconds of the batch are shared out evenly."""
    strategy, off = WAYS[way]
    thinker = SlowThinker(model, strategy=strategy, off=off)
    begin = time.perf_counter()
    solutions = thinker.solve_many(Problem.of(item.prompt) for item in items)
    each = (time.perf_counter() - begin) / max(1, len(items))
    print(f"{way}: {len(items)} questions in {each * len(items):.0f} s", file=sys.stderr)
    return [Result(item, solution, each) for item, solution in zip(items, solutions, strict=True)]


def _gpt4(data: Path) -> dict[str, float]:
    """GPT-4's published accuracies by range; empty without the file."""
    path = data / "sparks_paper_section8.json"
    if not path.exists():
        return {}
    found: dict[str, float] = {}
    for experiment in json.loads(path.read_text(encoding="utf-8"))["experiments"]:
        if experiment.get("section") == "8.2" and experiment["name"].startswith("a*b+c*d"):
            found |= experiment.get("gpt4_accuracy_100_samples", {}) | experiment.get("gpt4_accuracy", {})
    return found


def report(console: Console, results: dict[str, list[Result]], gpt4: dict[str, float]) -> None:
    """The tables."""
    ways = list(results)
    groups = list(dict.fromkeys(result.item.group for result in results[ways[0]]))
    table = Table(title="right answers, with 95 % intervals")
    for column in ("group", "n", *ways, "GPT-4 (paper)"):
        table.add_column(column)
    for group in [*groups, "all"]:
        members = {way: [r for r in rows if group in (r.item.group, "all")] for way, rows in results.items()}
        cells = [_share([r.right for r in rows]) for rows in members.values()]
        published = f"{100 * gpt4[group]:.0f} %" if group in gpt4 else ""
        table.add_row(group, str(len(members[ways[0]])), *cells, published)
    console.print(table)
    console.print(_by_status(results))
    console.print(_by_source(results))
    if "fast" in results:
        for way in ways:
            if way != "fast":
                _gain(console, way, results["fast"], results[way])


def _share(rights: list[bool]) -> str:
    low, high = wilson(sum(rights), len(rights))
    return f"{100 * sum(rights) / max(1, len(rights)):.1f} % [{100 * low:.0f}, {100 * high:.0f}]"


def _by_status(results: dict[str, list[Result]]) -> Table:
    table = Table(title="what each status was worth: right of how many, and its share of the questions")
    for column in ("way", *STATUSES):
        table.add_column(column)
    for way, rows in results.items():
        cells = []
        for status in STATUSES:
            here = [r for r in rows if r.solution.status == status]
            cells.append(f"{sum(r.right for r in here)} of {len(here)} ({100 * len(here) / max(1, len(rows)):.0f} %)")
        table.add_row(way, *cells)
    return table


def _by_source(results: dict[str, list[Result]]) -> Table:
    table = Table(title="who gave the right answers, and what a question cost")
    for column in ("way", "answered by", "tokens", "generated", "thrown away", "repairs", "seconds"):
        table.add_column(column)
    for way, rows in results.items():
        n = max(1, len(rows))
        shares = Counter(r.solution.answered_by or "nobody" for r in rows if r.right)
        usages = [r.solution.usage for r in rows]
        events = [e for r in rows for e in r.solution.trace if e["event"] in ("repair", "rewind")]
        lost = sum(event["discarded_tokens"] for event in events) / max(1, len(events))
        table.add_row(
            way,
            ", ".join(f"{name} {count}" for name, count in shares.most_common()) or "-",
            f"{sum(u.tokens for u in usages) / n:.1f}",
            f"{sum(u.generated_tokens for u in usages) / n:.1f}",
            f"{lost:.1f} a repair" if events else "-",
            str(len(events)),
            f"{rows[0].seconds:.2f}" if rows and rows[0].seconds else "in the ladder's",
        )
    return table


def _gain(console: Console, way: str, fast: list[Result], rows: list[Result]) -> None:
    before, after = [r.right for r in fast], [r.right for r in rows]
    gain, low, high = paired_gain(before, after)
    console.print(
        f"{way} over fast: {100 * gain:+.1f} points, 95 % interval [{100 * low:+.1f}, {100 * high:+.1f}], "
        f"sign test p = {sign_test(before, after):.2g}"
    )


def _rows(results: dict[str, list[Result]]) -> Iterable[dict[str, Any]]:
    for way, rows in results.items():
        for r in rows:
            solution = r.solution.model_dump(mode="json", exclude={"trace"})
            yield {"way": way, "group": r.item.group, "gold": str(r.item.gold), "right": r.right, **solution}


if __name__ == "__main__":
    sys.exit(main())
