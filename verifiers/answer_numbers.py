"""The one number that the words of an answer come to.

`21 kilograms`, `$118 000`, `8 - 4`, `(80 + 150) * 2 = 460`, `18 hours and 48 minutes`, `4 blue and 6 red boxes`, `In 4
weeks she spent 34 hours.` What is written is kept as it is written where that is possible; what has to be worked out is
exact arithmetic, bounded, through the grammar of `expressions`. A quantity in several units is read in the smallest.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

from slowthink.verifiers.expressions import evaluate, parse
from slowthink.verifiers.numerals import (
    CURRENCY_SIGNS,
    DECIMAL,
    NUMBER_WORDS,
    VULGAR,
    decimals_needed,
    read_number,
    read_number_words,
    write_decimal,
)
from slowthink.verifiers.units import UNITS

MAX_ANSWER: Final = 4000
MAX_SENTENCE: Final = 1500
MAX_TAIL: Final = 20_000

_SIGN: Final = r"(?:[-−](?=[\d.$€£\\]))?"
_CURRENCY: Final = rf"(?:\\?[{CURRENCY_SIGNS}]\s?)?"
_SPACED: Final = r"\d{1,3}(?:(?:[\u00a0\u2009\u202f]|\\[,!; ])\d{3})+(?!\d)"
_PLAIN: Final = (
    rf"{_SIGN}{_CURRENCY}(?:{_SPACED}|{DECIMAL})(?:[eE][+-]?\d{{1,3}}(?!\d))?"
    r"(?:\s?/\s?\d{1,400}(?![\d/])|\s\d{1,9}/\d{1,9}(?![\d/])|\s?(?:" + "|".join(VULGAR) + r"))?"
)
_FRACTION: Final = rf"{_SIGN}(?:\d{{1,9}})?\\[dt]?frac\{{\d{{1,400}}\}}\{{\d{{1,400}}\}}"
NUMBER: Final = re.compile(rf"(?<![\w.])(?:{_FRACTION}|{_PLAIN}|{_SIGN}[{''.join(VULGAR)}])")

_GROUPED: Final = re.compile(rf"{_SIGN}{_CURRENCY}\d{{1,3}}(?:\s\d{{3}})+(?:\.\d+)?")
_DECLINES: Final = re.compile(
    r"\b(?:can(?:no|'|’)?t|could(?:n't| not)|(?:im|not )possible to|unable to)\s+(?:be\s+)?(?:\w+ly\s+)?"
    r"(?:determin|calculat|comput|find|found|answer|solv)"
    r"|\bnot (?:possible|enough information|sufficient|determin|specified|known|applicable|solvable)"
    r"|\bneed more information|\bno (?:valid |unique |real )?(?:answer|solution)\b"
    r"|\b(?:insufficient|indeterminate|undetermined|undefined)\b",
    re.IGNORECASE,
)
_EMPTY: Final = frozenset(
    {"nan", "n/a", "none", "null", "unknown", "indeterminate", "undefined", "varies", "impossible"}
)
_BUT: Final = re.compile(r"\b(?:but|however|although|though|because|since|without|unless|possibly)\b", re.IGNORECASE)
_DENIED: Final = re.compile(rf"\b(?:not|rather than|instead of|root of)\s+(?>{NUMBER.pattern})")
_ASIDE: Final = re.compile(r"\s\([^()]*\)|\([^()\d]*\)\s?")


def declines(answer: str) -> bool:
    """Whether an answer says that there is none, or is a sentence without a number in it."""
    has_number = NUMBER.search(answer) is not None
    if _DECLINES.search(_BUT.split(answer, maxsplit=1)[0] if has_number else answer):
        return True
    return not has_number and (len(answer.split()) > 2 or answer.strip("\"' ").lower() in _EMPTY)


def number_in(answer: str, before: str = "") -> str | None:
    """The number that `answer` comes to; None where it holds none, or says that there is none to be had.

    `before` is what the text says before its answer: it helps to tell which number a sentence is about.
    """
    answer = _unwrapped(answer[:MAX_ANSWER])
    if not answer:
        return None
    whole = _whole(answer)
    if whole is not None:
        return whole
    if not any(character.isdigit() or character in VULGAR for character in answer):
        return _number_words(answer)
    if _DECLINES.search(answer):
        answer = _BUT.split(answer, maxsplit=1)[0]
        if declines(answer) or not NUMBER.search(answer):
            return None
    measured = quantity(answer)
    if measured is not None:
        return measured[0]
    return _worked(answer) or _parts(answer) or concluded(answer, before)


def _unwrapped(answer: str) -> str:
    """Without quotes, code marks, stars and calls of a function around it."""
    answer = answer.strip()
    for _ in range(4):
        before = answer
        answer = answer.strip("\"'`“”* \n\t").rstrip(".,;:")
        if call := re.fullmatch(r"(?:str|int|float|round|eval|Math\.\w+)\((.*?)(?:,\s*\d)?\)", answer, re.DOTALL):
            answer = call[1]
        if call := re.fullmatch(r"(.*)\.(?:toFixed|toString)\(\d?\)", answer, re.DOTALL):
            answer = call[1]
        if math := re.fullmatch(r"\$?\\?\\[(\[](.*)\\?\\[)\]]\$?|\$\$?([^$]*[\\^_{][^$]*)\$\$?", answer, re.DOTALL):
            answer = math[1] or math[2] or ""
        answer = re.sub(r"\A\{\s*(?:\\text)?\s*([^{}:]*)\s*\}\Z", r"\1", answer)
        if answer == before:
            break
    return answer


def _whole(answer: str) -> str | None:
    """The answer itself where all of it is one number."""
    if _GROUPED.fullmatch(answer):
        return re.sub(r"\s(?=\d)", "", answer)
    if NUMBER.fullmatch(answer) or re.fullmatch(r"\(\$?[\d.,]+\)", answer):
        return answer.strip("()")
    return None


def plain(value: Fraction) -> str:
    """A value as an answer, exactly: digits, or a fraction where the decimals do not end."""
    decimals = decimals_needed(value)
    return f"{value.numerator}/{value.denominator}" if decimals is None else write_decimal(value, decimals)


_MEASURE: Final = re.compile(
    rf"(?P<number>{_SIGN}(?:{DECIMAL})(?:\s\d+/\d+)?)\s?-?(?P<unit>[a-z]+|'|′|\"|″)\.?(?P<next>\s*(?:,|and|&)?\s*)",
    re.IGNORECASE,
)
_MARKS: Final = {"'": ("length", 12), "′": ("length", 12), '"': ("length", 1), "″": ("length", 1)}


def quantity(answer: str) -> tuple[str, str] | None:
    """A quantity in units of one dimension, from the larger to the smaller, in the smallest, with its name."""
    at, dimension, name, total = 0, "", "", Fraction(0)
    sizes: list[int] = []
    text = answer + ('"' if re.fullmatch(r"\d+\s?['′]\s?\d+", answer) else "")
    while at < len(text):
        match = _MEASURE.match(text, at)
        unit = None if match is None else _MARKS.get(match["unit"]) or UNITS.get(match["unit"].lower())
        value = None if match is None else read_number(match["number"])
        if match is None or unit is None or value is None or (dimension and unit[0] != dimension):
            return None
        if sizes and unit[1] >= sizes[-1]:
            return None
        dimension = unit[0]
        if sizes and value == 0:  # 21'0" is 21 feet
            at = match.end()
            continue
        sizes.append(unit[1])
        name = match["unit"].lower()
        total += value * unit[1]
        at = match.end()
    return (plain(total / sizes[-1]), name) if sizes else None


_SUM_CHARACTERS: Final = re.compile(r"[\d\s.,$€£()+\-−–*/×÷·^%x\\]+")


def _worked(answer: str) -> str | None:
    """The value of a sum that was left undone (`500+250`, `$(1.30*5 + 1.10*5)`)."""
    text = re.sub(r"\s*\+\s*[\"']%[\"']?\s*$", "", answer).replace("\\$", "").replace("$", "").replace("\\%", "%")
    if not _SUM_CHARACTERS.fullmatch(text) or not re.search(r"[\d)]\s*[-+*/×÷·^x]+\s*[\d(.]|\\times", text):
        return None
    expression = parse(text.strip().rstrip("%"))
    value = None if expression is None else evaluate(expression)
    return None if value is None else plain(value)


_PART: Final = re.compile(
    r"(?:\A|,\s*(?:and\s+)?|\s*\band\s+|\s*[&+]\s*)"
    r"(?:(?P<count>\d{1,9}(?:,\d{3})*)\s+(?P<what>[a-z][a-z -]{0,40}?)"
    r"|[\"'](?P<name>[a-z_ ]{1,30})[\"']\s*:\s*(?P<named>\d{1,9}))"
    r"(?=,|\s+and\b|\s*[&+]|\Z)",
    re.IGNORECASE,
)
_HAS: Final = re.compile(
    r"\A(?:[A-Z][\w']*(?:\s[\w']+){0,4}?\s(?:has|have|had)|there (?:are|were))\s+(?=\d)", re.IGNORECASE
)
_LEFT: Final = re.compile(
    r"\s+(?:left|remaining|by the end|at the end|in (?:his|her|the|their) \w+|after)\b.*\Z", re.IGNORECASE | re.DOTALL
)


def _parts(answer: str) -> str | None:
    """The total of an answer that is nothing but counts of parts: `4 blue and 6 red boxes`, `{"blue": 4, "red": 6}`."""
    text = _LEFT.sub("", _HAS.sub("", answer.strip("{} \n"))).strip(" .")
    at, total, count, units = 0, 0, 0, set()
    while at < len(text):
        match = _PART.match(text, at)
        if match is None or match.end() == at:
            return None
        words = (match["what"] or "").lower().split()
        units |= {UNITS[word][0] for word in words if word in UNITS}
        total += int((match["count"] or match["named"]).replace(",", ""))
        count += 1
        at = match.end()
    return str(total) if count > 1 and not units else None


_EQUALS: Final = re.compile(
    r"(?:[=≈]|\\approx|\bequals|\bequal to)[\s*]*(?:\\text\{[^}]*\}\s*)?(?=[-−$€£\\]{0,3}[\d.])"
)
_INTRODUCTION: Final = re.compile(
    r"\A(?:(?:so|therefore|thus|hence|finally|then|now|and|in total|however"
    r"|this means(?: that)?|we find(?: that)?)\b,?\s*)*"
    r"(?:(?:in|after|for|at|on|if|by|over|during|with|since|because|when|while|given|out of|before|assuming|to|of|from"
    r"|\w+ing)\b(?:[^,]|,(?=\d))*?,\s*(?=\D*\d))?",
    re.IGNORECASE,
)
_COMES_TO: Final = re.compile(
    r"(?:\btotal(?:s|ing)? (?:of )?|\bresulting in\s|\b(?:which|that) (?:is|equals|gives|means|leaves)\b"
    r"|\bgives\b|\bgiving\b"
    r"|\bequals\b|\bequal to\b|\bleaving\b|\bleaves\b|\bget\b|\bresults? in\b|\bsimplifies to\b|\bcomes to\b"
    r"|\badds up to\b|\brounds? (?:up |down )?to\b)[^\d.,]{0,30}?(?=[-−$€£\\]{0,3}\d)",
    re.IGNORECASE,
)
_ABOUT: Final = r"(?:about|approximately|only|exactly|therefore|indeed|now|just|around|roughly|at least|also|then)"
_COPULA: Final = re.compile(
    rf"(?:\b(?:is|are|was|were|be|becomes)|\b(?:it|that)['’]s)\s+(?:{_ABOUT}\s+)*[*\\(]{{0,4}}(?=[-−$€£\\]{{0,3}}\d)",
    re.IGNORECASE,
)
_SENTENCE: Final = re.compile(r"(?<=[^\d\s.])[.!?]\s+|(?<=\d)[.!?]\s+(?=[A-Z*\\(])|\n+|;\s")
_REST: Final = re.compile(r"[,.]?\s*(?:and |so |which |that |this )[^.]{0,120}\d", re.IGNORECASE)


def concluded(text: str, before: str = "") -> str | None:
    """The number that a sentence is about, of several sentences the last that has one.

    A number that `before`, or the text itself, worked out is preferred to those that only come up.
    """
    sentences = [part[-MAX_SENTENCE:] for part in _SENTENCE.split(text[-MAX_TAIL:]) if NUMBER.search(part)]
    if not sentences:
        return None
    found_before = _last_result(before)
    if found_before is not None and before is not text:
        for sentence in reversed(sentences):
            if "=" not in sentence:
                for number in NUMBER.finditer(sentence):
                    if read_number(number[0].strip()) == found_before:
                        return number[0].strip()
    sentence = _ASIDE.sub(" ", sentences[-1].strip())
    sentence = _DENIED.sub(" ", sentence if NUMBER.search(sentence) else sentences[-1])
    if not NUMBER.search(sentence):
        return None
    marks = [(mark.end(), kind) for kind in (_EQUALS, _COMES_TO, _COPULA) for mark in kind.finditer(sentence)]
    strong = [at for at, kind in marks if kind is not _COPULA]
    if strong:
        at = max(strong)
        worked = _worked(re.split(r"[=≈]|\s[a-z]{2,}", sentence[at:], maxsplit=1)[0].strip(" .*"))
        found = NUMBER.match(sentence, at)
        return worked or (found[0].strip() if found else _first(sentence[at:]))
    undone = re.search(r"(?<![\w^.)\]}])(?:[-$\d.,()+*/×÷ ]|\\\$)+\Z", sentence.strip(" ."))
    if undone and not NUMBER.fullmatch(undone[0].strip()) and (value := _worked(undone[0].strip())) is not None:
        return value
    rest = _INTRODUCTION.sub("", sentence, count=1)
    numbers = [number[0].strip() for number in NUMBER.finditer(rest)] or [
        number[0].strip() for number in NUMBER.finditer(sentence)
    ]
    if len(numbers) > 1 and (worked_out := _worked_out(numbers, before + " ".join(sentences[:-1]))):
        return worked_out
    weak = [at for at, _ in marks if NUMBER.match(sentence, at)]
    if weak and (found := NUMBER.match(sentence, max(weak))):
        return found[0].strip()
    return numbers[0]


def _worked_out(numbers: list[str], text: str) -> str | None:
    """The one among `numbers` that the text came to last."""
    results = [NUMBER.match(text, mark.end()) for mark in _EQUALS.finditer(text)]
    for result in reversed(results[-8:]):
        for number in numbers:
            if result is not None and read_number(number) == read_number(result[0].strip()):
                return number
    return None


def _last_result(text: str) -> Fraction | None:
    """The value of the last result that the text worked out."""
    results = [NUMBER.match(text, mark.end()) for mark in _EQUALS.finditer(text)]
    return next((read_number(result[0].strip()) for result in reversed(results) if result is not None), None)


def _first(text: str) -> str | None:
    found = NUMBER.search(text)
    return None if found is None else found[0].strip()


def _number_words(answer: str) -> str | None:
    """The first number in words (`twenty-seven`); single words such as `a` are none."""
    words = re.findall(r"[a-z]+", answer.lower())
    at = 0
    while at < len(words):
        end = at
        while end < len(words) and words[end] in NUMBER_WORDS:
            end += 1
        for stop in range(end, at, -1):
            value = read_number_words(" ".join(words[at:stop]))
            if value is not None and words[at:stop] not in (["a"], ["an"]):
                return plain(value)
        at = max(end, at + 1)
    return None
