"""The memory of the engine's cache: one bound for the slots of rows and for all that is remembered, together.

Slots grow generously while memory is free, by some rows and positions at a time when it is not (each growth copies them
all), and exactly where even that is too much. What is least useful is forgotten to make room: leaves of the tree that
were not used for longest. It is never wrong to forget; it costs a prefill later.
"""

from __future__ import annotations

import ctypes
import sys
from functools import cache
from typing import Any

from slowthink.models.prefixes import PrefixTree
from slowthink.models.slots import SlotCache

ROUND = 16
ROWS, PLACES = 16, 64
"""By so many rows and positions slots grow when memory is short."""
SMALL = 1 << 24
"""Slots of fewer bytes are not worth giving back."""
IDLE = 32
"""Slots that were too many for so many passes on end are given back; rows that come and go should find some."""
KEPT = 8
"""Slots of no more than one part in so many of all memory are kept when no row is left: the next ones come soon."""
CHURN = 1 << 29
"""After so many bytes were remembered, free pages are given back to the system."""


class Room:
    """Slots, a desk where one long prompt is read alone, and the tree; `limit` bytes in all, at any time."""

    def __init__(self, layers: int, keeps_last: bool, token_bytes: int, max_rows: int, limit: int) -> None:
        self.slots = SlotCache(layers, keeps_last)
        self.desk = SlotCache(layers, keeps_last)
        self.tree = PrefixTree(limit)
        self.token_bytes = token_bytes
        self.max_rows = max_rows
        self.limit = limit
        self.expected = 0
        """Rows that are about to be seated: slots grow for all of them at once where memory is free."""
        self._idle = 0

    @property
    def nbytes(self) -> int:
        """Bytes of memory held."""
        return self.slots.nbytes + self.desk.nbytes + self.tree.nbytes

    @property
    def tokens(self) -> int:
        """How many tokens fit at most."""
        return self.limit // max(1, self.token_bytes)

    def reserve(self, rows: int, capacity: int, hoped: int = 0) -> bool:
        """Slots for so many rows and positions, also at the cost of what is remembered; False when that is too much.

        `hoped` positions are had at once where memory is free, so that slots need not grow while a row writes.
        """
        slots = self.slots
        if rows <= slots.rows and capacity <= slots.capacity:
            return True
        most_rows = max(rows, slots.rows, self.expected)
        wide = min(self.max_rows, doubled(most_rows)), max(64, doubled(max(capacity, slots.capacity, hoped)))
        more = min(self.max_rows, rounded(rows, ROWS)), rounded(capacity, PLACES)
        tight = rows, rounded(capacity, ROUND)
        pinned = self.tree.pinned_bytes
        for (some, places), held in ((wide, self.tree.nbytes), (more, pinned), (tight, pinned)):
            most = self.limit - self.desk.nbytes - some * places * self.token_bytes
            if held <= most:
                self.tree.shrink(most)
                slots.resize(some, places)
                return True
        return False

    def free(self, nbytes: int) -> bool:
        """Forget what is least useful until so many bytes are free; False when that is not enough."""
        most = self.limit - self.slots.nbytes - self.desk.nbytes - nbytes
        if self.tree.nbytes > most and self.tree.pinned_bytes > most:
            return False
        self.tree.shrink(most)
        return True

    def settle(self, rows: int, capacity: int) -> None:
        """Give memory back when more than three quarters of the slots are not needed."""
        places, self._idle = doubled(rows) * doubled(capacity), self._idle + 1
        if self.slots.nbytes <= SMALL or self.slots.rows * self.slots.capacity <= 4 * places:
            self._idle = 0
        elif self._idle >= IDLE or (not rows and self.slots.nbytes * KEPT > self.limit):
            self.slots.resize(doubled(rows), doubled(capacity))
        if self.tree.churn >= CHURN:
            self.tree.churn = 0
            give_back_free_pages()


def give_back_free_pages() -> None:
    """Let the C library hand the pages of freed memory to the system."""
    if (trim := _trim()) is not None:
        trim(0)


@cache
def _trim() -> Any:
    """glibc's `malloc_trim`; None where there is no such function."""
    try:
        return ctypes.CDLL(None).malloc_trim if sys.platform.startswith("linux") else None
    except (OSError, AttributeError):
        return None


def rounded(count: int, step: int) -> int:
    """The next multiple of `step`."""
    return -(-count // step) * step


def doubled(count: int) -> int:
    """The next power of two, so that memory grows in few steps."""
    return 1 << max(0, count - 1).bit_length()
