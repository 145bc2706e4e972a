"""Answers as strategies use them: the number in a text, its value, whether two are one, how one is written.

The work is done by `extraction`, where a text says its answer, and `equivalence`, which compares answers of every kind
and knows what it cannot tell. Here a comparison is a plain yes or no, and exact: `1/2` and `0.5` are one answer, and so
are words that differ in case only. An empty answer equals nothing.
"""

from __future__ import annotations

import re
from fractions import Fraction

from slowthink.verifiers.answer_numbers import NUMBER, plain
from slowthink.verifiers.extraction import extract_answer, extract_number
from slowthink.verifiers.numerals import read_number

__all__ = ["extract_answer", "extract_number", "plain", "same_answer", "stated_number", "value_of"]

_BOXED = re.compile(r"\\boxed\s*\{((?:[^{}]|\{[^{}]*\}){1,500})\}")
_NAMED = re.compile(
    r"(?:\bfinal answer|\banswer|\bresult)\b[^\n\d]{0,40}?(?:\bis\b|:|=)\s*\**\s*|####\s*", re.IGNORECASE
)


def stated_number(text: str) -> str | None:
    """The number that a text itself writes as its answer; None when it has none.

    Unlike `extract_number` it works nothing out: a sum that a model left undone is no answer of the model's, and must
    not become one here. It takes what the text calls its answer, else the end of its last equation, else its last
    number.
    """
    boxed = _BOXED.findall(text)
    if boxed and (found := NUMBER.search(boxed[-1])):
        return found[0].strip()
    for named in reversed(list(_NAMED.finditer(text))):
        line = text[named.end() :].split("\n", 1)[0]
        numbers = list(NUMBER.finditer(line))
        if numbers:
            return (numbers[-1] if "=" in line else numbers[0])[0].strip()
    equation = text.rfind("=")
    rest = text[equation + 1 :].lstrip(" \t*")
    if equation >= 0 and (after := NUMBER.match(rest)):
        return after[0].strip()
    numbers = list(NUMBER.finditer(text))
    return numbers[-1][0].strip() if numbers else None


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
