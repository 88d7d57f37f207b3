"""Diagnosis-related groups (按病组付费): a stay in the county is paid rate x weight x tier coefficient.

    standard  = rate x weight[group] x coefficient[tier]        fen a case, rounded half up once
    fund due  = standard x cases - (charge - statutory)         the patient pays by the benefit on the charge
    rate      = trended charges / sum of (weight x coefficient) of the base years' stays, unless given

Outpatients and care outside the county are fee for service.  Source: figures 1.5, published-results 4.1 and 4.2.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from sim import parameters
from sim.basis import GROWTH_SOURCE, closed_base_years, growth_of, growth_ppm, rounded
from sim.errors import ConfigError
from sim.handover import ClosedYear, History, Incentives, fund_share
from sim.parameters import ByTier, param
from sim.payment.contract import (
    TIER_COEFFICIENTS,
    TIER_DOC,
    TIER_SOURCE,
    TierCoefficient,
    check_groups,
    fee_for_service,
    incentives_of_stays,
    minus_patient,
    stays_in_county,
    tier_coefficients,
    weighted,
)
from sim.tables import INPATIENT, Claims, Ints, Payments, Providers
from sim.units import PPM, Money, fen, part, yuan


class Config(parameters.Config):
    """Parameters of DRG payment."""

    scheme: Literal["drg"] = param("drg", "Payment scheme: DRG.", unit="", zh="按病组付费(DRG)", source="figures 1.5")
    rate: float | None = param(
        None, "Rate of a unit of weight in the first reform year; null: the base years' charges / their weights.",
        unit="yuan per unit of weight", zh="费率", ge=0, le=1e6,
        source="published-results 4.1: rate = budget / sum of weights; proxies 5,624 and 6,200 in 2021 (F28)",
    )  # fmt: skip
    rate_growth: float | None = param(
        None, "Growth of the rate per year; null: as charges (claims.growth).", unit="share per year", zh="费率增长率",
        ge=-0.5, le=1.0, source=GROWTH_SOURCE,
    )  # fmt: skip
    base_years: int = param(
        3, "Most recent base years whose charges set the rate.", unit="years", zh="基期年数", ge=1, le=10,
        source="A23, doc 001: the past 3 to 5 years",
    )  # fmt: skip
    rebase: Literal["fixed", "rolling"] = param(
        "fixed", "Base years are the history years for good (fixed), or always the latest closed years (rolling).",
        unit="", zh="基期方式", source="assumed: a base frozen at the reform",
    )  # fmt: skip
    coefficient: ByTier[TierCoefficient] = param(
        TIER_COEFFICIENTS, TIER_DOC, unit="ratio", zh="级别系数", source=TIER_SOURCE
    )
    floor: bool = param(
        False, "Lift the fund money due for a stay to zero where the patient side exceeds the standard.",
        unit="", zh="基金支付不低于零",
        source="assumed: no floor, the institution gains on one stay what it loses on another (published-results 4.2)",
    )  # fmt: skip


class Prepared(NamedTuple):
    """Prices of one year."""

    rate: int
    """Fen per unit of weight."""
    price: Money
    """[tier, group] fen a case."""


def prepare(config: Config, history: History) -> Prepared:
    """The year's rate and price list; a given rate grows from the first reform year on."""
    years = () if config.rate is not None and None not in config.coefficient.values() else _base(config, history)
    coefficient = tier_coefficients(config.coefficient, years, history.weights)
    if config.rate is None:
        rate = _rate_of_history(config, history, coefficient)
    else:
        rate = part(fen(config.rate), growth_ppm(growth_of(config.rate_growth, history), history.year - history.reform))
    units = [[int(w) * int(c) for w in history.weights] for c in coefficient]
    price = [[rounded(rate * unit, PPM * PPM) for unit in row] for row in units]
    return Prepared(rate, np.array(price, dtype=np.int64).reshape(len(coefficient), len(history.weights)))


def _base(config: Config, history: History) -> tuple[ClosedYear, ...]:
    return closed_base_years(config.base_years, config.rebase, history)


def _rate_of_history(config: Config, history: History, coefficient: Ints) -> int:
    """Trended charges of in-county stays / their weights times coefficients, fen, rounded half up."""
    charges = weights = 0
    for year in _base(config, history):
        rows = stays_in_county(year.claims)
        unit = weighted(history.weights[year.claims.group[rows]], coefficient[year.claims.tier[rows]])
        trend = growth_ppm(growth_of(config.rate_growth, history), history.year - year.year)
        charges += part(int(year.claims.charge[rows].sum()), trend)
        weights += int((unit * year.claims.cases[rows]).sum())
    if weights == 0:
        raise ConfigError(
            "the DRG rate cannot be computed: the base years have no resident-insured stay in the county",
            where="payment.rate", todo="give payment.rate, or a larger county or more history years",
        )  # fmt: skip
    return rounded(charges * PPM, weights)


def pay(config: Config, prepared: Prepared, claims: Claims, providers: Providers) -> Payments:
    """Receipts per row; ``point_value`` is the rate in yuan per unit of weight."""
    rows = stays_in_county(claims)
    check_groups(claims, rows, prepared.price.shape[1])
    standard = prepared.price[claims.tier[rows], claims.group[rows]] * claims.cases[rows]
    receipts = fee_for_service(claims)
    receipts[rows] = minus_patient(standard, claims, rows, config.floor)
    return Payments(receipts, yuan(prepared.rate))


def incentives(config: Config, history: History) -> Incentives:
    """A stay's revenue does not depend on its charge; what the patient pays more, the fund pays less."""
    patient = 1.0 - fund_share(history)[:, INPATIENT]
    return incentives_of_stays(history, np.zeros_like(patient), -patient)
