"""Runs: every result is saved as it ends, errors are rows, and a run that was broken off ends as an unbroken one."""

import json
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from slowthink.benchmarks.bench import Options, bench
from slowthink.benchmarks.record import RESULTS, SETTINGS, Record, read_results
from slowthink.benchmarks.result import Result
from slowthink.benchmarks.ways import ways_of
from slowthink.commands import main
from slowthink.controller import SlowThinker
from slowthink.errors import InputError, ModelUnavailable
from slowthink.models import LanguageModel
from slowthink.models.protocol import Completion, Request
from slowthink.models.scripted import ScriptedModel
from slowthink.types import Budget

ROOT = Path(__file__).resolve().parent.parent.parent


class Counting(ScriptedModel):
    """Answers with the next number, for every third case with another; raises for the seventh."""

    def __init__(self) -> None:
        super().__init__(self._reply)
        self.asked = 0

    async def generate(self, requests: Sequence[Request]) -> list[Completion]:
        self.asked += 1
        text = str(requests[0].prompt)
        if "fail 7" in text:
            raise RuntimeError("the seventh, as told 🦆")
        return await super().generate(requests)

    def _reply(self, prompt: str, request: Request) -> str:
        place = int(prompt.split("Case ")[1].split(":", maxsplit=1)[0])
        return f"The answer is {place + (2 if place % 3 == 0 else 1)}."


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    path = tmp_path / "cases.jsonl"
    rows = [
        {"id": i, "question": f"Case {i}: what is the next number?{' fail 7' if i == 7 else ''}", "answer": i + 1,
         "group": "even" if i % 2 == 0 else "odd", "answer_kind": "number"}
        for i in range(40)
    ]  # fmt: skip
    path.write_text("".join(json.dumps(row) + "\n" for row in rows) + '{"question": "no gold"}\n', encoding="utf-8")
    return path


def go(path: Path, out: Path, thinker: LanguageModel | None = None, **more: Any) -> dict[str, Any]:
    options = Options(task=str(path), out=out, **{"strategies": "direct,chain_of_thought", "jobs": 4, **more})
    return bench(options, lambda text: None, lambda spec: thinker or Counting())


def timeless(summary: dict[str, Any]) -> dict[str, Any]:
    """A summary without what differs between two runs of one thing: times, and when they were."""
    kept = {key: timeless(value) if isinstance(value, dict) else value for key, value in summary.items()}
    return {key: value for key, value in kept.items() if key not in ("seconds", "sessions")}


def test_every_item_once_errors_as_rows_and_a_whole_summary(questions: Path, tmp_path: Path) -> None:
    summary = go(questions, tmp_path / "out", keeps_traces=True)
    results = read_results(tmp_path / "out")
    assert len({one.key for one in results}) == len(results) == 2 * 41
    (failed, _) = [one for one in results if one.item == "cases/7"]
    assert (failed.right, failed.answer, failed.status) == (False, None, "abstained")
    assert failed.error == "RuntimeError: the seventh, as told 🦆"
    (goldless, _) = [one for one in results if one.item == "cases/40"]
    assert "'answer'" in (goldless.error or "")
    assert summary["strategies"]["direct"]["errors"] == 2
    assert summary["strategies"]["direct"]["right"] == sum(i % 3 != 0 and i != 7 for i in range(40))
    assert summary["n"] == 41
    assert list(summary["groups"]) == ["even", "odd"]
    assert json.loads((tmp_path / "out" / "summary.json").read_text("utf-8")) == json.loads(json.dumps(summary))
    traced = next(one for one in results if one.item == "cases/3" and one.strategy == "direct")
    assert traced.trace == "traces/direct/000003.jsonl"
    assert SlowThinker.replay(tmp_path / "out" / traced.trace).answer == traced.answer == "5"
    expected = {"python", "slowthink", "torch", "transformers", "processor", "cores", "memory", "gpus", "dtype"}
    assert expected <= set(summary["environments"][0])


def test_a_run_that_was_stopped_goes_on_and_ends_as_an_unbroken_one(
    questions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = go(questions, tmp_path / "whole")
    out = tmp_path / "broken"
    asked, add, left = 0, Record.add, [0]

    def add_while_there_is_room(record: Record, result: Result) -> None:
        if not left[0]:
            raise OSError(28, "No space left on device")
        left[0] -= 1
        add(record, result)

    monkeypatch.setattr(Record, "add", add_while_there_is_room)
    for left[0] in (5, 9, 30):
        model = Counting()
        with pytest.raises(OSError, match="No space left"):
            go(questions, out, model, is_resumed=out.exists())
        asked += model.asked
    left[0], model = 1000, Counting()
    summary = go(questions, out, model, is_resumed=True)
    asked += model.asked
    assert timeless(summary) == timeless(whole)
    assert len(summary["sessions"]) == 4
    results = read_results(out)
    assert len({one.key for one in results}) == len(results) == 82
    assert 80 <= asked <= 80 + 3 * 2 * 4, "at most what was in flight is asked again"


def test_a_line_that_was_cut_off_is_no_result(questions: Path, tmp_path: Path) -> None:
    whole = go(questions, tmp_path / "out")
    path = tmp_path / "out" / RESULTS
    data = path.read_bytes()
    for cut in random.Random(3).sample(range(len(data)), 8):
        path.write_bytes(data[:cut])
        summary = go(questions, tmp_path / "out", is_resumed=True)
        assert timeless(summary) == timeless(whole)
        assert len(read_results(tmp_path / "out")) == 82


def test_a_line_that_is_no_result_is_named(questions: Path, tmp_path: Path) -> None:
    go(questions, tmp_path / "out")
    path = tmp_path / "out" / RESULTS
    path.write_bytes(b'{"item": 1}\n' + path.read_bytes())
    with pytest.raises(InputError, match=r"results.jsonl, line 1: expected a result"):
        go(questions, tmp_path / "out", is_resumed=True)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"seed": 1}, "seed was 0, and is 1"),
        ({"strategies": "direct"}, "strategies was"),
        ({"limit": 5}, "limit was None, and is 5"),
        ({"off": "reader"}, "off was"),
        ({"budget": Budget(tokens=10)}, "budget was"),
        ({"model": "random"}, "model was 'smollm2', and is 'random'"),
    ],
)
def test_other_settings_are_refused(questions: Path, tmp_path: Path, changed: dict[str, Any], said: str) -> None:
    go(questions, tmp_path / "out")
    with pytest.raises(InputError, match="begun with other settings") as raised:
        go(questions, tmp_path / "out", is_resumed=True, **changed)
    assert said in str(raised.value)
    questions.write_text(questions.read_text("utf-8").replace("Case 1:", "Case  1:"), encoding="utf-8")
    with pytest.raises(InputError, match="questions_sha256"):
        go(questions, tmp_path / "out", is_resumed=True)


def test_results_are_never_overwritten(questions: Path, tmp_path: Path) -> None:
    go(questions, tmp_path / "out", strategies="direct")
    before = (tmp_path / "out" / RESULTS).read_bytes()
    with pytest.raises(InputError, match="--resume"):
        go(questions, tmp_path / "out", strategies="direct")
    (tmp_path / "out" / SETTINGS).unlink()
    for is_resumed in (False, True):
        with pytest.raises(InputError, match="give another folder"):
            go(questions, tmp_path / "out", strategies="direct", is_resumed=is_resumed)
    assert (tmp_path / "out" / RESULTS).read_bytes() == before


def _hold(folder: str, ready: Any, done: Any) -> None:
    from slowthink.benchmarks.record import opened

    with opened(Path(folder), {}, {}, False):
        ready.set()
        done.wait(60)


def test_two_runs_into_one_folder_are_refused(questions: Path, tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    ready, done = context.Event(), context.Event()
    other = context.Process(target=_hold, args=(str(tmp_path / "out"), ready, done))
    other.start()
    assert ready.wait(60)
    with pytest.raises(InputError, match="another run writes to"):
        go(questions, tmp_path / "out")
    done.set()
    other.join()


def test_errors_can_be_asked_again(questions: Path, tmp_path: Path) -> None:
    class Mended(Counting):
        async def generate(self, requests: Sequence[Request]) -> list[Completion]:
            self.asked += 1
            return await ScriptedModel.generate(self, requests)

    go(questions, tmp_path / "out", strategies="direct")
    model = Mended()
    summary = go(questions, tmp_path / "out", model, strategies="direct", is_resumed=True, is_retried=True)
    assert model.asked == 1
    assert summary["strategies"]["direct"]["errors"] == 1
    assert summary["strategies"]["direct"]["right"] == sum(i % 3 != 0 for i in range(40))


def test_a_model_that_is_not_there_ends_the_run_before_it_begins(questions: Path, tmp_path: Path) -> None:
    def none(spec: str) -> LanguageModel:
        raise ModelUnavailable("no such model")

    with pytest.raises(ModelUnavailable):
        bench(Options(task=str(questions), out=tmp_path / "out"), lambda text: None, none)
    assert not (tmp_path / "out").exists()


def test_a_model_that_remembers_forgets_between_strategies(questions: Path, tmp_path: Path) -> None:
    class Remembering(Counting):
        forgot: int = 0

        def forget(self) -> None:
            self.forgot += 1

    model = Remembering()
    go(questions, tmp_path / "out", model)
    assert model.forgot == 2


def test_strategies_with_replies_and_without_senses() -> None:
    one, two, three = ways_of("direct, self_consistency:8,auto-reader-calculator")
    assert (one.name, one.replies, one.off) == ("direct", None, ())
    assert two.strategy().most == 8  # type: ignore[attr-defined]
    assert (three.base, three.off) == ("auto", ("reader", "calculator"))
    for wrong, said in (
        ("", "got none"),
        ("direct,direct", "each strategy once"),
        ("direct:3", "number of replies"),
        ("self_consistency:0", "number of replies"),
        ("auto-nose", "expected names of senses"),
        ("telepathy", "expected a strategy"),
    ):
        with pytest.raises(InputError, match=said):
            ways_of(wrong)


def test_bad_usage_ends_with_two(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty.jsonl").write_text("", encoding="utf-8")
    for args, said in (
        ([], "expected a TASK"),
        (["nothing"], "expected a task, one of"),
        ([str(tmp_path / "empty.jsonl")], "at least one question"),
        ([str(tmp_path / "none.jsonl")], "there is no"),
        (["math_own", "--jobs", "0"], "--jobs, got 0"),
        (["math_own", "--members", "a"], "together with --recorded"),
        (["math_own", "--retry-errors"], "together with --resume"),
        (["math_own", "--limit", "0"], "--limit, got 0"),
        (["math_own", "--strategy", "x"], "expected a strategy"),
        (["math_own", "--budget-tokens", "-1"], "0 or more tokens"),
        (["math_own", "--shots", "-1"], "0 or more examples"),
    ):
        assert main(["bench", *args, "--out", str(tmp_path / "out")]) == 2, args
        assert said in capfd.readouterr().err
    assert main(["bench", "--tasks"]) == 0
    listed = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert {"gsm8k", "math", "sparks"} <= {row["task"] for row in listed}


SLOW = """
import asyncio, sys
from slowthink.benchmarks import bench as module
from slowthink.models.scripted import ScriptedModel

class Slow(ScriptedModel):
    async def generate(self, requests):
        await asyncio.sleep(0.01)
        return await super().generate(requests)

def reply(prompt, request):
    place = int(prompt.split("Case ")[1].split(":")[0])
    return f"The answer is {place + (2 if place % 3 == 0 else 1)}."

module.load_model = lambda spec: Slow(reply)
import slowthink.models
slowthink.models.load_model = module.load_model
from slowthink.commands import main
sys.exit(main(sys.argv[1:]))
"""


def test_kill_nine_ten_times_and_the_summary_is_that_of_an_unbroken_run(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    rows = [{"id": i, "question": f"Case {i}: which number?", "answer": i + 1, "answer_kind": "number"}
            for i in range(200)]  # fmt: skip
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    jobs, results = 4, tmp_path / "broken" / RESULTS

    def started(out: str, *more: str) -> "subprocess.Popen[bytes]":
        args = ["bench", str(path), "--strategy", "direct", "--jobs", str(jobs), "--out", str(tmp_path / out), *more]
        return subprocess.Popen(
            [sys.executable, "-c", SLOW, *args],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )

    def ended(process: "subprocess.Popen[bytes]") -> None:
        assert process.communicate(timeout=120)[1] is not None
        assert process.returncode == 0

    def saved() -> int:
        return results.stat().st_size if results.exists() else 0

    def until(process: "subprocess.Popen[bytes]", size: int) -> None:
        deadline = time.monotonic() + 120
        while process.poll() is None and saved() < size and time.monotonic() < deadline:
            time.sleep(0.002)

    ended(started("whole"))
    draw, kills = random.Random(9), 0
    for _ in range(10):
        process = started("broken", "--resume")
        # At a random moment of its work, seen by how much it has saved; once in a while before it has saved anything.
        until(process, saved() + draw.choice((0, draw.randrange(12_000))))
        time.sleep(draw.random() * 0.05)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            kills += 1
        process.communicate(timeout=60)
    ended(started("broken", "--resume"))
    assert kills >= 5
    rows_left = read_results(tmp_path / "broken")
    assert sorted(one.item for one in rows_left) == sorted(f"cases/{i}" for i in range(200)), "every item once"
    whole, broken = (json.loads((tmp_path / name / "summary.json").read_text("utf-8")) for name in ("whole", "broken"))
    assert timeless(broken) == timeless(whole)
    assert whole["strategies"]["direct"]["right"] == sum(i % 3 != 0 for i in range(200))


def test_rows_have_the_public_fields() -> None:
    fields = {"item", "group", "question", "gold", "strategy", "answer", "right", "status", "confidence",
              "answered_by", "reason", "fast_answer", "usage", "error", "trace"}  # fmt: skip
    assert fields <= set(Result.model_fields)
