"""Quota of the signed residents (天津: 对签约居民按人头总额付费), settled against what they cost the fund anywhere.

    annual quota   = sum over signed persons of their base-year cost in scope x growth
    month's quota  = annual quota of that month's signed list / 12, accumulated month by month
    community      : base-year cost of its residents per head x growth x signed heads x mean months / 12
    base measure   fund: base-year fund money;  cost: base-year charges x fund share (the notice gives no conversion)
    budget         = quota x (1 - procurement cut) + fund money for the unsigned and for claims out of scope

So the balance that is settled is quota less fund money for signed residents in and out of the network; everything else
is passed through as it comes.  Claims do not say who is signed: each claim of a community counts as signed in the
proportion of signed heads.  Members are credited by ``within`` (DIP in Tianjin).  The signing fee (40 yuan) is paid
apart (`fund.signing_fee`).  Assessment scales the surplus (`settlement.surplus_quality`).  Source: A7, A8, figures 1.3.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

from sim import parameters
from sim.basis import closed_base_years, growth_of, growth_ppm, rounded
from sim.handover import History, Incentives, Mask, resident_rows, sum_by
from sim.parameters import Share, param
from sim.payment import dip, inner
from sim.payment.capitation import signed_ppm
from sim.payment.inner import Inner
from sim.tables import INPATIENT, Claims, Ints, Payments, Providers
from sim.units import PPM, Money, part, parts, ppm

MONTHS = 12


class Config(parameters.Config):
    """Parameters of the quota of signed residents."""

    scheme: Literal["signed_quota"] = param(
        "signed_quota", "Payment scheme: quota of signed residents.", unit="", zh="签约居民按人头总额付费",
        source="A7, doc 004",
    )  # fmt: skip
    within: Inner = param(
        dip.Config(), "How institutions are credited: a scheme's name, or its parameters.", unit="",
        zh="内部支付方式", source="A8: DIP for everyone in the same institutions",
    )  # fmt: skip
    range: Literal["all", "outpatient"] = param(
        "all", "Claims under the quota: all, or outpatient and chronic visits only (an option for the start).", unit="",
        zh="费用范围", source="figures 1.3, step 2",
    )  # fmt: skip
    base_measure: Literal["fund", "cost"] = param(
        "fund", "Base-year amounts are fund money, or charges times the fund share.", unit="", zh="基数口径",
        source="figures 1.3, step 3: base in cost, settlement in fund money, conversion not given; assumed fund money",
    )  # fmt: skip
    fund_share: Share | None = param(
        None, "With base measure cost: fund money per yuan of charge; null: that of the base year.", unit="share",
        zh="基金支付比例", source="assumed: the notice gives no conversion (figures 1.3, step 3)",
    )  # fmt: skip
    growth: float | None = param(
        None, "Growth per year since the base year: purchase total / base-year total; null: as charges.",
        unit="share per year", zh="购买总量增长率", ge=-0.5, le=1.0, source="figures 1.3, step 3",
    )  # fmt: skip
    signed_share: Share | None = param(
        None, "Share of insured residents who are signed; null: as recorded, and all where nothing is recorded.",
        unit="share", zh="签约率", source="figures 1.3, step 1",
    )  # fmt: skip
    months: float = param(
        12.0, "Mean months of the year that a signed person is on the list.", unit="months", zh="平均签约月数",
        ge=0, le=12,
        source="figures 1.3, step 4; assumed: all year",
    )  # fmt: skip
    procurement_cut: Share = param(
        0.0, "Cut of the quota for savings of volume purchase.", unit="share", zh="集采结余扣减",
        source="figures 1.3, step 9: none in the first cycle",
    )  # fmt: skip


class Prepared(NamedTuple):
    """What the year needs."""

    inner: Any
    """What the inner scheme needs."""
    quota: Money
    """[community] fen."""
    signed: Ints
    """[community] signed part, ppm."""


def quota_of_list(costs: Sequence[int], months: Sequence[Sequence[int]], growth: int) -> list[int]:
    """Accumulated quota after each month, fen, from a signed list.

    Args:
        costs: base-year cost of each person, fen.
        months: months 0..11 in which each person is on the list.
        growth: this year's purchase total / base-year total, ppm.

    >>> quota_of_list([120_000, 360_000, 600_000], [range(12), range(6), range(3)], 1_100_000)[-1]
    495000
    """
    total, path = 0, []
    for month in range(MONTHS):
        annual = sum(cost * growth for cost, on in zip(costs, months, strict=True) if month in on)
        total += rounded(annual, PPM * MONTHS)
        path.append(total)
    return path


def in_range(config: Config, claims: Claims) -> Mask:
    """Resident-insured claims of a community's residents that the quota covers, wherever they were made."""
    rows = resident_rows(claims) & np.greater_equal(claims.home, 0)
    return rows if config.range == "all" else rows & np.not_equal(claims.category, INPATIENT)


def prepare(config: Config, history: History) -> Prepared:
    """The inner scheme and the communities' quotas; the base year is the last one before the reform."""
    signed = signed_ppm(config.signed_share, history)
    (base,) = closed_base_years(1, "fixed", history)
    rows = in_range(config, base.claims)
    measure = base.claims.statutory if config.base_measure == "fund" else base.claims.charge
    amounts = sum_by(base.claims.home[rows], measure[rows], len(history.heads))
    if config.base_measure == "cost":
        whole, fund = int(base.claims.charge[rows].sum()), int(base.claims.statutory[rows].sum())
        share = rounded(fund * PPM, whole) if config.fund_share is None else ppm(config.fund_share)
        amounts = parts(amounts, share)
    growth = growth_ppm(growth_of(config.growth, history), history.year - base.year)
    months = ppm(config.months / MONTHS)
    quota = []
    for amount, then, now, part_signed in zip(amounts, base.heads, history.heads, signed, strict=True):
        years = rounded(int(amount) * int(now) * int(part_signed) * growth * months, int(then) * PPM**3)
        quota.append(part(years, PPM - ppm(config.procurement_cut)))
    return Prepared(inner.prepare(config.within, history), np.array(quota, dtype=np.int64), signed)


def budgets(config: Config, prepared: Prepared, base: Callable[[], Money], claims: Claims, receipts: Money) -> Money:
    """[community] quota, plus the fund money of everything that is not under it."""
    rows = in_range(config, claims)
    spent = sum_by(claims.home, receipts, len(prepared.quota))
    of_signed = parts(sum_by(claims.home[rows], receipts[rows], len(prepared.quota)), prepared.signed)
    return np.asarray(prepared.quota + spent - of_signed, dtype=np.int64)


def pay(config: Config, prepared: Prepared, claims: Claims, providers: Providers) -> Payments:
    """Credit every row by the inner scheme; the quota is a matter of settlement."""
    return inner.pay(config.within, prepared.inner, claims, providers)


def incentives(config: Config, history: History) -> Incentives:
    """Those of the inner scheme; what the community keeps of a saving comes with settlement."""
    return inner.incentives(config.within, history)
