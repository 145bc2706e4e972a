"""Before a model is trusted to the slot cache, it must give its own logits through it.

A model may carry its cache or its attention in ways that no configuration tells: an attention function that
drops `slot_step`, one that adds sinks or biases, a recurrent state. So at load a few tokens are read plainly and
through slots, with a shared prefix, rows of different lengths and padded columns, and the logits are compared.
"""

from __future__ import annotations

from typing import Any

import torch

from slowthink.errors import ModelUnavailable
from slowthink.models.slots import ATTENTION, Group, SlotCache, Step, supports

SHARED, LONG, SHORT = 6, 11, 8
"""Tokens of the shared prefix, and of the two rows with it."""
TOLERANCE = {torch.float32: 1e-3, torch.float64: 1e-3}
"""Root mean square of the difference over that of the logits; coarser types: 0.15 (a wrong mask gives about 1)."""


def use_slots(model: Any, is_known: bool = False) -> None:
    """Switch a model to the slot attention. Raises ModelUnavailable, saying why, where that would not be exact.

    `is_known` leaves the comparison out, for the one model on which the tests make it.
    """
    if is_known:
        model.set_attn_implementation(ATTENTION)
        return
    reason = supports(model.config)
    if reason is None:
        try:
            with torch.inference_mode():
                reason = _differs(model)
        except Exception as error:  # whatever such a model does with a cache that is not its own
            raise ModelUnavailable(
                _refusal(f"its forward pass fails with it ({type(error).__name__}: {error})")
            ) from error
    if reason is not None:
        raise ModelUnavailable(_refusal(reason))


def _refusal(reason: str) -> str:
    return f"the engine needs a model with a plain attention cache, but {reason}. Choose another model."


def _differs(model: Any) -> str | None:
    config = model.config.get_text_config()
    ids = (torch.arange(LONG, device=model.device) * 7 + 3) % config.vocab_size
    plain = model(input_ids=ids[None], use_cache=False).logits[0].float()
    model.set_attn_implementation(ATTENTION)
    if model.config._attn_implementation != ATTENTION:
        return "its attention function cannot be replaced"
    got = _through_slots(model, config.num_hidden_layers, ids)
    expected = torch.cat([plain[SHARED:], plain[SHARED:SHORT]])
    error = float((got - expected).square().mean().sqrt() / expected.square().mean().sqrt().clamp_min(1e-30))
    if error <= TOLERANCE.get(model.dtype, 0.15):
        return None
    return f"its logits differ through the slot cache (by {error:.2g} of their size)"


def _through_slots(model: Any, layers: int, ids: torch.Tensor) -> torch.Tensor:
    """Logits of the long row and of the short one behind a shared prefix, that was read in a pass of its own."""
    cache = SlotCache(layers)
    cache.reserve(2, LONG)
    _pass(model, cache, ids[None, :SHARED], torch.zeros(1), [], [SHARED])
    shared = Group(cache.copy_out(0, 0, SHARED), SHARED, torch.arange(2, device=ids.device))
    both = torch.stack([ids[SHARED:], ids[SHARED:].roll(1)])
    both[1, : SHORT - SHARED] = ids[SHARED:SHORT]
    logits = _pass(model, cache, both, torch.full((2,), SHARED), [shared], [LONG - SHARED, SHORT - SHARED])
    return torch.cat([logits[0], logits[1, : SHORT - SHARED]])


def _pass(
    model: Any, cache: SlotCache, ids: torch.Tensor, prefix: torch.Tensor, groups: list[Group], counts: list[int]
) -> torch.Tensor:
    """One forward pass from empty slots; `[rows, width, vocabulary]`."""
    prefix = prefix.long().to(ids.device)
    rows, width = ids.shape
    starts = torch.zeros(rows, dtype=torch.long, device=ids.device)
    cache.step = Step(0, starts, torch.tensor(counts), prefix, groups, width, width)
    positions = prefix[:, None] + torch.arange(width, device=ids.device)
    out = model(input_ids=ids, position_ids=positions, past_key_values=cache, use_cache=True, slot_step=cache.step)
    return torch.as_tensor(out.logits).float()
