"""Large and odd input: an answer or a mistake with its place, in a short time, and never an exception."""

import time
from collections.abc import Iterator

import pytest

from slowthink.verifiers import logic
from slowthink.verifiers.deductions import check_argument, check_chain, check_listed
from slowthink.verifiers.logic_programs import answer
from slowthink.verifiers.statement_syntax import Mistake

BIG = 190_000
ELEMENTS = ", ".join(f"e{number}" for number in range(44))


@pytest.fixture(scope="module", autouse=True)
def no_worker_left() -> Iterator[None]:
    yield
    logic.close()


@pytest.mark.parametrize(
    "program",
    [
        "predicate a\n" + "fact a\n" * 25_000,
        "predicate a\n" + "option b: a\n" * 15_000,
        "a" * 1_000_000,
        "Variables:\na" + " " * BIG + "[IN\nConstraints:\na == 1\nQuery:\nA) a == 1",
        "Premises:\n" + "Cat(tom)\n" * 20_000 + "Conclusion:\nCat(tom)",
        "# Declarations\n" + "\n" * 90_000 + " " * 90_000 + "x\n# Options\n",
        f"# Declarations\np = EnumSort([{ELEMENTS}])\nf = Function([p, p] -> [bool])\n# Constraints\n"
        + "ForAll([x:p, y:p], f(x, y))\n" * 200
        + "# Options\nis_sat(f(e1, e2)) ::: (A)",
        "constant n: int\nfact n = " + "+".join(["1"] * 3_000) + "\nfind n",
        "predicate a\nfact " + " xor ".join(["a"] * 3_000),
        "sort S = ²..³",
    ],
)
def test_what_is_too_large_is_a_mistake_with_its_place(program: str) -> None:
    began = time.process_time()
    found = answer(program)
    assert (found.answer, found.verdict) == (None, "unknown")
    assert found.reason.startswith("not read: line ")
    assert time.process_time() - began < 5


def test_long_chains_are_mistakes() -> None:
    with pytest.raises(Mistake, match="line 1002, column 1: expected at most 1000 steps"):
        check_chain("fact true\n" + "step true\n" * 20_000)
    with pytest.raises(Mistake, match="expected at most 1000 steps"):
        check_argument("A. " + "So A. " * 20_000)


def test_many_lines_of_nothing_are_read() -> None:
    assert answer("\n" * BIG + "ask true").answer == "True"
    assert answer("# " * 90_000 + "\nask true").answer == "True"


@pytest.mark.parametrize("word", ["if", "abs", "sum", "count", "position", "distinct"])
def test_a_word_of_the_language_is_no_proposition(word: str) -> None:
    with pytest.raises(Mistake, match="line 1, column 7: expected a formula or a term"):
        check_argument(f"A. So {word}.")


def test_a_count_over_many_pairs_is_decided() -> None:
    nine = ", ".join(f"e{number}" for number in range(9))
    program = f"# Declarations\np = EnumSort([{nine}])\nf = Function([p, p] -> [bool])\n# Constraints\n"
    program += "Count([x:p, y:p], f(x, y)) == 0\n# Options\nis_sat(f(e1, e2)) ::: (A)\nis_unsat(f(e1, e2)) ::: (B)"
    assert answer(program).answer == "B"


def test_a_large_value_is_not_decided() -> None:
    large = f"1{'0' * 25}"
    assert "line 1, column 5: expected a number of at most 30 digits" in answer(f"ask {'9' * 31} > 1").reason
    assert answer(f"constant n: int\nfact n = {large} * {large}\nfind n").verdict == "unknown"
    assert answer(f"constant n: real\nfact n * {large} * {large} = 1\nfind n").verdict == "unknown"


def test_a_quantifier_binds_a_name_once_and_zero_is_one_number() -> None:
    twice = answer("sort S = a, b\nsort O\npredicate p(O)\nfact all x: S, x: O. p(x)")
    assert "line 4, column 6: one quantifier binds 'x' twice" in twice.reason
    assert "elements of a sort are different" in answer("sort S = -0, 0").reason


def test_a_right_step_behind_a_refuted_one_follows() -> None:
    chain = check_chain(
        "predicate a\npredicate b\nfact f: a\nfact g: not b\nstep one: b\nstep two: a\nstep three: b and a"
    )
    assert [step.found for step in chain.steps] == ["does not follow", "follows", "does not follow"]
    assert chain.first_wrong == "one"


def test_grounds_are_joined_by_commas_or_and() -> None:
    text = "predicate a\npredicate b\nfact f: a\nfact g: a -> b\nstep one: b since f and g"
    assert check_chain(text).found == check_chain(text.replace(" and ", ", and ")).found == "follows"
    with pytest.raises(Mistake, match="line 5, column 18: expected the names"):
        check_chain(text.replace("f and g", "f,"))


def test_a_question_has_each_sense_of_the_premises() -> None:
    program = "predicate A\npredicate B\npredicate C\nask C"
    chain = check_listed(["A and B implies C", "B"], ["so B"], program)
    assert chain.question is not None
    assert len(chain.other_questions) == 1
    verdicts = {logic.decide(one).verdict for one in (chain.question, *chain.other_questions)}
    assert verdicts == {"entailed", "undetermined"}
