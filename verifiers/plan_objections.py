"""What speaks against a plan of counting being the one that a question asks for?

The question's numbers must be where the words around them put them, every part of the plan must be supported by a word,
every word must belong to a part of the plan or to the frame, and words that join or deny must have their place. This is
no verifier and no reader: an objection sends the model back to another plan, and the lack of one proves nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from slowthink.verifiers.counting_plans import Plan
from slowthink.verifiers.number_kinds import Kind
from slowthink.verifiers.plan_words import BOUND_WORDS, FRAME, KINDS, OPERATION_WORDS, STRUCTURE, vocabulary

_LESS = r"(?:below|under|beneath|before|(?:less|smaller|lower|fewer) than)"
_MORE = r"(?:above|over|beyond|after|(?:greater|more|larger|bigger|higher) than)"
_UPTO = r"(?:up ?to(?: and including)?|at most|through|until|till|(?:not|no|does not|do not) (?:exceeding|exceed)|(?:no|not) (?:greater|more|larger|bigger|higher) than|not above|not over)"
_FROM = r"(?:at least|(?:no|not) (?:less|smaller|lower|fewer) than|not below)"
_INCLUSIVE = r"(?: (?:both )?(?:ends |endpoints |end points )?(?:inclusive|inclusively|included|counting both ends|including both(?: ends| endpoints)?|including the (?:ends|endpoints)))"
_EXCLUSIVE = r"(?: (?:both )?(?:ends |endpoints )?(?:exclusive|exclusively|excluded|excluding both(?: ends| endpoints)?|excluding the (?:ends|endpoints)|not including (?:the )?(?:ends|endpoints)|not counting (?:the )?(?:ends|endpoints)))"
_OR_EQUAL = r"(?: or equal to)"
_SPAN = r"(?:between|from|in the (?:range|interval)(?: from| of| between)?|range|interval)"

PATTERNS: Final[dict[tuple[str, bool | None, bool | None], str]] = {
    ("two", None, None): r"between {a} (?:and|to) {b}(?!%s|%s)" % (_INCLUSIVE, _EXCLUSIVE),
    ("two", True, True): (
        r"(?:(?:%s {a} (?:and|to|through|up to|until|till) {b}(?!%s| exclusive)%s?)|numbers {a} (?:to|through) {b}|{a} (?:to|through) {b}%s?$"
        r"|(?:at least|no less than) {a} (?:and|but) (?:at most|no more than) {b}|between {a} and {b}%s|inclusively between {a} and {b})"
        % (r"(?:from|in the (?:range|interval)(?: from| of)?|range|numbers|integers|of)", _EXCLUSIVE, _INCLUSIVE, _INCLUSIVE, _INCLUSIVE)
    ),
    ("two", False, False): (
        r"(?:(?:strictly|exclusively) (?:\w+ )?between {a} and {b}|%s {a} (?:and|to) {b}%s|strictly (?:greater|more) than {a} and (?:strictly )?less than {b}"
        r"|%s {a} (?:and|but) (?:strictly )?%s {b}|%s {b} (?:and|but) %s {a})" % (_SPAN, _EXCLUSIVE, _MORE, _LESS, "(?:strictly )?" + _LESS, "(?:strictly )?" + _MORE)
    ),
    ("two", False, True): r"%s {a} (?:and|but) %s {b}" % (_MORE, _UPTO),
    ("two", True, False): r"(?:%s {a} (?:and|but) %s {b}|from {a} (?:up )?to but not including {b}|from {a} up to {b} exclusive)" % (_FROM, _LESS),
    ("high", None, False): r"(?<!no )(?<!not )(?:strictly )?%s {a}(?!%s)" % (_LESS, _INCLUSIVE),
    ("high", None, True): r"(?:%s {a}|%s or equal to {a}|{a} or (?:less|fewer|below|smaller|under)|not exceeding {a})" % (_UPTO, r"(?:less|smaller) than"),
    ("high", True, True): r"first {a} (?:positive |natural |whole |counting )*(?:integers|numbers)",
    ("low", False, None): r"(?<!no )(?<!not )(?:strictly )?(?:%s|exceeding|exceed|exceeds|past|next \w+ after) {a}" % _MORE,
    ("low", True, None): r"(?:%s {a}|(?:greater|more|larger) than or equal to {a}|{a} or (?:more|above|greater|over|larger|higher))" % _FROM,
    ("digits", True, True): r"(?:{d}|with {d}|have {d})",
    ("first", None, None): r"first {a} (?!(?:positive |natural |whole |counting )*(?:integers|numbers)\b(?! (?:divisible|that|ending|which|with|whose|starting|coprime|leaving)))",
    ("all", None, None): r"",
}
"""For each form of bounds and each meaning of its ends: how a question says it, `{a}` and `{b}` being its numbers."""


def bounds_span(plan: Plan, words: str) -> tuple[int, int] | None:
    """Where the words say these bounds with these ends; None where they do not."""
    bounds = plan.bounds
    if bounds.form == "all":
        return 0, 0
    pattern = PATTERNS.get((bounds.form, bounds.low_in, bounds.high_in))
    if pattern is None:
        return None
    uses = list(plan.uses)
    places = {
        "two": lambda: (uses.index("low"), uses.index("high")),
        "digits": lambda: (uses.index("digits"),) * 2,
    }.get(bounds.form, lambda: (uses.index(bounds.form),) * 2)()
    a, b = (f"#{place}(?!\\d)" for place in places)
    found = re.search(pattern.replace("{a}", a).replace("{b}", b).replace("{d}", f"#d{places[0]}(?!\\d)"), words)
    if found is None or (bounds.form == "first" and plan.then in ("count", "nth")):
        return None
    if bounds.form == "two" and bounds.low_in is None and re.search(r"strictly|exclusive|inclusive|included|excluded", words):
        return None
    return found.span()


_BEFORE: Final[tuple[tuple[str, str], ...]] = (
    (r"(?:leaves?|leaving|with|gives?|has|have) (?:a |the )?(?:remainder|rest|residue)(?: of| is)?$", "remainder.0"),
    (r"(?:remainder|rest|residue)(?: of| is| equal to)?$", "remainder.0"),
    (r"congruent to$", "remainder.0"),
    (r"\b(?:mod|modulo)$", "remainder.1"),
    (r"(?:multiples?|divisible|indivisible)(?: evenly| exactly)?(?: of| by)(?: both| either| neither)?$", "multiple.0"),
    (r"divided by$", "multiple.0 remainder.1"),
    (r"(?:divisors?|factors?)(?: of)?(?: does)?$", "divisor.0"),
    (r"(?:divide|divides)(?: evenly)?(?: into)?$", "divisor.0"),
    (r"powers? of$", "power of.0"),
    (r"\b(?:ends?|ending|finish\w*|terminate\w*) (?:in|with|on)(?: an?| the)?(?: digit)?$", "ends.0"),
    (r"(?:last|units?|ones) digit(?: is| of| equal to| being)?(?: an?)?$", "ends.0"),
    (r"\b(?:starts?|starting|begins?|beginning) (?:with|in)(?: an?| the)?(?: digit)?$", "starts.0"),
    (r"(?:first|leading) digit(?: is| of| equal to| being)?(?: an?)?$", "starts.0"),
    (r"(?:digit|digital|digits) (?:sums?|totals?|adds?(?: up)?|which add up|that add up|that sum|adding up)(?: up)?(?: of| to| is| equals| equal to)*$", "digit sum.0"),
    (r"(?:sum|total) of(?: (?:the|their|its|whose))? digits(?: is| equals| equal to| of| being)*$", "digit sum.0"),
    (r"(?:contain|contains|containing|include|includes|including|with|has|have|having)(?: the| a)?(?: digit)$", "contains.0"),
    (r"(?:contain|contains|containing|include|includes)(?: at least)?(?: (?:one|a|an))?$", "contains.0"),
    (r"co ?prime (?:to|with)$|relatively prime (?:to|with)$", "coprime.0"),
    (rf"(?<!no )(?<!not )(?:{_LESS})$|(?:{_UPTO})$", "high"),
    (rf"(?<!no )(?<!not )(?:{_MORE}|exceeding|exceeds)$|(?:{_FROM})$", "low"),
    (r"\b(?:between|from)$", "low"),
    (r"\bfirst$", "first high"),
)
"""What stands before a number, and what the number may be there."""
_BEHIND: Final[tuple[tuple[str, str], ...]] = (
    (r"^(?:positive )?(?:divisors|factors)\b", "divisor count.0"),
    (r"^(?:as a|as one of its|as one of their|in its|in their|somewhere) ", "contains.0"),
    (r"^divides\b", "multiple.0"),
)


def _misplaced(plan: Plan, words: str) -> str | None:
    """A number that the words around it put elsewhere than the plan does."""
    allowed: set[str] = set()
    parts = re.split(r"#[dn]?\d+", words)
    for place, use in enumerate(plan.uses):
        before, behind = parts[place].strip(), parts[place + 1].strip()
        own = next((set(uses.split(" ")) if "." not in uses else _dotted(uses) for pattern, uses in _BEFORE if re.search(pattern, before)), None)
        own = next((_dotted(uses) for pattern, uses in _BEHIND if re.search(pattern, behind)), own)
        if own is None and place and re.fullmatch(r"(?:and|or|nor|to|through|until|but not(?: by)?|and not(?: by)?|and by|or by|nor by|)", before):
            own = {"high"} if plan.uses[place - 1] == "low" and plan.bounds.form == "two" else allowed
        allowed = own or set()
        if own and use not in own:
            return f"the number {place + 1} of the question stands where {', '.join(sorted(own))} stands, not {use}"
    return None


def _dotted(uses: str) -> set[str]:
    return set(re.findall(r"[a-z][a-z -]*\.\d", uses))


def unknown_word(words: str) -> str | None:
    """A word that no plan could account for, whatever it is; None where there is none."""
    known = vocabulary()
    return next((word for word in words.split() if not word.startswith("#") and word not in known), None)


def kind_objection(plan: Plan, words: str) -> str | None:
    """What speaks against what the plan lists, whatever its ends are and whatever is done with the list."""
    misplaced = _misplaced(plan, words) if plan.bounds.form == "two" else _misplaced_open(plan, words)
    if misplaced:
        return misplaced
    tokens = words.split()
    atoms = plan.kind.atoms()
    names = {atom.name for atom in atoms}
    if "whole" in names and len(atoms) > 1:
        return "whole numbers are joined with another kind"
    for name in names:
        if not set(KINDS[name][0].split()) & set(tokens):
            return f"nothing in the question says {name}"
    if len(names) > 1 and not _have_words_of_their_own(sorted(names), tokens):
        return "two parts of the plan rest on one word"
    leave = {word for name in names for word in KINDS[name][1].split()}
    shy = FRAME | BOUND_WORDS | {w for _, words_ in OPERATION_WORDS.values() for w in words_.split()}
    other = [t for t in tokens if t not in leave and t not in shy and not t.startswith("#") and t not in STRUCTURE]
    if other:
        return f"the word {other[0]!r} has no place in the plan"
    if re.search(r"\b(?:squares|cubes|square|cube|digits|roots?) of (?!#)(?:the |all )?(?:first |\w+ )?\w+", words) and not re.search(
        r"\b(?:digits) (?:is|add|sum)|sum of (?:the|their|its) digits", words
    ):
        return "it is asked for something made of the numbers, not for the numbers"
    return _joint_objection(plan.kind, words)


def _misplaced_open(plan: Plan, words: str) -> str | None:
    """The same while it is open which end a lone number is."""
    uses = plan.uses
    if plan.bounds.form not in ("high", "low", "first"):
        return _misplaced(plan, words)
    found = None
    for form in ("high", "low", "first"):
        tried = tuple(form if use in ("high", "low", "first") else use for use in uses)
        found = _misplaced(Plan(plan.kind, plan.bounds, plan.then, plan.nth, tried), words)
        if found is None:
            return None
    return found


def _have_words_of_their_own(names: Sequence[str], tokens: Sequence[str]) -> bool:
    """Whether each name can be given a word of the question that no other one is given."""
    if not names:
        return True
    support = set(KINDS[names[0]][0].split())
    return any(
        _have_words_of_their_own(names[1:], [*tokens[:i], *tokens[i + 1 :]]) for i, t in enumerate(tokens) if t in support
    )


_NOT = r"(?:\bnot\b|\bnon\b|\bexcept\b|\bexcluding\b|\bwithout\b|\bindivisible\b|\bother than\b|\bnone\b|\bnor\b|\bneither\b|\bno\b)"
_BOUND_NOTS = re.compile(
    r"\b(?:no|not|does not|do not) (?:exceeding|exceed|greater|more|larger|bigger|higher|less|smaller|lower|fewer|above|over|below)\b"
    r"|up to and including|but not including|not (?:including|counting) (?:the )?(?:ends|endpoints)|excluding (?:both|the) ?(?:ends|endpoints)?|or equal to"
    r"|#\d+ or (?:less|fewer|below|smaller|under|more|above|greater|over|larger|higher)|with no remainder|without (?:a )?remainder"
)


def _joint_objection(kind: Kind, words: str) -> str | None:
    """What the words that join and deny say against the tree of a kind."""
    bare = re.sub(f"{_INCLUSIVE}|{_EXCLUSIVE}", " ", _BOUND_NOTS.sub(" ", words))
    bare = re.sub(r"(between|from) #\d+ and #\d+|#\d+ (?:and|but) (?=less|smaller|below|under|greater|more|above|over|at|up)|(?:less|greater|more|smaller) than #\d+ (?:and|but)", " ", bare)
    has = {word: re.search(rf"\b{word}\b", bare) is not None for word in ("and", "or", "but", "both", "neither", "nor", "either")}
    denies = re.search(_NOT, bare) is not None
    one_only = re.search(r"\b(?:but|and) not (?:by )?both\b|\bexactly one\b|\bonly one\b|\bnot (?:by )?both\b|\bjust one\b", bare) is not None
    name, is_negated = kind.name, bool(kind.negated())
    if len(re.findall(r"\b(?:not|non|without|except)\b", bare)) > 1 and not one_only:
        return None if name == "neither" else "the question denies two things"
    if has["neither"] or has["nor"] or re.search(r"\bnone of\b", bare) or (re.search(r"\bnot\b(?:(?!\bbut\b|\band\b).)*\bor\b", bare) and not one_only):
        return None if name == "neither" else "the question says 'neither', or 'not ... or'"
    if one_only:
        return None if name == "xor" else "the question asks for one of two, but not both"
    if has["or"]:
        return None if name == "or" and not denies else "the question joins by 'or'"
    if denies:
        if not is_negated or name not in ("not", "and"):
            return "the question denies something"
        return _denied_elsewhere(kind, bare)
    if name in ("or", "xor", "neither", "not") or is_negated:
        return f"nothing in the question says {'not' if is_negated else name}"
    if name == "and":
        plural = re.search(r"\b(?:primes|squares|cubes|palindromes|evens|odds|composites|numbers) and (?:\w+ )?(?:primes|squares|cubes|palindromes|multiples|numbers|evens|odds|composites|powers)\b", bare)
        loose = re.search(r"\bmultiples of #\d+ and(?: of)? #\d+", bare) and not has["both"]
        is_open = (plural and not has["both"]) or loose
        return "it is not clear whether all or those in common are meant" if is_open else None
    if has["and"] or has["both"] or has["either"]:
        return "the question joins two kinds"
    return None


def _denied_elsewhere(kind: Kind, words: str) -> str | None:
    """Whether what follows the denial in the question is what the plan denies."""
    at = re.search(_NOT, words)
    rest = words[at.end() if at else 0 :].split()
    first = next((w for w in rest if any(w in support.split() for name, (support, _) in KINDS.items() if name != "whole")), None)
    denied = kind.negated()[0]
    if denied.numbers:
        following = re.search(r"#(\d+)", " ".join(rest))
        # which of the question's numbers it is was settled by its place; here it is that one is denied at all
        if following is None:
            return "the question denies something else"
        return None
    if at is not None and at[0] == "indivisible":
        return None
    return None if first is not None and first in KINDS[denied.name][0].split() else "the question denies something else"


def denied_numbers_fit(plan: Plan, words: str) -> bool:
    """Whether the number that a plan denies is the first one behind the question's denial."""
    denied = plan.kind.negated()
    if not denied or not denied[0].numbers:
        return True
    bare = _BOUND_NOTS.sub(" ", words)
    at = re.search(_NOT, bare)
    following = re.search(r"#(\d+)", bare[at.end() :]) if at else None
    if following is None:
        return False
    return int(following[1]) == _place_of(plan, denied[0])


def _place_of(plan: Plan, atom: Kind) -> int:
    """The place in the question of the first number of an atom of the plan."""
    before = 0
    for one in plan.kind.atoms():
        if one == atom:
            break
        before += len(one.numbers)
    return plan.places[before]


def objection(plan: Plan, words: str) -> str | None:
    """What speaks against a whole plan; None when nothing does."""
    against = kind_objection(plan, words) or _misplaced(plan, words)
    if against:
        return against
    if not denied_numbers_fit(plan, words):
        return "the question denies another number"
    span = bounds_span(plan, words)
    if span is None:
        return "the question does not say these bounds"
    if plan.bounds.form == "all" and plan.then != "nth" and all(atom.name != "divisor" for atom in plan.kind.atoms()):
        return "there is no end to the list"
    if plan.bounds.form == "low" and plan.then not in ("smallest", "nth"):
        return "there is no end to the list"
    rest = words[: span[0]] + " " + words[span[1] :]
    return _then_objection(plan, words, rest) or _left_over(plan, rest)


_DIGITS_ADDED: Final = re.compile(
    r"\bdigits? (?:(?:which|that|all|must|do|can) )?(?:add|adds|adding|sum|sums|total|totals)(?: up)?\b|\b(?:digit|digital) (?:sum|sums|total)\b"
    r"|\b(?:sum|total) of (?:the|their|its|whose) digits\b"
)


def _then_objection(plan: Plan, words: str, rest: str) -> str | None:
    if any(atom.name == "digit sum" for atom in plan.kind.atoms()):
        rest = _DIGITS_ADDED.sub(" ", rest)
    tokens = set(rest.split())
    support = set(OPERATION_WORDS[plan.then][0].split())
    if plan.then == "nth":
        return None if plan.nth is not None else "no place in the list is asked for"
    if any(use == "nth" for use in plan.uses):
        return "a place in the list is asked for"
    if not tokens & support:
        return f"nothing in the question says {plan.then}"
    if plan.then == "count" and not re.search(r"\bhow many\b|\bcount\b|\b(?:the|total|a) (?:number|amount|quantity|count) of\b|\bnumber of\b", rest):
        return "nothing in the question says count"
    if plan.then != "count" and re.search(r"\bhow many\b|\bcount\b|\b(?:the|total|a) number of\b", rest):
        return "the question asks how many"
    if plan.then not in ("sum", "count", "product") and re.search(r"\b(?:sum|total|add|adding)\b", rest):
        return "the question asks for a sum"
    return None


def _left_over(plan: Plan, rest: str) -> str | None:
    """A word that belongs to no part of the plan."""
    leave = {word for atom in plan.kind.atoms() for word in KINDS[atom.name][1].split()}
    leave |= set(OPERATION_WORDS[plan.then][1].split())
    if plan.kind.parts:
        leave |= STRUCTURE | {"exactly", "just", "common", "also"}
    for token in rest.split():
        if not token.startswith("#") and token not in FRAME and token not in leave:
            return f"the word {token!r} has no place in the plan"
    return None
