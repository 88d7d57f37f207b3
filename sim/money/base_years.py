"""The base of a budget: which past years, how trended, per head or not (A23); what a fund expects to spend per head.

Without a growth of its own an amount of fund money for persons grows as the fund expects to spend per head:

    factor  = price x ageing x benefit
    price   = (1 + growth of charges) ^ years
    ageing  = sum over age bands of (fund money per head of the band in the closed year) x (its share of heads now),
              over the same with the shares of the closed year; the money per head is the whole fund's, the shares are
              a community's own
    benefit = what the fund would pay of the closed year's bills with deductibles and limits at their new level against
              charges, over what it would pay at the old one; 1 where they grow as charges do

What is not known counts as no change.  A rate for a unit of work (a day, a case weight) grows as charges alone: how
much work ageing brings, and what part of it the fund pays, is in the work.  So does a multiple of persons whose need is
weighed by itself.  Factors are rounded to a millionth, so that a budget can be re-done by hand and does not depend on a
platform's power function.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

from sim.core.errors import ConfigError
from sim.core.parameters import Config, param
from sim.core.units import PPM, Money, part, parts, rounded
from sim.money.history import ClosedYear, History
from sim.tables import BENEFIT_LEVELS, Floats, Ints


class NoPast(ConfigError):
    """Amounts are taken from the past, and there is none; `settle` and the history years tell it in their own words.

    ``give`` names what makes the past unnecessary, such as ``{at}.rate``.
    """

    def __init__(self, closed: int, give: str) -> None:
        self.give = give or "the amount itself"
        super().__init__(
            "amounts taken from the past need at least one closed year to start from",
            where="years.history",
            value=closed,
            bound=">= 1 closed year",
            todo=f"give {self.give}, or a year of the past (years.history)",
        )


class NoHeads(ConfigError):
    """A base by heads, and a year with money of a community of which no insured person is known.

    `settle` tells it by the names in its files: ``year`` is the year without heads, ``units`` are the communities.
    """

    def __init__(self, year: int, units: Sequence[int]) -> None:
        self.year, self.units = year, tuple(units)
        super().__init__(
            "a base by heads needs the number of insured persons, of the year and of the base years",
            where=f"year {year}",
            value="0 insured persons in community " + ", ".join(map(str, units)),
            bound=">= 1",
            todo="take more insured persons, or base=last_year or base=mean",
        )


class BudgetBase(Config):
    """How past spending becomes this year's budget; shared by every scheme and settlement that sets a budget."""

    base: Literal["last_year", "mean", "head_count"] = param("head_count", unit="", zh="预算基数")
    """Base of the budget: last year's amount, the mean of several years, or heads times the amount per head.
    Source: A23, doc 001: a head-count base contains cost better than last year's spending"""
    base_years: int = param(3, unit="years", zh="基期年数", ge=1, le=10)
    """Most recent base years that 'mean' and 'head_count' use; fewer if fewer are closed.
    Source: A23, doc 001: the past 3 to 5 years"""
    rebase: Literal["fixed", "rolling"] = param("fixed", unit="", zh="基期方式")
    """Base years are those before the reform for good (fixed), or always the latest closed years (rolling: the
    ratchet).
    Source: assumed: a base frozen at the reform, as doc 004 does with 2019"""
    head_rate: Literal["community", "pool"] = param("community", unit="", zh="人均标准口径")
    """With a head-count base: spending per head of the community itself, or of all communities together.
    Source: assumed: without risk adjustment a common rate would punish an older community"""
    growth: float | None = param(None, unit="share per year", zh="预算增长率", ge=-0.5, le=1.0)
    """Growth of the amount per year from the base to the year paid for; null: as the fund expects to spend per head,
    which is charges (claims.growth) x ageing x deductibles and limits that grow otherwise (benefit.indexation).
    Source: assumed: what goes on by itself, so that the budget alone moves nothing; A4, doc 003 (Ningbo): 5 %"""


class Expected(NamedTuple):
    """Growth of fund money per head from a closed year to the year to prepare, ppm."""

    price: int
    ageing: int
    benefit: int

    @property
    def factor(self) -> int:
        """All parts together, ppm."""
        return part(part(self.price, self.ageing), self.benefit)


def growth_of(growth: float | None, history: History) -> float:
    """A growth of one's own, else the known growth of charges."""
    return history.growth if growth is None else growth


def growth_ppm(growth: float, years: int) -> int:
    """(1 + growth) ** years in parts per million, rounded to the nearest."""
    return round((1.0 + growth) ** years * PPM)


def as_expected(config: Config, path: str) -> bool:
    """Whether a growth that is not given is what the fund expects to spend per head, and not that of charges."""
    return isinstance(config, BudgetBase) and path != "rate_growth"


def growth_over(
    config: Config, history: History, years: int, path: str = "growth", community: int | None = None
) -> int:
    """Growth over so many years, ppm, by the parameter ``path`` of a configuration; in no years nothing grows.

    Args:
        config: what holds the parameter; a budget's default is what the fund expects, any other that of charges.
        history: what is known of prices, ages and the benefit.
        years: to ``history.year``.
        path: the parameter.
        community: whose ages count, where the fund's expectation does; None: those of all insured.
    """
    if not years:
        return PPM
    growth: float | None = getattr(config, path)
    if growth is None and as_expected(config, path):
        return expected(history, history.year - years, community).factor
    return growth_ppm(growth_of(growth, history), years)


def growths_over(config: Config, history: History, years: int, now: Ints, path: str = "growth") -> Ints:
    """[unit] `growth_over`; where the units are the communities, by their heads ``now``, each by its own ages."""
    communities = np.array_equal(now, history.heads)
    return np.array(
        [growth_over(config, history, years, path, unit if communities else None) for unit in range(len(now))],
        dtype=np.int64,
    )


def expected(history: History, year: int, community: int | None = None) -> Expected:
    """Growth of fund money per head from a year to ``history.year``.

    Args:
        history: closed years, and the persons of the year to prepare.
        year: the year from which it grows; of one that is not closed only the price is known.
        community: whose ages; None: those of all insured together.
    """
    span = history.year - year
    price = growth_ppm(history.growth, span)
    base = next((closed for closed in history.closed if closed.year == year), None)
    if base is None or not span:
        return Expected(price, PPM, PPM)
    return Expected(price, _ageing(history, base, community), _benefit(history, base))


def _ageing(history: History, base: ClosedYear, community: int | None) -> int:
    """Factor of the ages alone, ppm."""
    if history.ages is None or base.insured is None:
        return PPM
    then, now = base.insured.heads, history.ages
    everybody = then.sum(axis=0)
    if community is not None:
        then, now = then[community : community + 1], now[community : community + 1]
    per_head = np.divide(base.insured.spent, everybody, out=np.zeros(len(everybody)), where=everybody > 0)
    before, after = (_mean_cost(heads.sum(axis=0), per_head) for heads in (then, now))
    return round(after / before * PPM) if before and after else PPM


def _mean_cost(heads: Ints, per_head: Floats) -> float:
    """Money per head at these ages; 0 without persons."""
    return float(heads @ per_head) / int(heads.sum()) if heads.any() else 0.0


def _benefit(history: History, base: ClosedYear) -> int:
    """Factor of deductibles and limits that grow otherwise than charges, ppm."""
    insured = base.insured
    if insured is None or insured.benefit == history.benefit or not insured.at_levels.any():
        return PPM
    level = history.benefit / insured.benefit
    now, then = (round(float(np.interp(at, BENEFIT_LEVELS, insured.at_levels))) for at in (level, 1.0))
    return rounded(now * PPM, then)


def base_years_among(years: Sequence[int], base_years: int, rebase: str, reform: int) -> list[int]:
    """The years that a base looks at, of those closed (or to be closed) when the budget is made; oldest first.

    >>> base_years_among([0, 1, 2, 3], 2, "fixed", 3), base_years_among([0, 1, 2, 3], 2, "rolling", 3)
    ([1, 2], [2, 3])
    """
    return [year for year in years if rebase == "rolling" or year < reform][-base_years:]


def closed_base_years(base_years: int, rebase: str, history: History, give: str = "") -> tuple[ClosedYear, ...]:
    """The closed years a base looks at, oldest first.

    ``give`` names what makes the past unnecessary when it is given (``{at}.rate``), for the message.

    Raises:
        NoPast: if no year is closed, naming what to give instead.
    """
    closed = {year.year: year for year in history.closed}
    chosen = base_years_among(list(closed), base_years, rebase, history.reform)
    if not chosen:
        raise NoPast(len(history.closed), give)
    return tuple(closed[year] for year in chosen)


def years_of_base(config: Any, history: History, give: str = "", *, last: bool = False) -> tuple[ClosedYear, ...]:
    """The closed years that a base looks at, oldest first.

    `rebase` is read only where it chooses: with a year closed since the reform.

    Args:
        config: parameters with `base_years` and `rebase`.
        history: closed years and the year to pay for.
        give: as in `closed_base_years`.
        last: the last of these years alone.

    Raises:
        ConfigError: if no year is closed, naming what to give instead.
    """
    rebase = config.rebase if any(year.year >= history.reform for year in history.closed) else "fixed"
    return closed_base_years(1 if last else config.base_years, rebase, history, give)


def years_of_amount(config: BudgetBase, history: History, give: str = "") -> tuple[ClosedYear, ...]:
    """The closed years that `base_amount` is made of: those of the base, or the last of them alone.

    Raises:
        ConfigError: if no year is closed, naming what to give instead.
    """
    return years_of_base(config, history, give, last=config.base == "last_year")


def base_amount(
    config: BudgetBase,
    history: History,
    amounts: Sequence[Money],
    heads: Sequence[Ints],
    now: Ints,
    path: str = "growth",
) -> Money:
    """Budget before any deduction, fen, for each unit (community, or one pool).

    Args:
        config: the base and its growth.
        history: closed years and the year to pay for.
        amounts: one array [unit] for each of `years_of_amount`, fen.
        heads: heads [unit] in the same years.
        now: heads [unit] in the year to pay for.
        path: the parameter of ``config`` that holds the growth.

    Raises:
        NoHeads: if the base goes by heads, and a year that has money has no persons.
    """
    years = years_of_amount(config, history)
    trends = [growths_over(config, history, history.year - year.year, now, path) for year in years]
    trended = [parts(a, trend) for a, trend in zip(amounts, trends, strict=True)]
    if config.base == "last_year":
        return trended[-1]
    if config.base == "mean":
        return np.array(
            [rounded(int(sum(column)), len(column)) for column in zip(*trended, strict=True)], dtype=np.int64
        )
    # by heads; also what the fund offers where settlement negotiates (`sim.money.settlement.budget`)
    for year in years:
        check_heads(year)
    totals = [sum(map(int, column)) for column in zip(*trended, strict=True)]
    persons = [sum(map(int, column)) for column in zip(*heads, strict=True)]
    if sum(totals) and not (sum(persons) and int(now.sum())):
        raise NoHeads(history.year if sum(persons) else years[-1].year, range(len(history.heads)))
    if len(totals) > 1 and config.head_rate == "pool":
        totals, persons = [sum(totals)] * len(totals), [sum(persons)] * len(persons)
    return np.array([rounded(t * int(n), p) for t, p, n in zip(totals, persons, now, strict=True)], dtype=np.int64)


def check_heads(year: ClosedYear, amounts: Money | None = None) -> None:
    """Stop at a closed year that counts money of a community, but none of its insured persons.

    Its money would be shared among the heads of the other years, which makes a budget too large.

    Args:
        year: the closed year.
        amounts: [community] its money, fen; None: what was spent for its residents.

    Raises:
        NoHeads: naming year and communities.
    """
    money_of = year.spent if amounts is None else amounts
    if len(gaps := np.flatnonzero((money_of > 0) & (year.heads == 0))):
        raise NoHeads(year.year, gaps.tolist())
