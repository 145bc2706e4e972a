"""The subject of a request as a noun that can stand in a line without an article.

The head of the phrase is its last word before a preposition or a clause. Whether it goes without an article as it is
(`snow`, `Paris`) or as a plural (`seas`) is asked of the model.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass

from slowthink.mind import Mind
from slowthink.models.protocol import Prompt
from slowthink.strategies.word_classes import Noun, looks_plural, plural_of

_CUT = re.compile(
    r"\s+(?:of|in|at|on|by|with|without|from|for|to|that|who|which|whose|where|when|after|before|during|under|over|into|"
    r"between|beyond|near|through|across|against|about|and|or|as|like|is|are|was|were)\b.*",
    re.I,
)
_LEAD = re.compile(r"^(?:the|an?|my|your|his|her|our|their|its|this|that|these|those|all|every|each|some)\s+", re.I)
_LATE_TEXT = "again away alone today tomorrow tonight yesterday now then together apart up down out off"
_LATE = frozenset(_LATE_TEXT.split())


@dataclass(frozen=True)
class Topic:
    """The subject in the request's words, and the noun that it turns on."""

    phrase: str
    head: str

    def names(self, word: str) -> bool:
        """Whether a word of a line is the subject."""
        head = self.head.casefold()
        return word.casefold() in (head, plural_of(head))

    async def noun(self, mind: Mind) -> Noun:
        """The head as a noun without an article, in the number that the model expects."""
        head = self.head
        if not head:
            return Noun("dreams", True)
        if looks_plural(head):
            return Noun(head, True)
        if head[:1].isupper() and not self.phrase.startswith(head.split()[0] + "'"):
            return Noun(head, False)
        many = plural_of(head)
        (much,), (plural, verbal) = await asyncio.gather(
            mind.score(Prompt(text="There was so much"), [f" {head}."]),
            mind.score(Prompt(text="We saw so many"), [f" {many}.", f" {head}."]),
        )
        is_mass = much.logprob > plural.logprob + 3 or (head.endswith("ing") and verbal.logprob > plural.logprob - 2)
        return Noun(head, False) if is_mass else Noun(many, True)


def topic_of(subject: str | None) -> Topic:
    """What a subject turns on."""
    if not subject or not subject.strip():
        return Topic("", "")
    phrase = " ".join(subject.split()).strip(" .,;:!?\"'")
    bare = phrase
    while _LEAD.match(bare):
        bare = _LEAD.sub("", bare)
    bare = re.sub(r"^\w+['’]s?\s+(?=\w)", "", bare)
    kept = [word for word in _CUT.sub("", bare).split() if word.casefold() not in _LATE] or bare.split()
    if len(kept) > 1 and kept[-1].endswith("ing") and looks_plural(kept[-2]):
        kept.pop()
    head = re.sub(r"[^\w'’-]", "", kept[-1]) if kept else ""
    return Topic(phrase, re.sub(r"['’]s?$", "", head))
