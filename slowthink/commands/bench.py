"""`slowthink bench`: a task, several strategies, one folder with every result, a summary and a report.

Each result is a line of `results.jsonl` as soon as it is there; `--resume` goes on after whatever broke a run off.
TASK is a name (`--tasks` lists them) or a file of JSON lines with `question` and `answer`. Strategies are named as for
`ask`, with commas between them; `self_consistency:8` is one of 8 replies, `auto-reader` one without the reader.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slowthink.commands import lines
from slowthink.errors import InputError

if TYPE_CHECKING:
    from slowthink.benchmarks.bench import Options
    from slowthink.models import LanguageModel

HELP = "run a benchmark: accuracy, cost and trust of strategies, paired"


def add(commands: Any) -> None:
    """Declare the command."""
    parser = commands.add_parser("bench", help=HELP, description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("task", nargs="?", metavar="TASK", help="a task, or a file of questions and answers")
    parser.add_argument("--tasks", action="store_true", help="list the tasks there are")
    parser.add_argument(
        "--model",
        action="append",
        metavar="SPEC",
        help="as for ask (default: smollm2), or 'random': a model that knows nothing; once for each of several servers",
    )
    parser.add_argument("--servers", type=Path, metavar="FILE", help="servers of one model, one a line")
    parser.add_argument("--strategy", default="direct,auto", metavar="A,B", help="default: direct,auto")
    parser.add_argument("--data", type=Path, metavar="DIR", help="default: ../shared/data, then data")
    parser.add_argument("--out", type=Path, metavar="DIR", help="default: out/TASK")
    parser.add_argument("--resume", action="store_true", help="go on with the run in --out, with the same settings")
    parser.add_argument("--retry-errors", action="store_true", help="with --resume: ask again what ended in an error")
    parser.add_argument("--limit", type=int, metavar="N", help="the first N questions, every group in turn")
    parser.add_argument("--sample", type=int, metavar="N", help="N questions drawn with the seed")
    parser.add_argument("--shots", type=int, default=0, metavar="N", help="worked examples from the training split")
    parser.add_argument(
        "--jobs", type=int, default=16, metavar="N", help="questions at once, for each worker (default: 16)"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--budget-tokens", type=int, metavar="N", help="the most tokens a question")
    parser.add_argument("--budget-seconds", type=float, metavar="S", help="the most seconds a question")
    parser.add_argument("--off", default="", metavar="NAMES", help="senses switched off, with commas between them")
    parser.add_argument("--traces", action="store_true", help="keep the trace of every result, in traces/")
    parser.add_argument("--recorded", metavar="FILE", help="recorded outputs instead of a model")
    parser.add_argument("--members", default="", metavar="A,B", help="with --recorded: whose outputs (default: all)")
    parser.add_argument(
        "--ray", metavar="ADDRESS", help="workers on a Ray cluster: local, auto, HOST:PORT, ray://HOST:PORT"
    )
    parser.add_argument("--workers", type=int, metavar="N", help="with --ray: replicas (default: as many as fit)")
    parser.add_argument(
        "--worker-cpus", type=int, default=1, metavar="C", help="cores and threads of each (default: 1)"
    )
    parser.add_argument(
        "--worker-gpus", type=float, default=0.0, metavar="G", help="share of a card, 0 to 1 (default: 0)"
    )
    parser.add_argument("--markdown", action="store_true", help="print the tables of summary.md")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run to the end and print a line for each strategy. Raises InputError and ModelUnavailable."""
    if args.tasks:
        return _list()
    if args.task is None:
        raise InputError("expected a TASK, such as gsm8k or my.jsonl; slowthink bench --tasks lists them")
    if args.retry_errors and not args.resume:
        raise InputError("expected --retry-errors only together with --resume")
    from slowthink.benchmarks.bench import MARKDOWN, bench

    options = _options(args)
    try:
        summary = bench(options, _remark, _loaded)
    except KeyboardInterrupt:
        _remark(f"what has ended is in {options.out}; the same command with --resume goes on")
        raise
    _remark(f"results, summary and settings are in {options.out}")
    if args.markdown:
        sys.stdout.buffer.write((options.out / MARKDOWN).read_bytes())
        return 0
    kept = ("n", "right", "accuracy", "interval", "verified", "tokens", "generated_tokens", "seconds", "errors")
    for name, one in summary["strategies"].items():
        sys.stdout.buffer.write(lines.dump({"strategy": name, **{key: one[key] for key in kept}}))
    sys.stdout.buffer.flush()
    return 0


def _options(args: argparse.Namespace) -> Options:
    from pydantic import ValidationError

    from slowthink.benchmarks.bench import Options
    from slowthink.benchmarks.servers import listed
    from slowthink.types import Budget

    model, *servers = [*(args.model or []), *(listed(args.servers) if args.servers else [])] or ["smollm2"]
    try:
        budget = Budget(tokens=args.budget_tokens, seconds=args.budget_seconds)
    except ValidationError as error:
        raise InputError("expected a budget of 0 or more tokens and seconds; leave it out for no bound") from error
    return Options(
        task=args.task,
        out=args.out or Path("out") / Path(args.task).name.split(".")[0],
        model=model,
        strategies=args.strategy,
        data=args.data,
        limit=args.limit,
        sample=args.sample,
        shots=args.shots,
        seed=args.seed,
        jobs=args.jobs,
        budget=budget,
        off=args.off,
        is_resumed=args.resume,
        is_retried=args.retry_errors,
        keeps_traces=args.traces,
        recorded=args.recorded,
        members=tuple(name.strip() for name in args.members.split(",") if name.strip()),
        servers=tuple(servers),
        ray=args.ray,
        workers=args.workers,
        worker_cpus=args.worker_cpus,
        worker_gpus=args.worker_gpus,
    )


def _list() -> int:
    from slowthink.benchmarks.task import names, task_named

    for name in names():
        task = task_named(name)
        sys.stdout.buffer.write(lines.dump({"task": name, "description": task.description, "source": task.source}))
    sys.stdout.buffer.flush()
    return 0


def _remark(text: str) -> None:
    print(text, file=sys.stderr)


def _loaded(spec: str) -> LanguageModel:
    from slowthink.commands.quick import quick_start
    from slowthink.models import load_model

    with quick_start(spec):
        return load_model(spec)
