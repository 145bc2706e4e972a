"""Choosing tokens from logits: greedy, or by inverse transform with noise that belongs to the row alone."""

from __future__ import annotations

import torch

from slowthink.models.protocol import Sampling


class Logits:
    """The model's logits `[vocabulary]` for one row's next token, as rows want to see them."""

    def __init__(self, values: torch.Tensor) -> None:
        self.values = values

    def best(self, sampling: Sampling, noise: float) -> int:
        """The token that is chosen."""
        return choose(self.values, sampling.temperature, sampling.top_p, noise)

    def without(self, token: int) -> Logits:
        """The same, with one token made impossible."""
        values = self.values.clone()
        values[token] = float("-inf")
        return Logits(values)

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
