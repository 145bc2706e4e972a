"""Every verifier keeps the contract, and the contract notices what does not keep it."""

import re

import pytest
from verifier_samples import NUMBERS, SUMS, TEXTS

from slowthink.testing import check_verifier
from slowthink.types import Claim, Edit, Judgement, Status, Verdict
from slowthink.verifiers.algebra import AlgebraVerifier
from slowthink.verifiers.arithmetic import ArithmeticVerifier
from slowthink.verifiers.number_theory import NumberTheoryVerifier
from slowthink.verifiers.protocol import Verifier
from slowthink.verifiers.text import TextVerifier


def test_number_theory() -> None:
    check_verifier(NumberTheoryVerifier(), NUMBERS, texts=60)


def test_number_theory_of_a_reply() -> None:
    check_verifier(NumberTheoryVerifier().about("Is 3599 prime?"), ["Yes.", "No, it is not.", *NUMBERS[:4]], texts=30)


def test_text() -> None:
    check_verifier(TextVerifier(), TEXTS, texts=60)


def test_arithmetic() -> None:
    # Dense sums take it longer than claims in words take the others.
    check_verifier(ArithmeticVerifier(), SUMS, rounds=True, texts=60, seconds_a_page=0.5)


class Liar:
    """Says that every 7 is wrong, and can be told how to break the contract."""

    kind = "sevens"

    def __init__(self, fault: str) -> None:
        self.fault = fault
        self.calls = 0

    def check(self, text: str) -> list[Judgement]:
        self.calls += 1
        if self.fault == "raises" and "\x00" in text:
            raise ValueError
        found = []
        for match in re.finditer("[78]", text):
            start, end = match.span()
            refuted = match[0] == "7"
            said = "no" if self.fault == "span" else match[0]
            edit = Edit(start=start, end=end, text="7" if self.fault == "correction" else "8") if refuted else None
            verdict = Verdict(
                status=Status.REFUTED if refuted else Status.PROVED,
                reason="" if self.fault == "reason" else "an eight is meant",
                witness="8" if refuted and self.fault != "witness" else None,
                correction=edit.text if edit else None,
                edit=edit,
            )
            found.append(Judgement(claim=Claim(kind=self.kind, text=said, start=start, end=end), verdict=verdict))
        if self.fault == "order":
            found.reverse()
        return found[:1] if self.fault == "moody" and self.calls % 2 else found


@pytest.mark.parametrize("fault", ["span", "correction", "reason", "witness", "order", "moody"])
def test_faults_are_found(fault: str) -> None:
    with pytest.raises(AssertionError, match="expected"):
        check_verifier(Liar(fault), ["7 8 7", "8 8"], texts=20)


def test_an_exception_reaches_whoever_checks() -> None:
    with pytest.raises(ValueError, match=r"^$"):
        check_verifier(Liar("raises"), ["7 8", "8"])


def test_samples_without_claims_are_no_test() -> None:
    with pytest.raises(AssertionError, match=r"PROVED and a REFUTED"):
        check_verifier(NumberTheoryVerifier(), ["nothing"])


ALGEBRA = [
    "(x+1)^2 expands to x^2 + 2x + 1.",
    "(x+1)^2 expands to x^2 + 1.",
    "x = 3 is a solution of 2x + 1 = 7.",
    "The solutions of x^2 - 5x + 6 = 0 are 2 and 4.",
    "The derivative of x^3 is 3x^2.",
]


def test_algebra() -> None:
    check_verifier(AlgebraVerifier(), ALGEBRA, texts=40)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("verifier", "samples", "rounds"),
    [
        (NumberTheoryVerifier(), NUMBERS, False),
        (NumberTheoryVerifier().about("Is 3599 prime?"), ["Yes.", "No, it is not.", *NUMBERS[:4]], False),
        (TextVerifier(), TEXTS, False),
        (ArithmeticVerifier(), SUMS, True),
        (AlgebraVerifier(), ALGEBRA, False),
    ],
    ids=["number_theory", "reply", "text", "arithmetic", "algebra"],
)
def test_many_texts(verifier: Verifier, samples: list[str], rounds: bool) -> None:
    check_verifier(verifier, samples, rounds=rounds, texts=3000, seconds_a_page=0.5 if rounds else 0.05)
