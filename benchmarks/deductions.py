"""Small deductions on one model: the fast answer beside the `logic` strategy, as they are.

    python -m slowthink.benchmarks.deductions [--count 60] [--model smollm2] [--seed 7]

Two kinds of questions are made from a seed: three things in an order (two comparisons, then who is first or last, one
of three), and chains of one to three rules about made-up kinds with a yes-or-no question. No word that is compared by
occurs in a prompt's examples. An abstention counts as wrong, and is reported.
"""

from __future__ import annotations

import argparse
import random
import re
from dataclasses import dataclass
from itertools import pairwise

from slowthink.controller import SlowThinker

PAIRS = (
    ("older", "younger"),
    ("taller", "shorter"),
    ("faster", "slower"),
    ("richer", "poorer"),
    ("stronger", "weaker"),
)
NAMES = ("Ann", "Ben", "Cara", "Dan", "Eve", "Finn", "Gina", "Hugo", "Iris", "Jack")
KINDS = ("wumpus", "yumpus", "dumpus", "lempus", "brimpus", "sterpus", "grimpus", "shumpus")


@dataclass(frozen=True)
class Puzzle:
    """A question and its answer, in lower case."""

    question: str
    gold: str


def ordering(dice: random.Random) -> Puzzle:
    """Three things in an order, told by two comparisons in random words and order."""
    first, second, third = dice.sample(NAMES, 3)
    more, less = dice.choice(PAIRS)
    told = []
    for high, low in ((first, second), (second, third)):
        told.append(f"{high} is {more} than {low}." if dice.random() < 0.5 else f"{low} is {less} than {high}.")
    dice.shuffle(told)
    asks_most = dice.random() < 0.5
    superlative = re.sub("er$", "est", more if asks_most else less)
    return Puzzle(f"{' '.join(told)} Who is the {superlative}?", (first if asks_most else third).lower())


def deduction(dice: random.Random) -> Puzzle:
    """One to three rules in a chain, a fact, and a question that they answer with yes or no."""
    hops = dice.randint(1, 3)
    kinds = dice.sample(KINDS, hops + 1)
    name = dice.choice(NAMES)
    is_negative = dice.random() < 0.5
    told = [f"Every {a} is a {b}." for a, b in pairwise(kinds)]
    if is_negative:
        told[-1] = f"No {kinds[-2]} is a {kinds[-1]}."
    told.append(f"{name} is a {kinds[0]}.")
    dice.shuffle(told)
    return Puzzle(f"{' '.join(told)} Is {name} a {kinds[-1]}?", "no" if is_negative else "yes")


def is_right(answer: str | None, puzzle: Puzzle) -> bool:
    """Whether the first of the possible answers that a reply names is the right one."""
    names = [name.lower() for name in NAMES if name in puzzle.question]
    possible = ["yes", "no"] if puzzle.gold in ("yes", "no") else names
    found = re.findall(rf"\b({'|'.join(possible)})\b", (answer or "").lower())
    return bool(found) and found[0] == puzzle.gold


def main() -> None:
    """Run both ways over both kinds and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--model", default="smollm2")
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()
    dice = random.Random(args.seed)
    sets = {"ordering": [ordering(dice) for _ in range(args.count)]}
    sets["deduction"] = [deduction(dice) for _ in range(args.count)]
    for strategy in ("direct", "logic"):
        with SlowThinker(args.model, strategy=strategy) as thinker:
            for kind, puzzles in sets.items():
                solutions = thinker.solve_many(puzzle.question for puzzle in puzzles)
                right = sum(is_right(one.answer, puzzle) for one, puzzle in zip(solutions, puzzles, strict=True))
                abstained = sum(one.answer is None for one in solutions)
                tokens = sum(one.usage.tokens for one in solutions) / len(solutions)
                counts = f"right {right:3} of {len(puzzles)}, abstained {abstained:3}, {tokens:.0f} tokens"
                print(f"{kind:10} {strategy:7} {counts}", flush=True)


if __name__ == "__main__":
    main()
