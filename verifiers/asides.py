"""What may stand around a puzzle without changing it: politeness, and how the answer is to be written.

A closed list: a sentence that is not on it is not an aside, so a question with one is not read.
"""

from __future__ import annotations

import re

_ASIDES = (
    r"(?:please )?(?:show|explain|write down|give)(?: me)?(?: all)?(?: of)? ?(?:your|the)? ?"
    r"(?:work(?:ing)?|steps|reasoning|plan|solution|answer|moves|expression|sequence of moves|list of moves)"
    r"(?: (?:step by step|in detail|clearly|as an expression|as a list))?",
    r"let'?s think(?: about (?:it|this))? step by step",
    r"think (?:step by step|carefully|about (?:it|this)(?: carefully)?)",
    r"write down a plan",
    r"(?:please|thanks|thank you|thank you very much|help me with this|good luck)",
    r"(?:and )?(?:then )?write (?:down )?(?:your|the) (?:solution|answer) as:? ?\"[^\"]{1,80}\"",
    r"let'?s think step by step, write down a plan, and then write down your solution as:? ?\"[^\"]{1,80}\"",
    r"suggest a solution|give a solution|find a solution|what is the solution|solve it|solve this|what are the moves",
    r"how (?:can|do|would|should) (?:i|you|we|one) (?:do|solve) (?:it|this|that)",
    r"how (?:can|could) (?:this|it|that) be done|can you (?:do|solve) (?:it|this)",
    r"(?:describe|list|write|give|tell me) (?:me )?(?:the|all|all the|your) (?:moves|steps)"
    r"(?: (?:one by one|in order))?",
)
_ASIDE = re.compile("|".join(f"(?:{one})" for one in _ASIDES))


def flat(text: str) -> str:
    """Lower case, single blanks, plain quotes and signs."""
    table = {0x2019: "'", 0x201C: '"', 0x201D: '"', 0x2212: "-", 0x2013: "-", 0xD7: "*", 0xB7: "*", 0xF7: "/"}
    return " ".join(text.translate(table).lower().split())


def only_asides(text: str) -> bool:
    """Whether nothing but asides stands in a text that is flat."""
    for sentence in re.split(r"[.!?;]+(?:\s+|$)|\n", text):
        bare = sentence.strip(" -,:*")
        if bare and not _ASIDE.fullmatch(bare):
            return False
    return True
