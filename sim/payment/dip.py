"""Diagnosis-intervention packet (按病种分值付费): points share a regional pool, so the value of a point floats.

    points          = score[group] x 1000 x coefficient[tier] x case coefficient     in thousandths of a point
    reimbursement   = statutory / charge of the year's in-county stays
    point value     = (pool / reimbursement) / sum of points                         settlement point value
    by_ratio                 fund due = pool x points / sum of points                sums to the pool exactly
    standard_minus_patient   fund due = point value x points - (charge - statutory)

The two readings differ when the benefit has deductibles (published-results 4.2).  Outpatients and care outside the
county are fee for service.  Source: figures 1.5 (F40).  Low- and high-cost coefficients enter as the case coefficient.
"""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

import numpy as np

from sim.basis import BudgetBase, base_amount, closed_base_years, growth_of, growth_ppm
from sim.handover import History, Incentives, fund_share
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
from sim.payment.split import split_by_provider
from sim.tables import INPATIENT, Claims, Ints, Payments, Providers
from sim.units import Money, fen, part

MILLI = 1_000
"""Points are counted in thousandths; a relative weight in ppm is the same number of thousandths of a point."""


class Config(BudgetBase):
    """Parameters of DIP payment; the inherited ones set the pool."""

    scheme: Literal["dip"] = param(
        "dip", "Payment scheme: DIP.", unit="", zh="按病种分值付费(DIP)", source="figures 1.5, F40"
    )
    pool: float | None = param(
        None, "Fund pool for in-county stays in the first reform year, growing by `growth`; null: from the base years.",
        unit="yuan per year", zh="区域住院预算", ge=0, le=1e11, source="A8: regional budget; F40",
    )  # fmt: skip
    coefficient: ByTier[TierCoefficient] = param(
        TIER_COEFFICIENTS, TIER_DOC, unit="ratio", zh="级别系数", source=TIER_SOURCE
    )
    reading: Literal["by_ratio", "standard_minus_patient"] = param(
        "by_ratio", "Fund due for a stay: its part of the pool, or point value times points less the patient side.",
        unit="", zh="结算口径",
        source="published-results 4.2: an open choice; by_ratio, because its budget identity holds exactly",
    )  # fmt: skip
    floor: bool = param(
        False, "With standard_minus_patient: lift the fund money due for a stay to zero.", unit="",
        zh="基金支付不低于零",
        source="assumed: no floor, as for DRG",
    )  # fmt: skip


class Prepared(NamedTuple):
    """Pool and points of one year."""

    pool: int
    """Fund money for in-county stays, fen."""
    points: Ints
    """[tier, group] thousandths of a point a case."""


def prepare(config: Config, history: History) -> Prepared:
    """The year's pool, and the points of each group at each tier."""
    given = config.pool is not None and None not in config.coefficient.values()
    years = () if given else closed_base_years(config.base_years, config.rebase, history)
    coefficients = tier_coefficients(config.coefficient, years, history.weights)
    scores = [weighted(history.weights, np.full_like(history.weights, c)) for c in coefficients]
    if config.pool is not None:
        pool = part(fen(config.pool), growth_ppm(growth_of(config.growth, history), history.year - history.reform))
        return Prepared(pool, np.array(scores))
    amounts = [_total(year.claims.statutory[stays_in_county(year.claims)]) for year in years]
    pools = base_amount(config, history, amounts, [_total(year.heads) for year in years], _total(history.heads))
    return Prepared(int(pools[0]), np.array(scores))


def _total(column: Ints) -> Ints:
    """Sum as an array of one."""
    return np.array([column.sum()], dtype=np.int64)


def row_points(prepared: Prepared, claims: Claims, case_ppm: Money | None = None) -> Ints:
    """Thousandths of a point of each in-county stay row; ``case_ppm`` is a coefficient for each such row, ppm."""
    rows = stays_in_county(claims)
    check_groups(claims, rows, prepared.points.shape[1])
    points = prepared.points[claims.tier[rows], claims.group[rows]]
    return (points if case_ppm is None else weighted(points, case_ppm)) * claims.cases[rows]


def pay(config: Config, prepared: Prepared, claims: Claims, providers: Providers) -> Payments:
    """Receipts per row; ``point_value`` in yuan a point, nan when no stay earned points."""
    rows = stays_in_county(claims)
    points = row_points(prepared, claims)
    receipts = fee_for_service(claims)
    total, charge, statutory = int(points.sum()), int(claims.charge[rows].sum()), int(claims.statutory[rows].sum())
    if total == 0 or statutory == 0:
        return Payments(receipts, math.nan)
    value = prepared.pool * charge * MILLI / (statutory * total * 100)
    if config.reading == "by_ratio":
        receipts[rows] = split_by_provider(prepared.pool, points, claims.provider[rows])
    else:
        whole = (2 * prepared.pool * charge + statutory) // (2 * statutory)
        standard = split_by_provider(whole, points, claims.provider[rows])
        receipts[rows] = minus_patient(standard, claims, rows, config.floor)
    return Payments(receipts, value)


def incentives(config: Config, history: History) -> Incentives:
    """At a given point value: by_ratio leaves the patient's part of a marginal yuan, the other reading nothing."""
    patient = 1.0 - fund_share(history)[:, INPATIENT]
    nothing = np.zeros_like(patient)
    if config.reading == "by_ratio":
        return incentives_of_stays(history, patient, nothing)
    return incentives_of_stays(history, nothing, -patient)
