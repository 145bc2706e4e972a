"""Many questions behind one long few-shot prefix, answers of very different lengths: what is shared, what is wasted.

64 questions behind 900 tokens, sampled answers of 16 to 256 tokens, on a random Llama of 110M. Counted are the tokens
that pass through the model (the prefix once, each question, each token that is written), and the share of them that
does useful work. Seconds are compared with `model.generate` in static batches, each as long as its longest answer, at
the best batch size, with the prefix in a cache of its own and without; and a decode step of 16 rows behind the prefix
with one of 16 rows behind none. A static run that has taken `--patience` times as long as the engine is ended there:
its ratio is then "at least".

Measured on 2 cores of a Xeon with the machine to itself (`--repeats 1 --sizes 16 8 --patience 2.6`): 0.982 tokens for
each of prefix, questions and answers (questions begin alike), all row-steps useful, 34.0 s; a step behind the prefix
1.20 times one behind none. Static batches of 8 and of 16, with the prefix in a cache and without, were all ended after
2.6 times as long, and those of 64 after 2.05 times (`--sizes 64 --patience 2.05`); 32 was not measured.

    python -m slowthink.benchmarks.engine.prefix
"""

from __future__ import annotations

import argparse
import asyncio
import copy
import json
import math
import random
import statistics
import sys
import time
from collections.abc import Sequence
from typing import Any

import torch
from transformers import DynamicCache, StoppingCriteria, StoppingCriteriaList

from slowthink.benchmarks.engine.allocation import keep_freed_memory
from slowthink.benchmarks.engine.characters import few_shot_prompt, grown, pushed, random_llama, tokenizer
from slowthink.models.local import LocalModel
from slowthink.models.passes import cache_name
from slowthink.models.protocol import Prompt, Request, Sampling

PREFIX, SHORTEST, LONGEST = 900, 16, 256
SIZES = (8, 16, 32, 64)


def questions(number: int, seed: int = 0) -> list[tuple[str, int]]:
    """Questions of 20 to 60 characters, each with the length of its answer (log-uniform)."""
    dice = random.Random(seed)
    texts = [
        f"Q{i}: " + few_shot_prompt(400, 1000 + i)[100 : 100 + dice.randint(16, 54)] + "?\n" for i in range(number)
    ]
    return [(text, round(math.exp(dice.uniform(math.log(SHORTEST), math.log(LONGEST))))) for text in texts]


async def engine(model: LocalModel, prefix: str, asked: Sequence[tuple[str, int]]) -> float:
    """Seconds for all answers."""
    requests = [
        Request(Prompt(text=prefix + text), Sampling(length, temperature=1.0, seed=i))
        for i, (text, length) in enumerate(asked)
    ]
    begin = time.perf_counter()
    rows = await model.generate(requests)
    if [len(row.token_ids) for row in rows] != [length for _, length in asked]:
        raise RuntimeError("expected rows of the lengths that were asked for")
    return time.perf_counter() - begin


class Late(StoppingCriteria):
    """Ends all rows once it is too late."""

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline

    def __call__(self, input_ids: torch.Tensor, scores: Any, **options: Any) -> torch.Tensor:
        """For each row, whether it ends here."""
        return torch.full((len(input_ids),), time.perf_counter() > self.deadline)


@torch.inference_mode()
def static(
    model: Any, codec: Any, prefix: str, asked: Sequence[tuple[str, int]], size: int, with_cache: bool, most: float
) -> float:
    """Seconds of `model.generate` in batches of `size`, questions padded behind the prefix; ended after `most`."""
    begin = time.perf_counter()
    late = StoppingCriteriaList([Late(begin + most)])
    head = codec.encode(prefix)
    cache, name = DynamicCache(config=model.config), cache_name(model)
    if with_cache:
        model(input_ids=torch.tensor([head]), **{name: cache}, logits_to_keep=1)
    for at in range(0, len(asked), size):
        if time.perf_counter() > begin + most:
            break
        batch = asked[at : at + size]
        tails = [codec.encode(text) for text, _ in batch]
        width = max(map(len, tails))
        ids = torch.tensor([head + [0] * (width - len(tail)) + tail for tail in tails])
        mask = torch.tensor([[1] * len(head) + [0] * (width - len(tail)) + [1] * len(tail) for tail in tails])
        options: dict[str, Any] = {}
        if with_cache:
            options[name] = copy.deepcopy(cache)
            options[name].batch_repeat_interleave(len(batch))
        options |= dict.fromkeys(("max_new_tokens", "min_new_tokens"), max(length for _, length in batch))
        model.generate(ids, attention_mask=mask, do_sample=True, stopping_criteria=late, **options)
    return time.perf_counter() - begin


async def step(model: LocalModel, texts: Sequence[str], steps: int) -> float:
    """Seconds of a decode step over prompts that are known already."""
    await model.generate([Request(Prompt(text=text), Sampling(2, 1.0, seed=i)) for i, text in enumerate(texts)])
    begin, before = time.perf_counter(), model.engine.stats.steps
    await model.generate(
        [Request(Prompt(text=text), Sampling(steps, 1.0, seed=99 + i)) for i, text in enumerate(texts)]
    )
    return (time.perf_counter() - begin) / (model.engine.stats.steps - before)


def main(arguments: list[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="prefix")
    parser.add_argument("--questions", type=int, default=64)
    parser.add_argument("--repeats", type=int, default=3, help="runs in turn; medians are compared")
    parser.add_argument("--steps", type=int, default=32, help="steps for the decode step")
    parser.add_argument("--threads", type=int, default=0, help="0: as torch chooses")
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES, help="batch sizes of model.generate, or none")
    parser.add_argument("--patience", type=float, default=3, help="most times the engine's time")
    options = parser.parse_args(arguments)
    keep_freed_memory()
    if options.threads:
        torch.set_num_threads(options.threads)
    codec, prefix, asked = tokenizer(32_000), few_shot_prompt(PREFIX), questions(options.questions)
    ours, plain = random_llama("110M"), random_llama("110M")
    found: dict[str, Any] = {}
    seconds: dict[str, list[float]] = {}
    for _ in range(options.repeats):
        model = LocalModel("random 110M", ours, codec)
        with pushed(ours) as counts, grown(model) as tree:
            seconds.setdefault("engine", []).append(asyncio.run(engine(model, prefix, asked)))
        whole = PREFIX + sum(len(text) + length for text, length in asked)
        found |= {"tokens": sum(counts), "prefix_questions_answers": whole, "distinct_nodes": tree.nodes}
        few = [text for text, _ in asked[:16]]
        behind = asyncio.run(step(model, [prefix + text for text in few], options.steps))
        alone = asyncio.run(step(model, few, options.steps))
        seconds.setdefault("step_behind_prefix", []).append(behind)
        seconds.setdefault("step_alone", []).append(alone)
        model.close()
        most = options.patience * seconds["engine"][-1]
        for size in options.sizes:
            for name, cached in (("static", True), ("static_without_cache", False)):
                taken = static(plain, codec, prefix, asked, size, cached, most)
                seconds.setdefault(f"{name}_{size}", []).append(taken)
    found["seconds"] = {name: statistics.median(values) for name, values in seconds.items()}
    print(json.dumps(found | _ratios(found), indent=1))
    for name, value in _ratios(found).items():
        print(f"{name}: {value:.3f}")
    return 0


def _ratios(found: dict[str, Any]) -> dict[str, float]:
    seconds = found["seconds"]
    ratios = {
        "tokens over prefix + questions + answers (bar 1.02)": found["tokens"] / found["prefix_questions_answers"],
        "share of row-steps that do useful work (bar 0.9)": found["distinct_nodes"] / found["tokens"],
        "step behind the prefix over step alone (bar 1.3)": seconds["step_behind_prefix"] / seconds["step_alone"],
    }
    for name, words in (("static", "with the prefix cache (bar 2)"), ("static_without_cache", "without")):
        times = [value for key, value in seconds.items() if key.rpartition("_")[0] == name]
        if times:
            ratios[f"times as fast as static batches {words}"] = min(times) / seconds["engine"]
    return ratios


if __name__ == "__main__":
    sys.exit(main())
