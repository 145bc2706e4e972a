"""Recorded outputs as models: what other people's models wrote is scored again by strategies that need nothing new.

Known are the outputs of 42 chat models on GSM8K (`zeroeval_gsm`: a sample for each model), thirty programs for each
AQuA question (`pot_aqua_sc30`: each is run in the sandbox, and the sample says which option its value is), GPT-4's logs
of the game of 24 (`tot_game24`: members `io`, `cot` and `tot`; its proposals are what `puzzle` searches),
and rows of `{"id" or "question", "samples": [...]}`. Recorded texts end where they end, whatever limit a strategy has
for writing; tokens are counted in words. Of two questions in the same words the first one's samples count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from slowthink.benchmarks.sources import DEFAULTS, Row, read_rows
from slowthink.benchmarks.task import Item
from slowthink.errors import InputError
from slowthink.mind import Mind
from slowthink.models.recorded import RecordedModel
from slowthink.strategies import Outcome, Strategy
from slowthink.strategies.best_of_n import BestOfN
from slowthink.strategies.direct import Direct, wants_number
from slowthink.strategies.ensemble import Ensemble, Member
from slowthink.strategies.puzzle import PuzzleSearch
from slowthink.strategies.samples import TEMPERATURE
from slowthink.strategies.self_consistency import SelfConsistency
from slowthink.strategies.template import prompt_from
from slowthink.types import Problem
from slowthink.verifiers import voting

ALONE = "samples"
"""The member that samples belong to where the file names none."""
ENDINGS = ("", ".jsonl.gz", ".jsonl")


@dataclass
class Recording:
    """Samples of each item by member, in the order of the file; and records of other prompts than items' questions."""

    name: str
    samples: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    others: list[dict[str, Any]] = field(default_factory=list)

    def add(self, item: Item | None, member: str, texts: Sequence[object]) -> None:
        """Add samples of a member; those of questions that are not asked, and what is no text, are left out."""
        if item is not None:
            kept = [(member, text) for text in texts if isinstance(text, str) and text]
            self.samples.setdefault(item.id, []).extend(kept)

    def of(self, members: Sequence[str]) -> Recording:
        """The samples of these members alone, in their order. Raises InputError for one that there is not."""
        known = dict.fromkeys(member for samples in self.samples.values() for member, _ in samples)
        if unknown := [member for member in members if member not in known]:
            raise InputError(f"expected with --members names among {', '.join(known)[:1500]}; got {', '.join(unknown)}")
        order = {member: place for place, member in enumerate(members or known)}
        kept = {
            item: sorted((one for one in samples if one[0] in order), key=lambda one: order[one[0]])
            for item, samples in self.samples.items()
        }
        return Recording(self.name, {item: samples for item, samples in kept.items() if samples}, self.others)

    def model(self, items: Sequence[Item], member: str | None = None) -> RecordedModel:
        """A model that answers an item's question by its samples, or by those of one member."""
        records: dict[str, list[str]] = {}
        for item in items:
            texts = [text for name, text in self.samples.get(item.id, ()) if member in (None, name)]
            if texts:
                records.setdefault(item.question, texts)
        own = [{"question": question, "samples": texts} for question, texts in records.items()]
        return RecordedModel([*self.others, *own], name=f"recorded:{self.name}", is_whole=True)


def read_recording(source: str, items: Sequence[Item], data: Path | None = None) -> Recording:
    """The recording in a file, or of that name in the data folder, for these items.

    Raises InputError where there is none, where its rows are of no known form, and where no item was recorded.
    """
    path = _path(source, data)
    rows = list(read_rows(path))
    if not rows:
        raise InputError(f"expected recorded samples in {path}, and it is empty")
    by_id = {item.id.partition("/")[2]: item for item in items} | {item.id: item for item in items}
    by_question = {item.question: item for item in items}

    def item_of(row: Row) -> Item | None:
        given = next((row[key] for key in ("id", "idx") if isinstance(row.get(key), str | int)), None)
        return by_id.get(str(given)) or by_question.get(str(row.get("question", row.get("prompt", ""))))

    recording = Recording(path.name.split(".")[0])
    _FORMS[_form(rows[0], path)](recording, rows, item_of)
    recording.samples = {item: samples for item, samples in recording.samples.items() if samples}
    if not recording.samples:
        raise InputError(f"expected in {path} samples of the questions that are asked, and it has none of any of them")
    return recording


COUNTED = ("vote", "self_consistency", "best_of_n")
"""Those that can do with fewer samples than were recorded: `vote:8`."""
Make = Callable[[tuple[str, ...]], Strategy]
"""A strategy for an item whose samples come from these members, one name for each sample."""


def strategies_of(recording: Recording, items: Sequence[Item]) -> dict[str, Make]:
    """The strategies that need no new samples."""
    models: dict[str, RecordedModel] = {}

    def ensemble(whose: tuple[str, ...]) -> Strategy:
        for member in whose:
            if member not in models:
                models[member] = recording.model(items, member)
        return Ensemble([Member(models[one], n, 1.0, False) for one, n in Counter(whose).items()], replies=0)

    known: dict[str, Make] = {
        "direct": lambda whose: Direct(),
        "vote": lambda whose: Vote(len(whose)),
        "self_consistency": lambda whose: SelfConsistency(most=len(whose), batch=len(whose), is_watched=False),
        "best_of_n": lambda whose: BestOfN(n=len(whose), is_watched=False),
        "ensemble": ensemble,
    }
    if recording.others:
        known["puzzle"] = lambda whose: PuzzleSearch(proposer="proposals", line_tokens=20_000, falls_back=False)
    return known


@dataclass(frozen=True)
class Vote:
    """The vote of `slowthink vote`: samples put right, answers found wherever a text says them, equals one."""

    n: int
    name = "vote"

    async def solve(self, problem: Problem, mind: Mind) -> Outcome:
        """The answer with the most votes; solutions of a puzzle are read whole, as self-consistency does."""
        if mind.read_puzzle(problem) is not None:
            return await SelfConsistency(most=self.n, batch=self.n, is_watched=False).solve(problem, mind)
        prompt = prompt_from("work" if wants_number(problem) else "chain_of_thought", problem)
        rows = await mind.generate(prompt, max_tokens=320, temperature=TEMPERATURE, n=self.n)
        outcome = voting.vote([voting.Sample(row.text) for row in rows])
        if outcome.answer is None:
            return Outcome(None, reason="no sample has an answer in it")
        weight = sum(ballot.weight for ballot in outcome.ballots)
        reason = f"{outcome.support * weight:g} of {weight:g} answers are {outcome.answer}"
        return Outcome(outcome.answer, "model", reason=reason, support=outcome.support)


def _path(source: str, data: Path | None) -> Path:
    looked: list[str] = []
    folders: tuple[Path, ...] = DEFAULTS if data is None else (data,)
    for folder in (Path(), *folders):
        for ending in ENDINGS:
            path = folder / f"{source}{ending}"
            if path.is_file():
                return path
            looked.append(str(path))
    raise InputError(f"expected a file of recorded samples with --recorded; there is none of {', '.join(looked)}")


def _form(row: Row, path: Path) -> str:
    for field_name in _FORMS:
        if field_name in row:
            return field_name
    raise InputError(
        f"{path}: expected rows with one of {', '.join(map(repr, _FORMS))} (recorded texts), got "
        f"{', '.join(map(repr, row))[:120]}"
    )


ItemOf = Callable[[Row], Item | None]


def _samples(recording: Recording, rows: list[Row], item_of: ItemOf) -> None:
    for row in rows:
        given = row.get("samples")
        for one in given if isinstance(given, list) else ():
            text, member = (one.get("text"), one.get("model", ALONE)) if isinstance(one, dict) else (one, ALONE)
            recording.add(item_of(row), str(member), [text])


def _zeroeval(recording: Recording, rows: list[Row], item_of: ItemOf) -> None:
    for row in rows:
        recording.add(item_of(row), str(row.get("model", ALONE)), [row.get("output")])


def _tot(recording: Recording, rows: list[Row], item_of: ItemOf) -> None:
    from slowthink.benchmarks.game24_records import proposals

    asked = [row for row in rows if item_of(row) is not None]
    for row in asked:
        for member, name in (("io", "io100"), ("cot", "cot100"), ("tot", "tot_bfs5")):
            recording.add(item_of(row), member, row.get(name, ()))
    recording.others = proposals(asked)[0]


def _programs(recording: Recording, rows: list[Row], item_of: ItemOf) -> None:
    """Programs are run, and a sample says the option that the program's value is, where it is one up to a rounding.

    Where no value of a question is an option, each says the nearest one. The programs themselves are not in the
    samples: a number in them is no answer.
    """
    from slowthink.benchmarks.programs import letters, nearest, read_all, run_all

    asked = [(item, row) for row in rows if (item := item_of(row)) is not None]
    codes = [code for _, row in asked for code in row["programs"]]
    done = iter(run_all(codes, 2)[0])
    values = [[_value(next(done)) for _ in row["programs"]] for _, row in asked]
    options = [str(option).partition(")")[2] for _, row in asked for option in row["options"]]
    texts = dict.fromkeys([*options, *(value for own in values for value in own if value is not None)])
    read = read_all(list(texts), 2)
    for (item, row), own in zip(asked, values, strict=True):
        found = [[] if value is None else letters([value], row["options"], read) for value in own]
        if not any(found):
            found = [[one] if (one := nearest(value, row["options"], read)) else [] for value in own]
        said = [f"The answer is ({one[0]})" if one else "No option has this value." for one in found]
        recording.add(item, ALONE, said)


def _value(done: Any) -> str | None:
    """What a program came to, as text; None where it came to nothing."""
    value = done.value
    if done.status != "ok" or value in (None, "", []):
        return None
    plain = value[0] if isinstance(value, list) and len(value) == 1 else value
    return f"{plain:.10g}" if isinstance(plain, float) else str(plain)


_FORMS: dict[str, Callable[[Recording, list[Row], ItemOf], None]] = {
    "samples": _samples,
    "output": _zeroeval,
    "io100": _tot,
    "programs": _programs,
}
"""The forms of recorded outputs, by the field that tells them."""
