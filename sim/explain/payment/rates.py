"""The coefficients of tiers and the rate of a unit of weight that several payment schemes find from base years."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from sim.core.arrays import sum_by
from sim.core.text import Text
from sim.core.units import PPM, Money, part, ppm, rounded
from sim.explain.base_years import PAST, growth_items
from sim.explain.payment.asked import Asked
from sim.explain.steps import Step, figure, finding, money, parameter, ratio, worth
from sim.money.base_years import growth_over, years_of_base
from sim.money.history import ClosedYear
from sim.money.payment.scheme import stays_in_county, tier_coefficients, weighted
from sim.tables import COUNTY, TIER_LEVELS, TIERS, Claims, Ints, Mask


def coefficient_steps(
    asked: Asked, rows: Ints, weights: Ints, select: Callable[[Claims], Mask] = stays_in_county
) -> tuple[Ints, list[Step]]:
    """[tier] coefficients, ppm, and the steps to those of the rows' tiers.

    Args:
        asked: what is to be explained.
        rows: positions of the rows whose tiers are explained.
        weights: [group] weights, ppm.
        select: which claims of the base years count.
    """
    config, history = asked.config, asked.history
    given = config.coefficient.unread(COUNTY)
    years: tuple[ClosedYear, ...] = ()
    if None in given:
        years = years_of_base(config, history)
    coefficients = tier_coefficients(config.coefficient, years, weights, select)
    charge, weight = _charge_and_weight(years, weights, select)
    steps = []
    for tier in (int(t) for t in np.unique(asked.claims.tier[rows])):
        what = Text("coefficient of ", "级别系数：") + TIER_LEVELS[tier]
        item = parameter(config, f"coefficient.{TIERS[tier]}", asked.key)
        fixed = given[tier]
        if fixed is not None:
            steps.append(finding(what, Text("as given", "按给定值"), [item], ratio(ppm(fixed))))
            continue
        coefficient = rounded(int(charge[tier]) * int(weight.sum()) * PPM, int(weight[tier]) * int(charge.sum())) or PPM
        rule = Text(
            "(charge / weight of the tier) / (charge / weight of all), to a millionth; 1 without stays",
            "（本级费用÷本级权重）÷（全部费用÷全部权重），无病例时为1",
        )
        items = [
            item,
            money(Text("charge of the tier", "本级费用"), int(charge[tier]), PAST),
            figure(Text("weight of the tier", "本级权重"), ratio(int(weight[tier])), PAST),
            money(Text("charge of all tiers", "全部费用"), int(charge.sum()), PAST),
            figure(Text("weight of all tiers", "全部权重"), ratio(int(weight.sum())), PAST),
        ]
        steps.append(finding(what, rule, items, ratio(coefficient)))
    return coefficients, steps


def _charge_and_weight(
    years: Sequence[ClosedYear], weights: Ints, select: Callable[[Claims], Mask]
) -> tuple[Money, Ints]:
    """[tier] charges and weights x cases of the base years."""
    charge, weight = np.zeros((2, len(TIERS)), dtype=np.int64)
    for year in years:
        rows = select(year.claims)
        tier = year.claims.tier[rows]
        charge += sum_by(tier, year.claims.charge[rows], len(TIERS))
        weight += sum_by(tier, weights[year.claims.group[rows]] * year.claims.cases[rows], len(TIERS))
    return charge, weight


def rate_steps(
    asked: Asked, weights: Ints, coefficients: Ints, select: Callable[[Claims], Mask] = stays_in_county
) -> list[Step]:
    """The rate of a unit of weight from the base years: trended charges / (weights x coefficients)."""
    config, history = asked.config, asked.history
    steps, charges, units = [], 0, 0
    what = Text("rate", "费率")
    for year in years_of_base(config, history):
        rows = select(year.claims)
        unit = weighted(weights[year.claims.group[rows]], coefficients[year.claims.tier[rows]])
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
