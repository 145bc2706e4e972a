"""The quick start leaves everything as it was: the compiler is real again, and the model says the same."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
CODE = """
import asyncio, sys
from slowthink.commands.quick import quick_start
from slowthink.models.protocol import Prompt, Request, Sampling
from slowthink.types import Message
with quick_start("smollm2"):
    from slowthink.models import load_model
    model = load_model("smollm2")
    import torch
assert "torch._inductor" not in sys.modules
unread = sys.modules["transformers"]
assert "__file__" in vars(unread) and "AutoTokenizer" not in vars(unread)
request = Request(Prompt(text="The capital of France is"), Sampling(max_tokens=4))
assert model.codec.render(Prompt(messages=(Message(role="user", content="Hi"),)))[0]
print(asyncio.run(model.generate([request]))[0].text.strip())
assert sys.modules["transformers"] is unread, "generating asked the real package"
from transformers import AutoTokenizer, LlamaForCausalLM
import transformers
from transformers.models import gpt2
assert transformers is not unread and transformers.GPT2Config is gpt2.GPT2Config is unread.GPT2Config
assert type(model.engine.model) is LlamaForCausalLM and transformers.__version__ == unread.__version__
assert isinstance(model.codec.tokenizer, transformers.PreTrainedTokenizerFast)
assert model.codec.tokenizer.get_vocab() == AutoTokenizer.from_pretrained(sys.argv[1]).get_vocab()
import torch._dynamo
assert "torch/_dynamo" in torch._dynamo.__file__.replace("\\\\", "/")
print(float(torch.compile(lambda x: x + 1, backend="eager")(torch.ones(1))), torch.distributed.is_available())
with quick_start("smollm2"):
    assert "torch/_dynamo" in sys.modules["torch._dynamo"].__file__.replace("\\\\", "/")
"""


def test_a_real_model_and_the_real_compiler(smol_dir: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(smol_dir)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["Paris.", "2.0", "True"]


def test_other_models_and_what_is_there_already_are_left_alone() -> None:
    code = """
import gc, os, sys
os.environ["OMP_WAIT_POLICY"] = "active"
from slowthink.commands.quick import quick_start
with quick_start("some/folder"):
    import transformers
    real = transformers
    assert transformers.GPT2Config.__module__ == "transformers.models.gpt2.configuration_gpt2"
    assert not gc.isenabled()
    assert "GOMP_SPINCOUNT" not in os.environ
assert gc.isenabled()
with quick_start("smollm2"):
    import transformers
    assert transformers is real
"""
    own = dict(os.environ)
    own.pop("GOMP_SPINCOUNT", None)  # set by commands that ran in this process
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False, env=own)
    assert done.returncode == 0, done.stderr
