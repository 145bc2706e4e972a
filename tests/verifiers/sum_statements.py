"""Sums in all notations with their truth, and solutions as models write them with one number changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from random import Random

from statements import HEADS, TAILS, Statement, framed

Written = tuple[str, Fraction, int]
"""An expression, its value, and how tightly it binds: 1 a sum, 2 a product, 3 a power, 4 alone."""
SIGNS = {
    "+": ["+", "+", " plus "],
    "-": ["-", "−", "–", " minus "],
    "*": ["*", "×", "·", " x ", r" \times ", " times ", r" \cdot ", "∙"],
    "/": ["/", "÷", r" \div ", " divided by "],
}


def decimal(value: Fraction, places: int) -> str:
    """The value with so many decimals, correctly rounded, halves up."""
    scaled = abs(value) * 10**places
    whole = int(scaled + Fraction(1, 2))
    digits = str(whole).rjust(places + 1, "0")
    shown = digits[: len(digits) - places] + ("." + digits[len(digits) - places :] if places else "")
    return ("-" if value < 0 and whole else "") + shown


def places_of(value: Fraction) -> int | None:
    """How many decimals the value has; None where they do not end soon."""
    return next((k for k in range(7) if (value * 10**k).denominator == 1), None)


def _leaf(r: Random) -> Written:
    kind = r.choice(["int", "int", "int", "big", "decimal", "fraction", "mixed", "vulgar", "power", "negative", "frac"])
    n = r.choice([r.randint(0, 20), r.randint(0, 999), r.randint(0, 9999)])
    if kind == "big":
        return f"{n * 1001:,}", Fraction(n * 1001), 4
    if kind == "decimal":
        places = r.randint(1, 3)
        return (
            f"{n}.{r.randint(1, 9)}" if places == 1 else decimal(Fraction(n * 7 + 1, 10**places), places),
            Fraction(0),
            0,
        )
    top, bottom = r.randint(1, 9), r.randint(2, 12)
    if kind == "fraction":
        return f"({top}/{bottom})", Fraction(top, bottom), 4
    if kind == "frac":
        return rf"\frac{{{top}}}{{{bottom}}}", Fraction(top, bottom), 4
    if kind == "mixed" and top < bottom:
        return f"({n} {top}/{bottom})", n + Fraction(top, bottom), 4
    if kind == "vulgar":
        return f"{n or ''}½", n + Fraction(1, 2), 4
    if kind == "power":
        base, power = r.randint(2, 12), r.randint(2, 4)
        sign = r.choice(["^{}", "**{}", "^{{{}}}"])
        return f"{base}{sign.format(power)}", Fraction(base**power), 3
    if kind == "negative":
        return f"(-{n})", Fraction(-n), 4
    return str(n), Fraction(n), 4


def leaf(r: Random) -> Written:
    text, value, binding = _leaf(r)
    return (text, Fraction(text), 4) if binding == 0 else (text, value, binding)


def expression(r: Random, depth: int) -> Written:
    """An expression with signs in some spellings, brackets where they are needed and some where they are not."""
    if depth == 0 or r.random() < 0.15:
        return leaf(r)
    name = r.choice("+-**/")
    left, right = expression(r, depth - 1), expression(r, depth - 1)
    if name == "/" and right[1] == 0:
        name = "+"
    value = {"+": left[1] + right[1], "-": left[1] - right[1], "*": left[1] * right[1]}.get(name)
    value = left[1] / right[1] if value is None else value
    binding = 1 if name in "+-" else 2
    least = binding, binding if name in "+*" else binding + 1
    shown = [
        one[0] if one[2] >= need and (one[2] == 4 or r.random() < 0.8) else f"({one[0]})"
        for one, need in zip((left, right), least, strict=True)
    ]
    sign = r.choice(SIGNS[name])
    space = "" if " " in sign else r.choice(["", " ", " "])
    return f"{shown[0]}{space}{sign}{space}{shown[1]}", value, binding


def number(r: Random, value: Fraction) -> str | None:
    """The value as some number that is exactly it; None where no short decimal is."""
    places = places_of(value)
    if places is None:
        return None
    text = decimal(value, places)
    ways = [text, text]
    if places == 0:
        ways += [f"{int(value):,}", f"{text}.0", f"**{text}**", rf"\boxed{{{text}}}"]
    elif value.denominator < 40 and value > 0:
        ways.append(rf"\frac{{{value.numerator}}}{{{value.denominator}}}")
    return r.choice(ways)


def a_sum(r: Random) -> Statement:
    """One sum, in some surroundings, right or wrong."""
    text, value, _ = expression(r, r.choice([1, 1, 1, 2, 2, 3]))
    if abs(value) > 10**9:
        return framed("", "2 + 2 = 4", ".", True)
    wrong = r.random() < 0.5
    shown, truth, relation = number(r, value), True, r.choice([" = ", " = ", "=", " equals ", r" &= "])
    if shown is None:
        places = r.randint(1, 4)
        shown, truth, relation = decimal(value, places), True, r.choice([" ≈ ", r" \approx "])
        if not wrong and r.random() < 0.5:
            # rounded behind an equals sign: no error, and no proof
            return framed(r.choice(HEADS), f"{text} = {shown}", r.choice(TAILS), None)
    if wrong:
        error = r.choice([1, -1, 2, 7, 10, -10, 99, Fraction(1, 2), value or 1])
        claimed = value + error
        shown, truth, relation = (
            decimal(claimed, 3 if places_of(claimed) is None else places_of(claimed) or 0),
            False,
            " = ",
        )
    chain = ""
    if r.random() < 0.15:
        chain = f"{text} = "
    return framed(r.choice(HEADS), f"{chain}{text}{relation}{shown}", r.choice([*TAILS, " apples", " in all"]), truth)


# What says something else than its numbers: never proved where the result is only that of the numbers.

UNITS = [("hours", "minutes", 60), ("weeks", "days", 7), ("feet", "inches", 12), ("kg", "g", 1000),
         ("m", "cm", 100), ("dollars", "cents", 100), ("dozen", "eggs", 12),
         ("pounds", "ounces", 16), ("gallons", "cups", 16)]  # fmt: skip


def of_units(r: Random) -> Statement:
    large, small, size = r.choice(UNITS)
    a, b = r.randint(1, 20), r.randint(1, 50)
    said = f"{a} {large} + {b} {small} = "
    total = a * size + b
    if r.random() < 0.5:
        return framed(r.choice(HEADS), f"{said}{total} {small}", ".", True)
    return framed(r.choice(HEADS), f"{said}{a + b} {r.choice([large, small])}", ".", False)


NOT_SAID = [
    ("It is not true that ", "."), ("He claims ", "."), ("Suppose ", "."), ("Wrong: ", ""), ("If ", ", then pigs fly."),
    ("A common mistake is ", "."), ("~~", "~~"), ("", " is false."), ("", " does not hold."), ("", " (mod 5)"),
    ("In base 6, ", "."), ("Modulo 7, ", "."), ("It is wrong to say that ", "."), ("Is ", "?"), ("Does ", " hold?"),
    ("Student: ", ""), ("Let ", "."), ("She guessed ", "."), ("", " [sic]"), ("", ", said Tom."),
    ("Rather than ", ", think."),
    ('print("', '")'), ("No one would say ", "."), ("", " only if pigs fly."), ("", ". No wait, that is off."),
    ("I wrote ", ", which was a mistake."), ("", ". That is wrong."), ("On a 12-hour clock, ", "."),
]  # fmt: skip


def not_claimed(r: Random) -> Statement:
    """A wrong sum that nobody stands behind: not refuted (and, being wrong, not proved)."""
    a, b = r.randint(2, 99), r.randint(2, 99)
    before, after = r.choice(NOT_SAID)
    return framed(before, f"{a} + {b} = {a + b + r.randint(1, 9)}", after, None)


@dataclass(frozen=True)
class Line:
    """A sentence with room for its numbers, and what they must come to."""

    frame: str
    result: Callable[..., Fraction | int]


LINES = [
    Line("She buys {0} packs at ${1} each, so she pays {0} * ${1} = ${2}.", lambda a, b: a * b),
    Line("- Total: {0} hours × ${1}/hour = ${2}", lambda a, b: a * b),
    Line("There are {0} + {1} = {2} pens in all.", lambda a, b: a + b),
    Line("1. He has {0} - {1} = {2} left (he gave some away)", lambda a, b: a - b),
    Line("Half of them, {0} / 2 = {2}, are red, which leaves as many.", lambda a, b: Fraction(a, 2)),
    Line(r"\[ {0} \times {1} = {2} \]", lambda a, b: a * b),
    Line("The sum ({0} + {1}) = **{2}**, so we go on.", lambda a, b: a + b),
    Line("<<{0}-{1}={2}>>{2} eggs are left.", lambda a, b: a - b),
    Line("{0} apples + {1} apples = {2} apples", lambda a, b: a + b),
    Line("Adding them, we get {0}+{1}={2}; the rest follows.", lambda a, b: a + b),
    Line("{0}% of {1} is {0}/100 * {1} = {2}.", lambda a, b: Fraction(a * b, 100)),
    Line("| {0} | {1} | {0} + {1} = {2} |", lambda a, b: a + b),
    Line("The area is {0} m * {1} m = {2} square meters.", lambda a, b: a * b),
    Line("x = {0} * {1} = {2}", lambda a, b: a * b),
    Line("Each gets {0} ÷ {1} = {2}.", Fraction),
    Line("Together that is ${0}.50 + ${1}.50 = ${2}.", lambda a, b: a + b + 1),
    Line("In {1} weeks it is {0} * {1} * 7 = {2} days' worth.", lambda a, b: a * b * 7),
]


def a_solution(r: Random) -> list[Statement]:
    """A solution of some lines, one number of it changed now and then; one statement for each line, all in one text."""
    joint = r.choice(["\n", "\n\n", " ", "\\n"])
    before = r.choice(["", "Let's think step by step.\n", '{"reasoning": "', '```json\n{\n  "reasoning": "'])
    text, spans = before, []
    for _ in range(r.randint(1, 5)):
        line = r.choice(LINES)
        a, b = r.randint(1, 500), r.randint(1, 60)
        result = Fraction(line.result(a, b))
        places = places_of(result)
        if places is None or places > 2:
            a, b = 100, 20
            result = Fraction(line.result(a, b))
            places = places_of(result) or 0
        claimed = result + (r.choice([1, -1, 3, 10, 90]) if r.random() < 0.4 else 0)
        said = line.frame.format(a, b, decimal(claimed, places))
        spans.append((len(text), len(text) + len(said), claimed == result))
        text += said + joint
    text += r.choice(["", "#### 5", "The answer is 5.", '", "answer": "5"}'])
    return [Statement(text, start, end, truth) for start, end, truth in spans]
