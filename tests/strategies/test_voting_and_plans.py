"""Votes that stop early, replies that are ranked, plans that are edited and mended, and members that weigh more."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slowthink import SlowThinker
from slowthink.errors import InputError
from slowthink.models.protocol import Request
from slowthink.models.recorded import RecordedModel
from slowthink.models.scripted import ScriptedModel
from slowthink.plan import flaw, mended, read_plan, replanned
from slowthink.strategies.best_of_n import BestOfN
from slowthink.strategies.ensemble import Ensemble, Member
from slowthink.strategies.plan_and_solve import PlanAndSolve
from slowthink.strategies.self_consistency import SelfConsistency, is_decided
from slowthink.trace import read_event
from slowthink.types import Plan, PlanStep
from slowthink.verifiers.answer_values import read
from slowthink.verifiers.voting import Ballot

Q = "Tom has 3 bags of 4 apples and finds 5 more. How many apples does he have?"


def recorded(*samples: str) -> RecordedModel:
    return RecordedModel([{"question": Q, "samples": list(samples)}])


def solved(strategy: Any, model: Any) -> Any:
    with SlowThinker(model, strategy=strategy) as thinker:
        return thinker.solve(Q)


def test_a_vote_stops_when_the_rest_cannot_change_it() -> None:
    right, wrong = "3 * 4 = 12\n12 + 5 = 17\nAnswer: 17", "3 + 4 = 7\n7 + 5 = 12\nAnswer: 12"
    model = recorded(*[right] * 6, *[wrong] * 2, *[right] * 4)
    solution = solved(SelfConsistency(most=12, batch=2), model)
    assert solution.answer == "17"
    called = [event for event in solution.trace if event["event"] == "called"]
    assert sum(len(event["rows"]) for event in called) == 10, "6 to 2 with 4 to come may end in a draw, 8 to 2 may not"


@given(st.lists(st.integers(0, 3), min_size=1, max_size=9), st.integers(0, 6))
def test_decided_means_that_no_continuation_elects_another(votes: list[int], missing: int) -> None:
    def ballots(given: list[int]) -> list[Ballot]:
        return [Ballot(read(str(v)), float(given.count(v)), 0, {str(v): 1.0}) for v in dict.fromkeys(given)]

    if is_decided(ballots(votes), missing):
        leader = max(dict.fromkeys(votes), key=votes.count)
        for other in range(5):
            after = votes + [other] * missing
            assert all(after.count(leader) > after.count(v) or v == leader or missing == 0 for v in range(5))


def test_repaired_samples_vote_for_what_they_were_repaired_to() -> None:
    model = recorded(
        "3 * 4 = 14\n14 + 5 = 19\nAnswer: 19", "Answer: 20", "3 * 4 = 12, 12 + 5 = 17\nAnswer: 17", "Answer: 21"
    )
    solution = solved(SelfConsistency(most=4, batch=4, is_watched=False), model)
    assert solution.answer == "17"


def test_the_best_reply_is_the_one_whose_answer_is_proved() -> None:
    model = recorded("I think it is 20.", "Answer: 19", "3 * 4 = 12\n12 + 5 = 17\nAnswer: 17", "12 apples.")
    solution = solved(BestOfN(4), model)
    assert (solution.answer, solution.answered_by) == ("17", "model")
    scores = {event["text"]: event["score"] for event in solution.trace if event["event"] == "node" and event["text"]}
    assert len(scores) == 4
    assert solution.usage.nodes == 5


def test_a_member_weighs_what_it_was_given() -> None:
    good, bad = "3 * 4 = 12\n12 + 5 = 17\nAnswer: 17", "Answer: 9"
    light = Ensemble([Member(recorded(good)), Member(recorded(bad)), Member(recorded(bad))], replies=0)
    heavy = Ensemble([Member(recorded(good), weight=3), Member(recorded(bad)), Member(recorded(bad))], replies=0)
    assert solved(light, recorded("x")).answer == "9"
    assert solved(heavy, recorded("x")).answer == "17"


PLAN = {
    "steps": [
        {"action": "Multiply the bags by 4", "needs": [], "gives": "in_bags", "check": "sum"},
        {"action": "Add what was found", "needs": ["in_bags"], "gives": "all", "check": "sum"},
    ]
}


def planner(text: str, request: Request) -> str:
    if request.constraint is not None:
        return json.dumps(PLAN)
    return " 3 * 4 = 12\n" if text.endswith("in_bags:") else " 12 + 5 = 17\n"


def test_a_plan_is_carried_out_on_the_scratchpad() -> None:
    solution = solved(PlanAndSolve(), ScriptedModel(planner))
    assert (solution.answer, solution.answered_by) == ("17", "model")
    notes = [event["text"] for event in solution.trace if event["event"] == "noted"]
    assert notes == ["in_bags: 3 * 4 = 12", "all: 12 + 5 = 17"]


def test_a_caller_may_edit_the_plan_and_a_replay_keeps_the_edit() -> None:
    def shorter(plan: Plan) -> Plan:
        return Plan(steps=plan.steps[:1])

    with SlowThinker(ScriptedModel(planner), strategy=PlanAndSolve(edit=shorter)) as thinker:
        solution = thinker.solve(Q)
    assert solution.answer == "12"
    (plan,) = [event for event in solution.trace if event["event"] == "plan"]
    assert plan["is_edited"]
    from slowthink.controller import rerun
    from slowthink.facade import run

    assert run(rerun([read_event(event) for event in solution.trace], PlanAndSolve())).answer == "12"


def test_behind_a_refuted_step_the_rest_is_planned_anew_and_what_was_proved_is_kept() -> None:
    asked: list[str] = []

    def stumbling(text: str, request: Request) -> str:
        if request.constraint is not None:
            asked.append(text)
            last = [{"action": "Add the 5", "needs": ["in_bags"], "gives": "sum", "check": "sum"}]
            return json.dumps(PLAN if len(asked) == 1 else {"steps": last})
        if text.endswith("in_bags:"):
            return " 3 * 4 = 12\n"
        return " nothing\n" if text.endswith("all:") else " 12 + 5 = 17\n"

    solution = solved(PlanAndSolve(), ScriptedModel(stumbling))
    assert solution.answer == "17"
    assert len(asked) == 2
    assert "in_bags: 3 * 4 = 12" in asked[1]
    pruned = [event for event in solution.trace if event["event"] == "pruned"]
    assert [event["resume"] for event in pruned] == [1, 1]
    assert sum("in_bags" in event["text"] for event in solution.trace if event["event"] == "noted") == 1


def test_flaws() -> None:
    first = PlanStep(action="a", gives="x")
    second = PlanStep(action="b", needs=("x", "y"), gives="x")
    assert flaw(Plan(steps=(first,))) is None
    assert flaw(Plan(steps=())) == "it has no step"
    assert "needs y" in (flaw(Plan(steps=(first, second))) or "")
    whole = mended(Plan(steps=(first, second)))
    assert flaw(whole) is None
    assert whole.steps[1].needs == ("x",)
    assert replanned(whole, 1, Plan(steps=(first,))).steps == (first, first)
    for text in ("", "[]", '{"steps": [1]}', '{"steps": []}', '{"steps": [{"action": 3}]}', "[" * 100_000):
        with pytest.raises(InputError, match="expected a plan"):
            read_plan(text)
