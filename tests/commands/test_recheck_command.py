"""`slowthink recheck`: evidence and solutions in, verdicts out, and nothing that was tampered with passes."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from slowthink import SlowThinker
from slowthink.commands import main
from slowthink.commands.recheck import recheck_line
from slowthink.models.scripted import ScriptedModel
from slowthink.types import Status
from slowthink.verifiers.number_theory import NumberTheoryVerifier
from slowthink.verifiers.sum_proofs import Unreadable, value_of

PRIME = "1000000000000000000000000000057 is prime"


def evidence_of(text: str) -> dict[str, Any]:
    (found,) = NumberTheoryVerifier().check(text)
    row = {"kind": "number_theory", "claim": found.claim.text, "status": found.verdict.status.value}
    return json.loads(json.dumps({**row, "certificate": found.verdict.certificate}))


def verdict(row: dict[str, Any]) -> str:
    out = recheck_line(json.dumps(row).encode())
    return str(out.get("verdict") or out["error"])


def leaves(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(data, dict):
        return [one for name in data for one in leaves(data[name], (*path, name))]
    if isinstance(data, list):
        return [one for at, item in enumerate(data) for one in leaves(item, (*path, at))]
    return [path]


def changed(row: dict[str, Any], path: tuple[Any, ...]) -> dict[str, Any]:
    """The row with one value changed."""
    other = copy.deepcopy(row)
    inside = other
    for name in path[:-1]:
        inside = inside[name]
    value = inside[path[-1]]
    inside[path[-1]] = not value if isinstance(value, bool) else value + 2 if isinstance(value, int) else f"{value}x"
    return other


@pytest.mark.parametrize(
    "text", [PRIME, "3599 is prime", "The prime factors of 84 are 2, 3, 7.", "1000000000039 is a prime number."]
)
def test_evidence_holds_and_a_changed_value_anywhere_is_noticed(text: str) -> None:
    row = evidence_of(text)
    assert verdict(row) == "PROVED"
    for path in leaves(row):
        if path[0] == "kind" or (path[-1] == "a" and len(path) > 4):
            continue  # another base may do as well
        assert verdict(changed(row, path)) != "PROVED", path


def test_a_proof_of_something_else_does_not_pass() -> None:
    row, other = evidence_of("97 is prime"), evidence_of("3599 is not prime")
    assert verdict({**row, "claim": "91 is prime"}) == "REFUTED"
    assert verdict({**row, "certificate": other["certificate"]}) == "REFUTED"
    assert verdict({**row, "status": "REFUTED"}) == "REFUTED"
    assert verdict({**row, "kind": "faith"}) == "UNKNOWN"


def test_sums() -> None:
    sums = {"kind": "arithmetic", "status": "PROVED"}
    assert verdict({**sums, "claim": "7 * 4 = 28", "certificate": {"text": "7 * 4 = 28"}}) == "PROVED"
    assert verdict({**sums, "claim": "7 * 4 = 29", "certificate": {"text": "7 * 4 = 29"}}) == "REFUTED"
    assert verdict({**sums, "claim": "7 * 4 = 28", "certificate": {"text": "1 = 1"}}) == "REFUTED"
    assert verdict({**sums, "claim": "$20 × 3 = $60", "certificate": {"text": "$20 × 3 = $60"}}) == "PROVED"
    value = {"expression": "7 * 4 + 8 * 8", "value": "92"}
    assert verdict({**sums, "claim": "7 * 4 + 8 * 8 = 92", "certificate": value}) == "PROVED"
    assert verdict({**sums, "claim": "7 * 4 + 8 * 8 = 93", "certificate": {**value, "value": "93"}}) == "REFUTED"
    assert verdict({**sums, "claim": "7 * 4 + 8 * 8 = 93", "certificate": value}) == "REFUTED"


@pytest.mark.parametrize(
    "text", ["9^9^9^9", "1/0", "(" * 500 + "1" + ")" * 500, "2 ** 3", "x", "", "1 +", "0^0", "9" * 5000]
)
def test_what_is_not_computed_raises_at_once(text: str) -> None:
    with pytest.raises(Unreadable):
        value_of(text)


def test_a_solution_with_its_question() -> None:
    solution = SlowThinker(ScriptedModel(["92"])).solve("7 * 4 + 8 * 8 =")
    row = json.loads(solution.model_dump_json())
    assert verdict(row) == "PROVED"
    assert verdict({**row, "answer": "93"}) == "REFUTED"
    assert verdict({**row, "question": "7 * 4 + 8 * 9 ="}) == "REFUTED"
    assert verdict({**row, "evidence": []}) == "REFUTED"
    assert verdict({**row, "status": "unverified", "evidence": []}) == "UNKNOWN"
    model = ScriptedModel(["3599 is prime.", *["No. 3599 is not prime."] * 4])
    text = SlowThinker(model, strategy="chain_of_thought").solve("Is 3599 prime?")
    assert {item.status for item in text.evidence} == {Status.PROVED}
    assert verdict(json.loads(text.model_dump_json())) == "PROVED"


def test_rows_in_rows_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = {"id": "a", **evidence_of(PRIME)}
    file = tmp_path / "rows.jsonl"
    file.write_text("\n".join([json.dumps(good), "broken", '{"id": 3}', '{"id": 4, "claim": 5}', "[]"]) + "\n")
    assert main(["recheck", str(file)]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["id"] for row in rows] == ["a", None, 3, 4, None]
    assert (rows[0]["verdict"], rows[0]["status"]) == ("PROVED", "PROVED")
    assert all("error" in row for row in rows[1:])
    assert main(["recheck", "missing.jsonl"]) == 2
