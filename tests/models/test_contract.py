"""Every model keeps the contract that ships in `slowthink.testing`."""

import random
from pathlib import Path

import pytest
from conftest import Make
from tiny_models import CONFIGS, bpe

from slowthink.errors import ModelUnavailable
from slowthink.models.jobs import uniform
from slowthink.models.local import LocalModel
from slowthink.models.protocol import Completion, LanguageModel, Request, Sampling
from slowthink.models.random_tokens import RandomTokenModel
from slowthink.models.recorded import RecordedModel
from slowthink.models.scripted import ScriptedModel
from slowthink.testing import PROMPTS, check_model

WORDS = ["one", " two", " 12", "3", ", ", "é", "漢字", "\n", ".", " seven"]


def babble(text: str, request: Request) -> str:
    """A reply that depends on the text before it, and above temperature 0 on seed and path."""
    sampling = request.sampling
    own = f"{sampling.seed} {sampling.path}" if sampling.temperature else ""
    dice = random.Random(uniform(0, f"{own}|{text}", len(text)))
    return "".join(dice.choice(WORDS) for _ in range(40))


def scripted() -> LanguageModel:
    return ScriptedModel(babble)


def recorded() -> LanguageModel:
    asked = [prompt.messages[-1].content if prompt.messages else prompt.text for prompt in PROMPTS]
    samples = ["So 12 and 漢字 make three", "Then 1123. Ünd so weiter", "Three is one more"]
    return RecordedModel([{"prompt": text, "samples": samples} for text in asked])


def babbling() -> LanguageModel:
    return RandomTokenModel(bpe())


@pytest.mark.parametrize("make", [scripted, recorded, babbling])
def test_models_without_forward_passes(make: "type[LanguageModel]") -> None:
    check_model(make())


@pytest.mark.parametrize("name", CONFIGS)
def test_tiny_models(local: Make, name: str) -> None:
    check_model(local(name, max_rows=6))


@pytest.mark.slow
def test_the_embedded_model(smol_dir: Path) -> None:
    check_model(LocalModel.load(smol_dir, "smollm2", dtype="float32"), tokens=4)


def test_the_babbler_reads_the_embedded_vocabulary(smol_dir: Path) -> None:
    check_model(RandomTokenModel())


class Broken(ScriptedModel):
    """Breaks one promise."""

    def __init__(self, promise: str) -> None:
        super().__init__(babble)
        self.promise = promise

    async def generate(self, requests: list[Request]) -> list[Completion]:  # type: ignore[override]
        from dataclasses import replace

        if self.promise == "stop":
            requests = [replace(r, sampling=replace(r.sampling, stop=())) for r in requests]
        if self.promise == "seed":
            requests = [replace(r, sampling=replace(r.sampling, seed=0, path="")) for r in requests]
        if self.promise == "bound":
            requests = [replace(r, sampling=replace(r.sampling, max_tokens=40)) for r in requests]
        if self.promise == "supervisors":
            requests = [replace(r, supervisors=()) for r in requests]
        rows = await super().generate(requests)
        if self.promise == "order":
            rows.reverse()
        if self.promise == "count":
            rows = [replace(row, prompt_tokens=0, generated_tokens=0) for row in rows]
        if self.promise == "offset":
            moved = [tuple(replace(e, start=e.start + 1) for e in row.interventions) for row in rows]
            rows = [replace(row, interventions=events) for row, events in zip(rows, moved, strict=True)]
        return rows


@pytest.mark.parametrize("promise", ["stop", "seed", "bound", "supervisors", "order", "count", "offset"])
def test_the_contract_finds_what_is_broken(promise: str) -> None:
    with pytest.raises(AssertionError, match="expected"):
        check_model(Broken(promise))


def test_a_closed_model_says_so() -> None:
    import asyncio

    model = scripted()
    model.close()
    with pytest.raises(ModelUnavailable, match="closed"):
        asyncio.run(model.generate([Request(PROMPTS[0], Sampling(1))]))
