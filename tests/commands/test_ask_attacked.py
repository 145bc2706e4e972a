"""What is done to `ask` and `check` by mistake or on purpose: each ends soon, with its exit code and one clear line."""

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rich.console import Console

from slowthink import InputError, Message, Problem, SlowThinker
from slowthink.commands import main
from slowthink.commands.show import show_solution
from slowthink.models import hub
from slowthink.models.scripted import ScriptedModel
from slowthink.types import Solution

ROOT = Path(__file__).resolve().parent.parent.parent
COMMAND = [sys.executable, "-m", "slowthink"]
PLAIN = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}


def run(*args: str, given: bytes = b"", **options: object) -> "subprocess.CompletedProcess[bytes]":
    options.setdefault("env", PLAIN)
    return subprocess.run([*COMMAND, *args], input=given, capture_output=True, timeout=120, check=False, **options)  # type: ignore[call-overload, no-any-return]


@pytest.mark.parametrize(
    ("args", "given", "message"),
    [
        (["ask", ""], b"", b"got an empty text"),
        (["ask", "-"], b" \n\t\n", b"got an empty text"),
        (["ask", "-"], b"7 * 8 \xff =", b"the byte 0xff at 6"),
        (["ask", "hi", "--trace", "no/such/folder/trace.jsonl"], b"", b"cannot write"),
        (["check", ""], b"", b"got an empty text"),
        (["check", " "], b"", b"got an empty text"),
    ],
)
def test_one_line_and_code_2(args: list[str], given: bytes, message: bytes) -> None:
    done = run(*args, given=given)
    assert (done.returncode, done.stdout, done.stderr.count(b"\n")) == (2, b"", 1)
    assert message in done.stderr


def test_a_million_characters(capsys: pytest.CaptureFixture[str]) -> None:
    model = ScriptedModel(["something"])
    solution = SlowThinker(model, strategy="direct", off="reader").solve("a b " * 250_000)
    show_solution(solution, Console(file=io.StringIO()))
    begin = time.monotonic()
    assert SlowThinker(model).solve("7 * 8 = " * 125_000).status != "proved"
    assert time.monotonic() - begin < 20


def test_nothing_of_a_model_acts_on_the_terminal() -> None:
    evil = "\x1b[2J\x1b]0;title\x07 56 \x9b31m\u202e\r\x08"
    given = {"question": evil, "answer": evil, "reason": evil, "fast_answer": evil, "answered_by": "model"}
    solution = Solution(**given, status="unverified", strategy="direct")  # type: ignore[arg-type]
    shown = io.StringIO()
    show_solution(solution, Console(file=shown, force_terminal=True, color_system=None))
    assert not set(shown.getvalue()) & set("\x1b\x07\x9b\u202e\r\x08")
    assert " 56 " in shown.getvalue()


def test_the_demo_shows_a_question_without_its_control_characters(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("slowthink.controller.load_model", lambda spec: ScriptedModel(["56"] * 9))
    monkeypatch.setattr("slowthink.commands.demo.quick_start", lambda spec: io.StringIO())
    assert main(["demo", "7 * 8 = \x1b[2J\n\x9b1m", "--strategy", "direct"]) == 0
    assert not set(capsys.readouterr().out) & set("\x1b\x9b")


@pytest.mark.skipif(sys.platform == "win32", reason="shells of POSIX")
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams(closed: str) -> None:
    command = f'exec "$0" -m slowthink check "7 * 8 = 54" {closed}'
    done = subprocess.run(["sh", "-c", command, sys.executable], env=PLAIN, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert (b"REFUTED" in done.stdout) == (">&-" not in closed.replace("2>&-", ""))


@pytest.mark.skipif(sys.platform == "win32", reason="pipes of POSIX")
def test_the_reader_of_a_pipe_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rich ends the program itself, with a code of its own."""
    code = (
        "import sys, time; from slowthink import controller; from slowthink.models.scripted import ScriptedModel\n"
        "controller.load_model = lambda spec: ScriptedModel(['word ' * 9])\n"
        "from slowthink.commands import ask, main; import contextlib\n"
        "ask.quick_start = lambda spec: contextlib.nullcontext()\n"
        "sys.exit(main(['ask', 'hi', '--strategy', 'direct']))"
    )
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([sys.executable, "-c", code], env=PLAIN, stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize(
    "moment", [pytest.param(0.6, marks=pytest.mark.slow), 1.2, pytest.param(9, marks=pytest.mark.slow)]
)
def test_an_interrupt(smol_dir: Path, moment: float) -> None:
    process = subprocess.Popen(
        [*COMMAND, "ask", "Tell me of a dragon", "--strategy", "direct"],
        env=PLAIN,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    time.sleep(moment)
    os.killpg(process.pid, signal.SIGINT)
    error = process.communicate(timeout=60)[1]
    # An interrupt inside of an import can make Python end by the signal itself, which shells report as 130 too.
    assert process.returncode in (130, -signal.SIGINT)
    assert error == b"slowthink: stopped\n"


@pytest.mark.parametrize("offline", [True, False])
def test_a_hub_model_without_network(tmp_path: Path, offline: bool) -> None:
    """The name of the host leads nowhere; the hub's own library would try for a minute, and say each time."""
    there = {"HF_HUB_OFFLINE": "1"} if offline else {"HF_ENDPOINT": "https://hub.invalid", "HF_HUB_OFFLINE": "0"}
    proxies = {"http_proxy", "https_proxy", "all_proxy"}
    kept = {name: value for name, value in PLAIN.items() if name.lower() not in proxies}
    done = run("ask", "hi", "--model", "nobody/there", env={**kept, **there, "HF_HOME": str(tmp_path)})
    assert (done.returncode, done.stdout, done.stderr.count(b"\n")) == (4, b"", 1)
    assert b"no model could be loaded from 'nobody/there'" in done.stderr
    assert (b"HF_HUB_OFFLINE is set" if offline else b"hub.invalid cannot be reached") in done.stderr


def test_a_host_that_never_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr(hub, "getproxies", dict)
    monkeypatch.setattr(hub, "SECONDS", 0.1)
    monkeypatch.setattr(hub, "_connect", lambda *arguments: time.sleep(2))
    begin = time.monotonic()
    assert "did not answer within" in hub.unreachable()
    assert time.monotonic() - begin < 1
    monkeypatch.setattr(hub, "getproxies", lambda: {"https": "http://proxy:1"})
    assert hub.unreachable() == ""


def test_names_of_senses_in_a_text_and_in_anything_else() -> None:
    assert SlowThinker(off="reader").off == ("reader",)
    assert SlowThinker(off=" calculator, reader").off == ("calculator", "reader")
    for off in (5, None, ["reader", 3], "nope"):
        with pytest.raises(InputError, match="names of senses"):
            SlowThinker(off=off)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("question", "message"),
    [
        (5, "got int"),
        (None, "got NoneType"),
        (b"7 * 8 =", "got bytes"),
        ({"role": "user", "content": "hi"}, "got dict"),
        (Message(role="user", content="hi"), "got Message"),
        ([], "got none"),
        (["hi"], "messages.0: .*, got 'hi'"),
        ([{"role": "robot", "content": "hi"}], "messages.0.role: .*'user'.*, got 'robot'"),
        ([{"role": "user"}], "messages.0.content: Field required"),
        ([Message(role="assistant", content="hi")], "ends with a user's message"),
        (" ", "empty"),
    ],
)
def test_bad_questions(question: object, message: str) -> None:
    thinker = SlowThinker(ScriptedModel(["x"]))
    with pytest.raises(InputError, match=message) as caught:
        thinker.solve(question)  # type: ignore[arg-type]
    assert "pydantic" not in str(caught.value)
    with pytest.raises(InputError, match=message):
        thinker.solve_many([question])  # type: ignore[list-item]


def test_messages_as_plain_dictionaries_are_taken() -> None:
    assert Problem.of([{"role": "user", "content": "hi"}]).question == "hi"  # type: ignore[list-item]


def test_a_cache_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    environment = {**PLAIN, "SLOWTHINK_CACHE": str(tmp_path / "file"), "HF_HOME": str(tmp_path / "hf")}
    done = run("ask", "hi", env=environment, cwd="/proc" if Path("/proc/self").exists() else None)
    assert done.returncode == 4
    assert b"set SLOWTHINK_CACHE to a folder that you can write to" in done.stderr
    assert b"Traceback" not in done.stderr
