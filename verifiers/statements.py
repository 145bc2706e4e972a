"""Statements as data: sorts, symbols, typed formulas, premises with names, and one question about them.

The idea: a model states, a solver decides, and between them stands data that anyone can read, print and check. A sort
is finite (its elements are listed, and may be ordered or whole numbers) or open (any things, at least one). A symbol
is a predicate, a function or a constant; its arguments are of named sorts, its result is of one, or true or false,
or a number. Every formula means something in every interpretation: division and remainder take a number that is
written out, and quantifiers range over named sorts only. Bounds on size and depth hold for whatever is built.
Whether names and sorts fit together is checked by `statement_sorts.py`. Not covered: sets, and quantifiers over
numbers.
"""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal, Self

from pydantic import Field, field_validator, model_validator

from slowthink.types import Frozen

MAX_ELEMENTS: Final = 1_000
MAX_PREMISES: Final = 1_000
MAX_OPTIONS: Final = 50
NAME: Final = re.compile(r"(?!\d+\Z)\w(?:\w|'(?=\w))*")
KEYWORDS: Final = frozenset({
    "sort", "predicate", "function", "constant", "fact", "ask", "against", "option", "find", "must", "could",
    "cannot", "need", "list", "least", "greatest",
    "all", "some", "count", "sum", "distinct", "if", "abs", "position", "and", "or", "not",
    "xor", "mod", "true", "false", "int", "real", "bool", "step", "since",
})  # fmt: skip
Operator = Literal[
    "not", "and", "or", "xor", "implies", "iff",
    "=", "!=", "<", "<=", ">", ">=",
    "+", "-", "*", "/", "mod", "minus", "abs",
    "if", "distinct", "position",
]  # fmt: skip
ARITY: Final[dict[str, tuple[int, int | None]]] = {
    **dict.fromkeys(("not", "minus", "abs", "position"), (1, 1)),
    **dict.fromkeys(("and", "or", "distinct"), (2, None)),
    **dict.fromkeys(("xor", "implies", "iff", "=", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "mod"), (2, 2)),
    "if": (3, 3),
}


def _checked_name(name: str) -> str:
    if len(name) > 200 or not NAME.fullmatch(name) or name in KEYWORDS:
        raise ValueError(f"a name is letters, digits and _, no number and no keyword of the language; got {name!r}")
    return name


class Name(Frozen):
    """A variable that is bound around it, an element of a sort, or a constant."""

    kind: Literal["name"] = "name"
    name: str


class Number(Frozen):
    """A whole number or a decimal, as it is written."""

    kind: Literal["number"] = "number"
    value: str = Field(pattern=r"^-?[0-9]{1,30}(\.[0-9]{1,30})?$")


class Truth(Frozen):
    """True or false."""

    kind: Literal["truth"] = "truth"
    value: bool


class Apply(Frozen):
    """A predicate or a function of at least one argument."""

    kind: Literal["apply"] = "apply"
    symbol: str
    arguments: tuple[Term, ...] = Field(min_length=1)


class Operation(Frozen):
    """An operator of logic or arithmetic; `minus` has one operand, `position` is the place in an ordered sort."""

    kind: Literal["operation"] = "operation"
    operator: Operator
    operands: tuple[Term, ...]

    @model_validator(mode="after")
    def _has_its_operands(self) -> Self:
        least, most = ARITY[self.operator]
        if len(self.operands) < least or (most is not None and len(self.operands) > most):
            raise ValueError(f"{self.operator!r} does not take {len(self.operands)} operands")
        return self


class Variable(Frozen):
    """A variable and the sort it ranges over."""

    name: str
    sort: str
    _named = field_validator("name")(_checked_name)


class Quantified(Frozen):
    """What holds of all or some things, how many things it holds of, or the sum or distinctness of a term's values."""

    kind: Literal["quantified"] = "quantified"
    quantifier: Literal["all", "some", "count", "sum", "distinct"]
    variables: tuple[Variable, ...] = Field(min_length=1)
    body: Term


Term = Annotated[Name | Number | Truth | Apply | Operation | Quantified, Field(discriminator="kind")]


class Sort(Frozen):
    """A kind of things; `elements` None leaves open how many there are."""

    name: str
    elements: tuple[str, ...] | None = Field(default=None, min_length=1, max_length=MAX_ELEMENTS)
    ordered: bool = False
    _named = field_validator("name")(_checked_name)

    @model_validator(mode="after")
    def _elements_are_names_or_numbers(self) -> Self:
        elements = self.elements or ()
        if len(set(elements)) < len(elements):
            raise ValueError(f"the elements of a sort are different; those of {self.name!r} are not")
        if elements and not self.is_numeric:
            for element in elements:
                _checked_name(element)
        if self.ordered and (self.elements is None or self.is_numeric):
            raise ValueError("only named elements are put in an order")
        return self

    @property
    def is_numeric(self) -> bool:
        """Whether its elements are whole numbers."""
        return self.elements is not None and all(re.fullmatch(r"-?(0|[1-9][0-9]{0,8})", e) for e in self.elements)


class Symbol(Frozen):
    """A predicate (`bool`), a function, or, without arguments, a constant or a proposition."""

    name: str
    arguments: tuple[str, ...] = Field(default=(), max_length=8)
    result: str = "bool"
    _named = field_validator("name")(_checked_name)


class Premise(Frozen):
    """What is taken for true, with the name under which a proof refers to it."""

    name: str
    statement: Term
    _named = field_validator("name")(_checked_name)


class Ask(Frozen):
    """Does it follow? `against` is what must follow for the answer no; without it, the negation."""

    kind: Literal["ask"] = "ask"
    statement: Term
    against: Term | None = None


Test = Literal["must", "could", "cannot", "need not", "list", "least", "greatest"]


class Option(Frozen):
    """One of several possible answers, and the test that the right one passes.

    `must`: it follows. `could`: it is consistent. `cannot`: its negation follows. `need not`: it does not follow.
    `list`: each of the statements could hold, and one of them must. `least`, `greatest`: the statement says that a
    term has a value; it could hold, and no lesser (no greater) value could.
    """

    name: str
    test: Test = "must"
    statements: tuple[Term, ...] = Field(min_length=1, max_length=50)
    _named = field_validator("name")(_checked_name)

    @model_validator(mode="after")
    def _has_one_statement(self) -> Self:
        if self.test != "list" and len(self.statements) != 1:
            raise ValueError(f"the test {self.test!r} is of one statement")
        if self.test in ("least", "greatest") and self.beyond is None:
            raise ValueError(f"the test {self.test!r} is of an equation such as n = 3")
        return self

    @property
    def beyond(self) -> Term | None:
        """For `least` and `greatest`, that the term has a lesser, or greater, value than the statement says."""
        said = self.statements[0]
        if self.test not in ("least", "greatest") or not isinstance(said, Operation) or said.operator != "=":
            return None
        return Operation(operator="<" if self.test == "least" else ">", operands=said.operands)


class Choose(Frozen):
    """Which one of the options passes its test? Exactly one must."""

    kind: Literal["choose"] = "choose"
    options: tuple[Option, ...] = Field(min_length=1, max_length=MAX_OPTIONS)

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        if len({option.name for option in self.options}) < len(self.options):
            raise ValueError("options have different names")
        return self


class Find(Frozen):
    """What is the value of this term? It must be the same in all interpretations."""

    kind: Literal["find"] = "find"
    term: Term


Question = Annotated[Ask | Choose | Find, Field(discriminator="kind")]


class Theory(Frozen):
    """All that is stated, and what is asked; without a question only whether it is consistent."""

    sorts: tuple[Sort, ...] = ()
    symbols: tuple[Symbol, ...] = ()
    premises: tuple[Premise, ...] = Field(default=(), max_length=MAX_PREMISES)
    question: Question | None = None

    @model_validator(mode="after")
    def _premises_have_different_names(self) -> Self:
        names = [premise.name for premise in self.premises]
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise ValueError(f"two premises are named {twice!r}")
        return self


def parts(term: Term) -> tuple[Term, ...]:
    """The terms directly inside a term."""
    if isinstance(term, Apply):
        return term.arguments
    if isinstance(term, Operation):
        return term.operands
    return (term.body,) if isinstance(term, Quantified) else ()


def asked(question: Question | None) -> tuple[Term, ...]:
    """The terms in a question."""
    if isinstance(question, Ask):
        return (question.statement,) if question.against is None else (question.statement, question.against)
    if isinstance(question, Choose):
        return tuple(statement for option in question.options for statement in option.statements)
    return () if question is None else (question.term,)


def operation(operator: Operator, *operands: Term) -> Operation:
    """Shorter to write."""
    return Operation(operator=operator, operands=operands)


def negation(statement: Term) -> Term:
    """Its opposite, without doubling a `not`."""
    if isinstance(statement, Operation) and statement.operator == "not":
        return statement.operands[0]
    return operation("not", statement)


def conjunction(statements: tuple[Term, ...] | list[Term]) -> Term:
    """All of them together."""
    return _joined("and", tuple(statements), True)


def disjunction(statements: tuple[Term, ...] | list[Term]) -> Term:
    """At least one of them."""
    return _joined("or", tuple(statements), False)


def _joined(operator: Literal["and", "or"], statements: tuple[Term, ...], empty: bool) -> Term:
    if len(statements) < 2:
        return statements[0] if statements else Truth(value=empty)
    return Operation(operator=operator, operands=statements)


for _model in (Apply, Operation, Quantified, Premise, Ask, Option, Choose, Find, Theory):
    _model.model_rebuild()
