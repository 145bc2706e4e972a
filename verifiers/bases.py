r"""Numerals that name their base, as answers: `12_8`, `2516_{8}`, `1010_{\text{two}}`, `12 (base 8)`.

The idea: two of them are compared by their values. Where one side leaves the base out, the same digits are the same
answer, as a unit that is left out is not asked for; the same value in the decimal system is UNKNOWN, since the base may
have been asked for; anything else is another answer.
"""

from __future__ import annotations

import re
from typing import Final

from slowthink.types import Status, Verdict

_WORDS: Final = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
                 "eleven": 11, "twelve": 12, "sixteen": 16}  # fmt: skip
_MARKUP = re.compile(r"\\(?:text|mathrm|textbf|mathbf)\b|[\s${}\\]")
_BASED = re.compile(r"([0-9A-Za-z]{1,200})(?:_|\(?base)(\d{1,2}|[a-z]+)\)?")


def compare_based(gold: str, pred: str) -> Verdict | None:
    """The verdict on two answers of which at least one is a numeral with its base; None where none is."""
    one, other = _read(gold), _read(pred)
    if one is None and other is None:
        return None
    if one is not None and other is not None:
        values = [_value(*side) for side in (one, other)]
        if values[0] is None or values[1] is None:
            same = one == other
            return _verdict(
                Status.PROVED if same else Status.UNKNOWN, "the same" if same else "a base that is no number"
            )
        if values[0] == values[1]:
            return _verdict(Status.PROVED, f"both are {values[0]}")
        return _verdict(Status.REFUTED, "another value", f"{values[0]} and {values[1]}")
    based, plain = one or other, _MARKUP.sub("", pred if one is not None else gold).replace(",", "")
    if based is None or not plain.isascii() or not plain.isdigit() or len(plain) > 200:
        return None
    if based[0] == plain:
        return _verdict(Status.PROVED, "the same digits; one side leaves out the base")
    value = _value(*based)
    if value is None or value == int(plain):
        return _verdict(Status.UNKNOWN, "perhaps the same number in another base")
    return _verdict(Status.REFUTED, "other digits and another value", f"{based[0]} in base {based[1]} is {value}")


def _read(text: str) -> tuple[str, str] | None:
    """Digits and base; None where the text is no such numeral."""
    match = _BASED.fullmatch(_MARKUP.sub("", text))
    if match is None or not match[1][0].isdigit():
        return None
    return match[1].upper(), str(_WORDS.get(match[2], match[2]))


def _value(digits: str, base: str) -> int | None:
    try:
        return int(digits, int(base)) if 2 <= int(base) <= 36 else None
    except ValueError:  # a base that is a letter, or a digit that the base has not
        return None


def _verdict(status: Status, reason: str, witness: str | None = None) -> Verdict:
    return Verdict(status=status, reason=reason, witness=witness)
