"""Checks evidence about statements without the solver: by searching all interpretations that could speak against it.

A certificate holds a verdict and an answer; its claim is the theory in the readable form, which is read again. What
must hold is shown by a search that finds no interpretation of the premises in which it does not: cells are given
values one after another, and a branch is left as soon as a premise is false in it. What could hold is shown by the
interpretation that the search finds. Finite sorts only, numbers only from a sort, and at most MAX_NODES steps; beyond
that nothing is said. Shares no code with the solver's side: only the reading of the text.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import product
from typing import Any, Final

from slowthink.verifiers.statement_sorts import Signature, check
from slowthink.verifiers.statement_syntax import Mistake
from slowthink.verifiers.statement_text import parse
from slowthink.verifiers.statements import (
    Apply,
    Ask,
    Choose,
    Name,
    Number,
    Operation,
    Option,
    Quantified,
    Term,
    Theory,
    Truth,
    disjunction,
    negation,
)

MAX_NODES: Final = 300_000
Value = bool | Fraction | str | None
"""What a term is; None where cells that it depends on have no value yet."""


class TooHard(Exception):
    """The search would take too long, or the theory is of a kind that is not searched."""


def refute(claim: str, certificate: Mapping[str, Any]) -> str | None:
    """What is wrong with a certificate; None when it shows its claim. Raises TooHard when that is not decided here."""
    try:
        theory = parse(claim)
    except Mistake as error:
        return f"the claim is no theory: {error}"
    found = _found(theory)
    said = (certificate.get("verdict"), certificate.get("answer"))
    return (
        None if found == said else f"a search finds {found[0]} ({found[1]}), the certificate says {said[0]} ({said[1]})"
    )


def _found(theory: Theory) -> tuple[str, str | None]:
    search = _Search(theory)
    if not search.is_possible(None):
        return "inconsistent", None
    question = theory.question
    if isinstance(question, Choose):
        passing = [option.name for option in question.options if _passes(option, search)]
        return ("chosen", passing[0]) if len(passing) == 1 else ("undetermined", None)
    if not isinstance(question, Ask):
        raise TooHard("only theories that ask whether something follows are searched")
    against = negation(question.statement) if question.against is None else question.against
    follows = not search.is_possible(negation(question.statement))
    opposite = not search.is_possible(negation(against))
    if follows and opposite:
        return "inconsistent", None
    return ("entailed", "yes") if follows else ("contradicted", "no") if opposite else ("undetermined", None)


def _passes(option: Option, search: _Search) -> bool:
    if option.test == "list":
        must = not search.is_possible(negation(disjunction(option.statements)))
        return must and all(search.is_possible(one) for one in option.statements)
    (statement,) = option.statements
    if option.beyond is not None:
        return search.is_possible(statement) and not search.is_possible(option.beyond)
    if option.test in ("could", "cannot"):
        return search.is_possible(statement) is (option.test == "could")
    return search.is_possible(negation(statement)) is (option.test == "need not")


class _Search:
    """All interpretations of a theory, as values of its cells."""

    def __init__(self, theory: Theory) -> None:
        self.names: Signature = check(theory)
        self.premises = [premise.statement for premise in theory.premises]
        self._steps = 0
        self._values: dict[tuple[str, tuple[Value, ...]], Value] = {}
        self._ranges: dict[tuple[str, tuple[Value, ...]], list[Value]] = {}
        for symbol in self.names.symbols.values():
            if symbol.result in ("int", "real"):
                raise TooHard("numbers without bounds are not searched")
            values: list[Value] = [False, True] if symbol.result == "bool" else self._members(symbol.result)
            for arguments in product(*(self._members(sort) for sort in symbol.arguments)):
                self._ranges[symbol.name, arguments] = values
        if len(self._ranges) > 2_000:
            raise TooHard("too many cells")

    def _members(self, sort: str) -> list[Value]:
        one = self.names.sorts[sort]
        if one.elements is None:
            raise TooHard("sorts whose things are not listed are not searched")
        return [Fraction(e) for e in one.elements] if one.is_numeric else list(one.elements)

    def is_possible(self, extra: Term | None) -> bool:
        """Whether there is an interpretation of all premises, and of `extra`."""
        self._values.clear()
        return self._extended([*self.premises, *([] if extra is None else [extra])])

    def _extended(self, open_statements: list[Term]) -> bool:
        left: list[Term] = []
        wanted: list[tuple[str, tuple[Value, ...]]] = []
        for statement in open_statements:
            missing: list[tuple[str, tuple[Value, ...]]] = []
            value = self._value(statement, {}, missing)
            if value is False:
                return False
            if value is None:
                left.append(statement)
                wanted = missing if not wanted or len(missing) < len(wanted) else wanted
        if not left:
            return True
        cell = wanted[0]
        for value in self._ranges[cell]:
            self._values[cell] = value
            if self._extended(left):
                return True
        del self._values[cell]
        return False

    def _value(self, term: Term, bound: Mapping[str, Value], missing: list[Any]) -> Value:
        self._steps += 1
        if self._steps > MAX_NODES:
            raise TooHard(f"more than {MAX_NODES} steps")
        if isinstance(term, Truth):
            return term.value
        if isinstance(term, Number):
            return Fraction(term.value)
        if isinstance(term, Name):
            if term.name in bound:
                return bound[term.name]
            return term.name if term.name in self.names.elements else self._cell(term.name, (), missing)
        if isinstance(term, Apply):
            arguments = tuple(self._value(one, bound, missing) for one in term.arguments)
            return None if None in arguments else self._cell(term.symbol, arguments, missing)
        if isinstance(term, Quantified):
            ranges = product(*(self._members(one.sort) for one in term.variables))
            names = [one.name for one in term.variables]
            bodies = (self._value(term.body, {**bound, **dict(zip(names, p, strict=True))}, missing) for p in ranges)
            return _combined({"all": "and", "some": "or"}.get(term.quantifier, term.quantifier), bodies)
        bodies = (self._value(part, bound, missing) for part in term.operands)
        return (
            _combined(term.operator, bodies) if term.operator in ("and", "or") else self._computed(term, list(bodies))
        )

    def _cell(self, symbol: str, arguments: tuple[Value, ...], missing: list[Any]) -> Value:
        value = self._values.get((symbol, arguments))
        if value is None:
            missing.append((symbol, arguments))
        return value

    def _computed(self, term: Operation, values: list[Value]) -> Value:
        operator = term.operator
        if operator == "implies":
            return _combined("or", iter([None if values[0] is None else not values[0], values[1]]))
        if operator == "if" and values[0] is not None:
            return values[1] if values[0] else values[2]
        if None in values:
            return None
        if operator == "not":
            return not values[0]
        if operator in ("=", "iff", "!=", "xor"):
            return (values[0] == values[1]) is (operator in ("=", "iff"))
        if operator == "distinct":
            return len(set(values)) == len(values)
        numbers = [self._place(value) if isinstance(value, str) else Fraction(value or 0) for value in values]
        return _reckoned(operator, numbers)

    def _place(self, element: str) -> Fraction:
        return Fraction((self.names.sorts[self.names.elements[element]].elements or ()).index(element) + 1)


def _combined(operator: str, values: Any) -> Value:
    if operator in ("and", "or"):
        is_or, is_open = operator == "or", False
        for value in values:
            if value is is_or:
                return is_or is True
            is_open = is_open or value is None
        return None if is_open else not is_or
    found = list(values)
    if None in found:
        return None
    if operator == "distinct":
        return len(set(found)) == len(found)
    total: Fraction = sum(map(Fraction, found), Fraction(0))
    return total


def _reckoned(operator: str, numbers: list[Fraction]) -> Value:
    a, b = numbers[0], numbers[-1]
    if operator in ("/", "mod"):
        return a / b if operator == "/" else a - b * (a / b).__floor__()
    if operator in ("position", "minus", "abs"):
        return {"position": a, "minus": -a, "abs": max(a, -a)}[operator]
    if operator in ("<", "<=", ">", ">="):
        return {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[operator]
    sums: dict[str, Fraction] = {"+": a + b, "-": a - b, "*": a * b}
    return sums[operator]
