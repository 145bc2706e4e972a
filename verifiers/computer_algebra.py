"""Equality and limits of formulas that are more than rational functions, by a computer algebra system in a worker.

What goes over is a tree of our own as JSON, never text; the child builds expressions from it, node by node. A
formula is equal to another one when their difference simplifies to nothing; it is another one when at some point
both are real and their values differ in the first digits of fifty. Everything else is undecided.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

from slowthink.verifiers.formulas import Application, Formula, Negation, Number, Symbol
from slowthink.verifiers.polynomials import POINTS
from slowthink.verifiers.worker import NoAnswer, Worker

SECONDS: Final = 2.0
_WORKER: Final = Worker(f"{__name__}:decide", SECONDS)
DIGITS: Final = 50


def equal(left: Formula, right: Formula) -> tuple[bool | None, str]:
    """Whether two formulas are equal wherever both are defined, and why; None when it was not decided."""
    return _asked({"kind": "equal", "left": tree(left), "right": tree(right)})


def is_limit(formula: Formula, variable: str, at: Formula | None, value: Formula) -> tuple[bool | None, str]:
    """Whether a formula tends to `value` from both sides of `at`, which is None for infinity."""
    place = None if at is None else tree(at)
    return _asked({"kind": "limit", "of": tree(formula), "variable": variable, "at": place, "value": tree(value)})


def close() -> None:
    """End the worker process, if there is one."""
    _WORKER.close()


def _asked(question: dict[str, Any]) -> tuple[bool | None, str]:
    try:
        verdict, why = _WORKER.ask(question)
    except NoAnswer as error:
        return None, str(error)
    return verdict, why


def tree(formula: Formula) -> list[Any]:
    """The formula as nested lists that JSON can write."""
    if isinstance(formula, Number):
        return ["number", str(formula.value.numerator), str(formula.value.denominator)]
    if isinstance(formula, Symbol):
        return ["symbol", formula.name]
    if isinstance(formula, Negation):
        return ["-", tree(formula.operand)]
    if isinstance(formula, Application):
        return ["apply", formula.function, tree(formula.argument)]
    return [formula.operator, tree(formula.left), tree(formula.right)]


def _system() -> Any:
    """sympy, imported where it is used; its functions have no types."""
    import sympy

    return sympy


def warm() -> None:
    """In the worker, before it is asked anything: import what takes long and do a first small thing with it."""
    sympy = _system()
    x = sympy.Symbol("x")
    sympy.simplify(sympy.sin(x) ** 2 + sympy.cos(x) ** 2 - 1)
    sympy.limit(sympy.sin(x) / x, x, 0)


def decide(question: dict[str, Any]) -> tuple[bool | None, str]:
    """In the worker: what `equal` and `is_limit` ask."""
    sympy = _system()
    if question["kind"] == "limit":
        x = sympy.Symbol(question["variable"])
        place = sympy.oo if question["at"] is None else _built(question["at"])
        found = sympy.limit(_built(question["of"]), x, place, "-" if question["at"] is None else "+-")
        return _compared(found, _built(question["value"]))
    return _compared(_built(question["left"]), _built(question["right"]))


def _compared(left: Any, right: Any) -> tuple[bool | None, str]:
    sympy = _system()
    rest = sympy.simplify(left - right)
    if rest == 0:
        return True, "their difference simplifies to 0"
    names = sorted(rest.free_symbols | left.free_symbols | right.free_symbols, key=str)
    for number, _ in enumerate(POINTS):
        point = {name: abs(POINTS[(number + 3 * i) % len(POINTS)]) + Fraction(1, 7) for i, name in enumerate(names)}
        places = {name: sympy.Rational(value.numerator, value.denominator) for name, value in point.items()}
        values = [side.subs(places).evalf(DIGITS) for side in (left, right)]
        if not all(value.is_real and value.is_finite for value in values):
            continue
        if abs(values[0] - values[1]) > sympy.Rational(1, 10**9) * (1 + abs(values[0])):
            where = ", ".join(f"{name} = {value}" for name, value in point.items())
            shown = [sympy.N(value, 8) for value in values]
            return False, f"{f'at {where}: ' if where else ''}{shown[0]} against {shown[1]}"
    return None, "neither shown equal nor seen to differ"


def _built(node: list[Any]) -> Any:
    sympy = _system()
    kind = node[0]
    if kind == "number":
        return sympy.Rational(int(node[1]), int(node[2]))
    if kind == "symbol":
        return {"pi": sympy.pi, "e": sympy.E}.get(node[1]) or sympy.Symbol(node[1])
    if kind == "apply":
        return _functions()[node[1]](_built(node[2]))
    parts = [_built(part) for part in node[1:]]
    if len(parts) == 1:
        return -parts[0]
    a, b = parts
    return {"+": lambda: a + b, "-": lambda: a - b, "*": lambda: a * b, "/": lambda: a / b, "^": lambda: a**b}[kind]()


def _functions() -> dict[str, Any]:
    sympy = _system()
    return {
        "sin": sympy.sin,
        "cos": sympy.cos,
        "tan": sympy.tan,
        "exp": sympy.exp,
        "ln": sympy.log,
        "log": sympy.Function("log_of_unknown_base"),
        "sqrt": sympy.sqrt,
        "arcsin": sympy.asin,
        "arccos": sympy.acos,
        "arctan": sympy.atan,
        "sinh": sympy.sinh,
        "cosh": sympy.cosh,
        "tanh": sympy.tanh,
    }
