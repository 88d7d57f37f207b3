"""The luck of communities as it was simulated: how far results differed without response, who kept and who bore."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.tables import Floats

if TYPE_CHECKING:
    import pandas as pd

RESULT, CAP = "surplus", "surplus_revenue_cap"
WHOLE = "budget"
QUOTA = "quota"
SHARED = "surplus_retained"


class Seen(NamedTuple):
    """What the simulated years of a community, over all replications, say of its luck."""

    spread: float
    """Standard deviation of its result between replications, mean of the years; share of the budget (or the quota)
    before it was held down to income.  nan: one replication."""
    error: float
    """Standard error of it."""
    kept: float
    """Share of the years in which the fund paid it a part of a surplus."""
    borne: float
    """Share of the years in which it bore a part of an overrun."""


def seen_luck(rows: pd.DataFrame) -> Seen | None:
    """Of one community under one arm, from its rows of the tidy table; None where no year is settled."""
    columns = {
        name: rows[rows["outcome"] == name].pivot_table(index="replication", columns="year", values="value")
        for name in (RESULT, CAP, WHOLE, QUOTA, SHARED)
    }
    result, cap, budget, quota, shared = columns.values()
    if result.empty:
        return None
    if not quota.empty:
        budget = quota
    if not cap.empty:
        result, budget = result - cap, budget - cap
    rates = (result / budget).to_numpy(dtype=np.float64)
    paid = shared[result.columns].to_numpy(dtype=np.float64)
    return Seen(*spread_of(rates), float((paid > 0).mean()), float((paid < 0).mean()))


def spread_of(rates: Floats) -> tuple[float, float]:
    """Standard deviation between the rows of [replication, year], pooled over the years, and its standard error.

    The error is that of the jackknife over replications, whose years are not independent.
    """
    n = len(rates)
    if n < 2:
        return math.nan, math.nan
    whole = _pooled(rates)
    if n < 3:
        return whole, math.nan
    without = np.array([_pooled(np.delete(rates, row, axis=0)) for row in range(n)])
    return whole, float(np.sqrt((n - 1) / n * ((without - without.mean()) ** 2).sum()))


def _pooled(rates: Floats) -> float:
    return float(np.sqrt(rates.var(axis=0, ddof=1).mean()))
