"""`slowthink ask`, `models` and `demo`: what they print and how they end, on the embedded model."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from slowthink import SlowThinker
from slowthink.commands import main

ROOT = Path(__file__).resolve().parent.parent.parent
PLAIN = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}


def test_ask_as_json_with_a_trace_that_replays(
    smol_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trace = tmp_path / "trace.jsonl"
    args = ["ask", "12 + 7 * 3 =", "--model", str(smol_dir), "--json", "--trace", str(trace), "--budget-tokens", "600"]
    assert main(args) == 0
    solution = json.loads(capsys.readouterr().out)
    assert (solution["answer"], solution["status"], solution["confidence"]) == ("33", "proved", None)
    assert solution["usage"]["tokens"] <= 600
    events = [json.loads(line) for line in trace.read_text(encoding="utf-8").splitlines()]
    assert [event["event"] for event in (events[0], events[-1])] == ["began", "ended"]
    assert SlowThinker.replay(trace).answer == "33"


def test_ask_for_people_a_conversation_and_an_abstention(
    smol_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    turns = tmp_path / "turns.json"
    turns.write_text('[{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hello."}, ')
    assert main(["ask", "--messages", str(turns)]) == 2
    with turns.open("a") as file:
        file.write('{"role": "user", "content": "6 * 7 ="}]')
    capsys.readouterr()
    few = ["--model", str(smol_dir), "--budget-tokens", "1"]
    # What was said before may change what is asked, so the exact reader leaves a conversation alone.
    assert main(["ask", *few, "--messages", str(turns)]) == 3
    assert capsys.readouterr().out.startswith("no answer")
    args = ["ask", *few, "6 * 7 ="]
    assert main(args) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[0] == "42"
    assert re.search(r"status +proved, answered by reader", out)
    assert main([*args, "--off", "reader"]) == 3
    assert capsys.readouterr().out.startswith("no answer")


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (["ask"], 2, "QUESTION"),
        (["ask", " "], 2, "empty"),
        (["ask", "hi", "--messages", "x"], 2, "one of them"),
        (["ask", "hi", "--strategy", "nope"], 2, "direct"),
        (["ask", "hi", "--off", "nope"], 2, "reader"),
        (["ask", "hi", "--budget-tokens", "-5"], 2, "0 or more"),
        (["ask", "--messages", "missing.json"], 2, "cannot be read"),
        (["ask", "hi", "--model", "./no/such/model"], 4, "no model"),
        (["ask", "hi", "--model", "http://localhost:1/v1#x"], 4, "server"),
        (["models", "pull", "missing.gguf"], 4, "GGUF"),
        (["models", "pull", "nope"], 2, "smollm2"),
        (["models", "push"], 2, "pull"),
        (["demo", "--questions", "missing.jsonl"], 2, "cannot be read"),
    ],
)
def test_errors(args: list[str], code: int, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(args) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    assert message in captured.err
    assert "Traceback" not in captured.err


def test_models_lists_the_default(smol_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (default,) = [row for row in rows if row["default"]]
    assert (default["name"], default["path"]) == ("smollm2", str(smol_dir))
    assert default["bytes"] > 100_000_000
    assert main(["models", "pull", "smollm2"]) == 0
    assert json.loads(capsys.readouterr().out)["path"] == str(smol_dir)


def test_models_without_any(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SLOWTHINK_CACHE", str(tmp_path))
    monkeypatch.setattr("slowthink.models.embedded.hugging_face_folder", lambda: None)
    assert main(["models"]) == 0
    assert json.loads(capsys.readouterr().out)["path"] is None


def test_demo_in_a_pipe(smol_dir: Path, tmp_path: Path) -> None:
    file = tmp_path / "questions.jsonl"
    file.write_text('{"question": "8 * 3 + 1 ="}\nbroken\n')
    command = [sys.executable, "-m", "slowthink", "demo", "--model", str(smol_dir), "--budget-tokens", "150"]
    done = subprocess.run(
        [*command, "--questions", str(file)], capture_output=True, env=PLAIN, timeout=300, check=False
    )
    out = done.stdout.decode()
    assert done.returncode == 0, done.stderr.decode()
    assert "\x1b" not in out
    assert "rung 1: direct" in out
    assert "=> 25  proved" in out
    assert "fast beside slow" in out
    assert b"row 2 is left out" in done.stderr
