"""How the demo is drawn: two panels side by side while it runs, and a table at the end; or plain lines in a pipe."""

from __future__ import annotations

from dataclasses import dataclass, field

from rich.box import HEAVY_HEAD, SIMPLE
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from slowthink.commands.show import QUIET, TRUST, printable, repair_shown
from slowthink.commands.strand import Strand
from slowthink.types import Solution

NARROW = 56
"""Fewer columns than this hold one panel below the other."""
ROOMY = 110
"""With fewer columns the table has no lines between its columns, and two numbers stand one below the other."""
TITLES = ("fast thinker", "slow thinker: the same model, supervised")
SHORT_TITLES = ("fast thinker", "slow thinker, supervised")


def legend(is_coloured: bool) -> Text:
    """What is seen, in a sentence."""
    line = Text("Fast: the model alone. Slow: the same model, watched while it writes; ")
    line.append_text(repair_shown("wrong", "right", is_coloured)).append(": refuted, and what was put in its place; ")
    return line.append_text(Text.assemble(("✓", "green"), " ", ("✗", "red"), " ", ("?", "yellow"), ": verdicts."))


@dataclass
class Screen:
    """One question: the strands of both sides, drawn as they stand."""

    console: Console
    title: str
    fast: Strand = field(default_factory=Strand)
    slow: Strand = field(default_factory=Strand)
    _height: int = 4

    def live(self) -> RenderableType:
        """The panels cut to the screen: their ends are what is seen. Their height never shrinks."""
        return self._drawn(max(4, self.console.height - 4))

    def whole(self) -> RenderableType:
        """The panels with everything in them."""
        return self._drawn(None)

    def plain(self) -> str:
        """The same without panels."""
        parts = [f"{self.title}\n"]
        for title, strand in zip(TITLES, (self.fast, self.slow), strict=True):
            lines = strand.shown(is_coloured=False).plain.splitlines()
            parts.append("".join(f"{line}\n" for line in [f"  {title}", *(f"    {line}" for line in lines)]))
        return "".join(parts)

    def _drawn(self, most: int | None) -> RenderableType:
        stacked = self.console.width < NARROW
        width = self.console.width if stacked else self.console.width // 2
        sides = [self._wrapped(strand, width - 4) for strand in (self.fast, self.slow)]
        if most is not None:
            room = most // 2 - 2 if stacked else most - 2
            self._height = min(max(2, room), max(self._height, *(len(side) for side in sides)))
            sides = [side[-self._height :] for side in sides]
        height = 2 + (self._height if most is not None else max(len(side) for side in sides))
        titles = TITLES if width > len(TITLES[1]) + 6 else SHORT_TITLES
        panels = [
            Panel(Text("\n").join(side), title=title, height=height, width=width, border_style=style)
            for title, side, style in zip(titles, sides, ("white", "green"), strict=True)
        ]
        if stacked:
            return Group(Text(self.title, "bold"), *panels)
        grid = Table.grid()
        grid.add_row(*panels)
        return Group(Text(self.title, "bold"), grid)

    def _wrapped(self, strand: Strand, width: int) -> list[Text]:
        shown = strand.shown(is_coloured=not self.console.no_color)
        return list(shown.wrap(self.console, max(8, width))) if shown.plain else []


def table(pairs: list[tuple[Solution, Solution]], width: int) -> Table:
    """What both sides came to; tokens and seconds are those of the fast and of the slow one."""
    wide = width >= ROOMY
    between = " | " if wide else "\n"
    drawn = Table(title="fast beside slow", title_style="bold", box=HEAVY_HEAD if wide else SIMPLE, padding=(0, wide))
    for name in ("question", "fast answer", "slow answer", "answered by", "status", "tokens", "seconds"):
        is_number = name in ("tokens", "seconds")
        drawn.add_column(
            name if wide else name.replace(" ", "\n"),
            justify="right" if is_number else "left",
            overflow="fold",
            no_wrap=is_number or name == "status",
            min_width=20 if name == "question" and width >= 80 else None,
        )
    for fast, slow in pairs:
        is_wrong = slow.status == "proved" and slow.fast_answer != slow.answer
        drawn.add_row(
            Text(printable(slow.question)),
            Text(_answer(fast), "red" if is_wrong else ""),
            Text(_answer(slow), "bold"),
            Text(slow.answered_by or "-"),
            Text(slow.status, TRUST[slow.status]),
            f"{fast.usage.tokens}{between}{slow.usage.tokens}",
            f"{fast.usage.seconds:.1f}{between}{slow.usage.seconds:.1f}",
        )
    drawn.caption = "tokens through the model and seconds: fast, then slow; both run at once"
    if any(slow.status == "unverified" for _, slow in pairs):
        drawn.caption += "\nunverified: nothing here could check the answer, and it may be wrong"
    drawn.caption_style = QUIET
    return drawn


def _answer(solution: Solution) -> str:
    return "-" if solution.answer is None else printable(" ".join(solution.answer.split()))[:60]
