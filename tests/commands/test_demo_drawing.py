"""What the demo draws, without a model: strands are fed with events by hand."""

import io

import pytest
from rich.console import Console

from slowthink.commands.screen import Screen, table
from slowthink.commands.show import printable
from slowthink.commands.strand import Strand
from slowthink.models.protocol import Intervention
from slowthink.trace import Asked, Called, Ended, Judged, Remarked, Row
from slowthink.types import Solution, Status, Usage

REPAIR = Intervention("calculator", "replace", 8, "54 pens", "56", "7 * 8 is 56, not 54")
KEY = "scratchpad/working/2:generate"


def told() -> Strand:
    strand = Strand()
    strand.hear(Asked(key=KEY, rows=1, prefill="Work:"))
    strand.see(" 7 * 8 = 54 pens"[1:], None)
    strand.see("7 * 8 = 56", REPAIR)
    strand.see("7 * 8 = 56 pens", None)
    return strand


def test_a_repair_is_struck_and_replaced() -> None:
    assert told().shown(False).plain == "rung 1: scratchpad, working\nWork:7 * 8 = [-54 pens-]{+56+} pens"
    shown = told().shown(True)
    assert shown.plain.endswith("7 * 8 = 54 pens 56 pens")
    struck = [shown.plain[span.start : span.end] for span in shown.spans if "strike" in str(span.style)]
    assert struck == ["54 pens"]


def test_later_repairs_drop_what_they_threw_away() -> None:
    strand = told()
    strand.see("9", Intervention("calculator", "replace", 0, "7 * 8 = 56 pens", "9", "why"))
    assert strand.shown(False).plain.endswith("Work:[-7 * 8 = 56 pens-]{+9+}")


def test_the_events_of_a_run() -> None:
    strand = told()
    row = Row(text="7 * 8 = 56", finish="stop")
    strand.hear(
        Called(key=KEY, prompt="", prompt_hash="", max_tokens=1, temperature=0, rows=(row,)),
    )
    strand.hear(Judged(key="k", kind="arithmetic", claim="7 * 8 = 56", status=Status.PROVED))
    strand.hear(Judged(key="k2", kind="arithmetic", claim="7 * 8 = 56", status=Status.PROVED))
    strand.hear(Asked(key="again/1:generate", rows=2))
    assert strand.shown(False).plain.endswith("rung 2: again\nwriting 2 at once ...")
    strand.hear(Called(key="again/1:generate", prompt="", prompt_hash="", max_tokens=1, temperature=0, rows=(row, row)))
    strand.hear(Remarked(key="k", text="a remark \x1b[2J"))
    strand.hear(Ended(answer="56", answered_by="model", status="proved", usage=Usage()))
    lines = strand.shown(False).plain.splitlines()
    assert lines.count("✓ 7 * 8 = 56") == 1
    assert lines[-4:] == ["- 7 * 8 = 56", "- 7 * 8 = 56", "a remark ·[2J", "=> 56  proved, answered by model"]


@pytest.mark.parametrize("width", [30, 60, 110])
def test_it_fits_any_terminal(width: int) -> None:
    console = Console(file=io.StringIO(), width=width, height=16, force_terminal=True, color_system="standard")
    screen = Screen(console, "1 of 1  7 * 8 =")
    screen.fast, screen.slow = told(), told()
    for i in range(40):
        screen.slow.hear(Remarked(key="k", text=f"a longer remark with the number {i} in it"))
    lines = console.render_lines(screen.live())
    assert len(lines) <= 16
    assert all(sum(segment.cell_length for segment in line) <= width for line in lines)
    assert "number 39" in " ".join("".join(segment.text for segment in line) for line in lines).replace("│", "") or (
        width == 30
    )
    console.print(screen.whole())
    solution = Solution(question="7 * 8 =", answer="56", answered_by="model", status="proved", strategy="auto")
    console.print(table([(solution, solution)], width))


def test_no_control_characters_reach_the_terminal() -> None:
    text = "a\x1b[2J\x00\x9b\u202e\ud800\r\tb\n"
    assert len(printable(text)) == len(text)
    assert printable(text) == "a·[2J·····  b\n".replace("  b", " b")


def test_headings_count_from_the_second_time_on_and_objections_are_gathered() -> None:
    strand = Strand()
    for i, key in enumerate(("round 0/words", "round 1/words", "working 0", "working 1")):
        strand.hear(Asked(key=f"scratchpad/{key}/0:generate", rows=1, prefill=f"{i}"))
    headings = [line for line in strand.shown(False).plain.splitlines() if line.startswith("rung")]
    told_so = ["words", "round 2, words", "working", "working 2"]
    assert headings == [f"rung 1: scratchpad, {part}" for part in told_so]
    strand = Strand()
    for i in range(5):
        strand.hear(Remarked(key="k", text=f"not {i}: it is not in the question"))
    strand.hear(Remarked(key="k", text="on to the next way"))
    lines = strand.shown(False).plain.splitlines()
    assert [line[:5] for line in lines] == ["not 0", "not 1", "... n", "on to"]
    assert "3 others" in lines[2]


def test_the_table_fits_a_common_terminal() -> None:
    fast, slow = (
        Solution(
            question="How many primes are there between 150 and 250?",
            answer=answer,
            answered_by=by,
            status="unverified",
            strategy="auto",
            usage=Usage(tokens=tokens, seconds=10.8),
        )
        for answer, by, tokens in (("22221", "model", 118), ("41170", "program", 1877))
    )
    console = Console(width=80, file=io.StringIO(), color_system=None)
    console.print(table([(fast, slow)], console.width))
    drawn = console.file.getvalue()  # type: ignore[attr-defined]
    for word in ("question", "answered", "status", "tokens", "seconds", "unverified", "program", "1877", "10.8"):
        assert word in drawn
