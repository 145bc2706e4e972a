"""GGUF files: converted once to bf16 safetensors, then found again by what they contain.

The cache is keyed by the sha256 of the file. Since hashing gigabytes at each start would be slow, the hash is
remembered for a path, size and time of change. A file that is moved or copied is hashed again, not converted again.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

from slowthink.errors import ModelUnavailable
from slowthink.models import cache
from slowthink.models.cache import Remark, remark_to_log

MAGIC = b"GGUF"
WORKER = Path(__file__).with_name("gguf_worker.py")


def convert_gguf(path: Path | str, remark: Remark = remark_to_log) -> Path:
    """A folder with config, tokenizer and bf16 safetensors of the GGUF file at `path`.

    Raises ModelUnavailable where there is no GGUF file or it cannot be converted. The weights are
    unpacked: the folder takes two bytes for each parameter.
    """
    source = Path(path).expanduser().absolute()
    try:
        with source.open("rb") as file:
            magic = file.read(len(MAGIC))
    except OSError as error:
        raise ModelUnavailable(f"Expected a GGUF file at {source}, but it cannot be read: {error}.") from error
    if magic != MAGIC:
        raise ModelUnavailable(
            f"Expected a GGUF file at {source}, but it begins with {magic!r} and not with {MAGIC!r}."
        )
    name = f"gguf-{_remembered_sha256(source, remark)[:16]}"

    def make(work: Path, out: Path) -> None:
        remark(f"Converting {source.name} once ...")
        run_worker(source, work, out)

    return cache.build(name, str(source), make, remark)


def run_worker(source: Path, work: Path, out: Path) -> None:
    """Convert `source` into the folder `out`; `work` is for what may be thrown away. Raises ModelUnavailable."""
    # A folder with nothing else in it: transformers would read a config or tokenizer lying beside the file.
    alone = work / "alone" / "model.gguf"
    alone.parent.mkdir()
    try:
        alone.symlink_to(source)
    except OSError:  # Windows without the right to make links
        alone = source
    log = work / "worker.log"
    command = [sys.executable, "-P", str(WORKER), str(alone), str(out)]
    environment = {**os.environ, "TQDM_DISABLE": "1", "HF_HUB_OFFLINE": "1", "PYTHONIOENCODING": "utf-8"}
    with (
        log.open("wb") as sink,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=sink, stderr=subprocess.STDOUT, env=environment
        ) as worker,
    ):
        try:
            code = worker.wait()  # standard input stays open: its end is how the worker learns that we are gone
        except BaseException:
            worker.kill()
            raise
    if code:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
        said = [line for line in lines if line.strip() and not line[0].isspace()]
        raise ModelUnavailable(
            f"The GGUF file {source} cannot be converted (exit code {code}): {said[-1] if said else 'no message'}. "
            "It may be cut short, or of an architecture that this version of transformers does not read; "
            "a Hugging Face folder of the same model can be given instead with --model."
        )


def _remembered_sha256(source: Path, remark: Remark) -> str:
    """The file's sha256, from the note about this path, size and time of change where there is one."""
    about = source.stat()
    key = hashlib.sha256(f"{source.resolve()}|{about.st_size}|{about.st_mtime_ns}".encode()).hexdigest()
    note = cache.cache_root() / "gguf-sha256" / key
    try:
        known = note.read_text(encoding="utf-8").strip()
    except OSError:
        known = ""
    if re.fullmatch(r"[0-9a-f]{64}", known):
        return known
    if about.st_size > 1 << 30:
        remark(f"Reading {source.name} once to know it again ...")
    known = cache.sha256(source)
    try:
        cache.write_whole(note, known + "\n")
    except OSError:
        remark("The cache folder cannot be written, so the file is read anew each time.")
    return known
