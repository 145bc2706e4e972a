"""A tokenizer without a vocabulary: words of a language become numbers and back, the same everywhere.

It serves models that have no tokenizer of their own. A token is a word with the blank before it, up to three
digits, or one other character; its number is that of its UTF-8 bytes. So encodings of parts differ from the
encoding of the whole, as with real tokenizers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from slowthink.models.text import Codec

END = 0
"""The token that ends a text."""
_PIECE = re.compile(r" ?[^\W\d_]{1,12}|\d{1,3}|.", re.DOTALL)


class PieceTokenizer:
    """Encodes and decodes as a transformers tokenizer does, as far as `Codec` asks."""

    def __init__(self, chat: bool = False) -> None:
        self.chat_template = "role: content" if chat else None

    def encode(self, text: str, add_special_tokens: bool = False) -> list[int]:
        """The numbers of the pieces of `text`; there are no special tokens."""
        return [number(piece) for piece in _PIECE.findall(text)]

    def decode(self, ids: Sequence[int], **options: object) -> str:
        """The text of some numbers."""
        return "".join(piece(one) for one in ids if one != END)

    def apply_chat_template(self, messages: Sequence[dict[str, str]], **options: object) -> str:
        """Messages as lines that begin with their role."""
        return "".join(f"{message['role']}: {message['content']}\n" for message in messages) + "assistant: "


def piece_codec(chat: bool = False) -> Codec:
    """A codec over such a tokenizer."""
    return Codec(PieceTokenizer(chat))


def first_piece(text: str) -> str:
    """The piece that `text` begins with; nothing of an empty text."""
    found = _PIECE.match(text)
    return found.group() if found else ""


def number(piece: str) -> int:
    """A piece as a token id."""
    return int.from_bytes(b"\x01" + piece.encode("utf-8"), "big")


def piece(token: int) -> str:
    """A token id as a piece."""
    return token.to_bytes((token.bit_length() + 7) // 8, "big")[1:].decode("utf-8")
