"""Puzzles that are searched: states, legal moves, a goal, and exact checks of what a model writes.

The idea: a puzzle is data that a closed reader found in the whole of a question. It lists all legal moves, reads moves
and whole solutions out of a model's text and judges them exactly; it knows nothing of how to find a solution.

Guaranteed: `check` gives PROVED only for a complete solution, with a certificate that `puzzle_proofs.py` checks by
other code, and REFUTED only for one that breaks a rule or misses the goal; a text without a solution is UNKNOWN. A
question is read only if all of it is consumed. `impossible` gives a certificate only after all states were looked at.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, Protocol

from slowthink.types import Evidence, Status, Verdict

MAX_LENGTH = 3000
NONE = "there is no solution"
"""The answer to a puzzle without one."""
State = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Move:
    """A legal move as it is written, and the state that it leads to."""

    text: str
    state: State


class Puzzle(Protocol):
    """One puzzle, as it was read."""

    @property
    def kind(self) -> str:
        """Which kind of puzzle it is."""
        ...

    @property
    def start(self) -> State:
        """Where it begins."""
        ...

    def moves(self, state: State) -> list[Move]:
        """All legal moves, in a fixed order."""
        ...

    def read_move(self, line: str, state: State) -> Move | str | None:
        """The move that a line of a model's text makes; why it is not legal; None where the line makes none."""
        ...

    def is_goal(self, state: State) -> bool:
        """Whether the puzzle is solved."""
        ...

    def key(self, state: State) -> Hashable:
        """States with the same key have the same moves before them."""
        ...

    def asked(self, state: State) -> str:
        """The question for the next move from a state, as a prompt has it."""
        ...

    def solution(self, moves: list[Move]) -> str:
        """The whole solution in words; `check` proves it."""
        ...

    def check(self, text: str) -> Verdict:
        """Judge a whole solution that a model wrote."""
        ...

    def data(self) -> dict[str, Any]:
        """The puzzle as JSON."""
        ...

    def impossible(self) -> dict[str, Any] | None:
        """A certificate that there is no solution; None where there is one, or where there are too many states."""
        ...


def evidence_for(puzzle: Puzzle, answer: str) -> tuple[Status, str, Evidence | None]:
    """What an answer to a puzzle is worth, why, and the evidence for it where it is proved.

    An answer that there is no solution is decided by looking at all states, which may take a second.
    """
    if NONE in answer.lower():
        certificate = puzzle.impossible()
        if certificate is None:
            return Status.UNKNOWN, "that there is no solution is not shown", None
        proof = Evidence(kind="puzzle", claim=NONE, status=Status.PROVED, certificate=certificate)
        return Status.PROVED, "all states were looked at", proof
    verdict = puzzle.check(answer)
    if verdict.status is not Status.PROVED or verdict.certificate is None:
        return verdict.status, verdict.reason, None
    claim = str(verdict.certificate["claim"])
    proof = Evidence(kind="puzzle", claim=claim, status=Status.PROVED, certificate=verdict.certificate)
    return Status.PROVED, "the whole question was read as a puzzle, and the solution was played", proof


def read_puzzle(question: str) -> Puzzle | None:
    """The puzzle that all of a question asks for; None when no reader consumes all of it, or more than one does."""
    from slowthink.verifiers import game24, hanoi, modify_one

    if len(question) > MAX_LENGTH:
        return None
    found = [one for one in (game24.read(question), hanoi.read(question), modify_one.read(question)) if one is not None]
    return found[0] if len(found) == 1 else None
