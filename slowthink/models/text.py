"""Between text and token ids: rendering prompts, decoding as tokens come, and edits that re-encode.

Token ids are the truth. Text that is put in never gets its own encoding glued on: the whole text is encoded
anew and the longest common beginning is kept, because encodings of parts differ from the encoding of the
whole (a space or a digit merges with its neighbour).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from slowthink.models.protocol import Prompt

HELD_BACK = "�"
"""What a tokenizer writes for bytes that are not yet a whole character."""


class Codec:
    """One tokenizer with its chat template."""

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer = tokenizer
        self.chat = bool(getattr(tokenizer, "chat_template", None))

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


class Writing:
    """The growing text of one row: ids after the prompt, whole characters only, and a map between the two."""

    def __init__(self, codec: Codec, prompt_text: str, marks: bool, prompt_ids: Sequence[int]) -> None:
        self.codec = codec
        self.prompt_text = prompt_text
        self.marks = marks
        self.ids = list(prompt_ids)
        self.begin = len(self.ids)
        """Number of prompt tokens; the ids from here on are the row's own."""
        self.text = ""
        self._ends: list[int] = []
        self._windows: list[tuple[int, int]] = []

    def copy(self) -> Writing:
        """The same writing, to be gone on with apart."""
        twin = Writing(self.codec, self.prompt_text, self.marks, self.ids)
        twin.begin, twin.text = self.begin, self.text
        twin._ends, twin._windows = list(self._ends), list(self._windows)
        return twin

    def extend(self, more: Writing) -> None:
        """Take over what was written behind this writing (`more` began with its prompt and text)."""
        offset = len(self.text)
        own = len(more.ids) - more.begin
        same = common(self.ids, more.ids)
        if same < len(self.ids) or more.begin != len(self.ids):
            self.rewrite(self.text + more.text)
            return
        self.ids = list(more.ids)
        self.text += more.text
        self._ends += [offset + end for end in more._ends[:own]]
        self._windows += more._windows[:own]

    def _window(self) -> tuple[int, int]:
        return self._windows[-1] if self._windows else (max(0, self.begin - 4), self.begin)

    def push(self, token: int) -> None:
        """Add a token; its characters are added to `text` once they are whole."""
        self.ids.append(token)
        start, read = self._window()
        known = self.codec.decode(self.ids[start:read])
        grown = self.codec.decode(self.ids[start:])
        if len(grown) > len(known) and not grown.endswith(HELD_BACK):
            self.text += grown[len(known) :]
            start, read = read, len(self.ids)
        self._ends.append(len(self.text))
        self._windows.append((start, read))

    def with_pushed(self, token: int) -> str:
        """What `text` would be after `token`, without adding it."""
        start, read = self._window()
        known = self.codec.decode(self.ids[start:read])
        return self.text + self.codec.decode([*self.ids[start:], token])[len(known) :]

    def flush(self) -> None:
        """At the end of a row: characters that were held back and never completed are shown as they are."""
        start, read = self._window()
        rest = self.codec.decode(self.ids[start:])[len(self.codec.decode(self.ids[start:read])) :]
        if rest:
            self.text += rest
            self._ends[-1] = len(self.text)
            self._windows[-1] = (read, len(self.ids))

    def truncate(self, count: int) -> None:
        """Keep the first `count` of the row's own tokens."""
        del self.ids[self.begin + count :]
        del self._ends[count:]
        del self._windows[count:]
        self.text = self.text[: self._ends[-1]] if self._ends else ""

    def rewrite(self, text: str) -> int:
        """Make `text` the row's own text by encoding the whole anew; returns how many of all ids stayed."""
        ids = self.codec.encode(self.prompt_text + text, self.marks)
        same = common(self.ids, ids)
        if same < self.begin:
            self._ends.clear()
            self._windows.clear()
            self.begin = min(self.begin, len(ids))
            self.text = ""
            self.ids = ids[: self.begin]
        else:
            self.truncate(same - self.begin)
        for token in ids[len(self.ids) :]:
            self.push(token)
        self._settle(text)
        return same

    def _settle(self, text: str) -> None:
        """The text is what was asked for even where a tokenizer decodes it a little differently."""
        if self.text == text:
            return
        self.text = text
        if self._ends:
            self._ends = [min(end, len(text)) for end in self._ends]
            self._ends[-1] = len(text)


def common(a: Sequence[int], b: Sequence[int]) -> int:
    """Length of the common beginning."""
    most = min(len(a), len(b))
    return next((i for i in range(most) if a[i] != b[i]), most)
