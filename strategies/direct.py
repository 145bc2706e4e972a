"""The fast thinker alone: the question as it is, greedily, and the first thing that it says."""

from __future__ import annotations

from slowthink.mind import Mind
from slowthink.models.protocol import Completion
from slowthink.strategies.protocol import Outcome
from slowthink.strategies.template import prompt_from
from slowthink.types import Problem
from slowthink.verifiers.answers import stated_number
from slowthink.verifiers.restatement import asks_for_number

NUMBER_TOKENS, TEXT_TOKENS = 96, 400
"""The most that the fast thinker may write where a number is asked for, and where a text is."""
_CUT = "the reply was cut off at its token limit"


class Direct:
    """One unsupervised completion."""

    name = "direct"

    async def solve(self, problem: Problem, mind: Mind) -> Outcome:
        """Ask once; the answer is the number in the reply, or the whole reply where none is asked for."""
        most = NUMBER_TOKENS if wants_number(problem) else TEXT_TOKENS
        (reply,) = await mind.generate(prompt_from("direct", problem), max_tokens=most)
        return outcome_of(problem, reply)


def outcome_of(problem: Problem, reply: Completion, steps_hold: bool = False, repaired: bool = False) -> Outcome:
    """The outcome that a reply amounts to; one that was cut off says so."""
    text = reply.text
    answer = stated_number(text) if wants_number(problem) else text.strip() or None
    return Outcome(
        answer=answer,
        answered_by=None if answer is None else "repair" if repaired or reply.interventions else "model",
        text=text,
        reason=_CUT if reply.finish == "length" else "" if answer is not None else "the reply has no answer in it",
        steps_hold=steps_hold,
    )


def wants_number(problem: Problem) -> bool:
    """Whether a number is asked for: as the problem says, else as its question reads."""
    if problem.answer_kind is not None:
        return problem.answer_kind == "number"
    return asks_for_number(problem.question)
