"""Addressed random draws: Philox4x32-10 keyed by (seed, replication; resident, decision, period, index).

Nothing else in the package creates randomness.  A draw is a pure function of its address, so that arms share their
luck person by person, one more resident changes nobody else's history, and results are the same bytes for any engine,
order, chunk and number of workers.

Source of the generator: Salmon, Moraes, Dror & Shaw, Parallel random numbers: as easy as 1, 2, 3 (SC'11).  The
known-answer vectors published with Random123 are a test.  Arithmetic is int64 with masks, so that plain Python and
compiled code do the same.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from sim.core.rules import rule

MASK32 = 0xFFFFFFFF
MULTIPLIER_A = 0xD2511F53
MULTIPLIER_B = 0xCD9E8D57
WEYL_A = 0x9E3779B9
WEYL_B = 0xBB67AE85


class Key(NamedTuple):
    """The key of one run's luck."""

    seed: int
    """0 .. 2**32 - 1"""
    replication: int
    """0 .. 2**32 - 1"""


# Decisions: what a draw decides.  A number once used is never given another meaning.
HOUSEHOLD = 1
PERSON = 2
VILLAGE_PLACE = 3
YEAR_LIFE = 10
YEAR_CHRONIC = 11
YEAR_CONTRACT = 12
YEAR_COMMON = 13
YEAR_HEALTH = 14
MONTH_NEEDS = 20
NEED_TIME = 21
CHOICE = 30
VISIT = 31
STAY = 32
STAY_COST = 33


@rule
def philox4x32(c0: int, c1: int, c2: int, c3: int, k0: int, k1: int) -> tuple[int, int, int, int]:
    """Ten rounds of Philox4x32: 128 bits of counter and 64 of key to four 32-bit words.

    >>> [hex(word) for word in philox4x32(0, 0, 0, 0, 0, 0)]
    ['0x6627e8d5', '0xe169c58d', '0xbc57ac4c', '0x9b00dbd8']
    """
    for _ in range(10):
        product_a = c0 * MULTIPLIER_A
        product_b = c2 * MULTIPLIER_B
        high_a = (product_a >> 32) & MASK32
        high_b = (product_b >> 32) & MASK32
        c0 = high_b ^ c1 ^ k0
        c1 = product_b & MASK32
        c2 = high_a ^ c3 ^ k1
        c3 = product_a & MASK32
        k0 = (k0 + WEYL_A) & MASK32
        k1 = (k1 + WEYL_B) & MASK32
    return c0, c1, c2, c3


@rule
def words(key: Key, who: int, decision: int, period: int, index: int) -> tuple[int, int, int, int]:
    """Four random 32-bit words at an address.

    Args:
        who: stable identity of a person, household or village (0 .. 2**63 - 1), never a row number.
        decision: one of the constants of this module (0 .. 255).
        period: month or year number (0 .. 2**32 - 1).
        index: which one of several (0 .. 2**24 - 1).
    """
    return philox4x32(who & MASK32, (who >> 32) & MASK32, period, (decision << 24) | index, key.seed, key.replication)


@rule
def unit(word: int) -> float:
    """A word as a uniform number strictly between 0 and 1 (the middle of one of 2**32 cells)."""
    return (word + 0.5) * (1.0 / 4294967296.0)


@rule
def unit53(high: int, low: int) -> float:
    """Two words as a uniform number in [0, 1) with 53 bits, for times: ties are practically impossible."""
    return ((high >> 5) * 67108864.0 + (low >> 6)) * (1.0 / 9007199254740992.0)


@rule
def exponential(u: float) -> float:
    """Standard exponential by inversion."""
    return -math.log(u)


@rule
def normal(u: float) -> float:
    """Standard normal by inversion: algorithm AS 241 (PPND16) of Wichura, Applied Statistics 37 (1988), about 1e-16.

    Rises with ``u``, so arms that share a draw share its rank.

    >>> round(normal(0.975), 12), normal(0.5)
    (1.95996398454, 0.0)
    """
    q = u - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        return (
            q
            * (((((((2509.0809287301226727 * r + 33430.575583588128105) * r + 67265.770927008700853) * r
                + 45921.953931549871457) * r + 13731.693765509461125) * r + 1971.5909503065514427) * r
                + 133.14166789178437745) * r + 3.387132872796366608)
            / (((((((5226.495278852854561 * r + 28729.085735721942674) * r + 39307.89580009271061) * r
                + 21213.794301586595867) * r + 5394.1960214247511077) * r + 687.1870074920579083) * r
                + 42.313330701600911252) * r + 1.0)
        )  # fmt: skip
    r = math.sqrt(-math.log(u if q < 0.0 else 1.0 - u))
    if r <= 5.0:
        r -= 1.6
        value = (
            (((((((7.7454501427834140764e-4 * r + 0.0227238449892691845833) * r + 0.24178072517745061177) * r
            + 1.27045825245236838258) * r + 3.64784832476320460504) * r + 5.7694972214606914055) * r
            + 4.6303378461565452959) * r + 1.42343711074968357734)
            / (((((((1.05075007164441684324e-9 * r + 5.475938084995344946e-4) * r + 0.0151986665636164571966) * r
            + 0.14810397642748007459) * r + 0.68976733498510000455) * r + 1.6763848301838038494) * r
            + 2.05319162663775882187) * r + 1.0)
        )  # fmt: skip
    else:
        r -= 5.0
        value = (
            (((((((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r + 0.0012426609473880784386) * r
            + 0.026532189526576123093) * r + 0.29656057182850489123) * r + 1.7848265399172913358) * r
            + 5.4637849111641143699) * r + 6.6579046435011037772)
            / (((((((2.04426310338993978564e-15 * r + 1.4215117583164458887e-7) * r + 1.8463183175100546818e-5) * r
            + 7.868691311456132591e-4) * r + 0.0148753612908506148525) * r + 0.13692988092273580531) * r
            + 0.59983220655588793769) * r + 1.0)
        )  # fmt: skip
    return -value if q < 0.0 else value


@rule
def poisson(u: float, mean: float, p_zero: float) -> int:
    """Poisson count by inversion, given exp(-mean): grows with ``u`` and with ``mean``, so that luck is shared
    monotonely between arms.  Meant for small means (a person's month); capped at 30.
    """
    if u < p_zero:
        return 0
    count = 0
    probability = p_zero
    cumulative = p_zero
    while u >= cumulative and count < 30:
        count += 1
        probability *= mean / count
        cumulative += probability
    return count


@rule
def gamma(key: Key, who: int, decision: int, period: int, shape: float) -> float:
    """Gamma(shape, scale 1) by Marsaglia & Tsang (ACM TOMS 2000); indices 64.. of the address are its attempts."""
    boosted = shape + 1.0 if shape < 1.0 else shape
    d = boosted - 1.0 / 3.0
    c = 1.0 / math.sqrt(9.0 * d)
    result = d
    for attempt in range(64, 128):
        w0, w1, w2, _ = words(key, who, decision, period, attempt)
        x = normal(unit(w0))
        v = 1.0 + c * x
        if v > 0.0:
            v = v * v * v
            if math.log(unit(w1)) < 0.5 * x * x + d - d * v + d * math.log(v):
                result = d * v
                if shape < 1.0:
                    result *= math.exp(math.log(unit(w2)) / shape)
                break
    return result
