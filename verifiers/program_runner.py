"""Inside the sandbox: runs the blocks of one program and reports what they came to, as JSON.

The program shares the memory of this code. It may change what is reported of itself, and nothing rests on that: how a
run ended, how long it took and whether it broke a limit is found out from outside; the value is what the program says.
Uses the standard library only, and sympy for the names that published programs expect.
"""

from __future__ import annotations

import ast
import builtins
import io
import json
import marshal
import math
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, Final

from slowthink.verifiers.program_values import NotData, encode

MAX_PRINTED: Final = 64_000
MAX_ERROR: Final = 2_000
LENGTH_BYTES: Final = 8
"""Before the text of a program goes its length, in so many bytes, the highest first."""
_NOTHING: Final = object()


class Printed(io.StringIO):
    """What the program prints, up to a bound; the rest is dropped, and `is_cut` says so."""

    is_cut = False

    def write(self, text: str) -> int:
        """Keep the text as far as there is room."""
        room = MAX_PRINTED - self.tell()
        if len(text) > room:
            self.is_cut = True
        return super().write(text[:room]) if room > 0 else 0


def packed(blocks: Sequence[str], result: str | None) -> bytes:
    """A program on its way into the sandbox, where `unpacked` reads it; never the other way."""
    return marshal.dumps([[str.__str__(block) for block in blocks], None if result is None else str.__str__(result)])


def unpacked(data: bytes) -> tuple[list[str], str | None]:
    """The blocks of a program and its result, as `packed` has them."""
    blocks, result = marshal.loads(data)
    return blocks, result


def report(blocks: Sequence[str], result: str | None, names: dict[str, Any]) -> bytes:
    """Run a program and say what it came to: `status`, `value`, `type`, `stdout`, `error`, as JSON.

    `names` are its builtins, which it may change.
    """
    printed = Printed()
    sys.stdout, sys.stderr = printed, Printed()
    found: dict[str, Any] = {"status": "ok"}
    try:
        value = _run(blocks, result, names, printed)
        if value is not _NOTHING:
            found["value"], found["type"] = encode(value)
    except BaseException as error:  # a worker boundary: whatever it raises is what the program came to
        found = _failure(error)
    return _dumped(found, printed.getvalue()).encode()


def _dumped(found: dict[str, Any], printed: str) -> str:
    value = found.get("value")
    if printed or (type(value) is not int and type(value) is not float):
        return json.dumps({**found, "stdout": printed})
    return f'{{"status": "ok", "value": {value!r}, "type": "{found["type"]}", "stdout": ""}}'  # without that machinery


def _failure(error: BaseException) -> dict[str, Any]:
    if isinstance(error, NotData):
        return {"status": "error", "error": str(error)}
    if isinstance(error, MemoryError):
        return {"status": "memory", "error": "more memory than is allowed"}
    # no file is there but libraries: that one is missing, too, is the sandbox's doing
    refused = (isinstance(error, OSError) and error.errno is not None) or "can't start new thread" in str(error)[:100]
    line, said = _line(error), error.msg if isinstance(error, SyntaxError) else str(error)
    text = f"{type(error).__name__}: {said[:MAX_ERROR]}" + (f" (line {line})" if line else "")
    return {"status": "forbidden" if refused else "error", "error": text}


def _line(error: BaseException) -> int | None:
    if isinstance(error, SyntaxError):
        return error.lineno
    frame, line = error.__traceback__, None
    while frame is not None:
        if frame.tb_frame.f_code.co_filename.startswith("<block"):
            line = frame.tb_lineno
        frame = frame.tb_next
    return line


def _run(blocks: Sequence[str], result: str | None, names: dict[str, Any], printed: Printed) -> Any:
    space: dict[str, Any] = {"__name__": "__main__", "__builtins__": names}
    last: Any = None
    try:
        for number, block in enumerate(blocks, 1):
            last = _executed(block, f"<block {number}>", space)
    except SystemExit:  # it says that it is done
        last = None
    if result is not None:
        return eval(compile(result.strip(), "<result>", "eval"), space)  # noqa: S307 - in here is what the sandbox is for
    for value in (_solution(space), *(space.get(name, _NOTHING) for name in ("ans", "answer"))):
        if value is not _NOTHING:
            return value
    if last is not None:
        return last
    if printed.is_cut:
        raise NotData(f"printed more than {MAX_PRINTED} characters, and has no other result")
    return printed.getvalue().strip() or _NOTHING


def _executed(block: str, name: str, space: dict[str, Any]) -> Any:
    """Run a block; the value of its last statement where that is an expression.

    A tree of the block is made only where that could be: a new process pays for each page of memory that it touches.
    """
    if _ends_in_assignment(block):
        exec(compile(block, name, "exec"), space)  # noqa: S102 - in here is what the sandbox is for
        return None
    tree = ast.parse(block, name)
    last = tree.body[-1] if tree.body else None
    if isinstance(last, ast.Expr):
        del tree.body[-1]
    exec(compile(tree, name, "exec"), space)  # noqa: S102
    if not isinstance(last, ast.Expr):
        return None
    return eval(compile(ast.Expression(last.value), name, "eval"), space)  # noqa: S307


def _ends_in_assignment(block: str) -> bool:
    """Whether the last statement is seen to be one such as `ans = x + 1`, and so no expression.

    Its line has nothing in it that could end a text begun before it, no other statement, and as many closing brackets
    as opening ones: those that were open before it would be open still, in a block that is none.
    """
    before, _, line = block.rstrip().rpartition("\n")
    name, sign, value = line.partition(" = ")
    if not sign or not name.isidentifier() or before.endswith("\\"):
        return False
    if "'" in value or '"' in value or ";" in value or "\r" in value or "#" in value:
        return False
    count = value.count
    return count("(") + count("[") + count("{") == count(")") + count("]") + count("}")


def _solution(space: dict[str, Any]) -> Any:
    """The value of `solution()` where the program defines such a function that needs no arguments."""
    function = space.get("solution")
    code = getattr(function, "__code__", None)
    if function is None or code is None:
        return _NOTHING
    needed = code.co_argcount - len(function.__defaults__ or ())
    return _NOTHING if needed > 0 or code.co_kwonlyargcount else function()


def usual_names(with_algebra: bool) -> dict[str, Any]:
    """The builtins of a program: Python's, and what published programs use without importing it."""
    names: dict[str, Any] = {**vars(builtins), "math": math, "exit": sys.exit, "quit": sys.exit}
    if with_algebra:
        import sympy

        public = {name: getattr(sympy, name) for name in sympy.__all__ if not hasattr(builtins, name)}
        names = {**public, **names, "solve_it": _solver(sympy.solve)}
    return names


def _solver(solve: Callable[..., Any]) -> Callable[[Any, Any], dict[Any, Any]]:
    def solve_it(equations: Any, variables: Any) -> dict[Any, Any]:
        """The first solution of the equations by unknown; each unknown is None where there is none."""
        solutions = solve(equations, variables, dict=True)
        if solutions:
            return dict(solutions[0])
        return dict.fromkeys(variables if isinstance(variables, list | tuple) else [variables])

    return solve_it


def main() -> None:
    """In the process of an unconfined program: it comes in on standard input, and its report goes out."""
    answers = os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    blocks, result = unpacked(sys.stdin.buffer.read())
    data = report(blocks, result, usual_names(with_algebra=True))
    with os.fdopen(answers, "wb") as file:
        file.write(data)
