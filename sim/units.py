"""Money and shares as integers, so that sums are exact.

Money is integer fen (1 yuan = 100 fen).  A share or ratio that multiplies money is an integer number of
parts per million (ppm).  Rounding happens once, where a rule creates money: half up, to the fen.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from sim.rules import rule

Money = npt.NDArray[np.int64]

FEN_PER_YUAN = 100
PPM = 1_000_000


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


@rule
def part(amount: int, share_ppm: int) -> int:
    """``share_ppm`` millionths of ``amount`` fen, rounded half up to the fen; exact for |amount| < 9e12.

    >>> part(250, 10_000)  # 1 % of 2.50 yuan is 2.5 fen
    3
    """
    return (amount * share_ppm + PPM // 2) // PPM


def parts(amounts: Money, share_ppm: int | Money) -> Money:
    """Array form of `part`."""
    return (amounts * share_ppm + PPM // 2) // PPM


def largest_remainder(total: int, weights: Sequence[int] | npt.NDArray[np.int64]) -> Money:
    """Split ``total`` fen in proportion to non-negative integer ``weights`` so that the parts sum to the whole.

    Every part is first rounded towards minus infinity; the fen left over go to the largest remainders, earlier
    positions first on ties.  Works for a negative total (a loss to share) and, when all weights are zero, splits
    equally.  Integer arithmetic throughout (Python ints), so no size overflows.

    >>> largest_remainder(100, [1, 1, 1]).tolist()
    [34, 33, 33]
    >>> largest_remainder(-100, [1, 1, 1]).tolist()
    [-33, -33, -34]
    """
    integers = [int(w) for w in weights]
    if not integers:
        raise ValueError("largest_remainder needs at least one weight")
    if min(integers) < 0:
        raise ValueError(f"largest_remainder needs non-negative weights, got {min(integers)}")
    if sum(integers) == 0:
        integers = [1] * len(integers)
    whole = sum(integers)
    quotients = [divmod(int(total) * w, whole) for w in integers]
    shares = [q for q, _ in quotients]
    left = int(total) - sum(shares)
    by_remainder = sorted(range(len(integers)), key=lambda k: (-quotients[k][1], k))
    for k in by_remainder[:left]:
        shares[k] += 1
    return np.array(shares, dtype=np.int64)
