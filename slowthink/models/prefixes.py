"""A radix tree over token ids that remembers keys and values, bounded in memory, least recently used first.

Every prompt that was read and every branch that was written leaves its tokens here, so that whatever comes
later pays only for tokens that nobody has pushed through the model before. A node may be used in part:
children hang at an offset within it. Forgetting a node only costs a later prefill, never an answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from slowthink.models.slots import Segment


@dataclass(eq=False)
class Node:
    """Some tokens with their cache, hanging behind the first `offset` tokens of `parent`."""

    ids: tuple[int, ...]
    segment: Segment
    parent: Node | None
    offset: int
    children: dict[tuple[int, int], Node] = field(default_factory=dict)
    """By (offset within this node, first token)."""
    used: int = 0
    pins: int = 0


Path = list[tuple[Node, int]]
"""Nodes from the root on, each with how many of its tokens are meant."""


class PrefixTree:
    """What is remembered. Not thread safe: it belongs to the engine's thread."""

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self.nbytes = 0
        self._top: dict[int, list[Node]] = {}
        """Nodes without a parent by their first token; several may begin alike, so that each can stand whole."""
        self._nodes: set[Node] = set()
        self._clock = 0

    def __len__(self) -> int:
        return len(self._nodes)

    def match(self, ids: Sequence[int]) -> Path:
        """The longest remembered beginning of `ids`."""
        self._clock += 1
        path: Path = []
        at = 0
        tops = self._top.get(ids[0], []) if ids else []
        node = max(tops, key=lambda top: _common(top.ids, ids, 0), default=None)
        while node is not None:
            node.used = self._clock
            count = _common(node.ids, ids, at)
            path.append((node, count))
            at += count
            node = node.children.get((count, ids[at])) if at < len(ids) else None
        return path

    def insert(self, path: Path, ids: Sequence[int], segment: Segment) -> Node:
        """Remember `ids` behind `path`, where the first of them is new; without a path they stand for themselves."""
        parent, offset = path[-1] if path else (None, 0)
        node = Node(tuple(ids), segment, parent, offset, used=self._clock)
        if parent is None:
            self._top.setdefault(node.ids[0], []).append(node)
        else:
            parent.children[offset, node.ids[0]] = node
        self._nodes.add(node)
        self.nbytes += segment.nbytes
        self.shrink()
        return node

    def shrink(self) -> None:
        """Forget unpinned leaves, least recently used first, until the bound holds."""
        while self.nbytes > self.limit_bytes:
            leaves = [n for n in self._nodes if not n.children and not n.pins]
            if not leaves:
                return
            self._forget(min(leaves, key=lambda n: n.used))

    def clear(self) -> None:
        """Forget everything that no row is using."""
        limit, self.limit_bytes = self.limit_bytes, -1
        self.shrink()
        self.limit_bytes = limit

    def _forget(self, node: Node) -> None:
        self._nodes.discard(node)
        self.nbytes -= node.segment.nbytes
        if node.parent is None:
            self._top[node.ids[0]].remove(node)
        else:
            del node.parent.children[node.offset, node.ids[0]]


def _common(mine: tuple[int, ...], ids: Sequence[int], at: int) -> int:
    """How many tokens of `mine` stand in `ids` from `at` on."""
    most = min(len(mine), len(ids) - at)
    if mine[:most] == tuple(ids[at : at + most]):
        return most
    return next(i for i in range(most) if mine[i] != ids[at + i])
