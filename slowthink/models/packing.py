"""What one forward pass does: which slots get new tokens, and how these lie side by side in one packed sequence.

Nothing but attention is ever padded: there, neighbouring slots with alike numbers of new tokens form a *block*, and
rows behind the same beginning of the same prefix a *group*. Here nothing is computed but indices and masks.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

ALIGNED = 64
"""Bytes; torch's own memory begins at a multiple of it."""


@dataclass(frozen=True)
class Shape:
    """What one layer keeps for a token, as keys or as values."""

    heads: int
    dim: int
    dtype: torch.dtype
    device: torch.device


PARTS = 8
"""Tensors of one shape that lie together: enough to copy in few steps, few enough to be moved one after the other."""


@dataclass(frozen=True)
class Layout:
    """Where each layer's keys and values lie: `PARTS` of one shape in a *bank*, so that copies take few steps."""

    shapes: tuple[Shape, ...]
    """Of the tensors of each bank."""
    parts: tuple[int, ...]
    """How many tensors each bank holds."""
    layers: tuple[tuple[tuple[int, int], tuple[int, int]], ...]
    """Bank and part of each layer's keys, and of its values."""

    @classmethod
    def of(cls, layers: Sequence[tuple[Shape, Shape]]) -> Layout:
        """The layout for layers with these keys and values."""
        shapes: list[Shape] = []
        parts: list[int] = []

        def place(shape: Shape) -> tuple[int, int]:
            open_ = [i for i, one in enumerate(shapes) if one == shape and parts[i] < PARTS]
            if not open_:
                shapes.append(shape)
                parts.append(0)
            bank = open_[0] if open_ else len(shapes) - 1
            parts[bank] += 1
            return bank, parts[bank] - 1

        places = tuple((place(keys), place(values)) for keys, values in layers)
        return cls(tuple(shapes), tuple(parts), places)

    def bank(self, number: int, *sizes: int) -> torch.Tensor:
        """One bank, `[parts, *slots, heads, places, dim]`, of zeros, for `sizes` that end with the number of places."""
        shape = self.shapes[number]
        size = (self.parts[number], *sizes[:-1], shape.heads, sizes[-1], shape.dim)
        if shape.device.type != "cpu":
            return torch.zeros(size, dtype=shape.dtype, device=shape.device)
        # numpy asks for memory that is zero already, which costs nothing before it is used; torch writes the zeros
        room = np.zeros(math.prod(size) * shape.dtype.itemsize + ALIGNED, np.uint8)
        begin = -room.ctypes.data % ALIGNED
        return torch.from_numpy(room)[begin : begin + len(room) - ALIGNED].view(shape.dtype).view(size)


@dataclass(eq=False)
class Segment:
    """Keys and values of some consecutive tokens: banks `[parts, heads, tokens, dim]`."""

    banks: list[torch.Tensor]
    layout: Layout

    @property
    def tokens(self) -> int:
        """How many tokens it holds."""
        return self.banks[0].shape[2]

    @property
    def nbytes(self) -> int:
        """Bytes of memory that it keeps."""
        return sum(bank.nbytes for bank in self.banks)

    def layer(self, number: int) -> tuple[torch.Tensor, torch.Tensor]:
        """One layer's keys and values, `[kv_heads, tokens, head_dim]`."""
        (bank, part), (other, place) = self.layout.layers[number]
        return self.banks[bank][part], self.banks[other][place]


@dataclass(frozen=True)
class Group:
    """New tokens whose rows stand behind the first `tokens` tokens of one prefix."""

    segment: Segment
    tokens: int
    index: torch.Tensor | slice
    """Which of the pass's new tokens: a long tensor, or a slice where they are neighbours."""


@dataclass(frozen=True)
class Block:
    """Neighbouring slots that are attended together: their new tokens are padded to `width` in each row."""

    first: int
    last: int
    begin: int
    end: int
    """The block's tokens are those from `begin` to `end` of the pass."""
    starts: torch.Tensor
    """`[rows]`: the length of each slot before this pass."""
    places: torch.Tensor | None
    """`[end - begin]`: `row * width + column` of each token; None where every row has one."""
    width: int
    reach: int
    """How many positions of its slots a token of the block may see at most."""
    masks: dict[int | None, torch.Tensor] = field(default_factory=dict)
    biases: dict[tuple[int | None, int, torch.dtype], torch.Tensor] = field(default_factory=dict)

    def bias(self, window: int | None, group: int, dtype: torch.dtype) -> torch.Tensor:
        """`[rows, 1, group * width, reach]`: 0 where a token may see a position, else minus infinity; made once."""
        key = (window, group, dtype)
        if key not in self.biases:
            seen = self.mask(window).repeat(1, 1, group, 1)
            self.biases[key] = torch.zeros(seen.shape, dtype=dtype, device=seen.device).masked_fill_(
                ~seen, float("-inf")
            )
        return self.biases[key]

    def mask(self, window: int | None) -> torch.Tensor:
        """`[rows, 1, width, reach]`, true where a token may see a slot position; made once a pass and window size."""
        if window not in self.masks:
            device = self.starts.device
            query = self.starts[:, None] + torch.arange(self.width, device=device)
            key = torch.arange(self.reach, device=device)
            seen = key[None, None, :] <= query[:, :, None]
            if window is not None:
                seen &= key[None, None, :] > query[:, :, None] - window
            self.masks[window] = seen[:, None]
        return self.masks[window]


@dataclass(frozen=True)
class Push:
    """What one slot gets in a pass."""

    slot: int
    start: int
    """The slot's length before the pass."""
    count: int
    prefix: tuple[Segment, int] | None = None
    """What the slot stands behind, and how many tokens of it."""

    @property
    def before(self) -> int:
        """The number of prefix tokens in front of the slot."""
        return self.prefix[1] if self.prefix else 0


@dataclass(frozen=True)
class Step:
    """What one forward pass does: the new tokens of all rows, packed side by side in the order of their slots."""

    slots: torch.Tensor
    places: torch.Tensor
    """Slot of each token, and the position in it where its key and value go."""
    positions: torch.Tensor
    """Position of each token in its row, what stands before the slot included."""
    blocks: list[Block]
    groups: list[Group]
    masks: dict[tuple[int, int], torch.Tensor] = field(default_factory=dict)

    @classmethod
    def of(cls, pushes: Sequence[Push], device: torch.device) -> Step:
        """The step that does `pushes`, which stand in the order of their slots."""
        where = [(p.slot, p.start + i, p.before + p.start + i) for p in pushes for i in range(p.count)]
        slots, places, positions = torch.tensor(where, device=device).unbind(1)
        return cls(slots, places, positions, _blocks(pushes, device), _groups(pushes, device))

    def prefix_mask(self, number: int, window: int) -> torch.Tensor:
        """`[tokens of the group, prefix tokens]` for a sliding window: the near end of the prefix only."""
        if (number, window) not in self.masks:
            group = self.groups[number]
            key = torch.arange(group.tokens, device=self.positions.device)
            self.masks[number, window] = key[None, :] > self.positions[group.index][:, None] - window
        return self.masks[number, window]


def _blocks(pushes: Sequence[Push], device: torch.device) -> list[Block]:
    """Neighbours whose numbers of tokens are alike, so that little is padding."""
    runs: list[list[Push]] = []
    for push in pushes:
        counts = [p.count for p in runs[-1]] if runs else []
        beside = counts and runs[-1][-1].slot + 1 == push.slot
        if beside and max(*counts, push.count) <= 2 * min(*counts, push.count) + 2:
            runs[-1].append(push)
        else:
            runs.append([push])
    blocks, begin = [], 0
    for run in runs:
        width, end = max(p.count for p in run), begin + sum(p.count for p in run)
        reach = max(p.start + p.count for p in run)
        places = [i * width + column for i, p in enumerate(run) for column in range(p.count)] if width > 1 else None
        starts = torch.tensor([p.start for p in run], device=device)
        index = None if places is None else torch.tensor(places, device=device)
        blocks.append(Block(run[0].slot, run[-1].slot + 1, begin, end, starts, index, width, reach))
        begin = end
    return blocks


def _groups(pushes: Sequence[Push], device: torch.device) -> list[Group]:
    """Rows behind the same beginning of the same segment attend to it together."""
    found: dict[tuple[int, int], tuple[Segment, list[int]]] = {}
    at = 0
    for push in pushes:
        if push.prefix:
            segment, tokens = push.prefix
            found.setdefault((id(segment), tokens), (segment, []))[1].extend(range(at, at + push.count))
        at += push.count
    return [Group(seg, n, _index(index, device)) for (_, n), (seg, index) in found.items()]


def _index(places: Sequence[int], device: torch.device) -> torch.Tensor | slice:
    if places[-1] - places[0] == len(places) - 1:
        return slice(places[0], places[-1] + 1)
    return torch.tensor(places, device=device)
