"""What a program came to, as data: a value becomes capped JSON, and its type is kept beside it.

Guaranteed: what comes out is plain JSON of bounded size, made without calling anything of the value's own beyond
the numbers and expressions of sympy and numpy, and never by pickling. Numbers stay numbers (`int`, `float`), a
fraction is the text "1/3", a sympy expression its text, tuples and sets are lists whose type says so. A value that
is no data (a function, a module) or that is too large is refused. Uses the standard library only: the sandbox
imports it where nothing else is to be had.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Final

MAX_ITEMS: Final = 10_000
MAX_DEPTH: Final = 50
MAX_CHARACTERS: Final = 200_000
MAX_DIGITS: Final = 4_000
"""Below the bound of 4,300 digits at which Python refuses to turn numbers into text and back."""
_TOO_LARGE: Final = "the result is too large"


class NotData(ValueError):
    """The value cannot be a result; the message says why."""


def encode(value: Any) -> tuple[Any, str]:
    """The value as JSON and the name of its type, such as `int`, `fraction`, `expression`, `list[int]`.

    Raises NotData for what is no data, or too large.
    """
    return _Encoder().encode(value, 0)


class _Encoder:
    """Counts what one value takes."""

    def __init__(self) -> None:
        self.items = 0
        self.characters = 0

    def encode(self, value: Any, depth: int) -> tuple[Any, str]:
        self.items += 1
        if self.items > MAX_ITEMS or depth > MAX_DEPTH:
            raise NotData(_TOO_LARGE)
        kind = type(value)
        if value is None or kind is bool:
            return value, "none" if value is None else "bool"
        if kind is int or (isinstance(value, int) and not isinstance(value, bool)):
            return self._integer(int(value))
        if isinstance(value, float):
            return self._float(float(value))
        if isinstance(value, str):
            return self._text(str.__str__(value)), "str"
        if isinstance(value, dict):
            return self._mapping(value, depth)
        for base, name in ((list, "list"), (tuple, "tuple"), (frozenset, "set"), (set, "set")):
            if isinstance(value, base):
                return self._sequence(_ordered(value) if name == "set" else list(value), name, depth)
        return self._other(value, depth)

    def _integer(self, value: int) -> tuple[int, str]:
        if value.bit_length() > MAX_DIGITS * 3.3219:
            raise NotData(f"{_TOO_LARGE}: a number of more than {MAX_DIGITS} digits")
        self.characters += value.bit_length() // 3
        self._bounded()
        return value, "int"

    @staticmethod
    def _float(value: float) -> tuple[float | str, str]:
        return (value if math.isfinite(value) else str(value)), "float"  # JSON has no infinity

    def _text(self, text: str) -> str:
        self.characters += len(text)
        self._bounded()
        return text

    def _bounded(self) -> None:
        if self.characters > MAX_CHARACTERS:
            raise NotData(_TOO_LARGE)

    def _sequence(self, values: Iterable[Any], name: str, depth: int) -> tuple[list[Any], str]:
        parts = [self.encode(part, depth + 1) for part in values]
        return [part for part, _ in parts], name + _of(kind for _, kind in parts)

    def _mapping(self, value: dict[Any, Any], depth: int) -> tuple[dict[str, Any], str]:
        named: dict[str, Any] = {}
        kinds = []
        for key, part in value.items():
            encoded, _ = self.encode(key, depth + 1)
            name = encoded if isinstance(encoded, str) else self._text(str(encoded))
            named[name], kind = self.encode(part, depth + 1)
            kinds.append(kind)
        return named, "dict" + _of(kinds)

    def _other(self, value: Any, depth: int) -> tuple[Any, str]:
        kind = type(value)
        module = str(kind.__module__).partition(".")[0]
        if module == "fractions":
            return self._fraction(value.numerator, value.denominator)
        if module == "sympy":
            return self._sympy(value, depth)
        if module == "mpmath" and hasattr(value, "_mpf_"):
            return self._float(float(value))
        if module == "numpy" and hasattr(value, "tolist"):
            if getattr(value, "size", 1) > MAX_ITEMS:
                raise NotData(_TOO_LARGE)
            return self.encode(value.tolist(), depth)
        if kind is complex:
            return self._text(str(value)), "complex"
        if module in ("decimal", "_decimal", "datetime"):
            return self._text(str(value)), str(kind.__name__).lower()
        if kind in (bytes, bytearray):
            return self._text(repr(bytes(value[: MAX_CHARACTERS + 1]))), "bytes"
        if kind is range or (module in ("builtins", "collections") and kind.__name__.startswith(_VIEWS)):
            if len(value) > MAX_ITEMS:
                raise NotData(_TOO_LARGE)
            return self._sequence(list(value), "list", depth)
        raise NotData(f"the result is no data but an object of type {kind.__name__}")

    def _fraction(self, numerator: int, denominator: int) -> tuple[str, str]:
        self._integer(numerator)
        self._integer(denominator)
        return f"{numerator}/{denominator}" if denominator != 1 else str(numerator), "fraction"

    def _sympy(self, value: Any, depth: int) -> tuple[Any, str]:
        from sympy import Basic, Float, Integer, MatrixBase, Rational, Tuple
        from sympy.logic.boolalg import BooleanAtom

        if isinstance(value, Integer):
            return self._integer(int(value))
        if isinstance(value, Rational):
            return self._fraction(int(value.p), int(value.q))
        if isinstance(value, Float):
            return self._float(float(value))
        if isinstance(value, BooleanAtom):
            return bool(value), "bool"
        if isinstance(value, Tuple):
            return self._sequence(tuple(value), "tuple", depth)
        if isinstance(value, Basic | MatrixBase):
            return self._text(str(value)), "expression"
        raise NotData(f"the result is no data but an object of type {type(value).__name__}")


_VIEWS: Final = ("dict_", "deque", "odict_")


def _of(kinds: Iterable[str]) -> str:
    """What a container holds: `[int]`, or `[fraction|int]` where it is mixed; nothing for an empty one."""
    names = sorted(set(kinds))
    return f"[{'|'.join(names)}]" if names else ""


def _ordered(values: Iterable[Any]) -> list[Any]:
    """The members of a set in an order that does not depend on the run."""
    members = list(values)
    try:
        return sorted(members)
    except Exception:  # members of several kinds, or of one without an order
        return sorted(members, key=repr)
