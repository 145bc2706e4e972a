"""Makes the tokens of a sentence ready for reading sums: words that are operators, units, remarks, markup.

The idea: `times` between numbers is an operator, `% of` multiplies, `minutes/hour` is one unit, `(twin)` a remark,
`**` around a sum is emphasis, and the letter that touches a number is a variable unless it is a known unit. What
cannot be told is marked `bad`, and no claim is read across it.
"""

from __future__ import annotations

from typing import Final

from slowthink.verifiers.tokens import Token


def word_set(words: str) -> frozenset[str]:
    """The words of a text, as a set."""
    return frozenset(words.split())


_WORD_OPERATORS: Final = {"times": "*", "plus": "+", "minus": "-"}
_BY_OPERATORS: Final = {"multiplied": "*", "divided": "/"}
OPERAND_ENDS: Final = frozenset(("num", ")", "}", "%"))
OPERAND_STARTS: Final = frozenset(("num", "(", "cur", "frac"))


def prepare(text: str, raw: list[Token]) -> list[Token]:
    """The segment with words that are relations or operators made so, and with units and annotations joined."""
    items: list[Token] = []
    at = 0
    while at < len(raw):
        token = raw[at]
        if token.kind not in _PREPARED or (token.kind == "word" and token.name not in _MEANT and len(token.name) > 1):
            items.append(token)
            at += 1
            continue
        following = raw[at + 1] if at + 1 < len(raw) else None
        width = 1
        if token.kind == "word":
            token, width = _prepare_word(text, raw, at, items)
        elif token.kind == "num" and following is not None and following.start == token.end:
            if following.kind == "word" and _is_variable(raw, at + 1):
                token = Token("bad", token.start, following.end)
                width = 2
        elif token.kind == "(":
            token, width = _annotation(text, raw, at, items)
        elif token.kind == "op":
            token, width = _prepare_operator(text, raw, at, items)
        if token.kind != "skip":
            items.append(token)
        at += width
    return items


def _is_variable(raw: list[Token], at: int) -> bool:
    """Whether the word that touches a number makes it something else than a number with its unit."""
    name = raw[at].name
    if name == "x":
        touching = at + 1 < len(raw) and raw[at + 1].kind in ("num", "cur")
        return not touching
    return name not in _TOUCHING


_PREPARED: Final = frozenset(("word", "num", "(", "op", "skip"))
# Words of more than one letter that `_prepare_word` makes something of.
_MEANT: Final = word_set("equals equal is percent pct of") | frozenset(_WORD_OPERATORS) | frozenset(_BY_OPERATORS)
_TOUCHING: Final = word_set(
    """
    kg km cm mm ml mg lb lbs oz ft hrs hr min mins sec secs mph kmh cents k in yd sq minutes hours days feet
    inches pounds miles gb mb tb kb kw kwh
    """
)


def _prepare_word(text: str, raw: list[Token], at: int, items: list[Token]) -> tuple[Token, int]:
    token = raw[at]
    name = token.name
    following = raw[at + 1] if at + 1 < len(raw) else None
    starts = following is not None and following.kind in OPERAND_STARTS
    follows = bool(items) and (items[-1].kind in OPERAND_ENDS or items[-1].kind == "word")
    if name in ("equals", "equal") or (name == "is" and (starts or _is_equal_to(raw, at))):
        width = 1
        while at + width < len(raw) and raw[at + width].name in ("equal", "to", "equals"):
            width += 1
        return token._replace(kind="rel", name="=", end=raw[at + width - 1].end), width
    if name == "x" and items and items[-1].kind != "op" and starts and (follows or items[-1].kind == "cur"):
        return token._replace(kind="op", name="*"), 1
    if name in ("percent", "pct") and follows:
        return token._replace(kind="%"), 1
    if starts and items and items[-1].kind in OPERAND_ENDS:
        if name in _WORD_OPERATORS:
            return token._replace(kind="op", name=_WORD_OPERATORS[name]), 1
        if name == "of" and _is_share(items):
            return token._replace(kind="op", name="*"), 1
    if name in _BY_OPERATORS and follows and following is not None and following.name == "by":
        return token._replace(kind="op", name=_BY_OPERATORS[name], end=following.end), 2
    if len(name) == 1 and name not in "ai" and (name != "x" or follows):
        return token._replace(kind="bad"), 1
    return token, 1


def _is_equal_to(raw: list[Token], at: int) -> bool:
    return at + 1 < len(raw) and raw[at + 1].name in ("equal", "equals")


def _is_share(items: list[Token]) -> bool:
    """Whether `of` follows a percentage or a fraction, so that it multiplies."""
    if items[-1].kind == "%":
        return True
    ratio = [token.name if token.kind == "op" else token.kind for token in items[-3:]]
    return ratio == ["num", "/", "num"] and (len(items) == 3 or items[-4].kind not in ("op", "num"))


def _annotation(text: str, raw: list[Token], at: int, items: list[Token]) -> tuple[Token, int]:
    """Brackets that hold words only are a remark and are passed over as one word."""
    stop = at + 1
    while stop < len(raw) and stop - at < 12 and raw[stop].kind in ("word", "cur", "%", "op"):
        if raw[stop].kind == "word" and len(raw[stop].name) == 1 and raw[stop].name != "a":
            return raw[at], 1
        stop += 1
    if stop < len(raw) and raw[stop].kind == ")" and stop > at + 1 and any(t.kind == "word" for t in raw[at:stop]):
        follows_operator = bool(items) and items[-1].kind == "op"
        kind = "bad" if follows_operator or not items else "word"
        return Token(kind, raw[at].start, raw[stop].end, "()"), stop - at + 1
    if at > 0 and raw[at - 1].kind == "word" and raw[at - 1].end == raw[at].start and raw[at - 1].name != "x":
        return raw[at]._replace(kind="call"), 1
    return raw[at], 1


def _prepare_operator(text: str, raw: list[Token], at: int, items: list[Token]) -> tuple[Token, int]:
    token = raw[at]
    following = raw[at + 1] if at + 1 < len(raw) else None
    follows = bool(items) and (items[-1].kind in OPERAND_ENDS or items[-1].kind == "word")
    if token.name in "/-" and following is not None and following.kind == "word" and follows:
        touches = token.end == following.start and (raw[at - 1].end == token.start or token.name == "/")
        if touches and len(following.name) > 1 and (token.name == "/" or raw[at - 1].kind == "num"):
            # `hours/day`, `4-day`: part of the unit
            return following._replace(start=token.start, name="/" + following.name), 2
    is_rate = (
        token.name == "/" and following is not None and following.kind == "num" and at and raw[at - 1].kind == "word"
    )
    if is_rate and following is not None and raw[at - 1].end == token.start and token.end == following.start:
        return token._replace(kind="bad"), 1  # `200 calories/100 ml`
    if text[token.start] == "*" and _is_markup(text, token, bool(items) and items[-1].kind in OPERAND_ENDS, following):
        return token._replace(kind="skip"), 1
    if not items and token.name in "+-*" and _begins_line(text, token):
        # the dash of a list; that it may be a minus is remembered
        return token._replace(kind="bullet"), 1
    return token, 1


def _begins_line(text: str, token: Token) -> bool:
    before = text[max(0, token.start - 12) : token.start].rstrip(" ")
    return text[token.end : token.end + 1] == " " and (
        not before or before.endswith(("\n", "\\n")) or before in ('"', "'") or before[-2:] in (' "', " `")
    )


def _is_markup(text: str, token: Token, follows: bool, following: Token | None) -> bool:
    """Whether an asterisk is the emphasis of Markdown: it leans to one side, or has no operand on a side."""
    spaced_before = token.start == 0 or text[token.start - 1].isspace()
    spaced_after = text[token.end : token.end + 1].isspace() or token.end == len(text)
    starts = following is not None and (following.kind in OPERAND_STARTS or following.kind == "op")
    if token.end - token.start == 2:
        return spaced_before != spaced_after or not follows or not starts
    return spaced_before != spaced_after and not (follows and starts and spaced_after)
