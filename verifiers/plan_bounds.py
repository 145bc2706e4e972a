"""How questions say the bounds of a list: `between A and B`, `up to B`, `A or more`, and whether the ends count.

The patterns are for normalised words (`plan_words.normal`), in which numbers are `#0`, `#1`. They are what a plan's
bounds are held against; which bounds a question means is the model's choice.
"""

from __future__ import annotations

import re
from typing import Final

from slowthink.verifiers.counting_plans import Plan

LESS: Final = r"(?:below|under|beneath|before|(?:less|smaller|lower|fewer) than)"
MORE: Final = r"(?:above|over|beyond|after|(?:greater|more|larger|bigger|higher) than)"
UP_TO: Final = (
    r"(?:up ?to(?: and including)?|at most|through|until|till|(?:not|no|does not|do not) (?:exceeding|exceed)"
    r"|(?:no|not) (?:greater|more|larger|bigger|higher) than|not above|not over)"
)
FROM: Final = r"(?:at least|(?:no|not) (?:less|smaller|lower|fewer) than|not below)"
_ENDS: Final = r"(?:ends|endpoints|end points)"
INCLUSIVE: Final = (
    rf"(?: (?:both )?(?:{_ENDS} )?(?:inclusive|inclusively|included|counting both ends"
    rf"|including both(?: {_ENDS})?|including the {_ENDS}))"
)
EXCLUSIVE: Final = (
    rf"(?: (?:both )?(?:{_ENDS} )?(?:exclusive|exclusively|excluded|excluding both(?: {_ENDS})?"
    rf"|excluding the {_ENDS}|not including (?:the )?{_ENDS}|not counting (?:the )?{_ENDS}))"
)
_IN: Final = r"(?:from|in the (?:range|interval)(?: from| of)?|range|numbers|integers|of)"
_SPAN: Final = r"(?:between|from|in the (?:range|interval)(?: from| of| between)?|range|interval)"
_STRICT: Final = r"(?:strictly )?"
_PLAIN: Final = r"(?:positive |natural |whole |counting )*(?:integers|numbers)"

_BOTH_IN: Final = (
    rf"{_IN} {{a}} (?:and|to|through|up to|until|till) {{b}}(?!{EXCLUSIVE}| exclusive){INCLUSIVE}?",
    r"numbers {a} (?:to|through) {b}",
    rf"{{a}} (?:to|through) {{b}}{INCLUSIVE}?$",
    r"(?:at least|no less than) {a} (?:and|but) (?:at most|no more than) {b}",
    rf"between {{a}} and {{b}}{INCLUSIVE}",
    r"inclusively between {a} and {b}",
)
_BOTH_OUT: Final = (
    r"(?:strictly|exclusively) (?:\w+ )?between {a} and {b}",
    rf"{_SPAN} {{a}} (?:and|to) {{b}}{EXCLUSIVE}",
    r"strictly (?:greater|more) than {a} and (?:strictly )?less than {b}",
    rf"{MORE} {{a}} (?:and|but) {_STRICT}{LESS} {{b}}",
    rf"{_STRICT}{LESS} {{b}} (?:and|but) {_STRICT}{MORE} {{a}}",
)
_LOW_IN_ONLY: Final = (
    rf"{FROM} {{a}} (?:and|but) {LESS} {{b}}",
    r"from {a} (?:up )?to but not including {b}",
    r"from {a} up to {b} exclusive",
)
_HIGH_IN: Final = (
    rf"{UP_TO} {{a}}",
    r"(?:less|smaller) than or equal to {a}",
    r"{a} or (?:less|fewer|below|smaller|under)",
    r"not exceeding {a}",
)
_LOW_IN: Final = (
    rf"{FROM} {{a}}",
    r"(?:greater|more|larger) than or equal to {a}",
    r"{a} or (?:more|above|greater|over|larger|higher)",
)
_WITH_KIND: Final = r"(?: (?:divisible|that|ending|which|with|whose|starting|coprime|leaving))"

PATTERNS: Final[dict[tuple[str, bool | None, bool | None], str]] = {
    ("two", None, None): rf"between {{a}} (?:and|to) {{b}}(?!{INCLUSIVE}|{EXCLUSIVE})",
    ("two", True, True): "|".join(_BOTH_IN),
    ("two", False, False): "|".join(_BOTH_OUT),
    ("two", False, True): rf"{MORE} {{a}} (?:and|but) {UP_TO} {{b}}",
    ("two", True, False): "|".join(_LOW_IN_ONLY),
    ("high", None, False): rf"(?<!no )(?<!not )(?:strictly )?{LESS} {{a}}(?!{INCLUSIVE})",
    ("high", None, True): "|".join(_HIGH_IN),
    ("high", True, True): rf"first {{a}} {_PLAIN}",
    ("low", False, None): rf"(?<!no )(?<!not )(?:strictly )?(?:{MORE}|exceeding|exceeds?|past|next \w+ after) {{a}}",
    ("low", True, None): "|".join(_LOW_IN),
    ("digits", True, True): r"(?:with |have )?{d}",
    ("first", None, None): rf"first {{a}} (?!{_PLAIN}\b(?!{_WITH_KIND}))",
}
"""For each form of bounds and each meaning of its ends: how a question says it, `{a}` and `{b}` being its numbers."""
_SAYS_ENDS: Final = re.compile(r"strictly|exclusive|inclusive|included|excluded")


def bounds_span(plan: Plan, words: str) -> tuple[int, int] | None:
    """Where the words say a plan's bounds with its ends; None where they do not."""
    bounds, uses = plan.bounds, list(plan.uses)
    if bounds.form == "all":
        return 0, 0
    pattern = PATTERNS.get((bounds.form, bounds.low_in, bounds.high_in))
    if pattern is None or (bounds.form == "first" and plan.then in ("count", "nth")):
        return None
    if bounds.form == "two" and bounds.low_in is None and _SAYS_ENDS.search(words):
        return None
    names = ("low", "high") if bounds.form == "two" else (bounds.form, bounds.form)
    low, high = (uses.index(name) for name in names)
    for mark, written in (("{a}", f"#{low}"), ("{b}", f"#{high}"), ("{d}", f"#d{low}")):
        pattern = pattern.replace(mark, rf"{written}(?!\d)")
    found = re.search(pattern, words)
    return None if found is None else found.span()
