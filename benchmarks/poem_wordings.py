"""Fits the reader by likeness (`verifiers/request_likeness.py`) and says how far it holds for unseen writers.

    python -m slowthink.benchmarks.poem_wordings            # the figures: each group of writers left out in turn
    python -m slowthink.benchmarks.poem_wordings --fit      # the weights, from all of them

`data/poem_wordings/asked-NN.txt` are requests for a poem whose last line is its first with the words turned around;
`{n}` stands for the number of lines and `{s}` for the subject. `other-NN.txt`, by the same writers, ask for something
else, many with the same words. Numbers and subjects are drawn with a seed; for the figures, half of the subjects is
left out, too. A subject counts as read where its noun is.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch

from slowthink.strategies.subjects import topic_of
from slowthink.verifiers.constraints import Count, Reversed
from slowthink.verifiers.request_likeness import (
    NO_SUBJECT,
    WEIGHTS,
    Likeness,
    agreement,
    phrases,
    place_of,
    spans,
    tokens_of,
    traits,
)
from slowthink.verifiers.text_phrases import TextRequest, read_by_phrases, sort_of, without_phrases
from slowthink.verifiers.text_requests import read_text_request

DATA = Path(__file__).parent / "data" / "poem_wordings"
SIZES = (4, 5, 6, 7, 8, 9, 10, 12)
DRAWS = 2
"""Subjects and numbers that each wording is fitted with."""
SPARSE = 0.3
"""Share of requests that are fitted without a number of lines, without a subject, or without both."""
LEAST = {"word": 4, "phrase": 6, "trait": 4}
"""How often a word (in wordings), a phrase or a trait (in requests) must occur to count."""


@dataclass(frozen=True)
class Wording:
    """A wording, who wrote it, and whether it asks for the turned line."""

    writer: int
    asked: bool
    text: str


@dataclass(frozen=True)
class Request:
    """A wording with its number and subject filled in."""

    wording: Wording
    text: str
    size: int
    subject: str

    @cached_property
    def read(self) -> TextRequest | None:
        """What phrases alone say."""
        return read_by_phrases(self.text)


def wordings() -> list[Wording]:
    """All wordings in the folder."""
    found = []
    for kind, asked in (("asked", True), ("other", False)):
        for path in sorted(DATA.glob(f"{kind}-*.txt")):
            writer = int(path.stem.rsplit("-", 1)[1])
            lines = path.read_text(encoding="utf-8").splitlines()
            found += [Wording(writer, asked, line.strip()) for line in lines if line.strip()]
    return found


def subjects() -> list[str]:
    """Subjects to fill in."""
    return (DATA / "subjects.txt").read_text(encoding="utf-8").split("\n")[:-1]


def filled(wording: Wording, draw: random.Random, names: Sequence[str], sparse: bool = False) -> Request:
    """A request of a wording; where it may be sparse, some do without a number of lines or without a subject."""
    size, subject = draw.choice(SIZES), draw.choice(names)
    text = wording.text.replace("{n}", str(size)).replace("{s}", subject)
    request = Request(wording, text, size, subject)
    less = draw.random() if sparse else 1.0
    if less >= SPARSE:
        return request
    read_whole = request.read is not None and request.read.subject == subject
    bare = without_phrases(text, counts=less < 2 / 3 * SPARSE, subject=read_whole and less > 1 / 2 * SPARSE)
    return Request(wording, bare, size, subject if subject in bare else "")


def vocabulary_of(rows: Sequence[Wording]) -> frozenset[str]:
    """The words of the wordings themselves; those of subjects are strangers."""
    seen: Counter[str] = Counter()
    for row in rows:
        seen.update({token.text for token in tokens_of(row.text.replace("{n}", "6").replace("{s}", " "))})
    return frozenset(word for word, times in seen.items() if times >= LEAST["word"])


def fit(rows: Sequence[Wording], names: Sequence[str], seed: int = 0) -> Likeness:
    """Both models, fitted to wordings filled with subjects."""
    draw = random.Random(seed)
    vocabulary = vocabulary_of(rows)
    empty = Likeness(vocabulary, {}, {})
    requests = [filled(row, draw, names, sparse=True) for row in rows for _ in range(DRAWS)]
    return Likeness(vocabulary, _fit_turned(empty, requests), _fit_subject(empty, requests))


def _fit_turned(likeness: Likeness, requests: Sequence[Request], decay: float = 1e-5) -> dict[str, float]:
    """Logistic regression over phrases, each request's divided by the root of their number.

    What the closed reader says counts, too, but for the wordings (writer 0) that it was written with.
    """
    rows = [phrases(likeness.known(tokens_of(request.text))) for request in requests]
    times: Counter[str] = Counter()
    for row in rows:
        times.update(row)
    known = sorted(phrase for phrase, count in times.items() if count >= LEAST["phrase"])
    place = {phrase: i for i, phrase in enumerate(known)}
    sorts = ("turned", "other", "nothing")
    where: list[tuple[int, int]] = []
    values: list[float] = []
    for i, (row, request) in enumerate(zip(rows, requests, strict=True)):
        found = [place[phrase] for phrase in row if phrase in place]
        where += [(i, k) for k in found]
        values += [1 / math.sqrt(max(1, len(found)))] * len(found)
        if request.wording.writer:
            where.append((i, len(known) + sorts.index(sort_of(request.read))))
            values.append(1.0)
    table = torch.sparse_coo_tensor(torch.tensor(where).T, torch.tensor(values), check_invariants=False).coalesce()
    goal = torch.tensor([float(request.wording.asked) for request in requests])
    weights = torch.zeros(table.shape[1], requires_grad=True)
    bias = torch.zeros(1, requires_grad=True)
    steps = torch.optim.LBFGS([weights, bias], max_iter=80, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        steps.zero_grad()
        scores = torch.sparse.mm(table, weights[:, None])[:, 0] + bias
        lost = torch.nn.functional.binary_cross_entropy_with_logits(scores, goal) + decay * (weights**2).sum()
        lost.backward()  # type: ignore[no-untyped-call]
        return lost

    steps.step(loss)  # type: ignore[no-untyped-call]
    fitted = weights.tolist()
    found_weights = dict(zip(known, fitted, strict=False))
    found_weights |= {f"read {sort}": value for sort, value in zip(sorts, fitted[len(known) :], strict=True)}
    return found_weights | {"bias": bias.item()}


def _fit_subject(
    likeness: Likeness, requests: Sequence[Request], rounds: int = 60, decay: float = 1e-5
) -> dict[str, float]:
    """The subject's run of words, or that there is none, against all other runs: a conditional logit."""
    place: dict[str, int] = {}
    ids: list[int] = []
    offsets: list[int] = []
    groups: list[int] = []
    gold: list[int] = []
    for request in requests:
        if not request.wording.asked:
            continue
        tokens = tokens_of(request.text)
        words = likeness.known(tokens)
        runs = list(spans(words))
        right = place_of(request.text, tokens, request.subject)
        if request.subject and right not in runs:
            continue
        read = request.read if request.wording.writer else None
        taken = place_of(request.text, tokens, read.subject) if read is not None else None
        gold.append(len(groups) + (runs.index(right) if right is not None else len(runs)))
        choices = [traits(words, *run) + ([agreement(run, taken)] if taken is not None else []) for run in runs]
        for found in [*choices, [NO_SUBJECT]]:
            offsets.append(len(ids))
            groups.append(len(gold) - 1)
            ids += [place.setdefault(trait, len(place)) for trait in found]
    which, starts = torch.from_numpy(np.array(ids)), torch.tensor(offsets)
    of, right_rows = torch.tensor(groups), torch.tensor(gold)
    weights = torch.zeros(len(place), 1, requires_grad=True)
    steps = torch.optim.Adam([weights], lr=0.1)
    for _ in range(rounds):
        steps.zero_grad()
        scores = torch.nn.functional.embedding_bag(which, weights, starts, mode="sum")[:, 0]
        top = torch.full((len(gold),), -1e9).scatter_reduce(0, of, scores.detach(), "amax")
        total = torch.log(torch.zeros(len(gold)).index_add(0, of, torch.exp(scores - top[of]))) + top
        lost = (total - scores[right_rows]).mean() + decay * (weights**2).sum()
        lost.backward()  # type: ignore[no-untyped-call]
        steps.step()
    fitted = weights[:, 0].tolist()
    times = np.bincount(np.array(ids), minlength=len(place))
    kept = {trait: fitted[i] for trait, i in place.items() if times[i] >= LEAST["trait"] and abs(fitted[i]) >= 0.05}
    return kept | {NO_SUBJECT: fitted[place[NO_SUBJECT]]}


@dataclass
class Tally:
    """Of the requests of left-out writers: how many were read, by phrases alone and with likeness."""

    asked: int = 0
    turned: int = 0
    counted: int = 0
    named: int = 0
    whole: int = 0
    other: int = 0
    mistaken: int = 0

    def add(self, request: Request, read: TextRequest | None) -> bool:
        """Count a request; whether it was read as it was meant."""
        constraints = read.constraints if read is not None else ()
        turned = Reversed() in constraints
        if not request.wording.asked:
            self.other += 1
            self.mistaken += turned
            return not turned
        counted = Count(unit="lines", least=request.size, most=request.size) in constraints
        named = bool(read and read.subject and topic_of(read.subject).head == topic_of(request.subject).head)
        self.asked += 1
        self.turned += turned
        self.counted += counted
        self.named += named
        self.whole += turned and counted and named
        return turned and counted and named

    def shown(self) -> str:
        """One line."""
        return (
            f"whole {self.whole}, turned {self.turned}, lines {self.counted}, subject {self.named} of {self.asked}; "
            f"mistaken {self.mistaken} of {self.other}"
        )


def cross_validate(rows: Sequence[Wording], groups: Sequence[Sequence[int]], seed: int = 0, show: bool = False) -> None:
    """Print what is read of each group's wordings, with subjects that were left out, too."""
    names = subjects()
    seen, unseen = names[::2], names[1::2]
    total = {"phrases": Tally(), "likeness": Tally()}
    for group in groups:
        model = fit([row for row in rows if row.writer not in group], seen, seed)
        draw = random.Random(seed + 1)
        here = {"phrases": Tally(), "likeness": Tally()}
        for row in rows:
            if row.writer not in group:
                continue
            request = filled(row, draw, unseen)
            for tallies in (here, total):
                tallies["phrases"].add(request, request.read)
            read = read_text_request(request.text, model)
            total["likeness"].add(request, read)
            if not here["likeness"].add(request, read) and show:
                print(" ", request.text, "\n    ->", read)
        for way, tally in here.items():
            print(f"writers {group}, {way}: {tally.shown()}", flush=True)
    for way, tally in total.items():
        print(f"all, {way}: {tally.shown()}")


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m slowthink.benchmarks.poem_wordings", description=__doc__)
    parser.add_argument("--fit", action="store_true", help="write the weights that come with the package")
    parser.add_argument("--groups", help="left out in turn, with / between groups and , between writers")
    parser.add_argument("--show", action="store_true", help="print what was not read as it was meant")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.set_num_threads(1)
    rows = wordings()
    if args.fit:
        model = fit(rows, subjects(), args.seed)
        saved = {
            "vocabulary": sorted(model.vocabulary),
            "turned": {name: round(value, 3) for name, value in model.turned_weights.items()},
            "subject": {name: round(value, 2) for name, value in model.subject_weights.items()},
        }
        with gzip.GzipFile(WEIGHTS, "wb", mtime=0) as file:
            file.write(json.dumps(saved, ensure_ascii=False, separators=(",", ":")).encode())
        print(f"{len(saved['turned'])} phrases and {len(saved['subject'])} traits in {WEIGHTS}")
        return
    given = args.groups or "1,2/3,4/5,6/11,17/12/13/14/15,16"
    cross_validate(rows, [[int(one) for one in group.split(",")] for group in given.split("/")], args.seed, args.show)


if __name__ == "__main__":
    main()
