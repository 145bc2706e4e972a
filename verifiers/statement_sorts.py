"""Whether the names and sorts of a theory fit together: each name means one thing, each term has a sort.

`check` finds the first thing that does not fit and says which term it is, so that whoever read the term from a text
can say where. A theory that passes has a meaning in every interpretation (`interpretations.py`), and everything that
decides or evaluates relies on that. Depth and size are bounded here, too: what is deeper than MAX_DEPTH or larger than
MAX_NODES is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from slowthink.errors import InputError
from slowthink.verifiers.statements import (
    Apply,
    Choose,
    Find,
    Name,
    Number,
    Operation,
    Quantified,
    Sort,
    Symbol,
    Term,
    Theory,
    Truth,
    parts,
)

MAX_DEPTH: Final = 60
MAX_NODES: Final = 50_000
BUILT_IN: Final = ("bool", "int", "real")
NUMBERS: Final = frozenset({"int", "real"})


class Misfit(InputError):
    """Something in a theory does not fit; `term` is the term, where it is one."""

    def __init__(self, message: str, term: Term | None = None) -> None:
        super().__init__(message)
        self.term = term


@dataclass(frozen=True)
class Signature:
    """The names of a theory: sorts, symbols, and the sort of each named element."""

    sorts: Mapping[str, Sort]
    symbols: Mapping[str, Symbol]
    elements: Mapping[str, str]

    def is_number(self, sort: str) -> bool:
        """Whether terms of this sort can be reckoned with."""
        return sort in NUMBERS or (sort in self.sorts and self.sorts[sort].is_numeric)

    def position(self, sort: str, element: str) -> int:
        """The place of an element in its sort, from 0."""
        return (self.sorts[sort].elements or ()).index(element)


def signature(theory: Theory) -> Signature:
    """The names of a theory. Raises Misfit where a name has two meanings or a sort is unknown."""
    sorts: dict[str, Sort] = {}
    taken: set[str] = set()
    elements: dict[str, str] = {}
    for sort in theory.sorts:
        _new(sort.name, taken, "sort")
        sorts[sort.name] = sort
        for element in () if sort.is_numeric else sort.elements or ():
            _new(element, taken, "element")
            elements[element] = sort.name
    symbols = {}
    for symbol in theory.symbols:
        _new(symbol.name, taken, "symbol")
        symbols[symbol.name] = symbol
        for name in symbol.arguments:
            if name not in sorts:
                raise Misfit(f"{symbol.name!r} takes arguments of a sort {name!r}, and there is none")
        if symbol.result not in sorts and symbol.result not in BUILT_IN:
            raise Misfit(f"the result of {symbol.name!r} is of a sort {symbol.result!r}, and there is none")
    return Signature(sorts, symbols, elements)


def _new(name: str, taken: set[str], what: str) -> None:
    if name in taken or name in BUILT_IN:
        raise Misfit(f"the {what} {name!r} has a name that is taken")
    taken.add(name)


def check(theory: Theory) -> Signature:
    """Its names, when all of it fits together. Raises Misfit for the first thing that does not."""
    names = signature(theory)
    left = MAX_NODES
    for term, wanted in _terms(theory):
        left -= _size(term)
        if left < 0:
            raise Misfit(f"expected at most {MAX_NODES} terms in a theory", term)
        sort = sort_of(term, names, {})
        if wanted == "bool" and sort != "bool":
            raise Misfit(f"expected a statement, got a term of sort {sort!r}", term)
    return names


def _terms(theory: Theory) -> Iterator[tuple[Term, str | None]]:
    yield from ((premise.statement, "bool") for premise in theory.premises)
    question = theory.question
    if isinstance(question, Find):
        yield question.term, None
    elif isinstance(question, Choose):
        yield from ((one, "bool") for option in question.options for one in option.statements)
        yield from ((option.beyond, "bool") for option in question.options if option.beyond is not None)
    elif question is not None:
        yield question.statement, "bool"
        if question.against is not None:
            yield question.against, "bool"


def _size(term: Term) -> int:
    count, level = 0, [term]
    depth = 0
    while level:
        count += len(level)
        depth += 1
        if depth > MAX_DEPTH:
            raise Misfit(f"expected terms at most {MAX_DEPTH} deep", level[0])
        level = [part for one in level for part in parts(one)]
    return count


def sort_of(term: Term, names: Signature, bound: Mapping[str, str]) -> str:
    """The sort of a term. Raises Misfit, with the term, for what has none."""
    if isinstance(term, Truth):
        return "bool"
    if isinstance(term, Number):
        return "real" if "." in term.value else "int"
    if isinstance(term, Name):
        return _of_name(term, names, bound)
    if isinstance(term, Apply):
        return _of_application(term, names, bound)
    if isinstance(term, Quantified):
        return _of_quantified(term, names, bound)
    return _of_operation(term, names, bound)


def _of_name(term: Name, names: Signature, bound: Mapping[str, str]) -> str:
    if term.name in bound:
        return bound[term.name]
    if term.name in names.elements:
        return names.elements[term.name]
    symbol = names.symbols.get(term.name)
    if symbol is None:
        raise Misfit(f"{term.name!r} is not declared", term)
    if symbol.arguments:
        raise Misfit(f"{term.name!r} takes {len(symbol.arguments)} arguments, got none", term)
    return symbol.result


def _of_application(term: Apply, names: Signature, bound: Mapping[str, str]) -> str:
    symbol = names.symbols.get(term.symbol)
    if symbol is None:
        raise Misfit(f"{term.symbol!r} is not declared", term)
    if len(symbol.arguments) != len(term.arguments):
        raise Misfit(f"{term.symbol!r} takes {len(symbol.arguments)} arguments, got {len(term.arguments)}", term)
    for argument, wanted in zip(term.arguments, symbol.arguments, strict=True):
        if isinstance(argument, Number):
            if argument.value not in (names.sorts[wanted].elements or ()):
                raise Misfit(f"expected an element of {wanted!r}, got {argument.value}", argument)
        elif (sort := sort_of(argument, names, bound)) != wanted:
            raise Misfit(
                f"expected a term of sort {wanted!r} as an argument of {term.symbol!r}, got {sort!r}", argument
            )
    return symbol.result


def _of_quantified(term: Quantified, names: Signature, bound: Mapping[str, str]) -> str:
    inner = dict(bound)
    own = [variable.name for variable in term.variables]
    twice = next((name for number, name in enumerate(own) if name in own[:number]), None)
    if twice is not None:
        raise Misfit(f"one quantifier binds {twice!r} twice", term)
    for variable in term.variables:
        if variable.sort not in names.sorts:
            raise Misfit(f"expected a named sort for {variable.name!r}, got {variable.sort!r}", term)
        if names.sorts[variable.sort].elements is None and term.quantifier not in ("all", "some"):
            raise Misfit(f"{term.quantifier!r} needs a sort whose elements are listed; {variable.sort!r} is open", term)
        if variable.name in names.sorts or variable.name in names.symbols or variable.name in names.elements:
            raise Misfit(f"the variable {variable.name!r} has a name that is taken", term)
        inner[variable.name] = variable.sort
    sort = sort_of(term.body, names, inner)
    if term.quantifier == "sum":
        return _number(term.body, sort, names)
    if term.quantifier != "distinct" and sort != "bool":
        raise Misfit(f"expected a statement behind {term.quantifier!r}, got a term of sort {sort!r}", term.body)
    if term.quantifier == "distinct" and sort == "bool":
        raise Misfit("expected a term behind 'distinct', got a statement", term.body)
    return "int" if term.quantifier == "count" else "bool"


def _of_operation(term: Operation, names: Signature, bound: Mapping[str, str]) -> str:
    sorts = [sort_of(part, names, bound) for part in term.operands]
    operator = term.operator
    if operator in ("not", "and", "or", "xor", "implies", "iff"):
        _all_statements(term, sorts)
        return "bool"
    if operator in ("=", "!=", "distinct"):
        for part, sort in zip(term.operands[1:], sorts[1:], strict=True):
            _alike(part, sort, sorts[0], names)
        if sorts[0] == "bool":
            raise Misfit("expected terms, got statements: two statements are compared by '<->'", term.operands[0])
        return "bool"
    if operator in ("<", "<=", ">", ">="):
        _alike(term.operands[1], sorts[1], sorts[0], names)
        if not names.is_number(sorts[0]) and not _ordered(sorts[0], names):
            raise Misfit(f"{sorts[0]!r} has no order", term.operands[0])
        return "bool"
    if operator == "if":
        _all_statements(term, sorts[:1])
        return _either(term, sorts[1], sorts[2], names)
    if operator == "position":
        if not _ordered(sorts[0], names):
            raise Misfit(f"{sorts[0]!r} has no order", term.operands[0])
        return "int"
    kinds = [_number(part, sort, names) for part, sort in zip(term.operands, sorts, strict=True)]
    if operator in ("/", "mod"):
        _divisor(term, kinds)
    return "real" if operator == "/" or "real" in kinds else "int"


def _all_statements(term: Operation, sorts: list[str]) -> None:
    for part, sort in zip(term.operands, sorts, strict=False):
        if sort != "bool":
            raise Misfit(f"expected a statement under {term.operator!r}, got a term of sort {sort!r}", part)


def _ordered(sort: str, names: Signature) -> bool:
    return sort in names.sorts and names.sorts[sort].ordered


def _alike(part: Term, sort: str, other: str, names: Signature) -> None:
    if sort != other and not (names.is_number(sort) and names.is_number(other)):
        raise Misfit(f"a term of sort {sort!r} is compared with one of sort {other!r}", part)


def _either(term: Operation, one: str, other: str, names: Signature) -> str:
    if one == other:
        return one
    _alike(term.operands[2], other, one, names)
    return "real" if "real" in (one, other) else "int"


def _number(part: Term, sort: str, names: Signature) -> str:
    if not names.is_number(sort):
        raise Misfit(f"expected a number, got a term of sort {sort!r}", part)
    return "real" if sort == "real" else "int"


def _divisor(term: Operation, kinds: list[str]) -> None:
    divisor = term.operands[1]
    value = Fraction(divisor.value) if isinstance(divisor, Number) else None
    if term.operator == "/" and not value:
        raise Misfit("expected a number other than 0, written out, behind '/'", divisor)
    if term.operator == "mod" and (value is None or value <= 0 or "real" in kinds):
        raise Misfit("expected whole numbers, and a positive one written out behind 'mod'", divisor)
