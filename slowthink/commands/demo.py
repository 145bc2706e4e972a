"""`slowthink demo`: the paper's arithmetic failure, fast beside slow, live on the embedded model.

Both sides run at once on one model. In a terminal they are drawn side by side as they write; elsewhere each question is
printed when it is done, without control codes. A poem comes last, written from both ends.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from slowthink.commands import lines
from slowthink.commands.ask import add_thinking, thinker
from slowthink.commands.quick import quick_start
from slowthink.errors import InputError

if TYPE_CHECKING:
    from rich.console import Console

    from slowthink.commands.screen import Screen
    from slowthink.controller import SlowThinker
    from slowthink.types import Solution

HELP = "fast beside slow, live in the terminal, on the embedded model"
QUESTIONS = (
    "7 * 4 + 8 * 8 =",
    "116 * 114 + 178 * 157 =",
    "add 116 times 114 to 178 times 157",
    "How many primes are there between 150 and 250?",
    "A gardener plants 17 rows of 23 tulips. 48 tulips do not grow. How many tulips grow?",
)
"""The paper's own sum (GPT-4 said 88), larger numbers, the same in words, the paper's primes (GPT-4 said 13), a story.

The story is one of eight that were tried, the only one that the small model planned rightly in float32 (343). In
bfloat16 it plans it wrongly: an answer that nothing decides, and so `unverified`.
"""
POEM = "Write a poem of five lines about the sea whose last line is its first line in reverse order of words"
"""The paper's poem (GPT-4 ended on "Crowd the across voice his heard I."), of five lines."""
FRAMES = 12


def add(commands: Any) -> None:
    """Declare the command."""
    parser = commands.add_parser("demo", help=HELP, description=HELP)
    parser.add_argument("question", nargs="*", metavar="QUESTION", help="your own questions instead of the paper's")
    parser.add_argument("--questions", metavar="FILE", help='JSON lines such as {"question": "7 * 8 ="}; \'-\': input')
    add_thinking(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Show every question. Raises InputError and ModelUnavailable."""
    from rich.console import Console

    console = Console(highlight=False)
    questions = [*args.question, *(_from_file(args.questions) if args.questions else ())]
    if not questions:
        if args.question or args.questions:
            raise InputError("expected at least one question, got none; see slowthink demo --help")
        questions = list(QUESTIONS)
    with console.status("waking the model ...") if _is_live(console) else _Quiet():
        from slowthink.commands.screen import legend, table
        from slowthink.controller import SlowThinker

        console.print(legend(_is_live(console) and not console.no_color))
        slow = thinker(args)
        with quick_start(args.model):
            model = slow.model
    fast = SlowThinker(model, strategy="direct", budget=slow.budget, seed=args.seed, off=("reader",))
    with slow:
        pairs = list(_shown(console, fast, slow, questions))
        if pairs:
            console.print(table(pairs, console.width))
        if questions == list(QUESTIONS):
            _write(console, slow)
    return 0


def _write(console: Console, slow: SlowThinker) -> None:
    """The paper's poem, written from both ends."""
    from slowthink.commands.show import show_solution

    console.print()
    console.print(POEM, style="bold")
    with console.status("writing from both ends ...") if _is_live(console) else _Quiet():
        solution = slow.solve(POEM)
    show_solution(solution, console)


class _Quiet:
    """Stands where a status line would be in a terminal."""

    def __enter__(self) -> None: ...

    def __exit__(self, *exception: object) -> None: ...


def _is_live(console: Console) -> bool:
    return console.is_terminal and not console.is_dumb_terminal


def _shown(
    console: Console, fast: SlowThinker, slow: SlowThinker, questions: list[str]
) -> Iterator[tuple[Solution, Solution]]:
    from slowthink import facade
    from slowthink.commands.screen import Screen
    from slowthink.commands.show import printable

    for number, question in enumerate(questions, 1):
        screen = Screen(console, f"{number} of {len(questions)}  {printable(' '.join(question.split()))}")
        try:
            if _is_live(console):
                console.print()
                yield _live(screen, fast, slow, question)
            else:
                yield facade.run(_both(screen, fast, slow, question))
                console.file.write(screen.plain() + "\n")
                console.file.flush()
        except InputError as error:
            print(f"slowthink: question {number} is left out: {error}", file=sys.stderr)


def _live(screen: Screen, fast: SlowThinker, slow: SlowThinker, question: str) -> tuple[Solution, Solution]:
    from rich.live import Live

    from slowthink import facade

    with Live(
        get_renderable=screen.live, console=screen.console, refresh_per_second=FRAMES, transient=True, screen=False
    ):
        pair = facade.run(_both(screen, fast, slow, question))
    screen.console.print(screen.whole())
    return pair


async def _both(screen: Screen, fast: SlowThinker, slow: SlowThinker, question: str) -> tuple[Solution, Solution]:
    return await asyncio.gather(
        fast.asolve(question, listener=screen.fast.hear, on_text=screen.fast.see),
        slow.asolve(question, listener=screen.slow.hear, on_text=screen.slow.see),
    )


def _from_file(source: str) -> Iterator[str]:
    for number, line in enumerate(lines.read_lines(source), 1):
        try:
            question = lines.parse(line).get("question")
            if not isinstance(question, str) or not question.strip():
                raise InputError('expected a row such as {"question": "7 * 8 ="}')
        except InputError as error:
            print(f"slowthink: {source}, row {number} is left out: {error}", file=sys.stderr)
        else:
            yield question
