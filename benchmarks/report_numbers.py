"""What the report of a benchmark shows, computed from the rows of `results.jsonl` by the functions of the summary.

A row whose item failed is wrong; a row without an answer is wrong and not covered.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from slowthink.benchmarks import curves
from slowthink.benchmarks.record import RESULTS, read_results
from slowthink.benchmarks.result import Result
from slowthink.benchmarks.statistics import paired_gain, sign_test, wilson
from slowthink.benchmarks.summary import statistics_of
from slowthink.errors import InputError

Json = dict[str, Any]
Kind = Literal["group", "level"]
ANSWERERS = ("model", "repair", "program", "logic", "search", "reader")
ALL_PAIRS = 6
"""With more strategies each is compared with the first one only."""


@dataclass(frozen=True, slots=True)
class Share:
    """`right` of `of`."""

    right: int
    of: int

    @property
    def share(self) -> float:
        """Between 0 and 1; 0 where nothing was asked."""
        return self.right / self.of if self.of else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Its 95 % interval (Wilson)."""
        return wilson(self.right, self.of)


@dataclass(frozen=True, slots=True)
class Pair:
    """`after` less `before` on the items that both have: difference with its interval, exact sign test, counts."""

    before: str
    after: str
    n: int
    difference: float
    low: float
    high: float
    p: float
    won: int
    lost: int


def read_rows(folder: Path, summary: Mapping[str, Any]) -> list[Result]:
    """The rows of a run, item by item; strategies and groups in the order of the summary, else of their first rows.

    Of two rows for an item and strategy the later one counts. Items of a group are in the order of their names, in
    which numbers count as numbers: rows are saved as they end. Raises InputError where there are no results, and for a
    line that is no row.
    """
    if not (folder / RESULTS).is_file():
        raise InputError(f"expected the folder of a run of slowthink bench, but {folder / RESULTS} is not there")
    rows = read_results(folder)
    names = _places(summary.get("strategies"), (row.strategy for row in rows))
    parts = _places(summary.get("groups"), (row.group for row in rows))
    last = {row.key: row for row in rows}
    return sorted(last.values(), key=lambda row: (parts[row.group], _natural(row.item), row.item, names[row.strategy]))


def _places(known: object, found: Iterable[str | None]) -> dict[str | None, int]:
    listed = [name for name in known if isinstance(name, str)] if isinstance(known, dict | list) else []
    return {name: at for at, name in enumerate(dict.fromkeys([*listed, *found]))}


def _natural(name: str) -> list[tuple[str, int]]:
    """Words and numbers in turn; of a number with very many digits only their count matters."""
    pieces = re.split("([0-9]+)", name)
    texts, digits = pieces[::2], [*pieces[1::2], "0"]
    return [
        (text, int(number) if len(number) < 40 else 10**40 + len(number))
        for text, number in zip(texts, digits, strict=True)
    ]


def by_strategy(rows: Iterable[Result]) -> dict[str, list[Result]]:
    """Each strategy's rows; an item's rows come in the order of strategies, so that the first ones tell it."""
    parts: dict[str, list[Result]] = {}
    for row in rows:
        parts.setdefault(row.strategy, []).append(row)
    return parts


def scores(rows: Sequence[Result]) -> dict[str, Json]:
    """For each strategy what `summary.statistics_of` says; curves of equal compute over the same budgets for all."""
    grid = curves.budgets(rows)
    return {name: statistics_of(own, grid) for name, own in by_strategy(rows).items()}


def share(part: Mapping[str, Any]) -> Share:
    """The share in what `summary.share` gives."""
    return Share(part["right"], part["n"])


def groups(rows: Iterable[Result], kind: Kind = "group") -> list[str]:
    """In the order in which they first appear, levels sorted; rows without a group have none."""
    found = dict.fromkeys(value for row in rows if (value := getattr(row, kind)) is not None)
    return sorted(found) if kind == "level" else list(found)


def by_group(rows: Sequence[Result], kind: Kind = "group") -> dict[str, dict[str, Share]]:
    """Right rows by group (or level) and strategy."""
    cells: dict[str, dict[str, list[bool]]] = {group: {} for group in groups(rows, kind)}
    for row in rows:
        if (group := getattr(row, kind)) is not None:
            cells[group].setdefault(row.strategy, []).append(row.right)
    return {group: {name: Share(sum(own), len(own)) for name, own in part.items()} for group, part in cells.items()}


def pairs(rows: Sequence[Result]) -> list[Pair]:
    """Strategies compared on the items that both have; pairs without such items are left out."""
    right = {name: {row.item: row.right for row in own} for name, own in by_strategy(rows).items()}
    names = list(right)
    chosen = list(itertools.combinations(names, 2))
    if len(names) > ALL_PAIRS:
        chosen = [(names[0], name) for name in names[1:]]
    return [_pair(a, b, right[a], right[b]) for a, b in chosen if right[a].keys() & right[b].keys()]


def _pair(before: str, after: str, first: Mapping[str, bool], second: Mapping[str, bool]) -> Pair:
    shared = [item for item in first if item in second]
    a, b = [first[item] for item in shared], [second[item] for item in shared]
    difference, low, high = paired_gain(a, b)
    won = sum(y and not x for x, y in zip(a, b, strict=True))
    lost = sum(x and not y for x, y in zip(a, b, strict=True))
    return Pair(before, after, len(shared), difference, low, high, sign_test(a, b), won, lost)
