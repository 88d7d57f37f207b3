"""Diagnosis-related groups (按病组付费): a stay in the county is paid rate x weight x tier coefficient.

    standard  = rate x weight[group] x coefficient[tier]        fen a case, rounded half up once
    fund due  = standard x cases - (charge - statutory)         the patient pays by the benefit on the charge
    rate      = trended charges / sum of (weight x coefficient) of the base years' stays, unless given

In the point form (点数法) weight x coefficient are points that share a pool as under DIP, and the rate only says how
dear a stay is for its group.  Outliers and short stays: `outlier.py`; reviewed cases are paid fee for service.
Outpatients and care outside the county are fee for service.  Source: figures 1.5, published-results 4.1 and 4.2.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, Self

import numpy as np
from pydantic import model_validator

from sim.core.parameters import ByTier, param
from sim.core.text import Text
from sim.core.units import PPM, Money, fen, millionths, product, rounded, yuan
from sim.money.base_years import BudgetBase, years_of_base
from sim.money.history import History, Incentives
from sim.money.payment.outlier import Outlier, adjusted, cost_outlier
from sim.money.payment.points import coefficients_of_shares, pool_of, settle_points
from sim.money.payment.rates import rate_of_year
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
    minus_patient,
    stays_in_county,
    tier_coefficients,
    weighted,
)
from sim.tables import Claims, Ints, Mask, Payments, Providers

GIVE = "{at}.rate and {at}.coefficient of every tier of the county"
"""What makes the past unnecessary."""


class Config(BudgetBase):
    """Parameters of DRG payment; the inherited ones, but for base years, only matter to the pool of the point form."""

    scheme: Literal["drg"] = param("drg", unit="", zh="按病组付费(DRG)")
    """Payment scheme: DRG.
    Source: figures 1.5"""
    rate: float | None = param(None, unit="yuan per unit of weight", zh="费率", ge=0, le=1e6)
    """Rate of a unit of weight in the first reform year; null: the base years' charges / their weights.
    Source: published-results 4.1: rate = budget / sum of weights; proxies 5,624 and 6,200 in 2021 (F28)"""
    rate_growth: float | None = param(None, unit="share per year", zh="费率增长率", ge=-0.5, le=1.0)
    """Growth of the rate per year; null: as charges (claims.growth).
    Source: assumed: the growth of charges, so that the base alone moves nothing; A4, doc 003 (Ningbo): 5 %"""
    form: Literal["rate", "points"] = param("rate", unit="", zh="支付形式")
    """Rate times weight, or points that share a regional pool (点数法).
    Source: figures 1.5: rate x weight (or points); A3, doc 003: points in Ningbo"""
    pool: float | None = param(None, unit="yuan per year", zh="区域住院预算", ge=0, le=1e12)
    """Point form: pool for in-county stays in the first reform year, growing by `growth`; null: base years.
    Source: A3, doc 003: regional inpatient budget"""
    coefficient: ByTier[TierCoefficient] = param(TIER_COEFFICIENTS, unit="ratio", zh="级别系数")
    """Coefficient by tier of institution; null: the tier's money per weight over that of all, base years.
    Source: published-results 4.1: cost coefficient = own mean / region's mean; set 0.65 township, 0.85 county for
    figures 2.10 (from memory, unverified)"""
    coefficient_of: Literal["fund", "charge"] = param("fund", unit="", zh="级别系数口径")
    """Points by ratio: of what money coefficients from history are: fund money, which is what is shared, or charges.
    Source: published-results 4.1: of cost; assumed fund money, so that no tier gains by the change alone"""
    outlier: Outlier = param(Outlier(), unit="", zh="特殊病例")
    """Outliers and short stays.
    Source: figures 1.5, published-results 4.4"""
    review: Review = param(Review(), unit="", zh="特例单议")
    """Special-case review.
    Source: F41"""
    reading: Literal["by_ratio", "standard_minus_patient"] = param("by_ratio", unit="", zh="结算口径")
    """Point form: fund due is a part of the pool, or point value times points less the patient side.
    Source: published-results 4.2: an open choice, as for DIP"""
    value_decimals: int | None = param(None, unit="decimals", zh="点值小数位", ge=0, le=12)
    """Point form: decimals of the point value (yuan a point), half up; null: not rounded.
    Source: published-results 4.1: an open choice"""
    floor: bool = param(False, unit="", zh="基金支付不低于零")
    """Lift the fund money due for a stay to zero where the patient side exceeds the standard.
    Source: assumed: no floor, the institution gains on one stay what it loses on another (published-results 4.2)"""

    @property
    def priced(self) -> bool:
        """Whether anything asks what a stay is worth: points alone do not, but outliers and reviewed cases do."""
        return self.form == "rate" or self.outlier.active or self.review.quota > 0

    @model_validator(mode="after")
    def _components_make_the_rate(self) -> Self:
        rates = sum(fen(component.rate) for component in self.outlier.components)
        if self.outlier.components and (self.rate is None or fen(self.rate) != rates):
            raise ValueError("{at}.outlier.components: their rates must sum to {at}.rate")
        return self


class Prepared(NamedTuple):
    """Prices of one year."""

    rate: int
    """Fen per unit of weight; 0 where nothing asks for it (`Config.priced`)."""
    price: Money
    """[tier, group] fen a case; 0 likewise."""
    weight: Ints
    """[tier, group] weight x tier coefficient of charges, ppm."""
    points: Ints
    """[tier, group] thousandths of a point a case; by ratio the tier coefficient is one of fund money."""
    pool: int | None = None
    """Fund money for in-county stays, fen; None at a fixed rate."""


def prepare(config: Config, history: History) -> Prepared:
    """The year's rate and price list; a given rate grows from the first reform year on."""
    given = all_given(config.coefficient) and (not config.priced or config.rate is not None)
    years = () if given else years_of_base(config, history, GIVE)
    coefficient = tier_coefficients(config.coefficient, years, history.weights)
    weight = points = by_tier_and_group(history.weights, coefficient)
    if config.form == "points" and config.reading == "by_ratio":
        shared = coefficients_of_shares(config, years, history.weights, stays_in_county)
        points = by_tier_and_group(history.weights, shared)
    named = ("DRG", "stay")
    rate = rate_of_year(config, history, years, weight, stays_in_county, named) if config.priced else 0
    units = [[int(w) * int(c) for w in history.weights] for c in coefficient]
    price = [[rounded(rate * unit, PPM * PPM) for unit in row] for row in units]
    pool = pool_of(config, config.pool, history, stays_in_county) if config.form == "points" else None
    return Prepared(rate, np.array(price, dtype=np.int64).reshape(weight.shape), weight, points, pool)


def pay(config: Config, prepared: Prepared, claims: Claims, providers: Providers) -> Payments:
    """Receipts per row; ``point_value`` is the rate in yuan per unit of weight."""
    rows = stays_in_county(claims)
    check_groups(claims, rows, prepared.price.shape[1])
    standard = product(cell_values(config.coefficient, prepared.price, claims, rows), claims.cases[rows])
    apart = reviewed(config.review, claims.charge[rows], standard, claims.cases[rows], claims.provider[rows])
    left = rows.copy()
    left[np.flatnonzero(rows)[apart]] = False
    usual = standard[~apart]
    counted = counted_at(config, prepared, claims, left, usual)
    receipts = fee_for_service(claims)
    if prepared.pool is None:
        receipts[left] = minus_patient(counted, claims, left, config)
        return Payments(receipts, yuan(prepared.rate))
    points = product(prepared.points[claims.tier[left], claims.group[left]], claims.cases[left])
    points = np.where(usual > 0, in_proportion(points, counted, usual), points)
    pool = max(prepared.pool - int(receipts[rows & ~left].sum()), 0)
    due, value = settle_points(config, pool, points, claims, left)
    if due is not None:
        receipts[left] = due
    return Payments(receipts, value)


def counted_at(config: Config, prepared: Prepared, claims: Claims, rows: Mask, standard: Money) -> Money:
    """What each row counts at, fen: its standard after outliers and short stays."""
    if not config.outlier.active:
        return standard
    charge, cases = claims.charge[rows], claims.cases[rows]
    weight = prepared.weight[claims.tier[rows], claims.group[rows]]
    counted = adjusted(config.outlier, standard, charge, claims.days[rows], cases)
    return counted + cost_outlier(config.outlier, weight, standard, charge, cases)


def in_proportion(points: Ints, counted: Money, standard: Money) -> Ints:
    """Points times counted / standard, rounded half up to a millionth of the ratio."""
    ratio = millionths(np.where(standard > 0, counted, 0), np.maximum(standard, 1), standard // 2)
    return weighted(points, ratio)


def incentives(config: Config, history: History) -> Incentives:
    """A stay's revenue does not depend on its charge; what the patient pays more, the fund pays less.

    In the point form, as under DIP, the patient's part is kept when the pool is shared by ratio.
    """
    by_ratio = config.form == "points" and config.reading == "by_ratio"
    return (incentives_of_shares if by_ratio else incentives_of_prices)(history, STAYS)


def needs(config: Config) -> tuple[Need, ...]:
    """Groups of stays; their days where short stays are paid by the day."""
    return ("stay_groups", "days") if config.outlier.short_days > 0 else ("stay_groups",)


SCHEME = Scheme(
    name="drg",
    label=Text("DRG", "按病组付费(DRG)"),
    config=Config,
    prepare=prepare,
    pay=pay,
    incentives=incentives,
    covers="stays",
    inside=True,
    needs=needs,
)
