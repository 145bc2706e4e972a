from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from theories import theories

from slowthink.types import Evidence, Status
from slowthink.verifiers import logic, logic_proofs
from slowthink.verifiers.certificates import recheck
from slowthink.verifiers.deductions import check_chain, check_sentence
from slowthink.verifiers.logic import decide
from slowthink.verifiers.statement_printer import print_theory
from slowthink.verifiers.statement_syntax import Mistake
from slowthink.verifiers.statements import Theory

CHAIN = """sort Person = Ann, Bob
predicate kind(Person)
predicate calm(Person)
predicate glad(Person)
fact rule: all x: Person. kind(x) -> calm(x)
fact other: all x: Person. calm(x) -> glad(x)
fact seen: kind(Ann)
step one: calm(Ann) since rule, seen
step two: glad(Ann)
step three: glad(Bob)
step four: glad(Bob) or kind(Bob)
"""


@pytest.fixture(scope="module", autouse=True)
def no_worker_left() -> Iterator[None]:
    yield
    logic.close()


def test_the_first_step_that_does_not_follow_is_named() -> None:
    chain = check_chain(CHAIN)
    assert [step.found for step in chain.steps] == ["follows", "follows", "does not follow", "follows"]
    assert chain.first_wrong == "three"
    assert set(chain.steps[0].core) == {"rule", "seen"}
    wrong = chain.steps[2]
    assert wrong.model is not None
    assert wrong.model.table("glad")["Bob",] == "false"


def test_a_step_follows_from_the_grounds_that_it_names_alone() -> None:
    chain = check_chain(CHAIN.replace("since rule, seen", "since other, seen"))
    assert chain.first_wrong == "one"
    missing = check_chain(CHAIN.replace("since rule, seen", "since two"))
    assert missing.first_wrong == "one"
    assert "'two'" in missing.steps[0].reason


def test_nothing_follows_from_inconsistent_grounds() -> None:
    chain = check_chain(CHAIN.replace("step one", "fact no: not calm(Ann)\nstep one").replace(" since rule, seen", ""))
    assert chain.first_wrong == "one"
    assert "inconsistent" in chain.steps[0].reason


def test_a_mistake_in_a_step_has_its_place() -> None:
    for wrong in ("calm(Ann) and since", "calm(Ann", "calm(Ann))"):
        text = CHAIN.replace("calm(Ann) since rule, seen", wrong)
        with pytest.raises(Mistake) as caught:
            check_chain(text)
        assert CHAIN.index("step one") < caught.value.position <= CHAIN.index("step one") + 40


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("since A and (A -> B), B", "follows"),
        ("Since A and (A -> B) and (B -> C), therefore C.", "follows"),
        ("since (A -> B) and B, A", "does not follow"),
        ("because A or B and not C, A", "does not follow"),
        ("because (A or B) and not B, A", "follows"),
        ("since A and not A, B", "does not follow"),
    ],
)
def test_a_deduction_in_a_sentence(text: str, found: str) -> None:
    assert check_sentence(text).found == found


def evidence(theory: str, verdict: str, answer: str | None) -> Evidence:
    certificate = {"verdict": verdict, "answer": answer}
    return Evidence(kind="logic", claim=theory, status=Status.PROVED, certificate=certificate)


def test_evidence_is_rechecked_by_a_search_of_its_own() -> None:
    theory = CHAIN[: CHAIN.index("step")] + "ask glad(Ann)"
    assert recheck(evidence(theory, "entailed", "yes")).status is Status.PROVED
    assert recheck(evidence(theory, "contradicted", "no")).status is Status.REFUTED
    assert (
        recheck(evidence(theory.replace("ask glad(Ann)", "ask glad(Bob)"), "entailed", "yes")).status is Status.REFUTED
    )
    assert recheck(evidence("nonsense", "entailed", "yes")).status is Status.REFUTED
    opened = theory.replace("sort Person = Ann, Bob", "sort Person\nconstant Ann: Person")
    assert recheck(evidence(opened, "entailed", "yes")).status is Status.UNKNOWN


@settings(max_examples=60)
@given(theories())
def test_the_search_agrees_with_the_solver(theory: Theory) -> None:
    decision = decide(theory)
    certificate = {"verdict": decision.verdict, "answer": decision.answer}
    assert logic_proofs.refute(print_theory(theory), certificate) is None
    other = {"verdict": "entailed" if decision.verdict != "entailed" else "contradicted", "answer": "yes"}
    assert logic_proofs.refute(print_theory(theory), other) is not None
