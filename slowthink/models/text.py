"""Between text and token ids: rendering prompts, decoding as tokens come, and edits that re-encode.

Token ids are the truth. Text that is put in never gets its own encoding glued on: the whole text is encoded anew,
because encodings of parts differ from the encoding of the whole (a space or a digit merges with its neighbour), and the
ids of all that the edit leaves alone are kept as they are.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import takewhile
from typing import Any, Self

from slowthink.models.protocol import Prompt

HELD_BACK = "�"
"""What a tokenizer writes for bytes that are not yet a whole character."""
OVERLAP, WINDOW = 4, 16
"""Tokens before the new ones that are decoded with them, at least and at most; a character has up to four bytes."""


class Codec:
    """One tokenizer with its chat template."""

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer = tokenizer
        self.chat = bool(getattr(tokenizer, "chat_template", None))
        self._pieces: list[tuple[str, int]] | None = None

    def render(self, prompt: Prompt) -> tuple[str, bool]:
        """The text that the model reads, and whether the tokenizer has yet to add its own marks at the start."""
        if not prompt.messages:
            return prompt.text + prompt.prefill, True
        if not self.chat:
            turns = [m.content for m in prompt.messages]
            return "\n\n".join(turns) + ("\n\n" if turns else "") + prompt.prefill, True
        messages = [{"role": m.role, "content": m.content} for m in prompt.messages]
        rendered = self.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        return str(rendered) + prompt.prefill, False

    def encode(self, text: str, marks: bool) -> list[int]:
        """Token ids of a whole text; `marks` adds the tokenizer's own marks (such as a beginning of text)."""
        return list(self.tokenizer.encode(text, add_special_tokens=marks))

    def decode(self, ids: Sequence[int]) -> str:
        """Text of some tokens, without special tokens and without tidying of spaces."""
        return str(self.tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False))

    def beginning_with(self, text: str) -> list[int]:
        """Tokens that say something that begins with `text`; a tokenizer without a vocabulary names none."""
        if self._pieces is None:
            vocabulary: dict[str, int] = getattr(self.tokenizer, "get_vocab", dict)()
            front = self.encode("a", False)  # some tokenizers drop the blank of a text's first token
            said = len(self.decode(front))
            self._pieces = sorted((self.decode([*front, token])[said:], token) for token in vocabulary.values())
        start = bisect_left(self._pieces, (text, -1))
        return [token for _, token in takewhile(lambda one: one[0].startswith(text), self._pieces[start:])]


class Writing:
    """The growing text of one row: ids after the prompt, and whole characters only.

    `text` is what the ids from `begin` on say, without the bytes at their end that are not a whole character
    yet. They come with the tokens that complete them, also when another writing goes on from here.
    """

    def __init__(self, codec: Codec, prompt_text: str, marks: bool, prompt_ids: Sequence[int]) -> None:
        self.codec = codec
        self.prompt_text = prompt_text
        self.marks = marks
        self.ids = list(prompt_ids)
        self.begin = len(self.ids)
        """Number of prompt tokens; the ids from here on are the row's own."""
        self.text = ""
        self._begin_window()

    def copy(self) -> Self:
        """The same writing, to be gone on with apart."""
        twin = type(self)(self.codec, self.prompt_text, self.marks, self.ids)
        twin.begin, twin.text = self.begin, self.text
        return twin._with_window_of(self)

    def behind(self) -> Self:
        """An empty writing whose prompt is all that stands here."""
        more = type(self)(self.codec, self.prompt_text + self.text, self.marks, self.ids)
        return more._with_window_of(self)

    def extend(self, more: Writing) -> None:
        """Take over what was written `behind` this writing."""
        self.ids = list(more.ids)
        self.text += more.text
        self._with_window_of(more)
        self.begin = min(self.begin, len(self.ids))

    @property
    def held(self) -> list[int]:
        """The last ids, as far as `text` does not show them yet: they end inside a character."""
        return self.ids[self._read :]

    def push(self, token: int) -> None:
        """Add a token; its characters are added to `text` once they are whole."""
        self.ids.append(token)
        grown = self._grown(self.ids)
        if grown and not grown.endswith(HELD_BACK):
            self._show(grown)

    def with_pushed(self, token: int) -> str:
        """What `text` would be after `token`, without adding it."""
        return self.text + self._grown([*self.ids, token])

    def flush(self) -> None:
        """At the end of a row: a mark of replacement that the model did write is shown after all."""
        rest = self._grown(self.ids)
        if rest and self.codec.encode(rest, False) == self.held:
            self._show(rest)

    def rewrite(self, text: str) -> int:
        """Make `text` the row's own text; returns how many of all ids stayed.

        Where the new encoding differs inside the prompt, the row's own ids begin no later than before.
        """
        ids = self._edited(text)
        same = common(self.ids, ids)
        self.ids = ids
        self.begin = min(self.begin, len(ids))
        self.text = text
        self._begin_window()
        return same

    def _edited(self, text: str) -> list[int]:
        """The ids of prompt and `text`: the whole is encoded anew, but what the edit leaves alone keeps its ids.

        A model that samples does not always cut its text as the tokenizer would, and nothing that it wrote should have
        to pass through it once more. What the edit does to the encoding of the old text says from where on ids are new.
        """
        shown = self.ids[: self._read]
        whole = self.codec.encode(self.prompt_text + text, self.marks)
        if common(shown, whole) in (len(shown), len(whole)):
            return whole
        was = self.codec.encode(self.prompt_text + self.text, self.marks)
        settled = common(was, whole)
        behind = len(was) - settled
        if behind > common(shown[::-1], was[::-1]):
            return whole  # the edit reaches into what the model cut otherwise
        return [*shown[: len(shown) - behind], *whole[settled:]]

    def _begin_window(self) -> None:
        """The last ids, which end with a whole character: enough to see what the next token adds."""
        self._start, self._read = max(0, len(self.ids) - OVERLAP), len(self.ids)
        self._said: str | None = None
        """What the window's ids say, once it is known."""

    def _with_window_of(self, other: Writing) -> Self:
        self._start, self._read, self._said = other._start, other._read, other._said
        return self

    def _grown(self, ids: list[int]) -> str:
        """What the ids behind the window add to the text; up to there they are the writing's own."""
        if self._said is None:
            self._said = self.codec.decode(ids[self._start : self._read])
        return self.codec.decode(ids[self._start :])[len(self._said) :]

    def _show(self, grown: str) -> None:
        self.text += grown
        if len(self.ids) - self._start >= WINDOW or self._said is None:
            self._begin_window()
        else:
            self._read, self._said = len(self.ids), self._said + grown


def common(a: Sequence[int], b: Sequence[int]) -> int:
    """Length of the common beginning."""
    most = min(len(a), len(b))
    return next((i for i in range(most) if a[i] != b[i]), most)
