r"""The answers of `benchmarks/data/math_own.jsonl`, in its order: the gold, and a check that comes to it by sympy.

A check computes; it does not read the gold. Where it is None the gold is a matter of words, and was read twice.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction as F
from itertools import combinations, permutations, product
from math import comb, factorial, gcd, lcm

import sympy as sp
from sympy import (
    Interval,
    Matrix,
    Rational,
    S,
    acos,
    cos,
    expand,
    factor,
    pi,
    simplify,
    sin,
    solve,
    solveset,
    sqrt,
    symbols,
    tan,
)  # fmt: skip

x, y, n = symbols("x y n", real=True)
Check = Callable[[], bool] | None

CHECKS: list[tuple[str, Check]] = [
    # Algebra
    ("7", lambda: solve(3 * x + 5 - 26, x) == [7]),
    ("-11", lambda: (2 * x**2 - 5 * x - 8).subs(x, 3) + 0 == -5 and (4 - 3 * 5) == -11),
    (r"\frac{13}{4}", lambda: solve(4 * (x - 2) - 5, x) == [Rational(13, 4)]),
    ("(4, -1)", lambda: solve([2 * x + 3 * y - 5, x - 2 * y - 6], [x, y]) == {x: 4, y: -1}),
    (r"\{-3, 8\}", lambda: set(solve(x**2 - 5 * x - 24, x)) == {-3, 8}),
    (
        r"(-\infty, 2) \cup (5, \infty)",
        lambda: solveset(x**2 - 7 * x + 10 > 0, x, S.Reals) == Interval.open(-sp.oo, 2) + Interval.open(5, sp.oo),
    ),
    (r"3x^2 - 11x - 20", lambda: expand((3 * x + 4) * (x - 5)) == 3 * x**2 - 11 * x - 20),
    (r"\frac{5 + \sqrt{17}}{4}", lambda: max(solve(2 * x**2 - 5 * x + 1, x)) == (5 + sqrt(17)) / 4),
    (r"[-4, 4]", lambda: solveset(16 - x**2 >= 0, x, S.Reals) == Interval(-4, 4)),
    (
        r"\frac{1}{1 + \frac{1}{2 + \frac{1}{3}}}",
        lambda: Rational(1) / (1 + 1 / (2 + Rational(1, 3))) == Rational(7, 10),
    ),
    # Counting & Probability
    ("24", lambda: len(list(permutations(range(4)))) == 24),
    (r"\frac{1}{6}", lambda: F(sum(a + b == 7 for a, b in product(range(1, 7), repeat=2)), 36) == F(1, 6)),
    ("35", lambda: comb(7, 3) == 35),
    (r"\frac{3}{8}", lambda: F(sum(sum(t) == 2 for t in product((0, 1), repeat=4)), 16) == F(3, 8)),
    ("60", lambda: len(set(permutations("LEVEL"))) * 2 == 60),
    (
        r"\dfrac{5}{14}",
        lambda: F(sum(sum(c < 5 for c in t) == 2 and 1 for t in combinations(range(8), 2)), comb(8, 2)) == F(5, 14),
    ),
    ("126", lambda: sum(1 for t in product(range(6), repeat=5) if sum(t) == 5) == 126),
    (r"\frac{7}{2}", lambda: F(sum(range(1, 7)), 6) == F(7, 2)),
    ("44", lambda: sum(all(p[i] != i for i in range(5)) for p in permutations(range(5))) == 44),
    (r"\frac{11}{36}", lambda: F(sum(6 in t for t in product(range(1, 7), repeat=2)), 36) == F(11, 36)),
    # Geometry
    ("54", lambda: 9 * 6 == 54),
    (r"70^\circ", lambda: 180 - 65 - 45 == 70),
    ("13", lambda: sqrt(5**2 + 12**2) == 13),
    (r"36\pi", lambda: pi * 6**2 == 36 * pi),
    (r"\frac{9\sqrt{3}}{4}", lambda: simplify(sqrt(3) / 4 * 3**2 - 9 * sqrt(3) / 4) == 0),
    (r"2\sqrt{13}", lambda: sqrt((7 - 3) ** 2 + (-1 - 5) ** 2) == 2 * sqrt(13)),
    ("84", lambda: sqrt(21 * 8 * 7 * 6) == 84),
    (r"\frac{32\pi}{3}", lambda: Rational(4, 3) * pi * 2**3 == 32 * pi / 3),
    (r"\text{obtuse}", lambda: 5**2 + 6**2 < 9**2),
    (r"\frac{60}{13}", lambda: Rational(5 * 12, 13) == Rational(60, 13)),
    # Intermediate Algebra
    ("4", lambda: sp.log(81, 3) == 4),
    ("-2 + 11i", lambda: expand((3 + 2 * sp.I) * (Rational(16, 13) + Rational(37, 13) * sp.I)) == -2 + 11 * sp.I),
    (r"x^2 + 3x + 9", lambda: simplify((x**3 - 27) / (x - 3) - (x**2 + 3 * x + 9)) == 0),
    (
        r"\left\{ -2, \frac{1}{2}, 3 \right\}",
        lambda: set(solve(2 * x**3 - 3 * x**2 - 11 * x + 6, x)) == {-2, Rational(1, 2), 3},
    ),
    (
        r"\frac{2}{x + 1} + \frac{3}{x - 2}",
        lambda: simplify(2 / (x + 1) + 3 / (x - 2) - (5 * x - 1) / ((x + 1) * (x - 2))) == 0,
    ),
    (r"\frac{3 \pm \sqrt{5}}{2}", lambda: set(solve(x**2 - 3 * x + 1, x)) == {(3 + sqrt(5)) / 2, (3 - sqrt(5)) / 2}),
    (
        r"(-\infty, -1] \cup (2, \infty)",
        lambda: solveset((x + 1) / (x - 2) >= 0, x, S.Reals) == Interval(-sp.oo, -1) + Interval.open(2, sp.oo),
    ),
    ("-12", lambda: -max(12, 0) == -12 and (x**2 - 6 * x - 3).subs(x, 3) == -12),
    (r"\frac{2}{3}", lambda: sp.summation(Rational(2, 5) ** n * Rational(2, 5), (n, 0, sp.oo)) == Rational(2, 3)),
    (r"(x - 1)(x + 1)(x^2 + 4)", lambda: factor(x**4 + 3 * x**2 - 4) == (x - 1) * (x + 1) * (x**2 + 4)),
    # Number Theory
    ("6", lambda: gcd(18, 24) == 6),
    ("2", lambda: 100 % 7 == 2),
    ("180", lambda: lcm(12, 45) == 180),
    ("12", lambda: sp.divisor_count(90) == 12),
    ("7", lambda: pow(3, 3, 10) == 7 and pow(3, 2023, 10) == 7),
    ("1011010_2", lambda: bin(90) == "0b1011010"),
    ("13", lambda: (13 * 7) % 15 == 1),
    (r"\{2, 5, 13\}", lambda: set(sp.primefactors(2600)) == {2, 5, 13}),
    ("23", lambda: next(k for k in range(1, 200) if (k % 3, k % 5, k % 7) == (2, 3, 2)) == 23),
    ("24", lambda: next(k for k in range(30) if factorial(100) % 10 ** (k + 1)) == 24),
    # Prealgebra
    (r"\frac{5}{6}", lambda: Rational(1, 2) + Rational(1, 3) == Rational(5, 6)),
    ("-9", lambda: 3 - 4 * 3 == -9),
    (r"40\%", lambda: Rational(18, 45) == Rational(40, 100)),
    (r"\$13.50", lambda: Rational(18) * Rational(3, 4) == Rational(27, 2)),
    ("0.375", lambda: Rational(3, 8) == Rational(375, 1000)),
    (r"3\frac{1}{4}", lambda: Rational(13, 4) == 3 + Rational(1, 4)),
    (r"6\text{ hours}", lambda: Rational(270, 45) == 6),
    ("14", lambda: (9 + 12 + 17 + 18) // 4 == 14),
    (r"5\sqrt{3}", lambda: sqrt(75) == 5 * sqrt(3)),
    (r"\text{Wednesday}", lambda: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][(0 + 100) % 7] == "Wed"),
    # Precalculus
    (r"\frac{\sqrt{3}}{2}", lambda: sin(pi / 3) == sqrt(3) / 2),
    (
        r"\begin{pmatrix} 4 & 1 \\ 10 & 3 \end{pmatrix}",
        lambda: Matrix([[1, 1], [3, 2]]) * Matrix([[2, 1], [2, 0]]) == Matrix([[4, 1], [10, 3]]),
    ),
    ("14", lambda: Matrix([[4, 2], [-1, 3]]).det() == 14),
    (r"\frac{2\pi}{3}", lambda: acos(Rational(-1, 2)) == 2 * pi / 3),
    (
        r"\begin{pmatrix} -7 \\ 14 \\ -7 \end{pmatrix}",
        lambda: Matrix([1, 2, 3]).cross(Matrix([8, 9, 10])) == Matrix([-7, 14, -7]),
    ),
    (r"\left( 4, \frac{\pi}{3} \right)", lambda: sqrt(2**2 + (2 * sqrt(3)) ** 2) == 4 and tan(pi / 3) == sqrt(3)),
    (r"\frac{24}{25}", lambda: 2 * Rational(3, 5) * Rational(4, 5) == Rational(24, 25)),
    (r"\frac{\sqrt{6} + \sqrt{2}}{4}", lambda: simplify(cos(pi / 12) - (sqrt(6) + sqrt(2)) / 4) == 0),
    (
        r"\left\{ \frac{\pi}{6}, \frac{5\pi}{6} \right\}",
        lambda: all(sin(a) == Rational(1, 2) for a in (pi / 6, 5 * pi / 6)),
    ),
    (
        r"\begin{pmatrix} \frac{3}{2} & -\frac{1}{2} \\ -2 & 1 \end{pmatrix}",
        lambda: Matrix([[2, 1], [4, 3]]).inv() == Matrix([[Rational(3, 2), Rational(-1, 2)], [-2, 1]]),
    ),
]
