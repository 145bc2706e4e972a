"""What speaks against a copied calculation, and what does not."""

import pytest

from slowthink.verifiers.restatement import asks_for_number, is_calculation, objection


@pytest.mark.parametrize(
    ("question", "written"),
    [
        ("7 * 4 + 8 * 8 =", "7 * 4 + 8 * 8"),
        ("What is (3 + 4) * 2?", "(3 + 4) * 2"),
        ("add 116 times 114 to 178 times 157", "116 * 114 + 178 * 157"),
        ("Double the sum of 3 and 4", "(3 + 4) * 2"),
        ("twelve plus thirty-one", "12 + 31"),
        ("Half of 86", "86 / 2"),
        ("add one hundred sixty-seven to one hundred and five", "167 + 105"),
        ("Which one is it: 3 plus 4?", "3 + 4"),
    ],
)
def test_no_objection(question: str, written: str) -> None:
    assert objection(question, written) is None


@pytest.mark.parametrize(
    ("question", "written", "why"),
    [
        ("7 * 4 + 8 * 8 =", "7 * 4 + 7 * 8", "the question has"),
        ("7 * 4 + 8 * 8 =", "8 * 8 + 7", "the question has"),
        ("0 * 7 + 2 * 3 =", "7 + 2 * 3", "the question has"),
        ("add 3 to 5", "3 + 6", "5 is not in it"),
        ("add 3 to 5", "3 + 5 + 9", "9 is not in the question"),
        ("add 3 to 5", "3 * 5", "'add'"),
        ("add 3 to 5", "8", "not a calculation"),
        ("add 3 to 5", "to be or not", "not a calculation"),
    ],
)
def test_objections(question: str, written: str, why: str) -> None:
    against = objection(question, written)
    assert against is not None
    assert why in against


def test_what_asks_for_a_number() -> None:
    assert asks_for_number("How many legs have 3 cats?")
    assert asks_for_number("3 + 4 =")
    assert not asks_for_number("Write a poem about the sea.")
    assert is_calculation("Take 5 away from 9")
    assert not is_calculation("What is the capital of France?")
