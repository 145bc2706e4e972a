"""Shapes of sentences whose words, read backwards, are a sentence of another or the same shape.

English puts an adjective before its noun and what a thing becomes behind it, an adverb at either end, the small word
between two nouns or two sentences. So `ADJ noun CAUSE noun ADJ` reads both ways, and a few more do. A shape is a row of
kinds of words around a middle verb; what comes before it and what comes behind it are its two ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from slowthink.strategies.word_classes import (
    ADJECTIVES,
    ADVERBS,
    BOTH_WAYS,
    CAUSES,
    JOINTS,
    PREPOSITIONS,
    VERBS,
    Noun,
)

Kind = Literal["noun", "adj", "adv", "prep", "and", "joint", "verb", "cause", "are", "order"]


@dataclass(frozen=True)
class Shape:
    """A row of kinds of words, and the place of the one where both ends meet."""

    name: str
    slots: tuple[Kind, ...]
    middle: int

    @property
    def left(self) -> tuple[Kind, ...]:
        """The end that the line begins with."""
        return self.slots[: self.middle]

    @property
    def right(self) -> tuple[Kind, ...]:
        """The other end, as the line that is read backwards begins with it."""
        return self.slots[: self.middle : -1]


SHAPES = (
    Shape("pair", ("noun", "and", "noun", "verb", "noun"), 3),
    Shape("two pairs", ("noun", "and", "noun", "verb", "noun", "and", "noun"), 3),
    Shape("become", ("adj", "noun", "cause", "noun", "adj"), 2),
    Shape("two places", ("noun", "prep", "noun", "verb", "noun", "and", "noun"), 3),
    Shape("place", ("noun", "prep", "noun", "verb", "noun"), 3),
    Shape("joint", ("noun", "verb", "noun", "joint", "noun", "verb", "noun"), 3),
    Shape("adverb", ("adv", "noun", "verb", "noun"), 2),
    Shape("being", ("noun", "are", "noun", "prep", "noun"), 1),
    Shape("orders", ("order", "noun", "and", "order", "noun"), 2),
)
"""In the order in which they are worth trying."""
SMALL_KINDS: tuple[Kind, ...] = ("and", "prep", "joint", "are")


def choices(kind: Kind, plural: bool) -> tuple[str, ...]:
    """The words of a closed class; verbs in the forms that go with the nouns around them."""
    match kind:
        case "adj":
            return ADJECTIVES
        case "adv":
            return ADVERBS
        case "prep":
            return PREPOSITIONS
        case "and":
            return ("and",)
        case "joint":
            return JOINTS
        case "are":
            return ("are", "were") if plural else ("was",)
        case "order":
            return BOTH_WAYS if plural else ()
        case "verb" | "cause":
            forms = VERBS if kind == "verb" else CAUSES
            return (*forms, *forms.values()) if plural else tuple(forms.values())
        case "noun":
            return ()


def shape_of(words: tuple[str, ...], is_noun: dict[str, Noun]) -> Shape | None:
    """The first shape that the words have, for lines that somebody else proposes."""
    for shape in SHAPES:
        if len(shape.slots) == len(words) and all(
            word in is_noun if kind == "noun" else word in choices(kind, plural=True)
            for word, kind in zip(words, shape.slots, strict=True)
        ):
            return shape
    return None
