"""What the words of a question can stand for in a plan of counting: support, leave to occur, and no more.

Nothing here makes a plan out of words. A plan that the model chose is held against these tables: a part of it needs a
word that supports it, and a word of the question needs a part of the plan, or the frame, that it can belong to. Words
are normalised first: lower case, each number as `#0`, `#1`, ..., a misspelt word as the one word of these tables that
is a letter away.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Final

from slowthink.verifiers.counting_plans import Figure, Operation


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


FRAME: Final = _set(
    "a an the of in is are was were be been there here that which who whose what whats it its i im "
    "id ill me my you your we us our "
    "can could would will should do does did please kindly thanks thank hi hello hey dear ok okay tell know want like "
    "love need help let lets just give gives given get got compute calculate determine work out find figure name state "
    "say show answer question questions number numbers integer integers whole natural positive counting value values "
    "range interval set all every each any exist exists found lie lies lying fall falls falling occur occurs to for on "
    "with by at as so then now have has having they them their these those if among within inside am this class "
    "homework math maths mathematics teacher student friend son daughter quiz wondering wonder curious quick quickly "
    "see possible satisfy satisfies property come comes appear appears distinct different how many when up down "
    "result equal equals how about being really actually simply go going also d ll m re ve "
)
"""Words that a question may have whatever it asks."""

KINDS: Final[dict[str, tuple[str, str]]] = {
    "prime": ("prime primes", "prime primes"),
    "composite": ("composite composites", "composite composites"),
    "even": ("even evens", "even evens"),
    "odd": ("odd odds", "odd odds"),
    "square": ("square squares squared", "square squares squared perfect"),
    "cube": ("cube cubes cubic", "cube cubes cubic perfect"),
    "power": ("power powers", "power powers perfect"),
    "palindrome": (
        "palindrome palindromes palindromic palindromics",
        "palindrome palindromes palindromic palindromics read reads same forwards backwards forward backward",
    ),
    "semiprime": ("semiprime semiprimes semi", "semiprime semiprimes semi prime primes"),
    "triangular": ("triangular triangle", "triangular triangle"),
    "fibonacci": ("fibonacci", "fibonacci sequence series"),
    "square-free": ("squarefree free", "squarefree square free"),
    "perfect": ("perfect", "perfect"),
    "factorial": ("factorial factorials", "factorial factorials"),
    "whole": ("number numbers integer integers", ""),
    "multiple": (
        "multiple multiples divisible divides divided divisibility",
        "multiple multiples divisible divides divided evenly exactly common leaving leave without remainder",
    ),
    "divisor": (
        "divisor divisors factor factors divide divides",
        "divisor divisors factor factors divide divides evenly exactly into",
    ),
    "power of": ("power powers", "power powers"),
    "ends": (
        "end ends ending last unit units finish finishes finishing terminate ones",
        "end ends ending last unit units ones finish finishes finishing terminate digit",
    ),
    "starts": (
        "start starts starting begin begins beginning leading",
        "start starts starting begin begins beginning leading first digit",
    ),
    "contains": (
        "contain contains containing include includes including digit",
        "contain contains containing include includes including digit digits least one once somewhere written decimal",
    ),
    "digit sum": (
        "digits digit digital",
        "digits digit digital sum sums add adds adding total totals totalling summing together up",
    ),
    "coprime": ("coprime relatively co coprimes", "coprime coprimes relatively co prime"),
    "divisor count": ("divisors factors", "divisors factors exactly"),
    "remainder": (
        "remainder remainders modulo mod congruent residue rest",
        "remainder remainders residue rest modulo mod congruent leave leaves leaving gives giving when divided "
        "dividing division upon after",
    ),
}
"""For each property: the words one of which must be there, and the words that may be there with it."""

OPERATION_WORDS: Final[dict[Operation, tuple[str, str]]] = {
    "count": ("how count counting number amount quantity total", "count counting amount quantity total altogether"),
    "list": (
        "list which what name enumerate show give write find all state identify tell print",
        "list listing enumerate write print identify",
    ),
    "sum": (
        "sum total add adding summing sums totals",
        "sum total add adding summing sums totals together up much altogether",
    ),
    "product": ("product multiply multiplied multiplying products", "product multiply multiplied multiplying together"),
    "largest": (
        "largest biggest greatest highest maximum last max",
        "largest biggest greatest highest maximum last max",
    ),
    "smallest": (
        "smallest least lowest minimum first min next littlest",
        "smallest least lowest minimum first min next littlest",
    ),
    "mean": ("average mean averages", "average mean averages arithmetic"),
    "nth": ("#", "order smallest place position"),
}
"""The same for what is done with the list."""

STRUCTURE: Final = _set(
    "and or not but both either neither nor except excluding without nt non none only one no isn "
    "aren don indivisible other"
)
"""Words that join or deny: each must have its place in the plan."""

BOUND_WORDS: Final = _set(
    "between from through to until till below under beneath less smaller lower fewer than at most up exceeding exceed "
    "greater more larger bigger higher above over beyond after before least inclusive inclusively exclusive "
    "exclusively "
    "strictly included including excluded excluding ends endpoints end first upto until digit digits no not and or "
    "equal both but counting themselves"
)
"""Words that may stand in the wording of bounds; whether they do is a matter of `plan_bounds.py`."""


@cache
def vocabulary() -> frozenset[str]:
    """Every word of the tables."""
    pairs = (*KINDS.values(), *OPERATION_WORDS.values())
    return frozenset().union(FRAME, STRUCTURE, BOUND_WORDS, *(_set(text) for pair in pairs for text in pair)) - {"#"}


_WORD: Final = re.compile(r"#[dn]?\d+|[a-z]+(?:['’][a-z]+)?")
_SHORT: Final = 5
"""A word with fewer letters is not taken for a misspelt one."""


def normal(question: str, found: Sequence[Figure]) -> str:
    """The words of a question, with its numbers as `#0`, `#1` (`#d0` for `three-digit`, `#n0` for `third`)."""
    parts, at = [], 0
    for place, figure in enumerate(found):
        mark = {"cardinal": "#", "digits": "#d", "ordinal": "#n"}[figure.how]
        parts += [question[at : figure.start].lower(), f" {mark}{place} "]
        at = figure.end
    text = "".join([*parts, question[at:].lower()])
    words = []
    for match in _WORD.finditer(text.replace("’", "'")):
        word = match[0]
        if word.endswith("n't"):
            words += [word[:-3], "not"]
        else:
            words += [_corrected(part) for part in word.removesuffix("'s").split("'")]
    return " ".join(words)


@cache
def _corrected(word: str) -> str:
    """The one known word that is a letter away from an unknown one; else the word itself."""
    if len(word) < _SHORT or word in vocabulary() or word.startswith("#"):
        return word
    near = {
        known
        for known in vocabulary()
        if abs(len(known) - len(word)) <= 1 and len(known) >= _SHORT - 1 and _is_near(word, known)
    }
    return near.pop() if len(near) == 1 else word


def _is_near(one: str, two: str) -> bool:
    """Whether a letter more, less, other, or two letters in turn make one word of the other."""
    at = next((i for i, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), min(len(one), len(two)))
    a, b = one[at:], two[at:]
    return a[1:] == b or a == b[1:] or a[1:] == b[1:] or (a[:2] == b[:2][::-1] and a[2:] == b[2:])
