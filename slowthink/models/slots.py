"""The key-value cache of the engine: rows written in place, behind prefixes that are attended once.

A *slot* is one row of preallocated memory; its length is a number, so a rewind is a smaller number and no
cache ever has holes. The new tokens of all rows, one of each or a whole prompt, go through the model side by side
as one packed sequence (`packing.py`). A row may stand behind a *prefix*: keys and values of tokens that several rows
share, kept once and attended once for all of them (`attention.py`).

It works for models whose layers are plain causal attention (full or sliding window) and that call
transformers' public attention interface; `supports` says whether a model is one.
"""

from __future__ import annotations

from typing import Any

import torch
from transformers.cache_utils import Cache, CacheLayerMixin
from transformers.configuration_utils import PretrainedConfig

from slowthink.models.packing import Layout, Segment, Shape, Step


class SlotLayer(CacheLayerMixin):
    """One layer's keys and values, `[slots, kv_heads, capacity, head_dim]`, written at each row's own length."""

    is_sliding = False

    def __init__(self, slots: SlotCache) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.slots = slots
        self.k: torch.Tensor
        self.v: torch.Tensor

    def lazy_initialization(self, key_states: torch.Tensor, value_states: torch.Tensor) -> None:
        """In a cache's very first pass, each layer allocates what it turns out to need."""
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

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        """Length and offset of the key axis; unused, since the attention function masks by itself."""
        return self.slots.capacity, 0

    def get_seq_length(self) -> int:
        """Positions are always given, so this number is never used to make them."""
        return 0

    def get_max_length(self) -> int:
        """No bound: the layer grows."""
        return -1


class SlotCache(Cache):
    """All layers' slots. The engine says which pass is running by setting `step`.

    With `keeps_last` the last hidden state of every token is kept too, as the keys of one more layer: it is all
    that the logits behind that token depend on, so they can be had again without a pass.

    What layers keep is known after the first pass. From then on their memory lies in the banks of a `Layout`
    (`[parts, slots, heads, places, dim]`), of which each layer has its parts, so that a copy is one step and not one
    for each layer.
    """

    def __init__(self, layers: int, keeps_last: bool = False) -> None:
        self.rows = 0
        self.capacity = 0
        self.step: Step
        self.keeps_last = keeps_last
        self.slots = [SlotLayer(self) for _ in range(layers + keeps_last)]
        self._layout: Layout | None = None
        self._banks: list[torch.Tensor] = []
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
        banks = self._known()
        kept, places = min(rows, self.rows), min(capacity, self.capacity)
        self.rows, self.capacity = rows, capacity
        if not banks:
            self._lay()
        for number, old in enumerate(banks):  # one after the other, so that little is there twice
            new = self._fresh(number)
            new[:, :kept, :, :places] = old[:, :kept, :, :places]
            del old
            banks[number] = new
            self._give(number)

    def clear(self) -> None:
        """Give all memory back; only when no row is in use."""
        self._known()
        self.rows = self.capacity = 0
        self.slots = [SlotLayer(self) for _ in self.slots]
        self.layers = [*self.slots]
        self._banks = []

    def copy_out(self, row: int, start: int, end: int) -> Segment:
        """Positions `start` to `end` of a slot as a segment of their own."""
        banks = self._known()
        assert self._layout is not None, "nothing was ever written"
        return Segment([bank[:, row, :, start:end].clone() for bank in banks], self._layout)

    def take_out(self, row: int, tokens: int) -> Segment:
        """All memory of a slot as a segment, without a copy; the slots must be cleared next."""
        banks = self._known()
        assert self._layout is not None, "nothing was ever written"
        return Segment([bank[:, row, :, :tokens] for bank in banks], self._layout)

    def copy_in(self, row: int, at: int, segment: Segment, begin: int, end: int) -> None:
        """Write the tokens `begin` to `end` of a segment into a slot from position `at` on."""
        if self._layout is None:
            self._layout = segment.layout
        if not self._known():
            self._lay()
        for bank, more in zip(self._banks, segment.banks, strict=True):
            bank[:, row, :, at : at + end - begin] = more[:, :, begin:end]

    def copy(self, source: int, begin: int, end: int, target: int, at: int) -> None:
        """Copy the positions `begin` to `end` of a slot to position `at` of another one."""
        for bank in self._known():
            bank[:, target, :, at : at + end - begin] = bank[:, source, :, begin:end]

    @property
    def nbytes(self) -> int:
        """Bytes of memory allocated."""
        if self._banks:
            return sum(bank.nbytes for bank in self._banks)
        return sum(la.k.nbytes + la.v.nbytes for la in self.slots if la.is_initialized)

    @property
    def token_bytes(self) -> int:
        """Bytes of one position of one slot; 0 before the first pass."""
        return sum(la.k[0, :, :1].nbytes + la.v[0, :, :1].nbytes for la in self.slots if la.is_initialized)

    def _known(self) -> list[torch.Tensor]:
        """The banks; none while there is no memory. What layers allocated for themselves moves there."""
        if not self._banks and all(layer.is_initialized for layer in self.slots):
            tensors = [(layer.k, layer.v) for layer in self.slots]
            self._layout = Layout.of([(_shape(keys), _shape(values)) for keys, values in tensors])
            self._lay()
            for layer, (keys, values) in zip(self.slots, tensors, strict=True):
                layer.k.copy_(keys)
                layer.v.copy_(values)
        return self._banks

    def _lay(self) -> None:
        """New banks, as soon as it is known what layers keep."""
        if self._layout is not None:
            self._banks = [self._fresh(number) for number in range(len(self._layout.parts))]
            for number in range(len(self._banks)):
                self._give(number)

    def _fresh(self, number: int) -> torch.Tensor:
        assert self._layout is not None, "only called when it is known what layers keep"
        return self._layout.bank(number, self.rows, self.capacity)

    def _give(self, number: int) -> None:
        """Layers get their parts of a bank."""
        assert self._layout is not None, "only called when it is known what layers keep"
        for layer, ((keys, part), (values, place)) in zip(self.slots, self._layout.layers, strict=True):
            if keys == number:
                layer.k = self._banks[number][part]
            if values == number:
                layer.v = self._banks[number][place]
            layer.is_initialized = True


def _shape(tensor: torch.Tensor) -> Shape:
    """Of `[slots, heads, places, dim]`."""
    return Shape(tensor.shape[1], tensor.shape[3], tensor.dtype, tensor.device)


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
