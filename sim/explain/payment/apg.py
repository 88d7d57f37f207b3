"""Outpatient groups (`sim.money.payment.apg`), step by step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sim.core.text import Text
from sim.core.units import PPM, part, parts, ppm, rounded, yuan_text
from sim.explain.base_years import grown_step
from sim.explain.payment.asked import Asked
from sim.explain.payment.common import (
    CASES,
    NOT_COVERED,
    Part,
    cell_lines,
    cells_of,
    coefficient_item,
    gathered,
    group_item,
    left_alone,
    patient_side_steps,
    per_row,
)
from sim.explain.payment.explanation import Explanation
from sim.explain.payment.points import coefficient_readings, pool_steps, share_steps
from sim.explain.payment.rates import coefficient_steps, rate_steps
from sim.explain.steps import (
    BILL,
    GROUP_TABLE,
    Step,
    figure,
    finding,
    last_amount,
    money,
    parameter,
    plain,
    points_text,
    ratio,
    worth,
)
from sim.money.base_years import years_of_base
from sim.money.history import History
from sim.money.payment.apg import (
    ANCILLARY,
    MEDICAL,
    PROCEDURE,
    Config,
    Item,
    coefficients,
    consolidated,
    visits,
    weight_table,
)
from sim.money.payment.points import ByRatio
from sim.tables import CATEGORY_NAMES, COUNTY, Claims, Ints, Mask


def steps(asked: Asked) -> list[Step]:
    """Weight, coefficient and rate; from the standard, or from points, to the due."""
    rows = visits(asked.claims)
    priced = asked.rows[rows[asked.rows]]
    parts = left_alone(asked, asked.rows[~rows[asked.rows]], NOT_COVERED)
    by_group = Text("visits by group", "按病组付费门诊")
    for kind, its in _by_kind(asked, priced):
        label = by_group if kind is None else by_group + Text(": ", "：") + CATEGORY_NAMES[kind]
        parts.append(Part(label, _visit_part(asked, rows, its, kind)))
    return gathered(parts)


def _by_kind(asked: Asked, rows: Ints) -> list[tuple[int | None, Ints]]:
    """Rows of chronic and of ordinary visits apart where their coefficients are, each with its category."""
    if None not in asked.config.coefficient.unread(COUNTY) or asked.config.kinds == "together":
        return [(None, rows)] if len(rows) else []
    category = asked.claims.category[rows]
    return [(int(kind), rows[category == kind]) for kind in np.unique(category)]


def _visit_part(asked: Asked, every: Mask, rows: Ints, kind: int | None) -> list[Step]:
    config, history, claims = asked.config, asked.history, asked.claims
    table = weight_table(history)
    coefficient, steps = coefficient_steps(asked, rows, table, visits, shared=config.form == "points", kind=kind)
    cells = cells_of(asked, rows)
    weights = {(t, g): rounded(int(table[g]) * int(coefficient[t]), PPM) for t, g in cells}
    cases = figure(CASES, int(claims.cases[rows].sum()), BILL)
    what, rule = Text("weight of a visit", "就诊权重"), Text("weight x coefficient, to a millionth", "权重×级别系数")
    if len(cells) == 1:
        ((tier, group),) = cells
        services = asked.labels.services[group] if group < len(asked.labels.services) else ()
        steps += item_steps(config, services or [Item(PROCEDURE, int(table[group]))], asked.key)
        items = [
            group_item(asked, group, int(table[group]), stays=False),
            coefficient_item(tier, int(coefficient[tier])),
        ]
        steps.append(finding(what, rule, items, ratio(weights[tier, group])))
    weight_of_rows = per_row(asked, rows, weights)
    if asked.prepared.pool is None:
        if config.rate is None:
            by_category = coefficients(config, years_of_base(config, history), table)
            steps += rate_steps(asked, table, by_category, visits)
        else:
            steps.append(grown_step(Text("rate", "费率"), config, "rate", history, asked.key, "rate_growth"))
        rate = last_amount(steps)
        price = {cell: part(rate, weight) for cell, weight in weights.items()}
        rule = Text("rate x weight of a visit, half up to the fen, x cases", "费率×就诊权重（四舍五入到分）×人次")
        items = [money(Text("rate", "费率"), rate), cases]
        items += cell_lines(asked, rows, False, lambda t, g: f"{yuan_text(price[t, g])} yuan")
        standard = parts(weight_of_rows, rate) * claims.cases[rows]
        steps.append(worth(Text("payment standard", "支付标准"), rule, items, int(standard.sum())))
        return [*steps, *patient_side_steps(asked, rows, standard, "floor")]
    weight = asked.prepared.weight[claims.tier[every], claims.category[every], claims.group[every]]
    points = weight * claims.cases[every]
    points_of_rows = weight_of_rows * claims.cases[rows]
    points[np.searchsorted(np.flatnonzero(every), rows)] = points_of_rows
    rule = Text("weight of a visit x 1000 x cases", "就诊权重×1000×人次")
    lines = cell_lines(asked, rows, False, lambda t, g: f"{points_text(weights[t, g])} points")
    steps.append(
        finding(
            Text("points of the rows", "本行点数"),
            rule,
            [cases, *lines],
            f"{points_text(int(points_of_rows.sum()))} points",
        )
    )
    steps += pool_steps(asked, visits)
    return [*steps, *share_steps(asked, ByRatio(), last_amount(steps), points, every, rows)]


def item_steps(config: Config, items: Sequence[Item], key: str = "payment") -> list[Step]:
    """The steps of `sim.money.payment.apg.visit_weight`: consolidation, discount of further procedures, packaging."""
    steps, shown = [], figure(Text("services of the visit", "就诊项目数"), len(items), BILL)
    items_kept = consolidated(config, items)
    procedures = sorted((item.weight for item in items_kept if item.kind == PROCEDURE), reverse=True)
    dropped = sum(item.kind == PROCEDURE for item in items) - len(procedures)
    rule = Text("of procedures of one class only the heaviest counts", "同类操作只计权重最高者")
    lines = [shown, parameter(config, "consolidate", key), figure(Text("merged", "合并数"), dropped, BILL)]
    steps.append(finding(Text("consolidation", "同类操作合并"), rule, lines, f"{len(procedures)}"))
    further = ppm(config.further_share)
    counted = [weight if rank == 0 else part(weight, further) for rank, weight in enumerate(procedures)]
    lines = [parameter(config, "further_share", key)]
    lines += [
        figure(plain(f"{rank + 1}"), f"{ratio(weight)} -> {ratio(counted[rank])}", GROUP_TABLE)
        for rank, weight in enumerate(procedures)
    ]
    rule = Text(
        "the heaviest procedure in full, further ones x share; without one the medical group",
        "首项全额，其余按比例；无操作时用内科组",
    )
    main = sum(counted)
    if not procedures:
        main = max((item.weight for item in items if item.kind == MEDICAL), default=0)
    steps.append(finding(Text("main weight", "主要权重"), rule, lines, ratio(main)))
    beside = [i.weight for i in items if i.kind == ANCILLARY]
    loose = [i.weight for i in items if i.kind == ANCILLARY and not (config.package and i.packaged and main > 0)]
    lines = [
        parameter(config, "package", key),
        figure(Text("main weight", "主要权重"), ratio(main)),
        figure(Text("ancillaries", "辅助项目权重"), ratio(sum(beside)), GROUP_TABLE),
        figure(Text("of it packaged", "其中打包"), ratio(sum(beside) - sum(loose))),
    ]
    rule = Text("main weight + ancillaries that are not packaged", "主要权重+未打包辅助项目")
    return [*steps, finding(Text("weight of the services", "项目权重"), rule, lines, ratio(main + sum(loose)))]


def readings(config: Any, history: History, claims: Claims) -> list[Text]:
    """How its open choices were read."""
    before = "consolidation of related ones" if config.consolidate else "no consolidation"
    weight = Text(
        "outpatient groups: of a visit's items the heaviest procedure counts in full, further ones "
        f"{config.further_share:g}, after {before}; "
        f"packaged ancillaries {'weigh nothing' if config.package else 'count'}; without items the weight of the group",
        f"门诊病组：{'同类操作合并后' if config.consolidate else '不合并同类操作，'}权重最高的操作全额计，"
        f"其余按{config.further_share:g}计；打包的辅助项目{'不计' if config.package else '也计'}；没有项目的按病组权重",
    )
    paid = (
        Text("standard - (charge - statutory)", "标准-（总费用-统筹支付）")
        if config.form == "rate"
        else Text("a part of the pool by ratio", "预算总额中按比例的份额")
    )
    told = [weight, Text(f"outpatient groups: the fund pays {paid.en}", f"门诊病组：基金支付{paid.zh}")]
    name = Text("outpatient groups", "门诊病组")
    told += coefficient_readings(name, config) if config.form == "points" else []
    if None in config.coefficient.unread(COUNTY):
        both = {"apart": Text("apart", "分别测算"), "together": Text("together", "合并测算")}[config.kinds]
        told.append(
            Text(
                f"{name.en}: coefficients from history of chronic and of ordinary visits are {both.en} "
                f"(kinds={config.kinds})",
                f"{name.zh}：慢病与普通门诊的历史级别系数{both.zh}（kinds={config.kinds}）",
            )
        )
    return told


EXPLANATION = Explanation(steps, readings=readings)
