"""The vocabulary: every word that the parts of slowthink say to each other, on one page.

All of it is immutable data (pydantic, frozen) that serialises to the public JSON contract. Nothing here
computes; a reader of this page knows what a strategy, a verifier and a model exchange.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, Literal, NoReturn, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from slowthink.errors import InputError


class Frozen(BaseModel):
    """Base of the vocabulary: immutable, unknown fields refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Message(Frozen):
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str

    @field_validator("content")
    @classmethod
    def _is_unicode(cls, value: str) -> str:
        try:
            value.encode("utf-8")
        except UnicodeEncodeError as error:
            raise ValueError(
                f"expected text that can be written as UTF-8, got half a surrogate pair at character {error.start}"
            ) from error
        return value


class Problem(Frozen):
    """What is asked: a conversation that ends with the user's turn; a single question is one message."""

    messages: tuple[Message, ...] = Field(min_length=1)
    answer_kind: Literal["number", "text"] | None = None
    constraints: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _ends_with_the_user(self) -> Self:
        if self.messages[-1].role != "user":
            raise ValueError(f"a problem ends with a user's message, this one with {self.messages[-1].role!r}")
        return self

    @classmethod
    def of(cls, question: str | Sequence[Message] | Problem) -> Problem:
        """A problem from a question, from the messages of a conversation, or from itself. Raises InputError."""
        if isinstance(question, Problem):
            return question
        turns = [{"role": "user", "content": question}] if isinstance(question, str) else question
        wanted = 'expected a question, or messages such as [{"role": "user", "content": "7 * 8 ="}]'
        if isinstance(turns, bytes | Mapping | BaseModel) or not isinstance(turns, Iterable):
            raise InputError(f"{wanted}, got {type(turns).__name__}")
        if not (messages := tuple(turns)):
            raise InputError(f"{wanted}, got none")
        try:
            return cls.model_validate({"messages": messages})
        except ValidationError as error:
            raise InputError(f"{wanted}, but {mistake(error)}") from error

    @property
    def question(self) -> str:
        """The text of the last message."""
        return self.messages[-1].content


def mistake(error: ValidationError) -> str:
    """What is wrong with data that was given, in a line: where, what was expected, what came."""
    first = error.errors()[0]
    at = ".".join(str(part) for part in first["loc"])
    came = f", got {first['input']!r:.60}" if first["type"] not in ("missing", "value_error") else ""
    return f"{at + ': ' if at else ''}{first['msg'].removeprefix('Value error, ')}{came}"


class Constraint(Frozen):
    """What a text that the model writes must look like, from its first character to its last: one of four kinds.

    `json_schema` is a JSON schema or a pydantic model; objects of a pydantic model take no other fields than its
    own, unless it allows them (`extra="allow"`), and at most one blank stands between the parts of the JSON text.
    `regex` is matched as a whole. `grammar` is in the Lark-like language of llguidance, from its rule `start`.
    `choices` are the possible texts. What cannot be used is found out when it is: InputError.
    """

    json_schema: dict[str, Any] | None = None
    regex: str | None = Field(default=None, max_length=100_000)
    grammar: str | None = Field(default=None, max_length=100_000)
    choices: tuple[str, ...] | None = Field(default=None, min_length=1, max_length=10_000)

    @field_validator("json_schema", mode="before")
    @classmethod
    def _of_a_model(cls, value: Any) -> Any:
        is_model = isinstance(value, type) and issubclass(value, BaseModel)
        return _closed(value.model_json_schema()) if is_model else value

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        given = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"a constraint is one of json_schema, regex, grammar and choices; given: {given}")
        if self.choices is not None and not all(self.choices):
            raise ValueError("a choice is a text of at least one character")
        try:
            json.dumps(self.json_schema, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise ValueError(f"a JSON schema is JSON, or a pydantic model: {error}") from error
        return self


def _closed(schema: Any) -> Any:
    """The same schema, in which objects with named properties have no others unless it says so."""
    if isinstance(schema, list):
        return [_closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(part) for key, part in schema.items()}
    if schema.get("type") == "object" and "properties" in schema:
        closed.setdefault("additionalProperties", False)
    return closed


class Claim(Frozen):
    """Something checkable that a text says; `start` and `end` are offsets in characters, end exclusive."""

    kind: str
    text: str
    start: int
    end: int


class Edit(Frozen):
    """Put `text` in place of the characters `start` to `end` (exclusive)."""

    start: int
    end: int
    text: str


class Status(StrEnum):
    """The three values of a verdict."""

    PROVED = "PROVED"
    REFUTED = "REFUTED"
    UNKNOWN = "UNKNOWN"


class Verdict(Frozen):
    """What a verifier found. PROVED and REFUTED come from exact methods only; all else is UNKNOWN.

    `witness` shows why a claim is false, `correction` is the right value as text, and `edit` says where in
    the text that was judged the correction belongs. `certificate` is what the verdict can be checked by again.
    """

    status: Status
    reason: str = ""
    witness: str | None = None
    correction: str | None = None
    edit: Edit | None = None
    certificate: dict[str, Any] | None = None

    def __bool__(self) -> NoReturn:
        raise TypeError("a verdict has three values, so it has no truth value: compare verdict.status with Status")


class Judgement(Frozen):
    """A claim with its verdict."""

    claim: Claim
    verdict: Verdict


class Thought(Frozen):
    """A node of the tree of thoughts: what was added here, where it hangs, what was found of it."""

    id: int
    parent: int | None
    text: str
    score: float | None = None
    judgements: tuple[Judgement, ...] = ()


class PlanStep(Frozen):
    """One step: what is done, the names it needs, the name it gives, and how it is checked."""

    action: str
    needs: tuple[str, ...] = ()
    gives: str | None = None
    check: str | None = None


class Plan(Frozen):
    """What will be done, in order."""

    steps: tuple[PlanStep, ...] = ()


class Budget(Frozen):
    """The most that a run may spend; None is no bound. Tokens are those that pass through the model."""

    tokens: int | None = Field(default=None, ge=0)
    seconds: float | None = Field(default=None, ge=0)
    nodes: int | None = Field(default=None, ge=0)


class Usage(Frozen):
    """What a run spent: tokens through the model (prompt, generated, put in), time, repairs and rewinds.

    `estimated_tokens` says how many of `tokens` are an estimate, because a server did not count them.
    """

    tokens: int = 0
    generated_tokens: int = 0
    discarded_tokens: int = 0
    estimated_tokens: int = 0
    seconds: float = 0.0
    nodes: int = 0
    repairs: int = 0
    rewinds: int = 0


AnsweredBy = Literal["model", "repair", "program", "logic", "search", "reader"]
Trust = Literal["proved", "supported", "unverified", "abstained"]


class Evidence(Frozen):
    """A certificate that can be checked again without the model: what was shown, by which kind of verifier."""

    kind: str
    claim: str
    status: Status
    certificate: dict[str, Any] = Field(default_factory=dict)


class Solution(Frozen):
    """An answer with how far it can be trusted. `answer` is None exactly when the status is `abstained`.

    `support` is the answer's share of the votes where several replies voted (0 to 1): it is no probability.
    """

    question: str
    answer: str | None
    answered_by: AnsweredBy | None
    status: Trust
    confidence: float | None = None
    support: float | None = None
    reason: str = ""
    fast_answer: str | None = None
    strategy: str
    evidence: tuple[Evidence, ...] = ()
    usage: Usage = Field(default_factory=Usage)
    trace: tuple[dict[str, Any], ...] = ()

    @model_validator(mode="after")
    def _abstained_without_answer(self) -> Self:
        if (self.answer is None) != (self.status == "abstained"):
            raise ValueError("a solution has no answer exactly when its status is 'abstained'")
        return self
