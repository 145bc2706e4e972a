"""One decision about whole numbers: the work that is left for it, and what was found of the numbers on the way.

What was found (a factor, a base of a test, a chain that proves a prime) is data for `verifiers/certificates.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from slowthink.verifiers.factors import SMALL, Work, WorkSpent, proper_factor, small_factor
from slowthink.verifiers.primality import chain, failing_base, is_composite

FACTOR_WORK: Final = 6_000
"""How long a factor is looked for where a base of a test would do as a witness."""


@dataclass
class Thinking:
    """One decision: the work that is left, and what was found of numbers, as data."""

    work: Work
    primality: dict[str, Any] = field(default_factory=dict)
    factors: dict[str, list[int]] = field(default_factory=dict)

    def is_prime(self, n: int) -> bool:
        """Whether n is prime; what shows it goes into the proof. Raises WorkSpent."""
        if n < 2:
            return False
        if n < SMALL * SMALL:
            self.work.spend(5)
            return small_factor(n) in (None, n)
        known = self.primality.get(str(n))
        if known is not None:
            return "chain" in known
        if is_composite(n, self.work):
            self.primality[str(n)] = self._why_composite(n)
            return False
        self.primality[str(n)] = {"chain": chain(n, self.work)}
        return True

    def _why_composite(self, n: int) -> dict[str, Any]:
        allowed = min(FACTOR_WORK, self.work.left)
        own = Work(allowed)
        try:
            return {"factor": proper_factor(n, own)}
        except WorkSpent:
            return {"base": failing_base(n)}
        finally:
            self.work.left -= allowed - own.left

    def composite_witness(self, n: int) -> str:
        """Why n, known not to be prime, is not."""
        if n < 2:
            return f"{n} is less than 2"
        found = self.primality.get(str(n)) or {"factor": small_factor(n)}
        if "factor" in found:
            return f"{found['factor']} * {n // found['factor']} = {n}"
        return f"it fails the test of Miller and Rabin for the base {found['base']}"

    def prime_factors(self, n: int) -> list[int]:
        """The prime factors of n > 0 in order, as often as they divide it. Raises WorkSpent."""
        if str(n) in self.factors:
            return self.factors[str(n)]
        waiting, found = [n], []
        while waiting:
            one = waiting.pop()
            if one == 1:
                continue
            if self.is_prime(one):
                found.append(one)
            else:
                part = (self.primality.get(str(one)) or {}).get("factor") or proper_factor(one, self.work)
                waiting += [part, one // part]
        self.factors[str(n)] = sorted(found)
        return self.factors[str(n)]

    def proof(self) -> dict[str, Any]:
        """What was found, as data."""
        return {"primality": self.primality, "factors": self.factors}
