"""Sorts and functions as programs over enumerated sorts declare them: `days = EnumSort([...])`, `[people] -> [days]`.

Sorts that share elements become one sort with parts; a function into a part has its values there. Elements keep the
order in which they are listed. Numbers stand for elements only where the elements are numbers, or where the program
says that a function's values go from 1 to as many as there are elements. Not covered: sorts and functions that are no
lists of names.
"""

from __future__ import annotations

import re

from slowthink.verifiers.logic_program_lines import Names, Notes, clean, key
from slowthink.verifiers.statement_syntax import Mistake
from slowthink.verifiers.statements import Apply, Name, Quantified, Sort, Symbol, Term, Variable, disjunction, operation

_BRACKETS = r"\((?:[^()\n]|\([^()\n]*\))*\)"
_FROM_ONE = re.compile(rf"\b1\s*<=\s*(\w+){_BRACKETS}\s*(?:,|&&?|and)\s*\1{_BRACKETS}\s*<=\s*(\d+)")


class Declarations:
    """The sorts and functions of one program; `notes` say what was tolerated."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.notes = Notes()
        self.names = Names(self.notes)
        self.sorts: dict[str, Sort] = {}
        self.parts: dict[str, tuple[str, tuple[str, ...]]] = {}
        """For each name of a sort, by its key: our sort, and the elements that it has of it."""
        self.elements: dict[str, str] = {}
        self.symbols: dict[str, Symbol] = {}
        self.functions: dict[str, Symbol] = {}
        self.ranges: list[Term] = []
        """That functions into a part of a sort have their values there."""
        self.numbered: set[str] = set()
        """Sorts of which the program says that their elements go from 1 to as many as there are."""

    def declare_sorts(self, found: list[tuple[str, list[str]]]) -> None:
        """Sorts that share elements become one sort with parts."""
        numeric = [
            (name, items) for name, items in found if items and all(re.fullmatch(r"-?\d+", one) for one in items)
        ]
        groups: list[tuple[list[str], list[tuple[str, list[str]]]]] = []
        for name, items in found:
            if not items or (name, items) in numeric:
                continue
            mine = {key(one) for one in items}
            touched = [group for group in groups if mine & {key(one) for one in group[0]}]
            merged: tuple[list[str], list[tuple[str, list[str]]]] = ([], [])
            for group in [*touched, (items, [(name, items)])]:
                merged[0].extend(one for one in group[0] if key(one) not in {key(other) for other in merged[0]})
                merged[1].extend(group[1])
            groups = [group for group in groups if group not in touched] + [merged]
        for name, items in numeric:
            values = tuple(dict.fromkeys(str(int(one)) for one in items))
            sort = self.names.fresh(clean(name))
            self.sorts[sort] = Sort(name=sort, elements=values)
            self.parts[key(name)] = (sort, values)
        for items, members in groups:
            sort = self.names.fresh(clean(members[0][0]))
            named = {key(one): self.names.of("element", one) for one in items}
            self.sorts[sort] = Sort(name=sort, elements=tuple(named.values()), ordered=True)
            self.elements |= dict.fromkeys(named.values(), sort)
            for name, own in members:
                self.parts[key(name)] = (sort, tuple(dict.fromkeys(named[key(one)] for one in own)))

    def declare_function(self, name: str, arguments: str, result: str, position: int) -> None:
        """A function; its arguments and result are sorts that were declared."""
        sorts = [self._sort(one, position) for one in re.split(r"[,+]", arguments)] if arguments.strip() else []
        if "+" in arguments:
            sorts = list(dict.fromkeys(sorts))
        known = self.names.of("function", name)
        target = result.lower() if result.lower() in ("bool", "int", "real") else self._sort(result, position)
        symbol = Symbol(name=known, arguments=tuple(sorts), result=target)
        self.symbols[known] = symbol
        self.functions[key(name)] = symbol
        if target in self.sorts and (part := self.parts[key(result)][1]) != self.sorts[target].elements:
            self.ranges.append(self._into(symbol, part))

    def _into(self, symbol: Symbol, part: tuple[str, ...]) -> Term:
        variables = tuple(Variable(name=self.names.fresh("e"), sort=sort) for sort in symbol.arguments)
        arguments = tuple(Name(name=one.name) for one in variables)
        value: Term = Apply(symbol=symbol.name, arguments=arguments) if arguments else Name(name=symbol.name)
        inside = disjunction([operation("=", value, Name(name=one)) for one in part])
        return Quantified(quantifier="all", variables=variables, body=inside) if variables else inside

    def note_numbered(self, lines: str) -> None:
        """Note the sorts whose elements are said to be 1 to as many as there are: `And(1 <= f(x), f(x) <= 6)`."""
        for match in _FROM_ONE.finditer(lines):
            symbol = self.functions.get(key(match[1]))
            if symbol is not None and symbol.result in self.sorts:
                sort = self.sorts[symbol.result]
                if not sort.is_numeric and int(match[2]) == len(sort.elements or ()):
                    self.numbered.add(sort.name)

    def _sort(self, name: str, position: int) -> str:
        found = self.parts.get(key(name))
        if found is None:
            raise Mistake(f"there is no sort {name.strip()!r}", position, self.text)
        return found[0]
