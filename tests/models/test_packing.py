"""What a pass does with rows side by side: blocks of alike rows reach no further than their own tokens."""

import torch

from slowthink.models.packing import Push, Step


def test_a_padded_row_reaches_no_further_than_its_own_tokens() -> None:
    """The longest row has the fewest new tokens: the padding beside them is no place in the cache."""
    pushes = [Push(slot=0, start=58, count=6), Push(slot=1, start=40, count=10)]
    (block,) = Step.of(pushes, torch.device("cpu")).blocks
    assert block.reach == 64
    assert block.mask(None).shape[-1] == 64
    assert block.mask(None)[0, 0, : pushes[0].count].sum(-1).tolist() == [59, 60, 61, 62, 63, 64]
