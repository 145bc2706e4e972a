"""The working memory of a run: facts in the order in which they were found, each with where it came from.

It is append-only; going back means taking an earlier snapshot as the present one, so that nothing that a
backtracked branch wrote is ever lost from the record of the other branches.
"""

from __future__ import annotations

from dataclasses import dataclass

from slowthink.types import Status


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that is held: a text, how sure it is, and the step that it came from."""

    text: str
    status: Status
    source: str


@dataclass(frozen=True, slots=True)
class Scratchpad:
    """An immutable list of facts; `add` gives a new one, so every snapshot stays what it was."""

    facts: tuple[Fact, ...] = ()

    def add(self, text: str, status: Status, source: str) -> Scratchpad:
        """The scratchpad with one more fact."""
        return Scratchpad((*self.facts, Fact(text, status, source)))

    def render(self) -> str:
        """One fact a line, as a model reads it."""
        return "\n".join(fact.text for fact in self.facts)
