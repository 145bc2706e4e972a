"""Choosing tokens from logits: greedy, or by inverse transform with noise that belongs to the row alone.

What draws need (`Masses`) is worked out for all rows of a pass at once: the numbers of one row are so few that calling
for them costs as much as they do. What a row may not choose is taken away afterwards, from the row's own numbers.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import torch

from slowthink.models.jobs import uniform
from slowthink.models.protocol import Sampling

if TYPE_CHECKING:
    from slowthink.models.constraints import Grammar

Floats = npt.NDArray[np.float32]
Tokens = npt.NDArray[np.intp]
LEAST_TEMPERATURE = 1e-6
"""Below it nothing changes but that numbers overflow."""
COLD, LEAST_POWER = 0.5, -87.0
"""Below such temperatures many a mass would be less than float32's smallest normal number, with which processors are
slow: it is 0 instead."""
STRETCH = 256
"""Tokens whose masses are added up in one go."""
KEPT_ROWS = 64
"""Logits of no more rows than these are converted in memory that is used again."""
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
        return int(order[min(int(kept.searchsorted(noise * kept[-1], side="right")), len(kept) - 1)])

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
        stretch = min(int(self.ends.searchsorted(target, side="right")), len(self.ends) - 1)
        begin = stretch * STRETCH
        within = self.each[begin : begin + STRETCH].cumsum(dtype=np.float64)
        before = self.ends[stretch - 1] if stretch else 0.0
        place = begin + int(within.searchsorted(target - before, side="right"))
        if place < begin + len(within) and self.each[place] > 0:
            return place
        # By rounding the place may lie behind the stretch: then the last token before it that is possible is chosen.
        return int(self.each[:place].nonzero()[0][-1])


class Batch:
    """The logits `[rows, vocabulary]` of a pass, good until the next one is made in this thread.

    `temperatures` are those at which rows will draw; what else is asked for is worked out for one row alone.
    """

    def __init__(self, logits: torch.Tensor, temperatures: Sequence[float] = ()) -> None:
        self._made = logits
        """As the model made them."""
        self._temperatures = temperatures
        self._drawing = [i for i, temperature in enumerate(temperatures) if temperature > 0]
        self._masses: tuple[Floats, npt.NDArray[np.float64]] | None = None
        """Of the rows that draw, worked out for all of them when the first one does."""
        self._likeliest: list[int] | None = None
        self._norms: list[float] | None = None

    @cached_property
    def logits(self) -> torch.Tensor:
        """In float32."""
        if self._made.dtype == torch.float32 or len(self._made) > KEPT_ROWS:
            return self._made.float()
        rows, size = self._made.shape
        return _scratch("logits", rows, size, self._made.device).copy_(self._made)

    @cached_property
    def _numbers(self) -> Floats | None:
        return self.logits.numpy() if self.logits.device.type == "cpu" else None

    def __iter__(self) -> Iterator[Logits]:
        return (Logits(self, i) for i in range(len(self._made)))

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

    def logprob(self, row: int, token: int) -> float:
        """Natural logarithm of a token's probability."""
        if self._norms is None:
            self._norms = torch.logsumexp(self.logits, -1).tolist()
        return float(self.logits[row, token]) - self._norms[row]

    def masses(self, row: int, temperature: float) -> Masses:
        """What a row draws from at a temperature above 0."""
        if row >= len(self._temperatures) or self._temperatures[row] != temperature:
            each, ends = _masses(self._made[row : row + 1], [temperature], "one")
            return Masses(each[0], ends[0])
        if self._masses is None:
            some = self._made if len(self._drawing) == len(self._made) else self._made[self._drawing]
            self._masses = _masses(some, [self._temperatures[i] for i in self._drawing], "all")
        at = self._drawing.index(row)
        return Masses(self._masses[0][at], self._masses[1][at])

    @property
    def size(self) -> int:
        """How many tokens there are."""
        return self._made.shape[-1]


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

    def within(self, grammar: Grammar, ends: Collection[int]) -> Held:
        """The same, with all tokens made impossible that the grammar does not allow; it may know fewer, or more."""
        return Held(self, grammar, ends)

    def logprob(self, token: int) -> float:
        """Natural logarithm of the token's probability, before temperature."""
        return self.batch.logprob(self.row, token)


@dataclass(frozen=True, slots=True)
class Held:
    """What a row may choose from under a grammar.

    What is allowed is worked out only when the row would choose something else (rejection sampling: a free draw that
    happens to be allowed is as good as one among what is allowed). With a nucleus it always is, since what is allowed
    makes the nucleus.
    """

    free: Logits
    grammar: Grammar
    ends: Collection[int]

    @property
    def is_free(self) -> bool:
        """There are other tokens."""
        return True

    def best(self, sampling: Sampling, noise: float) -> int | None:
        """The token that is chosen; None when all are impossible."""
        if sampling.top_p >= 1 or sampling.temperature <= 0:
            token = self.free.best(sampling, noise)
            if token is None or self.grammar.admits(token, self.ends):
                return token
            noise = uniform(0, repr(noise), 0)
        return self._allowed().best(sampling, noise)

    def without(self, tokens: Iterable[int]) -> Few | Masked:
        """The same, with some tokens made impossible."""
        return self._allowed().without(tokens)

    def within(self, grammar: Grammar, ends: Collection[int]) -> Few | Masked:
        """What both allow."""
        return self._allowed().within(grammar, ends)

    def logprob(self, token: int) -> float:
        """As if all tokens were allowed: it is the model's own."""
        return self.free.logprob(token)

    def _allowed(self) -> Few | Masked:
        bits = self.grammar.bits(self.ends)
        size = self.free.batch.size
        some = bits.nonzero()[0]
        if len(some) * 8 * FEW > size:
            return Masked(self.free, bits)
        at, bit = WEIGHTS[bits[some]].nonzero()
        tokens = some[at] * 8 + bit
        return Few(self.free, tokens[tokens < size])


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
        found: int | None = int(values.argmax())
        if values[found] == -np.inf:
            return None
        if sampling.temperature > 0:
            each = np.zeros(-(-len(values) // STRETCH) * STRETCH, np.float32)
            powers = (values - values[found]) / np.float32(max(sampling.temperature, LEAST_TEMPERATURE))
            np.exp(powers, out=each[: len(values)])
            found = Masses.of(each).drawn(sampling.top_p, noise)
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


def _masses(
    logits: torch.Tensor, temperatures: Sequence[float], purpose: str
) -> tuple[Floats, npt.NDArray[np.float64]]:
    """Of each row exp((logits - the largest of them) / temperature), and the running sums by stretches."""
    rows, size = logits.shape
    stretches = -(-size // STRETCH)
    room = _scratch(purpose, rows, stretches * STRETCH, logits.device)
    room[:, size:] = 0
    each = room[:, :size].copy_(logits)
    each.sub_(each.amax(-1, keepdim=True).clamp_min_(torch.finfo(torch.float32).min))  # all may be impossible
    if any(one != 1 for one in temperatures):
        each.mul_(torch.tensor([[1 / max(one, LEAST_TEMPERATURE)] for one in temperatures], device=logits.device))
    if min(temperatures) < COLD:
        torch.threshold_(each, LEAST_POWER, float("-inf"))
    each.exp_()
    sums = room.view(rows, stretches, STRETCH).sum(-1).cpu().numpy()
    return room.cpu().numpy(), sums.cumsum(-1, dtype=np.float64)


_MEMORY = threading.local()


def _scratch(purpose: str, rows: int, size: int, device: torch.device | str = "cpu") -> torch.Tensor:
    """Room for numbers, used again by the same thread: new memory for each pass costs more than the numbers."""
    rooms: dict[tuple[str, str], torch.Tensor] = _MEMORY.__dict__.setdefault("rooms", {})
    key = (purpose, str(device))
    if key not in rooms or rooms[key].numel() < rows * size:
        rooms[key] = torch.empty(rows * size, device=device)
    return rooms[key][: rows * size].view(rows, size)
