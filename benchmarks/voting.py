"""Voting over the eight weakest models on GSM8K: the plain majority, and what else can be known of a sample.

    python -m slowthink.benchmarks.voting --data ../shared/data

Reads `zeroeval_gsm.jsonl.gz` and `gsm8k_test.jsonl`. Four ways, on the same questions: the majority of the texts as
they are; of the repaired texts; `slowthink vote`, which lets the sums decide ties; and a weighted vote, whose weights
are the probability that a sample is right, by a logistic regression on its model (the track record), whether one of
its sums is refuted, whether a proved sum comes to its answer, and whether it has no sum at all. The weights for a
question come from the other nine of ten folds. A majority depends on the order of the samples where votes are tied, so
every way is run on ten random orders; the paired interval is that of each question's share of right answers over them.

Tried, and not better than these weights (on the same folds): a choice between the answers by a conditional logistic
regression on who gives them, how many chains prove the value, how different the chains are that agree, whether the
answer is a whole number, and the lengths of the texts; log-odds in the place of probabilities.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from slowthink.benchmarks.statistics import mean_gain, sign_test, wilson
from slowthink.benchmarks.zeroeval import Output, outputs
from slowthink.types import Status
from slowthink.verifiers.answer_values import Reading, read
from slowthink.verifiers.arithmetic import ArithmeticVerifier
from slowthink.verifiers.equivalence import compare
from slowthink.verifiers.voting import Given, count, given

FOLDS, ORDERS = 10, 10
WEAKEST = (
    *("Meta-Llama-3-8B-Instruct", "Mixtral-8x7B-Instruct-v0.1", "Qwen2-7B-Instruct", "Yi-1.5-9B-Chat"),
    *("command-r", "command-r-plus", "gemma-2-2b-it", "reka-flash-20240226"),
)
"""The eight models with the fewest answers right when the last number of a text counts as its answer."""
Votes = dict[int, dict[str, Given | None]]


def main(arguments: list[str] | None = None) -> int:
    """Print the accuracy of each way; 2 when the data is not there."""
    parser = argparse.ArgumentParser(prog="voting")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    options = parser.parse_args(arguments)
    try:
        rows = outputs(options.data)
    except OSError as error:
        print(f"voting: expected the data in {options.data}: {error}", file=sys.stderr)
        return 2
    models = list(WEAKEST)
    rows = [row for row in rows if row.model in models]
    gold = {row.index: row.gold for row in rows}
    plain, repaired = votes_of(rows, False), votes_of(rows, True)
    features = {(row.index, row.model): features_of(row, repaired[row.index][row.model], models) for row in rows}
    for model in models:
        right = sum(_is_right(votes.get(model), gold[index]) for index, votes in repaired.items())
        print(f"  {right} of {len(gold)}  {model}")
    weights = _weights(repaired, gold, features)
    ways = {
        "majority": (plain, None, False),
        "majority of repaired": (repaired, None, False),
        "vote (sums decide ties)": (repaired, None, True),
        "weighted by track record and sums, cross-validated": (repaired, weights, True),
    }
    base: list[float] = []
    first: list[bool] = []
    for name, (votes, weight, is_tie_broken) in ways.items():
        runs = [_run(votes, gold, models, weight, is_tie_broken, order) for order in range(ORDERS)]
        shares = [sum(orders) / ORDERS for orders in zip(*runs, strict=True)]
        low, high = wilson(sum(runs[0]), len(gold))
        print(
            f"{name}: {sum(shares) / len(gold):.2%} over {ORDERS} orders (95 % of the first: {low:.2%} to {high:.2%})"
        )
        if base:
            gain, least, most = mean_gain(base, shares)
            print(
                f"    to the majority: {gain:+.2%} ({least:+.2%} to {most:+.2%}); "
                f"of the first order: sign test p = {sign_test(first, runs[0]):.2f}"
            )
        base, first = base or shares, first or runs[0]
    return 0


def votes_of(rows: list[Output], is_repaired: bool) -> Votes:
    """What each model answers to each question."""
    votes: Votes = {}
    for row in rows:
        votes.setdefault(row.index, {})[row.model] = given(row.text, is_repaired)
    return votes


def _is_right(vote: Given | None, gold: str) -> bool:
    return vote is not None and is_(vote.reading, gold)


def is_(reading: Reading, gold: str) -> bool:
    """Whether an answer is the right one."""
    return compare(read(gold), reading).status is Status.PROVED


def features_of(row: Output, vote: Given | None, models: Sequence[str]) -> list[float]:
    """What is known of a sample: whose it is, and what its sums say."""
    judged = ArithmeticVerifier().check(row.text)
    statuses = Counter(j.verdict.status for j in judged)
    is_result = vote is not None and vote.sums + (statuses[Status.REFUTED] > 0) > 0
    sums = [statuses[Status.REFUTED] > 0, is_result, statuses[Status.PROVED] == 0]
    return [float(row.model == model) for model in models] + [float(fact) for fact in sums]


def _weights(
    votes: Votes, gold: dict[int, str], features: dict[tuple[int, str], list[float]]
) -> dict[tuple[int, str], float]:
    """For each sample the probability that it is right, fitted on the questions of the other folds."""
    indices = sorted(gold)
    weights: dict[tuple[int, str], float] = {}
    for held_out in folds_of(indices):
        rest = sorted(set(indices) - set(held_out))
        weights |= weights_for(held_out, rest, votes, gold, features)
    return weights


def folds_of(indices: Sequence[int]) -> list[list[int]]:
    """Ten parts of some questions, drawn with a seed."""
    drawn = random.Random(0).sample(indices, len(indices))
    return [drawn[fold::FOLDS] for fold in range(FOLDS)]


def weights_for(
    held_out: Sequence[int],
    rest: Sequence[int],
    votes: Votes,
    gold: dict[int, str],
    features: dict[tuple[int, str], list[float]],
) -> dict[tuple[int, str], float]:
    """For each sample of some questions the probability that it is right, fitted on the others."""
    keys = [(index, model) for index in rest for model in votes[index]]
    is_right = np.array([float(_is_right(votes[index][model], gold[index])) for index, model in keys])
    fitted = fit(np.array([features[key] for key in keys]), is_right)
    return {
        (index, model): float(1 / (1 + np.exp(-np.array(features[index, model]) @ fitted)))
        for index in held_out
        for model in votes[index]
    }


def fit(facts: NDArray[np.float64], is_right: NDArray[np.float64], penalty: float = 1.0) -> NDArray[np.float64]:
    """Logistic regression by Newton's method, with a penalty on the squares."""
    fitted = np.zeros(facts.shape[1])
    for _ in range(25):
        chance = 1 / (1 + np.exp(-facts @ fitted))
        gradient = facts.T @ (is_right - chance) - penalty * fitted
        curvature = (facts.T * (chance * (1 - chance))) @ facts + penalty * np.eye(len(fitted))
        fitted = fitted + np.linalg.solve(curvature, gradient)
    return fitted


def _run(
    votes: Votes,
    gold: dict[int, str],
    models: list[str],
    weights: dict[tuple[int, str], float] | None,
    is_tie_broken: bool,
    order: int,
) -> list[bool]:
    """Whether each question is answered rightly, with the samples in a random order."""
    right = []
    draw = random.Random(order)
    for index in sorted(gold):
        names = draw.sample(models, len(models))
        answers = [votes[index].get(name) for name in names]
        ballots = count(answers, [1.0 if weights is None else weights[index, name] for name in names])
        best = max(ballots, key=lambda b: (b.weight, b.sums if is_tie_broken else 0), default=None)
        right.append(best is not None and is_(best.reading, gold[index]))
    return right


if __name__ == "__main__":
    sys.exit(main())
