"""Per diem (按床日付费): a stay in the county is paid by its days, at a rate by phase of the stay and by tier.

    standard = rate[tier] x sum over phases of factor x days in the phase       fen, rounded half up once a row
    fund due = standard - (charge - statutory)                                  the patient pays by the benefit

The first phase runs to its day ``upto``, and so on; days after the last end use the last factor.  A row of several
cases counts at its mean days, whole days shared as evenly as they go.
Source: figures 1.5 (doc 002), published-results 4.2.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Literal, Self

import numpy as np
from pydantic import model_validator

from sim.core import parameters
from sim.core.arrays import sum_by
from sim.core.errors import ConfigError
from sim.core.parameters import ByTier, Ratio, Yuan, by_tier, param
from sim.core.text import Text
from sim.core.units import PPM, Money, fen, part, parts, ppm, rounded
from sim.money.base_years import growth_over, years_of_base
from sim.money.history import History, Incentives
from sim.money.payment.scheme import (
    STAYS,
    Need,
    Scheme,
    all_given,
    fee_for_service,
    incentives_of_prices,
    minus_patient,
    stays_in_county,
)
from sim.tables import COUNTY, TIERS, Claims, Ints, Mask, Payments, Providers

DailyRate = Yuan | None


class Phase(parameters.Config):
    """A phase of a stay."""

    upto: int | None = param(None, unit="days", zh="阶段末日", ge=1, le=10_000)
    """Last day of the phase; null: no end.
    Source: set with the rule that uses phases"""
    factor: Ratio = param(1.0, unit="ratio", zh="阶段系数")
    """Daily rate of the phase relative to the level's rate.
    Source: set with the rule that uses phases"""


class Config(parameters.Config):
    """Parameters of payment per day."""

    scheme: Literal["per_diem"] = param("per_diem", unit="", zh="按床日付费")
    """Payment scheme: per diem.
    Source: figures 1.5, doc 002"""
    rates: ByTier[DailyRate] = param(
        by_tier(None, None, None, None, None, DailyRate), unit="yuan per day", zh="床日标准"
    )
    """Rate of a day of factor 1 in the first reform year; null: the tier's charges per weighted day, base years.
    Source: assumed: budget-neutral; published-results 4.2: 700 county, 300 township"""
    phases: tuple[Phase, ...] = param((), unit="", zh="床日阶段")
    """Phases of a stay, first to last; empty: one, at the level's rate.
    Source: figures 1.5: by phase; assumed one phase, published-results 4.7 names no verified factors"""
    rate_growth: float | None = param(None, unit="share per year", zh="标准增长率", ge=-0.5, le=1.0)
    """Growth of the rates per year; null: as charges (claims.growth).
    Source: assumed: the growth of charges, so that the base alone moves nothing; A4, doc 003 (Ningbo): 5 %"""
    base_years: int = param(3, unit="years", zh="基期年数", ge=1, le=10)
    """Most recent base years whose charges set the rates.
    Source: A23, doc 001: the past 3 to 5 years"""
    rebase: Literal["fixed", "rolling"] = param("fixed", unit="", zh="基期方式")
    """Base years are the history years for good (fixed), or always the latest closed years (rolling).
    Source: assumed: a base frozen at the reform"""
    floor: bool = param(False, unit="", zh="基金支付不低于零")
    """Lift the fund money due for a stay to zero where the patient side exceeds the standard.
    Source: assumed: no floor, as for DRG"""

    @model_validator(mode="after")
    def _phases_rise(self) -> Self:
        ends = [phase.upto for phase in self.phases]
        finite = [end for end in ends if end is not None]
        if None in ends[:-1] or any(b <= a for a, b in pairwise(finite)):
            raise ValueError("{at}.phases: upto must rise, and only the last may be null")
        return self


def weighted_days(config: Config, days: Ints) -> Ints:
    """Days of one stay times their factors, ppm."""
    total, lower = np.zeros(len(days), dtype=np.int64), 0
    phases = config.phases or (Phase(),)
    for phase in phases[:-1]:
        end = phase.upto or lower
        total += np.clip(days - lower, 0, end - lower) * ppm(phase.factor)
        lower = end
    total += np.maximum(days - lower, 0) * ppm(phases[-1].factor)
    return total


def row_days(config: Config, claims: Claims, rows: Mask) -> Ints:
    """Weighted days of each selected row, ppm, summed over its cases."""
    cases, days = claims.cases[rows], claims.days[rows]
    short = days // np.maximum(cases, 1)
    longer = days - short * cases
    total = (cases - longer) * weighted_days(config, short) + longer * weighted_days(config, short + 1)
    return np.asarray(total, dtype=np.int64)


def prepare(config: Config, history: History) -> Money:
    """[tier] rate of a day of factor 1, fen; that of all tiers together for a tier without days in the base years.

    Tiers outside the county, whose stays are not paid by the day, have none (0).

    Raises:
        ConfigError: if a rate is to come from the past, and no year is closed or no stay of the base years has days.
    """
    rates_given, needed = config.rates.unread(COUNTY), not all_given(config.rates)
    give = "{at}.rates of every tier of the county"
    years = years_of_base(config, history, give) if needed else ()
    charge: Money = np.zeros(len(TIERS), dtype=np.int64)
    days: Ints = np.zeros(len(TIERS), dtype=np.int64)
    for year in years:
        rows = stays_in_county(year.claims)
        tier = year.claims.tier[rows]
        trend = growth_over(config, history, history.year - year.year, "rate_growth")
        charge += parts(sum_by(tier, year.claims.charge[rows], len(TIERS)), trend)
        days += sum_by(tier, row_days(config, year.claims, rows), len(TIERS))
    if needed and days.sum() == 0:
        raise ConfigError(
            "daily rates cannot be computed: the base years have no resident-insured stay with days in the county of "
            "which the fund bears a part",
            where="{at}.rates",
            todo="give {at}.rates for every tier of the county, or more history years",
        )
    sums = np.where(days > 0, charge, charge.sum()), np.where(days > 0, days, days.sum())
    rates: Money = np.zeros(len(TIERS), dtype=np.int64)
    for level, rate in enumerate(rates_given):
        if rate is None:
            rates[level] = rounded(int(sums[0][level]) * PPM, int(sums[1][level]))
        else:
            rates[level] = part(fen(rate), growth_over(config, history, history.year - history.reform, "rate_growth"))
    return rates


def pay(config: Config, prepared: Money, claims: Claims, providers: Providers) -> Payments:
    """Receipts per row."""
    rows = stays_in_county(claims)
    config.rates.look(np.unique(claims.tier[rows]).tolist())
    standard = parts(row_days(config, claims, rows), prepared[claims.tier[rows]])
    receipts = fee_for_service(claims)
    receipts[rows] = minus_patient(standard, claims, rows, config)
    return Payments(receipts, math.nan)


def incentives(config: Config, history: History) -> Incentives:
    """A stay's revenue follows its days, which the engine does not let providers stretch, not its charge."""
    return incentives_of_prices(history, STAYS)


def needs(config: Config) -> tuple[Need, ...]:
    """Days of stays; of earlier years' stays too, where they make a rate."""
    return ("days", "past_days") if None in config.rates.unread(COUNTY) else ("days",)


SCHEME = Scheme(
    name="per_diem",
    label=Text("per diem", "按床日付费"),
    config=Config,
    prepare=prepare,
    pay=pay,
    incentives=incentives,
    covers="stays",
    inside=True,
    needs=needs,
)
