"""Models behind servers: the contract over several kinds of server, supervision, counting, and what is refused."""

import asyncio
import json
import random
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import Make
from fake_server import Fake, Handler, serving
from tiny_models import bpe

from slowthink.commands import main
from slowthink.controller import SlowThinker
from slowthink.errors import InputError, ModelUnavailable, Unsupported
from slowthink.models import load_model
from slowthink.models.jobs import uniform
from slowthink.models.protocol import Completion, Prompt, Request, Sampling
from slowthink.models.scripted import ScriptedModel
from slowthink.models.server import OpenAICompatibleModel
from slowthink.models.server_chunks import estimate
from slowthink.supervision import Action, Replace, Rewind, Stop, Supervisor
from slowthink.testing import PROMPTS, check_model
from slowthink.types import Message

KEY = "sk-very-secret-123"
WORDS = ["one", " two", " 12", "3", ", ", "é", "漢字", "\n", ".", " seven"]
CHAT = Prompt(messages=(Message(role="user", content="Say it"),))


@pytest.fixture(autouse=True)
def no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


def babble(text: str, request: Request) -> str:
    """Depends on the text before it, and above temperature 0 on the seed."""
    own = request.sampling.seed if request.sampling.temperature else ""
    dice = random.Random(uniform(0, f"{own}|{text}", len(text)))
    return "".join(dice.choice(WORDS) for _ in range(40))


Serve = Callable[..., tuple[Fake, OpenAICompatibleModel]]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts a fake server, and a model of ours that asks it; both end with the test."""
    open_ones: list[Any] = []

    def start(script: Any = babble, options: dict[str, Any] | None = None, **fake: Any) -> Any:
        model = script if not callable(script) and not isinstance(script, list) else ScriptedModel(script)
        context = serving(Fake(model, **fake))
        server = context.__enter__()
        asker = OpenAICompatibleModel(server.url, server.name, **{"timeout": 20, "patience": 20, **(options or {})})
        open_ones.append((context, asker))
        return server, asker

    yield start
    for context, asker in open_ones:
        asker.close()
        context.__exit__(None, None, None)


def ask(model: OpenAICompatibleModel, prompt: Prompt, *supervisors: Supervisor, **sampling: Any) -> Completion:
    return asyncio.run(model.generate([Request(prompt, Sampling(**sampling), supervisors)]))[0]


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


# A server of each kind, as far as such servers differ for us.
VLLM = {"usage": "continuous", "continues": "asked"}
LLAMA_CPP = {"usage": "last", "continues": "always"}
PLAIN = {"usage": "none", "continues": "never", "done": False}


@pytest.mark.parametrize("kind", [VLLM, LLAMA_CPP, {**VLLM, "cached": True}, {**VLLM, "merge": 3}])
def test_the_contract(serve: Serve, kind: dict[str, Any]) -> None:
    check_model(serve(**kind)[1])


def test_the_contract_over_a_small_model(serve: Serve, local: Make) -> None:
    check_model(serve(local("llama"), {"tokenizer": bpe()})[1])


def test_the_same_texts_as_in_process(serve: Serve, local: Make) -> None:
    here = local("llama")
    _, there = serve(here, {"tokenizer": bpe()})
    requests = [Request(prompt, Sampling(20)) for prompt in PROMPTS]
    rows, wanted = asyncio.run(there.generate(requests)), asyncio.run(here.generate(requests))
    assert [row.text for row in rows] == [row.text for row in wanted]
    assert [row.prompt_tokens for row in rows] == [here.count(prompt) for prompt in PROMPTS]
    assert [row.estimated_tokens for row in rows] == [0] * len(rows)


def test_scores_are_those_of_the_model(serve: Serve, local: Make) -> None:
    here = local("llama")
    _, there = serve(here)
    texts = [" five six", "", " 12 and 123"]
    got, wanted = (asyncio.run(model.score(PROMPTS[0], texts)) for model in (there, here))
    assert [(s.tokens, s.logprob) for s in got] == [(s.tokens, pytest.approx(s.logprob, abs=1e-4)) for s in wanted]


def test_log_probabilities_come_with_the_tokens(serve: Serve, local: Make) -> None:
    here = local("llama")
    for prompt, (_, there) in ((PROMPTS[0], serve(here)), (CHAT, serve(here))):
        row = ask(there, prompt, max_tokens=12, logprobs=True)
        assert row.logprobs is not None
        assert len(row.logprobs) == len(row.token_ids) == 12
        assert all(value is None or value <= 0 for value in row.logprobs)
        assert sum(value or 0 for value in row.logprobs) < 0
    _, there = serve(logprobs=False)
    with pytest.raises(ModelUnavailable, match="log-probabilities"):
        ask(there, PROMPTS[0], logprobs=True)
    with pytest.raises(ModelUnavailable, match="no log-probabilities of a prompt"):
        asyncio.run(there.score(PROMPTS[0], [" x"]))


def wrong_sum(text: str, request: Request) -> str:
    reply = "7 * 4 = 29, I think."
    begun = next((n for n in range(len(reply), 0, -1) if text.endswith(reply[:n])), 0)
    return " is right." if text[-2:] in ("28", "31") else reply[begun:]


@pytest.mark.parametrize(("kind", "sent"), [(VLLM, True), (LLAMA_CPP, True), ({**VLLM, "continues": "always"}, True)])
def test_a_repair_in_a_conversation(serve: Serve, kind: dict[str, Any], sent: bool) -> None:
    server, model = serve(wrong_sum, **kind)
    row = ask(model, CHAT, Fix(), max_tokens=40)
    assert row.text == "7 * 4 = 28 is right."
    assert [(e.before, e.after) for e in row.interventions] == [("29", "28")]
    assert server.asked[-1]["messages"][-1] == {"role": "assistant", "content": "7 * 4 = 28"}
    assert server.asked[-1].get("continue_final_message", False) is sent
    assert model.tally.requests == 2
    assert model.tally.repeated > 0


def test_a_repair_in_a_plain_prompt(serve: Serve) -> None:
    server, model = serve(wrong_sum)
    row = ask(model, Prompt(text="Q: "), Fix(), max_tokens=40)
    assert row.text == "7 * 4 = 28 is right."
    assert server.asked[-1]["prompt"] == "Q: 7 * 4 = 28"
    assert not any("messages" in body for body in server.asked)


def test_the_stream_is_cancelled_when_a_supervisor_acts(serve: Serve) -> None:
    server, model = serve(lambda text, request: "7 * 4 = 29" + " and on" * 800, pace=0.002)
    row = ask(model, Prompt(text="Q"), StopAt("29"), max_tokens=1500)
    assert row.finish == "supervisor"
    for _ in range(200):
        if server.cut_off:
            break
        threading.Event().wait(0.02)
    assert server.cut_off == 1


class StopAt:
    name = "stop"

    def __init__(self, text: str) -> None:
        self.text = text

    def watch(self, text: str, seen: int, ended: bool) -> Action | None:
        return Stop("enough") if self.text in text else None


@pytest.mark.parametrize("kind", [{"continues": "never"}, {"usage": "none"}, PLAIN])
def test_a_server_that_cannot_continue_is_refused_before_anything_is_written(serve: Serve, kind: Any) -> None:
    server, model = serve(wrong_sum, **kind)
    for prompt, supervisors in ((CHAT, (Fix(),)), (CHAT.continued("So"), ())):
        with pytest.raises(ModelUnavailable, match=r"gone on with, but it .*tokenizer"):
            ask(model, prompt, *supervisors)
    assert not any(body.get("stream") for body in server.asked)
    assert ask(model, CHAT, max_tokens=40).text == "7 * 4 = 29, I think."


def test_the_ladder_leaves_out_what_the_server_cannot_do(serve: Serve, tmp_path: Path) -> None:
    _, model = serve(wrong_sum, continues="never")
    with pytest.raises(Unsupported):
        SlowThinker(model, strategy="scratchpad").solve("What is 7 * 4?")
    solution = SlowThinker(model).solve("What is 7 * 4?")
    assert (solution.fast_answer, solution.answer, solution.answered_by, solution.status) == (
        "29",
        "28",
        "reader",
        "proved",
    )
    left_out = [event for event in solution.trace if event["event"] == "refused"]
    assert [event["by"] for event in left_out] == ["model"]
    saved = tmp_path / "trace.jsonl"
    saved.write_text("".join(json.dumps(event) + "\n" for event in solution.trace), encoding="utf-8")
    again = SlowThinker.replay(saved)
    assert (again.answer, again.answered_by) == ("28", "reader")
    story = SlowThinker(model).solve("A pen costs 7 euros. How much do 4 pens cost?")
    assert (story.answer, story.answered_by, story.status) == ("29", "model", "unverified")


def test_what_the_user_says_of_a_server_is_believed(serve: Serve) -> None:
    _, model = serve(wrong_sum, {"continues": True}, usage="none", continues="always")
    assert ask(model, CHAT, Fix(), max_tokens=40).text == "7 * 4 = 28 is right."


def test_a_tokenizer_serves_where_the_chat_cannot_continue(serve: Serve, smol_dir: Path) -> None:
    server, model = serve(wrong_sum, {"tokenizer": "smollm2"}, continues="never")
    assert ask(model, CHAT, Fix(), max_tokens=40).text == "7 * 4 = 28 is right."
    assert server.asked[-1]["prompt"].endswith("<|im_start|>assistant\n7 * 4 = 28")


def test_completions_that_use_a_template_are_refused(serve: Serve) -> None:
    _, model = serve(completions="templated")
    with pytest.raises(ModelUnavailable, match="chat template"):
        ask(model, PROMPTS[0])
    _, model = serve(completions="absent")
    with pytest.raises(ModelUnavailable, match="no plain completions"):
        ask(model, PROMPTS[0])


def test_messages_of_a_base_model_are_paragraphs(serve: Serve) -> None:
    server, model = serve(wrong_sum, {"chat": False})
    assert not model.chat
    ask(model, CHAT, max_tokens=4)
    assert server.asked[-1]["prompt"] == "Say it\n\n"


def test_refuted_text_is_replaced_by_the_next_likely(serve: Serve) -> None:
    _, model = serve(wrong_sum, top=lambda text: {"2": -3.0, "29": -0.1, "<|end|>": -0.5, "30": -2.0, "31": -1.0})
    row = ask(model, Prompt(text="Q: "), Fix(rewind=True), max_tokens=40)
    assert row.text == "7 * 4 = 31 is right."
    assert [event.before for event in row.interventions] == ["29"]


def test_refuted_text_is_drawn_anew_where_no_alternatives_are_told(serve: Serve) -> None:
    def say(text: str, request: Request) -> str:
        return "30" if request.sampling.temperature > 1.2 else "29" if text.endswith("= ") else " it is"

    _, model = serve(say, logprobs=False)
    row = ask(model, Prompt(text="It = "), Fix(rewind=True), max_tokens=12)
    assert row.text.startswith("30")
    _, model = serve(lambda text, request: "29", logprobs=False)
    row = ask(model, Prompt(text="It = "), Fix(rewind=True), max_tokens=12)
    assert (row.text, row.finish) == ("", "supervisor")


def test_tokens_are_counted_by_the_server_else_estimated_and_said_to_be(serve: Serve) -> None:
    counted = [ask(serve(usage=usage)[1], CHAT, max_tokens=10) for usage in ("continuous", "last", "none")]
    exact, last, guessed = counted
    assert exact.text == last.text == guessed.text
    assert (exact.tokens, exact.estimated_tokens) == (last.tokens, last.estimated_tokens)
    assert exact.estimated_tokens == 0
    assert guessed.tokens >= exact.tokens > 10
    assert guessed.estimated_tokens == guessed.tokens
    _, model = serve(usage="last")
    row = ask(model, CHAT, max_tokens=10, stop=(exact.text[8:10],))
    assert row.finish == "stop"
    assert row.estimated_tokens == row.tokens > 0


def test_usage_of_a_run_says_what_is_estimated(serve: Serve) -> None:
    _, model = serve(lambda text, request: "It is 7.", usage="none")
    solution = SlowThinker(model, strategy="direct").solve("What is 3 + 4?")
    assert solution.answer == "7"
    assert solution.usage.tokens == solution.usage.estimated_tokens > 10


@pytest.mark.parametrize("text", ["", "One two three", "Zwölf Boxkämpfer 🦊 漢字", "7 * 4 + 8 * 8 = 92\n\n", "é" * 50])
def test_estimates_are_not_too_low(text: str, smol_dir: Path) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(str(smol_dir))
    assert len(tokenizer.encode(text)) <= estimate(text) <= max(2, 4 * len(text))


def test_requests_run_at_once_up_to_the_limit(serve: Serve) -> None:
    server, model = serve(options={"concurrent": 3}, pace=0.02)
    rows = [Request(Prompt(text=f"{i}"), Sampling(5)) for i in range(9)]
    together = asyncio.run(model.generate(rows))
    assert [row.text for row in together] == [babble(f"{i}", rows[0])[: len(together[i].text)] for i in range(9)]
    assert server.cut_off == 0, "a row that ends by its limit leaves the connection whole"
    assert 2 <= server.most_at_once <= 3


def test_optional_fields_that_a_server_refuses_are_left_out(serve: Serve) -> None:
    for unknown in (("continuous_usage_stats",), ("continuous_usage_stats", "stream_options"), ("seed",)):
        _, model = serve(unknown=unknown)
        assert ask(model, PROMPTS[0], max_tokens=5, temperature=1.0).text


def test_the_key_is_sent_and_shown_nowhere(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    server, model = serve(lambda text, request: "It is 7.", key=KEY)
    solution = SlowThinker(model, strategy="direct").solve("What is 3 + 4?")
    assert solution.answer == "7"
    assert KEY not in solution.model_dump_json() + repr(model) + model.name + json.dumps(server.asked)
    for wrong in ("sk-another-secret-9", ""):
        other = OpenAICompatibleModel(server.url, "fake", api_key=wrong)
        with pytest.raises(ModelUnavailable, match="OPENAI_API_KEY") as caught:
            ask(other, PROMPTS[0])
        other.close()
        assert not wrong or wrong not in str(caught.value)


def test_a_key_that_a_server_repeats_is_hidden(serve: Serve) -> None:
    def fault(handler: Handler, number: int) -> bool:
        handler.json({"error": {"message": f"bad {handler.headers['authorization']}"}}, 418)
        return True

    _, model = serve(options={"api_key": KEY}, fault=fault)
    with pytest.raises(ModelUnavailable, match=r"418: bad Bearer \[key\]"):
        ask(model, PROMPTS[0])


@pytest.mark.parametrize(
    "spec",
    [
        "http://user:hunter2@h/v1#m",
        "http://h/v1?api_key=hunter2#m",
        "http:///v1#m",
        "http://[h/v1#m",
        "http://h:99999/#m",
    ],
)
def test_an_address_that_could_hold_a_key_is_refused_and_not_repeated(spec: str) -> None:
    with pytest.raises(InputError) as caught:
        load_model(spec)
    assert "hunter2" not in str(caught.value)


def test_specs(serve: Serve, smol_dir: Path) -> None:
    server, _ = serve(wrong_sum)
    for spec in (f"{server.url}#fake", server.url, f"{server.url}/", f"{server.url}?chat=no#fake"):
        model = load_model(spec)
        assert model.name.endswith("#fake")
        assert ask(model, Prompt(text="Q"), max_tokens=20).text == "7 * 4 = 29, I think."  # type: ignore[arg-type]
        model.close()
    with pytest.raises(ModelUnavailable, match=r"has no model 'other'.*does not exist.*models at"):
        ask(load_model(f"{server.url}#other"), Prompt(text="Q"))  # type: ignore[arg-type]
    with pytest.raises(ModelUnavailable, match=r"/v1 has one: give that address"):
        load_model(server.url.removesuffix("/v1") + "#fake")
    with pytest.raises(ModelUnavailable, match="no tokenizer could be loaded"):
        load_model(f"{server.url}?tokenizer=/nowhere/at/all#fake")


def test_abilities_are_found_out(serve: Serve) -> None:
    def can(**kind: Any) -> set[str]:
        return {name for name, able in serve(**kind)[1].abilities().items() if able.can}

    assert can(**VLLM) == {"chat", "completions", "continues", "scores"}
    assert can(**LLAMA_CPP, logprobs=False) == {"chat", "completions", "continues"}
    assert can(completions="templated", continues="always", logprobs=False) == {"chat", "continues"}
    assert can(completions="absent", continues="never") == {"chat"}
    assert can(unknown=("continue_final_message",), continues="always") >= {"continues"}


def test_the_command_line_asks_a_server(
    serve: Serve, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("slowthink.models.server_http.FIRST_PAUSE", 0.02)
    server, _ = serve(lambda text, request: "It is 7.")
    assert main(["models", "at", server.url]) == 0
    row = json.loads(capsys.readouterr().out)
    assert row["name"] == f"{server.url}#fake"
    assert row["can"] == {"chat": True, "completions": True, "continues": True, "scores": True}
    assert main(["ask", "What is 3 + 4?", "--model", row["name"], "--json"]) == 0
    solution = json.loads(capsys.readouterr().out)
    assert (solution["answer"], solution["answered_by"], solution["status"]) == ("7", "model", "proved")
    for arguments, code in (
        (["models", "at", "somewhere"], 2),
        (["models", "at", f"{server.url}#other"], 4),
        (["ask", "1 + 1 =", "--model", f"{server.url}#other"], 4),
        (["ask", "1 + 1 =", "--model", "http://127.0.0.1:9/v1#fake"], 4),
    ):
        assert main(arguments) == code
        assert "slowthink: " in capsys.readouterr().err


def test_a_closed_model_says_so(serve: Serve) -> None:
    _, model = serve()
    model.close()
    with pytest.raises(ModelUnavailable, match="closed"):
        ask(model, PROMPTS[0])


def test_a_model_serves_several_loops_and_threads(serve: Serve) -> None:
    _, model = serve()
    first = ask(model, PROMPTS[0], max_tokens=6).text
    said: list[str] = []
    threads = [
        threading.Thread(target=lambda: said.append(ask(model, PROMPTS[0], max_tokens=6).text)) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said == [first] * 3


def test_nothing_of_torch_is_needed() -> None:
    import subprocess
    import sys

    code = "import sys, slowthink.models.server; sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"
    assert torch is not None
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
