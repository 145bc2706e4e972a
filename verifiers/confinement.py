"""The walls around the second tier besides the filter of system calls and Landlock: namespaces, rights, limits.

A namespace of its own for processes, network, messages and mounts: whatever runs inside sees no process but its own
kind, no network, and a file tree that holds the libraries alone, read only. Where the system does not allow them the
report says so, and the other walls must hold. Rights (capabilities) are given up for good, and limits are set anew
for each program.
"""

from __future__ import annotations

import ctypes
import os
import resource
import struct
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, Final

from slowthink.verifiers.syscalls import PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS, call, machine, numbers, prctl

_NEW_USER, _NEW_MOUNT, _NEW_PROCESS, _NEW_NETWORK = 0x10000000, 0x00020000, 0x20000000, 0x40000000
_NEW_MESSAGES, _NEW_NAMES, _NEW_GROUPS = 0x08000000, 0x04000000, 0x02000000
_ALL: Final = _NEW_MOUNT | _NEW_PROCESS | _NEW_NETWORK | _NEW_MESSAGES | _NEW_NAMES | _NEW_GROUPS
_MS_READ_ONLY, _MS_NO_SETUID, _MS_NO_DEVICES, _MS_NO_EXECUTE, _MS_REMOUNT = 1, 2, 4, 8, 32
_MS_BIND, _MS_RECURSIVE, _MS_PRIVATE = 4096, 16384, 1 << 18
_DETACH, _PR_CAPBSET_DROP = 2, 24
_CAPABILITY_VERSION: Final = 0x20080522


def enter_namespaces() -> str:
    """New namespaces for this process and those it starts; says which, or empty where none is to be had.

    The namespace for processes holds for children only: whoever calls this forks next.
    """
    user, group = os.getuid(), os.getgid()
    for flags, what in (
        (_ALL | _NEW_USER, "user, process, network, mount, ipc"),
        (_ALL, "process, network, mount, ipc"),
    ):
        try:
            call(numbers(machine())["unshare"], flags)
        except OSError:
            continue
        if flags & _NEW_USER:
            with suppress(OSError):  # without a map the process is nobody in there, which is as well
                _write("/proc/self/setgroups", "deny")
                _write("/proc/self/uid_map", f"{user} {user} 1")
                _write("/proc/self/gid_map", f"{group} {group} 1")
        return what
    return ""


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def enter_root(folders: Iterable[str], base: str = "/tmp") -> None:
    """A file tree with nothing in it but these folders, read only, where they were. Raises OSError.

    `base` is a folder that the new tree is put over while it is made; nobody outside sees that.
    """
    places = {folder: os.open(folder, os.O_PATH | os.O_CLOEXEC) for folder in folders}
    try:
        _mount(None, "/", None, _MS_RECURSIVE | _MS_PRIVATE)
        _mount("tmpfs", base, "tmpfs", _MS_NO_SETUID | _MS_NO_DEVICES, "size=1m,mode=755")
        for folder, place in places.items():
            inside = base + folder
            os.makedirs(inside, exist_ok=True)
            _mount(f"/proc/self/fd/{place}", inside, None, _MS_BIND | _MS_RECURSIVE)
            _mount(None, inside, None, _MS_BIND | _MS_REMOUNT | _MS_READ_ONLY | _MS_NO_SETUID | _MS_NO_DEVICES)
    finally:
        for place in places.values():
            os.close(place)
    os.chdir(base)
    here = ctypes.c_char_p(b".")
    call(numbers(machine())["pivot_root"], here, here)
    call(numbers(machine())["umount2"], here, _DETACH)
    os.chdir("/")
    _mount(None, "/", None, _MS_REMOUNT | _MS_BIND | _MS_READ_ONLY | _MS_NO_SETUID | _MS_NO_DEVICES | _MS_NO_EXECUTE)


def _mount(source: str | None, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    texts = [ctypes.c_char_p(None if text is None else text.encode()) for text in (source, target, kind)]
    call(numbers(machine())["mount"], *texts, flags, ctypes.c_char_p(None if data is None else data.encode()))


def give_up_rights() -> None:
    """No capabilities, none to be had again, no core dump and no look into this process by others. Raises OSError."""
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    for capability in range(64):
        with suppress(OSError):  # beyond the last one that the kernel knows, or without the right to drop any
            prctl(_PR_CAPBSET_DROP, capability)
    header, nothing = struct.pack("<Ii", _CAPABILITY_VERSION, 0), bytes(24)
    call(numbers(machine())["capset"], ctypes.c_char_p(header), ctypes.c_char_p(nothing))
    prctl(PR_SET_DUMPABLE, 0)


def limit(memory_bytes: int, seconds: float) -> None:
    """Limits of one program, both soft and hard: address space, processor time, and nothing that it has no use for."""
    whole_seconds = int(seconds) + 2
    limits: list[tuple[Any, int]] = [
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, whole_seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 32),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_MEMLOCK, 0),
    ]
    if hasattr(resource, "RLIMIT_MSGQUEUE"):
        limits.append((resource.RLIMIT_MSGQUEUE, 0))
    for which, most in limits:
        resource.setrlimit(which, (most, most))


def address_space() -> int:
    """The bytes of address space that this process has now."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[0]) * resource.getpagesize()
