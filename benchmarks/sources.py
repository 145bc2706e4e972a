"""Where a task's rows are: in a folder on this machine, in what the package carries, or on the Hugging Face hub.

Rows are looked for in `--data` (else in `../shared/data` and `data`), then in the Hugging Face cache and hub, where
their libraries are installed. What is not found is told with all places that were looked at. A line that is no JSON
object becomes a row with `error`, so that one bad line costs one question.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from slowthink.benchmarks.task import Hub, Task
from slowthink.errors import InputError

Row = dict[str, Any]
DEFAULTS = (Path("../shared/data"), Path("data"))
"""Where the data is looked for when no folder is named."""
ERROR = "error"


@dataclass(frozen=True)
class Rows:
    """Rows and the place they came from."""

    rows: list[Row]
    where: str


def rows_of(task: Task, data: Path | None = None, split: str = "test") -> Rows:
    """The rows of a task's test or `train` split. Raises InputError that says what was looked for, and where."""
    looked: list[str] = []
    names = task.files if split == "test" else task.train_files
    for folder in _folders(data):
        if folder.is_file() and split == "test":
            return Rows(list(read_rows(folder)), str(folder))
        for name in names:
            path = Path(name) if task.reader == "own" else folder / name
            if path.exists():
                return Rows(list(read_rows(path)), str(path))
            looked.append(str(path))
        if task.folder and split == "test" and any(folder.glob("*/*.json")):
            return Rows(list(read_rows(folder)), str(folder))
    if task.reader == "own":
        raise InputError(f"expected a file of questions, but there is no {names[0]!r} here; give the path of one")
    if task.builtin is not None and split == "test":
        return Rows(list(read_rows(Path(__file__).parent / task.builtin)), f"slowthink.benchmarks/{task.builtin}")
    for hub in task.hub:
        found = _from_hub(hub, split, looked)
        if found is not None:
            return found
    what = "questions" if split == "test" else "training questions (few-shot examples never come from the test)"
    raise InputError(
        f"expected the {what} of {task.name}, and found none.\nLooked for: "
        + "\n            ".join(looked or ["nothing: this task has no such split"])
        + f"\nName the folder that holds them with --data. Source: {task.source or task.description}"
    )


def read_rows(path: Path) -> Iterator[Row]:
    """The rows of a file (JSON lines, a JSON list, BIG-Bench's object with `examples`, CSV; plain or gzip).

    A folder is read as MATH is published: each JSON file below it is a row, whose path is its `id`. Raises InputError
    for a file that cannot be read.
    """
    if path.is_dir():
        for file in sorted(path.rglob("*.json")):
            row = {"id": file.relative_to(path).with_suffix("").as_posix()}
            for found in read_rows(file):
                yield {**row, **found}
        return
    try:
        data = path.read_bytes()
        text = (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode("utf-8-sig")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise InputError(f"expected questions in {path}, but it cannot be read: {error}") from error
    kind = path.with_suffix("") if path.suffix == ".gz" else path
    if kind.suffix == ".csv":
        yield from csv.DictReader(io.StringIO(text))
    elif kind.suffix == ".json" and (whole := _whole(text)) is not None:
        yield from whole
    else:
        yield from _lines(text)


def _whole(text: str) -> list[Row] | None:
    """The rows of one JSON value; None where the text is none, and may be JSON lines."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if isinstance(value, dict):
        value = value["examples"] if isinstance(value.get("examples"), list) else [value]
    return [row if isinstance(row, dict) else {ERROR: _no_object(row)} for row in value]


def _lines(text: str) -> Iterator[Row]:
    for line in text.split("\n"):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            row = line
        yield row if isinstance(row, dict) else {ERROR: _no_object(row)}


def _no_object(row: Any) -> str:
    return f'expected a JSON object such as {{"question": ..., "answer": ...}}, got {row!r:.80}'


def _folders(data: Path | None) -> tuple[Path, ...]:
    if data is None:
        return DEFAULTS
    if not data.exists():
        raise InputError(f"expected a folder of data at {data}, and there is none; name another with --data")
    return (data,)


def _from_hub(hub: Hub, split: str, looked: list[str]) -> Rows | None:
    """The rows from the hub or its cache; None, with a note of why, where they cannot be had."""
    wanted = hub.split if split == "test" else hub.train
    file = hub.file if split == "test" else hub.train_file
    where = f"{hub.id} ({wanted or file}) on the Hugging Face hub"
    if wanted is not None and find_spec("datasets") is not None:
        return _by_datasets(hub, wanted, where, looked)
    if file is not None and find_spec("huggingface_hub") is not None:
        return _by_file(hub, file, where, looked)
    if wanted is not None:
        looked.append(f"{where}: reading it needs `pip install datasets`")
    return None


def _by_datasets(hub: Hub, split: str, where: str, looked: list[str]) -> Rows | None:
    import importlib

    try:
        # An optional library without stubs: it is asked for what it is known to give, a sequence of dictionaries.
        loaded = importlib.import_module("datasets").load_dataset(hub.id, hub.config, split=split)
        return Rows([dict(row) for row in loaded], where)
    except Exception as error:  # what a foreign library raises for a missing network is not documented
        looked.append(f"{where}: {type(error).__name__}: {error}"[:300])
        return None


def _by_file(hub: Hub, file: str, where: str, looked: list[str]) -> Rows | None:
    from huggingface_hub import hf_hub_download, try_to_load_from_cache

    from slowthink.models.hub import unreachable

    cached = try_to_load_from_cache(hub.id, file, repo_type="dataset")
    if isinstance(cached, str):
        return Rows(list(read_rows(Path(cached))), where)
    if why := unreachable():
        looked.append(f"{where}: not in the cache, and {why}")
        return None
    try:
        return Rows(list(read_rows(Path(hf_hub_download(hub.id, file, repo_type="dataset")))), where)
    except Exception as error:  # as above
        looked.append(f"{where}: {type(error).__name__}: {error}"[:300])
        return None
