"""The slow thinker: it watches the fast one, uses it, checks it, and says how far its answer can be trusted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from slowthink import facade
from slowthink.budget import Ledger
from slowthink.calibration import confidence_in, is_supported
from slowthink.errors import BudgetExhausted, InputError, ReplayMismatch
from slowthink.mind import Mind
from slowthink.models import load_model
from slowthink.models.protocol import LanguageModel, OnText
from slowthink.replay import Replay
from slowthink.senses import Senses
from slowthink.strategies import Outcome, Strategy, strategy_named
from slowthink.trace import Began, Ended, Event, Trace, read_event, read_trace
from slowthink.types import Budget, Evidence, Message, Problem, Solution, Status, Trust
from slowthink.verifiers.answers import plain, same_answer
from slowthink.verifiers.calculator import Calculator
from slowthink.verifiers.constraints import Constraint, judge_all, read_constraints
from slowthink.verifiers.expressions import write
from slowthink.verifiers.judges import JUDGES
from slowthink.verifiers.number_theory import NumberTheoryVerifier
from slowthink.verifiers.proofreader import Proofreader
from slowthink.verifiers.protocol import SentenceVerifier
from slowthink.verifiers.puzzles import Puzzle, evidence_for
from slowthink.verifiers.reader import Reading
from slowthink.verifiers.text import TextVerifier
from slowthink.verifiers.text_phrases import TextRequest

Question = str | Sequence[Message] | Problem
SWITCHES = (
    "reader",
    "arithmetic",
    "number_theory",
    "algebra",
    "text",
    "calculator",
    "proofreader",
    "question",
    "program",
    "logic",
)
"""What can be switched off: the exact reader; the verifiers of sums, of claims about whole numbers, of algebra and of
claims about quoted text in finished text; the calculator and the proofreader (of numbers and text) that watch
decoding; the comparison of the model's calculation with the question's own words; running its programs; and the
solver of statements."""
AT_ONCE = 64


class SlowThinker:
    """A slow thinker around one model.

    `model` is a spec string or a loaded model. The budget bounds each question; None is no bound. `off` names
    senses that are switched off, as a list or with commas between them. Use it as a context manager, or `close` it,
    to release the model. Raises InputError for what is none of these.
    """

    def __init__(
        self,
        model: str | LanguageModel = "smollm2",
        *,
        strategy: str | Strategy = "auto",
        budget: Budget | None = None,
        seed: int = 0,
        off: str | Iterable[str] = (),
    ) -> None:
        _check(model, strategy, budget, seed)
        self.strategy = strategy_named(strategy) if isinstance(strategy, str) else strategy
        self.budget = budget or Budget()
        self.seed = seed
        self.off = _names(off)
        self.senses = senses_without(self.off)
        self._model = model

    @property
    def model(self) -> LanguageModel:
        """The model, loaded when it is first needed. Raises ModelUnavailable."""
        if isinstance(self._model, str):
            self._model = load_model(self._model)
        return self._model

    def __enter__(self) -> SlowThinker:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the model; safe to call twice."""
        if not isinstance(self._model, str):
            self._model.close()

    def solve(
        self,
        question: Question,
        *,
        listener: Callable[[Event], None] | None = None,
        on_text: OnText | None = None,
        known: Iterable[Event] = (),
    ) -> Solution:
        """Answer one question. `listener` is told each event of the trace, `on_text` the text as it comes.

        `known` are the events of the same run that broke off: what the model said there is not asked again.
        """
        return facade.run(self.asolve(question, listener=listener, on_text=on_text, known=known))

    def write(
        self,
        prompt: str,
        *,
        constraints: Iterable[Constraint | Mapping[str, Any]] = (),
        listener: Callable[[Event], None] | None = None,
        on_text: OnText | None = None,
    ) -> Solution:
        """Write a text that keeps constraints: data (`slowthink.verifiers.constraints`), or the prompt's own words.

        Raises InputError for data that are no constraints.
        """
        data = [one if isinstance(one, Mapping) else one.model_dump(mode="json") for one in constraints]
        kept = [one.model_dump(mode="json") for one in read_constraints(data)]
        problem = Problem.of(prompt).model_copy(update={"answer_kind": "text", "constraints": {"text": kept}})
        return self.solve(problem, listener=listener, on_text=on_text)

    def solve_many(self, questions: Iterable[Question]) -> list[Solution]:
        """Answer many questions at once, in their order. Raises InputError for one text instead of several."""
        if isinstance(questions, str | bytes | Problem) or not isinstance(questions, Iterable):
            raise InputError(f"expected several questions, got one {type(questions).__name__}; see solve")

        async def gather() -> list[Solution]:
            return [solution async for solution in self.asolve_many(questions)]

        return facade.run(gather())

    async def asolve_many(self, questions: Iterable[Question]) -> AsyncIterator[Solution]:
        """Solutions in the order of the questions, each as soon as it and those before it are done."""
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(problem: Problem) -> Solution:
            async with gate:
                return await self.asolve(problem)

        problems = [_problem(question) for question in questions]
        tasks = [asyncio.ensure_future(one(problem)) for problem in problems]
        try:
            for task in tasks:
                yield await task
        finally:
            for task in tasks:
                task.cancel()

    async def asolve(
        self,
        question: Question,
        *,
        listener: Callable[[Event], None] | None = None,
        on_text: OnText | None = None,
        known: Iterable[Event] = (),
    ) -> Solution:
        """Plan, use the fast thinker, check and revise, and say how far the answer can be trusted."""
        model = self.model
        trace = Trace(listener)
        began = Began(
            version=_version(),
            model=model.name,
            strategy=self.strategy.name,
            problem=_problem(question),
            budget=self.budget,
            seed=self.seed,
            off=self.off,
        )
        resumed = Replay(known)
        replay = None if resumed.began is None else resumed
        was = None if resumed.began is None else resumed.began.budget
        resumed.keeps_refusals = was == self.budget and self.budget.seconds is None
        return await _run(began, self.strategy, self.senses, trace, model, replay, on_text)

    @staticmethod
    def replay(path: Path | str) -> Solution:
        """Run a saved run again, without the model. Raises InputError, or ReplayMismatch.

        A run that was saved to its end must end in the same way.
        """
        if not isinstance(path, str | Path):
            raise InputError(f"expected the path of a saved trace, got {path!r:.60}")
        replay = Replay(read_trace(path))
        began = replay.began
        if began is None:
            raise InputError(f"{path}: expected a trace that begins with an event 'began'")
        strategy, senses = strategy_named(began.strategy), senses_without(began.off)
        solution = facade.run(_run(began, strategy, senses, Trace(), None, replay, None))
        if (ended := replay.ended) is not None and (ended.answer, ended.status) != (solution.answer, solution.status):
            raise ReplayMismatch(
                f"{path}: the saved run ended with {ended.answer!r:.60} ({ended.status}), and replays to "
                f"{solution.answer!r:.60} ({solution.status}). The trace or the code was changed since."
            )
        return solution


async def rerun(trace: Iterable[Event | dict[str, Any]], strategy: Strategy) -> Solution:
    """A run again from its own events, without the model, by the strategy that made them.

    Unlike `SlowThinker.replay` it takes a strategy that has no name here, or not its usual settings.
    """
    replay = Replay(one if not isinstance(one, dict) else read_event(one) for one in trace)
    if replay.began is None:
        raise InputError("expected a trace that begins with an event 'began'")
    return await _run(replay.began, strategy, senses_without(replay.began.off), Trace(), None, replay, None)


async def _run(
    began: Began,
    strategy: Strategy,
    senses: Senses,
    trace: Trace,
    model: LanguageModel | None,
    replay: Replay | None,
    on_text: OnText | None,
) -> Solution:
    budget = began.budget if model is not None else Budget(nodes=began.budget.nodes)
    ledger = Ledger(budget)
    mind = Mind(model, ledger, trace, senses, began.seed, replay, on_text)
    trace.tell(began)
    try:
        outcome = await strategy.solve(began.problem, mind)
    except (BudgetExhausted, InputError) as error:
        outcome = Outcome(None, reason=str(error))
    asked = None if outcome.answer is None else mind.asked(began.problem)
    if outcome.answer is not None and asked is not None:
        status, reason, evidence = judge_text(outcome, asked)
    else:
        puzzle = mind.read_puzzle(began.problem)
        status, reason, evidence = judge(outcome, mind.read(began.problem), puzzle, began.model)
    answer = None if status == "abstained" else outcome.answer
    answered_by = None if answer is None else outcome.answered_by
    usage = ledger.usage.model_copy(update={"seconds": ledger.seconds})
    trace.tell(Ended(answer=answer, answered_by=answered_by, status=status, usage=usage))
    return Solution(
        question=began.problem.question,
        answer=answer,
        answered_by=answered_by,
        status=status,
        confidence=confidence_in(outcome.agreement, began.model) if status == "supported" else None,
        support=None if answer is None else outcome.support,
        reason=reason,
        fast_answer=outcome.answer if strategy.name == "direct" else outcome.fast_answer,
        strategy=strategy.name,
        evidence=evidence,
        usage=usage,
        trace=trace.dump(),
    )


def judge(
    outcome: Outcome, reading: Reading | None, puzzle: Puzzle | None = None, model: str = ""
) -> tuple[Trust, str, tuple[Evidence, ...]]:
    """How far an outcome can be trusted: the status, the reason, and the evidence for it."""
    if outcome.answer is None:
        return "abstained", outcome.reason or "no answer was found", outcome.evidence
    if puzzle is not None:
        return _judge_played(outcome, puzzle)
    if reading is None and is_supported(outcome.agreement, model):
        return "supported", f"two separate readings agree; {outcome.reason}", outcome.evidence
    if reading is None:
        return "unverified", outcome.reason or "nothing decides the whole question", outcome.evidence
    value = plain(reading.value)
    if not same_answer(outcome.answer, value):
        return "abstained", f"the answer {outcome.answer} is refuted: {write(reading.expression)} is {value}", ()
    claim = f"{write(reading.expression)} = {value}"
    certificate = {"expression": write(reading.expression), "value": value, "read": reading.text}
    evidence = Evidence(kind="arithmetic", claim=claim, status=Status.PROVED, certificate=certificate)
    steps = tuple(step for step in outcome.evidence if step.claim != claim)
    return "proved", "the whole question was read exactly", (*steps, evidence)


def judge_text(outcome: Outcome, asked: TextRequest) -> tuple[Trust, str, tuple[Evidence, ...]]:
    """How far a text can be trusted to be what was asked for: `proved` only where constraints decide all of it."""
    verdict = judge_all(asked.constraints, outcome.answer or "")
    if verdict.status is Status.REFUTED:
        return "abstained", f"the text breaks a constraint: {verdict.reason}", ()
    if verdict.status is Status.PROVED and asked.whole:
        return "proved", "the whole request was read, and every constraint holds", outcome.evidence
    doubt = asked.doubt if verdict.status is Status.PROVED else verdict.reason
    return "unverified", doubt, outcome.evidence


def _check(model: object, strategy: object, budget: object, seed: object) -> None:
    if not isinstance(model, str) and not hasattr(model, "generate"):
        raise InputError(f"expected as `model` a spec such as 'smollm2' or a loaded model, got {model!r:.60}")
    if not isinstance(strategy, str) and not hasattr(strategy, "solve"):
        raise InputError(f"expected as `strategy` a name such as 'auto' or a Strategy, got {strategy!r:.60}")
    if budget is not None and not isinstance(budget, Budget):
        raise InputError(f"expected as `budget` a Budget such as Budget(tokens=2000), got {budget!r:.60}")
    if not isinstance(seed, int) or isinstance(seed, bool):
        raise InputError(f"expected as `seed` a whole number, got {seed!r:.60}")


def _judge_played(outcome: Outcome, puzzle: Puzzle) -> tuple[Trust, str, tuple[Evidence, ...]]:
    """A puzzle's solution is played; the last evidence is the one for the answer."""
    status, why, proof = evidence_for(puzzle, outcome.answer or "")
    if proof is not None:
        return "proved", outcome.reason or why, (proof,)
    if status is Status.REFUTED:
        return "abstained", f"the answer is refuted: {why}", ()
    return "unverified", outcome.reason or why, outcome.evidence


def _names(off: str | Iterable[str]) -> tuple[str, ...]:
    try:
        names = {name.strip() for name in (off.split(",") if isinstance(off, str) else off)} - {""}
    except (TypeError, AttributeError) as error:
        raise InputError(f"expected in `off` names of senses such as 'reader', got {off!r}") from error
    return tuple(sorted(names))


def senses_without(off: Iterable[str]) -> Senses:
    """All senses but those that are named. Raises InputError for an unknown name."""
    unknown = set(off) - set(SWITCHES)
    if unknown:
        raise InputError(f"expected names of senses among {', '.join(SWITCHES)}; got {', '.join(sorted(unknown))}")
    by_sentence: tuple[SentenceVerifier, ...] = (NumberTheoryVerifier(), TextVerifier())
    proofreader = Proofreader(tuple(verifier for verifier in by_sentence if verifier.kind not in off))
    return Senses(
        verifiers=tuple(judge for judge in JUDGES if judge.kind not in off),
        supervisors=tuple(one for one in (Calculator(), proofreader) if one.name not in off),
        reader="reader" not in off,
        question="question" not in off,
        program="program" not in off,
        logic="logic" not in off,
    )


def _problem(question: Question) -> Problem:
    problem = Problem.of(question)
    if not problem.question.strip():
        raise InputError("expected a question, got an empty text")
    return problem


def _version() -> str:
    try:
        return version("slowthink")
    except PackageNotFoundError:
        return "unknown"
