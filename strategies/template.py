"""Prompts as readable files that a user can replace.

A template is a text with `[system]`, `[user]` and `[assistant]` lines between its turns and `$question` where
the question goes. Lines before the first turn are remarks. A last `[assistant]` turn begins the reply.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from string import Template

from slowthink.errors import InputError
from slowthink.models.protocol import Prompt
from slowthink.types import Message, Problem

FOLDER = Path(__file__).parent / "prompts"
_TURN = re.compile(r"^\[(system|user|assistant)\][ \t]*$", re.MULTILINE)


@cache
def _turns(path: Path) -> tuple[tuple[str, str], ...]:
    try:
        parts = _TURN.split(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"expected a prompt template at {path}: {error.strerror}") from error
    turns = tuple((role, body.strip("\n")) for role, body in zip(parts[1::2], parts[2::2], strict=True))
    if not any(role == "user" and "$question" in body for role, body in turns):
        raise InputError(f"{path}: expected a [user] turn that has $question in it")
    return turns


def prompt_from(name: str, problem: Problem, folder: Path = FOLDER, **values: str) -> Prompt:
    """The prompt of a template for a problem; earlier turns of a conversation come before its last question."""
    messages: list[Message] = []
    prefill = ""
    turns = _turns(folder / f"{name}.txt")
    for number, (role, body) in enumerate(turns):
        text = Template(body).safe_substitute(question=problem.question, **values)
        if "$question" in body:
            messages.extend(problem.messages[:-1])
        if number == len(turns) - 1 and role == "assistant":
            prefill = text
        else:
            messages.append(Message(role=role, content=text))  # type: ignore[arg-type]
    return Prompt(messages=tuple(messages), prefill=prefill)
