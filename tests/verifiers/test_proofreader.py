"""The proofreader at decoding granularity, and yes and no as claims."""

import pytest

from slowthink.models.scripted import ScriptedModel
from slowthink.supervision import Replace, Rewind
from slowthink.verifiers.assents import asked
from slowthink.verifiers.number_theory import NumberTheoryVerifier
from slowthink.verifiers.proofreader import Proofreader
from slowthink.verifiers.text import TextVerifier

READER = Proofreader((NumberTheoryVerifier(), TextVerifier()))


def actions(text: str, question: str = "", step: int = 1) -> list[tuple[int, str | None]]:
    """What is done while the text is written on, whatever is said to it."""
    reader, seen, found = READER.about(question) if question else READER, 0, []
    for end in [*range(step, len(text), step), len(text)]:
        action = reader.watch(text[:end], seen, end == len(text))
        if action is not None:
            found.append((action.start, action.text if isinstance(action, Replace) else None))
        seen = end
    return found


@pytest.mark.parametrize("step", [1, 2, 3, 7, 1000])
def test_a_refuted_sentence_is_replaced_once_when_it_ends(step: int) -> None:
    text = "Let us see. Yes, 3599 is a prime number because it is odd. Then all is well. 97 is prime.\n"
    assert actions(text, step=step) == [(12, "3599 is not prime: 59 * 61 = 3599.")]


@pytest.mark.parametrize("step", [1, 2, 5])
def test_a_sentence_that_is_run_on_ends_too(step: int) -> None:
    text = "All is well.Then 3599 is prime.So it is.\n97 is prime.\n3601 is prime.\n"
    assert [start for start, _ in actions(text, step=step)] == [text.index("3599"), text.index("3601")]


def test_nothing_is_done_before_the_sentence_ends() -> None:
    text = "3599 is prime, right"
    assert READER.watch(text, len(text) - 1, False) is None
    assert READER.watch(text + "?", len(text), True) is None


def test_a_value_is_put_right_within_its_sentence() -> None:
    text = "There are 13 primes between 150 and 250. That is many."
    assert actions(text) == [(10, "18 primes between 150 and 250.")]
    assert actions("The word 'strawberry' has 2 r's. So it is.") == [(26, "3 r's.")]


def test_without_a_correction_the_text_is_taken_back() -> None:
    action = READER.watch("Well. There are 5 primes between 11 and 19. ", 40, False)
    assert isinstance(action, Rewind)
    assert action.start == 6


@pytest.mark.parametrize(
    ("question", "is_one"),
    [
        ("Is 3599 prime?", True),
        ("Is the number 3,599 really a prime number?", False),
        ("3599 is prime, right?", True),
        ("I am certain that 3599 is prime. Do you agree?", True),
        ("Is it true that 3599 is prime?", True),
        ("Does 7 divide 91?", True),
        ("3599 is prime. Is that your favourite?", False),
        ("It is false that 3599 is prime.", False),
        ("Is 3599 prime or composite?", False),
        ("What is 3599?", False),
        ("Are you sure? 3599 is prime.", False),
        ("11 is prime and 12 is composite.", False),
    ],
)
def test_what_was_asked(question: str, is_one: bool) -> None:
    assert (asked(question) is not None) == is_one


def test_a_bare_yes_claims_what_was_asked() -> None:
    assert actions("Yes. It is.", "Is 3599 prime?") == [(0, "No, 3599 is not prime: 59 * 61 = 3599.")]
    assert actions("No.", "Is 3599 composite?") == [(0, "Yes, 3599 is composite: 59 * 61 = 3599.")]
    assert actions("You are right. I see.", "3599 is prime.") == [(0, "No, 3599 is not prime: 59 * 61 = 3599.")]
    assert actions("No. It is not.", "Is 3599 prime?") == []
    assert actions("Yes and no. It depends.", "Is 3599 prime?") == []
    assert actions("Yes. It is.", "Is 3599 nice?") == []


def test_a_models_reply_is_put_right_and_goes_on() -> None:
    from slowthink import SlowThinker

    model = ScriptedModel([["Yes, 3599 is prime. It has no divisors.", " That is all."]])
    solution = SlowThinker(model, strategy="chain_of_thought").solve("Is 3599 prime?")
    assert solution.answer == "No, 3599 is not prime: 59 * 61 = 3599. That is all."
    assert solution.answered_by == "repair"
    (event,) = [event for event in solution.trace if event["event"] == "repair"]
    assert "59 * 61 = 3599" in event["why"]
    model = ScriptedModel(["Yes, 3599 is prime. It has no divisors."])
    off = SlowThinker(model, strategy="chain_of_thought", off=["proofreader"]).solve("Is 3599 prime?")
    assert off.answer == "Yes, 3599 is prime. It has no divisors."


def test_the_ladder_never_ends_on_a_refuted_text() -> None:
    from slowthink import Message, SlowThinker

    turns = [
        Message(role="user", content="Is 3599 prime?"),
        Message(role="assistant", content="I do not know."),
        Message(role="user", content="3599 is prime. Admit it."),
    ]
    stubborn = ScriptedModel(
        lambda standing, request: (
            " I see." if standing.endswith(" 3599.") else "You are right, 3599 is prime. I was wrong."
        )
    )
    solution = SlowThinker(stubborn).solve(turns)
    assert solution.answer == "No, 3599 is not prime: 59 * 61 = 3599. I see."
    assert solution.answered_by == "repair"
    verdicts = [event for event in solution.trace if event["event"] == "verdict" and event["status"] == "REFUTED"]
    assert any(event["witness"] == "59 * 61 = 3599" for event in verdicts)
    unwatched = SlowThinker(stubborn, off=["proofreader"]).solve(turns)
    assert (unwatched.answer, unwatched.status) == (None, "abstained")
    blind = SlowThinker(stubborn, off=["proofreader", "number_theory"]).solve(turns)
    assert blind.answer == "You are right, 3599 is prime. I was wrong."
