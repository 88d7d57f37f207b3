"""Diagnosis-intervention packet (按病种分值付费): points share a regional pool, so the value of a point floats.

    points          = score[group] x 1000 x coefficient[tier] x case coefficient     in thousandths of a point
    reimbursement   = statutory / charge of the year's in-county stays
    point value     = (pool / reimbursement) / sum of points                         settlement point value
    by_ratio                 fund due = pool x points / sum of points                sums to the pool exactly
    standard_minus_patient   fund due = point value x points - (charge - statutory)

The two readings differ when the benefit has deductibles (published-results 4.2).  Scores come from the group table or
from three years weighted 1 : 2 : 7; low- and high-cost cases have case coefficients (`deviation.py`); reviewed
cases are paid fee for service out of the pool (`review.py`).  Outpatients and care outside the county are fee
for service.  Source: figures 1.5 (F40).
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from sim.core.errors import ConfigError
from sim.core.parameters import ByTier, param
from sim.core.text import Text
from sim.core.units import Money, product, rounded
from sim.money.base_years import BudgetBase, closed_base_years, years_of_base
from sim.money.history import History, Incentives
from sim.money.payment.deviation import Deviation, case_coefficients, same_level_means, year_scores
from sim.money.payment.points import budget_point_value, coefficients_of_shares, pool_of, settle_points
from sim.money.payment.review import Review, reviewed
from sim.money.payment.scheme import (
    STAYS,
    TIER_COEFFICIENTS,
    Need,
    Scheme,
    TierCoefficient,
    all_given,
    by_tier_and_group,
    cell_values,
    check_groups,
    fee_for_service,
    incentives_of_prices,
    incentives_of_shares,
    stays_in_county,
    tier_coefficients,
    weighted,
)
from sim.tables import Claims, Ints, Mask, Payments, Providers

GIVE = "{at}.pool and {at}.coefficient of every tier of the county"
"""What makes the past unnecessary."""


class Config(BudgetBase):
    """Parameters of DIP payment; the inherited ones set the pool."""

    scheme: Literal["dip"] = param("dip", unit="", zh="按病种分值付费(DIP)")
    """Payment scheme: DIP.
    Source: figures 1.5, F40"""
    pool: float | None = param(None, unit="yuan per year", zh="区域住院预算", ge=0, le=1e12)
    """Fund pool for in-county stays in the first reform year, growing by `growth`; null: from the base years.
    Source: A8: regional budget; F40"""
    scores: Literal["table", "history"] = param("table", unit="", zh="病种分值来源")
    """Scores: the weights of the group table, or mean charges of the last closed years weighted by year.
    Source: F40: from the last three years; assumed: the default county has a table"""
    year_weights: tuple[int, ...] = param((1, 2, 7), unit="parts", zh="历年权重")
    """Weights of the closed years in scores and in the budget point value, the last year's last.
    Source: F40: 1 : 2 : 7"""
    coefficient: ByTier[TierCoefficient] = param(TIER_COEFFICIENTS, unit="ratio", zh="级别系数")
    """Coefficient by tier of institution; null: the tier's money per weight over that of all, base years.
    Source: published-results 4.1: cost coefficient = own mean / region's mean; set 0.65 township, 0.85 county for
    figures 2.10 (from memory, unverified)"""
    coefficient_of: Literal["fund", "charge"] = param("fund", unit="", zh="级别系数口径")
    """By ratio: of what money coefficients from history are: fund money, which is what is shared, or charges.
    Source: published-results 4.1: of cost; assumed fund money, so that no tier gains by the change alone"""
    deviation: Deviation = param(Deviation(), unit="", zh="费用偏差病例")
    """Low-cost and high-cost cases.
    Source: F40"""
    review: Review = param(Review(above=5.0), unit="", zh="特例单议")
    """Special-case review.
    Source: F41; published-results 4.1"""
    reading: Literal["by_ratio", "standard_minus_patient"] = param("by_ratio", unit="", zh="结算口径")
    """Fund due for a stay: its part of the pool, or point value times points less the patient side.
    Source: published-results 4.2: an open choice; by_ratio, because its budget identity holds exactly"""
    value_decimals: int | None = param(None, unit="decimals", zh="点值小数位", ge=0, le=12)
    """Decimals of the point value (yuan a point), half up; null: not rounded, the pool is spent to the fen.
    Source: published-results 4.1: an open choice; one public code rounds to 4"""
    floor: bool = param(False, unit="", zh="基金支付不低于零")
    """With standard_minus_patient: lift the fund money due for a stay to zero.
    Source: assumed: no floor, as for DRG"""


class Prepared(NamedTuple):
    """Pool and points of one year."""

    pool: int
    """Fund money for in-county stays, fen."""
    points: Ints
    """[tier, group] thousandths of a point a case; by ratio the tier coefficient is one of fund money."""
    cost_points: Ints
    """[tier, group] the same with the tier coefficient of charges, which standards are made of."""
    standard: Money | None = None
    """[tier, group] fen a case that low, high and reviewed cases are measured by; None when nothing needs it."""


def prepare(config: Config, history: History) -> Prepared:
    """The year's pool, and the points of each group at each tier."""
    given = all_given(config.coefficient)
    years = () if given and config.pool is not None else years_of_base(config, history, GIVE)
    table = scores_in_force(config, history)
    points = cost_points = by_tier_and_group(table, tier_coefficients(config.coefficient, years, table))
    if config.reading == "by_ratio":
        points = by_tier_and_group(table, coefficients_of_shares(config, years, table, stays_in_county))
    pool = pool_of(config, config.pool, history, stays_in_county)
    return Prepared(pool, points, cost_points, _standard(config, history, cost_points))


def scores_in_force(config: Config, history: History) -> Ints:
    """[group] scores, ppm.

    Raises:
        ConfigError: if the weights of years are none, or there is no past to score from.
    """
    if config.scores == "table":
        return history.weights
    if not config.year_weights or min(config.year_weights) < 0 or config.year_weights[-1] == 0:
        raise ConfigError(
            "weights of years must be 0 or above, and the last year's above 0",
            where="{at}.year_weights",
            value=list(config.year_weights),
            bound=">= 0",
            todo="give weights such as [1,2,7]",
        )
    _past(config, history, "{at}.scores=table with a group table")
    return year_scores(history.closed, config.year_weights, stays_in_county, history.weights)


def _past(config: Config, history: History, give: str) -> None:
    """Stop where there is no closed year to take scores or standards from."""
    closed_base_years(1, "rolling", history, give)


def _standard(config: Config, history: History, points: Ints) -> Money | None:
    """[tier, group] the standard of one case, fen."""
    if not config.deviation.apply and config.review.quota == 0:
        return None
    _past(config, history, "{at}.deviation.apply=false and {at}.review.quota=0, which need no standard")
    if config.deviation.standard == "same_level_mean":
        return same_level_means(history.closed[-1], stays_in_county, points.shape[1])
    value = budget_point_value(*weighted_years(config, history, points))
    rows = [[rounded(value.numerator * int(p), value.denominator * 10) for p in row] for row in points]
    return np.array(rows, dtype=np.int64)


def weighted_years(config: Config, history: History, points: Ints) -> tuple[list[int], list[int], list[int]]:
    """Charges (fen) and points (thousandths) of in-county stays in the last closed years, and the years' weights."""
    used = history.closed[-len(config.year_weights) :]
    keep = [stays_in_county(year.claims) for year in used]
    for year, rows in zip(used, keep, strict=True):
        check_groups(year.claims, rows, points.shape[1])
    costs = [int(year.claims.charge[rows].sum()) for year, rows in zip(used, keep, strict=True)]
    earned = [
        int(product(cell_values(config.coefficient, points, y.claims, r), y.claims.cases[r]).sum())
        for y, r in zip(used, keep, strict=True)
    ]
    return costs, earned, list(config.year_weights[-len(used) :])


def row_points(config: Config, prepared: Prepared, claims: Claims, case_ppm: Money | None = None) -> Ints:
    """Thousandths of a point of each in-county stay row; ``case_ppm`` is a coefficient for each such row, ppm."""
    rows = stays_in_county(claims)
    check_groups(claims, rows, prepared.points.shape[1])
    points = cell_values(config.coefficient, prepared.points, claims, rows)
    return product(points if case_ppm is None else weighted(points, case_ppm), claims.cases[rows])


def pay(config: Config, prepared: Prepared, claims: Claims, providers: Providers) -> Payments:
    """Receipts per row; ``point_value`` in yuan a point, nan when no stay earned points."""
    rows = stays_in_county(claims)
    check_groups(claims, rows, prepared.points.shape[1])
    case_ppm, apart = cases_counted(config, prepared, claims, rows)
    points = row_points(config, prepared, claims, case_ppm)
    receipts = fee_for_service(claims)
    shared = np.flatnonzero(rows)[~apart]
    left = np.zeros(len(rows), dtype=np.bool_)
    left[shared] = True
    pool = max(prepared.pool - int(receipts[rows & ~left].sum()), 0)
    due, value = settle_points(config, pool, points[~apart], claims, left)
    if due is not None:
        receipts[left] = due
    return Payments(receipts, value)


def cases_counted(config: Config, prepared: Prepared, claims: Claims, rows: Mask) -> tuple[Ints | None, Mask]:
    """Case coefficient of each stay row (None: all 1), and which stay rows are reviewed."""
    count = int(rows.sum())
    if prepared.standard is None:
        return None, np.zeros(count, dtype=np.bool_)
    charge, cases = claims.charge[rows], claims.cases[rows]
    standard = prepared.standard[claims.tier[rows], claims.group[rows]]
    apart = reviewed(config.review, charge, product(standard, cases), cases, claims.provider[rows])
    if not config.deviation.apply:
        return None, apart
    return case_coefficients(config.deviation, charge, standard, cases), apart


def incentives(config: Config, history: History) -> Incentives:
    """At a given point value a provider keeps, by_ratio, the patient's part of a marginal yuan; else nothing."""
    return (incentives_of_shares if config.reading == "by_ratio" else incentives_of_prices)(history, STAYS)


def needs(config: Config) -> tuple[Need, ...]:
    """Groups of stays."""
    return ("stay_groups",)


SCHEME = Scheme(
    name="dip",
    label=Text("DIP points", "按病种分值付费(DIP)"),
    config=Config,
    prepare=prepare,
    pay=pay,
    incentives=incentives,
    covers="stays",
    inside=True,
    needs=needs,
)
