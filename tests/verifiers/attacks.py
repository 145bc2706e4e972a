# ruff: noqa: E501 - tables
"""Attacks on the second tier: what each tries, and which wall must be what stops it.

Each program reports in `ans` what came of its attempt: the name of an error, or `done`. The outcomes that say that the
wall in question stopped it are what an attack expects, and nothing else.
"""

from dataclasses import dataclass

from slowthink.verifiers.syscalls import machine, numbers

PRELUDE = """
import ctypes, errno, os
libc = ctypes.CDLL(None, use_errno=True)
def tried(what, *args):
    try:
        got = what(*args)
    except OSError as error:
        return errno.errorcode.get(error.errno, repr(error))
    except BaseException as error:
        return type(error).__name__ + ": " + str(error)[:60]
    return "done: " + repr(got)[:60]
def syscall(number, *args):
    result = libc.syscall(number, *[ctypes.c_long(a) if isinstance(a, int) else a for a in args])
    return "done" if result != -1 else errno.errorcode[ctypes.get_errno()]
buffer = ctypes.create_string_buffer(4096)
"""
FILTER = ("EPERM",)
"""The filter of system calls."""
MAPPING = ("ImportError",)
"""The filter again: nothing is mapped into memory that can be executed, so no module with machine code is loaded."""
FILES = ("EACCES", "ENOENT")
"""Landlock, or the file tree in which nothing else is; without namespaces Landlock alone: EACCES."""


@dataclass(frozen=True)
class Attack:
    """`code` sets `ans` to what came of it, which must be one of `stopped`."""

    name: str
    code: str
    stopped: tuple[str, ...]


def _each(kind: str, stopped: tuple[str, ...], attempts: dict[str, str]) -> list[Attack]:
    return [Attack(f"{kind}: {name}", f"{PRELUDE}\nans = {code}", stopped) for name, code in attempts.items()]


def _calls(kind: str, names: str, arguments: str = "0, 0, 0, 0, 0") -> list[Attack]:
    known = numbers(machine())
    attempts = {name: f"syscall({known[name]}, {arguments})" for name in names.split() if name in known}
    return _each(kind, FILTER, attempts)


READS = _each(
    "read",
    FILES,
    {
        path: f"tried(os.{how}, {path!r}{', os.O_RDONLY' if how == 'open' else ''})"
        for path, how in (
            ("/etc/passwd", "open"), ("/etc/shadow", "open"), ("/etc/hostname", "open"), ("/proc/self/environ", "open"),
            ("/proc/1/environ", "open"), ("/proc/self/maps", "open"), ("/proc/self/mem", "open"),
            ("/proc/self/cmdline", "open"), ("/proc/version", "open"), ("/dev/mem", "open"), ("/dev/null", "open"),
            ("/dev/urandom", "open"), ("/dev/tty", "open"), ("/tmp", "listdir"), ("/home", "listdir"),
            ("/root", "listdir"), ("/proc", "listdir"), ("/proc/self/fd", "listdir"), ("/", "listdir"),
            ("/sys", "listdir"), ("/dev/shm", "listdir"), ("/work", "listdir"), (__file__, "open"),
        )
    },
)  # fmt: skip
WRITES = _each(
    "write",
    FILTER,
    {
        "create": "tried(os.open, '/tmp/there', os.O_WRONLY | os.O_CREAT)",
        "create beside a library": "tried(os.open, os.path.dirname(os.__file__) + '/there', os.O_WRONLY | os.O_CREAT)",
        "append to a library": "tried(os.open, os.__file__, os.O_WRONLY | os.O_APPEND)",
        "open for both": "tried(os.open, os.__file__, os.O_RDWR)",
        "read with truncation": "tried(os.open, os.__file__, os.O_RDONLY | os.O_TRUNC)",
        "temporary file": "tried(os.open, '/tmp', os.O_WRONLY | os.O_TMPFILE)",
        "path only": "tried(os.open, '/', os.O_PATH)",
        "open()": "tried(open, '/tmp/there', 'w')",
        "mkdir": "tried(os.mkdir, '/tmp/there')",
        "unlink": "tried(os.unlink, os.__file__)",
        "rename": "tried(os.rename, os.__file__, '/tmp/there')",
        "symlink": "tried(os.symlink, '/etc/passwd', '/tmp/there')",
        "link": "tried(os.link, os.__file__, '/tmp/there')",
        "truncate": "tried(os.truncate, os.__file__, 0)",
        "chmod": "tried(os.chmod, os.__file__, 0o777)",
        "chown": "tried(os.chown, os.__file__, 0, 0)",
        "mknod": "tried(os.mknod, '/tmp/there')",
        "mkfifo": "tried(os.mkfifo, '/tmp/there')",
        "utime": "tried(os.utime, os.__file__)",
        "setxattr": "tried(os.setxattr, os.__file__, 'user.a', b'b')",
        "chdir": "tried(os.chdir, '/tmp')",
        "chroot": "tried(os.chroot, '/tmp')",
    },
)
PROCESSES = [
    *_each(
        "process",
        FILTER,
        {
            "fork": "tried(os.fork)",
            "terminal": "tried(os.openpty)",
            "exec": "tried(os.execv, '/bin/sh', ['sh'])",
            "spawn": "tried(os.posix_spawn, '/bin/sh', ['sh'], {})",
            "posix_spawnp": "tried(os.posix_spawnp, 'sh', ['sh'], {})",
            "subclasses": "tried([c for c in ().__class__.__base__.__subclasses__() if c.__name__ == '_wrap_close'][0]"
            ".__init__.__globals__['fork'])",
            "fork bomb": "{tried(os.fork) for _ in range(1000)}.pop()",
        },
    ),
    *_calls("process by number", "clone clone3 vfork fork execve execveat setsid"),
    Attack("process: os.system", f"{PRELUDE}\nans = 'EPERM' if os.system('id') != 0 else 'done'", FILTER),
    Attack(
        "process: thread",
        f"{PRELUDE}\nimport _thread\nans = tried(_thread.start_new_thread, print, ())",
        ("RuntimeError: can't start new thread",),
    ),
]
SOCKETS = [
    *_each(
        "socket",
        FILTER,
        {
            name: f"tried(__import__('socket').socket, {family}, {kind})"
            for name, family, kind in (
                ("TCP", 2, 1), ("UDP", 2, 2), ("TCP on IPv6", 10, 1), ("raw", 2, 3), ("unix", 1, 1), ("netlink", 16, 3),
                ("packet", 17, 3), ("crypto", 38, 5), ("bluetooth", 31, 1), ("virtual machine", 40, 1), ("xdp", 44, 3),
            )
        },
    ),
    *_each("socket", FILTER, {"pair": "tried(__import__('socket').socketpair)"}),
    *_calls("socket by number", "socket connect bind sendto socketpair"),
]  # fmt: skip
OTHERS = [
    *_each(
        "signal",
        FILTER,
        {
            "parent": "tried(os.kill, os.getppid(), 9)",
            "first process": "tried(os.kill, 1, 9)",
            "everyone": "tried(os.kill, -1, 9)",
            "group": "tried(os.killpg, 0, 9)",
            "itself": "tried(os.kill, os.getpid(), 10)",
            "by descriptor": "tried(os.pidfd_open, os.getppid())",
        },
    ),
    *_calls("signal by number", "kill tkill tgkill pidfd_open pidfd_send_signal pidfd_getfd"),
    *_calls("look into others", "ptrace process_vm_readv process_vm_writev process_madvise perf_event_open"),
    *_calls(
        "kernel",
        "io_uring_setup io_uring_enter io_uring_register memfd_create memfd_secret userfaultfd bpf keyctl add_key "
        "request_key prctl arch_prctl seccomp unshare setns mount umount2 chroot pivot_root personality shmget semget "
        "msgget inotify_init fanotify_init signalfd timerfd_create timer_create eventfd eventfd2 epoll_create "
        "epoll_create1 splice capset setuid setrlimit sched_setscheduler landlock_create_ruleset landlock_restrict_self "
        "openat2 open_by_handle_at name_to_handle_at open_tree fsopen io_setup pkey_mprotect dup dup2 dup3 pipe pipe2 ioctl "
        "poll ppoll ftruncate",
    ),
    *_each(
        "limit",
        FILTER,
        {
            "set": f"syscall({numbers(machine())['prlimit64']}, 0, 9, ctypes.addressof(buffer), 0)",
            "of others": "tried(__import__('resource').prlimit, os.getppid(), 9, (0, 0))",
            "nice": "tried(os.nice, -5)",
        },
    ),
    *_each(
        "machine code",
        FILTER,
        {
            "mmap": f"syscall({numbers(machine())['mmap']}, 0, 4096, 7, 0x22, -1, 0)",
            "mmap with other high bits": f"syscall({numbers(machine())['mmap']}, 0, 4096, 0x100000007, 0x22, -1, 0)",
            "mprotect": f"syscall({numbers(machine())['mprotect']}, ctypes.addressof(buffer) & ~4095, 4096, 7)",
        },
    ),
]
MODULES = _each(
    "module with machine code",
    MAPPING,
    {
        name: f"tried(lambda: __import__('{name}'){use})"
        for name, use in (
            ("subprocess", ".run(['id'])"), ("multiprocessing", ".Pipe()"), ("asyncio", ".new_event_loop()"),
            ("fcntl", ".ioctl(4, 0x5412, b'x')"), ("mmap", ".mmap(-1, 4096)"), ("_posixshmem", ""), ("readline", ""),
        )
    },
)  # fmt: skip
ATTACKS = [*READS, *WRITES, *PROCESSES, *SOCKETS, *OTHERS, *MODULES]
