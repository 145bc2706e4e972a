"""Chains of deductions, checked step by step: each must follow from what was given and from the steps before it.

A chain is a theory in the readable form with lines `step NAME: ...` behind its facts, or `step NAME: ... since A, B`
that names what it rests on: then it must follow from these alone. Short chains of propositions can be told in a
sentence: `since A and A -> B, B`. The first step that does not follow is named, with an interpretation in which it is
false. What the solver cannot decide is unknown, and no later step is said to be right for it. From inconsistent
grounds nothing follows here.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from slowthink.types import Frozen
from slowthink.verifiers.interpretations import Interpretation
from slowthink.verifiers.logic import decide
from slowthink.verifiers.statement_syntax import Mistake
from slowthink.verifiers.statement_text import lines_of, parse, parse_statement
from slowthink.verifiers.statements import Apply, Ask, Name, Premise, Symbol, Term, Theory, parts

_STEP: Final = re.compile(r"step\s+(?:(\w+)\s*:)?")
_SINCE: Final = re.compile(r"\bsince\b")
_SENTENCE: Final = re.compile(
    r"\s*(?:since|because)\s+(.+),\s*(?:therefore\s+|so\s+)?(.+?)\s*\.?\s*\Z", re.IGNORECASE | re.DOTALL
)


class CheckedStep(Frozen):
    """One step and whether it follows. `core` are grounds that suffice; `model` shows how it can be false."""

    name: str
    statement: Term
    found: Literal["follows", "does not follow", "unknown"]
    reason: str = ""
    core: tuple[str, ...] = ()
    model: Interpretation | None = None


class Chain(Frozen):
    """The steps in their order; `first_wrong` is the name of the first that does not follow, if any."""

    steps: tuple[CheckedStep, ...]
    first_wrong: str | None = None


def check_chain(text: str) -> Chain:
    """Check the steps of a chain in the readable form. Raises Mistake, with the offset, for what cannot be read."""
    told = [(start, end) for start, end in lines_of(text) if _STEP.match(text, start, end)]
    blank = list(text)
    for start, end in told:  # the other lines keep their places, and mistakes in them their positions
        blank[start:end] = [" " if sign != "\n" else sign for sign in text[start:end]]
    theory = parse("".join(blank))
    steps = [_told(text, start, end, number) for number, (start, end) in enumerate(told, 1)]
    return check_steps(theory, steps)


def _told(text: str, start: int, end: int, number: int) -> tuple[str, Term, tuple[str, ...]]:
    match = _STEP.match(text, start, end)
    begin = match.end() if match is not None else start
    since = _SINCE.search(text, begin, end)
    stop = end if since is None else since.start()
    try:
        statement = parse_statement(text[begin:stop])
    except Mistake as error:
        raise Mistake(error.message, begin + error.position, text) from error
    grounds = () if since is None else tuple(one.strip() for one in text[since.end() : end].split(","))
    return (match[1] if match is not None and match[1] else f"step{number}"), statement, grounds


def check_steps(theory: Theory, steps: list[tuple[str, Term, tuple[str, ...]]]) -> Chain:
    """Check steps given as data: a name, a statement, and the names of its grounds (none: all that came before)."""
    known = {premise.name: premise for premise in theory.premises}
    found: list[CheckedStep] = []
    for name, statement, grounds in steps:
        missing = [ground for ground in grounds if ground not in known]
        if name in known:
            step = CheckedStep(name=name, statement=statement, found="unknown", reason="its name is taken")
        elif missing:
            reason = f"there is nothing named {missing[0]!r} before it"
            step = CheckedStep(name=name, statement=statement, found="does not follow", reason=reason)
        else:
            premises = tuple(known[ground] for ground in grounds) if grounds else tuple(known.values())
            step = _checked(theory, name, statement, premises)
        found.append(step)
        known.setdefault(name, Premise(name=name, statement=statement))
    wrong = next((step.name for step in found if step.found == "does not follow"), None)
    return Chain(steps=tuple(found), first_wrong=wrong)


def _checked(theory: Theory, name: str, statement: Term, premises: tuple[Premise, ...]) -> CheckedStep:
    decision = decide(theory.model_copy(update={"premises": premises, "question": Ask(statement=statement)}))
    if decision.verdict == "entailed":
        return CheckedStep(name=name, statement=statement, found="follows", reason=decision.reason, core=decision.core)
    if decision.verdict == "unknown":
        return CheckedStep(name=name, statement=statement, found="unknown", reason=decision.reason)
    model = decision.models[-1] if decision.verdict == "undetermined" and decision.models else None
    reason = {
        "contradicted": f"its opposite does: {decision.reason}",
        "inconsistent": f"its grounds are inconsistent: {decision.reason}",
    }.get(decision.verdict, "it can be false while all before it is true")
    return CheckedStep(name=name, statement=statement, found="does not follow", reason=reason, model=model)


def check_sentence(text: str) -> CheckedStep:
    """Check `since A and A -> B, B`, where all names are propositions. Raises Mistake for what is no such sentence."""
    match = _SENTENCE.match(text)
    if match is None:
        raise Mistake("expected: since STATEMENT, STATEMENT", 0, text)
    try:
        ground = parse_statement(match[1])
    except Mistake as error:
        raise Mistake(error.message, match.start(1) + error.position, text) from error
    try:
        statement = parse_statement(match[2])
    except Mistake as error:
        raise Mistake(error.message, match.start(2) + error.position, text) from error
    names = sorted(_names(ground) | _names(statement))
    theory = Theory(symbols=tuple(Symbol(name=name) for name in names))
    return _checked(theory, "sentence", statement, (Premise(name="ground", statement=ground),))


def _names(term: Term) -> set[str]:
    if isinstance(term, Apply):
        raise Mistake("expected propositions without arguments", 0)
    mine = {term.name} if isinstance(term, Name) else set()
    return mine.union(*(_names(part) for part in parts(term)))
