"""DIP's low-cost and high-cost cases, and three-year scores.

    ratio     = charge of the case / standard[tier, group]
    low       ratio < 0.5:  case coefficient = ratio               paid what it cost
    normal                  case coefficient = 1
    high      ratio > 2:    case coefficient = ratio - 2 + 1       the excess over twice the standard is added
    score     = m[group] / M,  m and M mean charges of a case over three years weighted 1 : 2 : 7

The standard is last year's mean charge of the group at the same tier, or budget point value x score x tier
coefficient: an open choice, as is whether the bounds themselves count.  Source: F40, published-results 4.1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np

from sim.basis import PAST, rounded
from sim.handover import ClosedYear, Mask, sum_by
from sim.parameters import Config, param
from sim.payment.contract import Asked, check_groups, stays_in_county
from sim.payment.points import budget_point_value, points_text
from sim.steps import BILL, Item, Step, figure, finding, fraction, money, parameter, ratio
from sim.tables import TIERS, Claims, Ints
from sim.text import Text
from sim.units import PPM, Money, millionths, ppm, product, yuan_text


class Deviation(Config):
    """Case coefficients of stays far from their standard."""

    apply: bool = param(
        False, "Correct the points of low-cost and high-cost cases.", unit="", zh="费用偏差病例校正",
        source="published-results 4.1; assumed off for scores alone: the option dip_full switches it on",
    )  # fmt: skip
    low_below: float = param(
        0.5, "Cases below this share of the standard are low-cost.", unit="share of the standard", zh="低倍率界限",
        ge=0, le=1, source="F40: 50 %",
    )  # fmt: skip
    high_above: float = param(
        2.0, "Cases above this many times the standard are high-cost.", unit="times the standard", zh="高倍率界限",
        ge=1, le=100, source="F40: 200 %",
    )  # fmt: skip
    bounds: Literal["strict", "inclusive"] = param(
        "strict", "A case exactly at a bound is normal (strict), or low- or high-cost (inclusive).", unit="",
        zh="界限是否含等号", source="published-results 4.1: an open choice; the text says < 50 % and > 200 %",
    )  # fmt: skip
    standard: Literal["same_level_mean", "point_value"] = param(
        "same_level_mean",
        "Standard: last year's mean of the group at the same tier, or budget point value x score x tier coefficient.",
        unit="", zh="病种支付标准口径", source="published-results 4.1: an open choice; F40 names the same-level mean",
    )  # fmt: skip


def case_coefficients(config: Deviation, charge: Money, standard: Money, cases: Ints) -> Ints:
    """Case coefficient of each row, ppm; 1 where there is no standard.  Rows of several cases count at their mean.

    Args:
        config: the bounds.
        charge: charge of each row, fen.
        standard: standard of one case, fen.
        cases: cases of each row.
    """
    ratio, is_low, is_high = _classes(config, charge, standard, cases)
    return np.where(is_low, ratio, np.where(is_high, ratio - ppm(config.high_above) + PPM, PPM))


def _classes(config: Deviation, charge: Money, standard: Money, cases: Ints) -> tuple[Ints, Mask, Mask]:
    """Charge / standard of each row, ppm half up (1 without a standard); which rows are low-cost, which high-cost.

    The bounds are compared with the charge itself: a fen below half of a dear standard is low-cost.
    """
    whole = product(standard, cases)
    known, divisor = whole > 0, np.maximum(whole, 1)
    ratio = np.where(known, millionths(charge, divisor, whole // 2), PPM)
    down, up = millionths(charge, divisor), millionths(charge, divisor, divisor - 1)
    low, high = ppm(config.low_below), ppm(config.high_above)
    is_low, is_high = down < low, up > high
    at_low, at_high = (up == low) & ~is_low, (down == high) & ~is_high
    if (known & (at_low | at_high)).any() and config.bounds == "inclusive":
        is_low, is_high = is_low | at_low, is_high | at_high
    return ratio, known & is_low, known & is_high & ~is_low


def same_level_means(year: ClosedYear, rows: Callable[[Claims], Mask], groups: int) -> Money:
    """[tier, group] mean charge of a case in a closed year, fen, rounded half up; 0 without cases."""
    keep = rows(year.claims)
    check_groups(year.claims, keep, groups)
    cell = year.claims.tier[keep] * groups + year.claims.group[keep]
    charge = sum_by(cell, year.claims.charge[keep], len(TIERS) * groups)
    cases = np.maximum(sum_by(cell, year.claims.cases[keep], len(TIERS) * groups), 1)
    return np.asarray((2 * charge + cases) // (2 * cases), dtype=np.int64).reshape(len(TIERS), groups)


def year_scores(
    years: Sequence[ClosedYear], weights: Sequence[int], rows: Callable[[Claims], Mask], table: Ints
) -> Ints:
    """[group] scores m / M, ppm, from the last closed years; the table's weight for a group without cases.

    m is the weighted mean of the yearly mean charges of the group, over the years that have cases of it; M likewise of
    all groups together.  The last weight belongs to the last year; fewer years use the last weights.
    """
    used = list(years)[-len(weights):]  # fmt: skip
    by_year = list(weights)[-len(used):]  # fmt: skip
    sums = [_sums(year, rows, len(table)) for year in used]
    whole = _mean([(int(c.sum()), int(n.sum())) for c, n in sums], by_year)
    scores = []
    for group, given in enumerate(table):
        own = _mean([(int(c[group]), int(n[group])) for c, n in sums], by_year)
        if own is None or whole is None:
            scores.append(int(given))
        else:
            scores.append(rounded(own[0] * whole[1] * PPM, own[1] * whole[0]))
    return np.array(scores, dtype=np.int64)


def _sums(year: ClosedYear, rows: Callable[[Claims], Mask], groups: int) -> tuple[Money, Ints]:
    keep = rows(year.claims)
    check_groups(year.claims, keep, groups)
    group = year.claims.group[keep]
    return sum_by(group, year.claims.charge[keep], groups), sum_by(group, year.claims.cases[keep], groups)


def _mean(sums: Sequence[tuple[int, int]], weights: Sequence[int]) -> tuple[int, int] | None:
    """Weighted mean of charge / cases as a fraction, over the years with charges; None without any."""
    top, bottom, weight = 0, 1, 0
    for (charge, cases), w in zip(sums, weights, strict=True):
        if cases > 0 and charge > 0:
            top, bottom, weight = top * cases + w * charge * bottom, bottom * cases, weight + w
    return (top, bottom * weight) if weight else None


# --- the same, step by step -----------------------------------------------------------------------------------------
def coefficient_of_case_steps(
    config: Deviation, key: str, charge: Money, standard: Money, cases: Ints
) -> tuple[list[Step], Ints]:
    """Why rows count as low-cost, normal or high-cost, and their case coefficients; arguments as above."""
    whole = standard * cases
    dear, is_low, is_high = _classes(config, charge, standard, cases)
    found = np.full(len(dear), PPM, dtype=np.int64)
    found[is_low] = dear[is_low]
    found[is_high] = dear[is_high] - ppm(config.high_above) + PPM
    sizes = {"low": int(is_low.sum()), "normal": int((~is_low & ~is_high).sum()), "high": int(is_high.sum())}
    shown = [parameter(config, name, key) for name in ("low_below", "high_above", "bounds")]
    rule = Text("ratio = charge / standard; low: ratio; normal: 1; high: ratio - high bound + 1",
                 "比值=费用÷标准；低倍率：比值；正常：1；高倍率：比值-高倍率界限+1")  # fmt: skip
    what = Text("case coefficient", "病例系数")
    sums = [money(Text("charge", "总费用"), charge.sum(), BILL),
            money(Text("standard x cases", "病种标准×人次"), whole.sum())]  # fmt: skip
    if len(found) == 1:
        items = [*sums, figure(Text("charge / standard", "费用÷标准"), ratio(int(dear[0]))), *shown]
        return [finding(what, rule, items, f"{ratio(int(found[0]))} ({next(k for k, n in sizes.items() if n)})")], found
    counts = [figure(Text(f"{k}-cost rows" if k != "normal" else "normal rows", zh), sizes[k], BILL)
              for k, zh in (("low", "低倍率行数"), ("normal", "正常行数"), ("high", "高倍率行数"))]  # fmt: skip
    return [finding(what, rule, [*sums, *counts, *shown], "row by row")], found


def score_steps(
    years: Sequence[ClosedYear], weights: Sequence[int], rows: Callable[[Claims], Mask], table: Ints, group: int,
    weights_item: Item,
) -> list[Step]:  # fmt: skip
    """The steps of `year_scores` for one group."""
    used = list(years)[-len(weights):]  # fmt: skip
    by_year = list(weights)[-len(used):]  # fmt: skip
    sums = [_sums(year, rows, len(table)) for year in used]
    items = [weights_item]
    for year, weight, (charge, cases) in zip(used, by_year, sums, strict=True):
        name = Text(f"year {year.year}, weight {weight}: charge of the group", f"{year.year}年（权重{weight}）病种费用")
        items += [money(name, int(charge[group]), PAST),
                  figure(Text("its cases", "病种人次"), int(cases[group]), PAST),
                  money(Text("charge of all groups", "全部病种费用"), int(charge.sum()), PAST),
                  figure(Text("cases of all groups", "全部病种人次"), int(cases.sum()), PAST)]  # fmt: skip
    own = _mean([(int(c[group]), int(n[group])) for c, n in sums], by_year)
    whole = _mean([(int(c.sum()), int(n.sum())) for c, n in sums], by_year)
    what = Text("score / 1000", "病种分值÷1000")
    if own is None or whole is None:
        rule = Text("no cases in these years: the weight of the group table", "无历史病例：采用病组表权重")
        return [finding(what, rule, items, ratio(int(table[group])))]
    score = rounded(own[0] * whole[1] * PPM, own[1] * whole[0])
    rule = Text("m / M: weighted means of the yearly mean charges, of the group and of all, to a millionth",
                 "m÷M：病种与全部病种历年次均费用的加权均值之比")  # fmt: skip
    return [finding(what, rule, items, ratio(score))]


def deviation_steps(asked: Asked, rows: Ints, cells: list[tuple[int, int]]) -> tuple[list[Step], Ints]:
    """Standard and case coefficient of the rows of a DIP design; ``cells`` are their different (tier, group)."""
    config, claims = asked.config, asked.claims
    table = asked.prepared.standard
    standard = table[claims.tier[rows], claims.group[rows]]
    key = f"{asked.key}.deviation"
    found = []
    if len(cells) == 1:
        ((tier, group),) = cells
        items, rule = _standard_items(asked, tier, group)
        result = f"{yuan_text(int(table[tier, group]))} yuan"
        items.append(parameter(config.deviation, "standard", key))
        found.append(finding(Text("standard of a case", "病种支付标准"), rule, items, result))
    more, case_ppm = coefficient_of_case_steps(config.deviation, key, claims.charge[rows], standard, claims.cases[rows])
    return [*found, *more], case_ppm


def _standard_items(asked: Asked, tier: int, group: int) -> tuple[list[Item], Text]:
    """What the standard of a tier's group is made of."""
    config, history = asked.config, asked.history
    if config.deviation.standard == "same_level_mean":
        last = history.closed[-1]
        keep = stays_in_county(last.claims) & (last.claims.tier == tier) & (last.claims.group == group)
        items = [money(Text("last year's charge at this tier", "上年同级费用"), last.claims.charge[keep].sum(), PAST),
                 figure(Text("its cases", "人次"), int(last.claims.cases[keep].sum()), PAST)]  # fmt: skip
        return items, Text("charge / cases of the group at the same tier, half up to the fen", "同级同病种费用÷人次")
    used = history.closed[-len(config.year_weights) :]
    weights = config.year_weights[-len(used) :]
    costs, earned, items = [], [], []
    for year, weight in zip(used, weights, strict=True):
        rows = stays_in_county(year.claims)
        costs.append(int(year.claims.charge[rows].sum()))
        points = asked.prepared.points[year.claims.tier[rows], year.claims.group[rows]] * year.claims.cases[rows]
        earned.append(int(points.sum()))
        name = Text(f"year {year.year}, weight {weight}: cost", f"{year.year}年（权重{weight}）费用")
        items += [money(name, costs[-1], PAST), figure(Text("its points", "点数"), points_text(earned[-1]), PAST)]
    value = budget_point_value(costs, earned, weights)
    items += [
        figure(Text("budget point value", "预算点值"), f"{fraction(value)} yuan a point"),
        figure(Text("points of a case", "每例点数"), points_text(int(asked.prepared.points[tier, group]))),
        parameter(config, "year_weights", asked.key),
    ]
    return items, Text("budget point value x score x coefficient, half up to the fen", "预算点值×分值×级别系数")
