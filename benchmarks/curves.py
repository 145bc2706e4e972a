"""Curves over results: risk against coverage, accuracy against tokens, and how far confidences are from the truth.

Results are ranked by what they say of themselves: the status first (`proved`, `supported`, `unverified`), then a
calibrated confidence, then a share of votes. Equals stand together: no point of a curve lies between them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from slowthink.benchmarks.result import Result

TRUST = {"proved": 3, "supported": 2, "unverified": 1, "abstained": 0}
COVERAGES = (1.0, 0.95, 0.9, 0.8, 0.5)
"""Shares of all questions at which accuracy is told."""
BINS = 10
GRID = 24
"""So many budgets a curve of equal compute has."""


def trust_of(result: Result) -> tuple[int, float, float]:
    """What a result is ranked by; higher is surer."""
    confidence = -1.0 if result.confidence is None else result.confidence
    return TRUST[result.status], confidence, -1.0 if result.support is None else result.support


def risk_coverage(results: Sequence[Result]) -> list[dict[str, Any]]:
    """A point for each rank, surest first: the share of questions answered at that rank or a surer one, and the share
    of those that is wrong. Abstentions are never covered; without answers there is no point.
    """
    n = len(results)
    points, covered, wrong = [], 0, 0
    for rank, members in _blocks(results):
        covered += len(members)
        wrong += sum(not one.right for one in members)
        points.append(
            {
                "coverage": covered / n,
                "risk": wrong / covered,
                "n": covered,
                "status": members[0].status,
                "confidence": None if rank[1] < 0 else rank[1],
                "support": None if rank[2] < 0 else rank[2],
            }
        )
    return points


def accuracy_at(results: Sequence[Result], coverage: float) -> float | None:
    """Accuracy of the surest `coverage` (0 to 1) of all questions; None where fewer are answered.

    Where the line falls into a block of equals, they count with their mean: what a random order of them would give.
    """
    wanted = coverage * len(results)
    covered, right = 0.0, 0.0
    for _, members in _blocks(results):
        taken = min(len(members), wanted - covered)
        covered += taken
        right += taken * sum(one.right for one in members) / len(members)
        if covered >= wanted - 1e-9:
            break
    return right / covered if covered > 0 and covered >= wanted - 1e-9 else None


def calibration(results: Sequence[Result]) -> dict[str, Any] | None:
    """Expected calibration error over ten bins of equal width (Guo et al., arXiv:1706.04599): the mean distance of
    accuracy and confidence, weighted by the bins' sizes. None where no result has a confidence.
    """
    told = [(one.confidence, one.right) for one in results if one.confidence is not None]
    if not told:
        return None
    bins = []
    for place in range(BINS):
        inside = [(c, right) for c, right in told if min(int(c * BINS), BINS - 1) == place]
        if inside:
            mean = math.fsum(c for c, _ in inside) / len(inside)
            share = sum(right for _, right in inside) / len(inside)
            bins.append({"from": place / BINS, "n": len(inside), "confidence": mean, "accuracy": share})
    error = math.fsum(b["n"] * abs(b["accuracy"] - b["confidence"]) for b in bins) / len(told)
    return {"n": len(told), "error": error, "bins": bins}


def budgets(results: Sequence[Result]) -> list[int]:
    """Budgets in tokens, evenly spaced on a logarithmic scale from the cheapest result to the dearest."""
    spent = [one.usage.tokens for one in results if one.usage.tokens > 0]
    if not spent:
        return []
    low, high = min(spent), max(spent)
    steps = max(1, GRID - 1)
    return sorted({round(low * (high / low) ** (place / steps)) for place in range(GRID)} | {low, high})


def equal_compute(results: Sequence[Result], grid: Sequence[int]) -> list[dict[str, Any]]:
    """For each budget in tokens the share of all questions that is right and cost no more."""
    n = max(1, len(results))
    return [{"tokens": b, "right": sum(r.right and r.usage.tokens <= b for r in results) / n} for b in grid]


def _blocks(results: Sequence[Result]) -> list[tuple[tuple[int, float, float], list[Result]]]:
    """Answered results of one rank together, surest first."""
    answered = sorted((one for one in results if one.answer is not None), key=trust_of, reverse=True)
    return [(rank, list(members)) for rank, members in groupby(answered, trust_of)]
