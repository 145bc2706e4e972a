"""Puzzles by search, with the model as the one who proposes: every move is checked, and so is the goal.

Moves come from one of three proposers. `proposals`: the model writes moves behind the state, and illegal ones are
refuted nodes; where that ends in nothing, moves that it proposed in one state are tried in all others in which they
are legal, and the reason of the result says so. `scores`: all legal moves, in the order of how readily the model would
write each. `random`: all legal moves in a seeded order, which is what the others are held against. A model whose own
proposals end in nothing is too weak a proposer; then `scores` goes on from the start, and the reason says so. Where the
model has no probabilities either, the moves stand in their fixed order, and that is said, too.

The answer's source is always `search`. Guaranteed: a solution that is given was played; that there is none is said only
with a certificate. A solution goes the shortest way through the states that were looked at, not through all there are.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from slowthink.errors import BudgetExhausted, InputError, ModelUnavailable
from slowthink.mind import Mind
from slowthink.models.protocol import Prompt
from slowthink.strategies.orders import depth_first
from slowthink.strategies.protocol import Outcome
from slowthink.strategies.search import UNKNOWN, Node, Step, Tree, grown
from slowthink.strategies.template import prompt_from
from slowthink.types import Problem, Status, Verdict
from slowthink.verifiers.puzzles import NONE, Move, Puzzle, State

Proposer = Literal["proposals", "scores", "random"]
LINE_TOKENS, TEMPERATURE = 160, 0.7
DEEP = 10_000


class Play:
    """A `Space` of the states of one puzzle."""

    def __init__(
        self,
        puzzle: Puzzle,
        mind: Mind,
        proposer: Proposer,
        samples: int = 1,
        line_tokens: int = LINE_TOKENS,
        is_shuffled: bool = False,
        elsewhere: Sequence[str] = (),
    ) -> None:
        self.elsewhere = tuple(elsewhere)
        """Lines that were proposed in other states, tried after those of the state itself."""
        self.written = dict.fromkeys(elsewhere)
        """All lines that were proposed so far, in their order."""
        self.puzzle, self.mind, self.samples, self.line_tokens = puzzle, mind, samples, line_tokens
        self.proposer: Proposer | Literal["fixed"] = proposer
        self.is_shuffled = is_shuffled

    def root(self) -> State:
        """Where the puzzle begins."""
        return self.puzzle.start

    def key(self, state: State) -> Hashable:
        """A state that was reached once is not looked at again."""
        return self.puzzle.key(state)

    def release(self, state: State) -> None:
        """A state holds nothing."""

    async def propose(self, nodes: Sequence[Node[State]]) -> list[list[Step[State]]]:
        """The moves from each node, all asked for at once."""
        moves = self._proposed if self.proposer == "proposals" else self._ordered
        results = await asyncio.gather(*(moves(node) for node in nodes), return_exceptions=True)
        found: list[list[Step[State]]] = []
        for result in results:
            if isinstance(result, BaseException):
                raise result
            found.append(result)
        return found

    async def value(self, nodes: Sequence[Node[State]]) -> list[float] | None:
        """A move is worth what its proposer thinks of it."""
        return None

    def _step(self, move: Move, prior: float, source: str) -> Step[State]:
        refuted = getattr(self.puzzle, "refuted", None)
        why = refuted(move.state) if refuted is not None else None
        verdict, is_goal = UNKNOWN, False
        if why is not None:
            verdict = Verdict(status=Status.REFUTED, reason=why)
        elif self.puzzle.is_goal(move.state):
            verdict, is_goal = Verdict(status=Status.PROVED, reason="the goal"), True
        return Step(move.text, move.state, verdict, is_last=is_goal, prior=prior, source=source)

    async def _proposed(self, node: Node[State]) -> list[Step[State]]:
        """What the model writes behind the state, in its order; illegal moves are refuted steps."""
        strand = self.mind.child(f"node {node.id}")
        prompt = self._prompt(node.state)
        rows = []
        try:
            rows = await strand.generate(prompt, max_tokens=self.line_tokens, n=1)
            if self.samples > 1:
                rows += await strand.generate(
                    prompt, max_tokens=self.line_tokens, temperature=TEMPERATURE, n=self.samples - 1, first=1
                )
        except InputError as error:
            strand.remark(f"no proposal: {error}")
        steps: list[Step[State]] = []
        seen: set[Hashable] = set()
        for line in (line for row in rows for line in row.text.splitlines()):
            move = self.puzzle.read_move(line, node.state)
            if move is not None:
                self.written[line.strip()] = None
            if isinstance(move, str):
                wrong = Verdict(status=Status.REFUTED, reason=move)
                if line not in seen:
                    steps.append(Step(line.strip(), node.state, wrong, source=strand.path))
                seen.add(line)
            elif move is not None and (key := self.puzzle.key(move.state)) not in seen:
                seen.add(key)
                steps.append(self._step(move, 1.0, strand.path))
        for line in self.elsewhere:
            move = self.puzzle.read_move(line, node.state)
            if isinstance(move, Move) and (key := self.puzzle.key(move.state)) not in seen:
                seen.add(key)
                steps.append(self._step(move, 0.5, strand.path))
        return self._shuffled(steps, node) if self.is_shuffled else steps

    def _shuffled(self, steps: list[Step[State]], node: Node[State]) -> list[Step[State]]:
        """The same steps in a seeded random order."""
        dice = random.Random(f"{self.mind.seed} {self.puzzle.key(node.state)}")
        return [replace(step, prior=dice.random()) for step in steps]

    async def _ordered(self, node: Node[State]) -> list[Step[State]]:
        """All legal moves, the one that is thought best first."""
        moves = self.puzzle.moves(node.state)
        priors = await self._priors(node, moves)
        ranked = sorted(range(len(moves)), key=lambda at: (-priors[at], at))
        source = f"{self.mind.path}node {node.id}/"
        return [self._step(moves[at], priors[at], source) for at in ranked]

    async def _priors(self, node: Node[State], moves: list[Move]) -> list[float]:
        if self.proposer == "random":
            dice = random.Random(f"{self.mind.seed} {self.puzzle.key(node.state)}")
            return [dice.random() for _ in moves]
        if self.proposer == "scores" and len(moves) > 1:
            try:
                strand = self.mind.child(f"node {node.id}")
                scores = await strand.score(self._prompt(node.state), [f" {move.text}" for move in moves])
                return [score.logprob / max(1, score.tokens) for score in scores]
            except ModelUnavailable as error:
                self.proposer = "fixed"
                self.mind.remark(f"all legal moves, in their fixed order: {error}")
        return [0.0] * len(moves)

    def _prompt(self, state: State) -> Prompt:
        return prompt_from(f"move_{self.puzzle.kind}", Problem.of(self.puzzle.asked(state)))


@dataclass(frozen=True)
class PuzzleSearch:
    """Depth-first search; `proposer` says where moves come from first, `samples` how many replies propose."""

    proposer: Proposer = "scores"
    samples: int = 1
    falls_back: bool = True
    line_tokens: int = LINE_TOKENS
    is_shuffled: bool = False
    """Take proposals in a seeded random order: what the model's own order is held against."""
    name = "puzzle"

    async def solve(self, problem: Problem, mind: Mind) -> Outcome:
        """A solution that was played, or a proof that there is none."""
        puzzle = mind.read_puzzle(problem)
        if puzzle is None:
            return Outcome(None, reason="the question is not read as a puzzle, from its first word to its last")
        if puzzle.is_goal(puzzle.start):
            return Outcome(puzzle.solution([]), "search", reason="the start is the goal")
        outcome, spent, written = await self._searched(puzzle, mind.child(self.proposer), self.proposer)
        tried: tuple[str, ...] = ()
        while outcome.answer is None and not spent and len(written) > len(tried):
            mind.remark(f"{outcome.reason}; on with moves that the model proposed in other states")
            tried, strand = written, mind.child(f"elsewhere {len(written)}")
            outcome, spent, written = await self._searched(puzzle, strand, "proposals", tried)
        if outcome.answer is None and self.proposer == "proposals" and self.falls_back and not spent:
            mind.remark(f"the model's own proposals: {outcome.reason}; on with all legal moves")
            outcome, spent, _ = await self._searched(puzzle, mind.child("scores"), "scores")
        if outcome.answer is not None or spent:
            return outcome
        return await self._none(puzzle, outcome)

    async def _searched(
        self, puzzle: Puzzle, mind: Mind, proposer: Proposer, elsewhere: tuple[str, ...] = ()
    ) -> tuple[Outcome, str, tuple[str, ...]]:
        """One search from the start; the budget that was spent, if any was; and all lines that were proposed so far."""
        space = Play(puzzle, mind, proposer, self.samples, self.line_tokens, self.is_shuffled, elsewhere)
        async with grown(space, mind) as tree:
            await depth_first(tree, DEEP)
            if tree.goal is None:
                reason = tree.spent or "no state that was looked at is the goal"
                return Outcome(None, reason=reason), tree.spent, tuple(space.written)
            tree.choose(tree.goal, "the goal")
            moves = shortest(puzzle, tree)
            said = _SAID["elsewhere" if space.elsewhere else space.proposer]
            reason = f"solved by search, {tree.expanded} states expanded, {len(tree.nodes) - 1} looked at; {said}"
            found = Outcome(puzzle.solution(moves), "search", "\n".join(m.text for m in moves), reason)
            return found, "", tuple(space.written)

    async def _none(self, puzzle: Puzzle, outcome: Outcome) -> Outcome:
        if self.proposer == "proposals" and not self.falls_back:
            return outcome
        certificate = await asyncio.to_thread(puzzle.impossible)
        if certificate is None:
            return outcome
        return Outcome(NONE, "search", reason="all states were looked at, and none is the goal")


_SAID = {
    "proposals": "every move was proposed by the model",
    "elsewhere": "every move was proposed by the model, some of them in other states",
    "scores": "all legal moves, in the order of the model's scores",
    "random": "all legal moves, in a random order",
    "fixed": "all legal moves, in their fixed order: the model has no probabilities",
}


def shortest(puzzle: Puzzle, tree: Tree[State]) -> list[Move]:
    """The shortest way from the start to the goal through states that were looked at, by legal moves."""
    known = {puzzle.key(node.state) for node in tree.nodes if node.status is not Status.REFUTED}
    way: dict[Hashable, tuple[Hashable, Move] | None] = {puzzle.key(puzzle.start): None}
    level = [puzzle.start]
    while level:
        following = []
        for state in level:
            for move in puzzle.moves(state):
                key = puzzle.key(move.state)
                if key not in known or key in way:
                    continue
                way[key] = (puzzle.key(state), move)
                if puzzle.is_goal(move.state):
                    return _walked(way, key)
                following.append(move.state)
        level = following
    return []


def _walked(way: dict[Hashable, tuple[Hashable, Move] | None], key: Hashable) -> list[Move]:
    moves: list[Move] = []
    while (step := way[key]) is not None:
        key = step[0]
        moves.append(step[1])
    return moves[::-1]


async def fast_or_search(problem: Problem, puzzle: Puzzle, mind: Mind, fast: Outcome) -> Outcome:
    """The fast answer where it is proved, as the model's own; else the search's."""
    verdict = puzzle.check(fast.text or fast.answer or "")
    if verdict.status is Status.PROVED:
        return Outcome(fast.text.strip(), "model", fast.text, fast_answer=fast.answer, steps_hold=True)
    mind.remark(f"the fast answer: {verdict.reason or 'not a solution'}; on to search")
    try:
        found = await PuzzleSearch().solve(problem, mind.child(PuzzleSearch.name))
    except BudgetExhausted as error:
        found = Outcome(None, reason=str(error))
    return Outcome(found.answer, found.answered_by, found.text, found.reason, fast_answer=fast.answer)
