"""Two routes that read a question separately: a list by a plan in words, and a program. What both come to.

They share nothing but the question: another prompt, another notation, another order of the choices, another way of
computing. Where they agree, the outcome says so, and a measured table says what that is worth; where they do not,
there is no answer; where only one has one, it is one route's.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from slowthink.errors import BudgetExhausted
from slowthink.mind import Mind
from slowthink.strategies.list_and_count import ListAndCount, asks_for_list, outcome_of_list
from slowthink.strategies.program import Program
from slowthink.strategies.protocol import Outcome
from slowthink.types import Problem
from slowthink.verifiers.answers import same_answer
from slowthink.verifiers.listing import Listed


async def _listed(problem: Problem, mind: Mind) -> Listed | str:
    """The one route; a budget that ends it does not end the other."""
    try:
        return await ListAndCount().listed(problem, mind)
    except BudgetExhausted as error:
        return str(error)


async def _program(problem: Problem, mind: Mind) -> Outcome:
    """The other route."""
    try:
        return await Program().solve(problem, mind)
    except BudgetExhausted as error:
        return Outcome(None, reason=str(error))


class TwoRoutes:
    """`list_and_count` and `program` on one counting question."""

    name = "two_routes"

    async def solve(self, problem: Problem, mind: Mind) -> Outcome:
        """The answer that both routes come to, or that one of them alone has."""
        if not asks_for_list(problem):
            return Outcome(None, reason="the question asks for nothing that could be listed")
        listed, program = await asyncio.gather(
            _listed(problem, mind.child("list_and_count")), _program(problem, mind.child("program"))
        )
        if isinstance(listed, str):
            return program if program.answer is not None else Outcome(None, reason=listed)
        outcome = outcome_of_list(listed)
        if program.answer is None:
            return replace(outcome, reason=f"{outcome.reason}; one route only: {program.reason}")
        if not same_answer(outcome.answer, program.answer):
            reason = f"two readings disagree: {outcome.answer} by a list, {program.answer} by {program.text}"
            return Outcome(None, text=outcome.text, reason=reason)
        mind.remark(f"the list and the program agree on {outcome.answer}")
        agreement = "counting" if listed.agrees else None
        return replace(outcome, reason=f"{outcome.reason}; {program.text}", agreement=agreement)
