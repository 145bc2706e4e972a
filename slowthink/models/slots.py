"""The key-value cache of the engine: rows written in place, behind prefixes that are attended once.

A *slot* is one row of preallocated memory; its length is a number, so a rewind is a smaller number and no
cache ever has holes. A row may stand behind a *prefix*: keys and values of tokens that several rows share,
kept once and attended once for all of them. The two partial attentions are merged by log-sum-exp (the
identity of Milakov & Gimelshein, "Online normalizer calculation for softmax", arXiv:1805.02867), which is
exact up to rounding.

It works for models whose layers are plain causal attention (full or sliding window) and that call
transformers' public attention interface; `supports` says whether a model is one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
from transformers.cache_utils import Cache, CacheLayerMixin
from transformers.configuration_utils import PretrainedConfig
from transformers.masking_utils import AttentionMaskInterface
from transformers.modeling_utils import AttentionInterface

from slowthink.errors import ModelUnavailable

ATTENTION = "slowthink_slots"
SMALL = 1 << 24
"""Slots of fewer bytes are not worth giving back."""


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
    """Rows of one forward pass (numbers within the batch) behind the first `tokens` tokens of one prefix."""

    segment: Segment
    tokens: int
    rows: torch.Tensor
    """Long tensor of row numbers within the batch, on the model's device."""


@dataclass
class Step:
    """What one forward pass does: which slots, from which lengths, behind which prefixes."""

    first: int
    """The batch is the slots `first` to `first + n`."""
    starts: torch.Tensor
    """`[n]`: the length of each slot before this pass."""
    counts: torch.Tensor
    """`[n]`: how many of the columns are real tokens of that row."""
    prefix: torch.Tensor
    """`[n]`: the number of prefix tokens in front of each slot."""
    groups: list[Group]
    width: int
    """Number of columns (the largest of `counts`)."""
    reach: int
    """Number of slot positions that any row needs: the largest of `starts + width`."""
    masks: dict[Any, torch.Tensor] = field(default_factory=dict)

    def own_mask(self, window: int | None) -> torch.Tensor:
        """`[n, 1, width, reach]`, true where a query may see a slot position; one per window size and pass."""
        if window not in self.masks:
            device = self.starts.device
            query = self.starts[:, None] + torch.arange(self.width, device=device)
            key = torch.arange(self.reach, device=device)
            seen = key[None, None, :] <= query[:, :, None]
            if window is not None:
                seen &= key[None, None, :] > query[:, :, None] - window
            self.masks[window] = seen[:, None]
        return self.masks[window]

    def prefix_mask(self, group: Group, window: int) -> torch.Tensor:
        """`[rows, 1, width, group.tokens]` for a sliding window: the near end of the prefix only."""
        slot = ("prefix", id(group), window)
        if slot not in self.masks:
            device = self.starts.device
            query = (self.prefix + self.starts)[group.rows][:, None] + torch.arange(self.width, device=device)
            key = torch.arange(group.tokens, device=device)
            self.masks[slot] = (key[None, None, :] > query[:, :, None] - window)[:, None]
        return self.masks[slot]


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
        """Write the new columns and return views of everything the rows of this pass may see."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        step = self.slots.step
        n, width = key_states.shape[0], key_states.shape[2]
        last = step.first + n
        keys, values = self.k[step.first : last], self.v[step.first : last]
        rows = torch.arange(n, device=key_states.device)[:, None]
        columns = step.starts[:, None] + torch.arange(width, device=key_states.device)
        keys[rows, :, columns] = key_states.transpose(1, 2)
        values[rows, :, columns] = value_states.transpose(1, 2)
        return keys[:, :, : step.reach], values[:, :, : step.reach]

    def resize(self, rows: int, capacity: int) -> None:
        """Give the tensors a new number of rows or positions; what fits is kept."""
        if not self.is_initialized:
            return
        self.k = _resized(self.k, rows, capacity)
        self.v = _resized(self.v, rows, capacity)

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        """Length and offset of the key axis; unused, since the attention function masks by itself."""
        return self.slots.step.reach, 0

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
    """All layers' slots. The engine says which pass is running by setting `step`."""

    def __init__(self, layers: int) -> None:
        self.rows = 0
        self.capacity = 0
        self.step: Step
        self.slots = [SlotLayer(self) for _ in range(layers)]
        super().__init__(layers=[*self.slots])

    def reserve(self, rows: int, capacity: int) -> None:
        """Make room for so many rows and positions; grows by doubling."""
        if rows > self.rows or capacity > self.capacity:
            self._resize(max(rows, self.rows), max(self.capacity, _power(capacity)))

    def trim(self, rows: int, capacity: int) -> None:
        """Give memory back when more than three quarters of it are not needed for so many rows and positions."""
        wanted = rows * _power(capacity)
        if self.nbytes > SMALL and self.rows * self.capacity > 4 * wanted:
            self._resize(rows, _power(capacity))

    def _resize(self, rows: int, capacity: int) -> None:
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
        return Segment([(la.k[row, :, start:end].clone(), la.v[row, :, start:end].clone()) for la in self.slots])

    def copy_in(self, row: int, at: int, segment: Segment, count: int) -> None:
        """Write the first `count` tokens of a segment into a slot from position `at` on."""
        for layer, (keys, values) in zip(self.slots, segment.layers, strict=True):
            if not layer.is_initialized:
                layer.lazy_initialization(keys[None], values[None])
            layer.k[row, :, at : at + count] = keys[:, :count]
            layer.v[row, :, at : at + count] = values[:, :count]

    def move(self, source: int, target: int, length: int) -> None:
        """Copy a slot over another one, so that the slots in use stay side by side."""
        for layer in self.slots:
            if layer.is_initialized:
                layer.k[target, :, :length] = layer.k[source, :, :length]
                layer.v[target, :, :length] = layer.v[source, :, :length]

    @property
    def nbytes(self) -> int:
        """Bytes of memory allocated."""
        return sum(la.k.nbytes + la.v.nbytes for la in self.slots if la.is_initialized)


def _power(capacity: int) -> int:
    """The next power of two, and no less than 64, so that memory grows in few steps."""
    return max(64, 1 << max(0, capacity - 1).bit_length())


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
    """Attention of `query` `[n, heads, q, d]` over each row's own slot and the prefix before it.

    `key` and `value` are the slot views `[n, kv_heads, reach, d]`. Returns `[n, q, heads, d]`.
    """
    if slot_step is None:
        raise ModelUnavailable("the model did not pass `slot_step` on to its attention function")
    n, heads, width, dim = query.shape
    groups = heads // key.shape[1]
    scale = dim**-0.5 if scaling is None else scaling
    folded = (query * scale).reshape(n, key.shape[1], groups * width, dim)
    mask = slot_step.own_mask(sliding_window).repeat(1, 1, groups, 1)
    out, norm = _partial(folded, key, value, mask, softcap)
    for group in slot_step.groups:
        _merge_prefix(module.layer_idx, slot_step, group, folded, out, norm, sliding_window, softcap)  # type: ignore[arg-type]
    out = out.to(value.dtype).reshape(n, heads, width, value.shape[-1])
    return out.transpose(1, 2).contiguous(), None


def _merge_prefix(
    layer: int,
    step: Step,
    group: Group,
    query: torch.Tensor,
    out: torch.Tensor,
    norm: torch.Tensor,
    window: int | None,
    cap: float | None,
) -> None:
    """Attend to a shared prefix once for all rows of a group and merge it into `out` and `norm`, in place."""
    keys, values = group.segment.layers[layer]
    keys, values = keys[:, : group.tokens], values[:, : group.tokens]
    n, (kv, rows, dim) = len(group.rows), query.shape[1:]
    asked = query[group.rows].transpose(0, 1).reshape(kv, n * rows, dim)
    mask = None
    if window is not None:
        seen = step.prefix_mask(group, window).repeat(1, 1, rows // step.width, 1)
        mask = seen.transpose(0, 1).reshape(1, n * rows, group.tokens)
    far, far_norm = _partial(asked, keys, values, mask, cap)
    far = far.reshape(kv, n, rows, -1).transpose(0, 1)
    far_norm = far_norm.reshape(kv, n, rows, 1).transpose(0, 1)
    near, near_norm = out[group.rows], norm[group.rows]
    total = torch.logaddexp(near_norm, far_norm)
    out[group.rows] = near * torch.exp(near_norm - total) + far * torch.exp(far_norm - total)
    norm[group.rows] = total


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
