"""slowthink: a slow thinker that supervises a fast one.

>>> from slowthink import SlowThinker
>>> with SlowThinker("smollm2") as thinker:        # doctest: +SKIP
...     print(thinker.solve("7 * 4 + 8 * 8 =").answer)
92
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from slowthink.controller import SlowThinker
    from slowthink.errors import BudgetExhausted, InputError, ModelUnavailable, ReplayMismatch, SlowThinkError
    from slowthink.models import load_model
    from slowthink.types import Budget, Claim, Constraint, Judgement, Message, Problem, Solution, Status, Usage, Verdict

_HOMES = {
    "SlowThinker": "controller",
    "load_model": "models",
    **dict.fromkeys(
        ("BudgetExhausted", "InputError", "ModelUnavailable", "ReplayMismatch", "SlowThinkError"), "errors"
    ),
    **dict.fromkeys(
        ("Budget", "Claim", "Constraint", "Judgement", "Message", "Problem", "Solution", "Status", "Usage", "Verdict"),
        "types",
    ),
}

__all__ = [
    "Budget",
    "BudgetExhausted",
    "Claim",
    "Constraint",
    "InputError",
    "Judgement",
    "Message",
    "ModelUnavailable",
    "Problem",
    "ReplayMismatch",
    "SlowThinkError",
    "SlowThinker",
    "Solution",
    "Status",
    "Usage",
    "Verdict",
    "load_model",
]


def __getattr__(name: str) -> Any:
    """Parts are imported when they are first used, so that `import slowthink` is quick."""
    if name not in _HOMES:
        raise AttributeError(f"module 'slowthink' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"slowthink.{_HOMES[name]}"), name)
