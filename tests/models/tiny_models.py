"""Small random models of several architectures, and a byte-level BPE whose merges make edits hard.

The tokenizer is trained on numbers and on accented text, so that it has multi-digit merges, merges of a space with
a digit, and characters that are split over tokens.
"""

import random
from functools import cache
from typing import Any

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

CORPUS = [
    "7 * 4 = 28. 8 * 8 = 64. 28 + 64 = 92. 116 * 114 = 13224; 1234567 and 12 12 12 100 1000 10000",
    "One two three four five six seven eight nine ten. one two three four five six, the answer is 12",
    "Zwölf Boxkämpfer jagen über den großen Deich. Count to 123, please. été déjà",
    "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 100 200 300 1123 112 23",
] * 8
_DICE = random.Random(0)
NUMBERS = ("12", "123", "28", "64", "2864", "1000")
CORPUS += [f"{_DICE.choice(NUMBERS)} {_DICE.choice(NUMBERS)}" for _ in range(400)]
CONTEXT = 512
WINDOW = 12
"""Smaller than the texts of the tests."""


@cache
def bpe(single_digits: bool = False) -> Any:
    """The tokenizer, with one special token, which ends a text; with `single_digits` it has no merges of digits."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_next")
    split: list[Any] = [tokenizer.pre_tokenizer, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    digits: list[Any] = [pre_tokenizers.Digits(individual_digits=True)] if single_digits else []
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(digits + split)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=420, initial_alphabet=alphabet, special_tokens=["<end>"])
    tokenizer.train_from_iterator(CORPUS, trainer)
    return transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<end>")


SMALL = {"hidden_size": 32, "intermediate_size": 48, "num_attention_heads": 4, "max_position_embeddings": CONTEXT}
GROUPED = dict(SMALL, num_key_value_heads=2, num_hidden_layers=2, head_dim=8)
WINDOWED = dict(GROUPED, sliding_window=WINDOW)
MIXED = dict(
    WINDOWED,
    tie_word_embeddings=False,
    query_pre_attn_scalar=8,
    layer_types=["sliding_attention", "full_attention"],
)
CONFIGS: dict[str, Any] = {
    "llama": lambda **ids: transformers.LlamaConfig(**GROUPED, **ids),
    "gpt2": lambda **ids: transformers.GPT2Config(
        n_embd=32, n_layer=2, n_head=4, n_positions=CONTEXT, tie_word_embeddings=False, **ids
    ),
    "qwen3": lambda **ids: transformers.Qwen3Config(**GROUPED, **ids),
    "gemma2": lambda **ids: transformers.Gemma2Config(**MIXED, **ids),
    "gemma3": lambda **ids: transformers.Gemma3TextConfig(**MIXED, **ids),
    "mistral": lambda **ids: transformers.MistralConfig(**WINDOWED, **ids),
}
RECURRENT: dict[str, Any] = {
    "mamba": lambda **ids: transformers.MambaConfig(hidden_size=32, num_hidden_layers=2, state_size=4, **ids),
    "lfm2": lambda **ids: transformers.Lfm2Config(
        **dict(GROUPED, num_hidden_layers=3), layer_types=["conv", "full_attention", "conv"], block_multiple_of=8, **ids
    ),
}
"""Models whose cache cannot be rewound: recurrent layers only, and beside attention."""


def tiny(name: str, seed: int = 0) -> Any:
    """A model in float32 whose weights are large enough that attention matters and greedy text varies."""
    tokenizer = bpe()
    end = tokenizer.eos_token_id
    config = (CONFIGS | RECURRENT)[name](
        vocab_size=len(tokenizer), bos_token_id=end, eos_token_id=end, pad_token_id=end
    )
    torch.manual_seed(seed)
    model = transformers.AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.normal_(0, 0.3)
    return model.eval()
