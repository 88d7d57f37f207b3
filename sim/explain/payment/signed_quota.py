"""The quota of signed residents (`sim.money.payment.signed_quota`), step by step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sim.core.text import Text
from sim.core.units import PPM, Money, part, ppm, rounded
from sim.explain.base_years import PAST, growth_items
from sim.explain.payment import inner
from sim.explain.payment.asked import Asked
from sim.explain.payment.capitation import signed_part_step
from sim.explain.payment.explanation import Explanation
from sim.explain.steps import YEAR_SUM, Item, Step, figure, last_amount, money, parameter, ratio, worth
from sim.money.history import History, SignedList
from sim.money.payment.capitation import signed_fractions
from sim.money.payment.signed_quota import (
    MONTHS,
    Config,
    base_fund_share,
    base_year,
    growth_factor,
    in_range,
    procurement_cut,
    quota_of_months,
)
from sim.tables import UNKNOWN, Claims, Mask

QUOTA = Text("quota", "人头总额")
UNDER = Text("of it for signed persons", "其中签约居民")
LIST = Text("the signed list", "签约名单")


def steps(asked: Asked) -> list[Step]:
    """The steps of the inner scheme."""
    return inner.steps(asked, asked.prepared.inner)


def budget_steps(asked: Asked, base: Callable[[], Money], receipts: Money, community: int) -> list[Step]:
    """The community's quota from the base year or the signed list, and the money that is not under it."""
    claims, listed = asked.claims, asked.history.listed
    if listed is None:
        signed_step, signed = signed_part_step(asked.config, asked.history, asked.key, community)
        steps = [signed_step, *_quota_steps(asked, community, signed)]
    else:
        steps = _list_steps(asked, listed, community)
    quota = last_amount(steps)
    its = claims.home == community
    spent = int(receipts[its].sum())
    under = _under_quota(asked, receipts, its & in_range(asked.config, claims), community)
    items = [
        money(QUOTA, quota),
        money(Text("fund money for its residents", "本地居民基金支付"), spent, YEAR_SUM),
        money(UNDER, last_amount([under])),
    ]
    rule = Text("quota + money that is not under it, which passes through", "人头总额+不在总额内的基金支付")
    budget = quota + spent - last_amount([under])
    return [*steps, under, worth(Text("budget", "预算"), rule, items, budget)]


def _under_quota(asked: Asked, receipts: Money, ranged: Mask, community: int) -> Step:
    """Fund money for signed persons in range: by person where claims name them, else by the signed part."""
    scope = parameter(asked.config, "range", asked.key)
    with_person = ranged & (asked.claims.signed != UNKNOWN)
    if asked.prepared.path is not None and with_person.any():
        money_of_signed = int(receipts[with_person & (asked.claims.signed == 1)].sum())
        rule = Text("claims in range of persons on the list of the month", "当月签约名单内人员的范围内费用")
        return worth(UNDER, rule, [money(UNDER, money_of_signed, YEAR_SUM), scope], money_of_signed)
    money_in_range, signed = int(receipts[ranged].sum()), int(asked.prepared.signed[community])
    items = [
        money(Text("fund money for its residents in range", "范围内基金支付"), money_in_range, YEAR_SUM),
        figure(Text("signed part", "签约比例"), ratio(signed)),
        scope,
    ]
    rule = Text("money in range x signed part", "范围内基金支付×签约比例")
    return worth(UNDER, rule, items, part(money_in_range, signed))


def _growth_items(config: Config, history: History, key: str) -> list[Item]:
    """What `sim.money.payment.signed_quota.growth_factor` is made of."""
    if config.purchase_ratio is not None:
        span = history.year - history.reform
        return [parameter(config, "purchase_ratio", key), *growth_items(config, history, span, key)]
    return growth_items(config, history, history.year - base_year(history, "{at}.purchase_ratio").year, key)


def _cut_step(config: Config, history: History, before: int, key: str) -> Step:
    """What volume purchase takes off the quota."""
    cut, year = procurement_cut(config, history), history.year - history.reform + 1
    names = ("procurement_saving", "procurement_retention", "procurement_cycle")
    items = [
        money(Text("quota before the cut", "扣减前总额"), before),
        *(parameter(config, name, key) for name in names),
        figure(Text("year of the reform", "改革第几年"), year),
        figure(Text("cut", "扣减比例"), ratio(cut)),
    ]
    rule = Text(
        "quota x (1 - cut); cut = saving x (1 - retention), 0 in the first cycle",
        "总额×（1-扣减比例），扣减比例=节约比例×（1-留用比例），首个周期不扣减",
    )
    return worth(QUOTA, rule, items, part(before, PPM - cut))


def _list_steps(asked: Asked, listed: SignedList, community: int) -> list[Step]:
    """The quota of a list of persons, month by month."""
    config, history, key = asked.config, asked.history, asked.key
    growth = growth_factor(config, history)
    share = PPM if config.base_measure == "fund" else base_fund_share(config, history)
    costs = listed.costs[community].tolist()
    path = quota_of_months(costs, growth, share)
    items = [
        money(Text(f"base-year cost of the list of month {month}", f"{month}月名单基期费用"), cost, LIST)
        for month, cost in enumerate(costs, start=1)
    ]
    items += [figure(Text("growth", "增长"), ratio(growth)), *_growth_items(config, history, key)]
    names = ("base_measure", "person_base", *(["newcomers"] if config.person_base == "own" else []))
    items += [parameter(config, name, key) for name in names]
    if config.base_measure == "cost":
        items += [
            figure(Text("fund share used", "采用的基金支付比例"), ratio(share)),
            parameter(config, "fund_share", key),
        ]
    rule = Text(
        "each month cost x growth (x fund share) / 12, half up to the fen, added over the months",
        "各月名单基期费用×增长（×基金支付比例）÷12，四舍五入到分，逐月累计",
    )
    before = worth(Text("quota before the cut", "扣减前总额"), rule, items, path[-1])
    return [before, _cut_step(config, history, path[-1], key)]


def _quota_steps(asked: Asked, community: int, signed: int) -> list[Step]:
    config, history, key = asked.config, asked.history, asked.key
    base = base_year(history, "signed=FILE, a signed list with base-year costs (settle)")
    ranged = in_range(config, base.claims)
    its = ranged & (base.claims.home == community)
    fund, charge = int(base.claims.statutory[its].sum()), int(base.claims.charge[its].sum())
    measure = parameter(config, "base_measure", key)
    what = Text("cost of the base year", "基期费用")
    if config.base_measure == "fund":
        items = [money(Text("fund money", "基金支付"), fund, PAST), measure]
        steps = [worth(what, Text("fund money of its residents in range", "本地居民范围内基金支付"), items, fund)]
    else:
        share = base_fund_share(config, history)
        items = [
            money(Text("charge", "总费用"), charge, PAST),
            measure,
            parameter(config, "fund_share", key),
            figure(Text("fund share used", "采用的基金支付比例"), ratio(share), PAST),
        ]
        rule = Text("charge of its residents in range x fund share", "本地居民范围内总费用×基金支付比例")
        steps = [worth(what, rule, items, part(charge, share))]
    growth, months = growth_factor(config, history), ppm(config.months)
    then, now = int(base.heads[community]), int(history.heads[community])
    top, bottom = signed_fractions(config.signed_share, history)[community]
    quota = rounded(last_amount(steps) * now * top * growth * months, then * bottom * PPM**2 * MONTHS)
    items = [
        money(what, last_amount(steps)),
        figure(Text("persons then", "基期人数"), then, PAST),
        figure(Text("persons now", "本年人数"), now, Text("enrolment", "参保人数")),
        figure(Text("signed part", "签约比例"), ratio(signed) if bottom == PPM else f"{top} / {bottom}"),
        *_growth_items(config, history, key),
        parameter(config, "months", key),
    ]
    rule = Text(
        "cost / persons then x persons now x signed part x growth x months / 12, half up",
        "基期费用÷基期人数×本年人数×签约比例×增长×月数÷12",
    )
    steps.append(worth(Text("quota before the cut", "扣减前总额"), rule, items, quota))
    return [*steps, _cut_step(config, history, quota, key)]


def readings(config: Any, history: History, claims: Claims) -> list[Text]:
    """How its open choices were read."""
    base = (
        Text(
            "signed quota: base-year amounts are taken as fund money (base_measure=fund)",
            "签约定额：基期金额视为统筹基金支付（base_measure=fund）",
        )
        if config.base_measure == "fund"
        else Text(
            "signed quota: base-year amounts are cost, times the fund share (base_measure=cost)",
            "签约定额：基期金额为医疗费用，乘以基金占比（base_measure=cost）",
        )
    )
    if history.listed is None:
        return [
            Text(
                f"{base.en}; claims count as signed in the proportion of signed heads",
                f"{base.zh}；费用按签约人数占比计入签约",
            )
        ]
    who = (
        Text("claims count as signed in the proportion of months on the list", "费用按名单人月占比计入签约")
        if (claims.signed == UNKNOWN).all()
        else Text(
            "claims count as signed if their person is on the list of their month", "费用所属人员在当月名单上的计入签约"
        )
    )
    day = {"first": "第一天", "last": "最后一天"}.get(config.list_day, config.list_day)
    return [
        base,
        Text(
            f"signed quota: a month's list holds who is signed on its {config.list_day} day, its quota is rounded half "
            f"up to the fen; {who.en}",
            f"签约定额：各月名单为当月{day}在签人员，月定额四舍五入到分；{who.zh}",
        ),
    ]


EXPLANATION = Explanation(steps, budget_steps, readings=readings)
