"""Letters that stand for numbers: which formulas are judged, and how."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slowthink.types import Status
from slowthink.verifiers.arithmetic import ArithmeticVerifier
from slowthink.verifiers.assignments import judge_formulas, unfinished_value

DEFINED = "A = (2 + 3) = 5, B = 4 * 5 = 20 and C = -3."


@pytest.mark.parametrize(
    ("formula", "status"),
    [
        ("A - B = 5 - 20", Status.PROVED),
        ("A - B = -15", Status.PROVED),
        ("(A + B) * C = (5 + 20) * -3", Status.PROVED),
        ("A - B = 5 + 20", Status.REFUTED),
        ("A - B - C = 5 - 20 - 3", Status.REFUTED),
        ("A - B = 15", Status.UNKNOWN),
    ],
)
def test_a_formula_is_held_against_what_its_letters_stand_for(formula: str, status: Status) -> None:
    (judgement,) = judge_formulas(f"{DEFINED} Then {formula}.")
    assert judgement.verdict.status is status
    assert judgement.claim.text == formula
    assert (judgement.verdict.witness is not None) == (status is Status.REFUTED)


@pytest.mark.parametrize(
    "text",
    [
        "A + B = 5 + 20.",
        "A = 5, B = 2S. A - B = 5 - 20.",
        "A = 5, B = 20 and B = x. A - B = 5 + 20.",
        "C = 20, C = 2A. A = 16, C - A = 30 - 16.",
        "A = $5, B = 10%. A + B = 5 + 20.",
        "A = 5 and B_1 = 20: A + B = 5 + 21.",
    ],
)
def test_a_letter_that_is_not_known_settles_nothing(text: str) -> None:
    assert not [j for j in ArithmeticVerifier().check(text) if j.verdict.status is Status.REFUTED]


def test_a_formula_that_inherits_a_wrong_number_is_not_wrong_itself() -> None:
    text = "A = 2 + 2 = 5. B = 3 * 3 = 9. A + B = 5 + 9 = 14."
    refuted = [j.claim.text for j in ArithmeticVerifier().check(text) if j.verdict.status is Status.REFUTED]
    assert refuted == ["2 + 2 = 5"]


def test_a_text_that_breaks_off_is_finished_by_its_own_decomposition() -> None:
    text = 'It can be written as "A * B", where A = (1 + 2) and B = (8 - 9 * 2). A = (1 + 2) = (1 + 2) = (1 +'
    assert unfinished_value(text) == -30
    assert unfinished_value(text + " 2). So the answer is 7") is None
    assert unfinished_value(text.replace("where", "with")) is None
    assert unfinished_value(text.replace("B = (8", "B = (x")) is None


@given(st.integers(-99, 99), st.integers(-99, 99), st.integers(1, 99), st.sampled_from("+-*"), st.integers(-3, 3))
def test_a_formula_is_right_or_wrong_as_its_value_is(a: int, b: int, c: int, sign: str, error: int) -> None:
    value = {"+": a + b, "-": a - b, "*": a * b}[sign] / Fraction(c)
    text = f"A = {a}. B = {b}. C = {c}. So (A {sign} B) / C = ({a} {sign} {b}) / {c + error}."
    (judgement,) = judge_formulas(text) or (None,)
    if judgement is None:
        assert c + error == 0
    else:
        is_true = value == value * c / (c + error)
        assert judgement.verdict.status is (Status.PROVED if is_true else Status.REFUTED)
