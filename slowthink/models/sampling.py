"""Choosing tokens from logits: greedy, or by inverse transform with noise that belongs to the row alone."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from slowthink.models.protocol import Sampling

if TYPE_CHECKING:
    from slowthink.models.constraints import Grammar


@dataclass(frozen=True, slots=True)
class Logits:
    """The model's logits `[vocabulary]` for one row's next token, as rows want to see them."""

    values: torch.Tensor
    is_cut: bool = False
    """Whether tokens were made impossible, so that perhaps none is left."""

    @property
    def is_free(self) -> bool:
        """There are other tokens."""
        return True

    def best(self, sampling: Sampling, noise: float) -> int | None:
        """The token that is chosen; None when all are impossible."""
        if self.is_cut and sampling.temperature > 0 and not self._is_possible(self.values.argmax()):
            return None
        token = choose(self.values, sampling.temperature, sampling.top_p, noise)
        return token if not self.is_cut or self._is_possible(token) else None

    def _is_possible(self, token: int | torch.Tensor) -> bool:
        return bool(self.values[token] > float("-inf"))

    def without(self, tokens: Iterable[int]) -> Logits:
        """The same, with some tokens made impossible."""
        values = self.values.clone()
        values[list(tokens)] = float("-inf")
        return Logits(values, is_cut=True)

    def within(self, grammar: Grammar, ends: Collection[int]) -> Logits:
        """The same, with all tokens made impossible that the grammar does not allow; it may know fewer, or more."""
        allowed = torch.from_numpy(grammar.allowed(ends)[: len(self.values)]).to(self.values.device)
        if len(allowed) < len(self.values):
            allowed = torch.nn.functional.pad(allowed, (0, len(self.values) - len(allowed)))
        return Logits(torch.where(allowed, self.values, float("-inf")), is_cut=True)

    def logprob(self, token: int) -> float:
        """Natural logarithm of the token's probability, before temperature."""
        return float(torch.log_softmax(self.values.float(), dim=-1)[token])


def choose(logits: torch.Tensor, temperature: float, top_p: float, noise: float) -> int:
    """One token from `logits` `[vocabulary]`; temperature 0 is greedy.

    Nucleus sampling (Holtzman et al., arXiv:1904.09751): the smallest set of most likely tokens whose mass
    reaches `top_p`; then inverse transform with `noise` in [0, 1).
    """
    if temperature <= 0:
        return int(logits.argmax())
    mass = torch.softmax(logits.float() / temperature, dim=-1)
    if top_p < 1:
        sorted_mass, order = mass.sort(descending=True, stable=True)
        kept = int((sorted_mass.cumsum(-1) < top_p).sum()) + 1
        mass, order = sorted_mass[:kept], order[:kept]
    else:
        order = None
    total = mass.double().cumsum(-1)
    place = int(torch.searchsorted(total, noise * total[-1], right=True).clamp_max(len(total) - 1))
    return place if order is None else int(order[place])
