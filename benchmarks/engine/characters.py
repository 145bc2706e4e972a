"""Models with random weights over a tokenizer of single characters, and what passes through a model.

Every sequence of its tokens is its own encoding, so texts of a random model survive being written on and judged.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from slowthink.models.jobs import Job
from slowthink.models.local import LocalModel
from slowthink.models.rows import Row

VOCABULARY = 32_000
SIZES: dict[str, dict[str, Any]] = {
    "tiny": {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4},
    "110M": {"hidden_size": 768, "intermediate_size": 2048, "num_hidden_layers": 12, "num_attention_heads": 12},
}


def tokenizer(vocabulary: int) -> Any:
    """One token a character: printable ASCII, then CJK and other letters that no normalisation touches."""
    first = [chr(code) for code in range(32, 127)]
    rest = [
        chr(code) for start, end in ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3)) for code in range(start, end)
    ]
    characters = (first + rest)[:vocabulary]
    backend = Tokenizer(models.WordLevel({one: i for i, one in enumerate(characters)}, unk_token=characters[0]))
    backend.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    backend.decoder = decoders.Fuse()
    wrapper: Any = PreTrainedTokenizerFast
    return wrapper(tokenizer_object=backend)


def random_llama(size: str, vocabulary: int = VOCABULARY, seed: int = 0, context: int = 4096) -> Any:
    """A Llama of one of SIZES with random weights (tied embeddings), in float32."""
    torch.manual_seed(seed)
    shape: Any = SIZES[size]
    config = LlamaConfig(
        vocab_size=vocabulary,
        max_position_embeddings=context,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=None,
        pad_token_id=0,
        **shape,
    )
    model: Any = LlamaForCausalLM(config)
    return model.eval()


def few_shot_prompt(length: int, seed: int = 0) -> str:
    """Worked examples in plain words, exactly `length` characters long."""
    dice = random.Random(seed)
    text = "Stack the blocks. Say one step at a time.\n"
    while len(text) < length:
        a, b, c = dice.sample(["red", "blue", "green", "grey", "white", "black"], 3)
        text += f"Start: {a} on {b}, {c} on the table. Goal: {c} on {b}.\nStep: lift {a}. Step: put {c} on {b}.\n"
    return text[:length]


@contextmanager
def pushed(model: Any) -> Iterator[list[int]]:
    """Counts the tokens that go into a model, by a forward hook: one number a pass."""
    counts: list[int] = []
    hook = model.base_model.register_forward_pre_hook(
        lambda module, args, options: counts.append(options["input_ids"].numel()), with_kwargs=True
    )
    try:
        yield counts
    finally:
        hook.remove()


class TokenTree:
    """All distinct nodes of the trees of tokens that a model was asked to go through."""

    def __init__(self) -> None:
        self.nodes = 0
        self.refuted = 0
        """Nodes behind which something was chosen, and that a supervisor threw away: branches that were pruned."""
        self._root: dict[int, Any] = {}
        self._pruned: list[list[int]] = []

    def add(self, ids: Sequence[int]) -> None:
        """A sequence whose tokens must all have been read."""
        self.nodes += self._grow(ids)

    def prune(self, ids: Sequence[int]) -> None:
        """A sequence whose tokens were read, and of which a supervisor will not keep all."""
        self._pruned.append(list(ids))

    def close(self) -> None:
        """Count what was pruned and stands in no sequence that was kept."""
        self.refuted += sum(map(self._grow, self._pruned))
        self._pruned.clear()

    def _grow(self, ids: Sequence[int]) -> int:
        node, new = self._root, 0
        for one in ids:
            new += one not in node
            node = node.setdefault(one, {})
        return new


@contextmanager
def grown(model: LocalModel) -> Iterator[TokenTree]:
    """The tree of all that is asked of a model: a token counts when something was chosen or judged behind it."""
    tree, run, act = TokenTree(), model._run, Row._act

    async def noting(jobs: list[Job]) -> list[Row]:
        rows = await run(jobs)
        for row in rows:
            tree.add(row.writing.ids[:-1])
        return rows

    def acting(row: Row, *how: Any) -> None:
        tree.prune(row.writing.ids[: row.cached])
        act(row, *how)

    model._run = noting  # type: ignore[method-assign]
    Row._act = acting  # type: ignore[method-assign, assignment]
    try:
        yield tree
    finally:
        model._run, Row._act = run, act  # type: ignore[method-assign]
        tree.close()
