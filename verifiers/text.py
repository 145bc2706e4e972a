"""Judges claims about text that is quoted in them: "'hello' reversed is 'olleh'", "'strawberry' has 3 r's".

The idea: the text that a claim is about stands between quotation marks in it, so that nothing has to be guessed; what
is claimed is counted or compared exactly. Where people mean two things by such words (capitals, the letter y, letters
or words turned round) both are looked at, and the verdict is UNKNOWN where they differ.

Guaranteed: exact, bounded, no exception on any text. Not covered: texts that are not quoted in the claim, and rhymes,
which are judged as constraints (`constraints.py`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from slowthink.types import Claim, Edit, Judgement, Status, Verdict
from slowthink.verifiers.numerals import read_number_words
from slowthink.verifiers.sentences import Sentence, Sentences, doubt, masked

FREE_CLAIMS: Final = 40
CHARACTERS_A_CLAIM: Final = 400
_MARKED: Final = (
    r"\"[^\"\n]{1,200}\"|“[^”\n]{1,200}”|(?<!\w)'[^'\n]{1,200}'(?!\w)|‘[^’\n]{1,200}’|`[^`\n]{1,200}`|"
    r"\*\*[^*\n]{1,200}\*\*"
)
_QUOTED: Final = rf"(?:{_MARKED})"
_SUB: Final = r"(?:the\s+)?(?:(?:english\s+)?(?:words?|phrase|string|sentence|name|text)\s+)?(?P<sub>" + _MARKED + r")"
_OTHER: Final = rf"(?:the\s+)?(?:(?:word|letter|phrase|string|text|substring)\s+)?(?P<other>{_QUOTED})"
_COUNT: Final = (
    r"(?P<count>\d{1,4}|no|zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|"
    r"fifteen)"
)
_TIMES: Final = rf"(?:(?P<once>once|twice|thrice)|{_COUNT}\s+times?)"
_LETTER: Final = r"(?:\"(?P<l1>[a-z])\"|“(?P<l2>[a-z])”|'(?P<l3>[a-z])'|‘(?P<l4>[a-z])’|(?P<l5>[a-z]))"
_NOT: Final = r"(?:\s+(?P<not>not)|(?P<nt>n['’]t))?"
_AFTER: Final = (
    r"(?=\s*(?:$|[.!;:,)\]](?!\w)|[—–-]\s)|\s+(?:because|since|as|so|and|but|which|while|whereas|"
    r"therefore|thus|too)\b)"
)
_FORMS: Final[tuple[tuple[str, str], ...]] = (
    ("reversed", rf"{_SUB},?\s+(?:(?P<letters>spelled|written)\s+)?(?:reversed|backwards?|in\s+reverse)\s*(?:,\s*)?"
                 rf"(?:=|is|gives|becomes){_NOT}"
     rf"\s*:?\s*{_OTHER}{_AFTER}"),
    ("reversed", rf"(?:the\s+)?revers(?:e|al)\s+of\s+{_SUB}\s*(?:=|is){_NOT}\s*:?\s*{_OTHER}{_AFTER}"),
    ("reversed", rf"reversing\s+(?:the\s+(?P<letters>letters)\s+(?:of|in)\s+)?{_SUB}\s+(?:gives|yields|results\s+"
                 rf"in)\s*:?\s*{_OTHER}{_AFTER}"),
    ("palindrome", rf"{_SUB}\s+is{_NOT}\s+a\s+palindrome{_AFTER}"),
    ("letters", rf"{_SUB}\s+(?P<verb>has|contains)\s+(?:exactly\s+|only\s+)?{_COUNT}\s+(?:letters?\s+)?{_LETTER}"
                rf"(?:['’]?s)?{_AFTER}"),
    ("letters", rf"there\s+(?:is|are)\s+(?:exactly\s+|only\s+)?{_COUNT}\s+(?:letters?\s+)?{_LETTER}(?:['’]?s)?\s+"
                rf"in\s+{_SUB}{_AFTER}"),
    ("letters", rf"(?:the\s+)?letter\s+{_LETTER}\s+(?:appears|occurs)\s+(?:exactly\s+|only\s+)?{_TIMES}\s+in\s+"
                rf"{_SUB}{_AFTER}"),
    ("letters", rf"{_SUB}\s+(?P<verb>has|contains)\s+(?:the\s+)?letter\s+{_LETTER}\s+(?:exactly\s+|only\s+"
                rf")?{_TIMES}{_AFTER}"),
    ("size", rf"{_SUB}\s+(?:has|contains|consists\s+of|is\s+made\s+up\s+of)\s+(?:exactly\s+|only\s+)?{_COUNT}\s+"
     rf"(?P<unit>letters|characters|words|vowels|consonants|(?:distinct|different|unique)\s+letters){_AFTER}"),
    ("size", rf"{_SUB}\s+is\s+(?:exactly\s+|only\s+)?{_COUNT}\s+(?P<unit>letters|characters|words)\s+long{_AFTER}"),
    ("begins", rf"{_SUB}\s+(?:(?:starts|begins)|(?P<not>does\s+not|doesn['’]t)\s+(?:start|begin))\s+with\s+"
               rf"{_OTHER}{_AFTER}"),
    ("ends", rf"{_SUB}\s+(?:ends|(?P<not>does\s+not|doesn['’]t)\s+end)\s+(?:with|in)\s+{_OTHER}{_AFTER}"),
    ("has letter", rf"{_SUB}\s+(?:contains|(?P<not>does\s+not|doesn['’]t)\s+contain)\s+the\s+(?:letter|substring)\s+"
                   rf"(?P<other>{_QUOTED}){_AFTER}"),
    ("anagram", rf"{_SUB}\s+is{_NOT}\s+an\s+anagram\s+of\s+{_OTHER}{_AFTER}"),
    ("anagram", rf"{_SUB}\s+and\s+{_OTHER}\s+are{_NOT}\s+anagrams(?:\s+of\s+each\s+other)?{_AFTER}"),
)  # fmt: skip
_PATTERNS: dict[int, re.Pattern[str]] = {}
ANCHOR: Final = re.compile(
    r"\brevers|\bbackward|\bpalindrome|\banagram|\bletters?\b|\bcharacters\b|\bvowels\b|\bconsonants\b|\bwords\b|"
    r"\b(?:starts|begins|ends|start|begin|end)\s+(?:with|in)\b|\b(?:has|contains|are|is)\s+\w{1,8}\s+"
    r"\W?[a-z]\W{0,2}s?\b",
    re.I,
)
_WORDS: Final = {
    "reversed": ("revers", "backward"), "palindrome": ("palindrome",), "letters": (" ",), "begins": ("with",),
    "ends": ("with", "in"), "size": ("letters", "characters", "words", "vowels", "consonants"), "anagram": ("anagram",),
    "has letter": ("contain",),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class TextVerifier:
    """The verifier of claims about quoted text."""

    kind: str = "text"

    @property
    def anchor(self) -> re.Pattern[str]:
        """What a sentence with such a claim has in it."""
        return ANCHOR

    def about(self, question: str) -> TextVerifier:
        """The same: no question makes a bare yes or no a claim about text here."""
        return self

    def check(self, text: str) -> list[Judgement]:
        """One judgement for each claim, in order; those beyond the bounds of a text are left out."""
        if not any(mark in text for mark in "\"“'‘`*") or not ANCHOR.search(text):
            return []
        sentences, found = Sentences(text), []
        left = FREE_CLAIMS + len(text) // CHARACTERS_A_CLAIM
        end = seen = 0
        for anchor in ANCHOR.finditer(text):
            if anchor.start() < seen:
                continue
            left -= 1
            if left < 0:
                break
            low, high = _line(text, anchor.start())
            # what stands at the end of a stretch of a long line is seen whole in the next one
            seen = high if text[high : high + 1] == "\n" else high - MAX_LINE // 4
            for judgement in _in_line(sentences, max(low, end), high):
                found.append(judgement)
                end = judgement.claim.end
        return found


MAX_LINE: Final = 480


def _line(text: str, at: int) -> tuple[int, int]:
    """The line around a place, as far as it is looked at."""
    low = text.rfind("\n", max(0, at - MAX_LINE // 2), at) + 1
    high = text.find("\n", at, at + MAX_LINE // 2)
    return low or max(0, at - MAX_LINE // 2), high if high >= 0 else min(len(text), at + MAX_LINE // 2)


def _in_line(sentences: Sentences, low: int, high: int) -> list[Judgement]:
    line = sentences.text[low:high]
    judgements = []
    for begin, stop, form, match in _outermost(line):
        if _against(sentences, low + begin, low + stop):
            continue
        verdict = _verdict(form, match, low)
        claim = Claim(kind="text", text=line[begin:stop], start=low + begin, end=low + stop)
        judgements.append(Judgement(claim=claim, verdict=verdict))
    return judgements


def _outermost(line: str) -> list[tuple[int, int, str, re.Match[str]]]:
    """The statements of a line in order; of two that overlap the first one counts."""
    lower = line.lower()
    found: list[tuple[int, int, str, re.Match[str]]] = []
    for nth, (form, source) in enumerate(_FORMS):
        if any(word in lower for word in _WORDS[form]):
            if nth not in _PATTERNS:
                _PATTERNS[nth] = re.compile(source, re.I)
            found += [(*match.span(), form, match) for match in _PATTERNS[nth].finditer(line)]
    kept: list[tuple[int, int, str, re.Match[str]]] = []
    for one in sorted(found, key=lambda one: (one[0], -one[1])):
        if not kept or one[0] >= kept[-1][1]:
            kept.append(one)
    return kept


def _against(sentences: Sentences, begin: int, end: int) -> str:
    """Why the claim may not be asserted. The quotations in it may hold anything, also ends of sentences."""
    text = sentences.text
    first = sentences.around(begin)
    last = sentences.around(end - 1) if end < len(text) or text[-1:] not in ".!?\n" else None
    if first is None:
        return "a sentence that is too long"
    high = last.end if last is not None and last.end >= end else end
    mark = last.mark if last is not None else text[end : end + 1]
    before = masked(text[first.start : begin])
    line = before + "x" * (end - begin) + masked(text[end:high])
    sentence = Sentence(first.start, high, line, "?" if text[high : high + 1] == "?" else mark)
    return doubt(sentences, sentence, begin - first.start, end - first.start, set())


def _bare(quoted: str) -> str:
    return quoted.strip("*") if quoted.startswith("**") else quoted[1:-1]


Decision = tuple[set[bool], str, str | None]
"""Truth by each meaning, why, and the right value."""


def _verdict(form: str, match: re.Match[str], shift: int) -> Verdict:
    groups = match.groupdict()
    data = _data(form, match)
    if data is None:
        return Verdict(status=Status.UNKNOWN, reason="nothing that is counted here")
    holds, why, right = _DECISIONS[form](data)
    if groups.get("not") or groups.get("nt"):
        holds, right = {not truth for truth in holds}, None
    if len(holds) != 1:
        return Verdict(status=Status.UNKNOWN, reason=why)
    certificate = {"statement": {**data, "negated": bool(groups.get("not") or groups.get("nt"))}}
    if holds == {True}:
        return Verdict(status=Status.PROVED, reason=why, certificate=certificate)
    name = "other" if groups.get("other") and form == "reversed" else "count" if groups.get("count") else None
    if right is None or name is None:
        return Verdict(status=Status.REFUTED, reason=why, witness=why, certificate=certificate)
    start, end = match.span(name)
    if name == "other":
        mark = 2 if groups["other"].startswith("**") else 1
        start, end = start + mark, end - mark
    edit = Edit(start=shift + start, end=shift + end, text=right)
    return Verdict(status=Status.REFUTED, reason=why, witness=why, correction=right, edit=edit, certificate=certificate)


def _data(form: str, match: re.Match[str]) -> dict[str, Any] | None:
    """The statement as data."""
    groups = match.groupdict()
    texts = [_bare(groups["sub"])] + ([_bare(groups["other"])] if groups.get("other") else [])
    data: dict[str, Any] = {"form": form, "texts": texts}
    if "count" in groups or "once" in groups:
        count = _number(groups)
        if count is None:
            return None
        data["count"] = count
    letter = next((groups[f"l{nth}"] for nth in range(1, 6) if groups.get(f"l{nth}")), None)
    how = groups.get("unit") or groups.get("letters") or ("contains" if groups.get("verb") == "contains" else "")
    return {**data, "how": " ".join((how or "").lower().split()), "letter": letter or ""}


def statements_in(line: str) -> list[dict[str, Any]]:
    """What a line says of quoted text, as data, whether or not it is asserted there."""
    return [
        {**data, "negated": bool(match.groupdict().get("not") or match.groupdict().get("nt"))}
        for _, _, form, match in _outermost(line)
        if (data := _data(form, match)) is not None
    ]


def _number(groups: dict[str, str | None]) -> int | None:
    if groups.get("once"):
        return {"once": 1, "twice": 2, "thrice": 3}[(groups["once"] or "").lower()]
    written = (groups.get("count") or "").lower()
    if written.isdigit():
        return int(written)
    value = 0 if written == "no" else read_number_words(written)
    return None if value is None else int(value)


def _plain(text: str) -> str:
    """Letters and digits only, without case."""
    return "".join(character for character in text.casefold() if character.isalnum())


def _reversed(data: dict[str, Any]) -> Decision:
    text, claimed = data["texts"]
    right = text[::-1]
    ways = {claimed == right, claimed.casefold() == right.casefold()}
    if len(text.split()) > 1 and not data["how"]:
        words = " ".join(reversed(text.split()))
        ways |= {claimed == words, claimed.casefold() == words.casefold()}
    return ways, f"{text!r} from its end is {right!r}", right


def _palindrome(data: dict[str, Any]) -> Decision:
    text = data["texts"][0]
    plain = _plain(text)
    return {text == text[::-1], plain == plain[::-1]}, f"from its end it is {text[::-1]!r}", None


def _letters(data: dict[str, Any]) -> Decision:
    text, letter, claimed = data["texts"][0], data["letter"], data["count"]
    counts = {text.count(letter), text.casefold().count(letter.casefold())}
    ways = {claimed == count for count in counts}
    if data["how"] == "contains":
        ways |= {claimed <= count for count in counts}
    places = [str(at + 1) for at, one in enumerate(text) if one.casefold() == letter.casefold()][:20]
    why = f"{letter!r} stands at {', '.join(places)}" if places else f"there is no {letter!r} in it"
    return ways, why, str(max(counts)) if len(counts) == 1 else None


def _size(data: dict[str, Any]) -> Decision:
    text, unit, claimed = data["texts"][0], data["how"], data["count"]
    letters = [one for one in text.casefold() if one.isalpha()]
    vowels = sum(one in "aeiou" for one in letters)
    if not text.isascii() and unit != "words":
        return {True, False}, "letters with marks may be counted in two ways", None
    counts = {
        "letters": {len(letters)},
        "characters": {len(text), len(text.replace(" ", ""))},
        "words": {len(text.split()), len(re.findall(r"[\w'’]+", text))},
        "vowels": {vowels, vowels + letters.count("y")},
        "consonants": {len(letters) - vowels, len(letters) - vowels - letters.count("y")},
    }.get(unit, {len(set(letters))})
    right = str(next(iter(counts))) if len(counts) == 1 else None
    return {claimed == count for count in counts}, f"there are {' or '.join(map(str, sorted(counts)))}", right


def _begins(data: dict[str, Any]) -> Decision:
    text, part = data["texts"]
    return {text.startswith(part), text.casefold().startswith(part.casefold())}, f"it begins with {text[:9]!r}", None


def _ends(data: dict[str, Any]) -> Decision:
    text, part = data["texts"]
    return {text.endswith(part), text.casefold().endswith(part.casefold())}, f"it ends with {text[-9:]!r}", None


def _has(data: dict[str, Any]) -> Decision:
    text, part = data["texts"]
    at = text.casefold().find(part.casefold())
    why = f"it stands at {at + 1}" if at >= 0 else f"there is no {part!r} in it"
    return {part in text, at >= 0}, why, None


def _anagram(data: dict[str, Any]) -> Decision:
    one, other = data["texts"]
    left, right = Counter(_plain(one)), Counter(_plain(other))
    ways = {left == right}
    if left == right and _plain(one) == _plain(other):
        ways = {True, False}  # a word as its own anagram
    difference = (left - right) + (right - left)
    return ways, f"they differ in {', '.join(sorted(difference))}" if difference else "the same letters", None


_DECISIONS: Final[dict[str, Callable[[dict[str, Any]], Decision]]] = {
    "reversed": _reversed, "palindrome": _palindrome, "letters": _letters, "size": _size, "begins": _begins,
    "ends": _ends, "has letter": _has, "anagram": _anagram,
}  # fmt: skip
