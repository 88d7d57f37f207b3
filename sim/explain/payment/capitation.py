"""Outpatient capitation (`sim.money.payment.capitation`), step by step."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.core.text import Text
from sim.core.units import parts, rounded
from sim.explain.base_years import base_steps, grown_step
from sim.explain.payment.asked import Asked
from sim.explain.payment.common import Part, community_name, gathered, left_alone, unit_steps
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
from sim.money.history import History, Mask, sum_by
from sim.money.payment.capitation import covered, signed_fractions, signed_ppm
from sim.tables import Ints

AMOUNT = Text("amount of the community", "医共体人头总额")


OF_SIGNED = Text("bills of signed persons", "签约居民统筹支付")


NOT_HERE = Text(" (only outpatient visits to members are paid by head)", "（仅成员机构门诊按人头付费）")


def steps(asked: Asked) -> list[Step]:
    """Community by community: its amount, what is deducted from it, and its members' part for the bills."""
    claims = asked.claims
    inside = covered(claims) & np.equal(claims.community, claims.home)
    mine = asked.rows[inside[asked.rows]]
    parts = left_alone(asked, asked.rows[~inside[asked.rows]], NOT_HERE)
    home = claims.home[mine]
    parts += [
        Part(community_name(asked, int(c)), _community_steps(asked, int(c), inside, mine[home == c]))
        for c in np.unique(home)
    ]
    return gathered(parts)


def _community_steps(asked: Asked, community: int, inside: Mask, mine: Ints) -> list[Step]:
    config, claims, key = asked.config, asked.claims, asked.key
    signed_step, signed = signed_part_step(config, asked.history, key, community)
    found = [signed_step, *_amount_steps(asked, community, signed)]
    whole, signed_item = last_amount(found), figure(signed_step.what, ratio(signed))
    elsewhere = np.flatnonzero(covered(claims) & ~inside & (claims.home == community))
    away = int(parts(claims.statutory[elsewhere], signed).sum())
    outside = parameter(config, "outside", key)
    visits = money(
        Text("bills of its residents elsewhere", "本地居民外出就诊统筹支付"),
        claims.statutory[elsewhere].sum(),
        YEAR_SUM,
    )
    rule = Text("bills x signed part, half up row by row", "统筹支付×签约比例，逐行四舍五入")
    found.append(worth(Text("visits elsewhere", "外出就诊费用"), rule, [visits, signed_item], away))
    due = whole - away if config.outside == "debited" else whole
    items = [money(AMOUNT, whole), money(Text("visits elsewhere", "外出就诊费用"), away), outside]
    rule = Text("amount - visits elsewhere, where debited", "总额-外出就诊费用（若扣减）")
    found.append(worth(Text("left for members", "成员机构应得"), rule, items, due))
    its = np.flatnonzero(inside & (claims.home == community))
    found += unit_steps(asked, due, its, mine, Text("part of the amount", "人头总额份额"))
    share = last_amount(found)
    bills = money(Text("bills of the rows", "本行统筹支付"), claims.statutory[mine].sum(), BILL)
    capitated = int(parts(claims.statutory[mine], signed).sum())
    rule = Text("bills x signed part, half up row by row", "统筹支付×签约比例，逐行四舍五入")
    found.append(worth(OF_SIGNED, rule, [bills, signed_item], capitated))
    items = [bills, money(OF_SIGNED, capitated), money(Text("part of the amount", "人头总额份额"), share)]
    rule = Text("bills - those of signed persons + part of the amount", "统筹支付-签约部分+人头总额份额")
    return [*found, worth(DUE, rule, items, int(claims.statutory[mine].sum()) - capitated + share)]


def signed_part_step(config: Any, history: History, key: str, community: int) -> tuple[Step, int]:
    """The signed part of a community and the step to it; parts per million."""
    found = int(signed_ppm(config.signed_share, history)[community])
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
    return finding(Text("signed part", "签约比例"), rule, items, ratio(found)), found


def _amount_steps(asked: Asked, community: int, signed: int) -> list[Step]:
    """The community's amount for its signed persons."""
    config, history, key = asked.config, asked.history, asked.key
    heads = figure(Text("insured heads", "参保人数"), int(history.heads[community]), Text("enrolment", "参保人数"))
    everyone = Text("amount for all insured heads", "全体参保人总额")
    if config.amount_per_head is not None:
        each = grown_step(Text("amount per head", "人头标准"), config, "amount_per_head", history, key)
        whole = int(history.heads[community]) * last_amount([each])
        items = [money(each.what, last_amount([each])), heads]
        found = [each, worth(everyone, Text("amount per head x heads", "人头标准×人数"), items, whole)]
    else:
        years = years_of_amount(config, history)
        rows = [covered(year.claims) for year in years]
        size = len(history.heads)
        bills = [sum_by(y.claims.home[r], y.claims.statutory[r], size) for y, r in zip(years, rows, strict=True)]
        heads_then = [year.heads for year in years]
        found = base_steps(everyone, config, history, bills, heads_then, history.heads, community, key)
        found[-1] = found[-1]._replace(items=(*found[-1].items, parameter(config, "amount_per_head", key)))
    whole = last_amount(found)
    top, bottom = signed_fractions(config.signed_share, history)[community]
    due = rounded(whole * top, bottom)
    items, rule = [money(everyone, whole)], Text("amount x signed part", "总额×签约比例")
    if config.signed_share is None and history.signed is not None:
        signed_heads = figure(Text("signed heads", "签约人数"), int(history.signed[community]), heads.source)
        items, rule = [*items, signed_heads, heads], Text("amount x signed heads / heads", "总额×签约人数÷参保人数")
    else:
        items.append(figure(Text("signed part", "签约比例"), ratio(signed)))
    return [*found, worth(AMOUNT, rule, items, due)]
