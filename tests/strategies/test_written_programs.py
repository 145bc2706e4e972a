"""Programs in the model's own words: in the block that the prompt begins, or in one of the model's own."""

from collections.abc import Sequence

import pytest

from slowthink.controller import SlowThinker
from slowthink.errors import Unsupported
from slowthink.models.protocol import Completion, Request
from slowthink.models.scripted import ScriptedModel

QUESTION = "A pen costs 7 euros. How much do 4 pens cost?"
CODE = "pen = 7\nanswer = 4 * pen\n"


class Closing(ScriptedModel):
    """A model that begins each reply anew, as some servers do."""

    async def generate(self, requests: Sequence[Request]) -> list[Completion]:
        if any(request.prompt.prefill for request in requests):
            raise Unsupported("it closes the reply that it is given")
        return await super().generate(requests)


@pytest.mark.parametrize("reply", [f"\n{CODE}```\nThat is 28.", f"\n{CODE}"])
def test_a_program_in_the_block_that_the_prompt_begins(reply: str) -> None:
    with SlowThinker(ScriptedModel(lambda text, request: reply, chat=True), strategy="program") as thinker:
        solution = thinker.solve(QUESTION)
    assert (solution.answer, solution.answered_by, solution.status) == ("28", "program", "unverified")


@pytest.mark.parametrize("reply", [f"Like this:\n```python\n{CODE}```\nThat is 3.", CODE])
def test_a_model_that_closes_its_replies_writes_a_block_of_its_own(reply: str) -> None:
    with SlowThinker(Closing(lambda text, request: reply, chat=True), strategy="program") as thinker:
        solution = thinker.solve(QUESTION)
    assert (solution.answer, solution.answered_by, solution.status) == ("28", "program", "unverified")
