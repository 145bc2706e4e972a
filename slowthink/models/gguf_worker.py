"""Run as a script, in a process of its own: a GGUF file becomes a folder that transformers loads in a second.

    python -P gguf_worker.py SOURCE.gguf OUT

Its own process keeps the progress bars and warnings of the libraries out of the caller's, and gives the memory
back. It ends as soon as its standard input closes, which the system does for a parent that was killed.
It imports nothing of slowthink.
"""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from typing import Any


def convert(source: Path, out: Path) -> None:
    """Write config, tokenizer and bf16 safetensors of the GGUF file `source` to the folder `out`."""
    import torch
    import transformers

    where: dict[str, Any] = {"pretrained_model_name_or_path": str(source.parent), "gguf_file": source.name}
    tokenizer = transformers.AutoTokenizer.from_pretrained(**where)
    tokenizer.save_pretrained(out)
    # Newer versions keep the weights packed unless told otherwise; older ones know only the unpacked form.
    config = getattr(transformers, "GgufConfig", None)
    options = {"quantization_config": config(dequantize=True)} if config else {}
    model = transformers.AutoModelForCausalLM.from_pretrained(**where, dtype=torch.bfloat16, **options)
    model.save_pretrained(out)


def _die_with_parent() -> None:
    # Not through sys.stdin: its lock, held by this thread, would abort the interpreter at its end.
    while os.read(0, 1):
        pass
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=_die_with_parent, daemon=True).start()
    convert(Path(sys.argv[1]), Path(sys.argv[2]))
