"""Scripted, recorded and random models: what each says, and what it refuses."""

import asyncio
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_models import bpe

from slowthink.errors import InputError, ModelUnavailable
from slowthink.models.pieces import PieceTokenizer, first_piece, number
from slowthink.models.protocol import Completion, LanguageModel, Prompt, Request, Sampling
from slowthink.models.random_tokens import RandomTokenModel
from slowthink.models.recorded import RecordedModel
from slowthink.models.scripted import ScriptedModel
from slowthink.supervision import Action, Replace, Rewind, Supervisor
from slowthink.types import Message


def ask(model: LanguageModel, text: str = "q:", *supervisors: Supervisor, **sampling: Any) -> Completion:
    return asyncio.run(model.generate([Request(Prompt(text=text), Sampling(**sampling), supervisors)]))[0]


def ask_many(model: LanguageModel, text: str, n: int, seed: int = 0) -> Sequence[str]:
    rows = [Request(Prompt(text=text), Sampling(temperature=1, seed=seed, path=f"1:generate.{i}")) for i in range(n)]
    return [row.text for row in asyncio.run(model.generate(rows))]


class Fix:
    """Puts 28 where 29 stands, or takes it back."""

    name = "fix"

    def __init__(self, rewind: bool = False) -> None:
        self.rewind = rewind

    def watch(self, text: str, seen: int, ended: bool) -> Action | None:
        at = text.find("29")
        if at < 0:
            return None
        return Rewind(at, "wrong") if self.rewind else Replace(at, "28", "wrong")


@given(st.text(max_size=40))
def test_pieces_are_the_text(text: str) -> None:
    pieces = PieceTokenizer()
    ids = pieces.encode(text)
    assert pieces.decode(ids) == text
    assert ids[:1] == ([number(first_piece(text))] if text else [])


def test_replies_come_in_order() -> None:
    model = ScriptedModel(["first", "second"])
    assert [ask(model, text).text for text in ("a", "b")] == ["first", "second"]
    assert model.prompts == ["a", "b"]
    with pytest.raises(InputError, match="2 replies, and one more"):
        ask(model)


def test_a_reply_goes_on_after_a_repair() -> None:
    row = ask(ScriptedModel(["7 * 4 = 29. So 29 it is."]), "q:", Fix())
    assert row.text == "7 * 4 = 28. So 28 it is."
    assert [event.start for event in row.interventions] == [8, 15]


def test_the_next_part_of_a_reply_follows_each_intervention() -> None:
    assert ask(ScriptedModel([("It is 29, no", ", yes")]), "q:", Fix()).text == "It is 28, yes"
    assert ask(ScriptedModel([("It is 29, no", "30, yes")]), "q:", Fix(rewind=True)).text == "It is 30, yes"


def test_a_script_that_only_repeats_itself_ends() -> None:
    row = ask(ScriptedModel(["It is 29."]), "q:", Fix(rewind=True))
    assert (row.text, row.finish) == ("It is ", "supervisor")


def test_a_function_sees_what_stands_there() -> None:
    asked = []

    def say(text: str, request: Request) -> str:
        asked.append(text)
        return " is 29." if text.endswith("four") else " is right."

    assert ask(ScriptedModel(say), "seven times four", Fix()).text == " is 28 is right."
    assert asked == ["seven times four", "seven times four is 28"]


def test_a_function_in_a_branch() -> None:
    async def run() -> str:
        model = ScriptedModel(lambda text, request: f"<{text[-3:]}>", chat=True)
        branch = model.branch(Prompt(messages=(Message(role="user", content="hi"),), prefill="Well"))
        await branch.append("1")
        await branch.generate(Sampling())
        (fork,) = branch.fork(1)
        await fork.generate(Sampling())
        return fork.text

    assert asyncio.run(run()) == "1<ll1><l1>>"


def test_scores_of_a_script() -> None:
    prompt = Prompt(text="Is it so?")
    (plain,) = asyncio.run(ScriptedModel([]).score(prompt, [" yes it is"]))
    assert (plain.tokens, plain.logprob) == (3, pytest.approx(3 * math.log(0.5)))
    model = ScriptedModel([], scorer=lambda text, more: -1.0 if more == " yes" else -3.0)
    yes, no = asyncio.run(model.score(prompt, [" yes", " no it"]))
    assert (yes.logprob, no.logprob) == (-1.0, -3.0)


RECORDS = [
    {"question": "What is 2 + 2?", "samples": ["4", "It is 4.", "22"]},
    {"question": "What is 3 + 3?", "samples": ["6"]},
    {"prompt": "Say it", "samples": ["it"]},
    {"id": 7, "samples": ["seven"]},
]


def test_samples_are_those_of_the_record() -> None:
    model = RecordedModel(RECORDS)
    assert ask_many(model, "What is 2 + 2?", 3) == ["4", "It is 4.", "22"]
    assert sorted(ask_many(model, "What is 2 + 2?", 3, seed=1)) == sorted(["4", "It is 4.", "22"])
    assert ask(model, "What is 2 + 2?", path="1:generate.2").text == "4"
    assert (ask(model, "Say it").text, ask(model, "7").text) == ("it", "seven")
    with pytest.raises(InputError, match="sample number 4"):
        ask_many(model, "What is 2 + 2?", 4)


def test_the_last_question_of_a_prompt_is_the_one_that_is_asked() -> None:
    model = RecordedModel(RECORDS)
    assert ask(model, "Q: What is 2 + 2?\nA: 4\nQ: What is 3 + 3?\nA:").text == "6"
    with pytest.raises(InputError, match="no sample was recorded for 'Who"):
        ask(model, "Who is it?")
    with pytest.raises(InputError, match="no sample"):
        ask(model, "Say it again")


def test_recorded_text_ends_at_an_intervention() -> None:
    model = RecordedModel([{"question": "q", "samples": ["It is 29, so 29 + 1 = 30"]}])
    row = ask(model, "q", Fix())
    assert (row.text, row.finish, len(row.interventions)) == ("It is 28", "supervisor", 1)


def test_a_recorded_branch_goes_on_only_where_the_record_does() -> None:
    async def run() -> str:
        branch = RecordedModel(RECORDS).branch(Prompt(text="What is 2 + 2?"))
        await branch.append("It is")
        await branch.generate(Sampling())
        said = branch.text
        branch.rewind(0)
        await branch.append("Five")
        with pytest.raises(InputError, match="begins with 'Five'"):
            await branch.generate(Sampling())
        return said

    assert asyncio.run(run()) == "It is 4."


def test_records_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    path.write_text("\n".join(json.dumps(record) for record in RECORDS) + "\n\n", encoding="utf-8")
    assert ask(RecordedModel(path), "Say it").text == "it"
    path.write_text('{"id": 1, "samples": ["x"]}\n{"id": 2}\n', encoding="utf-8")
    with pytest.raises(InputError, match="record 2: expected"):
        RecordedModel(path)
    path.write_text("nothing", encoding="utf-8")
    with pytest.raises(InputError, match="line 1"):
        RecordedModel(path)
    with pytest.raises(InputError, match="cannot be read"):
        RecordedModel(tmp_path / "absent")
    with pytest.raises(ModelUnavailable, match="no probabilities"):
        asyncio.run(RecordedModel(RECORDS).score(Prompt(text="Say it"), ["x"]))


def test_the_babbler_uses_its_whole_vocabulary_alike() -> None:
    model = RandomTokenModel(bpe())
    rows = [Request(Prompt(text="q"), Sampling(100, temperature=0.3, path=str(i))) for i in range(40)]
    counts: dict[int, int] = {}
    for row in asyncio.run(model.generate(rows)):
        for token in row.token_ids:
            counts[token] = counts.get(token, 0) + 1
    assert len(counts) > 400
    assert max(counts.values()) < 30
    assert bpe().eos_token_id not in counts
    (score,) = asyncio.run(model.score(Prompt(text="q"), [" 12"]))
    assert score.logprob == pytest.approx(-math.log(len(bpe())) * score.tokens)


def test_the_babbler_differs_by_prompt_when_greedy() -> None:
    model = RandomTokenModel(bpe())
    assert ask(model, "a", seed=1).text == ask(model, "a", seed=2).text != ask(model, "b").text
