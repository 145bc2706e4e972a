"""A conversation as the harness hands it around: a text, which still knows the messages that it was rendered from.

The harness lets a model render few-shot examples and the question to one text (`--apply_chat_template`). A strategy
needs the messages themselves, while likelihoods, logs and caches need the text.
"""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import ValidationError

from slowthink.errors import InputError
from slowthink.models.protocol import Prompt
from slowthink.types import Message, Problem, mistake


class Conversation(str):
    """The rendered text of `turns`; pickled, as the harness's cache of requests does, it keeps them."""

    turns: tuple[Message, ...] = ()

    @classmethod
    def of(cls, rendered: str, turns: Sequence[Message]) -> Conversation:
        """The rendered text, with what it was made from."""
        made = cls(rendered)
        made.turns = tuple(turns)
        return made


def turns_of(history: Sequence[dict[str, str]]) -> tuple[Message, ...]:
    """The harness's messages as ours. Raises InputError."""
    try:
        return tuple(Message(role=one["role"], content=one["content"]) for one in history)  # type: ignore[arg-type]
    except (KeyError, TypeError) as error:
        raise InputError(f"expected messages with a role and a content, got {history!r:.120}") from error
    except ValidationError as error:
        raise InputError(f"expected messages of system, user and assistant, but {mistake(error)}") from error


def prompt_of(turns: Sequence[Message], is_begun: bool) -> Prompt:
    """What the model reads; with `is_begun` the last message begins its reply."""
    if not is_begun:
        return Prompt(messages=tuple(turns))
    return Prompt(messages=tuple(turns[:-1]), prefill=turns[-1].content if turns else "")


def problem_of(context: str) -> Problem:
    """The problem that a strategy is given: the messages of a conversation, or the whole text as one question.

    Raises InputError for a conversation whose reply is begun already: a strategy begins its own.
    """
    turns = context.turns if isinstance(context, Conversation) else ()
    if turns and turns[-1].role != "user":
        raise InputError(
            "the task begins the model's reply (gen_prefix), but a strategy begins its own. "
            "Use --model_args strategy=plain for this task"
        )
    return Problem.of(turns or context)
