"""Extraction and equality of answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slowthink.verifiers.answers import extract_number, plain, same_answer, stated_number, value_of


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("7 * 4 = 28. 28 + 64 = 92", "92"),
        ("The answer is 12 apples, not 13.", "12"),
        ("First 3, then 4.\nAnswer: 7\n", "7"),
        ("so we get #### 1,234", "1,234"),
        (r"thus \boxed{42}. The answer is 3", "42"),
        ("**Final Answer:** $18", "$18"),
        ("He pays $4.50.", "$4.50"),
        ("The answer is 3 + 4 = 7", "7"),
        ("It is -5", "-5"),
        ("a ratio of 3/4", "3/4"),
        ("no number at all", None),
        ("", None),
    ],
)
def test_extraction(text: str, answer: str | None) -> None:
    assert extract_number(text) == answer


@pytest.mark.parametrize(
    ("left", "right"), [("1/2", "0.5"), ("1,000", "1000"), ("$18", "18"), ("7.", "7"), ("Yes", " yes")]
)
def test_one_answer(left: str, right: str) -> None:
    assert same_answer(left, right)


def test_an_empty_answer_equals_nothing() -> None:
    assert not same_answer("", "")
    assert not same_answer(None, None)
    assert not same_answer("3", "4")


@given(st.fractions(max_denominator=10**6))
def test_plain_reads_back(value: object) -> None:
    from fractions import Fraction

    assert isinstance(value, Fraction)
    assert value_of(plain(value)) == value


@given(st.text(max_size=300))
def test_any_text(text: str) -> None:
    extract_number(text)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("The answer is 12.", "12"),
        ("7 * 4 + 8 * 8", "8"),
        ("Answer: 7 * 4 + 8 * 8 = 92", "92"),
        ("8 - 4", "4"),
        ("20 - 4 * 3", "3"),
        ("#### 18", "18"),
        (r"so \boxed{41}", "41"),
        ("there are 4 blue and 6 red ones", "6"),
        ("none", None),
    ],
)
def test_a_stated_number_is_written_there_and_never_worked_out(text: str, number: str | None) -> None:
    assert stated_number(text) == number
