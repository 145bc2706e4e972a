"""Summaries: every number against one that was worked out by hand or by plain counting."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slowthink.benchmarks import curves
from slowthink.benchmarks.markdown import tables
from slowthink.benchmarks.result import Result
from slowthink.benchmarks.statistics import sign_test, wilson
from slowthink.benchmarks.summary import share, statistics_of, summary_of
from slowthink.benchmarks.task import Item, Published, Task
from slowthink.types import Status, Trust, Usage


def result(
    item: str = "1",
    right: bool = True,
    status: Trust = "unverified",
    strategy: str = "a",
    tokens: int = 10,
    confidence: float | None = None,
    support: float | None = None,
    group: str | None = None,
) -> Result:
    return Result(
        item=item,
        group=group,
        question="q",
        gold="1",
        strategy=strategy,
        answer=None if status == "abstained" else "1",
        right=right,
        verdict=Status.PROVED if right else Status.REFUTED,
        status=status,
        confidence=confidence,
        support=support,
        answered_by=None if status == "abstained" else "model",
        usage=Usage(tokens=tokens, generated_tokens=tokens // 2, seconds=1.0),
    )


def test_wilson_against_published_values() -> None:
    # R 4.3: prop.test(81, 263, correct = FALSE) gives 0.2553 to 0.3662 (Newcombe 1998, table I, method 3).
    low, high = wilson(81, 263)
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)
    low, high = wilson(1, 29)
    assert (round(low, 4), round(high, 4)) == (0.0061, 0.1718)


def test_the_sign_test_against_the_binomial_by_counting() -> None:
    # Won 8, lost 2: 2 * (C(10,0) + C(10,1) + C(10,2)) / 2^10 = 112 / 1024.
    before = [False] * 8 + [True] * 2 + [True] * 5
    after = [True] * 8 + [False] * 2 + [True] * 5
    assert sign_test(before, after) == pytest.approx(112 / 1024)


def test_risk_and_coverage_by_hand() -> None:
    results = [
        result("1", True, "proved"),
        result("2", True, "proved"),
        result("3", False, "supported", confidence=0.9),
        result("4", True, "unverified", support=0.75),
        result("5", False, "unverified", support=0.5),
        result("6", True, "unverified", support=0.5),
        result("7", False, "abstained"),
        result("8", False, "abstained"),
    ]
    points = curves.risk_coverage(results)
    assert [(p["coverage"], p["risk"], p["n"]) for p in points] == [
        (2 / 8, 0.0, 2),
        (3 / 8, 1 / 3, 3),
        (4 / 8, 1 / 4, 4),
        (6 / 8, 2 / 6, 6),
    ]
    assert [p["support"] for p in points] == [None, None, 0.75, 0.5]
    assert curves.accuracy_at(results, 0.25) == 1.0
    assert curves.accuracy_at(results, 0.5) == 0.75
    assert curves.accuracy_at(results, 5 / 8) == pytest.approx(3.5 / 5)
    assert curves.accuracy_at(results, 0.8) is None
    assert curves.risk_coverage([result(status="abstained", right=False)]) == []


@given(st.lists(st.tuples(st.booleans(), st.sampled_from(["proved", "unverified", "abstained"])), min_size=1))
def test_the_curve_ends_at_all_answers(rows: list[tuple[bool, Trust]]) -> None:
    results = [result(str(i), right and status != "abstained", status) for i, (right, status) in enumerate(rows)]
    answered = [one for one in results if one.answer is not None]
    points = curves.risk_coverage(results)
    assert [p["n"] for p in points] == sorted({p["n"] for p in points})
    if answered:
        wrong = sum(not one.right for one in answered)
        assert points[-1]["n"] == len(answered)
        assert math.isclose(points[-1]["risk"], wrong / len(answered))


def test_calibration_error_by_hand() -> None:
    # Bin 0.9: two of three right at a mean of 0.92; bin 0.5: none of one at 0.5; 1.0 belongs to the last bin.
    results = [
        result("1", True, "supported", confidence=0.90),
        result("2", False, "supported", confidence=0.90),
        result("3", True, "supported", confidence=1.0),
        result("4", False, "supported", confidence=0.55),
        result("5", True),
    ]
    found = curves.calibration(results)
    assert found is not None
    expected = (3 * abs(2 / 3 - (0.9 + 0.9 + 1.0) / 3) + 1 * 0.55) / 4
    assert found["error"] == pytest.approx(expected)
    assert [(b["from"], b["n"]) for b in found["bins"]] == [(0.5, 1), (0.9, 3)]
    assert curves.calibration([result()]) is None


def test_equal_compute_by_hand() -> None:
    results = [result("1", True, tokens=10), result("2", True, tokens=100), result("3", False, tokens=5)]
    grid = curves.budgets(results)
    assert (grid[0], grid[-1]) == (5, 100)
    assert grid == sorted(set(grid))
    told = {point["tokens"]: point["right"] for point in curves.equal_compute(results, [4, 10, 99, 100])}
    assert told == {4: 0.0, 10: 1 / 3, 99: 1 / 3, 100: 2 / 3}
    assert curves.budgets([result(tokens=0)]) == []


def test_one_strategy_by_counting() -> None:
    results = [
        result("1", True, "proved", tokens=4),
        result("2", False, "unverified", tokens=8),
        result("3", False, "abstained", tokens=0),
        result("4", True, "supported", tokens=8).model_copy(update={"error": None, "fast_answer": "1"}),
    ]
    found = statistics_of(results)
    assert (found["n"], found["right"], found["accuracy"]) == (4, 2, 0.5)
    assert found["interval"] == list(wilson(2, 4))
    assert (found["verified"], found["answered"], found["tokens"], found["generated_tokens"]) == (0.5, 3, 5.0, 2.5)
    assert found["statuses"]["unverified"] == {**share(results[1:2]), "coverage": 0.25}
    assert found["statuses"]["abstained"]["n"] == 1
    assert found["answered_by"]["model"]["n"] == 3
    assert found["fast_right"] == 1
    assert share([])["accuracy"] is None


def made(seed: int = 5) -> tuple[Task, list[Item], list[Result]]:
    draw = random.Random(seed)
    published = Published(model="GPT-4", accuracy=0.58, source="a paper", group="small", n=100)
    task = Task(name="t", description="sums | signs", published=(published,))
    items = [Item(str(i), "q", "1", group="small" if i % 2 else "large", level=str(i % 3)) for i in range(40)]
    results = [
        result(item.id, draw.random() < chance, "unverified", name, draw.randrange(5, 50), group=item.group).model_copy(
            update={"level": item.level}
        )
        for name, chance in (("a", 0.3), ("b", 0.7))
        for item in items
    ]
    return task, items, results


def test_summaries_do_not_depend_on_the_order_of_rows() -> None:
    task, items, results = made()
    summary = summary_of(task, items, ["a", "b"], results)
    shuffled = random.Random(1).sample(results, len(results))
    assert summary_of(task, items, ["a", "b"], shuffled) == summary
    assert summary["is_complete"]
    assert list(summary["groups"]) == ["large", "small"]
    assert list(summary["levels"]) == ["0", "1", "2"]
    assert sum(part["a"]["right"] for part in summary["groups"].values()) == summary["strategies"]["a"]["right"]
    (paired,) = summary["paired"]
    a, b = ([one.right for one in results if one.strategy == name] for name in "ab")
    assert paired["difference"] == pytest.approx((sum(b) - sum(a)) / 40)
    assert paired["interval"][0] <= paired["difference"] <= paired["interval"][1]
    assert paired["won"] - paired["lost"] == sum(b) - sum(a)
    assert paired["p"] == sign_test(a, b)
    assert not summary_of(task, items, ["a", "b"], results[:-1])["is_complete"]
    assert summary_of(task, items, ["a", "c"], results)["paired"][0]["difference"] is None


def test_tables_are_markdown() -> None:
    task, items, results = made()
    summary = summary_of(task, items, ["a", "b"], results)
    text = tables(summary)
    by_model = summary["strategies"]["a"]["answered_by"]["model"]
    assert f"| strategy | model |\n| --- | --- |\n| `a` | {by_model['right']} of {by_model['n']} |" in text
    assert "sums \\| signs" in text
    assert "| small | 20 |" in text
    assert "| GPT-4 58.0 % of 100 |" in text
    assert "`b` over `a`: " in text
    widths = [line.replace("\\|", "").count("|") for line in text.splitlines() if line.startswith("|")]
    assert min(widths) >= 3
