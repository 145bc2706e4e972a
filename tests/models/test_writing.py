"""Text and tokens: edits equal the encoding of the whole, and only whole characters are shown."""

import asyncio
from typing import Any

import pytest
from conftest import Make
from hypothesis import given
from hypothesis import strategies as st
from tiny_models import bpe

from slowthink.benchmarks.engine.characters import grown, pushed
from slowthink.errors import InputError
from slowthink.models.jobs import Job
from slowthink.models.protocol import Branch, Prompt, Sampling
from slowthink.models.rows import Row
from slowthink.models.text import Codec, Writing
from slowthink.models.told import Only

CODEC = Codec(bpe())
text = st.text(st.sampled_from("0123456789 é漢🦊.=*+abx\n"), max_size=14)


def writing(prompt: str) -> Writing:
    return Writing(CODEC, prompt, True, CODEC.encode(prompt, True))


@given(prompt=text.filter(bool), edits=st.lists(text, min_size=1, max_size=5))
def test_edits_equal_the_encoding_of_the_whole(prompt: str, edits: list[str]) -> None:
    row = writing(prompt)
    for edit in edits:
        before = list(row.ids)
        same = row.rewrite(edit)
        assert row.text == edit
        assert row.ids == CODEC.encode(prompt + edit, True)
        assert row.ids[:same] == before[:same]
        assert row.begin <= len(row.ids)


def told(prompt: str, said: str) -> Writing:
    """A writing behind a prompt whose characters came one by one, whatever the tokenizer would make of them."""
    row = writing(prompt)
    for character in said:
        for token in CODEC.encode(character, False):
            row.push(token)
    return row


@given(prompt=text.filter(bool), said=text, cut=st.integers(0, 14), more=text)
def test_what_an_edit_leaves_alone_keeps_its_tokens(prompt: str, said: str, cut: int, more: str) -> None:
    row = told(prompt, said)
    before, edit = list(row.ids), said[:cut] + more
    same = row.rewrite(edit)
    assert row.text == edit
    assert row.ids[:same] == before[:same]
    assert CODEC.decode(row.ids) == prompt + edit
    row.rewrite("")
    assert CODEC.decode(row.ids) == prompt


def test_words_that_were_cut_otherwise_stay_as_they_are() -> None:
    """`12` is one token of the tokenizer's, and two of the model's here."""
    row = told("x = ", "12 three")
    before = list(row.ids)
    assert len(before) > len(CODEC.encode("x = 12 three", True))
    assert row.rewrite("12 three\n") == len(before)
    assert row.rewrite("12 three") == len(before)
    assert row.ids == before
    assert row.rewrite("1") < len(before), "inside of what was cut otherwise the whole is encoded anew"
    assert row.ids == CODEC.encode("x = 1", True)


@given(prompt=text.filter(bool), first=text, more=text)
def test_pushed_tokens_say_the_text_in_whole_characters(prompt: str, first: str, more: str) -> None:
    row = writing(prompt)
    row.rewrite(first)
    for token in CODEC.encode(more, False):
        said = row.with_pushed(token)
        row.push(token)
        assert (first + more).startswith(row.text)
        assert said.startswith(row.text)
    assert row.text == first + more


@given(prompt=text.filter(bool), said=text, cut=st.integers(0, 30))
def test_a_character_may_be_completed_by_the_next_row(prompt: str, said: str, cut: int) -> None:
    branch = writing(prompt)
    ids = CODEC.encode(said, False)
    for part in (ids[:cut], ids[cut:]):
        row = branch.behind()
        for token in part:
            row.push(token)
        row.flush()
        branch.extend(row)
    assert branch.text == said
    assert branch.ids == CODEC.encode(prompt, True) + ids


def test_a_mark_of_replacement_that_was_written_is_shown() -> None:
    row = writing("a")
    for token in CODEC.encode("b\ufffd", False):
        row.push(token)
    assert row.text == "b"
    row.flush()
    assert row.text == "b\ufffd"
    half = writing("a")
    half.push(CODEC.encode("é漢", False)[-1])
    half.flush()
    assert half.text == ""


def test_forks_of_a_writing_go_apart() -> None:
    one = writing("12")
    one.rewrite(" 34")
    two = one.copy()
    two.rewrite(" 5")
    assert (one.text, two.text) == (" 34", " 5")
    assert one.ids == CODEC.encode("12 34", True)


def drive(prompt: str, said: str, **sampling: Any) -> Row:
    """A row that is told the tokens of `said`."""
    from slowthink.models.protocol import Request

    row = Row(Job(Request(Prompt(text=prompt), Sampling(**sampling)), writing(prompt)), frozenset())
    for token in CODEC.encode(said, False):
        row.pushed(row.pending)
        row.take(Only(token))
        if row.finish is not None:
            break
    return row


@given(said=text, stop=st.tuples(text.filter(bool), text.filter(bool)))
def test_stop_strings_end_rows_inside_tokens(said: str, stop: tuple[str, ...]) -> None:
    row = drive("x", said, max_tokens=1000, stop=stop)
    cuts = [said.index(one) for one in stop if one in said]
    # a stop string that is completed later may begin earlier than one that was completed before it
    first = min((said.index(one) + len(one) for one in stop if one in said), default=None)
    if first is None:
        assert (row.finish, row.writing.text) == (None, said)
    else:
        assert row.finish == "stop"
        assert said.startswith(row.writing.text)
        assert len(row.writing.text) in [cut for cut in cuts if cut < first]
        assert CODEC.decode(row.writing.ids) == "x" + row.writing.text


def test_log_probabilities_of_what_was_put_in_are_none() -> None:
    from slowthink.models.protocol import Request
    from slowthink.supervision import Action, Replace

    class Fix:
        name = "fix"

        def watch(self, text: str, seen: int, ended: bool) -> Action | None:
            at = text.find("29")
            return Replace(at, "28", "wrong") if at >= 0 else None

    request = Request(Prompt(text="x"), Sampling(99, logprobs=True), (Fix(),))
    row = Row(Job(request, writing("x")), frozenset())
    for token in [*CODEC.encode("a = 29", False), *CODEC.encode(". b", False)]:
        row.pushed(row.pending)
        row.take(Only(token))
    done = row.completion()
    assert done.text == "a = 28. b"
    assert done.logprobs is not None
    assert len(done.logprobs) == len(done.token_ids)
    shown = [CODEC.decode([token]) for token, known in zip(done.token_ids, done.logprobs, strict=True) if known is None]
    assert "28" in "".join(shown)
    assert "29" not in done.text
    assert done.logprobs[0] == 0.0


@pytest.mark.parametrize("cut", range(1, 9))
def test_branches_of_one_token_at_a_time_write_what_one_row_writes(local: Make, cut: int) -> None:
    model = local("gpt2")

    async def run() -> tuple[str, str, list[int]]:
        whole = model.branch(Prompt(text="漢字"))
        await whole.generate(Sampling(16, temperature=1.5, seed=cut))
        parts = model.branch(Prompt(text="漢字"))
        for _ in range(16):
            await parts.generate(Sampling(1, temperature=1.5, seed=cut))
        same = [i for i, (a, b) in enumerate(zip(whole.token_ids, parts.token_ids, strict=False)) if a != b]  # type: ignore[attr-defined]
        return whole.text, parts.text, same

    whole, parts, same = asyncio.run(run())
    assert (whole, same) == (parts, [])


@pytest.mark.parametrize("seed", range(4))
def test_a_tree_of_lines_costs_no_token_twice(local: Make, seed: int) -> None:
    """Lines end at a stop string, get a line end and are judged; a random model cuts words as no tokenizer would."""
    model = local()
    model.engine.eos = frozenset()

    async def line(fork: Branch, number: int) -> Branch:
        await fork.generate(Sampling(12, temperature=1.5, stop=("\n", "."), seed=seed, path=str(number)))
        await fork.append("\n")
        (judge,) = fork.fork(1)
        await judge.append("Is this right?")
        await judge.score([" yes", " no"])
        return fork

    async def run() -> None:
        level: list[Branch] = [model.branch(Prompt(text="7 * 4 = 28. 8 * 8 ="))]
        for _ in range(4):
            forks = [fork for branch in level for fork in branch.fork(3)]
            level = list(await asyncio.gather(*(line(fork, i) for i, fork in enumerate(forks))))[::3]

    with pushed(model.engine.model) as counts, grown(model) as tree:
        asyncio.run(run())
    assert tree.nodes <= sum(counts) <= 1.005 * tree.nodes


def test_a_branch_is_written_by_one_call_at_a_time(local: Make) -> None:
    """Two at once would each go on from the same place; forks are for that."""
    model = local()
    model.engine.eos = frozenset()
    branch = model.branch(Prompt(text="12"))

    async def run() -> None:
        writing = asyncio.ensure_future(branch.generate(Sampling(30)))
        await asyncio.sleep(0)
        (fork,) = branch.fork(1)
        with pytest.raises(InputError, match="fork"):
            await branch.generate(Sampling(3))
        with pytest.raises(InputError, match="fork"):
            await branch.append("3")
        with pytest.raises(InputError, match="fork"):
            branch.rewind(0)
        assert len((await fork.generate(Sampling(3))).token_ids) == 3
        assert branch.text == ""
        row = await writing
        assert branch.text == row.text
        again = asyncio.ensure_future(branch.generate(Sampling(400)))
        await asyncio.sleep(0.01)
        again.cancel()
        await asyncio.gather(again, return_exceptions=True)
        assert branch.text == row.text, "a cancelled call leaves the branch as it was"
        branch.rewind(0)
        assert (await branch.generate(Sampling(3))).text == row.text[: len(branch.text)]

    asyncio.run(run())
    with pytest.raises(InputError, match="forks"):
        branch.fork(-1)
