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
from slowthink.verifiers.plan_bounds import EXCLUSIVE, FROM, INCLUSIVE, LESS, MORE, UP_TO, bounds_span
from slowthink.verifiers.plan_words import BOUND_WORDS, FRAME, KINDS, OPERATION_WORDS, STRUCTURE, vocabulary

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
    (
        r"(?:digit|digital|digits) (?:sums?|totals?|adds?(?: up)?|which add up|that add up|that sum|adding up)(?: up)?"
        r"(?: of| to| is| equals| equal to)*$",
        "digit sum.0",
    ),
    (r"(?:sum|total) of(?: (?:the|their|its|whose))? digits(?: is| equals| equal to| of| being)*$", "digit sum.0"),
    (
        r"(?:contain|contains|containing|include|includes|including|with|has|have|having)(?: the| a)?(?: digit)$",
        "contains.0",
    ),
    (r"(?:contain|contains|containing|include|includes)(?: at least)?(?: (?:one|a|an))?$", "contains.0"),
    (r"co ?prime (?:to|with)$|relatively prime (?:to|with)$", "coprime.0"),
    (rf"(?<!no )(?<!not )(?:{LESS})$|(?:{UP_TO})$", "high"),
    (rf"(?<!no )(?<!not )(?:{MORE}|exceeding|exceeds)$|(?:{FROM})$", "low"),
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
        own = next(
            (
                set(uses.split(" ")) if "." not in uses else _dotted(uses)
                for pattern, uses in _BEFORE
                if re.search(pattern, before)
            ),
            None,
        )
        own = next((_dotted(uses) for pattern, uses in _BEHIND if re.search(pattern, behind)), own)
        if (
            own is None
            and place
            and re.fullmatch(
                r"(?:and|or|nor|to|through|until|but not(?: by)?|and not(?: by)?|and by|or by|nor by|)", before
            )
        ):
            own = {"high"} if plan.uses[place - 1] == "low" and plan.bounds.form == "two" else allowed
        allowed = own or set()
        if own and use not in own:
            return f"the number {place + 1} of the question stands where {', '.join(sorted(own))} stands, not {use}"
    return None


def _dotted(uses: str) -> set[str]:
    return set(re.findall(r"[a-z][a-z -]*\.\d", uses))


_MADE_OF: Final = re.compile(r"\b(?:squares|cubes|square|cube|digits|roots?) of (?!#)(?:the |all )?(?:first |\w+ )?\w+")
_DIGITS_SAID: Final = re.compile(r"\bdigits (?:is|add|sum)|sum of (?:the|their|its) digits")


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
    if _MADE_OF.search(words) and not _DIGITS_SAID.search(words):
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
        _have_words_of_their_own(names[1:], [*tokens[:i], *tokens[i + 1 :]])
        for i, t in enumerate(tokens)
        if t in support
    )


_NOT: Final = r"\b(?:not|non|except|excluding|without|indivisible|other than|none|nor|neither|no)\b"
_BOUND_NOTS: Final = re.compile(
    r"\b(?:no|not|does not|do not) (?:exceeding|exceed|greater|more|larger|bigger|higher|less|smaller|lower|fewer|above"
    r"|over|below)\b|up to and including|but not including|not (?:including|counting) (?:the )?(?:ends|endpoints)"
    r"|excluding (?:both|the) ?(?:ends|endpoints)?|or equal to|with no remainder|without (?:a )?remainder"
    r"|#\d+ or (?:less|fewer|below|smaller|under|more|above|greater|over|larger|higher)"
)
"""Denials and joints that belong to the wording of bounds, or deny nothing."""
_BOUND_ANDS: Final = re.compile(
    r"(?:between|from) #\d+ and #\d+|#\d+ (?:and|but) (?=strictly|less|smaller|below|under|greater|more|above"
    r"|over|at|up)"
    r"|(?:less|greater|more|smaller) than #\d+ (?:and|but)"
)
_ONE_ONLY: Final = re.compile(r"\b(?:but|and) not (?:by )?both\b|\b(?:exactly|only|just) one\b|\bnot (?:by )?both\b")
_NOT_OR: Final = re.compile(r"\bneither\b|\bnor\b|\bnone of\b|\bnot\b(?:(?!\bbut\b|\band\b).)*\bor\b")
_DENIALS: Final = re.compile(r"\b(?:not|non|without|except)\b")
_PLURALS: Final = "primes|squares|cubes|palindromes|evens|odds|composites|numbers"
_TWO_LISTS: Final = re.compile(rf"\b(?:{_PLURALS}) and (?:\w+ )?(?:{_PLURALS}|multiples|powers)\b")
_TWO_MULTIPLES: Final = re.compile(r"\bmultiples of #\d+ and(?: of)? #\d+")


def _joint_objection(kind: Kind, words: str) -> str | None:
    """What the words that join and deny say against the tree of a kind."""
    bare = re.sub(f"{INCLUSIVE}|{EXCLUSIVE}", " ", _BOUND_NOTS.sub(" ", words))
    bare = _BOUND_ANDS.sub(" ", bare)
    tokens, name, is_negated = set(bare.split()), kind.name, bool(kind.negated())
    one_only = _ONE_ONLY.search(bare) is not None
    if len(_DENIALS.findall(bare)) > 1 and not one_only:
        return None if name == "neither" else "the question denies two things"
    if _NOT_OR.search(bare) and not (one_only and not tokens & {"neither", "nor"}):
        return None if name == "neither" else "the question says 'neither', or 'not ... or'"
    if one_only:
        return None if name == "xor" else "the question asks for one of two, but not both"
    denies = re.search(_NOT, bare) is not None
    if "or" in tokens:
        return None if name == "or" and not denies else "the question joins by 'or'"
    if denies:
        return (
            _denied_elsewhere(kind, bare) if is_negated and name in ("not", "and") else "the question denies something"
        )
    if name in ("or", "xor", "neither", "not") or is_negated:
        return f"nothing in the question says {'not' if is_negated else name}"
    if name == "and":
        is_open = "both" not in tokens and (_TWO_LISTS.search(bare) or _TWO_MULTIPLES.search(bare))
        return "it is not clear whether all or those in common are meant" if is_open else None
    return "the question joins two kinds" if tokens & {"and", "both", "either"} else None


def _denied_elsewhere(kind: Kind, words: str) -> str | None:
    """Whether what follows the denial in the question is what the plan denies."""
    at = re.search(_NOT, words)
    rest = words[at.end() if at else 0 :].split()
    first = next(
        (w for w in rest if any(w in support.split() for name, (support, _) in KINDS.items() if name != "whole")), None
    )
    denied = kind.negated()[0]
    if denied.numbers:
        following = re.search(r"#(\d+)", " ".join(rest))
        # which of the question's numbers it is was settled by its place; here it is that one is denied at all
        if following is None:
            return "the question denies something else"
        return None
    if at is not None and at[0] == "indivisible":
        return None
    return (
        None if first is not None and first in KINDS[denied.name][0].split() else "the question denies something else"
    )


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
    r"\bdigits? (?:(?:which|that|all|must|do|can) )?(?:add|adds|adding|sum|sums|total|totals)(?: up)?\b"
    r"|\b(?:digit|digital) (?:sum|sums|total)\b"
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
    if plan.then == "count" and not re.search(
        r"\bhow many\b|\bcount\b|\b(?:the|total|a) (?:number|amount|quantity|count) of\b|\bnumber of\b", rest
    ):
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
