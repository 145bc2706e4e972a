"""Chains of deductions, checked step by step: each must follow from what was given and from the steps before it.

A chain is a theory in the readable form with lines `step NAME: ...` behind its facts, or `step NAME: ... since A, B`
that names what it rests on: then it must follow from these alone. Chains of propositions can be told in sentences
(`A. A implies B. So B.`, `since A and A implies B, B`), and any chain as lists of premises and steps. The first step
that does not follow is named, with an interpretation in which it is false. What the solver cannot decide is unknown,
and no later step is said to be right for it: a step is judged as if those before it held, or, where it follows only
then, as if the refuted ones had not been said. From inconsistent grounds nothing follows here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from time import monotonic
from typing import Final, Literal

from slowthink.errors import InputError
from slowthink.types import Frozen
from slowthink.verifiers.deduction_sentences import MAX_READINGS, Deduction, deductions, is_deduction, senses, sentences
from slowthink.verifiers.interpretations import Interpretation
from slowthink.verifiers.logic import decide
from slowthink.verifiers.statement_syntax import Mistake, bounded
from slowthink.verifiers.statement_text import lines_of, parse, parse_statement
from slowthink.verifiers.statements import (
    KEYWORDS,
    MAX_PREMISES,
    Apply,
    Ask,
    Name,
    Premise,
    Symbol,
    Term,
    Theory,
    conjunction,
    parts,
)

_STEP: Final = re.compile(r"step\b\s*(?:(\w+)\s*:)?")
_SINCE: Final = re.compile(r"\bsince\b")
_AND: Final = re.compile(r",\s*and\b|,|\band\b")
_LABEL: Final = re.compile(r"\s*(\w+)\s*:\s*")
SECONDS: Final = 8.0
"""What the checks of one chain may take together; steps for which nothing is left are unknown."""
Found = Literal["follows", "does not follow", "unknown"]


class CheckedStep(Frozen):
    """One step and whether it follows. `core` are grounds that suffice; `model` shows how it can be false."""

    name: str
    statement: Term
    found: Found
    reason: str = ""
    core: tuple[str, ...] = ()
    model: Interpretation | None = None


class Chain(Frozen):
    """The steps in their order; `first_wrong` is the name of the first that does not follow, if any.

    `question` is the theory of the facts alone with what else the text asks, if it asks something.
    """

    steps: tuple[CheckedStep, ...]
    first_wrong: str | None = None
    question: Theory | None = None
    other_questions: tuple[Theory, ...] = ()
    """The same question, where premises can be grouped in other ways."""

    @property
    def found(self) -> Found:
        """Whether all steps follow: not where one does not, unknown where one is."""
        if self.first_wrong is not None:
            return "does not follow"
        return "follows" if all(step.found == "follows" for step in self.steps) else "unknown"

    @property
    def first_wrong_at(self) -> int | None:
        """The place of the first step that does not follow, from 0."""
        return next((n for n, step in enumerate(self.steps) if step.name == self.first_wrong), None)


@dataclass(frozen=True)
class Told:
    """A step as it is told: in each sense of its words, with its grounds as names, as statements, or neither.

    Without grounds it rests on all that came before. `is_given` makes it a premise instead of a step.
    """

    name: str
    ways: tuple[Deduction, ...]
    names: tuple[str, ...] = ()
    is_given: bool = False


def has_steps(text: str) -> bool:
    """Whether a text has lines that are steps."""
    return re.search(r"^[ \t]*step\b", text, re.MULTILINE) is not None


def is_argument(text: str) -> bool:
    """Whether a text is sentences one of which concludes something: `since A, B` or `so B`."""
    first = re.match(r"\s*(\w+)", text)
    if first is None or first[1] in KEYWORDS - {"since", "not"} or re.match(r"\s*[A-Z]\w*\s*:", text):
        return False
    return any(is_conclusion for _, _, is_conclusion in sentences(text))


def check_chain(text: str) -> Chain:
    """Check the steps of a chain in the readable form. Raises Mistake, with the offset, for what cannot be read."""
    theory, steps = _read(text)
    return check_steps(theory, steps)


def _read(text: str) -> tuple[Theory, list[Told]]:
    found = [(start, end) for start, end in lines_of(text) if _STEP.match(text, start, end)]
    blank = list(text)
    for start, end in found:  # the other lines keep their places, and mistakes in them their positions
        blank[start:end] = [" " if sign != "\n" else sign for sign in text[start:end]]
    _few(text, found)
    theory = parse("".join(blank))
    return theory, [_told(text, start, end, number) for number, (start, end) in enumerate(found, 1)]


def _few(text: str, found: Sequence[tuple[int, ...]]) -> None:
    """Raises Mistake at the first step too many."""
    if len(found) > MAX_PREMISES:
        raise Mistake(f"expected at most {MAX_PREMISES} steps", found[MAX_PREMISES][0], text)


def _told(text: str, start: int, end: int, number: int) -> Told:
    match = _STEP.match(text, start, end)
    begin = match.end() if match is not None else start
    since = _SINCE.search(text, begin, end)
    stop = end if since is None else since.start()
    try:
        statement = parse_statement(text[begin:stop])
    except Mistake as error:
        raise Mistake(error.message, begin + error.position, text) from error
    grounds = () if since is None else tuple(one.strip() for one in _AND.split(text[since.end() : end]))
    if since is not None and not all(grounds):
        raise Mistake("expected the names of what it follows from", since.end(), text)
    name = match[1] if match is not None and match[1] else f"step{number}"
    return Told(name, (Deduction((), statement),), grounds)


def check_argument(text: str) -> Chain:
    """Check sentences: `A. A implies B. So B.` All names are propositions. Raises Mistake for what cannot be read.

    A sentence that concludes nothing is a premise. What a sentence names as its grounds must follow from what came
    before it, unless no premise did: then its grounds are what it takes for given.
    """
    bounded(text)
    found = sentences(text)
    _few(text, found)
    steps: list[Told] = []
    for start, end, is_conclusion in found:
        number = sum(step.is_given is not is_conclusion for step in steps) + 1
        name = f"step{number}" if is_conclusion else f"premise{number}"
        steps.append(Told(name, deductions(text, start, end), is_given=not is_conclusion))
    return check_steps(_propositions(steps), steps)


def check_listed(premises: Sequence[str], steps: Sequence[str], program: str = "") -> Chain:
    """Check steps given as a list: `STATEMENT`, `NAME: STATEMENT`, `STATEMENT since NAME, NAME`, or a sentence.

    `program` declares names and may have facts and steps of its own, which come first; without it all names are
    propositions. Grounds of sentences are as in `check_argument`. Raises Mistake that says in which one it is.
    """
    if len(premises) + len(steps) > MAX_PREMISES:
        raise InputError(f"expected at most {MAX_PREMISES} premises and steps, got {len(premises) + len(steps)}")
    theory, told = _read(program) if program.strip() else (Theory(), list[Told]())
    listed = [_listed(text, number, "premise") for number, text in enumerate(premises, 1)]
    listed += [_listed(text, number, "step") for number, text in enumerate(steps, 1)]
    if not program.strip():
        theory = _propositions(listed)
    names = [premise.name for premise in theory.premises] + [step.name for step in listed if step.is_given]
    twice = next((name for number, name in enumerate(names) if name in names[:number]), None)
    if twice is not None:
        raise InputError(f"expected premises with different names, got {twice!r} twice")
    # what is given comes before every step, those of the program included
    given = [step for step in listed if step.is_given]
    return check_steps(theory, [*given, *told, *(step for step in listed if not step.is_given)])


def _listed(text: str, number: int, kind: Literal["premise", "step"]) -> Told:
    try:
        label = _LABEL.match(text)
        begin, name = (label.end(), label[1]) if label is not None else (0, f"{kind}{number}")
        if name in KEYWORDS or name.isdigit():
            raise Mistake("expected a name that is no number and no keyword of the language", 0, text)
        since = _SINCE.search(text, begin)
        if kind == "premise":
            return Told(
                name, tuple(Deduction((), conjunction(one)) for one in senses(text, begin, len(text))), (), True
            )
        if is_deduction(text, begin) or since is None:
            return Told(name, deductions(text, begin, len(text)))
        told = _told(text, begin, len(text.rstrip(" .\n")), number)
        return Told(name, told.ways, told.names)
    except Mistake as error:
        raise Mistake(f"in {kind} {number}: {error.message}", error.position, text) from error


def check_sentence(text: str) -> CheckedStep:
    """Check `since A and A implies B, B`, where all names are propositions. Raises Mistake for any other sentence.

    What can be grouped in several ways must come out the same in all of them, else it is unknown.
    """
    if not is_deduction(text):
        raise Mistake("expected: since STATEMENT and STATEMENT, STATEMENT", 0, text)
    step = Told("sentence", deductions(text, 0, len(text)))
    return check_steps(_propositions([step]), [step]).steps[0]


def _propositions(steps: Iterable[Told]) -> Theory:
    terms = [term for step in steps for way in step.ways for term in (*way.grounds, way.conclusion)]
    return Theory(symbols=tuple(Symbol(name=name) for name in sorted(set().union(*map(_names, terms)))))


def _names(term: Term) -> set[str]:
    if isinstance(term, Apply):
        raise Mistake("expected propositions without arguments, or a program that declares them", 0)
    mine = {term.name} if isinstance(term, Name) else set()
    return mine.union(*(_names(part) for part in parts(term)))


def check_steps(theory: Theory, steps: Sequence[Told]) -> Chain:
    """Check steps in their order, after the premises of a theory.

    A chain has a sense for each combination of the senses of its steps and premises: a step has a verdict where it has
    the same one in all of them. Raises InputError for too many of them.
    """
    if prod(len(step.ways) for step in steps) > MAX_READINGS:
        raise InputError("expected brackets: these sentences can be grouped in too many ways")
    until = monotonic() + SECONDS
    chains = [_checked_chain(theory, steps, ways, until) for ways in product(*(step.ways for step in steps))]
    found = tuple(_in_all_senses(senses_of_step) for senses_of_step in zip(*chains, strict=True))
    wrong = next((step.name for step in found if step.found == "does not follow"), None)
    questions = []
    given = [step for step in steps if step.is_given]
    for ways in product(*(step.ways for step in given)) if theory.question is not None else ():
        told = [Premise(name=step.name, statement=way.conclusion) for step, way in zip(given, ways, strict=True)]
        questions.append(theory.model_copy(update={"premises": (*theory.premises, *told)}))
    return Chain(
        steps=found,
        first_wrong=wrong,
        question=questions[0] if questions else None,
        other_questions=tuple(questions[1:]),
    )


def _checked_chain(theory: Theory, steps: Sequence[Told], ways: Sequence[Deduction], until: float) -> list[CheckedStep]:
    """The steps in one sense of each."""
    known = {premise.name: premise for premise in theory.premises}
    is_told = bool(known)
    refuted: set[str] = set()
    found: list[CheckedStep] = []
    for step, way in zip(steps, ways, strict=True):
        missing = [name for name in step.names if name not in known]
        before = tuple(known[name] for name in step.names if name in known) if step.names else tuple(known.values())
        if step.is_given:
            is_told = True
        elif step.name in known:
            reason = "its name is taken"
            found.append(CheckedStep(name=step.name, statement=way.conclusion, found="unknown", reason=reason))
        elif missing:
            reason = f"there is nothing named {missing[0]!r} before it"
            found.append(CheckedStep(name=step.name, statement=way.conclusion, found="does not follow", reason=reason))
        elif monotonic() > until:
            reason = f"the chain took more than {SECONDS:g} s"
            found.append(CheckedStep(name=step.name, statement=way.conclusion, found="unknown", reason=reason))
        else:
            found.append(_judged(theory, step.name, way, before, is_told))
            if found[-1].found == "does not follow" and any(one.name in refuted for one in before):
                right = tuple(one for one in before if one.name not in refuted)
                without = _judged(theory, step.name, way, right, is_told)
                found[-1] = without if without.found == "follows" else found[-1]
            if found[-1].found == "does not follow":
                refuted.add(step.name)
        known.setdefault(step.name, Premise(name=step.name, statement=way.conclusion))
        for number, ground in enumerate(() if is_told else way.grounds, 1):  # taken for given
            name = f"{step.name}_ground{number}"
            known.setdefault(name, Premise(name=name, statement=ground))
    return found


def _in_all_senses(steps: Sequence[CheckedStep]) -> CheckedStep:
    if len({step.found for step in steps}) == 1:
        return steps[0]
    reason = "it or what comes before it can be grouped in several ways, and it follows in some only: put brackets"
    return CheckedStep(name=steps[0].name, statement=steps[0].statement, found="unknown", reason=reason)


def _judged(theory: Theory, name: str, way: Deduction, before: tuple[Premise, ...], is_told: bool) -> CheckedStep:
    """A step in one sense: its grounds from what came before, where something was told, and it from its grounds."""
    if not way.grounds:
        return _checked(theory, name, way.conclusion, before)
    grounds = tuple(Premise(name=f"ground{number}", statement=one) for number, one in enumerate(way.grounds, 1))
    for ground in grounds if is_told else ():
        found = _checked(theory, name, ground.statement, before)
        if found.found != "follows":
            reason = f"its {ground.name} does not: {found.reason}"
            return found.model_copy(update={"statement": way.conclusion, "reason": reason})
    return _checked(theory, name, way.conclusion, grounds)


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
