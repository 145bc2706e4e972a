"""Memory that a loop gives back stays in the process, so that loops which copy their cache are not timed unfairly.

A `DynamicCache` loop allocates its whole cache anew in each step. By default the C library maps and unmaps such large
blocks, and a virtual machine then spends most of the loop's time on page faults (on one, 82 to 96 s instead of 13).
That says nothing about the algorithm, so the benchmarks that compare with such loops turn it off, for both sides.
"""

from __future__ import annotations

import ctypes
import sys

TRIM_THRESHOLD, TOP_PAD, MMAP_MAX = -1, -2, -4
"""Parameters of `mallopt(3)`."""


def keep_freed_memory() -> bool:
    """Tell the C library not to map large blocks and not to give memory back; False where it has no such setting."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    return all(mallopt(what, value) for what, value in ((MMAP_MAX, 0), (TRIM_THRESHOLD, 2**31 - 1), (TOP_PAD, 2**28)))
