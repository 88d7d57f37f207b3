"""Cases far from the usual cost (`sim.money.payment.deviation`), step by step."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from sim.core.text import Text
from sim.core.units import PPM, Money, ppm, rounded, yuan_text
from sim.explain.base_years import PAST
from sim.explain.payment.asked import Asked
from sim.explain.steps import BILL, Item, Step, figure, finding, fraction, money, parameter, points_text, ratio
from sim.money.history import ClosedYear
from sim.money.payment.deviation import Deviation, classes_of, mean_of_years, sums_by_group
from sim.money.payment.points import budget_point_value
from sim.money.payment.scheme import stays_in_county
from sim.tables import Claims, Ints, Mask


def coefficient_of_case_steps(
    config: Deviation, key: str, charge: Money, standard: Money, cases: Ints
) -> tuple[list[Step], Ints]:
    """Why rows count as low-cost, normal or high-cost, and their case coefficients, ppm.

    Args:
        config: the bounds.
        key: what leads to their parameters.
        charge: charge of each row, fen.
        standard: standard of a case of each row, fen.
        cases: cases of each row.
    """
    total_standard = standard * cases
    dear, is_low, is_high = classes_of(config, charge, standard, cases)
    coefficients = np.full(len(dear), PPM, dtype=np.int64)
    coefficients[is_low] = dear[is_low]
    coefficients[is_high] = dear[is_high] - ppm(config.high_above) + PPM
    sizes = {"low": int(is_low.sum()), "normal": int((~is_low & ~is_high).sum()), "high": int(is_high.sum())}
    shown = [parameter(config, name, key) for name in ("low_below", "high_above", "bounds")]
    rule = Text(
        "ratio = charge / standard; low: ratio; normal: 1; high: ratio - high bound + 1",
        "比值=费用÷标准；低倍率：比值；正常：1；高倍率：比值-高倍率界限+1",
    )
    what = Text("case coefficient", "病例系数")
    sums = [
        money(Text("charge", "总费用"), charge.sum(), BILL),
        money(Text("standard x cases", "病种标准×人次"), total_standard.sum()),
    ]
    if len(coefficients) == 1:
        items = [*sums, figure(Text("charge / standard", "费用÷标准"), ratio(int(dear[0]))), *shown]
        return [
            finding(what, rule, items, f"{ratio(int(coefficients[0]))} ({next(k for k, n in sizes.items() if n)})")
        ], coefficients
    counts = [
        figure(Text(f"{k}-cost rows" if k != "normal" else "normal rows", zh), sizes[k], BILL)
        for k, zh in (("low", "低倍率行数"), ("normal", "正常行数"), ("high", "高倍率行数"))
    ]
    return [finding(what, rule, [*sums, *counts, *shown], "row by row")], coefficients


def score_steps(
    years: Sequence[ClosedYear],
    weights: Sequence[int],
    rows: Callable[[Claims], Mask],
    table: Ints,
    group: int,
    weights_item: Item,
) -> list[Step]:
    """The steps of `sim.money.payment.deviation.year_scores` for one group; ``table`` has the weights, ppm."""
    used = list(years)[-len(weights) :]
    by_year = list(weights)[-len(used) :]
    sums = [sums_by_group(year, rows, len(table)) for year in used]
    items = [weights_item]
    for year, weight, (charge, cases) in zip(used, by_year, sums, strict=True):
        name = Text(f"year {year.year}, weight {weight}: charge of the group", f"{year.year}年（权重{weight}）病种费用")
        items += [
            money(name, int(charge[group]), PAST),
            figure(Text("its cases", "病种人次"), int(cases[group]), PAST),
            money(Text("charge of all groups", "全部病种费用"), int(charge.sum()), PAST),
            figure(Text("cases of all groups", "全部病种人次"), int(cases.sum()), PAST),
        ]
    mean = mean_of_years([(int(c[group]), int(n[group])) for c, n in sums], by_year)
    mean_of_all = mean_of_years([(int(c.sum()), int(n.sum())) for c, n in sums], by_year)
    what = Text("score / 1000", "病种分值÷1000")
    if mean is None or mean_of_all is None:
        rule = Text("no cases in these years: the weight of the group table", "无历史病例：采用病组表权重")
        return [finding(what, rule, items, ratio(int(table[group])))]
    score = rounded(mean[0] * mean_of_all[1] * PPM, mean[1] * mean_of_all[0])
    rule = Text(
        "m / M: weighted means of the yearly mean charges, of the group and of all, to a millionth",
        "m÷M：病种与全部病种历年次均费用的加权均值之比",
    )
    return [finding(what, rule, items, ratio(score))]


def deviation_steps(asked: Asked, rows: Ints, cells: list[tuple[int, int]]) -> tuple[list[Step], Ints]:
    """The steps to the case coefficients of the rows, and these, ppm; ``cells`` are their different (tier, group)."""
    config, claims = asked.config, asked.claims
    table = asked.prepared.standard
    standard = table[claims.tier[rows], claims.group[rows]]
    key = f"{asked.key}.deviation"
    steps = []
    if len(cells) == 1:
        ((tier, group),) = cells
        items, rule = _standard_items(asked, tier, group)
        result = f"{yuan_text(int(table[tier, group]))} yuan"
        items.append(parameter(config.deviation, "standard", key))
        steps.append(finding(Text("standard of a case", "病种支付标准"), rule, items, result))
    more, case_ppm = coefficient_of_case_steps(config.deviation, key, claims.charge[rows], standard, claims.cases[rows])
    return [*steps, *more], case_ppm


def _standard_items(asked: Asked, tier: int, group: int) -> tuple[list[Item], Text]:
    """What the standard of a tier's group is made of."""
    config, history = asked.config, asked.history
    if config.deviation.standard == "same_level_mean":
        last = history.closed[-1]
        keep = stays_in_county(last.claims) & (last.claims.tier == tier) & (last.claims.group == group)
        items = [
            money(Text("last year's charge at this tier", "上年同级费用"), last.claims.charge[keep].sum(), PAST),
            figure(Text("its cases", "人次"), int(last.claims.cases[keep].sum()), PAST),
        ]
        return items, Text("charge / cases of the group at the same tier, half up to the fen", "同级同病种费用÷人次")
    used = history.closed[-len(config.year_weights) :]
    weights = config.year_weights[-len(used) :]
    costs, earned, items = [], [], []
    for year, weight in zip(used, weights, strict=True):
        rows = stays_in_county(year.claims)
        costs.append(int(year.claims.charge[rows].sum()))
        points = asked.prepared.cost_points[year.claims.tier[rows], year.claims.group[rows]] * year.claims.cases[rows]
        earned.append(int(points.sum()))
        name = Text(f"year {year.year}, weight {weight}: cost", f"{year.year}年（权重{weight}）费用")
        items += [money(name, costs[-1], PAST), figure(Text("its points", "点数"), points_text(earned[-1]), PAST)]
    value = budget_point_value(costs, earned, weights)
    items += [
        figure(Text("budget point value", "预算点值"), f"{fraction(value)} yuan a point"),
        figure(Text("points of a case", "每例点数"), points_text(int(asked.prepared.cost_points[tier, group]))),
        parameter(config, "year_weights", asked.key),
    ]
    return items, Text("budget point value x score x coefficient, half up to the fen", "预算点值×分值×级别系数")
