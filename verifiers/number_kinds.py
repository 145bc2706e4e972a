"""Kinds of whole numbers as data: `prime`, `multiple of 7`, `palindrome and not even`; what they mean, and their names.

A kind is a small tree: a named property with its numbers, or two or three kinds joined by `and`, `or`, `xor` (one of
them only), `neither` and `not`. `holds` decides it exactly for one number. The names and their meanings are all that
is known here; how a question may put them into words is known to `plan_words.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import gcd, isqrt
from typing import Any, Final

from slowthink.verifiers.factors import small_factor

LARGEST: Final = 10**7
"""Beyond this no kind is decided here."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A named property with its numbers, or `parts` that `name` joins."""

    name: str
    numbers: tuple[int, ...] = ()
    parts: tuple[Kind, ...] = ()

    def data(self) -> dict[str, Any]:
        """As plain data."""
        if self.parts:
            return {"is": self.name, "of": [part.data() for part in self.parts]}
        return {"is": self.name, "of": list(self.numbers)} if self.numbers else {"is": self.name}

    def atoms(self) -> tuple[Kind, ...]:
        """The named properties in it, from left to right."""
        return tuple(atom for part in self.parts for atom in part.atoms()) if self.parts else (self,)

    def negated(self) -> tuple[Kind, ...]:
        """The named properties in it that are denied by a `not`."""
        if self.name == "not":
            return self.atoms()
        return tuple(atom for part in self.parts for atom in part.negated())


def kind_from(data: Any) -> Kind | None:
    """The kind that data tells of; None when it tells of none."""
    if not isinstance(data, Mapping) or not isinstance(data.get("is"), str) or set(data) - {"is", "of"}:
        return None
    name, of = data["is"], data.get("of", [])
    if not isinstance(of, list):
        return None
    if name in JOINTS:
        parts = tuple(kind_from(part) for part in of)
        low, high = JOINTS[name]
        if not low <= len(parts) <= high or any(part is None for part in parts):
            return None
        return Kind(name, parts=tuple(part for part in parts if part is not None))
    fits = name in ATOMS and len(of) == ATOMS[name].numbers and all(type(n) is int and n >= 0 for n in of)
    return Kind(name, tuple(of)) if fits else None


def holds(kind: Kind, n: int) -> bool:
    """Whether a whole number, 0 <= n <= LARGEST, is of the kind. Raises ValueError beyond."""
    if not 0 <= n <= LARGEST:
        raise ValueError(f"expected a number from 0 to {LARGEST}, got {n}")
    if not kind.parts:
        return ATOMS[kind.name].holds(n, *kind.numbers)
    truths = [holds(part, n) for part in kind.parts]
    if kind.name == "and":
        return all(truths)
    if kind.name == "or":
        return any(truths)
    if kind.name == "xor":
        return sum(truths) == 1
    return not any(truths)


JOINTS: Final[dict[str, tuple[int, int]]] = {
    "and": (2, 3),
    "or": (2, 3),
    "xor": (2, 2),
    "neither": (2, 3),
    "not": (1, 1),
}
"""What joins kinds, with the least and the greatest number of them."""


@dataclass(frozen=True, slots=True)
class Atom:
    """A named property: how many numbers it takes, what it means, and its name with `{0}` and `{1}` for the numbers.

    `noun` names the numbers that have it, `verb` says of them that they have it, `denial` that they have not.
    """

    numbers: int
    holds: Callable[..., bool]
    noun: str
    verb: str
    denial: str


def _prime(n: int) -> bool:
    return n > 1 and small_factor(n) in (None, n)


def _square(n: int) -> bool:
    return n > 0 and isqrt(n) ** 2 == n


def _cube(n: int) -> bool:
    root = round(n ** (1 / 3))
    return n > 0 and any(r**3 == n for r in (root - 1, root, root + 1))


def _power(n: int) -> bool:
    if n == 1:
        return True
    base = 2
    while base * base <= n:
        m = base * base
        while m < n:
            m *= base
        if m == n:
            return True
        base += 1
    return False


def _semiprime(n: int) -> bool:
    p = next((d for d in range(2, isqrt(n) + 1) if n % d == 0), None)
    return p is not None and _prime(n // p)


def _triangular(n: int) -> bool:
    return n > 0 and isqrt(8 * n + 1) ** 2 == 8 * n + 1


def _fibonacci(n: int) -> bool:
    a, b = 1, 2
    while a < n:
        a, b = b, a + b
    return a == n


def _power_of(n: int, base: int) -> bool:
    m = 1
    while base > 1 and m < n:
        m *= base
    return m == n


def _divisors(n: int) -> list[int]:
    small = [d for d in range(1, isqrt(n) + 1) if n % d == 0]
    return small + [n // d for d in reversed(small) if d * d != n]


def _factorial(n: int) -> bool:
    m = k = 1
    while m < n:
        k += 1
        m *= k
    return m == n


def _square_free(n: int) -> bool:
    return n > 0 and all(n % (d * d) for d in range(2, isqrt(n) + 1))


ATOMS: Final[dict[str, Atom]] = {
    "prime": Atom(0, _prime, "prime numbers", "are prime", "are not prime"),
    "composite": Atom(
        0, lambda n: n > 3 and not _prime(n), "composite numbers", "are composite", "are not composite"
    ),
    "even": Atom(0, lambda n: n % 2 == 0, "even numbers", "are even", "are not even"),
    "odd": Atom(0, lambda n: n % 2 == 1, "odd numbers", "are odd", "are not odd"),
    "square": Atom(0, _square, "perfect squares", "are perfect squares", "are not perfect squares"),
    "cube": Atom(0, _cube, "perfect cubes", "are perfect cubes", "are not perfect cubes"),
    "power": Atom(0, _power, "perfect powers", "are perfect powers", "are not perfect powers"),
    "palindrome": Atom(
        0, lambda n: str(n) == str(n)[::-1], "palindromes", "are palindromes", "are not palindromes"
    ),
    "semiprime": Atom(0, _semiprime, "semiprimes", "are semiprimes", "are not semiprimes"),
    "triangular": Atom(0, _triangular, "triangular numbers", "are triangular", "are not triangular"),
    "fibonacci": Atom(
        0, _fibonacci, "Fibonacci numbers", "are Fibonacci numbers", "are not Fibonacci numbers"
    ),
    "square-free": Atom(0, _square_free, "square-free numbers", "are square-free", "are not square-free"),
    "perfect": Atom(
        0, lambda n: n > 1 and sum(_divisors(n)) == 2 * n, "perfect numbers", "are perfect", "are not perfect"
    ),
    "factorial": Atom(0, lambda n: n > 0 and _factorial(n), "factorials", "are factorials", "are not factorials"),
    "whole": Atom(0, lambda n: True, "whole numbers", "are whole numbers", "are not whole numbers"),
    "multiple": Atom(
        1, lambda n, k: k > 0 and n % k == 0, "multiples of {0}", "are divisible by {0}", "are not divisible by {0}"
    ),
    "divisor": Atom(
        1, lambda n, k: n > 0 and k % n == 0, "divisors of {0}", "are divisors of {0}", "are not divisors of {0}"
    ),
    "power of": Atom(
        1, lambda n, k: n > 0 and _power_of(n, k), "powers of {0}", "are powers of {0}", "are not powers of {0}"
    ),
    "ends": Atom(
        1, lambda n, d: str(n).endswith(str(d)), "numbers ending in {0}", "end in {0}", "do not end in {0}"
    ),
    "starts": Atom(
        1,
        lambda n, d: str(n).startswith(str(d)),
        "numbers starting with {0}",
        "start with {0}",
        "do not start with {0}",
    ),
    "contains": Atom(
        1,
        lambda n, d: str(d) in str(n),
        "numbers that contain the digit {0}",
        "contain the digit {0}",
        "do not contain the digit {0}",
    ),
    "digit sum": Atom(
        1,
        lambda n, s: sum(map(int, str(n))) == s,
        "numbers whose digits add up to {0}",
        "have the digit sum {0}",
        "do not have the digit sum {0}",
    ),
    "coprime": Atom(
        1, lambda n, k: gcd(n, k) == 1, "numbers coprime to {0}", "are coprime to {0}", "are not coprime to {0}"
    ),
    "divisor count": Atom(
        1,
        lambda n, k: n > 0 and len(_divisors(n)) == k,
        "numbers with exactly {0} divisors",
        "have exactly {0} divisors",
        "do not have exactly {0} divisors",
    ),
    "remainder": Atom(
        2,
        lambda n, r, m: m > 0 and n % m == r,
        "numbers that leave the remainder {0} when divided by {1}",
        "leave the remainder {0} when divided by {1}",
        "do not leave the remainder {0} when divided by {1}",
    ),
}  # fmt: skip
"""Every named property."""


def described(kind: Kind) -> str:
    """The numbers of a kind, by one name: what evidence is written in."""
    if not kind.parts:
        return ATOMS[kind.name].noun.format(*kind.numbers)
    if kind.name == "not":
        return "numbers that " + denied(kind.parts[0])
    verbs = [verb(part) for part in kind.parts]
    if kind.name == "xor":
        return f"numbers that {verbs[0]} or {verbs[1]} but not both"
    if kind.name == "neither":
        return "numbers that " + " and ".join(denied(part) for part in kind.parts)
    return "numbers that " + f" {kind.name} ".join(verbs)


def verb(kind: Kind) -> str:
    """What is said of the numbers of a kind that is an atom or a denied one."""
    return denied(kind.parts[0]) if kind.name == "not" else ATOMS[kind.name].verb.format(*kind.numbers)


def denied(kind: Kind) -> str:
    """What is said of the numbers that are not of an atom."""
    return ATOMS[kind.name].denial.format(*kind.numbers)
