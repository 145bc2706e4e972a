"""Published programs in the sandbox: how many give the value that was recorded, and what a run costs.

    python -m slowthink.benchmarks.programs --data DIR [--only NAME,...] [--jobs N] [--show N]

`DIR` holds the sets as published: ToRA and Program-of-Thoughts outputs, PaL's GSM-hard and AQuA. A value is reproduced
when it is the recorded one up to 1e-6 of it (ToRA: when what was printed is the recorded output); for a program whose
recorded value is null, when the run gives no number either. `speed` times both tiers and a fresh process.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import re
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

from slowthink.verifiers import program
from slowthink.verifiers.program import run_program, run_programs
from slowthink.verifiers.program_result import ProgramResult
from slowthink.verifiers.sandbox import Sandbox
from slowthink.verifiers.voting import Sample, vote

Row = dict[str, Any]
SMALL = "boxes = 7\neach = 12\ntotal = boxes * each\nans = total - 5"
SYMBOLIC = (
    "x = Symbol('x', positive=True)\nsolution = solve_it(x * 1.2 - 360, x)\nans = solution[x]",
    "x, y = symbols('x y')\ns = solve_it([x + y - 10, x - y - 4], [x, y])\nans = s[x]",
    "x = Symbol('x')\nans = simplify((x**2 - 1) / (x - 1))",
    "x = Symbol('x')\nans = solve(x**2 - 5*x + 6, x)",
    "ans = Rational(1, 3) + Rational(1, 6)",
    "n = Symbol('n', positive=True)\ns = solve_it(n * (n + 1) / 2 - 55, n)\nans = s[n]",
)


def rows(path: Path) -> Iterator[Row]:
    """The rows of a file of JSON lines, plain or gzip."""
    opener: Callable[..., Any] = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


def number(value: Any) -> float | None:
    """What a value comes to as a number: of a list of one its member, of an expression of numbers its value."""
    if isinstance(value, list) and len(value) == 1:
        return number(value[0])
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    with suppress(ValueError, ZeroDivisionError, OverflowError):
        return float(Fraction(value)) if isinstance(value, str) and "/" in value else float(value)
    if not isinstance(value, str) or not re.fullmatch(r"[\d\s.+*/()-]*(sqrt|pi|log|exp)[\w\s.+*/()-]*", value):
        return None
    worked_out = run_program(f"float({value})")
    return worked_out.value if worked_out.type == "float" else None


def close(value: Any, recorded: Any) -> bool:
    """Whether a value is the recorded one: up to 1e-6 of it, or up to rounding where it was recorded as a text."""
    one, other = number(value), number(recorded)
    if one is None or other is None:
        return one is other
    digits = len(recorded.partition(".")[2]) if isinstance(recorded, str) else None
    rounding = 0.0 if digits is None else 0.5000001 * 10.0**-digits
    return abs(one - other) <= max(1e-6 * max(1.0, abs(other)), rounding)


def run_all(codes: Sequence[Any], jobs: int) -> tuple[list[ProgramResult], float]:
    """Run programs, some at once; the results in their order, and the seconds it took."""
    begun = time.perf_counter()
    results = list(run_programs(((code, None) for code in codes), jobs=jobs))
    return results, time.perf_counter() - begun


class Report:
    """Prints one line a set, and the first rows that are not as recorded."""

    def __init__(self, jobs: int, show: int) -> None:
        self.jobs, self.show = jobs, show

    def compare(self, name: str, cases: list[Row], code: str, is_right: Callable[[ProgramResult, Row], bool]) -> None:
        """Run all programs of a set and count those that are as recorded."""
        results, seconds = run_all([case[code] for case in cases], self.jobs)
        wrong = [(case, done) for case, done in zip(cases, results, strict=True) if not is_right(done, case)]
        status = dict(Counter(done.status for done in results))
        tiers = dict(Counter(str(done.tier) for done in results))
        right = len(cases) - len(wrong)
        print(
            f"{name}: {right}/{len(cases)} ({100 * right / len(cases):.2f} %) as recorded, {seconds:.2f} s, "
            f"slowest {max(done.seconds for done in results):.2f} s, {status}, tiers {tiers}"
        )
        for case, done in wrong[: self.show]:
            print("   ", case.get("idx"), "recorded", repr(case.get("recorded", case.get("recorded_output")))[:80])
            print("      ", done.status, done.type, repr(done.value)[:80], (done.error or "")[:120])


def tora(data: Path, report: Report) -> None:
    """What ToRA's programs printed."""

    def same(done: ProgramResult, case: Row) -> bool:
        return done.stdout.strip() == str(case["recorded_output"]).strip()

    report.compare("tora_gsm8k", list(rows(data / "tora_gsm8k.jsonl.gz")), "program", same)


def pot(data: Path, report: Report) -> None:
    """The values of Program-of-Thoughts, by set."""
    cases = list(rows(data / "pot_programs.jsonl.gz"))

    for name in sorted({case["set"] for case in cases}):
        chosen = [case for case in cases if case["set"] == name]
        report.compare(f"pot {name}", chosen, "program", lambda done, case: close(done.value, case["recorded"]))


def gsm_hard(data: Path, report: Report) -> None:
    """The targets of GSM-hard, which its programs give."""
    cases = list(rows(data / "gsm_hard.jsonl"))
    report.compare("gsm_hard", cases, "code", lambda done, case: close(done.value, case["target"]))


def pal_aqua(data: Path, report: Report) -> None:
    """PaL's programs for AQuA: whether they run."""
    cases = list(rows(data / "pal_aqua.jsonl"))
    report.compare("pal_aqua", cases, "generated_answer", lambda done, _: done.status == "ok")


def aqua_sc30(data: Path, report: Report) -> None:
    """Thirty sampled programs a question, then a vote over their values, then the option that is nearest."""
    cases = list(rows(data / "pot_aqua_sc30.jsonl.gz"))
    codes = [code for case in cases for code in case["programs"]]
    results, seconds = run_all(codes, report.jobs)
    print(
        f"pot_aqua_sc30: {len(codes)} programs in {seconds:.2f} s, "
        f"slowest {max(done.seconds for done in results):.2f} s, {dict(Counter(done.status for done in results))}, "
        f"tiers {dict(Counter(str(done.tier) for done in results))}"
    )
    samples = []
    for at, case in enumerate(cases):
        own = results[30 * at : 30 * at + len(case["programs"])]
        samples.append([_text(done.value) for done in own if done.status == "ok" and done.value not in (None, "", [])])
    options = [option.partition(")")[2] for case in cases for option in case["options"]]
    read = read_all([*dict.fromkeys([*options, *(text for texts in samples for text in texts)])], report.jobs)
    right = 0
    for texts, case in zip(samples, cases, strict=True):
        found = [Sample(f"The answer is {letter}") for letter in letters(texts, case["options"], read)]
        chosen = vote(found, None, False).answer or nearest(_majority(texts), case["options"], read)
        right += chosen == case["answer"]
    agreed = sum(case["recorded_choice"] == case["answer"] for case in cases)
    print(f"pot_aqua_sc30: recorded choices right {agreed}")
    print(f"pot_aqua_sc30: vote {right}/{len(cases)} ({100 * right / len(cases):.1f} %)")


def _majority(texts: Sequence[str]) -> str | None:
    return Counter(texts).most_common(1)[0][0] if texts else None


def _text(value: Any) -> str:
    plain = value[0] if isinstance(value, list) and len(value) == 1 else value
    return f"{plain:.10g}" if isinstance(plain, float) else str(plain)


Values = list[float]
"""What a text comes to: its value, or its values at some points where it has letters in it."""


def letters(values: Sequence[str], options: Sequence[str], read: dict[str, Values]) -> list[str]:
    """The option that each value is, for those that are one: shares as well as percents, up to a rounding of 1 %."""
    texts = {option.partition(")")[0].strip(): option.partition(")")[2] for option in options}
    found = []
    for value in values:
        distances = [(_distance(read[value], read[text], "%" in text), letter) for letter, text in texts.items()]
        if distances and min(distances)[0] <= 0.01:
            found.append(min(distances)[1])
    return found


def nearest(value: str | None, options: Sequence[str], read: dict[str, Values]) -> str | None:
    """The option whose number is nearest to the value's; None where there is no value."""
    if value is None or not read[value]:
        return None
    texts = {option.partition(")")[0].strip(): option.partition(")")[2] for option in options}
    return min((_distance(read[value], read[text], "%" in text), letter) for letter, text in texts.items())[1]


def _distance(one: Values, other: Values, is_percent: bool) -> float:
    if not one or len(one) != len(other):
        return math.inf
    distances = []
    for scale in (1.0, 100.0) if is_percent else (1.0,):
        pairs = zip(one, other, strict=True)
        distances.append(max(abs(scale * a - b) / max(abs(b), 1e-9) for a, b in pairs))
    return min(distances)


READ = r"""
import re
from sympy.parsing.sympy_parser import *
rules = (*standard_transformations, implicit_multiplication, convert_xor)
points = (1.7, 2.9, 5.3, 0.6)
def parsed(text):
    try:
        found = parse_expr(text, transformations=rules)
        names = sorted(found.free_symbols, key=str)
        if len(names) > len(points) or any(len(str(name)) > 1 for name in names):
            return []
        if not names:
            return [float(found)]
        shifted = [points[k:] + points[:k] for k in range(3)]
        return [float(found.subs(dict(zip(names, at)))) for at in shifted]
    except Exception:
        return []
def read(text):
    for sign, plain in {'√': ' sqrt ', '–': '-', '−': '-', '×': '*', 'π': ' pi ', ':': '/'}.items():
        text = text.replace(sign, plain)
    text = re.sub(r'sqrt *([0-9]+)', r'sqrt(\1)', text)
    text = re.sub(r'(?<=[0-9]),(?=[0-9]{3})', '', text)
    if found := parsed(text.strip()):
        return found
    text = re.sub(r'\b(?!sqrt|pi)[A-Za-z.]*[A-Za-z][A-Za-z.]*|[$%;?]', ' ', text).strip()
    text = re.sub(r'([0-9]+) +([0-9]+/[0-9]+)', r'(\1+\2)', text)
    if found := parsed(text):
        return found
    number = re.search(r'-?[0-9]+([.][0-9]+)?', text)
    return [float(number[0])] if number else []
"""


def read_all(texts: Sequence[str], jobs: int) -> dict[str, Values]:
    """What options such as `5(√3 + 1)`, `2 : 3` or `Rs. 1,200` come to, read in the sandbox, as programs are run."""
    results = run_programs((([READ, f"ans = read({text!r})"], None) for text in texts), jobs=jobs)
    return {text: done.value or [] for text, done in zip(texts, results, strict=True)}


def speed(report: Report) -> None:
    """Medians of both tiers, programs a second, and how soon a fresh process is ready."""
    run_program(SMALL)
    first = [_timed(lambda: run_program(SMALL)) for _ in range(1000)]
    print(f"tier 1, a small program: median {1e3 * statistics.median(first):.3f} ms")
    plain, algebra = Sandbox(algebra=False), Sandbox(algebra=True)
    for sandbox in (plain, algebra):
        sandbox.run([SMALL], None, 5.0, 1 << 29)
    time.sleep(2.0)  # until it has warmed up
    second = _each(plain, [SMALL] * 500)
    print(f"tier 2, a small program: median {statistics.median(second):.2f} ms")
    third = _each(algebra, SYMBOLIC * 20)
    print(f"tier 2, programs with sympy: median {statistics.median(third):.2f} ms, most {max(third):.1f} ms")
    with ThreadPoolExecutor(report.jobs + 1) as pool:
        count = 2000
        seconds = _timed(lambda: list(pool.map(lambda _: plain.run([SMALL], None, 5.0, 1 << 29), range(count))))
    print(f"tier 2, {report.jobs} jobs: {count / seconds:.0f} small programs a second")
    plain.close()
    algebra.close()
    fresh("a program of the first tier", SMALL)
    fresh("a program of the second tier", "import os\nans = os.getcwd()")
    fresh("a program with sympy", "ans = Rational(1, 3)")


def _each(sandbox: Sandbox, codes: Sequence[str]) -> list[float]:
    """Milliseconds of each run, one after the other."""
    return [1e3 * _timed(partial(sandbox.run, [code], None, 5.0, 1 << 29)) for code in codes]


def fresh(what: str, code: str) -> None:
    """How long a fresh process takes, importing the package included, until it has run its first program."""
    script = (
        "import time; begun = time.perf_counter()\n"
        "from slowthink.verifiers.program import run_program\n"
        f"run_program({code!r}); print(time.perf_counter() - begun)"
    )
    taken = []
    for _ in range(5):
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        taken.append(float(done.stdout))
    print(f"a fresh process has run {what} after {statistics.median(taken):.3f} s")


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--only", default="tora,pot,gsm_hard,pal_aqua,sc30,speed")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--show", type=int, default=0, help="so many rows that are not as recorded")
    args = parser.parse_args()
    report = Report(args.jobs, args.show)
    sets = {"tora": tora, "pot": pot, "gsm_hard": gsm_hard, "pal_aqua": pal_aqua, "sc30": aqua_sc30}
    for name in args.only.split(","):
        if name == "speed":
            speed(report)
        else:
            sets[name](args.data, report)
    program.close()


if __name__ == "__main__":
    main()
