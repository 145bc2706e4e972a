"""Tasks as data: a file for each says where its questions lie, how they are read, and how answers are marked.

A task names fields of rows, never code of its own; readers (`readers.py`) and markings (`marking.py`) are named by it.
A task with `parts` is those tasks together. A path instead of a name is a user's own file of JSON lines.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from slowthink.errors import InputError
from slowthink.types import Frozen, mistake

FOLDER = Path(__file__).parent / "tasks"
OWN = (".jsonl", ".json", ".gz", ".csv")
"""How the names of users' own files end."""
Marking = Literal["equal", "exact", "choice", "puzzle", "constraints"]


class Hub(Frozen):
    """A data set on the Hugging Face hub; `file` and `train_file` are JSON files in it that need no `datasets`."""

    id: str
    config: str | None = None
    split: str = "test"
    train: str | None = None
    file: str | None = None
    train_file: str | None = None


class Published(Frozen):
    """An accuracy (0 to 1) that was published for a model on this task, or on one group of it."""

    model: str
    accuracy: float = Field(ge=0, le=1)
    source: str
    group: str | None = None
    n: int | None = None
    """Of how many questions, where that is known."""


class Task(Frozen):
    """What is asked and how answers are marked.

    `files` are looked for below the data folder, the first one that is there is read; `folder` says that the data
    folder itself may be a tree of JSON files, one for each question. `where` keeps the rows whose fields have these
    values, `rows` those from one place to another (exclusive); `made` is how many questions are made instead, and from
    which seed. `question`, `gold`, `group` and `level` are
    templates over a row's fields, where the reader has none of its own.
    """

    name: str
    description: str
    source: str = ""
    reader: str = "fields"
    files: tuple[str, ...] = ()
    train_files: tuple[str, ...] = ()
    folder: bool = False
    builtin: str | None = None
    hub: tuple[Hub, ...] = ()
    where: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    rows: tuple[int, int] | None = None
    made: tuple[int, int] | None = None
    question: str = "{question}"
    gold: str = "{answer}"
    group: str | None = None
    level: str | None = None
    answer_kind: Literal["number", "text"] | None = None
    marking: Marking = "equal"
    parts: tuple[str, ...] = ()
    published: tuple[Published, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """A question with its gold answer. `error` says why it cannot be asked: a bad row of data is still an item."""

    id: str
    question: str
    gold: str
    group: str | None = None
    level: str | None = None
    kind: Literal["number", "text"] | None = None
    marking: Marking = "equal"
    error: str | None = None


def names() -> list[str]:
    """The tasks there are."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def task_named(name: str) -> Task:
    """The task with this name, or a user's own file. Raises InputError that lists the names there are."""
    path = FOLDER / f"{name}.toml"
    if name in names():
        return _read(path)
    if Path(name).suffix in OWN:
        return own_file(Path(name))
    raise InputError(
        f"expected a task, one of {', '.join(names())}, or a file of JSON lines with 'question' and 'answer' (its name "
        f"ends in {', '.join(OWN)}); got {name!r}"
    )


def own_file(path: Path) -> Task:
    """A user's own questions: rows of `question` and `answer`, and perhaps `id`, `group`, `level`, `answer_kind`."""
    return Task(
        name=path.name.split(".")[0],
        description=f"the questions in {path.name}",
        source=str(path),
        reader="own",
        files=(str(path),),
    )


def with_parts(task: Task) -> Iterator[Task]:
    """The task itself, or the tasks that it is made of."""
    if not task.parts:
        yield task
    for name in task.parts:
        yield from with_parts(task_named(name))


def published_of(task: Task) -> tuple[Published, ...]:
    """What was published of the task and of its parts."""
    parts = [published for part in with_parts(task) if part is not task for published in part.published]
    return (*task.published, *parts)


def chosen(items: Iterable[Item], limit: int | None, sample: int | None, seed: int) -> list[Item]:
    """The first `limit` items, group by group in turn so that every group has its share; or a seeded `sample` of all.

    They keep the order of the data. Raises InputError for less than one.
    """
    every = list(items)
    for option, count in (("--limit", limit), ("--sample", sample)):
        if count is not None and count < 1:
            raise InputError(f"expected at least 1 question with {option}, got {count}")
    if sample is not None:
        import random

        kept = set(random.Random(seed).sample(range(len(every)), min(sample, len(every))))
        every = [item for place, item in enumerate(every) if place in kept]
    if limit is None or limit >= len(every):
        return every
    seen: dict[str | None, int] = {}
    turns: list[tuple[int, int]] = []
    for place, item in enumerate(every):
        turns.append((seen.get(item.group, 0), place))
        seen[item.group] = turns[-1][0] + 1
    first = {place for _, place in sorted(turns)[:limit]}
    return [item for place, item in enumerate(every) if place in first]


def _read(path: Path) -> Task:
    try:
        data: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        return Task.model_validate({"name": path.stem, **data})
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"expected a task in {path}, but it cannot be read: {error}") from error
    except ValidationError as error:
        raise InputError(f"expected a task in {path}, but {mistake(error)}") from error
