"""What a search over lines of work costs on one model: tokens that pass through it, over the distinct ones of its tree.

GSM8K questions, one after the other on one engine that has forgotten all that came before; the tree is that of all
tokens behind which something was chosen or judged. What a supervisor refuted and threw away was a branch of it, and
is pruned; the ratio without such branches is told beside. Accuracy is told, too, beside that of a vote; with a small
model it is low, and a difference is only told with its interval.

    python -m slowthink.benchmarks.search_cost --data ../shared/data [--limit 50] [--strategies tree_of_thought,mcts]
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from slowthink.benchmarks.engine.characters import grown, pushed
from slowthink.benchmarks.statistics import wilson
from slowthink.controller import SlowThinker
from slowthink.errors import InputError
from slowthink.models import load_model
from slowthink.models.local import LocalModel
from slowthink.strategies import strategy_named
from slowthink.types import Budget
from slowthink.verifiers.answers import value_of


def measure(model: LocalModel, name: str, rows: list[dict[str, Any]], tokens: int | None) -> dict[str, Any]:
    """One strategy on all questions."""
    thinker = SlowThinker(model, strategy=strategy_named(name), budget=Budget(tokens=tokens))
    right, nodes, repairs, discarded, begin = 0, 0, 0, 0, time.perf_counter()
    model.forget()
    with pushed(model.engine.model) as counts, grown(model) as tree:
        for row in rows:
            solution = thinker.solve(row["question"])
            gold = value_of(row["answer"].rpartition("####")[2].strip().replace(",", ""))
            right += solution.answer is not None and value_of(solution.answer) == gold
            nodes, repairs = nodes + solution.usage.nodes, repairs + solution.usage.repairs
            discarded += solution.usage.discarded_tokens
    seconds = time.perf_counter() - begin
    low, high = wilson(right, len(rows))
    return {
        "questions": len(rows),
        "right": right,
        "interval": [round(low, 3), round(high, 3)],
        "tokens": sum(counts),
        "distinct": tree.nodes + tree.refuted,
        "of_these_refuted": tree.refuted,
        "ratio": round(sum(counts) / max(1, tree.nodes + tree.refuted), 4),
        "ratio_without_refuted": round(sum(counts) / max(1, tree.nodes), 4),
        "thrown_away": discarded,
        "nodes": nodes,
        "repairs": repairs,
        "seconds": round(seconds, 1),
    }


def main(arguments: list[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="search_cost")
    parser.add_argument("--data", type=Path, required=True, help="the folder with the evaluation data")
    parser.add_argument("--limit", type=int, default=50)
    parser.add_argument("--strategies", default="tree_of_thought,mcts,self_consistency")
    parser.add_argument("--budget-tokens", type=int)
    options = parser.parse_args(arguments)
    with (options.data / "gsm8k_test.jsonl").open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines][: options.limit]
    model = load_model("smollm2")
    if not isinstance(model, LocalModel):
        raise InputError("expected a model in this process, whose tokens can be counted")
    for name in options.strategies.split(","):
        print(json.dumps({name: measure(model, name, rows, options.budget_tokens)}), flush=True)
    model.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
