"""The fast thinkers, and how a spec string names one."""

from __future__ import annotations

from pathlib import Path

from slowthink.errors import InputError
from slowthink.models.protocol import LanguageModel

DTYPES = ("float32", "bfloat16", "float16")


def load_model(spec: str, *, dtype: str | None = None, device: str | None = None) -> LanguageModel:
    """The model that a spec string names: `smollm2`, `path/model.gguf`, a Hugging Face directory or id,
    `http://host:port/v1#name`.

    `dtype` and `device` are for models in this process; they default to what suits the machine. Raises InputError for
    a spec that names nothing, ModelUnavailable when the model cannot be had.
    """
    if not spec.strip():
        raise InputError("expected a model such as 'smollm2', a .gguf file, a directory or a hub id; got an empty text")
    if dtype is not None and dtype not in DTYPES:
        raise InputError(f"expected a dtype, one of {', '.join(DTYPES)}; got {dtype!r}")
    if spec.startswith(("http://", "https://")):
        from slowthink.models.server import OpenAICompatibleModel

        if dtype is not None or device is not None:
            raise InputError(f"expected no dtype and no device with {spec}: a server has its own")
        return OpenAICompatibleModel.load(spec)
    from slowthink.models.local import LocalModel

    if spec == "smollm2" and dtype is None and device is None:
        from slowthink.models.embedded import ensure

        return LocalModel.load_embedded(ensure(), spec)
    return LocalModel.load(files_of(spec), spec, dtype=dtype, device=device)


def files_of(spec: str) -> Path | str:
    """What transformers loads for the spec of a model in this process: a folder, or the id of one on the hub.

    Raises ModelUnavailable.
    """
    if spec == "smollm2":
        from slowthink.models.embedded import ensure

        return ensure()
    path = Path(spec).expanduser()
    if path.suffix.lower() == ".gguf":
        from slowthink.models.gguf import convert_gguf

        return convert_gguf(path)
    return path if path.exists() else spec


__all__ = ["LanguageModel", "files_of", "load_model"]
