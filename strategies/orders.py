"""The orders in which a tree of thoughts is grown: level by level, depth first, best first, Monte Carlo.

Each is a short loop over `Tree.expand`, which asks, judges, values and prunes. All of them stop at a proved goal and
where a budget is spent, and break ties by the order in which nodes were put in.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Generic, TypeVar

from slowthink.strategies.search import Tree

S = TypeVar("S")


async def level_by_level(tree: Tree[S], width: int, depth: int) -> None:
    """Breadth first: all nodes of a level are asked at once, and the best `width` of what comes are kept.

    Nodes behind which nothing comes stand aside; they are no longer asked, and take no place among the kept.
    """
    level = [0]
    for _ in range(depth):
        new = await tree.expand(level)
        ranked = tree.ranked([one for one in new if not tree.nodes[one].is_last])
        level = sorted(ranked[:width])
        if tree.is_over or not level:
            return
        for one in sorted(ranked[width:]):
            tree.prune(one, f"not among the best {width} of its level", level[0])


async def depth_first(tree: Tree[S], depth: int, enough: int = 1) -> None:
    """The best child first; where nothing stands, back to the next node that was left.

    It ends when `enough` nodes were reached behind which nothing comes.
    """
    left, reached = [0], 0
    while left and not tree.is_over and reached < enough:
        one = left.pop()
        if tree.nodes[one].is_last:
            reached += 1
        elif tree.nodes[one].depth >= depth:
            tree.prune(one, f"deeper than {depth} steps", left[-1] if left else None)
        else:
            new = await tree.expand([one])
            left += reversed(tree.ranked(new))
            if not new and not tree.is_over:
                tree.prune(one, "no step from here stands", left[-1] if left else None)


async def best_first(tree: Tree[S], depth: int) -> None:
    """Always the node that is worth most, wherever it stands, until one of them is the end of its line."""
    left = [0]
    while left and not tree.is_over:
        one = tree.ranked(left)[0]
        left.remove(one)
        if tree.nodes[one].is_last:
            return
        if tree.nodes[one].depth >= depth:
            tree.prune(one, f"deeper than {depth} steps", tree.ranked(left)[0] if left else None)
            continue
        new = await tree.expand([one])
        left += new
        if not new and not tree.is_over:
            tree.prune(one, "no step from here stands", tree.ranked(left)[0] if left else None)


async def monte_carlo(tree: Tree[S], rounds: int, depth: int, exploration: float = 0.7) -> None:
    """Upper confidence bounds (Kocsis and Szepesvári, 2006): a round walks down to a node that was never asked, asks
    it, and counts the values of what came for all nodes above. A value stands for a playout.
    """
    walk = _Walk(tree, depth, exploration)
    for _ in range(rounds):
        if tree.is_over:
            return
        one = walk.down()
        if one is None:
            return
        new = await tree.expand([one])
        if not new and not tree.is_over:
            tree.prune(one, "no step from here stands", 0)
        walk.back(one, new)


class _Walk(Generic[S]):
    """The counts of a Monte Carlo search: visits and sums of values, by node."""

    def __init__(self, tree: Tree[S], depth: int, exploration: float) -> None:
        self.tree, self.depth, self.exploration = tree, depth, exploration
        self.visits: dict[int, int] = {}
        self.totals: dict[int, float] = {}
        self.closed: set[int] = set()

    def down(self) -> int | None:
        """The node to ask next; None when all is known."""
        one = 0
        while one in self.tree.children:
            below = [child for child in self.tree.children[one] if child not in self.closed]
            if not below or one in self.closed:
                return None
            one = max(below, key=lambda child: (self._bound(child, one), -child))
        return one

    def _bound(self, child: int, parent: int) -> float:
        seen = self.visits.get(child, 0)
        spread = math.sqrt(math.log(self.visits.get(parent, 0) + 1) / (seen + 1))
        mean = self.totals[child] / seen if seen else max(0.0, self.tree.nodes[child].score)
        return mean + self.exploration * spread

    def back(self, one: int, new: Sequence[int]) -> None:
        """Count what came, and close what has nothing open below it."""
        scores = [max(0.0, self.tree.nodes[child].score) for child in new]
        worth = max(scores, default=0.0)
        self.closed.update(
            child
            for child in self.tree.children.get(one, [])
            if child not in new or self.tree.nodes[child].is_last or self.tree.nodes[child].depth >= self.depth
        )
        at: int | None = one
        while at is not None:
            self.visits[at] = self.visits.get(at, 0) + 1
            self.totals[at] = self.totals.get(at, 0.0) + worth
            if all(child in self.closed for child in self.tree.children.get(at, [])):
                self.closed.add(at)
            at = self.tree.nodes[at].thought.parent
