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
from typing import Final

from slowthink.types import Claim, Edit, Judgement, Status, Verdict
from slowthink.verifiers.assignments import judge_formulas
from slowthink.verifiers.claims import Pair, find_pairs
from slowthink.verifiers.expressions import Operation, evaluate, write
from slowthink.verifiers.numerals import decimals_needed, write_decimal, write_number
from slowthink.verifiers.roundings import is_nearest, is_rounded
from slowthink.verifiers.sum_contexts import forbids_any, forbids_refutation
from slowthink.verifiers.sum_doubts import other_meaning
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
    against = forbids_any(text, begin, end)
    if not against and verdict.status is Status.REFUTED:
        against = forbids_refutation(text, begin, end)
    return _unknown(against) if against else verdict


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
    doubt = doubt or other_meaning(text, pair, left, right)
    if doubt:
        return _unknown(doubt)
    if is_rounded(text, pair, left, right):
        if is_rough and is_nearest(text, pair, left, right):
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
