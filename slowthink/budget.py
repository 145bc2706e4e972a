"""What a run may spend and what it has spent. A cost is reserved before the step, so the bound holds exactly."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from slowthink.errors import BudgetExhausted
from slowthink.types import Budget, Usage


@dataclass
class Ledger:
    """The account of one run. `reserve` comes before a step, `settle` after it."""

    budget: Budget
    usage: Usage = field(default_factory=Usage)
    _charged: int = 0
    """What counts against the budget: prompts in full, so that a warm cache changes no answer."""
    _reserved: int = 0
    _began: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """Time since the run began."""
        return time.monotonic() - self._began

    @property
    def remaining_tokens(self) -> int | None:
        """Tokens that nobody has spent or reserved; None without a bound."""
        if self.budget.tokens is None:
            return None
        return max(0, self.budget.tokens - self._charged - self._reserved)

    @property
    def remaining_seconds(self) -> float | None:
        """Seconds that are left; None without a bound."""
        return None if self.budget.seconds is None else max(0.0, self.budget.seconds - self.seconds)

    @property
    def remaining_nodes(self) -> int | None:
        """Nodes that may still be put into trees; None without a bound."""
        return None if self.budget.nodes is None else max(0, self.budget.nodes - self.usage.nodes)

    def grow(self) -> None:
        """Book one node. Raises BudgetExhausted when none is left."""
        if self.remaining_nodes == 0:
            raise BudgetExhausted(f"the {self.budget.nodes} nodes of the budget are spent")
        self.usage = self.usage.model_copy(update={"nodes": self.usage.nodes + 1})

    def reserve(self, fixed: int, wanted: int, rows: int, least: int) -> int:
        """Set aside `fixed` tokens and up to `wanted` for each of `rows`; returns how many each row may write.

        Raises BudgetExhausted when fewer than `least` are left for a row, or no time.
        """
        if self.remaining_seconds == 0:
            raise BudgetExhausted(f"the {self.budget.seconds} seconds of the budget are spent")
        left = self.remaining_tokens
        allowed = wanted if left is None else min(wanted, (left - fixed) // rows)
        if allowed < min(least, wanted):
            raise BudgetExhausted(
                f"the next step needs {fixed + rows * min(least, wanted)} tokens and {left} of "
                f"{self.budget.tokens} are left"
            )
        self._reserved += fixed + rows * allowed
        return allowed

    def settle(self, reserved: int, spent: Usage, charged: int | None = None) -> None:
        """Give back what was set aside and book what was spent instead; `charged` (default: the same) counts."""
        self._reserved -= reserved
        self._charged += spent.tokens if charged is None else charged
        old = self.usage
        self.usage = Usage(
            **{name: getattr(old, name) + getattr(spent, name) for name in Usage.model_fields if name != "seconds"},
            seconds=self.seconds,
        )
