"""Whether a line is a sentence to the model: in its place it prefers the line to nearly all other orders of its words.

All orders are tried where there are at most 24 of them, else 40 that are drawn with a seed. What the model thinks of
a line in itself says little (rare words in a good order are less likely than common ones in none); what it thinks of
the order of the same words says much. It says nothing of the sense of the line.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from itertools import permutations

from slowthink.mind import Mind
from slowthink.models.protocol import Prompt, Score

SHARE = 0.95
ALL, DRAWN = 24, 40
FIRST = 12
"""So many orders are tried before the others, as most lines that fail do so among them."""


@dataclass(frozen=True)
class Preference:
    """How many of the orders that were tried are less likely than the line."""

    worse: int
    tried: int

    @property
    def share(self) -> float:
        """The share of the orders that are less likely than the line."""
        return self.worse / self.tried if self.tried else 0.0

    @property
    def holds(self) -> bool:
        """Whether that is enough."""
        return self.tried > 0 and self.share >= SHARE


def orders(words: tuple[str, ...], seed: int = 0, drawn: int = DRAWN) -> list[tuple[str, ...]]:
    """The other orders of some words, each once: all of them where they are few, else some, drawn with a seed."""
    if math.factorial(min(len(words), 9)) <= ALL:
        found = dict.fromkeys(permutations(words))
        found.pop(words, None)
        return random.Random(seed).sample(list(found), len(found))
    draw, some = random.Random(seed), dict[tuple[str, ...], None]()
    for _ in range(drawn * 20):
        order = tuple(draw.sample(words, len(words)))
        if order != words:
            some[order] = None
        if len(some) == drawn:
            break
    return list(some)


def as_line(words: tuple[str, ...]) -> str:
    """Words as a line of a poem."""
    text = " ".join(words)
    return text[:1].upper() + text[1:] + "."


async def preference(
    mind: Mind, place: Prompt, words: tuple[str, ...], seed: int = 0, drawn: int = DRAWN
) -> Preference:
    """How the model likes this order of the words in this place; it stops as soon as the line has failed."""
    others = orders(words, seed, drawn)
    allowed = len(others) - math.ceil(SHARE * len(others) - 1e-9)
    worse = tried = 0
    own: Score | None = None
    for part in (others[:FIRST], others[FIRST:]):
        lines = [as_line(order) for order in part]
        asked = lines if own is not None else [as_line(words), *lines]
        if not lines:
            break
        scores = await mind.score(place, asked)
        if own is None:
            own, *scores = scores
        worse += sum(_is_worse(score, own) for score in scores)
        tried += len(scores)
        if tried - worse > allowed:
            break
    return Preference(worse, tried)


def _is_worse(other: Score, own: Score) -> bool:
    """Less likely, and per token too: an order that is only cut into more tokens is not a worse one."""
    return other.logprob < own.logprob and other.logprob * own.tokens < own.logprob * other.tokens - 1e-6
