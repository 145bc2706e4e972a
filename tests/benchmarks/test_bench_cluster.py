"""A Ray cluster: what is said where there is none, its room, and (slow) a local one whose worker is killed."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from slowthink.benchmarks import cluster
from slowthink.benchmarks.cluster import joined, replicas, room
from slowthink.benchmarks.record import RESULTS, read_results
from slowthink.controller import SlowThinker
from slowthink.errors import InputError, ModelUnavailable

ROOT = Path(__file__).resolve().parent.parent.parent
NEEDS_RAY = pytest.mark.skipif(find_spec("ray") is None, reason="needs Ray: pip install 'slowthink[ray]'")
NODES = [
    {"Alive": True, "Resources": {"CPU": 8.0, "GPU": 2.0}},
    {"Alive": True, "Resources": {"CPU": 3.0}},
    {"Alive": False, "Resources": {"CPU": 64.0, "GPU": 8.0}},
]


def a_ray(**more: Any) -> Any:
    """As much of Ray as these tests meet."""
    return SimpleNamespace(
        **{"__version__": "2.1.0", "is_initialized": lambda: False, "shutdown": lambda: None, **more}
    )


@pytest.mark.parametrize(
    ("cpus", "gpus", "fits"),
    [(1, 0.0, 11), (2, 0.0, 5), (1, 1.0, 2), (1, 0.5, 4), (1, 0.25, 8), (5, 1.0, 1), (9, 0.0, 0)],
)
def test_room(cpus: int, gpus: float, fits: int) -> None:
    assert room(NODES, cpus, gpus) == fits


def test_as_many_replicas_as_fit_or_a_reason() -> None:
    said: list[str] = []

    def made(workers: int | None, cpus: int, gpus: float) -> int:
        plan = cluster.Plan("random", "direct", (), {}, 0, False, "0", cpus, gpus)
        return len(replicas(a_ray(nodes=lambda: NODES), plan, workers, 4, said.append))

    assert (made(None, 1, 1.0), made(3, 1, 0.0), said) == (2, 3, [])
    assert made(4, 1, 1.0) == 4
    assert said == [
        "the cluster has room for 2 of 4 replicas with 1 core and 1 of a graphics card; the others join if it grows"
    ]
    with pytest.raises(
        ModelUnavailable, match=r"replica with 9 cores and 1 of a .* it has 11 cores and 2 cards in all"
    ):
        made(None, 9, 1.0)


def test_no_ray_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ModelUnavailable, match=r"pip install 'slowthink\[ray\]'"), joined("local"):
        pass


@pytest.mark.parametrize(
    ("address", "raised", "said"),
    [
        (
            "local",
            RuntimeError("Version mismatch: cluster Ray: 2.9.0 Python: 3.10"),
            "different versions.*Here is Ray 2.1.0",
        ),
        ("local", OSError("no space"), "could not begin a cluster on this machine: no space"),
        ("auto", ConnectionError("none"), "no Ray cluster was found from here"),
    ],
)
def test_why_there_is_no_connection(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, address: str, raised: Exception, said: str
) -> None:
    def init(**options: Any) -> None:
        raise raised

    monkeypatch.setattr(cluster, "CURRENT", tmp_path / "none")
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setitem(sys.modules, "ray", a_ray(init=init))
    with pytest.raises(ModelUnavailable, match=said), joined(address):
        pass


@pytest.mark.parametrize("address", ["nonsense", "host", "host:0", "host:99999", "http://a:1", ":1"])
def test_no_address(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setitem(sys.modules, "ray", a_ray())
    with pytest.raises(InputError, match="expected with --ray 'local'"), joined(address):
        pass


@pytest.fixture
def stranger() -> Iterator[int]:
    """The port of something that listens and is no Ray."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            while True:
                try:
                    line, _ = server.accept()
                except OSError:
                    return
                with line:
                    line.sendall(b"-ERR unknown command 'PRI'\r\n")
                    line.recv(100)

        threading.Thread(target=answer, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def test_a_wrong_address_is_told_in_seconds(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, stranger: int) -> None:
    monkeypatch.setitem(sys.modules, "ray", a_ray())
    monkeypatch.setattr(cluster, "CURRENT", tmp_path / "ray_current_cluster")
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    with socket.create_server(("127.0.0.1", 0)) as free:
        nobody = free.getsockname()[1]
    (tmp_path / "ray_current_cluster").write_text(f"127.0.0.1:{nobody}\n", encoding="ascii")
    begin = time.monotonic()
    for address in (f"127.0.0.1:{stranger}", f"ray://127.0.0.1:{stranger}", f"127.0.0.1:{nobody}", "auto"):
        with pytest.raises(ModelUnavailable, match="no Ray cluster answers at"), joined(address):
            pass
    assert time.monotonic() - begin < 10


def questions(path: Path, count: int) -> Path:
    rows = [{"id": i, "question": f"What is {i} * 7 + {i}?", "answer": 8 * i} for i in range(count)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def started(path: Path, out: Path, *more: str) -> "subprocess.Popen[str]":
    command = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    command += "from slowthink.commands import main; sys.exit(main())"
    args = ["bench", str(path), "--model", "random", "--strategy", "direct,chain_of_thought", "--jobs", "4", "--traces"]
    return subprocess.Popen(
        [sys.executable, "-c", command, *args, "--out", str(out), *more],
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        cwd=out.parent,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def below(pid: int) -> dict[int, str]:
    """The processes below this one, with how they call themselves."""
    parents, names = {}, {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
                name = (folder / "cmdline").read_bytes().decode("utf-8", "replace").rstrip("\0")
            except OSError:
                continue
            if state != "Z":
                parents[int(folder.name)], names[int(folder.name)] = int(parent), name
    found: set[int] = set()
    while more := {one for one, parent in parents.items() if parent in found | {pid}} - found:
        found |= more
    return {one: names[one] for one in found}


def until(process: "subprocess.Popen[str]", out: Path, lines: int) -> None:
    """Wait until the run has saved so many results."""
    deadline, file = time.monotonic() + 240, out / RESULTS
    while time.monotonic() < deadline and process.poll() is None:
        if file.exists() and file.read_bytes().count(b"\n") >= lines:
            return
        time.sleep(0.02)
    pytest.fail(f"the run did not get so far: {process.communicate(timeout=60)}")


def timeless(summary: dict[str, Any]) -> dict[str, Any]:
    kept = {key: timeless(value) if isinstance(value, dict) else value for key, value in summary.items()}
    return {key: value for key, value in kept.items() if key not in ("seconds", "sessions", "environments")}


def summary(out: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((out / "summary.json").read_text("utf-8"))
    return found


@pytest.mark.slow
@NEEDS_RAY
def test_a_worker_that_is_killed_in_the_middle(tmp_path: Path) -> None:
    path, count = questions(tmp_path / "cases.jsonl", 300), 300
    whole = started(path, tmp_path / "whole")
    assert whole.communicate(timeout=240)[0]
    out = tmp_path / "out"
    run = started(path, out, "--ray", "local", "--workers", "2")
    until(run, out, 20)
    workers: list[int] = []
    while len(workers) < 2 and run.poll() is None:  # both are at work
        workers = [pid for pid, name in below(run.pid).items() if name.startswith("ray::Replica.answer")]
    assert len(workers) == 2
    os.kill(workers[0], signal.SIGKILL)
    _, said = run.communicate(timeout=300)
    assert run.returncode == 0, said
    assert "was lost (ActorDiedError" in said
    results = read_results(out)
    assert len(results) == len({one.key for one in results}) == 2 * count, "nothing lost, nothing doubled"
    assert timeless(summary(out)) == timeless(summary(tmp_path / "whole"))
    account = summary(out)["sessions"][0]["workers"]
    assert sorted(row["lost"] for row in account) == [0, 1]
    assert min(row["answered"] for row in account) > 0
    for one in results[::40]:
        assert one.trace is not None
        assert SlowThinker.replay(out / one.trace).answer == one.answer


@pytest.mark.slow
@NEEDS_RAY
def test_a_driver_that_is_killed_leaves_nobody_behind_and_its_run_goes_on(tmp_path: Path) -> None:
    path, out = questions(tmp_path / "cases.jsonl", 200), tmp_path / "out"
    for kill in (signal.SIGKILL, signal.SIGINT):
        run = started(path, out, "--ray", "local", "--workers", "2", "--resume")
        had = len(read_results(out))
        until(run, out, had + 20)
        left = below(run.pid)
        assert sum(name.startswith("ray::Replica") for name in left.values()) == 2
        run.send_signal(kill)
        run.communicate(timeout=60)
        deadline = time.monotonic() + 120
        while (still := [pid for pid in left if Path(f"/proc/{pid}").exists()]) and time.monotonic() < deadline:
            time.sleep(0.2)
        assert [left[pid] for pid in still if "Z" not in _state(pid)] == []
    rest = started(path, out, "--resume")  # and by this process alone
    assert rest.communicate(timeout=240)[0]
    results = read_results(out)
    assert len(results) == len({one.key for one in results}) == 400
    whole = started(path, tmp_path / "whole")
    assert whole.communicate(timeout=240)[0]
    assert timeless(summary(out)) == timeless(summary(tmp_path / "whole"))


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"
