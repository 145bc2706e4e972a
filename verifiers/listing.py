"""Lists the numbers that a plan asks for, each member and each gap decided, and what comes of the list.

The idea: a plan's bounds become a stretch of whole numbers, `holds` decides each of them, and where the number-theory
verifier knows the property it must say the same. What the words of the question leave open (do the ends count? does the
list begin at 0? is 1 a power of 2?) is listed in each way: `Listed.agrees` says whether all of them come to the same.

Guaranteed: exact; at most SPAN numbers are looked at. Not: that the plan is what was asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import prod
from typing import Any, Final

from slowthink.types import Evidence, Status
from slowthink.verifiers.counting_plans import Plan, ends_told
from slowthink.verifiers.factors import Work
from slowthink.verifiers.number_facts import decide
from slowthink.verifiers.number_kinds import LARGEST, Kind, described, holds
from slowthink.verifiers.number_readings import Statement
from slowthink.verifiers.number_work import Thinking

SPAN: Final = 100_000
MAX_SHOWN: Final = 1_000
"""A list of more members is not given as an answer, and not written into evidence."""
CHECKED: Final = 3_000
"""So many numbers of a stretch are decided by the number-theory verifier, too."""
MAX_PRODUCT: Final = 200


@dataclass(frozen=True, slots=True)
class Stretch:
    """Whole numbers from `low` to `high`, both of them in it; with `most`, the list ends with that member."""

    low: int
    high: int
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A plan carried out: the members of its list, what comes of them, and by which conventions."""

    plan: Plan
    stretch: Stretch
    members: tuple[int, ...]
    answer: str
    convention: str
    other: str | None = None
    """Another answer, by another convention that the question leaves room for; None where there is none."""

    @property
    def agrees(self) -> bool:
        """Whether every convention that the question leaves room for gives this answer."""
        return self.other is None


def carry_out(plan: Plan, words: str = "") -> Listed | str:
    """The plan's list and what comes of it; or why there is none. `words` are the question's, normalised."""
    stretches = list(_stretches(plan, words))
    if not stretches:
        return "the bounds are too far apart, or out of order"
    found: list[Listed] = []
    for stretch, convention in stretches:
        members = _members(plan.kind, stretch)
        for own, remark in _readings(plan, members, words):
            answer = _result(plan, own)
            if answer is None and not found:
                return "the list is empty, too short or too long for what is asked of it"
            shown = answer or "none"
            found.append(Listed(plan, stretch, tuple(own), shown, "; ".join(filter(None, (convention, remark)))))
    first = found[0]
    other = next((one for one in found if one.answer != first.answer), None)
    return first if other is None else replace(first, other=f"{other.answer} ({other.convention})")


def _stretches(plan: Plan, words: str) -> Iterator[tuple[Stretch, str]]:
    """The stretch of numbers that is meant first, then those that may be meant, too."""
    form, numbers = plan.bounds.form, plan.bounds.numbers
    most = plan.nth if plan.then == "nth" else 1 if form == "low" else numbers[0] if form == "first" else None
    starts_at_one = (
        "positive" in words or "natural" in words or any(atom.name == "divisor" for atom in plan.kind.atoms())
    )
    if form == "two":
        low, high = numbers
        yield from _two(plan, low, high, most)
    elif form == "high":
        high = numbers[0] - (plan.bounds.high_in is False)
        if 1 <= high <= SPAN:
            yield Stretch(1, high, most), f"counted from 1 to {high}"
            if plan.bounds.low_in is None and not starts_at_one:
                yield Stretch(0, high, most), f"counted from 0 to {high}"
    elif form == "low":
        low = numbers[0] + (plan.bounds.low_in is False)
        yield Stretch(low, min(LARGEST, low + SPAN), most), f"counted from {low} on"
    elif form == "digits":
        digits = numbers[0]
        if 1 <= digits <= 5:
            yield (
                Stretch(10 ** (digits - 1), 10**digits - 1, most),
                f"counted from {10 ** (digits - 1)} to {10**digits - 1}",
            )
            if digits == 1:
                yield Stretch(0, 9, most), "counted from 0 to 9"
    else:
        ends = [atom.numbers[0] for atom in plan.kind.atoms() if atom.name == "divisor"]
        high = min(ends) if ends else SPAN
        if high <= SPAN:
            yield Stretch(1, high, most), "counted from 1 on"
            if not starts_at_one:
                yield Stretch(0, high, most), "counted from 0 on"


def _two(plan: Plan, low: int, high: int, most: int | None) -> Iterator[tuple[Stretch, str]]:
    if high - low > SPAN or low > high or high > LARGEST:
        return
    bounds = plan.bounds
    said = {True: "included", False: "left out"}
    for low_in in (True, False) if bounds.low_in is None else (bounds.low_in,):
        for high_in in (True, False) if bounds.high_in is None else (bounds.high_in,):
            ends = (
                f"both ends, {low} and {high}, {said[low_in]}"
                if low_in is high_in
                else f"{low} {said[low_in]} and {high} {said[high_in]}"
            )
            yield Stretch(low + (not low_in), high - (not high_in), most), ends


def _members(kind: Kind, stretch: Stretch) -> list[int]:
    found: list[int] = []
    for n in range(stretch.low, stretch.high + 1):
        if stretch.most is not None and len(found) == stretch.most:
            break
        if holds(kind, n):
            found.append(n)
    return found


def _readings(plan: Plan, members: list[int], words: str) -> Iterator[tuple[list[int], str]]:
    """The list by each convention about what belongs to the kind."""
    yield members, ""
    names = {atom.name for atom in plan.kind.atoms()}
    if "fibonacci" in names and 1 in members:
        yield [1, *members], "1 twice among the Fibonacci numbers"
    if names & {"power of", "power", "factorial"} and 1 in members:
        yield [n for n in members if n != 1], "1 not among the powers"
    if {"prime", "divisor"} <= names and "factor" in words:
        (k,) = {atom.numbers[0] for atom in plan.kind.atoms() if atom.name == "divisor"} or {1}
        yield [p for p in members for _ in range(_times(p, k))], "factors as often as they occur"


def _times(p: int, n: int) -> int:
    count = 0
    while p > 1 and n % p == 0:
        n, count = n // p, count + 1
    return max(1, count)


def _result(plan: Plan, members: Sequence[int]) -> str | None:
    """What is asked of the list, in digits; None where it has no answer."""
    wanted = plan.bounds.numbers[0] if plan.bounds.form == "first" else None
    if wanted is not None and len(members) < wanted:
        return None
    if plan.then == "count":
        return str(len(members))
    if plan.then == "sum":
        return str(sum(members))
    if not members or (plan.then == "nth" and (plan.nth is None or len(members) < plan.nth)):
        return None
    if plan.then == "list":
        return ", ".join(map(str, members)) if len(members) <= MAX_SHOWN else None
    if plan.then == "product":
        return str(prod(members)) if len(members) <= MAX_PRODUCT else None
    if plan.then == "mean":
        return str(Fraction(sum(members), len(members)))
    return str({"largest": members[-1], "smallest": members[0]}.get(plan.then, members[(plan.nth or 1) - 1]))


_KNOWN: Final = {"prime", "composite", "even", "odd", "square", "cube", "multiple", "coprime", "digit sum", "remainder"}


def disagreement(kind: Kind, stretch: Stretch) -> str | None:
    """A number of the stretch of which the number-theory verifier says another thing; None where there is none."""
    thinking = Thinking(Work(10_000_000))
    for n in range(max(1, stretch.low), min(stretch.high, stretch.low + CHECKED) + 1):
        for atom in kind.atoms():
            if atom.name in _KNOWN:
                truths = decide(_statement(atom, n), thinking).holds
                if len(set(truths)) == 1 and truths[0] != holds(atom, n):
                    return f"{n} is decided in two ways as to {described(atom)}"
    return None


def _statement(atom: Kind, n: int) -> Statement:
    numbers = atom.numbers
    if atom.name == "multiple":
        return Statement("divisible", (n,), numbers)
    if atom.name == "coprime":
        return Statement("coprime", (n, *numbers))
    if atom.name == "digit sum":
        return Statement("digit sum", (n,), numbers)
    if atom.name == "remainder":
        return Statement("remainder", (n, numbers[1]), (numbers[0],))
    return Statement(atom.name, (n,))


def claim_of(kind: Kind, stretch: Stretch, members: Sequence[int]) -> str:
    """The list as a sentence: all numbers of the kind in the stretch, and how many they are."""
    last = members[-1] if stretch.most is not None and members else stretch.high
    if not members:
        return f"There are no {described(kind)} from {stretch.low} to {stretch.high}."
    shown = ", ".join(map(str, members)) if len(members) <= MAX_SHOWN else f"{members[0]}, ..., {members[-1]}"
    return f"The {described(kind)} from {stretch.low} to {last} are {shown}: {len(members)}, and no others."


def evidence_of_list(listed: Listed) -> Evidence:
    """The list as evidence: what was listed, from where to where, and every member."""
    stretch, members = listed.stretch, [n for i, n in enumerate(listed.members) if n not in listed.members[:i]]
    last = members[-1] if stretch.most is not None and members else stretch.high
    certificate: dict[str, Any] = {
        "kind": listed.plan.kind.data(),
        "low": stretch.low,
        "high": last,
        "count": len(members),
        "sum": sum(members),
    }
    if len(members) <= MAX_SHOWN:
        certificate["members"] = members
    claim = claim_of(listed.plan.kind, Stretch(stretch.low, last), members)
    return Evidence(kind="listing", claim=claim, status=Status.PROVED, certificate=certificate)


def reason_of(listed: Listed) -> str:
    """The plan, its convention, and another answer that another convention would have."""
    text = f"listed: {described(listed.plan.kind)}"
    if listed.plan.bounds.form != "all":
        text += f" {ends_told(listed.plan.bounds)}"
    text += f", {listed.convention}"
    return text if listed.other is None else f"{text}; by another convention {listed.other}"
