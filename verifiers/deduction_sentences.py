"""Deductions as sentences: `since A and A implies B, B`; their statements, in each sense that the words have.

The idea: in prose `and` joins grounds as well as the parts of a condition, and only sense says which. So a sentence is
read in every way in which its words can be grouped, and whoever checks it must find the same for all of them. Commas
and brackets group for certain; no writer repeats a part inside one conjunction, so groupings that do are none.
In brackets words group as signs do. Between these words stand statements of the readable form (`statement_text.py`),
whose names are propositions. Every error is a `Mistake` with its place. Not covered: sentences of other words; what
could be grouped in very many ways.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise, product
from math import prod
from typing import Final

from slowthink.verifiers.statement_syntax import Mistake, Token, tokens
from slowthink.verifiers.statement_text import parse_statement
from slowthink.verifiers.statements import Term, conjunction, operation

MAX_READINGS: Final = 32
_SINCE: Final = re.compile(r"\s*(?:since|because|given\s+that)\b\s*", re.IGNORECASE)
_SO: Final = re.compile(r"\s*(?:and\s+)?(?:therefore|thus|hence|so|then|it\s+follows\s+that)\b\s*,?\s*", re.IGNORECASE)
_STOP: Final = re.compile(r"\.(?=\s|\Z)|\n|\Z")
_IMPLIES: Final = ("implies", "imply", "->")


@dataclass(frozen=True)
class Deduction:
    """One sense of a sentence: its grounds, and what is concluded from them."""

    grounds: tuple[Term, ...]
    conclusion: Term


def sentences(text: str) -> list[tuple[int, int, bool]]:
    """Where the sentences of a text begin and end, without their stops, and whether each concludes something."""
    found, at = [], 0
    for stop in _STOP.finditer(text):
        start = at + len(text[at : stop.start()]) - len(text[at : stop.start()].lstrip())
        end = at + len(text[at : stop.start()].rstrip())
        if start < end:
            found.append((start, end, is_deduction(text, start) or _SO.match(text, start, end) is not None))
        at = stop.end()
    return found


def is_deduction(text: str, start: int = 0) -> bool:
    """Whether a sentence begins with its grounds: `since`, `because` or `given that`."""
    return _SINCE.match(text, start) is not None


def deductions(text: str, start: int, end: int) -> tuple[Deduction, ...]:
    """All senses of the sentence between two offsets, at least one: with its grounds, or without if it names none.

    Raises Mistake for what is no such sentence.
    """
    end = start + len(text[start:end].rstrip().removesuffix(".").rstrip())
    since = _SINCE.match(text, start, end)
    grounds: tuple[tuple[Term, ...], ...] = ((),)
    begin = start
    if since is not None:
        found = tokens(text, since.end(), end)[:-1]
        commas = [found[number] for number in _outside(found) if found[number].text == ","]
        if not commas:
            raise Mistake("expected a comma between the grounds and what follows", end, text)
        begin = commas[-1].end
        grounds = senses(text, since.end(), commas[-1].start)
    so = _SO.match(text, begin, end)
    conclusions = senses(text, begin if so is None else so.end(), end)
    pairs = [Deduction(ground, conjunction(conclusion)) for ground, conclusion in product(grounds, conclusions)]
    if len(pairs) > MAX_READINGS:
        raise Mistake("expected brackets: this can be grouped in too many ways", start, text)
    return tuple(pairs)


def senses(text: str, start: int, end: int) -> tuple[tuple[Term, ...], ...]:
    """The statements between two offsets, joined by commas and `and`, in each way to group them. Raises Mistake."""
    found = tokens(text, start, end)[:-1]
    free = set(_outside(found))
    pieces: list[list[Token]] = [[]]
    for n, token in enumerate(found):
        if n in free and token.text in (",", ";"):
            pieces.append([])
        elif pieces[-1] or len(pieces) == 1 or token.text.lower() != "and":
            pieces[-1].append(token)
    ways = [_grouped(text, piece, end) for piece in pieces]
    if prod(map(len, ways)) > MAX_READINGS:
        raise Mistake("expected brackets: this can be grouped in too many ways", start, text)
    return tuple(tuple(term for part in chosen for term in part) for chosen in product(*ways))


def _outside(found: list[Token]) -> list[int]:
    """The numbers of the tokens that stand in no brackets."""
    depth, free = 0, []
    for number, token in enumerate(found):
        depth -= token.text in (")", "]", "}")
        if depth == 0:
            free.append(number)
        depth += token.text in ("(", "[", "{")
    return free


def _grouped(text: str, piece: list[Token], end: int) -> list[tuple[Term, ...]]:
    """A piece without commas outside brackets, in each grouping."""
    if not piece:
        raise Mistake("expected a statement", end, text)
    free = set(_outside(piece))
    words = [token.text.lower() if number in free else "" for number, token in enumerate(piece)]
    arrows = [word for word in words if word in _IMPLIES]
    is_formal = not arrows or (set(arrows) == {"->"} and "and" not in words) or bool({"all", "some"} & set(words))
    if "and" in words and ("<->" in words or (arrows and {"or", "xor"} & set(words))):
        raise Mistake("expected brackets: this can be grouped in several ways", piece[0].start, text)
    if is_formal:
        return [(_statement(text, piece, end),)]
    lists: list[list[list[Token]]] = [[[]]]
    for token, word in zip(piece, words, strict=True):
        if word in _IMPLIES:
            lists.append([[]])
        elif word == "and":
            lists[-1].append([])
        else:
            lists[-1][-1].append(token)
    return _implications(text, [[_statement(text, unit, end) for unit in one] for one in lists], piece[0].start)


def _statement(text: str, unit: list[Token], end: int) -> Term:
    if not unit:
        raise Mistake("expected a statement", end, text)
    start, stop = unit[0].start, unit[-1].end
    signs = list(text[start:stop])
    for token in unit:  # in brackets words group as signs do
        if token.text.lower() in _IMPLIES:
            signs[token.start - start : token.end - start] = "->".ljust(token.end - token.start)
    try:
        return parse_statement("".join(signs))
    except Mistake as error:
        raise Mistake(error.message, start + error.position, text) from error


def _implications(text: str, units: list[list[Term]], position: int) -> list[tuple[Term, ...]]:
    """All ways to say which units before and behind each arrow belong to it; the others stand alone."""
    if any(len(one) < 2 for one in units[1:-1]):
        raise Mistake("expected brackets, or `and` between one implication and the next", position, text)
    ways = [_cuts(len(one), number == 0, number == len(units) - 1) for number, one in enumerate(units)]
    if prod(map(len, ways)) > 8 * MAX_READINGS:
        raise Mistake("expected brackets: this can be grouped in too many ways", position, text)
    found = []
    for cuts in product(*ways):
        sides = [(one[:low], one[low:high], one[high:]) for one, (low, high) in zip(units, cuts, strict=True)]
        terms = [*sides[0][1]]
        for (_, _, condition), (outcome, alone, _) in pairwise(sides):
            terms += [operation("implies", conjunction(condition), conjunction(outcome)), *alone]
        if not any(_repeats(one) for first, _, last in sides for one in (first, last)):
            found.append(tuple(terms))
    if not found:
        raise Mistake("expected no part twice in one conjunction", position, text)
    return found


def _cuts(size: int, is_first: bool, is_last: bool) -> list[tuple[int, int]]:
    """Where a list of units is cut: behind what belongs to the arrow before it, and before what belongs to the next."""
    if is_first:
        return [(0, cut) for cut in range(size)]
    if is_last:
        return [(cut, size) for cut in range(1, size + 1)]
    return [(low, high) for low in range(1, size) for high in range(low, size)]


def _repeats(terms: list[Term]) -> bool:
    return any(term in terms[:number] for number, term in enumerate(terms))
