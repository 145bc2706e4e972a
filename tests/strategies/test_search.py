"""The engine: order, pruning, goals, budgets, batches, release, and resuming a run that broke off."""

import asyncio
import math
import random
from collections.abc import Hashable, Sequence
from typing import Any

import pytest

from slowthink import Budget, SlowThinker
from slowthink.budget import Ledger
from slowthink.mind import Mind
from slowthink.models.protocol import Request
from slowthink.models.scripted import ScriptedModel
from slowthink.replay import Replay
from slowthink.senses import Senses
from slowthink.strategies.beam import Beam
from slowthink.strategies.mcts import MonteCarlo
from slowthink.strategies.orders import best_first, depth_first, level_by_level, monte_carlo
from slowthink.strategies.search import Node, Step, Tree, grown
from slowthink.strategies.tree_of_thought import TreeOfThought
from slowthink.trace import Trace
from slowthink.types import Budget as Bound
from slowthink.types import Status, Verdict


class Digits:
    """Numbers of digits; a 7 is refuted, `goal` is proved, and a number is worth its last digit."""

    def __init__(self, goal: str = "", ends: int = 3, is_broken: bool = False) -> None:
        self.goal, self.ends, self.is_broken = goal, ends, is_broken
        self.batches: list[list[str]] = []
        self.released: list[str] = []

    def root(self) -> str:
        return ""

    def key(self, state: str) -> Hashable:
        return None

    def release(self, state: str) -> None:
        assert state not in self.released
        self.released.append(state)

    async def propose(self, nodes: Sequence[Node[str]]) -> list[list[Step[str]]]:
        self.batches.append([node.state for node in nodes])
        if self.is_broken and len(self.batches) > 1:
            await asyncio.sleep(3600)
        return [[self.step(node.state + digit) for digit in "3975"] for node in nodes]

    def step(self, state: str) -> Step[str]:
        status = Status.REFUTED if state[-1] == "7" else Status.PROVED if state == self.goal else Status.UNKNOWN
        return Step(state, state, Verdict(status=status, reason=status.value), is_last=len(state) == self.ends)

    async def value(self, nodes: Sequence[Node[str]]) -> list[float] | None:
        return [int(node.state[-1]) / 10 for node in nodes]


def mind_of(trace: Trace, **budget: Any) -> Mind:
    return Mind(None, Ledger(Bound(**budget)), trace, Senses())


def searched(space: Digits, order: Any, **budget: Any) -> tuple[Tree[str], Trace]:
    trace = Trace()

    async def run() -> Tree[str]:
        async with grown(space, mind_of(trace, **budget)) as tree:
            await order(tree)
            return tree

    return asyncio.run(run()), trace


def test_levels_are_one_batch_and_the_best_are_kept() -> None:
    space = Digits()
    tree, _ = searched(space, lambda tree: level_by_level(tree, 2, 3))
    assert space.batches == [[""], ["9", "5"], ["99", "59"]]
    best = tree.best_last()
    assert best is not None
    assert [node.state for node in tree.path(best)] == ["", "9", "99", "999"]
    assert sorted(space.released) == sorted(node.state for node in tree.nodes)


def test_ties_go_to_the_first() -> None:
    class Even(Digits):
        async def value(self, nodes: Sequence[Node[str]]) -> list[float] | None:
            return [0.5] * len(nodes)

    tree, _ = searched(Even(), lambda tree: level_by_level(tree, 1, 3))
    best = tree.best_last()
    assert best is not None
    assert tree.nodes[best].state == "333"


def test_refuted_prunes_and_says_where_to_go_on() -> None:
    space = Digits(ends=2)
    tree, trace = searched(space, lambda tree: depth_first(tree, 2, enough=99))
    wrong = [node.id for node in tree.nodes if node.status is Status.REFUTED]
    assert len(wrong) == 4
    told: list[Any] = [event for event in trace.events if event.event == "pruned"]
    assert {event.id: event.resume for event in told} == {one: tree.nodes[one].thought.parent for one in wrong}
    assert space.batches == [[""], ["9"], ["5"], ["3"]]
    assert not any(node.state.startswith("7") and len(node.state) > 1 for node in tree.nodes)


@pytest.mark.parametrize(
    "order",
    [
        lambda tree: level_by_level(tree, 9, 9),
        lambda tree: depth_first(tree, 9, 99),
        lambda tree: best_first(tree, 9),
        lambda tree: monte_carlo(tree, 99, 9),
    ],
)
def test_a_proved_goal_ends_every_order(order: Any) -> None:
    tree, trace = searched(Digits(goal="93", ends=9), order)
    assert tree.goal is not None
    assert tree.nodes[tree.goal].state == "93"
    last: Any = [event for event in trace.events if event.event == "node"][-1]
    assert last.text == "93"


@pytest.mark.parametrize("nodes", [1, 2, 5, 6, 17])
def test_the_budget_of_nodes_holds_exactly(nodes: int) -> None:
    space = Digits(ends=9)
    tree, trace = searched(space, lambda tree: level_by_level(tree, 9, 9), nodes=nodes)
    assert len(tree.nodes) == nodes
    assert "nodes of the budget" in tree.spent
    assert sum(event.event == "node" for event in trace.events) == nodes


def test_a_cancelled_search_releases_all() -> None:
    space = Digits(is_broken=True)

    async def run() -> None:
        async with grown(space, mind_of(Trace())) as tree:
            await level_by_level(tree, 9, 9)

    async def stopped() -> None:
        task = asyncio.ensure_future(run())
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(stopped())
    assert sorted(space.released) == ["", "3", "5", "7", "9"]


def test_monte_carlo_looks_everywhere_in_the_end() -> None:
    tree, _ = searched(Digits(ends=2), lambda tree: monte_carlo(tree, 99, 2))
    assert sum(node.is_last for node in tree.nodes if node.depth == 2) == 12
    assert tree.expanded == 4


def test_a_node_without_a_value_is_last() -> None:
    assert Node(thought=Digits and _thought(), state="", depth=0).score == -math.inf


def _thought() -> Any:
    from slowthink.types import Thought

    return Thought(id=0, parent=None, text="")


LINES = (" 3 * 4 = 12", " 12 + 5 = 17", "Answer: 17", " 2 + 2 = 5", "So we see.")


def babble(text: str, request: Request) -> str:
    dice = random.Random(f"{len(text)} {request.sampling.path}")
    return "\n".join(dice.choice(LINES) for _ in range(4))


@pytest.mark.parametrize("strategy", [TreeOfThought(), TreeOfThought(order="depth"), Beam(), MonteCarlo(rounds=4)])
def test_a_run_that_broke_off_is_gone_on_with(strategy: Any) -> None:
    """Whatever part of the trace is left, the next run asks the model only for the rest and ends the same."""
    question = "Tom has 3 bags of 4 apples and finds 5. How many?"
    with SlowThinker(ScriptedModel(babble), strategy=strategy, budget=Budget(tokens=30_000)) as whole:
        events: list[Any] = []
        solution = whole.solve(question, listener=events.append)
    calls = sum(event.event in ("called", "scored") for event in events)
    for share in (0.2, 0.6, 1.0):
        left = events[: int(len(events) * share)]
        model = ScriptedModel(babble)
        with SlowThinker(model, strategy=strategy, budget=Budget(tokens=30_000)) as next_one:
            again = next_one.solve(question, known=left)
        assert (again.answer, again.usage.nodes) == (solution.answer, solution.usage.nodes)
        known = sum(event.event in ("called", "scored") for event in left)
        asked = sum(event["event"] in ("called", "scored") for event in again.trace) - known
        assert asked == calls - known
        assert len(model.prompts) <= sum(event.event == "called" for event in events[len(left) :])
    assert Replay(events).began is not None


def test_the_trace_of_a_run_that_breaks_off_has_the_tree_so_far() -> None:
    told: list[Any] = []

    def listener(event: Any) -> None:
        told.append(event)
        if sum(one.event == "node" for one in told) == 6:
            raise ZeroDivisionError

    with SlowThinker(ScriptedModel(babble), strategy=TreeOfThought()) as thinker, pytest.raises(ZeroDivisionError):
        thinker.solve("Tom has 3 bags of 4 apples and finds 5. How many?", listener=listener)
    nodes = [event for event in told if event.event == "node"]
    assert [node.id for node in nodes] == list(range(6))
    assert all(node.parent is not None and node.parent < node.id for node in nodes[1:])
