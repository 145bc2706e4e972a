"""Checks lists of numbers by other code than made them: where that tests each number, this makes the members.

Primes are sieved, squares and multiples and palindromes are generated, and joined kinds are put together as sets.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from slowthink.verifiers.listing import MAX_SHOWN, SPAN, Stretch, claim_of
from slowthink.verifiers.number_kinds import LARGEST, Kind, kind_from


def refute(claim: str, certificate: dict[str, Any]) -> str | None:
    """What is wrong with a list's evidence; None where it is what it claims. ValueError: too long to be checked."""
    kind = kind_from(certificate.get("kind"))
    low, high = certificate.get("low"), certificate.get("high")
    if kind is None or type(low) is not int or type(high) is not int:
        return "expected 'kind', 'low' and 'high'"
    if not 0 <= low <= LARGEST or not low - 1 <= high <= LARGEST or high - low > SPAN:
        raise ValueError("the list is too long to be made again")
    members = sorted(n for n in _made(kind, low, high) if low <= n <= high)
    if claim != claim_of(kind, Stretch(low, high), members):
        return "the claim is not the list that was made again"
    if certificate.get("count") != len(members) or certificate.get("sum") != sum(members):
        return f"{len(members)} numbers with the sum {sum(members)} were found"
    if len(members) <= MAX_SHOWN and certificate.get("members") != members:
        return "other members were found"
    return None


def _made(kind: Kind, low: int, high: int) -> set[int]:
    if not kind.parts:
        return _MAKERS[kind.name](low, high, *kind.numbers)
    parts = [_made(part, low, high) for part in kind.parts]
    if kind.name == "and":
        return set.intersection(*parts)
    if kind.name == "or":
        return _all(parts)
    if kind.name == "xor":
        return parts[0] ^ parts[1]
    return set(range(low, high + 1)) - _all(parts)


def _all(parts: list[set[int]]) -> set[int]:
    return {n for part in parts for n in part}


def _sieve(high: int) -> bytearray:
    """Which numbers up to `high` are prime (Eratosthenes)."""
    marks = bytearray([1]) * (high + 1)
    marks[:2] = b"\0\0"[: high + 1]
    p = 2
    while p * p <= high:
        if marks[p]:
            marks[p * p :: p] = bytes(len(range(p * p, high + 1, p)))
        p += 1
    return marks


def _primes(low: int, high: int) -> set[int]:
    return {n for n, mark in enumerate(_sieve(max(high, 1))) if mark and n >= low}


def _composites(low: int, high: int) -> set[int]:
    marks = _sieve(max(high, 1))
    return {n for n in range(max(low, 4), high + 1) if not marks[n]}


def _steps(low: int, high: int, step: int, rest: int) -> set[int]:
    if step == 0 or rest >= step:
        return set()
    return set(range(low + (rest - low) % step, high + 1, step))


def _powers(high: int, exponent: int) -> set[int]:
    found, root = set(), 1
    while root**exponent <= high:
        found.add(root**exponent)
        root += 1
    return found


def _perfect_powers(low: int, high: int) -> set[int]:
    return {1} | {n for exponent in range(2, 25) for n in _powers(high, exponent)}


def _palindromes(low: int, high: int) -> set[int]:
    found = set(range(10))
    for half in range(1, 10 ** ((len(str(high)) + 1) // 2)):
        text = str(half)
        found |= {int(text + text[::-1]), int(text + text[-2::-1])}
    return found


def _semiprimes(low: int, high: int) -> set[int]:
    primes = sorted(_primes(2, high // 2))
    found: set[int] = set()
    for place, p in enumerate(primes):
        if p * p > high:
            break
        for q in primes[place:]:
            if p * q > high:
                break
            found.add(p * q)
    return found


def _sums(low: int, high: int) -> set[int]:
    found, total, step = set(), 0, 0
    while total <= high:
        step += 1
        total += step
        found.add(total)
    return found


def _fibonacci(low: int, high: int) -> set[int]:
    row = [1, 1]
    while row[-1] <= high:
        row.append(row[-1] + row[-2])
    return set(row)


def _factorials(low: int, high: int) -> set[int]:
    row = [1]
    while row[-1] <= high:
        row.append(row[-1] * (len(row) + 1))
    return set(row)


def _powers_of(low: int, high: int, base: int) -> set[int]:
    row = [1]
    while base > 1 and row[-1] <= high:
        row.append(row[-1] * base)
    return set(row)


def _square_free(low: int, high: int) -> set[int]:
    found = set(range(max(1, low), high + 1))
    root = 2
    while root * root <= high:
        found -= set(range(0, high + 1, root * root))
        root += 1
    return found


def _divisor_lists(high: int) -> list[int]:
    """For each number up to `high` how many numbers divide it."""
    counts = [0] * (high + 1)
    for d in range(1, high + 1):
        for n in range(d, high + 1, d):
            counts[n] += 1
    return counts


def _counts(low: int, high: int, wanted: int) -> set[int]:
    return {n for n, count in enumerate(_divisor_lists(high)) if count == wanted and n > 0}


def _perfect(low: int, high: int) -> set[int]:
    totals = [0] * (high + 1)
    for d in range(1, high // 2 + 1):
        for n in range(2 * d, high + 1, d):
            totals[n] += d
    return {n for n in range(2, high + 1) if totals[n] == n}


def _digits(n: int) -> list[int]:
    digits = [n % 10]
    while n > 9:
        n //= 10
        digits.append(n % 10)
    return digits[::-1]


def _digit_sum(low: int, high: int, wanted: int) -> set[int]:
    return {n for n in range(low, high + 1) if sum(_digits(n)) == wanted}


def _where(test: Callable[[list[int], list[int]], bool]) -> Callable[..., set[int]]:
    def made(low: int, high: int, shown: int) -> set[int]:
        return {n for n in range(low, high + 1) if test(_digits(n), _digits(shown))}

    return made


def _ends(digits: list[int], shown: list[int]) -> bool:
    return digits[-len(shown) :] == shown


def _starts(digits: list[int], shown: list[int]) -> bool:
    return digits[: len(shown)] == shown


def _contains(digits: list[int], shown: list[int]) -> bool:
    return any(digits[i : i + len(shown)] == shown for i in range(len(digits)))


def _coprime(low: int, high: int, other: int) -> set[int]:
    found = set(range(max(low, 1), high + 1)) | ({0} if low == 0 and other == 1 else set())
    for p in sorted(_primes(2, other)):
        if other % p == 0:
            found -= _steps(low, high, p, 0)
    return found if other else found & {1}


def _divides(low: int, high: int, other: int) -> set[int]:
    return {n for n in range(max(low, 1), high + 1) if other // n * n == other}


_MAKERS: Final[dict[str, Callable[..., set[int]]]] = {
    "prime": _primes,
    "composite": _composites,
    "even": lambda low, high: _steps(low, high, 2, 0),
    "odd": lambda low, high: _steps(low, high, 2, 1),
    "square": lambda low, high: _powers(high, 2),
    "cube": lambda low, high: _powers(high, 3),
    "power": _perfect_powers,
    "palindrome": _palindromes,
    "semiprime": _semiprimes,
    "triangular": _sums,
    "fibonacci": _fibonacci,
    "square-free": _square_free,
    "perfect": _perfect,
    "factorial": _factorials,
    "whole": lambda low, high: set(range(low, high + 1)),
    "multiple": lambda low, high, k: _steps(low, high, k, 0),
    "divisor": _divides,
    "power of": _powers_of,
    "ends": _where(_ends),
    "starts": _where(_starts),
    "contains": _where(_contains),
    "digit sum": _digit_sum,
    "coprime": _coprime,
    "divisor count": _counts,
    "remainder": lambda low, high, rest, step: _steps(low, high, step, rest),
}
