"""Letters that stand for numbers in a text: `where A = (2 + 3) and B = 4 * 5`, then `A - B = 5 - 20 = -15`.

The idea: a definition is a capital letter, `=`, and a chain of readable sides, whose last one is what the text takes
the letter for. A formula is made of such letters and signs; the first side after its `=` says what it becomes once the
numbers are put in. What is put in is compared with what the letters stand for in the text as it is written, so a
formula that only inherits a wrong number is not wrong itself.

Guaranteed: nothing is said of a formula with a letter that was not defined before it, and refuted is only what has as
many signs as the formula, so that it plainly is the formula with numbers in it. Not covered: names of several letters,
small letters, unknowns that equations are solved for.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from typing import Final

from slowthink.types import Claim, Judgement, Status, Verdict
from slowthink.verifiers.expressions import count_operators, evaluate, parse
from slowthink.verifiers.numerals import decimals_needed, write_decimal

Span = tuple[int, int]
MAX_FORMULA: Final = 60
MAX_FORMULAS: Final = 100
"""More of them are left alone, so that time stays bounded."""
_NAME = r"(?<![\w'’.\\])[A-Z](?![\w'’.\\])"
_LETTERS = rf"(?:\(\s?){{0,6}}{_NAME}(?:[\s()]{{0,6}}[-+*/×−÷]\s?(?:\(\s?){{0,6}}{_NAME}){{1,12}}(?:\s?\)){{0,6}}"
_FORMULA = re.compile(rf"(?P<formula>{_LETTERS})\s?=(?!=)\s?")
_TWO_LETTERS = re.compile(r"[A-Z][\s()]{0,6}[-+*/×−÷]\s?[( ]{0,12}[A-Z](?![\w'’.\\])")
_DECOMPOSITION = re.compile(rf"[\"“](?P<formula>{_LETTERS})[\"”],? where\b")
_CONCLUDES = re.compile(r"\banswer\b|\bfinal\b|[.!?}\"”]\s*$", re.IGNORECASE)
_DEFINITION = re.compile(rf"(?<![-+*/×−÷(])(?<![-+*/×−÷(] )(?P<name>{_NAME})\s?=(?!=)\s?")
# What one side of a chain may be made of, up to the next relation or the end of the clause.
_SIDE = re.compile(r"(?:[-+*/×−÷()\d ]|[.,](?=\d))+")
_TOUCHES = re.compile(r"[^\W_]|[%_^\\!°½-⅞]")
_LETTER = re.compile(r"[A-Z]")


@dataclass(frozen=True, slots=True)
class Definition:
    """A letter and the last side of the chain that defines it: where that stands, and its value as written.

    The value is None where the letter stands for something that is not read; what it was before does not count then.
    """

    name: str
    end: int
    span: Span
    value: Fraction | None


@dataclass(frozen=True, slots=True)
class Formula:
    """An expression in letters, and the side in numbers that is claimed to be the same."""

    text: str
    start: int
    span: Span
    value: Fraction
    operators: int

    def written_with(self, values: Mapping[str, Fraction]) -> str | None:
        """The formula with numbers for its letters; None where one of them is not known or not short."""
        parts = [_shown(values[part]) if part in values else part for part in re.split(r"([A-Z])", self.text)]
        return None if any(part is None or _LETTER.fullmatch(part) for part in parts) else "".join(map(str, parts))


def _shown(value: Fraction) -> str | None:
    decimals = decimals_needed(value, 6)
    if decimals is None:
        return f"({value.numerator} / {value.denominator})" if value.denominator < 10**9 else None
    return write_decimal(value, decimals)


def find_assignments(text: str) -> tuple[list[Definition], list[Formula]]:
    """The definitions and formulas of a text, each in its order; nothing where there is no formula."""
    formulas: list[Formula] = []
    # most texts have none, and this tells it in no time
    if _TWO_LETTERS.search(text) is None:
        return [], []
    for match in islice(_FORMULA.finditer(text), MAX_FORMULAS):
        spans = _chain(text, match.end())
        side = None if not spans else parse(text[slice(*spans[0])])
        value = None if side is None else evaluate(side)
        if side is not None and value is not None and len(match["formula"]) <= MAX_FORMULA:
            formulas.append(Formula(match["formula"], match.start(), spans[0], value, count_operators(side)))
    return (list(_definitions(text)), formulas) if formulas else ([], [])


def _definitions(text: str) -> list[Definition]:
    found = []
    for match in islice(_DEFINITION.finditer(text), 4 * MAX_FORMULAS):
        spans = _chain(text, match.end()) or [(match.end(), match.end())]
        side = parse(text[slice(*spans[-1])])
        value = None if side is None else evaluate(side)
        found.append(Definition(match["name"], spans[-1][1], spans[-1], value))
    return found


def _chain(text: str, at: int) -> list[Span]:
    """The sides of a chain that begins at `at`: stretches of signs and digits between `=`."""
    spans: list[Span] = []
    while (side := _SIDE.match(text, at)) is not None and side.group().strip():
        start = side.start() + len(side.group()) - len(side.group().lstrip())
        spans.append((start, side.start() + len(side.group().rstrip())))
        at = side.end() + 1
        if text[side.end() : at] != "=":
            break
    # what touches the last number, as in `2S` or `10%`, makes it something else
    return [] if spans and _TOUCHES.match(text, spans[-1][1]) else spans


def unfinished_value(text: str) -> Fraction | None:
    """What a text that breaks off in the middle of a sum was about to find, by its own decomposition.

    That is a formula in quotation marks, `where` each of its letters is said to be an expression; None for any text
    that comes to an end, or has more than one decomposition.
    """
    found = list(_DECOMPOSITION.finditer(text)) if "where" in text else []
    if len(found) != 1 or _CONCLUDES.search(text, found[0].end()) is not None:
        return None
    values: dict[str, Fraction] = {}
    for match in _DEFINITION.finditer(text, found[0].end()):
        spans = _chain(text, match.end())
        side = parse(text[slice(*spans[0])]) if spans else None
        value = None if side is None else evaluate(side)
        if value is not None:
            values.setdefault(match["name"], value)
    return _value_with(found[0]["formula"], values)


def with_letters(
    definitions: list[Definition], formulas: list[Formula]
) -> Iterator[tuple[Formula, dict[str, Definition]]]:
    """Each formula with the definitions that count at its place: of each of its letters the last one before it."""
    known: dict[str, Definition] = {}
    waiting = deque(definitions)
    for formula in formulas:
        while waiting and waiting[0].end <= formula.start:
            known[waiting[0].name] = waiting[0]
            waiting.popleft()
        yield formula, {name: known[name] for name in _LETTER.findall(formula.text) if name in known}


def judge_formulas(text: str) -> list[Judgement]:
    """One judgement for each formula of the text whose letters are defined."""
    judgements = []
    for formula, letters in with_letters(*find_assignments(text)):
        values = {name: found.value for name, found in letters.items() if found.value is not None}
        verdict = _judge(formula, values)
        if verdict is not None:
            begin, end = formula.start, formula.span[1]
            claim = Claim(kind="arithmetic", text=text[begin:end], start=begin, end=end)
            judgements.append(Judgement(claim=claim, verdict=verdict))
    return judgements


def value_with(formula: Formula, values: Mapping[str, Fraction]) -> Fraction | None:
    """What the formula is worth; None where a letter is not known or the value is beyond the bounds."""
    return _value_with(formula.text, values)


def _value_with(formula: str, values: Mapping[str, Fraction]) -> Fraction | None:
    bracketed = {name: f"({value.numerator} / {value.denominator})" for name, value in values.items()}
    expression = parse(_LETTER.sub(lambda letter: bracketed.get(letter[0], letter[0]), formula))
    return None if expression is None else evaluate(expression)


def _judge(formula: Formula, values: Mapping[str, Fraction]) -> Verdict | None:
    expected, written = value_with(formula, values), formula.written_with(values)
    if expected is None or written is None:
        return None
    if expected == formula.value:
        return Verdict(status=Status.PROVED, reason=f"{formula.text} is {written}")
    if formula.operators != len(_LETTER.findall(formula.text)) - 1:
        return Verdict(status=Status.UNKNOWN, reason="it may be another formula")
    shown = f"{formula.text} is {written} = {_shown(expected) or expected}"
    reason = f"{shown}, not {_shown(formula.value) or formula.value}"
    return Verdict(status=Status.REFUTED, reason=reason, witness=shown)
