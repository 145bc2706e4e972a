"""What does not fit the slot cache is found out at load: such a model runs with a state for each row, and says so."""

import asyncio
import copy
from typing import Any

import pytest
import torch
import transformers
from tiny_models import GROUPED, bpe, tiny
from transformers.models.llama import modeling_llama

from slowthink.errors import ModelUnavailable
from slowthink.models.local import LocalModel
from slowthink.models.passes import CACHE_NAMES
from slowthink.models.protocol import Prompt, Request, Sampling

IDS = {"vocab_size": 420, "bos_token_id": 0, "eos_token_id": 0, "pad_token_id": 0}


def runs_apart(model: Any, why: str) -> None:
    """It is announced, and what it writes is what `generate` writes, in rows that begin alike too."""
    before = model.config._attn_implementation
    with pytest.warns(RuntimeWarning, match=why):
        local = LocalModel("odd", model, bpe())
    assert model.config._attn_implementation == before
    local.engine.eos = frozenset()
    texts = ["7 * 4 =", "7 * 4 =", "One two three"]
    rows = asyncio.run(local.generate([Request(Prompt(text=text), Sampling(6)) for text in texts]))
    for text, row in zip(texts, rows, strict=True):
        ids = torch.tensor([bpe().encode(text)])
        for token in row.token_ids:
            with torch.inference_mode():
                logits = model(input_ids=ids, use_cache=False).logits[0, -1]
            assert logits[token] >= logits.max() - 1e-3
            ids = torch.cat([ids, torch.tensor([[token]])], 1)
    local.close()


def test_an_attention_that_drops_the_step(plain_models: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    forward = modeling_llama.LlamaAttention.forward

    def dropping(self: Any, *args: Any, **options: Any) -> Any:
        options.pop("slot_step", None)
        return forward(self, *args, **options)

    monkeypatch.setattr(modeling_llama.LlamaAttention, "forward", dropping)
    runs_apart(tiny("llama"), "slot_step")


def test_an_attention_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """It never asks the interface, and sees what comes later: no cache of any kind can be right."""

    def own(self: Any, hidden_states: Any, **options: Any) -> Any:
        shape = (*hidden_states.shape[:-1], -1, self.head_dim)
        key, value = (p(hidden_states).view(shape).transpose(1, 2) for p in (self.k_proj, self.v_proj))
        cache = next((options[name] for name in CACHE_NAMES if options.get(name) is not None), None)
        if cache is not None:
            key, value = cache.update(key, value, self.layer_idx)
        query = self.q_proj(hidden_states).view(shape).transpose(1, 2)
        key, value = (modeling_llama.repeat_kv(one, self.num_key_value_groups) for one in (key, value))
        out = torch.softmax(query @ key.transpose(2, 3), -1) @ value
        return self.o_proj(out.transpose(1, 2).reshape(*hidden_states.shape[:-1], -1)), None

    monkeypatch.setattr(modeling_llama.LlamaAttention, "forward", own)
    with pytest.raises(ModelUnavailable, match=r"logits .*differ|forward pass fails"):
        LocalModel("odd", tiny("llama"), bpe())


def test_sinks_that_the_engine_does_not_know(monkeypatch: pytest.MonkeyPatch) -> None:
    config = transformers.GptOssConfig(**GROUPED, **IDS, num_local_experts=2, num_experts_per_tok=1, sliding_window=12)
    model = transformers.AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.normal_(2.0 if "sinks" in name else 0.0, 0.3)
    runs_apart(model, "logits differ|forward pass fails")


@pytest.mark.parametrize(
    ("config", "why"),
    [
        (lambda: transformers.MambaConfig(hidden_size=32, num_hidden_layers=2, **IDS), "mamba|cache"),
        (lambda: transformers.BloomConfig(hidden_size=32, n_layer=2, n_head=4, **IDS), "attention"),
        (
            lambda: transformers.Qwen3NextConfig(
                **dict(GROUPED, num_hidden_layers=4), **IDS, num_experts=2, num_experts_per_tok=1
            ),
            "linear_attention",
        ),
    ],
)
def test_caches_of_other_kinds(config: Any, why: str) -> None:
    runs_apart(transformers.AutoModelForCausalLM.from_config(config(), dtype=torch.float32), why)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("name", ["llama", "gpt2", "gemma2", "gemma3", "mistral", "qwen3"])
def test_models_that_fit_are_taken(plain_models: Any, name: str, dtype: torch.dtype) -> None:
    LocalModel(name, copy.deepcopy(plain_models[name]).to(dtype), bpe()).close()
