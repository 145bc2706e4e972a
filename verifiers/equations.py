"""Solutions of equations that a text claims: each is put in, and whether there are more is decided where it can be.

The idea: `x = 3 is a solution of ...` needs both sides to have one value; `the solutions of ... are ...` needs that of
every value, and that nothing with a real root is left once they are divided out, or that a linear system has full rank.
What two formulas are to each other is decided here as well, for all of school algebra.

Not covered: roots that are not real, and systems that are not linear: UNKNOWN.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

from slowthink.types import Status, Verdict
from slowthink.verifiers import computer_algebra
from slowthink.verifiers.formulas import Application, Formula, Negation, Operation, Symbol, parse, variables
from slowthink.verifiers.polynomials import (
    coefficients,
    deflated,
    difference,
    quotient_of,
    real_roots,
    same,
    value_at,
)

_X: Final = r"(?P<x>[a-zA-Z])"


def proved(reason: str) -> Verdict:
    """PROVED, with why."""
    return Verdict(status=Status.PROVED, reason=reason)


def refuted(reason: str, witness: str) -> Verdict:
    """REFUTED, with why and what shows it."""
    return Verdict(status=Status.REFUTED, reason=reason, witness=witness)


def unknown(reason: str) -> Verdict:
    """UNKNOWN, with why."""
    return Verdict(status=Status.UNKNOWN, reason=reason)


def formula_in(text: str, from_left: bool = False) -> Formula | None:
    """The formula in a stretch of a sentence: all of it, or what stands at its end after some words."""
    words = text.strip().strip("$*`").strip()
    formula = parse(words)
    if formula is not None or not from_left:
        return formula
    parts = words.split()
    for first in range(1, len(parts)):
        if re.fullmatch(r"[A-Za-z]{2,}|[aAI]", parts[first - 1]):
            formula = parse(" ".join(parts[first:]).strip("$*` "))
            if formula is not None:
                return formula
    return None


def equality(left: Formula, right: Formula, words: str = "the two sides") -> Verdict:
    """Whether two formulas are equal wherever both are defined."""
    a, b = quotient_of(left), quotient_of(right)
    equal = None if a is None or b is None else same(a, b)
    if equal:
        return proved(f"{words} are equal as quotients of polynomials")
    if equal is False and a is not None and b is not None and a.is_pure and b.is_pure:
        point = difference(left, right)
        if point is not None:
            return refuted(f"{words} differ", _at(left, right, point))
        return unknown(f"{words} differ, but no point shows it")
    verdict, why = computer_algebra.equal(left, right)
    if verdict is None:
        return unknown(why)
    return proved(f"{words}: {why}") if verdict else refuted(f"{words} differ", why)


def _at(left: Formula, right: Formula, point: dict[str, Fraction]) -> str:
    where = ", ".join(f"{name} = {value}" for name, value in point.items())
    return f"{f'at {where}: ' if where else ''}{value_at(left, point)} against {value_at(right, point)}"


def solution(match: re.Match[str]) -> Verdict | None:
    """`x = 3 is a solution of ...`: put in, both sides must have one value."""
    point = _point(match["point"])
    equations = _equations(match["equations"])
    if point is None or not equations or any(set(point) != variables(a) | variables(b) for a, b in equations):
        return None
    for left, right in equations:
        verdict = equality(_put_in(left, point), _put_in(right, point), "both sides, put in,")
        if verdict.status is not Status.PROVED:
            return verdict
    return proved("put in, both sides have one value")


def _put_in(formula: Formula, point: dict[str, Formula]) -> Formula:
    if isinstance(formula, Symbol):
        return point.get(formula.name, formula)
    if isinstance(formula, Negation):
        return Negation(_put_in(formula.operand, point))
    if isinstance(formula, Application):
        return Application(formula.function, _put_in(formula.argument, point))
    if isinstance(formula, Operation):
        return Operation(formula.operator, _put_in(formula.left, point), _put_in(formula.right, point))
    return formula


def solutions(match: re.Match[str]) -> Verdict | None:
    """`the solutions of ... are ...`: each must be one, and there must be no other."""
    equations = _equations(match["equations"])
    if len(equations) == 1:
        names = variables(equations[0][0]) | variables(equations[0][1])
        (variable,) = names if len(names) == 1 else ("",)
        values = _values(match["values"], variable) if variable else None
        return None if values is None else _all_roots(*equations[0], variable, values, match["one"] is not None)
    point = _point(match["values"])
    return _only_solution(equations, point) if point is not None and len(equations) > 1 else None


def _all_roots(left: Formula, right: Formula, variable: str, claimed: list[Fraction], says_one: bool) -> Verdict | None:
    """Roots of a polynomial equation: each claimed one is divided out, and what is left must have no real root."""
    rest = quotient_of(Operation("-", left, right))
    if rest is None or any(term for term in rest.bottom):
        return None
    values = coefficients(rest.top, variable)
    if values is None or len(values) < 2:
        return None
    for root in claimed:
        if deflated(values, root) is None:
            value = value_at(Operation("-", left, right), {variable: root})
            return refuted(f"{root} is no solution", f"at {variable} = {root} the sides differ by {value}")
    for root in claimed:
        while (less := deflated(values, root)) is not None:
            values = less
    if len(values) == 1:
        return proved("each is a solution, and dividing them out leaves a constant")
    others = real_roots(values)
    if others == 0 or says_one:
        return unknown("each is a solution; whether others count is not said")
    return refuted("there are more solutions", f"{others} further real solution{'s' if others > 1 else ''}")


def _only_solution(equations: list[tuple[Formula, Formula]], point: dict[str, Formula]) -> Verdict | None:
    """A system of linear equations: the point solves it, and the equations have full rank."""
    names = sorted({name for left, right in equations for name in variables(left) | variables(right)})
    if set(point) != set(names):
        return None
    for left, right in equations:
        verdict = equality(_put_in(left, point), _put_in(right, point), "both sides, put in,")
        if verdict.status is not Status.PROVED:
            return verdict
    rows = [_linear(left, right, names) for left, right in equations]
    if any(row is None for row in rows):
        return unknown("it is a solution; whether there are others was not decided")
    rank = _rank([row for row in rows if row is not None])
    if rank == len(names):
        return proved("it solves the linear system, which has full rank")
    return refuted("the system has more solutions", f"its rank is {rank} for {len(names)} unknowns")


def _linear(left: Formula, right: Formula, names: list[str]) -> list[Fraction] | None:
    rest = quotient_of(Operation("-", left, right))
    if rest is None or any(term for term in rest.bottom):
        return None
    if any(len(term) > 1 or any(exponent > 1 for _, exponent in term) for term in rest.top):
        return None
    return [rest.top.get(((name, 1),), Fraction(0)) for name in names]


def _rank(rows: list[list[Fraction]]) -> int:
    rank = 0
    for column in range(len(rows[0])):
        pivot = next((row for row in rows[rank:] if row[column]), None)
        if pivot is None:
            continue
        rows = [*rows[:rank], pivot, *(row for row in rows[rank:] if row is not pivot)]
        for i in range(rank + 1, len(rows)):
            factor = rows[i][column] / pivot[column]
            rows[i] = [a - factor * b for a, b in zip(rows[i], pivot, strict=True)]
        rank += 1
    return rank


def _equations(text: str) -> list[tuple[Formula, Formula]]:
    """`x + y = 5 and x - y = 1` as pairs; empty where one of them is none."""
    found: list[tuple[Formula, Formula]] = []
    for part in re.split(r",\s*(?:and\s)?|\band\b", text):
        sides = part.split("=")
        if len(sides) != 2:
            return []
        left, right = formula_in(sides[0], from_left=not found), formula_in(sides[1])
        if left is None or right is None:
            return []
        found.append((left, right))
    return found


def _point(text: str) -> dict[str, Formula] | None:
    """`x = 3 and y = 2` as values without variables by name."""
    point: dict[str, Formula] = {}
    for part in re.split(r",\s*(?:and\s)?|\band\b", text):
        match = re.fullmatch(rf"\s*\$?{_X}\s*=(?P<value>[^=]+)", part)
        value = formula_in(match["value"]) if match else None
        if match is None or value is None or variables(value) or match["x"] in point:
            return None
        point[match["x"]] = value
    return point or None


def _values(text: str, variable: str) -> list[Fraction] | None:
    """`x = 2 or x = 3`, `2 and 3`, as exact numbers."""
    found = []
    for part in re.split(r",\s*(?:and\s|or\s)?|\band\b|\bor\b", text):
        named = re.fullmatch(rf"\s*(?:\$?{variable}\s*=)?(?P<value>[^=]+)", part)
        formula = formula_in(named["value"]) if named else None
        value = None if formula is None else value_at(formula, {})
        if value is None:
            return None
        found.append(value)
    return found
