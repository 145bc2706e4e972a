"""Faulty servers: each fault is got over, or ends in a clear error, in bounded time; and no key is ever shown."""

import asyncio
import itertools
import time
from collections.abc import Callable
from email.utils import formatdate
from typing import Any

import pytest
from fake_server import Fake, Handler, serving

from slowthink.errors import InputError, ModelUnavailable, SlowThinkError
from slowthink.models import load_model
from slowthink.models.protocol import Completion, Prompt, Request, Sampling
from slowthink.models.scripted import ScriptedModel
from slowthink.models.server import OpenAICompatibleModel
from slowthink.supervision import Supervisor
from slowthink.types import Message

KEY = "sk-very-secret-123"
TEXT = "one two three four five six seven eight nine ten"
CHAT = Prompt(messages=(Message(role="user", content="Count"),))
PLAIN = Prompt(text="Count: ")


def count_on(text: str, request: Request) -> str:
    """Goes on with the text from wherever it stands."""
    begun = next((n for n in range(len(TEXT), 0, -1) if text.endswith(TEXT[:n])), 0)
    return TEXT[begun:]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("slowthink.models.server_http.FIRST_PAUSE", 0.02)
    monkeypatch.setattr("slowthink.models.server_rows.GRACE_SECONDS", 0.3)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


def ask(fault: Any, prompt: Prompt, *supervisors: Supervisor, **options: Any) -> tuple[Completion, Fake]:
    with serving(Fake(ScriptedModel(count_on), fault=fault, continues=options.pop("continues", "asked"))) as fake:
        model = OpenAICompatibleModel(fake.url, "fake", **{"timeout": 1.0, "patience": 3.0, **options})
        try:
            request = Request(prompt, Sampling(40), supervisors)
            return asyncio.run(model.generate([request]))[0], fake
        finally:
            model.close()


def writes(handler: Handler, number: int) -> bool:
    """Whether this is a request for a row, and no question about what the server can do."""
    return bool(handler.fake.asked[number].get("stream"))


def failing(answer: Callable[[Handler], Any], times: int = 2) -> Any:
    """Answers the first requests for a row in another way; a thousand times is for ever."""
    left = itertools.count(times, -1)

    def fault(handler: Handler, number: int) -> bool:
        if writes(handler, number) and next(left) > 0:
            answer(handler)
            return True
        return False

    return fault


def piece(text: str) -> dict[str, Any]:
    return {"choices": [{"index": 0, "text": text, "delta": {"content": text}, "finish_reason": None}]}


def streamed(*events: Any) -> Callable[[Handler], None]:
    def answer(handler: Handler) -> None:
        handler.start_stream()
        for event in events:
            handler.event(event)

    return answer


def endless(event: Any, pause: float = 0.01) -> Callable[[Handler], None]:
    def answer(handler: Handler) -> None:
        handler.start_stream()
        while True:
            if isinstance(event, bytes):
                handler.wfile.write(event)
                handler.wfile.flush()
            else:
                handler.event(event)
            time.sleep(pause)

    return answer


def hang(handler: Handler) -> None:
    time.sleep(2.5)


def cut_off(handler: Handler) -> None:
    """Half of what was announced, then the connection is closed."""
    handler.send_response(200)
    handler.send_header("content-type", "application/json")
    handler.send_header("content-length", "4000")
    handler.end_headers()
    handler.wfile.write(b'{"choices": [')


FAULTS: dict[str, Callable[[Handler], Any]] = {
    "429": lambda h: h.json({"error": {"message": "slow down"}}, 429),
    "429 with Retry-After": lambda h: h.json({"error": {"message": "slow down"}}, 429, retry_after="0.1"),
    "429 with a date": lambda h: h.json({}, 429, retry_after=formatdate(time.time() + 0.5, usegmt=True)),
    "429 with nonsense": lambda h: h.json({}, 429, retry_after="soon"),
    "500": lambda h: h.raw(b"Internal Server Error", 500),
    "502 with a page": lambda h: h.raw(b"<html>Bad gateway</html>", 502, "text/html"),
    "503": lambda h: h.json({"error": "loading model"}, 503),
    "no answer": lambda h: h.connection.close(),
    "cut before the first piece": streamed(),
    "cut in the middle": streamed(piece("one"), piece(" two"), piece(" thr")),
    "cut whole answer": cut_off,
    "broken JSON": streamed(piece("one"), b'{"choices": [{"te'),
    "JSON that is no object": streamed(b"[1, 2]"),
    "no JSON": lambda h: h.raw(b"OK"),
    "error in the stream": streamed(piece("one"), {"error": {"message": "out of memory", "code": 500}}),
    "error as text": streamed({"error": "boom"}),
    "empty choices": streamed({"choices": []}, b"[DONE]"),
    "no choices": lambda h: h.json({"object": "text_completion"}),
    "choices of another shape": streamed({"choices": "none"}),
    "text of another type": streamed({"choices": [{"text": 7, "delta": {"content": 7}}]}),
}


BEGUN = ("cut in the middle", "broken JSON", "error in the stream")
"""Part of the text has come before the fault."""


@pytest.mark.parametrize("prompt", [CHAT, PLAIN], ids=["chat", "plain"])
@pytest.mark.parametrize("name", FAULTS)
def test_a_passing_fault_is_got_over(name: str, prompt: Prompt) -> None:
    times = 1 if name in BEGUN else 2
    row, fake = ask(failing(FAULTS[name], times), prompt)
    assert (row.text, row.finish) == (TEXT, "eos")
    assert row.tokens > 10
    assert sum(bool(body.get("stream")) for body in fake.asked) == times + 1


@pytest.mark.parametrize("name", FAULTS)
def test_a_lasting_fault_is_a_clear_error(name: str) -> None:
    begun = time.monotonic()
    with pytest.raises(ModelUnavailable, match=r"failed \d times? in \d+ seconds") as caught:
        ask(failing(FAULTS[name], 1000), PLAIN)
    assert time.monotonic() - begun < 10
    assert KEY not in str(caught.value)


LASTING: dict[str, tuple[Callable[[Handler], Any], str]] = {
    "hangs": (hang, "said nothing for 1 seconds"),
    "remarks for ever": (endless(b": still here\n\n"), "said nothing for 1 seconds"),
    "events without text for ever": (endless({"choices": [{"delta": {}, "text": "", "index": 0}]}), "no text for 1"),
    "a line for ever": (endless(b"data: " + b"x" * 300_000, 0), "limit|lost"),
    "a web page": (lambda h: h.raw(b"<html>Welcome</html>", 200, "text/html; charset=utf-8"), "web page.*/v1"),
    "a long wait": (lambda h: h.json({}, 429, retry_after="3600"), "asks to wait 3600 seconds"),
    "a wrong path": (lambda h: h.json({"detail": "Not Found"}, 404), "does not know this request.*/v1"),
    "another place": (lambda h: h.raw(b"", 307, location="http://127.0.0.1:1/"), "does not know this request"),
    "a filter": (streamed({"choices": [{"text": "", "finish_reason": "content_filter"}]}), "withheld"),
}


@pytest.mark.parametrize("name", LASTING)
def test_what_no_other_try_helps(name: str) -> None:
    answer, words = LASTING[name]
    begun = time.monotonic()
    with pytest.raises(ModelUnavailable, match=words):
        ask(failing(answer, 1000), PLAIN, patience=1.5)
    assert time.monotonic() - begun < 8


def test_an_answer_that_never_ends_is_ended_by_its_limit() -> None:
    row, _ = ask(failing(endless(piece(" more"), 0.001), 1000), PLAIN)
    assert (row.text, row.finish) == (" more" * 40, "length")


def test_a_cut_stream_is_gone_on_with_not_begun_again() -> None:
    row, fake = ask(failing(FAULTS["cut in the middle"], 1), PLAIN)
    assert row.text == TEXT
    assert fake.asked[-1]["prompt"] == "Count: one two thr"


def test_a_cut_stream_is_begun_again_where_it_cannot_be_gone_on_with() -> None:
    row, fake = ask(failing(FAULTS["cut in the middle"], 1), CHAT, continues="never")
    assert row.text == TEXT
    assert [message["role"] for message in fake.asked[-1]["messages"]] == ["user"]


def test_an_answer_that_is_not_streamed_is_read_all_the_same() -> None:
    whole = {
        "choices": [{"text": TEXT, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 11},
    }
    row, _ = ask(failing(lambda h: h.json(whole), 1000), PLAIN)
    assert (row.text, row.finish, row.prompt_tokens, row.estimated_tokens) == (TEXT, "eos", 3, 0)
    assert len(row.token_ids) == 10


def test_thinking_that_is_kept_apart_is_paid_for_and_not_part_of_the_reply() -> None:
    thought = {"choices": [{"delta": {"reasoning_content": " hm"}, "finish_reason": None}]}
    end = {"choices": [{"delta": {}, "finish_reason": "stop"}]}
    row, _ = ask(failing(streamed(*[thought] * 12, piece("7"), end, b"[DONE]"), 1000), CHAT)
    assert (row.text, row.finish) == ("7", "eos")
    assert row.generated_tokens >= 12
    row, _ = ask(failing(endless(thought, 0), 1000), CHAT)
    assert (row.text, row.finish) == ("", "length")


def test_a_prompt_that_is_too_long_is_the_callers_error() -> None:
    said = {"error": {"message": "This model's maximum context length is 512 tokens", "code": 400}}
    with pytest.raises(InputError, match="does not fit"):
        ask(failing(lambda h: h.json(said, 400), 1000), PLAIN)


def test_surrogates_in_two_events_become_one_character() -> None:
    answer = streamed(
        b'{"choices": [{"text": "a \\ud83e", "finish_reason": null}]}',
        b'{"choices": [{"text": "\\udd8a b", "finish_reason": "stop"}]}',
        b"[DONE]",
    )
    row, _ = ask(failing(answer, 1000), PLAIN)
    assert row.text == "a 🦊 b"


def test_no_server_at_the_address() -> None:
    begun = time.monotonic()
    for spec in ("http://127.0.0.1:9/v1#m", "http://no-such-host.invalid/v1#m"):
        with pytest.raises(ModelUnavailable, match=r"no connection .*Is the server running, and the address right"):
            load_model(spec)
    assert time.monotonic() - begun < 30


def test_a_web_page_is_no_server() -> None:
    page = lambda handler, number: handler.raw(b"<html>", 200, "text/html") is None  # noqa: E731
    with serving(Fake(ScriptedModel(count_on), fault=page)) as fake, pytest.raises(SlowThinkError, match="web page"):
        load_model(f"{fake.url}#m")


def test_a_server_that_cannot_list_its_models_serves_all_the_same() -> None:
    def fault(handler: Handler, number: int) -> bool:
        if handler.command == "GET":
            handler.raw(b"Internal Server Error", 500)
        return handler.command == "GET"

    with serving(Fake(ScriptedModel(count_on), fault=fault)) as fake:
        model = load_model(f"{fake.url}#fake")
        assert asyncio.run(model.generate([Request(PLAIN, Sampling(40))]))[0].text == TEXT
        model.close()
        with pytest.raises(InputError, match="does not list any"):
            load_model(fake.url)


def test_a_cancelled_caller_frees_its_place() -> None:
    with serving(Fake(ScriptedModel(count_on), fault=failing(endless(b": wait\n\n"), 1))) as fake:
        model = OpenAICompatibleModel(fake.url, "fake", concurrent=1, timeout=30)

        async def run() -> str:
            stuck = asyncio.ensure_future(model.generate([Request(PLAIN, Sampling(40))]))
            while not any(body.get("stream") for body in fake.asked):  # noqa: ASYNC110 - asked in another thread
                await asyncio.sleep(0.02)
            stuck.cancel()
            row = (await asyncio.wait_for(model.generate([Request(PLAIN, Sampling(40))]), 10))[0]
            return row.text

        assert asyncio.run(run()) == TEXT
        model.close()
