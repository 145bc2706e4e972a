"""The exact reader: questions that ask for the value of an arithmetic expression, in symbols or in words.

The idea: a question is read only if a small grammar consumes all of it: polite openings and `what is`, then
the expression, then `= ?` and sentences about how to answer. Every parse is enumerated; the question is read
only if all of them have one value. An expression found inside prose is no reading.

Guaranteed: a `Reading` has used every token of the question, its value is exact, and no second way of reading
it by this grammar has another value. Declining (None) is the answer to everything else, at once for long texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from slowthink.verifiers.dashes import as_sentences
from slowthink.verifiers.doubts import asks_for_another_form, has_strange_signs, in_doubt, may_be_no_sum
from slowthink.verifiers.expressions import Expression, Number, evaluate
from slowthink.verifiers.frames import after_closing, how_to_answer, starts, suits
from slowthink.verifiers.questions import Questions
from slowthink.verifiers.tokens import Token, tokens
from slowthink.verifiers.wordings import Ambiguous

MAX_LENGTH: Final = 2000
MAX_TOKENS: Final = 150


@dataclass(frozen=True, slots=True)
class Reading:
    """What a question asks for: the expression, its exact value, and the stretch of text that says it."""

    expression: Expression
    value: Fraction
    text: str


_MATH_MARKS: Final = re.compile(r"\$\$?([^$]{1,300})\$\$?")


def read(question: str) -> Reading | None:
    """The one reading of the whole question, or None."""
    if len(question) > MAX_LENGTH or not _MAY_BE.search(question) or has_strange_signs(question):
        return None
    if in_doubt(question):
        return None
    text = as_sentences(question)
    text = _MATH_MARKS.sub(lambda match: f" {match[1]} ", text) if text.count("$") in (2, 4) else text
    given = tokens(text)
    readings: dict[Fraction, Reading] = {}
    try:
        for start in sorted(starts(text)):
            for reading in _readings(text, given, start):
                readings.setdefault(reading.value, reading)
    except Ambiguous:
        return None
    return next(iter(readings.values())) if len(readings) == 1 else None


_MAY_BE: Final = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|hundred|thousand|\w+ty)\b", re.I
)


def _readings(text: str, given: list[Token], start: int) -> Iterator[Reading]:
    first = next((at for at, token in enumerate(given) if token.start >= start), len(given))
    if first == len(given) or given[first].start != start:
        return
    # `- 3 + 4` may be an item of a list.
    if given[first].kind == "op" and text[given[first].end : given[first].end + 1].isspace():
        return
    # The expression is bounded, the sentences about how to answer are not part of it.
    grammar = Questions(text, [token for token in given[first : first + MAX_TOKENS] if token.kind != "nl"])
    for end, values in grammar.question(0).items():
        last = grammar.given[end - 1].end
        how = how_to_answer(text, after_closing(text, last))
        if how is None:
            continue
        for value, expression in values.items():
            around = f"{text[:start]}\n{text[last:]}"
            if isinstance(expression, Number) or may_be_no_sum(text, text[start:last]):
                continue
            if asks_for_another_form(around, value):
                continue
            if how and value.denominator != 1:
                continue
            if evaluate(expression) == value and suits(text[:start], text[last:], expression):
                yield Reading(expression, value, text[start:last].strip())
