"""Puzzle search: what it says of who proposed, and that a random-token model's order is worth nothing."""

import json
from typing import Any

import pytest

from slowthink import SlowThinker
from slowthink.commands.recheck import recheck_line
from slowthink.models.random_tokens import RandomTokenModel
from slowthink.models.recorded import RecordedModel
from slowthink.models.scripted import ScriptedModel
from slowthink.strategies.puzzle import PuzzleSearch

ONE = (
    "Consider the identity:\n9 * 4 + 6 * 6 = 72\nCan you modify exactly one integer so the right hand side becomes 99?"
)


def solved(question: str, strategy: Any, model: Any = None) -> Any:
    with SlowThinker(model or ScriptedModel(lambda text, request: "I do not know."), strategy=strategy) as thinker:
        return thinker.solve(question)


def test_proposals_that_lead_to_the_goal() -> None:
    records = [
        {"question": "Numbers: 4 5 6 10. Target: 24.", "samples": ["4 + 5 = 10\n9 - 9 = 0\n10 - 6 = 4\n4 * 5 = 20"]},
        {"question": "Numbers: 4 4 5. Target: 24.", "samples": ["5 * 4 = 20 (left: 4 20)"]},
        {"question": "Numbers: 4 20. Target: 24.", "samples": ["20 + 4 = 24"]},
    ]
    solution = solved("Game of 24: 4 5 6 10", PuzzleSearch("proposals"), RecordedModel(records))
    assert (solution.answer, solution.status, solution.answered_by) == ("4 * 5 + (10 - 6) = 24", "proved", "search")
    assert "every move was proposed by the model" in solution.reason
    refuted = [event for event in solution.trace if event["event"] == "node" and event["status"] == "REFUTED"]
    assert [event["text"] for event in refuted] == ["9 - 9 = 0"]
    row = recheck_line(solution.model_dump_json().encode())
    assert row["verdict"] == "PROVED"
    data = json.loads(solution.model_dump_json())
    data["answer"] = "4 * 5 + 10 - 6 = 24"
    assert recheck_line(json.dumps(data).encode())["verdict"] == "REFUTED"


def test_a_weak_proposer_is_helped_and_the_result_says_so() -> None:
    model = RecordedModel([{"question": "Numbers: 4 5 6 10. Target: 24.", "samples": ["6 + 10 = 16"]}])
    alone = solved("Game of 24: 4 5 6 10", PuzzleSearch("proposals", falls_back=False), model)
    assert (alone.answer, alone.status) == (None, "abstained")
    model = RecordedModel([{"question": "Numbers: 4 5 6 10. Target: 24.", "samples": ["6 + 10 = 16"]}])
    helped = solved("Game of 24: 4 5 6 10", PuzzleSearch("proposals"), model)
    assert helped.status == "proved"
    assert "all legal moves" in helped.reason


def test_auto_takes_the_models_own_solution_where_it_is_one() -> None:
    own = solved(ONE, "auto", ScriptedModel(lambda text, request: "The solution is: 9 * 7 + 6 * 6"))
    assert (own.status, own.answered_by) == ("proved", "model")
    wrong = solved(ONE, "auto", ScriptedModel(lambda text, request: "The solution is: 9 * 4 + 9 * 3"))
    assert (wrong.answer, wrong.status, wrong.answered_by) == ("9 * 7 + 6 * 6", "proved", "search")
    assert recheck_line(wrong.model_dump_json().encode())["verdict"] == "PROVED"


def test_no_solution_is_proved() -> None:
    for question in ("Game of 24: 1 1 1 1", ONE.replace("99", "74")):
        solution = solved(question, "auto")
        assert (solution.answer, solution.status) == ("there is no solution", "proved")
        assert recheck_line(solution.model_dump_json().encode())["verdict"] == "PROVED"


def test_switched_off_with_the_reader() -> None:
    with SlowThinker(ScriptedModel(lambda text, request: "No."), strategy="auto", off="reader") as thinker:
        assert thinker.solve("Game of 24: 1 1 1 1").answered_by != "search"


def test_random_tokens_order_moves_no_better_than_chance(smol_dir: object) -> None:
    """Nodes that a model of random tokens needs, beside those of seeded random orders of the same moves."""
    questions = [
        f"Consider the identity:\n{a} * {b} + {c} * {d} = {a * b + c * d}\nCan you modify exactly one integer "
        f"so the right hand side becomes {(a + k) * b + c * d}?"
        for a, b, c, d, k in [(3 + i % 7, 4 + i % 5, 2 + i % 6, 3 + i % 4, 1 + i % 3) for i in range(24)]
    ]
    model = RandomTokenModel()

    def nodes(strategy: PuzzleSearch, seed: int) -> int:
        solutions = SlowThinker(model, strategy=strategy, seed=seed).solve_many(questions)
        assert all(solution.answered_by == "search" for solution in solutions)
        return sum(solution.usage.nodes for solution in solutions)

    chance = sorted(nodes(PuzzleSearch("random"), seed) for seed in range(8))
    assert nodes(PuzzleSearch("scores"), 0) >= chance[0]
    model.close()


@pytest.mark.parametrize("seed", range(3))
def test_a_seed_is_an_order(seed: int) -> None:
    def nodes(seed: int) -> list[str]:
        with SlowThinker(ScriptedModel([]), strategy=PuzzleSearch("random"), seed=seed) as thinker:
            solution = thinker.solve("Game of 24: 4 5 6 10")
        return [event["text"] for event in solution.trace if event["event"] == "node"]

    assert nodes(seed) == nodes(seed)
    assert nodes(seed) != nodes(seed + 1)


def test_moves_that_were_proposed_in_other_states_are_tried_where_they_are_legal() -> None:
    """`10 - 6` was only proposed where there is no 10 any more."""
    records = [
        {"question": "Numbers: 4 5 6 10. Target: 24.", "samples": ["4 * 5 = 20\n4 + 10 = 14"]},
        {"question": "Numbers: 5 6 14. Target: 24.", "samples": ["10 - 6 = 4"]},
        {"question": "Numbers: 4 20. Target: 24.", "samples": ["4 + 20 = 24"]},
    ]
    alone = PuzzleSearch("proposals", falls_back=False)
    solution = solved("Game of 24: 4 5 6 10", alone, RecordedModel(records))
    assert (solution.answer, solution.status) == ("4 * 5 + (10 - 6) = 24", "proved")
    assert "some of them in other states" in solution.reason
    nothing = solved("Game of 24: 4 5 6 10", alone, RecordedModel(records[:2]))
    assert (nothing.answer, nothing.status) == (None, "abstained")
