"""Formulas in text, of our own language and of others: a lexer, and a parser by binding power, with exact positions.

The idea: languages of logic differ in their signs, not in their shape, so a `Syntax` says which sign is which operator
and everything else is shared. What comes out are nodes without sorts; whoever knows the language makes statements of
them. Every error is a `Mistake` with the place of the character where it was noticed. No text is ever executed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from slowthink.errors import InputError

MAX_NESTING: Final = 60
MAX_TEXT: Final = 200_000
_TOKEN: Final = re.compile(
    r"""(?P<space>\s+)
      | (?P<number>\d+(?:\.\d+)?(?![\w]))
      | (?P<name>[$?]?\w(?:\w|['’](?=\w))*)
      | (?P<string>"[^"\n]*"|'[^'\n]*')
      | (?P<sign>>>>|<->|<=>|:::|->|=>|==|!=|<=|>=|&&|\|\||\.\.|/\\|\\/|[^\w\s])""",
    re.VERBOSE,
)


class Mistake(InputError):
    """A text that is not of the language; `position` is the offset of the character where that was noticed."""

    def __init__(self, message: str, position: int, text: str = "") -> None:
        line, column = place(text, position)
        super().__init__(f"line {line}, column {column}: {message}")
        self.message = message
        self.position = position


def place(text: str, position: int) -> tuple[int, int]:
    """Line and column, from 1, of an offset."""
    before = text[:position]
    return before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1


@dataclass(frozen=True)
class Token:
    """A piece of the text. `kind` is number, name, string, sign or end."""

    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Node:
    """A part of a formula: `op` is an operator's name, or name, number, string, call, list or quantified.

    `bound` are the variables of a quantifier, each with the name of its sort or "".
    """

    op: str
    text: str
    parts: tuple[Node, ...]
    start: int
    end: int
    bound: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Syntax:
    """The signs of a language. `joins` makes one name of names that follow each other; `indexed` allows `[c:cs]`."""

    prefix: Mapping[str, tuple[str, int]]
    infix: Mapping[str, tuple[str, int, str]]
    """Operator, binding power, and how it associates: left, right, many (as one node) or chain (comparisons)."""
    quantifiers: Mapping[str, str] = field(default_factory=dict)
    wide: bool = True
    """Whether a quantifier reaches to the end of the formula; otherwise it takes the next unit."""
    typed: bool = True
    joins: bool = False
    case: bool = True
    """Whether words that are operators must be written as they are here."""


IFF, IMPLIES, XOR, OR, AND, NOT, COMPARE, SUM, PRODUCT, SIGN = range(1, 11)
BINARY: Final[dict[str, tuple[int, str]]] = {
    "iff": (IFF, "left"),
    "implies": (IMPLIES, "right"),
    "xor": (XOR, "left"),
    "or": (OR, "many"),
    "and": (AND, "many"),
    **dict.fromkeys(("=", "!=", "<", "<=", ">", ">=", "in", "not in"), (COMPARE, "chain")),
    **dict.fromkeys(("+", "-"), (SUM, "left")),
    **dict.fromkeys(("*", "/", "mod"), (PRODUCT, "left")),
}


def infix(**signs: str) -> dict[str, tuple[str, int, str]]:
    """A table of infix signs, from the names of operators to their signs, with blanks between them."""
    names = {
        "eq": "=",
        "ne": "!=",
        "lt": "<",
        "le": "<=",
        "gt": ">",
        "ge": ">=",
        "plus": "+",
        "less": "-",
        "times": "*",
    }
    names |= {"over": "/", "or_": "or", "and_": "and", "in_": "in"}
    return {
        sign: (names.get(operator, operator), *BINARY[names.get(operator, operator)])
        for operator, text in signs.items()
        for sign in text.split()
    }


def bounded(text: str) -> None:
    """Raises Mistake for a text that is too long to be read in a short time."""
    if len(text) > MAX_TEXT:
        raise Mistake(f"expected at most {MAX_TEXT} characters", MAX_TEXT, text)


def tokens(text: str, start: int = 0, end: int | None = None) -> list[Token]:
    """The tokens between two offsets, ended by one of kind `end`."""
    stop = len(text) if end is None else end
    if stop - start > MAX_TEXT:
        raise Mistake(f"expected at most {MAX_TEXT} characters", start, text)
    found, at = [], start
    while at < stop:
        match = _TOKEN.match(text, at, stop)
        if match is None or match.lastgroup is None:
            raise Mistake(f"expected a name, a number or a sign, got {text[at]!r}", at, text)
        if match.lastgroup != "space":
            found.append(Token(match.lastgroup, match.group(), at, match.end()))
        at = match.end()
    return [*found, Token("end", "", stop, stop)]


class Parser:
    """Reads formulas from tokens, one after another."""

    def __init__(self, text: str, found: list[Token], syntax: Syntax) -> None:
        self.text = text
        self._tokens = found
        self._at = 0
        self._syntax = syntax
        self._depth = 0

    @property
    def token(self) -> Token:
        """The next token."""
        return self._tokens[self._at]

    @property
    def ahead(self) -> Token:
        """The token behind the next one."""
        return self._tokens[min(self._at + 1, len(self._tokens) - 1)]

    def error(self, message: str, token: Token | None = None) -> Mistake:
        """A mistake at a token."""
        at = self.token if token is None else token
        return Mistake(f"{message}, got {at.text!r}" if at.kind != "end" else f"{message}", at.start, self.text)

    def take(self) -> Token:
        """The next token, passed."""
        token = self.token
        self._at += token.kind != "end"
        return token

    def accept(self, text: str) -> bool:
        """Pass the next token if it is this sign or word."""
        hit = self.token.text == text and self.token.kind != "string"
        self._at += hit
        return hit

    def expect(self, text: str) -> Token:
        """Pass this sign or word. Raises Mistake where another one stands."""
        token = self.token
        if not self.accept(text):
            raise self.error(f"expected {text!r}")
        return token

    def name(self, what: str = "a name") -> Token:
        """Pass a name. Raises Mistake."""
        if self.token.kind != "name":
            raise self.error(f"expected {what}")
        return self.take()

    def done(self) -> None:
        """Raises Mistake unless all is read."""
        if self.token.kind != "end":
            raise self.error("expected the end")

    def formula(self, power: int = 0) -> Node:
        """A formula or term whose operators bind at least so strongly."""
        self._depth += 1
        if self._depth > MAX_NESTING:
            raise self.error(f"expected at most {MAX_NESTING} formulas inside each other")
        left, links = self._prefixed(), 0
        while (found := self._operator()) is not None and found[1] >= power:
            links += 1
            if links > MAX_NESTING:  # each link of `a + b + c` is a level more
                raise self.error(f"expected at most {MAX_NESTING} formulas inside each other")
            left = self._infixed(left, *found)
        self._depth -= 1
        return left

    def _word(self, token: Token) -> str:
        return token.text if self._syntax.case or token.kind != "name" else token.text.lower()

    def _operator(self) -> tuple[str, int, str] | None:
        if self.token.kind not in ("sign", "name"):
            return None
        word = self._word(self.token)
        if word == "not" and self._word(self.ahead) == "in":
            word = "not in"
        return self._syntax.infix.get(word)

    def _infixed(self, left: Node, operator: str, power: int, association: str) -> Node:
        parts = [left]
        signs = []
        while (found := self._operator()) is not None and found[1] == power and (len(parts) == 1 or found[2] != "left"):
            if association == "many" and found[0] != operator:
                break
            signs.append(found[0])
            self._at += 2 if found[0] == "not in" else 1
            parts.append(self.formula(power if association == "right" else power + 1))
            if association == "right":
                break
        if association == "chain" and len(signs) > 1:
            pairs = zip(parts, parts[1:], signs, strict=False)
            steps = tuple(Node(sign, sign, (a, b), a.start, b.end) for a, b, sign in pairs)
            return Node("and", "and", steps, left.start, parts[-1].end)
        return Node(signs[0], signs[0], tuple(parts), left.start, parts[-1].end)

    def _prefixed(self) -> Node:
        token = self.token
        word = self._word(token)
        if token.kind in ("sign", "name"):
            if word in self._syntax.quantifiers and self._begins_quantifier():
                return self._quantified(self._syntax.quantifiers[word])
            if word in self._syntax.prefix and not (token.kind == "name" and self.ahead.text in (")", ",", ".")):
                operator, power = self._syntax.prefix[word]
                self.take()
                part = self.formula(power)
                return Node(operator, operator, (part,), token.start, part.end)
        return self._primary()

    def _begins_quantifier(self) -> bool:
        return self.ahead.kind == "name" or (self.ahead.text == "(" and self._tokens[self._at + 2 : self._at + 3] != [])

    def _quantified(self, quantifier: str) -> Node:
        start = self.take()
        in_brackets = self.accept("(")
        bound = [self._variable()]
        while self.accept(","):
            bound.append(self._variable())
        dotted = self.accept(".") or self.accept(":")
        if in_brackets and not dotted:
            self.expect(")")
            in_brackets = False
            dotted = self.accept(".") or self.accept(":")
        body = self.formula(0 if self._syntax.wide or dotted else NOT)
        end = self.expect(")").end if in_brackets else body.end
        return Node("quantified", quantifier, (body,), start.start, end, tuple(bound))

    def _variable(self) -> tuple[str, str]:
        name = self.name("a variable").text
        if not self._syntax.typed:
            return name, ""
        self.expect(":")
        return name, self.name("a sort").text

    def _primary(self) -> Node:
        token = self.take()
        if token.kind in ("number", "string"):
            text = token.text if token.kind == "number" else token.text[1:-1]
            return Node(token.kind, text, (), token.start, token.end)
        if token.kind == "name":
            return self._named(token)
        if token.text == "(":
            inner = self.formula()
            end = self.expect(")").end
            return Node("group", "", (inner,), token.start, end)
        if token.text in ("[", "{"):
            return self._list(token, "]" if token.text == "[" else "}")
        raise self.error("expected a formula or a term", token)

    def _named(self, token: Token) -> Node:
        text, end = token.text, token.end
        while self._syntax.joins and self.token.kind in ("name", "number") and self._operator() is None:
            text, end = f"{text} {self.token.text}", self.token.end
            self.take()
        if not self.accept("("):
            return Node("name", text, (), token.start, end)
        if text != token.text:
            raise self.error("expected one name before a bracket", token)
        arguments: list[Node] = []
        while not arguments or self.accept(","):
            arguments.append(self.formula())
        end = self.expect(")").end
        return Node("call", text, tuple(arguments), token.start, end)

    def _list(self, token: Token, closing: str) -> Node:
        items: list[Node] = []
        bound: list[tuple[str, str]] = []
        while self.token.text != closing and (not (items or bound) or self.accept(",")):
            if self.token.kind == "name" and self.ahead.text == ":":
                name = self.take().text
                self.take()
                bound.append((name, self._range()))
            else:
                items.append(self.formula())
        end = self.expect(closing).end
        return Node("list", "", tuple(items), token.start, end, tuple(bound))

    def _range(self) -> str:
        if self.accept("["):
            name = self.name("a sort").text
            self.expect("]")
            return name
        return self.name("a sort").text


def bare(node: Node) -> Node:
    """The node without brackets around it."""
    while node.op == "group":
        node = node.parts[0]
    return node
