"""System calls of Linux that Python does not offer, by number, for the two processors whose numbers are known here.

Uses the standard library only, as everything does that runs inside the sandbox.
"""

from __future__ import annotations

import ctypes
import os
import platform
import sys
from functools import cache
from typing import Any, Final

# From the kernel's tables: arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h (aarch64).
X86_64: Final = {
    "read": 0, "write": 1, "open": 2, "close": 3, "stat": 4, "fstat": 5, "lstat": 6, "poll": 7, "lseek": 8, "mmap": 9,
    "mprotect": 10, "munmap": 11, "brk": 12, "rt_sigaction": 13, "rt_sigprocmask": 14, "rt_sigreturn": 15, "ioctl": 16,
    "pread64": 17, "readv": 19, "access": 21, "pipe": 22, "sched_yield": 24, "mremap": 25, "madvise": 28, "shmget": 29,
    "dup": 32, "dup2": 33, "nanosleep": 35, "getpid": 39, "socket": 41, "connect": 42, "sendto": 44, "bind": 49,
    "socketpair": 53, "clone": 56, "fork": 57, "vfork": 58, "execve": 59, "exit": 60, "kill": 62, "uname": 63,
    "semget": 64, "msgget": 68, "fcntl": 72, "truncate": 76, "ftruncate": 77, "getcwd": 79, "chdir": 80, "rename": 82,
    "mkdir": 83, "unlink": 87, "symlink": 88, "readlink": 89, "chmod": 90, "gettimeofday": 96, "getrusage": 98,
    "sysinfo": 99, "times": 100, "ptrace": 101, "getuid": 102, "getgid": 104, "setuid": 105, "geteuid": 107,
    "getegid": 108, "setsid": 112, "sigaltstack": 131, "mknod": 133, "personality": 135, "sched_setscheduler": 144,
    "pivot_root": 155, "prctl": 157, "arch_prctl": 158, "setrlimit": 160, "chroot": 161, "mount": 165, "umount2": 166,
    "gettid": 186, "tkill": 200, "time": 201, "futex": 202, "sched_getaffinity": 204, "io_setup": 206,
    "epoll_create": 213, "getdents64": 217, "restart_syscall": 219, "timer_create": 222, "clock_gettime": 228,
    "clock_getres": 229, "clock_nanosleep": 230, "exit_group": 231, "tgkill": 234, "add_key": 248, "request_key": 249,
    "keyctl": 250, "inotify_init": 253, "openat": 257, "newfstatat": 262, "readlinkat": 267, "faccessat": 269,
    "unshare": 272, "set_robust_list": 273, "splice": 275, "signalfd": 282, "timerfd_create": 283, "eventfd": 284,
    "fanotify_init": 300, "prlimit64": 302, "name_to_handle_at": 303, "open_by_handle_at": 304, "setns": 308,
    "process_vm_readv": 310, "process_vm_writev": 311, "seccomp": 317, "getrandom": 318, "memfd_create": 319,
    "bpf": 321, "execveat": 322, "userfaultfd": 323, "membarrier": 324, "pkey_mprotect": 329, "rseq": 334,
    "perf_event_open": 298, "capset": 126,
}  # fmt: skip
AARCH64: Final = {
    "getcwd": 17, "eventfd2": 19, "epoll_create1": 20, "dup": 23, "dup3": 24, "fcntl": 25, "ioctl": 29, "mknodat": 33,
    "mkdirat": 34, "unlinkat": 35, "symlinkat": 36, "umount2": 39, "mount": 40, "pivot_root": 41, "truncate": 45,
    "ftruncate": 46, "faccessat": 48, "chdir": 49, "chroot": 51, "fchmodat": 53, "openat": 56, "close": 57,
    "pipe2": 59, "getdents64": 61, "lseek": 62, "read": 63, "write": 64, "readv": 65, "pread64": 67, "ppoll": 73,
    "splice": 76, "readlinkat": 78, "newfstatat": 79, "fstat": 80, "capset": 91, "personality": 92, "exit": 93,
    "exit_group": 94, "unshare": 97, "futex": 98, "set_robust_list": 99, "nanosleep": 101, "timer_create": 107,
    "clock_gettime": 113, "clock_getres": 114, "clock_nanosleep": 115, "ptrace": 117, "sched_setscheduler": 119,
    "sched_getaffinity": 123, "sched_yield": 124, "restart_syscall": 128, "kill": 129, "tkill": 130, "tgkill": 131,
    "sigaltstack": 132, "rt_sigaction": 134, "rt_sigprocmask": 135, "rt_sigreturn": 139, "setuid": 146, "times": 153,
    "setsid": 157, "uname": 160, "getrusage": 165, "prctl": 167, "gettimeofday": 169, "getpid": 172, "getuid": 174,
    "geteuid": 175, "getgid": 176, "getegid": 177, "gettid": 178, "sysinfo": 179, "msgget": 186, "semget": 190,
    "shmget": 194, "socket": 198, "socketpair": 199, "bind": 200, "connect": 203, "sendto": 206, "brk": 214,
    "munmap": 215, "mremap": 216, "add_key": 217, "request_key": 218, "keyctl": 219, "clone": 220, "execve": 221,
    "mmap": 222, "mprotect": 226, "madvise": 233, "perf_event_open": 241, "prlimit64": 261, "fanotify_init": 262,
    "name_to_handle_at": 264, "open_by_handle_at": 265, "setns": 268, "process_vm_readv": 270,
    "process_vm_writev": 271, "seccomp": 277, "getrandom": 278, "memfd_create": 279, "bpf": 280, "execveat": 281,
    "userfaultfd": 282, "membarrier": 283, "pkey_mprotect": 288, "rseq": 293,
}  # fmt: skip
SHARED: Final = {
    "pidfd_send_signal": 424, "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427, "open_tree": 428,
    "fsopen": 430, "pidfd_open": 434, "clone3": 435, "close_range": 436, "openat2": 437, "pidfd_getfd": 438,
    "faccessat2": 439, "process_madvise": 440, "landlock_create_ruleset": 444, "landlock_add_rule": 445,
    "landlock_restrict_self": 446, "memfd_secret": 447,
}  # fmt: skip
"""Numbers that are the same on all processors."""

AUDIT_ARCH: Final = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
PR_SET_PDEATHSIG: Final = 1
PR_SET_DUMPABLE: Final = 4
PR_SET_NO_NEW_PRIVS: Final = 38


class NotSupported(OSError):
    """This machine lacks what is needed; the message says what."""


def machine() -> str:
    """`x86_64` or `aarch64`. Raises NotSupported elsewhere, and where the system is not a 64-bit Linux."""
    name = {"arm64": "aarch64", "amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    if not sys.platform.startswith("linux") or sys.maxsize < 2**32 or name not in AUDIT_ARCH:
        raise NotSupported(f"needs 64-bit Linux on x86-64 or aarch64, this is {sys.platform} on {platform.machine()}")
    return name


@cache
def numbers(name: str) -> dict[str, int]:
    """The numbers of system calls on a processor, by name."""
    return {**(X86_64 if name == "x86_64" else AARCH64), **SHARED}


@cache
def _libc() -> Any:
    return ctypes.CDLL(None, use_errno=True)


def call(number: int, *arguments: Any) -> int:
    """The system call with this number. Raises OSError with its error number."""
    function = _libc().syscall
    function.restype = ctypes.c_long
    given = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    result = int(function(ctypes.c_long(number), *given))
    if result == -1:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result


class Prepared:
    """A system call whose arguments are known, to be made later with as little as possible."""

    def __init__(self, number: int, *arguments: Any) -> None:
        self._function = _libc().syscall
        self._function.restype = ctypes.c_long
        self._given = [ctypes.c_long(a) if isinstance(a, int) else a for a in (number, *arguments)]

    def __call__(self) -> None:
        """Raises OSError with its error number."""
        if self._function(*self._given) == -1:
            error = ctypes.get_errno()
            raise OSError(error, os.strerror(error))


def prctl(option: int, value: int, third: Any = 0) -> int:
    """`prctl`. Raises OSError."""
    return call(numbers(machine())["prctl"], option, value, third, 0, 0)
