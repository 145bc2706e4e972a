"""Which files a process may read, by Landlock: some folders, and nothing else of the whole tree; nothing is written.

Rules hold for what is opened from then on, cannot be taken back, and are inherited. Newer kernels add that no TCP
port is connected to or bound, and that no signal and no abstract socket reaches anyone outside.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterable
from typing import Final

from slowthink.verifiers.syscalls import NotSupported, call, machine, numbers

_READ: Final = (1 << 2) | (1 << 3)
"""Read a file, list a folder."""
_FILE_RIGHTS: Final = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""How many rights on files each version of the interface knows; the highest stands for all after it."""
_NET_RIGHTS, _SCOPES = 0b11, 0b11
_RULE_PATH_BENEATH, _VERSION_FLAG = 1, 1


def version() -> int:
    """The version of the interface. Raises NotSupported where the kernel has none."""
    try:
        return call(numbers(machine())["landlock_create_ruleset"], ctypes.c_void_p(), 0, _VERSION_FLAG)
    except NotSupported:
        raise
    except OSError as error:
        raise NotSupported(
            f"the kernel has no Landlock ({error.strerror}): it needs Linux 5.13 or newer, with 'landlock' among the "
            "security modules that it was started with (lsm=landlock,...)"
        ) from error


def ruleset(folders: Iterable[str]) -> int:
    """A file descriptor of rules: these folders may be read, all else is refused. Raises OSError."""
    known = numbers(machine())
    abi = version()
    files = (1 << _FILE_RIGHTS.get(abi, 16)) - 1
    attributes = struct.pack("<QQQ", files, _NET_RIGHTS if abi >= 4 else 0, _SCOPES if abi >= 6 else 0)
    size = 24 if abi >= 6 else 16 if abi >= 4 else 8
    rules = call(known["landlock_create_ruleset"], ctypes.c_char_p(attributes), size, 0)
    for folder in folders:
        place = os.open(folder, os.O_PATH | os.O_CLOEXEC)
        try:
            rule = struct.pack("<Qi", _READ, place)
            call(known["landlock_add_rule"], rules, _RULE_PATH_BENEATH, ctypes.c_char_p(rule), 0)
        finally:
            os.close(place)
    return rules


def restrict(rules: int) -> None:
    """From here on the rules hold for this process. Needs no_new_privs. Raises OSError."""
    call(numbers(machine())["landlock_restrict_self"], rules, 0)
