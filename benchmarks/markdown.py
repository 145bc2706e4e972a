"""A summary as Markdown tables, for a README."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Json = dict[str, Any]
_NOBODY: Json = {"right": 0, "n": 0}
_ESCAPED = str.maketrans({"|": "\\|", "\n": " ", "<": "&lt;"})


def tables(summary: Json) -> str:
    """What a run came to: all strategies, what statuses were worth, groups beside published figures, comparisons."""
    task, strategies = summary["task"], summary["strategies"]
    parts = [f"**{_cell(task['name'])}**: {_cell(task['description'])}. {summary['n']} questions, {_with(summary)}."]
    head = ("strategy", "right", "accuracy [95 %]", "verified", "tokens", "generated", "seconds")
    parts.append(_table(head, (_row(name, one) for name, one in strategies.items())))
    statuses = [
        (f"`{name}`", *(_worth(one["statuses"][status]) for status in one["statuses"]))
        for name, one in strategies.items()
    ]
    names = next(iter(strategies.values()))["statuses"]
    parts.append("Right of how many, by status:\n\n" + _table(("strategy", *names), statuses))
    kinds = sorted({by for one in strategies.values() for by in one["answered_by"]})
    if kinds:
        givers = [
            (f"`{name}`", *(_worth(one["answered_by"].get(by, _NOBODY)) for by in kinds))
            for name, one in strategies.items()
        ]
        parts.append("Right of how many, by who answered:\n\n" + _table(("strategy", *kinds), givers))
    for field, title in (("groups", "group"), ("levels", "level")):
        if summary[field]:
            parts.append(_parts(summary, field, title))
    whole = [one for one in task["published"] if one["group"] is None]
    if whole:
        told = "; ".join(f"{one['model']} {100 * one['accuracy']:.1f} % ({one['source']})" for one in whole)
        parts.append(f"Published: {_cell(told)}.")
    parts += [_compared(one) for one in summary["paired"] if one["difference"] is not None]
    return "\n\n".join(parts) + "\n"


def _with(summary: Json) -> str:
    settings = summary.get("settings", {})
    environment = (summary.get("environments") or [{}])[-1]
    facts = [f"model `{settings.get('model', '')}`", f"seed {settings.get('seed', 0)}"]
    facts += [str(environment[name]) for name in ("processor",) if environment.get(name)]
    sessions = summary.get("sessions") or []
    facts += [str(sessions[-1]["began"])[:10]] if sessions else []
    return ", ".join(facts)


def _row(name: str, one: Json) -> tuple[str, ...]:
    return (
        f"`{name}`",
        f"{one['right']} of {one['n']}",
        _accuracy(one),
        f"{100 * one['verified']:.1f} %",
        f"{one['tokens']:.0f}",
        f"{one['generated_tokens']:.0f}",
        f"{one['seconds']:.2f}",
    )


def _accuracy(one: Json) -> str:
    if one["accuracy"] is None:
        return "-"
    low, high = one["interval"]
    return f"{100 * one['accuracy']:.1f} % [{100 * low:.1f}, {100 * high:.1f}]"


def _worth(status: Json) -> str:
    return f"{status['right']} of {status['n']}" if status["n"] else "-"


def _parts(summary: Json, field: str, title: str) -> str:
    published = {one["group"]: one for one in summary["task"]["published"] if one["group"] is not None}
    is_beside = field == "groups" and bool(published)
    names = list(summary["strategies"])
    head = (title, "n", *(f"`{name}`" for name in names), *(["published"] if is_beside else []))
    rows = []
    for group, members in summary[field].items():
        cells = [_cell(group), str(members[names[0]]["n"]), *(_accuracy(members[name]) for name in names)]
        if is_beside:
            one = published.get(group)
            cells.append("" if one is None else _published(one))
        rows.append(tuple(cells))
    return _table(head, rows)


def _published(one: Json) -> str:
    """A published accuracy, with the number of questions where it is known: a share of one question says little."""
    return f"{_cell(one['model'])} {100 * one['accuracy']:.1f} %{'' if one['n'] is None else ' of ' + str(one['n'])}"


def _compared(one: Json) -> str:
    low, high = (100 * side for side in one["interval"])
    return (
        f"`{one['strategy']}` over `{one['base']}`: {100 * one['difference']:+.1f} points "
        f"[{low:+.1f}, {high:+.1f}] (paired bootstrap), {one['won']} won and {one['lost']} lost, "
        f"exact sign test p {'< 0.0001' if one['p'] < 0.0001 else '= ' + format(one['p'], '.2g')}."
    )


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    names = list(head)
    lines = [names, ["---"] * len(names), *(list(row) for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cell(text: str) -> str:
    return text.translate(_ESCAPED)
