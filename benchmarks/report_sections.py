"""The parts of a benchmark's report that need no script: headline, groups, comparisons, plots, settings, as HTML.

Every word that comes from a task, a model or a user passes `escaped`; the rest is this module's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from slowthink.benchmarks import report_numbers as numbers
from slowthink.benchmarks import report_plots as plots
from slowthink.benchmarks.report_numbers import Json, Share
from slowthink.benchmarks.report_plots import percent
from slowthink.benchmarks.result import Result
from slowthink.benchmarks.summary import STATUSES
from slowthink.commands.offline import escaped

MOST_GROUPS = 60
"""More groups than these are in the table only."""
SHOWN_ABOVE = ("strategies", "groups", "levels", "paired")
"""What of a summary the page tells otherwise."""
SHOWN_OPEN = 60
"""Parts of the settings with more lines are closed at first."""
EACH = "<small>a question</small>"


@dataclass(frozen=True, slots=True)
class Figure:
    """An accuracy that somebody published; a `group` of None is the whole task, `n` its questions where known."""

    model: str
    accuracy: float
    source: str
    group: str | None
    n: int | None


def figures(summary: Mapping[str, Any]) -> list[Figure]:
    """What `published` of a summary, or of the task in it, lists; entries that are not of this form are left out."""
    task = summary.get("task")
    listed = summary.get("published", task.get("published") if isinstance(task, dict) else None)
    found = []
    for one in listed if isinstance(listed, list | tuple) else []:
        if isinstance(one, dict) and isinstance(one.get("accuracy"), int | float) and 0 <= one["accuracy"] <= 1:
            group, n = one.get("group"), one.get("n")
            found.append(
                Figure(
                    str(one.get("model", "published")),
                    float(one["accuracy"]),
                    str(one.get("source", "")),
                    None if group is None else str(group),
                    n if isinstance(n, int) and n > 0 else None,
                )
            )
    return found


def by_model(listed: Sequence[Figure]) -> dict[str, dict[str | None, float]]:
    """Published accuracies by model and group."""
    table: dict[str, dict[str | None, float]] = {}
    for one in listed:
        table.setdefault(one.model, {})[one.group] = one.accuracy
    return table


def headline(scores: Mapping[str, Json], published: Sequence[Figure]) -> str:
    """One line for each strategy, published figures of the whole task below."""
    kinds = ("", *["num"] * 2, "", *["num"] * 3)
    names = ["strategy", "n", "accuracy", plots.bar_scale(), f"tokens{EACH}", f"seconds{EACH}", "verified"]
    head = "".join(f'<th scope="col" class="{kind}">{name}</th>' for kind, name in zip(kinds, names, strict=True))
    head += "".join(f'<th scope="col" class="num status">{name}</th>' for name in STATUSES)
    rows = [_headline_row(place, name, one) for place, (name, one) in enumerate(scores.items())]
    for one in published:
        if one.group is None:
            share = f"{_strong(one.accuracy)}<small>published</small>"
            rows.append(
                f'<tr class="foreign"><th scope="row"><bdi>{escaped(one.model)}</bdi></th>{_num(one.n or "")}'
                f'{_num(share)}<td>{_published_bar(one)}</td><td colspan="7"><bdi>{escaped(one.source)}</bdi></td></tr>'
            )
    note = (
        "Accuracy is of all questions: failed, unanswered and undecided ones (nobody could tell) are wrong. Intervals "
        "are 95 % (Wilson). <b>Verified</b>: status proved or supported. Under each status: accuracy there, "
        "and the share of all questions that have it. Seconds are as each question waited; many may run side by side."
    )
    return _section("results", "Results", f'{_table(head, rows)}<p class="note">{note}</p>')


def _published_bar(one: Figure) -> str:
    if one.n is None:
        return ""
    return plots.interval_bar(Share(round(one.accuracy * one.n), one.n), 0).replace("bar c0", "bar foreign", 1)


def _headline_row(place: int, name: str, one: Json) -> str:
    right, told = numbers.share(one), [("errors", "bad", "failed"), ("undecided", "open", "undecided")]
    (low, high), verified = right.interval, sum(one["statuses"][status]["n"] for status in STATUSES[:2])
    odd = "".join(f'<small class="{kind}">{one[key]:,} {word}</small>' for key, kind, word in told if one[key])
    cells = [
        _num(f"{right.of:,}{odd}"),
        _num(f"{_strong(right.share)}<small>{100 * low:.1f} to {100 * high:.1f}</small>"),
        f"<td>{plots.interval_bar(right, place)}</td>",
        _num(f"{one['tokens']:,.1f}" if one["tokens"] < 100 else f"{one['tokens']:,.0f}"),
        _num(f"{one['seconds']:,.2f}"),
        _num(f"{percent(one['verified'])}<small>{verified:,}</small>"),
        *(_status_cell(status, one["statuses"][status]) for status in STATUSES),
    ]
    return f'<tr><th scope="row">{_named(place, name)}</th>{"".join(cells)}</tr>'


def _status_cell(status: str, part: Json) -> str:
    own, covered = numbers.share(part), percent(part["coverage"])
    if not own.of:
        return _num("–", "quiet")
    text = f"{percent(own.share)}<small>of {covered} ({own.of:,})</small>"
    text = f"{covered}<small>{own.of:,}</small>" if status == "abstained" else text
    return _num(text, "", f' title="{escaped(plots.span(own))}"')


def answerers(scores: Mapping[str, Json]) -> str:
    """Who gave the answers: of each strategy's questions, how many by whom, and how many of those are right."""
    found = {by for one in scores.values() for by in one["answered_by"]} | {"reader"}
    kinds = [by for by in numbers.ANSWERERS if by in found]
    head = '<th scope="col">strategy</th><th scope="col" class="num">answers</th>'
    head += "".join(f'<th scope="col" class="num">{by}</th>' for by in kinds)
    rows = []
    for place, (name, one) in enumerate(scores.items()):
        cells = "".join(_by_cell(one["answered_by"].get(by)) for by in kinds)
        answered = _num(f"{one['answered']:,}")
        rows.append(f'<tr><th scope="row">{_named(place, name)}</th>{answered}{cells}</tr>')
    note = (
        "The share of all questions that each answered, and how many of those answers are right. The reader computes "
        "an answer from the question alone: the model did not give it."
    )
    return _section("answerers", "Answered by", f'{_table(head, rows)}<p class="note">{note}</p>')


def surest(scores: Mapping[str, Json]) -> str:
    """Accuracy of the surest answers, at several shares of all questions."""
    wanted = list(next(iter(scores.values()))["accuracy_at"])
    head = '<th scope="col">strategy</th>'
    head += "".join(f'<th scope="col" class="num">{100 * float(one):g} %</th>' for one in wanted)
    rows = []
    for place, (name, one) in enumerate(scores.items()):
        values = [one["accuracy_at"][key] for key in wanted]
        cells = "".join(_num("–", "quiet") if value is None else _num(percent(value)) for value in values)
        rows.append(f'<tr><th scope="row">{_named(place, name)}</th>{cells}</tr>')
    note = (
        "Accuracy when only the surest answers to so many of all questions are kept: surest by status, then by "
        "confidence or share of votes. A dash: fewer were answered. Equally sure answers count with their mean."
    )
    return _section("surest", "The surest answers", f'{_table(head, rows)}<p class="note">{note}</p>')


def _by_cell(part: Json | None) -> str:
    if part is None:
        return _num("–", "quiet")
    own = numbers.share(part)
    text = f"{percent(part['coverage'])}<small>{own.right:,} of {own.of:,} right</small>"
    return _num(text, "", f' title="{escaped(plots.span(own))} right"')


def group_table(rows: Sequence[Result], published: Sequence[Figure], kind: numbers.Kind = "group") -> str:
    """Accuracy by group (or level) and strategy, published figures beside; nothing where items have none."""
    cells, names, foreign = numbers.by_group(rows, kind), list(numbers.by_strategy(rows)), by_model(published)
    foreign = {model: table for model, table in foreign.items() if any(group in cells for group in table)}
    if not cells:
        return ""
    head = f'<th scope="col">{kind}</th><th scope="col" class="num">questions</th>'
    head += "".join(f'<th scope="col" class="num">{_named(place, name)}</th>' for place, name in enumerate(names))
    head += "".join(
        f'<th scope="col" class="num foreign">{_foreign_key(place)}<bdi>{escaped(name)}</bdi>'
        "<small>published</small></th>"
        for place, name in enumerate(foreign)
    )
    lines = []
    for group, row in cells.items():
        n = max(share.of for share in row.values())
        texts = [_share_cell(row.get(name), n) for name in names]
        texts += [_num(percent(table[group]) if group in table else "–", "foreign") for table in foreign.values()]
        lines.append(f'<tr><th scope="row"><bdi>{escaped(group)}</bdi></th>{_num(f"{n:,}")}{"".join(texts)}</tr>')
    sources = sorted({f"{one.model}: {one.source}" for one in published if one.source and one.group in cells})
    note = "".join(f'<p class="note"><bdi>{escaped(source)}</bdi></p>' for source in sources)
    return _section(f"{kind}s", f"By {kind}", _table(head, lines) + note)


def _share_cell(share: Share | None, n: int) -> str:
    if share is None:
        return _num("–", "quiet")
    low, high = share.interval
    of = "" if share.of == n else f", n = {share.of:,}"
    return _num(f"{percent(share.share)}<small>{100 * low:.0f} to {100 * high:.0f}{of}</small>")


def comparisons(rows: Sequence[Result]) -> str:
    """Strategies against each other on the same items; nothing where there is only one."""
    pairs = numbers.pairs(rows)
    if not pairs:
        return ""
    places = {name: place for place, name in enumerate(numbers.by_strategy(rows))}
    widest = max(max(abs(one.low), abs(one.high)) for one in pairs)
    titles = [("", "compared"), ("num", "questions"), ("num", "difference"), ("middle", "0"), ("num", "won")]
    titles += [("num", "lost"), ("num", "p")]
    head = "".join(f'<th scope="col" class="{kind}">{title}</th>' for kind, title in titles)
    lines = []
    for one in pairs:
        bar = plots.difference_bar(one.difference, one.low, one.high, widest)
        gain = f"<b>{100 * one.difference:+.1f}</b><small>{100 * one.low:+.1f} to {100 * one.high:+.1f}</small>"
        ours, theirs = (_named(places[name], name) for name in (one.after, one.before))
        lines.append(
            f'<tr><th scope="row">{ours} <span class="quiet">over</span> {theirs}</th>{_num(f"{one.n:,}")}{_num(gain)}'
            f"<td>{bar}</td>{_num(f'{one.won:,}')}{_num(f'{one.lost:,}')}{_num(_p(one.p))}</tr>"
        )
    note = (
        "Difference in percentage points on the questions that both have, with its 95 % interval (bootstrap over "
        "questions). Won: only the first is right; lost: only the second. p: exact sign test (McNemar), two-sided, "
        "not corrected for the number of comparisons."
    )
    if len(places) > numbers.ALL_PAIRS:
        note += " With so many strategies, each is compared with the first one only."
    return _section("pairs", "Paired comparisons", f'{_table(head, lines)}<p class="note">{note}</p>')


def _p(value: float) -> str:
    return "&lt; 0.0001" if value < 0.0001 else f"{value:.4f}" if value < 0.1 else f"{value:.2f}"


def pictures(rows: Sequence[Result], scores: Mapping[str, Json], published: Sequence[Figure]) -> str:
    """All plots that have something to show."""
    places = {name: place for place, name in enumerate(scores)}
    risks = {name: (places[name], one["risk_coverage"]) for name, one in scores.items() if one["risk_coverage"]}
    told = {name: (places[name], one["calibration"]) for name, one in scores.items() if one["calibration"]}
    drawn = [_group_figure(rows, list(scores), published)]
    with_tokens = [(places[name], name, one) for name, one in scores.items() if one["tokens"] > 0]
    if with_tokens:
        note = (
            "Marks: mean tokens through the model (prompts included), accuracy with its 95 % interval. Curves: what is "
            "right and took no more than so many tokens."
        )
        legend = _legend({place: name for place, name, _ in with_tokens})
        drawn.append(_figure("Accuracy against tokens", note, legend, plots.tokens_plot(with_tokens)))
    if risks:
        note = "The surest answers are kept first; equally sure ones together. Lower and further right is better."
        legend = _legend({place: name for name, (place, _) in risks.items()})
        drawn.append(_figure("Risk and coverage", note, legend, plots.risk_plot(risks)))
    if told:
        legend = _legend({place: f"{name} ({one['error']:.3f})" for name, (place, one) in told.items()})
        note = "In brackets: expected calibration error, ten bins. On the dashed line confidence and accuracy agree."
        bins = {name: (place, one["bins"]) for name, (place, one) in told.items()}
        drawn.append(_figure("Reliability", note, legend, plots.reliability_plot(bins)))
    inner = "".join(drawn)
    return _section("plots", "Plots", f'<div class="figures">{inner}</div>') if inner else ""


def _group_figure(rows: Sequence[Result], names: Sequence[str], published: Sequence[Figure]) -> str:
    cells = numbers.by_group(rows)
    if not 1 < len(cells) <= MOST_GROUPS:
        return ""
    foreign = {name: table for name, table in by_model(published).items() if set(table) & set(cells)}
    legend = _legend(dict(enumerate(names)), list(foreign))
    plot = plots.by_group_plot(names, cells, foreign)
    return _figure("Accuracy by group", "Bars: 95 % intervals.", legend, plot)


def _figure(title: str, note: str, legend: str, plot: str) -> str:
    return f"<figure><figcaption><b>{title}</b> {note}</figcaption>{legend}{plot}</figure>"


def _legend(names: Mapping[int, str], foreign: Sequence[str] = ()) -> str:
    ours = "".join(f"<li>{_named(place, name)}</li>" for place, name in names.items())
    theirs = "".join(
        f"<li>{_foreign_key(place)}<bdi>{escaped(name)}</bdi> (published)</li>" for place, name in enumerate(foreign)
    )
    return f'<ul class="legend">{ours}{theirs}</ul>'


def settings(summary: Mapping[str, Any]) -> str:
    """What `summary.json` says beside the statistics, as nested keys and values."""
    told = {name: value for name, value in summary.items() if name not in SHOWN_ABOVE}
    if not told:
        return _section("settings", "Settings", '<p class="note">There was no summary.json beside the rows.</p>')
    return _section("settings", "Settings, versions, hardware", _nested(told, 0))


def _nested(value: Any, depth: int) -> str:
    if isinstance(value, list | tuple) and len(value) == 1 and isinstance(value[0], dict):
        return _nested(value[0], depth)
    if isinstance(value, list | tuple) and any(isinstance(one, dict | list) for one in value):
        value = dict(enumerate(value, 1))
    if isinstance(value, dict) and value:
        return "<span>…</span>" if depth > 12 else _entries(value, depth)
    if isinstance(value, list | tuple):
        value = ", ".join(str(one) for one in value)
    text = "–" if value is None or value in ("", {}) else str(value)
    text = ("no", "yes")[value] if isinstance(value, bool) else text
    return f"<bdi>{escaped(text[:2000])}{'…' if len(text) > 2000 else ''}</bdi>"


def _entries(value: Mapping[Any, Any], depth: int) -> str:
    rows = []
    for key, inner in value.items():
        told, size = _nested(inner, depth + 1), _size(inner)
        if size > 2 and depth < 2:
            is_open = " open" if depth == 0 and size <= SHOWN_OPEN else ""
            count = len(inner[0]) if len(inner) == 1 and isinstance(inner, list) else len(inner)
            told = f"<details{is_open}><summary>{count} entries</summary>{told}</details>"
        rows.append(f"<dt><bdi>{escaped(key)}</bdi></dt><dd>{told}</dd>")
    return f"<dl>{''.join(rows)}</dl>"


def _size(value: Any) -> int:
    """Lines that a value takes: a list of plain values is one line."""
    inner = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    if isinstance(value, list) and not any(isinstance(one, dict | list) for one in value):
        return 1
    return 1 + sum(_size(one) for one in inner)


def _section(name: str, title: str, inner: str) -> str:
    return f'<section id="{name}"><h2>{title}</h2>{inner}</section>\n'


def _table(head: str, rows: Sequence[str]) -> str:
    body = "\n".join(rows)
    return f'<div class="scroll" tabindex="0"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _num(text: object, kind: str = "", more: str = "") -> str:
    return f'<td class="num {kind}"{more}>{text}</td>'


def _strong(share: float) -> str:
    return f"<b>{percent(share)}</b>"


def _named(place: int, name: str) -> str:
    return f'<span class="named">{_key(place)}<bdi>{escaped(name)}</bdi></span>'


def _key(place: int) -> str:
    kind = f"key {plots.colour(place)}"
    return f'<svg class="{kind}" viewBox="0 0 14 14" aria-hidden="true">{plots.shape(place, 7, 7)}</svg>'


def _foreign_key(place: int) -> str:
    return f'<svg class="key" viewBox="0 0 14 14" aria-hidden="true">{plots.published_mark(place, 7, 7)}</svg>'
