"""Sums over columns of whole numbers, exact whatever their size; figures that do not depend on the order of rows."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from sim.core.units import COUNTABLE, Ints, Money, largest

EXACT_IN_FLOAT = 2**53


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


def exact_sum(values: npt.ArrayLike) -> float:
    """The sum, rounded once, so that it does not depend on the order of persons."""
    return math.fsum(np.asarray(values, dtype=np.float64).tolist())


def variation(amounts: npt.ArrayLike, count: int | None = None) -> float:
    """Standard deviation divided by the mean, over all persons; nan without any, or if their mean is not above 0.

    Args:
        amounts: of each person.
        count: of all persons, if ``amounts`` has only those with something; the others have nothing.

    >>> variation([0.0, 0.0, 0.0, 4.0]) == variation([4.0], 4) == 3**0.5
    True
    """
    values = np.asarray(amounts, dtype=np.float64)
    persons = len(values) if count is None else count
    mean = exact_sum(values) / persons if persons else 0.0
    if mean <= 0.0:
        return math.nan
    squares = exact_sum((values - mean) ** 2) + (persons - len(values)) * mean**2
    return math.sqrt(squares / persons) / mean


def correlation(one: npt.ArrayLike, other: npt.ArrayLike) -> float:
    """Correlation over persons; nan for fewer than three, or where one of the two does not vary.

    >>> round(correlation([100, 200, 300], [200, 400, 600]), 12)
    1.0
    """
    x, y = (np.asarray(values, dtype=np.float64) for values in (one, other))
    if len(x) < 3:
        return math.nan
    x, y = x - exact_sum(x) / len(x), y - exact_sum(y) / len(y)
    scale = math.sqrt(exact_sum(x * x)) * math.sqrt(exact_sum(y * y))
    return exact_sum(x * y) / scale if scale > 0.0 else math.nan
