"""Random small theories for properties: well-sorted statements over a few symbols, small enough to enumerate."""

from typing import Any

from hypothesis import strategies as st

from slowthink.verifiers.statements import (
    Apply,
    Ask,
    Name,
    Number,
    Operation,
    Premise,
    Quantified,
    Sort,
    Symbol,
    Term,
    Theory,
    Truth,
    Variable,
)

FINITE = (
    Sort(name="C", elements=("red", "blue")),
    Sort(name="D", elements=("mon", "tue", "wed"), ordered=True),
    Sort(name="N", elements=("1", "2", "5")),
)
OPEN = Sort(name="T")
SYMBOLS = (
    Symbol(name="p"),
    Symbol(name="q", arguments=("C",)),
    Symbol(name="f", arguments=("C",), result="D"),
    Symbol(name="g", arguments=("C",), result="N"),
    Symbol(name="day", result="D"),
    Symbol(name="c", result="C"),
    Symbol(name="r", arguments=("N",)),
)
OPEN_SYMBOLS = (
    Symbol(name="a", arguments=("T",)),
    Symbol(name="b", arguments=("T", "T")),
    Symbol(name="k", result="T"),
    Symbol(name="h", arguments=("T",), result="C"),
)


class Terms:
    """Draws terms over the given symbols."""

    def __init__(self, draw: Any, sorts: tuple[Sort, ...], symbols: tuple[Symbol, ...]) -> None:
        self.draw = draw
        self.sorts = {sort.name: sort for sort in sorts}
        self.symbols = symbols
        self.count = 0

    def of(self, sort: str, bound: dict[str, str], depth: int) -> Term:
        """A term of a named sort."""
        made: list[Any] = [lambda n=name: Name(name=n) for name, s in bound.items() if s == sort]
        elements = self.sorts[sort].elements or ()
        if self.sorts[sort].is_numeric:
            made += [lambda e=e: Number(value=e) for e in elements]
        else:
            made += [lambda e=e: Name(name=e) for e in elements]
        for symbol in self.symbols:
            if symbol.result == sort and (depth > 0 or not symbol.arguments):
                made.append(lambda s=symbol: self.applied(s, bound, depth - 1))
        return self.draw(st.sampled_from(made))() if made else self._anything(sort, bound, depth)

    def _anything(self, sort: str, bound: dict[str, str], depth: int) -> Term:
        symbol = next(s for s in self.symbols if s.result == sort)
        return self.applied(symbol, bound, depth)

    def applied(self, symbol: Symbol, bound: dict[str, str], depth: int) -> Term:
        """A symbol with arguments."""
        if not symbol.arguments:
            return Name(name=symbol.name)
        return Apply(symbol=symbol.name, arguments=tuple(self.of(s, bound, depth) for s in symbol.arguments))

    def number(self, bound: dict[str, str], depth: int) -> Term:
        """A whole number."""
        if depth <= 0 or self.draw(st.integers(0, 3)) == 0:
            return Number(value=str(self.draw(st.integers(-3, 6))))
        kind = self.draw(st.sampled_from(["N", "position", "+", "-", "*", "mod", "abs", "minus", "count", "sum", "if"]))
        if kind == "N":
            return self.of("N", bound, depth - 1)
        if kind == "position":
            return Operation(operator="position", operands=(self.of("D", bound, depth - 1),))
        if kind == "mod":
            divisor = Number(value=str(self.draw(st.integers(1, 4))))
            return Operation(operator="mod", operands=(self.number(bound, depth - 1), divisor))
        if kind in ("abs", "minus"):
            return Operation(operator=kind, operands=(self.number(bound, depth - 1),))
        if kind in ("count", "sum"):
            name, sort = self.variable("C")
            body = (self.statement if kind == "count" else self.number)({**bound, name: sort}, depth - 1)
            return Quantified(quantifier=kind, variables=(Variable(name=name, sort=sort),), body=body)
        numbers = (self.number(bound, depth - 1), self.number(bound, depth - 1))
        if kind == "if":
            return Operation(operator="if", operands=(self.statement(bound, depth - 1), *numbers))
        return Operation(operator=kind, operands=numbers)

    def variable(self, sort: str) -> tuple[str, str]:
        """A variable that is new."""
        self.count += 1
        return f"v{self.count}", sort

    def statement(self, bound: dict[str, str], depth: int) -> Term:
        """A statement."""
        predicates = [s for s in self.symbols if s.result == "bool"]
        if depth <= 0:
            symbol = self.draw(st.sampled_from(predicates))
            return self.applied(symbol, bound, 0)
        kinds = ["atom", "truth", "not", "and", "or", "xor", "implies", "iff", "=", "<", "distinct", "all", "some"]
        kind = self.draw(st.sampled_from(kinds))
        if kind == "atom":
            return self.applied(self.draw(st.sampled_from(predicates)), bound, depth - 1)
        if kind == "truth":
            return Truth(value=self.draw(st.booleans()))
        if kind in ("all", "some"):
            name, sort = self.variable(self.draw(st.sampled_from(sorted(self.sorts))))
            body = self.statement({**bound, name: sort}, depth - 1)
            return Quantified(quantifier=kind, variables=(Variable(name=name, sort=sort),), body=body)
        if kind in ("=", "<", "distinct"):
            return self.comparison(kind, bound, depth)
        count = 1 if kind == "not" else self.draw(st.integers(2, 3)) if kind in ("and", "or") else 2
        return Operation(operator=kind, operands=tuple(self.statement(bound, depth - 1) for _ in range(count)))

    def comparison(self, kind: str, bound: dict[str, str], depth: int) -> Term:
        """Two or three terms compared."""
        sorts = sorted(self.sorts) if kind != "<" else [name for name in self.sorts if name in ("D", "N")]
        if not sorts:
            return Truth(value=True)
        sort = self.draw(st.sampled_from(sorts))
        signs = {"=": ["=", "!="], "<": ["<", "<=", ">", ">="], "distinct": ["distinct"]}[kind]
        sign = self.draw(st.sampled_from(signs))
        is_number = sort == "N" and self.draw(st.booleans())
        count = self.draw(st.integers(2, 3)) if kind == "distinct" else 2
        operands = [
            self.number(bound, depth - 1) if is_number else self.of(sort, bound, depth - 1) for _ in range(count)
        ]
        return Operation(operator=sign, operands=tuple(operands))


@st.composite
def theories(draw: Any, is_open: bool = False) -> Theory:
    """A theory with a question whether something follows."""
    sorts = (FINITE[0], OPEN) if is_open else FINITE
    pool = OPEN_SYMBOLS if is_open else SYMBOLS
    chosen = draw(st.lists(st.sampled_from(pool[1:]), max_size=2, unique=True))
    symbols = (pool[0], *(s for s in pool[1:] if s in chosen or s.name == "k"))
    terms = Terms(draw, sorts, symbols)
    depth = draw(st.integers(1, 3))
    premises = [
        Premise(name=f"s{number}", statement=terms.statement({}, depth)) for number in range(draw(st.integers(0, 3)))
    ]
    question = Ask(statement=terms.statement({}, draw(st.integers(0, 2))))
    return Theory(sorts=sorts, symbols=symbols, premises=tuple(premises), question=question)
