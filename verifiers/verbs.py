"""The verbs of arithmetic in English: what they do, their particles, their forms, and what joins their operands.

The idea: a verb is listed once, under what it does (`bump up` increases, `knock` takes away), and all its forms follow:
commands, what was done, and participles. A verb may stand under several headings (`cut 20 by 5`, `cut 5 from 20`), and
what joins its operands tells them apart. Verbs that may put digits side by side (`append`, `join`) are left out.
"""

from __future__ import annotations

from itertools import product
from typing import Final, NamedTuple

from slowthink.verifiers.expressions import Operator

# What a verb does, and the verbs: with `!` after a particle that must be there, before or behind the object.
_VERBS: Final = {
    "add": "add|tack|throw in!|chuck in!|toss in!",
    "put": "put|stack|pile|heap|place|pop",
    "subtract": "subtract|deduct|remove|minus|withdraw|cut|trim|dock|pull",
    "take": "take|knock|shave|lop|chop|slice|clip",
    "multiply": "multiply|times|magnify|scale|scale up!|blow up!",
    "divide": "divide",
    "share": "divide|share|split|distribute",
    "scale": "scale down!",
    "increase": "increase|boost|raise|lift|grow|augment|enlarge|hike|up|bump up!|push up!|bring up!"
    "|top up!|jack up!|build up!|beef up!",
    "decrease": "decrease|reduce|lower|lessen|diminish|cut|drop|trim|slash|shrink|cut down!|cut back!|bring down!"
    "|knock down!|push down!|mark down!|take down!|drop down!|whittle down!|scale back!",
    "raise": "raise",
    "square": "square",
    "cube": "cube",
    "halve": "halve",
    "sum": "sum|total|combine|tot|tally|pool|lump|count up!",
}
_IRREGULAR: Final = {
    "cut": ("cut", "cut"), "put": ("put", "put"), "grow": ("grew", "grown"),
    "shrink": ("shrank", "shrunk"), "bring": ("brought", "brought"), "throw": ("threw", "thrown"),
    "split": ("split", "split"), "build": ("built", "built"), "withdraw": ("withdrew", "withdrawn"),
    "blow": ("blew", "blown"), "magnify": ("magnified", "magnified"), "take": ("took", "taken"),
}  # fmt: skip
_DOUBLED: Final = ("cut", "put", "drop", "trim", "strip", "chop", "lop", "tot", "pop", "step", "split", "up", "sum",
                   "bump up", "clip", "top", "total")  # fmt: skip
# Words that may follow a verb without changing what it says.
PARTICLES: Final = {
    "add": ("up", "together", "on", "another", "in"), "sum": ("up", "together"), "multiply": ("together",),
    "subtract": ("another", "away"), "take": ("away", "off", "out", "another"), "share": ("up", "out"),
}  # fmt: skip


class Form(NamedTuple):
    """What a word does as a verb; the particle that it needs; whether it is told as done, or as being done."""

    does: str
    particle: str
    is_past: bool
    is_gerund: bool


class Verb(NamedTuple):
    """A verb in the text: what it does, the position after it, the particle that must still come, its tense."""

    does: str
    after: int
    particle: tuple[str, ...]
    is_past: bool
    is_gerund: bool


def _conjugated(verb: str) -> tuple[str, str, str, str]:
    """Third person, gerund, past, participle."""
    stem = verb + verb[-1] if verb in _DOUBLED else verb.removesuffix("e")
    past = stem + "ed"
    if verb.endswith("ly") or verb == "tally":
        third, past = verb[:-1] + "ies", verb[:-1] + "ied"
    else:
        third = verb + ("es" if verb.endswith(("sh", "ss", "ch")) else "s")
    return third, stem + "ing", *_IRREGULAR.get(verb, (past, past))


def _forms() -> tuple[dict[str, tuple[Form, ...]], dict[str, tuple[tuple[str, ...], ...]]]:
    """The forms by their word, and the participles by what they do."""
    forms: dict[str, tuple[Form, ...]] = {}
    participles: dict[str, tuple[tuple[str, ...], ...]] = {}
    for does, line in _VERBS.items():
        for entry in line.split("|"):
            verb, _, particle = entry.removesuffix("!").partition(" ")
            third, gerund, past, participle = _conjugated(verb)
            told = [Form(does, particle, past == verb, False)] if past == verb else []
            for word, form in (
                (verb, Form(does, particle, False, False)), (third, Form(does, particle, False, False)),
                (gerund, Form(does, particle, False, True)), (past, Form(does, particle, True, False)),
            ):  # fmt: skip
                if form not in told or word != verb:
                    forms[word] = (*forms.get(word, ()), form)
            done = (participle, particle) if particle else (participle,)
            participles[does] = (*participles.get(does, ()), done)
    return forms, participles


FORMS, _PARTICIPLES = _forms()
_OFF: Final = ("from", "off", "off of", "away from", "out of", "off from")
_ONTO: Final = ("to", "onto", "on to", "on top of", "in with")
_AMONG: Final = tuple(
    (*up, evenly, between)
    for up in ((), ("out",), ("up",))
    for evenly in ("equally", "evenly", "fairly")
    for between in ("between", "among", "amongst", "by")
)
# Participles with what follows them, by the operation: `raised by`, `shared equally among`.
BY: Final[tuple[tuple[tuple[str, ...], Operator], ...]] = (
    *(((*done, "by"), "+") for done in _PARTICIPLES["increase"]),
    (("topped", "up", "with"), "+"),
    *(((*done, "by"), "-") for done in _PARTICIPLES["decrease"]),
    *(((*done, *joint.split()), "+") for done in _PARTICIPLES["add"] for joint in _ONTO),
    *(((*done, "on", "top", "of"), "+") for done in _PARTICIPLES["put"]),
    *(((*done, *joint), "+") for done in _PARTICIPLES["sum"] for joint in (("with",), ("together", "with"))),
    (("put", "together", "with"), "+"), (("taken", "together", "with"), "+"), (("along", "with"), "+"),
    *(((*done, *joint), "*") for done in _PARTICIPLES["multiply"] for joint in (("by",), ("with",))),
    *(((done, "by", "a", "factor", "of"), "*") for done in ("increased", "enlarged")),
    *(((done, "by", "a", "factor", "of"), "/") for done in ("reduced", "decreased", "shrunk", "divided")),
    (("scaled", "down", "by", "a", "factor", "of"), "/"),
    (("divided", "by"), "/"), (("shared", "between"), "/"), (("shared", "among"), "/"),
    *(((*done, *among), "/") for done in _PARTICIPLES["share"] for among in _AMONG),
)  # fmt: skip
# Participles of what is taken from something; the left side may be a product and a form of `is` may stand before it.
TAKEN_FROM: Final = tuple(
    (*done, *joint.split()) for done in (*_PARTICIPLES["subtract"], *_PARTICIPLES["take"]) for joint in _OFF
)
# Participles that may stand at the end, of what is taken away or put on.
TAKEN_AWAY: Final = (
    *((*done, *away) for done, away in product((*_PARTICIPLES["subtract"], *_PARTICIPLES["take"]),
        ((), ("away",), ("off",), ("out",)))),
    ("gone",), ("lost",),
)  # fmt: skip
PUT_ON: Final = (
    *((*done, *on) for done, on in product(_PARTICIPLES["add"], ((), ("on",), ("in",), ("on", "top"), ("as", "well")))),
    *((*done, "on", "top") for done in _PARTICIPLES["put"]), ("put", "on"), ("on", "top"), ("included",),
)  # fmt: skip
# What a verb does, what joins its two operands, the operation, and whether the second operand comes first in it.
COMMANDS: Final[tuple[tuple[str, tuple[str, ...], Operator, bool], ...]] = (
    *(("add", tuple(joint.split()), "+", True) for joint in _ONTO),
    ("put", ("on", "top", "of"), "+", True), ("put", ("together", "with"), "+", True),
    *((does, tuple(joint.split()), "-", True) for does in ("subtract", "take") for joint in _OFF),
    ("multiply", ("by",), "*", False), ("multiply", ("with",), "*", False), ("multiply", ("times",), "*", False),
    ("multiply", ("first", "by"), "*", False), ("multiply", ("by", "a", "factor", "of"), "*", False),
    ("sum", ("with",), "+", False), ("sum", ("together", "with"), "+", False),
    ("divide", ("by",), "/", False), ("divide", ("first", "by"), "/", False),
    *(("share", among, "/", False) for among in _AMONG),
    ("scale", ("by", "a", "factor", "of"), "/", False),
    ("increase", ("by",), "+", False), ("increase", ("with",), "+", False), ("decrease", ("by",), "-", False),
    ("increase", ("by", "a", "factor", "of"), "*", False), ("decrease", ("by", "a", "factor", "of"), "/", False),
    ("raise", ("to", "the", "power", "of"), "^", False), ("raise", ("to", "the", "power"), "^", False),
)  # fmt: skip
