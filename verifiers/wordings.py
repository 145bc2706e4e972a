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


# Forms of `is` before a participle; all of them may be left out.
COPULAS: Final = ("is", "are", "gets", "being", "be", "was")
# What stands between two operands whose order is the other way round; the left one is a single operand.
COMPARISONS: Final[tuple[tuple[tuple[str, ...], Operator], ...]] = (
    (("less", "than"), "-"), (("fewer", "than"), "-"), (("more", "than"), "+"), (("greater", "than"), "+"),
)  # fmt: skip
# The same, but the left one may be a product.
TAKEN_FROM: Final = tuple(
    (*copula, *participle, "from")
    for copula in ((), *((copula,) for copula in COPULAS))
    for participle in (("subtracted",), ("taken",), ("taken", "away"), ("deducted",), ("removed",))
)
SYMBOLS: Final[dict[str, Operator]] = {"+": "+", "-": "-", "*": "*", "/": "/", "^": "^"}
# Participles that say an operation; with `is` before them they may mean all that stands before.
PARTICIPLES: Final[tuple[tuple[tuple[str, ...], Operator], ...]] = (
    (("added", "to"), "+"), (("increased", "by"), "+"), (("combined", "with"), "+"), (("decreased", "by"), "-"),
    (("reduced", "by"), "-"), (("multiplied", "by"), "*"), (("multiplied", "with"), "*"), (("divided", "by"), "/"),
    (("raised", "to", "the", "power", "of"), "^"), (("raised", "to"), "^"),
    (("shared", "equally", "between"), "/"), (("shared", "equally", "among"), "/"),
    (("divided", "equally", "by"), "/"), (("divided", "equally", "between"), "/"),
    (("split", "equally", "between"), "/"),
)  # fmt: skip
INFIX: Final[tuple[tuple[tuple[str, ...], Operator], ...]] = (
    (("plus",), "+"),
    (("minus",), "-"),
    (("less",), "-"),
    (("take", "away"), "-"),
    (("times",), "*"),
    (("x",), "*"),
    (("lots", "of"), "*"),
    (("groups", "of"), "*"),
    (("sets", "of"), "*"),
    (("over",), "/"),
    (("to", "the", "power", "of"), "^"),
    (("to", "the", "power"), "^"),
    *PARTICIPLES,
    *(((copula, *words), operator) for copula in COPULAS for words, operator in PARTICIPLES),
)
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
    "halve": "halve", "halving": "halve", "sum": "sum", "summing": "sum", "total": "sum", "totalling": "sum",
    "combine": "sum", "combining": "sum", "remove": "subtract", "removing": "subtract",
}  # fmt: skip
# Verb, what joins its two operands, the operation, and whether the second operand comes first in it.
COMMANDS: Final[tuple[tuple[str, tuple[str, ...], Operator, bool], ...]] = (
    ("add", ("to",), "+", True), ("subtract", ("from",), "-", True), ("take", ("from",), "-", True),
    ("subtract", ("away", "from"), "-", True), ("take", ("away", "from"), "-", True), ("multiply", ("by",), "*", False),
    ("multiply", ("with",), "*", False), ("multiply", ("times",), "*", False), ("sum", ("with",), "+", False),
    ("divide", ("by",), "/", False), ("increase", ("by",), "+", False), ("decrease", ("by",), "-", False),
    ("raise", ("to", "the", "power", "of"), "^", False), ("raise", ("to", "the", "power"), "^", False),
)  # fmt: skip
# Words that may follow a verb without changing what it says.
PARTICLES: Final = {
    "add": ("up", "together", "on", "another"), "sum": ("up", "together"), "multiply": ("together",),
    "subtract": ("another",), "take": ("away", "off", "another"),
}  # fmt: skip
# What names the number with which the next steps begin.
BEGINNINGS: Final = tuple(
    tuple(words.split())
    for words in (
        "think of", "start with", "start from", "start at", "start off with", "start out with", "starting with",
        "starting from", "starting at", "begin with", "begin from", "begin at", "beginning with", "beginning from",
        "take", "taking", "pick", "choose", "imagine", "have", "pick the number", "choose the number",
        "take the number", "think of the number", "start with the number", "begin with the number",
        "starting with the number",
    )
)  # fmt: skip
# The names of a result, and the operation that it must come from where the name says so.
PRONOUNS: Final[dict[tuple[str, ...], str]] = {
    **{(article, noun): operators for article in ("the", "that", "this", "your") for noun, operators in (
        ("result", ""), ("answer", ""), ("total", ""), ("outcome", ""), ("number", ""), ("amount", ""), ("figure", ""),
        ("value", ""), ("sum", "+"), ("product", "*"), ("difference", "-"), ("quotient", "/"), ("remainder", "-"),
    )},
    ("that",): "", ("it",): "", ("this",): "", ("everything",): "",
    ("what", "you", "get"): "", ("what", "you", "have"): "", (): "",
}  # fmt: skip
# What says of a list before it that it is added up.
PUT_TOGETHER: Final = tuple(
    tuple(words.split())
    for words in (
        "added together", "added up", "added", "combined", "in total", "altogether", "all together", "together",
        "add up to", "come to", "make", "sum to", "total", "amount to", "put together", "summed", "summed up",
    )
)  # fmt: skip
# The names of several results, and the operation that all of them must come from.
NAMES_OF_RESULTS: Final = {
    "results": "", "answers": "", "totals": "", "values": "", "outcomes": "", "products": "*", "sums": "+",
    "differences": "-", "quotients": "/",
}  # fmt: skip
ADVERBS: Final = (
    ("then",), ("now",), ("next",), ("finally",), ("lastly",), ("afterwards",), ("after", "that"), ("from", "there"),
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
