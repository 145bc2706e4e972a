"""What stands around a run of numbers and operators, and whether it makes the run a part of something else.

The idea: `half of`, `x`, `and 30 minutes`, `remainder 2`, `Step 3 -` next to a sum change what is claimed. Each
of them is a `doubt`, a sentence that says why; a side with a doubt supports no refutation and no proof.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from slowthink.verifiers.phrasing import OPERAND_ENDS, word_set
from slowthink.verifiers.tokens import Token

# After the last token nothing is known yet: decided only when the text has ended.
UNDECIDED: Final = 1 << 60
# Words that make the number before or after them part of something that is not read here.
_BEFORE: Final = word_set(
    """
    of times plus minus than twice thrice double triple quadruple half third quarter quarters thirds over by
    less more from per squared cubed root sqrt log ln sin cos tan mod modulo floor ceil ceiling round max min
    sum product average mean median difference quotient remainder add subtract multiply divide multiplied
    divided point every lcm gcd abs exp as to and or not if whether suppose assume assuming between versus vs
    version chapter page no number equation eq question answer negative
    """
)
_NUMBER_WORDS: Final = word_set(
    """
    twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion trillion hundreds
    thousands millions billions dozen dozens
    """
)
_AFTER: Final = word_set(
    """
    and or to more less fewer greater times plus minus of over out by percent hundred thousand million billion
    trillion dozen squared cubed remainder r rem remaining with half quarter quarters third thirds point mod am
    pm x divided multiplied rather not above below larger smaller bigger higher lower older younger longer
    shorter o'clock
    """
)
_LABELS: Final = word_set(
    """
    step day week month year phase option case round part type group team stage level box hour trip person bag
    chapter page table row column version scenario method item class grade room bus plan quarter game
    """
)
_LINE_BREAK = re.compile(r"\n|\\n")
_NUMBER_GOES_ON = re.compile(r"[0-9]|\.\.")


def lead_doubt(text: str, items: Sequence[Token], begin: int, at: int, stop: int) -> str:
    """Why the run that begins at `at` may be only the end of what was meant."""
    start = items[at].start
    character = text[start - 1] if start else " "
    if character.isalnum() or character in "_#^\\!" or (character in ".,:/%" and text[start - 2 : start - 1].isdigit()):
        return f"what touches the first number ({character!r}) may belong to it"
    if at == begin:
        return "a ratio" if text[max(0, start - 3) : start].strip(" (") == ":" and text[start - 3] == " " else ""
    before = items[at - 1]
    if before.kind == "word":
        name = before.name
        if items[at].kind == "(" and match_forward(items, at, stop) == stop:
            return "a remark in brackets"
        back = at - 1
        while back > begin and items[back].kind == "word":
            back -= 1
        if items[back].kind == "op":
            return "it is part of a longer expression"
        if items[at].kind == "(" and items[back].kind in OPERAND_ENDS:
            return "a remark in brackets"
        if name in _NUMBER_WORDS or (name == "and" and at - 2 >= begin and items[at - 2].name in _NUMBER_WORDS):
            return "it may be the end of a number in words"
        if name == "and" and not _joins_numbers(items, begin, at - 1):
            return ""
        if name in _BEFORE or name.endswith(("-th", "fold")) or (len(name) == 1 and name not in "ai"):
            return f"the word {name!r} stands before it"
        if _is_label(text, items, at):
            return "the first number may be the number of a step"
        return ""
    if before.kind in ("(", "bullet", "skip", "rel"):
        return ""
    return "what stands before it is not read"


def _is_label(text: str, items: Sequence[Token], at: int) -> bool:
    following = items[at + 1] if at + 1 < len(items) else None
    is_dash = following is not None and following.kind == "op" and following.name == "-"
    return is_dash and (items[at - 1].name in _LABELS or text[items[at - 1].start].isupper())


def tail_doubt(text: str, items: Sequence[Token], end: int, stop: int) -> tuple[str, int]:
    """Why the run that ends at `end` may be only the beginning of what was meant, and where that is decided."""
    last = items[end - 1].end
    if text[last : last + 1].isalnum() and not (end < stop and items[end].kind == "word"):
        return "what touches the last number may belong to it", last + 1
    at, words = end, 0
    while at < stop and items[at].kind in ("word", "cur") and words < 3:
        name = items[at].name
        if name == "and" and _begins_claim(items, at + 1):
            return "", items[at + 2].end
        if name in _AFTER and not (
            words and name != "and" and name in ("of", "with", "to", "out", "over", "by", "not")
        ):
            return f"the word {name!r} stands after it", items[at].end
        if items[at].kind == "word" and words == 0 and len(name) == 1 and name != "a":
            return f"the word {name!r} stands after it", items[at].end
        words += items[at].kind == "word"
        at += 1
    if at == len(items):
        return "", UNDECIDED
    following = items[at]
    decided = following.end
    if following.kind == "rel" and (line_break := _LINE_BREAK.search(text, last, following.start)) is not None:
        # A line that goes on with a relation settles nothing that its break had not settled.
        decided = line_break.end()
    if at == stop or words == 3 or following.kind in (")", "}", "skip"):
        return "", decided
    if following.kind == "stop":
        if following.name == "?":
            return "it is asked", decided
        is_touching = following.name in (".", ",", ":") and _NUMBER_GOES_ON.match(text, following.end) is not None
        is_touching = is_touching or following.name == "…"
        return ("the number may go on" if words == 0 and is_touching else ""), decided
    if following.kind == "(" and text[following.start - 1] == " ":
        is_number = words == 0 and at + 2 < stop and items[at + 1].kind == "num" and items[at + 2].kind == ")"
        return "a number in brackets behind it" if is_number else "", _remark_end(items, at, stop)
    return "what stands after it is not read", decided


def _remark_end(items: Sequence[Token], at: int, stop: int) -> int:
    """Where it is known what stands in brackets: `(mod 12)` changes what is claimed, `(in all)` does not."""
    for token in items[at : min(stop, at + 12)]:
        if token.kind == ")":
            return token.end
    return items[at + 11].end if at + 12 <= stop else UNDECIDED


def _begins_claim(items: Sequence[Token], at: int) -> bool:
    """Whether a sum or `97 is prime` begins at `at`: what comes before an `and` there is complete."""
    at += at < len(items) and items[at].kind == "cur"
    if at + 1 >= len(items) or items[at].kind != "num":
        return False
    if items[at + 1].kind == "op":
        return True
    said = [token.name for token in items[at + 1 : at + 5]]
    return said[0] in ("is", "are") and not _PREDICATES.isdisjoint(said)


_PREDICATES: Final = word_set("prime composite even odd divisible coprime perfect")


def _joins_numbers(items: Sequence[Token], begin: int, at: int) -> bool:
    """Whether the `and` at `at` adds to a number before it (`2 hours and 30`), unless that one ends a claim."""
    if at > begin and items[at - 1].name in _PREDICATES:
        return False
    back = at - 1
    while back >= begin and items[back].kind in ("word", "cur"):
        back -= 1
    if back < begin or items[back].kind not in OPERAND_ENDS:
        return False
    return not (back == begin and begin > 0 and items[begin - 1].kind == "rel")


def match_forward(items: Sequence[Token], at: int, stop: int) -> int | None:
    """The position after the bracket or the `\\frac{}{}` that begins at `at`; None where it is not closed."""
    depth, groups, wanted = 0, 0, 2 if items[at].kind == "frac" else 1
    at += items[at].kind == "frac"
    while at < stop:
        kind = items[at].kind
        depth += (kind in ("(", "{", "call")) - (kind in (")", "}"))
        if depth < 0 or (depth == 0 and kind not in (")", "}")):
            return at + 1 if wanted == 2 and groups == 0 and kind == "num" else None
        at += 1
        if depth == 0:
            groups += 1
            if groups == wanted:
                return at
    return None
