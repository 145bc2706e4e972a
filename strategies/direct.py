"""The fast thinker alone: the question as it is, greedily, and the first thing that it says."""

from __future__ import annotations

from slowthink.mind import Mind
from slowthink.strategies.protocol import Outcome
from slowthink.strategies.template import prompt_from
from slowthink.types import Problem
from slowthink.verifiers.answers import extract_number
from slowthink.verifiers.restatement import asks_for_number


class Direct:
    """One unsupervised completion."""

    name = "direct"

    async def solve(self, problem: Problem, mind: Mind) -> Outcome:
        """Ask once; the answer is the number in the reply, or the whole reply where none is asked for."""
        (reply,) = await mind.generate(prompt_from("direct", problem), max_tokens=96)
        return outcome_of(problem, reply.text, bool(reply.interventions))


def outcome_of(problem: Problem, text: str, repaired: bool, steps_hold: bool = False) -> Outcome:
    """The outcome that a reply amounts to."""
    answer = extract_number(text) if wants_number(problem) else text.strip() or None
    return Outcome(
        answer=answer,
        answered_by=None if answer is None else "repair" if repaired else "model",
        text=text,
        reason="" if answer is not None else "the reply has no answer in it",
        steps_hold=steps_hold,
    )


def wants_number(problem: Problem) -> bool:
    """Whether a number is asked for: as the problem says, else as its question reads."""
    if problem.answer_kind is not None:
        return problem.answer_kind == "number"
    return asks_for_number(problem.question)
