"""Numbers read and written exactly."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slowthink.verifiers.numerals import (
    could_become,
    is_acceptable_writing,
    read_number,
    write_decimal,
    write_number,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,234.5", Fraction(2469, 2)), ("-$3,500", Fraction(-3500)), ("$-2", Fraction(-2)), ("\\$5", Fraction(5)),
        ("−7", Fraction(-7)), ("12%", Fraction(3, 25)), ("1 1/2", Fraction(3, 2)), ("½", Fraction(1, 2)),
        ("2½", Fraction(5, 2)), ("\\frac{1}{2}", Fraction(1, 2)), ("1e3", Fraction(1000)), (".5", Fraction(1, 2)),
        ("twenty-seven", Fraction(27)), ("a hundred and five", Fraction(105)), ("three thousand", Fraction(3000)),
        ("two thousand and five", Fraction(2005)), ("one million two hundred thousand", Fraction(1200000)),
        ("zero", Fraction(0)), ("1{,}000", Fraction(1000)),
    ],
)  # fmt: skip
def test_read(text: str, value: Fraction) -> None:
    assert read_number(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "12,5",
        "1.2.3",
        "1 3/2",
        "3/0",
        "five twenty",
        "and five",
        "hundred",
        "9" * 5000,
        "1e99999",
        "--",
        "5 6",
    ],
)
def test_decline(text: str) -> None:
    assert read_number(text) is None


@pytest.mark.parametrize(
    ("value", "like", "text"),
    [
        (Fraction(56), "54", "56"), (Fraction(3600), "3,500", "3,600"), (Fraction(60), "$70", "$60"),
        (Fraction(15, 2), "$7", "$7.50"), (Fraction(1, 8), "14%", "12.5%"), (Fraction(10, 3), "4", "3.33"),
        (Fraction(11, 4), "5/4", "11/4"), (Fraction(5), "4.00", "5.00"), (Fraction(-3), "4", "-3"),
        (Fraction(1200), "$900", "$1,200"), (Fraction(-3), "$4", "-$3"),
    ],
)  # fmt: skip
def test_write_in_the_style_of(value: Fraction, like: str, text: str) -> None:
    assert write_number(value, like) == text


def test_acceptable_writings() -> None:
    third = Fraction(10, 3)
    assert all(is_acceptable_writing(third, text) for text in ("3.33", "3.3", "3", "3.333333", "$3.33", "333%"))
    assert not any(is_acceptable_writing(third, text) for text in ("3.34", "4", "3.32", "10/4", "word"))
    assert is_acceptable_writing(Fraction(2, 3), "0.66")
    assert is_acceptable_writing(Fraction(2, 3), "0.67")


@given(st.fractions(min_value=-(10**6), max_value=10**6, max_denominator=1000), st.integers(0, 6), st.booleans())
def test_every_prefix_of_an_acceptable_writing_could_become_it(value: Fraction, decimals: int, grouped: bool) -> None:
    text = write_decimal(value, decimals, grouped)
    assert is_acceptable_writing(value, text)
    assert all(could_become(text[:end], value) for end in range(len(text) + 1))


def test_what_cannot_become_the_value() -> None:
    assert not could_become("54", Fraction(56))
    assert not could_become("-5", Fraction(56))
    assert could_become("5", Fraction(56))


@given(st.text(max_size=60))
def test_nothing_raises(text: str) -> None:
    read_number(text)
    is_acceptable_writing(Fraction(1, 3), text)
    could_become(text, Fraction(7, 2))
    write_number(Fraction(7, 3), text)
