"""An OpenAI-compatible server in this process, over one of our own models, as good or as faulty as a test wants it.

It counts tokens as its model does, streams one event for each token, and writes down what it was asked.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

from slowthink.models.base import RowModel
from slowthink.models.protocol import Prompt, Request, Sampling
from slowthink.models.text import Writing

Fault = Callable[["Handler", int], bool]
"""Given the handler and the number of the request (from 0), answers it in its own way or returns False."""


@dataclass
class Fake:
    """What the server is like."""

    model: RowModel
    name: str = "fake"
    key: str | None = None
    usage: Literal["continuous", "last", "none"] = "continuous"
    continues: Literal["asked", "always", "never"] = "asked"
    """Whether a trailing assistant message is gone on with: when `continue_final_message` is set, always, or never."""
    completions: Literal["raw", "templated", "absent"] = "raw"
    logprobs: bool = True
    done: bool = True
    """Ends a stream with [DONE]."""
    merge: int = 1
    """Tokens in one event."""
    unknown: tuple[str, ...] = ()
    """Fields that are refused."""
    pace: float = 0.0
    cached: bool = False
    top: Callable[[str], dict[str, float]] | None = None
    fault: Fault | None = None
    asked: list[dict[str, Any]] = field(default_factory=list)
    """The bodies of all requests, with their path."""
    url: str = ""
    at_once: int = 0
    most_at_once: int = 0
    cut_off: int = 0
    """Streams that the client did not read to their end."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def template(self, messages: list[dict[str, str]], is_open: bool) -> str:
        text = "".join(f"<{m['role']}>{m['content']}</>\n" for m in messages)
        return text.removesuffix("</>\n") if is_open else text + "<assistant>"

    def count(self, text: str) -> int:
        return len(self.model.codec.encode(text, True))


@contextmanager
def serving(fake: Fake) -> Iterator[Fake]:
    """The server runs on a free port of the loopback while this lasts."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

        def handle_error(self, request: Any, address: Any) -> None:
            """A client that goes away is no news."""

    server = Server(("127.0.0.1", 0), type("Handler", (Handler,), {"fake": fake}))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    fake.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Handler(BaseHTTPRequestHandler):
    fake: Fake

    def log_message(self, *args: Any) -> None:
        """Nothing."""

    def do_GET(self) -> None:
        if self._refused({"path": self.path}):
            return
        if self.path == "/v1/models":
            self.json({"object": "list", "data": [{"id": self.fake.name, "object": "model"}]})
        else:
            self.json({"error": {"message": "Not Found"}}, 404)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        body["path"] = self.path
        if self._refused(body):
            return
        fake = self.fake
        unknown = [name for name in fake.unknown if name in json.dumps(body)]
        if body.get("model") != fake.name:
            self.json({"error": {"message": f"The model `{body.get('model')}` does not exist.", "code": 404}}, 404)
        elif unknown:
            self.json({"error": {"message": f"Unknown parameter: '{unknown[0]}'"}}, 400)
        elif self.path == "/v1/completions" and fake.completions != "absent":
            text = body["prompt"]
            templated = fake.completions == "templated"
            self._answer(body, fake.template([{"role": "user", "content": text}], False) if templated else text)
        elif self.path == "/v1/chat/completions":
            asked = body.get("continue_final_message") if fake.continues == "asked" else fake.continues == "always"
            self._answer(
                body, fake.template(body["messages"], bool(asked) and body["messages"][-1]["role"] == "assistant")
            )
        else:
            self.json({"error": {"message": "Not Found"}}, 404)

    def _refused(self, body: dict[str, Any]) -> bool:
        fake = self.fake
        with fake.lock:
            number = len(fake.asked)
            fake.asked.append(body)
        if fake.fault is not None and fake.fault(self, number):
            return True
        if fake.key is not None and self.headers.get("authorization") != f"Bearer {fake.key}":
            given = (self.headers.get("authorization") or "").removeprefix("Bearer ")
            self.json({"error": {"message": f"Incorrect API key provided: {given}"}}, 401)
            return True
        return False

    def json(self, value: Any, status: int = 200, **headers: str) -> None:
        self.raw(json.dumps(value).encode(), status, "application/json", **headers)

    def raw(self, data: bytes, status: int = 200, kind: str = "text/plain", **headers: str) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def start_stream(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.end_headers()

    def event(self, value: Any) -> None:
        self.wfile.write(b"data: " + (value if isinstance(value, bytes) else json.dumps(value).encode()) + b"\n\n")
        self.wfile.flush()

    def _answer(self, body: dict[str, Any], text: str) -> None:
        fake = self.fake
        with fake.lock:
            fake.at_once += 1
            fake.most_at_once = max(fake.most_at_once, fake.at_once)
        try:
            if body.get("echo"):
                self._echo(body, text)
            elif body.get("stream"):
                self._stream(body, text)
            else:
                self._whole(body, text)
        finally:
            with fake.lock:
                fake.at_once -= 1

    def _written(self, body: dict[str, Any], text: str) -> tuple[list[str], list[float], str]:
        """The texts of the tokens, their log-probabilities, and why it ended."""
        shown: list[str] = []
        sampling = Sampling(body["max_tokens"], body["temperature"], body.get("top_p", 1), (), body.get("seed", 0))
        sampling = Sampling(**{**{f: getattr(sampling, f) for f in sampling.__slots__}, "logprobs": True})
        request = Request(Prompt(text=text), sampling, (), lambda now, event: shown.append(now))
        (row,) = asyncio.run(self.fake.model.generate([request]))
        count = len(row.token_ids)
        texts = [now[len(before) :] for before, now in zip(["", *shown], shown, strict=False)][:count]
        texts[-1:] = [row.text[sum(map(len, texts[:-1])) :]] if texts else []
        return texts, [lp or 0.0 for lp in row.logprobs or ()], "stop" if row.finish == "eos" else "length"

    def _usage(self, text: str, written: int) -> dict[str, Any]:
        prompt = self.fake.count(text)
        cached = {"prompt_tokens_details": {"cached_tokens": prompt - 1}} if self.fake.cached else {}
        return {"prompt_tokens": prompt, "completion_tokens": written, "total_tokens": prompt + written, **cached}

    def _logprobs(self, body: dict[str, Any], texts: list[str], values: list[float], text: str) -> Any:
        fake = self.fake
        if not body.get("logprobs") or not fake.logprobs:
            return None
        top = fake.top(text) if fake.top else {}
        if "messages" in body:
            likely = [{"token": token, "logprob": lp} for token, lp in top.items()]
            return {
                "content": [
                    {"token": t, "logprob": lp, "top_logprobs": likely} for t, lp in zip(texts, values, strict=True)
                ]
            }
        return {"tokens": texts, "token_logprobs": values, "top_logprobs": [top] * len(texts)}

    def _choice(self, body: dict[str, Any], text: str, finish: str | None, logprobs: Any, key: str) -> dict[str, Any]:
        said = {key: {"content": text}} if "messages" in body else {"text": text}
        return {"choices": [{"index": 0, **said, "finish_reason": finish, "logprobs": logprobs}]}

    def _whole(self, body: dict[str, Any], text: str) -> None:
        texts, values, finish = self._written(body, text)
        answer = self._choice(body, "".join(texts), finish, self._logprobs(body, texts, values, text), "message")
        if self.fake.usage != "none":
            answer["usage"] = self._usage(text, len(texts) + (finish == "stop"))
        self.json(answer)

    def _stream(self, body: dict[str, Any], text: str) -> None:
        fake = self.fake
        texts, values, finish = self._written(body, text)
        options = body.get("stream_options", {})
        always = fake.usage == "continuous" and options.get("continuous_usage_stats")
        try:
            self.start_stream()
            if "messages" in body:
                self.event({"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]})
            for at in range(0, len(texts), fake.merge):
                some = texts[at : at + fake.merge]
                logprobs = self._logprobs(body, some, values[at : at + fake.merge], text)
                event = self._choice(body, "".join(some), None, logprobs, "delta")
                if always:
                    event["usage"] = self._usage(text, at + len(some))
                if "".join(some) or always:
                    self.event(event)
                time.sleep(fake.pace)
            self.event(self._choice(body, "", finish, None, "delta"))
            if fake.usage != "none" and options.get("include_usage"):
                self.event({"choices": [], "usage": self._usage(text, len(texts) + (finish == "stop"))})
            if fake.done:
                self.event(b"[DONE]")
        except OSError:
            with fake.lock:
                fake.cut_off += 1
            raise

    def _echo(self, body: dict[str, Any], text: str) -> None:
        model = self.fake.model
        ids = model.codec.encode(text, True)
        texts = [model.codec.decode([one]) for one in ids]
        (score,) = asyncio.run(model._score_after(Writing(model.codec, "", True, []), [text]))
        values = [None, *score.token_logprobs[-(len(ids) - 1) :]] if len(ids) > 1 else [None]
        logprobs = {"tokens": [*texts, "!"], "token_logprobs": [*values, -1.0]} if self.fake.logprobs else None
        answer = {"choices": [{"index": 0, "text": text + "!", "finish_reason": "length", "logprobs": logprobs}]}
        self.json({**answer, "usage": self._usage(text, 1)})
