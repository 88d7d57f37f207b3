"""What every payment scheme gives: a Config and the pure functions prepare, pay and incentives.

A scheme sees claims, history and its parameters only: no clock, no randomness, no files.  Only rows of the resident
insurance are paid; the patient pays by the benefit on the charge, whatever the provider is paid by.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from sim.errors import ConfigError
from sim.handover import History, Incentives, Mask, fund_share, resident_rows
from sim.parameters import ByTier, Config, Rate, by_tier
from sim.tables import COUNTY, INPATIENT, Claims, Floats, Ints, Payments, Providers
from sim.units import PPM, Money, ppm

TIER_COEFFICIENTS = by_tier(0.65, 0.65, 0.85, 1.0, 1.0, Rate)
TIER_SOURCE = "figures 2.10 (from memory, unverified): 三级 1.0, 二级 0.85, 一级/卫生院 0.65"


class Scheme(NamedTuple):
    """One way of paying providers, as the registry holds it."""

    name: str
    config: type[Config]
    prepare: Callable[[Any, History], Any]
    """(config, history) -> what the year's payment needs: rates, pools."""
    pay: Callable[[Any, Any, Claims, Providers], Payments]
    """(config, prepared, claims, providers) -> fund money due per claim row, fen."""
    incentives: Callable[[Any, History], Incentives]
    """(config, history) -> what one more yuan of charge brings, by tier and category."""
    has_budget: bool
    """True if communities hold a budget, so that `sim.settlement` applies."""
    label_en: str
    label_zh: str


def stays_in_county(claims: Claims) -> Mask:
    """Rows that case payment prices: resident-insured stays in the county's own institutions."""
    return resident_rows(claims) & np.equal(claims.category, INPATIENT) & np.less_equal(claims.tier, COUNTY)


def fee_for_service(claims: Claims) -> Money:
    """Statutory money of resident-insured rows, 0 elsewhere; what a scheme leaves alone is paid like this."""
    return np.where(resident_rows(claims), claims.statutory, 0)


def check_groups(claims: Claims, rows: Mask, count: int) -> None:
    """Stop if a selected row has a case group outside 0..count-1."""
    groups = claims.group[rows]
    wrong = groups[(groups < 0) | (groups >= count)]
    if len(wrong):
        raise ConfigError(
            "a claim has a case group without a weight",
            where="claims.group", value=int(wrong[0]), bound=f"0..{count - 1}", todo="add the group to the group table",
        )  # fmt: skip


def tier_ppm(coefficient: ByTier[float]) -> Ints:
    """[tier] coefficient in parts per million."""
    return np.array([ppm(value) for value in coefficient.values()], dtype=np.int64)


def weighted(weights: Ints, coefficients: Ints) -> Ints:
    """Weight times coefficient, both ppm, in ppm, rounded half up."""
    return (weights * coefficients + PPM // 2) // PPM


def minus_patient(standard: Money, claims: Claims, rows: Mask, floor: bool) -> Money:
    """Fund money due = standard - (charge - statutory): all but the statutory part is collected from others.

    It is negative where the patient side exceeds the standard; ``floor`` lifts such rows to zero.
    """
    due = standard - (claims.charge[rows] - claims.statutory[rows])
    return np.maximum(due, 0) if floor else due


def incentives_of_charges(history: History) -> Incentives:
    """Fee for service: every yuan charged comes back, the fund's share of it is debited to the budget."""
    share = fund_share(history)
    return Incentives(np.ones_like(share), share)


def incentives_of_stays(history: History, returned: Floats, debited: Floats) -> Incentives:
    """Fee for service everywhere but for stays in the county, where a [tier] column is given instead."""
    base = incentives_of_charges(history)
    inside = np.arange(len(base.returned)) <= COUNTY
    for table, column in ((base.returned, returned), (base.debited, debited)):
        table[inside, INPATIENT] = column[inside]
    return base
