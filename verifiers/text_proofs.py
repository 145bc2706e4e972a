"""Checks evidence about quoted text: the statement as data is decided once more, by other means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

VOWELS = frozenset("aeiou")


def refute(statement: object, holds: bool) -> str | None:
    """What is wrong with the evidence that a statement about text holds or does not hold; None where it is right."""
    if not isinstance(statement, dict) or not isinstance(statement.get("negated"), bool):
        return "expected 'statement' as an object with 'negated'"
    texts = statement.get("texts")
    is_listed = isinstance(texts, list) and 0 < len(texts) < 3
    if not is_listed or not all(isinstance(text, str) and len(text) <= 1000 for text in texts or ()):
        return "expected one or two short 'texts'"
    try:
        truths = {truth != statement["negated"] for truth in _truths(statement, [*(texts or ())])}
    except (KeyError, IndexError, TypeError, ValueError) as error:
        return f"the statement lacks something: {error}"
    if truths != {holds}:
        return "the statement does not hold" if holds else "the statement holds, at least in one meaning"
    return None


def _truths(statement: Mapping[str, Any], texts: list[str]) -> Iterator[bool]:
    """The truth in each meaning that the words may have."""
    form, how, text = statement["form"], statement.get("how", ""), texts[0]
    if form == "reversed":
        ways = [list(text)] if how or len(text.split()) < 2 else [list(text), text.split(" ")]
        for way in ways:
            turned = [way[-1 - at] for at in range(len(way))]
            joined = ("" if len(turned) == len(text) else " ").join(turned)
            yield from _alike(texts[1], joined)
    elif form == "palindrome":
        for letters in (list(text), [one for one in text.casefold() if one.isalnum()]):
            yield all(letters[at] == letters[-1 - at] for at in range(len(letters) // 2))
    elif form == "letters":
        letter = statement["letter"]
        for count in {sum(one == letter for one in text), sum(one.lower() == letter.lower() for one in text)}:
            yield statement["count"] == count
            if how == "contains":
                yield statement["count"] <= count
    elif form == "size":
        yield from (statement["count"] == size for size in _sizes(text, how))
    elif form in ("begins", "ends"):
        part = texts[1]
        piece = text[: len(part)] if form == "begins" else text[max(0, len(text) - len(part)) :]
        yield from _alike(part, piece)
    elif form == "has letter":
        yield texts[1] in text
        yield texts[1].lower() in text.lower()
    elif form == "anagram":
        both = [sorted(one for one in given.casefold() if one.isalnum()) for given in texts]
        yield both[0] == both[1]
    else:
        raise ValueError(f"the form {form!r} is not known")


def _alike(left: str, right: str) -> Iterator[bool]:
    yield left == right
    yield left.casefold() == right.casefold()


def _sizes(text: str, unit: str) -> Iterator[int]:
    letters = [one for one in text.lower() if one.isalpha()]
    vowels = len([one for one in letters if one in VOWELS])
    if unit == "letters":
        yield len(letters)
    elif unit == "characters":
        yield from (len(text), sum(one != " " for one in text))
    elif unit == "words":
        yield len(text.split())
    elif unit in ("vowels", "consonants"):
        for found in {vowels, vowels + letters.count("y")}:
            yield found if unit == "vowels" else len(letters) - found
    else:
        yield len(set(letters))
