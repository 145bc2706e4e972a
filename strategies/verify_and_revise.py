"""Answer, check, and answer again with what the check found: the fast thinker's own words, corrected.

The first reply is not watched; its finished text is judged. While a claim in it is refuted, the model is told
which one and why, and writes again, a bounded number of times.
"""

from __future__ import annotations

from dataclasses import replace

from slowthink.errors import BudgetExhausted
from slowthink.mind import Mind
from slowthink.strategies.direct import outcome_of
from slowthink.strategies.protocol import Outcome, evidence_of
from slowthink.strategies.template import prompt_from
from slowthink.types import Judgement, Problem, Status

ROUNDS = 2


class VerifyAndRevise:
    """Post-hoc verification with feedback (compare Madaan et al., arXiv:2303.17651)."""

    name = "verify_and_revise"

    async def solve(self, problem: Problem, mind: Mind) -> Outcome:
        """The last reply in which nothing is refuted; without one, no answer."""
        (reply,) = await mind.generate(prompt_from("chain_of_thought", problem), max_tokens=320)
        repaired = False
        for _ in range(ROUNDS):
            wrong = _refuted(mind.verify(reply.text, problem.question))
            if wrong is None:
                break
            finding = _finding(wrong)
            mind.remark(finding)
            try:
                prompt = prompt_from("revise", problem, reply=reply.text, finding=finding)
                (reply,) = await mind.generate(prompt, max_tokens=320, supervised=True, question=problem.question)
            except BudgetExhausted:
                break
            repaired = repaired or bool(reply.interventions)
        judged = mind.verify(reply.text, problem.question)
        if _refuted(judged) is not None:
            return Outcome(None, text=reply.text, reason="a claim in the last reply is still refuted")
        proved = any(j.verdict.status is Status.PROVED for j in judged)
        return replace(outcome_of(problem, reply, proved, repaired), evidence=evidence_of(judged))


def _refuted(judged: list[Judgement]) -> Judgement | None:
    return next((j for j in judged if j.verdict.status is Status.REFUTED), None)


def _finding(wrong: Judgement) -> str:
    right = f" The right value is {wrong.verdict.correction}." if wrong.verdict.correction else ""
    return f'"{wrong.claim.text.strip()}" is wrong.{right}'
