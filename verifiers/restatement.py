"""What speaks against a calculation that the model wrote being the one that the question asks for?

Where an expression stands in the question, the model's must be the same one, operand by operand; nothing is
computed. Where the question speaks in words, every number of it must occur in the model's calculation, as often
as there, with no others but those that words such as "double" bring along, and the operations must be those that
the words name. This is no verifier: an objection sends the model back to try again, and the lack of one proves
nothing, since an expression found inside prose is not a reading of the question.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction

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
MAX_WORDS = 30
"""A question in words that is longer than this tells a story."""
_OPERATIONS: tuple[tuple[str, str], ...] = (
    ("+", r"plus|add|adds|added|adding|sum|total|more than|increased?|increasing|together|altogether"),
    ("-", r"minus|subtract\w*|difference|less|take|taken|taking|away|remove\w*|decreas\w+|reduc\w+|deduct\w*|exceeds?"),
    ("*", r"times|multipl\w+|product|doubl\w+|twice|thrice|tripl\w+|lots of|groups of"),
    ("/", r"divid\w+|quotient|shared?|split"),
    ("*/", r"half|halv\w+|thirds?|quarters?|fifth|tenth|percent|ratio|average|mean"),
    ("^*", r"squared?|cubed?|power"),
)
"""Words that name an operation, each with the signs that it may be written with."""
_NAMED = tuple((signs, re.compile(rf"\b(?:{words})\b", re.IGNORECASE)) for signs, words in _OPERATIONS)
_BRINGS_NUMBERS = re.compile(
    r"\b(?:doubl\w+|twice|thrice|tripl\w+|half|halv\w+|thirds?|quarters?|fifth|tenth|squared?|cubed?|dozen|percent|"
    r"average|mean|pair)\b|%",
    re.IGNORECASE,
)
_WORD = re.compile(r"[A-Za-z]+(?:-[A-Za-z]+)?")
_PERHAPS_ARTICLES = frozenset(("a", "an", "one"))
"""By themselves these words need not count anything."""


def objection(question: str, written: str) -> str | None:
    """What speaks against `written` being the calculation that is asked for; None when nothing does."""
    expression = parse(written)
    if expression is None or count_operators(expression) == 0:
        return f"{written.strip()[:80]!r} is not a calculation"
    own = own_expression(question)
    if own is not None:
        same = write(own) == write(expression)
        return None if same else f"the question has {write(own)}, this is {write(expression)}"
    return _other_numbers(question, expression) or _other_operations(question, expression)


def is_calculation(question: str) -> bool:
    """Whether a question asks for a calculation in so many signs or words, rather than telling a story."""
    if own_expression(question) is not None:
        return True
    is_short = len(question.split()) <= MAX_WORDS
    return is_short and any(_numbers_in(question)) and any(words.search(question) for _, words in _NAMED)


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


def _other_numbers(question: str, expression: Expression) -> str | None:
    asked = Counter(_numbers_in(question))
    used = Counter(_operands(expression))
    missing, extra = asked - used, used - asked
    if missing:
        return f"the question's {_list(missing)} is not in it"
    if extra and not _BRINGS_NUMBERS.search(question):
        return f"{_list(extra)} is not in the question"
    return None


def _other_operations(question: str, expression: Expression) -> str | None:
    asked = {signs: found[0] for signs, words in _NAMED if (found := words.search(question))}
    used = set(_operators(expression))
    for signs, word in asked.items():
        if not used & set(signs):
            return f"nothing in it does what {word!r} says"
    other = used - set("".join(asked))
    return f"the question says nothing of {min(other)!r}" if asked and other else None


def _operators(expression: Expression) -> Iterator[str]:
    if isinstance(expression, Negation):
        yield from _operators(expression.operand)
    elif isinstance(expression, Operation):
        yield expression.operator
        yield from _operators(expression.left)
        yield from _operators(expression.right)


def _numbers_in(question: str) -> Iterator[Fraction]:
    for token in tokens(question):
        if token.value is not None:
            yield token.value
    words = _WORD.findall(question)
    at = 0
    while at < len(words):
        for end in range(min(len(words), at + 8), at, -1):
            named = " ".join(words[at:end])
            value = None if named.lower() in _PERHAPS_ARTICLES else read_number_words(named)
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
    r"\bwhat (?:is|are|was|were|will be|'s) (?:the )?(?:value|result|number|price|cost|remainder|percentage)\b|"
    r"\b(?:calculate|compute|evaluate|count)\b",
    re.IGNORECASE,
)


def asks_for_number(question: str) -> bool:
    """Whether the question plainly asks for a number: a calculation in signs, or words such as "how many"."""
    return is_calculation(question) or _COUNTS.search(question[:MAX_LENGTH]) is not None
