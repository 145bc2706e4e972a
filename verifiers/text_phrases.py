"""Requests for a poem or a text in lines, read by phrases: what it is about, and what its parts must be like.

A reading takes phrases out of the request, one kind after another: reversed, repeated and given lines, acrostics, words
that must or must not occur, the rhyme scheme, the number of lines, the subject. `whole` says that nothing is left but
words that ask for nothing. A phrase that is not known is left over and makes the reading partial; nothing is guessed of
it. Without any phrase that can be checked there is no reading. A poem is taken to be a text in lines, no more.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from slowthink.types import Frozen
from slowthink.verifiers.constraints import (
    Acrostic,
    Constraint,
    Count,
    Ends,
    Forbidden,
    Line,
    Required,
    Reversed,
    Rhyme,
    Starts,
)
from slowthink.verifiers.text_subjects import ABOUT, AS_THEME, BARE_THEME, END_OF_SUBJECT, TELEGRAM
from slowthink.verifiers.turned_lines import REVERSING, find_turned

MAX_REQUEST = 4_000
_NUMBERS_TEXT = (
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty"
)
NUMBERS = {name: value for value, name in enumerate(_NUMBERS_TEXT.split(), 2)} | {"a dozen": 12}
NUMBER = rf"(?:\d{{1,2}}|{'|'.join(NUMBERS)})"
_GENRE = re.compile(r"\b(?:poems?|verses?|rhymes?|odes?|acrostics?|poetry|stanzas?|ballads?|songs?|lines|text)\b", re.I)
_ASK = re.compile(
    r"\b(?:write|compose|create|make|give|wants?|need|like|poem|craft|pen|produce|draft|generate|acrostic|ode|invent|"
    r"come up with|do|have|looking for)\b",
    re.I,
)
_COMMAND = re.compile(
    r"[.?!:]\s*(?:(?:please|so|now|just|and)\s+)?(?:write|show|give|compose|make|send|draft|craft|try)\b", re.I
)
"""A sentence behind the first one that asks for something to be made."""
_OWN = re.compile(
    r"\b(?:poems?|verses?|songs?|odes?)(?: that)? (?:you|he|she|they|we|I|my \w+) (?:\w+ )?(?:wrote|made|sent|"
    r"gave|read|showed|composed|posted|shared|recited)\b|"
    r"\bmy (?:\w+ )?(?:poem|verse|song)\b[^.?!]{0,40}\b(?:was|were|got|felt|won)\b|"
    r"(?<!if )\b(?:I|he|she|we|they|you|(?:my|our|his|her|the|a) \w+)(?:'ve| have| has| had)?"
    r"(?: just| once| recently| already)? (?:wrote|written|composed|made|finished|read|found|saw|seen|"
    r"heard|came across)\b[^.?!]{0,20}\b(?:poem|verse|song|ode|sonnet)",
    re.I,
)
"""A poem that is there already."""
_OF_FACT = re.compile(r"\s*(?:which|who|whose|why|when|where|did|does|has|have|is|are)\b", re.I)
_QUESTION = re.compile(
    r"\s*(?!(?:how|what) about\b|what (?:i|we)(?:'d|'m| am| need| want| would)\b|(?:is it|would it be) possible\b|"
    r"do me\b|is there any chance\b)"
    r"(?:which|who|what|whose|is|are|does|do|did|why|how|when|where|has|have)\b",
    re.I,
)
_ITEM = r"(?:[\w'’-]+|§\d+§)"
_LIST = rf"(?:{_ITEM}(?:\s*,\s*(?:and\s+|or\s+)?{_ITEM})*(?:,?\s+(?:and|or|nor)\s+{_ITEM})?)"
_FILLER_TEXT = (
    "write compose create make give craft pen produce draft generate invent me i i'd i'll want need would like "
    "please could can you a an the poem poems verse poetry text short little small for us with and that which whose "
    "where in of it its should must be is are has have let there so such to as also kindly this my your one some "
    "just now then get let's try will shall want wants needs long exactly precisely contains contain containing "
    "having made up total altogether no more less than we do if may might come love called "
    "where's here's thanks thank about on subject topic theme piece comes goes using it's hi hello ask asked task "
    "challenge your yours following take taking reading read rule rules condition conditions constraint constraints "
    "requirement requirements hey hi u able possible wants teacher us come up something fun wordplay try it'd runs "
    "comprising sure making kindly poetic"
)
_FILLER = set(_FILLER_TEXT.split())
_NO_LIST_END_TEXT = (
    "ends end ending begins begin whose which that where without avoid avoids avoiding do does must should never "
    "use uses using not has have is be with make makes about on end. lines line in of that this"
)
_NO_LIST_END = frozenset(_NO_LIST_END_TEXT.split())
_NO_LIST_TEXT = "order arranged running turned read back going coming set put taken placed"
_NO_LIST = REVERSING | frozenset(_NO_LIST_TEXT.split())
"""`with the words reversed` asks for no word."""


class TextRequest(Frozen):
    """What is asked for: the subject in its words, the constraints, what was not read, and what likeness alone says."""

    subject: str | None = None
    constraints: tuple[Constraint, ...] = ()
    left: str = ""
    guessed: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether every word of the request was read and is decided by the constraints: a subject never is."""
        return not self.left and not self.guessed and self.subject is None

    @property
    def doubt(self) -> str:
        """What nothing here decides, in words; empty where the request is `whole`."""
        doubts = [f"only its likeness to other requests says {' and '.join(self.guessed)}"] if self.guessed else []
        doubts += [f"this was not read: {self.left!r}"] if self.left else []
        doubts += [f"nothing decides whether it is about {self.subject}"] if self.subject else []
        return "every constraint that was read holds; " + "; ".join(doubts) if doubts else ""


def read_by_phrases(request: str) -> TextRequest | None:
    """What the phrases that are known say of a text; None where nothing of it is a constraint that can be checked."""
    plain = request.replace("’", "'")
    if len(request) > MAX_REQUEST or not _GENRE.search(plain) or _OWN.search(plain):
        return None
    is_question = _QUESTION.match(plain) is not None and _COMMAND.search(plain) is None
    if is_question and _OF_FACT.match(plain):
        return None
    reading = _Reading(request)
    for step in (
        reading.acrostics,
        reading.given_lines,
        reading.forbidden,
        reading.required,
        reading.rhymes,
        reading.counts,
        reading.bound_lines,
    ):
        step()
    if not reading.found or ((is_question or not _ASK.search(plain)) and not _is_plain_order(reading.found)):
        return None
    subject = reading.subject()
    return TextRequest(subject=subject, constraints=tuple(reading.found), left=reading.left())


def sort_of(read: TextRequest | None) -> str:
    """What the phrases made of a request, as likeness is told of it."""
    if read is None:
        return "nothing"
    return "turned" if any(_is_turned(one) for one in read.constraints) else "other"


def _is_turned(one: Constraint) -> bool:
    """Whether it asks for a line that is another one with its words turned around."""
    return isinstance(one, Reversed) and one.unit == "words"


def read_loosely(request: str, counts: bool = True) -> TextRequest:
    """The subject, and the number of lines, of a request that no phrase shows to ask for a text."""
    reading = _Reading(request)
    if counts:
        reading.counts()
    return TextRequest(subject=reading.subject(), constraints=tuple(reading.found), left=reading.left())


def without_phrases(request: str, counts: bool, subject: bool) -> str:
    """A request without the phrases that say its number of lines, or its subject; as it is where none is known."""
    reading = _Reading(request)
    if counts:
        reading.counts()
    if subject:
        reading.subject()
    if not reading.found and not (subject and reading.subject()):
        return request
    return re.sub(r"§(\d+)§", lambda match: f'"{reading.quotes[int(match[1])]}"', reading.text.replace("|", ""))


def _is_plain_order(found: list[Constraint]) -> bool:
    """A number of lines with a turned one among them: whatever the words are, nobody only talks of such a text."""
    is_counted = any(isinstance(one, Count) and one.least == one.most and one.least for one in found)
    return is_counted and any(isinstance(one, Reversed) for one in found)


class _Reading:
    """The request while phrases are taken out of it; `|` stands where one was."""

    def __init__(self, request: str) -> None:
        self.quotes: list[str] = []
        text = re.sub(
            r"[“\"]([^”\"\n]{1,300})[”\"]|(?<!\w)[‘']([^’'\n]{1,200}(?:['’]\w[^’'\n]*)*)[’'](?!\w)",
            self._kept,
            request.replace("§", " "),
        )
        self.text = re.sub(r"^(?:how|what) about\b", "", " ".join(text.replace("’", "'").split()), flags=re.I)
        self.found: list[Constraint] = []
        self._subject: str | None = None
        self._bound_read = False

    def _kept(self, match: re.Match[str]) -> str:
        self.quotes.append((match[1] or match[2]).strip())
        return f"§{len(self.quotes) - 1}§"

    def _said(self, token: str) -> str:
        match = re.fullmatch(r"§(\d+)§", token.strip())
        return self.quotes[int(match[1])] if match else token.strip()

    def _take(self, pattern: str, make: Callable[[re.Match[str]], Constraint | None], flags: int = re.I) -> None:
        """Take out every phrase of a pattern of which something can be made."""
        at = 0
        while match := re.compile(pattern, flags).search(self.text, at):
            made = make(match)
            if made is None:
                at = match.end()
                continue
            self.found.append(made)
            self.text = f"{self.text[: match.start()]} | {self.text[match.end() :]}"
            at = match.start()

    def acrostics(self) -> None:
        """`an acrostic of HOPE`; `the first letters of its lines spell "hope"`."""
        word = r"(?:the\s+)?(?:word|name|letters)?\s*:?\s*(§\d+§|[A-Za-z]{2,30})"
        self._take(
            r"(?:(?:in|with|where|whose|such that|so that|and|,)\s+)?(?:which\s+)?(?:the\s+)?(first|"
            r"last|initial|starting|"
            r"final)\s+letters?\s+(?:of\s+(?:the|its|each|every|all(?: the)?)?\s*(?:lines?|verses?)\s*)?,?\s*"
            r"(?:read\s+(?:down(?:wards?)?|vertically|from top to bottom|in order),?\s*)?(?:should\s+|must\s+|to\s+)?"
            r"(?:spell(?:s|ing)?|form(?:s|ing)?|read(?:s|ing)?|make(?:s)?|give(?:s)?)(?:\s+out)?\s+" + word,
            lambda m: Acrostic(word=self._said(m[2]), last=m[1].lower() in ("last", "final")),
        )
        self._take(
            r"\bacrostic(?:\s+poem)?\s*(?:on|of|for|from|with|using|that spells|spelling)?(?:\s+out)?\s+"
            r"(?:the\s+)?(?:word|name|letters)\s*:?\s*(§\d+§|[A-Za-z]{2,30})|"
            r"\bacrostic(?:\s+poem)?\s*(?:on|of|for|from|with|"
            r"that spells|spelling)\s+(?-i:(§\d+§|[A-Z]{2,30}\b))",
            lambda m: Acrostic(word=self._said(m[1] or m[2])),
        )

    def given_lines(self) -> None:
        """`whose last line is "..."`, `ends with "..."`."""
        joint = r"(?:(?:whose|where|with|and|in which|such that|so that|that)\s+)?(?:the\s+|its\s+|a\s+)?"
        is_ = r"\s*(?:line|verse)\s*(?:(?:should|must|has to|will)\s+)?(?:be|is|reads?|being|says?|as|:|,)*\s*:?\s*"
        self._take(joint + r"\b(last|final|closing|concluding)" + is_ + r"(§\d+§)", lambda m: self._line(-1, m[2]))
        self._take(joint + r"\b(first|opening|initial)" + is_ + r"(§\d+§)", lambda m: self._line(0, m[2]))
        with_ = r"\s+(?:with|on|in|by saying)\s+(the (?:line|verse|sentence)|the words|the phrase)?\s*:?\s*(§\d+§)"
        start = r"(?:(?:that|which|it|and|must|should|has to)\s+){0,2}\b"
        self._take(start + "(?:ends?|ending|closes?|closing|finish(?:es|ing)?|concludes?)" + with_,
                   lambda m: self._edge(Ends(text=self._said(m[2])), -1, m))  # fmt: skip
        self._take(start + "(?:begins?|beginning|starts?|starting|opens?|opening)" + with_,
                   lambda m: self._edge(Starts(text=self._said(m[2])), 0, m))  # fmt: skip

    def _line(self, line: int, token: str) -> Constraint:
        return Line(line=line, text=self._said(token))

    def _edge(self, loose: Constraint, line: int, match: re.Match[str]) -> Constraint:
        whole = (match[1] or "").lower() in ("the line", "the verse", "the sentence")
        return Line(line=line, text=self._said(match[2])) if whole else loose

    def forbidden(self) -> None:
        """`without the words "a" and "b"`, `never using the word "c"`."""
        self._take(
            r"(?:(?:and|but|it|that|which|,)\s+){0,2}\b(?:without(?:\s+(?:using|ever using|the use of|"
            r"saying|mentioning))?|"
            r"avoid(?:s|ing)?(?:\s+(?:using|the use of))?|(?:never|not)\s+(?:to\s+)?(?:us(?:e|es|ing)|"
            r"mention(?:s|ing)?|"
            r"contain(?:s|ing)?|includ(?:e|es|ing)|say(?:s|ing)?)|(?:do|does|must|should|may|can)(?:\s+not|n't|not)\s+"
            r"(?:use|contain|include|mention|have|say)|leav(?:e|es|ing) out|but not)\s+(?:either\s+|any\s+)?(?:of\s+)?"
            rf"(?:the\s+)?(?:words?\s*:?\s*)({_LIST})",
            lambda m: self._list(m[1], Forbidden),
        )

    def required(self) -> None:
        """`with the words "a" and "b" in it`."""
        self._take(
            r"(?:(?:and|it|that|which|must|should|has to|,)\s+){0,3}\b(?:contain(?:s|ing)?|us(?:e|es|"
            r"ing)|includ(?:e|es|ing)|"
            r"mention(?:s|ing)?|featur(?:e|es|ing)|with|ha(?:s|ve|ving)|in which|work(?:s|"
            r"ing)? in)\s+(?:all\s+|both\s+)?"
            rf"(?:of\s+)?(?:the\s+)?(?:words?\s*:?\s*)({_LIST})(?:\s+(?:in it|somewhere|appears?|occurs?))?",
            lambda m: self._list(m[1], Required),
        )

    def _list(self, listed: str, kind: Callable[..., Constraint]) -> Constraint | None:
        parts = [
            self._said(part)
            for part in re.split(r"\s*,\s*(?:and\s+|or\s+)?|\s+(?:and|or|nor)\s+", listed)
            if part.strip()
        ]
        plain = [part.casefold() for part in re.split(r"[\s,]+", listed) if "§" not in part]
        if not parts or any(word in _NO_LIST_END or word in _NO_LIST for word in plain):
            return None
        return kind(words=tuple(parts))

    def rhymes(self) -> None:
        """`with the rhyme scheme ABAB`, `in rhyming couplets`."""
        self._take(
            r"(?:(?:and|with|in|using|has|have|having|follow(?:s|ing)?|it)\s+){0,2}(?:the\s+|a\s+|"
            r"an\s+)?(?:rhym(?:e|ing)\s+"
            r"(?:scheme|pattern)\s*(?:of|is|:|being)?\s*(?-i:([A-Z]{2,16})\b)|(?-i:\b([A-D]{2,16}))\s+rhym(?:e|ing)"
            r"(?:\s+(?:scheme|pattern))?)",
            lambda m: Rhyme(scheme=m[1] or m[2]),
        )
        self._take(r"(?:\bin\s+)?\brhym(?:ing|ed)\s+couplets", lambda m: Rhyme(scheme="AA"))

    def counts(self) -> None:
        """`of eight lines`, `eight-line`, `at least 6 lines`."""
        lead = r"(?:\b(?:of|in|with|has|have|having|contain(?:s|ing)?|consist(?:s|ing)? of|be|is|takes?)\s+)?"
        tail = (
            r"(?:\s*[- ]\s*|\s+(?:poetic|short|simple|little|neat|brief|fine)\s+)lin(?:es?|ed|er)\b"
            r"(?:\s+(?:long|in length|in total|altogether|in all|only))?"
        )
        bound = rf"(?<!first )(?<!last )(?<!next )(?<!every )(?<!each )(?<!other )\b({NUMBER})"
        self._take(
            lead + rf"\b(?:between|from)\s+({NUMBER})\s+(?:and|to)\s+({NUMBER})" + tail,
            lambda m: Count(unit="lines", least=number_of(m[1]), most=number_of(m[2])),
        )
        self._take(lead + r"\b(?:at least|no fewer than|no less than|a minimum of)\s+" + bound + tail,
                   lambda m: Count(unit="lines", least=number_of(m[1])))  # fmt: skip
        self._take(lead + r"\b(?:at most|no more than|not more than|up to|a maximum of)\s+" + bound + tail,
                   lambda m: Count(unit="lines", most=number_of(m[1])))  # fmt: skip
        self._take(
            rf"\bline\s+({NUMBER})\s*(?:,|\(|—|–|-)\s*(?:which is |i\.e\.,? )?(?=the (?:last|final|closing)\b)",
            lambda m: Count(unit="lines", least=number_of(m[1]), most=number_of(m[1])),
        )
        self._take(
            rf"\b(?:number of lines|line count)\s*(?:is|of|=|:)?\s*({NUMBER})\b",
            lambda m: Count(unit="lines", least=number_of(m[1]), most=number_of(m[1])),
        )
        self._take(
            rf"(?:(?<=\bend )|(?<=\bends )|(?<=\bfinish )|(?<=\bclose )|(?<=\bconclude )|(?<=\bstop ))"
            rf"(?:at|on|with|by|in)\s+line\s+({NUMBER})\b",
            lambda m: Count(unit="lines", least=number_of(m[1]), most=number_of(m[1])),
        )
        self._take(
            lead + r"(?:\b(?:exactly|just|precisely|only|a total of)\s+)?" + bound + tail,
            lambda m: Count(unit="lines", least=number_of(m[1]), most=number_of(m[1])),
        )

    def bound_lines(self) -> None:
        """The last line as the first one, turned word by word or as it is."""
        self.subject()
        self._bound_read = True
        if (found := find_turned(self.text)) is not None:
            self.found.append(found[0])
            self.text = found[1]

    def subject(self) -> str | None:
        """What it is about, in the request's words; its phrase is taken out.

        Looked for before the lines that are bound, whose words (`mirror`, `turns`) may be a subject, too, and again
        after them for what only `on` tells.
        """
        if self._subject is None:
            self._subject = self._as_theme(AS_THEME) or self._as_theme(BARE_THEME) or self._named(ABOUT)
        if self._subject is None and self._bound_read:
            self._subject = self._named(r"on") or self._listed()
        return self._subject

    def _as_theme(self, pattern: re.Pattern[str]) -> str | None:
        """`take the sea as your theme`; `6 lines, the sea as the subject`."""
        if (match := pattern.search(self.text)) is None:
            return None
        self.text = f"{self.text[: match.start()]} | {self.text[match.end() :]}"
        return self._said(next(group for group in match.groups() if group))

    def _listed(self) -> str | None:
        """`Poem, the sea, 6 lines.`"""
        if (match := TELEGRAM.match(self.text)) is None:
            return None
        self.text = f"{self.text[: match.start(1)]} | {self.text[match.end(1) :]}"
        return self._said(match[1])

    def _named(self, cue: str) -> str | None:
        match = re.search(rf"(?:,\s*)?\b(?:{cue})\s+(§\d+§|[^|.,;:!?()\[\]—–\n]+)", self.text, re.I)
        if match is None:
            return None
        said = self._said(match[1])
        cut = re.split(
            END_OF_SUBJECT,
            said,
            maxsplit=1,
            flags=re.I,
        )[0]
        words = cut.split()
        while words and words[-1].casefold() in {"and", "of", "in", "with", "a", "the", "to", "it", "has", "is", "for"}:
            words.pop()
        if not words:
            return None
        end = match.start(1) + (len(match[1]) if said != match[1].strip() else len(" ".join(words)))
        self.text = f"{self.text[: match.start()]} | {self.text[end:]}"
        return " ".join(words)

    def left(self) -> str:
        """The words that were not read."""
        found = [match[0] for match in re.finditer(r"§\d+§|[^\W_]+(?:[.'’-][^\W_]+)*", self.text)]
        unread = [self._said(word) for word in found if word.casefold() not in _FILLER]
        return " ".join(unread)


def number_of(text: str) -> int:
    """The value of a number in digits or words, as `NUMBER` finds it."""
    return int(text) if text.isdigit() else NUMBERS[" ".join(text.casefold().split())]
