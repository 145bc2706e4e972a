"""`slowthink ask`: one question, its answer, and how far the answer can be trusted."""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import TYPE_CHECKING, Any

from slowthink.commands import lines
from slowthink.commands.quick import quick_start
from slowthink.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from slowthink.controller import SlowThinker
    from slowthink.trace import Began, Event
    from slowthink.types import Message, Problem, Solution

HELP = "answer a question, and say how far the answer can be trusted"
ABSTAINED = 3


def add(commands: Any) -> None:
    """Declare the command."""
    parser = commands.add_parser("ask", help=HELP, description=HELP)
    parser.add_argument("question", nargs="?", metavar="QUESTION", help="'-' reads it from standard input")
    parser.add_argument("--messages", metavar="FILE", help="a conversation: a JSON list of {role, content}; '-': input")
    add_thinking(parser)
    parser.add_argument("--off", default="", metavar="NAMES", help="senses switched off, with commas between them")
    parser.add_argument("--json", action="store_true", help="the whole solution as one line of JSON")
    parser.add_argument("--trace", metavar="FILE", help="write what happened, as JSON lines that can be replayed")
    parser.add_argument("--resume", metavar="FILE", help="go on with a run that broke off (FILE.unfinished of --trace)")
    parser.set_defaults(run=run)


def add_thinking(parser: argparse.ArgumentParser) -> None:
    """The options of whatever thinks: model, strategy, budget and seed."""
    parser.add_argument(
        "--model",
        default="smollm2",
        help="smollm2 (default), a .gguf file, a folder, a hub id, or http://host:port/v1#name",
    )
    parser.add_argument("--strategy", default="auto", help="auto (default), direct, chain_of_thought, scratchpad, ...")
    parser.add_argument("--budget-tokens", type=int, metavar="N", help="the most tokens through the model")
    parser.add_argument("--budget-seconds", type=float, metavar="S", help="the most seconds")
    parser.add_argument("--seed", type=int, default=0)


def thinker(args: argparse.Namespace, off: str = "") -> SlowThinker:
    """The slow thinker that the options describe; its model is not loaded yet. Raises InputError."""
    from pydantic import ValidationError

    from slowthink.controller import SlowThinker
    from slowthink.types import Budget

    try:
        budget = Budget(tokens=args.budget_tokens, seconds=args.budget_seconds)
    except ValidationError as error:
        raise InputError("expected a budget of 0 or more tokens and seconds; leave it out for no bound") from error
    return SlowThinker(args.model, strategy=args.strategy, budget=budget, seed=args.seed, off=off)


def run(args: argparse.Namespace) -> int:
    """Ask, print, and return 3 where there is no answer. Raises InputError and ModelUnavailable."""
    begun = _begun(args)
    question = _question(args) if begun is None else begun[0].problem
    with thinker(args, args.off) as slow:
        if args.trace is None:
            solution = _solved(slow, args.model, question, begun)
        else:
            with lines.output(args.trace) as write, lines.growing(args.trace, _known(args, begun)) as grow:
                told = None if grow is None else lambda event: grow(lines.dump(event.model_dump(mode="json")))
                solution = _solved(slow, args.model, question, begun, told)
                for event in solution.trace:
                    write(lines.dump(event))
    _print(solution, args.json)
    return ABSTAINED if solution.status == "abstained" else 0


def _known(args: argparse.Namespace, begun: tuple[Began, list[Event]] | None) -> int:
    """How many events the record has already that this run will write; none where it goes on with another file."""
    if begun is None or os.path.realpath(args.resume) != str(lines.unfinished(args.trace)):
        return 0
    return len(begun[1])


def _begun(args: argparse.Namespace) -> tuple[Began, list[Event]] | None:
    """The run to go on with; its strategy, seed and switches are taken over. Raises InputError."""
    if args.resume is None:
        return None
    from slowthink.trace import Began, read_trace

    events = read_trace(args.resume)
    began = events[0] if events else None
    if not isinstance(began, Began):
        raise InputError(f"expected in {args.resume} a run that began, got {'another event' if events else 'nothing'}")
    if args.question is not None or args.messages is not None:
        raise InputError("expected no question with --resume: the run that broke off has its own")
    args.strategy, args.seed, args.off = began.strategy, began.seed, ",".join(began.off)
    return began, events


def _solved(
    slow: SlowThinker,
    model: str,
    question: str | list[Message] | Problem,
    begun: tuple[Began, list[Event]] | None = None,
    told: Callable[[Event], None] | None = None,
) -> Solution:
    known = () if begun is None else begun[1]
    if not sys.stderr.isatty():
        with quick_start(model):
            _ = slow.model
        return slow.solve(question, listener=told, known=known)
    from rich.console import Console

    with Console(stderr=True).status("loading the model ...") as status:
        with quick_start(model):
            _ = slow.model
        status.update("thinking ...")
        return slow.solve(question, listener=told, known=known)


def _print(solution: Solution, as_json: bool) -> None:
    if as_json:
        sys.stdout.buffer.write(solution.model_dump_json().encode() + b"\n")
        sys.stdout.buffer.flush()
        return
    from rich.console import Console

    from slowthink.commands.show import show_solution

    show_solution(solution, Console(highlight=False))


def _question(args: argparse.Namespace) -> str | list[Message]:
    if (args.question is None) == (args.messages is None):
        raise InputError("expected a QUESTION, '-' or --messages FILE, and one of them only; see slowthink ask --help")
    if args.messages is not None:
        return _messages(args.messages)
    question = str(args.question)
    if question == "-":
        question = _decoded(b"".join(lines.read_lines("-"))).strip()
    if not question.strip():
        raise InputError("expected a question, got an empty text; try: slowthink ask '7 * 4 + 8 * 8 ='")
    return question


def _decoded(text: bytes) -> str:
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(
            f"expected a question in UTF-8, got the byte {text[error.start]:#04x} at {error.start}; save it as UTF-8"
        ) from error


def _messages(source: str) -> list[Message]:
    from pydantic import ValidationError

    from slowthink.types import Message

    wanted = f'expected in {source!r} a JSON list such as [{{"role": "user", "content": "7 * 8 ="}}]'
    try:
        turns = json.loads(b"".join(lines.read_lines(source)).decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{wanted}, got something else: {error}") from error
    if not isinstance(turns, list) or not turns:
        raise InputError(f"{wanted}, got {'an empty list' if turns == [] else type(turns).__name__}")
    try:
        return [Message.model_validate(turn) for turn in turns]
    except ValidationError as error:
        first = error.errors()[0]
        at = ".".join(str(part) for part in first["loc"]) or "a turn"
        raise InputError(f"{wanted}, but of {at} it must be said: {first['msg']}") from error
