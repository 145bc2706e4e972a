"""The contact with one server: a thread of its own, what the server can do, and its refusals in a user's words.

All requests of a model run in one event loop in one thread, so that connections outlive the loops of callers. What the
server can do is found out once, when it is first needed.
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from slowthink.errors import InputError, ModelUnavailable, ServerLost
from slowthink.models import server_probe
from slowthink.models.server_http import Http, Refusal
from slowthink.models.server_probe import ABSENT, Ability, Ask

PROBES: dict[str, Callable[[Ask], Coroutine[Any, Any, Ability]]] = {
    "chat": server_probe.chats,
    "completions": server_probe.completes,
    "continues": server_probe.continues,
    "scores": server_probe.scores,
}
_NO_MODEL = re.compile(
    r"model.{0,120}(not (exist|found|available|loaded)|unknown|no such)|(no such|unknown) model|pinned to", re.I | re.S
)
_TOO_LONG = re.compile(r"context|too long|maximum.{0,20}(length|tokens)", re.I)
UNLISTED = frozenset({500, 501})
"""What servers that cannot list their models answer, `transformers serve` without a download among them."""
T = TypeVar("T")
_losses: ContextVar[list[ServerLost] | None] = ContextVar("slowthink_losses", default=None)


@contextmanager
def losses() -> Iterator[list[ServerLost]]:
    """The losses of servers in what is done meanwhile, also those that a strategy goes on from without the model."""
    seen: list[ServerLost] = []
    token = _losses.set(seen)
    try:
        yield seen
    finally:
        _losses.reset(token)


@contextmanager
def noted() -> Iterator[None]:
    """A loss in here is told to whoever listens (`losses`)."""
    try:
        yield
    except ServerLost as lost:
        if (seen := _losses.get()) is not None:
            seen.append(lost)
        raise


class Contact:
    """Owns the thread and the connections. `given` are abilities that need not be found out."""

    def __init__(self, http: Callable[[], Http], url: str, model: str, given: dict[str, Ability]) -> None:
        self.url = url
        self.model = model
        self._make = http
        self._given = given
        self._abilities: dict[str, asyncio.Task[Ability]] = {}
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._http: Http | None = None
        self._closed = False

    def call(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Start `work` in the contact's thread. Raises ModelUnavailable after `close`."""
        with self._lock:
            if self._closed:
                work.close()
                raise ModelUnavailable("this model was closed; load it again")
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._loop.run_forever, name="slowthink-server", daemon=True)
                self._thread.start()
            return asyncio.run_coroutine_threadsafe(work, self._loop)

    def close(self) -> None:
        """Cancel what runs, close all connections and end the thread; safe to call twice."""
        with self._lock:
            self._closed = True
            loop, thread, self._loop = self._loop, self._thread, None
        if loop is None or thread is None:
            return
        asyncio.run_coroutine_threadsafe(self._end(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()

    async def _end(self) -> None:
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._http is not None:
            await self._http.close()

    @property
    def http(self) -> Http:
        """The connection; to be used in the contact's thread."""
        if self._http is None:
            self._http = self._make()
        return self._http

    async def ability(self, name: str) -> Ability:
        """What the server can do, found out once."""
        if name in self._given:
            return self._given[name]
        task = self._abilities.get(name)
        if task is None:
            task = self._abilities[name] = asyncio.create_task(PROBES[name](self._probe))
        try:
            return await asyncio.shield(task)
        except Exception:
            self._abilities.pop(name, None)
            raise

    async def ask(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """A whole answer. Raises ModelUnavailable or InputError for a refusal."""
        try:
            return await self.http.ask(path, {"model": self.model, **body})
        except Refusal as error:
            raise self.plainly(error) from error

    async def _probe(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """As `ask`, but a refusal of the request's form is left as it is: it says what the server cannot do."""
        try:
            return await self.http.ask(path, {"model": self.model, **body})
        except Refusal as error:
            if error.status in ABSENT | {400, 422} and not _NO_MODEL.search(error.said):
                raise
            raise self.plainly(error) from error

    async def listed(self) -> list[str]:
        """The names of the server's models, as far as it lists them. Raises ModelUnavailable without contact."""
        try:
            listed = await self.http.ask("/models", final=UNLISTED)
        except Refusal as error:
            if error.status in (401, 403):
                raise self.plainly(error) from error
            await self._hint_at_v1(error)
            return []
        data = listed.get("data")
        names = [one.get("id") for one in data if isinstance(one, dict)] if isinstance(data, list) else []
        return [name for name in names if isinstance(name, str)]

    async def _hint_at_v1(self, error: Refusal) -> None:
        """Many servers have their API below /v1 only."""
        if self.url.endswith("/v1"):
            return
        try:
            await self.http.ask("/v1/models")
        except (Refusal, ModelUnavailable):
            return
        raise ModelUnavailable(f"{self.url} has no API ({error}), but {self.url}/v1 has one: give that address")

    def plainly(self, error: Refusal) -> Exception:
        """What a refusal means for the user."""
        said, status = error.said, error.status
        if status in (401, 403):
            return ModelUnavailable(
                f"the server at {self.url} refused the API key, or the lack of one ({status}). Set OPENAI_API_KEY to a "
                "key that it accepts, or give api_key=..."
            )
        if _NO_MODEL.search(said):
            return ModelUnavailable(
                f"the server at {self.url} has no model {self.model!r}: {said}. 'slowthink models at {self.url}' lists "
                "what it has; give one of them after the '#'"
            )
        if status in (400, 413, 422) and _TOO_LONG.search(said):
            return InputError(f"the prompt does not fit the server's model: {said}")
        if status in ABSENT or 300 <= status < 400:
            return ModelUnavailable(
                f"the server at {self.url} does not know this request ({error}). Expected the base address of an "
                "OpenAI-compatible API, which usually ends in /v1"
            )
        return ModelUnavailable(f"the server at {self.url} refused a request: {error}")
