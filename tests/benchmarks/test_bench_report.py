"""The report of a benchmark: complete, offline, and no word of a task or a model is markup."""

import hashlib
import json
import re
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Callable, Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from slowthink import SlowThinker
from slowthink.benchmarks import report_items, report_numbers, report_plots
from slowthink.benchmarks.report import markdown_table, write_report
from slowthink.benchmarks.result import Result
from slowthink.benchmarks.summary import summary_of
from slowthink.benchmarks.task import Item, Published, Task
from slowthink.commands import lines
from slowthink.errors import InputError
from slowthink.models.scripted import ScriptedModel
from slowthink.types import Usage

EVIL = (
    "</script><script>alert(1)</script><img src=http://x.example/y onerror=alert(2)>' \" ]]> <!-- \u2028 &amp; 🦊 "
    "\u202eright to left\u202c مرحبا `|` \0 javascript:alert(3)"
)
KNOWN = set(
    """html head meta title style body header h1 h2 ul li bdi nav a main section div table thead tbody tr th td small b
    p span figure figcaption svg g path rect circle polygon text noscript code dl dt dd details summary template
    script""".split()  # noqa: SIM905
)
Write = Callable[..., Path]


class Tags(HTMLParser):
    """All start tags, the text in each, and all text that is read as text."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.text = ""
        self.is_open = False
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.texts.append((tag, ""))
        self.is_open = True

    def handle_endtag(self, tag: str) -> None:
        self.is_open = False

    def handle_data(self, data: str) -> None:
        if self.is_open:
            self.texts[-1] = (self.texts[-1][0], self.texts[-1][1] + data)
        if not self.is_open or self.tags[-1][0] not in ("script", "style"):
            self.text += data

    def of(self, tag: str, is_data: bool = False) -> list[str]:
        pairs = zip(self.tags, self.texts, strict=True)
        return [text for (name, named), (_, text) in pairs if name == tag and ("type" in named) == is_data]

    def data(self) -> dict[str, Any]:
        return dict(json.loads(self.of("script", is_data=True)[0]))


def row(item: str = "1", strategy: str = "direct", right: bool = True, **more: Any) -> Result:
    told: dict[str, Any] = {
        "status": "unverified",
        "answer": "8",
        "answered_by": "model",
        "usage": Usage(tokens=40, seconds=0.5),
    }
    told |= {"question": "7 + 1 =", "gold": "8", "group": None, "verdict": "PROVED" if right else "REFUTED", **more}
    return Result(item=item, strategy=strategy, right=right, **told)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a run's folder and its report; gives the page."""

    def written(rows: Sequence[Result], summary: Any = None, tail: str = "") -> Path:
        text = "".join(one.model_dump_json() + "\n" for one in rows) + tail
        (tmp_path / "results.jsonl").write_text(text, encoding="utf-8")
        if summary is not None:
            (tmp_path / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
        page = write_report(tmp_path)
        assert page == tmp_path / "report.html"
        return page

    return written


def many() -> list[Result]:
    """Three strategies on 30 items in two groups, one of which votes, one of which proves."""
    rows = []
    for at in range(30):
        group = ("small", "large")[at % 2]
        rows.append(row(str(at), "direct", at % 3 == 0, group=group))
        rows.append(row(str(at), "vote", at % 3 < 2, group=group, confidence=0.9 - at % 3 * 0.3, support=0.5))
        proved = {"status": "proved", "answered_by": "reader"} if at % 5 else {"status": "abstained", "answer": None}
        rows.append(row(str(at), "auto", at % 5 > 0, group=group, usage=Usage(tokens=900), **proved))
    return rows


def test_no_word_is_markup(write: Write) -> None:
    rows = many()
    rows += [
        row(EVIL, EVIL, False, group=EVIL, level=EVIL, question=EVIL, gold=EVIL, answer=EVIL, reason=EVIL, error=EVIL)
    ]
    rows += [row("odd", EVIL, fast_answer=EVIL, verdict_reason=EVIL, trace=EVIL, group="small")]
    published = [{"model": EVIL, "accuracy": 0.5, "source": EVIL, "group": group} for group in (None, EVIL, "small")]
    summary = {"task": {"name": EVIL, "description": EVIL, "published": published}, "settings": {EVIL: [EVIL, {}]}}
    tags = Tags(write(rows, {**summary, "strategies": {}}))
    assert {name for name, _ in tags.tags} <= KNOWN
    names = {name for _, named in tags.tags for name in named}
    assert not any(name.startswith("on") or name in ("src", "style", "srcdoc", "action") for name in names)
    assert all((named["href"] or "").startswith("#") for _, named in tags.tags if "href" in named)
    data = tags.data()
    assert [EVIL, data["groups"].index(EVIL), EVIL, EVIL, EVIL] in data["items"]
    assert EVIL in data["strategies"]
    assert tags.text.count(EVIL.replace("\0", "\ufffd")) > 10


def test_the_policy_allows_the_pages_own_style_and_script_only(write: Write) -> None:
    tags = Tags(write(many()))
    policy = next(named["content"] for _, named in tags.tags if named.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    kinds = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert kinds["default-src"] == kinds["base-uri"] == kinds["form-action"] == "'none'"
    assert set(kinds) == {"default-src", "style-src", "script-src", "base-uri", "form-action"}
    for kind in ("style", "script"):
        own = [f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in tags.of(kind)]
        assert sorted(own) == sorted(kinds[f"{kind}-src"].split())
        for text in tags.of(kind):
            assert not re.search(r"https?:(?!//www\.w3\.org/2000/svg)|@import|url\(|innerHTML|fetch\(|import\(", text)


def test_counts_shares_and_comparisons(write: Write) -> None:
    again = row("0", "direct", False, group="small")  # asked again after an error: the later row counts
    published = [{"model": "GPT-4", "accuracy": 0.58, "source": "a paper", "group": "small"}, {"model": "broken"}]
    tags = Tags(write([*many(), again], {"published": published, "date": "2026-11-25"}))
    data = tags.data()
    assert len(data["rows"]) == 90
    assert len(data["items"]) == 30
    assert data["strategies"] == ["direct", "vote", "auto"]
    assert sum(one[2] for one in data["rows"] if one[1] == 0) == 9
    for told in ("30.0 %", "66.7 %", "80.0 %", "24 of 24 right", "GPT-4", "58.0 %", "a paper", "2026-11-25", "+36.7"):
        assert told in tags.text
    assert "broken" not in tags.text.split("Settings, versions")[0]
    assert sum(name == "figure" for name, _ in tags.tags) == 4
    assert all("aria-label" in named or "aria-hidden" in named for name, named in tags.tags if name == "svg")


def test_numbers_by_hand() -> None:
    rows = [row("1", "a", True), row("2", "a", False), row("1", "b", True), row("2", "b", True), row("3", "b", True)]
    (pair,) = report_numbers.pairs(rows)
    assert (pair.before, pair.after, pair.n, pair.won, pair.lost, pair.p) == ("a", "b", 2, 1, 0, 1.0)
    assert pair.difference == 0.5
    rows = [row(str(at), f"s{at % 8}", group="g", level=f"{9 - at}") for at in range(8)]
    assert report_numbers.pairs(rows) == []
    assert report_numbers.groups(rows, "level") == sorted(f"{9 - at}" for at in range(8))
    assert report_numbers.by_group(rows)["g"]["s0"] == report_numbers.Share(1, 1)
    many_ways = [row(str(at), f"s{way}") for at in range(2) for way in range(8)]
    assert [(one.before, one.after) for one in report_numbers.pairs(many_ways)] == [
        ("s0", f"s{n}") for n in range(1, 8)
    ]


@pytest.mark.parametrize("rows", [[], [row()], [row(answer=None, status="abstained", right=False, usage=Usage())]])
def test_a_run_of_hardly_anything(write: Write, rows: list[Result]) -> None:
    tags = Tags(write(rows))
    assert len(tags.data()["rows"]) == len(rows)
    assert "Paired" not in tags.text
    assert ("No question has ended yet." in tags.text) == (not rows)


def test_rows_are_in_the_order_of_names_and_the_summary(write: Write) -> None:
    rows = [row(f"q/{at}", name, group=f"g{at % 2}") for at in (10, 9, 2, 1, 10**50) for name in ("b", "a")]
    data = Tags(write(rows, {"groups": {"g1": {}, "g0": {}}, "strategies": {"a": {}, "b": {}}})).data()
    assert data["groups"] == ["g1", "g0"]
    assert data["strategies"] == ["a", "b"]
    assert [one[0] for one in data["items"]] == ["q/1", "q/9", "q/2", "q/10", f"q/{10**50}"]


def test_a_run_that_broke_off_and_files_that_are_none(write: Write, tmp_path: Path) -> None:
    assert len(Tags(write([row()], tail='{"item": "2", "str')).data()["rows"]) == 1
    with pytest.raises(InputError, match="line 2"):
        write([row()], tail='{"item": "2"}\n')
    write([row()])
    for bad in (b"[1]", b"{", b"\xff"):
        (tmp_path / "summary.json").write_bytes(bad)
        with pytest.raises(InputError, match="summary"):
            write_report(tmp_path)
    assert Tags(tmp_path / "report.html").data()["rows"]  # the whole page of before
    with pytest.raises(InputError, match="not there"):
        write_report(tmp_path / "none")


def test_traces_are_in_the_page_or_linked_or_said_to_be_missing(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with SlowThinker(ScriptedModel(lambda text, request: f" 8 {EVIL}"), strategy="direct") as thinker:
        events = b"".join(lines.dump(event) for event in thinker.solve(f"7 + 1 {EVIL}").trace)
    (tmp_path / "traces").mkdir()
    (tmp_path / "traces" / "a b#?%.jsonl").write_bytes(events)
    (tmp_path / "traces" / "large.jsonl").write_bytes(events * 40)
    (tmp_path / "traces" / "words.jsonl").write_text("these are words")
    (tmp_path.parent / "outside.jsonl").write_bytes(events)
    monkeypatch.setattr(report_items, "EMBEDDED_EACH", len(events) * 30)
    names = ["a b#?%.jsonl", "large.jsonl", "words.jsonl", "none.jsonl", "../../outside.jsonl", "x\0", "y" * 5000]
    rows = [row(str(at), trace=f"traces/{name}") for at, name in enumerate(names)]
    tags = Tags(write([*rows, row("last")]))
    assert [one[11] for one in tags.data()["rows"]] == [
        0, "traces/large.jsonl", "traces/words.jsonl", "", "", "", "", None,
    ]  # fmt: skip
    (shown,) = [json.loads(text) for text in tags.of("script", is_data=True)[1:]]
    assert shown["question"] == f"7 + 1 {EVIL}"
    monkeypatch.setattr(report_items, "EMBEDDED_ALL", 10)
    assert Tags(write(rows)).data()["rows"][0][11] == "traces/a%20b%23%3F%25.jsonl"


def test_wrong_rows_traces_come_first(write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with SlowThinker(ScriptedModel(lambda text, request: " 8"), strategy="direct") as thinker:
        events = b"".join(lines.dump(event) for event in thinker.solve("7 + 1").trace)
    (tmp_path / "t.jsonl").write_bytes(events)
    monkeypatch.setattr(report_items, "EMBEDDED_ALL", len(events) * 2)
    rows = [row(str(at), right=at < 3, trace="t.jsonl") for at in range(4)]
    assert [one[11] for one in Tags(write(rows)).data()["rows"]] == [1, "t.jsonl", "t.jsonl", 0]


def test_long_texts_are_cut_and_say_so(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    page = write([row(answer="x" * 1_000_000), row("2", answer="")])
    assert page.stat().st_size < 200_000
    answers = [one[4] for one in Tags(page).data()["rows"]]
    assert "1,000,000 characters" in answers[0]
    assert answers[1] == ""
    monkeypatch.setattr(report_items, "PAGE_TEXT", 9_000)
    long = [row(str(at), reason="r" * 3_000) for at in range(5)]
    assert all(len(one[7]) < 700 for one in Tags(write(long)).data()["rows"])


def test_numbers_that_json_does_not_have(write: Write) -> None:
    page = write([row()], {"settings": {"temperature": float("nan"), "top": float("inf"), "deep": [{"a": [1, {}]}]}})
    assert "NaN" not in "".join(Tags(page).of("script", is_data=True))


def test_plots_stay_inside_their_frames(write: Write) -> None:
    page = write(many()).read_text(encoding="utf-8")
    for width, height, inner in re.findall(r'<svg class="plot" viewBox="0 0 (\d+) (\S+?)"(.*?)</svg>', page, re.DOTALL):
        places = re.findall(r'(?:cx|x)="(-?[\d.]+)"', inner)
        assert all(0 <= float(x) <= float(width) for x in places)
        assert all(0 <= float(y) <= float(height) for y in re.findall(r'(?:cy|y)="(-?[\d.]+)"', inner))
        assert inner.count('class="name"') >= 1
        assert "nan" not in inner
        assert "inf" not in inner
    assert [report_plots.nice(value) for value in (0, 0.3, 1, 7, 20, 21)] == [1, 0.5, 1, 10, 20, 50]


def test_markdown(write: Write, tmp_path: Path) -> None:
    published = Published(model="GPT-4", accuracy=0.58, source="a paper", group="small")
    task = Task(name="sums", description="sums", published=(published,))
    rows = many()
    items = [Item(id=str(at), question="7 + 1 =", gold="8", group=("small", "large")[at % 2]) for at in range(30)]
    page = write(rows, summary_of(task, items, ["direct", "vote", "auto"], rows))
    table = markdown_table(tmp_path)
    assert "24 of 30" in table
    assert "GPT-4 58.0 %" in table
    assert "58.0 %" in Tags(page).text
    assert "not complete" not in Tags(page).text
    assert "not complete" in Tags(write(rows[:-1], summary_of(task, items, ["direct", "vote", "auto"], rows[:-1]))).text
    (tmp_path / "summary.json").write_text("{}")
    with pytest.raises(InputError, match="summary"):
        markdown_table(tmp_path)


@pytest.mark.slow
def test_a_browser_shows_all_of_it(write: Write, tmp_path: Path) -> None:
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        pytest.skip("there is no Chromium here")
    page = write([*many(), row("evil", question=EVIL, answer=EVIL, group="small")])
    options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]
    told = ["--enable-logging=stderr", "--virtual-time-budget=3000", "--dump-dom", page.as_uri()]
    done = subprocess.run([browser, *options, *told], capture_output=True, text=True, timeout=120, check=True)
    assert "1 to 91 of 91, 55 right" in done.stdout
    assert done.stdout.count('class="row"') == 91
    assert "CONSOLE" not in done.stderr
