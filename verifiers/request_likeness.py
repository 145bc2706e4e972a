"""What a request for a poem is likely to ask, judged by its likeness to wordings whose meaning is known.

The closed reader of `text_phrases` knows phrases; people know more of them. Two linear models over the words of a
request, fitted to some thousands of wordings (`python -m slowthink.benchmarks.poem_wordings` fits them and says how far
they hold for writers that they have not seen), answer what it leaves open: whether the last line is to be the first one
with its words turned around, and which words name the subject. Likeness is no proof: whoever uses it says so.
"""

from __future__ import annotations

import gzip
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from slowthink.verifiers.text_phrases import NUMBERS

WEIGHTS = Path(__file__).parent / "request_likeness.json.gz"
LONGEST = 10
"""Tokens of a subject."""
NO_SUBJECT = "none"
BARE = 0.75
"""Share of the probability from which a request is taken to name no subject."""
WIDER = 0.25
"""How likely, beside the likeliest run of words, a longer one around it must be to be taken in its place."""
OTHER = "*"
"""A word outside the vocabulary."""
_TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*|\d+|[^\w\s]")
_NUMBERS = frozenset(name.removeprefix("a ") for name in NUMBERS)
_BARRIERS = frozenset('.?!;:|()[]=/"“”—–')
_UNENDED = frozenset({"the", "a", "an", "my", "your", "its", "of", "and", "or", "with", "to", "as", "is", "be"})
"""Words that no subject ends with."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word, number or sign of a request: how it is compared, and where it stands."""

    text: str
    start: int
    end: int


def tokens_of(request: str) -> list[Token]:
    """The words, numbers (all as `#`) and signs of a request, in lower case."""
    found = []
    for match in _TOKEN.finditer(request.replace("’", "'")):
        word = match[0].lower()
        found.append(Token("#" if word.isdigit() or word in _NUMBERS else word, match.start(), match.end()))
    return found


def phrases(words: Sequence[str]) -> set[str]:
    """Runs of one to three words, and pairs of known words with up to three between them."""
    row = ["<", *words, ">"]
    found = {" ".join(row[i : i + size]) for size in (1, 2, 3) for i in range(len(row) - size + 1)}
    found |= {
        f"{row[i]} ~ {row[i + gap]}"
        for gap in (2, 3, 4)
        for i in range(len(row) - gap)
        if OTHER not in (row[i], row[i + gap])
    }
    return found


def spans(words: Sequence[str]) -> Iterator[tuple[int, int]]:
    """What may be a subject: runs of words without a sign that ends a phrase, or an end that asks for more."""
    for start in range(len(words)):
        if not _is_word(words[start]):
            continue
        for end in range(start + 1, min(len(words), start + LONGEST) + 1):
            if words[end - 1] in _BARRIERS:
                break
            if _is_word(words[end - 1]) and words[end - 1] not in _UNENDED:
                yield start, end


def _is_word(token: str) -> bool:
    return token in (OTHER, "#") or token[:1].isalpha()


def traits(words: Sequence[str], start: int, end: int) -> list[str]:
    """What stands before, behind and in a run of words."""

    def at(place: int) -> str:
        return "<" if place < 0 else ">" if place >= len(words) else words[place]

    before, behind, first, last = at(start - 1), at(end), at(start), at(end - 1)
    found = [
        f"L {before}",
        f"L {at(start - 2)} {before}",
        f"L {at(start - 3)} {at(start - 2)} {before}",
        f"l {at(start - 2)}",
        f"R {behind}",
        f"R {behind} {at(end + 1)}",
        f"R {behind} {at(end + 1)} {at(end + 2)}",
        f"r {at(end + 1)}",
        f"LR {before} {behind}",
        f"F {first}",
        f"E {last}",
        f"LF {before} {first}",
        f"ER {last} {behind}",
        f"n {min(end - start, 6)}",
        f"o {min(words[start:end].count(OTHER), 3)}",
    ]
    found += [f"I {word}" for word in set(words[start:end])]
    return found


def place_of(request: str, tokens: Sequence[Token], phrase: str | None) -> tuple[int, int] | None:
    """The tokens of a phrase of the request; None where its words do not stand in it."""
    match = re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", request) if phrase else None
    if match is None:
        return None
    inside = [i for i, token in enumerate(tokens) if match.start() <= token.start and token.end <= match.end()]
    return (inside[0], inside[-1] + 1) if inside else None


def agreement(run: tuple[int, int], read: tuple[int, int]) -> str:
    """How a run of words stands to what the closed reader took for the subject."""
    if run == read:
        return "read same"
    if run[0] == read[0] or run[1] == read[1]:
        return "read part"
    return "read none" if run[1] <= read[0] or run[0] >= read[1] else "read over"


@dataclass(frozen=True)
class Likeness:
    """The two models; `turned` and `subject` are logs of odds and shares of probability, as fitted."""

    vocabulary: frozenset[str]
    turned_weights: Mapping[str, float]
    subject_weights: Mapping[str, float]

    def known(self, tokens: Sequence[Token]) -> list[str]:
        """The words of a request, those outside the vocabulary as `*`."""
        return [token.text if token.text in self.vocabulary else OTHER for token in tokens]

    def turned(self, request: str, read: str) -> float:
        """Log odds that the last line of a poem is to be the first one's words turned around.

        `read` says what the closed reader made of the request: `turned`, `other` or `nothing`.
        """
        weights = self.turned_weights
        found = [weights[one] for one in phrases(self.known(tokens_of(request))) if one in weights]
        return sum(found) / math.sqrt(max(1, len(found))) + weights[f"read {read}"] + weights["bias"]

    def subject(self, request: str, read: str | None) -> tuple[str, float] | None:
        """The words that name the subject, with their share of the probability; None where none is likelier.

        `read` is what the closed reader took for it.
        """
        tokens = tokens_of(request)
        words = self.known(tokens)
        runs = list(spans(words))
        weights = self.subject_weights
        scores = [sum(weights.get(one, 0.0) for one in traits(words, *run)) for run in runs]
        if (place := place_of(request, tokens, read)) is not None:
            for i, run in enumerate(runs):
                scores[i] += weights.get(agreement(run, place), 0.0)
        top = max([*scores, weights[NO_SUBJECT]])
        shares = [math.exp(score - top) for score in scores]
        none = math.exp(weights[NO_SUBJECT] - top)
        total = sum(shares) + none
        if not runs or none >= BARE * total:
            return None
        best = runs[shares.index(max(shares))]
        wider = [
            run
            for run, share in zip(runs, shares, strict=True)
            if run[0] <= best[0] and best[1] <= run[1] and share >= WIDER * max(shares)
        ]
        start, end = max(wider, key=lambda run: run[1] - run[0])
        near = sum(share for run, share in zip(runs, shares, strict=True) if run[0] < end and start < run[1])
        return request[tokens[start].start : tokens[end - 1].end], near / total


@cache
def likeness() -> Likeness:
    """The models that come with the package."""
    with gzip.open(WEIGHTS, "rt", encoding="utf-8") as file:
        saved = json.load(file)
    return Likeness(frozenset(saved["vocabulary"]), saved["turned"], saved["subject"])
