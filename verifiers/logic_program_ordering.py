"""Programs of constraints over positions: `green_book [IN] [1, 2, 3]`, `green_book < blue_book`, `A) green_book == 2`.

Each variable is a whole number of its list, the constraints hold, and the right option is the one that must. Labels of
the domain (`1: leftmost`) may stand for their numbers.
"""

from __future__ import annotations

import re
from typing import Final, cast

from slowthink.verifiers.logic_program_lines import Line, Names, Notes, Program, key, leave_out, read_line, sections
from slowthink.verifiers.statement_syntax import NOT, SIGN, Mistake, Node, Syntax, bare, infix
from slowthink.verifiers.statements import (
    Choose,
    Name,
    Number,
    Operation,
    Operator,
    Option,
    Premise,
    Sort,
    Symbol,
    Term,
    Theory,
)

HEADINGS: Final = ("domain", "variables", "constraints", "query")
SYNTAX: Final = Syntax(
    prefix={"not": ("not", NOT), "!": ("not", NOT), "-": ("minus", SIGN)},
    infix=infix(
        or_="or || |", and_="and && &", eq="== =", ne="!= ≠", lt="<", le="<= ≤", gt=">", ge=">= ≥", plus="+", less="-",
        times="*", over="/", implies="-> =>", iff="<->", mod="% mod",
    ),
    joins=True,
    case=False,
)  # fmt: skip
_VALUES: Final = re.compile(r"(?:\[IN\]|\bin\b)\s*\[([-\d,\s]*)\]", re.IGNORECASE)
_LABEL: Final = re.compile(r"(-?\d{1,9})\s*[:=]\s*(.+)")
_ORDINALS: Final = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_OPTION: Final = re.compile(r"\(?([A-Z])[).:]\s*")


class _Reader:
    def __init__(self, text: str, by_remarks: bool) -> None:
        self.text = text
        self._by_remarks = by_remarks
        self.notes = Notes()
        self.names = Names(self.notes)
        self.labels: dict[str, str] = {}
        self.sorts: dict[tuple[str, ...], Sort] = {}
        self.symbols: dict[str, Symbol] = {}

    def domain(self, lines: list[Line]) -> None:
        for line in lines:
            match = _LABEL.fullmatch(self.text[line.start : line.end].strip())
            if match is not None:
                self.labels[key(match[2])] = str(int(match[1]))

    def variables(self, lines: list[Line]) -> None:
        for line in lines:
            code = self.text[line.start : line.end].strip()
            match = next((one for one in _VALUES.finditer(code) if one.end() == len(code)), None)
            name = "" if match is None else code[: match.start()].strip()
            values = re.findall(r"-?\d{1,9}", match[1]) if match is not None else []
            if not name or not values:
                raise Mistake("expected a variable such as: red_book [IN] [1, 2, 3]", line.start, self.text)
            places = tuple(dict.fromkeys(str(int(value)) for value in values))
            known = self._declare(name, places)
            if self.symbols[known].result != self.sorts[places].name:
                raise Mistake(f"{name!r} has two lists of values", line.start, self.text)

    def _declare(self, name: str, values: tuple[str, ...]) -> str:
        sort = self.sorts.setdefault(values, Sort(name=f"Place{len(self.sorts) + 1}", elements=values))
        known = self.names.of("variable", name)
        self.symbols.setdefault(known, Symbol(name=known, result=sort.name))
        return known

    def statement(self, line: Line) -> Term:
        term = self._term(read_line(self.text, line, SYNTAX, self.notes))
        if not self._by_remarks or not isinstance(term, Operation) or term.operator != "=":
            return term
        variable, number = term.operands
        said = self._said(variable, line.remark)
        if said is None or not isinstance(number, Number) or number.value == said:
            return term
        self.notes.tolerate(f"read by its remark: {line.remark!r} is place {said}, not {number.value}")
        return Operation(operator="=", operands=(variable, Number(value=said)))

    def _said(self, variable: Term, remark: str) -> str | None:
        """The place that a remark tells of a variable, where the labels of the domain say from which end to count."""
        sort = (
            self.symbols[variable.name].result if isinstance(variable, Name) and variable.name in self.symbols else ""
        )
        places = next((sorted(map(int, one.elements or ())) for one in self.sorts.values() if one.name == sort), [])
        names = {int(number): label for label, number in self.labels.items()}
        if not places or places[0] not in names or places[-1] not in names:
            return None
        return told_place(remark, names[places[0]], names[places[-1]], places)

    def _term(self, node: Node) -> Term:
        node = bare(node)
        if node.op == "number":
            return Number(value=node.text)
        if node.op in ("name", "string"):
            return self._named(node)
        if node.op == "call" and re.match(r"all_?diff", node.text, re.IGNORECASE):
            first = bare(node.parts[0])
            parts = first.parts if first.op == "list" and len(node.parts) == 1 else node.parts
            if len(parts) < 2:
                raise Mistake("expected at least two variables", node.start, self.text)
            return Operation(operator="distinct", operands=tuple(map(self._term, parts)))
        if node.op == "call" and node.text.lower() == "abs" and len(node.parts) == 1:
            return Operation(operator="abs", operands=(self._term(node.parts[0]),))
        if node.op in ("call", "list", "quantified", "in", "not in"):
            raise Mistake("expected a constraint", node.start, self.text)
        return Operation(operator=cast(Operator, node.op), operands=tuple(map(self._term, node.parts)))

    def _named(self, node: Node) -> Term:
        if self.names.knows("variable", node.text):
            return Name(name=self.names.of("variable", node.text))
        if key(node.text) in self.labels:
            self.notes.tolerate(f"{node.text!r} is the number {self.labels[key(node.text)]}")
            return Number(value=self.labels[key(node.text)])
        if len(self.sorts) != 1:
            raise Mistake(f"{node.text!r} is not declared", node.start, self.text)
        self.notes.tolerate(f"{node.text!r} is not declared: a variable like the others")
        return Name(name=self._declare(node.text, next(iter(self.sorts))))


def told_place(remark: str, low: str, high: str, places: list[int]) -> str | None:
    """The place that `the second from the right` or `third-cheapest` is; `low` and `high` name the two ends."""
    words = re.findall(r"[a-z]+", remark.lower())
    counts = [_ORDINALS.index(word) for word in words if word in _ORDINALS and word not in (low, high)]
    if len(counts) > 1:
        return None
    ends = [is_high for is_high, label in ((False, low), (True, high)) if _names_end(words, label)]
    if not ends and counts and low == "first":
        ends = [False]
    if len(ends) != 1 or (counts and counts[0] >= len(places)):
        return None
    steps = counts[0] if counts else 0
    return str(places[-1 - steps] if ends[0] else places[steps])


def _names_end(words: list[str], label: str) -> bool:
    """Whether the words name the end that a label without blanks does: `right` for `rightmost`, `most expensive`."""
    run_on = "".join(words)
    return label in run_on or (label.endswith("most") and f"fromthe{label[:-4]}" in run_on)


def read_ordering(text: str, by_remarks: bool = False) -> Program:
    """The program in a text. Raises Mistake where its variables or options are none.

    `by_remarks`: where a statement gives a place and its own remark (`::: The owl is the second from the right.`) tells
    another one, the remark counts.
    """
    reader = _Reader(text, by_remarks)
    found = sections(text, HEADINGS)
    reader.domain(found.get("domain", []))
    reader.variables(found.get("variables", []))
    premises: list[Premise] = []
    options: list[Option] = []
    for line in found.get("constraints", []):
        try:
            statement = reader.statement(line)
        except Mistake as error:
            leave_out(text, line, error, reader.notes)
        else:
            row = text.count("\n", 0, line.start) + 1
            premises.append(Premise(name=reader.names.fresh(f"line{row}"), statement=statement))
    for line in found.get("query", []):
        label = _OPTION.match(text, line.start, line.end)
        if label is None:
            raise Mistake("expected an option such as: A) red_book == 1", line.start, text)
        if any(one.name == label[1] for one in options):
            raise Mistake(f"expected one option {label[1]}, got another one", line.start, text)
        statement = reader.statement(Line(label.end(), line.end, line.remark))
        options.append(Option(name=label[1], statements=(statement,)))
    if not options:
        raise Mistake("expected options under 'Query:'", len(text), text)
    theory = Theory(
        sorts=tuple(reader.sorts.values()),
        symbols=tuple(reader.symbols.values()),
        premises=tuple(premises),
        question=Choose(options=tuple(options)),
    )
    return Program("ordering", theory, reader.notes)
