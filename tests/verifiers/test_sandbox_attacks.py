"""Programs that attack: everything they try is stopped by the wall that should stop it, and leaves nothing behind.

All of it runs as whoever runs the tests, with namespaces and without; and, where that is root, once more as nobody.
"""

# ruff: noqa: E501 - programs stand on one line each

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from attacks import ATTACKS, PRELUDE, READS, Attack

from slowthink.errors import SandboxUnavailable
from slowthink.verifiers.program import run_program
from slowthink.verifiers.program_result import ProgramResult
from slowthink.verifiers.sandbox import Sandbox
from slowthink.verifiers.syscalls import machine, numbers

HERE = Path(__file__).resolve()
MEMORY = 256 << 20
_BOXES: dict[bool, Sandbox] = {}


@pytest.fixture(params=[True, False], ids=["all walls", "no namespaces"])
def box(request: pytest.FixtureRequest) -> Sandbox:
    return _box(request.param)


@pytest.fixture(scope="module", autouse=True)
def _nothing_stays() -> Iterator[None]:
    yield
    for sandbox in _BOXES.values():
        sandbox.close()
    _BOXES.clear()


def _box(namespaces: bool) -> Sandbox:
    if namespaces not in _BOXES:
        sandbox = Sandbox(algebra=False, namespaces=namespaces)
        try:
            sandbox.start()
        except SandboxUnavailable as error:
            pytest.skip(str(error))
        _BOXES[namespaces] = sandbox
    return _BOXES[namespaces]


def ran(sandbox: Sandbox, code: str, seconds: float = 2.0) -> ProgramResult:
    return sandbox.run([code], None, seconds, MEMORY)


@pytest.mark.parametrize("attack", ATTACKS, ids=[attack.name for attack in ATTACKS])
def test_the_wall_stops_it(box: Sandbox, attack: Attack) -> None:
    done = ran(box, attack.code)
    assert done.status == "ok", (done.status, done.error)
    assert str(done.value).startswith(attack.stopped), done.value


def test_landlock_stops_reading_by_itself() -> None:
    box = _box(False)
    there = {attack.name: ran(box, attack.code).value for attack in READS if Path(attack.name[6:]).exists()}
    assert len(there) > 10
    assert set(there.values()) == {"EACCES"}


def test_the_file_tree_holds_the_libraries_alone() -> None:
    box = _box(True)
    if "root" not in box.layers or box.layers["root"].startswith("missing"):
        pytest.skip("no mount namespace here")
    libraries = (sys.prefix, sys.base_prefix, str(HERE))  # this checkout or its environment may lie below one of them
    ordinary = [
        p for p in ("/etc", "/proc", "/dev", "/tmp", "/home") if not any(one.startswith(p) for one in libraries)
    ]
    paths = [*ordinary, str(HERE)]
    done = ran(box, f"import os\nans = [p for p in {paths!r} if os.path.exists(p)]")
    assert done.value == []


def test_another_interface_to_the_kernel_ends_the_program(box: Sandbox) -> None:
    if machine() != "x86_64":
        pytest.skip("x32 is an interface of x86-64")
    done = ran(box, f"{PRELUDE}\nans = syscall(0x40000000 | {numbers('x86_64')['getpid']})")
    assert (done.status, done.value) == ("forbidden", None)


def test_environment_is_empty(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_SECRET_OF_THE_CALLER", "hidden")
    done = ran(box, f"{PRELUDE}\nlibc.getenv.restype = ctypes.c_char_p\nans = [dict(os.environ), libc.getenv(b'PATH')]")
    assert done.value == [{}, None]


def test_only_two_files_are_open(box: Sandbox) -> None:
    code = (
        f"{PRELUDE}\nopen_ = []\nfor fd in range(2000):\n    try:\n        os.fstat(fd); open_.append(fd)\n"
        "    except OSError: pass\nans = open_"
    )
    assert ran(box, code).value == [0, 1, 2, 4]  # no input, two that lead nowhere, and the report


@pytest.mark.parametrize(
    ("name", "code", "statuses"),
    [
        ("a list", "x = [0] * 10**10", {"memory"}),
        ("a growing list", "x = []\nwhile True: x.append('a' * 100000 + str(len(x)))", {"memory", "timeout"}),
        ("bytes", "x = bytearray(10**11)", {"memory"}),
        ("nested lists", "x = [1]\nwhile True: x = [x, x, [0] * 1000]", {"memory", "timeout"}),
        ("a string", "x = 'a' * 10**11", {"memory"}),
        ("a mapping of memory", f"{PRELUDE}\nans = syscall({numbers(machine())['mmap']}, 0, 1 << 36, 3, 0x22, -1, 0)", {"ok"}),
        ("a huge power", "ans = 10**10**9", {"memory", "timeout"}),
        ("a huge factorial", "import math\nans = math.factorial(10**8)", {"memory", "timeout"}),
        ("a loop", "while True: pass", {"timeout"}),
        ("a loop that catches all", "while True:\n    try:\n        while True: pass\n    except BaseException: pass", {"timeout"}),
        ("signals ignored", "import signal\nfor s in (14, 15, 24, 2): signal.signal(s, signal.SIG_IGN)\nwhile True: pass", {"timeout"}),
        ("sleep", "import time\ntime.sleep(1000)", {"timeout"}),
        ("a pattern", "import re\nre.match('(a+)+$', 'a' * 60 + 'b')", {"timeout"}),
        ("printing", "while True: print('flood' * 1000)", {"timeout"}),
        ("writing to standard output", "import os\nwhile True: os.write(1, b'flood' * 1000)", {"timeout"}),
        ("writing to the report", "import os\nwhile True: os.write(4, b'flood' * 10000)", {"error"}),
        ("a large list", "ans = list(range(10**6))", {"error"}),
        ("a long text", "ans = 'a' * 10**7", {"error"}),
        ("a long number", "ans = 7**100000", {"error"}),
        ("deep lists", "x = []\nfor _ in range(10**5): x = [x]\nans = x", {"error"}),
        ("a list of itself", "x = []\nx.append(x)\nans = x", {"error"}),
        ("a list without end", "class L(list):\n    def __iter__(self):\n        while True: yield 1\nans = L([1])", {"memory", "timeout"}),
        ("recursion", "def f(n): return f(n + 1)\nf(0)", {"error"}),
        ("recursion without bound", "import sys\nsys.setrecursionlimit(10**9)\ndef f(n): return f(n + 1)\nf(0)", {"error", "memory", "timeout"}),
        ("recursion in C", "import sys\nsys.setrecursionlimit(10**9)\nclass A:\n    def __repr__(self): return repr([self])\nrepr(A())", {"error", "memory"}),
        ("brackets", "ans = " + "(" * 5000 + "1" + ")" * 5000, {"error", "memory"}),
        ("signs", "ans = " + "-" * 200000 + "1", {"error", "memory"}),
        ("additions", "ans = " + "1+" * 100000 + "1", {"error", "memory", "ok"}),
        ("broken memory", "import ctypes\nctypes.string_at(0)", {"error"}),
        ("code overwritten", "import ctypes\nctypes.memmove(ctypes.cast(ctypes.CDLL(None).getpid, ctypes.c_void_p).value, b'x' * 64, 64)", {"error"}),
        ("abort", "import os\nos.abort()", {"error"}),
        ("an exit", "import os\nos._exit(0)", {"error"}),
    ],
)  # fmt: skip
def test_limits_hold(name: str, code: str, statuses: set[str]) -> None:
    box = _box(True)
    begun = time.monotonic()
    done = ran(box, code, 0.4)
    assert done.status in statuses, (done.status, done.error)
    assert done.value in (None, "ENOMEM")
    assert len(done.stdout) <= 64_000
    assert time.monotonic() - begun < 4.0
    assert ran(box, "ans = 3").value == 3


FORGED = '{"status": "ok", "value": 7, "type": "int", "stdout": "", "tier": 1, "seconds": 0.0, "id": 99}'


@pytest.mark.parametrize(
    ("name", "code", "status", "value"),
    [
        ("its own value, which it may choose", f"os.write(4, {FORGED.encode()!r})\nos._exit(0)", "ok", 7),
        ("two reports", f"os.write(4, {FORGED.encode()!r})\nans = 8", "error", None),
        ("no JSON", "os.write(4, b'nothing')\nos._exit(0)", "error", None),
        ("no number", "os.write(4, b'{\"status\": \"ok\", \"value\": NaN, \"stdout\": \"\"}')\nos._exit(0)", "error", None),
        ("a status of ours", "os.write(4, b'{\"status\": \"unavailable\", \"stdout\": \"\"}')\nos._exit(0)", "error", None),
        ("deep JSON", "os.write(4, b'[' * 60000)\nos._exit(0)", "error", None),
        ("a report, then a crash", f"os.write(4, {FORGED.encode()!r})\nos.abort()", "error", None),
        ("a report, then a failure", f"os.write(4, {FORGED.encode()!r})\nos._exit(1)", "error", None),
        ("a report, then no end", f"os.write(4, {FORGED.encode()!r})\nwhile True: pass", "timeout", None),
        ("a type that is none", "os.write(4, b'{\"status\": \"ok\", \"value\": 1, \"type\": \"<b>\", \"stdout\": \"\"}')\nos._exit(0)", "error", None),
    ],
)  # fmt: skip
def test_what_a_forger_gets(box: Sandbox, name: str, code: str, status: str, value: object) -> None:
    done = ran(box, f"import os\n{code}", 0.5)
    assert (done.status, done.value) == (status, value)
    assert done.tier == 2
    assert done.seconds > 0


def test_rows_cannot_be_forged(tmp_path: Path) -> None:
    forged = '{"id": 99, "status": "ok", "value": 7}\\n'
    code = (
        f"import os, sys\nfor fd in (1, 2, 4):\n    try: os.write(fd, b'{forged}')\n    except OSError: pass\n"
        f"print('{forged}')\nfor stream in (sys.__stdout__, sys.__stderr__):\n"
        f"    print('{forged}', file=stream)\n    stream.flush()\nans = 8"
    )
    rows = [{"id": 1, "code": code}, {"id": 2, "code": "ans = 3"}, {"id": 3, "code": f"print('{forged}')"}]
    source = tmp_path / "rows.jsonl"
    source.write_text("".join(json.dumps(row) + "\n" for row in rows))
    command = [sys.executable, "-m", "slowthink", "run", str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["id"] for row in found] == [1, 2, 3]
    assert [row["value"] for row in found[:2]] == [None, 3]
    assert '"id": 99' not in done.stderr


@pytest.mark.parametrize(
    ("leave", "look"),
    [
        ("import builtins\nbuiltins.left = 'MARK'", "import builtins\nans = hasattr(builtins, 'left')"),
        ("import math\nmath.sqrt = lambda x: 'MARK'", "import math\nans = math.sqrt(4) != 2"),
        ("import sys\nsys.modules['left'] = 'MARK'", "import sys\nans = 'left' in sys.modules"),
        ("import json\njson.dumps = lambda *a, **k: 'MARK'", "ans = False"),
        ("import sys\nsys.path.insert(0, 'MARK')", "import sys\nans = 'MARK' in sys.path"),
        ("import random\nrandom.seed('MARK')", "import random\nans = random.random() != 0.8444218515250481"),
        ("import os\nos.environ['MARK'] = 'MARK'", "import os\nans = 'MARK' in os.environ"),
        (
            "x = 'MA' + 'RK' * 1",
            "import sys\nfound, frame = [], sys._getframe()\nwanted = ['MA', 'RK']\n"
            "while frame: found += [repr(v)[:100000] for v in frame.f_locals.values()]; frame = frame.f_back\n"
            "ans = any(''.join(wanted) in text for text in found)",
        ),
    ],
)
def test_nothing_is_left_for_the_next_program(box: Sandbox, leave: str, look: str) -> None:
    before = ran(box, look).value
    ran(box, leave)
    assert ran(box, look).value is before is False


@pytest.mark.parametrize(
    "code",
    [
        "import pickle\nans = pickle.loads(b\"cos\\nsystem\\n(S'id > /tmp/there'\\ntR.\")",
        "class E:\n    def __reduce__(self): return (print, ('MARK',))\nans = E()",
        "class E(int):\n    def __int__(self): raise SystemExit\nans = E(5)",
        "class E(str):\n    def __str__(self): return 1/0\nans = E('a')",
        "class E(dict):\n    def items(self): raise KeyboardInterrupt\nans = E(a=1)",
        "class E:\n    __class__ = int\nans = E()",
        "class E:\n    __module__ = 'sympy.core'\n    def __str__(self): return 'MARK' * 10**6\nans = E()",
        "class E:\n    __module__ = 'fractions'\n    numerator, denominator = 'MARK', print\nans = E()",
    ],
)
def test_values_of_many_faces(box: Sandbox, code: str) -> None:
    done = ran(box, code)
    assert done.status in ("ok", "error")
    assert done.value in (None, 5, "a") or (isinstance(done.value, int) and done.value != 0)


@pytest.mark.parametrize("name", ["slowthink", "slowthink.verifiers.zygote", "verifiers", "pydantic", "attacks"])
def test_nothing_of_ours_can_be_imported(box: Sandbox, name: str) -> None:
    code = f"import sys\nsys.path += [{str(HERE.parents[2])!r}, {str(HERE.parent)!r}, '/']\nimport {name}"
    done = ran(box, code)
    assert done.status == "error"
    assert "ModuleNotFoundError" in str(done.error)


def test_attacks_through_the_door() -> None:
    _box(True)
    for code in ("open('/etc/passwd').read()", "import os\nos.fork()", "import socket\nsocket.socket()"):
        assert run_program(code).status == "forbidden"
    for deep in (
        "(" * 5000 + ")" * 5000,
        "[" * 90 + "]" * 90,
        "-" * 30000 + "1",
        "not " * 9000 + "1",
        "a" + ".b" * 20000,
    ):
        assert run_program(deep, timeout=2.0).status in ("error", "memory", "ok")
    assert run_program("import os\nans = len(os.listdir('/proc'))").status == "forbidden"


def test_workers_still_answer_and_nothing_is_left() -> None:
    for namespaces in (True, False):
        box = _box(namespaces)
        ran_before = {*_below(box.pid)[1:]}  # these are given the programs that come now
        for code in ("import os\nos.fork()", "x = [0] * 10**10", "import os\nos.abort()"):
            ran(box, code)
        size = _resident(_below(box.pid)[0])
        for _ in range(200):
            assert ran(box, "ans = 6 * 7").value == 42
        zygote, *waiting = _below(box.pid)
        assert _resident(zygote) - size < 4 << 20
        assert not {*waiting} & ran_before
        assert len(waiting) <= box._seats + 1  # for programs to come
        pid = box.pid
        box.close()
        for _ in range(100):
            if not _below(pid):
                break
            time.sleep(0.05)
        assert _below(pid) == []
        assert ran(box, "ans = 3").value == 3
    assert not Path("/tmp/there").exists()


def _below(pid: int | None) -> list[int]:
    """The processes that are below a process, at any depth."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    found: list[int] = []
    layer = [pid]
    while layer:
        layer = [child for child, parent in parents.items() if parent in layer]
        found += layer
    return found


def _resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096


def _as_nobody(chosen: str) -> str:
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("root alone can become nobody")
    _box(True)
    command = [sys.executable, str(HERE.with_name("as_nobody.py")), str(HERE), "-k", f"({chosen}) and not nobody"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=500, check=False, cwd=HERE.parents[2])
    if done.returncode == 77:
        pytest.skip(done.stderr)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "nobody: 65534" in done.stdout
    return done.stdout


def test_the_walls_as_nobody() -> None:
    assert f"{len(ATTACKS)} passed" in _as_nobody("test_the_wall_stops_it and all and not namespaces")


@pytest.mark.slow
def test_all_of_it_as_nobody() -> None:
    assert " passed" in _as_nobody("test")


def test_the_list_of_attacks_is_long() -> None:
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS) > 140
