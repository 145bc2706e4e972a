"""Puzzles by search: the paper's two on one model, and the game of 24 from recorded proposals of GPT-4.

Each puzzle is searched three ways, paired: with the model as the proposer, with the same moves in a seeded random
order, and (where asked) with the model's own proposals alone. Solved, legal and complete are judged by code of this
file, not by the verifiers. What the order is worth is told in nodes looked at, with a paired interval and sign test.

    python -m slowthink.benchmarks.puzzles --data ../shared/data [--tasks game24,hanoi] [--limit 10] [--own]
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from slowthink.benchmarks.game24_records import ceiling, proposals
from slowthink.benchmarks.statistics import paired_mean, sign_test, wilson
from slowthink.controller import SlowThinker
from slowthink.models import LanguageModel, load_model
from slowthink.models.recorded import RecordedModel
from slowthink.strategies.puzzle import PuzzleSearch
from slowthink.types import Solution
from slowthink.verifiers.certificates import recheck
from slowthink.verifiers.puzzles import NONE

GPT4 = {
    "modify_one": "GPT-4: 32, 25, 22, 18 of 100 in the paper's four ranges",
    "hanoi": "GPT-4: the paper's one is wrong",
}
ALONE, BOTH = "its proposals alone", "its proposals, then all legal moves"
TASKS = ("game24", "hanoi", "modify_one", "unsolvable")


@dataclass
class Tally:
    """What one way came to on the puzzles of a task."""

    right: list[bool] = field(default_factory=list)
    looked: list[int] = field(default_factory=list)
    expanded: list[int] = field(default_factory=list)
    helped: int = 0
    moved: int = 0
    """Solved with moves that were proposed in other states."""
    tokens: int = 0
    seconds: float = 0.0

    def add(self, solution: Solution, right: bool) -> None:
        """Count a solution."""
        self.right.append(right)
        self.looked.append(solution.usage.nodes)
        self.expanded.append(sum(event["event"] == "expanded" for event in solution.trace))
        self.helped += "all legal" in solution.reason
        self.moved += "in other states" in solution.reason
        self.tokens += solution.usage.tokens

    def row(self) -> dict[str, Any]:
        """As data."""
        low, high = wilson(sum(self.right), len(self.right))
        return {
            "right": sum(self.right),
            "of": len(self.right),
            "interval": [round(low, 3), round(high, 3)],
            "nodes": sum(self.looked),
            "expanded": sum(self.expanded),
            "with_moves_of_other_states": self.moved,
            "with_all_legal_moves": self.helped,
            "tokens": self.tokens,
            "seconds": round(self.seconds, 1),
        }


def run(
    model: LanguageModel, strategy: PuzzleSearch, rows: list[dict[str, Any]], seed: int, check: Any
) -> tuple[Tally, list[Solution]]:
    """All puzzles of a task, many at once."""
    tally, begin = Tally(), time.perf_counter()
    solutions = SlowThinker(model, strategy=strategy, seed=seed).solve_many([row["prompt"] for row in rows])
    tally.seconds = time.perf_counter() - begin
    for row, solution in zip(rows, solutions, strict=True):
        tally.add(solution, check(row, solution))
    return tally, solutions


def played(row: dict[str, Any], solution: Solution) -> bool:
    """A Hanoi solution, played by this file: every move legal, all disks on Rod C in the end."""
    rods = {name: list(disks) for name, disks in zip("ABC", row["start"], strict=True)}
    for disk, source, target in re.findall(r"radius (\d+) from Rod (\w) to Rod (\w)", solution.answer or ""):
        if not rods[source] or rods[source][-1] != int(disk) or (rods[target] and rods[target][-1] < int(disk)):
            return False
        rods[target].append(rods[source].pop())
    return solution.answer is not None and not rods["A"] and not rods["B"]


def changed(row: dict[str, Any], solution: Solution) -> bool:
    """One integer of `a * b + c * d` differs, and the value is the one that was asked for."""
    asked = re.search(r"(\d+) \* (\d+) \+ (\d+) \* (\d+) = -?\d+.*becomes (-?\d+)", row["prompt"], re.DOTALL)
    answer = re.fullmatch(r"(-?\d+) \* (-?\d+) \+ (-?\d+) \* (-?\d+)", solution.answer or "")
    if asked is None or answer is None:
        return False
    before, (a, b, c, d) = [int(n) for n in asked.groups()[:4]], [int(n) for n in answer.groups()]
    return sum(x != y for x, y in zip(before, (a, b, c, d), strict=True)) == 1 and a * b + c * d == int(asked[5])


def reckoned(row: dict[str, Any], solution: Solution) -> bool:
    """Each number once, and 24: read by the evaluator of evidence, not by the one of the puzzle."""
    from slowthink.verifiers.sum_proofs import value_of

    left = (solution.answer or "").partition("=")[0]
    numbers = sorted(re.findall(r"\d+", left))
    return bool(left) and numbers == sorted(row["puzzle"].split()) and value_of(left) == 24


def certified(row: dict[str, Any], solution: Solution) -> bool:
    """No solution is claimed, and the certificate is verified by other code."""
    return solution.answer == NONE and all(recheck(one).status == "PROVED" for one in solution.evidence[-1:])


def spread(rows: list[dict[str, Any]], limit: int | None) -> list[dict[str, Any]]:
    """At most `limit` of the rows, evenly from the first to the last: they stand in groups."""
    return rows if limit is None or limit >= len(rows) else [rows[i * len(rows) // limit] for i in range(limit)]


def unsolvable(count: int, seed: int) -> list[dict[str, Any]]:
    """Identities of the paper's shape that no single integer can be changed in: by trying all integers here."""
    dice = random.Random(seed)
    rows: list[dict[str, Any]] = []
    while len(rows) < count:
        top = dice.choice([9, 19, 49, 100])
        a, c = dice.randint(2, top), dice.randint(2, top)
        b, d, target = dice.randint(3, 9), dice.randint(3, 9), dice.randint(2, 20 * top)
        values = [a, b, c, d]
        if target == a * b + c * d or any(_reaches(values, at, target) for at in range(4)):
            continue
        prompt = (
            f"Consider the identity:\n{a} * {b} + {c} * {d} = {a * b + c * d}\nCan you modify exactly one integer "
            f"(and not more than that!) on the left hand side of the equation so the right hand side becomes {target}?"
        )
        rows.append({"prompt": prompt})
    return rows


def _reaches(values: list[int], at: int, target: int) -> bool:
    partner, rest = values[at ^ 1], values[(at ^ 2) & 2] * values[(at ^ 2) | 1]
    return any(partner * x + rest == target for x in range(-3000, 3001) if x != values[at])


def game24(data: Path, limit: int | None, seeds: int) -> dict[str, Any]:
    """The game of 24 from what GPT-4 proposed, in its order and in seeded random ones."""
    with gzip.open(data / "tot_game24.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    records, count = proposals(rows)
    rows = [{**row, "prompt": f"Game of 24: {row['puzzle']}"} for row in rows][:limit]
    model = RecordedModel(records, name="GPT-4, recorded")
    ways: dict[str, Tally] = {}
    common = {"proposer": "proposals", "line_tokens": 20_000}
    ways[ALONE], _ = run(model, PuzzleSearch(**common, falls_back=False), rows, 0, reckoned)  # type: ignore[arg-type]
    ways[BOTH], _ = run(model, PuzzleSearch(**common), rows, 0, reckoned)  # type: ignore[arg-type]
    randoms = []
    for seed in range(seeds):
        shuffled = PuzzleSearch(**common, falls_back=False, is_shuffled=True)  # type: ignore[arg-type]
        tally, _ = run(model, shuffled, rows, seed, reckoned)
        randoms.append(tally)
    found = _shown(ways, randoms, ALONE)
    return {**found, "recorded_lines": count, "recorded_states": len(records), "ceiling": ceiling(rows, records)}


def on_model(
    model: LanguageModel, task: str, data: Path, limit: int | None, seeds: int, with_own: bool
) -> dict[str, Any]:
    """One of the paper's tasks on a model: its order, random orders, and its own proposals alone."""
    with (data / "sparks_tasks.jsonl").open(encoding="utf-8") as lines:
        rows = [row for row in map(json.loads, lines) if row["task"] == task]
    rows = spread(rows, limit)
    check = {"hanoi": played, "modify_one": changed}.get(task, certified)
    rows = unsolvable(100, 24)[:limit] if task == "unsolvable" else rows
    ways: dict[str, Tally] = {}
    ways["scores"], solutions = run(model, PuzzleSearch(), rows, 0, check)
    randoms = [run(model, PuzzleSearch("random"), rows, seed, check)[0] for seed in range(seeds)]
    if with_own:
        ways["own proposals alone"], _ = run(model, PuzzleSearch("proposals", 8, False), rows, 0, check)
    found = _shown(ways, randoms, "scores")
    if task == "hanoi":
        lengths = [len((solution.answer or "").splitlines()) for solution in solutions]
        found["moves_over_shortest"] = round(sum(lengths) / sum(row["shortest"] for row in rows), 2)
    found["statuses"] = {status: sum(s.status == status for s in solutions) for status in ("proved", "abstained")}
    return {**found, "beside": GPT4.get(task, "")}


def _shown(ways: dict[str, Tally], randoms: list[Tally], name: str) -> dict[str, Any]:
    """The ways, the random orders together, and whether the order of `name` needs fewer nodes than they do."""
    ordered = ways[name]
    mean = [sum(one.looked[i] for one in randoms) / len(randoms) for i in range(len(ordered.looked))]
    gain, low, high = paired_mean([a - b for a, b in zip(ordered.looked, mean, strict=True)])
    # Against one order and not the mean of several: by chance the two are exchangeable, so the test is exact.
    pairs = list(zip(ordered.looked, randoms[0].looked, strict=True))
    p = sign_test([a > b for a, b in pairs], [a < b for a, b in pairs])
    verdict = "fewer nodes" if high < 0 else "more nodes" if low > 0 else "no benefit"
    shown = {way: tally.row() for way, tally in ways.items()}
    shown[f"random order, mean of {len(randoms)} seeds"] = {
        "right": sum(sum(one.right) for one in randoms) / len(randoms),
        "nodes": sum(mean),
        "expanded": sum(sum(one.expanded) for one in randoms) / len(randoms),
    }
    order = {"nodes_a_puzzle": round(gain, 2), "interval": [round(low, 2), round(high, 2)], "p": p, "verdict": verdict}
    return {"ways": shown, "order_against_random": order}


def main(arguments: list[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="puzzles")
    parser.add_argument("--data", type=Path, required=True, help="the folder with the evaluation data")
    parser.add_argument("--tasks", default=",".join(TASKS))
    parser.add_argument("--model", default="smollm2")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--seeds", type=int, default=10, help="random orders")
    parser.add_argument("--own", action="store_true", help="also the model's own proposals alone (8 replies a state)")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args(arguments)
    found: dict[str, Any] = {}
    model = None
    for task in options.tasks.split(","):
        if task == "game24":
            found[task] = game24(options.data, options.limit, options.seeds)
        else:
            model = model or load_model(options.model)
            found[task] = on_model(model, task, options.data, options.limit, options.seeds, options.own)
        print(json.dumps({task: found[task]}, indent=1), flush=True)
        if options.out:
            options.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
