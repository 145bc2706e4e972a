"""What was recorded of the game of 24, as proposals by state, and its ceiling."""

from typing import Any

from slowthink.benchmarks.game24_records import ceiling, proposals


def row(puzzle: str, *steps: str, cot: str = "", answer: str = "") -> dict[str, Any]:
    searched = [{"new_ys": list(steps)}]
    chains, answers = [cot] if cot else [], [answer] if answer else []
    return {"puzzle": puzzle, "tot_steps": searched, "tot_bfs5": [], "cot100": chains, "io100": answers}


def lines_at(rows: list[dict[str, Any]], numbers: str) -> list[str]:
    records, _ = proposals(rows)
    return [text for one in records if f"Numbers: {numbers}." in one["question"] for text in one["samples"]]


def test_a_step_stands_behind_what_is_left_and_what_was_said_to_be_left() -> None:
    """The operation is right and the list wrong: the search was asked with the list."""
    rows = [row("4 5 6 10", "6 + 10 = 16 (left: 4 5 16)\n5 * 4 = 20 (left: 20)\n20 + 4 = 24 (left: 24)\n")]
    assert lines_at(rows, "16 20") == ["20 + 4 = 24"]
    assert lines_at(rows, "20") == ["20 + 4 = 24"]
    wrong = [row("4 5 6 10", "4 + 5 = 9 (left: 6 10)\n10 - 6 = 4 (left: 4)\n")]
    assert lines_at(wrong, "6 10") == lines_at(wrong, "6 9 10") == ["10 - 6 = 4"]


def test_rounded_numbers_are_those_that_they_are_rounded_from() -> None:
    rows = [row("4 5 6 10", "10 / 6 = 1.67 (left: 1.67 4 5)\n4 * 5 = 20 (left: 1.67 20)\n1.67 * 20 = 33.3\n")]
    assert lines_at(rows, "5/3 20") == ["1.67 * 20 = 33.3"]


def test_answers_are_steps_too() -> None:
    rows = [row("4 5 6 10", cot="Steps:\n4 + 5 = 9 (left: 6 9 10)\nAnswer: (10 - 6) + (4 * 5) = 24")]
    assert lines_at(rows, "4 4 5") == ["4 * 5 = 4 * 5"]
    assert ceiling(rows, proposals(rows)[0])["by_state"] == {"solved": 1, "not": []}


def test_the_ceiling_takes_each_step_where_it_was_recorded() -> None:
    """The last step was recorded for another puzzle; `10 - 6` of the third only behind numbers that it never has."""
    rows = [
        row("4 5 6 10", "4 * 5 = 20 (left: 6 10 20)\n10 - 6 = 4 (left: 4 20)\n"),
        row("2 2 4 5", "4 * 5 = 20 (left: 2 2 20)\n2 + 2 = 4 (left: 4 20)\n4 + 20 = 24\n"),
        row("4 5 6 11", "4 * 5 = 20 (left: 6 11 20)\n20 - 6 = 14 (left: 6 8)\n10 - 6 = 4\n"),
    ]
    found = ceiling(rows, proposals(rows)[0])
    assert found["own"] == {"solved": 1, "not": ["4 5 6 10", "4 5 6 11"]}
    assert found["by_state"] == {"solved": 2, "not": ["4 5 6 11"]}
