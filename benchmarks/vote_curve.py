"""How far a vote can be trusted: the risk-coverage curve of the eight weakest models' vote on GSM8K.

    python -m slowthink.benchmarks.vote_curve --data ../shared/data

Two votes over the same samples. The plain one is the majority of the texts as they are, ranked by its share of the
votes (of all samples, and of those with an answer; the better of the two is the one to beat). Ours is the weighted vote
of `benchmarks.voting`, ranked by the probability that its winner is right: a logistic regression on the winner's share
of the weight and of the votes, its lead, the log-odds of those who gave it, and what the sums of its samples say.
Everything for a question is fitted on the other nine of ten folds, the weights that the regression is fitted on
included (each of these comes from folds within the nine). Where votes are tied, each of the tied answers counts in
part. Accuracy is told among the surest 100, 95, 90, 80 and 50 % of the questions, with the paired difference and its
95 % interval: questions are drawn anew 2,000 times, and both curves are made of the same ones.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from slowthink.benchmarks.curves import COVERAGES
from slowthink.benchmarks.voting import FOLDS, WEAKEST, Votes, features_of, fit, folds_of, is_, votes_of, weights_for
from slowthink.benchmarks.zeroeval import outputs
from slowthink.verifiers.voting import Ballot, count

RESAMPLES = 2_000
Floats = NDArray[np.float64]
Key = tuple[int, str]


@dataclass(frozen=True)
class Ranked:
    """For each question how sure a vote is of its answer, and (in part, where votes are tied) whether it is right."""

    surety: Floats
    right: Floats

    def accuracy(self, coverage: float, of: NDArray[np.int64] | None = None) -> float:
        """Accuracy among the surest share of the questions; equals count with their mean."""
        surety, right = (self.surety, self.right) if of is None else (self.surety[of], self.right[of])
        order = np.argsort(-surety, kind="stable")
        surety, right = surety[order], right[order]
        wanted = coverage * len(right)
        last = int(np.ceil(wanted - 1e-9)) - 1
        equals = surety == surety[last]
        first = int(np.argmax(equals))
        inside = (wanted - first) * right[equals].mean()
        return float((right[:first].sum() + inside) / wanted)


def plain(votes: Votes, gold: dict[int, str], of_all: bool) -> Ranked:
    """The majority, ranked by its share of the votes."""
    sureties, rights = [], []
    for index in sorted(gold):
        ballots = count([votes[index].get(name) for name in WEAKEST], [1.0] * len(WEAKEST))
        most = max((ballot.weight for ballot in ballots), default=0.0)
        tied = [ballot for ballot in ballots if ballot.weight == most]
        total = len(WEAKEST) if of_all else sum(ballot.weight for ballot in ballots)
        sureties.append(most / total if total else 0.0)
        rights.append(sum(is_(ballot.reading, gold[index]) for ballot in tied) / len(tied) if tied else 0.0)
    return Ranked(np.array(sureties), np.array(rights))


def weighted(votes: Votes, gold: dict[int, str], facts: dict[Key, list[float]]) -> Ranked:
    """The weighted vote, ranked by the probability that its winner is right; all of it out of fold."""
    indices = sorted(gold)
    place = {index: at for at, index in enumerate(indices)}
    surety, right = np.zeros(len(indices)), np.zeros(len(indices))
    for held_out in folds_of(indices):
        rest = [index for index in indices if index not in set(held_out)]
        inner: dict[Key, float] = {}
        for inside in folds_of(rest):
            inner |= weights_for(inside, [index for index in rest if index not in set(inside)], votes, gold, facts)
        outer = weights_for(held_out, rest, votes, gold, facts)
        seen = [_winner(votes, index, inner) for index in rest]
        is_right = [_is_right(best, gold[index]) for index, (_, best) in zip(rest, seen, strict=True)]
        fitted = fit(np.array([about for about, _ in seen]), np.array(is_right, dtype=float))
        for index in held_out:
            about, best = _winner(votes, index, outer)
            surety[place[index]] = 1 / (1 + np.exp(-np.array(about) @ fitted))
            right[place[index]] = _is_right(best, gold[index])
    return Ranked(surety, right)


def _is_right(best: Ballot | None, gold: str) -> bool:
    return best is not None and is_(best.reading, gold)


def _winner(votes: Votes, index: int, weights: dict[Key, float]) -> tuple[list[float], Ballot | None]:
    """The heaviest answer, with what is known of it."""
    names = [name for name in WEAKEST if name in votes[index]]
    own = [weights[index, name] for name in names]
    ballots = count([votes[index][name] for name in names], own)
    if not ballots:
        return [1.0] + [0.0] * 6, None
    ranked = sorted(ballots, key=lambda ballot: (-ballot.weight, -ballot.sums))
    best, total = ranked[0], sum(own)
    second = ranked[1].weight if len(ranked) > 1 else 0.0
    log_odds = [float(np.log(weight / (1 - weight))) for weight in own]
    return [
        1.0, best.weight / total, (best.weight - second) / total, len(best.samples) / len(WEAKEST),
        sum(log_odds[sample] for sample in best.samples) / len(WEAKEST), best.sums / len(WEAKEST),
        len(ballots) / len(WEAKEST),
    ], best  # fmt: skip


def differences(ours: Ranked, other: Ranked, coverage: float, seed: int = 0) -> tuple[float, float, float]:
    """How much more accurate ours is at a coverage, with its paired 95 % bootstrap interval."""
    draw, n = np.random.default_rng(seed), len(ours.right)
    drawn = [draw.integers(0, n, n) for _ in range(RESAMPLES)]
    found = np.array([ours.accuracy(coverage, of) - other.accuracy(coverage, of) for of in drawn])
    low, high = np.quantile(found, [0.025, 0.975])
    return ours.accuracy(coverage) - other.accuracy(coverage), float(low), float(high)


def table(ours: Ranked, other: Ranked, coverages: Sequence[float], told: Callable[[str], None]) -> None:
    """Both curves at some coverages, as a Markdown table."""
    told("| coverage | plain vote share | weighted vote | difference |\n|---|---|---|---|")
    for coverage in coverages:
        gain, low, high = differences(ours, other, coverage)
        told(
            f"| {coverage:.0%} | {other.accuracy(coverage):.2%} | {ours.accuracy(coverage):.2%} | "
            f"{100 * gain:+.2f} [{100 * low:+.2f}, {100 * high:+.2f}] |"
        )


def main(arguments: list[str] | None = None) -> int:
    """Print the table; 2 when the data is not there."""
    parser = argparse.ArgumentParser(prog="vote_curve")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    options = parser.parse_args(arguments)
    try:
        rows = [row for row in outputs(options.data) if row.model in WEAKEST]
    except OSError as error:
        print(f"vote_curve: expected the data in {options.data}: {error}", file=sys.stderr)
        return 2
    gold = {row.index: row.gold for row in rows}
    as_written, repaired = votes_of(rows, False), votes_of(rows, True)
    facts = {(row.index, row.model): features_of(row, repaired[row.index][row.model], WEAKEST) for row in rows}
    baselines = {of_all: plain(as_written, gold, of_all) for of_all in (True, False)}
    of_all = max(baselines, key=lambda one: sum(baselines[one].accuracy(c) for c in COVERAGES))
    print(
        f"{len(gold)} questions, {FOLDS} folds; vote share of {'all samples' if of_all else 'those with an answer'}\n"
    )
    table(weighted(repaired, gold, facts), baselines[of_all], COVERAGES, print)
    return 0


if __name__ == "__main__":
    sys.exit(main())
