"""Polynomials and rational functions over the rationals, exactly: what decides most of school algebra.

The idea: a formula becomes a quotient of two polynomials in its *atoms*, which are its variables and whatever is
no polynomial (`sin(x+1)`, `x^y`, `pi`), each kept as it stands. Equal quotients are equal formulas, whatever the
atoms are. Different quotients are different functions only where all atoms are variables.

Guaranteed: exact `Fraction`s; the number of terms, the degree and the size of coefficients are bounded before
anything is multiplied out, and beyond a bound the result is None.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from slowthink.verifiers.formulas import Application, Formula, Negation, Number, Operation, Symbol, variables

MAX_TERMS: Final = 400
MAX_DEGREE: Final = 60
MAX_BITS: Final = 2048

Monomial = tuple[tuple[str, int], ...]
"""Atoms in order of their names, each with its exponent, which is at least 1."""
Polynomial = dict[Monomial, Fraction]
"""Coefficients by monomial; none is zero, and the empty dictionary is zero."""


@dataclass(frozen=True, slots=True)
class Quotient:
    """One polynomial over another one, which is not zero; not reduced."""

    top: Polynomial
    bottom: Polynomial

    @property
    def is_pure(self) -> bool:
        """Whether every atom is a variable, so that the quotient is a rational function."""
        return all(len(atom) == 1 for part in (self.top, self.bottom) for term in part for atom, _ in term)


def constant(value: Fraction) -> Polynomial:
    """A number as a polynomial."""
    return {(): value} if value else {}


ONE: Final = constant(Fraction(1))


def quotient_of(formula: Formula) -> Quotient | None:
    """The formula as a quotient; None for a division by zero and beyond the bounds."""
    if isinstance(formula, Number):
        return Quotient(constant(formula.value), ONE)
    if isinstance(formula, Symbol):
        name = formula.name if formula.name not in ("pi", "e") else f"constant {formula.name}"
        return Quotient({((name, 1),): Fraction(1)}, ONE)
    if isinstance(formula, Application):
        return _atom(formula)
    if isinstance(formula, Negation):
        inner = quotient_of(formula.operand)
        return None if inner is None else Quotient(times(inner.top, constant(Fraction(-1))) or {}, inner.bottom)
    left = quotient_of(formula.left)
    if left is None:
        return None
    if formula.operator == "^":
        return _power(formula, left)
    right = quotient_of(formula.right)
    return None if right is None else _combined(formula.operator, left, right)


def _combined(operator: str, left: Quotient, right: Quotient) -> Quotient | None:
    if operator in "+-":
        sign = constant(Fraction(1 if operator == "+" else -1))
        first, second = times(left.top, right.bottom), times(right.top, left.bottom)
        signed = None if second is None else times(second, sign)
        top = None if first is None or signed is None else plus(first, signed)
        bottom = times(left.bottom, right.bottom)
    else:
        over, under = (right.top, right.bottom) if operator == "*" else (right.bottom, right.top)
        top, bottom = times(left.top, over), times(left.bottom, under)
    return None if top is None or not bottom else Quotient(top, bottom)


def _power(formula: Operation, base: Quotient) -> Quotient | None:
    exponent = _whole(formula.right)
    if exponent is None:
        return _atom(formula)
    if abs(exponent) > MAX_DEGREE or (exponent <= 0 and not base.top):
        return None
    over, under = (base.top, base.bottom) if exponent >= 0 else (base.bottom, base.top)
    top: Polynomial | None = ONE
    bottom: Polynomial | None = ONE
    for _ in range(abs(exponent)):
        top = None if top is None else times(top, over)
        bottom = None if bottom is None else times(bottom, under)
    return None if top is None or not bottom else Quotient(top, bottom)


def _whole(formula: Formula) -> int | None:
    if isinstance(formula, Negation):
        inner = _whole(formula.operand)
        return None if inner is None else -inner
    is_whole = isinstance(formula, Number) and formula.value.denominator == 1
    return int(formula.value) if is_whole and isinstance(formula, Number) else None


def _atom(formula: Formula) -> Quotient | None:
    """What is no polynomial, kept as it stands; its name says that it is no variable."""
    return Quotient({((f"atom {formula!r}", 1),): Fraction(1)}, ONE)


def plus(a: Polynomial, b: Polynomial) -> Polynomial:
    """The sum."""
    total = dict(a)
    for term, value in b.items():
        total[term] = total.get(term, Fraction(0)) + value
    return {term: value for term, value in total.items() if value}


def times(a: Polynomial, b: Polynomial) -> Polynomial | None:
    """The product; None beyond the bounds."""
    if len(a) * len(b) > MAX_TERMS * 8:
        return None
    total: Polynomial = {}
    for left, x in a.items():
        for right, y in b.items():
            term = _joined(left, right)
            if sum(exponent for _, exponent in term) > MAX_DEGREE:
                return None
            total[term] = total.get(term, Fraction(0)) + x * y
    result = {term: value for term, value in total.items() if value}
    return result if len(result) <= MAX_TERMS and all(map(_is_small, result.values())) else None


def _joined(left: Monomial, right: Monomial) -> Monomial:
    exponents = dict(left)
    for atom, exponent in right:
        exponents[atom] = exponents.get(atom, 0) + exponent
    return tuple(sorted(exponents.items()))


def _is_small(value: Fraction) -> bool:
    return value.numerator.bit_length() <= MAX_BITS and value.denominator.bit_length() <= MAX_BITS


def same(left: Quotient, right: Quotient) -> bool | None:
    """Whether two quotients are equal as quotients of polynomials in their atoms; None beyond the bounds."""
    first, second = times(left.top, right.bottom), times(right.top, left.bottom)
    return None if first is None or second is None else first == second


def value_at(formula: Formula, point: Mapping[str, Fraction]) -> Fraction | None:
    """The exact value at a point; None where it has none that is rational, or beyond the bounds."""
    if isinstance(formula, Number):
        return formula.value
    if isinstance(formula, Symbol):
        return point.get(formula.name)
    if isinstance(formula, Negation):
        inner = value_at(formula.operand, point)
        return None if inner is None else -inner
    if isinstance(formula, Application):
        return None
    left, right = value_at(formula.left, point), value_at(formula.right, point)
    return None if left is None or right is None else _operated(formula.operator, left, right)


def _operated(operator: str, left: Fraction, right: Fraction) -> Fraction | None:
    if operator == "^":
        bits = max(left.numerator.bit_length(), left.denominator.bit_length())
        is_odd = right.denominator != 1 or abs(right) > MAX_DEGREE or (left == 0 and right <= 0)
        return None if is_odd or bits * abs(right) > MAX_BITS else Fraction(left ** int(right))
    if operator == "/":
        return left / right if right else None
    value = left + right if operator == "+" else left - right if operator == "-" else left * right
    return value if _is_small(value) else None


POINTS: Final = (*(Fraction(n) for n in (2, 3, 1, 5, -1, 7, -2, 11, 0, -3, 13, -5, 17, 19, 23)), Fraction(1, 2))


def difference(left: Formula, right: Formula) -> dict[str, Fraction] | None:
    """A point at which both have a value and the values differ; None where none of some points is one."""
    names = sorted(variables(left) | variables(right))
    for number in range(len(POINTS)):
        point = {name: POINTS[(number + 3 * i) % len(POINTS)] for i, name in enumerate(names)}
        a, b = value_at(left, point), value_at(right, point)
        if a is not None and b is not None and a != b:
            return point
    return None


def coefficients(polynomial: Polynomial, variable: str) -> list[Fraction] | None:
    """Coefficients of a polynomial in one variable, lowest first; None when it has other atoms."""
    if any(atom != variable for term in polynomial for atom, _ in term):
        return None
    degree = max((term[0][1] for term in polynomial if term), default=0)
    return [polynomial.get(((variable, i),) if i else (), Fraction(0)) for i in range(degree + 1)]


def deflated(values: list[Fraction], root: Fraction) -> list[Fraction] | None:
    """The polynomial divided by `x - root`, by Horner's scheme; None when `root` is no root."""
    quotient: list[Fraction] = []
    carry = Fraction(0)
    for value in reversed(values):
        carry = carry * root + value
        quotient.append(carry)
    return None if carry or len(values) < 2 else quotient[-2::-1]


def real_roots(values: list[Fraction]) -> int:
    """The number of different real roots of a polynomial that is not zero, by Sturm's theorem."""
    chain = [_trimmed(values)]
    chain.append(_trimmed([value * i for i, value in enumerate(chain[0])][1:]))
    while chain[-1]:
        chain.append(_trimmed([-value for value in _remainder(chain[-2], chain[-1])]))
    return _changes([p[-1] * (-1) ** (len(p) - 1) for p in chain if p]) - _changes([p[-1] for p in chain if p])


def _trimmed(values: list[Fraction]) -> list[Fraction]:
    end = len(values)
    while end and not values[end - 1]:
        end -= 1
    return values[:end]


def _remainder(a: list[Fraction], b: list[Fraction]) -> list[Fraction]:
    rest = list(a)
    while len(rest) >= len(b):
        factor, shift = rest[-1] / b[-1], len(rest) - len(b)
        rest = [value - factor * b[i - shift] if i >= shift else value for i, value in enumerate(rest)]
        rest = _trimmed(rest[:-1])
    return rest


def _changes(signs: list[Fraction]) -> int:
    return sum(1 for a, b in itertools.pairwise(signs) if (a > 0) != (b > 0))
