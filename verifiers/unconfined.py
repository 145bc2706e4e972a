"""Runs a program without any wall, because a caller said `unsafe=True`: in a process of its own, with a time limit.

The program can do whatever the user who runs this can do: read and delete files, use the network. Nothing here
protects from that. The process is ended after its time; what it started itself may outlive it.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from slowthink.verifiers.bootstrap import BOOTSTRAP
from slowthink.verifiers.program_reports import parsed
from slowthink.verifiers.program_result import ProgramResult
from slowthink.verifiers.program_runner import packed

START_SECONDS: Final = 5.0
"""For the process to start and import what programs use."""


def run_unconfined(blocks: Sequence[str], result: str | None, seconds: float) -> ProgramResult:
    """What the program comes to, with the tier `unsafe`."""
    begun = time.perf_counter()
    code = BOOTSTRAP.format(verifiers=str(Path(__file__).resolve().parent), module="program_runner")
    command = [sys.executable, "-s", "-P", "-c", code]
    text = packed(blocks, result)
    try:
        done = subprocess.run(
            command,
            input=text,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=seconds + START_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        said = ProgramResult(status="timeout", error=f"not done within {seconds:.3g} s", tier="unsafe")
    else:
        said = parsed(done.stdout) or ProgramResult(
            status="error", error=f"ended without a report (exit code {done.returncode})"
        )
    return said.model_copy(update={"tier": "unsafe", "seconds": round(time.perf_counter() - begun, 6)})
