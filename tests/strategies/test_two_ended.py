"""Text bound at both ends: every constraint is kept or nothing is given, whatever the model writes."""

import asyncio
import itertools
import re
from pathlib import Path

import pytest

from slowthink import Budget, ModelUnavailable, SlowThinker
from slowthink.models.protocol import Prompt, Request, Score
from slowthink.models.random_tokens import RandomTokenModel
from slowthink.models.scripted import ScriptedModel
from slowthink.strategies.pairs import fits
from slowthink.strategies.shapes import SHAPES, shape_of
from slowthink.strategies.subjects import topic_of
from slowthink.strategies.word_classes import Noun, looks_plural, plural_of
from slowthink.strategies.word_order import Preference, orders
from slowthink.trace import Event, Scored
from slowthink.types import Solution, Status
from slowthink.verifiers.certificates import recheck
from slowthink.verifiers.constraints import (
    Acrostic,
    Count,
    Forbidden,
    Line,
    Required,
    Reversed,
    Same,
    judge_all,
    lines,
    words,
)

REQUEST = "Write a poem of five lines about the sea whose last line is its first line in reverse order of words"
NOUNS = ("sailors", "winds", "stars", "sand")
FREE = (
    "The sea is never far away,",
    "Harbours wait for boats at night,",
    "Our old songs drift along the coast,",
    "People lean on walls and dream,",
    "Every gull knows where it sleeps,",
    "No lantern burns as long as that.",
)
LIKED = {
    pair
    for text in (
        *FREE,
        "blue seas",
        "seas make",
        "make seas",
        "seas blue",
        "happy sailors",
        "sailors make",
        "make sailors",
        "sailors happy",
    )
    for pair in itertools.pairwise(re.sub(r"[.,]", "", text.lower()).split())
}


def liking(before: str, text: str) -> float:
    """Nouns where nouns go; else two words beside each other are likely or not."""
    said = words(text)
    if before.endswith("We saw so many"):
        return -5.0 if looks_plural(said[-1]) else -20.0
    if before.endswith("There was so much"):
        return -6.0 if said[-1] == "sand" else -20.0
    if before.endswith(("It was a", "They were very", "They began to")):
        return -15.0
    return sum(-1.0 if pair in LIKED else -6.0 for pair in itertools.pairwise(said)) - 2.0


class Poet(ScriptedModel):
    """Thinks of nouns, writes lines in turn (beginning as it must), and likes some words beside each other."""

    def __init__(self) -> None:
        turn, nouns = itertools.cycle(FREE), itertools.cycle(NOUNS)

        def script(standing: str, request: Request) -> str:
            if request.constraint is None:
                return f" {next(nouns)} "
            fitting = (line for line in itertools.islice(turn, len(FREE)) if _matches(request, line))
            return next(fitting, "zzz") + "\n"

        super().__init__(script, scorer=liking)


def _matches(request: Request, line: str) -> bool:
    assert request.constraint is not None
    assert request.constraint.regex is not None
    return re.fullmatch(request.constraint.regex, f"{line}\n") is not None


class Mute(Poet):
    """The same without likelihoods; asked for lines, it has some that are none among them."""

    def __init__(self) -> None:
        super().__init__()
        replies = itertools.cycle(["Seas love sailors.", "Blue seas make sailors happy.", "Xqz blorp fnord gleep."])
        inner = self._function
        assert inner is not None
        self._function = lambda standing, request: (
            next(replies) if "read backwards" in standing else inner(standing, request)
        )

    async def score(self, prompt: Prompt, continuations: object) -> list[Score]:
        raise ModelUnavailable("no likelihoods here")


def ask(request: str = REQUEST, model: ScriptedModel | None = None, **options: object) -> Solution:
    return SlowThinker(model or Poet(), **options).solve(request)  # type: ignore[arg-type]


def test_a_poem_whose_last_line_is_its_first_turned_around() -> None:
    solution = ask()
    assert solution.answer is not None
    first, *middle, last = lines(solution.answer)
    assert words(last) == words(first)[::-1]
    assert "seas" in words(first)
    assert fits(tuple(words(first)))
    assert len(middle) == 3
    assert (solution.answered_by, solution.status) == ("search", "unverified")
    assert "about the sea" in solution.reason
    assert [recheck(item).status for item in solution.evidence] == [Status.PROVED]
    remarks = [event["text"] for event in solution.trace if event["event"] == "remark"]
    assert any("preferred to" in remark for remark in remarks)


def test_no_line_without_an_order_that_the_model_prefers() -> None:
    class Blind(Poet):
        async def score(self, prompt: Prompt, continuations: object) -> list[Score]:
            if "We saw" in prompt.text or "There was" in prompt.text:
                return await super().score(prompt, continuations)  # type: ignore[arg-type]
            return [Score(-10.0, 5) for _ in continuations]  # type: ignore[attr-defined]

    solution = ask(model=Blind())
    assert (solution.answer, solution.status) == (None, "abstained")


def test_the_same_seed_writes_the_same_and_a_saved_run_replays(tmp_path: Path) -> None:
    first, second = ask(seed=3), ask(seed=3)
    assert first.answer == second.answer
    assert [event["event"] for event in first.trace] == [event["event"] for event in second.trace]
    saved = tmp_path / "run.jsonl"
    saved.write_bytes(b"".join(event.encode() + b"\n" for event in map(_dumped, first.trace)))
    assert SlowThinker.replay(saved).answer == first.answer


def _dumped(event: dict[str, object]) -> str:
    import json

    return json.dumps(event)


@pytest.mark.parametrize("tokens", [0, 50, 400, 1500])
def test_the_budget_holds(tokens: int) -> None:
    solution = ask(budget=Budget(tokens=tokens))
    assert solution.usage.tokens <= tokens
    assert (solution.status, solution.answer) == ("abstained", None)


def test_a_cancelled_search_ends_and_leaves_the_model_usable() -> None:
    async def scenario() -> Solution:
        thinker = SlowThinker(Poet())
        begun = asyncio.Event()
        task = asyncio.ensure_future(thinker.asolve(REQUEST, listener=lambda event: _set_at(event, begun)))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return await thinker.asolve("Write three lines about boats that end with the line 'No lantern burns'.")

    solution = asyncio.run(asyncio.wait_for(scenario(), 20))
    assert solution.answer is not None


def _set_at(event: Event, begun: asyncio.Event) -> None:
    if isinstance(event, Scored):
        begun.set()


def test_without_likelihoods_lines_are_proposed_and_verified() -> None:
    solution = ask(model=Mute())
    assert solution.answer is not None
    assert {lines(solution.answer)[0], lines(solution.answer)[-1]} == {
        "Blue seas make sailors happy.",
        "Happy sailors make seas blue.",
    }


@pytest.mark.parametrize(
    "constraints",
    [
        [Acrostic(word="HOPE")],
        [Count(unit="lines", least=3, most=3), Line(text="No lantern burns as long as that.")],
        [Line(line=0, text="Every gull sleeps"), Reversed()],
        [Same(), Count(unit="lines", least=4, most=4)],
        [Required(words=("lantern", "gull")), Forbidden(words=("sea", "walls")), Count(unit="lines", least=3, most=3)],
    ],
    ids=lambda constraints: constraints[0].kind,
)
def test_constraints_as_data_are_kept(constraints: list[Acrostic]) -> None:
    solution = SlowThinker(Poet()).write("Write a few lines.", constraints=constraints)
    assert solution.answer is not None, solution.reason
    assert judge_all(constraints, solution.answer).status is Status.PROVED
    assert solution.evidence[0].certificate["constraints"] == [one.model_dump(mode="json") for one in constraints]


def test_a_subject_that_may_not_be_named_is_not_asked_of_a_line() -> None:
    solution = ask('Write three lines about the sea with the word "lantern", without the words "sea" and "seas".')
    assert solution.answer is not None, solution.reason
    assert {"sea", "seas"}.isdisjoint(words(solution.answer))
    assert "lantern" in words(solution.answer)


def test_only_what_constraints_decide_is_proved() -> None:
    assert ask("Write four lines whose first letters spell HOPE.").status == "proved"
    assert ask("Write four lines about boats whose first letters spell HOPE.").status == "unverified"
    gloomy = ask("Write four gloomy lines whose first letters spell HOPE.")
    assert (gloomy.status, "gloomy" in gloomy.reason) == ("unverified", True)


def test_what_cannot_be_kept_is_not_written() -> None:
    clash = SlowThinker(Poet()).write(
        "Lines.", constraints=[{"kind": "acrostic", "word": "HOPE"}, {"kind": "count", "unit": "lines", "most": 3}]
    )
    assert (clash.answer, clash.status) == (None, "abstained")
    impossible = SlowThinker(Poet()).write("Lines.", constraints=[{"kind": "acrostic", "word": "XYZ"}])
    assert (impossible.answer, impossible.status) == (None, "abstained")


def test_a_fast_answer_that_breaks_the_request_is_not_given() -> None:
    solution = ask(
        "Write two lines whose first letters spell NO.", ScriptedModel(["Yes\nOf course"]), strategy="direct"
    )
    assert (solution.answer, solution.status) == (None, "abstained")
    assert "first letters" in solution.reason


def test_random_tokens_write_no_poem(smol_dir: Path) -> None:
    model = RandomTokenModel()
    try:
        for request in (REQUEST, "Write four lines whose first letters spell HOPE."):
            solution = SlowThinker(model).solve(request)
            assert (solution.answer, solution.status) == (None, "abstained")
    finally:
        model.close()


def test_the_embedded_model_writes_one(smol_dir: Path) -> None:
    with SlowThinker("smollm2", seed=1) as thinker:
        solution = thinker.solve(
            "Write a poem of three lines about mountains whose last line is its first line backwards."
        )
    assert solution.answer is not None, solution.reason
    first, middle, last = lines(solution.answer)
    assert words(last) == words(first)[::-1]
    assert fits(tuple(words(first)))
    assert "mountain" in f"{first} {middle}".casefold()


def test_orders_are_others_each_once() -> None:
    for size in range(2, 9):
        line = tuple("abcdefgh"[:size])
        found = orders(line, seed=size)
        assert line not in found
        assert len(found) == len(set(found)) > 0
        assert all(sorted(order) == sorted(line) for order in found)
    assert orders(("a", "a")) == []
    assert not Preference(0, 0).holds
    assert Preference(57, 60).holds
    assert not Preference(56, 60).holds


def test_shapes_read_both_ways() -> None:
    nouns = {word: Noun(word, True) for word in ("seas", "ships", "stars", "hills")}
    by_kind = {
        "noun": iter([]), "adj": ("blue", "happy"), "adv": ("often", "softly"), "prep": ("near", "near"),
        "and": ("and",) * 2, "joint": ("while",), "verb": ("guard", "love"), "cause": ("make",), "are": ("are",),
        "order": ("follow", "remember"),
    }  # fmt: skip
    for shape in SHAPES:
        left = {kind: itertools.cycle(nouns if kind == "noun" else by_kind[kind]) for kind in shape.slots}
        line = tuple(next(left[kind]) for kind in shape.slots)
        assert shape_of(line, nouns) is not None
        assert (*shape.left, shape.slots[shape.middle], *shape.right[::-1]) == shape.slots
    assert shape_of(("xqz", "blorp", "fnord", "gleep"), nouns) is None


@pytest.mark.parametrize(
    ("line", "good"),
    [
        ("blue seas make sailors happy", True),
        ("seas and sea guard ships", False),
        ("seas guard seas", False),
        ("of the seas", False),
        ("love and love", False),
        ("children and friends loved songs and love", False),
    ],
)
def test_lines_that_are_worth_trying(line: str, good: bool) -> None:
    assert fits(tuple(line.split())) is good


@pytest.mark.parametrize(
    ("subject", "head"),
    [
        ("the sea", "sea"),
        ("the first snow of the year", "snow"),
        ("my grandmother's kitchen", "kitchen"),
        ("my grandmother", "grandmother"),
        ("a letter that never came", "letter"),
        ("Paris", "Paris"),
        ("children playing in the rain", "children"),
    ],
)
def test_the_noun_that_a_subject_turns_on(subject: str, head: str) -> None:
    assert topic_of(subject).head == head


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("sea", "seas"),
        ("city", "cities"),
        ("boy", "boys"),
        ("church", "churches"),
        ("leaf", "leaves"),
        ("fisherman", "fishermen"),
        ("human", "humans"),
    ],
)
def test_plurals(one: str, many: str) -> None:
    assert plural_of(one) == many
