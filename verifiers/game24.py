"""The game of 24, with any numbers and any target: each number is used once, with `+ - * /` and brackets.

A move takes two numbers and puts their result in their place. A solution is an expression. Values are exact
fractions; a number that a model wrote rounded (`1.67`) is taken for the one that it is rounded from, where that is
clear. Impossible is said after every state was looked at.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from slowthink.types import Status, Verdict
from slowthink.verifiers.asides import flat, only_asides
from slowthink.verifiers.expressions import Expression, Negation, Number, Operation, evaluate, parse, write
from slowthink.verifiers.puzzles import Move, State

MOST_NUMBERS: Final = 5
_NUMBER = r"-?\d+(?:\.\d+)?(?:/\d+)?"
_MOVE: Final = re.compile(rf"\s*(?:\d+[.)]\s+)?\(?({_NUMBER})\)?\s*([-+*/x×÷−])\s*\(?({_NUMBER})\)?\s*(?:=|≈|\(|$)")
_SIGNS: Final = {"x": "*", "×": "*", "÷": "/", "−": "-"}


@dataclass(frozen=True)
class Game24:
    """Numbers, in the order of the question, and the target. A state holds values, each with its expression."""

    numbers: tuple[int, ...]
    target: int = 24
    kind = "game24"

    @property
    def start(self) -> State:
        """The numbers as they are."""
        return tuple((Fraction(n), str(n) if n >= 0 else f"({n})") for n in self.numbers)

    def moves(self, state: State) -> list[Move]:
        """All pairs, in every order that makes a difference, under all four signs."""
        found, seen = [], set()
        for i, (left, _) in enumerate(state):
            for j, (right, _) in enumerate(state):
                for sign in "+-*/":
                    if i == j or (sign in "+*" and i > j):
                        continue
                    if (left, sign, right) in seen or (sign == "/" and right == 0):
                        continue
                    seen.add((left, sign, right))
                    found.append(_move(state, i, sign, j))
        return found

    def read_move(self, line: str, state: State) -> Move | str | None:
        """`4 + 5 = 9 (left: 6 9 10)`; only what stands before the equals sign is the move."""
        match = _MOVE.match(line)
        if match is None:
            return None
        left, sign, right = match[1], _SIGNS.get(match[2], match[2]), match[3]
        i = _place(left, state, None)
        j = None if i is None else _place(right, state, i)
        if i is None or j is None:
            return f"{left if i is None else right} is not among {self.shown(state)}"
        if sign == "/" and state[j][0] == 0:
            return "a division by zero"
        return _move(state, i, sign, j)

    def is_goal(self, state: State) -> bool:
        """One number is left, and it is the target."""
        return len(state) == 1 and state[0][0] == self.target

    def key(self, state: State) -> Hashable:
        """The values, in no order."""
        return tuple(sorted(value for value, _ in state))

    def shown(self, state: State) -> str:
        """The values, smallest first."""
        return " ".join(_short(value) for value in sorted(value for value, _ in state))

    def asked(self, state: State) -> str:
        """Numbers and target."""
        return f"Numbers: {self.shown(state)}. Target: {self.target}."

    def solution(self, moves: list[Move]) -> str:
        """The expression that the moves came to."""
        expression = parse(moves[-1].state[0][1]) if moves else None
        text = write(expression) if expression is not None else str(self.numbers[0])
        return f"{text} = {self.target}"

    def check(self, text: str) -> Verdict:
        """The last line with an expression; behind `Answer:`, where there is one."""
        for line in reversed(text.splitlines()):
            written = line.rpartition(":")[2].split("=")[0].strip(" .`*$")
            expression = parse(written)
            if expression is not None and isinstance(expression, Operation):
                return self._judged(expression, written)
        return Verdict(status=Status.UNKNOWN, reason="no expression was found")

    def _judged(self, expression: Expression, written: str) -> Verdict:
        used = list(_leaves(expression))
        if Counter(used) != Counter(Fraction(n) for n in self.numbers):
            given = " ".join(map(str, self.numbers))
            reason = f"{written} uses {' '.join(map(_short, used))}, not {given}, each once"
            return Verdict(status=Status.REFUTED, reason=reason, witness=reason)
        value = evaluate(expression)
        if value != self.target:
            reason = f"{written} is {'no number' if value is None else _short(value)}, not {self.target}"
            return Verdict(status=Status.REFUTED, reason=reason, witness=reason)
        solution = write(expression)
        certificate = {"puzzle": self.data(), "solution": solution, "claim": f"{solution} = {self.target}"}
        return Verdict(status=Status.PROVED, certificate=certificate)

    def data(self) -> dict[str, Any]:
        """Kind, numbers and target."""
        return {"kind": self.kind, "numbers": list(self.numbers), "target": self.target}

    def impossible(self) -> dict[str, Any] | None:
        """All states, from the start on; the certificate says how many values the numbers can come to."""
        if len(self.numbers) > MOST_NUMBERS:
            return None
        seen: set[Hashable] = set()
        left = [self.start]
        ends: set[Fraction] = set()
        while left:
            state = left.pop()
            if len(state) == 1:
                ends.add(state[0][0])
                continue
            for move in self.moves(state):
                key = self.key(move.state)
                if key not in seen:
                    seen.add(key)
                    left.append(move.state)
        if Fraction(self.target) in ends:
            return None
        return {"puzzle": self.data(), "impossible": True, "values": len(ends), "states": len(seen) + 1}


def _move(state: State, i: int, sign: str, j: int) -> Move:
    (left, a), (right, b) = state[i], state[j]
    value = left + right if sign == "+" else left - right if sign == "-" else left * right
    value = left / right if sign == "/" else value
    rest = tuple(one for at, one in enumerate(state) if at not in (i, j))
    after = (*rest, (value, f"({a} {sign} {b})"))
    return Move(f"{_short(left)} {sign} {_short(right)} = {_short(value)}", after)


def _place(written: str, state: State, taken: int | None) -> int | None:
    """Where a number stands: exactly, or else the one value that it is rounded from."""
    try:
        value = Fraction(written)
    except (ValueError, ZeroDivisionError):
        return None
    free = [at for at in range(len(state)) if at != taken]
    for at in free:
        if state[at][0] == value:
            return at
    decimals = len(written.partition(".")[2])
    near = [at for at in free if decimals and abs(state[at][0] - value) < Fraction(1, 10**decimals)]
    return near[0] if len({state[at][0] for at in near}) == 1 else None


def _short(value: Fraction) -> str:
    return str(value)


def _leaves(expression: Expression) -> Iterator[Fraction]:
    if isinstance(expression, Number):
        yield expression.value
    elif isinstance(expression, Negation):
        for leaf in _leaves(expression.operand):
            yield -leaf if isinstance(expression.operand, Number) else leaf
    else:
        yield from _leaves(expression.left)
        yield from _leaves(expression.right)


_LIST = r"(?P<numbers>\d{1,4}(?:(?:\s*,\s*(?:and\s+)?|\s+and\s+|\s+)\d{1,4}){1,4})"
_TARGET = r"(?P<target>\d{1,4})"
_SIGNS_NAMED = (
    r"(?:(?:the )?(?:(?:four )?(?:basic )?(?:arithmetic(?:al)?|mathematical) )?operations?(?: ?\(?\s*\+,? ?-,? ?\*,? ?"
    r"(?:and ?)?/\s*\)?)?|addition, subtraction, multiplication,? and division|\(?\s*\+,? ?-,? ?\*,? ?"
    r"(?:and ?)?/\s*\)?)"
)
_WITH = rf"(?:,? (?:with|using|and) (?:only )?{_SIGNS_NAMED})?"
_NUMBERS = rf"(?:the |these )?(?:four |five |three |two )?(?:numbers |integers |digits )?:? ?{_LIST}"
_GET = r"(?:to )?(?:make|get|obtain|reach|form|give|produce|equal)"
_ONCE = (
    r"(?:(?:you (?:must|have to|should|may|can) )?us(?:e|ing) (?:each|every)(?: of (?:the|these) numbers| number| one)?"
    r" (?:exactly |only )?once|(?:each|every) number (?:must|has to|should|may|can) be used (?:exactly |only )?once)"
)
_POLITE = r"(?:please |can you |could you |how can (?:you|i|we) |how do (?:you|i) )?"
_FORMS: Final = tuple(
    re.compile(form)
    for form in (
        rf"{_POLITE}use {_NUMBERS}{_WITH},? {_GET} {_TARGET}(?:,? {_ONCE})?",
        rf"{_POLITE}(?:make|get|obtain|reach|form) {_TARGET} (?:from|with|using|out of|by using) {_NUMBERS}{_WITH}"
        rf"(?:,? {_ONCE})?",
        rf"(?:using|with) {_NUMBERS}{_WITH},? {_POLITE}{_GET} {_TARGET}(?:,? {_ONCE})?",
        rf"(?:(?:let'?s )?play (?:the )?)?(?:game of|the game of) {_TARGET}:? (?:with )?{_NUMBERS}",
        rf"{_POLITE}(?:solve|play) (?:the |a )?game of {_TARGET} (?:with|for|using|on) {_NUMBERS}",
    )
)
_RULES: Final = re.compile(
    rf"{_ONCE}|(?:you (?:may|can|must) )?(?:only )?use (?:only )?{_SIGNS_NAMED}|brackets are allowed"
)


def read(question: str) -> Game24 | None:
    """The puzzle that all of a question asks for, or None."""
    text = flat(question)
    for form in _FORMS:
        match = form.match(text)
        if match is None or re.match(r"[\w/*+^-]|[.,]\d", text[match.end() :]):
            continue
        rest = [one for one in re.split(r"[.!?;]+(?:\s+|$)", text[match.end() :]) if one.strip()]
        if all(_RULES.fullmatch(one.strip(" ,:")) or only_asides(one) for one in rest):
            numbers = tuple(int(one) for one in re.findall(r"\d+", match["numbers"]))
            return Game24(numbers, int(match["target"])) if 2 <= len(numbers) <= MOST_NUMBERS else None
    return None
