"""The equal-compute gate: strategies on the same questions, each beside a vote over as many tokens as it really spent.

Every strategy gets the same budget a question, or ends by its own rules. What it then spends is counted in tokens that
pass through the model, and the reference is self-consistency at that count, question by question: independent replies
are sampled until they cost what the dearest strategy spent there, and the vote beside a strategy is over as many of the
first replies as come nearest to its own tokens. So a strategy that leaves some of its budget unspent is not held
against one that spends all of it, and more samples are never taken for thinking. (A budget counts prompts in full, each
time: one that suits a vote ends a search over lines in its first levels, though its lines share most of their cost.)

An error and an abstention count as wrong. Differences are paired: a bootstrap interval over questions (95 %), and
McNemar's exact test. A strategy beats self-consistency only where both say so. Each row is saved as it ends; a run that
is started again goes on, and one that was asked otherwise is refused.

    python -m slowthink.benchmarks.equal_compute --data ../shared/data --task gsm8k \\
        --strategies tree_of_thought,best_of_n,mcts,beam --limit 50 [--tokens 60000] [--out out/equal.jsonl]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from slowthink import facade
from slowthink.benchmarks import readers
from slowthink.benchmarks.statistics import paired_gain, sign_test, wilson
from slowthink.benchmarks.task import task_named
from slowthink.controller import SlowThinker
from slowthink.errors import InputError, SlowThinkError
from slowthink.mind import Mind
from slowthink.models import LanguageModel, load_model
from slowthink.models.local import LocalModel
from slowthink.models.recorded import RecordedModel
from slowthink.strategies import Outcome, Strategy, strategy_named
from slowthink.strategies.samples import sample_of, written
from slowthink.types import Budget, Problem
from slowthink.verifiers.answer_values import read
from slowthink.verifiers.answers import value_of
from slowthink.verifiers.voting import Given, count

REFERENCE = "self_consistency"
BATCH, MOST, AT_ONCE = 4, 256, 16
"""Replies of the reference that are asked for together, and at most; questions that are worked on at once."""
Row = dict[str, Any]


@dataclass(frozen=True)
class Item:
    """A question at its place, with its gold value."""

    place: int
    question: str
    gold: Fraction

    @property
    def problem(self) -> Problem:
        """As strategies are given it."""
        return Problem.of(self.question).model_copy(update={"answer_kind": "number"})


class Replies:
    """The reference: independent replies until they have cost `tokens[question]`, or no more can be had."""

    name = REFERENCE

    def __init__(self, tokens: dict[str, int], is_watched: bool = True) -> None:
        self.tokens, self.is_watched = tokens, is_watched
        self.found: dict[str, list[Row]] = {}

    async def solve(self, problem: Problem, mind: Mind) -> Outcome:
        """Sample, read and keep; the vote is taken afterwards, at whatever number of tokens is asked for."""
        kept = self.found[problem.question] = []
        while sum(one["tokens"] for one in kept) < self.tokens[problem.question] and len(kept) < MOST:
            try:
                rows = await written(problem, mind, BATCH, len(kept), self.is_watched)
            except InputError as error:  # a recorded model has no more of them
                mind.remark(str(error))
                break
            for row in rows:
                sample = sample_of(problem, row, mind)
                sums = sample.follows - bool(sample.refuted)
                kept.append({"answer": sample.answer, "sums": sums, "tokens": row.tokens})
        return Outcome(voted(kept), "model")


def voted(replies: Sequence[Row]) -> str | None:
    """What self-consistency answers to these replies; None where none of them has an answer."""
    given = [
        None if one["answer"] is None else Given(one["answer"], read(one["answer"]), one["sums"]) for one in replies
    ]
    ballots = count(given, [1.0] * len(given))
    return max(ballots, key=lambda one: (one.weight, one.sums)).answer if ballots else None


def nearest(replies: Sequence[Row], tokens: int) -> int:
    """How many of the first replies cost nearest to so many tokens: one at least, and the fewer of equals."""
    best, cost, spent = 1, abs(replies[0]["tokens"] - tokens) if replies else 0, 0
    for number, one in enumerate(replies, 1):
        spent += one["tokens"]
        if abs(spent - tokens) < cost:
            best, cost = number, abs(spent - tokens)
    return best


def usual(name: str, is_watched: bool) -> Strategy:
    """A strategy by its name. Recorded replies are not changed while they are told, but put right afterwards."""
    strategy = strategy_named(name)
    if is_watched or not is_dataclass(strategy) or "is_watched" not in [one.name for one in fields(strategy)]:
        return strategy
    return replace(strategy, is_watched=False)


async def answered(
    model: LanguageModel, strategy: Strategy, items: Sequence[Item], tokens: int | None, seed: int
) -> Any:
    """Yields the row of each question as it ends, in no order; an error is a row too, and its answer is wrong."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(item: Item) -> Row:
        row: Row = {"strategy": strategy.name, "place": item.place, "gold": str(item.gold)}
        async with gate:
            thinker = SlowThinker(model, strategy=strategy, budget=Budget(tokens=tokens), seed=seed)
            try:
                solution = await thinker.asolve(item.problem)
            except SlowThinkError as error:
                return row | {"answer": None, "right": False, "tokens": 0, "error": str(error)}
        right = value_of(solution.answer) == item.gold
        found = {"answer": solution.answer, "right": right, "status": solution.status, "tokens": solution.usage.tokens}
        return row | found | ({"reason": solution.reason} if solution.answer is None else {})

    tasks = [asyncio.ensure_future(one(item)) for item in items]
    try:
        for task in asyncio.as_completed(tasks):
            yield await task
    finally:
        for task in tasks:
            task.cancel()


class Gate:
    """One comparison: its questions, its model, and the rows that are known of it so far."""

    def __init__(self, model: LanguageModel, items: Sequence[Item], asked: Row, out: Path | None = None) -> None:
        self.model, self.items, self.asked, self.out = model, items, asked, out
        self.is_watched = not isinstance(model, RecordedModel)
        self.rows: dict[tuple[str, int], Row] = {}
        if out is not None:
            self._begin(out)

    def _begin(self, out: Path) -> None:
        """Take over what an earlier run has saved. Raises InputError where it was asked something else."""
        out.parent.mkdir(parents=True, exist_ok=True)
        lines = out.read_text(encoding="utf-8").splitlines() if out.exists() else []
        saved = list(_whole(lines))
        if saved and saved[0] != self.asked:
            raise InputError(f"expected in {out} a run of {self.asked}, got one of {saved[0]}; choose another --out")
        for row in saved[1:]:
            self.rows[row["strategy"], row["place"]] = row
        with out.open("w", encoding="utf-8") as file:  # a line that was cut off must not run into the next one
            file.writelines(json.dumps(row) + "\n" for row in (self.asked, *self.rows.values()))

    def run(self, strategies: Sequence[str]) -> list[Row]:
        """Answer what is not yet answered; returns a line of the table for each strategy."""
        for name in strategies:
            left = [item for item in self.items if (name, item.place) not in self.rows]
            strategy = usual(name, self.is_watched)
            facade.run(self._ask(name, strategy, left, self.asked["tokens"]))
        self._sample(strategies)
        return [self.compared(name) for name in strategies]

    def _sample(self, strategies: Sequence[str]) -> None:
        """Replies of the reference, wherever there are too few of them for what was spent."""
        targets = {
            item.question: max(self.rows[name, item.place]["tokens"] for name in strategies) for item in self.items
        }
        short = [item for item in self.items if self._is_short(item, targets[item.question])]
        replies = Replies(targets, self.is_watched)
        facade.run(self._ask(SAMPLES, replies, short, None, replies))

    def _is_short(self, item: Item, target: int) -> bool:
        row = self.rows.get((SAMPLES, item.place))
        return row is None or row["asked_for"] < target

    async def _ask(
        self, name: str, strategy: Strategy, items: Sequence[Item], tokens: int | None, replies: Replies | None = None
    ) -> None:
        if not items:
            return
        if isinstance(self.model, LocalModel):
            self.model.forget()  # no strategy is spared tokens that another one has paid for
        by_place, done = {item.place: item for item in items}, 0
        with _appending(self.out) as write:
            async for row in answered(self.model, strategy, items, tokens, self.asked["seed"]):
                question, row["strategy"] = by_place[row["place"]].question, name
                if replies is not None:
                    row |= {"asked_for": replies.tokens[question], "replies": replies.found.get(question, [])}
                self.rows[name, row["place"]] = row
                write(row)
                done += 1
                print(f"{name} {done}/{len(items)}", file=sys.stderr, flush=True)

    def compared(self, name: str) -> Row:
        """A strategy beside the vote at its own tokens, question by question."""
        mine = [self.rows[name, item.place] for item in self.items]
        votes, spent = [], []
        for item, row in zip(self.items, mine, strict=True):
            replies = self.rows[SAMPLES, item.place]["replies"]
            first = replies[: nearest(replies, row["tokens"])]
            votes.append(value_of(voted(first)) == item.gold)
            spent.append(sum(one["tokens"] for one in first))
        right = [bool(row["right"]) for row in mine]
        gain, low, high = paired_gain(votes, right)
        p = sign_test(votes, right)
        return {
            "strategy": name,
            "questions": len(right),
            "right": sum(right),
            "interval": wilson(sum(right), len(right)),
            "unanswered": sum(row["answer"] is None for row in mine),
            "tokens": sum(row["tokens"] for row in mine) / len(mine),
            "vote_right": sum(votes),
            "vote_tokens": sum(spent) / len(spent),
            "difference": (gain, low, high),
            "p": p,
            "verdict": verdict(low, high, p),
        }


SAMPLES = f"{REFERENCE}, replies"
"""What the rows of the reference are called: one may also name `self_consistency` as a strategy with a budget."""


def verdict(low: float, high: float, p: float) -> str:
    """In words; only what both the interval and the test say is said to be a difference."""
    if low > 0 and p < 0.05:
        return f"beats {REFERENCE} at equal tokens"
    if high < 0 and p < 0.05:
        return f"is worse than {REFERENCE} at equal tokens"
    return f"does not beat {REFERENCE} at equal tokens"


def table(lines: Sequence[Row]) -> str:
    """The comparison as a table in Markdown; shares in per cent, tokens a question."""
    head = "| strategy | right | tokens | vote at these tokens | its tokens | difference | p | verdict |"
    shown = [head, "|---" * 8 + "|"]
    for one in lines:
        low, high = one["interval"]
        gain, least, most = one["difference"]
        share, vote = one["right"] / one["questions"], one["vote_right"] / one["questions"]
        shown.append(
            f"| {one['strategy']} | {one['right']} of {one['questions']}: {100 * share:.1f} % "
            f"[{100 * low:.1f}, {100 * high:.1f}] | {one['tokens']:.0f} | {100 * vote:.1f} % "
            f"| {one['vote_tokens']:.0f} | {100 * gain:+.1f} [{100 * least:+.1f}, {100 * most:+.1f}] "
            f"| {one['p']:.3f} | {one['verdict']} |"
        )
    return "\n".join(shown)


def _whole(lines: Sequence[str]) -> Iterator[Row]:
    """The rows of a file, without one that was cut off."""
    for line in lines:
        try:
            yield json.loads(line)
        except ValueError:
            continue


@contextmanager
def _appending(out: Path | None) -> Iterator[Any]:
    if out is None:
        yield lambda row: None
        return
    with out.open("a", encoding="utf-8") as file:

        def write(row: Row) -> None:
            file.write(json.dumps(row) + "\n")
            file.flush()

        yield write


def items_of(options: argparse.Namespace) -> list[Item]:
    """The first questions that the arguments name. Raises InputError."""
    task = task_named(options.task if options.questions is None else str(options.questions))
    found = readers.items_of(task, options.data)[0][: options.limit]
    if len({one.question for one in found}) < len(found):
        raise InputError(f"expected questions, each once, got {len(found)} with repetitions")
    return [Item(place, one.question, _gold(one.gold, place)) for place, one in enumerate(found)]


def _gold(answer: str, place: int) -> Fraction:
    value = value_of(answer)
    if value is None:
        raise InputError(f"expected a number as the answer of question {place}, got {answer!r}")
    return value


def main(arguments: list[str] | None = None) -> int:
    """Compare what the arguments name; 2 for bad usage."""
    parser = argparse.ArgumentParser(prog="equal_compute", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder with the questions (default: ../shared/data, then data)")
    parser.add_argument("--task", choices=("gsm8k", "gsm_hard", "svamp"), default="gsm8k")
    parser.add_argument("--questions", type=Path, help="JSON lines with 'question' and 'answer', instead of a task")
    parser.add_argument("--limit", type=int, default=50, help="the first so many questions")
    parser.add_argument("--strategies", default="tree_of_thought,best_of_n,mcts,beam")
    parser.add_argument("--tokens", type=int, help="budget of a question (prompts count in full); default: no bound")
    parser.add_argument("--model", default="smollm2")
    parser.add_argument("--recorded", type=Path, help="recorded samples instead of a model")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="every row as JSON lines, as it ends; a second run goes on there")
    options = parser.parse_args(arguments)
    names = [name for name in options.strategies.split(",") if name]
    source = str(options.questions or options.task)
    model: LanguageModel | None = None
    try:
        for name in names:
            strategy_named(name)
        items = items_of(options)
        model = load_model(options.model) if options.recorded is None else RecordedModel(options.recorded)
        asked = {"model": model.name, "questions": source, "tokens": options.tokens, "seed": options.seed}
        print(table(Gate(model, items, asked, options.out).run(names)), flush=True)
    except SlowThinkError as error:
        print(error, file=sys.stderr)
        return 2
    finally:
        if model is not None:
            model.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
