"""Choosing tokens from logits: greedy, or by inverse transform with noise that belongs to the row alone.

What draws need (`Masses`) is worked out for all rows of a pass at once: the numbers of one row are so few that calling
for them costs as much as they do. What a row may not choose is taken away afterwards, from the row's own numbers.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import torch

from slowthink.models.protocol import Sampling

if TYPE_CHECKING:
    from slowthink.models.constraints import Grammar

Floats = npt.NDArray[np.float32]
Tokens = npt.NDArray[np.intp]
LEAST_TEMPERATURE = 1e-6
"""Below it nothing changes but that numbers overflow."""
STRETCH = 256
"""Tokens whose masses are added up in one go."""
FEW = 4
"""Where no more than a part of so many of the tokens may come, only these are looked at."""
LEAST_MASS = 1e-20
"""What may come and weighs less beside what may not is weighed anew, before float32 runs out of small numbers."""
WEIGHTS = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1, bitorder="little").astype(np.float32)
"""For each byte of a mask the eight tokens' own: 1 where a token may come."""


@dataclass(frozen=True, slots=True)
class Masses:
    """Numbers `[tokens]` as large beside each other as the probabilities are; zeros may follow the last one."""

    each: Floats
    ends: npt.NDArray[np.float64]
    """The running sum at the end of each stretch."""

    @property
    def whole(self) -> float:
        """Their sum."""
        return float(self.ends[-1])

    @classmethod
    def of(cls, each: Floats) -> Masses:
        """Of masses whose number is a multiple of `STRETCH`."""
        return cls(each, each.reshape(-1, STRETCH).sum(-1).cumsum(dtype=np.float64))

    def drawn(self, top_p: float, noise: float) -> int | None:
        """One token: nucleus sampling, then inverse transform with `noise` in [0, 1); None where there is no mass.

        The nucleus (Holtzman et al., arXiv:1904.09751) is the smallest set of most likely tokens that weigh `top_p`.
        """
        if not self.whole > 0:
            return None
        if top_p >= 1:
            return self._at(noise)
        wanted = top_p * self.whole
        candidates = self._likely(wanted)
        order = candidates[np.argsort(-self.each[candidates], kind="stable")]
        sums = self.each[order].cumsum(dtype=np.float64)
        kept = sums[: int((sums < wanted).sum()) + 1]
        return int(order[min(int(np.searchsorted(kept, noise * kept[-1], side="right")), len(kept) - 1)])

    def _likely(self, wanted: float) -> Tokens:
        """All tokens above some mass that weigh `wanted` together, or all there are: few where the model is sure."""
        least = float(self.each.max())
        while least > 0:
            least = least / 8 if least > 1e-30 else 0.0
            candidates = (self.each > least).nonzero()[0]
            if self.each[candidates].sum(dtype=np.float64) >= wanted:
                break
        return candidates

    def _at(self, noise: float) -> int:
        """The place at which the running sum passes `noise` of the whole, found by stretches first."""
        target = noise * self.whole
        stretch = min(int(np.searchsorted(self.ends, target, side="right")), len(self.ends) - 1)
        begin = stretch * STRETCH
        within = self.each[begin : begin + STRETCH].cumsum(dtype=np.float64)
        before = self.ends[stretch - 1] if stretch else 0.0
        place = begin + int(np.searchsorted(within, target - before, side="right"))
        if place < begin + len(within) and self.each[place] > 0:
            return place
        # By rounding the place may lie behind the stretch: then the last token before it that is possible is chosen.
        return int(self.each[:place].nonzero()[0][-1])


class Batch:
    """The logits `[rows, vocabulary]` of a pass in float32, good until the next one is worked out in this thread.

    `temperatures` are those at which rows will draw; what else is asked for is worked out for one row alone.
    """

    def __init__(self, logits: torch.Tensor, temperatures: Sequence[float] = ()) -> None:
        self.logits = logits
        self._temperatures = temperatures
        self._numbers: Floats | None = logits.numpy() if logits.device.type == "cpu" else None
        self._likeliest: list[int] | None = None
        self._drawing = [i for i, temperature in enumerate(temperatures) if temperature > 0]
        self._masses: list[Masses] | None = None

    def __iter__(self) -> Iterator[Logits]:
        return (Logits(self, i) for i in range(len(self.logits)))

    def numbers(self, row: int) -> Floats:
        """A row's logits in numpy."""
        found: Floats = self.logits[row].cpu().numpy() if self._numbers is None else self._numbers[row]
        return found

    def likeliest(self, row: int) -> int | None:
        """The first of a row's largest logits; None where all are impossible."""
        if self._numbers is not None:
            numbers = self._numbers[row]
            token = int(numbers.argmax())
            return token if numbers[token] > -np.inf else None
        if self._likeliest is None:
            best = self.logits.max(-1)
            chosen = zip(best.values.tolist(), best.indices.tolist(), strict=True)
            self._likeliest = [token if value > -np.inf else -1 for value, token in chosen]
        token = self._likeliest[row]
        return token if token >= 0 else None

    def masses(self, row: int, temperature: float) -> Masses:
        """What a row draws from at a temperature above 0."""
        if row >= len(self._temperatures) or self._temperatures[row] != temperature:
            return _masses(self.logits[row : row + 1], [temperature], "one")[0]
        if self._masses is None:
            some = self.logits if len(self._drawing) == len(self.logits) else self.logits[self._drawing]
            self._masses = _masses(some, [self._temperatures[i] for i in self._drawing], "all")
        return self._masses[self._drawing.index(row)]


@dataclass(frozen=True, slots=True)
class Logits:
    """What one row may choose from: a row of a batch, and all tokens."""

    batch: Batch
    row: int

    @property
    def is_free(self) -> bool:
        """There are other tokens."""
        return True

    def best(self, sampling: Sampling, noise: float) -> int | None:
        """The token that is chosen; None when all are impossible."""
        if sampling.temperature <= 0:
            return self.batch.likeliest(self.row)
        return self.batch.masses(self.row, sampling.temperature).drawn(sampling.top_p, noise)

    def without(self, tokens: Iterable[int]) -> Logits:
        """The same, with some tokens made impossible."""
        values = self.batch.numbers(self.row).copy()
        values[list(tokens)] = -np.inf
        return Logits(Batch(torch.from_numpy(values[None])), 0)

    def within(self, grammar: Grammar, ends: Collection[int]) -> Few | Masked:
        """The same, with all tokens made impossible that the grammar does not allow; it may know fewer, or more."""
        bits = grammar.bits(ends)
        size = self.batch.logits.shape[-1]
        some = bits.nonzero()[0]
        if len(some) * 8 * FEW > size:
            return Masked(self, bits)
        at, bit = WEIGHTS[bits[some]].nonzero()
        tokens = some[at] * 8 + bit
        return Few(self, tokens[tokens < size])

    def logprob(self, token: int) -> float:
        """Natural logarithm of the token's probability, before temperature."""
        return float(torch.log_softmax(self.batch.logits[self.row], dim=-1)[token])


@dataclass(frozen=True, slots=True)
class Few:
    """What a row may choose from where few tokens are allowed: these, in order."""

    free: Logits
    tokens: Tokens

    @property
    def is_free(self) -> bool:
        """There are other tokens."""
        return True

    def best(self, sampling: Sampling, noise: float) -> int | None:
        """The token that is chosen; None when all are impossible."""
        if not len(self.tokens):
            return None
        values = self.free.batch.numbers(self.free.row)[self.tokens]
        found = Logits(Batch(torch.from_numpy(values[None])), 0).best(sampling, noise)
        return None if found is None else int(self.tokens[found])

    def without(self, tokens: Iterable[int]) -> Few:
        """The same without some tokens."""
        return Few(self.free, self.tokens[~np.isin(self.tokens, list(tokens))])

    def within(self, grammar: Grammar, ends: Collection[int]) -> Few:
        """What both allow."""
        allowed = grammar.allowed(ends)
        known = self.tokens[self.tokens < len(allowed)]
        return Few(self.free, known[allowed[known]])

    def logprob(self, token: int) -> float:
        """As if all tokens were allowed: it is the model's own."""
        return self.free.logprob(token)


@dataclass(frozen=True, slots=True)
class Masked:
    """What a row may choose from where many tokens are allowed: its logits, and a bit for each token."""

    free: Logits
    bits: npt.NDArray[np.uint8]

    @property
    def is_free(self) -> bool:
        """There are other tokens."""
        return True

    def best(self, sampling: Sampling, noise: float) -> int | None:
        """The token that is chosen; None when all are impossible."""
        if sampling.temperature > 0:
            masses = self.free.batch.masses(self.free.row, sampling.temperature)
            room = _scratch("masked", 1, len(masses.each)).numpy()[0]
            some = Masses.of(np.multiply(masses.each, self._weights(len(room)), out=room))
            if some.whole > LEAST_MASS:
                return some.drawn(sampling.top_p, noise)
        values = self.free.batch.numbers(self.free.row)
        values = np.where(self._weights(len(values)) > 0, values, np.float32(-np.inf))
        return Logits(Batch(torch.from_numpy(values[None])), 0).best(sampling, noise)

    def without(self, tokens: Iterable[int]) -> Masked:
        """The same without some tokens."""
        bits = self.bits.copy()
        for token in tokens:
            if token >> 3 < len(bits):
                bits[token >> 3] &= 255 ^ (1 << (token & 7))
        return Masked(self.free, bits)

    def within(self, grammar: Grammar, ends: Collection[int]) -> Masked:
        """What both allow."""
        others = grammar.bits(ends)
        size = min(len(self.bits), len(others))
        return Masked(self.free, self.bits[:size] & others[:size])

    def logprob(self, token: int) -> float:
        """As if all tokens were allowed: it is the model's own."""
        return self.free.logprob(token)

    def _weights(self, size: int) -> Floats:
        """1 for each of the first `size` tokens that is allowed, 0 for the others and where there is no token."""
        room = _scratch("weights", 1, max(8 * len(self.bits), size)).numpy()[0]
        weights: Floats = room[:size]
        room[8 * len(self.bits) :] = 0
        WEIGHTS.take(self.bits, axis=0, out=room[: 8 * len(self.bits)].reshape(-1, 8), mode="clip")
        return weights


def choose(logits: torch.Tensor, temperature: float, top_p: float, noise: float) -> int | None:
    """One token from `logits` `[vocabulary]`; temperature 0 is greedy. None where all are impossible (-inf)."""
    return Logits(Batch(logits.float()[None], [temperature]), 0).best(Sampling(1, temperature, top_p), noise)


def _masses(logits: torch.Tensor, temperatures: Sequence[float], purpose: str) -> list[Masses]:
    """The probabilities of each row at its temperature, by torch's softmax, which reads a row from memory once."""
    rows, size = logits.shape
    stretches = -(-size // STRETCH)
    room = _scratch(purpose, rows, stretches * STRETCH, logits.device)
    room[:, size:] = 0
    if any(one != 1 for one in temperatures):
        factors = torch.tensor([[1 / max(one, LEAST_TEMPERATURE)] for one in temperatures], device=logits.device)
        # With the largest at 0, no product is too large to be a number where another one is small.
        most = logits.amax(-1, keepdim=True).clamp_min_(torch.finfo(torch.float32).min)
        logits = torch.sub(logits, most, out=_scratch("scaled", rows, size, logits.device)).mul_(factors)
    torch.softmax(logits, -1, out=room[:, :size])
    sums = room.view(rows, stretches, STRETCH).sum(-1).cpu().numpy()
    ends = sums.cumsum(-1, dtype=np.float64)
    return [Masses(*one) for one in zip(room.cpu().numpy(), ends, strict=True)]


_MEMORY = threading.local()


def _scratch(purpose: str, rows: int, size: int, device: torch.device | str = "cpu") -> torch.Tensor:
    """Room for numbers, used again by the same thread: new memory for each pass costs more than the numbers."""
    rooms: dict[tuple[str, str], torch.Tensor] = _MEMORY.__dict__.setdefault("rooms", {})
    key = (purpose, str(device))
    if key not in rooms or rooms[key].numel() < rows * size:
        rooms[key] = torch.empty(rows * size, device=device)
    return rooms[key][: rows * size].view(rows, size)
