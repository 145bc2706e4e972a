from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from theories import theories

from slowthink.errors import InputError
from slowthink.types import Evidence, Status
from slowthink.verifiers import logic, logic_proofs
from slowthink.verifiers.certificates import recheck
from slowthink.verifiers.deduction_sentences import MAX_READINGS, deductions, sentences
from slowthink.verifiers.deductions import check_argument, check_chain, check_listed, check_sentence, is_argument
from slowthink.verifiers.logic import decide
from slowthink.verifiers.statement_printer import print_theory
from slowthink.verifiers.statement_syntax import Mistake
from slowthink.verifiers.statement_text import parse
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
        ("since A and A implies B, B", "follows"),
        ("Since A and A -> B, B.", "follows"),
        ("since A and A implies B and B implies C, then C", "follows"),
        ("since A implies B and B, A", "does not follow"),
        ("since A, and A implies B and C, C", "follows"),
        ("since A implies B and C, C", "unknown"),
        ("since A implies B, and C, C", "follows"),
        ("since A implies (B and C), C", "does not follow"),
        ("since A implies B and B implies C, A implies C", "follows"),
        ("since A and B and (A and B implies C), C", "follows"),
    ],
)
def test_a_deduction_in_a_sentence(text: str, found: str) -> None:
    assert check_sentence(text).found == found


@pytest.mark.parametrize(
    "wrong",
    ["A, B", "since A B", "since , B", "since A,", "since A or B and C implies D, D", "since A implies B implies C, C",
     "since a(x), b", "since A <-> B and C, C", "since (A, B", "", "since A and, B"],
)  # fmt: skip
def test_what_is_no_deduction_or_could_be_several_has_a_mistake_with_its_place(wrong: str) -> None:
    with pytest.raises(Mistake) as caught:
        check_sentence(wrong)
    assert 0 <= caught.value.position <= len(wrong)


@pytest.mark.parametrize(
    ("text", "found", "first"),
    [
        ("A. A implies B. So B. B implies C. Therefore C.", "follows", None),
        ("A\nA implies B\nso B\nso C", "does not follow", 1),
        ("Since A and A implies B, B. Since B and B implies C, C. So A and C.", "follows", None),
        ("Since A and A implies B, B. So C.", "does not follow", 1),
        ("A. Since C and C implies B, B.", "does not follow", 0),
        ("A implies B and C. A. So B. So C.", "follows", None),
        ("A implies B and C. So C. So A.", "does not follow", 1),
        ("A implies B and C. So C.", "unknown", None),
        ("A implies B. Hence D. B implies C. Thus A implies C. So E", "does not follow", 0),
    ],
)
def test_an_argument_in_sentences(text: str, found: str, first: int | None) -> None:
    assert is_argument(text)
    chain = check_argument(text)
    assert (chain.found, chain.first_wrong_at) == (found, first)


@pytest.mark.parametrize(
    "text", ["predicate a\nfact a\nask a", "A. A implies B.", "Facts:\nso B", "# so", "", "sort So"]
)
def test_what_concludes_nothing_is_no_argument(text: str) -> None:
    assert not is_argument(text)


def test_steps_as_a_list() -> None:
    chain = check_listed(["rule: A implies B", "A"], ["one: B since rule, premise2", "so B and A", "since A, C"])
    assert [step.found for step in chain.steps] == ["follows", "follows", "does not follow"]
    assert chain.first_wrong == "step3"
    declared = CHAIN[: CHAIN.index("step")]
    chain = check_listed(["all x: Person. glad(x) -> kind(x)"], ["glad(Ann)", "glad(Bob)"], declared)
    assert chain.first_wrong_at == 1
    assert check_listed([], ["kind(Bob)"], declared + "step a: glad(Ann)\nask glad(Bob)").question is not None
    for premises, steps in ((["A and"], ["A"]), (["A"], ["A or"]), (["a(x)"], ["A"]), (["n: A", "n: B"], ["A"])):
        with pytest.raises(InputError):
            check_listed(premises, steps)


def test_a_chain_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("slowthink.verifiers.deductions.SECONDS", -1.0)
    chain = check_chain(CHAIN)
    assert (chain.found, chain.first_wrong) == ("unknown", None)
    assert "took more than" in chain.steps[0].reason


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(["A", "B", "and", "implies", ",", ".", "so", "since", "(", ")", "not", "->", "or"])))
def test_no_sentence_breaks_the_reader(words: list[str]) -> None:
    text = " ".join(words)
    for start, end, _ in sentences(text):
        try:
            assert 1 <= len(deductions(text, start, end)) <= MAX_READINGS
        except Mistake as error:
            assert 0 <= error.position <= len(text)  # noqa: PT017


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


@pytest.mark.parametrize("test", ["least", "greatest"])
def test_the_search_finds_least_and_greatest_values_too(test: str) -> None:
    text = "sort N = 1..4\nconstant n: N\nconstant m: N\nfact n < m\nfact n + m > 4\n"
    text += "\n".join(f"option o{value}: {test} m - n = {value}" for value in range(5))
    decision = decide(parse(text))
    assert decision.answer == {"least": "o1", "greatest": "o3"}[test]
    assert logic_proofs.refute(text, {"verdict": "chosen", "answer": decision.answer}) is None
    assert logic_proofs.refute(text, {"verdict": "chosen", "answer": "o2"}) is not None


@settings(max_examples=60)
@given(theories())
def test_the_search_agrees_with_the_solver(theory: Theory) -> None:
    decision = decide(theory)
    certificate = {"verdict": decision.verdict, "answer": decision.answer}
    assert logic_proofs.refute(print_theory(theory), certificate) is None
    other = {"verdict": "entailed" if decision.verdict != "entailed" else "contradicted", "answer": "yes"}
    assert logic_proofs.refute(print_theory(theory), other) is not None
