"""DRG payment (`sim.money.payment.drg`), step by step."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.core.text import Text
from sim.core.units import PPM, Money, rounded, yuan_text
from sim.explain.base_years import grown_step
from sim.explain.payment.asked import Asked
from sim.explain.payment.common import (
    CASES,
    NOT_A_PRICED_STAY,
    Part,
    cell_lines,
    cells_of,
    coefficient_item,
    gathered,
    group_item,
    left_alone,
    patient_side_steps,
    per_row,
    statutory_step,
)
from sim.explain.payment.explanation import Explanation
from sim.explain.payment.outlier import STANDARD, outlier_steps
from sim.explain.payment.points import points_readings, pool_left_step, pool_steps, share_steps
from sim.explain.payment.rates import coefficient_steps, rate_steps
from sim.explain.payment.review import review_readings, review_steps
from sim.explain.steps import BILL, Step, figure, finding, last_amount, money, points_text, prefixed, ratio, worth
from sim.money.history import History
from sim.money.payment.drg import counted_at, in_proportion
from sim.money.payment.review import reviewed
from sim.money.payment.scheme import stays_in_county
from sim.tables import Claims, Ints, Mask

REVIEWED = Text("fee for service: a reviewed case", "按项目付费：特例单议病例")


def steps(asked: Asked) -> list[Step]:
    """Rate, weight and coefficient; outliers, short stays and review; from the standard, or from points, to the due."""
    stays = stays_in_county(asked.claims)
    priced = asked.rows[stays[asked.rows]]
    parts = left_alone(asked, asked.rows[~stays[asked.rows]], NOT_A_PRICED_STAY)
    if not len(priced):
        return gathered(parts)
    config, prepared, claims = asked.config, asked.prepared, asked.claims
    standard = prepared.price[claims.tier[stays], claims.group[stays]] * claims.cases[stays]
    at = np.searchsorted(np.flatnonzero(stays), priced)
    before, coefficient = list[Step](), np.zeros(0, dtype=np.int64)
    if config.priced:
        before, coefficient, standard[at] = _standard_steps(asked, priced)
    of_points = coefficient
    if config.form == "points" and (config.reading == "by_ratio" or not config.priced):
        of_points, more = coefficient_steps(asked, priced, asked.history.weights, shared=config.reading == "by_ratio")
        before += prefixed(Text("points", "点数"), more) if config.priced else more
    looked = (claims.charge[stays], standard, claims.cases[stays], claims.provider[stays])
    apart = reviewed(config.review, *looked)
    before += review_steps(config.review, f"{asked.key}.review", *looked, at)
    if apart[at].any():
        label = Text("reviewed cases", "特例单议病例")
        parts.append(Part(label, [statutory_step(asked, priced[apart[at]], REVIEWED)]))
    usual = ~apart[at]
    if usual.any():
        left = stays.copy()
        left[np.flatnonzero(stays)[apart]] = False
        billed = int(claims.statutory[stays & ~left].sum())
        usual_steps = _usual_steps(
            asked, priced[usual], standard[at][usual], coefficient, of_points, left, standard[~apart], billed
        )
        parts.append(Part(Text("stays by group", "按病组付费病例"), usual_steps))
    return gathered(parts, before)


def _standard_steps(asked: Asked, rows: Ints) -> tuple[list[Step], Ints, Money]:
    """The steps to the rows' standards; [tier] coefficients; the standards, fen."""
    config, history, claims = asked.config, asked.history, asked.claims
    coefficient, steps = coefficient_steps(asked, rows, history.weights)
    if config.rate is None:
        steps += rate_steps(asked, history.weights, coefficient)
    else:
        steps.append(grown_step(Text("rate", "费率"), config, "rate", history, asked.key, "rate_growth"))
    rate, price = last_amount(steps), {}
    for tier, group in cells_of(asked, rows):
        price[tier, group] = rounded(rate * int(history.weights[group]) * int(coefficient[tier]), PPM * PPM)
    standard = per_row(asked, rows, price) * claims.cases[rows]
    rate_item = money(Text("rate", "费率"), rate)
    rule = Text("rate x weight x coefficient, rounded half up to the fen", "费率×权重×级别系数，四舍五入到分")
    if len(price) == 1:
        ((tier, group),) = price
        items = [
            rate_item,
            group_item(asked, group, int(history.weights[group])),
            coefficient_item(tier, int(coefficient[tier])),
        ]
        steps.append(worth(Text("price of the group", "病组价格"), rule, items, price[tier, group]))
        lines = [money(Text("price", "价格"), price[tier, group]), figure(CASES, int(claims.cases[rows].sum()), BILL)]
        rule = Text("price x cases", "价格×人次")
    else:
        lines = [rate_item, *cell_lines(asked, rows, True, lambda t, g: f"{yuan_text(price[t, g])} yuan")]
        rule = Text("sum over groups of cases x price; price = ", "各病组人次×价格之和；价格=") + rule
    return [*steps, worth(STANDARD, rule, lines, int(standard.sum()))], coefficient, standard


def _weights(asked: Asked, rows: Ints, coefficient: Ints) -> Ints:
    """Weight x coefficient of a case of each row, ppm."""
    table = asked.history.weights
    weights = {(t, g): rounded(int(table[g]) * int(coefficient[t]), PPM) for t, g in cells_of(asked, rows)}
    return per_row(asked, rows, weights)


def _usual_steps(
    asked: Asked,
    rows: Ints,
    standard: Money,
    coefficient: Ints,
    of_points: Ints,
    left: Mask,
    all_standards: Money,
    billed: int,
) -> list[Step]:
    """From the standards of rows that are not reviewed to their money; coefficients of prices, and those of points."""
    config, prepared, claims = asked.config, asked.prepared, asked.claims
    steps, counted = list[Step](), standard
    if config.outlier.active:
        steps, counted = outlier_steps(
            config.outlier,
            f"{asked.key}.outlier",
            _weights(asked, rows, coefficient),
            standard,
            claims.charge[rows],
            claims.days[rows],
            claims.cases[rows],
        )
    if prepared.pool is None:
        return [*steps, *patient_side_steps(asked, rows, counted, "floor")]
    weight = _weights(asked, rows, of_points)
    every = prepared.points[claims.tier[left], claims.group[left]] * claims.cases[left]
    every = np.where(
        all_standards > 0,
        in_proportion(every, counted_at(config, prepared, claims, left, all_standards), all_standards),
        every,
    )
    points = weight * claims.cases[rows]
    points = np.where(standard > 0, in_proportion(points, counted, standard), points)
    every[np.searchsorted(np.flatnonzero(left), rows)] = points
    items = [
        figure(
            Text("weight x coefficient x cases", "权重×级别系数×人次"), ratio(int((weight * claims.cases[rows]).sum()))
        )
    ]
    rule = Text("weight x coefficient x 1000 x cases", "权重×级别系数×1000×人次")
    if config.outlier.active:
        rule += Text(" x counted at / standard, the ratio to a millionth", "×（计算标准÷支付标准）")
        items += [money(Text("counted at", "计算标准"), counted.sum()), money(STANDARD, standard.sum())]
    steps.append(
        finding(Text("points of the rows", "本行点数"), rule, items, f"{points_text(int(points.sum()))} points")
    )
    steps += pool_steps(asked, stays_in_county)
    steps.append(pool_left_step(last_amount(steps), billed))
    return [*steps, *share_steps(asked, config, last_amount(steps), every, left, rows)]


def readings(config: Any, history: History, claims: Claims) -> list[Text]:
    """How its open choices were read."""
    sentences = (
        points_readings(Text("DRG points", "DRG点数法"), config)
        if config.form == "points"
        else [
            Text(
                "DRG: rate x weight x coefficient, rounded half up to the fen a case; the fund pays standard - "
                "(charge - statutory)" + (", not below zero" if config.floor else ""),
                "DRG：费率×权重×级别系数，每例四舍五入到分；基金支付标准-（总费用-统筹支付）"
                + ("，不低于零" if config.floor else ""),
            )
        ]
    )
    terms = config.outlier
    if terms.fixed_loss is not None:
        sentences.append(
            Text(
                f"DRG: cost outlier, {terms.cost_share:g} of cost above standard + fixed loss, the loss split by "
                "cost-to-charge ratios",
                f"DRG：费用异常高病例，按成本超过标准与固定损失之和部分的{terms.cost_share:g}加付，固定损失按成本费用比分摊",
            )
        )
    if terms.active and (terms.high_above is not None or terms.low_below is not None or terms.short_days):
        sentences.append(
            Text(
                f"DRG: outliers and short stays, bounds strict; high ones by {terms.high_rule}",
                f"DRG：高低倍率及短住院病例，界限不含等号；高倍率按{terms.high_rule}",
            )
        )
    return sentences + review_readings("DRG", config.review)


EXPLANATION = Explanation(steps, readings=readings)
