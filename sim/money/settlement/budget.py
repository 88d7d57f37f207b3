"""A community's budget of the year: base x growth, not above what the fund's income allows (以收定支)."""

from __future__ import annotations

import numpy as np

from sim.core.errors import ConfigError
from sim.core.units import Money, fen, part, parts, ppm, product
from sim.money.base_years import base_amount, check_heads, growth_over, growths_over, years_of_amount
from sim.money.history import ClosedYear, History
from sim.money.settlement.config import Config


def answered_for(config: Config, year: ClosedYear) -> Money:
    """[community] what a closed year cost by the scope of the budget: its residents' care, or its members' receipts.

    Raises:
        ConfigError: if the year is of a settlement folder that did not keep the members' receipts.
    """
    if config.charged == "residents":
        return year.spent
    if len(year.earned) != len(year.spent):
        raise ConfigError(
            "the closed year does not say what members were due",
            where="settlement.charged",
            value="members",
            todo="settle the folder again, or take settlement.charged=residents",
        )
    return year.earned


def asked(config: Config, history: History) -> Money:
    """[community] what communities ask for: the last closed year's actual amount, grown as they expect."""
    last = history.closed[-1]
    growth = growths_over(config, history, history.year - last.year, history.heads, "expected_growth")
    return np.asarray(parts(answered_for(config, last), growth), dtype=np.int64)


def between(offer: int, ask: int, bargaining: float) -> int:
    """The amount agreed, fen: offer + bargaining x (ask - offer), half up.

    >>> between(1000, 2001, 0.5)
    1501
    """
    return offer + part(ask - offer, ppm(bargaining))


def uncapped(config: Config, history: History) -> Money:
    """[community] budget before the revenue cap, fen."""
    if config.lump_per_head is not None:
        growth = growth_over(config, history, history.year - history.reform)
        lump = parts(np.array([fen(config.lump_per_head)]), growth)
        return product(history.heads, lump)
    amounts = _of_base_years(config, history)
    if config.base != "negotiated":
        return amounts
    pairs = zip(amounts, asked(config, history), strict=True)
    return np.array([between(int(o), int(a), config.bargaining) for o, a in pairs], dtype=np.int64)


def _of_base_years(config: Config, history: History) -> Money:
    """[community] amount of the base years, fen: all care together, or stays and visits with a growth each."""
    years = years_of_amount(config, history, "settlement.lump_per_head")
    heads = [y.heads for y in years]
    if config.base in ("head_count", "negotiated"):
        for year in years:
            check_heads(year, answered_for(config, year))
    if config.outpatient_growth is None:
        return base_amount(config, history, [answered_for(config, y) for y in years], heads, history.heads)
    stays = [stays_of(config, y) for y in years]
    visits = [answered_for(config, y) - of_stays for y, of_stays in zip(years, stays, strict=True)]
    return np.asarray(
        base_amount(config, history, stays, heads, history.heads)
        + base_amount(config, history, visits, heads, history.heads, "outpatient_growth")
    )


def stays_of(config: Config, year: ClosedYear) -> Money:
    """[community] what a closed year spent on stays by the scope of the budget, fen.

    Raises:
        ConfigError: if the year was closed without telling stays from visits.
    """
    stays = year.stays if config.charged == "residents" else year.earned_stays
    if stays is None:
        raise ConfigError(
            "a growth of its own for outpatients needs base years that tell stays from visits",
            where="settlement.outpatient_growth",
            value=f"year {year.year} does not",
            todo="settle again from claims with a category, or leave settlement.outpatient_growth null",
        )
    return stays


def held_down(config: Config, history: History, available: int, insured: int) -> bool:
    """Whether the fund's income holds every budget below what its base gives; arguments as of `budget`."""
    if not config.revenue_cap or insured == 0:
        return False
    return bool((budget(config, history, available, insured) < uncapped(config, history)).all())


def budget(config: Config, history: History, available: int, insured: int) -> Money:
    """[community] budget of ``history.year``, fen, after risk reserve and catastrophic premium.

    Args:
        config: base, growth, lump and revenue cap.
        history: closed years and this year's heads.
        available: fund income of the year left for care, fen (`sim.money.fund.available`).
        insured: all resident-insured persons, including those no community answers for.
    """
    amounts = uncapped(config, history)
    if not config.revenue_cap or insured == 0:
        return amounts
    # rounded down: the budgets together never exceed what there is
    caps = [max(available, 0) * int(heads) // insured for heads in history.heads]
    return np.minimum(amounts, np.array(caps, dtype=np.int64))
