"""How much of a community's result is luck, by its size, and the chance that luck alone is rewarded or penalised.

If its budget is what its persons are expected to cost, a community that does nothing closes its years at its budget on
average, but not each of them: what its persons cost is drawn anew every year.  With n persons, independent of each
other, whose yearly fund money has the standard deviation s and the mean m, spending swings by s / (m √n) of the budget.
A budget that was made from k base years of the same persons carries the luck of those years too, s / (m √n √k); but
what lasts in a person is in the budget already, so both shrink by √(1 − r), where r is the correlation of a person's
money between years.  Years that are good or bad for everybody come on top and do not fall with size; they are taken as
independent of each other.

All this is of a budget that is charged with what all its persons are billed.  One that is charged by standard rates, or
for a part of the persons or of their care, swings otherwise (`Terms.by_heads`).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from sim.core.units import PPM
from sim.money.settlement.config import Config
from sim.money.settlement.sharing import Side, overrun_side, surplus_side

SIZES = (1_000, 5_000, 20_000, 100_000, 500_000)
"""Insured persons for which reports tell the luck of a result."""


class Persons(NamedTuple):
    """How the fund money of persons varies."""

    variation: float
    """Standard deviation ÷ mean from person to person in a year (`sim.money.history.variation`)."""
    persistence: float = 0.0
    """Correlation of a person's money between years, 0..1."""


class Luck(NamedTuple):
    """Standard deviation of the result of a community that does nothing, by its causes; shares of its budget."""

    own: float
    """What its persons need in the year."""
    base: float
    """The same in the base years from which its budget was made."""
    common: float = 0.0
    """What makes a year good or bad for everybody."""

    @property
    def total(self) -> float:
        """All causes together: they are independent."""
        return float(np.sqrt(self.own**2 + self.base**2 + self.common**2))


class Terms(NamedTuple):
    """How communities that hold a budget are settled."""

    rule: Config
    base_years: int
    """Years of a community's own past from which its budget is made; 0: none."""
    common: float = 0.0
    """Standard deviation of what makes a year dear for everybody, as a share of spending; 0: not known."""
    by_heads: bool = True
    """The budget is charged with the bills of all insured, so that `luck` tells how far its result swings."""


class Chances(NamedTuple):
    """Probability that the fund pays a community that does nothing, and that it has to pay."""

    rewarded: float
    penalised: float


def swing(of_persons: float, heads: float) -> float:
    """Standard deviation of a year's spending as a share of its mean, from the persons' `variation`."""
    return of_persons / float(np.sqrt(heads)) if heads > 0 else float("nan")


def base_years_of(config: Config, closed: int) -> int:
    """How many of ``closed`` years make the budget; 0 where it is a lump that does not depend on them."""
    if config.lump_per_head is not None:
        return 0
    return min(1 if config.base == "last_year" else config.base_years, closed)


def luck(persons: Persons, heads: float, base_years: int, common: float = 0.0) -> Luck:
    """Luck of a community's result.

    Args:
        persons: how their yearly fund money varies.
        heads: insured persons.
        base_years: years of the same persons from which the budget was made; 0: it does not depend on them.
        common: standard deviation of what hits everybody in a year, as a share of spending; the same in base years.
    """
    own = swing(persons.variation, heads)
    if not base_years:
        return Luck(own, 0.0, common)
    common *= float(np.sqrt(1.0 + 1.0 / base_years))  # the base years were dear or cheap for everybody too
    own *= float(np.sqrt(1.0 - persons.persistence))
    return Luck(own, own / float(np.sqrt(base_years)), common)


def chances(config: Config, sd: float, heads: int | None = None) -> Chances | None:
    """Chances under the sharing rule if the result is normal around 0 with standard deviation ``sd``, with full scores.

    Around 0 means that the budget is what care is expected to cost: not held down to income, not indexed short.  None
    where another rule settles (a contract on turnover).
    """
    from scipy.special import ndtr

    if config.contract.apply or not sd > 0:
        return None
    sides = surplus_side(config, 1.0, heads), overrun_side(config, 1.0)
    return Chances(*(0.0 if (least := _begins(side)) is None else float(ndtr(-least / sd)) for side in sides))


def worth(config: Config, sd: float, heads: int | None = None) -> float | None:
    """What luck alone brings a community on average, as a share of its budget; arguments and None as in `chances`.

    0 where surplus and overrun are shared alike; where an overrun is borne by half and a surplus kept, 0.5 × 0.4 × sd.
    """
    if config.contract.apply or not sd > 0:
        return None
    return _mean(surplus_side(config, 1.0, heads), sd) - _mean(overrun_side(config, 1.0), sd)


def _mean(side: Side, sd: float) -> float:
    """Mean of what is shared on one side, as a share of the budget, exactly: a sum over the straight pieces.

    A piece from a to b with slope s pays s × (min(x, b) − a) of a deviation x > a, from the least deviation on that is
    shared at all.
    """
    from scipy.special import ndtr

    least, cap = side.minimum / PPM, math.inf if side.cap is None else side.cap
    start, paid, total = 0.0 if side.first_dollar else least, 0.0, 0.0
    for upto, ppm in side.bands:
        end, slope = math.inf if upto is None else upto, ppm / PPM
        if end <= start or not slope:
            start = max(start, end)
            continue
        end = min(end, start + (cap - paid) / slope)  # beyond the cap nothing more is shared
        at_least = min(max(least - start, 0.0), end - start)
        total += slope * (at_least * float(ndtr(-least / sd)) + _beyond(max(start, least), sd))
        total -= slope * _beyond(max(end, least), sd)
        paid += slope * (end - start)
        start = end
        if paid >= cap:
            break
    return total


def _beyond(least: float, sd: float) -> float:
    """Mean of what a normal deviation exceeds ``least`` by, where it does."""
    from scipy.special import ndtr

    if math.isinf(least):
        return 0.0
    z = least / sd
    return sd * math.exp(-z * z / 2.0) / math.sqrt(2.0 * math.pi) - least * float(ndtr(-z))


def _begins(side: Side) -> float | None:
    """Deviation, as a share of the budget, from which on something is shared; None: nothing ever is."""
    least, start = side.minimum / PPM, 0.0
    if side.cap == 0:
        return None
    for upto, share in side.bands:
        if share and (side.first_dollar or upto is None or upto > least):
            return max(least, start)
        if upto is None:
            return None
        start = upto
    return None
