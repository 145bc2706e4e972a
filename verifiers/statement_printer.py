"""Statements printed in their readable form: what `statement_text.parse` reads as the same statements again.

Brackets stand where they are needed and nowhere else. Guaranteed, and a property in the tests: the theory that is
read from what is printed is the theory that was printed.
"""

from __future__ import annotations

from typing import Final

from slowthink.verifiers.statement_syntax import NOT, SIGN
from slowthink.verifiers.statement_text import CALLS, SYNTAX
from slowthink.verifiers.statements import (
    Apply,
    Choose,
    Find,
    Name,
    Number,
    Operation,
    Quantified,
    Sort,
    Term,
    Theory,
    Truth,
)

_POWER: Final = {operator: power for operator, power, _ in SYNTAX.infix.values()}
_SIGNS: Final = {"iff": "<->", "implies": "->"}


def write(term: Term, power: int = 0) -> str:
    """A formula in the readable form, with the brackets that it needs."""
    if isinstance(term, Truth):
        return "true" if term.value else "false"
    if isinstance(term, Number):
        return f"({term.value})" if term.value.startswith("-") and power > SIGN else term.value
    if isinstance(term, Name):
        return term.name
    if isinstance(term, Apply):
        return f"{term.symbol}({', '.join(map(write, term.arguments))})"
    if isinstance(term, Quantified):
        variables = ", ".join(f"{variable.name}: {variable.sort}" for variable in term.variables)
        if term.quantifier in CALLS:
            return f"{term.quantifier}({variables}. {write(term.body)})"
        text = f"{term.quantifier} {variables}. {write(term.body)}"
        return f"({text})" if power else text
    return _written(term, power)


def _written(term: Operation, power: int) -> str:
    operator, operands = term.operator, term.operands
    if operator in ("abs", "if", "distinct", "position"):
        return f"{operator}({', '.join(map(write, operands))})"
    if operator == "not":
        text, own = f"not {write(operands[0], NOT)}", NOT
    elif operator == "minus":
        inner = operands[0]
        text, own = f"-{f'({write(inner)})' if isinstance(inner, Number) else write(inner, SIGN + 1)}", SIGN
    else:
        own = _POWER[operator]
        first = own if operator == "implies" else own - 1
        left = own if operator in ("xor", "iff", "+", "-", "*", "/", "mod") else own + 1
        if operator == "implies":
            pieces = [write(operands[0], own + 1), write(operands[1], first)]
        else:
            pieces = [write(operands[0], left), *(write(one, own + 1) for one in operands[1:])]
        text = f" {_SIGNS.get(operator, operator)} ".join(pieces)
    return f"({text})" if own < power else text


def print_theory(theory: Theory) -> str:
    """A theory in the readable form; `parse` of it is the theory again."""
    lines = [_sort_line(sort) for sort in theory.sorts]
    for symbol in theory.symbols:
        word = "predicate" if symbol.result == "bool" else "function" if symbol.arguments else "constant"
        arguments = f"({', '.join(symbol.arguments)})" if symbol.arguments else ""
        lines.append(f"{word} {symbol.name}{arguments}" + ("" if symbol.result == "bool" else f": {symbol.result}"))
    lines += [f"fact {premise.name}: {write(premise.statement)}" for premise in theory.premises]
    question = theory.question
    if isinstance(question, Choose):
        for option in question.options:
            lines.append(f"option {option.name}: {option.test} {'; '.join(map(write, option.statements))}")
    elif isinstance(question, Find):
        lines.append(f"find {write(question.term)}")
    elif question is not None:
        against = "" if question.against is None else f" against {write(question.against)}"
        lines.append(f"ask {write(question.statement)}{against}")
    return "".join(line + "\n" for line in lines)


def _sort_line(sort: Sort) -> str:
    elements = sort.elements
    if elements is None:
        return f"sort {sort.name}"
    if sort.is_numeric:
        numbers = [int(element) for element in elements]
        if len(numbers) > 1 and numbers == list(range(numbers[0], numbers[-1] + 1)):
            return f"sort {sort.name} = {numbers[0]}..{numbers[-1]}"
    return f"sort {sort.name} = {(' < ' if sort.ordered else ', ').join(elements)}"
