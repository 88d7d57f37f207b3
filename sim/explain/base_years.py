"""The steps of a base year and of growth, as `sim.money.base_years` calculates them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sim.core.parameters import Config
from sim.core.text import Text
from sim.core.units import Money, fen, part, rounded
from sim.explain.steps import ABOVE, Item, Step, figure, money, parameter, prefixed, ratio, worth
from sim.money.base_years import BudgetBase, growth_of, growth_over, growth_ppm, years_of_amount
from sim.money.history import History
from sim.tables import Ints

PAST = Text("base years (history)", "基期年度")


def growth_items(config: Config, history: History, years: int, key: str, path: str = "growth") -> list[Item]:
    """The growth per year, as given or that of all charges, and the factor over so many years."""
    growth = getattr(config, path)
    item = parameter(config, path, key)
    if growth is None:
        known = Text("growth of charges", "费用增长率")
        item = Item(known, f"{history.growth:g} share per year", f"{key}.{path}=null; {item.source}", "claims.growth")
    factor = growth_ppm(growth_of(growth, history), years)
    name = Text(f"(1 + growth) ^ {years}, to a millionth", f"（1+增长率）的{years}次方")
    return [item, Item(name, ratio(factor), ABOVE)]


def grown_step(what: Text, config: Config, path: str, history: History, key: str, growth: str = "growth") -> Step:
    """An amount given for the first reform year, grown to the year."""
    years = history.year - history.reform
    grown = part(fen(getattr(config, path)), growth_over(config, history, years, growth))
    items = [parameter(config, path, key)]
    if not years:
        return worth(what, Text("as given", "按给定值"), items, grown)
    items += growth_items(config, history, years, key, growth)
    return worth(what, Text("as given for the first reform year x growth", "首年给定值×增长"), items, grown)


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
    steps, trended, persons = [], [], []
    for year, by_unit, people in zip(years, spending.amounts, spending.heads, strict=True):
        span = history.year - year.year
        factor = growth_ppm(growth_of(getattr(config, path), history), span)
        before = [int(v) for v in by_unit] if common else [int(by_unit[unit])]
        trended.append(sum(part(v, factor) for v in before))
        persons.append(sum(map(int, people)) if common else int(people[unit]))
        items = [money(Text("amount", "金额"), sum(before), PAST), *growth_items(config, history, span, key, path)]
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
