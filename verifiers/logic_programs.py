"""Programs of logic in the language of ours or in a published dialect: read, decided, and answered with an option.

The dialect is told by the headings. `answer` gives the option that the decision means, with what was tolerated.
Strict where meaning would change: a statement that was not read is missing, so what follows without it still
follows, and what does not follow without it is unknown. A sentence of the context that only the query stands for is a
premise, too, and that is said. A query about the opposite of what the question says
(`Sour(Max, False)` for "Max is sour") is turned to the question's side, and said to be. Where constraints on places
contradict each other and some of them also contradict their own remarks, the remarks count, and that is said.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from pydantic import ValidationError

from slowthink.errors import InputError
from slowthink.types import Frozen, mistake
from slowthink.verifiers.logic import Decision, decide
from slowthink.verifiers.logic_program_doubts import doubt
from slowthink.verifiers.logic_program_first_order import read_first_order
from slowthink.verifiers.logic_program_lines import Notes, Program, key
from slowthink.verifiers.logic_program_lsat import read_lsat
from slowthink.verifiers.logic_program_ordering import read_ordering
from slowthink.verifiers.logic_program_rules import read_rules
from slowthink.verifiers.statement_syntax import Mistake, bounded
from slowthink.verifiers.statement_text import parse
from slowthink.verifiers.statements import Ask, Choose, Premise, Theory

_DIALECTS: Final[tuple[tuple[re.Pattern[str], Callable[[str], Program]], ...]] = (
    (re.compile(r"=[ \t]*EnumSort[ \t]*\(|^[ \t]*#+[ \t]*Declarations\b", re.MULTILINE), read_lsat),
    (re.compile(r"^[ \t]*Constraints[ \t]*:", re.MULTILINE | re.IGNORECASE), read_ordering),
    (re.compile(r"^[ \t]*(Premises|Conclusion)[ \t]*:", re.MULTILINE | re.IGNORECASE), read_first_order),
    (re.compile(r"^[ \t]*(Facts|Rules|Query)[ \t]*:", re.MULTILINE | re.IGNORECASE), read_rules),
)
_OURS: Final = re.compile(r"^[ \t]*(?:sort|predicate|function|constant|fact|ask|find|option)\s+\w", re.MULTILINE)
_NEGATIVE: Final = re.compile(r"\b(?:not|no|never|neither|nor|none|nobody|nothing|cannot)\b|n['’]t\b", re.IGNORECASE)
_LIMITING: Final = re.compile(
    r"\b(?:false|untrue|wrong|incorrect|mistaken|lies?|lying|den(?:y|ies|ied)|lack(?:s|ed|ing)?|fail(?:s|ed)?|without|"
    r"unless|if|only|except|but|hardly|scarcely|barely|rarely|seldom|unlikely|impossible|refuses?|doubt\w*|"
    r"opposite|contrary|isnt|arent|doesnt|dont|wasnt|neither|far\s+from|anything\s+but)\b",
    re.IGNORECASE,
)
_OPPOSITES: Final = ("un", "in", "im", "ir", "il", "dis", "non", "mis")
_SILENT: Final = frozenset({
    "a", "an", "the", "is", "are", "was", "were", "be", "am", "does", "do", "did", "can", "will", "would", "has",
    "have", "s", "t", "there", "that", "it",
})  # fmt: skip
"""Words that say neither what a sentence is about nor whether it is denied."""
_MEANINGS: Final = {
    "true": "yes", "yes": "yes", "false": "no", "no": "no",
    "unknown": "open", "uncertain": "open", "undetermined": "open", "cannot be determined": "open",
}  # fmt: skip


class Answered(Frozen):
    """The answer as the options name it, None where there is none, the decision's word for it, and why."""

    answer: str | None
    verdict: str
    reason: str
    decision: Decision | None = None


def read_program(text: str) -> Program:
    """The program in a text, of any dialect. Raises Mistake, with the offset of what is wrong."""
    bounded(text)
    reader = _reader_of(text)
    if reader is None:
        return Program("statements", parse(text), Notes())
    try:
        return reader(text)
    except ValidationError as error:  # sizes, and names that are there twice, of the whole
        raise Mistake(mistake(error), len(text), text) from error


def _reader_of(text: str) -> Callable[[str], Program] | None:
    found = next((reader for headings, reader in _DIALECTS if headings.search(text)), None)
    if found is read_lsat and "EnumSort" not in text and _OURS.search(text):
        return None  # `# Declarations` is a remark in our language
    return found


def is_published(text: str) -> bool:
    """Whether a text has the headings of a published dialect."""
    return _reader_of(text) is not None


def answer_theory(theory: Theory, options: Sequence[str] = ()) -> Answered:
    """What a theory answers to its question."""
    decision = decide(theory)
    found = _meant(decision, decision.verdict, options, isinstance(theory.question, Choose))
    return Answered(answer=found, verdict=decision.verdict, reason=decision.reason, decision=decision)


def answer(text: str, options: Sequence[str] = (), question: str = "", context: str = "") -> Answered:
    """What a program answers to a question with options such as `A) True`; `context` is what it was made from."""
    try:
        program = read_program(text)
    except InputError as error:
        return Answered(answer=None, verdict="unknown", reason=f"not read: {error}")
    is_stated = _is_stated(program, context)
    if is_stated:
        program = _with_query(program)
    decision = decide(program.theory)
    reasons = [decision.reason]
    if is_stated:
        reasons.append("the context states what is asked and the program leaves it out, so it was put in")
    if program.dialect == "ordering" and decision.verdict == "inconsistent":
        again = read_ordering(text, by_remarks=True)
        other = decide(again.theory)
        if other.verdict == "chosen":
            program, decision = again, other
            reasons.append(other.reason)
    verdict = decision.verdict
    if verdict in ("entailed", "contradicted") and _is_turned(program, question):
        verdict = "contradicted" if verdict == "entailed" else "entailed"
        reasons.append("the query says the opposite of the question, so it was turned")
    found = _meant(decision, verdict, options, isinstance(program.theory.question, Choose))
    if program.notes.left_out:
        reasons.append(f"left out: {'; '.join(program.notes.left_out[:5])}")
        if verdict in ("undetermined", "consistent") or program.dialect == "lsat":
            found, verdict = None, "unknown"
            reasons.append("what was left out may decide it")
    doubted = doubt(program, decision) if program.dialect == "lsat" and found is not None else None
    if doubted is not None:
        found, verdict = None, "unknown"
        reasons.append(doubted)
    if program.notes.tolerated:
        reasons.append(f"tolerated: {'; '.join(program.notes.tolerated[:8])}")
    return Answered(answer=found, verdict=verdict, reason=". ".join(reasons), decision=decision)


def _meant(decision: Decision, verdict: str, options: Sequence[str], is_choice: bool) -> str | None:
    if is_choice or verdict == "value":
        return decision.answer
    meaning = {"entailed": "yes", "contradicted": "no", "undetermined": "open"}.get(verdict)
    if meaning is None:
        return None
    if not options:
        return {"yes": "True", "no": "False", "open": "Unknown"}[meaning]
    found = set()
    for number, option in enumerate(options):
        label = re.match(r"\s*\(?([A-Za-z0-9])[).:]\s*(.*)", str(option))
        name, body = (label[1], label[2]) if label is not None else (chr(65 + number), str(option))
        if _MEANINGS.get(body.strip().rstrip(".").lower()) == meaning:
            found.add(name)
    return found.pop() if len(found) == 1 else None  # two options that say the same are no answer


def _is_turned(program: Program, question: str) -> bool:
    """Whether the query is one literal, and the question says it with the other polarity.

    A denial counts where nothing else is said that it could belong to, and its absence where no word denies otherwise.
    """
    if program.polarity is None or not question:
        return False
    said = question.rsplit("?", 1)[-1].strip() or question
    denials = len(_NEGATIVE.findall(said))
    if denials > 1 or not _is_about(program, said):
        return False
    if denials == 1:
        return program.polarity and _is_all(program, _NEGATIVE.sub(" ", said))
    return not program.polarity and not _denies_otherwise(program, said)


def _denies_otherwise(program: Program, said: str) -> bool:
    """Whether a sentence has a word that denies or limits, or the opposite of a name: `unkind` for `kind`."""
    if _LIMITING.search(said):
        return True
    names = tuple(key(name) for name in program.words)
    words = [key(word) for word in re.findall(r"\w+", said)]
    return any(
        word != name and word.startswith(_OPPOSITES) and name[:5] in word[2:] for word in words for name in names
    )


def _is_all(program: Program, said: str) -> bool:
    """Whether a sentence without its denial has no other words than the query, which could deny or limit it."""
    stems = {key(word)[:5] for name in program.words for word in _words_of(name)}
    run_on = "".join(key(name) for name in program.words)
    return all(
        word in _SILENT or key(word)[:5] in stems or key(word) in run_on for word in re.findall(r"\w+", said.lower())
    )


def _words_of(name: str) -> list[str]:
    """The words of a name: `BaldEagle`, `bald_eagle`."""
    return re.findall(r"[A-Z]?[a-z]+|[A-Z]+|\d+|[^\W_]+", name)


def _is_about(program: Program, said: str) -> bool:
    """Whether the names of the query are words of a sentence."""
    stems = [key(word)[:5] for word in re.findall(r"\w+", said)]
    run_on = key(said.replace(" ", ""))
    return all(key(word)[:5] in stems or key(word) in run_on for word in program.words)


def _is_stated(program: Program, context: str) -> bool:
    """Whether the query, a literal, is the program's own form of a sentence of the context that no premise stands for.

    The remark behind the query says which sentence it stands for; where a fact has the same remark nothing is missing.
    """
    asked = _plain(program.asked)
    if program.polarity is None or not asked or not context or asked in map(_plain, program.remarks):
        return False
    sentences, is_asked = set(), False
    for sentence in re.split(r"(?<=[.!?])\s+|\n", context):
        was_asked, is_asked = is_asked, sentence.rstrip().endswith("?")
        if not was_asked and not is_asked:  # a question, and what is asked behind it, states nothing
            sentences.add(_plain(sentence))
    is_negative = bool(_NEGATIVE.search(program.asked))
    return asked in sentences and _is_about(program, program.asked) and is_negative is not program.polarity


def _plain(sentence: str) -> str:
    return " ".join(re.findall(r"\w+", sentence.lower()))


def _with_query(program: Program) -> Program:
    """The program with what it asks among its premises."""
    theory = program.theory
    if not isinstance(theory.question, Ask):
        return program
    taken = {premise.name for premise in theory.premises} | {symbol.name for symbol in theory.symbols}
    name = next(name for number in range(len(taken) + 1) if (name := f"context{number or ''}") not in taken)
    premise = Premise(name=name, statement=theory.question.statement)
    return replace(program, theory=theory.model_copy(update={"premises": (*theory.premises, premise)}))
