"""The poem benchmark: requests that the reader reads, checks that can fail, and a sheet that gives nothing away."""

from slowthink import Solution
from slowthink.benchmarks.poem_requests import SUBJECTS, other_requests, turned_requests
from slowthink.benchmarks.poems import checked, judged, report, sheet_of
from slowthink.verifiers.constraints import Reversed
from slowthink.verifiers.text_requests import read_text_request


def solution(poem: str | None) -> Solution:
    status = "abstained" if poem is None else "unverified"
    return Solution(question="", answer=poem, answered_by=None, status=status, strategy="auto")  # type: ignore[arg-type]


def test_every_request_is_read_whole() -> None:
    assert len(SUBJECTS) == len(set(SUBJECTS)) == 100
    for row in turned_requests(100, 0) + other_requests(20, 0):
        found = read_text_request(row["prompt"])
        assert found is not None, row
        assert found.left == "", row
        assert (Reversed() in found.constraints) == (row["kind"] == "reversed")
        if row["kind"] == "reversed":
            assert found.subject == row["subject"]


def test_checks_can_fail() -> None:
    row = {"kind": "reversed", "prompt": "", "lines": 3, "subject": "the sea"}
    good = checked(row, solution("Blue seas make sailors happy.\nAll is well.\nHappy sailors make seas blue."))
    assert good | {"word order": True} == dict.fromkeys(good, True) | {"words": 5}
    bad = checked(row, solution("Ships meet ships.\nShips meet ships."))
    assert (bad["reversed"], bad["lines"], bad["no word twice"], bad["not its own reverse"], bad["subject"]) == (
        True, False, False, False, False,
    )  # fmt: skip
    assert not any(checked(row, solution(None)).values())


def test_the_sheet_hides_what_its_key_tells() -> None:
    rows = [{"kind": "reversed", "poem": "A b.\nC d.\nB a.", "prompt": "p", "checks": {"lines": True, "words": 2},
             "seconds": 1.0, "status": "unverified", "reason": ""}]  # fmt: skip
    sheet, key = sheet_of(rows, 0)
    assert [item["id"] for item in sheet] == [item["id"] for item in key]
    assert all(set(item) == {"id", "text"} for item in sheet)
    kinds = [item["kind"] for item in key]
    assert kinds != sorted(kinds)
    marks = {item["id"]: item["kind"] != "backwards" for item in key}
    found = judged(marks, key)
    assert found["pairs"] == (1, 1)
    assert found["backwards"] == (0, 20)
    marks[next(item["id"] for item in key if item["kind"] == "last")] = False
    assert judged(marks, key)["pairs"] == (0, 1)
    assert "A b." in report(rows)
