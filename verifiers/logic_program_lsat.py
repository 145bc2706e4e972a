"""Programs in the style of `people = EnumSort([...])`, `ForAll([p:people], ...)`, `is_sat(...) ::: (A)`.

It looks like Python and is read as a language of its own: declarations of finite sorts and functions, constraints
(`logic_program_enumerations.py` reads the statements), and options, each with the test that the right one passes
(`is_sat`, `is_valid`, `is_unsat`, one of these under `is_exception`, `is_accurate_list`, `is_min`, `is_max`). Other
tests are not read.
"""

from __future__ import annotations

import re
from typing import Final, cast

from slowthink.verifiers.logic_program_enumerations import SYNTAX, StatementReader
from slowthink.verifiers.logic_program_lines import Line, Program, leave_out, read_line
from slowthink.verifiers.statement_sorts import Misfit, signature, sort_of
from slowthink.verifiers.statement_syntax import Mistake, Node, bare, tokens
from slowthink.verifiers.statements import (
    Choose,
    Option,
    Premise,
    Term,
    Test,
    Theory,
    conjunction,
)

_DECLARATION: Final = re.compile(
    r"(\w+)\s*=\s*(EnumSort|Set|Function)\s*\(\s*\[(.*?)\]\s*(?:->\s*\[?\s*(\w+)\s*\]?\s*)?\)"
)
_LABEL: Final = re.compile(r"\(([A-Z])\)")
_TESTS: Final = {
    "is_sat": "could", "is_valid": "must", "is_unsat": "cannot", "is_accurate_list": "list",
    "is_min": "least", "is_max": "greatest",
}  # fmt: skip
_EXCEPT: Final = {"is_sat": "cannot", "is_valid": "need not", "is_unsat": "could"}


def _code_lines(text: str) -> tuple[list[Line], list[Line], list[Line]]:
    """Declarations, constraints and options; remarks are left out, and indented lines continue the one before."""
    found: tuple[list[Line], list[Line], list[Line]] = ([], [], [])
    part, at = 0, 0
    for line in text.splitlines(keepends=True):
        code = line.split("#", 1)[0].split(":::", 1)[0].rstrip()
        heading = re.match(r"[ \t]*(?:#+[ \t]*)?(declaration|constraint|option)s?\b", line, re.IGNORECASE)
        if heading is not None and not code.strip(" :"):
            part = ("declaration", "constraint", "option").index(heading[1].lower())
        elif code.strip():
            remark = line.split(":::", 1)[1].strip() if ":::" in line else ""
            if line[0].isspace() and found[part] and "(" in code:
                found[part][-1] = Line(found[part][-1].start, at + len(code), remark or found[part][-1].remark)
            else:
                found[part].append(Line(at + len(code) - len(code.lstrip()), at + len(code), remark))
        at += len(line)
    return found


def _declare(reader: StatementReader, lines: list[Line]) -> list[Line]:
    """What is declared; what else stands among the declarations is a constraint."""
    sorts, functions, others = [], [], []
    for line in lines:
        match = _DECLARATION.match(reader.text, line.start, line.end)
        if match is None:
            others.append(line)
        elif match[2] == "Function":
            functions.append((match, line))
        else:
            items = [one.strip().strip("\"'") for one in match[3].split(",")]
            sorts.append((match[1], [one for one in items if one]))
    reader.declare_sorts(sorts)
    for match, line in functions:
        reader.declare_function(match[1], match[3], match[4] or "bool", line.start)
    return others


def _option(reader: StatementReader, line: Line) -> Option:
    """An option with its test. Raises Mistake for a test that is not known."""
    label = _LABEL.search(line.remark) or _LABEL.match(reader.text, line.start, line.end)
    if label is None:
        raise Mistake("expected the option's letter, such as ::: (A)", line.start, reader.text)
    node = bare(read_line(reader.text, line, SYNTAX, reader.notes))
    tests = _TESTS
    if node.op == "call" and node.text.lower() == "is_exception" and len(node.parts) == 1:
        node, tests = bare(node.parts[0]), _EXCEPT
    test = tests.get(node.text.lower()) if node.op == "call" else None
    if test is None:
        raise Mistake(f"expected one of the tests {', '.join(tests)}", node.start, reader.text)
    parts = reader.listed(node) if test == "list" else node.parts
    if test in ("least", "greatest"):
        parts = (_equation(reader, node),)
    statements = [reader.formula(part, {}) for part in parts]
    if test != "list" and len(statements) > 1:
        reader.notes.tolerate("several statements in a test are one")
        statements = [conjunction(statements)]
    if not statements:
        raise Mistake("expected a statement in the test", node.start, reader.text)
    if any(_repeats(part) for part in parts):
        raise Mistake("the same is said twice in a test: how often it holds cannot be said so", node.start, reader.text)
    return Option(name=label[1], test=cast(Test, test), statements=tuple(statements))


def _equation(reader: StatementReader, node: Node) -> Node:
    """What `is_min(t == 3)` or `is_min(t, 3)` says. Raises Mistake where no value is named."""
    value = bare(node.parts[-1])
    if len(node.parts) == 2 and value.op == "number":
        return Node("=", "==", (node.parts[0], value), node.start, node.end)
    if len(node.parts) != 1 or value.op != "=" or bare(value.parts[1]).op != "number":
        raise Mistake("expected a term and its value, such as is_min(t == 3)", node.start, reader.text)
    return value


def _repeats(node: Node) -> bool:
    """Whether a conjunction has the same part twice, as if that counted."""
    node = bare(node)
    if node.op == "and" or (node.op == "call" and node.text.lower() == "and"):
        shown = [_shape(part) for part in node.parts]
        return len(set(shown)) < len(shown)
    return False


def _shape(node: Node) -> str:
    node = bare(node)
    return f"{node.op} {node.text}({', '.join(map(_shape, node.parts))})"


def _fits(reader: StatementReader, statement: Term, line: Line) -> None:
    theory = Theory(sorts=tuple(reader.sorts.values()), symbols=tuple(reader.symbols.values()))
    try:
        sort_of(statement, signature(theory), {})
    except Misfit as error:
        raise Mistake(str(error), line.start, reader.text) from error


def read_lsat(text: str) -> Program:
    """The program in a text. Raises Mistake where a declaration or an option is not read."""
    reader = StatementReader(text)
    declarations, constraints, options = _code_lines(text)
    others = [*_declare(reader, declarations), *constraints]
    reader.note_numbered(text)
    premises = [Premise(name=reader.names.fresh("range"), statement=one) for one in reader.ranges]
    frame, conditionals = [premise.name for premise in premises], []
    for line in [one for other in others for one in _parts(text, other)]:
        try:
            node = read_line(text, line, SYNTAX, reader.notes)
            statement = reader.formula(node, {})
            _fits(reader, statement, line)
        except Mistake as error:
            leave_out(text, line, error, reader.notes)
            continue
        row = text.count("\n", 0, line.start) + 1
        premises.append(Premise(name=reader.names.fresh(f"line{row}"), statement=statement))
        conditionals += [reader.formula(one, {}) for one in _conditionals(node, ())]
        if not _names_elements(node, reader):
            frame.append(premises[-1].name)
    if not options:
        raise Mistake("expected options under '# Options'", len(text), text)
    chosen: list[Option] = []
    for line in options:
        chosen.append(_option(reader, line))
        if any(one.name == chosen[-1].name for one in chosen[:-1]):
            raise Mistake(f"expected one option {chosen[-1].name}, got another one", line.start, text)
    theory = Theory(
        sorts=tuple(reader.sorts.values()),
        symbols=tuple(reader.symbols.values()),
        premises=tuple(premises),
        question=Choose(options=tuple(chosen)),
    )
    return Program("lsat", theory, reader.notes, conditionals=tuple(conditionals), frame=tuple(frame))


def _parts(text: str, line: Line) -> list[Line]:
    """The statements of a line, which commas outside brackets may stand between."""
    try:
        found = tokens(text, line.start, line.end)
    except Mistake:
        return [line]
    parts, start, depth = [], line.start, 0
    for token in found:
        depth += (token.text in ("(", "[", "{")) - (token.text in (")", "]", "}"))
        if token.text == "," and depth == 0 and text[start : token.start].strip():
            parts.append(Line(start, token.start, line.remark))
            start = token.end
    if depth != 0 or not text[start : line.end].strip():
        return [line]
    return [*parts, Line(start, line.end, line.remark)]


def _conditionals(node: Node, quantifiers: tuple[Node, ...]) -> list[Node]:
    """For each conditional that a line asserts, that its condition and its outcome hold together, of something."""
    node = bare(node)
    name = node.text.lower() if node.op == "call" else node.op
    if name == "forall" and len(node.parts) == 2:
        return _conditionals(node.parts[1], (*quantifiers, node.parts[0]))
    if name == "and":
        return [one for part in node.parts for one in _conditionals(part, quantifiers)]
    if name != "implies" or len(node.parts) != 2 or bare(node.parts[1]).text.lower() == "false":
        return []
    both = Node("call", "And", node.parts, node.start, node.end)
    for variables in reversed(quantifiers):
        both = Node("call", "Exists", (variables, both), node.start, node.end)
    return [both]


def _names_elements(node: Node, reader: StatementReader) -> bool:
    """Whether an element is named in a line."""
    node = bare(node)
    bound = [name for part in node.parts for name, _ in bare(part).bound]
    if node.op in ("name", "string") and node.text not in bound and reader.names.knows("element", node.text):
        return True
    return any(_names_elements(part, reader) for part in node.parts)
