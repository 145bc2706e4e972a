from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slowthink.verifiers import logic
from slowthink.verifiers.logic_program_ordering import told_place
from slowthink.verifiers.logic_programs import answer, read_program
from slowthink.verifiers.statement_printer import print_theory
from slowthink.verifiers.statement_syntax import Mistake
from slowthink.verifiers.statement_text import parse

RULES = """Predicates:
Kind($x, bool) ::: Is x kind?
Rough($x, bool) ::: Is x rough?
Facts:
Kind(Ann, True) ::: Ann is kind.
Rough(Bob, False) ::: Bob is not rough.
Rules:
Kind($x, True) && Quiet($x, True) >>> Rough($x, True)
Kind($x, True) >>> Quiet($x, True)
Likes($x, Bob, True) >>> Kind($x, False)
Query:
Rough(Ann, True) ::: Ann is rough.
"""
THREE = ("A) True", "B) False", "C) Unknown")
FIRST_ORDER = """Predicates:
Cat(x) ::: x is a cat.
Premises:
∀x (Cat(x) → Animal(x) ∧ ¬Dog(x))
∀x (Animal(x) → ∃y Likes(y, x)) ::: Somebody likes every animal.
Cat(tom) ⊕ Dog(tom)
¬Dog(tom)
Conclusion:
∃y Likes(y, tom)
"""
ORDERING = """Domain:
1: leftmost
3: rightmost
Variables:
red_book [IN] [1, 2, 3]
green_book [IN] [1, 2, 3]
blue_book [IN] [1, 2, 3]
Constraints:
red_book < green_book ::: The red book is to the left of the green book.
blue_book == rightmost
AllDifferentConstraint([red_book, green_book, blue_book])
Query:
A) red_book == 2
B) green_book == 2
C) Blue_book == 2
"""
LSAT = """# Declarations
people = EnumSort([Ann, Bob, Cid, Dan])
judges = EnumSort([Ann, Bob])
days = EnumSort([mon, tue, wed, thu])
speaks = Function([people] -> [days])

# Constraints
Distinct([p:people], speaks(p))
speaks(Ann) == speaks(Bob) + 1 # the day after
ForAll([p:judges], speaks(p) != mon)
Exists([d:days], And(speaks(Cid) == d, d > wed))

# Options
is_valid(speaks(Bob) == mon) ::: (A)
is_valid(speaks(Dan) == mon) ::: (B)
is_valid(speaks(Ann) == tue) ::: (C)
"""


@pytest.fixture(scope="module", autouse=True)
def no_worker_left() -> Iterator[None]:
    yield
    logic.close()


def test_rules_run_forward_in_an_open_world() -> None:
    assert answer(RULES, THREE).answer == "A"
    assert answer(RULES.replace("Rough(Ann, True) :::", "Rough(Ann, False) :::"), THREE).answer == "B"
    assert answer(RULES.replace("Rough(Ann, True) :::", "Rough(Bob, True) :::"), THREE).answer == "B"
    backwards = answer(RULES.replace("Rough(Ann, True) :::", "Kind(Bob, True) :::"), THREE)
    assert (backwards.answer, backwards.verdict) == ("C", "undetermined")


def test_only_the_query_s_own_contradiction_makes_rules_inconsistent() -> None:
    both = RULES.replace("Query:", "Facts:\nRough(Ann, False)\nQuery:")
    assert answer(both, THREE).verdict == "inconsistent"
    elsewhere = RULES.replace("Query:", "Facts:\nKind(Bob, False)\nKind(Bob, True)\nQuery:")
    assert answer(elsewhere, THREE).answer == "A"


@pytest.mark.parametrize(
    ("old", "new", "tolerated"),
    [
        ("Rough($x, True)\nKind", "Roughs($x, true)\nKind", "'Rough' is 'Roughs'"),
        ("Kind(Ann, True) :::", "1. Kind(ann) :::", "a value that is missing is True"),
        ("Rough(Bob, False)", "¬Rough(Bob, True)", ""),
        ("Rough(Bob, False)", "Not(Rough(Bob), True)", ""),
        ("Rules:\n", "", ""),
        ("Rough($x, True)\nKind", "Rough($x, True))\nKind", "a bracket too many"),
    ],
)
def test_sloppy_rules_are_read_and_what_was_tolerated_is_said(old: str, new: str, tolerated: str) -> None:
    found = answer(RULES.replace(old, new), THREE)
    assert found.answer == "A"
    assert tolerated in found.reason


def test_what_is_left_out_cannot_make_a_thing_unknown() -> None:
    text = RULES.replace("Likes($x, Bob, True) >>>", "Anyone who likes Bob")
    assert answer(text, THREE).answer == "A"
    found = answer(text.replace("Rough(Ann, True) :::", "Kind(Bob, True) :::"), THREE)
    assert (found.answer, found.verdict) == (None, "unknown")
    assert "line 10" in found.reason


def test_a_query_is_turned_to_the_side_of_the_question() -> None:
    question = "Is the following statement true or false? Ann is rough."
    turned = answer(RULES.replace("Rough(Ann, True) :::", "Rough(Ann, False) :::"), THREE, question)
    assert turned.answer == "A"
    assert "turned" in turned.reason
    assert answer(RULES, THREE, question.replace("is rough", "is not rough")).answer == "B"
    other = answer(RULES.replace("Rough(Ann, True) :::", "Quiet(Ann, False) :::"), THREE, question)
    assert "turned" not in other.reason


def test_what_the_context_states_and_only_the_query_stands_for_is_a_premise() -> None:
    asked = RULES.replace("Rough(Ann, True) :::", "Likes(Ann, Bob, True) ::: Ann likes Bob.").replace(
        " Ann is rough.", ""
    )
    context = "Ann is kind. Ann likes Bob.\nBob is not rough."
    found = answer(asked, THREE, "", context)
    assert (found.answer, found.verdict) == ("A", "entailed")
    assert "the program leaves it out" in found.reason
    for other in ("", "Ann likes Bobby.", "If Ann likes Bob.", "Ann likes Bob and Cid.", "Ann does not like Bob."):
        assert answer(asked, THREE, "", other).answer == "C", other
    denied = asked.replace("Likes(Ann, Bob, True) :::", "Likes(Ann, Bob, False) :::")
    assert answer(denied, THREE, "", context).answer == "C"  # the query does not say what its remark says
    there = asked.replace("Kind(Ann, True) ::: Ann is kind.", "Kind(Ann, True) ::: Ann likes Bob.")
    assert answer(there, THREE, "", context).answer == "C"


def test_first_order_logic_is_read() -> None:
    assert answer(FIRST_ORDER, ("A) True", "B) False", "C) Uncertain")).answer == "A"
    assert answer(FIRST_ORDER.replace("∃y Likes(y, tom)", "Likes(tom, tom)"), THREE).answer == "C"
    assert answer(FIRST_ORDER.replace("∃y Likes(y, tom)", "¬Animal(Tom)"), THREE).answer == "B"
    clash = answer(FIRST_ORDER.replace("¬Dog(tom)\n", "Dog(tom) ∧ Cat(tom)\n"), THREE)
    assert (clash.answer, clash.verdict) == (None, "inconsistent")


def test_a_variable_without_a_quantifier_is_bound_and_that_is_said() -> None:
    loose = FIRST_ORDER.replace("∀x (Cat(x) → Animal(x) ∧ ¬Dog(x))", "∀x (Cat(x)) → Animal(x)")
    assert "reaches to the end" in answer(loose, THREE).reason
    free = answer(FIRST_ORDER.replace("∀x (Cat(x) → Animal(x) ∧ ¬Dog(x))", "Cat(x) → Animal(x)"), THREE)
    assert free.answer == "A"
    assert "without a quantifier: all" in free.reason


def test_membership_is_a_relation_like_any_other() -> None:
    text = (
        "Premises:\n∀x ∀y ((Family(x) ∧ y ∈ x) → Related(y, x))\nFamily(romance) ∧ french ∈ romance\nbasque ∉ romance\n"
    )
    found = answer(text + "Conclusion:\nRelated(french, romance)", THREE)
    assert found.answer == "A"
    assert "∈ is a relation" in found.reason
    assert answer(text + "Conclusion:\nbasque ∈ romance", THREE).answer == "B"
    assert answer(text + "Conclusion:\nIn(french, romance)", THREE).answer == "C"
    assert answer(text + "Conclusion:\nfrench ∈ {french, basque}", THREE).answer is None


def test_numbers_in_first_order_logic_are_different_and_ordered() -> None:
    text = "Premises:\nCost(gre, 205)\n∀x (Cost(gre, x) → x = 205)\nConclusion:\nCost(gre, 300)"
    assert answer(text, THREE).answer == "B"
    assert answer(text.replace("Cost(gre, 300)", "∃x (Cost(gre, x) ∧ x < 300)"), THREE).answer == "A"


def test_positions_are_read_with_their_labels() -> None:
    found = answer(ORDERING)
    assert (found.answer, found.verdict) == ("B", "chosen")
    assert "'rightmost' is the number 3" in found.reason
    clash = answer(ORDERING.replace("blue_book == rightmost", "green_book == 1"))
    assert (clash.answer, clash.verdict) == (None, "inconsistent")


def test_enumerated_sorts_have_an_order_and_parts() -> None:
    found = answer(LSAT)
    assert (found.answer, found.verdict) == ("B", "chosen")
    assert "count by their place" in found.reason
    assert answer(LSAT.replace("is_valid", "is_sat")).answer == "B"
    assert answer(LSAT.replace("is_valid", "is_unsat")).verdict == "undetermined"


def test_exceptions_and_lists() -> None:
    start = LSAT[: LSAT.index("# Options")]
    text = start + "# Options\nis_exception(is_sat(speaks(Ann) == wed)) ::: (A)\n"
    text += "is_exception(is_sat(speaks(Ann) == mon)) ::: (B)\n"
    assert answer(text).answer == "B"
    text = start + "# Options\nis_accurate_list([speaks(Ann) == wed, speaks(Ann) == tue]) ::: (A)\n"
    text += "is_accurate_list([speaks(Ann) == wed]) ::: (B)\n"
    assert answer(text).answer == "B"


def test_a_step_beyond_the_end_is_nothing() -> None:
    declared = "# Declarations\nboxes = EnumSort([1, 2, 3])\ncolors = EnumSort([red, blue])\n"
    declared += "holds = Function([boxes] -> [colors])\n"
    constraints = "# Constraints\nForAll([b:boxes], Implies(holds(b) == red, holds(b+1) == blue))\n"
    found = answer(
        declared + constraints + "# Options\nis_unsat(holds(3) == red) ::: (A)\nis_unsat(holds(2) == red) ::: (B)\n"
    )
    assert found.answer == "A"


HEAD = LSAT[: LSAT.index("# Constraints")]
FRAME = HEAD + "# Constraints\nDistinct([p:people], speaks(p))\n"


@pytest.mark.parametrize(
    ("constraints", "options", "chosen", "said"),
    [
        ("speaks(Ann) not in [mon, tue, wed]", ["must speaks(Ann) == thu", "must speaks(Bob) == mon"], "A", ""),
        ("If(speaks(Bob) != mon, speaks(Ann) == mon)\nspeaks(Bob) == tue",
         ["must speaks(Ann) == mon", "must speaks(Cid) == wed"], "A", ""),
        ("IfThenElse(speaks(Ann) == mon, speaks(Bob) == tue, speaks(Bob) == wed)\nspeaks(Ann) == thu",
         ["must speaks(Bob) == tue", "must speaks(Bob) == wed"], "B", ""),
        ("speaks(Ann) == mon, speaks(Bob) == tue, speaks(Cid) == wed",
         ["must speaks(Dan) == thu", "must speaks(Dan) == mon"], "A", ""),
        ("ForAll([p:people], speaks(p) != None)\nspeaks(Ann) == mon",
         ["must speaks(Ann) == mon", "must speaks(Bob) == mon"], "A", "every function has a value"),
        ("ForAll([p:people], And(1 <= speaks(p), speaks(p) <= 4))\nspeaks(Ann) > 3",
         ["must speaks(Ann) == thu", "must speaks(Bob) == 4"], "A", "numbered by their place"),
        ("AtLeast(2, [p:judges], speaks(p) > tue)",
         ["could speaks(Dan) == mon", "could speaks(Bob) == mon"], "A", ""),
        ("Sum([p:judges], speaks(p) == mon) == 1\nspeaks(Ann) != mon",
         ["must speaks(Bob) == mon", "must speaks(Cid) == tue"], "A", ""),
    ],
)  # fmt: skip
def test_more_that_models_write_has_one_meaning(constraints: str, options: list[str], chosen: str, said: str) -> None:
    tests = {"must": "is_valid", "could": "is_sat"}
    lines = [f"{tests[one.split()[0]]}({one.split(' ', 1)[1]}) ::: ({'AB'[n]})" for n, one in enumerate(options)]
    found = answer(FRAME + constraints + "\n# Options\n" + "\n".join(lines))
    assert found.answer == chosen, found.reason
    assert said in found.reason


def test_the_least_and_greatest_value_are_read() -> None:
    counted = "Count([p:judges], speaks(p) < wed)"
    text = FRAME + "speaks(Cid) == mon\n# Options\n"
    assert answer(text + f"is_max({counted}, 1) ::: (A)\nis_max({counted}, 2) ::: (B)").answer == "A"
    assert answer(text + f"is_min({counted} == 1) ::: (A)\nis_min({counted} == 0) ::: (B)").answer == "B"
    assert "expected a term and its value" in answer(text + f"is_min({counted}) ::: (A)").reason


def test_a_function_into_a_part_of_a_sort_has_its_values_there() -> None:
    text = HEAD + "chair = Function([days] -> [judges])\n# Constraints\nchair(mon) != Ann\n# Options\n"
    text += "is_valid(chair(mon) == Bob) ::: (A)\nis_valid(chair(tue) == Bob) ::: (B)"
    assert answer(text).answer == "A"


@pytest.mark.parametrize(
    ("constraints", "option", "doubt"),
    [
        ("speaks(Ann) == mon\nImplies(speaks(Ann) == mon, Exists([d:days], speaks(Bob) == d+1))",
         "speaks(Ann) == mon", "only shifted"),
        ("speaks(Ann) == mon\nImplies(speaks(Bob) == mon, ForAll([p:people], speaks(p) != mon))",
         "speaks(Ann) == mon", "contradict each other"),
        ("speaks(Ann) == mon", "Count([p:people], speaks(p) == tue) == 1", "says nothing of the question"),
        ("speaks(Ann) == mon\nOr(speaks(Bob) == None, speaks(Bob) == tue)", "speaks(Ann) == mon", "'None'"),
        ("speaks(Ann) < 3", "speaks(Ann) == mon", "compared"),
    ],
)  # fmt: skip
def test_where_the_meaning_may_have_changed_there_is_no_answer(constraints: str, option: str, doubt: str) -> None:
    rest = f"{constraints}\n# Options\nis_valid({option}) ::: (A)\nis_valid(speaks(Dan) == mon) ::: (B)"
    found = answer(FRAME + rest)
    assert (found.answer, found.verdict) == (None, "unknown")
    assert doubt in found.reason


def test_python_is_not_run() -> None:
    for code in ("__import__('os').system('true')", "open('x')", "print(1)", "people.append(1)"):
        assert answer(LSAT.replace("Distinct([p:people], speaks(p))", code)).answer is None
        assert answer(LSAT.replace("speaks(Bob) == mon", code)).answer is None


def test_our_own_language_is_read() -> None:
    assert answer("predicate a\nfact a\nask a", THREE).answer == "A"
    assert answer("predicate a\nfact a\nask not a").answer == "False"
    assert answer("constant n: int\nfact n + 2 = 5\nfind n").answer == "3"
    assert "line 2, column 8" in answer("predicate a\nfact a b").reason


PROGRAMS = (RULES, FIRST_ORDER, ORDERING, LSAT)


@pytest.mark.parametrize("text", PROGRAMS)
def test_every_program_can_be_printed_in_our_language(text: str) -> None:
    theory = read_program(text).theory
    assert parse(print_theory(theory)) == theory


def never_breaks(text: str) -> None:
    """A program is read to a theory that can be printed, or has a mistake with a place."""
    try:
        theory = read_program(text).theory
    except Mistake as error:
        assert 0 <= error.position <= len(text)  # noqa: PT017
    else:
        print_theory(theory)


@settings(max_examples=150)
@given(st.data())
def test_mutated_programs_never_break_a_reader(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(PROGRAMS))
    at, length = data.draw(st.integers(0, len(text) - 1)), data.draw(st.integers(0, 8))
    put = data.draw(st.text(st.sampled_from("abxAB(),.:;<>=!∧∨¬→∀∃[]$_'\" \n#019"), max_size=5))
    never_breaks(text[:at] + put + text[at + length :])


@settings(max_examples=100)
@given(st.sampled_from(PROGRAMS), st.lists(st.integers(0, 25), max_size=12))
def test_shuffled_lines_never_break_a_reader(text: str, order: list[int]) -> None:
    lines = text.splitlines()
    never_breaks("\n".join([*lines[:2], *(lines[n % len(lines)] for n in order)]))


@pytest.mark.slow
@settings(max_examples=20_000)
@given(st.sampled_from(PROGRAMS), st.lists(st.tuples(st.integers(0, 700), st.integers(0, 700)), max_size=6))
def test_20000_cut_programs_never_break_a_reader(text: str, cuts: list[tuple[int, int]]) -> None:
    for start, end in cuts:
        text = text[: min(start, end)] + text[max(start, end) :]
    never_breaks(text)


@pytest.mark.parametrize(
    ("remark", "place"),
    [
        ("The owl is the second from the right.", "4"),
        ("The owl is the second from the left.", "2"),
        ("The owl is the leftmost.", "1"),
        ("The owl is the rightmost.", "5"),
        ("The owl is to the right of the hawk.", None),
        ("The owl is the sixth from the right.", None),
        ("The owl is the second from the right and third from the left.", None),
        ("", None),
    ],
)
def test_a_remark_tells_a_place(remark: str, place: str | None) -> None:
    assert told_place(remark, "leftmost", "rightmost", [1, 2, 3, 4, 5]) == place


def test_a_remark_counts_only_where_the_constraints_contradict_each_other() -> None:
    wrong = "blue_book == 1 ::: The blue book is the rightmost."
    clash = ORDERING.replace("blue_book == rightmost", f"red_book == 1 ::: The red book is the leftmost.\n{wrong}")
    found = answer(clash)
    assert (found.answer, found.verdict) == ("B", "chosen")
    assert "cannot all be true" in found.reason
    assert "read by its remark" in found.reason
    alone = answer(ORDERING.replace("blue_book == rightmost", wrong))
    assert "remark" not in alone.reason
