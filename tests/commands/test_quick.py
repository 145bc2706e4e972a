"""The quick start leaves everything as it was: the compiler is real again, and the model says the same."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
CODE = """
import asyncio, sys
from slowthink.commands.quick import quick_start
from slowthink.models.protocol import Prompt, Request, Sampling
with quick_start():
    from slowthink.models import load_model
    model = load_model("smollm2")
    import torch
assert "torch._inductor" not in sys.modules
request = Request(Prompt(text="The capital of France is"), Sampling(max_tokens=4))
print(asyncio.run(model.generate([request]))[0].text.strip())
import torch._dynamo
assert "torch/_dynamo" in torch._dynamo.__file__.replace("\\\\", "/")
print(float(torch.compile(lambda x: x + 1, backend="eager")(torch.ones(1))), torch.distributed.is_available())
with quick_start():
    assert "torch/_dynamo" in sys.modules["torch._dynamo"].__file__.replace("\\\\", "/")
"""


def test_a_real_model_and_the_real_compiler(smol_dir: Path) -> None:
    done = subprocess.run([sys.executable, "-c", CODE], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["Paris.", "2.0", "True"]
