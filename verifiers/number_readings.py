"""What a phrase about whole numbers says, once a pattern has found it: statements as data, from the groups of a match.

The idea: a phrase such as "12 is divisible by 2 or 3" has its subject, its object and its negation in named groups;
each reading here makes the statements of one form from them, or none where grammar and numbers disagree ("7 and 9 is
odd"). Where a phrase can be meant in two ways it gives both. The patterns themselves are in `number_claims.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from slowthink.verifiers.numerals import read_number_words

MAX_DIGITS: Final = 2000
INT: Final = rf"(?:\d{{1,3}}(?:,\d{{3}})+|\d{{1,{MAX_DIGITS}}}+)"
"""The pattern of a whole number without a sign; commas may separate thousands."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement about whole numbers. `value` is what is claimed of `numbers`; `how` tells ranges and kinds apart."""

    form: str
    numbers: tuple[int, ...]
    value: tuple[int, ...] = ()
    how: str = ""
    negated: bool = False

    def data(self) -> dict[str, Any]:
        """As plain data, numbers in digits."""
        return {
            "form": self.form,
            "numbers": list(self.numbers),
            "value": list(self.value),
            "how": self.how,
            "negated": self.negated,
        }


def _number(text: str) -> int:
    return int(text.replace(",", "").replace("−", "-"))


_ANY = re.compile(rf"[-−]?{INT}")


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(_number(one) for one in _ANY.findall(text))


def _subject(match: re.Match[str]) -> int:
    """The number that a claim is of, without the words in front of it: `the number 12`."""
    return _numbers(match["sub"])[-1]


def _count(text: str) -> int | None:
    text = text.strip()
    if text[:1].isdigit():
        return _number(text)
    value = read_number_words(text)
    return None if value is None else int(value)


Build = Callable[["re.Match[str]"], Iterator[Statement]]


def _is_negated(match: re.Match[str]) -> bool:
    groups = match.groupdict()
    return bool(groups.get("nt")) != bool(groups.get("not"))


def properties(match: re.Match[str]) -> Iterator[Statement]:
    """The same property of each number: "97 is prime", "12 and 18 are even"."""
    numbers = _numbers(match["sub"])
    if len(numbers) > 1 and not re.search(r"\sare\b|\saren", match[0][len(match["sub"]) :]):
        return
    word = " ".join(match["what"].lower().split())
    form = "square" if "square" in word else "cube" if "cube" in word else word
    yield Statement(form, numbers, negated=_is_negated(match))


def coprime(match: re.Match[str]) -> Iterator[Statement]:
    """Coprime numbers: "8 and 15 are coprime", "8 is prime to 15"."""
    numbers = _numbers(match["sub"]) + (_numbers(match["with"]) if match["with"] else ())
    if len(numbers) > 1:
        yield Statement("coprime", numbers, negated=_is_negated(match))


def divisible(match: re.Match[str]) -> Iterator[Statement]:
    """Divisors of numbers: "12 is divisible by 2 and 3", "12 is a multiple of 4"; `or` only in denials."""
    dividends, divisors = _numbers(match["sub"]), _numbers(match["obj"])
    has_or = re.search(r"\bn?or\b", match["obj"]) is not None
    if (len(dividends) > 1 and re.search(r"\sis\b", match[0][len(match["sub"]) :])) or (
        has_or and not _is_negated(match)
    ):
        return
    how = "any" if has_or else ""
    yield Statement("divisible", dividends, divisors, how, _is_negated(match))


def factor(match: re.Match[str]) -> Iterator[Statement]:
    """Numbers that divide others: "3 and 4 divide 12", "3 is a prime factor of 12"."""
    divisors, dividends = _numbers(match["sub"]), _numbers(match["obj"])
    if len(divisors) > 1 and re.search(r"\sis\b|\sdivides\b", match[0][len(match["sub"]) :]):
        return
    form = "prime factor" if match.groupdict().get("prime") else "divisible"
    yield Statement(form, dividends, divisors, "", _is_negated(match))


def common(match: re.Match[str]) -> Iterator[Statement]:
    """Common divisors and multiples: "gcd(12, 18) = 6", "the lcm of 4 and 6 is 12"."""
    form = "lcm" if re.match(r"the\s+l|l", match[0], re.I) else "gcd"
    value = (_number(match["value"]),)
    given = match["args"]
    if given is None:
        readings = {_numbers(match["sub"])}
    else:
        # "gcd(12,180)" may have two arguments or one
        readings = {_numbers(given), tuple(_number(part) for part in given.split(",") if part.strip())}
    for numbers in sorted(readings):
        if 1 < len(numbers) <= 20:
            yield Statement(form, numbers, value, negated=_is_negated(match))


def modular(form: str) -> Build:
    """Statements of two numbers and what is left: `mod`, `congruent` or `remainder`."""

    def build(match: re.Match[str]) -> Iterator[Statement]:
        numbers = (_number(match["a"]), _number(match["m"]))
        yield Statement(form, numbers, (_number(match["value"]),))

    return build


def root(match: re.Match[str]) -> Iterator[Statement]:
    """Square and cube roots: "the square root of 49 is 7"."""
    k = 3 if (match.groupdict().get("k") or "").lower() == "cube" else 2
    yield Statement("root", (k, _subject(match)), (_number(match["value"]),), negated=_is_negated(match))


def _range(match: re.Match[str]) -> tuple[tuple[int, int], str]:
    if match["below"]:
        return (0, _number(match["limit"])), "outside"
    if match["upto"]:
        return (0, _number(match["top"])), "open" if match["upto"].lower().startswith("up") else "inside"
    ends = (match["ends"] or "").lower()
    how = "outside" if ends == "exclusive" else "inside" if ends else "open"
    return (_number(match["low"]), _number(match["high"])), how


def count_primes(match: re.Match[str]) -> Iterator[Statement]:
    """How many primes there are: "there are 18 primes between 150 and 250"."""
    count = 0 if match["count"].lower() == "no" else _count(match["count"])
    numbers, how = _range(match)
    if count is not None:
        yield Statement("count of primes", numbers, (count,), how)


def list_primes(match: re.Match[str]) -> Iterator[Statement]:
    """Which primes there are: "the primes below 10 are 2, 3, 5, 7"."""
    numbers, how = _range(match)
    yield Statement("primes", numbers, _numbers(match["list"]), how)


def first_primes(match: re.Match[str]) -> Iterator[Statement]:
    """The first so many primes: "the first three primes are 2, 3 and 5"."""
    count = _count(match["count"])
    if count is not None:
        yield Statement("first primes", (count,), _numbers(match["list"]))


def divisors(match: re.Match[str]) -> Iterator[Statement]:
    """All divisors or prime factors: "the factors of 6 are 1, 2, 3 and 6"."""
    form = "prime factors" if match["prime"] else "divisors"
    yield Statement(form, (_subject(match),), _numbers(match["list"]))


def count_divisors(match: re.Match[str]) -> Iterator[Statement]:
    """How many divisors there are: "12 has six factors"."""
    count = _count(match["count"])
    how = " ".join((match["kind"] or "").lower().split())
    if count is not None:
        yield Statement("count of divisors", (_subject(match),), (count,), how)


def factorisation(match: re.Match[str]) -> Iterator[Statement]:
    """Factorisations: "12 = 2^2 * 3 is the prime factorisation". A number that stands twice must be the same."""
    again = match.groupdict().get("again")
    if again is not None and _number(again) != _subject(match):
        return
    factors = _powers(match["expr"])
    if factors is not None:
        how = "prime" if match.groupdict().get("prime") else ""
        yield Statement("factorisation", (_subject(match),), factors, how)


_RAISED = {ord(sign): str(value) for value, sign in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")}
_POWER = re.compile(rf"({INT})(?:\s*(?:\^|\*\*)\s*\{{?(\d{{1,4}})\}}?|([⁰¹²³⁴⁵⁶⁷⁸⁹]{{1,4}}))?")


def _powers(text: str) -> tuple[int, ...] | None:
    """The factors of a product, powers written out; None where there are too many."""
    factors: list[int] = []
    for base, power, raised in _POWER.findall(text):
        exponent = int(power or (raised.translate(_RAISED) if raised else 1))
        if len(factors) + exponent > 300:
            return None
        factors += [_number(base)] * exponent
    return tuple(factors)


def single(form: str) -> Build:
    """Statements of one number and one value, of a form such as `next prime` or `digit sum`."""

    def build(match: re.Match[str]) -> Iterator[Statement]:
        how = (match.groupdict().get("how") or "").lower()
        if form != "previous prime":
            how = "least" if how in ("smallest", "least", "lowest") else "greatest" if how else ""
        else:
            how = "inside" if how else ""
        yield Statement(form, (_subject(match),), (_number(match["value"]),), how)

    return build
