"""The slow thinker end to end, over scripted models: what it answers, proves, spends, saves and replays."""

import asyncio
import json
import multiprocessing
import os
from pathlib import Path

import pytest

from slowthink import Budget, InputError, Message, ReplayMismatch, SlowThinker
from slowthink.models.protocol import Request
from slowthink.models.random_tokens import RandomTokenModel
from slowthink.models.scripted import ScriptedModel
from slowthink.trace import read_trace

PAPER = "7 * 4 + 8 * 8 ="


def fast_and_wrong(standing: str, request: Request) -> str:
    """Says 88, as GPT-4 did; copies a calculation faithfully; works it out wrongly."""
    if standing.endswith("Calculation:"):
        return " 7 * 4 + 8 * 8 = 88\n"
    if standing.endswith("7 * 4 + 8 * 8 ="):
        return " 88\n"
    return "\n" if standing.endswith("= 92") else "Answer: 88"


def thinker(model: ScriptedModel | None = None, **options: object) -> SlowThinker:
    return SlowThinker(model or ScriptedModel(fast_and_wrong), **options)  # type: ignore[arg-type]


def test_the_papers_sum_is_repaired_and_proved() -> None:
    solution = thinker().solve(PAPER)
    assert (solution.answer, solution.answered_by, solution.status) == ("92", "repair", "proved")
    assert solution.fast_answer == "88"
    assert solution.confidence is None
    assert solution.usage.repairs == 1
    assert solution.evidence[-1].certificate == {
        "expression": "7 * 4 + 8 * 8",
        "value": "92",
        "read": "7 * 4 + 8 * 8",
    }
    (repair,) = [event for event in solution.trace if event["event"] == "repair"]
    assert repair["before"].strip() == "88"
    assert repair["after"].strip() == "92"


def test_fast_alone_fails_and_its_refuted_answer_is_never_given() -> None:
    solution = thinker(strategy="direct").solve(PAPER)
    assert (solution.answer, solution.status, solution.fast_answer) == (None, "abstained", "88")
    assert "92" in solution.reason
    unchecked = thinker(strategy="direct", off=["reader"]).solve(PAPER)
    assert (unchecked.answer, unchecked.status) == ("88", "unverified")


def test_without_the_calculator_the_chain_is_refuted_and_the_reader_answers() -> None:
    solution = thinker(off=["calculator"]).solve(PAPER)
    assert (solution.answer, solution.answered_by, solution.status) == ("92", "reader", "proved")
    assert solution.usage.repairs == 0


def test_the_right_fast_answer_is_the_models_own() -> None:
    solution = thinker(ScriptedModel(["92"])).solve(PAPER)
    assert (solution.answer, solution.answered_by, solution.status) == ("92", "model", "proved")


def test_a_wrong_copy_is_not_worked_out() -> None:
    copies = iter([" 7 * 4 + 7 * 8", *[" 4 * 7"] * 4, " 8 * 8", *[" 7 * 4 + 8 * 8"] * 4])

    def script(standing: str, request: Request) -> str:
        if standing.endswith("Calculation:"):
            return next(copies) + " ="
        return fast_and_wrong(standing, request)

    solution = thinker(ScriptedModel(script), strategy="scratchpad", off=["reader"]).solve(PAPER)
    assert (solution.answer, solution.status) == ("92", "unverified")
    remarks = [event["text"] for event in solution.trace if event["event"] == "remark"]
    assert any("7 * 4 + 7 * 8" in remark for remark in remarks)


def test_nothing_but_the_reader_scores_with_random_tokens() -> None:
    questions = [PAPER, "add 116 times 114 to 178 times 157", "What is 12 - 5 * 2?", "(3 + 4) * 11 ="]
    golds = ["92", "41170", "2", "77"]
    model = RandomTokenModel()
    for strategy in ("direct", "chain_of_thought", "scratchpad", "verify_and_revise", "auto"):
        babble = SlowThinker(model, strategy=strategy, off=["reader"])
        answers = [solution.answer for solution in babble.solve_many(questions)]
        assert not any(answer == gold for answer, gold in zip(answers, golds, strict=True)), strategy
    with_reader = SlowThinker(model).solve_many(questions)
    assert [s.answer for s in with_reader] == golds
    assert {s.answered_by for s in with_reader} == {"reader"}


def test_a_saved_run_replays_without_the_model(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    for strategy in ("auto", "scratchpad", "chain_of_thought", "verify_and_revise", "direct"):
        solution = thinker(strategy=strategy, seed=3).solve(PAPER)
        save(solution.trace, path)
        again = SlowThinker.replay(path)
        assert again.model_dump(exclude={"usage", "trace"}) == solution.model_dump(exclude={"usage", "trace"})
        assert again.usage.tokens == solution.usage.tokens
        events = [event["event"] for event in solution.trace]
        assert [event["event"] for event in again.trace] == events


def test_a_run_that_was_cut_off_replays_as_it_ended(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    solution = thinker(budget=Budget(tokens=30)).solve("How many legs have 3 cats and 2 dogs?")
    save(solution.trace, path)
    assert any(event["event"] == "refused" for event in solution.trace)
    assert SlowThinker.replay(path).answer == solution.answer


def test_a_replay_of_another_question_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    save(thinker().solve(PAPER).trace, path)
    path.write_text(path.read_text().replace("8 * 8 =", "8 * 9 =", 1))
    with pytest.raises(ReplayMismatch, match="another"):
        SlowThinker.replay(path)
    path.write_text('{"event": "nonsense"}\n')
    with pytest.raises(InputError, match="line 1"):
        read_trace(path)


@pytest.mark.parametrize("tokens", [0, 5, 20, 37, 60, 100, 250])
def test_the_budget_holds_exactly(tokens: int) -> None:
    for strategy in ("auto", "scratchpad", "chain_of_thought"):
        solution = thinker(strategy=strategy, budget=Budget(tokens=tokens), off=["reader"]).solve(PAPER)
        assert solution.usage.tokens <= tokens
        assert (solution.answer is None) == (solution.status == "abstained")


def test_no_time_abstains() -> None:
    solution = thinker(strategy="direct", budget=Budget(seconds=0)).solve(PAPER)
    assert solution.status == "abstained"
    assert "seconds" in solution.reason


def test_many_questions_keep_their_order() -> None:
    def script(standing: str, request: Request) -> str:
        return standing.rsplit(" ", 1)[-1].strip() + " is the answer"

    questions = [f"How many is {i}" for i in range(40)]
    solutions = thinker(ScriptedModel(script), strategy="direct").solve_many(questions)
    assert [s.question for s in solutions] == questions
    assert [s.answer for s in solutions] == [str(i) for i in range(40)]


def test_bad_input_says_what_was_expected() -> None:
    with pytest.raises(InputError, match="empty text"):
        thinker().solve("  ")
    with pytest.raises(InputError, match="ends with a user's message"):
        thinker().solve([Message(role="assistant", content="hello")])
    with pytest.raises(InputError, match="one of auto, direct"):
        thinker(strategy="magic")
    with pytest.raises(InputError, match="reader, arithmetic"):
        thinker(off=["gravity"])


def test_the_facade_works_inside_a_running_loop() -> None:
    async def notebook() -> str | None:
        return thinker().solve(PAPER).answer

    assert asyncio.run(notebook()) == "92"


def test_a_listener_sees_each_event_and_the_text_as_it_comes() -> None:
    events: list[str] = []
    texts: list[str] = []
    solution = thinker().solve(
        PAPER, listener=lambda event: events.append(event.event), on_text=lambda text, change: texts.append(text)
    )
    assert events == [event["event"] for event in solution.trace]
    assert texts


def test_a_conversation_is_read_whole() -> None:
    model = ScriptedModel(["4"])
    turns = [
        Message(role="user", content="Let us count cats."),
        Message(role="assistant", content="Gladly."),
        Message(role="user", content="How many legs has one?"),
    ]
    assert thinker(model, strategy="direct").solve(turns).answer == "4"
    assert "Let us count cats." in model.prompts[0]


def save(trace: tuple[dict[str, object], ...], path: Path) -> None:
    import json

    path.write_text("".join(json.dumps(event) + "\n" for event in trace), encoding="utf-8")


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"budget": 5}, "budget"),
        ({"seed": "x"}, "seed"),
        ({"seed": None}, "seed"),
        ({"seed": True}, "seed"),
        ({"strategy": None}, "strategy"),
        ({"model": None}, "model"),
        ({"model": b"smollm2"}, "model"),
    ],
)
def test_bad_arguments_are_named_at_once(options: dict[str, object], named: str) -> None:
    with pytest.raises(InputError, match=f"expected as `{named}`"):
        SlowThinker(**{"model": ScriptedModel(fast_and_wrong), **options})  # type: ignore[arg-type]


@pytest.mark.parametrize("questions", [None, "3 + 4", 5])
def test_many_questions_are_several(questions: object) -> None:
    with pytest.raises(InputError, match="several questions"):
        thinker().solve_many(questions)  # type: ignore[arg-type]


def test_half_a_surrogate_pair_is_refused_before_anything_is_asked() -> None:
    with pytest.raises(InputError, match="surrogate pair at character 6"):
        thinker().solve("3 + 4 \udcff hi")


def test_a_run_within_a_run_is_refused_and_does_not_hang() -> None:
    inner: list[str] = []

    def again(event: object) -> None:
        try:
            thinker().solve("3 + 4")
        except InputError as error:
            inner.append(str(error))

    assert thinker().solve(PAPER, listener=again).answer == "92"
    assert inner
    assert "asolve" in inner[0]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_forked_process_has_a_loop_of_its_own() -> None:
    assert thinker().solve(PAPER).answer == "92"
    child = multiprocessing.get_context("fork").Process(target=_solved_in_a_child)
    child.start()
    child.join(30)
    try:
        assert child.exitcode == 0
    finally:
        child.kill()


def _solved_in_a_child() -> None:
    os._exit(0 if thinker().solve(PAPER).answer == "92" else 1)


def test_separators_of_unicode_are_no_ends_of_lines(tmp_path: Path) -> None:
    saved = tmp_path / "run.jsonl"
    solution = thinker().solve("Say\u2028hello\x85and\u2029bye")
    saved.write_text("".join(json.dumps(e, ensure_ascii=False) + "\n" for e in solution.trace), encoding="utf-8")
    assert SlowThinker.replay(saved).answer == solution.answer


def test_an_altered_trace_is_noticed(tmp_path: Path) -> None:
    saved = tmp_path / "run.jsonl"
    events = [dict(event) for event in thinker().solve(PAPER).trace]

    def replay_with(**changed: object) -> None:
        rows = [{**e, **changed} if e["event"] == ("ended" if "answer" in changed else "called") else e for e in events]
        saved.write_text("".join(json.dumps(e) + "\n" for e in rows), encoding="utf-8")
        SlowThinker.replay(saved)

    with pytest.raises(ReplayMismatch, match="ended with '77'"):
        replay_with(answer="77")
    with pytest.raises(ReplayMismatch, match="0 rows, and 1 are asked for"):
        replay_with(rows=[])
    with pytest.raises(InputError, match="path of a saved trace"):
        SlowThinker.replay(None)  # type: ignore[arg-type]
