"""The process that runs programs by forking: it has the libraries imported, and each run is a child that it confines.

It is started by `sandbox.py`, goes behind its walls before it does anything, shows by trying that they hold, and then
takes orders over a socket: how long, how much memory, and three pipes (the program, its report, how it ended). The text
of a program and its report pass through the child only, never through here, so no run finds anything of another one
in its memory. A child has no open file but its two pipes. It ends when its report is written, when it breaks a
limit, or when its time is up; the zygote waits for it, kills it, and says how it ended. When the process that started
it is gone, so is all of this. Uses the standard library only, besides what programs use.
"""

from __future__ import annotations

import array
import gc
import importlib
import json
import os
import random
import select
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from slowthink.verifiers import confinement, landlock
from slowthink.verifiers.program_runner import report, usual_names
from slowthink.verifiers.program_warming import warm
from slowthink.verifiers.seccomp import Filter
from slowthink.verifiers.syscalls import PR_SET_PDEATHSIG, NotSupported, call, machine, numbers, prctl

PRELOADED: Final = (
    "_decimal", "array", "bisect", "calendar", "cmath", "collections", "copy", "csv", "datetime", "decimal", "enum",
    "fractions", "functools", "hashlib", "heapq", "itertools", "json", "math", "operator", "random", "re",
    "statistics", "string", "struct", "textwrap", "time", "typing", "unicodedata",
)  # fmt: skip
"""Modules of the standard library that are there before a program asks; others without machine code can be read."""
ALGEBRA: Final = ("sympy", "numpy", "numpy.random", "numpy.linalg", "numpy.fft", "numpy.polynomial")
_PROGRAM, _REPORT = 3, 4
_FIELDS: Final = 3


@dataclass
class _Run:
    """A child that is running: its process file descriptor, where to say how it ended, and until when it may run."""

    process: int
    ended: int
    deadline: float
    is_late: bool = False


class Zygote:
    """Takes orders and forks."""

    def __init__(self, orders: socket.socket, with_algebra: bool) -> None:
        self.orders = orders
        self.with_algebra = with_algebra
        self.names: dict[str, Any] = {}
        self.filter = Filter()
        self.rules = -1
        self.layers: dict[str, str] = {}
        self.base_bytes = 0
        self.runs: dict[int, _Run] = {}
        self.warming: Iterator[None] = warm() if with_algebra else iter(())

    def prepare(self, folders: Sequence[str], packages: Sequence[str]) -> None:
        """Import what programs use, go behind the walls, and try them. Raises OSError or NotSupported."""
        standard = [*sys.path]
        sys.path = [*packages, *standard]
        for name in [*PRELOADED, *(ALGEBRA if self.with_algebra else ())]:
            with suppress(ImportError):
                importlib.import_module(name)
        sys.path = standard
        self.names = usual_names(self.with_algebra)
        self.base_bytes = confinement.address_space()
        if self.layers.get("namespaces"):
            try:
                confinement.enter_root(folders)
                self.layers["root"] = "libraries only, read only"
            except OSError as error:
                self.layers["root"] = f"missing: {error}"
        confinement.give_up_rights()
        self.layers["rights"] = "no capabilities, no new ones, not dumpable"
        self.rules = landlock.ruleset(folders)
        landlock.restrict(self.rules)
        self.layers["landlock"] = f"version {landlock.version()}"
        self._forget()
        if "numpy.random" in sys.modules:
            importlib.import_module("numpy.random").seed(0)
        _settle()

    @staticmethod
    def _forget() -> None:
        """Programs find no trace of this package."""
        for name in [name for name in sys.modules if name.partition(".")[0] == "slowthink"]:
            del sys.modules[name]
        sys.argv = [""]
        os.environ.clear()

    def serve(self) -> None:
        """Take orders until nobody is left to give them."""
        poll = select.poll()
        poll.register(self.orders, select.POLLIN)
        is_warm = False
        while True:
            now = time.monotonic()
            waits = [run.deadline - now for run in self.runs.values() if not run.is_late]
            patience = 0 if not is_warm else max(0.0, min(waits)) * 1000 + 1 if waits else None
            for ready, _ in poll.poll(patience):
                if ready == self.orders.fileno():
                    if not self._ordered(poll):
                        return
                else:
                    self._finished(poll, ready)
            self._kill_the_late()
            if not is_warm and next(self.warming, self) is self:
                is_warm = True
                _settle()

    def _kill_the_late(self) -> None:
        now = time.monotonic()
        for pid, run in self.runs.items():
            if now >= run.deadline and not run.is_late:
                run.is_late = True
                os.kill(pid, signal.SIGKILL)

    def _ordered(self, poll: select.poll) -> bool:
        data, ancillary, _, _ = self.orders.recvmsg(4096, socket.CMSG_SPACE(_FIELDS * 4), socket.MSG_CMSG_CLOEXEC)
        if not data:
            return False
        fds = array.array("i")
        for _, _, payload in ancillary:
            fds.frombytes(payload[: len(payload) - len(payload) % fds.itemsize])
        program, answer, ended = fds
        order = json.loads(data)
        deadline = time.monotonic() + order["seconds"]
        pid = os.fork()
        if pid == 0:
            self._child(program, answer, order)
        os.close(program)
        os.close(answer)
        process = os.pidfd_open(pid)
        self.runs[pid] = _Run(process, ended, deadline)
        poll.register(process, select.POLLIN)
        return True

    def _finished(self, poll: select.poll, process: int) -> None:
        pid = next(pid for pid, run in self.runs.items() if run.process == process)
        run = self.runs.pop(pid)
        poll.unregister(process)
        _, status, used = os.wait4(pid, 0)
        words = {"late": run.is_late, "status": os.waitstatus_to_exitcode(status), "cpu": used.ru_utime + used.ru_stime}
        with suppress(OSError):  # nobody wants to know any more
            os.write(run.ended, json.dumps(words).encode())
        os.close(run.ended)
        os.close(process)

    def _child(self, program: int, answer: int, order: dict[str, Any]) -> NoReturn:
        """In a new process: behind the last walls, then the program. It never returns."""
        code = 1
        try:
            self.confine(program, answer, order["memory"], order["seconds"])
            text = _read(_PROGRAM)
            os.close(_PROGRAM)
            blocks, result = json.loads(text)
            del text
            random.seed(0)  # the same numbers for every run, as in the first tier; a fork had it seeded anew
            data = report(blocks, result, self.names)
            while data:
                data = data[os.write(_REPORT, data) :]
            code = 0
        finally:
            os._exit(code)

    def confine(self, program: int, answer: int, memory: int, seconds: float) -> None:
        """All that holds for one run: only two files open, its limits, Landlock, and the filter."""
        if not self.layers.get("namespaces"):  # there all end with their first process, which the zygote is
            prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        high = max(program, answer, self.rules, 20) + 1
        os.dup2(program, high)
        os.dup2(answer, high + 1)
        os.dup2(self.rules, high + 2)
        os.dup2(high, _PROGRAM)
        os.dup2(high + 1, _REPORT)
        os.dup2(high + 2, _REPORT + 1)
        call(numbers(machine())["close_range"], _REPORT + 2, 0x7FFFFFFF, 0)
        landlock.restrict(_REPORT + 1)
        os.close(_REPORT + 1)
        confinement.limit(self.base_bytes + memory, seconds)
        self.filter.install()

    def tried(self) -> dict[str, str]:
        """What a child that tries the walls finds: for each thing that must not work, what came of it."""
        read, write = os.pipe()
        nothing, other = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                self.confine(nothing, write, 64 << 20, 5.0)
                os.write(_REPORT, json.dumps(_attempts()).encode())
            finally:
                os._exit(0)
        for end in (write, nothing, other):
            os.close(end)
        found = _read(read)
        os.close(read)
        os.waitpid(pid, 0)
        return dict(json.loads(found or b"{}"))


def _settle() -> None:
    """What is there now is shared with all children: no collector needs to look at it again."""
    gc.collect()
    gc.freeze()


def _attempts() -> dict[str, str]:
    attempts: dict[str, Callable[[], object]] = {
        "read a file": lambda: os.open("/proc/self/status", os.O_RDONLY),
        "list a folder": lambda: os.listdir("/etc"),
        "write a file": lambda: os.open("/dev/null", os.O_WRONLY),
        "start a process": lambda: os.fork() or os._exit(0),
        "open a socket": socket.socket,
        "send a signal": lambda: os.kill(os.getppid(), 0),
    }
    found = {}
    for name, attempt in attempts.items():
        try:
            attempt()
            found[name] = "done"
        except OSError as error:
            found[name] = type(error).__name__
    return found


REFUSED: Final = ("PermissionError", "FileNotFoundError")


def _read(source: int) -> bytes:
    pieces = []
    while piece := os.read(source, 1 << 16):
        pieces.append(piece)
    return b"".join(pieces)


def main() -> None:
    """In the process that `sandbox.py` starts: new namespaces, then the zygote as their first process."""
    settings = json.loads(sys.argv[1])
    orders = socket.socket(fileno=os.dup(0))
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    # No death signal here: it would come when the thread that started this ends. The end of the orders does as well.
    namespaces = confinement.enter_namespaces() if settings["namespaces"] else ""
    pid = os.fork()
    if pid:
        orders.close()
        os.waitpid(pid, 0)
        os._exit(0)
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    zygote = Zygote(orders, settings["algebra"])
    zygote.layers["namespaces"] = namespaces
    try:
        zygote.prepare(settings["folders"], settings["packages"])
        tried = zygote.tried()
        wrong = {name: what for name, what in tried.items() if what not in REFUSED}
        if len(tried) < len(REFUSED) or wrong:
            raise NotSupported(f"the walls were tried and do not hold: {wrong or 'no report'}")
        zygote.layers["seccomp"] = "allow list"
    except Exception as error:  # a worker boundary: whatever went wrong, nothing is run
        orders.send(json.dumps({"failed": str(error), "layers": zygote.layers}).encode())
        os._exit(1)
    orders.send(json.dumps({"layers": zygote.layers}).encode())
    zygote.serve()
    os._exit(0)
