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

from slowthink.models import engine
from slowthink.models.attention import ATTENTION
from slowthink.models.local import LocalModel
from slowthink.models.probe import Fit, use_slots


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
def local(plain_models: dict[str, Any], one_thread: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Makes a LocalModel over a copy of a tiny model; closed at the end of the test.

    A copy whose LocalModel was closed is used again, and so is what was found out about it, so that many examples of
    one property do not spend their time on copies.
    """
    made: list[tuple[str, LocalModel]] = []
    fits: dict[int, Fit | str] = {}

    def known(model: Any, is_known: bool = False) -> Fit | str:
        if isinstance(fits.get(id(model)), Fit):
            model.set_attn_implementation(ATTENTION)
        else:
            fits[id(model)] = use_slots(model, is_known)
        return fits[id(model)]

    def make(name: str = "llama", tokenizer: Any = None, **options: Any) -> LocalModel:
        closed = next((one for one in made if one[0] == name and one[1].engine._closed), None)
        if closed is not None:
            made.remove(closed)
        plain = copy.deepcopy(plain_models[name]) if closed is None else closed[1].engine.model
        announced = pytest.warns(RuntimeWarning, match="rewound") if name in RECURRENT else nullcontext()
        with announced:
            model = LocalModel(name, plain, tokenizer or bpe(), **options)
        made.append((name, model))
        return model

    monkeypatch.setattr(engine, "use_slots", known)
    yield make
    for _, model in made:
        model.close()
