"""Where the words of a program or a question do not settle what is meant, nothing is decided."""

from collections.abc import Iterator

import pytest

from slowthink.verifiers import logic
from slowthink.verifiers.logic_programs import answer

THREE = ("A) True", "B) False", "C) Unknown")
ASKED = "Is the following statement true or false? "


@pytest.fixture(scope="module", autouse=True)
def no_worker_left() -> Iterator[None]:
    yield
    logic.close()


def first_order(premises: str, conclusion: str) -> str:
    return f"Premises:\n{premises}\nConclusion:\n{conclusion}"


def rules(fact: str, query: str) -> str:
    return f"Facts:\n{fact}\nQuery:\n{query}"


@pytest.mark.parametrize(
    ("fact", "asked"),
    [
        ("Height(tom, 1.5)", "Height(tom, 15)"),
        ("In(tom, Room 1 2)", "In(tom, Room 12)"),
        ("At(tom, A_1_1)", "At(tom, A11)"),
    ],
)
def test_digits_apart_are_no_number_together(fact: str, asked: str) -> None:
    assert answer(first_order(fact, asked), THREE).answer == "C"
    assert answer(rules(fact, asked), THREE).answer == "C"


def test_a_number_is_one_thing_however_it_is_written() -> None:
    assert answer(first_order("Age(tom, 5)", "Age(tom, 5.0)"), THREE).answer == "A"
    assert answer(first_order("Age(tom, 5)\n∀x (Age(tom, x) → x = 5.0)", "Age(tom, 05)"), THREE).answer == "A"
    assert answer(first_order("Age(tom, 16.5)\n∀x (Age(tom, x) → x = 16.5)", "Age(tom, 3.2)"), THREE).answer == "B"


@pytest.mark.parametrize(
    "premise", ["∃xy (Loves(x, y))", "(∃x Cat(x)) ∧ Loves(x, y)", "∃w (Loves(x, y))", "Loves(x, y) ∧ ∀y Cat(y)"]
)
def test_a_free_letter_beside_a_quantifier_is_not_settled(premise: str) -> None:
    found = answer(first_order(premise, "Loves(tom, ann)"), THREE)
    assert (found.answer, found.verdict) == (None, "unknown")
    assert "without a quantifier, beside one" in found.reason


def test_an_inner_quantifier_reaches_to_the_end_where_its_letter_would_be_free() -> None:
    premises = "∀x (Airline(x) → ∀y Passenger(y) → Carries(x, y))\nAirline(lot)\nPassenger(ann)"
    assert answer(first_order(premises, "Carries(lot, ann)"), THREE).answer == "A"


def test_a_bracket_missing_behind_a_denial_is_not_put_in() -> None:
    denied = answer(first_order("¬(Cat(tom) ∨ Dog(tom) → Animal(tom)", "¬Animal(tom)"), THREE)
    assert (denied.answer, denied.verdict) == (None, "unknown")
    assert "how much is denied is not settled" in denied.reason
    assert answer(first_order("¬(Cat(tom) ∨ Dog(tom)) ∧ (Animal(tom)", "Animal(tom)"), THREE).answer == "A"
    assert answer(first_order("Animal(tom) ∧ ¬(Cat(tom", "¬Cat(tom)"), THREE).answer == "A"


@pytest.mark.parametrize(
    ("literal", "said", "expected"),
    [
        ("Sour(Max, False)", "Max is sour.", "B"),
        ("Sour(Max, True)", "Max is not sour.", "B"),
        ("Sour(Max, False)", "It is false that Max is sour.", "A"),
        ("Sour(Max, True)", "It is not the case that Max is not sour.", "A"),
        ("Sour(Max, True)", "Max, who is not tall, is sour.", "A"),
        ("Sour(Max, False)", "Max lacks being sour.", "A"),
        ("Sour(Max, False)", "Max is unsour.", "A"),
    ],
)
def test_a_query_is_turned_only_where_the_question_settles_it(literal: str, said: str, expected: str) -> None:
    found = answer(rules(literal, literal), THREE, question=ASKED + said)
    assert found.answer == expected
    assert ("was turned" in found.reason) is (expected == "B")


@pytest.mark.parametrize("context", ["Max is kind. Max is sour?", "Max is kind. True or false? Max is sour."])
def test_what_the_context_asks_is_no_premise(context: str) -> None:
    text = rules("Kind(Max, True)", "Sour(Max, True) ::: Max is sour.")
    assert answer(text, THREE, context=context).answer == "C"
    assert answer(text, THREE, context="Is he kind? Max is kind. Max is sour.").answer == "A"


def test_one_thing_is_asked() -> None:
    two = answer(rules("Kind(Max, True)", "Kind(Max, True)\nKind(Max, False)"), THREE)
    assert (two.answer, two.verdict) == (None, "unknown")
    assert "line 5, column 1: expected one query" in two.reason
    assert answer(rules("Kind(Max, True)", "Kind(Max, True)\nKind(max, true)\nIs he?"), THREE).answer == "A"


def test_options_that_say_the_same_are_no_answer() -> None:
    program = rules("Kind(Max, True)", "Kind(Max, True)")
    assert answer(program, ("A) True", "B) True", "C) False")).answer is None
    assert answer(program, ("A) Yes", "B) Unknown", "C) Uncertain")).answer == "A"


def test_a_name_has_one_declaration() -> None:
    places = "Variables:\na [IN] [1, 2]\na [IN] [3, 4]\nConstraints:\na == 1\nQuery:\nA) a == 1\nB) a == 2"
    assert "line 3, column 1: 'a' has two lists of values" in answer(places).reason
    twice = places.replace("a [IN] [3, 4]\n", "").replace("B)", "A)")
    assert "line 7, column 1: expected one option A" in answer(twice).reason
    enumerated = "# Declarations\np = EnumSort([a, b])\n# Options\nis_sat(a == a) ::: (A)\nis_sat(a == b) ::: (A)"
    assert "line 5, column 1: expected one option A" in answer(enumerated).reason


def test_a_remark_in_our_language_is_no_heading() -> None:
    assert answer("# Declarations\npredicate p\n# Constraints\nfact p\nask p").answer == "True"
