"""A plan first, as data, then its steps in order (compare Wang et al., arXiv:2305.04091).

The model writes the plan under a grammar; a caller may look at it and edit it; each step is carried out on the
scratchpad under watch and checked. A step that is refuted is tried once more, and then the rest is planned anew from
there: what was proved before it is kept, and is not worked out again.

Every try of a step is a node, so a trace shows where the strategy went back. The answer is the last step's result; a
plan whose steps are all proved is still only one route, and nothing here says that it is the right plan.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from slowthink.errors import BudgetExhausted, InputError
from slowthink.mind import Mind
from slowthink.plan import flaw, mended, plan_schema, read_plan, replanned, shown
from slowthink.strategies.direct import wants_number
from slowthink.strategies.protocol import Outcome, evidence_of
from slowthink.strategies.template import prompt_from
from slowthink.trace import Chosen, Expanded, Grown, Pruned
from slowthink.types import AnsweredBy, Constraint, Judgement, Plan, PlanStep, Problem, Status
from slowthink.verifiers.answers import stated_number

PLAN_TOKENS, STEP_TOKENS = 400, 48
TEMPERATURE = 0.7


@dataclass
class Work:
    """What was carried out so far: the lines that stand, what was judged of them, and the nodes of the trace."""

    lines: list[str] = field(default_factory=list)
    judged: list[Judgement] = field(default_factory=list)
    is_repaired: bool = False
    at: int = 0
    """The node of the last step that stands."""
    grown: int = 0


@dataclass(frozen=True)
class PlanAndSolve:
    """`edit` is shown each plan before it is carried out, and returns the plan to carry out."""

    edit: Callable[[Plan], Plan] | None = None
    tries: int = 2
    replans: int = 2
    name = "plan_and_solve"
    _plan_prompt = "plan"
    _step_prompt = "plan_step"

    async def solve(self, problem: Problem, mind: Mind) -> Outcome:
        """The result of the plan's last step; without one, the reason says which step was refuted."""
        if not wants_number(problem):
            return Outcome(None, reason=f"{self.name} works out numbers, and none is asked for")
        work = Work()
        _grow(mind, work, None, "", Status.UNKNOWN)
        plan = await self._planned(problem, mind.child("plan"), work)
        done = 0
        try:
            for number in range(self.replans + 1):
                refuted = ""
                while plan is not None and done < len(plan.steps) and not refuted:
                    strand = mind.child(f"plan {number} step {done}")
                    refuted = await self._step(problem, plan.steps[done], strand, work)
                    done += not refuted
                if plan is None or not refuted:
                    break
                mind.remark(f"step {done + 1} is refuted: {refuted}; planned anew from there")
                rest = await self._planned(problem, mind.child(f"plan again {number}"), work)
                plan = None if rest is None or number == self.replans else replanned(plan, done, rest)
        except BudgetExhausted as error:
            return Outcome(None, text="\n".join(work.lines), reason=str(error))
        if plan is None or done < len(plan.steps):
            return Outcome(None, text="\n".join(work.lines), reason="no plan could be carried out to its end")
        return self._answered(mind, work)

    async def _planned(self, problem: Problem, mind: Mind, work: Work) -> Plan | None:
        """A plan, as it will be carried out; None where what was written is none."""
        known = f"It is known that {'; '.join(work.lines)}. Plan what is left to do." if work.lines else ""
        prompt = prompt_from(self._plan_prompt, problem, known=known)
        constraint = Constraint(json_schema=plan_schema())
        (row,) = await mind.generate(prompt, max_tokens=PLAN_TOKENS, constraint=constraint)
        try:
            plan = read_plan(row.text)
        except InputError as error:
            mind.remark(str(error))
            return None
        given = {line.partition(":")[0] for line in work.lines}
        free = tuple(
            step.model_copy(update={"needs": tuple(n for n in step.needs if n not in given)}) for step in plan.steps
        )
        wrong = flaw(Plan(steps=free))
        if wrong is not None:
            mind.remark(f"the plan has a flaw: {wrong}")
        plan = mind.plan(mended(Plan(steps=free)), self.edit)
        mind.remark(shown(plan))
        return plan if plan.steps else None

    async def _step(self, problem: Problem, step: PlanStep, mind: Mind, work: Work) -> str:
        """Carry a step out; returns why it is refuted, or nothing where it stands."""
        prompt = prompt_from(
            self._step_prompt,
            problem,
            known="; ".join(work.lines) or "nothing yet",
            action=step.action,
            gives=step.gives or "result",
        )
        why = ""
        mind.tell(Expanded(tree=_tree(mind), id=work.at))
        for number in range(self.tries):
            (row,) = await mind.generate(
                prompt,
                max_tokens=STEP_TOKENS,
                temperature=TEMPERATURE if number else 0.0,
                stop=("\n",),
                supervised=True,
            )
            line = f"{step.gives or 'result'}: {row.text.strip()}"
            judged = mind.verify(line)
            why = _refuted(step, judged, mind)
            status = Status.REFUTED if why else _status(judged)
            one = _grow(mind, work, work.at, line, status, why, judged)
            if not why:
                mind.note(line, status)
                work.lines.append(line)
                work.judged += judged
                work.is_repaired |= bool(row.interventions)
                work.at = one
                return ""
            mind.tell(Pruned(tree=_tree(mind), id=one, reason=why, resume=work.at))
        return why

    def _answered(self, mind: Mind, work: Work) -> Outcome:
        text = "\n".join(work.lines)
        answer = stated_number(work.lines[-1]) if work.lines else None
        if answer is None:
            return Outcome(None, text=text, reason="the plan's last step has no number in it")
        mind.tell(Chosen(tree=_tree(mind), id=work.at, reason="the plan's last step"))
        by: AnsweredBy = "repair" if work.is_repaired else "model"
        holds = bool(work.judged) and all(j.verdict.status is not Status.REFUTED for j in work.judged)
        return Outcome(answer, by, text, steps_hold=holds, evidence=evidence_of(work.judged))


def _tree(mind: Mind) -> str:
    """The tree of a strategy is named for its strand, not for the strands of its steps."""
    return mind.path.partition("plan ")[0] + "plan"


def _grow(
    mind: Mind,
    work: Work,
    parent: int | None,
    text: str,
    status: Status,
    reason: str = "",
    judged: list[Judgement] | None = None,
) -> int:
    one, work.grown = work.grown, work.grown + 1
    facts = tuple(f"{'+' if j.verdict.status is Status.PROVED else '?'} {j.claim.text.strip()}" for j in judged or [])
    depth = len(work.lines) + (parent is not None)
    # a proved step is no proved goal: nodes say UNKNOWN until they are refuted
    shown_status = status if status is Status.REFUTED else Status.UNKNOWN
    mind.grow(
        Grown(
            tree=_tree(mind),
            id=one,
            parent=parent,
            depth=depth,
            text=text,
            status=shown_status,
            reason=reason,
            facts=facts,
            source=mind.path,
        )
    )
    return one


def _status(judged: list[Judgement]) -> Status:
    return Status.PROVED if any(j.verdict.status is Status.PROVED for j in judged) else Status.UNKNOWN


def _refuted(step: PlanStep, judged: list[Judgement], mind: Mind) -> str:
    """Why a step does not stand; nothing where it does. Without verifiers, nothing is refuted."""
    wrong = next((j for j in judged if j.verdict.status is Status.REFUTED), None)
    if wrong is not None:
        right = f"; right is {wrong.verdict.correction}" if wrong.verdict.correction else ""
        return f"{wrong.claim.text.strip()} is wrong{right}"
    if step.check == "sum" and mind.senses.verifiers and _status(judged) is not Status.PROVED:
        return "the step should write a sum, and none of it is proved"
    return ""
