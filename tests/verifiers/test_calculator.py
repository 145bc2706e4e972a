"""The calculator at decoding granularity."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slowthink.types import Status
from slowthink.verifiers.arithmetic import ArithmeticVerifier
from slowthink.verifiers.calculator import Calculator

CALCULATOR = Calculator()


def write(pieces: list[str]) -> str:
    """A model that writes its pieces whatever happens; what stands after a repair is written by the next pieces."""
    text, seen = "", 0
    for nth, piece in enumerate(pieces):
        text += piece
        action = CALCULATOR.watch(text, seen, nth == len(pieces) - 1)
        seen = len(text)
        if action is not None:
            text = text[: action.start] + action.text
            seen = len(text)
    return text


def repairs(text: str, pieces: list[str]) -> set[tuple[int, str]]:
    """Where the calculator would have acted, were the text written on all the same."""
    assert "".join(pieces) == text
    found, end = set(), 0
    for piece in pieces:
        action = CALCULATOR.watch(text[: end + len(piece)], end, end + len(piece) == len(text))
        end += len(piece)
        if action is not None:
            found.add((action.start, action.text))
    return found


def split(text: str, seed: int) -> list[str]:
    chooser, pieces, at = random.Random(seed), [], 0
    while at < len(text):
        size = chooser.choice([1, 1, 2, 3, 5, 8])
        pieces.append(text[at : at + size])
        at += size
    return pieces


TEXTS = [
    "7 * 4 = 28. 8 * 8 = 64. 28 + 64 = 108. The answer is 108.",
    "7 * 4 + 8 * 8 = 28 + 64 = 88\nDone.",
    "She pays $20 * 3 = $70 in all, and 5 + 3 = 9 apples are left.",
    "<<9*2=19>>19 and that is it",
    "7 times 8 is 54 in total.\nSo 54 + 1 = 55.",
    "28 + 64\n= 93\n= 93",
    "1,200 × 3 = 3,500 miles per year.",
    "60 / 8 = 7.6. Next.",
    "(3 + 4) * 2 = 15)",
    "\\(7 \\times 8 = 54\\)",
]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("seed", range(6))
def test_it_acts_on_what_the_verifier_refutes_however_the_text_comes(text: str, seed: int) -> None:
    edits = [j.verdict.edit for j in ArithmeticVerifier().check(text) if j.verdict.status is Status.REFUTED]
    wanted = {(edit.start, edit.text) for edit in edits if edit is not None}
    assert wanted
    assert repairs(text, list(text)) == wanted
    # A piece may complete two claims; the first is answered.
    assert repairs(text, split(text, seed)) <= wanted
    assert repairs(text, [text]) == {min(wanted)}


def test_a_number_that_may_go_on_is_left_alone() -> None:
    for text in (
        "6 * 2 = 1",
        "6 * 2 = 12",
        "6 * 2 = 1.",
        "28 + 64 = 9",
        "2 + 2 = 5",
        "7 * 4 + 1 = 28 +",
        "7 * 4 + 1 = 28 ",
    ):
        assert CALCULATOR.watch(text, len(text) - 1, False) is None


def test_at_the_end_of_the_row_the_number_is_complete() -> None:
    action = CALCULATOR.watch("2 + 2 = 5", 9, True)
    assert action is not None
    assert (action.start, action.text) == (8, "4")


def test_the_final_state_is_the_same_by_characters_and_by_tokens() -> None:
    for text in TEXTS[:1]:
        assert write(list(text)).startswith("7 * 4 = 28. 8 * 8 = 64. 28 + 64 = 92")


@given(st.text(alphabet="0123456789 =+*-./\n$xa", max_size=60), st.integers(0, 99))
@settings(max_examples=200)
def test_it_never_acts_where_the_verifier_does_not(text: str, seed: int) -> None:
    edits = [j.verdict.edit for j in ArithmeticVerifier().check(text) if j.verdict.status is Status.REFUTED]
    wanted = {(edit.start, edit.text) for edit in edits if edit is not None}
    assert repairs(text, split(text, seed)) <= wanted


def test_it_takes_time_in_proportion_to_what_is_new() -> None:
    text = "He buys 3 apples and 4 pears, and then goes home to eat them with his friends. " * 2000
    started = time.perf_counter()
    for end in range(len(text) - 500, len(text)):
        CALCULATOR.watch(text, end, False)
    assert time.perf_counter() - started < 1.0


@pytest.mark.parametrize(
    "text",
    ["2 + 2 = 5\n= 6\nso it is", "So 3 * 4 = 13\n  = 13 apples.\n", "28 + 64\n= 93\n= 93\n", "2 + 2 = 5\n\n= 5\nok"],
)
def test_a_claim_is_answered_once_where_the_next_line_goes_on(text: str) -> None:
    actions = [CALCULATOR.watch(text[: end + 1], end, end + 1 == len(text)) for end in range(len(text))]
    starts = [action.start for action in actions if action is not None]
    assert starts
    assert len(starts) == len(set(starts))


@pytest.mark.parametrize(
    "text",
    [
        "12 + 5 = 5 (mod 12).",
        "11 + 1 = 100 (base 2).",
        "7 + 8 = 3 (on a 12-hour clock) and so on.",
        "In modular arithmetic, 12 + 5 = 5. Next",
        "We work modulo 12.\nSo 10 + 5 = 3.\n",
        "On a clock, 10 + 5 = 3, so it is three.",
        "In binary, 1 + 1 = 10.\n",
    ],
)
def test_another_arithmetic_is_left_alone(text: str) -> None:
    for seed in range(10):
        assert write(split(text, seed)) == text


def test_a_remark_in_brackets_does_not_hide_a_wrong_sum() -> None:
    assert write(split("2 + 3 = 6 (apples). Then", 1)).startswith("2 + 3 = 5")
