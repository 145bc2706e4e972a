"""Primality and its proofs: what is made by one module is checked by another, and nothing false passes."""

import copy
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slowthink.verifiers.factors import Work, WorkSpent, primes_below, proper_factor
from slowthink.verifiers.primality import chain, failing_base, is_composite
from slowthink.verifiers.prime_proofs import is_prime_by_division, is_prime_by_tests, refute_chain, refute_composite

LARGE = [2**61 - 1, 2**89 - 1, 10**12 + 39, 10**15 + 37, 10**18 + 9, 10**24 + 7, 10**27 + 103, 10**30 + 57]
PSEUDO = [561, 1105, 2047, 3215031751, 3825123056546413051, 318665857834031151167461, 3317044064679887385961981]
"""Carmichael numbers, and the least numbers that pass for the first 1, 4, 9, 12 and 13 primes as bases."""


def test_small_numbers_are_decided_alike_by_three_ways() -> None:
    primes = set(primes_below(20_000))
    for n in range(2, 20_000):
        assert is_composite(n, Work(100)) == (n not in primes)
        assert is_prime_by_division(n) == (n in primes)
        if n > 37:
            assert is_prime_by_tests(n) == (n in primes)


@pytest.mark.parametrize("n", LARGE)
def test_large_primes_have_chains(n: int) -> None:
    steps = chain(n, Work(10**6))
    assert refute_chain(n, steps) is None
    assert refute_chain(n + 2, steps) is not None
    assert refute_chain(n, steps[1:]) is not None
    assert len(steps) == 1 or refute_chain(n, steps[:-1]) is not None


@pytest.mark.parametrize("n", PSEUDO)
def test_what_looks_prime_is_not_proved(n: int) -> None:
    assert is_composite(n, Work(10**6))
    base = failing_base(n)
    assert base is not None
    assert refute_composite(n, {"base": base}) is None
    with pytest.raises(WorkSpent):
        chain(n, Work(10**6))
    for by in ("trial division", "strong tests"):
        assert refute_chain(n, [{"n": n, "by": by}]) is not None


def test_a_changed_number_anywhere_in_a_chain_is_noticed() -> None:
    draw = random.Random(0)
    tried = 0
    for n in LARGE:
        steps = chain(n, Work(10**6))
        for at, step in enumerate(steps):
            for name in set(step) - {"by"}:
                if name == "a" and step["by"] == "n - 1":
                    continue  # another base may do as well
                changed = copy.deepcopy(steps)
                changed[at][name] += draw.choice([-2, -1, 1, 2, step[name]])
                if changed[at][name] % step["n"] == step[name] % step["n"]:
                    continue
                assert refute_chain(n, changed) is not None, (n, at, name)
                tried += 1
    assert tried > 30


@pytest.mark.parametrize("bad", [None, [], [1], [{"n": 7}], [{"n": 7, "by": "faith"}], "7", [{"n": 7, "by": None}]])
def test_what_is_no_chain_is_refused(bad: object) -> None:
    assert refute_chain(7, bad) is not None


@given(st.integers(4, 10**14))
def test_a_factor_divides(n: int) -> None:
    if not is_composite(n, Work(1000)):
        assert refute_chain(n, chain(n, Work(10**6))) is None
        return
    factor = proper_factor(n, Work(10**6))
    assert refute_composite(n, {"factor": factor}) is None


def test_work_is_bounded() -> None:
    hard = (10**20 + 39) * (2**61 - 1)
    with pytest.raises(WorkSpent):
        proper_factor(hard, Work(5000))
    with pytest.raises(WorkSpent):
        is_composite(10**80 + 1, Work(10**6))
    assert refute_composite(hard, {"base": failing_base(hard)}) is None


@pytest.mark.slow
def test_nearly_all_primes_of_thirty_digits_have_a_proof() -> None:
    draw, without = random.Random(1), 0
    for _ in range(500):
        n = draw.randrange(10**29, 10**30) | 1
        while failing_base(n) is not None:
            n += 2
        try:
            assert refute_chain(n, chain(n, Work(10**6))) is None
        except WorkSpent:
            without += 1
    assert without <= 5
