"""Which words of a request say that its last line is its first one, turned word by word, or as it is.

Two looks. The closed one takes a stretch of words that all belong to such a saying. The open one is for sayings with
other words in between: the whole rest of the request must name a first and a last line and a turning, and nothing that
could mean another turning (of letters, of lines, of the sense) or a denial. What a request says of letters that are
*not* turned is taken for what it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from slowthink.verifiers.constraints import Reversed, Same

_FIRST = frozenset({
    "first", "opening", "opens", "open", "begins", "begin", "beginning", "starts", "start", "initial", "1st",
    "starting", "opener", "top", "began", "started", "opened",
})  # fmt: skip
_LAST = frozenset({
    "last", "final", "closing", "closes", "close", "ends", "end", "ending", "finishes", "finish", "concluding",
    "concludes", "conclude", "concluded", "closed", "finishing", "bottom", "ended", "closer", "finale",
})  # fmt: skip
REVERSING = frozenset({
    "reverse", "reversed", "reverses", "reversing", "reversal", "backwards", "backward", "inverted", "inverse",
    "inverts", "invert", "mirrored", "mirrors", "mirror", "mirroring", "flipped", "flips", "flipping",
    "retrograde", "inversion", "inverting",
})  # fmt: skip
"""Words that say by themselves that an order is turned around."""
_MIRRORS = frozenset(("mirrored", "mirrors", "mirror", "mirroring"))
"""Of these, what is said of the whole of a beginning and an end, too."""
_TURNED = REVERSING | {"opposite", "turned", "turns", "right", "back"}
_ORDER = frozenset({"order", "sequence", "direction", "words", "word"})
"""What must stand beside `opposite`, which may be one of sense."""
_TOGETHER = ({"right", "left"}, {"back", "front"}, {"turned", "around"}, {"turns", "around"})
_EQUAL = frozenset({"same", "identical", "repeats", "repeat", "repeated", "repeating", "returns"})
_AROUND_TEXT = (
    "the a its it it's is be are was as with of in to by from and on that this which whose where must should has "
    "have will shall can exactly precisely just simply being made up all every each single word words wordwise line "
    "lines verse poem order sequence when read reads reading written writes write taken take takes turn turned "
    "around round about-face left front again also very so such make makes using uses use consists consist matches "
    "match equals equal becomes become i.e that's them their one another other same but only then having contains "
    "contain placed put puts run runs running through say says said spelled forms form get gets gives give you we i "
    "if your at into appears appear appearing come comes ones both for do does it'll me out repeat"
)
_KNOWN = _FIRST | _LAST | _TURNED | _EQUAL | frozenset(_AROUND_TEXT.split())
_MORE_TEXT = (
    "own back front arranged arrange sequence consisting like going goes closes them sure making ensure ensuring "
    "they're should be because there once time first's line's comprise comprises finishing second flip end start "
    "unchanged normally intact they words' meaning mean flipping done right left kept keep keeping stay stays"
)
_SPENT = _KNOWN | frozenset(_MORE_TEXT.split())
_WORD = re.compile(r"[^\W_]+(?:[.'’-][^\W_]+)*")
_BY_LETTER = re.compile(
    r"\bletters?[ -](?:by|for)[ -]letter|\bletters? of\b|\b(?:in|of|its|with|the|whose|all) letters\b|"
    r"'s letters|\bcharacters?\b|\bsyllables?\b",
    re.I,
)
_BY_LINE = re.compile(
    r"\bline[- ](?:by|for)[- ]line\b|\blines (?:are |be |come )?(?:back )?in (?:the )?(?:reverse|opposite|inverted)|"
    r"\border of (?:the |its |all )?(?:lines|verses)\b|\blast line (?:up |back |down )?to (?:the )?first\b",
    re.I,
)
_POLITE = re.compile(r"\bif you (?:don['’]t|do not|wouldn['’]t|would not) mind\b|\bwhy (?:don['’]t|not)\b", re.I)
_LETTERS_STAY = re.compile(
    r"[(,;:—–-]?\s*(?:\b(?:and|but|so|with|while)\s+)*"
    r"(?:\b(?:please\s+)?(?:don['’]t|do not|not|without|no|never|leav(?:e|es|ing)|keep(?:s|ing)?|rather than|"
    r"instead of)\b"
    r"[^.;()]{0,40}?\b(?:letters?|characters?|spellings?)\b[^.;()]*|"
    r"\b(?:each|every|the|all|its|their)\s+(?:words?|letters?|spellings?|characters?)\b[^.;(),]{0,30}?\b"
    r"(?:spelled|spelt|unchanged|intact|as (?:it|they) (?:is|are)|normal(?:ly)?|stay(?:s|ing)?)\b[^.;()]*)\)?",
    re.I,
)
_DOUBT = re.compile(
    r"\b(?:not|never|\w+n['’]t|except|unless|almost|nearly|half|second|middle|lengths|stanzas?)\b", re.I
)
_OPEN_DOUBT = re.compile(
    r"\b(?:not (?!(?:too |very )?long\b)|never|\w+n['’]t|no (?:need|longer|rever\w+|mirror\w*|backward\w*|line)|"
    r"except(?! that)|unless|almost|nearly|half|middle (?:line|verse|word|one)|stanzas?|both(?! (?:ways|directions))|"
    r"th(?:is|ese|at) (?:sentence|phrase|list|text|words)|following|below|lengths|line length|"
    r"(?:just|only|exactly) (?:a single|one|two|three|\d+) words?|meanings?|sense|mood|"
    r"tone|message|"
    r"sentiments?|emotions?|rhym\w+|letters?|characters?|syllables?|sounds?(?! (?:like|if)\b)|"
    r"(?:of|all) (?:the |its )?lines|"
    r"whole poem|entire poem|every line|each line|"
    r"second (?!word|becomes|to |last|one becomes)\w+|third|fourth|alternate|title)\b",
    re.I,
)
_POINTS_BACK = re.compile(r"\b(?:do|want|mean|like|make|turn|have) (?:that|this|so|it|them)\b", re.I)
NEAR = 60
"""Characters in front of a saying in which a doubt concerns it."""
_SENTENCE = re.compile(r"[.?!;\n]+(?:\s|$)")
_FIRST_LINE = re.compile(
    r"\bline (?:one|1)\b|\b(?:first|1st|opening|initial|starting|beginning|top)\s+(?:\w+\s+)?(?:line|verse|one)\b|"
    r"\bthe first (?:of (?:which|these|them)|should|must|is|were|will|would|with|in|but|backwards?|"
    r"read|written|word)\b|"
    r"\bthe first(?=\s*(?:[,.;:)|]|$))|\bfirst (?:and|&) (?:the )?(?:last|final|closing) (?:lines|ones|verses)\b|"
    r"\b(?:start|begin|began|open)\w*\s+(?:[\w']+\s+){0,2}(?:with|on)\b",
    re.I,
)
_LAST_LINE = re.compile(
    r"\b(?:last|final|closing|ending|concluding|bottom)\s+(?:\w+\s+)?(?:line|verse|one)\b|"
    r"\bfirst (?:and|&) (?:the )?(?:last|final|closing) (?:lines|ones|verses)\b|\bas the last\b|"
    r"\bthe last(?=\s*(?:[,.;:)|]|$))|\bthe last (?:of (?:which|these|them)|should|must|is|will|would)\b|"
    r"\b(?:end|finish|clos|conclud)\w*\s+(?:[\w']+\s+){0,3}(?:with|on|by|in)\b|"
    r"\b(?:for|as) (?:the|its|an|your) (?:ending|close|closer|end|finish|conclusion|finale)\b|"
    r"\bto (?:end|close|finish|conclude)\b|\bat the (?:very )?(?:end|close|bottom)\b",
    re.I,
)
_TURNING = re.compile(
    r"\bright to left\b|\bback to front\b|\b(?:end|last|final|finish|bottom|ending|closing)(?: \w+)? (?:back )?"
    r"(?:to|towards?|until) (?:the |its |their )?(?:start|first|beginning|front|top|opening|initial)\b|"
    r"\bturn(?:s|ed|ing)? (?:the |its |their |all )?(?:(?:first|opening|line|word|words|order|of|the|"
    r"its)\W+){1,6}(?:a?round|"
    r"about)\b|\bflip(?:ping)? (?:the|its|their|all)\b|\bopposite (?:order|sequence|direction)\b|"
    r"\bother way (?:a)?round\b|"
    r"\bturned (?:a)?round\b|"
    r"\bback(?:wards?)?[- ](?:first|to[- ]front)\b|"
    r"\b(?:from|with|at) (?:the |its |their )?(?:very )?(?:last|final|end)(?: word| one)?\b[^.;:]{0,40}"
    r"\b(?:to|at|until|till|with|on) (?:the |its |their )?(?:very )?(?:first|opening|initial|start|beginning)\b|"
    r"\b(?:last|final) word\b[^.;:]{0,40}\bback (?:up |down )?to\b[^.;:]{0,30}\b(?:first|opening) word\b|"
    r"\b(?:last|final) word (?:\w+ )?first\b|\bfirst word (?:\w+ )?last\b",
    re.I,
)


def find_turned(text: str) -> tuple[Reversed | Same, str] | None:
    """The constraint that a request names, and the request with `|` for what says so; None where none is named."""
    if _BY_LINE.search(text):
        return None
    without = _LETTERS_STAY.sub(" | ", _POLITE.sub(" | ", text))
    for said in (text, without):
        if _BY_LETTER.search(said) is None and (found := _closed(said)) is not None:
            return found
    return _open(without)


def _closed(text: str) -> tuple[Reversed | Same, str] | None:
    for run in _runs(list(_WORD.finditer(text)), text):
        said = {_bare(token) for token in run}
        if not (said & _FIRST and said & _LAST):
            continue
        core = [
            i
            for i, token in enumerate(run)
            if _bare(token) in _FIRST | _LAST | _TURNED | _EQUAL | {"word", "words", "order", "line"}
        ]
        start, end = run[core[0]].start(), run[core[-1]].end()
        if _DOUBT.search(text[max(0, start - NEAR) : end + 30]):
            continue
        made: Reversed | Same
        turning = said & REVERSING
        if turning and turning <= _MIRRORS and not said & {"line", "lines", "verse", "word", "words", "order"}:
            continue
        if turning or any(words <= said for words in _TOGETHER) or ("opposite" in said and said & _ORDER):
            made = Reversed()
        elif said & _EQUAL and said & {"line", "lines", "verse"} and not said & {"word", "words", "order"}:
            made = Same()
        else:
            continue
        return made, f"{text[:start]} | {text[end:]}"
    return None


def _open(text: str) -> tuple[Reversed, str] | None:
    """The whole rest of the request names a first line, a last line and a turning of words, and nothing like it."""
    tokens = list(_WORD.finditer(text))
    said = {part for token in tokens for part in _bare(token).split("-")}
    if not (said & REVERSING or _TURNING.search(text)):
        return None
    is_of_lines = bool(said & {"line", "lines", "verse", "word", "words"})
    for ends, phrase in ((_FIRST, _FIRST_LINE), (_LAST, _LAST_LINE)):
        if not (is_of_lines and said & ends) and phrase.search(text) is None:
            return None
    if any(_OPEN_DOUBT.search(part) for part in _SENTENCE.split(text) if _names_turning(part)):
        return None
    for token in reversed(tokens):
        if _bare(token) in _SPENT:
            text = f"{text[: token.start()]}|{text[token.end() :]}"
    return Reversed(), text


def _names_turning(sentence: str) -> bool:
    """Whether a sentence speaks of first or last lines or of a turning: what is doubted elsewhere is not that."""
    said = {_bare(token) for token in _WORD.finditer(sentence)}
    return bool(said & (_FIRST | _LAST | _TURNED | _ORDER | {"line", "lines"})) or bool(_POINTS_BACK.search(sentence))


def _bare(token: re.Match[str]) -> str:
    return token[0].casefold().removesuffix("'s")


def _runs(tokens: Sequence[re.Match[str]], text: str) -> list[list[re.Match[str]]]:
    """Stretches of known words with nothing but punctuation between them."""
    runs: list[list[re.Match[str]]] = [[]]
    for token in tokens:
        between = text[runs[-1][-1].end() : token.start()] if runs[-1] else ""
        if _bare(token) not in _KNOWN or "|" in between or "§" in between:
            runs.append([])
        if _bare(token) in _KNOWN:
            runs[-1].append(token)
    return [run for run in runs if run]
