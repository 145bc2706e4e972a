"""Rules of the grammar written as one line: `by how much (does|do) <A> exceed <B>`.

The idea: a rule is words, alternatives `(a|b c)`, parts that may be left out `(a)?`, and slots. A slot takes a whole
expression with every end and every value that the grammar finds for it, so rules compose with all else that it knows.
A rule is compiled once; matching is bounded by the ends of its slots.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from slowthink.verifiers.wordings import Ends, Values


class Slot(NamedTuple):
    """A place for an expression: its name, and which method of the grammar reads it."""

    name: str
    kind: str


Part = str | Slot | tuple["Parts", ...]
Parts = tuple[Part, ...]
Found = dict[str, Values]
_LEXED: Final = re.compile(r"<(\w+)(?::(\w+))?>|\(|\)\??|\||[^\s()|<>]+")


def compiled(line: str) -> Parts:
    """The parts of a rule."""
    given = list(_LEXED.finditer(line))
    parts, at = _sequence(given, 0)
    if at != len(given):
        raise ValueError(f"expected a rule with balanced brackets, got {line!r}")
    return parts


def _sequence(given: list[re.Match[str]], at: int) -> tuple[Parts, int]:
    parts: list[Part] = []
    while at < len(given) and given[at][0] not in ("|", ")", ")?"):
        match = given[at]
        at += 1
        if match[1]:
            parts.append(Slot(match[1], match[2] or "sum"))
        elif match[0] == "(":
            choices: list[Parts] = []
            while True:
                choice, at = _sequence(given, at)
                choices.append(choice)
                at += 1
                if at > len(given) or given[at - 1][0] != "|":
                    break
            parts.append((*choices, ()) if given[at - 1][0] == ")?" else tuple(choices))
        else:
            parts.append(match[0])
    return tuple(parts), at


def matches(
    parts: Parts, words: list[str], at: int, slot: Callable[[str, int], Ends], found: Found | None = None
) -> Iterator[tuple[int, Found]]:
    """Every way in which the rule can stand at `at`: where it ends, and what its slots hold."""
    found = found or {}
    if not parts:
        yield at, found
        return
    first, rest = parts[0], parts[1:]
    if isinstance(first, str):
        if at < len(words) and words[at] == first:
            yield from matches(rest, words, at + 1, slot, found)
    elif isinstance(first, Slot):
        for end, values in slot(first.kind, at).items():
            yield from matches(rest, words, end, slot, {**found, first.name: values})
    else:
        for choice in first:
            yield from matches(choice + rest, words, at, slot, found)
