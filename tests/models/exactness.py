"""Holds every logit that the engine shows to a row against a fresh prefill by the plain model."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch

from slowthink.models.jobs import Choices
from slowthink.models.rows import Row

Seen = list[tuple[tuple[int, ...], torch.Tensor]]


@contextmanager
def watched() -> Iterator[Seen]:
    """Collects, for every row and step, the ids in the row's cache and the logits that came."""
    seen: Seen = []
    take = Row.take

    def noting(self: Row, choices: Choices) -> None:
        values = choices.batch.logits[choices.row].clone()  # type: ignore[attr-defined]
        seen.append((tuple(self.writing.ids[: self.cached]), values))
        take(self, choices)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Row, "take", noting)
        yield seen


def largest_error(plain: Any, seen: Seen) -> float:
    """The largest difference from the plain model's logits; a sequence that begins another is read with it."""
    wanted: dict[tuple[int, ...], list[torch.Tensor]] = {}
    for ids, values in seen:
        wanted.setdefault(ids, []).append(values)
    worst = 0.0
    with torch.inference_mode():
        for ids in sorted(wanted, key=len, reverse=True):
            if ids not in wanted:
                continue
            logits = plain(input_ids=torch.tensor([ids]), use_cache=False).logits[0].float()
            for end in range(1, len(ids) + 1):
                for values in wanted.pop(ids[:end], ()):
                    worst = max(worst, float((values - logits[end - 1]).abs().max()))
    return worst
