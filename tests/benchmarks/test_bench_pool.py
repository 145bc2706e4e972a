"""Workers of a benchmark: whoever is lost, every item has one result, and the summary is that of an unbroken run."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from slowthink import facade
from slowthink.benchmarks import bench as module
from slowthink.benchmarks.bench import Options, bench
from slowthink.benchmarks.pool import STARTS, About, Answer, Asked, Here, Lost, Pool
from slowthink.benchmarks.record import read_results
from slowthink.errors import InputError, ModelUnavailable
from slowthink.models.random_tokens import RandomTokenModel

ITEMS, JOBS = 30, 4
TIMES = ("seconds", "sessions", "environments")


class Shaky(Here):
    """This process as a worker that can be lost: at the items whose questions have its word, or from an answer on."""

    def __init__(self, *args: Any, name: str = "shaky", dies: int | None = None, binds: Any = None) -> None:
        super().__init__(*args)
        self.name, self.dies, self.binds = name, dies, binds or {}
        self.starts = self.given = 0
        self.is_dead = False
        self.others: list[int] = []
        self.asked: list[str] = []
        self.late: list[Answer] = []

    def close(self) -> None:
        """The model is the next worker's too."""

    async def start(self) -> About:
        self.starts += 1
        self.is_dead, self.given = False, 0
        return About(self.binds, {}, "here")

    async def answer(self, asked: Asked) -> Answer:
        self.asked.append(asked.item.id)
        self.others.append(1)
        life = self.starts
        try:
            await asyncio.sleep(0.001)
            if "kills" in asked.item.question and life == self.starts:
                self.is_dead = True
            answer = await super().answer(asked)
            if self.dies is not None and self.given >= self.dies:
                self.is_dead, self.dies = True, None
            if self.is_dead or life != self.starts:
                self.late.append(answer)  # it was made, and nobody will hear of it
                raise Lost("killed")
            self.given += 1
            return answer
        finally:
            self.others.pop()


@pytest.fixture(scope="module")
def model() -> RandomTokenModel:
    return RandomTokenModel()


def write(path: Path, kills: tuple[int, ...] = ()) -> Path:
    rows = [
        {"id": i, "question": f"What is {i} + {i}?{' It kills.' if i in kills else ''}", "answer": 2 * i}
        for i in range(ITEMS)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def go(path: Path, out: Path, monkeypatch: pytest.MonkeyPatch, model: Any, workers: list[dict[str, Any]]) -> Any:
    """A run with these workers: the summary, the workers, the pool and what was remarked."""
    made: list[Shaky] = []
    pools: list[Pool] = []
    said: list[str] = []

    @contextmanager
    def pool(options: Any, questions: Any, ways: Any, *others: Any) -> Iterator[Pool]:
        made.extend(Shaky(model, module._thinkers(options, questions, ways, model), **one) for one in workers)
        pools.append(Pool(made, options.jobs, said.append, pause=0.001))
        try:
            facade.run(pools[0].start())
            yield pools[0]
        finally:
            pools[0].close()

    monkeypatch.setattr(module, "_pool", pool)
    options = Options(task=str(path), out=out, model="random", strategies="direct,chain_of_thought", jobs=JOBS)
    try:
        summary = bench(options, lambda text: None)
    finally:
        monkeypatch.undo()
    results = read_results(out)
    assert len(results) == len({one.key for one in results}) == 2 * ITEMS, "every item once"
    return summary, made, pools[0], said


def timeless(summary: dict[str, Any]) -> dict[str, Any]:
    kept = {key: timeless(value) if isinstance(value, dict) else value for key, value in summary.items()}
    return {key: value for key, value in kept.items() if key not in TIMES}


@pytest.fixture
def whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: RandomTokenModel) -> dict[str, Any]:
    """The summary of a run that one worker did, unbroken."""
    options = Options(
        task=str(write(tmp_path / "cases.jsonl")),
        out=tmp_path / "whole",
        model="random",
        strategies="direct,chain_of_thought",
    )
    return timeless(bench(options, lambda text: None))


@pytest.mark.parametrize("dies", [0, 1, 5, 11])
def test_a_worker_that_is_lost_in_the_middle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: RandomTokenModel, whole: dict[str, Any], dies: int
) -> None:
    workers = [{"name": "one", "dies": dies}, {"name": "two"}]
    summary, (one, two), _, said = go(tmp_path / "cases.jsonl", tmp_path / "out", monkeypatch, model, workers)
    assert timeless(summary) == whole
    assert one.starts == 2
    assert one.late, "answers that came too late are dropped, not counted twice"
    assert two.asked
    assert [text for text in said if text.startswith("one (here) was lost (killed)")]
    assert "one (here) is there again" in said
    account = summary["sessions"][0]["workers"]
    assert [row["lost"] for row in account] == [1, 0]
    assert sum(row["answered"] for row in account) == 2 * ITEMS


def test_two_workers_share_the_items(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: RandomTokenModel, whole: dict[str, Any]
) -> None:
    summary, workers, _, said = go(tmp_path / "cases.jsonl", tmp_path / "out", monkeypatch, model, [{}, {}])
    assert timeless(summary) == whole
    assert min(len(one.asked) for one in workers) >= ITEMS // 2
    assert said == []


def test_an_item_that_kills_its_workers_is_wrong_and_takes_no_other_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: RandomTokenModel
) -> None:
    path = write(tmp_path / "cases.jsonl", kills=(7, 8, 20))
    summary, workers, pool, _ = go(path, tmp_path / "out", monkeypatch, model, [{"name": "one"}, {"name": "two"}])
    wrong = [one for one in read_results(tmp_path / "out") if one.error is not None]
    assert sorted({one.item for one in wrong}) == ["cases/20", "cases/7", "cases/8"]
    assert all("3 workers were lost while it was asked, at last alone: killed" in (one.error or "") for one in wrong)
    assert [summary["strategies"][name]["errors"] for name in ("direct", "chain_of_thought")] == [3, 3]
    for place in (7, 8, 20):
        assert sum(one.asked.count(f"cases/{place}") for one in workers) == 2 * 3
    assert all(post.given_up is None for post in pool.posts)


def test_where_all_workers_die_the_run_ends_and_can_be_resumed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: RandomTokenModel, whole: dict[str, Any]
) -> None:
    class Doomed(Shaky):
        async def start(self) -> About:
            if self.starts:
                self.starts += 1
                raise Lost("no room")
            return await super().start()

    with monkeypatch.context() as patch:
        patch.setitem(globals(), "Shaky", Doomed)
        with pytest.raises(ModelUnavailable, match=r"no worker is left to ask:\n  - one: it was lost .* no room"):
            go(tmp_path / "cases.jsonl", tmp_path / "out", monkeypatch, model, [{"name": "one", "dies": 9}])
    kept = len(read_results(tmp_path / "out"))
    assert kept == 9
    options = Options(
        task=str(tmp_path / "cases.jsonl"), out=tmp_path / "out", model="random", strategies="direct,chain_of_thought",
        is_resumed=True, jobs=7,
    )  # fmt: skip
    assert timeless(bench(options, lambda text: None)) == whole


def test_starting_is_bounded(model: RandomTokenModel) -> None:
    class Never(Shaky):
        async def start(self) -> About:
            self.starts += 1
            raise Lost("out of memory")

    class Wrong(Shaky):
        async def start(self) -> About:
            self.starts += 1
            raise ModelUnavailable("on node b: no such files")

    said: list[str] = []
    never, wrong = Never(model, {}, name="one"), Wrong(model, {}, name="two")
    pool = Pool([never, wrong], 1, said.append, pause=0.001)
    with pytest.raises(ModelUnavailable, match=r"one: .*out of memory\n  - two: on node b: no such files"):
        facade.run(pool.start())
    assert (never.starts, wrong.starts) == (STARTS + 1, 1)
    assert "two cannot be used: on node b: no such files" in said
    assert said.count("one was lost while it was starting (out of memory)") == STARTS + 1
    pool.close()


def test_workers_that_differ_are_left_out(model: RandomTokenModel) -> None:
    said: list[str] = []
    workers = [Shaky(model, {}, name=name, binds={"model files": name}) for name in ("a", "b")]
    pool = Pool(workers, 1, said.append)
    facade.run(pool.start())
    facade.run(asyncio.sleep(0.01))
    assert [post.is_up for post in pool.posts] == [True, False]
    assert said == [
        "b (here) cannot be used: expected workers that are alike, or results would be mixed; this one has model files "
        "'b', not 'a'"
    ]
    pool.close()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"workers": 2}, "only together with --ray"),
        ({"ray": "local", "workers": 0}, "1 or more workers"),
        ({"ray": "local", "worker_cpus": 0}, "1 or more cores"),
        ({"ray": "local", "worker_gpus": 2.0}, "share of one card"),
        ({"ray": "local", "recorded": "x"}, "nothing to compute"),
        ({"ray": "local", "model": "http://a/v1#m"}, "no --ray with servers"),
        ({"model": "smollm2", "servers": ("http://a/v1#m",)}, "several models only where all are servers"),
        ({"model": "http://a/v1#m", "servers": ("http://a/v1/#m",)}, "each server once"),
        ({"model": "http://a/v1#m", "servers": ("http://b/v1#n",)}, "servers of one model, got m, n"),
        ({"model": "http://a/v1#m", "servers": ("http://b/v1?chat=no#m",)}, "same options"),
    ],
)
def test_options_that_do_not_go_together(tmp_path: Path, options: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        bench(Options(task="math_own", out=tmp_path / "out", **options), lambda text: None)
    assert not (tmp_path / "out").exists()
