"""The one door: all that a strategy is given to think with.

A strategy asks the model, verifies, notes and reads through here and nowhere else. The mind owns the budget
(reserved before each step), the trace, the seed and the key of every step, so that a run can be bounded,
shown, repeated and replayed without the strategy knowing of any of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from slowthink.branch import MindBranch
from slowthink.budget import Ledger
from slowthink.calls import AskedCall, completion_of, hash_of, told, usage_of
from slowthink.errors import BudgetExhausted, InputError, SandboxUnavailable, Unsupported
from slowthink.models.protocol import (
    Branch,
    Completion,
    LanguageModel,
    OnText,
    Prompt,
    Request,
    Sampling,
    Score,
)
from slowthink.replay import Replay
from slowthink.scratchpad import Scratchpad
from slowthink.senses import Senses, about
from slowthink.supervision import Supervisor
from slowthink.trace import (
    Asked,
    Decided,
    Event,
    Grown,
    Judged,
    Noted,
    Planned,
    Ran,
    Refused,
    Remarked,
    Scored,
    Trace,
    TreeEvent,
)
from slowthink.types import Budget, Constraint, Judgement, Plan, Problem, Status, Usage
from slowthink.verifiers.logic import Decision, decide
from slowthink.verifiers.program import run_program
from slowthink.verifiers.program_result import ProgramResult, RunStatus
from slowthink.verifiers.puzzles import Puzzle, read_puzzle
from slowthink.verifiers.reader import Reading, read
from slowthink.verifiers.statement_printer import print_theory
from slowthink.verifiers.statements import Theory
from slowthink.verifiers.text_phrases import TextRequest
from slowthink.verifiers.text_requests import asked_of

LEAST_TOKENS = 8
"""A row that may write fewer tokens than this is not worth its prompt."""


class Mind:
    """One strand of a run. `child` gives a strand of its own to each thing that is thought about."""

    def __init__(
        self,
        model: LanguageModel | None,
        ledger: Ledger,
        trace: Trace,
        senses: Senses,
        seed: int = 0,
        replay: Replay | None = None,
        on_text: OnText | None = None,
        path: str = "",
    ) -> None:
        self._model = model
        self._ledger = ledger
        self._trace = trace
        self.senses = senses
        self._seed = seed
        self._replay = replay
        self._on_text = on_text
        self._path = path
        self._steps = 0
        self.scratchpad = Scratchpad()

    def child(self, name: str, model: LanguageModel | None = None) -> Mind:
        """A strand whose steps have keys of their own; budget, trace and model (unless another is given) are shared."""
        strand = Mind(
            model or self._model,
            self._ledger,
            self._trace,
            self.senses,
            self._seed,
            self._replay,
            self._on_text,
            f"{self._path}{name}/",
        )
        strand.scratchpad = self.scratchpad
        return strand

    @property
    def chat(self) -> bool:
        """Whether the model reads messages through a chat template."""
        return self._model is None or self._model.chat

    @property
    def seed(self) -> int:
        """The seed of the run, for choices that are not the model's."""
        return self._seed

    @property
    def remaining(self) -> Budget:
        """What is left of the budget."""
        ledger = self._ledger
        return Budget(tokens=ledger.remaining_tokens, seconds=ledger.remaining_seconds, nodes=ledger.remaining_nodes)

    @property
    def path(self) -> str:
        """Where this strand stands: what its keys begin with."""
        return self._path

    async def generate(
        self,
        prompt: Prompt,
        *,
        max_tokens: int = 256,
        temperature: float = 0.0,
        top_p: float = 1.0,
        stop: tuple[str, ...] = (),
        n: int = 1,
        supervised: bool = False,
        supervisors: tuple[Supervisor, ...] = (),
        constraint: Constraint | None = None,
        begun: str = "",
        question: str = "",
        first: int = 0,
        branch: Branch | None = None,
    ) -> list[Completion]:
        """`n` completions of a prompt in one batch; `supervised` adds the mind's own supervisors.

        A constraint holds for what is written, behind `begun`, the end of the prompt that belongs to the same text.
        `question` is what is asked, where that is known, so that a reply's bare yes or no can be judged.
        `first` is the number of the first row among all samples that are asked for; it tells recorded ones apart.
        With `branch`, which stands behind the prompt, it is the branch that writes one completion (see `branch`).
        Raises BudgetExhausted, before anything is spent, when the budget does not reach for it, and InputError for a
        constraint that cannot be used.
        """
        key = self._key("generate")
        asked = AskedCall(key, prompt, max_tokens, temperature, constraint)
        if self._is_known(key):
            return self._replayed(asked, n)
        model = self._needed()
        bound = model.count(prompt) * n
        allowed = self._reserve(key, bound, max_tokens, n)
        own = tuple(about(supervisor, question) for supervisor in self.senses.supervisors)
        watching = (*supervisors, *own) if supervised else supervisors
        requests = [
            Request(
                prompt,
                Sampling(allowed, temperature, top_p, stop, self._seed, f"{key}.{first + i}"),
                watching,
                self._on_text if n == 1 else None,
                constraint,
                begun,
            )
            for i in range(n)
        ]
        self._trace.tell(Asked(key=key, rows=n, prefill=prompt.prefill))
        rows: list[Completion] = []
        try:
            rows = await self._timed(key, model.generate(requests) if branch is None else _on(branch, requests))
        except Unsupported as error:
            self._trace.tell(Refused(key=key, reason=str(error), by="model"))
            raise
        finally:
            usage = usage_of(rows)
            found = sum(row.found_tokens for row in rows)
            self._ledger.settle(bound + n * allowed, usage, bound + usage.generated_tokens + found)
        self._tell_all(told(asked, rows))
        return rows

    def branch(self, prompt: Prompt) -> MindBranch:
        """A branch behind `prompt`, a strand of its own; nothing is computed before it is needed."""
        model = self._model if self._replay is not None else self._needed()
        strand = self.child(self._key("branch"))
        return MindBranch(strand, prompt, None if model is None else model.branch(prompt))

    async def score(self, prompt: Prompt, continuations: Sequence[str], *, branch: Branch | None = None) -> list[Score]:
        """Log-probability of each continuation; with `branch`, which stands behind the prompt, from there."""
        key = self._key("score")
        if self._replay is not None and self._is_known(key):
            self._refuse_again(key)
            saved = self._replay.scored(key, hash_of(prompt), len(continuations))
            self._trace.tell(saved)
            prompts = [prompt.continued(text) for text in continuations]
            bound = 0 if self._model is None else sum(map(self._model.count, prompts))
            self._ledger.settle(0, Usage(tokens=saved.through_model), max(bound, saved.through_model))
            return [Score(lp, n) for lp, n in zip(saved.logprobs, saved.tokens, strict=True)]
        model = self._needed()
        bound = sum(model.count(prompt.continued(text)) for text in continuations)
        self._reserve(key, bound, 0, 1)
        scores: list[Score] = []
        try:
            work = model.score(prompt, continuations) if branch is None else branch.score(continuations)
            scores = await self._timed(key, work)
        except Unsupported as error:
            self._trace.tell(Refused(key=key, reason=str(error), by="model"))
            raise
        finally:
            self._ledger.settle(bound, Usage(tokens=sum(s.through_model for s in scores)), bound)
        self._trace.tell(
            Scored(
                key=key,
                prompt_hash=hash_of(prompt),
                continuations=tuple(continuations),
                logprobs=tuple(s.logprob for s in scores),
                tokens=tuple(s.tokens for s in scores),
                through_model=sum(s.through_model for s in scores),
            )
        )
        return scores

    def verify(self, text: str, question: str = "") -> list[Judgement]:
        """All claims that the verifiers find in a text, with their verdicts, in the order of the text.

        Where the text is a reply, `question` is what was asked: then a bare yes or no is a claim, too.
        """
        key = self._key("verify")
        found = [judgement for verifier in self.senses.verifiers for judgement in about(verifier, question).check(text)]
        found.sort(key=lambda j: (j.claim.start, j.claim.end))
        for j in found:
            self._trace.tell(
                Judged(
                    key=key,
                    kind=j.claim.kind,
                    claim=j.claim.text,
                    status=j.verdict.status,
                    reason=j.verdict.reason,
                    correction=j.verdict.correction,
                    edit=j.verdict.edit,
                    witness=j.verdict.witness,
                )
            )
        return found

    async def run(
        self, program: str | Sequence[str], result: str | None = None, *, seconds: float = 5.0
    ) -> ProgramResult:
        """What a program that the model wrote comes to, in a sandbox; blocks of one share their names.

        Nothing is raised for what the program does. The status is `unavailable` where no sandbox can run it here, or
        where programs are switched off.
        """
        key = self._key("run")
        blocks = (program,) if isinstance(program, str) else tuple(program)
        if self._replay is not None and self._is_known(key):
            outcome = self._replay.ran(key, blocks, result).outcome
        elif not self.senses.program:
            outcome = ProgramResult(status="unavailable", error="programs are switched off")
        else:
            outcome = await asyncio.to_thread(self._run, blocks, result, seconds)
        self._trace.tell(Ran(key=key, blocks=blocks, wanted=result, outcome=outcome))
        return outcome

    def _run(self, blocks: tuple[str, ...], result: str | None, seconds: float) -> ProgramResult:
        left = self._ledger.remaining_seconds
        try:
            return run_program(blocks, result, timeout=seconds if left is None else max(0.01, min(seconds, left)))
        except (SandboxUnavailable, InputError) as error:
            status: RunStatus = "unavailable" if isinstance(error, SandboxUnavailable) else "error"
            return ProgramResult(status=status, error=str(error))

    def read(self, problem: Problem) -> Reading | None:
        """What the exact reader makes of the whole question; None when it declines or is switched off.

        A question with more before it, with constraints, or to be answered in words is not read: what else was
        said may change what it asks.
        """
        alone = len(problem.messages) == 1 and not problem.constraints and problem.answer_kind != "text"
        return read(problem.question) if self.senses.reader and alone else None

    def asked(self, problem: Problem) -> TextRequest | None:
        """What the problem asks of a text, where some of that can be checked. Raises InputError.

        The constraints that it carries are always heard; its words only while the reader is on.
        """
        return asked_of(problem, reads_words=self.senses.reader)

    async def decide(self, theory: Theory) -> Decision:
        """What follows from statements: decided by the solver in its worker, or as the saved run has it."""
        key, text = self._key("decide"), print_theory(theory)
        if not self.senses.logic:
            decision = Decision(verdict="unknown", reason="the solver is switched off")
        elif self._replay is not None and self._is_known(key):
            decision = Decision.model_validate(self._replay.decided(key, text))
        else:
            decision = await asyncio.to_thread(decide, theory)
        self._trace.tell(Decided(key=key, theory=text, decision=decision.model_dump(mode="json")))
        return decision

    def read_puzzle(self, problem: Problem) -> Puzzle | None:
        """The puzzle that the whole question asks for; None under the conditions of `read`, except the kind."""
        alone = len(problem.messages) == 1 and not problem.constraints
        return read_puzzle(problem.question) if self.senses.reader and alone else None

    def note(self, text: str, status: Status) -> None:
        """Put a fact onto the scratchpad."""
        key = self._key("note")
        self.scratchpad = self.scratchpad.add(text, status, key)
        self._trace.tell(Noted(key=key, text=text, status=status))

    def grow(self, node: Grown) -> None:
        """Put a node into the trace, against the budget of nodes. Raises BudgetExhausted when none is left."""
        self._ledger.grow()
        self._trace.tell(node)

    def tell(self, event: TreeEvent) -> None:
        """Tell the trace what became of a node."""
        self._trace.tell(event)

    def plan(self, plan: Plan, edit: Callable[[Plan], Plan] | None = None) -> Plan:
        """The plan to carry out: this one, as whoever may edit it leaves it; a replay takes what was left then."""
        key = self._key("plan")
        saved = None if self._replay is None else self._replay.plan(key)
        decided = saved or (plan if edit is None else edit(plan))
        self._trace.tell(Planned(key=key, plan=decided, is_edited=decided != plan))
        return decided

    def remark(self, text: str) -> None:
        """Tell the trace of a decision."""
        self._trace.tell(Remarked(key=self._key("remark"), text=text))

    def _key(self, kind: str) -> str:
        self._steps += 1
        return f"{self._path}{self._steps}:{kind}"

    def _needed(self) -> LanguageModel:
        if self._model is None:
            raise BudgetExhausted("this mind has no model")
        return self._model

    def _reserve(self, key: str, fixed: int, wanted: int, rows: int) -> int:
        try:
            return self._ledger.reserve(fixed, wanted, rows, LEAST_TOKENS)
        except BudgetExhausted as error:
            self._trace.tell(Refused(key=key, reason=str(error)))
            raise

    async def _timed(self, key: str, work: Any) -> Any:
        left = self._ledger.remaining_seconds
        try:
            return await asyncio.wait_for(work, left)
        except TimeoutError:
            reason = f"the {self._ledger.budget.seconds} seconds of the budget are spent"
            self._trace.tell(Refused(key=key, reason=reason))
            raise BudgetExhausted(reason) from None

    def _is_known(self, key: str) -> bool:
        """Whether the saved run answers: a replay has nothing else, a run that is resumed has its model besides."""
        return self._replay is not None and (self._model is None or self._replay.has(key))

    def _refuse_again(self, key: str) -> None:
        """What was refused in the saved run is refused again."""
        refusal = None if self._replay is None else self._replay.refusal(key)
        if refusal is not None:
            self._trace.tell(refusal)
            raise (Unsupported if refusal.by == "model" else BudgetExhausted)(refusal.reason)

    def _replayed(self, asked: AskedCall, n: int) -> list[Completion]:
        replay, key, prompt = self._replay, asked.key, asked.prompt
        if replay is None:
            return []
        self._refuse_again(key)
        self._trace.tell(Asked(key=key, rows=n, prefill=prompt.prefill))
        rows = [completion_of(row) for row in replay.called(key, hash_of(prompt), n).rows]
        usage = usage_of(rows)
        # a run that is resumed has a budget, and is charged as it was when it was begun
        prompts = 0 if self._model is None else self._model.count(prompt) * n
        found = sum(row.found_tokens for row in rows)
        self._ledger.settle(0, usage, max(usage.tokens, prompts + usage.generated_tokens + found))
        self._tell_all(told(asked, rows))
        return rows

    def _tell_all(self, events: Iterable[Event]) -> None:
        for event in events:
            self._trace.tell(event)


async def _on(branch: Branch, requests: Sequence[Request]) -> list[Completion]:
    return [await branch.generate(one.sampling, one.supervisors, one.on_text, one.constraint) for one in requests]
