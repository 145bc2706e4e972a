"""The contract of a verifier: what it finds is where it says, its corrections hold, and no text stalls or breaks it.

`check_verifier` is public as `slowthink.testing.check_verifier`. It cannot know whether verdicts are true.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Iterator

from slowthink.types import Judgement, Status
from slowthink.verifiers.protocol import Verifier

SECONDS_A_PAGE = 0.05
"""Processor time that a page of 10,000 characters may take; a shorter text has as much."""
PAGE = 10_000
FRAGMENTS = (
    "7 * 8 = 54", "3599 is prime", "3599 is not prime", "gcd(12, 18) = 5", "12 is divisible by 5",
    "'abc' reversed is 'cab'", "the word 'strawberry' has 2 r's", "there are 3 primes between 2 and 9",
    "prime factors of 84 are 2, 3, 7", "Yes,", "No.", "if", "I think that", "because", "is", "and", "or", "mod", "\n",
    "\n\n- ", "1. ", '"', "“", "”", "**", "$", "\\(", "{", "}", "<<", ">>", "=", "≈", "≡", "√", "^", "%", "?", "!", ".",
    ",", " ", "\t", "\x00", "\u202e", "\ud800", "é", "漢字", "🦊", "٣", "²", "½", "1,000", "1e999", "-7", "0", "9" * 50,
)  # fmt: skip
"""What random texts are made of, besides the samples."""


def check_verifier(
    verifier: Verifier,
    samples: Iterable[str],
    *,
    rounds: bool = False,
    texts: int = 150,
    seed: int = 0,
    seconds_a_page: float = SECONDS_A_PAGE,
) -> None:
    """Hold `verifier` to the contract. Raises AssertionError that says what was expected and what came.

    `samples` are texts with claims of its kind, right and wrong ones; at least one must be PROVED and one REFUTED.
    With `rounds`, a correction may be a rounded value or one within a chain: then it must only not be refuted again.
    `texts` is how many random texts are tried, `seconds_a_page` what 10,000 characters may take.
    """
    given = list(samples)
    _expect(bool(verifier.kind), "a verifier with a kind", verifier.kind)
    found = {Status(j.verdict.status) for text in given for j in _judged(verifier, text, rounds)}
    _expect({Status.PROVED, Status.REFUTED} <= found, "samples with a PROVED and a REFUTED claim", found)
    for text in _made_up(given, texts, seed):
        _judged(verifier, text, rounds)
    for name, text in _hostile(given):
        _check_time(verifier, name, text, seconds_a_page)


def _expect(holds: bool, expected: str, got: object) -> None:
    if not holds:
        raise AssertionError(f"expected {expected}; got {str(got)[:1000]!r}")


def _judged(verifier: Verifier, text: str, rounds: bool) -> list[Judgement]:
    """The judgements of a text, each held to the contract."""
    found = verifier.check(text)
    _expect(found == verifier.check(text), f"the same verdicts again for {text!r}", found)
    places = [(j.claim.start, j.claim.end) for j in found]
    _expect(places == sorted(places), f"claims in the order of {text!r}", places)
    for j in found:
        claim, verdict = j.claim, j.verdict
        _expect(claim.kind == verifier.kind, f"claims of the kind {verifier.kind!r}", claim)
        _expect(0 <= claim.start < claim.end <= len(text), f"a span within {text!r}", claim)
        _expect(claim.text == text[claim.start : claim.end], f"the text of its span in {text!r}", claim)
        _expect(verdict.status in Status, "one of three values", verdict)
        _expect(bool(verdict.reason), "a reason", j)
        is_refuted = verdict.status is Status.REFUTED
        _expect(is_refuted == bool(verdict.witness), "a witness exactly where a claim is refuted", j)
        _expect(
            is_refuted or (verdict.edit is None and verdict.correction is None),
            "no correction of what is not refuted",
            j,
        )
        _expect((verdict.edit is None) == (verdict.correction is None), "an edit for each correction", j)
        if verdict.edit is not None:
            _check_correction(verifier, text, j, rounds)
    return found


def _check_correction(verifier: Verifier, text: str, judgement: Judgement, rounds: bool) -> None:
    """A corrected claim is proved where it stands."""
    edit = judgement.verdict.edit
    if edit is None:
        return
    _expect(0 <= edit.start <= edit.end <= len(text), f"an edit within {text!r}", judgement)
    corrected = text[: edit.start] + edit.text + text[edit.end :]
    end = edit.start + len(edit.text)
    touched = [j for j in verifier.check(corrected) if j.claim.start < end and j.claim.end > edit.start]
    statuses = {j.verdict.status for j in touched}
    holds = statuses == {Status.PROVED} or (rounds and statuses != {Status.REFUTED})
    _expect(holds, f"the correction of {text!r} to be proved in {corrected!r}", touched)


def _made_up(samples: list[str], count: int, seed: int) -> Iterator[str]:
    """No text, samples one behind the other, samples with a stretch missing, and heaps of fragments."""
    draw = random.Random(seed)
    yield ""
    yield " ".join(samples)
    for _ in range(count):
        sample = draw.choice(samples)
        at = draw.randrange(len(sample) + 1)
        cut = sample[:at] + sample[at + draw.randrange(6) :]
        yield draw.choice((cut, f"{draw.choice(samples)} {cut}"))
        yield draw.choice(("", " ")).join(draw.choice((*FRAGMENTS, *samples)) for _ in range(draw.randrange(1, 14)))


def _hostile(samples: list[str]) -> Iterator[tuple[str, str]]:
    """Long texts that are hard to read: a name, and the text."""
    million = 1 << 20
    yield "1 MB of digits", "9" * million
    yield "1 MB of digits with commas", "1,234" * (million // 5)
    yield "1 MB of blanks", " " * million
    yield "1 MB without an end", "a" * million
    yield "brackets", "(" * 50_000 + ")" * 50_000
    yield "relations", "1 = " * 25_000
    yield "quotation marks", "\"'“" * 33_000
    yield "a list of numbers", "1, 2, 3 and " * 8_000 + " are prime"
    yield "one sentence", " and ".join(samples * (1 + 100_000 // sum(map(len, samples))))
    for nth, sample in enumerate(samples[:12]):
        yield f"sample {nth} again and again", f"{sample}\n" * (1 + PAGE // (len(sample) + 1))
    for nth, fragment in enumerate(FRAGMENTS[:8]):
        yield f"fragment {nth} again and again", f"{fragment} " * (1 + PAGE // (len(fragment) + 1))


def _check_time(verifier: Verifier, name: str, text: str, seconds_a_page: float) -> None:
    """The least of some runs counts, and a machine that is slow or busy is given longer."""
    taken, allowed = [], 0.0
    for _ in range(5):
        allowed = seconds_a_page * max(1.0, len(text) / PAGE) * _slowness()
        begin = time.process_time()
        verifier.check(text)
        taken.append(time.process_time() - begin)
        if taken[-1] <= allowed:
            return
    _expect(False, f"at most {allowed:.3f} s for {len(text)} characters ({name})", f"{min(taken):.3f} s")


def _slowness() -> float:
    """How many times longer this machine takes now than one that counts 16 million a second; at least 1."""
    begin, total = time.process_time(), 0
    for number in range(40_000):
        total += number * number % 7
    return max(1.0, (time.process_time() - begin) / 0.0025)
