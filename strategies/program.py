"""The model writes a program, the sandbox runs it, and the answer is what the program comes to.

A question about numbers of some kind in some range gets a program of one line in a closed vocabulary, chosen under its
grammar (`plan_reading.py`) and held against the question's words. Every other question gets a program as the model
writes it; when the run fails, the error goes back to the model, a bounded number of times. A value is what the program
says, and no more than that.
"""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from typing import Any, Final

from slowthink.errors import BudgetExhausted, Unsupported
from slowthink.mind import Mind
from slowthink.models.protocol import Prompt
from slowthink.strategies.list_and_count import asks_for_list
from slowthink.strategies.number_programs import program_of, whole_program
from slowthink.strategies.plan_reading import CODE, PlanReader
from slowthink.strategies.protocol import Outcome
from slowthink.strategies.template import prompt_from
from slowthink.types import Problem
from slowthink.verifiers.answers import plain
from slowthink.verifiers.program_result import ProgramResult

ROUNDS: Final = 2
MAX_TOKENS: Final = 200
SECONDS: Final = 5.0
_BLOCK: Final = re.compile(r"```(?:python)?\n(.*?)(?:```|\Z)", re.DOTALL)


class Program:
    """One route: a program, run."""

    name = "program"

    async def solve(self, problem: Problem, mind: Mind) -> Outcome:
        """What the program came to; no answer where none ran to its end."""
        if asks_for_list(problem):
            return await self._counted(problem, mind)
        return await self._written(problem, mind.child("written"))

    async def _counted(self, problem: Problem, mind: Mind) -> Outcome:
        read = await PlanReader(CODE).read(problem, mind.child("line"))
        if read.plan is None:
            reason = "; ".join(["no program of one line fits the question", *read.refuted[:1]])
            return Outcome(None, reason=reason)
        line = program_of(read.plan)
        result = await mind.run(whole_program(line), "answer", seconds=SECONDS)
        value = _value(result)
        if value is None:
            return Outcome(None, text=line, reason=f"the program came to nothing: {result.error or result.status}")
        return Outcome(value, "program", line, f"the program ran: {line}")

    async def _written(self, problem: Problem, mind: Mind) -> Outcome:
        """A program in the model's own words; an error goes back to it."""
        code, error = "", "no program was written"
        for number in range(ROUNDS):
            prompt = prompt_from("program_again" if number else "program", problem, code=code, error=error)
            try:
                code = await _code(prompt, mind)
            except BudgetExhausted:
                if number:
                    break
                raise
            result = await mind.run(code, seconds=SECONDS)
            value = _value(result)
            if value is not None:
                return Outcome(value, "program", code, "one program ran; nothing says that it is the question's")
            error = (result.error or f"it came to {result.value!r}")[:200]
            mind.remark(f"the program failed: {error}")
        return Outcome(None, text=code, reason=f"the program came to nothing: {error}")


async def _code(prompt: Prompt, mind: Mind) -> str:
    """The program that the model writes in the block that the prompt begins, or else in one of its own."""
    try:
        (row,) = await mind.generate(prompt, max_tokens=MAX_TOKENS, stop=("\n\n\n", "```"))
    except Unsupported:  # by a server that cannot go on with a reply
        if not prompt.prefill:
            raise
        prompt = replace(prompt, prefill="")
        (row,) = await mind.generate(prompt, max_tokens=MAX_TOKENS, stop=("\n\n\n",))
    text = prompt.prefill.rstrip("\n") + "\n" + row.text if prompt.prefill else row.text
    found = _BLOCK.search(text)
    return (found[1] if found else text).strip("\n")


def _value(result: ProgramResult) -> str | None:
    """A result as an answer; None for a run that failed, and for what is no number and no list of numbers."""
    return _shown(result.value) if result.status == "ok" else None


def _shown(value: Any) -> str | None:
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, list):
        parts = [_shown(one) for one in value]
        return ", ".join(part for part in parts if part) if parts and all(parts) else None
    try:
        return plain(Fraction(str(value)))
    except (ValueError, ZeroDivisionError):
        return None
