r"""Answers read exactly: numbers with their units, tuples, sets, intervals, ratios, choices and words.

A closed grammar of our own over plain text and the LaTeX of answers: `12\frac{3}{5}`, `\$1{,}000`, `28\%`, `(3, -1/2)`,
`[0, 1) \cup (2, \infty)`, `\{1, 2\}`, `x = 5`, `7:32`, `(B)`, `\text{Even}`. What is not all one of these, a root, a
variable, an inequality, is `Unread`: nothing is guessed, and text reaches no interpreter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from slowthink.verifiers.answer_fields import restore_commands
from slowthink.verifiers.answer_numbers import quantity
from slowthink.verifiers.expressions import count_operators, evaluate, parse
from slowthink.verifiers.numerals import read_number
from slowthink.verifiers.units import UNITS

MAX_ANSWER: Final = 1000
MAX_ITEMS: Final = 200
MAX_DEPTH: Final = 8


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number; `decimals` is how many it was written with, None where it was not written as a decimal."""

    value: Fraction
    unit: str = ""
    is_percent: bool = False
    decimals: int | None = None


@dataclass(frozen=True, slots=True)
class Items:
    """Several answers: in brackets `(`, `[` or `{`, or in none (`""`)."""

    bracket: str
    items: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class Interval:
    """From `low` to `high`; None is infinity. `(1, 2)` is read as `Items`: it may be a point."""

    low: Fraction | None
    high: Fraction | None
    has_low: bool
    has_high: bool


@dataclass(frozen=True, slots=True)
class Union:
    """Intervals, in order."""

    parts: tuple[Interval, ...]


@dataclass(frozen=True, slots=True)
class Ratio:
    """`7:32`, or a time of day."""

    parts: tuple[Fraction, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """A letter that stands for one of several given answers."""

    letter: str


@dataclass(frozen=True, slots=True)
class Words:
    """Plain words, in lower case."""

    text: str


@dataclass(frozen=True, slots=True)
class Unread:
    """Anything else, with its blanks and markup taken out."""

    text: str


Reading = Quantity | Items | Interval | Union | Ratio | Choice | Words | Unread

_SHORT: Final = re.compile(r"\$?-?[0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?")
_TEXT: Final = re.compile(r"\\(?:text(?:bf|it|rm|tt)?|mathrm|mathbf|mbox|operatorname|rm)\s*\{([^{}]*)\}")
_ROOT: Final = re.compile(r"√\s*(?:\(([^()]*)\)|(\d+|[a-z]))|\bsqrt\s*\(([^()]*)\)")
_GROUPING: Final = re.compile(r"\{,\}|,\\!\s*(?=\d{3})")
_DROPPED: Final = re.compile(r"\\(?:left|right|big+[lr]?|Big+[lr]?|displaystyle)(?![a-zA-Z])|\\!|\{\}|~")
_SPACES: Final = re.compile(r"(?<!\\)\\(?:quad|qquad|[,;: ])|[\s\u00a0\u2009\u202f]+")
_TIGHT: Final = re.compile(
    r"\\[dt]?frac\s*(\d)\s*(\d)(?!\d)|\\[dt]?frac\s*(\{[^{}]*\})\s*(\d)|\\[dt]?frac\s*(\d)\s*(\{[^{}]*\})|\\[dt]frac"
)
_DEGREES: Final = re.compile(r"\s*(?:\^\s*\{?\s*\\circ\s*\}?|°)(?![CF])")
_ASSIGNED: Final = re.compile(
    r"(?P<name>[a-zA-Z](?:_\{?\w{1,5}\}?)?|\((?:[a-zA-Z](?:_\{?\w{1,3}\}?)?,? ?){2,5}\)|[A-Z]{2,3})\s*"
    r"(?:=|\\in\b|∈)\s*(?P<value>[^=<>≤≥]+)"
)
_WORKED: Final = re.compile(r"[\d\s.,$()+\-*/^!{}×÷]+|\s*[a-zA-Z]\s*")
_ABOUT: Final = re.compile(
    r"\A(?:approximately|about|around|roughly|nearly|≈|\\approx|~)\s*(?=[-$\d\\])", re.IGNORECASE
)
_UNIT: Final = re.compile(
    r"(?P<number>.*?[\d}%½¼¾])\s*(?P<unit>(?:[a-zA-Z]{2,}|[a-zA-Z](?=[\s/^²³.]|\Z))[a-zA-Z\s./-]{0,40}(?:\^\{?[23]\}?|[²³])?)\.?"
)
_PERCENT: Final = re.compile(
    r"(?P<number>.+?)\s*(?:\\?%|\b(?:percent|per cent|percentage|pct)\b)(?:\s*points?)?\.?", re.IGNORECASE
)
_MIXED: Final = re.compile(
    r"(?P<sign>[-−]?)\s*(?P<whole>\d{1,400})\s*\\frac\{(?P<top>\d{1,9})\}\{(?P<bottom>\d{1,9})\}"
)
_SIGNED_FRACTION: Final = re.compile(r"[-−]?\\frac\{\s*([-−]?[\d.,]+)\s*\}\{\s*([-−]?[\d.,]+)\s*\}")
_INFINITY: Final = re.compile(r"[+]?(?:\\infty|∞|infinity|oo)")
_NOT_UNITS: Final = frozenset(
    (
        *("sqrt", "frac", "pi", "sin", "cos", "tan", "log", "ln", "exp"),
        *("and", "or", "plus", "minus", "times", "over", "mod", "cup", "cap"),
    )
)
_CHOICES: Final = "ABCDEFGHIJ"


def read(answer: str) -> Reading:
    """The reading of an answer; `Unread` where it is none of the kinds above."""
    if len(answer) <= 40 and _SHORT.fullmatch(answer) and (plain := _decimal(answer)) is not None:
        return plain
    if len(answer) > MAX_ANSWER:
        return Unread(answer)
    return _read(normal(answer), 0)


def normal(answer: str) -> str:
    """The answer without layout: mathematics mode, sizes of brackets, spacing, text commands, a box around it."""
    text = restore_commands(answer)
    if "\\\\" in text and "\\begin" not in text and "\\\\ " not in text:
        text = text.replace("\\\\", "\\")
    text = (
        _DROPPED.sub("", _GROUPING.sub(",", text))
        .replace("\\$", "$")
        .replace("\\%", "%")
        .replace("−", "-")
        .replace("–", "-")
    )
    for sign, command in (
        ("π", "\\pi "),
        ("∞", "\\infty "),
        ("×", "\\times "),
        ("·", "\\cdot "),
        ("≤", "\\leq "),
        ("≥", "\\geq "),
        ("∪", "\\cup "),
    ):
        if sign in text:
            text = text.replace(sign, command)
    if "√" in text or "sqrt(" in text:
        text = _ROOT.sub(lambda root: f"\\sqrt{{{root[1] or root[2] or root[3]}}}", text)
    for _ in range(3):
        text = _TEXT.sub(r" \1 ", text)
        if box := re.fullmatch(r"\s*\\(?:boxed|fbox)\s*\{(.*)\}\s*\.?\s*", text, re.DOTALL):
            text = box[1]
    text = _SPACES.sub(" ", _DEGREES.sub(" degrees", _TIGHT.sub(_braced, text))).strip(" *").rstrip(" .*")
    for opening, closing in (("$$", "$$"), ("$", "$"), ("\\(", "\\)"), ("\\[", "\\]"), ("`", "`"), ('"', '"')):
        inner = text[len(opening) : len(text) - len(closing)]
        if text.startswith(opening) and text.endswith(closing) and len(text) > 2 * len(opening) and "$" not in inner:
            text = inner.strip().rstrip(" .")
    return _ABOUT.sub("", text)


def _braced(match: re.Match[str]) -> str:
    parts = [part.strip("{}") for part in match.groups() if part is not None]
    return "\\frac" + "".join(f"{{{part}}}" for part in parts)


def _read(text: str, depth: int) -> Reading:
    if depth > MAX_DEPTH or not text:
        return Unread(text)
    if (found := _number(text)) is not None:
        return found
    if assigned := _ASSIGNED.fullmatch(text):
        return _read(assigned["value"].strip(), depth + 1)
    *worked, last = text.split("=")
    if worked and all(_WORKED.fullmatch(side) for side in worked) and (found := _number(last.strip())) is not None:
        return found
    if (several := _several(text, depth)) is not None:
        return several
    if re.fullmatch(r"\d{1,9}(?:\s?:\s?\d{1,9}){1,3}", text):
        return Ratio(tuple(Fraction(part.strip()) for part in text.split(":")))
    if choice := re.fullmatch(r"(?:(?:option|choice|answer)\s+)?\(?([A-J])(?:\)|\.|:)?(?:[).:]\s.*)?", text):
        return Choice(choice[1])
    if re.fullmatch(r"[A-Za-z][A-Za-z' -]*", text) and not re.fullmatch(r"[a-z]", text):
        value = read_number(text)
        return Words(" ".join(text.lower().split())) if value is None else Quantity(value)
    if re.fullmatch(r"[A-Z]{3,}[A-Z0-9]*", text):
        return Words(text.lower())
    return Unread(text.replace(" ", ""))


def _decimal(text: str) -> Quantity | None:
    if text.isdigit():
        return Quantity(Fraction(int(text)), "", False, 0)
    value = read_number(text)
    return None if value is None else Quantity(value, "$" if text[0] == "$" else "", False, len(text.partition(".")[2]))


def _number(text: str) -> Quantity | None:
    """A number, alone or with its unit or percent sign."""
    if not any(character.isdigit() for character in text) and not any(c in "½⅓⅔¼¾" for c in text):
        return None
    if (bare := _bare(text)) is not None:
        return bare
    if (percent := _PERCENT.fullmatch(text)) and (inner := _bare(percent["number"].strip())) is not None:
        return Quantity(inner.value, "", True, inner.decimals)
    total = quantity(text)
    if total is not None and (value := read_number(total[0])) is not None:
        return Quantity(value, total[1])
    if (measured := _UNIT.fullmatch(text)) and (inner := _bare(measured["number"].strip())) is not None:
        words = re.findall(r"[a-z]+", measured["unit"].lower())
        is_variable = re.fullmatch(r"[a-zA-Z]", measured["unit"]) and not text[measured.start("unit") - 1].isspace()
        if words and not _NOT_UNITS & set(words) and not is_variable:
            return Quantity(inner.value, _unit(measured["unit"]), False, inner.decimals)
    return None


def _unit(written: str) -> str:
    return re.sub(
        r"\s+", " ", written.lower().replace("{", "").replace("}", "").replace("²", "^2").replace("³", "^3")
    ).strip(" .")


def _bare(text: str) -> Quantity | None:
    """A number without a unit other than a currency sign in front of it."""
    unit = "$" if "$" in text[:2] else ""
    if mixed := _MIXED.fullmatch(text):
        if int(mixed["bottom"]) == 0:
            return None
        size = int(mixed["whole"]) + Fraction(int(mixed["top"]), int(mixed["bottom"]))
        return Quantity(-size if mixed["sign"] else size)
    if fraction := _SIGNED_FRACTION.fullmatch(text):
        top, bottom = read_number(fraction[1]), read_number(fraction[2])
        if top is None or not bottom:
            return None
        return Quantity(-top / bottom if text[0] == "-" else top / bottom)
    if re.fullmatch(r"[-+]?\s?\$?\s?\d{1,3}(?:[ ]\d{3})+(?:\.\d+)?", text):
        text = text.replace(" ", "")
    value = None if text.endswith("%") else read_number(text)
    if value is not None:
        decimals = re.search(r"\.(\d+)\s*$", text)
        is_decimal = re.fullmatch(r"[-+]?\s?[$€£]?\s?[-+]?[\d,]*\.?\d*", text) is not None
        return (
            Quantity(value, unit, False, len(decimals[1]) if decimals else 0) if is_decimal else Quantity(value, unit)
        )
    return _sum(text.replace("$", ""), unit)


def _sum(text: str, unit: str) -> Quantity | None:
    """A sum of numbers that stands for its value: `9+1`, `80/2`, `2 \\cdot 3^2`."""
    if len(text) > 200 or re.search(r"[a-zA-Z](?<!\\cdot)(?<!\\times)", re.sub(r"\\(?:cdot|times|frac|div)", "", text)):
        return None
    expression = parse(text)
    if expression is None or not count_operators(expression):
        return None
    value = evaluate(expression)
    return None if value is None else Quantity(value, unit)


_AND: Final = re.compile(r",?\s+(?:and|or)\s+|;")
_OPENING: Final = {"(": ")", "[": "]", "{": "}"}


def _several(text: str, depth: int) -> Reading | None:
    """A union of intervals, something in brackets, or a list."""
    if "\\cup" in text or "∪" in text:
        parts = [_interval(part.strip(), is_sure=True) for part in re.split(r"\\cup|∪", text)]
        if any(part is None for part in parts):
            return None
        return Union(tuple(sorted((part for part in parts if part is not None), key=_low)))
    bare = text.replace("\\{", "{").replace("\\}", "}")
    opening, inner, closing = bare[:1], bare[1:-1].strip(), bare[-1:]
    if opening in _OPENING and re.fullmatch(r"-?\d{1,3}(?:,\d{3})+", inner):
        return None  # (1,234): a number, or two
    if opening in ("(", "[") and closing in (")", "]") and _is_balanced(inner):
        interval = _interval(bare)
        if interval is not None:
            return interval
    if _OPENING.get(opening) == closing and _is_balanced(inner):
        items = _split(inner)
        if items is not None and (len(items) > 1 or opening == "{"):
            return Items(opening, tuple(_read(item, depth + 1) for item in items))
        return _read(inner, depth + 1) if items is not None else None
    if (
        re.fullmatch(r"-?\d+,\d+", bare)
        or (re.search(r"[a-z] [^,]*\d,\d{3}(?!\d)", bare) and "(" not in bare)
        or (";" in bare and "," in bare)
    ):
        return None  # a list, or a decimal comma; a list of lists
    items = _split(_AND.sub(",", bare))
    if items is None or len(items) < 2 or any(len(item.split()) > 4 and item[0] not in "([" for item in items):
        return None
    read_items = tuple(_read(item, depth + 1) for item in items)
    return Items("", read_items)


def _interval(text: str, is_sure: bool = False) -> Interval | None:
    """An interval; unless it `is_sure` to be one, only what cannot be a point: half open, infinite, with `[`."""
    if text[:1] not in "([" or text[-1:] not in ")]" or len(ends := text[1:-1].split(",")) != 2:
        return None
    low, high = (end.strip() for end in ends)
    has_low, has_high = text[0] == "[", text[-1] == "]"
    low_number, high_number = _number(low), _number(high)
    is_low_infinite = _INFINITY.fullmatch(low.removeprefix("-").strip()) is not None and low.startswith("-")
    is_high_infinite = _INFINITY.fullmatch(high) is not None
    if not (is_low_infinite or low_number) or not (is_high_infinite or high_number):
        return None
    if not (is_sure or is_low_infinite or is_high_infinite or has_low or has_high):
        return None  # (1, 2): a point, or an open interval
    return Interval(
        None if low_number is None else low_number.value,
        None if high_number is None else high_number.value,
        has_low,
        has_high,
    )


def _low(interval: Interval) -> tuple[bool, Fraction]:
    return interval.low is not None, interval.low or Fraction(0)


def _is_balanced(text: str) -> bool:
    depth = 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        if depth < 0:
            return False
    return depth == 0


def _split(text: str) -> list[str] | None:
    """The parts between commas that stand in no bracket; None where brackets do not match or a part is empty."""
    if not _is_balanced(text):
        return None
    parts, depth, begin = [], 0, 0
    if re.fullmatch(r"-?\d{1,3}(?:,\d{3})+", text):
        return [text]
    for at, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if character == "," and depth == 0:
            parts.append(text[begin:at].strip())
            begin = at + 1
    parts.append(text[begin:].strip())
    return parts if all(parts) and len(parts) <= MAX_ITEMS else None


def dimension_of(unit: str) -> tuple[str, int] | None:
    """The dimension and size of a unit, where the table of units has it."""
    return UNITS.get(unit) or UNITS.get(unit.split(" ", maxsplit=1)[0].split("/", maxsplit=1)[0]) if unit else None
