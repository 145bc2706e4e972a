"""Runs tests as nobody: `python as_nobody.py TEST [pytest's arguments]`, as root. Ends 77 where that cannot be.

An interpreter under a folder that only root may enter is shown to nobody in a mount namespace of its own.
"""

import os
import sys
from pathlib import Path

NOBODY = 65534


def show(hidden: Path) -> None:
    """Make a folder below one that is closed to others reachable, in this process and those that it starts."""
    from slowthink.verifiers import confinement
    from slowthink.verifiers.syscalls import call, machine, numbers

    closed = [parent for parent in reversed(hidden.parents) if not parent.stat().st_mode & 0o001]
    if not closed:
        return
    call(numbers(machine())["unshare"], 0x00020000)
    confinement._mount(None, "/", None, 16384 | 1 << 18)
    place = os.open(hidden, os.O_PATH)
    confinement._mount("tmpfs", str(closed[0]), "tmpfs", 0, "mode=755")
    hidden.mkdir(parents=True)
    confinement._mount(f"/proc/self/fd/{place}", str(hidden), None, 4096 | 16384)


def main() -> int:
    try:
        show(Path(sys.base_prefix).resolve())
    except OSError as error:
        print(f"the interpreter cannot be shown to nobody here: {error}", file=sys.stderr)
        return 77
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    os.environ["HOME"] = "/tmp"
    print(f"nobody: {os.getuid()}", flush=True)
    import pytest

    return int(pytest.main(["-p", "no:cacheprovider", "-v", *sys.argv[1:]]))


if __name__ == "__main__":
    sys.exit(main())
