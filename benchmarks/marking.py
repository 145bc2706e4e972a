"""Whether an answer is the gold answer: one verdict for each item, by the verifiers that judge everywhere else.

PROVED is right. REFUTED is wrong. UNKNOWN is counted as wrong, and told apart: nobody could tell.
"""

from __future__ import annotations

import json

from slowthink.benchmarks.task import Item
from slowthink.types import Status, Verdict
from slowthink.verifiers.constraints import judge_all, read_constraints
from slowthink.verifiers.equivalence import grade
from slowthink.verifiers.extraction import extract_choice
from slowthink.verifiers.grader import Grader
from slowthink.verifiers.puzzles import evidence_for, read_puzzle


def mark(item: Item, answer: str | None, grader: Grader | None = None) -> Verdict:
    """The verdict on an answer; none at all is refuted. `grader` compares what exact reading cannot."""
    if answer is None or not answer.strip():
        return Verdict(status=Status.REFUTED, reason="there is no answer")
    if item.marking == "puzzle":
        return _played(item, answer)
    if item.marking == "constraints":
        return judge_all(read_constraints(json.loads(item.gold)), answer)
    if item.marking == "choice":
        return _chosen(item, answer)
    return grade(item.gold, answer, None if item.marking == "exact" else grader)


def _played(item: Item, answer: str) -> Verdict:
    puzzle = read_puzzle(item.question)
    if puzzle is None:
        return Verdict(status=Status.UNKNOWN, reason="the question does not read as a puzzle")
    status, reason, _ = evidence_for(puzzle, answer)
    return Verdict(status=status, reason=reason)


def _chosen(item: Item, answer: str) -> Verdict:
    """A letter, or the words of one option alone."""
    gold = extract_choice(item.gold) or item.gold.strip(" ()")
    letter = extract_choice(answer) or _option(item.question, answer)
    if letter is None:
        return Verdict(status=Status.REFUTED, reason="no option is chosen")
    if letter == gold:
        return Verdict(status=Status.PROVED, reason="the same choice")
    return Verdict(status=Status.REFUTED, reason="another choice", witness=f"{gold} and {letter}")


def _option(question: str, answer: str) -> str | None:
    """The letter of the option that an answer repeats word by word; None where it is none, or not one alone."""
    said = " ".join(answer.split()).casefold().rstrip(".")
    found = []
    for line in question.splitlines():
        letter, bracket, text = line.strip().lstrip("(").partition(")")
        if bracket and len(letter) == 1 and letter.isupper() and " ".join(text.split()).casefold().rstrip(".") == said:
            found.append(letter)
    return found[0] if len(found) == 1 else None
