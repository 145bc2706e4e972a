"""One model server over HTTP: bounded waiting, retries, and errors in plain words that never show the key.

The idea: whatever a server does (refuses, stalls, cuts the line, sends a web page), a request ends in bounded time
with an answer or with an error that says what to do. Answers 429 and 5xx and lost connections are tried again with
growing pauses, or after the pause that `Retry-After` names, as long as `patience` seconds last.

Not covered: what the answers mean; redirects are not followed (a key must not travel to another host).
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import httpx2

from slowthink.errors import ModelUnavailable, ServerLost

RETRIED = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
TRIES = 5
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 8.0
CONNECT_SECONDS = 10.0
MOST_BYTES = 1 << 20
"""Of an answer that is not a stream, and of one event of a stream."""
SHOWN = 300
OPTIONAL = ("continuous_usage_stats", "stream_options", "seed", "max_completion_tokens")
"""Parts of a request that a server may not know; one that it names in a refusal is left out from then on."""


class Refusal(Exception):
    """The server understood and refused: trying the same again is of no use."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(f"{status}: {said}")
        self.status = status
        self.said = said


class Cut(Exception):
    """An answer broke off or made no sense; another try may do better."""


class Http:
    """Sends requests to one base address; use it from one event loop."""

    def __init__(self, url: str, key: str | None, concurrent: int, timeout: float, patience: float) -> None:
        self.url = url.rstrip("/")
        self.timeout = timeout
        self.patience = patience
        self._key = key
        self._refused: set[str] = set()
        self._gate = asyncio.Semaphore(concurrent)
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        host = urlsplit(url).hostname or ""
        self._client = httpx2.AsyncClient(
            headers=headers,
            timeout=httpx2.Timeout(timeout, connect=min(CONNECT_SECONDS, timeout)),
            limits=httpx2.Limits(max_connections=None, max_keepalive_connections=concurrent),
            trust_env=host not in ("localhost", "::1") and not host.startswith("127."),
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def ask(
        self, path: str, body: dict[str, Any] | None = None, final: frozenset[int] = frozenset()
    ) -> dict[str, Any]:
        """The JSON object of a whole answer; GET without a body. Raises Refusal and ModelUnavailable.

        `final` are statuses that are refusals here, though others are worth another try.
        """
        begun, tried = time.monotonic(), 0
        while True:
            try:
                async with self._gate, self._answer(path, body, final) as answer:
                    return self._json(answer, await self._bytes(answer))
            except Cut as error:
                tried += 1
                await self.pause(tried, begun, str(error))

    @asynccontextmanager
    async def stream(self, path: str, body: dict[str, Any]) -> AsyncIterator[AsyncGenerator[dict[str, Any]]]:
        """The events of a streamed answer as JSON objects; a whole answer is one event. They may raise Cut."""
        async with self._gate, self._answer(path, body) as answer:
            events = self._events(answer)
            try:
                yield events
            finally:
                await events.aclose()

    async def pause(self, tried: int, begun: float, why: str, wanted: float | None = None) -> None:
        """Wait before the next try. Raises ServerLost when tries or patience are spent."""
        seconds = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (tried - 1)) if wanted is None else wanted
        spent = time.monotonic() - begun
        if tried >= TRIES or spent + seconds > self.patience:
            asked = f" It asks to wait {wanted:.0f} seconds." if wanted is not None else ""
            raise ServerLost(
                f"the server at {self.url} failed {tried} time{'s' * (tried > 1)} in {spent:.0f} seconds: {why}.{asked}"
                " See its log, or try again later."
            )
        await asyncio.sleep(seconds)

    @asynccontextmanager
    async def _answer(
        self, path: str, body: dict[str, Any] | None, final: frozenset[int] = frozenset()
    ) -> AsyncIterator[httpx2.Response]:
        """An answer with status 200, its body not read yet."""
        begun, tried = time.monotonic(), 0
        while True:
            method, wanted = ("GET" if body is None else "POST"), None
            sent = None if body is None else self._known(body)
            request = self._client.build_request(method, self.url + path, json=sent)
            try:
                answer = await self._client.send(request, stream=True)
            except httpx2.TransportError as error:
                tried, why = tried + 1, self._words(error)
            else:
                try:
                    if answer.status_code == 200:
                        yield answer
                        return
                    said = self._said(answer, await self._bytes(answer))
                finally:
                    await answer.aclose()
                if answer.status_code in (400, 422) and self._learns(said):
                    continue
                if answer.status_code not in RETRIED - final:
                    raise Refusal(answer.status_code, said)
                tried, why = tried + 1, f"{answer.status_code} {answer.reason_phrase}: {said}"
                wanted = _retry_after(answer.headers.get("retry-after"))
            await self.pause(tried, begun, why, wanted)

    def _learns(self, said: str) -> bool:
        """Whether a refusal names an optional part that was not left out yet."""
        named = next((name for name in OPTIONAL if name in said and name not in self._refused), None)
        if named is not None:
            self._refused.add(named)
        return named is not None

    def _known(self, body: dict[str, Any]) -> dict[str, Any]:
        """The body without what the server refused; what has another name there gets it."""
        body = {key: value for key, value in body.items() if key not in self._refused}
        if "continuous_usage_stats" in self._refused and "stream_options" in body:
            body["stream_options"] = {"include_usage": True}
        if "max_completion_tokens" in self._refused and "max_tokens" in body:
            body["max_completion_tokens"] = body.pop("max_tokens")
        return body

    async def _bytes(self, answer: httpx2.Response) -> bytes:
        """The body of an answer, of bounded size, in bounded time."""
        data = b""
        try:
            async with asyncio.timeout(self.timeout):
                async for part in answer.aiter_bytes():
                    data += part
                    if len(data) > MOST_BYTES:
                        raise Cut(f"its answer is longer than {MOST_BYTES} bytes")
        except (httpx2.TransportError, httpx2.DecodingError) as error:
            if answer.status_code == 200:
                raise Cut(self._words(error)) from error
        except TimeoutError as error:
            raise Cut(f"its answer was not complete after {self.timeout:.0f} seconds") from error
        return data

    async def _events(self, answer: httpx2.Response) -> AsyncGenerator[dict[str, Any]]:
        if not answer.headers.get("content-type", "").lower().startswith("text/event-stream"):
            yield self._json(answer, await self._bytes(answer))
            return
        events = aiter(httpx2.EventSource(answer, max_event_size=MOST_BYTES))
        while True:
            try:
                async with asyncio.timeout(self.timeout):  # a server may send remarks for ever
                    event = await anext(events)
            except StopAsyncIteration:
                raise Cut("the connection was closed in the middle of an answer") from None
            except TimeoutError:
                raise Cut(f"it said nothing for {self.timeout:.0f} seconds") from None
            except (httpx2.TransportError, httpx2.DecodingError) as error:
                raise Cut(self._words(error)) from error
            if event.data.strip() == "[DONE]":
                return
            yield self._json(answer, event.data)

    def _json(self, answer: httpx2.Response, data: bytes | str) -> dict[str, Any]:
        kind = answer.headers.get("content-type", "no content type").partition(";")[0]
        if "html" in kind:
            raise ModelUnavailable(
                f"{answer.url} answers with a web page: expected the base address of an OpenAI-compatible API, which "
                "usually ends in /v1"
            )
        try:
            value = json.loads(data)
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            shown = self.hidden(data if isinstance(data, str) else data.decode("utf-8", "replace"))[:80]
            raise Cut(f"expected a JSON object, got {kind}: {shown!r}")
        return value

    def _said(self, answer: httpx2.Response, data: bytes) -> str:
        """The message of an error's body, as far as there is one."""
        try:
            value: Any = json.loads(data)
        except (ValueError, RecursionError):
            kind = answer.headers.get("content-type", "")
            return "(a web page)" if "html" in kind else self.hidden(data.decode("utf-8", "replace"))[:SHOWN]
        for key in ("error", "detail", "message"):
            while isinstance(value, dict) and key in value:
                value = value[key]
        return self.hidden(value if isinstance(value, str) else json.dumps(value))[:SHOWN]

    def _words(self, error: Exception) -> str:
        if isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout):
            said = self.hidden(str(error)) or "timed out"
            return f"no connection ({said}). Is the server running, and the address right?"
        if isinstance(error, httpx2.TimeoutException):
            return f"it said nothing for {self.timeout:.0f} seconds"
        return f"the connection was lost ({self.hidden(str(error)) or type(error).__name__})"

    def hidden(self, text: str) -> str:
        """`text` without the key, which some servers repeat in their errors."""
        return text.replace(self._key, "[key]") if self._key else text


def _retry_after(value: str | None) -> float | None:
    """Seconds from now; the header is a number or a date."""
    if value is None:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None
