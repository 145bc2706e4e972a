"""Words with which a writer agrees or disagrees: "Yes,", "You are right.", "No," at the beginning of a reply.

The idea: what they say yes or no to stands elsewhere. A correction that turns a sentence into its opposite must not
leave a "Yes" in front of it; and a "Yes" to "Is 3599 prime?", or to "3599 is prime, do you agree?", claims what was
asked. A question is taken for one only if it holds exactly one statement, without a denial and without any other
question than whether that is so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from slowthink.verifiers.number_claims import Found, find
from slowthink.verifiers.number_readings import Statement
from slowthink.verifiers.sentences import Sentences

MAX_QUESTION: Final = 1000
_YES: Final = (
    r"(?:yes|yeah|yep|correct|exactly|indeed|absolutely|certainly|sure|of\s+course|true|right|"
    r"i\s+(?:completely\s+|fully\s+)?agree(?:\s+with\s+you)?|"
    r"(?:you|that|this|it|your\s+\w+)\s*(?:['’]re|['’]s|\s(?:are|is))\s+"
    r"(?:absolutely\s+|completely\s+|indeed\s+|quite\s+)?(?:right|correct|true))"
)
_NO: Final = (
    r"(?:no|nope|i\s+disagree(?:\s+with\s+you)?|(?:you|that|this|it|your\s+\w+)\s*(?:['’]re|['’]s|\s(?:are|is))\s+"
    r"(?:not\s+(?:quite\s+|entirely\s+)?(?:right|correct|true)|incorrect|wrong|false))"
)
_CLOSED: Final = (
    r"(?=\s*(?:[,.!;:—–\n]|$)|\s+(?:it|that|you|the\s+number|i|\d)\b)(?!\s*[,.]?\s*(?:and|or)\s+(?:no|"
    r"false))"
)
_REPLY: Final = re.compile(rf"[\s*_#>]{{0,8}}(?:(?P<yes>{_YES})|(?P<no>{_NO})){_CLOSED}", re.I)
_BEFORE: Final = re.compile(
    rf"(?:(?<=[.!?:])\s+|(?<=\n)\s*|\A\s*)((?:(?:{_YES}|{_NO})(?:\s*[,.!;:—–]\s*|\s+(?:that\s+)?)"
    r"(?:(?:and|so|the\s+fact\s+is)\s+)?){1,4})$",
    re.I,
)
_DENIED: Final = re.compile(
    r"\b(?:false|wrong|incorrect|untrue|disagree|doubt|unless|if|sure|mistaken|lie|lying|joking)\b|\bnot\s+(?:true|"
    r"correct|right)\b",
    re.I,
)
_OTHER: Final = re.compile(
    r"\W*(?:(?:so|and|but|then|now|please|ok|okay)\W+)*(?:is\s+(?:that|this|it)\s+(?:so|correct|right|true)|right|"
    r"correct|agreed?|"
    r"(?:do|don['’]t|would|wouldn['’]t)\s+you\s+(?:not\s+)?agree(?:\s+with\s+(?:me|that|this))?|isn['’]t\s+(?:it|"
    r"that\s+(?:so|right|true|correct))|"
    r"am\s+i\s+(?:right|correct)|yes|ok(?:ay)?|can\s+you\s+confirm(?:\s+(?:that|this|it))?)\W*",
    re.I,
)
_IS: Final = re.compile(
    r"\b(is|are)\s+((?:the\s+)?(?:(?:numbers?|integers?)\s+)?(?:both\s+)?\d[\d,]*(?:(?:,\s+|\s+and\s+|,\s+and\s+"
    r")\d[\d,]*){0,20})\s+(\D.*)$",
    re.I,
)
_DOES: Final = re.compile(r"\bdoes\s+(\d[\d,]*)\s+divide\s+(.*)$", re.I)


def assent_before(text: str, at: int) -> int:
    """Where the words of agreement or disagreement begin that stand right before `at`; `at` where there are none."""
    if at == 0 or text[at - 1] == "\n":
        return at
    low = max(0, at - 80)
    match = _BEFORE.search(text, low, at)
    return at if match is None else match.start(1)


def assent(question: str, reply: str) -> tuple[int, int, Found] | None:
    """Where a reply begins by saying yes or no, and what it claims by that; None where that is not certain."""
    match = _REPLY.match(reply)
    if match is None:
        return None
    statement = asked(question)
    if statement is None or (match["no"] and statement.negated):
        return None
    if match["no"]:
        statement = replace(statement, negated=True)
    start, end = match.span("yes") if match["yes"] else match.span("no")
    return start, end, Found(start, end, (statement,))


def asked(question: str) -> Statement | None:
    """The one statement that a question asks about, or that a message asks to agree to."""
    if len(question) > MAX_QUESTION or _DENIED.search(question):
        return None
    statements: set[Statement] = set()
    for line, is_question in _lines(question):
        found = [one for one in (find(_as_statement(line)) if is_question else find(line)) if len(one.readings) == 1]
        statements |= {one.readings[0] for one in found}
        if is_question and not found and not _OTHER.fullmatch(line):
            return None
    return statements.pop() if len(statements) == 1 else None


def _lines(text: str) -> Iterator[tuple[str, bool]]:
    """Its sentences without markup, and whether each is a question; what is asked behind a comma is left out."""
    sentences, at = Sentences(text), 0
    while at < len(text):
        sentence = sentences.around(at)
        if sentence is None:
            at += 1
            continue
        line = sentence.masked
        if sentence.mark == "?":
            head, comma, tail = line.rpartition(",")
            is_tag = bool(comma) and _OTHER.fullmatch(tail) is not None
            yield (head, False) if is_tag else (line, True)
        else:
            yield line, False
        at = max(sentence.end, at + 1)


def _as_statement(line: str) -> str:
    """A question as the statement that it asks about: `Is 91 prime` becomes `91 is prime`."""
    if match := _IS.search(line):
        return f"{match[2]} {match[1].lower()} {match[3]}"
    if match := _DOES.search(line):
        return f"{match[1]} divides {match[2]}"
    return line
