"""Requests for a poem or a text in lines, read from people's words: by phrases that are known, and by likeness.

One thing is asked for in more ways than phrases can list: a last line that is the first one turned around. There the
likeness to other wordings (`request_likeness`) has a say, also in what the subject is, and the reading tells what only
likeness says (`guessed`).
"""

from __future__ import annotations

import re

from slowthink.types import Problem
from slowthink.verifiers.constraints import Count, Line, Reversed, Same, read_constraints
from slowthink.verifiers.request_likeness import Likeness, likeness
from slowthink.verifiers.text_phrases import (
    MAX_REQUEST,
    NUMBER,
    TextRequest,
    number_of,
    read_by_phrases,
    read_loosely,
    sort_of,
)

ENOUGH = {"other": -0.5, "nothing": 0.0}
"""Log odds from which there is a turned line although phrases say something else, or nothing."""
SURE, SURER = 0.2, 0.95
"""Shares from which likeness names the subject where phrases name none, and where they name another one."""
_IN_LINES = re.compile(
    r"\b(?:poe(?:ms?|try|tic)|verses?|lyrics?|lines?|rhym(?:es?|ing)|stanzas?|odes?|ballads?|songs?)\b", re.I
)


def asked_of(problem: Problem, reads_words: bool = True) -> TextRequest | None:
    """What a problem asks of a text: the constraints that it carries under `text`, and those that its words say.

    A conversation is not read, since what was said before may change what is asked. Raises InputError for data that
    are no constraints.
    """
    carried = read_constraints((problem.constraints or {}).get("text") or [])
    said = read_text_request(problem.question) if reads_words and len(problem.messages) == 1 else None
    if said is None and not carried:
        return None
    if said is None:
        said = read_loosely(problem.question, counts=False)
    more = [one for one in carried if one not in said.constraints]
    return said.model_copy(update={"constraints": (*said.constraints, *more)})


def read_text_request(request: str, model: Likeness | None = None) -> TextRequest | None:
    """What a request asks of a text, by its phrases and by its likeness to others.

    `model` is what judges likeness (default: the one of the package). None where nothing of the request is a constraint
    that can be checked.
    """
    read = read_by_phrases(request)
    if len(request) > MAX_REQUEST or _IN_LINES.search(request) is None:
        return read
    return _by_likeness(request, read, model or likeness())


def _by_likeness(request: str, read: TextRequest | None, model: Likeness) -> TextRequest | None:
    """The reading with what likeness adds to it.

    It takes nothing away: of wordings that leave open what is turned (`reversed`, `backwards`) the writers had too few.
    """
    sort = sort_of(read)
    guessed = []
    if read is None or sort != "turned":
        if model.turned(request, sort) < ENOUGH[sort]:
            return read
        if any(isinstance(one, Same | Line | Reversed) for one in (read.constraints if read else ())):
            return read
        read = read or read_loosely(request)
        read = read.model_copy(update={"constraints": (*read.constraints, Reversed())})
        guessed.append("that the last line is the first one, its words turned around")
    found = model.subject(request, read.subject)
    if found is not None and found[1] >= (SURER if read.subject else SURE) and found[0] != read.subject:
        read = read.model_copy(update={"subject": found[0]})
        guessed.append(f"that it is about {found[0]}")
    if not any(isinstance(one, Count) for one in read.constraints) and (size := _only_number(request, read.subject)):
        read = read.model_copy(update={"constraints": (Count(unit="lines", least=size, most=size), *read.constraints)})
        guessed.append(f"that {size} is its number of lines")
    return read.model_copy(update={"guessed": tuple(guessed)})


def _only_number(request: str, subject: str | None) -> int | None:
    """The one number from 2 to 60 beside the subject; None where there is none or another."""
    rest = request.replace(subject, " ") if subject else request
    found = {number_of(match[0]) for match in re.finditer(rf"\b{NUMBER}\b", rest, re.I)} - {1}
    return found.pop() if len(found) == 1 and max(found) <= 60 else None
