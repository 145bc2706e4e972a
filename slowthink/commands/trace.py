"""`slowthink trace`: a saved run as one offline page: the tree of thoughts, verdicts, repairs in place, costs."""

from __future__ import annotations

import argparse
from typing import Any

from slowthink.commands import lines
from slowthink.errors import InputError

HELP = "show a saved run (ask --trace) as one HTML page that needs no network"


def add(commands: Any) -> None:
    """Declare the command."""
    parser = commands.add_parser("trace", help=HELP, description=HELP)
    parser.add_argument("source", metavar="FILE", help="a trace as 'ask --trace FILE' writes it, whole or not")
    parser.add_argument("--html", required=True, metavar="OUT", help="the page; '-': standard output")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Read, draw, write. Raises InputError for a file that is no trace and for one that cannot be written."""
    from slowthink.commands.page import page
    from slowthink.trace import read_trace

    events = read_trace(args.source)
    if not events:
        raise InputError(f"expected a trace in {args.source}, got an empty file; write one with: ask --trace FILE")
    with lines.output(args.html) as write:
        write(page(events).encode("utf-8", "backslashreplace"))
    return 0
