"""The filter of system calls: which of them a running program may still make, as BPF assembled here.

The list says what is allowed; everything else fails with EPERM, and calls by the numbers of another processor or of
the x32 interface end the process. Allowed is what computing in an interpreter that is already running needs:
memory that cannot be executed, reading files (Landlock says which), the clock, and writing to pipes it already has. No
new process or thread, no program, no socket, no signal to anyone, no way of writing to a file, no change of limits.
"""

from __future__ import annotations

import ctypes
import struct
from typing import Any, Final

from slowthink.verifiers.syscalls import AUDIT_ARCH, Prepared, machine, numbers

ALLOWED: Final = (
    "read", "write", "close", "fstat", "stat", "lstat", "newfstatat", "lseek", "pread64", "readv", "munmap", "mremap",
    "brk", "madvise", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack", "access", "faccessat",
    "faccessat2", "readlink", "readlinkat", "getcwd", "getdents64", "futex", "clock_gettime", "clock_getres",
    "gettimeofday", "time", "clock_nanosleep", "nanosleep", "getrandom", "exit", "exit_group", "getpid", "gettid",
    "getuid", "geteuid", "getgid", "getegid", "uname", "sysinfo", "getrusage", "times", "sched_yield",
    "sched_getaffinity", "restart_syscall",
)  # fmt: skip
PROT_EXEC: Final = 4
WRITING: Final = 0o1 | 0o2 | 0o100 | 0o1000 | 0o2000 | 0o10000000 | 0o20000000
"""Flags of openat: write only, read and write, create, truncate, append, path, temporary file."""
WITHOUT_BITS: Final = (("mmap", 2, PROT_EXEC), ("mprotect", 2, PROT_EXEC), ("openat", 2, WRITING), ("open", 1, WRITING))
"""Allowed where the argument with this number has none of these bits."""
WITH_VALUES: Final = (("prlimit64", 2, (0,)), ("fcntl", 1, (1, 3)))
"""Allowed where the argument has one of these values: limits are read only, of a file only its flags are."""

_LOAD, _AND, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x54, 0x15, 0x35, 0x06
_ALLOW, _KILL, _EPERM = 0x7FFF0000, 0x80000000, 0x00050001
_NUMBER, _ARCH, _ARGUMENTS = 0, 4, 16
_X32_BIT = 0x40000000
_SET_MODE_FILTER = 1


def filter_for(name: str) -> bytes:
    """The filter program for a processor, as the kernel takes it."""
    known = numbers(name)
    code = [(_LOAD, 0, 0, _ARCH), (_EQUAL, 1, 0, AUDIT_ARCH[name]), (_RETURN, 0, 0, _KILL), (_LOAD, 0, 0, _NUMBER)]
    if name == "x86_64":
        code += [(_AT_LEAST, 0, 1, _X32_BIT), (_RETURN, 0, 0, _KILL)]
    for call_name, argument, bits in WITHOUT_BITS:
        if call_name in known:
            test = [*_low_half(argument), (_AND, 0, 0, bits), (_EQUAL, 0, 1, 0)]
            code += _when(known[call_name], test)
    for call_name, argument, values in WITH_VALUES:
        for value in values:
            high = [(_LOAD, 0, 0, _ARGUMENTS + 8 * argument + 4), (_EQUAL, 0, 3, 0)]
            code += _when(known[call_name], [*high, *_low_half(argument), (_EQUAL, 0, 1, value)])
    code += _among(sorted(known[call_name] for call_name in ALLOWED if call_name in known))
    return b"".join(struct.pack("<HBBI", *instruction) for instruction in code)


def _among(allowed: list[int]) -> list[tuple[int, int, int, int]]:
    """Allowed for these numbers, else EPERM; by halving, since the kernel tries a filter for every number there is."""
    if len(allowed) == 1:
        return [(_EQUAL, 0, 1, allowed[0]), (_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _EPERM)]
    middle = len(allowed) // 2
    lower, upper = _among(allowed[:middle]), _among(allowed[middle:])
    return [(_AT_LEAST, len(lower), 0, allowed[middle]), *lower, *upper]


def _low_half(argument: int) -> list[tuple[int, int, int, int]]:
    return [(_LOAD, 0, 0, _ARGUMENTS + 8 * argument)]


def _when(number: int, test: list[tuple[int, int, int, int]]) -> list[tuple[int, int, int, int]]:
    """For the call with this number: allowed if the last instruction of the test goes on; else on with the number."""
    body = [*test, (_RETURN, 0, 0, _ALLOW), (_LOAD, 0, 0, _NUMBER)]
    return [(_EQUAL, 0, len(body), number), *body]


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


class Filter:
    """The filter of this machine, ready to be put on."""

    def __init__(self) -> None:
        name = machine()
        self._code = filter_for(name)
        self._buffer = ctypes.create_string_buffer(self._code, len(self._code))
        self._program = _Program(len(self._code) // 8, ctypes.cast(self._buffer, ctypes.c_void_p).value)
        pointer: Any = ctypes.byref(self._program)
        self._install = Prepared(numbers(name)["seccomp"], _SET_MODE_FILTER, 0, pointer)

    def install(self) -> None:
        """From here on, and for good, this process makes no other calls. Raises OSError."""
        self._install()
