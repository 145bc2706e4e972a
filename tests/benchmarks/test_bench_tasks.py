"""Tasks: every file reads, published formats become the same items, and what is missing is said."""

import gzip
import json
import sys
import types
from pathlib import Path

import pytest
from math_own_checks import CHECKS

from slowthink.benchmarks.marking import mark
from slowthink.benchmarks.readers import READERS, boxed, items_of
from slowthink.benchmarks.shots import examples
from slowthink.benchmarks.task import Item, Task, chosen, names, published_of, task_named, with_parts
from slowthink.errors import InputError
from slowthink.types import Status
from slowthink.verifiers.grader import Grader

ROOT = Path(__file__).resolve().parent.parent.parent
OWN = ROOT / "benchmarks" / "data" / "math_own.jsonl"
DATA = ROOT / ".." / "shared" / "data"
SUBJECTS = {
    "Algebra", "Counting & Probability", "Geometry", "Intermediate Algebra", "Number Theory", "Prealgebra",
    "Precalculus",
}  # fmt: skip


def lines(path: Path, *rows: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.mark.parametrize("name", names())
def test_every_task_reads_and_knows_its_reader(name: str) -> None:
    task = task_named(name)
    for part in with_parts(task):
        assert part.reader in READERS or part.made is not None
        assert part.description
        assert part.source
        assert part.files or part.made or part.builtin
        assert not set(part.files) & set(part.train_files)
    groups = {published.group for published in published_of(task)} - {None}
    assert all(published.source for published in published_of(task)), groups


def test_an_unknown_task_lists_those_there_are() -> None:
    with pytest.raises(InputError, match=r"gsm8k, .*got 'gsm9k'"):
        task_named("gsm9k")


def test_own_math_is_as_published_and_its_golds_are_computed_again() -> None:
    rows = [json.loads(line) for line in OWN.read_text(encoding="utf-8").splitlines()]
    assert len(rows) == len(CHECKS) == 70
    for row, (gold, check) in zip(rows, CHECKS, strict=True):
        assert set(row) == {"problem", "level", "type", "solution"}
        assert boxed(row["solution"]) == gold
        assert check is None or check(), row["problem"]
    items, _ = items_of(task_named("math_own"))
    assert {item.group for item in items} == SUBJECTS
    for subject in SUBJECTS:
        assert sorted(item.level or "" for item in items if item.group == subject) == sorted("1122334455")
    with Grader() as grader:
        for item in items:
            assert mark(item, f"So it is $\\boxed{{{item.gold}}}$.", grader).status is Status.PROVED, item.gold
            assert mark(item, "$-12345$", grader).status is not Status.PROVED
    forms = (r"\frac{1}{1 + \frac{", r"[-4, 4]", r"\cup", r"\{-3, 8\}", "pmatrix", r"\text{obtuse}", r"\left\{")
    assert all(any(form in item.gold for item in items) for form in forms)


def test_math_as_a_folder_as_lines_and_as_math_500_are_the_same_items(tmp_path: Path) -> None:
    rows = [json.loads(line) for line in OWN.read_text(encoding="utf-8").splitlines()]
    for place, row in enumerate(rows):
        folder = tmp_path / "folders" / "MATH" / "test" / row["type"].lower().replace(" ", "_")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{place:03}.json").write_text(json.dumps(row), encoding="utf-8")
    lines(tmp_path / "lines" / "math_test.jsonl", *rows)
    five_hundred = [
        {"problem": r["problem"], "solution": r["solution"], "answer": boxed(r["solution"]), "subject": r["type"],
         "level": int(r["level"][-1]), "unique_id": f"test/{place}.json"}
        for place, r in enumerate(rows)
    ]  # fmt: skip
    lines(tmp_path / "500" / "MATH-500" / "test.jsonl", *five_hundred)
    expected = {(i.question, i.gold, i.group, i.level) for i in items_of(task_named("math_own"))[0]}
    math = task_named("math")
    for folder in ("folders", "folders/MATH", "folders/MATH/test", "lines", "500", "lines/math_test.jsonl"):
        items, _ = items_of(math, tmp_path / folder)
        assert {(i.question, i.gold, i.group, i.level) for i in items} == expected, folder
        assert len({item.id for item in items}) == 70
    assert items_of(math, tmp_path / "folders")[0][0].id == "math/algebra/000"


@pytest.mark.parametrize(
    ("text", "gold"),
    [
        (r"so $\boxed{\frac{1}{\sqrt{2}}}$.", r"\frac{1}{\sqrt{2}}"),
        (r"$\boxed{1}$ is wrong; $\boxed{ \{1, \{2\}\} }$", r"\{1, \{2\}\}"),
        (r"$\fbox{7}$", "7"),
        (r"$\boxed 5$", "5"),
        (r"\boxed{\text{a } b}", r"\text{a } b"),
        (r"\boxed{\begin{pmatrix} 1 \\ 2 \end{pmatrix}}", r"\begin{pmatrix} 1 \\ 2 \end{pmatrix}"),
        (r"\boxed{(-\infty, 2] \cup \{3\}}", r"(-\infty, 2] \cup \{3\}"),
        (r"\boxed{{a}", None),
        ("no box", None),
        (r"\boxed", None),
    ],
)
def test_boxes(text: str, gold: str | None) -> None:
    assert boxed(text) == gold


def test_bad_rows_are_items_with_an_error(tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text(
        '{"question": "Wie viel ist 2 + 2? 🦆", "answer": "4", "id": "ü"}\nno json\n[1]\n{"question": "only"}\n'
        '{"answer": "4"}\n{"question": " ", "answer": 4}\n{"question": "q", "answer": ""}\n'
        '{"question": "2 + 3 =", "answer": 5, "answer_kind": "number"}\n{"question": "q", "answer": 1, '
        '"answer_kind": "colour"}\n',
        encoding="utf-8",
    )
    items, where = items_of(task_named(str(path)))
    assert where == [str(path)]
    assert items[0] == Item("mine/ü", "Wie viel ist 2 + 2? 🦆", "4")
    assert [item.error is None for item in items] == [True, *[False] * 6, True, False]
    assert "expected a JSON object" in (items[1].error or "")
    assert "'answer' or 'gold' or 'target'" in (items[3].error or "")
    assert items[6].error == "expected a gold answer, and it is empty"
    assert items[7].kind == "number"
    assert len({item.id for item in items}) == len(items)


def test_an_empty_or_missing_file_says_what_to_do(tmp_path: Path) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.write_text("\n", encoding="utf-8")
    with pytest.raises(InputError, match="at least one question for empty"):
        items_of(task_named(str(empty)))
    with pytest.raises(InputError, match=r"there is no '.*absent.jsonl' here"):
        items_of(task_named(str(tmp_path / "absent.jsonl")))
    with pytest.raises(InputError, match="there is none; name another with --data"):
        items_of(task_named("gsm8k"), tmp_path / "nowhere")


def test_what_was_looked_for_is_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("slowthink.models.hub.unreachable", lambda: "the hub is not there")
    with pytest.raises(InputError) as raised:
        items_of(task_named("math"), tmp_path)
    text = str(raised.value)
    assert str(tmp_path / "MATH/test") in text
    assert "HuggingFaceH4/MATH-500 (test) on the Hugging Face hub: not in the cache, and the hub is not there" in text
    assert "--data" in text
    with pytest.raises(InputError, match="openai/gsm8k"):
        items_of(task_named("gsm8k"), tmp_path)


def test_rows_from_the_hub_by_both_libraries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cached = lines(tmp_path / "cache" / "test.jsonl", {"problem": "p", "solution": r"\boxed{1}", "type": "Algebra"})
    monkeypatch.setattr("huggingface_hub.try_to_load_from_cache", lambda *_, **__: str(cached))
    items, where = items_of(task_named("math"), tmp_path)
    assert (items[0].gold, items[0].group) == ("1", "Algebra")
    assert "HuggingFaceH4/MATH-500" in where[0]

    library = types.ModuleType("datasets")
    library.load_dataset = lambda name, config, split: [  # type: ignore[attr-defined]
        {"question": f"{name} {config} {split}?", "answer": "#### 3"}
    ]
    library.__spec__ = __import__("importlib.machinery").machinery.ModuleSpec("datasets", None)
    monkeypatch.setitem(sys.modules, "datasets", library)
    items, _ = items_of(task_named("gsm8k"), tmp_path)
    assert items[0].question == "openai/gsm8k main test?"


def test_published_formats(tmp_path: Path) -> None:
    lines(tmp_path / "gsm8k_test.jsonl", {"question": "q", "answer": "<<1+999=1000>>\n#### 1,000"}, {"question": "q"})
    gsm8k = items_of(task_named("gsm8k"), tmp_path)[0]
    assert gsm8k[0].gold == "1000"
    assert gsm8k[1].error is not None
    svamp = [{"ID": "chal-1", "Body": "Tom has 3 pens", "Question": "How many?", "Answer": 3.0, "Type": "Addition"}]
    (tmp_path / "SVAMP.json").write_text(json.dumps(svamp), encoding="utf-8")
    (item,) = items_of(task_named("svamp"), tmp_path)[0]
    assert (item.question, item.gold, item.group) == ("Tom has 3 pens. How many?", "3", "Addition")
    bbh = {"canary": "x", "examples": [{"input": "((1 + 2)) =", "target": "3"}]}
    (tmp_path / "multistep_arithmetic_two.json").write_text(json.dumps(bbh), encoding="utf-8")
    assert items_of(task_named("bbh_arithmetic"), tmp_path)[0][0].gold == "3"
    (tmp_path / "24.csv").write_text("Rank,Puzzles\n" + "1,4 5 6 10\n" * 901, encoding="utf-8")
    (puzzle,) = items_of(task_named("game24"), tmp_path)[0]
    assert puzzle.question == "Game of 24: 4 5 6 10"
    with gzip.open(tmp_path / "sparks_tasks.jsonl", "wt", encoding="utf-8") as file:
        file.write(json.dumps({"task": "primes", "prompt": "How many primes?", "gold": 4, "k": 0}) + "\n")
    assert items_of(task_named("sparks_primes"), tmp_path)[0][0].id == "sparks_primes/primes/0"


def test_marking_by_the_verifiers() -> None:
    puzzle = Item("1", "Game of 24: 4 5 6 10", "24", marking="puzzle")
    assert mark(puzzle, "(10 - 6) * (5 - 4) * 4 = 24").status is Status.REFUTED
    assert mark(puzzle, "4 * 5 + 10 - 6").status is Status.PROVED
    assert mark(puzzle, "No idea.").status is Status.UNKNOWN
    assert mark(Item("2", "Sing.", "1", marking="puzzle"), "la").status is Status.UNKNOWN
    poem = items_of(task_named("sparks_poem"))[0][0]
    count = json.loads(poem.gold)[1]["least"]
    good = "\n".join(["Poets love rivers", *["between the two"] * (count - 2), "rivers love poets"])
    assert mark(poem, good).status is Status.PROVED
    assert mark(poem, good.replace("rivers love", "love rivers,")).status is Status.REFUTED
    options = "Which?\nOptions:\n(A) The owl is red\n(B) The owl is blue"
    choice = Item("3", options, "(B)", marking="choice")
    assert mark(choice, "So the answer is (B).").status is Status.PROVED
    assert mark(choice, "the owl is blue").status is Status.PROVED
    assert mark(choice, "(A)").status is Status.REFUTED
    assert mark(choice, "Who knows?").status is Status.REFUTED
    number = Item("4", "q", "1000", marking="exact")
    assert mark(number, "$1,000").status is Status.PROVED
    assert mark(number, None).status is Status.REFUTED


def test_examples_come_from_training_rows_and_never_from_the_test(tmp_path: Path) -> None:
    task = task_named("gsm8k")
    lines(tmp_path / "gsm8k_test.jsonl", {"question": "What is  asked?", "answer": "#### 1"})
    items, _ = items_of(task, tmp_path)
    with pytest.raises(InputError, match="never come from the test"):
        examples(task, items, 1, tmp_path, 0)
    lines(
        tmp_path / "gsm8k_train.jsonl",
        {"question": "what is asked?", "answer": "#### 1"},
        {"question": "Another?", "answer": "1 + 1 = <<1+1=2>>2\n#### 2"},
    )
    turns = examples(task, items, 1, tmp_path, 0)
    assert [turn.content for turn in turns] == ["Another?", "1 + 1 = 2\n#### 2"]
    with pytest.raises(InputError, match="expected 2 worked questions"):
        examples(task, items, 2, tmp_path, 0)
    with pytest.raises(InputError, match="a single task"):
        examples(task_named("sparks"), items, 1, tmp_path, 0)
    with pytest.raises(InputError, match="no such split"):
        examples(task_named("sparks_poem"), items, 1, tmp_path, 0)


def test_limits_give_every_group_its_share_and_samples_are_seeded() -> None:
    items = [Item(str(place), "q", "1", "ab"[place >= 6]) for place in range(9)]
    assert [item.id for item in chosen(items, 4, None, 0)] == ["0", "1", "6", "7"]
    assert [item.id for item in chosen(items, 100, None, 0)] == [item.id for item in items]
    drawn = chosen(items, None, 3, 7)
    assert drawn == chosen(items, None, 3, 7)
    assert len(drawn) == 3
    assert [int(item.id) for item in drawn] == sorted(int(item.id) for item in drawn)
    with pytest.raises(InputError, match="--limit, got 0"):
        chosen(items, 0, None, 0)


@pytest.mark.skipif(not DATA.exists(), reason="the evaluation data is not here")
def test_the_shared_data_reads_whole() -> None:
    sizes = {"gsm8k": 1319, "svamp": 1000, "gsm_hard": 660, "game24": 100, "sparks": 1980, "bbh_arithmetic": 125,
             "bbh_logical_deduction": 375, "aqua": 127}  # fmt: skip
    for name, size in sizes.items():
        items, _ = items_of(task_named(name), DATA)
        assert len(items) == len({item.id for item in items}) == size
        assert not [item.error for item in items if item.error]
    groups = {item.group for item in items_of(task_named("sparks"), DATA)[0]}
    assert {published.group for published in published_of(task_named("sparks"))} <= groups


def test_a_task_is_data() -> None:
    task = Task(name="t", description="d", question="{a} of {b}", gold="{c}", level="{b}")
    from slowthink.benchmarks.readers import item_of

    assert item_of(task, {"a": 1, "b": 2, "c": 3}, 5) == Item("t/5", "1 of 2", "3", level="2")
    assert "expected the fields of '{c}'" in (item_of(task, {"a": 1, "b": 2}, 5).error or "")
