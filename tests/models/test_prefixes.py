"""The prefix tree: it finds the longest remembered beginning, gives back what was put in, and keeps its bound."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from slowthink.models.packing import Layout, Segment, Shape
from slowthink.models.prefixes import Node, Path, PrefixTree

BYTES = 2 * 4
"""Of one token of the segments below: one key and one value in float32."""
ids = st.lists(st.integers(0, 2), min_size=1, max_size=9)


def segment(part: list[int]) -> Segment:
    """A segment whose keys are the ids themselves, so that a test sees what it holds."""
    keys = torch.tensor(part, dtype=torch.float32).reshape(1, -1, 1)
    shape = Shape(1, 1, keys.dtype, keys.device)
    return Segment([torch.stack([keys, keys])], Layout.of([(shape, shape)]))


def put(tree: PrefixTree, whole: list[int]) -> Node | None:
    path = tree.match(whole)
    known = sum(count for _, count in path)
    return tree.insert(path, whole[known:], segment(whole[known:])) if known < len(whole) else None


def held(path: Path) -> list[int]:
    return [int(key) for node, count in path for key in node.segment.layer(0)[0][0, :count, 0]]


@given(whole=st.lists(ids, max_size=12), asked=ids)
def test_the_longest_beginning_is_found(whole: list[list[int]], asked: list[int]) -> None:
    tree = PrefixTree(1 << 20)
    for one in whole:
        put(tree, one)
        assert held(tree.match(one)) == one
    found = held(tree.match(asked))
    longest = max((n for one in whole for n in range(len(one) + 1) if one[:n] == asked[:n]), default=0)
    assert found == asked[:longest]


@given(steps=st.lists(st.tuples(ids, st.booleans()), max_size=25), room=st.integers(1, 20))
def test_the_bound_holds_and_pinned_nodes_stay(steps: list[tuple[list[int], bool]], room: int) -> None:
    tree, pinned = PrefixTree(room * BYTES), []
    for one, pin in steps:
        node = put(tree, one)
        if node is not None and pin and len(pinned) < 2 and node in tree._nodes:
            node.pins += 1
            pinned.append((node, one))
        assert tree.nbytes == sum(node.segment.nbytes for node in tree._nodes)
        free = [node for node in tree._nodes if not node.pins and not node.children]
        assert tree.nbytes <= tree.limit_bytes or not free
        assert all(held(tree.match(whole)) == whole for _, whole in pinned)
        assert held(tree.match(one)) == one[: len(held(tree.match(one)))]
    for node, _ in pinned:
        node.pins -= 1
    tree.clear()
    assert (len(tree), tree.nbytes) == (0, 0)


def test_the_least_recently_used_goes_first() -> None:
    tree = PrefixTree(6 * BYTES)
    put(tree, [1, 1, 1])
    put(tree, [2, 2, 2])
    tree.match([1, 1])
    put(tree, [0, 0, 0])
    assert held(tree.match([1, 1, 1])) == [1, 1, 1]
    assert held(tree.match([2, 2, 2])) == []
