"""A text put right: every refuted value that has a correction is replaced by it.

`edits_of` gives the corrections of the judgements alone; `repair` also carries each corrected value forward through
the steps that use it and into the final answer (`verifiers/dataflow.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from slowthink.types import Edit, Judgement, Status


def edits_of(judgements: Iterable[Judgement]) -> list[Edit]:
    """The corrections of what is refuted, in the order of the text; of two that overlap the first one counts."""
    refuted = [j.verdict.edit for j in judgements if j.verdict.status is Status.REFUTED and j.verdict.edit is not None]
    return without_overlap(refuted)


def without_overlap(edits: Iterable[Edit]) -> list[Edit]:
    """The edits in the order of the text; of two that overlap the first one counts."""
    kept: list[Edit] = []
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        if not kept or edit.start >= kept[-1].end:
            kept.append(edit)
    return kept


def repairs_of(text: str, judgements: Sequence[Judgement]) -> list[Edit]:
    """All edits that put `text` right, what follows from the corrections included."""
    if all(judgement.verdict.status is not Status.REFUTED for judgement in judgements):
        return []
    from slowthink.verifiers.dataflow import carried  # few texts need it, and each command starts faster without

    return without_overlap(carried(text, judgements))


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """`text` with edits that are in order and do not overlap."""
    parts, at = [], 0
    for edit in edits:
        parts += [text[at : edit.start], edit.text]
        at = edit.end
    return "".join([*parts, text[at:]])


def repair(text: str, judgements: Sequence[Judgement]) -> str:
    """`text` put right; the judgements must be those of this text."""
    return apply_edits(text, repairs_of(text, judgements))
