"""Quota of the signed residents (天津: 对签约居民按人头总额付费), settled against what they cost the fund anywhere.

    annual quota   = sum over signed persons of their base-year cost in scope x growth
    month's quota  = annual quota of that month's signed list / 12, accumulated month by month
    community      : with a signed list (`SignedList`) the sum over its persons, else
                     base-year cost of its residents per head x growth x signed heads x mean months / 12
    base measure   fund: base-year fund money;  cost: base-year charges x fund share (the notice gives no conversion)
    budget         = quota x (1 - procurement cut) + fund money for the unsigned and for claims out of scope

So the balance that is settled is quota less fund money for signed residents in and out of the network; everything else
is passed through as it comes.  Where claims and list name persons, a claim counts as signed if its person is on the
list of its month; otherwise each claim of a community counts as signed in the proportion of signed heads.  Members are
credited by ``within`` (DIP in Tianjin).  The signing fee (40 yuan) is paid apart (`fund.signing_fee`).  Assessment
scales the surplus (`settlement.surplus_quality`).  Source: A7, A8, figures 1.3.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

from sim import parameters
from sim.basis import closed_base_years, growth_of, growth_ppm, rounded
from sim.handover import ClosedYear, History, Incentives, Mask, SignedList, resident_rows, sum_by
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
    purchase_ratio: float | None = param(
        None,
        "Purchase total of the first reform year / base year's cost, growing by `growth`; null: growth since then.",
        unit="ratio", zh="购买总量与基期总费用之比", ge=0, le=100, source="figures 1.3, step 3",
    )  # fmt: skip
    list_day: Literal["first", "last"] = param(
        "last", "With a signed list: who is signed on this day of a month is on the list of that month.", unit="",
        zh="月度名单日", source="figures 1.3, step 4: that month's list, the day not given; assumed the last",
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
    path: Money | None = None
    """[community, month] quota accumulated by the end of each month, fen, before the cut; None without a list."""
    rows: Mask | None = None
    """[row of the year's claims] of signed persons; None: by the signed part."""


def quota_of_months(costs: Sequence[int], growth: int, share: int = PPM) -> list[int]:
    """Accumulated quota after each month, fen: a twelfth of the annual quota of each month's list.

    Args:
        costs: [month] base-year cost of the persons on that month's list, fen.
        growth: this year's purchase total / base-year total, ppm.
        share: fund money per yuan of base-year cost, ppm.
    """
    total, path = 0, []
    for cost in costs:
        total += rounded(int(cost) * growth * share, PPM * PPM * MONTHS)
        path.append(total)
    return path


def quota_of_list(costs: Sequence[int], months: Sequence[Sequence[int]], growth: int) -> list[int]:
    """Accumulated quota after each month, fen, from a signed list.

    Args:
        costs: base-year cost of each person, fen.
        months: months 0..11 in which each person is on the list.
        growth: this year's purchase total / base-year total, ppm.

    >>> quota_of_list([120_000, 360_000, 600_000], [range(12), range(6), range(3)], 1_100_000)[-1]
    495000
    """
    lists = (sum(c for c, on in zip(costs, months, strict=True) if month in on) for month in range(MONTHS))
    return quota_of_months(list(lists), growth)


def in_range(config: Config, claims: Claims) -> Mask:
    """Resident-insured claims of a community's residents that the quota covers, wherever they were made."""
    rows = resident_rows(claims) & np.greater_equal(claims.home, 0)
    return rows if config.range == "all" else rows & np.not_equal(claims.category, INPATIENT)


def prepare(config: Config, history: History) -> Prepared:
    """The inner scheme and the communities' quotas; the base year is the last one before the reform."""
    if history.listed is not None:
        return _of_list(config, history, history.listed)
    signed = signed_ppm(config.signed_share, history)
    base = _base(history, "signed=FILE, a signed list with base-year costs (settle)")
    rows = in_range(config, base.claims)
    measure = base.claims.statutory if config.base_measure == "fund" else base.claims.charge
    amounts = sum_by(base.claims.home[rows], measure[rows], len(history.heads))
    if config.base_measure == "cost":
        amounts = parts(amounts, _fund_share(config, history))
    growth = _growth(config, history)
    months = ppm(config.months / MONTHS)
    quota = []
    for amount, then, now, part_signed in zip(amounts, base.heads, history.heads, signed, strict=True):
        years = rounded(int(amount) * int(now) * int(part_signed) * growth * months, int(then) * PPM**3)
        quota.append(part(years, PPM - ppm(config.procurement_cut)))
    return Prepared(inner.prepare(config.within, history), np.array(quota, dtype=np.int64), signed)


def _base(history: History, give: str) -> ClosedYear:
    """The last year before the reform."""
    (base,) = closed_base_years(1, "fixed", history, give)
    return base


def _growth(config: Config, history: History) -> int:
    """The year's purchase total over the base year's total cost, ppm."""
    growth = growth_of(config.growth, history)
    if config.purchase_ratio is not None:
        return part(ppm(config.purchase_ratio), growth_ppm(growth, history.year - history.reform))
    return growth_ppm(growth, history.year - _base(history, "payment.purchase_ratio").year)


def _fund_share(config: Config, history: History) -> int:
    """Fund money per yuan of base-year charge, ppm."""
    if config.fund_share is not None:
        return ppm(config.fund_share)
    base = _base(history, "payment.fund_share").claims
    rows = in_range(config, base)
    return rounded(int(base.statutory[rows].sum()) * PPM, int(base.charge[rows].sum()))


def _of_list(config: Config, history: History, listed: SignedList) -> Prepared:
    """Quotas of a list of persons; the base year's cost of each is in the list."""
    growth = _growth(config, history)
    share = PPM if config.base_measure == "fund" else _fund_share(config, history)
    path = np.array([quota_of_months(costs, growth, share) for costs in listed.costs.tolist()], dtype=np.int64)
    heads = np.maximum(history.heads, 1) * MONTHS
    on_list = np.where(history.heads > 0, np.minimum(listed.months * PPM // heads, PPM), PPM)
    signed = on_list if config.signed_share is None else signed_ppm(config.signed_share, history)
    quota = parts(path[:, -1], PPM - ppm(config.procurement_cut))
    return Prepared(inner.prepare(config.within, history), quota, signed, path, listed.rows)


def budgets(config: Config, prepared: Prepared, base: Callable[[], Money], claims: Claims, receipts: Money) -> Money:
    """[community] quota, plus the fund money of everything that is not under it."""
    rows = in_range(config, claims)
    spent = sum_by(claims.home, receipts, len(prepared.quota))
    if prepared.rows is not None:
        rows = rows & prepared.rows
        of_signed = sum_by(claims.home[rows], receipts[rows], len(prepared.quota))
    else:
        of_signed = parts(sum_by(claims.home[rows], receipts[rows], len(prepared.quota)), prepared.signed)
    return np.asarray(prepared.quota + spent - of_signed, dtype=np.int64)


def pay(config: Config, prepared: Prepared, claims: Claims, providers: Providers) -> Payments:
    """Credit every row by the inner scheme; the quota is a matter of settlement."""
    return inner.pay(config.within, prepared.inner, claims, providers)


def incentives(config: Config, history: History) -> Incentives:
    """Those of the inner scheme; what the community keeps of a saving comes with settlement."""
    return inner.incentives(config.within, history)
