"""Smaller questions first, each answered with what was found before (Zhou et al., arXiv:2205.10625).

The smaller questions are a plan, too: the model writes them under the grammar of plans, a caller may edit them, each
answer is checked, and behind a refuted one the rest is asked anew. So this is `plan_and_solve` with other prompts.
"""

from __future__ import annotations

from dataclasses import dataclass

from slowthink.strategies.plan_and_solve import PlanAndSolve


@dataclass(frozen=True)
class LeastToMost(PlanAndSolve):
    """`edit` is shown the smaller questions before they are asked."""

    name = "least_to_most"
    _plan_prompt = "subquestions"
    _step_prompt = "subanswer"
