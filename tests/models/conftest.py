"""What the tests of models share."""

import copy
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_gguf import write_tiny_gguf
from tiny_models import CONFIGS, RECURRENT, bpe, tiny

from slowthink.models.local import LocalModel


@pytest.fixture
def tiny_gguf(tmp_path: Path) -> Path:
    return write_tiny_gguf(tmp_path / "tiny model.gguf")


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of the test's own, also for the processes that it starts."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("SLOWTHINK_CACHE", str(folder))
    return folder


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Tiny models are slower with several threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def plain_models() -> dict[str, Any]:
    """Tiny random models as transformers runs them."""
    return {name: tiny(name) for name in CONFIGS | RECURRENT}


Make = Callable[..., LocalModel]


@pytest.fixture
def local(plain_models: dict[str, Any], one_thread: None) -> Iterator[Make]:
    """Makes a LocalModel over a copy of a tiny model; closed at the end of the test."""
    made: list[LocalModel] = []

    def make(name: str = "llama", tokenizer: Any = None, **options: Any) -> LocalModel:
        announced = pytest.warns(RuntimeWarning, match="rewound") if name in RECURRENT else nullcontext()
        with announced:
            model = LocalModel(name, copy.deepcopy(plain_models[name]), tokenizer or bpe(), **options)
        made.append(model)
        return model

    yield make
    for model in made:
        model.close()
