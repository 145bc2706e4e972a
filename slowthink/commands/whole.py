"""A file that appears when all of it is written: whole or not at all, whenever a process is killed.

It is written beside its final name, under a name that nobody else has, and renamed. The writer holds the lock of that
part, which the system takes back when it dies; so the next writer of the same file knows which parts nobody will end,
and removes them. On systems without such locks an open file cannot be removed, which comes to the same.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO


@contextmanager
def written_whole(final: Path) -> Iterator[BinaryIO]:
    """A file to write to; it takes the place of `final` when the block ends well, else it is gone.

    Raises OSError, before anything is written, where the folder cannot be written to.
    """
    _sweep(final)
    part, file = _begun(final)
    try:
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
            if sys.platform != "win32":  # while it is locked, so that no other writer takes it for a dead one's
                os.replace(part, final)
        if sys.platform == "win32":  # an open file cannot be renamed there
            os.replace(part, final)
    finally:
        part.unlink(missing_ok=True)


def _begun(final: Path) -> tuple[Path, BinaryIO]:
    """A new part, locked."""
    while True:
        part = final.with_name(f".{final.name}.{os.urandom(8).hex()}.part")
        file = part.open("xb")
        _is_locked_here(file)
        if part.exists():  # else it was swept up in the moment before it was locked
            return part, file
        file.close()


def _sweep(final: Path) -> None:
    """Remove the parts of this file whose writers are dead."""
    name = re.compile(re.escape(f".{final.name}.") + "[0-9a-f]{16}[.]part")
    with suppress(OSError):
        for part in [path for path in final.parent.iterdir() if name.fullmatch(path.name)]:
            with suppress(OSError), part.open("rb") as file:
                if _is_locked_here(file, wait=False):
                    part.unlink()
    # A folder that cannot be read or parts that cannot be removed are no reason not to write.


def _is_locked_here(file: BinaryIO, wait: bool = True) -> bool:
    """Take the lock of an open file, if nobody has it; it goes with the file. False where that cannot be told."""
    if sys.platform == "win32":
        return not wait
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:  # held by another, or a file system without locks
        return False
    return True
