"""Checks evidence about whole numbers: statements as data, with what was found of the numbers in them.

It shares no code with `verifiers/number_facts.py`, which makes that evidence: the meaning of each statement is written
down here once more, primality is taken from a proof that `prime_proofs.py` accepts, factors are multiplied out, and
ranges are decided number by number. Where the two ever disagree, the evidence is refused.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from slowthink.verifiers.prime_proofs import (
    STRONG_BOUND,
    is_prime_by_division,
    is_prime_by_tests,
    refute_chain,
    refute_composite,
)

MAX_RANGE: Final = 100_000
BY_DIVISION: Final = 1_000_000
MAX_NUMBER_BITS: Final = 8_000


class Refused(Exception):
    """The evidence does not show what it says."""


class Checker:
    """The truth of statements, by the proof that comes with them."""

    def __init__(self, proof: Mapping[str, Any]) -> None:
        self.primality = proof.get("primality") or {}
        self.factors = proof.get("factors") or {}
        if not isinstance(self.primality, dict) or not isinstance(self.factors, dict):
            raise Refused("expected 'primality' and 'factors' as objects")

    def is_prime(self, n: int) -> bool:
        """Whether n is prime. Raises Refused where the proof does not show it."""
        if n < BY_DIVISION:
            return is_prime_by_division(n)
        given = self.primality.get(str(n))
        if isinstance(given, dict) and "chain" in given:
            wrong = refute_chain(n, given["chain"])
        elif isinstance(given, dict):
            wrong = refute_composite(n, given)
        elif n < STRONG_BOUND:
            return is_prime_by_tests(n)
        else:
            wrong = f"nothing is said of {n}"
        if wrong:
            raise Refused(wrong)
        return isinstance(given, dict) and "chain" in given

    def prime_factors(self, n: int) -> list[int]:
        """The prime factors of n. Raises Refused where those in the proof are not."""
        given = self.factors.get(str(n))
        if not isinstance(given, list) or not all(type(p) is int and 1 < p <= n for p in given) or len(given) > 8000:
            raise Refused(f"expected the prime factors of {n}")
        if math.prod(given) != n:
            raise Refused(f"the factors that are given for {n} have another product")
        if not all(self.is_prime(p) for p in set(given)):
            raise Refused(f"not all factors that are given for {n} are prime")
        return sorted(given)

    def truths(self, data: Mapping[str, Any]) -> set[bool]:
        """The truth of a statement by each convention. Raises Refused where it is none, or not shown."""
        form, how, negated = data.get("form"), data.get("how"), data.get("negated")
        numbers, value = _integers(data.get("numbers")), _integers(data.get("value"))
        meaning = _MEANINGS.get(form) if isinstance(form, str) else None
        if meaning is None or not isinstance(how, str) or not isinstance(negated, bool) or not numbers:
            raise Refused("expected a statement with its form, numbers, value, how and negated")
        try:
            plain = set(meaning(self, numbers, value, how))
        except (ValueError, IndexError, ZeroDivisionError) as error:
            raise Refused(f"the numbers do not suit the statement: {error}") from error
        if not negated:
            return plain
        if form in _PROPERTIES or form in ("divisible", "prime factor"):
            each = [set(meaning(self, [n], [v] if v is not None else [], how)) for n, v in _pairs(numbers, value)]
            return {not any(one) for one in _choices(each)} | (
                set() if how == "any" else {not all(one) for one in _choices(each)}
            )
        return {not truth for truth in plain}


def _choices(each: list[set[bool]]) -> Iterator[list[bool]]:
    if any(len(one) > 1 for one in each):
        raise Refused("a matter of convention")
    yield [next(iter(one)) for one in each]


def _pairs(numbers: list[int], value: list[int]) -> Iterator[tuple[int, int | None]]:
    for n in numbers:
        for v in value or [None]:  # type: ignore[list-item]
            yield n, v


def _integers(given: object) -> list[int]:
    if not isinstance(given, list) or not all(type(n) is int and n.bit_length() <= MAX_NUMBER_BITS for n in given):
        raise Refused("expected lists of whole numbers that are not too large")
    return given


Meaning = Callable[[Checker, list[int], list[int], str], Iterator[bool]]


def _natural(n: int, least: int = 0) -> int:
    if n < least:
        raise Refused("a matter of convention for such numbers")
    return n


def _prime(checker: Checker, numbers: list[int], value: list[int], how: str) -> Iterator[bool]:
    yield all(checker.is_prime(_natural(n)) for n in numbers)


def _composite(checker: Checker, numbers: list[int], value: list[int], how: str) -> Iterator[bool]:
    yield all(_natural(n) > 3 and not checker.is_prime(n) for n in numbers)


def _even(checker: Checker, numbers: list[int], value: list[int], how: str) -> Iterator[bool]:
    yield not any(n & 1 for n in numbers)


def _odd(checker: Checker, numbers: list[int], value: list[int], how: str) -> Iterator[bool]:
    yield all(n & 1 for n in numbers)


def _square(checker: Checker, numbers: list[int], value: list[int], how: str) -> Iterator[bool]:
    yield all(math.isqrt(_natural(n, 1)) ** 2 == n for n in numbers)


def _cube(checker: Checker, numbers: list[int], value: list[int], how: str) -> Iterator[bool]:
    yield all(_cube_root(_natural(n, 1)) ** 3 == n for n in numbers)


def _cube_root(n: int) -> int:
    """The integer part, by Newton's iteration from above."""
    x = 1 << -(-n.bit_length() // 3)
    while n and (y := (2 * x + n // (x * x)) // 3) < x:
        x = y
    return x if n else 0


def _divisible(checker: Checker, numbers: list[int], value: list[int], how: str) -> Iterator[bool]:
    if not value or 0 in value:
        raise Refused("division by zero")
    yield all(n == d * (n // d) for n in numbers for d in value)


def _prime_factor(checker: Checker, numbers: list[int], value: list[int], how: str) -> Iterator[bool]:
    (n,) = numbers
    yield all(checker.is_prime(_natural(p)) and math.gcd(p, n) == p for p in value)


def _coprime(checker: Checker, numbers: list[int], value: list[int], how: str) -> Iterator[bool]:
    yield math.gcd(*numbers) == 1
    yield all(math.gcd(a, b) == 1 for at, a in enumerate(numbers) for b in numbers[:at])


def _gcd(checker: Checker, numbers: list[int], value: list[int], how: str) -> Iterator[bool]:
    (claimed,), common = value, _natural(numbers[0], 1)
    for n in numbers[1:]:
        rest = _natural(n, 1)
        while rest:
            common, rest = rest, common % rest
    yield claimed == common


def _lcm(checker: Checker, numbers: list[int], value: list[int], how: str) -> Iterator[bool]:
    (claimed,), common = value, 1
    for n in numbers:
        common = common // math.gcd(common, _natural(n, 1)) * n
    yield claimed == common


def _remainder(checker: Checker, numbers: list[int], value: list[int], how: str) -> Iterator[bool]:
    (a, m), (claimed,) = numbers, value
    yield claimed == divmod(_natural(a), _natural(m, 1))[1]


def _mod(checker: Checker, numbers: list[int], value: list[int], how: str) -> Iterator[bool]:
    (a, m), (claimed,) = numbers, value
    yield claimed == divmod(_natural(a), _natural(m, 1))[1]
    yield (a - claimed) % m == 0


def _congruent(checker: Checker, numbers: list[int], value: list[int], how: str) -> Iterator[bool]:
    (a, m), (claimed,) = numbers, value
    yield (a - claimed) % m == 0


def _root(checker: Checker, numbers: list[int], value: list[int], how: str) -> Iterator[bool]:
    (k, n), (claimed,) = numbers, value
    if k not in (2, 3):
        raise Refused("expected a square or a cube root")
    if claimed**k != _natural(n) and (claimed - 1) ** k < n < (claimed + 1) ** k:
        raise Refused("a rough value")
    yield _natural(claimed) ** k == n


def _digit_sum(checker: Checker, numbers: list[int], value: list[int], how: str) -> Iterator[bool]:
    n, total = abs(numbers[0]), 0
    while n:
        n, digit = divmod(n, 10)
        total += digit
    yield value == [total]


def _range(checker: Checker, numbers: list[int], how: str) -> Iterator[list[int]]:
    low, high = sorted(numbers)
    if high - low > MAX_RANGE or high >= STRONG_BOUND:
        raise Refused("the range is too large")
    primes = [n for n in range(max(low, 2), high + 1) if _is_small_prime(n)]
    for keeps_low, keeps_high in {"inside": [(1, 1)], "outside": [(0, 0)]}.get(how, [(1, 1), (1, 0), (0, 1), (0, 0)]):
        yield [p for p in primes if (keeps_low or p > low) and (keeps_high or p < high)]


def _is_small_prime(n: int) -> bool:
    return is_prime_by_division(n) if n < 1000 else is_prime_by_tests(n)


def _count_of_primes(checker: Checker, numbers: list[int], value: list[int], how: str) -> Iterator[bool]:
    for primes in _range(checker, numbers, how):
        yield value == [len(primes)]


def _primes(checker: Checker, numbers: list[int], value: list[int], how: str) -> Iterator[bool]:
    for primes in _range(checker, numbers, how):
        yield sorted(set(value)) == primes


def _counted(count: int) -> Iterator[int]:
    if not 0 < count <= 10_000:
        raise Refused("too many primes")
    n = 1
    while count:
        n += 1
        if _is_small_prime(n):
            count -= 1
            yield n


def _first_primes(checker: Checker, numbers: list[int], value: list[int], how: str) -> Iterator[bool]:
    yield value == list(_counted(numbers[0]))


def _nth_prime(checker: Checker, numbers: list[int], value: list[int], how: str) -> Iterator[bool]:
    yield value == [list(_counted(numbers[0]))[-1]]


def _next_prime(checker: Checker, numbers: list[int], value: list[int], how: str) -> Iterator[bool]:
    (n,), (claimed,) = numbers, value
    yield n < claimed <= n + MAX_RANGE and checker.is_prime(claimed) and not _any_prime(checker, n + 1, claimed)


def _previous_prime(checker: Checker, numbers: list[int], value: list[int], how: str) -> Iterator[bool]:
    (n,), (claimed,) = numbers, value
    n += how == "inside"
    yield n - MAX_RANGE <= claimed < n and checker.is_prime(claimed) and not _any_prime(checker, claimed + 1, n)


def _any_prime(checker: Checker, low: int, high: int) -> bool:
    return any(checker.is_prime(n) for n in range(max(low, 2), high))


def _divisors(checker: Checker, numbers: list[int], value: list[int], how: str) -> Iterator[bool]:
    (n,) = numbers
    count = _number_of_divisors(checker.prime_factors(_natural(n, 1)))
    given = set(value)
    yield len(given) == count and all(d > 0 and n % d == 0 for d in given)
    if given and all(d > 0 and n % d == 0 for d in given) and len(given) < count:
        yield not given.issuperset({1, n}) and len(given | {1, n}) == count


def _number_of_divisors(primes: list[int]) -> int:
    return math.prod(primes.count(p) + 1 for p in set(primes))


def _prime_factors(checker: Checker, numbers: list[int], value: list[int], how: str) -> Iterator[bool]:
    primes = checker.prime_factors(_natural(numbers[0], 2))
    yield sorted(value) == primes or sorted(value) == sorted(set(primes))


def _count_of_divisors(checker: Checker, numbers: list[int], value: list[int], how: str) -> Iterator[bool]:
    primes, (claimed,) = checker.prime_factors(_natural(numbers[0], 2)), value
    if "prime" in how:
        yield claimed == len(set(primes))
        if how == "prime":
            yield claimed == len(primes)
    else:
        count = _number_of_divisors(primes)
        yield claimed == count
        yield claimed in (count, count - 1, count - 2)


def _factorisation(checker: Checker, numbers: list[int], value: list[int], how: str) -> Iterator[bool]:
    if sum(n.bit_length() for n in value) > 2 * MAX_NUMBER_BITS:
        raise Refused("the product is too large")
    is_product = bool(value) and math.prod(value) == _natural(numbers[0], 2)
    yield is_product and all(checker.is_prime(_natural(p)) for p in value)
    if not how:
        yield is_product


def _extreme(checker: Checker, numbers: list[int], value: list[int], how: str) -> Iterator[bool]:
    primes = checker.prime_factors(_natural(numbers[0], 2))
    yield value == [min(primes) if how == "least" else max(primes)]


_PROPERTIES: Final[dict[str, Meaning]] = {
    "prime": _prime, "composite": _composite, "even": _even, "odd": _odd, "square": _square, "cube": _cube,
}  # fmt: skip
_MEANINGS: Final[dict[str, Meaning]] = _PROPERTIES | {
    "divisible": _divisible, "prime factor": _prime_factor, "coprime": _coprime, "gcd": _gcd, "lcm": _lcm,
    "mod": _mod, "congruent": _congruent, "remainder": _remainder, "root": _root, "digit sum": _digit_sum,
    "count of primes": _count_of_primes, "primes": _primes, "first primes": _first_primes, "nth prime": _nth_prime,
    "next prime": _next_prime, "previous prime": _previous_prime, "divisors": _divisors,
    "prime factors": _prime_factors, "count of divisors": _count_of_divisors, "factorisation": _factorisation,
    "extreme prime factor": _extreme,
}  # fmt: skip


def refute(statements: object, proof: object, holds: bool) -> str | None:
    """What is wrong with a proof that the statements, readings of one claim, hold or do not hold."""
    if not isinstance(statements, list) or not statements or not isinstance(proof, dict):
        return "expected 'statements' as a list and 'proof' as an object"
    try:
        checker = Checker(proof)
        truths: set[bool] = set()
        for data in statements:
            if not isinstance(data, dict):
                return "expected each statement as an object"
            truths |= checker.truths(data)
    except Refused as refusal:
        return str(refusal)
    if truths != {holds}:
        return "the statement does not hold" if holds else "the statement holds, at least by one convention"
    return None
