"""What a server streams, as pieces of text with their number of tokens; and how many tokens a text may have.

A server streams text, not token ids. Most send one event for each token; some put several into one, some send an
event without text for a token that ends inside a character. Where the server counts (`usage` in the events or in
the last one, or log-probabilities with one entry for each token) its counts are taken; else they are estimated,
rather too high than too low, and said to be estimates.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from slowthink.models.pieces import first_piece
from slowthink.models.server_http import Cut, Refusal

_COUNTED = re.compile(r" ?[A-Za-z]{1,4}|.", re.DOTALL)
_SEVERAL = re.compile(r"\w\W+\w")
"""Two words or numbers: more than one token, where anything less may well be one."""


def estimate(text: str) -> int:
    """Rather more tokens than `text` has: words in fours, digits and signs singly, the bytes of other characters."""
    return sum(1 if found.isascii() else len(found.encode("utf-8", "replace")) for found in _COUNTED.findall(text))


@dataclass(frozen=True, slots=True)
class Counts:
    """The server's own count for one request so far."""

    prompt: int
    written: int
    cached: int = 0


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of text that counts as one token, with its log-probability where the server told it."""

    text: str
    logprob: float | None = None


@dataclass(frozen=True, slots=True)
class Chunk:
    """One event of a stream."""

    text: str = ""
    tokens: tuple[Token, ...] | None = None
    """The tokens of `text`, where the server told them."""
    thought: str = ""
    """What the server keeps apart as the model's thinking; it is paid for, and not part of the reply."""
    finish: str | None = None
    counts: Counts | None = None


def chunk_of(event: dict[str, Any]) -> Chunk:
    """An event of either endpoint. Raises Cut for one that is an error or none at all, Refusal for a refusal."""
    if event.get("error"):
        _fail(event["error"])
    choices = event.get("choices")
    counts = _counts(event.get("usage"))
    if not isinstance(choices, list) or (choices and not isinstance(choices[0], dict)):
        raise Cut(f"expected 'choices' in the answer, got the keys {sorted(map(str, event))[:8]}")
    if not choices:
        return Chunk(counts=counts)
    choice: dict[str, Any] = choices[0]
    said = choice.get("delta") or choice.get("message") or {}
    content = choice.get("text", said.get("content")) if isinstance(said, dict) else None
    if content is not None and not isinstance(content, str):
        raise Cut(f"expected a text in the answer, got {type(content).__name__}")
    thought = str(said.get("reasoning_content") or said.get("reasoning") or "") if isinstance(said, dict) else ""
    text = content or ""
    return Chunk(text, _tokens(choice.get("logprobs")), thought, choice.get("finish_reason"), counts)


def _fail(error: Any) -> None:
    said = str(error.get("message", error) if isinstance(error, dict) else error)[:300]
    code = error.get("code") if isinstance(error, dict) else None
    if isinstance(code, int) and 400 <= code < 500 and code != 429:
        raise Refusal(code, said)
    raise Cut(f"it reports an error: {said}")


def _counts(usage: Any) -> Counts | None:
    if not isinstance(usage, dict):
        return None
    prompt, written = usage.get("prompt_tokens"), usage.get("completion_tokens", 0)
    if not isinstance(prompt, int) or not isinstance(written, int) or prompt <= 0:
        return None
    details = usage.get("prompt_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, dict) else 0
    return Counts(prompt, written, min(cached, prompt) if isinstance(cached, int) else 0)


def _tokens(logprobs: Any) -> tuple[Token, ...] | None:
    """One for each token, from the form of either endpoint."""
    if not isinstance(logprobs, dict):
        return None
    if isinstance(logprobs.get("content"), list):
        pairs = [(one.get("token"), one.get("logprob")) for one in logprobs["content"] if isinstance(one, dict)]
    else:
        pairs = list(zip(logprobs.get("tokens") or [], logprobs.get("token_logprobs") or [], strict=False))
    if not pairs or not all(isinstance(lp, int | float) for _, lp in pairs):
        return None
    return tuple(Token(whole(str(text)), min(0.0, float(lp or 0))) for text, lp in pairs)


def alternatives(event: dict[str, Any]) -> list[Token]:
    """The likeliest first tokens of an answer, best first, without those that are no plain text."""
    choices = event.get("choices")
    logprobs = choices[0].get("logprobs") if isinstance(choices, list) and choices else None
    if not isinstance(logprobs, dict):
        return []
    pairs: list[tuple[Any, Any]] = []
    if isinstance(logprobs.get("content"), list) and logprobs["content"]:
        top = logprobs["content"][0].get("top_logprobs") or []
        pairs = [(one.get("token"), one.get("logprob")) for one in top]
    elif isinstance(logprobs.get("top_logprobs"), list) and logprobs["top_logprobs"]:
        pairs = list((logprobs["top_logprobs"][0] or {}).items())
    found = [Token(text, min(0.0, float(lp))) for text, lp in pairs if isinstance(text, str) and _is_plain(text)]
    return sorted(found, key=lambda one: -(one.logprob or 0.0))


def _is_plain(text: str) -> bool:
    """Whether a token's text is what it adds to a reply: no mark such as `<|im_end|>`, no part of a character."""
    return bool(text) and "\ufffd" not in (text := whole(text)) and not re.fullmatch(r"<[^<>\s]{1,40}>|bytes:.*", text)


def split(chunk: Chunk, count: int | None) -> list[Token]:
    """The text of a chunk as tokens: `count` of them where the server counted, else as many as it may be.

    Tokens that show no text of their own stand in front as empty pieces.
    """
    told = chunk.tokens
    if told is not None:
        if "".join(token.text for token in told) == chunk.text:
            return list(told)
        return [*(Token("", one.logprob) for one in told[:-1]), Token(chunk.text, told[-1].logprob)]
    if not chunk.text:
        return [Token("")] * (count or 0)
    if count is None:
        count = estimate(chunk.text) if _SEVERAL.search(chunk.text) else 1
    count = max(1, count)
    texts = list(_pieces(chunk.text))
    if len(texts) > count:
        texts = [*texts[: count - 1], "".join(texts[count - 1 :])]
    return [Token("")] * (count - len(texts)) + [Token(text) for text in texts]


def _pieces(text: str) -> Iterator[str]:
    while text:
        piece = first_piece(text)
        yield piece
        text = text[len(piece) :]


def whole(text: str) -> str:
    """`text` with its surrogate pairs joined and lone halves replaced, so that it can be written in UTF-8."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
