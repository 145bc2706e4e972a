"""Judges arithmetic claims in finished text: `7 * 8 = 54`, `$20 × 3 = $60`, `10/3 ≈ 3.33`, `a = b = c`.

The idea: both sides are evaluated exactly. Equal sides are PROVED. Unequal sides are REFUTED only when nothing
else that people mean by such a line makes it right: a value rounded or cut off at the precision shown, a
division with remainder, units that convert, a percentage of a hundred, a run-on chain (`5 + 3 = 8 - 2 = 6`),
an equation of different things. All of these, and everything beyond the bounds, is UNKNOWN with its reason.

Guaranteed: exact rationals, time linear in the text (a bounded number of claims a page), no exception on any
text. A false alarm on right text costs more than a miss, and every rule here leans that way. Not judged:
whether the sum is the right one to do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Final

from slowthink.types import Claim, Edit, Judgement, Status, Verdict
from slowthink.verifiers.assignments import judge_formulas
from slowthink.verifiers.claims import Pair, Side, find_pairs
from slowthink.verifiers.expressions import Expression, Negation, Number, Operation, evaluate, write
from slowthink.verifiers.numerals import decimals_needed, is_rounding, style_of, write_decimal, write_number
from slowthink.verifiers.phrasing import word_set
from slowthink.verifiers.surroundings import match_forward
from slowthink.verifiers.units import conversion_doubt

MAX_SHOWN: Final = 40
FREE_CLAIMS: Final = 200
CHARACTERS_A_CLAIM: Final = 50


@dataclass(frozen=True, slots=True)
class ArithmeticVerifier:
    """The verifier of equations and comparisons between numbers."""

    kind: str = "arithmetic"

    def check(self, text: str) -> list[Judgement]:
        """One judgement for each adjacent pair of every chain of relations found in `text`, in order.

        Where a text has more claims than `most_claims`, those beyond are one UNKNOWN, so that time stays bounded.
        """
        judgements: list[Judgement] = []
        most = most_claims(len(text))
        for pair in find_pairs(text):
            if len(judgements) == most:
                judgements.append(_judgement(text, pair, _unknown(_NOT_JUDGED.format(len(text), most))))
                break
            judgements.append(_judgement(text, pair, judge(text, pair)))
        lettered = judge_formulas(text)
        return sorted([*judgements, *lettered], key=_position) if lettered else judgements


_NOT_JUDGED: Final = (
    "not judged, nor is what follows: of a text of {} characters the first {} claims are judged; check it in parts"
)


def _position(judgement: Judgement) -> tuple[int, int]:
    return judgement.claim.start, judgement.claim.end


def most_claims(length: int) -> int:
    """How many claims are judged in a text of so many characters: all of a page of sums, few of a hostile one."""
    return FREE_CLAIMS + length // CHARACTERS_A_CLAIM


def judged(text: str, start: int = 0) -> Iterator[tuple[Judgement, int]]:
    """Judgements with the offset up to which the text was looked at to decide them (for the calculator)."""
    for pair in find_pairs(text, start):
        yield _judgement(text, pair, judge(text, pair)), pair.right.decided


def _judgement(text: str, pair: Pair, verdict: Verdict) -> Judgement:
    begin, end = pair.left.start, pair.right.end
    return Judgement(claim=Claim(kind="arithmetic", text=text[begin:end], start=begin, end=end), verdict=verdict)


def judge(text: str, pair: Pair) -> Verdict:
    """The verdict on one pair; `text` is what its offsets refer to."""
    verdict = _judge_plainly(text, pair)
    if verdict.status is Status.UNKNOWN:
        return verdict
    begin, end = pair.left.start, pair.right.end
    is_named = _names_other_arithmetic(text)
    if not is_named and verdict.status is Status.PROVED:
        return verdict
    before, after = text[max(0, begin - MAX_BEFORE) : begin], text[end : end + MAX_AFTER]
    before, after = _LINE_END.split(before)[-1], _LINE_END.split(after, maxsplit=1)[0]
    if is_named and (_OTHER_ARITHMETIC.search(before) or _OTHER_ARITHMETIC.search(after)):
        return _unknown("it may be of another arithmetic: modular, of another base, of a clock, of a program")
    if verdict.status is Status.REFUTED:
        before, after = _SENTENCE_END.split(before)[-1], _SENTENCE_END.split(after, maxsplit=1)[0]
        if _DENIAL.search(before) or _DENIAL.search(after):
            return _unknown("it may be denied, not claimed")
    return verdict


def is_of_another_kind(text: str, at: int) -> bool:
    """Whether what stands before a claim, however far, speaks of residues or bases, or its line of another kind."""
    line = _LINE_END.split(text[max(0, at - MAX_BEFORE) : at])[-1]
    if _OTHER_NUMBERS.search(text, 0, at) is not None or _OTHER_ARITHMETIC.search(line) is not None:
        return True
    return _DENIAL.search(_SENTENCE_END.split(line)[-1]) is not None


MAX_BEFORE: Final = 240
MAX_AFTER: Final = 80
_LINE_END = re.compile(r"\n|\\n(?![a-z])")
_SENTENCE_END = re.compile(r"[.?!](?=\s)")
_OTHER_ARITHMETIC = re.compile(
    r"\b(?:mod|modulo|modulus|modular|binary|ternary|octal|hex|hexadecimal|xor|bitwise|clock|GF|python|javascript|java"
    r"|bash|rust|ruby|perl|php)\b|\bbase[ -]?(?:[0-9]|two|three|four|five|six|seven|eight|nine|twelve|sixteen)"
    r"|\bC(?:\+\+|#)|\\[bp]mod|(?:ℤ|\bZ|\bF)_?\{?[0-9]",
    re.I,
)
_OTHER_NUMBERS = re.compile(
    r"\b(?:modulo|modulus|modular|binary|ternary|octal|hexadecimal|clock arithmetic)\b|\(mod\b|\bmod [0-9]"
    r"|\bbase[ -]?(?:[0-9]|two|three|four|five|six|seven|eight|nine|twelve|sixteen)|\\[bp]mod",
    re.I,
)
_HINTS: Final = word_set(
    "mod modul binary ternary octal hex xor bitwise clock python java bash rust ruby perl php base c++ c# ℤ"
)
_FIELD = re.compile(r"[ZzFf]_?\{?[0-9]|GF|gf")


@lru_cache(maxsize=8)
def _names_other_arithmetic(text: str) -> bool:
    """Whether some word of the text may say so: asked once for all of its claims."""
    lowered = text.lower()
    return any(hint in lowered for hint in _HINTS) or _FIELD.search(text) is not None


_DENIAL = re.compile(r"\b(?:false|wrong|wrongly|incorrect|incorrectly|mistake|mistakes|mistaken|not)\b|n['’]t\b", re.I)


def _judge_plainly(text: str, pair: Pair) -> Verdict:
    """The verdict on one pair, of what stands in it and next to it alone."""
    left, right = evaluate(pair.left.expression), evaluate(pair.right.expression)
    if left is None or right is None:
        return _unknown("a value that is undefined, irrational or beyond the bounds")
    if pair.relation not in ("=", "≈"):
        return _compare(text, pair, left, right)
    doubt = pair.left.doubt or pair.right.doubt
    is_rough = pair.relation == "≈" or "~" in text[pair.left.end : pair.right.start]
    if left == right:
        if doubt or conversion_doubt(pair.left, pair.right, left, right):
            return _unknown(doubt or "the units may not agree")
        return Verdict(status=Status.PROVED, reason=f"both sides are {_show(left)}")
    doubt = doubt or _doubt(text, pair, left, right)
    if doubt:
        return _unknown(doubt)
    if _is_rounded(text, pair, left, right):
        if is_rough:
            return Verdict(status=Status.PROVED, reason=f"{_show(left)} at the precision shown")
        return _unknown("right at the precision shown")
    if is_rough and 10 * abs(left - right) <= max(abs(left), abs(right)):
        return _unknown("a rough value")
    return _refute(text, pair, left, right)


def _unknown(reason: str) -> Verdict:
    return Verdict(status=Status.UNKNOWN, reason=reason)


def _show(value: Fraction) -> str:
    """A value for people to read: exact, and short."""
    decimals = decimals_needed(value) if value.denominator != 1 else None
    text = str(value) if decimals is None else write_decimal(value, decimals)
    return text if len(text) <= MAX_SHOWN else text[:MAX_SHOWN] + "..."


_HOLDS: Final = {
    "<": lambda left, right: left < right,
    ">": lambda left, right: left > right,
    "<=": lambda left, right: left <= right,
    ">=": lambda left, right: left >= right,
    "!=": lambda left, right: left != right,
}
_CONDITION = re.compile(
    r"\b(?:if|whether|until|while|when|check|not|no|false|must|should|need|try|let|since|for)\b|n't|\?", re.I
)


def _compare(text: str, pair: Pair, left: Fraction, right: Fraction) -> Verdict:
    """Comparisons are often conditions that are being examined: those are no claims."""
    doubt = pair.left.doubt or pair.right.doubt
    sentence = text[max(0, pair.left.start - 60) : pair.right.end + 20]
    if doubt or pair.left.words or pair.right.words or _CONDITION.search(sentence):
        return _unknown(doubt or "a condition, or quantities with units")
    shown = f"the left side is {_show(left)}, the right side {_show(right)}"
    if _HOLDS[pair.relation](left, right):
        return Verdict(status=Status.PROVED, reason=shown)
    return Verdict(status=Status.REFUTED, reason=shown, witness=shown)


def _doubt(text: str, pair: Pair, left: Fraction, right: Fraction) -> str:
    """What else a pair of unequal sides may mean."""
    if _HYPOTHETICAL.search(text, max(0, pair.left.start - 24), pair.left.start):
        return "it is supposed, not claimed"
    if not isinstance(pair.left.expression, Operation) and not isinstance(pair.right.expression, Operation):
        has_words = bool(pair.left.words or pair.right.words)
        if has_words:
            return "two quantities with units"
        if any(token.kind == "%" for token in (*pair.left.items, *pair.right.items)):
            return "a percentage of something"
    if pair.left.numeral is not None and (pair.is_worded or pair.left.items[-1].kind == "%") and pair.left.is_led:
        return "a part of something"
    if pair.left.numeral is not None and pair.left.words and 0 < left < 1:
        return "a part of something"
    if pair.left.is_dashed and _with_first_negated(pair.left.expression) == right:
        return "the dash may be a minus"
    if _is_range(pair, right):
        return "a range, not a difference"
    if left == -right and _DIFFERENCE.search(text, max(0, pair.left.start - 100), pair.left.start):
        return "a difference without its sign"
    if right in _divided_as_a_whole(pair.left.expression) or left in _divided_as_a_whole(pair.right.expression):
        return "all of the sum may be meant to be divided"
    for side, value in ((pair.left, left), (pair.right, right)):
        unit = _scientific_unit(side, value)
        if unit is not None and abs(left - right) < unit:
            return "right at the precision shown"
    if _runs_on(pair, left, right):
        return "a chain that runs on"
    return conversion_doubt(pair.left, pair.right, left, right)


_HYPOTHETICAL = re.compile(r"\b(?:if|whether|suppose|assume|not|check|that)\b[^\w.]{0,3}$|(?:n't|[≠!])\W{0,3}$", re.I)


_DIFFERENCE = re.compile(r"\b(?:difference|between|apart|closer|further|change[ds]?)\b[^\n.]*$", re.I)


def _divided_as_a_whole(expression: Expression) -> Iterator[Fraction]:
    """The value of `25 + 75 / 2` where it is written for an average."""
    if not isinstance(expression, Operation) or expression.operator not in "+-":
        return
    last = expression.right
    if isinstance(last, Operation) and last.operator == "/" and isinstance(last.right, Number):
        whole = evaluate(Operation("/", Operation(expression.operator, expression.left, last.left), last.right))
        if whole is not None:
            yield whole


def _runs_on(pair: Pair, left: Fraction, right: Fraction) -> bool:
    """Whether one side stands for a part of itself, as in `5 + 3 = 8 - 2 = 6`; what is in brackets goes together."""
    beginnings = () if pair.right.items[0].kind == "(" else tuple(_beginnings(pair.right.expression))
    if left in beginnings:
        return True
    if not pair.left.is_chained or match_forward(pair.left.items, 0, len(pair.left.items)) == len(pair.left.items):
        return False
    endings = set(_endings(pair.left.expression))
    return right in endings or not endings.isdisjoint(beginnings)


def _is_range(pair: Pair, claimed: Fraction) -> bool:
    """`pages 10-12 = 3 pages`, `9-5 = 8 hours`: a dash without blanks between numbers that may be two ends."""
    items = pair.left.items
    if len(items) != 3 or items[1].name != "-" or items[0].value is None or items[2].value is None:
        return False
    if items[0].end != items[1].start or items[1].end != items[2].start:
        return False
    first, last = items[0].value, items[2].value
    is_day = not {"hour", "hours", "hr", "hrs"}.isdisjoint(pair.right.words) and first <= 12 >= last
    return (last > first and claimed > 0) or (is_day and claimed == last - first + 12)


def _scientific_unit(side: Side, value: Fraction) -> Fraction | None:
    """What the last digit shown of `1.27e30` or `7.01 x 10^6` stands for; None where `side` is neither."""
    items = side.items[1:] if side.items[0].name == "-" else side.items
    first = items[0]
    mantissa, _, exponent = first.name.lower().partition("e")
    is_power = len(items) > 4 and items[1].name == "*" and items[2].value == 10 and items[3].name == "^"
    if first.kind != "num" or not first.value or is_power == bool(exponent):
        return None
    if exponent and len(items) > 1:
        return None
    if is_power and any(token.kind == "op" for token in items[5 if items[4].name != "-" else 6 :]):
        return None
    decimals = len(mantissa.partition(".")[2])
    # with an exponent, the numeral is the mantissa itself times its power of ten
    size = Fraction(mantissa.replace(",", "").replace("{}", "")) if exponent else first.value
    return abs(value / size) * Fraction(1, 10**decimals)


def _with_first_negated(expression: Expression) -> Fraction | None:
    def negated(part: Expression) -> Expression:
        if isinstance(part, Operation):
            return Operation(part.operator, negated(part.left), part.right)
        return Negation(part)

    return evaluate(negated(expression))


def _beginnings(expression: Expression) -> Iterator[Fraction]:
    """The values of the beginnings of an expression: `8`, `8 - 2` of `8 - 2 + 1`."""
    while isinstance(expression, Operation):
        expression = expression.left
        value = evaluate(expression)
        if value is not None:
            yield value


def _endings(expression: Expression) -> Iterator[Fraction]:
    """The values of the last terms of a sum: `60 * 4` of `80 + 60 * 4`."""
    if isinstance(expression, Operation) and expression.operator in "+-":
        value = evaluate(expression.right)
        if value is not None:
            yield value


def _is_rounded(text: str, pair: Pair, left: Fraction, right: Fraction) -> bool:
    """Whether the sides agree once it is granted that numbers shown may be rounded."""
    if any(token.kind == "%" for token in (*pair.left.items, *pair.right.items)):
        factors = [Fraction(1), Fraction(100), Fraction(1, 100)]
    else:
        factors = [Fraction(1)]
    return any(_agrees(text, pair, left * factor, right) for factor in factors)


def _agrees(text: str, pair: Pair, left: Fraction, right: Fraction) -> bool:
    numeral = pair.right.numeral
    if numeral is None:
        if pair.left.numeral is not None:
            return _is_rounded_to(text, pair.left, pair.left.numeral, right, left)
        return _agrees_within_rounding(pair, left, right, 0)
    return _is_rounded_to(text, pair.right, numeral, left, right) or _agrees_within_rounding(
        pair, left, right, _decimals(text, pair.right, numeral)
    )


def _decimals(text: str, side: Side, numeral: tuple[int, int]) -> int:
    style = style_of(text[slice(*numeral)])
    return style.decimals + (2 if side.items[-1].kind == "%" else 0)


def _is_rounded_to(text: str, side: Side, numeral: tuple[int, int], exact: Fraction, shown: Fraction) -> bool:
    if any(token.kind == "op" and token.name == "/" for token in side.items) or side.items[0].kind == "frac":
        return False
    decimals = _decimals(text, side, numeral)
    if decimals == 0 and exact.denominator != 1:
        # 17 / 5 = 3 and = 4 are both written for whole things
        return abs(exact - shown) < 1
    return is_rounding(exact, shown, decimals)


def _agrees_within_rounding(pair: Pair, left: Fraction, right: Fraction, decimals: int) -> bool:
    """Whether decimals that look like rounded fractions (0.33, 66.67) explain the difference."""
    spread = _spread(pair.left.expression) + _spread(pair.right.expression)
    return spread > 0 and abs(left - right) <= spread + Fraction(1, 10**decimals)


def _spread(expression: Expression) -> Fraction:
    """How far the value may move when its rounded decimals do, to first order and by absolute values."""
    if isinstance(expression, Number):
        return _rounding_of(expression.value)
    if isinstance(expression, Negation):
        return _spread(expression.operand)
    left_spread, right_spread = _spread(expression.left), _spread(expression.right)
    if left_spread == 0 == right_spread:
        return Fraction(0)
    left, right = evaluate(expression.left), evaluate(expression.right)
    if left is None or right is None or expression.operator in "+-":
        return left_spread + right_spread
    if expression.operator == "*":
        return abs(left) * right_spread + abs(right) * left_spread + left_spread * right_spread
    if expression.operator == "/" and abs(right) > right_spread:
        return (left_spread + abs(left) * right_spread / abs(right)) / (abs(right) - right_spread)
    return abs(left) + abs(right)


def _rounding_of(value: Fraction) -> Fraction:
    """Half a unit (a whole one, where it is cut off) of the last decimal of what looks like a rounded fraction."""
    decimals = decimals_needed(value, 8)
    if decimals is None or decimals < 2:
        return Fraction(0)
    # 0.8333% is a rounded fraction as much as 0.8333 is
    shown = value if decimals < 4 else value * 100
    unit = Fraction(1, 10**decimals) * (shown / value if value else 1)
    for denominator in (3, 6, 7, 9, 11, 12, 13):
        for part, size in ((value, Fraction(1, 10**decimals)), (shown, unit)):
            nearest = round(part * denominator)
            if abs(Fraction(nearest, denominator) - part) < size and nearest % denominator:
                return Fraction(1, 10**decimals)
    return Fraction(0)


def _refute(text: str, pair: Pair, left: Fraction, right: Fraction) -> Verdict:
    written, shown = write(pair.left.expression)[:80], _show(left)
    reason, witness = f"{written} is {shown}, not {_show(right)}", f"{written} = {shown}"
    if pair.right.numeral is None:
        if isinstance(pair.right.expression, Operation):
            reason = f"the left side is {_show(left)}, the right side {_show(right)}"
            witness = f"{_show(left)} != {_show(right)}"
        return Verdict(status=Status.REFUTED, reason=reason, witness=witness)
    if not isinstance(pair.left.expression, Operation):
        return Verdict(status=Status.REFUTED, reason=reason, witness=witness)
    start, end = pair.right.numeral
    correction = write_number(left, text[start:end])
    if correction is None:
        return Verdict(status=Status.REFUTED, reason=reason, witness=witness)
    edit = Edit(start=start, end=end, text=correction)
    return Verdict(status=Status.REFUTED, reason=reason, witness=witness, correction=correction, edit=edit)
