"""What a run came to, as data: `summary.json`, from the rows alone, whatever order they came in.

A run that was broken off and resumed has the same summary as one that was not, but for times, and for what `usage`
says of a model whose cache remembers: tokens that were found there did not pass through it again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from slowthink.benchmarks import curves
from slowthink.benchmarks.result import Result
from slowthink.benchmarks.statistics import paired_gain, sign_test, wilson
from slowthink.benchmarks.task import Item, Task, published_of

STATUSES = ("proved", "supported", "unverified", "abstained")
Json = dict[str, Any]


def summary_of(task: Task, items: Sequence[Item], strategies: Sequence[str], results: Sequence[Result]) -> Json:
    """The summary of a task's results; groups and levels in the order of the data, strategies as they were named."""
    by_key = {result.key: result for result in results}
    rows = {name: [by_key[name, item.id] for item in items if (name, item.id) in by_key] for name in strategies}
    grid = curves.budgets([row for own in rows.values() for row in own])
    return {
        "task": {
            "name": task.name,
            "description": task.description,
            "source": task.source,
            "published": [one.model_dump(mode="json") for one in published_of(task)],
        },
        "n": len(items),
        "is_complete": all(len(own) == len(items) for own in rows.values()),
        "strategies": {name: statistics_of(own, grid) for name, own in rows.items()},
        "groups": _parts(rows, [item.group for item in items], "group"),
        "levels": _parts(rows, [item.level for item in items], "level"),
        "paired": [_paired(strategies[0], name, rows) for name in strategies[1:]],
    }


def share(results: Sequence[Result]) -> Json:
    """How many are right, and the accuracy with its 95 % interval (Wilson); null where there are none."""
    n, right = len(results), sum(one.right for one in results)
    return {"n": n, "right": right, "accuracy": right / n if n else None, "interval": list(wilson(right, n))}


def statistics_of(results: Sequence[Result], grid: Sequence[int] = ()) -> Json:
    """All that is told of one strategy: shares, costs a question, what statuses were worth, and curves."""
    n = max(1, len(results))
    usages = [one.usage for one in results]
    by = Counter(one.answered_by for one in results if one.answered_by is not None)
    return {
        **share(results),
        "answered": sum(one.answer is not None for one in results),
        "undecided": sum(one.verdict == "UNKNOWN" for one in results),
        "errors": sum(one.error is not None for one in results),
        "verified": sum(one.status in ("proved", "supported") for one in results) / n,
        "tokens": sum(one.tokens for one in usages) / n,
        "generated_tokens": sum(one.generated_tokens for one in usages) / n,
        "discarded_tokens": sum(one.discarded_tokens for one in usages) / n,
        "repairs": sum(one.repairs for one in usages) / n,
        "seconds": sum(one.seconds for one in usages) / n,
        "statuses": {status: _status(results, status) for status in STATUSES},
        "answered_by": {
            name: {**share([one for one in results if one.answered_by == name]), "coverage": count / n}
            for name, count in sorted(by.items())
        },
        "fast_right": _fast(results),
        "risk_coverage": curves.risk_coverage(results),
        "accuracy_at": {f"{c:g}": curves.accuracy_at(results, c) for c in curves.COVERAGES},
        "calibration": curves.calibration(results),
        "equal_compute": curves.equal_compute(results, grid),
    }


def _status(results: Sequence[Result], status: str) -> Json:
    own = [one for one in results if one.status == status]
    return {**share(own), "coverage": len(own) / max(1, len(results))}


def _fast(results: Sequence[Result]) -> int | None:
    """How often the answer is right and is the fast one word by word; None where no fast answers were kept."""
    if all(one.fast_answer is None for one in results):
        return None
    return sum(one.right and one.fast_answer == one.answer for one in results)


def _parts(rows: dict[str, list[Result]], values: Sequence[str | None], field: str) -> dict[str, Json]:
    """For each group or level the shares and costs of each strategy; nothing where the data has none."""
    found: dict[str, Json] = {}
    for value in dict.fromkeys(value for value in values if value is not None):
        found[value] = {}
        for name, own in rows.items():
            part = [one for one in own if getattr(one, field) == value]
            n = max(1, len(part))
            found[value][name] = {
                **share(part),
                "verified": sum(one.status in ("proved", "supported") for one in part) / n,
                "tokens": sum(one.usage.tokens for one in part) / n,
                "generated_tokens": sum(one.usage.generated_tokens for one in part) / n,
                "seconds": sum(one.usage.seconds for one in part) / n,
                "statuses": {status: _status(part, status) for status in STATUSES},
            }
    return found


def _paired(base: str, name: str, rows: dict[str, list[Result]]) -> Json:
    """A strategy against the first one, on the items that both have: the difference of accuracies with its bootstrap
    interval, the exact sign test (McNemar's exact test), and how many items it won and lost.
    """
    firsts = {one.item: one.right for one in rows[base]}
    both = [(firsts[one.item], one.right) for one in rows[name] if one.item in firsts]
    before, after = [a for a, _ in both], [b for _, b in both]
    found: Json = {"strategy": name, "base": base, "n": len(both)}
    if not both:
        return {**found, "difference": None, "interval": None, "p": None, "won": 0, "lost": 0}
    gain, low, high = paired_gain(before, after)
    won, lost = sum(b and not a for a, b in both), sum(a and not b for a, b in both)
    return {
        **found,
        "difference": gain,
        "interval": [low, high],
        "p": sign_test(before, after),
        "won": won,
        "lost": lost,
    }
