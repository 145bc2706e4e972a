"""What stands around the question proper: polite openings, `what do you get if`, and sentences about how to answer.

The idea: a closed list of patterns, each of which leaves what is asked as it is. What is not here is not read. Where
an opening or a closing names what is asked for (`what is the sum?`, `what is left?`), the reading must be one.
"""

from __future__ import annotations

import re
from typing import Final

from slowthink.verifiers.expressions import Expression, Operation

_KIND = r"(?:simple |basic |short |quick |arithmetic |arithmetical |math |maths |mathematical |numerical |worded )*"
_THING = (
    rf"(?:{_KIND}(?:expression|sum|problem|calculation|question|equation|operations?|computation|exercise|task"
    r"|arithmetic|math))"
)
_COMMANDED = (
    r"(?:add|sum|combine|subtract|multiply|divide|take|double|triple|halve|square|cube|increase|decrease|reduce|raise"
    r"|deduct|remove|start|begin|think of|pick|choose|imagine|have)\b"
)
_SOMEONE = r"(?:you|i|we|one)"
_GET = r"(?:get|have|obtain|end up with|arrive at|reach|find|see|be left with|be the result|receive)"
_WHEN = r"(?:when|if|by|after|once|upon|on|as|in)"
_COMES = (
    r"(?:equals?|is|are|makes?|gives?|gives us|comes? to|comes? out (?:to|as)|adds? up to|amounts? to|results? in"
    r"|works? out (?:to|as)|be|become)"
)


def _patterns(*patterns: str, after: str = "") -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(f"(?:{pattern}){after}", re.IGNORECASE) for pattern in patterns)


# What may stand before the expression, any number of them one after the other.
_LEADS: Final = _patterns(
    r"(?:hello|hi|hey|please|question|q|problem|exercise|task|now|okay|ok|so|well|right|alright|quick|quickly|first"
    r"|firstly|quick question|next question|math problem|maths problem|input|there|just|exactly|here goes|and"
    r"|thanks|listen|only|simply)\s*[,:.!-]?(?!\w)",
    rf"(?:i have|i've got|here is|here's|i've|this is|there is|got) (?:a|an|one|another|my|the)?\s*"
    rf"(?:quick |little |small |simple |easy )*(?:one|question|{_THING})(?: for you| to (?:solve|answer|do))?\s*[:.,-]",
    r"(?:can|could|would|will) you (?:please |kindly )?(?:help me (?:(?:to|with) )?)?(?:please |just )?",
    r"do you (?:know|happen to know) (?:what\b)?|any idea what\b|i wonder what\b|i was wondering what\b",
    r"would you mind (?:telling me|working out|calculating|computing|finding|solving)(?: what)?\b",
    r"(?:i'd|i’d|i would|we'd) like (?:you )?(?:to )?(?:know )?(?:what\b)?",
    r"i(?:'m| am) trying to (?:find out |work out |figure out |calculate |compute |find |know )(?:what\b)?",
    r"i (?:want|need|have|would like) (?:you )?to (?:know )?(?:what\b)?|help me (?:(?:to|with) )?|i'd like to know "
    r"|i need (?:some )?help with (?:this\s*:?)?",
    r"(?:tell me|let me know|know|work out|figure out|find out|telling me|say|show me|calculate|determine|i ask|find)"
    rf" (?:what|how much|how many)\b(?: {_SOMEONE} {_GET} {_WHEN}\b)?",
    r"may i ask (?:what|how much)\b|let(?:'|’)?s (?:compute|calculate|work out|find|evaluate|do|try|say)\b",
    rf"the (?:result|total|number|answer|value) {_SOMEONE} {_GET} (?:when|if|by|from|after)\b",
    r"(?:what|which) (?:total|number|value|result|answer) (?:do|would|will) (?:you|i|we) (?:get|have) from\b"
    r"|what do (?:you|i|we) get from\b|the (?:number|answer|result|value)\s*:",
    r"(?:calculate|compute|evaluate|find|find out|solve|work out|determine|simplify|figure out|tell me|give me|give|do"
    r"|answer|name|state|get|show me|perform|carry out|try)\b\s*:?",
    r"what(?:'s|’s| is|s)\b(?= )|how (?:much|many) (?:is|are|do|does|would|will)\b|how about\b|what about\b"
    r"|what (?:does|do|are|will be|would be|will|would|comes of)\b",
    r"(?:what|which) (?:number|value) (?:is|results from)\b"
    r"|(?:find|give|name|tell me)? ?the number (?:that|which) is\b",
    r"work (?:this|it|the following) out\b\s*[:,]?",
    r"(?:the )?(?:exact |numerical |numeric |final )?(?:value|result|answer|solution|outcome)(?: of| to| for|:)",
    rf"(?:the following|following|this|the) {_THING}\s*[:?.]?|(?:the following|following|this)\s*:",
    rf"(?:of|to|for|by|when|if) (?=the following|this|{_SOMEONE} )",
    rf"(?:what|how much|how many|which) (?:number |value |result |answer |total )?(?:do|would|will|does|can|should)"
    rf" {_SOMEONE} {_GET} {_WHEN}\b",
    r"(?:when|if|suppose|say|let's say|after|once|by)\b|what happens (?:when|if)\b"
    r"|the (?:total|sum|product|difference|quotient) (?:when|if)\b",
    rf"(?:what is |what's )?the (?:final )?(?:result|value|answer|number|outcome|total)"
    rf" (?:when|if|of|after|once|from|{_SOMEONE} {_GET} {_WHEN})\b",
    rf"what (?:number )?(?:is|will be|would be|'s) (?:left|left over|remaining) {_WHEN}\b|what's left {_WHEN}\b",
    rf"how (?:much|many) (?:remains?|is left|are left|will be left|would be left)(?: over)? {_WHEN}\b",
    rf"what (?:number )?(?:remains|is the result|results|comes out) {_WHEN}\b",
    rf"{_SOMEONE}(?= {_COMMANDED})",
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
    r"(?:please|thanks|thank you|cheers)(?: very much| so much| in advance| a lot)?|for me|in total|altogether|exactly",
    rf"(?:the |your )?{_ANSWER}|a",
    rf"(?:what is|what's|what would be|what will be|tell me|give me|and) (?:the|your) (?:final |end |overall )?"
    r"(?:answer|result|outcome|value|number|total|sum|product|difference|quotient)(?: then| now| be)?"
    rf"(?: (?:do|would|will) {_SOMEONE} {_GET})?",
    rf"what (?:number |value |result |answer |total )?(?:do|would|will|does|did|should|can|have) {_SOMEONE}"
    rf" (?:now )?{_GET}(?: now| then| in the end| at the end| in total)?",
    rf"how (?:much|many) (?:do|would|will|does) {_SOMEONE} {_GET}(?: now| then| in the end| at the end| in total)?",
    r"what (?:is it|is that|is this|number is (?:it|that|this)|is left(?: over)?|remains|results|comes out"
    r"|(?:the )?(?:number|value|answer|result|total) (?:results|remains|comes out|is left|is it)|will be left"
    r"|would be left)"
    r"|what's (?:left|it|that|this)(?: over)?|(?:and )?(?:tell me|say) what(?:'s| is) left(?: over)?"
    r"|(?:the |your )?(?:result|answer|total|outcome|number) (?:is|will be|equals|would be) (?:what|how much)"
    r"(?: number)?|(?:and )?tell me (?:what you get|what it is|what that is|what remains)",
    r"what (?:does|do|would|will) (?:it|that|this|they|the result|the answer|it all|that all|all of that)"
    r" (?:come (?:out )?to|equal|make|give|amount to|add up to|be|total)(?: altogether| in total)?",
    r"how much (?:is|does) (?:it|that|this)(?: all)?(?: (?:make|come to|give|equal))?(?: altogether| in total)?"
    r"|how much is left(?: over)?|how (?:much|many) remains?",
    after=r"(?=\s*(?:[.,;:!?\n-]|$|and\b|then\b|before\b))",
)
_TAIL: Final = re.compile(
    r"\s*(?:,?\s*=\s*(?:\?|_+|what\b|\.{3}|…)?"
    rf"|(?:,?\s*{_COMES}(?: equal to| to)?(?: what number| what value| what| how much| how many)?\b)?"
    r"(?:,? (?:in total|altogether|all together|exactly|now))?)\s*[?.!:,]*",
    re.IGNORECASE,
)
_JOINT: Final = re.compile(r"(?:[\s.,;:!?\-]|and\b|then\b|before\b|=)*", re.IGNORECASE)
_WHOLE_ONLY: Final = re.compile(r"\b(?:integer|whole)\b", re.IGNORECASE)
_NAMED: Final = re.compile(
    r"\b(?:the (?P<noun>sum|product|difference|quotient)(?= when| if| of (?:adding|subtracting|multiplying|dividing)"
    r"|\s*(?:[?.!]|$)| (?:then|now|be|do|would|will))|(?P<left>left|remains?|remaining|remainder))\b",
    re.IGNORECASE,
)
_OPERATORS: Final = {"sum": "+", "product": "*", "difference": "-", "quotient": "/"}


def suits(question: str, expression: Expression) -> bool:
    """Whether the expression is what the question calls it: a sum, a product, what is left."""
    operator = expression.operator if isinstance(expression, Operation) else ""
    for match in _NAMED.finditer(question):
        if operator != (_OPERATORS[match["noun"].lower()] if match["noun"] else "-"):
            return False
    return True


def starts(text: str) -> set[int]:
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


def how_to_answer(text: str, at: int) -> bool | None:
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


def after_closing(text: str, at: int) -> int:
    """The position after `= ?`, `equals what` and the like."""
    match = _TAIL.match(text, at)
    return match.end() if match else at
