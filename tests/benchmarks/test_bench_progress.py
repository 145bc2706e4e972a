"""Progress: a bar with rate and time left on a terminal, not a word elsewhere."""

import io
import sys

import pytest

from slowthink.benchmarks.progress import shown
from slowthink.benchmarks.result import Result
from slowthink.types import Status


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def row(place: int) -> Result:
    return Result(
        item=str(place), group=None, question="q", gold="1", strategy="direct", answer="1", right=place % 2 == 0,
        verdict=Status.PROVED, status="unverified",
    )  # fmt: skip


@pytest.mark.parametrize("stream", [Terminal(), io.StringIO()])
def test_a_terminal_sees_how_far_it_is(stream: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", stream)
    with shown(10, 2) as told:
        for place in range(3):
            told(row(place))
    text = stream.getvalue()
    if not stream.isatty():
        assert text == ""
        return
    assert "direct: 2 of 3 right" in text
    assert "5/10" in text
    assert "/s" in text
    assert "left" in text
