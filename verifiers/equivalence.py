"""Whether two answers are one: the exact path for what can be read exactly, and `math-verify` for the rest.

PROVED: the same value, however it is written. REFUTED: both are read, and they differ; or the comparison of `grader`
found where. UNKNOWN: all else, with the reason. What counts as the same is a convention, and this is it:

- `1/2`, `0.5`, `\\frac12` and `50%` are one number; so are `50%` and `50`, since the sign is often left out.
- A decimal of at least four digits stands for a number that it is the correct rounding of, unless both are exact.
- A unit that one side leaves out is not asked for; two units of one dimension convert; others are not compared.
- Numerals with their base are compared by value (`bases.py`).
- `x = 5` is `5`. Sets and lists have no order, tuples have; an interval has its ends.
- Words are equal as words, without case; a different wording is not a different answer, so it is UNKNOWN.
- An empty answer equals nothing.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

from slowthink.types import Status, Verdict
from slowthink.verifiers.answer_numbers import number_in, plain
from slowthink.verifiers.answer_values import (
    Choice,
    Interval,
    Items,
    Quantity,
    Ratio,
    Reading,
    Union,
    Unread,
    Words,
    dimension_of,
    normal,
    read,
)
from slowthink.verifiers.bases import compare_based
from slowthink.verifiers.extraction import extract_answer, extract_choice, extract_number
from slowthink.verifiers.grader import Grader
from slowthink.verifiers.numerals import is_rounding
from slowthink.verifiers.units import UNITS

_OPPOSITES: Final = (
    frozenset({"yes", "no"}),
    frozenset({"true", "false"}),
    frozenset({"even", "odd"}),
    frozenset({"left", "right"}),
    frozenset({"valid", "invalid"}),
    frozenset({"male", "female"}),
    frozenset({"increasing", "decreasing"}),
    frozenset({"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}),
    frozenset({"north", "south", "east", "west"}),
)
_PROSE: Final = re.compile(r"(?:\b[a-z]{2,}\b[^a-z\\]+){2}", re.IGNORECASE)
_DELIMITED: Final = re.compile(r"\$|\\\(|\\\[")
_BOXED: Final = re.compile(r"\\boxed")
_MATHEMATICS: Final = re.compile(r"[\d\\√π∞^½¼¾⅓⅔]")
_BLANK: Final = re.compile(r"[\s_.,:;'\"`?!{}()\[\]*-]*")
_TOO_LARGE: Final = re.compile(
    r"\d{4,}\s*!|\d\s*!\s*!|!\s*\)\s*!|(?:\^|\*\*)[\s{(]*-?(?:\d{5,}|\d+\s*(?:\^|\*\*)[\s{(]*\d|\d{2,}\s*!)"
)
NOISE: Final = Fraction(1, 10**12)
"""What binary floating point leaves over (`499.99999999999994`), relative to the value."""


def grade(gold: str, pred: str, grader: Grader | None = None) -> Verdict:
    """Whether `pred`, an answer or a text that ends in one, gives the answer `gold`."""
    if _BLANK.fullmatch(pred):
        return _refuted("there is no answer")
    if not gold.strip():
        return _unknown("there is no gold answer to compare with")
    gold_answer, wanted = _reading_of(gold)
    pred_answer, given = _reading_of(pred)
    if isinstance(wanted, Unread) or isinstance(given, Unread):
        based = compare_based(gold_answer, pred_answer)
        if based is not None:
            return based
    if isinstance(wanted, Quantity) and isinstance(given, Unread | Words | Items):
        given = _number_of(pred, pred_answer, given)
        if isinstance(given, Unread | Words) and _PROSE.search(pred) and not _MATHEMATICS.search(pred):
            return _refuted("there is no number in it")
    if isinstance(wanted, Choice) and not isinstance(given, Choice) and (letter := extract_choice(pred)):
        given = Choice(letter)
    verdict = compare(wanted, given)
    if verdict.status is Status.UNKNOWN and (_decimal_comma(wanted, given) or _decimal_comma(given, wanted)):
        return _proved("the same, with a decimal comma")
    if verdict.status is not Status.UNKNOWN or grader is None or isinstance(wanted, Words):
        return verdict
    if _TOO_LARGE.search(gold_answer) or _TOO_LARGE.search(pred_answer):
        return _unknown("the numbers in it are too large to be computed")
    texts = _in_latex(gold, gold_answer), _in_latex(pred, pred_answer)
    if not all(texts):
        return verdict
    return grader.verdict(*texts)


def _in_latex(text: str, answer: str) -> str:
    """The text where it holds mathematics, its bare answer as mathematics where that is no prose; else nothing."""
    if answer == text.strip() and not _DELIMITED.search(text):
        return "" if _PROSE.search(answer + " ") and "\\" not in answer else f"${normal(answer)}$"
    if _BOXED.search(text) or (answer and answer in text and _DELIMITED.search(answer)) or not answer:
        return text
    return f"${normal(answer)}$" if len(answer) < 1000 else ""


def equivalent(left: str, right: str, grader: Grader | None = None) -> Verdict:
    """Whether two answers, without text around them, are one; neither side is the gold."""
    if not left.strip() or not right.strip():
        return _refuted("an empty answer equals nothing")
    verdict = compare(read(left), read(right))
    if verdict.status is not Status.UNKNOWN or grader is None:
        return verdict
    return grader.verdict(f"${normal(left)}$", f"${normal(right)}$")


def _reading_of(text: str) -> tuple[str, Reading]:
    """The answer in a text and its reading: the whole text where it reads as an answer."""
    whole = read(text.strip())
    if not isinstance(whole, Unread | Words):
        return text.strip(), whole
    answer = extract_answer(text)
    if answer is None or answer == text.strip():
        return text.strip(), whole
    return answer, read(answer)


def _decimal_comma(one: Reading, other: Reading) -> bool:
    """`1,22` beside `1.22`: with nothing but another decimal point it is the same number."""
    if not isinstance(one, Unread) or not isinstance(other, Quantity) or not re.fullmatch(r"-?\d+,\d+", one.text):
        return False
    value = read(one.text.replace(",", "."))
    return isinstance(value, Quantity) and (value.value, value.decimals) == (other.value, other.decimals)


def _number_of(text: str, answer: str, reading: Reading) -> Reading:
    """The one number that prose comes to; LaTeX and algebra are left alone."""
    if isinstance(reading, Items) and all(isinstance(item, Quantity) for item in reading.items):
        return reading
    if "\\" in normal(answer) or not _PROSE.search(answer + " "):
        return reading
    number = number_in(answer, text) if answer != text else extract_number(text)
    return reading if number is None else read(number)


def compare(gold: Reading, given: Reading) -> Verdict:
    """The exact path: PROVED, REFUTED with both values, or UNKNOWN where it cannot tell."""
    if gold == given and not (isinstance(gold, Unread) and not gold.text):
        return _proved("the same")
    if isinstance(gold, Quantity) and isinstance(given, Quantity):
        return _numbers(gold, given)
    if isinstance(gold, Items) and isinstance(given, Items):
        return _lists(gold, given)
    if isinstance(gold, Items | Quantity) and isinstance(given, Items | Quantity):
        return _one_and_several(gold, given)
    if isinstance(gold, Ratio) and isinstance(given, Ratio):
        return _ratios(gold, given)
    regions = [_region(side) for side in (gold, given)]
    if regions[0] is not None and regions[1] is not None:
        if regions[0] == regions[1]:
            return _proved("the same interval")
        return _refuted("other ends", "the intervals differ")
    if isinstance(gold, Choice) and isinstance(given, Choice):
        return _refuted("another choice", f"{gold.letter} and {given.letter}")
    if isinstance(gold, Words) and isinstance(given, Words):
        if any({gold.text, given.text} <= both for both in _OPPOSITES):
            return _refuted("one excludes the other", f"{gold.text} and {given.text}")
        return _unknown("another wording")
    return _kinds(gold, given)


def _kinds(gold: Reading, given: Reading) -> Verdict:
    """Two answers of different kinds: some exclude each other."""
    kinds = {type(gold), type(given)}
    if kinds == {Quantity, Words}:
        return _refuted("a number and a word", "one is no number")
    if kinds in ({Quantity, Interval}, {Quantity, Union}):
        return _refuted("a number and an interval", "one is no number")
    letters = [side.letter if isinstance(side, Choice) else getattr(side, "text", "") for side in (gold, given)]
    if all(len(letter) == 1 and letter.isalpha() for letter in letters) and letters[0].lower() != letters[1].lower():
        return _refuted("another letter", f"{letters[0]} and {letters[1]}")
    return _unknown("not of a kind that is compared exactly")


def _numbers(gold: Quantity, given: Quantity) -> Verdict:
    if gold.value == given.value and gold.is_percent == given.is_percent:
        return _units(gold, given)
    for one, other in ((gold, given), (given, gold)):
        if one.is_percent and not other.is_percent and one.value / 100 == other.value:
            return _proved("the share that the percentage is")
        if one.is_percent and not other.is_percent and one.value == other.value:
            return _proved("the same, but for the sign of percent")
    if _is_rounded(gold, given) or _is_rounded(given, gold):
        return _proved("equal at the precision shown")
    if given.value and (known := _converts(gold, given)) is not None:
        return _proved("the same in another unit") if known else _unknown("the units may convert")
    return _refuted("another value", f"{plain(gold.value)} and {plain(given.value)}")


def _is_rounded(exact: Quantity, shown: Quantity) -> bool:
    """Whether `shown` is a decimal that stands for `exact`: its rounding, or what floating point made of it."""
    if exact.is_percent != shown.is_percent or not shown.decimals:
        return False
    if shown.decimals >= 10 and abs(exact.value - shown.value) <= NOISE * abs(exact.value):
        return True
    digits = len(str(abs(int(shown.value * 10**shown.decimals))))
    is_exact = exact.decimals is not None and exact.decimals <= shown.decimals
    return (
        not is_exact
        and exact.decimals is None
        and digits >= 4
        and is_rounding(exact.value, shown.value, shown.decimals)
    )


def _units(gold: Quantity, given: Quantity) -> Verdict:
    if gold.unit and given.unit and gold.unit != given.unit:
        sizes = dimension_of(gold.unit), dimension_of(given.unit)
        if sizes[0] and sizes[1] and sizes[0] != sizes[1] and gold.value:
            if sizes[0][0] == sizes[1][0]:
                return _refuted("another unit", f"{gold.unit} and {given.unit}")
            return _unknown(f"in {gold.unit} and in {given.unit}")
    return _proved("the same value")


def _converts(gold: Quantity, given: Quantity) -> bool | None:
    """True where the units make the values one, False where they might, None where they do not come into it."""
    first, second = dimension_of(gold.unit), dimension_of(given.unit)
    if first and second:
        return True if first[0] == second[0] and gold.value * first[1] == given.value * second[1] else None
    known = first or second
    if known is None or known[0] == "count":
        return None
    ratio = gold.value / given.value
    sizes = {size for dimension, size in UNITS.values() if dimension == known[0]}
    return False if any(ratio in (Fraction(known[1], size), Fraction(size, known[1])) for size in sizes) else None


def _one_and_several(gold: Items | Quantity, given: Items | Quantity) -> Verdict:
    items = gold if isinstance(gold, Items) else given
    one = given if isinstance(gold, Items) else gold
    if isinstance(items, Items) and len(items.items) == 1:
        return compare(items.items[0], one)
    if isinstance(items, Items) and all(isinstance(item, Quantity | Items) for item in items.items):
        return _refuted("one value and several", f"1 and {len(items.items)} values")
    return _unknown("one value and several answers")


def _lists(gold: Items, given: Items) -> Verdict:
    is_ordered = "(" in (gold.bracket, given.bracket) or "[" in (gold.bracket, given.bracket)
    if len(gold.items) != len(given.items):
        if any(isinstance(item, Unread) for item in (*gold.items, *given.items)):
            return _unknown("lists that are not read whole")
        distinct = [len(set(side.items)) for side in (gold, given)]
        if is_ordered or distinct[0] != distinct[1]:
            return _refuted("another number of values", f"{len(gold.items)} and {len(given.items)} values")
    pairs = [compare(g, p) for g, p in zip(gold.items, given.items, strict=False)]
    if len(gold.items) == len(given.items) and all(v.status is Status.PROVED for v in pairs):
        return _proved("the same values")
    found = [[compare(g, p).status for p in given.items] for g in gold.items]
    rows = [*found, *zip(*found, strict=True)]
    missing = any(all(status is Status.REFUTED for status in row) for row in rows)
    if missing:
        return _refuted("another value", "a value of one is not among those of the other")
    if all(Status.PROVED in row for row in rows):
        if not is_ordered:
            return _proved("the same values")
        if gold.bracket == given.bracket == "(":
            return _refuted("another order", "the order of a tuple counts")
    return _unknown("lists that are not compared exactly")


def _ratios(gold: Ratio, given: Ratio) -> Verdict:
    if (
        len(gold.parts) == len(given.parts)
        and all(gold.parts + given.parts)
        and all(gold.parts[0] * p == given.parts[0] * g for g, p in zip(gold.parts, given.parts, strict=True))
    ):
        return _unknown("the same ratio, if it is one, in other numbers")
    return _refuted("another ratio or time", "the parts differ")


def _region(reading: Reading) -> Union | None:
    """The set of numbers that an interval, a union, or a pair in round brackets may stand for."""
    if isinstance(reading, Union):
        return reading
    if isinstance(reading, Interval):
        return Union((reading,))
    if isinstance(reading, Items) and reading.bracket == "(" and len(reading.items) == 2:
        low, high = reading.items
        if isinstance(low, Quantity) and isinstance(high, Quantity):
            return Union((Interval(low.value, high.value, False, False),))
    return None


def _proved(reason: str) -> Verdict:
    return Verdict(status=Status.PROVED, reason=reason)


def _refuted(reason: str, witness: str | None = None) -> Verdict:
    return Verdict(status=Status.REFUTED, reason=reason, witness=witness)


def _unknown(reason: str) -> Verdict:
    return Verdict(status=Status.UNKNOWN, reason=reason)
