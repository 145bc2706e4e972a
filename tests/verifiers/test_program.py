"""What programs come to: results and their types, both tiers alike, limits, and what is not run at all."""

import asyncio
import json
import math
import subprocess
import sys
import threading
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from program_samples import program

from slowthink.budget import Ledger
from slowthink.errors import InputError, ModelUnavailable, SandboxUnavailable
from slowthink.mind import Mind
from slowthink.replay import Replay
from slowthink.senses import Senses
from slowthink.trace import Ran, Trace, read_trace
from slowthink.types import Budget
from slowthink.verifiers import program as programs
from slowthink.verifiers import sandbox as sandboxes
from slowthink.verifiers import unconfined
from slowthink.verifiers.interpreter import Interpreter
from slowthink.verifiers.program import run_program, run_programs, sandbox_report
from slowthink.verifiers.program_result import ProgramResult
from slowthink.verifiers.program_routes import route
from slowthink.verifiers.program_values import MAX_ITEMS, NotData, encode
from slowthink.verifiers.sandbox import Sandbox
from slowthink.verifiers.syscalls import NotSupported

INTERPRETER = Interpreter()
PLAIN = Sandbox(algebra=False)


@pytest.fixture(scope="module", autouse=True)
def _end() -> Any:
    yield
    INTERPRETER.close()
    PLAIN.close()
    programs.close()


def second(code: str, seconds: float = 5.0) -> ProgramResult:
    try:
        return PLAIN.run([code], None, seconds, 1 << 28)
    except SandboxUnavailable as error:
        pytest.skip(str(error))


@pytest.mark.parametrize(
    ("code", "value", "kind"),
    [
        ("ans = 6 * 7", 42, "int"),
        ("def solution():\n    return 2.5\nans = 1", 2.5, "float"),
        ("answer = 'x'", "x", "str"),
        ("ans = 1\nanswer = 2", 1, "int"),
        ("x = 3\nx + 1", 4, "int"),
        ("x = 3\nprint(x)", "3", "str"),
        ("x = 3", None, None),
        ("ans = None", None, "none"),
        ("solution = 5\nans = 4", 4, "int"),
        ("def solution(x):\n    return x\nans = 4", 4, "int"),
        ("def solution(x=3):\n    return x", 3, "int"),
        ("ans = 1/3", 1 / 3, "float"),
        ("ans = float('inf')", "inf", "float"),
        ("ans = 2**200", 2**200, "int"),
        ("ans = [1, (2.5, 'a'), None]", [1, [2.5, "a"], None], "list[int|none|tuple[float|str]]"),
        ("ans = {3, 1, 2}", [1, 2, 3], "set[int]"),
        ("ans = {'a': 1, 2: [True]}", {"a": 1, "2": [True]}, "dict[int|list[bool]]"),
        ("ans = round(2.675, 2)", 2.67, "float"),
        ("from fractions import Fraction\nans = Fraction(6, 4)", "3/2", "fraction"),
        ("from decimal import Decimal\nans = Decimal('1.10')", "1.10", "decimal"),
        ("ans = Rational(1, 3)", "1/3", "fraction"),
        ("ans = Rational(4, 2)", 2, "int"),
        ("ans = sqrt(8)", "2*sqrt(2)", "expression"),
        ("x = Symbol('x')\nsolve(x**2 - 2, x)", ["-sqrt(2)", "sqrt(2)"], "list[expression]"),
        ("x = Symbol('x')\nans = solve_it(2*x - 7, x)[x]", "7/2", "fraction"),
        ("x = Symbol('x', positive=True)\nans = solve_it(x + 7, x)[x]", None, "none"),
        ("a, b = symbols('a b')\nans = solve_it([a + b - 3, a - b - 1], [a, b])[a]", 2, "int"),
        ("import numpy as np\nans = np.float64(1.5) + np.arange(3)", [1.5, 2.5, 3.5], "list[float]"),
        ("ans = (x for x in range(3))", None, None),
        ("ans = print", None, None),
    ],
)
def test_results(code: str, value: object, kind: str | None) -> None:
    done = run_program(code)
    assert (done.value, done.type) == (value, kind)
    assert type(done.value) is type(value)
    assert (done.status == "error") == (code.endswith(("print", "range(3))")))


def test_blocks_share_their_names_and_a_result_can_be_named() -> None:
    assert run_program(["x = 5", "y = x * 2"], "x + y").value == 15
    assert run_program(["x = Symbol('x')", "e = (x + 1)**2"], "expand(e)").value == "x**2 + 2*x + 1"
    assert run_program("def solver():\n    return 9", "solver()").value == 9
    assert run_program("ans = 3", "other").status == "error"
    assert run_program(["x = 1/0", "x = 2\nans = x"]).status == "error"


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("def f(**k):\n    return 8\nf(\nans = 3)", 8),
        ("def f(**k):\n    return 8\nf(\nans = (3)) + (4)", 12),
        ('x = 1\n"""\nans = 3"""', "\nans = 3"),
        ("x = 1\n'\\\nans = 3'", "ans = 3"),
        ("x = 3; x + 4", 7),
        ("x = 3\rx + 4", 7),
        ("if True:\n    ans = 3", 3),
        ("x = y = 5\nx == 4", False),
        ("x = 1 # 5\nx", 1),
        ("x = [1,\n2]", None),
        ("x = (\n1)", None),
        ("ans = (4) # 5", 4),
    ],
)
def test_the_last_statement_counts_where_it_is_an_expression(code: str, value: object) -> None:
    done = second(code)
    assert (done.status, done.value) == ("ok", value)
    assert run_program(code).value == value


def test_one_that_takes_long_holds_up_no_other() -> None:
    try:
        PLAIN.start()
    except SandboxUnavailable as error:
        pytest.skip(str(error))
    slow = [(f"import time\ntime.sleep(2)\nans = {number}", None) for number in (-1, -2)]
    begun = time.monotonic()
    programs = [slow[0], *((f"ans = {number}", None) for number in range(60)), slow[1]]
    assert [done.value for done in run_programs(programs, jobs=2)] == [-1, *range(60), -2]
    assert time.monotonic() - begun < 3.8


def test_what_was_printed_is_kept() -> None:
    done = run_program("print('one', 1.50, end='')\nprint()\nans = 2")
    assert (done.stdout, done.value) == ("one 1.5\n", 2)
    assert run_program("print(1)\nx = 1/0").stdout == "1\n"
    long = run_program("for i in range(30000): print(i)\nans = 1")
    assert (long.status, long.value, len(long.stdout)) == ("ok", 1, 64_000)
    assert run_program("for i in range(30000): print(i)").status == "error"


def test_errors_say_where() -> None:
    done = run_program("x = 1\ny = x + z")
    assert (done.status, done.error) == ("error", "NameError: name 'z' is not defined (line 2)")
    assert "SyntaxError" in str(run_program("x = = 1").error)
    assert run_program("input()").status == "error"


def test_numbers_of_chance_are_the_same_each_time() -> None:
    code = "import random\nans = [random.random(), random.randint(1, 100)]"
    assert run_program(code).value == run_program(code).value


def _compared(seed: int) -> bool:
    """Whether both tiers ran the program of a seed; fails where they do not agree."""
    code = program(seed)
    way = route([code], None)
    assert way.blocks is not None, code
    first = INTERPRETER.run(way, 5.0)
    if first.status != "ok":  # then the second tier has the word
        return False
    other = second(code)
    if other.status == "timeout":  # a factorial of a million, say: how fast a tier is, is no part of what comes out
        return False
    seen = [(done.status, repr(done.value), done.type, done.stdout) for done in (first, other)]
    assert seen[0] == seen[1], code
    return True


def test_both_tiers_come_to_the_same() -> None:
    assert sum(_compared(seed) for seed in range(160)) > 60


@pytest.mark.slow
def test_both_tiers_come_to_the_same_at_length() -> None:
    assert sum(_compared(seed) for seed in range(1000, 9000)) > 3000


@given(st.floats(allow_nan=False, allow_infinity=False, width=64), st.integers(0, 15))
@settings(max_examples=30)
def test_rounding_is_that_of_python(number: float, digits: int) -> None:
    way = route([f"ans = round({number!r}, {digits})"], None)
    done = INTERPRETER.run(way, 2.0)
    if done.status == "ok":
        assert repr(done.value) == repr(round(number, digits))
    else:
        assert abs(number) >= 1e300


@pytest.mark.parametrize(
    "code",
    [
        "import os\nans = 1",
        "ans = open('x')",
        "x = 1\ndel x\nans = 2",
        "class A: pass\nans = 1",
        "def g():\n    yield 1\nans = list(g())",
        "ans = (1).__class__",
        "ans = {1, 2}",
        "ans = eval('1')",
        "ans = Rational(1, 3)",
        "ans = 'a'.encode()",
        "sum = 3\nans = sum",
        "import math as m\nans = m.pi",
        "from math import *\nans = pi",
        "with open('x') as f: pass",
        "x = = 1",
        "ans = (x for x in range(3))",
        "ans = range(3)",
        "ans = {'a': 1}.values()",
        "z = zip([1], [2])\nans = list(z) + list(z)",
        "l = [1, 2]\nfor i, x in enumerate(l):\n    if len(l) < 5: l.append(x)\nans = l",
        "def f(x):\n    print(x)\n    return x\nans = any(f(x) for x in [1, 2])",
        "def f(x):\n    print(x)\n    return x\nfor y in map(f, [1, 2]): print(y)",
        "(" * 100 + ")" * 100,
        "x = 1\n" * 30000,
    ],
)
def test_what_is_not_plain_goes_to_the_second_tier(code: str) -> None:
    assert route([code], None).blocks is None


def test_imports_of_which_nothing_is_used_are_passed_over() -> None:
    way = route(["import numpy as np; import math\nans = math.sqrt(16)"], None)
    assert way.blocks == ("pass; import math\nans = math.sqrt(16)",)
    assert run_program("from sympy import symbols, solve\nimport math\nans = math.sqrt(16)").tier == 1
    assert route(["import numpy as np\nans = np.pi"], None).blocks is None
    assert route(["import os\nans = 1"], None).blocks is None


def test_limits() -> None:
    begun = time.monotonic()
    assert run_program("while True: pass", timeout=0.5).status == "timeout"
    assert run_program("x = [0] * 10**10", timeout=5).status == "memory"
    assert run_program("def f(n): return f(n + 1)\nf(0)").status == "error"
    assert run_program("ans = 9**9**9", timeout=0.5).status in ("memory", "timeout")
    assert time.monotonic() - begun < 5


def test_a_program_that_the_first_tier_has_not_done_in_time_is_done_by_the_second() -> None:
    done = run_program("x = 0\nfor i in range(3000000): x += i\nans = x", timeout=20)
    assert (done.status, done.value) == ("ok", 2999999 * 3000000 // 2)


def test_many_threads_at_once() -> None:
    wrong: list[Any] = []

    def work(number: int) -> None:
        for code in (f"ans = {number} * 2", f"import os\nans = {number} * 2"):
            done = run_program(code)
            if done.value != number * 2:
                wrong.append(done)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_zygote_outlives_the_thread_that_started_it() -> None:
    box = Sandbox(algebra=False)
    try:
        threads = [threading.Thread(target=box.run, args=(["ans = 1"], None, 5.0, 1 << 28)) for _ in range(2)]
        for thread in threads:
            thread.start()
            thread.join()
        pid = box.pid
        assert box.run(["ans = 3"], None, 5.0, 1 << 28).value == 3
        assert box.pid == pid
    except SandboxUnavailable as error:
        pytest.skip(str(error))
    finally:
        box.close()


def test_a_zygote_that_was_killed_is_replaced() -> None:
    second("ans = 1")
    process = PLAIN._process
    assert process is not None
    process.kill()
    process.wait()
    assert second("ans = 4").value == 4


def test_several_programs_in_their_order() -> None:
    given = [(f"ans = {number % 7}", None) for number in range(50)] + [("import os\nans = 9", None), ("x = 2", "x")]
    found = [done.value for done in run_programs(given, jobs=3)]
    assert found == [*(number % 7 for number in range(50)), 9, 2]


def test_without_a_sandbox_nothing_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere() -> str:
        raise NotSupported("needs Linux, this is another system")

    monkeypatch.setattr(sandboxes, "machine", nowhere)
    monkeypatch.setattr(programs, "_PLAIN", Sandbox(algebra=False))
    monkeypatch.setattr(programs, "_ALGEBRA", Sandbox(algebra=True))
    assert run_program("ans = 6 * 7").tier == 1
    with pytest.raises(SandboxUnavailable, match="unsafe=True"):
        run_program("import os\nans = 1")
    report = sandbox_report()
    assert not report.confined
    assert {"landlock", "seccomp"} <= set(report.missing)
    assert "Linux" in str(report.reason)
    assert [done.status for done in run_programs([("import os\nans = 1", None)])] == ["unavailable"]
    monkeypatch.setattr(unconfined, "START_SECONDS", 0.2)
    assert run_program("import time\ntime.sleep(60)", unsafe=True, timeout=0.1).status == "timeout"
    monkeypatch.setattr(unconfined, "START_SECONDS", 30.0)
    done = run_program("import os\nans = os.path.basename('/a/b')", unsafe=True)
    assert (done.value, done.tier) == ("b", "unsafe")


def test_a_sandbox_whose_walls_do_not_hold_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    second("ans = 1")
    broken = sandboxes.BOOTSTRAP.replace(
        "main()", "from slowthink.verifiers import seccomp, zygote\nseccomp.Filter.install = lambda self: None\nmain()"
    )
    monkeypatch.setattr(sandboxes, "BOOTSTRAP", broken)
    with pytest.raises(SandboxUnavailable, match="do not hold"):
        Sandbox(algebra=False, namespaces=False).run(["ans = 1"], None, 5.0, 1 << 28)


def test_the_report_names_the_walls() -> None:
    report = sandbox_report()
    if not report.confined:
        pytest.skip(str(report.reason))
    assert {"landlock", "seccomp", "rights", "limits"} <= set(report.layers)
    assert report.interpreter


@pytest.mark.parametrize(
    ("code", "result", "timeout"),
    [(5, None, 1.0), ([1], None, 1.0), ("x", 3, 1.0), ("x", None, 0), ("x" * 1_000_001, None, 1)],
)
def test_what_is_no_program_is_refused(code: Any, result: Any, timeout: float) -> None:
    with pytest.raises(InputError):
        run_program(code, result, timeout=timeout)
    assert issubclass(SandboxUnavailable, ModelUnavailable)


def test_encoding() -> None:
    assert encode([1, True, None, "a"]) == ([1, True, None, "a"], "list[bool|int|none|str]")
    assert encode(Fraction(1, 2)) == ("1/2", "fraction")
    assert encode(math.nan) == ("nan", "float")
    for value in (object(), print, list(range(MAX_ITEMS + 1)), "a" * 300_000, 10**5000):
        with pytest.raises(NotData):
            encode(value)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(), st.lists, max_leaves=20
    )
)
@settings(max_examples=30)
def test_encoded_values_are_json(value: Any) -> None:
    encoded, kind = encode(value)
    assert json.loads(json.dumps(encoded, allow_nan=False)) == encoded
    assert kind


def test_a_mind_runs_programs_and_replays_them(tmp_path: Path) -> None:
    trace = Trace()
    mind = Mind(None, Ledger(Budget()), trace, Senses())

    async def work(one: Mind) -> list[ProgramResult]:
        return [await one.run("ans = 6 * 7"), await one.run(["x = 2"], "x + 1"), await one.run("1/0")]

    found = asyncio.run(work(mind))
    assert [done.value for done in found] == [42, 3, None]
    assert [event.outcome for event in trace.events if isinstance(event, Ran)] == found
    trace.save(tmp_path / "trace.jsonl")
    replayed = Mind(None, Ledger(Budget()), Trace(), Senses(), replay=Replay(read_trace(tmp_path / "trace.jsonl")))
    assert asyncio.run(work(replayed)) == found
    off = Mind(None, Ledger(Budget()), Trace(), Senses(program=False))
    assert {done.status for done in asyncio.run(work(off))} == {"unavailable"}


def test_the_command(tmp_path: Path) -> None:
    rows = [
        {"id": "a", "code": "ans = 6 * 7"},
        {"id": 2, "code": ["x = Symbol('x')", "y = 2 * x"], "result": "y"},
        {"code": "print(1 / 4)"},
        {"id": 4},
        {"id": 5, "code": "while True: pass"},
        {"id": 6, "code": "open('/etc/passwd')"},
        {"id": 7, "code": "ans = 1", "result": 5},
    ]
    source = tmp_path / "rows.jsonl"
    source.write_text("".join(json.dumps(row) + "\n" for row in rows) + "no row\n")
    command = [sys.executable, "-m", "slowthink", "run", str(source), "--jobs", "2", "--timeout", "0.5"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["id"] for row in found] == ["a", 2, None, 4, 5, 6, 7, None]
    assert [row.get("value") for row in found] == [42, "2*x", "0.25", None, None, None, None, None]
    assert [row.get("status") for row in found] == ["ok", "ok", "ok", None, "timeout", "forbidden", None, None]
    assert list(found[0]) == ["id", "status", "value", "type", "stdout", "error", "seconds", "tier"]
    assert all("expected" in found[at]["error"] for at in (3, 6, 7))
    for wrong in (["--jobs", "0"], ["--timeout", "0"], ["--timeout", "nan"], ["nowhere.jsonl"]):
        assert (
            subprocess.run(
                [*command[:4], str(source), *wrong][: 5 + len(wrong)], capture_output=True, check=False
            ).returncode
            == 2
        )


def test_a_process_that_may_use_one_core_only_runs_programs() -> None:
    source = (
        "import os\n"
        "if hasattr(os, 'sched_setaffinity'):\n"
        "    os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])\n"
        "from slowthink.verifiers.program import run_program\n"
        "done = run_program('6 * 7')\n"
        "print(done.status, done.value)"
    )
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["ok", "42"], done.stdout + done.stderr
