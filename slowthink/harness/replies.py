"""A solution as the one text that a task's filters read: what the model wrote, and the answer behind it.

The answer stands on a line of its own, marked as GSM8K marks it (`#### 18`), so that both filters of that task read
it: the strict one takes the first `####` (one that the model wrote itself is cut off with all behind it), the flexible
one the last number. An abstention is an empty text, which no filter reads an answer from.
"""

from __future__ import annotations

from slowthink.errors import InputError
from slowthink.harness.wishes import Wish

ANSWER = "{answer}"
ENDING = "#### {answer}"


def reply_of(answer: str | None, text: str, wish: Wish, ending: str = ENDING) -> str:
    """The reply for an `answer`, None being an abstention, that was found in `text`.

    An answer that is the whole text is given as it is, without a mark. Where the line of the answer cannot stand behind
    a text, because a stop of the task is in it (`until: ["\\n"]`), the reply is the answer alone.
    """
    if answer is None:
        return ""
    if answer.strip() == text.strip() or not answer.strip():
        return wish.cut(text)
    line = ending.replace(ANSWER, answer.strip())
    if wish.cut(f"\n{line}") != f"\n{line}":
        return wish.cut(answer.strip())
    mark = ending.partition(ANSWER)[0].strip()
    before = wish.cut(text.partition(mark)[0] if mark else text).rstrip()
    whole = f"{before}\n{line}"
    return whole if before and wish.cut(whole) == whole else line


def checked_ending(ending: str) -> str:
    """The ending itself. Raises InputError for one that has no place for the answer."""
    if ANSWER not in ending:
        raise InputError(f"expected as `ending` a text with {ANSWER} in it, such as {ENDING!r}; got {ending!r}")
    return ending
