"""A fast thinker in this process: transformers weights behind our own engine, on the CPU or a GPU.

`generate` on prompts shares nothing but remembered beginnings; a `branch` keeps what it writes, so that forks
and continuations pay for new tokens only. On the CPU weights are float32 unless the processor multiplies
bfloat16 in hardware (measured on one without: 16 rows decode 2.4 times as fast in float32); on a GPU bfloat16.
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from slowthink.errors import InputError, ModelUnavailable
from slowthink.models.base import RowModel, score_of
from slowthink.models.engine import Engine, apart
from slowthink.models.hub import must_be_local
from slowthink.models.jobs import Job
from slowthink.models.protocol import Prompt, Request, Score
from slowthink.models.rows import Row
from slowthink.models.text import Codec, Writing

CACHE_BYTES = 1 << 30
MAX_ROWS = 64


class LocalModel(RowModel):
    """Implements `LanguageModel` over a loaded transformers model and its tokenizer."""

    def __init__(
        self,
        name: str,
        model: Any,
        tokenizer: Any,
        max_rows: int = MAX_ROWS,
        cache_bytes: int = CACHE_BYTES,
        is_known: bool = False,
    ) -> None:
        self.engine = Engine(model, _end_tokens(model, tokenizer), max_rows, cache_bytes, is_known)
        self._gathered: dict[asyncio.AbstractEventLoop, list[Job]] = {}
        super().__init__(name, Codec(tokenizer), self.engine.context)
        # Nobody may call `close`: a thread that still is in torch when Python ends would abort the process.
        weakref.finalize(self, self.engine.close)

    @classmethod
    def load(
        cls,
        source: str | Path,
        name: str | None = None,
        *,
        dtype: str | None = None,
        device: str | None = None,
        max_rows: int = MAX_ROWS,
        cache_bytes: int = CACHE_BYTES,
    ) -> LocalModel:
        """Load a Hugging Face directory or id; `dtype` and `device` default to what suits the machine.

        Raises ModelUnavailable when there is no such model or it cannot be read.
        """
        model, tokenizer = apart(lambda: _loaded(source, dtype, device))
        return cls(name or str(source), model, tokenizer, max_rows, cache_bytes)

    @classmethod
    def load_embedded(cls, folder: Path, name: str) -> LocalModel:
        """Load the embedded model, whose files are known: without the detours that serve any model at all."""
        import torch

        device = "cuda" if torch.cuda.is_available() else "cpu"
        with ThreadPoolExecutor(1) as beside:  # the weights are read while modules are imported
            reading = beside.submit(_weights, folder / "model.safetensors", _dtype(device))
            from transformers.initialization import no_init_weights
            from transformers.models.llama.configuration_llama import LlamaConfig
            from transformers.models.llama.modeling_llama import LlamaForCausalLM
            from transformers.tokenization_utils_tokenizers import PreTrainedTokenizerFast

            tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
            with no_init_weights():
                model: Any = LlamaForCausalLM(LlamaConfig.from_pretrained(folder))
            loaded = model.load_state_dict(reading.result(), strict=False, assign=True)
        if loaded.unexpected_keys or set(loaded.missing_keys) - {"lm_head.weight"}:
            return cls.load(folder, name)
        model.tie_weights()
        return cls(name, model.to(device), tokenizer, is_known=True)

    def close(self) -> None:
        """Stop the engine's thread and give its cache back; rows that still run fail with ModelUnavailable."""
        self.engine.close()

    def forget(self) -> None:
        """Forget what is remembered of earlier calls, before the next one begins: for measurements that start cold."""
        self.engine.forget()

    async def score_ids(self, rows: Sequence[tuple[Sequence[int], int]]) -> list[Score]:
        """Log-probabilities of token ids: of each row those from a place on, given all that stand before them.

        For callers that cut texts into tokens themselves. Raises InputError for a row of more than `context` tokens
        beside its last one, or with nothing before the place or behind it.
        """
        jobs = []
        for ids, start in rows:
            if not 1 <= start < len(ids):
                raise InputError(
                    f"expected a place from 1 to {len(ids) - 1} in a row of {len(ids)} tokens, got {start}"
                )
            self._bounded(len(ids) - 1, 0)
            writing = Writing(self.codec, "", False, ids)
            writing.begin = start
            jobs.append(Job(Request(Prompt()), writing, score_from=start))
        return [score_of(row) for row in await self._run(jobs)]

    def _submit(self, loop: asyncio.AbstractEventLoop) -> None:
        jobs = self._gathered.pop(loop)
        try:
            self.engine.submit(jobs)
        except ModelUnavailable as error:
            for job in jobs:
                job.resolve(error)

    async def _run(self, jobs: list[Job]) -> list[Row]:
        """Hand rows to the engine and wait; a cancelled caller takes its rows out of the batch.

        What is asked for in one turn of the event loop is handed over at once, so that rows which begin alike meet.
        """
        loop = asyncio.get_running_loop()
        if loop not in self._gathered:
            self._gathered[loop] = []
            loop.call_soon(self._submit, loop)
        self._gathered[loop] += jobs
        try:
            return list(await asyncio.gather(*(asyncio.wrap_future(job.done) for job in jobs)))
        except BaseException:
            for job in jobs:
                job.done.cancel()
            raise


def _loaded(source: str | Path, dtype: str | None, device: str | None) -> tuple[Any, Any]:
    """A model and its tokenizer, by transformers. Raises ModelUnavailable."""
    is_local = Path(source).exists() or must_be_local(str(source))
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging

    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    device = device or ("cuda" if torch.cuda.is_available() else "cpu")
    try:
        tokenizer = AutoTokenizer.from_pretrained(str(source), local_files_only=is_local)
        model: Any = AutoModelForCausalLM.from_pretrained(
            str(source), dtype=dtype or _dtype(device), local_files_only=is_local
        )
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise ModelUnavailable(
            f"no model could be loaded from {str(source)!r}: {error}\nExpected a directory with config.json, "
            "tokenizer and safetensors, a .gguf file, or the id of a model on the Hugging Face hub (which "
            "needs the network once). The embedded default is called 'smollm2'."
        ) from error
    return model.to(device), tokenizer


def _end_tokens(model: Any, tokenizer: Any) -> frozenset[int]:
    ends: set[int] = set()
    for end in (getattr(model.generation_config, "eos_token_id", None), tokenizer.eos_token_id):
        ends.update(end if isinstance(end, list) else [] if end is None else [end])
    return frozenset(ends)


def _weights(file: Path, dtype: str) -> dict[str, Any]:
    """Every tensor of a safetensors file by its name."""
    import torch
    from safetensors.torch import load_file

    return {name: tensor.to(getattr(torch, dtype)) for name, tensor in load_file(file).items()}


def _dtype(device: str) -> str:
    import torch

    if device != "cpu":
        return "bfloat16"
    hardware = any(getattr(torch.cpu, name, bool)() for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"))
    return "bfloat16" if hardware else "float32"
