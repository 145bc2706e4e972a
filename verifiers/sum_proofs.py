"""Checks evidence about sums by an evaluator of its own: a few lines that share nothing with the arithmetic verifier.

It reads digits, decimals, `+ - * / ^`, brackets and a sign, and computes in exact rationals within bounds. What it
cannot read it does not judge.
"""

from __future__ import annotations

import re
from fractions import Fraction

MAX_LENGTH = 4000
MAX_BITS = 20_000
MAX_DEPTH = 60
_PIECE = re.compile(r"\s*(?:(\d+(?:\.\d+)?|\.\d+)|([-+*/^()]))")
_SIGNS = str.maketrans({"×": "*", "·": "*", "÷": "/", "−": "-", "⁄": "/"})


class Unreadable(Exception):
    """Not an expression that is read here, or one that is too large."""


def value_of(text: str) -> Fraction:
    """The exact value of an expression. Raises Unreadable."""
    text = text.translate(_SIGNS).strip()
    if len(text) > MAX_LENGTH:
        raise Unreadable
    pieces: list[str] = []
    at = 0
    while at < len(text):
        match = _PIECE.match(text, at)
        if match is None:
            raise Unreadable
        pieces.append(match[1] or match[2])
        at = match.end()
    reader = _Reader(pieces)
    value = reader.terms(0)
    if reader.at < len(pieces):
        raise Unreadable
    return value


class _Reader:
    def __init__(self, pieces: list[str]) -> None:
        self.pieces = pieces
        self.at = 0

    def next_is(self, signs: str) -> str:
        here = self.pieces[self.at] if self.at < len(self.pieces) else ""
        if here and here in signs:
            self.at += 1
            return here
        return ""

    def terms(self, depth: int) -> Fraction:
        total = self.product(depth)
        while sign := self.next_is("+-"):
            other = self.product(depth)
            total = _bounded(total + other if sign == "+" else total - other)
        return total

    def product(self, depth: int) -> Fraction:
        total = self.signed(depth)
        while sign := self.next_is("*/"):
            other = self.signed(depth)
            if sign == "/" and other == 0:
                raise Unreadable
            total = _bounded(total * other if sign == "*" else total / other)
        return total

    def signed(self, depth: int) -> Fraction:
        if depth > MAX_DEPTH:
            raise Unreadable
        if self.next_is("-"):
            return -self.power(depth + 1)
        return self.power(depth + 1)

    def power(self, depth: int) -> Fraction:
        base = self.single(depth)
        if not self.next_is("^"):
            return base
        exponent = self.signed(depth)
        size = max(base.numerator.bit_length(), base.denominator.bit_length())
        if exponent.denominator != 1 or abs(exponent) * size > MAX_BITS or (base == 0 and exponent <= 0):
            raise Unreadable
        return Fraction(base**exponent.numerator)

    def single(self, depth: int) -> Fraction:
        if self.next_is("("):
            value = self.terms(depth + 1)
            if not self.next_is(")"):
                raise Unreadable
            return value
        piece = self.pieces[self.at] if self.at < len(self.pieces) else ""
        if not piece[:1].isdigit() and not piece.startswith("."):
            raise Unreadable
        self.at += 1
        return Fraction(piece)


def _bounded(value: Fraction) -> Fraction:
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > MAX_BITS:
        raise Unreadable
    return value
