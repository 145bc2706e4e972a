# ruff: noqa: E501 - tables
"""Programs made from a seed, of everything that the first tier is given: statements, functions, texts, mathematics."""

import random

NUMBERS = [
    "0",
    "1",
    "2",
    "3",
    "5",
    "7",
    "12",
    "-1",
    "-7",
    "100",
    "255",
    "1000003",
    "0.5",
    "0.1",
    "2.5",
    "-3.75",
    "1e3",
    "1e-7",
    "1e16",
    "123456.789",
    "2**70",
    "-2**65",
    "True",
]
WORDS = ["'apple'", "'Two words'", "''", "'x'", "'3,4,5'", "' padded '", "'aAbB'"]
FORMATS = [".2f", ".0f", "d", "5d", ",", ".3e", "g", ".1%", "08.3f", ">6", "<6", "+", ",.2f", "", "x", "b"]
ONE = [
    "ceil",
    "floor",
    "sqrt",
    "factorial",
    "exp",
    "log",
    "sin",
    "cos",
    "radians",
    "trunc",
    "fabs",
    "isqrt",
    "log2",
    "log10",
    "degrees",
    "tan",
    "atan",
    "isfinite",
]
TWO = ["gcd", "lcm", "comb", "perm", "pow", "hypot", "atan2", "fmod", "copysign", "isclose", "dist"]


class Writer:
    """Writes one program; the same seed writes the same one."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.names: list[str] = []

    def pick(self, *choices: str) -> str:
        return self.random.choice(choices)

    def number(self, depth: int = 0) -> str:
        kind = self.random.randrange(16 if depth < 3 else 2)
        if kind == 0:
            return self.random.choice(NUMBERS)
        if kind == 1:
            return self.random.choice(self.names) if self.names else "4"
        one, other = (self.number(depth + 1) for _ in range(2))
        return [
            f"({one} {self.pick('+', '-', '*', '/', '//', '%')} {other})",
            f"({one} {self.pick('+', '-', '*')} {other})",
            f"({one}) ** {self.pick('2', '3', '0.5', '-1', '0')}",
            f"round({one}, {self.pick('0', '1', '2', '3', '5')})",
            f"round({one})",
            f"{self.pick('abs', 'int', 'float', 'bool')}({one})",
            f"{self.pick('min', 'max')}({one}, {other})",
            f"({one} if {self.test(depth + 1)} else {other})",
            f"{self.pick('sum', 'len', 'max', 'min')}({self.row(depth + 1)})",
            f"math.{self.random.choice(ONE)}({one})",
            f"math.{self.random.choice(TWO)}({one}, {other})",
            f"{self.row(depth + 1)}[{self.pick('0', '-1', '1')}]",
            f"-{one}",
            f"divmod({one}, {other})[{self.pick('0', '1')}]",
        ][kind - 2]

    def test(self, depth: int = 0) -> str:
        one, other = self.number(depth + 1), self.number(depth + 1)
        return self.pick(
            f"{one} {self.pick('<', '<=', '>', '>=', '==', '!=')} {other}",
            f"({one} > 0 {self.pick('and', 'or')} {other} > 1)",
            f"not {one}",
            f"{one} in {self.row(depth + 1)}",
            f"0 < {one} < {other}",
            f"{self.pick('all', 'any')}(v > 1 for v in {self.row(depth + 1)})",
        )

    def row(self, depth: int = 0) -> str:
        if depth > 2:
            return "[3, 1, 2]"
        numbers = ", ".join(self.number(depth + 1) for _ in range(self.random.randrange(1, 5)))
        small = self.random.randrange(1, 12)
        return self.pick(
            f"[{numbers}]",
            f"[{numbers}]",
            f"list(range({small}))",
            f"[v * {self.random.randrange(1, 4)} for v in range({small}) if v % 2 == {self.random.randrange(2)}]",
            f"sorted([{numbers}])",
            f"sorted([{numbers}], key=lambda v: -v)",
            f"list(reversed([{numbers}]))",
            f"list(map(lambda v: v + 1, [{numbers}]))",
            f"[i + v for i, v in enumerate([{numbers}])]",
            f"[a * b for a, b in zip([{numbers}], [{numbers}])]",
            f"[{numbers}][::-1]",
            f"[{numbers}] * 2",
            f"list({{'a': 1, 'b': {self.number(depth + 1)}}}.values())",
            f"list(filter(lambda v: v != 0, [{numbers}, 1]))",
            f"[{numbers}][1:] + [0]",
        )

    def text(self) -> str:
        word, number = self.random.choice(WORDS), self.number(2)
        return self.pick(
            word,
            f"f'{{{number}:{self.random.choice(FORMATS)}}}'",
            f"str({number})",
            f"f'{{{word!s}}} is {{{number}}}'" if "'" not in word else f'f"{{{word}}} is {{{number}}}"',
            f"{word}.{self.pick('upper()', 'lower()', 'strip()', 'split()', 'replace(' + repr('a') + ', ' + repr('b') + ')')}",
            f"{word}[{self.pick('0:2', '::-1', '1:')}]",
            f"', '.join(str(v) for v in {self.row(1)})",
            f"{word} * 2 + {word}",
            f"str({self.row(1)})",
            f"{word}.{self.pick('count', 'startswith', 'endswith')}('a')",
            "'3,4,5'.split(',')",
        )

    def statement(self, indent: str = "") -> list[str]:
        name = self.pick("a", "b", "c", "total", "price")
        kind = self.random.randrange(11)
        known = [*self.names]
        lines = [
            [f"{name} = {self.number()}"],
            [f"{name} = {self.number()}"],
            [f"{name} = 1", f"{name} {self.pick('+=', '-=', '*=')} {self.number()}"],
            [f"print({self.number()}, {self.text()})"],
            [f"print({self.text()}, end='; ')" if self.random.random() < 0.3 else f"print({self.row()})"],
            [f"{name} = 0", f"for k in {self.row()}:", f"    {name} = {name} + k"],
            [f"if {self.test()}:", f"    {name} = {self.number(1)}", "else:", f"    {name} = {self.number(1)}"],
            [f"{name} = 1", f"while {name} < {self.random.randrange(2, 200)}:", f"    {name} *= 2"],
            [
                f"def f{len(known)}(x, y=2):",
                f"    return x * y + {self.number(2)}",
                f"{name} = f{len(known)}({self.number(1)})",
            ],
            [f"d = {{'k': {self.number(1)}, 'm': 2}}", f"{name} = d['k'] + d.get('z', 3)"],
            [f"rows = {self.row()}", "rows.append(4)", "rows.sort()", f"{name} = rows[0]"],
        ][kind]
        if kind not in (3, 4) and name not in self.names:
            self.names.append(name)
        return [indent + line for line in lines]

    def program(self) -> str:
        lines = [] if self.random.random() < 0.5 else ["import math"]
        for _ in range(self.random.randrange(1, 7)):
            lines += self.statement()
        end = self.random.randrange(5)
        if end == 0:
            lines.append(f"ans = {self.pick(self.number(), self.row(), self.text())}")
        elif end == 1:
            lines.append(self.pick(self.number(), self.row(), self.text()))
        elif end == 2:
            lines += ["def solution():", f"    result = {self.number()}", "    return result"]
        elif end == 3:
            lines.append(f"print({self.number()})")
        else:
            lines.append(f"answer = ({self.number()}, {self.text()}, {self.test()})")
        return "\n".join(lines)


def program(seed: int) -> str:
    """The program of a seed."""
    return Writer(seed).program()
