"""Outpatient capitation (`sim.money.payment.capitation`), step by step."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.core.arrays import sum_by
from sim.core.text import Text
from sim.core.units import parts, rounded
from sim.explain.base_years import Spending, base_steps, grown_step
from sim.explain.payment.asked import Asked
from sim.explain.payment.common import Part, community_name, gathered, left_alone, unit_steps
from sim.explain.payment.explanation import Explanation
from sim.explain.steps import (
    BILL,
    DUE,
    YEAR_SUM,
    Item,
    Step,
    figure,
    finding,
    last_amount,
    money,
    parameter,
    ratio,
    worth,
)
from sim.money.base_years import years_of_amount
from sim.money.history import History
from sim.money.payment.capitation import covered, signed_fractions, signed_ppm
from sim.tables import Claims, Ints, Mask

AMOUNT = Text("amount of the community", "医共体人头总额")
OF_SIGNED = Text("bills of signed persons", "签约居民统筹支付")
NOT_HERE = Text(" (only outpatient visits to members are paid by head)", "（仅成员机构门诊按人头付费）")


def steps(asked: Asked) -> list[Step]:
    """Community by community: its amount, what is deducted from it, and its members' part for the bills."""
    claims = asked.claims
    inside = covered(claims) & np.equal(claims.community, claims.home)
    by_head = asked.rows[inside[asked.rows]]
    parts = left_alone(asked, asked.rows[~inside[asked.rows]], NOT_HERE)
    home = claims.home[by_head]
    parts += [
        Part(community_name(asked, int(c)), _community_steps(asked, int(c), inside, by_head[home == c]))
        for c in np.unique(home)
    ]
    return gathered(parts)


def _community_steps(asked: Asked, community: int, inside: Mask, chosen: Ints) -> list[Step]:
    config, claims, key = asked.config, asked.claims, asked.key
    signed_step, signed = signed_part_step(config, asked.history, key, community)
    steps = [signed_step, *_amount_steps(asked, community, signed)]
    amount, signed_item = last_amount(steps), figure(signed_step.what, ratio(signed))
    elsewhere = np.flatnonzero(covered(claims) & ~inside & (claims.home == community))
    away = int(parts(claims.statutory[elsewhere], signed).sum())
    outside = parameter(config, "outside", key)
    visits = money(
        Text("bills of its residents elsewhere", "本地居民外出就诊统筹支付"),
        claims.statutory[elsewhere].sum(),
        YEAR_SUM,
    )
    rule = Text("bills x signed part, half up row by row", "统筹支付×签约比例，逐行四舍五入")
    steps.append(worth(Text("visits elsewhere", "外出就诊费用"), rule, [visits, signed_item], away))
    due = amount - away if config.outside == "debited" else amount
    items = [money(AMOUNT, amount), money(Text("visits elsewhere", "外出就诊费用"), away), outside]
    rule = Text("amount - visits elsewhere, where debited", "总额-外出就诊费用（若扣减）")
    steps.append(worth(Text("left for members", "成员机构应得"), rule, items, due))
    its = np.flatnonzero(inside & (claims.home == community))
    steps += unit_steps(asked, due, its, chosen, Text("part of the amount", "人头总额份额"))
    share = last_amount(steps)
    bills = money(Text("bills of the rows", "本行统筹支付"), claims.statutory[chosen].sum(), BILL)
    capitated = int(parts(claims.statutory[chosen], signed).sum())
    rule = Text("bills x signed part, half up row by row", "统筹支付×签约比例，逐行四舍五入")
    steps.append(worth(OF_SIGNED, rule, [bills, signed_item], capitated))
    items = [bills, money(OF_SIGNED, capitated), money(Text("part of the amount", "人头总额份额"), share)]
    rule = Text("bills - those of signed persons + part of the amount", "统筹支付-签约部分+人头总额份额")
    return [*steps, worth(DUE, rule, items, int(claims.statutory[chosen].sum()) - capitated + share)]


def signed_part_step(config: Any, history: History, key: str, community: int) -> tuple[Step, int]:
    """The step to a community's signed part, and the part itself, in parts per million."""
    signed = int(signed_ppm(config.signed_share, history)[community])
    items: list[Item] = [parameter(config, "signed_share", key)]
    rule = Text("as given", "按给定值")
    if config.signed_share is None:
        rule = Text(
            "signed heads / insured heads, rounded down; 1 where nothing is recorded",
            "签约人数÷参保人数，向下取整；无记录时为1",
        )
        source = Text("enrolment", "参保人数")
        items.append(figure(Text("insured heads", "参保人数"), int(history.heads[community]), source))
        if history.signed is not None:
            items.append(figure(Text("signed heads", "签约人数"), int(history.signed[community]), source))
    return finding(Text("signed part", "签约比例"), rule, items, ratio(signed)), signed


def _amount_steps(asked: Asked, community: int, signed: int) -> list[Step]:
    """The community's amount for its signed persons."""
    config, history, key = asked.config, asked.history, asked.key
    heads = figure(Text("insured heads", "参保人数"), int(history.heads[community]), Text("enrolment", "参保人数"))
    everyone = Text("amount for all insured heads", "全体参保人总额")
    if config.amount_per_head is not None:
        per_head = grown_step(Text("amount per head", "人头标准"), config, "amount_per_head", history, key)
        total = int(history.heads[community]) * last_amount([per_head])
        items = [money(per_head.what, last_amount([per_head])), heads]
        steps = [per_head, worth(everyone, Text("amount per head x heads", "人头标准×人数"), items, total)]
    else:
        years = years_of_amount(config, history)
        rows = [covered(year.claims) for year in years]
        size = len(history.heads)
        bills = [sum_by(y.claims.home[r], y.claims.statutory[r], size) for y, r in zip(years, rows, strict=True)]
        spending = Spending(bills, [year.heads for year in years], history.heads)
        steps = base_steps(everyone, config, history, spending, community, key)
        steps[-1] = steps[-1]._replace(items=(*steps[-1].items, parameter(config, "amount_per_head", key)))
    total = last_amount(steps)
    top, bottom = signed_fractions(config.signed_share, history)[community]
    due = rounded(total * top, bottom)
    items, rule = [money(everyone, total)], Text("amount x signed part", "总额×签约比例")
    if config.signed_share is None and history.signed is not None:
        signed_heads = figure(Text("signed heads", "签约人数"), int(history.signed[community]), heads.source)
        items, rule = [*items, signed_heads, heads], Text("amount x signed heads / heads", "总额×签约人数÷参保人数")
    else:
        items.append(figure(Text("signed part", "签约比例"), ratio(signed)))
    return [*steps, worth(AMOUNT, rule, items, due)]


def readings(config: Any, history: History, claims: Claims) -> list[Text]:
    """How its open choices were read."""
    debited = config.outside == "debited"
    return [
        Text(
            "outpatient capitation: claims count as signed in the proportion of signed heads; visits elsewhere are "
            + ("deducted" if debited else "borne by the fund"),
            "门诊按人头付费：费用按签约人数占比计入签约；在其他机构的就诊"
            + ("从总额中扣减" if debited else "由基金承担"),
        )
    ]


EXPLANATION = Explanation(steps, readings=readings)
