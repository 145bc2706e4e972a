"""Supervised steps: write down the calculation, check that it is the question's, work it out under watch.

A calculation is first copied out by the model and held against the question's own words; a copy that leaves
out a number or changes a sign is refuted, and others are sampled, greedy first, until one stands or the budget
ends. Then the model goes on after the `=`, with the calculator watching. A question that tells a story is
worked in short lines instead; a reply whose answer is not the result of one of its own checked steps is refuted
and another one is tried.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, replace
from fractions import Fraction

from slowthink.errors import BudgetExhausted
from slowthink.mind import Mind
from slowthink.models.protocol import Completion, Prompt
from slowthink.strategies.direct import outcome_of, wants_number
from slowthink.strategies.protocol import Outcome, evidence_of
from slowthink.strategies.template import prompt_from
from slowthink.supervision import Replace
from slowthink.types import AnsweredBy, Judgement, Problem, Status
from slowthink.verifiers.answers import plain, stated_number, value_of
from slowthink.verifiers.expressions import count_operators, evaluate, parse
from slowthink.verifiers.restatement import is_calculation, objection, own_expression

SAMPLES = 4
TEMPERATURE = 0.7
ROUNDS = 2
TRIES = 3
"""How many different calculations are worked out before the strategy gives up."""


@dataclass(frozen=True)
class Copy:
    """A calculation that the model wrote, and the prompt it wrote it behind."""

    prompt: Prompt
    written: str
    value: Fraction | None


class ScratchpadStrategy:
    """Checked steps, with backtracking to before the step that was refuted."""

    name = "scratchpad"

    async def solve(self, problem: Problem, mind: Mind) -> Outcome:
        """Work the problem out; an outcome without an answer says what was refuted."""
        if not wants_number(problem):
            return Outcome(None, reason="the scratchpad works out numbers, and none is asked for")
        if is_calculation(problem.question):
            for number, copy in enumerate(await self._copied(problem, mind.child("calculation"))):
                outcome = await self._worked(copy, mind.child(f"working {number}"))
                if outcome.answer is not None:
                    return outcome
                mind.remark(f"back to before {copy.written}: {outcome.reason}")
            return Outcome(None, reason="no copy of the question's calculation stood")
        return await self._lines(problem, mind.child("lines"))

    async def _copied(self, problem: Problem, mind: Mind) -> list[Copy]:
        """The calculation that is asked for, as the model writes it: what stands, most often written first."""
        first = prompt_from("restate", problem)
        (greedy,) = await self._asked(first, mind, 0.0, 1)
        standing = [copy for copy in [greedy] if self._stands(problem, copy, mind)]
        if not standing or own_expression(problem.question) is None:
            try:
                for number in range(ROUNDS):
                    copies = await self._sampled(problem, mind.child(f"round {number}"))
                    standing += [copy for copy in copies if self._stands(problem, copy, mind)]
                    if standing:
                        break
            except BudgetExhausted:
                mind.remark("no budget for more copies")
        votes = Counter(copy.value for copy in standing)
        one_each = {copy.value: copy for copy in reversed(standing)}.values()
        return sorted(one_each, key=lambda copy: (-votes[copy.value], standing.index(copy)))[:TRIES]

    async def _sampled(self, problem: Problem, mind: Mind) -> list[Copy]:
        """More copies in one batch: by both prompts, greedy where that is new, and sampled."""
        first, words = prompt_from("restate", problem), prompt_from("restate_words", problem)
        batches = await asyncio.gather(
            self._asked(first, mind.child("again"), TEMPERATURE, SAMPLES),
            self._asked(words, mind.child("words"), 0.0, 1),
            self._asked(words, mind.child("words again"), TEMPERATURE, SAMPLES),
        )
        return [copy for batch in batches for copy in batch]

    async def _asked(self, prompt: Prompt, mind: Mind, temperature: float, n: int) -> list[Copy]:
        rows = await mind.generate(prompt, max_tokens=64, temperature=temperature, stop=("=", "\n", "?"), n=n)
        return [_copy(prompt, row) for row in rows]

    def _stands(self, problem: Problem, copy: Copy, mind: Mind) -> bool:
        """Whether nothing speaks against the copy; switched off, anything that can be computed stands."""
        if copy.value is None:
            return False
        if not mind.senses.question:
            return True
        against = objection(problem.question, copy.written)
        if against is not None:
            mind.remark(f"not {copy.written}: {against}")
        return against is None

    async def _worked(self, copy: Copy, mind: Mind) -> Outcome:
        """Let the model work the calculation out under watch; its answer is the end of its chain."""
        started = f" {copy.written} ="
        mind.note(copy.written, Status.UNKNOWN)
        (row,) = await mind.generate(
            copy.prompt.continued(started), max_tokens=64, stop=("\n",), supervised=True, supervisors=(Progress(mind),)
        )
        text = f"{copy.written} ={row.text}"
        judged = mind.verify(text)
        holds = _hold(judged)
        if mind.senses.verifiers and not holds:
            return Outcome(None, text=text, reason="the steps of the calculation do not hold")
        answer = stated_number(text)
        if holds:
            mind.note(f"{copy.written} = {answer}", Status.PROVED)
        by: AnsweredBy | None = None if answer is None else "repair" if row.interventions else "model"
        return Outcome(answer, by, text, steps_hold=holds, evidence=evidence_of(judged))

    async def _lines(self, problem: Problem, mind: Mind) -> Outcome:
        """Short lines of work; the first reply stands unless it is refuted, then some others are tried."""
        prompt = prompt_from("work", problem)
        (reply,) = await mind.generate(prompt, max_tokens=200, stop=("\n\n",), supervised=True)
        replies = [reply]
        if not self._follows(reply, mind):
            try:
                replies += await mind.generate(
                    prompt, max_tokens=200, stop=("\n\n",), temperature=TEMPERATURE, n=SAMPLES, supervised=True
                )
            except BudgetExhausted:
                mind.remark("no budget for another try")
        for reply in replies:
            if self._follows(reply, mind):
                outcome = outcome_of(problem, reply, steps_hold=True)
                return replace(outcome, evidence=evidence_of(mind.verify(reply.text)))
        return Outcome(None, text=replies[0].text, reason="no reply's answer follows from its own checked steps")

    def _follows(self, reply: Completion, mind: Mind) -> bool:
        """Whether the reply's answer is the result of a step that was proved, and no step is refuted."""
        if not mind.senses.verifiers:
            return True
        judged = mind.verify(reply.text)
        answer = value_of(stated_number(reply.text))
        return _hold(judged) and any(
            value_of(stated_number(j.claim.text)) == answer for j in judged if j.verdict.status is Status.PROVED
        )


def _hold(judged: list[Judgement]) -> bool:
    statuses = {j.verdict.status for j in judged}
    return Status.PROVED in statuses and Status.REFUTED not in statuses


def _copy(prompt: Prompt, row: Completion) -> Copy:
    written = row.text.strip().strip("\"'`.,: ")
    expression = parse(written)
    usable = expression is not None and count_operators(expression) > 0
    return Copy(prompt, written, evaluate(expression) if expression is not None and usable else None)


class Progress:
    """A step must say the same in fewer operations; one that does not is replaced by the value.

    It reads a chain `a = b = c` on the last line of the reply and judges each complete member against the
    one before it.
    """

    name = "progress"

    def __init__(self, mind: Mind) -> None:
        self._on = any(supervisor.name == "calculator" for supervisor in mind.senses.supervisors)

    def watch(self, text: str, seen: int, ended: bool) -> Replace | None:
        """Judge the member of the chain that the new characters complete."""
        if not self._on or not (ended or "=" in text[seen:] or "\n" in text[seen:]):
            return None
        begin = max(text.rfind("\n", 0, max(0, len(text) - 1)), text.rfind(":")) + 1
        parts = text[begin:].split("=")
        complete = len(parts) if ended or text.endswith("\n") else len(parts) - 1
        if complete < 2:
            return None
        start = begin + sum(len(part) + 1 for part in parts[: complete - 1])
        before, step = parse(parts[complete - 2]), parse(parts[complete - 1].strip(" .\n"))
        value = None if before is None else evaluate(before)
        if before is None or step is None or value is None or count_operators(step) == 0:
            return None
        if evaluate(step) == value and count_operators(step) < count_operators(before):
            return None
        why = (
            f"{parts[complete - 1].strip()} is no step from {parts[complete - 2].strip()} to its value, {plain(value)}"
        )
        return Replace(start, f" {plain(value)}\n", why)
