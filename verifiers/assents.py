"""Words with which a writer agrees or disagrees: "Yes,", "You are right.", "No," at the beginning of a reply.

What they say yes or no to stands elsewhere. A correction that turns a sentence into its opposite must not leave a "Yes"
in front of it, and a bare "Yes" to a question claims what was asked.
"""

from __future__ import annotations

import re
from typing import Final

_YES: Final = (
    r"(?:yes|yeah|yep|correct|exactly|indeed|absolutely|certainly|sure|of\s+course|true|right|i\s+agree(?:\s+with\s+you)?|"
    r"(?:you|you['’]re|that|that['’]s|this|it|it['’]s|your\s+\w+)\s*(?:are|is)?\s+(?:absolutely\s+|completely\s+|indeed\s+|quite\s+)?"
    r"(?:right|correct|true)(?:\s+that)?)"
)
_NO: Final = (
    r"(?:no|nope|i\s+disagree(?:\s+with\s+you)?|(?:that|that['’]s|this|it|it['’]s|you|you['’]re)\s*(?:are|is)?\s+"
    r"(?:not\s+(?:quite\s+|entirely\s+)?(?:right|correct|true)|incorrect|wrong|false))"
)
YES: Final = re.compile(rf"\s*{_YES}(?![\w'’-])", re.I)
NO: Final = re.compile(rf"\s*{_NO}(?![\w'’-])", re.I)
_BEFORE: Final = re.compile(
    rf"(?:(?<=[.!?\n:])\s*|^\s*)((?:(?:{_YES}|{_NO})(?:\s*[,.!;:—–]\s*|\s+(?:that\s+)?)(?:(?:and|so|the\s+fact\s+is)\s+)?){{1,4}})$", re.I
)


def assent_before(text: str, at: int) -> int:
    """Where the words of agreement or disagreement begin that stand right before `at`; `at` where there are none."""
    low = max(0, at - 80)
    match = _BEFORE.search(text[low:at])
    return at if match is None else low + match.start(1)
