"""Make `.venv` ready to run and test slowthink; needs nothing but Python 3.11+ and its standard library.

Without an NVIDIA card PyTorch's CPU build is installed first, so that no CUDA package comes with it: from PyTorch's
own CPU index where that can be reached, else from wherever pip is set up to look (PIP_FIND_LINKS, an own index).
Where neither has one it stops and says so: the default build on Linux brings gigabytes of CUDA packages, and is
taken only with SLOWTHINK_TORCH=default. A set-up that was killed is started over; a finished one is brought up to
date in place.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
import venv
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
VENV = HERE / ".venv"
UNFINISHED = VENV / "setup-unfinished"
READY = VENV / "setup-ready"
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
TORCH = "2.13.0"
PROBE_SECONDS = 4
NO_CPU_BUILD = f"""
No CPU build of PyTorch was found, and this machine has no NVIDIA card. Nothing more was installed.
  - {CPU_INDEX} did not answer or did not serve it;
  - pip, as it is set up here, has no torch=={TORCH}+cpu either.
What you can do:
  - connect to the network and run make again;
  - put a CPU wheel of torch into a folder and run: PIP_FIND_LINKS=/that/folder make ...
  - take the default build with its gigabytes of CUDA packages: SLOWTHINK_TORCH=default make ...
"""


def main() -> int:
    """Set up, saying each step in one line; 0 when `.venv` is ready."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this script is what tells the user
        say(f"slowthink needs Python 3.11 or newer; this is {sys.version.split()[0]} ({sys.executable}).")
        return 1
    try:
        make_venv()
        if not install_torch():
            return 1
        say("Installing slowthink and what it needs ...")
        pip("install", "--editable", f"{HERE}[dev]")
    except subprocess.CalledProcessError as error:
        say(f"The set-up stopped: {' '.join(map(str, error.cmd))} ended with {error.returncode}; see above for why.")
        say("It needs a package index (pip's usual settings are used). Run the same make again to go on.")
        return 1
    UNFINISHED.unlink()
    READY.touch()
    return 0


def make_venv() -> None:
    """An environment with pip in it. A half-made one of ours is removed; one that someone else made is used."""
    if UNFINISHED.exists():
        say("An earlier set-up did not finish; starting over.")
        shutil.rmtree(VENV)
    new = not (VENV / "pyvenv.cfg").exists()
    VENV.mkdir(exist_ok=True)
    UNFINISHED.touch()
    READY.unlink(missing_ok=True)
    if new:
        say(f"Creating .venv with Python {sys.version.split()[0]} ...")
        with_pip = find_spec("ensurepip") is not None
        venv.create(VENV, with_pip=with_pip, symlinks=os.name != "nt")
        if not with_pip:  # some distributions ship ensurepip apart
            run([sys.executable, "-m", "pip", "--python", str(python()), "install", "-qq", "pip"])


def install_torch() -> bool:
    """Put a CPU build of torch in place where the default would bring CUDA; False if there is none to be had."""
    if not sys.platform.startswith("linux") or os.environ.get("SLOWTHINK_TORCH") == "default":
        return True
    if has_nvidia_card():
        say("An NVIDIA card was found: PyTorch comes with CUDA (several GB).")
        return True
    if has_torch():
        return True
    say("No NVIDIA card was found: installing PyTorch's CPU build ...")
    if answers(f"{CPU_INDEX}/torch/"):
        try:
            pip("install", "--index-url", CPU_INDEX, "torch>=2.6")
            return True
        except subprocess.CalledProcessError:
            say(f"{CPU_INDEX} answered but did not serve it; trying pip's own settings ...")
    try:
        pip("install", f"torch=={TORCH}+cpu")
    except subprocess.CalledProcessError:
        say(NO_CPU_BUILD)
        return False
    return True


def has_nvidia_card() -> bool:
    """Whether the driver says that a card is here."""
    cards = Path("/proc/driver/nvidia/gpus")
    if cards.is_dir() and any(cards.iterdir()):
        return True
    program = shutil.which("nvidia-smi")
    if program is None:
        return False
    try:
        done = subprocess.run([program, "-L"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and "GPU" in done.stdout


def has_torch() -> bool:
    """Whether some torch is in `.venv` already; it is left as it is."""
    return any(VENV.glob("lib*/python3*/site-packages/torch-*.dist-info/RECORD"))


def answers(address: str) -> bool:
    """Whether a page can be fetched: one try, a few seconds."""
    try:
        with urllib.request.urlopen(address, timeout=PROBE_SECONDS) as page:
            return bool(page.status == 200)
    except (OSError, urllib.error.URLError, ValueError):
        return False


def python() -> Path:
    """The interpreter of `.venv`."""
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def pip(*arguments: str) -> None:
    """Run the environment's pip, quietly. Raises CalledProcessError."""
    run([str(python()), "-m", "pip", "-qq", "--disable-pip-version-check", "--no-input", *arguments])


def run(command: Sequence[str]) -> None:
    """Run a command to its end. Raises CalledProcessError."""
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)


def say(line: str) -> None:
    """A remark for the person who waits."""
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
