"""Whether an integer is prime, with data that anyone can check: a chain of primes, or why it is composite.

The idea: n is prime because of a smaller prime q that divides either n - 1 (Pocklington 1914) or the number of
points of an elliptic curve modulo n (Goldwasser and Kilian 1986, Atkin and Morain 1993), and q is prime for the
same kind of reason, down to numbers that are divided by everything. Only small factors have to be found for it, so
the work is small and bounded.

Guaranteed: `composite` and `prime` are exact. Below 3.3e24 a number always has an answer, since Miller and Rabin's
test is exact there for fixed bases (Sorenson and Webster 2015); beyond, WorkSpent says that no chain was found.
`verifiers/prime_proofs.py` checks what is made here and shares no code with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from math import gcd, isqrt
from typing import Any, Final

from slowthink.verifiers.curves import DISCRIMINANTS, curve_with, orders
from slowthink.verifiers.factors import SMALL, Work, WorkSpent, proper_factor, rough_part, rougher_part, small_factor

Step = dict[str, Any]
SEARCH: Final = 2_000
MAX_BITS: Final = 140
"""Larger numbers are not decided: about 10^42."""
EXACT: Final[tuple[tuple[int, int], ...]] = (
    (2_047, 1), (1_373_653, 2), (25_326_001, 3), (3_215_031_751, 4), (2_152_302_898_747, 5), (3_474_749_660_383, 6),
    (341_550_071_728_321, 7), (3_825_123_056_546_413_051, 9), (318_665_857_834_031_151_167_461, 12),
    (3_317_044_064_679_887_385_961_981, 13),
)  # fmt: skip
"""Below the bound, a number that passes for so many of the first primes as bases is prime."""
BASES: Final = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53)


def failing_base(n: int) -> int | None:
    """A base for which odd n > 2 fails Miller and Rabin's test, which proves it composite; None if it passes."""
    count = next((count for bound, count in EXACT if n < bound), len(BASES))
    return next((a for a in BASES[:count] if not _passes(n, a)), None)


def _passes(n: int, a: int) -> bool:
    odd = n - 1
    twos = (odd & -odd).bit_length() - 1
    x = pow(a, odd >> twos, n)
    if x in (1, n - 1, 0):
        return True
    for _ in range(twos - 1):
        x = x * x % n
        if x == n - 1:
            return True
    return False


def is_composite(n: int, work: Work) -> bool:
    """Whether n > 1 is composite. False means prime only below the last bound of EXACT. Raises WorkSpent if large."""
    if n.bit_length() > MAX_BITS:
        raise WorkSpent
    small = small_factor(n)
    if small is not None or n < SMALL * SMALL:
        work.spend(5)
        return small != n and small is not None
    work.spend(40 + n.bit_length() * 2)
    return failing_base(n) is not None


def chain(n: int, work: Work) -> list[Step]:
    """The proof that n is prime: steps that each lead to a smaller prime. Raises WorkSpent when none is found.

    The work is spent when the chain is first made; chains are remembered.
    """
    steps, cost = _chain(n)
    work.spend(cost)
    if not steps:
        raise WorkSpent
    return [dict(step) for step in steps]


MAX_WORK: Final = 60_000


@lru_cache(maxsize=4096)
def _chain(n: int) -> tuple[tuple[Step, ...], int]:
    work = Work(MAX_WORK)
    try:
        steps = tuple(_proved(n, work))
    except WorkSpent:
        steps = ()
    return steps, 5 + MAX_WORK - work.left


def _proved(n: int, work: Work) -> list[Step]:
    if n < SMALL * SMALL:
        return [{"n": n, "by": "trial division"}] if n > 1 and small_factor(n) in (None, n) else []
    work.spend(30 + n.bit_length() * 2)
    if small_factor(n) is not None or failing_base(n) is not None:
        return []
    for step in _downward(n, work):
        rest = _proved(step["q"], work)
        if rest:
            return [step, *rest]
    return [{"n": n, "by": "strong tests"}] if n < EXACT[-1][0] else []


def _downward(n: int, work: Work) -> Iterator[Step]:
    """Steps from n to a smaller number q such that n is prime if q is."""
    q = rough_part(n - 1)
    work.spend(10)
    if q * q > n and _may_be_prime(q, work):
        step = _power(n, q, work)
        if step is not None:
            yield step
    if n < EXACT[-1][0]:
        return
    waiting = []
    for discriminant in DISCRIMINANTS:
        for count in orders(n, discriminant, work):
            q = rough_part(count)
            yield from _by_curve(n, discriminant, count, q, work)
            waiting.append((discriminant, count, q))
    for find in (rougher_part, _cofactor):
        for discriminant, count, q in waiting:
            work.spend(100)
            rest = find(q)
            if rest < q:
                yield from _by_curve(n, discriminant, count, rest, work)


def _cofactor(q: int) -> int:
    """What is left of q when a factor that a short search finds is divided out."""
    try:
        factor = proper_factor(q, Work(SEARCH)) if q > SMALL * SMALL and not _passes(q, 2) else 1
    except WorkSpent:
        return q
    return max(factor, q // factor)


def _by_curve(n: int, discriminant: int, count: int, q: int, work: Work) -> Iterator[Step]:
    # the bound of Goldwasser and Kilian, (n^(1/4) + 1)^2, from above
    if q > (isqrt(isqrt(n)) + 2) ** 2 and q < n and _may_be_prime(q, work):
        found = curve_with(n, discriminant, count, q, work)
        if found is not None:
            yield {"n": n, "by": "curve", "q": q, "points": count, **found}


def _power(n: int, q: int, work: Work) -> Step | None:
    """Pocklington's condition for the factor q of n - 1."""
    for a in BASES:
        work.spend(10)
        if pow(a, n - 1, n) == 1 and gcd(pow(a, (n - 1) // q, n) - 1, n) == 1:
            return {"n": n, "by": "n - 1", "q": q, "a": a}
    return None


def _may_be_prime(q: int, work: Work) -> bool:
    work.spend(5 + q.bit_length() // 4)
    return q < SMALL * SMALL or _passes(q, 2)
