"""The strategy over scripted models: what the model states is decided, and nothing is answered without it."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import llguidance
import pytest

from slowthink import SlowThinker
from slowthink.models.protocol import Request
from slowthink.models.random_tokens import RandomTokenModel
from slowthink.models.scripted import ScriptedModel
from slowthink.strategies.formalising import (
    Sentence,
    grammar,
    is_deduction,
    objection,
    read_statement,
    sentences_of,
    shown,
)
from slowthink.types import Status
from slowthink.verifiers import logic
from slowthink.verifiers.certificates import recheck

ORDER = "Ann is older than Bob. Cid is younger than Bob. Who is the youngest?"
KINDS = "Every wumpus is a lempus. No lempus is green. Max is a wumpus. Is Max green?"
SAID = {
    "Ann is older than Bob.": "Ann: older: Bob",
    "Cid is younger than Bob.": "Cid: younger: Bob",
    "Who is the youngest?": "who: youngest",
    "Every wumpus is a lempus.": "every wumpus: lempus",
    "No lempus is green.": "no lempus: green",
    "Max is a wumpus.": "Max: wumpus",
    "Is Max green?": "Max: green",
}


@pytest.fixture(scope="module", autouse=True)
def no_worker_left() -> Iterator[None]:
    yield
    logic.close()


def stating(**other: str):  # type: ignore[no-untyped-def]
    def speak(standing: str, request: Request) -> str:
        asked = request.prompt.messages[-1].content
        if "opposite" in asked:
            return " older" if "younger" in asked else " younger"
        said = next((other.get(s, told) for s, told in SAID.items() if asked.endswith(s)), "")
        return f" {said}\n"

    return speak


def thinker(strategy: str = "logic", **other: str) -> SlowThinker:
    return SlowThinker(ScriptedModel(stating(**other)), strategy=strategy)


def test_what_the_model_states_is_decided() -> None:
    solution = thinker().solve(ORDER)
    assert (solution.answer, solution.answered_by, solution.status) == ("Cid", "logic", "unverified")
    assert thinker().solve(KINDS).answer == "no"
    assert recheck(solution.evidence[0]).status is Status.PROVED
    assert [event["decision"]["verdict"] for event in solution.trace if event["event"] == "decided"] == ["chosen"]


def test_a_statement_that_does_not_say_its_sentence_is_dropped_and_nothing_is_guessed() -> None:
    for wrong in ("Bob: older: Ann", "Ann: Bob", "every older: Bob", "Ann: not older: Bob", "nonsense"):
        solution = thinker(**{"Ann is older than Bob.": wrong}).solve(ORDER)
        assert solution.answer is None
        assert "Ann is older than Bob." in solution.reason


def test_what_does_not_follow_is_not_answered() -> None:
    open_order = "Ann is older than Bob. Cid is older than Bob. Who is the oldest?"
    told = {"Cid is older than Bob.": "Cid: older: Bob", "Who is the oldest?": "who: oldest"}
    SAID.update(told)
    assert thinker().solve(open_order).answer is None


def test_it_climbs_in_auto_and_the_fast_answer_stands_where_it_abstains() -> None:
    solution = thinker("auto").solve(KINDS)
    assert (solution.answer, solution.answered_by) == ("no", "logic")
    failing = thinker("auto", **{"Max is a wumpus.": "nonsense"}).solve(KINDS)
    assert failing.answered_by == "model"


def test_a_saved_run_replays_its_decisions_without_model_or_solver(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    solution = thinker().solve(ORDER)
    path = tmp_path / "trace.jsonl"
    import json

    path.write_text("".join(json.dumps(event) + "\n" for event in solution.trace))
    monkeypatch.setattr("slowthink.mind.decide", lambda theory: pytest.fail("the solver was asked"))
    again = SlowThinker.replay(path)
    assert (again.answer, again.evidence) == (solution.answer, solution.evidence)


def test_switched_off_it_decides_nothing() -> None:
    off = SlowThinker(ScriptedModel(stating()), strategy="logic", off="logic")
    assert off.solve(KINDS).answer is None


def test_random_tokens_state_nothing() -> None:
    with SlowThinker(RandomTokenModel(), strategy="logic") as babble:
        assert [one.answer for one in babble.solve_many([ORDER, KINDS])] == [None, None]


@pytest.mark.parametrize(
    ("question", "is_one"),
    [
        (ORDER, True),
        (KINDS, True),
        ("What is 3 + 4?", False),
        ("Is Max green?", False),
        ("Tom has 3 apples. Is Tom happy?", False),
        ("Write a poem. Is it good", False),
        ("Is Max green? Max is a wumpus.", False),
    ],
)
def test_the_gate(question: str, is_one: bool) -> None:
    assert is_deduction(question) is is_one


def test_statements_round_trip_and_grammars_compile() -> None:
    for sentence in (*sentences_of(ORDER), *sentences_of(KINDS)):
        statement = read_statement(SAID[sentence.text])
        assert statement is not None
        assert read_statement(shown(statement)) == statement
        assert objection(sentence, statement) is None
        compiled = grammar(sentence).grammar
        assert compiled is not None
        assert not llguidance.LLMatcher.validate_grammar(llguidance.LLMatcher.grammar_from_lark(compiled))


def test_one_word_is_a_sentence_too() -> None:
    assert grammar(Sentence("Who is it?", ("it",))).grammar
    assert asyncio.iscoroutinefunction(SlowThinker.asolve)
