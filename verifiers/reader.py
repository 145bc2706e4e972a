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

from slowthink.verifiers.expressions import Expression, Number, evaluate
from slowthink.verifiers.tokens import Token, tokens
from slowthink.verifiers.worded import Grammar
from slowthink.verifiers.wordings import Ambiguous

MAX_LENGTH: Final = 2000
MAX_TOKENS: Final = 150


@dataclass(frozen=True, slots=True)
class Reading:
    """What a question asks for: the expression, its exact value, and the stretch of text that says it."""

    expression: Expression
    value: Fraction
    text: str


_KIND = r"(?:simple |basic |short |quick |arithmetic |arithmetical |math |maths |mathematical |numerical |worded )*"
_THING = (
    rf"(?:{_KIND}(?:expression|sum|problem|calculation|question|equation|operations?|computation|exercise|task"
    r"|arithmetic|math))"
)
_COMMANDED = (
    r"(?:add|subtract|multiply|divide|take|double|triple|halve|square|cube|increase|decrease|reduce|raise|deduct)\b"
)
_SOMEONE = r"(?:you|i|we|one)"


def _patterns(*patterns: str, after: str = "") -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(f"(?:{pattern}){after}", re.IGNORECASE) for pattern in patterns)


# What may stand before the expression, any number of them one after the other.
_LEADS: Final = _patterns(
    r"(?:hello|hi|hey|please|question|q|problem|exercise|task|now|okay|ok|so|quick question|math problem|input)"
    r"\s*[,:.!]?(?!\w)",
    r"(?:can|could|would|will) you (?:please |kindly |help me (?:to )?)?",
    r"i (?:want|need|have|would like) (?:you )?to (?:know )?(?:what\b)?|help me (?:to )?|i'd like to know ",
    r"(?:tell me|let me know|know) what\b",
    r"(?:calculate|compute|evaluate|find|solve|work out|determine|simplify|figure out|tell me|give me|do|answer"
    r"|perform|carry out)\b\s*:?",
    r"what(?:'s|’s| is|s)\b(?= )|how much (?:is|are)\b|what (?:does|do|are|will be|would be|will|would)\b",
    r"what (?:number|value) is\b|(?:find|give|name|tell me)? ?the number (?:that|which) is\b",
    r"work (?:this|it|the following) out\b\s*[:,]?",
    r"(?:the )?(?:exact |numerical |numeric |final )?(?:value|result|answer|solution|outcome)(?: of| to| for|:)",
    rf"(?:the following|following|this|the) {_THING}\s*[:?.]?|(?:the following|following|this)\s*:",
    rf"(?:of|to|for|by|when|if) (?=the following|this|{_SOMEONE} )",
    rf"what (?:number |value |result )?(?:do|would|will) {_SOMEONE} get (?:when|if|by|after)\b",
    r"(?:when|if)\b|what happens (?:when|if)\b|the (?:total|sum|product|difference|quotient) (?:when|if)\b",
    rf"(?:what is |what's )?the (?:result|value|answer) (?:when|if|of|after|{_SOMEONE} get (?:when|if|by))\b",
    rf"{_SOMEONE}(?= {_COMMANDED})",
    r"(?:start|begin) (?:with|from|at) (?=\S+(?: \S+)?\s*(?:,|and|then)\s)|take (?=\S+\s*(?:,|and|then)\s)",
)
_ANSWER = (
    r"(?:final |correct |exact |numerical |numeric |single |resulting |whole )*"
    r"(?:answer|solution|result|number|integer|value)"
)
_CAREFULLY = r"(?:step[ -]by[ -]step|carefully|slowly|one step at a time)"
_SAY = (
    r"(?:produce|give|write|state|output|provide|return|report|print|respond with|reply with|answer with|respond|reply"
    r"|answer|end with|finish with|tell me|put)"
)
# Sentences about how to answer. None of them can change what is asked; whatever is not here is not read.
_HOW: Final = _patterns(
    r"(?:let(?:'|’)?s|let us) (?:think|work|go|solve|reason|do|take|compute|calculate|approach)"
    r"(?: (?:about|through|on))?(?: (?:it|this|the (?:problem|expression|question|calculation)|this problem|this one))?"
    rf"(?: out)?(?: {_CAREFULLY})*(?: to (?:solve|find|compute|evaluate|calculate|get)"
    rf" (?:it|this|the (?:expression|problem|{_ANSWER})))?",
    r"(?:please )?(?:think|work|reason|solve|calculate|compute|explain|do|answer|proceed|go)"
    r"(?: (?:it|this|the problem|through it|through this))?(?: out)?"
    rf" (?:{_CAREFULLY}|directly|briefly|out loud)(?: and carefully)?",
    r"(?:please )?(?:show|write(?: down| out)?|explain|include|list|give|present|describe)(?: me)?"
    r"(?: all| each| every)?(?: of)?(?: the| your| each| any)?(?: intermediate)?(?: the)?"
    r" (?:steps?|work|workings?|reasoning|calculations?|intermediate results?)(?: clearly| in detail| as you go)?",
    rf"(?:please )?(?:and )?(?:only )?(?:then )?(?:only )?{_SAY}(?: only| just| me| back)?(?: with)?(?: only| just)?"
    rf"(?: the| your| a| an| one)? {_ANSWER}(?: only| alone| itself)?"
    r"(?: as an? (?:single )?(?:number|numeral|integer|whole number|decimal|fraction))?"
    r"(?: at the end| on the last line| on a new line)?",
    r"(?:please )?(?:be (?:very )?careful|take your time|do not rush|don't rush"
    r"|double[ -]check (?:your (?:work|answer)|it)|check your (?:work|answer))",
    r"(?:please )?(?:no explanations?(?: (?:is|are))?(?: (?:needed|necessary|required))?"
    r"|without (?:any )?(?:explanations?|working)|(?:do not|don't) explain|no (?:words|working)|number only|answer only"
    r"|just the (?:answer|number)|only the (?:final )?(?:answer|number))",
    r"(?:please|thanks|thank you)(?: very much| so much| in advance)?",
    rf"(?:the |your )?{_ANSWER}|a",
    r"what (?:is|'s) (?:the|your) (?:final )?(?:answer|result)|what do (?:you|i|we) get|what is it|what is that"
    r"|how much is (?:it|that)|for me",
    after=r"(?=\s*(?:[.,;:!?\n-]|$|and\b|then\b|before\b))",
)
_TAIL: Final = re.compile(
    r"\s*(?:=\s*(?:\?|_+|what\b|\.{3}|…)?"
    r"|(?:equals?|is|make|makes|give|gives|come to|be)(?: equal to| to)?(?: what| how much)?\b)?\s*[?.!:,]*",
    re.IGNORECASE,
)
_JOINT: Final = re.compile(r"(?:[\s.,;:!?\-]|and\b|then\b|before\b|=)*", re.IGNORECASE)
_WHOLE_ONLY: Final = re.compile(r"\b(?:integer|whole)\b", re.IGNORECASE)
_MATH_MARKS: Final = re.compile(r"\$\$?([^$]{1,300})\$\$?")


def read(question: str) -> Reading | None:
    """The one reading of the whole question, or None."""
    if len(question) > MAX_LENGTH or not _MAY_BE.search(question):
        return None
    if _HOW_MUCH_MORE.search(question):
        return None
    text = _MATH_MARKS.sub(lambda match: f" {match[1]} ", question) if question.count("$") in (2, 4) else question
    given = tokens(text)
    readings: dict[Fraction, Reading] = {}
    try:
        for start in sorted(_starts(text)):
            for reading in _readings(text, given, start):
                readings.setdefault(reading.value, reading)
    except Ambiguous:
        return None
    return next(iter(readings.values())) if len(readings) == 1 else None


# "How much is 20 more than 12?" asks for 8 or for 32.
_HOW_MUCH_MORE: Final = re.compile(r"\bhow much (?:is|are)\b[^?]{0,80}\b(?:more|greater) than\b", re.IGNORECASE)
_MAY_BE: Final = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|hundred|thousand|\w+ty)\b", re.I
)


def _starts(text: str) -> set[int]:
    """Every offset at which the expression may begin: after any run of openings."""
    found: set[int] = set()
    waiting = [len(text) - len(text.lstrip())]
    while waiting and len(found) < 60:
        at = waiting.pop()
        if at in found:
            continue
        found.add(at)
        for lead in _LEADS:
            match = lead.match(text, at)
            if match is not None and match.end() > at:
                end = match.end()
                while end < len(text) and text[end].isspace():
                    end += 1
                waiting.append(end)
    return found


def _readings(text: str, given: list[Token], start: int) -> Iterator[Reading]:
    first = next((at for at, token in enumerate(given) if token.start >= start), len(given))
    if first == len(given) or given[first].start != start:
        return
    # `- 3 + 4` may be an item of a list.
    if given[first].kind == "op" and text[given[first].end : given[first].end + 1].isspace():
        return
    # The expression is bounded, the sentences about how to answer are not part of it.
    grammar = Grammar([token for token in given[first : first + MAX_TOKENS] if token.kind != "nl"])
    for end, values in grammar.phrase(0).items():
        last = grammar.given[end - 1].end
        rest = _TAIL.match(text, last)
        how = _how_to_answer(text, rest.end() if rest else last)
        if how is None:
            continue
        for value, expression in values.items():
            bare = start == 0 and not text[last:].strip()
            if isinstance(expression, Number) or (bare and _may_be_no_sum(text, expression)):
                continue
            if how and value.denominator != 1:
                continue
            if evaluate(expression) == value:
                yield Reading(expression, value, text[start:last].strip())


def _may_be_no_sum(text: str, expression: Expression) -> bool:
    """Alone on the page, `10-12` may be a range and `5/7` a date."""
    return re.fullmatch(r"\s*\d+(?:[-–/]\d+)+\s*", text) is not None


def _how_to_answer(text: str, at: int) -> bool | None:
    """Whether the rest asks for a whole number; None where it is not all about how to answer."""
    start = at
    while True:
        joint = _JOINT.match(text, at)
        at = joint.end() if joint else at
        if at >= len(text):
            return _WHOLE_ONLY.search(text, start) is not None
        ends = [match.end() for match in (how.match(text, at) for how in _HOW) if match is not None]
        if not ends or max(ends) == at:
            return None
        at = max(ends)
