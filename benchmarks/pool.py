"""Who answers the items of a benchmark: workers that take what they have room for, and what is done when one is lost.

Items are pulled: a worker has up to so many at once, and the next one goes to whoever has most room. The items of a
worker that is lost are asked again by the others, and it is started anew, a bounded number of times in a row. An item
whose workers were lost twice is asked alone, so that what a third loss says is its own error and no neighbour's.
What a worker must have in common with the first one (`binds`: model files, version) is held against it when it starts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from slowthink import facade
from slowthink.benchmarks.task import Item
from slowthink.controller import SlowThinker
from slowthink.errors import InputError, ModelUnavailable
from slowthink.models import LanguageModel
from slowthink.types import Problem, Solution

COMPANY = 2
"""Losses after which an item is asked alone."""
MOST = 3
"""Losses after which an item is wrong, with its error."""
STARTS = 5
"""How often in a row a worker is started anew without an answer in between."""
FIRST_PAUSE, GROWTH = 0.5, 4.0
"""Seconds before a worker is started anew, and how they grow: 0.5, 2, 8, 32, 128."""
Json = dict[str, Any]
Thinker = Callable[[Item], SlowThinker]
"""Who answers an item; the thinker may be the same for all."""


class Lost(Exception):
    """The worker is gone: what it was asked is to be asked elsewhere. Not `is_gone`: it failed on this item only."""

    def __init__(self, why: str, is_gone: bool = True) -> None:
        super().__init__(why)
        self.is_gone = is_gone


@dataclass(frozen=True)
class Asked:
    """One item for one strategy, as it is put to a worker."""

    strategy: str
    item: Item
    problem: Problem


@dataclass(frozen=True)
class Answer:
    """What came of an item: a solution, or the error in its place."""

    solution: Solution | None
    error: str | None = None


@dataclass(frozen=True)
class About:
    """What a worker says of itself: what all must have in common (by name), and what it runs on."""

    binds: Json = field(default_factory=dict)
    environment: Json = field(default_factory=dict)
    place: str = ""
    pid: int | None = None


class Worker(Protocol):
    """One who answers items: this process (`Here`), a server (`servers.py`), an actor on a cluster (`cluster.py`)."""

    name: str

    async def start(self) -> About:
        """Be ready, also again after a loss. Raises ModelUnavailable where it cannot be, Lost where it broke off."""

    async def answer(self, asked: Asked) -> Answer:
        """The answer, or the item's error. Raises Lost."""

    async def forget(self) -> None:
        """Forget what is remembered of earlier items. Raises Lost."""

    def close(self) -> None:
        """Release what it holds; safe to call twice."""


async def answered(asked: Asked, thinkers: Mapping[str, Thinker]) -> Answer:
    """The answer of the strategy's thinker. An item is a boundary: whatever happens in it, the others are asked."""
    try:
        return Answer(await thinkers[asked.strategy](asked.item).asolve(asked.problem))
    except Exception as error:
        return Answer(None, f"{type(error).__name__}: {error}")


class Here:
    """This process, around one loaded model."""

    name = "this process"

    def __init__(self, model: LanguageModel, thinkers: Mapping[str, Thinker]) -> None:
        self.model, self.thinkers = model, thinkers

    async def start(self) -> About:
        """The model is loaded already."""
        return About()

    async def answer(self, asked: Asked) -> Answer:
        """In this event loop, beside the others."""
        return await answered(asked, self.thinkers)

    async def forget(self) -> None:
        """Only a model that remembers can forget."""
        forget = getattr(self.model, "forget", None)
        if forget is not None:
            forget()

    def close(self) -> None:
        """Release the model."""
        self.model.close()


@dataclass
class Post:
    """A worker's place in the pool, and how it is doing; `born` counts its lives, `failed` its losses in a row."""

    worker: Worker
    about: About = field(default_factory=About)
    is_up: bool = False
    is_kept: bool = False
    running: int = 0
    born: int = 0
    failed: int = 0
    answered: int = 0
    lost: int = 0
    given_up: str | None = None


class Pool:
    """Deals items to workers, `jobs` at once to each. All but construction and `close` runs in one event loop."""

    def __init__(
        self,
        workers: Sequence[Worker],
        jobs: int,
        remark: Callable[[str], None] = lambda text: None,
        pause: float = FIRST_PAUSE,
    ) -> None:
        self.posts = [Post(worker) for worker in workers]
        self.jobs, self.remark, self.pause = jobs, remark, pause
        self.first = About()
        """What the first worker that was ready said of itself."""
        self._bound: Json | None = None
        self._changed = asyncio.Event()
        self._alone = asyncio.Lock()
        self._starting: set[asyncio.Task[None]] = set()

    @property
    def seats(self) -> int:
        """How many items can be asked at once when all workers are up."""
        return self.jobs * len(self.posts)

    async def start(self) -> None:
        """Start all workers, until one is ready; the others join when they are. Raises ModelUnavailable if none is."""
        for post in self.posts:
            self._begin(post)
        while not any(post.is_up for post in self.posts):
            self._hope()
            await self._changed.wait()

    async def answer(self, asked: Asked) -> Answer:
        """The answer of whoever has room. Raises ModelUnavailable when no worker is left."""
        losses = 0
        while True:
            is_alone = losses >= COMPANY
            if is_alone:
                await self._alone.acquire()
            try:
                post = await (self._emptied() if is_alone else self._roomiest())
                try:
                    return await self._by(post, asked)
                except Lost as lost:
                    losses += 1
                    if losses >= MOST:
                        post.failed = 0  # the item's fault
                        return Answer(None, f"{losses} workers were lost while it was asked, at last alone: {lost}")
                finally:
                    post.is_kept = post.is_kept and not is_alone
            finally:
                if is_alone:
                    self._alone.release()
                self._tell()

    async def forget(self) -> None:
        """Let every worker forget; one that is lost over it begins anew, and so remembers nothing either."""
        ups = [(post, post.born) for post in self.posts if post.is_up]
        for (post, born), end in zip(
            ups, await asyncio.gather(*(post.worker.forget() for post, _ in ups), return_exceptions=True), strict=True
        ):
            if isinstance(end, Lost):
                self._lose(post, born, end)
            elif isinstance(end, BaseException):
                raise end

    def close(self) -> None:
        """Start no worker any more, and release all."""
        facade.run(self._end())
        for post in self.posts:
            post.worker.close()

    def account(self) -> list[Json]:
        """What each worker did: for the record of a run."""
        return [
            {"worker": post.worker.name, "place": post.about.place, "answered": post.answered, "lost": post.lost}
            | ({"given_up": post.given_up} if post.given_up else {})
            for post in self.posts
        ]

    async def _end(self) -> None:
        for task in self._starting:
            task.cancel()
        await asyncio.gather(*self._starting, return_exceptions=True)

    async def _by(self, post: Post, asked: Asked) -> Answer:
        born = post.born
        post.running += 1
        try:
            answer = await post.worker.answer(asked)
        except Lost as lost:
            if lost.is_gone:
                self._lose(post, born, lost)
            raise
        finally:
            post.running -= 1
        post.answered, post.failed = post.answered + 1, 0
        return answer

    async def _roomiest(self) -> Post:
        while True:
            ready = [one for one in self.posts if one.is_up and not one.is_kept and one.running < self.jobs]
            if ready:
                return min(ready, key=lambda one: one.running)
            self._hope()
            await self._changed.wait()

    async def _emptied(self) -> Post:
        """A worker that is asked nothing else while the item is with it."""
        while True:
            ready = [one for one in self.posts if one.is_up and not one.is_kept]
            if ready:
                post = min(ready, key=lambda one: one.running)
                post.is_kept = True
                try:
                    while post.is_up and post.running:
                        await self._changed.wait()
                except BaseException:
                    post.is_kept = False
                    raise
                if post.is_up:
                    return post
                post.is_kept = False
            else:
                self._hope()
                await self._changed.wait()

    def _hope(self) -> None:
        """Raises ModelUnavailable when no worker is up or coming."""
        if any(post.given_up is None for post in self.posts):
            return
        whys = dict.fromkeys(f"{post.worker.name}: {post.given_up}" for post in self.posts)
        told = "\n  - ".join(list(whys)[:8])
        more = f"\n  and {len(whys) - 8} more" if len(whys) > 8 else ""
        raise ModelUnavailable(f"no worker is left to ask:\n  - {told}{more}")

    def _tell(self) -> None:
        """Something changed: whoever waits looks again."""
        waiting, self._changed = self._changed, asyncio.Event()
        waiting.set()

    def _lose(self, post: Post, born: int, lost: Lost) -> None:
        if post.born != born or not post.is_up:  # others have noticed before
            return
        post.is_up, post.born, post.lost, post.failed = False, post.born + 1, post.lost + 1, post.failed + 1
        self.remark(f"{_named(post)} was lost ({lost}); what it was asked is asked again")
        self._begin(post, str(lost))
        self._tell()

    def _begin(self, post: Post, why: str = "") -> None:
        task = asyncio.ensure_future(self._start(post, why))
        self._starting.add(task)
        task.add_done_callback(self._starting.discard)

    async def _start(self, post: Post, why: str) -> None:
        """Start a worker, anew as often as it may be; what cannot be used is told once and left out."""
        while post.given_up is None:
            if post.failed > STARTS:
                self._give_up(post, f"it was lost or failed {post.failed} times in a row, at last: {why}")
                break
            if post.failed:
                await asyncio.sleep(self.pause * GROWTH ** (post.failed - 1))
            try:
                post.about = await post.worker.start()
                self._binds(post)
                if post.lost or post.failed:
                    self.remark(f"{_named(post)} is there again")
                post.is_up = True
                break
            except (ModelUnavailable, Lost) as error:
                post.failed, why = post.failed + 1, str(error)
                if isinstance(error, Lost):
                    self.remark(f"{_named(post)} was lost while it was starting ({error})")
                if not post.lost and isinstance(error, ModelUnavailable):  # it never was there
                    self._give_up(post, why)
            except Exception as error:  # a worker is a boundary: the others go on
                self._give_up(post, str(error) if isinstance(error, InputError) else f"{type(error).__name__}: {error}")
        self._tell()

    def _give_up(self, post: Post, why: str) -> None:
        post.given_up = why
        self.remark(f"{_named(post)} cannot be used: {why}")

    def _binds(self, post: Post) -> None:
        """Raises InputError for a worker that differs from the first in what results depend on."""
        if self._bound is None:
            self._bound, self.first = post.about.binds, post.about
        mine, theirs = post.about.binds, self._bound
        if others := [name for name in {**theirs, **mine} if mine.get(name) != theirs.get(name)]:
            told = "; ".join(f"{name} {mine.get(name)!r:.90}, not {theirs.get(name)!r:.90}" for name in others)
            raise InputError(f"expected workers that are alike, or results would be mixed; this one has {told}")


def _named(post: Post) -> str:
    return f"{post.worker.name} ({post.about.place})" if post.about.place else post.worker.name
