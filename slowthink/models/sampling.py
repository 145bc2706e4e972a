"""Choosing tokens from logits: greedy, or by inverse transform with noise that belongs to the row alone."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import torch

from slowthink.models.protocol import Sampling

if TYPE_CHECKING:
    from slowthink.models.constraints import Grammar

Floats = npt.NDArray[np.float32]
LEAST_TEMPERATURE = 1e-6
"""Below it nothing changes but that numbers overflow."""
STRETCH = 256
"""Tokens whose masses are added up in one go."""


@dataclass(frozen=True, slots=True)
class Logits:
    """The model's logits `[vocabulary]` for one row's next token, as rows want to see them."""

    values: torch.Tensor

    @property
    def is_free(self) -> bool:
        """There are other tokens."""
        return True

    def best(self, sampling: Sampling, noise: float) -> int | None:
        """The token that is chosen; None when all are impossible."""
        return choose(self.values, sampling.temperature, sampling.top_p, noise)

    def without(self, tokens: Iterable[int]) -> Logits:
        """The same, with some tokens made impossible."""
        values = self.values.clone()
        values[list(tokens)] = float("-inf")
        return Logits(values)

    def within(self, grammar: Grammar, ends: Collection[int]) -> Logits:
        """The same, with all tokens made impossible that the grammar does not allow; it may know fewer, or more."""
        values = self.values.float().cpu().numpy()
        penalty = grammar.penalty(ends)
        if len(penalty) < len(values):
            penalty = np.append(penalty, np.full(len(values) - len(penalty), -np.inf, np.float32))
        return Logits(torch.from_numpy(values + penalty[: len(values)]))

    def logprob(self, token: int) -> float:
        """Natural logarithm of the token's probability, before temperature."""
        return float(torch.log_softmax(self.values.float(), dim=-1)[token])


def choose(logits: torch.Tensor, temperature: float, top_p: float, noise: float) -> int | None:
    """One token from `logits` `[vocabulary]`; temperature 0 is greedy. None where all are impossible (-inf).

    Nucleus sampling (Holtzman et al., arXiv:1904.09751): the smallest set of most likely tokens whose mass
    reaches `top_p`; then inverse transform with `noise` in [0, 1). It is worked out in numpy on the CPU, which for
    one row takes a fraction of the time of torch's many small steps.
    """
    if temperature <= 0:
        token = int(logits.numpy().argmax() if logits.device.type == "cpu" else logits.argmax())
        return token if logits[token] > float("-inf") else None
    values = (logits if logits.dtype == torch.float32 else logits.float()).cpu().numpy()
    most = values.max()
    if most == -np.inf:
        return None
    mass = np.subtract(values, most, out=_scratch(len(values)))
    mass *= np.float32(1 / max(temperature, LEAST_TEMPERATURE))
    np.exp(mass, out=mass)
    if top_p >= 1:
        return _drawn(mass, noise)
    wanted = top_p * mass.sum(dtype=np.float64)
    candidates = _likely(mass, wanted)
    order = candidates[np.argsort(-mass[candidates], kind="stable")]
    kept = int((mass[order].cumsum(dtype=np.float64) < wanted).sum()) + 1
    return int(order[_drawn(mass[order[:kept]], noise)])


_MEMORY = threading.local()


def _scratch(size: int) -> Floats:
    """Room for one row's numbers, used again by the same thread: new memory for each costs more than the numbers."""
    found: Floats | None = getattr(_MEMORY, "room", None)
    if found is None or len(found) < size:
        found = _MEMORY.room = np.empty(size, np.float32)
    return found[:size]


def _likely(mass: Floats, wanted: float) -> npt.NDArray[np.intp]:
    """All tokens above some mass that weigh `wanted` together, or all there are: few where the model is sure."""
    least = float(mass.max())
    while least > 0:
        least = least / 8 if least > 1e-30 else 0.0
        candidates = (mass > least).nonzero()[0]
        if mass[candidates].sum(dtype=np.float64) >= wanted:
            break
    return candidates


def _drawn(mass: Floats, noise: float) -> int:
    """Inverse transform: the place at which the running sum of `mass` passes `noise` of the whole.

    The sums of whole stretches are looked through first, so that few numbers are added up one by one.
    """
    full = len(mass) // STRETCH * STRETCH
    sums = mass[:full].reshape(-1, STRETCH).sum(-1)
    ends = (sums if full == len(mass) else np.append(sums, mass[full:].sum())).cumsum(dtype=np.float64)
    target = noise * ends[-1]
    stretch = min(int(np.searchsorted(ends, target, side="right")), len(ends) - 1)
    begin = stretch * STRETCH
    within = mass[begin : begin + STRETCH].cumsum(dtype=np.float64)
    place = begin + int(np.searchsorted(within, target - (ends[stretch - 1] if stretch else 0.0), side="right"))
    # By rounding the place may lie behind the stretch: then the last token before it that is possible is chosen.
    return place if place < begin + len(within) else int(mass[:place].nonzero()[0][-1])
