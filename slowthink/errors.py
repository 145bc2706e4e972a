"""Every error that slowthink raises on purpose: one base, and a message that says what to do.

The text of an error says what was expected, what came, and what to do next.
"""

from __future__ import annotations


class SlowThinkError(Exception):
    """Base of all errors of slowthink."""


class InputError(SlowThinkError, ValueError):
    """What a caller gave cannot be used (exit code 2 on the command line)."""


class ModelUnavailable(SlowThinkError, RuntimeError):
    """A model, or a component that it needs, is missing or broken (exit code 4 on the command line)."""


class Unsupported(ModelUnavailable):
    """The model is there, but cannot be used in this way: another way of thinking may do without."""


class ServerLost(ModelUnavailable):
    """A model's server could not be reached, or failed again and again: another may do, or the same one later."""


class SandboxUnavailable(ModelUnavailable):
    """No sandbox can run this program here, and it is not run without one (exit code 4 on the command line)."""


class BudgetExhausted(SlowThinkError):
    """The next step would cost more than the budget has left; the run ends with what is known."""


class ReplayMismatch(SlowThinkError):
    """A saved run does not hold the step that is asked for: the code or the question has changed since."""
