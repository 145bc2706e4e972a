"""Towers of Hanoi, with any legal start on three to six rods: one disk at a time, never on a smaller one.

The goal is that all disks stand on one rod. Moves are read from a model's text as people write them ("Move the
smallest disk (radius 1) from Rod A to Rod C."). From every legal start every goal can be reached, so nothing here is
ever impossible.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, Final

from slowthink.types import Status, Verdict
from slowthink.verifiers.asides import flat, only_asides
from slowthink.verifiers.puzzles import Move, State

MOST_DISKS: Final = 8
_ROD = r"(?:rod|peg|tower|pole|rack|stick)"
_NAME = r"([a-z]|[1-9])\b"
_FROM_TO: Final = re.compile(rf"from (?:the )?(?:{_ROD} )?{_NAME}[^.\n]*? (?:on)?to (?:the )?(?:{_ROD} )?{_NAME}", re.I)
_DISK: Final = re.compile(r"(?:radius|size|disk|disc|ring|number)s?(?: of| number)?\s*(\d+)", re.I)
_MOVES: Final = re.compile(r"\bmov(?:e|es|ed|ing)\b", re.I)


@dataclass(frozen=True)
class Hanoi:
    """Names of the rods, disks on each from the bottom to the top, and the rod where all shall stand."""

    rods: tuple[str, ...]
    disks: tuple[tuple[int, ...], ...]
    goal: int
    kind = "hanoi"

    @property
    def start(self) -> State:
        """The disks as they are."""
        return self.disks

    def moves(self, state: State) -> list[Move]:
        """Every top disk to every rod whose top is larger."""
        return [
            self._move(state, i, j)
            for i in range(len(state))
            for j in range(len(state))
            if self._wrong(state, i, j) is None
        ]

    def _wrong(self, state: State, i: int, j: int) -> str | None:
        if i == j:
            return "a disk is moved to where it is"
        if not state[i]:
            return f"there is no disk on rod {self.rods[i]}"
        if state[j] and state[j][-1] < state[i][-1]:
            return f"disk {state[i][-1]} would lie on the smaller disk {state[j][-1]}"
        return None

    def _move(self, state: State, i: int, j: int) -> Move:
        after = list(state)
        after[i], after[j] = state[i][:-1], (*state[j], state[i][-1])
        text = f"Move the disk of radius {state[i][-1]} from Rod {self.rods[i]} to Rod {self.rods[j]}."
        return Move(text, tuple(after))

    def read_move(self, line: str, state: State) -> Move | str | None:
        """One move in words; a disk that is named must be the one on top."""
        found = _FROM_TO.search(line)
        if found is None:
            return None
        names = {name.lower(): at for at, name in enumerate(self.rods)}
        i, j = names.get(found[1].lower()), names.get(found[2].lower())
        if i is None or j is None:
            return f"there is no rod {found[1] if i is None else found[2]}"
        wrong = self._wrong(state, i, j)
        if wrong is not None:
            return wrong
        named = _DISK.findall(line[: found.start()])
        if named and int(named[-1]) != state[i][-1]:
            return f"disk {named[-1]} is not on top of rod {self.rods[i]}"
        return self._move(state, i, j)

    def is_goal(self, state: State) -> bool:
        """All disks stand on the goal's rod."""
        return all(not rod for at, rod in enumerate(state) if at != self.goal)

    def key(self, state: State) -> Hashable:
        """The state is its own key."""
        return state

    def shown(self, state: State) -> str:
        """Each rod with its disks, the largest first."""
        parts = [
            f"Rod {name}: {' '.join(map(str, rod)) or 'empty'}" for name, rod in zip(self.rods, state, strict=True)
        ]
        return "; ".join(parts)

    def asked(self, state: State) -> str:
        """Where the disks stand, and where they shall come to."""
        return f"{self.shown(state)}. All disks shall come to Rod {self.rods[self.goal]}."

    def solution(self, moves: list[Move]) -> str:
        """Numbered moves."""
        return "\n".join(f"{number}. {move.text}" for number, move in enumerate(moves, 1)) or "No move is needed."

    def check(self, text: str) -> Verdict:
        """All moves in the order of the text, each legal, and all disks at the goal in the end."""
        state: State = self.start
        steps: list[list[str]] = []
        for line in re.split(r"\n|(?<=[.;])\s+(?=(?:then |next |now )?move )", text, flags=re.I):
            if not _MOVES.search(line):
                continue
            move = self.read_move(line, state)
            if move is None:
                continue
            if isinstance(move, str):
                return _refuted(f"move {len(steps) + 1}: {move}")
            found = _FROM_TO.search(line)
            steps.append([found[1].upper(), found[2].upper()] if found else [])
            state = move.state
        if not steps and not (self.is_goal(state) and "no move" in text.lower()):
            return Verdict(status=Status.UNKNOWN, reason="no move was found")
        if not self.is_goal(state):
            return _refuted(f"after {len(steps)} moves: {self.shown(state)}")
        claim = "; ".join(f"from rod {a} to rod {b}" for a, b in steps) or "no move"
        return Verdict(status=Status.PROVED, certificate={"puzzle": self.data(), "solution": steps, "claim": claim})

    def data(self) -> dict[str, Any]:
        """Kind, rods, disks and goal."""
        return {
            "kind": self.kind,
            "rods": [name.upper() for name in self.rods],
            "disks": [list(rod) for rod in self.disks],
            "goal": self.rods[self.goal].upper(),
        }

    def impossible(self) -> dict[str, Any] | None:
        """Never, with three rods or more."""
        return None


def _refuted(reason: str) -> Verdict:
    return Verdict(status=Status.REFUTED, reason=reason, witness=reason)


_TITLE = r"\"?towers? of hanoi\"?(?: (?:problem|puzzle|game))?"
_COUNT: Final = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6} | {str(n): n for n in range(2, 10)}
_NUMBERED = r"(one|two|three|four|five|six|seven|eight|[1-8])"
_AMOUNTS: Final = {w: n for n, w in enumerate(["one", "two", "three", "four", "five", "six", "seven", "eight"], 1)} | {
    str(n): n for n in range(1, 9)
}
_OPENING: Final = re.compile(
    rf"(?:consider|solve|here is|this is|take|look at) (?:a|the|this) {_TITLE} with "
    rf"(two|three|four|five|six|[3-6]) {_ROD}s\.? ?"
)
_PLACED: Final = re.compile(
    rf"(?:and )?(?:(?:in|at) the beginning,? |initially,? |at first,? )?(?:and )?on {_ROD} {_NAME} (?:there (?:is|are)|"
    rf"(?:is|are)|stands?|we have) (?:{_NUMBERED} |a |an )?dis[kc]s? of (?:radius|radii|sizes?) ([\d, and]+?)"
    r"(?: \(?(?P<order>bottom to top|top to bottom)\)?)?(?:[;,.](?= )|(?= and on ))\s*(?:and )?"
    r"(?=on |in |at |initially|the |your |$)"
)
_GOAL: Final = re.compile(
    rf"(?:the|your) (?:goal|aim|task) is to (?:move|bring|get) all (?:of )?(?:the )?dis[kc]s (?:on)?to {_ROD} "
    rf"{_NAME}\.? ?"
)
_PLAIN: Final = re.compile(
    rf"(?:please )?(?:solve|play) (?:the|a) {_TITLE} (?:with|for|of) {_NUMBERED} dis[kc]s(?: and (?:three|3) {_ROD}s)?"
    rf",? (?:all )?(?:moving (?:them|all(?: the)? dis[kc]s) )?from {_ROD} {_NAME} to {_ROD} {_NAME}\.? ?"
)


def read(question: str) -> Hanoi | None:
    """The puzzle that all of a question asks for, or None. A start in which a disk lies on a smaller one is none."""
    text = flat(question)
    plain = _PLAIN.match(text)
    if plain is not None:
        return _plain(plain, text[plain.end() :])
    opening = _OPENING.match(text)
    if opening is None:
        return None
    at, placed = opening.end(), {}
    while found := _PLACED.match(text, at):
        disks = _disks(found[2], found[3], found["order"])
        if disks is None or found[1] in placed:
            return None
        placed[found[1]] = disks
        at = found.end()
    goal = _GOAL.match(text, at)
    if goal is None or not placed or not only_asides(text[goal.end() :]):
        return None
    return _made(_COUNT[opening[1]], placed, goal[1])


def _disks(amount: str | None, listed: str, order: str | None) -> tuple[int, ...] | None:
    radii = [int(one) for one in re.findall(r"\d+", listed)]
    if not radii or (amount is not None and _AMOUNTS[amount] != len(radii)) or len(set(radii)) != len(radii):
        return None
    falling = tuple(sorted(radii, reverse=True))
    if order == "bottom to top" and tuple(radii) != falling:
        return None
    return None if order == "top to bottom" and tuple(radii) != falling[::-1] else falling


def _made(rods: int, placed: dict[str, tuple[int, ...]], goal: str) -> Hanoi | None:
    letters = "abcdefgh" if goal.isalpha() else "123456789"
    names = tuple(letters[:rods])
    radii = [radius for disks in placed.values() for radius in disks]
    fitting = 3 <= rods <= 6 and goal in names and set(placed) <= set(names)
    if not fitting or not 1 <= len(radii) <= MOST_DISKS or len(set(radii)) != len(radii):
        return None
    return Hanoi(tuple(n.upper() for n in names), tuple(placed.get(name, ()) for name in names), names.index(goal))


def _plain(match: re.Match[str], rest: str) -> Hanoi | None:
    if not only_asides(rest) or match[2] == match[3]:
        return None
    return _made(3, {match[2]: tuple(range(_AMOUNTS[match[1]], 0, -1))}, match[3])
