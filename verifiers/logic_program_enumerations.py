"""Statements over enumerated sorts as models write them: `ForAll([p:people], ...)`, `day(x) == day(y) + 1`, `Count`.

It looks like Python and is read as a language of its own. Quantifiers are written out over the elements that they range
over. Elements are in the order in which they are listed, so `day(x) == day(y) + 1` and `seat(p + 1)` have a meaning; a
step beyond the end is nothing, and what is said of it is false. A sort that is a part of another one is its subset.
Everything that is not known to have one meaning is a `Mistake` with its place. Not covered: functions of unbounded
numbers, and helpers whose definition a program does not give.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, cast

from slowthink.verifiers.logic_program_declarations import Declarations
from slowthink.verifiers.logic_program_lines import key
from slowthink.verifiers.statement_syntax import BINARY, NOT, SIGN, Mistake, Node, Syntax, bare, infix
from slowthink.verifiers.statements import (
    Apply,
    Name,
    Number,
    Operation,
    Operator,
    Quantified,
    Term,
    Truth,
    Variable,
    conjunction,
    disjunction,
    negation,
    operation,
)

SYNTAX: Final = Syntax(
    prefix={"not": ("not", NOT), "!": ("not", NOT), "-": ("minus", SIGN)},
    infix=infix(
        or_="or || |", and_="and && &", eq="== =", ne="!=", lt="<", le="<=", gt=">", ge=">=", plus="+", less="-",
        times="*", over="/", mod="mod %", in_="in", implies="-> =>", iff="<->",
    ) | {"not in": ("not in", *BINARY["not in"])},
    joins=True,
    case=False,
)  # fmt: skip
_CONNECTIVES: Final = {"and": "and", "or": "or", "not": "not", "implies": "implies", "xor": "xor", "iff": "iff"}
_IF: Final = frozenset({"if", "ifthenelse"})
_BINDERS: Final = frozenset({"forall", "exists", "count", "distinct", "atleastone", "sum", "atleast", "atmost"})
Bound = dict[str, Term]
MAX_WORK: Final = 60_000
"""So many terms may come of writing out the quantifiers of a program."""


class StatementReader(Declarations):
    """Statements over the declarations of one program."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.pending: list[tuple[str, str, Term | None]] = []
        """Elements that a term waits for: their variable, its sort, and the number that is their place."""
        self._work = 0

    def formula(self, node: Node, bound: Bound) -> Term:
        """A statement; what its terms left pending is bound around it."""
        node = bare(node)
        name = node.text.lower() if node.op == "call" else node.op
        if name in _CONNECTIVES:
            return self._connected(name, [self.formula(part, bound) for part in self.listed(node)], node)
        if name in _IF and (len(node.parts) == 2 or self._is_statement(node.parts[1], bound)):
            return self._chosen(node, bound)
        if node.op == "call" and name in _BINDERS - {"count", "sum"}:
            return self._bound(name, node, bound)
        before, self.pending = self.pending, []
        term, sort = self.term(node, bound)
        for variable, of, value in reversed(self.pending):
            inner = term if value is None else conjunction([self._is(variable, of, value), term])
            term = Quantified(quantifier="some", variables=(Variable(name=variable, sort=of),), body=inner)
        self.pending = before
        if sort != "bool":
            raise Mistake("expected a statement", node.start, self.text)
        return term

    def _is_statement(self, node: Node, bound: Bound) -> bool:
        before, self.pending = self.pending, []
        try:
            return self.term(node, bound)[1] == "bool"
        finally:
            self.pending = before

    def _chosen(self, node: Node, bound: Bound) -> Term:
        """`If(a, b)` as a conditional, `If(a, b, c)` as two."""
        condition, *outcomes = (self.formula(part, bound) for part in node.parts)
        if len(outcomes) > 2:
            raise Mistake("expected a condition and one or two statements", node.start, self.text)
        sides = (condition, negation(condition))
        return conjunction([operation("implies", *both) for both in zip(sides, outcomes, strict=False)])

    def _is(self, variable: str, sort: str, value: Term) -> Term:
        one: Term = Name(name=variable)
        return operation("=", one if self.sorts[sort].is_numeric else operation("position", one), value)

    def listed(self, node: Node) -> tuple[Node, ...]:
        """The arguments of a call, which may stand in one list."""
        parts = node.parts
        first = bare(parts[0])
        return first.parts if len(parts) == 1 and first.op == "list" and not first.bound else parts

    def _connected(self, name: str, parts: Sequence[Term], node: Node) -> Term:
        if name in ("and", "or"):
            return conjunction(tuple(parts)) if name == "and" else disjunction(tuple(parts))
        if len(parts) != (1 if name == "not" else 2):
            raise Mistake(f"{name!r} does not take {len(parts)} statements", node.start, self.text)
        return Operation(operator=cast(Operator, name), operands=tuple(parts))

    def _bound(self, name: str, node: Node, bound: Bound) -> Term:
        """A quantifier, `Distinct` or `Count`, over the variables in the list that comes first."""
        if name in ("atleast", "atmost"):
            return self._at(name, node, bound)
        first = bare(node.parts[0])
        if name == "distinct" and not first.bound:
            terms = [self.term(part, bound) for part in self.listed(node)]
            if len(terms) < 2 or len({self._kind(sort) for _, sort in terms}) > 1:
                raise Mistake("expected at least two terms of one sort", node.start, self.text)
            return Operation(operator="distinct", operands=tuple(term for term, _ in terms))
        if not first.bound or first.parts or len(node.parts) < 2:
            raise Mistake("expected variables such as [p:people]", node.start, self.text)
        for variable, _ in first.bound:
            places = [place for part in node.parts[1:] for place in _places(part, variable, False)]
            if places and all(places):
                message = f"{variable!r} occurs only shifted, as if it were bound elsewhere"
                raise Mistake(message, node.start, self.text)
        bodies = []
        for inner in self._points(first, bound):
            if name in ("distinct", "sum"):
                term, sort = self.term(node.parts[1], inner)
                bodies.append(self._counted(term) if name == "sum" and sort == "bool" else term)
            else:
                bodies.append(conjunction([self.formula(part, inner) for part in node.parts[1:]]))
        if name == "forall":
            return conjunction(bodies)
        if name in ("exists", "atleastone"):
            return disjunction(bodies)
        if name == "distinct":
            return Operation(operator="distinct", operands=tuple(bodies)) if len(bodies) > 1 else Truth(value=True)
        counts: list[Term] = bodies if name == "sum" else [self._counted(body) for body in bodies]
        return _total(counts)

    def _at(self, name: str, node: Node, bound: Bound) -> Term:
        """`AtLeast(2, [p:people], ...)` and `AtMost(...)`, with the number in front."""
        number = bare(node.parts[0])
        if number.op != "number" or len(node.parts) < 3:
            raise Mistake("expected a number, variables and a statement", node.start, self.text)
        count = self._bound("count", Node("call", "Count", node.parts[1:], node.start, node.end), bound)
        return operation(">=" if name == "atleast" else "<=", count, Number(value=number.text))

    def _counted(self, statement: Term) -> Term:
        return operation("if", statement, Number(value="1"), Number(value="0"))

    def _points(self, variables: Node, bound: Bound) -> list[Bound]:
        """All ways to give the variables elements: a quantifier is written out, over its part of the sort."""
        points = [dict(bound)]
        for name, of in variables.bound:
            found = self.parts.get(key(of))
            if found is None:
                raise Mistake(f"there is no sort {of!r}", variables.start, self.text)
            is_numeric = self.sorts[found[0]].is_numeric
            values: list[Term] = [Number(value=one) if is_numeric else Name(name=one) for one in found[1]]
            points = [{**point, name: value} for point in points for value in values]
            if len(points) > 2_000:
                raise Mistake("the quantifier is too large written out", variables.start, self.text)
        return points

    def _kind(self, sort: str) -> str:
        return "int" if sort in ("int", "real") or (sort in self.sorts and self.sorts[sort].is_numeric) else sort

    def term(self, node: Node, bound: Bound) -> tuple[Term, str]:
        """A term and its sort; `position of S` for the place in an ordered sort."""
        self._work += 1
        if self._work > MAX_WORK:
            raise Mistake("the quantifiers are too large written out", node.start, self.text)
        node = bare(node)
        name = node.text.lower() if node.op == "call" else ""
        if node.op == "number":
            return Number(value=node.text), "int"
        if node.op in ("name", "string"):
            return self._named(node, bound)
        if node.op in ("=", "!=", "<", "<=", ">", ">="):
            return self._compared(node, bound), "bool"
        if node.op in ("in", "not in"):
            inside = self._inside(node, bound)
            return (inside if node.op == "in" else negation(inside)), "bool"
        if node.op in ("+", "-", "*", "/", "mod", "minus") or name == "abs":
            return self._reckoned(name or node.op, node, bound)
        if name in _IF and len(node.parts) == 3 and not self._is_statement(node.parts[1], bound):
            (one, sort), (other, _) = self.term(node.parts[1], bound), self.term(node.parts[2], bound)
            return operation("if", self.formula(node.parts[0], bound), one, other), sort
        if name in _CONNECTIVES or node.op in _CONNECTIVES or name in _BINDERS or name in _IF:
            if name in ("count", "sum"):
                return self._bound(name, node, bound), "int"
            return self.formula(node, bound), "bool"
        if node.op == "call":
            return self._applied(node, bound)
        raise Mistake("expected a term", node.start, self.text)

    def _named(self, node: Node, bound: Bound) -> tuple[Term, str]:
        if node.text in bound:
            value = bound[node.text]
            return value, "int" if isinstance(value, Number) else self.elements[cast(Name, value).name]
        if node.text.lower() in ("true", "false"):
            return Truth(value=node.text.lower() == "true"), "bool"
        if self.names.knows("element", node.text):
            known = self.names.of("element", node.text)
            return Name(name=known), self.elements[known]
        symbol = self.functions.get(key(node.text))
        if symbol is not None and not symbol.arguments:
            return Name(name=symbol.name), symbol.result
        raise Mistake(f"{node.text!r} is not declared", node.start, self.text)

    def _applied(self, node: Node, bound: Bound) -> tuple[Term, str]:
        symbol = self.functions.get(key(node.text))
        if symbol is None:
            raise Mistake(f"{node.text!r} is not declared", node.start, self.text)
        if len(symbol.arguments) != len(node.parts):
            message = f"{node.text!r} takes {len(symbol.arguments)} arguments, got {len(node.parts)}"
            raise Mistake(message, node.start, self.text)
        arguments = [self._argument(part, sort, bound) for part, sort in zip(node.parts, symbol.arguments, strict=True)]
        return Apply(symbol=symbol.name, arguments=tuple(arguments)) if arguments else Name(
            name=symbol.name
        ), symbol.result

    def _argument(self, node: Node, wanted: str, bound: Bound) -> Term:
        """A term of the wanted sort; a number that is reckoned out waits for the element that it is."""
        node = bare(node)
        if node.op == "name" and node.text == "_" and node.text not in bound:
            self.notes.tolerate("_ is something")
            return self._wait(wanted, None)
        term, sort = self.term(node, bound)
        if (
            isinstance(term, Number)
            and term.value in (self.sorts[wanted].elements or ())
            and self.sorts[wanted].is_numeric
        ):
            return term
        if sort == wanted:
            return term
        if sort == f"position of {wanted}" or (self._kind(sort) == "int" and self.sorts[wanted].is_numeric):
            return self._wait(wanted, term)
        raise Mistake(f"expected a term of sort {wanted!r}", node.start, self.text)

    def _wait(self, sort: str, value: Term | None) -> Term:
        variable = self.names.fresh("e")
        self.pending.append((variable, sort, value))
        return Name(name=variable)

    def _compared(self, node: Node, bound: Bound) -> Term:
        if node.op == "!=" and self._is_nothing(node.parts[1]) and self.term(node.parts[0], bound)[1] in self.sorts:
            self.notes.tolerate("every function has a value")
            return Truth(value=True)
        (left, of), (right, other) = (self.term(part, bound) for part in node.parts)
        left, of = self._placed(left, of, other)
        right, other = self._placed(right, other, of)
        operator = cast(Operator, node.op)
        if of == other == "bool" and operator in ("=", "!="):
            return operation("iff" if operator == "=" else "xor", left, right)
        if f"position of {of}" == other:
            left, of = operation("position", left), other
        elif f"position of {other}" == of:
            right, other = operation("position", right), of
        if "bool" in (of, other) or self._kind(of) != self._kind(other):
            raise Mistake(f"a term of sort {of!r} is compared with one of sort {other!r}", node.start, self.text)
        return operation(operator, left, right)

    def _is_nothing(self, node: Node) -> bool:
        node = bare(node)
        return node.op == "name" and node.text == "None" and not self.names.knows("element", "None")

    def _placed(self, term: Term, sort: str, other: str) -> tuple[Term, str]:
        """The place of an element that is compared with a number, where the program numbers its sort."""
        elements = sort.removeprefix("position of ")
        if elements not in self.numbered or other != "int":
            return term, sort
        self.notes.tolerate(f"elements of {elements} are numbered by their place in the list")
        return (operation("position", term) if sort == elements else term), "int"

    def _inside(self, node: Node, bound: Bound) -> Term:
        term, sort = self.term(node.parts[0], bound)
        within = bare(node.parts[1])
        if within.op == "name" and key(within.text) in self.parts:
            of, items = self.parts[key(within.text)]
            is_numeric = self.sorts[of].is_numeric
            members = [(Number(value=one) if is_numeric else Name(name=one), of) for one in items]
        elif within.op == "list" and not within.bound:
            members = [self.term(part, bound) for part in within.parts]  # type: ignore[misc]
        else:
            raise Mistake("expected a list or a sort behind 'in'", within.start, self.text)
        if any(self._kind(other) != self._kind(sort) for _, other in members):
            raise Mistake("expected members of the same sort", within.start, self.text)
        return disjunction([operation("=", term, member) for member, _ in members])

    def _reckoned(self, operator: str, node: Node, bound: Bound) -> tuple[Term, str]:
        terms = [self.term(part, bound) for part in node.parts]
        sorts = [sort for _, sort in terms]
        places = {sort for sort in sorts if self._kind(sort) != "int"}
        if not places:
            return Operation(operator=cast(Operator, operator), operands=tuple(term for term, _ in terms)), "int"
        sort = places.pop().removeprefix("position of ")
        if places or sort not in self.sorts or operator not in ("+", "-", "abs"):
            raise Mistake("expected numbers", node.start, self.text)
        self.notes.tolerate(f"elements of {sort} count by their place in the list")
        operands = tuple(operation("position", term) if of == sort else term for term, of in terms)
        is_number = len(sorts) == 2 and all(self._kind(one) != "int" for one in sorts)
        result = "int" if is_number or operator == "abs" else f"position of {sort}"
        return Operation(operator=cast(Operator, operator), operands=operands), result


def _total(counts: Sequence[Term]) -> Term:
    """Their sum, halved again and again: a term is not to be deep."""
    if len(counts) == 1:
        return counts[0]
    half = len(counts) // 2
    return operation("+", _total(counts[:half]), _total(counts[half:]))


def _places(node: Node, variable: str, is_shifted: bool) -> list[bool]:
    """For each occurrence of a variable whether a number is added to it or taken from it."""
    node = bare(node)
    if node.op == "name":
        return [is_shifted] if node.text == variable else []
    is_sum = node.op in ("+", "-") and any(bare(part).op == "number" for part in node.parts)
    return [place for part in node.parts for place in _places(part, variable, is_sum)]
