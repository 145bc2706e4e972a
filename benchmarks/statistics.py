"""Intervals and paired comparisons, exact or by a seeded bootstrap."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

Z95 = 1.959963984540054


def wilson(right: int, of: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927); (0, 1) where nothing was asked."""
    if of == 0:
        return 0.0, 1.0
    share, z2 = right / of, Z95**2
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = Z95 / (1 + z2 / of) * math.sqrt(share * (1 - share) / of + z2 / (4 * of * of))
    # At the ends the exact bounds are 0 and 1; rounding must not move them.
    return 0.0 if right == 0 else middle - half, 1.0 if right == of else middle + half


def paired_gain(before: Sequence[bool], after: Sequence[bool], seed: int = 0) -> tuple[float, float, float]:
    """Difference of two accuracies on the same questions with its 95 % bootstrap interval (2,000 resamples).

    Raises ValueError when the two are not of one length, or empty.
    """
    if len(before) != len(after) or not before:
        raise ValueError(f"expected two lists of one length, got {len(before)} and {len(after)}")
    differences = [int(b) - int(a) for a, b in zip(before, after, strict=True)]
    n = len(differences)
    better, worse = differences.count(1), differences.count(-1)
    shares = (better / n, worse / n, (n - better - worse) / n)
    drawn = np.random.default_rng(seed).multinomial(n, shares, size=2_000)  # as drawing each question by itself
    gains = np.sort(drawn[:, 0] - drawn[:, 1]) / n
    return (better - worse) / n, float(gains[50]), float(gains[1_949])


def mean_gain(before: Sequence[float], after: Sequence[float], seed: int = 0) -> tuple[float, float, float]:
    """The same for shares: how often each question was answered rightly over several runs (2,000 resamples).

    Raises ValueError when the two are not of one length, or empty.
    """
    if len(before) != len(after) or not before:
        raise ValueError(f"expected two lists of one length, got {len(before)} and {len(after)}")
    return paired_mean([b - a for a, b in zip(before, after, strict=True)], seed)


def paired_mean(differences: Sequence[float], seed: int = 0) -> tuple[float, float, float]:
    """Mean of paired differences with its 95 % bootstrap interval (2,000 resamples). Raises ValueError for none."""
    if not differences:
        raise ValueError("expected at least one difference, got none")
    n, draw, values = len(differences), np.random.default_rng(seed), np.array(differences, dtype=np.float64)
    means = sorted(float(values[draw.integers(0, n, n)].mean()) for _ in range(2_000))
    return math.fsum(differences) / n, means[50], means[1_949]


def sign_test(before: Sequence[bool], after: Sequence[bool]) -> float:
    """Two-sided exact sign test on the questions where the two differ (McNemar's exact test)."""
    better = sum(b and not a for a, b in zip(before, after, strict=True))
    worse = sum(a and not b for a, b in zip(before, after, strict=True))
    n = better + worse
    if n == 0:
        return 1.0
    tail = sum(math.comb(n, k) for k in range(min(better, worse) + 1))
    return min(1.0, 2.0 * float(tail / 2**n))
