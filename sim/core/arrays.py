"""Sums over columns of whole numbers, exact whatever their size."""

from __future__ import annotations

import numpy as np

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
