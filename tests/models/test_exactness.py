"""Whatever was forked, rewound, appended, repaired or batched: the next logits are those of a fresh prefill."""

import asyncio
from typing import Any

import pytest
import torch
from conftest import Make
from exactness import largest_error, watched
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tiny_models import CONFIGS, CONTEXT, RECURRENT, bpe

from slowthink.errors import InputError
from slowthink.models.local import LocalModel
from slowthink.models.protocol import Branch, Prompt, Request, Sampling
from slowthink.supervision import Action, Replace, Rewind

TOLERANCE = 1e-4
TIGHT = CONTEXT + 64
"""Tokens of memory: enough for any row alone, too little for five."""
TIGHT_STATES = 100_000
"""The same in bytes for models with a state for each row."""
LONG = "7 * 4 = 28. 8 * 8 = 64. 28 + 64 = 92. 116 * 114 = 13224; déjà Zwölf über. " * 3
PROMPTS = (
    "12",
    "7 * 4 =",
    "One two",
    LONG,
    LONG + "7 * 4 =",
    LONG + "One two three 漢字",
    LONG[:170] + " another way",
    LONG[:25] + " yet another way on",
    "x" + LONG,
)


class Meddler:
    """Replaces and rewinds at places that depend on the text only."""

    name = "meddler"

    def watch(self, text: str, seen: int, ended: bool) -> Action | None:
        new = text[seen:]
        if len(text) % 5 == 3 and new:
            return Replace(max(0, len(text) - 4), "128 ", "a test")
        if len(text) % 7 == 5 and new:
            return Rewind(len(text) - min(3, len(text)), "a test")
        return None


texts = st.sampled_from(["2", "34", " 28", ". ", "é", "漢", " three", "🦊", "\n", LONG[:70]])
place = st.integers(0, 7)
operations = st.lists(
    st.one_of(
        st.tuples(st.just("branch"), st.integers(0, len(PROMPTS) - 1)),
        st.tuples(st.just("append"), place, texts),
        st.tuples(st.just("write"), place, st.integers(1, 9), st.booleans(), st.booleans()),
        st.tuples(st.just("all"), st.integers(1, 6), st.booleans()),
        st.tuples(st.just("fork"), place),
        st.tuples(st.just("rewind"), place, st.floats(0, 1)),
        st.tuples(st.just("score"), place, texts),
        st.tuples(st.just("release"), place),
        st.tuples(st.just("cancel"), place, st.integers(0, 3)),
        st.tuples(st.just("samples"), st.integers(0, len(PROMPTS) - 1), st.integers(2, 4)),
    ),
    min_size=3,
    max_size=9,
)


async def perform(model: LocalModel, steps: list[Any]) -> None:
    """Do the steps, one after the other, except for those of `all`."""
    branches: list[Branch] = [model.branch(Prompt(text=LONG))]
    for number, (what, *how) in enumerate(steps):
        branch = branches[how[0] % len(branches)]
        if what == "branch":
            branches.append(model.branch(Prompt(text=PROMPTS[how[0]])))
        elif what == "append":
            await branch.append(how[1])
        elif what == "write":
            sampling = Sampling(how[1], temperature=float(how[2]), seed=number, logprobs=True)
            await branch.generate(sampling, (Meddler(),) if how[3] else ())
        elif what == "all":
            watching = (Meddler(),) if how[1] else ()
            each = [b.generate(Sampling(how[0] + i % 3, stop=("2",)), watching) for i, b in enumerate(branches)]
            await asyncio.gather(*each, model.generate([Request(Prompt(text=PROMPTS[number]), Sampling(4))]))
        elif what == "fork":
            branches += branch.fork(2)
        elif what == "rewind":
            branch.rewind(int(branch.mark() * how[1]))
        elif what == "release":
            if len(branches) > 1:
                branches.remove(branch)
                branch.release()
        elif what == "cancel":
            task = asyncio.ensure_future(branch.generate(Sampling(30)))
            await asyncio.sleep(how[1] / 1000)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        elif what == "samples":
            same = [Request(Prompt(text=PROMPTS[how[0]]), Sampling(6, 1.0, seed=i)) for i in range(how[1])]
            await model.generate(same)
        else:
            await branch.score([how[1], how[1] + "7"])  # type: ignore[attr-defined]


def check(make: Make, plain: Any, name: str, steps: list[Any], single_digits: bool) -> None:
    model = make(name, bpe(single_digits), max_rows=5)
    seats: Any = model.engine.seats
    if name in RECURRENT:
        seats.limit = TIGHT_STATES
    else:
        seats.room.limit = seats.tree.limit_bytes = TIGHT * seats.room.token_bytes
        run = seats.passes.run

        def bounded(*args: Any) -> Any:
            out = run(*args)
            assert seats.nbytes <= seats.room.limit
            return out

        seats.passes.run = bounded
    with watched() as seen:
        asyncio.run(perform(model, steps))
    model.close()
    assert seats.nbytes == 0
    assert largest_error(plain, seen) < TOLERANCE


@pytest.mark.parametrize("name", [*CONFIGS, *RECURRENT])
@given(steps=operations, single_digits=st.booleans())
@settings(max_examples=50, suppress_health_check=list(HealthCheck))
def test_logits_are_those_of_a_fresh_prefill(
    local: Make, plain_models: Any, name: str, steps: list[Any], single_digits: bool
) -> None:
    check(local, plain_models[name], name, steps, single_digits)


@pytest.mark.slow
@pytest.mark.parametrize("name", [*CONFIGS, *RECURRENT])
@given(steps=operations, single_digits=st.booleans())
@settings(suppress_health_check=list(HealthCheck))
def test_logits_are_those_of_a_fresh_prefill_at_length(
    local: Make, plain_models: Any, name: str, steps: list[Any], single_digits: bool
) -> None:
    """As many examples as the profile says: 2,000 in `make test-slow`."""
    check(local, plain_models[name], name, steps, single_digits)


@pytest.mark.parametrize("name", [*CONFIGS, *RECURRENT])
def test_greedy_output_is_that_of_generate(local: Make, plain_models: Any, name: str) -> None:
    model = local(name, max_rows=7)
    requests = [Request(Prompt(text=text), Sampling(5 + 3 * i)) for i, text in enumerate(PROMPTS)]
    rows = asyncio.run(model.generate(requests))
    again = asyncio.run(model.generate(requests))
    assert [row.token_ids for row in rows] == [row.token_ids for row in again]
    for request, row in zip(requests, rows, strict=True):
        ids = torch.tensor([bpe().encode(request.prompt.text)])
        options = {"do_sample": False, "max_new_tokens": request.sampling.max_tokens, "attention_mask": ids * 0 + 1}
        with torch.inference_mode():
            expected = plain_models[name].generate(ids, **options)[0, ids.shape[1] :].tolist()
        assert list(row.token_ids) == [token for token in expected if token != bpe().eos_token_id]


@pytest.mark.parametrize("name", ["llama", "gemma3", "mistral"])
def test_all_ways_of_sharing_are_used_and_exact(local: Make, plain_models: Any, name: str) -> None:
    """In place behind a whole and a part of a segment, copied behind a short one, and none."""
    model = local(name)
    kinds = set()
    with watched() as seen:
        seats = model.engine.seats
        pushes = seats._pushes

        def noting() -> Any:
            for row in seats.rows:
                whole = row.prefix is not None and row.prefix_tokens == len(row.prefix.ids)
                kinds.add("none" if not row.prefix_tokens else "whole" if whole else "part")
            return pushes()

        seats._pushes = noting  # type: ignore[method-assign]
        asyncio.run(model.generate([Request(Prompt(text=LONG), Sampling(4))]))
        texts = (*PROMPTS, "y" + LONG * 4)
        rows = asyncio.run(model.generate([Request(Prompt(text=text), Sampling(6)) for text in texts]))
    assert kinds == {"none", "whole", "part"}
    assert any(0 < row.prompt_tokens < len(bpe().encode(text)) for row, text in zip(rows, texts, strict=True))
    assert largest_error(plain_models[name], seen) < TOLERANCE


def test_a_rewind_into_the_shared_prompt_is_exact(local: Make, plain_models: Any) -> None:
    """`28` behind a prompt that ends in `12` makes other tokens inside the prompt."""

    class Digit:
        name = "digit"

        def watch(self, text: str, seen: int, ended: bool) -> Action | None:
            return Replace(0, "3", "a digit that merges with the prompt") if not text.startswith("3") else None

    model, prompt = local(), LONG + "12"
    assert bpe().encode(prompt + "3")[: len(bpe().encode(prompt))] != bpe().encode(prompt)
    with watched() as seen:
        asyncio.run(model.generate([Request(Prompt(text=prompt), Sampling(2))]))
        (row,) = asyncio.run(model.generate([Request(Prompt(text=prompt), Sampling(12), (Digit(),))]))
    assert row.text.startswith("3")
    assert row.tokens <= model.count(Prompt(text=prompt)) + 12
    assert largest_error(plain_models["llama"], seen) < TOLERANCE


@pytest.mark.parametrize("name", ["llama", "gemma3", "mamba"])
@pytest.mark.parametrize("times", [1, 4])
def test_scores_behind_a_long_prompt_that_nobody_has_read(
    local: Make, plain_models: Any, name: str, times: int
) -> None:
    """A prompt that is read alone at once, together with what is to be scored, of which each token counts."""
    model, prompt, texts = local(name), LONG * times, [" 28. 64", " 28. 8 three", LONG]
    assert len(bpe().encode(prompt)) > 64
    found = asyncio.run(model.score(Prompt(text=prompt), texts))
    for text, score in zip(texts, found, strict=True):
        ids = torch.tensor([bpe().encode(prompt + text)])
        begin = ids.shape[1] - score.tokens
        assert score.tokens == len(score.token_logprobs) >= 2
        with torch.inference_mode():
            logits = plain_models[name](input_ids=ids, use_cache=False).logits[0].float()
        each = torch.log_softmax(logits, -1)[range(begin - 1, ids.shape[1] - 1), ids[0, begin:]]
        assert torch.allclose(each, torch.tensor(score.token_logprobs), atol=1e-3)


@pytest.mark.parametrize("name", ["llama", "gemma2", "mamba"])
def test_scores_of_token_ids_and_whether_they_are_greedy(name: str, local: Make, plain_models: dict[str, Any]) -> None:
    """Ids that were cut otherwise than the tokenizer would; what the model itself would write is greedy, else not."""
    model = local(name)
    prompt = bpe().encode("7 * 4 = 28. 8 *")
    written = plain_models[name].generate(
        torch.tensor([prompt]), attention_mask=torch.ones(1, len(prompt), dtype=torch.long), max_new_tokens=6,
        do_sample=False, eos_token_id=None,
    )[0].tolist()  # fmt: skip
    other = [*written[:-1], (written[-1] + 1) % len(bpe())]
    rows = [(ids, start) for ids in (written, other) for start in (len(prompt), len(ids) - 1)]
    found = asyncio.run(model.score_ids(rows))
    assert [score.is_greedy for score in found] == [True, True, False, False]
    for (ids, start), score in zip(rows, found, strict=True):
        with torch.no_grad():
            each = plain_models[name](torch.tensor([ids])).logits[0].log_softmax(-1)
        wanted = [float(each[place - 1, ids[place]]) for place in range(start, len(ids))]
        assert score.token_logprobs == pytest.approx(wanted, abs=1e-3)
    for ids, start in (([1, 2], 0), ([1, 2], 2), ([1], 1)):
        with pytest.raises(InputError, match="expected a place"):
            asyncio.run(model.score_ids([(ids, start)]))
    if name in CONFIGS:
        with pytest.raises(InputError, match="reads at most"):
            asyncio.run(model.score_ids([([1] * (CONTEXT + 2), 1)]))
