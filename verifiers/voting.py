"""One answer from many samples: each is put right first, equal answers are one, and the heaviest wins.

A sample is a text of a model. Its refuted sums are corrected, its answer is extracted from the repaired text, and
answers that are equal, however they are written, are counted together. A sample without an answer is not counted.
Support is the share of the counted weight; it is no probability, so no confidence is made of it here. Of two answers
with the same weight the one wins whose samples have the better sums: an answer that a proved sum came to speaks for
it, a refuted sum against it; then the one that was given first.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from slowthink.types import Status
from slowthink.verifiers.answer_numbers import declines, plain
from slowthink.verifiers.answer_values import Items, Quantity, Reading, Unread, Words, read
from slowthink.verifiers.arithmetic import ArithmeticVerifier
from slowthink.verifiers.equivalence import compare, equivalent
from slowthink.verifiers.extraction import extract_answer, extract_number
from slowthink.verifiers.grader import Grader
from slowthink.verifiers.repair import repair

MAX_COMPARED = 64
"""Answers that only math-verify can compare are compared with so many others at most."""
_OBJECT = re.compile(r"\{\s*[\"']\w+[\"']\s*:")
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Sample:
    """A text with its weight."""

    text: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Given:
    """What a sample answers, as it is written and as it is read; `sums` is 1 where they speak for it, -1 against it."""

    answer: str
    reading: Reading
    sums: int = 0


@dataclass
class Ballot:
    """An answer, the weight of the samples that give it, what their sums say, and which samples these are."""

    reading: Reading
    weight: float = 0.0
    sums: int = 0
    writings: dict[str, float] = field(default_factory=dict)
    samples: list[int] = field(default_factory=list)

    @property
    def answer(self) -> str:
        """The answer as most of the weight writes it."""
        return max(self.writings, key=lambda writing: self.writings[writing])


@dataclass(frozen=True, slots=True)
class Outcome:
    """The winner, its share of the counted weight, and all ballots; `answer` is None where nobody gave one."""

    answer: str | None
    support: float
    ballots: tuple[Ballot, ...]


def vote(samples: Sequence[Sample], grader: Grader | None = None, is_repaired: bool = True) -> Outcome:
    """The answer of the samples together; their texts are repaired first unless told otherwise."""
    ballots = count([given(sample.text, is_repaired) for sample in samples], [s.weight for s in samples], grader)
    total = sum(ballot.weight for ballot in ballots)
    if total <= 0:
        return Outcome(None, 0.0, tuple(ballots))
    best = max(ballots, key=lambda ballot: (ballot.weight, ballot.sums))  # the first of several
    return Outcome(best.answer, best.weight / total, tuple(ballots))


def given(text: str, is_repaired: bool = True) -> Given | None:
    """What a text answers once its refuted sums are put right; None where it gives no answer."""
    text = _SURROGATE.sub("\ufffd", text)
    judged = ArithmeticVerifier().check(text)
    found = answer_of(repair(text, judged) if is_repaired else text)
    if found is None:
        return None
    proved = [j.claim.text for j in judged if j.verdict.status is Status.PROVED]
    has_refuted = any(j.verdict.status is Status.REFUTED for j in judged)
    return Given(*found, sums=_is_result(found[1], proved) - has_refuted)


def _is_result(reading: Reading, sums: Sequence[str]) -> bool:
    """Whether one of these sums comes to the answer."""
    if not isinstance(reading, Quantity):
        return False
    ends = (read(sum_.rpartition("=")[2].strip()) for sum_ in sums)
    return any(isinstance(end, Quantity) and end.value == reading.value for end in ends)


def answer_of(text: str) -> tuple[str, Reading] | None:
    """The answer of a text and its reading; a number is written plainly. None where the text gives no answer."""
    answer = extract_answer(text)
    if answer is None or not any(character.isalnum() for character in answer) or declines(answer):
        return None
    reading = read(answer)
    if _is_prose(answer, reading):
        number = extract_number(text)
        if number is None:
            return None
        answer, reading = number, read(number)
    if isinstance(reading, Quantity):
        answer = plain(reading.value) + "%" * reading.is_percent
    return answer, reading


def _is_prose(answer: str, reading: Reading) -> bool:
    """Whether the answer is a sentence, an object, or things that are counted; a number can be got from these."""
    if _OBJECT.match(answer):
        return True
    if isinstance(reading, Items):
        return (
            not reading.bracket
            and any(isinstance(item, Words) or getattr(item, "unit", "") for item in reading.items)
            and "\\" not in answer
        )
    return isinstance(reading, Unread | Words) and len(answer.split()) > 2 and "\\" not in answer


def count(answers: Sequence[Given | None], weights: Sequence[float], grader: Grader | None = None) -> list[Ballot]:
    """Equal answers together, in the order in which they were first given."""
    ballots: list[Ballot] = []
    by_value: dict[object, Ballot] = {}
    for index, (one, weight) in enumerate(zip(answers, weights, strict=True)):
        if one is None:
            continue
        answer, reading = one.answer, one.reading
        key = (reading.value, reading.is_percent) if isinstance(reading, Quantity) else reading
        ballot = by_value.get(key) or _equal(ballots, answer, reading, grader)
        if ballot is None:
            ballot = Ballot(reading)
            ballots.append(ballot)
        by_value[key] = ballot
        ballot.weight += weight
        ballot.writings[answer] = ballot.writings.get(answer, 0.0) + weight
        ballot.sums += one.sums
        ballot.samples.append(index)
    return ballots


def _equal(ballots: list[Ballot], answer: str, reading: Reading, grader: Grader | None) -> Ballot | None:
    """The ballot of an equal answer, by the exact comparison first; None where there is none."""
    unsure = []
    for ballot in ballots:
        status = compare(ballot.reading, reading).status
        if status is Status.PROVED:
            return ballot
        if status is Status.UNKNOWN:
            unsure.append(ballot)
    if grader is not None:
        for ballot in unsure[:MAX_COMPARED]:
            if equivalent(ballot.answer, answer, grader).status is Status.PROVED:
                return ballot
    return None
