"""Elliptic curves modulo n whose number of points is known beforehand: complex multiplication.

The idea (Atkin and Morain 1993): where 4 n = u^2 + d v^2, the curves of the discriminant -d have n + 1 - u or
n + 1 + u points if n is prime. Here d has class number one or two, so that the j-invariant is an integer or the
root of a quadratic. Nothing here proves anything: what comes out is data that `prime_proofs.py` checks.
"""

from __future__ import annotations

from math import gcd, isqrt
from typing import Final

from slowthink.verifiers.factors import Work

# d and the j-invariant of its curve (Cohen 1993, section 7.2).
_ONE: Final = {
    3: 0, 4: 1728, 7: -3375, 8: 8000, 11: -32768, 19: -884736, 43: -884736000, 67: -147197952000,
    163: -262537412640768000,
}  # fmt: skip
# d, and sum and product of the two j-invariants.
_TWO: Final = {
    15: (-191025, -121287375),
    20: (1264000, -681472000),
    24: (4834944, 14670139392),
    35: (-117964800, -134217728000),
    40: (425692800, 9103145472000),
    51: (-5541101568, 6262062317568),
    52: (6896880000, -567663552000000),
    88: (6294842640000, 15798135578688000000),
    91: (-10359073013760, -3845689020776448),
    115: (-427864611225600, 130231327260672000),
    123: (-1354146840576000, 148809594175488000000),
    148: (39660183801072000, -7898242515936467904000000),
    187: (-4545336381788160000, -3845689020776448000000),
    232: (604729957849891344000, 14871070713157137145512000000000),
    235: (-823177419449425920000, 11946621170462723407872000),
    267: (-19683091854079488000000, 531429662672621376897024000000),
    403: (-2452811389229331391979520000, -108844203402491055833088000000),
    427: (-15611455512523783919812608000, 155041756222618916546936832000000),
}
DISCRIMINANTS: Final = (*_ONE, *_TWO)
TRIES: Final = 40
"""How many curves and points are tried for one number of points."""


def orders(n: int, discriminant: int, work: Work) -> list[int]:
    """The numbers of points that curves of the discriminant can have modulo n, if n is prime."""
    found = _norm(n, discriminant, work)
    if found is None:
        return []
    u, v = found
    traces = [u]
    if discriminant == 4:
        traces = [u, 2 * v]
    elif discriminant == 3:
        traces = [u, (u + 3 * v) // 2, (u - 3 * v) // 2]
    return [n + 1 + sign * trace for trace in traces for sign in (1, -1)]


def _norm(n: int, d: int, work: Work) -> tuple[int, int] | None:
    """u and v with u^2 + d v^2 = 4 n (Cornacchia's algorithm, Cohen 1993, 1.5.3); None when there are none."""
    work.spend(10)
    if jacobi(-d % n, n) != 1:
        return None
    root = _square_root(-d % n, n, work)
    if root is None:
        return None
    if (root - d) % 2:
        root = n - root
    a, b, bound = 2 * n, root, isqrt(4 * n)
    while b > bound:
        a, b = b, a % b
    rest, remainder = divmod(4 * n - b * b, d)
    v = isqrt(rest)
    return (b, v) if remainder == 0 and v * v == rest else None


def jacobi(a: int, n: int) -> int:
    """The Jacobi symbol for odd n > 0."""
    sign = 1
    a %= n
    while a:
        while a % 2 == 0:
            a //= 2
            if n % 8 in (3, 5):
                sign = -sign
        a, n = n, a
        if a % 4 == n % 4 == 3:
            sign = -sign
        a %= n
    return sign if n == 1 else 0


def _square_root(a: int, p: int, work: Work) -> int | None:
    """A square root of a modulo p (Tonelli and Shanks); None when p turns out not to be prime."""
    work.spend(p.bit_length() // 4)
    if p % 4 == 3:
        root = pow(a, (p + 1) // 4, p)
        return root if root * root % p == a else None
    odd = p - 1
    twos = (odd & -odd).bit_length() - 1
    odd >>= twos
    other = next((z for z in range(2, 200) if jacobi(z, p) == -1), None)
    if other is None:
        return None
    c, root, t, m = pow(other, odd, p), pow(a, (odd + 1) // 2, p), pow(a, odd, p), twos
    while t != 1:
        work.spend(5)
        i, square = 0, t
        while square != 1 and i < m:
            square = square * square % p
            i += 1
        if i in (0, m):
            return None
        b = pow(c, 1 << (m - i - 1), p)
        root, c, m = root * b % p, b * b % p, i
        t = t * c % p
    return root


def curve_with(n: int, discriminant: int, count: int, q: int, work: Work) -> dict[str, int] | None:
    """A curve with `count` points modulo n and a point on it whose multiple by count / q has order q."""
    failed = 0
    j = _invariant(n, discriminant, work)
    if j is None:
        return None
    for x in range(1, TRIES):
        made = _curve_through(n, discriminant, j, x)
        if made is None:
            return None
        a, b, px, py, twist = made
        if twist and twist == failed:
            continue
        if b == a == 0 or gcd(4 * a**3 + 27 * b * b, n) != 1:
            continue
        work.spend(n.bit_length() * 3)
        multiple = _times(count // q, (px, py, 1), a, n)
        if gcd(multiple[2], n) != 1:
            continue
        work.spend(n.bit_length() * 3)
        if _times(q, multiple, a, n)[2] == 0:
            return {"a": a, "b": b, "x": px, "y": py}
        failed = failed or twist
    return None


def _invariant(n: int, discriminant: int, work: Work) -> int | None:
    """The j-invariant modulo n."""
    if discriminant in _ONE:
        return _ONE[discriminant] % n
    total, product = _TWO[discriminant]
    under = (total * total - 4 * product) % n
    root = _square_root(under, n, work) if jacobi(under, n) == 1 else None
    return None if root is None else (total + root) * ((n + 1) // 2) % n


def _curve_through(n: int, discriminant: int, j: int, x: int) -> tuple[int, int, int, int, int] | None:
    """a, b and a point of y^2 = x^3 + a x + b of the discriminant; all twists come up as x runs.

    The last number tells the two twists of a curve apart, where there are only two.
    """
    if discriminant == 3:
        return 0, (x * x - 1) % n, 1, x, 0
    if discriminant == 4:
        return (x * x - 1) % n, 0, 1, x, 0
    if gcd(1728 - j, n) != 1:
        return None
    k = j * pow(1728 - j, -1, n) % n
    # t y^2 = x^3 + 3 k x + 2 k has the point (x, 1); scaled by t it is a curve in short form
    t = (x**3 + 3 * k * x + 2 * k) % n
    return 3 * k * t * t % n, 2 * k * t**3 % n, x * t % n, t * t % n, jacobi(t, n)


Point = tuple[int, int, int]


def _times(k: int, point: Point, a: int, n: int) -> Point:
    """The multiple of a point in Jacobian coordinates; the third one is 0 at infinity."""
    result = point
    for bit in bin(k)[3:]:
        result = _doubled(result, a, n)
        if bit == "1":
            result = _added(result, point, a, n)
    return result


def _doubled(point: Point, a: int, n: int) -> Point:
    x, y, z = point
    y2 = y * y % n
    s = 4 * x * y2 % n
    z2 = z * z % n
    m = (3 * x * x + a * z2 * z2) % n
    x3 = (m * m - 2 * s) % n
    return x3, (m * (s - x3) - 8 * y2 * y2) % n, 2 * y * z % n


def _added(first: Point, second: Point, a: int, n: int) -> Point:
    x1, y1, z1 = first
    x2, y2, z2 = second
    if z1 == 0:
        return second
    if z2 == 0:
        return first
    z1z1, z2z2 = z1 * z1 % n, z2 * z2 % n
    u1, u2 = x1 * z2z2 % n, x2 * z1z1 % n
    s1, s2 = y1 * z2 * z2z2 % n, y2 * z1 * z1z1 % n
    if u1 == u2:
        return _doubled(first, a, n) if s1 == s2 else (1, 1, 0)
    h, r = (u2 - u1) % n, (s2 - s1) % n
    h2 = h * h % n
    h3 = h * h2 % n
    v = u1 * h2 % n
    x3 = (r * r - h3 - 2 * v) % n
    return x3, (r * (v - x3) - s1 * h3) % n, h * z1 * z2 % n
