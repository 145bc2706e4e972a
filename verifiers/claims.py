"""Finds arithmetic claims in running text: what stands left and right of `=`, `≈`, `<`, `>`, `is`, `equals`.

The idea: a sentence is cut at its relations; from each relation the longest run of operands and operators is
read outwards, over units and annotations, and what stands just outside that run decides whether the run is
the whole of what was meant. Where it may not be (a variable, a label, `half of`, `and 30 minutes`), the side
carries a `doubt`: it can then support no refutation. Every `=` between two readable sides gives one pair.

Not covered: equations with unknowns, sums told in prose over several sentences, vectors, functions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import attrgetter
from typing import Final

from slowthink.verifiers.expressions import MAX_TOKENS, Expression, parse_tokens
from slowthink.verifiers.phrasing import OPERAND_ENDS, prepare, word_set
from slowthink.verifiers.surroundings import lead_doubt, match_forward, tail_doubt
from slowthink.verifiers.tokens import Token, tokens

MAX_UNIT_WORDS: Final = 5
# Longer stretches without punctuation are no sentence: only their beginning is read.
MAX_SENTENCE: Final = 2000

# Each alternative begins with a character of its own, which makes the search several times as fast.
_RELATION = re.compile(
    r"[=≈≅≃≤≥≠]|<(?:<|(?<!<<)(?![/|]))|>(?<![>\-]>)(?!>)|\\(?:(?:approx|simeq|leq?|geq?|neq?|lt|gt)\b|u2248)"
    r"|i(?<=\bi)s\b\W{0,3}[-−$€£\d]|e(?<=\be)quals?\b\W{0,3}[-−$€£\d]"
)
_IN_UNITS: Final = word_set(
    """
    and or to than more less fewer squared cubed factorial root remainder mod modulo am pm o'clock times plus
    minus if then so which because since gives
    """
)
_SHARES: Final = word_set(
    "tens halves thirds fourths fifths sixths sevenths eighths ninths tenths twelfths sixteenths hundredths thousandths"
)


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a claim: the expression, where it stands, the words in it, and why it may not be the whole."""

    expression: Expression
    start: int
    end: int
    items: tuple[Token, ...]
    words: tuple[str, ...]
    doubt: str = ""
    numeral: tuple[int, int] | None = None
    decided: int = 0
    is_dashed: bool = False
    is_led: bool = False
    is_chained: bool = False

    @property
    def is_quantity(self) -> bool:
        """Whether the side is a number and no operation, so that with words around it it claims no sum."""
        return not any(token.kind in ("op", "frac") for token in self.items[1:]) and self.items[0].kind != "frac"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two sides and the relation that is claimed between them."""

    left: Side
    relation: str
    right: Side
    is_worded: bool


def find_pairs(text: str, start: int = 0) -> Iterator[Pair]:
    """All pairs of readable sides in `text` from `start` on, from left to right, notes `<<...>>` included."""
    for begin, end in _sentences(text, start):
        cut = begin + MAX_SENTENCE
        line = tokens(text, begin, min(end, cut))
        if cut < end:
            # What stands at the cut may be half of a token.
            line = [*line[:-1], Token("bad", cut, cut)]
        yield from _pairs_of_line(text, line)


# What ends a claim wherever it stands. A line break does not, where the next line begins with a relation.
BOUNDARY: Final = re.compile(r"[.,;:?!](?=\s)|(?:\n|\\n)(?!\s{0,40}(?:\\n\s{0,40})?&?(?:=(?!>)|≈|\\+approx))")


def _sentences(text: str, start: int) -> Iterator[tuple[int, int]]:
    """The spans between two boundaries (the second included: it tells that a number has ended) with a relation."""
    boundaries = BOUNDARY.finditer(text, start)
    begin, end = start, start
    for relation in _RELATION.finditer(text, start):
        if relation.start() < end:
            continue
        while end <= relation.start():
            begin = end
            boundary = next(boundaries, None)
            end = len(text) if boundary is None else boundary.end()
            if boundary is None:
                break
        yield begin, end


def _pairs_of_line(text: str, line: list[Token]) -> Iterator[Pair]:
    outer: list[Token] = []
    inner: list[Token] | None = None
    for at, token in enumerate(line):
        if token.kind not in _MARKS:
            (outer if inner is None else inner).append(token)
        elif token.kind == "note" and token.name == "<<":
            inner = []
        elif token.kind == "note":
            if inner is not None:
                yield from _pairs_of_segment(text, [*inner, Token("stop", token.start, token.end)])
                inner = None
                if _stands_apart(outer, line, at):
                    yield from _pairs_of_segment(text, [*outer, Token("stop", token.start, token.end)])
                    outer = []
            else:
                outer.append(Token("bad", token.start, token.end))
        elif inner is not None:
            inner.append(token)
        elif _ends_segment(line, at):
            yield from _pairs_of_segment(text, [*outer, Token("stop", token.start, token.end, token.name)])
            outer = []
        else:
            outer.append(token)
    if outer:
        yield from _pairs_of_segment(text, outer)


def _stands_apart(outer: list[Token], line: list[Token], at: int) -> bool:
    """Whether a note does not stand before its own result, as in `= <<3*4=12>>12`: what follows begins anew."""
    is_begun = bool(outer) and outer[-1].kind not in ("rel", "op", "cur", "(")
    return is_begun and at + 1 < len(line) and line[at + 1].kind != "rel"


_MARKS: Final = frozenset(("note", "nl", "stop"))


def _ends_segment(line: list[Token], at: int) -> bool:
    kind = line[at].kind
    if kind == "nl":
        return at + 1 == len(line) or line[at + 1].kind != "rel"
    return kind == "stop"


def _pairs_of_segment(text: str, segment: list[Token]) -> Iterator[Pair]:
    if "rel" not in map(_KIND, segment) and _RELATION_WORDS.isdisjoint(map(_NAME, segment)):
        return
    items = prepare(text, [token for token in segment if token.kind != "nl"])
    cuts = [at for at, token in enumerate(items) if token.kind == "rel"]
    for nth, cut in enumerate(cuts):
        before = cuts[nth - 1] + 1 if nth else 0
        left = read_backwards(text, items, before, cut)
        if left is None:
            continue
        after = cuts[nth + 1] if nth + 1 < len(cuts) else len(items)
        right = read_forwards(text, items, cut + 1, after)
        if right is not None and not (left.is_quantity and (left.words or left.is_led)):
            yield Pair(left, items[cut].name, right, text[items[cut].start].isalpha())


_RELATION_WORDS: Final = frozenset(("is", "equals", "equal"))
_KIND, _NAME = attrgetter("kind"), attrgetter("name")


def read_backwards(text: str, items: Sequence[Token], begin: int, stop: int) -> Side | None:
    """The side that ends just before the relation at `stop`, reaching no further back than `begin`."""
    at, operands = stop, 0
    while True:
        operand_end = _skip_units_back(items, begin, at)
        first = _operand_back(items, begin, operand_end) if operand_end > begin else None
        if first is None:
            if operands == 0:
                return None
            break
        operands += 1
        at = first
        if stop - at > 2 * MAX_TOKENS:
            return None
        if at > begin and items[at - 1].kind == "op":
            at -= 1
            if _has_operand_back(items, begin, at):
                continue
            if _is_sign(items, begin, at):
                at -= 1
                continue
            if items[at].name not in "+-" or not _is_unary(text, items, begin, at):
                at += 1
            break
        is_factor = at > begin and items[at].kind == "(" and items[at - 1].kind in ("num", ")")
        if is_factor and items[at - 1].end == items[at].start:
            continue
        break
    if at < stop and items[at].kind == "op" and items[at].name not in "+-":
        at += 1
    return _side(text, items, at, stop, lead_doubt(text, items, begin, at, stop))


def _skip_units_back(items: Sequence[Token], begin: int, at: int) -> int:
    limit = at - MAX_UNIT_WORDS
    while at > begin and at > limit and items[at - 1].kind in ("word", "cur") and items[at - 1].name not in _IN_UNITS:
        at -= 1
    return at


def _has_operand_back(items: Sequence[Token], begin: int, at: int) -> bool:
    at = _skip_units_back(items, begin, at)
    return at > begin and items[at - 1].kind in OPERAND_ENDS


def _is_sign(items: Sequence[Token], begin: int, at: int) -> bool:
    """Whether a sign behind another operator belongs to the number after it, as in `9 - -23`."""
    touches = items[at].name in "+-" and items[at].end == items[at + 1].start
    return touches and at - 1 > begin and items[at - 1].kind == "op" and _has_operand_back(items, begin, at - 1)


def _is_unary(text: str, items: Sequence[Token], begin: int, at: int) -> bool:
    """Whether a sign without an operand before it belongs to the number after it."""
    touches = items[at].end == items[at + 1].start
    return touches and (at == begin or items[at - 1].kind in ("(", "word", "bullet"))


def _operand_back(items: Sequence[Token], begin: int, end: int) -> int | None:
    """Where the operand that ends at `end` begins."""
    at = end
    if items[at - 1].kind == "%":
        at -= 1
        if at == begin:
            return None
    kind = items[at - 1].kind
    if kind == "num":
        at -= 1
    elif kind in (")", "}"):
        matched = _match_back(items, begin, at - 1)
        if matched is None:
            return None
        at = matched
    else:
        return None
    while at > begin and items[at - 1].kind == "cur":
        at -= 1
    return at


def _match_back(items: Sequence[Token], begin: int, at: int) -> int | None:
    depth = 0
    while at >= begin:
        kind = items[at].kind
        depth += (kind in (")", "}")) - (kind in ("(", "{", "call"))
        if depth == 0:
            if items[at].kind != "{":
                return at
            # the denominator of a \frac{}{}: its numerator and the command stand before it
            if at > begin and items[at - 1].kind == "frac":
                return at - 1
            if at == begin or items[at - 1].kind != "}":
                return None
        at -= 1
    return None


def read_forwards(text: str, items: Sequence[Token], begin: int, stop: int) -> Side | None:
    """The side that begins just after a relation and ends before `stop` at the latest."""
    at = begin
    end = begin
    while True:
        after = _operand_forward(items, at, stop)
        if after is None:
            break
        end = after
        if end - begin > 2 * MAX_TOKENS:
            return None
        if end < stop and items[end].kind == "(" and items[end - 1].end == items[end].start:
            at = end
            continue
        at = end
        limit = at + MAX_UNIT_WORDS
        while at < min(stop, limit) and items[at].kind in ("word", "cur") and items[at].name not in _IN_UNITS:
            at += 1
        if at < stop and items[at].kind == "op":
            at += 1
            continue
        break
    if end == begin:
        return None
    doubt, decided = tail_doubt(text, items, end, stop)
    return _side(text, items, begin, end, doubt, decided=decided)


def _operand_forward(items: Sequence[Token], at: int, stop: int) -> int | None:
    while at < stop and (items[at].kind == "cur" or (items[at].kind == "op" and items[at].name in "+-")):
        at += 1
    if at >= stop:
        return None
    kind = items[at].kind
    if kind == "num":
        at += 1
    elif kind in ("(", "frac"):
        matched = match_forward(items, at, stop)
        if matched is None:
            return None
        at = matched
    else:
        return None
    if at < stop and items[at].kind == "%":
        at += 1
    return at


def _side(text: str, items: Sequence[Token], begin: int, stop: int, doubt: str, *, decided: int = 0) -> Side | None:
    """The side made of `items[begin:stop]`, its units left out; None where it is no expression."""
    core: list[Token] = []
    words: list[str] = []
    for token in items[begin:stop]:
        if token.kind == "word":
            # a word that is no unit (it follows no operand) is what the expression hangs on
            if not core or core[-1].kind not in OPERAND_ENDS:
                return None
            words.append(token.name)
            if token.name == "of" or token.name in _SHARES:
                doubt = doubt or "a part of something"
        elif token.kind == "cur":
            words.append(token.name)
        else:
            core.append(token)
    expression = parse_tokens(core)
    if expression is None:
        return None
    start = items[begin].start
    plain = [token for token in core if token.kind not in ("%",)]
    is_single = len(plain) == 1 or (len(plain) == 2 and plain[0].kind == "op") or _is_ratio(plain)
    numeral = (start, core[-1].end) if is_single else _bracketed_number(core)
    dashed = begin > 0 and items[begin - 1].kind == "bullet" and items[begin - 1].name == "-"
    dashed = dashed or (begin > 0 and items[begin].name == "-" and items[begin - 1].kind == "word")
    for token in items[stop : stop + 3]:
        # units of the last number
        if token.kind not in ("word", "cur"):
            break
        words.append(token.name)
    if not doubt and len(core) > 4 and _has_tight_fraction(text, core):
        doubt = "a fraction after a division sign or in an exponent"
    if not doubt and len(core) > 4 and _has_dashed_mixed(core):
        doubt = "a mixed number with a dash in it"
    is_led = begin > 0 and items[begin - 1].kind not in ("rel", "bullet")
    is_chained = begin > 0 and items[begin - 1].kind == "rel"
    return Side(
        expression, start, core[-1].end, tuple(core), tuple(words), doubt, numeral, decided, dashed, is_led, is_chained
    )


def _bracketed_number(core: Sequence[Token]) -> tuple[int, int] | None:
    """Where the number of `(-22)` stands."""
    inner = core[1:-1]
    if core[0].kind != "(" or core[-1].kind != ")" or not inner or inner[-1].kind != "num":
        return None
    return (inner[0].start, inner[-1].end) if len(inner) == 1 or (len(inner) == 2 and inner[0].name == "-") else None


def _has_tight_fraction(text: str, core: Sequence[Token]) -> bool:
    """`7.5 / 1/2`, `6÷1/2`, `9^1/2`: how it is written says another thing than precedence."""
    for at in range(1, len(core) - 3):
        sign, number, slash = core[at : at + 3]
        if not (sign.kind == slash.kind == "op" and sign.name in ("/", "^") and slash.name == "/"):
            continue
        is_apart = sign.end < number.start or text[sign.start] != "/"
        if is_apart and number.end == slash.start and text[slash.start] == "/":
            return True
    return False


def _has_dashed_mixed(core: Sequence[Token]) -> bool:
    """`2-1/4 cups`, written without blanks: a mixed number in recipes and crafts."""
    for at in range(len(core) - 4):
        whole, dash, top, slash, bottom = core[at : at + 5]
        if dash.name != "-" or slash.name != "/" or whole.value is None or top.value is None or bottom.value is None:
            continue
        is_tight = all(one.end == next_.start for one, next_ in pairwise(core[at : at + 5]))
        if is_tight and whole.name.isdigit() and top.value < bottom.value:
            return True
    return False


def _is_ratio(core: Sequence[Token]) -> bool:
    kinds = [token.name if token.kind == "op" else token.kind for token in core]
    return kinds == ["num", "/", "num"] and all(token.name.isdigit() for token in (core[0], core[2]))
