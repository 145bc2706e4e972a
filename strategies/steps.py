"""The space of a question's worked lines: each step is one line that the model writes behind those before it.

Ways on are forks of the branch that a node holds, the first one greedy and the others sampled, written as one batch
under watch. A line with a refuted claim is a refuted step. What a line is worth is what the chosen judges say of it,
on average: `verifier` (proved sums speak for it), `judgement` (the model is asked whether the work so far is right),
`likelihood` (how readily the model wrote it). A model that has no probabilities leaves the verifier alone to judge,
and the trace says so. Not covered: no judge here can say that a line is what the question needs.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from slowthink.branch import MindBranch
from slowthink.errors import BudgetExhausted, ModelUnavailable
from slowthink.mind import Mind
from slowthink.models.protocol import Completion, Prompt
from slowthink.strategies.direct import wants_number
from slowthink.strategies.protocol import Outcome, evidence_of
from slowthink.strategies.samples import is_result
from slowthink.strategies.search import Node, Step, Tree
from slowthink.types import AnsweredBy, Judgement, Problem, Status, Verdict
from slowthink.verifiers.answers import stated_number

LINE_TOKENS = 64
TEMPERATURE = 0.8
JUDGE = "\nIs this work right so far? Answer yes or no:"
YES, NO = " yes", " no"
_ENDS = ("answer:", "the answer is", "the final answer")
T = TypeVar("T")


@dataclass(frozen=True)
class Line:
    """The end of a line of work: the branch that wrote it, and whether a supervisor changed something on the way."""

    branch: MindBranch
    begun: str = ""
    """What the branch held before the last line."""
    is_repaired: bool = False
    judged: tuple[Judgement, ...] = ()
    """What was judged of all lines so far."""


class Steps:
    """A `Space` of lines of work; `width` ways on from each node, valued by the judges that are named."""

    def __init__(self, problem: Problem, mind: Mind, prompt: Prompt, width: int, judges: Sequence[str]) -> None:
        self.problem, self.mind, self.prompt, self.width = problem, mind, prompt, width
        self.judges = tuple(judges)

    def root(self) -> Line:
        """The prompt, and nothing behind it."""
        return Line(self.mind.branch(self.prompt))

    def key(self, state: Line) -> Hashable:
        """Work that is word for word the same is the same."""
        return state.branch.text or None

    def release(self, state: Line) -> None:
        """Let the branch go."""
        state.branch.release()

    async def propose(self, nodes: Sequence[Node[Line]]) -> list[list[Step[Line]]]:
        """`width` lines behind each node, all in one batch; a row that the budget does not reach is left out."""
        forks = [(node, at, fork) for node in nodes for at, fork in enumerate(node.state.branch.fork(self.width))]
        kept: list[list[Step[Line]]] = [[] for _ in nodes]
        place = {node.id: at for at, node in enumerate(nodes)}
        try:
            rows = await _all([self._line(fork, at) for _, at, fork in forks])
            if all(isinstance(row, BudgetExhausted) for row in rows):
                raise next(row for row in rows if isinstance(row, BudgetExhausted))
            for (node, _, fork), row in zip(forks, rows, strict=True):
                if isinstance(row, BudgetExhausted):
                    fork.release()
                    continue
                kept[place[node.id]].append(await self._step(node, fork, row))
        except BaseException:
            for _, _, fork in forks:
                fork.release()
            raise
        return kept

    async def _line(self, fork: MindBranch, at: int) -> Completion:
        return await fork.generate(
            max_tokens=LINE_TOKENS, temperature=TEMPERATURE if at else 0.0, stop=("\n",), supervised=True
        )

    async def _step(self, node: Node[Line], fork: MindBranch, row: Completion) -> Step[Line]:
        text = row.text.strip()
        judged = tuple(self.mind.verify(text, self.problem.question)) if text else ()
        begun, ends = node.state.branch.text, row.finish != "stop" or not text
        if row.finish == "stop":
            await fork.append("\n")
        is_last = text.lower().startswith(_ENDS) or (ends and bool(begun))
        repaired = node.state.is_repaired or bool(row.interventions)
        state = Line(fork, begun, repaired, (*node.state.judged, *judged))
        return Step(text, state, _verdict(text, judged, begun), judged, is_last, source=fork.model_key)

    async def value(self, nodes: Sequence[Node[Line]]) -> list[float] | None:
        """The mean of the judges, each asked for all nodes at once."""
        found: list[list[float]] = []
        for judge in list(self.judges):
            by_name: dict[str, Callable[[Sequence[Node[Line]]], Awaitable[list[float]]]] = {
                "verifier": _by_verifier,
                "judgement": _by_judgement,
                "likelihood": _by_likelihood,
            }
            try:
                found.append(await by_name[judge](nodes))
            except ModelUnavailable as error:
                self.judges = tuple(name for name in self.judges if name != judge)
                self.mind.remark(f"the judge {judge!r} is left out: {error}")
        if not found:
            found.append(await _by_verifier(nodes))
        return [sum(one) / len(one) for one in zip(*found, strict=True)]

    def outcome(self, tree: Tree[Line], one: int | None) -> Outcome:
        """What a node's whole line of work answers."""
        if one is None:
            return Outcome(None, reason=tree.spent or "no line of work came to an end")
        node = tree.choose(one, "the best of the lines that came to an end")
        text = "\n".join(part.thought.text for part in tree.path(one) if part.thought.text)
        judged = node.state.judged
        answer = stated_number(text) if wants_number(self.problem) else text.strip() or None
        if answer is None:
            return Outcome(None, text=text, reason="the work has no answer in it")
        by: AnsweredBy = "repair" if node.state.is_repaired else "model"
        holds = is_result(answer, judged)
        return Outcome(answer, by, text, steps_hold=holds, evidence=evidence_of(judged))


def _verdict(text: str, judged: Sequence[Judgement], begun: str) -> Verdict:
    if not text and not begun:
        return Verdict(status=Status.REFUTED, reason="nothing was written")
    wrong = next((j for j in judged if j.verdict.status is Status.REFUTED), None)
    if wrong is None:
        return Verdict(status=Status.UNKNOWN)
    right = f"; right is {wrong.verdict.correction}" if wrong.verdict.correction else ""
    return Verdict(status=Status.REFUTED, reason=f"{wrong.claim.text.strip()} is refuted{right}")


async def _by_verifier(nodes: Sequence[Node[Line]]) -> list[float]:
    """1 for a line with a proved sum, and for an answer that a proved sum came to; a half where nothing is known."""
    return [_verified(node) for node in nodes]


def _verified(node: Node[Line]) -> float:
    if node.is_last:
        return 1.0 if is_result(stated_number(node.thought.text), node.state.judged) else 0.25
    return 1.0 if any(j.verdict.status is Status.PROVED for j in node.thought.judgements) else 0.5


async def _by_judgement(nodes: Sequence[Node[Line]]) -> list[float]:
    """The model's own share of yes against no, when it is asked about the work so far."""
    return await _together([_judged(node) for node in nodes])


async def _judged(node: Node[Line]) -> float:
    (judge,) = node.state.branch.fork(1)
    try:
        await judge.append(JUDGE)
        yes, no = await judge.score([YES, NO])
        return 1 / (1 + math.exp(min(50.0, no.logprob - yes.logprob)))
    finally:
        judge.release()


async def _by_likelihood(nodes: Sequence[Node[Line]]) -> list[float]:
    """The geometric mean of the probabilities of the line's tokens; they passed through the model already."""
    return await _together([_likely(node) for node in nodes])


async def _likely(node: Node[Line]) -> float:
    text = node.state.branch.text
    (before,) = node.state.branch.fork(1)
    try:
        before.rewind(len(node.state.begun))
        (score,) = await before.score([text[len(node.state.begun) :]])
        return math.exp(score.logprob / max(1, score.tokens))
    finally:
        before.release()


async def _all(work: Sequence[Awaitable[T]]) -> list[T | BudgetExhausted]:
    """All at once; where the budget does not reach for one, its exception stands at its place."""
    results = await asyncio.gather(*work, return_exceptions=True)
    kept: list[T | BudgetExhausted] = []
    for result in results:
        if isinstance(result, BaseException) and not isinstance(result, BudgetExhausted):
            raise result
        kept.append(result)
    return kept


async def _together(work: Sequence[Awaitable[float]]) -> list[float]:
    """All at once; raises BudgetExhausted, when all have ended, if the budget did not reach for one."""
    results = await _all(work)
    for result in results:
        if isinstance(result, BudgetExhausted):
            raise result
    return [result for result in results if not isinstance(result, BudgetExhausted)]
