"""Prompts are files that a user can replace."""

from pathlib import Path

import pytest

from slowthink.errors import InputError
from slowthink.strategies.template import FOLDER, prompt_from
from slowthink.types import Message, Problem


def test_turns_and_prefill(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("a remark\n[system]\nBe brief.\n[user]\nQ: $question\n[assistant]\nA:\n")
    prompt = prompt_from("mine", Problem.of("why?"), tmp_path)
    assert [(m.role, m.content) for m in prompt.messages] == [("system", "Be brief."), ("user", "Q: why?")]
    assert prompt.prefill == "A:"


def test_a_conversation_comes_before_its_last_question() -> None:
    turns = [
        Message(role="user", content="a"),
        Message(role="assistant", content="b"),
        Message(role="user", content="c"),
    ]
    prompt = prompt_from("direct", Problem.of(turns))
    assert [m.content for m in prompt.messages] == ["a", "b", "c"]


def test_dollars_in_a_question_are_left_alone() -> None:
    assert prompt_from("direct", Problem.of("$5 and $question?")).messages[-1].content == "$5 and $question?"


def test_unusable_templates(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected a prompt template"):
        prompt_from("none", Problem.of("q"), tmp_path)
    (tmp_path / "empty.txt").write_text("[user]\nnothing\n")
    with pytest.raises(InputError, match="has \\$question in it"):
        prompt_from("empty", Problem.of("q"), tmp_path)


def test_no_worked_example_has_the_shape_of_the_papers_question() -> None:
    import re

    for path in FOLDER.glob("*.txt"):
        assert not re.search(r"\d+ ?[*x×] ?\d+ ?[-+] ?\d+ ?[*x×] ?\d+", path.read_text(encoding="utf-8")), path.name
