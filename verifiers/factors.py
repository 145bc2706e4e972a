"""Factors of integers within a bounded amount of work: small primes at once, then Fermat, then Pollard's rho.

Work is counted in steps, never in seconds, so that a verdict does not depend on how busy the machine is. When it is
spent, `WorkSpent` is raised and whoever asked answers "unknown". Guaranteed: a factor that is returned divides.
"""

from __future__ import annotations

from functools import cache
from math import gcd, isqrt, prod
from typing import Final

SMALL: Final = 10_000
"""Primes below this are divided out first; a number below its square without such a factor is prime."""
MIDDLING: Final = 1 << 18
BATCH: Final = 64
FERMAT_STEPS: Final = 8
MAX_RANGE: Final = 100_000
MAX_RANGE_END: Final = 10**9


class WorkSpent(Exception):
    """The work that was allowed did not suffice."""


class Work:
    """A bound on work, in steps of about a microsecond."""

    __slots__ = ("left",)

    def __init__(self, steps: int) -> None:
        self.left = steps

    def spend(self, steps: int) -> None:
        """Take steps from what is left. Raises WorkSpent when they are not there; then nothing is left."""
        self.left -= steps
        if self.left < 0:
            self.left = 0
            raise WorkSpent


def primes_below(bound: int) -> list[int]:
    """All primes below a bound, by Eratosthenes' sieve."""
    sieve = bytearray([1]) * bound
    sieve[:2] = b"\0\0"
    for p in range(2, isqrt(bound) + 1):
        if sieve[p]:
            sieve[p * p :: p] = bytes(len(range(p * p, bound, p)))
    return [p for p in range(bound) if sieve[p]]


@cache
def small_primes() -> tuple[int, ...]:
    """The primes below SMALL."""
    return tuple(primes_below(SMALL))


@cache
def primorial(bound: int = SMALL) -> int:
    """The product of the primes below a bound."""
    parts = primes_below(bound)
    while len(parts) > 1:
        parts = [prod(parts[at : at + 8]) for at in range(0, len(parts), 8)]
    return parts[0]


def small_factor(n: int) -> int | None:
    """The smallest prime below SMALL that divides n > 1; None when there is none."""
    common = gcd(n, primorial())
    return None if common == 1 else next(p for p in small_primes() if common % p == 0)


def rough_part(n: int) -> int:
    """What is left of n when all its prime factors below SMALL are divided out."""
    while (common := gcd(n, primorial())) > 1:
        n //= common
    return n


def rougher_part(n: int) -> int:
    """The same with the primes below MIDDLING."""
    while (common := gcd(n, primorial(MIDDLING))) > 1:
        n //= common
    return n


def proper_factor(n: int, work: Work) -> int:
    """A factor of the composite n, neither 1 nor n. Raises WorkSpent."""
    work.spend(20)
    small = small_factor(n)
    if small is not None:
        return small
    root = isqrt(n)
    if root * root == n:
        return root
    for a in range(root + 1, root + 1 + FERMAT_STEPS):
        rest = a * a - n
        b = isqrt(rest)
        if b * b == rest and a - b > 1:
            return a - b
    for c in range(1, 1 << 20):
        found = _rho(n, c, work)
        if found is not None:
            return found
    raise WorkSpent


def _rho(n: int, c: int, work: Work) -> int | None:
    """Pollard's rho in Brent's form (1980) with x^2 + c; None when the whole of n came out."""
    cost = 1 + BATCH * (n.bit_length() + 60) // 160
    y, size = 2, 1
    while True:
        x = y
        for _ in range(size):
            y = (y * y + c) % n
        done = 0
        while done < size:
            start, product = y, 1
            count = min(BATCH, size - done)
            work.spend(cost * (2 if done == 0 else 1))
            for _ in range(count):
                y = (y * y + c) % n
                product = product * (x - y) % n
            done += count
            common = gcd(product, n)
            if common == n:
                return _one_by_one(n, c, x, start)
            if common > 1:
                return common
        size *= 2


def _one_by_one(n: int, c: int, x: int, y: int) -> int | None:
    """The steps of a batch again, with a gcd each."""
    for _ in range(BATCH):
        y = (y * y + c) % n
        common = gcd(x - y, n)
        if common == n:
            return None
        if common > 1:
            return common
    return None


def primes_between(low: int, high: int, work: Work) -> list[int]:
    """All primes p with low <= p <= high. Raises WorkSpent where that is too much work."""
    low = max(low, 2)
    if high < low:
        return []
    if high - low > MAX_RANGE or high > MAX_RANGE_END:
        raise WorkSpent
    size, root = high - low + 1, isqrt(high)
    work.spend(20 + size // 15 + root // 20)
    primes = small_primes() if root < SMALL else (*small_primes(), *_more_primes(root))
    sieve = bytearray([1]) * size
    for p in primes:
        if p > root:
            break
        begin = max(p * p, -(-low // p) * p) - low
        if begin < size:
            sieve[begin::p] = bytes(len(range(begin, size, p)))
    return [low + at for at in range(size) if sieve[at]]


def _more_primes(root: int) -> list[int]:
    found, primes = [], small_primes()
    for n in range(SMALL + 1, root + 1, 2):
        if small_factor(n) is None:
            found.append(n)
    return found if primes else []
