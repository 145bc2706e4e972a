"""A text put right: every refuted value that has a correction is replaced by it.

One pass: the verdicts are those of the text as it was written. A value that was computed from a wrong one stays as it
is where its own sum holds.
"""

from __future__ import annotations

from collections.abc import Iterable

from slowthink.types import Edit, Judgement, Status


def edits_of(judgements: Iterable[Judgement]) -> list[Edit]:
    """The corrections of what is refuted, in the order of the text; of two that overlap the first one counts."""
    kept: list[Edit] = []
    refuted = [j.verdict.edit for j in judgements if j.verdict.status is Status.REFUTED and j.verdict.edit is not None]
    for edit in sorted(refuted, key=lambda edit: (edit.start, edit.end)):
        if not kept or edit.start >= kept[-1].end:
            kept.append(edit)
    return kept


def repair(text: str, judgements: Iterable[Judgement]) -> str:
    """`text` with its refuted values replaced; the judgements must be those of this text."""
    parts, at = [], 0
    for edit in edits_of(judgements):
        parts += [text[at : edit.start], edit.text]
        at = edit.end
    return "".join([*parts, text[at:]])
