"""The equal-compute gate: what it says of strategies that are better, as good and worse than a vote; and resuming."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from slowthink.benchmarks import equal_compute
from slowthink.benchmarks.equal_compute import Gate, Item, main, nearest, table, verdict, voted
from slowthink.errors import ModelUnavailable
from slowthink.models.protocol import Prompt, Request
from slowthink.models.scripted import ScriptedModel
from slowthink.strategies import Outcome
from slowthink.types import Problem

ITEMS = [Item(i, f"Ann has {i} pens and buys {i + 2} more. How many pens has she?", 2 * i + 2) for i in range(24)]  # type: ignore[arg-type]
ASKED = {"model": "scripted", "questions": "pens", "tokens": 4000, "seed": 0}


def guess(text: str, request: Request) -> str:
    """Right two times in five, else one of two wrong numbers."""
    right = next(item.gold for item in ITEMS if item.question in text)
    dice = random.Random(f"{request.sampling.path} {right}")
    return f"Answer: {right + dice.choice([0, 0, 1, 1, 2])}"


class Fixed:
    """Spends one reply, and answers the gold value plus `off`; or fails."""

    name = "fixed"

    def __init__(self, off: int, fails: bool = False) -> None:
        self.off, self.fails = off, fails

    async def solve(self, problem: Problem, mind: Any) -> Outcome:
        await mind.generate(Prompt.of(problem.question), max_tokens=16)
        if self.fails:
            raise ModelUnavailable("the model is gone")
        gold = next(item.gold for item in ITEMS if item.question == problem.question)
        return Outcome(str(gold + self.off), "model")


def compared(monkeypatch: pytest.MonkeyPatch, strategy: Any, out: Path | None = None) -> dict[str, Any]:
    monkeypatch.setattr(equal_compute, "usual", lambda name, is_watched: strategy)
    (line,) = Gate(ScriptedModel(guess), ITEMS, ASKED, out).run(["fixed"])
    return line


def test_what_is_better_and_what_is_worse_is_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    better = compared(monkeypatch, Fixed(0))
    assert (better["right"], better["verdict"]) == (24, "beats self_consistency at equal tokens")
    assert 0 < better["vote_right"] < 24
    worse = compared(monkeypatch, Fixed(7))
    assert (worse["right"], worse["verdict"]) == (0, "is worse than self_consistency at equal tokens")
    assert "| fixed | 0 of 24: 0.0 % [0.0, 13.8] |" in table([worse])


def test_an_error_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    line = compared(monkeypatch, Fixed(0, fails=True))
    assert (line["right"], line["unanswered"], line["questions"]) == (0, 24, 24)


def test_more_samples_are_not_taken_for_thinking() -> None:
    """A vote is no better than itself, whatever it spends; and the tokens of both sides are nearly the same."""
    (line,) = Gate(ScriptedModel(guess), ITEMS, ASKED).run(["self_consistency"])
    assert line["verdict"] == "does not beat self_consistency at equal tokens"
    assert abs(line["tokens"] - line["vote_tokens"]) < 0.1 * line["tokens"]


def test_the_vote_is_over_the_replies_that_cost_nearest() -> None:
    replies = [{"answer": one, "sums": 0, "tokens": 10} for one in ("3", None, "4", "4.0")]
    assert [nearest(replies, tokens) for tokens in (0, 14, 16, 25, 99)] == [1, 1, 2, 2, 4]
    assert [voted(replies[:n]) for n in (0, 1, 2, 4)] == [None, "3", "3", "4"]


def test_a_difference_needs_both_the_interval_and_the_test() -> None:
    assert "does not beat" in verdict(0.0, 0.2, 0.01)
    assert "does not beat" in verdict(0.01, 0.2, 0.07)
    assert "does not beat" in verdict(-0.2, 0.1, 0.7)


def test_a_run_that_broke_off_is_gone_on_with(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    out = tmp_path / "new" / "rows.jsonl"
    whole = compared(monkeypatch, Fixed(0), out)
    lines = out.read_text(encoding="utf-8").splitlines(keepends=True)
    assert len(lines) == 1 + 2 * len(ITEMS)
    out.write_text("".join(lines[:40]) + lines[40][:20], encoding="utf-8")
    model = ScriptedModel(guess)
    monkeypatch.setattr(equal_compute, "usual", lambda name, is_watched: Fixed(0))
    (again,) = Gate(model, ITEMS, ASKED, out).run(["fixed"])
    assert again == whole
    assert 0 < len(model.prompts) < 10 * 4 * 10
    assert len(out.read_text(encoding="utf-8").splitlines()) == len(lines)
    model = ScriptedModel(guess)
    Gate(model, ITEMS, ASKED, out).run(["fixed"])
    assert model.prompts == []


def test_on_recorded_samples(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked, recorded, out = tmp_path / "asked.jsonl", tmp_path / "recorded.jsonl", tmp_path / "out.jsonl"
    asked.write_text("".join(json.dumps({"question": i.question, "answer": str(i.gold)}) + "\n" for i in ITEMS))
    samples = [{"question": i.question, "samples": [f"It is {i.gold + k % 2}." for k in range(8)]} for i in ITEMS]
    recorded.write_text("".join(json.dumps(row) + "\n" for row in samples))
    args = ["--questions", str(asked), "--recorded", str(recorded), "--out", str(out)]
    assert main([*args, "--strategies", "best_of_n,tree_of_thought"]) == 0
    shown = capsys.readouterr().out
    assert "| best_of_n | 24 of 24" in shown
    assert "| tree_of_thought | 0 of 24" in shown
    assert main([*args, "--strategies", "best_of_n", "--tokens", "99"]) == 2
    assert "choose another --out" in capsys.readouterr().err


def test_bad_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "asked.jsonl").write_text('{"question": "How many?"}\n')
    assert main(["--questions", str(tmp_path / "asked.jsonl")]) == 2
    assert main(["--strategies", "tree_of_taught"]) == 2
    assert "tree_of_thought" in capsys.readouterr().err
