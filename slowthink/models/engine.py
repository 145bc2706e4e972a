"""Continuous batching over a rewindable cache: the one thread in which forward passes run.

Whatever rows of whatever problems are waiting are decoded together; rows join and leave between steps. Long
prompts are read in wide passes and remembered in a prefix tree; short additions (a repaired value) are pushed
one token a step, together with the other rows, at no extra cost. Guarantees: after any sequence of repairs
and rewinds the next logits are those of a fresh prefill; each row's noise is its own. Not promised: equal
greedy output in bfloat16 whatever else is in the batch (in float32 it is).
"""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from dataclasses import dataclass
from typing import Any

import torch

from slowthink.errors import ModelUnavailable
from slowthink.models.prefixes import Node, Path, PrefixTree
from slowthink.models.probe import use_slots
from slowthink.models.rows import Job, Row
from slowthink.models.sampling import Logits
from slowthink.models.slots import Group, Segment, SlotCache, Step

PATIENCE = 4
"""The most steps that a few new jobs wait for others, while many rows are decoding."""
WIDE = 8
"""More pending tokens than this are read in a wide pass of their own."""
CHEAP = 256
"""Columns that a wide pass may have, padding included, before it costs more than two."""
CHUNK = 512
"""The most columns of a wide pass, to bound the memory of attention scores."""
COLUMNS = 4096
"""The most columns of all rows of a wide pass together, for the same reason."""
SHARED = 48
"""A remembered beginning of at least so many tokens is attended in place where other rows stand behind it too."""
LONG = 256
"""One of at least so many tokens is attended in place even by one row alone: its copy would widen all slots."""


@dataclass
class EngineStats:
    """What the engine did since it started. Times in seconds; `tokens` counts real tokens, not padding."""

    steps: int = 0
    tokens: int = 0
    row_steps: int = 0
    forward_seconds: float = 0.0
    decode_seconds: float = 0.0
    supervisor_seconds: float = 0.0
    constraint_seconds: float = 0.0
    discarded_tokens: int = 0
    interventions: int = 0


class Engine:
    """Decodes rows in a thread of its own, started with the first job."""

    def __init__(
        self, model: Any, eos: frozenset[int], max_rows: int, cache_bytes: int, is_known: bool = False
    ) -> None:
        use_slots(model.eval(), is_known)
        self.model = model
        self.eos = eos
        self.max_rows = max_rows
        self.context = int(getattr(model.config.get_text_config(), "max_position_embeddings", 0) or 1 << 30)
        self.tree = PrefixTree(cache_bytes)
        self.stats = EngineStats()
        self.cache = SlotCache(model.config.get_text_config().num_hidden_layers)
        self._rows: list[Row] = []
        self._parked: dict[Row, Segment] = {}
        """Rows whose supervisors wait for a worker, with what was in their slots; they keep their place in max_rows."""
        self._waiting: deque[Job] = deque()
        self._wake = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._patience = PATIENCE

    def submit(self, jobs: list[Job]) -> None:
        """Queue rows; their futures are resolved from the engine's thread."""
        with self._wake:
            if self._closed:
                raise ModelUnavailable("this model was closed; load it again")
            self._waiting.extend(jobs)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="slowthink-engine", daemon=True)
                self._thread.start()
            self._wake.notify()

    def close(self) -> None:
        """Stop the thread after the present step; rows that are unfinished fail with ModelUnavailable."""
        with self._wake:
            self._closed = True
            self._wake.notify()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()
        self.tree.clear()
        self.cache.clear()

    def _run(self) -> None:
        with torch.inference_mode():
            while (new := self._next_jobs()) is not None:
                try:
                    self._turn(new)
                except Exception as error:  # a worker boundary: the rows of this batch fail, the engine lives on
                    self._fail(new, error)
        for row in self._parked:
            _let_go(row)
        left = [*self._waiting, *(row.job for row in self._parked)]
        self._parked.clear()
        self._fail(left, ModelUnavailable("this model was closed before the row was finished"))

    def _next_jobs(self) -> list[Job] | None:
        """Wait until there is something to do: the jobs that join now, perhaps none; None when closed."""
        with self._wake:
            while not (self._closed or self._rows or self._has_news()):
                deadline = min((row.deadline for row in self._parked), default=None)
                self._wake.wait(None if deadline is None else max(0.0, deadline - time.monotonic()))
            if self._closed:
                return None
            room = self._room()
            if self._is_worth_waiting(room):
                self._patience -= 1
                return []
            self._patience = PATIENCE
            return [self._waiting.popleft() for _ in range(min(room, len(self._waiting)))]

    def _room(self) -> int:
        return self.max_rows - len(self._rows) - len(self._parked)

    def _has_news(self) -> bool:
        """Whether a row can join, or come back."""
        return (bool(self._waiting) and self._room() > 0) or any(row.is_decided for row in self._parked)

    def _look_up(self) -> None:
        """Something was decided or cancelled, in whatever thread."""
        with self._wake:
            self._wake.notify()

    def _is_worth_waiting(self, room: int) -> bool:
        """Whether few jobs wait beside many rows: reading prompts together costs hardly more than reading one."""
        few = len(self._waiting) < min(room, len(self._rows) // 2)
        return bool(self._waiting) and few and self._patience > 0

    def _fail(self, new: list[Job], error: Exception) -> None:
        """All rows of the batch and `new` end with `error`; what was remembered stays, the slots start anew."""
        for row in self._rows:
            _let_go(row)
        for job in [*new, *(row.job for row in self._rows)]:
            job.resolve(error)
        self._rows.clear()
        self.cache.clear()

    def _turn(self, new: list[Job]) -> None:
        """Let new rows join, read what is long, decode one token for all, let finished rows leave."""
        self._take_back()
        alike = Counter(tuple(job.writing.ids) for job in new)
        for job in new:
            if not job.cancelled:
                self._join(job, alike[tuple(job.writing.ids)] > 1)
        self._read_long()
        self._leave()
        if self._rows:
            begin = time.perf_counter()
            self._decode()
            self.stats.decode_seconds += time.perf_counter() - begin
        self._leave()
        self.cache.trim(_doubled(len(self._rows)), max((row.length for row in self._rows), default=0) + 1)

    def _join(self, job: Job, has_twin: bool) -> None:
        """Give a job a row with all that is remembered of its prompt; what a twin will need is remembered first."""
        row = Row(job, self.eos)
        ids = job.writing.ids
        path = self.tree.match(ids[: self._matchable(job)])
        known = sum(count for _, count in path)
        self._rows.append(row)
        slot = len(self._rows) - 1
        rest = path
        if path:
            row.origin, shared = path[0]
            company = sum(other.origin is row.origin for other in self._rows) > 1
            if shared >= (SHARED if company else LONG):
                self._stand_behind(row, row.origin, shared)
                rest = path[1:]
        self.cache.reserve(min(self.max_rows, _doubled(len(self._rows))), known - row.prefix_tokens + 1)
        for node, count in rest:
            self.cache.copy_in(slot, row.length, node.segment, count)
            row.length += count
        if row.prefix is None and len(ids) - known > (WIDE if has_twin else SHARED):
            self._remember_prompt(slot, row, path)

    def _matchable(self, job: Job) -> int:
        """How many ids may come from memory: the logits before the first wanted token must be computed."""
        return (len(job.writing.ids) if job.score_from is None else job.score_from) - 1

    def _remember_prompt(self, slot: int, row: Row, path: Path) -> None:
        """Read a long prompt at once and keep it where rows that come later find and share it."""
        known = row.length
        if known < SHARED:  # little is shared with what is remembered: it stands for itself, to be shared whole
            known, path = 0, []
        limit = self._matchable(row.job)
        while row.cached < limit:
            self._pass(slot, slot + 1, min(CHUNK, limit - row.cached))
        segment = self.cache.copy_out(slot, known, row.length)
        node = self.tree.insert(path, row.writing.ids[known : row.length], segment)
        if not path:
            row.origin = node
            if row.length >= LONG:
                row.length, read = 0, row.length
                self._stand_behind(row, node, read)

    def _stand_behind(self, row: Row, node: Node, tokens: int) -> None:
        """Let a row attend to the first tokens of a node in place."""
        row.prefix, row.prefix_tokens = node, tokens
        node.pins += 1

    def _read_long(self) -> None:
        """Wide passes over rows with many pending tokens, side by side where their numbers are alike."""
        slot = 0
        while slot < len(self._rows):
            need = self._wide_need(slot)
            if need == 0:
                slot += 1
                continue
            end = slot + 1
            while end < len(self._rows) and self._are_alike(need, end, end + 1 - slot):
                end += 1
            most = max(WIDE, min(CHUNK, COLUMNS // (end - slot)))
            self._pass(slot, end, min(most, max(self._wide_need(i) for i in range(slot, end))))
            if max(self._wide_need(i) for i in range(slot, end)) == 0:
                slot = end

    def _are_alike(self, need: int, slot: int, rows: int) -> bool:
        """Whether a row may share a wide pass: its number is alike, or the padding costs less than another pass."""
        other = self._wide_need(slot)
        return other > 0 and (0.75 * need <= other <= need * 1.25 or rows * max(need, other) <= CHEAP)

    def _wide_need(self, slot: int) -> int:
        row = self._rows[slot]
        need = self._matchable(row.job) - row.cached
        return need if need > WIDE else 0

    def _pass(self, first: int, end: int, width: int) -> None:
        """Push up to `width` pending ids of the rows `first` to `end`, without asking for logits."""
        rows = self._rows[first:end]
        counts = [max(0, min(width, self._matchable(row.job) - row.cached)) for row in rows]
        self._forward(rows, first, counts, width, self.model.base_model)

    def _decode(self) -> None:
        """One column for every row: its next id; rows that have no more ids choose one."""
        rows = list(self._rows)
        logits = self._forward(rows, 0, [1] * len(rows), 1, self.model).logits[:, -1].float()
        self.stats.row_steps += len(rows)
        before = sum(row.supervising for row in rows)
        for i, row in enumerate(rows):
            row.take(Logits(logits[i]))
        self.stats.supervisor_seconds += sum(row.supervising for row in rows) - before

    def _forward(self, rows: list[Row], first: int, counts: list[int], width: int, model: Any) -> Any:
        ids = [row.writing.ids[row.cached : row.cached + count] for row, count in zip(rows, counts, strict=True)]
        device = self.model.device
        reach = max(row.length for row in rows) + width
        self.cache.reserve(len(self._rows), reach)
        starts = torch.tensor([row.length for row in rows], device=device)
        prefix = torch.tensor([row.prefix_tokens for row in rows], device=device)
        step = Step(first, starts, torch.tensor(counts), prefix, _groups(rows, device), width, reach)
        tokens = torch.tensor([part + [0] * (width - len(part)) for part in ids], device=device)
        positions = ((prefix + starts)[:, None] + torch.arange(width, device=device)).clamp_max(self.context - 1)
        self.cache.step = step
        begin = time.perf_counter()
        out = model(
            input_ids=tokens,
            position_ids=positions,
            past_key_values=self.cache,
            use_cache=True,
            slot_step=step,
        )
        self.stats.forward_seconds += time.perf_counter() - begin
        self.stats.steps += 1
        self.stats.tokens += sum(counts)
        for row, count in zip(rows, counts, strict=True):
            row.pushed(count)
        return out

    def _leave(self) -> None:
        """Finished, cancelled and parked rows go; the last row takes the free slot."""
        slot = 0
        while slot < len(self._rows):
            row = self._rows[slot]
            is_parked = row.is_parked and not row.job.cancelled
            if not is_parked and row.finish is None and row.error is None and not row.job.cancelled:
                slot += 1
                continue
            if is_parked:
                self._parked[row] = self.cache.copy_out(slot, 0, row.length)
            elif row.job.keep and row.finish is not None:
                self._remember_row(slot, row)
            last = self._rows.pop()
            if last is not row:
                self.cache.move(len(self._rows), slot, last.length)
                self._rows[slot] = last
            if is_parked:
                row.when_decided(self._look_up)
                continue
            _let_go(row)
            self.stats.constraint_seconds += row.constraining
            self.stats.discarded_tokens += row.discarded
            self.stats.interventions += len(row.interventions)
            row.job.resolve(row.error or row)

    def _take_back(self) -> None:
        """Parked rows that were decided get a slot again, do what was decided, and leave if that was their end."""
        back = [row for row in self._parked if row.is_decided]
        for row in back:
            slot, segment = len(self._rows), self._parked.pop(row)
            self._rows.append(row)
            self.cache.reserve(min(self.max_rows, _doubled(len(self._rows))), row.length + 1)
            self.cache.copy_in(slot, 0, segment, row.length)
            row.resume()
        if back:
            self._leave()

    def _remember_row(self, slot: int, row: Row) -> None:
        ids = row.writing.ids[: row.cached]
        path = self.tree.match(ids)
        known = sum(count for _, count in path)
        if known < len(ids) and known >= row.prefix_tokens:
            segment = self.cache.copy_out(slot, known - row.prefix_tokens, row.length)
            self.tree.insert(path, ids[known:], segment)


def _let_go(row: Row) -> None:
    """The row no longer needs its shared beginning, nor anybody's decision."""
    row.let_go()
    if row.prefix is not None:
        row.prefix.pins -= 1
        row.prefix = None
    row.origin = None


def _groups(rows: list[Row], device: torch.device) -> list[Group]:
    """Rows behind the same beginning of the same segment attend to it together."""
    found: dict[tuple[int, int], list[int]] = {}
    for i, row in enumerate(rows):
        if row.prefix is not None and row.prefix_tokens:
            found.setdefault((id(row.prefix), row.prefix_tokens), []).append(i)
    groups = []
    for (_, tokens), members in found.items():
        node = rows[members[0]].prefix
        if node is not None:
            groups.append(Group(node.segment, tokens, torch.tensor(members, device=device)))
    return groups


def _doubled(count: int) -> int:
    """The next power of two, so that memory grows in few steps."""
    return 1 << max(0, count - 1).bit_length()
