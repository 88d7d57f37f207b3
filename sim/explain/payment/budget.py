"""A regional budget (`sim.money.payment.budget`), step by step."""

from __future__ import annotations

from fractions import Fraction

from sim.core.text import Text
from sim.core.units import yuan_text
from sim.explain.payment.asked import Asked
from sim.explain.payment.common import NOT_COVERED, Part, gathered, left_alone, statutory_step
from sim.explain.payment.points import POOL, pool_steps, split_steps
from sim.explain.steps import DUE, YEAR_SUM, Step, finding, fraction, last_amount, money, parameter, worth
from sim.money.payment.scope import covered_rows
from sim.tables import Ints, Mask


def steps(asked: Asked) -> list[Step]:
    """The pool, the value of a point, and the rows' part of the pool."""
    rows = covered_rows(asked.claims, asked.config.scope)
    mine = asked.rows[rows[asked.rows]]
    parts = left_alone(asked, asked.rows[~rows[asked.rows]], NOT_COVERED)
    if len(mine):
        parts.append(Part(Text("under the budget", "预算内"), _pool_part(asked, rows, mine)))
    return gathered(parts)


def _pool_part(asked: Asked, rows: Mask, mine: Ints) -> list[Step]:
    config, claims = asked.config, asked.claims
    found = pool_steps(asked, lambda year: covered_rows(year, config.scope))
    pool = last_amount(found)
    found[-1] = found[-1]._replace(items=(*found[-1].items, parameter(config, "scope", asked.key)))
    points = claims.charge[rows] if config.points == "charge" else claims.statutory[rows]
    whole, bills = int(points.sum()), int(claims.statutory[rows].sum())
    if whole == 0 or bills == 0:
        rule = Text("no points or no bills to share by: as billed", "无点数或无费用可分配：按项目付费")
        return [*found, statutory_step(asked, mine, rule)]
    shown = [parameter(config, "points", asked.key), parameter(config, "only_down", asked.key)]
    sums = [
        money(POOL, pool),
        money(Text("points of all rows", "全部点数"), whole, YEAR_SUM),
        money(Text("bills of all rows", "全部统筹支付"), bills, YEAR_SUM),
        *shown,
    ]
    value = fraction(Fraction(pool, whole))
    if config.only_down and bills <= pool:
        rule = Text("the pool suffices for all bills: as billed", "预算足以支付全部费用：按项目付费")
        found.append(finding(Text("value", "点值"), rule, sums, value))
        return [*found, statutory_step(asked, mine)]
    rule = Text("pool / points of all rows", "预算总额÷全部点数")
    found.append(finding(Text("value of a yuan of points", "每元点数的值"), rule, sums, value))
    due = split_steps(asked, money(POOL, pool), pool, points, rows, mine, found, yuan_text, shown[:1])
    part = money(Text("part", "所占份额"), int(due.sum()))
    return [*found, worth(DUE, Text("its part of the pool", "所占预算份额"), [part], int(due.sum()))]
