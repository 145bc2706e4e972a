"""Units of measure, as far as arithmetic in prose needs them: which numbers may hide a conversion.

The idea: `3 feet = 36 inches`, `30 minutes * $20/hour = $10` and `0.25 * 100 = 25%` are right although the
numbers alone do not agree. Where units of one dimension and different size meet, the ratio of what was found
to what was claimed is compared with the ratios between the units; in sums of mixed units nothing is refuted.
Where they are mixed at all nothing is proved.

It guarantees nothing about units that are not in the table: unknown nouns count as things, not as measures.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from slowthink.verifiers.claims import Side

_TABLE: Final = {
    "time": "second seconds sec secs s 1|minute minutes min mins 60|hour hours hr hrs 3600|day days daily 86400|week"
    " weeks weekly 604800|fortnight fortnights 1209600|month months monthly 2592000|quarter 7776000|year years yearly"
    " annually annual yr yrs 31104000|decade decades 311040000|century centuries 3110400000",
    "length": "inch inches in 1|foot feet ft 12|yard yards yd 36|mile miles 63360",
    "metric": "mm millimeter millimeters 1|cm centimeter centimeters 10|meter meters metre metres 1000|km kilometer"
    " kilometers kilometre kilometres 1000000",
    "weight": "ounce ounces oz 1|pound pounds lb lbs 16|ton tons 32000",
    "mass": "mg 1|gram grams g 1000|kg kilogram kilograms kilo kilos 1000000|tonne tonnes 1000000000",
    "volume": "teaspoon teaspoons tsp 1|tablespoon tablespoons tbsp 3|cup cups 48|pint pints 96|quart quarts 192|gallon"
    " gallons 768",
    "litre": "ml milliliter milliliters millilitres 1|liter liters litre litres 1000",
    "money": "cent cents penny pennies ¢ 1|nickel nickels 5|dime dimes 10|quarters 25|dollar dollars $ € £ 100",
    "count": "pair pairs couple couples half 2|dozen dozens 12|score 20|hundred hundreds 100|thousand thousands k 1000"
    "|million millions 1000000|billion billions 1000000000",
    "data": "kb 1|mb megabyte megabytes 1000|gb gigabyte gigabytes 1000000|tb terabyte terabytes 1000000000",
    "angle": "degree degrees 1",
}


def _read_table() -> dict[str, tuple[str, int]]:
    table: dict[str, tuple[str, int]] = {}
    for dimension, line in _TABLE.items():
        for group in line.split("|"):
            *names, size = group.split()
            table.update((name, (dimension, int(size))) for name in names)
    return table


UNITS: Final = _read_table()


# What these words measure does not add up: sound levels and acidity are logarithms.
_NOT_ADDED: Final = frozenset(("db", "dba", "decibel", "decibels", "ph"))
_SYSTEMS: Final = ({"length", "metric"}, {"weight", "mass"}, {"volume", "litre"})
_CURRENCIES: Final = frozenset("$€£")
# Speeds that are one word hide a unit of time.
_SPEEDS: Final = {"mph": "hour", "kmh": "hour", "kph": "hour", "knot": "hour", "knots": "hour", "fps": "second"}


def conversion_doubt(left: Side, right: Side, value: Fraction, claimed: Fraction) -> str:
    """Why the two values may be one quantity in different units; empty where they cannot."""
    if value == claimed and not left.words and not right.words:
        return ""
    words = (*left.words, *right.words)
    if len(_CURRENCIES.intersection(words)) > 1:
        return "more than one currency"
    sizes = _sizes(words)
    mixed = {dimension: found for dimension, found in sizes.items() if len(found) > 1 or dimension == "count"}
    is_money = "money" in sizes
    is_sum = any(token.kind == "op" and token.name in "+-" for token in (*left.items, *right.items))
    has_percent = any(token.kind == "%" for token in (*left.items, *right.items))
    if is_sum and not _NOT_ADDED.isdisjoint(words):
        return "measures that do not add up"
    if is_sum and any(pair <= sizes.keys() for pair in _SYSTEMS):
        return "units of two systems"
    if "angle" in sizes and (value - claimed) % 360 == 0 and value != claimed:
        return "angles that differ by whole turns"
    if value == claimed:
        return "units of different size" if mixed else ""
    if mixed and is_sum:
        return "units of different size in one sum"
    if has_percent and is_sum and not _all_percent(left, right):
        return "percentages and numbers in one sum"
    factors = [_ratios(dimension, found) for dimension, found in mixed.items()]
    factors += _unsaid(left, right)
    if has_percent:
        factors.append({Fraction(100) ** power for power in range(-2, 3)})
    if is_money:
        # `3 * 40 = $1.20`: cents that are not called so
        factors.append({Fraction(100) ** power for power in (-1, 0, 1)})
    if value and claimed and factors:
        ratio = value / claimed
        if any(_product(choice) == ratio for choice in product(*factors)):
            return "the units or percentages may convert"
    return _things_doubt(left, right) if is_sum else ""


def _product(factors: tuple[Fraction, ...]) -> Fraction:
    result = Fraction(1)
    for factor in factors:
        result *= factor
    return result


def _sizes(words: tuple[str, ...]) -> dict[str, set[int]]:
    sizes: dict[str, set[int]] = {}
    for word in words:
        name = word.lstrip("/-")
        unit = UNITS.get(_SPEEDS.get(name, name))
        if unit is not None:
            sizes.setdefault(unit[0], set()).add(unit[1])
    return sizes


# A month is four weeks to many, a year 52 weeks, 365 or 360 days, a working day eight hours.
_LOOSE: Final = {"time": (4, 7, 12, 24, 28, 30, 31, 48, 52, 60, 360, 365, 366, 1440, 3600)}


def _ratios(dimension: str, sizes: set[int]) -> set[Fraction]:
    found = sizes | {1} if dimension == "count" else sizes
    ratios = {Fraction(first, second) for first in found for second in found}
    for loose in _LOOSE.get(dimension, ()):
        ratios |= {Fraction(loose), Fraction(1, loose)}
    return ratios | {ratio * ratio for ratio in ratios}


def _unsaid(left: Side, right: Side) -> list[set[Fraction]]:
    """`60 * 2 = 2 hours`: where one side alone names its unit, the other may be in another one of that dimension."""
    first, second = _sizes(left.words), _sizes(right.words)
    lone = [(name, sizes) for name, sizes in (first | second).items() if (name in first) != (name in second)]
    lone = [(name, sizes) for name, sizes in lone if name not in ("money", "count")]
    if len(lone) != 1:
        return []
    dimension, sizes = lone[0]
    others = {size for name, size in UNITS.values() if name == dimension}
    ratios = {Fraction(one, other) for one in sizes for other in others}
    ratios |= {1 / ratio for ratio in ratios}
    if dimension in ("length", "metric"):
        ratios |= {ratio**2 for ratio in ratios} | {ratio**3 for ratio in ratios}  # areas and volumes
    for loose in _LOOSE.get(dimension, ()):
        ratios |= {Fraction(loose), Fraction(1, loose)}
    return [ratios]


def _all_percent(left: Side, right: Side) -> bool:
    for side in (left, right):
        numbers = sum(token.kind == "num" for token in side.items)
        if numbers != sum(token.kind == "%" for token in side.items):
            return False
    return True


def _things_doubt(left: Side, right: Side) -> str:
    """`2 adults + 3 children = 130` may be an equation about prices: things that differ are not summed here."""
    things = {word.rstrip("s") for word in left.words if len(word) > 1 and word[0] not in "/-(" and word not in UNITS}
    claimed = {word.rstrip("s") for word in right.words}
    if len(things) > 1 and not things & claimed:
        return "things of different kinds in one sum"
    return ""
