"""Whether two answers are one: pairs in all notations, properties, and the grader's process, killed and replaced."""

import os
import signal
import time
from collections.abc import Iterator
from fractions import Fraction
from importlib.util import find_spec

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from slowthink.types import Status
from slowthink.verifiers import grader as grading
from slowthink.verifiers.answer_numbers import plain
from slowthink.verifiers.answer_values import Choice, Interval, Items, Quantity, Ratio, Union, Unread, Words, read
from slowthink.verifiers.equivalence import equivalent, grade
from slowthink.verifiers.grader import Grader

SAME = [
    ("1/2", "0.5"),
    (r"\frac12", "50%"),
    ("50", "50%"),
    ("1000", "1 000"),
    ("10{,}000", "10000"),
    ("1,22", "1.22"),
    (r"12\frac{3}{5}", "12.6"),
    (r"\$32,\!349", "32349"),
    ("-4", "x = −4"),
    ("1128", "18 hours and 48 minutes"),
    ("35 cm", "0.35 meters"),
    ("$1.00", "100 cents"),
    (r"90^\circ", "90"),
    ("{1, 2, 3}", "3, 2, 1"),
    ("(3, -1/2)", r"\left(3, -\frac{1}{2}\right)"),
    (r"[0, 1) \cup (2, \infty)", r"(2,\infty) \cup [0,1)"),
    ("(B)", "The answer is B."),
    ("Even", r"\text{even}"),
    ("1/12", "0.0833333333"),
    ("500", "499.99999999999994"),
    ("47", "16 + 16 + 8 + 4 + 2 + 1 = 47"),
    ("18", 'Sure. {"answer": "$18"}'),
    ("10^{10^{10}}", "10^{10^{10}}"),
]
OTHER = [
    ("1/2", "0.51"),
    ("4", "-4"),
    ("3", ""),
    ("3", "___"),
    ("(1, 2)", "(2, 1)"),
    ("{1, 2}", "{1, 3}"),
    ("1, 2", "1, 2, 3"),
    ("(0, 9)", "[0, 9)"),
    ("(B)", "(C)"),
    ("12:00", "1:00"),
    ("Even", "Odd"),
    ("7", "undefined"),
    ("2", "1, 2"),
    ("10000", r"9999\frac{6}{7}"),
    ("1/3", "0.33"),
    ("5 kg", "5 g"),
]
OTHER += [("12_8", "12_9"), ("3", "11_4"), ("2516_8", "2517_{8}")]
SAME += [
    ("12_8", "1010_2"),
    ("2516_8", "2516"),
    (r"12_{\text{eight}}", "12_8"),
    ("12_8", "12 (base 8)"),
]
UNSURE = [
    ("12_8", "10"),
    ("3", "11_2"),
    ("100_b", "101_b"),
    ("3", r"3\sqrt{5}"),
    ("the mother", "his mother"),
    ("2x", "x + x"),
    ("5 cm", "5 kg"),
    ("1", "100 cents"),
    ("3:2", "6:4"),
]


@pytest.mark.parametrize(("gold", "pred"), SAME)
def test_one_answer(gold: str, pred: str) -> None:
    assert grade(gold, pred).status is Status.PROVED


@pytest.mark.parametrize(("gold", "pred"), OTHER)
def test_another_answer(gold: str, pred: str) -> None:
    assert grade(gold, pred).status is Status.REFUTED


@pytest.mark.parametrize(("gold", "pred"), UNSURE)
def test_what_exact_reading_cannot_tell(gold: str, pred: str) -> None:
    assert grade(gold, pred).status is Status.UNKNOWN


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("21 kilograms", Quantity),
        ("(1, 2)", Items),
        ("[1, 2]", Interval),
        (r"(1,2) \cup (3,4)", Union),
        ("7:32", Ratio),
        ("C", Choice),
        ("no", Words),
        ("4a-2", Unread),
        ("(1,234)", Unread),
        (r"2\sqrt{2}", Unread),
    ],
)
def test_kinds(answer: str, kind: type) -> None:
    assert isinstance(read(answer), kind)


def writings(value: Fraction) -> list[str]:
    sign, top, bottom = "-" if value < 0 else "", abs(value.numerator), value.denominator
    ways = [
        f"{sign}{top}/{bottom}",
        rf"{sign}\frac{{{top}}}{{{bottom}}}",
        rf"$\boxed{{{sign}\dfrac{{{top}}}{{{bottom}}}}}$",
    ]
    ways += [
        f"The answer is {sign}{top}/{bottom}.",
        f"x = {sign}{top}/{bottom}",
        rf"\({sign}\frac{{{top}}}{{{bottom}}}\)",
    ]
    if bottom == 1:
        ways += [
            f"{sign}{top}",
            f"{sign}{top:,}",
            f"{sign}{top}.00",
            f"{sign}${top}",
            f"#### {sign}{top}",
            f"{sign}{top} apples",
        ]
    if "/" not in plain(value):
        ways += [plain(value), f"{plain(value)} meters", f"answer: {plain(value)}"]
    if "/" not in plain(100 * value):
        ways += [f"{plain(100 * value)}%", rf"{plain(100 * value)}\%"]
    return ways


fractions = st.fractions(-(10**5), 10**5, max_denominator=400)


def _writings_agree(one: Fraction, other: Fraction, data: st.DataObject) -> None:
    left = data.draw(st.sampled_from(writings(one)))
    right = data.draw(st.sampled_from(writings(one)))
    assert grade(left, right).status is Status.PROVED
    # Where the sign of percent may have been left out, or a rounding be meant, two values can be one answer.
    assume(one not in (other, 100 * other, other / 100) and abs(one - other) > abs(one) / 100 + Fraction(1, 10))
    assert grade(left, data.draw(st.sampled_from(writings(other)))).status is not Status.PROVED


@given(fractions, fractions, st.data())
def test_numbers_in_all_notations(one: Fraction, other: Fraction, data: st.DataObject) -> None:
    _writings_agree(one, other, data)


answers = (
    st.sampled_from([answer for pair in SAME + OTHER + UNSURE for answer in pair])
    | st.lists(fractions.map(plain), min_size=1, max_size=4).map(", ".join)
    | st.text(max_size=20)
)


@given(answers, answers)
def test_reflexive_symmetric_and_nothing_for_the_empty(left: str, right: str) -> None:
    assert equivalent("", left).status is equivalent(left, " ").status is Status.REFUTED
    itself = equivalent(left, left).status
    assert itself is (Status.PROVED if left.strip() and read(left) != Unread("") else itself)
    if left.strip() and right.strip():
        assert equivalent(left, right).status is equivalent(right, left).status


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_two_texts(gold: str, pred: str) -> None:
    grade(gold, pred)


library = pytest.mark.skipif(find_spec("math_verify") is None, reason="needs math-verify")


@pytest.fixture(scope="module")
def grader() -> Iterator[Grader]:
    with Grader() as one:
        yield one


@library
@pytest.mark.parametrize(
    ("gold", "pred", "status"),
    [
        (r"2\sqrt{2}", r"\sqrt{8}", Status.PROVED),
        ("2x", "x + x", Status.PROVED),
        (r"\frac{x+2}{7}", r"\frac{x}{7}+\frac{2}{7}", Status.PROVED),
        ("$2x+4y-3=0$", r"$y=-\frac{1}{2}x+\frac{3}{4}$", Status.PROVED),
        ("$x >= 5$", r"Therefore $x \geq 5$ is the solution.", Status.PROVED),
        (r"\begin{pmatrix}1 & 2\end{pmatrix}", r"\begin{pmatrix}1 & 2\end{pmatrix}", Status.PROVED),
        ("3", r"3\sqrt{5}", Status.REFUTED),
        ("2x", "x + 2", Status.REFUTED),
        (r"x \geq 5", r"x \leq 5", Status.REFUTED),
        (r"\sqrt{2}, \sqrt{3}", r"\sqrt{2}, \sqrt{5}", Status.REFUTED),
        ("5", "The exact value involves the square root of 5.", Status.UNKNOWN),
        ("9", r"\frac{4", Status.UNKNOWN),
    ],
)
def test_with_the_library(grader: Grader, gold: str, pred: str, status: Status) -> None:
    assert grade(gold, pred, grader).status is status


@library
def test_what_takes_too_long_is_unknown_and_harms_nothing(grader: Grader) -> None:
    assert grade(r"\sqrt{8}", r"2\sqrt{2}", grader).status is Status.PROVED
    for answer in (
        "10^{10^{10}}",
        "100000000!",
        "9^9^9^9",
        "(99999!)!",
        r"\sum_{k=1}^{10000000} \frac{1}{k}",
        "1" + "0" * 900 + "^x",
    ):
        spent = time.perf_counter()
        assert grade("4", answer, grader).status is not Status.PROVED
        assert time.perf_counter() - spent < 10  # one second where the machine is not shared
        assert grade(r"\sqrt{8}", r"2\sqrt{2}", grader).status is Status.PROVED


@library
def test_a_killed_process_is_replaced(grader: Grader) -> None:
    assert grade(r"\sqrt{8}", r"2\sqrt{2}", grader).status is Status.PROVED
    worker = grader.worker
    assert worker.process is not None
    if worker.child is not None and worker.child != worker.process:
        os.kill(worker.child, signal.SIGKILL)
        grade(r"\sqrt{8}", r"3\sqrt{2}", grader)  # it may meet the dying child
        assert grade(r"\sqrt{8}", r"2\sqrt{2}", grader).status is Status.PROVED
    os.kill(worker.process, signal.SIGKILL)
    grade(r"\sqrt{8}", r"3\sqrt{2}", grader)
    assert grade(r"\sqrt{8}", r"2\sqrt{2}", grader).status is Status.PROVED


@library
def test_text_is_never_run(grader: Grader, tmp_path: os.PathLike[str]) -> None:
    mark = os.path.join(tmp_path, "mark")
    code = f"__import__('os').system('touch {mark}')"
    for answer in (
        code,
        f"${code}$",
        rf"\boxed{{{code}}}",
        f"[{code}]",
        f"1+{code}",
        rf"\text{{{code}}}",
        f"x = {code}",
    ):
        grade("5", answer, grader)
        grade(answer, "5", grader)
        grader.verdict(answer, answer)
    assert not os.path.exists(mark)


def test_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grading, "find_spec", lambda _: None)
    with Grader() as one:
        verdict = grade(r"\sqrt{8}", r"2\sqrt{2}", one)
        assert verdict.status is Status.UNKNOWN
        assert "slowthink[grade]" in verdict.reason
        assert grade("1/2", "0.5", one).status is Status.PROVED
