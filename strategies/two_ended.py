"""Text whose end is bound to its beginning: the bound lines first, from both ends at once, and the middle last.

What is asked of the text is data: constraints that the problem carries, or that its words say and a closed reader read.
Lines that are given, repeated or turned around are settled before anything else is written. A line and its reverse are
searched with the model's likelihood in both directions; both must pass the word-order test, the last one again behind
the free lines that lead to it. A model without likelihoods proposes such lines itself, and only their shape is
verified. No text leaves here that breaks a constraint. Whether it is a good poem about its subject, nothing decides.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from functools import partial

from slowthink.errors import InputError, ModelUnavailable
from slowthink.mind import Mind
from slowthink.models.protocol import Prompt
from slowthink.strategies.pairs import Pair, PairSearch, fits, proposed_nouns
from slowthink.strategies.protocol import Outcome
from slowthink.strategies.shapes import shape_of
from slowthink.strategies.subjects import Topic, topic_of
from slowthink.strategies.template import prompt_from
from slowthink.strategies.verses import Draft, Unwritable, fill
from slowthink.strategies.word_classes import SMALL, Noun, looks_plural
from slowthink.strategies.word_order import preference
from slowthink.types import Evidence, Problem, Status
from slowthink.verifiers.constraints import (
    Acrostic,
    Constraint,
    Count,
    Distinct,
    Forbidden,
    Line,
    Required,
    Reversed,
    Rhyme,
    Same,
    Starts,
    evidence,
    judge,
    judge_all,
    words,
)
from slowthink.verifiers.text_phrases import TextRequest

LINES = 6
PAIRS, WHOLES = 10, 4
"""Pairs that are tried, each with one middle, and texts that are tried where no pair is asked for."""
SEARCHES = 4
"""Searches for pairs, each with nouns and a seed of its own."""
ATTEMPTS = 12
"""Lines that a model without likelihoods may propose at once."""


class TwoEnded:
    """Writes a text from both ends; see the module."""

    name = "two_ended"

    async def solve(self, problem: Problem, mind: Mind) -> Outcome:
        """The first text that keeps every constraint."""
        request = mind.asked(problem)
        if request is None:
            return Outcome(None, reason="no constraint on the text that can be checked was read in the request")
        topic = topic_of(request.subject)
        why = "no lines that keep all constraints were found"
        number = 0
        seed = _seed(topic.phrase or problem.question, mind)
        async for draft in self._drafts(request, topic, seed, mind):
            text, why = await self._written(request, topic, draft, mind.child(f"draft{number}"))
            number += 1
            if text is not None:
                return _outcome(request, text)
        return Outcome(None, reason=why)

    async def _written(self, request: TextRequest, topic: Topic, draft: Draft, strand: Mind) -> tuple[str | None, str]:
        """The text of a draft, or None and why it is none."""
        if draft.searched and None in draft.lines:
            draft.ends_well = partial(self._ends_well, topic, strand)
        try:
            await fill(draft, strand)
        except Unwritable as error:
            strand.remark(str(error))
            return None, str(error)
        text = "\n".join(line for line in draft.lines if line is not None)
        verdict = judge_all(request.constraints, text)
        if verdict.status is not Status.PROVED:
            strand.remark(f"the text is thrown away: {verdict.reason}")
            return None, verdict.reason
        if draft.searched and draft.ends_well is None and not await self._ends_well(topic, strand, text.split("\n")):
            return None, "the last line does not read as a sentence behind the others"
        return text, ""

    async def _drafts(self, request: TextRequest, topic: Topic, seed: int, mind: Mind) -> AsyncIterator[Draft]:
        """Texts with their bound lines, the most promising first."""
        size = _size(request)
        bound = _bound(request, size)
        turned = _turned(request)
        if turned is None or any(_index(i, size) in bound for i in (turned.line, turned.of) if isinstance(i, int)):
            for _ in range(WHOLES):
                yield _draft(request, topic, size, bound)
            return
        first, last = _index(int(turned.of), size), _index(turned.line, size)
        found = 0
        async for pair, scored in self._pairs(topic, seed, mind):
            lines = {**bound, min(first, last): pair.first, max(first, last): pair.last}
            if not _may_stand(request, lines, size):
                continue
            found += 1
            mind.remark(f"the bound lines: {pair.first} / {pair.last}")
            yield replace(_draft(request, topic, size, lines), scored=scored, searched=scored)
            if found == PAIRS:
                return

    async def _pairs(self, topic: Topic, seed: int, mind: Mind) -> AsyncIterator[tuple[Pair, bool]]:
        """Pairs of lines, with whether they were tried by likelihood."""
        strand = mind.child("pairs")
        try:
            noun = await topic.noun(strand)
            for number in range(SEARCHES):
                again = strand.child(f"search{number}")
                nouns = await proposed_nouns(topic.phrase, noun.text, again)
                async for pair in PairSearch(again, _title(topic), noun, nouns, seed + number).pairs():
                    yield pair, True
        except (InputError, ModelUnavailable) as error:
            mind.remark(f"the model gives no likelihoods ({error}); it proposes the lines, and they are verified")
            for pair in await _proposed(topic, mind.child("proposals")):
                yield pair, False

    async def _ends_well(self, topic: Topic, mind: Mind, lines: Sequence[str]) -> bool:
        """Whether the last line reads as one behind the free lines.

        The line that it was made of is left out: a model that has just read it prefers whatever begins as it does.
        """
        _first, *before, last = lines
        place = _title(topic).text + "".join(f"{line}\n" for line in before)
        found = await preference(mind, Prompt(text=place), tuple(words(last)))
        mind.remark(f"behind the others the last line is preferred to {found.worse} of {found.tried} other orders")
        return found.holds


def _title(topic: Topic) -> Prompt:
    return Prompt(text=f"A poem about {topic.phrase}:\n\n")


def _seed(about: str, mind: Mind) -> int:
    return random.Random(f"{about}/{mind.seed}").getrandbits(32)


def _outcome(request: TextRequest, text: str) -> Outcome:
    shown = "; ".join(sorted({one.kind.replace("_", " ") for one in request.constraints}))
    proved = Evidence(
        kind="constraints",
        claim=f"the text keeps its constraints: {shown}",
        status=Status.PROVED,
        certificate=evidence(request.constraints, text),
    )
    return Outcome(text, "search", text, request.doubt, steps_hold=True, evidence=(proved,))


def _turned(request: TextRequest) -> Reversed | None:
    return next((one for one in request.constraints if isinstance(one, Reversed) and one.unit == "words"), None)


def _size(request: TextRequest) -> int:
    """How many lines the text has. Raises InputError where that cannot be."""
    least, most = 1, 60
    wanted = LINES
    for one in request.constraints:
        if isinstance(one, Count) and one.unit == "lines" and not one.each_line:
            least, most = max(least, one.least or 1), min(most, 60 if one.most is None else one.most)
        if isinstance(one, Acrostic):
            wanted = sum(sign.isalnum() for sign in one.word)
            least, most = max(least, wanted), min(most, wanted)
        if isinstance(one, Rhyme):
            wanted = -(-wanted // len(one.scheme)) * len(one.scheme)
        if isinstance(one, Line | Same | Reversed):
            places = [one.line] + ([one.of] if not isinstance(one, Line) and isinstance(one.of, int) else [])
            least = max(least, *(place + 1 if place >= 0 else -place for place in places))
            least = max(least, 2) if not isinstance(one, Line) else least
    if least > most:
        raise InputError(
            f"expected constraints on the lines that can be kept together, got at least {least} and at most {most}"
        )
    return min(max(wanted, least), most)


def _index(place: int, size: int) -> int:
    return place if place >= 0 else size + place


def _bound(request: TextRequest, size: int) -> dict[int, str]:
    """The lines that are given, and those that follow from given ones."""
    found: dict[int, str] = {}
    for one in request.constraints:
        if isinstance(one, Line):
            found[_index(one.line, size)] = one.text
    turned = _turned(request)
    if turned is not None:
        line = _index(turned.line, size)
        if isinstance(turned.of, str):
            found[line] = _backwards(turned.of)
        elif line in found:
            found[_index(turned.of, size)] = _backwards(found[line])
        elif (of := _index(turned.of, size)) in found:
            found[line] = _backwards(found[of])
    return found


def _backwards(line: str) -> str:
    text = " ".join(words(line)[::-1])
    return text[:1].upper() + text[1:] + "."


def _may_stand(request: TextRequest, lines: dict[int, str], size: int) -> bool:
    """Whether nothing that is asked of single lines is broken by these."""
    draft = _draft(request, Topic("", ""), size, lines)
    text = "\n".join(lines[i] for i in sorted(lines))
    kept = [one for one in request.constraints if isinstance(one, Forbidden | Distinct)]
    letters = all(line[:1].casefold() == draft.letters.get(i, line[:1]).casefold() for i, line in lines.items())
    return letters and judge_all(kept, text).status is not Status.REFUTED


def _draft(request: TextRequest, topic: Topic, size: int, bound: dict[int, str]) -> Draft:
    """A text with its bound lines, and what its free lines must keep."""
    lines: list[str | None] = [bound.get(i) for i in range(size)]
    draft = Draft(f" about {topic.phrase}" if topic.phrase else "", lines)
    free = [i for i, line in enumerate(lines) if line is None]
    needed = [word for one in request.constraints if isinstance(one, Required) for word in one.words]
    missing = [word for word in needed if judge(Required(words=(word,)), draft.text).status is not Status.PROVED]
    forbidden = [one for one in request.constraints if isinstance(one, Forbidden)]
    may_be_named = judge_all(forbidden, topic.head).status is not Status.REFUTED
    if topic.head and may_be_named and not any(topic.names(word) for word in words("\n".join([draft.text, *missing]))):
        missing.append(topic.head)
    for number, word in enumerate(missing):
        if free:
            draft.words.setdefault(free[number * len(free) // len(missing)], []).append(word)
    for one in request.constraints:
        _add(draft, one, size)
    banned = [
        one
        for one in request.constraints
        if isinstance(one, Forbidden | Distinct) or (isinstance(one, Count | Starts) and one.each_line)
    ]
    draft.allows = lambda _place, line: all(judge(one, line).status is not Status.REFUTED for one in banned)
    return draft


def _add(draft: Draft, one: Constraint, size: int) -> None:
    if isinstance(one, Acrostic):
        letters = draft.endings if one.last else draft.letters
        letters |= dict(enumerate(sign for sign in one.word if sign.isalnum()))
    elif isinstance(one, Rhyme):
        for i in range(size):
            verse, letter = i // len(one.scheme) * len(one.scheme), one.scheme[i % len(one.scheme)]
            same = [
                k for k in range(verse, min(size, verse + len(one.scheme))) if one.scheme[k % len(one.scheme)] == letter
            ]
            ready = [k for k in same if k != i and (k < i or draft.lines[k] is not None)]
            if letter != "-" and ready:
                draft.rhymes[i] = ready[0]
    elif isinstance(one, Same):
        line, of = sorted((_index(one.line, size), _index(one.of, size)))
        draft.copies |= {of: line} if draft.lines[of] is None else {line: of}
    elif isinstance(one, Count) and one.unit == "words" and one.each_line:
        least, most = one.least or 1, one.most or max(9, (one.least or 1) + 3)
        draft.sizes = (max(1, least), max(1, most))


async def _proposed(topic: Topic, mind: Mind) -> list[Pair]:
    """Lines that the model proposes itself, the most frequent first; only their shape is verified."""
    prompt = prompt_from("two_way", Problem.of(topic.phrase or "life"))
    rows = await mind.generate(prompt, max_tokens=60, temperature=0.9, n=ATTEMPTS)
    seen: Counter[tuple[str, ...]] = Counter()
    for row in rows:
        for line in re.split(r"[\n.;]", row.text):
            found = tuple(words(line))
            nouns = {word: Noun(word, True) for word in found if looks_plural(word) and word not in SMALL}
            if found and fits(found) and shape_of(found, nouns) is not None:
                seen[found] += 1
    mind.remark(f"{len(seen)} lines of {len(rows)} replies have a shape that reads both ways")
    has_subject = [pair for pair, _ in seen.most_common() if not topic.head or any(topic.names(word) for word in pair)]
    return [Pair(found, "proposed") for found in has_subject]
