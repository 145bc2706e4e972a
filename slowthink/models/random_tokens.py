"""The babbling control: random tokens of a real vocabulary. Whatever scores with it did not come from a model.

Every text token is equally likely, at any temperature. At temperature 0 the noise belongs to the text in front of
the row, above it to seed and path; so it is as repeatable as a real model is. No forward pass is made.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

from slowthink.models.jobs import Job, uniform
from slowthink.models.protocol import Sampling
from slowthink.models.rows import Row
from slowthink.models.text import Codec
from slowthink.models.told import Speaker, ToldModel

if TYPE_CHECKING:
    from slowthink.models.constraints import Grammar


class RandomTokenModel(ToldModel):
    """Writes uniformly random tokens of a tokenizer's vocabulary (default: the embedded model's).

    Raises ModelUnavailable when no tokenizer is given and the embedded model is neither here nor to be had.
    """

    def __init__(self, tokenizer: Any = None, *, name: str = "random tokens") -> None:
        tokenizer = _embedded_tokenizer() if tokenizer is None else tokenizer
        super().__init__(name, Codec(tokenizer))
        end = tokenizer.eos_token_id
        special = set(tokenizer.all_special_ids)
        self._ends = frozenset() if end is None else frozenset({end})
        known = sorted(set(tokenizer.get_vocab().values()))
        self._vocabulary = [token for token in known if token == end or token not in special]

    def _speakers(self, jobs: list[Job]) -> list[Speaker]:
        return [_Dice(self._vocabulary) for _ in jobs]


class _Dice:
    def __init__(self, vocabulary: list[int]) -> None:
        self.vocabulary = vocabulary

    def next(self, row: Row) -> _Throw:
        writing = row.writing
        return _Throw(self.vocabulary, uniform(0, writing.prompt_text, len(writing.ids)))


class _Throw:
    """All tokens, equally likely."""

    def __init__(self, vocabulary: list[int], greedy: float) -> None:
        self.vocabulary = vocabulary
        self.greedy = greedy

    @property
    def is_free(self) -> bool:
        """There are other tokens."""
        return True

    def best(self, sampling: Sampling, noise: float) -> int | None:
        """The token at the place that the noise names; None when all are taken away."""
        if not self.vocabulary:
            return None
        place = noise if sampling.temperature > 0 else self.greedy
        return self.vocabulary[int(place * len(self.vocabulary))]

    def without(self, tokens: Iterable[int]) -> _Throw:
        """All others (a ban is rare, so the list is simply made anew)."""
        banned = set(tokens)
        return _Throw([one for one in self.vocabulary if one not in banned], self.greedy)

    def within(self, grammar: Grammar, ends: Collection[int]) -> _Throw:
        """Those that the grammar allows."""
        allowed = grammar.allowed(ends)
        return _Throw([one for one in self.vocabulary if one < len(allowed) and allowed[one]], self.greedy)

    def logprob(self, token: int) -> float:
        """The same for all of the whole vocabulary."""
        return -math.log(len(self.vocabulary))


def _embedded_tokenizer() -> Any:
    from transformers import AutoTokenizer

    from slowthink.models.embedded import ensure

    return AutoTokenizer.from_pretrained(str(ensure()))
