"""Risk against coverage of a vote, on numbers that can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from slowthink.benchmarks.vote_curve import Ranked, differences, plain
from slowthink.verifiers.voting import given


def ranked(*pairs: tuple[float, float]) -> Ranked:
    return Ranked(np.array([surety for surety, _ in pairs]), np.array([right for _, right in pairs]))


def test_accuracy_among_the_surest() -> None:
    one = ranked((0.9, 1), (0.2, 0), (0.8, 1), (0.4, 0))
    assert [one.accuracy(share) for share in (1.0, 0.75, 0.5, 0.25)] == pytest.approx([0.5, 2 / 3, 1.0, 1.0])


def test_equals_count_with_their_mean() -> None:
    one = ranked((0.9, 1), (0.5, 1), (0.5, 0), (0.1, 0))
    assert one.accuracy(0.5) == pytest.approx((1 + 0.5) / 2)
    assert one.accuracy(0.75) == pytest.approx(2 / 3)


def test_a_resample_makes_both_curves_of_the_same_questions() -> None:
    one = ranked(*((0.1 * k, k % 2) for k in range(10)))
    assert differences(one, one, 0.9) == (0.0, 0.0, 0.0)


def test_tied_answers_count_in_part() -> None:
    votes = {7: {"command-r": given("The answer is 4."), "gemma-2-2b-it": given("The answer is 5.")}}
    found = plain(votes, {7: "4"}, of_all=False)
    assert (found.surety.tolist(), found.right.tolist()) == ([0.5], [0.5])
    assert plain(votes, {7: "4"}, of_all=True).surety.tolist() == [0.125]
