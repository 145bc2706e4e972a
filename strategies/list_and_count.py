"""List, then count: the model fills in what to list, and every member and every gap of the list is checked.

The model's own words are a plan as data (`plan_reading.py`); the list is made as the plan says, decided number by
number, and held against the number-theory verifier. What is asked of the list comes last. Where the question leaves
open whether an end counts, the answer says which way it was counted, and whether another way would give another answer.
"""

from __future__ import annotations

import re
from typing import Final

from slowthink.mind import Mind
from slowthink.strategies.plan_reading import WORDS, PlanReader
from slowthink.strategies.protocol import Outcome
from slowthink.types import Problem, Status
from slowthink.verifiers.counting_plans import figures, told
from slowthink.verifiers.listing import Listed, carry_out, disagreement, evidence_of_list, reason_of
from slowthink.verifiers.plan_words import normal

NO_PLAN: Final = "no plan of listing and counting fits the question"
MAX_WORDS: Final = 45
_MEMBERS: Final = re.compile(
    r"\b(?:primes?|composites?|evens|odds|multiples?|squares?|cubes?|palindrom\w+|semi-?primes?|integers?|numbers?|"
    r"divisors?|factors?|powers?|factorials?|fibonacci|triangular|divisible)\b",
)
_WANTED: Final = re.compile(
    r"\b(?:how many|count|number of|list|which|name|enumerate|sum|total|add|product|multiply|largest|biggest|greatest|"
    r"highest|maximum|smallest|least|lowest|minimum|first|last|average|mean|what|find|give|write|show|next|all)\b|#n",
)
_RANGE: Final = re.compile(
    r"\b(?:between|from|below|under|up ?to|at most|at least|less|smaller|lower|fewer|above|over|greater|more|larger|"
    r"bigger|exceed\w*|after|before|through|first|range|interval|digits?|divisors?|factors?)\b|#[nd]",
)

_OF_TWO: Final = re.compile(
    r"\b(?:greatest|largest|biggest|highest|least|lowest|smallest) common (?:divisor|factor|multiple|denominator)\b|"
    r"\b(?:gcd|gcf|hcf|lcm)\b"
)
"""What two numbers have in common is worked out, not listed between them."""


def asks_for_list(problem: Problem) -> bool:
    """Whether a question may be one about numbers of some kind in some range: a glance at its words, and no reading."""
    question = problem.question
    found = figures(question) if len(question.split()) <= MAX_WORDS and problem.answer_kind != "text" else None
    if not found:
        return False
    words = normal(question, found)
    return all(look.search(words) for look in (_MEMBERS, _WANTED, _RANGE)) and not _OF_TWO.search(words)


class ListAndCount:
    """One route: a plan in words, and its list."""

    name = "list_and_count"

    async def solve(self, problem: Problem, mind: Mind) -> Outcome:
        """What comes of the list that the model's plan asks for; no answer where its plans are refuted."""
        listed = await self.listed(problem, mind)
        return Outcome(None, reason=listed) if isinstance(listed, str) else outcome_of_list(listed)

    async def listed(self, problem: Problem, mind: Mind) -> Listed | str:
        """The list, or why there is none."""
        if not asks_for_list(problem):
            return "the question asks for nothing that could be listed"
        read = await PlanReader(WORDS).read(problem, mind.child("plan"))
        if read.plan is None:
            return "; ".join([NO_PLAN, *read.refuted[:1]])
        mind.note(f"plan: {told(read.plan)}", Status.UNKNOWN)
        listed = carry_out(read.plan, normal(problem.question, figures(problem.question) or ()))
        if isinstance(listed, str):
            return listed
        wrong = disagreement(listed.plan.kind, listed.stretch)
        if wrong is not None:
            return wrong
        mind.note(evidence_of_list(listed).claim, Status.PROVED)
        return listed


def outcome_of_list(listed: Listed) -> Outcome:
    """The outcome that a list amounts to."""
    evidence = evidence_of_list(listed)
    return Outcome(listed.answer, "program", evidence.claim, reason_of(listed), steps_hold=True, evidence=(evidence,))
