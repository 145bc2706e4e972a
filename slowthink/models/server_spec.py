"""How a spec string names a model behind a server: `http://host:port/v1?tokenizer=FOLDER#name`.

An address may end up in traces and error messages, so one that could hold a key is refused, and not repeated.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from slowthink.errors import InputError, ModelUnavailable

EXAMPLE = "http://localhost:8000/v1"
FIELDS = frozenset({"tokenizer", "chat"})


def check_address(url: str) -> None:
    """Raises InputError for what is no base address of a server."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise InputError(f"expected an address such as {EXAMPLE}, got one that cannot be read") from error
    if parts.username or parts.password:
        raise InputError("expected an address without a user or key in it: put the key into OPENAI_API_KEY")
    if parts.query or parts.fragment:
        raise InputError(f"expected an address such as {EXAMPLE} without '?' and '#'; a key goes into OPENAI_API_KEY")
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise InputError(f"expected an address such as {EXAMPLE}, got {url!r}")


def check_key(key: str) -> None:
    """Raises InputError for a key that cannot be sent, without showing it."""
    if not key.isascii() or not key.isprintable() or " " in key:
        raise InputError("expected an API key of plain characters without blanks; the one given has others")


def parts_of(spec: str) -> tuple[str, dict[str, Any], str]:
    """Address, options and model name of a spec. Raises InputError."""
    try:
        parts = urlsplit(spec)
    except ValueError as error:
        raise InputError(f"expected a server such as {EXAMPLE}#name, got what cannot be read") from error
    fields = dict(parse_qsl(parts.query, keep_blank_values=True))
    if unknown := set(fields) - FIELDS:
        raise InputError(
            f"expected 'tokenizer' or 'chat' after the '?' of a server's address, got {', '.join(sorted(unknown))}. "
            "A key goes into OPENAI_API_KEY"
        )
    options: dict[str, Any] = {"tokenizer": fields["tokenizer"]} if fields.get("tokenizer") else {}
    if "chat" in fields:
        if fields["chat"] not in ("yes", "no"):
            raise InputError(f"expected chat=yes or chat=no in a server's address, got chat={fields['chat']}")
        options["chat"] = fields["chat"] == "yes"
    return urlunsplit((parts.scheme, parts.netloc, parts.path, "", "")), options, parts.fragment


def only(names: list[str], url: str) -> str:
    """The model of a server that has one only. Raises InputError."""
    if len(names) == 1:
        return names[0]
    have = f"it has {', '.join(names[:20])}" if names else "it does not list any"
    raise InputError(f"expected the name of a model after a '#', such as {url}#NAME; {have}")


def tokenizer_of(source: Any) -> Any:
    """A tokenizer object from a folder, an id, `smollm2`, or itself. Raises ModelUnavailable."""
    if not isinstance(source, str):
        return source
    from transformers import AutoTokenizer

    from slowthink.models.embedded import ensure

    try:
        return AutoTokenizer.from_pretrained(str(ensure()) if source == "smollm2" else source)
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise ModelUnavailable(
            f"no tokenizer could be loaded from {source!r}: {error}\nExpected a folder with tokenizer.json or the id "
            "of a model on the Hugging Face hub"
        ) from error
