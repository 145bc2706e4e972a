"""Claims about whole numbers: what is a claim; no true one is refuted, and no false one proved."""

from __future__ import annotations

import json
import math
import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slowthink.types import Evidence, Status
from slowthink.verifiers.certificates import recheck
from slowthink.verifiers.number_theory import NumberTheoryVerifier

VERIFIER = NumberTheoryVerifier()
PROVED, REFUTED, UNKNOWN = Status.PROVED, Status.REFUTED, Status.UNKNOWN


def statuses(text: str) -> list[Status]:
    return [j.verdict.status for j in VERIFIER.check(text)]


CLAIMS: list[tuple[str, list[Status]]] = [
    ("3599 is prime", [REFUTED]),
    ("So the number 3,599 is not a prime number.", [PROVED]),
    ("3599 isn't prime, it is 59 * 61.", [PROVED]),
    ("97 is composite.", [REFUTED]),
    ("91 = 7 * 13 is the factorisation", [PROVED]),
    ("the prime factorisation of 84 is 2^2 * 3 * 7", [PROVED]),
    ("The prime factorization of 84 is 84 = 2² × 3 × 7.", [PROVED]),
    ("The factorisation of 84 is 12 * 7.", [UNKNOWN]),
    ("The prime factorisation of 84 is 12 * 7.", [REFUTED]),
    ("the primes between 10 and 20 are 11, 13, 17, 19", [PROVED]),
    ("The primes between 11 and 19 are 13 and 17.", [UNKNOWN]),
    ("The primes between 10 and 20 are 11, 13, 15, 17, 19.", [REFUTED]),
    ("there are 18 primes between 150 and 250", [PROVED]),
    ("There are eighteen prime numbers between 150 and 250.", [PROVED]),
    ("There are 13 prime numbers between 150 and 250.", [REFUTED]),
    ("There are 2 primes between 11 and 17.", [UNKNOWN]),
    ("There are 3 primes between 11 and 17, inclusive.", [PROVED]),
    ("gcd(12, 18) = 6 and lcm(4, 6) = 10", [PROVED, REFUTED]),
    ("The greatest common divisor of 12 and 18 is 4.", [REFUTED]),
    ("gcd(12,180) = 12", [PROVED]),
    ("the lcm of 4 and 6 is 12", [PROVED]),
    ("12 is divisible by 2, 3, and 4.", [PROVED]),
    ("12 is divisible by 5 or 7.", []),
    ("97 is not divisible by 2, 3, 5, or 7, so 97 is prime.", [PROVED, PROVED]),
    ("21 is a multiple of 7 and 7 is a factor of 21.", [PROVED, PROVED]),
    ("7 divides 90.", [REFUTED]),
    ("49 is a perfect square, 50 is not a perfect cube.", [PROVED, PROVED]),
    ("The square root of 49 is 7; the square root of 50 is 7.", [PROVED, UNKNOWN]),
    ("√49 = 8", [REFUTED]),
    ("17 mod 5 = 2. 17 ≡ 2 (mod 5).", [PROVED, PROVED]),
    ("17 divided by 5 leaves a remainder of 3.", [REFUTED]),
    ("8 and 9 are relatively prime.", [PROVED]),
    ("6, 10 and 15 are coprime.", [UNKNOWN]),
    ("7 is odd. 7 is even.", [PROVED, REFUTED]),
    ("1 is prime. 0 is even. -7 is prime.", [REFUTED, PROVED, UNKNOWN]),
    ("The 10th prime is 29. The next prime after 13 is 17.", [PROVED, PROVED]),
    ("12 has 6 divisors. 12 has 4 factors. 12 has 7 factors.", [PROVED, UNKNOWN, REFUTED]),
    ("The largest prime factor of 13195 is 29.", [PROVED]),
    ('{"reasoning": "91 is prime because nothing divides it."}', [REFUTED]),
    ("**3599 is prime**", [REFUTED]),
    ("I apologize for the mistake, 3599 is prime.", [REFUTED]),
    ("The largest prime number less than or equal to 3599 is 3599 itself.", [REFUTED]),
    ("The largest prime less than 97 is 89. In other words, 97 is indeed prime, but it is odd.", [PROVED, PROVED]),
    ("You are right. 3599 is indeed a prime number.", [REFUTED]),
    ("3599 is a prime number, and 7 * 8 = 54.", [REFUTED]),
    ("I'm sure that 3599 is prime.", [REFUTED]),
    ("I am absolutely certain 3599 is prime.", [REFUTED]),
    ("6557 can be expressed as 2^3 * 5 * 7.", [REFUTED]),
    ("91 can be written as 7 * 13.", [PROVED]),
    ("84 can be written as 12 * 7.", [UNKNOWN]),
    ("3599 is prime and 7 * 8 = 56.", [REFUTED]),
    ("7 * 8 = 56 and 3599 is prime.", [REFUTED]),
    ("12 is divisible by 5, and 7 * 8 = 56.", [REFUTED]),
    ("gcd(12, 18) = 6, and 2 + 2 = 4.", [PROVED]),
]


@pytest.mark.parametrize(("text", "wanted"), CLAIMS)
def test_verdicts(text: str, wanted: list[Status]) -> None:
    assert statuses(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "Is 3599 prime?",
        "3599 is prime, right?",
        "If 3599 is prime, so be it.",
        "I think 3599 is prime.",
        "I am not sure that 3599 is prime.",
        "Are you sure that 3599 is prime?",
        "I am sure you think 3599 is prime.",
        "Perhaps 3599 is prime.",
        "3599 is prime, I believe.",
        "It is wrong that 3599 is prime.",
        "It is not true that 3599 is prime.",
        "He said that 3599 is prime.",
        "He said: 3599 is prime.",
        '"3599 is prime," he said.',
        "The statement “3599 is prime” is false.",
        "Suppose that 3599 is prime.",
        "Suppose the following. 3599 is prime.",
        "Let us check whether 3599 is prime.",
        "True or false: 3599 is prime.",
        "Which of these is true?\n- 3599 is prime\n- 97 is composite",
        "(A) 3599 is prime (B) 3599 is composite",
        "3599 is prime or composite.",
        "2 * 3599 is prime.",
        "The sum of 4 and 9 is even.",
        "The sum of x, 9 is even.",
        "n = 3599 is prime to 60.",
        "4 is prime to 9.",
        "In Z[i], 5 is composite.",
        "In base 8, 15 is prime.",
        "One is even, the other is odd.",
        "10 is even better.",
        "7 is odd one out.",
        "The time 7:30 is prime.",
        "3599.5 is prime, x3599 is prime, $3599 is odd.",
        "The primes between 10 and 20 include 11 and 13.",
        "The primes between 10 and 20 are 11, 13, ...",
        "Neither 9 nor 15 is prime. Either 9 or 15 is prime.",
        "I used to say 3599 is prime.",
        "12 is divisible by 2, 3, and 2 * 5.",
        "12 is divisible by 2, 3 and 5 * 7 = 35.",
        "If 7 * 8 = 56 and 3599 is prime, so be it.",
        "n = 7 and 3599 is prime.",
        "Student: 3599 is prime. Teacher: No.",
        "3599 is prime, a contradiction.",
        "3599 is prime, which is absurd.",
        "Common errors:\n- 3599 is prime\n- 3601 is prime",
        "Option A: 3599 is prime",
        "A. 3599 is prime",
    ],
)
def test_what_is_no_claim_is_left_alone(text: str) -> None:
    assert REFUTED not in statuses(text)
    assert PROVED not in statuses(text)


def test_a_refutation_has_a_witness_and_a_sentence_that_is_right() -> None:
    (found,) = VERIFIER.check("Yes, 3599 is a prime number because nothing divides it.")
    assert found.verdict.witness == "59 * 61 = 3599"
    edit = found.verdict.edit
    assert edit is not None
    assert (edit.start, edit.end, edit.text) == (0, 54, "3599 is not prime: 59 * 61 = 3599")


# Statements in many notations, with a truth that is found by counting.

HEADS = [
    "",
    "So ",
    "Yes, ",
    "We know that ",
    "Therefore, ",
    "First, 2 + 2 = 4. Then ",
    "- ",
    "**Note:** ",
    "It follows that ",
]
TAILS = ["", ".", "!", ", because that is how it is.", ", and that is all", "\n", " so there", ";"]


def is_prime(n: int) -> bool:
    return n > 1 and all(n % d for d in range(2, math.isqrt(n) + 1))


def primes(low: int, high: int) -> list[int]:
    return [n for n in range(low, high + 1) if is_prime(n)]


@st.composite
def numerals(draw: st.DrawFn, low: int = 2, high: int = 6000) -> tuple[str, int]:
    n = draw(st.integers(low, high))
    return draw(st.sampled_from([str(n), f"{n:,}", f"the number {n}", f"**{n}**"])), n


@st.composite
def statements(draw: st.DrawFn) -> tuple[str, bool | None]:
    """A statement and its truth; None where that is a matter of convention."""
    kind = draw(st.sampled_from(["property", "divides", "common", "remainder", "count", "list", "factors", "root"]))
    return KINDS[kind](draw)


def _property(draw: st.DrawFn) -> tuple[str, bool | None]:
    shown, n = draw(numerals())
    negated = draw(st.booleans())
    verb = draw(
        st.sampled_from(["is not", "isn't", "is definitely not"] if negated else ["is", "is indeed", "is also"])
    )
    words = {
        "prime": is_prime(n),
        "a prime number": is_prime(n),
        "composite": not is_prime(n),
        "a composite number": not is_prime(n),
        "even": n % 2 == 0,
        "odd": n % 2 == 1,
        "a perfect square": math.isqrt(n) ** 2 == n,
        "a perfect cube": any(r**3 == n for r in range(20)),
    }
    word = draw(st.sampled_from(sorted(words)))
    return f"{shown} {verb} {word}", words[word] != negated


def _divides(draw: st.DrawFn) -> tuple[str, bool | None]:
    (shown, n), d = draw(numerals()), draw(st.integers(1, 40))
    truth = n % d == 0
    texts = {
        f"{shown} is divisible by {d}": truth,
        f"{shown} is not divisible by {d}": not truth,
        f"{shown} is a multiple of {d}": truth,
        f"{d} is a factor of {n}": truth,
        f"{d} is not a divisor of {n}": not truth,
        f"{d} divides {n}": truth,
        f"{d} does not divide {n}": not truth,
        f"{d} is a prime factor of {n}": truth and is_prime(d),
    }
    text = draw(st.sampled_from(sorted(texts)))
    return text, texts[text]


def _common(draw: st.DrawFn) -> tuple[str, bool | None]:
    a, b = draw(st.integers(1, 99)), draw(st.integers(1, 99))
    name, right = draw(st.sampled_from([("gcd", math.gcd(a, b)), ("lcm", math.lcm(a, b))]))
    value = right + draw(st.sampled_from([0, 0, 1, 2]))
    long = "greatest common divisor" if name == "gcd" else "least common multiple"
    forms = [
        f"{name}({a}, {b}) = {value}",
        f"the {long} of {a} and {b} is {value}",
        f"the {name} of {a} and {b} is {value}",
    ]
    return draw(st.sampled_from(forms)), value == right


def _remainder(draw: st.DrawFn) -> tuple[str, bool | None]:
    a, m = draw(st.integers(0, 500)), draw(st.integers(1, 30))
    value = draw(st.sampled_from([a % m, a % m, (a + 1) % m, a % m + 1]))
    forms = [
        f"the remainder when {a} is divided by {m} is {value}",
        f"{a} divided by {m} leaves a remainder of {value}",
        f"when {a} is divided by {m}, the remainder is {value}",
    ]
    return draw(st.sampled_from(forms)), value == a % m


def _count(draw: st.DrawFn) -> tuple[str, bool | None]:
    low = draw(st.integers(2, 400))
    high = low + draw(st.integers(1, 120))
    inside, outside = len(primes(low, high)), len(primes(low + 1, high - 1))
    claimed = max(0, draw(st.sampled_from([inside, outside, inside + 1, outside - 1])))
    if draw(st.booleans()):
        return f"There are {claimed} primes between {low} and {high}, inclusive", claimed == inside
    truth = None if outside <= claimed <= inside and inside != outside else claimed == inside
    return f"there are {claimed} prime numbers between {low} and {high}", truth


def _list(draw: st.DrawFn) -> tuple[str, bool | None]:
    low = draw(st.integers(2, 300))
    high = low + draw(st.integers(8, 40))
    right = primes(low, high)
    given = list(right)
    if draw(st.booleans()) and given:
        given[draw(st.integers(0, len(given) - 1))] += 2
    if len(given) < 2 or is_prime(low) or is_prime(high):
        return "97 is prime", True
    shown = ", ".join(map(str, given))
    if draw(st.booleans()):
        shown = " and ".join(shown.rsplit(", ", 1))
    return f"the primes between {low} and {high} are {shown}", given == right


def _factors(draw: st.DrawFn) -> tuple[str, bool | None]:
    factors = draw(st.lists(st.integers(2, 13), min_size=2, max_size=5))
    n = math.prod(factors) + draw(st.sampled_from([0, 0, 1]))
    sign = draw(st.sampled_from([" * ", " × ", " · "]))
    truth = math.prod(factors) == n and all(map(is_prime, factors))
    return f"the prime factorization of {n} is {sign.join(map(str, factors))}", truth


def _root(draw: st.DrawFn) -> tuple[str, bool | None]:
    r = draw(st.integers(2, 200))
    value = r + draw(st.sampled_from([0, 0, 1, 7]))
    return f"the square root of {r * r} is {value}", value == r


KINDS = {
    "property": _property,
    "divides": _divides,
    "common": _common,
    "remainder": _remainder,
    "count": _count,
    "list": _list,
    "factors": _factors,
    "root": _root,
}
seen: dict[str, int] = {}


def check_statement(statement: tuple[str, bool | None], head: str, tail: str) -> None:
    said, truth = statement
    text = f"{head}{said}{tail}"
    found = [j for j in VERIFIER.check(text) if j.claim.end > len(head) and j.claim.start < len(head) + len(said)]
    for judgement in found:
        status = judgement.verdict.status
        seen[status] = seen.get(status, 0) + 1
        if truth is None:
            assert status is UNKNOWN, text
        elif status is not UNKNOWN:
            assert (status is PROVED) == truth, text
            check_evidence(judgement.claim.text, status, judgement.verdict.certificate)
    seen["statements"] = seen.get("statements", 0) + 1
    seen["found"] = seen.get("found", 0) + bool(found)


def check_evidence(claim: str, status: Status, certificate: dict[str, object] | None) -> None:
    assert certificate is not None
    saved = json.loads(json.dumps(certificate))
    evidence = Evidence(kind="number_theory", claim=claim, status=status, certificate=saved)
    assert recheck(evidence).status is PROVED, claim
    opposite = REFUTED if status is PROVED else PROVED
    assert recheck(evidence.model_copy(update={"status": opposite})).status is REFUTED, claim


@given(statements(), st.sampled_from(HEADS), st.sampled_from(TAILS))
@settings(max_examples=300)
def test_no_true_statement_is_refuted_and_no_false_one_proved(
    statement: tuple[str, bool | None], head: str, tail: str
) -> None:
    check_statement(statement, head, tail)


def test_most_plain_statements_are_found() -> None:
    assert seen["found"] >= 0.9 * seen["statements"], seen


REAL = [
    "To determine if 3599 is a prime number, we need to check if it is divisible by any number other than 1 and "
    "itself. "
    "3599 is not divisible by 2, 3, 5, or 7. Therefore, 3599 is a prime number.",
    "The prime numbers between 150 and 250 are 151, 157, 163, 167, 173, 179, 181, 191, 193, 197, 199, 211, 223, "
    "227, 229, "
    "233, 239, and 241. So there are 18 primes between 150 and 250.",
    "Since 91 = 7 * 13, it's composite; however, 97 is prime, and gcd(91, 97) = 1.",
]


@given(st.sampled_from(REAL), st.integers(0, 220), st.integers(0, 12), st.text(max_size=6))
@settings(max_examples=300)
def test_mutated_real_texts_break_nothing(text: str, at: int, cut: int, put: str) -> None:
    mutated = text[:at] + put + text[at + cut :]
    for judgement in VERIFIER.check(mutated):
        claim, verdict = judgement.claim, judgement.verdict
        assert mutated[claim.start : claim.end] == claim.text
        if verdict.status is not UNKNOWN:
            check_evidence(claim.text, verdict.status, verdict.certificate)


def test_a_claim_at_ten_to_the_twelfth_takes_less_than_a_millisecond() -> None:
    texts = [f"{n} is prime." for n in range(10**12 + 39, 10**12 + 2039, 10)]
    VERIFIER.check("1000000000061 is prime.")
    taken = []
    for text in texts:
        begin = time.process_time()
        VERIFIER.check(text)
        taken.append(time.process_time() - begin)
    assert sorted(taken)[len(taken) // 2] < 0.001


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("The number 12 has six factors.", PROVED),
        ("The integer 12 has exactly 7 divisors.", REFUTED),
        ("The number 12 has 2 distinct prime factors.", PROVED),
        ("the prime factorization of the number 12 is 2^2 * 3.", PROVED),
        ("The number 12 can be factored as 2 * 2 * 5.", REFUTED),
    ],
)
def test_the_words_in_front_of_a_number(text: str, status: Status) -> None:
    assert statuses(text) == [status]


@pytest.mark.parametrize("words", ["the number ", "The integer ", "both the numbers "])
def test_words_in_front_of_any_number_raise_nothing(words: str) -> None:
    for text, _ in CLAIMS:
        VERIFIER.check(re.sub(r"(?<![\d.,^])\b\d", lambda digit: words + digit[0], text))
