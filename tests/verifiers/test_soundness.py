"""Soundness over made-up statements in all notations: nothing true is REFUTED, nothing false PROVED.

Each example is a seed that Hypothesis chooses; `statements.py` and its neighbours make a statement of it and know its
truth. In the slow tier each verifier meets 100,000 of them; how many verdicts were UNKNOWN is told at the end.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from random import Random

import pytest
from algebra_statements import a_pair, of_algebra
from hypothesis import given, settings
from hypothesis import strategies as st
from statements import Statement, about_numbers, about_text, noisy, of_brackets, of_sorting, of_swaps
from sum_statements import a_solution, a_sum, not_claimed, of_units

from slowthink.types import Evidence, Judgement, Status
from slowthink.verifiers.algebra import AlgebraVerifier
from slowthink.verifiers.arithmetic import ArithmeticVerifier
from slowthink.verifiers.brackets import BracketVerifier
from slowthink.verifiers.certificates import recheck
from slowthink.verifiers.equivalence import grade
from slowthink.verifiers.number_theory import NumberTheoryVerifier
from slowthink.verifiers.protocol import Verifier
from slowthink.verifiers.sorting import SortingVerifier
from slowthink.verifiers.sum_proofs import Unreadable, value_of
from slowthink.verifiers.swaps import SwapVerifier
from slowthink.verifiers.text import TextVerifier

PROVED, REFUTED, UNKNOWN = Status.PROVED, Status.REFUTED, Status.UNKNOWN
FEW, MANY = 150, int(os.environ.get("SLOWTHINK_EXAMPLES", "100000"))
CHECKED_AGAIN = 20
"""One in so many certificates is checked by the other code that is there for it."""
Rates = dict[str, Counter[str]]


def one_sum(r: Random) -> list[Statement]:
    kind = r.random()
    if kind < 0.6:
        return [a_sum(r)]
    if kind < 0.7:
        return [of_units(r)]
    return [not_claimed(r)] if kind < 0.75 else a_solution(r)


def alone(make: Callable[[Random], Statement]) -> Callable[[Random], list[Statement]]:
    return lambda r: [make(r)]


JUDGES: dict[str, tuple[Verifier, Callable[[Random], list[Statement]]]] = {
    "arithmetic": (ArithmeticVerifier(), one_sum),
    "number_theory": (NumberTheoryVerifier(), alone(about_numbers)),
    "algebra": (AlgebraVerifier(), alone(of_algebra)),
    "text": (TextVerifier(), alone(about_text)),
    "brackets": (BracketVerifier(), alone(of_brackets)),
    "sorting": (SortingVerifier(), alone(of_sorting)),
    "swaps": (SwapVerifier(), alone(of_swaps)),
}


def of(judgements: list[Judgement], one: Statement) -> Iterator[Judgement]:
    """The last judgement that shares characters with the statement: in a chain, the one on its result."""
    yield from [j for j in judgements if j.claim.start < one.end and j.claim.end > one.start][-1:]


def check_seed(kind: str, seed: int, rates: Rates) -> None:
    verifier, make = JUDGES[kind]
    r = Random(seed)
    made = make(r)
    text = made[0].text
    judgements = verifier.check(text)
    for one in made:
        rates[kind]["statements"] += 1
        found = list(of(judgements, one))
        rates[kind]["not seen"] += not found
        for j in found:
            status = j.verdict.status
            rates[kind][f"{one.truth} {status.value}"] += 1
            said = f"{one.truth}: {j.claim.text!r} in {text!r} ({j.verdict.reason})"
            assert not (one.truth is not False and status is REFUTED), said
            assert not (one.truth is not True and status is PROVED), said
            if seed % CHECKED_AGAIN == 0:
                check_evidence(kind, j)
    if seed % 4 == 0:
        check_mutated(kind, verifier, noisy(r, text))


def check_evidence(kind: str, j: Judgement) -> None:
    if j.verdict.certificate is None or j.verdict.status is UNKNOWN:
        return
    saved = json.loads(json.dumps(j.verdict.certificate))
    assert recheck(Evidence(kind=kind, claim=j.claim.text, status=j.verdict.status, certificate=saved)).status is PROVED


def check_mutated(kind: str, verifier: Verifier, text: str) -> None:
    """Of a text with other characters in it no truth is known; its verdicts must hold for other code all the same."""
    for j in verifier.check(text):
        assert text[j.claim.start : j.claim.end] == j.claim.text
        check_evidence(kind, j)
        if kind == "arithmetic" and j.verdict.status is not UNKNOWN and j.claim.text.count("=") == 1:
            left, right = j.claim.text.replace("**", "^").split("=")
            try:
                values = value_of(left), value_of(right)
            except Unreadable:
                continue
            assert (values[0] == values[1]) == (j.verdict.status is PROVED), text


def check_pair(seed: int, rates: Rates) -> None:
    r = Random(seed)
    gold, pred, truth = a_pair(r)
    for verdict in (grade(gold, pred), grade(pred, gold)):
        rates["equivalence"]["statements"] += 1
        rates["equivalence"][f"{truth} {verdict.status.value}"] += 1
        said = f"{truth}: {gold!r} and {pred!r} ({verdict.reason})"
        assert not (truth is True and verdict.status is REFUTED), said
        assert not (truth is False and verdict.status is PROVED), said
    if seed % 4 == 0:
        grade(noisy(r, gold), noisy(r, pred))


SEEDS = st.integers(0, 2**62)


@pytest.mark.parametrize("kind", [*JUDGES, "equivalence"])
def test_some_statements(kind: str, verdict_rates: Rates) -> None:
    rates: Rates = {kind: Counter()}

    @settings(max_examples=FEW, deadline=None, database=None)
    @given(SEEDS)
    def check(seed: int) -> None:
        check_pair(seed, rates) if kind == "equivalence" else check_seed(kind, seed, rates)

    check()
    counts = rates[kind]
    decided = sum(count for name, count in counts.items() if name.endswith(("PROVED", "REFUTED")))
    assert decided >= 0.4 * counts["statements"], counts


@pytest.mark.slow
@pytest.mark.parametrize("kind", [*JUDGES, "equivalence"])
def test_a_hundred_thousand_statements(kind: str, verdict_rates: Rates) -> None:
    @settings(max_examples=MANY, deadline=None, database=None)
    @given(SEEDS)
    def check(seed: int) -> None:
        check_pair(seed, verdict_rates) if kind == "equivalence" else check_seed(kind, seed, verdict_rates)

    check()
    assert verdict_rates[kind]["statements"] >= MANY
