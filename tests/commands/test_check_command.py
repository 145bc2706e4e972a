"""`slowthink check`: the contract of its rows, its errors and its streams."""

import gzip
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slowthink.commands import main
from slowthink.commands.check import check_line

ROOT = Path(__file__).resolve().parent.parent.parent
COMMAND = [sys.executable, "-m", "slowthink"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


def run(*args: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*COMMAND, *args], input=given, capture_output=True, env=ENVIRONMENT, timeout=60, check=False)


def rows(data: bytes | str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in data.splitlines()]


def test_a_text_as_argument(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "7 * 8 = 54, so there."]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    (row,) = rows(captured.out)
    assert row == {
        "id": 0,
        "claims": [
            {
                "start": 0,
                "end": 10,
                "text": "7 * 8 = 54",
                "kind": "arithmetic",
                "verdict": "REFUTED",
                "reason": "7 * 8 is 56, not 54",
                "correction": "56",
            }
        ],
        "repaired": "7 * 8 = 56, so there.",
        "answer": "54",
        "repaired_answer": "56",
        "first_refuted_step": None,
    }


def test_steps_are_numbered_from_nought(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "rows.jsonl"
    steps = ["There are 3 + 4 = 7 pens.", "7 * 8 = 56", "56 - 6 = 51", "51 + 1 = 53"]
    file.write_text(json.dumps({"id": "x", "steps": steps}) + "\n\n" + json.dumps({"id": 2, "steps": []}) + "\n")
    assert main(["check", str(file)]) == 0
    first, second = rows(capsys.readouterr().out)
    assert (first["id"], first["first_refuted_step"]) == ("x", 2)
    joined = "\n".join(steps)
    assert all(joined[claim["start"] : claim["end"]] == claim["text"] for claim in first["claims"])
    assert first["repaired"].splitlines()[2:] == ["56 - 6 = 50", "50 + 1 = 51"]
    assert (second["claims"], second["first_refuted_step"], second["answer"]) == ([], None, None)


BAD = [
    (b"{not json", "one JSON object"),
    (b"[1, 2]", "a JSON object"),
    (b'{"id": 7}', "'text' or with 'steps'"),
    (b'{"id": 7, "text": "a", "steps": []}', "both"),
    (b'{"id": 7, "text": 5}', "to be a text"),
    (b'{"id": 7, "steps": ["a", 5]}', "list of texts"),
    (b'{"id": 7, "text": "\xff"}', "0xff"),
    (b'{"id": NaN, "text": "a"}', "NaN"),
    (b'{"id": 1e999, "text": "a"}', "finite"),
    (b"[" * 100_000, "JSON"),
    (b'{"id": ' + b"9" * 5000 + b"}", "JSON"),
    (bytes(range(11, 256)), "UTF-8"),
]


@pytest.mark.parametrize(("line", "message"), BAD, ids=[message for _, message in BAD])
def test_a_bad_row_is_a_row(line: bytes, message: str) -> None:
    done = run("check", given=b'{"id": 1, "text": "1 + 1 = 2"}\n' + line + b'\n{"id": 3, "text": "1 + 1 = 3"}\n')
    first, bad, last = rows(done.stdout)
    assert (done.returncode, done.stderr) == (0, b"")
    assert message in bad["error"]
    assert bad["id"] == (7 if line.startswith(b'{"id": 7') and b"\xff" not in line else None)
    assert (first["claims"][0]["verdict"], last["repaired"]) == ("PROVED", "1 + 1 = 2")


def test_unicode_and_surrogates() -> None:
    text = "caf\u00e9 \U0001f600: 2 × 3 = 7 — \u2028 «ok»"
    done = run("check", given=json.dumps({"id": "é", "text": text}, ensure_ascii=False).encode() + b"\n")
    (row,) = rows(done.stdout.decode())
    assert row["repaired"] == text.replace("7", "6")
    assert row["id"] == "é"
    lone = check_line(b'{"id": 1, "text": "\\ud800\\n2 * 3 = 7\\n\\udc00"}')
    assert lone["repaired"] == "\ud800\n2 * 3 = 6\n\udc00"
    done = run("check", given=b'{"id": "\\ud800", "text": "\\ud800\\n2 * 3 = 7"}\n')
    assert rows(done.stdout)[0]["repaired"] == "\ud800\n2 * 3 = 6"


def test_byte_order_mark_gzip_and_empty_input(tmp_path: Path) -> None:
    row = b'\xef\xbb\xbf{"id": 1, "text": "2 + 2 = 5"}\r\n'
    packed = tmp_path / "rows.jsonl.gz"
    packed.write_bytes(gzip.compress(row))
    plain = rows(run("check", given=row).stdout)
    assert plain == rows(run("check", str(packed)).stdout) == rows(run("check", "-", given=packed.read_bytes()).stdout)
    assert plain[0]["repaired"] == "2 + 2 = 4"
    empty = run("check", given=b"")
    assert (empty.returncode, empty.stdout, empty.stderr) == (0, b"", b"")
    packed.write_bytes(gzip.compress(row * 1000)[:-30])
    cut = run("check", str(packed))
    assert cut.returncode == 2
    assert b"cannot be read" in cut.stderr


def test_bad_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for args, message in (
        (["check", "missing.jsonl"], "there is no file"),
        (["check", str(tmp_path)], "cannot be read"),
        (["check", "--jobs", "0", "1 + 1 = 2"], "--jobs"),
        (["check", "--jobs", "two"], "--jobs"),
        (["check", "1 + 1 = 2", "--out", str(tmp_path / "no" / "out.jsonl")], "cannot write"),
        (["check", "1 + 1 = 2", "--out", str(tmp_path)], "cannot write"),
        (["chekc"], "chekc"),
        ([], "COMMAND"),
    ):
        assert main(args) == 2, args
        captured = capsys.readouterr()
        assert captured.out == ""
        assert message in captured.err
        assert "Traceback" not in captured.err


def test_out_is_whole_or_absent(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    bad = tmp_path / "cut.gz"
    bad.write_bytes(gzip.compress(b'{"id": 1, "text": "a"}\n' * 9)[:-9])
    assert run("check", str(bad), "--out", str(out)).returncode == 2
    assert list(tmp_path.iterdir()) == [bad]
    assert run("check", "1 + 1 = 2", "--out", str(out)).stdout == b""
    assert rows(out.read_bytes())[0]["answer"] == "2"
    assert run("check", "1 + 1 = 2", "--out", "/dev/null").returncode == 0
    assert not Path("/dev/null").is_file()


def test_many_rows_come_in_their_order_from_several_processes(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(json.dumps({"id": i, "text": f"{i} + {i} = {2 * i + i % 2}"}) + "\n" for i in range(1500)))
    several, one = run("check", "--jobs", "2", str(file)), run("check", "--jobs", "1", str(file))
    assert several.returncode == 0
    assert several.stdout == one.stdout
    assert [row["id"] for row in rows(one.stdout)] == list(range(1500))


@pytest.mark.skipif(sys.platform == "win32", reason="signals and pipes of POSIX")
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_interrupt_and_broken_pipe(tmp_path: Path, jobs: str) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text(('{"id": 1, "text": "' + "12 * 12 = 143. " * 20 + '"}\n') * 20_000)
    command = [*COMMAND, "check", "--jobs", jobs, str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(30) == 141
        assert process.stderr.read() == b""
    out = tmp_path / "out.jsonl"
    with subprocess.Popen(
        [*command, "--out", str(out)], stderr=subprocess.PIPE, env=ENVIRONMENT, start_new_session=True
    ) as process:
        time.sleep(2)
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(30) == 130
        assert process.stderr is not None
        assert process.stderr.read() == b"slowthink: stopped\n"
    assert list(tmp_path.iterdir()) == [file]


def test_standard_input_through_main(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b'{"id": 5, "text": "9 - 2 = 6"}')))
    assert main(["check", "-"]) == 0
    assert rows(capsys.readouterr().out)[0]["repaired"] == "9 - 2 = 7"


def test_pretty_says_it_without_colour_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--pretty", "7 * 8 = 54. \x1b[31m"]) == 0
    out = capsys.readouterr().out
    assert "7 * 8 = [-54-]{+56+}" in out
    assert "\x1b" not in out


def test_check_starts_without_torch() -> None:
    code = "import sys; from slowthink.commands import main; main(['check', '1 + 1 = 2']); print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=ENVIRONMENT, check=True)
    assert not {"torch", "transformers", "rich", "numpy"} & set(done.stdout.split())


@given(
    st.text(st.characters(exclude_categories=()))
    | st.from_regex(r"([\d.,]{1,9} ?[-+*/=x] ?){1,9}[\d.]{1,6}", fullmatch=True)
)
def test_any_text_is_checked(text: str) -> None:
    row = check_line(json.dumps({"id": 1, "text": text}).encode())
    assert "error" not in row
    if all(claim["verdict"] != "REFUTED" for claim in row["claims"]):
        assert row["repaired"] == text
    if any(claim["correction"] is not None for claim in row["claims"]):
        assert row["repaired"] != text
    assert all(0 <= claim["start"] < claim["end"] <= len(text) for claim in row["claims"])


@given(st.binary())
def test_any_bytes_give_a_row(line: bytes) -> None:
    assert "error" in check_line(line) or "claims" in check_line(line)
