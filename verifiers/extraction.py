r"""Where a text says its answer: the field of its JSON, `\boxed{}`, `#### 18`, "the answer is", its conclusion.

Strong marks come first, and of several the last one: a text that goes on after its answer, works it out once more and
ends elsewhere has changed its mind. What follows a new question is another text. Without any mark the answer is taken
from where texts conclude: the end of the last equation, then the last number.

`extract_answer` gives the words of the answer, `extract_number` the one number that they come to: a sum that was left
undone is done (`8 - 4`), a sentence gives the number that it is about, and counts of parts their total. Extraction is
reading, not proof: it never judges whether the answer is right. It takes time in proportion to the text.
"""

from __future__ import annotations

import re
from typing import Final

from slowthink.verifiers.answer_fields import Field, answer_fields, restore_commands
from slowthink.verifiers.answer_numbers import NUMBER, concluded, declines, number_in

MAX_TEXT: Final = 200_000
MAX_BOXES: Final = 50
MAX_NAMES: Final = 30
MAX_MARKED: Final = 4000

_BOXED: Final = re.compile(r"\\+(?:boxed|fbox)\s*\{")
_BRACE: Final = re.compile("[{}]")
MAX_BOX: Final = 4000
"""What is longer is no answer."""
_HASHES: Final = re.compile(r"####[ \t]*(\S[^\n]*)")
_NAMED: Final = re.compile(
    r"(?<![-\w])(?:final answer|correct answer|answer|result)\b[^\n\d]{0,40}?"
    r"(?:\bis\b|\bshould be\b|:|=)(?:[ \t]+that\b)?[\s*]*",
    re.IGNORECASE,
)
_FINAL: Final = re.compile(r"\bfinal answer(?: is|:)", re.IGNORECASE)
_SPECIAL: Final = re.compile(
    r"(?:</s>|<\|[a-z_]{1,20}\|>|<(?:end|start)_of_turn>|\[/?INST\]|<eos>|<think>)+", re.IGNORECASE
)
_THINKING_ENDS: Final = re.compile(r"</think>", re.IGNORECASE)
_NEXT_QUESTION: Final = re.compile(
    r"\n[ \t]*(?:#+[ \t]*|\*\*)?"
    r"(?:(?:next |new |follow-up )?(?:question|problem|instruction|exercise)s?|user|human|q)\b"
    r"[ \t]*\d{0,3}[ \t]*(?:\([^)\n]{0,80}\)[ \t]*)?:",
    re.IGNORECASE,
)
_CHOICE: Final = re.compile(
    r"[\s*({\\]*+(?:text|mathrm|mathbf|textbf)?[\s{(*]*+([A-J])(?:[\s)}*.]*$|[).:][\s*]|[)}*]+[\s.,:*])"
)
_CHOSEN: Final = re.compile(
    r"\b(?:option|choice)\s+(?:is\s+)?[*(]{0,3}([A-J])\b(?!['’])"
    r"|\banswer\b(?:\s+(?:is|would be|must be))?\s*[:=]?\s*[*(\s]{0,4}([A-J])\b(?![a-z'’ ]{2})"
)
_WORK: Final = re.compile(r"[\d)\]}%]\s*(?:[=≈]|\\approx)|(?:[=≈]|\\approx)\s*[-−\\$(]*\d|\\frac")


def extract_answer(text: str) -> str | None:
    """The answer that a text gives, in its own words without markup around them; None where it gives none."""
    text = _own_text(text)
    marked = _marked(text)
    if marked is not None:
        return marked or None
    return _concluded(text)


def extract_number(text: str) -> str | None:
    """The number that a text gives as its answer, as it is written there where it is; None when it gives none."""
    text = _own_text(text)
    for field in reversed(answer_fields(text)):
        found = number_in(field.value, text[: field.start])
        if found is not None:
            later = text[field.end :]
            strong = _boxed(later) or _hashed(later)
            return (number_in(strong) if strong else None) or _reworked(later, found) or found
        if declines(field.value):
            return None
    final = _finally(text)
    for marked in (_boxed(text), _hashed(text)):
        if marked is not None and not final and (found := number_in(marked)) is not None:
            return found
    return _named_number(text) or _last_number(text)


def extract_choice(text: str) -> str | None:
    """The letter of the choice that a text makes (`A` to `J`); None when it makes none."""
    text = _own_text(text)
    marked = _marked(text)
    if marked is not None and (match := _CHOICE.match(marked)):
        return match[1]
    chosen = _CHOSEN.findall(text)
    if chosen:
        return str(chosen[-1][0] or chosen[-1][1])
    lines = [line for line in text.splitlines() if line.strip()]
    last = _CHOICE.match(lines[-1]) if lines else None
    return None if last is None else last[1]


def _own_text(text: str) -> str:
    """The text up to the next question that a model asked itself, without tokens of its chat format."""
    text = text[-MAX_TEXT:]
    if "<" in text or "INST]" in text:
        text = _SPECIAL.sub("\n", text)
        ends = list(_THINKING_ENDS.finditer(text))
        if ends and text[ends[-1].end() :].strip():
            text = text[ends[-1].end() :]
    fields = answer_fields(text)
    question = _NEXT_QUESTION.search(text, fields[0].end if fields else _first_mark(text))
    return text if question is None else text[: question.start()]


def _first_mark(text: str) -> int:
    """Where the text first gives an answer; its end where it never does."""
    marks = (_BOXED.search(text), _HASHES.search(text), _NAMED.search(text))
    return min((mark.end() for mark in marks if mark is not None), default=len(text))


def _marked(text: str) -> str | None:
    """What the last of the strong marks says, else what the text names its answer; None without either."""
    found_fields = answer_fields(text)
    fields = [field for field in found_fields if field.value]
    field: Field | None = fields[-1] if fields else None
    later = text[field.end :] if field is not None else text
    for found in (_boxed(later), _hashed(later)):
        if found is not None and not _finally(later):
            return found
    if field is not None and not _finally(later):
        found = number_in(field.value, text[: field.start])
        return (found and _reworked(later, found)) or clean(field.value)
    if found_fields and not fields:
        return ""
    named = _named(later)
    return _named_answer(named[-1]) if named else None


def _finally(text: str) -> bool:
    """Whether the text names a final answer in words behind its last box or hashes."""
    last = max((mark.end() for mark in (*_BOXED.finditer(text), *_HASHES.finditer(text))), default=0)
    return any(NUMBER.search(text, named.end(), named.end() + 200) for named in _FINAL.finditer(text, last))


def _boxed(text: str) -> str | None:
    """What stands in the last boxes: of several in one sentence all, with commas between them."""
    boxes = _closed_boxes(text)
    if not boxes:
        return None
    kept = [boxes[-1]]
    for box in reversed(boxes[:-1]):
        between = text[box[1] : kept[0][0]]
        if len(between) > 40 or "\n" in between or "." in between.replace("\\.", "") or box[2] == kept[0][2]:
            break
        kept.insert(0, box)
    return clean(", ".join(box[2] for box in kept))


def _closed_boxes(text: str) -> list[tuple[int, int, str]]:
    """Begin, end and contents of the last boxes, in one pass over the braces; what is never closed is no box."""
    openings = {found.end(): found.start() for found in list(_BOXED.finditer(text))[-MAX_BOXES:]}
    boxes: list[tuple[int, int, str]] = []
    inside: list[int] = []
    for brace in _BRACE.finditer(text, min(openings, default=len(text) + 1) - 1):
        if brace[0] == "{":
            inside.append(brace.end())
        elif inside and (begin := inside.pop()) in openings and brace.start() - begin < MAX_BOX:
            boxes.append((openings[begin], brace.end(), text[begin : brace.start()].strip()))
    return sorted(boxes)


def _hashed(text: str) -> str | None:
    found = _HASHES.findall(text)
    return clean(found[-1]) if found else None


def _named(text: str) -> list[str]:
    """What stands after each place where the text names its answer, to the end of the line; the last such places."""
    lines = []
    for named in list(_NAMED.finditer(text))[-MAX_NAMES:]:
        end = text.find("\n", named.end(), named.end() + MAX_MARKED)
        lines.append(text[named.end() : end if end >= 0 else named.end() + MAX_MARKED])
    return lines


def _named_number(text: str) -> str | None:
    for line in reversed(_named(text)):
        if at_once := _AT_ONCE.match(line):
            return at_once[1].strip()
        if NUMBER.search(line) and (found := number_in(line, text)) is not None:
            return found
    return None


_AT_ONCE: Final = re.compile(
    rf"[\s*\"'(]*(?>({NUMBER.pattern}))(?!\s*[-+*/×÷=^(]|\s+(?:or|x|times|divided|plus|minus)\b)(?![^=\n]{{0,60}}=)"
)
_WRONG: Final = r"(?:not|instead of|rather than|incorrect\w*|mistake\w*|discrepancy|error)"


def _reworked(later: str, before: str) -> str | None:
    """The number that the text comes to when it names or works out its answer again after it was given.

    Where the earlier number comes up in the work, the work explains it; unless it is called wrong there.
    """
    named = _named_number(later)
    if named is not None or not _WORK.search(later):
        return named
    plain = re.escape(before.replace(",", "").lstrip("$-−\\ ").removesuffix(".00"))
    text = later.replace(",", "")
    if re.search(rf"(?<![\d.]){plain}(?!\d|\.\d*[1-9])", text) and not re.search(
        rf"\b{_WRONG}\b[^.\n]{{0,60}}?(?<![\d.]){plain}(?!\.?\d)|(?<![\d.]){plain}(?![\d])[^.\n]{{0,60}}?\b{_WRONG}\b",
        text,
    ):
        return None
    return _last_number(later)


def _last_number(text: str) -> str | None:
    """What the last sentence with a number in it comes to."""
    return concluded(text, text)


_WRAPPED: Final = (
    re.compile(r"\A\*\*(.*?)\*\*\.?\Z", re.DOTALL),
    re.compile(r"\A\$\$?([^$]*)\$\$?\.?\Z", re.DOTALL),
    re.compile(r"\A\\+[(\[](.*)\\+[)\]]\.?\Z", re.DOTALL),
    re.compile(r"\A`++([^`]*+)`++\.?\Z", re.DOTALL),
    re.compile(r"\A\"([^\"]*)\"\.?\Z", re.DOTALL),
)


def clean(answer: str) -> str:
    """An answer without the markup around all of it: stars, quotes, mathematics mode, a full stop."""
    answer = restore_commands(answer[:MAX_MARKED]).strip()
    for _ in range(4):
        before = answer
        for wrapped in _WRAPPED:
            if match := wrapped.match(answer):
                answer = match[1].strip()
        answer = answer.strip(" \t\n*").rstrip(",\\")
        if answer == before:
            break
    return answer[:-1].rstrip() if answer.endswith(".") and not answer.endswith("..") else answer


_MATH: Final = re.compile(
    r"\$\$(.{1,2000}?)\$\$|(?<![\\\d])\$([^$\n]{1,2000}?)(?<!\\)\$|\\\((.{1,2000}?)\\\)|\\\[(.{1,2000}?)\\\]", re.DOTALL
)
_WORD: Final = re.compile(r"(?<![\\{a-z])\b[a-z]{3,}\b", re.IGNORECASE)
_SAID: Final = re.compile(r"\b(?:is|are|equals?|gives|makes)\s+[*$]*(-?\d[\d,]*(?:\.\d+)?)[*]*(?:\s+[a-z]+)?[.!]?\s*\Z")
"""What a line says of its mathematics in plain words, at its end."""
_TRAILING: Final = re.compile(r"(?<=[^\d\s.])[.!]\s+[A-Z].*\Z|\.\s+I hope.*\Z", re.DOTALL)


def _named_answer(line: str) -> str:
    """The answer at the beginning of a line: its first mathematics, or its first sentence."""
    math = _MATH.match(line.lstrip(" *:"))
    if math is not None:
        return clean(math[0])
    return clean(_TRAILING.sub("", line))


def _concluded(text: str) -> str | None:
    """The answer of a text that marks none: all of it where it is no prose, else its last mathematics or number."""
    whole = clean(text)
    if not whole or (
        not (_MATH.search(whole) and _WORD.search(_MATH.sub("", whole)))
        and "\n" not in whole
        and len(whole) <= 300
        and len(_WORD.findall(whole)) <= 3
    ):
        return whole or None
    last_line = next((line for line in reversed(text.splitlines()) if line.strip()), "")
    last_line = last_line[-MAX_MARKED:]
    math = [match for match in _MATH.finditer(last_line) if "\\" in match[0] or not _WORD.search(match[0])]
    if math:
        said = _SAID.search(last_line, math[-1].end())
        return clean(said[1] if said else math[-1][0])
    return None if "\\" in last_line else extract_number(text)
