"""Questions whose operation is in their frame: `by how much does A exceed B`, `how many times does A go into B`.

The idea: a table of rules with slots for whole expressions. Some ask for an unknown (`what must be added to A to make
B`, `A times what number is B`): the value is what solves them. Where the sides are the wrong way round, or a division
does not come out whole, what is meant is a guess, and the question is not read.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from slowthink.verifiers.expressions import Expression, Operation, Operator, evaluate
from slowthink.verifiers.rules import Parts, compiled, matches
from slowthink.verifiers.several import SeveralResults
from slowthink.verifiers.wordings import Ends, combine, merge, merge_all

_MORE = "(more|greater|larger|bigger|higher)"
_LESS = "(less|smaller|lower|fewer)"
_MUCH = "(much|many)"
_IS = "(is|are|was)"
_DOES = "(does|do|did|would|will|can)"
_WHAT = "(what|what number|what value|which number|what amount|how much|how many)"
_YOU = "(you|i|we|one)"
_MUST = (
    f"((must|should|do|would|can|will|need|did) {_YOU} (have to|need to)?|do {_YOU} (have|need) to|would {_YOU}"
    f" (have|need) to|{_YOU} (must|should|need to|have to))"
)
_MUST_BE = "((must|should|can|would|will) be|has to be|needs to be|need to be|would (need|have) to be|is)"
_TO_GET = (
    "(so that (the|you get the) (result|answer|sum|total|product|difference|quotient) (is|equals)"
    "|((in order)? to|so (that)? (you|i|we)|and) (get|make|reach|give|obtain|have|arrive at|get to|come to|end up with"
    "|become|be left with|leave|produce|yield|equal))"
)
_GIVES = "(is|equals|equal|makes|make|gives|gives you|give|comes to|is equal to|will make|would make|results in|leaves)"
_UNKNOWN = "(what|what number|which number|what value)"
_SOUGHT = (
    "(what is|what's|find|what was|which number is|what number is) (the number|it|that number|the unknown number"
    "|my number|the original number|the number i started with|this number)"
)
_BY_HOW = "(by how much|by how many|by what amount|by what number|by what)"
_MUST_SUBJECT = "(must|should|does|would|will)"
# Someone has a number, and tells what he does with it.
_STORY = (
    "((i'm|i am) thinking of|i think of|i thought of|i have|i picked|i pick|i chose|i choose|i took|i take) (a|some)"
    " (certain|secret|mystery)? number (.|,|;|:)? (and|if|when|then|once|after)? (i|you|we)?"
)
_AND_GET = (
    "(,|.|;)? ((and|then|i|you|we|now)? (i|you|we)? (get|got|have|reach|end up with|was left with|am left"
    " with)|to get|the (result|answer) is|it (is|becomes))"
)
_POSITIVE = "positive"
_WHOLE = "whole"
_COUNTED = "counted"

# The rule, the operation on its slots, and what its value must be.
_RULES: Final[tuple[tuple[str, str, str], ...]] = (
    (f"({_BY_HOW}|how much) {_DOES} <A> (exceed|surpass|outstrip|outdo|beat|outweigh|go beyond|top) <B> (by)?", "A-B",
        _POSITIVE),
    (f"({_BY_HOW}|how much|how far) {_DOES} <B> fall (short of|below) <A> (by)?", "A-B", _POSITIVE),
    (f"{_BY_HOW} {_IS} <A> (ahead of|above|over|beyond|in excess of) <B>", "A-B", _POSITIVE),
    (f"{_BY_HOW} {_IS} <B> (short of|below|under|behind|shy of) <A>", "A-B", _POSITIVE),
    (f"how (far|much) (short of|below|under|behind|shy of) <A> {_IS} <B>", "A-B", _POSITIVE),
    (f"how (far|much) {_IS} <B> (short of|below|behind|shy of) <A>", "A-B", _POSITIVE),
    (f"how (far|much) (above|beyond|ahead of) <B> {_IS} <A>", "A-B", _POSITIVE),
    (f"how (far|much) {_IS} <A> (above|beyond|ahead of) <B>", "A-B", _POSITIVE),
    ("how (far|much) <B> falls (short of|below) <A>", "A-B", _POSITIVE),
    (f"how (far|much) short of <A> {_DOES} <B> fall", "A-B", _POSITIVE),
    ("<B> falls short of <A> by (how much|what|what amount)", "A-B", _POSITIVE),
    ("<A> (beats|surpasses|tops|outstrips) <B> by (how much|what|what amount)", "A-B", _POSITIVE),
    (f"{_BY_HOW} {_IS} <A> {_MORE} than <B>", "A-B", _POSITIVE),
    (f"{_BY_HOW} {_IS} <B> {_LESS} than <A>", "A-B", _POSITIVE),
    (f"how {_MUCH} {_MORE} <A> {_IS} than <B>", "A-B", _POSITIVE),
    (f"how (much|far) {_MUST_SUBJECT} <B> (need to|have to)? (grow|rise|increase|go up|climb) (by)? {_TO_GET} <A>",
        "A-B", _POSITIVE),
    (f"how (much|far) {_MUST_SUBJECT} <A> (need to|have to)? (shrink|fall|decrease|go down|drop) (by)? {_TO_GET}"
        f" <B>", "A-B", _POSITIVE),
    ("how many <B:plural> does it take to (make|get|reach|make up) <A>", "A/B", _COUNTED),
    ("how many <B:plural> (are|do you|do i|do we|would you) (needed|need) to (make|get|reach) <A>", "A/B", _COUNTED),
    ("(what|what's) (is)? the number of (lots|groups|sets) of <B> in <A>", "A/B", _WHOLE),
    (f"{_UNKNOWN} {_MUST} multiply by <B> {_TO_GET} <A>", "A/B", _WHOLE),
    (f"{_UNKNOWN} {_MUST} divide by <B> {_TO_GET} <A>", "A*B", ""),
    (f"{_UNKNOWN} {_MUST} add <B> to {_TO_GET} <A>", "A-B", _POSITIVE),
    (f"{_STORY} (add|added) <B> (to it)? {_AND_GET} <A> (,|.|;)? {_SOUGHT}", "A-B", _POSITIVE),
    (f"{_STORY} (subtract|subtracted|deduct) <B> (from it)? {_AND_GET} <A> (,|.|;)? {_SOUGHT}", "A+B", ""),
    (f"{_STORY} (take|took) (away)? <B> (away|away from it|from it|off)? {_AND_GET} <A> (,|.|;)? {_SOUGHT}", "A+B", ""),
    (f"{_STORY} (multiply|multiplied) (it)? by <B> {_AND_GET} <A> (,|.|;)? {_SOUGHT}", "A/B", _WHOLE),
    (f"{_STORY} (divide|divided) (it)? by <B> {_AND_GET} <A> (,|.|;)? {_SOUGHT}", "A*B", ""),
    (f"i (multiply|multiplied) a number by <B> {_AND_GET} <A> (,|.|;)? {_SOUGHT}", "A/B", _WHOLE),
    (f"i (divide|divided) a number by <B> {_AND_GET} <A> (,|.|;)? {_SOUGHT}", "A*B", ""),
    (f"i (add|added) <B> to a number {_AND_GET} <A> (,|.|;)? {_SOUGHT}", "A-B", _POSITIVE),
    (f"i (subtract|subtracted|take|took) <B> (away)? from a number {_AND_GET} <A> (,|.|;)? {_SOUGHT}", "A+B", ""),
    (f"<B> more than a number {_GIVES} <A> (,|.|;)? {_SOUGHT}", "A-B", _POSITIVE),
    (f"<B> less than a number {_GIVES} <A> (,|.|;)? {_SOUGHT}", "A+B", ""),
    (f"(when)? a number (is)? (increased by|plus) <B:operand> (,)? {_GIVES} <A> (,|.|;)? {_SOUGHT}", "A-B", _POSITIVE),
    (f"(when)? a number (is)? (decreased by|reduced by) <B:operand> (,)? {_GIVES} <A> (,|.|;)? {_SOUGHT}", "A+B", ""),
    (f"the sum of a number and <B:operand> {_GIVES} <A> (,|.|;)? {_SOUGHT}", "A-B", _POSITIVE),
    (f"the product of a number and <B:operand> {_GIVES} <A> (,|.|;)? {_SOUGHT}", "A/B", _WHOLE),
    ("(by)? how much <A> (exceeds|exceed|surpasses) <B>", "A-B", _POSITIVE),
    (f"how {_MUCH} {_MORE} {_IS} <A> (than|compared (to|with)) <B>", "A-B", _POSITIVE),
    (f"how {_MUCH} {_MORE} <A> {_IS} than <B>", "A-B", _POSITIVE),
    (f"how {_MUCH} {_MORE} than <B> {_IS} <A>", "A-B", _POSITIVE),
    (f"by how {_MUCH} {_IS} <A> {_MORE} than <B>", "A-B", _POSITIVE),
    (f"by how {_MUCH} <A> {_IS} {_MORE} than <B>", "A-B", _POSITIVE),
    (f"<A> {_IS} (bigger|larger|greater|higher|more) than <B> by (how much|what|what number|what amount)", "A-B",
        _POSITIVE),
    (f"<A> {_IS} how {_MUCH} {_MORE} than <B>", "A-B", _POSITIVE),
    ("<A> exceeds <B> by (how much|what|what number|what amount)", "A-B", _POSITIVE),
    (f"how {_MUCH} {_LESS} {_IS} <B> than <A>", "A-B", _POSITIVE),
    (f"how {_MUCH} {_LESS} <B> {_IS} than <A>", "A-B", _POSITIVE),
    (f"how {_MUCH} {_LESS} than <A> {_IS} <B>", "A-B", _POSITIVE),
    (f"by how {_MUCH} {_IS} <B> {_LESS} than <A>", "A-B", _POSITIVE),
    (f"by how {_MUCH} <B> {_IS} {_LESS} than <A>", "A-B", _POSITIVE),
    (f"<B> {_IS} how {_MUCH} {_LESS} than <A>", "A-B", _POSITIVE),
    (f"{_WHAT} (more)? {_MUST} add (on)? to <B> {_TO_GET} <A>", "A-B", _POSITIVE),
    (f"{_WHAT} (more)? {_MUST_BE} added (on)? to <B> {_TO_GET} <A>", "A-B", _POSITIVE),
    (f"{_WHAT} (more)? (,)? (when)? added to <B> (,)? {_GIVES} <A>", "A-B", _POSITIVE),
    (f"{_WHAT} {_MUST} (subtract|take|take away|remove|deduct) (away)? from <A> {_TO_GET} <B>", "A-B", _POSITIVE),
    (f"{_WHAT} {_MUST_BE} (subtracted|taken|taken away|removed|deducted) from <A> {_TO_GET} <B>", "A-B", _POSITIVE),
    (f"{_UNKNOWN} {_MUST} multiply <B> by {_TO_GET} <A>", "A/B", _WHOLE),
    (f"{_UNKNOWN} {_MUST} divide <A> by {_TO_GET} <B>", "A/B", _WHOLE),
    (f"by {_UNKNOWN} {_MUST} multiply <B> {_TO_GET} <A>", "A/B", _WHOLE),
    (f"by {_UNKNOWN} {_MUST} divide <A> {_TO_GET} <B>", "A/B", _WHOLE),
    (f"how many times {_DOES} <B> (go|fit|divide) (evenly|exactly)? (into|in) <A>", "A/B", _WHOLE),
    ("how many times <B> (goes|fits|go|fit) (evenly|exactly)? (into|in) <A>", "A/B", _WHOLE),
    (f"how many times can {_YOU} (fit|get) <B> (into|in) <A>", "A/B", _WHOLE),
    ("how many (lots|groups|sets|times) of <B> (are there in|are in|are contained in|go into|fit into|fit in|make"
     "|make up|in) <A>", "A/B", _WHOLE),
    ("<B> (goes|fits|go|fit|will go|can go) (into|in) <A> how many times", "A/B", _WHOLE),
    ("<A> contains <B> how many times", "A/B", _WHOLE),
    ("how many <B:plural> (are there in|are in|are contained in|go into|fit into|make|make up|in|are there inside) <A>",
     "A/B", _COUNTED),
    (f"(by)? (how much|what) (must|should|does|would) <B> (need to|have to)? be (increased|raised) (by)? {_TO_GET} <A>",
     "A-B", _POSITIVE),
    (f"(by)? (how much|what) (must|should|does|would) <A> (need to|have to)? be (decreased|reduced|lowered) (by)?"
     f" {_TO_GET} <B>", "A-B", _POSITIVE),
    (f"how many times as (big|large|great|much|many) as <B> {_IS} <A>", "A/B", _WHOLE),
    (f"how many times as (big|large|great|much|many) {_IS} <A> as <B>", "A/B", _WHOLE),
    (f"{_UNKNOWN} (,)? (when)? plus <B:operand> {_GIVES} <A>", "A-B", _POSITIVE),
    (f"{_UNKNOWN} exceeds <A> by <B>", "A+B", ""),
    (f"(by)? {_UNKNOWN} (must|should|do you|would) <B> be multiplied (by)? {_TO_GET} <A>", "A/B", _WHOLE),
    (f"(by)? {_UNKNOWN} (must|should|would) <A> be divided (by)? {_TO_GET} <B>", "A/B", _WHOLE),
    (f"a number plus <B:operand> {_GIVES} <A> (,|.)? {_SOUGHT}", "A-B", _POSITIVE),
    (f"a number minus <B:operand> {_GIVES} <A> (,|.)? {_SOUGHT}", "A+B", ""),
    (f"a number (times|multiplied by) <B:operand> {_GIVES} <A> (,|.)? {_SOUGHT}", "A/B", _WHOLE),
    (f"a number divided by <B:operand> {_GIVES} <A> (,|.)? {_SOUGHT}", "A*B", ""),
    (f"{_UNKNOWN} minus <B:operand> {_GIVES} <A>", "A+B", ""),
    (f"{_UNKNOWN} (,)? ((when)? multiplied by|times) <B:operand> (,)? {_GIVES} <A>", "A/B", _WHOLE),
    (f"{_UNKNOWN} (,)? (when)? divided by <B:operand> (,)? {_GIVES} <A>", "A*B", ""),
    (f"{_UNKNOWN} {_GIVES} <A> (when|if|after|once) (it is|it's|you|it gets|being)? (divided|divide it) by <B>",
        "A*B", ""),
    (f"{_UNKNOWN} {_GIVES} <A> (when|if|after|once) (it is|it's|you|it gets)? (multiplied|multiply it) by <B>", "A/B",
        _WHOLE),
    (f"{_UNKNOWN} {_GIVES} <A> (when|if|after|once) (you add <B> (to it)?|<B> (is|gets)? added (to it)?|it is"
     f" increased by <B>)",
     "A-B", _POSITIVE),
    (f"{_UNKNOWN} {_GIVES} <A> (when|if|after|once) (you (subtract|take|take away) <B> (away)? (from it)?|<B> (is"
     f"|gets)?"
     " (subtracted|taken|taken away) (from it)?|it is (decreased|reduced) by <B>)", "A+B", ""),
    (f"<B:operand> plus {_UNKNOWN} {_GIVES} <A>", "A-B", _POSITIVE),
    (f"<A:operand> minus {_UNKNOWN} {_GIVES} <B>", "A-B", _POSITIVE),
    (f"<B:operand> (times|multiplied by) {_UNKNOWN} {_GIVES} <A>", "A/B", _WHOLE),
    (f"<A:operand> divided by {_UNKNOWN} {_GIVES} <B>", "A/B", _WHOLE),
)  # fmt: skip
_COMPILED: Final[tuple[tuple[Parts, str, str, bool], ...]] = tuple(
    (compiled(line), operation, kind, any(part in line for part in (_UNKNOWN, _WHAT, _TO_GET, _SOUGHT)))
    for line, operation, kind in _RULES
)


class Comparisons(SeveralResults):
    """Adds the questions that compare, and those that ask for an unknown."""

    def compared_question(self, at: int) -> Ends:
        """All readings by the rules of this module."""
        ends: Ends = {}
        merge_all(ends, self.comparison(at))
        merge_all(ends, self.unknown(at))
        return ends

    def comparison(self, at: int) -> Ends:
        """`by how much does A exceed B`, `how far apart are A and B`."""
        ends = self.by_rules(at, is_unknown=False)
        for words in (
            ("how", "far", "apart", "are"),
            ("what", "gap", "is", "there", "between"),
            ("how", "big", "a", "gap", "is", "there", "between"),
            ("what", "is", "the", "gap", "separating"),
            ("what", "difference", "is", "there", "between"),
            ("how", "far", "apart", "on", "the", "number", "line", "are"),
        ):
            if (after := self.follows(at, words)) is not None:
                merge_all(ends, self.distances(self.lists(after)))
        return ends

    def unknown(self, at: int) -> Ends:
        """`A times what is B`; nothing can be told of it afterwards, since what follows may belong to the condition."""
        return self.by_rules(at, is_unknown=True)

    def by_rules(self, at: int, is_unknown: bool) -> Ends:
        """All readings by the rules of this module, of one of the two kinds."""
        ends: Ends = {}
        for parts, operation, kind, is_of_unknown in _COMPILED:
            if is_of_unknown != is_unknown:
                continue
            for end, found in matches(parts, self.words, at, self.slot):
                sign: Operator = operation[1]  # type: ignore[assignment]
                for value, expression in combine(sign, found[operation[0]], found[operation[2]]).items():
                    if _is_meant(kind, value, expression):
                        merge(ends, end, {value: expression})
        return ends


def _is_meant(kind: str, value: Fraction, expression: Expression) -> bool:
    """Whether nothing speaks against the value: the sides the wrong way round, a division that leaves a remainder."""
    if kind == _POSITIVE:
        return value >= 0
    if kind == _COUNTED and isinstance(expression, Operation):
        # `how many 5s are in 555` may ask for digits, `how many tens are in 340` for a place.
        whole, part = evaluate(expression.left), evaluate(expression.right)
        is_digit = whole is None or part is None or str(part) in str(whole) or str(part).strip("0") == "1"
        return value.denominator == 1 and not is_digit
    return not kind or value.denominator == 1
