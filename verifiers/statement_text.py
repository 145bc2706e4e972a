"""The readable form of statements: one statement a line, parsed with exact error positions.

    sort Book = red, green, blue            # elements; `mon < tue < wed` puts them in an order; `1..5` are numbers
    sort Animal                             # open: any things
    predicate dog(Animal)
    function place(Book): Shelf             # a sort, int, real or bool
    constant Rex: Animal
    fact left: place(red) < place(green)    # a name is optional
    fact all x: Animal. dog(x) -> not cat(x)
    ask dog(Rex)                            # or: find place(red)
    option A: must place(red) = 1           # or: could, cannot, need not, least, greatest, list a; b

Operators from the weakest: `<->`, `->`, xor, or, and, not, comparisons, `+ -`, `* / mod`. Quantifiers are `all`,
`some`, `count(x: S. ...)`, `sum(x: S. ...)`, `distinct(x: S. ...)`. A statement ends with its line unless a bracket is
open.
`parse` raises `Mistake` with the offset of what is wrong, for names and sorts that do not fit, too.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import count
from typing import Final, cast

from pydantic import ValidationError

from slowthink.types import mistake
from slowthink.verifiers.statement_sorts import Misfit, check
from slowthink.verifiers.statement_syntax import (
    NOT,
    SIGN,
    Mistake,
    Node,
    Parser,
    Syntax,
    Token,
    bounded,
    infix,
    tokens,
)
from slowthink.verifiers.statements import (
    KEYWORDS,
    MAX_OPTIONS,
    MAX_PREMISES,
    Apply,
    Ask,
    Choose,
    Find,
    Name,
    Number,
    Operation,
    Operator,
    Option,
    Premise,
    Quantified,
    Question,
    Sort,
    Symbol,
    Term,
    Theory,
    Truth,
    Variable,
)

SYNTAX: Final = Syntax(
    prefix={"not": ("not", NOT), "-": ("minus", SIGN)},
    infix=infix(
        iff="<->", implies="->", xor="xor", or_="or", and_="and", eq="= ==", ne="!=", lt="<", le="<=", gt=">", ge=">=",
        plus="+", less="-", times="*", over="/", mod="mod",
    ),
    quantifiers={"all": "all", "some": "some"},
)  # fmt: skip
_TESTS: Final = ("must", "could", "cannot", "list", "least", "greatest")
_WHOLE: Final = re.compile(r"-?[0-9]+")
_WRITTEN: Final = re.compile(r"[0-9]{1,30}(?:\.[0-9]{1,30})?")
MAX_SYMBOLS: Final = 5_000
CALLS: Final = frozenset({"count", "sum", "distinct"})
_CALLED: Final = CALLS | {"if", "abs", "position"}


class TextParser(Parser):
    """The parser of the readable form, which also knows what words it has."""

    def __init__(self, text: str, start: int, end: int, spans: dict[int, int]) -> None:
        super().__init__(text, tokens(text, start, end), SYNTAX)
        self.spans = spans
        self._kept: list[Term] = []

    def statement(self) -> Term:
        """A formula, as a term; where it stands is kept in `spans`, by the identity of the term."""
        return self._term(self.formula())

    def _named(self, token: Token) -> Node:
        if token.text in CALLS and self.token.text == "(" and self._tokens[self._at + 2].text == ":":
            return self._quantified_call(token)
        is_call = self.token.text == "("
        if token.text in KEYWORDS - {"true", "false"} - (_CALLED if is_call else frozenset()):
            raise self.error("expected a formula or a term", token)
        return super()._named(token)

    def _quantified_call(self, token: Token) -> Node:
        self.take()
        bound = [self._variable()]
        while self.accept(","):
            bound.append(self._variable())
        self.expect(".")
        body = self.formula()
        return Node("quantified", token.text, (body,), token.start, self.expect(")").end, tuple(bound))

    def _term(self, node: Node) -> Term:
        try:
            term = self._made(node)
        except ValidationError as error:
            raise Mistake(mistake(error), node.start, self.text) from error
        self.spans.setdefault(id(term), node.start)
        self._kept.append(term)  # an identity is a place only as long as the term lives
        return term

    def _made(self, node: Node) -> Term:
        if node.op == "group":
            return self._term(node.parts[0])
        if node.op == "number":
            if not _WRITTEN.fullmatch(node.text):
                message = "expected a number of at most 30 digits, 0 to 9, on each side of its point"
                raise Mistake(message, node.start, self.text)
            return Number(value=node.text)
        if node.op == "name":
            return Truth(value=node.text == "true") if node.text in ("true", "false") else Name(name=node.text)
        if node.op == "minus" and node.parts[0].op == "number":
            return Number(value=f"-{node.parts[0].text}")
        if node.op in ("string", "list", "in", "not in"):
            raise Mistake(f"expected a formula or a term, got a {node.op}", node.start, self.text)
        operands = tuple(self._term(part) for part in node.parts)
        if node.op == "call" and node.text not in ("if", "abs", "distinct", "position"):
            return Apply(symbol=node.text, arguments=operands)
        if node.op == "quantified":
            variables = tuple(Variable(name=name, sort=sort) for name, sort in node.bound)
            return Quantified(quantifier=node.text, variables=variables, body=operands[0])  # type: ignore[arg-type]
        return Operation(operator=cast(Operator, node.text), operands=operands)


class _Reading:
    """What has been read of a text so far."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.spans: dict[int, int] = {}
        self.sorts: list[Sort] = []
        self.symbols: list[Symbol] = []
        self.premises: list[Premise] = []
        self.options: list[Option] = []
        self.question: Question | None = None
        self.places: dict[str, int] = {}
        self.kept: list[TextParser] = []

    def read(self, start: int, end: int) -> None:
        """One line, which is not empty."""
        parser = TextParser(self.text, start, end, self.spans)
        self.kept.append(parser)
        token = parser.name("a keyword: sort, predicate, function, constant, fact, ask, find or option")
        readers: dict[str, Callable[[TextParser], None]] = {
            "sort": self._sort,
            "predicate": self._symbol,
            "function": self._symbol,
            "constant": self._symbol,
            "fact": self._fact,
            "ask": self._ask,
            "find": self._find,
            "option": self._option,
        }
        if token.text not in readers:
            raise parser.error(f"expected one of {', '.join(readers)}", token)
        if token.text in ("ask", "find") and (self.question is not None or self.options):
            raise parser.error("expected one question only", token)
        try:
            readers[token.text](parser)
        except ValidationError as error:
            raise Mistake(mistake(error), token.start, self.text) from error
        parser.done()

    def _new_name(self, parser: TextParser, what: str) -> str:
        token = parser.name(what)
        if token.text in self.places or token.text in KEYWORDS:
            raise parser.error("expected a new name that is no keyword", token)
        self.places[token.text] = token.start
        return token.text

    def _sort(self, parser: TextParser) -> None:
        name = self._new_name(parser, "the name of a sort")
        if not parser.accept("="):
            self.sorts.append(Sort(name=name))
            return
        first = self._element(parser)
        if parser.accept(".."):
            token, last = parser.token, self._element(parser)
            if not (_WHOLE.fullmatch(first) and _WHOLE.fullmatch(last)):
                raise parser.error("expected whole numbers on both sides of ..", token)
            low, high = int(first), int(last)
            if not low <= high < low + 1000:
                raise parser.error("expected a range of at most 1000 numbers, from the smallest to the largest")
            self.sorts.append(Sort(name=name, elements=tuple(map(str, range(low, high + 1)))))
            return
        elements, sign = [first], parser.token.text if parser.token.text in (",", "<") else ","
        while parser.accept(sign):
            elements.append(self._element(parser))
        self.sorts.append(Sort(name=name, elements=tuple(elements), ordered=sign == "<"))

    def _element(self, parser: TextParser) -> str:
        minus = "-" if parser.accept("-") else ""
        if parser.token.kind == "number":
            token = parser.take()
            if "." in token.text or len(token.text) > 9:
                raise parser.error("expected a whole number of at most nine digits", token)
            return str(int(minus + token.text))
        if minus:
            raise parser.error("expected a number")
        return self._new_name(parser, "an element")

    def _symbol(self, parser: TextParser) -> None:
        name = self._new_name(parser, "the name of a symbol")
        arguments: list[str] = []
        if parser.accept("("):
            while not arguments or parser.accept(","):
                arguments.append(parser.name("the name of a sort").text)
            parser.expect(")")
        result = parser.name("the name of a sort, or int, real or bool").text if parser.accept(":") else "bool"
        if len(self.symbols) >= MAX_SYMBOLS:
            raise parser.error(f"expected at most {MAX_SYMBOLS} symbols")
        self.symbols.append(Symbol(name=name, arguments=tuple(arguments), result=result))

    def _fact(self, parser: TextParser) -> None:
        name = ""
        if parser.token.kind == "name" and parser.ahead.text == ":" and parser.token.text not in KEYWORDS:
            token = parser.take()
            parser.take()
            if any(premise.name == token.text for premise in self.premises):
                raise parser.error("expected a name that no other fact has", token)
            name = token.text
        if len(self.premises) >= MAX_PREMISES:
            raise parser.error(f"expected at most {MAX_PREMISES} facts")
        statement = parser.statement()
        self.premises.append(Premise(name=name or self._free_name(), statement=statement))

    def _free_name(self) -> str:
        taken = {premise.name for premise in self.premises}
        return next(name for n in count(len(taken) + 1) if (name := f"fact{n}") not in taken)

    def _ask(self, parser: TextParser) -> None:
        statement = parser.statement()
        self.question = Ask(statement=statement, against=parser.statement() if parser.accept("against") else None)

    def _find(self, parser: TextParser) -> None:
        self.question = Find(term=parser.statement())

    def _option(self, parser: TextParser) -> None:
        if self.question is not None:
            raise parser.error("expected one question only")
        if len(self.options) >= MAX_OPTIONS:
            raise parser.error(f"expected at most {MAX_OPTIONS} options")
        token = parser.take()
        if token.kind not in ("name", "number") or any(option.name == token.text for option in self.options):
            raise parser.error("expected a name that no other option has", token)
        parser.expect(":")
        test = next((word for word in _TESTS if parser.accept(word)), "")
        if not test and parser.accept("need"):
            parser.expect("not")
            test = "need not"
        statements = [parser.statement()]
        while test == "list" and parser.accept(";"):
            statements.append(parser.statement())
        self.options.append(Option(name=token.text, test=test or "must", statements=tuple(statements)))  # type: ignore[arg-type]

    def theory(self) -> Theory:
        """What was read, checked. Raises Mistake."""
        question = Choose(options=tuple(self.options)) if self.options else self.question
        theory = Theory(
            sorts=tuple(self.sorts), symbols=tuple(self.symbols), premises=tuple(self.premises), question=question
        )
        try:
            check(theory)
        except Misfit as error:
            named = re.search(r"'([^']*)'", str(error))
            at = self.places.get(named[1], 0) if named and error.term is None else self.spans.get(id(error.term), 0)
            raise Mistake(str(error), at, self.text) from error
        return theory


def parse(text: str) -> Theory:
    """The theory that a text states. Raises Mistake, with the offset of the first thing that is wrong."""
    bounded(text)
    reading = _Reading(text)
    for start, end in lines_of(text):
        reading.read(start, end)
    return reading.theory()


def parse_statement(text: str) -> Term:
    """One formula; its names are not checked. Raises Mistake."""
    parser = TextParser(text, 0, len(text), {})
    statement = parser.statement()
    parser.done()
    return statement


def lines_of(text: str) -> list[tuple[int, int]]:
    """Where statements begin and end: a line each, without remarks, unless a bracket is left open."""
    found: list[tuple[int, int]] = []
    at, begun, depth = 0, -1, 0
    for line in text.splitlines(keepends=True):
        code = line.split("#", 1)[0].rstrip()
        if code.strip():
            if begun < 0:
                begun = at + len(code) - len(code.lstrip())
            depth += sum(code.count(sign) for sign in "([{") - sum(code.count(sign) for sign in ")]}")
            if depth <= 0:
                found.append((begun, at + len(code)))
                begun, depth = -1, 0
            elif "#" in line:
                raise Mistake("expected no remark inside brackets", at + line.index("#"), text)
        at += len(line)
    if begun >= 0:
        found.append((begun, at))
    return found
