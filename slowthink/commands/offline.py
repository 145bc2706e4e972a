"""What the offline HTML pages share: a policy that lets in nothing from outside, and data that cannot become markup.

A page holds its own styles and scripts, allowed by their hashes, and words of models and users only as data or as
escaped text. Nothing is fetched: no network, no frames, no forms, no inline handlers or style attributes.
"""

from __future__ import annotations

import hashlib
import html
import json
import math
from base64 import b64encode
from collections.abc import Sequence
from typing import Any


def head(title: str, styles: Sequence[str], scripts: Sequence[str], later: Sequence[str] = ()) -> str:
    """The page's `<head>`: its title, its styles, and a policy that allows them, the scripts and the `later` styles.

    `scripts` must be put into the page exactly as they are given here, and so must `later`, which are styles that a
    script sets up (those of a shadow tree): a browser hashes what stands between the tags.
    """
    policy = (
        f"default-src 'none'; style-src {_sources([*styles, *later])}; script-src {_sources(scripts)}; "
        "base-uri 'none'; form-action 'none'"
    )
    return (
        '<head><meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escaped(title)}</title>\n" + "".join(f"<style>{style}</style>" for style in styles) + "</head>\n"
    )


def block(name: str, data: Any) -> str:
    """`data` as a JSON block with the id `name`, which no text in it can end; scripts parse its `textContent`.

    Numbers that JSON does not have (NaN, infinities) become null.
    """
    try:
        text = _json(data)
    except ValueError:
        text = _json(_finite(data))
    return f'<script type="application/json" id="{escaped(name)}">{text}</script>\n'


def _json(data: Any) -> str:
    return json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")


def _finite(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _finite(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_finite(value) for value in data]
    return None if isinstance(data, float) and not math.isfinite(data) else data


def escaped(text: object) -> str:
    """Text for between tags and for quoted attributes; what UTF-8 cannot write (lone surrogates) becomes `?`."""
    return html.escape(str(text).encode("utf-8", "replace").decode().replace("\0", "�"), quote=True)


def _sources(texts: Sequence[str]) -> str:
    return " ".join(f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in texts)
