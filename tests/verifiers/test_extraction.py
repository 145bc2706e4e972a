"""Where texts say their answers: the marks, broken JSON, sentences, changes of mind, and hostile texts."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slowthink.verifiers.answer_fields import answer_fields, restore_commands
from slowthink.verifiers.answer_numbers import number_in
from slowthink.verifiers.answers import value_of
from slowthink.verifiers.extraction import extract_answer, extract_choice, extract_number

FENCED = '```json\n{\n "reasoning": "He has 3 + 4 = 7.",\n "answer": "%s"\n}\n```'


@pytest.mark.parametrize(
    ("field", "number"),
    [
        ("7", "7"),
        ("$1,234.50", "$1,234.50"),
        ("21 kilograms", "21"),
        ("$118 000", "$118000"),
        ("8-4", "4"),
        ("$(1.30*5 + 1.10*5)", "12"),
        ("(80 + 150) * 2 = 460", "460"),
        ("((6 * $5 * 0.10) + (10 * $15 * 0.08)).toFixed(2)", "15"),
        ("18 hours and 48 minutes", "1128"),
        ("4 blue boxes and 6 red boxes", "10"),
        ("{'blue': 4, 'red': 6}", "10"),
        ("In 4 weeks, she has spent 34 hours.", "34"),
        ("She has 4 blue and 6 red boxes left, for a total of 10 boxes.", "10"),
        ("It takes 7 more weeks to save a total of $60.", "7"),
        ("225 minutes or 3 hours 45 minutes", "225"),
        (r"\"$16\"", "$16"),
        ("twenty-seven", "27"),
        ("The total is 230 miles, but each train's part cannot be determined.", "230"),
        ("Cannot be determined", None),
        ("There is an error in the problem setup.", None),
    ],
)
def test_the_number_of_a_field(field: str, number: str | None) -> None:
    assert extract_number(FENCED % field) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ('{"reasoning": "3 + 4 = 7.\nSo "seven", he says.", "answer": "7"', "7"),
        ('{"answer": 12}', "12"),
        ("{'final_answer': '12 apples'}", "12"),
        (r'"{\"reasoning\": \"x\", \"answer\": \"134\"}"', "134"),
        ('{"answer": (15 + 45) / 150 * 100 + "%"}', "40"),
        ('{"answer": "9"}\n\nExplanation: 4 * 5 = 20, and 20 + 1 = 21. Therefore, it is 21.', "21"),
        ('{"answer": "9"}\n\nExplanation: 4 + 5 = 9, and that takes 2 days.', "9"),
        ('{"answer": "38"}\n\n2 * 17 + 1 = 35. The answer should be 35, not 38.', "35"),
        ('{"answer": "9"}\n\n## Question: There are 3 children and 5 dogs.\n{"answer": "8"}', "9"),
        ("The final answer is 35%, as there are 7 puppies out of a total of 20.", "35"),
        (r"so \boxed{255}. Final Answer: The final answer is $10,455$. I hope it is correct.", "$10,455"),
        (r"we get \boxed{3}, or \boxed{\frac{1}{2}}.", "3"),
        ("<think>maybe 5, the answer is 5</think>It is 6.", "6"),
        ("We divide $160 by 4, which equals $40.", "$40"),
        ("To find the total, we multiply: 5 * $2.", "10"),
    ],
)
def test_the_number_of_a_text(text: str, number: str | None) -> None:
    assert extract_number(text) == number


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (r"Thus $x-p=\boxed{2-2p}$.", "2-2p"),
        (r"\boxed{1} and \boxed{2}", "1, 2"),
        (r'{"answer": "\\frac{1}{2}"}', r"\frac{1}{2}"),
        ("The answer is $\\sqrt{2}$. I hope it is correct.", r"\sqrt{2}"),
        ("**Answer:** Yes", "Yes"),
        ("The solution is $x \\leq 5$", r"x \leq 5"),
        ("x = 5", "x = 5"),
        ("", None),
        ('{"answer": ""}', None),
        ("The greatest common divisor of $18$ and $24$ is 6", "6"),
        ("So $x = 3$ and the sum of $a$ and $b$ equals 12 dollars.", "12"),
        ("It is not 7 but $5$", "5"),
    ],
)
def test_the_words_of_an_answer(text: str, answer: str | None) -> None:
    assert extract_answer(text) == answer


@pytest.mark.parametrize(
    ("text", "letter"),
    [
        ("So the answer is (B).", "B"),
        ("(A) 5 (B) 6\nAnswer: C) 12 km", "C"),
        (r"\boxed{\text{D}}", "D"),
        ("I choose option E because of that.", "E"),
        ("**B**", "B"),
        ("A man went home.", None),
        ("It is 5.", None),
    ],
)
def test_the_choice(text: str, letter: str | None) -> None:
    assert extract_choice(text) == letter


def test_commands_that_a_decoder_took() -> None:
    assert restore_commands("-\x0crac{1}{6} + 2\times 3 \boxed{4}") == r"-\frac{1}{6} + 2\times 3 \boxed{4}"
    assert restore_commands("a\tb") == "a\tb"


@given(
    st.text(max_size=60).filter(
        lambda text: text.strip("\"'` \n\t,{}[]\\") == text and text.isprintable() and text and "\\" not in text
    )
)
def test_a_field_is_found_whole(value: str) -> None:
    import json

    fields = answer_fields(json.dumps({"reasoning": "so", "answer": value}, ensure_ascii=False))
    assert len(fields) >= 1
    assert fields[0].value == value.strip() or '"' in value


@given(st.integers(-(10**9), 10**9))
def test_numbers_come_back(number: int) -> None:
    for text in (
        f"#### {number}",
        f"The answer is {number}.",
        rf"\boxed{{{number}}}",
        f'{{"answer": {number}}}',
        str(number),
    ):
        assert value_of(extract_number(text)) == number
    assert value_of(number_in(f"{number} apples")) == number


PIECES = st.sampled_from(
    [
        *(
            '"answer": ',
            "answer is ",
            "\\boxed{",
            "}",
            "#### ",
            "####",
            "12",
            "1,000",
            " = ",
            "$",
            "\\(",
            "\\)",
            "\n",
            " not ",
            "½",
        ),
        *(
            "(",
            ")",
            "{",
            "[",
            "total of ",
            "and ",
            "'",
            '"',
            "`",
            "\\",
            "* ",
            "</think>",
            "\nQuestion:",
            "A",
            "is ",
            "3 + 4",
            "%",
            "-",
        ),
    ]
)


@given(st.lists(PIECES, max_size=60).map("".join) | st.text(max_size=300))
def test_no_text_raises(text: str) -> None:
    number = extract_number(text)
    assert number is None or any(character.isnumeric() for character in number)
    extract_answer(text)
    assert (extract_choice(text) or "A") in "ABCDEFGHIJ"


@pytest.mark.parametrize(
    "piece", ["answer: ", '"answer": "', "\\boxed{", "\\(", "(", "1,", "1 + ", "final answer is ", "`", "* ", "{"]
)
def test_no_text_is_slow(piece: str) -> None:
    for text in (piece * (30_000 // len(piece)), f'"answer": "{piece * (3_000 // len(piece))}"'):
        begin = time.process_time()
        extract_number(text)
        extract_answer(text)
        extract_choice(text)
        assert time.process_time() - begin < 5


def test_boxes_that_are_never_closed_cost_no_more_than_their_length() -> None:
    assert extract_answer(r"so \boxed{ 3 + 4 " * 3 + r"\boxed{\frac{1}{2}}") == r"\frac{1}{2}"
    long = r'{"reasoning": "so \boxed{ 3 + 4 ' * 2000
    begin = time.process_time()
    extract_answer(long)
    assert time.process_time() - begin < len(long) / 10_000 * 0.05
