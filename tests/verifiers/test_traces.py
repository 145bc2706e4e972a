"""Traces over states: brackets with a stack, words that are sorted, things that are swapped."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slowthink.types import Status
from slowthink.verifiers.brackets import BracketVerifier
from slowthink.verifiers.protocol import Verifier
from slowthink.verifiers.sorting import SortingVerifier
from slowthink.verifiers.swaps import SwapVerifier

BRACKETS, SORTING, SWAPS = BracketVerifier(), SortingVerifier(), SwapVerifier()
START = "At the start: Ann: red, Bob: blue, Cy: green.\n"
FINAL = 'stack: [ <\nThe final stack is "'
PAIRS = {"(": ")", "[": "]", "{": "}", "<": ">"}


def statuses(verifier: Verifier, text: str) -> list[str]:
    return [judgement.verdict.status.value[0] for judgement in verifier.check(text)]


@pytest.mark.parametrize(
    ("verifier", "text", "expected"),
    [
        (BRACKETS, "stack: empty\n< ; stack: <\n[ ; stack: < [\n] ; stack: <\n", "PPP"),
        (BRACKETS, "0: empty stack\n1: [ ; stack: [\n2: ( ; stack: [ [\n", "PR"),
        (BRACKETS, "stack: [ <\n] ; stack: [\n", "R"),
        (BRACKETS, "stack: [ <\n] ; stack: [ <\n", "U"),
        (BRACKETS, FINAL + "[ <\".\nWe pop out \"<\", \"[\" one by one. So the answer is > ]", "PPP"),
        (BRACKETS, FINAL + "[\".\nWe pop out \"[\" and \"<\" in that order. The answer is ] >", "RUR"),
        (BRACKETS, "stack: [ [\nWe pop out \"[\" twice.", ""),
        (SORTING, 'The first letter: "love": "l" (12). "cat": "c" (4). "dog": "b".', "PRR"),
        (SORTING, 'The first letter: (3) "cat" < (4) ["dog" ? "dig"] < (12) "love"', "P"),
        (SORTING, 'The first letter: (3) "cat" < (4) ["dog" ? "fig"] < (12) "love"', "R"),
        (SORTING, 'Second letter: (15) "dog" < (1) "cat"', "R"),
        (SORTING, '"cat" < "dog" < ["fig" ? "fox"] < "love"', "P"),
        (SORTING, '"cat" < ["fig" ? "bee"] < "love"', "R"),
        (SORTING, '(3) "cat" < (4) "dog"', "U"),
        (SWAPS, START + "Ann and Bob swap hats: Ann: blue, Bob: red, Cy: green.", "P"),
        (SWAPS, START + "Ann and Bob swap hats: Ann: blue, Bob: blue, Cy: green.", "R"),
        (SWAPS, START + "Ann and Bob swap hats: Ann: blue, Bob: red.", ""),
        (SWAPS, START + "Ann and Dee swap hats: Ann: blue, Bob: red, Cy: green.", ""),
        (SWAPS, "Ann and Bob swap hats: Ann: blue, Bob: red, Cy: green.", ""),
    ],
)  # fmt: skip
def test_each_line_is_held_against_the_line_before(verifier: Verifier, text: str, expected: str) -> None:
    assert "".join(statuses(verifier, text)) == expected
    for judgement in verifier.check(text):
        assert text[judgement.claim.start : judgement.claim.end] == judgement.claim.text
        assert (judgement.verdict.witness is not None) == (judgement.verdict.status is Status.REFUTED)


@given(st.lists(st.sampled_from("([{<)"), max_size=40), st.integers(0, 39))
def test_a_stack_that_is_kept_rightly_is_proved_and_no_other(reads: list[str], wrong: int) -> None:
    stack: list[str] = []
    lines = ["stack: empty"]
    for read in reads:
        bracket = read if read != ")" else PAIRS[stack[-1]] if stack else "("
        stack = stack[:-1] if bracket in ")]}>" else [*stack, bracket]
        lines.append(f"{bracket} ; stack: {' '.join(stack) or 'empty'}")
    assert statuses(BRACKETS, "\n".join(lines)) == ["P"] * len(reads)
    if wrong < len(reads):
        lines[wrong + 1] += " (" if not lines[wrong + 1].endswith("empty") else ""
        found = statuses(BRACKETS, "\n".join(lines))
        assert found[wrong] == ("P" if lines[wrong + 1].endswith("empty") else "R")


@given(st.lists(st.text("abcxyz", min_size=1, max_size=6), min_size=2, max_size=8))
def test_a_chain_of_words_is_proved_just_when_it_is_sorted(words: list[str]) -> None:
    chain = " < ".join(f'"{word}"' for word in words)
    assert statuses(SORTING, chain) == ["P" if words == sorted(words) else "R"]


@given(st.text('ABCab "?[]()<>{};:,.\n0123stack letter first and swap: empty', max_size=300))
def test_any_text_is_answered(text: str) -> None:
    for verifier in (BRACKETS, SORTING, SWAPS):
        verifier.check("stack letter and " + text)


@pytest.mark.parametrize(
    "text",
    ["stack: " + "[ " * 20_000, '"a" < ' * 10_000, '["a" ? ' * 10_000, "A and B swap: " * 5_000, "A: b, " * 10_000,
     " letter " + '"a": ' * 10_000, "pop out " + '"[", ' * 10_000 + "stack", "answer is " + "] " * 20_000 + "stack"],
    ids=range(8),
)  # fmt: skip
def test_hostile_text_is_answered_in_time(text: str) -> None:
    started = time.process_time()
    for verifier in (BRACKETS, SORTING, SWAPS):
        verifier.check(text)
    assert time.process_time() - started < 2
