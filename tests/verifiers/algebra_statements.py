"""Statements of school algebra and pairs of answers, with their truth, made from a seed."""

from __future__ import annotations

from fractions import Fraction
from random import Random

from statements import Statement, framed
from sum_statements import decimal, places_of

HEADS = ["", "", "So ", "Therefore ", "Here ", "- ", "Hence, ", "We see that "]
Polynomial = list[Fraction]


def times(a: Polynomial, b: Polynomial) -> Polynomial:
    result = [Fraction(0)] * (len(a) + len(b) - 1)
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            result[i + j] += x * y
    return result


def value_at(p: Polynomial, x: Fraction) -> Fraction:
    return sum((c * x**i for i, c in enumerate(p)), Fraction(0))


def plain(value: Fraction) -> str:
    places = places_of(value)
    return decimal(value, places) if places is not None else f"{value.numerator}/{value.denominator}"


def shown(r: Random, p: Polynomial, x: str) -> str:
    """A polynomial as people write it, in one of the notations for products and powers."""
    power = r.choice(["{}^{}", "{}^{}", "{}**{}", "{}^{{{}}}"])
    sign = r.choice(["", "", "*", " * "])
    terms = []
    order = range(len(p) - 1, -1, -1) if r.random() < 0.8 else range(len(p))
    for i in order:
        c = p[i]
        if c == 0:
            continue
        letter = "" if i == 0 else x if i == 1 else power.format(x, i)
        size = plain(abs(c))
        bracket = f"({size})" if "/" in size and i else size
        term = letter if i and abs(c) == 1 else f"{bracket}{sign if i else ''}{letter}"
        terms.append(("-" if c < 0 else "+", term))
    if not terms:
        return "0"
    text = ("-" if terms[0][0] == "-" else "") + terms[0][1]
    for s, term in terms[1:]:
        text += f" {s} {term}" if r.random() < 0.9 else f"{s}{term}"
    return text


def _polynomial(r: Random, degree: int) -> Polynomial:
    p = [Fraction(r.randint(-9, 9)) for _ in range(degree + 1)]
    if r.random() < 0.15:
        p[r.randrange(len(p))] = Fraction(r.randint(1, 9), r.choice([2, 4, 5]))
    p[-1] = p[-1] or Fraction(1)
    return p


def _changed(r: Random, p: Polynomial) -> Polynomial:
    q = list(p)
    q[r.randrange(len(q))] += r.choice([1, -1, 2, Fraction(1, 2)])
    return q


def _factor(root: int, x: str) -> str:
    return x if root == 0 else f"({x} - {root})" if root > 0 else f"({x} + {-root})"


def _identity(r: Random, x: str) -> tuple[str, bool | None]:
    roots = [r.randint(-6, 6) for _ in range(r.randint(1, 3))]
    p: Polynomial = [Fraction(1)]
    for root in roots:
        p = times(p, [Fraction(-root), Fraction(1)])
    product = "".join(_factor(root, x) for root in roots)
    if len(roots) == 1 and r.random() < 0.7:
        k = r.choice([2, 3])
        product, one = f"{_factor(roots[0], x)}^{k}", p
        for _ in range(k - 1):
            p = times(p, one)
    wrong = r.random() < 0.5
    q = _changed(r, p) if wrong else p
    turn = r.choice(["expands to", "is equivalent to", "is the same as", "can be written as", "simplifies to"])
    if r.random() < 0.3:
        turn = r.choice(["factors as", "can be factored as", "is equivalent to"])
        return f"{shown(r, q, x)} {turn} {product}", not wrong
    return f"{product} {turn} {shown(r, q, x)}", not wrong


def _quotient(r: Random, x: str) -> tuple[str, bool | None]:
    a, p = r.randint(-5, 5), _polynomial(r, r.randint(1, 2))
    top = times(p, [Fraction(-a), Fraction(1)])
    wrong = r.random() < 0.5
    bottom = [Fraction(-a), Fraction(1)]
    return (
        f"({shown(r, top, x)})/({shown(r, bottom, x)}) simplifies to {shown(r, _changed(r, p) if wrong else p, x)}",
        not wrong,
    )


def _derivative(r: Random, x: str) -> tuple[str, bool | None]:
    p = _polynomial(r, r.randint(1, 4))
    q = [i * c for i, c in enumerate(p)][1:]
    wrong = r.random() < 0.5
    right = shown(r, _changed(r, q) if wrong else q, x)
    forms = [
        "the derivative of {} is {}",
        f"The derivative of {{}} with respect to {x} is {{}}",
        f"d/d{x} ({{}}) = {{}}",
    ]
    form = r.choice(forms)
    return form.format(shown(r, p, x), right), not wrong


def _integral(r: Random, x: str) -> tuple[str, bool | None]:
    q = _polynomial(r, r.randint(1, 3))
    p = [i * c for i, c in enumerate(q)][1:]
    if len([c for c in p if c]) == 0:
        return f"2{x} is the same as {x} + {x}", True
    if r.random() < 0.5:
        wrong = r.random() < 0.5
        claimed = [Fraction(0), *(_changed(r, q[1:]) if wrong else q[1:])]
        return f"the integral of {shown(r, p, x)} is {shown(r, claimed, x)} + C", not wrong
    low, high = r.randint(0, 3), r.randint(4, 6)
    right = value_at(q, Fraction(high)) - value_at(q, Fraction(low))
    claimed_value = right + r.choice([0, 0, 1, -2])
    said = f"the integral of {shown(r, p, x)} from {low} to {high} is {plain(claimed_value)}"
    return said, claimed_value == right


def _solution(r: Random, x: str) -> tuple[str, bool | None]:
    a, b, root = (
        r.choice([1, 2, 3, 4, -2, -5]),
        r.randint(-20, 20),
        Fraction(r.randint(-12, 12), r.choice([1, 1, 1, 2])),
    )
    p = [Fraction(b), Fraction(a)]
    right = value_at(p, root)
    claimed = root + r.choice([0, 0, 1, Fraction(1, 2)])
    equation = f"{shown(r, p, x)} = {plain(right)}"
    forms = ["{x} = {v} is a solution of {e}", "{x} = {v} satisfies {e}"]
    form = r.choice([*forms, "the solution of {e} is {x} = {v}", "the solution to {e} is {v}"])
    return form.format(x=x, v=plain(claimed), e=equation), claimed == root


def _solutions(r: Random, x: str) -> tuple[str, bool | None]:
    roots = sorted({r.randint(-6, 6) for _ in range(2)})
    p: Polynomial = [Fraction(1)]
    for root in roots:
        p = times(p, [Fraction(-root), Fraction(1)])
    claimed = list(roots)
    change = r.choice(["none", "none", "other", "left out"])
    if change == "other":
        claimed[0] += r.choice([1, -1, 13])
    elif change == "left out" and len(claimed) > 1:
        del claimed[1]
    values = [f"{x} = {v}" for v in claimed] if r.random() < 0.5 else [str(v) for v in claimed]
    word = r.choice([" and ", " or "])
    return f"the solutions of {shown(r, p, x)} = 0 are {word.join(values)}", set(claimed) == set(roots)


def _system(r: Random, x: str) -> tuple[str, bool | None]:
    y = "y" if x != "y" else "z"
    a, b = r.randint(-9, 9), r.randint(-9, 9)
    k = r.choice([1, 2, 3])
    c, d = a + r.choice([0, 0, 0, 1]), b
    said = f"{x} = {c} and {y} = {d} satisfy {x} + {y} = {a + b} and {k}{x} - {y} = {k * a - b}"
    truth = c == a
    if r.random() < 0.5:
        said = f"the solution to {x} + {y} = {a + b} and {k}{x} - {y} = {k * a - b} is {x} = {c} and {y} = {d}"
    return said, truth


FORMS = [_identity, _identity, _quotient, _derivative, _integral, _solution, _solutions, _system]
NOT_CLAIMED = [("Is it true that ", "?"), ("Suppose ", "."), ("It is not true that ", "."), ("If ", ", we stop."),
               ("It is wrong that ", "."), ("Let us check whether ", "."), ("", " only when x > 3.")]  # fmt: skip


def of_algebra(r: Random) -> Statement:
    said, truth = r.choice(FORMS)(r, r.choice("xxxynt"))
    if r.random() < 0.1:
        before, after = r.choice(NOT_CLAIMED)
        return framed(before, said, after, None)
    return framed(r.choice(HEADS), said, r.choice(["", ".", ".", "!", ".\nThat is all."]), truth)


# Two answers and whether they are one.


def written(r: Random, value: Fraction) -> str:
    """A number in one of the ways in which answers write it."""
    sign, top, bottom = "-" if value < 0 else "", abs(value.numerator), value.denominator
    ratio, latex = f"{sign}{top}/{bottom}", rf"{sign}\frac{{{top}}}{{{bottom}}}"
    ways = [ratio, latex, rf"$\boxed{{{latex}}}$", f"The answer is {ratio}.", f"x = {ratio}", rf"\({latex}\)"]
    if bottom == 1:
        whole = f"{sign}{top}"
        ways += [whole, f"{sign}{top:,}", f"{whole}.00", f"{sign}${top}", f"#### {whole}", f"{whole} apples"]
        ways += [f'{{"reasoning": "2 + 2 = 4", "answer": "{whole}"}}', f"**{whole}**", rf"\boxed{{{whole}}}"]
        ways.append(f"2 + 2 = 4, so the final answer is {whole}.")
    places = places_of(value)
    if places is not None:
        ways += [decimal(value, places), f"{decimal(value, places)} meters", f"answer: {decimal(value, places)}"]
    if places_of(100 * value) is not None:
        shown_percent = decimal(100 * value, places_of(100 * value) or 0)
        ways += [f"{shown_percent}%", rf"{shown_percent}\%"]
    return r.choice(ways)


def _number_pair(r: Random) -> tuple[str, str, bool | None]:
    one = Fraction(r.randint(-2000, 20000), r.choice([1, 1, 1, 1, 2, 3, 4, 7, 8, 10, 100]))
    other = one if r.random() < 0.5 else one + r.choice([1, -1, 10, Fraction(1, 2), one, 99])
    left, right = written(r, one), written(r, other)
    if other == one:
        return left, right, True
    near = one in (100 * other, other / 100) or abs(one - other) <= abs(one) / 100 + Fraction(1, 10)
    return left, right, None if near else False


def _several_pair(r: Random) -> tuple[str, str, bool | None]:
    values = r.sample(range(-30, 60), r.randint(2, 4))
    others = list(values)
    if r.random() < 0.5:
        others[r.randrange(len(others))] = 77
    kind = r.choice(["set", "tuple", "list", "interval"])
    if kind == "interval":
        low, high = sorted(values[:2])
        ends = r.choice(["()", "[]", "[)", "(]"]), r.choice(["()", "[]", "[)", "(]"])
        move = r.choice([0, 0, 1])
        wrap = r.choice(["{}", "${}$", r"\({}\)"])
        left = f"{ends[0][0]}{low}, {high}{ends[0][1]}"
        right = wrap.format(f"{ends[1][0]}{low + move}, {high}{ends[1][1]}")
        same = ends[0] == ends[1] and move == 0
        # round brackets may be a point, square ones a list
        return left, right, True if same else (False if move else None)
    if kind == "tuple":
        turned = r.sample(others, len(others))
        return f"({', '.join(map(str, values))})", f"({', '.join(map(str, turned))})", turned == values
    turned = r.sample(others, len(others))
    left, right = ", ".join(map(str, values)), ", ".join(map(str, turned))
    if kind == "set":
        left, right = r.choice(["{%s}", r"\{%s\}"]) % left, r.choice(["{%s}", r"\{%s\}", "%s"]) % right
    return left, right, set(values) == set(others)


def _word_pair(r: Random) -> tuple[str, str, bool | None]:
    if r.random() < 0.5:
        letters = r.choice("ABCDE"), r.choice("ABCDE")
        ways = ["({})", "{}", "The answer is ({}).", r"\boxed{{{}}}", r"\text{{({})}}", "{}."]
        left, right = (r.choice(ways).format(letter) for letter in letters)
        return left, right, letters[0] == letters[1]
    pair = r.choice([("yes", "no"), ("true", "false"), ("even", "odd"), ("monday", "tuesday")])
    words = r.choice(pair), r.choice(pair)
    left, right = (
        r.choice([str.title, str.upper, str.lower, "{}.".format, r"\text{{{}}}".format])(word) for word in words
    )
    return left, right, words[0] == words[1]


UNITS = [("minutes", 1, "time"), ("hours", 60, "time"), ("days", 1440, "time"), ("inches", 1, "length"),
         ("feet", 12, "length"), ("cm", 1, "metric"), ("m", 100, "metric"),
         ("grams", 1, "mass"), ("kg", 1000, "mass")]  # fmt: skip


def _unit_pair(r: Random) -> tuple[str, str, bool | None]:
    one, other = r.choice(UNITS), r.choice(UNITS)
    a = r.randint(1, 30)
    if one[2] != other[2]:
        return f"{a} {one[0]}", f"{r.choice([a, a + 1])} {other[0]}", None
    right = Fraction(a * one[1], other[1])
    b = right + r.choice([0, 0, 3])
    if places_of(b) is None:
        return f"{a} {one[0]}", f"{a} {one[0]}", True
    return f"{a} {one[0]}", f"{decimal(b, places_of(b) or 0)} {other[0]}", b == right


def a_pair(r: Random) -> tuple[str, str, bool | None]:
    return r.choice([_number_pair, _number_pair, _number_pair, _several_pair, _word_pair, _unit_pair])(r)
