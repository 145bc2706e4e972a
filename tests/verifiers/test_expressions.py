"""The closed grammar: precedence, declines, bounds, and the canonical text."""

from __future__ import annotations

import time
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slowthink.verifiers.expressions import Expression, Negation, Number, Operation, Operator, evaluate, parse, write


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7 * 4 + 8 * 8", 92), ("2(3+4)", 14), ("(2)(3)", 6), ("2^3^2", 512), ("(-2)^2", 4), ("100 - 3 - 4", 93),
        ("8 ÷ 2 × 4", 16), ("1 1/2 + ½", 2), (r"\frac{1}{2} \times 4", 2), (r"\left(3 + 4\right) \cdot 2", 14),
        ("$1,000 x 3", 3000), ("20% * 50", 10), ("3 - -2", 5), ("2 * -3", -6), ("[1 + 2] * 3", 9),
        (r"\frac12", Fraction(1, 2)),
    ],
)  # fmt: skip
def test_values(text: str, value: int | Fraction) -> None:
    expression = parse(text)
    assert expression is not None
    assert evaluate(expression) == value


@pytest.mark.parametrize(
    "text",
    ["", "6/2(1+2)", "-2^2", "7x", "5!", "17 % 5", "1 2", "(1", "1)", "+", "2 3/4/", "__import__('os')", "1//2", "()"],
)
def test_what_is_not_read(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize(
    "text", ["9**9**9", "1/0", "0^0", "2^(1/2)", "9" * 399 + "*" + "9" * 399 + "*" + "9" * 399 + "*" + "9" * 399]
)
def test_beyond_the_bounds_there_is_no_value(text: str) -> None:
    expression = parse(text)
    assert expression is not None
    assert evaluate(expression) is None


def test_deep_nesting_is_declined_at_once() -> None:
    started = time.perf_counter()
    assert parse("(" * 10_000 + "1" + ")" * 10_000) is None
    assert parse("(" * 100 + "1" + ")" * 100) is None
    assert parse("-" * 100 + "1") is None
    assert time.perf_counter() - started < 0.5


OPERATORS: st.SearchStrategy[Operator] = st.sampled_from(["+", "-", "*", "/"])


def _grow(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    return st.one_of(st.builds(Operation, OPERATORS, inner, inner), st.builds(Negation, inner))


EXPRESSIONS = st.recursive(st.integers(0, 99).map(lambda n: Number(Fraction(n))), _grow, max_leaves=8)


@given(EXPRESSIONS)
def test_the_canonical_text_has_the_same_value(expression: Expression) -> None:
    again = parse(write(expression))
    assert again is not None
    assert evaluate(again) == evaluate(expression)
    assert write(again) == write(expression)
