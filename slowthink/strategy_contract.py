"""The contract of a strategy: odd questions do not break it, budgets hold exactly, a cancelled one holds nothing.

It is asked what people may ask by mistake; under budgets of every size; cancelled in the middle of each of its first
steps; run again from its own trace without the model; and, where a model of random tokens is given, asked questions
that such a model cannot answer. Not covered: whether its answers are any good with a model that is.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from typing import Any

from slowthink.controller import SlowThinker, rerun
from slowthink.models.protocol import Branch, Completion, LanguageModel, Prompt, Request, Score
from slowthink.models.scripted import ScriptedModel
from slowthink.strategies import Strategy
from slowthink.types import Budget, Solution

ODD = (
    "?",
    "x" * 3000,
    "Zwölf 🦊 und 漢字: wie viele?",
    "[user] $question ${state} {0} %s <|im_end|>",
    "How many\n\n\n\t\x00\x07 apples?",
    "9" * 300 + " * 2 =",
    '{"steps": []}',
    "Why is the sky blue?",
    "Tom has 3 bags of 4 apples and eats 5. How many are left?",
    "Game of 24: 4 5 6 10",
    "Game of 24: 1 1 1 1",
)
"""What is asked; puzzles are among it, and questions that no text is an answer to."""
TOKENS = (0, 1, 100, 400, 2000)
NODES = (0, 1, 2, 7)
CANCELLED_AT = (1, 2, 3, 5, 9)
HARD = tuple((f"A shop has {a} crates of {b} jars. How many jars are there?", str(a * b)) for a, b in
             ((231, 47), (118, 63), (307, 29), (154, 88), (263, 71), (419, 36)))  # fmt: skip
_LINES = (
    " 3 * 4 = 12",
    " 12 - 5 = 7",
    "Answer: 7",
    " 2 + 2 = 5",
    "So the answer is 9.",
    "",
    "4 * 5 = 20 (left: 6 10 20)",
)


def check_strategy(strategy: Strategy, *, random_tokens: LanguageModel | None = None) -> None:
    """Hold `strategy` to the contract. Raises AssertionError that says what was expected and what came.

    Call it outside a running event loop. `random_tokens` is a model whose answers are worth nothing.
    """
    asyncio.run(_check(strategy, random_tokens))


async def _check(strategy: Strategy, random_tokens: LanguageModel | None) -> None:
    _expect(bool(strategy.name), "a strategy with a name", strategy.name)
    await _check_odd_and_replay(strategy)
    await _check_budgets(strategy)
    await _check_cancellation(strategy)
    if random_tokens is not None:
        await _check_random(strategy, random_tokens)


def _expect(holds: bool, expected: str, got: object) -> None:
    if not holds:
        raise AssertionError(f"expected {expected}; got {str(got)[:500]!r}")


def _babble(text: str, request: Request) -> str:
    dice = random.Random(f"{len(text)} {request.sampling.path} {request.sampling.seed}")
    return "\n".join(dice.choice(_LINES) for _ in range(3))


class _Watched:
    """A model that counts its branches and calls; the call number `stop_at` cancels the task that made it."""

    def __init__(self, stop_at: int = 0) -> None:
        self.inner = ScriptedModel(_babble)
        self.name, self.chat = self.inner.name, self.inner.chat
        self.open, self.calls, self.stop_at = 0, 0, stop_at
        self.task: asyncio.Task[Any] | None = None

    def called(self) -> None:
        self.calls += 1
        if self.calls == self.stop_at and self.task is not None:
            self.task.cancel()

    async def generate(self, requests: Sequence[Request]) -> list[Completion]:
        self.called()
        return await self.inner.generate(requests)

    async def score(self, prompt: Prompt, continuations: Sequence[str]) -> list[Score]:
        self.called()
        return await self.inner.score(prompt, continuations)

    def branch(self, prompt: Prompt) -> Branch:
        return _Held(self, self.inner.branch(prompt))

    def count(self, prompt: Prompt) -> int:
        return self.inner.count(prompt)

    def close(self) -> None:
        self.inner.close()


class _Held:
    """A branch that counts as open until it is released."""

    def __init__(self, model: _Watched, inner: Branch) -> None:
        self.model, self.inner, self.is_open = model, inner, True
        model.open += 1

    @property
    def text(self) -> str:
        return self.inner.text

    def mark(self) -> int:
        return self.inner.mark()

    async def append(self, text: str) -> None:
        await self.inner.append(text)

    async def generate(self, *given: Any, **named: Any) -> Completion:
        self.model.called()
        return await self.inner.generate(*given, **named)

    async def score(self, continuations: Sequence[str]) -> list[Score]:
        self.model.called()
        return await self.inner.score(continuations)

    def fork(self, k: int) -> Sequence[Branch]:
        return [_Held(self.model, one) for one in self.inner.fork(k)]

    def rewind(self, mark: int) -> None:
        self.inner.rewind(mark)

    def release(self) -> None:
        self.model.open -= self.is_open
        self.is_open = False
        self.inner.release()


async def _solved(strategy: Strategy, model: Any, question: str, budget: Budget | None = None) -> Solution:
    return await SlowThinker(model, strategy=strategy, budget=budget).asolve(question)


async def _check_odd_and_replay(strategy: Strategy) -> None:
    """A solution for every question, nothing held behind it, and the same one from its trace."""
    for question in ODD:
        model = _Watched()
        solution = await _solved(strategy, model, question)
        _expect(model.open == 0, f"every branch released after {question[:40]!r}", f"{model.open} open")
        again = await rerun(solution.trace, strategy)
        same = (again.answer, again.status, again.answered_by, again.usage.nodes)
        wanted = (solution.answer, solution.status, solution.answered_by, solution.usage.nodes)
        _expect(same == wanted, f"the replay of {question[:40]!r} to give {wanted}", same)
        ids = [event["id"] for event in solution.trace if event["event"] == "node"]
        _expect(len(ids) == solution.usage.nodes, f"{solution.usage.nodes} nodes in the trace", len(ids))


async def _check_budgets(strategy: Strategy) -> None:
    """No more than the budget is spent, whatever it is, and what is spent is told."""
    for question in ODD[-3:-1]:
        for tokens in TOKENS:
            solution = await _solved(strategy, _Watched(), question, Budget(tokens=tokens))
            _expect(solution.usage.tokens <= tokens, f"at most {tokens} tokens", solution.usage)
        free = await _solved(strategy, _Watched(), question)
        for nodes in NODES if free.usage.nodes else ():
            model = _Watched()
            solution = await _solved(strategy, model, question, Budget(nodes=nodes))
            _expect(solution.usage.nodes <= nodes, f"at most {nodes} nodes", solution.usage)
            _expect(model.open == 0, f"every branch released under {nodes} nodes", f"{model.open} open")
            again = await rerun(solution.trace, strategy)
            _expect(
                again.answer == solution.answer, f"{solution.answer!r} from the trace of {nodes} nodes", again.answer
            )
    solution = await _solved(strategy, _Watched(), ODD[-3], Budget(seconds=0))
    _expect(solution.usage.tokens == 0, "nothing to be spent in no time", solution.usage)


async def _check_cancellation(strategy: Strategy) -> None:
    """Whoever cancels a run gets all its branches back."""
    for question in ODD[-3:-1]:
        for stop_at in CANCELLED_AT:
            model = _Watched(stop_at)
            model.task = asyncio.ensure_future(_solved(strategy, model, question))
            await asyncio.gather(model.task, return_exceptions=True)
            ended = model.task.cancelled() or model.calls < stop_at
            _expect(ended, f"a run that is cancelled in its call {stop_at} to end so", model.task)
            _expect(
                model.open == 0, f"every branch released by a run cancelled in call {stop_at}", f"{model.open} open"
            )


async def _check_random(strategy: Strategy, model: LanguageModel) -> None:
    """Random tokens answer nothing."""
    for question, gold in HARD:
        solution = await _solved(strategy, model, question, Budget(tokens=20_000))
        right = solution.answer == gold and solution.answered_by != "reader"
        _expect(not right, f"no right answer to {question!r} from random tokens", solution.answer)
