"""The vocabulary of one-line programs about whole numbers, and the programs themselves: plain Python for the sandbox.

A program of the model is one call, such as `sum(multiple_of(7), below(100))`. What its names mean stands in front of
it, in Python that shares nothing with the verifiers. A bound whose ends the question leaves open counts them.
"""

from __future__ import annotations

from typing import Final

from slowthink.strategies.plan_wordings import THEN_CODE, in_code
from slowthink.verifiers.counting_plans import WORDINGS, Plan

SPAN: Final = 20_000
"""Programs look at no more numbers: the sandbox has seconds."""
VOCABULARY: Final = """
def prime(n):
    d = 2
    while d * d <= n:
        if n % d == 0:
            return False
        d += 1
    return n > 1
def composite(n): return n > 3 and not prime(n)
def even(n): return n % 2 == 0
def odd(n): return n % 2 == 1
def root_of(n, k):
    r = 1
    while (r + 1) ** k <= n:
        r += 1
    return r
def perfect_square(n): return n > 0 and root_of(n, 2) ** 2 == n
def perfect_cube(n): return n > 0 and root_of(n, 3) ** 3 == n
def perfect_power(n):
    k = 2
    while 2 ** k <= n:
        if root_of(n, k) ** k == n:
            return True
        k += 1
    return n == 1
def palindrome(n):
    left, turned = n, 0
    while left:
        turned = 10 * turned + left % 10
        left = left // 10
    return turned == n
def semiprime(n):
    left, count, d = n, 0, 2
    while d * d <= left:
        while left % d == 0:
            left = left // d
            count += 1
        d += 1
    return n > 3 and count + (1 if left > 1 else 0) == 2
def triangular(n):
    step = 0
    while n > 0:
        step += 1
        n = n - step
        if n == 0:
            return True
    return False
def fibonacci(n):
    a, b = 0, 1
    while b < n:
        a, b = b, a + b
    return b == n
def square_free(n):
    d = 2
    while d * d <= n:
        if n % (d * d) == 0:
            return False
        d += 1
    return n > 0
def divisors(n):
    found = []
    d = 1
    while d <= n:
        if n % d == 0:
            found.append(d)
        d += 1
    return found
def perfect_number(n): return n > 1 and total(divisors(n)) == 2 * n
def factorial(n):
    d = 1
    while n > 1 and n % (d + 1) == 0:
        d += 1
        n = n // d
    return n == 1
def whole_number(n): return True
def multiple_of(k): return lambda n: k > 0 and n % k == 0
def divisor_of(k): return lambda n: n > 0 and k % n == 0
def power_of(k):
    def test(n):
        while k > 1 and n > 1 and n % k == 0:
            n = n // k
        return n == 1
    return test
def ends_in(d): return lambda n: str(n)[-len(str(d)):] == str(d)
def starts_with(d): return lambda n: str(n)[:len(str(d))] == str(d)
def contains_digit(d): return lambda n: str(d) in str(n)
def digits_add_up_to(s): return lambda n: total([int(c) for c in str(n)]) == s
def common(a, b):
    while b:
        a, b = b, a % b
    return a
def coprime_to(k): return lambda n: common(n, k) == 1
def number_of_divisors(k): return lambda n: n > 0 and len(divisors(n)) == k
def divided_by(m): return m
def leaves_remainder(r, m): return lambda n: m > 0 and n % m == r
def both(*tests): return lambda n: len([t for t in tests if t(n)]) == len(tests)
def either(*tests): return lambda n: len([t for t in tests if t(n)]) > 0
def neither(*tests): return lambda n: len([t for t in tests if t(n)]) == 0
def one_but_not_both(a, b): return lambda n: a(n) != b(n)
def but_not(a, b): return lambda n: a(n) and not b(n)
def is_not(a): return lambda n: not a(n)
def between(a, b): return [a, b, 0]
def from_to(a, b): return [a, b, 0]
def between_inclusive(a, b): return [a, b, 0]
def from_through(a, b): return [a, b, 0]
def at_least_and_at_most(a, b): return [a, b, 0]
def strictly_between(a, b): return [a + 1, b - 1, 0]
def between_exclusive(a, b): return [a + 1, b - 1, 0]
def greater_and_less_than(a, b): return [a + 1, b - 1, 0]
def greater_than_and_at_most(a, b): return [a + 1, b, 0]
def at_least_and_less_than(a, b): return [a, b - 1, 0]
def from_up_to_not_including(a, b): return [a, b - 1, 0]
def below(a): return [1, a - 1, 0]
less_than = under = smaller_than = below
def up_to(a): return [1, a, 0]
at_most = not_greater_than = not_exceeding = first_numbers = up_to
def above(a): return [a + 1, a + SPAN, 1]
greater_than = over = after = above
def at_least(a): return [a, a + SPAN, 1]
not_less_than = at_least
def with_digits(k): return [10 ** (k - 1), 10 ** k - 1, 0]
def first_of_them(k): return [1, SPAN, k]
all_numbers = [1, SPAN, 0]
def members(test, where, most):
    found, n = [], where[0]
    while n <= where[1] and (most == 0 or len(found) < most):
        if test(n):
            found.append(n)
        n += 1
    if most == where[2] and where[2] > 1 and len(found) < most:
        raise ValueError("too few")
    return found
def total(numbers):
    result = 0
    for n in numbers:
        result += n
    return result
def how_many(test, where): return len(members(test, where, where[2]))
def list_all(test, where): return members(test, where, where[2])
def sum(test, where): return total(members(test, where, where[2]))
def product(test, where):
    result = 1
    for n in members(test, where, where[2]):
        result *= n
    return result
def largest(test, where): return members(test, where, where[2])[-1]
def smallest(test, where): return members(test, where, 1)[0]
def average(test, where):
    found = members(test, where, where[2])
    return str(total(found)) + "/" + str(len(found))
def nth(k, test, where): return members(test, where, k)[k - 1]
"""


def program_of(plan: Plan) -> str:
    """The one line that a plan is, in the vocabulary's first names."""
    wording = next(
        w
        for w in WORDINGS
        if (w.form, w.low_in, w.high_in) == (plan.bounds.form, plan.bounds.low_in, plan.bounds.high_in)
    )
    call = f"nth({plan.nth}, " if plan.then == "nth" else THEN_CODE[plan.then] + "("
    return f"answer = {call}{in_code(plan, (wording,))[0]})"


def whole_program(line: str) -> str:
    """A line with what its names mean in front of it."""
    return VOCABULARY.replace("SPAN", str(SPAN)) + line
