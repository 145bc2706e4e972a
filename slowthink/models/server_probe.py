"""What a server can do, found out by asking it: few one-token requests, and the prompt tokens that it counts.

A rewind needs a server that goes on from a text that it is given: `/completions` with the prompt as it is, or
`/chat/completions` whose last message is the assistant's and is gone on with. Many servers accept such requests and do
something else: they put the prompt through a chat template, or close the message and begin a new one. No error tells,
but the marks that are added are counted: `yes` and `yes yes` give the tokens of one word, and what is left over is the
template's. A server that does not count is not believed to continue; say so (`continues=True`) if it does.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from slowthink.models.server_chunks import chunk_of
from slowthink.models.server_http import Refusal

Ask = Callable[[str, dict[str, Any]], Awaitable[dict[str, Any]]]
"""Sends a body to a path (the model's name is added) and gives the answer."""

COMPLETIONS, CHAT = "/completions", "/chat/completions"
ABSENT = frozenset({404, 405, 501})
RAW_MARKS = 2
"""Tokens that a tokenizer may add to a plain prompt by itself."""
CONTINUE: dict[str, Any] = {"continue_final_message": True, "add_generation_prompt": False}
"""What vLLM and SGLang want to be told; llama.cpp and Ollama continue by themselves."""


@dataclass(frozen=True, slots=True)
class Ability:
    """Whether a server can do something; if not, why; if so, what must be added to requests."""

    can: bool
    why: str = ""
    extra: tuple[tuple[str, Any], ...] = ()


async def completes(ask: Ask) -> Ability:
    """Whether `/completions` goes on from a prompt as it is."""
    try:
        one, two = [await _read(ask, COMPLETIONS, {"prompt": text}) for text in ("yes", "yes yes")]
    except Refusal as error:
        return Ability(False, f"it has no plain completions (POST {COMPLETIONS}: {error})")
    if one is None or two is None or one - (two - one) <= RAW_MARKS:
        return Ability(True)
    return Ability(False, f"its {COMPLETIONS} puts prompts through a chat template ({one} tokens for one word)")


async def continues(ask: Ask) -> Ability:
    """Whether `/chat/completions` goes on with an assistant message that stands last."""
    refusals = []
    for extra in (CONTINUE, {}):
        bodies = [_turns(""), _turns("yes", extra), _turns("yes yes", extra)]
        try:
            none, one, two = [await _read(ask, CHAT, body) for body in bodies]
        except Refusal as error:
            refusals.append(str(error))
            continue
        if none is None or one is None or two is None:
            return Ability(False, "it does not count prompt tokens, so nobody can tell whether it goes on with a reply")
        if one - none <= two - one:
            return Ability(True, extra=tuple(extra.items()))
        refusals.append(f"it closes the reply that it is given ({one - none - (two - one)} tokens more)")
    return Ability(False, "; ".join(dict.fromkeys(refusals)))


async def chats(ask: Ask) -> Ability:
    """Whether there is a chat endpoint."""
    try:
        await _read(ask, CHAT, _turns(""))
    except Refusal as error:
        return Ability(False, f"POST {CHAT}: {error}")
    return Ability(True)


async def scores(ask: Ask) -> Ability:
    """Whether the log-probabilities of a prompt are to be had."""
    try:
        event = await ask(COMPLETIONS, {"prompt": "yes yes", "echo": True, "logprobs": 1, "max_tokens": 1})
        tokens = prompt_tokens(event)
    except Refusal as error:
        return Ability(False, f"POST {COMPLETIONS} with echo: {error}")
    return Ability(True) if tokens else Ability(False, "it gives no log-probabilities of a prompt")


def prompt_tokens(event: dict[str, Any]) -> list[tuple[str, float | None]]:
    """The tokens of an echoed prompt with their log-probabilities (the first has none); empty where there are none."""
    choices = event.get("choices") or [{}]
    logprobs = choices[0].get("logprobs") or {}
    tokens, values = logprobs.get("tokens") or [], logprobs.get("token_logprobs") or []
    counts = chunk_of(event).counts
    most = counts.prompt if counts else len(tokens) - 1
    return list(zip(tokens, values, strict=False))[:most] if len(tokens) == len(values) >= most > 0 else []


def _turns(reply: str, extra: dict[str, Any] | None = None) -> dict[str, Any]:
    messages = [{"role": "user", "content": "Is it?"}]
    if reply:
        messages.append({"role": "assistant", "content": reply})
    return {"messages": messages, **(extra or {})}


async def _read(ask: Ask, path: str, body: dict[str, Any]) -> int | None:
    """How many prompt tokens the server counts; None where it does not count."""
    counts = chunk_of(await ask(path, {**body, "max_tokens": 1, "temperature": 0})).counts
    return counts.prompt if counts else None
