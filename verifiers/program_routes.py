"""Which tier runs a program: told from its syntax tree, before anything of it runs.

The first tier gets a program only if everything in it is on the lists below: kinds of statements, names, attributes
and modules that the interpreter there has and that behave as CPython's do (a differential test holds the lists to
that). Everything else, and whatever cannot be parsed, is for the second tier. Parsing executes nothing; what would
be too deep for a parser is not parsed at all.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

MAX_SOURCE: Final = 1_000_000
"""Characters of all blocks of a program together."""
_PARSED_SOURCE: Final = 40_000
_PARSED_NESTING: Final = 40


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NODES: Final = frozenset((
    ast.Module, ast.Expression, ast.Expr, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.FunctionDef, ast.Return, ast.If,
    ast.For, ast.While, ast.Break, ast.Continue, ast.Pass, ast.Import, ast.ImportFrom, ast.alias, ast.Lambda, ast.IfExp,
    ast.BoolOp, ast.BinOp, ast.UnaryOp, ast.Compare, ast.Call, ast.keyword, ast.Constant, ast.Name, ast.Attribute,
    ast.Subscript, ast.Slice, ast.List, ast.Tuple, ast.Dict, ast.ListComp, ast.DictComp, ast.GeneratorExp,
    ast.comprehension, ast.JoinedStr, ast.FormattedValue, ast.arguments, ast.arg, ast.Assert, ast.NamedExpr,
))  # fmt: skip
_BUILTINS: Final = _words(
    "abs all any bool dict divmod enumerate filter float int len list map max min pow print range reversed round "
    "sorted str sum tuple zip"
)
_MATH: Final = _words(
    "acos asin atan atan2 ceil comb copysign cos cosh degrees dist e exp fabs factorial floor fmod fsum gcd hypot inf "
    "isclose isfinite isinf isnan isqrt lcm log log10 log2 nan perm pi pow prod radians sin sinh sqrt tan tanh tau "
    "trunc"
)
_METHODS: Final = _words(
    "append count endswith extend get index insert items join keys lower pop remove replace reverse sort split "
    "startswith strip upper values"
)
_LAZY: Final = _words("map filter zip enumerate reversed range keys values items")
_WHOLE: Final = _words("list tuple dict sum min max sorted len join extend")
"""Functions that use up all of what they are given at once."""
_PARTLY: Final = _words("any all zip enumerate map filter reversed")
_CHANGING: Final = _words("append pop insert remove extend sort reverse print")
_ALGEBRA: Final = frozenset({"sympy", "numpy", "mpmath", "scipy"})
_IDLE: Final = frozenset({"sympy", "numpy", "fractions", "decimal", "datetime", "itertools", "collections", "time"})
"""Modules whose import may be passed over where nothing of it is used."""


@dataclass(frozen=True)
class Route:
    """How a program is run.

    `blocks` is what the first tier is given, with the imports blanked that nothing uses; it is None where the program
    is for the second tier. `results` are expressions of which the first that is there is the result; unless that
    `is_asked` for by the caller, the last statement and what was printed come after them. `algebra`: sympy or numpy
    may be needed.
    """

    blocks: tuple[str, ...] | None
    results: tuple[str, ...] = ()
    is_asked: bool = False
    algebra: bool = True
    is_sure: bool = False


def route(blocks: Sequence[str], result: str | None) -> Route:
    """Where the blocks of a program go, and what is asked for at its end."""
    try:
        trees = [_parsed(block) for block in blocks]
        wanted = None if result is None else _parsed(result, "eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Route(None)
    parts = [_walked(tree) for tree in trees]
    nodes = [*chain.from_iterable(parts), *(_walked(wanted) if wanted is not None else ())]
    bound = set(_bound(nodes))
    used = {node.id for node in nodes if type(node) is ast.Name and type(node.ctx) is ast.Load}
    imports = [node for node in nodes if type(node) in _IMPORTS]
    modules = set(_modules(imports))
    free = used - bound - _PYTHON
    algebra = bool(modules & _ALGEBRA) or bool(free - {"math"})
    idle = [[node for node in own if _is_idle(node, used)] if imports else [] for own in parts]
    passed = {id(part) for own in idle for node in own for part in ast.walk(node)}
    kept = [node for node in nodes if id(node) not in passed] if passed else nodes
    if not _is_plain(kept, bound, free) or not _are_consumed(kept, bound):
        return Route(None, algebra=algebra)
    results = (result,) if result is not None else tuple(_results(trees, bound))
    sources = tuple(_blanked(block, own) for block, own in zip(blocks, idle, strict=True))
    begun = "import math\n" if "math" in free else ""
    is_sure = result is not None or (bool(results) and (results[0] == "solution()" or _is_set(results[0], trees)))
    plain = (begun + sources[0], *sources[1:]) if sources else ()
    return Route(plain, results, result is not None, algebra, is_sure)


_PYTHON: Final = frozenset(dir(__builtins__) if not isinstance(__builtins__, dict) else __builtins__)


def _parsed(source: str, mode: str = "exec") -> ast.AST:
    """The tree of a source; ValueError for one that a parser might be harmed by."""
    depth = deepest = 0
    for character in source:
        if character in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in ")]}":
            depth -= 1
    if len(source) > _PARSED_SOURCE or deepest > _PARSED_NESTING:
        raise ValueError("too long or too deep")
    return ast.parse(source.strip() if mode == "eval" else source, mode=mode)


_CHILDREN: Final[dict[type[ast.AST], tuple[str, ...]]] = {ast.Name: (), ast.Constant: ()}
"""Fields of a kind of node with nodes in them that need a look; a kind is added when it is first met."""
_SAME: Final = frozenset({"ctx", "op", "ops"})
"""Fields of operators and of how a name is used, all of which behave alike in both tiers."""


def _walked(tree: ast.AST) -> list[ast.AST]:
    """The nodes of a tree, level by level, without those in the fields of `_SAME`; twice as fast as `ast.walk`."""
    found = [tree]
    for node in found:  # which grows meanwhile
        kind = type(node)
        fields = _CHILDREN.get(kind)
        if fields is None:
            fields = _CHILDREN[kind] = tuple(field for field in kind._fields if field not in _SAME)
        for field in fields:
            value = getattr(node, field, None)
            if type(value) is list:
                found += [part for part in value if isinstance(part, ast.AST)]
            elif isinstance(value, ast.AST):
                found.append(value)
    return found


def _bound(nodes: Sequence[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Name):
            if not isinstance(node.ctx, ast.Load):
                yield node.id
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.alias):
            yield (node.asname or node.name).partition(".")[0]


_IMPORTS: Final = frozenset({ast.Import, ast.ImportFrom})


def _modules(nodes: Sequence[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0]


def _is_idle(node: ast.AST, used: set[str]) -> bool:
    """An import of a known module of which nothing is used."""
    if not isinstance(node, ast.Import | ast.ImportFrom) or node.lineno != node.end_lineno:
        return False
    names = [(alias.asname or alias.name).partition(".")[0] for alias in node.names]
    known = set(_modules([node])) <= _IDLE and not getattr(node, "level", 0)
    return known and "*" not in names and not used & set(names)


def _blanked(source: str, nodes: Sequence[ast.AST]) -> str:
    if not nodes:
        return source
    lines = source.encode().splitlines(keepends=True)
    for node in sorted(nodes, key=lambda node: -node.col_offset):  # type: ignore[attr-defined]
        if isinstance(node, ast.stmt) and node.end_col_offset is not None:
            line = lines[node.lineno - 1]
            lines[node.lineno - 1] = line[: node.col_offset] + b"pass" + line[node.end_col_offset :]
    return b"".join(lines).decode()


def _is_plain(nodes: Sequence[ast.AST], bound: set[str], free: set[str]) -> bool:
    """Everything in the program is on the lists, and nothing that the lists name is bound to something else."""
    if free - {"math"} or bound & _BUILTINS or any("__" in name for name in bound):
        return False
    return all(type(node) in _NODES and (type(node) not in _LISTED or _is_listed(node, bound)) for node in nodes)


_LISTED: Final = frozenset({ast.Name, ast.Attribute, ast.Import, ast.ImportFrom, ast.FunctionDef, ast.Constant})
"""Kinds of nodes that may stand in a program only with what the lists name."""


def _is_listed(node: ast.AST, bound: set[str]) -> bool:
    if isinstance(node, ast.Name):
        return isinstance(node.ctx, ast.Store) or node.id in bound or node.id in _BUILTINS or node.id == "math"
    if isinstance(node, ast.Attribute):
        is_math = isinstance(node.value, ast.Name) and node.value.id == "math"
        return node.attr in (_MATH if is_math else _METHODS)
    if isinstance(node, ast.Import):
        return all(alias.name == "math" and alias.asname in (None, "math") for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        return node.module == "math" and all(alias.name in _MATH for alias in node.names)
    if isinstance(node, ast.FunctionDef):
        return not node.decorator_list
    if isinstance(node, ast.Constant):
        return isinstance(node.value, int | float | str | None) or node.value is Ellipsis
    return True


def _are_consumed(nodes: Sequence[ast.AST], bound: set[str]) -> bool:
    """What gives its members one by one is used where it stands, and nobody can tell when they are made.

    The interpreter makes a list of it at once: of a generator, of what `zip` or `map` give.
    """
    whole: list[ast.AST] = []
    partly: list[ast.AST] = []
    lazy = [node for node in nodes if type(node) in _GIVING]
    if not lazy:
        return True
    for node in nodes:
        if isinstance(node, ast.Call):
            whole += node.args if _name(node.func) in _WHOLE else ()
            partly += node.args if _name(node.func) in _PARTLY else ()
        elif isinstance(node, ast.For | ast.comprehension):
            partly.append(node.iter)
        elif isinstance(node, ast.Compare):
            partly += node.comparators
    in_whole, in_part = {id(node) for node in whole}, {id(node) for node in partly}
    for node in lazy:
        if _is_lazy(node) and id(node) not in in_whole and not (id(node) in in_part and _is_quiet(node, bound)):
            return False
        if isinstance(node, ast.For) and _is_lazy(node.iter) and _changed(node) & _names(node.iter):
            return False
    return True


_GIVING: Final = frozenset({ast.Call, ast.GeneratorExp, ast.For})


def _is_lazy(node: ast.AST) -> bool:
    return isinstance(node, ast.GeneratorExp) or (isinstance(node, ast.Call) and _name(node.func) in _LAZY)


def _is_quiet(node: ast.AST, bound: set[str]) -> bool:
    """Nothing of the program's own is called while its members are made, and nothing changed or printed."""
    called = {_name(part.func) for part in ast.walk(node) if isinstance(part, ast.Call)}
    given = _names(node.args[0]) if isinstance(node, ast.Call) and node.args else set()
    by_name = given if isinstance(node, ast.Call) and _name(node.func) in ("map", "filter") else set()
    return not (called | by_name) & (bound | _CHANGING)


def _changed(loop: ast.For) -> set[str]:
    """Names whose methods are called in the body of a loop."""
    parts = [part for statement in loop.body for part in ast.walk(statement)]
    owners = [part.func.value for part in parts if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute)]
    return {_name(owner) for owner in owners}


def _names(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def _name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _is_set(name: str, trees: Sequence[ast.AST]) -> bool:
    """Whether a statement that is always reached gives the name a value."""
    top = [statement for tree in trees for statement in getattr(tree, "body", []) if isinstance(statement, ast.Assign)]
    return any(isinstance(target, ast.Name) and target.id == name for each in top for target in each.targets)


def _results(trees: Sequence[ast.AST], bound: set[str]) -> Iterator[str]:
    top = [statement for tree in trees for statement in getattr(tree, "body", [])]
    last = next((s for s in reversed(top) if isinstance(s, ast.FunctionDef) and s.name == "solution"), None)
    if last is not None and not last.args.args[len(last.args.defaults) :]:
        yield "solution()"
    yield from (name for name in ("ans", "answer") if name in bound)
