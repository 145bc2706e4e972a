"""A Ray cluster: joined or begun here, with its room counted, and replicas of the model on it as workers.

Each replica is an actor (`replica.py`) with cores and cards of its own. This process deals the items and keeps the
record; the cluster holds nothing that a run needs. An actor that dies is lost, and the pool has another one made.
When this process ends, however it ends, its actors end too, and so does a cluster that was begun here.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from slowthink.benchmarks.pool import About, Answer, Asked, Lost
from slowthink.benchmarks.replica import Replica
from slowthink.errors import InputError, ModelUnavailable
from slowthink.types import Solution

LOCAL, AUTO = "local", "auto"
ADDRESSES = "'local' (a cluster on this machine), 'auto', HOST:PORT on a node of it, or ray://HOST:10001 from outside"
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(3) + b"\x04" + bytes(5)
SETTINGS = b"\x04"
"""How a client of gRPC begins (RFC 9113, 3.4), and the kind of frame that a server answers with: Ray itself would try
for minutes to speak with whatever listens at a wrong address."""
REACHED_WITHIN = 5.0
"""Seconds in which something must answer at an address."""
PATIENCE = 30.0
"""Seconds after which it is told that a replica still waits for room."""
CURRENT = Path("/tmp/ray/ray_current_cluster")
STORE_BYTES = 100 << 20
"""Of Ray's object store on this machine: items and answers are small."""
Json = dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """What every replica is told: the model, what it is asked by, and what it is given; `cpus` are also its threads."""

    model: str
    strategies: str
    off: tuple[str, ...]
    budget: Json
    seed: int
    traces: bool
    version: str | None
    cpus: int = 1
    gpus: float = 0.0

    def dump(self) -> str:
        """As JSON, for a replica."""
        return json.dumps(asdict(self))


def check_share(workers: int | None, cpus: int, gpus: float) -> None:
    """Raises InputError for a number of workers, or shares of theirs, that make no sense."""
    if workers is not None and workers < 1:
        raise InputError(f"expected 1 or more workers with --workers, got {workers}")
    if cpus < 1:
        raise InputError(f"expected 1 or more cores with --worker-cpus, got {cpus}")
    if not 0 <= gpus <= 1:
        raise InputError(
            f"expected with --worker-gpus a share of one card from 0 to 1, got {gpus:g}. A model that needs several "
            "cards goes behind a server (vLLM with --tensor-parallel-size, say): give the servers with --model"
        )


@contextmanager
def joined(address: str) -> Iterator[Any]:
    """Ray, connected to a cluster while this lasts; a connection that was there before is used, and left as it was.

    Raises ModelUnavailable, within seconds, where Ray or the cluster is missing or of another version.
    """
    ray = _library()
    if ray.is_initialized():
        yield ray
        return
    _check(address)
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    quiet: Json = {"log_to_driver": False, "logging_level": "CRITICAL"}
    if address == LOCAL:
        quiet |= {"num_cpus": _cores(), "include_dashboard": False, "object_store_memory": STORE_BYTES}
    try:
        ray.init(address=address, **quiet)
    except Exception as error:  # Ray has many; each of them means that there is no cluster to work with
        with suppress(Exception):
            ray.shutdown()
        raise ModelUnavailable(_why(address, error, ray.__version__)) from error
    try:
        yield ray
    finally:
        ray.shutdown()


def room(nodes: list[Json], cpus: int, gpus: float) -> int:
    """How many replicas with these shares fit on the nodes, were they empty."""
    fits = 0
    for node in nodes:
        if node.get("Alive"):
            has = node["Resources"]
            by_cpus = int(has.get("CPU", 0) // cpus)
            by_gpus = int(has.get("GPU", 0)) * int(1 / gpus + 1e-9) if gpus else by_cpus
            fits += min(by_cpus, by_gpus)
    return fits


def replicas(ray: Any, plan: Plan, workers: int | None, jobs: int, remark: Callable[[str], None]) -> list[OnCluster]:
    """As many replicas as are wanted, or as fit. Raises ModelUnavailable where not even one would ever fit."""
    nodes = ray.nodes()
    fits = room(nodes, plan.cpus, plan.gpus)
    share = f"{plan.cpus} core{'s' * (plan.cpus > 1)}" + (f" and {plan.gpus:g} of a graphics card" if plan.gpus else "")
    if not fits:
        has = {name: sum(one["Resources"].get(name, 0) for one in nodes if one.get("Alive")) for name in ("CPU", "GPU")}
        raise ModelUnavailable(
            f"expected room on the cluster for a replica with {share} on one node; it has {has['CPU']:g} cores and "
            f"{has['GPU']:g} cards in all, and no node with that. Ask for less with --worker-cpus and --worker-gpus, "
            "or add nodes"
        )
    if workers is not None and workers > fits:
        remark(f"the cluster has room for {fits} of {workers} replicas with {share}; the others join if it grows")
    return [OnCluster(ray, plan, number, jobs, remark) for number in range(1, (workers or fits) + 1)]


class OnCluster:
    """One replica on the cluster, as a worker; made again by each `start`."""

    def __init__(self, ray: Any, plan: Plan, number: int, jobs: int, remark: Callable[[str], None]) -> None:
        self.name = f"replica {number}"
        self._ray, self._plan, self._jobs, self._remark = ray, plan, jobs, remark
        self._actor: Any = None

    async def start(self) -> About:
        """Have an actor made wherever there is room, and let it load the model. Raises ModelUnavailable and Lost."""
        self.close()
        share = {"num_cpus": self._plan.cpus, "num_gpus": self._plan.gpus, "max_restarts": 0}
        kind = self._ray.remote(Replica).options(max_concurrency=self._jobs + 8, **share)
        self._actor = kind.remote(self._plan.dump())
        node = await self._placed()
        about = json.loads(await self._told(self._actor.load.remote()))
        if "refused" in about:
            raise ModelUnavailable(f"on node {node}: {about['refused']}")
        environment = about["environment"]
        binds = {"model files": about["model_hash"], "number format": environment["dtype"]}
        return About(binds, environment | {"ray": self._ray.__version__}, node, about["pid"])

    async def answer(self, asked: Asked) -> Answer:
        """The replica's answer. Raises Lost."""
        said = json.loads(await self._told(self._actor.answer.remote(asked.strategy, asked.problem.model_dump_json())))
        if "error" in said:
            return Answer(None, said["error"])
        return Answer(Solution.model_validate(said["solution"]))

    async def forget(self) -> None:
        """Let the replica forget. Raises Lost."""
        await self._told(self._actor.forget.remote())

    def close(self) -> None:
        """End the actor."""
        actor, self._actor = self._actor, None
        if actor is not None:
            with suppress(Exception):  # it may have ended, or the whole cluster
                self._ray.kill(actor)

    async def _placed(self) -> str:
        where = asyncio.ensure_future(self._told(self._actor.where.remote()))
        try:
            if not (await asyncio.wait({where}, timeout=PATIENCE))[0]:
                self._remark(f"{self.name} waits for room on the cluster")
            return await where
        finally:
            where.cancel()

    async def _told(self, coming: Any) -> str:
        """What an actor says. Raises Lost for whatever Ray says instead, and ModelUnavailable where we are missing."""
        try:
            said: str = await asyncio.wrap_future(coming.future())
        except Exception as error:
            text = " ".join(str(error).split())
            if "failed to import" in text or "No module named" in text:
                raise ModelUnavailable(
                    "a node of the cluster cannot import slowthink: install the same version, with the same Python, "
                    f"on every node ({text:.300})"
                ) from error
            raise Lost(f"{type(error).__name__}: {text:.300}") from error
        return said


def _library() -> Any:
    try:
        return importlib.import_module("ray")
    except ImportError as error:
        raise ModelUnavailable(
            f"--ray needs Ray, which is not installed here ({error}): pip install 'slowthink[ray]', in the version of "
            "the cluster"
        ) from error


def _check(address: str) -> None:
    """Raises InputError for what is no address, and ModelUnavailable where nobody answers at it."""
    if address == AUTO:
        address = _current() or AUTO
    if address in (LOCAL, AUTO):
        return
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 1 << 16 or "/" in host:
        raise InputError(f"expected with --ray {ADDRESSES}; got {address!r}")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), REACHED_WITHIN) as line:
            line.settimeout(REACHED_WITHIN)
            line.sendall(PREFACE)
            if not os.environ.get("RAY_USE_TLS", "0").strip("0") and line.recv(9)[3:4] != SETTINGS:
                raise ConnectionError("what listens there does not speak gRPC")
    except OSError as error:
        raise ModelUnavailable(
            f"no Ray cluster answers at {address} ({error}). Expected {ADDRESSES}. 'ray status' on a node says whether "
            "it runs; 'ray start --head' begins one"
        ) from error


def _current() -> str | None:
    """The cluster that `auto` means: Ray's own variable, or what was begun on this machine last, perhaps long ago."""
    if address := os.environ.get("RAY_ADDRESS"):
        return address
    with suppress(OSError, ValueError):
        return CURRENT.read_text(encoding="ascii").strip() or None
    return None


def _why(address: str, error: Exception, version: str) -> str:
    """Why there is no connection, and what to do."""
    said = " ".join(str(error).split())[:500]
    if "version" in said.lower():
        return (
            f"the Ray cluster at {address} and this process have different versions: {said} Here is Ray {version}; "
            "install on this machine the versions of Ray and Python that the cluster has"
        )
    if address == LOCAL:
        return f"Ray could not begin a cluster on this machine: {said}"
    if address == AUTO:
        return f"no Ray cluster was found from here: {said}. Expected {ADDRESSES}"
    return (
        f"the Ray cluster at {address} could not be joined: {said}. HOST:PORT serves on nodes of the cluster; from "
        "outside give ray://HOST:10001, which needs 'ray[client]' here and on the head. A cluster that asks for a "
        "token is joined with RAY_AUTH_MODE=token and the token where Ray looks for it"
    )


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
