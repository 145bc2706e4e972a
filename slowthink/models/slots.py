"""The key-value cache of the engine: rows written in place, behind prefixes that are attended once.

A *slot* is one row of preallocated memory; its length is a number, so a rewind is a smaller number and no
cache ever has holes. The new tokens of all rows, one of each or a whole prompt, go through the model side by side
as one packed sequence, so that nothing but attention is ever padded. A row may stand behind a *prefix*: keys and
values of tokens that several rows share, kept once and attended once for all of them. The two partial attentions
are merged by log-sum-exp (the identity of Milakov & Gimelshein, "Online normalizer calculation for softmax",
arXiv:1805.02867), which is exact up to rounding.

It works for models whose layers are plain causal attention (full or sliding window) and that call
transformers' public attention interface; `supports` says whether a model is one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from transformers.cache_utils import Cache, CacheLayerMixin
from transformers.configuration_utils import PretrainedConfig
from transformers.masking_utils import AttentionMaskInterface
from transformers.modeling_utils import AttentionInterface

from slowthink.errors import ModelUnavailable

ATTENTION = "slowthink_slots"


@dataclass(eq=False)
class Segment:
    """Keys and values of some consecutive tokens: per layer a pair of tensors `[kv_heads, tokens, head_dim]`."""

    layers: list[tuple[torch.Tensor, torch.Tensor]]

    @property
    def tokens(self) -> int:
        """How many tokens it holds."""
        return self.layers[0][0].shape[1]

    @property
    def nbytes(self) -> int:
        """Bytes of memory that it keeps."""
        return sum(k.nbytes + v.nbytes for k, v in self.layers)


@dataclass(frozen=True)
class Group:
    """New tokens whose rows stand behind the first `tokens` tokens of one prefix."""

    segment: Segment
    tokens: int
    index: torch.Tensor
    """Long tensor: which of the pass's new tokens."""


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
    return [Group(seg, n, torch.tensor(index, device=device)) for (_, n), (seg, index) in found.items()]


class SlotLayer(CacheLayerMixin):
    """One layer's keys and values, `[slots, kv_heads, capacity, head_dim]`, written at each row's own length."""

    is_sliding = False

    def __init__(self, slots: SlotCache) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.slots = slots
        self.k: torch.Tensor
        self.v: torch.Tensor

    def lazy_initialization(self, key_states: torch.Tensor, value_states: torch.Tensor) -> None:
        """Allocate for the cache's present numbers of rows and positions."""
        rows, capacity = self.slots.rows, self.slots.capacity
        self.k = key_states.new_zeros((rows, key_states.shape[1], capacity, key_states.shape[3]))
        self.v = value_states.new_zeros((rows, value_states.shape[1], capacity, value_states.shape[3]))
        self.is_initialized = True

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Write the new tokens `[1, kv_heads, tokens, head_dim]` and return all slots."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        step = self.slots.step
        self.k[step.slots, :, step.places] = key_states[0].transpose(0, 1)
        self.v[step.slots, :, step.places] = value_states[0].transpose(0, 1)
        return self.k, self.v

    def resize(self, rows: int, capacity: int) -> None:
        """Give the tensors a new number of rows or positions; what fits is kept."""
        if not self.is_initialized:
            return
        self.k = _resized(self.k, rows, capacity)
        self.v = _resized(self.v, rows, capacity)

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        """Length and offset of the key axis; unused, since the attention function masks by itself."""
        return self.slots.capacity, 0

    def get_seq_length(self) -> int:
        """Positions are always given, so this number is never used to make them."""
        return 0

    def get_max_length(self) -> int:
        """No bound: the layer grows."""
        return -1


def _resized(old: torch.Tensor, rows: int, capacity: int) -> torch.Tensor:
    new = old.new_zeros((rows, old.shape[1], capacity, old.shape[3]))
    r, c = min(rows, old.shape[0]), min(capacity, old.shape[2])
    new[:r, :, :c] = old[:r, :, :c]
    return new


class SlotCache(Cache):
    """All layers' slots. The engine says which pass is running by setting `step`.

    With `keeps_last` the last hidden state of every token is kept too, as the keys of one more layer: it is all
    that the logits behind that token depend on, so they can be had again without a pass.
    """

    def __init__(self, layers: int, keeps_last: bool = False) -> None:
        self.rows = 0
        self.capacity = 0
        self.step: Step
        self.keeps_last = keeps_last
        self.slots = [SlotLayer(self) for _ in range(layers + keeps_last)]
        super().__init__(layers=[*self.slots])

    def keep_last(self, hidden: torch.Tensor) -> None:
        """Keep the last hidden states `[1, tokens, size]` of the pass that has just run."""
        if self.keeps_last:
            self.slots[-1].update(hidden[:, None], hidden[:, None, :, :0])

    def last(self, row: int, place: int) -> torch.Tensor:
        """The last hidden state of the token at a position of a slot."""
        return self.slots[-1].k[row, 0, place]

    def resize(self, rows: int, capacity: int) -> None:
        """Give all slots a new number of rows and positions; what fits is kept."""
        for layer in self.slots:
            layer.resize(rows, capacity)
        self.rows, self.capacity = rows, capacity

    def clear(self) -> None:
        """Give all memory back; only when no row is in use."""
        self.rows = self.capacity = 0
        self.slots = [SlotLayer(self) for _ in self.slots]
        self.layers = [*self.slots]

    def copy_out(self, row: int, start: int, end: int) -> Segment:
        """Positions `start` to `end` of a slot as a segment of their own."""
        used = [layer for layer in self.slots if layer.is_initialized]
        return Segment([(la.k[row, :, start:end].clone(), la.v[row, :, start:end].clone()) for la in used])

    def take_out(self, row: int, tokens: int) -> Segment:
        """All memory of a slot as a segment, without a copy; the slots must be cleared next."""
        return Segment([(la.k[row, :, :tokens], la.v[row, :, :tokens]) for la in self.slots])

    def copy_in(self, row: int, at: int, segment: Segment, begin: int, end: int) -> None:
        """Write the tokens `begin` to `end` of a segment into a slot from position `at` on."""
        for layer, (keys, values) in zip(self.slots, segment.layers, strict=True):
            if not layer.is_initialized:
                layer.lazy_initialization(keys[None], values[None])
            layer.k[row, :, at : at + end - begin] = keys[:, begin:end]
            layer.v[row, :, at : at + end - begin] = values[:, begin:end]

    def copy(self, source: int, begin: int, end: int, target: int, at: int) -> None:
        """Copy the positions `begin` to `end` of a slot to position `at` of another one."""
        for layer in self.slots:
            if layer.is_initialized:
                layer.k[target, :, at : at + end - begin] = layer.k[source, :, begin:end]
                layer.v[target, :, at : at + end - begin] = layer.v[source, :, begin:end]

    @property
    def nbytes(self) -> int:
        """Bytes of memory allocated."""
        return sum(la.k.nbytes + la.v.nbytes for la in self.slots if la.is_initialized)

    @property
    def token_bytes(self) -> int:
        """Bytes of one position of one slot; 0 before the first pass."""
        return sum(la.k[0, :, :1].nbytes + la.v[0, :, :1].nbytes for la in self.slots if la.is_initialized)


def _partial(
    query: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, mask: torch.Tensor | None, cap: float | None
) -> tuple[torch.Tensor, torch.Tensor]:
    """Attention over a part of the keys: the output `[..., q, d]` and the log-sum-exp of its scores `[..., q, 1]`."""
    scores = torch.matmul(query, keys.transpose(-1, -2)).float()
    if cap is not None:
        scores = torch.tanh(scores / cap) * cap
    if mask is not None:
        scores = scores.masked_fill(~mask, float("-inf"))
    norm = torch.logsumexp(scores, dim=-1, keepdim=True)
    weights = torch.exp(scores - norm.clamp_min(torch.finfo(torch.float32).min))
    return torch.matmul(weights.to(values.dtype), values).float(), norm


def attend(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    sliding_window: int | None = None,
    softcap: float | None = None,
    slot_step: Step | None = None,
    **kwargs: Any,
) -> tuple[torch.Tensor, None]:
    """Attention of the new tokens `[1, heads, tokens, d]`, each over its row's own slot and the prefix before it.

    `key` and `value` are all slots `[slots, kv_heads, capacity, d]`. Returns `[1, tokens, heads, d]`.
    """
    if slot_step is None:
        raise ModelUnavailable("the model did not pass `slot_step` on to its attention function")
    heads, total, dim = query.shape[1:]
    scale = dim**-0.5 if scaling is None else scaling
    folded = (query[0] * scale).reshape(key.shape[1], heads // key.shape[1], total, dim)
    parts = [_own(block, folded, key, value, sliding_window, softcap) for block in slot_step.blocks]
    out, norm = (parts[0][i] if len(parts) == 1 else torch.cat([p[i] for p in parts], dim=2) for i in (0, 1))
    for number in range(len(slot_step.groups)):
        _merge_prefix(module.layer_idx, slot_step, number, folded, out, norm, sliding_window, softcap)  # type: ignore[arg-type]
    out = out.to(value.dtype).reshape(heads, total, value.shape[-1])
    return out.transpose(0, 1)[None].contiguous(), None


def _own(
    block: Block, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, window: int | None, cap: float | None
) -> tuple[torch.Tensor, torch.Tensor]:
    """Attention of a block's tokens over their own slots: `[kv, group, tokens, d]` and the log-sum-exp."""
    asked, (kv, group, _, dim) = query[:, :, block.begin : block.end], query.shape
    rows, width = block.last - block.first, block.width
    if block.places is not None:
        padded = asked.new_zeros((kv, group, rows * width, dim))
        padded[:, :, block.places] = asked
        asked = padded
    asked = asked.reshape(kv, group, rows, width, dim).permute(2, 0, 1, 3, 4).reshape(rows, kv, group * width, dim)
    keys, values = (part[block.first : block.last, :, : block.reach] for part in (key, value))
    found = _partial(asked, keys, values, block.mask(window).repeat(1, 1, group, 1), cap)
    out, norm = (
        part.reshape(rows, kv, group, width, -1).permute(1, 2, 0, 3, 4).reshape(kv, group, rows * width, -1)
        for part in found
    )
    return (out, norm) if block.places is None else (out[:, :, block.places], norm[:, :, block.places])


def _merge_prefix(
    layer: int,
    step: Step,
    number: int,
    query: torch.Tensor,
    out: torch.Tensor,
    norm: torch.Tensor,
    window: int | None,
    cap: float | None,
) -> None:
    """Attend to a shared prefix once for all tokens of a group and merge it into `out` and `norm`, in place."""
    group = step.groups[number]
    keys, values = group.segment.layers[layer]
    keys, values = keys[:, : group.tokens], values[:, : group.tokens]
    (kv, heads, _, dim), index = query.shape, group.index
    mask = None if window is None else step.prefix_mask(number, window).repeat(heads, 1)[None]
    found = _partial(query[:, :, index].reshape(kv, -1, dim), keys, values, mask, cap)
    far, far_norm = (part.reshape(kv, heads, len(index), -1) for part in found)
    near, near_norm = out[:, :, index], norm[:, :, index]
    total = torch.logaddexp(near_norm, far_norm)
    out[:, :, index] = near * torch.exp(near_norm - total) + far * torch.exp(far_norm - total)
    norm[:, :, index] = total


def _no_mask(*args: Any, **kwargs: Any) -> None:
    """The attention function masks by itself, so the model need not build a mask."""


AttentionInterface.register(ATTENTION, attend)
AttentionMaskInterface.register(ATTENTION, _no_mask)


def supports(config: PretrainedConfig) -> str | None:
    """None when the slot cache may be exact for such a model, else the reason why it cannot be.

    What the configuration does not say is found out by the probe (`probe.py`).
    """
    text = config.get_text_config()
    kinds = set(getattr(text, "layer_types", None) or getattr(text, "layers_block_type", None) or ["full_attention"])
    if strange := kinds - {"full_attention", "sliding_attention"}:
        return f"it has layers of the kinds {sorted(strange)}, and only full and sliding attention can be rewound"
    if getattr(text, "is_encoder_decoder", False):
        return "it is an encoder-decoder model"
    if not getattr(text, "num_hidden_layers", 0):
        return "its configuration does not say how many layers it has"
    return None
