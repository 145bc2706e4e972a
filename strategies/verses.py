"""The free lines of a text, written between lines that stand already and chosen by how well they lead to the last one.

Several continuations of each line are sampled at once, held to a pattern that keeps the line's own constraints (its
first letter, a word that it must have, what it must rhyme with). What breaks another constraint is thrown away; of the
rest the line is taken that is likeliest together with the last line behind it, if the model also prefers it to other
orders of its words. Nothing here judges the whole text.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from slowthink.errors import InputError, ModelUnavailable, SlowThinkError
from slowthink.mind import Mind
from slowthink.models.protocol import Completion, Prompt
from slowthink.strategies.template import prompt_from
from slowthink.strategies.word_classes import OPEN_ENDED, SMALL
from slowthink.strategies.word_order import preference
from slowthink.types import Constraint as Pattern
from slowthink.types import Problem
from slowthink.verifiers.rhymes import rhyme, rhyming_words

EACH, ROUNDS, TOKENS = 4, 4, 32
TESTED, ORDERS = 2, 8
"""Lines that are tried by the order of their words, and orders that each is held against."""
ENDS = 3
"""Lines that may stand before the last one in vain; then rather another pair of bound lines."""
LEAST, MOST = 4, 9
_ITSELF = frozenset(("poem", "poems", "poetry", "line", "lines", "verse", "title", "stanza"))
"""What a poem need not say of itself."""
_ANY = r"(?:[A-Za-z]+(?:['-][a-z]+)*)"


class Unwritable(SlowThinkError):
    """No line that keeps its constraints was found."""


@dataclass
class Draft:
    """A text in the making: `lines` with None where a line is free, and what its free lines must keep.

    `letters` and `endings` are the first and last letters that lines must have, `words` those that must occur, `rhymes`
    the index of an earlier or given line with which a line rhymes, `copies` that of a line that it repeats, `sizes` the
    least and most words of a line. `allows` is asked of each line with its place. `scored` says whether the model gives
    likelihoods to choose by, `searched` that the bound lines were found with them. `ends_well` is asked of all lines,
    with each line that might be the last of the free ones.
    """

    about: str
    lines: list[str | None]
    letters: dict[int, str] = field(default_factory=dict)
    endings: dict[int, str] = field(default_factory=dict)
    words: dict[int, list[str]] = field(default_factory=dict)
    rhymes: dict[int, int] = field(default_factory=dict)
    copies: dict[int, int] = field(default_factory=dict)
    sizes: tuple[int, int] = (LEAST, MOST)
    allows: Callable[[int, str], bool] = lambda _place, _line: True
    scored: bool = True
    searched: bool = False
    ends_well: Callable[[Sequence[str]], Awaitable[bool]] | None = None

    @property
    def text(self) -> str:
        """What stands there, without the lines that are free yet."""
        return "\n".join(line for line in self.lines if line is not None)


async def fill(draft: Draft, mind: Mind, temperature: float = 0.7) -> None:
    """Write the free lines from the first to the last. Raises Unwritable, and BudgetExhausted."""
    prompt = _prompt(draft)
    for place in range(len(draft.lines)):
        for copy, source in draft.copies.items():
            draft.lines[copy] = draft.lines[copy] or draft.lines[source]
        if draft.lines[place] is None:
            written = "".join(f"{line}\n" for line in draft.lines[:place] if line is not None)
            draft.lines[place] = await _line(
                draft, place, prompt.continued(written), mind.child(f"line{place}"), temperature
            )


def _prompt(draft: Draft) -> Prompt:
    ends = ((draft.lines[0], "first"), (draft.lines[-1], "last"))
    bound = "".join(f' The {name} line is: "{line}"' for line, name in ends if line is not None)
    return prompt_from("verse", Problem.of(draft.about or " "), lines=str(len(draft.lines)), bound=bound)


async def _line(draft: Draft, place: int, prompt: Prompt, mind: Mind, temperature: float) -> str:
    bad_ends = 0
    for number in range(ROUNDS):
        rows = await _sampled(mind, prompt, _pattern(draft, place), temperature + 0.15 * number)
        kept = list(dict.fromkeys(line for row in rows if (line := row.text.strip()) and _fits(draft, place, line)))
        if kept and not draft.scored:
            return kept[0]
        for line in (await _ranked(draft, kept, prompt, mind))[:TESTED]:
            spoken = line[:1].lower() + line[1:]
            if not (await preference(mind, prompt, tuple(spoken.rstrip(".,;!?").split()), drawn=ORDERS)).holds:
                continue
            whole = [line if at == place else one for at, one in enumerate(draft.lines)]
            others = [one for one in whole if one is not None]
            if draft.ends_well is None or len(others) < len(whole) or await draft.ends_well(others):
                return line
            bad_ends += 1
            if bad_ends == ENDS:
                raise Unwritable("the last line does not read as a sentence behind the others")
    raise Unwritable(f"no line was found that may stand as line {place + 1}")


async def _sampled(mind: Mind, prompt: Prompt, pattern: str, temperature: float) -> list[Completion]:
    try:
        return await mind.generate(
            prompt, max_tokens=TOKENS, temperature=temperature, top_p=0.95, stop=("\n",), n=EACH,
            constraint=Pattern(regex=pattern),
        )  # fmt: skip
    except (InputError, ModelUnavailable):
        return await mind.generate(
            prompt, max_tokens=TOKENS, temperature=temperature, top_p=0.95, stop=("\n",), n=2 * EACH
        )


def _fits(draft: Draft, place: int, line: str) -> bool:
    """Whether a line keeps what concerns it, and does not repeat what stands there."""
    bare = [other.casefold() for other in draft.lines if other is not None]
    opening = " ".join(line.casefold().split()[:2])
    letter, ending = draft.letters.get(place), draft.endings.get(place)
    signs = [sign for sign in line if sign.isalnum()]
    return (
        bool(signs)
        and len(line.split()) >= draft.sizes[0]
        and re.sub(r"\W+$", "", line).casefold().split()[-1] not in OPEN_ENDED
        and line.casefold() not in bare
        and not any(other.startswith(opening + " ") for other in bare)
        and _is_fresh(line, bare)
        and not (_ITSELF & set(_content(line)) - {one for many in draft.words.values() for one in many})
        and (letter is None or signs[0].casefold() == letter.casefold())
        and (ending is None or signs[-1].casefold() == ending.casefold())
        and all(_holds(word, line) for word in draft.words.get(place, ()))
        and _rhymes(draft, place, line)
        and draft.allows(place, line)
    )


def _is_fresh(line: str, others: list[str]) -> bool:
    """Whether a line says no content word twice, and does not say over again what another line says."""
    said, every = _content(line), re.findall(r"\w+", line.casefold())
    is_plain = len(said) == len(set(said)) and all(every.count(word) <= 2 for word in every)
    return is_plain and all(2 * len(set(said) & set(_content(one))) <= len(said) for one in others)


def _content(line: str) -> list[str]:
    return [word for word in re.findall(r"[a-z]+", line.casefold()) if word not in SMALL and len(word) > 1]


def _rhymes(draft: Draft, place: int, line: str) -> bool:
    other = draft.lines[draft.rhymes[place]] if place in draft.rhymes else None
    return other is None or rhyme(other, line)[0] is True


def _holds(word: str, line: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", line, re.I) is not None


async def _ranked(draft: Draft, lines: list[str], prompt: Prompt, mind: Mind) -> list[str]:
    """The lines by how likely they are per token, the last line behind them included."""
    if not lines:
        return []
    last = draft.lines[-1]
    behind = f"\n{last}" if last is not None else ""
    scores = await mind.score(prompt, [line + behind for line in lines])
    worth = {line: one.logprob / max(1, one.tokens) for line, one in zip(lines, scores, strict=True)}
    return sorted(lines, key=lambda line: -worth[line])


def _pattern(draft: Draft, place: int) -> str:
    """What the line may look like, to its end."""
    least, most = draft.sizes
    letter, ending = draft.letters.get(place), draft.endings.get(place)
    head = rf"{letter.upper()}[a-z]*" if letter and letter.isalpha() else letter or r"[A-Z][a-z]*(?:'[a-z]+)?"
    words = draft.words.get(place, ())
    end = r"[.,;:!?]?\n"
    if ending:
        return rf"{head}(,? {_ANY}){{{max(0, least - 2)},{most - 2}}},? [a-z]*{ending.lower()}{end}"
    if words:
        middle = "".join(rf"(,? {_ANY}){{0,5}},? {re.escape(word)}" for word in words)
        return head + middle + ("" if place in draft.rhymes else rf"(,? {_ANY}){{0,6}}") + end
    other = draft.lines[draft.rhymes[place]] if place in draft.rhymes else None
    ends = _rhyming(other) if other is not None else ()
    if ends:
        return rf"{head}(,? {_ANY}){{{max(1, least - 2)},{most - 2}}},? (?:{'|'.join(map(re.escape, ends))}){end}"
    return rf"{head}(,? {_ANY}){{{least - 1},{most - 1}}}{end}"


def _rhyming(line: str) -> Sequence[str]:
    """Words that rhyme with the last one of a line, short ones first, since most of the dictionary is names."""
    return sorted(rhyming_words(line), key=lambda word: (len(word), word))[:40]
