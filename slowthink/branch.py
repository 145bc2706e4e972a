"""A branch of what the model writes, as a strategy holds it: it can be forked, judged, rewound and gone on with.

All goes through the mind: budget, trace and replay are those of `Mind.generate` and `Mind.score`. Each branch is a
strand of its own, so its keys say where in the tree it stands, never in which order branches were asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from slowthink.models.protocol import Branch, Completion, Prompt, Score

if TYPE_CHECKING:
    from slowthink.mind import Mind


class MindBranch:
    """A place in the tree of tokens behind one prompt."""

    def __init__(self, mind: Mind, prompt: Prompt, branch: Branch | None, text: str = "") -> None:
        self._mind = mind
        self._prompt = prompt
        self._branch = branch
        """The model's own; None in a replay, which needs none."""
        self._text = text
        self._forks = 0

    @property
    def model_key(self) -> str:
        """What the keys of this branch's steps begin with."""
        return self._mind.path

    @property
    def text(self) -> str:
        """All that was appended or generated here, without the prompt."""
        return self._text

    def mark(self) -> int:
        """A place to come back to."""
        return len(self._text)

    async def append(self, text: str) -> None:
        """Write `text` here, as if the model had written it."""
        if self._branch is not None:
            await self._branch.append(text)
        self._text += text

    async def generate(self, **options: Any) -> Completion:
        """Let the model write on; the options are those of `Mind.generate` for one completion."""
        (row,) = await self._mind.generate(self._prompt.continued(self._text), branch=self._branch, **options)
        self._text += row.text
        if self._branch is not None and self._branch.mark() < len(self._text):
            await self._branch.append(row.text)  # the row came from a saved run that is resumed
        return row

    async def score(self, continuations: Sequence[str]) -> list[Score]:
        """Log-probability of each continuation from here."""
        return await self._mind.score(self._prompt.continued(self._text), continuations, branch=self._branch)

    def fork(self, k: int) -> list[MindBranch]:
        """`k` branches that start as this one is; what they share is computed once."""
        names = [f"{self._forks + i}" for i in range(k)]
        self._forks += k
        branches = [None] * k if self._branch is None else self._branch.fork(k)
        return [
            MindBranch(self._mind.child(name), self._prompt, branch, self._text)
            for name, branch in zip(names, branches, strict=True)
        ]

    def rewind(self, mark: int) -> None:
        """Forget everything after `mark`."""
        if self._branch is not None:
            self._branch.rewind(mark)
        self._text = self._text[:mark]

    def release(self) -> None:
        """Give back what the branch holds; using it afterwards is an error."""
        if self._branch is not None:
            self._branch.release()
