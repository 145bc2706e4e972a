"""A line and its reverse, searched from both ends at once, as sentences of a shape that reads both ways.

The model proposes the nouns. Each end of the line is grown as the beginning of one of the two lines, the likeliest
ends are kept, and they are joined by the verb that the model expects behind both. Whole lines are ranked by how much
likelier they are, forwards and backwards, than their words are by themselves; then the word-order test decides. Lines
without content words of their own, with one twice, or without the subject are never proposed.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from itertools import product

from slowthink.mind import Mind
from slowthink.models.protocol import Prompt
from slowthink.strategies.shapes import SHAPES, SMALL_KINDS, Kind, Shape, choices
from slowthink.strategies.word_classes import SMALL, Noun, nouns_among, plural_of
from slowthink.strategies.word_order import as_line, preference

FRAMES = (
    "This is a song of {s} and",
    "A poem about {t}.\n\nWe dream of {s} and of",
    "They spoke of {s}, of",
    "Poets compare {s} with",
    "{s} and",
)
EACH = 6
NOUNS, ENDS, KEPT, VERBS, WHOLE, TESTED = 12, 24, 4, 9, 12, 3
"""Nouns that are used, ends that are scored, ends that are kept, verbs that are tried, whole lines that are scored, and
lines of a shape that are tested."""
COMMON = 0.7
"""How much of the likelihood of its words by themselves is taken off that of a line."""


@dataclass(frozen=True)
class Pair:
    """The words of a line, without case; read backwards they are the other line."""

    words: tuple[str, ...]
    shape: str

    @property
    def first(self) -> str:
        """The line."""
        return as_line(self.words)

    @property
    def last(self) -> str:
        """The line read backwards."""
        return as_line(self.words[::-1])


def fits(words: tuple[str, ...]) -> bool:
    """Whether no content word occurs twice (in two forms neither) and the line is not its own reverse."""
    content = [re.sub(r"(?:ed|es|s|d|e)$", "", word.casefold()) for word in words if word.casefold() not in SMALL]
    return len(content) >= 2 and len(set(content)) == len(content) and words != words[::-1]


async def proposed_nouns(topic: str, subject: str, mind: Mind) -> list[Noun]:
    """Nouns that the model thinks of beside the subject, the most frequent first."""
    rows = await asyncio.gather(
        *(
            mind.child(f"nouns{number}").generate(
                Prompt(text=_sentence(frame.format(t=topic, s=subject))), max_tokens=4, temperature=1.0, n=EACH
            )
            for number, frame in enumerate(FRAMES)
        )
    )
    found = [re.match(r" ?([a-z]{3,12})(?![a-z'’-])", row.text) for group in rows for row in group]
    words = [match[1] for match in found if match and match[1] not in SMALL]
    seen = Counter(word for word in words if word not in (subject, plural_of(subject), topic))
    nouns = await nouns_among([word for word, _ in seen.most_common(18)], mind.child("kinds"))
    return [noun for noun in nouns if noun.text != subject]


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


class PairSearch:
    """The search of one poem: its place, its subject and nouns, and a seed of its own."""

    def __init__(self, mind: Mind, place: Prompt, subject: Noun, nouns: list[Noun], seed: int) -> None:
        self._mind = mind
        self._place = place
        self._subject = subject
        self._nouns = {noun.text: noun for noun in (subject, *nouns)}
        self._draw = random.Random(seed)
        self._seed = seed
        self._alone: dict[str, float] = {}

    async def pairs(self) -> AsyncIterator[Pair]:
        """Accepted pairs, shape after shape in a drawn order, best first."""
        for shape in self._ordered():
            mind = self._mind.child(shape.name.replace(" ", "_"))
            ranked = await self._ranked(shape, mind)
            if ranked:
                mind.remark(f"{shape.name}: " + "; ".join(f"{as_line(words)} ({score:.1f})" for score, words in ranked))
            for number, (_, words) in enumerate(ranked):
                if await self._reads(mind.child(f"line{number}"), words):
                    yield Pair(words, shape.name)

    def _ordered(self) -> list[Shape]:
        """Longer lines oftener than not: the order is drawn, with more weight for the first shapes."""
        left, found = list(SHAPES), []
        while left:
            weights = [2.0 ** -(SHAPES.index(shape) / 1.5) for shape in left]
            found.append(left.pop(self._draw.choices(range(len(left)), weights)[0]))
        return found

    async def _reads(self, mind: Mind, words: tuple[str, ...]) -> bool:
        """Whether a line and its reverse pass the word-order test; both pass through the model together."""
        both = [words, words[::-1]]
        found = await asyncio.gather(
            *(
                preference(mind.child(name), self._place, order, self._seed)
                for name, order in zip(("ahead", "back"), both, strict=True)
            )
        )
        for order, one in zip(both, found, strict=True):
            mind.remark(f"{as_line(order)} is preferred to {one.worse} of {one.tried} other orders of its words")
        return all(one.holds for one in found)

    async def _ranked(self, shape: Shape, mind: Mind) -> list[tuple[float, tuple[str, ...]]]:
        """The best whole lines of a shape, each with what it is worth in both directions."""
        sides = (True,) if shape.left == shape.right else (True, False)
        drawn = [
            self._ends(kinds, has_subject)
            for in_left in sides
            for kinds, has_subject in ((shape.left, in_left), (shape.right, not in_left))
        ]
        best = await asyncio.gather(*(self._best(ends, mind) for ends in drawn))
        ends = list(zip(best[::2], best[1::2], strict=True))
        asked = [
            self._middles(shape.slots[shape.middle], left + right) if left and right else [] for left, right in ends
        ]
        joined = await asyncio.gather(
            *(
                self._joined(shape, left, right, middles, mind)
                for (left, right), middles in zip(ends, asked, strict=True)
            )
        )
        wholes = [words for some in joined for words in some]
        wholes = list(dict.fromkeys(words for words in wholes if fits(words)))
        if not wholes:
            return []
        lines = [as_line(order) for words in wholes for order in (words, words[::-1])]
        _, found = await asyncio.gather(
            self._weigh({word for words in wholes for word in words}, mind), mind.score(self._place, lines)
        )
        scores = [one.logprob for one in found]
        worth = [
            (min(ahead, back) + (ahead + back) / 2 - 2 * COMMON * sum(self._alone[word] for word in words), words)
            for words, ahead, back in zip(wholes, scores[::2], scores[1::2], strict=True)
        ]
        return sorted(worth, key=lambda one: (-one[0], one[1]))[:TESTED]

    def _ends(self, kinds: tuple[Kind, ...], has_subject: bool) -> list[tuple[str, ...]]:
        """Beginnings of these kinds, with the subject among them or without."""
        if has_subject and "noun" not in kinds:
            return []
        every = sorted({one for words in self._fillings(kinds, has_subject) for one in words})
        return sorted(self._draw.sample(every, ENDS)) if len(every) > ENDS else every

    def _fillings(self, kinds: tuple[Kind, ...], has_subject: bool) -> Iterable[list[tuple[str, ...]]]:
        places = [place for place, kind in enumerate(kinds) if kind == "noun"] if has_subject else [-1]
        others = [name for name in self._nouns if name != self._subject.text][:NOUNS]
        for place in places:
            slots = [
                ([self._subject.text] if at == place else others) if kind == "noun" else choices(kind, self._all_plural)
                for at, kind in enumerate(kinds)
            ]
            yield [tuple(words) for words in self._drawn(slots) if len(set(words)) == len(words)]

    @property
    def _all_plural(self) -> bool:
        return all(noun.plural for noun in self._nouns.values())

    def _drawn(self, slots: list[list[str] | tuple[str, ...]]) -> list[tuple[str, ...]]:
        """All ways of filling the slots where they are few, else some of them."""
        size = 1
        for slot in slots:
            size *= len(slot)
        if size <= 4 * ENDS:
            return list(product(*slots))
        return [tuple(self._draw.choice(slot) for slot in slots) for _ in range(2 * ENDS)]

    async def _best(self, ends: list[tuple[str, ...]], mind: Mind) -> list[tuple[str, ...]]:
        """The likeliest of them."""
        if not ends:
            return []
        _, scores = await asyncio.gather(
            self._weigh({word for words in ends for word in words}, mind),
            mind.score(self._place, [as_line(words).rstrip(".") for words in ends]),
        )
        worth = [
            (one.logprob - COMMON * sum(self._alone[word] for word in words), words)
            for one, words in zip(scores, ends, strict=True)
        ]
        return [words for _, words in sorted(worth, key=lambda one: (-one[0], one[1]))[:KEPT]]

    async def _weigh(self, words: set[str], mind: Mind) -> None:
        """Find out how likely words are by themselves."""
        new = sorted(words - set(self._alone))
        if new:
            scores = await mind.score(Prompt(text="The next word is"), [f" {word}" for word in new])
            self._alone |= {word: one.logprob for word, one in zip(new, scores, strict=True)}

    async def _joined(
        self,
        shape: Shape,
        left: list[tuple[str, ...]],
        right: list[tuple[str, ...]],
        middles: list[str],
        mind: Mind,
    ) -> list[tuple[str, ...]]:
        """Both ends with the middle that the model expects behind both; nothing where one of them is missing."""
        if not left or not right or not middles:
            return []
        ends = left + right
        asked = [(end, verb) for end in ends for verb in middles]
        scores, _ = await asyncio.gather(
            mind.score(self._place, [as_line((*end, verb)).rstrip(".") for end, verb in asked]),
            self._weigh(set(middles), mind),
        )
        likely = {one: score.logprob for one, score in zip(asked, scores, strict=True)}
        joined = [
            (likely[a, verb] + likely[b, verb] - 2 * COMMON * self._alone[verb], (*a, verb, *b[::-1]))
            for a, verb, b in product(left, middles, right)
            if self._agrees(verb, a, b) and fits((*a, verb, *b[::-1]))
        ]
        best = sorted(joined, key=lambda one: (-one[0], one[1]))
        return _varied([words for _, words in best], shape.middle)[:WHOLE]

    def _middles(self, kind: Kind, ends: list[tuple[str, ...]]) -> list[str]:
        plural = any(self._nouns[word].plural for end in ends for word in end if word in self._nouns)
        found = list(choices(kind, plural))
        return found if kind in SMALL_KINDS or len(found) <= VERBS else sorted(self._draw.sample(found, VERBS))

    def _agrees(self, verb: str, left: tuple[str, ...], right: tuple[str, ...]) -> bool:
        """Whether the verb's form goes with what stands before it, in both directions."""
        for end in (left, right):
            nouns = [self._nouns[word] for word in end if word in self._nouns]
            many = "and" in end or (bool(nouns) and nouns[0].plural)
            if verb in ("are", "were", "was"):
                if many != (verb != "was"):
                    return False
            elif not many and verb in choices("verb", True) + choices("cause", True) and not _is_past(verb):
                return False
        return True


def _is_past(verb: str) -> bool:
    return verb in choices("verb", False) + choices("cause", False)


def _varied(wholes: list[tuple[str, ...]], middle: int) -> list[tuple[str, ...]]:
    """The same with lines of the same ends after all others."""
    firsts: list[tuple[str, ...]] = []
    rest: list[tuple[str, ...]] = []
    seen: Counter[tuple[str, ...]] = Counter()
    for words in wholes:
        ends = (*words[:middle], *words[middle + 1 :])
        (firsts if seen[ends] < 2 else rest).append(words)
        seen[ends] += 1
    return firsts + rest
