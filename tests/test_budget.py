"""The account of a run holds exactly, whatever is reserved and spent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slowthink.budget import Ledger
from slowthink.errors import BudgetExhausted
from slowthink.types import Budget, Usage


def test_no_bound_allows_everything() -> None:
    ledger = Ledger(Budget())
    assert ledger.reserve(10, 500, 4, 8) == 500
    assert ledger.remaining_tokens is None


def test_rows_write_less_when_little_is_left() -> None:
    ledger = Ledger(Budget(tokens=100))
    assert ledger.reserve(20, 500, 2, 8) == 40
    assert ledger.remaining_tokens == 0
    ledger.settle(100, Usage(tokens=30))
    assert ledger.remaining_tokens == 70


def test_too_little_is_refused_before_anything_is_spent() -> None:
    ledger = Ledger(Budget(tokens=100))
    with pytest.raises(BudgetExhausted, match="needs 106 tokens and 100 of 100"):
        ledger.reserve(98, 50, 1, 8)
    assert ledger.remaining_tokens == 100


def test_no_time_left() -> None:
    with pytest.raises(BudgetExhausted, match="seconds"):
        Ledger(Budget(seconds=0)).reserve(1, 1, 1, 1)


@given(
    st.integers(0, 500),
    st.lists(st.tuples(st.integers(0, 60), st.integers(1, 80), st.integers(1, 4), st.floats(0, 1)), max_size=20),
)
def test_never_more_than_the_budget(bound: int, steps: list[tuple[int, int, int, float]]) -> None:
    """Any order of overlapping steps, each spending any share of what it reserved, stays within the bound."""
    ledger = Ledger(Budget(tokens=bound))
    pending: list[tuple[int, float]] = []
    for fixed, wanted, rows, share in steps:
        try:
            allowed = ledger.reserve(fixed, wanted, rows, 4)
        except BudgetExhausted:
            continue
        assert allowed <= wanted
        pending.append((fixed + rows * allowed, share))
        if len(pending) > 2:
            reserved, part = pending.pop(0)
            ledger.settle(reserved, Usage(tokens=int(reserved * part)))
    for reserved, part in pending:
        ledger.settle(reserved, Usage(tokens=int(reserved * part)))
    assert ledger.usage.tokens <= bound
    assert ledger.remaining_tokens == bound - ledger.usage.tokens
