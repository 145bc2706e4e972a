"""A trace as one HTML page: its data as JSON, one style and one script, and nothing from outside.

All words of models and users are data: they are put into the page by the script as text, never as markup, and the
data block cannot be ended from within. The content security policy allows the page's own style and script by their
hashes and nothing else: no network, no frames, no forms. `slowthink bench` draws the traces of its report with the
same script, in a shadow tree each. A trace that broke off is shown as far as it goes.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from slowthink.commands.offline import block, head
from slowthink.trace import (
    Asked,
    Began,
    Called,
    Chosen,
    Ended,
    Event,
    Expanded,
    Grown,
    Judged,
    Noted,
    Planned,
    Pruned,
    Refused,
    Remarked,
    Row,
    Scored,
    Valued,
)

FOLDER = Path(__file__).parent
START = 'showTrace(JSON.parse(document.getElementById("data").textContent), document.body);\n'
MOST_SHOWN = 20_000
"""Longer prompts and replies are cut in the page; the trace has them whole."""


def page(events: Sequence[Event]) -> str:
    """The page for a run."""
    style, script = look(), f"{drawing()}{START}"
    return (
        f'<!doctype html>\n<html lang="en">{head("slowthink trace", [style], [script])}'
        "<body><noscript>This page draws the trace with its own script.</noscript>\n"
        f"{block('data', trace_data(events))}<script>{script}</script></body></html>\n"
    )


def look() -> str:
    """The style of a trace, for a page or for a shadow tree in one."""
    return (FOLDER / "page.css").read_text(encoding="utf-8")


def drawing() -> str:
    """The script that draws traces: it declares `showTrace(data, root)`, `el`, `put` and `short`, and does nothing."""
    return (FOLDER / "page.js").read_text(encoding="utf-8")


def trace_data(events: Sequence[Event]) -> dict[str, Any]:
    """What the script draws, as plain data."""
    trees: dict[str, dict[str, Any]] = {}
    calls: list[dict[str, Any]] = []
    steps: list[dict[str, Any]] = []
    prefills = {event.key: event.prefill for event in events if isinstance(event, Asked)}
    for event in events:
        if isinstance(event, Grown | Valued | Expanded | Pruned | Chosen):
            _grow(trees.setdefault(event.tree, {"name": event.tree, "nodes": []}), event)
        elif isinstance(event, Called):
            calls.append(_call(event, prefills.get(event.key, "")))
            steps.append({"kind": "call", "call": len(calls) - 1})
        elif isinstance(event, Scored):
            calls.append(_scores(event))
            steps.append({"kind": "call", "call": len(calls) - 1})
        elif isinstance(event, Judged):
            told = {"status": event.status, "text": event.claim, "why": event.reason, "right": event.correction}
            steps.append({"kind": "verdict", **told})
        elif isinstance(event, Noted):
            steps.append({"kind": "note", "text": event.text, "status": event.status})
        elif isinstance(event, Remarked):
            steps.append({"kind": "remark", "text": event.text})
        elif isinstance(event, Refused):
            steps.append({"kind": "refused", "text": event.reason})
        elif isinstance(event, Planned):
            plan = [step.model_dump() for step in event.plan.steps]
            steps.append({"kind": "plan", "plan": plan, "edited": event.is_edited})
    return {**_run(events, calls), "trees": list(trees.values()), "calls": calls, "steps": steps}


def _run(events: Sequence[Event], calls: Sequence[dict[str, Any]]) -> dict[str, Any]:
    began = next((event for event in events if isinstance(event, Began)), None)
    ended = next((event for event in events if isinstance(event, Ended)), None)
    return {
        "question": None if began is None else began.problem.question,
        "model": None if began is None else began.model,
        "strategy": None if began is None else began.strategy,
        "ended": None if ended is None else ended.model_dump(mode="json", exclude={"event"}),
        "tokens": sum(call["tokens"] for call in calls),
    }


def _grow(tree: dict[str, Any], event: Grown | Valued | Expanded | Pruned | Chosen) -> None:
    nodes = tree["nodes"]
    if isinstance(event, Grown):
        node = event.model_dump(mode="json", exclude={"event", "tree"})
        nodes.append({**node, "pruned": None, "resume": None, "expanded": False, "chosen": False})
        return
    if event.id >= len(nodes) or nodes[event.id]["id"] != event.id:
        return  # a trace that was put together by hand
    node = nodes[event.id]
    if isinstance(event, Valued):
        node["score"] = event.score
    elif isinstance(event, Expanded):
        node["expanded"] = True
    elif isinstance(event, Pruned):
        node["pruned"], node["resume"] = event.reason, event.resume
    else:
        node["chosen"] = True


def _call(event: Called, prefill: str) -> dict[str, Any]:
    rows = [_row(row, prefill) for row in event.rows]
    return {
        "key": event.key,
        "what": "generate",
        "prompt": event.prompt[-MOST_SHOWN:],
        "rows": rows,
        "tokens": sum(row["tokens"] for row in rows),
    }


def _row(row: Row, prefill: str) -> dict[str, Any]:
    return {
        "parts": _parts(row, len(prefill)),
        "finish": row.finish,
        "tokens": row.prompt_tokens + row.generated_tokens,
        "generated": row.generated_tokens,
        "discarded": row.discarded_tokens,
    }


def _parts(row: Row, offset: int) -> list[list[str]]:
    """The text in pieces: plain (`=`), what was struck (`-`) and what stands in its place (`+`).

    A repair whose text was changed again later is told behind the text.
    """
    text, at, parts, late = row.text, 0, [], []
    for change in sorted(row.interventions, key=lambda one: int(one.get("start", 0))):
        before, after, start = str(change.get("before", "")), str(change.get("after", "")), int(change.get("start", 0))
        places = [
            place for place in (start, start - offset) if place >= at and text[place : place + len(after)] == after
        ]
        if not places:
            late += [["-", before], ["+", after]]
            continue
        parts += [["=", text[at : places[0]]], ["-", before], ["+", after]]
        at = places[0] + len(after)
    return [part for part in [*parts, ["=", text[at : at + MOST_SHOWN]], *late] if part[1]]


def _scores(event: Scored) -> dict[str, Any]:
    pairs = zip(event.continuations, event.logprobs, strict=True)
    return {
        "key": event.key,
        "what": "score",
        "prompt": "",
        "scores": [[text, round(logprob, 3)] for text, logprob in pairs],
        "rows": [],
        "tokens": event.through_model,
    }
