"""`slowthink models`: which models are ready on this machine, `pull` to make one ready, `at` for those of a server."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from slowthink.commands import lines
from slowthink.errors import InputError, ModelUnavailable

HELP = "the models that are ready here; 'pull NAME' fetches and converts one, 'at URL' asks a server for its models"
DEFAULT = "smollm2"


def add(commands: Any) -> None:
    """Declare the command."""
    parser = commands.add_parser("models", help=HELP, description=HELP)
    parser.add_argument("action", nargs="?", choices=["pull", "at"], help="make a model ready, or ask a server")
    parser.add_argument("name", nargs="?", metavar="NAME", help="'smollm2', a .gguf file, or a server's URL")
    parser.add_argument("--json", action="store_true", help="JSON lines also in a terminal")
    parser.add_argument("--out", metavar="FILE", help="write the list here, as JSON lines")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """List, or pull and then say where it is, or ask a server. Raises ModelUnavailable."""
    if args.action == "at":
        rows = _served(args.name)
    elif args.action == "pull":
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


def _served(spec: str | None) -> list[dict[str, Any]]:
    """A server's models as specs; what it can do is found out for the one that is named, or its only one."""
    from slowthink.models.server import OpenAICompatibleModel
    from slowthink.models.server_spec import parts_of

    if spec is None or not spec.startswith(("http://", "https://")):
        raise InputError(f"expected the address of a server such as http://localhost:8000/v1, got {spec!r}")
    url, options, named = parts_of(spec)
    asker = OpenAICompatibleModel(url, named, **options)
    try:
        names = asker.reach()
    finally:
        asker.close()
    if not (names := [named] if named else names):
        raise InputError(f"{url} answers but does not list its models; name one: slowthink models at {url}#NAME")
    head, _, _ = spec.partition("#")
    rows = []
    for name in names:
        row: dict[str, Any] = {"name": f"{head}#{name}", "path": None, "bytes": 0, "default": False}
        rows.append({**row, **(_can(row["name"]) if len(names) == 1 else {"source": "a server"})})
    return rows


def _can(spec: str) -> dict[str, Any]:
    from slowthink.models.server import OpenAICompatibleModel

    model = OpenAICompatibleModel.load(spec)
    try:
        abilities = model.abilities()
    finally:
        model.close()
    said = [name if able.can else f"no {name} ({able.why})" for name, able in abilities.items()]
    return {"source": "a server: " + ", ".join(said), "can": {name: able.can for name, able in abilities.items()}}


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
