"""OpenAI-compatible servers as workers: any number of them, each asked so many items at once.

Supervision, verifiers and strategies run in this process; the servers write. A server that cannot be reached any more
is lost until it answers again. Servers that differ in their model, or in what they can do, do not belong to one run.

Not found out: whether servers that give their model one name have the same weights. They are taken at their word.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from slowthink.benchmarks.pool import About, Answer, Asked, Lost, Thinker, answered
from slowthink.errors import InputError, ModelUnavailable
from slowthink.models import LanguageModel
from slowthink.models.server import CONCURRENT, OpenAICompatibleModel
from slowthink.models.server_contact import losses
from slowthink.models.server_spec import check_address, parts_of

ANSWERS_WITHIN = 10.0
"""Seconds in which a server that is there says which models it has."""


def is_server(spec: str) -> bool:
    """Whether a spec names a model behind a server."""
    return spec.startswith(("http://", "https://"))


def checked(specs: Sequence[str]) -> tuple[str, ...]:
    """The specs as they are. Raises InputError for one twice, for what is no server, and for differing options."""
    for spec in specs:
        if not is_server(spec):
            raise InputError(
                f"expected several models only where all are servers of one model, such as http://a:8000/v1#NAME and "
                f"http://b:8000/v1#NAME; got {spec!r}"
            )
    split = [parts_of(spec) for spec in specs]
    for address, _, _ in split:
        check_address(address)
    if len({address.rstrip("/") for address, _, _ in split}) < len(split):
        raise InputError("expected each server once, got one twice")
    if any(options != split[0][1] for _, options, _ in split):
        raise InputError("expected the same options after '?' for all servers, or they would be asked in other ways")
    names = {name for _, _, name in split if name}
    if len(names) > 1:
        raise InputError(f"expected servers of one model, got {', '.join(sorted(names))}")
    return tuple(specs)


def listed(path: Path) -> list[str]:
    """The servers of a file: one a line; blank lines and lines that begin with # are left out. Raises InputError."""
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"expected a file of servers with --servers, one a line, got {path}: {error}") from error
    found = [line for line in lines if line and not line.startswith("#")]
    if not found:
        raise InputError(f"expected at least one server in {path}, such as http://a:8000/v1#NAME; got none")
    return found


class Server:
    """One server as a worker. `thinkers_of` makes the thinkers around its model, for each strategy."""

    def __init__(self, spec: str, jobs: int, thinkers_of: Callable[[LanguageModel], Mapping[str, Thinker]]) -> None:
        self.spec, self.jobs, self.thinkers_of = spec, jobs, thinkers_of
        self.name = f"the server {parts_of(spec)[0]}"
        self._model: OpenAICompatibleModel | None = None
        self._thinkers: Mapping[str, Thinker] = {}
        self._about = About()

    async def start(self) -> About:
        """Make contact, and find out what the server can do."""
        if self._model is None:
            self._model, self._about = met = await asyncio.to_thread(self._met)
            self._thinkers = self.thinkers_of(met[0])
        elif (why := await asyncio.to_thread(self._silence)) is not None:
            raise ModelUnavailable(why)
        return self._about

    async def answer(self, asked: Asked) -> Answer:
        """The answer, with all its requests to this server. Raises Lost where one of them failed for good."""
        with losses() as lost:
            answer = await answered(asked, self._thinkers)
        if not lost:
            return answer
        raise Lost(str(lost[0]), is_gone=await asyncio.to_thread(self._silence) is not None)

    async def forget(self) -> None:
        """What a server remembers is its own affair."""

    def close(self) -> None:
        """Close all connections."""
        if self._model is not None:
            self._model.close()

    def _met(self) -> tuple[OpenAICompatibleModel, About]:
        model = OpenAICompatibleModel.load(self.spec, concurrent=max(CONCURRENT, self.jobs))
        try:
            able = {name: one.can for name, one in model.abilities().items()}
        except BaseException:
            model.close()
            raise
        binds = {"model": bound(self.spec, model.served), "abilities": able}
        return model, About(binds, {"server": parts_of(self.spec)[0]}, model.served)

    def _silence(self) -> str | None:
        """Why the server is not there; None where it answers."""
        address, _, _ = parts_of(self.spec)
        quick = OpenAICompatibleModel(
            address, self._model.served if self._model else "", timeout=ANSWERS_WITHIN, patience=0
        )
        try:
            quick.reach()
        except ModelUnavailable as error:
            return str(error)
        finally:
            quick.close()
        return None


def bound(spec: str, served: str) -> str:
    """What a run is bound to: the model's name and how it is asked, not where; servers may come and go."""
    _, options, _ = parts_of(spec)
    said = "&".join(f"{name}={value}" for name, value in sorted(options.items()))
    return f"server{'?' + said if said else ''}#{served}"
