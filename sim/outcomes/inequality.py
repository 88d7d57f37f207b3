"""Inequality between rich and poor: the concentration index, of persons by income rank and of groups of equal size."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from sim.core.arrays import sum_by
from sim.tables import Ints

_BUCKETS = 4096


def concentration_index(rank: npt.NDArray[np.float64], payment: Ints) -> float:
    """Concentration index of ``payment`` over ``rank`` in (0, 1); persons in one of 4096 rank buckets count as tied.

    Integer sums first and one exactly rounded float sum after, so the order of persons does not matter.

    >>> concentration_index(np.array([0.25, 0.75]), np.array([0, 10]))
    0.5
    """
    bucket = np.minimum((rank * _BUCKETS).astype(np.int64), _BUCKETS - 1)
    counts = np.bincount(bucket, minlength=_BUCKETS)
    sums = sum_by(bucket, payment, _BUCKETS)
    total, n = int(sums.sum()), int(counts.sum())
    if total == 0:
        return float("nan")
    middle = 2 * np.cumsum(counts) - counts  # twice the persons ranked below plus half of the tied
    weighted = math.fsum((sums.astype(np.float64) * middle.astype(np.float64)).tolist())
    return weighted / (float(n) * float(total)) - 1.0


def grouped_index(rates: npt.NDArray[np.float64]) -> float:
    """Concentration index of a rate by groups of equal size, poorest first.

    >>> round(grouped_index(np.array([1.0, 1.0])), 3), grouped_index(np.array([1.0, 0.0]))
    (0.0, -0.5)
    """
    ranks = (np.arange(len(rates)) + 0.5) / len(rates)
    mean = float(rates.mean())
    return float(2.0 * (rates @ ranks) / (len(rates) * mean) - 1.0) if mean > 0.0 else math.nan
