"""Loading: which numbers a model is worked out in, and what is said of what cannot be loaded."""

import asyncio
import os
import subprocess
import sys
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


LOADED = """
import os, sys, time
import torch, transformers
def threads(): return len(os.listdir("/proc/self/task"))
before = threads()
from slowthink.models.local import LocalModel
model = LocalModel.load(sys.argv[1], dtype="float32")
for _ in range(100):
    if threads() <= before: break
    time.sleep(0.1)
print(before, threads())
torch.zeros(1 << 20).exp()
print(threads())
model.close()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="threads are counted in /proc")
def test_a_loaded_model_leaves_the_caller_no_threads_of_torch(smol_dir: Path) -> None:
    """Else those of the engine would wait for each other asleep (`slowthink.models.engine.apart`)."""
    if (os.cpu_count() or 1) < 2:
        pytest.skip("torch has no threads beside the caller's on one processor")
    environment = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    command = [sys.executable, "-c", LOADED, str(smol_dir)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    before, loaded, computed = map(int, done.stdout.split())
    assert loaded == before
    assert computed > before, "what computes does leave threads, so that the test can see them"
