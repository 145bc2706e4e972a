"""Statements with their truth, made from a seed: what the soundness tests are run on.

A statement's truth is found by other means than the verifiers': sums are computed while they are written, primes are
counted, words are reversed. True and false say what the statement says; None means that it is neither claimed nor
denied plainly, or that conventions differ: then no verdict may be given.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True)
class Statement:
    """A text, where the statement stands in it, and whether it is true."""

    text: str
    start: int
    end: int
    truth: bool | None


def framed(before: str, said: str, after: str, truth: bool | None) -> Statement:
    return Statement(before + said + after, len(before), len(before) + len(said), truth)


HEADS = [
    "", "", "So ", "Yes, ", "We know that ", "Therefore, ", "First, 2 + 2 = 4. Then ", "- ", "**Note:** ", "1. ",
    "It follows that ", '{"reasoning": "', "She buys 3 packs at $4 each, so 3 * 4 = 12.\n\n", "> ", "## Answer\n\n",
    "As a result, ", "In short, ", "Hence, ", "Note that ", "First, ", "Clearly ", "Step 2: ",
]  # fmt: skip
TAILS = ["", ".", "!", ", because that is how it is.", ", and that is all", "\n", ";", ".\n\nThe rest follows.",
         '."}', ". Then she pays $5 more: 12 + 5 = 17.", ".**"]  # fmt: skip
NOT_CLAIMED = [
    ("Is it true that ", "?"), ("If ", ", then so be it."), ("Suppose that ", "."), ("He said that ", "."),
    ("I think ", "."), ("It is false that ", "."), ("It is not true that ", "."), ("Perhaps ", "."),
    ("Let us check whether ", "."), ("Some people believe that ", ", but they have not checked."), ("", ", right?"),
    ("", "? No."), ("Unless ", ", we stop."), ("It is a mistake to write that ", "."), ("", " is false."),
    ("Wrong: ", ""), ("Assume ", " for a contradiction."), ('The statement "', '" is wrong.'),
]  # fmt: skip


def placed(r: Random, said: str, truth: bool | None) -> Statement:
    """A statement in some surroundings that leave it as it is, or, now and then, in some that do not claim it."""
    if r.random() < 0.1:
        before, after = r.choice(NOT_CLAIMED)
        return framed(before, said, after, None)
    return framed(r.choice(HEADS), said, r.choice(TAILS), truth)


def noisy(r: Random, text: str) -> str:
    """The text with some characters put in, taken out or doubled."""
    for _ in range(r.randint(1, 4)):
        at = r.randrange(len(text) + 1)
        text = text[:at] + r.choice(NOISE) + text[at + r.randrange(4) :]
    return text


NOISE = ["", "", "0", "7", "-", " ", "  ", "\n", ".", ",", "%", "$", "(", ")", "=", "x", "^2", "*", "**", "/", '"', "'",
         "not ", " is ", " and ", "é", "½", "\\", "{", "}", "²", ":", "~", "<", ">", "!", "?"]  # fmt: skip


def is_prime(n: int) -> bool:
    return n > 1 and all(n % d for d in range(2, math.isqrt(n) + 1))


def primes(low: int, high: int) -> list[int]:
    return [n for n in range(low, high + 1) if is_prime(n)]


def _factors(n: int) -> list[int]:
    found, d = [], 2
    while n > 1:
        while n % d == 0:
            found.append(d)
            n //= d
        d += 1
    return found


def _shown(r: Random, n: int) -> str:
    return r.choice([str(n), f"{n:,}", f"the number {n}", f"**{n}**", str(n), f"${n}$" if n > 99 else str(n)])


def _listed(r: Random, numbers: list[int]) -> str:
    joint = r.choice([" and ", ", and "]) if len(numbers) > 2 else " and "
    shown = list(map(str, numbers))
    return ", ".join(shown[:-1]) + joint + shown[-1] if len(shown) > 1 else shown[0]


def _near(r: Random, right: int) -> int:
    return max(0, right + r.choice([0, 0, 0, 1, -1, 2, 10]))


def _property(r: Random) -> tuple[str, bool | None]:
    n = r.choice([r.randint(2, 200), r.randint(2, 9000)])
    negated = r.random() < 0.3
    verb = r.choice(
        ["is not", "isn't", "is definitely not"] if negated else ["is", "is indeed", "is also", "is clearly"]
    )
    words = {
        "prime": is_prime(n),
        "a prime number": is_prime(n),
        "a composite number": not is_prime(n),
        "composite": not is_prime(n),
        "even": n % 2 == 0,
        "odd": n % 2 == 1,
        "a perfect square": math.isqrt(n) ** 2 == n,
        "a perfect cube": any(k**3 == n for k in range(22)),
    }
    word = r.choice(list(words))
    return f"{_shown(r, n)} {verb} {word}", words[word] != negated


def _several(r: Random) -> tuple[str, bool | None]:
    pool = primes(2, 120) if r.random() < 0.6 else list(range(2, 120))
    numbers = r.sample(pool, r.randint(2, 5))
    word, holds = r.choice(
        [("prime", is_prime), ("odd", lambda n: n % 2 == 1), ("composite", lambda n: not is_prime(n))]
    )
    said = r.choice([f"{_listed(r, numbers)} are all {word}", f"{_listed(r, numbers)} are {word} numbers"])
    return said, all(map(holds, numbers))


def _divides(r: Random) -> tuple[str, bool | None]:
    d = r.randint(2, 40)
    n = r.choice([d * r.randint(1, 150), r.randint(2, 6000)])
    truth = n % d == 0
    texts = {
        f"{_shown(r, n)} is divisible by {d}": truth,
        f"{n} is not divisible by {d}": not truth,
        f"{n} is a multiple of {d}": truth,
        f"{d} is a factor of {n}": truth,
        f"{d} is not a divisor of {n}": not truth,
        f"{d} divides {n}": truth,
        f"{d} does not divide {n}": not truth,
        f"{d} is a prime factor of {n}": truth and is_prime(d),
    }
    text = r.choice(list(texts))
    return text, texts[text]


def _by_several(r: Random) -> tuple[str, bool | None]:
    n, by = r.choice([12, 30, 60, 84, 90, 210, r.randint(2, 500)]), r.sample(range(2, 13), r.randint(2, 3))
    if r.random() < 0.4:
        listed = ", ".join(map(str, by[:-1])) + f", or {by[-1]}"
        return f"{n} is not divisible by {listed}", all(n % d for d in by)
    return f"{n} is divisible by {_listed(r, by)}", not any(n % d for d in by)


def _common(r: Random) -> tuple[str, bool | None]:
    k = r.randint(1, 12)
    a, b = k * r.randint(1, 30), k * r.randint(1, 30)
    name, right = r.choice([("gcd", math.gcd(a, b)), ("lcm", math.lcm(a, b))])
    value = _near(r, right)
    long = "greatest common divisor" if name == "gcd" else "least common multiple"
    forms = [
        f"{name}({a}, {b}) = {value}",
        f"the {long} of {a} and {b} is {value}",
        f"the {name} of {a} and {b} is {value}",
    ]
    return r.choice(forms), value == right


def _remainder(r: Random) -> tuple[str, bool | None]:
    a, m = r.randint(0, 900), r.randint(1, 40)
    value = r.choice([a % m, a % m, (a + 1) % m, a % m + 1])
    forms = [
        f"the remainder when {a} is divided by {m} is {value}",
        f"{a} divided by {m} leaves a remainder of {value}",
        f"when {a} is divided by {m}, the remainder is {value}",
        f"{a} mod {m} = {value}",
    ]
    return r.choice(forms), value == a % m


def _congruent(r: Random) -> tuple[str, bool | None]:
    m = r.randint(2, 30)
    a, b = r.randint(0, 300), r.randint(0, 30)
    b = a % m if r.random() < 0.5 else b
    return r.choice([f"{a} ≡ {b} (mod {m})", rf"{a} \equiv {b} \pmod{{{m}}}"]), (a - b) % m == 0


def _count(r: Random) -> tuple[str, bool | None]:
    low = r.randint(2, 400)
    high = low + r.randint(1, 120)
    inside, outside = len(primes(low, high)), len(primes(low + 1, high - 1))
    claimed = max(0, r.choice([inside, outside, inside + 1, outside - 1]))
    if r.random() < 0.4:
        return f"There are {claimed} primes between {low} and {high}, inclusive", claimed == inside
    if r.random() < 0.3:
        below = len(primes(2, high - 1))
        claimed = _near(r, below)
        return f"there are {claimed} prime numbers less than {high}", claimed == below
    truth = None if outside <= claimed <= inside and inside != outside else claimed == inside
    return f"there are {claimed} prime numbers between {low} and {high}", truth


def _list(r: Random) -> tuple[str, bool | None]:
    low = r.choice([1, 8, 14, 20, 32, 90, 140, 200])
    high = low + r.choice([12, 18, 24])
    right = primes(low, high)
    given = list(right)
    if r.random() < 0.5:
        change = r.choice(["other", "left out", "one more"])
        at = r.randrange(len(given))
        if change == "other":
            given[at] += 1 if given[at] > 2 else 7
        elif change == "left out":
            del given[at]
        else:
            given.append(high - high % 3)
    if len(given) < 2 or is_prime(low) or is_prime(high):
        return "97 is prime", True
    return f"the primes between {low} and {high} are {_listed(r, given)}", sorted(given) == right


def _first(r: Random) -> tuple[str, bool | None]:
    k = r.randint(2, 9)
    given = primes(2, 30)[:k]
    if r.random() < 0.5:
        given[r.randrange(k)] += 1
    return f"the first {k} primes are {_listed(r, given)}", given == primes(2, 30)[:k]


def _factorisation(r: Random) -> tuple[str, bool | None]:
    factors = sorted(r.choice([2, 2, 3, 3, 5, 7, 11, 13, r.randint(2, 15)]) for _ in range(r.randint(2, 5)))
    n = math.prod(factors) + r.choice([0, 0, 0, 1])
    sign = r.choice([" * ", " × ", " · ", r" \times ", " x "])
    truth = math.prod(factors) == n and all(map(is_prime, factors))
    if r.random() < 0.4:
        powers = sign.join(f"{p}^{factors.count(p)}" if factors.count(p) > 1 else str(p) for p in sorted(set(factors)))
        return f"the prime factorization of {n} is {powers}", truth
    product = sign.join(map(str, factors))
    return r.choice(
        [f"the prime factorisation of {n} is {product}", f"{n} = {product} is the prime factorisation"]
    ), truth


def _divisors(r: Random) -> tuple[str, bool | None]:
    n = r.randint(4, 120)
    right = [d for d in range(1, n + 1) if n % d == 0]
    if r.random() < 0.5:
        given = [d for d in right if r.random() < 0.9]
        if len(given) < 2:
            given = right
        return f"the divisors of {n} are {_listed(r, given)}", given == right
    claimed = _near(r, len(right))
    truth: bool | None = claimed == len(right)
    # "factors" may leave out 1 and the number itself
    if not truth and claimed in (len(right) - 1, len(right) - 2):
        truth = None
    prime_counts = {len(_factors(n)), len(set(_factors(n)))}
    if r.random() < 0.3:
        claimed = r.choice([*prime_counts, max(prime_counts) + 1])
        truth = None if claimed in prime_counts and len(prime_counts) > 1 else claimed in prime_counts
        return f"{n} has {claimed} prime factors", truth
    return f"{n} has {claimed} divisors", truth


def _single(r: Random) -> tuple[str, bool | None]:
    n = r.randint(3, 600)
    above = next(p for p in range(n + 1, 2 * n) if is_prime(p))
    below = next(p for p in range(n - 1, 1, -1) if is_prime(p))
    factors = _factors(n)
    k = r.randint(1, 40)
    nth = primes(2, 180)[k - 1]
    end = "th" if 10 < k % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(k % 10, "th")
    digits = sum(map(int, str(n)))
    forms = [
        (f"the next prime after {n} is", above),
        (f"the largest prime less than {n} is", below),
        (f"the smallest prime factor of {n} is", factors[0]),
        (f"the largest prime factor of {n} is", factors[-1]),
        (f"the {k}{end} prime is", nth),
        (f"the sum of the digits of {n} is", digits),
    ]
    said, right = r.choice(forms)
    value = _near(r, right)
    return f"{said} {value}", value == right


def _root(r: Random) -> tuple[str, bool | None]:
    k = r.randint(2, 200)
    value = k + r.choice([0, 0, 1, 7])
    form = r.choice(["the square root of {} is {}", "√{} = {}", "sqrt({}) = {}", r"\sqrt{{{}}} = {}"])
    return form.format(k * k, value), value == k


def _coprime(r: Random) -> tuple[str, bool | None]:
    a, b = r.randint(2, 90), r.randint(2, 90)
    truth = math.gcd(a, b) == 1
    return r.choice([f"{a} and {b} are coprime", f"{a} and {b} are relatively prime"]), truth


NUMBERS: list[Callable[[Random], tuple[str, bool | None]]] = [
    _property, _property, _several, _divides, _by_several, _common, _remainder, _congruent, _count, _list, _first,
    _factorisation, _divisors, _single, _root, _coprime,
]  # fmt: skip


def about_numbers(r: Random) -> Statement:
    said, truth = r.choice(NUMBERS)(r)
    if r.random() < 0.1 and truth is not None:
        tail = f", and {r.randint(2, 99)} * 7 = 63"
        return framed(r.choice(HEADS), said, tail, truth)
    return placed(r, said, truth)


# Statements about quoted text. Capitals make two meanings of some.

LETTERS = "aabbrstyAB"


def _word(r: Random) -> str:
    word = "".join(r.choice(LETTERS) for _ in range(r.randint(1, 9)))
    return r.choice([word, word, word.lower(), f"{word} {word[::-1]}"]) if len(word) < 6 else word


def _both(strict: bool, lax: bool) -> bool | None:
    return strict if strict == lax else None


def one_of(truths: set[bool]) -> bool | None:
    return truths.pop() if len(truths) == 1 else None


def about_text(r: Random) -> Statement:
    word, other, count, letter = _word(r), _word(r), r.randint(0, 5), r.choice("abrsty")
    other = word[::-1] if r.random() < 0.4 else other
    quote = r.choice(["'{}'", '"{}"', "“{}”", "**{}**"]).format
    low, plain = word.lower(), word.lower().replace(" ", "")
    counts = {word.count(letter), low.count(letter)}
    size = len(plain)
    turned = {word[::-1] == other, low[::-1] == other.lower()}
    if " " in word:
        turned |= {" ".join(reversed(word.split())) == other, " ".join(reversed(low.split())) == other.lower()}
    claims = [
        (f"{quote(word)} reversed is {quote(other)}", one_of(turned)),
        (f"the word {quote(word)} has {count} {letter}'s", one_of({count == n for n in counts})),
        (f"{quote(word)} is a palindrome", _both(word == word[::-1], plain == plain[::-1])),
        (f"{quote(word)} is not a palindrome", _both(word != word[::-1], plain != plain[::-1])),
        (f"{quote(word)} ends with {quote(other)}", _both(word.endswith(other), low.endswith(other.lower()))),
        (f"{quote(word)} starts with {quote(other)}", _both(word.startswith(other), low.startswith(other.lower()))),
        (f"{quote(word)} has {size + r.choice([0, 1])} letters", None),
        (f"the letter {letter} appears {count} times in {quote(word)}", one_of({count == n for n in counts})),
    ]  # fmt: skip
    said, truth = r.choice(claims)
    if " letters" in said and "appears" not in said:
        truth = said.endswith(f" {size} letters")
    if said.startswith(quote(word) + " starts") and other == "":
        truth = None
    return placed(r, said, truth)


# Traces over states.

CLOSING = {"(": ")", "[": "]", "{": "}", "<": ">"}


def of_brackets(r: Random) -> Statement:
    stack: list[str] = []
    lines = ["stack: empty"]
    for _ in range(r.randint(0, 8)):
        read = CLOSING[stack[-1]] if stack and r.random() < 0.4 else r.choice("([{<")
        stack = stack[:-1] if read in ")]}>" else [*stack, read]
        lines.append(f"{read} ; stack: {' '.join(stack) or 'empty'}")
    before = "\n".join(lines) + "\n"
    read = CLOSING[stack[-1]] if stack and r.random() < 0.5 else r.choice("([{<")
    right = stack[:-1] if read in ")]}>" else [*stack, read]
    claimed = list(right)
    if r.random() < 0.5:
        claimed = r.choice([[*right, "("], right[:-1], [*right[:-1], "["], right[::-1]])
    said = f"{read} ; stack: {' '.join(claimed) or 'empty'}"
    truth: bool | None = claimed == right
    if read in ")]}>" and claimed == stack:
        truth = None
    return framed(before, said, "\n", truth)


def of_sorting(r: Random) -> Statement:
    words = ["".join(r.choice("abcxyz") for _ in range(r.randint(1, 5))) for _ in range(r.randint(2, 6))]
    words = sorted(words) if r.random() < 0.5 else words
    if r.random() < 0.5:
        return framed("", " < ".join(f'"{word}"' for word in words), "\n", words == sorted(words))
    word, place = r.choice(words), r.randint(0, 2)
    name = ["first", "second", "third"][place]
    letter, number = r.choice("abcxyz"), r.randint(1, 26)
    right = place < len(word) and word[place] == letter
    said, truth = f'"{word}": "{letter}"', right if place < len(word) else None
    if r.random() < 0.5:
        if place < len(word):
            letter = word[place] if r.random() < 0.7 else letter
            number = ord(letter) - 96 if r.random() < 0.7 else number
            truth = word[place] == letter and number == ord(letter) - 96
        said = f'"{word}": "{letter}" ({number})'
    return framed(f"The {name} letter: ", said, ".\n", truth)


def of_swaps(r: Random) -> Statement:
    names = r.sample(["Ann", "Bob", "Cy", "Dee", "Eve"], r.randint(2, 5))
    things = dict(zip(names, r.sample(["red", "blue", "green", "pink", "The Odyssey"], len(names)), strict=True))
    before = "(0) At the start: " + ", ".join(f"{name}: {thing}" for name, thing in things.items()) + ".\n"
    one, other = r.sample(names, 2)
    after = things | {one: things[other], other: things[one]}
    claimed = dict(after)
    if r.random() < 0.5:
        a, b = r.sample(names, 2)
        claimed[a], claimed[b] = claimed[b], claimed[a]
    order = r.sample(names, len(names))
    verb = r.choice(["swap", "switch", "trade"])
    said = f"(1) {one} and {other} {verb} balls: " + ", ".join(f"{name}: {claimed[name]}" for name in order) + "."
    return framed(before, said, "\n", claimed == after)
