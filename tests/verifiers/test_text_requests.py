"""Requests for texts: phrases that are read, phrases that are left over, and requests that are not read at all."""

import pytest

from slowthink import Message, Problem
from slowthink.verifiers.constraints import (
    Acrostic,
    Constraint,
    Count,
    Ends,
    Forbidden,
    Line,
    Required,
    Reversed,
    Rhyme,
    Same,
)
from slowthink.verifiers.text_requests import asked_of, read_text_request


def of_lines(count: int) -> Count:
    return Count(unit="lines", least=count, most=count)


READ: list[tuple[str, str | None, list[Constraint]]] = [
    (
        "Write a poem of eight lines about the sea whose last line is its first line in reverse order of words",
        "the sea",
        [of_lines(8), Reversed()],
    ),
    (
        "Please compose a 6-line poem on the subject of autumn. The final line must be the opening line with its words "
        "in reverse order.",
        "autumn",
        [of_lines(6), Reversed()],
    ),
    (
        "Can you write a poem about the sea where the last line is the first line backwards, word by word?",
        "the sea",
        [Reversed()],
    ),
    (
        "Poem, ten lines, theme: friendship. First line read backwards (word for word) = last line.",
        "friendship",
        [of_lines(10), Reversed()],
    ),
    (
        "I'd like a short poem about rain, 8 lines, that ends with its first line in reverse word order.",
        "rain",
        [of_lines(8), Reversed()],
    ),
    (
        "Let rain on the roof be the subject of a poem of 4 lines that ends with its first line in reverse word order.",
        "rain on the roof",
        [of_lines(4), Reversed()],
    ),
    (
        "Take the first line, reverse its word order, and make that the last line: write such a poem about trains in "
        "seven lines.",
        "trains",
        [of_lines(7), Reversed()],
    ),
    ("Write four lines whose first letters spell HOPE.", None, [Acrostic(word="HOPE"), of_lines(4)]),
    ("Write an acrostic poem on the word HOPE about winter.", "winter", [Acrostic(word="HOPE")]),
    (
        'Write a six-line poem about the moon that ends with the line "And nobody came home."',
        "the moon",
        [Line(text="And nobody came home."), of_lines(6)],
    ),
    ('Write a poem about love that ends with "for ever".', "love", [Ends(text="for ever")]),
    (
        'Write a poem about rivers containing the words "lantern", "salt" and "winter" and without the word "water".',
        "rivers",
        [Forbidden(words=("water",)), Required(words=("lantern", "salt", "winter"))],
    ),
    ("Write a poem about love that begins and ends with the same line.", "love", [Same()]),
    ("Write a four-line poem about cats with the rhyme scheme ABAB.", "cats", [Rhyme(scheme="ABAB"), of_lines(4)]),
]


@pytest.mark.parametrize(("request_", "subject", "constraints"), READ)
def test_whole_requests_are_read(request_: str, subject: str | None, constraints: list[Constraint]) -> None:
    found = read_text_request(request_)
    assert found is not None
    assert (found.subject, list(found.constraints), found.left) == (subject, constraints, "")
    assert found.whole is (subject is None)


@pytest.mark.parametrize(
    "request_",
    [
        "Write a poem about war.",
        "Write a poem about dogs whose last line is its first line reversed letter by letter.",
        "Write a poem about a lost key. The last line should not be the first line reversed.",
        "Write a Python program whose last line is its first line reversed",
        "Which poem ends with its first line reversed?",
        "I wrote a poem of 6 lines about tea whose last line is its first line reversed, do you like it?",
        "My brother wrote a poem of 6 lines with its first line reversed at the end, and nobody noticed.",
        "Everybody told me that my poem of 6 lines was nice, with its first line reversed as the last one.",
        "Who made that poem of 6 lines whose last line is its first line reversed?",
        "What is 7 * 8?",
        "",
    ],
)
def test_what_says_nothing_that_is_checked_is_not_read(request_: str) -> None:
    assert read_text_request(request_) is None


@pytest.mark.parametrize(
    ("request_", "left"),
    [
        ("Write a melancholic poem of six lines about tea.", "melancholic"),
        ("Write a poem of six lines about tea in which every line has five syllables.", "every line five syllables"),
        ("Write six lines about tea whose second line is its first line reversed.", "second line first line reversed"),
    ],
)
def test_what_is_not_known_is_left_over(request_: str, left: str) -> None:
    found = read_text_request(request_)
    assert found is not None
    assert (found.constraints, found.left, found.whole) == ((of_lines(6),), left, False)
    assert left in found.doubt


def test_a_conversation_is_not_read_but_its_data_are() -> None:
    turns = (
        Message(role="user", content="Hello"),
        Message(role="assistant", content="Hello"),
        Message(role="user", content="Write two lines about tea."),
    )
    assert asked_of(Problem(messages=turns)) is None
    carried = asked_of(Problem(messages=turns, constraints={"text": [{"kind": "acrostic", "word": "NO"}]}))
    assert carried is not None
    assert carried.constraints == (Acrostic(word="NO"),)
    assert not carried.whole


@pytest.mark.parametrize(
    "request_",
    [
        "Take the sea as your theme and give me 6 lines of verse; finish with the first line's words in mirror order.",
        "hey do me a poem about the sea, 6 lines, and the final line should just be line one with the words back to "
        "front",
        "A poem of 6 lines about the sea please. Reverse the words of the opening line, then use that to end it.",
        "We have to write 6 lines of poetry on the sea so that the last line, read right to left, is the first line.",
        "I'd like a 6-line poem about the sea where the last line is the first line from end to start, "
        "word by word (don't reverse the letters).",
        "6 lines, the sea as the subject, last line = first line backwards",
        "What would 6 lines of verse about the sea sound like if their last line were the first one with its word "
        "order inverted?",
        "I can't write. Could there be 6 lines that deal with the sea, and for the ending the first line again, going "
        "from its last word back to its first word?",
        "A poem, subject the sea. Whatever you begin with, close with it in word-reversed form. It has 6 lines.",
        "Turn the sea into a poem of 6 lines that ends by giving the opening line's words in inverse order.",
        "Start with a line of verse about the sea and finish at line 6 with the starting line's words in reverse.",
        "A poem of 6 lines on the sea: at the end say the first line again, starting with its last word and finishing "
        "with its first one.",
        "Which way I try, it fails. Give me a poem on the sea: 6 lines, and the final one is the opening line, last "
        "word first.",
    ],
)
def test_a_turned_line_is_read_with_other_words_in_between(request_: str) -> None:
    read = read_text_request(request_)
    assert read is not None
    assert {"count", "reversed"} == {one.kind for one in read.constraints}
    assert read.subject == "the sea"


@pytest.mark.parametrize(
    "request_",
    [
        "Write a 6-line poem about love whose last line has the opposite meaning of the first line.",
        "Write a poem of 6 lines about the sea where the last line is the first line with its letters reversed.",
        "Write a 4-line poem about rain. The last line should not be the reverse of the first line.",
        "Write a 6-line poem about war. The second line is the first line backwards; end with a question.",
        "Write a poem of 10 lines that reads the same backwards line by line, the last line being the first.",
        "Write a poem in 6 lines about the sea; the last line reverses the mood of the first line.",
        "Write a poem about driving, 4 lines: begin in first gear, end in reverse.",
        "Write a poem of 6 lines about tea. The last line is like the first. Do not make it the reverse of it.",
        "Write a poem of 6 lines on a film that runs backwards, with the word light in both its first and last line.",
        "Write a poem of 6 lines about rain. Reverse the words in this sentence, the first and last line: ho ho.",
        "Write a 5-line poem about a broken mirror. Begin with a question and end with an answer.",
    ],
)
def test_another_turning_is_not_one_of_words(request_: str) -> None:
    read = read_text_request(request_)
    assert read is not None
    assert "reversed" not in {one.kind for one in read.constraints}
