"""`math-verify` at arm's length: in a process of its own, with limits, killed from outside when it takes too long.

The library compares LaTeX answers of every kind, but it can compute for minutes, and its own time limits use a signal
that only a main thread has. Here a comparison has a share of a second; then its process is killed and replaced, and
the next comparison is not harmed. Without the library (the extra `grade`), and for whatever goes wrong, the finding is
unknown, with the reason.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, Self

from slowthink.types import Status, Verdict

WORKER: Final = Path(__file__).with_name("grader_worker.py")
SECONDS: Final = 0.8
START_SECONDS: Final = 60.0
PATIENCE: Final = 4
MAX_CHARACTERS: Final = 20_000
MISSING: Final = "comparing such answers needs math-verify: pip install 'slowthink[grade]'"
_STATUS: Final = {"same": Status.PROVED, "different": Status.REFUTED}


class Grader:
    """Compares two answers by `math-verify`; usable from any thread, one comparison at a time."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self.seconds = seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._replies: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._child: int | None = None
        self._lock = threading.Lock()
        self._number = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def verdict(self, gold: str, pred: str) -> Verdict:
        """Whether the text `pred` gives the answer that the text `gold` gives, both in LaTeX mathematics mode."""
        if find_spec("math_verify") is None:
            return Verdict(status=Status.UNKNOWN, reason=MISSING)
        if len(gold) + len(pred) > MAX_CHARACTERS:
            return Verdict(status=Status.UNKNOWN, reason=f"longer than {MAX_CHARACTERS} characters")
        self._number += 1
        request = {"gold": gold, "pred": pred, "number": self._number}
        with self._lock:
            reply = self._ask(request)
        status = _STATUS.get(str(reply.get("status")), Status.UNKNOWN)
        return Verdict(status=status, reason=str(reply.get("reason", "")), witness=reply.get("witness"))

    def close(self) -> None:
        """End the process."""
        process, self._process, self._child = self._process, None, None
        if process is None:
            return
        process.kill()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
        process.wait()

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        for _ in range(2):  # a process that was gone is started again, once
            if not self._is_ready():
                return {"reason": "the process that compares answers did not start"}
            requests = self._process.stdin if self._process is not None else None
            try:
                if requests is None:
                    raise OSError
                requests.write(json.dumps(request).encode() + b"\n")
                requests.flush()
                break
            except OSError:
                self.close()
        else:
            return {"reason": "the process that compares answers ended"}
        try:
            reply = self._reply(request["number"])
        except queue.Empty:
            self._kill()
            return {"reason": f"not decided within {self.seconds:g} s"}
        return {"reason": "the comparison ended its process"} if reply is None else reply

    def _reply(self, number: int) -> dict[str, Any] | None:
        """The reply to this request, within so many seconds of the child's time; None where the process ended.

        A machine that gave the child less time than that waits a little longer. A child that was killed may have left
        the request to its successor, and an old reply may still be on its way: the number tells.
        """
        before = _processor_seconds(self._child)
        for _ in range(PATIENCE):
            end = time.monotonic() + self.seconds
            while (left := end - time.monotonic()) > 0:
                with suppress(queue.Empty):
                    reply = self._replies.get(timeout=left)
                    if reply is None:
                        self._child = None
                        return None
                    if "ready" in reply:
                        self._child, before = int(reply["ready"]), 0.0
                        end = time.monotonic() + self.seconds
                    elif reply.get("number") == number:
                        return reply
            spent = _processor_seconds(self._child)
            if before is None or spent is None or spent - before >= self.seconds:
                break
        raise queue.Empty

    def _is_ready(self) -> bool:
        """A child waits for a request, or is started for it."""
        if self._process is None or self._process.poll() is not None:
            self.close()
            self._start()
        while self._child is None:
            try:
                reply = self._replies.get(timeout=START_SECONDS)
            except queue.Empty:
                reply = None
            if reply is None:
                self.close()
                return False
            if "ready" in reply:
                self._child = int(reply["ready"])
        return True

    def _start(self) -> None:
        environment = {
            name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "SYSTEMROOT", "LANG")
        }
        environment["OMP_NUM_THREADS"] = "1"
        self._replies = queue.SimpleQueue()
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(WORKER), str(self.seconds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        threading.Thread(target=_listen, args=(self._process.stdout, self._replies), daemon=True).start()

    def _kill(self) -> None:
        """Kill what computes: the child where there is one beside the process that forks it."""
        if self._process is None or self._child is None or self._child == self._process.pid:
            self.close()
            return
        with suppress(ProcessLookupError):
            os.kill(self._child, signal.SIGKILL)
        self._child = None


def _processor_seconds(process: int | None) -> float | None:
    """The processor time that a process has had; None where the system does not tell."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError, AttributeError):
        return None


def _listen(stream: Any, replies: queue.SimpleQueue[dict[str, Any] | None]) -> None:
    with suppress(OSError, ValueError):
        for line in stream:
            with suppress(ValueError):
                replies.put(json.loads(line))
    replies.put(None)
