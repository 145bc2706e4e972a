"""What a text must be like, as data that judges any text: lines, words, letters, acrostics, turned words, rhymes.

Each constraint is a small model with a `kind`; a list of them is read from JSON by `read_constraints`. `judge` is
exact: PROVED and REFUTED say whether the text satisfies the constraint as it is defined here, with what is wrong as the
witness. Rhymes go by the CMU pronouncing dictionary, where it is installed and knows the words; else UNKNOWN.

Lines are those that are not blank; words are runs of letters, digits and apostrophes, compared without case.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from slowthink.errors import InputError
from slowthink.types import Frozen, Status, Verdict
from slowthink.verifiers.rhymes import rhyme

MAX_TEXT = 1 << 20
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
Unit = Literal["lines", "words", "characters", "letters", "sentences", "paragraphs"]


class Count(Frozen):
    """So many lines, words, characters, letters, sentences or paragraphs; with `each_line`, in every line."""

    kind: Literal["count"] = "count"
    unit: Unit
    least: int | None = Field(default=None, ge=0)
    most: int | None = Field(default=None, ge=0)
    each_line: bool = False


class LetterCount(Frozen):
    """A letter occurs so often, capital or not."""

    kind: Literal["letter_count"] = "letter_count"
    letter: str = Field(min_length=1, max_length=1)
    least: int = Field(default=0, ge=0)
    most: int | None = Field(default=None, ge=0)


class Acrostic(Frozen):
    """The first (or last) letters of the lines spell a word."""

    kind: Literal["acrostic"] = "acrostic"
    word: str = Field(min_length=1)
    last: bool = False


class Required(Frozen):
    """Every one of these words or phrases occurs as a whole word or phrase."""

    kind: Literal["required"] = "required"
    words: tuple[str, ...] = Field(min_length=1)


class Forbidden(Frozen):
    """None of these words or phrases occurs as a whole word or phrase."""

    kind: Literal["forbidden"] = "forbidden"
    words: tuple[str, ...] = Field(min_length=1)


class Distinct(Frozen):
    """No word (or no line) occurs twice."""

    kind: Literal["distinct"] = "distinct"
    unit: Literal["words", "lines"] = "words"


class Reversed(Frozen):
    """The words (or letters) of a line are those of another line in the opposite order; lines count from 0, or -1."""

    kind: Literal["reversed"] = "reversed"
    line: int = -1
    of: int | str = 0
    unit: Literal["words", "letters"] = "words"


class Line(Frozen):
    """A line is this text, without case and the signs at its ends; lines count from 0, or -1."""

    kind: Literal["line"] = "line"
    line: int = -1
    text: str = Field(min_length=1)


class Same(Frozen):
    """Two lines are the same, without case and the signs at their ends."""

    kind: Literal["same"] = "same"
    line: int = -1
    of: int = 0


class Starts(Frozen):
    """The text, or every line, begins with this."""

    kind: Literal["starts"] = "starts"
    text: str = Field(min_length=1)
    each_line: bool = False


class Ends(Frozen):
    """The text, or every line, ends with this."""

    kind: Literal["ends"] = "ends"
    text: str = Field(min_length=1)
    each_line: bool = False


class Rhyme(Frozen):
    """Lines with the same letter of the scheme rhyme (`ABAB`), repeated over the text; `-` rhymes with nothing."""

    kind: Literal["rhyme"] = "rhyme"
    scheme: str = Field(pattern=r"^[A-Za-z-]{1,60}$")


Constraint = Annotated[
    Count | LetterCount | Acrostic | Required | Forbidden | Distinct | Reversed | Line | Same | Starts | Ends | Rhyme,
    Field(discriminator="kind"),
]
_ADAPTER: TypeAdapter[list[Constraint]] = TypeAdapter(list[Constraint])


def read_constraints(data: object) -> list[Constraint]:
    """Constraints from plain data. Raises InputError that names the first thing that is wrong with it."""
    try:
        return _ADAPTER.validate_python(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError(
            f"expected a list of text constraints such as {{'kind': 'count', 'unit': 'lines', 'least': 4}}; of "
            f"{where or 'it'} it must be said: {first['msg']}"
        ) from error


def judge(constraint: Constraint, text: str) -> Verdict:
    """Whether a text satisfies a constraint, and what shows it."""
    if len(text) > MAX_TEXT:
        return Verdict(status=Status.UNKNOWN, reason=f"a text of more than {MAX_TEXT} characters is not judged")
    wrong: str | None
    match constraint:
        case Count():
            wrong = _count(constraint, text)
        case LetterCount():
            found = text.casefold().count(constraint.letter.casefold())
            wrong = _outside(found, constraint.least, constraint.most, f"{constraint.letter!r}")
        case Acrostic():
            wrong = _acrostic(constraint, text)
        case Required():
            wrong = _listed("missing: ", [word for word in constraint.words if not _holds(word, text)])
        case Forbidden():
            wrong = _listed("it has: ", [word for word in constraint.words if _holds(word, text)])
        case Distinct():
            units = words(text) if constraint.unit == "words" else [line.casefold() for line in lines(text)]
            wrong = _listed("more than once: ", [unit for unit, count in Counter(units).items() if count > 1])
        case Reversed():
            wrong = _reversed(constraint, text)
        case Line() | Same():
            wrong = _alike(constraint, text)
        case Starts() | Ends():
            wrong = _ended(constraint, text)
        case Rhyme():
            return _rhymes(constraint, text)
    return _verdict(wrong)


def judge_all(constraints: Iterable[Constraint], text: str) -> Verdict:
    """All constraints at once: one that is refuted refutes the text, one that is unknown leaves it unknown."""
    verdicts = [judge(constraint, text) for constraint in constraints]
    for status in (Status.REFUTED, Status.UNKNOWN):
        for verdict in verdicts:
            if verdict.status is status:
                return verdict
    return Verdict(status=Status.PROVED, reason="every constraint holds")


def lines(text: str) -> list[str]:
    """The lines of a text that are not blank."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def words(text: str) -> list[str]:
    """The words of a text, without case."""
    return [word.casefold() for word in _WORD.findall(text)]


def _verdict(wrong: str | None) -> Verdict:
    if wrong is None:
        return Verdict(status=Status.PROVED, reason="it holds")
    return Verdict(status=Status.REFUTED, reason=wrong, witness=wrong)


def _listed(what: str, found: list[str]) -> str | None:
    return what + ", ".join(found[:8]) + (" ..." if len(found) > 8 else "") if found else None


def _outside(found: int, least: int | None, most: int | None, what: str) -> str | None:
    if least is not None and found < least:
        return f"{found} {what}, at least {least} expected"
    return f"{found} {what}, at most {most} expected" if most is not None and found > most else None


def _count(constraint: Count, text: str) -> str | None:
    parts = lines(text) if constraint.each_line else [text]
    for number, part in enumerate(parts, 1):
        wrong = _outside(_size(part, constraint.unit), constraint.least, constraint.most, constraint.unit)
        if wrong:
            return f"line {number}: {wrong}" if constraint.each_line else wrong
    return None


def _size(text: str, unit: Unit) -> int:
    if unit == "lines":
        return len(lines(text))
    if unit == "words":
        return len(words(text))
    if unit == "sentences":
        return len(re.findall(r"[^.!?\s][^.!?]*(?:[.!?]+|$)", text.strip()))
    if unit == "paragraphs":
        return len([part for part in re.split(r"\n\s*\n", text) if part.strip()])
    return len(text) if unit == "characters" else sum(character.isalpha() for character in text)


def _acrostic(constraint: Acrostic, text: str) -> str | None:
    letters = [[one for one in line if one.isalnum()] for line in lines(text)]
    spelled = "".join((line[-1] if constraint.last else line[0]) if line else "_" for line in letters)
    wanted = "".join(one for one in constraint.word if one.isalnum())
    if spelled.casefold() == wanted.casefold():
        return None
    return f"the {'last' if constraint.last else 'first'} letters of the lines are {spelled[:60]!r}"


def _holds(phrase: str, text: str) -> bool:
    inner = r"\s+".join(map(re.escape, phrase.split()))
    return re.search(rf"(?<!\w){inner}(?!\w)", text, re.I) is not None


def _reversed(constraint: Reversed, text: str) -> str | None:
    given = lines(text)
    try:
        line = given[constraint.line]
        source = constraint.of if isinstance(constraint.of, str) else given[constraint.of]
    except IndexError:
        return f"there are {len(given)} lines"
    units = words if constraint.unit == "words" else _letters_of
    wanted, found = units(source)[::-1], units(line)
    if wanted == found:
        return None
    at = next((i for i, (a, b) in enumerate(zip(wanted, found, strict=False)) if a != b), min(len(wanted), len(found)))
    expected = wanted[at] if at < len(wanted) else "the end"
    got = found[at] if at < len(found) else "the end"
    return f"{constraint.unit[:-1]} {at + 1} should be {expected!r} and is {got!r}"


def _alike(constraint: Line | Same, text: str) -> str | None:
    given = lines(text)
    try:
        line = given[constraint.line]
        wanted = constraint.text if isinstance(constraint, Line) else given[constraint.of]
    except IndexError:
        return f"there are {len(given)} lines"
    return None if _bare(line) == _bare(wanted) else f"the line is {line[:80]!r} and should be {wanted[:80]!r}"


def _bare(line: str) -> str:
    return " ".join(line.casefold().split()).strip(" .,;:!?\"'“”‘’-—–")


def _letters_of(text: str) -> list[str]:
    return [one for one in text.casefold() if one.isalnum()]


def _ended(constraint: Starts | Ends, text: str) -> str | None:
    for number, part in enumerate(lines(text) if constraint.each_line else [text.strip()], 1):
        held = part.casefold()
        wanted = constraint.text.strip().casefold()
        if not (held.startswith(wanted) if isinstance(constraint, Starts) else held.endswith(wanted)):
            where = f"line {number}" if constraint.each_line else "it"
            return f"{where} {'begins' if isinstance(constraint, Starts) else 'ends'} with something else"
    return None


def _rhymes(constraint: Rhyme, text: str) -> Verdict:
    given, doubt = lines(text), ""
    scheme = constraint.scheme
    for number, line in enumerate(given):
        letter, verse = scheme[number % len(scheme)], number // len(scheme)
        if letter == "-":
            continue
        before = [i for i in range(verse * len(scheme), number) if scheme[i % len(scheme)] == letter]
        if not before:
            continue
        holds, why = rhyme(given[before[-1]], line)
        if holds is False:
            return _verdict(f"lines {before[-1] + 1} and {number + 1} do not rhyme: {why}")
        doubt = doubt or ("" if holds else why)
    if len(given) % len(scheme):
        return _verdict(f"{len(given)} lines are no whole number of verses of {len(scheme)}")
    return Verdict(status=Status.UNKNOWN, reason=doubt) if doubt else _verdict(None)


def evidence(constraints: Iterable[Constraint], text: str) -> dict[str, Any]:
    """What shows that a text satisfies constraints: both, so that it can be judged again."""
    return {"constraints": [constraint.model_dump(mode="json") for constraint in constraints], "text": text}
