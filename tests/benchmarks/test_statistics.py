"""Intervals against published values and against brute force."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slowthink.benchmarks.statistics import mean_gain, paired_gain, sign_test, wilson
from slowthink.benchmarks.symbolic import MUST_HAVE, questions
from slowthink.verifiers.reader import read


def test_wilson_by_hand() -> None:
    low, high = wilson(10, 100)
    assert math.isclose(low, 0.05523, abs_tol=1e-4)
    assert math.isclose(high, 0.17437, abs_tol=1e-4)
    assert wilson(0, 0) == (0.0, 1.0)


@given(st.integers(1, 400), st.data())
def test_wilson_holds_the_share(n: int, data: st.DataObject) -> None:
    right = data.draw(st.integers(0, n))
    low, high = wilson(right, n)
    assert 0 <= low <= right / n <= high <= 1


def test_mean_gain_of_shares() -> None:
    before, after = [0.0, 0.5, 1.0, 0.2] * 50, [0.5, 0.5, 1.0, 0.4] * 50
    gain, least, most = mean_gain(before, after)
    assert math.isclose(gain, 0.175)
    assert 0.1 < least < gain < most < 0.25
    assert mean_gain(before, before) == (0.0, 0.0, 0.0)
    with pytest.raises(ValueError, match="of one length"):
        mean_gain([1.0], [])


def test_sign_test_is_exact() -> None:
    assert sign_test([False] * 5, [True] * 5) == 2 / 2**5
    assert sign_test([True, False], [True, False]) == 1.0


def test_paired_gain() -> None:
    gain, low, high = paired_gain([False] * 50 + [True] * 50, [True] * 80 + [False] * 20)
    assert gain == pytest.approx(0.3)
    assert low < 0.3 < high
    with pytest.raises(ValueError, match="one length"):
        paired_gain([True], [])


def test_symbolic_questions_have_their_shape_and_the_reader_agrees() -> None:
    rows = questions(120, seed=3)
    assert rows == questions(120, seed=3)
    for row in rows:
        assert MUST_HAVE[row["shape"]] in row["prompt"]
        reading = read(row["prompt"])
        assert reading is not None, row
        assert reading.value == Fraction(row["gold"]), row
