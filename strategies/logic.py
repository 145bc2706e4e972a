"""The model states, the solver decides: each sentence becomes a statement, and what follows is the answer.

The model writes a statement for every sentence of the question, several times, under a grammar that lets it write
nothing but statements of the sentence's words. A statement that does not say its sentence when it is rendered back is
dropped; one that does not fit to the others is written once more, with what is wrong and where. Every complete set
of statements is a formalisation of its own; the solver decides each, and they vote: the answer is given only when more
than half of them come to it. Nothing here works a puzzle out: without the model's statements there is no answer.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import Final

from slowthink.errors import BudgetExhausted
from slowthink.mind import Mind
from slowthink.models.protocol import Completion
from slowthink.strategies.formalising import (
    Formaliser,
    Sentence,
    Statement,
    comparatives,
    grammar,
    is_deduction,
    objection,
    read_statement,
    sentences_of,
    shown,
)
from slowthink.strategies.protocol import Outcome
from slowthink.strategies.template import prompt_from
from slowthink.types import Constraint, Evidence, Problem, Status
from slowthink.verifiers.logic import Decision
from slowthink.verifiers.statement_syntax import Mistake
from slowthink.verifiers.statement_text import parse
from slowthink.verifiers.statements import Theory

SAMPLES: Final = 6
ROUNDS: Final = 3
"""More samples are taken so many times while no statement stands."""
TEMPERATURE: Final = 0.7
REPAIRS: Final = 2
OTHERS: Final = ("louder", "harder", "wetter", "warmer")
"""Comparing words among which the opposite of one must be picked out."""
_WORDS: Final = {"entailed": "yes", "contradicted": "no", "undetermined": "unknown"}


@dataclass(frozen=True)
class Decided:
    """One formalisation and what came of it."""

    text: str
    decision: Decision
    answer: str


class LogicStrategy:
    """Formalise, check, decide, vote."""

    name = "logic"

    async def solve(self, problem: Problem, mind: Mind) -> Outcome:
        """What follows from the question's sentences; without an answer the outcome says what was missing."""
        if not is_deduction(problem.question) or len(problem.messages) > 1:
            return Outcome(None, reason="the question is not of short plain sentences and one question")
        sentences = sentences_of(problem.question)
        asked = [self._stated(sentence, mind.child(f"sentence {n}")) for n, sentence in enumerate(sentences, 1)]
        stated = await asyncio.gather(*asked)
        for sentence, found in zip(sentences, stated, strict=True):
            if not found:
                return Outcome(None, reason=f"no statement says what this sentence says: {sentence.text}")
        decided: list[Decided] = []
        votes = Counter(map(tuple, _formalisations(stated)))
        for number, (statements, count) in enumerate(votes.items()):
            one = await self._decided(sentences, list(statements), mind.child(f"formalisation {number}"))
            decided += [] if one is None else [one] * count
        return _voted(decided)

    async def _stated(self, sentence: Sentence, mind: Mind) -> list[Statement]:
        """The statements that the model writes for a sentence and that nothing speaks against, in their order."""
        prompt, constraint = prompt_from("formalise", Problem.of(sentence.text)), grammar(sentence)
        rows = await mind.generate(prompt, max_tokens=40, stop=("\n",), constraint=constraint)
        found = self._standing(sentence, rows, mind)
        for number in range(ROUNDS):
            try:
                again = mind.child(f"round {number}")
                rows = await again.generate(
                    prompt, max_tokens=40, stop=("\n",), constraint=constraint, n=SAMPLES, temperature=TEMPERATURE
                )
            except BudgetExhausted:
                mind.remark("no budget for more statements")
                break
            found += self._standing(sentence, rows, mind)
            if found:
                break
        return found

    def _standing(self, sentence: Sentence, rows: list[Completion], mind: Mind) -> list[Statement]:
        found = []
        for row in rows:
            statement = read_statement(row.text)
            against = objection(sentence, statement) if mind.senses.question else None
            if statement is not None and against is None:
                found.append(statement)
            else:
                mind.remark(f"not {row.text.strip()!r} for {sentence.text!r}: {against}")
        return found

    async def _decided(self, sentences: list[Sentence], statements: list[Statement], mind: Mind) -> Decided | None:
        """What one formalisation comes to; None when it does not fit together or nothing follows."""
        for _ in range(REPAIRS):
            opposites = await self._opposites(comparatives(sentences, statements), mind)
            formaliser = Formaliser(sentences, statements, opposites)
            text, places = formaliser.text()
            try:
                theory = parse(text)
            except Mistake as error:
                line = text.count("\n", 0, error.position)
                number = max((n for n, place in enumerate(places) if place <= line), default=0)
                mind.remark(f"{shown(statements[number])}: {error}")
                statements = await self._repaired(sentences, statements, number, error, mind)
                continue
            return await self._answer(theory, text, formaliser, mind)
        return None

    async def _repaired(
        self, sentences: list[Sentence], statements: list[Statement], number: int, error: Mistake, mind: Mind
    ) -> list[Statement]:
        """The statements, one of them written again with what was wrong with it."""
        wrong = shown(statements[number])
        prompt = prompt_from("formalise_again", Problem.of(sentences[number].text), wrong=wrong, error=error.message)
        (row,) = await mind.generate(prompt, max_tokens=40, stop=("\n",), constraint=grammar(sentences[number]))
        statement = read_statement(row.text)
        if statement is None or objection(sentences[number], statement) is not None:
            return statements
        return [*statements[:number], statement, *statements[number + 1 :]]

    async def _opposites(self, words: list[str], mind: Mind) -> list[tuple[str, str]]:
        """The pairs of comparing words of which the model calls one the opposite of the other."""
        found = []
        for word in words:
            others = [other for other in words if other != word and (other, word) not in found]
            if others:
                choices = tuple(f" {other}" for other in dict.fromkeys([*others, *OTHERS]) if other != word)
                prompt = prompt_from("opposites", Problem.of(word))
                (row,) = await mind.generate(prompt, max_tokens=8, constraint=Constraint(choices=choices))
                if row.text.strip() in others:
                    found.append((word, row.text.strip()))
        return found

    async def _answer(self, theory: Theory, text: str, formaliser: Formaliser, mind: Mind) -> Decided | None:
        decision = await mind.decide(theory)
        mind.remark(f"{decision.verdict}: {decision.reason}")
        if decision.verdict == "chosen" and decision.answer is not None:
            return Decided(text, decision, formaliser.spelled(decision.answer))
        word = _WORDS.get(decision.verdict)
        is_open = decision.verdict == "undetermined" and bool(decision.options)
        return None if word is None or is_open else Decided(text, decision, word)


def _formalisations(stated: list[list[Statement]]) -> list[list[Statement]]:
    """The first statements of all sentences, the second, ...; where a sentence has fewer, its most frequent one."""
    usual = [Counter(found).most_common(1)[0][0] for found in stated]
    count = max(len(found) for found in stated)
    return [
        [found[n] if n < len(found) else often for found, often in zip(stated, usual, strict=True)]
        for n in range(count)
    ]


def _voted(decided: list[Decided]) -> Outcome:
    if not decided:
        return Outcome(None, reason="nothing follows from the statements")
    (answer, votes), *_ = Counter(one.answer for one in decided).most_common()
    if 2 * votes <= len(decided):
        answers = ", ".join(sorted({one.answer for one in decided}))
        return Outcome(None, reason=f"the formalisations disagree: {answers}")
    first = next(one for one in decided if one.answer == answer)
    evidence = Evidence(
        kind="logic",
        claim=first.text,
        status=Status.PROVED,
        certificate={"verdict": first.decision.verdict, "answer": first.decision.answer},
    )
    reason = f"{votes} of {len(decided)} formalisations come to it; {first.decision.reason}"
    return Outcome(answer, "logic", first.text, reason, steps_hold=True, evidence=(evidence,))
