"""`slowthink models`: which models are ready on this machine, and `pull` to make one ready."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from slowthink.commands import lines
from slowthink.errors import InputError, ModelUnavailable

HELP = "the models that are ready here; 'models pull NAME' fetches and converts one"
DEFAULT = "smollm2"


def add(commands: Any) -> None:
    """Declare the command."""
    parser = commands.add_parser("models", help=HELP, description=HELP)
    parser.add_argument("action", nargs="?", choices=["pull"], help="make a model ready")
    parser.add_argument("name", nargs="?", metavar="NAME", help="'smollm2', or a .gguf file")
    parser.add_argument("--json", action="store_true", help="JSON lines also in a terminal")
    parser.add_argument("--out", metavar="FILE", help="write the list here, as JSON lines")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """List, or pull and then say where it is. Raises ModelUnavailable."""
    if args.action == "pull":
        row = _pulled(args.name)
        rows = [row]
    else:
        rows = _listed()
    with lines.output(args.out) as write:
        if args.out or args.json or not sys.stdout.isatty():
            for row in rows:
                write(lines.dump(row))
        else:
            from slowthink.commands.show import show_models

            show_models(rows)
    return 0


def _listed() -> list[dict[str, Any]]:
    from slowthink.models.embedded import cached_models

    rows = [
        {"name": e.name, "path": str(e.path), "bytes": e.bytes, "source": e.source, "default": e.name == DEFAULT}
        for e in cached_models()
    ]
    if not any(row["default"] for row in rows):
        source = "not here yet: slowthink models pull smollm2"
        rows.insert(0, {"name": DEFAULT, "path": None, "bytes": 0, "source": source, "default": True})
    return rows


def _pulled(name: str | None) -> dict[str, Any]:
    def remark(line: str) -> None:
        print(line, file=sys.stderr)

    if name == DEFAULT:
        from slowthink.models.embedded import ensure

        folder = ensure(remark)
    elif name is not None and name.lower().endswith(".gguf"):
        from slowthink.models.gguf import convert_gguf

        try:
            folder = convert_gguf(name, remark)
        except InputError as error:
            raise ModelUnavailable(str(error)) from error
    else:
        raise InputError(
            f"expected 'smollm2' or a .gguf file to pull, got {name!r}; a Hugging Face id needs no pull: give it to "
            "--model, and it is fetched when it is first used"
        )
    size = sum(path.stat().st_size for path in folder.iterdir() if path.is_file())
    return {"name": name, "path": str(folder), "bytes": size, "source": "pulled", "default": name == DEFAULT}
