import asyncio
import subprocess
import sys
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from theories import theories

from slowthink.verifiers import logic
from slowthink.verifiers.interpretations import World, interpretations
from slowthink.verifiers.logic import Decision, decide
from slowthink.verifiers.statement_printer import print_theory
from slowthink.verifiers.statement_sorts import check
from slowthink.verifiers.statement_text import parse
from slowthink.verifiers.statements import Ask, Theory

SHELF = """sort Book = red, green, blue
sort Place = 1..3
function place(Book): Place
fact apart: distinct(b: Book. place(b))
fact left: place(red) < place(green)
"""
WORLD = """sort Thing
predicate dog(Thing)
predicate animal(Thing)
constant Rex: Thing
fact rule: all x: Thing. dog(x) -> animal(x)
"""


@pytest.fixture(scope="module", autouse=True)
def no_worker_left() -> Iterator[None]:
    yield
    logic.close()


def answer(text: str) -> Decision:
    return decide(parse(text))


def test_what_follows_is_entailed_from_named_premises() -> None:
    found = answer(WORLD + "fact seen: dog(Rex)\nfact other: some x: Thing. not dog(x)\nask animal(Rex)")
    assert (found.verdict, found.answer) == ("entailed", "yes")
    assert sorted(found.core) == ["rule", "seen"]


def test_the_opposite_of_what_follows_is_contradicted() -> None:
    found = answer(WORLD + "fact seen: not animal(Rex)\nask dog(Rex)")
    assert (found.verdict, found.answer) == ("contradicted", "no")


def test_what_may_be_is_undetermined_with_two_interpretations() -> None:
    theory = parse(WORLD + "ask dog(Rex)")
    found = decide(theory)
    assert (found.verdict, found.answer) == ("undetermined", None)
    yes, no = (World(check(theory), model) for model in found.models)
    assert isinstance(theory.question, Ask)
    assert yes.holds(theory.question.statement)
    assert not no.holds(theory.question.statement)


def test_inconsistent_premises_prove_nothing() -> None:
    found = answer(WORLD + "fact yes: dog(Rex)\nfact no: not animal(Rex)\nask animal(Rex)")
    assert (found.verdict, found.answer) == ("inconsistent", None)
    assert sorted(found.core) == ["no", "rule", "yes"]


def test_the_one_option_that_passes_its_test() -> None:
    found = answer(SHELF + "option A: must place(red) = 1\noption B: must place(red) < 3")
    assert (found.verdict, found.answer) == ("chosen", "B")
    found = answer(SHELF + "option A: could place(red) = 3\noption B: could place(red) = 2")
    assert (found.verdict, found.answer) == ("chosen", "B")
    found = answer(SHELF + "option A: cannot place(red) = 3\noption B: cannot place(red) = 2")
    assert (found.verdict, found.answer) == ("chosen", "A")
    found = answer(SHELF + "option A: need not place(red) < 3\noption B: need not place(blue) = 3")
    assert (found.verdict, found.answer) == ("chosen", "B")
    found = answer(
        SHELF + "option A: list place(red) = 1; place(red) = 2\noption B: list place(red) = 1; place(red) = 3"
    )
    assert (found.verdict, found.answer) == ("chosen", "A")


def test_the_least_and_the_greatest_value() -> None:
    found = answer(
        SHELF + "option A: least place(red) = 2\noption B: least place(red) = 1\noption C: least place(red) = 0"
    )
    assert (found.verdict, found.answer) == ("chosen", "B")
    found = answer(SHELF + "option A: greatest place(red) = 2\noption B: greatest place(red) = 1")
    assert (found.verdict, found.answer) == ("chosen", "A")
    assert answer(SHELF + "option A: least place(red) = 2\noption B: least place(red) = 3").answer is None


def test_two_options_that_pass_are_no_answer() -> None:
    found = answer(SHELF + "option A: could place(red) = 1\noption B: could place(red) = 2")
    assert (found.verdict, found.answer) == ("undetermined", None)
    assert "A, B" in found.reason


def test_a_value_must_be_the_only_one() -> None:
    assert answer("constant n: int\nfact n * n = 49\nfact n > 0\nfind n").answer == "7"
    found = answer("constant n: int\nfact n * n = 49\nfind n")
    assert (found.verdict, found.answer) == ("undetermined", None)
    assert answer("constant n: real\nfact 3 * n = 1\nfind n").answer == "1/3"
    assert answer(SHELF + "fact place(green) < place(blue)\nfind place(green)").answer == "2"


def test_what_the_solver_gives_up_is_unknown() -> None:
    powers = "constant a: int\nconstant b: int\nconstant c: int\nfact a > 0 and b > 0 and c > 0\n"
    found = answer(powers + "fact a*a*a + b*b*b = c*c*c\nask a = b")
    assert (found.verdict, found.answer) == ("unknown", None)
    assert found == answer(powers + "fact a*a*a + b*b*b = c*c*c\nask a = b")


def test_a_theory_that_does_not_fit_together_is_unknown() -> None:
    good = parse(WORLD + "ask dog(Rex)")
    bad = Theory(sorts=good.sorts, symbols=good.symbols[1:], premises=good.premises, question=good.question)
    assert decide(bad).verdict == "unknown"
    assert "'dog' is not declared" in decide(bad).reason


def test_what_is_too_large_written_out_is_unknown() -> None:
    found = answer("sort N = 1..900\npredicate p(N)\nask all a: N, b: N, c: N. p(a) or p(b) or p(c)")
    assert found.verdict == "unknown"
    assert "too large" in found.reason


def test_z3_stays_in_the_worker() -> None:
    code = (
        "import sys; from slowthink.verifiers.logic import decide, close; "
        "from slowthink.verifiers.statement_text import parse; "
        "print(decide(parse('predicate p\\nfact p\\nask p')).verdict, 'z3' in sys.modules); close()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["entailed", "False"]


def test_many_threads_may_ask() -> None:
    theory = parse(WORLD + "fact seen: dog(Rex)\nask animal(Rex)")

    async def all_at_once() -> list[Decision]:
        return list(await asyncio.gather(*(asyncio.to_thread(decide, theory) for _ in range(8))))

    assert {found.verdict for found in asyncio.run(all_at_once())} == {"entailed"}


def by_enumeration(theory: Theory) -> str:
    """The verdict by looking at every interpretation: what the words mean."""
    assert isinstance(theory.question, Ask)
    names = check(theory)
    answers = set()
    for interpretation in interpretations(names, {}):
        world = World(names, interpretation)
        if all(world.holds(premise.statement) for premise in theory.premises):
            answers.add(world.holds(theory.question.statement))
    return {(): "inconsistent", (True,): "entailed", (False,): "contradicted"}.get(tuple(answers), "undetermined")


def agrees_with_enumeration(theory: Theory) -> None:
    assert decide(theory).verdict == by_enumeration(theory), print_theory(theory)


def is_sound_for_open_sorts(theory: Theory) -> None:
    """No interpretation of up to two things may speak against what is entailed, contradicted or inconsistent."""
    assert isinstance(theory.question, Ask)
    names, found = check(theory), decide(theory)
    ruled_out = {"entailed": (False,), "contradicted": (True,), "inconsistent": (True, False)}.get(found.verdict, ())
    for things in (1, 2):
        for interpretation in interpretations(names, {"T": things}) if ruled_out else ():
            world = World(names, interpretation)
            if all(world.holds(premise.statement) for premise in theory.premises):
                assert world.holds(theory.question.statement) not in ruled_out, print_theory(theory)


test_verdicts_agree_with_enumeration = settings(max_examples=150)(given(theories())(agrees_with_enumeration))
test_verdicts_on_open_sorts_are_sound = settings(max_examples=60)(
    given(theories(is_open=True))(is_sound_for_open_sorts)
)
test_20000_verdicts_agree_with_enumeration = pytest.mark.slow(
    settings(max_examples=16_000)(given(theories())(agrees_with_enumeration))
)
test_4000_verdicts_on_open_sorts_are_sound = pytest.mark.slow(
    settings(max_examples=4_000)(given(theories(is_open=True))(is_sound_for_open_sorts))
)
