"""The steps of a base year and of growth, as `sim.money.base_years` calculates them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sim.core.parameters import Config
from sim.core.text import Text
from sim.core.units import PPM, Money, fen, part, rounded
from sim.explain.steps import ABOVE, Item, Step, figure, money, parameter, prefixed, ratio, worth
from sim.money.base_years import BudgetBase, as_expected, expected, growth_of, growth_ppm, years_of_amount
from sim.money.history import History
from sim.tables import Ints

PAST = Text("base years (history)", "基期年度")
AGEING = Text(
    "ageing: spending per head at today's ages / at those of the base year", "老龄化因子（本年年龄结构÷基期年龄结构）"
)
AGES = Text("spending by age band of the base year, insured persons by age band", "基期分年龄段支出、分年龄段参保人数")
BENEFIT = Text(
    "benefit: with deductibles and limits of this year's level / of the base year's",
    "待遇标准因子（本年水平÷基期水平）",
)
BILLS = Text("bills of the base year, priced again", "基期费用重新核算")


class Growth(NamedTuple):
    """How an amount grows over some years: the values that enter, and the factor, ppm."""

    items: list[Item]
    factor: int


def growth(
    config: Config, history: History, years: int, key: str, path: str = "growth", community: int | None = None
) -> Growth:
    """The growth per year, as given or that of all charges, and the factor over so many years.

    The default of a budget has the factors of ageing and of the benefit besides, where they are known.
    """
    given = getattr(config, path)
    item = parameter(config, path, key)
    if given is None:
        known = Text("growth of charges", "费用增长率")
        item = Item(known, f"{history.growth:g} share per year", f"{key}.{path}=null; {item.source}", "claims.growth")
    price = growth_ppm(growth_of(given, history), years)
    items = [
        item,
        Item(Text(f"(1 + growth) ^ {years}, to a millionth", f"（1+增长率）的{years}次方"), ratio(price), ABOVE),
    ]
    if given is not None or not as_expected(config, path):
        return Growth(items, price)
    parts = expected(history, history.year - years, community)
    factor = price
    if history.ages is not None:
        items.append(Item(AGEING, ratio(parts.ageing), AGES))
        factor = part(factor, parts.ageing)
    if parts.benefit != PPM:
        items.append(Item(BENEFIT, ratio(parts.benefit), BILLS, "benefit.indexation"))
        factor = part(factor, parts.benefit)
    if len(items) > 2:
        product = Text("product of the factors: expected spending per head", "各因子之积：人均支出预期增长")
        items.append(Item(product, ratio(factor), ABOVE))
    return Growth(items, factor)


def growth_items(config: Config, history: History, years: int, key: str, path: str = "growth") -> list[Item]:
    """The values of `growth` over so many years, for all insured together."""
    return growth(config, history, years, key, path).items


def grown_step(what: Text, config: Config, path: str, history: History, key: str, trend: str = "growth") -> Step:
    """An amount given for the first reform year, grown to the year."""
    years = history.year - history.reform
    items = [parameter(config, path, key)]
    if not years:
        return worth(what, Text("as given", "按给定值"), items, fen(getattr(config, path)))
    more, factor = growth(config, history, years, key, trend)
    rule = Text("as given for the first reform year x growth", "首年给定值×增长")
    return worth(what, rule, [*items, *more], part(fen(getattr(config, path)), factor))


class Spending(NamedTuple):
    """What units (communities, or one pool) spent in the base years, and for how many persons."""

    amounts: Sequence[Money]
    """One array [unit] for each of `years_of_amount`, fen."""
    heads: Sequence[Ints]
    """Persons [unit] in the same years."""
    now: Ints
    """Persons [unit] in the year to pay for."""


def base_steps(
    what: Text, config: BudgetBase, history: History, spending: Spending, unit: int, key: str, path: str = "growth"
) -> list[Step]:
    """The steps of `sim.money.base_years.base_amount` for one unit.

    Args:
        what: name of the amount.
        config: the base and its growth.
        history: closed years and the year to pay for.
        spending: what all units spent in the base years.
        unit: the one to explain.
        key: what leads to the parameters of ``config``.
        path: the parameter of ``config`` that holds the growth.
    """
    years = years_of_amount(config, history)
    common = config.base == "head_count" and config.head_rate == "pool"
    communities = np.array_equal(spending.now, history.heads)
    steps, trended, persons = [], [], []
    for year, by_unit, people in zip(years, spending.amounts, spending.heads, strict=True):
        span = history.year - year.year
        units = range(len(by_unit)) if common else [unit]
        grown = [growth(config, history, span, key, path, k if communities else None) for k in units]
        before = [int(by_unit[k]) for k in units]
        trended.append(sum(part(v, of_unit.factor) for v, of_unit in zip(before, grown, strict=True)))
        persons.append(sum(map(int, people)) if common else int(people[unit]))
        items = [money(Text("amount", "金额"), sum(before), PAST), *grown[0].items]
        if len(of_each := {of_unit.factor for of_unit in grown}) > 1:
            own = Text("grown amount by unit, each with ages of its own", "各单位按自身年龄结构增长")
            items.append(figure(own, " ".join(ratio(factor) for factor in sorted(of_each))))
        rule = Text("amount of the base year x growth", "基期金额×增长")
        steps.append(worth(Text(f"base year {year.year}", f"基期{year.year}"), rule, items, trended[-1]))
    names = ("base", "rebase") if config.base == "last_year" else ("base", "base_years", "rebase")
    base = [parameter(config, name, key) for name in names]
    listed = [money(Text(f"year {y.year}", f"{y.year}年"), t) for y, t in zip(years, trended, strict=True)]
    if config.base == "last_year":
        rule, result = Text("the last base year's", "最近基期"), trended[-1]
    elif config.base == "mean":
        rule, result = Text("mean of the base years, half up", "基期均值"), rounded(sum(trended), len(trended))
    else:
        base.append(parameter(config, "head_rate", key))
        listed.append(figure(Text("person-years of the base", "基期人年数"), sum(persons), PAST))
        listed.append(figure(Text("persons now", "本年人数"), int(spending.now[unit]), Text("enrolment", "参保人数")))
        rule = Text("sum of the years x persons now / person-years, half up", "基期合计×本年人数÷基期人年数")
        result = rounded(sum(trended) * int(spending.now[unit]), sum(persons))
    return [*prefixed(what, steps), worth(what, rule, [*listed, *base], result)]
