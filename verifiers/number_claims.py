"""What texts say about whole numbers, in words and signs: the closed grammar of number-theoretic statements.

The idea: each form of statement is one pattern over a sentence without its markup; it gives statements as data
(`number_readings.py`). The patterns are anchored on both sides: what follows a statement must end it or begin a clause,
so that "97 is prime to 60" or "12 is divisible by 2 or 5" are not taken for something else. Whether a statement is
*claimed* where it stands is decided in `sentences.py`.

Not covered: numbers in words as subjects (`one is odd, the other ...`), variables, statements over several sentences.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from slowthink.verifiers import number_readings as reading
from slowthink.verifiers.number_readings import INT, Build, Statement


@dataclass(frozen=True, slots=True)
class Found:
    """Statements that one stretch of a sentence can be read as, and where the claimed value stands in it."""

    start: int
    end: int
    readings: tuple[Statement, ...]
    value: tuple[int, int] | None = None
    written: str = field(default="", compare=False)


_B = r"(?<![\w.,:/^+\-−–$€£%=<>\\#&@|~'’])"
_E = r"(?![\w%°^/×·!]|[.,:]\d|\s*\*)"
_NUM = rf"{_B}[-−]?{INT}{_E}"
_LIST = rf"{_NUM}(?:\s*,\s+(?:and\s+)?{_NUM}|\s+and\s+{_NUM}){{0,200}}+"
_LOOSE = rf"{_NUM}(?:\s*,\s+(?:and\s+)?{_NUM}|\s+and\s+{_NUM}){{0,200}}"
_OR = rf"{_NUM}(?:\s*,\s+{_NUM}){{0,40}}\s*,?\s+(?:n?or)\s+{_NUM}"
_THE = r"(?:the\s+)?(?:(?:(?:natural|whole|positive)\s+)?(?:numbers?|integers?)\s+)?(?:both\s+)?"
_ADVERBS = (
    r"(?:\s+(?:indeed|actually|definitely|certainly|also|clearly|therefore|thus|hence|both|all|each|still|"
    r"in\s+fact))*+"
)
_VERB = rf"\s+(?:is|are)(?P<nt>n['’]t)?{_ADVERBS}(?P<not>\s+not?\b)?{_ADVERBS}\s+"
_CLAUSE = r"(?:is|are|isn|aren|does|divides?|has)\b"
_SUM = r"[-+*/×÷·x^−](?:\s*[-+*/×÷·x^−(]*\s*[$€£]?[\d.,]+[)%]*){1,8}\s*="
"""What goes on from a number to a sum with its result."""
_MORE = rf"(?!\s*(?:n?or\b|(?:and\s+)?[-−]?\d[\d,]*+(?!\s*(?:{_CLAUSE}|{_SUM}))))"
_MORE_AND = rf"(?!\s*(?:n?or\b|(?:and\s+)?[-−]?\d[\d,]*+(?!\s*{_CLAUSE})))"
_JOINTS = (
    r"because|since|as|so|but|which|while|whereas|therefore|thus|hence|then|too|due\s+to|given\s+that|making|meaning|"
    r"in\s+fact|indeed|however|for\s+the\s+reason"
)
_ENDS = r"$|[.!;—–](?!\w)|:(?!\d)|[()\[\]\"”](?!\w*\s*=)|-\s"
_AFTER = rf"(?=\s*(?:{_ENDS}|,{_MORE})|\s+(?:{_JOINTS}|and\b{_MORE_AND})\b)"
"""What may follow a number that ends a claim: not what may belong to its list."""
_AFTER_WORD = rf"(?=\s*(?:{_ENDS}|,{_MORE})|\s+(?:{_JOINTS}|and\b{_MORE})\b)"
"""What may follow a word that ends one."""
_IS = r"\s*(?:=|\s(?:is|are|equals|is\s+equal\s+to)\s)\s*(?::\s*)?"
_WORDS = (
    "zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|"
    "eighteen|nineteen|twenty(?:[- ](?:one|two|three|four|five|six|seven|eight|nine))?|thirty|forty|fifty"
)
_COUNT = rf"(?P<count>{_B}{INT}{_E}|\b(?:{_WORDS})\b)"
_PRIMES = r"prime(?:s|\s+numbers?)"
_RANGE = (
    r"(?:(?P<between>between|from|in\s+the\s+(?:range|interval)(?:\s+(?:of|from|between))?)\s+"
    rf"(?P<low>{_NUM})(?:\s+(?:and|to|through)\s+|\s*[-–]\s*)(?P<high>[-−]?{INT}{_E})"
    r"(?:,?\s+\(?(?P<ends>inclusive|exclusive|both\s+inclusive|including\s+both)\)?,?)?"
    rf"|(?P<below>less\s+than|smaller\s+than|below|under)\s+(?P<limit>{_NUM})"
    rf"|(?P<upto>up\s+to|at\s+most|not\s+exceeding|less\s+than\s+or\s+equal\s+to|no\s+(?:greater|larger|more)\s+"
    rf"than)\s+(?P<top>{_NUM}))"
)
_FACTOR = rf"{INT}(?:\s*(?:\^|\*\*)\s*(?:\{{\d{{1,4}}\}}|\d{{1,4}})|[⁰¹²³⁴⁵⁶⁷⁸⁹]{{1,4}})?"
_PRODUCT = (
    rf"(?P<expr>{_B}{_FACTOR}(?:\s*(?:\*|×|·|\\times|\\cdot|x)\s*{_FACTOR}){{0,60}}+)(?![\w%^/]|[.,]\d|"
    rf"\s*[*/×·+=^-]\s*\d)"
)
_DIVIDED = rf"(?P<a>{_NUM})\s+(?:is\s+)?divided\s+by\s+(?P<m>{_NUM})"
_TAIL = rf"(?P<value>{_NUM})(?:\s+itself)?{_AFTER}"
_END = r"(?=\s*(?:$|[.!;)](?![.\d]))|,?\s+(?:because|since|so|which)\b)"

# what a sentence must contain, the pattern, and what it says
_FORMS: Final[tuple[tuple[str, str, Build], ...]] = (
    ("prime composite even odd square cube",
     rf"(?P<sub>{_THE}{_LOOSE}){_VERB}(?:an?\s+)?(?P<what>prime|composite|even|odd|perfect\s+squares?|square\s+"
     rf"numbers?|perfect\s+cubes?|"
     rf"cube\s+numbers?)(?:\s+(?:number|integer)s?)?{_AFTER_WORD}", reading.properties),
    ("prime", rf"(?P<sub>{_THE}{_LOOSE}){_VERB}(?:relatively|mutually)\s+prime(?:\s+(?:to|with)\s+(?P<with>{_NUM})|"
              rf"\s+to\s+each\s+other)?"
     rf"{_AFTER}", reading.coprime),
    ("prime", rf"(?P<sub>{_THE}{_LOOSE}){_VERB}co-?prime(?:\s+(?:to|with)\s+(?P<with>{_NUM}))?{_AFTER}",
     reading.coprime),
    ("divisible", rf"(?P<sub>{_THE}{_LOOSE}){_VERB}(?:evenly\s+|exactly\s+)?divisible\s+(?:evenly\s+)?by\s+"
                  rf"(?:both\s+|either\s+)?"
     rf"(?P<obj>{_OR}|{_LOOSE}){_AFTER}", reading.divisible),
    ("multiple", rf"(?P<sub>{_THE}{_LOOSE}){_VERB}(?:an?\s+|the\s+)?multiples?\s+of\s+(?:both\s+|either\s+)?"
                 rf"(?P<obj>{_OR}|{_LOOSE}){_AFTER}",
     reading.divisible),
    ("factor divisor", rf"(?P<sub>{_THE}{_LOOSE}){_VERB}(?:an?\s+|the\s+)?(?P<prime>prime\s+)?(?:factors?|"
                       rf"divisors?)\s+of\s+(?P<obj>{_NUM}){_AFTER}",
     reading.factor),
    ("divide", rf"(?P<sub>{_THE}{_LOOSE})\s+(?:(?:evenly\s+)?divides?|(?P<not>(?:does|do)(?:\s+not|n['’]t))\s+"
               rf"(?:evenly\s+)?divide)\s+"
     rf"(?:evenly\s+)?(?:into\s+)?(?P<obj>{_NUM}){_AFTER}", reading.factor),
    ("gcd gcf hcf lcm common",
     r"(?:the\s+)?\b(?:(?:greatest|highest|largest)\s+common\s+(?:divisor|factor)|(?:least|lowest|smallest)\s+"
     r"common\s+multiple|gcd|gcf|hcf|lcm)"
     rf"(?:\s+\((?:gcd|gcf|hcf|lcm)\))?(?:\s*\((?P<args>\s*\d{{1,50}}(?:\s*,\s*\d{{1,50}}){{1,20}}\s*)\)|\s+(?:of|between|for)\s+"
     rf"(?P<sub>{_THE}{_LIST}))"
     rf"{_IS}(?P<not>not\s+)?{_TAIL}", reading.common),
    ("mod", rf"(?P<a>{_NUM})\s*(?:mod|modulo)\s+(?P<m>{_NUM}){_IS}{_TAIL}", reading.modular("mod")),
    ("≡ \\equiv", rf"(?P<a>{_NUM})\s*(?:≡|\\equiv)\s*(?P<value>{_NUM})\s*\(?\s*(?:mod|"
                  rf"\\?p?mod)\s*\{{?\s*(?P<m>{INT})\s*[)}}]{_AFTER}", reading.modular("congruent")),
    ("remainder", rf"(?:the\s+)?remainder\s+(?:when|of|from)\s+(?:dividing\s+"
                  rf")?{_DIVIDED}{_IS}{_TAIL}", reading.modular("remainder")),
    ("remainder", rf"{_DIVIDED}\s+(?:leaves|gives|has|yields)\s+(?:an?\s+)?remainder\s+(?:of\s+"
                  rf")?{_TAIL}", reading.modular("remainder")),
    ("remainder", rf"when\s+{_DIVIDED}\s*,\s*(?:the\s+|it\s+(?:leaves|gives|has)\s+an?\s+)remainder\s+(?:is|of)\s+"
                  rf"{_TAIL}", reading.modular("remainder")),
    ("remainder", rf"(?P<a>{_NUM})\s+leaves\s+(?:an?\s+)?remainder\s+(?:of\s+)?(?P<value>{_NUM})\s+when\s+divided\s+"
                  rf"by\s+(?P<m>{_NUM}){_AFTER}",
     reading.modular("remainder")),
    ("root", rf"(?:the\s+)?(?P<k>square|cube)\s+root\s+of\s+(?P<sub>{_NUM}){_IS}(?P<not>not\s+)?{_TAIL}", reading.root),
    ("√ sqrt", rf"(?<![\w)*/+^-])(?:√|\\?sqrt)\s*(?:\(\s*|"
               rf"\{{\s*)?(?P<sub>{INT})\s*[)}}]?\s*(?:=|\sis\s)\s*{_TAIL}", reading.root),
    ("prime", rf"there\s+(?:is|are)\s+(?:exactly\s+|only\s+|a\s+total\s+of\s+|in\s+total\s+)?"
              rf"(?P<count>{_B}{INT}{_E}|\b(?:{_WORDS}|no)\b)"
     rf"\s+{_PRIMES}\s+{_RANGE}{_AFTER}", reading.count_primes),
    ("prime", rf"(?:the\s+)?(?:total\s+)?number\s+of\s+{_PRIMES}\s+{_RANGE}{_IS}{_COUNT}{_AFTER}",
     reading.count_primes),
    ("prime", rf"(?:all\s+)?(?:the\s+)?{_PRIMES}\s+{_RANGE}\s*(?:\s(?:are|is)\s*:?|:)\s*"
              rf"(?P<list>{_LIST}){_END}", reading.list_primes),
    ("first", rf"(?:the\s+)?first\s+{_COUNT}\s+{_PRIMES}\s*(?:\sare\s*:?|:)\s*(?P<list>{_LIST}){_END}",
     reading.first_primes),
    ("factor divisor", rf"(?:all\s+)?(?:the\s+)?(?:positive\s+)?(?P<prime>prime\s+)?(?:factors|divisors)\s+of\s+"
                       rf"(?P<sub>{_THE}{_NUM})"
     rf"\s*(?:\sare\s*:?|:)\s*(?P<list>{_LIST}){_END}", reading.divisors),
    ("factor divisor", rf"(?P<sub>{_THE}{_NUM})\s+has\s+(?:exactly\s+|only\s+)?{_COUNT}\s+(?:positive\s+)?(?P<kind>"
                       rf"(?:distinct\s+|different\s+)?prime\s+)?"
     rf"(?:factors|divisors){_AFTER}", reading.count_divisors),
    ("factori", rf"(?:the\s+)?(?P<prime>prime\s+)?factori[sz]ation\s+of\s+(?P<sub>{_THE}{_NUM})(?:{_IS}|\s*:\s*)(?:"
                rf"(?P<again>{_NUM})\s*=\s*)?{_PRODUCT}{_AFTER}",
     reading.factorisation),
    ("factori", rf"(?P<sub>{_NUM})\s*=\s*{_PRODUCT}\s+is\s+(?:the|its|a)\s+(?:correct\s+)?(?P<prime>prime\s+"
                rf")?factori[sz]ation{_AFTER}", reading.factorisation),
    ("factor expressed written represented broken",
     rf"(?P<sub>{_THE}{_NUM})\s+(?:(?:can\s+be|is)\s+)?"
     rf"(?:factor(?:s|ed|ised|ized)|(?<=be\s)(?:expressed|written|represented|broken\s+down))\s+(?:as|into)\s+"
     rf"{_PRODUCT}{_AFTER}", reading.factorisation),
    ("prime", rf"(?:the\s+)?(?:next|smallest|first)\s+prime(?:\s+number)?\s+(?:after|(?:greater|larger|bigger)\s+"
              rf"than|above|following)\s+(?P<sub>{_NUM})"
     rf"\s+is\s+{_TAIL}", reading.single("next prime")),
    ("prime", rf"(?:the\s+)?(?:largest|greatest|biggest|last)\s+prime(?:\s+number)?\s+"
            rf"(?:before|(?P<how>less\s+than\s+or\s+equal\s+to|up\s+to|at\s+most)|"
              rf"(?:less|smaller)\s+"
              rf"than|below|under)\s+(?P<sub>{_NUM})"
     rf"\s+is\s+{_TAIL}", reading.single("previous prime")),
    ("prime", rf"(?:the\s+)?{_B}(?P<sub>{INT})(?:st|nd|rd|th)\s+prime(?:\s+number)?\s+is\s+"
              rf"{_TAIL}", reading.single("nth prime")),
    ("prime", rf"(?:the\s+)?(?P<how>smallest|least|lowest|largest|greatest|biggest|highest)\s+prime\s+(?:factor|"
              rf"divisor)\s+of\s+(?P<sub>{_THE}{_NUM})"
     rf"\s+is\s+{_TAIL}", reading.single("extreme prime factor")),
    ("digit", rf"(?:the\s+)?(?:sum\s+of\s+(?:the|its|all(?:\s+the)?)\s+digits\s+of|digit\s+sum\s+of)\s+"
              rf"(?P<sub>{_THE}{_NUM})\s+is\s+{_TAIL}",
     reading.single("digit sum")),
)  # fmt: skip


@cache
def _compiled(nth: int) -> re.Pattern[str]:
    """A pattern, compiled when a sentence first needs it: all of them together take a noticeable time."""
    return re.compile(_FORMS[nth][1], re.I)


_NEEDED: Final = {
    word: [nth for nth, (words, _, _) in enumerate(_FORMS) if word in words.split()]
    for word in dict.fromkeys(word for words, _, _ in _FORMS for word in words.split())
}
"""Which patterns a word calls for."""
ANCHOR: Final = re.compile(
    r"prime|composite|can\s+be\s+(?:expressed|written|represented|broken)|\beven\b|\bodd\b|perfect|square|cube|divisib|divid|multiple|factor|divisor|\bg(?:cd|cf)\b|"
    r"\bhcf\b|\blcm\b|"
    r"\bmod(?:ulo)?\b|≡|\\equiv|remainder|\broot|√|sqrt|digit",
    re.I,
)
"""A sentence without any of this says nothing that is known here."""
_TRIGGERS: Final = (
    "prime", "composite", "can be", "even", "odd", "perfect", "square", "cube", "divi", "multiple", "factor",
    "gcd", "gcf", "hcf", "lcm", "mod", "≡", "equiv", "remainder", "root", "√", "sqrt", "digit",
)  # fmt: skip


def may_have_any(text: str) -> bool:
    """Whether a text has any word of ANCHOR at all: most texts have none, and this is quicker."""
    low = text.lower()
    return any(word in low for word in _TRIGGERS)


def find(line: str) -> list[Found]:
    """All statements in a sentence, by their place; of two that overlap the longer one counts."""
    low, found = line.lower(), []
    for nth in sorted({nth for word, forms in _NEEDED.items() if word in low for nth in forms}):
        at = 0
        while (match := _compiled(nth).search(line, at)) is not None:
            readings = tuple(dict.fromkeys(_FORMS[nth][2](match)))
            if readings:
                found.append(_found(line, match, readings))
            # "7 and 9 is odd" says nothing of 7, but "9 is odd" may be meant
            at = match.end() if readings else match.start() + 1
    kept: list[Found] = []
    for one in sorted(found, key=lambda one: (one.start - one.end, one.start)):
        if all(one.end <= other.start or one.start >= other.end for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda one: one.start)


def _found(line: str, match: re.Match[str], readings: tuple[Statement, ...]) -> Found:
    groups = match.groupdict()
    name = next((name for name in ("value", "list", "expr", "count") if groups.get(name)), None)
    start, end = match.span()
    while start < end and line[start].isspace():
        start += 1
    while end > start and line[end - 1].isspace():
        end -= 1
    return Found(start, end, readings, match.span(name) if name else None, groups[name] if name else "")
