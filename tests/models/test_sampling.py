"""Drawing by noise: what is chosen is what the plain definition says, with or without a nucleus."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from slowthink.models.jobs import uniform
from slowthink.models.protocol import Sampling
from slowthink.models.sampling import STRETCH, Batch, Few, Logits, Masked

sizes = st.sampled_from([1, 2, 7, STRETCH - 1, STRETCH, STRETCH + 1, 2 * STRETCH, 3 * STRETCH + 5])
noises = st.one_of(st.floats(0, 1, exclude_max=True), st.sampled_from([0.0, 1 - 2**-53, 0.5]))


def logits(size: int, seed: int, spread: float, cut: float) -> torch.Tensor:
    """Random logits, of which a share is impossible; at least one is not."""
    dice = torch.Generator().manual_seed(seed)
    values = torch.randn(size, generator=dice) * spread
    values[1:][torch.rand(size - 1, generator=dice) < cut] = float("-inf")
    return values


def choose(logits: torch.Tensor, temperature: float, top_p: float, noise: float) -> int | None:
    """What one row alone chooses."""
    return Logits(Batch(logits[None], [temperature]), 0).best(Sampling(1, temperature, top_p), noise)


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


class Allows:
    """What a grammar says about its next token: a bit for each token that it knows, the lowest of a byte first."""

    def __init__(self, allowed: np.ndarray) -> None:
        self.allowed = allowed

    def bits(self, ends: object) -> np.ndarray:
        return np.packbits(self.allowed, bitorder="little")

    def admits(self, token: int, ends: object) -> bool:
        return token < len(self.allowed) and bool(self.allowed[token])


@given(
    size=sizes,
    seed=st.integers(0, 999),
    temperatures=st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=1, max_size=4),
    top_p=st.sampled_from([1.0, 0.8]),
    noise=noises,
)
@settings(max_examples=60)
def test_rows_of_a_batch_draw_as_they_do_alone(
    size: int, seed: int, temperatures: list[float], top_p: float, noise: float
) -> None:
    rows = [logits(size, seed + i, 3.0, 0.3) for i in range(len(temperatures))]
    batch = Batch(torch.stack(rows), temperatures)
    for values, one, temperature in zip(rows, batch, temperatures, strict=True):
        assert one.best(Sampling(1, temperature, top_p), noise) == choose(values, temperature, top_p, noise)
        assert one.best(Sampling(1, 2.0), noise) == choose(values, 2.0, 1.0, noise), "at a temperature nobody named"


@given(
    size=st.sampled_from([1, 7, 8, STRETCH + 1, 3 * STRETCH + 5]),
    known=st.sampled_from([-9, 0, 9]),
    seed=st.integers(0, 999),
    share=st.sampled_from([0.0, 0.01, 0.1, 0.6, 1.0]),
    temperature=st.sampled_from([0.0, 0.01, 1.0]),
    top_p=st.sampled_from([1.0, 0.8]),
    noise=noises,
)
@settings(max_examples=150)
def test_what_is_not_allowed_is_not_chosen_and_weighs_nothing(
    size: int, known: int, seed: int, share: float, temperature: float, top_p: float, noise: float
) -> None:
    """Also where what is allowed is so unlikely that it has no mass beside the rest, and for other vocabularies."""
    allowed = np.random.default_rng(seed).random(max(1, size + known)) < share
    values = logits(size, seed, 20.0, 0.2)
    padded = np.append(allowed, np.zeros(size, np.bool_))[:size]
    expected = values.masked_fill(~torch.from_numpy(padded), float("-inf"))
    within = Logits(Batch(values[None], [temperature]), 0).within(Allows(allowed), ())  # type: ignore[arg-type]
    sampling = Sampling(1, temperature, top_p)
    token = within.best(sampling, noise)
    if not torch.isfinite(expected).any():
        assert token is None
        return
    assert token is not None
    assert torch.isfinite(expected[token])
    assert within.logprob(token) == pytest.approx(float(torch.log_softmax(values, -1)[token]), abs=1e-4)
    allowed_only = within._allowed()
    if temperature == 0 or top_p < 1:
        assert token == choose(expected, temperature, top_p, noise)
    else:
        assert token == choose(values, temperature, 1.0, noise) or not padded[choose(values, temperature, 1.0, noise)]
        drawn = allowed_only.best(sampling, noise)
        assert drawn is not None
        assert holds(masses(expected, temperature), drawn, noise)
    rest = expected.index_fill(0, torch.tensor([token]), float("-inf"))
    again = within.without([token]).best(sampling, noise)
    if temperature == 0:
        assert again == choose(rest, 0.0, 1.0, noise)
    elif torch.isfinite(rest).any():
        assert again is not None
        assert torch.isfinite(rest[again])
    else:
        assert again is None


@pytest.mark.parametrize("share", [0.02, 0.6])
def test_frequencies_under_a_grammar_are_the_models_among_what_is_allowed(share: float) -> None:
    values = logits(STRETCH, 5, 2.0, 0.0)
    allowed = np.random.default_rng(3).random(STRETCH) < share
    held = Logits(Batch(values[None], [1.0]), 0).within(Allows(allowed), ())  # type: ignore[arg-type]
    draws = np.bincount([held.best(Sampling(1, 1.0), uniform(1, "", i)) for i in range(20_000)], minlength=STRETCH)
    expected = masses(values.masked_fill(~torch.from_numpy(allowed), float("-inf")), 1.0)
    assert draws[~allowed].sum() == 0
    tolerance = 5 * np.sqrt(20_000 * expected * (1 - expected)) + 1
    assert (abs(draws - 20_000 * expected) <= tolerance).all()


def test_few_allowed_tokens_are_looked_at_alone_and_many_through_a_mask() -> None:
    batch, allowed = Batch(torch.zeros(1, 4 * STRETCH)), np.zeros(4 * STRETCH, np.bool_)
    allowed[[3, 700]] = True
    few = Logits(batch, 0).within(Allows(allowed), ())._allowed()  # type: ignore[arg-type]
    assert isinstance(few, Few)
    assert few.tokens.tolist() == [3, 700]
    assert isinstance(Logits(batch, 0).within(Allows(~allowed), ())._allowed(), Masked)  # type: ignore[arg-type]
