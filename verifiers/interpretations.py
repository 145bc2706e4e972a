"""Interpretations as data, and what a statement says in one: the meaning of the language, in plain Python.

An interpretation gives every open sort a number of things and every symbol a table. `holds` evaluates a statement in
it, exactly. This is how a solver's model is substituted back, how `recheck` reads a witness, and what verdicts are
compared with in tests, over all interpretations of a small size. It shares no code with the solver's side. Terms must
have passed `statement_sorts.check`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import product
from typing import Any, Final

from pydantic import Field

from slowthink.types import Frozen
from slowthink.verifiers.statement_sorts import Signature
from slowthink.verifiers.statements import Apply, Name, Number, Operation, Quantified, Term, Truth

Value = bool | Fraction | str
"""Truth, a number, or a thing: an element of a sort, or `things 0`, `things 1`, ... of an open one."""
MAX_STEPS: Final = 2_000_000


class TooLarge(Exception):
    """An evaluation would take too many steps, or the table has no such entry."""


class Interpretation(Frozen):
    """`things` counts those of each open sort; `tables` lists for each symbol its arguments and then its value."""

    things: dict[str, int] = Field(default_factory=dict)
    tables: dict[str, tuple[tuple[str, ...], ...]] = Field(default_factory=dict)

    def table(self, symbol: str) -> dict[tuple[str, ...], str]:
        """The values of a symbol by its arguments, all as text."""
        return {row[:-1]: row[-1] for row in self.tables.get(symbol, ())}


class World:
    """An interpretation, ready to evaluate statements in."""

    def __init__(self, names: Signature, interpretation: Interpretation) -> None:
        self._names = names
        self._things = interpretation.things
        self._tables = {name: interpretation.table(name) for name in names.symbols}
        self._steps = 0

    def holds(self, statement: Term) -> bool:
        """Whether a statement is true here. Raises TooLarge."""
        return bool(self.value(statement, {}))

    def value(self, term: Term, bound: Mapping[str, Value]) -> Value:
        """What a term is here."""
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise TooLarge(f"more than {MAX_STEPS} steps")
        if isinstance(term, Truth):
            return term.value
        if isinstance(term, Number):
            return Fraction(term.value)
        if isinstance(term, Name):
            if term.name in bound:
                return bound[term.name]
            return term.name if term.name in self._names.elements else self._looked_up(term.name, ())
        if isinstance(term, Apply):
            return self._looked_up(term.symbol, tuple(_text(self.value(one, bound)) for one in term.arguments))
        if isinstance(term, Quantified):
            return self._quantified(term, bound)
        return self._operation(term, bound)

    def members(self, sort: str) -> list[Value]:
        """The things of a sort."""
        elements = self._names.sorts[sort].elements
        if elements is None:
            return [f"{sort} {number}" for number in range(self._things.get(sort, 1))]
        return [Fraction(e) for e in elements] if self._names.sorts[sort].is_numeric else list(elements)

    def _looked_up(self, symbol: str, arguments: tuple[str, ...]) -> Value:
        try:
            return read_value(self._tables[symbol][arguments], self._names.symbols[symbol].result, self._names)
        except KeyError:
            raise TooLarge(f"there is no value for {symbol}({', '.join(arguments)})") from None

    def _quantified(self, term: Quantified, bound: Mapping[str, Value]) -> Value:
        ranges = [self.members(variable.sort) for variable in term.variables]
        names = [variable.name for variable in term.variables]
        values = (
            self.value(term.body, {**bound, **dict(zip(names, point, strict=True))}) for point in product(*ranges)
        )
        if term.quantifier == "all":
            return all(values)
        if term.quantifier == "some":
            return any(values)
        found = list(values)
        if term.quantifier == "distinct":
            return len(set(found)) == len(found)
        return sum((Fraction(value) for value in found), Fraction(0))

    def _operation(self, term: Operation, bound: Mapping[str, Value]) -> Value:
        operator = term.operator
        values = [self.value(part, bound) for part in term.operands]
        if operator == "not":
            return not values[0]
        if operator in ("and", "or"):
            return all(values) if operator == "and" else any(values)
        if operator == "implies":
            return not values[0] or bool(values[1])
        if operator in ("iff", "="):
            return values[0] == values[1]
        if operator in ("xor", "!="):
            return values[0] != values[1]
        if operator == "distinct":
            return len(set(values)) == len(values)
        if operator == "if":
            return values[1] if values[0] else values[2]
        return self._reckoned(operator, [self._number(value) for value in values])

    def _number(self, value: Value) -> Fraction:
        if isinstance(value, str):  # an element of an ordered sort: its place
            return Fraction(self._names.position(self._names.elements[value], value) + 1)
        return Fraction(value)

    def _reckoned(self, operator: str, values: list[Fraction]) -> Value:
        first, last = values[0], values[-1]
        if operator in ("<", "<=", ">", ">="):
            return {"<": first < last, "<=": first <= last, ">": first > last, ">=": first >= last}[operator]
        if operator == "position":
            return first
        if operator in ("minus", "abs"):
            return -first if operator == "minus" else abs(first)
        if operator in ("/", "mod"):
            return first / last if operator == "/" else first % last
        return first + last if operator == "+" else first - last if operator == "-" else first * last


def read_value(text: str, sort: str, names: Signature) -> Value:
    """A value as a table has it."""
    if sort == "bool":
        return text == "true"
    return Fraction(text) if names.is_number(sort) else text


def _text(value: Value) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def interpretations(names: Signature, things: Mapping[str, int], numbers: range = range(3)) -> Iterator[Interpretation]:
    """All interpretations with so many things in each open sort; numbers without a sort are taken from `numbers`."""
    world = World(names, Interpretation(things=dict(things)))
    cells: list[tuple[str, tuple[str, ...]]] = []
    ranges: list[list[str]] = []
    for symbol in names.symbols.values():
        if symbol.result == "bool":
            values = ["false", "true"]
        elif symbol.result in ("int", "real"):
            values = [str(number) for number in numbers]
        else:
            values = [_text(value) for value in world.members(symbol.result)]
        for arguments in product(*(world.members(sort) for sort in symbol.arguments)):
            cells.append((symbol.name, tuple(map(_text, arguments))))
            ranges.append(values)
    for chosen in product(*ranges):
        tables: dict[str, Any] = {name: [] for name in names.symbols}
        for (name, arguments), value in zip(cells, chosen, strict=True):
            tables[name].append((*arguments, value))
        yield Interpretation(things=dict(things), tables={name: tuple(rows) for name, rows in tables.items()})
