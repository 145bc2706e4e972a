"""One small search engine: a tree of immutable nodes, what grows it, and the orders in which it is grown.

The idea: a `Space` proposes ways on from nodes and values them; the tree asks for a whole level at once, so that all
branches of a level run as one batch. A REFUTED step is pruned, and the trace says from which node the search goes on;
a PROVED one is a goal and ends the search. An order (`orders.py`) only says which nodes are asked next.

Guaranteed: nodes never change their place, ties go to the node that was put in first, and nothing depends on the
order of arrival; the budget of nodes holds exactly, and a budget that ends a step leaves what was found so far; what
nodes hold of the model is released when they are pruned, and at the end, also of a search that is cancelled.
A node that is put in is told to the trace at once. Not covered: whether a value is a good one.
"""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Hashable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Generic, Protocol, TypeVar

from slowthink.errors import BudgetExhausted
from slowthink.mind import Mind
from slowthink.trace import Chosen, Expanded, Grown, Pruned, Valued
from slowthink.types import Judgement, Status, Thought, Verdict

S = TypeVar("S")
UNKNOWN = Verdict(status=Status.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Step(Generic[S]):
    """A way on that was proposed: its text, where it leads, what is known of it.

    `is_last` says that nothing comes behind it. `prior` is what the proposer thinks of it; where a space gives no
    values, it is the value. `source` is the key of the call that wrote it.
    """

    text: str
    state: S
    verdict: Verdict = UNKNOWN
    judgements: tuple[Judgement, ...] = ()
    is_last: bool = False
    prior: float = 0.0
    source: str = ""


@dataclass(frozen=True, slots=True)
class Node(Generic[S]):
    """A thought at its place in the tree, and the state that it leads to."""

    thought: Thought
    state: S
    depth: int
    status: Status = Status.UNKNOWN
    is_last: bool = False

    @property
    def id(self) -> int:
        """The number of the node: they are numbered as they are put in."""
        return self.thought.id

    @property
    def score(self) -> float:
        """The value; below every other where none was given."""
        return -math.inf if self.thought.score is None else self.thought.score


class Space(Protocol[S]):
    """What is searched: states, ways on from them, and what they are worth."""

    def root(self) -> S:
        """Where the search begins."""
        ...

    async def propose(self, nodes: Sequence[Node[S]]) -> list[list[Step[S]]]:
        """The ways on from each node, all asked for at once."""
        ...

    async def value(self, nodes: Sequence[Node[S]]) -> list[float] | None:
        """What each node is worth, from 0 to 1, all asked for at once; None: their priors are their values."""
        ...

    def key(self, state: S) -> Hashable:
        """States with the same key are one, and only the first is kept; None for a state that is always new."""
        ...

    def release(self, state: S) -> None:
        """Give back what a state holds; called once for each."""
        ...


@dataclass
class Tree(Generic[S]):
    """The nodes so far. Use it within `grown`, which releases them."""

    space: Space[S]
    mind: Mind
    name: str
    nodes: list[Node[S]] = field(default_factory=list)
    children: dict[int, list[int]] = field(default_factory=dict)
    expanded: int = 0
    goal: int | None = None
    spent: str = ""
    """Which budget ended the search; empty while there is some left."""
    _held: dict[int, S] = field(default_factory=dict)
    _keys: set[Hashable] = field(default_factory=set)

    @property
    def is_over(self) -> bool:
        """Whether a goal was proved or a budget is spent."""
        return self.goal is not None or bool(self.spent)

    async def expand(self, ids: Sequence[int]) -> list[int]:
        """Ask for the ways on from these nodes, as one batch; returns the new nodes that stand, in their order."""
        if self.is_over or not ids:
            return []
        parents = [self.nodes[one] for one in ids]
        for parent in parents:
            self.mind.tell(Expanded(tree=self.name, id=parent.id))
        try:
            proposed = await self.space.propose(parents)
        except BudgetExhausted as error:
            self.spent = str(error)
            return []
        self.expanded += len(parents)
        new: list[int] = []
        for parent, steps in zip(parents, proposed, strict=True):
            self.children.setdefault(parent.id, [])
            new += self._put_all(parent, steps)
        await self._value([one for one in new if self.goal is None])
        return new

    def _put_all(self, parent: Node[S], steps: Sequence[Step[S]]) -> list[int]:
        new: list[int] = []
        for at, step in enumerate(steps):
            key = self.space.key(step.state)
            is_known = key is not None and key in self._keys and step.verdict.status is not Status.REFUTED
            if self.is_over or is_known:
                self.space.release(step.state)
                continue
            try:
                one = self._put(parent, step)
            except BudgetExhausted as error:
                self.spent = str(error)
                for rest in steps[at:]:
                    self.space.release(rest.state)
                return new
            if key is not None and step.verdict.status is not Status.REFUTED:
                self._keys.add(key)
            if step.verdict.status is not Status.REFUTED:
                new.append(one)
        return new

    def _put(self, parent: Node[S] | None, step: Step[S]) -> int:
        one, depth, status = len(self.nodes), 0 if parent is None else parent.depth + 1, step.verdict.status
        above = None if parent is None else parent.id
        told = [f"{_MARKS[j.verdict.status]} {j.claim.text.strip()}" for j in step.judgements]
        self.mind.grow(
            Grown(
                tree=self.name,
                id=one,
                parent=above,
                depth=depth,
                text=step.text,
                status=status,
                reason=step.verdict.reason,
                is_last=step.is_last,
                facts=tuple(told),
                source=step.source,
            )
        )
        thought = Thought(id=one, parent=above, text=step.text, score=step.prior, judgements=step.judgements)
        self.nodes.append(Node(thought, step.state, depth, status, step.is_last))
        self._held[one] = step.state
        if above is not None:
            self.children[above].append(one)
        if status is Status.REFUTED:
            self.prune(one, step.verdict.reason or "refuted", above)
        elif status is Status.PROVED:
            self.goal = one
        return one

    async def _value(self, ids: Sequence[int]) -> None:
        open_ones = [self.nodes[one] for one in ids]
        if not open_ones:
            return
        try:
            values = await self.space.value(open_ones)
        except BudgetExhausted as error:
            self.spent = str(error)
            values = None
        for node, value in zip(open_ones, values or [node.score for node in open_ones], strict=True):
            if values is not None:
                thought = node.thought.model_copy(update={"score": value})
                self.nodes[node.id] = replace(node, thought=thought)
            self.mind.tell(Valued(tree=self.name, id=node.id, score=value))

    def prune(self, one: int, reason: str, resume: int | None = None) -> None:
        """Let nothing more grow from a node, and release what it holds."""
        self.mind.tell(Pruned(tree=self.name, id=one, reason=reason, resume=resume))
        self._let_go(one)

    def choose(self, one: int, reason: str = "") -> Node[S]:
        """Tell which node the search came to."""
        self.mind.tell(Chosen(tree=self.name, id=one, reason=reason))
        return self.nodes[one]

    def path(self, one: int) -> list[Node[S]]:
        """The nodes from the root to this one, both included."""
        path = [self.nodes[one]]
        while (above := path[-1].thought.parent) is not None:
            path.append(self.nodes[above])
        return path[::-1]

    def ranked(self, ids: Sequence[int]) -> list[int]:
        """The best first; of equals the one that was put in first."""
        return sorted(ids, key=lambda one: (-self.nodes[one].score, one))

    def best_last(self) -> int | None:
        """The goal, else the best of the nodes behind which nothing comes and which stand; None without any."""
        if self.goal is not None:
            return self.goal
        last = [node.id for node in self.nodes if node.is_last and node.status is not Status.REFUTED]
        return self.ranked(last)[0] if last else None

    def _let_go(self, one: int) -> None:
        if one in self._held:
            self.space.release(self._held.pop(one))

    def release(self) -> None:
        """Let go of all nodes."""
        for one in list(self._held):
            self._let_go(one)


_MARKS = {Status.PROVED: "+", Status.REFUTED: "-", Status.UNKNOWN: "?"}


@asynccontextmanager
async def grown(space: Space[S], mind: Mind) -> AsyncIterator[Tree[S]]:
    """A tree with its root; whatever ends the block, a cancellation too, releases its nodes.

    Raises BudgetExhausted where the budget has no node for a root.
    """
    tree: Tree[S] = Tree(space, mind, f"{mind.path}tree")
    state = space.root()
    try:
        try:
            tree._put(None, Step("", state))
            tree._keys |= {space.key(state)} - {None}
        except BudgetExhausted:
            space.release(state)
            raise
        yield tree
    finally:
        tree.release()
