"""Imports point one way, and `import slowthink` is light."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("slowthink", "verifiers", "strategies", "benchmarks")

# From the bottom up. A package means everything in it; modules of one layer may import each other unless they are
# in two different packages of it: verifiers and models know nothing of each other.
LAYERS: tuple[tuple[str, ...], ...] = (
    ("slowthink.errors", "slowthink.types", "slowthink.supervision"),
    ("slowthink.verifiers", "slowthink.models"),
    (
        "slowthink.facade",
        "slowthink.budget",
        "slowthink.trace",
        "slowthink.replay",
        "slowthink.calls",
        "slowthink.senses",
        "slowthink.scratchpad",
        "slowthink.plan",
        "slowthink.branch",
        "slowthink.mind",
    ),
    ("slowthink.strategies",),
    (
        "slowthink.facade",
        "slowthink.calibration",
        "slowthink.controller",
        "slowthink.testing",
        "slowthink.verifier_contract",
        "slowthink.strategy_contract",
        "slowthink",
    ),
    ("slowthink.benchmarks", "slowthink.commands", "slowthink.harness", "slowthink.__main__"),
)
HEAVY = ("torch", "transformers", "sympy", "z3", "huggingface_hub", "gguf", "llguidance", "rich.live")


def sources() -> dict[str, Path]:
    """Every module of the project by the name that it is imported under."""
    found = {}
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            if any((ROOT / Path(*parts[:depth])).is_symlink() for depth in range(1, len(parts))):
                continue
            parts = parts if parts[0] == "slowthink" else ("slowthink", *parts)
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def layer_of(module: str) -> tuple[int, str]:
    """The layer's number and the entry of LAYERS that covers `module`."""
    for rank, layer in enumerate(LAYERS):
        for entry in layer:
            if module == entry or (entry != "slowthink" and module.startswith(entry + ".")):
                return rank, entry
    pytest.fail(f"{module} has no layer; give it one in LAYERS of {Path(__file__).name}")


def imported(module: str, path: Path, known: dict[str, Path]) -> Iterator[tuple[str, int]]:
    """Modules of slowthink that `module` imports anywhere, type checking and functions included, with the line."""
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names if alias.name.split(".")[0] == "slowthink")
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")
                base = ".".join([*parents[: len(parents) - node.level + 1], base]).rstrip(".")
            if base.split(".")[0] == "slowthink":
                for alias in node.names:
                    whole = f"{base}.{alias.name}"
                    yield (whole if whole in known else base), node.lineno


def test_imports_point_one_way() -> None:
    known = sources()
    assert "slowthink.types" in known
    assert "slowthink.verifiers" in known
    wrong = []
    for module, path in known.items():
        rank, entry = layer_of(module)
        for target, line in imported(module, path, known):
            target_rank, target_entry = layer_of(target)
            strangers = rank == target_rank == 1 and entry != target_entry
            if target_rank > rank or strangers:
                wrong.append(f"{path.relative_to(ROOT)}:{line}: {module} must not import {target}")
    assert not wrong, "\n".join(wrong)


def test_import_is_light() -> None:
    code = (
        "import sys, time, json; start = time.perf_counter(); import slowthink; "
        "print(json.dumps([time.perf_counter() - start, sorted(sys.modules)]))"
    )
    seconds = []
    for _ in range(3):
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
        taken, modules = json.loads(done.stdout)
        assert not set(HEAVY) & set(modules)
        seconds.append(taken)
    assert min(seconds) < 0.3
