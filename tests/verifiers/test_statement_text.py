import string

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from theories import theories

from slowthink.verifiers.statement_printer import print_theory, write
from slowthink.verifiers.statement_syntax import Mistake
from slowthink.verifiers.statement_text import parse, parse_statement
from slowthink.verifiers.statements import Choose, Operation, Theory

SHELF = """sort Book = red, green, blue
sort Day = mon < tue < wed
sort Place = 1..3
sort Bonus = 1000, 3000, 5000
sort Animal
predicate kind(Animal)
predicate rain
function place(Book): Place
constant Rex: Animal
constant n: real
fact apart: distinct(b: Book. place(b))
fact fact2: all x: Animal. kind(x) -> not (kind(Rex) and rain)
fact sums: sum(b: Book. place(b) * 2) / 3 - -1.5 >= abs(-n) + -(3)
fact chain: place(red) < place(green) and place(green) < place(blue)
option A: must count(b: Book. place(b) = 1) = 1
option B: need not position(tue) = 2
option C: list rain; kind(Rex)
option D: least count(b: Book. place(b) = 1) = 1
option E: greatest place(red) = 3
"""


def test_what_is_printed_reads_as_the_same_again() -> None:
    theory = parse(SHELF)
    assert print_theory(theory) == SHELF
    assert parse(print_theory(theory)) == theory


@given(theories())
def test_every_theory_reads_back(theory: Theory) -> None:
    assert parse(print_theory(theory)) == theory


@given(theories(is_open=True))
def test_every_theory_with_an_open_sort_reads_back(theory: Theory) -> None:
    assert parse(print_theory(theory)) == theory


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("a -> b -> c", "a -> (b -> c)"),
        ("a or b and c", "a or (b and c)"),
        ("not a and b", "(not a) and b"),
        ("not x = y", "not (x = y)"),
        ("a < b < c", "a < b and b < c"),
        ("a - b - c", "(a - b) - c"),
        ("a xor b or c", "a xor (b or c)"),
        ("all x: S. p(x) and q", "all x: S. (p(x) and q)"),
        ("a and all x: S. p(x) or q", "a and (all x: S. (p(x) or q))"),
        ("-a * b", "(-a) * b"),
        ("a == b", "a = b"),
    ],
)
def test_operators_bind_as_documented(text: str, same: str) -> None:
    assert parse_statement(text) == parse_statement(same)


def test_brackets_that_are_not_needed_are_not_printed() -> None:
    assert write(parse_statement("((a) and (b and c))")) == "a and (b and c)"
    assert write(parse_statement("(a -> (b))")) == "a -> b"


def test_a_statement_goes_on_while_a_bracket_is_open() -> None:
    theory = parse("predicate a\npredicate b\nfact (a\n  or b)  # a remark\nask b")
    assert isinstance(theory.premises[0].statement, Operation)
    assert isinstance(parse(SHELF).question, Choose)


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("fact", 4, "expected a formula"),
        ("sort A = 1..", 12, "expected an element"),
        ("sort A\npredicate p(A)\nconstant c: A\nfact p(d)", 43, "'d' is not declared"),
        ("predicate a\nfact a +", 20, "expected a formula"),
        ("predicate a\nfact a a", 19, "expected the end"),
        ("predicate a\nfact (a", 19, "expected ')'"),
        ("predicate a\nfact a ~ b", 19, "expected the end"),
        ("sort A\nfact all x: A. x", 22, "expected a statement"),
        ("sort A = 1..3\nfunction f(A): A\nfact f(4) = 1", 38, "expected an element of 'A'"),
        ("foo", 0, "expected one of"),
        ("predicate a\npredicate a", 22, "expected a new name"),
        ("predicate a\nask a\nask a", 18, "one question"),
        ("sort A = x, x", 12, "expected a new name"),
        ("constant c: B", 9, "there is none"),
        ("constant n: int\nfact n / 0 = 1", 25, "other than 0"),
    ],
)
def test_a_mistake_says_where_it_is(text: str, position: int, message: str) -> None:
    with pytest.raises(Mistake, match=message.replace("(", r"\(").replace(")", r"\)")) as caught:
        parse(text)
    assert caught.value.position == position


def test_depth_and_size_are_bounded() -> None:
    for text in ("fact " + "(" * 10_000, "fact " + "not " * 10_000 + "a", "fact " + "a -> " * 10_000 + "a"):
        with pytest.raises(Mistake, match="at most"):
            parse("predicate a\n" + text)
    with pytest.raises(Mistake):
        parse("sort N = 1..1000000")


@given(st.text(st.sampled_from(string.printable + "¬∧→∀é\u2028\x85'\""), max_size=60))
def test_any_text_is_read_or_has_a_mistake_with_a_place(text: str) -> None:
    try:
        parse(text)
    except Mistake as error:
        assert 0 <= error.position <= len(text)  # noqa: PT017


@given(st.data())
def test_a_mutated_text_is_read_or_has_a_mistake_with_a_place(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(SHELF) - 1))
    length = data.draw(st.integers(0, 6))
    put = data.draw(st.text(st.sampled_from("abcxyz(),.:<>=-+*/ \n#01"), max_size=4))
    text = SHELF[:at] + put + SHELF[at + length :]
    assume(text != SHELF)
    try:
        theory = parse(text)
    except Mistake as error:
        assert 0 <= error.position <= len(text)  # noqa: PT017
    else:
        assert parse(print_theory(theory)) == theory
