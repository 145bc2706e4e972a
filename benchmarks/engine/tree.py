"""A tree of thoughts through the public interface, beside a forked cache loop written for this one case.

The workload: a few-shot prompt of 870 tokens, beam 2, 4 actions, depth 4, 24 tokens a step, one yes/no judgement a
step (672 tokens written). Counted are the tokens that pass through the model against the distinct nodes of the tree
of tokens, and seconds against a loop over transformers' `DynamicCache` that knows nothing but this workload. The
same ratio of tokens is taken over random trees on a small model.

Measured on 2 cores of a Xeon with the machine to itself: 1,766 tokens for 1,766 nodes, 0.77 times the seconds of the
loop (9.0 and 11.6 s, medians of 3), every one of 100 random trees at 1.0000.

    python -m slowthink.benchmarks.engine.tree
"""

from __future__ import annotations

import argparse
import asyncio
import copy
import json
import random
import statistics
import sys
import time
from typing import Any

import torch
from transformers import DynamicCache

from slowthink.benchmarks.engine.allocation import keep_freed_memory
from slowthink.benchmarks.engine.characters import few_shot_prompt, grown, pushed, random_llama, tokenizer
from slowthink.branch import MindBranch
from slowthink.controller import SlowThinker
from slowthink.mind import Mind
from slowthink.models.local import LocalModel
from slowthink.models.passes import cache_name
from slowthink.models.protocol import Branch, Prompt, Request, Sampling
from slowthink.strategies import Outcome
from slowthink.types import Problem

PROMPT, BEAM, ACTIONS, DEPTH, STEP = 870, 2, 4, 4, 24
JUDGE, YES, NO = " Right? ", "y", "n"


class Beam:
    """Beam search over steps, each judged by the model itself."""

    name = "tree benchmark"

    def __init__(self, prompt: str) -> None:
        self.prompt = prompt
        self.texts: list[str] = []

    async def solve(self, problem: Problem, mind: Mind) -> Outcome:
        """Write, judge and keep the best, level by level."""
        beam = [mind.branch(Prompt(text=self.prompt))]
        for _ in range(DEPTH):
            forks = [fork for branch in beam for fork in branch.fork(ACTIONS)]
            values = await asyncio.gather(*(self._step(fork) for fork in forks))
            best = sorted(range(len(forks)), key=lambda i: -values[i])[:BEAM]
            beam = [forks[i] for i in best]
        self.texts = [branch.text for branch in beam]
        return Outcome(beam[0].text, "model")

    async def _step(self, branch: MindBranch) -> float:
        await branch.generate(max_tokens=STEP, temperature=1.0)
        (judge,) = branch.fork(1)
        await judge.append(JUDGE)
        yes, no = await judge.score([YES, NO])
        return yes.logprob - no.logprob


@torch.inference_mode()
def bare_loop(model: Any, ids: list[int], judge: list[int], yes: int, no: int) -> int:
    """The same search over a forked `DynamicCache`; returns how many tokens it pushed."""
    cache, count, name = DynamicCache(config=model.config), len(ids), cache_name(model)
    logits = model(input_ids=torch.tensor([ids]), **{name: cache}, logits_to_keep=1).logits[:, -1]
    for _ in range(DEPTH):
        cache.batch_repeat_interleave(ACTIONS)
        logits = logits.repeat_interleave(ACTIONS, 0)
        rows = len(logits)
        for _ in range(STEP):
            token = torch.multinomial(torch.softmax(logits, -1), 1)
            logits = model(input_ids=token, **{name: cache}).logits[:, -1]
            count += rows
        aside = copy.copy(cache)
        aside.layers = [copy.copy(layer) for layer in cache.layers]
        asked = torch.tensor([judge]).expand(rows, -1)
        says = torch.log_softmax(model(input_ids=asked, **{name: aside}, logits_to_keep=1).logits[:, -1], -1)
        count += rows * len(judge)
        best = (says[:, yes] - says[:, no]).topk(BEAM).indices
        cache.batch_select_indices(best)
        logits = logits[best]
    return count


def measure(repeats: int) -> dict[str, Any]:
    """The engine and the bare loop in turn, each with a cold cache."""
    plain, codec = random_llama("110M"), tokenizer(32_000)
    ours = random_llama("110M")
    prompt = few_shot_prompt(PROMPT)
    ids, judge = codec.encode(prompt), codec.encode(JUDGE)
    yes, no = codec.encode(YES + NO)
    ratios, seconds, bare, tokens, nodes = [], [], [], 0, 0
    for turn in range(repeats):
        begin = time.perf_counter()
        loop_tokens = bare_loop(plain, ids, judge, yes, no)
        bare.append(time.perf_counter() - begin)
        model = LocalModel("random 110M", ours, codec)
        strategy = Beam(prompt)
        with pushed(ours) as counts, grown(model) as tree, SlowThinker(model, strategy=strategy, seed=turn) as thinker:
            begin = time.perf_counter()
            thinker.solve("Stack the blocks.")
            seconds.append(time.perf_counter() - begin)
        if len(strategy.texts[0]) != DEPTH * STEP:
            raise RuntimeError(f"expected {DEPTH * STEP} characters, got {strategy.texts}")
        tokens, nodes = sum(counts), tree.nodes
        ratios.append(tokens / nodes)
    return {
        "tokens": tokens,
        "distinct_nodes": nodes,
        "tokens_per_node": max(ratios),
        "bare_loop_tokens": loop_tokens,
        "seconds": seconds,
        "bare_loop_seconds": bare,
        "seconds_ratio": statistics.median(seconds) / statistics.median(bare),
    }


def random_trees(number: int) -> dict[str, Any]:
    """Tokens through a small model over distinct nodes, for trees of random operations, each on a cold cache."""
    ratios, tokens, nodes = [], 0, 0
    codec = tokenizer(200)
    plain = random_llama("tiny", 200)
    with torch.no_grad():
        for parameter in plain.parameters():
            if parameter.dim() > 1:
                parameter.normal_(0, 0.25)
    for seed in range(number):
        model = LocalModel("random tiny", plain, codec)
        with pushed(plain) as counts, grown(model) as tree:
            asyncio.run(_random_tree(model, random.Random(seed)))
        model.close()
        ratios.append(sum(counts) / max(1, tree.nodes))
        tokens, nodes = tokens + sum(counts), nodes + tree.nodes
    return {"trees": number, "tokens_per_node": tokens / nodes, "worst_tree": max(ratios)}


async def _random_tree(model: LocalModel, dice: random.Random) -> None:
    """Forks, samples, judgements, rewinds and prompts that begin alike, some one by one and some at once."""
    prompts = [few_shot_prompt(dice.randint(20, 400), seed) for seed in (0, 0, 1)]
    branches: list[Branch] = [model.branch(Prompt(text=dice.choice(prompts)))]
    for _ in range(dice.randint(4, 12)):
        branch = dice.choice(branches)
        sampling = Sampling(dice.randint(1, 24), temperature=dice.choice([0.0, 0.5, 1.0]), seed=dice.randint(0, 2))
        what = dice.choice(["write", "fork", "judge", "samples", "prompt", "append", "rewind"])
        if what == "write":
            await branch.generate(sampling)
        elif what == "fork":
            forks = branch.fork(dice.randint(2, 5))
            await asyncio.gather(*(fork.generate(sampling) for fork in forks))
            branches += forks
        elif what == "judge":
            await branch.score([JUDGE + YES, JUDGE + NO, JUDGE + "yes", YES])
        elif what == "samples":
            prompt = Prompt(text=dice.choice(prompts))
            await model.generate([Request(prompt, sampling) for _ in range(dice.randint(1, 5))])
        elif what == "prompt":
            branches.append(model.branch(Prompt(text=dice.choice(prompts))))
        elif what == "append":
            await branch.append(dice.choice(["Step: ", "Goal", JUDGE]))
        else:
            branch.rewind(int(branch.mark() * dice.random()))


def main(arguments: list[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="tree")
    parser.add_argument("--repeats", type=int, default=3, help="runs of the workload and of the loop, in turn")
    parser.add_argument("--trees", type=int, default=100, help="random trees")
    parser.add_argument("--threads", type=int, default=0, help="0: as torch chooses")
    options = parser.parse_args(arguments)
    keep_freed_memory()
    if options.threads:
        torch.set_num_threads(options.threads)
    found = {"random_trees": random_trees(options.trees)} if options.trees else {}
    if options.repeats:
        found["tree"] = measure(options.repeats)
    print(json.dumps(found, indent=1))
    if options.repeats:
        one = found["tree"]
        print(f"tokens {one['tokens']}, nodes {one['distinct_nodes']}: {one['tokens_per_node']:.4f} a node (bar 1.005)")
        print(f"seconds over the bare loop's: {one['seconds_ratio']:.2f} (bar 1.15)")
    if options.trees:
        one = found["random_trees"]
        print(f"{one['trees']} random trees: {one['tokens_per_node']:.4f} a node, worst {one['worst_tree']:.4f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
