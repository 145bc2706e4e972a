"""The folder of models that were made ready once: whole or absent, whenever a process is killed.

An entry is a folder with a `manifest.json` that names every other file with its size and sha256. It is made in a
temporary folder beside it, written through to the disk, and renamed into place, under a lock between processes.
So a name either leads to a whole entry or to none, two processes that start at once do the work once, and what
a killed process left behind is swept up by the next one. At each start names and sizes are compared, not hashes.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from slowthink.errors import ModelUnavailable

Remark = Callable[[str], None]
"""Called with a line for a person when something takes long."""

MANIFEST = "manifest.json"
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """A model that is ready on this machine: where it came from, where it is, and how much room it takes."""

    name: str
    path: Path
    bytes: int
    source: str


def remark_to_log(line: str) -> None:
    """The remark that is used when the caller gave none."""
    log.info(line)


def cache_root() -> Path:
    """`SLOWTHINK_CACHE`, else the folder `slowthink` where this system keeps a user's caches."""
    if given := os.environ.get("SLOWTHINK_CACHE"):
        return Path(given).expanduser().absolute()
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "slowthink"


def models_folder() -> Path:
    """The folder that holds the entries; it need not exist yet."""
    return cache_root() / "models"


def find(name: str) -> Path | None:
    """The entry's folder, if it is there with every file at the size that its manifest says; else None."""
    folder = models_folder() / name
    return folder if _manifest(folder) is not None else None


def entries() -> list[Entry]:
    """Every whole entry, by name."""
    found = []
    top = models_folder()
    for folder in sorted(top.iterdir()) if top.is_dir() else ():
        manifest = None if folder.name.startswith(".") else _manifest(folder)
        if manifest is not None:
            size = sum(int(about["bytes"]) for about in manifest["files"].values())
            found.append(Entry(folder.name, folder, size, str(manifest.get("source", ""))))
    return found


def build(name: str, source: str, make: Callable[[Path, Path], None], remark: Remark = remark_to_log) -> Path:
    """The entry `name`, made by `make(work, out)` if it is not there.

    `make` fills the folder `out` and may use `work` for what is thrown away; what it raises is passed on and
    nothing is kept. Raises ModelUnavailable where the cache folder cannot be written or the disk is full.
    """
    if found := find(name):
        return found
    try:
        with _lock(name, remark):
            return find(name) or _build(name, source, make)
    except OSError as error:
        raise ModelUnavailable(
            f"The model {name!r} cannot be written to {models_folder()}: {error}. Free some room (about 500 MB for "
            "the embedded model), or set SLOWTHINK_CACHE to a folder that you can write to."
        ) from error


def write_whole(path: Path, text: str) -> None:
    """Write a small file so that a reader sees all of it or the one before, even if this process is killed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


def sha256(path: Path) -> str:
    """The sha256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _manifest(folder: Path) -> dict[str, dict[str, dict[str, int | str]]] | None:
    """The manifest, if the folder holds what it says; None for anything else, be it broken or absent."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        sizes = {name: about["bytes"] for name, about in manifest["files"].items()}
        whole = bool(sizes) and all((folder / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return manifest if whole else None


def _build(name: str, source: str, make: Callable[[Path, Path], None]) -> Path:
    """Make, seal and rename; the caller holds the lock, so every temporary folder of this name is a dead one's."""
    top, final = models_folder(), models_folder() / name
    for stale in top.glob(f".{name}.tmp-*"):
        shutil.rmtree(stale, ignore_errors=True)
    work = Path(tempfile.mkdtemp(prefix=f".{name}.tmp-", dir=top))
    try:
        out = work / "entry"
        out.mkdir()
        make(work, out)
        _seal(out, source)
        if final.exists():
            final.rename(work / "broken")
        for waste in [path for path in work.iterdir() if path != out]:  # else nobody sweeps it when we die below
            shutil.rmtree(waste) if waste.is_dir() and not waste.is_symlink() else waste.unlink()
        out.rename(final)
        _sync(top)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return final


def _seal(out: Path, source: str) -> None:
    """Write every file of `out` through to the disk, then its manifest."""
    files = {}
    for path in sorted(path for path in out.rglob("*") if path.is_file()):
        _sync(path)
        files[path.relative_to(out).as_posix()] = {"bytes": path.stat().st_size, "sha256": sha256(path)}
    write_whole(out / MANIFEST, json.dumps({"format": 1, "source": source, "files": files}, indent=1) + "\n")
    _sync(out)


def _sync(path: Path) -> None:
    """Write a file or a folder's list of names through to the disk (folders only where the system can)."""
    if path.is_dir() and sys.platform == "win32":
        return
    handle = os.open(path, os.O_RDONLY if sys.platform != "win32" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _lock(name: str, remark: Remark) -> Iterator[None]:
    """Hold the lock between processes for `name`; the system gives it back when its holder dies."""
    from filelock import FileLock, Timeout

    models_folder().mkdir(parents=True, exist_ok=True)
    lock = FileLock(models_folder() / f".{name}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        remark(f"Waiting for another process that is making {name} ready ...")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
