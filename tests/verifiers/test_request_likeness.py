"""The reader by likeness: its weights, what it adds to phrases, and what it leaves alone."""

import random

import pytest

from slowthink.benchmarks.poem_wordings import Wording, filled, fit, subjects, wordings
from slowthink.verifiers.constraints import Count, Reversed, Same
from slowthink.verifiers.request_likeness import (
    LONGEST,
    NO_SUBJECT,
    Likeness,
    agreement,
    likeness,
    phrases,
    place_of,
    spans,
    tokens_of,
)
from slowthink.verifiers.text_phrases import read_by_phrases, without_phrases
from slowthink.verifiers.text_requests import read_text_request


def test_tokens_stand_where_their_words_are() -> None:
    request = "Grandma’s poem: 6 lines, twelve WORDS!"
    found = tokens_of(request)
    assert [token.text for token in found] == ["grandma's", "poem", ":", "#", "lines", ",", "#", "words", "!"]
    assert [request[token.start : token.end] for token in found[:2]] == ["Grandma’s", "poem"]
    assert tokens_of("") == []


def test_runs_are_bounded_and_end_as_phrases_do() -> None:
    words = ["the", "sea", ".", "of", "the"]
    assert list(spans(words)) == [(0, 2), (1, 2)]
    assert max(end - start for start, end in spans(["word"] * 40)) == LONGEST
    assert phrases(["a", "b"]) >= {"<", "a", "< a", "a b >", "< ~ b"}


def test_a_phrase_is_found_as_whole_words() -> None:
    request = "typing about pi, then pie"
    assert place_of(request, tokens_of(request), "pie") == (5, 6)
    assert place_of("sing of a song", tokens_of("sing of a song"), "ing") is None
    assert place_of("start on art", tokens_of("start on art"), "art") == (2, 3)
    assert place_of(request, tokens_of(request), None) is None
    assert [agreement(run, (2, 4)) for run in ((2, 4), (2, 5), (1, 3), (4, 5))] == [
        "read same", "read part", "read over", "read none",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("request_", "subject", "size"),
    [
        (
            "Could I have eight lines of verse on wet paint whose end says the opening again, last word first?",
            "wet paint",
            8,
        ),
        (
            "Verse please: our old dog. 5 lines. The bottom line is the top line's words going the other way.",
            "old dog",
            5,
        ),
        (
            "I need a lyric, 6 lines, for the topic of ferries, and it has to finish on its first line with all the "
            "words in backward order, spelling untouched.",
            "ferries",
            6,
        ),
    ],
)
def test_wordings_that_phrases_do_not_know(request_: str, subject: str, size: int) -> None:
    read = read_text_request(request_)
    assert read is not None
    assert Reversed() in read.constraints
    assert Count(unit="lines", least=size, most=size) in read.constraints
    assert read.subject is not None
    assert read.subject.endswith(subject)


def test_what_is_guessed_is_told_and_makes_no_reading_whole() -> None:
    model = Likeness(frozenset({"poem"}), {"read other": 5.0, "bias": 0.0}, {"L <": 1.0, NO_SUBJECT: -9.0})
    read = read_text_request("Zig zag poem in 6 lines.", model)
    assert read is not None
    assert Reversed() in read.constraints
    assert read.guessed[0] == "that the last line is the first one, its words turned around"
    assert "only its likeness to other requests says" in read.doubt
    assert not read.whole


def test_likeness_takes_nothing_away_and_leaves_other_bounds_alone() -> None:
    model = Likeness(frozenset(), {"read turned": -5.0, "read other": 5.0, "bias": 0.0}, {NO_SUBJECT: 9.0})
    request = "Write a poem of 6 lines about tea whose last line is its first line backwards."
    assert read_text_request(request, model) == read_by_phrases(request)
    same = read_text_request("Write a poem about love that begins and ends with the same line.", model)
    assert same is not None
    assert list(same.constraints) == [Same()]


def test_no_subject_is_invented() -> None:
    read = read_text_request("Write a poem of 6 lines whose last line is its first line in reverse order of words.")
    assert read is not None
    assert read.subject is None
    assert read.guessed == ()


def test_requests_without_a_phrase() -> None:
    request = 'Write 6 lines about the "sea".'
    assert without_phrases(request, counts=True, subject=False).split() == ["Write", "about", "the", '"sea".']
    assert without_phrases(request, counts=False, subject=True).split() == ["Write", "6", "lines", "."]
    assert without_phrases("No phrase here.", counts=True, subject=True) == "No phrase here."


def test_the_wordings_are_whole_and_the_weights_are_of_them() -> None:
    rows = wordings()
    assert len(subjects()) == len(set(subjects())) == 400
    assert all(row.text.count("{n}") == 1 and row.text.count("{s}") == 1 for row in rows if row.asked)
    assert len(rows) > 4_000
    model = likeness()
    draw = random.Random(5)
    asked = [filled(row, draw, subjects()) for row in rows[::40] if row.asked]
    found = [read_text_request(request.text) for request in asked]
    turned = [read is not None and Reversed() in read.constraints for read in found]
    assert sum(turned) >= 0.97 * len(turned)
    assert model.subject("", None) is None


def test_fitting_learns_what_the_rows_say() -> None:
    rows = [
        Wording(1, asked, text)
        for asked, text in (
            (True, "Rhyme {s} for me, {n} lines, zigzag style."),
            (False, "Rhyme {s} for me, {n} lines, plain style."),
        )
        for _ in range(8)
    ]
    model = fit(rows, ["the sea", "an old violin", "rain"])
    assert model.turned("Rhyme a kettle for me, 5 lines, zigzag style.", "other") > 0
    assert model.turned("Rhyme a kettle for me, 5 lines, plain style.", "other") < 0
    assert (model.subject("Rhyme a kettle for me, 5 lines, zigzag style.", None) or ("", 0))[0] == "a kettle"


@pytest.mark.parametrize("sign", ["§0§", "§9§", "|", "\u202e", "“", "🙂", "99999999999999999999", "{s}", "*"])
def test_signs_of_any_kind_break_no_reading(sign: str) -> None:
    for request in (
        f"Write a poem about {sign} whose last line is its first line in reverse word order, 6 lines.",
        f"Write a poem of {sign} lines about the sea that ends with its first line, last word first.",
        f'{sign}Poem, 6 lines, theme: "{sign}". First line backwards = last line.',
    ):
        read = read_text_request(request)
        assert read is None or read.constraints
