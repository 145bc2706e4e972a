"""What a task wishes is kept or refused, and a reply says its answer where the task's filters look for it."""

import asyncio
import pickle
import re
from typing import Any

import pytest

from slowthink.controller import SlowThinker
from slowthink.errors import InputError
from slowthink.harness.__main__ import main
from slowthink.harness.conversation import Conversation, problem_of, prompt_of, turns_of
from slowthink.harness.replies import ENDING, checked_ending, reply_of
from slowthink.harness.wishes import Wish, Wished
from slowthink.models.protocol import Prompt, Request, Sampling
from slowthink.models.scripted import ScriptedModel

STRICT, FLEXIBLE = re.compile(r"#### (\-?[0-9\.\,]+)"), re.compile(r"(-?[$0-9.,]{2,})|(-?[0-9]+)")
"""The filters of the harness's task gsm8k: it takes the first of the one and the last of the other."""
GSM8K = {"until": ["Question:", "</s>", "<|im_end|>"], "do_sample": False, "temperature": 0.0}


def read(reply: str) -> tuple[str | None, str | None]:
    """What the two filters of GSM8K read in a reply."""
    strict, flexible = STRICT.findall(reply), FLEXIBLE.findall(reply)
    return strict[0] if strict else None, next(filter(None, flexible[-1])) if flexible else None


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("5 + 7 = 12 apples.\n\nAnswer: 12", "12"),
        ("It is #### 13, so to say", "12"),
        ("One. Question: and another one? 99", "1,200"),
        ("", "-7.5"),
        ("The steps are 3 and 4.", "8"),
        ("#### 9", "8"),
        ("The answer is 12.", "12"),
    ],
)
def test_both_filters_of_gsm8k_read_the_answer(text: str, answer: str) -> None:
    reply = reply_of(answer, text, Wish.of(GSM8K))
    assert read(reply) == (answer, answer)
    assert "Question:" not in reply


def test_an_abstention_is_read_as_no_answer() -> None:
    assert read(reply_of(None, "5 + 7 = 13", Wish.of(GSM8K))) == (None, None)


def test_an_answer_that_is_the_text_gets_no_mark_and_a_stop_in_the_ending_leaves_the_answer_alone() -> None:
    poem = "Roses are red,\nviolets are blue."
    assert reply_of(poem, poem + "\n", Wish()) == poem + "\n"
    assert reply_of(poem, poem, Wish.of({"until": ["\n"]})) == "Roses are red,"
    assert reply_of("Paris", "It is the city of\nParis.", Wish.of({"until": ["\n"]})) == "Paris"
    assert (
        reply_of("Paris", "It is the city of Paris.", Wish.of({"until": "."})) == "It is the city of Paris\n#### Paris"
    )
    assert reply_of("12", "5 + 7 = 12", Wish(), "The answer is {answer}.") == "5 + 7 = 12\nThe answer is 12."
    assert checked_ending(ENDING) == ENDING
    with pytest.raises(InputError, match="expected as `ending`"):
        checked_ending("####")


def test_wishes_are_read_as_the_harness_writes_them() -> None:
    assert Wish.of(GSM8K) == Wish(("Question:", "</s>", "<|im_end|>"))
    assert Wish.of({"until": "\n", "max_gen_toks": "32"}) == Wish(("\n",), 32)
    assert Wish.of({"max_new_tokens": 5, "do_sample": True}) == Wish((), 5, 1.0)
    assert Wish.of({"do_sample": True, "temperature": 0.2, "top_p": 0.95}) == Wish((), None, 0.2, 0.95)
    assert Wish.of({"do_sample": False, "temperature": 0.7, "top_p": 0.95, "top_k": 50}) == Wish()
    assert Wish.of({"temperature": 0.5, "top_k": 0, "num_beams": 1, "repetition_penalty": 1.0}).temperature == 0.5
    assert Wish.of({}).sampling("a", 3) == Sampling(256, seed=3, path="a")


@pytest.mark.parametrize(
    "settings",
    [
        {"until": [7]}, {"until": 7}, {"max_gen_toks": 0}, {"max_gen_toks": "many"}, {"temperature": "hot"},
        {"num_beams": 4}, {"repetition_penalty": 1.2}, {"temperature": 0.7, "top_k": 40}, {"chat": "x"},
    ],
)  # fmt: skip
def test_wishes_that_cannot_be_kept_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="expected"):
        Wish.of(settings)


def test_strategies_write_as_wished() -> None:
    seen: list[Sampling] = []

    def script(prompt: str, request: Request) -> str:
        seen.append(request.sampling)
        return "one two three. The answer is 4."

    model = Wished(ScriptedModel(script), Wish.of({"max_gen_toks": 5, "do_sample": True, "temperature": 0.3}))
    assert (model.name, model.chat, model.count(Prompt(text="one two"))) == ("scripted", False, 2)
    slow = SlowThinker(model, strategy="chain_of_thought")
    asyncio.run(slow.asolve("How many are there?"))
    assert [(one.max_tokens, one.temperature) for one in seen] == [(5, 0.3)]
    slow.close()  # the model is not ours to close
    seen.clear()

    async def branched() -> None:
        (one,) = model.branch(Prompt(text="one")).fork(1)
        await one.append(" two")
        await one.generate(Sampling(40, temperature=0.9))
        one.rewind(one.mark())
        assert one.text.startswith(" two")
        assert len(await one.score([" three"])) == len(await model.score(Prompt(text="one"), ["!"])) == 1
        one.release()

    asyncio.run(branched())
    assert [(one.max_tokens, one.temperature) for one in seen] == [(5, 0.9)]


def test_a_conversation_is_a_text_that_keeps_its_messages() -> None:
    history = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "What is 1 + 1?"},
        {"role": "assistant", "content": "2"},
        {"role": "user", "content": "What is 2 + 2?"},
    ]
    told = pickle.loads(pickle.dumps(Conversation.of("rendered", turns_of(history))))
    assert told == "rendered"
    assert [turn.content for turn in problem_of(told).messages] == [one["content"] for one in history]
    assert problem_of("Question: one?\nAnswer:").question == "Question: one?\nAnswer:"
    begun = turns_of([*history, {"role": "assistant", "content": "It is"}])
    assert prompt_of(begun, True) == Prompt(begun[:-1], prefill="It is")
    with pytest.raises(InputError, match="strategy=plain"):
        problem_of(Conversation.of("rendered It is", begun))
    for bad in ([{"role": "tool", "content": "x"}], [{"role": "user"}], ["x"]):
        with pytest.raises(InputError, match="expected messages"):
            turns_of(bad)  # type: ignore[arg-type]


def test_without_the_harness_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setitem(__import__("sys").modules, "lm_eval.__main__", None)
    assert main() == 4
    assert "pip install 'slowthink[harness]'" in capsys.readouterr().err
