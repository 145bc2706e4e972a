"""The ladder: the fast answer first, then slower ways, only as far as the answer is not verified.

Every rung's answer is held against the exact reader's, where it read the whole question; an answer that it
refutes never leaves the ladder. The reader's own value is the last rung, and is marked as its own. Where the
reader declines, the rung whose checked steps hold is preferred. Questions about numbers of some kind in some range have
two routes of their own, and no answer where neither can read them. A question of short plain sentences that ends in a
yes-or-no or a who is stated and decided (`logic`); where that abstains, the fast answer stands, unverified.
"""

from __future__ import annotations

from dataclasses import replace

from slowthink.errors import BudgetExhausted, Unsupported
from slowthink.mind import Mind
from slowthink.strategies.direct import Direct, wants_number
from slowthink.strategies.formalising import is_deduction
from slowthink.strategies.list_and_count import asks_for_list
from slowthink.strategies.logic import LogicStrategy
from slowthink.strategies.protocol import Outcome, Strategy
from slowthink.strategies.puzzle import fast_or_search
from slowthink.strategies.scratchpad import ScratchpadStrategy
from slowthink.strategies.two_ended import TwoEnded
from slowthink.strategies.two_routes import TwoRoutes
from slowthink.strategies.verify_and_revise import VerifyAndRevise
from slowthink.types import Problem, Status
from slowthink.verifiers.answers import plain, same_answer
from slowthink.verifiers.reader import Reading
from slowthink.verifiers.restatement import is_calculation


class Auto:
    """Climbs until an answer is verified or the budget is spent."""

    name = "auto"

    async def solve(self, problem: Problem, mind: Mind) -> Outcome:
        """The first verified answer, else the best one that nothing refutes."""
        if mind.asked(problem) is not None:
            return await TwoEnded().solve(problem, mind.child("two_ended"))
        reading, puzzle = mind.read(problem), mind.read_puzzle(problem)
        tried: list[Outcome] = []
        fast: str | None = None
        if reading is None and asks_for_list(problem):
            return await self._counted(problem, mind)
        for rung in self._rungs(problem):
            try:
                outcome = await rung.solve(problem, mind.child(rung.name))
            except BudgetExhausted as error:
                mind.remark(f"{rung.name}: {error}")
                break
            except Unsupported as error:  # a server that cannot go on with a text, say: other ways may do
                if not tried:
                    raise
                mind.remark(f"{rung.name}: {error}")
                continue
            fast = outcome.answer if not tried else fast
            if puzzle is not None:
                return await fast_or_search(problem, puzzle, mind, outcome)
            stands = self._settles(problem, outcome, reading, mind)
            if stands and not (rung.name == "direct" and is_deduction(problem.question)):
                return replace(outcome, fast_answer=fast)
            mind.remark(f"{rung.name}: {_doubt(outcome, reading)}; on to the next way")
            tried.append(outcome if stands or wants_number(problem) else _withdrawn(outcome))
        if reading is not None:
            mind.remark("the exact reader has the last word")
            return Outcome(plain(reading.value), "reader", reading.text, fast_answer=fast, steps_hold=True)
        return replace(_best(tried), fast_answer=fast)

    async def _counted(self, problem: Problem, mind: Mind) -> Outcome:
        """A question about numbers of some kind in some range: no reply in words is an answer to it, unless listed."""
        fast: str | None = None
        try:
            fast = (await Direct().solve(problem, mind.child("direct"))).answer
            outcome = await TwoRoutes().solve(problem, mind.child("two_routes"))
        except BudgetExhausted as error:
            outcome = Outcome(None, reason=str(error))
        except Unsupported as error:
            if fast is None:
                raise
            outcome = Outcome(None, reason=str(error))
        return replace(outcome, fast_answer=fast)

    def _rungs(self, problem: Problem) -> list[Strategy]:
        """A calculation is copied and worked out; only a story or a text is worth a long chain and a revision."""
        if not wants_number(problem):
            slower: Strategy = LogicStrategy() if is_deduction(problem.question) else VerifyAndRevise()
            return [Direct(), slower]
        if is_calculation(problem.question):
            return [Direct(), ScratchpadStrategy()]
        return [Direct(), ScratchpadStrategy(), VerifyAndRevise()]

    def _settles(self, problem: Problem, outcome: Outcome, reading: Reading | None, mind: Mind) -> bool:
        """Whether to stop here."""
        if outcome.answer is None:
            return False
        if reading is not None:
            return same_answer(outcome.answer, plain(reading.value))
        if wants_number(problem):
            return outcome.steps_hold
        if outcome.answered_by == "logic":
            return outcome.steps_hold
        return all(j.verdict.status is not Status.REFUTED for j in mind.verify(outcome.text, problem.question))


def _withdrawn(outcome: Outcome) -> Outcome:
    """A text that does not settle the question has a refuted claim in it, or is none: it never leaves the ladder."""
    reason = outcome.reason if outcome.answer is None else "a claim in the reply is refuted"
    return replace(outcome, answer=None, answered_by=None, reason=reason)


def _doubt(outcome: Outcome, reading: Reading | None) -> str:
    """Why a rung's outcome does not settle the question."""
    if outcome.answer is None:
        return outcome.reason or "no answer"
    shown = outcome.answer if len(outcome.answer) <= 40 else outcome.answer[:40] + " ..."
    return f"{shown} {'is not what the question comes to' if reading is not None else 'is not verified'}"


def _best(tried: list[Outcome]) -> Outcome:
    """Checked steps first, then the slowest rung that has an answer."""
    answered = [outcome for outcome in reversed(tried) if outcome.answer is not None]
    if not answered:
        return tried[-1] if tried else Outcome(None, reason="the budget did not reach for a first answer")
    return next((outcome for outcome in answered if outcome.steps_hold), answered[0])
