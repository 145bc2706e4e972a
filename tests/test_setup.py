"""The set-up that make runs: what it decides, and (slow) a fresh clone, a killed set-up, and nothing to do twice."""

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not here")


@pytest.fixture
def setup_env(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script as a module, with its `.venv` in a temporary folder and pip replaced by a list of calls."""
    spec = importlib.util.spec_from_file_location("setup_env", ROOT / "tools" / "setup_env.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    module.calls = []
    monkeypatch.setattr(module, "pip", lambda *arguments: module.calls.append(arguments))
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.delenv("SLOWTHINK_TORCH", raising=False)
    return module


@pytest.mark.parametrize(
    ("card", "reachable", "expected"),
    [
        (False, True, [("install", "--index-url", "https://download.pytorch.org/whl/cpu", "torch>=2.6")]),
        (False, False, [("install", "torch==2.13.0+cpu")]),
        (True, True, []),
    ],
)
def test_which_torch(
    setup_env: ModuleType, monkeypatch: pytest.MonkeyPatch, card: bool, reachable: bool, expected: list[object]
) -> None:
    monkeypatch.setattr(setup_env, "has_nvidia_card", lambda: card)
    monkeypatch.setattr(setup_env, "answers", lambda address: reachable)
    assert setup_env.install_torch()
    assert setup_env.calls == expected


def test_no_cpu_build_stops(
    setup_env: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*arguments: str) -> None:
        raise subprocess.CalledProcessError(1, "pip")

    monkeypatch.setattr(setup_env, "has_nvidia_card", lambda: False)
    monkeypatch.setattr(setup_env, "answers", lambda address: False)
    monkeypatch.setattr(setup_env, "pip", fail)
    assert not setup_env.install_torch()
    assert "SLOWTHINK_TORCH=default" in capsys.readouterr().err
    monkeypatch.setenv("SLOWTHINK_TORCH", "default")
    assert setup_env.install_torch()


def test_help_and_an_old_python() -> None:
    said = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in ("demo", "test", "test-slow", "lint", "bench", "clean"):
        assert target in said
    command = ["make", "PYTHON=", "READY=nowhere/ready", "nowhere/ready"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode
    assert "Python 3.11 or newer" in done.stderr


@pytest.mark.slow
def test_a_fresh_clone(tmp_path: Path) -> None:
    """Kills the set-up at several moments, lets it finish, and sees that a second make does nothing."""
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    environment = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")}
    for seconds in (1, 4, 25):
        process = subprocess.Popen(["make", "setup"], cwd=clone, env=environment, start_new_session=True)
        time.sleep(seconds)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        assert not (clone / ".venv" / "setup-ready").exists()
    subprocess.run(["make", "setup"], cwd=clone, env=environment, check=True)
    installed = subprocess.run(
        [clone / ".venv/bin/python", "-m", "pip", "list", "--format=freeze"], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    names = {line.partition("==")[0].lower() for line in installed}
    assert {"slowthink", "torch", "pytest"} <= names
    if sys.platform == "linux" and not Path("/proc/driver/nvidia").exists():
        assert not [name for name in names if name.startswith(("nvidia", "triton", "cuda"))]
    begin = time.monotonic()
    subprocess.run(["make", "setup"], cwd=clone, env=environment, check=True)
    assert time.monotonic() - begin < 5
