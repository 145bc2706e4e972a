"""A process of our own for computations that may take for ever or all memory: asked over a pipe, killed from outside.

The idea: a library such as sympy cannot be trusted to end, and cannot be stopped from within. So it runs in a
child that answers JSON lines; whoever asks waits so long and no longer, then the child is killed and the next
question starts another one. Guaranteed: `ask` returns or raises within its seconds (and the start-up's), whatever
the child does; a child ends when its parent does. Not covered: security. What runs there is our own code on data
that was parsed by our own grammar, never text of a model.
"""

from __future__ import annotations

import importlib
import json
import os
import queue
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable
from typing import IO, Any, Final

STARTUP_SECONDS: Final = 60.0
MEMORY_BYTES: Final = 2 << 30


class NoAnswer(Exception):
    """The child gave none; the message says why."""


class Worker:
    """One child at a time that answers with the function `target`, written `module:function`.

    The function takes and gives what JSON can write. A `warm` in its module is called first, and may take longer.
    Threads may share a worker; they wait for one another.
    """

    def __init__(self, target: str, seconds: float = 1.0, memory_bytes: int = MEMORY_BYTES) -> None:
        self.target = target
        self.seconds = seconds
        self.memory_bytes = memory_bytes
        self._lock = threading.Lock()
        self._child: subprocess.Popen[str] | None = None
        self._answers: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def ask(self, question: Any) -> Any:
        """What the function makes of `question`. Raises NoAnswer on a time-out, a crash or an error of its own."""
        with self._lock:
            child = self._running()
            try:
                if child.stdin is not None:
                    child.stdin.write(json.dumps(question) + "\n")
                    child.stdin.flush()
            except OSError as error:
                self._kill()
                raise NoAnswer("the worker process ended") from error
            answer = json.loads(self._line(self.seconds))
        if "error" in answer:
            raise NoAnswer(str(answer["error"]))
        return answer["value"]

    def close(self) -> None:
        """End the child; the next question starts another one."""
        with self._lock:
            self._kill()

    def _running(self) -> subprocess.Popen[str]:
        if self._child is not None and self._child.poll() is None:
            return self._child
        self._kill()
        command = [sys.executable, "-m", __name__, self.target, str(self.memory_bytes)]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        child = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
        )
        self._child, self._answers = child, queue.SimpleQueue()
        weakref.finalize(self, _end, child)
        threading.Thread(target=_read, args=(child.stdout, self._answers), daemon=True).start()
        self._line(STARTUP_SECONDS)
        return child

    def _line(self, seconds: float) -> str:
        try:
            line = self._answers.get(timeout=seconds)
        except queue.Empty:
            self._kill()
            raise NoAnswer(f"no decision within {seconds:g} s") from None
        if line is None:
            self._kill()
            raise NoAnswer("the worker process ended, perhaps for want of memory")
        return line

    def _kill(self) -> None:
        if self._child is not None:
            _end(self._child)
            self._child = None


def _end(child: subprocess.Popen[str]) -> None:
    if child.poll() is None:
        child.kill()
    child.wait()
    if child.stdin is not None:
        try:
            child.stdin.close()
        except OSError:  # what was not written yet is lost with the child
            return


def _read(source: IO[str] | None, answers: queue.SimpleQueue[str | None]) -> None:
    if source is not None:
        with source:
            for line in source:
                answers.put(line)
    answers.put(None)


def serve(target: str, memory_bytes: int) -> None:
    """The child: answer each line of standard input with one line, until it ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what a library prints must not look like an answer
    _limit(memory_bytes)
    module, _, name = target.partition(":")
    function: Callable[[Any], Any] = getattr(importlib.import_module(module), name)
    getattr(importlib.import_module(module), "warm", lambda: None)()
    questions: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(questions,), daemon=True).start()
    answers.write("{}\n")
    answers.flush()
    while True:
        try:
            answer = {"value": function(json.loads(questions.get()))}
        except (Exception, RecursionError, MemoryError) as error:  # a worker boundary: all of it means "no decision"
            answer = {"error": f"{type(error).__name__}: {str(error)[:200]}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def _listen(questions: queue.SimpleQueue[str]) -> None:
    for line in sys.stdin:
        questions.put(line)
    os._exit(0)  # the parent is gone, whatever is being computed


def _limit(memory_bytes: int) -> None:
    try:
        import resource
    except ImportError:  # no such limits on this system; the time limit holds everywhere
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]))
