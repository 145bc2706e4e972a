"""The exact reader: what it reads, and what it must decline."""

from __future__ import annotations

import time
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slowthink.verifiers.reader import read

READINGS = [
    ("7 * 4 + 8 * 8 =", 92), ("What is 3/4 + 2?", Fraction(11, 4)), ("(2+3)*4 = ?", 20), ("Compute 12 * 13.", 156),
    ("Evaluate the following expression: 3 + 4 * 5", 23), ("add 116 times 114 to 178 times 157", 41170),
    ("the sum of 3 and 4, multiplied by 7", 49), ("what is 12 less than the product of 5 and 9", 33),
    ("subtract 8 from 20", 12), ("double 14", 28), ("the difference between 9 and 4", 5), ("divide 20 by 4", 5),
    ("What is 7 squared?", 49), ("half of 30", 15), ("increase 40 by 7", 47), ("take 3 away from 10", 7),
    ("multiply 12 by 3 and then add 4", 40), ("a third of 12", 4), ("two thirds of 12", 8), ("What is 20% of 50?", 10),
    ("What is twenty-seven plus a hundred and five?", 132), ("If you multiply 6 by 7, what do you get?", 42),
    ("What does 5 plus 6 equal?", 11), ("One hundred minus thirty-three equals what?", 67),
    ("Calculate the sum of 12, 15 and 18.", 45), ("What is 2(3+4)?", 14), ("3x4=", 12), ("What is $3 + 4$?", 7),
    ("Add 45 and 67, then divide the result by 2.", 56), ("What is nine times the sum of 4 and 5?", 81),
    ("What is 7 * 8? Answer with only the number.", 56), ("Q: What is 9 + 10? A:", 19),
    ("What is 1,234 + 4,321?", 5555),
    ("From 100, subtract 37.", 63), ("What is 12 subtracted from 40?", 28), ("What is 9 times 8, minus 5?", 67),
    ("What is 5 more than 3 times 4?", 17), ("Take 12, multiply it by 3, and subtract 6.", 30),
    ("What is 6 plus 2 times 5?", 16), ("Please work this out: 48 - 19. Show all your work.", 29),
    ("What is the value of the following expression? 3 * 5 + 2 = ?\n- Think carefully, show the steps, and then give"
     " the final answer.", 17),
]  # fmt: skip

DECLINES = [
    "the sum of 3 and 4, multiplied by 3 plus 2", "add 3 and 4 times 5", "multiply 3 by 4 plus 5", "add 3 to 4 squared",
    "double 5, then multiply by 3 plus 2", "the sum of 3 and 4, minus 5 plus 2", "- 3 + 4",
    "How much is 20 more than 12?",
    "the product of 3 + 4",
    "", "5", "What is 5?", "the sum of 3 and 4 times 5", "the difference between 4 and 9", "What is 6 plus 2, times 5?",
    "Is 7 * 8 = 56?", "What is half of 20 plus 4?", "What is 15% of 80 plus 4?", "How many apples are 3 + 4?",
    "What is 7 * 8? Give the answer in words.", "What is 7 * 8? Give the number of steps.", "5/7", "10-12",
    "7x + 11x = 162",
    "What is 10 divided by 0?", "What is 6/2(1+2)?", "What is -2^2?", "What is 3 + 4 = 8?", "What is 5 + 50%?",
    "What is 7 / 2? Give the answer as an integer.", "Tom has 3 apples and buys 4 * 2 more. How many has he?",
    "What is 7 * 8? Double the result.", "What is 7 * 8? Then add 3 apples.", "What is not 3 + 4?",
    "Do not compute 3 + 4",
    "What is 3 + 4 mod 5?", "Consider the identity 2 * 5 + 9 * 7 = 73", "(" * 5000, "What is 9^9^9?", "5:00 - 3",
    "1.2.3 + 4",
    "What is 3 + 4? What is 5 + 6?", "3 + 4, 5 + 6", "What is 7 * 8? Give the last digit of the answer.",
]  # fmt: skip


@pytest.mark.parametrize(("question", "value"), READINGS)
def test_reads(question: str, value: int | Fraction) -> None:
    reading = read(question)
    assert reading is not None
    assert reading.value == value


@pytest.mark.parametrize("question", DECLINES)
def test_declines(question: str) -> None:
    assert read(question) is None


@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, 500), st.integers(0, 500))
def test_products_and_sums_in_symbols_and_words(a: int, b: int, c: int, d: int) -> None:
    for text in (
        f"{a} * {b} + {c} * {d} =",
        f"What is {a} times {b} plus {c} times {d}?",
        f"add {a} times {b} to {c} times {d}",
    ):
        reading = read(text)
        assert reading is not None
        assert reading.value == a * b + c * d


WORDS = st.sampled_from(
    [
        "the",
        "sum",
        "of",
        "and",
        "3",
        "4",
        "5",
        "times",
        "plus",
        "minus",
        "then",
        ",",
        "multiply",
        "by",
        "add",
        "to",
        "what",
        "is",
        "half",
        "product",
        "difference",
        "double",
        "it",
        "from",
        "subtract",
        "squared",
        "less",
        "than",
        ".",
        "?",
        "(",
        ")",
        "*",
        "+",
        "-",
        "/",
        "percent",
        "a",
        "hundred",
        "apples",
    ]
)


@given(st.lists(WORDS, max_size=14))
def test_any_words_are_answered(words: list[str]) -> None:
    read(" ".join(words))


@given(st.text(max_size=300))
def test_any_text_is_answered(text: str) -> None:
    read(text)


@pytest.mark.parametrize(
    "text",
    ["1 + " * 480 + "1", "the sum of 1 and " * 100 + "2", "2 and " * 300, "-" * 1900 + "1", "what is " * 240 + "1"],
)
def test_declining_is_fast(text: str) -> None:
    started = time.perf_counter()
    read(text)
    read(text * 1000)
    assert time.perf_counter() - started < 2.0
