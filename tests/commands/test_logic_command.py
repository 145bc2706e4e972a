import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from slowthink.commands import main
from slowthink.commands.logic import decide_line

RULES = "Facts:\nKind(Ann, True)\nRules:\nKind($x, True) >>> Calm($x, True)\nQuery:\nCalm(Ann, True)"
HARD = """constant a: int
constant b: int
constant c: int
fact a > 0 and b > 0 and c > 0 and a*a*a + b*b*b = c*c*c
ask a = b"""


def run(tmp_path: Path, rows: list[Any], *more: str) -> list[dict[str, Any]]:
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_bytes(b"".join((row if isinstance(row, bytes) else json.dumps(row).encode()) + b"\n" for row in rows))
    assert main(["logic", str(source), "--out", str(out), *more]) == 0
    return [json.loads(line) for line in out.read_text().splitlines()]


def test_rows_come_out_in_order_and_a_bad_one_harms_no_other(tmp_path: Path) -> None:
    good = {"id": 1, "program": RULES, "options": ["A) True", "B) False"], "context": "", "question": "Ann is calm."}
    rows = [
        good,
        b"{",
        {"id": 3},
        {"id": 4, "program": HARD},
        {"id": 5, "program": RULES, "options": [1]},
        {**good, "id": 6},
    ]
    found = run(tmp_path, rows, "--jobs", "1")
    assert [row["id"] for row in found] == [1, None, 3, 4, 5, 6]
    assert found[0] == {"id": 1, "answer": "A", "verdict": "entailed", "reason": "follows from line4, line2"}
    assert set(found[1]) == {"id", "error"}
    assert "'program'" in found[2]["error"]
    assert (found[3]["answer"], found[3]["verdict"]) == (None, "unknown")
    assert "options" in found[4]["error"]
    assert {**found[5], "id": 1} == found[0]


def test_several_processes_give_the_same(tmp_path: Path) -> None:
    rows = [{"id": n, "program": RULES.replace("Ann", f"P{n}")} for n in range(90)]
    assert run(tmp_path, rows, "--jobs", "2") == run(tmp_path, rows, "--jobs", "1")


def test_a_mistake_is_unknown_with_its_place(tmp_path: Path) -> None:
    (found,) = run(tmp_path, [{"id": 1, "program": "predicate a\nfact a and\nask a"}])
    assert found["verdict"] == "unknown"
    assert "line 2, column 11" in found["reason"]


STEPS = """predicate rain
predicate wet
predicate cold
fact rule: rain -> wet
fact seen: rain
step one: wet since rule, seen
step two: cold
"""


def test_steps_are_checked_and_the_first_that_does_not_follow_is_named(tmp_path: Path) -> None:
    rows = [
        {"id": 1, "program": STEPS},
        {"id": 2, "program": "since A and A implies B, B"},
        {"id": 3, "premises": ["rain implies wet", "rain"], "steps": ["so wet", "wet and rain", "cold"]},
        {"id": 4, "program": STEPS + "ask wet", "options": ["A) True", "B) False"]},
        {"id": 5, "premises": ["rain implies"], "steps": ["wet"]},
        {"id": 6, "premises": ["rain"], "steps": []},
        {"id": 7, "premises": ["rain"], "steps": "wet"},
        {"id": 8, "program": STEPS[: STEPS.index("step")], "premises": ["wet -> cold"], "steps": ["cold"]},
        {"id": 9, "program": "A implies B and C. So C."},
    ]
    found = {row["id"]: row for row in run(tmp_path, rows, "--jobs", "1")}
    assert [(step["name"], step["verdict"]) for step in found[1]["steps"]] == [
        ("one", "follows"), ("two", "does not follow"),
    ]  # fmt: skip
    assert (found[1]["verdict"], found[1]["answer"], found[1]["first_refuted_step"]) == ("does not follow", None, 1)
    assert found[1]["reason"].startswith("two: ")
    assert (found[2]["verdict"], found[2]["first_refuted_step"]) == ("follows", None)
    assert (found[3]["verdict"], found[3]["first_refuted_step"]) == ("does not follow", 2)
    assert (found[4]["verdict"], found[4]["answer"], found[4]["first_refuted_step"]) == ("entailed", "A", 1)
    assert (found[5]["verdict"], found[5]["steps"], found[5]["first_refuted_step"]) == ("unknown", [], None)
    assert "premise 1" in found[5]["reason"]
    assert "'steps'" in found[6]["error"]
    assert "'steps'" in found[7]["error"]
    assert found[8]["verdict"] == "follows"
    assert (found[9]["verdict"], found[9]["first_refuted_step"]) == ("unknown", None)
    assert "steps" not in run(tmp_path, [{"id": 1, "program": RULES}])[0]


def test_gzip_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "in.jsonl.gz"
    source.write_bytes(gzip.compress(json.dumps({"id": "x", "program": RULES}).encode() + b"\n"))
    assert main(["logic", str(source)]) == 0
    assert json.loads(capsys.readouterr().out)["answer"] == "True"


@pytest.mark.parametrize("arguments", [["/no/such/file"], ["--jobs", "0", "/dev/null"], ["--bad"]])
def test_bad_usage_ends_with_2(arguments: list[str]) -> None:
    assert main(["logic", *arguments]) == 2


def test_without_z3_it_ends_with_4(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    source = tmp_path / "in.jsonl"
    source.write_text("")
    assert main(["logic", str(source)]) == 4


def test_a_question_whose_premises_have_two_senses_is_unknown() -> None:
    program = "predicate A\npredicate B\npredicate C\nask C"
    row = {"id": 1, "program": program, "premises": ["A and B implies C", "B"], "steps": ["so B"]}
    found = decide_line(json.dumps(row).encode())
    assert (found["answer"], found["verdict"]) == (None, "unknown")
    assert "put brackets" in found["reason"]
    settled = decide_line(json.dumps({**row, "premises": ["(A and B) implies C", "A", "B"]}).encode())
    assert settled["answer"] == "True"
