"""Parity with lm-evaluation-harness, item by item: the same prompts, the same files in float32, greedy decoding.

Two comparisons. What `direct` and `chain_of_thought` send to their model is given to the harness's own class `hf`, and
its texts and answers are held beside theirs. And the harness runs its own GSM8K task (as published, five examples)
over local data, once with `hf` and once with slowthink as its model (`strategy=plain`).

The senses that change a reply or withhold an answer are off: the fast model's own text is compared.

    python -m slowthink.benchmarks.parity --data ../shared/data --limit 100 [--out out/parity.jsonl]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from slowthink import facade
from slowthink.benchmarks.beside import Call, harness_model, instances, overheard
from slowthink.benchmarks.marking import mark
from slowthink.benchmarks.readers import items_of
from slowthink.benchmarks.sources import DEFAULTS
from slowthink.benchmarks.task import Item, chosen, task_named
from slowthink.errors import InputError, SlowThinkError
from slowthink.models import load_model
from slowthink.models.local import LocalModel
from slowthink.models.text import common
from slowthink.types import Problem, Solution, Status
from slowthink.verifiers.answers import stated_number

OFF = ("calculator", "proofreader", "reader")
"""The first two change what is written under supervision; the reader withholds an answer that it refutes."""
STRATEGIES = "direct,chain_of_thought"
OWN_TASK = "gsm8k_local"


@dataclass(frozen=True)
class Pair:
    """One item by both: the texts, what was taken for their answers, and whether these are right.

    `apart` is, where the texts differ, how far apart the two tokens are at which they part (natural logarithm).
    """

    part: str
    item: str
    ours: str
    theirs: str
    our_answer: str | None
    their_answer: str | None
    ours_right: bool
    theirs_right: bool
    apart: float | None = None

    @property
    def is_same_text(self) -> bool:
        """Character by character."""
        return self.ours == self.theirs


def main(arguments: list[str] | None = None) -> int:
    """Compare and print; 1 where an item differs, 2 for bad input or where something is missing."""
    options = _parser().parse_args(arguments)
    try:
        pairs = _compared(options)
    except (SlowThinkError, OSError) as error:
        print(f"parity: {error}", file=sys.stderr)
        return 2
    return 0 if all(pair.is_same_text and pair.ours_right == pair.theirs_right for pair in pairs) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="parity", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, help="the folder with GSM8K (default: as slowthink bench)")
    parser.add_argument("--limit", type=int, default=100, help="the first so many questions")
    parser.add_argument("--model", default="smollm2")
    parser.add_argument("--strategies", default=STRATEGIES, metavar="A,B", help=f"default: {STRATEGIES}; '' is none")
    parser.add_argument("--batch-size", type=int, default=8, help="of the harness (default: 8)")
    parser.add_argument("--no-task", action="store_true", help="leave the harness's own GSM8K task out")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write every item as JSON lines")
    return parser


def _compared(options: argparse.Namespace) -> list[Pair]:
    """All pairs. Raises InputError and ModelUnavailable."""
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text("", encoding="utf-8")
    task = task_named("gsm8k")
    items = chosen(items_of(task, options.data)[0], options.limit, None, 0)
    model = load_model(options.model, dtype="float32")
    if not isinstance(model, LocalModel):
        raise InputError(f"expected a model that runs in this process, got {options.model!r}")
    theirs = harness_model(options.model, model, options.batch_size)
    pairs: list[Pair] = []
    for strategy in filter(None, options.strategies.split(",")):
        pairs += _told(facade.run(_by_strategy(strategy, items, model, theirs)), options.out)
    if not options.no_task:
        pairs += _told(_by_task(options, model, theirs), options.out)
    model.close()
    return pairs


def _told(pairs: list[Pair], out: Path | None) -> list[Pair]:
    """The same pairs, printed and saved as soon as they are there."""
    for part in dict.fromkeys(pair.part for pair in pairs):
        print(summary(part, [pair for pair in pairs if pair.part == part]), flush=True)
    if out:
        with out.open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(asdict(pair)) + "\n" for pair in pairs)
    return pairs


async def _by_strategy(strategy: str, items: Sequence[Item], model: LocalModel, theirs: Any) -> list[Pair]:
    """Each item by a strategy, and by the harness's class on what the strategy sent."""
    problems = [Problem.of(item.question).model_copy(update={"answer_kind": item.kind}) for item in items]
    asked = await asyncio.gather(*(overheard(model, problem, strategy, OFF) for problem in problems))
    calls = [_only(strategy, calls) for _, calls in asked]
    texts: list[str] = await asyncio.to_thread(theirs.generate_until, instances(calls))
    return [
        await _pair(model, strategy, item, solution, call, text)
        for item, (solution, _), call, text in zip(items, asked, calls, texts, strict=True)
    ]


def _only(strategy: str, calls: Sequence[Call]) -> Call:
    if len(calls) != 1 or calls[0].sampling.temperature or calls[0].reply.interventions:
        raise InputError(f"expected a strategy that asks once, greedily and unsupervised; {strategy} does not")
    return calls[0]


async def _pair(model: LocalModel, part: str, item: Item, solution: Solution, call: Call, text: str) -> Pair:
    answer, own = stated_number(text), call.written(model)
    return Pair(
        part,
        item.id,
        own,
        text,
        solution.answer,
        answer,
        mark(item, solution.answer).status is Status.PROVED,
        mark(item, answer).status is Status.PROVED,
        await _apart(model, call.prompt, own, text),
    )


async def _apart(model: LocalModel, prompt: str, ours: str, theirs: str) -> float | None:
    """How much likelier our token is than theirs at the place at which two texts part; None where they do not."""
    if ours == theirs:
        return None
    begin = len(model.codec.encode(prompt, False))
    first, second = (model.codec.encode(prompt + text, False) for text in (ours, theirs))
    place = common(first, second)
    if not begin <= place < min(len(first), len(second)):
        return None
    a, b = await model.score_ids([(row[: place + 1], place) for row in (first, second)])
    return a.logprob - b.logprob


def _by_task(options: argparse.Namespace, model: LocalModel, theirs: Any) -> list[Pair]:
    """The harness's own task over local data, by its own class and by ours."""
    from lm_eval import simple_evaluate

    from slowthink.harness.model import PLAIN, SlowThinkLM

    ours = SlowThinkLM(model=model, strategy=PLAIN)
    with tempfile.TemporaryDirectory() as folder:
        tasks = _local_task(Path(folder), options.data)
        found = [
            simple_evaluate(model=lm, tasks=[OWN_TASK], task_manager=tasks, limit=options.limit, bootstrap_iters=0)
            for lm in (ours, theirs)
        ]
    return [_sampled(a, b) for a, b in zip(*(one["samples"][OWN_TASK] for one in found), strict=True)]


def _local_task(folder: Path, data: Path | None) -> Any:
    """The harness's task manager with its own GSM8K over local data, in the way in which it takes tasks of others."""
    import lm_eval.tasks

    os.environ["HF_DATASETS_CACHE"] = str(folder)
    published = Path(lm_eval.tasks.__file__).parent / "gsm8k" / "gsm8k.yaml"
    config = {"include": str(published), "task": OWN_TASK, "dataset_path": "json", "dataset_name": None}
    kwargs = {"data_files": _files(data), "cache_dir": str(folder)}
    (folder / f"{OWN_TASK}.yaml").write_text(json.dumps({**config, "dataset_kwargs": kwargs}), encoding="utf-8")
    return lm_eval.tasks.TaskManager(include_path=str(folder), include_defaults=False)


def _files(data: Path | None) -> dict[str, str]:
    """Where the task's splits lie. Raises InputError."""
    task = task_named("gsm8k")
    for folder in DEFAULTS if data is None else (data,):
        found = {
            split: str((folder / name).resolve())
            for split, names in (("test", task.files), ("train", task.train_files))
            for name in reversed(names)
            if (folder / name).is_file()
        }
        if len(found) == 2:
            return found
    raise InputError("expected the test and the training questions of GSM8K in one folder; name it with --data")


def _sampled(ours: dict[str, Any], theirs: dict[str, Any]) -> Pair:
    """Two samples of the harness's results as a pair. Raises InputError where they are not of one prompt."""
    if ours["prompt_hash"] != theirs["prompt_hash"] or ours["filter"] != theirs["filter"]:
        raise InputError(f"expected both to be asked the same; document {ours['doc_id']} was not")
    return Pair(
        f"{OWN_TASK} ({ours['filter']})",
        str(ours["doc_id"]),
        ours["resps"][0][0],
        theirs["resps"][0][0],
        ours["filtered_resps"][0],
        theirs["filtered_resps"][0],
        bool(ours["exact_match"]),
        bool(theirs["exact_match"]),
    )


def summary(part: str, pairs: Sequence[Pair]) -> str:
    """How many agree, in a line, and the items that do not, in a line each."""
    count = len(pairs)
    texts = sum(pair.is_same_text for pair in pairs)
    answers = sum(pair.our_answer == pair.their_answer for pair in pairs)
    marks = sum(pair.ours_right == pair.theirs_right for pair in pairs)
    right, their_right = (sum(values) for values in zip(*((p.ours_right, p.theirs_right) for p in pairs), strict=True))
    lines = [
        f"{part}: of {count} items the same text {texts}, the same answer {answers}, marked alike {marks}; "
        f"right: slowthink {right}, harness {their_right}"
    ]
    for pair in pairs:
        if not pair.is_same_text or pair.our_answer != pair.their_answer:
            place = common([*pair.ours.encode()], [*pair.theirs.encode()])
            apart = "" if pair.apart is None else f", where the two tokens are {pair.apart:.2g} apart in logarithm"
            lines.append(
                f"  {pair.item}: the texts part at byte {place} of {len(pair.ours.encode())} and "
                f"{len(pair.theirs.encode())}{apart}; answers {pair.our_answer!r} and {pair.their_answer!r}"
            )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
