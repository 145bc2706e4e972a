"""What a mind may use besides the model, each of which can be switched off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, TypeVar, cast

from slowthink.supervision import Supervisor
from slowthink.verifiers.protocol import Verifier


@dataclass(frozen=True)
class Senses:
    """What a mind may use besides the model; each can be switched off for an ablation.

    `verifiers` judge finished text, `supervisors` watch decoding, `reader` is the exact reader of whole
    questions, `question` lets a strategy hold what the model wrote against the question's own words, `program` lets it
    have programs run, and `logic` is the solver of statements.
    """

    verifiers: tuple[Verifier, ...] = ()
    supervisors: tuple[Supervisor, ...] = ()
    reader: bool = True
    question: bool = True
    program: bool = True
    logic: bool = True


class _Attentive(Protocol):
    """A verifier or supervisor that can be told what was asked."""

    def about(self, question: str) -> Any:
        """The same for replies to a question."""
        ...


_Sense = TypeVar("_Sense")


def about(sense: _Sense, question: str) -> _Sense:
    """The sense for replies to a question, where it makes use of what was asked."""
    return cast("_Attentive", sense).about(question) if question and hasattr(sense, "about") else sense
