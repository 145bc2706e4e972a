"""Before a model is trusted to a way of caching, it must give its own logits through it.

A model may carry its cache or its attention in ways that no configuration tells: an attention function that
drops `slot_step`, one that adds sinks or biases, a recurrent state. So at load a few tokens are read plainly and
through the cache, with a shared prefix, rows of different lengths and a second pass, and the logits are compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from slowthink.models.attention import ATTENTION
from slowthink.models.packing import Push, Step
from slowthink.models.passes import Head, cache_name
from slowthink.models.slots import SlotCache, supports

SHARED, LONG, SHORT = 6, 11, 8
"""Tokens of the shared prefix, and of the two rows with it."""
TOLERANCE = {torch.float32: 1e-3, torch.float64: 1e-3}
"""Root mean square of the difference over that of the logits; coarser types: 0.15 (a wrong mask gives about 1)."""


@dataclass(frozen=True)
class Fit:
    """How a model fits the slot cache."""

    token_bytes: int
    """Memory of one token."""
    head: Head | None
    """Logits from last hidden states; None where the model's output layer is not of a kind that is known."""
    attention: str
    """What the model's attention was before."""


def use_slots(model: Any, is_known: bool = False) -> Fit | str:
    """Switch a model to the slot attention; where that would not be exact, leave it as it is and say why.

    `is_known` leaves the comparison out, for the one model on which the tests make it.
    """
    before = model.config._attn_implementation
    if is_known:
        model.set_attn_implementation(ATTENTION)
        return _fit_of_llama(model, before)
    found: Fit | str
    try:
        reason = supports(model.config)
        with torch.inference_mode():
            found = _fit(model, before) if reason is None else reason
    except Exception as error:  # whatever such a model does with a cache that is not its own
        found = f"its forward pass fails with it ({type(error).__name__}: {error})"
    if isinstance(found, str):
        model.set_attn_implementation(before)
    return found


def differs(got: torch.Tensor, expected: torch.Tensor, dtype: torch.dtype) -> str | None:
    """None when logits are the same up to rounding, else by how much they differ, in words."""
    error = float((got - expected).square().mean().sqrt() / expected.square().mean().sqrt().clamp_min(1e-30))
    return None if error <= TOLERANCE.get(dtype, 0.15) else f"by {error:.2g} of their size"


def probe_ids(model: Any) -> torch.Tensor:
    """A few token ids."""
    size = int(model.config.get_text_config().vocab_size)
    return (torch.arange(LONG, device=model.device) * 7 + 3) % size


def _fit_of_llama(model: Any, attention: str) -> Fit:
    config = model.config
    values = 2 * config.num_hidden_layers * config.num_key_value_heads * config.head_dim + config.hidden_size
    return Fit(values * model.dtype.itemsize, Head(model), attention)


def _fit(model: Any, attention: str) -> Fit | str:
    ids = probe_ids(model)
    plain = model(input_ids=ids[None], use_cache=False).logits[0].float()
    model.set_attn_implementation(ATTENTION)
    if model.config._attn_implementation != ATTENTION:
        return "its attention function cannot be replaced"
    cache = SlotCache(model.config.get_text_config().num_hidden_layers)
    hidden: list[torch.Tensor] = []
    hook = model.base_model.register_forward_hook(lambda module, args, out: hidden.append(out[0]))
    try:
        got = _through_slots(model, cache, ids)
    finally:
        hook.remove()
    if (error := differs(got, torch.cat([plain[SHARED:], plain[SHARED:SHORT]]), model.dtype)) is not None:
        return f"its logits differ through the slot cache ({error})"
    last = torch.cat([part[0] for part in hidden[1:]])
    head = _head(model, last, got)
    return Fit(cache.token_bytes + (last[0].nbytes if head is not None else 0), head, attention)


def _head(model: Any, hidden: torch.Tensor, logits: torch.Tensor) -> Head | None:
    """The model's output layer if it gives the same logits."""
    head = Head(model)
    try:
        fits = differs(head(hidden), logits, model.dtype) is None
    except (TypeError, RuntimeError):  # no such layer, or one of another shape
        fits = False
    return head if fits else None


def _through_slots(model: Any, cache: SlotCache, ids: torch.Tensor) -> torch.Tensor:
    """Logits of the long row and of the short one behind a shared prefix, which was read before.

    The long row comes in two passes, the second of which has one token beside the short row's two.
    """
    cache.resize(2, LONG)
    _pass(model, cache, ids[:SHARED], [Push(0, 0, SHARED)])
    kept = cache.copy_out(0, 0, SHARED), SHARED
    first = _pass(model, cache, ids[SHARED : LONG - 1], [Push(0, 0, LONG - SHARED - 1, kept)])
    both = torch.cat([ids[LONG - 1 :], ids[SHARED:SHORT]])
    second = _pass(model, cache, both, [Push(0, LONG - SHARED - 1, 1, kept), Push(1, 0, SHORT - SHARED, kept)])
    return torch.cat([first, second])


def _pass(model: Any, cache: SlotCache, ids: torch.Tensor, pushes: list[Push]) -> torch.Tensor:
    cache.step = step = Step.of(pushes, ids.device)
    out = model(
        input_ids=ids[None],
        position_ids=step.positions[None],
        use_cache=True,
        slot_step=step,
        **{cache_name(model): cache},
    )
    return torch.as_tensor(out.logits[0]).float()
