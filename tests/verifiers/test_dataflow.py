"""Repairs that follow from a repair: what is carried, what is left alone, and what always holds afterwards."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slowthink.types import Status
from slowthink.verifiers.arithmetic import ArithmeticVerifier
from slowthink.verifiers.repair import repair, repairs_of

CHECK = ArithmeticVerifier().check

CARRIED = [
    ("5 * 7 = 36. 36 + 4 = 40. The answer is 40.", "5 * 7 = 35. 35 + 4 = 39. The answer is 39."),
    ('{"reasoning": "5 * 7 = 36 and 36 + 4 = 40", "answer": "40"}', '"5 * 7 = 35 and 35 + 4 = 39", "answer": "39"}'),
    ('{"reasoning": "5 * 7 = $36 and $36 + $4 = $40", "answer": 40}', '$35 and $35 + $4 = $39", "answer": 39}'),
    (
        "5 * 7 = 36 pens. That leaves 36 - 6 = 30 pens, so 30 pens.",
        "35 pens. That leaves 35 - 6 = 29 pens, so 29 pens.",
    ),
    ("$1,000 * 3 = $4,000. $4,000 + $500 = $4,500.", "$1,000 * 3 = $3,000. $3,000 + $500 = $3,500."),
    ("50% + 30% = 90%. 90% of 200 = 180", "50% + 30% = 80%. 80% of 200 = 160"),
    ("50% + 30% = 90%. So the answer is 90%, or 90\\%.", "50% + 30% = 80%. So the answer is 80%, or 80%."),
    ("(-3 - 3 - 7) = (-9 - 7) = -16. -16 * 2 = -32", "(-3 - 3 - 7) = -13. -13 * 2 = -26"),
    ("2 + 2 = (5). (5) * 3 = 15.", "2 + 2 = (4). (4) * 3 = 12."),
    ("10 / 4 = 2.4 and 2.4 / 7 ≈ 0.34", "10 / 4 = 2.5 and 2.5 / 7 ≈ 0.36"),
    ("17/3 + 9 = 56/3. Answer: 56/3", "17/3 + 9 = 44/3. Answer: 44/3"),
    ("48 * 0.8 = 38.2, rounded down. The answer is 38.", "48 * 0.8 = 38.4, rounded down. The answer is 38."),
    ('{"answer": "21"}\nIndeed 8 + 9 + 6 + 7 = 21.', '{"answer": "30"}\nIndeed 8 + 9 + 6 + 7 = 30.'),
    (
        "A = 2 * 3 = 7. B = 4 * 5 = 20. A - B = 7 - 20 = -13. Answer: -13",
        "A = 2 * 3 = 6. B = 4 * 5 = 20. A - B = 6 - 20 = -14. Answer: -14",
    ),
]

LEFT_ALONE = [
    # the number stood there before the step
    ("There are 36 pens. 5 * 7 = 36. 36 + 4 = 40.", "There are 36 pens. 5 * 7 = 35. 36 + 4 = 40."),
    # another step produces it too
    ("5 * 7 = 36. 6 * 6 = 36. 36 + 4 = 40.", "5 * 7 = 35. 6 * 6 = 36. 36 + 4 = 40."),
    # it stands twice in one sum
    ("5 * 7 = 36. 36 + 36 = 72.", "5 * 7 = 35. 36 + 36 = 72."),
    # the text went on with the right number
    ("12 * 12 = 154. No: 12 * 12 = 144. 144 + 154 = 298.", "12 * 12 = 144. No: 12 * 12 = 144. 144 + 154 = 298."),
    # nothing was wrong
    ("5 * 7 = 35. 35 + 4 = 39.", "5 * 7 = 35. 35 + 4 = 39."),
    ("Suppose 2 + 2 = 5. 5 + 1 = 6.", "Suppose 2 + 2 = 5. 5 + 1 = 6."),
]


@pytest.mark.parametrize(("text", "ending"), CARRIED)
def test_a_corrected_value_is_carried_forward(text: str, ending: str) -> None:
    repaired = repair(text, CHECK(text))
    assert repaired.endswith(ending)
    assert not [j for j in CHECK(repaired) if j.verdict.status is Status.REFUTED]


@pytest.mark.parametrize(("text", "expected"), LEFT_ALONE)
def test_what_may_be_another_number_is_left_alone(text: str, expected: str) -> None:
    assert repair(text, CHECK(text)) == expected


def test_edits_are_in_order_and_do_not_overlap() -> None:
    text = "(1 + 1) = (1 + 2) = (2 + 2) = 4. 4 + 1 = 5 and 3 * 3 = 8. 8 - 5 = 3."
    edits = repairs_of(text, CHECK(text))
    assert edits
    assert all(a.end <= b.start for a, b in pairwise(edits))


@given(st.lists(st.tuples(st.sampled_from("+-*"), st.integers(2, 60)), min_size=2, max_size=6), st.integers(200, 999))
def test_a_running_total_is_right_to_its_end(steps: list[tuple[str, int]], begin: int) -> None:
    """A text that works with one wrong total, whatever it is, ends with the right one."""
    wrong, right, parts = begin, begin, []
    for nth, (sign, number) in enumerate(steps):
        after = {"+": wrong + number, "-": wrong - number, "*": wrong * number}[sign] + (1000 if nth == 0 else 0)
        right = {"+": right + number, "-": right - number, "*": right * number}[sign]
        parts.append(f"{wrong} {sign} {number} = {after}.")
        wrong = after
    text = " ".join([*parts, f"The answer is {wrong}."])
    repaired = repair(text, CHECK(text))
    totals = [int(part.split("= ")[1].split(".")[0]) for part in text.split(". ")[:-1]]
    if len(set(totals)) == len(totals) and not {n for _, n in steps} & set(totals) and begin not in totals:
        assert repaired.endswith(f"The answer is {right}.")


NUMBERS = st.integers(1, 400).map(str) | st.sampled_from(["0.5", "2.25", "1/2", "$30", "20%", "1,200", "(-7)"])
SENTENCES = st.lists(
    st.tuples(NUMBERS, st.sampled_from(["+", "-", "*", "/", "×"]), NUMBERS, NUMBERS).map(
        lambda parts: f"{parts[0]} {parts[1]} {parts[2]} = {parts[3]}"
    ),
    min_size=1,
    max_size=8,
)


@given(SENTENCES, st.sampled_from([". ", "\n", " and ", " = ", "; "]))
def test_steps_that_held_hold_afterwards(sentences: list[str], joint: str) -> None:
    """A repair never makes a right step wrong, and never touches a text in which nothing is refuted."""
    text = joint.join(sentences)
    before = CHECK(text)
    repaired = repair(text, before)
    refuted = [j for j in before if j.verdict.status is Status.REFUTED]
    if not refuted:
        assert repaired == text
    after = [j for j in CHECK(repaired) if j.verdict.status is Status.REFUTED]
    assert len(after) <= len(refuted)


def test_many_claims_are_carried_in_time() -> None:
    text = "".join(f"{i} + {i} = {2 * i + 1}. " for i in range(2, 700))
    assert repair(text, CHECK(text)).startswith("2 + 2 = 4. 3 + 3 = 6. 4 + 4 = 8. ")


def test_rounding_stays_rounding() -> None:
    text = "100 - 50 = 40. 40 / 3 = 13.33. 40 / 7 = 5 whole weeks"
    assert repair(text, CHECK(text)) == "100 - 50 = 50. 50 / 3 = 16.67. 50 / 7 = 7 whole weeks"
    assert Fraction(50, 7) > 7
