"""Whether two sides agree once it is granted that the numbers shown may be rounded or cut off.

The idea: a result is compared at the precision at which it is shown, and a decimal that looks like a rounded fraction
(0.33, 66.67) may be off by a unit of its last place, which is carried through the expression to first order. All of it
is generous: what agrees in this way is merely not refuted.
"""

from __future__ import annotations

from fractions import Fraction

from slowthink.verifiers.claims import Pair, Side
from slowthink.verifiers.expressions import Expression, Negation, Number, evaluate
from slowthink.verifiers.numerals import decimals_needed, is_rounding, style_of


def is_rounded(text: str, pair: Pair, left: Fraction, right: Fraction) -> bool:
    """Whether the sides agree once it is granted that numbers shown may be rounded."""
    if any(token.kind == "%" for token in (*pair.left.items, *pair.right.items)):
        factors = [Fraction(1), Fraction(100), Fraction(1, 100)]
    else:
        factors = [Fraction(1)]
    return any(_agrees(text, pair, left * factor, right) for factor in factors)


def is_nearest(text: str, pair: Pair, left: Fraction, right: Fraction) -> bool:
    """Whether the number that one side shows is within half a unit of its last place of what the other side is."""
    side, exact, shown = (pair.left, right, left) if pair.right.numeral is None else (pair.right, left, right)
    if side.numeral is None:
        return False
    unit = Fraction(1, 10 ** _decimals(text, side, side.numeral))
    return 2 * abs(exact - shown) <= unit


def _agrees(text: str, pair: Pair, left: Fraction, right: Fraction) -> bool:
    numeral = pair.right.numeral
    if numeral is None:
        if pair.left.numeral is not None:
            return _is_rounded_to(text, pair.left, pair.left.numeral, right, left)
        return _agrees_within_rounding(pair, left, right, 0)
    return _is_rounded_to(text, pair.right, numeral, left, right) or _agrees_within_rounding(
        pair, left, right, _decimals(text, pair.right, numeral)
    )


def _decimals(text: str, side: Side, numeral: tuple[int, int]) -> int:
    style = style_of(text[slice(*numeral)])
    return style.decimals + (2 if side.items[-1].kind == "%" else 0)


def _is_rounded_to(text: str, side: Side, numeral: tuple[int, int], exact: Fraction, shown: Fraction) -> bool:
    if any(token.kind == "op" and token.name == "/" for token in side.items) or side.items[0].kind == "frac":
        return False
    decimals = _decimals(text, side, numeral)
    if decimals == 0 and exact.denominator != 1:
        # 17 / 5 = 3 and = 4 are both written for whole things
        return abs(exact - shown) < 1
    return is_rounding(exact, shown, decimals)


def _agrees_within_rounding(pair: Pair, left: Fraction, right: Fraction, decimals: int) -> bool:
    """Whether decimals that look like rounded fractions (0.33, 66.67) explain the difference."""
    spread = _spread(pair.left.expression) + _spread(pair.right.expression)
    return spread > 0 and abs(left - right) <= spread + Fraction(1, 10**decimals)


def _spread(expression: Expression) -> Fraction:
    """How far the value may move when its rounded decimals do, to first order and by absolute values."""
    if isinstance(expression, Number):
        return _rounding_of(expression.value)
    if isinstance(expression, Negation):
        return _spread(expression.operand)
    left_spread, right_spread = _spread(expression.left), _spread(expression.right)
    if left_spread == 0 == right_spread:
        return Fraction(0)
    left, right = evaluate(expression.left), evaluate(expression.right)
    if left is None or right is None or expression.operator in "+-":
        return left_spread + right_spread
    if expression.operator == "*":
        return abs(left) * right_spread + abs(right) * left_spread + left_spread * right_spread
    if expression.operator == "/" and abs(right) > right_spread:
        return (left_spread + abs(left) * right_spread / abs(right)) / (abs(right) - right_spread)
    return abs(left) + abs(right)


def _rounding_of(value: Fraction) -> Fraction:
    """Half a unit (a whole one, where it is cut off) of the last decimal of what looks like a rounded fraction."""
    decimals = decimals_needed(value, 8)
    if decimals is None or decimals < 2:
        return Fraction(0)
    # 0.8333% is a rounded fraction as much as 0.8333 is
    shown = value if decimals < 4 else value * 100
    unit = Fraction(1, 10**decimals) * (shown / value if value else 1)
    for denominator in (3, 6, 7, 9, 11, 12, 13):
        for part, size in ((value, Fraction(1, 10**decimals)), (shown, unit)):
            nearest = round(part * denominator)
            if abs(Fraction(nearest, denominator) - part) < size and nearest % denominator:
                return Fraction(1, 10**decimals)
    return Fraction(0)
