"""The harness itself with slowthink as its model: beside its own class on one tiny model, and its own run of a task."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parent.parent / "models"))
from tiny_models import CONTEXT, bpe, tiny

from slowthink.errors import InputError, Unsupported
from slowthink.models.local import LocalModel
from slowthink.models.protocol import Request
from slowthink.models.scripted import ScriptedModel

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("lm_eval") is None, reason="make test-slow installs the extra 'harness'"),
    pytest.mark.filterwarnings("ignore"),  # those of the harness and of what it needs
]
ROOT = Path(__file__).resolve().parent.parent.parent
TEXTS = ["7 * 4 = 28. 8 * 8 =", "One two three", "Zwölf Boxkämpfer jagen über den", "12 12 12 100 "]
ROWS = [
    {"question": "Tom has 5 apples and buys 7 more. How many apples has he?", "answer": "He has 5 + 7 = 12.\n#### 12"},
    {"question": "A box holds 6 eggs. How many eggs do 4 boxes hold?", "answer": "It is 6 * 4 = 24.\n#### 24"},
    {"question": "Ann had 9 pens and lost 3. How many pens has she?", "answer": "She has 9 - 3 = 6.\n#### 6"},
]


def asked(kind: str, *arguments: Any) -> Any:
    from lm_eval.api.instance import Instance

    return Instance(request_type=kind, doc={}, arguments=arguments, idx=0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model on the disk, with a chat template."""
    path = tmp_path_factory.mktemp("tiny")
    tokenizer = bpe()
    turns = "{% for m in messages %}<{{ m.role }}>{{ m.content }}\n{% endfor %}"
    tokenizer.chat_template = turns + "{% if add_generation_prompt %}<reply>{% endif %}"
    tiny("llama").save_pretrained(path)
    tokenizer.save_pretrained(path)
    return path


@pytest.fixture(scope="module")
def both(folder: Path) -> Iterator[tuple[Any, Any]]:
    """Ours and the harness's over the same files, in float32."""
    from lm_eval.models.huggingface import HFLM

    from slowthink.harness.model import SlowThinkLM

    ours = SlowThinkLM(model=str(folder), strategy="plain", dtype="float32", device="cpu")
    yield ours, HFLM(pretrained=str(folder), dtype="float32", device="cpu", batch_size=1)
    ours.fast.close()


@pytest.fixture(scope="module")
def task(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the harness's GSM8K over three questions of our own, without examples."""
    import lm_eval.tasks

    path = tmp_path_factory.mktemp("tasks")
    (path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
    config = {
        "include": str(Path(lm_eval.tasks.__file__).parent / "gsm8k" / "gsm8k.yaml"),
        "task": "own_gsm8k", "dataset_path": "json", "dataset_name": None, "num_fewshot": 0,
        "dataset_kwargs": {"data_files": {"test": str(path / "rows.jsonl"), "train": str(path / "rows.jsonl")},
                           "cache_dir": str(path / "cache")},
    }  # fmt: skip
    (path / "own_gsm8k.yaml").write_text(json.dumps(config), encoding="utf-8")
    return path


def evaluated(lm: Any, task: Path, **options: Any) -> dict[str, Any]:
    from lm_eval import simple_evaluate
    from lm_eval.tasks import TaskManager

    tasks = TaskManager(include_path=str(task), include_defaults=False)
    found: dict[str, Any] = simple_evaluate(
        model=lm, tasks=["own_gsm8k"], task_manager=tasks, bootstrap_iters=0, **options
    )
    return found


def test_the_model_alone_writes_what_the_harness_writes(both: tuple[Any, Any]) -> None:
    for settings in (
        {"max_gen_toks": 24, "do_sample": False},
        {"until": ["1", "e"], "max_gen_toks": 24},
        {"until": "<end>", "max_gen_toks": 9, "temperature": 0.0},
        {"until": ["28", "\n\n"]},
    ):
        ours, theirs = (
            lm.generate_until([asked("generate_until", text, dict(settings)) for text in TEXTS]) for lm in both
        )
        assert ours == theirs


def test_a_context_that_is_too_long_loses_its_beginning(both: tuple[Any, Any]) -> None:
    text = " ".join(str(number) for number in range(CONTEXT))
    settings = {"max_gen_toks": 8, "do_sample": False}
    ours, theirs = (lm.generate_until([asked("generate_until", text, dict(settings))]) for lm in both)
    assert ours == theirs
    with pytest.raises(InputError, match="expected max_gen_toks of less than"):
        both[0].generate_until([asked("generate_until", "1", {"max_gen_toks": CONTEXT})])


def test_likelihoods_are_those_of_the_harness(both: tuple[Any, Any]) -> None:
    pairs = [(text, rest) for text in [*TEXTS, ""] for rest in (" 28", "64. 8 * 8", " één two", "2")]
    ours, theirs = (lm.loglikelihood([asked("loglikelihood", *pair) for pair in pairs]) for lm in both)
    assert [value for value, _ in ours] == pytest.approx([value for value, _ in theirs], abs=1e-3)
    assert [greedy for _, greedy in ours] == [greedy for _, greedy in theirs]
    written = [
        (text, both[1].generate_until([asked("generate_until", text, {"max_gen_toks": 3})])[0]) for text in TEXTS[:2]
    ]
    ours, theirs = (lm.loglikelihood([asked("loglikelihood", *pair) for pair in written]) for lm in both)
    assert [greedy for _, greedy in ours] == [greedy for _, greedy in theirs]
    assert True in [greedy for _, greedy in ours]
    whole = [*TEXTS, " ".join(TEXTS) * 30]
    ours, theirs = (lm.loglikelihood_rolling([asked("loglikelihood_rolling", text) for text in whole]) for lm in both)
    assert len(bpe().encode(whole[-1])) > CONTEXT
    assert ours == pytest.approx(theirs, rel=1e-4)


def test_conversations_are_rendered_as_the_harness_renders_them(both: tuple[Any, Any]) -> None:
    history = [{"role": "user", "content": "one"}, {"role": "assistant", "content": "two"}]
    for turns, adds in ((history[:1], True), (history, False)):
        ours, theirs = (lm.apply_chat_template(turns, add_generation_prompt=adds) for lm in both)
        assert ours == theirs
        assert [turn.content for turn in ours.turns] == [turn["content"] for turn in turns]
    assert both[0].chat_template(True) == both[1].chat_template(True)
    assert both[0].tokenizer_name != both[1].tokenizer_name


def test_drawn_replies_differ_and_come_again(both: tuple[Any, Any]) -> None:
    settings = {"do_sample": True, "temperature": 1.0, "max_gen_toks": 12}
    requests = [asked("generate_until", "One", settings)] * 4
    first = both[0].generate_until(requests)
    assert len(set(first)) > 1
    assert both[0].generate_until(requests) == first


def test_a_task_reads_the_answers_of_a_strategy(task: Path) -> None:
    from slowthink.harness.model import SlowThinkLM

    prompts: list[str] = []

    def script(prompt: str, request: Request) -> str:
        prompts.append(prompt)
        return next(row["answer"].split("####")[0] for row in ROWS if row["question"] in prompt)

    lm = SlowThinkLM(model=ScriptedModel(script), strategy="chain_of_thought-reader")
    plain = evaluated(lm, task)
    assert {plain["results"]["own_gsm8k"][f"exact_match,{name}"] for name in ("strict-match", "flexible-extract")} == {
        1.0
    }
    assert plain["config"]["slowthink_strategy"] == "chain_of_thought-reader"
    assert plain["samples"]["own_gsm8k"][0]["resps"][0][0] == "He has 5 + 7 = 12.\n#### 12"


def test_a_conversation_reaches_a_strategy_as_messages(task: Path) -> None:
    from slowthink.harness.model import SlowThinkLM

    told: list[list[str]] = []

    def script(prompt: str, request: Request) -> str:
        told.append([message.role for message in request.prompt.messages])
        return "The answer is 12."

    lm = SlowThinkLM(model=ScriptedModel(script, chat=True), strategy="direct")
    evaluated(lm, task, apply_chat_template=True, system_instruction="Be brief.", limit=1)
    assert told == [["system", "user"]]


def test_replies_are_cached_as_they_come(task: Path, tmp_path: Path) -> None:
    from slowthink.harness.model import SlowThinkLM

    calls = 0

    def script(prompt: str, request: Request) -> str:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise RuntimeError("the third, as told")
        return "The answer is 12."

    def run() -> Any:
        lm = SlowThinkLM(model=ScriptedModel(script), strategy="direct-reader", jobs=1)
        return evaluated(lm, task, use_cache=str(tmp_path / "cache"))

    with pytest.raises(RuntimeError, match="the third"):
        run()
    run()
    assert calls == 4  # two that were saved, one that failed, and that one again
    run()
    assert calls == 4


def test_what_cannot_be_done_is_said(folder: Path) -> None:
    from slowthink.harness.model import SlowThinkLM

    scripted = ScriptedModel(["yes"])
    for options, match in (
        ({"pretrained": "gpt2"}, "expected as model_args of slowthink model, strategy"),
        ({"strategy": "wise"}, "expected a strategy"),
        ({"strategy": "direct,auto"}, "expected one strategy"),
        ({"kind": "poem"}, "expected as `kind`"),
        ({"jobs": 0}, "expected as `jobs`"),
        ({"budget_tokens": -1}, "expected as budget"),
        ({"ending": "The end."}, "expected as `ending`"),
    ):
        with pytest.raises(InputError, match=match):
            SlowThinkLM(**{"model": scripted, **options})  # type: ignore[arg-type]
    with pytest.raises(InputError, match="expected a dtype"):
        SlowThinkLM(model=str(folder), dtype="int4")
    lm = SlowThinkLM(model=scripted, strategy="direct")
    with pytest.raises(Unsupported, match="does not run in this process"):
        lm.loglikelihood([asked("loglikelihood", "a", "b")])
    with pytest.raises(InputError, match="cannot keep"):
        lm.generate_until([asked("generate_until", "a", {"num_beams": 5})])


def test_the_command_line(task: Path, smol_dir: Path) -> None:
    command = [sys.executable, "-m", "slowthink.harness", "--model", "slowthink", "--tasks", "own_gsm8k"]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1"}

    def run(*more: str) -> Any:
        return subprocess.run(
            [*command, "--include_path", str(task), *more],
            cwd=ROOT, capture_output=True, text=True, env=environment, check=False, timeout=300,
        )  # fmt: skip

    done = run("--model_args", "strategy=auto,kind=number")
    assert done.returncode == 0, done.stderr
    assert "|own_gsm8k|" in done.stdout
    assert "strict-match" in done.stdout
    wrong = run("--model_args", "strategy=wise")
    assert wrong.returncode == 2
    assert "slowthink: expected a strategy" in wrong.stderr
    assert "Traceback" not in wrong.stderr


def test_a_local_model_that_is_given_is_used(folder: Path) -> None:
    from slowthink.harness.model import SlowThinkLM

    model = LocalModel.load(folder, dtype="float32", device="cpu")
    lm = SlowThinkLM(model=model, strategy="plain")
    assert lm.fast is model
    assert lm.get_model_info()["model_dtype"] == "torch.float32"
    model.close()
