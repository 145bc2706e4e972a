"""How far one row's tokens have come: which the cache holds, which passed through the model, which were known.

Each id is counted once, as pushed or as found, however often the row is cut back, unseated or read again; what is
pushed again for want of memory is counted apart. So a row's numbers add up to what a forward hook sees.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field
from typing import TYPE_CHECKING

from slowthink.models.jobs import Job
from slowthink.models.text import Writing

if TYPE_CHECKING:
    from slowthink.models.prefixes import Node


@dataclass(eq=False)
class Tally:
    """The numbers of one row, and where its tokens lie."""

    job: Job
    _: KW_ONLY
    origin: Node | None = None
    """The remembered beginning that the row shares, whether it attends to it in place or has a copy."""
    prefix: Node | None = None
    prefix_tokens: int = 0
    length: int = 0
    """Tokens in the row's own slot, behind the prefix."""
    prompt_pushed: int = 0
    own_pushed: int = 0
    own_found: int = 0
    """Tokens behind the prompt that the engine remembered, so that they did not pass through the model for this row."""
    again_pushed: int = 0
    """Tokens that were counted before and pushed again, because the cache was full or cannot be rewound."""
    discarded: int = 0
    logprobs: list[float | None] = field(default_factory=list)
    """Of the row's own tokens, where they are asked for; of those that a score is about."""
    _prompt_read: int = 0
    """How far into the prompt the row has pushed; what it pushes there again counts as its own."""
    _counted: int = 0
    """How many of the ids were counted as pushed or found; when they are pushed again, memory was short."""

    @property
    def writing(self) -> Writing:
        """The row's text and ids."""
        return self.job.writing

    @property
    def temperature(self) -> float:
        """At which the row draws; 0 where it does not, as for scores."""
        return 0.0 if self.job.score_from is not None else self.job.request.sampling.temperature

    @property
    def cached(self) -> int:
        """How many of the ids the cache holds."""
        return self.prefix_tokens + self.length

    @property
    def pending(self) -> int:
        """How many ids must be pushed before the next token can be chosen; at least one."""
        return len(self.writing.ids) - self.cached

    @property
    def spent(self) -> int:
        """Tokens beyond the prompt's that have passed through the model, or were found, or are about to."""
        return self.own_pushed + self.own_found + self._new(len(self.writing.ids))[1]

    @property
    def wanted(self) -> int:
        """How many ids must be known before the next choice."""
        start = self.job.score_from
        return len(self.writing.ids) if start is None else start + len(self.logprobs)

    @property
    def needed(self) -> int:
        """How many of the present ids must be known at all: nothing is asked behind the last one of a score."""
        return len(self.writing.ids) - (self.job.score_from is not None)

    def _new(self, end: int) -> tuple[int, int]:
        """How many ids up to `end` were not counted yet: of the prompt, and others."""
        start = max(self.cached, self._counted)
        prompt = max(0, min(end, self.writing.begin) - max(start, self._prompt_read))
        return prompt, max(0, end - start) - prompt

    def pushed(self, count: int) -> None:
        """`count` more ids went through the model."""
        end = self.cached + count
        prompt, own = self._new(end)
        self.prompt_pushed += prompt
        self.own_pushed += own
        self.again_pushed += count - prompt - own
        self.length += count
        self._prompt_read = max(self._prompt_read, min(end, self.writing.begin))
        self._counted = max(self._counted, end)

    def unread(self) -> None:
        """The last id must be pushed again, since nothing else tells what comes behind it."""
        if self.length:
            self.length -= 1
        else:
            self.prefix_tokens -= 1
        self._counted = min(self._counted, self.cached)

    def found(self, end: int) -> None:
        """The first `end` ids are known without a push of this row."""
        self.own_found += max(0, end - max(self.cached, self._counted, self.writing.begin))
        self._counted = max(self._counted, end)

    def cut(self, kept: int) -> None:
        """No more than the first `kept` ids are still the row's; what the cache holds of the others is lost."""
        kept = min(kept, self.cached)
        self.discarded += self.cached - kept
        self._counted = min(self._counted, kept)
        self.length = max(0, kept - self.prefix_tokens)
        self.prefix_tokens = min(self.prefix_tokens, kept)
