"""What a run of a program ended in: the status, the value with its type, what it printed, and which tier ran it.

`status`, `seconds` and `tier` are decided outside the sandbox. `value` and `stdout` are what the program says of
itself, and no more than that: whoever wants to know whether the value is right compares it here, outside.
"""

from __future__ import annotations

from typing import Any, Literal

from slowthink.types import Frozen

RunStatus = Literal["ok", "error", "timeout", "memory", "forbidden", "unavailable"]
Tier = Literal[1, 2, "unsafe"]


class ProgramResult(Frozen):
    """`value` is JSON, `type` says what it was: `int`, `fraction`, `float`, `expression`, `str`, `list[int]`, ...

    A program that printed and has no other result has what it printed for a value, as `str`. `value` and `type` are
    None where there is none, and `error` says what went wrong. `tier` is None where nothing ran.
    """

    status: RunStatus
    value: Any = None
    type: str | None = None
    stdout: str = ""
    error: str | None = None
    seconds: float = 0.0
    tier: Tier | None = None
