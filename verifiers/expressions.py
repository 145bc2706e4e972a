"""Arithmetic expressions: a closed grammar, an immutable tree, exact evaluation within bounds.

The grammar: `+ - * / ^` in all their spellings with ordinary precedence, brackets, unary minus, percent,
mixed numbers, `\\frac{}{}`, and multiplication without a sign before a bracket, `2(3+4)`. What convention does
not settle is not read: `6/2(1+2)` and `-2^2` give None.

Guaranteed: values are exact `Fraction`s; the number of tokens, the depth, and the size of every intermediate
value are bounded before computing, and beyond a bound the result is None, at once. Text never reaches an
interpreter of any kind.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal

from slowthink.verifiers.numerals import decimals_needed, write_decimal
from slowthink.verifiers.tokens import Token, tokens

MAX_TOKENS: Final = 256
MAX_DEPTH: Final = 32
MAX_BITS: Final = 4096
MAX_EXPONENT: Final = 1000

Operator = Literal["+", "-", "*", "/", "^"]


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it stands in the text, `1 1/2` and `20%` included; never negative when parsed."""

    value: Fraction


@dataclass(frozen=True, slots=True)
class Negation:
    """Unary minus."""

    operand: Expression


@dataclass(frozen=True, slots=True)
class Operation:
    """A binary operation."""

    operator: Operator
    left: Expression
    right: Expression


Expression = Number | Negation | Operation

_BINDING: Final[dict[str, int]] = {"+": 1, "-": 1, "*": 2, "/": 2, "^": 4}


_TIGHT_FRACTION: Final = re.compile(r"\d[/⁄]\d")
_OTHER_DIVISION: Final = re.compile(
    r"÷|(?:\^|\*\*)\s*\d+[/⁄]|\s[/⁄]|[/⁄]\s|\d[/⁄]\d+(?:\.\d+)?\s*[/⁄(]|\d\s*[-–]\d+[/⁄]\d|"
    r"\b(?:divided?|dividing|over|quotient|into|power|raised)\b",
    re.IGNORECASE,
)
_FACTORIAL: Final = re.compile(r"[\d)\]]\s*!(?!=)")
_RADIX: Final = re.compile(r"\b0[xXbBoO][0-9a-fA-F]")


def is_ambiguous(text: str) -> bool:
    """Whether the typing leaves open what belongs together.

    A fraction written tightly beside another division or a power (`1/2 ÷ 1/4`, `9^1/2`, `1/2(3+4)`, `2-1/2`), a
    factorial that may be an exclamation mark, a number in another base.
    """
    if _TIGHT_FRACTION.search(text) and _OTHER_DIVISION.search(text):
        return True
    return _FACTORIAL.search(text) is not None or _RADIX.search(text) is not None


def parse(text: str) -> Expression | None:
    """The expression that all of `text` is, or None."""
    if len(text) > 8 * MAX_TOKENS or is_ambiguous(text):
        return None
    return parse_tokens([token for token in tokens(text) if token.kind != "cur"])


def parse_tokens(given: Sequence[Token]) -> Expression | None:
    """The expression that all the tokens are, or None."""
    if not given or len(given) > MAX_TOKENS:
        return None
    if len(given) == 1:
        return None if given[0].kind != "num" or given[0].value is None else Number(given[0].value)
    parser = _Parser(given)
    expression = parser.sum(1, 0)
    return expression if parser.position == len(given) else None


class _Parser:
    """Precedence climbing; every method returns None on failure and leaves the position where it is."""

    def __init__(self, given: Sequence[Token]) -> None:
        self.given = given
        self.kinds = [*(token.kind for token in given), "", ""]
        self.position = 0

    def kind(self, ahead: int = 0) -> str:
        return self.kinds[self.position + ahead]

    def sum(self, least: int, depth: int) -> Expression | None:
        """An expression of operators that bind at least as tightly as `least`."""
        left = self.operand(depth)
        is_divided = False
        while left is not None:
            name, width = self.operator()
            if not name or _BINDING[name] < least:
                return left
            if width == 0 and is_divided:
                # `6/2(1+2)`: convention does not settle it
                return None
            is_divided = name == "/"
            self.position += width
            right = self.sum(_BINDING[name] + (name != "^"), depth + 1)
            if right is None:
                return None
            left = _operation(name, left, right)
        return None

    def operator(self) -> tuple[str, int]:
        """The operator that stands here and how many tokens it takes (none for a product without a sign)."""
        kind = self.kind()
        if kind == "op":
            name = self.given[self.position].name
            return (name, 1) if name in _BINDING else ("", 0)
        if kind == "word" and self.given[self.position].name == "x" and self.kind(1) in ("num", "(", "frac"):
            return "*", 1
        if kind in ("(", "frac") and self.position and self.kind(-1) in ("num", ")", "}"):
            return "*", 0
        return "", 0

    def operand(self, depth: int) -> Expression | None:
        if depth > MAX_DEPTH:
            return None
        kind = self.kind()
        if kind == "op" and self.given[self.position].name in "+-":
            name = self.given[self.position].name
            self.position += 1
            if self.kind() == "op" and self.given[self.position].name == name:
                return None
            # `-2^2` is written for both -4 and 4, so a power under a sign is not read.
            inner = self.operand(depth + 1)
            if inner is None or (self.kind() == "op" and self.given[self.position].name == "^"):
                return None
            return Negation(inner) if name == "-" else inner
        result: Expression | None = None
        if kind == "num":
            value = self.given[self.position].value
            result = None if value is None else Number(value)
            self.position += 1
        elif kind == "(":
            result = self.bracketed("(", ")", depth)
        elif kind == "frac":
            result = self.fraction(depth)
        return self.percent(result) if result is not None else None

    def percent(self, operand: Expression) -> Expression | None:
        if self.kind() != "%":
            return operand
        self.position += 1
        if self.kind() in ("num", "%", "("):
            return None
        if isinstance(operand, Number):
            return Number(operand.value / 100)
        return Operation("/", operand, Number(Fraction(100)))

    def bracketed(self, opening: str, closing: str, depth: int) -> Expression | None:
        if self.kind() != opening:
            return None
        self.position += 1
        inner = self.sum(1, depth + 1)
        if inner is None or self.kind() != closing:
            return None
        self.position += 1
        return inner

    def fraction(self, depth: int) -> Expression | None:
        self.position += 1
        if self.kind() == "num":
            token = self.given[self.position]
            if len(token.name) != 2 or not token.name.isdigit() or token.name[1] == "0":
                return None
            self.position += 1
            return Operation("/", Number(Fraction(int(token.name[0]))), Number(Fraction(int(token.name[1]))))
        top = self.bracketed("{", "}", depth)
        bottom = self.bracketed("{", "}", depth) if top is not None else None
        return None if top is None or bottom is None else Operation("/", top, bottom)


def _operation(name: str, left: Expression, right: Expression) -> Operation:
    operator: Operator = name  # type: ignore[assignment]
    return Operation(operator, left, right)


def evaluate(expression: Expression) -> Fraction | None:
    """The exact value; None for a division by zero, a power that is no rational, or a size beyond the bounds."""
    if isinstance(expression, Number):
        return expression.value if _is_small(expression.value) else None
    if isinstance(expression, Negation):
        inner = evaluate(expression.operand)
        return None if inner is None else -inner
    left, right = evaluate(expression.left), evaluate(expression.right)
    if left is None or right is None:
        return None
    return apply_operator(expression.operator, left, right)


def apply_operator(operator: Operator, left: Fraction, right: Fraction) -> Fraction | None:
    """One operation, exactly; None under the conditions of `evaluate`."""
    if operator == "^":
        return _power(left, right)
    if operator == "/" and right == 0:
        return None
    if operator == "+":
        value = left + right
    elif operator == "-":
        value = left - right
    elif operator == "*":
        value = left * right
    else:
        value = left / right
    return value if _is_small(value) else None


def _is_small(value: Fraction) -> bool:
    return value.numerator.bit_length() <= MAX_BITS and value.denominator.bit_length() <= MAX_BITS


def _power(base: Fraction, exponent: Fraction) -> Fraction | None:
    if exponent.denominator != 1 or abs(exponent) > MAX_EXPONENT or (base == 0 and exponent <= 0):
        return None
    bits = max(base.numerator.bit_length(), base.denominator.bit_length())
    if bits * abs(exponent.numerator) > MAX_BITS:
        return None
    return Fraction(base**exponent.numerator)


def count_operators(expression: Expression) -> int:
    """How many binary operators the expression has."""
    if isinstance(expression, Operation):
        return 1 + count_operators(expression.left) + count_operators(expression.right)
    return count_operators(expression.operand) if isinstance(expression, Negation) else 0


def write(expression: Expression) -> str:
    """The canonical text: `*` and `/`, single spaces, and only the brackets that are needed."""
    return _write(expression)[0]


def _write(expression: Expression) -> tuple[str, int]:
    if isinstance(expression, Number):
        if expression.value.denominator == 1 and _is_small(expression.value):
            return str(expression.value.numerator), 5 if expression.value >= 0 else 3
        decimals = decimals_needed(expression.value)
        if decimals is not None:
            return write_decimal(expression.value, decimals), 5 if expression.value >= 0 else 3
        return f"({expression.value.numerator}/{expression.value.denominator})", 5
    if isinstance(expression, Negation):
        inner, binding = _write(expression.operand)
        return "-" + (inner if binding >= 5 else f"({inner})"), 3
    binding = _BINDING[expression.operator]
    left, left_binding = _write(expression.left)
    right, right_binding = _write(expression.right)
    if left_binding < binding or (expression.operator == "^" and left_binding <= binding):
        left = f"({left})"
    if right_binding <= binding or right_binding == 3:
        right = f"({right})"
    return f"{left} {expression.operator} {right}", binding
