"""Children that wait for a program: behind their walls before it comes, one program each, and none left at the end."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from slowthink.errors import SandboxUnavailable
from slowthink.verifiers import confined_child
from slowthink.verifiers.program_result import ProgramResult
from slowthink.verifiers.sandbox import Sandbox

MEMORY = 256 << 20


@pytest.fixture(params=[True, False], ids=["all walls", "no namespaces"])
def box(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    sandbox = Sandbox(algebra=False, namespaces=request.param)
    try:
        sandbox.start()
    except SandboxUnavailable as error:
        pytest.skip(str(error))
    yield sandbox
    sandbox.close()


def ran(box: Sandbox, code: str, seconds: float = 5.0, memory: int = MEMORY) -> ProgramResult:
    return box.run([code], None, seconds, memory)


def below(pid: int | None) -> list[int]:
    """The processes that a process has started and that are there."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
            except OSError:
                continue
            if int(parent) == pid and state != "Z":
                found.append(int(entry.name))
    return found


def zygote(box: Sandbox) -> int:
    (only,) = below(box.pid)
    return only


def until(is_so: Callable[[], bool], seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.01)


def waiting(box: Sandbox) -> list[int]:
    """The children that wait, once as many do as are made ahead."""
    until(lambda: len(below(zygote(box))) > box._seats)
    until(lambda: all(status(pid).get("Seccomp") == "2" for pid in below(zygote(box))))
    return below(zygote(box))


def status(pid: int) -> dict[str, str]:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return {}
    return {name: text.strip() for name, _, text in (line.partition(":") for line in lines)}


def is_there(pid: int) -> bool:
    return status(pid).get("State", "Z").partition(" ")[0] != "Z"


def test_who_waits_is_behind_the_walls(box: Sandbox) -> None:
    ran(box, "ans = 1")
    for pid in waiting(box):
        found = status(pid)
        assert (found["Seccomp"], found["NoNewPrivs"]) == ("2", "1")
        assert int(found["CapEff"], 16) == int(found["CapPrm"], 16) == 0
        limits = Path(f"/proc/{pid}/limits")
        if os.access(limits, os.R_OK):
            rows = {line[:26].strip(): line[26:].split()[1] for line in limits.read_text().splitlines()[1:]}
            assert (rows["Max processes"], rows["Max file size"], rows["Max cpu time"]) == ("0", "0", "7")


def test_each_runs_one_program(box: Sandbox) -> None:
    pids = [ran(box, "import os\nans = os.getpid()").value for _ in range(20)]
    assert len({*pids}) == 20
    assert len(waiting(box)) == box._seats + 1


def test_those_that_have_died_are_passed_over(box: Sandbox) -> None:
    ran(box, "ans = 1")
    before = zygote(box)
    for pid in waiting(box):
        os.kill(pid, 9)
        until(lambda pid=pid: not is_there(pid))  # type: ignore[misc]
    assert [ran(box, f"ans = {number}").value for number in range(8)] == [*range(8)]
    assert zygote(box) == before


def test_the_zygote_killed_while_they_wait(box: Sandbox) -> None:
    ran(box, "ans = 1")
    old = [*waiting(box), zygote(box)]
    os.kill(old[-1], 9)
    assert ran(box, "ans = 2").value == 2
    until(lambda: not any(map(is_there, old)))


def test_a_close_leaves_nothing() -> None:
    open_before = len(os.listdir("/proc/self/fd"))
    for namespaces in (True, False):
        box = Sandbox(algebra=False, namespaces=namespaces)
        try:
            for memory in (MEMORY, 2 * MEMORY):  # some are dropped, some are on their way
                ran(box, "ans = 1", memory=memory)
        except SandboxUnavailable as error:
            pytest.skip(str(error))
        there = [*waiting(box), zygote(box)]
        box.close()
        until(lambda there=there: not any(map(is_there, there)))  # type: ignore[misc]
    assert len(os.listdir("/proc/self/fd")) == open_before


def test_limits_are_those_of_the_program(box: Sandbox) -> None:
    code = "x = bytearray(100 << 20)\nans = len(x) >> 20"
    for _ in range(3):
        assert ran(box, code).value == 100
        assert ran(box, code, memory=50 << 20).status == "memory"
        assert ran(box, "while True: pass", 0.2).status == "timeout"
    until(lambda: len(below(zygote(box))) == box._seats + 1)  # those with other limits have ended


def test_a_run_that_is_broken_off_leaves_no_child(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    ran(box, "ans = 1")
    there = waiting(box)

    def broken(self: confined_child.Child, seconds: float) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(confined_child.Child, "exchange", broken)
        with pytest.raises(KeyboardInterrupt):
            ran(box, "import time\ntime.sleep(1000)", 1000.0)
    assert ran(box, "ans = 3").value == 3
    until(lambda: not any(map(is_there, there)))
    assert len(waiting(box)) == box._seats + 1


def test_long_programs_and_reports_pass(box: Sandbox) -> None:
    text = "a" * 190_000
    assert ran(box, f"ans = {text!r}").value == text
    assert ran(box, f"# {'é' * 400_000}\nans = 1").value == 1
    assert ran(box, "").status == "ok"
    assert ran(box, "ans = 1", float("inf")).value == 1


COPY = """
import os, sys
from slowthink.verifiers.sandbox import Sandbox
box = Sandbox(algebra=False)
assert box.run(["ans = 1"], None, 5.0, 1 << 28).value == 1
first = box.pid
copy = os.fork()
if copy == 0:
    found = [box.run([f"ans = {n}"], None, 5.0, 1 << 28).value for n in range(6)]
    right = found == [*range(6)] and box.pid != first
    box.close()
    os._exit(0 if right else 1)
assert os.waitpid(copy, 0)[1] == 0
assert [box.run([f"ans = {n}"], None, 5.0, 1 << 28).value for n in range(6)] == [*range(6)]
assert box.pid == first
"""


def test_a_copy_of_this_process_has_a_zygote_of_its_own(box: Sandbox) -> None:
    done = subprocess.run([sys.executable, "-c", COPY], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
