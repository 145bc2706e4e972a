"""`slowthink trace`: one page that needs nothing, in which no text is markup, also for a run that broke off."""

import hashlib
import json
import re
from base64 import b64encode
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from slowthink import SlowThinker
from slowthink.commands import lines, main
from slowthink.models.protocol import Request
from slowthink.models.scripted import ScriptedModel
from slowthink.strategies.tree_of_thought import TreeOfThought
from slowthink.trace import read_trace

EVIL = "</script><script>alert(1)</script><img src=http://x.example/y onerror=alert(2)> ]]> <!-- \u2028 &amp; 🦊"


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.is_open = False
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.is_open = True

    def handle_endtag(self, tag: str) -> None:
        self.is_open = False

    def handle_data(self, data: str) -> None:
        tag, attributes = self.tags[-1] if self.tags and self.is_open else ("", {})
        self.texts[attributes.get("id") or tag] = self.texts.get(attributes.get("id") or tag, "") + data


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    def say(text: str, request: Request) -> str:
        return "Answer: 12\n" if "3 * 4" in text else f" 3 * 4 = 13 {EVIL[: len(request.sampling.path) % 60]}\n"

    model = ScriptedModel(say)
    with SlowThinker(model, strategy=TreeOfThought(depth=3)) as thinker:
        solution = thinker.solve(f"How many apples? {EVIL}")
    path = tmp_path / "run.jsonl"
    path.write_bytes(b"".join(lines.dump(event) for event in solution.trace))
    return path


def page(trace: Path) -> Tags:
    out = trace.with_suffix(".html")
    assert main(["trace", str(trace), "--html", str(out)]) == 0
    tags = Tags()
    tags.feed(out.read_text(encoding="utf-8"))
    return tags


def test_nothing_that_a_model_wrote_is_markup(trace: Path) -> None:
    tags = page(trace)
    kinds = [tag for tag, _ in tags.tags]
    assert kinds == ["html", "head", "meta", "meta", "meta", "title", "style", "body", "noscript", "script", "script"]
    assert not any(name in ("src", "href") or name.startswith("on") for _, named in tags.tags for name in named)
    data: dict[str, Any] = json.loads(tags.texts["data"])
    assert data["question"] == f"How many apples? {EVIL}"


def test_the_policy_allows_the_pages_own_style_and_script_only(trace: Path) -> None:
    tags = page(trace)
    policy = next(named["content"] for _, named in tags.tags if named.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    for kind in ("style", "script"):
        digest = b64encode(hashlib.sha256(tags.texts[kind].encode()).digest()).decode()
        assert re.search(rf"{kind}-src 'sha256-([^']+)'", policy)[1] == digest  # type: ignore[index]
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", tags.texts["script"] + tags.texts["style"])
    assert "innerHTML" not in tags.texts["script"]


def test_tree_scores_repairs_and_costs_are_there(trace: Path) -> None:
    data: dict[str, Any] = json.loads(page(trace).texts["data"])
    (tree,) = data["trees"]
    told = [event for event in read_trace(trace) if event.event == "node"]
    assert len(tree["nodes"]) == len(told)
    assert sum(node["chosen"] for node in tree["nodes"]) == 1
    assert all(node["score"] is not None for node in tree["nodes"][1:] if node["status"] != "REFUTED")
    parts = [part for call in data["calls"] for row in call["rows"] for part in row["parts"]]
    struck, put_in = [text for kind, text in parts if kind == "-"], [text for kind, text in parts if kind == "+"]
    assert struck
    assert len(struck) == len(put_in)
    assert {text.strip()[:2] for text in put_in} == {"12"}
    assert data["tokens"] == sum(call["tokens"] for call in data["calls"]) > 0


def test_a_run_that_broke_off_is_shown_as_far_as_it_goes(trace: Path) -> None:
    whole = trace.read_bytes()
    trace.write_bytes(whole[: int(len(whole) * 0.6)])
    data: dict[str, Any] = json.loads(page(trace).texts["data"])
    assert data["ended"] is None
    assert data["trees"][0]["nodes"]


def test_what_is_no_trace(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for content in (b"", b"{}\n", b"\xff\xfe\n{}\n"):
        (tmp_path / "no.jsonl").write_bytes(content)
        assert main(["trace", str(tmp_path / "no.jsonl"), "--html", str(tmp_path / "o.html")]) == 2
        assert "expected" in capsys.readouterr().err
    assert main(["trace", str(tmp_path / "none.jsonl"), "--html", "-"]) == 2


def test_ask_leaves_an_unfinished_trace_only_when_it_breaks_off(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    with lines.growing(str(path)) as write:
        assert write is not None
        write(b'{"event": "remark", "key": "1", "text": "so far"}\n')
        beside = tmp_path / "t.jsonl.unfinished"
        assert [event.event for event in read_trace(beside)] == ["remark"]
    assert not beside.exists()
    broken = lines.growing(str(path))
    grow = broken.__enter__()
    assert grow is not None
    grow(b'{"event": "remark", "key": "1", "text": "so far"}\n')
    broken.__exit__(ZeroDivisionError, ZeroDivisionError(), None)
    assert beside.exists()
    with lines.growing("-") as nothing:
        assert nothing is None
