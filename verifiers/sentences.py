"""Sentences of running text, and whether what stands in one is asserted there.

The idea: a claim is one only where its writer stands behind it. Questions, conditions, suppositions, reported and
quoted speech, hedges and denials are not claims, and what stands before a claim in its clause must be known to leave
it as it is ("So", "Yes,", "we know that"): an unknown beginning is a doubt. When in doubt there is no claim.

Not covered: a text that takes back in a later sentence what it says in this one, and irony.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import Final

MAX_SENTENCE: Final = 600
_BOUNDARY = re.compile(
    r"(?<=[a-z0-9])[.!?](?=[A-Z][a-z])|[.!?]+[\"”’')\]*_]{0,4}(?=\s|$)|\n|\\n(?![a-z])|"
    r"(?:^|(?<=\n))\s{0,8}(?:[-*•+]|\d{1,3}[.)])\s"
)
_MARKUP = re.compile(
    r"[{,]\s{0,9}\"\w{1,40}\"\s{0,9}:\s{0,9}\"|\*\*(?!\d)|(?<!\d)\*\*|\\[()\[\]]|\\,|(?<![\w*])[*_]"
    r"(?=[\w(])|(?<=[\w)])[*_](?![\w*(])|<\|?/?\w+\|?>|`"
)
_MATH = re.compile(r"\$(?=([^$\n]{1,80})\$)([^$\n]{1,80})\$")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A stretch of text without an end of a sentence in it; `masked` has blanks in the place of its markup."""

    start: int
    end: int
    masked: str
    mark: str
    """What ends it: `?`, `.`, a line break, or nothing."""


class Sentences:
    """The sentences of one text, found where they are asked for."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def _ends(self) -> tuple[list[int], list[int]]:
        """Begin and end of every boundary."""
        found = [match.span() for match in _BOUNDARY.finditer(self.text)]
        return [begin for begin, _ in found], [end for _, end in found]

    def around(self, at: int) -> Sentence | None:
        """The sentence in which `at` stands; None where it is too long to be one."""
        begins, ends = self._ends
        nth = bisect_right(begins, at)
        start = ends[nth - 1] if nth else 0
        end = begins[nth] if nth < len(begins) else len(self.text)
        if not start <= at < end or end - start > MAX_SENTENCE:
            return None
        mark = self.text[end : ends[nth]].strip() if nth < len(ends) else ""
        return Sentence(start, end, masked(self.text[start:end]), "?" if "?" in mark else mark[:1])

    def before(self, start: int) -> tuple[str, bool]:
        """What stands before a sentence and may decide how it is meant, and whether the sentence is an item of a list.

        Of a list it is what stands before the list.
        """
        said = self.text[max(0, start - 1200) : start]
        item = _ITEM.search(said)
        if item is None:
            return said[-160:], False
        while item is not None:
            said = said[: item.start()]
            item = _ITEM_LINE.search(said)
        return said[-160:], True

    @cached_property
    def _quotes(self) -> list[tuple[int, int]]:
        """Where the number of open quotation marks changes, and to what; a blank line closes all."""
        changes, is_open = [], 0
        for match in _QUOTE.finditer(self.text):
            mark = match[0]
            if mark in "“«":
                is_open += 1
            elif mark in "”»":
                is_open = max(0, is_open - 1)
            elif mark.startswith("\n"):
                is_open = 0
            elif mark.startswith('"') and len(mark) > 1:
                # the end of a key and the beginning of its value in JSON: a value is no quotation
                is_open = 0
            else:
                is_open = 0 if is_open else 1
            changes.append((match.end(), is_open))
        return changes

    def is_quoted(self, at: int) -> bool:
        """Whether `at` stands between quotation marks."""
        nth = bisect_right(self._quotes, (at, 1 << 30))
        return nth > 0 and self._quotes[nth - 1][1] > 0


_ITEM = re.compile(r"(?:^|\n)[ \t]{0,8}(?:[-*•+]|\d{1,3}[.)])\s\Z")
_ITEM_LINE = re.compile(r"(?:^|\n)[ \t]{0,8}(?:[-*•+]|\d{1,3}[.)])\s[^\n]*\n?\Z")
_QUOTE = re.compile(r'"\s{0,3}:\s{0,3}"|(?<!\\)"|\\"|[“”«»]|\n\s{0,20}\n')


def masked(sentence: str) -> str:
    """The sentence, as long as it was, with blanks in the place of markup and signs of mathematics around numbers."""
    if "$" in sentence:
        sentence = _MATH.sub(lambda match: f" {match[2]} ", sentence)
    return _MARKUP.sub(lambda match: " " * len(match[0]), sentence).replace("\xa0", " ")


_APOLOGY: Final = re.compile(
    r"\b(?:i\s+)?(?:(?:do\s+)?apologi[sz]e|am\s+sorry|['’]m\s+sorry|sorry|made\s+an?\s+(?:\w+\s+)?(?:mistake|error)|"
    r"was\s+wrong)"
    r"(?:\s+(?:for|about)\s+(?:the|my|any|that|this)\s+(?:\w+\s+)?(?:confusion|mistake|error|misunderstanding|"
    r"oversight|answer))?"
    r"|\bthank\s+you\s+for\s+(?:\w+\s+){1,5}?(?=[,.]|$)",
    re.I,
)
_HARMLESS: Final = re.compile(
    r"\b(?:not|n['’]t)\s+(?:evenly\s+|exactly\s+|a\s+|an\s+)?"
    r"(?:divisible(?:\s+by\s+[\d,\s]{1,80}n?or\s+\d+)?|divide|prime|composite|multiple|perfect|even|odd|factor|divisor|equal)"
    r"|\bno\s+(?:other\s+|proper\s+|positive\s+|prime\s+)*(?:divisors?|factors?|remainder)|\bnot\s+only\b",
    re.I,
)
_DOUBT: Final = re.compile(
    r"\b(?:if|whether|suppose[ds]?|supposing|assum\w+|imagine|pretend|let|unless|either|neither|nor|think|thinks|"
    r"thought|believe[ds]?|"
    r"guess\w*|maybe|perhaps|probably|possibl[ey]|likely|unlikely|might|may|could|would|should|must|cannot|"
    r"can['’]?t|seems?|appears?|"
    r"claim(?:s|ed|ing)?|say(?:s|ing)?|said|told|tells?|stat(?:e[ds]?|ing|ements?)|wrote|writes|mention\w*|"
    r"assert\w*|argu\w+|"
    r"false|wrong\w*|incorrect\w*|untrue|mistak\w+|errors?|fals\w+|den(?:y|ied|ies)|doubt\w*|unsure|wonder\w*|"
    r"ask\w*|questions?|"
    r"check\w*|verif\w+|test\w*|prov(?:e|es|ed|ing)|show|determin\w+|try|want|need\w*|until|when(?:ever)?|once|"
    r"hypothe\w+|conjectur\w+|"
    r"contrary|opposite|myth|misconception|fallacy|contradict\w*|joke|lie|apparently|supposedly|allegedly|according|"
    r"before|after|was|were|"
    r"earlier|previous\w*|initial\w*|originally|example\s+of\s+a|base|binary|hex\w*|octal|mod|modulo|modular|ring|"
    r"field|gaussian|"
    r"integers\s+mod|complex|extension|domain|clock|room|chapter|page|player|season|episode|or)\b"
    r"|n['’]t\b|\bnot\b|\bnever\b|ℤ|\bZ_?\[|\?",
    re.I,
)
_DOUBT_AFTER: Final = re.compile(
    r"\b(?:if|unless|whether|assum\w+|suppos\w+|think|believe|guess|maybe|perhaps|probably|apparently|allegedly|"
    r"said|says|"
    r"claim\w*|according|contradict\w*|absurd\w*|impossible|nonsens\w*|silly|myth|false|wrong\w*|incorrect\w*|untrue|mistak\w+|mod|modulo|base|binary|ring|field|gaussian)\b"
    r"|(?:\bnot|n['’]t)\s+(?:\w+\s+)?(?:true|correct|right|the\s+case)\b|,\s*(?:right|correct|yes|no|ok(?:ay)?)\W*$|\?",
    re.I,
)
_SUPPOSED: Final = re.compile(
    r"\b(?:suppose|assume|imagine|pretend|true\s+or\s+false|which\s+of|which\s+one|following|statements?|options?|"
    r"contradiction|hypothesis|misconceptions?|myths?|fallac(?:y|ies)|consider\s+the)\b",
    re.I,
)
_WRONG: Final = re.compile(r"\b(?:errors?|mistakes?|falsehoods?|lies|false|wrong|incorrect|untrue)\b", re.I)
_CHOICE: Final = re.compile(r"\W*(?:[Oo]ption\s+|[Cc]hoice\s+)?\(?[A-HJ-Z]\)?")
_LABEL: Final = re.compile(
    r"(?:^|\s)(?:(?i:student|pupil|teacher|professor|human|speaker|claim|conjecture|hypothesis|rumou?r)(?:\s+\w{1,2})?"
    r"|(?:[Oo]ption\s+|[Cc]hoice\s+)?\(?[A-HJ-Z])\s*[:.)]\s*$"
)
"""Before a claim: whose words it is, or which choice."""
_SAYING: Final = re.compile(r"\b(?:says?|said|claims?|claimed|wrote|asks?|asked)\b", re.I)
_LAST: Final = re.compile(r"[.!?\n]")
_LEAD: Final = re.compile(
    r"(?:[\s,;:—–.!-]++|\b(?:yes|no|yeah|correct|right|sure|ok|okay|well|so|thus|hence|therefore|then|now|also|and|"
    r"but|yet|because|since|as|"
    r"although|though|while|indeed|actually|finally|however|similarly|likewise|clearly|obviously|certainly|"
    r"definitely|absolutely|"
    r"in\s+other\s+words|in\s+this\s+case|in\s+short|after\s+all|as\s+a\s+result|as\s+such|to\s+be\s+(?:clear|precise|sure)|"
    r"to\s+sum\s+up|to\s+summari[sz]e|to\s+conclude|that\s+is|overall|interestingly|specifically|accordingly|"
    r"consequently|furthermore|moreover|additionally|unfortunately|again|of\s+course|in\s+fact|in\s+conclusion|in\s+"
    r"summary|"
    r"for\s+example|for\s+instance|by\s+definition|on\s+the\s+other\s+hand|i\s+(?:do\s+)?agree(?:\s+that)?|exactly|"
    r"great|good|first|second|third|next|last|lastly|firstly|secondly|"
    r"(?:you|that|this|it|your\s+answer)\s*(?:are|['’]re|is|['’]s)\s+(?:absolutely\s+|completely\s+|indeed\s+|"
    r"quite\s+)?(?:right|correct|true)(?:\s+that)?|"
    r"(?:we|i|you)\s+(?:can\s+|now\s+|also\s+)?(?:know|see|find|found|conclude|note|observe|confirm|have|get|recall|"
    r"remember)(?:\s+that)?|"
    r"i\s*(?:am|['’]m)\s+(?:(?:quite|absolutely|very|pretty)\s+)?(?:sure|certain|confident|positive)(?:\s+that)?|"
    r"(?:note|recall|remember|observe|notice)(?:\s+that)?|(?:this|that|which|it)\s+(?:means|implies|shows|confirms|"
    r"follows|turns\s+out)(?:\s+that)?|"
    r"it\s+is\s+(?:indeed\s+)?(?:true|clear|known|a\s+fact|well\s+known|easy\s+to\s+see)\s+that|(?:the\s+)?"
    r"(?:final\s+)?(?:answer|result|conclusion|reason|fact)"
    r"(?:\s+is(?:\s+that)?)?|here(?:\s+are)?|(?:apologies|sorry)|user|assistant|step\s+\d{1,2})\b|[‘’*_#>•✓✔✅]){0,16}",
    re.I,
)
_CLAUSE = re.compile(
    r"[,;:(—–]\s|\s-\s|\b(?:so|because|since|hence|thus|therefore|but|while|whereas|although|that|"
    r"and|as)\s+",
    re.I,
)
_SUM_BEFORE = re.compile(
    r"(?:^|[,;:—–]|\b(?:so|and|since|because|then|thus))\s*[$(\d][\d\s+*/x×÷·().,$€£%^−-]{0,80}"
    r"=\s*[$€£]?[-−]?[\d.,]*\d\s*$"
)
_HANGING = re.compile(
    r"\b(?:of|between|plus|minus|times|by|with|to|from|for|in|at|on)\s+(?:\w+\s+){0,2}\S+[\s,]*"
    r"(?:and\s+)?$",
    re.I,
)


def doubt(sentences: Sentences, sentence: Sentence, begin: int, end: int, ends: set[int]) -> str:
    """Why what stands from `begin` to `end` in the sentence may be no claim; nothing where it is one.

    Offsets count from the beginning of the sentence; `ends` are those at which other statements end.
    """
    line = sentence.masked
    if sentence.mark == "?":
        return "a question"
    if sentences.is_quoted(sentence.start + begin):
        return "a quotation"
    before, after = line[:begin], line[end:]
    said, is_item = sentences.before(sentence.start)
    if _is_announced(said.rstrip(" \t\n*_#>-"), is_item):
        return "it may be supposed, or told of others"
    before = _APOLOGY.sub(" ", before)
    if _DOUBT.search(_HARMLESS.sub(" ", before)) or _DOUBT_AFTER.search(after):
        return "it may be supposed, doubted, denied or told of others"
    if _LABEL.search(before):
        return "it may be the words of another, or a choice"
    return "" if _is_led(before, ends) else "what stands before it may change it"


def _is_announced(said: str, is_item: bool) -> bool:
    """Whether the sentence before, `said` at its end, makes what follows something else than a claim."""
    last = _LAST.split(said[:-1])[-1]
    if _SUPPOSED.search(last) or _CHOICE.fullmatch(last):
        return True
    if (is_item or said.endswith(":")) and _WRONG.search(_APOLOGY.sub(" ", last)):
        return True
    return (is_item and said.endswith("?")) or (said.endswith(":") and _SAYING.search(last) is not None)


def _is_led(before: str, ends: set[int]) -> bool:
    """Whether the beginning of the clause leaves the claim as it is."""
    if _LEAD.fullmatch(before):
        return True
    for clause in _CLAUSE.finditer(before):
        joint = clause[0].strip().lower()
        follows = {clause.start(), clause.start() - 1, clause.start() - 2} & ends
        if joint == "and" and not follows and not _SUM_BEFORE.search(before[: clause.start()]):
            continue
        if joint == "," and not follows and _HANGING.search(before[: clause.end()]):
            continue
        if joint == "that":
            continue
        if _LEAD.fullmatch(before, clause.end()):
            return True
    return False
