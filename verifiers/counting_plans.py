"""Plans of counting and listing as data, and all plans that the numbers of a question leave room for.

A plan says what to list (a `Kind`), from where to where (`Bounds`), whether the ends count, and what then (count, sum,
largest, ...). `spaces` is the grammar of plans for one question: every plan that uses each of the question's numbers
once. Which of them the question means is not known here: the model says that, and `plan_objections.py` holds its choice
against the question's words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, permutations
from typing import Any, Final, Literal

from slowthink.verifiers.number_kinds import ATOMS, Kind, described, kind_from
from slowthink.verifiers.numerals import NUMBER_WORDS, cardinal

MAX_FIGURES: Final = 5
MAX_VALUE: Final = 10**6

Operation = Literal["count", "list", "sum", "product", "largest", "smallest", "mean", "nth"]
OPERATIONS: Final[tuple[Operation, ...]] = ("count", "list", "sum", "product", "largest", "smallest", "mean", "nth")
Form = Literal["two", "high", "low", "digits", "first", "all"]


@dataclass(frozen=True, slots=True)
class Figure:
    """A number in a question: `how` it stands there (`3`, `third`, `three-digit`), and where."""

    value: int
    start: int
    end: int
    how: Literal["cardinal", "ordinal", "digits"]


@dataclass(frozen=True, slots=True)
class Bounds:
    """Where a list begins and ends. `low_in` and `high_in`: whether an end counts; None where that is not said.

    `numbers`: both ends for `two`, the end for `high` and `low`, how many digits for `digits`, how many members for
    `first`, none for `all`.
    """

    form: Form
    numbers: tuple[int, ...] = ()
    low_in: bool | None = None
    high_in: bool | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What to list, from where to where, and what to do with the list.

    `uses` tells for each figure of the question, in its order, what it is in the plan: `low`, `high`, `digits`,
    `first`, `nth`, or the name of an atom with the place of the number in it (`multiple.0`). `places` tells for each
    number of the kind's atoms, from left to right, which figure it is.
    """

    kind: Kind
    bounds: Bounds
    then: Operation = "list"
    nth: int | None = None
    uses: tuple[str, ...] = ()
    places: tuple[int, ...] = ()

    def data(self) -> dict[str, Any]:
        """As plain data."""
        found: dict[str, Any] = {"kind": self.kind.data(), "bounds": self.bounds.form, "then": self.then}
        found["numbers"] = list(self.bounds.numbers)
        found["ends"] = [self.bounds.low_in, self.bounds.high_in]
        return found if self.nth is None else found | {"nth": self.nth}


def plan_from(data: Any) -> Plan | None:
    """The plan that data tells of; None when it tells of none."""
    try:
        kind, ends, numbers = kind_from(data["kind"]), data["ends"], tuple(data["numbers"])
        bounds = Bounds(data["bounds"], numbers, *ends)
        plan = Plan(kind, bounds, data["then"], data.get("nth"))  # type: ignore[arg-type]
    except (KeyError, TypeError):
        return None
    sizes = {"two": 2, "high": 1, "low": 1, "digits": 1, "first": 1, "all": 0}
    is_plan = (
        kind is not None
        and plan.then in OPERATIONS
        and sizes.get(bounds.form) == len(numbers)
        and all(type(n) is int and 0 <= n <= MAX_VALUE for n in numbers)
        and all(end in (True, False, None) for end in ends)
        and (type(plan.nth) is int and plan.nth > 0 if plan.then == "nth" else plan.nth is None)
    )
    return plan if is_plan else None


_ORDINALS: Final = (
    "zeroth",
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
    "twentieth",
)
_TOKEN: Final = re.compile(r"\d{1,3}(?:,\d{3})+(?![\d,])|\d+|[a-z]+", re.I)
_ODD: Final = re.compile(r"\d\s*[*^/%=+]|[*^/%=+]\s*\d|\d\.\d|[-−–]\s*\d+\s*[-−–+*]|(?<![\w\d])[-−]\d")
_AFTER_ONE: Final = frozenset(("between", "from", "than", "to", "and", "in", "with", "digit"))


def figures(question: str) -> tuple[Figure, ...] | None:
    """The numbers in a question, in its order; None where there are signs between them, or numbers of other kinds."""
    if _ODD.search(question):
        return None
    tokens = list(_TOKEN.finditer(question))
    words = [token[0].lower() for token in tokens]
    found: list[Figure] = []
    at = 0
    while at < len(words):
        size, value, how = _read(words, at)
        if value is None:
            at += 1
            continue
        begin, end = tokens[at].start(), tokens[at + size - 1].end()
        after = words[at + size] if at + size < len(words) else ""
        before = words[at - 1] if at else ""
        if how == "cardinal" and after in ("st", "nd", "rd", "th") and tokens[at + size].start() == end:
            how, end, size = "ordinal", tokens[at + size].end(), size + 1
        elif (
            how == "cardinal" and after in ("digit", "digits") and (question[end] == "-" or before not in ("the", "a"))
        ):
            how, end, size = "digits", tokens[at + size].end(), size + 1
        if not (words[at] == "one" and size == 1 and before not in _AFTER_ONE):
            found.append(Figure(value, begin, end, how))
        at += size
    return tuple(found)


def _read(words: Sequence[str], at: int) -> tuple[int, int | None, Literal["cardinal", "ordinal", "digits"]]:
    """How many words from `at` on are a number, its value and how it stands there."""
    word = words[at]
    if word[0].isdigit():
        return 1, int(word.replace(",", "")), "cardinal"
    if word in _ORDINALS and word not in ("zeroth", "first"):
        return 1, _ORDINALS.index(word), "ordinal"
    size = 0
    while at + size < len(words) and words[at + size] in NUMBER_WORDS:
        if words[at + size] == "and" and at and words[at - 1] == "between":
            break
        size += 1
    for length in range(size, 0, -1):
        value = cardinal(list(words[at : at + length]))
        if value is not None and words[at : at + length] != ["a"]:
            return length, value, "cardinal"
    return 1, None, "cardinal"


def spaces(found: Sequence[Figure]) -> tuple[Plan, ...]:
    """All plans with one named property that use every number once; their ends, and what then, are still open.

    Bounds with one number are `high` here; `with_ends` says which they can become.
    """
    return tuple(plan for bounds, rest in _bounded(found) for plan in _filled(bounds, rest, found, _singles))


def joint_spaces(found: Sequence[Figure], atoms: Sequence[Kind]) -> tuple[Plan, ...]:
    """All plans that join two of the given properties and use every number once."""

    def joined(values: Sequence[int]) -> Iterator[Kind]:
        usable = [atom for atom in atoms if set(atom.numbers) <= set(values)]
        for one, two in combinations(usable, 2):
            if sorted(one.numbers + two.numbers) == sorted(values):
                yield from _pairs(one, two)
        for one in usable:
            if sorted(one.numbers) == sorted(values):
                yield Kind("not", parts=(one,))

    return tuple(plan for bounds, rest in _bounded(found) for plan in _filled(bounds, rest, found, joined))


def loose_spaces(found: Sequence[Figure]) -> tuple[Plan, ...]:
    """Properties with at most one of the question's numbers, whatever the others are: what joints are made of."""
    values = dict.fromkeys(figure.value for figure in found if figure.how == "cardinal")
    kinds = [Kind(name) for name, atom in ATOMS.items() if atom.numbers == 0 and name != "whole"]
    kinds += [Kind(name, (value,)) for name, atom in ATOMS.items() if atom.numbers == 1 for value in values]
    return tuple(Plan(kind, Bounds("all")) for kind in kinds)


def _pairs(one: Kind, two: Kind) -> Iterator[Kind]:
    for name in ("and", "or", "xor", "neither"):
        yield Kind(name, parts=(one, two))
    yield Kind("and", parts=(one, Kind("not", parts=(two,))))
    yield Kind("and", parts=(two, Kind("not", parts=(one,))))


def _singles(values: Sequence[int]) -> Iterator[Kind]:
    for name, atom in ATOMS.items():
        if atom.numbers == len(values):
            for order in permutations(values):
                yield Kind(name, order)
    if len(values) == 2 and values[0] != values[1]:
        yield from _pairs(Kind("multiple", (values[0],)), Kind("multiple", (values[1],)))
    if len(values) == 3:
        parts = tuple(Kind("multiple", (value,)) for value in values)
        yield from (Kind(name, parts=parts) for name in ("and", "or", "neither"))


def _bounded(found: Sequence[Figure]) -> Iterator[tuple[tuple[Bounds, dict[int, str]], list[int]]]:
    """Each choice of bounds with the places of the figures it uses, and the places of those that are left."""
    cardinals = [i for i, figure in enumerate(found) if figure.how == "cardinal"]
    digits = [i for i, figure in enumerate(found) if figure.how == "digits"]
    if len(digits) > 1 or sum(figure.how == "ordinal" for figure in found) > 1:
        return
    if digits:
        yield (Bounds("digits", (found[digits[0]].value,)), {digits[0]: "digits"}), cardinals
        return
    for low, high in combinations(cardinals, 2):
        rest = [i for i in cardinals if i not in (low, high)]
        if found[low].value != found[high].value:
            ends = sorted((low, high), key=lambda i: found[i].value)
            bounds = Bounds("two", (found[ends[0]].value, found[ends[1]].value))
            yield (bounds, dict(zip(ends, ("low", "high"), strict=True))), rest
    for i in cardinals:
        rest = [j for j in cardinals if j != i]
        yield (Bounds("high", (found[i].value,)), {i: "high"}), rest
    yield (Bounds("all"), {}), cardinals


def _filled(
    bounds: tuple[Bounds, dict[int, str]], rest: list[int], found: Sequence[Figure], kinds: Any
) -> Iterator[Plan]:
    """The plans of one choice of bounds: each kind whose numbers are those that are left."""
    where, used = bounds
    values = [found[i].value for i in rest]
    ordinal = next((figure.value for figure in found if figure.how == "ordinal"), None)
    for kind in kinds(values):
        if where.form == "all" and ordinal is None and all(atom.name != "divisor" for atom in kind.atoms()):
            continue
        roles = used | {i: "nth" for i, figure in enumerate(found) if figure.how == "ordinal"}
        free, places = list(rest), []
        for atom in kind.atoms():
            for place, number in enumerate(atom.numbers):
                places.append(next(i for i in free if found[i].value == number))
                free.remove(places[-1])
                roles[places[-1]] = f"{atom.name}.{place}"
        plan = Plan(kind, where, uses=tuple(roles[i] for i in range(len(found))), places=tuple(places))
        yield plan if ordinal is None else replace(plan, then="nth", nth=ordinal)


@dataclass(frozen=True, slots=True)
class Wording:
    """A way of saying which ends count: words with `{a}` and `{b}`, and what they mean for both ends."""

    form: Form
    words: str
    low_in: bool | None = None
    high_in: bool | None = None

    def of(self, bounds: Bounds) -> str:
        """These words for the numbers of some bounds."""
        a, b = (*bounds.numbers, *bounds.numbers)[:2] if bounds.numbers else ("", "")
        return self.words.format(a=a, b=b)


WORDINGS: Final[tuple[Wording, ...]] = (
    Wording("two", "between {a} and {b}"),
    Wording("two", "from {a} to {b}", True, True),
    Wording("two", "between {a} and {b} inclusive", True, True),
    Wording("two", "from {a} through {b}", True, True),
    Wording("two", "at least {a} and at most {b}", True, True),
    Wording("two", "strictly between {a} and {b}", False, False),
    Wording("two", "between {a} and {b} exclusive", False, False),
    Wording("two", "greater than {a} and less than {b}", False, False),
    Wording("two", "greater than {a} and at most {b}", False, True),
    Wording("two", "at least {a} and less than {b}", True, False),
    Wording("two", "from {a} up to but not including {b}", True, False),
    Wording("high", "below {a}", None, False),
    Wording("high", "less than {a}", None, False),
    Wording("high", "under {a}", None, False),
    Wording("high", "smaller than {a}", None, False),
    Wording("high", "up to {a}", None, True),
    Wording("high", "at most {a}", None, True),
    Wording("high", "not greater than {a}", None, True),
    Wording("high", "not exceeding {a}", None, True),
    Wording("high", "among the first {a} whole numbers", True, True),
    Wording("low", "above {a}", False),
    Wording("low", "greater than {a}", False),
    Wording("low", "over {a}", False),
    Wording("low", "after {a}", False),
    Wording("low", "at least {a}", True),
    Wording("low", "not less than {a}", True),
    Wording("digits", "with {a} digits", True, True),
    Wording("first", "among the first {a} of them"),
    Wording("all", ""),
)
"""Ways of saying where a list begins and ends. The first of a form stands for the form while the ends are open."""


def with_ends(plan: Plan) -> tuple[tuple[Wording, Plan], ...]:
    """A plan with its bounds in each wording that its numbers leave room for; one number may be a bound of any form."""
    form = plan.bounds.form
    forms = {"high", "low", "first"} if form == "high" else {form}
    found = []
    for wording in WORDINGS:
        if wording.form in forms:
            uses = tuple(wording.form if use == "high" and form == "high" else use for use in plan.uses)
            bounds = Bounds(wording.form, plan.bounds.numbers, wording.low_in, wording.high_in)
            found.append((wording, replace(plan, bounds=bounds, uses=uses)))
    return tuple(found)


def told(plan: Plan) -> str:
    """A plan in words: what evidence and reasons say of it."""
    then = {"count": "how many", "nth": f"number {plan.nth} in order"}.get(plan.then, plan.then)
    return f"{described(plan.kind)}{' ' + ends_told(plan.bounds) if plan.bounds.form != 'all' else ''}; then: {then}"


def ends_told(bounds: Bounds) -> str:
    """Bounds in words, with whether the ends count."""
    wording = next(w for w in WORDINGS if (w.form, w.low_in, w.high_in) == (bounds.form, bounds.low_in, bounds.high_in))
    return wording.of(bounds)
