"""What all tests share: Hypothesis profiles and the embedded model.

Coroutines are run with `asyncio.run` inside the test; no plugin is needed. `HYPOTHESIS_PROFILE` chooses `fast`
(the default), `ci` (the same examples each time) or `thorough`.
"""

import os
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from slowthink.models import embedded

ROOT = Path(__file__).resolve().parent.parent

if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    # Tests that a shell runs in the background ignore interrupts, and so would the commands that they interrupt.
    signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile("fast", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("fast"), derandomize=True)
settings.register_profile("thorough", settings.get_profile("fast"), max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fast"))


@pytest.fixture(scope="session")
def smol_dir() -> Path:
    """The embedded model's folder in the ordinary user cache: fetched once, whoever asks first."""
    return embedded.ensure(print)
