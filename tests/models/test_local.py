"""Loading: which numbers a model is worked out in, and what is said of what cannot be loaded."""

import asyncio
from pathlib import Path

import pytest
import torch
from tiny_models import bpe, tiny

from slowthink.errors import ModelUnavailable
from slowthink.models.local import LocalModel
from slowthink.models.protocol import Prompt, Request, Sampling


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model on the disk."""
    path = tmp_path_factory.mktemp("tiny")
    tiny("llama").save_pretrained(path)
    bpe().save_pretrained(path)
    return path


@pytest.mark.parametrize(
    ("able", "dtype"),
    [
        ((), torch.float32),
        (("_is_avx512_bf16_supported",), torch.bfloat16),
        (("_is_amx_tile_supported",), torch.bfloat16),
    ],
)
def test_bfloat16_where_the_processor_multiplies_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch, able: tuple[str, ...], dtype: torch.dtype
) -> None:
    for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"):
        monkeypatch.setattr(torch.cpu, name, lambda name=name: name in able, raising=False)
    model = LocalModel.load(folder, device="cpu")
    assert model.engine.model.dtype == dtype
    (row,) = asyncio.run(model.generate([Request(Prompt(text="12"), Sampling(4))]))
    assert len(row.token_ids) == 4
    model.close()


def test_what_the_user_says_of_the_numbers_holds(folder: Path) -> None:
    for dtype in ("float32", "bfloat16"):
        model = LocalModel.load(folder, dtype=dtype)
        assert model.engine.model.dtype == getattr(torch, dtype)
        model.close()


def test_a_folder_without_a_model(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"(?s)no model could be loaded.*config\.json"):
        LocalModel.load(tmp_path)
