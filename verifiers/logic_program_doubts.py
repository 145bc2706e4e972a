"""Whether a program over enumerated sorts can mean what its question meant, as far as the program itself shows it.

The idea: a model that loses the thread writes statements that no question would contain. A conditional whose condition
and outcome contradict each other says that its condition never holds, which nobody says with a conditional. An option
that follows from the statements in which no element is named says nothing of the question. Where one of these is so, an
answer would be the answer to another question, and none is given. Not covered: all other mistakes of the model.
"""

from __future__ import annotations

from slowthink.verifiers.logic import Decision, decide
from slowthink.verifiers.logic_program_lines import Program
from slowthink.verifiers.statements import Ask, Choose, Option


def doubt(program: Program, decision: Decision) -> str | None:
    """Why the chosen option may be no answer to the question; None without such a reason. Asks the solver."""
    if decision.verdict != "chosen":
        return None
    return _impossible_conditional(program) or _empty_option(program, decision.answer)


def _impossible_conditional(program: Program) -> str | None:
    conditionals = tuple(dict.fromkeys(program.conditionals))[:40]
    if not conditionals:
        return None
    options = tuple(
        Option(name=f"c{number}", test="could", statements=(one,)) for number, one in enumerate(conditionals, 1)
    )
    found = decide(program.theory.model_copy(update={"premises": (), "question": Choose(options=options)}))
    if any(one.passes is False for one in found.options):
        return "a conditional's condition and outcome contradict each other, so the program may not say what was meant"
    return None


def _empty_option(program: Program, name: str | None) -> str | None:
    theory = program.theory
    framing = tuple(premise for premise in theory.premises if premise.name in program.frame)
    if len(framing) == len(theory.premises) or not isinstance(theory.question, Choose):
        return None
    chosen = next((one for one in theory.question.options if one.name == name and one.test == "must"), None)
    if chosen is None:
        return None
    asked = theory.model_copy(update={"premises": framing, "question": Ask(statement=chosen.statements[0])})
    if decide(asked).verdict == "entailed":
        return "the option follows from statements in which nothing is named, so it says nothing of the question"
    return None
