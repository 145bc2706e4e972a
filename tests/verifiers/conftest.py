"""At the end of a run of soundness tests it is told how many verdicts were UNKNOWN."""

from collections import Counter, defaultdict
from typing import Any

import pytest

RATES: defaultdict[str, Counter[str]] = defaultdict(Counter)


@pytest.fixture
def verdict_rates() -> defaultdict[str, Counter[str]]:
    """Where a soundness test counts its verdicts, by the kind of claim."""
    return RATES


def pytest_terminal_summary(terminalreporter: Any) -> None:
    for kind, counts in sorted(RATES.items()):
        unknown = sum(count for name, count in counts.items() if name.startswith(("True U", "False U")))
        judged = sum(count for name, count in counts.items() if name.startswith(("True ", "False ")))
        said = ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
        terminalreporter.write_line(f"{kind}: UNKNOWN {unknown / max(1, judged):.1%} of what has a truth; {said}")
