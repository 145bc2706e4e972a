"""Contracts that every implementation keeps, to run over your own as the project does over its own.

`check_model` asks only what every model can keep: a recorded one cannot
react to what it did not say, so texts that are put in are beginnings of what the model itself says.
`check_verifier` is the contract of a `Verifier`, `check_strategy` that of a `Strategy`, `check_model` that of a
`LanguageModel`.
"""

from __future__ import annotations

import asyncio
import math
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from functools import partial

from slowthink.errors import InputError, ModelUnavailable
from slowthink.models.protocol import Branch, Completion, Intervention, LanguageModel, Prompt, Request, Sampling
from slowthink.strategy_contract import check_strategy
from slowthink.supervision import Action, Answer, Replace, Rewind, Stop, Supervisor, Wait
from slowthink.types import Message
from slowthink.verifier_contract import check_verifier

__all__ = ["PROMPTS", "Watcher", "acheck_model", "check_model", "check_strategy", "check_verifier"]

PROMPTS = (
    Prompt(text="One two three four"),
    Prompt(text="Zwölf Boxkämpfer jagen 🦊 über den großen Deich, 漢字"),
    Prompt(messages=(Message(role="user", content="Count to 123, please."),)),
    Prompt(),
)
"""What the contract asks. A recorded model must hold at least two different samples of `text` or last message of each,
of at least six characters (the last prompt is empty)."""


@dataclass
class Watcher:
    """A supervisor that acts once per row, when the text has at least `at` characters; it writes down what it saw."""

    action: Callable[[str], Answer]
    at: int
    name: str = "watcher"
    calls: list[tuple[str, int, bool]] = field(default_factory=list)
    acted: bool = False

    def watch(self, text: str, seen: int, ended: bool) -> Answer | None:
        """Act at the right time, once."""
        self.calls.append((text, seen, ended))
        if self.acted or len(text) < self.at:
            return None
        self.acted = True
        return self.action(text)


def check_model(model: LanguageModel, *, tokens: int = 16, close: bool = True) -> None:
    """Hold `model` to the contract. Raises AssertionError that says what was expected and what came.

    `tokens` is the length of a reply; fewer make it faster. With `close` the model is closed at the end, twice.
    Call it outside a running event loop.
    """
    asyncio.run(acheck_model(model, tokens))
    if close:
        model.close()
        model.close()


async def acheck_model(model: LanguageModel, tokens: int = 16) -> None:
    """The same inside a running event loop; the model stays open."""
    checks: tuple[Callable[[LanguageModel, int, str], Awaitable[None]], ...] = (
        _check_order_and_bounds,
        _check_stop_strings,
        _check_seeds,
        _check_prefill,
        _check_replace,
        _check_rewind,
        _check_stop,
        _check_wait,
        _check_supervisors_see_everything,
        _check_errors,
        _check_branch,
        _check_forks,
        _check_score,
        _check_cancellation,
    )
    reply = await _reply(model, tokens)
    for check in checks:
        await check(model, tokens, reply)


async def _one(model: LanguageModel, prompt: Prompt, sampling: Sampling, *supervisors: Supervisor) -> Completion:
    (row,) = await model.generate([Request(prompt, sampling, supervisors)])
    return row


async def _reply(model: LanguageModel, tokens: int) -> str:
    """What the model says by itself, of which the checks need some characters."""
    text = (await _one(model, PROMPTS[0], Sampling(tokens))).text
    _expect(len(text) >= 6, f"a reply of at least 6 characters to {PROMPTS[0].text!r} (the checks cut it up)", text)
    return text


def _expect(holds: bool, expected: str, got: object) -> None:
    if not holds:
        raise AssertionError(f"expected {expected}; got {got!r}")


async def _check_order_and_bounds(model: LanguageModel, tokens: int, reply: str) -> None:
    """Completions stand in the order of requests, within their bounds, and count their tokens."""
    _expect(bool(model.name), "a model with a name", model.name)
    _expect(await model.generate([]) == [], "no completion for no request", "some")
    requests = [Request(prompt, Sampling(2 + i % 5)) for i, prompt in enumerate((*PROMPTS, *PROMPTS[:2]))]
    together = await model.generate(requests)
    alone = [(await model.generate([request]))[0] for request in requests]
    _expect([r.text for r in together] == [r.text for r in alone], "each row's text at its place", together)
    for request, row in zip(requests, together, strict=True):
        most = request.sampling.max_tokens
        _expect(len(row.token_ids) <= most, f"at most {most} tokens", row)
        _expect(row.finish in ("eos", "length"), "eos or length as the end of a plain row", row)
        _expect(row.finish == "eos" or len(row.token_ids) == most, f"{most} tokens in a row ended by length", row)
        _expect_counted(model, request, row)


def _expect_counted(model: LanguageModel, request: Request, row: Completion) -> None:
    prompt, most = model.count(request.prompt), request.sampling.max_tokens
    _expect(prompt >= 1, "a prompt of at least one token", prompt)
    _expect(row.tokens <= prompt + most, f"at most {prompt} + {most} tokens through the model", row)
    least = min(1, len(row.token_ids) - 1)
    _expect(row.tokens + row.found_tokens >= least, f"at least {least} tokens that were pushed or found", row)
    _expect(row.prompt_tokens <= prompt, f"at most the {prompt} tokens of the prompt as prompt_tokens", row)
    kept = row.generated_tokens - row.discarded_tokens
    _expect(kept <= len(row.token_ids), "generated less discarded tokens to be among the row's own", row)


async def _check_stop_strings(model: LanguageModel, tokens: int, reply: str) -> None:
    """A stop string ends the row where it begins first, and is not part of it, wherever tokens end."""
    for start, end in ((2, 3), (1, 5), (3, 6)):
        stop = reply[start:end]
        row = await _one(model, PROMPTS[0], Sampling(tokens, stop=("\x00never\x00", stop)))
        wanted = reply[: reply.index(stop)]
        _expect((row.text, row.finish) == (wanted, "stop"), f"{wanted!r}, stopped before {stop!r}", row)


async def _check_seeds(model: LanguageModel, tokens: int, reply: str) -> None:
    """Sampling depends on seed and path, and on nothing else in the batch."""
    warm = Sampling(tokens, temperature=1.0, seed=7, path="check.0")
    alone = await _one(model, PROMPTS[0], warm)
    other = [Request(prompt, replace(warm, seed=1, max_tokens=5)) for prompt in PROMPTS]
    batch = await model.generate([*other, Request(PROMPTS[0], warm), *other])
    _expect(batch[len(other)].text == alone.text, f"{alone.text!r} again, whatever else is in the batch", batch)
    seeds = [(await _one(model, PROMPTS[0], replace(warm, seed=seed))).text for seed in range(3)]
    _expect(len(set(seeds)) > 1, "different seeds to write differently at temperature 1", seeds)
    paths = [(await _one(model, PROMPTS[0], replace(warm, path=f"check.{i}"))).text for i in range(2)]
    _expect(len(set(paths)) > 1, "different paths to write differently at temperature 1", paths)


async def _check_prefill(model: LanguageModel, tokens: int, reply: str) -> None:
    """What is put in front of the reply is seen by supervisors, and neither changed nor given back."""
    prefill = reply[:3]
    prompt = PROMPTS[0].continued(prefill)
    watcher = Watcher(lambda text: Replace(1, "#", "before the row"), 0)
    row = await _one(model, prompt, Sampling(4), watcher)
    _expect(not row.interventions, "no change of what stands in front of the row", row.interventions)
    _expect(all(text.startswith(prefill) for text, _, _ in watcher.calls), f"texts from {prefill!r} on", watcher.calls)
    _expect(any(text == prefill + row.text for text, _, _ in watcher.calls), "the row's text behind it", watcher.calls)
    ender = Watcher(lambda text: Stop("before the row", 1), 0)
    row = await _one(model, prompt, Sampling(4), ender)
    _expect((row.text, row.finish) == ("", "supervisor"), "a stop before the row to end it empty", row)


async def _check_replace(model: LanguageModel, tokens: int, reply: str) -> None:
    """A replacement stands in the text, and is told with what was there."""
    shown: list[tuple[str, Intervention | None]] = []
    watcher = Watcher(lambda text: Replace(2, " 77 ", "77 is better"), 4)
    request = Request(PROMPTS[0], Sampling(tokens), (watcher,), lambda text, event: shown.append((text, event)))
    (row,) = await model.generate([request])
    before = next(text for text, _, _ in watcher.calls if len(text) >= 4)
    _expect(reply.startswith(before), f"supervisors to see {reply!r} grow", before)
    _expect(row.text.startswith(reply[:2] + " 77 "), f"{reply[:2]!r} and ' 77 ' behind it", row)
    _expect(len(row.interventions) == 1, "one intervention", row.interventions)
    event = row.interventions[0]
    told = (event.supervisor, event.action, event.start, event.before, event.after, event.why)
    wanted = ("watcher", "replace", 2, before[2:], " 77 ", "77 is better")
    _expect(told == wanted, f"the intervention {wanted}", event)
    _expect((reply[:2] + " 77 ", event) in shown, "on_text to be told of it with the text as it then stood", shown)
    _expect_counted(model, request, row)


async def _check_rewind(model: LanguageModel, tokens: int, reply: str) -> None:
    """Refuted text does not come again at its place, however often it is refuted."""
    refuted: list[str] = []

    def refute(text: str) -> Action:
        refuted.append(text[2:])
        return Rewind(2, "not again")

    request = Request(PROMPTS[0], Sampling(tokens), (Watcher(refute, 5, "first"), Watcher(refute, 5, "second")))
    (row,) = await model.generate([request])
    _expect(row.text.startswith(reply[:2]), f"a text that still begins with {reply[:2]!r}", row)
    _expect(not any(row.text[2:].startswith(text) for text in refuted), f"none of {refuted} at character 2", row)
    _expect([e.action for e in row.interventions] in (["rewind"], ["rewind"] * 2), "rewinds only", row.interventions)
    _expect([e.before for e in row.interventions] == refuted[: len(row.interventions)], f"{refuted} as what was", row)
    _expect_counted(model, request, row)
    stubborn = _Stubborn()
    request = Request(PROMPTS[0], Sampling(tokens), (stubborn,))
    (row,) = await asyncio.wait_for(model.generate([request]), 120)
    _expect_counted(model, request, row)


class _Stubborn:
    """Refutes everything, always: the model must come to an end all the same."""

    name = "stubborn"

    def watch(self, text: str, seen: int, ended: bool) -> Action | None:
        """Never content."""
        return Rewind(0, "no") if text else None


async def _check_stop(model: LanguageModel, tokens: int, reply: str) -> None:
    """A supervisor's stop ends the row at its place."""
    row = await _one(model, PROMPTS[0], Sampling(tokens), Watcher(lambda text: Stop("enough", 3), 4))
    _expect((row.text, row.finish) == (reply[:3], "supervisor"), f"{reply[:3]!r}, ended by its supervisor", row)
    _expect([(e.action, e.start) for e in row.interventions] == [("stop", 3)], "a stop at 3", row.interventions)
    early = Watcher(lambda text: Stop("early", 2), 4)
    late = Watcher(lambda text: Replace(3, "late", "late"), 4)
    row = await _one(model, PROMPTS[0], Sampling(tokens), late, early)
    _expect((row.text, row.finish) == (reply[:2], "supervisor"), "the earliest mark to win", row)


async def _check_wait(model: LanguageModel, tokens: int, reply: str) -> None:
    """A parked row does what its worker decides, and goes on as before when nothing is decided."""
    stop, broken, late = Stop("after all", 3), ValueError("a worker's own error"), 0.01
    for result, wanted in ((stop, reply[:3]), (None, reply), (broken, reply)):
        decision: Future[Action | None] = Future()
        settle = decision.set_exception if isinstance(result, Exception) else decision.set_result
        timer = threading.Timer(late, settle, (result,))
        timer.start()
        watcher = Watcher(partial(_wait_for, decision), 4)
        row = await _one(model, PROMPTS[0], Sampling(tokens), watcher)
        timer.join()
        _expect(row.text == wanted, f"{wanted!r} when a worker decides {result!r}", row)
        _expect([w.decided for w in row.waits] == [result is not broken], "the wait told with its row", row.waits)
        _expect(len(row.interventions) == (result is stop), "what was decided as an intervention", row)


def _wait_for(decision: Future[Action | None], text: str) -> Answer:
    return Wait(0, decision, "so?")


async def _check_supervisors_see_everything(model: LanguageModel, tokens: int, reply: str) -> None:
    """The text grows from call to call, `seen` is what was seen, and the end is announced."""
    watcher = Watcher(lambda text: Stop("never"), 1 << 30)
    row = await _one(model, PROMPTS[1], Sampling(tokens), watcher)
    before = ""
    for text, seen, _ in watcher.calls:
        _expect(seen == len(before) and text.startswith(before), f"text that goes on from {before!r}", (text, seen))
        _expect("\ufffd" not in text[:-1] or "\ufffd" in row.text, "whole characters only", text)
        before = text
    _expect(before == row.text and watcher.calls[-1][2], f"{row.text!r} seen at the end", watcher.calls[-1:])


async def _check_errors(model: LanguageModel, tokens: int, reply: str) -> None:
    """An error of a supervisor reaches its caller, and the model goes on."""

    def fail(text: str) -> Action:
        raise ZeroDivisionError("a supervisor's own error")

    results = await asyncio.gather(
        _one(model, PROMPTS[0], Sampling(tokens), Watcher(fail, 1)),
        _one(model, PROMPTS[0], Sampling(tokens)),
        return_exceptions=True,
    )
    _expect(isinstance(results[0], ZeroDivisionError), "the supervisor's error", results[0])
    _expect(isinstance(results[1], Completion) and results[1].text == reply, "other rows as they are", results[1])
    try:
        await _one(model, PROMPTS[0], Sampling(0))
    except InputError:
        return
    raise AssertionError("expected InputError for max_tokens=0; got a completion")


async def _check_branch(model: LanguageModel, tokens: int, reply: str) -> None:
    """A branch is what was appended and generated, and can be taken back and let go."""
    branch = model.branch(PROMPTS[0])
    _expect((branch.text, branch.mark()) == ("", 0), "a new branch to be empty", branch.text)
    first = await branch.generate(Sampling(tokens))
    _expect(first.text == branch.text == reply, f"a branch to write {reply!r} as generate does", first)
    branch.rewind(0)
    await branch.append(reply[:3])
    _expect(branch.text == reply[:3] and branch.mark() == 3, f"{reply[:3]!r} appended", branch.text)
    watcher = Watcher(lambda text: Stop("never"), 1 << 30)
    second = await branch.generate(Sampling(6), (watcher,))
    _expect(branch.text == reply[:3] + second.text, "what is generated behind what was appended", branch.text)
    _expect(all(text.startswith(reply[:3]) for text, _, _ in watcher.calls), "the branch seen whole", watcher.calls)
    branch.rewind(3)
    again = await branch.generate(Sampling(6))
    _expect(again.text == second.text, "the same text again after a rewind", again)
    for bad in (-1, len(branch.text) + 1):
        _expect(_refuses(branch, bad), f"InputError for a rewind to {bad}", branch.text)
    branch.release()
    try:
        await branch.generate(Sampling(1))
    except InputError:
        return
    raise AssertionError("expected InputError from a branch that was released; got text")


def _refuses(branch: Branch, mark: int) -> bool:
    try:
        branch.rewind(mark)
    except InputError:
        return True
    return False


async def _check_forks(model: LanguageModel, tokens: int, reply: str) -> None:
    """Forks start alike and go on apart."""
    branch = model.branch(PROMPTS[0])
    begun = reply[:2]
    await branch.append(begun)
    forks = branch.fork(3)
    _expect(len(forks) == 3 and all(f.text == begun for f in forks), f"three forks of {begun!r}", forks)
    rows = await asyncio.gather(*(fork.generate(Sampling(6)) for fork in forks[:2]))
    _expect(rows[0].text == rows[1].text, "forks to write alike at temperature 0", rows)
    forks[0].rewind(1)
    _expect(forks[0].text == begun[:1] and branch.text == begun, "the others untouched by a rewind", branch.text)
    _expect(forks[1].text == begun + rows[1].text and forks[2].text == begun, "forks on their own", forks[2].text)
    forks[1].release()
    more = await branch.generate(Sampling(6))
    _expect(more.text == rows[0].text, "the parent to go on as its forks did", more)


async def _check_score(model: LanguageModel, tokens: int, reply: str) -> None:
    """Log-probabilities are finite, in order, and add up; a model may say that it has none."""
    prompt = PROMPTS[0]
    try:
        whole, first, none = await model.score(prompt, [" five six", " five", ""])
    except ModelUnavailable:
        return
    (second,) = await model.score(prompt.continued(" five"), [" six"])
    for score in (whole, first, second):
        _expect(math.isfinite(score.logprob) and score.logprob <= 0, "a finite log-probability", score)
        _expect(score.tokens >= 1, "at least one token", score)
    _expect((none.logprob, none.tokens) == (0, 0), "nothing for the empty continuation", none)
    parts = first.logprob + second.logprob
    close = abs(whole.logprob - parts) <= 0.02 * max(1.0, abs(parts))
    _expect(close, f"the log-probability of the whole to be that of its parts, {parts}", whole)


async def _check_cancellation(model: LanguageModel, tokens: int, reply: str) -> None:
    """A caller that is cancelled takes its rows along and leaves the others alone."""
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()

    def show(text: str, event: Intervention | None) -> None:
        loop.call_soon_threadsafe(begun.set)

    long = Request(PROMPTS[0], Sampling(tokens), (), show)
    task = asyncio.ensure_future(model.generate([long] * 3))
    other = asyncio.ensure_future(_one(model, PROMPTS[0], Sampling(tokens)))
    await begun.wait()
    task.cancel()
    ended = await asyncio.gather(task, return_exceptions=True)
    _expect(isinstance(ended[0], asyncio.CancelledError | list), "the cancelled call to end", ended)
    _expect((await other).text == reply, "other callers to get their rows", reply)
    _expect(await _reply(model, tokens) == reply, "the model to go on", reply)
