"""The engine among callers: cancellation, errors, closing, more rows than room, counting, memory."""

import asyncio
import copy
import os
import threading
from typing import Any

import pytest
import torch
from conftest import Make
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_exactness import LONG, PROMPTS, Meddler
from tiny_models import CONTEXT, bpe

from slowthink.errors import InputError, ModelUnavailable
from slowthink.models.local import LocalModel
from slowthink.models.packing import Push, Step
from slowthink.models.protocol import Completion, Intervention, Prompt, Request, Sampling
from slowthink.supervision import Action


def request(text: str = "7 * 4 =", most: int = 8, **sampling: Any) -> Request:
    return Request(Prompt(text=text), Sampling(most, **sampling))


def never_ending(model: LocalModel) -> LocalModel:
    """Rows end by length only, so that a test knows how long they run."""
    model.engine.eos = frozenset()
    return model


def idle(model: LocalModel) -> bool:
    return not model.engine._rows and not model.engine._waiting


async def until(done: Any) -> None:
    for _ in range(2000):
        if done():
            return
        await asyncio.sleep(0.005)
    pytest.fail("waited in vain")


def test_a_cancelled_caller_leaves_and_the_others_stay(local: Make) -> None:
    model = never_ending(local(max_rows=8))

    async def run() -> list[Completion]:
        begun = threading.Event()
        show = Request(Prompt(text=LONG), Sampling(400), (), lambda text, event: begun.set())
        long = asyncio.ensure_future(model.generate([show, request(LONG, 300)]))
        short = asyncio.ensure_future(model.generate([request("12", 60), request(LONG + "7", 60)]))
        await asyncio.to_thread(begun.wait)
        long.cancel()
        with pytest.raises(asyncio.CancelledError):
            await long
        rows = await short
        await until(lambda: idle(model))
        return rows

    rows = asyncio.run(run())
    alone = asyncio.run(local("llama").generate([request("12", 60), request(LONG + "7", 60)]))
    assert [len(row.token_ids) for row in rows] == [60, 60]
    assert [row.token_ids[:10] for row in rows] == [row.token_ids[:10] for row in alone]
    assert model.engine.stats.tokens < 500
    assert all(node.pins == 0 for node in model.engine.seats.tree._nodes)


def test_rows_cancelled_while_they_wait_never_run(local: Make) -> None:
    model = never_ending(local(max_rows=1))

    async def run() -> None:
        first = asyncio.ensure_future(model.generate([request(most=40)]))
        second = asyncio.ensure_future(model.generate([request(most=400), request(most=400)]))
        await asyncio.sleep(0)
        second.cancel()
        assert len((await first)[0].token_ids) == 40
        await until(lambda: idle(model))

    asyncio.run(run())
    assert model.engine.stats.row_steps < 60


@pytest.mark.parametrize("rows", [1, 3])
def test_more_requests_than_room(local: Make, rows: int) -> None:
    requests = [request(text, 4 + i, temperature=i % 2, seed=i) for i, text in enumerate(PROMPTS)]
    few = asyncio.run(local(max_rows=rows).generate(requests))
    many = asyncio.run(local(max_rows=64).generate(requests))
    assert [row.token_ids for row in few] == [row.token_ids for row in many]


class Fails:
    name = "fails"

    def watch(self, text: str, seen: int, ended: bool) -> Action | None:
        raise KeyError("a supervisor's own error")


def test_a_failing_supervisor_ends_its_own_row_only(local: Make) -> None:
    model = local()

    async def run() -> Any:
        bad = Request(Prompt(text=LONG), Sampling(9), (Fails(),))
        calls = [model.generate([bad, request()]), model.generate([request()]), model.generate([request(LONG)])]
        return await asyncio.gather(*calls, return_exceptions=True)

    failed, *others = asyncio.run(run())
    assert isinstance(failed, KeyError)
    wanted = asyncio.run(_each(local(), [request(), request(LONG)]))
    assert [rows[0].token_ids for rows in others] == [rows[0].token_ids for rows in wanted]


@pytest.mark.parametrize("error", [SystemExit("bye"), KeyboardInterrupt(), StopIteration(7), GeneratorExit()])
def test_no_error_of_a_supervisor_stops_the_engine(local: Make, error: BaseException) -> None:
    """Not even those that end a program or a generator; and nobody waits for ever."""

    class Raises:
        name = "raises"

        def watch(self, text: str, seen: int, ended: bool) -> Action | None:
            raise error

    model = local()

    async def run() -> Any:
        bad = Request(Prompt(text=LONG), Sampling(9), (Raises(),))
        calls = asyncio.gather(model.generate([bad]), model.generate([request()]), return_exceptions=True)
        return await asyncio.wait_for(calls, 30)

    failed, good = asyncio.run(run())
    assert isinstance(failed, RuntimeError)
    assert type(error).__name__ in str(failed)
    assert len(good[0].token_ids) == 8


@pytest.mark.parametrize(
    "sampling",
    [
        Sampling(0),
        Sampling(4, temperature=-1.0),
        Sampling(4, temperature=float("nan")),
        Sampling(4, temperature=float("inf")),
        Sampling(4, temperature=1.0, top_p=-0.1),
        Sampling(4, temperature=1.0, top_p=1.5),
        Sampling(4, temperature=1.0, top_p=float("nan")),
    ],
)
def test_sampling_that_makes_no_sense_is_refused(local: Make, sampling: Sampling) -> None:
    model = local()
    for call in (
        model.generate([Request(Prompt(text="12"), sampling)]),
        model.branch(Prompt(text="12")).generate(sampling),
    ):
        with pytest.raises(InputError, match="expected"):
            asyncio.run(call)


def test_a_very_low_temperature_is_greedy(local: Make) -> None:
    model = local()
    rows = asyncio.run(model.generate([request(), request(temperature=1e-300), request(temperature=1.0, top_p=0.0)]))
    assert len({row.token_ids for row in rows}) == 1


def test_there_is_room_for_a_row(local: Make) -> None:
    with pytest.raises(InputError, match="at least one row"):
        local(max_rows=0)


def test_thousands_of_samples_of_one_prompt(local: Make) -> None:
    """They share what they write: far fewer tokens than samples times their length."""
    model = never_ending(local())
    requests = [request(LONG, 3, temperature=1.0, seed=i % 200) for i in range(2000)]
    rows = asyncio.run(model.generate(requests))
    assert [row.token_ids for row in rows[:200]] == [row.token_ids for row in rows[1800:]]
    assert model.engine.stats.tokens == len(bpe().encode(LONG)) + len(
        {row.token_ids[:end] for row in rows for end in (1, 2)}
    )


async def _each(model: LocalModel, requests: list[Request]) -> list[list[Completion]]:
    return [await model.generate([one]) for one in requests]


def test_a_failing_listener_ends_its_own_row_only(local: Make) -> None:
    def fail(text: str, event: Intervention | None) -> None:
        raise KeyError("a listener's own error")

    async def run(model: LocalModel) -> Any:
        bad = Request(Prompt(text="12"), Sampling(9), (), fail)
        return await asyncio.gather(model.generate([bad]), model.generate([request()]), return_exceptions=True)

    failed, good = asyncio.run(run(local()))
    assert isinstance(failed, KeyError)
    assert len(good[0].token_ids) == 8


@pytest.mark.parametrize("at", [1, 2, 5])
def test_the_engine_survives_a_failing_forward_pass(local: Make, at: int) -> None:
    model = local()
    wanted = asyncio.run(model.generate([request(LONG), request()]))
    passes = model.engine.seats.passes
    run, calls = passes.run, []

    def failing(*args: Any) -> Any:
        calls.append(1)
        if len(calls) == at:
            raise MemoryError("no room for this pass")
        return run(*args)

    passes.run = failing  # type: ignore[method-assign]
    with pytest.raises(MemoryError):
        asyncio.run(model.generate([request(LONG + "5"), request()]))
    again = asyncio.run(model.generate([request(LONG), request()]))
    assert [row.token_ids for row in again] == [row.token_ids for row in wanted]
    assert all(node.pins == 0 for node in model.engine.seats.tree._nodes)


def test_closing_while_rows_run_tells_their_callers(local: Make) -> None:
    model = never_ending(local(max_rows=2))

    async def run() -> Any:
        begun = threading.Event()
        show = Request(Prompt(text=LONG), Sampling(400), (), lambda text, event: begun.set())
        task = asyncio.ensure_future(model.generate([show, request(most=400), request(most=400)]))
        await asyncio.to_thread(begun.wait)
        await asyncio.to_thread(model.close)
        return await asyncio.gather(task, return_exceptions=True)

    (error,) = asyncio.run(run())
    assert isinstance(error, ModelUnavailable)
    model.close()
    assert len(model.engine.seats.tree) == 0
    assert model.engine.seats.cache.nbytes == 0
    with pytest.raises(ModelUnavailable, match="closed"):
        asyncio.run(model.generate([request()]))


@pytest.mark.parametrize("name", ["llama", "mistral"])
def test_token_counts_are_those_of_a_forward_hook(local: Make, name: str) -> None:
    """No column of a pass is padding."""
    model = local(name)
    pushed = 0

    def hook(module: Any, args: Any, options: Any) -> None:
        nonlocal pushed
        pushed += options["input_ids"].numel()

    model.engine.model.base_model.register_forward_pre_hook(hook, with_kwargs=True)
    requests = [Request(Prompt(text=text), Sampling(9, 1.0, seed=i), (Meddler(),)) for i, text in enumerate(PROMPTS)]
    rows = asyncio.run(model.generate([*requests, *requests]))
    scores = asyncio.run(model.score(Prompt(text=LONG), [" 28", " 64. 28"]))
    assert sum(row.tokens for row in rows) + sum(score.through_model for score in scores) == pushed
    assert pushed == model.engine.stats.tokens
    assert sum(row.discarded_tokens for row in rows) == model.engine.stats.discarded_tokens


@given(
    text=st.sampled_from(PROMPTS),
    most=st.integers(1, 20),
    seed=st.integers(0, 99),
    stop=st.sampled_from([(), ("2",), ("8", "e")]),
)
@settings(max_examples=20, suppress_health_check=list(HealthCheck))
def test_rows_never_push_more_than_prompt_and_max_tokens(
    local: Make, text: str, most: int, seed: int, stop: tuple[str, ...]
) -> None:
    model = local()
    (row,) = asyncio.run(
        model.generate([Request(Prompt(text=text), Sampling(most, 1.0, seed=seed, stop=stop), (Meddler(),))])
    )
    assert row.tokens <= model.count(Prompt(text=text)) + most
    assert row.discarded_tokens <= row.tokens
    model.close()


def test_prompts_beyond_the_context_are_refused(local: Make) -> None:
    for name in ("llama", "gpt2"):
        model = local(name)
        long = Prompt(text="7 * 4 = " * CONTEXT)
        with pytest.raises(InputError, match="reads at most"):
            asyncio.run(model.generate([Request(long)]))
        with pytest.raises(InputError, match="reads at most"):
            asyncio.run(model.score(long, ["1"]))
        with pytest.raises(InputError, match="reads at most"):
            asyncio.run(model.branch(long).generate(Sampling(1)))
        with pytest.raises(InputError, match="surrogate"):
            asyncio.run(model.generate([request("\ud800")]))


@pytest.mark.parametrize("name", ["gpt2", "llama"])
def test_rows_up_to_the_end_of_the_context_beside_short_ones(local: Make, plain_models: Any, name: str) -> None:
    """Padded columns beyond the last position do no harm."""
    from exactness import largest_error, watched

    model = never_ending(local(name))
    text = "7 * 4 = 28. " * 200
    ids = bpe().encode(text)[: CONTEXT - 4]
    text = bpe().decode(ids)
    assert len(bpe().encode(text)) in range(CONTEXT - 6, CONTEXT - 3)
    most = CONTEXT - len(bpe().encode(text))
    with watched() as seen:
        rows = asyncio.run(model.generate([request(text[6:] + "é", 1), request(text, most), request("1", 3)]))
    assert len(rows[1].token_ids) == most
    assert largest_error(plain_models[name], seen) < 1e-4


def test_seeds_do_not_depend_on_the_batch_or_the_global_generator(local: Make) -> None:
    one = request("One two", 20, temperature=1.0, seed=5, path="a")
    alone = asyncio.run(local().generate([one]))[0]
    torch.manual_seed(99)
    crowd = [request(text, 3 + i, temperature=1.0, seed=i) for i, text in enumerate(PROMPTS)]
    among = asyncio.run(local().generate([*crowd, one]))[-1]
    assert alone.token_ids == among.token_ids


def test_memory_is_bounded_and_given_back(local: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    import slowthink.models.room as room

    monkeypatch.setattr(room, "SMALL", 0)
    model = local(max_rows=32, cache_bytes=100_000)
    texts = [f"{i} {LONG}" for i in range(32)]
    asyncio.run(model.generate([request(text, 2) for text in texts]))
    assert model.engine.seats.tree.nbytes <= 100_000
    asyncio.run(model.generate([request("1", 2)]))
    asyncio.run(until(lambda: idle(model)))
    assert model.engine.seats.cache.rows * model.engine.seats.cache.capacity <= 4 * 64
    assert model.engine.seats.tree.nbytes == sum(node.segment.nbytes for node in model.engine.seats.tree._nodes)


def test_closing_again_leaves_the_next_engine_alone(plain_models: Any, one_thread: None) -> None:
    """A model that was closed may be handed to another engine before the first is forgotten."""
    plain = copy.deepcopy(plain_models["llama"])
    first = LocalModel("first", plain, bpe())
    wanted = asyncio.run(first.generate([request()]))
    first.close()
    second = LocalModel("second", plain, bpe())
    first.close()
    assert asyncio.run(second.generate([request()]))[0].token_ids == wanted[0].token_ids
    second.close()
    assert plain.config._attn_implementation == plain_models["llama"].config._attn_implementation


def test_two_models_share_nothing(plain_models: Any, one_thread: None) -> None:
    """Two engines over two models in one process, at once."""
    pair = [LocalModel(name, copy.deepcopy(plain_models[name]), bpe()) for name in ("llama", "qwen3")]

    async def run() -> Any:
        return await asyncio.gather(*(model.generate([request(), request(LONG)]) for model in pair))

    together = asyncio.run(run())
    alone = [asyncio.run(model.generate([request(), request(LONG)])) for model in pair]
    assert [[r.token_ids for r in rows] for rows in together] == [[r.token_ids for r in rows] for rows in alone]
    for model in pair:
        model.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_model_of_before_the_fork_is_refused_in_the_child(local: Make) -> None:
    model = local()
    asyncio.run(model.generate([request()]))
    child = os.fork()
    if not child:
        try:
            asyncio.run(model.generate([request()]))
        except ModelUnavailable:
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_pass_reaches_no_further_than_its_tokens() -> None:
    """Rows with more new tokens than the longest one are padded beside it, but nothing lies behind its last token."""
    step = Step.of([Push(0, 62, 2), Push(1, 10, 4)], torch.device("cpu"))
    assert [block.reach for block in step.blocks] == [64]


@pytest.mark.parametrize("name", ["llama", "mamba"])
def test_what_is_forgotten_is_read_again_and_says_the_same(local: Make, name: str) -> None:
    model = never_ending(local(name))
    rows = []
    for forgets in (False, False, True):
        if forgets:
            model.forget()
        rows += asyncio.run(model.generate([request(LONG, 8)]))
    assert len({row.token_ids for row in rows}) == 1
    first, again, cold = (row.tokens for row in rows)
    assert cold == first
    assert (again < first) == (name == "llama"), "a state that cannot be rewound is never remembered"
