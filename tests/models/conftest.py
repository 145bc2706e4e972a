"""What the tests of models share."""

from pathlib import Path

import pytest
from tiny_gguf import write_tiny_gguf


@pytest.fixture
def tiny_gguf(tmp_path: Path) -> Path:
    return write_tiny_gguf(tmp_path / "tiny model.gguf")


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of the test's own, also for the processes that it starts."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("SLOWTHINK_CACHE", str(folder))
    return folder
