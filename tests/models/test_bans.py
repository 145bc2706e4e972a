"""A refuted text does not come again at its place, however it is cut into tokens; nothing else is banned."""

import asyncio
import random
from typing import Any

import pytest
from conftest import Make
from hypothesis import given
from hypothesis import strategies as st
from tiny_models import bpe

from slowthink.models.bans import Bans
from slowthink.models.jobs import Job
from slowthink.models.protocol import Prompt, Request, Sampling
from slowthink.models.random_tokens import RandomTokenModel
from slowthink.models.rows import Row
from slowthink.models.sampling import Batch, Logits
from slowthink.models.text import Codec, Writing
from slowthink.models.told import Only
from slowthink.supervision import Action, Rewind

CODEC = Codec(bpe())
END = bpe().eos_token_id


def row(standing: str, **sampling: Any) -> Row:
    """A row behind the prompt 'x' in which some text stands, ready to choose."""
    writing = Writing(CODEC, "x", True, CODEC.encode("x", True))
    made = Row(Job(Request(Prompt(text="x"), Sampling(**{"max_tokens": 99, **sampling})), writing), frozenset({END}))
    for token in CODEC.encode(standing, False):
        made.pushed(made.pending)
        made.take(Only(token))
    made.pushed(made.pending)
    return made


def said(token: int) -> str:
    return CODEC.decode([CODEC.encode("a", False)[0], token])[1:]


@pytest.mark.parametrize(("banned", "standing"), [("12", ""), ("12", "1"), ("2864", "28"), (" 12", ""), ("é!", "é")])
def test_exactly_the_completing_tokens_are_banned(banned: str, standing: str) -> None:
    one = row(standing)
    one.bans.add(0, banned, was_end=False)
    rest = banned[len(standing) :]
    for token in range(len(bpe())):
        if token != END:
            assert one.banned(token) == said(token).startswith(rest), said(token)
    assert not one.banned(END)


def test_a_ban_holds_at_its_place_only() -> None:
    for standing in ("1 ", "3", "13"):
        one = row(standing)
        one.bans.add(0, "12", was_end=False)
        assert not any(one.banned(token) for token in range(len(bpe())))
    one = row("a 1")
    one.bans.add(2, "12", was_end=False)
    assert one.banned(CODEC.encode("2", False)[0])
    one.bans.cut(1)
    assert not one.banned(CODEC.encode("2", False)[0])


def test_the_row_does_not_end_with_a_banned_text_without_its_blanks() -> None:
    one = row("12")
    one.bans.add(0, "12 \n", was_end=False)
    assert one.banned(END)
    assert not one.banned(CODEC.encode("3", False)[0])


def test_a_text_at_whose_end_the_row_ended_may_go_on() -> None:
    one = row("1", stop=("!", "é"))
    one.bans.add(0, "12", was_end=True)
    assert not one.banned(CODEC.encode("2", False)[0])
    two = row("12", stop=("!", "é"))
    two.bans.add(0, "12", was_end=True)
    banned = {token for token in range(len(bpe())) if two.banned(token)}
    stops = {token for token in range(len(bpe())) if said(token).lstrip().startswith(("!", "é"))}
    assert END in banned
    assert banned == stops | {END}
    last = row("1", max_tokens=2)
    last.bans.add(0, "12", was_end=True)
    assert last.banned(CODEC.encode("2", False)[0]), "the row would end there by its length"


@given(st.text("123 é", min_size=1, max_size=4), st.integers(0, 1 << 32))
def test_what_is_chosen_is_the_best_that_is_not_banned(banned: str, seed: int) -> None:
    import torch

    dice = random.Random(seed)
    values = [dice.uniform(-3, 3) for _ in range(420)]
    one = row("")
    one.bans.add(0, banned, was_end=False)
    chosen = one._choose(Logits(Batch(torch.tensor([values])), 0))
    free = [token for token in range(420) if not one.banned(token)]
    assert chosen is not None
    assert values[chosen] == pytest.approx(max(values[token] for token in free))


def test_all_tokens_that_begin_with_a_common_text_can_be_banned(local: Make) -> None:
    """More of them than are tried one by one."""

    class NoBlank:
        name = "no blank"

        def watch(self, text: str, seen: int, ended: bool) -> Action | None:
            return Rewind(0, "no blank") if text.startswith(" ") else None

    assert len(CODEC.beginning_with(" ")) > 60
    for model in (local(), RandomTokenModel(bpe())):
        for seed in range(12):
            asked = Request(Prompt(text="12"), Sampling(12, temperature=1.0, seed=seed), (NoBlank(),))
            (done,) = asyncio.run(model.generate([asked]))
            assert done.finish in ("length", "eos")
            refuted = [event.before for event in done.interventions]
            assert not any(done.text.startswith(text) for text in refuted)


def test_parts_and_completions() -> None:
    bans = Bans()
    bans.add(0, "abcd", was_end=False)
    bans.add(2, "cx", was_end=True)
    assert bans.completions("ab") == ["cd"]
    assert bans.part("abc") == (2, "c")
    assert bans.part("ab") == (0, "ab")
    assert bans.part("xb") is None
    bans.add(3, "", was_end=False)
    assert not bans.forbid_end("abc")
    assert bans.forbid("abcde")
