"""The `answer` field of a JSON object that a model wrote, whole, fenced, broken or inside another text.

A model's JSON is seldom JSON: line ends and quotes stand unescaped in it, LaTeX loses its backslashes, the last brace
is missing, an expression stands where a text should. So nothing is decoded as a whole: the field is found by its name,
and its value ends where JSON, or what the model meant by it, goes on. A field that is there twice counts each time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

MAX_VALUE: Final = 4000
MAX_FIELDS: Final = 50

# A word in a literal first: the regular expression engine finds it fast, and what stands before it is looked at then.
_NAME: Final = re.compile(r"""answer\s*\\{0,3}["'`“”]\s*:\s*""", re.IGNORECASE)
_BEFORE_NAME: Final = re.compile(r"""(?:\\{0,3}["'`“”]\s?)?(?<!\w)(?:[a-z]{1,12}[ _-])?\Z""", re.IGNORECASE)
_QUOTES: Final = {'"': '"', "'": "'", "`": "`", "“": "”"}
_GOES_ON: Final = re.compile(r"""\s*(?:\}|\]|`{3}|\Z|,\s*(?:["'`“}\]]|\Z|\n)|\n\s*\}|\n\s*\n)""")
_BARE_END: Final = re.compile(r"""\n|\}|,\s*(?=["'])""")
_CLOSING: Final = {"{": "}", "[": "]"}

# A backslash that JSON took for the beginning of a control character: \frac, \text, \times, \boxed, \right, \neq.
_LOST: Final = (("\x0c", "\\f"), ("\x08", "\\b"), ("\t", "\\t"), ("\r", "\\r"))
_COMMANDS: Final = (
    "frac|forall|text|times|theta|tan|tau|to|top|triangle|tfrac|boxed|binom|beta|bar|begin|bmod|big|right|rho|rangle|rm"
)


@dataclass(frozen=True, slots=True)
class Field:
    """The value of an answer field, unescaped, and where key and value stand in the text."""

    value: str
    start: int
    end: int


def answer_fields(text: str) -> list[Field]:
    """Every answer field of `text`, in order."""
    fields: list[Field] = []
    for name in _NAME.finditer(text):
        if len(fields) == MAX_FIELDS:
            break
        around = max(0, name.start() - 20)
        before = _BEFORE_NAME.search(text[around : name.start()])
        if before is not None:
            value, end = _value_at(text, name.end())
            fields.append(Field(restore_commands(value).strip(), around + before.start(), end))
    return fields


def _value_at(text: str, at: int) -> tuple[str, int]:
    """The value that begins at `at`, and where the text goes on after it."""
    escape = re.compile(r"\\*").match(text, at)
    begin = escape.end() if escape is not None else at
    opening = text[begin : begin + 1]
    if opening in _QUOTES:
        return _quoted(text, begin, text[at:begin])
    if opening in _CLOSING:
        end = _balanced(text, begin)
        if end is not None:
            return text[begin:end], end
    end_of_bare = _BARE_END.search(text, at, at + MAX_VALUE)
    end = end_of_bare.start() if end_of_bare is not None else min(len(text), at + MAX_VALUE)
    return text[at:end].rstrip(" ,"), end


def _quoted(text: str, begin: int, escape: str) -> tuple[str, int]:
    """A quoted value: it ends at the quote after which the object goes on or ends, else with its line."""
    closing = _QUOTES[text[begin]]
    last = min(len(text), begin + 1 + MAX_VALUE)
    at = begin + 1
    while (at := text.find(closing, at, last)) >= 0:
        slashes = len(text[begin + 1 : at]) - len(text[begin + 1 : at].rstrip("\\"))
        is_closing = slashes == len(escape) or (not escape and slashes % 2 == 0)
        if is_closing and _GOES_ON.match(text, at + 1):
            return unescape(text[begin + 1 : at - slashes * bool(escape)]), at + 1
        at += 1
    end = text.find("\n", begin, last)
    end = last if end < 0 else end
    return unescape(text[begin + 1 : end].rstrip(" ,}\"'`")), end


def _balanced(text: str, begin: int) -> int | None:
    depth = 0
    for at in range(begin, min(len(text), begin + MAX_VALUE)):
        if text[at] in "{[":
            depth += 1
        elif text[at] in "}]":
            depth -= 1
            if depth == 0:
                return at + 1
    return None


_ESCAPE: Final = re.compile(rf'\\(u00[0-9a-f]{{2}}|\\|"|\'|/|`|n(?!e\b|eq|u\b|abla|ot\b|mid|i\b)|[tr](?!{_COMMANDS}))')


def unescape(value: str) -> str:
    """A JSON string's text; a single backslash before a LaTeX command is left as it is."""
    return _ESCAPE.sub(_unescaped, value)


def _unescaped(match: re.Match[str]) -> str:
    if match[1][0] == "u":
        return chr(int(match[1][1:], 16))
    return {"n": "\n", "t": "\t", "r": "\r"}.get(match[1], match[1])


def restore_commands(text: str) -> str:
    r"""LaTeX commands whose backslash a JSON decoder took for a control character (`\x0crac` for `\frac`)."""
    for lost, command in _LOST:
        if lost in text:
            text = re.sub(
                rf"{lost}(?={'|'.join(c[1:] for c in _COMMANDS.split('|') if c[0] == command[1])})",
                rf"\{command}",
                text,
            )
    return text
