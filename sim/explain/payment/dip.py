"""DIP points (`sim.money.payment.dip`), step by step."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.core.text import Text
from sim.core.units import PPM, rounded
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
    per_row,
    statutory_step,
)
from sim.explain.payment.deviation import deviation_steps, score_steps
from sim.explain.payment.explanation import Explanation
from sim.explain.payment.points import points_readings, pool_left_step, pool_steps, share_steps
from sim.explain.payment.rates import coefficient_steps
from sim.explain.payment.review import review_readings, review_steps
from sim.explain.steps import BILL, Step, figure, finding, last_amount, parameter, plain, points_text, proportion, ratio
from sim.money.history import History
from sim.money.payment.dip import cases_counted, row_points, scores_in_force
from sim.money.payment.scheme import stays_in_county, weighted
from sim.tables import Claims, Ints

REVIEWED = Text("fee for service, out of the pool: a reviewed case", "按项目付费，从预算中支付：特例单议病例")


def steps(asked: Asked) -> list[Step]:
    """Score, coefficients and points; review; the pool, its point value, and the rows' part of it."""
    stays = stays_in_county(asked.claims)
    priced = asked.rows[stays[asked.rows]]
    parts = left_alone(asked, asked.rows[~stays[asked.rows]], NOT_A_PRICED_STAY)
    if not len(priced):
        return gathered(parts)
    config, prepared, claims = asked.config, asked.prepared, asked.claims
    case_ppm, apart = cases_counted(config, prepared, claims, stays)
    points = row_points(config, prepared, claims, case_ppm)
    at = np.searchsorted(np.flatnonzero(stays), priced)
    before, points[at] = _points_steps(asked, priced)
    if prepared.standard is not None:
        standard = prepared.standard[claims.tier[stays], claims.group[stays]] * claims.cases[stays]
        looked = (claims.charge[stays], standard, claims.cases[stays], claims.provider[stays])
        before += review_steps(config.review, f"{asked.key}.review", *looked, at)
    if apart[at].any():
        label = Text("reviewed cases", "特例单议病例")
        parts.append(Part(label, [statutory_step(asked, priced[apart[at]], REVIEWED)]))
    usual = priced[~apart[at]]
    if len(usual):
        left = stays.copy()
        left[np.flatnonzero(stays)[apart]] = False
        pool_part = pool_steps(asked, stays_in_county)
        pool_part.append(pool_left_step(last_amount(pool_part), int(claims.statutory[stays & ~left].sum())))
        pool_part += share_steps(asked, config, last_amount(pool_part), points[~apart], left, usual)
        parts.append(Part(Text("stays by points", "按分值付费病例"), pool_part))
    return gathered(parts, before)


def _points_steps(asked: Asked, rows: Ints) -> tuple[list[Step], Ints]:
    """The steps to the rows' points, and these, thousandths."""
    config, history, claims = asked.config, asked.history, asked.claims
    table = scores_in_force(config, history)
    coefficient, steps = coefficient_steps(asked, rows, table, shared=config.reading == "by_ratio")
    cells = cells_of(asked, rows)
    points_of_cells = {(t, g): rounded(int(table[g]) * int(coefficient[t]), PPM) for t, g in cells}
    of_case = per_row(asked, rows, points_of_cells)
    scores = parameter(config, "scores", asked.key)
    if len(cells) == 1:
        ((tier, group),) = cells
        if config.scores == "history":
            weights_item = parameter(config, "year_weights", asked.key)
            steps += score_steps(history.closed, config.year_weights, stays_in_county, table, group, weights_item)
        items = [group_item(asked, group, int(table[group])), scores, coefficient_item(tier, int(coefficient[tier]))]
    else:
        items = [scores, *cell_lines(asked, rows, True, lambda t, g: f"{points_text(points_of_cells[t, g])} points")]
    if config.scores == "history":
        items[0] = items[0]._replace(source=Text("scores of the closed years", "历史分值"))
    rule = Text("weight x 1000 x coefficient", "权重×1000×级别系数")
    case_ppm = None
    if config.deviation.apply:
        more, case_ppm = deviation_steps(asked, rows, cells)
        steps += more
        rule += Text(" x case coefficient", "×病例系数")
        if len(rows) == 1:
            items.append(figure(Text("case coefficient", "病例系数"), ratio(int(case_ppm[0]))))
    points = np.asarray(of_case if case_ppm is None else weighted(of_case, case_ppm)) * claims.cases[rows]
    items.append(figure(CASES, int(claims.cases[rows].sum()), BILL))
    rule += Text(" x cases", "×人次")
    steps.append(
        finding(Text("points of the rows", "本行点数"), rule, items, f"{points_text(int(points.sum()))} points")
    )
    return steps, points


def readings(config: Any, history: History, claims: Claims) -> list[Text]:
    """How its open choices were read."""
    sentences = points_readings(plain("DIP"), config)
    weights = proportion(config.year_weights)
    if config.scores == "history":
        sentences.append(
            Text(
                f"DIP: scores from mean charges of earlier years, weighted {weights}",
                f"DIP：病种分值由往年例均费用按{weights}加权得出",
            )
        )
    if config.deviation.apply:
        terms = config.deviation
        strict = terms.bounds == "strict"
        bounds = "strict: at the bound a case is normal" if strict else "inclusive"
        bounds_zh = "不含等号：等于界限按正常病例" if strict else "含等号"
        standard = {
            "same_level_mean": Text("last year's mean of the group at the same tier", "上年同级机构同病种例均费用"),
            "point_value": Text(
                f"budget point value x points, years weighted {weights}", f"预算点值×点数，各年按{weights}加权"
            ),
        }[terms.standard]
        sentences.append(
            Text(
                f"DIP: bounds of low cost ({terms.low_below:g}) and high cost ({terms.high_above:g}) are {bounds}; the "
                f"standard is {standard.en} (deviation.standard={terms.standard})",
                f"DIP：低倍率（{terms.low_below:g}）、高倍率（{terms.high_above:g}）界限{bounds_zh}；"
                f"支付标准为{standard.zh}（deviation.standard={terms.standard}）",
            )
        )
    return sentences + review_readings("DIP", config.review)


EXPLANATION = Explanation(steps, readings=readings)
