"""The process that runs programs by forking: it has the libraries imported, and each run is a child that it confines.

It is started by `sandbox.py`, goes behind its walls before it does anything, shows by trying that they hold, and then
takes orders over a socket: a child with such limits, please. It answers with what belongs to the child (see
`confined_child.py`), and makes some more like it ahead, so that a program finds one that waits. The text of a program
and its report pass through the child only, never through here, and each child runs one program, so no run finds
anything of another one in its memory. A child has no open file but its two pipes. It ends when its report is written,
when it breaks a limit, or when whoever gave it the program kills it; the zygote waits for that and says how it ended.
When the process that started it is gone, so is all of this. Uses the standard library only, besides what programs use.
"""

from __future__ import annotations

import array
import gc
import importlib
import json
import os
import posix
import random
import select
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from slowthink.verifiers import confinement, landlock
from slowthink.verifiers.program_runner import LENGTH_BYTES, report, unpacked, usual_names
from slowthink.verifiers.program_warming import warm
from slowthink.verifiers.seccomp import Filter
from slowthink.verifiers.syscalls import PR_SET_PDEATHSIG, NotSupported, Prepared, machine, numbers, prctl

PRELOADED: Final = (
    "_decimal", "array", "bisect", "calendar", "cmath", "collections", "copy", "csv", "datetime", "decimal", "enum",
    "fractions", "functools", "hashlib", "heapq", "itertools", "json", "math", "operator", "random", "re",
    "statistics", "string", "struct", "textwrap", "time", "typing", "unicodedata",
)  # fmt: skip
"""Modules of the standard library that are there before a program asks; others without machine code can be read."""
ALGEBRA: Final = ("sympy", "numpy", "numpy.random", "numpy.linalg", "numpy.fft", "numpy.polynomial")
_PROGRAM, _REPORT, _RULES = 3, 4, 5


@dataclass(frozen=True)
class _Run:
    """A child that waits or runs: its process, where to say how it ended, and the order that says its limits."""

    pid: int
    ended: int
    limits: bytes


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
        known = numbers(machine())
        self._die_with_zygote = Prepared(known["prctl"], PR_SET_PDEATHSIG, signal.SIGKILL.value, 0, 0, 0)
        self._close_others = Prepared(known["close_range"], _RULES + 1, 0x7FFFFFFF, 0)
        self._restrict = Prepared(known["landlock_restrict_self"], _RULES, 0)
        self.runs: dict[int, _Run] = {}
        self.limits = b""
        self.most = (0, 0.0)
        """Bytes of memory and seconds, as the limits have them."""
        self.ahead = 0
        self.is_warm = False
        self.warming: Iterator[None] = warm() if with_algebra else iter(())

    def prepare(self, folders: Sequence[str], packages: Sequence[str]) -> None:
        """Import what programs use, go behind the walls, and try them. Raises OSError or NotSupported."""
        gc.disable()  # until all is there that stays: it would look at all of it again and again
        standard = [*sys.path]
        sys.path = [*packages, *standard]
        for name in [*PRELOADED, *(ALGEBRA if self.with_algebra else ())]:
            with suppress(ImportError):
                importlib.import_module(name)
        sys.path = standard
        os.register_at_fork = posix.register_at_fork  # programs find it as it is
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
        gc.enable()

    @staticmethod
    def _forget() -> None:
        """Programs find no trace of this package."""
        for name in [name for name in sys.modules if name.partition(".")[0] == "slowthink"]:
            del sys.modules[name]
        sys.argv = [""]
        os.environ.clear()

    def serve(self) -> None:
        """Take orders until nobody is left to give them; with nothing else to do, warm up and make children ahead."""
        poll = select.poll()
        poll.register(self.orders, select.POLLIN)
        while True:
            is_idle = True
            for ready, _ in poll.poll(0 if self._has_time_for_more() else None):
                is_idle = False
                if ready != self.orders.fileno():
                    self._finished(poll, ready)
                elif not self._ordered(poll):
                    return
            if is_idle:
                self._use_time(poll)

    def _has_time_for_more(self) -> bool:
        return not self.is_warm or self.ahead > sum(run.limits == self.limits for run in self.runs.values())

    def _use_time(self, poll: select.poll) -> None:
        """A step of warming up, or then a child ahead of its program, which has all that a later one would have."""
        if not self.is_warm:
            if next(self.warming, self) is self:
                self.is_warm = True
                _settle()
            return
        try:
            self._make_child(poll)
        except OSError:  # no room for one: those that are ordered say so
            self.ahead = 0

    def _ordered(self, poll: select.poll) -> bool:
        """One more child, with these limits from now on. False where nobody is left to order."""
        limits = self.orders.recv(4096)
        if not limits:
            return False
        order = json.loads(limits)
        self.limits, self.ahead, self.most = limits, int(order["children"]), (order["memory"], order["seconds"])
        self._make_child(poll)
        return True

    def _make_child(self, poll: select.poll) -> None:
        """Fork a child and send what belongs to it to whoever orders. Raises OSError."""
        program, give = os.pipe()
        take, report_end = os.pipe()
        tell_end, ended = os.pipe()
        try:
            pid = os.fork()
        except OSError:
            for end in (program, give, take, report_end, tell_end, ended):
                os.close(end)
            raise
        if pid == 0:
            self._child(program, report_end)
        process = os.pidfd_open(pid)
        theirs = [give, take, tell_end, process]
        with suppress(OSError):  # nobody is left to take it: the next order says so
            self.orders.sendmsg([self.limits], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", theirs))])
        for end in (program, report_end, give, take, tell_end):
            os.close(end)
        self.runs[process] = _Run(pid, ended, self.limits)
        poll.register(process, select.POLLIN)

    def _finished(self, poll: select.poll, process: int) -> None:
        run = self.runs.pop(process)
        poll.unregister(process)
        _, status, used = os.wait4(run.pid, 0)
        words = b'{"status": %d, "cpu": %f}' % (os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime)
        with suppress(OSError):  # nobody wants to know any more
            os.write(run.ended, words)
        os.close(run.ended)
        os.close(process)

    def _child(self, program: int, answer: int) -> NoReturn:
        """In a new process: behind the last walls, then it waits for its program. It never returns."""
        code = 1
        try:
            random.seed(0)  # the same numbers for every run, as in the first tier
            self.confine(program, answer, *self.most)
            text = _read(_PROGRAM, int.from_bytes(_read(_PROGRAM, LENGTH_BYTES), "big"))
            os.close(_PROGRAM)
            blocks, result = unpacked(text)
            del text
            data = report(blocks, result, self.names)
            while data:
                data = data[os.write(_REPORT, data) :]
            code = 0
        finally:
            os._exit(code)

    def confine(self, program: int, answer: int, memory: int, seconds: float) -> None:
        """All that holds for one run: only two files open, its limits, Landlock, and the filter."""
        if not self.layers.get("namespaces"):  # there all end with their first process, which the zygote is
            self._die_with_zygote()
        high = max(program, answer, self.rules, 20) + 1
        os.dup2(program, high)
        os.dup2(answer, high + 1)
        os.dup2(self.rules, high + 2)
        os.dup2(high, _PROGRAM)
        os.dup2(high + 1, _REPORT)
        os.dup2(high + 2, _RULES)
        self._close_others()
        self._restrict()
        os.close(_RULES)
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
        with open(read, "rb") as source:
            found = source.read()
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


def _read(source: int, length: int) -> bytes:
    """So many bytes. Raises EOFError where there are not so many."""
    data = b""
    while len(data) < length:
        piece = os.read(source, min(length - len(data), 1 << 16))
        if not piece:
            raise EOFError
        data += piece
    return data


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
