"""Judges claims of school algebra in text: equal formulas, solutions of equations and systems, simple calculus.

The idea: a few turns of phrase say plainly that something is claimed for all values ("expands to", "simplifies
to", "the derivative of ... is") or for given ones ("x = 3 is a solution of ..."); what stands on both sides is
parsed by a grammar of our own (`formulas.py`) and decided exactly (`polynomials.py`), or by a computer algebra
system in a worker (`computer_algebra.py`). A bare equation with variables claims nothing: it may be one to solve.

Guaranteed: PROVED and REFUTED only where that is what the words say and the mathematics decide; a sentence that
asks, denies, supposes or restricts is left alone. Formulas are equal here wherever both are defined:
`(x^2 - 1)/(x - 1)` simplifies to `x + 1`. Roots that are not real leave "the solutions are" UNKNOWN.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from slowthink.types import Claim, Judgement, Status, Verdict
from slowthink.verifiers import computer_algebra
from slowthink.verifiers.calculus import derivative, integral
from slowthink.verifiers.formulas import (
    Application,
    Formula,
    Negation,
    Number,
    Operation,
    Symbol,
    parse,
    variables,
)
from slowthink.verifiers.polynomials import (
    coefficients,
    deflated,
    difference,
    quotient_of,
    real_roots,
    same,
    value_at,
)

KIND: Final = "algebra"
MAX_CLAIMS: Final = 60
MAX_SENTENCE: Final = 600
_PLAIN: Final = r"(?:[^.;:!?\n=≠<>≤≥≈,]|\.(?=\d))"
_F: Final = rf"(?P<f>{_PLAIN}{{1,160}}?)"
_G: Final = rf"(?P<g>{_PLAIN}{{1,160}})"
_SENTENCE = re.compile(r"(?:[^.!?;\n]|\.(?=\d))+[.!?;]?")
_LEFT_ALONE = re.compile(
    r"\?|\b(?:not|never|cannot|no|isn't|wrong|false|incorrect|unless|if|suppose|assume|assuming|let|whether|mod|modulo|"
    r"approximately|about|roughly|only when|where|might|may|could|would|should|neither|nor|guess)\b|n't\b|≈|≠|<|>|≤|≥",
    re.IGNORECASE,
)
_X: Final = r"(?P<x>[a-zA-Z])"
_TURNS: Final = (
    rf"{_F} (?:is the same as|is identical to|is equivalent to|is identically equal to|simplifies to|reduces to|"
    rf"expands to|expands as|factors as|factors into|factors to|factorises as|factorises to|"
    rf"can be (?:written|rewritten|factored|factorised|simplified|expanded|expressed) (?:as|to|into)) {_G}"
)


@dataclass(frozen=True, slots=True)
class AlgebraVerifier:
    """The verifier of formulas with variables."""

    kind: str = KIND

    def check(self, text: str) -> list[Judgement]:
        """One judgement for each claim that is found, in the order of the text."""
        found: list[Judgement] = []
        for start, sentence in _sentences(text):
            if len(found) >= MAX_CLAIMS:
                break
            found += _judged(start, sentence)
        return found


def _sentences(text: str) -> Iterator[tuple[int, str]]:
    for match in _SENTENCE.finditer(text):
        sentence = match[0]
        if len(sentence) <= MAX_SENTENCE and _MAY_CLAIM.search(sentence) and not _LEFT_ALONE.search(sentence):
            yield match.start(), sentence


_BULLET: Final = re.compile(r"\s{0,12}(?:[-–—*+•]|\d{1,3}\))\s+")


def _judged(start: int, sentence: str) -> Iterator[Judgement]:
    """The claim of a sentence; what a list's dash leads is refuted only if it is false with a minus as well."""
    bullet = _BULLET.match(sentence)
    if bullet is None:
        yield from _claims(start, sentence)
        return
    with_minus = [j.verdict.status for j in _claims(start, sentence)]
    for judgement in _claims(start + bullet.end(), sentence[bullet.end() :]):
        if judgement.verdict.status is Status.REFUTED and with_minus not in ([], [Status.REFUTED]):
            yield judgement.model_copy(update={"verdict": _unknown("the dash may be a minus")})
        else:
            yield judgement


def _claims(start: int, sentence: str) -> Iterator[Judgement]:
    body = sentence.rstrip(".!; \t")
    for pattern, decide in _RULES:
        for match in pattern.finditer(body):
            begin = match.start() + len(match[0]) - len(match[0].lstrip())
            if _PART_OF_MORE.search(body, 0, begin):
                continue
            verdict = decide(match)
            if verdict is not None:
                at, end = start + match.start(), start + match.end()
                yield Judgement(claim=Claim(kind=KIND, text=match[0], start=at, end=end), verdict=verdict)
                return


_PART_OF_MORE: Final = re.compile(
    r"(?:[\w.,^\\]|\b(?:second|third|fourth|fifth|nth|n-th|\d+(?:nd|rd|th)|higher|partial|mixed|directional|logarithmic|"
    r"weak|double|triple|line|left|right|upper|lower|one-sided)[ -](?:order )?)$",
    re.IGNORECASE,
)
"""What stands right before a claim and makes it one about something else: `0.` before `5x`, `the second` derivative."""


def _proved(reason: str) -> Verdict:
    return Verdict(status=Status.PROVED, reason=reason)


def _refuted(reason: str, witness: str) -> Verdict:
    return Verdict(status=Status.REFUTED, reason=reason, witness=witness)


def _unknown(reason: str) -> Verdict:
    return Verdict(status=Status.UNKNOWN, reason=reason)


def _formula(text: str, from_left: bool = False) -> Formula | None:
    """The formula in a stretch of a sentence: all of it, or what stands at its end after some words."""
    words = text.strip().strip("$*`").strip()
    formula = parse(words)
    if formula is not None or not from_left:
        return formula
    parts = words.split()
    for first in range(1, len(parts)):
        if re.fullmatch(r"[A-Za-z]{2,}|[aAI]", parts[first - 1]):
            formula = parse(" ".join(parts[first:]).strip("$*` "))
            if formula is not None:
                return formula
    return None


def equality(left: Formula, right: Formula, words: str = "the two sides") -> Verdict:
    """Whether two formulas are equal wherever both are defined."""
    a, b = quotient_of(left), quotient_of(right)
    equal = None if a is None or b is None else same(a, b)
    if equal:
        return _proved(f"{words} are equal as quotients of polynomials")
    if equal is False and a is not None and b is not None and a.is_pure and b.is_pure:
        point = difference(left, right)
        if point is not None:
            return _refuted(f"{words} differ", _at(left, right, point))
        return _unknown(f"{words} differ, but no point shows it")
    verdict, why = computer_algebra.equal(left, right)
    if verdict is None:
        return _unknown(why)
    return _proved(f"{words}: {why}") if verdict else _refuted(f"{words} differ", why)


def _at(left: Formula, right: Formula, point: dict[str, Fraction]) -> str:
    where = ", ".join(f"{name} = {value}" for name, value in point.items())
    return f"{f'at {where}: ' if where else ''}{value_at(left, point)} against {value_at(right, point)}"


_LEADING_WORD: Final = re.compile(
    r"(?:^|[\s*_])(?:[Hh]ence|[Tt]hus|[Tt]herefore|[Ss]o|[Tt]hen|[Ff]inally|[Nn]ext|[Nn]ow),$"
)


def _identity(match: re.Match[str]) -> Verdict | None:
    before = match.string[: match.start()].rstrip()
    if before.endswith(tuple("=<>+-*/^(≠≤≥≈,")) and not _LEADING_WORD.search(before):
        return None  # the left side is a part of something else
    left, right = _formula(match["f"], from_left=True), _formula(match["g"])
    if left is None or right is None or not variables(left) | variables(right):
        return None
    return equality(left, right)


def _solution(match: re.Match[str]) -> Verdict | None:
    """`x = 3 is a solution of ...`: put in, both sides must have one value."""
    point = _point(match["point"])
    equations = _equations(match["equations"])
    if point is None or not equations or any(set(point) != variables(a) | variables(b) for a, b in equations):
        return None
    for left, right in equations:
        verdict = equality(_put_in(left, point), _put_in(right, point), "both sides, put in,")
        if verdict.status is not Status.PROVED:
            return verdict
    return _proved("put in, both sides have one value")


def _put_in(formula: Formula, point: dict[str, Formula]) -> Formula:
    if isinstance(formula, Symbol):
        return point.get(formula.name, formula)
    if isinstance(formula, Negation):
        return Negation(_put_in(formula.operand, point))
    if isinstance(formula, Application):
        return Application(formula.function, _put_in(formula.argument, point))
    if isinstance(formula, Operation):
        return Operation(formula.operator, _put_in(formula.left, point), _put_in(formula.right, point))
    return formula


def _solutions(match: re.Match[str]) -> Verdict | None:
    """`the solutions of ... are ...`: each must be one, and there must be no other."""
    equations = _equations(match["equations"])
    if len(equations) == 1:
        names = variables(equations[0][0]) | variables(equations[0][1])
        (variable,) = names if len(names) == 1 else ("",)
        values = _values(match["values"], variable) if variable else None
        return None if values is None else _all_roots(*equations[0], variable, values, match["one"] is not None)
    point = _point(match["values"])
    return _only_solution(equations, point) if point is not None and len(equations) > 1 else None


def _all_roots(left: Formula, right: Formula, variable: str, claimed: list[Fraction], says_one: bool) -> Verdict | None:
    """Roots of a polynomial equation: each claimed one is divided out, and what is left must have no real root."""
    rest = quotient_of(Operation("-", left, right))
    if rest is None or any(term for term in rest.bottom):
        return None
    values = coefficients(rest.top, variable)
    if values is None or len(values) < 2:
        return None
    for root in claimed:
        if deflated(values, root) is None:
            value = value_at(Operation("-", left, right), {variable: root})
            return _refuted(f"{root} is no solution", f"at {variable} = {root} the sides differ by {value}")
    for root in claimed:
        while (less := deflated(values, root)) is not None:
            values = less
    if len(values) == 1:
        return _proved("each is a solution, and dividing them out leaves a constant")
    others = real_roots(values)
    if others == 0 or says_one:
        return _unknown("each is a solution; whether others count is not said")
    return _refuted("there are more solutions", f"{others} further real solution{'s' if others > 1 else ''}")


def _only_solution(equations: list[tuple[Formula, Formula]], point: dict[str, Formula]) -> Verdict | None:
    """A system of linear equations: the point solves it, and the equations have full rank."""
    names = sorted({name for left, right in equations for name in variables(left) | variables(right)})
    if set(point) != set(names):
        return None
    for left, right in equations:
        verdict = equality(_put_in(left, point), _put_in(right, point), "both sides, put in,")
        if verdict.status is not Status.PROVED:
            return verdict
    rows = [_linear(left, right, names) for left, right in equations]
    if any(row is None for row in rows):
        return _unknown("it is a solution; whether there are others was not decided")
    rank = _rank([row for row in rows if row is not None])
    if rank == len(names):
        return _proved("it solves the linear system, which has full rank")
    return _refuted("the system has more solutions", f"its rank is {rank} for {len(names)} unknowns")


def _linear(left: Formula, right: Formula, names: list[str]) -> list[Fraction] | None:
    rest = quotient_of(Operation("-", left, right))
    if rest is None or any(term for term in rest.bottom):
        return None
    if any(len(term) > 1 or any(exponent > 1 for _, exponent in term) for term in rest.top):
        return None
    return [rest.top.get(((name, 1),), Fraction(0)) for name in names]


def _rank(rows: list[list[Fraction]]) -> int:
    rank = 0
    for column in range(len(rows[0])):
        pivot = next((row for row in rows[rank:] if row[column]), None)
        if pivot is None:
            continue
        rows = [*rows[:rank], pivot, *(row for row in rows[rank:] if row is not pivot)]
        for i in range(rank + 1, len(rows)):
            factor = rows[i][column] / pivot[column]
            rows[i] = [a - factor * b for a, b in zip(rows[i], pivot, strict=True)]
        rank += 1
    return rank


def _derivative(match: re.Match[str]) -> Verdict | None:
    f, g = _formula(match["f"]), _formula(match["g"])
    variable = match["x"] or (next(iter(variables(f))) if f is not None and len(variables(f)) == 1 else None)
    if f is None or g is None or variable is None or variable not in variables(f):
        return None
    found = derivative(f, variable)
    return _unknown("no rule for this derivative") if found is None else equality(found, g, "derivative and claim")


def _antiderivative(match: re.Match[str]) -> Verdict | None:
    f, g = _formula(match["f"]), _formula(re.sub(r"\s*\+\s*[cCK]\s*$", "", match["g"]))
    if f is None or g is None:
        return None
    names = variables(f) or variables(g)
    variable = match["x"] or (next(iter(names)) if len(names) == 1 else None)
    if variable is None:
        return None
    back = derivative(g, variable)
    return (
        _unknown("no rule for its derivative")
        if back is None
        else equality(back, f, "its derivative and the integrand")
    )


def _definite(match: re.Match[str]) -> Verdict | None:
    f, value = _formula(match["f"]), _formula(match["g"])
    ends = [_formula(match["a"]), _formula(match["b"])]
    numbers = [None if end is None else value_at(end, {}) for end in ends]
    if f is None or value is None or numbers[0] is None or numbers[1] is None or len(variables(f)) > 1:
        return None
    variable = next(iter(variables(f)), "x")
    found = integral(f, variable, numbers[0], numbers[1])
    if found is None:
        return _unknown("not a polynomial; no other integrals are decided")
    return equality(_number(found), value, "integral and claim")


def _limit(match: re.Match[str]) -> Verdict | None:
    f, value = _formula(match["f"]), _formula(match["g"])
    place = match["a"].strip()
    at = None if place.lower() in ("infinity", "∞", "\\infty") else _formula(place)
    if f is None or value is None or (at is None and place.lower() not in ("infinity", "∞", "\\infty")):
        return None
    if variables(f) - {match["x"]} or variables(value):
        return None
    verdict, why = computer_algebra.is_limit(f, match["x"], at, value)
    if verdict is None:
        return _unknown(why)
    return _proved(f"limit and claim: {why}") if verdict else _refuted("the limit is another one", why)


def _number(value: Fraction) -> Formula:
    return Number(value) if value >= 0 else Negation(Number(-value))


def _equations(text: str) -> list[tuple[Formula, Formula]]:
    """`x + y = 5 and x - y = 1` as pairs; empty where one of them is none."""
    found: list[tuple[Formula, Formula]] = []
    for part in re.split(r",\s*(?:and\s)?|\band\b", text):
        sides = part.split("=")
        if len(sides) != 2:
            return []
        left, right = _formula(sides[0], from_left=not found), _formula(sides[1])
        if left is None or right is None:
            return []
        found.append((left, right))
    return found


def _point(text: str) -> dict[str, Formula] | None:
    """`x = 3 and y = 2` as values without variables by name."""
    point: dict[str, Formula] = {}
    for part in re.split(r",\s*(?:and\s)?|\band\b", text):
        match = re.fullmatch(rf"\s*\$?{_X}\s*=(?P<value>[^=]+)", part)
        value = _formula(match["value"]) if match else None
        if match is None or value is None or variables(value) or match["x"] in point:
            return None
        point[match["x"]] = value
    return point or None


def _values(text: str, variable: str) -> list[Fraction] | None:
    """`x = 2 or x = 3`, `2 and 3`, as exact numbers."""
    found = []
    for part in re.split(r",\s*(?:and\s|or\s)?|\band\b|\bor\b", text):
        named = re.fullmatch(rf"\s*(?:\$?{variable}\s*=)?(?P<value>[^=]+)", part)
        formula = _formula(named["value"]) if named else None
        value = None if formula is None else value_at(formula, {})
        if value is None:
            return None
        found.append(value)
    return found


_SYSTEM: Final = r"(?:the (?:equations?|system(?: of equations)?) )?"
_ANY: Final = r"(?:[^.;:!?\n≠<>≤≥≈]|\.(?=\d))"
_RULES: Final[tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Verdict | None]], ...]] = (
    (
        re.compile(
            rf"\b(?:the )?derivative of (?P<f>{_PLAIN}{{1,160}}?)(?: with respect to {_X})? (?:is|equals|=) {_G}$", re.I
        ),
        _derivative,
    ),
    (re.compile(rf"\bd/d{_X}\s*[(\[](?P<f>{_PLAIN}{{1,160}})[)\]]\s*(?:=|is) {_G}$"), _derivative),
    (
        re.compile(
            rf"\bintegral of (?P<f>{_PLAIN}{{1,160}}?) from (?P<a>\S{{1,20}}) to (?P<b>\S{{1,20}}) "
            rf"(?:is|equals|=) {_G}$",
            re.I,
        ),
        _definite,
    ),
    (
        re.compile(
            rf"\b(?:integral|antiderivative) of (?P<f>{_PLAIN}{{1,160}}?)(?:,? with respect to {_X}| d(?P<dx>[a-z]))? "
            rf"(?:is|equals|=) {_G}$",
            re.I,
        ),
        _antiderivative,
    ),
    (
        re.compile(
            rf"\blimit of (?P<f>{_PLAIN}{{1,160}}?) as {_X} (?:approaches|goes to|tends to|->|→) (?P<a>\S{{1,20}}) "
            rf"(?:is|equals|=) {_G}$",
            re.I,
        ),
        _limit,
    ),
    (
        re.compile(
            rf"(?P<point>\b[a-zA-Z]\s*=\s*{_ANY}{{1,60}}?) (?:(?:are|is) (?:a|one|the) (?:solution|root|zero) "
            rf"(?:of|to)|solves?|satisfies|satisfy) {_SYSTEM}(?P<equations>{_ANY}{{3,200}})$",
            re.I,
        ),
        _solution,
    ),
    (
        re.compile(
            rf"\bthe (?:only )?(?:real )?(?P<one>solution|root)?(?:solutions|roots)? (?:of|to) {_SYSTEM}"
            rf"(?P<equations>{_ANY}{{3,200}}?) (?:is|are) (?P<values>{_ANY}{{1,120}})$",
            re.I,
        ),
        _solutions,
    ),
    (re.compile(rf"{_TURNS}$", re.I), _identity),
)
_MAY_CLAIM = re.compile(
    r"\b(?:derivative|integral|antiderivative|limit|solutions?|roots?|zero|solves?|satisf(?:y|ies)|simplifies|reduces|"
    r"expands|factors|factorises|equivalent|identical|identically|same as|can be)\b|d/d[a-z]",
    re.IGNORECASE,
)
