"""Sums over columns of whole numbers, exact whatever their size; figures that do not depend on the order of rows."""

from __future__ import annotations

import math

import numpy as np

from sim.core.units import COUNTABLE, Ints, Money, largest

EXACT_IN_FLOAT = 2**53
HALF = 2**16
"""Products of two numbers below it, and many of them, fit into 64 bits."""


def sum_by(index: Ints, amounts: Money, size: int) -> Money:
    """Exact integer sums of ``amounts`` by ``index`` 0..size-1; rows with a negative index are left out.

    ``bincount`` adds in float64, which is exact while no sum can pass 2**53; larger sums take the slower way.

    Raises:
        OverflowError: if a sum is not countable (`sim.core.units.COUNTABLE`).
    """
    if len(index) and index.min() < 0:
        keep = index >= 0
        index, amounts = index[keep], amounts[keep]
    if len(index) == 0:
        return np.zeros(size, dtype=np.int64)
    most = largest(amounts) * len(amounts)
    if most < EXACT_IN_FLOAT:
        return np.bincount(index, weights=amounts, minlength=size).astype(np.int64)
    if most >= COUNTABLE and np.bincount(index, weights=np.abs(amounts)).max() >= COUNTABLE:
        raise OverflowError
    sums = np.zeros(size, dtype=np.int64)
    np.add.at(sums, index, amounts)
    return sums


def dot(one: Ints, other: Ints) -> int:
    """Exact Σ one × other of whole numbers, whatever their size.

    >>> dot(np.array([10**12, 3]), np.array([10**15, -2])) == 10**27 - 6
    True
    """
    if len(one) == 0:
        return 0
    if largest(one) < largest(other):
        one, other = other, one
    if largest(one) * largest(other) * len(one) < COUNTABLE:
        return int(one @ other)
    high, low = np.divmod(one, HALF)
    return dot(high, other) * HALF + dot(low, other)


def variation(amounts: Ints, count: int | None = None) -> float:
    """Standard deviation divided by the mean, over all persons; nan without any, or if their mean is not above 0.

    Args:
        amounts: of each person, whole numbers.
        count: of all persons, if ``amounts`` has only those with something; the others have nothing.

    >>> variation(np.array([0, 0, 0, 4])) == variation(np.array([4]), 4) == 3**0.5
    True
    """
    persons = len(amounts) if count is None else count
    total = dot(amounts, np.ones_like(amounts))
    return math.sqrt(persons * dot(amounts, amounts) - total**2) / total if total > 0 else math.nan


def correlation(one: Ints, other: Ints) -> float:
    """Correlation over persons of whole numbers; nan for fewer than three, or where one of the two does not vary.

    >>> round(correlation(np.array([100, 200, 300]), np.array([200, 400, 600])), 12)
    1.0
    """
    if len(one) < 3:
        return math.nan
    ones = np.ones_like(one)

    def common(a: Ints, b: Ints) -> int:
        return len(one) * dot(a, b) - dot(a, ones) * dot(b, ones)

    scale = math.sqrt(common(one, one)) * math.sqrt(common(other, other))
    return common(one, other) / scale if scale > 0.0 else math.nan
