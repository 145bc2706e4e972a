"""Answers as strategies use them: the number in a text, its value, whether two are one, how one is written.

The work is done by `extraction`, where a text says its answer, and `equivalence`, which compares answers of every kind
and knows what it cannot tell. Here a comparison is a plain yes or no, and exact: `1/2` and `0.5` are one answer, and so
are words that differ in case only. An empty answer equals nothing.
"""

from __future__ import annotations

from fractions import Fraction

from slowthink.verifiers.answer_numbers import plain
from slowthink.verifiers.extraction import extract_answer, extract_number
from slowthink.verifiers.numerals import read_number

__all__ = ["extract_answer", "extract_number", "plain", "same_answer", "value_of"]


def value_of(answer: str | None) -> Fraction | None:
    """The exact value of a numeric answer; None when it is not one number."""
    return None if answer is None else read_number(answer.strip().rstrip("."))


def same_answer(left: str | None, right: str | None) -> bool:
    """Whether two answers are one: by exact value where both are numbers, else by their words."""
    if not left or not right or not left.strip() or not right.strip():
        return False
    a, b = value_of(left), value_of(right)
    if a is not None and b is not None:
        return a == b
    return " ".join(left.split()).casefold() == " ".join(right.split()).casefold()
