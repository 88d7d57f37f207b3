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
from sim.basis import PAST, closed_base_years, growth_items, growth_of, growth_ppm, rounded
from sim.handover import History, Incentives, Mask, resident_rows, sum_by
from sim.parameters import Share, param
from sim.payment import dip, inner
from sim.payment.capitation import signed_part_step, signed_ppm
from sim.payment.contract import Asked
from sim.payment.inner import Inner
from sim.steps import YEAR_SUM, Step, Words, figure, last_amount, money, parameter, ratio, worth
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


# --- the same, step by step -----------------------------------------------------------------------------------------
QUOTA = Words("quota", "人头总额")


def steps(asked: Asked) -> list[Step]:
    """Those of the inner scheme."""
    return inner.steps(asked, asked.prepared.inner)


def budget_steps(asked: Asked, base: Callable[[], Money], receipts: Money, community: int) -> list[Step]:
    """The community's quota from the base year, and what passes through beside it."""
    config, claims, key = asked.config, asked.claims, asked.key
    signed_step, signed = signed_part_step(config, asked.history, key, community)
    found = [signed_step, *_quota_steps(asked, community, signed)]
    quota = last_amount(found)
    its = claims.home == community
    spent = int(receipts[its].sum())
    ranged = int(receipts[its & in_range(config, claims)].sum())
    under = part(ranged, signed)
    items = [money(Words("fund money for its residents in range", "范围内基金支付"), ranged, YEAR_SUM),
             figure(signed_step.what, ratio(signed)), parameter(config, "range", key)]  # fmt: skip
    name = Words("of it for signed persons", "其中签约居民")
    found.append(worth(name, Words("money in range x signed part", "范围内基金支付×签约比例"), items, under))
    items = [money(QUOTA, quota), money(Words("fund money for its residents", "本地居民基金支付"), spent, YEAR_SUM),
             money(name, under)]  # fmt: skip
    rule = Words("quota + money that is not under it, which passes through", "人头总额+不在总额内的基金支付")
    return [*found, worth(Words("budget", "预算"), rule, items, quota + spent - under)]


def _quota_steps(asked: Asked, community: int, signed: int) -> list[Step]:
    config, history, key = asked.config, asked.history, asked.key
    (base,) = closed_base_years(1, "fixed", history)
    ranged = in_range(config, base.claims)
    its = ranged & (base.claims.home == community)
    fund, charge = int(base.claims.statutory[its].sum()), int(base.claims.charge[its].sum())
    measure = parameter(config, "base_measure", key)
    what = Words("cost of the base year", "基期费用")
    if config.base_measure == "fund":
        items = [money(Words("fund money", "基金支付"), fund, PAST), measure]
        found = [worth(what, Words("fund money of its residents in range", "本地居民范围内基金支付"), items, fund)]
    else:
        sums = int(base.claims.statutory[ranged].sum()), int(base.claims.charge[ranged].sum())
        share = rounded(sums[0] * PPM, sums[1]) if config.fund_share is None else ppm(config.fund_share)
        items = [money(Words("charge", "总费用"), charge, PAST), measure, parameter(config, "fund_share", key),
                 figure(Words("fund share used", "采用的基金支付比例"), ratio(share), PAST)]  # fmt: skip
        rule = Words("charge of its residents in range x fund share", "本地居民范围内总费用×基金支付比例")
        found = [worth(what, rule, items, part(charge, share))]
    span = history.year - base.year
    growth, months = growth_ppm(growth_of(config.growth, history), span), ppm(config.months / MONTHS)
    then, now = int(base.heads[community]), int(history.heads[community])
    years = rounded(last_amount(found) * now * signed * growth * months, then * PPM**3)
    items = [
        money(what, last_amount(found)),
        figure(Words("persons then", "基期人数"), then, PAST),
        figure(Words("persons now", "本年人数"), now, Words("enrolment", "参保人数")),
        figure(Words("signed part", "签约比例"), ratio(signed)),
        *growth_items(config, history, span, key),
        parameter(config, "months", key),
    ]
    rule = Words("cost / persons then x persons now x signed part x growth x months / 12, half up",
                 "基期费用÷基期人数×本年人数×签约比例×增长×月数÷12")  # fmt: skip
    found.append(worth(Words("quota before the cut", "扣减前总额"), rule, items, years))
    items = [money(Words("quota before the cut", "扣减前总额"), years), parameter(config, "procurement_cut", key)]
    cut = part(years, PPM - ppm(config.procurement_cut))
    return [*found, worth(QUOTA, Words("quota x (1 - cut)", "总额×(1-扣减)"), items, cut)]
