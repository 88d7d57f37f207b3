"""Points that share a pool (`sim.money.payment.points`), step by step."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from sim.core.arrays import sum_by
from sim.core.text import Text
from sim.core.units import Money, largest_remainder, rounded, yuan_text
from sim.explain.base_years import Spending, base_steps, grown_step
from sim.explain.payment.asked import Asked
from sim.explain.payment.common import patient_side_steps, provider_name, statutory_step
from sim.explain.steps import (
    ABOVE,
    DUE,
    YEAR_SUM,
    Item,
    Step,
    breakdown,
    figure,
    finding,
    fraction,
    money,
    parameter,
    points_text,
    worth,
)
from sim.money.base_years import years_of_amount
from sim.money.payment.points import MILLI, Terms, point_value, total_points
from sim.money.payment.split import split_rows
from sim.tables import COUNTY, Claims, Ints, Mask

POOL = Text("pool", "预算总额")
LEFT_OVER = Text(
    "; the fen left over by rounding down go to the largest remainders, first over institutions, then over their rows",
    "；向下取整后余分按最大余数分配，先分机构后分行",
)


def pool_steps(asked: Asked, rows: Callable[[Claims], Mask]) -> list[Step]:
    """The steps of `sim.money.payment.points.pool_of`: the pool as given, or from the base years."""
    config, history = asked.config, asked.history
    if config.pool is not None:
        return [grown_step(POOL, config, "pool", history, asked.key)]
    years = years_of_amount(config, history)
    amounts = [total_points(year.claims.statutory[rows(year.claims)]) for year in years]
    heads = [total_points(year.heads) for year in years]
    spending = Spending(amounts, heads, total_points(history.heads))
    steps = base_steps(POOL, config, history, spending, 0, asked.key)
    last = steps[-1]
    return [*steps[:-1], last._replace(items=(*last.items, parameter(config, "pool", asked.key)))]


def pool_left_step(pool: int, billed: int) -> Step:
    """What reviewed cases, paid as billed, leave of the pool."""
    items = [money(POOL, pool), money(Text("paid to reviewed cases", "特例单议病例支付"), billed, YEAR_SUM)]
    rule = Text("pool - what reviewed cases are paid, not below zero", "预算总额-特例单议支付，不低于零")
    return worth(Text("pool for points", "按点数分配的预算"), rule, items, max(pool - billed, 0))


def share_steps(asked: Asked, terms: Terms, pool: int, points: Ints, rows: Mask, chosen: Ints) -> list[Step]:
    """The steps of `sim.money.payment.points.settle_points` for some of the rows that share the pool.

    Args:
        asked: what is to be explained.
        terms: reading, floor, rounding.
        pool: fund money for all these rows, fen.
        points: thousandths of a point of each row of ``rows``.
        rows: which claims earn points.
        chosen: positions of those asked for.
    """
    claims = asked.claims
    total, charge, statutory = int(points.sum()), int(claims.charge[rows].sum()), int(claims.statutory[rows].sum())
    if total == 0 or statutory == 0:
        rule = Text("no points or no bills to share by: as billed", "无点数或无费用可分配：按项目付费")
        return [statutory_step(asked, chosen, rule)]
    value = point_value(pool, charge, statutory, total)
    all_points = figure(Text("points of all rows", "全部点数"), points_text(total), YEAR_SUM)
    sums = [
        money(Text("charge of all rows", "全部总费用"), charge, YEAR_SUM),
        money(Text("statutory of all rows", "全部统筹支付"), statutory, YEAR_SUM),
    ]
    steps = [
        finding(
            Text("point value", "点值"),
            Text("pool / (statutory / charge of all rows) / points of all rows", "总额÷（统筹支付÷总费用）÷全部点数"),
            [money(POOL, pool), *sums, all_points],
            f"{fraction(value)} yuan a point",
        )
    ]
    known = type(asked.config).model_fields
    reading = [parameter(asked.config, "reading", asked.key)] if "reading" in known else []
    if terms.value_decimals is not None:
        more, due = _rounded_steps(asked, terms, value, points, rows, chosen, reading)
    elif terms.reading == "by_ratio":
        more, due = split_steps(asked, money(POOL, pool), pool, points, rows, chosen, points_text, reading)
    else:
        standard, name = rounded(pool * charge, statutory), Text("total standard", "支付标准总额")
        rule = Text("pool / (statutory / charge of all rows), half up", "预算总额÷（统筹支付÷总费用）")
        steps.append(worth(name, rule, [money(POOL, pool), *sums, *reading], standard))
        more, due = split_steps(asked, money(name, standard), standard, points, rows, chosen, points_text, reading)
    steps += more
    if terms.reading == "standard_minus_patient":
        return [*steps, *patient_side_steps(asked, chosen, due, "floor")]
    items = [money(Text("part", "所占份额"), int(due.sum())), *reading]
    return [*steps, worth(DUE, Text("its part of the pool", "所占预算份额"), items, int(due.sum()))]


def _rounded_steps(
    asked: Asked, terms: Terms, value: Fraction, points: Ints, rows: Mask, chosen: Ints, reading: list[Item]
) -> tuple[list[Step], Money]:
    """Each row by itself at the rounded point value: the steps, and what the chosen rows come to, fen."""
    claims = asked.claims
    scale = 10 ** (terms.value_decimals or 0)
    used = Fraction(math.floor(value * scale + Fraction(1, 2)), scale)
    decimals = parameter(asked.config, "value_decimals", asked.key)
    name = Text("point value used", "采用点值")
    steps = [finding(name, Text("half up", "四舍五入"), [decimals], f"{fraction(used)} yuan a point")]
    rule = Text("point value x points, half up to the fen, row by row", "点值×点数，逐行四舍五入到分")
    fen_a_point = used * 100 / MILLI
    items = []
    if terms.reading == "by_ratio":
        charge, statutory = int(claims.charge[rows].sum()), int(claims.statutory[rows].sum())
        fen_a_point = fen_a_point * statutory / charge
        rule = Text(
            "point value x points x statutory / charge of all rows, half up to the fen, row by row",
            "点值×点数×（统筹支付÷总费用），逐行四舍五入到分",
        )
        items = [
            money(Text("statutory of all rows", "全部统筹支付"), statutory, YEAR_SUM),
            money(Text("charge of all rows", "全部总费用"), charge, YEAR_SUM),
        ]
    points_chosen = points[np.searchsorted(np.flatnonzero(rows), chosen)]
    different, which = np.unique(points_chosen, return_inverse=True)
    due = np.array(
        [rounded(int(p) * fen_a_point.numerator, fen_a_point.denominator) for p in different], dtype=np.int64
    )[which]
    items = [figure(Text("points", "点数"), points_text(int(points_chosen.sum()))), *items, *reading]
    return [*steps, worth(Text("at the point value", "按点值计算"), rule, items, int(due.sum()))], due


def split_steps(
    asked: Asked,
    amount_item: Item,
    amount: int,
    weights: Ints,
    rows: Mask,
    chosen: Ints,
    shown: Callable[[int], str],
    more: Sequence[Item] = (),
) -> tuple[list[Step], Money]:
    """The steps of `sim.money.payment.split.split_by_provider` for some of the rows, and the parts of these, fen.

    Args:
        asked: what is to be explained.
        amount_item: the amount to split, as a value of the steps.
        amount: the same, fen.
        weights: what each row of ``rows`` counts, such as thousandths of a point.
        rows: which claims share the amount.
        chosen: positions of those asked for.
        shown: a weight, as readers see it.
        more: further values of the first step.
    """
    claims = asked.claims
    index = np.flatnonzero(rows)
    provider = claims.provider[index]
    by_provider = sum_by(provider, weights, int(provider.max()) + 1)
    shares = largest_remainder(amount, by_provider)
    total = int(by_provider.sum())
    providers = [int(p) for p in np.unique(claims.provider[chosen])]
    several = len(providers) > 1
    name = Text("parts of institutions", "各机构份额") if several else Text("part of the institution", "机构份额")
    rule = amount_item.name + Text(" x own points / all points", "×本机构点数÷全部点数") + LEFT_OVER
    lines = [
        _share_line(provider_name(asked, p), amount, int(by_provider[p]), total, int(shares[p]), shown)
        for p in providers
    ]
    all_points = figure(Text("all points", "全部点数"), shown(total), YEAR_SUM)
    part_of_providers = sum(int(shares[p]) for p in providers)
    steps = [worth(name, rule, [amount_item, all_points, *breakdown(lines), *more], part_of_providers)]
    due = np.zeros(len(chosen), dtype=np.int64)
    for p in providers:
        its = np.flatnonzero(provider == p)
        if int(weights[its].sum()):
            picked = claims.provider[chosen] == p
            at = np.searchsorted(index[its], chosen[picked])
            due[picked] = split_rows(int(shares[p]), weights[its])[at]
    if int(np.isin(provider, providers).sum()) == len(chosen):
        return steps, due
    points = int(weights[np.searchsorted(index, chosen)].sum())
    items = [money(name, part_of_providers), figure(Text("points", "点数"), shown(points))]
    if len(chosen) == 1 and by_provider[providers[0]]:
        items += _remainder_items(part_of_providers, points, int(by_provider[providers[0]]), int(due[0]))
    rule = Text("part of the institution x points / its points", "机构份额×点数÷机构点数") + LEFT_OVER
    return [*steps, worth(Text("part of the rows", "本行份额"), rule, items, int(due.sum()))], due


def _remainder_items(amount: int, points: int, total: int, due: int) -> list[Item]:
    """A row's part of an institution's amount, rounded down, and the fen that the largest remainders add to it."""
    exact = amount * points // total
    return [
        money(Text("rounded down", "向下取整"), exact),
        figure(Text("fen of the remainder", "余数所得（分）"), due - exact, ABOVE),
    ]


def _share_line(name: Text, amount: int, points: int, total: int, share: int, shown: Callable[[int], str]) -> Item:
    """A line for an institution: its points, its part, and the fen of it that come from the largest remainders."""
    extra = share - (amount * points // total if total else 0)
    added = Text(f"points; {extra} fen of the remainder", f"点数；余数{extra}分")
    return Item(name, f"{shown(points)} -> {yuan_text(share)} yuan", added)


def coefficient_readings(name: Text, config: Any) -> list[Text]:
    """Of what money the coefficients of tiers from history are, where points share a pool by ratio."""
    if None not in config.coefficient.unread(COUNTY):
        return []
    money_of = {"fund": Text("fund money", "统筹支付"), "charge": Text("charges", "总费用")}[config.coefficient_of]
    line = Text(
        f"coefficients of tiers from history are of {money_of.en} per weight (coefficient_of={config.coefficient_of})",
        f"级别系数按历史单位权重{money_of.zh}测算（coefficient_of={config.coefficient_of}）",
    )
    return [Text(f"{name.en}: {line.en}", f"{name.zh}：{line.zh}")]


def points_readings(name: Text, terms: Any) -> list[Text]:
    """How the open choices of points that share a pool were read, for a scheme of this name."""
    ratio = terms.reading == "by_ratio"
    how = (
        Text(
            "the fund pays by ratio, pool x points / all points (reading=by_ratio)",
            "基金按比例支付：预算总额×点数÷全部点数（reading=by_ratio）",
        )
        if ratio
        else Text(
            "the fund pays standard - patient payment, point value x points - (charge - statutory) "
            "(reading=standard_minus_patient)",
            "基金支付标准减个人负担：点值×点数-（总费用-统筹支付）（reading=standard_minus_patient）",
        )
    )
    decimals = terms.value_decimals
    spent = Text("the pool", "预算总额") if ratio else Text("the total standard", "支付标准总额")
    value = (
        Text(f"the point value is not rounded, {spent.en} is spent to the fen", f"点值不取整，{spent.zh}分配到分")
        if decimals is None
        else Text(
            f"the point value is rounded half up to {decimals} decimals, each case by itself half up to the fen",
            f"点值四舍五入到{decimals}位小数，每例各自四舍五入到分",
        )
    )
    told = [Text(f"{name.en}: {line.en}", f"{name.zh}：{line.zh}") for line in (how, value)]
    return told + coefficient_readings(name, terms) if ratio else told
