"""Sentences and the statements that a model writes for them: which may be written, what they mean, what speaks against.

A statement is `Tom: farmer`, `Tom: not older: Ann` or `every farmer: not idle`, made of words of its sentence in an
order that a small model can keep; a grammar lets it write nothing else, and what it writes is its own choice.
`objection` renders a statement back into the
words of a sentence, in their order, and compares: it never says what the right statement would be. `theory_text` makes
the readable form of all statements together. Comparatives (`older ... than`) are strict orders, and superlatives of
them hold of who is above all others: that much English is taken for granted. Not covered: sentences with clauses in
them, numbers, and words that mean several things.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from slowthink.types import Constraint
from slowthink.verifiers.logic_program_lines import clean, key

WHO: Final = "who"
_SENTENCE: Final = re.compile(r"[^.!?\n]+[.!?]")
_WORD: Final = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_SMALL: Final = frozenset(
    {
        "a", "an", "the", "is", "are", "was", "were", "be", "than", "to", "of", "in", "at", "on", "who", "which",
        "what", "one", "does", "do", "did", "that", "it", "any", "every", "each", "all", "everything", "no", "not",
        "never", "person", "thing", "someone", "something", "and", "or", "if", "then", "also", "only", "so",
    }
)  # fmt: skip
_ALL: Final = re.compile(r"\b(every|each|all|any|no|are)\b", re.IGNORECASE)
_NOT: Final = re.compile(r"\b(not|no|never)\b|n't\b", re.IGNORECASE)
_STATEMENT: Final = re.compile(
    r"(?:(?P<all>every|no) (?P<if>[\w-]+)|(?P<first>[\w-]+)): (?P<not>not )?(?P<word>[\w-]+)(?:: (?P<second>[\w-]+))?"
)
_ASKS: Final = re.compile(r"(is|are|was|were|who|which)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Sentence:
    """One sentence of a question: its text, its words that mean something, and what kind of sentence it is."""

    text: str
    words: tuple[str, ...]

    @property
    def is_question(self) -> bool:
        """Whether it asks."""
        return self.text.endswith("?")

    @property
    def asks_who(self) -> bool:
        """Whether it asks of whom something holds."""
        return self.is_question and re.match(r"(who|which|what)\b", self.text, re.IGNORECASE) is not None


@dataclass(frozen=True)
class Statement:
    """What a model wrote for a sentence. A rule has `then`, everything else arguments."""

    word: str
    arguments: tuple[str, ...] = ()
    then: str | None = None
    is_negative: bool = False


def sentences_of(question: str) -> list[Sentence]:
    """The sentences of a question."""
    found = [match.group().strip() for match in _SENTENCE.finditer(question)]
    return [Sentence(one, tuple(w for w in _WORD.findall(one) if w.lower() not in _SMALL)) for one in found]


def is_deduction(question: str) -> bool:
    """Whether a question is of a shape for which statements may be tried: short plain sentences, then one question."""
    sentences = sentences_of(question)
    covered = "".join(re.sub(r"\s", "", one.text) for one in sentences)
    if len(sentences) < 2 or len(sentences) > 40 or covered != re.sub(r"\s", "", question):
        return False
    if re.search(r"\d", question) or any(one.is_question for one in sentences[:-1]):
        return False
    last = sentences[-1]
    if not last.is_question or _ASKS.match(last.text) is None:
        return False
    return all(1 <= len(one.words) <= 6 and len(one.text.split()) <= 16 for one in sentences)


def grammar(sentence: Sentence) -> Constraint:
    """What may be written for a sentence: statements of its words, one or two of them in a name, none of them twice."""
    words = sentence.words
    spans = [*((n, n + 1) for n in range(len(words))), *((n, n + 2) for n in range(len(words) - 1))]
    names = {span: "_".join(words[slice(*span)]) for span in spans}

    def apart(span: tuple[int, int], *others: tuple[int, int]) -> bool:
        return all(span[1] <= start or end <= span[0] for start, end in others)

    said: list[str] = []
    rules: list[str] = []
    for first in [None] if sentence.asks_who else spans:
        taken = () if first is None else (first,)
        tails = []
        for word in (span for span in spans if apart(span, *taken)):
            seconds = [f'": {names[span]}"' for span in spans if apart(span, word, *taken)]
            tails.append(f'"{names[word]}"' + (f" ({' | '.join(seconds)})?" if seconds else ""))
        if not tails:
            continue
        said.append(f'"{WHO if first is None else names[first]}: " "not "? ({" | ".join(tails)})')
        ends = [f'"{names[span]}"' for span in spans if apart(span, *taken)]
        if not sentence.is_question and first is not None:
            rules.append(f'("every " | "no ") "{names[first]}: " "not "? ({" | ".join(ends)})')
    body = " | ".join(["fact", *(["rule"] if rules else [])])
    found = [f'start: " " ({body}) "\\n"', f"fact: {' | '.join(said)}"]
    return Constraint(grammar="\n".join([*found, *([f"rule: {' | '.join(rules)}"] if rules else [])]) + "\n")


def read_statement(text: str) -> Statement | None:
    """A statement as it was written; None where it is none."""
    match = _STATEMENT.fullmatch(text.strip())
    if match is None:
        return None
    is_negative = (match["not"] is not None) != (match["all"] == "no")
    if match["all"] is not None:
        return None if match["second"] else Statement(match["if"], (), match["word"], is_negative)
    arguments = tuple(one for one in (match["first"], match["second"]) if one is not None)
    return Statement(match["word"], arguments, None, is_negative)


def rendered(statement: Statement) -> list[str]:
    """The words of the sentence that a statement says, in their order."""
    if statement.then is not None:
        parts = [statement.word, statement.then]
    else:
        parts = [*statement.arguments[:1], statement.word, *statement.arguments[1:]]
    return [key(word) for part in parts if part != WHO for word in part.split("_")]


def objection(sentence: Sentence, statement: Statement | None) -> str | None:
    """What speaks against a statement as what its sentence says; None when nothing does."""
    if statement is None:
        return "it is no statement"
    words = [key(word) for word in sentence.words]
    if (said := rendered(statement)) != words:
        return f"it says '{' '.join(said)}', the sentence '{' '.join(words)}'"
    if statement.is_negative != bool(_NOT.search(sentence.text)):
        return "only one of the statement and the sentence says 'not'"
    if not sentence.is_question and (statement.then is not None) != bool(_ALL.search(sentence.text)):
        return "only one of the statement and the sentence is about all of a kind"
    return None


def shown(statement: Statement) -> str:
    """A statement as a model writes it."""
    no = "not " if statement.is_negative else ""
    if statement.then is not None:
        return f"every {statement.word}: {no}{statement.then}"
    first, *rest = statement.arguments
    return ": ".join([first, no + statement.word, *rest])


def comparatives(sentences: Sequence[Sentence], statements: Sequence[Statement]) -> list[str]:
    """The relations that compare, with the one that the question's superlative stands for last."""
    found = [
        s.word for sentence, s in zip(sentences, statements, strict=True)
        if len(s.arguments) == 2 and re.search(r"\bthan\b", sentence.text)
    ]  # fmt: skip
    last = statements[-1]
    if WHO in last.arguments and (base := comparative_of(last.word)) is not None:
        found.append(base)
    return list(dict.fromkeys(found))


def comparative_of(word: str) -> str | None:
    """`older` for `oldest`."""
    return f"{word[:-3]}er" if len(word) > 5 and word.endswith("est") else None


class Formaliser:
    """Makes the readable form of statements; `lines` says which sentence stands on which line of it."""

    def __init__(
        self, sentences: Sequence[Sentence], statements: Sequence[Statement], opposites: Sequence[tuple[str, str]]
    ):
        self._names: dict[str, str] = {}
        self._statements = statements
        self._comparatives = comparatives(sentences, statements)
        self._opposites = opposites

    def _name(self, word: str) -> str:
        return self._names.setdefault(key(word), clean(word) + ("_" if key(word) in ("thing", "x", "y", "z") else ""))

    def text(self) -> tuple[str, list[int]]:
        """The readable form of all, and the line of each statement in it."""
        *facts, goal = self._statements
        things = dict.fromkeys(self._name(a) for s in self._statements for a in s.arguments if a != WHO)
        arities: dict[str, int] = {}
        for s in self._statements:
            if s is goal and WHO in s.arguments and comparative_of(s.word) is not None:
                continue
            arities.setdefault(self._name(s.word), len(s.arguments) or 1)
            if s.then is not None:
                arities.setdefault(self._name(s.then), 1)
        arities |= {self._name(word): 2 for word in self._comparatives}
        lines = [f"sort Thing = {', '.join(things)}" if things else "sort Thing"]
        lines += [f"predicate {name}({', '.join(['Thing'] * n)})" for name, n in arities.items() if name not in things]
        places = []
        for number, statement in enumerate(facts, 1):
            places.append(len(lines))
            lines.append(f"fact sentence{number}: {self._formula(statement)}")
        lines += self._orders()
        places.append(len(lines))
        lines += self._goal(goal, list(things))
        return "\n".join(lines) + "\n", places

    def _formula(self, statement: Statement) -> str:
        no = "not " if statement.is_negative else ""
        if statement.then is not None:
            return f"all x: Thing. {self._name(statement.word)}(x) -> {no}{self._name(statement.then)}(x)"
        return f"{no}{self._name(statement.word)}({', '.join(map(self._name, statement.arguments))})"

    def _orders(self) -> list[str]:
        found = []
        for word in self._comparatives:
            r = self._name(word)
            found.append(f"fact {r}_one_way: all x: Thing, y: Thing. {r}(x, y) -> not {r}(y, x)")
            found.append(f"fact {r}_on: all x: Thing, y: Thing, z: Thing. {r}(x, y) and {r}(y, z) -> {r}(x, z)")
        for one, other in self._opposites:
            r, s = self._name(one), self._name(other)
            found.append(f"fact {r}_{s}: all x: Thing, y: Thing. {r}(x, y) <-> {s}(y, x)")
        return found

    def _goal(self, goal: Statement, things: list[str]) -> list[str]:
        if WHO not in goal.arguments:
            return [f"ask {self._formula(goal)}"]
        base = comparative_of(goal.word)
        if base is None:
            return [f"option {one}: must {self._name(goal.word)}({one})" for one in things]
        r = self._name(base)
        return [f"option {one}: must all x: Thing. x != {one} -> {r}({one}, x)" for one in things]

    def spelled(self, name: str) -> str:
        """A thing as the question spells it."""
        for statement in self._statements:
            for argument in statement.arguments:
                if self._names.get(key(argument)) == name:
                    return argument.replace("_", " ")
        return name
