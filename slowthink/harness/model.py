"""The model `slowthink` of lm-evaluation-harness: importing this module registers it.

    python -m slowthink.harness --model slowthink --model_args model=smollm2,strategy=auto --tasks gsm8k

A strategy answers what a task asks to be written (`generate_until`); `plain` is the model alone, which continues the
task's own prompt as the harness's class `hf` does. Likelihoods are always those of the model alone. Many requests are
in work at once; the engine merges them, so that a batch size need not be chosen.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import lm_eval.models  # noqa: F401 - registers the harness's own models, which it does only where none is there yet
from jinja2 import TemplateError
from lm_eval.api.model import TemplateLM
from lm_eval.api.registry import register_model
from lm_eval.utils import get_rolling_token_windows, make_disjoint_window
from pydantic import ValidationError
from tqdm import tqdm

from slowthink import facade
from slowthink.benchmarks.environment import model_hash
from slowthink.benchmarks.ways import Way, ways_of
from slowthink.controller import SlowThinker
from slowthink.errors import InputError, Unsupported
from slowthink.harness.conversation import Conversation, problem_of, prompt_of, turns_of
from slowthink.harness.replies import ENDING, checked_ending, reply_of
from slowthink.harness.wishes import Wish, Wished
from slowthink.mind import Mind
from slowthink.models import LanguageModel, load_model
from slowthink.models.local import LocalModel
from slowthink.models.protocol import Prompt, Request
from slowthink.strategies.protocol import Outcome, Strategy
from slowthink.types import Budget, Problem, mistake

PLAIN = "plain"
KINDS = ("number", "text")
HARNESS_DEVICES = ("cuda", "cuda:0")
"""What the harness says where nobody says anything, GPU or not: then the model is where it suits the machine."""
AT_ONCE = 64
_SCORED_AT_ONCE = 256
"""Rows whose likelihoods are asked for at once: enough to fill passes, and few enough to be saved as they come."""
_log = logging.getLogger(__name__)
Likelihood = tuple[float, bool]


@register_model("slowthink")
class SlowThinkLM(TemplateLM):
    """slowthink behind the harness's interface. Settings are the `--model_args`.

    `model` is a spec string (or a loaded model), `strategy` the name of one as `slowthink bench` takes it
    (`auto-reader`, `self_consistency:8`), or `plain`. `kind` says what the answers of strategies are, `number` or
    `text`, where the questions do not show it. `ending` is the last line of a reply. `jobs` questions are asked at
    once; a batch size is taken and not used. Raises InputError and ModelUnavailable.
    """

    def __init__(
        self,
        model: str | LanguageModel = "smollm2",
        strategy: str = "auto",
        dtype: str | None = None,
        device: str | None = None,
        seed: int = 0,
        budget_tokens: int | None = None,
        budget_seconds: float | None = None,
        kind: str | None = None,
        ending: str = ENDING,
        jobs: int = AT_ONCE,
        batch_size: object = None,
        max_batch_size: object = None,
        **unknown: object,
    ) -> None:
        super().__init__()
        _check(unknown, kind, jobs)
        self.way = None if strategy == PLAIN else _way(strategy)
        self.ending = checked_ending(ending)
        self.seed = seed
        self.kind = kind
        self.budget = _budget(budget_tokens, budget_seconds)
        self.jobs = int(jobs)
        self.spec = model if isinstance(model, str) else model.name
        device = None if device in HARNESS_DEVICES else device
        self.fast = load_model(model, dtype=dtype, device=device) if isinstance(model, str) else model

    # What is written

    def generate_until(self, requests: Sequence[Any], disable_tqdm: bool = False) -> list[str]:
        """A reply for each request; each is handed to the harness's cache as soon as it is there."""
        seen: Counter[str] = Counter()
        works = []
        for request in requests:
            context, settings = request.args
            key = hashlib.sha256(context.encode("utf-8", "surrogatepass")).hexdigest()[:16]
            wish, again = Wish.of(settings), seen[key]
            works.append(partial(self._kept, request, wish, f"{key}.{again}", self.seed + again))
            seen[key] += 1
        return list(facade.run(_all(works, self.jobs, "slowthink generate_until", disable_tqdm)))

    async def _kept(self, request: Any, wish: Wish, path: str, seed: int) -> str:
        context, settings = request.args
        if self.way is None:
            reply = await self._continued(context, wish, path)
        else:
            reply = await self._thought(self.way, context, wish, seed)
        if not wish.temperature:
            self.cache_hook.add_partial("generate_until", (context, settings), reply)
        return reply

    async def _continued(self, context: str, wish: Wish, path: str) -> str:
        """What the model alone writes behind a context."""
        sampling = wish.sampling(path, self.seed)
        prompt = Prompt(text=self._fitting(context, sampling.max_tokens))
        (done,) = await self.fast.generate([Request(prompt, sampling)])
        text = done.text
        if isinstance(self.fast, LocalModel) and done.finish == "length":  # perhaps inside a character
            text = self.fast.codec.decode(done.token_ids)
        return wish.cut(self._before_marks(text, done.token_ids, wish))

    async def _thought(self, way: Way, context: str, wish: Wish, seed: int) -> str:
        """What the strategy comes to; the context is its question, or its conversation."""
        problem = problem_of(context)
        if self.kind is not None:
            problem = problem.model_copy(update={"answer_kind": self.kind})
        heard = _Heard(way.strategy())
        model = Wished(self.fast, wish)
        slow = SlowThinker(model, strategy=heard, budget=self.budget, seed=seed, off=way.off)
        solution = await slow.asolve(problem)
        return reply_of(solution.answer, heard.text, wish, self.ending)

    def _fitting(self, context: str, more: int) -> str:
        """The context, without its beginning where it is too long for the model, as the harness does it."""
        if not isinstance(self.fast, LocalModel):
            return context
        mark = self.tokenizer.bos_token
        if mark and context.startswith(mark) and self.tok_encode("")[:1] == [self.tokenizer.bos_token_id]:
            context = context[len(mark) :]  # a chat template wrote what the tokenizer will write
        room = self.max_length - more
        if room < 1:
            raise InputError(f"expected max_gen_toks of less than the model's {self.max_length} tokens, got {more}")
        while len(ids := self.fast.codec.encode(context, True)) > room:
            _log.warning("a context of %d tokens was cut at its beginning to %d", len(ids), room)
            kept = self.tokenizer.decode(ids[len(ids) - room :], skip_special_tokens=False)
            context = kept if len(kept) < len(context) else context[1:]
        return context

    def _before_marks(self, text: str, ids: Sequence[int], wish: Wish) -> str:
        """The text before a stop that is one of the tokenizer's own marks, which texts do not show."""
        if not isinstance(self.fast, LocalModel):
            return text
        marks = set(wish.until) & set(self.tokenizer.all_special_tokens)
        stops = {self.tokenizer.convert_tokens_to_ids(mark) for mark in marks}
        first = next((place for place, token in enumerate(ids) if token in stops), None)
        return text if first is None else self.fast.codec.decode(ids[:first])

    # Conversations

    def apply_chat_template(self, chat_history: list[dict[str, str]], add_generation_prompt: bool = True) -> str:
        """The rendered messages, which remember that they are messages."""
        turns = turns_of(chat_history)
        local = self._local("a chat template is to be applied") if self.way is None else self.fast
        if not isinstance(local, LocalModel):
            return Conversation.of("\n\n".join(turn.content for turn in turns), turns)
        if not local.chat:
            return Conversation.of(local.codec.render(prompt_of(turns, not add_generation_prompt))[0], turns)
        try:
            rendered = self.tokenizer.apply_chat_template(
                [turn.model_dump() for turn in turns],
                tokenize=False,
                add_generation_prompt=add_generation_prompt,
                continue_final_message=not add_generation_prompt,
            )
        except TemplateError as error:
            raise InputError(
                f"the chat template of {self.spec} does not take these messages: {error}. Leave out "
                "--system_instruction, or use --fewshot_as_multiturn false"
            ) from error
        return Conversation.of(str(rendered), turns)

    @property
    def tokenizer_name(self) -> str:
        """By which the harness tells cached requests apart: ours hold messages, so they are not those of others."""
        return f"slowthink__{self.spec}".replace("/", "__")

    # Likelihoods

    @property
    def tokenizer(self) -> Any:
        """The model's tokenizer; None where it is not in this process."""
        return self.fast.codec.tokenizer if isinstance(self.fast, LocalModel) else None

    @property
    def eot_token_id(self) -> int:
        """The token that ends a text."""
        return int(self._local("likelihoods are asked for").codec.tokenizer.eos_token_id)

    @property
    def prefix_token_id(self) -> int:
        """The token that stands for an empty context."""
        begin = self._local("likelihoods are asked for").codec.tokenizer.bos_token_id
        return self.eot_token_id if begin is None else int(begin)

    @property
    def max_length(self) -> int:
        """The most tokens in a row."""
        return self._local("likelihoods are asked for").context

    def tok_encode(self, string: str, add_special_tokens: bool | None = None, **_: object) -> list[int]:
        """Token ids; a text that begins with the tokenizer's first mark does not get another one."""
        codec = self._local("likelihoods are asked for").codec
        if add_special_tokens is None:
            add_special_tokens = not string.startswith(str(codec.tokenizer.decode(self.prefix_token_id)))
        return codec.encode(string, add_special_tokens)

    def _loglikelihood_tokens(
        self,
        requests: Sequence[tuple[tuple[str, str] | None, list[int], list[int]]],
        disable_tqdm: bool = False,
        **_: object,
    ) -> list[Likelihood]:
        """The likelihood of each continuation, and whether it is what greedy decoding would write."""
        local = self._local("likelihoods are asked for")

        async def one(asked: tuple[str, str] | None, context: list[int], continuation: list[int]) -> Likelihood:
            ids = (context + continuation)[-(local.context + 1) :]
            found = (0.0, True)
            if continuation:
                (score,) = await local.score_ids([(ids, max(1, len(ids) - len(continuation)))])
                found = (score.logprob, bool(score.is_greedy))
            if asked is not None:
                self.cache_hook.add_partial("loglikelihood", asked, found)
            return found

        works = [partial(one, *request) for request in requests]
        return list(facade.run(_all(works, _SCORED_AT_ONCE, "slowthink loglikelihood", disable_tqdm)))

    def loglikelihood_rolling(self, requests: Sequence[Any], disable_tqdm: bool = False) -> list[float]:
        """The likelihood of whole texts, each token behind as much as the model reads, at least one token."""
        windows: list[tuple[None, list[int], list[int]]] = []
        counts = []
        for request in requests:
            (text,) = request.args
            cut = get_rolling_token_windows(self.tok_encode(text), self.prefix_token_id, self.max_length, 1)
            own = [(None, *make_disjoint_window(window)) for window in cut]
            windows += own
            counts.append(len(own))
        values = iter(self._loglikelihood_tokens(windows, disable_tqdm))
        totals = [sum(next(values)[0] for _ in range(count)) for count in counts]
        for request, total in zip(requests, totals, strict=True):
            self.cache_hook.add_partial("loglikelihood_rolling", request.args, total)
        return totals

    # What the harness writes into its results

    def get_model_info(self) -> dict[str, Any]:
        """What the results were made with."""
        try:
            own = version("slowthink")
        except PackageNotFoundError:
            own = None
        dtype = str(self.fast.engine.model.dtype) if isinstance(self.fast, LocalModel) else None
        return {
            "slowthink_version": own,
            "slowthink_strategy": PLAIN if self.way is None else self.way.name,
            "model_dtype": dtype,
            "model_sha": model_hash(self.spec) if isinstance(self.fast, LocalModel) else None,
        }

    def _local(self, what: str) -> LocalModel:
        if not isinstance(self.fast, LocalModel):
            raise Unsupported(
                f"{what}, but {self.fast.name} does not run in this process. Use a model that does (a folder, a .gguf "
                "file, a hub id, smollm2), or tasks that ask for texts, with a strategy"
            )
        return self.fast


class _Heard:
    """A strategy whose outcome is kept, because a solution does not have the reply that its answer stands in."""

    def __init__(self, strategy: Strategy) -> None:
        self._strategy = strategy
        self.name = strategy.name
        self.text = ""

    async def solve(self, problem: Problem, mind: Mind) -> Outcome:
        """As the strategy itself."""
        outcome = await self._strategy.solve(problem, mind)
        self.text = outcome.text
        return outcome


async def _all(
    works: Sequence[Callable[[], Coroutine[Any, Any, Any]]], most: int, what: str, is_quiet: bool
) -> list[Any]:
    """All results in their order, no more than `most` in work at once; the first error ends the others."""
    gate = asyncio.Semaphore(most)
    with tqdm(total=len(works), desc=what, disable=is_quiet) as told:

        async def one(work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
            async with gate:
                done = await work()
            told.update(1)
            return done

        tasks = [asyncio.ensure_future(one(work)) for work in works]
        try:
            return list(await asyncio.gather(*tasks))
        finally:
            for task in tasks:
                task.cancel()


def _way(strategy: str) -> Way:
    (way, *more) = ways_of(strategy)
    if more:
        raise InputError(f"expected one strategy, got {strategy!r}; run the harness once for each")
    return way


def _budget(tokens: Any, seconds: Any) -> Budget:
    try:
        return Budget(tokens=tokens, seconds=seconds)
    except ValidationError as error:
        raise InputError(f"expected as budget 0 or more tokens and seconds, but {mistake(error)}") from error


def _check(unknown: dict[str, object], kind: object, jobs: object) -> None:
    if unknown:
        raise InputError(
            f"expected as model_args of slowthink model, strategy, dtype, device, seed, budget_tokens, budget_seconds, "
            f"kind, ending and jobs; got {', '.join(sorted(unknown))}"
        )
    if kind is not None and kind not in KINDS:
        raise InputError(f"expected as `kind` number or text, got {kind!r}")
    if not isinstance(jobs, int) or jobs < 1:
        raise InputError(f"expected as `jobs` a whole number of at least 1, got {jobs!r}")
