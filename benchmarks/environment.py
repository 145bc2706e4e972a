"""What a run was made with: versions, hardware, and a hash of the model's files, so that it can be made again."""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from slowthink.models.protocol import LanguageModel

LIBRARIES = ("slowthink", "torch", "transformers", "numpy", "sympy", "z3-solver", "math-verify", "llguidance")
WHOLE_BYTES = 8 << 30
"""Weights up to so many bytes are hashed whole; of larger ones names, sizes and both ends of each file."""
_END = 1 << 20


def environment(model: LanguageModel | None = None) -> dict[str, Any]:
    """Versions and hardware of this process."""
    return {
        "python": platform.python_version(),
        **{name: version_of(name) for name in LIBRARIES},
        "system": platform.platform(),
        **hardware(),
        "dtype": _dtype(model),
    }


def hardware() -> dict[str, Any]:
    """Processor, cores that this process may use, memory in bytes, graphics cards, and torch's threads."""
    import torch

    cards = [torch.cuda.get_device_name(place) for place in range(torch.cuda.device_count())]
    is_linux = hasattr(os, "sched_getaffinity")
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if is_linux else os.cpu_count(),
        "memory": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else None,
        "gpus": cards,
        "threads": torch.get_num_threads(),
    }


def model_hash(spec: str) -> str | None:
    """A sha256 of the model's files; None for a model whose files are not on this machine (a server's)."""
    folder = _files_of(spec)
    if folder is None:
        return None
    if folder.is_file():
        return _hash([folder])
    kinds = (".safetensors", ".bin", ".json", ".gguf", ".model", ".txt")
    return _hash(sorted(path for path in folder.iterdir() if path.suffix in kinds and path.is_file()))


def digest(parts: Iterable[str]) -> str:
    """A sha256 of texts, each ended so that no two lists of texts are alike."""
    made = hashlib.sha256()
    for part in parts:
        made.update(part.encode("utf-8", "backslashreplace") + b"\x00")
    return made.hexdigest()


def _files_of(spec: str) -> Path | None:
    if spec == "smollm2":
        from slowthink.models.embedded import ensure

        return ensure()
    path = Path(spec).expanduser()
    if path.exists():
        return path
    if "://" in spec:
        return None
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        found = try_to_load_from_cache(spec, "config.json")
    except HFValidationError:
        return None
    return Path(found).parent if isinstance(found, str) else None


def _hash(paths: list[Path]) -> str | None:
    if not paths:
        return None
    made = hashlib.sha256()
    is_whole = sum(path.stat().st_size for path in paths) <= WHOLE_BYTES
    for path in paths:
        size = path.stat().st_size
        made.update(f"{path.name} {size}\n".encode())
        with path.open("rb") as file:
            if is_whole:
                while block := file.read(_END):
                    made.update(block)
            else:
                made.update(file.read(_END))
                file.seek(max(0, size - _END))
                made.update(file.read(_END))
    return ("sha256:" if is_whole else "sha256-of-ends:") + made.hexdigest()


def version_of(name: str) -> str | None:
    """The version of an installed package; None where it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _dtype(model: LanguageModel | None) -> str | None:
    """The number format of a model in this process."""
    loaded = getattr(getattr(model, "engine", None), "model", None)
    found = getattr(loaded, "dtype", None)
    return None if found is None else str(found).removeprefix("torch.")
