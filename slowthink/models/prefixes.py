"""A radix tree over token ids that remembers keys and values, bounded in memory, least recently used first.

Every prompt that was read and every branch that was written leaves its tokens here, so that whatever comes
later pays only for tokens that nobody has pushed through the model before. A node may be used in part:
children hang at an offset within it. Forgetting a node only costs a later prefill, never an answer.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field

from slowthink.models.packing import Segment


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
        self.churn = 0
        """Bytes that were ever inserted, for whoever counts them; he may set it back."""
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
        most = 0
        for top in self._top.get(ids[0], ()) if ids else ():
            if most and top.ids[most : most + 1] not in ((), (ids[most],)):
                continue  # it differs before it could be longer
            found = self._path(top, ids)
            if (count := sum(count for _, count in found)) > most:
                path, most = found, count
                if most == len(ids):
                    break
        for node, _ in path:
            node.used = self._clock
        return path

    def _path(self, node: Node | None, ids: Sequence[int]) -> Path:
        path: Path = []
        at = 0
        while node is not None:
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
        self.churn += segment.nbytes
        self.shrink()
        return node

    @property
    def pinned_bytes(self) -> int:
        """Bytes that cannot be given back now: of pinned nodes and of what they hang behind."""
        held: set[Node] = set()
        for pinned in self._nodes:
            node: Node | None = pinned if pinned.pins else None
            while node is not None and node not in held:
                held.add(node)
                node = node.parent
        return sum(node.segment.nbytes for node in held)

    def shrink(self, most: int | None = None) -> None:
        """Forget unpinned leaves, least recently used first, until `most` bytes are held, or the tree's own bound."""
        most = self.limit_bytes if most is None else most
        if self.nbytes <= most:
            return
        leaves = [(node.used, id(node), node) for node in self._nodes if not node.children and not node.pins]
        heapq.heapify(leaves)
        while self.nbytes > most and leaves:
            node = heapq.heappop(leaves)[2]
            self._forget(node)
            parent = node.parent
            if parent is not None and not parent.children and not parent.pins:
                heapq.heappush(leaves, (parent.used, id(parent), parent))

    def clear(self) -> None:
        """Forget everything that no row is using."""
        self.shrink(-1)

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
