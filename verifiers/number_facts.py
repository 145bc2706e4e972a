"""Decides statements about whole numbers, exactly, within bounded work, and says why.

The idea: where a statement has more than one meaning by convention (do the ends of a range count? are 1 and the
number itself among its factors?) each meaning is decided. True by all of them is PROVED, false by all of them is
REFUTED, anything else is UNKNOWN. What was found of each number on the way (a factor, a base of a test, a chain that
proves a prime) is the `proof`, as data that `verifiers/certificates.py` checks with other code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import product
from math import gcd, isqrt, lcm, prod
from typing import Final

from slowthink.verifiers.factors import Work, WorkSpent, primes_between
from slowthink.verifiers.number_readings import Statement
from slowthink.verifiers.number_work import Thinking
from slowthink.verifiers.primality import MAX_BITS

MAX_NTH: Final = 10_000
MAX_ANY_BITS: Final = 8_000


@dataclass
class Fact:
    """What is known of a statement: its truth by each convention, why, and the right value where there is one."""

    holds: tuple[bool, ...]
    why: str = ""
    right: str | tuple[int, ...] | None = None
    """A sentence that holds, or the right value; None where the conventions disagree about it."""


def decide(statement: Statement, thinking: Thinking) -> Fact:
    """The truth of a statement. Raises WorkSpent where it cannot be decided within the work that is left."""
    if any(number.bit_length() > MAX_ANY_BITS for number in (*statement.numbers, *statement.value)):
        raise WorkSpent
    thinking.work.spend(5 + len(statement.numbers) * max(1, len(statement.value)))
    return _FORMS[statement.form](statement, thinking)


# Properties of one number: what is true of it, and a sentence that says so.

Property = Callable[[int, Thinking], tuple[tuple[bool, ...], str, str, str]]
"""Truth by each convention, the word for it, why it holds or not, and the sentence that is right."""


def _prime(n: int, thinking: Thinking) -> tuple[tuple[bool, ...], str, str, str]:
    if n < 0:
        return (True, False), "", "what a prime is among negative numbers is a matter of convention", ""
    if thinking.is_prime(n):
        return (True,), "prime", f"{n} is prime", f"{n} is prime"
    why = thinking.composite_witness(n)
    return (False,), "prime", why, f"{n} is not prime: {why}"


def _composite(n: int, thinking: Thinking) -> tuple[tuple[bool, ...], str, str, str]:
    if n < 0:
        return (True, False), "", "what a composite number is among negative ones is a matter of convention", ""
    if n < 2:
        return (False,), "composite", f"{n} is neither prime nor composite", f"{n} is not composite"
    if thinking.is_prime(n):
        return (False,), "composite", f"{n} is prime", f"{n} is prime"
    why = thinking.composite_witness(n)
    return (True,), "composite", why, f"{n} is composite: {why}"


def _parity(n: int, rest: int) -> tuple[tuple[bool, ...], str, str, str]:
    word = "even" if n % 2 == 0 else "odd"
    return (n % 2 == rest,), word, f"{n} = 2 * {n // 2} + {n % 2}", f"{n} is {word}"


def _root_of(n: int, k: int) -> int:
    """The largest r with r^k <= n, for n >= 0."""
    if k == 2:
        return isqrt(n)
    low, high = 0, 1 << (n.bit_length() // 3 + 1)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**3 <= n else (low, middle - 1)
    return low


def _power(n: int, k: int) -> tuple[tuple[bool, ...], str, str, str]:
    word = "a perfect square" if k == 2 else "a perfect cube"
    if n < 0 or n == 0:
        return (True, False), "", "a matter of convention", ""
    root = _root_of(n, k)
    if root**k == n:
        why = f"{' * '.join([str(root)] * k)} = {n}"
        return (True,), word, why, f"{n} is {word}: {why}"
    why = f"{root}^{k} = {root**k} and {root + 1}^{k} = {(root + 1) ** k}"
    return (False,), word, why, f"{n} is not {word}: {why}"


_PROPERTIES: Final[dict[str, Property]] = {
    "prime": _prime,
    "composite": _composite,
    "even": lambda n, thinking: _parity(n, 0),
    "odd": lambda n, thinking: _parity(n, 1),
    "square": lambda n, thinking: _power(n, 2),
    "cube": lambda n, thinking: _power(n, 3),
}


def _property(statement: Statement, thinking: Thinking) -> Fact:
    of = _PROPERTIES[statement.form]
    return _joined([of(n, thinking) for n in statement.numbers], statement)


def _joined(facts: list[tuple[tuple[bool, ...], str, str, str]], statement: Statement) -> Fact:
    """What holds of several things at once, by every convention; a denial of several may mean each or not all."""
    holds: set[bool] = set()
    for choice in product(*(set(truths) for truths, *_ in facts)):
        if not statement.negated:
            holds.add(all(choice))
        elif statement.how == "any":
            holds.add(not any(choice))
        else:
            holds |= {not any(choice), not all(choice)}
    if len(holds) > 1:
        return Fact(tuple(sorted(holds)), next((why for truths, _, why, _ in facts if len(truths) > 1), "it depends"))
    wrong = [fact for fact in facts if fact[0][0] == statement.negated]
    shown = wrong if not all(holds) else facts
    reasons = list(dict.fromkeys(why for _, _, why, _ in shown))
    sentence = ", and ".join(fact[3] for fact in wrong[:3])
    return Fact(tuple(holds), "; ".join(reasons[:6]), sentence or None)


def _divides(d: int, n: int) -> tuple[tuple[bool, ...], str, str, str]:
    if d == 0:
        return (True, False), "", "a matter of convention", ""
    quotient, rest = divmod(n, d)
    if rest == 0:
        return (True,), "", f"{d} * {quotient} = {n}", f"{n} is divisible by {d}: {d} * {quotient} = {n}"
    why = f"{d} * {quotient} + {rest} = {n}"
    return (False,), "", why, f"{n} is not divisible by {d}: {why}"


def _divisible(statement: Statement, thinking: Thinking) -> Fact:
    facts = [_divides(d, n) for n in statement.numbers for d in statement.value]
    return _joined(facts, statement)


def _prime_factor(statement: Statement, thinking: Thinking) -> Fact:
    (n,) = statement.numbers
    facts = []
    for p in statement.value:
        truths, _, why, _ = _prime(p, thinking)
        if n and truths == (True,):
            truths, _, why, _ = _divides(p, n)
        right = f"{p} is {'' if truths == (True,) else 'not '}a prime factor of {n}: {why}"
        facts.append((truths, "", why, right))
    return _joined(facts, statement)


def _coprime(statement: Statement, thinking: Thinking) -> Fact:
    numbers = statement.numbers
    common = gcd(*numbers)
    pairs = [(a, b) for at, a in enumerate(numbers) for b in numbers[at + 1 :]]
    holds = {common == 1, all(gcd(a, b) == 1 for a, b in pairs)}
    shown = " and ".join(filter(None, (", ".join(map(str, numbers[:-1])), str(numbers[-1]))))
    if len(holds) > 1:
        return Fact((True, False), "all of them together have no common factor, but some pairs do")
    why = f"the greatest common divisor of {shown} is {common}"
    right = f"{shown} are coprime" if common == 1 else f"{shown} are not coprime: {why}"
    return Fact(tuple(truth != statement.negated for truth in holds), why, right)


# Values.


def _value(statement: Statement, right: int, why: str) -> Fact:
    holds = (statement.value[0] == right) != statement.negated
    return Fact((holds,), why, (right,))


def _common(statement: Statement, thinking: Thinking) -> Fact:
    numbers = statement.numbers
    if not all(numbers) or min(numbers) < 0:
        return Fact((True, False), "a matter of convention for numbers that are not positive")
    name = statement.form
    if name == "lcm" and sum(n.bit_length() for n in numbers) > MAX_ANY_BITS:
        raise WorkSpent
    right = gcd(*numbers) if name == "gcd" else lcm(*numbers)
    return _value(statement, right, f"{name}({', '.join(map(str, numbers))}) = {right}")


def _modular(statement: Statement, thinking: Thinking) -> Fact:
    (a, m), (value,) = statement.numbers, statement.value
    if m == 0 or ((a < 0 or m < 0) and statement.form != "congruent"):
        return Fact((True, False), "a matter of convention for numbers that are not positive")
    right = a % m
    why = f"{m} * {a // m} + {right} = {a}"
    if statement.form == "congruent":
        return Fact(((a - value) % m == 0,), why, (right,))
    if statement.form == "mod" and value != right and (a - value) % m == 0:
        return Fact((True, False), f"{value} is congruent to it, but not the least remainder")
    return _value(statement, right, why)


def _root(statement: Statement, thinking: Thinking) -> Fact:
    (k, n), (value,) = statement.numbers, statement.value
    if n < 0 or (value < 0 and k == 2):
        return Fact((True, False), "a matter of convention for numbers that are not positive")
    root = _root_of(n, k)
    if root**k == n:
        return _value(statement, root, f"{root}^{k} = {n}")
    if value in (root, root + 1):
        return Fact((True, False), "a rough value")
    why = f"{root}^{k} = {root**k} and {root + 1}^{k} = {(root + 1) ** k}"
    return Fact((statement.negated,), why)


def _digit_sum(statement: Statement, thinking: Thinking) -> Fact:
    digits = str(abs(statement.numbers[0]))
    return _value(statement, sum(map(int, digits)), " + ".join(digits[:60]))


# Ranges and lists.


def _ranges(statement: Statement, thinking: Thinking) -> list[list[int]]:
    """The primes of a range by each convention about its ends."""
    low, high = statement.numbers
    if low > high:
        low, high = high, low
    primes = primes_between(low, high, thinking.work)
    if statement.how == "inside":
        return [primes]
    inner = [p for p in primes if low < p < high]
    if statement.how == "outside":
        return [inner]
    ways = [primes, inner, [p for p in primes if p < high], [p for p in primes if p > low]]
    return [way for at, way in enumerate(ways) if way not in ways[:at]]


def _count_of_primes(statement: Statement, thinking: Thinking) -> Fact:
    counts = sorted({len(primes) for primes in _ranges(statement, thinking)})
    holds = {(count == statement.value[0]) != statement.negated for count in counts}
    why = f"there are {' or '.join(map(str, counts))} by the convention about the ends" if len(counts) > 1 else ""
    return Fact(tuple(holds), why or f"there are {counts[0]}", (counts[0],) if len(counts) == 1 else None)


def _primes(statement: Statement, thinking: Thinking) -> Fact:
    ways = _ranges(statement, thinking)
    holds = {sorted(set(statement.value)) == primes for primes in ways}
    return Fact(tuple(holds), _difference(statement.value, ways), tuple(ways[0]) if len(ways) == 1 else None)


def _difference(given: Iterable[int], ways: list[list[int]]) -> str:
    """What is too much in a list, and what is missing, by any convention."""
    extra = sorted(set(given) - set().union(*ways))
    missing = sorted(set(ways[0]).intersection(*ways) - set(given))
    parts = [f"{_few(extra)} too many"] if extra else []
    parts += [f"{_few(missing)} missing"] if missing else []
    return ", ".join(parts) or "complete"


def _few(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers[:6])) + (" ..." if len(numbers) > 6 else "")


def _first(count: int, work: Work) -> list[int]:
    if not 0 < count <= MAX_NTH:
        raise WorkSpent
    bound = 20 if count < 6 else int(count * (count.bit_length() * 0.7 + 2.5)) + 10
    return primes_between(2, bound, work)[:count]


def _first_primes(statement: Statement, thinking: Thinking) -> Fact:
    right = _first(statement.numbers[0], thinking.work)
    return Fact((list(statement.value) == right,), _difference(statement.value, [right]), tuple(right))


def _nth_prime(statement: Statement, thinking: Thinking) -> Fact:
    right = _first(statement.numbers[0], thinking.work)[-1]
    return _value(statement, right, f"it is {right}")


def _neighbour(statement: Statement, thinking: Thinking) -> Fact:
    (n,) = statement.numbers
    step = 1 if statement.form == "next prime" else -1
    at = n if statement.how == "inside" else n + step if step < 0 else max(n + step, 2)
    while at > 1:
        thinking.work.spend(2)
        if thinking.is_prime(at):
            return _value(statement, at, f"it is {at}")
        at += step
    return Fact((False,), f"there is no prime below {n}")


def _positive(statement: Statement, least: int = 1) -> int:
    (n,) = statement.numbers
    if n < least:
        raise WorkSpent
    return n


def _divisors_of(n: int, thinking: Thinking) -> list[int]:
    found = [1]
    for p in thinking.prime_factors(n):
        found = sorted({*found, *(d * p for d in found)})
        thinking.work.spend(len(found) // 4)
    return found


def _divisors(statement: Statement, thinking: Thinking) -> Fact:
    right = _divisors_of(_positive(statement), thinking)
    given = sorted(set(statement.value))
    if given in (right[1:-1], right[:-1], right[1:]):
        return Fact((True, False), "1 or the number itself is left out")
    return Fact((given == right,), _difference(given, [right]), tuple(right))


def _prime_factors(statement: Statement, thinking: Thinking) -> Fact:
    right = thinking.prime_factors(_positive(statement, 2))
    distinct = sorted(set(right))
    given = sorted(statement.value)
    return Fact((given in (right, distinct),), _difference(given, [distinct]), tuple(distinct))


def _count_of_divisors(statement: Statement, thinking: Thinking) -> Fact:
    n, claimed = _positive(statement, 2), statement.value[0]
    factors = thinking.prime_factors(n)
    why = f"{n} = {' * '.join(map(str, factors))}"
    if "prime" in statement.how:
        counts = {len(set(factors))} if statement.how != "prime" else {len(set(factors)), len(factors)}
        right = (len(set(factors)),) if len(counts) == 1 else None
        return Fact(tuple({count == claimed for count in counts}), why, right)
    whole = len(_divisors_of(n, thinking))
    if claimed in (whole - 1, whole - 2):
        return Fact((True, False), "1 and the number itself may not be counted")
    return Fact((claimed == whole,), why, (whole,))


def _factorisation(statement: Statement, thinking: Thinking) -> Fact:
    n, factors = _positive(statement, 2), statement.value
    if sum(f.bit_length() for f in factors) > 2 * MAX_ANY_BITS or not factors:
        raise WorkSpent
    value = prod(factors)
    if value != n:
        return Fact((False,), f"the product is {value}", _all_factors(n, thinking))
    composite = next((f for f in factors if not thinking.is_prime(f)), None)
    if composite is None:
        return Fact((True,), "the product is right and its factors are prime", factors)
    why = f"{composite} is not prime: {thinking.composite_witness(composite)}"
    return Fact((False,) if statement.how else (True, False), why, _all_factors(n, thinking))


def _all_factors(n: int, thinking: Thinking) -> tuple[int, ...] | None:
    if n.bit_length() > MAX_BITS:
        return None
    try:
        return tuple(thinking.prime_factors(n))
    except WorkSpent:
        return None


def _extreme(statement: Statement, thinking: Thinking) -> Fact:
    factors = thinking.prime_factors(_positive(statement, 2))
    right = factors[0] if statement.how == "least" else factors[-1]
    return _value(statement, right, f"{' * '.join(map(str, factors))} = {statement.numbers[0]}")


_FORMS: Final[dict[str, Callable[[Statement, Thinking], Fact]]] = {
    **dict.fromkeys(_PROPERTIES, _property),
    "divisible": _divisible,
    "prime factor": _prime_factor,
    "coprime": _coprime,
    "gcd": _common,
    "lcm": _common,
    "mod": _modular,
    "congruent": _modular,
    "remainder": _modular,
    "root": _root,
    "digit sum": _digit_sum,
    "count of primes": _count_of_primes,
    "primes": _primes,
    "first primes": _first_primes,
    "nth prime": _nth_prime,
    "next prime": _neighbour,
    "previous prime": _neighbour,
    "divisors": _divisors,
    "prime factors": _prime_factors,
    "count of divisors": _count_of_divisors,
    "factorisation": _factorisation,
    "extreme prime factor": _extreme,
}
