"""The side of the solver: in a worker process, statements become z3 expressions and checks become their results.

Finite sorts are numbers from 0, every cell of a function over them is a variable of its own, and quantifiers over them
are written out; quantifiers over open sorts are left to z3. Each check has its own `rlimit`, so its result does not
depend on the speed of the machine. A result is `unsat` with the names of premises that suffice, `sat` with an
interpretation that the parent substitutes back, or `unknown` with a reason. What passed `statement_sorts.check` in the
parent is taken as it is. z3 is imported here and nowhere else.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import Any, Final

from slowthink.verifiers.statement_sorts import signature
from slowthink.verifiers.statements import Apply, Name, Number, Operation, Premise, Quantified, Term, Theory, Truth

MAX_WORK: Final = 100_000
"""So many terms may come of writing quantifiers out."""
MAX_CELLS: Final = 20_000


class TooMuch(Exception):
    """The theory is too large when it is written out."""


def warm() -> None:
    """Import z3 and decide a first small thing with it."""
    z3 = _z3()
    z3.Solver(ctx=z3.Context()).check()


def _z3() -> Any:
    """z3, imported where it is used; its functions have no types."""
    import z3

    return z3


def run(job: dict[str, Any]) -> list[dict[str, Any]]:
    """The result of each of `checks` (a statement, or None) beside the premises; inconsistent ones end it."""
    theory = Theory.model_validate(job["theory"])
    checks = [None if check is None else _statement(check) for check in job["checks"]]
    try:
        desk = _Desk(theory, int(job["rlimit"]))
        results: list[dict[str, Any]] = []
        for check in checks:
            results.append(desk.result(check))
            if check is None and results[-1]["status"] != "sat":
                break
        return results
    except TooMuch as error:
        return [{"status": "unknown", "why": str(error)}]


def _statement(data: dict[str, Any]) -> Term:
    return Premise.model_validate({"name": "question", "statement": data}).statement


class _Desk:
    """One theory in a context of its own, so that nothing of an earlier one has an influence."""

    def __init__(self, theory: Theory, rlimit: int) -> None:
        z3 = _z3()
        self.context = z3.Context()
        self.names = signature(theory)
        self._work = 0
        self._open = {
            name: z3.DeclareSort(name, self.context) for name, sort in self.names.sorts.items() if sort.elements is None
        }
        self._cells: dict[tuple[str, tuple[int, ...]], Any] = {}
        self._functions: dict[str, Any] = {}
        self.solver = z3.SimpleSolver(ctx=self.context)
        self.solver.set("rlimit", rlimit)
        self.solver.set("core.minimize", True)
        self.solver.set("random_seed", 0)
        for name in self.names.symbols:
            self._declare(name)
        self._premises = {}
        for number, premise in enumerate(theory.premises):
            tracker = z3.Bool(f"premise!{number}", self.context)
            self._premises[f"premise!{number}"] = (premise.name, tracker)
            self.solver.add(z3.Implies(tracker, self._boolean(self.term(premise.statement, {}))))

    def values(self, sort: str) -> list[int]:
        """What stands for the elements of a finite sort."""
        one = self.names.sorts[sort]
        elements = one.elements or ()
        return [int(element) for element in elements] if one.is_numeric else list(range(len(elements)))

    def _sort(self, name: str) -> Any:
        z3 = _z3()
        if name in self._open:
            return self._open[name]
        if name in ("bool", "real"):
            return z3.BoolSort(self.context) if name == "bool" else z3.RealSort(self.context)
        return z3.IntSort(self.context)

    def _declare(self, name: str) -> None:
        z3 = _z3()
        symbol = self.names.symbols[name]
        if any(sort in self._open for sort in symbol.arguments):
            function = z3.Function(name, *map(self._sort, symbol.arguments), self._sort(symbol.result))
            self._functions[name] = function
            if self._is_finite(symbol.result):
                variables = [z3.Const(f"argument!{i}", self._sort(s)) for i, s in enumerate(symbol.arguments)]
                self.solver.add(z3.ForAll(variables, self._within(function(*variables), symbol.result)))
            return
        for arguments in product(*map(self.values, symbol.arguments)):
            self._spend()
            shown = f"({','.join(map(str, arguments))})" if arguments else ""
            cell = z3.Const(f"{name}{shown}", self._sort(symbol.result))
            self._cells[name, arguments] = cell
            if self._is_finite(symbol.result):
                self.solver.add(self._within(cell, symbol.result))

    def _is_finite(self, sort: str) -> bool:
        return sort in self.names.sorts and sort not in self._open

    def _within(self, cell: Any, sort: str) -> Any:
        values = self.values(sort)
        low, high = min(values), max(values)
        if high - low >= 4 * len(values):
            return _z3().Or(*(cell == value for value in values))
        missing = set(range(low, high)) - set(values)
        return _z3().And(cell >= low, cell <= high, *(cell != value for value in sorted(missing)))

    def _spend(self) -> None:
        self._work += 1
        if self._work > MAX_WORK:
            raise TooMuch("the statements are too large when their quantifiers are written out")

    def _boolean(self, value: Any) -> Any:
        return _z3().BoolVal(value, self.context) if isinstance(value, bool) else value

    def _number(self, value: Any) -> Any:
        z3 = _z3()
        if isinstance(value, Fraction):
            return z3.Q(value.numerator, value.denominator, self.context)
        return z3.IntVal(value, self.context) if isinstance(value, int) else value

    def term(self, term: Term, bound: dict[str, Any]) -> Any:
        """A term as a Python value where it is one, else as a z3 expression."""
        self._spend()
        if isinstance(term, Truth):
            return term.value
        if isinstance(term, Number):
            value = Fraction(term.value)
            return value if "." in term.value else int(value)
        if isinstance(term, Name):
            if term.name in bound:
                return bound[term.name]
            if term.name in self.names.elements:
                return self.names.position(self.names.elements[term.name], term.name)
            return self._cells[term.name, ()]
        if isinstance(term, Apply):
            return self._applied(term.symbol, [self.term(one, bound) for one in term.arguments])
        return self._quantified(term, bound) if isinstance(term, Quantified) else self._operation(term, bound)

    def _applied(self, symbol: str, arguments: list[Any]) -> Any:
        if symbol in self._functions:
            return self._functions[symbol](*map(self._number, arguments))
        return self._looked_up(symbol, (), arguments)

    def _looked_up(self, symbol: str, done: tuple[int, ...], left: list[Any]) -> Any:
        self._spend()
        if not left:
            return self._cells[symbol, done]
        first, rest = left[0], left[1:]
        if isinstance(first, int):
            return self._looked_up(symbol, (*done, first), rest)
        values = self.values(self.names.symbols[symbol].arguments[len(done)])
        found = self._looked_up(symbol, (*done, values[-1]), rest)
        for value in reversed(values[:-1]):
            found = _z3().If(first == value, self._looked_up(symbol, (*done, value), rest), found)
        return found

    def _quantified(self, term: Quantified, bound: dict[str, Any]) -> Any:
        z3 = _z3()
        quantifier = term.quantifier
        finite = [one for one in term.variables if one.sort not in self._open]
        still = [one for one in term.variables if one.sort in self._open]
        inner = {**bound, **{one.name: z3.FreshConst(self._open[one.sort], one.name) for one in still}}
        found = []
        for point in product(*(self.values(one.sort) for one in finite)):
            values = dict(zip((one.name for one in finite), point, strict=True))
            found.append(self.term(term.body, {**inner, **values}))
        if quantifier in ("count", "sum"):
            return self._sum([self._truth_as_number(value) for value in found])
        if quantifier == "distinct":
            return self._distinct(found)
        whole = self._junction(found, quantifier == "all")
        variables = [inner[one.name] for one in still]
        if not variables or isinstance(whole, bool):
            return whole
        return z3.ForAll(variables, whole) if quantifier == "all" else z3.Exists(variables, whole)

    def _truth_as_number(self, value: Any) -> Any:
        z3 = _z3()
        if isinstance(value, bool):
            return int(value)
        is_truth = z3.is_expr(value) and z3.is_bool(value)
        return z3.If(value, self._number(1), self._number(0)) if is_truth else value

    def _sum(self, values: list[Any]) -> Any:
        known = sum((value for value in values if isinstance(value, int | Fraction)), 0)
        others = [value for value in values if not isinstance(value, int | Fraction)]
        if not others:
            return known
        return _z3().Sum(*others, self._number(known)) if known or len(others) > 1 else others[0]

    def _junction(self, values: list[Any], is_and: bool) -> Any:
        if any(value is (not is_and) for value in values):
            return not is_and
        others = [value for value in values if not isinstance(value, bool)]
        if not others:
            return is_and
        if len(others) == 1:
            return others[0]
        return _z3().And(*others) if is_and else _z3().Or(*others)

    def _distinct(self, values: list[Any]) -> Any:
        if all(isinstance(value, int | Fraction) for value in values):
            return len(set(values)) == len(values)
        return _z3().Distinct(*map(self._number, values)) if len(values) > 1 else True

    def _operation(self, term: Operation, bound: dict[str, Any]) -> Any:
        operator = term.operator
        values = [self.term(part, bound) for part in term.operands]
        if operator in ("and", "or"):
            return self._junction(values, operator == "and")
        if operator == "not":
            return self._opposite(values[0])
        if operator == "implies":
            return self._junction([self._opposite(values[0]), values[1]], False)
        if operator in ("iff", "xor"):
            return self._same(values[0], values[1], operator == "iff")
        if operator == "distinct":
            return self._distinct(values)
        if operator == "if":
            if isinstance(values[0], bool):
                return values[1] if values[0] else values[2]
            both = [self._boolean(one) if isinstance(one, bool) else self._number(one) for one in values[1:]]
            return _z3().If(values[0], *both)
        if operator == "position":
            return values[0] + 1
        return self._reckoned(operator, values)

    def _opposite(self, value: Any) -> Any:
        return not value if isinstance(value, bool) else _z3().Not(value)

    def _same(self, one: Any, other: Any, is_same: bool) -> Any:
        if isinstance(one, bool) or isinstance(other, bool):
            known, left = (one, other) if isinstance(one, bool) else (other, one)
            return left if known is is_same else self._opposite(left)
        return one == other if is_same else one != other

    def _reckoned(self, operator: str, values: list[Any]) -> Any:
        z3 = _z3()
        known = all(isinstance(value, int | Fraction) for value in values)
        if not known:
            values = [self._number(value) for value in values]
        first, last = values[0], values[-1]
        if operator in ("=", "!="):
            return first == last if operator == "=" else first != last
        if operator in ("<", "<=", ">", ">="):
            pairs = {"<": lambda: first < last, "<=": lambda: first <= last, ">": lambda: first > last}
            return pairs.get(operator, lambda: first >= last)()
        if operator in ("minus", "abs"):
            return -first if operator == "minus" else abs(first) if known else z3.If(first >= 0, first, -first)
        if operator == "/":
            return Fraction(first) / last if known else _real(first) / last
        if operator == "mod":
            return first % last
        return first + last if operator == "+" else first - last if operator == "-" else first * last

    def result(self, extra: Term | None) -> dict[str, Any]:
        """Whether the premises and `extra` can be true together."""
        z3 = _z3()
        self.solver.push()
        try:
            if extra is not None:
                self.solver.add(self._boolean(self.term(extra, {})))
            status = self.solver.check(*(tracker for _, tracker in self._premises.values()))
            if status == z3.unsat:
                core = [self._premises[str(one)][0] for one in self.solver.unsat_core()]
                return {"status": "unsat", "core": core}
            if status == z3.sat:
                return {"status": "sat", "model": self._model(self.solver.model())}
            return {"status": "unknown", "why": f"the solver gives up: {self.solver.reason_unknown()}"}
        finally:
            self.solver.pop()

    def _model(self, model: Any) -> dict[str, Any] | None:
        z3 = _z3()
        universes = {name: list(model.get_universe(sort) or []) for name, sort in self._open.items()}
        for name, sort in self._open.items():
            if not universes[name]:
                constant = next((c for (s, _), c in self._cells.items() if self.names.symbols[s].result == name), None)
                some = z3.FreshConst(sort, "thing") if constant is None else constant
                universes[name] = [model.eval(some, model_completion=True)]
        shown = {name: {str(one): f"{name} {i}" for i, one in enumerate(found)} for name, found in universes.items()}
        tables: dict[str, list[list[str]]] = {}
        cells = 0
        for name, symbol in self.names.symbols.items():
            tables[name] = []
            members = [universes.get(sort) or self.values(sort) for sort in symbol.arguments]
            for point in product(*members):
                cells += 1
                if cells > MAX_CELLS:
                    return None
                value = model.eval(self._applied(name, list(point)), model_completion=True)
                row = [self._shown(one, sort, shown) for one, sort in zip(point, symbol.arguments, strict=True)]
                text = self._shown(value, symbol.result, shown)
                if text is None or None in row:
                    return None
                tables[name].append([*row, text])
        return {"things": {name: len(found) for name, found in universes.items()}, "tables": tables}

    def _shown(self, value: Any, sort: str, shown: dict[str, dict[str, str]]) -> Any:
        z3 = _z3()
        if sort in shown:
            return shown[sort].get(str(value))
        if sort == "bool":
            return "true" if z3.is_true(value) else "false"
        if sort == "real":
            return str(value.as_fraction()) if z3.is_rational_value(value) else None
        number = value if isinstance(value, int) else value.as_long()
        one = self.names.sorts.get(sort)
        return str(number) if one is None or one.is_numeric else (one.elements or ())[number]


def _real(value: Any) -> Any:
    z3 = _z3()
    return z3.ToReal(value) if z3.is_int(value) else value
