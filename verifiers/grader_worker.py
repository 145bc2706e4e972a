r"""What the grader's worker runs: two answers in LaTeX, parsed and compared by `math-verify`.

Text of a model reaches the library's LaTeX grammar only; sympy's `parse_expr`, which executes what it reads and which
the library has for plain sums, is taken out of it.

"Same" is what math-verify finds; "different" needs evidence of its own: numbers that differ at high precision, a
point at which two expressions or inequalities differ, a list of another length. A plain no of the library is neither.
"""

from __future__ import annotations

from typing import Any

DIGITS, TOLERANCE = 30, 1e-9
POINTS = ("7/5", "-11/9", "23/7", "1/13", "-31/8")

WARMING = (
    (r"\frac{1}{3}x", r"\frac{2x}{6}"),
    (r"2x+4y-3=0", r"y=-\frac{1}{2}x+\frac{3}{4}"),
    (r"10^{\frac{\sqrt{13}-5}{6}}, \frac{\pi}{2}", r"\frac{\pi}{2}, 10^{-\frac{5-\sqrt{13}}{6}}"),
    (r"0<x<1", r"(0,1)"),
    (r"1\leq|z|\leq 3", r"z \in [-3, -1] \cup [1, 3]"),
    (r"\sin(x)+\ln(2)", r"\cos(x)"),
    (r"\begin{pmatrix}1 & 2\end{pmatrix}", r"\begin{pmatrix}1 & 3\end{pmatrix}"),
)


def warm() -> None:
    """What the libraries set up at first use is set up once, before forking."""
    for gold, pred in WARMING:
        judge({"gold": f"${gold}$", "pred": f"${pred}$"})


def judge(request: dict[str, str]) -> dict[str, Any]:
    """Whether the text `pred`, with its answer in LaTeX, gives the answer that the text `gold` gives."""
    from math_verify import verify

    gold, pred = _parsed(request["gold"]), _parsed(request["pred"])
    if not gold or not pred:
        return {
            "status": "unknown",
            "reason": f"the {'answer' if gold else 'gold answer'} is in no form that is read here",
        }
    if verify(gold, pred, allow_set_relation_comp=True, timeout_seconds=None):
        return {"status": "same", "reason": "equal to math-verify"}
    witness = _difference(gold[0], pred[0])
    if witness:
        return {"status": "different", "reason": "they differ", "witness": witness}
    return {"status": "unknown", "reason": "neither shown to be equal nor to differ"}


def _parsed(text: str) -> list[Any]:
    from importlib import import_module

    parser: Any = import_module("math_verify.parser")
    parser.parse_expr = _refuse
    config = [parser.LatexExtractionConfig()]
    parsed: list[Any] = parser.parse(text, config, fallback_mode="no_fallback", parsing_timeout=None)
    return parsed


def _refuse(*_: object, **__: object) -> Any:
    raise ValueError("plain sums are not read here")


def _difference(gold: Any, pred: Any) -> str:
    """What shows that two parsed answers are not the same; empty where nothing does."""
    from sympy import Expr, FiniteSet, Interval, MatrixBase, Tuple
    from sympy.core.relational import Eq, Relational

    if isinstance(gold, Eq) and not isinstance(pred, Relational) and gold.lhs.is_Symbol:
        gold = gold.rhs
    if isinstance(pred, Eq) and not isinstance(gold, Relational) and pred.lhs.is_Symbol:
        pred = pred.rhs
    if isinstance(gold, MatrixBase) and isinstance(pred, MatrixBase):
        if gold.shape != pred.shape:
            return f"matrices of shape {gold.shape} and {pred.shape}"
        cells: list[Any] = [gold, pred]
        pairs = zip(cells[0].flat(), cells[1].flat(), strict=True)
        return next((found for g, p in pairs if (found := _difference(g, p))), "")
    several = (FiniteSet, Tuple)
    if isinstance(gold, several) or isinstance(pred, several):
        return _lists_differ(gold, pred)
    if isinstance(gold, Interval) and isinstance(pred, Interval):
        if (gold.left_open, gold.right_open) != (pred.left_open, pred.right_open):
            return "one has an end point that the other has not"
        return _difference(gold.start, pred.start) or _difference(gold.end, pred.end)
    if isinstance(gold, Relational) and isinstance(pred, Relational):
        return _relations_differ(gold, pred)
    if isinstance(gold, Expr) and isinstance(pred, Expr):
        return _expressions_differ(gold, pred)
    kinds = [_kind(gold), _kind(pred)]
    return f"{kinds[0]} and {kinds[1]}" if all(kinds) and kinds[0] != kinds[1] else ""


def _kind(value: Any) -> str:
    from sympy import Expr, Set
    from sympy.core.relational import Relational

    if isinstance(value, Relational):
        return "a relation"
    if isinstance(value, Set):
        return "a set"
    return "a number" if isinstance(value, Expr) and not value.free_symbols else ""


def _lists_differ(gold: Any, pred: Any) -> str:
    from sympy import Expr, FiniteSet, Tuple

    lists = [list(x.args) if isinstance(x, (FiniteSet, Tuple)) else [x] for x in (gold, pred)]
    if not all(isinstance(item, (Expr, Tuple, FiniteSet)) for items in lists for item in items):
        return ""
    if len(lists[0]) != len(lists[1]):
        return f"{len(lists[0])} and {len(lists[1])} values"
    for one, other in (lists, lists[::-1]):
        for item in one:
            found = [_difference(item, candidate) for candidate in other]
            if all(found):
                return f"nothing equals {str(item)[:60]}"
    return ""


def _relations_differ(gold: Any, pred: Any) -> str:
    from sympy import Rational
    from sympy.core.relational import Eq, Ne

    symbols = sorted(gold.free_symbols | pred.free_symbols, key=str)
    if len(symbols) != 1 or isinstance(gold, (Eq, Ne)) or isinstance(pred, (Eq, Ne)):
        return ""
    for tenths in range(-400, 401, 7):
        at = Rational(tenths, 10)
        truths = [bool(side.subs(symbols[0], at)) for side in (gold, pred)]
        if truths[0] != truths[1]:
            return f"at {symbols[0]} = {at} one holds and the other does not"
    return ""


def _expressions_differ(gold: Any, pred: Any) -> str:
    """A point at which two expressions have values that differ by more than the precision of the evaluation."""
    from sympy import Rational

    names = sorted({str(symbol) for symbol in gold.free_symbols | pred.free_symbols})
    if len(names) > len(POINTS):
        return ""
    for turn in range(3 if names else 1):
        at = {name: Rational(POINTS[(i + turn) % len(POINTS)]) + i for i, name in enumerate(names)}
        values = []
        for side in (gold, pred):
            chosen = side.subs({symbol: at[str(symbol)] for symbol in side.free_symbols}).doit()
            value = chosen.evalf(DIGITS)
            if value.is_infinite and (gold.is_finite or pred.is_finite):
                return "one is infinite"
            if not value.is_complex or not value.is_finite:
                break
            values.append(complex(value))
        if len(values) == 2 and abs(values[0] - values[1]) > TOLERANCE * max(1.0, abs(values[0])):
            where = ", ".join(f"{name} = {value}" for name, value in at.items())
            return f"{_short(values[0])} and {_short(values[1])}" + (f" at {where}" if where else "")
    return ""


def _short(value: complex) -> str:
    return f"{value.real:.10g}" if not value.imag else f"{value:.10g}"
