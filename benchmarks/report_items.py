"""The items of a report as data for its script, and the traces that are put into the page."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from slowthink.benchmarks.report_numbers import by_strategy, groups
from slowthink.benchmarks.result import Result
from slowthink.benchmarks.summary import STATUSES
from slowthink.commands.offline import block
from slowthink.commands.page import trace_data
from slowthink.errors import InputError
from slowthink.trace import Event, read_event, read_trace

PAGE_TEXT = 40_000_000
"""Characters of items in a page. Where there are more, long texts are cut shorter."""
CUTS = (20_000, 5_000, 2_000, 500)
EMBEDDED_EACH = 400_000
EMBEDDED_ALL = 16_000_000
"""Bytes of trace files that go into a page, one by one and together; others are linked."""

Traced = Mapping[int, int | str]
"""For rows that name a trace: the number of its block, the link to it, or "" where its file is not there."""


def item_data(results: Sequence[Result], traces: Traced) -> dict[str, Any]:
    """Questions once each, and rows that point to them, with all texts cut to what a page can bear.

    A cut text ends with a line that says how long it was; `results.jsonl` has it whole.
    """
    most = _cut_for(results)

    def cut(text: str | None) -> str | None:
        if text is None or len(text) <= most:
            return text
        return f"{text[:most]}\n[cut here: {len(text):,} characters, all of them in results.jsonl]"

    names, parts = list(by_strategy(results)), groups(results)
    name_at, part_at = {name: at for at, name in enumerate(names)}, {part: at for at, part in enumerate(parts)}
    items: dict[tuple[str, str | None, str, str, str | None], int] = {}
    rows = []
    for at, one in enumerate(results):
        item = items.setdefault((one.item, one.group, one.question, one.gold, one.level), len(items))
        usage = {name: value for name, value in one.usage.model_dump(mode="json").items() if value}
        told: list[Any] = [cut(one.answer), one.confidence, one.answered_by, cut(one.reason), cut(one.fast_answer)]
        told += [usage, cut(one.error), traces.get(at), one.support, one.verdict, cut(one.verdict_reason)]
        rows.append([item, name_at[one.strategy], int(one.right), STATUSES.index(one.status), *told])
    listed = [
        [item, None if group is None else part_at[group], cut(question), cut(gold), level]
        for item, group, question, gold, level in items
    ]
    return {"strategies": names, "groups": parts, "statuses": STATUSES, "items": listed, "rows": rows}


def _cut_for(results: Sequence[Result]) -> int:
    for most in CUTS:
        texts = sum(
            min(most, len(text))
            for one in results
            for text in (one.question, one.gold, one.answer, one.reason, one.fast_answer, one.error)
            if text
        )
        if texts <= PAGE_TEXT:
            return most
    return CUTS[-1]


def trace_blocks(results: Sequence[Result], folder: Path) -> tuple[Traced, list[str]]:
    """Where each row's trace is, and the JSON blocks of those that go into the page: wrong rows' first.

    Files outside `folder` are never read. One that is no trace is linked, not shown.
    """
    where: dict[int, int | str] = {}
    blocks: list[str] = []
    used, root = 0, folder.resolve()
    named = [(one.right, at, one.trace) for at, one in enumerate(results) if one.trace]
    for _, at, name in sorted(named):
        path = _inside(root, name)
        if path is None:
            where[at] = ""
            continue
        where[at] = quote(path.relative_to(root).as_posix().encode("utf-8", "surrogateescape"))
        size = path.stat().st_size
        if size > EMBEDDED_EACH or used + size > EMBEDDED_ALL:
            continue
        try:
            data = trace_data(_events(path))
        except (InputError, ValueError, RecursionError):
            continue
        where[at], used = len(blocks), used + size
        blocks.append(block(f"trace-{len(blocks)}", data))
    return where, blocks


def _inside(root: Path, name: str | None) -> Path | None:
    try:
        path = (root / (name or "")).resolve()
        return path if path.is_relative_to(root) and path.is_file() else None
    except (OSError, ValueError, RuntimeError):  # no name for a file, or a ring of links
        return None


def _events(path: Path) -> list[Event]:
    """Events in JSON lines, in a JSON array, or in the `trace` of a solution. Raises InputError or ValueError."""
    try:
        return read_trace(path)
    except InputError:
        data: Any = json.loads(path.read_bytes().decode("utf-8", "replace"))
        listed = data.get("trace") if isinstance(data, dict) else data
        if not isinstance(listed, list):
            raise
        return [read_event(one) for one in listed]
