"""Amounts in words: numbers, shares, percentages, dozens, `eight nines`, and the words that stand between operands.

The idea: what names one value without putting two expressions together by an operator. It is the ground of the grammar:
the tokens, what was already read (for every start, every end with every value), and the tables of infix words.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Final

from slowthink.verifiers.expressions import Operator
from slowthink.verifiers.numerals import NUMBER_WORDS, cardinal
from slowthink.verifiers.tokens import Token
from slowthink.verifiers.verbs import FORMS, PARTICLES, Verb
from slowthink.verifiers.wordings import (
    AS_BIG_AS,
    COPULAS,
    IN_HALF,
    INFIX,
    ITSELF,
    PARTICIPLES,
    SHARES,
    SPELLINGS,
    SYMBOLS,
    Ambiguous,
    Ends,
    Values,
    by_first_word,
    combine,
    constant,
    merge,
)

MAX_DEPTH: Final = 40
_INFIX: Final = by_first_word(INFIX)
PARTICIPLES_BY_WORD: Final = by_first_word(PARTICIPLES)
COPULAS_BY_WORD: Final = {
    first: [words for words in COPULAS if words[0] == first] for first in {words[0] for words in COPULAS}
}


class Amounts(ABC):
    """The parser of one token sequence, as far as single amounts go."""

    @abstractmethod
    def sum(self, at: int) -> Ends:
        """A whole expression."""

    @abstractmethod
    def argument(self, at: int, head: str = "") -> Ends:
        """What `half of` can be said of."""

    def __init__(self, given: Sequence[Token]) -> None:
        self.given = given
        self.words = [
            SPELLINGS.get(token.name, token.name) if token.kind in ("word", "stop", "rel") else "" for token in given
        ]
        self.memo: dict[tuple[str, int], Ends] = {}
        self.depth = 0

    def _memoised(self, name: str, at: int, parse: Callable[[int], Ends]) -> Ends:
        key = (name, at)
        if key not in self.memo:
            if self.depth > MAX_DEPTH:
                raise Ambiguous
            self.depth += 1
            self.memo[key] = parse(at)
            self.depth -= 1
        return self.memo[key]

    def word(self, at: int) -> str:
        """The word that stands at `at`; nothing for what is no word."""
        return self.words[at] if at < len(self.words) else ""

    def follows(self, at: int, words: Iterable[str]) -> int | None:
        """The position after `words`, where they stand at `at`."""
        for word in words:
            if at >= len(self.words) or self.words[at] != word:
                return None
            at += 1
        return at

    def verbs(self, at: int) -> Iterator[Verb]:
        """What the word at `at` can do as a verb, with the particle that it takes."""
        for does, particle, is_past, is_gerund in FORMS.get(self.word(at), ()):
            after = at + 1
            if particle:
                is_next = self.word(after) == particle
                yield Verb(does, after + is_next, () if is_next else (particle,), is_past, is_gerund)
            else:
                yield Verb(does, after + (self.word(after) in PARTICLES.get(does, ())), (), is_past, is_gerund)

    def _is(self, at: int, kind: str) -> bool:
        return at < len(self.given) and self.given[at].kind == kind

    @abstractmethod
    def reference(self, at: int) -> Ends:
        """The name of a result that stands before the sentence."""

    def infix(self, at: int) -> Iterator[tuple[Operator, int]]:
        """The operators that stand at `at`, each with the position after it."""
        if self._is(at, "op"):
            symbol = SYMBOLS.get(self.given[at].name)
            if symbol is not None:
                yield symbol, at + 1
            return
        if self.word(at) == "x" and self.is_variable(at):
            return
        for words, operator in _INFIX.get(self.word(at), ()):
            if (after := self.follows(at, words)) is not None:
                yield operator, after
        for start in self.copulas(at):
            for words, operator in PARTICIPLES_BY_WORD.get(self.word(start), ()):
                if (after := self.follows(start, words)) is not None:
                    yield operator, after

    def is_variable(self, at: int) -> bool:
        """Whether the `x` at `at` may be an unknown: `3x - 2`, `three x minus two`, unlike `3 x -2`."""
        if not self._is(at + 1, "op"):
            return self.word(at + 1) == "minus"
        letter, sign = self.given[at], self.given[at + 1]
        is_apart = self.given[at - 1].end < letter.start and letter.end < sign.start
        return not is_apart or not self._is(at + 2, "num") or sign.end != self.given[at + 2].start

    def copulas(self, at: int) -> Iterator[int]:
        """The positions after a form of `is`, with or without a `then`."""
        for words in COPULAS_BY_WORD.get(self.word(at), ()):
            if (after := self.follows(at, words)) is not None:
                yield after
                if self.word(after) in ("then", "now", "first", "next", "itself", "finally", "further", "subsequently"):
                    yield after + 1

    def number_words(self, at: int) -> Ends:
        """A number in words; every beginning that is a number too."""
        ends: Ends = {}
        words: list[str] = []
        for end in range(at, min(at + 16, len(self.words))):
            parts = self.words[end].split("-")
            if not all(part in NUMBER_WORDS for part in parts):
                break
            words += parts
            value = cardinal(words)
            if value is not None and words != ["a"]:
                merge(ends, end + 1, constant(Fraction(value)))
        return ends

    def _after_number(self, at: int) -> int | None:
        if self._is(at, "num"):
            return at + 1
        return max(self.number_words(at), default=None)

    def plural_number(self, at: int) -> Ends:
        """`nines`, `9s`."""
        if self.word(at).endswith("s"):
            name = self.word(at).removesuffix("es") if self.word(at) == "sixes" else self.word(at)[:-1]
            value = cardinal([name.removesuffix("ie") + "y" if name.endswith("tie") else name])
            return {} if value is None or value == 1 else {at + 1: constant(Fraction(value))}
        value_before = self.given[at].value if self._is(at, "num") else None
        if value_before is not None and self.word(at + 1) in ("s", "'s", "’s"):
            return {at + 2: constant(value_before)}
        return {}

    def lots(self, at: int, ends: Ends) -> Ends:
        """`eight nines`."""
        found: Ends = {}
        for end, values in ends.items():
            for words in AS_BIG_AS:
                if (after := self.follows(end, ("times", *words))) is not None:
                    for beyond, others in self.argument(after, "multiple").items():
                        merge(found, beyond, combine("*", others, values))
            if "and" in self.words[at:end]:
                continue  # `two hundred and five twos` may be two hundred, and five twos
            if self.word(end) == "dozen":
                merge(found, end + 1, combine("*", values, constant(Fraction(12))))
            if self.word(end).endswith("s"):
                for beyond, others in self.plural_number(end).items():
                    merge(found, beyond, combine("*", values, others))
        return found

    def fraction(self, at: int) -> Ends:
        r"""`\frac{A}{B}`."""
        ends: Ends = {}
        if not self._is(at + 1, "{"):
            return ends
        for middle, top in self.sum(at + 2).items():
            if self._is(middle, "}") and self._is(middle + 1, "{"):
                for end, bottom in self.sum(middle + 2).items():
                    if self._is(end, "}"):
                        merge(ends, end + 1, combine("/", top, bottom))
        return ends

    def percentage(self, at: int, value: Fraction) -> Ends:
        """`20% of A`, `20 percent of A`."""
        after = at + 1 if self._is(at, "%") else self.follows(at, ("percent",)) or self.follows(at, ("per", "cent"))
        after = self.follows(after, ("of",)) if after is not None else None
        ends: Ends = {}
        if after is not None:
            for end, others in self.argument(after, "percent").items():
                merge(ends, end, combine("*", constant(value / 100), others))
        return ends

    def share(self, at: int, ends: Ends) -> Ends:
        """`two thirds of A`, `3/4 of A`, `half of A`, `a quarter of A`, `half A`."""
        found: Ends = {}
        for end, part in self.parts(at, ends):
            for joint in (("of",), (), *AS_BIG_AS):
                after = self.follows(end, joint)
                if after is None or (not joint and part != Fraction(1, 2)):
                    continue
                for beyond, others in self.argument(after, "part").items():
                    merge(found, beyond, combine("*", constant(part), others))
        return found

    def parts(self, at: int, ends: Ends) -> Iterator[tuple[int, Fraction]]:
        """The fractions that can begin at `at`, each with the position after it."""
        at_word = at + (self.words[at] in ("a", "an", "one"))
        for start, word_at in {(at, at), (at, at_word)}:
            word = self.words[word_at] if word_at < len(self.words) else ""
            if word.removeprefix("one-") in SHARES and (start != word_at or word.startswith("one-") or word == "half"):
                yield word_at + 1, SHARES[word.removeprefix("one-")]
        for end, values in list(ends.items()):
            word = self.words[end] if end < len(self.words) else ""
            # `one hundred and two thirds` may be a hundred, and two thirds; so may `twenty two thirds`
            is_one = len(values) == 1 and end == at + 1
            if word.endswith("s") and word[:-1] in SHARES and is_one:
                yield end + 1, next(iter(values)) * SHARES[word[:-1]]
        if "-" in self.words[at]:
            count, _, name = self.words[at].partition("-")
            number = cardinal([count])
            if number is not None and name.removesuffix("s") in SHARES and name.endswith("s"):
                yield at + 1, number * SHARES[name.removesuffix("s")]
        if (
            self._is(at, "num")
            and self._is(at + 2, "num")
            and self._is(at + 1, "op")
            and self.given[at + 1].name == "/"
        ):
            top, bottom = self.given[at].value, self.given[at + 2].value
            if top is not None and bottom:
                yield at + 3, top / bottom

    def by_itself(self, at: int, values: Values) -> Ends:
        """`... added to itself`, `... times itself`."""
        ends: Ends = {}
        for words in IN_HALF:
            if (after := self.follows(at, words)) is not None:
                merge(ends, after, combine("/", values, constant(Fraction(2))))
        for itself, operator in ITSELF:
            if (after := self.follows(at, itself)) is not None:
                for value, expression in values.items():
                    merge(ends, after, combine(operator, {value: expression}, {value: expression}))
        return ends
