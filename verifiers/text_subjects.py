"""How a request for a text says what it is about, and where its words for the subject end.

The patterns are tried on a request in which quoted words are written `§0§` and phrases that were read already `|`.
"""

from __future__ import annotations

import re

_THEME = r"(?:theme|subject|topic)"
_SAID = r"(§\d+§|[^|.,;:!?()\n]{1,60}?)"
_BRIEF = r"(§\d+§|[^|.,;:!?()\n]{1,40}?)"
_AS_ITS_THEME = rf"\s+(?:as|for)\s+(?:your|its|the|a|my|our)\s+{_THEME}\b"

ABOUT = "|".join((
    r"about|concerning|regarding|inspired by|dedicated to|in (?:praise|honou?r|memory) of|devoted to",
    r"cent(?:red|ered) on|celebrating|describing|ode to|to do with",
    rf"(?:on|with|around)\s+(?:the\s+|a\s+)?{_THEME}(?:\s+of|\s*:)?",
    rf"(?:(?:whose|the|its)\s+)?{_THEME}(?:\s*(?:is|being|should be|must be|will be|:|=|-|,))",
    rf"{_THEME}(?:\s+\w+){{1,3}}\s+is|(?<=[,;.|] ){_THEME}|{_THEME} be",
    r"(?:(?:it|which|that|poem)\s+)?(?:should|must|has to|will|to)\s+"
    r"(?:concern|be on|deal with|speak of|treat)(?:\s+is)?",
    r"(?:deal(?:s|ing)? with|(?:speak|sing|tell|talk)(?:s|ing)? of)(?:\s+is)?|concerns|treat(?:s|ing)(?: of)?",
    r"(?:poems?|poetry|verses?|piece|lines) (?:upon|over)|(?:write|writing|something poetic) on",
    rf"(?:poems?|poetry|verses?|piece)\s+(?:\|\s+)?on(?!\s+(?:the\s+|a\s+)?(?:{_THEME}|word|name)\b)",
))  # fmt: skip
"""What stands in front of the subject."""
AS_THEME = re.compile(
    rf"\b(?:tak(?:e|es|ing)|us(?:e|es|ing)|with|ha(?:s|ve|ving))\s+{_SAID}{_AS_ITS_THEME}|"
    rf"\b(?:let|have)\s+{_SAID}\s+(?:be|as)\s+(?:the|its|your)\s+{_THEME}\b(?:\s+of\b)?|"
    rf"\bmak(?:e|es|ing)\s+(?!(?:\w+\s+){{0,2}}(?:poems?|verses?)\b){_SAID}\s+(?:the|its|your)\s+{_THEME}\b(?:\s+of\b)?",
    re.I,
)
"""`take the sea as your theme`."""
BARE_THEME = re.compile(
    rf"(?:^|[|.,;:])\s*(?:(?:and|so)\s+)?{_BRIEF}\s+(?:is|being)\s+what\s+(?:it|the poem|the lines)\s+"
    r"(?:should|must|has to|will|is to|needs to)\s+be\s+about\b|"
    rf"\bturn(?:ing)?\s+{_BRIEF}\s+into\s+(?:an?\s+|some\s+|\|\s*|[\w-]+\s+){{0,3}}(?:poem|verse|poetry)\b|"
    rf"(?:^|[|.,;:])\s*(?!(?:and|with|which|that|it|please|tak\w+|us\w+|hav\w+|mak\w+)\b){_BRIEF}{_AS_ITS_THEME}",
    re.I,
)
"""`6 lines, the sea as the subject`; `the sea is what it should be about`; `turn the sea into a poem`."""
TELEGRAM = re.compile(
    r"\W*(?:a |one |short |little )*(?:poems?|verses?)(?:,? (?:please|wanted|needed))?\s*[,:;!.–—-]"
    r"[\s,;|]*(§\d+§|[^|.,;:!?()\n]{2,60}?)\s*(?:[|.,;:]|$)",
    re.I,
)
"""`Poem, the sea, 6 lines.`"""
_OCCASION = (
    "challenge|class|contest|competition|project|assignment|homework|school|event|card|birthday|game|notebook|diary|"
    "journal|blog|newsletter|album|website|wall"
)
_GOES_ON = (
    r"make|have|let|the|end|begin|use|its|it\b|give|run|be|with|finish|close|flip|reverse|invert|turn|mirror|put|write|"
    r"say|repeat|read|bring|start|open|conclude|then|\d|when|at"
)
END_OF_SUBJECT = r"\s+(?:" + "|".join((
    r"whose|which|that|where|such|so that|using|please|in which|in whose|but|having|must|should|for me|will do\b",
    r"since|as (?=an? |poetry)|this (?=week|month|year)|be (?=its|the)|i (?=request|want|need|would|ask)",
    rf"and (?={_GOES_ON})|with (?=any|the|its|a\b|\d)",
    rf"for (?:a|an|my|our|the) (?=(?:[\w-]+ ){{0,3}}(?:{_OCCASION})\b)",
    r"for (?:a|an|my|our|the) (?:[\w-]+ ){1,3}(?=who\b|that\b)",
    r"in (?=(?:an? )?(?:[\w-]+ )?(?:verse|rhyme|poetry|stanzas|poem)\b)|in (?=the (?:form|style))",
    r"(?:(?:sound|look|read|go|work) (?:like )?)?if (?=its?\b|their\b|the\b)",
    r"(?:mirror|revers|repeat|match|echo)(?:s|es|e|ing)? (?=the|its)",
)) + ")"  # fmt: skip
"""What stands behind it."""
