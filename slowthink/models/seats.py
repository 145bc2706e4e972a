"""Which rows have a place in the cache: every token is looked for before it is pushed through the model.

A row comes in as a *reader*. It goes along what is known already, in the prefix tree or in the slots of other rows,
and chooses from remembered hidden states, without a pass. Only when it needs a token that nobody has pushed and
nobody is about to push does it get a slot. So forks, samples and scores of one place, and the same prompt later on,
pay for each node of their common tree of tokens once.

Memory is bounded (`room.py`). When it is too little, the youngest rows give up their slots and are read again later.
A row that does not fit alone ends with an error that says so.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch

from slowthink.errors import InputError
from slowthink.models.packing import Push, Segment
from slowthink.models.passes import Passes
from slowthink.models.prefixes import Node, Path
from slowthink.models.probe import Fit
from slowthink.models.room import Room
from slowthink.models.rows import Row
from slowthink.models.sampling import Batch, Logits

CHUNK = 512
"""The most tokens of one row in a pass, to bound the memory of attention scores."""
COLUMNS = 1024
"""The most tokens of all rows in a pass, for the same reason, and so that rows that write do not wait long."""
CHOICES = 256
"""The most logits of a pass beyond one a row; a score wants them behind each token."""
SHARED = 48
"""A remembered beginning of at least so many tokens is attended in place where other rows stand behind it too."""
LONG = 256
"""One of at least so many tokens is attended in place even by one row alone: its copy would widen all slots."""
NEAR = 16
"""Rows that share a little more or less of the same beginning attend to the same part of it; the rest is copied."""
SLACK = 32
"""A row gets a slot only when there is room for so many more tokens in each."""
HOPE = 256
"""So many more tokens of a row, if it may write them, should find room without another growth."""


@dataclass(frozen=True)
class Known:
    """What is known of a row's ids: the first `remembered` from the tree, `count` in all, from a slot then."""

    path: Path
    remembered: int
    count: int
    slot: int = -1


class Seats:
    """Rows, their slots and the tree. Not thread safe: it belongs to the engine's thread."""

    def __init__(self, passes: Passes, fit: Fit, layers: int, max_rows: int, limit: int) -> None:
        self.passes = passes
        self.head = fit.head
        self.room = Room(layers, fit.head is not None, fit.token_bytes, max_rows, limit)
        self.cache = self.room.slots
        self.tree = self.room.tree
        self.rows: list[Row] = []
        """Row number i has slot number i."""
        self.readers: list[Row] = []
        self._leaders: dict[Row, Row] = {}
        """Readers whose next token another row is pushing in this pass."""

    @property
    def nbytes(self) -> int:
        """Bytes of memory held."""
        return self.room.nbytes

    def admit(self, row: Row) -> None:
        """Take a new row in."""
        self.readers.append(row)

    def leave(self, row: Row) -> None:
        """A row goes; what it knew is remembered, so that it may be admitted again. The last row takes its slot."""
        if row not in self.rows:
            self.readers.remove(row)
            return
        slot = self.rows.index(row)
        self._remember(slot)
        self._free(slot)

    def settle(self) -> None:
        """Give memory back that is not needed."""
        self.room.settle(len(self.rows), max([row.length + 1 for row in self.rows], default=1))

    def clear(self) -> None:
        """Forget all rows and their slots; what is remembered stays."""
        for row in self.rows:
            _let_go(row)
        self.rows.clear()
        self.readers.clear()
        self._leaders.clear()
        self.cache.clear()
        self.room.desk.clear()

    def forget(self) -> None:
        """Forget what is remembered, except for what a row is using."""
        self.tree.clear()

    def close(self) -> None:
        """Forget everything and leave the model as it was."""
        self.clear()
        self.tree.clear()
        self.passes.close()

    def known(self) -> Iterator[tuple[Row, Logits]]:
        """Rows that can choose without a pass, each with its logits; each must choose before the next is taken."""
        places = [(row, at, state) for row in self.readers for at, state in self._read(row)]
        places += [
            (row, row.wanted, self._last_of(slot, row.wanted - 1))
            for slot, row in enumerate(self.rows)
            if self.head is not None and row.wanted <= row.cached
        ]
        if not places or self.head is None:
            return
        begin = time.perf_counter()
        logits = Batch(
            self.head(torch.stack([state for _, _, state in places])), [row.temperature for row, _, _ in places]
        )
        self.passes.stats.forward_seconds += time.perf_counter() - begin
        for (row, at, _), values in zip(places, logits, strict=True):
            if row in self.readers:
                row.found(at)
                row.length = at
            yield row, values

    def push(self) -> Iterator[tuple[Row, Logits]]:
        """One pass for all rows that need one; then as `known`."""
        self._leaders.clear()
        self.room.expected = len(self.rows) + len(self.readers)
        for row in list(self.readers):
            self._place(row)
        pushes = self._pushes()
        if not pushes:
            return
        ids: list[int] = []
        wanted: list[int] = []
        temperatures: list[float] = []
        for push in pushes:
            row = self.rows[push.slot]
            places = [len(ids) + end - row.cached - 1 for end in self._choices(row, push.count)]
            wanted += places
            temperatures += [row.temperature] * len(places)
            ids += row.writing.ids[row.cached : row.cached + push.count]
        logits = iter(Batch(self.passes.run(self.cache, pushes, ids, wanted), temperatures))
        for push in pushes:
            yield from self._hear(self.rows[push.slot], push.count, logits)

    def _hear(self, row: Row, count: int, logits: Iterator[Logits]) -> Iterator[tuple[Row, Logits]]:
        """The logits behind a row's new tokens, to it and to the readers that wait at the same place."""
        ends, end = self._choices(row, count), row.cached + count
        for at in ends:
            row.pushed(at - row.cached)
            values = next(logits)
            for reader in [one for one, leader in self._leaders.items() if leader is row and one.wanted == at]:
                if reader.writing.ids[:at] == row.writing.ids[:at]:
                    reader.found(at)
                    reader.length = at
                    yield reader, values
            yield row, values
        if not ends:
            row.pushed(end - row.cached)

    def _choices(self, row: Row, count: int) -> range:
        """The ends at which a row wants logits among its next `count` tokens."""
        end = row.cached + count
        return range(row.wanted, end + 1) if row.job.score_from is not None or row.wanted == end else range(0)

    # What is known

    def _look(self, row: Row) -> Known:
        """What is known of the ids that a row needs, all but the last wanted one where logits need a pass."""
        ids = row.writing.ids[: row.needed if self.head is not None else row.wanted - 1]
        path = self.tree.match(ids)
        remembered = sum(count for _, count in path)
        most, best = remembered, -1
        for slot, other in enumerate(self.rows):
            theirs, end = other.writing.ids, min(other.cached, len(ids))
            if most < end and theirs[most] == ids[most] and theirs[:most] == ids[:most]:
                best = slot
                while most < end and theirs[most] == ids[most]:
                    most += 1
        return Known(path, remembered, most, best)

    def _read(self, row: Row) -> Iterator[tuple[int, torch.Tensor]]:
        """The last hidden states of a reader that are known and wanted, each with the end of its token."""
        if self.head is None or row.finish is not None or row.error is not None:
            return
        known = self._look(row)
        for at in range(row.wanted, known.count + 1):
            if at > known.remembered:
                yield at, self._last_of(known.slot, at - 1)
            else:
                yield at, _last_in(known.path, at - 1)

    def _last_of(self, slot: int, position: int) -> torch.Tensor:
        row = self.rows[slot]
        if row.prefix is not None and position < row.prefix_tokens:
            return _last_in([(row.prefix, row.prefix_tokens)], position)
        return self.cache.last(slot, position - row.prefix_tokens)

    # Getting a slot

    def _place(self, row: Row) -> None:
        """Give a reader a slot when it needs a token that nobody knows or is about to push."""
        if row.finish is not None or row.error is not None:
            return
        known = self._look(row)
        if self.head is not None and known.count >= row.wanted:
            return
        ids, at = row.writing.ids, known.count
        for other in self.rows:
            if other.cached <= at < other.needed and other.writing.ids[: at + 1] == ids[: at + 1]:
                self._leaders[row] = other
                return
        if self._seat(row, known) or self.rows:
            return
        self.cache.clear()  # the memory of slots that nobody has may be what is missing
        if not self._seat(row, self._look(row)):
            row.error = self._too_long(row)

    def _too_long(self, row: Row) -> InputError:
        return InputError(
            f"a row of {len(row.writing.ids)} tokens does not fit into the cache, which may hold {self.room.limit} "
            f"bytes (about {self.room.tokens} tokens of this model). Shorten the prompt, lower max_tokens or raise "
            "cache_bytes."
        )

    def _seat(self, row: Row, known: Known) -> bool:
        """Give a row a slot with all that is known of it; False when there is no room for it now."""
        if known.count - known.remembered >= SHARED:
            self._remember(known.slot)
            known = self._look(row)
        if known.remembered < SHARED and row.needed - known.count >= LONG:
            if not self._read_alone(row, known):
                return False
            known = self._look(row)
            if known.count > row.wanted:  # a score wants to hear all that is known, place by place, before it goes on
                return True
        prefix, tokens, company = self._shared(row, known.path)
        own = len(row.writing.ids) - tokens + (SLACK if self.rows else 1)
        if prefix is not None:
            prefix.pins += 1
        most = max([own, *(one.length + one.pending + SLACK for one in self.rows)])
        more = 0 if row.job.score_from is not None else row.job.request.sampling.max_tokens - row.spent
        hoped = len(row.writing.ids) - tokens + max(0, min(HOPE, more))
        if not self.room.reserve(len(self.rows) + 1, most, hoped):
            if prefix is not None:
                prefix.pins -= 1
            return False
        row.found(known.count)
        row.origin, row.prefix, row.prefix_tokens, row.length = company, prefix, tokens, 0
        self._take_over(len(self.rows), row, known)
        self.rows.append(row)
        self.readers.remove(row)
        return True

    def _shared(self, row: Row, path: Path) -> tuple[Node | None, int, Node | None]:
        """What a row attends to in place, how many tokens of it, and what it shares with others at all."""
        if not path:
            return None, 0, None
        node, count = path[0]
        behind = [other.prefix_tokens for other in self.rows if other.prefix is node]
        company = any(other.origin is node for other in self.rows) or node.children or node.pins
        if count < (SHARED if company else LONG):
            return None, 0, node
        near = [tokens for tokens in behind if 0 <= count - tokens <= NEAR]
        return node, max(near, default=count), node

    def _take_over(self, slot: int, row: Row, known: Known) -> None:
        """Copy what is known and not attended in place into a new slot."""
        at = 0
        for node, count in known.path:
            begin = min(count, max(0, row.prefix_tokens - at))
            if begin < count:
                self.cache.copy_in(slot, at + begin - row.prefix_tokens, node.segment, begin, count)
            at += count
        row.length = known.remembered - row.prefix_tokens
        if known.count > known.remembered:
            there = self.rows[known.slot]
            begin, end = known.remembered - there.prefix_tokens, known.count - there.prefix_tokens
            self.cache.copy(known.slot, begin, end, slot, row.length)
            row.length += end - begin

    def _read_alone(self, row: Row, known: Known) -> bool:
        """Read a long prompt at once into a node of its own, behind which rows attend to it in place."""
        end = row.needed if self.head is not None else row.wanted - 1
        if not self.room.free(end * self.room.token_bytes):
            return False
        self.room.desk.resize(1, end)
        at = 0
        for node, count in known.path:
            self.room.desk.copy_in(0, at, node.segment, 0, count)
            at += count
        row.found(at)
        row.length = at
        while row.length < end:
            part = row.writing.ids[row.length : min(end, row.length + CHUNK)]
            self.passes.run(self.room.desk, [Push(0, row.length, len(part))], part, [])
            row.pushed(len(part))
        segment = self.room.desk.take_out(0, end)
        self.room.desk.clear()
        self.tree.insert([], row.writing.ids[:end], segment)
        return True

    def _free(self, slot: int) -> None:
        row, last = self.rows[slot], self.rows.pop()
        if last is not row:
            self.cache.copy(len(self.rows), 0, last.length, slot, 0)
            self.rows[slot] = last
        _let_go(row)

    def _remember(self, slot: int) -> None:
        """Put what a row's slot holds into the tree, as far as there is room."""
        row = self.rows[slot]
        ids = row.writing.ids[: row.cached]
        path = self.tree.match(ids)
        known = sum(count for _, count in path)
        if known < SHARED <= len(ids) and row.prefix is None:
            path, known = [], 0  # little is shared with what is remembered: it stands for itself, to be shared whole
        if not row.prefix_tokens <= known < len(ids):
            return
        if path:
            path[-1][0].pins += 1
        has_room = self.room.free((len(ids) - known) * self.room.token_bytes)
        if path:
            path[-1][0].pins -= 1
        if has_room:
            segment = self.cache.copy_out(slot, known - row.prefix_tokens, row.length)
            self.tree.insert(path, ids[known:], segment)

    # A pass and its room

    def _pushes(self) -> list[Push]:
        """What each slot gets in the next pass; rows that do not fit give up their slots, the youngest first."""
        for row in self.rows:
            if self.head is None and row.wanted <= row.cached:
                row.unread()
        while self.rows:
            counts = self._counts()
            reach = max(row.length + count for row, count in zip(self.rows, counts, strict=True))
            if self.room.reserve(len(self.rows), reach):
                return [
                    Push(slot, row.length, count, _before(row))
                    for slot, (row, count) in enumerate(zip(self.rows, counts, strict=True))
                    if count
                ]
            row = self.rows[-1]
            if len(self.rows) == 1:
                row.error = self._too_long(row)
                return []
            self._free(len(self.rows) - 1)
            self.readers.insert(0, row)
        return []

    def _counts(self) -> list[int]:
        """How many tokens each row pushes: one, and as many more as there is room for in a pass."""
        needs = [row.needed - row.cached for row in self.rows]
        left, choices = COLUMNS - sum(need > 0 for need in needs), CHOICES
        counts = []
        for row, need in zip(self.rows, needs, strict=True):
            count = min(need, CHUNK, 1 + max(0, left))
            if row.job.score_from is not None:
                count = min(count, max(1, row.wanted - row.cached + choices))
                choices -= max(0, row.cached + count - row.wanted)
            left -= max(0, count - 1)
            counts.append(count)
        return counts


def _let_go(row: Row) -> None:
    """The row no longer needs its shared beginning; `cached` still says how much of it was known."""
    if row.prefix is not None:
        row.prefix.pins -= 1
    row.length, row.prefix, row.prefix_tokens, row.origin = row.cached, None, 0, None


def _before(row: Row) -> tuple[Segment, int] | None:
    return (row.prefix.segment, row.prefix_tokens) if row.prefix is not None and row.prefix_tokens else None


def _last_in(path: Path, position: int) -> torch.Tensor:
    """The last hidden state at a position of a path."""
    for node, count in path:
        if position < count:
            return node.segment.layer(-1)[0][0, position]
        position -= count
    raise IndexError(position)
