"""What else than a wrong sum a pair of unequal sides may be: a range, a score, an average, a chain that runs on.

The idea: each of these is a way in which people write something true that reads like a false sum. Most are tested by
computing: the sum is read in the other way, and only if that comes to what stands there is it a doubt. A doubt makes a
refutation impossible and proves nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Final

from slowthink.verifiers.claims import Pair, Side
from slowthink.verifiers.expressions import Expression, Negation, Number, Operation, evaluate, parse_tokens
from slowthink.verifiers.phrasing import word_set
from slowthink.verifiers.surroundings import match_forward
from slowthink.verifiers.tokens import Token
from slowthink.verifiers.units import conversion_doubt


def other_meaning(text: str, pair: Pair, left: Fraction, right: Fraction) -> str:
    """What else a pair of unequal sides may mean; empty where nothing else is seen."""
    return (
        _of_bare_numbers(text, pair)
        or _of_parts(pair, left)
        or _of_dashes(text, pair, left, right)
        or _of_other_sums(text, pair, left, right)
        or conversion_doubt(pair.left, pair.right, left, right)
    )


def _of_bare_numbers(text: str, pair: Pair) -> str:
    """Doubts about claims that are supposed, or that say of two numbers that they are one."""
    if _HYPOTHETICAL.search(text, max(0, pair.left.start - 24), pair.left.start):
        return "it is supposed, not claimed"
    if isinstance(pair.left.expression, Operation) or isinstance(pair.right.expression, Operation):
        return ""
    if pair.left.words or pair.right.words:
        return "two quantities with units"
    if any(token.kind == "%" for token in (*pair.left.items, *pair.right.items)):
        return "a percentage of something"
    if pair.is_worded or not pair.left.is_chained:
        return "two numbers and no sum"
    return ""


def _of_parts(pair: Pair, left: Fraction) -> str:
    if pair.left.numeral is not None and (pair.is_worded or pair.left.items[-1].kind == "%") and pair.left.is_led:
        return "a part of something"
    if pair.left.numeral is not None and pair.left.words and 0 < left < 1:
        return "a part of something"
    return ""


def _of_dashes(text: str, pair: Pair, left: Fraction, right: Fraction) -> str:
    """A dash may be a minus, a range, a score, or stand behind the number of an item."""
    if pair.left.is_dashed and _with_first_negated(pair.left.expression) == right:
        return "the dash may be a minus"
    if _with_brackets_negative(pair, left, right):
        return "a number in brackets may be a negative one"
    if _is_date(pair, right):
        return "a date and its year"
    if _is_range(text, pair, right):
        return "a range, not a difference"
    if _is_score(text, pair, right):
        return "a score, not a difference"
    if _is_numbered(text, pair, right):
        return "the first number may be that of an item"
    if left == -right and _DIFFERENCE.search(text, max(0, pair.left.start - 100), pair.left.start):
        return "a difference without its sign"
    return ""


def _of_other_sums(text: str, pair: Pair, left: Fraction, right: Fraction) -> str:
    """The same signs read in another way: another division, other separators, a running total."""
    if right in _divided_as_a_whole(pair.left.expression) or left in _divided_as_a_whole(pair.right.expression):
        return "all of the sum may be meant to be divided"
    if _has_points_of_thousands(pair):
        return "a point may separate thousands"
    terms = _terms(pair.left.expression)
    if terms > 1 and right * terms == left:
        return "an average may be meant"
    if _REMAINDER.search(text, max(0, pair.left.start - 60), pair.left.start) and _is_quotient(pair.left.expression):
        return "a remainder, not a quotient"
    if _is_float(pair, left, right):
        return "right as far as a machine's numbers go"
    for side, value in ((pair.left, left), (pair.right, right)):
        unit = _scientific_unit(side, value)
        if unit is not None and abs(left - right) < unit:
            return "right at the precision shown"
    return "a chain that runs on" if _runs_on(pair, left, right) else ""


_HYPOTHETICAL = re.compile(
    r"\b(?:if|whether|suppose|assume|not|check|that|does|did|can|could|would)\b[^\w.]{0,3}$|(?:n't|[≠!])\W{0,3}$", re.I
)


_REMAINDER = re.compile(r"\b(?:remainder|remaining|mod|modulo|residue)\b[^.\n]*$", re.I)
_DIFFERENCE = re.compile(r"\b(?:difference|between|apart|distance|gap|away|closer|further|change[ds]?)\b[^\n.]*$", re.I)


def _divided_as_a_whole(expression: Expression) -> Iterator[Fraction]:
    """The value of `25 + 75 / 2` where it is written for an average."""
    if not isinstance(expression, Operation) or expression.operator not in "+-":
        return
    last = expression.right
    if isinstance(last, Operation) and last.operator == "/" and isinstance(last.right, Number):
        whole = evaluate(Operation("/", Operation(expression.operator, expression.left, last.left), last.right))
        if whole is not None:
            yield whole


def _runs_on(pair: Pair, left: Fraction, right: Fraction) -> bool:
    """Whether one side stands for a part of itself, as in `5 + 3 = 8 - 2 = 6`; what is in brackets goes together."""
    beginnings = () if pair.right.items[0].kind == "(" else tuple(_beginnings(pair.right.expression))
    if left in beginnings:
        return True
    if not pair.left.is_chained or match_forward(pair.left.items, 0, len(pair.left.items)) == len(pair.left.items):
        return False
    endings = set(_endings(pair.left.expression))
    return right in endings or not endings.isdisjoint(beginnings)


def _is_quotient(expression: Expression) -> bool:
    return isinstance(expression, Operation) and expression.operator == "/"


def _terms(expression: Expression) -> int:
    """How many terms are added in a plain sum; 1 where it is none."""
    if isinstance(expression, Operation) and expression.operator == "+":
        return _terms(expression.left) + _terms(expression.right)
    return 1


def _ends_of_dash(text: str, pair: Pair) -> tuple[Fraction, Fraction, bool] | None:
    """The numbers of `10-12` or `10 - 12`, and whether nothing stands between them and the dash."""
    items = pair.left.items
    if len(items) != 3 or items[1].name != "-" or items[0].value is None or items[2].value is None:
        return None
    if text[items[1].start] not in "-–":  # a true minus sign stands for nothing else
        return None
    is_tight = items[0].end == items[1].start and items[1].end == items[2].start
    return items[0].value, items[2].value, is_tight


_HOURS: Final = word_set("hour hours hr hrs")


def _is_range(text: str, pair: Pair, claimed: Fraction) -> bool:
    """`pages 10-12 = 3 pages`, `9 - 5 = 8 hours`: a dash between numbers that may be two ends."""
    ends = _ends_of_dash(text, pair)
    if ends is None:
        return False
    first, last, is_tight = ends
    if last > first and claimed > 0 and (is_tight or claimed == last - first + 1):
        return True
    is_day = not _HOURS.isdisjoint(pair.right.words) and first <= 12 >= last
    return is_day and claimed in (last - first + 12, last - first)


_SCORED: Final = word_set("point points pts set sets goal goals win wins won game games match matches lead record")


def _is_score(text: str, pair: Pair, claimed: Fraction) -> bool:
    """`21-15 = 2 sets`, `3-1 = 3 points`, `10-6 = .625`: two results of a game, without blanks between them."""
    ends = _ends_of_dash(text, pair)
    if ends is None or not ends[2]:
        return False
    won, lost, _ = ends
    if not _SCORED.isdisjoint((*pair.left.words, *pair.right.words)):
        return True
    return won + lost > 0 and abs(won / (won + lost) - claimed) <= Fraction(1, 1000)


def _is_numbered(text: str, pair: Pair, claimed: Fraction) -> bool:
    """`2 - 3 + 4 = 7` at the beginning of a line, where what follows the first dash comes to the result."""
    items = pair.left.items
    if len(items) < 5 or items[0].kind != "num" or not items[0].name.isdigit():
        return False
    if items[1].name != "-" and (items[1].name != "/" or items[0].end != items[1].start):
        return False
    if items[1].end == items[2].start or text[: items[0].start].rpartition("\n")[2].strip(" \t#>*_"):
        return False
    rest = parse_tokens(items[2:])
    return rest is not None and evaluate(rest) == claimed


_THOUSANDS = re.compile(r"\d{1,3}\.\d{3}")


def _has_points_of_thousands(pair: Pair) -> bool:
    """Whether the sides agree once every `1.200` is read as 1200, as in much of Europe."""
    if not any(_THOUSANDS.fullmatch(token.name) for token in (*pair.left.items, *pair.right.items)):
        return False

    def whole(token: Token) -> Token:
        value = token.value
        is_point = value is not None and _THOUSANDS.fullmatch(token.name)
        return token._replace(value=value * 1000) if value is not None and is_point else token

    values = [_reread(side, whole) for side in (pair.left, pair.right)]
    return values[0] is not None and values[0] == values[1]


def _reread(side: Side, change: Callable[[Token], Token]) -> Fraction | None:
    expression = parse_tokens([change(token) for token in side.items])
    return None if expression is None else evaluate(expression)


_NOT_IN_BOOKS: Final = frozenset("*/^")


def _with_brackets_negative(pair: Pair, left: Fraction, right: Fraction) -> bool:
    """Whether the sides agree once every `(1)` or `($1)` is read as bookkeepers do: as -1.

    They add such numbers up and write no minus into the brackets.
    """
    given = [token for token in (*pair.left.items, *pair.right.items) if token.kind != "cur"]
    if any(token.name in _NOT_IN_BOOKS for token in given):
        return False
    if any(one.kind == "(" and (other.name == "-" or (other.value or 0) < 0) for one, other in pairwise(given)):
        return False
    first, second = {left, _with_negatives(pair.left.items)}, {right, _with_negatives(pair.right.items)}
    return bool((first & second) - {None})


def _with_negatives(items: Sequence[Token]) -> Fraction | None:
    """The value of one side where numbers alone in brackets are negative; None where there are none."""
    given = [token for token in items if token.kind != "cur"]
    is_changed = False
    for at in range(1, len(given) - 1):
        kinds = (given[at - 1].kind, given[at].kind, given[at + 1].kind)
        value = given[at].value
        is_factor = at > 1 and given[at - 2].kind in ("num", ")")
        if kinds == ("(", "num", ")") and value is not None and not is_factor:
            given[at] = given[at]._replace(value=-value)
            is_changed = True
    expression = parse_tokens(given) if is_changed else None
    return None if expression is None else evaluate(expression)


def _is_date(pair: Pair, claimed: Fraction) -> bool:
    """`9/11 = 2001`, `12/25 = 2020`: a day and a month, written as one, and a year."""
    items = pair.left.items
    if len(items) != 3 or items[1].name != "/" or items[0].end != items[1].start or items[1].end != items[2].start:
        return False
    first, second = sorted(token.value or Fraction(0) for token in (items[0], items[2]))
    is_day = 1 <= first <= 12 and first.denominator == 1 and 1 <= second <= 31 and second.denominator == 1
    return is_day and claimed.denominator == 1 and 1000 <= claimed < 2200


def _is_float(pair: Pair, left: Fraction, right: Fraction) -> bool:
    """`0.1 + 0.2 = 0.30000000000000004`: as many digits as programs print, and right but for the last ones."""
    if pair.right.numeral is None or not left or right.denominator == 1:
        return False
    digits = max((len(token.name.replace(".", "").strip("0")) for token in pair.right.items if token.value), default=0)
    return digits >= 15 and abs(left - right) <= abs(left) * Fraction(1, 10**14)


def _scientific_unit(side: Side, value: Fraction) -> Fraction | None:
    """What the last digit shown of `1.27e30` or `7.01 x 10^6` stands for; None where `side` is neither."""
    items = side.items[1:] if side.items[0].name == "-" else side.items
    first = items[0]
    mantissa, _, exponent = first.name.lower().partition("e")
    is_power = len(items) > 4 and items[1].name == "*" and items[2].value == 10 and items[3].name == "^"
    if first.kind != "num" or not first.value or is_power == bool(exponent):
        return None
    if exponent and len(items) > 1:
        return None
    if is_power and any(token.kind == "op" for token in items[5 if items[4].name != "-" else 6 :]):
        return None
    decimals = len(mantissa.partition(".")[2])
    # with an exponent, the numeral is the mantissa itself times its power of ten
    size = Fraction(mantissa.replace(",", "").replace("{}", "")) if exponent else first.value
    return abs(value / size) * Fraction(1, 10**decimals)


def _with_first_negated(expression: Expression) -> Fraction | None:
    def negated(part: Expression) -> Expression:
        if isinstance(part, Operation):
            return Operation(part.operator, negated(part.left), part.right)
        return Negation(part)

    return evaluate(negated(expression))


def _beginnings(expression: Expression) -> Iterator[Fraction]:
    """The values of the beginnings of an expression: `8`, `8 - 2` of `8 - 2 + 1`."""
    while isinstance(expression, Operation):
        expression = expression.left
        value = evaluate(expression)
        if value is not None:
            yield value


def _endings(expression: Expression) -> Iterator[Fraction]:
    """The values of the last terms of a sum: `60 * 4` of `80 + 60 * 4`."""
    if isinstance(expression, Operation) and expression.operator in "+-":
        value = evaluate(expression.right)
        if value is not None:
            yield value
