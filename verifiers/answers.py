"""The final answer of a text, and whether two answers are the same.

Extraction looks for what the text itself calls its answer (`Answer: 12`, `the answer is 12`, `#### 12`,
`\\boxed{12}`), then for the end of its last equation, then for its last number. Two numeric answers are the
same when their exact values are; `1/2` and `0.5` are one answer. An empty answer equals nothing.
"""

from __future__ import annotations

import re
from fractions import Fraction

from slowthink.verifiers.numerals import CURRENCY_SIGNS, DECIMAL, decimals_needed, read_number, write_decimal

_SIGN = r"(?:[-−](?=[\d.$€£\\]))?"
_NUMBER = (
    rf"{_SIGN}(?:\\?[{CURRENCY_SIGNS}]\s?)?(?:{DECIMAL})(?:[eE][+-]?\d{{1,3}}(?!\d))?(?:\s?/\s?\d{{1,400}}(?![\d/]))?"
)
_FRACTION = rf"{_SIGN}\\[dt]?frac\{{\d{{1,400}}\}}\{{\d{{1,400}}\}}"
NUMBER = re.compile(rf"(?<![\w.])(?:{_FRACTION}|{_NUMBER})")
_BOXED = re.compile(r"\\boxed\s*\{((?:[^{}]|\{[^{}]*\}){1,500})\}")
_NAMED = re.compile(
    r"(?:\bfinal answer|\banswer|\bresult)\b[^\n\d]{0,40}?(?:\bis\b|:|=)\s*\**\s*|####\s*", re.IGNORECASE
)


def extract_number(text: str) -> str | None:
    """The number that a text gives as its answer, as it is written there; None when it has none."""
    boxed = _BOXED.findall(text)
    if boxed and (found := NUMBER.search(boxed[-1])):
        return found[0].strip()
    for named in reversed(list(_NAMED.finditer(text))):
        line = text[named.end() :].split("\n", 1)[0]
        numbers = list(NUMBER.finditer(line))
        if numbers:
            return (numbers[-1] if "=" in line else numbers[0])[0].strip()
    equation = text.rfind("=")
    if equation >= 0 and (after := NUMBER.match(text, _skip_blanks(text, equation + 1))):
        return after[0].strip()
    numbers = list(NUMBER.finditer(text))
    return numbers[-1][0].strip() if numbers else None


def _skip_blanks(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t*":
        at += 1
    return at


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


def plain(value: Fraction) -> str:
    """A value as an answer, exactly: digits, or a fraction where the decimals do not end."""
    decimals = decimals_needed(value)
    return f"{value.numerator}/{value.denominator}" if decimals is None else write_decimal(value, decimals)
