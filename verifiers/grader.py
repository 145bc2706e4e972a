"""`math-verify` at arm's length: in a worker of its own, with limits, killed when it takes too long.

The library compares LaTeX answers of every kind, but it can compute for minutes, and its own time limits use a signal
that only a main thread has. Here a comparison has a share of a second; then its process is killed and replaced, and
the next comparison is not harmed. Without the library (the extra `grade`), and for whatever goes wrong, the finding is
unknown, with the reason.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final, Self

from slowthink.types import Status, Verdict
from slowthink.verifiers.worker import NoAnswer, Worker

SECONDS: Final = 0.8
MAX_CHARACTERS: Final = 20_000
MISSING: Final = "comparing such answers needs math-verify: pip install 'slowthink[grade]'"
_STATUS: Final = {"same": Status.PROVED, "different": Status.REFUTED}


class Grader:
    """Compares two answers by `math-verify`; usable from any thread, one comparison at a time."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self.worker = Worker("slowthink.verifiers.grader_worker:judge", seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def verdict(self, gold: str, pred: str) -> Verdict:
        """Whether the text `pred` gives the answer that the text `gold` gives, both in LaTeX mathematics mode."""
        if find_spec("math_verify") is None:
            return Verdict(status=Status.UNKNOWN, reason=MISSING)
        if len(gold) + len(pred) > MAX_CHARACTERS:
            return Verdict(status=Status.UNKNOWN, reason=f"longer than {MAX_CHARACTERS} characters")
        try:
            found = self.worker.ask({"gold": gold, "pred": pred})
        except NoAnswer as error:
            return Verdict(status=Status.UNKNOWN, reason=f"the comparison failed: {error}")
        status = _STATUS.get(found["status"], Status.UNKNOWN)
        return Verdict(status=status, reason=found["reason"], witness=found.get("witness"))

    def close(self) -> None:
        """End the worker."""
        self.worker.close()
