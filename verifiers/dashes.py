"""Dashes between steps made commas, and the numbers of steps told in order made semicolons.

The idea: `take 10 - add 3 - then halve it` is three steps, and `10 - minus 4` is a difference. A dash is between steps
only where steps are told before it; where it may be a sign it stays one. Every offset stays what it was.

Not covered: dashes without blanks around them, which are hyphens, ranges or signs.
"""

from __future__ import annotations

import re
from typing import Final

from slowthink.verifiers.verbs import FORMS

_VERBS = "|".join(sorted({re.escape(word) for word in FORMS}, key=len, reverse=True))
# What begins a row of steps, beside the verbs of arithmetic.
_BEGINS = (
    r"start|starting|begin|beginning|began|started|think|pick|choose|imagine|have|had|got|square|cube|double|triple"
)
_SIGN_WORDS: Final = r"minus|plus|times|negative|positive|over|x"
_DASH: Final = re.compile(
    rf"(?<=\s)(?:--|[-–—])(?=\s+(?!(?:{_SIGN_WORDS})\b)(?:(?P<asks>and|then|now|finally|next|what|how)|{_VERBS})\b)",
    re.IGNORECASE,
)
_LONG_DASH: Final = re.compile(rf"—(?=\s*(?!(?:{_SIGN_WORDS})\b)(?:(?P<asks>[^\W\d])))", re.IGNORECASE)
_SENTENCE_END: Final = re.compile(r"[.!?\n]\s")
_TELLS: Final = re.compile(rf"\b(?!(?:{_SIGN_WORDS})\b)(?:{_VERBS}|{_BEGINS})\b", re.IGNORECASE)
_ITEM: Final = re.compile(r"(?:(?<=\s)|^)(?:\((?P<a>[1-4a-d])\)|(?P<b>[1-4a-d])\)|(?P<c>[1-4])\.)(?=\s+[A-Za-z])")


def _comma_for(dash: re.Match[str]) -> str:
    """A comma for a dash between steps; behind numbers alone (`50 - cut 5`) it may be a sign."""
    if not dash["asks"]:
        said = _SENTENCE_END.split(dash.string[: dash.start()])[-1]
        if _TELLS.search(said) is None:
            return dash[0]
    return ",".ljust(len(dash[0]))


def as_sentences(question: str) -> str:
    """The question with commas for dashes between sentences, and semicolons for the numbers of steps told in order."""
    text = _LONG_DASH.sub(_comma_for, _DASH.sub(_comma_for, question))
    items = [next(name for name in match.groups() if name) for match in _ITEM.finditer(text)]
    if len(items) > 1 and "".join(items) in ("12", "123", "1234", "ab", "abc", "abcd"):
        first = _ITEM.search(text)
        start = first.start() if first else 0
        text = text[:start] + _ITEM.sub(
            lambda match: (";" if match.start() > start else "").ljust(len(match[0])), text[start:]
        )
        text = re.sub(r"[.,;:]([\s]*);", r" \1;", text)
    return text
