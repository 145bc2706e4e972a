"""Judges claims about whole numbers in finished text: "3599 is prime", "gcd(12, 18) = 6", "there are 18 primes ...".

The idea: `number_claims.py` reads a statement, `sentences.py` says whether it is asserted, `number_facts.py` decides
it. A refutation carries a witness and, where there is one, a correction; every verdict but UNKNOWN carries a
certificate that `certificates.py` checks with other code.

Guaranteed: exact methods, work bounded in steps and not in seconds, no exception on any text. Primality is decided up
to about 10^30 with rare exceptions, and up to 10^42 mostly; a composite number always. Not judged: what is only
suggested, supposed, quoted or asked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from slowthink.types import Claim, Edit, Judgement, Status, Verdict
from slowthink.verifiers.assents import asked, assent, assent_before
from slowthink.verifiers.factors import Work, WorkSpent
from slowthink.verifiers.number_claims import ANCHOR, Found, find, may_have_any
from slowthink.verifiers.number_facts import decide
from slowthink.verifiers.number_readings import Statement
from slowthink.verifiers.number_work import Thinking
from slowthink.verifiers.numerals import write_number
from slowthink.verifiers.sentences import Sentence, Sentences, doubt, masked

WORK: Final = 35_000
WORK_A_CHARACTER: Final = 2
FREE_SENTENCES: Final = 40
CHARACTERS_A_SENTENCE: Final = 200
MAX_LISTED: Final = 100
_AS_SENTENCE: Final = frozenset(
    ("prime", "composite", "even", "odd", "square", "cube", "divisible", "prime factor", "coprime")
)
"""Forms whose correction is a sentence of its own."""


@dataclass(frozen=True, slots=True)
class NumberTheoryVerifier:
    """The verifier of statements about whole numbers; with a question, also of a reply's bare yes or no to it."""

    question: str = ""
    kind: str = "number_theory"

    @property
    def anchor(self) -> re.Pattern[str]:
        """What a sentence with such a statement has in it; a short answer to a question has anything."""
        return _ANYTHING if self.question else ANCHOR

    def about(self, question: str) -> NumberTheoryVerifier:
        """The same for replies to a question, if that asks about a statement."""
        return NumberTheoryVerifier(question if asked(question) is not None else "")

    def check(self, text: str) -> list[Judgement]:
        """One judgement for each statement that is asserted; those beyond the bounds of a text are UNKNOWN."""
        sentences, work = Sentences(text), Work(WORK + WORK_A_CHARACTER * len(text))
        left = FREE_SENTENCES + len(text) // CHARACTERS_A_SENTENCE
        judgements: list[Judgement] = []
        end = -1
        if self.question:
            judgements += _assented(self.question, text, work)
        for anchor in ANCHOR.finditer(text) if may_have_any(text) else ():
            if anchor.start() < end:
                continue
            sentence = sentences.around(anchor.start())
            if sentence is None:
                continue
            end = sentence.end
            left -= 1
            if left < 0:
                break
            judgements += _judged(sentences, sentence, work)
        return judgements


def _judged(sentences: Sentences, sentence: Sentence, work: Work) -> list[Judgement]:
    judgements = []
    found = find(sentence.masked)
    ends = {one.end for one in found}
    for one in found:
        against = doubt(sentences, sentence, one.start, one.end, ends)
        if against:
            continue
        begin, end = _with_marks(sentences.text, sentence.start + one.start, sentence.start + one.end)
        claim = Claim(kind="number_theory", text=sentences.text[begin:end], start=begin, end=end)
        if not _stands_alone(claim.text, one):
            continue
        verdict = verdict_on(one, work)
        if verdict.status is Status.REFUTED:
            place = _Place(sentences.text, begin, end, sentence.start, sentence.end)
            verdict = _corrected(verdict, one, place)
        judgements.append(Judgement(claim=claim, verdict=verdict))
    return judgements


def _stands_alone(text: str, found: Found) -> bool:
    """Whether the words of a claim say the same without the sentence around them, whose markup may be cut in two."""
    if not _MARKUP.search(text):
        return True
    return [one.readings for one in find(masked(text))] == [found.readings]


_MARKUP: Final = re.compile(r"[$*_`\\<{\"]")
_ANYTHING: Final = re.compile(r"(?s).")


def _assented(question: str, reply: str, work: Work) -> list[Judgement]:
    """What a reply claims by the yes or no with which it begins."""
    found = assent(question, reply)
    if found is None:
        return []
    start, end, one = found
    verdict = verdict_on(one, work)
    if verdict.certificate is not None:
        verdict = verdict.model_copy(update={"certificate": {"question": question, **verdict.certificate}})
    if verdict.status is Status.REFUTED and verdict.correction and one.readings[0].form in _AS_SENTENCE:
        word = "No" if one.readings[0].negated is False else "Yes"
        right = f"{word}, {verdict.correction}"
        verdict = verdict.model_copy(update={"correction": right, "edit": Edit(start=start, end=end, text=right)})
    elif verdict.status is Status.REFUTED:
        verdict = verdict.model_copy(update={"correction": None})
    claim = Claim(kind="number_theory", text=reply[start:end], start=start, end=end)
    return [Judgement(claim=claim, verdict=verdict)]


_MARKS: Final = ("**", "*", "$", "`", "_")


def _with_marks(text: str, begin: int, end: int) -> tuple[int, int]:
    """The span with the mark of emphasis or mathematics that opens right before it and closes within it."""
    for mark in _MARKS:
        if text.count(mark, begin, end) % 2 and text.endswith(mark, 0, begin):
            return begin - len(mark), end
    return begin, end


def verdict_on(found: Found, work: Work) -> Verdict:
    """The verdict on what was found in a sentence, without a correction; all its readings must agree."""
    thinking = Thinking(work)
    try:
        facts = [decide(statement, thinking) for statement in found.readings]
    except WorkSpent:
        return Verdict(status=Status.UNKNOWN, reason="more work than is done for one text, or a number too large")
    holds = {truth for fact in facts for truth in fact.holds}
    statement, fact = found.readings[0], facts[0]
    if len(holds) > 1:
        return Verdict(status=Status.UNKNOWN, reason=fact.why or "true by one convention, false by another")
    certificate = {"statements": [one.data() for one in found.readings], "proof": thinking.proof()}
    if holds == {True}:
        return Verdict(status=Status.PROVED, reason=fact.why, certificate=certificate)
    right = fact.right if len(found.readings) == 1 else None
    shown = right if isinstance(right, str | None) else _written(found, statement, right)
    return Verdict(
        status=Status.REFUTED, reason=fact.why, witness=fact.why, correction=shown or None, certificate=certificate
    )


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a claim stands, and where its sentence begins and ends."""

    text: str
    begin: int
    end: int
    low: int
    high: int


_REASON: Final = re.compile(r"\s*,?\s+(?:because|since|as)\b[^\"”)\]\n]*+", re.I)


def _corrected(verdict: Verdict, found: Found, place: _Place) -> Verdict:
    """The verdict with the edit that puts its correction into the text."""
    right = verdict.correction
    if right is None:
        return verdict
    if found.readings[0].form in _AS_SENTENCE:
        text = place.text
        # "Yes, 3599 is prime because ..." would say yes to the opposite, and give a reason for what is false
        start = assent_before(text, place.begin)
        is_begun = start < place.begin or text[place.begin : place.end].lstrip("*$_`")[:1].isupper()
        reason = _REASON.match(text, place.end, place.high)
        end = reason.end() if reason else place.end
        right = right[0].upper() + right[1:] if is_begun else right
        edit = Edit(start=start, end=end, text=right)
    elif found.value is not None:
        edit = Edit(start=place.low + found.value[0], end=place.low + found.value[1], text=right)
    else:
        return verdict.model_copy(update={"correction": None})
    return verdict.model_copy(update={"correction": right, "edit": edit})


def _written(found: Found, statement: Statement, right: tuple[int, ...]) -> str | None:
    """A right value in the way in which the wrong one was written."""
    if statement.negated:
        return None
    if statement.form == "factorisation":
        return _product(right)
    if statement.form in ("primes", "first primes", "divisors", "prime factors"):
        return _list(right, found.written) if 0 < len(right) <= MAX_LISTED else None
    return write_number(Fraction(right[0]), found.written if found.written[:1].isdigit() else "")


def _product(factors: tuple[int, ...]) -> str:
    powers = [(p, factors.count(p)) for p in sorted(set(factors))]
    return " * ".join(f"{p}^{k}" if k > 1 else str(p) for p, k in powers)


def _list(numbers: tuple[int, ...], like: str) -> str:
    """The numbers in the way in which the claimed ones are joined."""
    shown = list(map(str, numbers))
    if len(shown) < 2 or " and " not in like:
        return ", ".join(shown)
    joint = ", and " if ", and " in like and len(shown) > 2 else " and "
    return ", ".join(shown[:-1]) + joint + shown[-1]
