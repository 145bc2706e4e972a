"""Checks proofs that a number is prime or composite, as `verifiers/primality.py` writes them.

It shares no code with what makes them, and believes nothing that it has not computed: each step of a chain is held
against its theorem, and the last number of the chain is divided by everything, or passes Miller and Rabin's test for
the first 13 primes below the bound up to which that is exact (Sorenson and Webster 2015).

Every function returns None where the proof holds, else what is wrong with it. Nothing raises, sizes are bounded.
"""

from __future__ import annotations

from math import gcd, isqrt
from typing import Any, Final

MAX_BITS: Final = 256
MAX_STEPS: Final = 64
MAX_DIVIDED: Final = 10**9
STRONG_BOUND: Final = 3_317_044_064_679_887_385_961_981
STRONG_BASES: Final = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41)


def refute_chain(n: int, chain: object) -> str | None:
    """What is wrong with a chain that is said to prove n prime."""
    if n.bit_length() > MAX_BITS or not isinstance(chain, list) or not 0 < len(chain) <= MAX_STEPS:
        return f"expected a list of 1 to {MAX_STEPS} steps for a number of at most {MAX_BITS} bits"
    wanted: int | None = n
    for step in chain:
        if wanted is None:
            return "a step after the end of the chain"
        if not isinstance(step, dict) or step.get("n") != wanted:
            return f"expected a step for {wanted}"
        wrong, wanted = _refute_step(wanted, step)
        if wrong:
            return f"{step['n']}: {wrong}"
    return None if wanted is None else f"the chain ends before {wanted} is proved"


def _refute_step(n: int, step: dict[str, Any]) -> tuple[str | None, int | None]:
    """What is wrong with a step, and the number that must be prime for it to hold."""
    by = step.get("by")
    if by == "trial division":
        return (None if is_prime_by_division(n) else "it is not prime, or too large to divide"), None
    if by == "strong tests":
        return (None if n < STRONG_BOUND and is_prime_by_tests(n) else "it fails, or is too large for the test"), None
    numbers = [step.get(name) for name in (("q", "a") if by == "n - 1" else ("q", "points", "a", "b", "x", "y"))]
    if n < 5 or n % 2 == 0 or by not in ("n - 1", "curve") or not all(type(number) is int for number in numbers):
        return f"no step that is known, or its numbers are missing: {by!r}"[:120], None
    if any(abs(number) >> MAX_BITS + 2 for number in numbers if number is not None):
        return "a number that is too large", None
    q = step["q"]
    wrong = _refute_power(n, q, step["a"]) if by == "n - 1" else _refute_curve(n, step)
    return wrong, q


def _refute_power(n: int, q: int, a: int) -> str | None:
    """Pocklington (1914): q | n - 1 prime, q^2 > n, a^(n-1) = 1, gcd(a^((n-1)/q) - 1, n) = 1."""
    if q < 2 or (n - 1) % q or q * q <= n:
        return f"{q} is no factor of n - 1 above its square root"
    if pow(a, n - 1, n) != 1 or gcd(pow(a, (n - 1) // q, n) - 1, n) != 1:
        return f"{a} does not have the powers that are needed"
    return None


def _refute_curve(n: int, step: dict[str, Any]) -> str | None:
    """Goldwasser and Kilian (1986): q > (n^(1/4) + 1)^2 prime, m = k q, k P a point, m P none."""
    q, count, a, b, x, y = (step[name] for name in ("q", "points", "a", "b", "x", "y"))
    if (count - n - 1) ** 2 > 4 * n:
        return "no curve has so many points"
    if q < 2 or count % q or q <= (isqrt(isqrt(n)) + 2) ** 2:
        return f"{q} is no factor of the number of points that is large enough"
    if gcd(4 * a**3 + 27 * b * b, n) != 1 or (y * y - x**3 - a * x - b) % n:
        return "no curve, or the point is not on it"
    try:
        point = _multiple((x % n, y % n), count // q, a, n)
        if point is None or _multiple(point, q, a, n) is not None:
            return "the point does not have the order that is claimed"
    except ValueError:
        return f"it has a factor, for the addition of points breaks down modulo {n}"
    return None


Affine = tuple[int, int] | None


def _multiple(point: Affine, k: int, a: int, n: int) -> Affine:
    """k times a point, added up in affine coordinates from the lowest bit. Raises ValueError if n is not prime."""
    total: Affine = None
    while k:
        if k & 1:
            total = _sum(total, point, a, n)
        k >>= 1
        if k:
            point = _sum(point, point, a, n)
    return total


def _sum(left: Affine, right: Affine, a: int, n: int) -> Affine:
    if left is None or right is None:
        return right if left is None else left
    (x1, y1), (x2, y2) = left, right
    if x1 == x2:
        if (y1 + y2) % n == 0:
            return None
        if y1 != y2:
            raise ValueError
        slope = (3 * x1 * x1 + a) * pow(2 * y1, -1, n)
    else:
        slope = (y2 - y1) * pow(x2 - x1, -1, n)
    x = (slope * slope - x1 - x2) % n
    return x, (slope * (x1 - x) - y1) % n


def is_prime_by_division(n: int) -> bool:
    """Whether n is a prime below the bound, by division by 2 and every odd number up to its root."""
    if not 2 <= n <= MAX_DIVIDED:
        return False
    return n in (2, 3) or (n % 2 == 1 and all(n % d for d in range(3, isqrt(n) + 1, 2)))


def is_prime_by_tests(n: int) -> bool:
    """Whether n is prime; exact below STRONG_BOUND, and a no is always exact."""
    if n < 2 or any(n % p == 0 for p in STRONG_BASES):
        return n in STRONG_BASES
    return all(_is_strong(n, base) for base in STRONG_BASES)


def _is_strong(n: int, base: int) -> bool:
    d, twos = n - 1, 0
    while d % 2 == 0:
        d, twos = d // 2, twos + 1
    x = pow(base, d, n)
    return x == 1 or any(pow(x, 1 << i, n) == n - 1 for i in range(twos))


def refute_composite(n: int, proof: dict[str, Any]) -> str | None:
    """What is wrong with a factor of n, or with a base for which n fails the test that primes pass."""
    factor, base = proof.get("factor"), proof.get("base")
    if n.bit_length() > 8 * MAX_BITS:
        return "a number that is too large"
    if type(factor) is int:
        return None if 1 < factor < n and n % factor == 0 else f"{factor} is no factor of {n} but 1 and itself"
    if type(base) is int and 1 < base < n and n % 2:
        return f"{n} passes the test for the base {base}" if _is_strong(n, base) else None
    return "expected a factor, or a base of a test"
