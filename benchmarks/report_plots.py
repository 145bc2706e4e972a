"""Plots as SVG text: no script, no style attribute, colours by class so that light and dark schemes share them.

Each strategy has a colour that colour-blind people can tell apart (Okabe and Ito) and a shape of its own; both are its
place in the order of strategies. All texts are escaped. Hovering over a mark tells its numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from slowthink.benchmarks.report_numbers import Json, Share, share
from slowthink.commands.offline import escaped

COLOURS = 8
WIDTH, HEIGHT = 480, 320
BAR = 132
LEFT, RIGHT, TOP, BOTTOM = 52, 14, 10, 44
Published = Mapping[str, Mapping[str | None, float]]
"""Shares that others published, by their name and by group; the group None is the whole task."""


@dataclass(frozen=True, slots=True)
class Axis:
    """A scale from values to pixels `start`..`end`, with what is written at its ticks."""

    name: str
    low: float
    high: float
    start: float
    end: float
    ticks: Sequence[tuple[float, str]]
    is_log: bool = False

    def at(self, value: float) -> float:
        """Pixels for a value; beyond the ends, the nearer end."""
        f: Callable[[float], float] = math.log10 if self.is_log else float
        value = min(max(value, self.low), self.high)
        return self.start + (f(value) - f(self.low)) / (f(self.high) - f(self.low)) * (self.end - self.start)


def percent(value: float, digits: int = 1) -> str:
    """A share in percent, with a space as this project writes it."""
    return f"{100 * value:.{digits}f} %"


def span(share: Share, digits: int = 1) -> str:
    """`41.2 (38.0 to 44.5) %, 12 of 30`: for what hovering shows."""
    low, high = share.interval
    middle, ends = f"{100 * share.share:.{digits}f}", f"{100 * low:.{digits}f} to {100 * high:.{digits}f}"
    return f"{middle} ({ends}) %, {share.right:,} of {share.of:,}"


def shape(place: int, x: float, y: float, title: str = "", size: float = 4.5) -> str:
    """The mark of the strategy at `place`, in its colour."""
    s, kind = size, place % 6
    points = {
        1: [(-s, -s), (s, -s), (s, s), (-s, s)],
        2: [(0, -1.25 * s), (1.15 * s, s), (-1.15 * s, s)],
        3: [(0, -1.4 * s), (1.4 * s, 0), (0, 1.4 * s), (-1.4 * s, 0)],
        4: [(-1.15 * s, -s), (1.15 * s, -s), (0, 1.25 * s)],
        5: [(-s, -0.4 * s), (0, -1.3 * s), (s, -0.4 * s), (0.65 * s, s), (-0.65 * s, s)],
    }
    told = f"<title>{escaped(title)}</title>" if title else ""
    if kind == 0:
        return f'<circle class="mark" cx="{x:.1f}" cy="{y:.1f}" r="{s * 1.08:.1f}">{told}</circle>'
    corners = " ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in points[kind])
    return f'<polygon class="mark" points="{corners}">{told}</polygon>'


def published_mark(place: int, x: float, y: float, title: str = "") -> str:
    """The mark of a published figure: hollow, in the colour of the text."""
    told = f"<title>{escaped(title)}</title>" if title else ""
    drawn = ("M-5 0L0 -5L5 0L0 5Z", "M-4 -4L4 4M-4 4L4 -4", "M-4.5 -4.5H4.5V4.5H-4.5Z")[place % 3]
    return f'<path class="published" transform="translate({x:.1f} {y:.1f})" d="{drawn}">{told}</path>'


def colour(place: int) -> str:
    """The class that gives a strategy's colour."""
    return f"c{place % COLOURS}"


def interval_bar(share: Share, place: int, width: int = BAR) -> str:
    """A share as a stroke on a line from 0 to 100 %, its interval as a bar: for a cell of a table."""
    (low, high), scale = share.interval, width - 12
    ends = f"M6 10H{width - 6}M6 6V14M{6 + scale / 2:.1f} 6V14M{width - 6} 6V14"
    return _bar(colour(place), width, ends, [6 + scale * value for value in (low, share.share, high)])


def _bar(kind: str, width: int, lines: str, places: Sequence[float]) -> str:
    low, middle, high = places
    return (
        f'<svg class="bar {kind}" width="{width}" height="20" viewBox="0 0 {width} 20" aria-hidden="true">'
        f'<path class="grid" d="{lines}"/><rect class="whisker-bar" x="{low:.1f}" y="5.5" '
        f'width="{max(1.0, high - low):.1f}" height="9" rx="2"/><path class="stroke" d="M{middle:.1f} 3V17"/></svg>'
    )


def bar_scale(width: int = BAR) -> str:
    """The scale over `interval_bar`s."""
    return (
        f'<svg class="bar" width="{width}" height="14" viewBox="0 0 {width} 14" aria-hidden="true">'
        f'<text x="2" y="11">0</text><text x="{width / 2}" y="11" text-anchor="middle">50</text>'
        f'<text x="{width - 1}" y="11" text-anchor="end">100 %</text></svg>'
    )


def difference_bar(difference: float, low: float, high: float, widest: float, width: int = BAR) -> str:
    """A difference and its interval around a zero line; `widest` is the value at the ends."""
    middle, scale = width / 2, (width / 2 - 6) / (widest or 1.0)
    sign = "none" if low <= 0 <= high else "gain" if difference > 0 else "loss"
    lines = f"M6 10H{width - 6}M{middle:.1f} 1V19"
    return _bar(sign, width, lines, [middle + scale * value for value in (low, difference, high)])


def by_group_plot(names: Sequence[str], cells: Mapping[str, Mapping[str, Share]], published: Published) -> str:
    """Accuracy with intervals: one band for each group, one line for each strategy in it."""
    step, left = 13, min(168.0, 24 + 7.2 * max(map(len, cells), default=0))
    band = step * max(1, len(names)) + 12
    x = _percent_axis("accuracy, %", left, WIDTH - RIGHT)
    bottom = TOP + band * len(cells)
    parts = [_grid_x(x, TOP, bottom)]
    for at, (group, row) in enumerate(cells.items()):
        top = TOP + at * band
        if at % 2:
            parts.append(f'<rect class="stripe" x="0" y="{top}" width="{WIDTH}" height="{band}"/>')
        label = group if len(group) <= 20 else group[:19] + "…"
        parts.append(
            f'<text x="{left - 12:.1f}" y="{top + band / 2 + 4:.1f}" text-anchor="end">{escaped(label)}'
            f"<title>{escaped(group)}</title></text>"
        )
        for place, name in enumerate(names):
            if name in row:
                y = top + 6 + step * (place + 0.5)
                parts.append(_across(place, x, y, row[name], f"{group}, {name}: {span(row[name])}"))
        for place, (name, figures) in enumerate(published.items()):
            if group in figures:
                parts.append(
                    published_mark(
                        place, x.at(figures[group]), top + band / 2, f"{group}, {name}: {percent(figures[group])}"
                    )
                )
    return _svg("Accuracy by group and strategy, with 95 % intervals", bottom + BOTTOM, parts)


def _across(place: int, x: Axis, y: float, share: Share, title: str) -> str:
    low, high = share.interval
    line = f'<path class="whisker" d="M{x.at(low):.1f} {y:.1f}H{x.at(high):.1f}"/>'
    return f'<g class="{colour(place)}">{line}{shape(place, x.at(share.share), y, title, 3.8)}</g>'


def risk_plot(curves: Mapping[str, tuple[int, Sequence[Json]]]) -> str:
    """Error among the answers that are kept, against the share of questions for which one is kept."""
    most = max((point["risk"] for _, curve in curves.values() for point in curve), default=0.0)
    high = next(top for top in (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0) if most <= top)
    x = _percent_axis("coverage, % of questions", LEFT, WIDTH - RIGHT)
    marks = [high * k / 5 for k in range(6)]
    y = Axis("errors among them, %", 0, high, HEIGHT - BOTTOM, TOP, [(m, f"{100 * m:g}") for m in marks])
    parts = [_grid_x(x, TOP, HEIGHT - BOTTOM), _grid_y(y)]
    for name, (place, curve) in curves.items():
        thin = curve if len(curve) <= 200 else [curve[i * (len(curve) - 1) // 199] for i in range(200)]
        line = "L".join(f"{x.at(point['coverage']):.1f} {y.at(point['risk']):.1f}" for point in thin)
        parts.append(f'<g class="{colour(place)}"><path class="line" d="M{line}"/>')
        for point in thin if len(thin) <= 12 else thin[-1:]:
            wrong = f"{percent(point['risk'])} errors ({round(point['risk'] * point['n']):,} of {point['n']:,})"
            told = f"{name}: {percent(point['coverage'])} kept, {wrong}"
            parts.append(shape(place, x.at(point["coverage"]), y.at(point["risk"]), told))
        parts.append("</g>")
    return _svg("Risk against coverage by strategy", HEIGHT, parts)


def tokens_plot(scores: Sequence[tuple[int, str, Json]]) -> str:
    """Accuracy with its interval against the mean tokens a question, each strategy one mark; the curve behind it is
    the share that is right within a budget of so many tokens a question."""
    means = [one["tokens"] for _, _, one in scores]
    ends = [point["tokens"] for _, _, one in scores for point in one["equal_compute"]]
    x = _tokens_axis(min([*means, *ends]), max([*means, *ends]))
    y = Axis("accuracy, %", 0, 1, HEIGHT - BOTTOM, TOP, [(k / 5, f"{20 * k}") for k in range(6)])
    parts = [_grid_x(x, TOP, HEIGHT - BOTTOM), _grid_y(y)]
    for place, name, one in scores:
        right = share(one)
        (below, above), at = right.interval, x.at(one["tokens"])
        line = "L".join(f"{x.at(p['tokens']):.1f} {y.at(p['right']):.1f}" for p in one["equal_compute"])
        curve = f'<path class="line thin" d="M{line}"/>' if line else ""
        whisker = f'<path class="whisker" d="M{at:.1f} {y.at(below):.1f}V{y.at(above):.1f}"/>'
        mark = shape(place, at, y.at(right.share), f"{name}: {one['tokens']:,.1f} tokens, {span(right)}", 5.5)
        parts.append(f'<g class="{colour(place)}">{curve}{whisker}{mark}</g>')
    return _svg("Accuracy against tokens a question", HEIGHT, parts)


def _tokens_axis(low: float, high: float) -> Axis:
    name = "tokens through the model, a question"
    if low > 0 and high / low > 8:
        first, last = math.floor(math.log10(low * 0.8)), math.ceil(math.log10(high * 1.25))
        ticks = [10**k * m for k in range(first, last + 1) for m in (1, 2, 5)]
        ends = (max(t for t in ticks if t <= low * 0.9), min(t for t in ticks if t >= high * 1.1))
        shown = [(t, _short(t)) for t in ticks if ends[0] <= t <= ends[1]]
        if len(shown) > 8:
            shown = [tick for tick in shown if tick[1].startswith("1")]
        return Axis(f"{name} (logarithmic)", *ends, LEFT, WIDTH - RIGHT, shown, is_log=True)
    step = nice(high * 1.1 / 5)
    count = math.ceil(high * 1.1 / step)
    return Axis(name, 0, step * count, LEFT, WIDTH - RIGHT, [(step * k, _short(step * k)) for k in range(count + 1)])


def reliability_plot(curves: Mapping[str, tuple[int, Sequence[Json]]]) -> str:
    """Accuracy against stated confidence; on the dashed line the two agree."""
    x = _percent_axis("stated confidence, %", LEFT, WIDTH - RIGHT)
    y = Axis("accuracy, %", 0, 1, HEIGHT - BOTTOM, TOP, [(k / 5, f"{20 * k}") for k in range(6)])
    ideal = f'<path class="ideal" d="M{x.at(0)} {y.at(0)}L{x.at(1)} {y.at(1)}"/>'
    parts = [_grid_x(x, TOP, HEIGHT - BOTTOM), _grid_y(y), ideal]
    for name, (place, bins) in curves.items():
        line = "L".join(f"{x.at(one['confidence']):.1f} {y.at(one['accuracy']):.1f}" for one in bins)
        parts.append(f'<g class="{colour(place)}"><path class="line" d="M{line}"/>')
        for one in bins:
            right, at = Share(round(one["accuracy"] * one["n"]), one["n"]), x.at(one["confidence"])
            low, high = right.interval
            told = f"{name}: said {percent(one['confidence'])}, {span(right)}"
            parts.append(f'<path class="whisker" d="M{at:.1f} {y.at(low):.1f}V{y.at(high):.1f}"/>')
            parts.append(shape(place, at, y.at(right.share), told))
        parts.append("</g>")
    return _svg("Reliability: accuracy against confidence", HEIGHT, parts)


def nice(value: float) -> float:
    """The smallest of 1, 2, 5 times a power of ten that is at least `value`; 1 for what is not positive."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= value * (1 - 1e-9))


def _short(value: float) -> str:
    for size, unit in ((1e6, " M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:g}{unit}"
    return f"{value:g}"


def _percent_axis(name: str, start: float, end: float) -> Axis:
    return Axis(name, 0, 1, start, end, [(k / 5, f"{20 * k}") for k in range(6)])


def _grid_x(axis: Axis, top: float, bottom: float) -> str:
    lines = "".join(f"M{axis.at(value):.1f} {top}V{bottom}" for value, _ in axis.ticks)
    texts = "".join(
        f'<text x="{axis.at(value):.1f}" y="{bottom + 16}" text-anchor="middle">{text}</text>'
        for value, text in axis.ticks
    )
    middle = (axis.start + axis.end) / 2
    name = f'<text class="name" x="{middle:.1f}" y="{bottom + 36}" text-anchor="middle">{axis.name}</text>'
    return f'<path class="grid" d="{lines}"/>{texts}{name}'


def _grid_y(axis: Axis) -> str:
    lines = "".join(f"M{LEFT} {axis.at(value):.1f}H{WIDTH - RIGHT}" for value, _ in axis.ticks)
    texts = "".join(
        f'<text x="{LEFT - 8}" y="{axis.at(value) + 4:.1f}" text-anchor="end">{text}</text>'
        for value, text in axis.ticks
    )
    middle = (axis.start + axis.end) / 2
    name = (
        f'<text class="name" transform="translate(14 {middle:.1f}) rotate(-90)" text-anchor="middle">{axis.name}</text>'
    )
    return f'<path class="grid" d="{lines}"/>{texts}{name}'


def _svg(title: str, height: float, parts: Sequence[str]) -> str:
    return (
        f'<svg class="plot" viewBox="0 0 {WIDTH} {height:g}" role="img" aria-label="{escaped(title)}">'
        + "".join(parts)
        + "</svg>"
    )
