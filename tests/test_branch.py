"""A strategy's branches: budget, trace and replay hold for them as for all that goes through the mind."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from slowthink import Budget, SlowThinker
from slowthink.budget import Ledger
from slowthink.errors import BudgetExhausted
from slowthink.mind import Mind
from slowthink.models.protocol import Prompt
from slowthink.models.scripted import ScriptedModel
from slowthink.replay import Replay
from slowthink.senses import Senses
from slowthink.trace import Trace, read_trace


def scripted() -> ScriptedModel:
    return ScriptedModel(lambda text, request: " one two three four five six seven"[len(text) % 5 :])


async def think(mind: Mind) -> list[str]:
    """Fork, write at once, rewind, write on."""
    root = mind.branch(Prompt(text="Count."))
    await root.append("Now:")
    left, right = root.fork(2)
    await asyncio.gather(left.generate(max_tokens=3), right.generate(max_tokens=5))
    mark = left.mark()
    await left.append(" more")
    left.rewind(mark)
    (deep,) = left.fork(1)
    await deep.generate(max_tokens=2)
    assert root.text == "Now:"
    return [left.text, right.text, deep.text]


def test_branches_replay_without_the_model(tmp_path: Path) -> None:
    trace = Trace()
    texts = asyncio.run(think(Mind(scripted(), Ledger(Budget()), trace, Senses())))
    assert texts[0].startswith("Now:")
    assert texts[2].startswith(texts[0])
    assert len(texts[2]) > len(texts[0])
    trace.save(tmp_path / "run.jsonl")
    again = Mind(None, Ledger(Budget()), Trace(), Senses(), replay=Replay(read_trace(tmp_path / "run.jsonl")))
    assert asyncio.run(think(again)) == texts


def test_keys_do_not_depend_on_the_order_of_arrival() -> None:
    async def keys(order: list[int]) -> dict[int, str]:
        trace = Trace()
        forks = Mind(scripted(), Ledger(Budget()), trace, Senses()).branch(Prompt(text="Count.")).fork(3)
        for i in order:
            await forks[i].generate(max_tokens=2)
        told: list[Any] = [event for event in trace.events if event.event == "called"]
        return {i: event.key for i, event in zip(order, told, strict=True)}

    assert asyncio.run(keys([0, 1, 2])) == asyncio.run(keys([2, 0, 1]))


def test_the_budget_holds_for_branches() -> None:
    async def run() -> None:
        branch = Mind(scripted(), Ledger(Budget(tokens=30)), Trace(), Senses()).branch(Prompt(text="Count."))
        for _ in range(20):
            await branch.generate(max_tokens=9)

    with pytest.raises(BudgetExhausted):
        asyncio.run(run())


def test_a_released_branch_is_of_no_use() -> None:
    with SlowThinker(scripted()) as thinker:
        branch = Mind(thinker.model, Ledger(Budget()), Trace(), Senses()).branch(Prompt(text="Count."))
        branch.release()
        with pytest.raises(ValueError, match="released"):
            asyncio.run(branch.generate(max_tokens=2))
