"""What a fund expects to spend per head, against a closed year: prices, ageing and the benefit, each by itself.

    factor  = price x ageing x benefit
    price   = (1 + growth of charges) ^ years
    ageing  = sum over age bands of (fund money per head of the band in the closed year) x (its share of heads now),
              over the same with the shares of the closed year; the money per head is the whole fund's, the shares are
              a community's own
    benefit = what the fund would pay of the closed year's bills with deductibles and limits at their new level against
              charges, over what it would pay at the old one; 1 where they grow as charges do

Factors are rounded to a millionth, so that a budget can be re-done by hand.  What is not known counts as no change.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.core.units import PPM, part, rounded
from sim.county.leverage import LEVELS
from sim.money.history import ClosedYear, History
from sim.tables import Ints


class Expected(NamedTuple):
    """Growth of fund money per head from a closed year to the year to prepare, ppm."""

    price: int
    ageing: int
    benefit: int

    @property
    def factor(self) -> int:
        """All parts together, ppm."""
        return part(part(self.price, self.ageing), self.benefit)


def growth_ppm(growth: float, years: int) -> int:
    """(1 + growth) ** years in parts per million, rounded to the nearest."""
    return round((1.0 + growth) ** years * PPM)


def expected(history: History, year: int, community: int | None = None) -> Expected:
    """Growth of fund money per head from a year to ``history.year``.

    Args:
        history: closed years, and the persons of the year to prepare.
        year: the year from which it grows; of one that is not closed only the price is known.
        community: whose ages; None: those of all insured together.
    """
    span = history.year - year
    price = growth_ppm(history.growth, span)
    base = next((closed for closed in history.closed if closed.year == year), None)
    if base is None or not span:
        return Expected(price, PPM, PPM)
    return Expected(price, _ageing(history, base, community), _benefit(history, base))


def _ageing(history: History, base: ClosedYear, community: int | None) -> int:
    """Factor of the ages alone, ppm."""
    if history.ages is None or base.insured is None:
        return PPM
    then, now = base.insured.heads, history.ages
    everybody = then.sum(axis=0)
    if community is not None:
        then, now = then[community : community + 1], now[community : community + 1]
    per_head = np.divide(base.insured.spent, everybody, out=np.zeros(len(everybody)), where=everybody > 0)
    before, after = (_mean_cost(heads.sum(axis=0), per_head) for heads in (then, now))
    return round(after / before * PPM) if before and after else PPM


def _mean_cost(heads: Ints, per_head: np.ndarray) -> float:
    """Money per head at these ages; 0 without persons."""
    return float(heads @ per_head) / int(heads.sum()) if heads.any() else 0.0


def _benefit(history: History, base: ClosedYear) -> int:
    """Factor of deductibles and limits that grow otherwise than charges, ppm."""
    insured = base.insured
    if insured is None or insured.benefit == history.benefit or not insured.at_levels.any():
        return PPM
    now, then = (
        round(float(np.interp(level, LEVELS, insured.at_levels))) for level in (history.benefit / insured.benefit, 1.0)
    )
    return rounded(now * PPM, then)
