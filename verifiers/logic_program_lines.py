"""Programs of logic as models write them: their sections, their lines, and the names in them made into names of ours.

What every published dialect shares: headings (`Facts:`), a statement a line, remarks behind `:::`, numbering, and a
liberty with names (case, plural, blanks). Names that differ only in these are one name. A line that is no statement of
its dialect is left out and said to be; what then still follows, follows from the rest (`programs.py` draws the
consequence).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from slowthink.verifiers.statement_syntax import Mistake, Node, Parser, Syntax, bare, tokens
from slowthink.verifiers.statements import KEYWORDS, Term, Theory

_NUMBERING: Final = re.compile(r"\s*(?:(?:\(?\d+[.)]|[-*•])\s+)?")
_HEADING: Final = re.compile(r"^[ \t#*]*([A-Za-z]+)[ \t]*:(?!:)[ \t*]*", re.MULTILINE)


@dataclass(frozen=True)
class Line:
    """A line of a section: where its code begins and ends in the program, and the remark behind it."""

    start: int
    end: int
    remark: str


@dataclass
class Notes:
    """What was tolerated in a program, and what was left out of it."""

    tolerated: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def tolerate(self, what: str) -> None:
        """Note it, once."""
        if what not in self.tolerated:
            self.tolerated.append(what)


@dataclass(frozen=True)
class Program:
    """A program that was read. `polarity` is that of a query of one literal, `words` are the names in that.

    `asked` is the remark behind the query, `remarks` are those behind facts and rules. `conditionals` says of each
    conditional that its condition and its outcome hold together, `frame` names the premises without particular things.
    """

    dialect: str
    theory: Theory
    notes: Notes
    polarity: bool | None = None
    words: tuple[str, ...] = ()
    asked: str = ""
    remarks: tuple[str, ...] = ()
    conditionals: tuple[Term, ...] = ()
    frame: tuple[str, ...] = ()


MAX_LINES: Final = 1_000
"""So many lines with statements are read of a program."""


def sections(text: str, headings: Iterable[str]) -> dict[str, list[Line]]:
    """The lines of each section by its heading in lower case; what stands before the first is under ``."""
    wanted = set(headings)
    found: dict[str, list[Line]] = {"": []}
    current, at = "", 0
    for line in text.splitlines(keepends=True):
        start, end = at, at + len(line.rstrip())
        heading = _HEADING.match(text, at, end)
        if heading is not None and heading[1].lower() in wanted:
            current, start = heading[1].lower(), heading.end()
            found.setdefault(current, [])
        numbering = _NUMBERING.match(text, start, max(start, end))
        start = numbering.end() if numbering is not None else start
        if start < end:
            code_end = text.find(":::", start, end)
            remark = "" if code_end < 0 else text[code_end + 3 : end].strip()
            stop = end if code_end < 0 else code_end
            if text[start:stop].strip():
                if len(found[current]) >= MAX_LINES:
                    raise Mistake(f"expected at most {MAX_LINES} lines in a section", start, text)
                found[current].append(Line(start, start + len(text[start:stop].rstrip()), remark))
        at += len(line)
    return found


def read_line(text: str, line: Line, syntax: Syntax, notes: Notes) -> Node:
    """The formula of a line. Raises Mistake. Brackets that are missing or left over at its end are put right."""
    found = tokens(text, line.start, line.end)
    while len(found) > 2 and found[-2].text in (".", ";", ","):
        found.pop(-2)
    depth = sum(token.text in ("(", "[") for token in found) - sum(token.text in (")", "]") for token in found)
    while depth < 0 and found[-2].text == ")":
        notes.tolerate("a bracket too many at the end of a line")
        found.pop(-2)
        depth += 1
    parser = _Closing(text, found, syntax, max(0, depth))
    node = parser.formula()
    parser.done()
    if parser.closed:
        if _denies_to_the_end(node, parser.closed, line.end):
            raise Mistake("expected a bracket: how much is denied is not settled", node.start, text)
        notes.tolerate("a bracket missing at the end of a line")
    return node


_JOINED: Final = ("and", "or", "xor", "implies", "iff")


def _denies_to_the_end(node: Node, closed: int, end: int) -> bool:
    """Whether a denied group was open at the end of a line: each place for its bracket would deny something else.

    The brackets that were missing are the outermost ones that reach to the end.
    """
    is_denied = False
    while closed and node.end >= end:
        if node.op == "group":
            if is_denied and bare(node).op in _JOINED:
                return True
            closed -= 1
        elif node.op == "call":
            closed -= 1
        is_denied = node.op == "not"
        if not node.parts:
            return False
        node = node.parts[-1]
    return False


class _Closing(Parser):
    """A parser that takes the end of the line for so many closing brackets."""

    def __init__(self, text: str, found: list, syntax: Syntax, missing: int) -> None:  # type: ignore[type-arg]
        super().__init__(text, found, syntax)
        self._missing = missing
        self.closed = 0

    def accept(self, text: str) -> bool:
        if super().accept(text):
            return True
        if text == ")" and self.token.kind == "end" and self.closed < self._missing:
            self.closed += 1
            return True
        return False


def leave_out(text: str, line: Line, error: Exception, notes: Notes) -> None:
    """Note that a line was not read, and why."""
    code = text[line.start : line.end]
    why = error.message if isinstance(error, Mistake) else str(error)
    row = text.count("\n", 0, line.start) + 1
    notes.left_out.append(f"line {row} ({code[:40]!r}: {why})")


def key(name: str) -> str:
    """What names have in common that differ in case, plural, blanks, articles or signs only."""
    text = re.sub(r"^(the|a|an)\s+", "", name.strip().lstrip("$").lower())
    text = re.sub(r"['’]s\b", "", text)
    text = re.sub(r"(?<=\d)[\W_]+(?=\d)", ".", text)  # 1.5 is not 15, and Room 1 2 is not Room 12
    text = re.sub(r"[^\w.]|_", "", text).strip(".")
    if len(text) > 3:
        for ending, instead in (
            ("uses", "us"),
            ("ies", "y"),
            ("sses", "ss"),
            ("ches", "ch"),
            ("shes", "sh"),
            ("xes", "x"),
        ):
            if text.endswith(ending):
                return text[: -len(ending)] + instead
        if text.endswith("s") and not text.endswith(("ss", "us", "is")):
            return text[:-1]
    return text


class Names:
    """One name of ours for all ways in which a name is written; names of different kinds never meet."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._written: dict[tuple[str, str], str] = {}
        self._taken: set[str] = set()
        self._by_name: dict[tuple[str, str], str] = {}

    def of(self, kind: str, name: str) -> str:
        """The name for what `name` names among things of a kind."""
        same = key(name) or name
        found = self._by_name.get((kind, same))
        if found is None:
            found = self.fresh(clean(name) if kind != "not" else f"not_{clean(name)}")
            self._by_name[kind, same] = found
            self._written[kind, same] = name
        elif self._written[kind, same] != name:
            self._notes.tolerate(f"{name!r} is {self._written[kind, same]!r}")
        return found

    def knows(self, kind: str, name: str) -> bool:
        """Whether it was named before."""
        return (kind, key(name) or name) in self._by_name

    def fresh(self, name: str) -> str:
        """A name that nothing has."""
        found = name
        while found in self._taken or found in KEYWORDS or found in ("bool", "int", "real"):
            found += "_"
        self._taken.add(found)
        return found


def clean(name: str) -> str:
    """A name of our language that looks like this one."""
    text = re.sub(r"\W+", "_", name.strip().lstrip("$")).strip("_") or "it"
    return f"n{text}" if text.isdigit() else text


def map_names(node: Node, change: Callable[[Node], Node]) -> Node:
    """The node with `change` made to each of its parts, from the inside out."""
    parts = tuple(map_names(part, change) for part in node.parts)
    return change(Node(node.op, node.text, parts, node.start, node.end, node.bound))
