"""Whether the line around a sum leaves it as what it says: another arithmetic, a denial, a saying, a crossing-out.

The idea: `10 + 5 = 3` is right modulo 12, `2 + 2 = 5` is quoted by whoever denies it, and `~~7 * 8 = 54~~` was taken
back. What the line says decides nothing about the sum; it only makes a doubt. A doubt of the first kind forbids both
verdicts, a denial right beside the sum as well, any other denial or saying in its sentence only a refutation.

Not covered: irony, and what is taken back later than in the sentence that follows.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from slowthink.verifiers.phrasing import word_set

MAX_BEFORE: Final = 240
MAX_AFTER: Final = 80
ANOTHER: Final = "it may be of another arithmetic: modular, of another base, of a clock, of a program"
DENIED: Final = "it may be denied, not claimed"
TOLD: Final = "it may be told of others, not claimed"
SUPPOSED: Final = "it may be supposed, asked or examined, not claimed"
TAKEN_BACK: Final = "it may be taken back"


def forbids_any(text: str, begin: int, end: int) -> str:
    """Why what stands from `begin` to `end` may be neither proved nor refuted; empty where nothing says so."""
    if _names_other_arithmetic(text):
        before, after = _line_around(text, begin, end)
        if _OTHER_ARITHMETIC.search(before) or _OTHER_ARITHMETIC.search(after):
            return ANOTHER
    if _has_denial(text):
        before, after = _sentence_around(text, begin, end)
        if _DENIED_BEFORE.search(before) or _DENIED_AFTER.match(after):
            return DENIED
    return ""


def forbids_refutation(text: str, begin: int, end: int) -> str:
    """Why what stands from `begin` to `end` may not be refuted; empty where nothing says so."""
    before, after = _line_around(text, begin, end)
    if _CROSSED_BEFORE.search(before) and _CROSSED_AFTER.match(after):
        return TAKEN_BACK
    if _RETRACTION.match(text, end, end + MAX_AFTER) or _REMARK.match(text, end, end + MAX_AFTER):
        return TAKEN_BACK
    before, after = _sentence_around(text, begin, end)
    if _DENIAL.search(before) or _DENIAL.search(after):
        return DENIED
    if _SAYING_BEFORE.search(before) or _SAYING_AFTER.match(after) or _is_quoted(text, begin, end):
        return TOLD
    if _SUPPOSED_BEFORE.search(before) or _SUPPOSED_AFTER.match(after):
        return SUPPOSED
    return ""


def _is_quoted(text: str, begin: int, end: int) -> bool:
    """Whether a claim is all that stands between two quotation marks, and is no value of JSON."""
    before = text[max(0, begin - 6) : begin].rstrip()
    if before[-1:] not in ('"', "“", "'", "‘") or text[end : end + 2].lstrip(".")[:1] not in ('"', "”", "'", "’"):
        return False
    return before[:-1].rstrip()[-1:] not in (":", "[", ",", "{", "")


def is_of_another_kind(text: str, at: int) -> bool:
    """Whether what stands before a claim, however far, speaks of residues or bases, or its line of another kind."""
    if _OTHER_NUMBERS.search(text, 0, at) is not None:
        return True
    before, _ = _line_around(text, at, at)
    if _OTHER_ARITHMETIC.search(before) is not None:
        return True
    before, _ = _sentence_around(text, at, at)
    return any(pattern.search(before) for pattern in (_DENIAL, _SAYING_BEFORE, _SUPPOSED_BEFORE))


def _line_around(text: str, begin: int, end: int) -> tuple[str, str]:
    before, after = text[max(0, begin - MAX_BEFORE) : begin], text[end : end + MAX_AFTER]
    return _LINE_END.split(before)[-1], _LINE_END.split(after, maxsplit=1)[0]


def _sentence_around(text: str, begin: int, end: int) -> tuple[str, str]:
    before, after = _line_around(text, begin, end)
    return _SENTENCE_END.split(before)[-1], _SENTENCE_END.split(after, maxsplit=1)[0]


_LINE_END = re.compile(r"\n|\\n(?![a-z])")
_SENTENCE_END = re.compile(r"[.?!](?=\s)")
_OTHER_ARITHMETIC = re.compile(
    r"\b(?:mod|modulo|modulus|modular|binary|ternary|octal|hex|hexadecimal|xor|bitwise|boolean|tropical|clock|overflow\w*|u?int\d+|GF"
    r"|concatenat\w+|python|javascript|java|bash|rust|ruby|perl|php)\b"
    r"|\bbase[ -]?(?:[0-9]|two|three|four|five|six|seven|eight|nine|twelve|sixteen)"
    r"|\bC(?:\+\+|#)|\\[bp]mod|(?:ℤ|\bZ|\bF|mathbb\s?\{?[ZF]\}?)[_/]?\{?[0-9]",
    re.I,
)
_OTHER_NUMBERS = re.compile(
    r"\b(?:modulo|modulus|modular|binary|ternary|octal|hexadecimal|clock arithmetic)\b|\(mod\b|\bmod [0-9]"
    r"|\bbase[ -]?(?:[0-9]|two|three|four|five|six|seven|eight|nine|twelve|sixteen)|\\[bp]mod",
    re.I,
)
_HINTS: Final = word_set(
    "mod modul binary ternary octal hex xor bitwise boolean tropical clock overflow int8 int16 int32 int64 "
    "concatenat python java bash rust ruby perl php base c++ c# ℤ mathbb"
)
_FIELD = re.compile(r"[ZzFf][_/]?\{?[0-9]|GF|gf")


@lru_cache(maxsize=8)
def _names_other_arithmetic(text: str) -> bool:
    """Whether some word of the text may say so: asked once for all of its claims."""
    lowered = text.lower()
    return any(hint in lowered for hint in _HINTS) or _FIELD.search(text) is not None


_DENYING: Final = word_set("not n't n’t false wrong incorrect untrue never cannot deny denie fail hold")


@lru_cache(maxsize=8)
def _has_denial(text: str) -> bool:
    lowered = text.lower()
    return any(word in lowered for word in _DENYING)


_NOT: Final = r"(?:\b(?:not|never|cannot|false|wrong|incorrect|untrue|deny|den(?:ies|ied))\b|n['’]t\b)"
_DENIED_BEFORE = re.compile(rf"{_NOT}[^.,;:\d\n]{{0,40}}$", re.I)
_DENIED_AFTER = re.compile(
    r"[^\w,;:]{0,4}(?:which\s+)?(?:(?:is|was|are|does|do|did|would|could|can|must|should|be|has|simply|clearly)\b\s*)*+"
    r"(?:not\b(?!\s+[$€£]?\d)|(?:\w{2,6}n)?['’]t\b|n['’]t\b|never\b|cannot\b|(?:false|wrong|incorrect|untrue|fails)\b)",
    re.I,
)
_DENIAL = re.compile(
    r"\b(?:false|wrong|wrongly|incorrect|incorrectly|mistakes?|mistaken|not|never|cannot|impossible|absurd|nonsense"
    r"|contradict\w*|fallacy|myth|misconception|slogan|proverb|joke|left[ -]to[ -]right|side by side|nobody|no one"
    r"|neither|nor|in no|unlike|avoid|disprove\w*|refute\w*|contrary|rather than|instead of|according to"
    r"|unless)\b|n['’]t\b",
    re.I,
)
_SAID: Final = (
    r"(?:claim(?:s|ed|ing)|say(?:s|ing)|said|writes?|wrote|written|thinks?|thought|believed?s?|insist(?:s|ed)|shouted"
    r"|guess(?:es|ed)|answer(?:s|ed)|taught|learned)"
)
_SAYING_BEFORE = re.compile(rf"\b{_SAID}\b[^.,;:\d\n]{{0,40}}[:,]?\W{{0,3}}$", re.I)
_SAYING_AFTER = re.compile(rf"\s?[\"”’'»][,.]?\s+(?:\w+\s+){{0,3}}{_SAID}\b", re.I)
_SUPPOSED_BEFORE = re.compile(
    r"^\W*(?:is|are|was|were|does|do|did|should|could|would|had|why)\W{0,3}$"
    r"|\b(?:let|pretend|imagine|say|given|suppose|assume|assuming|show|prove|verify|check)\W{0,3}$"
    r"|\b(?:students?|pupils?|errors?|bugs?|claim|guess|hypothesis|conjecture|old|before|T/F|true or false)"
    r"(?:['’]s)?(?:\s\w+)?\s?:\W{0,4}$",
    re.I,
)
_SUPPOSED_AFTER = re.compile(
    r"\W{0,3}(?:only\s+(?:if|when)|if|iff|would|implies|sic|or\s+so|is\s+what|said|but\s+(?:the\s+)?(?:right|correct|actual|real|true)"
    r"|was\s+(?:my|his|her|their|our|the)\s+(?:first|old|original|initial)|(?:he|she|they|you|i)\s+(?:thought|said|wrote))\b",
    re.I,
)
_CROSSED_BEFORE = re.compile(r"(?:~~|<(?:del|s|strike)>)[^~<]*$", re.I)
_CROSSED_AFTER = re.compile(r"[^~<]*(?:~~|</(?:del|s|strike)>)", re.I)
_RETRACTION = re.compile(
    r"[^.!?\n\d]{0,40}[.!?]\s+(?:(?:but|oh|wait|hmm|no|oops|well|sorry)\W+)*(?:(?:that|this|it)\s?"
    r"(?:['’]s|is|was|does|can|seems)\s?(?:n['’]t|\w+\s)?[^.!?,\n]{0,20}?"
    r"(?:\bnot\b|n['’]t\b|wrong|incorrect|false|mistake|error)|(?:false|wrong|incorrect)\b"
    r"|(?:(?:actually|oh|hmm),?\s+)?no(?=[,.!]|\s+wait)|wait,|oops|scratch that|correction\b)",
    re.I,
)
_REMARK = re.compile(
    r"[^.!?(]{0,40}\((?:(?:this|that|which|it)\s+)?(?:(?:is|was|are)\s*)?(?:not\b|n['’]t\b|false|wrong|incorrect|untrue"
    r"|impossible|a\s+contradiction)",
    re.I,
)
