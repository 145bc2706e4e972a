"""Memory: one bound for slots and tree together, nothing lost when it is full, nothing kept when all is done."""

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import Make
from test_exactness import LONG, PROMPTS
from tiny_models import CONFIGS, RECURRENT

from slowthink.errors import InputError
from slowthink.models.protocol import Completion, Prompt, Request, Sampling

ROOT = Path(__file__).resolve().parent.parent.parent


def tighten(model: Any, tokens: int) -> Any:
    seats = model.engine.seats
    seats.room.limit = seats.tree.limit_bytes = tokens * seats.room.token_bytes
    return seats


def growing(number: int) -> list[Request]:
    """Rows that begin short and become long."""
    return [Request(Prompt(text=f"{i} and {LONG[i:]}"[:20]), Sampling(100, 1.0, seed=i)) for i in range(number)]


@pytest.mark.parametrize("name", ["llama", "gpt2", "mistral"])
def test_rows_that_do_not_fit_are_read_again_and_never_lost(local: Make, name: str) -> None:
    wanted = asyncio.run(local(name).generate(growing(12)))
    model = local(name)
    seats = tighten(model, 330)
    most, run, unseated, free = [0], seats.passes.run, [], seats._free

    def noting(*args: Any) -> Any:
        most[0] = max(most[0], seats.nbytes)
        return run(*args)

    def freed(slot: int) -> None:
        if seats.rows[slot].finish is None:
            unseated.append(seats.rows[slot])
        free(slot)

    seats.passes.run, seats._free = noting, freed
    rows = asyncio.run(model.generate(growing(12)))
    assert [row.token_ids for row in rows] == [row.token_ids for row in wanted]
    assert unseated
    assert seats.room.limit // 2 < most[0] <= seats.room.limit
    assert sum(row.reread_tokens for row in rows) > 0
    assert sum(row.tokens for row in rows) == model.engine.stats.tokens
    assert [row.generated_tokens + row.found_tokens for row in rows] == [
        row.generated_tokens + row.found_tokens for row in wanted
    ]


@pytest.mark.parametrize("name", ["llama", "mamba"])
def test_a_row_that_does_not_fit_alone_says_so_and_others_go_on(local: Make, name: str) -> None:
    model = local(name)
    if name in RECURRENT:
        model.engine.seats.limit = 100
    else:
        tighten(model, 64)
    short, long = Request(Prompt(text="12"), Sampling(4)), Request(Prompt(text=LONG), Sampling(4))

    async def run() -> list[Any]:
        return await asyncio.gather(model.generate([long]), model.generate([short]), return_exceptions=True)

    for _ in range(2):
        failed, good = asyncio.run(run())
        assert isinstance(failed, InputError)
        assert "cache_bytes" in str(failed)
        assert isinstance(good, InputError if name in RECURRENT else list)


def test_slots_that_nobody_has_make_room_for_a_long_prompt(local: Make) -> None:
    """Short rows that ran side by side leave wide slots behind, beside which a long prompt would not fit."""
    model = local(max_rows=5)
    tighten(model, 580)
    model.engine.eos = frozenset()
    asyncio.run(model.generate([Request(Prompt(text=f"{i}"), Sampling(200, 1.0, seed=i)) for i in range(2)]))
    assert model.engine.seats.cache.rows * model.engine.seats.cache.capacity > 580 - 300
    (row,) = asyncio.run(model.generate([Request(Prompt(text=LONG * 4), Sampling(4))]))
    assert len(row.token_ids) == 4


def test_a_row_that_outgrows_the_memory_says_so(local: Make) -> None:
    model = local()
    model.engine.eos = frozenset()
    tighten(model, 64)
    with pytest.raises(InputError, match="does not fit into the cache"):
        asyncio.run(model.generate([Request(Prompt(text="12"), Sampling(200))]))
    (row,) = asyncio.run(model.generate([Request(Prompt(text="12"), Sampling(20))]))
    assert len(row.token_ids) == 20


@pytest.mark.parametrize("name", [*CONFIGS, *RECURRENT])
def test_everything_is_given_back(local: Make, name: str) -> None:
    model = local(name)

    async def run() -> list[Completion]:
        branch = model.branch(Prompt(text=LONG))
        forks = branch.fork(3)
        return await asyncio.gather(*(fork.generate(Sampling(5, 1.0)) for fork in forks))

    asyncio.run(run())
    model.close()
    assert model.engine.seats.nbytes == 0


def test_the_same_again_passes_nothing_through_the_model(local: Make) -> None:
    """Prompts, samples and scores that were had before cost no tokens, and neither do twins."""
    model = local()
    same = [Request(Prompt(text=text), Sampling(8, float(i % 2))) for i, text in enumerate(PROMPTS)]

    async def run() -> int:
        before = model.engine.stats.tokens
        await model.generate([*same, *same])
        await model.score(Prompt(text=LONG), [" 28. 64", " 28. 8", " 28"])
        return model.engine.stats.tokens - before

    assert asyncio.run(run()) > 0
    assert asyncio.run(run()) == 0


def test_free_pages_are_given_back_from_time_to_time(local: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    import slowthink.models.room as room

    given: list[int] = []
    monkeypatch.setattr(room, "give_back_free_pages", lambda: given.append(1))
    for churn, is_due in ((1 << 40, False), (20_000, True)):
        monkeypatch.setattr(room, "CHURN", churn)
        model = local()
        asyncio.run(model.generate([Request(Prompt(text=f"{i} {LONG}"), Sampling(4)) for i in range(20)]))
        asyncio.run(model.generate([Request(Prompt(text="12"), Sampling(4))]))
        assert bool(given) == is_due


FLAT = """
import asyncio, gc, sys, warnings
import torch, transformers
sys.path.insert(0, "tests/models")
from tiny_models import GROUPED, bpe
from slowthink import SlowThinker
from slowthink.models.local import LocalModel
from slowthink.models.protocol import Prompt
from slowthink.strategies import Outcome

torch.set_num_threads(1)
config = transformers.LlamaConfig(**dict(GROUPED, max_position_embeddings=8192), vocab_size=len(bpe()))
model = LocalModel("tiny", transformers.LlamaForCausalLM(config).eval(), bpe(), cache_bytes=2_000_000)
model.engine.eos = frozenset()

class Forks:
    name = "forks"

    async def solve(self, problem, mind):
        text = "Worked examples: 7 * 4 = 28. 28 + 64 = 92. 116 * 114 = 13224. " * 4 + problem.question
        forks = mind.branch(Prompt(text=text)).fork(3)
        rows = await asyncio.gather(*(fork.generate(max_tokens=10, temperature=1.0) for fork in forks))
        scores = await forks[0].score([" yes", " no"])
        await mind.generate(Prompt(text=problem.question), max_tokens=4, supervised=True)
        return Outcome(rows[0].text + str(scores[0].logprob), "model")

def held():
    gc.collect()
    return int(open("/proc/self/statm").read().split()[1]) * 4096

with SlowThinker(model, strategy=Forks()) as thinker:
    warm, number = int(sys.argv[1]), int(sys.argv[2])
    for i in range(number):
        if i == warm:
            before = held()
        solution = thinker.solve(f"What is {i} * 4 + {i + 7}?")
        assert solution.usage.generated_tokens > 20, solution
    assert model.engine.seats.nbytes <= 2_000_000
    print(held() - before)
"""


def grown(warm: int, number: int) -> int:
    command = [sys.executable, "-c", FLAT, str(warm), str(number)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


on_linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc/self/statm")


@on_linux
def test_many_problems_leave_memory_flat() -> None:
    """Bytes of resident memory that 60 problems add once 60 have filled the cache."""
    assert grown(60, 120) < 2_400_000


@on_linux
@pytest.mark.slow
def test_a_thousand_problems_leave_memory_flat() -> None:
    assert grown(300, 1300) < 8_000_000


@pytest.mark.parametrize("name", ["llama", "mamba"])
def test_what_is_forgotten_is_read_again(local: Make, name: str) -> None:
    model = local(name)
    request = [Request(Prompt(text=LONG[:60]), Sampling(5))]
    first, again = asyncio.run(model.generate(request)), asyncio.run(model.generate(request))
    model.forget()
    fresh = asyncio.run(model.generate(request))
    assert first[0].token_ids == again[0].token_ids == fresh[0].token_ids
    assert fresh[0].tokens == first[0].tokens
    assert again[0].tokens < first[0].tokens or name == "mamba"
