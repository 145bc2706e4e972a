"""Plans against the words of questions: the one that is meant stands, those beside it do not."""

import pytest

from slowthink.verifiers.counting_plans import (
    Operation,
    Plan,
    figures,
    joint_spaces,
    loose_spaces,
    spaces,
    told,
    with_ends,
)
from slowthink.verifiers.plan_objections import kind_objection, objection, unknown_word
from slowthink.verifiers.plan_words import normal

THENS: tuple[Operation, ...] = ("count", "list", "sum", "product", "largest", "smallest", "mean")


def standing(question: str) -> set[str]:
    """Every plan, of those with one property or else of those with two, that nothing speaks against."""
    found = figures(question) or ()
    words = normal(question, found)
    atoms = [plan.kind for plan in loose_spaces(found)]
    for stage in (spaces(found), joint_spaces(found, atoms)):
        whole = [
            Plan(one.kind, one.bounds, then, one.nth, one.uses, one.places)
            for plan in stage
            if kind_objection(plan, words) is None
            for _, one in with_ends(plan)
            for then in ((one.then,) if one.then == "nth" else THENS)
        ]
        stands = {told(plan) for plan in whole if objection(plan, words) is None}
        if stands:
            return stands
    return set()


@pytest.mark.parametrize(
    ("question", "plan"),
    [
        ("How many primes lie between 30 and 80?", "prime numbers between 30 and 80; then: how many"),
        ("how many prmes lie betwen 30 and 80", "prime numbers between 30 and 80; then: how many"),
        ("Add up the odd numbers from 11 to 31 inclusive.", "odd numbers from 11 to 31; then: sum"),
        ("What is the biggest multiple of 13 smaller than 700?", "multiples of 13 below 700; then: largest"),
        ("Name the even numbers strictly between 10 and 50.", "even numbers strictly between 10 and 50; then: list"),
        ("What is the 15th cube?", "perfect cubes; then: number 15 in order"),
        ("How many of the two-digit numbers end in 3?", "numbers ending in 3 with 2 digits; then: how many"),
        (
            "How many numbers up to 90 are divisible by 4 but not by 6?",
            "numbers that are divisible by 4 and are not divisible by 6 up to 90; then: how many",
        ),
        (
            "Which primes from 10 to 99 end in 7?",
            "numbers that are prime and end in 7 from 10 to 99; then: list",
        ),
        (
            "How many numbers from 1 to 60 are neither prime nor even?",
            "numbers that are not prime and are not even from 1 to 60; then: how many",
        ),
    ],
)
def test_what_is_meant_stands(question: str, plan: str) -> None:
    stands = {text.replace("are even and are not prime", "x") for text in standing(question)}
    swapped = plan.replace("are not prime and are not even", "are not even and are not prime")
    assert stands & {plan, swapped}
    assert len(stands) <= 2


@pytest.mark.parametrize(
    "question",
    [
        "How many happy numbers are there below 100?",
        "How many numbers from 1 to 100 have the letter e in them?",
        "How many pairs of twin primes lie below 100?",
        "What is the sum of the squares of the numbers from 1 to 10?",
        "What is the sum of the digits of the primes below 30?",
        "How many primes from 1 to 50 are the sum of two squares?",
        "How many times does the digit 3 appear from 1 to 50?",
        "How many more primes than squares are there below 100?",
        "What is the second largest prime below 100?",
        "How many primes and squares are there below 100?",
        "How many primes are there?",
        "List the primes above 100.",
    ],
)
def test_what_no_plan_says_has_none(question: str) -> None:
    assert standing(question) == set()


def test_an_unknown_word_is_named() -> None:
    assert unknown_word("how many happy numbers below #0") == "happy"
    assert unknown_word("how many prime numbers below #0") is None
