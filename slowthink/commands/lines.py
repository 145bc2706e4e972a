"""JSON lines in and out, whatever the bytes are.

Input is bytes, plain or gzip; a line that is no JSON object in UTF-8 is a bad row, never the end of a run. Output is
UTF-8. What `--out` names is whole or not there (`whole.py`); a device or a pipe is written to directly.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import stat
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from slowthink.commands.whole import written_whole
from slowthink.errors import InputError

BOM = b"\xef\xbb\xbf"
GZIP = b"\x1f\x8b"
Write = Callable[[bytes], None]


def read_lines(source: str) -> Iterator[bytes]:
    """The lines of a file, or of standard input for `-`, without blank ones and without a byte order mark.

    Raises InputError where there is no such file or it cannot be read to its end.
    """
    try:
        with _opened(source) as file:
            for number, line in enumerate(file):
                text = line.removeprefix(BOM) if number == 0 else line
                if text.strip():
                    yield text
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(
            f"expected JSON lines in {source!r}, but it cannot be read: {error}. Give a file that is there and whole, "
            "or '-' for standard input."
        ) from error


@contextmanager
def _opened(source: str) -> Iterator[Iterable[bytes]]:
    if source == "-":
        buffer = sys.stdin.buffer
        yield _unzipped(buffer if isinstance(buffer, io.BufferedReader) else io.BufferedReader(buffer))  # type: ignore[arg-type]
    else:
        with Path(source).open("rb") as file:
            yield _unzipped(file)


def _unzipped(file: io.BufferedReader) -> Iterable[bytes]:
    return gzip.GzipFile(fileobj=file) if file.peek(2)[:2] == GZIP else file


def parse(line: bytes) -> dict[str, Any]:
    """The JSON object in a line. Raises InputError that says what came instead."""
    try:
        row = json.loads(line.decode("utf-8"), parse_constant=_refuse)
    except UnicodeDecodeError as error:
        raise InputError(
            f"expected a JSON object in UTF-8, got the byte {error.object[error.start]:#04x} at {error.start}; "
            "save the file as UTF-8"
        ) from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"expected one JSON object in a line, got {_short(line)}: {error}") from error
    if not isinstance(row, dict):
        raise InputError(f'expected a JSON object such as {{"id": 1, "text": "..."}}, got {_short(line)}')
    return row


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _short(line: bytes) -> str:
    return repr(line[:60].decode("utf-8", "replace").strip())


_LINE_ENDS = {ord(end): f"\\u{ord(end):04x}" for end in "\x85\u2028\u2029"}
"""Ends of lines to some readers, and to JSON ordinary characters."""


def dump(row: dict[str, Any]) -> bytes:
    """One line of output; what UTF-8 cannot hold (lone surrogates) is escaped, as JSON allows."""
    try:
        line = json.dumps(row, ensure_ascii=False, allow_nan=False).translate(_LINE_ENDS)
        return line.encode() + b"\n"
    except UnicodeEncodeError:
        return json.dumps(row, allow_nan=False).encode() + b"\n"
    except (ValueError, RecursionError):
        return dump({"id": None, "error": "expected an 'id' that JSON can hold: a short text or a finite number"})


@contextmanager
def output(path: str | None) -> Iterator[Write]:
    """A function that writes bytes to `path`, or to standard output; a regular file appears when all is written.

    Raises InputError, before any work is done, where the file cannot be written.
    """
    if path is None or path == "-":
        yield _to_stdout
        return
    final = Path(os.path.realpath(path))
    is_special = final.exists() and not stat.S_ISREG(final.stat().st_mode)
    with ExitStack() as stack:
        try:
            file = stack.enter_context(final.open("wb") if is_special else written_whole(final))
        except OSError as error:
            raise InputError(
                f"cannot write {str(final)!r}: {error.strerror}. Give a file in a folder that is there and that you "
                "may write to."
            ) from error
        yield _writer(file)


@contextmanager
def growing(path: str | None, known: int = 0) -> Iterator[Write | None]:
    """Writes at once to `path` with `.unfinished` behind it, which is gone when the block ends well.

    Whoever is killed or stopped leaves it as far as it came. Where a run is gone on with whose record that file is, it
    stays as it was until `known` lines, as many as it has, are written anew beside it: whoever is killed again has lost
    nothing. None for standard output, and where such a file cannot be written: the work is more than its record.
    """
    if path is None or path == "-" or (Path(path).exists() and not Path(path).is_file()):
        yield None
        return
    beside = unfinished(path)
    try:
        record = _Record(beside, known if beside.exists() else 0)
    except OSError:
        yield None
        return
    is_done = False
    try:
        yield record.write
        is_done = True
    finally:
        record.close(is_done)


def unfinished(path: str) -> Path:
    """Where the record of a run that will be written to `path` grows."""
    return Path(os.path.realpath(path) + ".unfinished")


class _Record:
    """A file that grows at its place, or beside it until it has as many lines as the one that stands there."""

    def __init__(self, place: Path, known: int) -> None:
        self.place, self.left = place, known
        self.at = place.with_name(place.name + ".next") if known else place
        self.file = self.at.open("wb", buffering=0)

    def write(self, data: bytes) -> None:
        self.file.write(data)
        self.left -= 1
        if self.left == 0:
            self.at = self.at.replace(self.place)

    def close(self, is_done: bool) -> None:
        self.file.close()
        if self.at != self.place or self.at.stat().st_size == 0:
            self.at.unlink(missing_ok=True)
        if is_done:
            self.place.unlink(missing_ok=True)


def _writer(file: BinaryIO | io.RawIOBase) -> Write:
    def write(data: bytes) -> None:
        file.write(data)

    return write


def _to_stdout(data: bytes) -> None:
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
