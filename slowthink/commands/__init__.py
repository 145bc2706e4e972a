"""The command line: one contract for every command, one small file each.

Commands read JSON lines from a file or `-`, write JSON lines to standard output, and say everything else on
standard error. Exit codes: 0; 2 for bad usage or input; 3 where `ask` abstains; 4 where a model or a component is
missing; 130 after Ctrl-C; 141 where the reader of a pipe went away. Nothing heavy is imported before it is used.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from slowthink.errors import InputError, ModelUnavailable, SlowThinkError

ABOUT = "A slow thinker that supervises a fast language model: check, repair, and say how far an answer can be trusted."
CODES = "exit codes: 0 done, 2 bad usage or input, 3 'ask' abstained, 4 a model or component is missing"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; no exception leaves, and no traceback is shown for a user's error."""
    _forgiving_streams()
    try:
        try:
            args = _parser().parse_args(argv)
        except SystemExit as stop:
            return int(stop.code or 0)
        code = int(args.run(args))
        sys.stdout.flush()
        return code
    except InputError as error:
        return _say(error, 2)
    except ModelUnavailable as error:
        return _say(error, 4)
    except ImportError as error:
        return _say(f"a component is missing: {error}. Install it again with: pip install slowthink", 4)
    except SlowThinkError as error:
        return _say(error, 1)
    except BrokenPipeError:
        _drop_stdout()
        return 141
    except SystemExit:  # how rich ends a program whose reader went away
        return 141
    except OSError as error:
        return _say(f"a file or stream failed: {error}. Check its path, its rights and the room on the disk.", 2)
    except KeyboardInterrupt:
        return _say("stopped", 130)


def _parser() -> argparse.ArgumentParser:
    # here, so that Ctrl-C meets a main that is running
    from slowthink.commands import ask, bench, check, demo, grade, logic, models, recheck, run, trace, vote

    parser = argparse.ArgumentParser("slowthink", description=ABOUT, epilog=CODES)
    parser.add_argument("--version", action="version", version=f"slowthink {_version()}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for command in (demo, ask, check, grade, vote, run, logic, recheck, trace, bench, models):
        command.add(commands)
    return parser


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("slowthink")
    except PackageNotFoundError:
        return "(not installed)"


def _say(message: object, code: int) -> int:
    print(f"slowthink: {message}", file=sys.stderr)
    return code


def _forgiving_streams() -> None:
    """Every stream is there, what a terminal cannot show is escaped, and the library's remarks go to standard error."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # it was closed before we started
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - for good
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
    library = logging.getLogger("slowthink")
    if not library.handlers:
        library.addHandler(_ToStderr())
        library.setLevel(logging.INFO)


class _ToStderr(logging.Handler):
    """Looks standard error up at each line: a live display may have put itself in its place."""

    def emit(self, record: logging.LogRecord) -> None:
        print(record.getMessage(), file=sys.stderr)


def _drop_stdout() -> None:
    """Let the interpreter flush into nothing at its end."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
