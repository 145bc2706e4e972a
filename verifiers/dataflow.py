"""Carries a corrected value forward: through the later steps that use it, and into the final answer.

The idea: the text is read once, from left to right, as a program whose variables are the numbers that steps produced.
A refuted step replaces the number that it produced; where that number stands later as an operand, it is replaced too,
the step is worked out anew, and so on. A number that is only restated follows as well, the final answer in particular.

What is carried is plainly that result: a number that stood in the text before the step, that another step produced
too, that stands twice in one sum, or whose right value a later step uses instead, may be another number, and is left
alone. So is what follows from it. What the text calls its answer is the last step's result where it has its value.

Guaranteed: every step that is changed holds exactly, or is rounded as it was before. Not covered: steps told in words.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import islice
from math import ceil, floor
from typing import Final

from slowthink.types import Edit, Judgement, Status, Verdict
from slowthink.verifiers.assignments import Definition, Formula, find_assignments, value_with, with_letters
from slowthink.verifiers.claims import Pair, Side, find_pairs
from slowthink.verifiers.expressions import evaluate, parse_tokens
from slowthink.verifiers.numerals import CURRENCY_SIGNS, MINUS_SIGNS, is_rounding, style_of, write_number
from slowthink.verifiers.tokens import Token, tokens

Span = tuple[int, int]


@dataclass(slots=True)
class Change:
    """A number that a step produced wrongly: what it should be, and from where on it stands for that."""

    new: Fraction
    since: int
    is_used: bool = False


def carried(text: str, judgements: Sequence[Judgement]) -> list[Edit]:
    """The corrections of `judgements`, which are those of `text`, and all edits that follow from them."""
    flow = _Flow(text, judgements)
    steps: list[tuple[int, Callable[[], None]]] = []
    for formula, letters in with_letters(flow.definitions, flow.formulas):
        steps.append((formula.span[0], partial(flow.put_in, formula, letters)))
    steps += [(pair.left.start, partial(flow.step, pair)) for pair in flow.pairs]
    for _, work in sorted(steps, key=lambda step: step[0]):
        work()
    flow.restate()
    return list(flow.edits.values())


class _Flow:
    """The state of one pass over a text."""

    def __init__(self, text: str, judgements: Sequence[Judgement]) -> None:
        self.text = text
        self.verdicts = {(j.claim.start, j.claim.end): j.verdict for j in judgements if j.claim.kind == "arithmetic"}
        # what is beyond the bound on claims was not judged
        judged = islice(find_pairs(text), len(self.verdicts))
        self.pairs = [pair for pair in judged if (pair.left.start, pair.right.end) in self.verdicts]
        self.numerals = list(_numerals(text))
        self.first: dict[Fraction, int] = {}
        """Where each number stands for the first time."""
        for start, _, value in self.numerals:
            self.first.setdefault(value, start)
        self.changes: dict[Fraction, Change] = {}
        self.corrected: dict[Fraction, set[Fraction]] = {}
        """For each right number the wrong ones that were changed to it."""
        self.edits: dict[int, Edit] = {}
        self.values: dict[Span, Fraction | None] = {}
        """What a side that was seen is worth after its edits: it may be the left side of the next pair."""
        self.abridged: dict[Span, int] = {}
        """Wrong expressions in the middle of a chain, which the result took the place of, and where it begins."""
        self.definitions, self.formulas = find_assignments(text)
        used = set("".join(formula.text for formula in self.formulas))
        self.lettered = {found.span for found in self.definitions if found.name in used}
        """The numbers that letters stand for: they are carried by their letters."""
        self.results: dict[Fraction, Fraction] = {}
        """Every number that a step produced, as it is written, and as it should be; the last step counts."""
        for judgement in judgements:
            edit = judgement.verdict.edit
            if judgement.claim.kind != "arithmetic" and judgement.verdict.status is Status.REFUTED and edit is not None:
                self.edits[edit.start] = edit

    def step(self, pair: Pair) -> None:
        """Work one pair of sides out anew."""
        verdict = self.verdicts[pair.left.start, pair.right.end]
        span = (pair.left.start, pair.left.end)
        old_left, old_right = evaluate(pair.left.expression), evaluate(pair.right.expression)
        left = self.values[span] if span in self.values else self.substituted(pair.left)
        self.values.setdefault((pair.right.start, pair.right.end), old_right)
        if left is None or old_left is None or old_right is None or pair.relation not in ("=", "≈"):
            return
        if pair.right.numeral is not None:
            self.produce(pair, verdict, old_left, left, old_right)
        else:
            right = self.substituted(pair.right)
            self.values[pair.right.start, pair.right.end] = right
            is_meant = verdict.status is Status.REFUTED or (old_left == old_right and left != old_left)
            if right != left and is_meant and not pair.right.words:
                self.abridge(pair.right, self.abridged.get(span, pair.right.start), left)

    def put_in(self, formula: Formula, letters: Mapping[str, Definition]) -> None:
        """Put into a formula what its letters stand for after the edits."""
        verdict = self.verdicts.get((formula.start, formula.span[1]))
        values = {name: self.values.get(found.span, found.value) for name, found in letters.items()}
        known = {name: value for name, value in values.items() if value is not None}
        new, written = value_with(formula, known), formula.written_with(known)
        if verdict is None or verdict.status is Status.UNKNOWN or new is None or written is None:
            return
        self.values[formula.span] = new
        if new == formula.value:
            return
        start, end = formula.span
        if formula.operators:
            self.edits[start] = Edit(start=start, end=end, text=written)
        elif self.replace(start, end, new):
            self.note(formula.value, new)
            self.change(formula.value, new, start, end)

    def produce(self, pair: Pair, verdict: Verdict, old_left: Fraction, left: Fraction, shown: Fraction) -> None:
        """A number stands for what is left of it."""
        new = self.expected(pair, verdict, old_left, left, shown)
        if new is None:
            return
        start, end = pair.right.numeral or (0, 0)
        if not pair.left.is_quantity:
            self.note(shown, new)
        if (abridged := self.abridged.get((pair.left.start, pair.left.end))) is not None:
            start, end = abridged, pair.right.end
        if new != shown and self.replace(start, end, new, self.text[slice(*(pair.right.numeral or (0, 0)))]):
            self.values[pair.right.start, pair.right.end] = new
            self.change(shown, new, pair.right.start, pair.right.end)
        elif new == shown and isinstance(verdict, Verdict) and not pair.left.is_quantity:
            # Another step produces this number rightly: from here on it may be either.
            self.changes.pop(shown, None)

    def abridge(self, side: Side, start: int, value: Fraction) -> None:
        """Put the result into the place of a wrong expression; what was abridged just before it goes with it."""
        for at in range(start, side.end):
            self.edits.pop(at, None)
        if self.replace(start, side.end, value, self.text[slice(*(side.numeral or (0, 0)))]):
            self.values[side.start, side.end] = value
            self.abridged[side.start, side.end] = start

    def expected(
        self, pair: Pair, verdict: Verdict, old_left: Fraction, left: Fraction, shown: Fraction
    ) -> Fraction | None:
        """What the number should be; None where the step is not understood."""
        if verdict.status is Status.REFUTED:
            return left if verdict.edit is not None else None
        if old_left == shown:
            return left
        if left == old_left:
            return shown
        start, end = pair.right.numeral or (0, 0)
        decimals = style_of(self.text[start:end]).decimals
        if decimals == 0 and old_left.denominator != 1 and abs(old_left - shown) < 1:
            return Fraction(floor(left) if shown < old_left else ceil(left))
        return _rounded(left, decimals) if is_rounding(old_left, shown, decimals) else None

    def note(self, shown: Fraction, new: Fraction) -> None:
        """Remember a result; the last one stands last."""
        self.results.pop(shown, None)
        self.results[shown] = new

    def change(self, old: Fraction, new: Fraction, start: int, end: int) -> None:
        """A number is another one from here on, unless it may be one that stood in the text before."""
        known = self.changes.get(old)
        if (start, end) in self.lettered:
            return
        if known is not None and known.new != new:
            del self.changes[old]
        elif known is None and self.first.get(old, start) >= start:
            self.changes[old] = Change(new, end)
            self.corrected.setdefault(new, set()).add(old)

    def substituted(self, side: Side) -> Fraction | None:
        """The value of a side once what was changed before is put into it; the edits are noted."""
        items = list(side.items)
        operands = list(_operands(items))
        for operand in operands:
            for old in self.corrected.pop(operand.value, ()):
                if old in self.changes and not self.changes[old].is_used:
                    # The text goes on with the right number: it was put right on the way.
                    del self.changes[old]
        found = [operand for operand in operands if self.current(operand.value, items[operand.at].start)]
        if len({operand.value for operand in found}) < len(found):
            return evaluate(side.expression)
        for operand in reversed(found):
            change = self.changes[operand.value]
            written = items[operand.first].start, items[operand.at].end
            if not self.replace(*written, change.new * operand.scale):
                return evaluate(side.expression)
            change.is_used = True
            items[operand.first : operand.at + 1] = [items[operand.at]._replace(value=change.new * operand.scale)]
        if not found:
            return evaluate(side.expression)
        expression = parse_tokens(items)
        return None if expression is None else evaluate(expression)

    def current(self, value: Fraction, at: int) -> bool:
        """Whether a number at this place is one that was changed."""
        change = self.changes.get(value)
        return change is not None and at >= change.since

    def replace(self, start: int, end: int, new: Fraction, like: str = "") -> bool:
        """Write a number in the place and style of another; False where it cannot be written."""
        while start and self.text[start - 1] in CURRENCY_SIGNS:
            start -= 1
        written = write_number(new, like or self.text[start:end])
        if written is None:
            return False
        self.edits[start] = Edit(start=start, end=end, text=written)
        return True

    def restate(self) -> None:
        """Replace what restates a changed number outside of the steps, and the answer."""
        answers = {match.end() for match in _ANSWER.finditer(self.text)}
        last = 0
        steps = deque(sorted((pair.left.start, pair.right.end) for pair in self.pairs))
        final = max((end for _, end in steps), default=0)
        for start, end, value in self.numerals:
            while steps and steps[0][0] <= start:
                last = max(last, steps.popleft()[1])
            if start < last:
                continue
            new = self.changes[value].new if self.current(value, start) else None
            if new is None and (start >= final or not answers.isdisjoint(range(start - MAX_BEFORE_ANSWER, start + 1))):
                new = self.result(value)
            if new is not None and new != value:
                self.replace(start, end, new)

    def result(self, value: Fraction) -> Fraction | None:
        """What an answer of this value should be, if it is what a step produced, rounded perhaps."""
        if value in self.results:
            return self.results[value]
        if not self.results or value.denominator != 1:
            return None
        shown, new = next(reversed(self.results.items()))
        rounded = {way(new) for way in (floor, ceil, _nearest) if way(shown) == value}
        return Fraction(rounded.pop()) if len(rounded) == 1 else None


_ANSWER: Final = re.compile(r"\banswer\b[\"'*]*\s*(?:is\b|:|=)[\s\"'*\\:]*|####\s*|\\boxed\s*\{", re.IGNORECASE)
MAX_BEFORE_ANSWER: Final = 4
"""A currency sign, a bracket, marks of emphasis."""


@dataclass(frozen=True, slots=True)
class _Operand:
    """A number in a side: its tokens, its value, and what one written stands for."""

    first: int
    at: int
    value: Fraction
    scale: int


def _operands(items: list[Token]) -> Iterator[_Operand]:
    for at, token in enumerate(items):
        if token.value is None:
            continue
        scale = 100 if at + 1 < len(items) and items[at + 1].kind == "%" else 1
        is_signed = at > 0 and items[at - 1].name == "-" and (at == 1 or items[at - 2].kind in ("op", "("))
        sign = -1 if is_signed else 1
        yield _Operand(at - is_signed, at, sign * token.value / scale, scale)


def _nearest(value: Fraction) -> int:
    return floor(value + Fraction(1, 2))


def _rounded(value: Fraction, decimals: int) -> Fraction:
    return Fraction(_nearest(value * 10**decimals), 10**decimals)


_SIGN: Final = re.compile(rf"(?:^|[\s\"'(:*]){{1}}[{MINUS_SIGNS}]$")


def _numerals(text: str) -> Iterator[tuple[int, int, Fraction]]:
    """Every number in the text: where it stands, and its value, a sign and a percent sign included."""
    found = tokens(text)
    for at, token in enumerate(found):
        if token.value is None:
            continue
        start, end, value = token.start, token.end, token.value
        following = found[at + 1 : at + 3]
        if len(following) == 2 and following[0].name == "/" and following[1].value and following[1].start == end + 1:
            yield start, following[1].end, value / following[1].value
        if _SIGN.search(text[max(0, start - 2) : start]):
            start, value = start - 1, -value
        if at + 1 < len(found) and found[at + 1].kind == "%":
            value, end = value / 100, found[at + 1].end
        yield start, end, value
