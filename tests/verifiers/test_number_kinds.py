"""Kinds of numbers: two definitions of each agree, data goes there and back, and there is a bound."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slowthink.verifiers.listing import Stretch, claim_of, disagreement
from slowthink.verifiers.listing_proofs import refute
from slowthink.verifiers.number_kinds import ATOMS, JOINTS, LARGEST, Kind, described, holds, kind_from


def atoms() -> st.SearchStrategy[Kind]:
    return st.sampled_from(sorted(ATOMS)).flatmap(
        lambda name: st.tuples(*[st.integers(0, 40)] * ATOMS[name].numbers).map(lambda numbers: Kind(name, numbers))
    )


def kinds() -> st.SearchStrategy[Kind]:
    def joined(name: str) -> st.SearchStrategy[Kind]:
        low, high = JOINTS[name]
        return st.lists(atoms(), min_size=low, max_size=high).map(lambda parts: Kind(name, parts=tuple(parts)))

    return st.one_of(atoms(), st.sampled_from(sorted(JOINTS)).flatmap(joined))


def certificate(kind: Kind, low: int, high: int) -> tuple[str, dict[str, object]]:
    members = [n for n in range(low, high + 1) if holds(kind, n)]
    data = {"kind": kind.data(), "low": low, "high": high, "count": len(members), "sum": sum(members)}
    return claim_of(kind, Stretch(low, high), members), data | {"members": members}


@given(kinds(), st.integers(0, 3000), st.integers(0, 150))
def test_testing_each_number_and_making_the_members_agree(kind: Kind, low: int, width: int) -> None:
    claim, data = certificate(kind, low, low + width)
    assert refute(claim, data) is None


@given(kinds(), st.integers(0, 500), st.integers(0, 60), st.data())
def test_a_changed_list_is_refuted(kind: Kind, low: int, width: int, data: st.DataObject) -> None:
    claim, given_data = certificate(kind, low, low + width)
    n = data.draw(st.integers(low, low + width))
    members = set(given_data["members"]) ^ {n}  # type: ignore[call-overload]
    changed = given_data | {"members": sorted(members), "count": len(members), "sum": sum(members)}
    assert refute(claim, changed) is not None
    assert refute(claim_of(kind, Stretch(low, low + width), sorted(members)), changed) is not None


@given(kinds())
def test_data_goes_there_and_back(kind: Kind) -> None:
    assert kind_from(kind.data()) == kind
    assert described(kind)


@pytest.mark.parametrize("name", sorted(ATOMS))
def test_the_number_theory_verifier_says_the_same(name: str) -> None:
    for numbers in ((), (3,), (12,), (3, 7))[:4]:
        if len(numbers) == ATOMS[name].numbers:
            assert disagreement(Kind(name, numbers), Stretch(1, 400)) is None


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {"is": "lucky"},
        {"is": "prime", "of": [3]},
        {"is": "and", "of": []},
        {"is": "multiple", "of": [True]},
    ],
)
def test_what_is_no_kind_is_none(data: object) -> None:
    assert kind_from(data) is None


def test_beyond_the_bound_nothing_is_decided() -> None:
    with pytest.raises(ValueError, match="expected a number"):
        holds(Kind("prime"), LARGEST + 1)


def test_known_members() -> None:
    def first(name: str, *numbers: int) -> list[int]:
        return [n for n in range(1, 60) if holds(Kind(name, numbers), n)][:6]

    assert first("prime") == [2, 3, 5, 7, 11, 13]
    assert first("semiprime") == [4, 6, 9, 10, 14, 15]
    assert first("power") == [1, 4, 8, 9, 16, 25]
    assert first("fibonacci") == [1, 2, 3, 5, 8, 13]
    assert first("perfect") == [6, 28]
    assert first("divisor count", 3) == [4, 9, 25, 49]
    assert first("remainder", 3, 7) == [3, 10, 17, 24, 31, 38]
    assert first("digit sum", 5) == [5, 14, 23, 32, 41, 50]
