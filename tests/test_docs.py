"""What the pages in docs/ show is run."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from slowthink.verifiers import logic
from slowthink.verifiers.logic_programs import answer

PAGE = (Path(__file__).resolve().parent.parent / "docs" / "logic.md").read_text(encoding="utf-8")
PROGRAMS = re.findall(r"## ([^\n]+)\n(?:(?!\n## ).)*?```logic\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture(scope="module", autouse=True)
def no_worker_left() -> Iterator[None]:
    yield
    logic.close()


def test_all_examples_are_there() -> None:
    assert [name for name, _ in PROGRAMS] == [
        "Scheduling", "Seating", "Knights and knaves", "Arithmetic in words", "An open world",
    ]  # fmt: skip


@pytest.mark.parametrize(("name", "program"), PROGRAMS)
def test_the_programs_have_the_answers_that_the_page_gives(name: str, program: str) -> None:
    wanted = re.search(r"# answer: (\w+)", program)
    assert wanted is not None
    assert answer(program).answer == wanted[1], name


def test_the_code_runs() -> None:
    for code in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        exec(compile(code, "docs/logic.md", "exec"), {})
