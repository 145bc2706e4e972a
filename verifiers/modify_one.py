"""Puzzles of the paper: change exactly one integer on the left side of an equation, so that it comes to another value.

A move is the choice of an integer. What it must become is no choice: the left side is affine in each of its integers,
so the choice is refuted where no whole number fits. So four looks decide the paper's puzzles, and where all
choices are refuted, their coefficients are the certificate that there is no solution.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from slowthink.types import Status, Verdict
from slowthink.verifiers.asides import flat, only_asides
from slowthink.verifiers.expressions import evaluate, parse
from slowthink.verifiers.puzzles import Move, State

MOST_INTEGERS: Final = 12
_INTEGER: Final = re.compile(r"\d+")
_LEFT: Final = r"[(\d][\d\s()+*-]*[\d)]"
_SOLUTION: Final = re.compile(
    r"(?:solution|answer|equation|identity)(?: is|:)*:?\s*\**\s*(-?[(\d][\d\s()+*×·−-]*[\d)])", re.I
)
_ANY: Final = re.compile(r"-?[(\d][\d\s()+*×·−-]*[+*×·−-][\d\s()+*×·−-]*[\d)]")


@dataclass(frozen=True)
class ModifyOne:
    """The left side as it was written, and the value that it shall have. A state is the integer that was chosen."""

    left: str
    target: int
    kind = "modify_one"

    @property
    def start(self) -> State:
        """Nothing is chosen."""
        return ()

    @property
    def integers(self) -> list[re.Match[str]]:
        """The integers of the left side, in order."""
        return list(_INTEGER.finditer(self.left))

    def _with(self, at: int, value: int) -> str:
        one = self.integers[at]
        return self.left[: one.start()] + str(value) + self.left[one.end() :]

    def _line(self, at: int) -> tuple[Fraction, Fraction] | None:
        """Coefficient and rest: the left side as `coefficient * x + rest` of one of its integers."""
        values = []
        for x in (0, 1):
            expression = parse(self._with(at, x))
            value = None if expression is None else evaluate(expression)
            if value is None:
                return None
            values.append(value)
        return values[1] - values[0], values[0]

    def fitting(self, at: int) -> int | None:
        """What the integer must become; None where no whole number other than itself fits."""
        line, now = self._line(at), int(self.integers[at][0])
        if line is None:
            return None
        coefficient, rest = line
        if coefficient == 0:
            return now + 1 if rest == self.target else None
        needed = (self.target - rest) / coefficient
        return int(needed) if needed.denominator == 1 and needed != now else None

    def moves(self, state: State) -> list[Move]:
        """The choice of each integer."""
        if state:
            return []
        return [Move(self._chosen(at), (at,)) for at in range(len(self.integers))]

    def _chosen(self, at: int) -> str:
        ordinal = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
        place = ordinal[at] if at < len(ordinal) else f"number {at + 1}"
        return f"Change the {place} integer, {self.integers[at][0]}."

    def refuted(self, state: State) -> str | None:
        """Why no value of the chosen integer fits; None where one does."""
        (at,) = state
        if self.fitting(at) is not None:
            return None
        line = self._line(at)
        if line is None:
            return "the left side has no value that is computed here"
        coefficient, rest = line
        shown = f"{coefficient} * x + {rest} = {self.target}"
        if coefficient == 0:
            return f"{shown} has no solution"
        needed = (self.target - rest) / coefficient
        return f"{shown} needs x = {needed}, {'which it is already' if needed.denominator == 1 else 'no whole number'}"

    def read_move(self, line: str, state: State) -> Move | str | None:
        """A whole left side in which one integer differs is the choice of that integer, with its value judged."""
        verdict = self.check(line)
        if verdict.status is Status.UNKNOWN:
            return None
        if verdict.status is Status.REFUTED or verdict.certificate is None:
            return verdict.reason
        return Move(self._chosen(verdict.certificate["changed"]), (verdict.certificate["changed"],))

    def is_goal(self, state: State) -> bool:
        """An integer is chosen that can be changed so."""
        return bool(state) and self.fitting(state[0]) is not None

    def key(self, state: State) -> Hashable:
        """The choice."""
        return state

    def asked(self, state: State) -> str:
        """The left side as it is, and what it shall come to."""
        return f"{self.left} shall become {self.target}."

    def solution(self, moves: list[Move]) -> str:
        """The left side with its new integer."""
        at = moves[-1].state[0]
        value = self.fitting(at)
        return self._with(at, int(self.integers[at][0]) if value is None else value)

    def check(self, text: str) -> Verdict:
        """The last left side of the text that its words call the solution, else the last one of all."""
        flatter = text.replace("−", "-").replace("×", "*").replace("·", "*")
        found = [one[1] for one in _SOLUTION.finditer(flatter)] or [one[0] for one in _ANY.finditer(flatter)]
        if not found:
            return Verdict(status=Status.UNKNOWN, reason="no left side was found")
        written = found[-1].strip()
        before, after = _pieces(self.left), _pieces(written)
        changed = [i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b]
        if len(before) != len(after) or [p for p in before if not _is_integer(p)] != [
            p for p in after if not _is_integer(p)
        ]:
            return _refuted(f"{written} is not {self.left} with one integer changed")
        if len(changed) != 1:
            return _refuted(f"{len(changed)} integers are changed, not one")
        expression = parse(written)
        value = None if expression is None else evaluate(expression)
        if value is None:
            return Verdict(status=Status.UNKNOWN, reason=f"{written} is not computed here")
        if value != self.target:
            return _refuted(f"{written} is {value}, not {self.target}")
        at = sum(_is_integer(piece) for piece in before[: changed[0]])
        certificate = {"puzzle": self.data(), "solution": written, "claim": written, "changed": at}
        return Verdict(status=Status.PROVED, certificate=certificate)

    def data(self) -> dict[str, Any]:
        """Kind, left side and value."""
        return {"kind": self.kind, "left": self.left, "target": self.target}

    def impossible(self) -> dict[str, Any] | None:
        """Coefficient and rest of every integer, none of which can be changed to fit."""
        lines = [self._line(at) for at in range(len(self.integers))]
        if any(line is None for line in lines) or any(self.fitting(at) is not None for at in range(len(lines))):
            return None
        shown = [[str(line[0]), str(line[1])] for line in lines if line is not None]
        return {"puzzle": self.data(), "impossible": True, "lines": shown}


def _pieces(text: str) -> list[str]:
    """Integers, with a sign where it is one, operators and brackets."""
    found: list[str] = []
    for piece in re.findall(r"\d+|[-+*()]", text):
        is_signed = piece.isdigit() and found[-1:] == ["-"] and (len(found) == 1 or found[-2] in "+-*(")
        if is_signed:
            found[-1] = "-" + piece
        else:
            found.append(piece)
    return found


def _is_integer(piece: str) -> bool:
    return piece.lstrip("-").isdigit()


def _refuted(reason: str) -> Verdict:
    return Verdict(status=Status.REFUTED, reason=reason, witness=reason)


_ONE: Final = (
    r"(?:exactly one|just one|only one|one single|a single|one)(?: of the)? (?:integers?|numbers?)"
    r"(?: \(?and (?:not|no) more(?: than (?:that|one))?!?\)?)?"
)
_SIDE: Final = (
    r"(?: (?:on|in|of) (?:the|its) left(?:[ -]hand)? side(?: of (?:the|this) (?:equation|identity|equality))?)?"
)
_SO: Final = (
    r",? (?:so that|so|such that|in order that) (?:the )?(?:right(?:[ -]hand)? side|result|value|total|sum|it)"
    r" (?:becomes|is|equals|will be|would be|comes to|turns into)|,? (?:to make|to get|and get|so as to get)"
    r"(?: (?:the )?(?:right(?:[ -]hand)? side|result|value|total|it))?(?: equal(?: to)?| become| be)?"
)
_CHANGE: Final = (
    r"(?:please )?(?:(?:can|could|would) you (?:please )?|how (?:can|could) (?:you|i|we) )?"
    r"(?:modify|change|alter|replace|adjust)"
)
_BECOMES: Final = rf"(?:{_SO}) (?P<target>-?\d+)(?: instead)?(?=[?.!]|$)"
_ASKED: Final = re.compile(
    rf"(?:(?:consider|take|look at|here is|given|given is|we have|you have) (?:the|this|an|a) (?:following )?"
    rf"(?:identity|equation|equality|sum|calculation):? ?)?(?P<left>{_LEFT}) ?= ?(?P<value>-?\d+)[.,;]? ?"
    rf"{_CHANGE} {_ONE}{_SIDE}{_BECOMES}"
)
_TURNED: Final = re.compile(
    rf"{_CHANGE} {_ONE} (?:on the left(?:[ -]hand)? side of|in|of)(?: the (?:equation|identity|equality):?)?"
    rf" (?P<left>{_LEFT}) ?= ?(?P<value>-?\d+){_BECOMES}"
)


def read(question: str) -> ModifyOne | None:
    """The puzzle that all of a question asks for, or None; the equation that it begins with must hold."""
    text = flat(question)
    match = _ASKED.match(text) or _TURNED.match(text)
    if match is None or not only_asides(text[match.end() :]):
        return None
    puzzle = ModifyOne(match["left"].strip(), int(match["target"]))
    expression = parse(puzzle.left)
    value = None if expression is None else evaluate(expression)
    count = len(puzzle.integers)
    if value is None or value != int(match["value"]) or not 2 <= count <= MOST_INTEGERS:
        return None
    return puzzle if re.fullmatch(r"[\d\s()+*-]+", puzzle.left) else None
