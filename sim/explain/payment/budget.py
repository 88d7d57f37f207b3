"""A regional budget (`sim.money.payment.budget`), step by step."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from sim.core.text import Text
from sim.core.units import yuan_text
from sim.explain.payment.asked import Asked
from sim.explain.payment.common import NOT_COVERED, Part, gathered, left_alone, statutory_step
from sim.explain.payment.explanation import Explanation
from sim.explain.payment.points import POOL, pool_steps, split_steps
from sim.explain.steps import DUE, YEAR_SUM, Step, finding, fraction, last_amount, money, parameter, worth
from sim.money.history import History
from sim.money.payment.scope import covered_rows
from sim.tables import Claims, Ints, Mask


def steps(asked: Asked) -> list[Step]:
    """The pool, the value of a point, and the rows' part of the pool."""
    rows = covered_rows(asked.claims, asked.config.scope)
    under_budget = asked.rows[rows[asked.rows]]
    parts = left_alone(asked, asked.rows[~rows[asked.rows]], NOT_COVERED)
    if len(under_budget):
        parts.append(Part(Text("under the budget", "预算内"), _pool_part(asked, rows, under_budget)))
    return gathered(parts)


def _pool_part(asked: Asked, rows: Mask, chosen: Ints) -> list[Step]:
    config, claims = asked.config, asked.claims
    steps = pool_steps(asked, lambda year: covered_rows(year, config.scope))
    pool = last_amount(steps)
    steps[-1] = steps[-1]._replace(items=(*steps[-1].items, parameter(config, "scope", asked.key)))
    points = claims.charge[rows] if config.points == "charge" else claims.statutory[rows]
    total, bills = int(points.sum()), int(claims.statutory[rows].sum())
    if total == 0 or bills == 0:
        rule = Text("no points or no bills to share by: as billed", "无点数或无费用可分配：按项目付费")
        return [*steps, statutory_step(asked, chosen, rule)]
    shown = [parameter(config, "points", asked.key), parameter(config, "only_down", asked.key)]
    sums = [
        money(POOL, pool),
        money(Text("points of all rows", "全部点数"), total, YEAR_SUM),
        money(Text("bills of all rows", "全部统筹支付"), bills, YEAR_SUM),
        *shown,
    ]
    value = fraction(Fraction(pool, total))
    if config.only_down and bills <= pool:
        rule = Text("the pool suffices for all bills: as billed", "预算足以支付全部费用：按项目付费")
        steps.append(finding(Text("value", "点值"), rule, sums, value))
        return [*steps, statutory_step(asked, chosen)]
    rule = Text("pool / points of all rows", "预算总额÷全部点数")
    steps.append(finding(Text("value of a yuan of points", "每元点数的值"), rule, sums, value))
    more, due = split_steps(asked, money(POOL, pool), pool, points, rows, chosen, yuan_text, shown[:1])
    part = money(Text("part", "所占份额"), int(due.sum()))
    return [*steps, *more, worth(DUE, Text("its part of the pool", "所占预算份额"), [part], int(due.sum()))]


def readings(config: Any, history: History, claims: Claims) -> list[Text]:
    """How its open choices were read."""
    points = {"charge": "医疗总费用", "statutory": "统筹支付"}.get(config.points, config.points)
    return [
        Text(
            f"regional budget: points are {config.points}; "
            + ("never more than the bills (only_down)" if config.only_down else "the value floats both ways"),
            f"区域总额预算：以{points}为点数；"
            + ("支付不高于费用（only_down）" if config.only_down else "点值可上下浮动"),
        )
    ]


EXPLANATION = Explanation(steps, readings=readings)
