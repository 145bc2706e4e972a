"""The cache of models: whole or absent."""

import os
from pathlib import Path

import pytest

from slowthink.errors import ModelUnavailable
from slowthink.models import cache


def fill(work: Path, out: Path) -> None:
    (out / "weights").write_bytes(b"12345")
    (out / "config.json").write_text("{}")
    (work / "waste").write_bytes(b"x" * 1000)


def no_more(work: Path, out: Path) -> None:
    raise AssertionError("made twice")


def test_made_once_and_listed(own_cache: Path) -> None:
    assert cache.find("model") is None
    assert cache.entries() == []
    folder = cache.build("model", "from nowhere", fill)
    assert cache.build("model", "", no_more) == folder == cache.find("model")
    assert cache.entries() == [cache.Entry("model", folder, 7, "from nowhere")]
    assert sorted(path.name for path in folder.iterdir()) == ["config.json", "manifest.json", "weights"]


@pytest.mark.parametrize("damage", ["shorter", "absent", "no manifest", "half a manifest", "a list"])
def test_a_damaged_entry_is_made_again(own_cache: Path, damage: str) -> None:
    folder = cache.build("model", "", fill)
    manifest = folder / cache.MANIFEST
    match damage:
        case "shorter":
            (folder / "weights").write_bytes(b"123")
        case "absent":
            (folder / "weights").unlink()
        case "no manifest":
            manifest.unlink()
        case "half a manifest":
            manifest.write_text(manifest.read_text()[:40])
        case "a list":
            manifest.write_text("[]")
    assert cache.find("model") is None
    assert cache.entries() == []
    assert cache.build("model", "", fill) == folder == cache.find("model")
    assert [path for path in cache.models_folder().iterdir() if ".tmp-" in path.name] == []


def test_nothing_is_kept_of_a_failure(own_cache: Path) -> None:
    def fail(work: Path, out: Path) -> None:
        fill(work, out)
        raise ModelUnavailable("no luck")

    with pytest.raises(ModelUnavailable, match="no luck"):
        cache.build("model", "", fail)
    assert [path.name for path in cache.models_folder().iterdir()] in ([".model.lock"], [])


def test_what_a_killed_process_left_is_swept_up(own_cache: Path) -> None:
    stale = cache.models_folder() / ".model.tmp-dead"
    other = cache.models_folder() / ".other.tmp-alive"
    for folder in (stale, other):
        (folder / "entry").mkdir(parents=True)
        (folder / "entry" / "weights").write_bytes(b"half")
    cache.build("model", "", fill)
    assert not stale.exists()
    assert other.exists()


def test_a_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("SLOWTHINK_CACHE", str(tmp_path / "file"))
    with pytest.raises(ModelUnavailable, match="SLOWTHINK_CACHE"):
        cache.build("model", "", fill)


def test_where_the_cache_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SLOWTHINK_CACHE", "~/elsewhere")
    assert cache.cache_root() == Path.home() / "elsewhere"
    monkeypatch.delenv("SLOWTHINK_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", os.fspath(tmp_path))
    monkeypatch.setattr("sys.platform", "linux")
    assert cache.cache_root() == tmp_path / "slowthink"
