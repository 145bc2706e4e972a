"""The second tier, from outside: a process per kind of program that forks a confined child for each run (Linux).

`Sandbox.run` takes a child that waits behind its walls with the right limits (the zygote sends it; there is one already
unless the limits have changed), gives it the program, and makes a ProgramResult of its report and of how it ended. How
it ended, how long it took and which tier ran it is known here; the report is read as capped JSON and nothing more.
Guaranteed: it returns within the time limit and a little; a zygote that does not answer is killed with everything in
it and replaced at the next run; a sandbox without its walls is never used.
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
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from slowthink.errors import SandboxUnavailable
from slowthink.verifiers.bootstrap import BOOTSTRAP, WITHOUT_FORK_HOOKS
from slowthink.verifiers.confined_child import GRACE_SECONDS, Child
from slowthink.verifiers.program_reports import outcome
from slowthink.verifiers.program_result import ProgramResult
from slowthink.verifiers.program_runner import packed
from slowthink.verifiers.syscalls import NotSupported, machine

START_SECONDS: Final = 60.0
MOST_SECONDS: Final = 1e6
TRIES: Final = 3
_ENDS: Final = 4
_ROOM: Final = socket.CMSG_SPACE(_ENDS * array.array("i").itemsize)
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
        self._seats = max(2, os.cpu_count() or 1)
        self._seat = threading.BoundedSemaphore(self._seats)
        self._refusal: str | None = None
        self._closed = 0
        self._end: weakref.finalize[..., Sandbox] | None = None
        self._owner = 0
        self.layers: dict[str, str] = {}

    def run(self, blocks: Sequence[str], result: str | None, seconds: float, memory_bytes: int) -> ProgramResult:
        """What a program comes to. Raises SandboxUnavailable where the walls do not stand on this system."""
        text = packed(blocks, result)
        limits = {"memory": memory_bytes, "seconds": int(min(seconds, MOST_SECONDS)), "children": self._seats + 1}
        order = json.dumps(limits).encode()
        with self._seat:
            begun, closed = time.perf_counter(), self._closed
            for _ in range(TRIES):
                orders: socket.socket | None = None
                child: Child | None = None
                try:
                    child, orders = self._given(text, order)
                    report, ended = child.exchange(seconds)
                except ConnectionError:  # the zygote is gone: once more with another one
                    self._drop(orders)
                    if closed != self._closed:
                        raise SandboxUnavailable("the sandbox was closed while the program ran") from None
                    continue
                finally:
                    if child is not None:
                        child.close()
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
        if self._end is not None:
            self._end()

    def _given(self, text: bytes, order: bytes) -> tuple[Child, socket.socket]:
        """A child that was given the program, and who takes the orders. Raises ConnectionError.

        Children that have died while they waited are passed over, as many as can have been waiting.
        """
        for _ in range(2 * self._seats + 2):
            with self._lock:
                orders = self._started()
                try:
                    child = _next_child(orders, order)
                except OSError as error:
                    self._forget()
                    raise ConnectionError("the sandbox is gone") from error
            if child.give(text):
                break
            child.close()
        return child, orders

    def _leave(self) -> None:
        """Let go without ending it: this process is a copy, by fork, of the one that started it, whose it is."""
        if self._end is not None:
            self._end.detach()
        if self._orders is not None:
            self._orders.close()
        if self._process is not None:
            self._process.poll()  # it is no child of this process, and counts as ended here
        self._orders = self._process = self._end = None

    def _started(self) -> socket.socket:
        if self._orders is not None and self._owner == os.getpid():
            return self._orders
        if self._orders is not None:
            self._leave()
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
        self._owner = os.getpid()
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
        ours.setblocking(False)
        self._orders = ours
        return ours


def _next_child(orders: socket.socket, order: bytes) -> Child:
    """A child with the limits of the order: one that waits, or else one that is made now. Raises OSError."""
    is_ordered = False
    while True:
        try:
            limits, ancillary, _, _ = orders.recvmsg(4096, _ROOM, socket.MSG_CMSG_CLOEXEC)
        except BlockingIOError:
            if not is_ordered:
                orders.send(order)
                is_ordered = True
            poll = select.poll()
            poll.register(orders, select.POLLIN)
            if not poll.poll(GRACE_SECONDS * 1000):
                raise ConnectionError("the sandbox does not answer") from None
            continue
        fds = array.array("i", b"".join(payload for _, _, payload in ancillary))
        if len(fds) != _ENDS:
            for end in fds:
                os.close(end)
            raise ConnectionError("the sandbox is gone")
        child = Child(*fds)
        if limits == order:
            return child
        child.close()  # it was made for other limits


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
    code = WITHOUT_FORK_HOOKS + BOOTSTRAP.format(verifiers=str(here), module="zygote")
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
