"""The report of a benchmark: one offline HTML page, and a Markdown table for a README.

`write_report` reads what a run left in its folder (`results.jsonl`, `summary.json`, traces). Tables and plots are
written as they are read and need no script; the page's script adds every item, its filters, and its trace, which is
drawn as `slowthink trace` draws it. The page holds its own style and script and lets in nothing from outside.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from slowthink.benchmarks import report_numbers as numbers
from slowthink.benchmarks import report_sections as sections
from slowthink.benchmarks.markdown import tables
from slowthink.benchmarks.record import SUMMARY
from slowthink.benchmarks.report_items import item_data, trace_blocks
from slowthink.benchmarks.result import Result
from slowthink.commands.offline import block, escaped, head
from slowthink.commands.page import drawing, look
from slowthink.commands.whole import written_whole
from slowthink.errors import InputError

FOLDER = Path(__file__).parent


def write_report(folder: Path) -> Path:
    """Write `report.html` into a run's folder and return its path; the old one stays until the new one is whole.

    Raises InputError when `results.jsonl` is missing or has a line that is no row, and when the page cannot be written.
    """
    summary = read_summary(folder)
    rows = numbers.read_rows(folder, summary)
    path, page = folder / "report.html", report_page(rows, summary, folder).encode("utf-8", "replace")
    try:
        with written_whole(path) as file:
            file.write(page)
    except OSError as error:
        raise InputError(f"expected to write {path}, but: {error}") from error
    return path


def read_summary(folder: Path) -> dict[str, Any]:
    """What `summary.json` says; nothing where there is none. Raises InputError for one that is no JSON object."""
    path = folder / SUMMARY
    try:
        data = json.loads(path.read_bytes().decode("utf-8", "replace"), parse_constant=lambda _: None)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"expected a JSON object in {path}: {error}") from error
    if not isinstance(data, dict):
        raise InputError(f"expected a JSON object in {path}, got {str(data)[:80]!r}")
    return data


def report_page(rows: Sequence[Result], summary: Mapping[str, Any], folder: Path) -> str:
    """The page; traces that rows name are looked for below `folder`."""
    style, traced = (FOLDER / "report.css").read_text(encoding="utf-8"), look()
    script = drawing() + (FOLDER / "report.js").read_text(encoding="utf-8")
    published = sections.figures(summary)
    if rows:
        scores = numbers.scores(rows)
        parts = [
            sections.headline(scores, published),
            sections.answerers(scores),
            sections.pictures(rows, scores, published),
            sections.surest(scores),
            sections.group_table(rows, published),
            sections.group_table(rows, (), "level"),
            sections.comparisons(rows),
        ]
    else:
        parts = ['<section id="results"><h2>Results</h2><p>No question has ended yet.</p></section>\n']
    where, blocks = trace_blocks(rows, folder)
    items = (
        '<section id="items"><h2>Questions</h2><noscript><p class="note">Listing the questions needs this page\'s own '
        "script; <code>results.jsonl</code> beside it has them all.</p></noscript></section>\n"
    )
    return (
        f'<!doctype html>\n<html lang="en">{head(_title(summary), [style], [script], [traced])}<body>\n'
        f"{_top(rows, summary)}<main>{''.join(parts)}{items}{sections.settings(summary)}</main>\n"
        f'<template id="trace-look"><style>{traced}</style></template>\n'
        f"{block('data', item_data(rows, where))}{''.join(blocks)}<script>{script}</script></body></html>\n"
    )


def told(summary: Mapping[str, Any], *names: str) -> str:
    """The first of `names` that the summary has, at its top or in an object or list of objects there; else nothing."""
    places: list[Mapping[str, Any]] = [summary]
    for inner in summary.values():
        places += [one for one in (inner if isinstance(inner, list) else [inner]) if isinstance(one, dict)]
    values = [place[name] for name in names for place in places if isinstance(place.get(name), str)]
    return values[0] if values else ""


def _title(summary: Mapping[str, Any]) -> str:
    task = told(summary, "task", "name") or "benchmark"
    model = told(summary, "model")
    return f"{task} on {model}" if model else task


def _top(rows: Sequence[Result], summary: Mapping[str, Any]) -> str:
    items, names = len({row.item for row in rows}), numbers.by_strategy(rows)
    facts = [told(summary, "description"), told(summary, "model"), told(summary, "date", "began")]
    facts += [f"{items:,} question{'s' * (items != 1)}", f"{len(names)} strateg{'y' if len(names) == 1 else 'ies'}"]
    if summary.get("is_complete") is False:
        facts.append("not complete: some questions were not asked of every strategy")
    shown = "".join(f"<li><bdi>{escaped(fact)}</bdi></li>" for fact in facts if fact)
    task = escaped(told(summary, "task", "name") or "benchmark")
    links = [("results", "Results"), ("plots", "Plots"), ("groups", "Groups"), ("pairs", "Comparisons")]
    here = {"groups": bool(numbers.groups(rows)), "pairs": len(names) > 1}
    links = [link for link in links if rows and here.get(link[0], True)]
    links += [("items", "Questions"), ("settings", "Settings")]
    nav = "".join(f'<a href="#{name}">{text}</a>' for name, text in links)
    return f"<header><h1><bdi>{task}</bdi></h1><ul>{shown}</ul><nav>{nav}</nav></header>\n"


def markdown_table(folder: Path) -> str:
    """The results of a run as Markdown tables, from its `summary.json`.

    Raises InputError where there is none, or one that `slowthink bench` did not write.
    """
    try:
        return tables(read_summary(folder))
    except (KeyError, TypeError, AttributeError, StopIteration) as error:
        raise InputError(f"expected the summary of a run of slowthink bench in {folder / SUMMARY}") from error
