"""The lexer of arithmetic in running text: numbers, operators, relations, brackets, words and boundaries.

The idea: one regular expression without nested repetition, so that time is linear in the text, turns any text
into tokens with their offsets; whoever reads them decides what is an expression. LaTeX and the escapes of
JSON (`\\n`, `\\u00d7`) are read as what they stand for. Nothing raises on any text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Final, NamedTuple

from slowthink.verifiers.numerals import DECIMAL, VULGAR, read_decimal


class Token(NamedTuple):
    """`kind` is num, op, rel, word, cur, %, nl, stop, note, frac, one of the brackets ( ) { }, or bad.

    `name` is the operator or relation in its plain spelling (`*` for `×`, `<=` for `\\leq`), or the word in
    lower case; `value` belongs to num only.
    """

    kind: str
    start: int
    end: int
    name: str = ""
    value: Fraction | None = None


_COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "times": ("op", "*"), "cdot": ("op", "*"), "ast": ("op", "*"), "div": ("op", "/"),
    "frac": ("frac", ""), "dfrac": ("frac", ""), "tfrac": ("frac", ""),
    "left": ("skip", ""), "right": ("skip", ""), "quad": ("skip", ""), "qquad": ("skip", ""),
    "approx": ("rel", "≈"), "simeq": ("rel", "≈"), "le": ("rel", "<="), "leq": ("rel", "<="), "ge": ("rel", ">="),
    "geq": ("rel", ">="), "ne": ("rel", "!="), "neq": ("rel", "!="), "lt": ("rel", "<"), "gt": ("rel", ">"),
    "implies": ("stop", ""), "therefore": ("stop", ""), "Rightarrow": ("stop", ""),
    "rightarrow": ("stop", ""), "to": ("stop", ""),
}  # fmt: skip
_NAMES = "|".join(sorted(_COMMANDS, key=len, reverse=True))

_PATTERN: Final = re.compile(
    rf"""
    [^\S\n]*+ (?:
      (?P<word>(?![{"".join(VULGAR)}])[^\W\d_]+(?:['’-][^\W\d_]+)*)
    | (?P<vulgar>(?:[0-9]{{1,6}}[ \u00a0]?)?[{"".join(VULGAR)}])
    | (?P<bad>0[xXoObB][0-9A-Fa-f]+ | (?<=[A-Za-z_\s])[-+*/]=(?!=)
      | [0-9]{{1,2}}/[0-9]{{1,2}}/[0-9]{{4}} | [0-9]{{1,3}}:[0-9]+ | 0[0-9]+(?![0-9.]) | [0-9]+(?:\.[0-9]+){{2,}})
    | (?P<mixed>[0-9]{{1,6}}[ \u00a0][0-9]{{1,4}}[/⁄][0-9]{{1,4}}(?![0-9./⁄]))
    | (?P<num>(?:{DECIMAL})(?:[eE][+-]?[0-9]{{1,4}}(?![0-9A-Za-z]))?)
    | (?P<op>\\*(?:\*\*|\*)|//|(?!->)[-+/×·⋅∙÷∗✕✖^−–])
    | (?P<text>\\+(?:text|textbf|textrm|textit|mathrm|mathbf|mbox)\s?\{{[^{{}}\n]{{0,60}}\}})
    | (?P<opening>\\+left\s?[(\[])
    | (?P<command>\\+(?:{_NAMES})(?![A-Za-z]))
    | (?P<unicode>\\+u[0-9a-fA-F]{{4}})
    | (?P<boxed>\\+boxed\s?\{{)
    | (?P<greek>\\+(?:theta|tan|tau|nabla|nu|not|rho|rfloor|rceil|rangle)(?![A-Za-z]))
    | (?P<newline>\n | \\+[nrt])
    | (?P<escaped>\\+[()\[\],;!:\ ])
    | (?P<percent>\\*%)
    | (?P<cur>\\*[$€£])
    | (?P<other>\\+[A-Za-z]+)
    | (?P<slashes>\\+)
    | (?P<tag></?[A-Za-z|][^<>\n]{{0,40}}>)
    | (?P<note><<|>>)
    | (?P<arrow>=>|->|→|⇒|⟹|➔|—)
    | (?P<rel><=|>=|!=|==|=|<|>|≈|≅|≃|≤|≥|≠)
    | (?P<bracket>[()\[\]{{}}])
    | (?P<mark>[&`_~])
    | (?P<stop>[.,;:?!"“”…•])
    | (?P<strange>.)
    | (?P<space>\Z)
    )
    """,
    re.VERBOSE | re.DOTALL,
)

_OPERATORS: Final = dict.fromkeys("×·⋅∙∗✕✖*", "*") | {
    "÷": "/", "/": "/", "−": "-", "–": "-", "-": "-", "+": "+", "^": "^", "**": "^", "//": "//",
}  # fmt: skip
_RELATIONS: Final = {"==": "=", "≅": "≈", "≃": "≈", "≤": "<=", "≥": ">=", "≠": "!="}
_ESCAPES: Final = {"00d7": "×", "00f7": "÷", "2212": "−", "2013": "–", "2248": "≈"}
_SKIPPED: Final = frozenset(("space", "escaped", "mark", "boxed"))


def tokens(text: str, start: int = 0, end: int | None = None) -> list[Token]:
    """All tokens of `text[start:end]`, with offsets in the whole of `text`."""
    return list(_scan(text, start, len(text) if end is None else end))


def _scan(text: str, position: int, end: int) -> Iterator[Token]:
    match_at = _PATTERN.match
    while position < end:
        match = match_at(text, position, end)
        if match is None or match.lastgroup is None:  # cannot be: the pattern takes any character
            return
        kind = match.lastgroup
        start, position = match.span(kind)
        if kind == "word":
            # more than half of all tokens: made without a call of Python's own
            yield _new(Token, ("word", start, position, match[kind].lower(), None))
        elif kind not in _SKIPPED:
            token = _token(kind, match[kind], start, position)
            if token is not None:
                position = token[2]
                yield token


_new = tuple.__new__


def _token(kind: str, raw: str, start: int, end: int) -> Token | None:
    if kind == "num":
        value = read_decimal(raw)
        return Token("bad", start, end) if value is None else _new(Token, ("num", start, end, raw, value))
    if kind == "op":
        return _new(Token, ("op", start, end, _OPERATORS[raw.lstrip("\\")], None))
    if kind == "rel":
        return Token("rel", start, end, _RELATIONS.get(raw, raw))
    if kind == "cur":
        return Token("cur", start, end, raw.lstrip("\\"))
    if kind == "opening":
        return Token("(", start, end)
    if kind == "bracket":
        return Token(raw.translate(_ROUND), start, end)
    if kind in ("stop", "arrow", "tag", "slashes"):
        return Token("stop", start, end, raw)
    return _rarer_token(kind, raw, start, end)


_ROUND: Final = str.maketrans("[]", "()")


def _rarer_token(kind: str, raw: str, start: int, end: int) -> Token | None:
    if kind in ("mixed", "vulgar"):
        return _mixed(raw, start, end)
    if kind == "command":
        kind, name = _COMMANDS[raw.lstrip("\\")]
        return None if kind == "skip" else Token(kind, start, end, name)
    if kind == "text":
        inner = raw[raw.index("{") + 1 : -1].strip().lower()
        return Token("word" if inner and not any(map(str.isdigit, inner)) else "bad", start, end, inner)
    if kind == "newline":
        return Token("nl", start, start + 1 if raw == "\n" else end)
    if kind == "percent":
        return Token("%", start, end)
    if kind == "note":
        return Token("note", start, end, raw)
    if kind == "unicode":
        sign = _ESCAPES.get(raw.lstrip("\\")[1:].lower(), "")
        if sign in _OPERATORS:
            return Token("op", start, end, _OPERATORS[sign])
        return Token("rel", start, end, sign) if sign else Token("bad", start, end)
    return Token("bad", start, end)


def _mixed(raw: str, start: int, end: int) -> Token:
    """A mixed number, or the whole number alone where what follows is no proper fraction."""
    if raw[-1] in VULGAR:
        whole = raw[:-1].strip()
        return Token("num", start, end, raw, int(whole or "0") + VULGAR[raw[-1]])
    whole, _, ratio = raw.replace("\u00a0", " ").partition(" ")
    top, bottom = (int(part) for part in re.split("[/⁄]", ratio))
    if not 0 < top < bottom:
        return Token("num", start, start + len(whole), whole, Fraction(int(whole)))
    return Token("num", start, end, raw, int(whole) + Fraction(top, bottom))
