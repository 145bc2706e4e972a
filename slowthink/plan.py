"""Plans as data: steps in order, what each needs and gives, and how it is checked.

A model writes a plan as JSON under a schema, a person reads it as numbered lines, a caller may edit it. A plan is
sound when every step needs only what a step before it gives, and no two steps give the same; `flaw` says what is wrong
with one that is not. Whether the steps lead to the answer is not covered: that is what their execution shows.
"""

from __future__ import annotations

import json
from typing import Any

from slowthink.errors import InputError
from slowthink.types import Plan, PlanStep

MOST_STEPS = 8
CHECKS = ("sum", "none")
"""`sum`: the step writes an equation, which is proved or refuted. `none`: nothing can check it."""


def plan_schema(most: int = MOST_STEPS) -> dict[str, Any]:
    """The JSON schema that a model writes a plan under; names are short words."""
    name = {"type": "string", "pattern": "^[a-z][a-z_]{0,23}$"}
    step = {
        "type": "object",
        "properties": {
            "action": {"type": "string", "pattern": '^[^"\\\\\n]{3,120}$'},
            "needs": {"type": "array", "items": name, "maxItems": 4},
            "gives": name,
            "check": {"enum": list(CHECKS)},
        },
        "required": ["action", "needs", "gives", "check"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {"steps": {"type": "array", "items": step, "minItems": 1, "maxItems": most}},
        "required": ["steps"],
        "additionalProperties": False,
    }


def read_plan(text: str) -> Plan:
    """The plan that a text in this schema is. Raises InputError that says what is wrong."""
    try:
        data = json.loads(text)
        steps = tuple(PlanStep.model_validate(step) for step in data["steps"])
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        wanted = 'expected a plan such as {"steps": [{"action", "needs", "gives", "check"}]}'
        raise InputError(f"{wanted}, got {text[:80]!r}") from error
    if not 1 <= len(steps) <= MOST_STEPS:
        raise InputError(f"expected a plan of 1 to {MOST_STEPS} steps, got {len(steps)}")
    return Plan(steps=steps)


def flaw(plan: Plan) -> str | None:
    """Why a plan cannot be carried out in its order; None when it can."""
    given: set[str] = set()
    if not plan.steps:
        return "it has no step"
    for number, step in enumerate(plan.steps, 1):
        missing = [name for name in step.needs if name not in given]
        if missing:
            return f"step {number} needs {', '.join(missing)}, which no step before it gives"
        if step.gives in given:
            return f"step {number} gives {step.gives} once more"
        given |= {step.gives} if step.gives else set()
    return None


def mended(plan: Plan) -> Plan:
    """The plan without needs that nothing gives and with each name given once: what is left can be carried out."""
    given: set[str] = set()
    steps = []
    for step in plan.steps:
        gives = None if step.gives in given else step.gives
        steps.append(step.model_copy(update={"needs": tuple(n for n in step.needs if n in given), "gives": gives}))
        given |= {gives} if gives else set()
    return Plan(steps=tuple(steps))


def replanned(plan: Plan, done: int, rest: Plan) -> Plan:
    """The first `done` steps as they were carried out, and other steps behind them."""
    return Plan(steps=(*plan.steps[:done], *rest.steps)[: 2 * MOST_STEPS])


def shown(plan: Plan) -> str:
    """One numbered line for each step."""
    lines = []
    for number, step in enumerate(plan.steps, 1):
        needs = f" (from {', '.join(step.needs)})" if step.needs else ""
        gives = f" -> {step.gives}" if step.gives else ""
        lines.append(f"{number}. {step.action}{needs}{gives}")
    return "\n".join(lines)
