"""Recorded outputs as models: each published form, the strategies over it, and what is refused."""

import gzip
import json
from pathlib import Path

import pytest

from slowthink.benchmarks.readers import items_of
from slowthink.benchmarks.recordings import COUNTED, read_recording, strategies_of
from slowthink.benchmarks.task import Item, task_named
from slowthink.controller import SlowThinker
from slowthink.errors import InputError
from slowthink.models.recorded import RecordedModel
from slowthink.types import Problem, Solution

LONG = "\n\n".join(["Let us think about this for a while, since it is not easy."] * 40)


def lines(path: Path, *rows: object) -> Path:
    with gzip.open(path, "wt", encoding="utf-8") if path.suffix == ".gz" else path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    return path


def solved(items: list[Item], source: str, data: Path, strategy: str, members: tuple[str, ...] = ()) -> list[Solution]:
    recording = read_recording(source, items, data).of(members)
    make = strategies_of(recording, items)[strategy]
    found = []
    for item in items:
        whose = tuple(member for member, _ in recording.samples[item.id])
        problem = Problem.of(item.question).model_copy(update={"answer_kind": item.kind})
        found.append(SlowThinker(recording.model(items), strategy=make(whose)).solve(problem))
    return found


@pytest.fixture
def chats(tmp_path: Path) -> list[Item]:
    answers = {"a": ["5", "7"], "b": ["5", "8"], "c": ["4", "8"]}
    rows = [
        {"idx": i, "model": model, "output": f'{{"reasoning": "{LONG}", "answer": "{own[i]}"}}'}
        for model, own in answers.items()
        for i in range(2)
    ]
    lines(tmp_path / "zeroeval_gsm.jsonl.gz", *rows, {"idx": 99, "model": "a", "output": "of another question"})
    return [Item(f"gsm8k/{i}", f"How many in case {i}?", "5", kind="number") for i in range(3)]


def test_chat_models_vote_and_are_read_to_their_end(chats: list[Item], tmp_path: Path) -> None:
    for strategy, wanted in (
        ("direct", ["5", "7"]),
        ("vote", ["5", "8"]),
        ("self_consistency", ["5", "8"]),
        ("ensemble", ["5", "8"]),
        ("best_of_n", ["5", "7"]),
    ):
        solutions = solved(chats[:2], "zeroeval_gsm", tmp_path, strategy)
        assert [one.answer for one in solutions] == wanted, strategy
        assert all(one.support == pytest.approx(2 / 3) for one in solutions) == (
            strategy not in ("direct", "best_of_n")
        )
        assert all(one.confidence is None for one in solutions), "a share of votes is no probability"
    assert [one.answer for one in solved(chats[:2], "zeroeval_gsm", tmp_path, "direct", ("c", "a"))] == ["4", "8"]


def test_members_and_items_that_are_not_there(chats: list[Item], tmp_path: Path) -> None:
    recording = read_recording("zeroeval_gsm", chats, tmp_path)
    assert set(recording.samples) == {"gsm8k/0", "gsm8k/1"}
    with pytest.raises(InputError, match="names among a, b, c; got d"):
        recording.of(("a", "d"))
    with pytest.raises(InputError, match="there is none of nothing, "):
        read_recording("nothing", chats, tmp_path)
    with pytest.raises(InputError, match="none of any of them"):
        read_recording("zeroeval_gsm", [Item("gsm8k/7", "?", "1")], tmp_path)
    for name, text, said in (("a", "", "it is empty"), ("b", '{"x": 1}\n', "expected rows with one of 'samples'")):
        (tmp_path / f"{name}.jsonl").write_text(text, encoding="utf-8")
        with pytest.raises(InputError, match=said):
            read_recording(str(tmp_path / f"{name}.jsonl"), chats)


def test_an_ensemble_does_without_a_member_that_has_no_sample(chats: list[Item], tmp_path: Path) -> None:
    rows = [{"idx": 0, "model": "a", "output": "So it is 5."}, {"idx": 0, "model": "b", "output": "5"},
            {"idx": 1, "model": "b", "output": "It is 6."}]  # fmt: skip
    lines(tmp_path / "few.jsonl", *rows)
    assert [one.answer for one in solved(chats[:2], "few", tmp_path, "ensemble")] == ["5", "6"]


def test_samples_by_id_or_question(tmp_path: Path) -> None:
    items = [Item("t/x", "First?", "1", kind="number"), Item("t/y", "Second?", "2", kind="number")]
    lines(
        tmp_path / "own.jsonl",
        {"id": "t/x", "samples": ["It is 1.", {"text": "It is 1.", "model": "m"}]},
        {"question": "Second?", "samples": ["It is 3.", 5, ""]},
    )
    assert [one.answer for one in solved(items, str(tmp_path / "own.jsonl"), tmp_path, "vote")] == ["1", "3"]


def test_the_game_of_24_is_played(tmp_path: Path) -> None:
    wrong, right = "Answer: (10 - 6) * (5 - 4) * 4 = 24", "Answer: 4 * 5 + 10 - 6 = 24"
    step = {"ys": [""], "new_ys": ["4 * 5 = 20 (left: 6 10 20)\n"]}
    steps = [step, {"ys": [], "new_ys": ["4 * 5 = 20 (left: 6 10 20)\n10 - 6 = 4 (left: 4 20)\n"]}]
    chain = f"Steps:\n4 * 5 = 20 (left: 6 10 20)\n10 - 6 = 4 (left: 4 20)\n4 + 20 = 24 (left: 24)\n{right}"
    row = {"idx": 900, "puzzle": "4 5 6 10", "io100": [wrong, right], "cot100": [chain], "tot_bfs5": [wrong],
           "tot_steps": steps}  # fmt: skip
    lines(tmp_path / "tot_game24.jsonl.gz", row)
    items = [Item("game24/900", "Game of 24: 4 5 6 10", "24", marking="puzzle")]
    (first,) = solved(items, "tot_game24", tmp_path, "direct", ("io",))
    assert first.status == "abstained"
    for strategy in ("best_of_n", "puzzle"):
        (best,) = solved(items, "tot_game24", tmp_path, strategy, ("io",))
        assert best.status == "proved", strategy
    (one,) = solved(items, "tot_game24", tmp_path, "direct", ("cot",))
    assert one.status == "proved"
    assert "puzzle" in strategies_of(read_recording("tot_game24", items, tmp_path), items)


def test_programs_are_run_and_say_their_option(tmp_path: Path) -> None:
    row = {"idx": 0, "question": "What is 6 * 7?", "options": ["A)40", "B)42", "C)44"], "answer": "B",
           "programs": ["ans = 6 * 7", "ans = 40", "x = 7\nans = x * 6.0", "ans = 1 / 0", "ans = 1000"]}  # fmt: skip
    lines(tmp_path / "pot_aqua_sc30.jsonl.gz", row)
    items, _ = items_of(task_named("aqua"), tmp_path)
    assert items[0].question == "What is 6 * 7?\nOptions:\n(A) 40\n(B) 42\n(C) 44"
    recording = read_recording("pot_aqua_sc30", items, tmp_path)
    none = "No option has this value."
    said = ["The answer is (B)", "The answer is (A)", "The answer is (B)", none, none]
    assert [text for _, text in recording.samples["aqua/0"]] == said
    row["programs"] = ["ans = 41.1", "ans = 43.2", "raise ValueError"]
    lines(tmp_path / "pot_aqua_sc30.jsonl.gz", row)
    far = read_recording("pot_aqua_sc30", items, tmp_path)
    assert [text for _, text in far.samples["aqua/0"]] == ["The answer is (B)", "The answer is (C)", none]
    (solution,) = solved(items, "pot_aqua_sc30", tmp_path, "vote")
    assert solution.answer is not None
    assert "B" in solution.answer


def test_whole_samples_are_not_cut() -> None:
    records = [{"question": "Q?", "samples": [LONG + " The answer is 12."]}]
    cut = SlowThinker(RecordedModel(records), strategy="direct").solve("Q?")
    whole = SlowThinker(RecordedModel(records, is_whole=True), strategy="direct").solve("Q?")
    assert "12" not in (cut.answer or "")
    assert (whole.answer or "").endswith("12.") or whole.answer == "12"
    assert set(COUNTED) <= {"vote", "self_consistency", "best_of_n"}
