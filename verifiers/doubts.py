"""Wordings that people read in two ways: a question with one of them is not read, whatever the grammar makes of it.

The grammar looks for every parse; these are doubts that no parse shows, because both readings have the same words:
what `squared` squares, whether a fraction increases by a part or by a number, how far a power reaches, a range or
a date that looks like a difference, an instruction that changes what the answer must look like.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

from slowthink.verifiers.expressions import is_ambiguous
from slowthink.verifiers.numerals import NUMBER_WORDS, decimals_needed
from slowthink.verifiers.wordings import SHARES

_NUMBER_WORDS: Final = "|".join(sorted(NUMBER_WORDS - {"a", "an", "and"}))
_NUMBER = r"(?:\S+)"
_TWO_WAYS: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?<!\bby )\bhow much (?:is|are)\b[^?]{0,80}\b(?:more|greater|less|fewer) than\b",
        r"(?:\bnegative|\bminus|-)\s*\w+\s+(?:squared|cubed)",
        r"\b(?:increas|reduc|decreas|rais|lower|cut|drop|trim|slash|shr[iau]nk|boost|lift|grow|augment|enlarg|hik|up|down|bump|top|lessen|diminish|knock|mark|bring|brought)\w*\b[^.;]{0,60}\bby\s+(?:an?\s+)?(?:\d+\s*/\s*\d+|half|third|quarter)",
        rf"\b(?:power|exponent|raised to) (?:of )?{_NUMBER} (?:plus|minus|times|divided|multiplied|over|[-+*/])",
        r"\bover\b[^.,;:]*\b(?:plus|minus|less|add|subtract|take|power)\b|\b(?:plus|minus)\b[^.,;:]*\bover\b"
        r"|[-+]\s*\w+\s+over\b|\bover \w+\s*[-+]",
        r"\b(?:plus|minus|times|less|by|over|add|subtract|take|from|to|and|of)\s+(?!the\b)\S+\s+(?:raised )?to the"
        r" power",
        r"--|−−|––",
        r"\b(?:equal-?\w*"
        r" (?:parts|groups|pieces|shares|portions|piles)|equally|evenly|identical|ways)\b.*\b(?:total|altogether|in"
        r" all|all"
        r" together|overall|left|remain\w*)\b",
    )
)
# `Double 5, but add 3 first`: which comes first is told behind.
_FIRST_LATER: Final = re.compile(
    r"(?<!\bthe )(?<!\bmy )(?<!\byour )(?<!\btheir )(?<!\bour )\bfirst\b(?! (?:by|number|two|result|one|total|answer))",
    re.IGNORECASE,
)
_NEW_CLAUSE: Final = re.compile(r"[,;]|[.?!]\s|\b(?:and|but|then|before)\b", re.IGNORECASE)
_FIRST_NUMBER: Final = re.compile(rf"\d|\b(?:{_NUMBER_WORDS})\b", re.IGNORECASE)
_RANGE: Final = re.compile(r"\s*\d+(?:[-–/]\d+)+\s*")
_SIZE: Final = re.compile(r"\s*\d+ ?[xX×] ?\d+\s*")
_SUM: Final = re.compile(r"=|\b(?:calculate|compute|evaluate|work out|solve|subtract|minus|divide)", re.IGNORECASE)
_FORM: Final = re.compile(
    r"\b(?:decimals?|fraction|percent\w*|round\w*|nearest|significant|places?|words?|roman|binary|hex\w*|octal|base|"
    r"mixed number|estimate|approximate\w*|mod\w*|remainder)\b",
    re.IGNORECASE,
)


_STEP: Final = re.compile(r"\bstep (\d|one|two|three|four)\b", re.IGNORECASE)
_STEPS: Final = ({"1", "one"}, {"2", "two"}, {"3", "three"}, {"4", "four"})


def _says_later_what_is_first(question: str) -> bool:
    """Whether a `first` stands in a later clause than the first number."""
    number = _FIRST_NUMBER.search(question)
    clause = None if number is None else _NEW_CLAUSE.search(question, number.end())
    return clause is not None and _FIRST_LATER.search(question, clause.end()) is not None


def in_doubt(question: str) -> bool:
    """Whether the question has a wording that people read in two ways, or steps that are not told in their order."""
    numbers = [number.lower() for number in _STEP.findall(question)]
    if len(numbers) > len(_STEPS) or any(number not in _STEPS[at] for at, number in enumerate(numbers)):
        return True
    if _says_later_what_is_first(question):
        return True
    return is_ambiguous(question) or any(wording.search(question) for wording in _TWO_WAYS)


_STRANGE: Final = re.compile(
    # Signs that may mean something of their own (`~4`, `5 & 3`), or a sign that the lexer passes over.
    r"[~&]|_(?=\s*[\d(])|(?<=[\d)])\s*_"
    # A number that goes on, or a series: `0.333...`, `1 + 2 + ...`. After `=` the dots are the blank.
    rf"|(?:[\d)%+*/^×÷−–-]|\b(?:{_NUMBER_WORDS}|{'|'.join(SHARES)})s?)[\s,]*(?:\.\s?\.|…)"
    # Thousands to a part of the world.
    r"|(?<![\d.,])[1-9]\d{0,2}\.\d\d0(?!\d)"
    # A factorial, or an exclamation.
    r"|[\d)\]}]\s*!",
    re.IGNORECASE,
)


def has_strange_signs(question: str) -> bool:
    """Whether signs stand in it that change what is asked, or may: `~4`, `0.333...`, `4!`."""
    return _STRANGE.search(question) is not None


def may_be_no_sum(question: str, read: str) -> bool:
    """`10-12` may be a range, `9/11` a date, `2x4` a size, unless the question says otherwise."""
    if _SIZE.fullmatch(question) is not None:
        return True
    return _RANGE.fullmatch(read) is not None and _SUM.search(question) is None


def asks_for_another_form(rest: str, value: Fraction) -> bool:
    """Whether what stands around the expression wants an answer that is not simply the value.

    `as a decimal` is simply the value where its decimals end.
    """
    found = {match[0].lower() for match in _FORM.finditer(rest)}
    return bool(found - {"decimal", "decimals"}) or (bool(found) and decimals_needed(value) is None)
