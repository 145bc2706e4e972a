"""What a computer algebra system sets up at its first use, set up once before programs are run.

sympy imports parts of itself and fills its caches when a function is first called; a child that is forked afterwards
has all that. The steps are small, so that whoever is waiting does not wait long for one; none is needed for any
program to give its value.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any


def warm() -> Iterator[None]:
    """Small things of many kinds, one a step."""
    sympy: Any = import_module("sympy")  # whose functions have no types
    for sign in ({}, {"positive": True}, {"integer": True}):
        x, y, z = sympy.symbols("x y z", **sign)
        yield from _equations(sympy, x)
        yield from _systems(sympy, x, y, z)
        sympy.simplify((x**2 - 1) / (x - 1) + sympy.sqrt(x**2))
        yield
    yield from _rest(sympy)


def _equations(sympy: Any, x: Any) -> Iterator[None]:
    for equation in (
        x * 1.2 - 360,
        2 * x - 10,
        sympy.Eq(x / 3 + 1, 7),
        x**2 - 5 * x + 6,
        x * (x + 1) / 2 - 55,
        1 / x + sympy.Rational(1, 6) - sympy.Rational(1, 2),
        (1 + x / 100) ** 2 - 1.44,
        x**3 - 6 * x**2 + 11 * x - 6,
        x**2 + x + 1,
        2**x - 8,
    ):
        sympy.solve(equation, x, dict=True)
        yield


def _systems(sympy: Any, x: Any, y: Any, z: Any) -> Iterator[None]:
    for equations, unknowns in (
        ([x + y - 10, x - y - 4], [x, y]),
        ([1.5 * x + y - 10, 2 * x - 0.5 * y], [x, y]),
        ([x + y + z - 6, x - y, y - 2 * z], [x, y, z]),
        ([x * y - 12, x + y - 7], [x, y]),
        ([x / y - sympy.Rational(3, 4), x + y - 14], [x, y]),
    ):
        str(sympy.solve(equations, unknowns, dict=True))
        yield


def _rest(sympy: Any) -> Iterator[None]:
    x = sympy.Symbol("x")
    for step in (
        lambda: sympy.factor(x**2 - 1),
        lambda: sympy.expand((x + 1) ** 3),
        lambda: str(sympy.sqrt(2) * sympy.pi / x + sympy.Float(1.5)),
        lambda: float(sympy.sqrt(2) * sympy.pi),
        lambda: sympy.diff(sympy.sin(x) * x**2, x),
        lambda: sympy.integrate(x**2, (x, 0, 1)),
        lambda: sympy.factorint(5040),
        lambda: [sympy.isprime(n) for n in (97, 3599)],
        lambda: sympy.summation(x, (x, 1, 10)),
        lambda: sympy.binomial(10, 3) + sympy.factorial(5),
        lambda: sympy.Matrix([[1, 2], [3, 4]]).det(),
        lambda: sympy.solve(x**2 < 4, x),
        lambda: sympy.solveset(x**2 - 1, x),
        lambda: sympy.nsimplify(0.75),
    ):
        step()
        yield
