"""A confined child, from outside: it waits for one program behind its walls, runs it, and ends.

The zygote makes children ahead of the programs and sends what belongs to each: the end of a pipe that the program goes
into, those that its report and its end come out of, and a descriptor of the process, by which it is killed when its
time is up. A child is given one program and no more. Nothing here trusts a report: it is bytes up to a bound.
"""

from __future__ import annotations

import json
import os
import select
import signal
import time
from contextlib import suppress
from typing import Any, Final

from slowthink.verifiers.program_reports import MAX_REPORT
from slowthink.verifiers.program_runner import LENGTH_BYTES

GRACE_SECONDS: Final = 5.0
_MOST_PATIENCE: Final = 3600.0


class Child:
    """One child: its program's pipe, its report's, that of its end, and its process."""

    def __init__(self, program: int, report: int, ended: int, process: int) -> None:
        self.program, self.report, self.ended, self.process = program, report, ended, process
        self._open = [program, report, ended, process]
        self._rest = b""
        self._is_over = False

    def give(self, text: bytes) -> bool:
        """Give it its program; False where it has died while it waited, and has seen nothing of it."""
        message = len(text).to_bytes(LENGTH_BYTES, "big") + text
        os.set_blocking(self.program, False)
        try:
            self._rest = message[os.write(self.program, message) :]
        except BrokenPipeError:
            return False
        return True

    def exchange(self, seconds: float) -> tuple[bytes, dict[str, Any] | None]:
        """Its report and how it ended (`status`, `cpu`, `late`), for a child that was given its program.

        It is killed after `seconds`. None for the end where it does not come even then. Raises ConnectionError when
        the zygote, which would say how it ended, is gone.
        """
        os.set_blocking(self.report, False)
        poll = select.poll()
        poll.register(self.report, select.POLLIN)
        poll.register(self.ended, select.POLLIN)
        if self._rest:
            poll.register(self.program, select.POLLOUT)
        deadline, is_late = time.monotonic() + seconds, False
        report = bytearray()
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                if is_late or not self._kill():
                    return bytes(report), None
                is_late, left = True, GRACE_SECONDS
                deadline = time.monotonic() + left
            for ready, _ in poll.poll(min(left, _MOST_PATIENCE) * 1000 + 1):
                if ready == self.program:
                    self._write(poll)
                elif ready == self.report:
                    self._read(poll, report)
                else:
                    words = os.read(self.ended, 4096)
                    if not words:
                        raise ConnectionError("the sandbox is gone")
                    self._is_over = True
                    self._read(poll, report)
                    return bytes(report), {**json.loads(words), "late": is_late}

    def close(self) -> None:
        """Let go of it; it is killed, unless it has ended: one that waits, and one that nobody waits for any more."""
        if not self._is_over and self._open:
            self._kill()
        for end in self._open:
            os.close(end)
        self._open = []

    def _kill(self) -> bool:
        """Whether it is dead or about to be."""
        try:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.process, signal.SIGKILL)
        except OSError:
            return False
        return True

    def _write(self, poll: select.poll) -> None:
        try:
            self._rest = self._rest[os.write(self.program, self._rest) :]
        except BrokenPipeError:  # it ended without reading
            self._rest = b""
        if not self._rest:
            poll.unregister(self.program)

    def _read(self, poll: select.poll, report: bytearray) -> None:
        """All that is there; what goes beyond the bound is not read, so that whoever writes it waits, and is killed."""
        while len(report) <= MAX_REPORT and self.report in self._open:
            try:
                piece = os.read(self.report, 1 << 16)
            except BlockingIOError:
                return
            if not piece:
                break
            report += piece
        if self.report in self._open:
            poll.unregister(self.report)
            self._open.remove(self.report)
            os.close(self.report)
