"""Servers as workers: any number of them, one goes away in the middle, and what a run is bound to."""

import json
from contextlib import ExitStack
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from fake_server import Fake, Handler, serving

from slowthink.benchmarks.bench import Options, bench
from slowthink.benchmarks.record import SETTINGS, read_results
from slowthink.benchmarks.servers import listed
from slowthink.commands import main
from slowthink.errors import InputError, ModelUnavailable
from slowthink.models import server_http
from slowthink.models.random_tokens import RandomTokenModel

ITEMS = 24


@pytest.fixture(scope="module")
def model() -> RandomTokenModel:
    return RandomTokenModel()


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    path = tmp_path / "cases.jsonl"
    rows = [{"id": i, "question": f"What is {i} + {i}?", "answer": 2 * i} for i in range(ITEMS)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tries follow each other at once."""
    monkeypatch.setattr(server_http, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr("slowthink.benchmarks.pool.FIRST_PAUSE", 0.01)


def go(path: Path, out: Path, *urls: str, said: list[str] | None = None, **more: Any) -> dict[str, Any]:
    first, *others = [f"{url}#fake" for url in urls]
    options = Options(task=str(path), out=out, model=first, servers=tuple(others), strategies="direct", jobs=4, **more)
    return bench(options, (said if said is not None else []).append)


def texts(out: Path) -> dict[str, str | None]:
    return {one.item: one.answer for one in read_results(out)}


def test_two_servers_one_of_which_goes_away(questions: Path, tmp_path: Path, model: RandomTokenModel) -> None:
    said: list[str] = []
    gone: list[bool] = []

    def goes_away(handler: Handler, number: int) -> bool:
        """From its fortieth request on it cuts every connection, and never comes back."""
        if number >= 40:
            gone.append(True)
            handler.close_connection = True
            handler.connection.close()
        return number >= 40

    with ExitStack() as stack:
        one = stack.enter_context(serving(Fake(model, pace=0.001, fault=goes_away)))
        two = stack.enter_context(serving(Fake(model, pace=0.001)))
        go(questions, tmp_path / "whole", two.url)
        before = len(two.asked)
        one.asked.extend({} for _ in range(28 - len(one.asked)))  # some of the forty have been
        summary = go(questions, tmp_path / "out", one.url, two.url, said=said)
        assert len(two.asked) > before
    assert gone
    assert texts(tmp_path / "out") == texts(tmp_path / "whole")
    assert len(read_results(tmp_path / "out")) == ITEMS
    assert summary["strategies"]["direct"]["errors"] == 0
    assert any(text.startswith(f"the server {one.url} (fake) was lost (the server at") for text in said)
    account = {row["worker"]: row["answered"] for row in summary["sessions"][0]["workers"]}
    assert sum(account.values()) == ITEMS
    assert account[f"the server {one.url}"] > 0


def test_a_run_is_bound_to_the_model_and_not_to_its_servers(
    questions: Path, tmp_path: Path, model: RandomTokenModel
) -> None:
    with serving(Fake(model)) as one, serving(Fake(model)) as two, serving(Fake(model, name="other")) as third:
        go(questions, tmp_path / "out", one.url)
        settings = json.loads((tmp_path / "out" / SETTINGS).read_text("utf-8"))["settings"]
        assert settings["model"] == "server#fake"
        again = go(questions, tmp_path / "out", two.url, one.url, is_resumed=True)
        assert len(again["sessions"]) == 2
        options = Options(
            task=str(questions), out=tmp_path / "out", model=third.url, strategies="direct", jobs=4, is_resumed=True
        )
        with pytest.raises(InputError, match="model was 'server#fake', and is 'server#other'"):
            bench(options, lambda text: None)


def test_servers_that_cannot_do_the_same_are_not_mixed(
    questions: Path, tmp_path: Path, model: RandomTokenModel
) -> None:
    said: list[str] = []
    with serving(Fake(model)) as one, serving(Fake(model, completions="absent", pace=0.01)) as two:
        summary = go(questions, tmp_path / "out", one.url, two.url, said=said)
    given_up = [row for row in summary["sessions"][0]["workers"] if "given_up" in row]
    assert len(given_up) == 1
    assert "expected workers that are alike" in given_up[0]["given_up"]
    assert len(read_results(tmp_path / "out")) == ITEMS


def test_an_item_that_a_server_always_fails_on_is_wrong(
    questions: Path, tmp_path: Path, model: RandomTokenModel
) -> None:
    def fails(handler: Handler, number: int) -> bool:
        is_it = "7 + 7" in json.dumps(handler.fake.asked[number])
        if is_it:
            handler.json({"error": {"message": "CUDA error"}}, 500)
        return is_it

    said: list[str] = []
    with serving(Fake(model, fault=fails)) as one, serving(Fake(model, fault=fails)) as two:
        go(questions, tmp_path / "out", one.url, two.url, said=said)
    wrong = [one for one in read_results(tmp_path / "out") if one.error]
    assert {one.item for one in wrong} == {"cases/7"}
    assert all("CUDA error" in (one.error or "") for one in wrong)
    assert said[:-1] == [], "the servers are there: nothing was lost"


def test_no_server_at_all(questions: Path, tmp_path: Path) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as free:
        port = free.server_address[1]
    with pytest.raises(ModelUnavailable, match=r"no worker is left to ask:\n  - the server .*no connection"):
        go(questions, tmp_path / "out", f"http://127.0.0.1:{port}/v1")
    assert not (tmp_path / "out").exists()


def test_a_file_of_servers(
    questions: Path, tmp_path: Path, model: RandomTokenModel, capfd: pytest.CaptureFixture[str]
) -> None:
    names = tmp_path / "servers.txt"
    with serving(Fake(model)) as one, serving(Fake(model)) as two:
        names.write_text(f"# both\n{one.url}#fake\n\n  {two.url}#fake\n", encoding="utf-8")
        assert listed(names) == [f"{one.url}#fake", f"{two.url}#fake"]
        args = [
            "bench",
            str(questions),
            "--servers",
            str(names),
            "--strategy",
            "direct",
            "--out",
            str(tmp_path / "out"),
        ]
        assert main(args) == 0
        assert len(texts(tmp_path / "out")) == ITEMS
        assert one.asked
        assert two.asked
    names.write_text("# none\n", encoding="utf-8")
    for file, said in ((names, "expected at least one server in"), (tmp_path / "absent.txt", "with --servers, one a")):
        assert main(["bench", str(questions), "--servers", str(file), "--out", str(tmp_path / "o")]) == 2
        assert said in capfd.readouterr().err
