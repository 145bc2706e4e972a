"""What the agreement of two separate readings was worth when it was measured: a table for each family of models.

An answer is `supported` only where the table has its kind of question for the model's family, and the lower 95 % bound
of the measured precision is at least LEAST. The table `calibration.json` is made by `benchmarks/calibrate.py` from
questions of its own making; a model or a kind that is not in it has no `supported` answers.
"""

from __future__ import annotations

import json
import math
from functools import cache
from pathlib import Path
from typing import Any, Final

TABLE: Final = Path(__file__).with_name("calibration.json")
LEAST: Final = 0.9
_Z2: Final = 1.959963984540054**2


@cache
def _table() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(TABLE.read_text(encoding="utf-8")) if TABLE.exists() else {}
    return found


def family_of(model: str) -> str:
    """The family that a model's name belongs to: what stands before its size or its file's ending, in lower case."""
    name = Path(model.rpartition("#")[2].rstrip("/")).name.lower()
    return "smollm2-135m" if name == "smollm2" or name.startswith("smollm2-135m") else name


def lower_bound(right: int, of: int) -> float:
    """The lower end of the 95 % interval of a share (Wilson 1927); 0 where nothing was measured."""
    if of == 0:
        return 0.0
    share = right / of
    middle = share + _Z2 / (2 * of)
    half = math.sqrt(_Z2 * (share * (1 - share) / of + _Z2 / (4 * of * of)))
    return (middle - half) / (1 + _Z2 / of)


def _entry(kind: str | None, model: str) -> tuple[int, int]:
    entry = _table().get(family_of(model), {}).get(kind or "", {})
    return int(entry.get("right", 0)), int(entry.get("agreed", 0))


def is_supported(kind: str | None, model: str) -> bool:
    """Whether agreement on this kind of question was measured to be right often enough, for this family of models."""
    right, agreed = _entry(kind, model)
    return lower_bound(right, agreed) >= LEAST


def confidence_in(kind: str | None, model: str) -> float | None:
    """The measured precision, by Laplace's rule so that it is never 1; None where nothing was measured."""
    right, agreed = _entry(kind, model)
    return round((right + 1) / (agreed + 2), 3) if agreed else None
