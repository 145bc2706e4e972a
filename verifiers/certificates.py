"""Evidence is checked again, without the model and without the code that made it.

A verdict here is on the evidence: PROVED where it shows its claim, REFUTED where it does not (a changed number, another
claim, a proof with a gap), UNKNOWN where nothing here can check it. The claim's own words are read again by the grammar
of its kind, so that a proof of something else does not pass for a proof of it.
"""

from __future__ import annotations

import re
from typing import Any

from slowthink.errors import InputError
from slowthink.types import Evidence, Status, Verdict
from slowthink.verifiers import listing_proofs, logic_proofs, number_proofs, text_proofs
from slowthink.verifiers.arithmetic import ArithmeticVerifier
from slowthink.verifiers.assents import assent
from slowthink.verifiers.constraints import judge_all, read_constraints
from slowthink.verifiers.number_claims import find
from slowthink.verifiers.sentences import masked
from slowthink.verifiers.sum_proofs import Unreadable, value_of
from slowthink.verifiers.text import statements_in

MAX_CLAIM = 20_000


def recheck(evidence: Evidence) -> Verdict:
    """Whether a piece of evidence shows that its claim has the status that it says."""
    if evidence.status is Status.UNKNOWN:
        return _unknown("evidence of nothing: its status is UNKNOWN")
    if len(evidence.claim) > MAX_CLAIM:
        return _unknown("the claim is too long to be read again")
    checks = {
        "arithmetic": _sum,
        "number_theory": _numbers,
        "text": _text,
        "constraints": _constraints,
        "listing": _listing,
        "logic": _logic,
    }
    check = checks.get(evidence.kind)
    if check is None:
        return _unknown(f"nothing here checks evidence of the kind {evidence.kind!r}")
    return check(evidence)


def _unknown(reason: str) -> Verdict:
    return Verdict(status=Status.UNKNOWN, reason=reason)


def _verdict(wrong: str | None, right: str) -> Verdict:
    if wrong is None:
        return Verdict(status=Status.PROVED, reason=right)
    return Verdict(status=Status.REFUTED, reason=wrong, witness=wrong)


def _numbers(evidence: Evidence) -> Verdict:
    certificate = evidence.certificate
    statements = certificate.get("statements")
    if not _says(evidence.claim, certificate.get("question"), statements):
        return _verdict("the certificate is about another statement than the claim", "")
    wrong = number_proofs.refute(statements, certificate.get("proof"), evidence.status is Status.PROVED)
    return _verdict(wrong, "the certificate was checked step by step")


def _says(claim: str, question: object, statements: object) -> bool:
    """Whether the words of a claim say these statements; a bare yes or no says what was asked."""
    if isinstance(question, str):
        found = assent(question, claim)
        return found is not None and [one.data() for one in found[2].readings] == statements
    return [[one.data() for one in found.readings] for found in find(masked(claim))] == [statements]


def _text(evidence: Evidence) -> Verdict:
    statement = evidence.certificate.get("statement")
    if statements_in(evidence.claim) != [statement]:
        return _verdict("the certificate is about another statement than the claim", "")
    wrong = text_proofs.refute(statement, evidence.status is Status.PROVED)
    return _verdict(wrong, "the text was counted and compared again")


def _listing(evidence: Evidence) -> Verdict:
    if evidence.status is not Status.PROVED:
        return _unknown("a list is shown, or it is not: evidence against one is not checked here")
    try:
        wrong = listing_proofs.refute(evidence.claim, evidence.certificate)
    except ValueError as error:
        return _unknown(str(error))
    return _verdict(wrong, "the list was made again by other means, member by member")


def _constraints(evidence: Evidence) -> Verdict:
    text = evidence.certificate.get("text")
    if not isinstance(text, str):
        return _verdict("expected the text that is judged", "")
    try:
        constraints = read_constraints(evidence.certificate.get("constraints"))
    except InputError as error:
        return _verdict(str(error), "")
    verdict = judge_all(constraints, text)
    if verdict.status is Status.UNKNOWN:
        return verdict
    return _verdict(None if verdict.status is evidence.status else verdict.reason, "the text was judged again")


def _logic(evidence: Evidence) -> Verdict:
    if evidence.status is not Status.PROVED:
        return _verdict("evidence about statements is of what was decided, so it is PROVED", "")
    try:
        wrong = logic_proofs.refute(evidence.claim, evidence.certificate)
    except logic_proofs.TooHard as error:
        return _unknown(str(error))
    return _verdict(wrong, "every interpretation that could speak against it was looked for")


def _sum(evidence: Evidence) -> Verdict:
    certificate = evidence.certificate
    if "expression" in certificate:
        return _value(evidence, certificate)
    if certificate.get("text") != evidence.claim:
        return _verdict("the certificate is about another text than the claim", "")
    plain = _plain_sides(evidence.claim)
    if plain is not None:
        holds = plain[0] == plain[1]
        same = holds == (evidence.status is Status.PROVED)
        return _verdict(None if same else f"the sides are {plain[0]} and {plain[1]}", "both sides were computed again")
    judged = [j for j in ArithmeticVerifier().check(evidence.claim) if j.claim.text == evidence.claim]
    if not judged or judged[0].verdict.status is Status.UNKNOWN:
        return _unknown("this cannot be read again outside the text in which it stood")
    same = judged[0].verdict.status is evidence.status
    return _verdict(None if same else judged[0].verdict.reason, "it was judged again by the verifier that made it")


def _value(evidence: Evidence, certificate: dict[str, Any]) -> Verdict:
    """An expression and its value, as the exact reader gives them."""
    expression, value = certificate.get("expression"), certificate.get("value")
    if not isinstance(expression, str) or not isinstance(value, str):
        return _verdict("expected 'expression' and 'value' as texts", "")
    if evidence.claim != f"{expression} = {value}":
        return _verdict("the certificate is about another sum than the claim", "")
    try:
        computed, claimed = value_of(expression), value_of(value)
    except Unreadable:
        return _unknown("an expression that is not computed here")
    same = (computed == claimed) == (evidence.status is Status.PROVED)
    return _verdict(None if same else f"{expression} is {computed}"[:300], "the expression was computed again")


_GROUPED = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")


def _plain_sides(claim: str) -> tuple[Any, Any] | None:
    """Both sides of an equation that is written plainly enough to be computed here."""
    sides = _GROUPED.sub("", claim).split("=")
    if len(sides) != 2:
        return None
    try:
        return value_of(sides[0]), value_of(sides[1])
    except Unreadable:
        return None
