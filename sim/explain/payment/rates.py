"""The coefficients of tiers and the rate of a unit of weight that several payment schemes find from base years."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np

from sim.core.text import Text
from sim.core.units import PPM, Money, part, ppm, rounded
from sim.explain.base_years import PAST, growth_items
from sim.explain.payment.asked import Asked
from sim.explain.steps import Step, figure, finding, money, parameter, ratio, worth
from sim.money.base_years import growth_over, years_of_base
from sim.money.history import ClosedYear
from sim.money.payment.scheme import kind_coefficients, stays_in_county, tier_coefficients, weighted
from sim.tables import CATEGORIES, CATEGORY_NAMES, COUNTY, TIER_LEVELS, TIERS, Claims, Ints, Mask


def coefficient_steps(
    asked: Asked,
    rows: Ints,
    weights: Ints,
    select: Callable[[Claims], Mask] = stays_in_county,
    *,
    shared: bool = False,
    kind: int | None = None,
) -> tuple[Ints, list[Step]]:
    """[tier] coefficients, ppm, and the steps to those of the rows' tiers.

    Args:
        asked: what is to be explained.
        rows: positions of the rows whose tiers are explained.
        weights: [group] weights, ppm.
        select: which claims of the base years count.
        shared: coefficients of points that share a pool by ratio; else those of prices.
        kind: the rows' category, where categories have coefficients of their own; None: those of tiers.
    """
    config, history = asked.config, asked.history
    of_fund = shared and config.coefficient_of == "fund"
    given = config.coefficient.unread(COUNTY)
    years: tuple[ClosedYear, ...] = ()
    if None in given:
        years = years_of_base(config, history)
    column: Literal["charge", "statutory"] = "statutory" if of_fund else "charge"
    if kind is None:
        coefficients = tier_coefficients(config.coefficient, years, weights, select, column)
    else:
        coefficients = kind_coefficients(config.coefficient, years, weights, select, column)[:, kind]
    sums = _money_and_weight(years, weights, select, column)
    whole_amount, whole_weight = (int(column.sum()) for column in sums)
    named = Text("fund money", "统筹支付") if of_fund else Text("charge", "费用")
    steps = []
    for tier in (int(t) for t in np.unique(asked.claims.tier[rows])):
        what = Text("coefficient of ", "级别系数：") + TIER_LEVELS[tier]
        item = parameter(config, f"coefficient.{TIERS[tier]}", asked.key)
        fixed = given[tier]
        if fixed is not None:
            steps.append(finding(what, Text("as given", "按给定值"), [item], ratio(ppm(fixed))))
            continue
        tiers, amount, weight = _of_tier(sums, tier, kind)
        coefficient = rounded(amount * whole_weight * PPM, weight * whole_amount) or PPM
        rule = Text(
            f"({named.en} / weight of {tiers.en}) / ({named.en} / weight of all), to a millionth; 1 without stays",
            f"（{tiers.zh}{named.zh}÷{tiers.zh}权重）÷（全部{named.zh}÷全部权重），无病例时为1",
        )
        items = [
            item,
            *([parameter(config, "coefficient_of", asked.key)] if shared else []),
            *([parameter(config, "kinds", asked.key)] if kind is not None else []),
            money(Text(f"{named.en} of {tiers.en}", f"{tiers.zh}{named.zh}"), amount, PAST),
            figure(Text(f"weight of {tiers.en}", f"{tiers.zh}权重"), ratio(weight), PAST),
            money(Text(f"{named.en} of all tiers", f"全部{named.zh}"), whole_amount, PAST),
            figure(Text("weight of all tiers", "全部权重"), ratio(whole_weight), PAST),
        ]
        steps.append(finding(what, rule, items, ratio(coefficient)))
    return coefficients, steps


def _of_tier(sums: tuple[Money, Ints], tier: int, kind: int | None) -> tuple[Text, int, int]:
    """Whose money and weight make a tier's coefficient, and both: those of a kind of visits, if there were any."""
    if kind is not None and sums[0][tier, kind]:
        amount, weight = (int(column[tier, kind]) for column in sums)
        return Text("the tier's ", "本级") + CATEGORY_NAMES[kind], amount, weight
    amount, weight = (int(column[tier].sum()) for column in sums)
    return Text("the tier", "本级"), amount, weight


def _money_and_weight(
    years: Sequence[ClosedYear], weights: Ints, select: Callable[[Claims], Mask], column: str
) -> tuple[Money, Ints]:
    """[tier, category] money of a column, and weights x cases, of the base years."""
    amount, weight = np.zeros((2, len(TIERS), len(CATEGORIES)), dtype=np.int64)
    for year in years:
        rows = select(year.claims)
        cell = year.claims.tier[rows], year.claims.category[rows]
        np.add.at(amount, cell, getattr(year.claims, column)[rows])
        np.add.at(weight, cell, weights[year.claims.group[rows]] * year.claims.cases[rows])
    return amount, weight


def rate_steps(
    asked: Asked, weights: Ints, coefficients: Ints, select: Callable[[Claims], Mask] = stays_in_county
) -> list[Step]:
    """The rate of a unit of weight from the base years: trended charges / (weights x coefficients).

    ``coefficients`` are of tiers, or [tier, category].
    """
    config, history = asked.config, asked.history
    steps, charges, units = [], 0, 0
    what = Text("rate", "费率")
    for year in years_of_base(config, history):
        rows = select(year.claims)
        cell = (year.claims.tier[rows], year.claims.category[rows])[: coefficients.ndim]
        unit = weighted(weights[year.claims.group[rows]], coefficients[cell])
        span = history.year - year.year
        charge = int(year.claims.charge[rows].sum())
        trended = part(charge, growth_over(config, history, span, "rate_growth"))
        charges, units = charges + trended, units + int((unit * year.claims.cases[rows]).sum())
        items = [
            money(Text("charge", "总费用"), charge, PAST),
            *growth_items(config, history, span, asked.key, "rate_growth"),
        ]
        name = Text(f"rate: charges of base year {year.year}", f"费率：基期{year.year}费用")
        steps.append(worth(name, Text("charge x growth", "费用×增长"), items, trended))
    items = [
        parameter(config, "rate", asked.key),
        money(Text("trended charges", "增长后费用"), charges),
        figure(Text("weights x coefficients x cases", "权重×系数×人次"), ratio(units), PAST),
    ]
    rule = Text("trended charges / weights, half up to the fen", "增长后费用÷权重合计")
    return [*steps, worth(what, rule, items, rounded(charges * PPM, units))]
