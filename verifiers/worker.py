"""A process of our own for computations that may take for ever or all memory: asked over a pipe, killed from outside.

The idea: a library such as sympy or math-verify cannot be trusted to end, and cannot be stopped from within. So it runs
in a child that answers JSON lines; whoever asks waits so long and no longer, then the child is killed. What takes long
to import is imported once, in a process that forks the children, so that another child is there in milliseconds.

Guaranteed: `ask` answers or raises within some times its seconds (and the start-up's), whatever the child does; each
child has a bound on its memory and ends by itself should nobody be left to kill it; what libraries print goes nowhere.
Not covered: security. What runs there is our own code; it must see to it that text of a model is not executed.
"""

from __future__ import annotations

import importlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Final

STARTUP_SECONDS: Final = 60.0
SPARE_BYTES: Final = 1 << 30
PATIENCE: Final = 4
"""How many times its seconds a child may have on a machine that gave it less than that of its processors."""
ENDED: Final = "the worker process ended, perhaps for want of memory"
_KEPT: Final = ("PATH", "HOME", "SYSTEMROOT", "LANG")
Answers = queue.SimpleQueue[dict[str, Any] | None]


class NoAnswer(Exception):
    """The child gave none; the message says why."""


class Worker:
    """Answers with the function `target`, written `module:function`, in one child at a time.

    The function takes and gives what JSON can write. A `warm` in its module is called first, and may take longer.
    Threads may share a worker; they wait for one another.
    """

    def __init__(self, target: str, seconds: float = 1.0, spare_bytes: int = SPARE_BYTES) -> None:
        self.target = target
        self.seconds = seconds
        self.spare_bytes = spare_bytes
        self.child: int | None = None
        """The process that computes, once it is ready; on systems that do not fork it is the only one."""
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: Answers = queue.SimpleQueue()
        self._number = 0

    @property
    def process(self) -> int | None:
        """The process that forks the children; None while there is none."""
        return None if self._process is None else self._process.pid

    def ask(self, question: Any) -> Any:
        """What the function makes of `question`. Raises NoAnswer on a time-out, a crash or an error of its own."""
        with self._lock:
            self._number += 1
            self._send({"number": self._number, "question": question})
            answer = self._answer(self._number)
        if "error" in answer:
            raise NoAnswer(str(answer["error"]))
        return answer["value"]

    def close(self) -> None:
        """End the processes; the next question starts others."""
        with self._lock:
            self._end()

    def _send(self, question: dict[str, Any]) -> None:
        line = json.dumps(question).encode() + b"\n"
        for _ in range(2):  # a process that was gone is started again, once
            self._make_ready()
            pipe = self._process.stdin if self._process is not None else None
            with suppress(OSError):
                if pipe is not None:
                    pipe.write(line)
                    pipe.flush()
                    return
            self._end()
        raise NoAnswer("the worker process ended")

    def _answer(self, number: int) -> dict[str, Any]:
        """The answer to this question, within so many seconds of the child's time.

        A child that was killed may have left the question to its successor, and an old answer may still be on its way:
        the number tells.
        """
        before, first = _processor_seconds(self.child), self.child
        for _ in range(PATIENCE):
            end = time.monotonic() + self.seconds
            while (left := end - time.monotonic()) > 0:
                try:
                    answer = self._answers.get(timeout=left)
                except queue.Empty:
                    break
                if answer is None:
                    self._end()
                    raise NoAnswer(ENDED)
                if "ready" in answer:
                    self.child, before, end = int(answer["ready"]), 0.0, time.monotonic() + self.seconds
                elif answer.get("number") == number:
                    return answer
            spent = _processor_seconds(self.child)
            if before is None or spent is None or spent - before >= self.seconds:
                break
        has_died = self.child != first
        self._kill_child()
        raise NoAnswer(ENDED if has_died else f"no decision within {self.seconds:g} s")

    def _make_ready(self) -> None:
        """A child waits for a question, or is started for it."""
        if self._process is None or self._process.poll() is not None:
            self._end()
            self._start()
        end = time.monotonic() + STARTUP_SECONDS
        while self.child is None:
            try:
                answer = self._answers.get(timeout=max(0.0, end - time.monotonic()))
            except queue.Empty:
                answer = None
            if answer is None:
                self._end()
                raise NoAnswer("the worker process did not start")
            if "ready" in answer:
                self.child = int(answer["ready"])

    def _start(self) -> None:
        environment = {name: value for name, value in os.environ.items() if name in _KEPT}
        environment |= {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "OMP_NUM_THREADS": "1"}
        self._answers = queue.SimpleQueue()
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, self.target, str(self.seconds), str(self.spare_bytes)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        weakref.finalize(self, _end, self._process)
        threading.Thread(target=_listen, args=(self._process.stdout, self._answers), daemon=True).start()

    def _kill_child(self) -> None:
        """Kill what computes; where it is not beside the process that forks it, that as well."""
        if self.child is None or self.child == self.process:
            self._end()
            return
        with suppress(ProcessLookupError):
            os.kill(self.child, signal.SIGKILL)
        self.child = None

    def _end(self) -> None:
        process, child, self._process, self.child = self._process, self.child, None, None
        if process is not None:
            alone = process.poll() is not None  # then the number may be another process's by now
            _end(process)
            if child not in (None, process.pid) and not alone:
                with suppress(ProcessLookupError):
                    os.kill(child or 0, signal.SIGKILL)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.kill()
    if process.stdin is not None:
        with suppress(OSError):  # what was not written yet is lost with the process
            process.stdin.close()
    process.wait()


def _processor_seconds(process: int | None) -> float | None:
    """The processor time that a process has had; None where the system does not tell."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError, AttributeError):
        return None


def _listen(source: IO[bytes] | None, answers: Answers) -> None:
    if source is not None:
        with source, suppress(OSError, ValueError):
            for line in source:
                answers.put(json.loads(line))
    answers.put(None)


# In the other process.


def serve(target: str, seconds: float, spare_bytes: int) -> int:
    """Answer each line of standard input with one line, until it ends: in a child that is forked again when it dies."""
    answers = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)  # what a library prints must not look like an answer
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    module = importlib.import_module(target.partition(":")[0])
    function: Callable[[Any], Any] = getattr(module, target.partition(":")[2])
    getattr(module, "warm", lambda: None)()
    if not hasattr(os, "fork"):
        _answer_lines(function, answers, seconds)
        return 0
    while True:
        child = os.fork()
        if child == 0:
            _limit(spare_bytes)
            _answer_lines(function, answers, seconds)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0:
            return 0


def _answer_lines(function: Callable[[Any], Any], answers: int, seconds: float) -> None:
    sys.setrecursionlimit(2000)
    _write(answers, {"ready": os.getpid()})
    rest = b""
    while True:
        while b"\n" not in rest:
            read = os.read(0, 1 << 16)
            if not read:
                return
            rest += read
        line, rest = rest.split(b"\n", 1)
        question = json.loads(line)
        _alarm(5 * seconds + 5)  # whoever asked kills before; this is for when there is nobody
        try:
            answer = {"value": function(question["question"])}
        except (Exception, RecursionError, MemoryError) as error:  # a worker boundary: all of it means "no decision"
            answer = {"error": f"{type(error).__name__}: {str(error)[:200]}"}
        _alarm(0)
        _write(answers, {**answer, "number": question["number"]})


def _alarm(seconds: float) -> None:
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)


def _write(answers: int, answer: dict[str, Any]) -> None:
    line = json.dumps(answer).encode() + b"\n"
    while line:
        line = line[os.write(answers, line) :]


def _limit(spare_bytes: int) -> None:
    try:
        import resource
    except ImportError:  # no such limits on this system; the time limit holds everywhere
        return
    try:
        with open("/proc/self/statm", "rb") as statm:
            used = int(statm.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        used = spare_bytes
    resource.setrlimit(resource.RLIMIT_AS, (used + spare_bytes, used + spare_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    sys.exit(serve(sys.argv[1], float(sys.argv[2]), int(sys.argv[3])))
