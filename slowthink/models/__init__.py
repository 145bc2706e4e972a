"""The fast thinkers, and how a spec string names one."""

from __future__ import annotations

from pathlib import Path

from slowthink.errors import InputError
from slowthink.models.protocol import LanguageModel


def load_model(spec: str) -> LanguageModel:
    """The model that a spec string names: `smollm2`, `path/model.gguf`, a Hugging Face directory or id,
    `http://host:port/v1#name`.

    Raises InputError for a spec that names nothing, ModelUnavailable when the model cannot be had.
    """
    if not spec.strip():
        raise InputError("expected a model such as 'smollm2', a .gguf file, a directory or a hub id; got an empty text")
    if spec.startswith(("http://", "https://")):
        from slowthink.models.server import OpenAICompatibleModel

        return OpenAICompatibleModel.load(spec)
    from slowthink.models.local import LocalModel

    if spec == "smollm2":
        from slowthink.models.embedded import ensure

        return LocalModel.load_embedded(ensure(), spec)
    path = Path(spec).expanduser()
    if path.suffix.lower() == ".gguf":
        from slowthink.models.gguf import convert_gguf

        return LocalModel.load(convert_gguf(path), spec)
    return LocalModel.load(path if path.exists() else spec, spec)


__all__ = ["LanguageModel", "load_model"]
