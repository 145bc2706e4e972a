"""The model reads a plan: its own likelihoods decide, words only refuse, and without a model nothing is read."""

import asyncio
from collections.abc import Callable, Sequence

import pytest

from slowthink.budget import Ledger
from slowthink.calibration import confidence_in, family_of, is_supported, lower_bound
from slowthink.controller import SlowThinker, judge, senses_without
from slowthink.mind import Mind
from slowthink.models.protocol import Branch, Completion, LanguageModel, Prompt, Request, Score
from slowthink.strategies.auto import Auto
from slowthink.strategies.list_and_count import ListAndCount, asks_for_list
from slowthink.strategies.number_programs import program_of, whole_program
from slowthink.strategies.plan_reading import CODE, NO_QUESTION, WORDS, PlanReader
from slowthink.strategies.program import Program
from slowthink.strategies.protocol import Outcome
from slowthink.strategies.two_routes import TwoRoutes
from slowthink.trace import Trace
from slowthink.types import Budget, Problem, Status
from slowthink.verifiers.certificates import recheck
from slowthink.verifiers.counting_plans import Bounds, Plan, told
from slowthink.verifiers.number_kinds import Kind
from slowthink.verifiers.program import run_program


class Opinionated:
    """Gives likely texts what `opinion` says when it sees the question, and everything the same when it does not."""

    name = "opinionated"
    chat = True

    def __init__(self, opinion: Callable[[str], float]) -> None:
        self.opinion = opinion
        self.asked = 0

    async def generate(self, requests: Sequence[Request]) -> list[Completion]:
        return [Completion("I think it is 7.", "eos", prompt_tokens=1, generated_tokens=1) for _ in requests]

    async def score(self, prompt: Prompt, continuations: Sequence[str]) -> list[Score]:
        self.asked += 1
        knows = NO_QUESTION not in prompt.messages[-1].content
        return [Score(-50.0 + (self.opinion(text) if knows else 0.0), 5, 5) for text in continuations]

    def branch(self, prompt: Prompt) -> Branch:
        raise NotImplementedError

    def count(self, prompt: Prompt) -> int:
        return 10

    def close(self) -> None: ...


def likes(*parts: str) -> Callable[[str], float]:
    return lambda text: 9.0 * sum(part in text for part in parts)


def mind_of(model: LanguageModel) -> Mind:
    return Mind(model, Ledger(Budget()), Trace(), senses_without(()))


QUESTION = "How many primes are there between 150 and 250?"
RIGHT = likes("prime", "between(150, 250)", " between 150 and 250", "how many", "how_many")


def run(strategy: ListAndCount | Program | TwoRoutes | Auto, model: LanguageModel, question: str) -> Outcome:
    return asyncio.run(strategy.solve(Problem.of(question), mind_of(model)))


@pytest.mark.parametrize("dialect", [WORDS, CODE])
def test_the_likeliest_plan_that_stands_is_read(dialect: object) -> None:
    model = Opinionated(RIGHT)
    read = asyncio.run(PlanReader(dialect).read(Problem.of(QUESTION), mind_of(model)))  # type: ignore[arg-type]
    assert read.plan is not None
    assert told(read.plan) == "prime numbers between 150 and 250; then: how many"


@pytest.mark.parametrize("strategy", [ListAndCount(), Program(), TwoRoutes(), Auto()])
def test_a_model_that_does_not_see_the_question_reads_nothing(
    strategy: ListAndCount | Program | TwoRoutes | Auto,
) -> None:
    assert run(strategy, Opinionated(lambda text: 0.0), QUESTION).answer is None


@pytest.mark.parametrize("strategy", [ListAndCount(), Program(), TwoRoutes()])
def test_a_model_of_another_opinion_reads_nothing(strategy: ListAndCount | Program | TwoRoutes) -> None:
    other = lambda text: -9.0 if "prime" in text else RIGHT(text)  # noqa: E731
    assert run(strategy, Opinionated(other), QUESTION).answer is None


def test_both_routes_agree_and_the_list_is_evidence() -> None:
    outcome = run(TwoRoutes(), Opinionated(RIGHT), QUESTION)
    assert (outcome.answer, outcome.answered_by, outcome.agreement) == ("18", "program", "counting")
    assert "both ends, 150 and 250, included" in outcome.reason
    assert [recheck(evidence).status for evidence in outcome.evidence] == [Status.PROVED]


def test_what_a_convention_changes_is_no_agreement() -> None:
    outcome = run(
        TwoRoutes(),
        Opinionated(likes("prime", "10, 13", "10 and 13", "how many", "how_many")),
        "How many primes lie between 10 and 13?",
    )
    assert (outcome.answer, outcome.agreement) == ("2", None)
    assert "another convention" in outcome.reason


def test_an_unknown_kind_costs_no_scoring() -> None:
    model = Opinionated(RIGHT)
    outcome = run(TwoRoutes(), model, "How many happy numbers are there between 150 and 250?")
    assert outcome.answer is None
    assert "happy" in outcome.reason
    assert model.asked == 0


def test_auto_keeps_the_fast_answer_beside_its_own() -> None:
    with SlowThinker(Opinionated(RIGHT)) as slow:
        solution = slow.solve(QUESTION)
    assert (solution.answer, solution.fast_answer, solution.status) == ("18", "7", "unverified")
    assert solution.confidence is None, "nothing was measured for this model"


@pytest.mark.parametrize(
    "question",
    [
        "What is 7 * 8?",
        "What is the square of 12?",
        "Tom has 3 boxes of 12 pens. How many pens are there?",
        "What is the greatest common divisor of 18 and 24?",
        "Find the least common multiple of all numbers from 1 to 6.",
    ],
)
def test_other_questions_are_none_of_this(question: str) -> None:
    assert not asks_for_list(Problem.of(question))


@pytest.mark.parametrize(
    ("plan", "value"),
    [
        (Plan(Kind("prime"), Bounds("two", (150, 250)), "count"), 18),
        (Plan(Kind("multiple", (7,)), Bounds("high", (100,), None, False), "sum"), 735),
        (Plan(Kind("square"), Bounds("high", (5000,), None, False), "largest"), 4900),
        (
            Plan(
                Kind("xor", parts=(Kind("multiple", (4,)), Kind("multiple", (6,)))),
                Bounds("two", (1, 300), True, True),
                "count",
            ),
            75,
        ),
        (
            Plan(
                Kind("and", parts=(Kind("prime"), Kind("not", parts=(Kind("odd"),)))),
                Bounds("high", (9,), None, True),
                "list",
            ),
            [2],
        ),
        (Plan(Kind("prime"), Bounds("all"), "nth", 10), 29),
    ],
)
def test_programs_of_one_line_run(plan: Plan, value: object) -> None:
    result = run_program(whole_program(program_of(plan)), "answer")
    assert (result.status, result.value) == ("ok", value)


def test_a_story_gets_a_program_in_the_models_own_words() -> None:
    class Writer(Opinionated):
        async def generate(self, requests: Sequence[Request]) -> list[Completion]:
            again = "fails with the error" in requests[0].prompt.messages[-1].content
            text = "answer = 6 * 7" if again else "answer = six * 7"
            return [Completion(text, "eos", prompt_tokens=1, generated_tokens=1) for _ in requests]

    outcome = run(Program(), Writer(RIGHT), "Six boxes hold 7 pens each. How many pens are there?")
    assert (outcome.answer, outcome.answered_by) == ("42", "program")


def test_agreement_is_worth_what_was_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    table = {
        "m": {
            "good": {"agreed": 60, "right": 60},
            "poor": {"agreed": 60, "right": 50},
            "few": {"agreed": 9, "right": 9},
        }
    }
    monkeypatch.setattr("slowthink.calibration._table", lambda: table)
    assert [is_supported(kind, "m") for kind in ("good", "poor", "few", None)] == [True, False, False, False]
    assert not is_supported("good", "another")
    assert confidence_in("good", "m") == pytest.approx(61 / 62, abs=1e-3)
    for kind, status in (("good", "supported"), ("poor", "unverified")):
        assert judge(Outcome("18", "program", agreement=kind), None, model="m")[0] == status


def test_families_and_bounds() -> None:
    assert family_of("smollm2") == family_of("HuggingFaceTB/SmolLM2-135M-Instruct") == "smollm2-135m"
    assert family_of("http://host:1/v1#Some-Model") == "some-model"
    assert lower_bound(0, 0) == 0
    assert 0.9 < lower_bound(36, 36) < 0.91
