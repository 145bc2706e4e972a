"""Drawing by noise: what is chosen is what the plain definition says, with or without a nucleus."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from slowthink.models.sampling import STRETCH, choose

sizes = st.sampled_from([1, 2, 7, STRETCH - 1, STRETCH, STRETCH + 1, 2 * STRETCH, 3 * STRETCH + 5])
noises = st.one_of(st.floats(0, 1, exclude_max=True), st.sampled_from([0.0, 1 - 2**-53, 0.5]))


def logits(size: int, seed: int, spread: float, cut: float) -> torch.Tensor:
    """Random logits, of which a share is impossible; at least one is not."""
    dice = torch.Generator().manual_seed(seed)
    values = torch.randn(size, generator=dice) * spread
    values[1:][torch.rand(size - 1, generator=dice) < cut] = float("-inf")
    return values


def masses(values: torch.Tensor, temperature: float) -> np.ndarray:
    return torch.softmax(values.double() / temperature, -1).numpy()


def holds(mass: np.ndarray, token: int, noise: float) -> bool:
    """Whether a place of the running sum is where the noise falls, up to rounding."""
    ends = mass.cumsum() / mass.sum()
    return mass[token] > 0 and ends[token] - mass[token] / mass.sum() - 1e-5 <= noise <= ends[token] + 1e-5


@given(
    size=sizes,
    seed=st.integers(0, 999),
    spread=st.sampled_from([0.0, 1.0, 20.0]),
    noise=noises,
    cut=st.sampled_from([0.0, 0.5, 1.0]),
    temperature=st.sampled_from([0.3, 1.0, 2.0]),
)
@settings(max_examples=60)
def test_a_draw_is_where_the_noise_falls(
    size: int, seed: int, spread: float, noise: float, cut: float, temperature: float
) -> None:
    values = logits(size, seed, spread, cut)
    token = choose(values, temperature, 1.0, noise)
    assert holds(masses(values, temperature), token, noise)


@given(
    size=sizes,
    seed=st.integers(0, 999),
    spread=st.sampled_from([0.0, 1.0, 20.0]),
    noise=noises,
    cut=st.sampled_from([0.0, 0.5, 1.0]),
    top_p=st.sampled_from([0.0, 0.1, 0.5, 0.9, 0.999]),
)
@settings(max_examples=60)
def test_a_nucleus_is_the_smallest_set_of_likely_tokens(
    size: int, seed: int, spread: float, noise: float, cut: float, top_p: float
) -> None:
    values = logits(size, seed, spread, cut)
    token = choose(values, 1.0, top_p, noise)
    mass = masses(values, 1.0)
    order = np.argsort(-mass, kind="stable")
    before = mass[order].cumsum() - mass[order]
    rank = order.tolist().index(token)
    assert rank == 0 or before[rank] < top_p + 1e-5
    nucleus = order[: max(1, int((before < top_p - 1e-5).sum()))]
    if abs(before - top_p).min() > 1e-4:  # the edge of the set is no matter of rounding
        inside = mass[nucleus]
        assert holds(inside, nucleus.tolist().index(token), noise)


def test_the_greedy_choice_is_the_first_of_the_largest() -> None:
    assert choose(torch.tensor([0.0, 3.0, 3.0]), 0.0, 1.0, 0.9) == 1


@pytest.mark.parametrize("top_p", [1.0, 0.9])
def test_frequencies_are_the_models(top_p: float) -> None:
    values = torch.tensor([0.5, 0.3, 0.15, 0.05]).log()
    counts = np.bincount([choose(values, 1.0, top_p, (i + 0.5) / 1000) for i in range(1000)], minlength=4)
    expected = [500, 300, 150, 50] if top_p == 1 else [526, 316, 158, 0]
    assert abs(counts - expected).max() <= 2
