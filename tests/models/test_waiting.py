"""A supervisor may wait for a worker: its row is parked, the others go on, and what is decided is done."""

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from conftest import Make
from exactness import largest_error, watched
from tiny_models import bpe

from slowthink.budget import Ledger
from slowthink.errors import ModelUnavailable
from slowthink.mind import Mind
from slowthink.models.local import LocalModel
from slowthink.models.protocol import Completion, Intervention, LanguageModel, Prompt, Request, Sampling
from slowthink.models.random_tokens import RandomTokenModel
from slowthink.models.scripted import ScriptedModel
from slowthink.replay import Replay
from slowthink.senses import Senses
from slowthink.supervision import Action, Answer, Replace, Rewind, Stop, Supervisor, Wait
from slowthink.trace import Paused, Trace, read_trace
from slowthink.types import Budget, Constraint

LONG = "7 * 4 = 28. 8 * 8 = 64. 28 + 64 = 92. 116 * 114 = 13224. " * 2


class Asks:
    """Asks its worker once a row, when the text has `at` characters."""

    def __init__(self, decision: Future[Any], at: int = 4, start: int = 0, seconds: float = 60, name: str = "asks"):
        self.decision, self.at, self.start, self.seconds, self.name = decision, at, start, seconds, name
        self.asked = threading.Event()
        self.seen: list[str] = []

    def watch(self, text: str, seen: int, ended: bool) -> Answer | None:
        self.seen.append(text)
        if self.asked.is_set() or len(text) < self.at:
            return None
        self.asked.set()
        return Wait(self.start, self.decision, "is it so?", self.seconds)


def request(most: int, *watching: Supervisor, text: str = "12 seven", **options: Any) -> Request:
    return Request(Prompt(text=text), Sampling(most, **options), watching)


def local_model(local: Make) -> LanguageModel:
    model = local()
    model.engine.eos = frozenset()
    return model


def babbling(local: Make) -> LanguageModel:
    return RandomTokenModel(bpe())


def scripted(local: Make) -> LanguageModel:
    return ScriptedModel(lambda text, request: "12 seven 漢字 28 é. " * 30)


MODELS = pytest.mark.parametrize("make", [local_model, babbling, scripted])


async def until(done: Callable[[], bool]) -> None:
    for _ in range(4000):
        if done():
            return
        await asyncio.sleep(0.002)
    pytest.fail("waited in vain")


@MODELS
def test_the_others_go_on_while_one_waits(local: Make, make: Callable[[Make], LanguageModel]) -> None:
    model, decision = make(local), Future[Action | None]()
    asks, others = Asks(decision), threading.Semaphore(0)

    def show(text: str, event: Intervention | None) -> None:
        if asks.asked.is_set():
            others.release()
            if len(text) > 60 and not decision.done():
                decision.set_result(Replace(1, " 12 12", "so it is"))

    async def run() -> list[Completion]:
        other = Request(Prompt(text=LONG), Sampling(120), (), show)
        return await model.generate([request(30, asks), other])

    parked, other = asyncio.run(run())
    assert others.acquire(blocking=False), "the other row wrote while the first was parked"
    assert other.finish == "length"
    (alone,) = asyncio.run(make(local).generate([request(30)]))
    assert [event.after for event in parked.interventions] == [" 12 12"]
    assert parked.text.startswith(alone.text[:1] + " 12 12")
    (wait,) = parked.waits
    assert (wait.supervisor, wait.start, wait.why, wait.decided, wait.note) == ("asks", 0, "is it so?", True, "")


@MODELS
@pytest.mark.parametrize("ended", [False, True])
def test_go_on_changes_nothing(local: Make, make: Callable[[Make], LanguageModel], ended: bool) -> None:
    plain = asyncio.run(make(local).generate([request(20, temperature=1.0)]))[0]
    with ThreadPoolExecutor(1) as pool:

        class Slow:
            name = "slow"

            def watch(self, text: str, seen: int, at_end: bool) -> Answer | None:
                return Wait(0, pool.submit(time.sleep, 0.002), "think") if at_end or not ended else None

        (row,) = asyncio.run(make(local).generate([request(20, Slow(), temperature=1.0)]))
    assert (row.text, row.finish, row.token_ids) == (plain.text, plain.finish, plain.token_ids)
    assert not row.interventions
    assert len(row.waits) >= 1
    assert all(wait.decided for wait in row.waits)


@pytest.mark.parametrize("action", [Replace(2, " 12", "x"), Rewind(1, "x"), Stop("x", 2)])
def test_a_decision_is_as_good_as_an_answer_at_once(local: Make, action: Action) -> None:
    class AtOnce:
        name = "asks"
        acted = False

        def watch(self, text: str, seen: int, ended: bool) -> Action | None:
            if self.acted or len(text) < 4:
                return None
            self.acted = True
            return action

    (wanted,) = asyncio.run(local().generate([request(24, AtOnce())]))
    for late in (False, True):
        decision: Future[Action | None] = Future()
        asks = Asks(decision)
        if not late:
            decision.set_result(action)

        async def run(asks: Asks = asks, decision: Future[Action | None] = decision) -> Completion:
            task = asyncio.ensure_future(local().generate([request(24, asks)]))
            await until(asks.asked.is_set)
            if not decision.done():
                decision.set_result(action)
            return (await task)[0]

        row = asyncio.run(run())
        assert (row.text, row.finish, row.token_ids) == (wanted.text, wanted.finish, wanted.token_ids)
        assert row.interventions == wanted.interventions
        assert (row.generated_tokens, row.discarded_tokens) == (wanted.generated_tokens, wanted.discarded_tokens)


def test_a_decision_comes_from_an_event_loop_too(local: Make) -> None:
    async def run() -> Completion:
        loop = asyncio.get_running_loop()

        async def think() -> Action:
            await asyncio.sleep(0.01)
            return Stop("thought", 3)

        class Thinks:
            name = "thinks"

            def watch(self, text: str, seen: int, ended: bool) -> Answer | None:
                if ended or len(text) < 5:
                    return None
                return Wait(0, asyncio.run_coroutine_threadsafe(think(), loop), "later")

        rows = [await model.generate([request(20, Thinks())]) for model in (local(), ScriptedModel(["12 seven 28"]))]
        assert rows[1][0].text == "12 "
        return rows[0][0]

    row = asyncio.run(run())
    assert (len(row.text), row.finish) == (3, "supervisor")


BROKEN = [
    (
        lambda future: future.set_exception(ZeroDivisionError("by zero")),
        "the worker failed: ZeroDivisionError: by zero",
    ),
    (lambda future: future.cancel(), "the worker was cancelled"),
    (lambda future: future.set_result("28"), "expected the worker to say an action or None, got str"),
    (lambda future: future.set_result(Wait(0, Future(), "and on")), "got Wait"),
    (lambda future: None, "no decision within 0.05 seconds"),
]


@MODELS
@pytest.mark.parametrize(("end", "note"), BROKEN)
def test_what_goes_wrong_in_a_worker_decides_nothing(
    local: Make, make: Callable[[Make], LanguageModel], end: Callable[[Future[Any]], Any], note: str
) -> None:
    decision: Future[Any] = Future()
    asks = Asks(decision, seconds=0.05 if "within" in note else 60)

    async def run() -> Completion:
        task = asyncio.ensure_future(make(local).generate([request(20, asks)]))
        await until(asks.asked.is_set)
        end(decision)
        return (await task)[0]

    row = asyncio.run(run())
    (plain,) = asyncio.run(make(local).generate([request(20)]))
    assert (row.text, row.finish, row.interventions) == (plain.text, plain.finish, ())
    (wait,) = row.waits
    assert not wait.decided
    assert note in wait.note
    assert decision.done(), "nobody works on it any more"


@pytest.mark.parametrize(("start", "wanted"), [(0, ["slow"]), (3, ["quick"])])
def test_the_earliest_mark_wins_also_while_one_waits(local: Make, start: int, wanted: list[str]) -> None:
    decision: Future[Action | None] = Future()
    slow = Asks(decision, at=6, start=start, name="slow")

    class Quick:
        name = "quick"
        acted = False

        def watch(self, text: str, seen: int, ended: bool) -> Action | None:
            if self.acted or len(text) < 6:
                return None
            self.acted = True
            return Replace(2, " 28", "quickly")

    async def run() -> Completion:
        task = asyncio.ensure_future(local().generate([request(24, Quick(), slow)]))
        await until(slow.asked.is_set)
        if start == 0:
            decision.set_result(Replace(1, " 64", "slowly"))
        return (await task)[0]

    row = asyncio.run(run())
    assert [event.supervisor for event in row.interventions] == wanted
    assert decision.cancelled() == (start == 3), "what was said of a text that is gone is void"


def test_what_was_found_behind_a_wait_is_done_when_it_says_go_on(local: Make) -> None:
    decision: Future[Action | None] = Future()
    slow = Asks(decision, at=6, start=0, name="slow")
    later: Future[Action | None] = Future()
    third = Asks(later, at=6, start=2, name="third")

    class Quick:
        name = "quick"
        acted = False

        def watch(self, text: str, seen: int, ended: bool) -> Action | None:
            if self.acted or len(text) < 6:
                return None
            self.acted = True
            return Replace(4, " 28", "quickly")

    async def run() -> Completion:
        task = asyncio.ensure_future(local().generate([request(24, Quick(), slow, third)]))
        await until(third.asked.is_set)
        decision.set_result(None)
        await asyncio.sleep(0.02)
        later.set_result(None)
        return (await task)[0]

    row = asyncio.run(run())
    assert [event.supervisor for event in row.interventions] == ["quick"]
    assert [wait.supervisor for wait in row.waits] == ["slow", "third"]


def test_nothing_spins_while_all_rows_are_parked(local: Make) -> None:
    model = local_model(local)
    assert isinstance(model, LocalModel)
    decisions = [Future[Action | None]() for _ in range(3)]
    asking = [Asks(decision) for decision in decisions]

    async def run() -> list[Completion]:
        task = asyncio.ensure_future(model.generate([request(12, one) for one in asking]))
        await until(lambda: len(model.engine._parked) == 3)
        steps, spent = model.engine.stats.row_steps, time.process_time()
        await asyncio.sleep(0.4)
        assert model.engine.stats.row_steps == steps
        assert time.process_time() - spent < 0.2
        for decision in decisions:
            decision.set_result(None)
        return await task

    rows = asyncio.run(run())
    assert [len(row.token_ids) for row in rows] == [12] * 3
    assert not model.engine._parked


def test_told_rows_do_not_spin_either() -> None:
    decision: Future[Action | None] = Future()
    asks = Asks(decision)

    async def run() -> list[Completion]:
        task = asyncio.ensure_future(ScriptedModel(["12 seven 28"]).generate([request(20, asks)]))
        await until(asks.asked.is_set)
        spent = time.process_time()
        await asyncio.sleep(0.3)
        assert time.process_time() - spent < 0.15
        threading.Thread(target=decision.set_result, args=(None,)).start()
        return await task

    assert asyncio.run(run())[0].text == "12 seven 28"


def test_parked_rows_keep_their_place(local: Make) -> None:
    """No more rows than there is room for, parked ones counted; those that wait get their turn."""
    model = local(max_rows=2)
    model.engine.eos = frozenset()
    decision: Future[Action | None] = Future()
    asks = Asks(decision)

    async def run() -> None:
        first = asyncio.ensure_future(model.generate([request(12, asks)]))
        await until(lambda: bool(model.engine._parked))
        second = Asks(decision)
        more = asyncio.ensure_future(model.generate([request(12, second), request(12), request(12)]))
        await until(lambda: len(model.engine._parked) == 2)
        assert not model.engine._rows
        await asyncio.sleep(0.05)
        assert len(model.engine._waiting) == 2
        decision.set_result(None)
        assert [len(row.token_ids) for row in [*await first, *await more]] == [12] * 4

    asyncio.run(run())


@MODELS
def test_a_parked_row_can_be_cancelled(local: Make, make: Callable[[Make], LanguageModel]) -> None:
    model, decision = make(local), Future[Action | None]()
    asks = Asks(decision)

    async def run() -> list[Completion]:
        task = asyncio.ensure_future(model.generate([request(20, asks)]))
        await until(asks.asked.is_set)
        await asyncio.sleep(0.02)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await until(decision.cancelled)
        return await model.generate([request(20)])

    again = asyncio.run(run())
    assert again[0].text == asyncio.run(make(local).generate([request(20)]))[0].text
    if isinstance(model, LocalModel):
        assert not model.engine._parked
        assert all(node.pins == 0 for node in model.engine.seats.tree._nodes)


def test_closing_tells_the_callers_of_parked_rows(local: Make) -> None:
    model, decision = local(), Future[Action | None]()
    asks = Asks(decision)

    async def run() -> Any:
        task = asyncio.ensure_future(model.generate([request(20, asks)]))
        await until(lambda: bool(model.engine._parked))
        await asyncio.to_thread(model.close)
        return await asyncio.gather(task, return_exceptions=True)

    (error,) = asyncio.run(run())
    assert isinstance(error, ModelUnavailable)
    assert decision.cancelled()


@pytest.mark.parametrize("error", [KeyError("a listener's own error"), SystemExit("bye")])
def test_a_listeners_error_after_a_wait_is_its_rows_own(local: Make, error: BaseException) -> None:
    decision: Future[Action | None] = Future()

    def show(text: str, event: Intervention | None) -> None:
        if event is not None:
            raise error

    async def run(model: LocalModel) -> Any:
        asks = Asks(decision)
        bad = Request(Prompt(text="12"), Sampling(20), (asks,), show)
        task = asyncio.gather(model.generate([bad]), model.generate([request(20)]), return_exceptions=True)
        await until(asks.asked.is_set)
        decision.set_result(Replace(0, "12", "x"))
        return await task

    failed, good = asyncio.run(asyncio.wait_for(run(local()), 30))
    assert isinstance(failed, KeyError if isinstance(error, KeyError) else RuntimeError)
    assert good[0].finish in ("length", "eos")


@pytest.mark.parametrize("name", ["llama", "gpt2", "gemma3"])
def test_logits_are_exact_after_rows_were_parked(local: Make, plain_models: Any, name: str) -> None:
    """Rows of different lengths, behind shared beginnings, leave and come back in any order."""
    model = local(name, max_rows=6)
    with ThreadPoolExecutor(2) as pool:

        class Slow:
            name = "slow"

            def watch(self, text: str, seen: int, ended: bool) -> Answer | None:
                if len(text) % 3 == 1 and not ended:
                    return Wait(0, pool.submit(self.decide, text), "think")
                return None

            def decide(self, text: str) -> Action | None:
                time.sleep(0.001 * (len(text) % 7))
                return Replace(len(text) - 1, " 2864", "x") if len(text) % 4 == 0 else None

        asked = [
            request(16, Slow(), text=text, temperature=1.0, seed=seed) for seed in range(3) for text in (LONG, "1")
        ]
        with watched() as seen:
            rows = asyncio.run(model.generate([*asked, *asked]))
    assert sum(len(row.waits) for row in rows) > 20
    assert largest_error(plain_models[name], seen) < 1e-4


def test_a_put_in_text_of_a_worker_passes_the_constraint(local: Make) -> None:
    for after, wanted in (("28, 6", "complete"), ("28; 6", "constraint")):
        decision: Future[Action | None] = Future()
        decision.set_result(Replace(0, after, "better"))
        asks = Asks(decision, at=1)
        asked = Request(Prompt(text="12"), Sampling(30), (asks,), constraint=Constraint(regex="[0-9]{2}, [0-9]{2}"))
        (row,) = asyncio.run(local().generate([asked]))
        assert row.finish == wanted


def test_a_run_with_waits_and_constraints_replays(tmp_path: Path) -> None:
    def mind(model: LanguageModel | None, trace: Trace, replay: Replay | None = None) -> Mind:
        return Mind(model, Ledger(Budget()), trace, Senses(), replay=replay)

    failing: Future[Action | None] = Future()
    failing.set_exception(ValueError("no such thing"))
    good: Future[Action | None] = Future()
    good.set_result(Replace(3, "28", "better"))
    watching = (Asks(failing, at=2, name="broken"), Asks(good, at=5, start=3, name="good"))
    prompt, constraint = Prompt(text="What?"), Constraint(regex="[0-9]{2} [0-9]+!")
    first = Trace()
    model = ScriptedModel([("12 345", "6!")])
    (row,) = asyncio.run(mind(model, first).generate(prompt, supervisors=watching, constraint=constraint))
    assert (row.text, row.finish) == ("12 286!", "complete")
    pauses = [event for event in first.events if isinstance(event, Paused)]
    assert [(one.supervisor, one.decided) for one in pauses] == [("broken", False), ("good", True)]
    assert "ValueError: no such thing" in pauses[0].note
    first.save(tmp_path / "run.jsonl")
    second = Trace()
    replay = Replay(read_trace(tmp_path / "run.jsonl"))
    (again,) = asyncio.run(mind(None, second, replay).generate(prompt, supervisors=watching, constraint=constraint))
    assert (again.text, again.finish, again.interventions, again.waits) == (
        row.text,
        row.finish,
        row.interventions,
        row.waits,
    )
    assert second.dump() == first.dump()
