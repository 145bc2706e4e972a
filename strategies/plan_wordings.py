"""Plans as a model writes them: in words, as fields of a small JSON object, and as a program of one line.

Each plan has several wordings, since a model recognises what is worded like the question; which of them it takes makes
no difference. The words are those of everyday mathematics. A wording is a continuation of the prompt: it begins where
the template's last turn ends.
"""

from __future__ import annotations

from itertools import product
from typing import Final

from slowthink.verifiers.counting_plans import Operation, Plan, Wording
from slowthink.verifiers.number_kinds import ATOMS, Kind, denied, verb

_NOUNS: Final[dict[str, tuple[str, ...]]] = {
    "prime": ("prime numbers", "primes"),
    "square": ("perfect squares", "square numbers", "squares"),
    "cube": ("perfect cubes", "cube numbers", "cubes"),
    "palindrome": ("palindromes", "palindromic numbers"),
    "multiple": ("multiples of {0}", "numbers divisible by {0}"),
    "divisor": ("divisors of {0}", "factors of {0}"),
    "digit sum": ("numbers whose digits add up to {0}", "numbers with a digit sum of {0}"),
    "contains": ("numbers that contain the digit {0}", "numbers with the digit {0}"),
    "ends": ("numbers ending in {0}", "numbers with the last digit {0}"),
    "starts": ("numbers starting with {0}", "numbers beginning with {0}"),
    "remainder": (
        "numbers that leave a remainder of {0} when divided by {1}",
        "numbers that when divided by {1} leave a remainder of {0}",
    ),
}
"""Names of the numbers that have a property, beside the one in `ATOMS`."""
_ADJECTIVES: Final = {
    "prime": "prime",
    "even": "even",
    "odd": "odd",
    "composite": "composite",
    "palindrome": "palindromic",
}
_SHARED: Final = {"multiple": "divisible by", "prime": "", "even": "", "odd": "", "composite": ""}


def nouns(kind: Kind) -> tuple[str, ...]:
    """The numbers of a kind, in words, in each way in which a plan may say it."""
    if not kind.parts:
        return tuple(form.format(*kind.numbers) for form in _NOUNS.get(kind.name, (ATOMS[kind.name].noun,)))
    if kind.name == "not":
        return (f"numbers that {denied(kind.parts[0])}",)
    parts = kind.parts
    if kind.name == "and" and parts[1].name == "not":
        short = _short(parts[0]), _short(parts[1].parts[0])
        plain = f"numbers that {verb(parts[0])} but {denied(parts[1].parts[0])}"
        same = f"numbers divisible by {short[0]} but not by {short[1]}"
        return (
            (same,)
            if _all_multiples(kind)
            else (plain, *(f"{n} that {denied(parts[1].parts[0])}" for n in nouns(parts[0])[:1]))
        )
    if _all_multiples(kind):
        return _of_multiples(kind.name, [_short(part) for part in parts])
    verbs = [verb(part) for part in parts]
    if kind.name == "and":
        return (f"numbers that {' and '.join(verbs)}", *_adjoined(parts))
    if kind.name == "or":
        return (f"numbers that {' or '.join(verbs)}",)
    if kind.name == "xor":
        return (f"numbers that {' or '.join(verbs)} but not both",)
    return (f"numbers that neither {' nor '.join(verbs)}", *_neither_are(verbs))


def _neither_are(verbs: list[str]) -> tuple[str, ...]:
    bare = [one.removeprefix("are ") for one in verbs]
    return (f"numbers that are neither {' nor '.join(bare)}",) if all(v.startswith("are ") for v in verbs) else ()


def _adjoined(parts: tuple[Kind, ...]) -> tuple[str, ...]:
    """`odd multiples of 7`: a property before the noun of the other, or behind it."""
    found = []
    for one, two in (parts, parts[::-1]):
        noun = nouns(two)[0]
        found += [f"{_ADJECTIVES[one.name]} {noun}"] if one.name in _ADJECTIVES else [f"{noun} that {verb(one)}"]
    return tuple(found)


def _of_multiples(name: str, shown: list[str]) -> tuple[str, ...]:
    last = {"and": "and", "or": "or", "xor": "or", "neither": "nor"}[name]
    listed = f" {last} ".join(shown) if len(shown) == 2 else f"{', '.join(shown[:-1])} {last} {shown[-1]}"
    if name == "and":
        return f"numbers divisible by both {listed}", f"numbers divisible by {listed}"
    if name == "neither":
        return f"numbers divisible by neither {listed}", f"numbers not divisible by {listed.replace('nor', 'or')}"
    end = " but not both" if name == "xor" else ""
    return f"numbers divisible by {listed}{end}", f"multiples of {listed}{end}"


def _short(kind: Kind) -> str:
    return str(kind.numbers[0]) if kind.numbers else ""


def _all_multiples(kind: Kind) -> bool:
    return all(atom.name == "multiple" for atom in kind.atoms())


def in_words(plan: Plan, wordings: tuple[Wording, ...]) -> list[str]:
    """What a plan lists, and from where to where, with each of the given ways of saying its bounds."""
    return [f"{noun} {w.of(plan.bounds)}".strip() for noun, w in product(nouns(plan.kind), wordings)]


def heads_in_words(plan: Plan) -> list[str]:
    """The beginning of `in_words`: what is listed, and the first word of its bounds."""
    word = {"two": " between", "high": " below", "digits": " with"}.get(plan.bounds.form, "")
    return [noun + word for noun in nouns(plan.kind)]


THEN_WORDS: Final[dict[Operation, tuple[str, ...]]] = {
    "count": ("how many", "the number"),
    "list": ("which", "the list"),
    "sum": ("the sum", "the total"),
    "product": ("the product",),
    "largest": ("the largest", "the greatest", "the biggest"),
    "smallest": ("the smallest", "the least"),
    "mean": ("the average", "the mean"),
}
"""What is asked of a list, in words; `nth` is not among them, since an ordinal number alone says it."""

_CALLS: Final[dict[str, str]] = {
    "divisor": "divisor_of({0})",
    "multiple": "multiple_of({0})",
    "power of": "power_of({0})",
    "ends": "ends_in({0})",
    "starts": "starts_with({0})",
    "contains": "contains_digit({0})",
    "digit sum": "digits_add_up_to({0})",
    "coprime": "coprime_to({0})",
    "divisor count": "number_of_divisors({0})",
    "remainder": "leaves_remainder({0}, divided_by({1}))",
    "square": "perfect_square",
    "cube": "perfect_cube",
    "power": "perfect_power",
    "perfect": "perfect_number",
    "whole": "whole_number",
    "square-free": "square_free",
}
_OTHER_CALLS: Final[dict[str, str]] = {
    "multiple": "divisible_by({0})",
    "divisor": "factor_of({0})",
    "square": "square",
    "cube": "cube",
    "contains": "has_digit({0})",
    "digit sum": "digit_sum({0})",
    "ends": "last_digit({0})",
    "starts": "begins_with({0})",
}
"""A second name of some properties in programs."""
_JOINTS: Final = {"not": "is_not", "xor": "one_but_not_both", "neither": "neither", "and": "both", "or": "either"}


def conditions(kind: Kind) -> tuple[str, ...]:
    """A kind as a condition in a program, by the first names of its properties and by their second ones."""
    one, two = _condition(kind, _CALLS), _condition(kind, _CALLS | _OTHER_CALLS)
    return (one,) if one == two else (one, two)


def _condition(kind: Kind, calls: dict[str, str]) -> str:
    if not kind.parts:
        return calls.get(kind.name, kind.name).format(*kind.numbers)
    if kind.name == "and" and kind.parts[1].name == "not":
        return f"but_not({_condition(kind.parts[0], calls)}, {_condition(kind.parts[1].parts[0], calls)})"
    return f"{_JOINTS[kind.name]}({', '.join(_condition(part, calls) for part in kind.parts)})"


_RANGES: Final[dict[str, str]] = {
    "between {a} and {b}": "between({a}, {b})",
    "from {a} to {b}": "from_to({a}, {b})",
    "between {a} and {b} inclusive": "between_inclusive({a}, {b})",
    "from {a} through {b}": "from_through({a}, {b})",
    "at least {a} and at most {b}": "at_least_and_at_most({a}, {b})",
    "strictly between {a} and {b}": "strictly_between({a}, {b})",
    "between {a} and {b} exclusive": "between_exclusive({a}, {b})",
    "greater than {a} and less than {b}": "greater_and_less_than({a}, {b})",
    "greater than {a} and at most {b}": "greater_than_and_at_most({a}, {b})",
    "at least {a} and less than {b}": "at_least_and_less_than({a}, {b})",
    "from {a} up to but not including {b}": "from_up_to_not_including({a}, {b})",
    "with {a} digits": "with_digits({a})",
    "among the first {a} whole numbers": "first_numbers({a})",
    "among the first {a} of them": "first_of_them({a})",
    "": "all_numbers",
}


def numbers_of(plan: Plan, wording: Wording) -> str:
    """Where a program takes its numbers from."""
    call = _RANGES.get(wording.words)
    if call is None:  # "not exceeding {a}" is not_exceeding(a)
        call = wording.words.replace(" {a}", "").replace(" ", "_") + "({a})"
    a, b = (*plan.bounds.numbers, *plan.bounds.numbers)[:2] if plan.bounds.numbers else (0, 0)
    return call.format(a=a, b=b)


def in_code(plan: Plan, wordings: tuple[Wording, ...]) -> list[str]:
    """What a program of one line calls its operation with, with each of the given ways of saying its bounds."""
    given = product(wordings, conditions(plan.kind))
    return [f"{condition}, {numbers_of(plan, w)}" for w, condition in given]


def heads_in_code(plan: Plan) -> list[str]:
    """The beginning of `in_code`: the condition."""
    return [condition + "," for condition in conditions(plan.kind)]


THEN_CODE: Final[dict[Operation, str]] = {
    "count": "how_many",
    "list": "list_all",
    "sum": "sum",
    "product": "product",
    "largest": "largest",
    "smallest": "smallest",
    "mean": "average",
}
