"""The grammar of worded arithmetic: commands, and what is asked for as a whole.

The idea: noun phrases (`the sum of 3 and 4`), infix words and symbols, steps, and commands (`add 3 to 4`, `subtract 8
from 20, then double it`) take whole expressions as operands and are operands themselves, so that English that can be
read in two ways comes out with two values; the reader then declines.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from slowthink.verifiers.expressions import Number, Operator
from slowthink.verifiers.noun_phrases import fold
from slowthink.verifiers.references import is_called
from slowthink.verifiers.rules import compiled, matches
from slowthink.verifiers.steps import Steps
from slowthink.verifiers.verbs import COMMANDS, TAKEN_FROM, Verb
from slowthink.verifiers.wordings import (
    BEGINNINGS,
    IN_TWO,
    LOTS,
    ON_RESULT,
    PARTICIPLES,
    POSTFIX,
    SUBJECTS,
    Ends,
    Values,
    combine,
    constant,
    merge,
    merge_all,
)

# What is put together this way is added up, and no digits are put side by side.
_INTO_ONE: Final = compiled(
    "(to (get|make|form|give|obtain|produce) (one|a|a single|the|a combined|a grand) (total|sum)"
    "|(in|into|as) (one|a single|a) (total|sum))"
)


class Grammar(Steps):
    """The parser of one token sequence; `phrase` gives all that can stand from a token on."""

    def phrase(self, at: int) -> Ends:
        """All readings of what is asked for, from token `at` on."""
        starts: Ends = {}
        for part in (self.command(at), self.operand(at), self.product(at), self.from_first(at), self.put_together(at)):
            merge_all(starts, part)
        ends: Ends = {}
        merge_all(ends, starts)
        merge_all(ends, self.sum(at))
        merge_all(ends, self.steps(starts, is_infix=False))
        merge_all(ends, self.steps(self.sum(at), is_infix=True))
        merge_all(ends, self.steps(self.passive(at), is_infix=False))
        merge_all(ends, self.passive(at))
        if self.word(at) == "take":
            # `take a seventh of 140`
            for end, values in self.operand(at + 1).items():
                merge(ends, end, {value: part for value, part in values.items() if not isinstance(part, Number)})
        number = self._after_number(at)
        if number is not None and self.word(number) == "with":
            merge_all(ends, self.with_put(number + 1, self.operand(at)[number]))
        for words in BEGINNINGS:
            if (after := self.follows(at, words)) is not None:
                merge_all(ends, self.steps(self.sum(after), is_infix=True))
        return ends

    def with_put(self, at: int, values: Values) -> Ends:
        """`75 with 20 added`, of a number alone."""
        ends: Ends = {}
        number = self._after_number(at)
        return self.put(number, values, self.operand(at)[number]) if number is not None else ends

    def from_first(self, at: int) -> Ends:
        """`from 100, subtract 37`, `to 190 add 96`, `by 28, multiply the outcome`."""
        ends: Ends = {}
        goes_on = False
        for first, verbs in (("from", ("subtract", "take")), ("to", ("add",)), ("by", ("multiply", "divide"))):
            for middle, values in self.sum(at + 1).items() if self.word(at) == first else ():
                for verb in self.verbs(self.follows(middle, (",",)) or middle):
                    goes_on = goes_on or self.may_go_on(verb.after)
                    for end, others in self.sum(verb.after).items() if verb.does in verbs else ():
                        by: Operator = "*" if verb.does == "multiply" else "/"
                        operator: Operator = by if first == "by" else "-" if first == "from" else "+"
                        pair = (others, values) if first == "by" else (values, others)
                        merge(ends, self.after_away(end), combine(operator, *pair))
        return self.hung_on(ends, goes_on, at) if ends else ends

    def slot(self, kind: str, at: int) -> Ends:
        """What a slot of a rule can hold."""
        if kind in ("operand", "plural"):
            return self.operand(at) if kind == "operand" else self.plural_number(at)
        if kind == "process":
            ends: Ends = {}
            for start in {at, at + (self.word(at) in SUBJECTS)}:
                merge_all(ends, self.command(start))
                merge_all(ends, self.passive(start))
            return ends
        return self.sum(at)

    def passive(self, at: int) -> Ends:
        """`A is multiplied by B`, of all of A."""
        ends: Ends = {}
        for middle, values in self.sum(at).items():
            merge_all(ends, self.changed(middle, values))
            if self.word(middle) in ("has", "have", "had", "gets"):
                for end, others in self.sum(middle + 1).items():
                    merge_all(ends, self.put(end, values, others))
            for start in self.copulas(middle):
                for words in TAKEN_FROM:
                    if (after := self.follows(start, words)) is not None:
                        for end, others in self.sum(after).items():
                            merge(ends, end, combine("-", others, values))
                for words, operator in PARTICIPLES:
                    if (after := self.follows(start, words)) is not None:
                        for end, others in self.sum(after).items():
                            pair = (others, values) if operator == "+" else (values, others)
                            merge(ends, end, combine(operator, *pair))
                if self.word(start) in POSTFIX:
                    operator, number = POSTFIX[self.word(start)]
                    merge(ends, start + 1, combine(operator, values, constant(number)))
        return ends

    def command(self, at: int) -> Ends:
        """`add A to B`, `add A, B and C`, `square A`, with what may be hung on: `divide A by B plus C`."""
        return self._memoised("command", at, self._command)

    def _command(self, at: int) -> Ends:
        ends: Ends = {}
        for verb in self.verbs(at):
            merge_all(ends, self.commanded(at, verb))
        merge_all(ends, self.made_as_large(at))
        return ends

    def commanded(self, at: int, verb: Verb) -> Ends:
        """The command, of one meaning of its verb."""
        ends: Ends = {}
        does, after = verb.does, verb.after
        if does in ("add", "multiply", "sum", "put") and not verb.particle:
            merge_all(ends, self.of_list(at, verb))
        for name, joining, operator, is_swapped in COMMANDS:
            if name != does:
                continue
            joint = (*verb.particle, *joining)
            joined = self.joined(after, joint, operator, is_swapped)
            number = self._after_number(after)
            if number is not None and self.follows(number, joint) is not None:
                # `subtract 3 from 10 times 2` may be meant as two steps
                joined = self.hung_on(joined, True, at)
            merge_all(ends, joined)
            if name in ("add", "subtract", "take") and is_swapped:
                merge_all(ends, self.listed(after, joint, operator))
        if does in ("square", "cube", "halve"):
            operator, number = ON_RESULT[does]
            for end, values in self.sum(after).items():
                merge(ends, end, combine(operator, values, constant(Fraction(number))))
        if does == "raise":
            for end, values in self.power(after).items():
                powers = {value: part for value, part in values.items() if is_called(part, "^")}
                if powers:
                    merge(ends, end, powers)
        if does == "share" or self.word(at) == "cut":
            for end, values in self.sum(after).items():
                for words in IN_TWO:
                    if (beyond := self.follows(end, words)) is not None:
                        merge(ends, beyond, combine("/", values, constant(Fraction(2))))
        return self.hung_on(
            ends, does in ("multiply", "divide", "share", "scale", "raise", "square", "cube", "halve"), at
        )

    def of_list(self, at: int, verb: Verb) -> Ends:
        """`add 3, 4 and 5`, `lump 3 and 4 together`, `put 3 and 4 together to get one total`."""
        ends: Ends = {}
        lists = self.folded(self.lists(verb.after), "*" if verb.does == "multiply" else "+")
        if verb.does in ("add", "sum"):
            # `count up 6 lots of 7`
            for end, values in self.operand(verb.after).items():
                merge_all(lists, {end: values} if self.words[end - 1].endswith("s") else {})
            for end, values in self.product(verb.after).items():
                number = self._after_number(verb.after)
                if number is not None and self.word(number) in LOTS and self._after_number(number + 2) == end:
                    merge_all(lists, {end: values})
        for end in list(lists):
            for closing in ("together", "up"):
                if (beyond := self.follows(end, (closing,))) is not None:
                    merge(ends, beyond, lists[end])
        if verb.does != "put":
            return ends | self.hung_on(lists, True, at)
        return {
            after: values for end, values in ends.items() for after, _ in matches(_INTO_ONE, self.words, end, self.slot)
        }

    def made_as_large(self, at: int) -> Ends:
        """`make A 3 times as large`, `make A half as large`."""
        ends: Ends = {}
        if self.word(at) in ("make", "making", "made"):
            for middle, values in self.sum(at + 1).items():
                merge_all(ends, self.as_large(middle, values))
        return ends

    def joined(self, at: int, joint: tuple[str, ...], operator: Operator, is_swapped: bool) -> Ends:
        """Two operands with the words of a command between them."""
        ends: Ends = {}
        for middle, first in self.sum(at).items():
            after = self.follows(middle, joint)
            if after is None:
                after = self.follows(middle, (",", *joint))
            if after is None:
                continue
            if self.word(after) == "itself":
                for value, expression in first.items():
                    merge(ends, after + 1, combine(operator, {value: expression}, {value: expression}))
            for end, second in self.sum(after).items():
                pair = (second, first) if is_swapped else (first, second)
                outcome = combine(operator, *pair)
                self.check_even(joint, outcome)
                merge(ends, end, outcome)
        if joint[-1] == "from":
            # "take 3 from 10 away"
            for end in list(ends):
                if (beyond := self.follows(end, ("away",))) is not None:
                    merge(ends, beyond, ends[end])
        return ends

    def listed(self, at: int, joint: tuple[str, ...], operator: Operator) -> Ends:
        """`subtract both A and B from C`."""
        ends: Ends = {}
        for middle, several in self.lists(at).items():
            if (after := self.follows(middle, joint)) is None:
                continue
            for items in several:
                if self.is_even(items):
                    total = fold([item.values for item in items], "+")
                    for end, others in self.sum(after).items():
                        merge(ends, end, combine(operator, others, total))
        return ends
