"""What follows from statements: decided by z3 in a worker, and checked here as far as data can be checked.

The idea: a theory says what holds and asks one thing. A solver says which statements can be true together; from that
follow the answers: entailed, contradicted or undetermined, the one option that passes its test, the one value of a
term. Guaranteed: what is not decided is `unknown`, with its reason, never a guess; premises that cannot all be true
are said to be inconsistent, with their names, and prove nothing; every interpretation that the solver gives is
substituted into every statement before it counts; every decision ends within SECONDS, and the same theory gets the
same one (each check has a limit in the solver's own steps; the limit in seconds is for what hangs). Not covered: which
of several minimal sets of premises is named as the reason.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, Literal

from slowthink.types import Frozen
from slowthink.verifiers.interpretations import Interpretation, TooLarge, World
from slowthink.verifiers.statement_printer import write
from slowthink.verifiers.statement_sorts import Misfit, Signature, check
from slowthink.verifiers.statements import (
    Ask,
    Choose,
    Find,
    Name,
    Number,
    Option,
    Term,
    Theory,
    disjunction,
    negation,
    operation,
)
from slowthink.verifiers.worker import NoAnswer, Worker

SECONDS: Final = 6.0
_WHOLE: Final = re.compile(r"-?[0-9]{1,30}")
RLIMIT: Final = 4_000_000
"""Steps of the solver for one check."""
_WORKER: Final = Worker("slowthink.verifiers.logic_worker:run", SECONDS)
Found = Literal["entailed", "contradicted", "undetermined", "chosen", "value", "consistent", "inconsistent", "unknown"]


class Tested(Frozen):
    """An option and whether it passes its test; None is undecided. `core` are the premises that decide it."""

    name: str
    passes: bool | None
    core: tuple[str, ...] = ()
    reason: str = ""


class Decision(Frozen):
    """What was found. `answer` is `yes`, `no`, the option's name, the value, or None.

    `core` names premises that suffice for it; `models` are interpretations of all premises that show what is possible.
    """

    verdict: Found
    answer: str | None = None
    reason: str = ""
    core: tuple[str, ...] = ()
    models: tuple[Interpretation, ...] = ()
    options: tuple[Tested, ...] = ()


class _Result(Frozen):
    status: Literal["sat", "unsat", "unknown"]
    core: tuple[str, ...] = ()
    model: Interpretation | None = None
    why: str = ""


def close() -> None:
    """End the worker process, if there is one."""
    _WORKER.close()


def decide(theory: Theory, rlimit: int = RLIMIT) -> Decision:
    """What is the answer to the theory's question? A theory that does not fit together is `unknown`, too."""
    try:
        names = check(theory)
    except Misfit as error:
        return Decision(verdict="unknown", reason=str(error))
    question = theory.question
    if isinstance(question, Choose):
        return _chosen(theory, question, names, rlimit)
    if isinstance(question, Find):
        return _found(theory, question.term, names, rlimit)
    return _asked(theory, question, names, rlimit)


def _results(theory: Theory, checks: Sequence[Term], names: Signature, rlimit: int) -> list[_Result]:
    """First whether the premises are consistent, then with each of the checks; what was not done is unknown."""
    job = {
        "theory": theory.model_copy(update={"question": None}).model_dump(mode="json"),
        "checks": [None, *(one.model_dump(mode="json") for one in checks)],
        "rlimit": rlimit,
    }
    try:
        found = [_Result.model_validate(one) for one in _WORKER.ask(job)]
    except NoAnswer as error:
        found = [_Result(status="unknown", why=str(error))]
    results = [_substituted(one, theory, extra, names) for one, extra in zip(found, [None, *checks], strict=False)]
    left = _Result(status="unknown", why=results[0].why or "the premises were not decided")
    return [*results, *[left] * (1 + len(checks) - len(results))]


def _substituted(result: _Result, theory: Theory, extra: Term | None, names: Signature) -> _Result:
    if result.status != "sat":
        return result
    if result.model is None:
        return _Result(status="unknown", why="the solver's interpretation cannot be written down")
    wrong = unmet(theory, result.model, names, extra)
    return result if wrong is None else _Result(status="unknown", why=f"the solver's interpretation fails: {wrong}")


def unmet(theory: Theory, model: Interpretation, names: Signature, extra: Term | None = None) -> str | None:
    """The first premise (or `extra`) that an interpretation does not make true; None when all are."""
    world = World(names, model)
    statements = [(premise.name, premise.statement) for premise in theory.premises]
    try:
        for name, statement in [*statements, *([("the question", extra)] if extra is not None else [])]:
            if not world.holds(statement):
                return name
    except TooLarge as error:
        return str(error)
    return _outside(model, names)


def _outside(model: Interpretation, names: Signature) -> str | None:
    """A value that is none of its sort."""
    world = World(names, model)
    for symbol in names.symbols.values():
        if symbol.result in names.sorts:
            allowed = {str(value) for value in world.members(symbol.result)}
            if any(row[-1] not in allowed for row in model.tables.get(symbol.name, ())):
                return f"a value of {symbol.name} is not of its sort"
    return None


def _not_consistent(first: _Result) -> Decision | None:
    if first.status == "unsat":
        reason = f"these premises cannot all be true: {', '.join(first.core)}"
        return Decision(verdict="inconsistent", reason=reason, core=first.core)
    if first.status == "unknown":
        return Decision(verdict="unknown", reason=first.why)
    return None


def _asked(theory: Theory, question: Ask | None, names: Signature, rlimit: int) -> Decision:
    if question is None:
        (first,) = _results(theory, [], names, rlimit)
        model = () if first.model is None else (first.model,)
        return _not_consistent(first) or Decision(verdict="consistent", reason="the premises can be true", models=model)
    against = negation(question.statement) if question.against is None else question.against
    first, without, with_it = _results(theory, [negation(question.statement), negation(against)], names, rlimit)
    refused = _not_consistent(first)
    if refused is not None:
        return refused
    if without.status == with_it.status == "unsat":
        reason = "both it and what speaks against it follow"
        return Decision(verdict="inconsistent", reason=reason, core=_union(without.core, with_it.core))
    if without.status == "unsat" and (with_it.status == "sat" or question.against is None):
        return Decision(verdict="entailed", answer="yes", reason=_from(without.core), core=without.core)
    if with_it.status == "unsat" and (without.status == "sat" or question.against is None):
        return Decision(
            verdict="contradicted", answer="no", reason=f"its opposite: {_from(with_it.core)}", core=with_it.core
        )
    if without.status == with_it.status == "sat":
        models = tuple(one.model for one in (with_it, without) if one.model is not None)
        return Decision(
            verdict="undetermined", reason="it is true in one interpretation and false in another", models=models
        )
    return Decision(verdict="unknown", reason=without.why or with_it.why)


def _from(core: Sequence[str]) -> str:
    return f"follows from {', '.join(core)}" if core else "holds whatever the premises say"


def _union(*cores: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for core in cores for name in core))


def checks_of(option: Option) -> list[Term]:
    """The statements whose consistency with the premises decides an option's test."""
    if option.test in ("could", "cannot"):
        return list(option.statements)
    if option.beyond is not None:
        return [option.statements[0], option.beyond]
    if option.test == "list":
        return [*option.statements, negation(disjunction(option.statements))]
    return [negation(option.statements[0])]


def _chosen(theory: Theory, question: Choose, names: Signature, rlimit: int) -> Decision:
    plans = [checks_of(option) for option in question.options]
    first, *results = _results(theory, [one for plan in plans for one in plan], names, rlimit)
    refused = _not_consistent(first)
    if refused is not None:
        return refused
    tested = []
    for option, plan in zip(question.options, plans, strict=True):
        mine, results = results[: len(plan)], results[len(plan) :]
        tested.append(_tested(option, mine))
    passing = [one for one in tested if one.passes]
    undecided = [one for one in tested if one.passes is None]
    options = tuple(tested)
    if undecided:
        reason = f"option {undecided[0].name} was not decided: {undecided[0].reason}"
        return Decision(verdict="unknown", reason=reason, options=options)
    if len(passing) != 1:
        names_of = ", ".join(one.name for one in passing) or "none"
        return Decision(verdict="undetermined", reason=f"one option must pass its test; {names_of} do", options=options)
    only = passing[0]
    core = _union(*(one.core for one in tested))
    return Decision(
        verdict="chosen", answer=only.name, reason=f"only {only.name} passes its test", core=core, options=options
    )


def _tested(option: Option, results: list[_Result]) -> Tested:
    core = _union(*(one.core for one in results))
    unknown = next((one for one in results if one.status == "unknown"), None)
    if unknown is not None:
        return Tested(name=option.name, passes=None, reason=unknown.why)
    is_sat = [one.status == "sat" for one in results]
    if option.test == "list":
        passes = all(is_sat[:-1]) and not is_sat[-1]
    elif option.beyond is not None:
        passes = is_sat == [True, False]
    else:
        passes = is_sat[0] if option.test in ("could", "need not") else not is_sat[0]
    return Tested(name=option.name, passes=passes, core=core)


def _found(theory: Theory, term: Term, names: Signature, rlimit: int) -> Decision:
    (first,) = _results(theory, [], names, rlimit)
    refused = _not_consistent(first)
    if refused is not None or first.model is None:
        return refused or Decision(verdict="unknown", reason="no interpretation was found")
    try:
        value = World(names, first.model).value(term, {})
    except TooLarge as error:
        return Decision(verdict="unknown", reason=str(error))
    text = ("true" if value else "false") if isinstance(value, bool) else str(value)
    other = another(term, text, names)
    if other is None:
        return Decision(verdict="unknown", reason=f"its value, {text}, cannot be written as a statement")
    _, second = _results(theory, [other], names, rlimit)
    if second.status == "unsat":
        reason = f"{write(term)} is {text}: {_from(second.core)}"
        return Decision(verdict="value", answer=text, reason=reason, core=second.core, models=(first.model,))
    if second.status == "unknown" or second.model is None:
        return Decision(verdict="unknown", reason=second.why)
    reason = f"{write(term)} can be {text}, and can be something else"
    return Decision(verdict="undetermined", reason=reason, models=(first.model, second.model))


def another(term: Term, value: str, names: Signature) -> Term | None:
    """The statement that a term does not have this value."""
    if value in ("true", "false"):
        return negation(term) if value == "true" else term
    if value in names.elements:
        return operation("!=", term, Name(name=value))
    numerator, _, denominator = value.partition("/")
    if not _WHOLE.fullmatch(numerator) or (denominator and not _WHOLE.fullmatch(denominator)):
        return None
    number: Term = Number(value=numerator)
    return operation("!=", term, operation("/", number, Number(value=denominator)) if denominator else number)
