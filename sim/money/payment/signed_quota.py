"""Quota of the signed residents (天津: 对签约居民按人头总额付费), settled against what they cost the fund anywhere.

    annual quota   = sum over signed persons of their base-year cost in scope x growth
    month's quota  = annual quota of that month's signed list / 12, accumulated month by month
    community      : with a signed list (`SignedList`) the sum over its persons, else
                     base-year cost of its residents per head x growth x signed heads x mean months / 12
    base measure   fund: base-year fund money;  cost: base-year charges x fund share (the notice gives no conversion)
    cut            = share saved by volume purchase x (1 - share retained), 0 in the first procurement cycle
    budget         = quota x (1 - cut) + fund money for the unsigned and for claims out of scope

So the balance that is settled is quota less fund money for signed residents in and out of the network; everything else
is passed through as it comes: two ledgers in one hospital (A7 with A8), told apart by `ledgers`.  With a list, a claim
counts as signed if it says so (`Claims.signed`); claims that do not say it count as signed in the proportion of signed
heads.  In a simulated year who is on a month's list brings what the signed of that age cost in the base year, or the
own cost of that year (`listed`); the twelve lists are alike unless contracts change by month (`contracts.by_month`), on
its first day, so that the list day does not matter.  Members are credited by ``within`` (DIP in Tianjin).  The signing
fee (40 yuan) is paid apart (`fund.signing_fee`).  Assessment scales the surplus (`settlement.surplus_quality`).
Source: A7, A8, figures 1.3.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

from sim.core import parameters
from sim.core.arrays import sum_by
from sim.core.parameters import Share, param
from sim.core.text import Text
from sim.core.units import PPM, Money, part, parts, ppm, rounded
from sim.money.base_years import check_heads, closed_base_years, growth_over
from sim.money.history import AGE_BANDS, BaseCosts, ClosedYear, History, Incentives, Roll, SignedList
from sim.money.payment import dip, inner
from sim.money.payment.capitation import signed_fractions, signed_ppm
from sim.money.payment.inner import Inner
from sim.money.payment.scheme import Need, Scheme
from sim.tables import (
    CATEGORIES,
    INPATIENT,
    UNKNOWN,
    Claims,
    Floats,
    Ints,
    Mask,
    Payments,
    Providers,
    QuotaYear,
    resident_rows,
)

MONTHS = 12


class Config(parameters.Config):
    """Parameters of the quota of signed residents."""

    scheme: Literal["signed_quota"] = param("signed_quota", unit="", zh="签约居民按人头总额付费")
    """Payment scheme: quota of signed residents.
    Source: A7, doc 004"""
    within: Inner = param(dip.Config(), unit="", zh="内部支付方式")
    """How institutions are credited: a scheme's name, or its parameters.
    Source: A8: DIP for everyone in the same institutions"""
    range: Literal["all", "outpatient"] = param("all", unit="", zh="费用范围")
    """Claims under the quota: all, or outpatient and chronic visits only (an option for the start).
    Source: figures 1.3, step 2"""
    base_measure: Literal["fund", "cost"] = param("fund", unit="", zh="基数口径")
    """Base-year amounts are fund money, or charges times the fund share.
    Source: figures 1.3, step 3: base in cost, settlement in fund money, conversion not given; assumed fund money"""
    fund_share: Share | None = param(None, unit="share", zh="基金支付比例")
    """With base measure cost: fund money per yuan of charge; null: that of the base year.
    Source: assumed: the notice gives no conversion (figures 1.3, step 3)"""
    growth: float | None = param(None, unit="share per year", zh="购买总量增长率", ge=-0.5, le=1.0)
    """Growth per year since the base year: purchase total / base-year total; null: as charges.
    Source: figures 1.3, step 3"""
    purchase_ratio: float | None = param(None, unit="ratio", zh="购买总量与基期总费用之比", ge=0, le=10)
    """Purchase total of the first reform year / base year's cost, growing by `growth`; null: growth since then.
    Source: figures 1.3, step 3"""
    list_day: Literal["first", "last"] = param("last", unit="", zh="月度名单日")
    """With a signed list: who is signed on this day of a month is on the list of that month.
    Source: figures 1.3, step 4: that month's list, the day not given; assumed the last"""
    signed_share: Share | None = param(None, unit="share", zh="签约率")
    """Share of insured residents who are signed; null: as recorded, and all where nothing is recorded.
    Source: figures 1.3, step 1"""
    months: float = param(12.0, unit="months", zh="平均签约月数", ge=0, le=12)
    """Without a signed list: mean months of the year that a signed person is on it.
    Source: figures 1.3, step 4; assumed: all year"""
    person_base: Literal["age", "own"] = param("age", unit="", zh="人员基期费用口径")
    """What a person on the list brings in a simulation: what those signed in the base year cost then who were of the
    person's age of now, at the level of the own community; or the person's own cost of the base year.
    Source: figures 1.3, step 3: own cost; assumed by age, so that a list that ages and is renewed does not lose by the
    change alone: who lives on lacks the costs of dying, and who falls ill signs"""
    newcomers: Literal["none", "mean"] = param("mean", unit="", zh="无基期费用者")
    """With own costs: what a signed person without a base year brings, nothing or the mean cost of the persons that the
    community then answered for.
    Source: figures 1.3, step 3: the sum of own base-year costs, silent on who has none; assumed the mean, so that whose
    list has newcomers does not lose by the change alone"""
    procurement_saving: Share = param(0.0, unit="share", zh="集采节约比例")
    """Share of the quota that volume purchase saves.
    Source: figures 1.3, step 9; assumed none: the share is not given"""
    procurement_retention: Share = param(0.5, unit="share", zh="集采结余留用比例")
    """Share of the saving that is retained, as under fee for service; the quota is cut by the rest.
    Source: figures 1.3, step 9: by the FFS-side ratio, not given; assumed half"""
    procurement_cycle: int = param(2, unit="years", zh="集采首个周期", ge=0, le=50)
    """Years of the first procurement cycle, from the first reform year on, in which the quota is not cut.
    Source: figures 1.3, step 9: no cut in the first cycle; its length assumed"""


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


def in_range(config: Config, claims: Claims) -> Mask:
    """Resident-insured claims of a community's residents that the quota covers, wherever they were made."""
    rows = resident_rows(claims) & np.greater_equal(claims.home, 0)
    return rows if config.range == "all" else rows & np.not_equal(claims.category, INPATIENT)


def listed(config: Config, base: BaseCosts, roll: Roll, communities: int) -> SignedList | None:
    """The signed list of a simulated year, month by month; None where the share signed is given.

    Args:
        config: measure, range, and what a person on it brings.
        base: costs of the base year, person by person.
        roll: who is signed, and in which months.
        communities: their number.
    """
    if config.signed_share is not None:
        return None
    measure = {
        ("fund", "all"): base.fund,
        ("fund", "outpatient"): base.fund_visits,
        ("cost", "all"): base.charge,
        ("cost", "outpatient"): base.charge_visits,
    }[config.base_measure, config.range]
    own = config.person_base == "own"
    costs = (
        _own_costs(config, base, measure, roll, communities) if own else _costs_by_age(base, measure, roll, communities)
    )
    return SignedList(costs, _by_month(roll, np.ones(len(roll.key), dtype=np.int64), communities).sum(axis=1))


def _own_costs(config: Config, base: BaseCosts, measure: Money, roll: Roll, communities: int) -> Money:
    """[community, month] own costs of the base year of the persons on the list, and what newcomers bring."""
    at = np.minimum(np.searchsorted(base.key, roll.key), max(len(base.key) - 1, 0))
    known = base.key[at] == roll.key if len(base.key) else np.zeros(len(roll.key), dtype=np.bool_)
    base_cost: Money = np.zeros(len(roll.key), dtype=np.int64)
    base_cost[known] = measure[at[known]]
    costs = _by_month(roll, base_cost, communities)
    if config.newcomers == "mean":
        sums = sum_by(base.community, measure, communities)
        then = np.bincount(base.community, minlength=communities)
        fresh = _by_month(roll, np.where(known, 0, 1), communities)
        means = [[rounded(int(w) * n, int(t)) for n in ns] for w, ns, t in zip(sums, fresh.tolist(), then, strict=True)]
        costs = costs + np.array(means, dtype=np.int64)
    return costs


def _costs_by_age(base: BaseCosts, measure: Money, roll: Roll, communities: int) -> Money:
    """[community, month] what the persons on the list cost by their ages, as the signed did in the base year.

    A community's level is what its signed cost then over what they did by their ages, 1 where nobody was signed.
    """
    then = np.zeros(len(base.key), dtype=np.int64) if base.band is None else base.band
    months = np.zeros(len(base.key), dtype=np.int64) if base.months is None else base.months
    per_head = _signed_cost_by_age(then, months, measure)
    now = np.zeros(len(roll.key), dtype=np.int64) if roll.band is None else roll.band
    by_age = [_by_month(roll, np.equal(now, band).astype(np.int64), communities) for band in range(AGE_BANDS)]
    signed = sum_by(base.community * AGE_BANDS + then, months, communities * AGE_BANDS).reshape(communities, AGE_BANDS)
    by_their_ages, cost = signed @ per_head, sum_by(base.community, measure * months, communities)
    level = np.divide(cost, by_their_ages, out=np.ones(communities), where=by_their_ages > 0)
    expected: Floats = np.einsum("acm,a,c->cm", np.array(by_age), per_head, level)
    return np.rint(expected).astype(np.int64)


def _signed_cost_by_age(band: Ints, months: Ints, measure: Money) -> Floats:
    """[age band] base-year cost per person signed, fen; of all persons in a band in which nobody was signed."""
    everybody = _per_head(np.array([measure.sum()]), np.array([len(measure)]), np.zeros(1))
    of_all = _per_head(sum_by(band, measure, AGE_BANDS), np.bincount(band, minlength=AGE_BANDS), everybody)
    return _per_head(sum_by(band, measure * months, AGE_BANDS), sum_by(band, months, AGE_BANDS), of_all)


def _per_head(cost: Money, heads: Ints, otherwise: Floats) -> Floats:
    """Cost over heads; ``otherwise`` where there are none."""
    return np.where(heads > 0, cost / np.maximum(heads, 1), otherwise)


def _by_month(roll: Roll, amounts: Money, communities: int) -> Money:
    """[community, month] sums of [person] amounts over those on the month's list."""
    first, last = (np.broadcast_to(end, roll.key.shape) for end in (roll.first, roll.last))
    lists = [(first <= month) & (month <= last) for month in range(MONTHS)]
    return np.stack([sum_by(roll.community[on], amounts[on], communities) for on in lists], axis=1)


def prepare(config: Config, history: History) -> Prepared:
    """The inner scheme and the communities' quotas; the base year is the last one before the reform."""
    if history.listed is not None:
        return _of_list(config, history, history.listed)
    signed = signed_ppm(config.signed_share, history)
    base = base_year(history, "signed=FILE, a signed list with base-year costs (settle)")
    rows = in_range(config, base.claims)
    check_heads(base)
    measure = base.claims.statutory if config.base_measure == "fund" else base.claims.charge
    amounts = sum_by(base.claims.home[rows], measure[rows], len(history.heads))
    if config.base_measure == "cost":
        amounts = parts(amounts, base_fund_share(config, history))
    growth, left = growth_factor(config, history), PPM - procurement_cut(config, history)
    months = ppm(config.months)
    quota = []
    fractions = signed_fractions(config.signed_share, history)
    for amount, then, now, (top, bottom) in zip(amounts, base.heads, history.heads, fractions, strict=True):
        years = rounded(int(amount) * int(now) * top * growth * months, int(then) * bottom * PPM**2 * MONTHS)
        quota.append(part(years, left))
    return Prepared(inner.prepare(config.within, history), np.array(quota, dtype=np.int64), signed)


def base_year(history: History, give: str) -> ClosedYear:
    """The last year before the reform."""
    (base,) = closed_base_years(1, "fixed", history, give)
    return base


def procurement_cut(config: Config, history: History) -> int:
    """Part of the quota that is cut for savings of volume purchase, ppm."""
    plain = vars(config)  # looks that do not count: the cycle acts only if something is saved, a saving only after it
    cycle = config.procurement_cycle if plain["procurement_saving"] else plain["procurement_cycle"]
    if history.year - history.reform < cycle:
        return 0
    saving = ppm(config.procurement_saving)
    return part(saving, PPM - ppm(config.procurement_retention)) if saving else 0


def growth_factor(config: Config, history: History) -> int:
    """The year's purchase total over the base year's total cost, ppm."""
    if config.purchase_ratio is not None:
        return part(ppm(config.purchase_ratio), growth_over(config, history, history.year - history.reform))
    return growth_over(config, history, history.year - base_year(history, "{at}.purchase_ratio").year)


def base_fund_share(config: Config, history: History) -> int:
    """Fund money per yuan of base-year charge, ppm."""
    if config.fund_share is not None:
        return ppm(config.fund_share)
    base = base_year(history, "{at}.fund_share").claims
    rows = in_range(config, base)
    return rounded(int(base.statutory[rows].sum()) * PPM, int(base.charge[rows].sum()))


def _of_list(config: Config, history: History, listed: SignedList) -> Prepared:
    """Quotas of a list of persons; the base year's cost of each is in the list."""
    growth = growth_factor(config, history)
    share = PPM if config.base_measure == "fund" else base_fund_share(config, history)
    path = np.array([quota_of_months(costs, growth, share) for costs in listed.costs.tolist()], dtype=np.int64)
    heads = np.maximum(history.heads, 1) * MONTHS
    on_list = np.where(history.heads > 0, np.minimum(listed.months * PPM // heads, PPM), PPM)
    signed = on_list if config.signed_share is None else signed_ppm(config.signed_share, history)
    quota = parts(path[:, -1], PPM - procurement_cut(config, history))
    return Prepared(inner.prepare(config.within, history), quota, signed, path)


def budgets(config: Config, prepared: Prepared, base: Callable[[], Money], claims: Claims, receipts: Money) -> Money:
    """[community] quota, plus the fund money of everything that is not under it."""
    spent = sum_by(claims.home, receipts, len(prepared.quota))
    of_signed = sum_by(claims.home, under_quota(config, prepared, claims, receipts), len(prepared.quota))
    return np.asarray(prepared.quota + spent - of_signed, dtype=np.int64)


def under_quota(config: Config, prepared: Prepared, claims: Claims, receipts: Money) -> Money:
    """[row] fund money that is charged to the quota: that for signed persons in range.

    With a list, a row that says whether its person is signed counts in full or not at all.  Of all other rows a
    community is charged its signed part of their sum, rounded half up.  The rows share it in their order: each takes
    what it adds to the signed part of the sum so far.
    """
    rows = in_range(config, claims)
    known = rows & np.not_equal(claims.signed, UNKNOWN) if prepared.path is not None else np.zeros_like(rows)
    charged: Money = np.where(known & np.equal(claims.signed, 1), receipts, 0)
    for community, signed in enumerate(prepared.signed):
        rest = np.flatnonzero(rows & ~known & (claims.home == community))
        so_far = parts(np.cumsum(receipts[rest]), int(signed))
        charged[rest] = np.diff(so_far, prepend=0)
    return charged


def ledgers(config: Config, prepared: Prepared, claims: Claims, receipts: Money, providers: Providers) -> QuotaYear:
    """Quota, money charged to it and money beside it, fen: by community, and the last two by institution."""
    rows = resident_rows(claims)
    charged = under_quota(config, prepared, claims, receipts)
    beside = np.where(rows, receipts, 0) - charged
    count, institutions = len(prepared.quota), len(providers.tier)
    return QuotaYear(
        prepared.quota,
        sum_by(claims.home, charged, count),
        sum_by(claims.home, beside, count),
        np.stack([sum_by(claims.provider, amounts, institutions) for amounts in (charged, beside)], axis=1),
    )


def pay(config: Config, prepared: Prepared, claims: Claims, providers: Providers) -> Payments:
    """Credit every row by the inner scheme; the quota is a matter of settlement."""
    return inner.pay(config.within, prepared.inner, claims, providers)


def incentives(config: Config, history: History) -> Incentives:
    """Incentives of the inner scheme, but only money under the quota is debited: no yuan saved elsewhere is kept."""
    of_inner = inner.incentives(config.within, history)
    under = quota_shares(config, history)
    return of_inner._replace(debited=of_inner.debited * under, spared=of_inner.spared * under)


def reach(config: Config, history: History) -> Floats:
    """[community] part of its insured persons who are signed, 0..1: only their health pays."""
    return np.asarray(signed_ppm(config.signed_share, history) / PPM, dtype=np.float64)


def quota_shares(config: Config, history: History) -> Floats:
    """[category] part of the last closed year's fund money that the quota answers for, 0..1; 0 where none was paid."""
    last = history.closed[-1].claims
    rows = resident_rows(last)
    under = under_quota(config, prepare(config, history), last, last.statutory)[rows]
    charged = sum_by(last.category[rows], under, len(CATEGORIES))
    paid = sum_by(last.category[rows], last.statutory[rows], len(CATEGORIES))
    return np.divide(charged, paid, out=np.zeros(len(CATEGORIES)), where=paid > 0)


def needs(config: Config) -> tuple[Need, ...]:
    """Who is signed."""
    return ("signed_list",)


SCHEME = Scheme(
    name="signed_quota",
    label=Text("quota of signed residents", "签约居民按人头总额付费"),
    config=Config,
    prepare=prepare,
    pay=pay,
    incentives=incentives,
    has_budget=True,
    needs=needs,
    budgets=budgets,
    listed=listed,
    ledgers=ledgers,
    reach=reach,
)
