"""Commands that are killed with SIGKILL: the next run works, gives the right result, and finds nothing half made.

The model is linked into a cache of the test's own. A moment is either one that can be seen from outside (a file that
grows, a mapped file of weights, a line of output) or a share of the time that a whole run takes, drawn from a seed.
"""

import json
import os
import random
import runpy
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from slowthink import SlowThinker
from slowthink.commands import lines
from slowthink.models import cache

ROOT = Path(__file__).resolve().parent.parent.parent
COMMAND = [sys.executable, "-m", "slowthink"]
SUM = "12 + 7 * 3 ="
ASK = ["ask", "The capital of France is", "--strategy", "direct", "--budget-tokens", "50"]
pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes in /proc")

Environment = dict[str, str]
Moment = Callable[["subprocess.Popen[bytes]"], bool]


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    """Neither pip nor the hub can reach anything, and the cache is empty."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "HF_", "SLOWTHINK_"))}
    return kept | {
        "PYTHONPATH": str(ROOT),
        "PYTHONIOENCODING": "utf-8",
        "PIP_NO_INDEX": "1",
        "PIP_CONFIG_FILE": os.devnull,
        "HF_HUB_OFFLINE": "1",
        "HF_HOME": str(tmp_path / "hf"),
        "SLOWTHINK_CACHE": str(tmp_path / "cache"),
    }


@pytest.fixture
def ready(environment: Environment, smol_dir: Path, tmp_path: Path) -> Iterator[Environment]:
    """The embedded model is in the test's own cache, by links; at the end its files are as they were."""
    if smol_dir.parent != cache.models_folder():
        pytest.skip("the embedded model is in another cache than slowthink's own")
    before = seen(smol_dir)
    shutil.copytree(smol_dir, tmp_path / "cache" / "models" / smol_dir.name, copy_function=os.symlink)
    yield environment
    assert seen(smol_dir) == before


def seen(folder: Path) -> dict[str, tuple[int, int]]:
    return {path.name: (path.stat().st_size, path.stat().st_mtime_ns) for path in folder.iterdir()}


def killed(args: list[str], environment: Environment, moment: Moment, whole_group: bool = True) -> None:
    """Start a command, kill it at a moment (it may have ended by then), and see that its children go too."""
    with subprocess.Popen(
        [*COMMAND, *args], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        while process.poll() is None and not moment(process):
            time.sleep(0.002)
        if process.poll() is None:
            (os.killpg if whole_group else os.kill)(process.pid, signal.SIGKILL)
    deadline = time.monotonic() + 20
    while (left := members(process.pid)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not left


def members(group: int) -> list[int]:
    """The living processes of a process group."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, at = path.read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(at) == group and state != "Z":
            found.append(int(path.parent.name))
    return found


def after(seconds: float) -> Moment:
    """So long after the start."""
    begin = time.monotonic()
    return lambda process: time.monotonic() - begin > seconds


def has(folder: Path, pattern: str, size: int = 0) -> Moment:
    """There is such a file, of more than so many bytes."""
    return lambda process: any(size < one.stat().st_size for one in found(folder, pattern))


def found(folder: Path, pattern: str) -> list[Path]:
    return [path for path in folder.glob(pattern) if path.exists()]


def maps_weights(process: "subprocess.Popen[bytes]") -> bool:
    time.sleep(0.02)  # reading the map costs the process time too
    try:
        return b"model.safetensors" in Path(f"/proc/{process.pid}/maps").read_bytes()
    except OSError:
        return False


def then(first: Moment, seconds: float) -> Moment:
    """So long after another moment."""
    since: list[float] = []

    def moment(process: "subprocess.Popen[bytes]") -> bool:
        if not since and first(process):
            since.append(time.monotonic())
        return bool(since) and time.monotonic() - since[0] > seconds

    return moment


def done(args: list[str], environment: Environment) -> str:
    """What the next run prints; it must end well."""
    run = subprocess.run(
        [*COMMAND, *args], env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=300, check=False
    )
    assert run.returncode == 0, run.stderr.decode()
    assert b"Waiting for another process" not in run.stderr
    return run.stdout.decode()


def no_remains(folder: Path) -> None:
    assert found(folder, "**/.*.part") == []
    assert found(folder, "cache/models/.*.tmp-*") == []


def big(file: Path, rows: int) -> bytes:
    """Rows to check, and what `check` must say of them."""
    from slowthink.commands.check import check_chunk

    written = [json.dumps({"id": i, "text": f"{i} * 3 = {3 * i + i % 2}."}).encode() + b"\n" for i in range(rows)]
    file.write_bytes(b"".join(written))
    return check_chunk(written)


@pytest.mark.parametrize("jobs", [1, 2])
def test_check_while_it_writes(environment: Environment, tmp_path: Path, jobs: int) -> None:
    expected = big(tmp_path / "rows.jsonl", 2500)
    out = tmp_path / "out.jsonl"
    args = ["check", str(tmp_path / "rows.jsonl"), "--jobs", str(jobs), "--out", str(out)]
    out.write_text("of an earlier run")
    killed(args, environment, has(tmp_path, ".out.jsonl.*.part", 50_000), whole_group=False)
    assert out.read_text() == "of an earlier run"
    assert len(found(tmp_path, ".out.jsonl.*.part")) == 1
    done(args, environment)
    assert out.read_bytes() == expected
    no_remains(tmp_path)


def test_parts_of_living_writers_are_left_alone(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with lines.output(str(out)) as first:
        with lines.output(str(out)) as second:
            second(b"second")
        first(b"first")
        assert out.read_bytes() == b"second"
    assert out.read_bytes() == b"first"
    stale, other = tmp_path / f".out.{'0' * 16}.part", tmp_path / ".out.mine.part"
    stale.touch()
    other.touch()
    with lines.output(str(out)) as write:
        write(b"third")
    assert sorted(tmp_path.iterdir()) == [other, out]


def test_ask_while_it_decodes(ready: Environment, tmp_path: Path) -> None:
    trace = tmp_path / "trace.jsonl"
    args = [*ASK, "--json", "--trace", str(trace)]
    killed(args, ready, then(maps_weights, 0.7))
    assert not trace.exists()
    solution = json.loads(done(args, ready))
    assert solution["answer"] == SlowThinker.replay(trace).answer
    assert solution["usage"]["generated_tokens"] > 5
    no_remains(tmp_path)


STORY = "Tom has 3 bags of 4 apples and finds 5 more. He gives 6 apples to Ann. How many apples does he have now?"


def events_in(file: Path) -> list[dict[str, object]]:
    """The events of a record, as far as they are whole."""
    lines = file.read_text(encoding="utf-8").split("\n")[:-1] if file.exists() else []
    return [json.loads(line) for line in lines]


def nodes_in(file: Path, number: int) -> Moment:
    """So many nodes of the tree are told."""
    return lambda process: sum(event["event"] == "node" for event in events_in(file)) >= number


def test_a_search_is_seen_and_gone_on_with(ready: Environment, tmp_path: Path) -> None:
    """The record shows the tree so far; what it has is not asked again; killed once more, nothing of it is lost."""
    trace, record, page = tmp_path / "t.jsonl", tmp_path / "t.jsonl.unfinished", tmp_path / "t.html"
    asking = ["--strategy", "tree_of_thought", "--budget-tokens", "4000", "--trace", str(trace)]
    killed(["ask", STORY, *asking], ready, nodes_in(record, 5))
    assert not trace.exists()
    before = events_in(record)
    nodes = [event for event in before if event["event"] == "node"]
    assert len(nodes) >= 5
    done(["trace", str(record), "--html", str(page)], ready)
    assert all(json.dumps(node["text"])[1:-1] in page.read_text(encoding="utf-8") for node in nodes[1:5])
    # what the model said is changed in the record, so that it can be told from what it would say again
    called = next(event for event in before if event["event"] == "called")
    called["rows"][0]["text"] = said = "He has marmalade."  # type: ignore[index]
    kept = [before[0], called]
    record.write_text("".join(json.dumps(event) + "\n" for event in kept), encoding="utf-8")
    again = ["ask", "--resume", str(record), *asking]
    killed(again, ready, then(maps_weights, 0.0))
    assert events_in(record)[: len(kept)] == kept
    status = subprocess.run(
        [*COMMAND, *again, "--json"], env=ready, stdin=subprocess.DEVNULL, capture_output=True, timeout=300, check=False
    )
    assert status.returncode in (0, 3), status.stderr.decode()
    told = events_in(trace)
    assert said in [event["text"] for event in told if event["event"] == "node"]
    assert json.loads(status.stdout)["answer"] == SlowThinker.replay(trace).answer
    assert not record.exists()
    no_remains(tmp_path)


def test_models_at_any_moment(ready: Environment, smol_dir: Path) -> None:
    for seconds in (0.02, 0.1, 0.2):
        killed(["models"], ready, after(seconds))
    (row,) = [json.loads(line) for line in done(["models"], ready).splitlines()]
    assert (row["name"], Path(row["path"]).name) == ("smollm2", smol_dir.name)


def test_a_download_ends_with_its_parent(environment: Environment, tmp_path: Path) -> None:
    """The package index accepts the connection and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(60)
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/simple"
        waiting = {name: value for name, value in environment.items() if name != "PIP_NO_INDEX"}
        waiting |= {"PIP_INDEX_URL": address}

        def is_asked(process: "subprocess.Popen[bytes]") -> bool:
            silent.accept()[0].close()
            return True

        killed(["models", "pull", "smollm2"], waiting, is_asked, whole_group=False)
    again = subprocess.run([*COMMAND, "models"], env=environment, capture_output=True, check=True)
    assert json.loads(again.stdout)["path"] is None


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("command", ["ask", "demo", "check", "models"])
def test_at_random_moments(ready: Environment, tmp_path: Path, command: str, seed: int) -> None:
    """Every next run says what the run that nobody killed said."""
    big(tmp_path / "rows.jsonl", 6000)
    out = tmp_path / "out.jsonl"
    args = {
        "ask": ["ask", "116 * 114 + 178 * 157 =", "--trace", str(out), "--budget-tokens", "300"],
        "demo": ["demo", SUM, "8 * 3 + 1 =", "--budget-tokens", "150"],
        "check": ["check", str(tmp_path / "rows.jsonl"), "--out", str(out), "--jobs", str(seed + 1)],
        "models": ["models", "--out", str(out)],
    }[command]

    def result() -> object:
        said = done(args, ready).partition("fast beside slow")[0]  # behind it are seconds
        printed = [line.rstrip() for line in said.splitlines() if " s, strategy" not in line]
        if command == "ask":
            return printed, SlowThinker.replay(out).answer
        return printed, out.read_bytes() if out.exists() else b""

    begin = time.monotonic()
    expected = result()
    seconds = time.monotonic() - begin
    dice = random.Random(seed)
    for _ in range(3 if command in ("ask", "demo") else 5):
        out.unlink(missing_ok=True)
        killed(args, ready, after(dice.uniform(0, seconds)), whole_group=bool(dice.getrandbits(1)))
        assert result() == expected
        no_remains(tmp_path)


@pytest.mark.slow
def test_while_the_weights_are_loaded(ready: Environment, tmp_path: Path) -> None:
    expected = json.loads(done([*ASK, "--json"], ready))["answer"]
    for seconds in (0, 0.1, 0.3, 0.6):
        killed([*ASK, "--json"], ready, then(maps_weights, seconds))
    assert json.loads(done([*ASK, "--json"], ready))["answer"] == expected


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_pull_of_a_file(environment: Environment, tmp_path: Path, seed: int) -> None:
    file = runpy.run_path(str(ROOT / "tests" / "models" / "tiny_gguf.py"))["write_tiny_gguf"](tmp_path / "tiny.gguf")
    args = ["models", "pull", str(file)]
    seconds = 12.0
    dice = random.Random(seed)
    for _ in range(5):
        killed(args, environment, after(dice.uniform(0, seconds)), whole_group=bool(dice.getrandbits(1)))
    killed(args, environment, has(tmp_path, "cache/models/.*.tmp-*/entry/m*"), whole_group=False)
    row = json.loads(done(args, environment))
    manifest = json.loads((Path(row["path"]) / cache.MANIFEST).read_text())
    assert all(cache.sha256(Path(row["path"]) / name) == about["sha256"] for name, about in manifest["files"].items())
    no_remains(tmp_path)
    assert json.loads(done(args, environment)) == row
