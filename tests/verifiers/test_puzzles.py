"""Puzzles: closed readers, exact checks, moves, and certificates that other code verifies."""

import itertools
import random
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slowthink.types import Evidence, Status
from slowthink.verifiers import puzzle_proofs
from slowthink.verifiers.certificates import recheck
from slowthink.verifiers.game24 import Game24
from slowthink.verifiers.hanoi import Hanoi
from slowthink.verifiers.modify_one import ModifyOne
from slowthink.verifiers.puzzles import NONE, Puzzle, evidence_for, read_puzzle

PAPER_HANOI = (
    'Consider a "Tower of Hanoi" problem with three rods. In the beginning, on Rod A there are two disks of radii 3 '
    "and 1, and on Rod B there is one disk of radius 2. The goal is to move all the disks to Rod C. Suggest a solution."
)
PAPER_ONE = (
    "Consider the identity:\n9 * 4 + 6 * 6 = 72\nCan you modify exactly one integer (and not more than that!) on the "
    "left hand side of the equation so the right hand side becomes 99?\n-Let's think step by step, write down a plan, "
    'and then write down your solution as: "The solution is: A*B+C*D".'
)
READ: list[tuple[str, Puzzle]] = [
    (PAPER_HANOI, Hanoi(("A", "B", "C"), ((3, 1), (2,), ()), 2)),
    (PAPER_ONE, ModifyOne("9 * 4 + 6 * 6", 99)),
    ("Game of 24: 4 5 6 10", Game24((4, 5, 6, 10))),
    (
        "Use the numbers 3, 3, 8 and 8 to make 24, using each number exactly once. Show your steps.",
        Game24((3, 3, 8, 8)),
    ),
    ("Make 10 from 1, 2 and 7.", Game24((1, 2, 7), 10)),
    ("Use 4 4 6 8 and basic arithmetic operations (+ - * /) to obtain 24.", Game24((4, 4, 6, 8))),
    ("Change exactly one number in 2 + 3 * 4 = 14 so that the result becomes 20.", ModifyOne("2 + 3 * 4", 20)),
    ("Solve the Tower of Hanoi with 3 disks from rod A to rod C.", Hanoi(("A", "B", "C"), ((3, 2, 1), (), ()), 2)),
]


@pytest.mark.parametrize(("question", "puzzle"), READ)
def test_read(question: str, puzzle: Puzzle) -> None:
    assert read_puzzle(question) == puzzle


@pytest.mark.parametrize(
    "question",
    [
        "Make 24 from 3, 3, 8 and 8 without using division.",
        "Make 24 from 3, 3, 8 and 8 in at most two steps.",
        "Make 24 from 3, 3, 8 and 8. Then double it.",
        "Use the numbers 3, 3, 8 and 8 to make 24 cookies for 3 children.",
        "Is it true that one can make 24 from 3, 3, 8 and 8?",
        "Game of 24: 4 5 6.5 10",
        "Game of 24: 4",
        PAPER_HANOI + " Use at most 4 moves.",
        PAPER_HANOI.replace("three rods", "two rods"),
        PAPER_HANOI.replace("radius 2", "radius 3"),
        PAPER_HANOI.replace("two disks of radii 3 and 1", "three disks of radii 3 and 1"),
        PAPER_HANOI.replace("all the disks", "all the disks but one"),
        PAPER_ONE.replace("= 72", "= 71"),
        PAPER_ONE.replace("exactly one integer", "exactly two integers"),
        PAPER_ONE + " The new integer must be even.",
        PAPER_ONE.replace("9 * 4", "9 / 4"),
        "Change exactly one digit in 12 + 3 = 15 so that the result becomes 20.",
        "What is 3 + 4?",
        "",
    ],
)
def test_declined(question: str) -> None:
    """A condition that is not understood changes the puzzle, so the question is not read."""
    assert read_puzzle(question) is None


def _random_play(puzzle: Puzzle, dice: random.Random, steps: int) -> list[str]:
    state, lines = puzzle.start, []
    for _ in range(steps):
        moves = puzzle.moves(state)
        if not moves:
            break
        move = dice.choice(moves)
        again = puzzle.read_move(move.text, state)
        assert again is not None
        assert not isinstance(again, str)
        assert puzzle.key(again.state) == puzzle.key(move.state)
        state = move.state
        lines.append(move.text)
    return lines


@given(st.integers(0, 10_000))
def test_moves_are_read_as_they_are_written(seed: int) -> None:
    dice = random.Random(seed)
    numbers = tuple(dice.randint(1, 13) for _ in range(4))
    _random_play(Game24(numbers), dice, 3)
    rods: list[list[int]] = [[], [], []]
    for disk in range(5, 0, -1):
        dice.choice(rods).append(disk)
    hanoi = Hanoi(("A", "B", "C"), tuple(tuple(rod) for rod in rods), dice.randrange(3))
    lines = _random_play(hanoi, dice, dice.randint(1, 30))
    verdict = hanoi.check("\n".join(lines))
    end = [list(rod) for rod in rods]
    for line in lines:
        source, target = ("ABC".index(line.partition(word)[2][0]) for word in ("from Rod ", "to Rod "))
        end[target].append(end[source].pop())
    arrived = sum(map(len, end)) == len(end[hanoi.goal])
    assert verdict.status is (Status.PROVED if arrived else Status.REFUTED)


def _values(numbers: tuple[int, ...]) -> set[Fraction]:
    """All values of four numbers by brute force over orders, signs and the five bracketings."""
    found: set[Fraction] = set()

    def join(sign: str, a: Fraction | None, b: Fraction | None) -> Fraction | None:
        if a is None or b is None or (sign == "/" and b == 0):
            return None
        return {"+": a + b, "-": a - b, "*": a * b}.get(sign) if sign != "/" else a / b

    for a, b, c, d in set(itertools.permutations([Fraction(n) for n in numbers])):
        for x, y, z in itertools.product("+-*/", repeat=3):
            for value in (
                join(z, join(y, join(x, a, b), c), d),
                join(z, join(x, a, join(y, b, c)), d),
                join(y, join(x, a, b), join(z, c, d)),
                join(x, a, join(z, join(y, b, c), d)),
                join(x, a, join(y, b, join(z, c, d))),
            ):
                if value is not None:
                    found.add(value)
    return found


@pytest.mark.parametrize("numbers", [(1, 1, 1, 1), (4, 5, 6, 10), (1, 2, 7, 7), (3, 3, 8, 8), (13, 13, 13, 13)])
def test_impossible_means_impossible(numbers: tuple[int, ...]) -> None:
    values = _values(numbers)
    certificate = Game24(numbers).impossible()
    assert (certificate is None) == (24 in values)
    if certificate is not None:
        assert certificate["values"] == len(values)
        evidence = Evidence(kind="puzzle", claim=NONE, status=Status.PROVED, certificate=certificate)
        assert recheck(evidence).status is Status.PROVED
        for change in ({"values": len(values) - 1}, {"puzzle": {**certificate["puzzle"], "numbers": [4, 5, 6, 10]}}):
            wrong = evidence.model_copy(update={"certificate": {**certificate, **change}})
            assert recheck(wrong).status is Status.REFUTED


@given(st.lists(st.integers(0, 30), min_size=4, max_size=4), st.integers(-50, 700))
def test_a_changed_integer_is_found_where_there_is_one(values: list[int], target: int) -> None:
    a, b, c, d = values
    puzzle = ModifyOne(f"{a} * {b} + {c} * {d}", target)
    for at in range(4):
        changed = list(values)
        fits = []
        for x in range(-760, 761):
            changed[at] = x
            if x != values[at] and changed[0] * changed[1] + changed[2] * changed[3] == target:
                fits.append(x)
        found = puzzle.fitting(at)
        assert (found is None) == (not fits)
        if found is not None:
            assert found in fits
            move = next(move for move in puzzle.moves(()) if move.state == (at,))
            status, _, evidence = evidence_for(puzzle, puzzle.solution([move]))
            assert status is Status.PROVED
            assert evidence is not None
            assert recheck(evidence).status is Status.PROVED
    certificate = puzzle.impossible()
    assert (certificate is None) == any(puzzle.fitting(at) is not None for at in range(4))
    if certificate is not None:
        assert puzzle_proofs.refute(NONE, certificate) is None
        certificate["lines"][0][0] += "1"
        assert puzzle_proofs.refute(NONE, certificate) is not None


@pytest.mark.parametrize(
    ("puzzle", "text", "status", "why"),
    [
        (Game24((4, 5, 6, 10)), "Answer: (5 - 4) * (10 - 6) * 6 = 24", Status.REFUTED, "each once"),
        (Game24((4, 5, 6, 10)), "10 - 6 = 4 (left: 4 4 5)\nAnswer: 4 * 5 + (10 - 6) = 24", Status.PROVED, ""),
        (Game24((4, 5, 6, 10)), "4 * 5 + 10 - 6 = 25", Status.PROVED, ""),
        (Game24((4, 5, 6, 10)), "4 + 5 + 6 + 10 = 24", Status.REFUTED, "is 25"),
        (Game24((3, 3, 8, 8)), "8 / (3 - 8 / 3) = 24", Status.PROVED, ""),
        (Game24((3, 3, 8, 8)), "I do not know.", Status.UNKNOWN, ""),
        (ModifyOne("9 * 4 + 6 * 6", 99), "The solution is: 9 * 4 + 9 * 3", Status.REFUTED, "2 integers"),
        (ModifyOne("9 * 4 + 6 * 6", 99), "Try 9 * 5 + 6 * 6. The solution is: 9*7+6*6.", Status.PROVED, ""),
        (ModifyOne("9 * 4 + 6 * 6", 99), "The solution is: 9 + 7 * 6 * 6", Status.REFUTED, "with one integer"),
        (ModifyOne("2 * 5 + 9 * 7", 55), "2 * -4 + 9 * 7", Status.PROVED, ""),
        (
            Hanoi(("A", "B", "C"), ((3, 1), (2,), ()), 2),
            "1. Move the smallest disk (radius 1) from Rod A to Rod C.\n"
            "2. Move the disk of radius 2 from Rod B to Rod A.\n"
            "3. Move the smallest disk (radius 1) from Rod C to Rod A, on top of the disk of radius 2.\n"
            "4. Move the largest disk (radius 3) from Rod A to Rod C.",
            Status.REFUTED,
            "move 4",
        ),
        (
            Hanoi(("A", "B", "C"), ((2,), (1,), ()), 2),
            "Move disk 2 from A to C. Then move disk 1 from B to C.",
            Status.PROVED,
            "",
        ),
    ],
)
def test_written_solutions(puzzle: Puzzle, text: str, status: Status, why: str) -> None:
    verdict = puzzle.check(text)
    assert verdict.status is status
    assert why in verdict.reason
    if verdict.certificate is not None:
        evidence = Evidence(
            kind="puzzle", claim=verdict.certificate["claim"], status=Status.PROVED, certificate=verdict.certificate
        )
        assert recheck(evidence).status is Status.PROVED
        assert recheck(evidence.model_copy(update={"claim": "1 + 1"})).status is Status.REFUTED


def test_a_rounded_number_is_the_one_it_is_rounded_from() -> None:
    game = Game24((2, 3, 5, 7))
    move = game.read_move("5 / 3 = 1.667 (left: 1.667 2 7)", game.start)
    assert move is not None
    assert not isinstance(move, str)
    following = game.read_move("7 * 1.667 = 11.67", move.state)
    assert following is not None
    assert not isinstance(following, str)
    assert sorted(value for value, _ in following.state) == [2, Fraction(35, 3)]
    assert game.read_move("4 * 5 = 20", game.start) == "4 is not among 2 3 5 7"


def test_hostile_certificates_are_refuted_or_unknown() -> None:
    rods = {"kind": "hanoi", "rods": ["A", "B", "C"], "disks": [[1], [], []], "goal": "B"}
    certificates: list[dict[str, Any]] = [
        {},
        {"puzzle": 3},
        {"puzzle": {"kind": "hanoi"}},
        {"puzzle": {"kind": "game24"}, "impossible": True},
        {"puzzle": {**rods, "disks": [[1]]}, "solution": [["A", "Z"]]},
        {"puzzle": {"kind": "modify_one", "left": "9**9**9", "target": 1}, "impossible": True},
        {"puzzle": rods, "impossible": True},
    ]
    for certificate in certificates:
        for claim in (NONE, "x"):
            evidence = Evidence(kind="puzzle", claim=claim, status=Status.PROVED, certificate=certificate)
            assert recheck(evidence).status is not Status.PROVED
