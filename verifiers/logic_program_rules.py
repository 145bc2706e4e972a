"""Programs of facts and rules: `Kind(Charlie, True)`, `Kind($x, True) && Rough($x, True) >>> Red($x, True)`.

In this dialect the last argument is the value, and rules run forward: from `Kind(Charlie, True)` nothing follows about
`Kind(Charlie, False)`, and no rule is read backwards. So a predicate becomes two, one for each value, and every rule a
universal implication between them, over the things that are named: with rules of this kind no other thing can make a
difference to those. The query follows, or its opposite does, or neither; where both do the program is
inconsistent in it. The world is open: what does not follow is unknown.
"""

from __future__ import annotations

import re
from typing import Final

from slowthink.verifiers.logic_program_lines import Line, Names, Notes, Program, leave_out, read_line, sections
from slowthink.verifiers.statement_syntax import NOT, Mistake, Node, Syntax, bare, infix
from slowthink.verifiers.statements import (
    Apply,
    Ask,
    Name,
    Premise,
    Quantified,
    Sort,
    Symbol,
    Term,
    Theory,
    Truth,
    Variable,
    conjunction,
    disjunction,
    operation,
)

HEADINGS: Final = ("predicates", "facts", "rules", "query", "answer")
THING: Final = "Thing"
SYNTAX: Final = Syntax(
    prefix=dict.fromkeys(("not", "!", "~", "¬"), ("not", NOT)),
    infix=infix(implies=">>> -> => →", or_="|| or ∨", and_="&& & and ∧ ^"),
    joins=True,
    case=False,
)
_VALUES: Final = {"true": True, "false": False}
_OPEN: Final = frozenset({"bool", "?", "unknown", "x"})
_VARIABLE: Final = re.compile(r"\$\w+|[x-z]\d?")


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.notes = Notes()
        self.names = Names(self.notes)
        self.sort = self.names.fresh(THING)
        self.symbols: dict[str, Symbol] = {}
        self.premises: list[Premise] = []
        self.things: dict[str, None] = {}

    def statement(self, line: Line) -> Term:
        """A line as a statement, closed over its variables."""
        node = read_line(self.text, line, SYNTAX, self.notes)
        free = sorted(_variables(node))
        inner = self._formula(node, True, {name: f"v{number}" for number, name in enumerate(free, 1)})
        if not free:
            return inner
        variables = tuple(Variable(name=f"v{number}", sort=self.sort) for number, _ in enumerate(free, 1))
        return Quantified(quantifier="all", variables=variables, body=inner)

    def _formula(self, node: Node, is_true: bool, bound: dict[str, str]) -> Term:
        node = bare(node)
        if node.op == "not" or (node.op == "call" and node.text.lower() == "not"):
            if len(node.parts) == 2 and (value := _value(node.parts[1])) is not None:
                return self._formula(_told(node.parts[0], value), not is_true, bound)
            if len(node.parts) == 1:
                return self._formula(node.parts[0], not is_true, bound)
        if node.op == "implies" and is_true:
            return operation(
                "implies", self._formula(node.parts[0], True, bound), self._formula(node.parts[1], True, bound)
            )
        if node.op in ("and", "or"):
            parts = [self._formula(part, is_true, bound) for part in node.parts]
            return conjunction(parts) if (node.op == "and") is is_true else disjunction(parts)
        if node.op == "call":
            return self._atom(node, is_true, bound)
        raise Mistake("expected a fact such as Kind(Anne, True) or a rule with >>>", node.start, self.text)

    def _atom(self, node: Node, is_true: bool, bound: dict[str, str]) -> Term:
        arguments = [bare(part) for part in node.parts]
        value = _value(arguments[-1])
        if value is not None or (arguments[-1].op == "name" and arguments[-1].text.lower() in _OPEN):
            arguments = arguments[:-1]
            if value is None:
                raise Mistake("expected True or False as the value", node.parts[-1].start, self.text)
        elif not arguments[-1].text.startswith("$"):
            self.notes.tolerate("a value that is missing is True")
        if not arguments:
            raise Mistake("expected something that the predicate is said of", node.start, self.text)
        if arguments[-1].op == "not":
            arguments[-1], value = bare(arguments[-1].parts[0]), value is False
        positive = is_true if value is None else value is is_true
        terms = tuple(self._thing(argument, bound) for argument in arguments)
        return Apply(symbol=self._predicate(node.text, len(terms), positive), arguments=terms)

    def _predicate(self, name: str, arity: int, positive: bool) -> str:
        kind = f"{'is' if positive else 'not'}{arity}"
        known = self.names.of(kind, name if positive else f"not {name}")
        self.symbols.setdefault(known, Symbol(name=known, arguments=(self.sort,) * arity))
        return known

    def _thing(self, node: Node, bound: dict[str, str]) -> Term:
        if node.op not in ("name", "string", "number") or node.text.lower() in _OPEN - {"x"}:
            raise Mistake("expected a name", node.start, self.text)
        if node.text in bound:
            return Name(name=bound[node.text])
        known = self.names.of("thing", node.text)
        self.things.setdefault(known)
        return Name(name=known)


def _value(node: Node) -> bool | None:
    node = bare(node)
    return _VALUES.get(node.text.lower()) if node.op == "name" else None


def _told(node: Node, value: bool) -> Node:
    """The atom with a value behind its arguments."""
    node = bare(node)
    return Node(
        node.op, node.text, (*node.parts, Node("name", str(value), (), node.end, node.end)), node.start, node.end
    )


def _variables(node: Node) -> set[str]:
    if node.op == "name":
        return {node.text} if _VARIABLE.fullmatch(node.text) else set()
    return {name for part in node.parts for name in _variables(part)}


Asked = tuple[Ask, bool | None, tuple[str, ...]]
"""What is asked, its polarity if it is one literal, and the names in it."""


def _query(reader: _Reader, lines: list[Line]) -> Asked:
    """The one query. Raises Mistake where there is none, or another one that asks something else."""
    first: Asked | None = None
    for line in lines:
        if re.match(r"(true|false|unknown|none)\b", reader.text[line.start : line.end], re.IGNORECASE):
            continue
        if first is None:
            first = _asked(reader, line)
            continue
        try:
            other = _asked(reader, line)[0]
        except Mistake:  # a remark
            continue
        if other != first[0]:
            raise Mistake("expected one query, got another one", line.start, reader.text)
    if first is None:
        raise Mistake("expected a query", len(reader.text), reader.text)
    return first


def _asked(reader: _Reader, line: Line) -> Asked:
    node = bare(read_line(reader.text, line, SYNTAX, reader.notes))
    polarity = True
    while node.op == "not" or (node.op == "call" and node.text.lower() == "not" and len(node.parts) == 1):
        node, polarity = bare(node.parts[0]), not polarity
    if node.op == "call" and bare(node.parts[-1]).text.lower() in _OPEN and len(node.parts) > 1:
        reader.notes.tolerate("a query without a value asks whether it is True")
        node = _told(Node("call", node.text, node.parts[:-1], node.start, node.end), True)
    if _variables(node):
        raise Mistake("expected a query without variables", node.start, reader.text)
    statement, against = (reader._formula(node, is_true, {}) for is_true in (polarity, not polarity))
    if node.op != "call":
        return Ask(statement=statement, against=against), None, ()
    if _value(node.parts[-1]) is False:
        polarity = not polarity
    words = [node.text, *(part.text for part in map(bare, node.parts) if _value(part) is None)]
    return Ask(statement=statement, against=against), polarity, tuple(words)


def read_rules(text: str) -> Program:
    """The program in a text. Raises Mistake where its query is not one."""
    reader = _Reader(text)
    found = sections(text, HEADINGS)
    for line in [*found.get("facts", []), *found.get("rules", [])]:
        if re.match(r"(none|n/?a)\W*$", text[line.start : line.end], re.IGNORECASE):
            continue
        try:
            statement = reader.statement(line)
        except Mistake as error:
            leave_out(text, line, error, reader.notes)
            continue
        if not isinstance(statement, Truth):
            row = text.count("\n", 0, line.start) + 1
            reader.premises.append(Premise(name=reader.names.fresh(f"line{row}"), statement=statement))
    ask, polarity, words = _query(reader, found.get("query", []))
    theory = Theory(
        sorts=(Sort(name=reader.sort, elements=tuple(reader.things) or None),),
        symbols=tuple(reader.symbols.values()),
        premises=tuple(reader.premises),
        question=ask,
    )
    remarks = tuple(line.remark for line in [*found.get("facts", []), *found.get("rules", [])])
    asked = next((line.remark for line in found.get("query", []) if line.remark), "")
    return Program("rules", theory, reader.notes, polarity, words, asked, remarks)
