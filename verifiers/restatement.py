"""Does an expression that the model wrote say what the question asks? Held against the question's own words.

Where an expression stands in the question, the model's must be the same one, operand by operand; nothing is
computed. Where the question speaks in words, every number of it must occur in the model's expression, as
often as there, and no other number but those that words such as "double" bring along. PROVED is never given:
an expression found inside prose is not a reading of the question.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction

from slowthink.types import Status, Verdict
from slowthink.verifiers.expressions import (
    Expression,
    Negation,
    Number,
    Operation,
    count_operators,
    parse,
    parse_tokens,
    write,
)
from slowthink.verifiers.numerals import read_number_words
from slowthink.verifiers.tokens import Token, tokens

MAX_LENGTH = 4000
_BRINGS_NUMBERS = re.compile(
    r"\b(?:double|doubl\w+|twice|triple|thrice|half|halve\w*|third|quarter|fourth|fifth|tenth|square\w*|cube\w*|dozen|"
    r"percent|average|mean|pair)\b|%",
    re.IGNORECASE,
)
_WORD = re.compile(r"[A-Za-z]+(?:-[A-Za-z]+)?")


def restates(question: str, written: str) -> Verdict:
    """REFUTED with the reason when `written` cannot be what is asked; else UNKNOWN."""
    expression = parse(written)
    if expression is None or count_operators(expression) == 0:
        return Verdict(status=Status.REFUTED, reason=f"{written.strip()[:80]!r} is not a calculation")
    own = own_expression(question)
    if own is not None:
        if write(own) == write(expression):
            return Verdict(status=Status.UNKNOWN, reason="it is the expression that stands in the question")
        return Verdict(
            status=Status.REFUTED,
            reason=f"the question has {write(own)}, this is {write(expression)}",
            witness=write(own),
        )
    return _same_numbers(question, expression)


def own_expression(question: str) -> Expression | None:
    """The one expression that stands in the question in symbols; None when there is none or more than one."""
    found: list[tuple[int, Expression]] = []
    if len(question) > MAX_LENGTH:
        return None
    for run in _runs(tokens(question)):
        best = _longest(run)
        if best is not None:
            found.append((count_operators(best), best))
    return found[0][1] if len(found) == 1 else None


def _runs(given: list[Token]) -> Iterator[list[Token]]:
    """Stretches of tokens that could belong to one expression."""
    run: list[Token] = []
    for token in given:
        if token.kind in _MAY_STAND:
            run.append(token)
        elif token.kind != "cur" and run:
            yield run
            run = []
    if run:
        yield run


_MAY_STAND = frozenset(("num", "op", "frac", "%", "(", ")", "[", "]", "{", "}"))


def _longest(run: list[Token]) -> Expression | None:
    """The longest part of a run that is an expression with an operator."""
    for length in range(len(run), 2, -1):
        for start in range(len(run) - length + 1):
            expression = parse_tokens(run[start : start + length])
            if expression is not None and count_operators(expression) > 0:
                return expression
        if len(run) - length > 4:
            return None
    return None


def _same_numbers(question: str, expression: Expression) -> Verdict:
    asked = Counter(_numbers_in(question))
    used = Counter(_operands(expression))
    missing, extra = asked - used, used - asked
    if missing:
        return Verdict(status=Status.REFUTED, reason=f"the question's {_list(missing)} is not in it")
    if extra and not _BRINGS_NUMBERS.search(question):
        return Verdict(status=Status.REFUTED, reason=f"{_list(extra)} is not in the question")
    return Verdict(status=Status.UNKNOWN, reason="it has the numbers of the question")


def _numbers_in(question: str) -> Iterator[Fraction]:
    for token in tokens(question):
        if token.value is not None:
            yield token.value
    words = _WORD.findall(question)
    at = 0
    while at < len(words):
        for end in range(min(len(words), at + 8), at, -1):
            value = read_number_words(" ".join(words[at:end])) if words[at].lower() not in {"a", "an", "one"} else None
            if value is not None:
                yield value
                at = end
                break
        else:
            at += 1


def _operands(expression: Expression) -> Iterator[Fraction]:
    if isinstance(expression, Number):
        yield expression.value
    elif isinstance(expression, Negation):
        yield from _operands(expression.operand)
    elif isinstance(expression, Operation):
        yield from _operands(expression.left)
        yield from _operands(expression.right)


def _list(numbers: Counter[Fraction]) -> str:
    return ", ".join(str(value) for value in sorted(numbers))


_COUNTS = re.compile(
    r"\bhow (?:many|much|old|far|long|tall|fast|big|high)\b|"
    r"\bwhat (?:is|are|was|were|will be|'s) (?:the )?(?:sum|total|product|difference|quotient|value|result|"
    r"number|average|mean|price|cost|remainder|percentage|ratio)\b|"
    r"\b(?:calculate|compute|evaluate|count|add|subtract|multiply|divide)\b",
    re.IGNORECASE,
)


def asks_for_number(question: str) -> bool:
    """Whether the question plainly asks for a number: a calculation in signs, or words such as "how many"."""
    return own_expression(question) is not None or _COUNTS.search(question[:MAX_LENGTH]) is not None
