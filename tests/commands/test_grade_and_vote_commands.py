"""`slowthink grade` and `slowthink vote`: the contract of their rows, errors and streams."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slowthink.commands import main
from slowthink.commands.grade import grade_line
from slowthink.commands.vote import vote_line


def rows(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_grades(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text(
        '{"id": "a", "gold": "1/2", "pred": 0.5}\n{"id": 2, "gold": 4, "pred": "5"}\n'
        '{"id": 3, "gold": "4", "pred": null}\n{"id": 4, "gold": "4"}\n{"id": 5, "gold": "4", "pred": ["4"]}\n'
        'nonsense\n{"id": 7, "gold": "x", "pred": "x+y"}\n'
    )
    assert main(["grade", "--exact", str(file)]) == 0
    found = rows(capsys.readouterr().out)
    assert found[0] == {"id": "a", "verdict": "PROVED", "reason": "the same value"}
    assert found[1] == {"id": 2, "verdict": "REFUTED", "reason": "another value: 4 and 5"}
    assert found[2]["verdict"] == "REFUTED"
    assert ["gold" in row.get("error", "") or "pred" in row.get("error", "") for row in found[3:5]] == [True, True]
    assert "JSON" in found[5]["error"]
    assert found[6]["verdict"] == "UNKNOWN"


def test_many_rows_keep_their_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, out = tmp_path / "rows.jsonl", tmp_path / "out.jsonl"
    file.write_text("".join(json.dumps({"id": i, "gold": str(i), "pred": f"${i % 7}"}) + "\n" for i in range(1500)))
    assert main(["grade", "--exact", "--jobs", "2", "--out", str(out), str(file)]) == 0
    found = rows(out.read_text())
    assert [row["id"] for row in found] == list(range(1500))
    assert sum(row["verdict"] == "PROVED" for row in found) == 7
    assert capsys.readouterr().out == ""


def test_votes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text(
        '{"id": 1, "samples": ["3 + 4 = 8", {"text": "#### 7.0", "model": "m"}, "#### 9"]}\n'
        '{"id": 2, "samples": [""]}\n'
        '{"id": 3, "samples": [{"text": "#### 1", "weight": 0.5}, "#### 2"]}\n{"id": 4, "samples": "#### 2"}\n'
        '{"id": 5, "samples": [{"text": "#### 2", "weight": 1e308}]}\n{"id": 6, "samples": [5]}\n'
    )
    assert main(["vote", str(file)]) == 0
    found = rows(capsys.readouterr().out)
    assert found[0] == {"id": 1, "answer": "7", "confidence": None, "support": 0.666667}
    assert found[1] == {"id": 2, "answer": None, "confidence": None, "support": None}
    assert found[2] == {"id": 3, "answer": "2", "confidence": None, "support": 0.666667}
    assert [word in row["error"] for word, row in zip(("samples", "weight", "sample 0"), found[3:], strict=True)] == [
        True
    ] * 3
    assert main(["vote", "--unrepaired", str(file)]) == 0
    assert rows(capsys.readouterr().out)[0]["support"] == pytest.approx(1 / 3, abs=1e-6)


def test_bad_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for args in (["grade", "missing.jsonl"], ["vote", "missing.jsonl"], ["grade", "--jobs", "0", str(tmp_path)]):
        assert main(args) == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        assert "Traceback" not in captured.err


@given(st.binary())
def test_any_bytes_give_a_row(line: bytes) -> None:
    assert "id" in grade_line(line)
    assert "id" in vote_line(line)


@given(st.text(st.characters(exclude_categories=())), st.text(st.characters(exclude_categories=())))
def test_any_texts_give_a_verdict(gold: str, pred: str) -> None:
    assert "error" not in grade_line(json.dumps({"id": 1, "gold": gold, "pred": pred}).encode())
    assert "error" not in vote_line(json.dumps({"id": 1, "samples": [gold, pred, gold]}).encode())
