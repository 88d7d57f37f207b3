"""Points that share a pool (`sim.money.payment.points`), step by step."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np

from sim.core.text import Text
from sim.core.units import Money, largest_remainder, rounded, yuan_text
from sim.explain.base_years import base_steps, grown_step
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
from sim.money.history import Mask, sum_by
from sim.money.payment.points import MILLI, Terms, point_value, total_points
from sim.money.payment.split import split_rows
from sim.tables import Claims, Ints

POOL = Text("pool", "预算总额")


LEFT_OVER = Text(
    "; the fen left over by rounding down go to the largest remainders, first over institutions, then over their rows",
    "；向下取整后余分按最大余数分配，先分机构后分行",
)


def pool_steps(asked: Asked, rows: Callable[[Claims], Mask]) -> list[Step]:
    """The steps of `pool_of`: given, or from the base years."""
    config, history = asked.config, asked.history
    if config.pool is not None:
        return [grown_step(POOL, config, "pool", history, asked.key)]
    years = years_of_amount(config, history)
    amounts = [total_points(year.claims.statutory[rows(year.claims)]) for year in years]
    found = base_steps(
        POOL,
        config,
        history,
        amounts,
        [total_points(year.heads) for year in years],
        total_points(history.heads),
        0,
        asked.key,
    )
    last = found[-1]
    return [*found[:-1], last._replace(items=(*last.items, parameter(config, "pool", asked.key)))]


def pool_left_step(pool: int, billed: int) -> Step:
    """What reviewed cases, paid as billed, leave of the pool."""
    items = [money(POOL, pool), money(Text("paid to reviewed cases", "特例单议病例支付"), billed, YEAR_SUM)]
    rule = Text("pool - what reviewed cases are paid, not below zero", "预算总额-特例单议支付，不低于零")
    return worth(Text("pool for points", "按点数分配的预算"), rule, items, max(pool - billed, 0))


def share_steps(asked: Asked, terms: Terms, pool: int, points: Ints, rows: Mask, chosen: Ints) -> list[Step]:
    """The steps of `settle_points` for some of the rows that share the pool.

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
        due = _rounded_steps(asked, terms, value, points, rows, chosen, steps, reading)
    elif terms.reading == "by_ratio":
        due = split_steps(asked, money(POOL, pool), pool, points, rows, chosen, steps, points_text, reading)
    else:
        whole = rounded(pool * charge, statutory)
        rule = Text("pool / (statutory / charge of all rows), half up", "预算总额÷（统筹支付÷总费用）")
        name = Text("total standard", "支付标准总额")
        steps.append(worth(name, rule, [money(POOL, pool), *sums, *reading], whole))
        due = split_steps(asked, money(name, whole), whole, points, rows, chosen, steps, points_text, reading)
    if terms.reading == "standard_minus_patient":
        return [*steps, *patient_side_steps(asked, chosen, due, "floor")]
    items = [money(Text("part", "所占份额"), int(due.sum())), *reading]
    return [*steps, worth(DUE, Text("its part of the pool", "所占预算份额"), items, int(due.sum()))]


def _rounded_steps(
    asked: Asked,
    terms: Terms,
    value: Fraction,
    points: Ints,
    rows: Mask,
    chosen: Ints,
    steps: list[Step],
    reading: list[Item],
) -> Money:
    """Each row by itself at the rounded point value."""
    claims = asked.claims
    scale = 10 ** (terms.value_decimals or 0)
    used = Fraction(math.floor(value * scale + Fraction(1, 2)), scale)
    decimals = parameter(asked.config, "value_decimals", asked.key)
    name = Text("point value used", "采用点值")
    steps.append(finding(name, Text("half up", "四舍五入"), [decimals], f"{fraction(used)} yuan a point"))
    rule = Text("point value x points, half up to the fen, row by row", "点值×点数，逐行四舍五入到分")
    each = used * 100 / MILLI
    items = []
    if terms.reading == "by_ratio":
        charge, statutory = int(claims.charge[rows].sum()), int(claims.statutory[rows].sum())
        each = each * statutory / charge
        rule = Text(
            "point value x points x statutory / charge of all rows, half up to the fen, row by row",
            "点值×点数×（统筹支付÷总费用），逐行四舍五入到分",
        )
        items = [
            money(Text("statutory of all rows", "全部统筹支付"), statutory, YEAR_SUM),
            money(Text("charge of all rows", "全部总费用"), charge, YEAR_SUM),
        ]
    own = points[np.searchsorted(np.flatnonzero(rows), chosen)]
    different, which = np.unique(own, return_inverse=True)
    due = np.array([rounded(int(p) * each.numerator, each.denominator) for p in different], dtype=np.int64)[which]
    items = [figure(Text("points", "点数"), points_text(int(own.sum()))), *items, *reading]
    steps.append(worth(Text("at the point value", "按点值计算"), rule, items, int(due.sum())))
    return due


def split_steps(
    asked: Asked,
    whole_item: Item,
    whole: int,
    weights: Ints,
    rows: Mask,
    chosen: Ints,
    steps: list[Step],
    shown: Callable[[int], str],
    more: Sequence[Item] = (),
) -> Money:
    """The steps of `split_by_provider`, appended to ``steps``; the parts of the chosen rows, fen."""
    claims = asked.claims
    index = np.flatnonzero(rows)
    provider = claims.provider[index]
    by_provider = sum_by(provider, weights, int(provider.max()) + 1)
    shares = largest_remainder(whole, by_provider)
    total = int(by_provider.sum())
    mine = [int(p) for p in np.unique(claims.provider[chosen])]
    name = (
        Text("part of the institution", "机构份额") if len(mine) == 1 else Text("parts of institutions", "各机构份额")
    )
    rule = whole_item.name + Text(" x own points / all points", "×本机构点数÷全部点数") + LEFT_OVER
    lines = [
        _share_line(provider_name(asked, p), whole, int(by_provider[p]), total, int(shares[p]), shown) for p in mine
    ]
    all_points = figure(Text("all points", "全部点数"), shown(total), YEAR_SUM)
    part_of_mine = sum(int(shares[p]) for p in mine)
    steps.append(worth(name, rule, [whole_item, all_points, *breakdown(lines), *more], part_of_mine))
    due = np.zeros(len(chosen), dtype=np.int64)
    for p in mine:
        its = np.flatnonzero(provider == p)
        if int(weights[its].sum()):
            picked = claims.provider[chosen] == p
            at = np.searchsorted(index[its], chosen[picked])
            due[picked] = split_rows(int(shares[p]), weights[its])[at]
    if int(np.isin(provider, mine).sum()) == len(chosen):
        return due
    own = int(weights[np.searchsorted(index, chosen)].sum())
    items = [money(name, part_of_mine), figure(Text("points", "点数"), shown(own))]
    if len(chosen) == 1 and by_provider[mine[0]]:
        exact = part_of_mine * own // int(by_provider[mine[0]])
        items.append(money(Text("rounded down", "向下取整"), exact))
        items.append(figure(Text("fen of the remainder", "余数所得（分）"), int(due[0]) - exact, ABOVE))
    rule = Text("part of the institution x points / its points", "机构份额×点数÷机构点数") + LEFT_OVER
    steps.append(worth(Text("part of the rows", "本行份额"), rule, items, int(due.sum())))
    return due


def _share_line(name: Text, whole: int, own: int, total: int, share: int, shown: Callable[[int], str]) -> Item:
    """Own points, and the fen that the largest remainder adds to the part rounded down."""
    extra = share - (whole * own // total if total else 0)
    added = Text(f"points; {extra} fen of the remainder", f"点数；余数{extra}分")
    return Item(name, f"{shown(own)} -> {yuan_text(share)} yuan", added)
