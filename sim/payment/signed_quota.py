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
from sim.basis import PAST, closed_base_years, growth_items, growth_of, growth_ppm, rounded
from sim.handover import ClosedYear, History, Incentives, Mask, SignedList, resident_rows, sum_by
from sim.parameters import Share, param
from sim.payment import dip, inner
from sim.payment.capitation import signed_fractions, signed_part_step, signed_ppm
from sim.payment.contract import Asked
from sim.payment.inner import Inner
from sim.steps import YEAR_SUM, Item, Step, Words, figure, last_amount, money, parameter, ratio, worth
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
    months = ppm(config.months)
    quota = []
    fractions = signed_fractions(config.signed_share, history)
    for amount, then, now, (of, whole) in zip(amounts, base.heads, history.heads, fractions, strict=True):
        years = rounded(int(amount) * int(now) * of * growth * months, int(then) * whole * PPM**2 * MONTHS)
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


# --- the same, step by step -----------------------------------------------------------------------------------------
QUOTA = Words("quota", "人头总额")
UNDER = Words("of it for signed persons", "其中签约居民")
LIST = Words("the signed list", "签约名单")


def steps(asked: Asked) -> list[Step]:
    """Those of the inner scheme."""
    return inner.steps(asked, asked.prepared.inner)


def budget_steps(asked: Asked, base: Callable[[], Money], receipts: Money, community: int) -> list[Step]:
    """The community's quota from the base year or the signed list, and what passes through beside it."""
    claims, listed = asked.claims, asked.history.listed
    if listed is None:
        signed_step, signed = signed_part_step(asked.config, asked.history, asked.key, community)
        found = [signed_step, *_quota_steps(asked, community, signed)]
    else:
        found = _list_steps(asked, listed, community)
    quota = last_amount(found)
    its = claims.home == community
    spent = int(receipts[its].sum())
    under = _under_quota(asked, receipts, its & in_range(asked.config, claims), community)
    items = [money(QUOTA, quota), money(Words("fund money for its residents", "本地居民基金支付"), spent, YEAR_SUM),
             money(UNDER, last_amount([under]))]  # fmt: skip
    rule = Words("quota + money that is not under it, which passes through", "人头总额+不在总额内的基金支付")
    budget = quota + spent - last_amount([under])
    return [*found, under, worth(Words("budget", "预算"), rule, items, budget)]


def _under_quota(asked: Asked, receipts: Money, ranged: Mask, community: int) -> Step:
    """Fund money for signed persons in range: by person where the list names them, else by the signed part."""
    scope = parameter(asked.config, "range", asked.key)
    if asked.prepared.rows is not None:
        money_of = int(receipts[ranged & asked.prepared.rows].sum())
        rule = Words("claims in range of persons on the list of the month", "当月签约名单内人员的范围内费用")
        return worth(UNDER, rule, [money(UNDER, money_of, YEAR_SUM), scope], money_of)
    whole, signed = int(receipts[ranged].sum()), int(asked.prepared.signed[community])
    items = [money(Words("fund money for its residents in range", "范围内基金支付"), whole, YEAR_SUM),
             figure(Words("signed part", "签约比例"), ratio(signed)), scope]  # fmt: skip
    return worth(UNDER, Words("money in range x signed part", "范围内基金支付×签约比例"), items, part(whole, signed))


def _growth_items(config: Config, history: History, key: str) -> list[Item]:
    """What `_growth` is made of."""
    if config.purchase_ratio is not None:
        span = history.year - history.reform
        return [parameter(config, "purchase_ratio", key), *growth_items(config, history, span, key)]
    return growth_items(config, history, history.year - _base(history, "payment.purchase_ratio").year, key)


def _cut_step(config: Config, before: int, key: str) -> Step:
    """What volume purchase takes off the quota."""
    items = [money(Words("quota before the cut", "扣减前总额"), before), parameter(config, "procurement_cut", key)]
    cut = part(before, PPM - ppm(config.procurement_cut))
    return worth(QUOTA, Words("quota x (1 - cut)", "总额×(1-扣减)"), items, cut)


def _list_steps(asked: Asked, listed: SignedList, community: int) -> list[Step]:
    """The quota of a list of persons, month by month."""
    config, history, key = asked.config, asked.history, asked.key
    growth = _growth(config, history)
    share = PPM if config.base_measure == "fund" else _fund_share(config, history)
    costs = listed.costs[community].tolist()
    path = quota_of_months(costs, growth, share)
    items = [
        money(Words(f"base-year cost of the list of month {month}", f"{month}月名单基期费用"), cost, LIST)
        for month, cost in enumerate(costs, start=1)
    ]
    items += [figure(Words("growth", "增长"), ratio(growth)), *_growth_items(config, history, key)]
    items.append(parameter(config, "base_measure", key))
    if config.base_measure == "cost":
        items += [figure(Words("fund share used", "采用的基金支付比例"), ratio(share)),
                  parameter(config, "fund_share", key)]  # fmt: skip
    rule = Words("each month cost x growth (x fund share) / 12, half up to the fen, added over the months",
                 "各月名单基期费用×增长(×基金支付比例)÷12,四舍五入到分,逐月累计")  # fmt: skip
    before = worth(Words("quota before the cut", "扣减前总额"), rule, items, path[-1])
    return [before, _cut_step(config, path[-1], key)]


def _quota_steps(asked: Asked, community: int, signed: int) -> list[Step]:
    config, history, key = asked.config, asked.history, asked.key
    base = _base(history, "signed=FILE, a signed list with base-year costs (settle)")
    ranged = in_range(config, base.claims)
    its = ranged & (base.claims.home == community)
    fund, charge = int(base.claims.statutory[its].sum()), int(base.claims.charge[its].sum())
    measure = parameter(config, "base_measure", key)
    what = Words("cost of the base year", "基期费用")
    if config.base_measure == "fund":
        items = [money(Words("fund money", "基金支付"), fund, PAST), measure]
        found = [worth(what, Words("fund money of its residents in range", "本地居民范围内基金支付"), items, fund)]
    else:
        share = _fund_share(config, history)
        items = [money(Words("charge", "总费用"), charge, PAST), measure, parameter(config, "fund_share", key),
                 figure(Words("fund share used", "采用的基金支付比例"), ratio(share), PAST)]  # fmt: skip
        rule = Words("charge of its residents in range x fund share", "本地居民范围内总费用×基金支付比例")
        found = [worth(what, rule, items, part(charge, share))]
    growth, months = _growth(config, history), ppm(config.months)
    then, now = int(base.heads[community]), int(history.heads[community])
    of, whole = signed_fractions(config.signed_share, history)[community]
    years = rounded(last_amount(found) * now * of * growth * months, then * whole * PPM**2 * MONTHS)
    items = [
        money(what, last_amount(found)),
        figure(Words("persons then", "基期人数"), then, PAST),
        figure(Words("persons now", "本年人数"), now, Words("enrolment", "参保人数")),
        figure(Words("signed part", "签约比例"), ratio(signed) if whole == PPM else f"{of} / {whole}"),
        *_growth_items(config, history, key),
        parameter(config, "months", key),
    ]
    rule = Words("cost / persons then x persons now x signed part x growth x months / 12, half up",
                 "基期费用÷基期人数×本年人数×签约比例×增长×月数÷12")  # fmt: skip
    found.append(worth(Words("quota before the cut", "扣减前总额"), rule, items, years))
    return [*found, _cut_step(config, years, key)]
