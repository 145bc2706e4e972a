"""The game of 24 as GPT-4 played it: recorded steps and answers as proposals by state, and what they can solve.

The ceiling is found exhaustively and without the search that is measured: `own`, from the steps that were recorded for
the puzzle itself, each in the states behind which it stands; `by_state`, also from those that were recorded behind the
same numbers in another puzzle. Beyond it a search must take a step where it was not proposed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

from slowthink.verifiers.expressions import Expression, Negation, Number, evaluate, parse, write
from slowthink.verifiers.game24 import Game24
from slowthink.verifiers.puzzles import Move, State

Row = dict[str, Any]


def proposals(rows: list[Row]) -> tuple[list[Row], int]:
    """What GPT-4 proposed, by state, as records; and how many lines these are.

    Its search proposed steps behind states; its chains are steps one behind the other; its answers are expressions,
    whose operations are steps, too. A step is recorded, right or wrong as it is, where its chain stands: behind the
    numbers that are left, and behind those that were written down as left, which is what its search asked it with.
    """
    found: dict[str, dict[str, None]] = {}
    for row in rows:
        game = _game(row)
        for text in _chains(row):
            lines = text.replace("Steps:\n", "").splitlines()
            _recorded(game, [line for line in lines if not line.startswith("Answer")], found)
            for line in lines:
                if line.startswith("Answer"):
                    _recorded(game, _operations(line), found)
        for answer in row["io100"]:
            _recorded(game, _operations(answer), found)
    records = [{"question": asked, "samples": ["\n".join(lines)]} for asked, lines in found.items()]
    return records, sum(map(len, found.values()))


def _recorded(game: Game24, lines: Iterable[str], found: dict[str, dict[str, None]]) -> None:
    places = [game.start]
    for line in lines:
        following: list[State] = []
        for state in places:
            move = game.read_move(line, state)
            if move is not None:
                found.setdefault(game.asked(state), {})[line.partition("(left")[0].strip()] = None
                following += [] if isinstance(move, str) else [move.state]
        stated = _stated(line, following)
        places = list({game.key(state): state for state in (*following, *stated)}.values())


def _stated(line: str, states: list[State]) -> list[State]:
    """The numbers that a line says are left; a rounded one is that of a state which it is rounded from."""
    numbers = re.findall(r"-?\d+(?:\.\d+)?(?:/\d*[1-9]\d*)?", line.partition("(left")[2])
    exact = {value for state in states for value, _ in state}
    state = []
    for one in numbers:
        value = Fraction(one)
        decimals = len(one.partition(".")[2])
        near = [other for other in exact if decimals and abs(other - value) < Fraction(1, 10**decimals)]
        state.append(near[0] if len(near) == 1 else value)
    return [tuple((value, str(value)) for value in state)] if state else []


def _operations(answer: str) -> Iterator[str]:
    """The operations of an expression, innermost first, as lines."""
    expression = parse(answer.replace("Answer:", "").partition("=")[0].strip())
    return iter(()) if expression is None else _lines(expression)


def _lines(expression: Expression) -> Iterator[str]:
    if isinstance(expression, Number | Negation):
        return
    yield from _lines(expression.left)
    yield from _lines(expression.right)
    left, right = evaluate(expression.left), evaluate(expression.right)
    if left is not None and right is not None:
        yield f"{left!s} {expression.operator} {right!s} = {write(expression)}"


def ceiling(rows: list[Row], records: list[Row]) -> dict[str, Any]:
    """How many puzzles the records solve at most, and which not; `records` are those of `proposals` of all rows."""
    found: dict[str, Any] = {}
    for way in ("own", "by_state"):
        solved = [_is_reached(_game(row), _by_state(proposals([row])[0] if way == "own" else records)) for row in rows]
        left = [row["puzzle"] for row, is_solved in zip(rows, solved, strict=True) if not is_solved]
        found[way] = {"solved": sum(solved), "not": left}
    return found


def _by_state(records: list[Row]) -> dict[str, list[str]]:
    return {record["question"]: record["samples"][0].splitlines() for record in records}


def _game(row: Row) -> Game24:
    return Game24(tuple(int(n) for n in row["puzzle"].split()))


def _chains(row: Row) -> list[str]:
    searched = [text for step in row["tot_steps"] for text in step["new_ys"]]
    return [*searched, *row["tot_bfs5"], *row["cot100"]]


def _is_reached(game: Game24, by_state: dict[str, list[str]]) -> bool:
    """Whether any way through the recorded steps comes to the goal."""
    left, seen = [game.start], {game.key(game.start)}
    while left:
        state = left.pop()
        if game.is_goal(state):
            return True
        for line in by_state.get(game.asked(state), ()):
            move = game.read_move(line, state)
            if isinstance(move, Move) and (key := game.key(move.state)) not in seen:
                seen.add(key)
                left.append(move.state)
    return False
