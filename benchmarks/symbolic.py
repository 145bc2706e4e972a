"""Symbolic arithmetic questions of many shapes, made from a seed, with their exact values.

3 to 6 operands, parentheses, division (always exact), decimals, negative numbers, six-digit numbers. The value
is computed while the expression is built, by no code that slowthink uses.
"""

from __future__ import annotations

import random
from fractions import Fraction

ASKS = ("{e} =", "What is {e}?", "Compute {e}.", "{e} = ?", "Calculate {e}", "What is the value of {e}?")
MUST_HAVE = {"plain": "", "parentheses": "(", "division": "/", "decimals": ".", "negatives": "(-", "six digits": ""}
SHAPES = tuple(MUST_HAVE)


def questions(count: int, seed: int) -> list[dict[str, str]]:
    """`count` rows `{"shape", "prompt", "gold"}`, the shapes in turn; gold is a decimal or an integer as text."""
    draw = random.Random(seed)
    rows: list[dict[str, str]] = []
    while len(rows) < count:
        shape = SHAPES[len(rows) % len(SHAPES)]
        text, value, _ = _tree(draw, shape, draw.randint(3, 6))
        gold = _decimal(value)
        if gold is not None and MUST_HAVE[shape] in text:
            rows.append({"shape": shape, "prompt": draw.choice(ASKS).format(e=text), "gold": gold})
    return rows


def _tree(draw: random.Random, shape: str, operands: int) -> tuple[str, Fraction, int]:
    """Text, value and the binding strength of its weakest operator (1 sum, 2 product, 3 operand)."""
    if operands == 1:
        return _operand(draw, shape)
    left_size = draw.randint(1, operands - 1)
    left, a, left_binds = _tree(draw, shape, left_size)
    right, b, right_binds = _tree(draw, shape, operands - left_size)
    sign = draw.choice("+-*/" if shape == "division" else "+-*")
    if sign == "/" and b == 0:
        sign = "+"
    strength = 1 if sign in "+-" else 2
    if shape != "parentheses" and (left_binds < strength or right_binds < strength):
        sign, strength = draw.choice("+-"), 1
    left = f"({left})" if left_binds < strength else left
    right = f"({right})" if right_binds < strength or (right_binds == strength and sign in "-/") else right
    value = {"+": a + b, "-": a - b, "*": a * b, "/": a / b if b else a}[sign]
    return f"{left} {sign} {right}", value, strength


def _operand(draw: random.Random, shape: str) -> tuple[str, Fraction, int]:
    if shape == "decimals":
        value = Fraction(draw.randint(1, 9999), 10 ** draw.randint(1, 2))
        return _decimal(value) or "", value, 3
    if shape == "six digits":
        number = draw.randint(100_000, 999_999)
    elif shape == "division":
        number = draw.choice((2, 4, 5, 8, 10, 20, 25, 40, 50, 64, 80, 100, 125, 200))
    else:
        number = draw.randint(1, 300)
    if shape == "negatives" and draw.random() < 0.5:
        return f"(-{number})", Fraction(-number), 3
    return str(number), Fraction(number), 3


def _decimal(value: Fraction) -> str | None:
    """Digits of a value whose decimals end within six places; None for others."""
    scaled = value * 10**6
    if scaled.denominator != 1:
        return None
    whole, rest = divmod(abs(scaled.numerator), 10**6)
    digits = f"{whole}.{rest:06d}".rstrip("0").rstrip(".")
    return f"-{digits}" if value < 0 else digits
