"""Every verifier on random texts and on real texts with errors put in: exceptions, and the slowest page.

    python -m slowthink.benchmarks.fuzz --data ../shared/data --texts 20000

Real texts come from `zeroeval_gsm`, `bbmistake` and `bbh_code_davinci_002`; some characters or stretches of each are
left out, doubled, exchanged with another text's, or put in from a list of what is hard to read. Every text is padded by
repetition to a page now and then. Time is that of the processor; a text shorter than 10,000 characters has as much as
one of 10,000. An exception is printed with its seed, and the status is then 1.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

from slowthink.verifiers.answers import extract_number
from slowthink.verifiers.equivalence import grade
from slowthink.verifiers.extraction import extract_answer
from slowthink.verifiers.judges import JUDGES
from slowthink.verifiers.repair import repair

PAGE = 10_000
ALLOWED = 0.05
SHARDS = (
    "=", " = ", "+", "-", "*", "/", "^", "(", ")", "{", "}", "[", "]", "<<", ">>", "$", "\\", "\\frac{", "\\boxed{",
    "%", ",", ".", "\n", "\\n", '"', "'", "is prime", " and ", " mod ", " is ", "0", "9" * 30, "1e99", "½", "²", "−",
    "\x00", "\ud800", "\u202e", "🦊", "٣", "x", "~~", "`", "|", "≡", "√", "!", "?", ":", ";", "of", "divided by",
    "stack:", "the derivative of ", " expands to ", "' reversed is '", "The answer is ", "####", '{"answer": ',
)  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    """Print the number of exceptions and the slowest texts; 1 where there was an exception, 2 without the data."""
    parser = argparse.ArgumentParser(prog="fuzz")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--texts", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    try:
        real = list(_real(options.data))
    except OSError as error:
        print(f"fuzz: expected the data in {options.data}: {error}", file=sys.stderr)
        return 2
    failed, worst = 0, [(0.0, "", 0, "")]
    for seed in range(options.seed, options.seed + options.texts):
        draw = random.Random(seed)
        text = _text(draw, real)
        for name, seconds in _timed(text, draw, real, seed):
            if name.startswith("!"):
                failed += 1
                print(name)
            a_page = seconds * PAGE / max(len(text), PAGE)
            worst = sorted([*worst, (a_page, name, seed, text[:60])], reverse=True)[:5]
    print(f"{options.texts} texts, {failed} exceptions")
    for a_page, name, seed, text in worst:
        print(f"  {1000 * a_page:.1f} ms a page of 10,000 characters: {name}, seed {seed}: {text!r}")
    print(f"pages over {1000 * ALLOWED:.0f} ms among these: {sum(a_page > ALLOWED for a_page, *_ in worst)}")
    return 1 if failed else 0


def _real(data: Path) -> Iterator[str]:
    for name, key in (("zeroeval_gsm", "output"), ("bbh_code_davinci_002", "cot")):
        with gzip.open(data / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
            yield from (str(json.loads(line)[key]) for line in lines)
    with gzip.open(data / "bbmistake.jsonl.gz", "rt", encoding="utf-8") as lines:
        yield from ("\n".join(json.loads(line)["steps"]) for line in lines)


def _text(draw: random.Random, real: list[str]) -> str:
    kind = draw.random()
    if kind < 0.15:
        text = draw.choice(("", " ")).join(draw.choice(SHARDS) for _ in range(draw.randrange(1, 80)))
    else:
        text = draw.choice(real)
        for _ in range(draw.randrange(0, 12)):
            at = draw.randrange(len(text) + 1)
            other = draw.choice(real)
            piece = draw.choice((draw.choice(SHARDS), other[at : at + draw.randrange(40)], text[at : at + 9] * 3, ""))
            text = text[:at] + piece + text[at + draw.choice((0, 0, 1, 5, 40)) :]
    if draw.random() < 0.05 and text:
        stretch = text[: draw.randrange(1, 400)]
        text = (stretch * (1 + PAGE // len(stretch)))[:PAGE]
    return text


def _timed(text: str, draw: random.Random, real: list[str], seed: int) -> Iterator[tuple[str, float]]:
    """Each verifier with the time that it took; a name that begins with `!` tells of an exception."""
    judged = []
    for judge in JUDGES:
        begin = time.process_time()
        try:
            found = judge.check(text)
        except Exception:  # this is what is looked for
            yield f"! {judge.kind}, seed {seed}: {traceback.format_exc(limit=-2)}", 0.0
            continue
        judged += found
        yield judge.kind, time.process_time() - begin
    for name, work in (
        ("repair", lambda: repair(text, [j for j in judged if j.claim.kind == "arithmetic"])),
        ("extraction", lambda: (extract_answer(text), extract_number(text))),
        ("grade", lambda: (grade("18", text), grade(text[-200:], draw.choice(real)))),
    ):
        begin = time.process_time()
        try:
            work()
        except Exception:  # this is what is looked for
            yield f"! {name}, seed {seed}: {traceback.format_exc(limit=-2)}", 0.0
            continue
        yield name, time.process_time() - begin


if __name__ == "__main__":
    sys.exit(main())
