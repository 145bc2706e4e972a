"""What names a result that is already there: `it`, `the new total`, `what's left`, `the second number`, `the latter`.

The idea: the grammar reads every sentence under the results that stand before it. A name is an operand like any
other, with the value of what it names; a name for several results is a list of them. A name that says how its result
came about (`the product`, `what's left`) fits no other result, and one that could mean two results means none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Final, NamedTuple

from slowthink.verifiers.expressions import Expression, Number, Operation, evaluate
from slowthink.verifiers.operands import Operands
from slowthink.verifiers.tokens import Token
from slowthink.verifiers.wordings import (
    ARTICLES,
    COUNTS,
    NAMES,
    OF_THAT,
    PLURAL,
    QUALITIES,
    SINGULAR,
    Ends,
    merge,
)

COMPUTED: Final = "computed"
GIVEN: Final = "given"
PART: Final = "part"
_THEM: Final = tuple(tuple(words.split()) for words in ("them", "they", "these", "those", "both", "both of them",
                     "all of them", "these two", "those two", "the two", "the two of them", "the pair",
                     "all three", "all three of them", "the three"))  # fmt: skip
_DONE: Final = ("increased", "decreased", "reduced", "doubled", "tripled", "halved", "squared", "cubed", "multiplied")
_ORDINALS: Final = {"first": 0, "former": 0, "second": 1, "latter": 1, "third": 2, "fourth": 3}
_NUMBERED: Final = ("one", "two", "three")
_LARGER: Final = ("larger", "bigger", "greater", "higher")
_SMALLER: Final = ("smaller", "lesser", "lower")
# `The half` is a result that was halved.
_MADE_WITH: Final = {"half": ("/", Number(Fraction(2))), "double": ("*", Number(Fraction(2))),
                     "triple": ("*", Number(Fraction(3)))}  # fmt: skip
_PARTS: Final = (
    "part",
    "parts",
    "group",
    "groups",
    "piece",
    "pieces",
    "share",
    "shares",
    "portion",
    "pile",
    "section",
    "piles",
    "sections",
    "bundle",
    "lot",
    "chunk",
    "slice",
    "batch",
    "portions",
)
_PEOPLE: Final = (
    "person",
    "child",
    "friend",
    "kid",
    "player",
    "student",
    "pupil",
    "sibling",
    "worker",
    "member",
    "guest",
    "boy",
    "girl",
    "team",
    "winner",
    "colleague",
    "of them",
)


class Result(NamedTuple):
    """One value that stands before: computed by a step, given by a sentence, or the size of equal parts."""

    value: Fraction
    expression: Expression
    kind: str
    is_pending: bool = True
    name: str = ""


class References(Operands):
    """Adds the names of results; `results` are those that stand before the sentence that is read."""

    def __init__(self, given: Sequence[Token]) -> None:
        super().__init__(given)
        self.results: tuple[Result, ...] = ()
        self._memos: dict[tuple[tuple[int, str, bool, str], ...], dict[tuple[str, int], Ends]] = {(): self.memo}
        self._kept: list[tuple[Result, ...]] = []

    def under(self, results: tuple[Result, ...]) -> None:
        """From now on sentences are read as standing after these results."""
        self.results = results
        # By identity: two results may be equal, and which of them was used must be known.
        key = tuple((id(result.expression), result.kind, result.is_pending, result.name) for result in results)
        if key not in self._memos:
            self._kept.append(results)
        self.memo = self._memos.setdefault(key, {})

    def numbers_before(self, at: int) -> list[Expression]:
        """The numbers that stand before a token."""
        found: list[Expression] = []
        begin = 0
        while begin < at:
            ends = [end for end in self.number_ends(begin) if end <= at]
            if ends:
                found += self.operand_at(begin, max(ends))
            begin = max(ends, default=begin + 1)
        return found

    def operand_at(self, at: int, end: int) -> list[Expression]:
        """The number that takes exactly these tokens."""
        value = self.given[at].value
        if value is not None:
            return [Number(value)]
        return list(self.number_words(at).get(end, {}).values())

    def number_ends(self, at: int) -> list[int]:
        """Where a number that begins at `at` can end."""
        if self._is(at, "num"):
            return [at + 1]
        return [] if self.word(at) in ("a", "an", "one") else list(self.number_words(at))

    def reference(self, at: int) -> Ends:
        """The results that can be meant by the name that stands at `at`."""
        ends: Ends = {}
        if not self.results:
            return ends
        for result in self.results:
            if result.name and result.name == self.word(at):
                merge(ends, at + 1, {result.value: result.expression})
        last = self.results[-1]
        if last.kind == PART:
            for end in self.part_names(at) if self.word(at) not in ("each", "every") else ():
                merge(ends, end, {last.value: last.expression})
        elif last.kind == COMPUTED or len(self.results) == 1 or self.results[-2].kind == COMPUTED:
            for end, operators in self.singular(at):
                if is_called(last.expression, operators):
                    merge(ends, end, {last.value: last.expression})
        for end, result in self.ordinal(at):
            merge(ends, end, {result.value: result.expression})
        return ends

    def singular(self, at: int) -> Iterator[tuple[int, str]]:
        """The names of the last result that stand at `at`, and the operation that it must come from."""
        ends: list[tuple[int, str]] = []
        is_alone = sum(result.is_pending for result in self.results) < 2
        for words, operators in NAMES.items():
            if (after := self.follows(at, words)) is not None and (is_alone or words != ("itself",)):
                ends.append((after, operators))
        if self.word(at) in ARTICLES:
            noun = at + 1
            while self.word(noun) in QUALITIES:
                noun += 1
            if self.word(noun) in SINGULAR:
                ends.append((noun + 1, SINGULAR[self.word(noun)]))
        elif self.word(at) == "their" and SINGULAR.get(self.word(at + 1)) and _is_of_two_numbers(self.results):
            ends.append((at + 2, SINGULAR[self.word(at + 1)]))
        yield from ends
        for end, operators in ends:
            for words in OF_THAT:
                if end > at + 1 and (after := self.follows(end, words)) is not None:
                    yield after, operators

    def part_names(self, at: int) -> Iterator[int]:
        """`each part`, `the size of one group`, `one share`."""
        start = at
        for words in (("the", "size", "of"), ("the", "value", "of"), ("the", "number", "in"), ("the", "amount", "in")):
            start = self.follows(at, words) or start
        single = self.follows(start, ("a", "single")) or start + 1
        if self.word(start) in ("each", "one", "every", "a", "any", "single"):
            if self.word(single) in (*_PARTS, *_PEOPLE):
                yield single + 1
            one = self.follows(single, ("one",)) or single
            of_them = self.follows(one, ("of", "them")) or self.follows(one, ("of", "these")) or one
            for these in ("the", "those", "these"):
                if (after := self.follows(one, ("of", these))) is not None:
                    of_them = after + 1 if self.word(after) in (*_PARTS, *_PEOPLE) else of_them
            if of_them > one or (
                self.word(start) == "each" and self.word(single) in ("", "?", ".", "get", "receive", "now")
            ):
                yield of_them
        if self.word(start) in ("that", "this", "the") and self.word(start + 1) in ("part", "share", "piece"):
            yield start + 2

    def ordinal(self, at: int) -> Iterator[tuple[int, Result]]:
        """`the second number`, `the first result`, `the latter`, `the larger one`."""
        if self.word(at) + "s" in PLURAL and self.word(at + 1) in _NUMBERED:
            made = [result for result in self.results if result.kind == COMPUTED and result.is_pending]
            place = _NUMBERED.index(self.word(at + 1))
            if all(is_called(result.expression, PLURAL[self.word(at) + "s"]) for result in made) and len(made) > place:
                yield at + 2, made[place]
        if self.word(at) != "the":
            return
        word, noun = self.word(at + 1), self.word(at + 2)
        given = [result for result in self.results if result.kind == GIVEN]
        computed = [result for result in self.results if result.kind == COMPUTED and result.is_pending]
        named = given or computed
        if noun + "s" in PLURAL and noun not in ("number", "one", "value"):
            named = [result for result in computed if is_called(result.expression, PLURAL[noun + "s"])]
            named = named if len(named) == len(computed) else []
        if word == "last" and len(named) > 1:
            word = ("first", "second", "third", "fourth")[len(named) - 1] if len(named) < 5 else ""
        after = at + 2 + (noun == "one" or noun + "s" in PLURAL)
        is_one_of_two = len(named) == 2 and after == at + 2
        is_said = word in ("first", "second", "third", "fourth") or (word in ("former", "latter") and is_one_of_two)
        if is_said and len(named) > max(1, _ORDINALS[word]):
            yield after, named[_ORDINALS[word]]
        if word in _LARGER + _SMALLER and len(self.results) == 2:
            after = self.follows(at + 2, ("of", "the", "two")) or after
            yield after, (max if word in _LARGER else min)(self.results, key=lambda result: result.value)

    def plural(self, at: int) -> Iterator[tuple[int, list[Expression]]]:
        """The names of several results that stand at `at`, with what they name."""
        ends: list[tuple[int, str, int]] = []
        for words in _THEM:
            if (after := self.follows(at, words)) is not None:
                count = 2 if {"both", "two", "pair"} & set(words) else 3 if "three" in words else 0
                ends.append((after, "", count))
        yield from self.some_of_them(at)
        after, count = at, 0
        while self.word(after) in ("the", "these", "those", "your", "both", "all", "of", *COUNTS, *QUALITIES, *_DONE):
            count = COUNTS.get(self.word(after), count)
            after += 1
        if after > at and self.word(at) != "of" and self.word(after) in PLURAL:
            ends.append((after + 1, PLURAL[self.word(after)], count))
        for end, operators, count in ends:
            meant = self.meant(end, operators)
            if len(meant) > 1 and count in (0, len(meant)):
                yield end, meant

    def some_of_them(self, at: int) -> Iterator[tuple[int, list[Expression]]]:
        """`the first two`, `the last two numbers`, `the outer two`, of numbers that were given in an order."""
        given = [result.expression for result in self.results if result.kind == GIVEN]
        named = self.follows(at, ("the",))
        if named is None or len(given) < 3 or self.word(named + 1) not in ("two", "pair"):
            return
        chosen = {
            "first": given[:2],
            "last": given[-2:],
            "outer": [given[0], given[-1]],
            "inner": given[1:3] if len(given) == 4 else [],
            "middle": given[1:3] if len(given) == 4 else [],
            "remaining": [result.expression for result in self.results if result.kind == GIVEN and result.is_pending],
            "other": [result.expression for result in self.results if result.kind == GIVEN and result.is_pending],
        }.get(self.word(named), [])
        if len(chosen) == 2:
            yield named + 2 + (self.word(named + 2) in PLURAL), chosen

    def meant(self, at: int, operators: str = "") -> list[Expression]:
        """What `them` and `their` can mean: the results, or the two numbers of the only one."""
        several = [result.expression for result in self.results if result.kind != PART]
        computed = [result.expression for result in self.results if result.kind == COMPUTED and result.is_pending]
        if len(computed) > 1 and len(computed) < len(several):
            several = computed
        elif len(computed) == 1 and len(several) > 2:
            several = [result.expression for result in self.results if result.kind == GIVEN]
        if len(several) == 1 and isinstance(several[0], Operation):
            pair = [several[0].left, several[0].right]
            several = pair if all(isinstance(part, Number) for part in pair) else []
        elif not several:
            several = self.numbers_before(at)
            several = several if len(several) == 2 else []
        return several if all(is_called(expression, operators) for expression in several) else []


def _is_of_two_numbers(results: Sequence[Result]) -> bool:
    """Whether the only result is one of two numbers: then `their sum` is it, or is worked out again from them."""
    made = results[-1].expression if len(results) == 1 else None
    return isinstance(made, Operation) and isinstance(made.left, Number) and isinstance(made.right, Number)


def is_called(expression: Expression, operators: str) -> bool:
    """Whether a result can be called `the product`, `what's left` and so on."""
    if not operators:
        return True
    if operators in _MADE_WITH:
        operator, number = _MADE_WITH[operators]
        is_so = isinstance(expression, Operation) and expression.operator == operator
        return is_so and isinstance(expression, Operation) and number in (expression.left, expression.right)
    if not isinstance(expression, Operation) or expression.operator != operators:
        return False
    # The quotient of 17 and 5 may be 3 or 3.4.
    value = evaluate(expression) if operators == "/" else None
    return operators != "/" or (value is not None and value.denominator == 1)
