"""Rows as they were published become items: a question, its gold answer, and the group that it is counted in.

A reader knows one published format. What it cannot read is an item with an error, which is counted as wrong and never
asked. Worked solutions (`worked`) are what few-shot examples show: they are read from training rows alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from slowthink.benchmarks.sources import ERROR, Row, rows_of
from slowthink.benchmarks.task import Item, Task, with_parts
from slowthink.errors import InputError

_CALCULATOR = re.compile(r"<<[^<>]*>>")
_BOX = re.compile(r"\\(?:boxed|fbox)\b")


class Fields(NamedTuple):
    """What a reader finds in a row."""

    question: str
    gold: str
    group: str | None = None
    level: str | None = None


class _Missing(Exception):
    """A row lacks something; the text says what."""


def items_of(task: Task, data: Path | None = None) -> tuple[list[Item], list[str]]:
    """The items of a task, parts and all, and the places they came from. Raises InputError where there are none."""
    items: list[Item] = []
    places: list[str] = []
    for part in with_parts(task):
        if part.made is not None:
            items += _poems(part, *part.made)
            places.append(f"made from the seed {part.made[1]}")
            continue
        found = rows_of(part, data)
        places.append(found.where)
        rows = list(enumerate(found.rows))[slice(*part.rows)] if part.rows else list(enumerate(found.rows))
        items += [item_of(part, row, place) for place, row in rows if _is_kept(part, row)]
    if not items:
        raise InputError(f"expected at least one question for {task.name}, got none in {', '.join(places)}")
    return _distinct(items), places


def item_of(task: Task, row: Row, place: int) -> Item:
    """The item of a row; its id is the row's own, else its place in the data, behind the name of the task."""
    own = next(
        (row[key] for key in ("id", "idx", "unique_id", "ID", "k") if isinstance(row.get(key), str | int)), place
    )
    group = _templated(task.group, row)
    own = f"{group}/{own}" if "k" in row and group else own  # the numbers of such rows begin anew in each group
    kind = row.get("answer_kind") if task.reader == "own" else task.answer_kind
    try:
        if ERROR in row and "question" not in row:
            raise _Missing(str(row[ERROR]))
        if kind not in (None, "number", "text"):
            raise _Missing(f"expected as 'answer_kind' number or text, got {kind!r:.60}")
        fields = READERS[task.reader](task, row)
    except _Missing as error:
        question = row.get("question", row.get("problem", ""))
        return Item(f"{task.name}/{own}", str(question), "", group, error=str(error))
    level = fields.level if fields.level is not None else _templated(task.level, row)
    item = Item(f"{task.name}/{own}", fields.question, fields.gold, fields.group or group, level, kind, task.marking)
    if not item.question.strip() or not item.gold.strip():
        what = "question" if not item.question.strip() else "gold answer"
        return Item(item.id, item.question, item.gold, item.group, level, error=f"expected a {what}, and it is empty")
    return item


def worked(task: Task, row: Row) -> tuple[str, str] | None:
    """A training question with its worked solution, as an example shows it; None where the row has none."""
    try:
        question = READERS[task.reader](task, row).question
    except _Missing:
        return None
    answer = row.get("solution", row.get("answer"))
    return None if answer is None else (question, _CALCULATOR.sub("", str(answer)).strip())


def boxed(text: str) -> str | None:
    r"""What stands in the last `\boxed{}` (or `\fbox{}`) of a text, braces within it balanced; None without one."""
    begins = [found.end() for found in _BOX.finditer(text)]
    if not begins:
        return None
    rest = text[begins[-1] :].lstrip()
    if not rest.startswith("{"):
        return rest.split("$")[0].split()[0] if rest.split("$")[0].split() else None
    depth = 0
    for place, sign in enumerate(rest):
        is_escaped = place > 0 and rest[place - 1] == "\\" and not rest[:place].endswith("\\\\")
        if sign in "{}" and not is_escaped:
            depth += 1 if sign == "{" else -1
            if depth == 0:
                return rest[1:place].strip()
    return None


def _is_kept(task: Task, row: Row) -> bool:
    """Whether a row is of this task: a field that it lacks says nothing, since a file of one task names none."""
    return all(name not in row or str(row[name]) in values for name, values in task.where.items())


def _distinct(items: list[Item]) -> list[Item]:
    """The same items; where two have one id, the later ones are told by a number."""
    from dataclasses import replace

    seen: dict[str, int] = {}
    found = []
    for item in items:
        seen[item.id] = seen.get(item.id, 0) + 1
        found.append(item if seen[item.id] == 1 else replace(item, id=f"{item.id}#{seen[item.id]}"))
    return found


def _templated(template: str | None, row: Row) -> str | None:
    if template is None:
        return None
    try:
        return template.format_map(row)
    except KeyError:
        return None


def _text(row: Row, *names: str) -> str:
    """The first of these fields that is there, as text. Raises _Missing that says which were expected."""
    for name in names:
        value = row.get(name)
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, str | int | float):
            return str(value)
    raise _Missing(
        f"expected the field {' or '.join(map(repr, names))}, got {', '.join(map(repr, row))[:80] or 'none'}"
    )


def _fields(task: Task, row: Row) -> Fields:
    question, gold = _templated(task.question, row), _templated(task.gold, row)
    if question is None or gold is None:
        wanted = task.question if question is None else task.gold
        raise _Missing(f"expected the fields of {wanted!r}, got {', '.join(map(repr, row))[:80] or 'none'}")
    return Fields(question, gold)


def _own(task: Task, row: Row) -> Fields:
    group, level = row.get("group"), row.get("level")
    return Fields(
        _text(row, "question", "prompt", "problem", "input"),
        _text(row, "answer", "gold", "target"),
        None if group is None else str(group),
        None if level is None else str(level),
    )


def _gsm8k(task: Task, row: Row) -> Fields:
    answer = _text(row, "answer")
    if "####" not in answer:
        raise _Missing(f"expected an answer that ends in '#### N', got {answer[-60:]!r}")
    return Fields(_text(row, "question"), answer.rpartition("####")[2].strip().replace(",", ""))


def _svamp(task: Task, row: Row) -> Fields:
    if "Body" in row:
        body = _text(row, "Body").strip()
        question = f"{body if body.endswith(('.', '?', '!', ',')) else body + '.'} {_text(row, 'Question').strip()}"
        return Fields(question, _number(_text(row, "Answer")), _text(row, "Type"))
    return Fields(_text(row, "question"), _number(_text(row, "answer")), _text(row, "type"))


def _gsm_hard(task: Task, row: Row) -> Fields:
    return Fields(_text(row, "question", "input"), _number(_text(row, "target")))


def _number(text: str) -> str:
    """A whole number that was written as a float is written as one."""
    return text.removesuffix(".0")


def _math(task: Task, row: Row) -> Fields:
    solution = _text(row, "solution", "answer")
    gold = row["answer"] if isinstance(row.get("answer"), str) else boxed(solution)
    if gold is None:
        raise _Missing(f"expected a solution with the answer in \\boxed{{}}, got one that ends in {solution[-60:]!r}")
    level = str(row.get("level", "")).removeprefix("Level").strip() or None
    return Fields(_text(row, "problem", "question"), gold, _text(row, "type", "subject"), level)


def _bbh(task: Task, row: Row) -> Fields:
    return Fields(_text(row, "question", "input"), _text(row, "target"))


def _aqua(task: Task, row: Row) -> Fields:
    options = row.get("options")
    if not isinstance(options, list):
        raise _Missing(f"expected 'options', a list, got {options!r:.60}")
    lines = "".join(f"\n({letter}) {text.strip()}" for letter, _, text in (str(o).partition(")") for o in options))
    return Fields(f"{_text(row, 'question')}\nOptions:{lines}", f"({_text(row, 'answer', 'correct')})")


def _game24(task: Task, row: Row) -> Fields:
    return Fields(f"Game of 24: {_text(row, 'puzzle', 'Puzzles')}", "24")


def _poems(task: Task, count: int, seed: int) -> Iterator[Item]:
    """Requests for reversed poems, made from a seed; the gold is what must hold, as data."""
    from slowthink.benchmarks.poem_requests import turned_requests

    for place, row in enumerate(turned_requests(count, seed)):
        lines = {"kind": "count", "unit": "lines", "least": row["lines"], "most": row["lines"]}
        gold = json.dumps([{"kind": "reversed"}, lines])
        yield Item(f"{task.name}/{place}", row["prompt"], gold, task.group, None, "text", task.marking)


READERS: dict[str, Callable[[Task, dict[str, Any]], Fields]] = {
    "fields": _fields,
    "own": _own,
    "gsm8k": _gsm8k,
    "svamp": _svamp,
    "gsm_hard": _gsm_hard,
    "math": _math,
    "bbh": _bbh,
    "aqua": _aqua,
    "game24": _game24,
}
"""The published formats, by the names that tasks give them."""
