"""Money and shares as integers, so that sums are exact.

Money is integer fen (1 yuan = 100 fen).  A share or ratio that multiplies money is an integer number of
parts per million (ppm).  Rounding happens once, where a rule creates money: half up, to the fen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Money = Ints

FEN_PER_YUAN = 100
PPM = 1_000_000
MOST_MONEY = 10**15
"""Fen that the amounts of one file may sum to: 10 trillion yuan, more than a year of care in all of China."""
MOST_COUNT = 10**10
"""Cases, or days, that one file may sum to: more than a year of care in all of China."""
COUNTABLE = 2**62
"""Sums and products stay below this, so that two of them can still be added in 64 bits."""


def fen(yuan: float) -> int:
    """Convert yuan, as people write them, to integer fen (half up).

    >>> fen(12.345), fen(100)
    (1235, 10000)
    """
    return int(np.floor(round(yuan * FEN_PER_YUAN, 6) + 0.5))


def yuan(amount: float) -> float:
    """Convert fen to yuan for people to read.

    >>> yuan(1234)
    12.34
    """
    return amount / FEN_PER_YUAN


def yuan_text(amount: int) -> str:
    """Fen as yuan with two decimals, without passing through binary fractions.

    >>> yuan_text(-5), yuan_text(123456)
    ('-0.05', '1234.56')
    """
    sign, size = ("-", -amount) if amount < 0 else ("", amount)
    return f"{sign}{size // 100}.{size % 100:02d}"


def ppm(share: float) -> int:
    """Convert a share such as 0.65 to integer parts per million.

    >>> ppm(0.65)
    650000
    """
    return round(share * PPM)


def part(amount: int, share_ppm: int) -> int:
    """``share_ppm`` millionths of ``amount`` fen, rounded half up to the fen; exact while the result is countable.

    Rules may call it: `sim.core.rules` has it compiled with them.

    >>> part(250, 10_000)  # 1 % of 2.50 yuan is 2.5 fen
    3
    >>> part(19_080_000_000_000, 1_000_000)  # the product has more than 64 bits
    19080000000000
    """
    return amount // PPM * share_ppm + (amount % PPM * share_ppm + PPM // 2) // PPM


def rounded(numerator: int, denominator: int) -> int:
    """numerator / denominator rounded half up, exact; 0 if the denominator is 0."""
    return (2 * numerator + denominator) // (2 * denominator) if denominator else 0


def parts(amounts: Money, share_ppm: int | Money) -> Money:
    """Array form of `part`.

    Raises:
        OverflowError: if the parts, or their sum, are not countable.
    """
    if largest(amounts) * largest(share_ppm) < COUNTABLE:
        return (amounts * share_ppm + PPM // 2) // PPM
    quotient, rest = np.divmod(amounts, PPM)
    return product(quotient, share_ppm) + (product(rest, share_ppm) + PPM // 2) // PPM


def largest(numbers: Any) -> int:
    """The largest absolute value; 0 of none.

    >>> largest(np.array([3, -7])), largest(-2)
    (7, 2)
    """
    array = np.asarray(numbers)
    return max(int(array.max()), -int(array.min())) if array.size else 0


def product(left: Any, right: Any) -> Money:
    """``left`` x ``right``, element by element.

    Raises:
        OverflowError: if the sum of their sizes is not countable: 64 bits would wrap without a word.
    """
    size = max(np.size(left), np.size(right))
    if largest(left) * largest(right) * size >= COUNTABLE:
        sizes = np.abs(np.asarray(left, dtype=np.float64) * np.asarray(right, dtype=np.float64))
        if float(sizes.sum()) >= COUNTABLE:
            raise OverflowError
    return np.asarray(np.asarray(left, dtype=np.int64) * right, dtype=np.int64)


def millionths(top: Money, bottom: Money, add: int | Money = 0) -> Ints:
    """(``top`` x 1,000,000 + ``add``) // ``bottom``, exact; ``bottom`` is above 0.

    ``add`` 0 rounds down, half of ``bottom`` half up, ``bottom`` - 1 up.

    >>> millionths(np.array([10**13]), np.array([3 * 10**13])).tolist()
    [333333]
    """
    if largest(top) * PPM + largest(add) < COUNTABLE:
        return (top * PPM + add) // bottom
    exact = (top.astype(object) * PPM + add) // bottom
    return np.array(exact.tolist(), dtype=np.int64)


def largest_remainder(total: int, weights: Sequence[int] | npt.NDArray[np.int64]) -> Money:
    """Split ``total`` fen in proportion to non-negative integer ``weights`` so that the parts sum to the whole.

    Every part is first rounded towards minus infinity; the fen left over go to the largest remainders, earlier
    positions first on ties.  Works for a negative total (a loss to share) and, when all weights are zero, splits
    equally.  Integer arithmetic throughout (Python ints), so no size overflows.

    >>> largest_remainder(100, [1, 1, 1]).tolist()
    [34, 33, 33]
    >>> largest_remainder(-100, [1, 1, 1]).tolist()
    [-33, -33, -34]

    Raises:
        ValueError: without weights, or with one below zero.
    """
    integers = [int(w) for w in weights]
    if not integers:
        raise ValueError("largest_remainder needs at least one weight")
    if min(integers) < 0:
        raise ValueError(f"largest_remainder needs non-negative weights, got {min(integers)}")
    if sum(integers) == 0:
        integers = [1] * len(integers)
    total_weight = sum(integers)
    quotients = [divmod(int(total) * w, total_weight) for w in integers]
    shares = [q for q, _ in quotients]
    left = int(total) - sum(shares)
    by_remainder = sorted(range(len(integers)), key=lambda k: (-quotients[k][1], k))
    for k in by_remainder[:left]:
        shares[k] += 1
    return np.array(shares, dtype=np.int64)
