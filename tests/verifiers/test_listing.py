"""Plans carried out: what comes of them, by which convention, and evidence that is checked again."""

import pytest

from slowthink.types import Evidence, Status
from slowthink.verifiers.certificates import recheck
from slowthink.verifiers.counting_plans import Bounds, Operation, Plan
from slowthink.verifiers.listing import Listed, carry_out, evidence_of_list, reason_of
from slowthink.verifiers.number_kinds import Kind


def listed(plan: Plan, words: str = "") -> Listed:
    found = carry_out(plan, words)
    assert isinstance(found, Listed), found
    return found


PRIME = Kind("prime")


@pytest.mark.parametrize(
    ("then", "answer"),
    [
        ("count", "18"),
        ("sum", "3554"),
        ("largest", "241"),
        ("smallest", "151"),
        ("mean", "1777/9"),
        (
            "list",
            "151, 157, 163, 167, 173, 179, 181, 191, 193, 197, 199, 211, 223, 227, 229, 233, 239, 241",
        ),
    ],
)
def test_the_papers_range(then: Operation, answer: str) -> None:
    found = listed(Plan(PRIME, Bounds("two", (150, 250)), then))
    assert found.answer == answer
    assert found.agrees, "no end of the range is prime, so it does not matter whether the ends count"


def test_an_end_that_matters_is_told() -> None:
    found = listed(Plan(PRIME, Bounds("two", (10, 13)), "count"))
    assert (found.answer, found.agrees) == ("2", False)
    assert "included" in found.convention
    assert "another convention 1" in reason_of(found)
    assert listed(Plan(PRIME, Bounds("two", (10, 13), False, False), "count")).answer == "1"


def test_zero_and_one_are_matters_of_convention() -> None:
    evens = Plan(Kind("even"), Bounds("high", (10,), None, False), "count")
    assert (listed(evens).answer, listed(evens).agrees) == ("4", False)
    assert listed(evens, "how many positive even numbers below #0").agrees
    assert not listed(Plan(Kind("fibonacci"), Bounds("high", (10,), None, False), "count")).agrees
    assert not listed(Plan(Kind("power of", (2,)), Bounds("high", (100,), None, True), "count")).agrees


def test_places_digits_and_first_members() -> None:
    assert listed(Plan(PRIME, Bounds("all"), "nth", 10)).answer == "29"
    assert listed(Plan(PRIME, Bounds("first", (10,)), "sum")).answer == "129"
    assert listed(Plan(PRIME, Bounds("low", (300,), False), "smallest")).answer == "307"
    assert listed(Plan(Kind("palindrome"), Bounds("digits", (3,), True, True), "count")).answer == "90"
    assert listed(Plan(Kind("divisor", (360,)), Bounds("all"), "count")).answer == "24"


def test_no_answer_where_there_is_none() -> None:
    assert isinstance(carry_out(Plan(PRIME, Bounds("two", (24, 28)), "largest")), str)
    assert isinstance(carry_out(Plan(PRIME, Bounds("two", (1, 900_000)), "count")), str)
    assert isinstance(carry_out(Plan(PRIME, Bounds("digits", (9,), True, True), "count")), str)


def test_evidence_is_checked_by_other_code() -> None:
    evidence = evidence_of_list(listed(Plan(PRIME, Bounds("two", (150, 250)), "count")))
    assert recheck(evidence).status is Status.PROVED
    members = [n for n in evidence.certificate["members"] if n != 211]
    for change in ({"members": members}, {"count": 17}, {"high": 260}, {"kind": {"is": "odd"}}, {"kind": "x"}):
        tampered = Evidence(
            kind="listing", claim=evidence.claim, status=Status.PROVED, certificate=evidence.certificate | change
        )
        assert recheck(tampered).status is Status.REFUTED, change
    other = evidence.model_copy(update={"claim": evidence.claim.replace(": 18", ": 19")})
    assert recheck(other).status is Status.REFUTED
    long = evidence.model_copy(update={"certificate": evidence.certificate | {"high": 9_000_000}})
    assert recheck(long).status is Status.UNKNOWN
