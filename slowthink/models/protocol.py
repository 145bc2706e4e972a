"""What every fast thinker offers: generate, score, and a branch that can be forked and rewound.

The protocol is async and always batched: callers ask for whatever they need, at once or one by one, and the
model merges what is waiting. Tokens are counted by the model itself: a token counts when it passes through it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

from slowthink.supervision import Supervisor
from slowthink.types import Constraint, Message


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the model reads: the messages of a conversation, or plain text; `prefill` begins its reply.

    Messages go through the model's chat template; a model without one reads them as plain paragraphs.
    """

    messages: tuple[Message, ...] = ()
    text: str = ""
    prefill: str = ""

    @classmethod
    def of(cls, prompt: str | Sequence[Message] | Prompt) -> Prompt:
        """A prompt from plain text, from messages, or from itself."""
        if isinstance(prompt, Prompt):
            return prompt
        return cls(text=prompt) if isinstance(prompt, str) else cls(messages=tuple(prompt))

    def continued(self, prefill: str) -> Prompt:
        """The same prompt with `prefill` added to the beginning of the reply."""
        return replace(self, prefill=self.prefill + prefill)


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next tokens are chosen and when to stop.

    `temperature` 0 is greedy. A stop string ends the row and is not part of its text. `seed` and `path` give
    the row's own noise, whatever else is in the batch. `logprobs` asks for the log-probability of each token under
    the model's own distribution: before temperature, and before a constraint or a ban made tokens impossible.
    """

    max_tokens: int = 256
    temperature: float = 0.0
    top_p: float = 1.0
    stop: tuple[str, ...] = ()
    seed: int = 0
    path: str = ""
    logprobs: bool = False


@dataclass(frozen=True, slots=True)
class Intervention:
    """What a supervisor did to a row: characters from `start` on, before and after, and why.

    `discarded` is the number of tokens that had passed through the model and were thrown away.
    """

    supervisor: str
    action: Literal["replace", "rewind", "stop"]
    start: int
    before: str
    after: str
    why: str
    discarded: int = 0


@dataclass(frozen=True, slots=True)
class Waited:
    """A row was parked for a supervisor's worker; `decided` tells a decision from a failure or a time-out."""

    supervisor: str
    start: int
    why: str
    decided: bool
    note: str
    seconds: float


OnText = Callable[[str, Intervention | None], None]
"""Told of a row's text after every token, with the intervention that has just changed it, if any.

It is called from the model's own thread, and must return at once.
"""


@dataclass(frozen=True, slots=True)
class Request:
    """One row: a prompt, how to sample, who watches, who is shown the text as it comes, and what it must look like.

    A constraint is for what the row writes, and for `begun` in front of it: the end of the prompt that belongs to
    the constrained text already.
    """

    prompt: Prompt
    sampling: Sampling = Sampling()
    supervisors: tuple[Supervisor, ...] = ()
    on_text: OnText | None = None
    constraint: Constraint | None = None
    begun: str = ""


Finish = Literal["stop", "eos", "complete", "length", "supervisor", "constraint", "cancelled"]
"""Why a row ended: at a stop string; at the model's end; because its constraint allows nothing more; by its length;
by a supervisor (or because all that may come is banned); because nothing that its constraint allows could come, or a
text that was put in is not allowed by it; by its caller. The text satisfies its constraint after `complete` and
`eos`."""


@dataclass(frozen=True, slots=True)
class Completion:
    """What a row came to.

    `logprobs` has one natural logarithm for each token of `token_ids`; None for a token that was put in.
    `prompt_tokens` and `generated_tokens` passed through the model for this row; a cached prefix does not count
    again. `found_tokens` were written too, but another row had passed them through the model already.
    `reread_tokens` passed through once more, because memory was short or the model's cache cannot be rewound.
    """

    text: str
    finish: Finish
    token_ids: tuple[int, ...] = ()
    logprobs: tuple[float | None, ...] | None = None
    prompt_tokens: int = 0
    generated_tokens: int = 0
    found_tokens: int = 0
    reread_tokens: int = 0
    discarded_tokens: int = 0
    interventions: tuple[Intervention, ...] = ()
    waits: tuple[Waited, ...] = ()
    estimated_tokens: int = 0
    """How many of `tokens` are an estimate, because a server did not count them."""

    @property
    def tokens(self) -> int:
        """All tokens that passed through the model for this row."""
        return self.prompt_tokens + self.generated_tokens + self.reread_tokens


@dataclass(frozen=True, slots=True)
class Score:
    """Log-probability (natural) of a continuation given a prompt, with the number of its tokens.

    `is_greedy` says whether each of them is what greedy decoding would have chosen; None where that is not known.
    """

    logprob: float
    tokens: int
    through_model: int = 0
    token_logprobs: tuple[float, ...] = field(default=())
    is_greedy: bool | None = None


class Branch(Protocol):
    """A place in the tree of tokens that can be written on, forked and taken back."""

    @property
    def text(self) -> str:
        """All that was appended or generated here, without the prompt."""
        ...

    def mark(self) -> int:
        """A place to come back to: the number of characters of `text`."""
        ...

    async def append(self, text: str) -> None:
        """Write `text` here, as if the model had written it."""
        ...

    async def generate(
        self,
        sampling: Sampling,
        supervisors: tuple[Supervisor, ...] = (),
        on_text: OnText | None = None,
        constraint: Constraint | None = None,
        since: int | None = None,
    ) -> Completion:
        """Let the model write on from here; what it writes becomes part of the branch.

        The constrained text begins at the mark `since`, or else here. So a text that one call began, the next one
        ends: give both the same constraint and mark.
        """
        ...

    async def score(self, continuations: Sequence[str]) -> list[Score]:
        """Log-probability of each continuation from here."""
        ...

    def fork(self, k: int) -> Sequence[Branch]:
        """`k` branches that start as this one is; what they share was computed once."""
        ...

    def rewind(self, mark: int) -> None:
        """Forget everything after `mark`."""
        ...

    def release(self) -> None:
        """Give back what the branch holds; using it afterwards is an error."""
        ...


class LanguageModel(Protocol):
    """A fast thinker."""

    @property
    def name(self) -> str:
        """The specification that it was loaded from."""
        ...

    @property
    def chat(self) -> bool:
        """Whether messages go through a chat template."""
        ...

    async def generate(self, requests: Sequence[Request]) -> list[Completion]:
        """One completion for each request, in their order."""
        ...

    async def score(self, prompt: Prompt, continuations: Sequence[str]) -> list[Score]:
        """The log-probability of each continuation, in their order."""
        ...

    def branch(self, prompt: Prompt) -> Branch:
        """A new branch behind `prompt`."""
        ...

    def count(self, prompt: Prompt) -> int:
        """The number of tokens of a prompt, an upper bound of what it will cost."""
        ...

    def close(self) -> None:
        """Release threads, memory and connections; safe to call twice."""
        ...
