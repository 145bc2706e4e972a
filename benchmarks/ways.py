"""How strategies are named in a benchmark.

By their names; `self_consistency:8` is one of 8 replies, `auto-reader-calculator` one with these senses off.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from slowthink.controller import senses_without
from slowthink.errors import InputError
from slowthink.strategies import Strategy, strategy_named
from slowthink.strategies.best_of_n import BestOfN
from slowthink.strategies.ensemble import Ensemble
from slowthink.strategies.self_consistency import SelfConsistency

COUNTED: dict[str, Callable[[int], Strategy]] = {
    "self_consistency": lambda n: SelfConsistency(most=n, batch=min(4, n)),
    "best_of_n": lambda n: BestOfN(n=n),
    "ensemble": lambda n: Ensemble(replies=n),
}
"""Strategies that write several replies, and how one with so many is made."""


@dataclass(frozen=True)
class Way:
    """A strategy with its number of replies and the senses that are off, under the name that results carry."""

    name: str
    base: str
    replies: int | None = None
    off: tuple[str, ...] = ()

    def strategy(self) -> Strategy:
        """The strategy itself."""
        return strategy_named(self.base) if self.replies is None else COUNTED[self.base](self.replies)


def ways_of(
    text: str, known: Callable[[str], object] = strategy_named, counted: Collection[str] = tuple(COUNTED)
) -> list[Way]:
    """The ways of a list with commas. `known` refuses names; those of `counted` may have a number behind them.

    Raises InputError for a name, a number or a sense that makes no sense.
    """
    ways = [_way(name.strip(), known, counted) for name in text.split(",") if name.strip()]
    if not ways:
        raise InputError("expected with --strategy one or more strategies, such as direct,auto; got none")
    if len({way.name for way in ways}) < len(ways):
        raise InputError(f"expected each strategy once with --strategy, got {text!r}")
    return ways


def _way(name: str, known: Callable[[str], object], counted: Collection[str]) -> Way:
    base, *off = name.split("-")
    base, _, count = base.partition(":")
    known(base)
    senses_without(off)
    if not count:
        return Way(name, base, None, tuple(off))
    if base not in counted or not count.isdecimal() or not 1 <= int(count) <= 10_000:
        raise InputError(
            f"expected a number of replies from 1 to 10000 behind one of {', '.join(counted)}, such as "
            f"{next(iter(counted))}:8; got {name!r}"
        )
    return Way(name, base, int(count), tuple(off))
