"""A fast thinker behind an OpenAI-compatible server: vLLM, SGLang, llama.cpp, Ollama, `transformers serve`, ...

Conversations go to `/chat/completions`, plain prompts to `/completions`; with a `tokenizer` (a folder or id with the
model's chat template) conversations are rendered here and go to `/completions` too, which every rewind can resume.
Supervision works as in process, with a stream that is cancelled and resumed behind the edited text. What it needs,
a server that goes on from a text that it is given, is found out by asking; a server that cannot is refused with the
reason, before anything is written.

Not the same as in process: text is sent, not token ids, so what stands before an edit may be cut into other tokens,
and the `token_ids` of a completion are the numbers of its pieces;
noise is the server's (it gets a seed for each row and place); prompt tokens are estimated where no tokenizer is given
and the server does not count. Supervisors and listeners are called in the thread of the requests.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from slowthink.errors import Unsupported
from slowthink.models.base import RowModel
from slowthink.models.jobs import Job
from slowthink.models.pieces import PieceTokenizer, number
from slowthink.models.protocol import Prompt, Request, Score
from slowthink.models.rows import Row
from slowthink.models.server_chunks import estimate
from slowthink.models.server_contact import PROBES, Contact, noted
from slowthink.models.server_http import Http, Refusal
from slowthink.models.server_probe import CHAT, COMPLETIONS, Ability, prompt_tokens
from slowthink.models.server_rows import CountingCodec, ServerRow, StreamedWriting, Tally, Way
from slowthink.models.server_spec import check_address, check_key, only, parts_of, tokenizer_of
from slowthink.models.text import Codec, Writing

if TYPE_CHECKING:
    from slowthink.models.constraints import Grammar

CONCURRENT = 8
TIMEOUT, PATIENCE = 300.0, 60.0
TURN_TOKENS, TEMPLATE_TOKENS, PLAIN_TOKENS = 8, 64, 2
"""What is added to the estimate of a turn, of a conversation (its template may have a system message) and of a text."""
SILENT = number("")
NO_CONTINUING = (
    "With the model's tokenizer (?tokenizer=FOLDER_OR_ID before the '#') plain completions serve instead, where the "
    "server has them; --strategy direct needs neither"
)


class OpenAICompatibleModel(RowModel):
    """Implements `LanguageModel` over HTTP.

    `url` is the base address, usually ending in `/v1`; `model` the name that the server knows it by. `api_key` defaults
    to the variable OPENAI_API_KEY; it is sent as a header and shown nowhere. `chat=False` is for base models: messages
    become plain paragraphs. `continues` says whether the chat endpoint goes on with a trailing assistant message
    (None: find out). `concurrent` bounds the requests in flight, `timeout` the seconds without a word from the server,
    `patience` the seconds in which a failing request is tried again. `tally` tells what supervision cost the server.
    """

    def __init__(
        self,
        url: str,
        model: str,
        *,
        api_key: str | None = None,
        tokenizer: Any = None,
        chat: bool = True,
        continues: bool | None = None,
        concurrent: int = CONCURRENT,
        timeout: float = TIMEOUT,
        patience: float = PATIENCE,
        name: str | None = None,
    ) -> None:
        check_address(url)
        url = url.rstrip("/")
        key = os.environ.get("OPENAI_API_KEY") if api_key is None else api_key
        check_key(key or "")
        template = None if tokenizer is None else Codec(tokenizer_of(tokenizer))
        measure = estimate if template is None else lambda text: len(template.encode(text, False))
        super().__init__(name or f"{url}#{model}", CountingCodec(measure))
        self.tally = Tally()
        self._chat = chat
        self._template = template
        if self._template is not None and not chat:
            self._template.chat = False
        given = {} if continues is None else {"continues": Ability(continues, "it was said that it does not")}
        self._contact = Contact(lambda: Http(url, key or None, concurrent, timeout, patience), url, model, given)

    @classmethod
    def load(cls, spec: str, **options: Any) -> OpenAICompatibleModel:
        """The model of a spec `http://host:port/v1#name`, after a first contact.

        The spec may have `?tokenizer=FOLDER_OR_ID` and `?chat=no` before the `#`. Without a name the server's only
        model is taken. Raises InputError for a spec that is none, ModelUnavailable when the server does not answer.
        """
        url, fields, model = parts_of(spec)
        loaded = cls(url, model, **{"name": spec, **fields, **options})
        try:
            names = loaded.reach()
            if not model:
                loaded._contact.model = only(names, loaded._contact.url)
                loaded.name = f"{spec.rstrip('#')}#{loaded._contact.model}"
        except BaseException:
            loaded.close()
            raise
        return loaded

    @property
    def chat(self) -> bool:
        """Whether messages go through a chat template: the server's, or that of the tokenizer."""
        return self._chat and (self._template is None or self._template.chat)

    def reach(self) -> list[str]:
        """The names of the server's models, as far as it lists them. Raises ModelUnavailable without contact."""
        return self._contact.call(self._contact.listed()).result()

    def abilities(self) -> dict[str, Ability]:
        """What the server can do: chat, completions, continues (goes on with a reply), scores (of given texts)."""
        return {name: self._contact.call(self._contact.ability(name)).result() for name in PROBES}

    @property
    def served(self) -> str:
        """The name that the server knows the model by."""
        return self._contact.model

    def close(self) -> None:
        """Cancel what runs, close all connections and end the thread; safe to call twice."""
        self._contact.close()

    async def _grammar(self, job: Job) -> Grammar | None:
        """None: what a server writes cannot be held to a constraint token by token."""
        if job.request.constraint is not None:
            raise Unsupported(
                f"a constraint was given, and the model {self.name} is behind a server, whose tokens are chosen there. "
                "Use a model in this process, or ask without the constraint and check the reply."
            )
        return None

    async def _run(self, jobs: list[Job]) -> list[Row]:
        """Let the server write all rows; a cancelled caller takes its streams with it."""
        futures = [self._contact.call(self._row(job)) for job in jobs]
        try:
            with noted():
                return list(await asyncio.gather(*(asyncio.wrap_future(future) for future in futures)))
        except BaseException:
            for future in futures:
                future.cancel()
            raise

    async def _row(self, job: Job) -> Row:
        contact = self._contact
        try:
            way = await self._way(job.request)
            return await ServerRow(contact.http, way, job, self.tally, self._template is not None).run()
        except Refusal as error:
            raise contact.plainly(error) from error

    async def _way(self, request: Request) -> Way:
        """Where a row's requests go. Raises ModelUnavailable, with the reason, where the server has no such way."""
        model, prompt = self._contact.model, request.prompt
        if not prompt.messages or not self._chat or self._template is not None:
            await self._need("completions", "a text is to be continued", "")
            return Way(COMPLETIONS, model)
        if not prompt.prefill and not request.supervisors:
            return Way(CHAT, model, continues=False)
        what = "a reply that was begun, or is supervised, is to be gone on with"
        able = await self._need("continues", what, NO_CONTINUING)
        return Way(CHAT, model, able.extra)

    async def _need(self, ability: str, what: str, instead: str) -> Ability:
        able = await self._contact.ability(ability)
        if not able.can:
            raise Unsupported(f"{self.name}: {what}, but {able.why}. {instead}".strip())
        return able

    def _read(self, prompt: Prompt) -> Writing:
        """The writing behind a prompt, whose ids are as many as its tokens: counted, or estimated."""
        codec = self._template or Codec(PieceTokenizer(self._chat))
        text, marks = codec.render(prompt)
        text = text or "\n"
        self._encoded(text, marks)
        if self._template is not None:
            tokens = len(self._template.encode(text, marks))
            text = text if marks else self._unmarked(text)
        elif marks:
            tokens = estimate(text) + PLAIN_TOKENS
        else:
            tokens = estimate(text) + TEMPLATE_TOKENS + TURN_TOKENS * (len(prompt.messages) + 1)
        return StreamedWriting(self.codec, text, marks, [SILENT] * tokens)

    def _unmarked(self, text: str) -> str:
        """A rendered prompt without the mark at its beginning, where the server's tokenizer adds it by itself."""
        tokenizer = self._template.tokenizer if self._template else None
        mark = getattr(tokenizer, "bos_token", None)
        if tokenizer is None or not mark or not text.startswith(mark):
            return text
        twice = tokenizer.encode(text, add_special_tokens=True)[:2] == [tokenizer.bos_token_id] * 2
        return text[len(mark) :] if twice else text

    async def _score_after(self, begin: Writing, continuations: Sequence[str]) -> list[Score]:
        """From the echoed log-probabilities of whole texts; tokens that each shares with the prompt do not count."""
        if not begin.marks and self._template is None:
            raise Unsupported(f"{self.name}: replies in a conversation can be scored with a tokenizer only")
        before = begin.prompt_text + begin.text
        wanted = [text for text in continuations if text]
        with noted():
            return await asyncio.wrap_future(self._contact.call(self._scored(before, continuations, wanted)))

    async def _scored(self, before: str, continuations: Sequence[str], wanted: list[str]) -> list[Score]:
        await self._need("scores", "texts are to be scored", "")
        first, *wholes = await asyncio.gather(*(self._echoed(before + text) for text in ("", *wanted)))
        found = {text: _score(first, tokens) for text, tokens in zip(wanted, wholes, strict=True)}
        return [found.get(text, Score(0.0, 0)) for text in continuations]

    async def _echoed(self, text: str) -> list[tuple[str, float | None]]:
        body = {"prompt": text, "echo": True, "logprobs": 1, "max_tokens": 1, "temperature": 0}
        return prompt_tokens(await self._contact.ask(COMPLETIONS, body))


def _score(prompt: list[tuple[str, float | None]], tokens: list[tuple[str, float | None]]) -> Score:
    same = next((i for i, (a, b) in enumerate(zip(prompt, tokens, strict=False)) if a[0] != b[0]), len(prompt))
    values = tuple(value for _, value in tokens[max(1, same) :] if value is not None)
    return Score(float(sum(values)), len(values), len(tokens), values)
