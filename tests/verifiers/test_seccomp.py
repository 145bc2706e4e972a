"""The filter of system calls, run here by an interpreter of its own: on both processors, for every number."""

import struct

import pytest

from slowthink.verifiers.seccomp import ALLOWED, PROT_EXEC, WITH_VALUES, WITHOUT_BITS, filter_for
from slowthink.verifiers.syscalls import AUDIT_ARCH, numbers

ALLOW, KILL, REFUSE = 0x7FFF0000, 0x80000000, 0x00050001
MACHINES = ("x86_64", "aarch64")


def answer(code: bytes, arch: int, number: int, arguments: tuple[int, ...] = ()) -> int:
    """What the filter says to a call, by the rules of classic BPF."""
    given = [*arguments, 0, 0, 0, 0, 0, 0][:6]
    data = struct.pack("<IIQ6Q", number, arch, 0, *(argument % 2**64 for argument in given))
    at = accumulator = 0
    while True:
        operation, if_true, if_false, value = struct.unpack_from("<HBBI", code, 8 * at)
        at += 1
        if operation == 0x20:
            (accumulator,) = struct.unpack_from("<I", data, value)
        elif operation == 0x54:
            accumulator &= value
        elif operation == 0x06:
            return int(value)
        else:
            holds = accumulator == value if operation == 0x15 else accumulator >= value
            assert operation in (0x15, 0x35)
            at += if_true if holds else if_false


@pytest.mark.parametrize("machine", MACHINES)
def test_every_number_without_an_argument_rule(machine: str) -> None:
    code, known = filter_for(machine), numbers(machine)
    ruled = {known[name] for name, *_ in (*WITHOUT_BITS, *WITH_VALUES) if name in known}
    allowed = {known[name] for name in ALLOWED if name in known}
    for number in range(600):
        if number not in ruled:
            wanted = ALLOW if number in allowed else REFUSE
            assert answer(code, AUDIT_ARCH[machine], number) == wanted, number


@pytest.mark.parametrize("machine", MACHINES)
def test_nothing_dangerous_is_on_the_list(machine: str) -> None:
    names = "clone clone3 fork execve socket connect kill ptrace prctl seccomp bpf mount unshare memfd_create ioctl dup"
    assert not set(names.split()) & {*ALLOWED}
    code, known = filter_for(machine), numbers(machine)
    assert {answer(code, AUDIT_ARCH[machine], known[name]) for name in names.split() if name in known} == {REFUSE}


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("arch", [0xC000003E, 0xC00000B7, 0x40000003, 0x40000028, 0])
def test_calls_of_another_processor_end_the_process(machine: str, arch: int) -> None:
    code = filter_for(machine)
    found = {answer(code, arch, number) for number in range(500)}
    assert (found == {KILL}) == (arch != AUDIT_ARCH[machine])


def test_the_x32_interface_ends_the_process() -> None:
    code = filter_for("x86_64")
    assert {answer(code, AUDIT_ARCH["x86_64"], 0x40000000 | number) for number in range(600)} == {KILL}
    assert answer(code, AUDIT_ARCH["x86_64"], 0xFFFFFFFF) == KILL


@pytest.mark.parametrize("machine", MACHINES)
def test_arguments(machine: str) -> None:
    code, known, arch = filter_for(machine), numbers(machine), AUDIT_ARCH[machine]
    for name in ("mmap", "mprotect"):
        assert answer(code, arch, known[name], (0, 4096, 3)) == ALLOW
        assert answer(code, arch, known[name], (0, 4096, PROT_EXEC | 1)) == REFUSE
        assert answer(code, arch, known[name], (0, 4096, 2**32 + PROT_EXEC)) == REFUSE
    for flags in (0o1, 0o2, 0o100, 0o1000, 0o2000, 0o10000000, 0o20200000, 0o102):
        assert answer(code, arch, known["openat"], (-100, 0, flags)) == REFUSE
    assert answer(code, arch, known["openat"], (-100, 0, 0o2000000)) == ALLOW
    assert answer(code, arch, known["prlimit64"], (0, 9, 0, 1)) == ALLOW
    for pointer in (1, 2**32, 2**63):
        assert answer(code, arch, known["prlimit64"], (0, 9, pointer, 0)) == REFUSE
    assert answer(code, arch, known["fcntl"], (4, 1)) == ALLOW
    assert answer(code, arch, known["fcntl"], (4, 0)) == REFUSE
    assert answer(code, arch, known["fcntl"], (4, 2**32 + 1)) == REFUSE
