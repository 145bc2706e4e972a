"""The words of arithmetic in English, and sets of possible values with the expressions that have them.

The idea: what the grammar of worded arithmetic knows of English stands here as data: infix words, nouns, shares,
commands and what joins their operands. The operations on `Values` keep every reading that is still possible.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from slowthink.verifiers.expressions import Expression, Negation, Number, Operation, Operator, apply_operator

MAX_VALUES: Final = 6

# What stands from a start to an end: its values, each with one expression that has it.
Values = dict[Fraction, Expression]
Ends = dict[int, Values]


class Ambiguous(Exception):
    """A stretch has more readings than are worth telling apart, or nests too deeply."""


# What stands between two operands whose order is the other way round.
COMPARISONS: Final[tuple[tuple[tuple[str, ...], Operator], ...]] = (
    (("less", "than"), "-"), (("fewer", "than"), "-"), (("more", "than"), "+"), (("greater", "than"), "+"),
    (("subtracted", "from"), "-"), (("is", "subtracted", "from"), "-"), (("taken", "from"), "-"),
    (("is", "taken", "from"), "-"), (("taken", "away", "from"), "-"), (("is", "taken", "away", "from"), "-"),
    (("deducted", "from"), "-"),
)  # fmt: skip
SYMBOLS: Final[dict[str, Operator]] = {"+": "+", "-": "-", "*": "*", "/": "/", "^": "^"}
INFIX: Final[tuple[tuple[tuple[str, ...], Operator], ...]] = (
    (("plus",), "+"), (("added", "to"), "+"), (("increased", "by"), "+"), (("minus",), "-"), (("take", "away"), "-"),
    (("decreased", "by"), "-"), (("reduced", "by"), "-"), (("times",), "*"), (("x",), "*"), (("multiplied", "by"), "*"),
    (("divided", "by"), "/"), (("over",), "/"), (("to", "the", "power", "of"), "^"), (("to", "the", "power"), "^"),
    (("is", "multiplied", "by"), "*"), (("is", "divided", "by"), "/"), (("is", "added", "to"), "+"),
    (("is", "increased", "by"), "+"), (("is", "decreased", "by"), "-"), (("is", "reduced", "by"), "-"),
    (("raised", "to", "the", "power", "of"), "^"), (("raised", "to"), "^"),
)  # fmt: skip
NOUNS: Final[dict[str, Operator]] = {
    "sum": "+", "total": "+", "difference": "-", "product": "*", "quotient": "/", "ratio": "/",
}  # fmt: skip
SHARES: Final = {
    "half": Fraction(1, 2), "third": Fraction(1, 3), "quarter": Fraction(1, 4), "fourth": Fraction(1, 4),
    "fifth": Fraction(1, 5), "sixth": Fraction(1, 6), "seventh": Fraction(1, 7), "eighth": Fraction(1, 8),
    "ninth": Fraction(1, 9), "tenth": Fraction(1, 10),
}  # fmt: skip
MULTIPLES: Final = {"double": 2, "twice": 2, "triple": 3, "thrice": 3, "quadruple": 4, "doubling": 2, "tripling": 3}
POSTFIX: Final[dict[str, tuple[Operator, Fraction]]] = {
    "squared": ("^", Fraction(2)), "cubed": ("^", Fraction(3)), "doubled": ("*", Fraction(2)),
    "tripled": ("*", Fraction(3)), "halved": ("/", Fraction(2)),
}  # fmt: skip
VERBS: Final = {
    "add": "add", "adding": "add", "subtract": "subtract", "subtracting": "subtract", "take": "take", "taking": "take",
    "deduct": "subtract", "deducting": "subtract", "multiply": "multiply", "multiplying": "multiply",
    "divide": "divide", "dividing": "divide", "increase": "increase", "increasing": "increase",
    "decrease": "decrease", "decreasing": "decrease", "reduce": "decrease", "reducing": "decrease",
    "raise": "raise", "raising": "raise", "square": "square", "squaring": "square", "cube": "cube", "cubing": "cube",
    "halve": "halve", "halving": "halve",
}  # fmt: skip
# Verb, what joins its two operands, the operation, and whether the second operand comes first in it.
COMMANDS: Final[tuple[tuple[str, tuple[str, ...], Operator, bool], ...]] = (
    ("add", ("to",), "+", True), ("subtract", ("from",), "-", True), ("take", ("from",), "-", True),
    ("take", ("away", "from"), "-", True), ("take", ("and", "subtract"), "-", False), ("multiply", ("by",), "*", False),
    ("take", ("and", "add"), "+", False), ("multiply", ("with",), "*", False), ("multiply", ("times",), "*", False),
    ("divide", ("by",), "/", False), ("increase", ("by",), "+", False), ("decrease", ("by",), "-", False),
    ("raise", ("to", "the", "power", "of"), "^", False), ("raise", ("to", "the", "power"), "^", False),
)  # fmt: skip
PRONOUNS: Final = (
    ("the", "result"), ("the", "answer"), ("the", "total"), ("the", "sum"), ("the", "product"), ("the", "difference"),
    ("the", "quotient"), ("the", "outcome"), ("that", "result"), ("that", "number"), ("that",), ("it",), ("this",), (),
)  # fmt: skip
SEPARATORS: Final = (
    (",", "and", "then"), (",", "then"), ("and", "then"), ("then",), (",", "and"), ("and",), (",",), (".", "then"),
    (".", "now"), (";", "then"),
)  # fmt: skip


ON_RESULT: Final[dict[str, tuple[Operator, int]]] = {
    "double": ("*", 2), "triple": ("*", 3), "halve": ("/", 2), "square": ("^", 2), "cube": ("^", 3),
}  # fmt: skip


def constant(value: Fraction) -> Values:
    """One value, without a choice."""
    return {value: Number(value)}


def negated(values: Values) -> Values:
    """The values with their signs changed."""
    return {-value: Negation(expression) for value, expression in values.items()}


def combine(operator: Operator, left: Values, right: Values) -> Values:
    """Every value of the operation over the values of both sides."""
    combined: Values = {}
    for first, first_expression in left.items():
        for second, second_expression in right.items():
            value = apply_operator(operator, first, second)
            if value is None:
                # An undefined or too large value must not make another reading look like the only one.
                raise Ambiguous
            combined.setdefault(value, Operation(operator, first_expression, second_expression))
    return combined


def merge(ends: Ends, end: int, values: Values) -> None:
    """Adds the values that can end at `end`."""
    known = ends.setdefault(end, {})
    for value, expression in values.items():
        known.setdefault(value, expression)
    if len(known) > MAX_VALUES:
        raise Ambiguous


def merge_all(ends: Ends, others: Ends) -> None:
    """Adds all that `others` has."""
    for end, values in list(others.items()):
        merge(ends, end, values)
