"""Numbers as people and models write them, read and written exactly.

The idea: a numeral is text, a value is a `Fraction`, and nothing in between is ever a float. Reading covers
thousands separators, decimals, currency signs, percent, scientific notation, vulgar fractions, mixed numbers,
unicode minus signs, LaTeX fractions and English number words. Writing puts a value into the style in which
another value was written, so that a correction looks like what the model would have written itself.

Guaranteed: sizes are bounded before anything is computed; no input raises, none is slow. Not covered:
decimal commas and spaces as thousands separators (`12,5`, `10 000`): they are not read, rather than guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Final

MAX_DIGITS: Final = 400
MAX_EXPONENT: Final = 300

MINUS_SIGNS: Final = "-−–‐‑"
CURRENCY_SIGNS: Final = "$€£"
VULGAR: Final = {
    "½": Fraction(1, 2),
    "⅓": Fraction(1, 3),
    "⅔": Fraction(2, 3),
    "¼": Fraction(1, 4),
    "¾": Fraction(3, 4),
    "⅕": Fraction(1, 5),
    "⅖": Fraction(2, 5),
    "⅗": Fraction(3, 5),
    "⅘": Fraction(4, 5),
    "⅙": Fraction(1, 6),
    "⅚": Fraction(5, 6),
    "⅛": Fraction(1, 8),
    "⅜": Fraction(3, 8),
    "⅝": Fraction(5, 8),
    "⅞": Fraction(7, 8),
}

# An unsigned decimal, by possessive means only: every alternative is decided by the characters at hand.
DECIMAL: Final = r"(?:[0-9]{1,3}(?:(?:,|\{,\})[0-9]{3})+(?![0-9])|[0-9]+)(?:\.[0-9]+)?|\.[0-9]+"
_DECIMAL = re.compile(rf"(?P<digits>{DECIMAL})(?:[eE](?P<exponent>[+-]?[0-9]{{1,4}}))?")
_FRACTION = re.compile(r"([0-9]{1,400})\s?[/⁄]\s?([0-9]{1,400})")
_MIXED = re.compile(r"([0-9]{1,400})[ \u00a0-]([0-9]{1,9})[/⁄]([0-9]{1,9})")
_LATEX_FRACTION = re.compile(
    r"\\+[dt]?frac(?:\{([0-9]{1,400})\}\{([0-9]{1,400})\}|([0-9])([0-9])|\{([0-9]{1,400})\}([0-9]))"
)
_VULGAR = re.compile(rf"([0-9]{{0,400}})\s?([{''.join(VULGAR)}])")


@lru_cache(maxsize=4096)
def read_decimal(text: str) -> Fraction | None:
    """The value of an unsigned decimal numeral (`1,234.5`, `3e8`); None where it is none or too long."""
    if len(text) > 2 * MAX_DIGITS:
        return None
    if text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS:
        return Fraction(int(text))
    match = _DECIMAL.fullmatch(text)
    if match is None:
        return None
    whole, _, decimals = match["digits"].replace("{,}", "").replace(",", "").partition(".")
    if len(whole) + len(decimals) > MAX_DIGITS:
        return None
    exponent = int(match["exponent"] or 0)
    if abs(exponent) > MAX_EXPONENT:
        return None
    value = Fraction(int((whole + decimals) or "0"), 10 ** len(decimals))
    return value if exponent == 0 else value * Fraction(10) ** exponent


def _read_unsigned(text: str) -> Fraction | None:
    value = read_decimal(text)
    if value is not None:
        return value
    if match := _FRACTION.fullmatch(text):
        return _ratio(match[1], match[2])
    if match := _MIXED.fullmatch(text):
        part = _ratio(match[2], match[3])
        return None if part is None or part >= 1 else int(match[1]) + part
    if match := _VULGAR.fullmatch(text):
        return int(match[1] or "0") + VULGAR[match[2]]
    if match := _LATEX_FRACTION.fullmatch(text):
        top, bottom = (part for part in match.groups() if part is not None)
        return _ratio(top, bottom)
    return None


def _ratio(top: str, bottom: str) -> Fraction | None:
    denominator = int(bottom)
    return Fraction(int(top), denominator) if denominator else None


def read_number(text: str) -> Fraction | None:
    """The exact value of `text` where all of it is one number, in digits or in words; else None."""
    if len(text) > 3 * MAX_DIGITS:
        return None
    text = text.strip()
    sign = 1
    while text and (text[0] in MINUS_SIGNS or text[0] in CURRENCY_SIGNS or text[0] in "+\\ "):
        if text[0] == "\\" and text[1:2] not in ("$", "\\"):
            break
        sign = -sign if text[0] in MINUS_SIGNS else sign
        text = text[1:]
    scale = 1
    if text.endswith("%"):
        text, scale = text[:-1].rstrip("\\ "), 100
    value = _read_unsigned(text.rstrip("$ "))
    if value is None:
        value = read_number_words(text)
    return None if value is None else sign * value / scale


_SMALL: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
    " seventeen eighteen nineteen"
)
_DECADES: Final = "twenty thirty forty fifty sixty seventy eighty ninety"
_UNITS: Final = {word: number for number, word in enumerate(_SMALL.split())}
_TENS: Final = {word: 10 * number for number, word in enumerate(_DECADES.split(), start=2)} | {"fourty": 40}
_SCALES: Final = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
NUMBER_WORDS: Final = frozenset(_UNITS) | frozenset(_TENS) | frozenset(_SCALES) | {"hundred", "a", "an", "and"}


def read_number_words(text: str) -> Fraction | None:
    """The value of an English cardinal (`twenty-seven`, `a hundred and five`); None where it is none."""
    words = text.lower().replace("-", " ").split() if len(text) <= 200 else []
    value = cardinal(words)
    return None if value is None else Fraction(value)


def cardinal(words: list[str]) -> int | None:
    """The integer that a list of lower-case words names, by a strict grammar; None where it is none."""
    if not words or len(words) > 24 or words[0] == "and" or words[-1] in ("and", "a", "an"):
        return None
    total, last_scale, rest = 0, 10**15, words
    while rest:
        cut = next((i for i, word in enumerate(rest) if word in _SCALES), len(rest))
        group, scale = rest[:cut], (_SCALES[rest[cut]] if cut < len(rest) else 1)
        if scale >= last_scale:
            return None
        if group and group[0] == "and":
            # "two thousand and five" joins a last group below one hundred
            group = group[1:] if scale == 1 and "hundred" not in group else []
        value = _below_thousand(group, is_first=rest is words)
        if value is None or (value == 0 and len(words) > 1):
            return None
        total, last_scale, rest = total + value * scale, scale, rest[cut + 1 :]
    return total


def _below_thousand(words: list[str], is_first: bool) -> int | None:
    if "hundred" in words:
        at = words.index("hundred")
        head = words[:at]
        hundreds = 1 if head in (["a"], ["an"]) and is_first else _below_hundred(head)
        tail = words[at + 1 :]
        if hundreds is None or not 0 < hundreds < 20 or tail == ["and"]:
            return None
        rest = _below_hundred(tail[1:] if tail[:1] == ["and"] else tail) if tail else 0
        return None if rest is None or (tail and rest == 0) else 100 * hundreds + rest
    if words == ["a"] and is_first:
        return 1
    return _below_hundred(words)


def _below_hundred(words: list[str]) -> int | None:
    if len(words) == 1:
        return _UNITS.get(words[0], _TENS.get(words[0]))
    if len(words) == 2 and words[0] in _TENS and 0 < _UNITS.get(words[1], 0) < 10:
        return _TENS[words[0]] + _UNITS[words[1]]
    return None


@dataclass(frozen=True, slots=True)
class NumeralStyle:
    """How a number was written: what stands before and after it, its decimals, its separators."""

    prefix: str = ""
    decimals: int = 0
    is_grouped: bool = False
    is_percent: bool = False
    is_ratio: bool = False
    digits: int = 1


_STYLED = re.compile(
    rf"(?P<prefix>[\s$€£\\]*)(?P<sign>[{MINUS_SIGNS}+]?)(?P<inner>[\s$€£\\]*)(?P<body>[0-9].*|\.[0-9].*)", re.DOTALL
)


@lru_cache(maxsize=4096)
def style_of(written: str) -> NumeralStyle:
    """The style of a numeral; of anything else, the plain style."""
    match = _STYLED.fullmatch(written[: 4 * MAX_DIGITS].strip())
    if match is None:
        return NumeralStyle()
    prefix = (match["prefix"] + match["inner"]).strip()
    body = match["body"].rstrip(" $")
    is_percent = body.endswith("%")
    body = body.rstrip("%\\ ")
    whole, _, decimals = body.partition(".")
    digits = sum(character.isdigit() for character in whole)
    shown = len(decimals) if decimals.isdigit() else 0
    return NumeralStyle(prefix, shown, "," in whole, is_percent, "/" in body, digits)


def write_decimal(value: Fraction, decimals: int, is_grouped: bool = False) -> str:
    """`value` rounded (half away from zero) to so many decimals, with a plain `-` for a sign."""
    if decimals == 0 and value.denominator == 1 and not is_grouped and abs(value) < 10**MAX_DIGITS:
        return str(value.numerator)
    scaled = _round_half_up(abs(value) * 10**decimals)
    digits = str(scaled).rjust(decimals + 1, "0") if scaled < 10**MAX_DIGITS else "0"
    whole, fraction = (digits[:-decimals], digits[-decimals:]) if decimals else (digits, "")
    if is_grouped:
        whole = f"{int(whole):,}"
    return ("-" if value < 0 and scaled else "") + whole + ("." + fraction if fraction else "")


def _round_half_up(value: Fraction) -> int:
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def decimals_needed(value: Fraction, most: int = 30) -> int | None:
    """How many decimals write `value` exactly; None where there is no such number up to `most`."""
    if value.denominator == 1:
        return 0
    for decimals in range(most + 1):
        if (value.numerator * 10**decimals) % value.denominator == 0:
            return decimals
    return None


def write_number(value: Fraction, like: str | NumeralStyle = "") -> str | None:
    """`value` in the style of `like`, exact where at most four decimals (or as many as shown) do it.

    A value without a short decimal is rounded to the precision shown, at least two decimals; None where it is
    too large to be written out.
    """
    style = like if isinstance(like, NumeralStyle) else style_of(like)
    if max(abs(value.numerator), value.denominator) >= 10**MAX_DIGITS:
        return None
    if style.is_ratio and value.denominator != 1:
        return f"{value.numerator}/{value.denominator}"
    shown = value * 100 if style.is_percent else value
    needed = decimals_needed(shown, max(4, style.decimals))
    decimals = max(style.decimals, 2) if needed is None else max(style.decimals, needed)
    # Money has two decimals or none.
    if style.prefix and decimals == 1:
        decimals = 2
    is_grouped = style.is_grouped or (bool(style.prefix) and style.digits <= 3 and abs(shown) >= 1000)
    text = write_decimal(shown, decimals, is_grouped)
    sign = "-" if text.startswith("-") else ""
    return sign + style.prefix + text.removeprefix("-") + ("%" if style.is_percent else "")


def is_rounding(value: Fraction, shown: Fraction, decimals: int) -> bool:
    """Whether `shown`, written with so many decimals, is `value` rounded or cut off there."""
    # A half may go either way, and cutting off is common: a false alarm on right text costs more than a miss.
    if value.denominator == shown.denominator == 1:
        return value == shown
    difference = abs(value - shown) * 10**decimals
    return 2 * difference <= 1 or (difference < 1 and abs(shown) <= abs(value) and value * shown >= 0)


def is_acceptable_writing(value: Fraction, written: str) -> bool:
    """Whether `written` is a right way to write `value`: exact, or rounded or cut off at the precision shown."""
    shown = read_number(written)
    if shown is None:
        return False
    if shown == value:
        return True
    style = style_of(written)
    if style.is_ratio or "½" <= written[-1:] <= "⅞":
        return False
    return is_rounding(value, shown, style.decimals + (2 if style.is_percent else 0))


def could_become(prefix: str, value: Fraction) -> bool:
    """Whether an acceptable writing of `value` may begin with `prefix`; True where that is not sure.

    What cannot be told from the beginning of a fraction (`1` of `1/3`) or a mixed number counts as possible.
    """
    text = prefix.strip()[: 4 * MAX_DIGITS]
    negative = False
    while text and (text[0] in MINUS_SIGNS or text[0] in "$€£\\ +"):
        negative = negative or text[0] in MINUS_SIGNS
        text = text[1:]
    if negative and value > 0:
        return False
    if not text or (value.denominator != 1 and "." not in text):
        return True
    if not re.fullmatch(r"[0-9,]*(?:\.[0-9]*)?", text):
        return is_acceptable_writing(value, prefix)
    digits = text.replace(",", "")
    shown = len(digits.partition(".")[2])
    if max(abs(value.numerator), value.denominator) >= 10**MAX_DIGITS or shown > 100:
        return True
    for scaled in (abs(value), abs(value) * 100):
        for decimals in range(shown + 2):
            rounded = write_decimal(scaled, decimals)
            cut = write_decimal(Fraction(int(scaled * 10**decimals), 10**decimals), decimals)
            if (rounded + "." * (not decimals)).startswith(digits) or (cut + "." * (not decimals)).startswith(digits):
                return True
    return False
