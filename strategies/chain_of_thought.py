"""Steps first, then the answer: one completion, its sums watched while it is written."""

from __future__ import annotations

from dataclasses import replace

from slowthink.mind import Mind
from slowthink.strategies.direct import outcome_of
from slowthink.strategies.protocol import Outcome, evidence_of
from slowthink.strategies.template import prompt_from
from slowthink.types import Problem, Status


class ChainOfThought:
    """One supervised chain (Wei et al., arXiv:2201.11903, with a calculator that watches)."""

    name = "chain_of_thought"

    async def solve(self, problem: Problem, mind: Mind) -> Outcome:
        """Write a chain, judge what it says, take its answer."""
        prompt = prompt_from("chain_of_thought", problem)
        (reply,) = await mind.generate(prompt, max_tokens=320, supervised=True, question=problem.question)
        judged = mind.verify(reply.text, problem.question)
        holds = bool(judged) and all(j.verdict.status is not Status.REFUTED for j in judged)
        return replace(outcome_of(problem, reply, holds), evidence=evidence_of(judged))
