"""A run's folder: settings, one line for each result as it ends, and a lock, so that nothing is lost or mixed.

A line is written and synced before the next one; a process that is killed leaves at most one line that was cut off,
which is taken away when the run is resumed. A folder is resumed with the same settings only, since results of other
settings are not results of one run. Two runs into one folder at once are refused.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from filelock import FileLock, Timeout
from pydantic import ValidationError

from slowthink.benchmarks.result import Result
from slowthink.commands.lines import dump
from slowthink.commands.whole import written_whole
from slowthink.errors import InputError
from slowthink.types import mistake

RESULTS, SETTINGS, SUMMARY, TRACES, LOCK = "results.jsonl", "settings.json", "summary.json", "traces", ".lock"
Json = dict[str, Any]


class Record:
    """What a run has come to so far. `results` has the last row of each strategy and item, in order of arrival."""

    def __init__(self, folder: Path, about: Json, results: dict[tuple[str, str], Result], file: BinaryIO) -> None:
        self.folder, self.about, self.results = folder, about, results
        self._file = file

    def add(self, result: Result) -> None:
        """Save a result for good. Raises OSError where it cannot be."""
        self._file.write(dump(result.model_dump(mode="json")))
        self._file.flush()
        os.fsync(self._file.fileno())
        self.results.pop(result.key, None)
        self.results[result.key] = result

    def write(self, name: str, data: bytes) -> Path:
        """Write a file of the folder, whole or not at all."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(path) as file:
            file.write(data)
        return path

    def ended(self, workers: list[Json]) -> None:
        """This session came to its end: its time is noted, and what each worker did."""
        self.about["sessions"][-1] |= {"ended": now(), "workers": workers}
        self.write(SETTINGS, _pretty(self.about))


@contextmanager
def opened(folder: Path, settings: Json, environment: Json, is_resumed: bool) -> Iterator[Record]:
    """The record of a run in `folder`, which is made where it is missing, held until the block ends.

    Raises InputError where another run holds it; where it has results and is not to be resumed; where it was begun with
    other settings; and for lines that are no results.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / LOCK)
        lock.acquire(timeout=0)
    except Timeout as error:
        raise InputError(f"another run writes to {folder} now; wait for its end, or give another folder") from error
    except OSError as error:
        raise InputError(f"expected a folder that can be written to, got {folder}: {error.strerror}") from error
    try:
        results = read_results(folder)
        about = _about(folder, settings, environment, is_resumed, bool(results))
        path = folder / RESULTS
        with path.open("ab") as file:
            file.truncate(_whole_bytes(path))
            record = Record(folder, about, {result.key: result for result in results}, file)
            record.write(SETTINGS, _pretty(about))
            yield record
    finally:
        lock.release()


def read_results(folder: Path) -> list[Result]:
    """The saved rows, in order of arrival; a last line that was cut off is left out.

    Raises InputError for any other line that is no result.
    """
    path = folder / RESULTS
    if not path.exists():
        return []
    lines = path.read_bytes()[: _whole_bytes(path)].split(b"\n")
    found = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            found.append(Result.model_validate_json(line))
        except ValidationError as error:
            raise InputError(
                f"{path}, line {number}: expected a result of slowthink bench, but {mistake(error)}. Take the line "
                "out, or give another folder."
            ) from error
    return found


def now() -> str:
    """The time, to the second, with its zone."""
    return time.strftime("%Y-%m-%dT%H:%M:%S%z")


def _whole_bytes(path: Path) -> int:
    """How far the file goes up to the end of its last whole line."""
    return path.read_bytes().rfind(b"\n") + 1 if path.exists() else 0


def _pretty(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, indent=1, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"


def _about(folder: Path, settings: Json, environment: Json, is_resumed: bool, has_results: bool) -> Json:
    """What `settings.json` says: settings, environments and sessions."""
    session = {"began": now(), "ended": None}
    path = folder / SETTINGS
    if not path.exists() and not has_results:
        return {"settings": settings, "environments": [environment], "sessions": [session]}
    if not is_resumed:
        raise InputError(
            f"{folder} has a run in it already; go on with it by --resume, or give another folder by --out"
        )
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
        was, environments, sessions = about["settings"], about["environments"], about["sessions"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"expected in {path} the settings that the results beside it were made with, but it cannot be read "
            f"({error}); give another folder by --out"
        ) from error
    settings = json.loads(json.dumps(settings))
    if changed := [name for name in {**was, **settings} if was.get(name) != settings.get(name)]:
        told = "; ".join(f"{name} was {was.get(name)!r:.80}, and is {settings.get(name)!r:.80}" for name in changed)
        raise InputError(
            f"{folder} was begun with other settings: {told}. Give the same ones to go on with it, or another folder "
            "by --out."
        )
    if environment not in environments:
        environments.append(environment)
    return {"settings": was, "environments": environments, "sessions": [*sessions, session]}
