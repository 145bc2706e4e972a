"""Programs of first-order logic: `∀x (Cat(x) → ¬Dog(x))` under `Premises:`, and one formula under `Conclusion:`.

Names are things of one open sort; two names may be one thing. A quantifier takes the next unit, or, where its
variable would be left free behind that, the whole formula. Letters from u to z that no quantifier binds stand for
anything in premises and for something in a conclusion that is no conditional. Numbers are things, different ones, and
in their order where they are compared; `∈` is a relation like any other. A predicate that stands where a thing is
expected names a function. A letter that one quantifier of a statement binds and that stands free elsewhere in it, or
that stands free beside a quantifier which binds nothing (`∃xy Loves(x, y)`), is not settled: a Mistake.
"""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import combinations
from typing import Final, Literal, cast

from slowthink.verifiers.logic_program_lines import Line, Names, Notes, Program, leave_out, read_line, sections
from slowthink.verifiers.statement_syntax import BINARY, NOT, Mistake, Node, Syntax, bare, infix
from slowthink.verifiers.statements import (
    Apply,
    Ask,
    Name,
    Operation,
    Operator,
    Premise,
    Quantified,
    Sort,
    Symbol,
    Term,
    Theory,
    Truth,
    Variable,
    negation,
    operation,
)

HEADINGS: Final = ("predicates", "premises", "conclusion", "facts", "rules", "query", "constants", "functions")
_TABLE: Final = infix(
    iff="↔ <-> <=> ⇔ ≡", implies="→ -> => ⇒ >>>", xor="⊕ xor ⊻", or_="∨ || | or \\/", and_="∧ && & and /\\",
    eq="= ==", ne="≠ !=", lt="<", le="≤ <=", gt=">", ge="≥ >=", in_="∈",
) | {"∉": ("not element", *BINARY["in"])}  # fmt: skip
_PREFIX: Final = dict.fromkeys(("¬", "~", "!", "not"), ("not", NOT))
_QUANTIFIERS: Final = {"∀": "all", "∃": "some", "forall": "all", "exists": "some"}
NARROW: Final = Syntax(_PREFIX, _TABLE, _QUANTIFIERS, wide=False, typed=False, joins=True, case=False)
WIDE: Final = Syntax(_PREFIX, _TABLE, _QUANTIFIERS, wide=True, typed=False, joins=True, case=False)
_FREE: Final = re.compile(r"\$\w+|[u-z]\d?")


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.notes = Notes()
        self.names = Names(self.notes)
        self.sort = self.names.fresh("Thing")
        self.symbols: dict[str, Symbol] = {}
        self.numbers: set[str] = set()
        self._count = 0

    def node(self, line: Line) -> Node:
        """A line, with the reach of its quantifiers such that as few variables as possible are free."""
        node = read_line(self.text, line, NARROW, self.notes)
        if _free(node, frozenset()):
            try:
                wide = read_line(self.text, line, WIDE, self.notes)
            except Mistake:
                return node
            if len(_free(wide, frozenset())) < len(_free(node, frozenset())):
                self.notes.tolerate("a quantifier reaches to the end of its line")
                return wide
        return node

    def closed(self, node: Node, quantifier: Literal["all", "some"]) -> Term:
        """The statement, with what is free in it bound."""
        free = sorted(_free(node, frozenset()))
        astray = _bound_elsewhere(node, set(free))
        if astray is not None:
            raise Mistake(f"{', '.join(free)} without a quantifier, beside one", astray.start, self.text)
        names = {name: self._variable() for name in free}
        inner = self._formula(node, names)
        if not free:
            return inner
        self.notes.tolerate(f"{', '.join(free)} without a quantifier: {quantifier}")
        variables = tuple(Variable(name=name, sort=self.sort) for name in names.values())
        return Quantified(quantifier=quantifier, variables=variables, body=inner)

    def _variable(self) -> str:
        self._count += 1
        return self.names.fresh(f"v{self._count}")

    def _formula(self, node: Node, bound: dict[str, str]) -> Term:
        node = bare(node)
        if node.op == "quantified":
            names = {name: self._variable() for name, _ in node.bound}
            variables = tuple(Variable(name=name, sort=self.sort) for name in names.values())
            body = self._formula(node.parts[0], {**bound, **names})
            return Quantified(quantifier=cast(Literal["all", "some"], node.text), variables=variables, body=body)
        if node.op in ("not", "and", "or", "xor", "implies", "iff"):
            parts = tuple(self._formula(part, bound) for part in node.parts)
            return Operation(operator=cast(Operator, node.op), operands=parts)
        if node.op in ("=", "!=", "<", "<=", ">", ">="):
            return self._compared(node, bound)
        if node.op in ("in", "not element"):
            self.notes.tolerate("∈ is a relation")
            pair = Node("call", "element of", node.parts, node.start, node.end)
            return self._atom(pair, bound) if node.op == "in" else negation(self._atom(pair, bound))
        if node.op == "call":
            return self._atom(node, bound)
        if node.op == "name":
            if node.text.lower() in ("true", "false"):
                return Truth(value=node.text.lower() == "true")
            return Name(name=self._predicate(node.text, 0))
        raise Mistake("expected a formula", node.start, self.text)

    def _compared(self, node: Node, bound: dict[str, str]) -> Term:
        left, right = (self._thing(part, bound, []) for part in node.parts)
        if node.op in ("=", "!="):
            return operation(cast(Operator, node.op), left, right)
        low, high = (left, right) if node.op in ("<", ">=") else (right, left)
        less = Apply(symbol=self._predicate("less than", 2), arguments=(low, high))
        return less if node.op in ("<", ">") else negation(less)

    def _atom(self, node: Node, bound: dict[str, str]) -> Term:
        unnamed: list[str] = []
        arguments = tuple(self._thing(part, bound, unnamed) for part in node.parts)
        atom = Apply(symbol=self._predicate(node.text, len(arguments)), arguments=arguments)
        if not unnamed:
            return atom
        variables = tuple(Variable(name=name, sort=self.sort) for name in unnamed)
        return Quantified(quantifier="some", variables=variables, body=atom)

    def _predicate(self, name: str, arity: int) -> str:
        known = self.names.of(f"predicate{arity}", name)
        self.symbols.setdefault(known, Symbol(name=known, arguments=(self.sort,) * arity))
        return known

    def _thing(self, node: Node, bound: dict[str, str], unnamed: list[str]) -> Term:
        node = bare(node)
        if node.op == "call":
            arguments = tuple(self._thing(part, bound, unnamed) for part in node.parts)
            self.notes.tolerate(f"{node.text!r} as a thing: a function")
            known = self.names.of(f"function{len(arguments)}", f"the {node.text}")
            self.symbols.setdefault(
                known, Symbol(name=known, arguments=(self.sort,) * len(arguments), result=self.sort)
            )
            return Apply(symbol=known, arguments=arguments)
        if node.op not in ("name", "number", "string"):
            raise Mistake("expected a thing", node.start, self.text)
        if node.text in bound:
            return Name(name=bound[node.text])
        if node.op == "number":
            return self._numeral(str(Fraction(node.text)))
        if node.text == "_":
            unnamed.append(self._variable())
            return Name(name=unnamed[-1])
        known = self.names.of("thing", node.text)
        self.symbols.setdefault(known, Symbol(name=known, result=self.sort))
        return Name(name=known)

    def _numeral(self, value: str) -> Term:
        """The thing that a number is, however it is written: 5 and 5.0 are one."""
        known = self.names.of("thing", value)
        self.symbols.setdefault(known, Symbol(name=known, result=self.sort))
        self.numbers.add(value)
        return Name(name=known)

    def numerals(self) -> list[Term]:
        """That different numbers are different things, in their order."""
        found: list[Term] = []
        ordered = sorted(self.numbers, key=Fraction)[:20]
        names = {number: Name(name=self.names.of("thing", number)) for number in ordered}
        if len(ordered) > 1:
            found.append(Operation(operator="distinct", operands=tuple(names.values())))
        if self.names.knows("predicate2", "less than"):
            less = self.names.of("predicate2", "less than")
            for low, high in combinations(ordered, 2):
                found.append(Apply(symbol=less, arguments=(names[low], names[high])))
                found.append(negation(Apply(symbol=less, arguments=(names[high], names[low]))))
        return found


def _free(node: Node, bound: frozenset[str]) -> set[str]:
    if node.op == "name":
        return {node.text} if _FREE.fullmatch(node.text) and node.text not in bound else set()
    inner = bound | {name for name, _ in node.bound}
    return {name for part in node.parts for name in _free(part, inner)}


def _bound_elsewhere(node: Node, free: set[str]) -> Node | None:
    """A quantifier that binds one of these letters, or nothing that occurs in its reach."""
    if node.op == "quantified" and free:
        inside = _names(node.parts[0])
        if any(name in free or name not in inside for name, _ in node.bound):
            return node
    return next((found for part in node.parts if (found := _bound_elsewhere(part, free)) is not None), None)


def _names(node: Node) -> set[str]:
    return {node.text, *(name for part in node.parts for name in _names(part))}


def _literal(node: Node) -> tuple[bool | None, tuple[str, ...]]:
    """Whether a formula is an atom or the negation of one, and the names in it."""
    node, polarity = bare(node), True
    while node.op == "not":
        node, polarity = bare(node.parts[0]), not polarity
    if node.op != "call" or any(bare(part).op not in ("name", "string", "number") for part in node.parts):
        return None, ()
    return polarity, (node.text, *(bare(part).text for part in node.parts))


def read_first_order(text: str) -> Program:
    """The program in a text. Raises Mistake where its conclusion is no formula."""
    reader = _Reader(text)
    found = sections(text, HEADINGS)
    premises = []
    for line in [*found.get("premises", []), *found.get("facts", []), *found.get("rules", [])]:
        try:
            statement = reader.closed(reader.node(line), "all")
        except Mistake as error:
            leave_out(text, line, error, reader.notes)
        else:
            row = text.count("\n", 0, line.start) + 1
            premises.append(Premise(name=reader.names.fresh(f"line{row}"), statement=statement))
    lines = [*found.get("conclusion", []), *found.get("query", [])]
    if len(lines) != 1:
        raise Mistake(f"expected one conclusion, got {len(lines)}", lines[1].start if lines else len(text), text)
    node = reader.node(lines[0])
    polarity, words = _literal(node)
    conclusion = reader.closed(node, "all" if bare(node).op in ("implies", "iff") else "some")
    for statement in reader.numerals():
        premises.append(Premise(name=reader.names.fresh("numbers"), statement=statement))
    theory = Theory(
        sorts=(Sort(name=reader.sort),),
        symbols=tuple(reader.symbols.values()),
        premises=tuple(premises),
        question=Ask(statement=conclusion),
    )
    remarks = tuple(
        line.remark for line in [*found.get("premises", []), *found.get("facts", []), *found.get("rules", [])]
    )
    return Program("first order", theory, reader.notes, polarity, words, lines[0].remark, remarks)
