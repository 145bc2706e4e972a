"""Forward passes: the new tokens of many rows go through the model side by side, and logits come back.

What a pass leaves behind besides keys and values is each token's last hidden state. All that the model says about
the next token follows from it by the model's output layer (`Head`), so a place in the tree of tokens that was
reached once is never reached again only to hear what comes next.
"""

from __future__ import annotations

import inspect
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch

from slowthink.models.packing import Push, Step
from slowthink.models.slots import SlotCache

if TYPE_CHECKING:
    from slowthink.models.engine import EngineStats


CACHE_NAMES = ("cache", "past_key_values", "cache_params", "state")
"""What transformers' models call their cache, in their arguments and in their answers; newer names come first."""


def cache_name(model: Any) -> str:
    """What a model calls the cache that its forward pass takes; the usual name where it does not say."""
    known = inspect.signature(model.forward).parameters
    return next((name for name in CACHE_NAMES if name in known), "past_key_values")


class Head:
    """The output layer of a model: logits from last hidden states, as the model's own forward pass makes them.

    Known are a plain layer and the ways in which transformers scales or caps its logits; the probe
    (`probe.py`) compares, and a model whose head is something else goes without.
    """

    def __init__(self, model: Any) -> None:
        config = model.config.get_text_config()
        self.layer = model.get_output_embeddings()
        self.cap = getattr(config, "final_logit_softcapping", None)
        self.factor = (getattr(config, "logit_scale", None) or 1.0) / (getattr(config, "logits_scaling", None) or 1.0)

    def __call__(self, hidden: torch.Tensor) -> torch.Tensor:
        """Logits `[tokens, vocabulary]` from hidden states `[tokens, size]`."""
        logits = self.layer(hidden) * self.factor
        if self.cap:
            logits = torch.tanh(logits / self.cap) * self.cap
        return torch.as_tensor(logits)


class Passes:
    """Runs a model that was switched to the slot attention (`probe.use_slots`)."""

    def __init__(self, model: Any, stats: EngineStats, attention: str) -> None:
        self.model = model
        self._attention = attention
        """What the model's attention was before it was switched."""
        self.stats = stats
        self._hidden: torch.Tensor
        self._hook = model.base_model.register_forward_hook(self._note)
        self._cache_name = cache_name(model)
        self._takes_places = "logits_to_keep" in inspect.signature(model.forward).parameters

    def close(self) -> None:
        """Leave the model as it was; once only, since later it may be another engine's."""
        if self._hook.id in self.model.base_model._forward_hooks:
            self._hook.remove()
            self.model.set_attn_implementation(self._attention)

    def _note(self, module: Any, args: Any, out: Any) -> None:
        self._hidden = out[0]

    def run(self, cache: SlotCache, pushes: Sequence[Push], ids: Sequence[int], wanted: Sequence[int]) -> torch.Tensor:
        """Push `ids`, the new tokens of all slots one after the other, through the model into `cache`.

        Returns logits `[len(wanted), vocabulary]`, of the model's own type, behind the new tokens that `wanted` names.
        """
        device = self.model.device
        cache.step = step = Step.of(pushes, device)
        places = torch.tensor(wanted or [len(ids) - 1], device=device)
        options: dict[str, Any] = {self._cache_name: cache}
        if self._takes_places:
            options["logits_to_keep"] = places
        begin = time.perf_counter()
        out = self.model(
            input_ids=torch.tensor([ids], device=device),
            position_ids=step.positions[None],
            use_cache=True,
            slot_step=step,
            **options,
        )
        cache.keep_last(self._hidden)
        logits = out.logits[0] if self._takes_places else out.logits[0, places]
        self.stats.forward_seconds += time.perf_counter() - begin
        self.stats.steps += 1
        self.stats.tokens += len(ids)
        self.stats.row_steps += len(pushes)
        return torch.as_tensor(logits[: len(wanted)])
