"""Judges traces that sort words: `"love": "l" (12)`, `(3) "cat" < (4) "dog"`, `"cat" < "dog" < ["fig" ? "fox"]`.

The idea: what is said of a letter of a word is looked up in the word and in the alphabet, and each `<` between two
quoted words, or two numbers in front of words, is compared. A group in brackets with `?` in it is not sorted yet: it
comes after every word before it and before every word behind it.

Guaranteed: only words of plain letters are compared, by the alphabet, without regard to case. Not covered: whether the
words are those that were given; other orders.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from slowthink.types import Claim, Judgement, Status, Verdict

_WORD: Final = r'"[A-Za-z]{1,40}"'
_GROUP: Final = rf"\[ ?{_WORD}(?: \? {_WORD}){{1,40}} ?\]"
_ITEM: Final = rf"(?:\(\d{{1,2}}\) )?(?:{_WORD}|{_GROUP})"
_CLAIM = re.compile(
    rf"(?P<chain>{_ITEM}(?: < {_ITEM}){{1,60}})"
    r'|"(?P<word>[A-Za-z]{1,40})": "(?P<letter>[A-Za-z])"(?: \((?P<number>\d{1,2})\))?'
    r"|\b(?P<place>(?i:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth)) letter"
)
_PLACES: Final = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"]


@dataclass(frozen=True, slots=True)
class SortingVerifier:
    """The verifier of words in alphabetical order."""

    kind: str = "sorting"

    def check(self, text: str) -> list[Judgement]:
        """One judgement for each letter that is looked up and for each chain of words."""
        return list(_judged(text)) if '"' in text and (" letter" in text or '" < ' in text) else []


def _judged(text: str) -> Iterator[Judgement]:
    """Letters and chains in the order of the text; numbers in a chain are of the letters that were named last."""
    place: int | None = None
    for match in _CLAIM.finditer(text):
        if match["place"]:
            place = _PLACES.index(match["place"].lower())
        elif match["chain"]:
            yield _judgement(match, _chain_verdict(re.findall(_ITEM, match[0]), place))
        elif place is not None:
            yield _judgement(match, _letter_verdict(match, place))


def _letter_verdict(match: re.Match[str], place: int) -> Verdict:
    word, letter = match["word"].lower(), match["letter"].lower()
    if place >= len(word):
        return Verdict(status=Status.UNKNOWN, reason=f"{word!r} has no letter in that place")
    right = word[place]
    if letter != right:
        return _refuted(f"the {_PLACES[place]} letter of {word!r} is {right!r}, not {letter!r}")
    number = ord(right) - ord("a") + 1
    if match["number"] is not None and int(match["number"]) != number:
        return _refuted(f"{right!r} is letter {number} of the alphabet, not {match['number']}")
    return Verdict(status=Status.PROVED, reason=f"{right!r} is the {_PLACES[place]} letter of {word!r}")


def _chain_verdict(items: list[str], place: int | None) -> Verdict:
    words = [[word.lower() for word in re.findall(r'"([A-Za-z]+)"', item)] for item in items]
    if all(item[0] == "(" for item in items):
        return _numbered_verdict([int(item[1 : item.index(")")]) for item in items], words, place)
    last = ""
    for group in words:
        if min(group) < last:
            return _refuted(f"{min(group)!r} comes before {last!r}")
        last = max(group)
    return Verdict(status=Status.PROVED, reason="every word comes after the one before it")


def _numbered_verdict(numbers: list[int], words: list[list[str]], place: int | None) -> Verdict:
    """Whether the numbers rise and are those of the letters of their words."""
    for before, after in pairwise(numbers):
        if before >= after:
            return _refuted(f"{before} does not come before {after}")
    if place is None:
        return Verdict(status=Status.UNKNOWN, reason="which letter the numbers are of is not said")
    for number, group in zip(numbers, words, strict=True):
        for word in group:
            if place < len(word) and ord(word[place]) - ord("a") + 1 != number:
                return _refuted(f"the {_PLACES[place]} letter of {word!r} is {word[place]!r}, not number {number}")
    if any(place >= len(word) for group in words for word in group):
        return Verdict(status=Status.UNKNOWN, reason="a word has no letter in that place")
    return Verdict(status=Status.PROVED, reason="the numbers rise, and are those of the letters")


def _refuted(reason: str) -> Verdict:
    return Verdict(status=Status.REFUTED, reason=reason, witness=reason)


def _judgement(match: re.Match[str], verdict: Verdict) -> Judgement:
    claim = Claim(kind="sorting", text=match[0], start=match.start(), end=match.end())
    return Judgement(claim=claim, verdict=verdict)
