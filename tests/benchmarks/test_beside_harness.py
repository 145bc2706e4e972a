"""The two scripts beside lm-evaluation-harness, on a tiny model: parity item by item, and speed."""

import json
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parent.parent / "models"))
from tiny_models import bpe, tiny

from slowthink.benchmarks import harness_speed, parity
from slowthink.benchmarks.parity import Pair, summary

needs_harness = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("lm_eval") is None, reason="make test-slow installs the extra 'harness'"),
    pytest.mark.filterwarnings("ignore"),  # those of the harness and of what it needs
]


def marked(test: Any) -> Any:
    for mark in needs_harness:
        test = mark(test)
    return test


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model, and questions beside it."""
    path = tmp_path_factory.mktemp("tiny")
    tiny("llama").save_pretrained(path)
    bpe().save_pretrained(path)
    rows = "".join(json.dumps({"question": f"{n} and 12?", "answer": f"#### {n + 12}"}) + "\n" for n in (1, 7, 28, 64))
    for name in ("gsm8k_test.jsonl", "gsm8k_train.jsonl"):
        (path / name).write_text(rows * 2, encoding="utf-8")
    return path


def test_a_summary_shows_what_differs() -> None:
    alike = Pair("direct", "gsm8k/0", "It is 12.", "It is 12.", "12", "12", True, True)
    other = Pair("direct", "gsm8k/1", "It is 13.", "It is 14.", "13", "14", False, True, -0.25)
    told = summary("direct", [alike, other]).splitlines()
    assert told[0].startswith(
        "direct: of 2 items the same text 1, the same answer 1, marked alike 1; right: slowthink 1"
    )
    assert told[1:] == [
        "  gsm8k/1: the texts part at byte 7 of 9 and 9, where the two tokens are -0.25 apart in logarithm; "
        "answers '13' and '14'"
    ]


def test_bad_input_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert parity.main(["--data", str(tmp_path / "none")]) == 2
    assert "expected a folder of data" in capsys.readouterr().err
    assert harness_speed.main(["--sizes", "auto"]) == 2
    assert "expected with --sizes" in capsys.readouterr().err


@marked
def test_parity(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "pairs.jsonl"
    shared = ["--model", str(folder), "--data", str(folder), "--limit", "3", "--batch-size", "1"]
    code = parity.main([*shared, "--out", str(out)])
    told = capsys.readouterr().out
    for part in ("direct", "chain_of_thought", "gsm8k_local (strict-match)", "gsm8k_local (flexible-extract)"):
        assert f"{part}: of 3 items the same text 3, the same answer 3, marked alike 3" in told
    assert code == 0
    assert len(out.read_text(encoding="utf-8").splitlines()) == 12
    assert parity.main([*shared, "--strategies", "self_consistency", "--no-task"]) == 2


@marked
def test_speed(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "speed.json"
    arguments = ["--model", str(folder), "--data", str(folder), "--limit", "3", "--threads", "1"]
    assert harness_speed.main([*arguments, "--sizes", "1,2,3", "--rounds", "2", "--out", str(out)]) == 0
    assert "times as many items a second" in capsys.readouterr().out
    found = json.loads(out.read_text(encoding="utf-8"))
    assert [run["side"].partition(",")[0] for run in found["runs"]] == ["chain_of_thought", "hf", "hf"] * 2
    assert len(found["tried"]) == 3
    assert harness_speed.main([*arguments, "--strategy", "self_consistency:4"]) == 2
