"""Derivatives of formulas, by the rules of the textbook, exactly.

What an integral or an antiderivative claims is checked by differentiating it, so no integral is ever computed
but that of a polynomial between two numbers. Simplification is left to `polynomials.py`.
"""

from __future__ import annotations

from fractions import Fraction

from slowthink.verifiers.formulas import Application, Formula, Negation, Number, Operation, Symbol, variables
from slowthink.verifiers.polynomials import coefficients, quotient_of

ZERO, ONE, TWO = (Number(Fraction(n)) for n in range(3))


def derivative(formula: Formula, variable: str) -> Formula | None:
    """The derivative by `variable`; None for a function whose rule is not here (`log` without a base)."""
    if variable not in variables(formula):
        return ZERO
    if isinstance(formula, Symbol):
        return ONE
    if isinstance(formula, Negation):
        inner = derivative(formula.operand, variable)
        return None if inner is None else Negation(inner)
    if isinstance(formula, Application):
        return _chain(formula, variable)
    if isinstance(formula, Operation):
        return _of_power(formula, variable) if formula.operator == "^" else _of_operation(formula, variable)
    return None


def _of_operation(formula: Operation, variable: str) -> Formula | None:
    f, g = formula.left, formula.right
    df, dg = derivative(f, variable), derivative(g, variable)
    if df is None or dg is None:
        return None
    if formula.operator in "+-":
        return Operation(formula.operator, df, dg)
    left, right = Operation("*", df, g), Operation("*", f, dg)
    if formula.operator == "*":
        return Operation("+", left, right)
    return Operation("/", Operation("-", left, right), Operation("^", g, TWO))


def _of_power(formula: Operation, variable: str) -> Formula | None:
    base, exponent = formula.left, formula.right
    inner = derivative(base, variable)
    outer = derivative(exponent, variable)
    if inner is None or outer is None:
        return None
    if variable not in variables(exponent):
        less = Operation("-", exponent, ONE)
        if isinstance(exponent, Number):
            less_value = exponent.value - 1
            lowered: Formula = Number(less_value) if less_value >= 0 else Negation(Number(-less_value))
        else:
            lowered = less
        return Operation("*", Operation("*", exponent, Operation("^", base, lowered)), inner)
    if variable in variables(base):
        return None
    grown: Formula = Operation("*", formula, outer)
    return grown if base == Symbol("e") else Operation("*", grown, Application("ln", base))


def _chain(formula: Application, variable: str) -> Formula | None:
    x = formula.argument
    inner = derivative(x, variable)
    squared = Operation("^", x, TWO)
    outer: dict[str, Formula] = {
        "sin": Application("cos", x),
        "cos": Negation(Application("sin", x)),
        "tan": Operation("/", ONE, Operation("^", Application("cos", x), TWO)),
        "exp": formula,
        "ln": Operation("/", ONE, x),
        "sqrt": Operation("/", ONE, Operation("*", TWO, formula)),
        "sinh": Application("cosh", x),
        "cosh": Application("sinh", x),
        "arctan": Operation("/", ONE, Operation("+", ONE, squared)),
        "arcsin": Operation("/", ONE, Application("sqrt", Operation("-", ONE, squared))),
    }
    rule = outer.get(formula.function)
    return None if inner is None or rule is None else Operation("*", rule, inner)


def integral(formula: Formula, variable: str, start: Fraction, end: Fraction) -> Fraction | None:
    """The integral of a polynomial in `variable` from `start` to `end`; None for anything else."""
    quotient = quotient_of(formula)
    if quotient is None or any(term for term in quotient.bottom):
        return None
    values = coefficients(quotient.top, variable)
    if values is None:
        return None
    bottom = quotient.bottom[()]
    primitive = [value / bottom / (i + 1) for i, value in enumerate(values)]
    return sum((value * (end ** (i + 1) - start ** (i + 1)) for i, value in enumerate(primitive)), Fraction(0))
