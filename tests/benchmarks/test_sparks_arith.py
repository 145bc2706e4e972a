"""The paper's arithmetic as a command: every way there is can be run, and no other."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from slowthink.benchmarks.sparks_arith import WAYS, main, ways_of


def test_all_ways_run_and_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked, out = tmp_path / "asked.jsonl", tmp_path / "out.jsonl"
    asked.write_text(json.dumps({"prompt": "7 * 4 + 8 * 8 =", "gold": 92}) + "\n", encoding="utf-8")
    assert main(["--questions", str(asked), "--model", "random", "--out", str(out), "--data", str(tmp_path)]) == 0
    rows = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert [row["way"] for row in rows] == list(WAYS)
    assert {row["way"]: row["right"] for row in rows}["fast"] is False
    assert "chain-unchecked over fast" in capsys.readouterr().out


def test_ways_can_be_listed_and_given_back() -> None:
    assert ways_of(",".join(WAYS)) == list(WAYS)


def test_another_way_is_refused_before_anything_runs(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--ways", "fast,slow"])
    assert stopped.value.code == 2
    assert "got 'slow'" in capsys.readouterr().err
