"""Plans as data: the numbers of a question, and a grammar in which each of them is used once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slowthink.verifiers.counting_plans import Bounds, Figure, Plan, figures, joint_spaces, plan_from, spaces, with_ends
from slowthink.verifiers.number_kinds import Kind


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("between 150 and 1,250", [(150, "cardinal"), (1250, "cardinal")]),
        ("between one hundred and two hundred", [(100, "cardinal"), (200, "cardinal")]),
        ("the tenth prime, the 21st", [(10, "ordinal"), (21, "ordinal")]),
        ("three-digit numbers that end in 7", [(3, "digits"), (7, "cardinal")]),
        ("exactly one of 4 and 6", [(4, "cardinal"), (6, "cardinal")]),
        ("the digit 3", [(3, "cardinal")]),
    ],
)
def test_figures(question: str, found: list[tuple[int, str]]) -> None:
    assert [(one.value, one.how) for one in figures(question) or ()] == found


@pytest.mark.parametrize("question", ["7 * 8 =", "numbers below -5", "from 1.5 to 3", "10^3"])
def test_signs_between_numbers_are_no_matter_of_counting(question: str) -> None:
    assert figures(question) is None


FIGURES = st.lists(st.integers(1, 60), min_size=1, max_size=4).map(
    lambda values: [Figure(value, i, i + 1, "cardinal") for i, value in enumerate(values)]
)


@given(FIGURES)
def test_every_plan_uses_every_number_once(found: list[Figure]) -> None:
    atoms = [Kind("prime"), Kind("even"), Kind("multiple", (found[0].value,))]
    for plan in (*spaces(found), *joint_spaces(found, atoms)):
        used = [n for atom in plan.kind.atoms() for n in atom.numbers] + list(plan.bounds.numbers)
        assert sorted(used) == sorted(one.value for one in found)
        assert len(plan.uses) == len(found)
        assert plan.bounds.form != "two" or plan.bounds.numbers[0] < plan.bounds.numbers[1]


@given(FIGURES, st.sampled_from(["count", "list", "sum"]))
def test_plans_are_data(found: list[Figure], then: str) -> None:
    for plan in spaces(found)[:5]:
        for _, ended in with_ends(plan):
            whole = Plan(ended.kind, ended.bounds, then)  # type: ignore[arg-type]
            assert plan_from(whole.data()) == whole


@pytest.mark.parametrize(
    "change", [{"kind": {"is": "lucky"}}, {"then": "guess"}, {"numbers": [3]}, {"ends": [1, 2]}, {"nth": 3}]
)
def test_what_is_no_plan_is_none(change: dict[str, object]) -> None:
    data = Plan(Kind("prime"), Bounds("two", (1, 9)), "count").data()
    assert plan_from(data) is not None
    assert plan_from(data | change) is None
