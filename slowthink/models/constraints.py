"""Constraints in decoding: which tokens may come next in a row, so that its text is what the constraint allows.

A `Grammar` follows one row. It is a matter of bytes: after an edit it is rewound to what the old and the new text
have in common and reads on from there, however the row's text is then cut into tokens. So it does not mind where
the encoding of the whole moves the boundary to the prompt. llguidance does the parsing (a mask of 50,000 tokens in
about 0.1 ms); a constraint is compiled once for a model, and its rows share what was found out of it.

It guarantees that every token it allows keeps the text a beginning of one that the constraint allows. It does not
guarantee that the text comes to its end before the row does, and never allows special tokens, even where a grammar
names them. What a constraint may cost is bounded: beyond that its rows end with InputError.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from llguidance import LLMatcher, LLParserLimits, LLTokenizer, TokenizerWrapper
from numpy.typing import NDArray

from slowthink.errors import InputError
from slowthink.models.pieces import PieceTokenizer
from slowthink.models.text import Codec, common
from slowthink.types import Constraint

COMPILED = 16
"""So many constraints are remembered for a model."""
SCHEMA_CHARACTERS = 100_000
LEXER_STATES = 20_000
"""About 2 kB each, for all rows of a constraint together."""
GRAMMAR_SYMBOLS = 200_000
STEP_ITEMS = 10_000
"""Of the parser for one token: at most about 20 ms, for grammars that read one text in very many ways."""
JSON_BLANK = " ?"
"""At most one blank between parts: a weak model would go on with blanks for ever."""
MESSAGE = 600
"""Characters of llguidance's message that are passed on."""


@dataclass
class Compiled:
    """A constraint for one vocabulary. Its copies share a lexer, so one that broke down breaks all of them."""

    matcher: LLMatcher
    is_broken: bool = False


class Grammars:
    """The compiled constraints of one model."""

    def __init__(self, codec: Codec) -> None:
        self._codec = codec
        self._tokens: Tokens | None = None
        self._compiled: OrderedDict[str, Compiled] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def is_quick(self) -> bool:
        """Whether a constraint is ready in milliseconds; else the model's vocabulary must first be read."""
        return self._tokens is not None or isinstance(self._codec.tokenizer, PieceTokenizer)

    def start(self, constraint: Constraint, begun: str, held: Sequence[int]) -> Grammar:
        """What follows a new row. `begun` stands in front of it and belongs to the constrained text already.

        `held` are the last tokens of the prompt when it ends inside a character. Raises InputError for a
        constraint that cannot be used, or that does not allow what was begun.
        """
        with self._lock:
            if self._tokens is None:
                self._tokens = Tokens(self._codec)
            grammar = Grammar(self._tokens, self._found(constraint, self._tokens), begun)
        if not grammar.rewrite(""):
            raise InputError(f"expected the beginning of a text that the constraint allows, got {begun[-200:]!r}")
        for token in held:
            if not grammar.admits(token, ()):
                raise InputError(
                    "the prompt ends inside a character that the constraint does not allow. Rewind the branch to its "
                    "mark, which lets go of the part of a character"
                )
            grammar.push(token)
        return grammar

    def _found(self, constraint: Constraint, tokens: Tokens) -> Compiled:
        key = constraint.model_dump_json()
        found = self._compiled.pop(key, None)
        if found is None or found.is_broken:
            found = Compiled(_compile(constraint, tokens))
        self._compiled[key] = found
        while len(self._compiled) > COMPILED:
            self._compiled.popitem(last=False)
        return found


class Grammar:
    """Where one row stands in its constraint."""

    def __init__(self, tokens: Tokens, compiled: Compiled, begun: str) -> None:
        self._tokens = tokens
        self._compiled = compiled
        self._matcher = compiled.matcher.deep_copy()
        self._begun = begun
        self._read: list[int] = []
        """The tokens that the matcher has read; their bytes are those of the text, their cuts need not be."""
        self._mask: NDArray[np.uint8] | None = None
        """A bit for each token, the lowest of a byte first."""

    @property
    def is_satisfied(self) -> bool:
        """Whether the text may end here."""
        return bool(self._matcher.is_accepting())

    @property
    def is_complete(self) -> bool:
        """Whether the text must end here, as far as that is known before `allowed` was asked."""
        return self.is_satisfied and bool(self._matcher.is_stopped())

    def allowed(self, ends: Collection[int]) -> NDArray[np.bool_]:
        """For each token of the vocabulary whether it may come next; `ends` may where the text may end.

        Nothing but ends is allowed where the text is complete, and nothing at all where it cannot go on. Raises
        InputError when the constraint has become too costly.
        """
        bits = np.unpackbits(self.bits(ends), bitorder="little")
        return bits[: len(self._tokens.is_special)].astype(np.bool_)

    def bits(self, ends: Collection[int]) -> NDArray[np.uint8]:
        """The same as a bit for each token, the lowest of a byte first."""
        if self._mask is None:
            ordinary = self._tokens.ordinary
            bits = np.frombuffer(self._matcher.compute_bitmask(), np.uint8)[: len(ordinary)] & ordinary
            self._hold()
            self._compiled.is_broken |= not (self.is_satisfied or bits.any())
            self._mask = bits
        if not self.is_satisfied:
            return self._mask
        bits = self._mask.copy()
        for end in ends:
            if 0 <= end < len(self._tokens.is_special):
                bits[end >> 3] |= 1 << (end & 7)
        return bits

    def admits(self, token: int, ends: Collection[int]) -> bool:
        """Whether the text may go on with this token, in whatever way it is cut into tokens; or end, with an end."""
        if token in ends:
            return self.is_satisfied
        ids = self._tokens.of_token(token)
        return bool(ids) and int(self._matcher.validate_tokens(ids)) == len(ids)

    def completes(self, token: int) -> bool:
        """Whether nothing but an end may follow this token."""
        ids = self._tokens.of_token(token)
        count = int(self._matcher.try_consume_tokens(ids))
        is_complete = count == len(ids) and self.is_complete
        self._matcher.rollback(count)
        self._hold()
        return is_complete

    def push(self, token: int) -> None:
        """The row goes on with a token that is allowed."""
        ids = self._tokens.of_token(token)
        if not self._consume(ids):
            raise InputError(f"token {token} was chosen, and the row's constraint does not allow it")

    def rewrite(self, text: str) -> bool:
        """The row's text is now this one; False when the constraint does not allow it, and then it stays unread."""
        ids = self._tokens.of_text(self._begun + text)
        same = common(self._read, ids)
        if len(self._read) > same:
            self._mask = None
            self._matcher.rollback(len(self._read) - same)
            del self._read[same:]
            self._hold()
        return self._consume(ids[same:])

    def _consume(self, ids: list[int]) -> bool:
        """Read all of `ids` or none of them."""
        if not ids:
            return True
        self._mask = None
        count = int(self._matcher.try_consume_tokens(ids))
        self._hold()
        if count < len(ids):
            self._matcher.rollback(count)
            return False
        self._read += ids
        return True

    def _hold(self) -> None:
        """Raises InputError when the matcher has broken down: it says so only when it is asked."""
        if self._matcher.is_error():
            self._compiled.is_broken = True
            raise InputError(
                "the row's constraint has become too costly to follow; make it smaller, with shorter repetitions and "
                f"fewer ways to read one text ({self._matcher.get_error()[:MESSAGE]})"
            )


class Tokens:
    """The vocabulary of a model as llguidance reads it.

    A model without one, which is told what to say, is read byte by byte: its texts can be followed, and there is
    nothing to mask.
    """

    def __init__(self, codec: Codec) -> None:
        self._codec = codec
        self._is_told = isinstance(codec.tokenizer, PieceTokenizer)
        self.reader = LLTokenizer(TokenizerWrapper(_Bytes())) if self._is_told else _reader_of(codec.tokenizer)
        size = self.reader.vocab_size
        self.is_special = np.array([self.reader.is_special_token(token) for token in range(size)], np.bool_)
        self.ordinary = np.packbits(~self.is_special, bitorder="little")
        """A bit for each token that is not special, as masks come."""

    def of_text(self, text: str) -> list[int]:
        """Tokens whose bytes are those of the text; what looks like a special token in it is text."""
        ids = list(self.reader.tokenize_str(text))
        return ids if self.reader.decode_bytes(ids) == text.encode() else list(self.reader.greedy_tokenize(text))

    def of_token(self, token: int) -> list[int]:
        """A token of the model; none for a special one."""
        if self._is_told:
            return list(self._codec.decode([token]).encode())
        return [] if token >= len(self.is_special) or self.is_special[token] else [token]


class _Bytes:
    """A vocabulary of single bytes and an end."""

    eos_token_id = 256
    bos_token_id = None
    tokens = (*(bytes([value]) for value in range(256)), b"<end>")
    special_token_ids = (256,)

    def __call__(self, text: bytes) -> list[int]:
        return list(text)


def _reader_of(tokenizer: Any) -> LLTokenizer:
    """Raises InputError for a tokenizer whose tokens are not known as bytes."""
    from llguidance.hf import from_tokenizer

    try:
        return from_tokenizer(tokenizer)
    except ValueError as error:
        raise InputError(
            f"constraints need a tokenizer whose tokens are known as bytes, and this model's is not one: {error}. Ask "
            "without a constraint, and check the finished text"
        ) from error


def _compile(constraint: Constraint, tokens: Tokens) -> LLMatcher:
    """Raises InputError, with what llguidance says, for a constraint that cannot be used."""
    limits = LLParserLimits(
        max_lexer_states=LEXER_STATES, max_grammar_size=GRAMMAR_SYMBOLS, step_max_items=STEP_ITEMS, verbose_errors=False
    )
    kind, grammar = _grammar(constraint)
    matcher = LLMatcher(tokens.reader, grammar, log_level=0, limits=limits)
    if matcher.is_error():
        raise InputError(f"expected a constraint that can be followed, but {kind}: {matcher.get_error()[:MESSAGE]}")
    return matcher


def _grammar(constraint: Constraint) -> tuple[str, str]:
    """What kind of constraint it is, in words, and the grammar that llguidance compiles."""
    if constraint.regex is not None:
        return "this regular expression cannot be used", LLMatcher.grammar_from_regex(constraint.regex)
    if constraint.grammar is not None:
        return "this grammar cannot be used", LLMatcher.grammar_from_lark(constraint.grammar)
    if constraint.choices is not None:
        ends = " | ".join(json.dumps(choice, ensure_ascii=False) for choice in constraint.choices)
        return "these choices cannot be used", LLMatcher.grammar_from_lark(f"start: CHOICE\nCHOICE: {ends}")
    schema = constraint.json_schema or {}
    text = json.dumps(schema)
    if len(text) > SCHEMA_CHARACTERS:
        raise InputError(f"expected a JSON schema of at most {SCHEMA_CHARACTERS} characters, got {len(text)}")
    own = "x-guidance" in schema
    grammar = LLMatcher.grammar_from_json_schema(text, overrides=None if own else {"whitespace_pattern": JSON_BLANK})
    return "this JSON schema cannot be used", grammar
