"""Choosing tokens: greedy or by inverse transform, with noise that belongs to the row alone.

The uniform number of a draw is a hash of (seed, branch path, position), so that what a row samples does not
depend on what else is in the batch, nor on any global generator.
"""

from __future__ import annotations

import hashlib

import torch


def uniform(seed: int, path: str, position: int) -> float:
    """A number in [0, 1) that depends on its arguments only (53 bits of BLAKE2b)."""
    key = f"{seed}\x00{path}\x00{position}".encode()
    return (int.from_bytes(hashlib.blake2b(key, digest_size=8).digest(), "big") >> 11) / 2**53


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
