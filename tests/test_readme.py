"""The code blocks of README and of docs/benchmarks.md do what they say: each runs by itself, in an empty folder.

A block after `<!-- not run: reason -->` is skipped. In shell blocks a line is a command, or in `console` blocks what
follows `$ `; blocks that only set up (git clone, make, pip, cd, export) are not run.
"""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent
BLOCK = re.compile(r"(?P<skip><!-- not run:[^>]*-->\s*)?^```(?P<kind>\w+)\n(?P<body>.*?)^```", re.MULTILINE | re.DOTALL)
SET_UP = ("git", "make", "pip", "cd", "export", "python -m pip")
SECONDS = 300


PAGES = ("README.md", "docs/benchmarks.md")


class Block(NamedTuple):
    line: int
    kind: str
    body: str
    page: str = "README.md"


def blocks() -> list[Block]:
    texts = {page: (ROOT / page).read_text(encoding="utf-8") for page in PAGES}
    return [
        Block(text.count("\n", 0, found.start("kind")) + 1, found["kind"], found["body"], page)
        for page, text in texts.items()
        for found in BLOCK.finditer(text)
        if not found["skip"] and found["kind"] in ("python", "bash", "sh", "console")
    ]


def commands(block: Block) -> str:
    """The shell script of a block, or nothing if it only sets up."""
    body = block.body
    if block.kind == "console":
        body = "".join(found + "\n" for found in re.findall(r"^\$ ((?:.*\\\n)*.*)", body, re.MULTILINE))
    lines = [line for line in body.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return "" if all(line.startswith(SET_UP) for line in lines) else "\n".join(lines)


@pytest.mark.parametrize("block", blocks(), ids=lambda block: f"{Path(block.page).stem}-line{block.line}-{block.kind}")
def test_block(block: Block, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    if block.kind == "python":
        (tmp_path / "block.py").write_text(block.body, encoding="utf-8")
        command = [sys.executable, "block.py"]
    elif script := commands(block):
        if "slowthink" not in script:
            pytest.fail(
                f"{block.page} line {block.line}: neither slowthink nor set-up; mark it <!-- not run: reason -->"
            )
        shim = tmp_path / "bin" / "slowthink"
        shim.parent.mkdir()
        start = "import sys; from slowthink.commands import main; sys.exit(main())"
        shim.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -c "{start}" "$@"\n', encoding="utf-8")
        shim.chmod(0o755)
        environment["PATH"] = f"{shim.parent}{os.pathsep}{os.environ['PATH']}"
        command = ["bash", "-euo", "pipefail", "-c", script]
    else:
        return
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 0, f"{block.page} line {block.line}:\n{done.stdout}\n{done.stderr}"


def test_what_counts_as_a_command() -> None:
    assert commands(Block(1, "bash", "git clone x && cd x\nmake demo\n")) == ""
    assert commands(Block(1, "console", "$ slowthink ask \\\n  hello\n42\n")) == "slowthink ask \\\n  hello"
    assert commands(Block(1, "bash", "# what\nslowthink models\n")) == "slowthink models"
