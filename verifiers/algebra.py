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
from slowthink.verifiers.equations import equality, formula_in, proved, refuted, solution, solutions, unknown
from slowthink.verifiers.formulas import Formula, Negation, Number, variables
from slowthink.verifiers.polynomials import value_at

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
            yield judgement.model_copy(update={"verdict": unknown("the dash may be a minus")})
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


_LEADING_WORD: Final = re.compile(
    r"(?:^|[\s*_])(?:[Hh]ence|[Tt]hus|[Tt]herefore|[Ss]o|[Tt]hen|[Ff]inally|[Nn]ext|[Nn]ow),$"
)


def _identity(match: re.Match[str]) -> Verdict | None:
    before = match.string[: match.start()].rstrip()
    if before.endswith(tuple("=<>+-*/^(≠≤≥≈,")) and not _LEADING_WORD.search(before):
        return None  # the left side is a part of something else
    left, right = formula_in(match["f"], from_left=True), formula_in(match["g"])
    if left is None or right is None or not variables(left) | variables(right):
        return None
    return equality(left, right)


def _derivative(match: re.Match[str]) -> Verdict | None:
    f, g = formula_in(match["f"]), formula_in(match["g"])
    variable = match["x"] or (next(iter(variables(f))) if f is not None and len(variables(f)) == 1 else None)
    if f is None or g is None or variable is None or variable not in variables(f):
        return None
    found = derivative(f, variable)
    return unknown("no rule for this derivative") if found is None else equality(found, g, "derivative and claim")


def _antiderivative(match: re.Match[str]) -> Verdict | None:
    f, g = formula_in(match["f"]), formula_in(re.sub(r"\s*\+\s*[cCK]\s*$", "", match["g"]))
    if f is None or g is None:
        return None
    names = variables(f) or variables(g)
    variable = match["x"] or (next(iter(names)) if len(names) == 1 else None)
    if variable is None:
        return None
    back = derivative(g, variable)
    return (
        unknown("no rule for its derivative") if back is None else equality(back, f, "its derivative and the integrand")
    )


def _definite(match: re.Match[str]) -> Verdict | None:
    f, value = formula_in(match["f"]), formula_in(match["g"])
    ends = [formula_in(match["a"]), formula_in(match["b"])]
    numbers = [None if end is None else value_at(end, {}) for end in ends]
    if f is None or value is None or numbers[0] is None or numbers[1] is None or len(variables(f)) > 1:
        return None
    variable = next(iter(variables(f)), "x")
    found = integral(f, variable, numbers[0], numbers[1])
    if found is None:
        return unknown("not a polynomial; no other integrals are decided")
    return equality(_number(found), value, "integral and claim")


def _limit(match: re.Match[str]) -> Verdict | None:
    f, value = formula_in(match["f"]), formula_in(match["g"])
    place = match["a"].strip()
    at = None if place.lower() in ("infinity", "∞", "\\infty") else formula_in(place)
    if f is None or value is None or (at is None and place.lower() not in ("infinity", "∞", "\\infty")):
        return None
    if variables(f) - {match["x"]} or variables(value):
        return None
    verdict, why = computer_algebra.is_limit(f, match["x"], at, value)
    if verdict is None:
        return unknown(why)
    return proved(f"limit and claim: {why}") if verdict else refuted("the limit is another one", why)


def _number(value: Fraction) -> Formula:
    return Number(value) if value >= 0 else Negation(Number(-value))


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
        solution,
    ),
    (
        re.compile(
            rf"\bthe (?:only )?(?:real )?(?P<one>solution|root)?(?:solutions|roots)? (?:of|to) {_SYSTEM}"
            rf"(?P<equations>{_ANY}{{3,200}}?) (?:is|are) (?P<values>{_ANY}{{1,120}})$",
            re.I,
        ),
        solutions,
    ),
    (re.compile(rf"{_TURNS}$", re.I), _identity),
)
_MAY_CLAIM = re.compile(
    r"\b(?:derivative|integral|antiderivative|limit|solutions?|roots?|zero|solves?|satisf(?:y|ies)|simplifies|reduces|"
    r"expands|factors|factorises|equivalent|identical|identically|same as|can be)\b|d/d[a-z]",
    re.IGNORECASE,
)
