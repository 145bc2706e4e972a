"""Few-shot examples: worked questions from a task's training split, as earlier turns of the conversation.

They never come from the test: where a task has no training split there are none, and a training question whose words
are those of a question that is asked is left out.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from pathlib import Path

from slowthink.benchmarks.readers import worked
from slowthink.benchmarks.sources import rows_of
from slowthink.benchmarks.task import Item, Task
from slowthink.errors import InputError
from slowthink.types import Message


def examples(task: Task, items: Iterable[Item], count: int, data: Path | None, seed: int) -> tuple[Message, ...]:
    """`count` examples drawn with a seed, each a question and its worked solution; the same for every item.

    Raises InputError where there are not so many.
    """
    if count < 0:
        raise InputError(f"expected 0 or more examples with --shots, got {count}")
    if count == 0:
        return ()
    if task.parts:
        raise InputError(f"expected a single task with --shots: {task.name} is made of {', '.join(task.parts)}")
    found = rows_of(task, data, "train")
    asked = {_words(item.question) for item in items}
    pairs = [pair for row in found.rows if (pair := worked(task, row)) and _words(pair[0]) not in asked]
    if len(pairs) < count:
        raise InputError(f"expected {count} worked questions for --shots, got {len(pairs)} in {found.where}")
    turns: list[Message] = []
    for question, answer in random.Random(seed).sample(pairs, count):
        turns += [Message(role="user", content=question), Message(role="assistant", content=answer)]
    return tuple(turns)


def _words(question: str) -> str:
    return " ".join(question.split()).casefold()
