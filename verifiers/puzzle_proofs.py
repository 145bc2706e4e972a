"""Checks evidence about puzzles by code of its own: it shares nothing with the puzzles and their readers.

A solution is played or computed again. A claim that there is none is decided anew by another way than the one that
made it: for the game of 24 all values of all subsets of the numbers, for a modified integer the left side at three
places for each integer; the counts and coefficients of the certificate must be the ones that come out here.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

from slowthink.verifiers.sum_proofs import Unreadable, value_of

NONE = "there is no solution"
MOST_NUMBERS, MOST_MOVES = 5, 5000


def refute(claim: str, certificate: dict[str, Any]) -> str | None:
    """What is wrong with the evidence that a claim is the puzzle's solution, or that it has none; None if it holds."""
    puzzle, solution = certificate.get("puzzle"), certificate.get("solution")
    if not isinstance(puzzle, dict):
        return "expected 'puzzle' with its data"
    kinds = {"game24": (_expression, _no_expression), "hanoi": (_moves, None), "modify_one": (_left, _no_left)}
    solved, unsolved = kinds.get(str(puzzle.get("kind")), (None, None))
    try:
        if certificate.get("impossible") is True:
            if claim != NONE:
                return "the certificate says that there is no solution, the claim is another"
            return "no such proof is known here" if unsolved is None else unsolved(puzzle, certificate)
        return "this kind of puzzle is not known here" if solved is None else solved(puzzle, solution, claim)
    except (Unreadable, ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        return f"the certificate cannot be read: {error or type(error).__name__}"


def _expression(puzzle: dict[str, Any], solution: Any, claim: str) -> str | None:
    if claim not in (solution, f"{solution} = {puzzle['target']}"):
        return "the claim is another than the solution"
    used = sorted(re.findall(r"\d+", solution))
    if used != sorted(str(abs(n)) for n in puzzle["numbers"]):
        return f"{solution} does not use each number once"
    value = value_of(solution)
    return None if value == puzzle["target"] else f"{solution} is {value}"


def _no_expression(puzzle: dict[str, Any], certificate: dict[str, Any]) -> str | None:
    numbers = [Fraction(int(n)) for n in puzzle["numbers"]]
    if not 1 <= len(numbers) <= MOST_NUMBERS:
        return "so many numbers are not looked through here"
    whole = (1 << len(numbers)) - 1
    values: dict[int, set[Fraction]] = {1 << at: {number} for at, number in enumerate(numbers)}
    for subset in range(1, whole + 1):
        found = values.setdefault(subset, set())
        part = (subset - 1) & subset
        while part:
            found.update(_all(values[part], values[subset ^ part]))
            part = (part - 1) & subset
    if puzzle["target"] in values[whole]:
        return f"{puzzle['target']} can be made"
    counted = len(values[whole])
    return None if counted == certificate.get("values") else f"the numbers can come to {counted} values"


def _all(left: set[Fraction], right: set[Fraction]) -> set[Fraction]:
    found = set()
    for a in left:
        for b in right:
            found |= {a + b, a - b, a * b}
            if b:
                found.add(a / b)
    return found


def _moves(puzzle: dict[str, Any], solution: Any, claim: str) -> str | None:
    rods = {name: list(disks) for name, disks in zip(puzzle["rods"], puzzle["disks"], strict=True)}
    written = [[a.upper(), b.upper()] for a, b in re.findall(r"from rod (\w+) to rod (\w+)", claim, re.IGNORECASE)]
    if len(solution) > MOST_MOVES or written != solution:
        return "the claim has other moves than the solution"
    for number, (source, target) in enumerate(solution, 1):
        disk = rods[source].pop()
        if rods[target] and rods[target][-1] < disk:
            return f"move {number} puts disk {disk} on disk {rods[target][-1]}"
        rods[target].append(disk)
    return None if all(not disks for name, disks in rods.items() if name != puzzle["goal"]) else "not all disks arrive"


def _integers(text: str) -> list[re.Match[str]]:
    if not re.fullmatch(r"[\d\s()+*-]{1,400}", text):
        raise Unreadable("a left side with other signs than + - * ( )")
    return list(re.finditer(r"\d+", text))


def _left(puzzle: dict[str, Any], solution: Any, claim: str) -> str | None:
    if claim != solution:
        return "the claim is another than the solution"
    left = puzzle["left"]
    changes = 0
    for one in _integers(left):
        head, tail = left[: one.start()].replace(" ", ""), left[one.end() :].replace(" ", "")
        bare = solution.replace(" ", "")
        middle = bare[len(head) : len(bare) - len(tail)] if len(bare) > len(head) + len(tail) else ""
        same = bare.startswith(head) and bare.endswith(tail) and re.fullmatch(r"-?\d+", middle)
        changes += bool(same) and int(middle) != int(one[0])
    if changes != 1:
        return "not exactly one integer is changed"
    value = value_of(solution)
    return None if value == puzzle["target"] else f"{solution} is {value}"


def _no_left(puzzle: dict[str, Any], certificate: dict[str, Any]) -> str | None:
    left, target = puzzle["left"], puzzle["target"]
    found = []
    for one in _integers(left):
        at = [value_of(f"{left[: one.start()]}({x}){left[one.end() :]}") for x in (0, 1, 2)]
        slope = at[1] - at[0]
        if at[2] - at[1] != slope:
            return f"the left side is not affine in {one[0]}"
        found.append([str(slope), str(at[0])])
        if slope == 0:
            if at[0] == target:
                return f"{one[0]} can be changed to anything"
            continue
        needed = (target - at[0]) / slope
        if needed.denominator == 1 and needed != int(one[0]):
            return f"{one[0]} can be changed to {needed}"
    return None if found == certificate.get("lines") else f"the coefficients are {found}"
