"""Counting and listing questions for calibration, made from a seed, each with its answers by brute force.

The wordings are the project's own. A question whose conventions differ in their answers has several of them as gold:
calibration counts only answers that the ladder itself takes to be beyond such doubt, so it must meet one.
Some questions ask for kinds that no plan has a place for; any answer to them is wrong.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from math import gcd, isqrt, prod
from typing import Final

Test = Callable[[int], bool]


@dataclass(frozen=True)
class Made:
    """A question, what is asked (`count`, `list`, ...), and the gold answers; None where any answer is wrong."""

    question: str
    then: str
    gold: frozenset[tuple[int, ...]] | None


def _is_prime(n: int) -> bool:
    return n > 1 and all(n % d for d in range(2, isqrt(n) + 1))


def _kinds(draw: random.Random) -> tuple[str, str, Test]:
    """A kind: as a plural noun, as words after `numbers that`, and its meaning."""
    a, b = draw.sample((2, 3, 4, 5, 6, 7, 8, 9, 11, 12), 2)
    d = draw.randint(1, 9)
    big = draw.choice((12, 15, 20, 21, 30))
    rest = draw.randint(1, a - 1) if a > 1 else 0
    total = draw.randint(4, 12)
    choices: list[tuple[str, str, Test]] = [
        ("prime numbers", "are prime", _is_prime),
        ("primes", "are primes", _is_prime),
        ("composite numbers", "are composite", lambda n: n > 3 and not _is_prime(n)),
        ("even numbers", "are even", lambda n: n % 2 == 0),
        ("odd integers", "are odd", lambda n: n % 2 == 1),
        ("square numbers", "are perfect squares", lambda n: isqrt(n) ** 2 == n and n > 0),
        ("cubes", "are cubes", lambda n: any(r**3 == n for r in range(1, 30))),
        ("palindromes", "are palindromic", lambda n: str(n) == str(n)[::-1]),
        ("triangular numbers", "are triangular", lambda n: any(k * (k + 1) // 2 == n for k in range(1, 200))),
        (f"multiples of {a}", f"can be divided by {a} evenly", lambda n: n % a == 0),
        (f"numbers divisible by {a}", f"are divisible by {a}", lambda n: n % a == 0),
        (f"integers not divisible by {a}", f"are not multiples of {a}", lambda n: n % a != 0),
        (f"numbers ending in {d}", f"end in {d}", lambda n: n % 10 == d),
        (f"numbers containing the digit {d}", f"contain the digit {d}", lambda n: str(d) in str(n)),
        (
            f"numbers whose digits add up to {total}",
            f"have a digit sum of {total}",
            lambda n: sum(map(int, str(n))) == total,
        ),
        (f"numbers coprime to {big}", f"are relatively prime to {big}", lambda n: gcd(n, big) == 1),
        (f"numbers divisible by both {a} and {b}", f"are multiples of both {a} and {b}", lambda n: n % a == 0 == n % b),
        (f"numbers divisible by {a} or {b}", f"are divisible by {a} or by {b}", lambda n: n % a == 0 or n % b == 0),
        (
            f"numbers divisible by {a} but not by {b}",
            f"are divisible by {a} and not by {b}",
            lambda n: n % a == 0 != n % b,
        ),
        (
            f"numbers divisible by neither {a} nor {b}",
            f"are not divisible by {a} or {b}",
            lambda n: n % a != 0 != n % b,
        ),
        (f"odd multiples of {a}", f"are odd and divisible by {a}", lambda n: n % 2 == 1 and n % a == 0),
        (f"primes ending in {d}", f"are prime and end in {d}", lambda n: _is_prime(n) and n % 10 == d),
        (
            f"numbers with a remainder of {rest} when divided by {a}",
            f"leave remainder {rest} after division by {a}",
            lambda n: n % a == rest,
        ),
    ]
    return draw.choice(choices)


def _ranges(draw: random.Random) -> tuple[str, list[range]]:
    """A range in words, and the ranges that it may mean, the usual one first."""
    a, b = draw.randint(1, 150), 0
    b = a + draw.randint(20, 200)
    inside, whole = range(a + 1, b), range(a, b + 1)
    high = draw.randint(40, 400)
    below, upto = range(1, high), range(1, high + 1)
    return draw.choice(
        [
            (f"between {a} and {b}", [whole, inside, range(a, b), range(a + 1, b + 1)]),
            (f"from {a} to {b}", [whole]),
            (f"from {a} to {b} inclusive", [whole]),
            (f"strictly between {a} and {b}", [inside]),
            (f"in the range from {a} to {b}", [whole]),
            (f"greater than {a} and less than {b}", [inside]),
            (f"smaller than {high}", [below, range(high)]),
            (f"below {high}", [below, range(high)]),
            (f"under {high}", [below, range(high)]),
            (f"up to {high}", [upto, range(high + 1)]),
            (f"not exceeding {high}", [upto, range(high + 1)]),
        ]
    )


_FRAMES: Final[dict[str, tuple[str, ...]]] = {
    "count": (
        "How many {noun} are there {range}?",
        "how many {noun} lie {range}",
        "What is the number of {noun} {range}?",
        "Please count the {noun} {range}.",
        "How many numbers {range} {verb}?",
        "Can you tell me how many {noun} there are {range}?",
    ),
    "list": ("List the {noun} {range}.", "Which numbers {range} {verb}?", "Name all {noun} {range}."),
    "sum": (
        "What is the sum of all {noun} {range}?",
        "Add up the {noun} {range}.",
        "Find the total of the {noun} {range}.",
    ),
    "product": ("What is the product of the {noun} {range}?",),
    "largest": ("What is the largest of the {noun} {range}?", "Which is the biggest of all {noun} {range}?"),
    "smallest": ("Find the smallest of the {noun} {range}.",),
    "mean": ("What is the average of the {noun} {range}?",),
}
_STRANGE: Final = (
    "lucky numbers", "numbers spelled with the letter t", "amicable numbers", "numbers with repeated digits",
    "numbers that are sums of two squares", "twin primes", "emirps", "squares of primes", "sums of digits",
    "pairs of consecutive primes",
)  # fmt: skip


def _result(then: str, members: list[int]) -> tuple[int, ...] | None:
    if then == "count":
        return (len(members),)
    if then == "sum":
        return (sum(members),)
    if not members:
        return None
    if then == "product":
        return (prod(members),) if len(members) < 15 else None
    if then == "mean":
        return (sum(members) // len(members),) if sum(members) % len(members) == 0 else None
    return tuple(members) if then == "list" else (members[-1] if then == "largest" else members[0],)


def made(count: int, seed: int, weights: dict[str, int] | None = None) -> list[Made]:
    """So many questions; one in twelve has a kind that no plan has a place for."""
    draw = random.Random(seed)
    shares = weights or {"count": 6, "list": 3, "sum": 4, "largest": 3, "smallest": 2, "product": 1, "mean": 1}
    found: list[Made] = []
    while len(found) < count:
        then = draw.choices(list(shares), list(shares.values()))[0]
        frame = draw.choice(_FRAMES[then])
        (noun, verb, test), (where, ranges) = _kinds(draw), _ranges(draw)
        if len(found) % 12 == 11:
            question = draw.choice(_FRAMES[then][:1]).format(noun=draw.choice(_STRANGE), range=where, verb=verb)
            found.append(Made(question, then, None))
            continue
        results = [_result(then, [n for n in one if test(n)]) for one in ranges]
        if results[0] is not None:
            gold = frozenset(result for result in results if result is not None)
            found.append(Made(frame.format(noun=noun, range=where, verb=verb), then, gold))
    return found
