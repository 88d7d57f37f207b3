"""Regional budget with a floating value of the charged yuan (区域总额预算): every bill is a point.

    value    = pool / sum of points                 points = statutory part of the bill, or its charge
    fund due = points x value                       sums to the pool exactly

With ``only_down`` the value is at most what pays every bill in full: fee for service while the pool suffices.  With
charges as points this is DIP with points proportional to charges.  Source: figures 1.5, A3, A8, A22.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from sim.core.parameters import param
from sim.core.text import Text
from sim.money.base_years import BudgetBase
from sim.money.history import History, Incentives
from sim.money.payment.points import pool_of
from sim.money.payment.scheme import Scheme, fee_for_service, incentives_of_charges
from sim.money.payment.scope import Scope, covered_rows
from sim.money.payment.split import split_by_provider
from sim.tables import CATEGORIES, COUNTY, INPATIENT, Claims, Payments, Providers


class Config(BudgetBase):
    """Parameters of the regional budget; the inherited ones set the pool."""

    scheme: Literal["budget"] = param("budget", unit="", zh="区域总额预算")
    """Payment scheme: regional budget.
    Source: figures 1.5, A22"""
    pool: float | None = param(None, unit="yuan per year", zh="区域总额预算额", ge=0, le=1e12)
    """Fund pool for the covered claims in the first reform year, growing by `growth`; null: base years.
    Source: A8, A22: regional budget"""
    scope: Scope = param("all", unit="", zh="预算范围")
    """Claims of the county's own institutions that are covered: all, stays only, or outpatient visits only.
    Source: A22; assumed: all claims of the county"""
    points: Literal["statutory", "charge"] = param("statutory", unit="", zh="点数口径")
    """What counts as points: the statutory part of a claim, or its charge.
    Source: assumed: figures 1.5 leaves it open; by statutory parts no tier gains by the change alone, by charges (DIP
    without groups) those gain whose patients pay more themselves"""
    only_down: bool = param(False, unit="", zh="只降不升")
    """Never pay more in all than the bills: a pool that suffices leaves fee for service.
    Source: assumed: figures 1.5 lets the value float both ways"""


def prepare(config: Config, history: History) -> int:
    """The year's pool, fen."""
    return pool_of(config, config.pool, history, lambda claims: covered_rows(claims, config.scope))


def pay(config: Config, prepared: int, claims: Claims, providers: Providers) -> Payments:
    """Receipts per row; ``point_value`` is yuan of fund money for a yuan of points, nan without points."""
    rows = covered_rows(claims, config.scope)
    receipts = fee_for_service(claims)
    bills = int(receipts[rows].sum())
    points = claims.charge[rows] if config.points == "charge" else receipts[rows]
    all_points = int(points.sum())
    if all_points == 0 or bills == 0:
        return Payments(receipts, np.nan)
    if config.only_down and bills <= prepared:
        return Payments(receipts, bills / all_points)
    receipts[rows] = split_by_provider(prepared, points, claims.provider[rows])
    return Payments(receipts, prepared / all_points)


def incentives(config: Config, history: History) -> Incentives:
    """At a given value every marginal yuan comes back, out of the pool that all share: the race of the many."""
    base = incentives_of_charges(history)
    spared = np.ones_like(base.debited)
    for category in range(len(CATEGORIES)):
        if config.scope == "all" or (category == INPATIENT) == (config.scope == "inpatient"):
            base.debited[: COUNTY + 1, category] = 0.0
            spared[: COUNTY + 1, category] = 0.0
    return base._replace(spared=spared)


SCHEME = Scheme(
    name="budget",
    label=Text("regional budget", "区域总额预算"),
    config=Config,
    prepare=prepare,
    pay=pay,
    incentives=incentives,
    inside=True,
)
