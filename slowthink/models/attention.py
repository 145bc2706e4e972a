"""The attention function of the engine: each new token over its row's own slot, and over the prefix before it once.

The partial attentions over slot and prefix are merged by log-sum-exp (the identity of Milakov & Gimelshein, "Online
normalizer calculation for softmax", arXiv:1805.02867), which is exact up to rounding. It is registered with
transformers' public attention interface. On a processor torch's fused kernel computes each part, which also keeps the
scores in full precision; elsewhere, and where a model bounds its scores, `_partial` does. Sinks, biases and other
additions to the scores are not covered; a model that has them is found out by the probe (`probe.py`).
"""

from __future__ import annotations

from typing import Any

import torch
from transformers.masking_utils import AttentionMaskInterface
from transformers.modeling_utils import AttentionInterface

from slowthink.errors import ModelUnavailable
from slowthink.models.packing import Block, Step

ATTENTION = "slowthink_slots"
_FUSED = getattr(torch.ops.aten, "_scaled_dot_product_flash_attention_for_cpu", None)
"""Torch's own kernel for processors, below its public functions because these do not tell the log-sum-exp."""


def _fused(
    query: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, bias: torch.Tensor | None
) -> tuple[torch.Tensor, torch.Tensor]:
    """The same as `_partial`, by the kernel; `bias` is added to the scores. Every query must see a key."""
    out, norm = _FUSED(query, keys, values, 0.0, False, attn_mask=bias, scale=1.0)  # type: ignore[misc]
    return out.float(), norm[..., None].float()


def _may_fuse(query: torch.Tensor, values: torch.Tensor, cap: float | None) -> bool:
    return _FUSED is not None and cap is None and query.device.type == "cpu" and query.shape[-1] == values.shape[-1]


def _partial(
    query: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, mask: torch.Tensor | None, cap: float | None
) -> tuple[torch.Tensor, torch.Tensor]:
    """Attention over a part of the keys: the output `[..., q, d]` and the log-sum-exp of its scores `[..., q, 1]`."""
    scores = torch.matmul(query, keys.transpose(-1, -2)).float()
    if cap is not None:
        scores = scores.div_(cap).tanh_().mul_(cap)
    if mask is not None:
        scores.masked_fill_(~mask, float("-inf"))
    most = scores.amax(dim=-1, keepdim=True).clamp_min_(torch.finfo(torch.float32).min)
    weights = scores.sub_(most).exp_()
    total = weights.sum(dim=-1, keepdim=True)
    out = torch.matmul(weights.to(values.dtype), values).float()
    return out.div_(total.clamp_min(torch.finfo(torch.float32).tiny)), total.log_().add_(most)


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
    if _may_fuse(asked, values, cap):
        found = _fused(asked, keys, values, block.bias(window, group, asked.dtype))
    else:
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
    keys, values = group.segment.layer(layer)
    keys, values = keys[:, : group.tokens], values[:, : group.tokens]
    (kv, heads, _, dim), index = query.shape, group.index
    mask = None if window is None else step.prefix_mask(number, window).repeat(heads, 1)[None]
    asked = query[:, :, index]
    flat = asked.reshape(kv, -1, dim)
    if mask is None and _may_fuse(flat, values, cap):  # behind a window some tokens may see nothing of the prefix
        found = _fused(flat[None], keys[None], values[None], None)
    else:
        found = _partial(flat, keys, values, mask, cap)
    far, far_norm = (part.reshape(kv, heads, asked.shape[2], -1) for part in found)
    near, near_norm = out[:, :, index], norm[:, :, index]
    total = torch.logaddexp(near_norm, far_norm)
    out[:, :, index] = near * torch.exp(near_norm - total) + far * torch.exp(far_norm - total)
    norm[:, :, index] = total


def _no_mask(*args: Any, **kwargs: Any) -> None:
    """The attention function masks by itself, so the model need not build a mask."""


AttentionInterface.register(ATTENTION, attend)
AttentionMaskInterface.register(ATTENTION, _no_mask)
