"""Formulas with variables: a closed grammar and an immutable tree, for algebra in running text.

The grammar: numbers, one-letter variables, `+ - * / ^` in their usual spellings, brackets, products without a
sign (`2x`, `3(x+1)`, `xy`), powers as `²`, functions by name, and of LaTeX `\\frac \\sqrt \\cdot \\times \\left
\\right` and function names with a backslash. What convention does not settle is not read: `1/2x`, `-2^2`,
`sin x cos x`, `f(x)`, the imaginary unit, a bare `e` or `d`.

Guaranteed: length, depth and numbers are bounded; no text reaches an interpreter. Not covered: absolute values in
bars, sums and products over a range, matrices, several letters as one name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal

from slowthink.verifiers.numerals import read_decimal

MAX_LENGTH: Final = 400
MAX_DEPTH: Final = 24
FUNCTIONS: Final = frozenset(
    ("sin", "cos", "tan", "exp", "ln", "log", "sqrt", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh")
)
CONSTANTS: Final = frozenset(("pi", "e"))
NOT_VARIABLES: Final = frozenset("dfgijePEI")
"""Letters that stand for a function, a differential, the imaginary unit or Euler's number too often to be variables."""

Operator = Literal["+", "-", "*", "/", "^"]


@dataclass(frozen=True, slots=True)
class Number:
    """A number, never negative when parsed."""

    value: Fraction


@dataclass(frozen=True, slots=True)
class Symbol:
    """A variable of one letter, or one of `CONSTANTS`."""

    name: str


@dataclass(frozen=True, slots=True)
class Negation:
    """Unary minus."""

    operand: Formula


@dataclass(frozen=True, slots=True)
class Operation:
    """A binary operation."""

    operator: Operator
    left: Formula
    right: Formula


@dataclass(frozen=True, slots=True)
class Application:
    """One of `FUNCTIONS` at an argument. `log` without a base is not settled by convention; it is kept as it is."""

    function: str
    argument: Formula


Formula = Number | Symbol | Negation | Operation | Application

_TOKEN = re.compile(
    r"(?P<blank>\s+)|(?P<number>\d[\d,]*(?:\.\d+)?|\.\d+)|\\(?P<command>[A-Za-z]+)|(?P<name>[A-Za-z]+)|"
    r"(?P<sign>\*\*|[-+*/^(){}\[\]×·÷−–²³⁴⋅])"
)
_SIGNS: Final = {"×": "*", "·": "*", "⋅": "*", "÷": "/", "−": "-", "–": "-", "**": "^", "[": "(", "]": ")"}
_RAISED: Final = {"²": 2, "³": 3, "⁴": 4}
_COMMANDS: Final = {"cdot": "*", "times": "*", "div": "/"}
_SILENT: Final = frozenset(("left", "right", "quad", "displaystyle"))
_FRACTIONS: Final = frozenset(("frac", "dfrac", "tfrac"))
_BINDING: Final[dict[str, int]] = {"+": 1, "-": 1, "*": 2, "/": 2, "^": 4}

Token = tuple[str, str]


def parse(text: str) -> Formula | None:
    """The formula that all of `text` is, or None."""
    if len(text) > MAX_LENGTH:
        return None
    given = _tokens(text)
    if not given:
        return None
    parser = _Parser(given)
    formula = parser.sum(1, 0)
    return formula if parser.at == len(given) else None


def _tokens(text: str) -> list[Token] | None:
    """Kinds and texts; None where something is not of the grammar."""
    found: list[Token] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            return None
        at = match.end()
        if match["blank"] and found and found[-1][0] == "symbol":
            found.append(("blank", ""))
        elif match["number"]:
            found.append(("number", match["number"]))
        elif match["sign"]:
            found += _sign(match["sign"])
        elif match["command"] and match["command"] not in _SILENT:
            found.append(_command(match["command"]))
        elif match["name"]:
            found += _names(match["name"])
    return None if ("strange", "") in found else _joined(found)


def _joined(found: list[Token]) -> list[Token] | None:
    """Without blanks; None where letters stand apart as words do (`as x`, `a (b)`), which is no product."""
    for before, token, after in zip([("", ""), *found], found, [*found[1:], ("", "")], strict=False):
        opens = after[0] in ("symbol", "number", "frac") or after in (("sign", "("), ("sign", "{"))
        if token[0] == "blank" and before[0] == "symbol" and opens:
            return None
    return [token for token in found if token[0] != "blank"]


def _sign(sign: str) -> list[Token]:
    if sign in _RAISED:
        return [("sign", "^"), ("number", str(_RAISED[sign]))]
    return [("sign", _SIGNS.get(sign, sign))]


def _command(name: str) -> Token:
    if name in _COMMANDS:
        return "sign", _COMMANDS[name]
    if name in _FRACTIONS:
        return "frac", ""
    if name in FUNCTIONS:
        return "function", name
    return ("symbol", name) if name in CONSTANTS else ("strange", "")


def _names(name: str) -> list[Token]:
    if name in FUNCTIONS:
        return [("function", name)]
    if name in CONSTANTS:
        return [("symbol", name)]
    if len(name) <= 3 and (len(name) == 1 or name.islower()) and not NOT_VARIABLES & set(name):
        return [("symbol", letter) for letter in name]
    return [("strange", "")]


class _Parser:
    """Precedence climbing; a method that fails returns None."""

    def __init__(self, given: list[Token]) -> None:
        self.given = given
        self.at = 0

    def token(self, ahead: int = 0) -> Token:
        at = self.at + ahead
        return self.given[at] if at < len(self.given) else ("", "")

    def sum(self, least: int, depth: int) -> Formula | None:
        left = self.operand(depth)
        is_divided = False
        while left is not None:
            name, width = self.operator()
            if not name or _BINDING[name] < least:
                return left
            if width == 0 and is_divided:  # `1/2x` is written for both readings
                return None
            is_divided = name == "/"
            self.at += width
            right = self.sum(_BINDING[name] + (name != "^"), depth + 1)
            if right is None:
                return None
            left = _operation(name, left, right)
        return None

    def operator(self) -> tuple[str, int]:
        """The operator that stands here and how many tokens it takes: none for a product without a sign."""
        kind, text = self.token()
        if kind == "sign" and text in _BINDING:
            return text, 1
        opens = text == "(" if kind == "sign" else kind in ("symbol", "function", "frac")
        return ("*", 0) if opens and self.at else ("", 0)

    def operand(self, depth: int) -> Formula | None:
        if depth > MAX_DEPTH:
            return None
        kind, text = self.token()
        if kind == "sign" and text in "+-":
            return self._signed(depth)
        if kind == "sign":
            return self._bracketed("(", ")", depth) if text == "(" else self._bracketed("{", "}", depth)
        if kind == "frac":
            self.at += 1
            top = self._bracketed("{", "}", depth)
            bottom = self._bracketed("{", "}", depth) if top is not None else None
            return None if top is None or bottom is None else Operation("/", top, bottom)
        self.at += 1
        if kind == "number":
            value = read_decimal(text)
            return None if value is None else Number(value)
        if kind == "symbol":
            is_alone = text == "e" and self.token() != ("sign", "^")
            return None if is_alone else Symbol(text)
        return self._applied(text, depth) if kind == "function" else None

    def _signed(self, depth: int) -> Formula | None:
        _, sign = self.token()
        self.at += 1
        if self.token()[0] == "sign" and self.token()[1] in "+-":
            return None
        is_number = self.token()[0] == "number"
        if is_number and self.token(1) == ("sign", "^"):  # `-2^2` is written for 4 and for -4
            return None
        inner = self.sum(3, depth + 1)
        return inner if inner is None or sign == "+" else Negation(inner)

    def _bracketed(self, opening: str, closing: str, depth: int) -> Formula | None:
        if self.token() != ("sign", opening):
            return None
        self.at += 1
        inner = self.sum(1, depth + 1)
        if inner is None or self.token() != ("sign", closing):
            return None
        self.at += 1
        return inner

    def _applied(self, function: str, depth: int) -> Formula | None:
        """A function needs its argument in brackets: `sin x cos x` and `sin 2x` are written for different things."""
        if self.token() == ("sign", "{") and function == "sqrt":
            inner = self._bracketed("{", "}", depth)
        else:
            inner = self._bracketed("(", ")", depth)
        return None if inner is None else Application(function, inner)


def _operation(name: str, left: Formula, right: Formula) -> Operation:
    operator: Operator = name  # type: ignore[assignment]
    return Operation(operator, left, right)


def variables(formula: Formula) -> frozenset[str]:
    """The names of the variables, constants not among them."""
    if isinstance(formula, Symbol):
        return frozenset() if formula.name in CONSTANTS else frozenset((formula.name,))
    if isinstance(formula, Operation):
        return variables(formula.left) | variables(formula.right)
    if isinstance(formula, Negation):
        return variables(formula.operand)
    return variables(formula.argument) if isinstance(formula, Application) else frozenset()
