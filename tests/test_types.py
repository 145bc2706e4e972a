"""The vocabulary refuses what would be nonsense."""

import pytest
from pydantic import ValidationError

from slowthink.errors import InputError
from slowthink.types import Budget, Message, Problem, Solution, Status, Verdict


def test_a_verdict_has_no_truth_value() -> None:
    with pytest.raises(TypeError, match="three values"):
        bool(Verdict(status=Status.UNKNOWN))


def test_a_problem_ends_with_the_user() -> None:
    with pytest.raises(InputError, match="ends with a user's message"):
        Problem.of([Message(role="user", content="hi"), Message(role="assistant", content="hello")])
    assert Problem.of("what?").question == "what?"


def test_no_answer_exactly_when_abstained() -> None:
    whole = {"question": "q", "answered_by": None, "strategy": "direct"}
    with pytest.raises(ValidationError, match="no answer exactly when"):
        Solution(**whole, answer=None, status="unverified")
    with pytest.raises(ValidationError, match="no answer exactly when"):
        Solution(**whole, answer="3", status="abstained")
    assert Solution(**whole, answer=None, status="abstained").confidence is None


def test_values_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Budget(tokens=3).tokens = 4  # type: ignore[misc]
