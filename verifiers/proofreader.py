"""The proofreader: watches sentences being written and puts right what a verifier refutes, as soon as they end.

The idea: it is the verifiers of claims in words (numbers, texts) on the sentence that was just ended, seen with what
stands before it. A refuted sentence is replaced by what is right, and what the sentence went on to say for it is
dropped; where there is no correction the row goes back to before the claim, and the refuted text may not come again.

Guaranteed: no state; a sentence is judged once, when it ends; without a word that matters in it, looking at it costs
one search. Not covered: claims that a later sentence takes back, which are put right all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from slowthink.supervision import Replace, Rewind, Supervisor
from slowthink.types import Judgement, Status
from slowthink.verifiers.protocol import SentenceVerifier
from slowthink.verifiers.sentences import MAX_SENTENCE

BEFORE: Final = 1500
"""How much of what stands before a sentence is looked at to understand it."""
_END: Final = re.compile(r"(?P<run_on>(?<=[a-z0-9])[.!?](?=[A-Z][a-z]))|[.!?]+[\"”’')\]*_]{0,4}(?=\s)|\n")


@dataclass(frozen=True, slots=True)
class Proofreader:
    """The supervisor of claims in sentences."""

    verifiers: tuple[SentenceVerifier, ...]
    name: str = "proofreader"

    def about(self, question: str) -> Supervisor:
        """The same for replies to a question: then a bare yes or no is a claim, too."""
        return replace(self, verifiers=tuple(verifier.about(question) for verifier in self.verifiers))

    def watch(self, text: str, seen: int, ended: bool) -> Replace | Rewind | None:
        """The first claim that is refuted in the sentences that the new characters end."""
        ends = [end for end, known in _ended(text, max(0, seen - 8)) if known >= seen] + ([len(text)] if ended else [])
        if not ends:
            return None
        start = _start(text, seen, ends[0])
        for verifier in self.verifiers:
            if verifier.anchor.search(text, start, ends[-1]):
                low = max(0, start - BEFORE)
                # a bare yes or no counts at the beginning of the reply only
                found = (verifier.about("") if low else verifier).check(text[low : ends[-1]])
                for judgement in found:
                    if judgement.verdict.status is Status.REFUTED and low + judgement.claim.end > start:
                        return _action(text, low, judgement, ended)
        return None


def _ended(text: str, at: int) -> Iterator[tuple[int, int]]:
    """Where sentences end from `at` on, and the character by which that is known."""
    for match in _END.finditer(text, at):
        yield match.end(), match.end() + (1 if match["run_on"] else -1 if match[0] == "\n" else 0)


def _start(text: str, seen: int, end: int) -> int:
    """Where the first sentence begins that ends behind what was seen."""
    low = max(0, min(seen, end) - MAX_SENTENCE)
    start = low
    for match in _END.finditer(text, low, min(seen, end)):
        if match.end() < min(seen, end - 1):
            start = match.end()
    return start


def _action(text: str, low: int, judgement: Judgement, ended: bool) -> Replace | Rewind:
    claim, verdict = judgement.claim, judgement.verdict
    if verdict.edit is None:
        return Rewind(start=low + claim.start, why=verdict.reason)
    edit, end = verdict.edit, low + claim.end
    kept = text[low + edit.end : end] if low + edit.end < end else ""
    put = edit.text + kept
    mark = "\n" if text[end : end + 1] == "\n" and not edit.text.endswith(".") else "."
    return Replace(start=low + edit.start, text=put if put.endswith(mark) else put + mark, why=verdict.reason)
