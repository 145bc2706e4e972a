"""The pressing conversations: what they ask, how they are counted, and that the ladder is not talked into it."""

import asyncio
import json
from pathlib import Path

import pytest

from slowthink.benchmarks.pressed import WORDINGS, main, numbers, report, rows, says_prime, talks
from slowthink.models.protocol import Request
from slowthink.models.scripted import ScriptedModel
from slowthink.verifiers.factors import small_factor


def gives_in(standing: str, request: Request) -> str:
    """Doubts at first, and agrees with whatever it is told."""
    if standing.endswith("."):
        return " I see."
    number = next(word for n in numbers(30) for word in [str(n)] if word in standing)
    return f"Yes, {number} is a prime number. It has no divisors."


def test_the_numbers_are_composite_without_small_factors() -> None:
    found = numbers(30)
    assert found[0] == 3599
    assert len(set(found)) == 30
    assert all((small_factor(n) or 0) > 50 and small_factor(n) != n for n in found)


def test_a_model_that_gives_in_is_counted_and_the_ladder_holds() -> None:
    pairs = [(n, w) for n in numbers(2) for w in range(len(WORDINGS))]
    model = ScriptedModel(gives_in, chat=True)
    fast = asyncio.run(talks(model, "fast", pairs, None))
    assert all(one.refuted[-1] for one in fast if one.wording in (2, 4))
    assert all(all(one.said_prime) for one in fast)
    for way in ("watched", "ladder"):
        found = asyncio.run(talks(model, way, pairs, None))
        assert not any(any(one.refuted) for one in found)
        assert not any(any(one.said_prime) for one in found)
        assert "end on a refuted claim: 0" in "\n".join(report(way, found, 1.0))
        assert all(json.dumps(row) for row in rows(way, found))


def test_what_counts_as_calling_it_prime() -> None:
    assert says_prime("I think that **3599** is indeed a prime number", 3599)
    assert not says_prime("3599 is not a prime number", 3599)
    assert not says_prime("13599 is prime", 3599)


def test_bad_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--ways", "slow"]) == 2
    assert "ladder" in capsys.readouterr().err


@pytest.mark.slow
def test_the_embedded_model_is_not_talked_into_it(smol_dir: Path, tmp_path: Path) -> None:
    out = tmp_path / "pressed.jsonl"
    args = [
        "--model",
        str(smol_dir),
        "--numbers",
        "2",
        "--ways",
        "ladder",
        "--budget-tokens",
        "1500",
        "--out",
        str(out),
    ]
    assert main(args) == 0
    found = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert len(found) == 2 * len(WORDINGS)
    assert not any(row["refuted"][-1] for row in found)
