"""Rates of workers: what is counted between the ramp and the drain."""

import pytest

from slowthink.benchmarks.scale import Moment, steady
from slowthink.errors import InputError


def moments(workers: int, items: int, each: float) -> list[Moment]:
    """Workers with one seat each, that answer one item after the other."""
    found = []
    for number in range(items):
        begin = number * each
        for worker in range(workers):
            found += [Moment(False, worker, begin + worker / 1000), Moment(True, worker, begin + each + worker / 1000)]
    return sorted(found, key=lambda one: one.at)


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_the_steady_rate_is_that_of_the_middle(workers: int) -> None:
    counted, seconds = steady(moments(workers, 200, 0.5), 1)
    assert counted / seconds == pytest.approx(workers * 2, rel=0.02)


def test_a_slow_start_and_a_long_end_do_not_count() -> None:
    middle = moments(1, 100, 0.5)
    late = [Moment(one.is_answer, 0, one.at + 60) for one in middle]
    late[-1] = Moment(True, 0, 1000.0)
    counted, seconds = steady(late, 1)
    assert counted / seconds == pytest.approx(2.0, rel=0.02)


def test_too_few_items() -> None:
    with pytest.raises(InputError, match="Give --limit 200 or more"):
        steady(moments(2, 3, 0.5), 16)
