"""Whether two words rhyme, by the CMU pronouncing dictionary (the `pronouncing` package, an extra: `slowthink[rhyme]`).

Two words rhyme where some pronunciations of them are alike from the last stressed vowel on. Without the package, or for
a word that is not in the dictionary, nothing is said.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from typing import Any

_LAST_WORD = re.compile(r"([A-Za-z'’]+)[^A-Za-z]*$")


@cache
def _library() -> Any:
    """The package; None where it is not installed."""
    try:
        return import_module("pronouncing")
    except ImportError:
        return None


def rhyming_parts(word: str) -> frozenset[str] | None:
    """What the pronunciations of a word sound like from the last stressed vowel on; None where that is not known."""
    library = _library()
    if library is None:
        return None
    phones = library.phones_for_word(word.lower().replace("’", "'"))
    return frozenset(library.rhyming_part(one) for one in phones) or None


def rhyming_words(text: str) -> tuple[str, ...]:
    """Words that rhyme with the last one of a text; none where the dictionary does not say."""
    library, last = _library(), _LAST_WORD.search(text)
    if library is None or last is None:
        return ()
    return tuple(sorted({word for word in library.rhymes(last[1].lower()) if word.isalpha() and len(word) > 1}))


def rhyme(left: str, right: str) -> tuple[bool | None, str]:
    """Whether the last words of two texts rhyme, and why; None where the dictionary does not say."""
    first, second = _LAST_WORD.search(left), _LAST_WORD.search(right)
    if first is None or second is None:
        return None, "there is no word to rhyme"
    a, b = first[1].lower(), second[1].lower()
    if a == b:
        return None, "a word with itself: some call that a rhyme"
    parts = rhyming_parts(a), rhyming_parts(b)
    if parts[0] is None or parts[1] is None:
        missing = a if parts[0] is None else b
        without = "pip install slowthink[rhyme]" if _library() is None else f"{missing!r} is not in the dictionary"
        return None, f"no pronunciation is known: {without}"
    common = parts[0] & parts[1]
    if common:
        return True, f"both end in {min(common)}"
    return False, f"{a!r} ends in {min(parts[0])}, {b!r} in {min(parts[1])}"
