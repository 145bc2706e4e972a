"""One answer from many samples: repaired, merged, weighed; the empty never counts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slowthink.verifiers.voting import Sample, answer_of, vote


def answers(*texts: str) -> str | None:
    return vote([Sample(text) for text in texts]).answer


def test_equal_answers_are_one() -> None:
    outcome = vote(
        [Sample(text) for text in (r"\boxed{\frac12}", "#### 0.5", "The answer is 1/2.", "#### 7", "#### 7")]
    )
    assert (outcome.answer, outcome.support) == ("0.5", 0.6)
    assert [ballot.samples for ballot in outcome.ballots] == [[0, 1, 2], [3, 4]]
    assert answers("20%", "20", "20") == "20"


def test_a_wrong_sum_is_put_right_first() -> None:
    samples = [Sample("3 + 4 = 8"), Sample("3 + 4 = 8"), Sample("#### 7"), Sample("#### 8"), Sample("#### 8")]
    assert vote(samples).answer == "7"
    assert vote(samples, is_repaired=False).answer == "8"


def test_the_empty_never_counts() -> None:
    outcome = vote(
        [Sample(text) for text in ("", " ", "I do not know what that could be.", "___", "#### 5", '{"answer": "N/A"}')]
    )
    assert (outcome.answer, outcome.support) == ("5", 1.0)
    assert vote([]).answer is None
    assert vote([Sample("")]).answer is None
    assert vote([Sample("#### 5", 0.0)]).answer is None


def test_weights_and_ties() -> None:
    assert vote([Sample("#### 5"), Sample("#### 6", 1.5)]).answer == "6"
    assert answers("#### 5", "#### 6") == "5"
    assert answers("#### 5", "2 * 3 = 6. The answer is 6.") == "6"


@pytest.mark.parametrize(
    ("text", "answer"),
    [("The house cost $90,000", "90000"), ('{"answer": {"blue": 4, "red": 6}}', "10"), (r"\boxed{x+1}", "x+1")],
)
def test_how_an_answer_is_written(text: str, answer: str) -> None:
    found = answer_of(text)
    assert found is not None
    assert found[0] == answer


@given(
    st.lists(
        st.tuples(st.sampled_from(["#### 1", "#### 2", "", "#### x", r"\boxed{1.0}"]), st.floats(0, 9)), max_size=9
    )
)
def test_support_is_a_share(samples: list[tuple[str, float]]) -> None:
    outcome = vote([Sample(*sample) for sample in samples])
    assert 0 <= outcome.support <= 1 + 1e-9
    assert (outcome.answer is None) == (sum(weight for text, weight in samples if text) <= 0)
