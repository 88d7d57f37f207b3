"""The interval of a mean over replications: Student's t where it holds, and none, with the reason, where it does not.

With 5 to 20 replications nothing can be said of the mean of an event so rare that the next replication may be far off
all others: without a bound on what may still come no interval holds (Bahadur & Savage 1956), corrections for skewness
help little (Sutton 1993), and looking at the same few values first, to see whether they are skewed, makes it worse
(Garren & Osborne 2021).  So it is declared which outcomes rest on rare events (`RARE`), and these have no interval.
Of the values only ties are looked at: a value that more than half of the replications share is a rule (a cap, a fixed
premium) or an event that did not happen; the others, the rare event, are too few to bound it.  Budgets held down to
income tie nothing where incomes differ from year to year, but what income leaves over is then about the same small sum
in all years but the few in which the cap does not bind (`HELD`).
"""

from __future__ import annotations

from typing import Literal, NamedTuple, cast

import numpy as np
import numpy.typing as npt

from sim.tables import Floats

Kind = Literal["t", "rare", "tied", "same", "single"]
"""An interval of Student's t; or none: the outcome rests on rare events; more than half of the replications share one
value, or a cap holds it in more than half of them; all share one value; there is one replication, or none."""

RARE = frozenset(
    {"wait_admission", "wait_visit", "turned_away", "open_waiting", "open_accrued", "fund_deficit", "fund_exhausted"}
)
"""Outcomes that rest on few or clustered events, so that some replications can give no interval of their mean."""

FOLLOWS = dict.fromkeys(
    (
        "fund_outgo",
        "fund_balance",
        "fund_accumulated",
        "fund_months",
        "fund_outgo_to_income",
        "fund_to_cost",
        "fund_to_all_cost",
    ),
    "fund_outgo_per_head",
)
"""Outcome -> the one without whose interval its level has none: where a cap holds money down in most replications, the
amount per head shows it as one value that they share, and totals hide it."""

HELD = frozenset({"fund_balance", "fund_outgo_to_income"})
"""Outcomes that set the fund's outgo against its income of the same year: where budgets are held down to income in most
years, their mean rests on the few others."""

HOLDS = "surplus_revenue_cap"
"""Outcome below 0 in years in which budgets are held down to income."""

MOST = 0.5
"""Share of years so held, over replications, above which `HELD` have no interval.  If spending is normal, about 40, 25
and 15 % of the intervals of 5, 10 and 20 replications miss where the cap binds in four of five years; with the rule
those that are given miss in at most 7 % of cases, or hardly any is given (tests/outcomes/test_interval_coverage.py)."""

CONFIDENCE = 0.95
ROUNDING = 1e-6
"""Values that differ by less than this share are the same: amounts per head are whole fen divided by heads."""


class Intervals(NamedTuple):
    """Intervals of several means; ``low`` and ``high`` are nan where there is none."""

    kind: npt.NDArray[np.str_]
    low: Floats
    high: Floats


def intervals(
    n: npt.ArrayLike,
    mean: npt.ArrayLike,
    sd: npt.ArrayLike,
    tied: npt.ArrayLike,
    rare: npt.ArrayLike,
    confidence: float = CONFIDENCE,
) -> Intervals:
    """Intervals of means, each from its own replications.

    Args:
        n: number of replications.
        mean: their mean.
        sd: their standard deviation.
        tied: how many of them share the middle value (`ties`).
        rare: whether the outcome rests on rare events.
        confidence: probability that an interval holds the mean of very many replications.
    """
    from scipy.special import stdtrit

    count, middle, spread, shared = (np.asarray(column, dtype=np.float64) for column in (n, mean, sd, tied))
    reasons = [count < 2, np.asarray(rare, dtype=np.bool_), shared >= count, 2 * shared > count]
    kind = np.select(reasons, ["single", "rare", "same", "tied"], "t")
    quantile = stdtrit(np.maximum(count - 1, 1), 0.5 + confidence / 2)
    half = np.where(kind == "t", quantile * spread / np.sqrt(np.maximum(count, 1)), np.nan)
    return Intervals(kind, middle - half, middle + half)


def ties(values: Floats, middle: Floats | float) -> npt.NDArray[np.bool_]:
    """Which values are the middle one, as far as rounding lets one say."""
    return np.asarray(np.abs(values - middle) <= ROUNDING * np.abs(middle), dtype=np.bool_)


def interval(values: npt.ArrayLike, *, rare: bool = False, confidence: float = CONFIDENCE) -> tuple[Kind, float, float]:
    """The interval of the mean of some replications' values: its kind, low and high end.

    >>> kind, low, high = interval([1.0, 2.0, 3.0, 4.0, 5.0])
    >>> kind, round(low, 3), round(high, 3)
    ('t', 1.037, 4.963)
    >>> interval([0.0, 0.0, 0.0, 0.0, 7.0])[0], interval([22.0] * 5)[0], interval([1.0, 2.0, 9.0], rare=True)[0]
    ('tied', 'same', 'rare')
    """
    known = np.asarray(values, dtype=np.float64)
    known = known[np.isfinite(known)]
    if not known.size:
        return "single", np.nan, np.nan
    sd = known.std(ddof=1) if known.size > 1 else np.nan
    tied = ties(known, np.sort(known)[known.size // 2]).sum()
    found = intervals([known.size], [known.mean()], [sd], [tied], [rare], confidence)
    return cast(Kind, found.kind.item()), float(found.low.item()), float(found.high.item())
