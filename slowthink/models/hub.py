"""Is the Hugging Face hub there? Asked once, in seconds, before its own library tries again and again.

A model that is in the local cache is loaded from it when the hub cannot be reached; one that is not is refused at once.
"""

from __future__ import annotations

import socket
import threading
from urllib.parse import urlsplit
from urllib.request import getproxies

from slowthink.errors import ModelUnavailable

SECONDS = 4


def must_be_local(repository: str) -> bool:
    """Whether `repository` has to come from the local cache. Raises ModelUnavailable where it is not there either."""
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        is_cached = isinstance(try_to_load_from_cache(repository, "config.json"), str)
    except HFValidationError as error:
        raise ModelUnavailable(
            f"no model could be loaded from {repository!r}: nothing of that name is on this machine, and it is no id "
            f"such as 'HuggingFaceTB/SmolLM2-135M-Instruct' either. {_EXPECTED}"
        ) from error
    why = unreachable()
    if why and not is_cached:
        raise ModelUnavailable(
            f"no model could be loaded from {repository!r}: nothing of that name is on this machine, it is not in the "
            f"Hugging Face cache, and {why}. {_EXPECTED}"
        )
    return bool(why)


_EXPECTED = (
    "Expected a directory with config.json, tokenizer and safetensors, a .gguf file, or the id of a model on the "
    "Hugging Face hub (which needs the network once). The embedded default is called 'smollm2'."
)


def unreachable() -> str:
    """Why the hub cannot be reached; empty when it can, or when that is a proxy's business."""
    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE:
        return "HF_HUB_OFFLINE is set"
    address = urlsplit(constants.ENDPOINT)
    if getproxies().get(address.scheme) or not address.hostname:
        return ""
    port = address.port or (80 if address.scheme == "http" else 443)
    refusals = [f"{constants.ENDPOINT} did not answer within {SECONDS} s"]
    asking = threading.Thread(target=_connect, args=(address.hostname, port, refusals), daemon=True)
    asking.start()  # looking a name up has no time limit of its own
    asking.join(SECONDS)
    return refusals[-1] if refusals else ""


def _connect(host: str, port: int, refusals: list[str]) -> None:
    try:
        socket.create_connection((host, port), SECONDS).close()
    except OSError as error:
        refusals.append(f"{host} cannot be reached: {error.strerror or error}")
    else:
        refusals.clear()
