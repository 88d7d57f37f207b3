"""Exact splits of one amount over many rows by largest remainder, for arrays of any size."""

from __future__ import annotations

import numpy as np

from sim.core.units import Money, largest_remainder
from sim.tables import Ints

SAFE = 2**62


def split_rows(total: int, weights: Ints) -> Money:
    """`sim.core.units.largest_remainder` for long arrays: same result, vectorised while int64 holds the products.

    ``total`` may be negative; ``weights`` are non-negative and not all zero.
    """
    total_weight, largest = int(weights.sum()), int(weights.max())
    if total_weight == 0 or total_weight * largest >= SAFE or abs(total) >= SAFE:
        return largest_remainder(total, weights)
    quotient, remainder = divmod(int(total), total_weight)
    product = remainder * weights
    shares = quotient * weights + product // total_weight
    left = int(total) - int(shares.sum())
    shares[np.argsort(-(product % total_weight), kind="stable")[:left]] += 1
    return shares


def split_by_provider(total: int, weights: Ints, provider: Ints) -> Money:
    """Split ``total`` fen first over providers, then over each provider's rows, both by weight and exactly.

    In two steps, so that what a provider gets does not depend on the order or the grouping of its rows.
    """
    result = np.zeros(len(weights), dtype=np.int64)
    if len(weights) == 0 or int(weights.sum()) == 0:
        return result
    order = np.argsort(provider, kind="stable")
    starts = np.flatnonzero(np.diff(provider[order], prepend=provider[order][0] - 1))
    totals = largest_remainder(total, np.add.reduceat(weights[order], starts))
    for amount, rows in zip(totals, np.split(order, starts[1:]), strict=True):
        if int(weights[rows].sum()) > 0:
            result[rows] = split_rows(int(amount), weights[rows])
    return result
