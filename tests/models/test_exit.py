"""A process that never closes its model ends like any other, and a model that nobody holds goes."""

import asyncio
import gc
import subprocess
import sys
import threading

from tiny_models import bpe, tiny

from slowthink.models.local import LocalModel
from slowthink.models.protocol import Prompt, Request, Sampling

UNCLOSED = """
import asyncio
from tiny_models import bpe, tiny
from slowthink.models.local import LocalModel
from slowthink.models.protocol import Prompt, Request, Sampling

model = LocalModel("llama", tiny("llama"), bpe())
model.engine.eos = frozenset()

async def main():
    row = asyncio.ensure_future(model.generate([Request(Prompt(text="7 * 4 ="), Sampling(500))]))
    await asyncio.sleep(0.3)

asyncio.run(main())
print("done")
"""


def test_python_ends_while_a_model_is_writing() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", UNCLOSED],
        cwd="tests/models",
        env={"PYTHONPATH": "../..", "OMP_NUM_THREADS": "1", "PATH": ""},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (ended.returncode, ended.stdout.strip(), ended.stderr) == (0, "done", "")


def test_a_forgotten_model_ends_its_thread() -> None:
    model = LocalModel("llama", tiny("llama"), bpe())
    asyncio.run(model.generate([Request(Prompt(text="7 * 4 ="), Sampling(4))]))
    thread = model.engine._thread
    assert thread in threading.enumerate()
    del model
    gc.collect()
    assert thread not in threading.enumerate()
