"""The closed classes of words that a line read both ways is built from, and how the model tells open ones apart.

Verbs, adjectives, adverbs and small words are lists. Nouns are not: the model proposes them, and is asked between which
small words it expects each (`so many ...`, `so much ...`, `very ...`). That is a guess, good enough to propose with.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass

from slowthink.mind import Mind
from slowthink.models.protocol import Prompt

_VERBS_TEXT = (
    "carry:carried follow:followed love:loved remember:remembered watch:watched guard:guarded "
    "hold:held hide:hid shape:shaped change:changed guide:guided greet:greeted meet:met teach:taught heal:healed "
    "haunt:haunted need:needed know:knew bring:brought warm:warmed "
    "surround:surrounded welcome:welcomed answer:answered embrace:embraced inspire:inspired "
    "protect:protected reveal:revealed seek:sought hear:heard create:created "
    "shelter:sheltered honor:honored bless:blessed join:joined trust:trusted "
    "celebrate:celebrated comfort:comforted"
)
VERBS = dict(pair.split(":") for pair in _VERBS_TEXT.split())
"""Verbs that take an object, and of which much that acts may also be acted on."""
CAUSES = {"make": "made", "keep": "kept", "leave": "left", "find": "found"}
"""Verbs that take an object and what it becomes."""
_BOTH_WAYS_TEXT = "remember follow watch change gather move sing open return answer wake burn heal meet travel"
BOTH_WAYS = tuple(_BOTH_WAYS_TEXT.split())
"""Verbs with or without an object."""
_ADJECTIVES_TEXT = (
    "happy sad free calm bright golden green silent warm cold strong brave young wild quiet gentle clean safe "
    "beautiful dark dry hungry empty proud humble rich clear sweet fresh soft white blue red busy lonely restless "
    "hopeful honest holy famous patient curious pure deep old tired kind wise"
)
ADJECTIVES = tuple(_ADJECTIVES_TEXT.split())
"""Adjectives that stand before a noun and behind a verb alike."""
_ADVERBS_TEXT = (
    "sometimes often softly slowly gently quietly silently secretly patiently forever today tonight everywhere again"
)
ADVERBS = tuple(_ADVERBS_TEXT.split())
"""Adverbs that may open a sentence and close it."""
PREPOSITIONS = ("beyond", "beside", "near", "above", "beneath", "with", "of", "behind", "under")
JOINTS = ("while", "and", "as", "because", "when", "before", "where")
"""What stands between two sentences and makes one of them, in either order."""
_SMALL_TEXT = (
    "the a an this that these those and or but nor so yet for of in on at by to from with without into onto over "
    "under above below beyond beside near behind beneath between among through across around against about as like "
    "than if when while where because before after until since though although i you he she it we they me him her "
    "us them my your his its our their mine yours hers ours theirs myself yourself itself ourselves themselves who "
    "whom whose which what how why all any some each every both few many more most much other others another such "
    "no not only own same too very just also even still ever never always often again here there now then once up "
    "down out off am is are was were be been being have has had having do does did doing will would can could shall "
    "should may might must one two three four five six seven eight nine ten everyone everything nothing something "
    "anything nobody somebody someone anyone none ones thing things lot lots kind kinds sort sorts way ways times"
)
SMALL = frozenset(_SMALL_TEXT.split())
"""Words without a content of their own."""
_OPEN_ENDED_TEXT = (
    "the a an this these those and or but nor so of in on at by to from with without into onto than if when while "
    "where because until since though although my your its our their whose which what who that's is are was were be "
    "been as am has have had will would can could shall should may might must not very every each some it's there's for"
)
OPEN_ENDED = frozenset(_OPEN_ENDED_TEXT.split())
"""Words behind which a line of verse seems cut off."""
_IRREGULAR = {
    "child": "children", "man": "men", "woman": "women", "foot": "feet", "tooth": "teeth", "mouse": "mice",
    "goose": "geese", "person": "people", "leaf": "leaves", "life": "lives", "wife": "wives", "knife": "knives",
    "wolf": "wolves", "half": "halves", "loaf": "loaves", "thief": "thieves", "shelf": "shelves", "calf": "calves",
    "fisherman": "fishermen", "ox": "oxen", "sheep": "sheep", "deer": "deer", "potato": "potatoes", "hero": "heroes",
    "tomato": "tomatoes", "echo": "echoes", "volcano": "volcanoes", "self": "selves",
}  # fmt: skip
PLURALS = frozenset(_IRREGULAR.values())
FRAMES = {
    "many": "We saw so many",
    "much": "There was so much",
    "one": "It was a",
    "quality": "They were very",
    "deed": "They began to",
}


@dataclass(frozen=True)
class Noun:
    """A noun without an article; `plural` tells which form of a verb goes with it."""

    text: str
    plural: bool


def plural_of(word: str) -> str:
    """The plural of a noun, by rule or from the short list of others."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    for singular, plural in (("woman", "women"), ("man", "men"), ("child", "children")):
        if word.endswith(singular) and word != "human":
            return word.removesuffix(singular) + plural
    if re.search(r"[^aeiou]y$", word):
        return word[:-1] + "ies"
    return word + ("es" if re.search(r"(?:s|x|z|ch|sh)$", word) else "s")


def looks_plural(word: str) -> bool:
    """Whether a noun has the form of a plural."""
    return word in PLURALS or (word.endswith("s") and not word.endswith(("ss", "us", "is", "news")))


async def nouns_among(words: list[str], mind: Mind) -> list[Noun]:
    """The words that the model takes for nouns which need no article, singular ones of things made plural."""
    forms = list(dict.fromkeys(form for word in words for form in _forms(word)))
    if not forms:
        return []
    asked = (mind.score(Prompt(text=frame), [f" {form}." for form in forms]) for frame in FRAMES.values())
    likely = {
        name: dict(zip(forms, [one.logprob for one in found], strict=True))
        for name, found in zip(FRAMES, await asyncio.gather(*asked), strict=True)
    }
    found = [noun for word in words if (noun := _noun(word, likely)) is not None]
    return list(dict.fromkeys(found))


def _forms(word: str) -> tuple[str, ...]:
    return (word,) if looks_plural(word) else (word, plural_of(word))


def _noun(word: str, likely: dict[str, dict[str, float]]) -> Noun | None:
    many = _forms(word)[-1]
    others = [likely[name][many] for name in ("much", "one", "quality", "deed")]
    is_plural = likely["many"][many] > max(others)
    if looks_plural(word):
        return Noun(word, True) if is_plural else None
    if word.endswith("ing"):
        return None
    unlike = max(likely[name][word] for name in ("many", "quality", "deed"))
    if likely["much"][word] > max(unlike + 1, likely["many"][many] + 1.5, likely["one"][word] - 0.5):
        return Noun(word, False)
    is_thing = max(likely["one"][word], likely["much"][word]) > unlike
    return Noun(many, True) if is_plural and is_thing else None
