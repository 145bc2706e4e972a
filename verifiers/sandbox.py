"""The second tier, from outside: a process per kind of program that forks a confined child for each run (Linux).

`Sandbox.run` gives a program to the zygote over a pipe of its own, waits for its report and for how it ended, and
makes a ProgramResult of both. How it ended, how long it took and which tier ran it is known here; the report is read
as capped JSON and nothing more. Guaranteed: it returns within the time limit and a little; a zygote that does not
answer is killed with everything in it and replaced at the next run; a sandbox without its walls is never used.
"""

from __future__ import annotations

import array
import json
import os
import select
import socket
import subprocess
import sys
import sysconfig
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from slowthink.errors import SandboxUnavailable
from slowthink.verifiers.bootstrap import BOOTSTRAP
from slowthink.verifiers.program_reports import MAX_REPORT, outcome
from slowthink.verifiers.program_result import ProgramResult
from slowthink.verifiers.syscalls import NotSupported, machine

START_SECONDS: Final = 60.0
GRACE_SECONDS: Final = 5.0
TRIES: Final = 3
PACKAGES: Final = ("sympy", "mpmath", "numpy")
WHAT_TO_DO: Final = (
    "Programs that need more than the small interpreter run on Linux 5.13 or newer with Landlock and seccomp, on "
    "x86-64 or aarch64. Use such a system (a container or virtual machine will do), or pass unsafe=True (--unsafe) if "
    "you trust the program as much as your own."
)


class Sandbox:
    """One zygote and its runs; usable from many threads at once.

    `algebra`: with sympy and numpy. Without `namespaces` it is as on a system that does not allow them.
    """

    def __init__(self, algebra: bool, namespaces: bool = True) -> None:
        self.algebra = algebra
        self._namespaces = namespaces
        self._lock = threading.Lock()
        self._orders: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._seats = threading.BoundedSemaphore(max(2, os.cpu_count() or 1))
        self._refusal: str | None = None
        self._closed = 0
        self._end: Callable[[], object] = lambda: None
        self.layers: dict[str, str] = {}

    def run(self, blocks: Sequence[str], result: str | None, seconds: float, memory_bytes: int) -> ProgramResult:
        """What a program comes to. Raises SandboxUnavailable where the walls do not stand on this system."""
        text = json.dumps([list(blocks), result]).encode()
        with self._seats:
            begun, closed = time.perf_counter(), self._closed
            for _ in range(TRIES):
                pipes, orders = _Pipes(), None
                try:
                    orders = self._order(pipes, seconds, memory_bytes)
                    report, ended = pipes.exchange(text, seconds + GRACE_SECONDS)
                except (BrokenPipeError, ConnectionError):  # the zygote is gone: once more with another one
                    self._drop(orders)
                    if closed != self._closed:
                        raise SandboxUnavailable("the sandbox was closed while the program ran") from None
                    continue
                finally:
                    pipes.close()
                if ended is None:  # neither a report of the end nor an end: nothing in there answers any more
                    self._drop(orders)
                return outcome(report, ended, seconds, time.perf_counter() - begun)
        raise SandboxUnavailable(f"the sandbox ended {TRIES} times as soon as it was started. {WHAT_TO_DO}")

    def is_possible(self) -> bool:
        """Whether this kind of system can have it, as far as can be told without starting it."""
        if self._refusal is not None:
            return False
        try:
            machine()
        except NotSupported:
            return False
        return True

    @property
    def pid(self) -> int | None:
        """The process in which everything of it runs, and with which all of it ends; None before it is started."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Start the zygote now, so that the first run need not wait. Raises SandboxUnavailable."""
        with self._lock:
            self._started()

    def close(self) -> None:
        """End the zygote and all that runs in it; the next run starts another one."""
        self._closed += 1
        self._drop(self._orders)

    def _drop(self, orders: socket.socket | None) -> None:
        """End the zygote that takes its orders here, unless another one has taken its place."""
        with self._lock:
            if orders is not None and orders is self._orders:
                self._forget()

    def _forget(self) -> None:
        self._orders = self._process = None
        self._end()

    def _order(self, pipes: _Pipes, seconds: float, memory_bytes: int) -> socket.socket:
        order = json.dumps({"seconds": seconds, "memory": memory_bytes}).encode()
        fds = array.array("i", pipes.theirs)
        with self._lock:
            orders = self._started()
            try:
                orders.sendmsg([order], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)])
            except OSError:
                self._forget()
                raise
        pipes.close_theirs()
        return orders

    def _started(self) -> socket.socket:
        if self._orders is not None:
            return self._orders
        if self._refusal is not None:  # it will not be another system at the next try
            raise SandboxUnavailable(self._refusal)
        try:
            machine()
        except NotSupported as error:
            self._refusal = f"{error}. {WHAT_TO_DO}"
            raise SandboxUnavailable(self._refusal) from error
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = _popen(self.algebra, self._namespaces, theirs)
        self._end = weakref.finalize(self, _end, ours, self._process)
        ours.settimeout(START_SECONDS)
        try:
            answer = json.loads(ours.recv(1 << 16) or b"{}")
        except OSError:
            answer = {}
        self.layers = dict(answer.get("layers", {}))
        if "layers" not in answer or "failed" in answer:
            self._forget()
            reason = f"{answer.get('failed', 'the sandbox did not start')}. {WHAT_TO_DO}"
            self._refusal = reason if "failed" in answer else None
            raise SandboxUnavailable(reason)
        ours.settimeout(None)
        self._orders = ours
        return ours


def _popen(algebra: bool, namespaces: bool, orders: socket.socket) -> subprocess.Popen[bytes]:
    here = Path(__file__).resolve().parent
    paths = sysconfig.get_paths()
    folders = {os.path.realpath(paths[name]) for name in ("stdlib", "platstdlib")}
    parents = set()
    for package in PACKAGES if algebra else ():
        spec = find_spec(package)
        for place in (spec.submodule_search_locations or ()) if spec else ():
            folders.add(os.path.realpath(place))
            parents.add(os.path.dirname(place))
    settings = {
        "algebra": algebra,
        "namespaces": namespaces,
        "folders": sorted(folders),
        "packages": sorted(parents),
    }
    code = BOOTSTRAP.format(verifiers=str(here), module="zygote")
    return subprocess.Popen(
        [sys.executable, "-s", "-S", "-P", "-B", "-c", code, json.dumps(settings)],
        stdin=orders.fileno(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={"PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        cwd="/",
        start_new_session=True,
    )


def _end(orders: socket.socket, process: subprocess.Popen[bytes]) -> None:
    orders.close()
    process.kill()
    process.wait()


class _Pipes:
    """The pipes of one run: the program goes in, its report and how it ended come out."""

    def __init__(self) -> None:
        program_in, self.program = os.pipe()
        self.report, report_out = os.pipe()
        self.ended, ended_out = os.pipe()
        self.theirs = [program_in, report_out, ended_out]
        self._open = [*self.theirs, self.program, self.report, self.ended]

    def close_theirs(self) -> None:
        """Close the ends that the zygote has by now."""
        for end in self.theirs:
            self._close(end)

    def close(self) -> None:
        """Close all ends."""
        for end in [*self._open]:
            self._close(end)

    def _close(self, end: int) -> None:
        if end in self._open:
            self._open.remove(end)
            os.close(end)

    def exchange(self, text: bytes, seconds: float) -> tuple[bytes, dict[str, Any] | None]:
        """Write the program, read the report, until it ended; None for the end where nothing came in time."""
        os.set_blocking(self.program, False)
        os.set_blocking(self.report, False)
        poll = select.poll()
        poll.register(self.program, select.POLLOUT)
        poll.register(self.report, select.POLLIN)
        poll.register(self.ended, select.POLLIN)
        deadline = time.monotonic() + seconds
        report = bytearray()
        while (left := deadline - time.monotonic()) > 0:
            for ready, _ in poll.poll(left * 1000):
                if ready == self.program:
                    text = self._written(poll, text)
                elif ready == self.report:
                    self._read(poll, report)
                else:
                    words = os.read(self.ended, 4096)
                    if not words:
                        raise ConnectionError("the sandbox is gone")
                    self._read(poll, report)
                    return bytes(report), json.loads(words)
        return bytes(report), None

    def _written(self, poll: select.poll, text: bytes) -> bytes:
        try:
            text = text[os.write(self.program, text) :]
        except BrokenPipeError:  # it ended without reading
            text = b""
        if not text:
            poll.unregister(self.program)
            self._close(self.program)
        return text

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
            self._close(self.report)
