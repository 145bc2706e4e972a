"""Constrained rows write what their constraint allows, whatever the model says and whatever is done to them."""

import asyncio
import json
import re
import threading
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pytest
from conftest import Make
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from tiny_models import bpe

from slowthink.errors import InputError
from slowthink.models.constraints import COMPILED, Grammar, Grammars
from slowthink.models.local import LocalModel
from slowthink.models.protocol import Completion, LanguageModel, Prompt, Request, Sampling
from slowthink.models.random_tokens import RandomTokenModel
from slowthink.models.recorded import RecordedModel
from slowthink.models.scripted import ScriptedModel
from slowthink.models.text import Codec
from slowthink.supervision import Action, Replace, Rewind, Stop, Supervisor
from slowthink.types import Constraint

CODEC = Codec(bpe())
END = frozenset({bpe().eos_token_id})


class Step(BaseModel):
    """With text, a bounded list, a nested model and names that are not ASCII."""

    what: Literal["add", "été", "漢"]
    values: list[int] = Field(max_length=3)
    note: str = Field(max_length=6)


class Sheet(BaseModel):
    model_config = ConfigDict(extra="forbid")

    first: Step
    done: bool
    rest: list[bool] = Field(max_length=2)


def asked(constraint: Constraint | None, most: int = 200, *watching: Supervisor, **options: Any) -> Request:
    return Request(Prompt(text="12 seven"), Sampling(most, **options), watching, constraint=constraint)


def ask(model: LanguageModel, *requests: Request) -> list[Completion]:
    return asyncio.run(model.generate(requests))


def seeds(count: int) -> list[dict[str, Any]]:
    return [{"temperature": 1.0, "seed": seed} for seed in range(count)]


@pytest.mark.parametrize("which", ["llama", "gpt2", "random"])
def test_json_of_a_pydantic_model_always_parses(local: Make, which: str) -> None:
    model = RandomTokenModel(bpe()) if which == "random" else local(which)
    rows = ask(model, *(asked(Constraint(json_schema=Sheet), 480, **one) for one in seeds(40)))
    assert {row.finish for row in rows} <= {"complete", "eos"}
    sheets = [Sheet.model_validate_json(row.text) for row in rows]
    assert len({sheet.model_dump_json() for sheet in sheets}) > 20


def test_json_parses_when_greedy_and_with_a_nucleus(local: Make) -> None:
    model = local()
    rows = ask(model, *(asked(Constraint(json_schema=Sheet), 480, temperature=t, top_p=0.4) for t in (0.0, 0.7, 3.0)))
    for row in rows:
        Sheet.model_validate_json(row.text)


@pytest.mark.parametrize(
    "pattern", [r"(yes|no), [0-9]{2,4}( été| 漢字| 🦊){1,2}\.", r"[a-c]+!", r"-?(0|[1-9][0-9]{0,3})", r"(é|\n){3}"]
)
def test_texts_match_their_expression(local: Make, pattern: str) -> None:
    for model in (local(), RandomTokenModel(bpe())):
        rows = ask(model, *(asked(Constraint(regex=pattern), **one) for one in seeds(25)))
        assert all(row.finish in ("complete", "eos") for row in rows)
        assert all(re.fullmatch(pattern, row.text) for row in rows), [row.text for row in rows]


CHOICES = ("yes", "yes, no", 'a "quoted" one\\', "12", "1234", "zwölf\n", "漢字", "<end>", "\t'%{x}/", "🦊é")


def test_every_choice_can_come_and_nothing_else(local: Make) -> None:
    for model in (local(), RandomTokenModel(bpe())):
        rows = ask(model, *(asked(Constraint(choices=CHOICES), **one) for one in seeds(150)))
        assert {row.text for row in rows} <= set(CHOICES)
        assert all(row.finish in ("complete", "eos") for row in rows)
    assert {row.text for row in rows} == set(CHOICES)


def test_a_grammar_counts_brackets(local: Make) -> None:
    nested = Constraint(grammar='start: "(" start ")" | "12"')
    for row in ask(local(), *(asked(nested, 300, **one) for one in seeds(20))):
        depth = len(row.text) // 2 - 1
        assert row.finish == "length" or row.text == "(" * depth + "12" + ")" * depth


def test_free_rows_write_what_they_write_alone(local: Make) -> None:
    free = [asked(None, 24), asked(None, 24, temperature=1.0, seed=3), asked(None, 24, temperature=0.6, top_p=0.7)]
    alone = [ask(local(), one)[0] for one in free]
    kinds = [Constraint(json_schema=Sheet), Constraint(regex="[0-9]+"), Constraint(choices=("yes", "no"))]
    mixed = [request for kind, one in zip(kinds, free, strict=True) for request in (asked(kind, 40), one)]
    rows = ask(local(), *mixed)
    assert [row.token_ids for row in rows[1::2]] == [row.token_ids for row in alone]
    assert rows == ask(local(), *mixed)


def test_a_constrained_row_does_not_depend_on_the_batch(local: Make) -> None:
    one = asked(Constraint(json_schema=Sheet), 300, temperature=1.0, seed=5)
    (alone,) = ask(local(), one)
    crowd = [asked(Constraint(json_schema=Sheet), 300, temperature=1.0, seed=seed) for seed in range(5)]
    assert ask(local(), *crowd, one)[-1].token_ids == alone.token_ids


class Once:
    """Acts once a row, when the text has `at` characters."""

    name = "once"

    def __init__(self, at: int, action: Action) -> None:
        self.at, self.action = at, action
        self.acted = False

    def watch(self, text: str, seen: int, ended: bool) -> Action | None:
        if self.acted or len(text) < self.at:
            return None
        self.acted = True
        return self.action


@pytest.mark.parametrize("at", [3, 12, 17, 30, 41])
@pytest.mark.parametrize("start", [0, 2, 9, 16])
def test_json_parses_after_a_rewind(local: Make, at: int, start: int) -> None:
    watching = Once(at, Rewind(start, "again"))
    (row,) = ask(local(), asked(Constraint(json_schema=Sheet), 480, watching, temperature=1.0, seed=at))
    assert [event.action for event in row.interventions] == ["rewind"]
    (event,) = row.interventions
    assert not event.before or not row.text.startswith(event.before, event.start)
    if row.finish == "complete":
        Sheet.model_validate_json(row.text)
    else:  # the banned text was all that could stand there
        assert (row.finish, len(row.text)) == ("supervisor", event.start)


PUT_IN = '{"first": {"what":"été","values": [12, 3'


@pytest.mark.parametrize("cut", range(1, len(PUT_IN), 3))
def test_json_parses_after_a_text_was_put_in(local: Make, cut: int) -> None:
    watching = Once(4, Replace(0, PUT_IN[:cut], "better"))
    for model in (local(), RandomTokenModel(bpe())):
        watching.acted = False
        (row,) = ask(model, asked(Constraint(json_schema=Sheet), 480, watching, temperature=1.0, seed=cut))
        assert [(event.action, event.after) for event in row.interventions] == [("replace", PUT_IN[:cut])]
        assert row.text.startswith(PUT_IN[:cut])
        Sheet.model_validate_json(row.text)


def test_a_finished_text_may_be_put_right(local: Make) -> None:
    class Right:
        name = "right"

        def watch(self, text: str, seen: int, ended: bool) -> Action | None:
            return Replace(0, "12 + 7 = 1", "12 + 7 is 19") if ended and not text.startswith("12 + 7 = 1") else None

    (row,) = ask(local(), asked(Constraint(regex=r"1. \+ . = [0-9]{2}"), 60, Right()))
    assert re.fullmatch(r"12 \+ 7 = 1[0-9]", row.text)
    assert (row.finish, len(row.interventions)) == ("complete", 1)


def test_a_text_that_the_constraint_does_not_allow_ends_the_row(local: Make) -> None:
    for model in (local(), RandomTokenModel(bpe()), ScriptedModel(["12, 345"])):
        watching = Once(3, Replace(2, "; 34", "should have a semicolon"))
        (row,) = ask(model, asked(Constraint(regex=r"[0-9]{2}, [0-9]{3}"), 60, watching))
        (event,) = row.interventions
        assert (row.finish, event.action, event.start, event.after) == ("constraint", "stop", 2, "")
        assert "'; 34'" in event.why
        assert re.fullmatch("[0-9]{2}", row.text)


def test_a_text_that_completes_the_constraint_ends_the_row(local: Make) -> None:
    watching = Once(1, Replace(0, "yes", "it is"))
    (row,) = ask(local(), asked(Constraint(choices=("yes", "no", "nothing")), 60, watching))
    assert (row.text, row.finish) == ("yes", "complete")


def test_stops_hold_within_a_constraint(local: Make) -> None:
    pattern = Constraint(regex="([0-9]{1,3},)+!")
    rows = ask(local(), *(asked(pattern, 60, stop=(",",), **one) for one in seeds(10)))
    assert all(row.finish == "stop" and re.fullmatch("[0-9]{1,3}", row.text) for row in rows)
    (row,) = ask(local(), asked(pattern, 60, Once(4, Stop("enough", 2)), temperature=1.0))
    assert row.finish == "supervisor"
    assert re.fullmatch(r"[0-9]{1,2}|[0-9],", row.text)


@pytest.mark.parametrize("most", range(1, 12))
def test_a_row_that_is_cut_stands_within_its_constraint(local: Make, most: int) -> None:
    (row,) = ask(local(), asked(Constraint(json_schema=Sheet), most))
    assert (row.finish, len(row.token_ids)) == ("length", most)
    grammar = Grammars(CODEC).start(Constraint(json_schema=Sheet), "", [])
    assert grammar.rewrite(row.text)
    assert not grammar.is_satisfied


def test_probabilities_are_those_of_the_model_without_the_constraint(local: Make) -> None:
    model = local()
    request = asked(Constraint(choices=("12 12", "one two")), 20, logprobs=True, temperature=2.0)
    (row,) = ask(model, request)
    assert row.logprobs is not None
    (score,) = asyncio.run(model.score(request.prompt, [row.text]))
    if CODEC.encode("12 seven" + row.text, True)[-len(row.token_ids) :] == list(row.token_ids):
        assert row.logprobs == pytest.approx(score.token_logprobs, abs=1e-3)
    assert sum(value or 0.0 for value in row.logprobs) < -1.0, "a random model does not expect this text"
    with_stop = asked(Constraint(regex="12"), 5, logprobs=True)
    (sure,) = ask(model, with_stop)
    assert sure.logprobs is not None
    assert sure.logprobs[0] is not None
    assert sure.logprobs[0] < -0.1, "the constraint leaves one token, the model has others"


def test_a_branch_is_forked_in_the_middle_of_a_constraint(local: Make) -> None:
    sheet = Constraint(json_schema=Sheet)

    async def run(model: LanguageModel, cut: int) -> list[str]:
        branch = model.branch(Prompt(text="Zwölf"))
        await branch.append("Here: ")
        mark = branch.mark()
        first = await branch.generate(Sampling(cut, temperature=1.0, seed=cut), (), None, sheet)
        assert first.finish == "length"
        forks = branch.fork(3)
        warm = Sampling(480 - cut, temperature=1.0)
        rows = await asyncio.gather(*(fork.generate(warm, (), None, sheet, mark) for fork in forks))
        assert {row.finish for row in rows} <= {"complete", "eos"}
        assert all(fork.text.startswith("Here: " + first.text) for fork in forks)
        return [fork.text[mark:] for fork in forks]

    for cut in (1, 2, 5, 9, 14, 23):
        texts = asyncio.run(run(local(), cut))
        for text in texts:
            Sheet.model_validate_json(text)
        assert len(set(texts)) > 1


@pytest.mark.parametrize("cut", range(1, 9))
def test_a_constraint_goes_on_inside_a_character(local: Make, cut: int) -> None:
    words = Constraint(regex="(漢字|🦊|é){4}")

    async def run() -> str:
        branch = local().branch(Prompt(text="12"))
        await branch.generate(Sampling(cut, temperature=1.0, seed=cut), (), None, words)
        await branch.generate(Sampling(60, temperature=1.0), (), None, words, 0)
        return branch.text

    assert re.fullmatch("(漢字|🦊|é){4}", asyncio.run(run()))


def test_what_was_begun_must_be_allowed(local: Make) -> None:
    async def run() -> None:
        branch = local().branch(Prompt(text="12"))
        await branch.append('{"first": 12')
        with pytest.raises(InputError, match="beginning of a text that the constraint allows"):
            await branch.generate(Sampling(9), (), None, Constraint(json_schema=Sheet), 0)
        with pytest.raises(InputError, match="mark between 0 and 12"):
            await branch.generate(Sampling(9), (), None, Constraint(json_schema=Sheet), 13)

    asyncio.run(run())
    prompt = Prompt(text="12", prefill="Answer: 1")
    for begun, wanted in (("", "[0-9]{3}"), ("1", "[0-9]{2}")):
        request = Request(prompt, Sampling(20), constraint=Constraint(regex="[0-9]{3}"), begun=begun)
        assert re.fullmatch(wanted, ask(local(), request)[0].text)


def test_cancelled_rows_leave_and_the_others_stay_constrained(local: Make) -> None:
    model = local(max_rows=4)
    model.engine.eos = frozenset()
    endless = Constraint(regex="([0-9]{1,3} )+")

    async def run() -> list[Completion]:
        begun = threading.Event()
        show = Request(Prompt(text="12"), Sampling(400), (), lambda text, event: begun.set(), endless)
        long = asyncio.ensure_future(model.generate([show, show]))
        short = asyncio.ensure_future(model.generate([asked(Constraint(json_schema=Sheet), 480, temperature=1.0)]))
        await asyncio.to_thread(begun.wait)
        long.cancel()
        with pytest.raises(asyncio.CancelledError):
            await long
        return await short

    (row,) = asyncio.run(run())
    assert row.finish == "complete"
    Sheet.model_validate_json(row.text)


def test_without_an_end_token_a_row_ends_where_its_constraint_does(local: Make) -> None:
    model = local()
    model.engine.eos = frozenset()
    rows = ask(model, *(asked(Constraint(regex=pattern), 20) for pattern in ("", "12?", "a{3}")))
    assert [row.finish for row in rows] == ["complete"] * 3
    assert [row.text for row in rows][::2] == ["", "aaa"]
    assert rows[1].text in ("1", "12")


BAD = [
    (Constraint(regex="(a"), "regular expression cannot be used.*unclosed group"),
    (Constraint(grammar="start: missing"), 'grammar cannot be used.*unknown name: "missing"'),
    (Constraint(grammar="no grammar at all"), "grammar cannot be used"),
    (Constraint(json_schema={"type": "wrong"}), "JSON schema cannot be used.*wrong"),
    (Constraint(json_schema={"type": "object", "if": {}}), 'JSON schema cannot be used.*Unimplemented keys: ."if"'),
    (Constraint(json_schema={"$ref": "http://example.invalid/x"}), "JSON schema cannot be used"),
    (Constraint(json_schema={"enum": ["x" * 50] * 3000}), "at most 100000 characters"),
]


@pytest.mark.parametrize(("constraint", "message"), BAD)
def test_a_bad_constraint_says_what_is_wrong(local: Make, constraint: Constraint, message: str) -> None:
    for model in (local(), RandomTokenModel(bpe()), ScriptedModel(["12"])):
        with pytest.raises(InputError, match=f"(?s){message}"):
            ask(model, asked(constraint))


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"regex": "a", "choices": ("b",)},
        {"choices": ()},
        {"choices": ("a", "")},
        {"regex": "a" * 100_001},
        {"json_schema": {"enum": [object()]}},
        {"json_schema": {"maximum": float("nan")}},
    ],
)
def test_a_constraint_is_one_thing(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Constraint(**given)


def test_a_constraint_is_data() -> None:
    sheet = Constraint(json_schema=Sheet)
    assert Constraint.model_validate_json(sheet.model_dump_json()) == sheet
    assert sheet.json_schema is not None
    assert sheet.json_schema["$defs"]["Step"]["additionalProperties"] is False

    class Open(BaseModel):
        model_config = ConfigDict(extra="allow")
        one: int

    opened = Constraint(json_schema=Open).json_schema
    assert opened is not None
    assert opened["additionalProperties"] is True
    plain = {"type": "object", "properties": {"a": {"type": "integer"}}}
    assert Constraint(json_schema=plain).json_schema == plain


def test_a_constraint_that_is_too_costly_ends_its_own_rows_only(local: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("slowthink.models.constraints.LEXER_STATES", 500)
    costly = Constraint(regex="(.{1,1000}a){1,1000}")
    model = local()

    async def run() -> Any:
        calls = [model.generate([asked(costly, 200)]), model.generate([asked(None, 20)])]
        return await asyncio.gather(*calls, return_exceptions=True)

    failed, good = asyncio.run(run())
    assert isinstance(failed, InputError)
    assert "too costly" in str(failed)
    assert good == ask(local(), asked(None, 20))
    assert ask(model, asked(Constraint(regex="12")))[0].text == "12"
    with pytest.raises(InputError, match="too costly"):
        ask(model, asked(costly))


def test_a_grammar_that_reads_a_text_in_too_many_ways_is_too_costly(local: Make) -> None:
    ways = Constraint(grammar='start: e\ne: e "é" e | e e | /[a-z0-9]/ | "x" | e "x" e')
    with pytest.raises(InputError, match="too costly"):
        ask(local(), *(asked(ways, 300, temperature=9.0, seed=seed) for seed in range(3)))


def test_another_choice_comes_for_a_refuted_one(local: Make) -> None:
    class Refutes:
        name = "refutes"

        def watch(self, text: str, seen: int, ended: bool) -> Action | None:
            return Rewind(0, "no") if ended and text in ("zero", "zwölf", "two 12") else None

    choices = Constraint(choices=("zero", "zwölf", "two 12", "two 1"))
    for model in (local(), RandomTokenModel(bpe())):
        for row in ask(model, *(asked(choices, 100, Refutes(), **one) for one in seeds(20))):
            assert row.text == "two 1"
            assert row.finish in ("eos", "complete")
    (row,) = ask(local(), asked(Constraint(choices=("zero",)), 100, Refutes()))
    assert (row.text, row.finish) == ("", "supervisor")


def test_compiled_constraints_are_remembered_within_bounds() -> None:
    grammars = Grammars(CODEC)
    first = grammars.start(Constraint(regex="a0"), "", [])
    again = grammars.start(Constraint(regex="a0"), "", [])
    assert first._compiled is again._compiled
    for number in range(3 * COMPILED):
        grammars.start(Constraint(regex=f"a{number}"), "", [])
    assert len(grammars._compiled) == COMPILED
    assert grammars.start(Constraint(regex="a0"), "", [])._compiled is not first._compiled


def test_models_that_are_told_what_to_say_may_say_what_is_allowed() -> None:
    sheet = '{"first": {"what":"été", "values":[1], "note": "🦊"},"done":true, "rest": []}'
    (row,) = ask(ScriptedModel([sheet]), asked(Constraint(json_schema=Sheet)))
    assert (row.text, row.finish) == (sheet, "complete")
    (row,) = ask(ScriptedModel([sheet.replace("true", "maybe")]), asked(Constraint(json_schema=Sheet)))
    assert (row.text, row.finish) == (sheet[: sheet.index("true")], "constraint")
    (row,) = ask(RecordedModel([{"prompt": "12 seven", "samples": ["yes"]}]), asked(Constraint(choices=("yes", "no"))))
    assert (row.text, row.finish) == ("yes", "complete")
    (row,) = ask(ScriptedModel(["1"]), asked(Constraint(regex="1+2")))
    assert (row.text, row.finish) == ("1", "constraint")
    (row,) = ask(ScriptedModel(["1"]), asked(Constraint(regex="1+")))
    assert (row.text, row.finish) == ("1", "eos")


def masks(grammar: Grammar) -> list[int]:
    return [int(token) for token in np.flatnonzero(grammar.allowed(END))]


PATTERNS = st.sampled_from([r"(é|漢|🦊|[0-9]{2,3} )+\.", r"(one|two| 12|12)*", r"[^a]{2,9}", "été(12 )+|ét[0-9]+"])


@given(pattern=PATTERNS, noise=st.lists(st.floats(0, 1, exclude_max=True), max_size=14))
@settings(max_examples=60)
def test_what_is_allowed_depends_on_the_text_and_not_on_its_tokens(pattern: str, noise: list[float]) -> None:
    grammars = Grammars(CODEC)
    grammar = grammars.start(Constraint(regex=pattern), "", [])
    ids: list[int] = []
    for place in noise:
        choices = [token for token in masks(grammar) if token not in END]
        if not choices:
            break
        token = choices[int(place * len(choices))]
        assert grammar.admits(token, END)
        grammar.push(token)
        ids.append(token)
    text = CODEC.decode(ids)
    if "\ufffd" in text:
        return
    other = grammars.start(Constraint(regex=pattern), "", [])
    assert other.rewrite("12" if pattern.startswith("(one") else "")
    assert other.rewrite(text)
    byte_by_byte = grammars.start(Constraint(regex=pattern), text, [])
    wanted = masks(grammar)
    assert masks(other) == masks(byte_by_byte) == wanted
    assert grammar.rewrite(text[: len(text) // 2])
    assert grammar.rewrite(text)
    assert masks(grammar) == wanted
    assert not grammar.rewrite(text + "a?!")
    assert masks(grammar) == wanted, "what is refused is not read"


def merged(text: str) -> Sequence[int]:
    return CODEC.encode("1" + text, True)


def test_an_edit_may_merge_the_row_with_its_prompt(local: Make) -> None:
    """The encoding of the whole begins with one token for the prompt's last digit and the row's first one."""
    assert len(merged("2")) == 1
    watching = Once(1, Replace(0, "23", "a number"))
    request = Request(Prompt(text="1"), Sampling(30), (watching,), constraint=Constraint(regex="[0-9]{2}; [0-9]{3}"))
    for model in (local(), RandomTokenModel(bpe())):
        watching.acted = False
        (row,) = ask(model, request)
        assert re.fullmatch("23; [0-9]{3}", row.text)


def test_a_vocabulary_that_differs_from_the_models(local: Make, plain_models: Any) -> None:
    """Logits for more tokens than the tokenizer has: what has no text is never chosen."""
    import copy

    wide = copy.deepcopy(plain_models["llama"])
    wide.resize_token_embeddings(len(bpe()) + 200, mean_resizing=False)
    model = LocalModel("wide", wide, bpe())
    rows = ask(model, *(asked(Constraint(json_schema=Sheet), 480, temperature=2.0, seed=seed) for seed in range(5)))
    for row in rows:
        Sheet.model_validate_json(row.text)
    model.close()


def test_json_that_is_read_back_is_compact(local: Make) -> None:
    (row,) = ask(local(), asked(Constraint(json_schema={"type": "array", "items": {"enum": [1, 2]}, "maxItems": 3})))
    assert len(json.loads(row.text)) <= 3
    assert "\n" not in row.text
